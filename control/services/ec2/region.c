/*
 * EC2: regions and availability zones (facts.md, "Standard bootstrap").
 *
 * Three zones a region.  Not emulated: Local Zones, Wavelength Zones, and the regions that an
 * account must opt in to, which are listed and cannot be used.
 */
#include <string.h>

#include "control/api/dispatch.h"
#include "control/services/ec2/ec2.h"

static const struct err_kind bad_region = { "InvalidParameterValue", 400 };

/* Where AWS's regions are; to those that are not ours an account would have to opt in. */
static const struct place {
	const char *region, *country, *city, *name;
} places[] = {
	{ "af-south-1", "South Africa", "Cape Town", "Africa (Cape Town)" },
	{ "ap-east-1", "Hong Kong", "Hong Kong", "Asia Pacific (Hong Kong)" },
	{ "ap-northeast-1", "Japan", "Tokyo", "Asia Pacific (Tokyo)" },
	{ "ap-northeast-2", "South Korea", "Seoul", "Asia Pacific (Seoul)" },
	{ "ap-south-1", "India", "Mumbai", "Asia Pacific (Mumbai)" },
	{ "ap-south-2", "India", "Hyderabad", "Asia Pacific (Hyderabad)" },
	{ "ap-southeast-1", "Singapore", "Singapore", "Asia Pacific (Singapore)" },
	{ "ap-southeast-2", "Australia", "Sydney", "Asia Pacific (Sydney)" },
	{ "ap-southeast-3", "Indonesia", "Jakarta", "Asia Pacific (Jakarta)" },
	{ "ap-southeast-4", "Australia", "Melbourne", "Asia Pacific (Melbourne)" },
	{ "ca-central-1", "Canada", "Quebec", "Canada (Central)" },
	{ "ca-west-1", "Canada", "Calgary", "Canada West (Calgary)" },
	{ "eu-central-1", "Germany", "Frankfurt", "Europe (Frankfurt)" },
	{ "eu-central-2", "Switzerland", "Zurich", "Europe (Zurich)" },
	{ "eu-north-1", "Sweden", "Stockholm", "Europe (Stockholm)" },
	{ "eu-south-1", "Italy", "Milan", "Europe (Milan)" },
	{ "eu-south-2", "Spain", "Spain", "Europe (Spain)" },
	{ "eu-west-1", "Ireland", "Ireland", "Europe (Ireland)" },
	{ "eu-west-2", "United Kingdom", "London", "Europe (London)" },
	{ "eu-west-3", "France", "Paris", "Europe (Paris)" },
	{ "il-central-1", "Israel", "Tel Aviv", "Israel (Tel Aviv)" },
	{ "me-central-1", "United Arab Emirates", "UAE", "Middle East (UAE)" },
	{ "me-south-1", "Bahrain", "Bahrain", "Middle East (Bahrain)" },
	{ "sa-east-1", "Brazil", "Sao Paulo", "South America (Sao Paulo)" },
	{ "us-east-1", "United States of America", "Virginia", "US East (N. Virginia)" },
	{ "us-east-2", "United States of America", "Ohio", "US East (Ohio)" },
	{ "us-west-1", "United States of America", "California",
	    "US West (N. California)" },
	{ "us-west-2", "United States of America", "Oregon", "US West (Oregon)" },
};

static const struct place *
place_of(const char *region)
{
	for (size_t i = 0; i < COUNT(places); i++) {
		if (strcmp(places[i].region, region) == 0)
			return &places[i];
	}
	return NULL;
}

static int
is_closed(const struct place *p)
{
	return !region_is_valid(p->region);
}

static const struct filter region_filters[] = {
	{ "endpoint", "Endpoint" },
	{ "geography", "Geography.Name" },
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
	{ "geography", "Geography.Name" },
	{ "group-long-name", "GroupLongName" },
	{ "group-name", "GroupName" },
	{ "message", "Messages.Message" },
	{ "network-border-group", "NetworkBorderGroup" },
	{ "opt-in-status", "OptInStatus" },
	{ "parent-zone-id", "ParentZoneId" },
	{ "parent-zone-name", "ParentZoneName" },
	{ "region-name", "RegionName" },
	{ "state", "State" },
	{ "sub-geography", "SubGeography.Name" },
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

/* DescribeRegions */

static json_t *
region_json(const struct call *c, const struct place *p)
{
	return json_own(c->arena,
	    json_make("{s:s, s:o, s:s, s:[{s:s}]}", "RegionName", p->region, "Endpoint",
		json_new_fmt("ec2.%s.amazonaws.com", p->region), "OptInStatus",
		is_closed(p) ? "not-opted-in" : "opt-in-not-required", "Geography",
		"Name", p->country));
}

static int
describe_regions(struct call *c)
{
	const json_t *names = in_list(c, "RegionNames"), *name;
	json_t *list = json_own(c->arena, json_new_array());
	int all = in_bool(c, "AllRegions", 0);
	size_t k;

	if (filter_check(c, &region) < 0)
		return -1;
	json_array_foreach(names, k, name) {
		const struct place *p = place_of(json_string_value(name));

		if (p == NULL || (is_closed(p) && !all))
			return err_set(&c->err, &bad_region, "Invalid region name: %.64s",
			    json_string_value(name));
	}
	for (size_t i = 0; i < COUNT(places); i++) {
		json_t *doc = region_json(c, &places[i]);

		if ((all || !is_closed(&places[i])) &&
		    (json_array_size(names) == 0 ||
			json_has_str(names, places[i].region)) &&
		    filter_match(c, &region, doc))
			json_add(list, json_incref(doc));
	}
	out_ref(c, "Regions", list);
	return 0;
}

/* DescribeAvailabilityZones: AllAvailabilityZones would add those that are not opted in to */

static char *
group_name(const struct call *c)
{
	return arena_printf(c->arena, "%s-zg-1", c->region);
}

static json_t *
zone_json(const struct call *c, unsigned i)
{
	const struct place *p = place_of(c->region);
	json_t *v = json_own(c->arena,
	    json_make("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:[]}", "ZoneName",
		ec2_zone_name(c, i), "ZoneId", ec2_zone_id(c, i), "RegionName", c->region,
		"State", "available", "ZoneType", "availability-zone", "GroupName",
		group_name(c), "NetworkBorderGroup", c->region, "OptInStatus",
		"opt-in-not-required", "Messages"));

	if (p != NULL) {
		json_set_fmt(v, "GroupLongName", "%s 1", p->name);
		json_set(v, "Geography", json_make("[{s:s}]", "Name", p->country));
		json_set(v, "SubGeography", json_make("[{s:s}]", "Name", p->city));
	}
	return v;
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

/* ModifyAvailabilityZoneGroup: the one group there is needs no opting in, and cannot be left. */

static int
modify_group(struct call *c)
{
	const char *name = in_str(c, "GroupName");

	if (strcmp(name, group_name(c)) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.64s) for parameter GroupName is invalid. Unknown zone group.",
		    name);
	return err_set(&c->err, &ec2_bad_value,
	    "The opt-in status of the zone group %s cannot be modified.", name);
}

static const struct op ops[] = {
	OP("DescribeAvailabilityZones", describe_zones, OP_READ,
	    "List the region's zones."),
	OP("DescribeRegions", describe_regions, OP_READ, "List regions."),
	OP("ModifyAvailabilityZoneGroup", modify_group, 0,
	    "Opt in to a zone group: there is none to opt in to."),
};
const struct family ec2_regions = FAMILY(ops, NULL);
