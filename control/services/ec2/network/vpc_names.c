#include "control/services/ec2/network/vpc_names.h"

#include <string.h>

#include "control/api/aws_names.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/cidr.h"
#include "control/services/ec2/network/vpc_endpoint.h"
#include "control/services/route53/view.h"

#define PEERING_KIND "ec2:vpc-peering-connection"

enum { TTL_S = 60 };

/* In zones that lead to control, and not control's: sources of packages, as images have them. */
static const char *const elsewhere[] = { "amazonlinux.default.amazonaws.com" };

/* Below AWS's suffixes, and no services: what is not there is not there. */
static const char *const not_services[] = { "compute-1.amazonaws.com",
	"compute.amazonaws.com" };

static const char *
vpc_id(const struct vpc_names *v)
{
	return resource_id(&ec2_vpc, v->vpc);
}

static void
add_record(json_t *records, const char *name, const char *type, const char *value)
{
	json_add(records,
	    json_make("{s:s, s:s, s:i, s:[s]}", "name", name, "type", type, "ttl", TTL_S,
		"values", value));
}

/* The public names of an interface, as its private addresses. */
static void
add_public_names(json_t *records, const json_t *interface)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(interface, "PrivateIpAddresses"), i, row) {
		const char *name =
		    json_str_or(json_get(row, "Association"), "PublicDnsName", "");
		const char *address = json_str(row, "PrivateIpAddress");

		if (name[0] != '\0' && address != NULL)
			add_record(records, name, "A", address);
	}
}

/* What its public addresses are called, for who looks them up. */
static void
add_public_reverse(json_t *records, const json_t *interface)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(interface, "PrivateIpAddresses"), i, row) {
		const json_t *association = json_get(row, "Association");
		const char *name = json_str_or(association, "PublicDnsName", "");
		char reverse[NAME_TEXT];
		uint32_t address;

		if (name[0] == '\0' ||
		    !ip4_parse(json_str_or(association, "PublicIp", ""), &address))
			continue;
		plan_reverse_name(address, reverse);
		add_record(records, reverse, "PTR", name);
	}
}

/* Forward by its address, and back to the name that it has: all private addresses. */
static void
add_private_names(const struct vpc_names *v, json_t *records, const json_t *interface)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(interface, "PrivateIpAddresses"), i, row) {
		const char *text = json_str_or(row, "PrivateIpAddress", "");
		char reverse[NAME_TEXT], name[NAME_TEXT];
		uint32_t address;

		if (!ip4_parse(text, &address))
			continue;
		plan_reverse_name(address, reverse);
		plan_private_name(v->region, address, name);
		add_record(records, name, "A", text);
		add_record(records, reverse, "PTR",
		    json_str_or(row, "PrivateDnsName", name));
	}
}

static const json_t *
instance_of(const struct vpc_names *v, const json_t *interface)
{
	const json_t *attachment = json_get(interface, "Attachment");
	const char *id = json_str_or(attachment, "InstanceId", "");

	if (json_int(attachment, "DeviceIndex", -1) != 0)
		return NULL;
	for (size_t i = 0; i < v->instances.n; i++) {
		if (strcmp(resource_id(&ec2_instance, v->instances.doc[i]), id) == 0)
			return v->instances.doc[i];
	}
	return NULL;
}

/* An instance by its id, as its PrivateDnsNameOptions have it. */
static void
add_resource_name(const struct vpc_names *v, json_t *records, const json_t *interface)
{
	const json_t *instance = instance_of(v, interface), *row;
	const json_t *options = json_get(instance, "PrivateDnsNameOptions");
	char zone[NAME_TEXT], reverse[NAME_TEXT];
	const char *name;
	uint8_t address[16];
	size_t i;

	if (instance == NULL)
		return;
	plan_private_zone(v->region, zone);
	name =
	    arena_printf(v->arena, "%s.%s", resource_id(&ec2_instance, instance), zone);
	if (json_bool(options, "EnableResourceNameDnsARecord", 0) &&
	    json_str(interface, "PrivateIpAddress") != NULL)
		add_record(records, name, "A", json_str(interface, "PrivateIpAddress"));
	if (!json_bool(options, "EnableResourceNameDnsAAAARecord", 0))
		return;
	json_array_foreach(json_get(interface, "Ipv6Addresses"), i, row) {
		const char *text = json_str_or(row, "Ipv6Address", "");

		if (!ip6_parse(text, address))
			continue;
		plan_reverse_name6(address, reverse);
		add_record(records, name, "AAAA", text);
		add_record(records, reverse, "PTR", name);
	}
}

