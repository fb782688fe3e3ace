/*
 * Organizations: policies: those of AWS's, which every organization has, and one's own.
 */
#include <string.h>

#include "control/iam/policy.h"
#include "control/services/organizations/organizations.h"

static const struct err_kind duplicate = { "DuplicatePolicyException", 400 };
static const struct err_kind in_use = { "PolicyInUseException", 400 };

enum { POLICIES_MAX = 10000 };

#define FULL_SCP    "p-FullAWSAccess"
#define FULL_RCP    "p-RCPFullAWSAccess"
#define MANAGED_ARN "arn:aws:organizations::aws:policy/"

const struct org_policy_type org_policy_kinds[] = {
	{ "SERVICE_CONTROL_POLICY", "service_control_policy", NULL, FULL_SCP, 10240, 10 },
	{ "RESOURCE_CONTROL_POLICY", "resource_control_policy", NULL, FULL_RCP, 5120, 5 },
	{ "TAG_POLICY", "tag_policy", "tags", NULL, 10000, 10 },
	{ "BACKUP_POLICY", "backup_policy", "plans", NULL, 10000, 10 },
	{ "AISERVICES_OPT_OUT_POLICY", "aiservices_opt_out_policy", "services", NULL,
	    2500, 5 },
	{ "CHATBOT_POLICY", "chatbot_policy", "chatbot", NULL, 10000, 5 },
	{ "DECLARATIVE_POLICY_EC2", "declarative_policy_ec2", "ec2_attributes", NULL,
	    10000, 10 },
	{ "SECURITYHUB_POLICY", "securityhub_policy", "securityhub", NULL, 10000, 10 },
	{ "SECURITYHUB_CSPM_POLICY", "securityhub_cspm_policy", NULL, NULL, 10000, 10 },
	{ "INSPECTOR_POLICY", "inspector_policy", "inspector", NULL, 10000, 10 },
	{ "UPGRADE_ROLLOUT_POLICY", "upgrade_rollout_policy", NULL, NULL, 10000, 10 },
	{ "BEDROCK_POLICY", "bedrock_policy", "bedrock", NULL, 10000, 10 },
	{ "S3_POLICY", "s3_policy", "s3_attributes", NULL, 10000, 10 },
	{ "NETWORK_SECURITY_DIRECTOR_POLICY", "network_security_director_policy", NULL,
	    NULL, 10000, 10 },
	{ "GUARDDUTY_POLICY", "guardduty_policy", NULL, NULL, 10000, 10 },
};
const size_t org_n_policy_kinds = COUNT(org_policy_kinds);

static const struct {
	const char *id, *arn, *name, *description, *type, *content;
} managed[] = {
	{ FULL_SCP, MANAGED_ARN "service_control_policy/" FULL_SCP, "FullAWSAccess",
	    "Allows access to every operation", "SERVICE_CONTROL_POLICY",
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\","
	    "\"Resource\":\"*\"}]}" },
	{ FULL_RCP, MANAGED_ARN "resource_control_policy/" FULL_RCP, "RCPFullAWSAccess",
	    "Allows access to every resource", "RESOURCE_CONTROL_POLICY",
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\","
	    "\"Action\":\"*\",\"Resource\":\"*\"}]}" },
};

const struct org_policy_type *
org_policy_kind(const char *name)
{
	for (size_t i = 0; i < org_n_policy_kinds; i++) {
		if (strcmp(org_policy_kinds[i].name, name) == 0)
			return &org_policy_kinds[i];
	}
	return NULL;
}

/* Look-ups */

static json_t *
make_managed(struct call *c, size_t i)
{
	json_t *doc = json_own(c->arena, json_new_object()), *parsed;
	struct err ignored;

	json_set_str(doc, "Id", managed[i].id);
	json_set_str(doc, "Arn", managed[i].arn);
	json_set_str(doc, "Name", managed[i].name);
	json_set_str(doc, "Description", managed[i].description);
	json_set_str(doc, "Type", managed[i].type);
	json_set_bool(doc, "AwsManaged", 1);
	json_set_str(doc, "Content", managed[i].content);
	if (json_read(managed[i].content, strlen(managed[i].content), &parsed,
		&ignored) == 0)
		json_set(doc, "_doc", parsed);
	return doc;
}

