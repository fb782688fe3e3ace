/*
 * EC2: instance metadata (EC2 User Guide: instance metadata categories).
 *
 * Credentials of the profile's role are made for whole hours, so that the tree, and
 * with it the agent's configuration, changes once an hour and not at each look.
 */
#include "control/services/ec2/compute/imds.h"
#include "control/services/ec2/compute/instance_event.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/network/cidr.h"
#include "control/services/ec2/storage/volume_spec.h"

enum { HOUR_MS = 60 * 60 * 1000, VALID_HOURS = 6 };

/* The CIDRs of the VPC, a line each. */
struct lines {
	struct arena *arena;
	const char *text; /* NULL: none yet */
};

static int
add_line(void *arg, const char *cidr)
{
	struct lines *lines = arg;

	lines->text = lines->text == NULL ?
	    cidr :
	    arena_printf(lines->arena, "%s\n%s", lines->text, cidr);
	return 0;
}

static void
set_cidrs(const struct imds_input *in, json_t *v, const json_t *subnet)
{
	struct lines v4 = { in->arena, NULL }, v6 = { in->arena, NULL };
	const json_t *row =
	    json_array_get(json_get(subnet, "Ipv6CidrBlockAssociationSet"), 0);

	ec2_vpc_each_cidr(in->vpc, add_line, &v4);
	ec2_vpc_each_cidr6(in->vpc, add_line, &v6);
	json_set_str(v, "subnet-ipv4-cidr-block", json_str(subnet, "CidrBlock"));
	json_set_str(v, "subnet-ipv6-cidr-blocks", json_str(row, "Ipv6CidrBlock"));
	json_set_str(v, "vpc-ipv4-cidr-block", json_str(in->vpc, "CidrBlock"));
	json_set_str(v, "vpc-ipv4-cidr-blocks", v4.text);
	json_set_str(v, "vpc-ipv6-cidr-blocks", v6.text);
}

/* The text at `member` of each element, a line each; NULL when there is none. */
static const char *
lines_of(const struct imds_input *in, const json_t *list, const char *member)
{
	struct lines lines = { in->arena, NULL };
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v)
		add_line(&lines, json_str_or(v, member, ""));
	return lines.text;
}

/* Public addresses of the interface's own ones, and which lead to which. */
static void
set_public(const struct imds_input *in, json_t *v, const json_t *row)
{
	struct lines addresses = { in->arena, NULL };
	const json_t *own;
	size_t i;

	json_array_foreach(json_get(row, "PrivateIpAddresses"), i, own) {
		const char *public = json_str(json_get(own, "Association"), "PublicIp");

		if (public == NULL)
			continue;
		add_line(&addresses, public);
		json_set_str(json_need_object(v, "ipv4-associations"), public,
		    json_str(own, "PrivateIpAddress"));
	}
	json_set_str(v, "public-ipv4s", addresses.text);
	if (addresses.text != NULL)
		json_set_str(v, "public-hostname",
		    json_str(json_get(row, "Association"), "PublicDnsName"));
}

static void
set_interface(const struct imds_input *in, json_t *v, const json_t *row,
    const json_t *subnet)
{
	json_set_fmt(v, "device-number", "%lld",
	    (long long)json_int(json_get(row, "Attachment"), "DeviceIndex", 0));
	json_set_str(v, "interface-id", json_str(row, "NetworkInterfaceId"));
	json_set_str(v, "local-hostname", json_str(row, "PrivateDnsName"));
	json_set_str(v, "local-ipv4s",
	    lines_of(in, json_get(row, "PrivateIpAddresses"), "PrivateIpAddress"));
	json_set_str(v, "ipv6s",
	    lines_of(in, json_get(row, "Ipv6Addresses"), "Ipv6Address"));
	json_set_str(v, "mac", json_str(row, "MacAddress"));
	json_set_str(v, "owner-id", in->account);
	json_set_str(v, "security-groups",
	    lines_of(in, json_get(row, "Groups"), "GroupName"));
	json_set_str(v, "security-group-ids",
	    lines_of(in, json_get(row, "Groups"), "GroupId"));
	json_set_str(v, "subnet-id", json_str(row, "SubnetId"));
	json_set_str(v, "vpc-id", json_str(row, "VpcId"));
	set_cidrs(in, v, subnet);
	set_public(in, v, row);
}

