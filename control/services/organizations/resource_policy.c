/*
 * Organizations: the organization's own policy: what member accounts may do to it.
 */
#include <string.h>
#include <strings.h>

#include "control/iam/policy.h"
#include "control/services/organizations/organizations.h"

static const struct err_kind no_policy = { "ResourcePolicyNotFoundException", 400 };

/* An action of another service cannot be delegated here. */
static int
check_actions(struct call *c, const json_t *doc)
{
	const json_t *statements = json_get(doc, "Statement");
	size_t n = json_is_array(statements) ? json_array_size(statements) : 1;

	for (size_t i = 0; i < n; i++) {
		const json_t *s = json_is_array(statements) ?
		    json_array_get(statements, i) :
		    statements;
		const json_t *actions = json_get(s, "Action");
		size_t n_actions = json_is_array(actions) ? json_array_size(actions) : 1;

		for (size_t j = 0; j < n_actions; j++) {
			const char *action = json_string_value(json_is_array(actions) ?
				json_array_get(actions, j) :
				actions);

			if (action == NULL ||
			    strncasecmp(action, "organizations:", 14) != 0)
				return org_invalid(c,
				    "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY");
		}
	}
	return 0;
}

static void
out_policy(struct call *c, const json_t *doc)
{
	out_set(c, "ResourcePolicy",
	    json_make("{s:{s:s, s:s}, s:s}", "ResourcePolicySummary", "Id",
		json_str(doc, "Id"), "Arn", json_str(doc, "Arn"), "Content",
		json_str(doc, "Content")));
}

/* 0 with a copy, or -1; absent is an error. */
static int
edit(struct call *c, const struct org *o, json_t **ret)
{
	int rc = store_edit(c->txn, o->scope, ORG_RESOURCE_POLICY, "self", ret, &c->err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	return err_set(&c->err, &no_policy,
	    "We can't find a resource policy request with the parameter that you specified.");
}

static int
put_policy(struct call *c)
{
	const char *text = in_str(c, "Content"), *id;
	json_t *doc, *parsed, *tags = in_list(c, "Tags");
	struct err why;
	struct org o;
	int rc;

	if (org_open(c, ORG_MANAGEMENT, NULL, &o) < 0)
		return -1;
	if (policy_parse(c->arena, text, POLICY_RESOURCE, &parsed, &why) < 0)
		return org_invalid(c, "INVALID_RESOURCE_POLICY_JSON");
	if (check_actions(c, parsed) < 0)
		return -1;
	rc = store_edit(c->txn, o.scope, ORG_RESOURCE_POLICY, "self", &doc, &c->err);
	if (rc < 0)
		return -1;
	/* Tags are for a new one alone. */
	if (rc > 0 && json_array_size(tags) > 0)
		return org_invalid(c, "TARGET_NOT_SUPPORTED");
	if (rc == 0) {
		doc = json_own(c->arena, json_new_object());
		id = org_random_id(c, "rp-", 8);
		json_set_str(doc, "Id", id);
		json_set_str(doc, "Arn", org_arn(c, &o, "resourcepolicy", id));
		if (org_merge_tags(c, doc, tags) < 0)
			return -1;
	}
	json_set_str(doc, "Content", text);
	json_set(doc, "_doc", json_copy_deep(parsed));
	store_put(c->txn, o.scope, ORG_RESOURCE_POLICY, "self", doc);
	out_policy(c, doc);
	return 0;
}

static int
describe_policy(struct call *c)
{
	struct org o;
	json_t *doc;

	if (org_open(c, ORG_READER, NULL, &o) < 0 || edit(c, &o, &doc) < 0)
		return -1;
	out_policy(c, doc);
	return 0;
}

static int
delete_policy(struct call *c)
{
	struct org o;
	json_t *doc;

	if (org_open(c, ORG_MANAGEMENT, NULL, &o) < 0 || edit(c, &o, &doc) < 0)
		return -1;
	store_delete(c->txn, o.scope, ORG_RESOURCE_POLICY, "self");
	return 0;
}

static const struct op ops[] = {
	ORG("DeleteResourcePolicy", delete_policy, 0,
	    "Take back what member accounts may do to the organization."),
	ORG("DescribeResourcePolicy", describe_policy, OP_READ,
	    "Show what member accounts may do to the organization."),
	ORG("PutResourcePolicy", put_policy, 0,
	    "Say what member accounts may do to the organization."),
};
const struct family org_resource_policies = FAMILY(ops, NULL);
