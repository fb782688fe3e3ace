#include "tests/api/agent_calls.h"

#include <string.h>

#include "control/plane/reconcile.h"
#include "control/services/ec2/network/host.h"
#include "control/services/services.h"
#include "tests/api/ec2_calls.h"
#include "tests/fakes/engine_fake.h"

static struct agent_ref
agent_of(struct fixture *f, const char *scope, const char *id)
{
	struct agent_ref agent = { .env = &f->env,
		.arena = f->arena,
		.scope = scope,
		.id = id };

	return agent;
}

json_t *
agent_config(struct fixture *f, const char *kind, const char *scope, const char *id)
{
	struct agent_ref agent = agent_of(f, scope, id);
	struct err err = { .kind = NULL };
	json_t *v = NULL;
	int rc = service_find_agent(&f->env, kind)->config(&agent, &v, &err);

	if (rc < 0)
		fail_msg("%s", err.msg);
	return rc > 0 ? v : NULL;
}

void
agent_say(struct fixture *f, const char *kind, const char *scope, const char *id,
    const char *text)
{
	struct agent_ref agent = agent_of(f, scope, id);
	struct err err = { .kind = NULL };
	json_t *v;

	assert_int_equal(json_read_in(f->arena, text, strlen(text), &v, &err), 0);
	if (service_find_agent(&f->env, kind)->status(&agent, v, &err) < 0)
		fail_msg("%s", err.msg);
}

void
agent_images(struct fixture *f)
{
	static const enum image_id ids[] = { IMAGE_NETD, IMAGE_VPC, IMAGE_EDGE,
		IMAGE_LB };
	struct err err;
	char *ref;

	for (size_t i = 0; i < COUNT(ids); i++) {
		assert_int_equal(image_ref_of(f->arena, &f->images, ids[i], &ref, &err),
		    0);
		engine_fake_add_image(f->engine, ref, NULL);
	}
	engine_fake_add_image(f->engine, "ubuntu:latest", NULL);
	f->env.init = "init";
	f->env.init_len = 4;
	assert_int_equal(host_announce(&f->env, &err), 0);
}

void
agent_machines(struct fixture *f)
{
	agent_images(f);
	reconcile_pass(&f->env);
	assert_int_equal(reconcile_pass(&f->env), 0);
}

void
agent_equals(struct fixture *f, const json_t *have, const char *want)
{
	struct err err = { .kind = NULL };
	json_t *v;

	if (json_read_in(f->arena, want, strlen(want), &v, &err) < 0)
		fail_msg("%s", err.msg);
	if (!json_equal(have, v))
		fail_msg("%s\nis not\n%s", json_text(f->arena, have),
		    json_text(f->arena, v));
}
