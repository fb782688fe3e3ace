/*
 * RDS: a new instance, of an input or of a snapshot: its defaults, groups, place and addresses.
 */
#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/managed_interface.h"
#include "control/services/rds/engine.h"
#include "control/services/rds/rds.h"

static const struct err_kind exists = { "DBInstanceAlreadyExists", 400 };
static const struct err_kind bad_vpc = { "InvalidVPCNetworkStateFault", 400 };

/* What the input says, or AWS's default. */
static void
set_defaults(struct call *c, json_t *doc)
{
	static const char *const texts[][2] = {
		{ "PreferredMaintenanceWindow", "sun:05:00-sun:05:30" },
		{ "PreferredBackupWindow", "03:00-03:30" },
		{ "CACertificateIdentifier", "rds-ca-rsa2048-g1" },
		{ "NetworkType", "IPV4" },
		{ "EngineLifecycleSupport", "open-source-rds-extended-support" },
		{ "DatabaseInsightsMode", "standard" },
	};
	static const char *const flags[] = { "MultiAZ", "CopyTagsToSnapshot",
		"DeletionProtection", "PubliclyAccessible", "PerformanceInsightsEnabled",
		"IAMDatabaseAuthenticationEnabled", "CustomerOwnedIpEnabled",
		"DedicatedLogVolume" };
	static const char *const said[] = { "AvailabilityZone", "KmsKeyId",
		"MaxAllocatedStorage", "PromotionTier", "StorageEncrypted" };
	const json_t *logs = json_get(c->in, "EnableCloudwatchLogsExports");

	for (size_t i = 0; i < COUNT(texts); i++)
		json_set_str(doc, texts[i][0],
		    json_str_or(c->in, texts[i][0], texts[i][1]));
	for (size_t i = 0; i < COUNT(flags); i++)
		json_set_bool(doc, flags[i], json_bool(c->in, flags[i], 0));
	for (size_t i = 0; i < COUNT(said); i++) {
		if (json_get(c->in, said[i]) != NULL)
			json_set(doc, said[i], json_incref(json_get(c->in, said[i])));
	}
	json_set_bool(doc, "StorageEncrypted", json_bool(doc, "StorageEncrypted", 0));
	json_set_bool(doc, "AutoMinorVersionUpgrade",
	    json_bool(c->in, "AutoMinorVersionUpgrade", 1));
	json_set_int(doc, "BackupRetentionPeriod",
	    json_int(c->in, "BackupRetentionPeriod", 1));
	json_set_int(doc, "MonitoringInterval", 0);
	json_set_str(doc, "BackupTarget", "region");
	if (logs != NULL)
		json_set(doc, "EnabledCloudwatchLogsExports", json_copy_deep(logs));
}

int
rds_set_groups(struct call *c, json_t *doc, const char *options)
{
	const struct rds_engine *e = rds_engine_find(json_str_or(doc, "Engine", ""));
	const struct rds_version *v =
	    rds_version_find(e, json_str_or(doc, "EngineVersion", ""));
	const char *group = in_str(c, "DBParameterGroupName");

	if (group == NULL)
		group = arena_printf(c->arena, "default.%s", v->family);
	if (in_str(c, "OptionGroupName") != NULL)
		options = in_str(c, "OptionGroupName");
	if (rds_parameter_group_check(c, group, v->family) < 0 ||
	    rds_option_group_check(c, options, e->name, v->major) < 0)
		return -1;
	json_set(doc, "DBParameterGroups",
	    json_make("[{s:s, s:s}]", "DBParameterGroupName", group,
		"ParameterApplyStatus", "in-sync"));
	json_set(doc, "OptionGroupMemberships",
	    json_make("[{s:s, s:s}]", "OptionGroupName", options, "Status", "in-sync"));
	return 0;
}

static char *
new_id(struct call *c)
{
	char text[27];

	random_text(text, 26, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
	text[26] = '\0';
	return arena_printf(c->arena, "db-%s", text);
}

/* The subnet of the zone (NULL: any) with the most of the group. */
static int
choose_subnet(struct call *c, const json_t *group, const char *zone, json_t **ret)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(group, "Subnets"), i, row) {
		const char *its =
		    json_str_or(json_get(row, "SubnetAvailabilityZone"), "Name", "");

		if (zone != NULL && strcmp(zone, its) != 0)
			continue;
		if (resource_find(c, &ec2_subnet,
			json_str_or(row, "SubnetIdentifier", ""), ret) == 1)
			return 0;
	}
	if (c->err.kind != NULL)
		return -1;
	return err_set(&c->err, &bad_vpc,
	    zone != NULL ?
		"Cannot create a database instance because there is no subnet in the "
		"requested Availability Zone." :
		"Cannot create a database instance because the DB subnet group has no "
		"subnet.");
}

