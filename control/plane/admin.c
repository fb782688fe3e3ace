/*
 * The admin door: /_simfra/…, and aliases of it for other emulators' users.
 *
 * With SIMFRA_ADMIN_TOKEN only its bearer may enter; without it, only
 * clients on this host, and no web page of another origin.  Of control as a
 * container, own_container.h says who is on this host.
 */
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/api/count.h"
#include "control/api/service.h"
#include "control/iam/ca.h"
#include "control/plane/accounts.h"
#include "control/plane/explain.h"
#include "control/plane/flow_logs.h"
#include "control/plane/health.h"
#include "control/plane/instance_events.h"
#include "control/plane/localstack.h"
#include "control/plane/oidc.h"
#include "control/plane/own_container.h"
#include "control/plane/plane.h"
#include "control/plane/port_forwards.h"
#include "control/plane/s3_events.h"
#include "control/plane/snapshot.h"
#include "control/plane/sweep.h"

typedef void admin_fn(struct exchange *x);

/* The value after "Bearer ", or NULL. */
static const char *
bearer(const struct exchange *x)
{
	const char *header = wire_header(&x->request, "Authorization");

	return header != NULL && strncmp(header, "Bearer ", 7) == 0 ? header + 7 : NULL;
}

/* A browser says where a request comes from; pages of others must not drive us. */
static int
is_own_origin(const struct exchange *x)
{
	const char *origin = wire_header(&x->request, "Origin");
	const char *host = wire_header(&x->request, "Host");

	if (origin == NULL)
		return 1;
	origin = strstr(origin, "://");
	return origin != NULL && host != NULL && strcmp(origin + 3, host) == 0;
}

static int
is_on_host(const struct exchange *x)
{
	return x->is_loopback ||
	    own_container_is_host(&x->plane->env, x->arena, x->remote);
}

static int
may_enter(const struct exchange *x)
{
	const char *token = x->plane->env.settings->admin_token, *given = bearer(x);

	if (token == NULL)
		return is_own_origin(x) && is_on_host(x);
	return given != NULL && strlen(given) == strlen(token) &&
	    equal_secret(given, token, strlen(token));
}

static void
refuse(struct exchange *x)
{
	const struct env *env = &x->plane->env;

	if (env->settings->admin_token != NULL)
		reply_error(x, 403, "the bearer of SIMFRA_ADMIN_TOKEN is needed");
	else if (env->own_container != NULL)
		reply_error(x, 403,
		    "only this host may: publish control's port on 127.0.0.1 alone "
		    "(-p 127.0.0.1:4599:4599), or set SIMFRA_ADMIN_TOKEN");
	else
		reply_error(x, 403, "only this host may, or set SIMFRA_ADMIN_TOKEN");
}

static void
coverage(struct exchange *x)
{
	reply_json(x, 200, count_coverage(x->arena, &x->plane->env));
}

static void
reset(struct exchange *x)
{
	int64_t start = clock_monotonic_ms();
	struct err err;

	const struct env *env = &x->plane->env;

	if (store_reset(env->store, "", &err) < 0) {
		reply_error(x, 503, err.msg);
		return;
	}
	sweep_soon(x->plane->sweep);
	reply_json(x, 200,
	    json_own(x->arena,
		json_make("{s:s, s:I}", "status", "reset", "ms",
		    (json_int_t)(clock_monotonic_ms() - start))));
}

/* What vouches for us: for everybody, as certificates are. */
static void
ca(struct exchange *x)
{
	if (x->plane->env.ca == NULL) {
		reply_error(x, 404, "there is no CA here");
		return;
	}
	x->reply.status = 200;
	x->reply.body = buf_new(x->arena, 0);
	buf_str(x->reply.body, ca_certificate(x->plane->env.ca));
	wire_add_header(&x->reply, "Content-Type", "application/x-pem-file");
}

static void
docker_failures(struct exchange *x)
{
	json_t *list = x->plane->reconciler != NULL ?
	    reconciler_failures(x->plane->reconciler, x->arena) :
	    json_own(x->arena, json_new_array());

	reply_json(x, 200, json_own(x->arena, json_make("{s:O}", "failures", list)));
}

static const struct {
	const char *method, *path;
	admin_fn *run;
	int is_public; /* for everybody: load balancers ask it */
} routes[] = {
	{ "GET", "/_simfra/health", health_answer, 1 },
	{ "GET", "/_simfra/ca", ca, 1 },
	{ "GET", "/_simfra/coverage", coverage, 0 },
	{ "GET", "/_simfra/explain", explain_answer, 0 },
	{ "POST", "/_simfra/reset", reset, 0 },
	{ "GET", SNAPSHOT_PATH, snapshot_save, 0 },
	{ "POST", SNAPSHOT_PATH, snapshot_load, 0 },
	{ "GET", "/_simfra/docker/failures", docker_failures, 0 },
	{ "GET", "/_simfra/s3/events", s3_events_answer, 0 },
	{ "GET", "/_localstack/health", localstack_health, 1 },
	{ "HEAD", "/_localstack/health", localstack_health, 1 },
	{ "GET", "/_localstack/info", localstack_info, 1 },
	{ "POST", "/_localstack/state/reset", reset, 0 },
};

/* All paths that begin so, with any method. */
static const struct {
	const char *path;
	admin_fn *run;
} trees[] = {
	{ "/_simfra/accounts", accounts_answer },
	{ "/_simfra/ec2/instance-events", instance_events_answer },
	{ "/_simfra/flow-logs", flow_logs_answer },
	{ OIDC_PATH, oidc_answer },
	{ "/_simfra/port-forwards", port_forwards_answer },
	{ "/_localstack/init", localstack_init },
};

void
admin_answer(struct exchange *x)
{
	const char *path = x->request.path, *method = x->request.method;
	int known = 0;

	for (size_t i = 0; i < COUNT(routes); i++) {
		if (strcmp(routes[i].path, path) != 0)
			continue;
		known = 1;
		if (strcmp(routes[i].method, method) != 0)
			continue;
		if (!routes[i].is_public && !may_enter(x))
			refuse(x);
		else
			routes[i].run(x);
		return;
	}
	for (size_t i = 0; i < COUNT(trees); i++) {
		size_t n = strlen(trees[i].path);

		if (strncmp(path, trees[i].path, n) != 0 ||
		    (path[n] != '\0' && path[n] != '/'))
			continue;
		if (!may_enter(x))
			refuse(x);
		else
			trees[i].run(x);
		return;
	}
	reply_error(x, known ? 405 : 404, known ? "no such method here" : "no such path");
}
