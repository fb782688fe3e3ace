#include "control/services/autoscaling/request.h"

#include <string.h>

#include "control/services/autoscaling/converge.h"
#include "control/services/autoscaling/launch_configuration.h"
#include "control/services/autoscaling/template.h"
#include "control/services/ec2/compute/instance_choice.h"

/* Set unless it is absent or "". */
static void
set_text(json_t *to, const char *name, const char *text)
{
	if (text != NULL && text[0] != '\0')
		json_set_str(to, name, text);
}

/* From a launch configuration */

static void
set_groups(json_t *to, const char *ids_member, const char *names_member,
    const json_t *groups)
{
	const json_t *v;
	size_t i;

	json_array_foreach(groups, i, v) {
		const char *text = json_string_value(v);
		const char *member =
		    strncmp(text, "sg-", 3) == 0 ? ids_member : names_member;

		json_add_str(json_need_array(to, member), text);
	}
}

/* A public address can only be asked for at an interface. */
static void
set_network(json_t *in, const json_t *configuration, const char *subnet)
{
	const json_t *groups = json_get(configuration, "SecurityGroups");
	json_t *row;

	if (json_get(configuration, "AssociatePublicIpAddress") == NULL ||
	    subnet == NULL) {
		set_text(in, "SubnetId", subnet);
		set_groups(in, "SecurityGroupIds", "SecurityGroups", groups);
		return;
	}
	row = json_add_object(json_need_array(in, "NetworkInterfaces"));
	json_set_int(row, "DeviceIndex", 0);
	json_set_bool(row, "AssociatePublicIpAddress",
	    json_bool(configuration, "AssociatePublicIpAddress", 0));
	json_set_str(row, "SubnetId", subnet);
	set_groups(row, "Groups", "Groups", groups);
}

static void
set_profile(json_t *in, const char *profile)
{
	if (profile == NULL || profile[0] == '\0')
		return;
	json_set(in, "IamInstanceProfile",
	    json_make("{s:s}", strncmp(profile, "arn:", 4) == 0 ? "Arn" : "Name",
		profile));
}

/* NoDevice is a flag here and a text, any, for EC2. */
static void
set_devices(json_t *in, const json_t *devices)
{
	json_t *list, *row;
	size_t i;

	if (json_array_size(devices) == 0)
		return;
	list = json_copy_deep(devices);
	json_array_foreach(list, i, row) {
		if (json_bool(row, "NoDevice", 0))
			json_set_str(row, "NoDevice", "");
		else
			json_del(row, "NoDevice");
	}
	json_set(in, "BlockDeviceMappings", list);
}

static int
from_configuration(struct call *c, const char *name, const char *zone, const char *subnet,
    json_t *in)
{
	static const char *const texts[] = { "ImageId", "InstanceType", "KeyName",
		"UserData", "KernelId", "RamdiskId" };
	static const char *const same[] = { "EbsOptimized", "MetadataOptions" };
	const char *tenancy;
	json_t *doc;

	if (asg_launch_configuration_get(c, name, &doc) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(texts); i++)
		set_text(in, texts[i], json_str(doc, texts[i]));
	for (size_t i = 0; i < COUNT(same); i++) {
		if (json_get(doc, same[i]) != NULL)
			json_set(in, same[i], json_incref(json_get(doc, same[i])));
	}
	set_devices(in, json_get(doc, "BlockDeviceMappings"));
	json_set(in, "Monitoring", json_incref(json_get(doc, "InstanceMonitoring")));
	set_profile(in, json_str(doc, "IamInstanceProfile"));
	set_network(in, doc, subnet);
	tenancy = json_str(doc, "PlacementTenancy");
	set_text(json_need_object(in, "Placement"), "AvailabilityZone", zone);
	set_text(json_need_object(in, "Placement"), "Tenancy", tenancy);
	if (json_get(doc, "SpotPrice") != NULL)
		json_set(in, "InstanceMarketOptions",
		    json_make("{s:s, s:{s:s}}", "MarketType", "spot", "SpotOptions",
			"MaxPrice", json_str_or(doc, "SpotPrice", "")));
	return 0;
}

/* From a launch template */

