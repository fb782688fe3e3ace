/*
 * RDS: what is known of the engines' parameters.
 */
#ifndef CONTROL_SERVICES_RDS_PARAMETER_TABLE_H
#define CONTROL_SERVICES_RDS_PARAMETER_TABLE_H

struct rds_parameter {
	const char *name;
	int is_static;	     /* a change waits for a reboot */
	const char *type;    /* "integer", "boolean", "float", "string", "list" */
	const char *allowed; /* "1-100", "on,off", "" */
	const char *about;
	const char *value; /* RDS's own default; NULL: the engine's */
};

/* Of "postgres…" or others, by name; ends with a NULL name. */
const struct rds_parameter *rds_parameters_for(const char *engine);

/* NULL: there is none. */
const struct rds_parameter *rds_parameter_find(const char *engine, const char *name);

#endif
