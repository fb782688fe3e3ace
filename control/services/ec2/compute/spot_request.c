/*
 * EC2: spot requests are made, cancelled and described here; see spot_converge.c.
 *
 * Not emulated: BlockDurationMinutes (AWS gave it up); LaunchGroup and AvailabilityZoneGroup are
 * kept and shown, since all is launched and nothing interrupted.
 */
#include <string.h>

#include "control/api/converge.h"
#include "control/api/tags.h"
#include "control/services/ec2/compute/launch.h"
#include "control/services/ec2/compute/spot.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind not_found = { "InvalidSpotInstanceRequestID.NotFound", 400 };
static const struct err_kind malformed = { "InvalidSpotInstanceRequestID.Malformed",
	400 };
static const struct err_kind too_many = { "MaxSpotInstanceCountExceeded", 400 };

static const struct filter filters[] = {
	{ "availability-zone-group", "AvailabilityZoneGroup" },
	{ "create-time", "CreateTime" },
	{ "fault-code", "Fault.Code" },
	{ "fault-message", "Fault.Message" },
	{ "instance-id", "InstanceId" },
	{ "launch-group", "LaunchGroup" },
	{ "launch.block-device-mapping.delete-on-termination",
	    "LaunchSpecification.BlockDeviceMappings.Ebs.DeleteOnTermination" },
	{ "launch.block-device-mapping.device-name",
	    "LaunchSpecification.BlockDeviceMappings.DeviceName" },
	{ "launch.block-device-mapping.snapshot-id",
	    "LaunchSpecification.BlockDeviceMappings.Ebs.SnapshotId" },
	{ "launch.block-device-mapping.volume-size",
	    "LaunchSpecification.BlockDeviceMappings.Ebs.VolumeSize" },
	{ "launch.block-device-mapping.volume-type",
	    "LaunchSpecification.BlockDeviceMappings.Ebs.VolumeType" },
	{ "launch.group-id", "LaunchSpecification.SecurityGroups.GroupId" },
	{ "launch.group-name", "LaunchSpecification.SecurityGroups.GroupName" },
	{ "launch.image-id", "LaunchSpecification.ImageId" },
	{ "launch.instance-type", "LaunchSpecification.InstanceType" },
	{ "launch.kernel-id", "LaunchSpecification.KernelId" },
	{ "launch.key-name", "LaunchSpecification.KeyName" },
	{ "launch.monitoring-enabled", "LaunchSpecification.Monitoring.Enabled" },
	{ "launch.ramdisk-id", "LaunchSpecification.RamdiskId" },
	{ "launched-availability-zone", "LaunchedAvailabilityZone" },
	{ "launched-availability-zone-id", "LaunchedAvailabilityZoneId" },
	{ "network-interface.addresses.primary",
	    "LaunchSpecification.NetworkInterfaces.PrivateIpAddresses.Primary" },
	{ "network-interface.delete-on-termination",
	    "LaunchSpecification.NetworkInterfaces.DeleteOnTermination" },
	{ "network-interface.description",
	    "LaunchSpecification.NetworkInterfaces.Description" },
	{ "network-interface.device-index",
	    "LaunchSpecification.NetworkInterfaces.DeviceIndex" },
	{ "network-interface.group-id", "LaunchSpecification.NetworkInterfaces.Groups" },
	{ "network-interface.network-interface-id",
	    "LaunchSpecification.NetworkInterfaces.NetworkInterfaceId" },
	{ "network-interface.private-ip-address",
	    "LaunchSpecification.NetworkInterfaces.PrivateIpAddresses.PrivateIpAddress" },
	{ "network-interface.subnet-id",
	    "LaunchSpecification.NetworkInterfaces.SubnetId" },
	{ "product-description", "ProductDescription" },
	{ "spot-instance-request-id", "SpotInstanceRequestId" },
	{ "spot-price", "SpotPrice" },
	{ "state", "State" },
	{ "status-code", "Status.Code" },
	{ "status-message", "Status.Message" },
	{ "type", "Type" },
	{ "valid-from", "ValidFrom" },
	{ "valid-until", "ValidUntil" },
	{ NULL, NULL },
};

