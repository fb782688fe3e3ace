#include "control/services/autoscaling/settings.h"

#include <ctype.h>
#include <string.h>

#include "control/services/autoscaling/launch_configuration.h"
#include "control/services/autoscaling/template.h"
#include "control/services/ec2/ec2.h"

enum { SIZE_MAX_GROUP = 10000, SUBNETS_MAX = 50 };

/* What is kept as it was said */

static int
copy_members(struct call *c, json_t *doc)
{
	static const char *const kept[] = { "DefaultCooldown", "HealthCheckType",
		"HealthCheckGracePeriod", "PlacementGroup", "TerminationPolicies",
		"NewInstancesProtectedFromScaleIn", "ServiceLinkedRoleARN",
		"MaxInstanceLifetime", "CapacityRebalance", "Context",
		"DesiredCapacityType", "DefaultInstanceWarmup",
		"InstanceMaintenancePolicy", "AvailabilityZoneDistribution",
		"AvailabilityZoneImpairmentPolicy", "CapacityReservationSpecification",
		"DeletionProtection", "InstanceLifecyclePolicy" };

	for (size_t i = 0; i < COUNT(kept); i++) {
		if (in_has(c, kept[i]))
			json_set(doc, kept[i], json_copy_deep(json_get(c->in, kept[i])));
	}
	return 0;
}

/* Values that mean "none": the member is not shown. */
static void
drop_resets(json_t *doc)
{
	static const struct {
		const char *name;
		int64_t none;
	} rows[] = { { "DefaultInstanceWarmup", -1 }, { "MaxInstanceLifetime", 0 } };
	const json_t *maintenance = json_get(doc, "InstanceMaintenancePolicy");

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (json_int(doc, rows[i].name, rows[i].none) == rows[i].none)
			json_del(doc, rows[i].name);
	}
	if (json_int(maintenance, "MinHealthyPercentage", 0) == -1 &&
	    json_int(maintenance, "MaxHealthyPercentage", 0) == -1)
		json_del(doc, "InstanceMaintenancePolicy");
	if (strcmp(json_str_or(doc, "PlacementGroup", "-"), "") == 0)
		json_del(doc, "PlacementGroup");
	if (strcmp(json_str_or(doc, "Context", "-"), "") == 0)
		json_del(doc, "Context");
}

/* EC2, ELB, EBS, VPC_LATTICE, alone or with commas between. */
static int
check_health_type(struct call *c, const json_t *doc)
{
	static const char *const known[] = { "EC2", "ELB", "EBS", "VPC_LATTICE" };
	const char *text = json_str_or(doc, "HealthCheckType", "EC2"), *p = text;

	while (*p != '\0') {
		size_t n = strcspn(p, ","), i = 0;

		while (i < COUNT(known) &&
		    (strlen(known[i]) != n || strncmp(known[i], p, n) != 0))
			i++;
		if (i == COUNT(known))
			return err_set(&c->err, &asg_invalid,
			    "Health Check Type '%s' is not valid. It must be one or more of "
			    "[EC2, ELB, EBS, VPC_LATTICE]",
			    text);
		p += n + (p[n] == ',');
	}
	return 0;
}

static int
check_policies(struct call *c, const json_t *doc)
{
	static const char *const known[] = { "Default", "OldestInstance",
		"NewestInstance", "OldestLaunchConfiguration", "OldestLaunchTemplate",
		"ClosestToNextInstanceHour", "AllocationStrategy" };
	const json_t *v;
	size_t i, k;

	json_array_foreach(json_get(doc, "TerminationPolicies"), i, v) {
		const char *name = json_string_value(v);

		for (k = 0; k < COUNT(known) && strcmp(known[k], name) != 0; k++)
			;
		if (k == COUNT(known))
			return err_set(&c->err, &asg_invalid,
			    "Termination policy '%.200s' is not valid.", name);
	}
	return 0;
}

static int
check_maintenance(struct call *c, const json_t *doc)
{
	const json_t *v = json_get(doc, "InstanceMaintenancePolicy");
	int64_t min = json_int(v, "MinHealthyPercentage", -2);
	int64_t max = json_int(v, "MaxHealthyPercentage", -2);

	if (v == NULL)
		return 0;
	if (min < 0 || max < 100 || max - min > 100)
		return err_set(&c->err, &asg_invalid,
		    "InstanceMaintenancePolicy must have a MinHealthyPercentage from 0 to "
		    "100 and a MaxHealthyPercentage from 100 to 200 whose difference is not "
		    "greater than 100.");
	return 0;
}

