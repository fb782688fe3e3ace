#include "tests/api/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "control/api/dispatch.h"
#include "control/services/services.h"
#include "control/wire/codec.h"
#include "tests/fakes/engine_fake.h"

static int64_t
fixture_now(const struct clock *clock)
{
	return ((const struct fixture *)(const void *)clock)->now_ms;
}

static const char *
no_variable(void *arg UNUSED, const char *name UNUSED)
{
	return NULL;
}

static int
setup(void **state, const char *bootstrap)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err;

	f->clock.now_ms = fixture_now;
	f->now_ms = 1767225600000; /* 2026-01-01 */
	f->arena = arena_new();
	f->region = FIXTURE_REGION;
	if (settings_read(f->arena, no_variable, NULL, &f->settings, &err) < 0)
		return -1;
	f->settings.bootstrap = bootstrap;
	f->env.settings = &f->settings;
	f->env.store = store_open_mem();
	f->env.blobs = blobs_open(NULL, &err);
	if (f->env.blobs == NULL)
		return -1;
	f->engine = engine_fake_new();
	f->env.engine = engine_fake_engine(f->engine);
	f->images.release = "0.1.0";
	f->env.images = &f->images;
	f->env.clock = &f->clock;
	f->env.services = services;
	f->env.n_services = n_services;
	f->env.auth.store = f->env.store;
	f->env.auth.clock = &f->clock;
	f->env.auth.strict = 1;
	f->env.auth.default_account = f->settings.default_account;
	f->env.auth.root_access_key = f->settings.root_access_key;
	f->env.auth.root_secret_key = f->settings.root_secret_key;
	f->root.kind = PRINCIPAL_ROOT;
	snprintf(f->root.account, sizeof(f->root.account), "%s", FIXTURE_ACCOUNT);
	f->root.arn = "arn:aws:iam::" FIXTURE_ACCOUNT ":root";
	f->root.user_id = FIXTURE_ACCOUNT;
	f->root.access_key = f->settings.root_access_key;
	*state = f;
	return 0;
}

int
fixture_setup(void **state)
{
	return setup(state, NULL);
}

int
fixture_setup_standard(void **state)
{
	return setup(state, "standard");
}

int
fixture_teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(f->arena);
	engine_close(f->env.engine);
	blobs_close(f->env.blobs);
	store_close(f->env.store);
	free(f);
	return 0;
}

/* As wire_decode() has it: the model's limits, in the protocol's words. */
static int
check(struct arena *a, const struct model *m, const struct model_op *op, const json_t *in,
    struct err *err)
{
	const struct codec *codec = codec_find(model_protocol(m));
	struct violation found[MAX_VIOLATIONS];
	uint16_t input = model_op_input(op);
	size_t n = input != MODEL_NONE ? validate(a, m, input, in, found) : 0;

	return n > 0 ? codec->complain(a, m, found, n, err) : 0;
}

PRINTF(5, 0)
static struct call *
call(struct fixture *f, const struct principal *who, const char *service,
    const char *operation, const char *params, va_list ap)
{
	struct call *c = arena_alloc(f->arena, sizeof(*c));
	const struct model *m = model_find(service);
	const struct model_op *op;
	char *text;
	int n;

	n = vasprintf(&text, params, ap);
	assert_true(n >= 0);
	c->env = &f->env;
	c->arena = f->arena;
	c->who = *who;
	c->region = f->region;
	c->body = f->body;
	f->body = NULL;
	c->source_ip = "127.0.0.1";
	assert_non_null(m);
	op = model_op_find(m, operation);
	assert_non_null(op);
	if (json_read_in(f->arena, text, strlen(text), &c->in, &c->err) == 0 &&
	    check(f->arena, m, op, c->in, &c->err) == 0)
		dispatch_run(c, service, operation);
	free(text);
	return c;
}

struct call *
fixture_call_as(struct fixture *f, const struct principal *who, const char *service,
    const char *operation, const char *params, ...)
{
	struct call *c;
	va_list ap;

	va_start(ap, params);
	c = call(f, who, service, operation, params, ap);
	va_end(ap);
	return c;
}

struct call *
fixture_call(struct fixture *f, const char *service, const char *operation,
    const char *params, ...)
{
	struct call *c;
	va_list ap;

	va_start(ap, params);
	c = call(f, &f->root, service, operation, params, ap);
	va_end(ap);
	return c;
}

void
fixture_body(struct fixture *f, const void *p, size_t n)
{
	struct call_body *body = arena_alloc(f->arena, sizeof(*body));
	struct checksum *md5 = checksum_new(f->arena, CHECKSUM_MD5);
	struct checksum *crc = checksum_new(f->arena, CHECKSUM_CRC64NVME);
	unsigned char digest[CHECKSUM_MAX];
	char hex[2 * CHECKSUM_MAX + 1];
	struct blob_writer *w;
	struct err err;

	w = blob_create(f->env.blobs, &err);
	assert_non_null(w);
	assert_int_equal(blob_write(w, p, n, &err), 0);
	assert_int_equal(blob_finish(w, f->arena, &body->blob, &err), 0);
	checksum_add(md5, p, n);
	checksum_add(crc, p, n);
	hex_encode(digest, checksum_end(md5, digest), hex);
	body->size = (int64_t)n;
	body->md5 = arena_strdup(f->arena, hex);
	body->kind = CHECKSUM_CRC64NVME;
	body->checksum = checksum_end_text(f->arena, crc);
	f->body = body;
}

json_t *
fixture_ok(struct fixture *f, const char *service, const char *operation,
    const char *params, ...)
{
	struct call *c;
	va_list ap;

	va_start(ap, params);
	c = call(f, &f->root, service, operation, params, ap);
	va_end(ap);
	if (c->err.kind != NULL)
		fail_msg("%s: %s: %s", operation, c->err.kind->code, c->err.msg);
	return c->out;
}

const char *
fixture_fails(struct fixture *f, const char *code, const char *service,
    const char *operation, const char *params, ...)
{
	struct call *c;
	va_list ap;

	va_start(ap, params);
	c = call(f, &f->root, service, operation, params, ap);
	va_end(ap);
	if (c->err.kind == NULL)
		fail_msg("%s(%s) succeeded, %s expected", operation, params, code);
	if (strcmp(c->err.kind->code, code) != 0)
		fail_msg("%s(%s): %s: %s, but %s expected", operation, params,
		    c->err.kind->code, c->err.msg, code);
	return c->err.msg;
}

const char *
fixture_text(const json_t *v, const char *path)
{
	static _Thread_local char number[32];
	char *copy = strdup(path), *save = NULL;

	for (char *p = strtok_r(copy, ".", &save); p != NULL;
	     p = strtok_r(NULL, ".", &save))
		v = json_is_array(v) ? json_array_get(v, (size_t)strtoul(p, NULL, 10)) :
				       json_get(v, p);
	free(copy);
	if (json_is_boolean(v))
		return json_is_true(v) ? "true" : "false";
	if (json_is_integer(v)) {
		snprintf(number, sizeof(number), "%lld",
		    (long long)json_integer_value(v));
		return number;
	}
	return json_string_value(v);
}

void
fixture_is(const json_t *v, const char *path, const char *text)
{
	const char *have = fixture_text(v, path);

	if (have == NULL)
		fail_msg("no %s", path);
	assert_string_equal(have, text);
}