/* An instance has changed: its request follows. */
static int
instance_changed(struct converge *cv, struct err *err UNUSED)
{
	const char *id = json_str(cv->doc, "SpotInstanceRequestId");

	if (id != NULL)
		cv->wake(cv, cv->scope, ec2_spot_request.kind, id);
	return 0;
}

static const struct watch watches[] = { { "ec2:instance", instance_changed },
	{ NULL, NULL } };

const struct resource ec2_spot_request = {
	.service = "ec2",
	.kind = "ec2:spot-instances-request",
	.type = "spot-instances-request",
	.prefix = "sir-",
	.id_member = "SpotInstanceRequestId",
	.list_member = "SpotInstanceRequests",
	.ids_member = "SpotInstanceRequestIds",
	.noun = "spot instance request ID",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
	.converge = spot_converge,
	.watches = watches,
};

/* RequestSpotInstances */

static int
check_times(struct call *c)
{
	const json_t *from = json_get(c->in, "ValidFrom"),
		     *until = json_get(c->in, "ValidUntil");
	double least = (double)c->now_ms / 1000;

	if (until == NULL)
		return 0;
	if (from != NULL && json_number_value(from) > least)
		least = json_number_value(from);
	if (json_number_value(until) <= least)
		return err_set(&c->err, &ec2_bad_value,
		    "The parameter validUntil is invalid. It must be in the future, and later "
		    "than validFrom.");
	return 0;
}

static int
check_terms(struct call *c, int64_t count)
{
	const char *type = json_str_or(c->in, "Type", "one-time");
	const char *behavior =
	    json_str_or(c->in, "InstanceInterruptionBehavior", "terminate");

	if (count < 1)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter instanceCount is invalid. Value must be greater than 0.",
		    (long long)count);
	if (count > LAUNCH_MAX)
		return err_set(&c->err, &too_many,
		    "Max spot instance count exceeded: at most %d may be requested at once.",
		    LAUNCH_MAX);
	if (strcmp(behavior, "terminate") != 0 && strcmp(type, "persistent") != 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "The instance interruption behavior '%s' is only supported for persistent "
		    "Spot requests.",
		    behavior);
	return spot_check_price(c, "spotPrice", in_str(c, "SpotPrice")) < 0 ?
	    -1 :
	    check_times(c);
}