/* The cheapest type for the image that has what InstanceRequirements ask, in the market. */
static int
type_for(struct call *c, json_t *requirements, const char *image, int spot,
    const char **ret)
{
	struct instance_choice *all;
	size_t n;

	if (instance_choose(c, requirements, image, &all, &n) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (spot ? all[i].spot : all[i].on_demand) {
			*ret = all[i].type->name;
			return 0;
		}
	}
	return err_set(&c->err, &asg_invalid,
	    "No instance type satisfies the instance requirements.");
}

/* Of a mixed policy: the override whose turn it is, or NULL. */
static const json_t *
override_of(const json_t *group)
{
	const json_t *list =
	    json_path(group, "MixedInstancesPolicy.LaunchTemplate.Overrides");
	size_t n = json_array_size(list);
	int64_t next = json_int(group, "_next_type", 0);

	return n == 0 ? NULL : json_array_get(list, (size_t)next % n);
}

static int
apply_override(struct call *c, const json_t *override, const char *image, int spot,
    json_t *in, json_t *member)
{
	json_t *requirements = json_get(override, "InstanceRequirements");
	const char *type = json_str(override, "InstanceType");

	if (requirements != NULL &&
	    type_for(c, requirements, json_str_or(override, "ImageId", image), spot,
		&type) < 0)
		return -1;
	json_set_str(in, "InstanceType", type);
	json_set_str(in, "ImageId", json_str(override, "ImageId"));
	json_set_str(member, "WeightedCapacity", json_str(override, "WeightedCapacity"));
	return 0;
}

/* Is it the turn of a spot instance?  Those above the base are shared out by percentage. */
static int
is_spot_turn(const json_t *group)
{
	const json_t *d = json_path(group, "MixedInstancesPolicy.InstancesDistribution");
	int64_t base = json_int(d, "OnDemandBaseCapacity", 0), on_demand = 0, n = 0;
	int64_t percent = json_int(d, "OnDemandPercentageAboveBaseCapacity", 100);
	const char *const lists[] = { "Instances", "_launches" };
	const json_t *row;
	size_t i;

	for (size_t k = 0; k < COUNT(lists); k++) {
		json_array_foreach(json_get(group, lists[k]), i, row) {
			const json_t *of = k == 0 ? row : json_get(row, "member");

			if (asg_member_is(of, "Terminating"))
				continue;
			n++;
			on_demand += !json_bool(of, "_spot", 0);
		}
	}
	if (d == NULL || on_demand < base)
		return 0;
	return (on_demand - base) * 100 >= (n + 1 - base) * percent;
}

/* The subnet belongs to the group, also when the template spells out an interface. */
static void
set_template_network(struct call *c, json_t *in, const json_t *data, const char *zone,
    const char *subnet)
{
	json_t *interfaces = json_get(data, "NetworkInterfaces");

	if (subnet == NULL) {
		set_text(json_need_object(in, "Placement"), "AvailabilityZone", zone);
		return;
	}
	if (json_array_size(interfaces) == 0) {
		json_set_str(in, "SubnetId", subnet);
		return;
	}
	interfaces = json_own(c->arena, json_copy_deep(interfaces));
	json_set_str(json_array_get(interfaces, 0), "SubnetId", subnet);
	json_set(in, "NetworkInterfaces", json_incref(interfaces));
}

