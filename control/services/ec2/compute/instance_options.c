/*
 * EC2: the options of instances: metadata, placement, capacity, processors, maintenance,
 * bandwidth, names, monitoring.
 *
 * All but the metadata options and the names are kept and shown, and of no other effect.
 */
#include <string.h>

#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/compute/launch.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/network_interface.h"

static const struct err_kind bad_state = { "IncorrectInstanceState", 400 };

/* The instance of InstanceId, a copy to write, that has not ended: 0 or -1. */
static int
edit_alive(struct call *c, json_t **ret)
{
	const char *id = in_str(c, "InstanceId");
	enum instance_state state;

	if (resource_edit(c, &ec2_instance, id, ret) < 0)
		return -1;
	state = instance_state(*ret);
	if (state == STATE_TERMINATED || state == STATE_SHUTTING_DOWN)
		return err_set(&c->err, &bad_state,
		    "The instance '%s' is not in a valid state for this operation.", id);
	return 0;
}

static int
edit_stopped(struct call *c, json_t **ret)
{
	if (edit_alive(c, ret) < 0)
		return -1;
	if (instance_state(*ret) != STATE_STOPPED)
		return err_set(&c->err, &bad_state,
		    "The instance '%s' is not in the 'stopped' state.",
		    in_str(c, "InstanceId"));
	return 0;
}

static int
need_one(struct call *c, const char *const *names)
{
	for (size_t i = 0; names[i] != NULL; i++) {
		if (in_has(c, names[i]))
			return 0;
	}
	return err_set(&c->err, &ec2_missing,
	    "The request must contain at least one of the options to modify.");
}

/* ModifyInstanceMetadataOptions */

int
ec2_check_hops(struct call *c, int64_t hops)
{
	if (hops < 1 || hops > 64)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter HttpPutResponseHopLimit is invalid. The value must be "
		    "between 1 and 64.",
		    (long long)hops);
	return 0;
}

static int
modify_metadata(struct call *c)
{
	static const char *const names[] = { "HttpTokens", "HttpEndpoint",
		"HttpProtocolIpv6", "InstanceMetadataTags" };
	int64_t hops = in_int(c, "HttpPutResponseHopLimit", 1);
	json_t *doc, *options;

	if (edit_alive(c, &doc) < 0 || ec2_check_hops(c, hops) < 0)
		return -1;
	options = json_need_object(doc, "MetadataOptions");
	for (size_t i = 0; i < COUNT(names); i++)
		json_set_str(options, names[i], in_str(c, names[i]));
	if (in_has(c, "HttpPutResponseHopLimit"))
		json_set_int(options, "HttpPutResponseHopLimit", hops);
	json_set_str(options, "State", "applied");
	resource_put(c, &ec2_instance, doc);
	out_str(c, "InstanceId", resource_id(&ec2_instance, doc));
	options = json_copy_deep(options);
	json_set_str(options, "State", "pending");
	out_set(c, "InstanceMetadataOptions", options);
	return 0;
}

/* ModifyInstancePlacement.  Not emulated: groups are those of the launch. */

static int
modify_placement(struct call *c)
{
	static const char *const refused[] = { "GroupName", "GroupId", "PartitionNumber",
		"HostResourceGroupArn", NULL };
	static const char *const names[] = { "Affinity", "HostId", "Tenancy", NULL };
	json_t *doc, *placement, *then;

	if (ec2_refuse(c, refused) < 0 || need_one(c, names) < 0 ||
	    edit_stopped(c, &doc) < 0)
		return -1;
	placement = json_need_object(doc, "Placement");
	then = json_own(c->arena, json_copy_deep(placement));
	for (size_t i = 0; names[i] != NULL; i++)
		json_set_str(then, names[i], in_str(c, names[i]));
	/* EC2 API: an instance on a dedicated host may become dedicated, and the other way. */
	if (in_has(c, "Tenancy") &&
	    (strcmp(json_str_or(placement, "Tenancy", ""), "default") == 0) !=
		(strcmp(in_str(c, "Tenancy"), "default") == 0))
		return err_set(&c->err, &ec2_bad_combination,
		    "The tenancy of the instance '%s' cannot be changed from %s to %s.",
		    resource_id(&ec2_instance, doc),
		    json_str_or(placement, "Tenancy", ""), in_str(c, "Tenancy"));
	if (launch_check_host(c, then) < 0)
		return -1;
	json_set(doc, "Placement", json_incref(then));
	resource_put(c, &ec2_instance, doc);
	out_bool(c, "Return", 1);
	return 0;
}

/* ModifyInstanceCapacityReservationAttributes */

