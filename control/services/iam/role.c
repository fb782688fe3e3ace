/*
 * IAM: roles, those linked to a service included.
 *
 * Not emulated: RoleLastUsed, and the managed policies of service-linked roles.
 */
#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "control/services/iam/iam.h"

enum { TRUST_MAX = 2048, SESSION_DEFAULT_S = 3600, LINKED_MAX = 64 };

static const char linked_path[] = "/aws-service-role/";

static int
is_linked(const json_t *role)
{
	return strncmp(json_str_or(role, "Path", ""), linked_path,
		   sizeof(linked_path) - 1) == 0;
}

static int
set_trust(struct call *c, json_t *role, const char *text)
{
	json_t *doc;

	if (policy_size(text) > TRUST_MAX)
		return err_set(&c->err, &iam_limit,
		    "Cannot exceed quota for ACLSizePerRole: %d", TRUST_MAX);
	if (policy_parse(c->arena, text, POLICY_TRUST, &doc, &c->err) < 0)
		return -1;
	json_set_str(role, "AssumeRolePolicyDocument", text);
	json_set(role, "_trust", json_copy_deep(doc));
	return 0;
}

/* CreateRole */

static int
create_role(struct call *c)
{
	const char *path = in_str(c, "Path"), *description = in_str(c, "Description");
	json_t *doc;

	if (path != NULL && strncmp(path, linked_path, sizeof(linked_path) - 1) == 0)
		return err_set(&c->err, &iam_invalid,
		    "The specified path is reserved for service-linked roles.");
	doc = iam_new(c, &iam_role, in_str(c, "RoleName"), path);
	if (doc == NULL || iam_set_boundary(c, doc) < 0 ||
	    set_trust(c, doc, in_str(c, "AssumeRolePolicyDocument")) < 0)
		return -1;
	json_set_str(doc, "Description", description);
	json_set_int(doc, "MaxSessionDuration",
	    in_int(c, "MaxSessionDuration", SESSION_DEFAULT_S));
	iam_put(c, &iam_role, doc);
	out_set(c, "Role", iam_show(c, &iam_role, doc, 1));
	return 0;
}

static int
get_role(struct call *c)
{
	json_t *doc;

	if (iam_get(c, &iam_role, in_str(c, "RoleName"), &doc) < 0)
		return -1;
	out_set(c, "Role", iam_show(c, &iam_role, doc, 1));
	return 0;
}

static int
list_roles(struct call *c)
{
	return iam_list_all(c, &iam_role);
}

/* A role that the caller may write, unless it is a service's. */
static int
edit_own(struct call *c, json_t **ret)
{
	const char *name = in_str(c, "RoleName");

	if (iam_edit(c, &iam_role, name, ret) < 0)
		return -1;
	if (is_linked(*ret))
		return err_set(&c->err, &iam_unmodifiable,
		    "Cannot perform the operation on the protected role '%s' - this role is only "
		    "modifiable by AWS",
		    name);
	return 0;
}

/* UpdateRole, UpdateRoleDescription, UpdateAssumeRolePolicy */

static int
update_role(struct call *c)
{
	json_t *doc;

	if (edit_own(c, &doc) < 0)
		return -1;
	json_set_str(doc, "Description", in_str(c, "Description"));
	if (in_has(c, "MaxSessionDuration"))
		json_set_int(doc, "MaxSessionDuration",
		    in_int(c, "MaxSessionDuration", 0));
	iam_put(c, &iam_role, doc);
	return 0;
}

static int
update_role_description(struct call *c)
{
	json_t *doc;

	if (edit_own(c, &doc) < 0)
		return -1;
	json_set_str(doc, "Description", in_str(c, "Description"));
	iam_put(c, &iam_role, doc);
	out_set(c, "Role", iam_show(c, &iam_role, doc, 1));
	return 0;
}

static int
update_assume_role_policy(struct call *c)
{
	json_t *doc;

	if (edit_own(c, &doc) < 0 || set_trust(c, doc, in_str(c, "PolicyDocument")) < 0)
		return -1;
	iam_put(c, &iam_role, doc);
	return 0;
}

/* DeleteRole */

static int
has_profile(struct call *c, const char *role)
{
	struct store_docs profiles;

	if (iam_list(c, &iam_instance_profile, &profiles) < 0)
		return -1;
	for (size_t i = 0; i < profiles.n; i++) {
		if (strcmp(json_str_or(profiles.doc[i], "_role", ""), role) == 0)
			return 1;
	}
	return 0;
}