/* The specification as RunInstances' input; what that does not have is refused. */
static int
read_specification(struct call *c, json_t **ret)
{
	static const char *const known[] = { "SecurityGroupIds", "SecurityGroups",
		"BlockDeviceMappings", "EbsOptimized", "IamInstanceProfile", "ImageId",
		"InstanceType", "KernelId", "KeyName", "Monitoring", "NetworkInterfaces",
		"Placement", "RamdiskId", "SubnetId", "UserData", NULL };
	json_t *spec = in_object(c, "LaunchSpecification");

	if (spec == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter LaunchSpecification");
	if (ec2_refuse_members(c, "LaunchSpecification", spec, known) < 0)
		return -1;
	*ret = json_own(c->arena, json_copy_shallow(spec));
	return 0;
}

static json_t *
make(struct call *c, json_t *request, const struct launch *l, const json_t *tags)
{
	static const char *const same[] = { "ValidFrom", "ValidUntil", "LaunchGroup",
		"AvailabilityZoneGroup" };
	json_t *doc = spot_request_new(c, l, in_str(c, "SpotPrice"));
	double from = json_num(c->in, "ValidFrom", 0) * 1000;

	json_set_str(doc, "Type", json_str_or(c->in, "Type", "one-time"));
	json_set_str(doc, "InstanceInterruptionBehavior",
	    json_str_or(c->in, "InstanceInterruptionBehavior", "terminate"));
	for (size_t i = 0; i < COUNT(same); i++) {
		if (in_has(c, same[i]))
			json_set(doc, same[i], json_incref(json_get(c->in, same[i])));
	}
	spot_set_status(c, doc, "open",
	    from > (double)c->now_ms ? "not-scheduled-yet" : "pending-evaluation");
	json_set(doc, "LaunchSpecification",
	    json_incref(spot_specification(c, request, l)));
	json_set(doc, "_request", json_incref(request));
	json_set(doc, "Tags", tags != NULL ? json_copy_deep(tags) : json_new_array());
	resource_put(c, &ec2_spot_request, doc);
	return doc;
}

static int
request_spot_instances(struct call *c)
{
	static const char *const refused[] = { "BlockDurationMinutes", NULL };
	static const char *const types[] = { "spot-instances-request", NULL };
	int64_t count = in_int(c, "InstanceCount", 1);
	json_t *list = json_own(c->arena, json_new_array()), *request, *check, *tags;
	struct launch l;

	if (ec2_refuse(c, refused) < 0 || check_terms(c, count) < 0 ||
	    read_specification(c, &request) < 0 ||
	    tags_from_specifications(c, types, types[0], &tags) < 0)
		return -1;
	check = json_own(c->arena, json_copy_shallow(request));
	json_set(check, "InstanceMarketOptions",
	    json_make("{s:s}", "MarketType", "spot"));
	if (launch_run(c, check, &l, NULL) < 0)
		return -1;
	for (int64_t i = 0; i < count; i++)
		json_add(list, json_incref(make(c, request, &l, tags)));
	out_ref(c, "SpotInstanceRequests", list);
	return 0;
}

/* CancelSpotInstanceRequests */

static int
cancel(struct call *c, const char *id, const char **ret)
{
	json_t *doc;

	if (resource_edit(c, &ec2_spot_request, id, &doc) < 0)
		return -1;
	*ret = json_str_or(doc, "State", "");
	if (strcmp(*ret, "failed") == 0)
		*ret = "completed";
	if (record_is_retired(doc) || strcmp(*ret, "cancelled") == 0)
		return 0;
	*ret = "cancelled";
	if (json_get(doc, "InstanceId") == NULL) {
		spot_set_status(c, doc, "cancelled", "canceled-before-fulfillment");
		return record_retire(c, &ec2_spot_request, doc);
	}
	spot_set_status(c, doc, "cancelled", "request-canceled-and-instance-running");
	resource_put(c, &ec2_spot_request, doc);
	return 0;
}

static int
cancel_spot_instance_requests(struct call *c)
{
	json_t *list = json_own(c->arena, json_new_array());
	const json_t *v;
	const char *state;
	size_t i;

	json_array_foreach(in_list(c, "SpotInstanceRequestIds"), i, v) {
		if (cancel(c, json_string_value(v), &state) < 0)
			return -1;
		json_add(list,
		    json_make("{s:s, s:s}", "SpotInstanceRequestId", json_string_value(v),
			"State", state));
	}
	out_ref(c, "CancelledSpotInstanceRequests", list);
	return 0;
}

static const struct op ops[] = {
	OP_RES("CancelSpotInstanceRequests", cancel_spot_instance_requests, 0,
	    &ec2_spot_request, "SpotInstanceRequestIds",
	    "Cancel spot requests; their instances go on."),
	OP_RES("DescribeSpotInstanceRequests", record_describe, OP_READ,
	    &ec2_spot_request, NULL, "List spot requests."),
	OP_RES("RequestSpotInstances", request_spot_instances, OP_TOKEN,
	    &ec2_spot_request, NULL, "Ask for spot instances, which are launched."),
};
static const struct resource *const resources[] = { &ec2_spot_request, NULL };
const struct family ec2_spot_requests = FAMILY(ops, resources);
