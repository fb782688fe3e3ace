#include "control/services/ec2/compute/launch.h"

#include <string.h>

#include "base/enc.h"
#include "control/api/tags.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/volume.h"

static const struct err_kind bad_key = { "InvalidKeyPair.NotFound", 400 };
static const struct err_kind no_default = { "VPCIdNotSpecified", 400 };
static const struct err_kind no_subnet = { "MissingInput", 400 };
static const struct err_kind bad_user_data = { "InvalidParameterValue", 400 };

/* The one interface that may be spelled out, or NULL. */
static int
read_interface(struct call *c, const json_t **ret)
{
	static const char *const known[] = { "DeviceIndex", "SubnetId", "Groups",
		"AssociatePublicIpAddress", "PrivateIpAddress", "Description",
		"DeleteOnTermination", "NetworkCardIndex", "InterfaceType", NULL };
	json_t *list = in_list(c, "NetworkInterfaces"), *row;

	*ret = NULL;
	if (json_array_size(list) == 0)
		return 0;
	row = json_array_get(list, 0);
	if (json_get(row, "DeviceIndex") == NULL)
		return err_set(&c->err, &ec2_bad_value,
		    "Each network interface requires a device index.");
	if (json_array_size(list) > 1 || json_int(row, "DeviceIndex", 0) != 0 ||
	    json_int(row, "NetworkCardIndex", 0) != 0 ||
	    strcmp(json_str_or(row, "InterfaceType", "interface"), "interface") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "One network interface, with device index 0, can be given here.");
	if (!json_bool(row, "DeleteOnTermination", 1))
		return err_set(&c->err, &ec2_unsupported,
		    "Interfaces that outlive their instance are not supported here.");
	if (ec2_refuse_members(c, "NetworkInterface", row, known) < 0)
		return -1;
	if (in_has(c, "SubnetId") || in_has(c, "SecurityGroupIds") ||
	    in_has(c, "SecurityGroups") || in_has(c, "PrivateIpAddress"))
		return err_set(&c->err, &ec2_bad_combination,
		    "Network interfaces and an instance-level subnet ID, security groups or "
		    "private IP address may not be specified on the same request");
	*ret = row;
	return 0;
}

/* The default subnet of the zone (or of any), as AWS chooses when none is given. */
static int
default_subnet(struct call *c, json_t **ret)
{
	const char *zone = json_str(in_object(c, "Placement"), "AvailabilityZone");
	struct store_docs all;
	json_t *vpc;
	int rc;

	if (resource_list(c, &ec2_subnet, &all) < 0)
		return -1;
	*ret = NULL;
	for (size_t i = 0; i < all.n; i++) {
		const char *of = json_str_or(all.doc[i], "AvailabilityZone", "");

		if (!json_bool(all.doc[i], "DefaultForAz", 0) ||
		    (zone != NULL && strcmp(zone, of) != 0))
			continue;
		if (*ret == NULL ||
		    strcmp(of, json_str_or(*ret, "AvailabilityZone", "")) < 0)
			*ret = all.doc[i];
	}
	if (*ret != NULL)
		return 0;
	rc = resource_find_by(c, &ec2_vpc, "IsDefault", "true", &vpc);
	if (rc == 0)
		return err_set(&c->err, &no_default,
		    "No default VPC for this user. GroupName is only supported for EC2-Classic and "
		    "default VPC.");
	return rc < 0 ?
	    -1 :
	    err_set(&c->err, &no_subnet,
		"No subnets found for the default VPC '%s'. Please specify a subnet.",
		resource_id(&ec2_vpc, vpc));
}

/* EC2 API: Placement.  There are no placement groups and no hosts to choose from. */
static int
check_placement(struct call *c)
{
	static const struct err_kind no_group = { "InvalidPlacementGroup.Unknown", 400 };
	static const char *const known[] = { "AvailabilityZone", "GroupName", "Tenancy",
		NULL };
	json_t *placement = in_object(c, "Placement");
	const char *zone = json_str(placement, "AvailabilityZone");
	const char *group = json_str_or(placement, "GroupName", "");
	unsigned i = 0;

	if (ec2_refuse_members(c, "Placement", placement, known) < 0)
		return -1;
	if (group[0] != '\0')
		return err_set(&c->err, &no_group, "The Placement Group '%s' is unknown.",
		    group);
	if (strcmp(json_str_or(placement, "Tenancy", "default"), "host") == 0)
		return err_set(&c->err, &ec2_unsupported,
		    "The tenancy host is not supported here.");
	while (zone != NULL && i < EC2_ZONES && strcmp(ec2_zone_name(c, i), zone) != 0)
		i++;
	return i < EC2_ZONES ?
	    0 :
	    err_set(&c->err, &ec2_bad_value, "Invalid availability zone: [%s]", zone);
}

