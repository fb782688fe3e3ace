/*
 * What a resource's own policy gives and takes, beside the caller's own.
 */
#include "tests/unit/auth_fixture.h"

#include <string.h>

#define ARN	 "arn:aws:s3:::b/k"
#define ROLE_ARN "arn:aws:iam::" ACCOUNT ":role/r"
#define HERE	 "arn:aws:sts::" ACCOUNT ":assumed-role/r/s"
#define ROOT	 "arn:aws:iam::" ACCOUNT ":root"
#define BOB	 "arn:aws:iam::" ACCOUNT ":user/bob"
#define GIVES(who)                                                                     \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":" \
	"\"s3:*\",\"Resource\":\"*\",\"Principal\":" who "}]}"
#define TAKES(who)                                                                    \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":" \
	"\"s3:*\",\"Resource\":\"*\",\"Principal\":" who "}]}"
#define AWS(arn)    "{\"AWS\":\"" arn "\"}"
#define INLINE(doc) ",\"_inline\":{\"p\":{\"text\":\"\",\"doc\":" doc "}}"
#define BOUNDED	    ",\"PermissionsBoundary\":{\"PermissionsBoundaryArn\":\"" LIMIT "\"}"
#define LIMIT	    "arn:aws:iam::" ACCOUNT ":policy/limit"
#define NO_RESOURCE "no resource-based policy allows"
#define NO_IDENTITY "no identity-based policy allows"
#define NO_SESSION  "no session policy allows"
#define DENY_THERE  "explicit deny in a resource-based policy"

enum who { USER, SESSION, ROOT_USER, ROOT_SESSION, NOBODY };

static const struct {
	enum who who;
	const char *identity; /* of the user or role */
	const char *session;  /* policy, or NULL */
	const char *resource; /* policy, or NULL */
	int is_granted;
	const char *owner; /* NULL: his own account */
	const char *words; /* of the denial; NULL: he may */
} cases[] = {
	/* His own account: either is enough. */
	{ USER, "", NULL, NULL, 0, NULL, NO_IDENTITY },
	{ USER, INLINE(ALLOW("s3:*")), NULL, NULL, 0, NULL, NULL },
	{ USER, "", NULL, GIVES(AWS(BOB)), 0, NULL, NULL },
	{ USER, "", NULL, GIVES("\"*\""), 0, NULL, NULL },
	{ USER, "", NULL, GIVES(AWS("*")), 0, NULL, NULL },
	{ USER, "", NULL, GIVES(AWS("arn:aws:iam::" ACCOUNT ":user/eve")), 0, NULL,
	    NO_IDENTITY },
	{ USER, "", NULL, NULL, 1, NULL, NULL },
	/* The account's name lets the account decide. */
	{ USER, "", NULL, GIVES(AWS(ROOT)), 0, NULL, NO_IDENTITY },
	{ USER, "", NULL, GIVES(AWS(ACCOUNT)), 0, NULL, NO_IDENTITY },
	{ USER, INLINE(ALLOW("s3:*")), NULL, GIVES(AWS(ROOT)), 0, NULL, NULL },
	/* A deny anywhere. */
	{ USER, INLINE(ALLOW("s3:*")), NULL, TAKES(AWS(BOB)), 0, NULL, DENY_THERE },
	{ USER, INLINE(ALLOW("s3:*")), NULL, TAKES(AWS(ROOT)), 0, NULL, DENY_THERE },
	{ USER, INLINE(ALLOW("s3:*")), NULL, TAKES("\"*\""), 1, NULL, DENY_THERE },
	{ USER, INLINE(REFUSE("s3:*")), NULL, GIVES(AWS(BOB)), 1, NULL,
	    "explicit deny in an identity-based policy" },
	{ ROOT_USER, "", NULL, TAKES(AWS(ROOT)), 0, NULL, DENY_THERE },
	{ ROOT_USER, "", NULL, NULL, 0, NULL, NULL },
	/* Another account's: both. */
	{ USER, INLINE(ALLOW("s3:*")), NULL, NULL, 0, OTHER, NO_RESOURCE },
	{ USER, INLINE(ALLOW("s3:*")), NULL, GIVES(AWS(BOB)), 0, OTHER, NULL },
	{ USER, INLINE(ALLOW("s3:*")), NULL, GIVES(AWS(ACCOUNT)), 0, OTHER, NULL },
	{ USER, INLINE(ALLOW("s3:*")), NULL, NULL, 1, OTHER, NULL },
	{ USER, "", NULL, GIVES(AWS(BOB)), 0, OTHER, NO_IDENTITY },
	{ USER, "", NULL, GIVES("\"*\""), 0, OTHER, NO_IDENTITY },
	{ ROOT_USER, "", NULL, NULL, 0, OTHER, NO_RESOURCE },
	{ ROOT_USER, "", NULL, GIVES(AWS(ACCOUNT)), 0, OTHER, NULL },
	/* A role's session: its role is bounded by the session's policy, it itself is not. */
	{ SESSION, "", NULL, GIVES(AWS(HERE)), 0, NULL, NULL },
	{ SESSION, "", NULL, GIVES(AWS(ROLE_ARN)), 0, NULL, NULL },
	{ SESSION, "", ALLOW("ec2:*"), GIVES(AWS(ROLE_ARN)), 0, NULL, NO_IDENTITY },
	{ SESSION, INLINE(ALLOW("s3:*")), ALLOW("ec2:*"), GIVES(AWS(ROLE_ARN)), 0, NULL,
	    NO_SESSION },
	{ SESSION, "", ALLOW("ec2:*"), GIVES("\"*\""), 0, NULL, NO_IDENTITY },
	{ SESSION, "", ALLOW("s3:*"), GIVES(AWS(ROLE_ARN)), 0, NULL, NULL },
	{ SESSION, "", ALLOW("ec2:*"), GIVES(AWS(HERE)), 0, NULL, NULL },
	{ SESSION, BOUNDED, NULL, GIVES(AWS(ROLE_ARN)), 0, NULL, NO_IDENTITY },
	{ SESSION, BOUNDED, NULL, GIVES(AWS(HERE)), 0, NULL, NULL },
	{ SESSION, "", REFUSE("s3:*"), GIVES(AWS(HERE)), 0, NULL,
	    "explicit deny in a session policy" },
	/* A session of root's for one task is no root. */
	{ ROOT_SESSION, "", ALLOW("iam:*"), GIVES(AWS(ROOT)), 0, NULL, NO_SESSION },
	{ ROOT_SESSION, "", ALLOW("iam:*"), GIVES("\"*\""), 0, NULL, NO_SESSION },
	{ ROOT_SESSION, "", ALLOW("s3:*"), NULL, 0, NULL, NULL },
	/* Nobody may what everybody may. */
	{ NOBODY, "", NULL, NULL, 0, NULL, "User: anonymous is not authorized" },
	{ NOBODY, "", NULL, GIVES("\"*\""), 0, NULL, NULL },
	{ NOBODY, "", NULL, GIVES("\"*\""), 0, OTHER, NULL },
	{ NOBODY, "", NULL, GIVES(AWS(ACCOUNT)), 0, NULL, "anonymous" },
	{ NOBODY, "", NULL, GIVES(AWS(ROOT)), 0, NULL, "anonymous" },
	{ NOBODY, "", NULL, NULL, 1, OTHER, NULL },
	{ NOBODY, "", NULL, TAKES("\"*\""), 1, OTHER, DENY_THERE },
};