static int
modify_capacity(struct call *c)
{
	const json_t *given = in_object(c, "CapacityReservationSpecification");
	json_t *doc;

	if (edit_stopped(c, &doc) < 0 || instance_check_capacity(c, given) < 0)
		return -1;
	json_set(doc, "CapacityReservationSpecification", instance_capacity(given));
	resource_put(c, &ec2_instance, doc);
	out_bool(c, "Return", 1);
	return 0;
}

/* ModifyInstanceCpuOptions */

static int
modify_cpu(struct call *c)
{
	const struct instance_type *type;
	json_t *doc;

	if (edit_stopped(c, &doc) < 0)
		return -1;
	type = instance_type_find(c->arena, json_str_or(doc, "InstanceType", ""));
	if (in_has(c, "NestedVirtualization") &&
	    strcmp(in_str(c, "NestedVirtualization"), "disabled") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "The instance type '%s' does not support nested virtualization.",
		    type->name);
	if (!in_has(c, "CoreCount") || !in_has(c, "ThreadsPerCore"))
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameters CoreCount and ThreadsPerCore");
	if (instance_check_cpu(c, type, in_int(c, "CoreCount", 0),
		in_int(c, "ThreadsPerCore", 0)) < 0)
		return -1;
	json_set(doc, "CpuOptions", instance_cpu_options(type, c->in));
	resource_put(c, &ec2_instance, doc);
	out_str(c, "InstanceId", resource_id(&ec2_instance, doc));
	out_int(c, "CoreCount", in_int(c, "CoreCount", 0));
	out_int(c, "ThreadsPerCore", in_int(c, "ThreadsPerCore", 0));
	return 0;
}

/* ModifyInstanceMaintenanceOptions */

static int
modify_maintenance(struct call *c)
{
	static const char *const names[] = { "AutoRecovery", "RebootMigration", NULL };
	json_t *doc, *options;

	if (need_one(c, names) < 0 || edit_alive(c, &doc) < 0)
		return -1;
	options = json_need_object(doc, "MaintenanceOptions");
	for (size_t i = 0; names[i] != NULL; i++)
		json_set_str(options, names[i], in_str(c, names[i]));
	resource_put(c, &ec2_instance, doc);
	out_str(c, "InstanceId", resource_id(&ec2_instance, doc));
	for (size_t i = 0; names[i] != NULL; i++)
		out_str(c, names[i], json_str_or(options, names[i], "default"));
	return 0;
}

/* ModifyInstanceNetworkPerformanceOptions */

static int
modify_bandwidth(struct call *c)
{
	const char *weighting = in_str(c, "BandwidthWeighting");
	json_t *doc;

	if (edit_stopped(c, &doc) < 0 ||
	    instance_check_bandwidth(c, json_str_or(doc, "InstanceType", ""), weighting) <
		0)
		return -1;
	json_set(doc, "NetworkPerformanceOptions",
	    json_make("{s:s}", "BandwidthWeighting", weighting));
	resource_put(c, &ec2_instance, doc);
	out_str(c, "InstanceId", resource_id(&ec2_instance, doc));
	out_str(c, "BandwidthWeighting", weighting);
	return 0;
}

/* Host names */

void
instance_set_names(struct call *c, const json_t *instance, json_t *interface)
{
	const json_t *options = json_get(instance, "PrivateDnsNameOptions");
	json_t *row = interface_address(interface, NULL);
	char zone[NAME_TEXT], by_address[NAME_TEXT] = "";
	const char *by_id, *name;
	uint32_t address;

	plan_private_zone(c->region, zone);
	by_id =
	    arena_printf(c->arena, "%s.%s", resource_id(&ec2_instance, instance), zone);
	if (ip4_parse(json_str_or(interface, "PrivateIpAddress", ""), &address))
		plan_private_name(c->region, address, by_address);
	name = strcmp(json_str_or(options, "HostnameType", ""), "resource-name") == 0 ||
		by_address[0] == '\0' ?
	    by_id :
	    by_address;
	json_set_str(interface, "PrivateDnsName", name);
	if (row != NULL)
		json_set_str(row, "PrivateDnsName", name);
	if (json_bool(options, "EnableResourceNameDnsARecord", 0))
		json_set_str(interface, "_resource_name", by_id);
	else
		json_del(interface, "_resource_name");
}

