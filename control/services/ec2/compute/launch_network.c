/*
 * EC2: where RunInstances puts an instance: subnet and placement.
 */
#include <string.h>

#include "control/services/ec2/compute/launch.h"
#include "control/services/ec2/compute/placement.h"
#include "control/services/ec2/ec2.h"

static const struct err_kind no_default = { "VPCIdNotSpecified", 400 };
static const struct err_kind no_subnet = { "MissingInput", 400 };

/* The default subnet of the zone (or of any), as AWS chooses when none is given. */
static int
default_subnet(struct call *c, const char *zone, json_t **ret)
{
	struct store_docs all;
	json_t *vpc;
	int rc;

	if (resource_list(c, &ec2_subnet, &all) < 0)
		return -1;
	*ret = NULL;
	for (size_t i = 0; i < all.n; i++) {
		const char *of = json_str_or(all.doc[i], "AvailabilityZone", "");

		if (!json_bool(all.doc[i], "DefaultForAz", 0) ||
		    (zone != NULL && strcmp(zone, of) != 0))
			continue;
		if (*ret == NULL ||
		    strcmp(of, json_str_or(*ret, "AvailabilityZone", "")) < 0)
			*ret = all.doc[i];
	}
	if (*ret != NULL)
		return 0;
	rc = resource_find_by(c, &ec2_vpc, "IsDefault", "true", &vpc);
	if (rc == 0)
		return err_set(&c->err, &no_default,
		    "No default VPC for this user. GroupName is only supported for EC2-Classic and "
		    "default VPC.");
	return rc < 0 ?
	    -1 :
	    err_set(&c->err, &no_subnet,
		"No subnets found for the default VPC '%s'. Please specify a subnet.",
		resource_id(&ec2_vpc, vpc));
}

/* The zone that was asked for by its name or its id: NULL any.  0 or -1. */
static int
read_zone(struct call *c, const json_t *placement, const char **ret)
{
	const char *zone = json_str(placement, "AvailabilityZone");
	const char *zone_id = json_str(placement, "AvailabilityZoneId");
	unsigned i = 0;

	*ret = NULL;
	if (zone == NULL && zone_id == NULL)
		return 0;
	if (zone != NULL && zone_id != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameters AvailabilityZone and AvailabilityZoneId cannot be used "
		    "together");
	while (i < EC2_ZONES &&
	    (zone != NULL ? strcmp(ec2_zone_name(c, i), zone) :
			    strcmp(ec2_zone_id(c, i), zone_id)) != 0)
		i++;
	if (i == EC2_ZONES)
		return err_set(&c->err, &ec2_bad_value, "Invalid availability zone: [%s]",
		    zone != NULL ? zone : zone_id);
	*ret = ec2_zone_name(c, i);
	return 0;
}

int
launch_check_known(struct call *c, const char *parameter, const char *id,
    const char *prefix)
{
	const struct resource *r = service_find_prefix(c->service, prefix);
	json_t *doc;

	if (id == NULL)
		return 0;
	if (r == NULL)
		return err_set(&c->err, &ec2_unsupported,
		    "The parameter %s is not supported here.", parameter);
	return resource_get(c, r, id, &doc);
}

int
launch_check_host(struct call *c, const json_t *placement)
{
	const char *tenancy = json_str(placement, "Tenancy");
	const char *host = json_str(placement, "HostId");
	const char *affinity = json_str_or(placement, "Affinity", "default");

	if (strcmp(affinity, "default") != 0 && strcmp(affinity, "host") != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.64s) for parameter affinity is invalid.", affinity);
	if (host != NULL && tenancy != NULL && strcmp(tenancy, "host") != 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter hostId cannot be used with the tenancy %s.", tenancy);
	if (host == NULL && tenancy != NULL && strcmp(tenancy, "host") == 0)
		return err_set(&c->err, &ec2_unsupported,
		    "The tenancy host needs a host ID here.");
	return launch_check_known(c, "Placement.HostId", host, "h-");
}

/* EC2 API: Placement.  Not emulated: host resource groups. */
static int
check_placement(struct call *c, struct launch *l)
{
	static const char *const known[] = { "AvailabilityZone", "AvailabilityZoneId",
		"GroupName", "GroupId", "Tenancy", "PartitionNumber", "HostId",
		"Affinity", NULL };
	json_t *placement = in_object(c, "Placement");

	if (ec2_refuse_members(c, "Placement", placement, known) < 0 ||
	    ec2_placement_group_check(c, placement, l->type, l->count,
		&l->placement_group) < 0)
		return -1;
	return launch_check_host(c, placement);
}

int
launch_subnet(struct call *c, const char *id, const json_t **ret)
{
	const char *zone;
	json_t *subnet;

	if (read_zone(c, in_object(c, "Placement"), &zone) < 0 ||
	    (id != NULL ? resource_get(c, &ec2_subnet, id, &subnet) < 0 :
			  default_subnet(c, zone, &subnet) < 0))
		return -1;
	if (zone != NULL &&
	    strcmp(zone, json_str_or(subnet, "AvailabilityZone", "")) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "The availability zone '%s' is not that of subnet '%s'", zone,
		    resource_id(&ec2_subnet, subnet));
	*ret = subnet;
	return 0;
}

int
launch_read_network(struct call *c, struct launch *l)
{
	return check_placement(c, l) < 0 || launch_read_interfaces(c, l) < 0 ? -1 : 0;
}