static int
read_network(struct call *c, struct launch *l)
{
	const json_t *interface, *groups;
	const char *id, *zone;
	json_t *subnet, *chosen;

	if (check_placement(c) < 0 || read_interface(c, &interface) < 0)
		return -1;
	id = interface != NULL ? json_str(interface, "SubnetId") : in_str(c, "SubnetId");
	if (id != NULL ? resource_get(c, &ec2_subnet, id, &subnet) < 0 :
			 default_subnet(c, &subnet) < 0)
		return -1;
	zone = json_str(in_object(c, "Placement"), "AvailabilityZone");
	if (zone != NULL &&
	    strcmp(zone, json_str_or(subnet, "AvailabilityZone", "")) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "The availability zone '%s' is not that of subnet '%s'", zone,
		    resource_id(&ec2_subnet, subnet));
	groups = interface != NULL ? json_get(interface, "Groups") :
				     in_list(c, "SecurityGroupIds");
	if (in_has(c, "SubnetId") && json_array_size(in_list(c, "SecurityGroups")) > 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter groupName cannot be used with the parameter subnet");
	if (ec2_security_groups_for(c, subnet, groups, in_list(c, "SecurityGroups"),
		&chosen) < 0)
		return -1;
	l->subnet = subnet;
	l->groups = chosen;
	l->address = interface != NULL ? json_str(interface, "PrivateIpAddress") :
					 in_str(c, "PrivateIpAddress");
	l->interface_description = json_str(interface, "Description");
	l->public_address = json_bool(interface, "AssociatePublicIpAddress",
	    json_bool(subnet, "MapPublicIpOnLaunch", 0));
	if (l->address != NULL && l->count > 1)
		return err_set(&c->err, &ec2_bad_combination,
		    "A private IP address can be given for one instance only.");
	return 0;
}

int
launch_user_data(struct call *c, const char *text, const char **ret)
{
	unsigned char *data;
	size_t n;

	*ret = NULL;
	if (text == NULL || text[0] == '\0')
		return 0;
	if (!base64_decode(c->arena, text, strlen(text), &data, &n))
		return err_set(&c->err, &bad_user_data,
		    "Invalid BASE64 encoding of user data.");
	if (n > USER_DATA_MAX)
		return err_set(&c->err, &bad_user_data,
		    "User data is limited to 16384 bytes");
	*ret = base64_encode(c->arena, data, n);
	return 0;
}

static int
read_key(struct call *c, struct launch *l)
{
	json_t *doc;
	int rc;

	l->key_name = in_str(c, "KeyName");
	if (l->key_name == NULL)
		return 0;
	if (call_allow(c, &ec2_key_pair, l->key_name) < 0)
		return -1;
	rc = ec2_key_pair_find(c->txn, c->scope, l->key_name, &doc, &c->err);
	if (rc == 0)
		return err_set(&c->err, &bad_key, "The key pair '%s' does not exist",
		    l->key_name);
	return rc < 0 ? -1 : 0;
}

/* The name of the profile that was given by name or by ARN. */
static int
profile_name(struct call *c, const json_t *given, const char **ret)
{
	const char *name = json_str(given, "Name"), *arn = json_str(given, "Arn");
	const char *part = arn != NULL ? strstr(arn, ":instance-profile/") : NULL;

	if (name != NULL && arn != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter 'iamInstanceProfile.name' may not be used in combination with "
		    "'iamInstanceProfile.arn'");
	if (arn != NULL && part == NULL)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter iamInstanceProfile.arn is invalid. Invalid IAM "
		    "Instance Profile ARN",
		    arn);
	*ret = part != NULL ? strrchr(part, '/') + 1 : name;
	return 0;
}

static int
read_profile(struct call *c, struct launch *l)
{
	const json_t *given = in_object(c, "IamInstanceProfile");
	json_t *profile, *role = NULL;
	const char *name = NULL;
	int rc;

	l->profile = NULL;
	if (given == NULL)
		return 0;
	if (profile_name(c, given, &name) < 0)
		return -1;
	if (name == NULL)
		return 0;
	rc = auth_profile_find(c->txn, c->arena, c->account, name, &profile, &role,
	    &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter iamInstanceProfile.name is invalid. Invalid IAM "
		    "Instance Profile name",
		    name);
	l->profile = profile;
	if (role == NULL)
		return 0;
	return auth_pass_role(&c->env->auth, c->txn, c->arena, &c->who, c->model,
	    json_str_or(role, "Arn", ""), "ec2.amazonaws.com", NULL, &c->err);
}

static int
read_tags(struct call *c, struct launch *l)
{
	static const char *const types[] = { "instance", "network-interface", "volume",
		"spot-instances-request", "elastic-gpu", NULL };
	json_t *tags, *interface_tags, *volume_tags, *other;

	if (tags_from_specifications(c, types, "instance", &tags) < 0 ||
	    tags_from_specifications(c, types, "network-interface", &interface_tags) <
		0 ||
	    tags_from_specifications(c, types, "volume", &volume_tags) < 0)
		return -1;
	for (size_t i = 3; types[i] != NULL; i++) {
		if (tags_from_specifications(c, types, types[i], &other) < 0)
			return -1;
		if (other != NULL)
			return err_set(&c->err, &ec2_unsupported,
			    "Tags for the resource type %s are not supported here.",
			    types[i]);
	}
	l->tags = tags;
	l->interface_tags = interface_tags;
	l->volume_tags = volume_tags;
	return 0;
}

