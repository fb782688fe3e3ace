/*
 * STS: sessions of the root of a member account, for one task (IAM's RootSessions).
 */
#include <string.h>

#include "control/iam/account.h"
#include "control/iam/session.h"
#include "control/services/organizations/organizations.h"
#include "control/services/sts/sts.h"

static const struct err_kind denied = { "AccessDenied", 403 };
static const struct err_kind invalid = { "ValidationError", 400 };

enum { DURATION_S = 900 };

/* AWS's policies for it, "arn:aws:iam::aws:policy/root-task/…". */
static const struct {
	const char *name, *actions; /* JSON */
} tasks[] = {
	{ "IAMAuditRootUserCredentials",
	    "[\"iam:GetAccessKeyLastUsed\",\"iam:GetAccountSummary\",\"iam:GetLoginProfile\","
	    "\"iam:GetUser\",\"iam:ListAccessKeys\",\"iam:ListMFADevices\","
	    "\"iam:ListSigningCertificates\"]" },
	{ "IAMCreateRootUserPassword",
	    "[\"iam:CreateLoginProfile\",\"iam:GetLoginProfile\"]" },
	{ "IAMDeleteRootUserCredentials",
	    "[\"iam:DeactivateMFADevice\",\"iam:DeleteAccessKey\",\"iam:DeleteLoginProfile\","
	    "\"iam:DeleteSigningCertificate\",\"iam:GetLoginProfile\",\"iam:GetUser\","
	    "\"iam:ListAccessKeys\",\"iam:ListMFADevices\",\"iam:ListSigningCertificates\","
	    "\"iam:UpdateAccessKey\",\"iam:UpdateLoginProfile\","
	    "\"iam:UpdateSigningCertificate\"]" },
	{ "S3UnlockBucketPolicy",
	    "[\"s3:DeleteBucketPolicy\",\"s3:GetBucketPolicy\",\"s3:ListAllMyBuckets\","
	    "\"s3:PutBucketPolicy\"]" },
	{ "SQSUnlockQueuePolicy",
	    "[\"sqs:GetQueueAttributes\",\"sqs:GetQueueUrl\",\"sqs:ListQueues\","
	    "\"sqs:SetQueueAttributes\"]" },
};

static int
find_task(struct call *c, json_t **ret)
{
	static const char prefix[] = "arn:aws:iam::aws:policy/root-task/";
	const char *arn = json_str_or(in_object(c, "TaskPolicyArn"), "arn", "");

	for (size_t i = 0; i < COUNT(tasks); i++) {
		const char *text;

		if (strncmp(arn, prefix, sizeof(prefix) - 1) != 0 ||
		    strcmp(arn + sizeof(prefix) - 1, tasks[i].name) != 0)
			continue;
		text = arena_printf(c->arena,
		    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		    "\"Action\":%s,\"Resource\":\"*\"}]}",
		    tasks[i].actions);
		return json_read_in(c->arena, text, strlen(text), ret, &c->err);
	}
	return err_set(&c->err, &invalid, "%.300s is not a valid task policy ARN.", arn);
}

/* "111122223333" or "arn:aws:iam::111122223333:root". */
static int
parse_target(struct call *c, const char **ret)
{
	const char *target = in_str(c, "TargetPrincipal"), *id = target;

	if (strncmp(target, "arn:aws:iam::", 13) == 0 && strlen(target) == 30 &&
	    strcmp(target + 25, ":root") == 0)
		id = arena_strndup(c->arena, target + 13, 12);
	if (!account_is_id(id))
		return err_set(&c->err, &invalid,
		    "%.200s is not a valid target principal.", target);
	*ret = id;
	return 0;
}

/* A member of the organization that the caller's account manages, and which has the feature: 1, 0, -1. */
static int
is_entitled(struct call *c, const char *target)
{
	struct org own, other;
	int rc = org_find(c, c->account, &own);

	if (rc > 0)
		rc = org_find(c, target, &other);
	if (rc <= 0)
		return rc;
	if (strcmp(own.id, other.id) != 0 || strcmp(own.management, c->account) != 0 ||
	    strcmp(target, c->account) == 0 ||
	    !json_has_str(json_get(own.doc, "_features"), "RootSessions"))
		return 0;
	rc = account_is_closed(c->txn, target, &c->err);
	return rc < 0 ? -1 : !rc;
}

static int
assume_root(struct call *c)
{
	struct session s = { .kind = PRINCIPAL_ROOT, .name = "", .session = "" };
	struct auth_question q = { .action = "sts:AssumeRoot" };
	json_t *policy;
	int rc;

	if (parse_target(c, &s.account) < 0 || find_task(c, &policy) < 0)
		return -1;
	q.resource = arena_printf(c->arena, "arn:aws:iam::%s:root", s.account);
	if (call_ask(c, &q) < 0)
		return -1;
	rc = is_entitled(c, s.account);
	if (rc <= 0)
		return rc < 0 ?
		    -1 :
		    err_set(&c->err, &denied,
			"User: %s is not authorized to perform: sts:AssumeRoot on "
			"resource: %s",
			c->who.arn, q.resource);
	s.id = s.account;
	s.policy = policy;
	return sts_out_credentials(c, &s, in_int(c, "DurationSeconds", DURATION_S));
}

static const struct op ops[] = {
	OP("AssumeRoot", assume_root, OP_ASKS,
	    "Give credentials of a member account's root for one task."),
};
const struct family sts_roots = FAMILY(ops, NULL);