static int
delete_role(struct call *c)
{
	const char *name = in_str(c, "RoleName"), *why = NULL;
	json_t *doc;
	int rc;

	if (edit_own(c, &doc) < 0)
		return -1;
	rc = has_profile(c, name);
	if (rc < 0)
		return -1;
	if (rc > 0)
		why = "remove roles from instance profile";
	else if (json_array_size(json_get(doc, "_attached")) > 0)
		why = "detach all policies";
	else if (json_object_size(json_get(doc, "_inline")) > 0)
		why = "delete policies";
	if (why != NULL)
		return err_set(&c->err, &iam_conflict,
		    "Cannot delete entity, must %s first.", why);
	store_delete(c->txn, c->scope, iam_role.kind, name);
	return 0;
}

/* Roles that are linked to a service */

static const struct {
	const char *service, *name; /* behind AWSServiceRoleFor */
} linked[] = {
	{ "autoscaling.amazonaws.com", "AutoScaling" },
	{ "ecs.amazonaws.com", "ECS" },
	{ "eks.amazonaws.com", "AmazonEKS" },
	{ "elasticache.amazonaws.com", "ElastiCache" },
	{ "elasticfilesystem.amazonaws.com", "AmazonElasticFileSystem" },
	{ "elasticloadbalancing.amazonaws.com", "ElasticLoadBalancing" },
	{ "kafka.amazonaws.com", "Kafka" },
	{ "mq.amazonaws.com", "AmazonMQ" },
	{ "opensearchservice.amazonaws.com", "AmazonOpenSearchService" },
	{ "organizations.amazonaws.com", "Organizations" },
	{ "rds.amazonaws.com", "RDS" },
	{ "redshift.amazonaws.com", "Redshift" },
	{ "replication.dynamodb.amazonaws.com", "DynamoDBReplication" },
	{ "spot.amazonaws.com", "EC2Spot" },
	{ "spotfleet.amazonaws.com", "EC2SpotFleet" },
	{ "support.amazonaws.com", "Support" },
	{ "trustedadvisor.amazonaws.com", "TrustedAdvisor" },
};

/* For a service without a row, the first label of its name. */
static const char *
linked_name(struct call *c, const char *service, const char *suffix)
{
	const char *dot = suffix != NULL ? "_" : "";
	char *label;

	suffix = suffix != NULL ? suffix : "";
	for (size_t i = 0; i < COUNT(linked); i++) {
		if (strcmp(linked[i].service, service) == 0)
			return arena_printf(c->arena, "AWSServiceRoleFor%s%s%s",
			    linked[i].name, dot, suffix);
	}
	label = arena_strndup(c->arena, service, strcspn(service, "."));
	label[0] = (char)toupper((unsigned char)label[0]);
	return arena_printf(c->arena, "AWSServiceRoleFor%s%s%s", label, dot, suffix);
}

static int
fill_linked(struct call *c, json_t *doc, const char *service)
{
	const char *text = arena_printf(c->arena,
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
	    "{\"Service\":\"%s\"},\"Action\":\"sts:AssumeRole\"}]}",
	    service);

	json_set_int(doc, "MaxSessionDuration", SESSION_DEFAULT_S);
	return set_trust(c, doc, text);
}

static int
create_service_linked_role(struct call *c)
{
	const char *service = in_str(c, "AWSServiceName"), *path, *name;
	json_t *doc, *old;
	size_t n = strlen(service);
	int rc;

	if (n <= 14 || strcmp(service + n - 14, ".amazonaws.com") != 0)
		return err_set(&c->err, &iam_bad_input,
		    "Service name %s is not a valid service-linked role service.",
		    service);
	name = linked_name(c, service, in_str(c, "CustomSuffix"));
	path = arena_printf(c->arena, "%s%s/", linked_path, service);
	if (strlen(name) > LINKED_MAX)
		return err_set(&c->err, &iam_bad_input, "The role name %s is too long.",
		    name);
	rc = iam_find(c, &iam_role, name, &old);
	if (rc < 0)
		return -1;
	if (rc > 0)
		return err_set(&c->err, &iam_bad_input,
		    "Service role name %s has been taken in this account, please try a different "
		    "suffix.",
		    name);
	doc = iam_new(c, &iam_role, name, path);
	if (doc == NULL || fill_linked(c, doc, service) < 0)
		return -1;
	json_set_str(doc, "Description", in_str(c, "Description"));
	iam_put(c, &iam_role, doc);
	out_set(c, "Role", iam_show(c, &iam_role, doc, 1));
	return 0;
}

