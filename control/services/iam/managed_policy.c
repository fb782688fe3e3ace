/*
 * IAM: managed policies, AWS's and the account's own.
 */
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/iam/managed_policies.h"
#include "control/services/iam/iam.h"
#include "control/services/iam/managed_policy.h"

static const struct err_kind not_attachable = { "NoSuchEntity", 404 };
static const struct err_kind of_services = { "PolicyNotAttachable", 400 };

/* How often a managed policy is attached, and how often it is a boundary. */
static int
attachments_of(struct call *c, const char *arn, size_t *ret, size_t *ret_boundaries)
{
	size_t n = 0, bounds = 0;
	struct store_docs docs;

	for (const struct iam_entity *const *e = iam_holders; *e != NULL; e++) {
		if (iam_list(c, *e, &docs) < 0)
			return -1;
		for (size_t i = 0; i < docs.n; i++) {
			const char *bound =
			    json_str_or(json_get(docs.doc[i], "PermissionsBoundary"),
				"PermissionsBoundaryArn", "");

			n += json_has_str(json_get(docs.doc[i], "_attached"), arn) != 0;
			bounds += strcmp(bound, arn) == 0;
		}
	}
	*ret = n;
	*ret_boundaries = bounds;
	return 0;
}

/* AWS's have no document in the store: what one would say; ids are made of the ARN. */
static json_t *
of_aws(struct call *c, const struct managed_policy *m)
{
	static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	json_t *doc = json_own(c->arena, json_new_object());
	unsigned char d[32];
	char id[22] = "ANPA";
	int64_t created = 0;

	sha256(m->arn, strlen(m->arn), d);
	for (int i = 0; i < 17; i++)
		id[4 + i] = base32[d[i] & 31];
	clock_parse_iso8601(m->created, &created);
	json_set_str(doc, "PolicyName", m->name);
	json_set_str(doc, "PolicyId", id);
	json_set_str(doc, "Arn", m->arn);
	json_set_str(doc, "Path", m->path);
	json_set_str(doc, "DefaultVersionId", m->version);
	json_set_bool(doc, "IsAttachable", 1);
	json_set_str(doc, "Description", m->description);
	json_set_num(doc, "CreateDate", (double)created / 1000.0);
	json_set_num(doc, "UpdateDate", (double)created / 1000.0);
	return doc;
}

int
iam_find_policy(struct call *c, const char *arn, json_t **ret)
{
	const struct managed_policy *m = managed_policy_find(arn);
	json_t *doc;
	int rc;

	if (m != NULL) {
		*ret = of_aws(c, m);
		return 1;
	}
	rc = iam_find(c, &iam_policy, arn, &doc);
	if (rc > 0)
		*ret = json_own(c->arena, json_copy_deep(doc));
	return rc;
}

/* As GetPolicy shows it, without what is ours and, in lists, without the description. */
static int
show(struct call *c, const json_t *doc, int whole, json_t **ret)
{
	static const char *const members[] = { "PolicyName", "PolicyId", "Arn", "Path",
		"DefaultVersionId", "IsAttachable", "CreateDate", "UpdateDate" };
	size_t n, bounds;
	json_t *out;

	if (attachments_of(c, json_str(doc, "Arn"), &n, &bounds) < 0)
		return -1;
	out = json_own(c->arena, json_new_object());
	for (size_t i = 0; i < COUNT(members); i++)
		json_set(out, members[i], json_incref(json_get(doc, members[i])));
	json_set_int(out, "AttachmentCount", (int64_t)n);
	json_set_int(out, "PermissionsBoundaryUsageCount", (int64_t)bounds);
	if (whole) {
		json_set_str(out, "Description", json_str(doc, "Description"));
		if (json_array_size(json_get(doc, "Tags")) > 0)
			json_set(out, "Tags", json_incref(json_get(doc, "Tags")));
	}
	*ret = out;
	return 0;
}

int
iam_policy_row(struct call *c, const json_t *doc, json_t **ret)
{
	return show(c, doc, 1, ret);
}

int
iam_check_policy_text(struct call *c, const char *text, json_t **ret)
{
	if (policy_size(text) > IAM_POLICY_MAX)
		return err_set(&c->err, &iam_limit,
		    "Cannot exceed quota for PolicySize: %d", IAM_POLICY_MAX);
	return policy_parse(c->arena, text, POLICY_IDENTITY, ret, &c->err);
}

/* CreatePolicy */

static int
create_policy(struct call *c)
{
	const char *text = in_str(c, "PolicyDocument");
	json_t *doc = iam_new(c, &iam_policy, in_str(c, "PolicyName"), in_str(c, "Path"));
	json_t *policy, *version, *out;

	if (doc == NULL || iam_check_policy_text(c, text, &policy) < 0)
		return -1;
	json_set_str(doc, "Description", in_str(c, "Description"));
	json_set_str(doc, "DefaultVersionId", "v1");
	json_set_bool(doc, "IsAttachable", 1);
	json_set(doc, "UpdateDate", call_now(c));
	json_set_int(doc, "_next", 2);
	json_set(doc, "_doc", json_incref(policy));
	version = json_add_object(json_need_array(doc, "_versions"));
	json_set_str(version, "VersionId", "v1");
	json_set_str(version, "text", text);
	json_set(version, "CreateDate", call_now(c));
	iam_put(c, &iam_policy, doc);
	if (show(c, doc, 1, &out) < 0)
		return -1;
	out_ref(c, "Policy", out);
	return 0;
}

