#include "control/api/call.h"

#include <assert.h>
#include <string.h>

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

/* The request's condition keys, and those of the question. */
static const json_t *
ask_context(const struct call *c, const json_t *own)
{
	json_t *context =
	    auth_request_context(c->arena, c->source_ip, c->is_tls, c->region, c->now_ms);
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)own, key, v)
		json_set(context, key, json_incref(v));
	return context;
}

int
call_ask(struct call *c, const struct auth_question *q)
{
	struct auth_question whole = *q;

	/* converge() acts for nobody. */
	if (c->op == NULL)
		return 0;
	if (whole.action == NULL)
		whole.action = arena_printf(c->arena, "%s:%s",
		    model_signing_name(c->model), c->op->name);
	whole.context = ask_context(c, q->context);
	return auth_ask(&c->env->auth, c->txn, c->arena, &c->who, c->model, &whole,
	    &c->err);
}

int
call_allow(struct call *c, const struct resource *r, const char *id)
{
	struct auth_question q = { .resource = "*" };

	if (c->op != NULL && r != NULL)
		q.resource = resource_arn(c, r, id != NULL ? id : "*");
	return call_ask(c, &q);
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
