/*
 * EC2: regions and availability zones (facts.md, "Standard bootstrap").
 */
#include <string.h>

#include "control/api/dispatch.h"
#include "control/services/ec2/ec2.h"

static const struct err_kind bad_region = { "InvalidParameterValue", 400 };

static const struct filter region_filters[] = {
	{ "endpoint", "Endpoint" },
	{ "opt-in-status", "OptInStatus" },
	{ "region-name", "RegionName" },
	{ NULL, NULL },
};
static const struct resource region = {
	.service = "ec2",
	.kind = "ec2:region",
	.id_member = "RegionName",
	.noun = "region",
	.not_found = &bad_region,
	.filters = region_filters,
};

static const struct filter zone_filters[] = {
	{ "group-name", "GroupName" },
	{ "message", "Messages.Message" },
	{ "opt-in-status", "OptInStatus" },
	{ "region-name", "RegionName" },
	{ "state", "State" },
	{ "zone-id", "ZoneId" },
	{ "zone-name", "ZoneName" },
	{ "zone-type", "ZoneType" },
	{ NULL, NULL },
};
static const struct resource zone = {
	.service = "ec2",
	.kind = "ec2:zone",
	.id_member = "ZoneName",
	.noun = "availability zone",
	.not_found = &bad_region,
	.filters = zone_filters,
};

static int
describe_regions(struct call *c)
{
	const json_t *names = in_list(c, "RegionNames"), *name;
	json_t *list = json_own(c->arena, json_new_array());
	size_t k;

	if (filter_check(c, &region) < 0)
		return -1;
	json_array_foreach(names, k, name) {
		if (!region_is_valid(json_string_value(name)))
			return err_set(&c->err, &bad_region, "Invalid region name: %s",
			    json_string_value(name));
	}
	for (const char *const *r = regions; *r != NULL; r++) {
		json_t *doc = json_own(c->arena,
		    json_make("{s:s, s:o, s:s}", "RegionName", *r, "Endpoint",
			json_new_fmt("ec2.%s.amazonaws.com", *r), "OptInStatus",
			"opt-in-not-required"));

		if ((names == NULL || json_has_str(names, *r)) &&
		    filter_match(c, &region, doc))
			json_add(list, json_incref(doc));
	}
	out_ref(c, "Regions", list);
	return 0;
}

static json_t *
zone_json(const struct call *c, unsigned i)
{
	return json_own(c->arena,
	    json_make("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:[]}", "ZoneName",
		ec2_zone_name(c, i), "ZoneId", ec2_zone_id(c, i), "RegionName", c->region,
		"State", "available", "ZoneType", "availability-zone", "GroupName",
		c->region, "NetworkBorderGroup", c->region, "OptInStatus",
		"opt-in-not-required", "Messages"));
}

static int
describe_zones(struct call *c)
{
	json_t *zones[EC2_ZONES], *list;
	struct store_docs docs = { EC2_ZONES, zones };
	const char *missing;

	for (unsigned i = 0; i < EC2_ZONES; i++)
		zones[i] = zone_json(c, i);
	missing = ec2_narrow(c, &docs, "ZoneName", in_list(c, "ZoneNames"));
	if (missing == NULL)
		missing = ec2_narrow(c, &docs, "ZoneId", in_list(c, "ZoneIds"));
	if (missing != NULL)
		return err_set(&c->err, &bad_region, "Invalid availability zone: [%s]",
		    missing);
	if (resource_select(c, &zone, &docs, &list) < 0)
		return -1;
	out_ref(c, "AvailabilityZones", list);
	return 0;
}

static const struct op ops[] = {
	OP("DescribeAvailabilityZones", describe_zones, OP_READ,
	    "List the region's zones."),
	OP("DescribeRegions", describe_regions, OP_READ, "List regions."),
};
const struct family ec2_regions = FAMILY(ops, NULL);
