/*
 * EC2: what fleets launch: pools, of templates with overrides, or of specifications.
 *
 * A pool is {input, subnet, type, weight, priority, price, hour, on_demand, spot, shown}: what
 * RunInstances is asked, but for the subnet; what one instance counts; what an hour of it costs;
 * the markets that it is for.
 * Not emulated: of the types that meet InstanceRequirements, the ten cheapest are considered;
 * user data that is added to a template's.
 */
#include <string.h>

#include "control/services/ec2/compute/fleet.h"
#include "control/services/ec2/compute/instance_choice.h"
#include "control/services/ec2/compute/instance_type.h"
#include "control/services/ec2/compute/launch_template.h"
#include "control/services/ec2/compute/spot.h"
#include "control/services/ec2/ec2.h"

enum { CONFIGS_MAX = 50, OVERRIDES_MAX = 300, TYPES_MAX = 10 };

static const struct err_kind bad_config = { "InvalidFleetConfiguration", 400 };

struct source {
	const json_t *overrides; /* or a specification; NULL: none */
	const json_t *template;	 /* LaunchTemplateSpecification; NULL: none */
	json_t *version;	 /* the same, of what $Latest and $Default are now */
	json_t *input;
	const char *price, *unit;
	json_t *shown;
};

/* One pool: of a type, in a subnet or a zone (NULL: anywhere). */

static int
set_weight(struct call *c, const struct source *s, const struct instance_type *type,
    json_t *pool)
{
	double weight = json_num(s->overrides, "WeightedCapacity", 1);

	if (!(weight > 0) || weight > FLEET_CAPACITY_MAX)
		return err_set(&c->err, &ec2_bad_value,
		    "The weighted capacity must be greater than 0 and at most %d.",
		    FLEET_CAPACITY_MAX);
	if (type != NULL && strcmp(s->unit, "vcpu") == 0)
		weight = type->vcpus;
	if (type != NULL && strcmp(s->unit, "memory-mib") == 0)
		weight = type->memory_mib;
	json_set_num(pool, "weight", weight);
	return 0;
}

static int
add_pool(struct call *c, const struct source *s, const json_t *chosen, const char *subnet,
    const char *zone, json_t *pools)
{
	const char *name = json_str(chosen, "type");
	const struct instance_type *type;
	json_t *input = json_copy_deep(s->input), *pool = json_add_object(pools);

	json_set(pool, "input", input);
	json_set_str(pool, "subnet", subnet);
	if (zone != NULL)
		json_set_str(json_need_object(input, "Placement"), "AvailabilityZone",
		    zone);
	if (name == NULL)
		return err_set(&c->err, &bad_config,
		    "An instance type must be specified in the launch template or in an override.");
	type = instance_type_find(c->arena, name);
	if (type == NULL)
		return instance_type_unknown(c, name);
	json_set_str(pool, "type", name);
	json_set_bool(pool, "on_demand", json_bool(chosen, "on_demand", 1));
	json_set_bool(pool, "spot", json_bool(chosen, "spot", 1));
	json_set_str(input, "InstanceType", name);
	json_set_num(pool, "hour", instance_type_hour(c->arena, type));
	json_set_num(pool, "priority", json_num(s->overrides, "Priority", 1e9));
	json_set_str(pool, "price", s->price);
	json_set(pool, "shown", json_incref(s->shown));
	return set_weight(c, s, type, pool);
}

/* Types of InstanceRequirements */

/* For each {type, on_demand, spot}. */
static int
types_for(struct call *c, json_t *requirements, const char *image, json_t *ret)
{
	struct instance_choice *all;
	size_t n;

	if (instance_choose(c, requirements, image, &all, &n) < 0)
		return -1;
	if (n == 0)
		return err_set(&c->err, &bad_config,
		    "No instance type satisfies the instance requirements.");
	for (size_t i = 0; i < n && i < TYPES_MAX; i++)
		json_add(ret,
		    json_make("{s:s, s:b, s:b}", "type", all[i].type->name, "on_demand",
			all[i].on_demand, "spot", all[i].spot));
	return 0;
}

