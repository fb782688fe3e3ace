/*
 * EC2: what VPC endpoints are made of: routes, interfaces, names, policies.
 */
#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/network/endpoint_list.h"
#include "control/services/ec2/network/managed_interface.h"
#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/vpc_endpoint.h"

static const struct err_kind route_exists = { "RouteAlreadyExists", 400 };
static const struct err_kind same_zone = { "DuplicateSubnetsInSameZone", 400 };
static const struct err_kind bad_policy = { "InvalidPolicyDocument", 400 };
static const struct err_kind bad_parameter = { "InvalidParameter", 400 };

enum { MAX_POLICY = 20480 }; /* VPC user guide: "Endpoint policies" */

/* Routes of gateway endpoints */

static int
find_route(const json_t *table, const char *list, size_t *ret)
{
	const json_t *route;
	size_t i;

	json_array_foreach(json_get(table, "Routes"), i, route) {
		if (strcmp(json_str_or(route, "DestinationPrefixListId", ""), list) ==
		    0) {
			*ret = i;
			return 1;
		}
	}
	return 0;
}

static int
add_table(struct call *c, const json_t *doc, const char *id)
{
	const char *list = json_str_or(doc, "_prefix_list", "");
	json_t *table, *route;
	size_t i;

	if (call_allow(c, &ec2_route_table, id) < 0 ||
	    resource_edit(c, &ec2_route_table, id, &table) < 0)
		return -1;
	if (strcmp(json_str_or(table, "VpcId", ""), json_str_or(doc, "VpcId", "")) != 0)
		return err_set(&c->err, &bad_parameter,
		    "Route table %s and VPC endpoint belong to different networks.", id);
	if (find_route(table, list, &i))
		return err_set(&c->err, &route_exists,
		    "route table %s already has a route with destination-prefix-list-id %s",
		    id, list);
	route = json_add_object(json_need_array(table, "Routes"));
	json_set_str(route, "DestinationPrefixListId", list);
	json_set_str(route, "GatewayId", resource_id(&ec2_vpc_endpoint, doc));
	json_set_str(route, "Origin", "CreateRoute");
	json_set_str(route, "State", "active");
	resource_put(c, &ec2_route_table, table);
	return 0;
}

int
vpc_endpoint_add_tables(struct call *c, json_t *doc, const json_t *ids)
{
	json_t *have = json_need_array(doc, "RouteTableIds");
	const json_t *v;
	size_t i;

	json_array_foreach(ids, i, v) {
		if (json_has_str(have, json_string_value(v)))
			continue;
		if (add_table(c, doc, json_string_value(v)) < 0)
			return -1;
		json_add_str(have, json_string_value(v));
	}
	return 0;
}

int
vpc_endpoint_remove_tables(struct call *c, json_t *doc, const json_t *ids)
{
	json_t *gone = json_own(c->arena, json_new_array()), *table;
	const json_t *v;
	size_t i, at;
	int rc;

	record_merge(gone, ids);
	json_array_foreach(gone, i, v) {
		const char *id = json_string_value(v);

		if (!json_has_str(json_get(doc, "RouteTableIds"), id))
			continue;
		rc = store_edit(c->txn, c->scope, ec2_route_table.kind, id, &table,
		    &c->err);
		if (rc < 0)
			return -1;
		if (rc == 0 ||
		    !find_route(table, json_str_or(doc, "_prefix_list", ""), &at))
			continue;
		json_array_remove(json_get(table, "Routes"), at);
		resource_put(c, &ec2_route_table, table);
	}
	record_take_away(json_get(doc, "RouteTableIds"), gone);
	return 0;
}

/* Interfaces */

