/*
 * EC2: VPC endpoints.
 *
 * A gateway endpoint is a route in route tables, an interface endpoint an interface in each of its
 * subnets.  Those of AWS's services lead to the control plane; behind those of users' own is nothing.
 *
 * Not emulated: endpoints for resources and service networks, other regions' services, IPv6.
 */
#include "control/services/ec2/network/vpc_endpoint.h"

#include <string.h>

#include "control/services/ec2/network/endpoint_list.h"
#include "control/services/ec2/network/managed_interface.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind not_found = { "InvalidVpcEndpointId.NotFound", 400 };
static const struct err_kind malformed = { "InvalidVpcEndpointId.Malformed", 400 };
static const struct err_kind no_service = { "InvalidServiceName", 400 };
static const struct err_kind bad_parameter = { "InvalidParameter", 400 };

static const struct filter filters[] = {
	{ "ip-address-type", "IpAddressType" },
	{ "service-name", "ServiceName" },
	{ "service-region", "ServiceRegion" },
	{ "vpc-endpoint-id", "VpcEndpointId" },
	{ "vpc-endpoint-state", "State" },
	{ "vpc-endpoint-type", "VpcEndpointType" },
	{ "vpc-id", "VpcId" },
	{ NULL, NULL },
};
const struct resource ec2_vpc_endpoint = {
	.service = "ec2",
	.kind = "ec2:vpc-endpoint",
	.type = "vpc-endpoint",
	.prefix = "vpce-",
	.id_member = "VpcEndpointId",
	.list_member = "VpcEndpoints",
	.ids_member = "VpcEndpointIds",
	.noun = "Vpc Endpoint Id",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
	.page_min = 1,
};

static int
is_type(const json_t *doc, const char *type)
{
	return strcmp(json_str_or(doc, "VpcEndpointType", ""), type) == 0;
}

/* What the service is, and whether it may be had in this way: 0 or -1. */
static int
read_service(struct call *c, json_t *doc)
{
	const char *name = in_str(c, "ServiceName"), *type;
	const struct endpoint_service *s;
	json_t *own = NULL;
	int rc = 0, fits;

	type = in_has(c, "VpcEndpointType") ? in_str(c, "VpcEndpointType") : "Gateway";
	if (name == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter serviceName");
	s = endpoint_service_find(c, name);
	if (s == NULL)
		rc = vpc_endpoint_service_find(c, name, &own);
	if (rc < 0)
		return -1;
	if (s == NULL && rc == 0)
		return err_set(&c->err, &no_service,
		    "The Vpc Endpoint Service '%s' does not exist", name);
	if (s != NULL)
		fits = (strcmp(type, "Gateway") == 0 && s->types & ENDPOINT_GATEWAY) ||
		    (strcmp(type, "Interface") == 0 && s->types & ENDPOINT_INTERFACE);
	else
		fits = strcmp(json_str_or(json_array_get(json_get(own, "ServiceType"), 0),
				  "ServiceType", ""),
			   type) == 0;
	if (!fits)
		return err_set(&c->err, &bad_parameter,
		    "The VPC endpoint type %s is not available for the service %s.", type,
		    name);
	json_set_str(doc, "VpcEndpointType", type);
	json_set_str(doc, "ServiceName", name);
	if (strcmp(type, "Gateway") == 0)
		json_set_str(doc, "_prefix_list", endpoint_prefix_list(c, s));
	if (own != NULL) {
		json_set_str(doc, "_service", json_str(own, "ServiceId"));
		json_set_str(doc, "_connection", record_id(c, "vpce-con-"));
		json_set_str(doc, "_private_name", json_str(own, "PrivateDnsName"));
		if (json_bool(own, "AcceptanceRequired", 0))
			json_set_str(doc, "State", "pendingAcceptance");
	}
	return 0;
}

/* Private DNS needs the VPC's DNS, and nobody else with the same name. */
static int
check_private_dns(struct call *c, const json_t *doc)
{
	const char *vpc_id = json_str_or(doc, "VpcId", ""),
		   *service = json_str_or(doc, "ServiceName", "");
	struct store_docs docs;
	json_t *vpc;

	if (!json_bool(doc, "PrivateDnsEnabled", 0))
		return 0;
	if (!is_type(doc, "Interface"))
		return err_set(&c->err, &bad_parameter,
		    "Private DNS can only be enabled for interface endpoints.");
	if (endpoint_service_find(c, service) == NULL &&
	    json_get(doc, "_private_name") == NULL)
		return err_set(&c->err, &bad_parameter,
		    "Private DNS can't be enabled because the service %s does not provide a "
		    "private DNS name.",
		    service);
	if (resource_get(c, &ec2_vpc, vpc_id, &vpc) < 0 ||
	    resource_list(c, &ec2_vpc_endpoint, &docs) < 0)
		return -1;
	if (!json_bool(vpc, "_dns_support", 0) || !json_bool(vpc, "_dns_hostnames", 0))
		return err_set(&c->err, &bad_parameter,
		    "Enabling private DNS requires both enableDnsSupport and "
		    "enableDnsHostnames VPC attributes set to true for %s",
		    vpc_id);
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(resource_id(&ec2_vpc_endpoint, docs.doc[i]),
			resource_id(&ec2_vpc_endpoint, doc)) != 0 &&
		    json_bool(docs.doc[i], "PrivateDnsEnabled", 0) &&
		    strcmp(json_str_or(docs.doc[i], "VpcId", ""), vpc_id) == 0 &&
		    strcmp(json_str_or(docs.doc[i], "ServiceName", ""), service) == 0)
			return err_set(&c->err, &bad_parameter,
			    "private-dns-enabled cannot be set because there is already a "
			    "conflicting DNS domain for %s in the VPC %s",
			    service, vpc_id);
	}
	return 0;
}

