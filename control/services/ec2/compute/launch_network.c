/*
 * EC2: where RunInstances puts an instance: subnet, interfaces, addresses, placement.
 */
#include <string.h>

#include "control/services/ec2/compute/launch.h"
#include "control/services/ec2/ec2.h"

static const struct err_kind no_default = { "VPCIdNotSpecified", 400 };
static const struct err_kind no_subnet = { "MissingInput", 400 };

/* The one interface that may be spelled out, or NULL. */
static int
read_interface(struct call *c, const json_t **ret)
{
	static const char *const known[] = { "DeviceIndex", "SubnetId", "Groups",
		"AssociatePublicIpAddress", "PrivateIpAddress", "Description",
		"DeleteOnTermination", "NetworkCardIndex", "InterfaceType", NULL };
	json_t *list = in_list(c, "NetworkInterfaces"), *row;

	*ret = NULL;
	if (json_array_size(list) == 0)
		return 0;
	row = json_array_get(list, 0);
	if (json_get(row, "DeviceIndex") == NULL)
		return err_set(&c->err, &ec2_bad_value,
		    "Each network interface requires a device index.");
	if (json_array_size(list) > 1 || json_int(row, "DeviceIndex", 0) != 0 ||
	    json_int(row, "NetworkCardIndex", 0) != 0 ||
	    strcmp(json_str_or(row, "InterfaceType", "interface"), "interface") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "One network interface, with device index 0, can be given here.");
	if (!json_bool(row, "DeleteOnTermination", 1))
		return err_set(&c->err, &ec2_unsupported,
		    "Interfaces that outlive their instance are not supported here.");
	if (ec2_refuse_members(c, "NetworkInterface", row, known) < 0)
		return -1;
	if (in_has(c, "SubnetId") || in_has(c, "SecurityGroupIds") ||
	    in_has(c, "SecurityGroups") || in_has(c, "PrivateIpAddress"))
		return err_set(&c->err, &ec2_bad_combination,
		    "Network interfaces and an instance-level subnet ID, security groups or "
		    "private IP address may not be specified on the same request");
	*ret = row;
	return 0;
}

/* The default subnet of the zone (or of any), as AWS chooses when none is given. */
static int
default_subnet(struct call *c, json_t **ret)
{
	const char *zone = json_str(in_object(c, "Placement"), "AvailabilityZone");
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

/* EC2 API: Placement.  There are no placement groups and no hosts to choose from. */
static int
check_placement(struct call *c)
{
	static const struct err_kind no_group = { "InvalidPlacementGroup.Unknown", 400 };
	static const char *const known[] = { "AvailabilityZone", "GroupName", "Tenancy",
		NULL };
	json_t *placement = in_object(c, "Placement");
	const char *zone = json_str(placement, "AvailabilityZone");
	const char *group = json_str_or(placement, "GroupName", "");
	unsigned i = 0;

	if (ec2_refuse_members(c, "Placement", placement, known) < 0)
		return -1;
	if (group[0] != '\0')
		return err_set(&c->err, &no_group, "The Placement Group '%s' is unknown.",
		    group);
	if (strcmp(json_str_or(placement, "Tenancy", "default"), "host") == 0)
		return err_set(&c->err, &ec2_unsupported,
		    "The tenancy host is not supported here.");
	while (zone != NULL && i < EC2_ZONES && strcmp(ec2_zone_name(c, i), zone) != 0)
		i++;
	return i < EC2_ZONES ?
	    0 :
	    err_set(&c->err, &ec2_bad_value, "Invalid availability zone: [%s]", zone);
}

int
launch_read_network(struct call *c, struct launch *l)
{
	const json_t *interface, *groups;
	const char *id, *zone;
	json_t *subnet, *chosen;

	if (check_placement(c) < 0 || read_interface(c, &interface) < 0)
		return -1;
	id = interface != NULL ? json_str(interface, "SubnetId") : in_str(c, "SubnetId");
	if (id != NULL ? resource_get(c, &ec2_subnet, id, &subnet) < 0 :
			 default_subnet(c, &subnet) < 0)
		return -1;
	zone = json_str(in_object(c, "Placement"), "AvailabilityZone");
	if (zone != NULL &&
	    strcmp(zone, json_str_or(subnet, "AvailabilityZone", "")) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "The availability zone '%s' is not that of subnet '%s'", zone,
		    resource_id(&ec2_subnet, subnet));
	groups = interface != NULL ? json_get(interface, "Groups") :
				     in_list(c, "SecurityGroupIds");
	if (in_has(c, "SubnetId") && json_array_size(in_list(c, "SecurityGroups")) > 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter groupName cannot be used with the parameter subnet");
	if (ec2_security_groups_for(c, subnet, groups, in_list(c, "SecurityGroups"),
		&chosen) < 0)
		return -1;
	l->subnet = subnet;
	l->groups = chosen;
	l->address = interface != NULL ? json_str(interface, "PrivateIpAddress") :
					 in_str(c, "PrivateIpAddress");
	l->interface_description = json_str(interface, "Description");
	l->public_address = json_bool(interface, "AssociatePublicIpAddress",
	    json_bool(subnet, "MapPublicIpOnLaunch", 0));
	if (l->address != NULL && l->count > 1)
		return err_set(&c->err, &ec2_bad_combination,
		    "A private IP address can be given for one instance only.");
	return 0;
}
