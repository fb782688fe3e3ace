/*
 * Auto Scaling: launch configurations.
 *
 * They cannot be changed.  What is not a launch's (block devices, kernel) is kept, shown and
 * handed to RunInstances, which says what it does not do.
 * Not emulated: EC2-Classic, whose parameters are refused as AWS does.
 */
#include "control/services/autoscaling/launch_configuration.h"

#include <string.h>

#include "control/iam/auth.h"

enum { MAX = 200 };

const struct resource asg_launch_configuration = {
	.service = "autoscaling",
	.kind = "autoscaling:launch-configuration",
	.type = "launchConfiguration:*:launchConfigurationName",
	.id_member = "LaunchConfigurationName",
	.list_member = "LaunchConfigurations",
	.noun = "launch configuration",
	.not_found = &asg_invalid,
	.no_tags = 1,
};

int
asg_launch_configuration_get(struct call *c, const char *name, json_t **ret)
{
	int rc = resource_find(c, &asg_launch_configuration, name, ret);

	return rc == 0 ?
	    err_set(&c->err, &asg_invalid,
		"Launch configuration name not found - Launch configuration %s not found",
		name) :
	    rc < 0 ? -1 :
		     0;
}

/* CreateLaunchConfiguration */

static int
check_new(struct call *c, const char *name)
{
	struct store_docs all;
	json_t *doc;
	int rc = resource_find(c, &asg_launch_configuration, name, &doc);

	if (rc < 0 || resource_list(c, &asg_launch_configuration, &all) < 0)
		return -1;
	if (rc > 0)
		return err_set(&c->err, &asg_exists,
		    "Launch Configuration by this name already exists - A launch configuration "
		    "already exists with the name %s",
		    name);
	if (all.n >= MAX)
		return err_set(&c->err, &asg_limit,
		    "You have reached your limit of %d launch configurations.", MAX);
	return 0;
}

/* Whoever lets instances have a role must be allowed to pass it. */
static int
check_profile(struct call *c, const char *given)
{
	json_t *profile, *role = NULL;
	const char *name = given;
	int rc;

	if (given == NULL)
		return 0;
	if (strncmp(given, "arn:", 4) == 0 && strrchr(given, '/') != NULL)
		name = strrchr(given, '/') + 1;
	rc = auth_profile_find(c->txn, c->arena, c->account, name, &profile, &role,
	    &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &asg_invalid,
		    "Invalid IamInstanceProfile: %.200s", given);
	return role == NULL ?
	    0 :
	    auth_pass_role(&c->env->auth, c->txn, c->arena, &c->who, c->model,
		json_str_or(role, "Arn", ""), "ec2.amazonaws.com", NULL, &c->err);
}

static void
copy_groups(json_t *doc, const json_t *instance)
{
	json_t *list = json_new_array();
	const json_t *group;
	size_t i;

	json_array_foreach(json_get(instance, "SecurityGroups"), i, group)
		json_add_str(list, json_str_or(group, "GroupId", ""));
	json_set(doc, "SecurityGroups", list);
}

int
asg_configuration_of_instance(struct call *c, const char *id, json_t *doc)
{
	static const char *const same[] = { "ImageId", "InstanceType", "KeyName",
		"KernelId", "RamdiskId", "EbsOptimized" };
	const char *monitoring;
	json_t *instance;
	int rc = store_get(c->txn, c->scope, "ec2:instance", id, &instance, &c->err);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &asg_invalid,
		    "Invalid Instance ID: %s: The instance ID '%s' does not exist", id,
		    id);
	for (size_t i = 0; i < COUNT(same); i++) {
		if (json_get(instance, same[i]) != NULL)
			json_set(doc, same[i],
			    json_copy_deep(json_get(instance, same[i])));
	}
	copy_groups(doc, instance);
	json_set_str(doc, "UserData", json_str(instance, "_user_data"));
	json_set_str(doc, "IamInstanceProfile", json_str(instance, "_profile"));
	monitoring = json_str_or(json_get(instance, "Monitoring"), "State", "disabled");
	json_set(doc, "InstanceMonitoring",
	    json_make("{s:b}", "Enabled", strcmp(monitoring, "enabled") == 0));
	return 0;
}

static void
set_defaults(json_t *doc)
{
	static const char *const texts[] = { "KeyName", "UserData", "KernelId",
		"RamdiskId" };
	static const char *const lists[] = { "SecurityGroups", "BlockDeviceMappings",
		"ClassicLinkVPCSecurityGroups" };

	for (size_t i = 0; i < COUNT(texts); i++) {
		if (json_get(doc, texts[i]) == NULL)
			json_set_str(doc, texts[i], "");
	}
	for (size_t i = 0; i < COUNT(lists); i++)
		json_need_array(doc, lists[i]);
	if (json_get(doc, "InstanceMonitoring") == NULL)
		json_set(doc, "InstanceMonitoring", json_make("{s:b}", "Enabled", 1));
	if (json_get(doc, "EbsOptimized") == NULL)
		json_set_bool(doc, "EbsOptimized", 0);
}

