#include "control/api/call.h"

#include <assert.h>
#include <string.h>

#include "control/api/condition_keys.h"
#include "control/api/service.h"

/* The shape of an input member; the model must have it. */
static enum model_type
input_type(const struct call *c, const char *name)
{
	uint16_t shape = model_member(c->model, model_op_input(c->shape), name);

	assert(shape != MODEL_NONE);
	return model_shape_type(c->model, shape);
}

const char *
in_str(const struct call *c, const char *name)
{
	enum model_type type = input_type(c, name);

	assert(type == TYPE_STRING || type == TYPE_BLOB);
	return json_str(c->in, name);
}

int64_t
in_int(const struct call *c, const char *name, int64_t def)
{
	enum model_type type = input_type(c, name);

	assert(type == TYPE_INTEGER || type == TYPE_LONG);
	return json_int(c->in, name, def);
}

int
in_bool(const struct call *c, const char *name, int def)
{
	assert(input_type(c, name) == TYPE_BOOLEAN);
	return json_bool(c->in, name, def);
}

json_t *
in_list(const struct call *c, const char *name)
{
	assert(input_type(c, name) == TYPE_LIST);
	return json_get(c->in, name);
}

json_t *
in_object(const struct call *c, const char *name)
{
	enum model_type type = input_type(c, name);

	assert(type == TYPE_STRUCTURE || type == TYPE_MAP);
	return json_get(c->in, name);
}

int
in_has(const struct call *c, const char *name)
{
	input_type(c, name);
	return json_get(c->in, name) != NULL;
}

int
in_attribute_bool(const struct call *c, const char *name, int *ret)
{
	const json_t *v = json_get(in_object(c, name), "Value");

	if (v == NULL)
		return 0;
	*ret = json_is_true(v);
	return 1;
}

void
out_set(struct call *c, const char *name, json_t *v)
{
	assert(model_member(c->model, model_op_output(c->shape), name) != MODEL_NONE);
	json_set(c->out, name, v);
}

void
out_ref(struct call *c, const char *name, json_t *v)
{
	out_set(c, name, json_incref(v));
}

void
out_str(struct call *c, const char *name, const char *s)
{
	if (s != NULL)
		out_set(c, name, json_new_str(s));
}

void
out_int(struct call *c, const char *name, int64_t n)
{
	assert(model_member(c->model, model_op_output(c->shape), name) != MODEL_NONE);
	json_set_int(c->out, name, n);
}

void
out_bool(struct call *c, const char *name, int on)
{
	assert(model_member(c->model, model_op_output(c->shape), name) != MODEL_NONE);
	json_set_bool(c->out, name, on);
}

char *
call_arn(const struct call *c, const char *resource)
{
	return arena_printf(c->arena, "arn:aws:%s:%s:%s:%s", model_signing_name(c->model),
	    model_is_global(c->model) ? "" : c->region, c->account, resource);
}

int
call_is_dry(const struct call *c)
{
	return model_member(c->model, model_op_input(c->shape), "DryRun") != MODEL_NONE &&
	    in_bool(c, "DryRun", 0);
}

/* The request's condition keys, those of the question, and those of the resource. */
static int
ask_context(struct call *c, const struct resource *r, const char *id, const json_t *own,
    const json_t **ret)
{
	json_t *context =
	    auth_request_context(c->arena, c->source_ip, c->is_tls, c->region, c->now_ms);
	const char *key;
	json_t *v;

	json_set_str(context, "aws:UserAgent", c->user_agent);
	json_set_str(context, "aws:Referer", c->referer);
	json_set_str(context, "aws:ViaAWSService", c->is_service ? "true" : "false");
	if (strcmp(c->service->name, "ec2") == 0)
		json_set_str(context, "ec2:Region", c->region);
	json_object_foreach((json_t *)(uintptr_t)c->keys, key, v)
		json_set(context, key, json_incref(v));
	json_object_foreach((json_t *)(uintptr_t)own, key, v)
		json_set(context, key, json_incref(v));
	*ret = context;
	return condition_keys_add(c, r, id, context);
}

static int
ask_of(struct call *c, const struct resource *r, const char *id,
    const struct auth_question *q)
{
	struct auth_question whole = *q;

	/* converge() acts for nobody. */
	if (c->op == NULL)
		return 0;
	if (whole.action == NULL)
		whole.action = arena_printf(c->arena, "%s:%s",
		    model_signing_name(c->model), c->op->name);
	if (ask_context(c, r, id, q->context, &whole.context) < 0)
		return -1;
	return auth_ask(&c->env->auth, c->txn, c->arena, &c->who, c->model, &whole,
	    &c->err);
}

int
call_ask(struct call *c, const struct auth_question *q)
{
	return ask_of(c, NULL, NULL, q);
}

int
call_allow(struct call *c, const struct resource *r, const char *id)
{
	struct auth_question q = { .resource = "*" };

	if (c->op != NULL && r != NULL)
		q.resource = resource_arn(c, r, id != NULL ? id : "*");
	return ask_of(c, r, id, &q);
}

int
call_allow_tags(struct call *c)
{
	const json_t *spec;
	size_t i;

	if (c->op == NULL)
		return 0;
	json_array_foreach(json_get(c->in, "TagSpecifications"), i, spec) {
		json_t *context = json_own(c->arena, json_new_object());
		const char *type = json_str(spec, "ResourceType");
		struct auth_question q = {
			.action = "ec2:CreateTags",
			.context = context,
		};

		if (type == NULL || json_array_size(json_get(spec, "Tags")) == 0)
			continue;
		q.resource = call_arn(c, arena_printf(c->arena, "%s/*", type));
		json_set_str(context, "ec2:CreateAction", c->op->name);
		condition_keys_request_tags(context, json_get(spec, "Tags"));
		if (call_ask(c, &q) < 0)
			return -1;
	}
	return 0;
}

int
call_again(struct call *c)
{
	c->is_stale = 1;
	return -1;
}

json_t *
call_now(const struct call *c)
{
	json_t *v = json_make("f", (double)c->now_ms / 1000.0);

	return v;
}

void
call_stream(struct call *c, wire_stream_fn *run, void *arg, int64_t length)
{
	c->stream = run;
	c->stream_arg = arg;
	c->stream_length = length;
}