static json_t *
managed_policies(struct call *c)
{
	json_t *all = json_own(c->arena, json_new_array());

	for (size_t i = 0; i < COUNT(managed); i++)
		json_add(all, json_incref(make_managed(c, i)));
	return all;
}

int
org_policy_find(struct call *c, const struct org *o, const char *id, json_t **ret)
{
	for (size_t i = 0; i < COUNT(managed); i++) {
		if (strcmp(managed[i].id, id) == 0) {
			*ret = make_managed(c, i);
			return 1;
		}
	}
	return store_get(c->txn, o->scope, ORG_POLICY, id, ret, &c->err);
}

int
org_node_policies(struct call *c, const struct org *o, const json_t *node,
    const char *type, json_t **ret)
{
	json_t *found = json_own(c->arena, json_new_array()), *policy;
	const json_t *id;
	size_t i;

	json_array_foreach(json_get(node, "_policies"), i, id) {
		int rc = org_policy_find(c, o, json_string_value(id), &policy);

		if (rc < 0)
			return -1;
		if (rc > 0 && strcmp(json_str_or(policy, "Type", ""), type) == 0)
			json_add(found, json_incref(policy));
	}
	*ret = found;
	return 0;
}

json_t *
org_policy_summary(const json_t *policy)
{
	static const char *const members[] = { "Id", "Arn", "Name", "Description", "Type",
		"AwsManaged" };
	json_t *out = json_new_object();

	for (size_t i = 0; i < COUNT(members); i++) {
		if (json_get(policy, members[i]) != NULL)
			json_set(out, members[i],
			    json_incref(json_get(policy, members[i])));
	}
	return out;
}

static void
out_policy(struct call *c, const json_t *policy)
{
	out_set(c, "Policy",
	    json_make("{s:o, s:s}", "PolicySummary", org_policy_summary(policy),
		"Content", json_str_or(policy, "Content", "")));
}

/* What a policy may say */

static int
bad_content(struct call *c)
{
	return err_set(&c->err, &org_malformed,
	    "The provided policy document does not meet the requirements of the specified "
	    "policy type.");
}

/* Members that begin with "@@" are operators of inheritance, of which these are known. */
static int
operators_hold(const json_t *v)
{
	static const char *const known[] = { "@@assign", "@@append", "@@remove",
		"@@operators_allowed_for_child_policies", "@@enforced_for" };
	const char *name;
	json_t *m;
	size_t i;

	json_array_foreach(v, i, m) {
		if (!operators_hold(m))
			return 0;
	}
	json_object_foreach((json_t *)(uintptr_t)v, name, m) {
		for (i = 0; strncmp(name, "@@", 2) == 0 && i < COUNT(known); i++) {
			if (strcmp(known[i], name) == 0)
				break;
		}
		if (i == COUNT(known) || !operators_hold(m))
			return 0;
	}
	return 1;
}

/* A policy of configuration: one member that its type says, and operators in it. */
static int
parse_settings(struct call *c, const struct org_policy_type *kind, const char *text,
    json_t **ret)
{
	struct err ignored;

	if (json_read_in(c->arena, text, strlen(text), ret, &ignored) < 0 ||
	    !json_is_object(*ret) || json_object_size(*ret) == 0 || !operators_hold(*ret))
		return bad_content(c);
	if (kind->top != NULL &&
	    (json_object_size(*ret) != 1 || !json_is_object(json_get(*ret, kind->top))))
		return bad_content(c);
	return 0;
}

