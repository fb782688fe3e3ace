/*
 * RDS: the engines: how each is started, asked whether it answers, and told things.
 */
#ifndef CONTROL_SERVICES_RDS_ENGINE_H
#define CONTROL_SERVICES_RDS_ENGINE_H

#include "base/json.h"
#include "control/engine/images.h"

struct rds_version {
	const char *version; /* "16.8" */
	const char *major;   /* "16" */
	const char *family;  /* "postgres16" */
};

struct rds_engine {
	const char *name;  /* "postgres" */
	const char *title; /* "PostgreSQL" */
	enum image_id image;
	int port;
	const char *license;
	const char *volume_path;
	/* Of workload.h; $SIMFRA_PORT is in the environment. */
	const char *start;
	/* Shell commands in the container.  They end with 0 when all is well. */
	const char *probe; /* it answers clients */
	const char *ready; /* once, after the first start: $SIMFRA_USER */
	const char *tell; /* $SIMFRA_USER has the password $SIMFRA_PASSWORD from now on */
	const char *set;  /* parameter $SIMFRA_NAME is $SIMFRA_VALUE now, if it can be */
	const char *unset;		    /* … is what it is by default */
	const char *log_exports;	    /* "postgresql upgrade" */
	const struct rds_version *versions; /* oldest first; ends with a NULL version */
	const char *default_version;
	size_t user_max, password_max;
	const char *reserved_users; /* " postgres admin " */
	const char *first_database; /* NULL: none is made when none is named */
};

/* NULL: there is none. */
const struct rds_engine *rds_engine_find(const char *name);

/* All; ends with NULL. */
extern const struct rds_engine *const rds_engines[];

/* "16" is the newest of 16; NULL the default one; NULL: there is none. */
const struct rds_version *rds_version_find(const struct rds_engine *e, const char *text);

/* ["NAME=value"] of the engine's first start and all others; the arena's. */
json_t *rds_engine_environment(struct arena *a, const struct rds_engine *e,
    const json_t *instance);

#endif
