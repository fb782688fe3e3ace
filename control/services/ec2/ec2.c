/*
 * EC2: the service, what its families share, and what a new region has.
 */
#include "control/services/ec2/ec2.h"

#include <string.h>

#include "control/api/token.h"
#include "control/services/ec2/account.h"
#include "control/services/ec2/compute/fleet.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/compute/instance_event.h"
#include "control/services/ec2/compute/instance_settings.h"
#include "control/services/ec2/compute/instance_type.h"
#include "control/services/ec2/compute/launch_template.h"
#include "control/services/ec2/compute/placement.h"
#include "control/services/ec2/compute/spot.h"
#include "control/services/ec2/condition_keys.h"
#include "control/services/ec2/network/address.h"
#include "control/services/ec2/network/block_public_access.h"
#include "control/services/ec2/network/cidr.h"
#include "control/services/ec2/network/edge.h"
#include "control/services/ec2/network/explain.h"
#include "control/services/ec2/network/flow_log.h"
#include "control/services/ec2/network/gateways.h"
#include "control/services/ec2/network/host.h"
#include "control/services/ec2/network/instance_connect.h"
#include "control/services/ec2/network/ipam.h"
#include "control/services/ec2/network/nat_gateway.h"
#include "control/services/ec2/network/network_acl.h"
#include "control/services/ec2/network/network_interface.h"
#include "control/services/ec2/network/peering.h"
#include "control/services/ec2/network/prefix_list.h"
#include "control/services/ec2/network/route_table.h"
#include "control/services/ec2/network/security_rule.h"
#include "control/services/ec2/network/subnet.h"
#include "control/services/ec2/network/traffic_mirror.h"
#include "control/services/ec2/network/transit_gateway.h"
#include "control/services/ec2/network/vpc_agent.h"
#include "control/services/ec2/network/vpc_endpoint.h"
#include "control/services/ec2/network/vpn.h"

const struct err_kind ec2_bad_value = { "InvalidParameterValue", 400 };
const struct err_kind ec2_bad_combination = { "InvalidParameterCombination", 400 };
const struct err_kind ec2_missing = { "MissingParameter", 400 };
const struct err_kind ec2_unsupported = { "UnsupportedOperation", 400 };
const struct err_kind ec2_dependency = { "DependencyViolation", 400 };

/* "No, thank you" asks for nothing: false, 0, an empty list, {Value: false}. */
static int
is_asked(const json_t *v)
{
	return v != NULL && !json_is_false(v) && !json_is_false(json_get(v, "Value")) &&
	    !(json_is_integer(v) && json_integer_value(v) == 0) &&
	    !(json_is_array(v) && json_array_size(v) == 0);
}

int
ec2_refuse(struct call *c, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (in_has(c, *names) && is_asked(json_get(c->in, *names)))
			return err_set(&c->err, &ec2_unsupported,
			    "The parameter %s is not supported here.", *names);
	}
	return 0;
}

int
ec2_refuse_members(struct call *c, const char *parameter, json_t *v,
    const char *const *known)
{
	const char *name;
	json_t *member;

	json_object_foreach(v, name, member) {
		size_t i = 0;

		while (known[i] != NULL && strcmp(known[i], name) != 0)
			i++;
		if (known[i] == NULL && is_asked(member))
			return err_set(&c->err, &ec2_unsupported,
			    "The parameter %s.%s is not supported here.", parameter,
			    name);
	}
	return 0;
}

const char *
ec2_narrow(struct call *c, struct store_docs *docs, const char *member,
    const json_t *values)
{
	json_t **some = arena_calloc(c->arena, docs->n + 1, sizeof(json_t *));
	json_t *seen = json_own(c->arena, json_new_object());
	const json_t *v;
	size_t n = 0, i;

	if (json_array_size(values) == 0)
		return NULL;
	for (i = 0; i < docs->n; i++) {
		const char *text = json_str_or(docs->doc[i], member, "");

		if (!json_has_str(values, text))
			continue;
		some[n++] = docs->doc[i];
		json_set_bool(seen, text, 1);
	}
	docs->doc = some;
	docs->n = n;
	json_array_foreach(values, i, v) {
		if (json_get(seen, json_string_value(v)) == NULL)
			return json_string_value(v);
	}
	return NULL;
}

