/*
 * What the environment variables say (`simfra config` prints the table).
 *
 * Read once at start; a value that does not parse is refused with the name of
 * the variable.  Strings live as long as the arena given to settings_read().
 */
#ifndef CONTROL_API_SETTINGS_H
#define CONTROL_API_SETTINGS_H

#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "control/api/host_port.h"

/* Where it is taken by another, that is no failure: this one is nobody's wish. */
#define SETTINGS_TLS_PORT      4600
#define SETTINGS_TLS_PORT_TEXT "4600"

struct port_range {
	int from, to;
};

struct settings {
	int port;		  /* SIMFRA_PORT */
	int tls_port;		  /* SIMFRA_TLS_PORT: 0 is none */
	int localstack_port;	  /* SIMFRA_LOCALSTACK_PORT: 0 is none */
	int docker;		  /* SIMFRA_DOCKER */
	const char *bootstrap;	  /* SIMFRA_BOOTSTRAP: NULL or "standard" */
	const char *data_dir;	  /* SIMFRA_DATA_DIR: NULL is memory only */
	const char *redis_url;	  /* SIMFRA_REDIS_URL: NULL is our own child */
	const char *hostname;	  /* SIMFRA_HOSTNAME */
	const char *init_dirs;	  /* SIMFRA_INIT_DIRS: divided by ':' */
	const char *instance;	  /* SIMFRA_INSTANCE: whose containers these are */
	int vpc_isolation;	  /* SIMFRA_VPC_ISOLATION */
	const char *edge;	  /* SIMFRA_EDGE: "auto", "true", "false" */
	const char *edge_network; /* SIMFRA_EDGE_NETWORK: "auto", "host", "docker" */
	struct port_range port_ranges[N_HOST_PORT_USES]; /* SIMFRA_<NAME>_PORT_RANGE */
	int cleanup_on_start, cleanup_on_shutdown;
	const char *image_registry;  /* SIMFRA_DOCKER_IMAGE_REGISTRY */
	const char *image_tag;	     /* SIMFRA_DOCKER_IMAGE_TAG */
	const char *admin_token;     /* SIMFRA_ADMIN_TOKEN */
	const char *default_account; /* SIMFRA_DEFAULT_ACCOUNT_ID */
	const char *root_access_key, *root_secret_key;
	const char *auth;	    /* SIMFRA_AUTH: "strict" or "relaxed" */
	const char *iam;	    /* SIMFRA_IAM: "enforce" or "audit" */
	const char *internet_cidr;  /* SIMFRA_INTERNET_CIDR */
	const char *internet_cidr6; /* SIMFRA_INTERNET_CIDR6 */
	const char *underlay_cidr;  /* SIMFRA_UNDERLAY_CIDR */
	const char *listen;	    /* SIMFRA_LISTEN: NULL is loopback and our bridges */
	const char *log_level;	    /* SIMFRA_LOG */
	const char *docker_socket;  /* SIMFRA_DOCKER_SOCKET */
	int workers;		    /* SIMFRA_WORKERS: connections served at once */
};

/* get() is getenv in main, a table in tests; arg is its first parameter's. */
typedef const char *settings_get_fn(void *arg, const char *name);

int settings_read(struct arena *a, settings_get_fn *get, void *arg, struct settings *ret,
    struct err *err);

/* The table: variable, default, meaning; what is set now is marked.  Secrets are not shown. */
void settings_print(FILE *f, const struct settings *s);

#endif
