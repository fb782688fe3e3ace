/*
 * Who may what, by decisions.json: policies of all kinds around one caller, and what comes of it for
 * each request.
 *
 * A group has, where there are any: "identity" (statements of his or his role's policy), "boundary",
 * "session", "resource" (statements of the resource's policy), "scps" and "rcps" (levels of policies), "who"
 * (user bob; session s of role r, root, nobody), "owner" (another account), "granted" (an ACL does), "context",
 * "version"; or "if", the condition of an identity policy that allows all.  A statement allows, every action, on
 * everything, unless it says otherwise.  A case: the decision, action, resource and context; with "if" the context alone.
 * A decision is "allow", or "none" or "deny" and the kind of policy that the denial names.
 */
#include "tests/unit/auth_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/iam/membership.h"
#include "control/iam/policy.h"

enum { CASES_MIN = 700 };

#define LIMIT "arn:aws:iam::" ACCOUNT ":policy/limit"

static const struct {
	const char *name;
	struct principal who;
} callers[] = {
	{ "user",
	    { .kind = PRINCIPAL_USER,
		.account = ACCOUNT,
		.arn = "arn:aws:iam::" ACCOUNT ":user/bob",
		.user_id = "AIDABOB",
		.name = "bob" } },
	{ "session",
	    { .kind = PRINCIPAL_SESSION,
		.account = ACCOUNT,
		.arn = "arn:aws:sts::" ACCOUNT ":assumed-role/r/s",
		.user_id = "AROAR:s",
		.name = "r",
		.session = "s" } },
	{ "root",
	    { .kind = PRINCIPAL_ROOT,
		.account = ACCOUNT,
		.arn = "arn:aws:iam::" ACCOUNT ":root",
		.user_id = ACCOUNT } },
	{ "nobody", { .kind = PRINCIPAL_NOBODY, .account = ACCOUNT } },
};

static const char *
text_of(struct arena *a, const char *path)
{
	FILE *file = fopen(path, "re");
	size_t max = 1 << 20, n;
	char *text = arena_alloc(a, max);

	assert_non_null(file);
	n = fread(text, 1, max - 1, file);
	fclose(file);
	assert_true(n > 0 && n < max - 1);
	return text;
}

/* Beside this file. */
static json_t *
read_groups(struct arena *a)
{
	const char *slash = strrchr(__FILE__, '/');
	const char *text = text_of(a,
	    arena_printf(a, "%.*s/decisions.json", (int)(slash - __FILE__), __FILE__));
	struct err err;
	json_t *groups;

	if (json_read_in(a, text, strlen(text), &groups, &err) < 0)
		fail_msg("%s", err.msg);
	return groups;
}

/* A policy of statements, as IAM would take it. */
static json_t *
policy(struct arena *a, const json_t *group, const json_t *statements,
    enum policy_use use)
{
	json_t *doc = json_own(a, json_new_object()), *list, *s, *ret;
	struct err err;
	size_t i;

	json_set_str(doc, "Version", json_str_or(group, "version", "2012-10-17"));
	list = json_copy_deep(statements);
	json_set(doc, "Statement", list);
	json_array_foreach(list, i, s) {
		if (json_get(s, "Effect") == NULL)
			json_set_str(s, "Effect", "Allow");
		if (json_get(s, "Action") == NULL && json_get(s, "NotAction") == NULL)
			json_set_str(s, "Action", "*");
		if (json_get(s, "Resource") == NULL && json_get(s, "NotResource") == NULL)
			json_set_str(s, "Resource", "*");
	}
	if (json_array_size(list) == 0)
		return doc;
	if (policy_parse(a, json_text(a, doc), use, &ret, &err) < 0)
		fail_msg("%s: %s", json_str(group, "title"), err.msg);
	return ret;
}

static void
put_levels(struct auth_fixture *f, const json_t *group, const char *name,
    const char *kind, const char *account, enum policy_use use)
{
	const json_t *levels = json_get(group, name), *level, *one;
	json_t *doc = json_own(f->arena, json_new_object()),
	       *list = json_need_array(doc, "levels");
	size_t i, k;

	if (levels == NULL)
		return;
	json_array_foreach(levels, i, level) {
		json_t *docs = json_new_array();

		json_array_foreach(level, k, one)
			json_add(docs, json_incref(policy(f->arena, group, one, use)));
		json_add(list, docs);
	}
	auth_put(f, STORE_SYSTEM, kind, account, json_text(f->arena, doc));
}

