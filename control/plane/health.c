#include "control/plane/health.h"

#include "base/clock.h"
#include "control/plane/plane.h"
#include "control/services/ec2/network/host.h"

#ifndef SIMFRA_VERSION
#define SIMFRA_VERSION "dev"
#endif

/* What netd says of enforcement, if it ever said anything (services/ec2/agents). */
static json_t *
network(struct exchange *x)
{
	struct store_txn *t = store_begin(x->plane->env.store, x->arena);
	struct err err;
	json_t *doc;

	if (store_get(t, STORE_SYSTEM, HOST_KIND, HOST_ID, &doc, &err) <= 0)
		return json_make("{s:s}", "enforcement", "no word from netd yet");
	return json_make("{s:s}", "enforcement",
	    json_str_or(doc, "enforcement", "no word from netd yet"));
}

static json_t *
docker(struct exchange *x)
{
	struct engine *engine = x->plane->env.engine;
	struct err err;
	json_t *version;

	if (engine == NULL)
		return json_make("{s:b}", "enabled", 0);
	if (engine_version(engine, x->arena, &version, &err) < 0)
		return json_make("{s:b, s:s}", "enabled", 1, "error", err.msg);
	return json_make("{s:b, s:s, s:s}", "enabled", 1, "version",
	    json_str_or(version, "Version", ""), "api",
	    json_str_or(version, "ApiVersion", ""));
}

void
health_answer(struct exchange *x)
{
	struct plane *p = x->plane;
	struct err err = { .msg = "" };
	int stored = store_ping(p->env.store, &err) == 0;
	int ready = p->reconciler != NULL;
	json_t *v = json_own(x->arena, json_new_object());

	json_set_str(v, "status",
	    !stored   ? "unhealthy" :
		ready ? "healthy" :
			"bootstrapping");
	json_set_str(v, "version", SIMFRA_VERSION);
	json_set_int(v, "uptime_ms", clock_monotonic_ms() - p->started_ms);
	json_set(v, "store",
	    stored ? json_make("{s:s}", "name", store_name(p->env.store)) :
		     json_make("{s:s, s:s}", "name", store_name(p->env.store), "error",
			 err.msg));
	json_set(v, "docker", docker(x));
	if (p->env.engine != NULL && stored)
		json_set(v, "network", network(x));
	if (ready)
		json_set_str(v, "reconciler",
		    reconciler_leads(p->reconciler) ? "leads" : "stands by");
	if (ready)
		json_set_int(v, "backlog", (int64_t)reconciler_backlog(p->reconciler));
	reply_json(x, stored && ready ? 200 : 503, v);
	if (!stored)
		wire_add_header(&x->reply, "Retry-After", "1");
}