static int
check_members(struct call *c, const json_t *doc)
{
	static const struct {
		const char *name;
		int64_t min, max;
	} ranges[] = {
		{ "DefaultCooldown", 0, 31536000 },
		{ "HealthCheckGracePeriod", 0, 31536000 },
		{ "DefaultInstanceWarmup", 0, 31536000 },
		{ "MaxInstanceLifetime", 86400, 31536000 },
	};
	const char *unit = json_str_or(doc, "DesiredCapacityType", "units");

	for (size_t i = 0; i < COUNT(ranges); i++) {
		if (asg_check_range(c, doc, ranges[i].name, ranges[i].min,
			ranges[i].max) < 0)
			return -1;
	}
	if (strcmp(unit, "units") != 0)
		return err_set(&c->err, &asg_invalid,
		    "DesiredCapacityType '%.100s' is not supported here: units is.",
		    unit);
	return check_health_type(c, doc) < 0 || check_policies(c, doc) < 0 ||
		check_maintenance(c, doc) < 0 ?
	    -1 :
	    0;
}

int
asg_settings_read(struct call *c, json_t *doc)
{
	copy_members(c, doc);
	drop_resets(doc);
	if (json_array_size(json_get(doc, "TerminationPolicies")) == 0)
		json_set(doc, "TerminationPolicies", json_make("[s]", "Default"));
	return check_members(c, doc);
}

int
asg_check_sizes(struct call *c, int64_t min, int64_t max)
{
	if (min < 0 || max < 0)
		return err_set(&c->err, &asg_invalid,
		    "Min and max size must be greater than or equal to zero");
	if (max > SIZE_MAX_GROUP)
		return err_set(&c->err, &asg_invalid,
		    "Max bound, %lld, is greater than the limit of %d", (long long)max,
		    SIZE_MAX_GROUP);
	if (min > max)
		return err_set(&c->err, &asg_invalid,
		    "Max bound, %lld, must be greater than or equal to min bound, %lld",
		    (long long)max, (long long)min);
	return 0;
}

/* Zones and subnets */

/* The subnet's document; all are of one VPC. */
static int
subnet_get(struct call *c, const char *id, const char **vpc, json_t **ret)
{
	int rc = store_get(c->txn, c->scope, "ec2:subnet", id, ret, &c->err);
	const char *of;

	if (rc <= 0)
		return rc < 0 ? -1 :
				err_set(&c->err, &asg_invalid,
				    "The subnet ID '%.100s' does not exist", id);
	of = json_str_or(*ret, "VpcId", "");
	if (*vpc != NULL && strcmp(*vpc, of) != 0)
		return err_set(&c->err, &asg_invalid,
		    "The subnets of an Auto Scaling group must be in one VPC.");
	*vpc = of;
	return 0;
}

static void
add_once(json_t *list, const char *text)
{
	if (!json_has_str(list, text))
		json_add_str(list, text);
}

/* The subnets of "subnet-1, subnet-2", and the zones they are in. */
static int
read_subnets(struct call *c, const char *text, json_t *ids, json_t *zones)
{
	const char *vpc = NULL;

	while (*text != '\0') {
		size_t skip = strspn(text, ", \t\n"), n;
		const char *id;
		json_t *subnet;

		text += skip;
		n = strcspn(text, ", \t\n");
		if (n == 0)
			break;
		id = arena_strndup(c->arena, text, n);
		text += n;
		if (subnet_get(c, id, &vpc, &subnet) < 0)
			return -1;
		add_once(ids, id);
		add_once(zones, json_str_or(subnet, "AvailabilityZone", ""));
	}
	if (json_array_size(ids) > SUBNETS_MAX)
		return err_set(&c->err, &asg_invalid,
		    "An Auto Scaling group has at most %d subnets.", SUBNETS_MAX);
	return 0;
}

/* The zones that the input names, by name or by id; NULL: none. */
static int
named_zones(struct call *c, json_t **ret)
{
	const json_t *names = in_list(c, "AvailabilityZones");
	const json_t *ids = in_list(c, "AvailabilityZoneIds"), *v;
	json_t *out = json_own(c->arena, json_new_array());
	const json_t *const lists[] = { names, ids };
	size_t k, i;
	unsigned z;

	*ret = NULL;
	for (k = 0; k < COUNT(lists); k++) {
		json_array_foreach(lists[k], i, v) {
			const char *text = json_string_value(v);

			for (z = 0; z < EC2_ZONES &&
			     strcmp(text,
				 k == 0 ? ec2_zone_name(c, z) : ec2_zone_id(c, z)) != 0;
			     z++)
				;
			if (z == EC2_ZONES)
				return err_set(&c->err, &asg_invalid,
				    "Invalid Availability Zone: [%.100s]", text);
			add_once(out, ec2_zone_name(c, z));
		}
	}
	if (json_array_size(out) > 0)
		*ret = out;
	return 0;
}

