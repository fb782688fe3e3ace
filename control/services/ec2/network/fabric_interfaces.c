/*
 * EC2: the network interfaces of the fabric's document (fabric_document.h).
 */
#include <string.h>

#include "control/services/ec2/network/fabric_parts.h"
#include "control/services/ec2/network/public_shared.h"

/* On what an interface is. */
struct place {
	const char *kind, *owner; /* owner: "i-…", "nat-…", "vpce-…", "" */
	int64_t device;
};

static int
starts(const char *id, const char *prefix)
{
	return strncmp(id, prefix, strlen(prefix)) == 0;
}

/* An endpoint for a service of AWS's leads to control; behind a user's own there is nothing. */
static int
is_answered(const json_t *endpoint)
{
	return strcmp(json_str_or(endpoint, "VpcEndpointType", ""), "Interface") == 0 &&
	    json_get(endpoint, "_service") == NULL;
}

static struct place
place_of(const struct fabric_build *b, const json_t *doc)
{
	const json_t *attachment = json_get(doc, "Attachment");
	const char *instance = json_str(attachment, "InstanceId"),
		   *workload = json_str(doc, "_workload");
	struct place p = { .kind = "none", .owner = instance };

	if (instance != NULL) {
		p.device = json_int(attachment, "DeviceIndex", 0);
		/* What is detached goes from its container at once. */
		if (strcmp(json_str_or(attachment, "Status", ""), "detaching") != 0)
			p.kind = "container";
		return p;
	}
	if (workload != NULL)
		return (
		    struct place){ "container", workload, json_int(doc, "_device", 0) };
	p.owner = json_str_or(b->owners, json_str_or(doc, "NetworkInterfaceId", ""), "");
	if (starts(p.owner, "nat-"))
		p.kind = "nat";
	else if (starts(p.owner, "vpce-") && is_answered(fabric_doc(b, p.owner)))
		p.kind = "router";
	return p;
}

/* "/24" of "10.0.1.0/24". */
static const char *
length_of(const char *cidr, const char *def)
{
	const char *slash = cidr != NULL ? strchr(cidr, '/') : NULL;

	return slash != NULL ? slash : def;
}

/* Those of IPv6 have no other address on the internet. */
static void
add_addresses(json_t *v, const json_t *doc, const json_t *subnet)
{
	const char *len = length_of(json_str(subnet, "CidrBlock"), "/32"),
		   *len6 = length_of(fabric_cidr6_of(subnet), "/64");
	json_t *addresses = json_need_array(v, "addresses");
	json_t *public = json_need_object(v, "public");
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(doc, "PrivateIpAddresses"), i, row) {
		const char *address = json_str_or(row, "PrivateIpAddress", "");

		json_add(addresses, json_new_fmt("%s%s", address, len));
		json_set_str(public, address, public_shared_of(doc, row));
	}
	json_array_foreach(json_get(doc, "Ipv6Addresses"), i, row)
		json_add(addresses,
		    json_new_fmt("%s%s", json_str_or(row, "Ipv6Address", ""), len6));
}

static int
is_logged(const struct fabric_build *b, const json_t *doc)
{
	static const char *const members[] = { "NetworkInterfaceId", "SubnetId",
		"VpcId" };

	for (size_t i = 0; i < COUNT(members); i++) {
		if (json_get(b->logged, json_str_or(doc, members[i], "")) != NULL)
			return 1;
	}
	return 0;
}

/*
 * A network load balancer without security groups lets everything in ("Security groups for your Network Load
 * Balancer"): a group of its own says so.
 */
static void
add_open_group(struct fabric_build *b, const json_t *doc, json_t *groups)
{
	const char *id =
	    arena_printf(b->arena, "open-%s", json_str_or(doc, "NetworkInterfaceId", ""));
	json_t *v;

	if (strcmp(json_str_or(doc, "InterfaceType", ""), "network_load_balancer") != 0)
		return;
	v = json_add_object(json_get(b->out, "groups"));
	json_set_str(v, "id", id);
	json_set_str(v, "vpc", json_str(doc, "VpcId"));
	json_set(v, "ingress",
	    json_make("[{s:s, s:i, s:s}]", "id", id, "protocol", -1, "cidr",
		"0.0.0.0/0"));
	json_set(v, "egress", json_copy_deep(json_get(v, "ingress")));
	json_add_str(groups, id);
}

/* Nodes of one cluster reach one another on their port, as the service itself lets them: a group of their own. */
static void
add_cohort(struct fabric_build *b, const json_t *doc, json_t *groups)
{
	const char *cohort = json_str(doc, "_cohort"),
		   *vpc = json_str_or(doc, "VpcId", "");
	int64_t port = json_int(doc, "_cohort_port", 0);
	json_t *all = json_get(b->out, "groups"), *v;
	const char *id;
	size_t i;

	if (cohort == NULL)
		return;
	id = arena_printf(b->arena, "cohort-%s-%s", cohort, vpc);
	json_add_str(groups, id);
	json_array_foreach(all, i, v) {
		if (strcmp(json_str_or(v, "id", ""), id) == 0)
			return;
	}
	v = json_add_object(all);
	json_set_str(v, "id", id);
	json_set_str(v, "vpc", vpc);
	for (i = 0; i < 2; i++)
		json_add(json_need_array(v, i == 0 ? "ingress" : "egress"),
		    json_make("{s:s, s:i, s:I, s:I, s:s}", "id", id, "protocol", 6,
			"from", (json_int_t)port, "to", (json_int_t)port, "group", id));
}

static void
add_interface(struct fabric_build *b, const json_t *doc)
{
	const json_t *subnet = fabric_doc(b, json_str(doc, "SubnetId")), *group;
	const char *vpc = json_str_or(doc, "VpcId", "");
	struct place p = place_of(b, doc);
	json_t *v, *groups;
	size_t i;

	if (subnet == NULL || json_get(b->told, vpc) == NULL)
		return;
	v = json_add_object(json_get(b->out, "enis"));
	json_set_str(v, "id", json_str(doc, "NetworkInterfaceId"));
	json_set_str(v, "kind", p.kind);
	json_set_str(v, "owner", p.owner);
	json_set_str(v, "vpc", vpc);
	json_set_str(v, "subnet", json_str(doc, "SubnetId"));
	if (strcmp(p.kind, "container") == 0 || strcmp(p.kind, "nat") == 0) {
		json_set_fmt(v, "container", "%s-%s", b->env->settings->instance,
		    p.owner);
		json_set_fmt(v, "device", "eth%lld", (long long)p.device);
		json_set_str(v, "mac", json_str(doc, "MacAddress"));
	}
	add_addresses(v, doc, subnet);
	json_set_str(v, "gateway", fabric_gateway(b, subnet));
	groups = json_need_array(v, "groups");
	json_array_foreach(json_get(doc, "Groups"), i, group)
		json_add_str(groups, json_str_or(group, "GroupId", ""));
	if (json_array_size(groups) == 0)
		add_open_group(b, doc, groups);
	add_cohort(b, doc, groups);
	json_set_bool(v, "source_dest_check", json_bool(doc, "SourceDestCheck", 1));
	json_set_bool(v, "flow_log", is_logged(b, doc));
}

void
fabric_add_interfaces(struct fabric_build *b)
{
	for (size_t i = 0; i < b->docs[OF_INTERFACE].n; i++)
		add_interface(b, b->docs[OF_INTERFACE].doc[i]);
}