static int
check_subnet(struct call *c, const json_t *doc, const char *id, json_t **ret)
{
	const json_t *v;
	json_t *other;
	size_t i;

	if (call_allow(c, &ec2_subnet, id) < 0 ||
	    resource_get(c, &ec2_subnet, id, ret) < 0)
		return -1;
	if (strcmp(json_str_or(*ret, "VpcId", ""), json_str_or(doc, "VpcId", "")) != 0)
		return err_set(&c->err, &bad_parameter, "Subnet %s is not in VPC %s.", id,
		    json_str_or(doc, "VpcId", ""));
	json_array_foreach(json_get(doc, "SubnetIds"), i, v) {
		if (resource_get(c, &ec2_subnet, json_string_value(v), &other) < 0)
			return -1;
		if (strcmp(json_str_or(other, "AvailabilityZone", ""),
			json_str_or(*ret, "AvailabilityZone", "")) == 0)
			return err_set(&c->err, &same_zone,
			    "Found another VPC endpoint subnet in the availability zone of %s.",
			    id);
	}
	return 0;
}

/* The address that SubnetConfigurations asks for there, or NULL. */
static const char *
asked_address(const struct call *c, const char *subnet)
{
	const json_t *row;
	size_t i;

	json_array_foreach(in_list(c, "SubnetConfigurations"), i, row) {
		if (strcmp(json_str_or(row, "SubnetId", ""), subnet) == 0)
			return json_str(row, "Ipv4");
	}
	return NULL;
}

/* SubnetConfigurations say something of subnets that are added, and of IPv4. */
static int
check_configurations(struct call *c, const json_t *doc, const json_t *ids)
{
	const json_t *row;
	size_t i;

	json_array_foreach(in_list(c, "SubnetConfigurations"), i, row) {
		const char *subnet = json_str_or(row, "SubnetId", "");

		if (json_get(row, "Ipv6") != NULL)
			return err_set(&c->err, &ec2_unsupported,
			    "The parameter SubnetConfigurations.Ipv6 is not supported here.");
		if (!json_has_str(ids, subnet) ||
		    json_has_str(json_get(doc, "SubnetIds"), subnet))
			return err_set(&c->err, &bad_parameter,
			    "The subnet '%s' of SubnetConfigurations is none that is added.",
			    subnet);
	}
	return 0;
}

int
vpc_endpoint_add_subnets(struct call *c, json_t *doc, const json_t *ids)
{
	int is_interface =
	    strcmp(json_str_or(doc, "VpcEndpointType", ""), "Interface") == 0;
	const json_t *v;
	json_t *subnet;
	size_t i;

	if (check_configurations(c, doc, ids) < 0)
		return -1;
	json_array_foreach(ids, i, v) {
		const char *id = json_string_value(v), *interface;
		const struct managed_interface m = {
			.type = is_interface ? "vpc_endpoint" :
					       "gateway_load_balancer_endpoint",
			.description = arena_printf(c->arena, "VPC Endpoint %s %s",
			    is_interface ? "Interface" : "GatewayLoadBalancer",
			    resource_id(&ec2_vpc_endpoint, doc)),
			.address = asked_address(c, id),
			.groups = json_get(doc, "Groups"),
		};

		if (json_has_str(json_get(doc, "SubnetIds"), id))
			continue;
		if (check_subnet(c, doc, id, &subnet) < 0 ||
		    managed_interface_make(c, subnet, &m, &interface) < 0)
			return -1;
		json_add_str(json_need_array(doc, "SubnetIds"), id);
		json_add_str(json_need_array(doc, "NetworkInterfaceIds"), interface);
		json_set_str(json_need_object(doc, "_interfaces"), id, interface);
		json_set_str(json_need_object(doc, "_zones"), id,
		    json_str(subnet, "AvailabilityZone"));
	}
	return 0;
}

int
vpc_endpoint_remove_subnets(struct call *c, json_t *doc, const json_t *ids)
{
	json_t *gone = json_own(c->arena, json_new_array());
	json_t *interfaces = json_get(doc, "_interfaces"), *one;
	const json_t *v;
	size_t i;

	record_merge(gone, ids);
	json_array_foreach(gone, i, v) {
		const char *id = json_string_value(v), *interface;

		interface = json_str(interfaces, id);
		if (interface == NULL)
			continue;
		if (ec2_interface_drop(c, interface) < 0)
			return -1;
		one = json_own(c->arena, json_make("[s]", interface));
		record_take_away(json_get(doc, "NetworkInterfaceIds"), one);
		json_del(interfaces, id);
		json_del(json_get(doc, "_zones"), id);
	}
	record_take_away(json_get(doc, "SubnetIds"), gone);
	return 0;
}