/* The user and the role, with the group's policies. */
static void
put_identities(struct auth_fixture *f, const json_t *group)
{
	const json_t *boundary = json_get(group, "boundary");
	json_t *statements = json_get(group, "identity");
	const char *doc, *members;

	if (json_get(group, "if") != NULL)
		statements = json_own(f->arena,
		    json_make("[{s:O}]", "Condition", json_get(group, "if")));
	doc = json_text(f->arena, policy(f->arena, group, statements, POLICY_IDENTITY));
	members = arena_printf(f->arena,
	    ",\"_inline\":{\"p\":{\"text\":\"\",\"doc\":%s}}%s", doc,
	    boundary != NULL ?
		",\"PermissionsBoundary\":{\"PermissionsBoundaryArn\":\"" LIMIT "\"}" :
		"");
	auth_put_bob(f, members);
	auth_put_role(f, "AROAR", members);
	if (boundary != NULL)
		auth_put(f, SCOPE, "iam:policy", LIMIT,
		    arena_printf(f->arena, "{\"_doc\":%s}",
			json_text(f->arena,
			    policy(f->arena, group, boundary, POLICY_IDENTITY))));
}

static const struct principal *
caller(const json_t *group)
{
	const char *name = json_str_or(group, "who", "user");

	for (size_t i = 0; i < COUNT(callers); i++) {
		if (strcmp(callers[i].name, name) == 0)
			return &callers[i].who;
	}
	fail_msg("%s is not known", name);
	return NULL;
}

/* "none identity-based policy" is what a denial says in more words. */
static int
is_so(const char *decision, int rc, const struct err *err)
{
	const char *kind = strchr(decision, ' '), *at;

	if (strcmp(decision, "allow") == 0)
		return rc == 0;
	assert_non_null(kind);
	at = strstr(err->msg,
	    strncmp(decision, "none ", 5) == 0 ? "because no " : "explicit deny in a");
	return rc < 0 && at != NULL && strstr(at, kind) != NULL;
}

static void
decide(struct auth_fixture *f, const json_t *group, const json_t *one)
{
	int is_if = json_get(group, "if") != NULL;
	struct principal who = *caller(group);
	const char *decision = json_string_value(json_array_get(one, 0));
	struct auth_question q = {
		.action = is_if ? "x:Y" : json_string_value(json_array_get(one, 1)),
		.resource = is_if ? "*" : json_string_value(json_array_get(one, 2)),
		.context = json_array_get(one, is_if ? 1 : 3),
		.owner = json_str(group, "owner"),
		.is_granted = json_bool(group, "granted", 0),
	};
	struct err err = { 0 };

	if (q.context == NULL)
		q.context = json_get(group, "context");
	if (json_get(group, "resource") != NULL)
		q.resource_policy =
		    policy(f->arena, group, json_get(group, "resource"), POLICY_RESOURCE);
	if (json_get(group, "session") != NULL)
		who.session_policy =
		    policy(f->arena, group, json_get(group, "session"), POLICY_IDENTITY);
	if (!is_so(decision,
		auth_ask(&f->env, f->t, f->arena, &who, model_find("s3"), &q, &err),
		&err))
		fail_msg("%s: %s: %s", json_str(group, "title"), json_text(f->arena, one),
		    err.kind != NULL ? err.msg : "allowed");
}

static void
decisions_are_as_the_table_says(void **state UNUSED)
{
	struct arena *a = arena_new();
	const json_t *groups = read_groups(a), *group, *one;
	size_t i, k, n = 0;

	json_array_foreach(groups, i, group) {
		struct auth_fixture *f;
		void *fixture;

		assert_int_equal(auth_setup(&fixture), 0);
		f = fixture;
		put_identities(f, group);
		put_levels(f, group, "scps", MEMBERSHIP_SCP, ACCOUNT, POLICY_SCP);
		put_levels(f, group, "rcps", MEMBERSHIP_RCP,
		    json_str_or(group, "owner", ACCOUNT), POLICY_RESOURCE);
		json_array_foreach(json_get(group, "cases"), k, one) {
			decide(f, group, one);
			n++;
		}
		assert_true(k > 0);
		auth_teardown(&fixture);
	}
	arena_free(a);
	assert_true(n >= CASES_MIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decisions_are_as_the_table_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