static int
set_public(struct call *c, json_t *doc)
{
	const char *address, *interface = json_str_or(doc, "_interface", "");
	struct ec2_association a = { 0 };

	if (ec2_public_take(c, interface, &address) < 0)
		return -1;
	a.address = address;
	json_set_str(doc, "_public", address);
	return ec2_associate(c, interface, &a);
}

static void
drop_public(struct call *c, json_t *doc)
{
	if (json_str(doc, "_public") != NULL)
		ec2_public_give_back(c, json_str(doc, "_public"));
	json_del(doc, "_public");
}

int
rds_set_public(struct call *c, json_t *doc, int on)
{
	const struct ec2_association none = { 0 };

	if (on == (json_str(doc, "_public") != NULL))
		return 0;
	json_set_bool(doc, "PubliclyAccessible", on);
	if (on)
		return set_public(c, doc);
	drop_public(c, doc);
	return ec2_associate(c, json_str_or(doc, "_interface", ""), &none);
}

int
rds_groups(struct call *c, json_t *doc, const json_t *subnet, const json_t *ids,
    json_t **ret)
{
	json_t *rows = json_new_array(), *groups;
	const json_t *v;
	size_t i;

	json_set(doc, "VpcSecurityGroups", rows);
	if (ec2_security_groups_for(c, subnet, ids, NULL, &groups) < 0) {
		c->err.kind = &rds_bad_value;
		return -1;
	}
	json_array_foreach(groups, i, v)
		json_add(rows,
		    json_make("{s:s, s:s}", "VpcSecurityGroupId",
			json_str_or(v, "GroupId", ""), "Status", "active"));
	*ret = groups;
	return 0;
}

static int
make(struct call *c, json_t *doc, const json_t *subnet_group, const json_t *group_ids)
{
	const char *id = new_id(c), *name = json_str_or(doc, "DBInstanceIdentifier", "");
	struct managed_interface m = {
		.type = "interface",
		.requester = "amazon-rds",
		.description = "RDSNetworkInterface",
		.workload = id,
		.workload_kind = rds_instance.kind,
		.name = rds_address(c, name),
	};
	const char *interface;
	json_t *subnet, *groups;

	if (choose_subnet(c, subnet_group, json_str(doc, "AvailabilityZone"), &subnet) <
		0 ||
	    rds_groups(c, doc, subnet, group_ids, &groups) < 0)
		return -1;
	m.groups = groups;
	if (managed_interface_make(c, subnet, &m, &interface) < 0)
		return -1;
	json_set_str(doc, "DbiResourceId", id);
	json_set_str(doc, "DBInstanceArn", rds_arn(c, "db", name));
	json_set_str(doc, "AvailabilityZone", json_str(subnet, "AvailabilityZone"));
	json_set_str(doc, "_subnet", json_str(subnet, "SubnetId"));
	json_set_str(doc, "_subnets", json_str(subnet_group, "DBSubnetGroupName"));
	json_set_str(doc, "_interface", interface);
	json_set_str(doc, "_want", "available");
	json_set_str(doc, "DBInstanceStatus", "creating");
	json_need_object(doc, "PendingModifiedValues");
	json_need_object(doc, "_set");
	json_need_array(doc, "ReadReplicaDBInstanceIdentifiers");
	json_need_array(doc, "DBSecurityGroups");
	json_need_array(doc, "DomainMemberships");
	json_need_array(doc, "AssociatedRoles");
	json_set_int(doc, "DbInstancePort", 0);
	json_set_str(doc, "ActivityStreamStatus", "stopped");
	if (json_bool(doc, "PubliclyAccessible", 0) && set_public(c, doc) < 0)
		return -1;
	if (rds_certify(c, doc) < 0)
		return -1;
	resource_put(c, &rds_instance, doc);
	return 0;
}

int
rds_check_new(struct call *c, const char *member, const char **ret_name)
{
	json_t *old;
	int rc;

	*ret_name = rds_identifier(c, in_str(c, member), member, 63);
	if (*ret_name == NULL || rds_allow(c, "db", *ret_name) < 0)
		return -1;
	rc = resource_find_by(c, &rds_instance, "DBInstanceIdentifier", *ret_name, &old);
	return rc == 0 ? 0 :
	    rc < 0     ? -1 :
			 err_set(&c->err, &exists, "DB instance already exists");
}

int
rds_launch(struct call *c, json_t *doc)
{
	json_t *tags = rds_input_tags(c), *group;

	if (tags == NULL ||
	    rds_subnet_group_need(c, in_str(c, "DBSubnetGroupName"), &group) < 0)
		return -1;
	json_set(doc, "TagList", json_incref(tags));
	set_defaults(c, doc);
	/* As AWS: in the default VPC, without a group of subnets, it is public. */
	if (!in_has(c, "PubliclyAccessible") && !in_has(c, "DBSubnetGroupName"))
		json_set_bool(doc, "PubliclyAccessible", 1);
	if (make(c, doc, group, in_list(c, "VpcSecurityGroupIds")) < 0)
		return -1;
	return rds_instance_out(c, doc);
}
