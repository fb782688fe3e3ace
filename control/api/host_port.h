/*
 * Ports of 127.0.0.1 that are published for resources: one allocator for all services.
 *
 * A use is a row with a range, which SIMFRA_<NAME>_PORT_RANGE replaces; a resource gets the
 * next free port of it, for TCP and UDP alike, and keeps it until it gives it back.  Who has
 * port n is in a document of STORE_SYSTEM; one whose owner is no more (an account was reset) is
 * free again.  A port that another program of the host has is not given.
 */
#ifndef CONTROL_API_HOST_PORT_H
#define CONTROL_API_HOST_PORT_H

#include "base/err.h"

struct call;

enum host_port_use {
	HOST_PORT_DNS,
	HOST_PORT_SMTP,
	HOST_PORT_ELBV2,
	HOST_PORT_APIGW,
	HOST_PORT_RDS,
	HOST_PORT_RDS_PROXY,
	HOST_PORT_EFS,
	HOST_PORT_COGNITO_AUTH,
	HOST_PORT_CLOUDFRONT,
	HOST_PORT_ELASTICACHE,
	HOST_PORT_REDSHIFT,
	HOST_PORT_GLUE,
	HOST_PORT_MQ,
	HOST_PORT_KAFKA,
	HOST_PORT_OPENSEARCH,
	HOST_PORT_DS,
	HOST_PORT_DSQL,
	HOST_PORT_CODECOMMIT,
	HOST_PORT_FORWARD,
	N_HOST_PORT_USES,
};

extern const struct err_kind host_port_none; /* the range is full: 503 */

/*
 * Take a port for the owner, a document that c's transaction has or writes: `wanted`, or the
 * next free one of the range when that is 0.  `kind` and `id` (NULL: the port's number) find
 * the owner in c->scope.  0 and *ret, or -1 and c->err.
 */
int host_port_take(struct call *c, enum host_port_use use, const char *kind,
    const char *id, int wanted, int *ret);

void host_port_give_back(struct call *c, int port);

/* "SIMFRA_PORT_FORWARD_PORT_RANGE", of the use. */
const char *host_port_variable(enum host_port_use use);

/* 1 when no program of this host has the port of 127.0.0.1, TCP and UDP: for env->port_is_free. */
int host_port_is_free(int port);

#endif
