/*
 * Elastic Load Balancing: where load balancers are: subnets, addresses, security groups.
 *
 * One has an interface in each of its subnets, one subnet a zone.  When they change, its container is made anew.
 */
#include <string.h>

#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/address.h"
#include "control/services/ec2/network/managed_interface.h"
#include "control/services/elbv2/elbv2.h"

static const struct err_kind no_subnet = { "SubnetNotFound", 400 };
static const struct err_kind bad_subnet = { "InvalidSubnet", 400 };
static const struct err_kind bad_group = { "InvalidSecurityGroup", 400 };
static const struct err_kind no_allocation = { "AllocationIdNotFound", 400 };

/* The input's subnets as mappings: [{SubnetId, AllocationId, PrivateIPv4Address}].  NULL and c->err. */
static json_t *
mappings(struct call *c)
{
	json_t *rows = json_own(c->arena, json_new_array());
	const json_t *v;
	size_t i;

	if (in_has(c, "Subnets") == in_has(c, "SubnetMappings")) {
		err_set_fn(&c->err, &elbv2_invalid,
		    in_has(c, "Subnets") ?
			"Subnets and subnet mappings cannot be specified at the same time" :
			"Either 'subnets' or 'subnetMappings' must be specified");
		return NULL;
	}
	json_array_foreach(in_list(c, "Subnets"), i, v)
		json_add(rows, json_make("{s:s}", "SubnetId", json_string_value(v)));
	json_array_foreach(in_list(c, "SubnetMappings"), i, v) {
		if (json_get(v, "IPv6Address") != NULL ||
		    json_get(v, "SourceNatIpv6Prefix") != NULL) {
			err_set_fn(&c->err, &elbv2_bad_config,
			    "IPv6 addresses are not supported here");
			return NULL;
		}
		json_add(rows, json_copy_deep(v));
	}
	return rows;
}

static int
check_mapping(struct call *c, const json_t *doc, const json_t *row)
{
	const char *allocation = json_str(row, "AllocationId"),
		   *private = json_str(row, "PrivateIPv4Address");
	int is_internal = elbv2_is(doc, "Scheme", "internal");

	if (elbv2_is_application(doc) && (allocation != NULL || private != NULL))
		return err_set(&c->err, &elbv2_bad_config,
		    "You cannot specify %s for an application load balancer",
		    allocation != NULL ? "allocation IDs" : "private IP addresses");
	if (allocation != NULL && is_internal)
		return err_set(&c->err, &elbv2_bad_config,
		    "You cannot specify allocation IDs for internal load balancers");
	if (private != NULL && !is_internal)
		return err_set(&c->err, &elbv2_bad_config,
		    "You cannot specify private IP addresses for internet-facing load "
		    "balancers");
	return 0;
}

/* The subnet, in a VPC of the others' and a zone of its own. */
static int
check_subnet(struct call *c, const json_t *doc, const json_t *zones, const char *id,
    json_t **ret)
{
	const char *vpc = json_str(doc, "VpcId"), *zone;
	const json_t *row;
	size_t i;
	int rc = resource_find(c, &ec2_subnet, id, ret);

	if (rc <= 0)
		return rc < 0 ? -1 :
				err_set(&c->err, &no_subnet,
				    "The subnet ID '%.100s' does not exist", id);
	zone = json_str_or(*ret, "AvailabilityZone", "");
	if (vpc != NULL && !elbv2_is(*ret, "VpcId", vpc))
		return err_set(&c->err, &elbv2_bad_config,
		    "All subnets must belong to the same VPC: '%s'", vpc);
	json_array_foreach(zones, i, row) {
		if (elbv2_is(row, "ZoneName", zone))
			return err_set(&c->err, &elbv2_bad_config,
			    "A load balancer cannot be attached to multiple subnets in the "
			    "same Availability Zone");
	}
	return 0;
}

static int
check_internet(struct call *c, const json_t *doc)
{
	const char *id = json_str_or(doc, "VpcId", "");
	json_t *vpc;

	if (resource_get(c, &ec2_vpc, id, &vpc) < 0)
		return -1;
	if (json_bool(vpc, "_internet", 0))
		return 0;
	return err_set(&c->err, &bad_subnet, "VPC %s has no internet gateway", id);
}

/* The security groups of the input (application: else the VPC's default one) for the subnet. */
static int
set_groups(struct call *c, json_t *doc, const json_t *subnet, const json_t *ids,
    json_t **ret)
{
	const json_t *v;
	json_t *none = json_own(c->arena, json_new_array()), *list;
	size_t i;

	*ret = none;
	if (!elbv2_is_application(doc) && json_array_size(ids) == 0)
		return 0;
	if (ec2_security_groups_for(c, subnet, ids, NULL, ret) < 0) {
		c->err.kind = &bad_group;
		return -1;
	}
	list = json_new_array();
	json_set(doc, "SecurityGroups", list);
	json_array_foreach(*ret, i, v)
		json_add_str(list, json_str_or(v, "GroupId", ""));
	return 0;
}