static int
read_count(struct call *c, struct launch *l)
{
	int64_t min = in_int(c, "MinCount", 1), max = in_int(c, "MaxCount", 1);

	if (min < 1 || max < 1)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter %s is invalid. Value must be greater than 0.",
		    (long long)(min < 1 ? min : max), min < 1 ? "minCount" : "maxCount");
	if (min > max)
		return err_set(&c->err, &ec2_bad_combination,
		    "Value (%lld) for parameter minCount is invalid. Value must not be greater "
		    "than maxCount.",
		    (long long)min);
	l->count = max < LAUNCH_MAX ? max : LAUNCH_MAX;
	if (l->count < min) {
		static const struct err_kind limit = { "InstanceLimitExceeded", 400 };

		return err_set(&c->err, &limit,
		    "You have requested more instances (%lld) than your current instance limit of "
		    "%d allows.",
		    (long long)min, LAUNCH_MAX);
	}
	return 0;
}

/* Options that are structures: what is in them is kept and shown, or refused. */
static int
check_options(struct call *c)
{
	static const struct {
		const char *name, *known[4];
	} rows[] = {
		{ "CpuOptions", { "CoreCount", "ThreadsPerCore", NULL } },
		{ "CreditSpecification", { "CpuCredits", NULL } },
		{ "EnclaveOptions", { NULL } },
		{ "HibernationOptions", { NULL } },
		{ "MaintenanceOptions", { "AutoRecovery", NULL } },
		{ "Monitoring", { "Enabled", NULL } },
		{ "PrivateDnsNameOptions", { "HostnameType", NULL } },
	};
	int64_t hops =
	    json_int(in_object(c, "MetadataOptions"), "HttpPutResponseHopLimit", 1);
	const char *hostname =
	    json_str_or(in_object(c, "PrivateDnsNameOptions"), "HostnameType", "ip-name");

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (ec2_refuse_members(c, rows[i].name, in_object(c, rows[i].name),
			rows[i].known) < 0)
			return -1;
	}
	if (strcmp(hostname, "ip-name") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "The host name type %s is not supported here.", hostname);
	return ec2_check_hops(c, hops);
}

static int
check_type(struct call *c, const struct launch *l, const char *asked)
{
	const char *architecture = json_str_or(l->image, "Architecture", "x86_64");

	if (l->type == NULL)
		return err_set(&c->err, &ec2_unsupported,
		    "The instance type '%s' is not offered here.", asked);
	if (strcmp(l->type->architecture, architecture) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "The architecture '%s' of the specified instance type does not match the "
		    "architecture '%s' of the specified AMI. Specify an instance type and an AMI "
		    "that have matching architectures, and try again. You can use "
		    "'describe-instance-types' or 'describe-images' to discover the architecture of "
		    "the instance type or AMI.",
		    l->type->architecture, architecture);
	return 0;
}

/* IAM: RunInstances needs leave for all that a launch makes and uses. */
static int
ask(struct call *c, const struct launch *l)
{
	const json_t *group;
	size_t i;

	json_array_foreach(l->groups, i, group) {
		if (call_allow(c, &ec2_security_group,
			json_str_or(group, "GroupId", "")) < 0)
			return -1;
	}
	return call_allow(c, &ec2_image, json_str_or(l->image, "ImageId", "")) < 0 ||
		call_allow(c, &ec2_subnet, resource_id(&ec2_subnet, l->subnet)) < 0 ||
		call_allow(c, &ec2_network_interface, NULL) < 0 ||
		call_allow(c, &ec2_volume, NULL) < 0 ?
	    -1 :
	    0;
}

int
launch_read(struct call *c, struct launch *ret)
{
	static const char *const refused[] = { "Ipv6AddressCount", "Ipv6Addresses",
		"KernelId", "RamdiskId", "ElasticGpuSpecification",
		"ElasticInferenceAccelerators", "InstanceMarketOptions",
		"CapacityReservationSpecification", "LicenseSpecifications",
		"EnablePrimaryIpv6", "NetworkPerformanceOptions", "Operator",
		"AdditionalInfo", "SecondaryInterfaces", NULL };
	const char *image = in_str(c, "ImageId"), *type = in_str(c, "InstanceType");
	struct launch l = { .count = 0 };
	json_t *doc;

	if (ec2_refuse(c, refused) < 0 || check_options(c) < 0 || read_count(c, &l) < 0)
		return -1;
	if (image == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter ImageId");
	if (ec2_image_get(c, image, &doc) < 0)
		return -1;
	l.image = doc;
	l.type = instance_type_find(type != NULL ? type : "m1.small");
	if (check_type(c, &l, type) < 0 || read_network(c, &l) < 0 ||
	    launch_user_data(c, in_str(c, "UserData"), &l.user_data) < 0 ||
	    ec2_mappings_plan(c, doc, in_list(c, "BlockDeviceMappings"), &l.mappings) <
		0 ||
	    read_key(c, &l) < 0 || read_profile(c, &l) < 0 || read_tags(c, &l) < 0 ||
	    ask(c, &l) < 0)
		return -1;
	*ret = l;
	return 0;
}

/* Making */

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