/* Interface endpoints */

static const json_t *
interface_of(const struct vpc_names *v, const char *id)
{
	for (size_t i = 0; i < v->interfaces.n; i++) {
		if (strcmp(resource_id(&ec2_network_interface, v->interfaces.doc[i]),
			id) == 0)
			return v->interfaces.doc[i];
	}
	return NULL;
}

/* "vpce-1-label-us-east-1a.…" leads to the interface in that zone, all others to each. */
static int
is_for_zone(const struct vpc_names *v, const json_t *endpoint, const char *name,
    const char *zone)
{
	const char *first =
	    arena_printf(v->arena, "%s-%s", resource_id(&ec2_vpc_endpoint, endpoint),
		json_str_or(endpoint, "_label", ""));
	size_t n = strlen(first), m = strlen(zone);

	if (strncmp(name, first, n) != 0 || name[n] != '-')
		return 1;
	return strncmp(name + n + 1, zone, m) == 0 && name[n + 1 + m] == '.';
}

static void
add_endpoint_name(const struct vpc_names *v, json_t *records, const json_t *endpoint,
    const char *name)
{
	json_t *interfaces = json_get(endpoint, "_interfaces"), *id;
	const char *subnet;

	json_object_foreach(interfaces, subnet, id) {
		const json_t *doc = interface_of(v, json_string_value(id));
		const char *address = json_str(doc, "PrivateIpAddress");
		const char *zone = json_str_or(json_get(endpoint, "_zones"), subnet, "");

		if (address != NULL && is_for_zone(v, endpoint, name, zone))
			add_record(records, name, "A", address);
	}
}

static int
add_endpoints(const struct vpc_names *v, json_t *records, struct err *err)
{
	struct store_docs docs;
	const json_t *entry;
	size_t k;

	if (store_list(v->txn, v->scope, ec2_vpc_endpoint.kind, &docs, err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], "VpcId", ""), vpc_id(v)) != 0)
			continue;
		json_array_foreach(json_get(docs.doc[i], "DnsEntries"), k, entry)
			add_endpoint_name(v, records, docs.doc[i],
			    json_str_or(entry, "DnsName", ""));
	}
	return 0;
}

/* Peers: who lets us resolve his public names as private ones */

static const json_t *
other_side(const struct vpc_names *v, const json_t *peering)
{
	const json_t *requester = json_get(peering, "RequesterVpcInfo"),
		     *accepter = json_get(peering, "AccepterVpcInfo");

	if (strcmp(json_str_or(json_get(peering, "Status"), "Code", ""), "active") != 0)
		return NULL;
	if (strcmp(json_str_or(requester, "VpcId", ""), vpc_id(v)) == 0)
		return accepter;
	return strcmp(json_str_or(accepter, "VpcId", ""), vpc_id(v)) == 0 ? requester :
									    NULL;
}

static int
add_peer(const struct vpc_names *v, json_t *records, const json_t *side, struct err *err)
{
	const char *scope = arena_printf(v->arena, "%s:%s",
	    json_str_or(side, "OwnerId", ""), json_str_or(side, "Region", ""));
	struct store_docs docs;

	if (store_list(v->txn, scope, ec2_network_interface.kind, &docs, err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], "VpcId", ""),
			json_str_or(side, "VpcId", "-")) == 0)
			add_public_names(records, docs.doc[i]);
	}
	return 0;
}