/* Its first interface, and what it shows of that, have the names that its options say. */
static int
rename_instance(struct call *c, json_t *doc)
{
	json_t *row = json_array_get(json_get(doc, "NetworkInterfaces"), 0), *interface;

	if (resource_edit(c, &ec2_network_interface,
		json_str_or(row, "NetworkInterfaceId", ""), &interface) < 0)
		return -1;
	instance_set_names(c, doc, interface);
	resource_put(c, &ec2_network_interface, interface);
	json_set_str(doc, "PrivateDnsName", json_str(interface, "PrivateDnsName"));
	json_set_str(row, "PrivateDnsName", json_str(interface, "PrivateDnsName"));
	json_set(row, "PrivateIpAddresses",
	    json_copy_deep(json_get(interface, "PrivateIpAddresses")));
	return 0;
}

/* ModifyPrivateDnsNameOptions: EC2 API, the type of host name of a stopped instance alone. */

static int
modify_names(struct call *c)
{
	static const char *const switches[] = { "EnableResourceNameDnsARecord",
		"EnableResourceNameDnsAAAARecord" };
	json_t *doc, *options;

	if ((in_has(c, "PrivateDnsHostnameType") ? edit_stopped(c, &doc) :
						   edit_alive(c, &doc)) < 0)
		return -1;
	options = json_need_object(doc, "PrivateDnsNameOptions");
	json_set_str(options, "HostnameType", in_str(c, "PrivateDnsHostnameType"));
	for (size_t i = 0; i < COUNT(switches); i++) {
		if (in_has(c, switches[i]))
			json_set_bool(options, switches[i], in_bool(c, switches[i], 0));
	}
	if (rename_instance(c, doc) < 0)
		return -1;
	resource_put(c, &ec2_instance, doc);
	out_bool(c, "Return", 1);
	return 0;
}

/* MonitorInstances, UnmonitorInstances */

static int
monitor(struct call *c, const char *state, const char *now)
{
	static const char *const refused[] = { "MetricCategoryIds", NULL };
	json_t *list = json_own(c->arena, json_new_array()), *doc;
	const json_t *v;
	size_t i;

	if (ec2_refuse(c, refused) < 0)
		return -1;
	json_array_foreach(in_list(c, "InstanceIds"), i, v) {
		const char *id = json_string_value(v), *said = now;

		if (resource_edit(c, &ec2_instance, id, &doc) < 0)
			return -1;
		if (instance_state(doc) == STATE_TERMINATED)
			return err_set(&c->err, &bad_state,
			    "The instance '%s' is not in a valid state for this operation.",
			    id);
		if (strcmp(json_str_or(json_get(doc, "Monitoring"), "State", ""),
			state) == 0)
			said = state;
		json_set(doc, "Monitoring", json_make("{s:s}", "State", state));
		resource_put(c, &ec2_instance, doc);
		json_add(list,
		    json_make("{s:s, s:{s:s}}", "InstanceId", id, "Monitoring", "State",
			said));
	}
	out_ref(c, "InstanceMonitorings", list);
	return 0;
}

static int
monitor_instances(struct call *c)
{
	return monitor(c, "enabled", "pending");
}

static int
unmonitor_instances(struct call *c)
{
	return monitor(c, "disabled", "disabling");
}

static const struct op ops[] = {
	OP_RES("ModifyInstanceCapacityReservationAttributes", modify_capacity, 0,
	    &ec2_instance, "InstanceId", "Say which capacity a stopped instance uses."),
	OP_RES("ModifyInstanceCpuOptions", modify_cpu, 0, &ec2_instance, "InstanceId",
	    "Set the cores and threads that a stopped instance shows."),
	OP_RES("ModifyInstanceMaintenanceOptions", modify_maintenance, 0, &ec2_instance,
	    "InstanceId", "Set whether an instance recovers by itself."),
	OP_RES("ModifyInstanceMetadataOptions", modify_metadata, 0, &ec2_instance,
	    "InstanceId", "Set how an instance may reach its metadata."),
	OP_RES("ModifyInstanceNetworkPerformanceOptions", modify_bandwidth, 0,
	    &ec2_instance, "InstanceId", "Weigh the bandwidth of a stopped instance."),
	OP_RES("ModifyInstancePlacement", modify_placement, 0, &ec2_instance,
	    "InstanceId", "Set tenancy, host and affinity of a stopped instance."),
	OP_RES("ModifyPrivateDnsNameOptions", modify_names, 0, &ec2_instance,
	    "InstanceId", "Set by which names an instance is found."),
	OP_RES("MonitorInstances", monitor_instances, 0, &ec2_instance, "InstanceIds",
	    "Record detailed monitoring of instances."),
	OP_RES("UnmonitorInstances", unmonitor_instances, 0, &ec2_instance, "InstanceIds",
	    "Record that instances are no longer monitored in detail."),
};
const struct family ec2_instance_options = FAMILY(ops, NULL);