/* Names: one of the region, one a zone, and the service's own when DNS is private. */

static void
add_name(json_t *list, const char *zone, char *name)
{
	json_add(list, json_make("{s:s, s:s}", "DnsName", name, "HostedZoneId", zone));
}

void
vpc_endpoint_name(struct call *c, json_t *doc)
{
	const char *service = json_str_or(doc, "ServiceName", ""), *own, *key, *host;
	const struct endpoint_service *s = endpoint_service_find(c, service);
	const char *id = resource_id(&ec2_vpc_endpoint, doc), *label;
	json_t *list = json_new_array(), *zone;

	json_set(doc, "DnsEntries", list);
	if (strcmp(json_str_or(doc, "VpcEndpointType", ""), "Interface") != 0)
		return;
	if (json_get(doc, "_label") == NULL) {
		char text[9];

		random_text(text, 8, "abcdefghijklmnopqrstuvwxyz0123456789");
		json_set_str(doc, "_label", text);
		json_set_str(doc, "_hosted_zone", record_id(c, "Z"));
	}
	label = json_str_or(doc, "_label", "");
	own = s != NULL ? s->name : strrchr(service, '.') + 1;
	add_name(list, "Z7HUB22UULQXV",
	    arena_printf(c->arena, "%s-%s.%s.%s.vpce.amazonaws.com", id, label, own,
		c->region));
	json_object_foreach(json_get(doc, "_zones"), key, zone)
		add_name(list, "Z7HUB22UULQXV",
		    arena_printf(c->arena, "%s-%s-%s.%s.%s.vpce.amazonaws.com", id, label,
			json_string_value(zone), own, c->region));
	host = s != NULL ? endpoint_service_host(c, s) : json_str(doc, "_private_name");
	if (json_bool(doc, "PrivateDnsEnabled", 0) && host != NULL)
		add_name(list, json_str_or(doc, "_hosted_zone", ""),
		    arena_strdup(c->arena, host));
}

/* Policies */

static int
is_statement(const json_t *v)
{
	const char *effect = json_str_or(v, "Effect", "");

	return (strcmp(effect, "Allow") == 0 || strcmp(effect, "Deny") == 0) &&
	    (json_get(v, "Action") != NULL || json_get(v, "NotAction") != NULL) &&
	    (json_get(v, "Principal") != NULL || json_get(v, "NotPrincipal") != NULL) &&
	    (json_get(v, "Resource") != NULL || json_get(v, "NotResource") != NULL);
}

int
vpc_endpoint_check_policy(struct call *c, const char *text)
{
	const json_t *statement, *v;
	struct err err;
	json_t *doc;
	size_t i;
	int is_good = 0;

	if (text == NULL)
		return 0;
	if (strlen(text) > MAX_POLICY)
		return err_set(&c->err, &bad_policy,
		    "The policy document exceeds the maximum of %d characters.",
		    MAX_POLICY);
	if (json_read_in(c->arena, text, strlen(text), &doc, &err) == 0) {
		statement = json_get(doc, "Statement");
		is_good = json_is_array(statement) ? json_array_size(statement) > 0 :
						     is_statement(statement);
		if (json_is_array(statement)) {
			json_array_foreach(statement, i, v)
				is_good = is_good && is_statement(v);
		}
	}
	return is_good ? 0 :
			 err_set(&c->err, &bad_policy,
			     "The specified policy document is not a valid JSON policy "
			     "document.");
}

const char *
vpc_endpoint_default_policy(const json_t *doc)
{
	if (strcmp(json_str_or(doc, "VpcEndpointType", ""), "Gateway") == 0)
		return "{\"Version\":\"2008-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		       "\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}";
	return "{\"Statement\":[{\"Action\":\"*\",\"Effect\":\"Allow\",\"Principal\":\"*\","
	       "\"Resource\":\"*\"}]}";
}
