#include "tests/api/org_calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/iam/account.h"

struct principal
org_root_of(struct fixture *f, const char *account)
{
	struct principal p = { .kind = PRINCIPAL_ROOT };

	snprintf(p.account, sizeof(p.account), "%s", account);
	p.arn = arena_printf(f->arena, "arn:aws:iam::%s:root", account);
	p.user_id = arena_strdup(f->arena, account);
	p.access_key = "";
	return p;
}

static struct call *
run(struct fixture *f, const char *account, const char *op, const char *params)
{
	struct principal p = org_root_of(f, account);

	return fixture_call_as(f, &p, "organizations", op, "%s", params);
}

PRINTF(2, 0)
static char *
text_of(struct fixture *f, const char *fmt, va_list ap)
{
	char *text, *copy;
	int n = vasprintf(&text, fmt, ap);

	assert_true(n >= 0);
	copy = arena_strdup(f->arena, text);
	free(text);
	return copy;
}

json_t *
org_as(struct fixture *f, const char *account, const char *op, const char *params, ...)
{
	struct call *c;
	va_list ap;

	va_start(ap, params);
	c = run(f, account, op, text_of(f, params, ap));
	va_end(ap);
	if (c->err.kind != NULL)
		fail_msg("%s: %s: %s", op, c->err.kind->code, c->err.msg);
	return c->out;
}

void
org_no(struct fixture *f, const char *account, const char *code, const char *reason,
    const char *op, const char *params, ...)
{
	struct call *c;
	va_list ap;

	va_start(ap, params);
	c = run(f, account, op, text_of(f, params, ap));
	va_end(ap);
	if (c->err.kind == NULL)
		fail_msg("%s(%s) succeeded, %s expected", op, params, code);
	if (strcmp(c->err.kind->code, code) != 0)
		fail_msg("%s(%s): %s: %s, but %s expected", op, params, c->err.kind->code,
		    c->err.msg, code);
	if (reason != NULL)
		assert_string_equal(json_str_or(c->detail, "Reason", ""), reason);
}

void
org_begin(struct fixture *f, const char **ret_root)
{
	org_as(f, FIXTURE_ACCOUNT, "CreateOrganization", "{}");
	*ret_root =
	    fixture_text(org_as(f, FIXTURE_ACCOUNT, "ListRoots", "{}"), "Roots.0.Id");
	org_as(f, FIXTURE_ACCOUNT, "EnablePolicyType",
	    "{\"RootId\":\"%s\",\"PolicyType\":\"SERVICE_CONTROL_POLICY\"}", *ret_root);
}

const char *
org_account(struct fixture *f, const char *email)
{
	json_t *v = org_as(f, FIXTURE_ACCOUNT, "CreateAccount",
	    "{\"Email\":\"%s\",\"AccountName\":\"%s\"}", email, email);

	assert_string_equal(fixture_text(v, "CreateAccountStatus.State"), "IN_PROGRESS");
	v = org_as(f, FIXTURE_ACCOUNT, "DescribeCreateAccountStatus",
	    "{\"CreateAccountRequestId\":\"%s\"}",
	    fixture_text(v, "CreateAccountStatus.Id"));
	assert_string_equal(fixture_text(v, "CreateAccountStatus.State"), "SUCCEEDED");
	return fixture_text(v, "CreateAccountStatus.AccountId");
}

void
org_stranger(struct fixture *f, const char *account)
{
	const struct account_new made = { .id = account };
	struct store_txn *t = store_begin(f->env.store, f->arena);
	struct auth_key key;
	struct err err;

	assert_int_equal(account_make(&f->env.auth, t, f->arena, &made, &key, &err), 1);
	assert_int_equal(store_commit(t, &err), 1);
}

const char *
org_texts(struct fixture *f, const json_t *answer, const char *list, const char *member)
{
	char *all = arena_strdup(f->arena, "");
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(answer, list), i, row)
		all = arena_printf(f->arena, "%s%s%s", all, i > 0 ? " " : "",
		    json_str_or(row, member, "-"));
	return all;
}
