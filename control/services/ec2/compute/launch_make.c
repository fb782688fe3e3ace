/*
 * EC2: the instance that comes of what RunInstances was asked for.
 */
#include <string.h>

#include "base/enc.h"
#include "control/services/ec2/compute/launch.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/volume.h"

/* EC2 API: InstanceMetadataOptionsResponse, with AWS's defaults. */
static json_t *
metadata_options(const struct call *c)
{
	static const struct {
		const char *name, *def;
	} rows[] = { { "HttpTokens", "optional" }, { "HttpEndpoint", "enabled" },
		{ "HttpProtocolIpv6", "disabled" },
		{ "InstanceMetadataTags", "disabled" } };
	const json_t *given = in_object(c, "MetadataOptions");
	json_t *v = json_new_object();

	json_set_str(v, "State", "applied");
	for (size_t i = 0; i < COUNT(rows); i++)
		json_set_str(v, rows[i].name,
		    json_str_or(given, rows[i].name, rows[i].def));
	json_set_int(v, "HttpPutResponseHopLimit",
	    json_int(given, "HttpPutResponseHopLimit", 1));
	return v;
}

/* The interface as the instance shows it. */
static json_t *
interface_row(struct call *c, json_t *interface)
{
	static const char *const same[] = { "NetworkInterfaceId", "SubnetId", "VpcId",
		"Description", "OwnerId", "MacAddress", "PrivateIpAddress",
		"PrivateDnsName", "SourceDestCheck", "Groups", "PrivateIpAddresses",
		"InterfaceType", "Ipv6Addresses" };
	json_t *row = json_new_object(), *attachment = json_get(interface, "Attachment");

	for (size_t i = 0; i < COUNT(same); i++)
		json_set(row, same[i], json_copy_deep(json_get(interface, same[i])));
	json_set_str(row, "Status", "in-use");
	json_set(row, "Attachment",
	    json_make("{s:s, s:i, s:b, s:s, s:i, s:o}", "AttachmentId",
		json_str_or(attachment, "AttachmentId", ""), "DeviceIndex", 0,
		"DeleteOnTermination", 1, "Status", "attached", "NetworkCardIndex", 0,
		"AttachTime", call_now(c)));
	return row;
}

static json_t *
make_interface(struct call *c, const struct launch *l, const char *instance)
{
	const struct ec2_interface_spec spec = {
		.subnet = l->subnet,
		.address = l->address,
		.description = l->interface_description,
		.groups = l->groups,
		.delete_on_termination = 1,
	};
	json_t *doc = ec2_interface_make(c, &spec);
	char hex[18];

	if (doc == NULL)
		return NULL;
	random_hex(hex, 17);
	json_set_str(doc, "Status", "in-use");
	json_set(doc, "Attachment",
	    json_make("{s:o, s:i, s:s, s:s, s:b, s:s, s:i, s:o}", "AttachmentId",
		json_new_fmt("eni-attach-%s", hex), "DeviceIndex", 0, "InstanceId",
		instance, "InstanceOwnerId", c->account, "DeleteOnTermination", 1,
		"Status", "attached", "NetworkCardIndex", 0, "AttachTime", call_now(c)));
	if (l->interface_tags != NULL)
		json_set(doc, "TagSet", json_copy_deep(l->interface_tags));
	return doc;
}

/* What AWS says of every instance of the kind that we have. */
static void
set_constants(struct call *c, json_t *doc)
{
	json_set_str(doc, "RootDeviceType", "ebs");
	json_set(doc, "BlockDeviceMappings", json_new_array());
	json_set(doc, "ProductCodes", json_new_array());
	json_set_str(doc, "VirtualizationType", "hvm");
	json_set_str(doc, "Hypervisor", "xen");
	json_set_bool(doc, "EnaSupport", 1);
	json_set_str(doc, "PlatformDetails", "Linux/UNIX");
	json_set_str(doc, "UsageOperation", "RunInstances");
	json_set(doc, "UsageOperationUpdateTime", call_now(c));
	json_set_str(doc, "CurrentInstanceBootMode", "legacy-bios");
	json_set(doc, "CapacityReservationSpecification",
	    json_make("{s:s}", "CapacityReservationPreference", "open"));
}