/* An RCP denies, to everybody, actions of services that have them. */
static int
check_rcp(struct call *c, const json_t *doc)
{
	const json_t *statements = json_get(doc, "Statement"), *s;
	size_t n = json_is_array(statements) ? json_array_size(statements) : 1;

	for (size_t i = 0; i < n; i++) {
		const json_t *principal, *action;

		s = json_is_array(statements) ? json_array_get(statements, i) :
						statements;
		principal = json_get(s, "Principal");
		action = json_get(s, "Action");
		if (json_is_object(principal))
			principal = json_get(principal, "AWS");
		if (strcmp(json_str_or(s, "Effect", ""), "Deny") != 0 || action == NULL ||
		    !json_is_string(principal) ||
		    strcmp(json_string_value(principal), "*") != 0 ||
		    (json_is_string(action) &&
			strcmp(json_string_value(action), "*") == 0))
			return bad_content(c);
	}
	return 0;
}

static int
parse(struct call *c, const struct org_policy_type *kind, const char *text, json_t **ret)
{
	int is_scp = strcmp(kind->name, "SERVICE_CONTROL_POLICY") == 0;
	int is_rcp = strcmp(kind->name, "RESOURCE_CONTROL_POLICY") == 0;
	struct err why;

	if (strlen(text) > kind->max_content)
		return org_constraint(c, "POLICY_CONTENT_LIMIT_EXCEEDED");
	if (!is_scp && !is_rcp)
		return parse_settings(c, kind, text, ret);
	if (policy_parse(c->arena, text, is_scp ? POLICY_SCP : POLICY_RESOURCE, ret,
		&why) < 0)
		return bad_content(c);
	return is_rcp ? check_rcp(c, *ret) : 0;
}

static int
set_content(struct call *c, const struct org_policy_type *kind, json_t *policy,
    const char *text)
{
	json_t *doc;

	if (parse(c, kind, text, &doc) < 0)
		return -1;
	json_set_str(policy, "Content", text);
	json_set(policy, "_doc", json_copy_deep(doc));
	return 0;
}

/* Names are one policy's of a type. */
static int
check_name(struct call *c, const struct org *o, const char *type, const char *name,
    const char *but)
{
	struct store_docs docs;
	size_t n = 0;

	if (store_list(c->txn, o->scope, ORG_POLICY, &docs, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str(docs.doc[i], "Type"), type) != 0)
			continue;
		n++;
		if (strcmp(json_str(docs.doc[i], "Name"), name) == 0 &&
		    strcmp(json_str(docs.doc[i], "Id"), but) != 0)
			return err_set(&c->err, &duplicate,
			    "A policy with the same name already exists.");
	}
	return n >= POLICIES_MAX ? org_constraint(c, "POLICY_NUMBER_LIMIT_EXCEEDED") : 0;
}

/* CreatePolicy */

static int
create_policy(struct call *c)
{
	const char *type = in_str(c, "Type"), *name = in_str(c, "Name"), *id;
	const struct org_policy_type *kind = org_policy_kind(type);
	json_t *doc = json_own(c->arena, json_new_object());
	struct org o;

	if (org_open(c, ORG_MANAGEMENT, NULL, &o) < 0)
		return -1;
	if (kind == NULL)
		return org_invalid(c, "INVALID_ENUM_POLICY_TYPE");
	if (!o.has_all)
		return err_set(&c->err, &org_type_unavailable,
		    "You can't use the specified policy type with the feature set currently "
		    "enabled for your organization.");
	id = org_random_id(c, "p-", 8);
	json_set_str(doc, "Id", id);
	json_set_str(doc, "Arn",
	    org_arn(c, &o, "policy", arena_printf(c->arena, "%s/%s", kind->label, id)));
	json_set_str(doc, "Name", name);
	json_set_str(doc, "Description", in_str(c, "Description"));
	json_set_str(doc, "Type", type);
	json_set_bool(doc, "AwsManaged", 0);
	if (set_content(c, kind, doc, in_str(c, "Content")) < 0 ||
	    check_name(c, &o, type, name, "") < 0 ||
	    org_merge_tags(c, doc, in_list(c, "Tags")) < 0)
		return -1;
	store_put(c->txn, o.scope, ORG_POLICY, id, doc);
	out_policy(c, doc);
	return 0;
}

/* DescribePolicy, ListPolicies */