int
ec2_cidr(struct call *c, const char *parameter, const char *text, struct net4 *ret)
{
	struct net4 net;

	if (!net4_parse(text, &net))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter %s is invalid. This is not a valid CIDR block.",
		    text, parameter);
	net.addr = net4_base(&net);
	*ret = net;
	return 0;
}

char *
ec2_zone_name(const struct call *c, unsigned i)
{
	return arena_printf(c->arena, "%s%c", c->region, 'a' + (int)i);
}

/* us-east-1 is use1, ap-southeast-2 is apse2: the first letters of each word. */
char *
ec2_zone_id(const struct call *c, unsigned i)
{
	static const struct {
		const char *word, *letter;
	} directions[] = { { "northeast", "ne" }, { "southeast", "se" },
		{ "northwest", "nw" }, { "southwest", "sw" }, { "central", "c" },
		{ "north", "n" }, { "south", "s" }, { "east", "e" }, { "west", "w" } };
	const char *second = strchr(c->region, '-') + 1,
		   *number = strrchr(c->region, '-') + 1;

	for (size_t k = 0; k < COUNT(directions); k++) {
		if (strncmp(second, directions[k].word, strlen(directions[k].word)) == 0)
			return arena_printf(c->arena, "%.2s%s%s-az%u", c->region,
			    directions[k].letter, number, i + 1);
	}
	return arena_printf(c->arena, "%s-az%u", c->region, i + 1);
}

/* A new region (facts.md, "Standard bootstrap"). */

json_t *
ec2_default_vpc_make(struct call *c)
{
	static const char *const subnets[EC2_ZONES] = { "172.31.0.0/20", "172.31.16.0/20",
		"172.31.32.0/20" };
	json_t *vpc = ec2_vpc_make(c, "172.31.0.0/16", 1);

	if (vpc == NULL ||
	    ec2_internet_gateway_default(c, resource_id(&ec2_vpc, vpc)) < 0)
		return NULL;
	for (unsigned i = 0; i < EC2_ZONES; i++) {
		if (ec2_subnet_make(c, vpc, subnets[i], ec2_zone_name(c, i), 1) == NULL)
			return NULL;
	}
	return vpc;
}

static int
bootstrap(struct call *c)
{
	return ec2_default_vpc_make(c) != NULL ? 0 : -1;
}

/*
 * A call brings no list of more than AWS takes anywhere (1,000), and no text that is longer than
 * the longest that has a use: handlers go through lists for each of their elements.
 */
enum { MAX_LIST = 1000, MAX_STRING = 128 * 1024 };

static int
is_too_big(const json_t *v)
{
	const char *name;
	json_t *member;
	size_t i;

	if (json_is_string(v))
		return json_string_length(v) > MAX_STRING;
	if (json_array_size(v) > MAX_LIST)
		return 1;
	json_array_foreach(v, i, member) {
		if (is_too_big(member))
			return 1;
	}
	json_object_foreach((json_t *)(uintptr_t)v, name, member) {
		if (is_too_big(member))
			return 1;
	}
	return 0;
}

static int
check(struct call *c)
{
	const char *name;
	json_t *v;

	json_object_foreach(c->in, name, v) {
		if (is_too_big(v))
			return err_set(&c->err, &ec2_bad_value,
			    "The parameter %s has more than %d elements, or one of more than %d "
			    "bytes.",
			    name, MAX_LIST, MAX_STRING);
	}
	return 0;
}