/* A type that was named: at any price. */
static void
add_type(json_t *types, const char *name)
{
	json_add(types,
	    json_make("{s:s, s:b, s:b}", "type", name, "on_demand", 1, "spot", 1));
}

/* "subnet-1, subnet-2" is a pool each; the same for zones.  NULL is one of neither. */
static json_t *
split(struct call *c, const char *text)
{
	json_t *list = json_own(c->arena, json_new_array());

	for (const char *p = text != NULL ? text : ""; *p != '\0';) {
		size_t n = strcspn(p, ", ");

		if (n > 0)
			json_add_str(list, arena_strndup(c->arena, p, n));
		p += n + strspn(p + n, ", ");
	}
	return list;
}

/* Every type in every place. */
static int
add_pools(struct call *c, const struct source *s, const json_t *types, const char *subnet,
    const char *zone, json_t *pools)
{
	const json_t *subnets = split(c, subnet), *zones = split(c, zone), *chosen;
	const json_t *places = json_array_size(subnets) > 0 ? subnets : zones;
	size_t i, k, n = json_array_size(places);

	json_array_foreach(types, i, chosen) {
		for (k = 0; k < (n > 0 ? n : 1); k++) {
			const char *place = json_string_value(json_array_get(places, k));

			if (add_pool(c, s, chosen, places == subnets ? place : NULL,
				places == zones ? place : NULL, pools) < 0)
				return -1;
		}
	}
	return json_array_size(pools) <= OVERRIDES_MAX ?
	    0 :
	    err_set(&c->err, &bad_config, "A fleet has at most %d launch pools.",
		OVERRIDES_MAX);
}

/* Templates */

static int
add_override(struct call *c, struct source *s, const json_t *data, const char *price,
    json_t *pools)
{
	static const char *const same[] = { "InstanceType", "ImageId", "KeyName",
		"Placement", "BlockDeviceMappings", "IamInstanceProfile",
		"MetadataOptions" };
	const json_t *o = s->overrides;
	json_t *types = json_own(c->arena, json_new_array());
	json_t *requirements = json_get(o, "InstanceRequirements");
	const char *type = json_str_or(o, "InstanceType", json_str(data, "InstanceType"));

	if (requirements != NULL && json_get(o, "InstanceType") != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "InstanceType and InstanceRequirements cannot be specified in the same override.");
	if (requirements == NULL && json_get(o, "InstanceType") == NULL)
		requirements = json_get(data, "InstanceRequirements");
	s->price = json_str(o, price);
	s->input = json_own(c->arena, json_make("{s:O}", "LaunchTemplate", s->version));
	for (size_t i = 0; i < COUNT(same); i++) {
		if (json_get(o, same[i]) != NULL)
			json_set(s->input, same[i], json_copy_deep(json_get(o, same[i])));
	}
	if (json_get(o, "AvailabilityZoneId") != NULL)
		json_set_str(json_need_object(s->input, "Placement"),
		    "AvailabilityZoneId", json_str(o, "AvailabilityZoneId"));
	if (spot_check_price(c, price, s->price) < 0 ||
	    (requirements != NULL &&
		types_for(c, requirements,
		    json_str_or(o, "ImageId", json_str(data, "ImageId")), types) < 0))
		return -1;
	if (requirements == NULL && type != NULL)
		add_type(types, type);
	if (json_array_size(types) == 0)
		return add_pool(c, s, NULL, NULL, NULL, pools);
	s->shown = json_own(c->arena,
	    json_make("{s:O}", "LaunchTemplateSpecification", s->template));
	if (o != NULL)
		json_set(s->shown, "Overrides", json_incref((json_t *)(uintptr_t)o));
	return add_pools(c, s, types, json_str(o, "SubnetId"),
	    json_str(o, "AvailabilityZone"), pools);
}

