#include "control/plane/health.h"

#include <string.h>

#include "base/clock.h"
#include "control/plane/plane.h"
#include "control/services/ec2/network/host.h"

#ifndef SIMFRA_VERSION
#define SIMFRA_VERSION "dev"
#endif

/* What netd says of enforcement; and where nothing is refused, that is said first. */
static json_t *
network(struct exchange *x, json_t *warnings)
{
	struct store_txn *t = store_begin(x->plane->env.store, x->arena);
	const char *said = "no word from netd yet", *why;
	int is_isolated = x->plane->env.settings->vpc_isolation;
	struct err err;
	json_t *doc;

	if (store_get(t, STORE_SYSTEM, HOST_KIND, HOST_ID, &doc, &err) > 0)
		said = json_str_or(doc, "enforcement", said);
	if (!is_isolated)
		json_add_str(warnings,
		    "SIMFRA_VPC_ISOLATION=false: security groups, network ACLs and routes "
		    "refuse nothing");
	else if (host_trouble(t, &why, &err) > 0)
		json_add(warnings,
		    json_new_fmt("security groups, network ACLs and routes are NOT "
				 "enforced on this host: %s",
			why));
	return json_make("{s:s, s:s, s:b}", "isolation", is_isolated ? "on" : "off",
	    "enforcement", said, "enforced",
	    is_isolated && strcmp(said, "verified") == 0);
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
	json_t *v = json_own(x->arena, json_new_object()),
	       *warnings = json_own(x->arena, json_new_array());

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
		json_set(v, "network", network(x, warnings));
	if (json_array_size(warnings) > 0)
		json_set(v, "warnings", json_incref(warnings));
	if (ready)
		json_set_str(v, "reconciler",
		    reconciler_leads(p->reconciler) ? "leads" : "stands by");
	if (ready)
		json_set_int(v, "backlog", (int64_t)reconciler_backlog(p->reconciler));
	reply_json(x, stored && ready ? 200 : 503, v);
	if (!stored)
		wire_add_header(&x->reply, "Retry-After", "1");
}