/* The subnet's document; NULL: it is none of ours.  0 or -1. */
static int
find_subnet(const struct imds_input *in, const char *id, const json_t **ret,
    struct err *err)
{
	json_t *doc;
	int rc;

	*ret = in->subnet;
	if (in->subnet != NULL && strcmp(resource_id(&ec2_subnet, in->subnet), id) == 0)
		return 0;
	rc = store_get(in->txn, in->scope, ec2_subnet.kind, id, &doc, err);
	*ret = rc > 0 ? doc : NULL;
	return rc < 0 ? -1 : 0;
}

static int
set_network(const struct imds_input *in, json_t *meta, struct err *err)
{
	json_t *macs =
	    json_need_object(json_need_object(json_need_object(meta, "network"),
				 "interfaces"),
		"macs");
	const json_t *rows = json_get(in->instance, "NetworkInterfaces"), *row, *subnet;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (find_subnet(in, json_str_or(row, "SubnetId", ""), &subnet, err) < 0)
			return -1;
		set_interface(in,
		    json_need_object(macs, json_str_or(row, "MacAddress", "")), row,
		    subnet);
	}
	json_set_str(meta, "mac", json_str(json_array_get(rows, 0), "MacAddress"));
	json_set_str(meta, "security-groups",
	    lines_of(in, json_get(in->instance, "SecurityGroups"), "GroupName"));
	return 0;
}

/* "ebs1" and so on are all volumes but the root's, by the names of their devices alone. */
static void
set_devices(const json_t *instance, json_t *meta)
{
	const char *root = json_str_or(instance, "RootDeviceName", "");
	json_t *v = json_need_object(meta, "block-device-mapping");
	const json_t *row;
	char name[16];
	size_t i;
	int n = 0;

	json_set_str(v, "ami", root);
	json_set_str(v, "root", root);
	json_array_foreach(json_get(instance, "BlockDeviceMappings"), i, row) {
		const char *device = json_str_or(row, "DeviceName", "");

		if (strcmp(device, root) == 0)
			continue;
		snprintf(name, sizeof(name), "ebs%d", ++n);
		json_set_str(v, name, volume_device_name(device));
	}
}

static void
set_placement(const struct imds_input *in, json_t *meta)
{
	json_t *v = json_need_object(meta, "placement");

	json_set_str(v, "availability-zone",
	    json_str(json_get(in->instance, "Placement"), "AvailabilityZone"));
	json_set_str(v, "availability-zone-id",
	    json_str(in->subnet, "AvailabilityZoneId"));
	json_set_str(v, "region", in->region);
}

static void
set_tags(const struct imds_input *in, json_t *meta)
{
	const json_t *tag;
	json_t *v;
	size_t i;

	if (strcmp(json_str_or(json_get(in->instance, "MetadataOptions"),
		       "InstanceMetadataTags", "disabled"),
		"enabled") != 0)
		return;
	v = json_need_object(json_need_object(meta, "tags"), "instance");
	json_array_foreach(json_get(in->instance, "Tags"), i, tag) {
		const char *key = json_str_or(tag, "Key", "");

		/* A key with a slash is no name here; the platform's own have one. */
		if (strchr(key, '/') == NULL)
			json_set_str(v, key, json_str(tag, "Value"));
	}
}

static int
set_key(const struct imds_input *in, json_t *meta, struct err *err)
{
	const char *name = json_str(in->instance, "KeyName");
	json_t *key, *v;
	int rc;

	if (name == NULL)
		return 0;
	rc = ec2_key_pair_find(in->txn, in->scope, name, &key, err);
	if (rc <= 0)
		return rc;
	v = json_need_object(json_need_object(meta, "public-keys"),
	    arena_printf(in->arena, "0=%s", name));
	json_set_str(v, "openssh-key", json_str(key, "_public_key"));
	return 0;
}