/* GetPolicy */

int
iam_get_policy(struct call *c, json_t **ret)
{
	const char *arn = in_str(c, "PolicyArn");
	int rc = iam_find_policy(c, arn, ret);

	if (rc < 0 || iam_permit(c, arn) < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &iam_no_such, "Policy %.300s was not found.",
		    arn);
	return 0;
}

static int
get_policy(struct call *c)
{
	json_t *doc, *out;

	if (iam_get_policy(c, &doc) < 0 || show(c, doc, 1, &out) < 0)
		return -1;
	out_ref(c, "Policy", out);
	return 0;
}

/* ListPolicies */

static int
add_row(struct call *c, const json_t *doc, json_t *rows)
{
	const char *usage = in_str(c, "PolicyUsageFilter");
	int64_t n, bounds;
	json_t *out;

	if (!iam_has_prefix(c, doc))
		return 0;
	if (show(c, doc, 0, &out) < 0)
		return -1;
	n = json_int(out, "AttachmentCount", 0);
	bounds = json_int(out, "PermissionsBoundaryUsageCount", 0);
	if ((in_bool(c, "OnlyAttached", 0) && n + bounds == 0) ||
	    (usage != NULL && strcmp(usage, "PermissionsPolicy") == 0 && n == 0) ||
	    (usage != NULL && strcmp(usage, "PermissionsBoundary") == 0 && bounds == 0))
		return 0;
	json_add(rows, json_incref(out));
	return 0;
}

static int
list_policies(struct call *c)
{
	const char *which = in_str(c, "Scope");
	json_t *rows = json_own(c->arena, json_new_array());
	struct store_docs docs;

	which = which != NULL ? which : "All";
	if (iam_permit(c, "policy/") < 0 || iam_list(c, &iam_policy, &docs) < 0)
		return -1;
	/* ARNs of accounts come before those of "aws": the order of pages. */
	for (size_t i = 0; strcmp(which, "AWS") != 0 && i < docs.n; i++) {
		if (add_row(c, docs.doc[i], rows) < 0)
			return -1;
	}
	for (size_t i = 0; strcmp(which, "Local") != 0 && i < managed_policy_count();
	     i++) {
		if (add_row(c, of_aws(c, managed_policy_at(i)), rows) < 0)
			return -1;
	}
	return iam_page(c, rows, "Policies", "Arn");
}

/* DeletePolicy */

static int
delete_policy(struct call *c)
{
	const char *arn = in_str(c, "PolicyArn");
	size_t n, bounds;
	json_t *doc;

	if (managed_policy_find(arn) != NULL)
		return err_set(&c->err, &iam_unmodifiable,
		    "Cannot delete a policy that is managed by AWS.");
	if (iam_get(c, &iam_policy, arn, &doc) < 0 ||
	    attachments_of(c, arn, &n, &bounds) < 0)
		return -1;
	if (n + bounds > 0)
		return err_set(&c->err, &iam_conflict,
		    "Cannot delete a policy attached to entities.");
	if (json_array_size(json_get(doc, "_versions")) > 1)
		return err_set(&c->err, &iam_conflict,
		    "This policy has more than one version. Before you delete a policy, you must "
		    "delete the policy's versions. The default version is deleted with the policy.");
	store_delete(c->txn, c->scope, iam_policy.kind, arn);
	return 0;
}

/* ListEntitiesForPolicy */

static int
uses(const json_t *doc, const char *arn, const char *usage)
{
	const char *bound = json_str_or(json_get(doc, "PermissionsBoundary"),
	    "PermissionsBoundaryArn", "");
	int attached = json_has_str(json_get(doc, "_attached"), arn);

	if (usage == NULL)
		return attached || strcmp(bound, arn) == 0;
	return strcmp(usage, "PermissionsBoundary") == 0 ? strcmp(bound, arn) == 0 :
							   attached;
}

static int
list_entities(struct call *c)
{
	const char *arn = in_str(c, "PolicyArn"), *filter = in_str(c, "EntityFilter");
	const char *usage = in_str(c, "PolicyUsageFilter");
	struct store_docs docs;
	json_t *policy;

	if (iam_get_policy(c, &policy) < 0)
		return -1;
	for (const struct iam_entity *const *h = iam_holders; *h != NULL; h++) {
		const struct iam_entity *e = *h;
		json_t *rows = json_own(c->arena, json_new_array());

		if (iam_list(c, e, &docs) < 0)
			return -1;
		for (size_t i = 0; i < docs.n; i++) {
			if ((filter == NULL || strcmp(filter, e->Noun) == 0) &&
			    iam_has_prefix(c, docs.doc[i]) &&
			    uses(docs.doc[i], arn, usage))
				json_add(rows,
				    json_make("{s:s, s:s}", e->name_member,
					json_str(docs.doc[i], e->name_member),
					e->id_member,
					json_str(docs.doc[i], e->id_member)));
		}
		out_ref(c, arena_printf(c->arena, "Policy%s", e->list_member), rows);
	}
	out_bool(c, "IsTruncated", 0);
	return 0;
}