static const struct principal callers[] = {
	[USER] = { .kind = PRINCIPAL_USER,
	    .account = ACCOUNT,
	    .arn = BOB,
	    .user_id = "AIDABOB",
	    .name = "bob" },
	[SESSION] = { .kind = PRINCIPAL_SESSION,
	    .account = ACCOUNT,
	    .arn = HERE,
	    .user_id = "AROAR:s",
	    .name = "r",
	    .session = "s" },
	[ROOT_USER] = { .kind = PRINCIPAL_ROOT, .account = ACCOUNT, .arn = ROOT },
	[ROOT_SESSION] = { .kind = PRINCIPAL_ROOT, .account = ACCOUNT, .arn = ROOT },
	[NOBODY] = { .kind = PRINCIPAL_NOBODY, .account = ACCOUNT },
};

static json_t *
read_policy(struct auth_fixture *f, const char *text)
{
	struct err err;
	json_t *doc;

	if (text == NULL)
		return NULL;
	if (json_read_in(f->arena, text, strlen(text), &doc, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	return doc;
}

static void
both_sides_decide(void **state)
{
	struct auth_fixture *f = *state;

	auth_put(f, SCOPE, "iam:policy", LIMIT, "{\"_doc\":" ALLOW("ec2:*") "}");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct principal who = callers[cases[i].who];
		struct auth_question q = {
			.action = "s3:GetObject",
			.resource = ARN,
			.resource_policy = read_policy(f, cases[i].resource),
			.owner = cases[i].owner,
			.is_granted = cases[i].is_granted,
		};
		struct err err = { 0 };
		int rc;

		auth_put_bob(f, cases[i].identity);
		auth_put_role(f, "AROAR", cases[i].identity);
		who.session_policy = read_policy(f, cases[i].session);
		rc = auth_ask(&f->env, f->t, f->arena, &who, model_find("s3"), &q, &err);
		if ((rc == 0) != (cases[i].words == NULL))
			fail_msg("case %zu: %d %s", i, rc, err.msg);
		if (cases[i].words != NULL && strstr(err.msg, cases[i].words) == NULL)
			fail_msg("case %zu: %s, not %s", i, err.msg, cases[i].words);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(both_sides_decide, auth_setup,
		    auth_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