/* What was asked for and is only kept and shown. */
static void
set_options(struct call *c, json_t *doc, const struct launch *l)
{
	const json_t *placement = in_object(c, "Placement"),
		     *cpu = in_object(c, "CpuOptions");

	json_set(doc, "Placement",
	    json_make("{s:s, s:s, s:s}", "AvailabilityZone",
		json_str_or(l->subnet, "AvailabilityZone", ""), "GroupName",
		json_str_or(placement, "GroupName", ""), "Tenancy",
		json_str_or(placement, "Tenancy", "default")));
	json_set(doc, "Monitoring",
	    json_make("{s:s}", "State",
		json_bool(in_object(c, "Monitoring"), "Enabled", 0) ? "enabled" :
								      "disabled"));
	json_set_bool(doc, "EbsOptimized", in_bool(c, "EbsOptimized", 0));
	json_set(doc, "CpuOptions",
	    json_make("{s:I, s:I}", "CoreCount",
		json_int(cpu, "CoreCount", l->type->vcpus > 1 ? l->type->vcpus / 2 : 1),
		"ThreadsPerCore",
		json_int(cpu, "ThreadsPerCore", l->type->vcpus > 1 ? 2 : 1)));
	json_set(doc, "HibernationOptions", json_make("{s:b}", "Configured", 0));
	json_set(doc, "EnclaveOptions", json_make("{s:b}", "Enabled", 0));
	json_set(doc, "MaintenanceOptions",
	    json_make("{s:s, s:s}", "AutoRecovery",
		json_str_or(in_object(c, "MaintenanceOptions"), "AutoRecovery",
		    "default"),
		"RebootMigration", "default"));
	json_set(doc, "PrivateDnsNameOptions",
	    json_make("{s:s, s:b, s:b}", "HostnameType", "ip-name",
		"EnableResourceNameDnsARecord", 0, "EnableResourceNameDnsAAAARecord", 0));
	json_set(doc, "MetadataOptions", metadata_options(c));
	json_set_str(doc, "ClientToken", json_str_or(c->in, "ClientToken", ""));
	json_set_bool(doc, "_termination_protected",
	    in_bool(c, "DisableApiTermination", 0));
	json_set_bool(doc, "_stop_protected", in_bool(c, "DisableApiStop", 0));
	json_set_str(doc, "_shutdown_behavior",
	    json_str_or(c->in, "InstanceInitiatedShutdownBehavior", "stop"));
	json_set_str(doc, "_credits",
	    json_str(in_object(c, "CreditSpecification"), "CpuCredits"));
}

static void
set_identity(struct call *c, json_t *doc, const struct launch *l, const char *reservation,
    int64_t i)
{
	json_set_str(doc, "_account", c->account);
	json_set_str(doc, "_reservation", reservation);
	json_set_str(doc, "_want", "running");
	json_set_str(doc, "_image", json_str(l->image, "_docker_image"));
	json_set_str(doc, "_image_name",
	    json_str_or(l->image, "_catalogue_name", json_str(l->image, "Name")));
	json_set_str(doc, "_user_data", l->user_data);
	json_set_str(doc, "ImageId", json_str(l->image, "ImageId"));
	json_set_str(doc, "RootDeviceName", json_str(l->image, "RootDeviceName"));
	json_set_str(doc, "InstanceType", l->type->name);
	json_set_str(doc, "Architecture",
	    json_str_or(l->image, "Architecture", "x86_64"));
	json_set_str(doc, "KeyName", l->key_name);
	json_set_int(doc, "AmiLaunchIndex", i);
	json_set(doc, "LaunchTime", call_now(c));
	if (l->profile != NULL) {
		json_set_str(doc, "_profile",
		    json_str(l->profile, "InstanceProfileName"));
		json_set(doc, "IamInstanceProfile",
		    json_make("{s:s, s:s}", "Arn", json_str_or(l->profile, "Arn", ""),
			"Id", json_str_or(l->profile, "InstanceProfileId", "")));
	}
}

static void
set_network(struct call *c, json_t *doc, const struct launch *l, json_t *interface)
{
	json_t *rows = json_new_array();

	json_add(rows, interface_row(c, interface));
	json_set_str(doc, "SubnetId", resource_id(&ec2_subnet, l->subnet));
	json_set_str(doc, "VpcId", json_str(l->subnet, "VpcId"));
	json_set_str(doc, "PrivateIpAddress", json_str(interface, "PrivateIpAddress"));
	json_set_str(doc, "PrivateDnsName", json_str(interface, "PrivateDnsName"));
	json_set_str(doc, "PublicDnsName", "");
	json_set_bool(doc, "SourceDestCheck", 1);
	json_set(doc, "SecurityGroups", json_copy_deep(l->groups));
	json_set(doc, "NetworkInterfaces", rows);
	json_set_bool(doc, "_public", l->public_address);
}

json_t *
launch_make(struct call *c, const struct launch *l, const char *reservation, int64_t i)
{
	json_t *doc = json_own(c->arena, json_new_object()), *interface;
	const char *id;
	char hex[18];

	random_hex(hex, 17);
	id = arena_printf(c->arena, "i-%s", hex);
	interface = make_interface(c, l, id);
	if (interface == NULL)
		return NULL;
	json_set_str(doc, "InstanceId", id);
	instance_set_state(doc, STATE_PENDING);
	instance_set_reason(doc, NULL, NULL, "");
	set_identity(c, doc, l, reservation, i);
	set_constants(c, doc);
	set_options(c, doc, l);
	set_network(c, doc, l, interface);
	if (ec2_volumes_launch(c, doc, l->mappings, l->volume_tags) < 0)
		return NULL;
	json_set(doc, "Tags",
	    l->tags != NULL ? json_copy_deep(l->tags) : json_new_array());
	resource_put(c, &ec2_instance, doc);
	if (l->public_address && instance_assign_public(c, doc) < 0)
		return NULL;
	/* The association rewrote it. */
	return resource_get(c, &ec2_instance, id, &doc) < 0 ? NULL : doc;
}