/* Credentials */

static const char *
error_text(const struct imds_input *in, const char *code, const char *message,
    int64_t now_ms)
{
	char now[32];

	clock_iso8601(now_ms, 0, now);
	return json_text(in->arena,
	    json_own(in->arena,
		json_make("{s:s, s:s, s:s}", "Code", code, "Message", message,
		    "LastUpdated", now)));
}

static const char *
credentials_text(const struct imds_input *in, const json_t *role, int64_t now_ms,
    struct err *err)
{
	const char *id = json_str_or(in->instance, "InstanceId", "");
	struct auth_session session = {
		.account = in->account,
		.role_name = json_str(role, "RoleName"),
		.role_id = json_str(role, "RoleId"),
		.session_name = id,
		.issued_ms = now_ms - now_ms % HOUR_MS,
	};
	struct auth_credentials c;
	char updated[32], expires[32];

	if (!auth_service_may_assume(role, "ec2.amazonaws.com"))
		return error_text(in, "AssumeRoleUnauthorizedAccess",
		    "EC2 cannot assume the role. Please see documentation.",
		    session.issued_ms);
	session.expires_ms = session.issued_ms + (int64_t)VALID_HOURS * HOUR_MS;
	if (auth_session_make(in->txn, in->arena, &session, &c, err) < 0)
		return NULL;
	clock_iso8601(session.issued_ms, 0, updated);
	clock_iso8601(session.expires_ms, 0, expires);
	return json_text(in->arena,
	    json_own(in->arena,
		json_make("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "Code", "Success",
		    "LastUpdated", updated, "Type", "AWS-HMAC", "AccessKeyId",
		    c.access_key, "SecretAccessKey", c.secret_key, "Token", c.token,
		    "Expiration", expires)));
}

/* A profile whose role cannot be had says so, and never falls back. */
static int
set_credentials(const struct imds_input *in, json_t *meta, struct err *err)
{
	const char *name = json_str(in->instance, "_profile"), *text;
	int64_t now_ms = in->env->clock->now_ms(in->env->clock),
		hour = now_ms - now_ms % HOUR_MS;
	json_t *profile, *role = NULL, *iam;
	char updated[32];
	int rc;

	if (name == NULL)
		return 0;
	rc = auth_profile_find(in->txn, in->arena, in->account, name, &profile, &role,
	    err);
	if (rc < 0)
		return -1;
	iam = json_need_object(meta, "iam");
	clock_iso8601(hour, 0, updated);
	if (rc == 0) {
		json_set_str(iam, "info",
		    error_text(in, "InstanceProfileNotFound",
			"The instance profile does not exist.", hour));
		return 0;
	}
	json_set_str(iam, "info",
	    json_text(in->arena,
		json_own(in->arena,
		    json_make("{s:s, s:s, s:s, s:s}", "Code", "Success", "LastUpdated",
			updated, "InstanceProfileArn", json_str_or(profile, "Arn", ""),
			"InstanceProfileId",
			json_str_or(profile, "InstanceProfileId", "")))));
	json_need_object(iam, "security-credentials");
	if (role == NULL)
		return 0;
	text = credentials_text(in, role, now_ms, err);
	if (text == NULL)
		return -1;
	json_set_str(json_need_object(iam, "security-credentials"),
	    json_str_or(role, "RoleName", ""), text);
	return 0;
}

