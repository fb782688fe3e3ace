#include "control/plane/localstack.h"

#include <string.h>

#include "base/clock.h"
#include "control/api/service.h"
#include "control/plane/hooks.h"
#include "control/plane/plane.h"

#ifndef SIMFRA_VERSION
#define SIMFRA_VERSION "dev"
#endif

#define INIT_PATH "/_localstack/init"

void
localstack_health(struct exchange *x)
{
	const struct env *env = &x->plane->env;
	json_t *services = json_new_object();

	for (size_t i = 0; i < model_count(); i++) {
		const char *name = model_name(model_at(i));

		json_set_str(services, name,
		    service_find(env, name) != NULL ? "available" : "disabled");
	}
	reply_json(x, 200,
	    json_own(x->arena,
		json_make("{s:o, s:s, s:s}", "services", services, "edition", "simfra",
		    "version", SIMFRA_VERSION)));
}

void
localstack_info(struct exchange *x)
{
	const struct plane *p = x->plane;

	reply_json(x, 200,
	    json_own(x->arena,
		json_make("{s:s, s:s, s:b, s:I}", "version", SIMFRA_VERSION, "edition",
		    "simfra", "is_docker", p->env.own_container != NULL, "uptime",
		    (json_int_t)((clock_monotonic_ms() - p->started_ms) / 1000))));
}

/* {"completed": {"BOOT": true, …}, "scripts": […]}; of one stage: {"completed": true, …}. */
void
localstack_init(struct exchange *x)
{
	const char *rest = x->request.path + strlen(INIT_PATH);
	enum hook_stage stage = HOOK_STAGES;
	struct hooks *h = x->plane->hooks;
	json_t *v = json_own(x->arena, json_new_object()), *completed;

	if (rest[0] == '/' && rest[1] != '\0') {
		stage = hook_stage_find(rest + 1);
		if (stage == HOOK_STAGES) {
			reply_error(x, 404, "a stage is boot, start, ready or shutdown");
			return;
		}
		json_set_bool(v, "completed", hooks_is_done(h, stage));
	} else {
		completed = json_new_object();
		for (enum hook_stage s = HOOK_BOOT; s < HOOK_STAGES; s++)
			json_set_bool(completed, hook_stage_name(s), hooks_is_done(h, s));
		json_set(v, "completed", completed);
	}
	json_set(v, "scripts", hooks_scripts(h, stage));
	reply_json(x, 200, v);
}
