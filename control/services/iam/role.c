/*
 * IAM: roles, those linked to a service included.
 *
 * Not emulated: the policies of service-linked roles of EKS, ElastiCache and Support.
 */
#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "control/iam/identity.h"
#include "control/services/iam/iam.h"

enum { TRUST_MAX = 2048, SESSION_DEFAULT_S = 3600, LINKED_MAX = 64 };

static const struct err_kind malformed = { "MalformedPolicyDocument", 400 };

static const char linked_path[] = "/aws-service-role/";

static int
is_linked(const json_t *role)
{
	return strncmp(json_str_or(role, "Path", ""), linked_path,
		   sizeof(linked_path) - 1) == 0;
}

/* "arn:aws:iam::ACCOUNT:user/path/bob": users and roles that are named must be there. */
static int
check_named(struct call *c, const char *arn)
{
	static const char head[] = "arn:aws:iam::";
	const char *slash = strrchr(arn, '/');
	const struct iam_entity *e =
	    strstr(arn, ":user/") != NULL ? &iam_user : &iam_role;
	json_t *doc = NULL;
	int rc;

	if (strncmp(arn, head, sizeof(head) - 1) != 0 || slash == NULL)
		return 0;
	rc = identity_find(c->txn, c->arena,
	    arena_strndup(c->arena, arn + sizeof(head) - 1, 12), e->kind, slash + 1, &doc,
	    &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0 || strcmp(json_str_or(doc, "Arn", ""), arn) != 0)
		return err_set(&c->err, &malformed,
		    "Invalid principal in policy: \"AWS\":\"%.200s\"", arn);
	return 0;
}

static int
check_principals(struct call *c, const json_t *statement)
{
	const json_t *aws = json_path(statement, "Principal.AWS"), *each;
	size_t i;

	if (json_is_string(aws))
		return check_named(c, json_string_value(aws));
	json_array_foreach(aws, i, each) {
		if (check_named(c, json_string_value(each)) < 0)
			return -1;
	}
	return 0;
}

static int
check_trusted(struct call *c, const json_t *doc)
{
	const json_t *all = json_get(doc, "Statement"), *statement;
	size_t i;

	if (json_is_object(all))
		return check_principals(c, all);
	json_array_foreach(all, i, statement) {
		if (check_principals(c, statement) < 0)
			return -1;
	}
	return 0;
}