static int
add_config(struct call *c, const json_t *config, const char *price, const char *unit,
    json_t *pools)
{
	static const char *const known[] = { "LaunchTemplateId", "LaunchTemplateName",
		"Version", NULL };
	json_t *spec = json_get(config, "LaunchTemplateSpecification"), *version;
	const json_t *overrides = json_get(config, "Overrides"), *data;
	struct source s = { .template = spec, .unit = unit };
	size_t i;

	if (spec == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter LaunchTemplateSpecification");
	if (ec2_refuse_members(c, "LaunchTemplateSpecification", spec, known) < 0 ||
	    launch_template_version(c, spec, &version) < 0)
		return -1;
	/* Leave is asked for this version, and for none that is made later. */
	s.version = json_own(c->arena, json_new_object());
	json_set_str(s.version, "LaunchTemplateId",
	    json_str(version, "LaunchTemplateId"));
	json_set_fmt(s.version, "Version", "%lld",
	    (long long)json_int(version, "VersionNumber", 0));
	data = json_get(version, "LaunchTemplateData");
	if (json_array_size(overrides) == 0)
		return add_override(c, &s, data, price, pools);
	json_array_foreach(overrides, i, s.overrides) {
		if (add_override(c, &s, data, price, pools) < 0)
			return -1;
	}
	return 0;
}

int
fleet_pools_of_templates(struct call *c, const json_t *configs, const char *price,
    const char *unit, json_t *pools)
{
	const json_t *config;
	size_t i;

	if (json_array_size(configs) > CONFIGS_MAX)
		return err_set(&c->err, &bad_config,
		    "A fleet has at most %d launch template configurations.",
		    CONFIGS_MAX);
	json_array_foreach(configs, i, config) {
		if (add_config(c, config, price, unit, pools) < 0)
			return -1;
	}
	return 0;
}

/* Specifications, of Spot Fleet requests */

static int
add_specification(struct call *c, const json_t *spec, const char *unit, json_t *pools)
{
	static const char *const refused[] = { "AddressingType", "KernelId",
		"RamdiskId" };
	static const char *const own[] = { "SpotPrice", "WeightedCapacity", "SubnetId",
		"InstanceRequirements", "SecurityGroups" };
	struct source s = { .overrides = spec,
		.unit = unit,
		.price = json_str(spec, "SpotPrice") };
	json_t *types = json_own(c->arena, json_new_array()), *placement;
	json_t *requirements = json_get(spec, "InstanceRequirements");
	const json_t *group;
	size_t i;

	for (i = 0; i < COUNT(refused); i++) {
		if (json_get(spec, refused[i]) != NULL)
			return err_set(&c->err, &ec2_unsupported,
			    "The parameter %s is not supported here.", refused[i]);
	}
	s.input = json_own(c->arena, json_copy_deep(spec));
	s.shown = json_own(c->arena, json_new_object());
	for (i = 0; i < COUNT(own); i++)
		json_del(s.input, own[i]);
	json_array_foreach(json_get(spec, "SecurityGroups"), i, group)
		json_add_str(json_need_array(s.input,
				 json_get(group, "GroupId") != NULL ? "SecurityGroupIds" :
								      "SecurityGroups"),
		    json_str_or(group, "GroupId", json_str_or(group, "GroupName", "")));
	placement = json_get(s.input, "Placement");
	if (placement != NULL)
		json_del(placement, "AvailabilityZone");
	if (spot_check_price(c, "spotPrice", s.price) < 0 ||
	    (requirements != NULL &&
		types_for(c, requirements, json_str(spec, "ImageId"), types) < 0))
		return -1;
	if (requirements == NULL)
		add_type(types, json_str_or(spec, "InstanceType", "m1.small"));
	return add_pools(c, &s, types, json_str(spec, "SubnetId"),
	    json_str(json_get(spec, "Placement"), "AvailabilityZone"), pools);
}

int
fleet_pools_of_specifications(struct call *c, const json_t *specs, const char *unit,
    json_t *pools)
{
	const json_t *spec;
	size_t i;

	json_array_foreach(specs, i, spec) {
		if (add_specification(c, spec, unit, pools) < 0)
			return -1;
	}
	return 0;
}
