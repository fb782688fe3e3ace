/*
 * EC2: Dedicated Hosts, as records.
 *
 * A host has as many vCPUs as the greatest size of its family.  Instances that name it are
 * counted against that, and nothing is placed anywhere.  Not emulated: Outposts, SEV-SNP.
 */
#include <string.h>

#include "control/services/ec2/compute/placement.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind not_found = { "InvalidHostID.NotFound", 400 };
static const struct err_kind malformed = { "InvalidHostID.Malformed", 400 };
static const struct err_kind occupied = { "Client.InvalidHost.Occupied", 400 };
static const struct err_kind limit = { "HostLimitExceeded", 400 };

enum { HOSTS_MAX = 64, PAGE_MAX = 500 };

static const struct filter filters[] = {
	{ "auto-placement", "AutoPlacement" },
	{ "availability-zone", "AvailabilityZone" },
	{ "availability-zone-id", "AvailabilityZoneId" },
	{ "client-token", "ClientToken" },
	{ "host-reservation-id", "HostReservationId" },
	{ "instance-type", "HostProperties.InstanceType" },
	{ "outpost-arn", "OutpostArn" },
	{ "state", "State" },
	{ NULL, NULL },
};
static const struct resource host = {
	.service = "ec2",
	.kind = "ec2:dedicated-host",
	.type = "dedicated-host",
	.prefix = "h-",
	.id_member = "HostId",
	.list_member = "Hosts",
	.ids_member = "HostIds",
	.noun = "host ID",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
	.page_min = 5,
	.page_max = PAGE_MAX,
};

/* The greatest size of the family, of those that may be on a host: NULL when there is none. */
static const struct instance_type *
greatest(struct call *c, const char *family)
{
	const struct instance_type *best = NULL;
	size_t n;
	const struct instance_type *all = instance_type_all(c->arena, &n);

	for (size_t i = 0; i < n; i++) {
		const struct instance_type *t = &all[i];

		if (strcmp(t->family->name, family) == 0 && t->family->hosts_from > 0 &&
		    (best == NULL || t->vcpus > best->vcpus))
			best = t;
	}
	return best;
}

/* What is on a host: Sockets, Cores, TotalVCpus; and the type or the family. */
static int
properties(struct call *c, const char *type, const char *family, json_t **ret)
{
	const struct instance_type *t =
	    type != NULL ? instance_type_find(c->arena, type) : NULL;
	const struct instance_type *whole;
	json_t *v;

	if (type != NULL && family != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter instanceType cannot be used with the parameter instanceFamily");
	if (type == NULL && family == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter instanceType or instanceFamily");
	if (type != NULL && t == NULL) {
		instance_type_unknown(c, type);
		return -1;
	}
	whole = greatest(c, t != NULL ? t->family->name : family);
	if (whole == NULL)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.64s) for parameter %s is invalid. Dedicated Hosts do not support it.",
		    type != NULL ? type : family,
		    type != NULL ? "instanceType" : "instanceFamily");
	v = json_own(c->arena,
	    json_make("{s:i, s:I, s:I}", "Sockets", whole->vcpus >= 96 ? 2 : 1, "Cores",
		(json_int_t)instance_type_cores(whole), "TotalVCpus",
		(json_int_t)whole->vcpus));
	json_set_str(v, "InstanceType", type);
	json_set_str(v, "InstanceFamily", t != NULL ? t->family->name : family);
	*ret = v;
	return 0;
}

static void
set_properties(json_t *doc, json_t *v)
{
	json_set(doc, "HostProperties", json_incref(v));
	json_set_str(doc, "AllowsMultipleInstanceTypes",
	    json_get(v, "InstanceType") != NULL ? "off" : "on");
}

/* AllocateHosts */