static int
set_trust(struct call *c, json_t *role, const char *text)
{
	json_t *doc;

	if (policy_size(text) > TRUST_MAX)
		return err_set(&c->err, &iam_limit,
		    "Cannot exceed quota for ACLSizePerRole: %d", TRUST_MAX);
	if (policy_parse(c->arena, text, POLICY_TRUST, &doc, &c->err) < 0 ||
	    check_trusted(c, doc) < 0)
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

int
iam_add_last_used(struct call *c, const char *role, json_t *row)
{
	json_t *last = json_need_object(row, "RoleLastUsed"), *use;
	int rc = store_get(c->txn, c->scope, "iam:role-use", role, &use, &c->err);

	if (rc > 0) {
		json_set(last, "LastUsedDate", json_incref(json_get(use, "Date")));
		json_set_str(last, "Region", json_str(use, "Region"));
	}
	return rc < 0 ? -1 : 0;
}

static int
get_role(struct call *c)
{
	const char *name = in_str(c, "RoleName");
	json_t *doc, *row;

	if (iam_get(c, &iam_role, name, &doc) < 0)
		return -1;
	row = json_own(c->arena, iam_show(c, &iam_role, doc, 1));
	if (iam_add_last_used(c, name, row) < 0)
		return -1;
	out_ref(c, "Role", row);
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
	store_delete(c->txn, c->scope, "iam:role-use", name);
	return 0;
}

/* Roles that are linked to a service */

#define LINKED_POLICIES "arn:aws:iam::aws:policy/aws-service-role/"

static const struct linked_service {
	const char *service, *name; /* behind AWSServiceRoleFor */
	const char *policy;	    /* NULL: not known */
} linked[] = {
	{ "autoscaling.amazonaws.com", "AutoScaling", "AutoScalingServiceRolePolicy" },
	{ "cloudtrail.amazonaws.com", "CloudTrail", "CloudTrailServiceRolePolicy" },
	{ "dsql.amazonaws.com", "AuroraDsql", "AuroraDsqlServiceLinkedRolePolicy" },
	{ "dynamodb.application-autoscaling.amazonaws.com",
	    "ApplicationAutoScaling_DynamoDBTable",
	    "AWSApplicationAutoscalingDynamoDBTablePolicy" },
	{ "ec2fleet.amazonaws.com", "EC2Fleet", "AWSEC2FleetServiceRolePolicy" },
	{ "ecs.amazonaws.com", "ECS", "AmazonECSServiceRolePolicy" },
	{ "ecs.application-autoscaling.amazonaws.com",
	    "ApplicationAutoScaling_ECSService",
	    "AWSApplicationAutoscalingECSServicePolicy" },
	{ "eks.amazonaws.com", "AmazonEKS", NULL },
	{ "eks-fargate.amazonaws.com", "AmazonEKSForFargate",
	    "AmazonEKSForFargateServiceRolePolicy" },
	{ "eks-nodegroup.amazonaws.com", "AmazonEKSNodegroup",
	    "AWSServiceRoleForAmazonEKSNodegroup" },
	{ "elasticache.amazonaws.com", "ElastiCache", NULL },
	{ "elasticfilesystem.amazonaws.com", "AmazonElasticFileSystem",
	    "AmazonElasticFileSystemServiceRolePolicy" },
	{ "elasticloadbalancing.amazonaws.com", "ElasticLoadBalancing",
	    "AWSElasticLoadBalancingServiceRolePolicy" },
	{ "email.cognito-idp.amazonaws.com", "AmazonCognitoIdpEmailService", NULL },
	{ "events.amazonaws.com", "CloudWatchEvents",
	    "CloudWatchEventsServiceRolePolicy" },
	{ "kafka.amazonaws.com", "Kafka", "KafkaServiceRolePolicy" },
	{ "lambda.application-autoscaling.amazonaws.com",
	    "ApplicationAutoScaling_LambdaConcurrency",
	    "AWSApplicationAutoscalingLambdaConcurrencyPolicy" },
	{ "mq.amazonaws.com", "AmazonMQ", "AmazonMQServiceRolePolicy" },
	{ "mrk.kms.amazonaws.com", "KeyManagementServiceMultiRegionKeys",
	    "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy" },
	{ "opensearchservice.amazonaws.com", "AmazonOpenSearchService",
	    "AmazonOpenSearchServiceRolePolicy" },
	{ "ops.apigateway.amazonaws.com", "APIGateway", "APIGatewayServiceRolePolicy" },
	{ "organizations.amazonaws.com", "Organizations",
	    "AWSOrganizationsServiceTrustPolicy" },
	{ "rds.amazonaws.com", "RDS", "AmazonRDSServiceRolePolicy" },
	{ "rds.application-autoscaling.amazonaws.com",
	    "ApplicationAutoScaling_RDSCluster",
	    "AWSApplicationAutoscalingRDSClusterPolicy" },
	{ "redshift.amazonaws.com", "Redshift", "AmazonRedshiftServiceLinkedRolePolicy" },
	{ "replication.dynamodb.amazonaws.com", "DynamoDBReplication",
	    "DynamoDBReplicationServiceRolePolicy" },
	{ "replication.ecr.amazonaws.com", "ECRReplication",
	    "ECRReplicationServiceRolePolicy" },
	{ "route53resolver.amazonaws.com", "Route53Resolver",
	    "Route53ResolverServiceRolePolicy" },
	{ "spot.amazonaws.com", "EC2Spot", "AWSEC2SpotServiceRolePolicy" },
	{ "spotfleet.amazonaws.com", "EC2SpotFleet", "AWSEC2SpotFleetServiceRolePolicy" },
	{ "support.amazonaws.com", "Support", NULL },
	{ "transitgateway.amazonaws.com", "VPCTransitGateway",
	    "AWSVPCTransitGatewayServiceRolePolicy" },
	{ "trustedadvisor.amazonaws.com", "TrustedAdvisor",
	    "AWSTrustedAdvisorServiceRolePolicy" },
};

/* NULL: none that is known. */
static const struct linked_service *
find_linked(const char *service)
{
	for (size_t i = 0; i < COUNT(linked); i++) {
		if (strcmp(linked[i].service, service) == 0)
			return &linked[i];
	}
	return NULL;
}

/* For a service without a row, the first label of its name. */
static const char *
linked_name(struct call *c, const char *service, const char *suffix)
{
	const struct linked_service *known = find_linked(service);
	const char *dot = suffix != NULL ? "_" : "";
	char *label;

	suffix = suffix != NULL ? suffix : "";
	if (known != NULL)
		return arena_printf(c->arena, "AWSServiceRoleFor%s%s%s", known->name, dot,
		    suffix);
	label = arena_strndup(c->arena, service, strcspn(service, "."));
	label[0] = (char)toupper((unsigned char)label[0]);
	return arena_printf(c->arena, "AWSServiceRoleFor%s%s%s", label, dot, suffix);
}

static int
fill_linked(struct call *c, json_t *doc, const char *service)
{
	const struct linked_service *known = find_linked(service);
	const char *text = arena_printf(c->arena,
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
	    "{\"Service\":\"%s\"},\"Action\":\"sts:AssumeRole\"}]}",
	    service);

	if (known != NULL && known->policy != NULL)
		json_add_str(json_need_array(doc, "_attached"),
		    arena_printf(c->arena, LINKED_POLICIES "%s", known->policy));
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
	store_delete(c->txn, c->scope, "iam:role-use", name);
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
