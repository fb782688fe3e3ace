#include "control/api/host_port.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/api/call.h"

#define KIND "sys:host-port"

const struct err_kind host_port_none = { "NoHostPort", 503 };
/* The one that was wanted. */
static const struct err_kind host_port_taken = { "HostPortInUse", 409 };

/* facts.md, "Host port ranges": their defaults are rows of settings.c. */
static const char *const variables[N_HOST_PORT_USES] = {
	[HOST_PORT_DNS] = "SIMFRA_DNS_PORT_RANGE",
	[HOST_PORT_SMTP] = "SIMFRA_SMTP_PORT_RANGE",
	[HOST_PORT_ELBV2] = "SIMFRA_ELBV2_PORT_RANGE",
	[HOST_PORT_APIGW] = "SIMFRA_APIGW_PORT_RANGE",
	[HOST_PORT_RDS] = "SIMFRA_RDS_PORT_RANGE",
	[HOST_PORT_RDS_PROXY] = "SIMFRA_RDS_PROXY_PORT_RANGE",
	[HOST_PORT_EFS] = "SIMFRA_EFS_PORT_RANGE",
	[HOST_PORT_COGNITO_AUTH] = "SIMFRA_COGNITO_AUTH_PORT_RANGE",
	[HOST_PORT_CLOUDFRONT] = "SIMFRA_CLOUDFRONT_PORT_RANGE",
	[HOST_PORT_ELASTICACHE] = "SIMFRA_ELASTICACHE_PORT_RANGE",
	[HOST_PORT_REDSHIFT] = "SIMFRA_REDSHIFT_PORT_RANGE",
	[HOST_PORT_GLUE] = "SIMFRA_GLUE_PORT_RANGE",
	[HOST_PORT_MQ] = "SIMFRA_MQ_PORT_RANGE",
	[HOST_PORT_KAFKA] = "SIMFRA_KAFKA_PORT_RANGE",
	[HOST_PORT_OPENSEARCH] = "SIMFRA_OPENSEARCH_PORT_RANGE",
	[HOST_PORT_DS] = "SIMFRA_DS_PORT_RANGE",
	[HOST_PORT_DSQL] = "SIMFRA_DSQL_PORT_RANGE",
	[HOST_PORT_CODECOMMIT] = "SIMFRA_CODECOMMIT_PORT_RANGE",
	[HOST_PORT_FORWARD] = "SIMFRA_PORT_FORWARD_PORT_RANGE",
};

const char *
host_port_variable(enum host_port_use use)
{
	return variables[use];
}

static int
can_bind(int type, int port)
{
	const struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1, rc;

	if (fd < 0)
		return 1;
	/* What only waits for its connections' end is no program's. */
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	rc = bind(fd, (const struct sockaddr *)&in, sizeof(in));
	close(fd);
	return rc == 0;
}

int
host_port_is_free(int port)
{
	return can_bind(SOCK_STREAM, port) && can_bind(SOCK_DGRAM, port);
}

static char *
id_of(struct call *c, int port)
{
	return arena_printf(c->arena, "%d", port);
}

/* 1 somebody has it, 0, -1. */
static int
is_owned(struct call *c, int port)
{
	json_t *doc, *owner;
	int rc = store_get(c->txn, STORE_SYSTEM, KIND, id_of(c, port), &doc, &c->err);

	if (rc <= 0)
		return rc;
	return store_get(c->txn, json_str_or(doc, "scope", ""),
	    json_str_or(doc, "kind", ""), json_str_or(doc, "id", ""), &owner, &c->err);
}

/* 1, 0 it is not to be had, -1. */
static int
try_port(struct call *c, enum host_port_use use, const char *kind, const char *id,
    int port)
{
	int rc = is_owned(c, port);
	json_t *doc;

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (c->env->port_is_free != NULL && !c->env->port_is_free(port))
		return 0;
	/* is_owned() has read it: two who take it at once are a conflict. */
	doc = json_own(c->arena,
	    json_make("{s:i, s:s, s:s, s:s}", "Port", port, "Use", variables[use],
		"scope", c->scope, "kind", kind));
	json_set_str(doc, "id", id != NULL ? id : id_of(c, port));
	store_put(c->txn, STORE_SYSTEM, KIND, id_of(c, port), doc);
	return 1;
}

int
host_port_take(struct call *c, enum host_port_use use, const char *kind, const char *id,
    int wanted, int *ret)
{
	const struct port_range *range = &c->env->settings->port_ranges[use];
	int from = wanted != 0 ? wanted : range->from;
	int to = wanted != 0 ? wanted : range->to;

	for (int port = from; port <= to; port++) {
		int rc = try_port(c, use, kind, id, port);

		if (rc < 0)
			return -1;
		if (rc > 0) {
			*ret = port;
			return 0;
		}
	}
	if (wanted != 0)
		return err_set(&c->err, &host_port_taken,
		    "port %d of 127.0.0.1 is in use", wanted);
	return err_set(&c->err, &host_port_none, "no port of %d-%d is free (%s)", from,
	    to, variables[use]);
}

void
host_port_give_back(struct call *c, int port)
{
	store_delete(c->txn, STORE_SYSTEM, KIND, id_of(c, port));
}