static int
check_quantity(struct call *c, int64_t quantity)
{
	struct store_docs all;

	if (!in_has(c, "Quantity"))
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter quantity");
	if (quantity < 1)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter quantity is invalid. Value must be greater than 0.",
		    (long long)quantity);
	if (record_list(c, &host, &all) < 0)
		return -1;
	if ((int64_t)all.n + quantity > HOSTS_MAX)
		return err_set(&c->err, &limit, "Dedicated host limit (%d) exceeded.",
		    HOSTS_MAX);
	return 0;
}

static int
allocate(struct call *c)
{
	static const char *const refused[] = { "OutpostArn", "AssetIds", "CpuOptions",
		NULL };
	static const struct record_member members[] = {
		{ "AutoPlacement", NULL, "\"on\"" },
		{ "HostRecovery", NULL, "\"off\"" },
		{ "HostMaintenance", NULL, "\"on\"" },
		{ "ClientToken", NULL, NULL },
		{ NULL, NULL, NULL },
	};
	int64_t quantity = in_int(c, "Quantity", 0);
	json_t *ids = json_own(c->arena, json_new_array()), *props = NULL;
	unsigned zone;

	if (ec2_refuse(c, refused) < 0 || check_quantity(c, quantity) < 0 ||
	    placement_zone(c, &zone) < 0 ||
	    properties(c, in_str(c, "InstanceType"), in_str(c, "InstanceFamily"),
		&props) < 0)
		return -1;
	while (quantity-- > 0) {
		const char *id;
		json_t *doc = record_new(c, &host, "AllocationTime", &id);

		if (doc == NULL)
			return -1;
		json_set_str(doc, "AvailabilityZone", ec2_zone_name(c, zone));
		json_set_str(doc, "AvailabilityZoneId", ec2_zone_id(c, zone));
		json_set_str(doc, "State", "available");
		json_set_bool(doc, "MemberOfServiceLinkedResourceGroup", 0);
		set_properties(doc, props);
		record_fill(c, doc, c->in, members);
		resource_put(c, &host, doc);
		json_add_str(ids, id);
	}
	out_ref(c, "HostIds", ids);
	return 0;
}

/* DescribeHosts: with the instances that are on it, and the room that is left */

struct tenants {
	struct arena *arena;
	const char *host;
	json_t *list;
	int64_t vcpus;
};

static void
add_tenant(void *arg, const json_t *instance)
{
	struct tenants *t = arg;
	const char *type = json_str_or(instance, "InstanceType", "");
	const struct instance_type *found;

	if (strcmp(json_str_or(json_get(instance, "Placement"), "HostId", ""), t->host) !=
	    0)
		return;
	found = instance_type_find(t->arena, type);
	t->vcpus += found != NULL ? found->vcpus : 0;
	json_add(t->list,
	    json_make("{s:s, s:s, s:s*}", "InstanceId",
		json_str_or(instance, "InstanceId", ""), "InstanceType", type, "OwnerId",
		json_str(instance, "OwnerId")));
}

static json_t *
capacity(struct call *c, const json_t *props, int64_t free)
{
	const char *only = json_str(props, "InstanceType"),
		   *family = json_str_or(props, "InstanceFamily", "");
	json_t *v = json_new_object(),
	       *list = json_need_array(v, "AvailableInstanceCapacity");
	int64_t whole = json_int(props, "TotalVCpus", 0);
	size_t n;
	const struct instance_type *all = instance_type_all(c->arena, &n);

	for (size_t i = 0; i < n; i++) {
		if (only != NULL ? strcmp(all[i].name, only) != 0 :
				   strcmp(all[i].family->name, family) != 0)
			continue;
		json_add(list,
		    json_make("{s:s, s:I, s:I}", "InstanceType", all[i].name,
			"AvailableCapacity", (json_int_t)(free / all[i].vcpus),
			"TotalCapacity", (json_int_t)(whole / all[i].vcpus)));
	}
	json_set_int(v, "AvailableVCpus", free);
	return v;
}