/* The groups of an interface endpoint: ids, or the VPC's default one. */
static int
set_groups(struct call *c, json_t *doc, const json_t *ids)
{
	json_t *groups,
	    *subnet = json_own(c->arena,
		json_make("{s:s, s:s}", "VpcId", json_str_or(doc, "VpcId", ""),
		    "SubnetId", json_str_or(doc, "VpcId", "")));

	if (ec2_security_groups_for(c, subnet, ids, NULL, &groups) < 0)
		return -1;
	json_set(doc, "Groups", json_incref(groups));
	return 0;
}

static int
check_address_type(struct call *c)
{
	const char *type = in_str(c, "IpAddressType"),
		   *record = json_str(in_object(c, "DnsOptions"), "DnsRecordIpType");

	if (type != NULL && strcmp(type, "ipv4") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "The IP address type %s is not supported here.", type);
	if (record != NULL && strcmp(record, "ipv4") != 0 &&
	    strcmp(record, "service-defined") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "The DNS record type %s is not supported here.", record);
	return 0;
}

/* Parameters that are another type's. */
static int
check_members(struct call *c, const json_t *doc, const char *const *of_gateways,
    const char *const *of_interfaces)
{
	static const char *const groups[] = { "SecurityGroupIds", "AddSecurityGroupIds",
		"RemoveSecurityGroupIds" };
	const char *const *names = is_type(doc, "Gateway") ? of_interfaces : of_gateways;

	for (size_t i = 0; is_type(doc, "GatewayLoadBalancer") && i < COUNT(groups);
	     i++) {
		if (json_array_size(json_get(c->in, groups[i])) > 0)
			return err_set(&c->err, &bad_parameter,
			    "Security groups are not for GatewayLoadBalancer endpoints.");
	}
	for (; *names != NULL; names++) {
		if (json_array_size(in_list(c, *names)) > 0)
			return err_set(&c->err, &bad_parameter,
			    "The parameter %s is not for %s endpoints.", *names,
			    json_str_or(doc, "VpcEndpointType", ""));
	}
	return 0;
}

static void
fill(struct call *c, json_t *doc)
{
	static const struct record_member dns[] = { { "DnsRecordIpType", NULL, NULL },
		{ "PrivateDnsOnlyForInboundResolverEndpoint", NULL, NULL },
		{ "PrivateDnsPreference", NULL, NULL },
		{ "PrivateDnsSpecifiedDomains", NULL, NULL }, { NULL, NULL, NULL } };
	static const char *const lists[] = { "RouteTableIds", "SubnetIds", "Groups",
		"NetworkInterfaceIds" };

	for (size_t i = 0; i < COUNT(lists); i++)
		json_set(doc, lists[i], json_new_array());
	json_set_str(doc, "VpcId", in_str(c, "VpcId"));
	json_set_bool(doc, "RequesterManaged", 0);
	json_set_bool(doc, "PrivateDnsEnabled", in_bool(c, "PrivateDnsEnabled", 0));
	json_set_str(doc, "IpAddressType", "ipv4");
	json_set(doc, "DnsOptions",
	    json_make("{s:s}", "DnsRecordIpType",
		is_type(doc, "Gateway") ? "service-defined" : "ipv4"));
	record_change(json_get(doc, "DnsOptions"), in_object(c, "DnsOptions"), dns);
	json_set_str(doc, "ServiceRegion", c->region);
	json_set_str(doc, "PolicyDocument",
	    in_has(c, "PolicyDocument") ? in_str(c, "PolicyDocument") :
					  vpc_endpoint_default_policy(doc));
}