/* The identity document (EC2 User Guide: instance identity documents). */
static const char *
identity_document(const struct imds_input *in)
{
	const json_t *i = in->instance;
	char pending[32];

	clock_iso8601((int64_t)(json_num(i, "LaunchTime", 0) * 1000.0), 0, pending);
	return arena_printf(in->arena,
	    "{\n  \"accountId\" : \"%s\",\n  \"architecture\" : \"%s\",\n"
	    "  \"availabilityZone\" : \"%s\",\n  \"billingProducts\" : null,\n"
	    "  \"devpayProductCodes\" : null,\n  \"marketplaceProductCodes\" : null,\n"
	    "  \"imageId\" : \"%s\",\n  \"instanceId\" : \"%s\",\n  \"instanceType\" : \"%s\",\n"
	    "  \"kernelId\" : null,\n  \"pendingTime\" : \"%s\",\n  \"privateIp\" : \"%s\",\n"
	    "  \"ramdiskId\" : null,\n  \"region\" : \"%s\",\n  \"version\" : \"2017-09-30\"\n}",
	    in->account, json_str_or(i, "Architecture", ""),
	    json_str_or(json_get(i, "Placement"), "AvailabilityZone", ""),
	    json_str_or(i, "ImageId", ""), json_str_or(i, "InstanceId", ""),
	    json_str_or(i, "InstanceType", ""), pending,
	    json_str_or(i, "PrivateIpAddress", ""), in->region);
}

static json_t *
meta_data(const struct imds_input *in, struct err *err)
{
	const json_t *i = in->instance;
	json_t *m = json_own(in->arena, json_new_object()), *services, *events;
	int64_t now_s = in->env->clock->now_ms(in->env->clock) / 1000;
	const char *private = json_str(i, "PrivateDnsName"),
		   *public = json_str(i, "PublicIpAddress");

	json_set_str(m, "ami-id", json_str(i, "ImageId"));
	json_set_fmt(m, "ami-launch-index", "%lld",
	    (long long)json_int(i, "AmiLaunchIndex", 0));
	json_set_str(m, "ami-manifest-path", "(unknown)");
	set_devices(i, m);
	json_set_str(m, "hostname", private);
	json_set_str(m, "instance-action", "none");
	json_set_str(m, "instance-id", json_str(i, "InstanceId"));
	json_set_str(m, "instance-life-cycle", "on-demand");
	json_set_str(m, "instance-type", json_str(i, "InstanceType"));
	json_set_str(m, "ipv6", json_str(i, "Ipv6Address"));
	json_set_str(m, "local-hostname", private);
	json_set_str(m, "local-ipv4", json_str(i, "PrivateIpAddress"));
	json_set_str(m, "profile", "default-hvm");
	json_set_str(m, "public-hostname",
	    public != NULL ? json_str(i, "PublicDnsName") : NULL);
	json_set_str(m, "public-ipv4", public);
	json_set_str(m, "reservation-id", json_str(i, "_reservation"));
	events = json_need_object(json_need_object(m, "events"), "maintenance");
	json_set_str(events, "history", instance_events_metadata(in->arena, i, 1, now_s));
	json_set_str(events, "scheduled",
	    instance_events_metadata(in->arena, i, 0, now_s));
	services = json_need_object(m, "services");
	json_set_str(services, "domain", "amazonaws.com");
	json_set_str(services, "partition", "aws");
	set_placement(in, m);
	set_tags(in, m);
	if (set_network(in, m, err) < 0 || set_key(in, m, err) < 0 ||
	    set_credentials(in, m, err) < 0)
		return NULL;
	return m;
}

json_t *
imds_instance(const struct imds_input *in, struct err *err)
{
	const json_t *options = json_get(in->instance, "MetadataOptions");
	json_t *meta = meta_data(in, err), *v, *tree;

	if (meta == NULL)
		return NULL;
	tree = json_new_object();
	json_set(tree, "meta-data", json_incref(meta));
	json_set_str(json_need_object(json_need_object(tree, "dynamic"),
			 "instance-identity"),
	    "document", identity_document(in));
	v = json_make("{s:s, s:{s:s, s:s, s:I}, s:o}", "instance_id",
	    json_str_or(in->instance, "InstanceId", ""), "options", "HttpEndpoint",
	    json_str_or(options, "HttpEndpoint", "enabled"), "HttpTokens",
	    json_str_or(options, "HttpTokens", "optional"), "HttpPutResponseHopLimit",
	    (json_int_t)json_int(options, "HttpPutResponseHopLimit", 1), "tree", tree);
	json_set_str(v, "user_data", json_str(in->instance, "_user_data"));
	return v;
}