static const struct family *const families[] = {
	&ec2_vpcs,
	&ec2_vpc_attributes,
	&ec2_vpc_cidrs,
	&ec2_vpc_classic,
	&ec2_block_public_access,
	&ec2_subnets,
	&ec2_subnet_attributes,
	&ec2_subnet_cidrs,
	&ec2_subnet_reservations,
	&ec2_security_groups,
	&ec2_security_group_rules,
	&ec2_security_group_authorizations,
	&ec2_security_group_vpcs,
	&ec2_internet_gateways,
	&ec2_egress_gateways,
	&ec2_carrier_gateways,
	&ec2_network_insights,
	&ec2_route_tables,
	&ec2_route_associations,
	&ec2_routes,
	&ec2_network_acls,
	&ec2_network_acl_entries,
	&ec2_dhcp_options_sets,
	&ec2_addresses,
	&ec2_address_associations,
	&ec2_address_attributes,
	&ec2_address_transfers,
	&ec2_key_pairs,
	&ec2_launch_templates,
	&ec2_launch_template_versions,
	&ec2_images,
	&ec2_image_attributes,
	&ec2_image_making,
	&ec2_volumes,
	&ec2_volume_attachments,
	&ec2_volume_modifications,
	&ec2_mounts,
	&ec2_snapshots,
	&ec2_snapshot_sharing,
	&ec2_ebs_settings,
	&ec2_instances,
	&ec2_instance_types,
	&ec2_instance_requirements,
	&ec2_spot_prices,
	&ec2_spot_requests,
	&ec2_spot_datafeeds,
	&ec2_spot_fleets,
	&ec2_fleets,
	&ec2_fleet_histories,
	&ec2_placement_groups,
	&ec2_dedicated_hosts,
	&ec2_capacity_reservations,
	&ec2_reserved_instances,
	&ec2_transfer_tasks,
	&ec2_instance_states,
	&ec2_instance_attributes,
	&ec2_instance_consoles,
	&ec2_instance_credits,
	&ec2_instance_event_windows,
	&ec2_instance_events,
	&ec2_instance_options,
	&ec2_instance_profiles,
	&ec2_instance_settings,
	&ec2_instance_statuses,
	&ec2_prefix_lists,
	&ec2_prefix_list_versions,
	&ec2_nat_gateways,
	&ec2_nat_gateway_addresses,
	&ec2_network_interfaces,
	&ec2_network_interface_addresses,
	&ec2_network_interface_attachments,
	&ec2_network_interface_attributes,
	&ec2_network_interface_permissions,
	&ec2_tags,
	&ec2_regions,
	&ec2_vpc_peerings,
	&ec2_traffic_mirror_filters,
	&ec2_traffic_mirror_sessions,
	&ec2_ipams,
	&ec2_ipam_scopes,
	&ec2_ipam_pools,
	&ec2_ipam_pool_cidrs,
	&ec2_ipam_allocations,
	&ec2_ipam_discoveries,
	&ec2_flow_logs,
	&ec2_instance_connect_endpoints,
	&ec2_vpc_endpoints,
	&ec2_vpc_endpoint_services,
	&ec2_vpc_endpoint_connections,
	&ec2_vpc_endpoint_lists,
	&ec2_vpc_endpoint_notifications,
	&ec2_customer_gateways,
	&ec2_vpn_gateways,
	&ec2_vpn_connections,
	&ec2_transit_gateways,
	&ec2_transit_gateway_attachments,
	&ec2_transit_gateway_connects,
	&ec2_transit_gateway_peerings,
	&ec2_transit_gateway_policies,
	&ec2_transit_gateway_references,
	&ec2_transit_gateway_routes,
	&ec2_transit_gateway_tables,
	&ec2_account_attributes,
	&ec2_id_formats,
	&ec2_hosts,
	&ec2_edges,
	&api_tokens,
	NULL,
};

static const struct agent_kind *const agents[] = { &ec2_netd_agent, &ec2_vpc_agent,
	&ec2_edge_agent, NULL };

const struct service ec2_service = {
	.name = "ec2",
	.families = families,
	.bootstrap = bootstrap,
	.check = check,
	.agents = agents,
	.condition_keys = ec2_condition_keys,
};