static int
build(struct call *c, json_t *doc)
{
	static const char *const of_gateways[] = { "RouteTableIds", NULL };
	static const char *const of_interfaces[] = { "SubnetIds", "SecurityGroupIds",
		"SubnetConfigurations", NULL };

	if (check_members(c, doc, of_gateways, of_interfaces) < 0 ||
	    check_private_dns(c, doc) < 0 ||
	    vpc_endpoint_add_tables(c, doc, in_list(c, "RouteTableIds")) < 0 ||
	    (is_type(doc, "Interface") &&
		set_groups(c, doc, in_list(c, "SecurityGroupIds")) < 0))
		return -1;
	if (is_type(doc, "GatewayLoadBalancer") &&
	    json_array_size(in_list(c, "SubnetIds")) != 1)
		return err_set(&c->err, &bad_parameter,
		    "A GatewayLoadBalancer endpoint has exactly one subnet.");
	return vpc_endpoint_add_subnets(c, doc, in_list(c, "SubnetIds"));
}

static int
create(struct call *c)
{
	static const char *const refused[] = { "ServiceNetworkArn",
		"ResourceConfigurationArn", NULL };
	const char *vpc_id = in_str(c, "VpcId");
	json_t *vpc, *doc, *copy;

	if (ec2_refuse(c, refused) < 0 || call_allow(c, &ec2_vpc, vpc_id) < 0 ||
	    resource_get(c, &ec2_vpc, vpc_id, &vpc) < 0 || check_address_type(c) < 0 ||
	    vpc_endpoint_check_policy(c, in_str(c, "PolicyDocument")) < 0)
		return -1;
	if (in_has(c, "ServiceRegion") &&
	    strcmp(in_str(c, "ServiceRegion"), c->region) != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "Services of other regions are not supported here.");
	doc = record_new(c, &ec2_vpc_endpoint, "CreationTimestamp", NULL);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "State", "available");
	if (read_service(c, doc) < 0)
		return -1;
	fill(c, doc);
	if (build(c, doc) < 0)
		return -1;
	vpc_endpoint_name(c, doc);
	resource_put(c, &ec2_vpc_endpoint, doc);
	copy = json_copy_shallow(doc);
	if (is_type(doc, "Interface") &&
	    strcmp(json_str_or(doc, "State", ""), "available") == 0)
		json_set_str(copy, "State", "pending");
	out_set(c, "VpcEndpoint", copy);
	out_str(c, "ClientToken", in_str(c, "ClientToken"));
	return 0;
}

/* ModifyVpcEndpoint */

static int
change_groups(struct call *c, json_t *doc)
{
	const json_t *add = in_list(c, "AddSecurityGroupIds"),
		     *remove = in_list(c, "RemoveSecurityGroupIds"), *v;
	json_t *ids = json_own(c->arena, json_new_array());
	size_t i;

	if (json_array_size(add) == 0 && json_array_size(remove) == 0)
		return 0;
	json_array_foreach(json_get(doc, "Groups"), i, v)
		json_add_str(ids, json_str_or(v, "GroupId", ""));
	record_take_away(ids, remove);
	record_merge(ids, add);
	if (json_array_size(ids) == 0)
		return err_set(&c->err, &bad_parameter,
		    "An interface endpoint has at least one security group.");
	if (set_groups(c, doc, ids) < 0)
		return -1;
	json_array_foreach(json_get(doc, "NetworkInterfaceIds"), i, v) {
		if (managed_interface_regroup(c, json_string_value(v),
			json_get(doc, "Groups")) < 0)
			return -1;
	}
	return 0;
}

static int
change_policy(struct call *c, json_t *doc)
{
	int reset = in_bool(c, "ResetPolicy", 0);

	if (reset && in_has(c, "PolicyDocument"))
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter policyDocument cannot be used with the parameter "
		    "resetPolicy");
	if (vpc_endpoint_check_policy(c, in_str(c, "PolicyDocument")) < 0)
		return -1;
	if (reset)
		json_set_str(doc, "PolicyDocument", vpc_endpoint_default_policy(doc));
	json_set_str(doc, "PolicyDocument", in_str(c, "PolicyDocument"));
	return 0;
}