static int
from_template(struct call *c, const json_t *group, const char *zone, const char *subnet,
    json_t *in, json_t *member, const json_t **ret_data)
{
	const json_t *spec = asg_template_of(group), *override = override_of(group);
	const json_t *own = json_get(override, "LaunchTemplateSpecification");
	const char *number, *type, *image;
	int spot = is_spot_turn(group);
	json_t *version;

	if (asg_template_version(c, own != NULL ? own : spec, &version) < 0)
		return -1;
	*ret_data = json_get(version, "LaunchTemplateData");
	number = arena_printf(c->arena, "%lld",
	    (long long)json_int(version, "VersionNumber", 1));
	json_set(in, "LaunchTemplate",
	    json_make("{s:s, s:s}", "LaunchTemplateId",
		json_str_or(version, "LaunchTemplateId", ""), "Version", number));
	json_set(member, "LaunchTemplate",
	    json_make("{s:s, s:s, s:s}", "LaunchTemplateId",
		json_str_or(version, "LaunchTemplateId", ""), "LaunchTemplateName",
		json_str_or(version, "LaunchTemplateName", ""), "Version", number));
	image = json_str(*ret_data, "ImageId");
	if (override != NULL && apply_override(c, override, image, spot, in, member) < 0)
		return -1;
	if (json_get(in, "InstanceType") == NULL &&
	    json_get(*ret_data, "InstanceRequirements") != NULL) {
		if (type_for(c, json_get(*ret_data, "InstanceRequirements"), image, spot,
			&type) < 0)
			return -1;
		json_set_str(in, "InstanceType", type);
	}
	set_template_network(c, in, *ret_data, zone, subnet);
	if (spot) {
		json_set(in, "InstanceMarketOptions",
		    json_make("{s:s}", "MarketType", "spot"));
		json_set_bool(member, "_spot", 1);
	}
	return 0;
}

/* Tags: the template's, over them the group's that propagate, and whose it is */

static void
set_tag(json_t *tags, const char *key, const char *value)
{
	json_t *tag = NULL;
	size_t i;

	json_array_foreach(tags, i, tag) {
		if (strcmp(json_str_or(tag, "Key", ""), key) == 0)
			break;
	}
	if (tag == NULL || i == json_array_size(tags)) {
		tag = json_add_object(tags);
		json_set_str(tag, "Key", key);
	}
	json_set_str(tag, "Value", value);
}

static json_t *
specification_of(json_t *list, const char *type)
{
	json_t *row;
	size_t i;

	json_array_foreach(list, i, row) {
		if (strcmp(json_str_or(row, "ResourceType", ""), type) == 0)
			return row;
	}
	row = json_add_object(list);
	json_set_str(row, "ResourceType", type);
	return row;
}

static void
set_tags(const json_t *group, const json_t *data, json_t *in)
{
	const json_t *given = json_get(data, "TagSpecifications"), *tag;
	json_t *list = given != NULL ? json_copy_deep(given) : json_new_array(), *tags;
	size_t i;

	json_set(in, "TagSpecifications", list);
	tags = json_need_array(specification_of(list, "instance"), "Tags");
	json_array_foreach(json_get(group, "Tags"), i, tag) {
		if (json_bool(tag, "PropagateAtLaunch", 0))
			set_tag(tags, json_str_or(tag, "Key", ""),
			    json_str_or(tag, "Value", ""));
	}
	set_tag(tags, ASG_NAME_TAG, asg_name(group));
}

/* The group as new instances see it: with the configuration that a refresh brings. */
static json_t *
effective(struct call *c, const json_t *group)
{
	json_t *desired = json_get(group, "_desired"), *v, *one;
	const char *name;

	v = json_own(c->arena, json_copy_deep(group));
	if (desired == NULL)
		return v;
	json_del(v, "LaunchConfigurationName");
	json_del(v, "LaunchTemplate");
	json_del(v, "MixedInstancesPolicy");
	json_object_foreach(desired, name, one)
		json_set(v, name, json_incref(one));
	return v;
}

int
asg_request(struct call *c, const json_t *of, const char *zone, const char *subnet,
    json_t **ret, json_t **ret_member)
{
	const json_t *group = effective(c, of);
	const char *configuration = json_str(group, "LaunchConfigurationName");
	json_t *in = json_own(c->arena, json_new_object());
	json_t *member = json_own(c->arena, json_new_object());
	const json_t *data = NULL;

	json_set_int(in, "MinCount", 1);
	json_set_int(in, "MaxCount", 1);
	if (configuration != NULL) {
		if (from_configuration(c, configuration, zone, subnet, in) < 0)
			return -1;
		json_set_str(member, "LaunchConfigurationName", configuration);
	} else if (from_template(c, group, zone, subnet, in, member, &data) < 0) {
		return -1;
	}
	set_text(json_need_object(in, "Placement"), "GroupName",
	    json_str(group, "PlacementGroup"));
	if (json_object_size(json_get(in, "Placement")) == 0)
		json_del(in, "Placement");
	set_tags(group, data, in);
	*ret = in;
	*ret_member = member;
	return 0;
}