/* DeleteServiceLinkedRole: at once; the task is there to be asked for, and over. */

static int
delete_service_linked_role(struct call *c)
{
	const char *name = in_str(c, "RoleName");
	json_t *doc, *task;
	char uuid[37], *id;

	if (iam_get(c, &iam_role, name, &doc) < 0)
		return -1;
	if (!is_linked(doc))
		return err_set(&c->err, &iam_no_such,
		    "The role with name %s cannot be found.", name);
	store_delete(c->txn, c->scope, iam_role.kind, name);
	random_hex(uuid, 36);
	uuid[8] = uuid[13] = uuid[18] = uuid[23] = '-';
	id = arena_printf(c->arena, "task%s%s/%s", json_str(doc, "Path"), name, uuid);
	task = json_own(c->arena, json_make("{s:s}", "DeletionTaskId", id));
	store_put(c->txn, c->scope, "iam:deletion-task", id, task);
	out_str(c, "DeletionTaskId", id);
	return 0;
}

static int
get_deletion_status(struct call *c)
{
	const char *id = in_str(c, "DeletionTaskId");
	json_t *task;
	int rc = store_get(c->txn, c->scope, "iam:deletion-task", id, &task, &c->err);

	if (rc < 0 || iam_permit(c, "role/*") < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &iam_no_such, "Task %.200s cannot be found.", id);
	out_str(c, "Status", "SUCCEEDED");
	return 0;
}

/* PutRolePermissionsBoundary and its opposite; users', too */

static int
put_boundary(struct call *c)
{
	const struct iam_entity *e = iam_entity_of(c);
	json_t *doc;

	if (iam_edit(c, e, in_str(c, e->name_member), &doc) < 0 ||
	    iam_set_boundary(c, doc) < 0)
		return -1;
	iam_put(c, e, doc);
	return 0;
}

static int
delete_boundary(struct call *c)
{
	const struct iam_entity *e = iam_entity_of(c);
	const char *name = in_str(c, e->name_member);
	json_t *doc;

	if (iam_edit(c, e, name, &doc) < 0)
		return -1;
	if (json_get(doc, "PermissionsBoundary") == NULL)
		return err_set(&c->err, &iam_no_such,
		    "The %s with name %s has no permissions boundary.", e->noun, name);
	json_del(doc, "PermissionsBoundary");
	iam_put(c, e, doc);
	return 0;
}

/* A new account has the roles of two services (facts.md, "Standard bootstrap"). */

int
iam_bootstrap(struct call *c)
{
	static const char *const services[] = { "support.amazonaws.com",
		"trustedadvisor.amazonaws.com" };

	for (size_t i = 0; i < COUNT(services); i++) {
		json_t *doc = iam_make(c, &iam_role, linked_name(c, services[i], NULL),
		    arena_printf(c->arena, "%s%s/", linked_path, services[i]));

		if (fill_linked(c, doc, services[i]) < 0)
			return -1;
		iam_put(c, &iam_role, doc);
	}
	return 0;
}

static const struct op ops[] = {
	IAM("CreateRole", create_role, 0,
	    "Create a role that its trust policy's principals may assume."),
	IAM("CreateServiceLinkedRole", create_service_linked_role, 0,
	    "Create the role that a service has for itself."),
	IAM("DeleteRole", delete_role, 0, "Delete a role that has nothing left."),
	IAM("DeleteRolePermissionsBoundary", delete_boundary, 0,
	    "Take away a role's boundary."),
	IAM("DeleteServiceLinkedRole", delete_service_linked_role, 0,
	    "Delete the role of a service."),
	IAM("DeleteUserPermissionsBoundary", delete_boundary, 0,
	    "Take away a user's boundary."),
	IAM("GetRole", get_role, OP_READ, "Show a role."),
	IAM("GetServiceLinkedRoleDeletionStatus", get_deletion_status, OP_READ,
	    "Show how far a deletion is."),
	IAM("ListRoles", list_roles, OP_READ, "List roles."),
	IAM("PutRolePermissionsBoundary", put_boundary, 0, "Set a role's boundary."),
	IAM("PutUserPermissionsBoundary", put_boundary, 0, "Set a user's boundary."),
	IAM("UpdateAssumeRolePolicy", update_assume_role_policy, 0,
	    "Replace a role's trust policy."),
	IAM("UpdateRole", update_role, 0,
	    "Change a role's description or session length."),
	IAM("UpdateRoleDescription", update_role_description, 0,
	    "Change a role's description."),
};
const struct family iam_roles = FAMILY(ops, NULL);