static int
change_dns(struct call *c, json_t *doc)
{
	const char *name;
	json_t *v;

	json_object_foreach(in_object(c, "DnsOptions"), name, v)
		json_set(json_need_object(doc, "DnsOptions"), name, json_copy_deep(v));
	if (in_has(c, "PrivateDnsEnabled"))
		json_set_bool(doc, "PrivateDnsEnabled",
		    in_bool(c, "PrivateDnsEnabled", 0));
	return check_private_dns(c, doc);
}

static int
modify(struct call *c)
{
	static const char *const of_gateways[] = { "AddRouteTableIds",
		"RemoveRouteTableIds", NULL };
	static const char *const of_interfaces[] = { "AddSubnetIds", "RemoveSubnetIds",
		"AddSecurityGroupIds", "RemoveSecurityGroupIds", "SubnetConfigurations",
		NULL };
	json_t *doc;

	if (check_address_type(c) < 0 ||
	    resource_edit(c, &ec2_vpc_endpoint, in_str(c, "VpcEndpointId"), &doc) < 0 ||
	    check_members(c, doc, of_gateways, of_interfaces) < 0 ||
	    change_policy(c, doc) < 0 ||
	    vpc_endpoint_remove_tables(c, doc, in_list(c, "RemoveRouteTableIds")) < 0 ||
	    vpc_endpoint_add_tables(c, doc, in_list(c, "AddRouteTableIds")) < 0 ||
	    change_groups(c, doc) < 0 ||
	    vpc_endpoint_remove_subnets(c, doc, in_list(c, "RemoveSubnetIds")) < 0 ||
	    vpc_endpoint_add_subnets(c, doc, in_list(c, "AddSubnetIds")) < 0 ||
	    change_dns(c, doc) < 0)
		return -1;
	vpc_endpoint_name(c, doc);
	resource_put(c, &ec2_vpc_endpoint, doc);
	out_bool(c, "Return", 1);
	return 0;
}

/* DeleteVpcEndpoints: each for itself */

static int
delete_one(struct call *c, const char *id)
{
	json_t *doc;

	if (resource_edit(c, &ec2_vpc_endpoint, id, &doc) < 0 ||
	    vpc_endpoint_remove_tables(c, doc, json_get(doc, "RouteTableIds")) < 0 ||
	    vpc_endpoint_remove_subnets(c, doc, json_get(doc, "SubnetIds")) < 0)
		return -1;
	resource_delete_doc(c, &ec2_vpc_endpoint, id);
	return 0;
}

static int delete (struct call *c)
{
	json_t *failed = json_own(c->arena, json_new_array());
	const json_t *v;
	size_t i;

	json_array_foreach(in_list(c, "VpcEndpointIds"), i, v) {
		if (delete_one(c, json_string_value(v)) == 0)
			continue;
		if (c->err.kind->status >= 500)
			return -1;
		record_unsuccessful(c, failed, json_string_value(v));
	}
	out_ref(c, "Unsuccessful", failed);
	return 0;
}

/* DescribeVpcEndpoints: a route table that was deleted is none of the endpoint's. */

static json_t *
shown(struct call *c, json_t *doc)
{
	json_t *copy = NULL, *table, *one;
	const json_t *v;
	size_t i;

	json_array_foreach(json_get(doc, "RouteTableIds"), i, v) {
		if (resource_find(c, &ec2_route_table, json_string_value(v), &table) != 0)
			continue;
		if (copy == NULL)
			copy = json_own(c->arena, json_copy_deep(doc));
		one = json_own(c->arena, json_make("[s]", json_string_value(v)));
		record_take_away(json_get(copy, "RouteTableIds"), one);
	}
	return copy != NULL ? copy : doc;
}

static int
describe(struct call *c)
{
	return record_describe_as(c, shown);
}

static const struct op ops[] = {
	OP_RES("CreateVpcEndpoint", create, OP_TOKEN, &ec2_vpc_endpoint, NULL,
	    "Give a VPC a way to a service."),
	OP_RES("DeleteVpcEndpoints", delete, 0, &ec2_vpc_endpoint, "VpcEndpointIds",
	    "Delete endpoints, with their routes and interfaces."),
	OP_RES("DescribeVpcEndpoints", describe, OP_READ, &ec2_vpc_endpoint, NULL,
	    "List VPC endpoints."),
	OP_RES("ModifyVpcEndpoint", modify, 0, &ec2_vpc_endpoint, "VpcEndpointId",
	    "Change an endpoint's tables, subnets, groups, policy or DNS."),
};
static const struct resource *const resources[] = { &ec2_vpc_endpoint, NULL };
const struct family ec2_vpc_endpoints = FAMILY(ops, resources);