static int
describe_policy(struct call *c)
{
	const char *id = in_str(c, "PolicyId");
	struct org o;
	json_t *doc;
	int rc;

	if (org_open(c, ORG_READER, id, &o) < 0)
		return -1;
	rc = org_policy_find(c, &o, id, &doc);
	if (rc <= 0)
		return rc < 0 ? -1 : org_missing(c, ORG_NO_POLICY);
	out_policy(c, doc);
	return 0;
}

static int
list_policies(struct call *c)
{
	const char *type = in_str(c, "Filter");
	json_t *rows = json_own(c->arena, json_new_array()), *doc;
	struct store_docs docs;
	struct org o;
	size_t i;

	if (org_open(c, ORG_READER, NULL, &o) < 0 ||
	    store_list(c->txn, o.scope, ORG_POLICY, &docs, &c->err) < 0)
		return -1;
	/* Their ids have capitals, so that they come first. */
	json_array_foreach(managed_policies(c), i, doc) {
		if (o.has_all && strcmp(json_str(doc, "Type"), type) == 0)
			json_add(rows, org_policy_summary(doc));
	}
	for (i = 0; i < docs.n; i++) {
		if (strcmp(json_str(docs.doc[i], "Type"), type) == 0)
			json_add(rows, org_policy_summary(docs.doc[i]));
	}
	return org_page(c, resource_sorted(c, rows, "Id"), "Policies", "Id");
}

/* UpdatePolicy, DeletePolicy */

static int
edit_policy(struct call *c, struct org *o, json_t **ret)
{
	const char *id = in_str(c, "PolicyId");
	int rc;

	if (org_open(c, ORG_MANAGEMENT, id, o) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(managed); i++) {
		if (strcmp(managed[i].id, id) == 0)
			return org_invalid(c, "IMMUTABLE_POLICY");
	}
	rc = store_edit(c->txn, o->scope, ORG_POLICY, id, ret, &c->err);
	return rc < 0 ? -1 : rc == 0 ? org_missing(c, ORG_NO_POLICY) : 0;
}

static int
update_policy(struct call *c)
{
	const char *name = in_str(c, "Name"), *text = in_str(c, "Content");
	struct org o;
	json_t *doc;

	if (edit_policy(c, &o, &doc) < 0)
		return -1;
	if (name != NULL &&
	    check_name(c, &o, json_str(doc, "Type"), name, json_str(doc, "Id")) < 0)
		return -1;
	json_set_str(doc, "Name", name);
	json_set_str(doc, "Description", in_str(c, "Description"));
	if (text != NULL &&
	    set_content(c, org_policy_kind(json_str(doc, "Type")), doc, text) < 0)
		return -1;
	store_put(c->txn, o.scope, ORG_POLICY, json_str(doc, "Id"), doc);
	out_policy(c, doc);
	return text != NULL ? org_refresh(c, &o, NULL) : 0;
}

static int
delete_policy(struct call *c)
{
	const char *id = in_str(c, "PolicyId");
	struct store_docs nodes;
	struct org o;
	json_t *doc;

	if (edit_policy(c, &o, &doc) < 0 || org_nodes(c, &o, &nodes) < 0)
		return -1;
	for (size_t i = 0; i < nodes.n; i++) {
		if (json_has_str(json_get(nodes.doc[i], "_policies"), id))
			return err_set(&c->err, &in_use,
			    "The policy is attached to one or more entities. You must detach it "
			    "from all roots, OUs, and accounts before performing this operation.");
	}
	store_delete(c->txn, o.scope, ORG_POLICY, id);
	return 0;
}

static const struct op ops[] = {
	ORG("CreatePolicy", create_policy, 0, "Make a policy of one of the types."),
	ORG("DeletePolicy", delete_policy, 0, "Delete a policy that nothing has."),
	ORG("DescribePolicy", describe_policy, OP_READ, "Show a policy."),
	ORG("ListPolicies", list_policies, OP_READ, "List the policies of a type."),
	ORG("UpdatePolicy", update_policy, 0,
	    "Change a policy's name, description, or content."),
};
const struct family org_policies = FAMILY(ops, NULL);