/* An address that is public: the user's own, or one of the pool, given back with the interface. */
static int
make_public(struct call *c, json_t *row)
{
	const char *interface = json_str_or(row, "id", ""), *address,
		   *allocation = json_str(row, "allocation"), *association;
	struct ec2_association a = { 0 };
	json_t *eip;
	int rc;

	if (allocation == NULL) {
		if (ec2_public_take(c, interface, &address) < 0)
			return -1;
		a.address = address;
		json_set_str(row, "public", address);
		return ec2_associate(c, interface, &a);
	}
	rc = resource_find(c, &ec2_address, allocation, &eip);
	if (rc <= 0)
		return rc < 0 ?
		    -1 :
		    err_set(&c->err, &no_allocation,
			"The allocation IDs '%.100s' do not exist", allocation);
	if (json_str(eip, "AssociationId") != NULL)
		return err_set(&c->err, &elbv2_in_use,
		    "The allocation IDs are already in use");
	json_set_str(row, "public", json_str(eip, "PublicIp"));
	return address_associate(c, allocation, interface, NULL, &association);
}

static int
add_interface(struct call *c, json_t *doc, const json_t *subnet, const json_t *mapping,
    const json_t *groups)
{
	json_t *list = json_need_array(doc, "_interfaces"), *row, *eni;
	const char *arn = json_str_or(doc, "LoadBalancerArn", ""), *id;
	struct managed_interface m = {
		.type = elbv2_is_application(doc) ? "interface" : "network_load_balancer",
		.requester = "amazon-elb",
		.description = arena_printf(c->arena, "ELB %s",
		    strstr(arn, "loadbalancer/") + strlen("loadbalancer/")),
		.workload = resource_id(&elbv2_load_balancer, doc),
		.workload_kind = elbv2_load_balancer.kind,
		.device = (int64_t)json_array_size(list),
		.name = json_str(doc, "DNSName"),
		.address = json_str(mapping, "PrivateIPv4Address"),
		.groups = groups,
	};

	if (managed_interface_make(c, subnet, &m, &id) < 0) {
		c->err.kind = &bad_subnet;
		return -1;
	}
	if (resource_get(c, &ec2_network_interface, id, &eni) < 0)
		return -1;
	row = json_add_object(list);
	json_set_str(row, "SubnetId", json_str(subnet, "SubnetId"));
	json_set_str(row, "id", id);
	json_set_str(row, "address", json_str(eni, "PrivateIpAddress"));
	json_set_str(row, "allocation", json_str(mapping, "AllocationId"));
	return elbv2_is(doc, "Scheme", "internet-facing") ? make_public(c, row) : 0;
}

static void
show_zone(json_t *doc, const json_t *subnet)
{
	json_t *zone = json_add_object(json_need_array(doc, "AvailabilityZones")),
	       *interfaces = json_get(doc, "_interfaces"),
	       *last = json_array_get(interfaces, json_array_size(interfaces) - 1),
	       *address;

	json_set_str(zone, "ZoneName", json_str(subnet, "AvailabilityZone"));
	json_set_str(zone, "SubnetId", json_str(subnet, "SubnetId"));
	/* Of network load balancers: those that the user chose. */
	if (elbv2_is_application(doc))
		return;
	address = json_add_object(json_need_array(zone, "LoadBalancerAddresses"));
	if (json_str(last, "allocation") != NULL) {
		json_set_str(address, "IpAddress", json_str(last, "public"));
		json_set_str(address, "AllocationId", json_str(last, "allocation"));
	} else if (elbv2_is(doc, "Scheme", "internal")) {
		json_set_str(address, "PrivateIPv4Address", json_str(last, "address"));
	}
}

/* groups: ids. */
static int
place(struct call *c, json_t *doc, const json_t *group_ids)
{
	json_t *rows = mappings(c), *groups = NULL, *subnet;
	const json_t *row;
	size_t i;

	if (rows == NULL)
		return -1;
	json_set(doc, "AvailabilityZones", json_new_array());
	json_set(doc, "_interfaces", json_new_array());
	if (elbv2_is_application(doc) && json_array_size(rows) < 2)
		return err_set(&c->err, &elbv2_invalid,
		    "At least two subnets in two different Availability Zones must be "
		    "specified");
	json_array_foreach(rows, i, row) {
		if (check_mapping(c, doc, row) < 0 ||
		    check_subnet(c, doc, json_get(doc, "AvailabilityZones"),
			json_str_or(row, "SubnetId", ""), &subnet) < 0)
			return -1;
		json_set_str(doc, "VpcId", json_str(subnet, "VpcId"));
		if (i == 0 &&
		    (set_groups(c, doc, subnet, group_ids, &groups) < 0 ||
			(elbv2_is(doc, "Scheme", "internet-facing") &&
			    check_internet(c, doc) < 0)))
			return -1;
		if (add_interface(c, doc, subnet, row, groups) < 0)
			return -1;
		show_zone(doc, subnet);
	}
	return 0;
}

