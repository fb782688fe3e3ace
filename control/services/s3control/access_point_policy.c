/* S3 Control: whom access points let in. */
#include "control/iam/policy.h"
#include "control/iam/public_policy.h"
#include "control/services/s3/s3.h"
#include "control/services/s3control/s3control.h"

static const struct err_kind malformed = { "MalformedPolicy", 400 };
static const struct err_kind no_policy = { "NoSuchAccessPointPolicy", 404 };

enum { MAX_POLICY = 20480 };

static int
put(struct call *c)
{
	const char *text = in_str(c, "Policy");
	json_t *doc, *policy;
	struct err why;

	if (s3control_get(c, "s3:PutAccessPointPolicy", 1, &doc) < 0)
		return -1;
	if (policy_size(text) > MAX_POLICY)
		return err_set(&c->err, &malformed, "Policies must be less than %d bytes",
		    MAX_POLICY);
	if (policy_parse(c->arena, text, POLICY_RESOURCE, &policy, &why) < 0)
		return err_set(&c->err, &malformed, "%s", why.msg);
	if (json_bool(json_get(doc, "PublicAccessBlockConfiguration"),
		"BlockPublicPolicy", 0) &&
	    policy_is_public(policy))
		return err_set(&c->err, &s3_denied, "Access Denied");
	json_set_str(doc, "Policy", text);
	json_set(doc, "_policy", json_incref(policy));
	s3control_put(c, doc);
	return 0;
}

/* The access point, which has a policy: 0 or -1. */
static int
need(struct call *c, const char *action, int is_edit, json_t **ret)
{
	if (s3control_get(c, action, is_edit, ret) < 0)
		return -1;
	if (json_get(*ret, "Policy") != NULL)
		return 0;
	return err_set(&c->err, &no_policy,
	    "The specified accesspoint policy does not exist");
}

static int
get(struct call *c)
{
	json_t *doc;

	if (need(c, "s3:GetAccessPointPolicy", 0, &doc) < 0)
		return -1;
	out_ref(c, "Policy", json_get(doc, "Policy"));
	return 0;
}

static int
get_status(struct call *c)
{
	json_t *doc;

	if (need(c, "s3:GetAccessPointPolicyStatus", 0, &doc) < 0)
		return -1;
	out_set(c, "PolicyStatus",
	    json_make("{s:b}", "IsPublic",
		policy_is_public(json_get(doc, "_policy")) &&
		    !json_bool(json_get(doc, "PublicAccessBlockConfiguration"),
			"RestrictPublicBuckets", 0)));
	return 0;
}

static int
drop(struct call *c)
{
	json_t *doc;

	if (need(c, "s3:DeleteAccessPointPolicy", 1, &doc) < 0)
		return -1;
	json_del(doc, "Policy");
	json_del(doc, "_policy");
	s3control_put(c, doc);
	return 0;
}

static const struct op ops[] = {
	CONTROL("DeleteAccessPointPolicy", drop, 0, "Remove an access point's policy."),
	CONTROL("GetAccessPointPolicy", get, OP_READ, "Show an access point's policy."),
	CONTROL("GetAccessPointPolicyStatus", get_status, OP_READ,
	    "Show whether an access point's policy lets anybody in."),
	CONTROL("PutAccessPointPolicy", put, 0, "Say whom an access point lets in."),
};

const struct family s3control_access_point_policies = FAMILY(ops, NULL);