static int
add_peers(const struct vpc_names *v, json_t *records, struct err *err)
{
	struct store_docs docs;

	if (store_list(v->txn, v->scope, PEERING_KIND, &docs, err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		const json_t *side = other_side(v, docs.doc[i]);

		if (json_bool(json_get(side, "PeeringOptions"),
			"AllowDnsResolutionFromRemoteVpc", 0) &&
		    add_peer(v, records, side, err) < 0)
			return -1;
	}
	return 0;
}

/* All of it */

static int
add_reverse_zone(void *arg, const char *cidr)
{
	char zone[NAME_TEXT];
	struct net4 net;

	if (net4_parse(cidr, &net)) {
		plan_reverse_zone(&net, zone);
		if (!json_has_str(arg, zone))
			json_add_str(arg, zone);
	}
	return 0;
}

static json_t *
zones_of(const struct vpc_names *v)
{
	json_t *zones = json_own(v->arena, json_new_array());
	char zone[NAME_TEXT];

	plan_private_zone(v->region, zone);
	json_add_str(zones, zone);
	ec2_vpc_each_cidr(v->vpc, add_reverse_zone, zones);
	for (size_t i = 0; i < COUNT(not_services); i++)
		json_add_str(zones, not_services[i]);
	json_add_str(zones, arena_printf(v->arena, "%s.vpce.amazonaws.com", v->region));
	return zones;
}

/* Names that several interfaces may have: one record with all their addresses. */
static void
add_shared_names(json_t *records, json_t *shared, const json_t *interface)
{
	const char *address = json_str_or(interface, "PrivateIpAddress", "");
	const json_t *v;
	size_t i;

	json_array_foreach(json_get(interface, "_names"), i, v) {
		const char *name = json_string_value(v);
		json_t *record = json_get(shared, name);

		if (record != NULL) {
			json_add_str(json_need_array(record, "values"), address);
			continue;
		}
		add_record(records, name, "A", address);
		record = json_array_get(records, json_array_size(records) - 1);
		json_set(shared, name, json_incref(record));
	}
}

static int
add_records(const struct vpc_names *v, json_t *records, struct err *err)
{
	json_t *shared = json_own(v->arena, json_new_object());
	int has_names = json_bool(v->vpc, "_dns_hostnames", 0);

	for (size_t i = 0; i < v->interfaces.n; i++) {
		const json_t *doc = v->interfaces.doc[i];

		if (json_str(doc, "_name") != NULL)
			add_record(records, json_str(doc, "_name"), "A",
			    json_str_or(doc, "PrivateIpAddress", ""));
		add_shared_names(records, shared, doc);
		if (!has_names || strcmp(json_str_or(doc, "VpcId", ""), vpc_id(v)) != 0)
			continue;
		add_private_names(v, records, doc);
		add_resource_name(v, records, doc);
		add_public_names(records, doc);
		add_public_reverse(records, doc);
	}
	if (has_names && add_peers(v, records, err) < 0)
		return -1;
	return add_endpoints(v, records, err);
}

/* Zones of Route 53; a resolver says when it knows the serial (R53_KNOWN). */
static int
add_route53(const struct vpc_names *v, const char *control, json_t *dns, json_t *records,
    json_t *zones, struct err *err)
{
	const struct r53_view view = {
		.arena = v->arena,
		.txn = v->txn,
		.region = v->region,
		.vpc = vpc_id(v),
		.control = control,
	};
	int64_t serial;

	if (r53_view_add(&view, records, zones, &serial, err) < 0)
		return -1;
	if (serial > 0)
		json_set_int(dns, "serial", serial);
	return 0;
}

json_t *
vpc_names(const struct vpc_names *v, struct err *err)
{
	json_t *dns = json_own(v->arena, json_new_object());
	json_t *records = json_own(v->arena, json_new_array()), *list, *zones;
	char resolver[IP4_TEXT], control[IP4_TEXT];
	struct net4 net = { 0, 0 };

	net4_parse(json_str_or(v->vpc, "CidrBlock", ""), &net);
	ip4_format(vpc_resolver(&net), resolver);
	ip4_format(vpc_control(&net), control);
	zones = zones_of(v);
	if (add_records(v, records, err) < 0 ||
	    add_route53(v, control, dns, records, zones, err) < 0)
		return NULL;
	json_set(dns, "listen",
	    json_bool(v->vpc, "_dns_support", 0) ?
		json_make("[s, s]", resolver, "169.254.169.253") :
		json_new_array());
	json_set_str(dns, "hostname", v->env->settings->hostname);
	json_set_str(dns, "control", control);
	list = json_need_array(dns, "control_zones");
	for (size_t i = 0; aws_suffixes[i] != NULL; i++)
		json_add_str(list, aws_suffixes[i]);
	list = json_need_array(dns, "elsewhere");
	for (size_t i = 0; i < COUNT(elsewhere); i++)
		json_add_str(list, elsewhere[i]);
	json_set_str(dns, "public", v->env->settings->internet_cidr);
	json_set(dns, "records", json_incref(records));
	json_set(dns, "zones", json_incref(zones));
	json_set(dns, "forward", json_make("[s]", "127.0.0.11"));
	return dns;
}