int
elbv2_place(struct call *c, json_t *doc)
{
	return place(c, doc, in_list(c, "SecurityGroups"));
}

int
elbv2_unplace(struct call *c, json_t *doc)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(doc, "_interfaces"), i, row) {
		const char *public = json_str(row, "public"),
			   *allocation = json_str(row, "allocation");

		if (allocation != NULL) {
			if (address_disassociate(c, allocation) < 0)
				return -1;
		} else if (public != NULL) {
			ec2_public_give_back(c, public);
		}
		if (ec2_interface_drop(c, json_str_or(row, "id", "")) < 0)
			return -1;
	}
	json_set(doc, "_interfaces", json_new_array());
	return 0;
}

/* SetSecurityGroups */

static int
set_security_groups(struct call *c)
{
	json_t *doc, *subnet, *groups;
	const json_t *row;
	size_t i;

	if (elbv2_edit(c, &elbv2_load_balancer, in_str(c, "LoadBalancerArn"), &doc) < 0)
		return -1;
	if (in_has(c, "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"))
		return err_set(&c->err, &elbv2_bad_config,
		    "There is no PrivateLink traffic to load balancers here");
	row = json_array_get(json_get(doc, "_interfaces"), 0);
	if (json_array_size(in_list(c, "SecurityGroups")) == 0)
		return err_set(&c->err, &elbv2_bad_config,
		    "At least one security group must be specified");
	if (!elbv2_is_application(doc) && json_get(doc, "SecurityGroups") == NULL)
		return err_set(&c->err, &elbv2_bad_config,
		    "You cannot set security groups on a load balancer that was created "
		    "without security groups");
	if (resource_get(c, &ec2_subnet, json_str_or(row, "SubnetId", ""), &subnet) < 0 ||
	    set_groups(c, doc, subnet, in_list(c, "SecurityGroups"), &groups) < 0)
		return -1;
	json_array_foreach(json_get(doc, "_interfaces"), i, row) {
		if (managed_interface_regroup(c, json_str_or(row, "id", ""), groups) < 0)
			return -1;
	}
	resource_put(c, &elbv2_load_balancer, doc);
	out_ref(c, "SecurityGroupIds", json_get(doc, "SecurityGroups"));
	return 0;
}

/* SetSubnets */

static int
set_subnets(struct call *c)
{
	json_t *doc, *groups;

	if (elbv2_edit(c, &elbv2_load_balancer, in_str(c, "LoadBalancerArn"), &doc) < 0)
		return -1;
	if (in_has(c, "EnablePrefixForIpv6SourceNat") ||
	    (in_has(c, "IpAddressType") &&
		strcmp(in_str(c, "IpAddressType"), "ipv4") != 0))
		return err_set(&c->err, &elbv2_bad_config, "IPv6 is not supported here");
	groups = json_get(doc, "SecurityGroups") != NULL ?
	    json_own(c->arena, json_copy_deep(json_get(doc, "SecurityGroups"))) :
	    NULL;
	if (elbv2_unplace(c, doc) < 0 || place(c, doc, groups) < 0)
		return -1;
	json_set_int(doc, "_layout", json_int(doc, "_layout", 0) + 1);
	resource_put(c, &elbv2_load_balancer, doc);
	out_ref(c, "AvailabilityZones", json_get(doc, "AvailabilityZones"));
	out_str(c, "IpAddressType", "ipv4");
	return 0;
}

/* SetIpAddressType */

static int
set_ip_address_type(struct call *c)
{
	const char *type = in_str(c, "IpAddressType");
	json_t *doc;

	if (elbv2_get(c, &elbv2_load_balancer, in_str(c, "LoadBalancerArn"), &doc) < 0)
		return -1;
	if (strcmp(type, "ipv4") != 0)
		return err_set(&c->err, &elbv2_bad_config,
		    "Load balancers of IP address type '%s' are not supported here",
		    type);
	out_str(c, "IpAddressType", type);
	return 0;
}

static const struct op ops[] = {
	ELB("SetIpAddressType", set_ip_address_type, 0,
	    "Say by which IP a load balancer is reached."),
	ELB("SetSecurityGroups", set_security_groups, 0,
	    "Give a load balancer other security groups."),
	ELB("SetSubnets", set_subnets, 0, "Give a load balancer other subnets."),
};

const struct family elbv2_places = FAMILY(ops, NULL);