int
asg_configuration_put(struct call *c, const char *name, json_t *doc)
{
	if (check_profile(c, json_str(doc, "IamInstanceProfile")) < 0)
		return -1;
	json_set_str(doc, "LaunchConfigurationName", name);
	json_set_str(doc, "LaunchConfigurationARN",
	    call_arn(c,
		arena_printf(c->arena,
		    "launchConfiguration:%s:launchConfigurationName/%s",
		    asg_uuid(c->arena), name)));
	json_set(doc, "CreatedTime", call_now(c));
	set_defaults(doc);
	resource_put(c, &asg_launch_configuration, doc);
	return 0;
}

static int
read_members(struct call *c, json_t *doc)
{
	static const char *const kept[] = { "ImageId", "KeyName", "SecurityGroups",
		"UserData", "InstanceType", "KernelId", "RamdiskId",
		"BlockDeviceMappings", "InstanceMonitoring", "SpotPrice",
		"IamInstanceProfile", "EbsOptimized", "AssociatePublicIpAddress",
		"PlacementTenancy", "MetadataOptions" };
	static const char *const tenancies[] = { "default", "dedicated" };
	const char *tenancy = in_str(c, "PlacementTenancy");

	if (in_has(c, "ClassicLinkVPCId") ||
	    json_array_size(in_list(c, "ClassicLinkVPCSecurityGroups")) > 0)
		return err_set(&c->err, &asg_invalid,
		    "The EC2-Classic platform is retired: ClassicLinkVPCId and "
		    "ClassicLinkVPCSecurityGroups are not supported.");
	if (tenancy != NULL && strcmp(tenancy, tenancies[0]) != 0 &&
	    strcmp(tenancy, tenancies[1]) != 0)
		return err_set(&c->err, &asg_invalid, "Invalid placement tenancy: %s",
		    tenancy);
	for (size_t i = 0; i < COUNT(kept); i++) {
		if (in_has(c, kept[i]))
			json_set(doc, kept[i], json_copy_deep(json_get(c->in, kept[i])));
	}
	return 0;
}

static int
create_launch_configuration(struct call *c)
{
	const char *name = in_str(c, "LaunchConfigurationName");
	const char *instance = in_str(c, "InstanceId");
	json_t *doc = json_own(c->arena, json_new_object());

	if (check_new(c, name) < 0 ||
	    (instance != NULL && asg_configuration_of_instance(c, instance, doc) < 0) ||
	    read_members(c, doc) < 0)
		return -1;
	if (json_get(doc, "ImageId") == NULL || json_get(doc, "InstanceType") == NULL)
		return err_set(&c->err, &asg_invalid,
		    "Valid requests must contain either the InstanceID parameter or both the "
		    "ImageId and InstanceType parameters.");
	return asg_configuration_put(c, name, doc);
}

/* DeleteLaunchConfiguration */

static int
delete_launch_configuration(struct call *c)
{
	const char *name = in_str(c, "LaunchConfigurationName");
	json_t *doc, *group;
	int rc;

	if (asg_launch_configuration_get(c, name, &doc) < 0)
		return -1;
	rc = resource_find_by(c, &asg_group, "LaunchConfigurationName", name, &group);
	if (rc < 0)
		return -1;
	if (rc > 0)
		return err_set(&c->err, &asg_in_use,
		    "Cannot delete launch configuration %s because it is attached to "
		    "AutoScalingGroup %s",
		    name, asg_name(group));
	resource_delete_doc(c, &asg_launch_configuration, name);
	return 0;
}

/* DescribeLaunchConfigurations: names that nobody has are left out */

static int
describe_launch_configurations(struct call *c)
{
	const json_t *names = in_list(c, "LaunchConfigurationNames");
	json_t *out = json_own(c->arena, json_new_array());
	struct store_docs all;

	if (resource_list(c, &asg_launch_configuration, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const char *name = json_str_or(all.doc[i], "LaunchConfigurationName", "");

		if (json_array_size(names) == 0 || json_has_str(names, name))
			json_add(out, json_incref(all.doc[i]));
	}
	return asg_out_page(c, "LaunchConfigurations", out);
}

static const struct op ops[] = {
	OP_RES("CreateLaunchConfiguration", create_launch_configuration, 0,
	    &asg_launch_configuration, "LaunchConfigurationName",
	    "Say how instances of groups are launched."),
	OP_RES("DeleteLaunchConfiguration", delete_launch_configuration, 0,
	    &asg_launch_configuration, "LaunchConfigurationName",
	    "Remove a launch configuration that no group has."),
	OP_RES("DescribeLaunchConfigurations", describe_launch_configurations, OP_READ,
	    &asg_launch_configuration, NULL, "List launch configurations."),
};
static const struct resource *const resources[] = { &asg_launch_configuration, NULL };
const struct family asg_launch_configurations = FAMILY(ops, resources);