static void
set_zone_ids(struct call *c, json_t *doc, const json_t *zones)
{
	json_t *ids = json_new_array();
	const json_t *v;
	size_t i;

	json_array_foreach(zones, i, v) {
		for (unsigned z = 0; z < EC2_ZONES; z++) {
			if (strcmp(json_string_value(v), ec2_zone_name(c, z)) == 0)
				json_add_str(ids, ec2_zone_id(c, z));
		}
	}
	json_set(doc, "AvailabilityZoneIds", ids);
}

static char *
joined(struct call *c, const json_t *ids)
{
	struct buf *b = buf_new(c->arena, 0);
	const json_t *v;
	size_t i;

	json_array_foreach(ids, i, v)
		buf_printf(b, "%s%s", i > 0 ? "," : "", json_string_value(v));
	return arena_strdup(c->arena, buf_text(b));
}

static int
zones_agree(const json_t *a, const json_t *b)
{
	const json_t *v;
	size_t i;

	json_array_foreach(a, i, v) {
		if (!json_has_str(b, json_string_value(v)))
			return 0;
	}
	return json_array_size(a) == json_array_size(b);
}

int
asg_zones_read(struct call *c, json_t *doc)
{
	const char *text = in_str(c, "VPCZoneIdentifier");
	json_t *named, *ids = json_own(c->arena, json_new_array());
	json_t *zones = json_own(c->arena, json_new_array());

	if (named_zones(c, &named) < 0)
		return -1;
	if (text == NULL && named == NULL) {
		if (json_array_size(json_get(doc, "AvailabilityZones")) > 0)
			return 0;
		return err_set(&c->err, &asg_invalid,
		    "At least one Availability Zone or VPC Subnet is required.");
	}
	/* Zones alone leave the subnets, which must then be those zones'. */
	if (text == NULL)
		text = json_str_or(doc, "VPCZoneIdentifier", "");
	if (read_subnets(c, text, ids, zones) < 0)
		return -1;
	if (json_array_size(ids) == 0) {
		if (named == NULL)
			return err_set(&c->err, &asg_invalid,
			    "At least one Availability Zone or VPC Subnet is required.");
		zones = named;
	} else if (named != NULL && !zones_agree(named, zones)) {
		return err_set(&c->err, &asg_invalid,
		    "The availability zones of the specified subnets and the Auto Scaling "
		    "group do not match");
	}
	json_set_str(doc, "VPCZoneIdentifier", joined(c, ids));
	json_set(doc, "AvailabilityZones", json_copy_deep(zones));
	set_zone_ids(c, doc, zones);
	return 0;
}

/* Whence it launches */

/* The group is launched from that alone. */
static void
set_source(json_t *doc, const char *name, json_t *v)
{
	static const char *const all[] = { "LaunchConfigurationName", "LaunchTemplate",
		"MixedInstancesPolicy" };

	for (size_t i = 0; i < COUNT(all); i++)
		json_del(doc, all[i]);
	json_del(doc, "_next_type");
	json_set(doc, name, v);
}

int
asg_source_read(struct call *c, json_t *doc)
{
	const char *configuration = in_str(c, "LaunchConfigurationName");
	const json_t *template = in_object(c, "LaunchTemplate");
	const json_t *mixed = in_object(c, "MixedInstancesPolicy");
	json_t *v;

	if ((configuration != NULL) + (template != NULL) + (mixed != NULL) > 1)
		return err_set(&c->err, &asg_invalid,
		    "Valid requests must contain either LaunchTemplate, "
		    "LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.");
	if (configuration != NULL) {
		if (asg_launch_configuration_get(c, configuration, &v) < 0)
			return -1;
		set_source(doc, "LaunchConfigurationName", json_new_str(configuration));
	}
	if (template != NULL) {
		if (asg_template_read(c, template, &v) < 0)
			return -1;
		set_source(doc, "LaunchTemplate", json_incref(v));
	}
	if (mixed != NULL) {
		if (asg_mixed_read(c, mixed, &v) < 0)
			return -1;
		set_source(doc, "MixedInstancesPolicy", json_incref(v));
	}
	return 0;
}

/* The desired capacity */

void
asg_set_desired(struct call *c, json_t *group, int64_t desired, const char *why)
{
	int64_t before = json_int(group, "DesiredCapacity", 0);

	if (before == desired)
		return;
	json_set_int(group, "DesiredCapacity", desired);
	json_set_fmt(group, "_cause",
	    "At %s %s changing the desired capacity from %lld to %lld.",
	    asg_time(c->arena, c->now_ms), why, (long long)before, (long long)desired);
	/* What failed before may have been mended meanwhile. */
	json_del(group, "_retry_ms");
	json_del(group, "_failures");
}