static json_t *
show(struct call *c, json_t *stored)
{
	json_t *doc = json_own(c->arena, json_copy_shallow(stored));
	const json_t *props = json_get(doc, "HostProperties");
	struct tenants t = { .arena = c->arena,
		.host = resource_id(&host, doc),
		.list = json_own(c->arena, json_new_array()) };
	int64_t free;

	if (record_is_retired(doc) || placement_each_instance(c, add_tenant, &t) < 0)
		return doc;
	free = json_int(props, "TotalVCpus", 0) - t.vcpus;
	json_set(doc, "Instances", json_incref(t.list));
	json_set(doc, "AvailableCapacity", capacity(c, props, free > 0 ? free : 0));
	return doc;
}

static int
describe(struct call *c)
{
	return record_describe_as(c, show);
}

/* ModifyHosts, ReleaseHosts: each host for itself */

static int
modify_one(struct call *c, const char *id)
{
	static const struct record_member members[] = {
		{ "AutoPlacement", NULL, NULL },
		{ "HostRecovery", NULL, NULL },
		{ "HostMaintenance", NULL, NULL },
		{ NULL, NULL, NULL },
	};
	const char *type = in_str(c, "InstanceType"),
		   *family = in_str(c, "InstanceFamily");
	const char *had;
	json_t *doc, *props = NULL;

	if (record_edit(c, &host, id, &doc) < 0)
		return -1;
	if (type != NULL || family != NULL) {
		had = json_str_or(json_get(doc, "HostProperties"), "InstanceFamily", "");
		if (properties(c, type, family, &props) < 0)
			return -1;
		if (strcmp(had, json_str_or(props, "InstanceFamily", "")) != 0)
			return err_set(&c->err, &ec2_bad_value,
			    "The host '%s' is of the instance family %s, which cannot be changed.",
			    id, had);
		set_properties(doc, props);
	}
	record_change(doc, c->in, members);
	resource_put(c, &host, doc);
	return 0;
}

static int
release_one(struct call *c, const char *id)
{
	struct tenants t = { .arena = c->arena,
		.host = id,
		.list = json_own(c->arena, json_new_array()) };
	json_t *doc;

	if (record_edit(c, &host, id, &doc) < 0 ||
	    placement_each_instance(c, add_tenant, &t) < 0)
		return -1;
	if (json_array_size(t.list) > 0)
		return err_set(&c->err, &occupied,
		    "Dedicated host '%s' cannot be released as it is occupied", id);
	json_set_str(doc, "State", "released");
	json_set(doc, "ReleaseTime", call_now(c));
	return record_retire(c, &host, doc);
}

static int
each_host(struct call *c, int (*one)(struct call *c, const char *id))
{
	json_t *good = json_own(c->arena, json_new_array()),
	       *bad = json_own(c->arena, json_new_array());
	const json_t *id;
	size_t i;

	json_array_foreach(in_list(c, "HostIds"), i, id) {
		if (one(c, json_string_value(id)) == 0)
			json_add_str(good, json_string_value(id));
		else if (c->err.kind->status >= 500)
			return -1;
		else
			record_unsuccessful(c, bad, json_string_value(id));
	}
	out_ref(c, "Successful", good);
	out_ref(c, "Unsuccessful", bad);
	return 0;
}

static int
modify(struct call *c)
{
	if (in_has(c, "InstanceType") && in_has(c, "InstanceFamily"))
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter instanceType cannot be used with the parameter instanceFamily");
	return each_host(c, modify_one);
}

static int
release(struct call *c)
{
	return each_host(c, release_one);
}

static const struct op ops[] = {
	OP_RES("AllocateHosts", allocate, OP_TOKEN, &host, NULL,
	    "Allocate Dedicated Hosts: records."),
	OP_RES("DescribeHosts", describe, OP_READ, &host, NULL, "List Dedicated Hosts."),
	OP_RES("ModifyHosts", modify, 0, &host, "HostIds",
	    "Change attributes of Dedicated Hosts."),
	OP_RES("ReleaseHosts", release, 0, &host, "HostIds",
	    "Release Dedicated Hosts that have no instances."),
};
static const struct resource *const resources[] = { &host, NULL };
const struct family ec2_dedicated_hosts = FAMILY(ops, resources);
