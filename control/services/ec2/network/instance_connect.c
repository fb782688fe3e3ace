/*
 * EC2: instance connect endpoints.
 *
 * Not emulated: the tunnels through them; IPv6.
 */
#include "control/services/ec2/network/instance_connect.h"

#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/network/managed_interface.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind not_found = { "InvalidInstanceConnectEndpointId.NotFound",
	400 };
static const struct err_kind malformed = { "InvalidInstanceConnectEndpointId.Malformed",
	400 };

static const struct filter filters[] = {
	{ "instance-connect-endpoint-id", "InstanceConnectEndpointId" },
	{ "state", "State" },
	{ "subnet-id", "SubnetId" },
	{ "vpc-id", "VpcId" },
	{ NULL, NULL },
};
static const struct resource endpoint = {
	.service = "ec2",
	.kind = "ec2:instance-connect-endpoint",
	.type = "instance-connect-endpoint",
	.prefix = "eice-",
	.id_member = "InstanceConnectEndpointId",
	.list_member = "InstanceConnectEndpoints",
	.ids_member = "InstanceConnectEndpointIds",
	.noun = "instanceConnectEndpoint ID",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
	.page_min = 1,
	.page_max = 50,
};

static void
answer(struct call *c, json_t *doc, const char *state)
{
	json_t *copy = json_copy_shallow(doc);

	json_set_str(copy, "State", state);
	out_set(c, "InstanceConnectEndpoint", copy);
}

static int
check_address_type(struct call *c)
{
	const char *type = in_str(c, "IpAddressType");

	if (type != NULL && strcmp(type, "ipv4") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "The IP address type %s is not supported here.", type);
	return 0;
}

/* The groups, as ids: those of the list, or the VPC's default one. */
static int
set_groups(struct call *c, json_t *doc, const json_t *subnet, json_t **ret_groups)
{
	json_t *groups, *ids = json_new_array();
	const json_t *v;
	size_t i;

	json_set(doc, "SecurityGroupIds", ids);
	if (ec2_security_groups_for(c, subnet, in_list(c, "SecurityGroupIds"), NULL,
		&groups) < 0)
		return -1;
	json_array_foreach(groups, i, v)
		json_add_str(ids, json_str_or(v, "GroupId", ""));
	*ret_groups = groups;
	return 0;
}

static void
set_names(struct call *c, json_t *doc, const char *id)
{
	char hash[9];

	random_hex(hash, 8);
	json_set_fmt(doc, "DnsName",
	    "%s.%s.ec2-instance-connect-endpoint.%s.amazonaws.com", id, hash, c->region);
	json_set_fmt(doc, "FipsDnsName",
	    "%s.%s.fips.ec2-instance-connect-endpoint.%s.amazonaws.com", id, hash,
	    c->region);
	json_set(doc, "PublicDnsNames",
	    json_make("{s:{s:s, s:s}}", "Ipv4", "DnsName", json_str(doc, "DnsName"),
		"FipsDnsName", json_str(doc, "FipsDnsName")));
}

static int
create(struct call *c)
{
	const char *subnet_id = in_str(c, "SubnetId"), *id, *interface;
	json_t *subnet, *doc, *groups;
	struct managed_interface m = { .type = "ec2_instance_connect_endpoint" };

	if (check_address_type(c) < 0 || call_allow(c, &ec2_subnet, subnet_id) < 0 ||
	    resource_get(c, &ec2_subnet, subnet_id, &subnet) < 0)
		return -1;
	doc = record_new(c, &endpoint, "CreatedAt", &id);
	if (doc == NULL || set_groups(c, doc, subnet, &groups) < 0)
		return -1;
	m.description = arena_printf(c->arena, "EC2 Instance Connect Endpoint - %s", id);
	m.groups = groups;
	if (managed_interface_make(c, subnet, &m, &interface) < 0)
		return -1;
	json_set_str(doc, "InstanceConnectEndpointArn", resource_arn(c, &endpoint, id));
	json_set_str(doc, "State", "create-complete");
	json_set_str(doc, "StateMessage", "");
	json_set(doc, "NetworkInterfaceIds", json_make("[s]", interface));
	json_set_str(doc, "VpcId", json_str(subnet, "VpcId"));
	json_set_str(doc, "AvailabilityZone", json_str(subnet, "AvailabilityZone"));
	json_set_str(doc, "AvailabilityZoneId", json_str(subnet, "AvailabilityZoneId"));
	json_set_str(doc, "SubnetId", subnet_id);
	json_set_bool(doc, "PreserveClientIp", in_bool(c, "PreserveClientIp", 0));
	json_set_str(doc, "IpAddressType", "ipv4");
	set_names(c, doc, id);
	resource_put(c, &endpoint, doc);
	answer(c, doc, "create-in-progress");
	out_str(c, "ClientToken", in_str(c, "ClientToken"));
	return 0;
}

/* The interface of an endpoint, of which there is one. */
static const char *
interface_of(const json_t *doc)
{
	return json_string_value(json_array_get(json_get(doc, "NetworkInterfaceIds"), 0));
}

static int
modify(struct call *c)
{
	json_t *doc, *subnet, *groups;

	if (check_address_type(c) < 0 ||
	    record_edit(c, &endpoint, in_str(c, "InstanceConnectEndpointId"), &doc) < 0)
		return -1;
	if (json_array_size(in_list(c, "SecurityGroupIds")) > 0 &&
	    (resource_get(c, &ec2_subnet, json_str_or(doc, "SubnetId", ""), &subnet) <
		    0 ||
		set_groups(c, doc, subnet, &groups) < 0 ||
		managed_interface_regroup(c, interface_of(doc), groups) < 0))
		return -1;
	if (in_has(c, "PreserveClientIp"))
		json_set_bool(doc, "PreserveClientIp", in_bool(c, "PreserveClientIp", 0));
	resource_put(c, &endpoint, doc);
	out_bool(c, "Return", 1);
	return 0;
}

static int delete (struct call *c)
{
	json_t *doc;

	if (record_edit(c, &endpoint, in_str(c, "InstanceConnectEndpointId"), &doc) < 0 ||
	    ec2_interface_drop(c, interface_of(doc)) < 0)
		return -1;
	answer(c, doc, "delete-in-progress");
	json_set(doc, "NetworkInterfaceIds", json_new_array());
	json_set_str(doc, "State", "delete-complete");
	return record_retire(c, &endpoint, doc);
}

static const struct op ops[] = {
	OP_RES("CreateInstanceConnectEndpoint", create, OP_TOKEN, &endpoint, NULL,
	    "Create an instance connect endpoint in a subnet."),
	OP_RES("DeleteInstanceConnectEndpoint", delete, 0, &endpoint,
	    "InstanceConnectEndpointId", "Delete an instance connect endpoint."),
	OP_RES("DescribeInstanceConnectEndpoints", record_describe, OP_READ, &endpoint,
	    NULL, "List instance connect endpoints."),
	OP_RES("ModifyInstanceConnectEndpoint", modify, 0, &endpoint,
	    "InstanceConnectEndpointId", "Change an endpoint's groups."),
};
static const struct resource *const resources[] = { &endpoint, NULL };
const struct family ec2_instance_connect_endpoints = FAMILY(ops, resources);
