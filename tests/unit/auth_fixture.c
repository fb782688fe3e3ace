#include "tests/unit/auth_fixture.h"

#include <stdlib.h>
#include <string.h>

static int64_t
fixture_now(const struct clock *clock)
{
	return ((const struct auth_fixture *)(const void *)clock)->now_ms;
}

void
auth_commit(struct auth_fixture *f)
{
	struct err err;

	assert_int_equal(store_commit(f->t, &err), 1);
	f->t = store_begin(f->env.store, f->arena);
}

json_t *
auth_put(struct auth_fixture *f, const char *scope, const char *kind, const char *id,
    const char *text)
{
	struct err err;
	json_t *doc, *old;

	if (json_read_in(f->arena, text, strlen(text), &doc, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	assert_true(store_get(f->t, scope, kind, id, &old, &err) >= 0);
	store_put(f->t, scope, kind, id, doc);
	auth_commit(f);
	return doc;
}

void
auth_put_bob(struct auth_fixture *f, const char *members)
{
	auth_put(f, SCOPE, "iam:user", "bob",
	    arena_printf(f->arena,
		"{\"UserName\":\"bob\",\"UserId\":\"AIDABOB\",\"Path\":\"/\","
		"\"Arn\":\"arn:aws:iam::" ACCOUNT ":user/bob\"%s}",
		members));
}

void
auth_put_role(struct auth_fixture *f, const char *id, const char *members)
{
	auth_put(f, SCOPE, "iam:role", "r",
	    arena_printf(f->arena,
		"{\"RoleName\":\"r\",\"RoleId\":\"%s\",\"Path\":\"/\","
		"\"Arn\":\"arn:aws:iam::" ACCOUNT ":role/r\"%s}",
		id, members));
}

void
auth_put_key(struct auth_fixture *f, const char *status)
{
	auth_put(f, SCOPE, "iam:access-key", "AKIABOB",
	    arena_printf(f->arena,
		"{\"AccessKeyId\":\"AKIABOB\",\"UserName\":\"bob\",\"_secret\":\"bobs\","
		"\"Status\":\"%s\"}",
		status));
	auth_put(f, STORE_SYSTEM, "iam:access-key-index", "AKIABOB",
	    "{\"account\":\"" ACCOUNT "\",\"access_key\":\"AKIABOB\"}");
}

int
auth_setup(void **state)
{
	struct auth_fixture *f = calloc(1, sizeof(*f));

	f->clock.now_ms = fixture_now;
	f->now_ms = NOW;
	f->arena = arena_new();
	f->env.store = store_open_mem();
	f->env.clock = &f->clock;
	f->env.strict = 1;
	f->env.default_account = ACCOUNT;
	f->env.root_access_key = "AKIAROOT";
	f->env.root_secret_key = "roots";
	f->t = store_begin(f->env.store, f->arena);
	auth_put_bob(f, "");
	auth_put_key(f, "Active");
	*state = f;
	return 0;
}

int
auth_teardown(void **state)
{
	struct auth_fixture *f = *state;

	arena_free(f->arena);
	store_close(f->env.store);
	free(f);
	return 0;
}