/* AttachUserPolicy, AttachGroupPolicy, AttachRolePolicy: again is fine */

enum { ATTACHED_MAX = 10 };

/* Of AWS's for roles that are linked to services, and for nobody else? */
static int
is_reserved(const json_t *policy)
{
	return strcmp(json_str_or(policy, "Path", ""), "/aws-service-role/") == 0 &&
	    managed_policy_find(json_str(policy, "Arn")) != NULL;
}

static int
attach_policy(struct call *c)
{
	const struct iam_entity *e = iam_entity_of(c);
	const char *arn = in_str(c, "PolicyArn");
	json_t *doc, *policy, *attached;
	int rc;

	if (iam_edit(c, e, in_str(c, e->name_member), &doc) < 0)
		return -1;
	rc = iam_find_policy(c, arn, &policy);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &not_attachable,
		    "Policy %.300s does not exist or is not attachable.", arn);
	if (is_reserved(policy))
		return err_set(&c->err, &of_services,
		    "Cannot attach a Service Role Policy to a Customer Role.");
	attached = json_need_array(doc, "_attached");
	if (json_has_str(attached, arn))
		return 0;
	if (json_array_size(attached) >= ATTACHED_MAX)
		return err_set(&c->err, &iam_limit, "Cannot exceed quota for %s: %d",
		    e->attach_quota, ATTACHED_MAX);
	json_add_str(attached, arn);
	iam_put(c, e, doc);
	return 0;
}

/* DetachUserPolicy … */

static int
detach_policy(struct call *c)
{
	const struct iam_entity *e = iam_entity_of(c);
	const char *arn = in_str(c, "PolicyArn");
	json_t *doc, *attached;
	const json_t *a;
	size_t i;

	if (iam_edit(c, e, in_str(c, e->name_member), &doc) < 0)
		return -1;
	attached = json_need_array(doc, "_attached");
	json_array_foreach(attached, i, a) {
		if (strcmp(json_string_value(a), arn) == 0)
			break;
	}
	if (i == json_array_size(attached))
		return err_set(&c->err, &iam_no_such, "Policy %.300s was not found.",
		    arn);
	json_array_remove(attached, i);
	iam_put(c, e, doc);
	return 0;
}

/* ListAttachedUserPolicies … */

static int
list_attached(struct call *c)
{
	const struct iam_entity *e = iam_entity_of(c);
	json_t *rows = json_own(c->arena, json_new_array()), *doc, *policy;
	const json_t *arn;
	size_t i;

	if (iam_get(c, e, in_str(c, e->name_member), &doc) < 0)
		return -1;
	json_array_foreach(json_get(doc, "_attached"), i, arn) {
		int rc = iam_find_policy(c, json_string_value(arn), &policy);

		if (rc < 0)
			return -1;
		if (rc > 0 && iam_has_prefix(c, policy))
			json_add(rows,
			    json_make("{s:s, s:s}", "PolicyName",
				json_str(policy, "PolicyName"), "PolicyArn",
				json_string_value(arn)));
	}
	return iam_page(c, rows, "AttachedPolicies", "PolicyArn");
}

static const struct op ops[] = {
	IAM("CreatePolicy", create_policy, 0, "Create a managed policy."),
	IAM("DeletePolicy", delete_policy, 0, "Delete a managed policy that nobody has."),
	IAM("GetPolicy", get_policy, OP_READ, "Show a managed policy."),
	IAM("ListEntitiesForPolicy", list_entities, OP_READ,
	    "List who has a managed policy."),
	IAM("ListPolicies", list_policies, OP_READ, "List managed policies."),
};
const struct family iam_managed = FAMILY(ops, NULL);

static const struct op attach_ops[] = {
	IAM("AttachGroupPolicy", attach_policy, 0, "Attach a managed policy to a group."),
	IAM("AttachRolePolicy", attach_policy, 0, "Attach a managed policy to a role."),
	IAM("AttachUserPolicy", attach_policy, 0, "Attach a managed policy to a user."),
	IAM("DetachGroupPolicy", detach_policy, 0,
	    "Detach a managed policy from a group."),
	IAM("DetachRolePolicy", detach_policy, 0, "Detach a managed policy from a role."),
	IAM("DetachUserPolicy", detach_policy, 0, "Detach a managed policy from a user."),
	IAM("ListAttachedGroupPolicies", list_attached, OP_READ,
	    "List the managed policies of a group."),
	IAM("ListAttachedRolePolicies", list_attached, OP_READ,
	    "List the managed policies of a role."),
	IAM("ListAttachedUserPolicies", list_attached, OP_READ,
	    "List the managed policies of a user."),
};
const struct family iam_attachments = FAMILY(attach_ops, NULL);
