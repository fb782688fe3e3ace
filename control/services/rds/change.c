/*
 * RDS: ModifyDBInstance.
 *
 * What AWS puts off to the maintenance window waits in PendingModifiedValues for the next reboot, or for
 * a change with ApplyImmediately.
 */
#include <string.h>

#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/managed_interface.h"
#include "control/services/rds/engine.h"
#include "control/services/rds/rds.h"

static const struct err_kind exists = { "DBInstanceAlreadyExists", 400 };

/* Members that change at once, whatever ApplyImmediately says. */
static const char *const texts[] = { "PreferredBackupWindow",
	"PreferredMaintenanceWindow", "DatabaseInsightsMode", "EngineLifecycleSupport" };
static const char *const flags[] = { "AutoMinorVersionUpgrade", "CopyTagsToSnapshot",
	"DeletionProtection" };
static const char *const numbers[] = { "BackupRetentionPeriod", "MaxAllocatedStorage",
	"PromotionTier" };

/* Those that may wait: as the input and the document call them. */
static const struct waiting {
	const char *in, *doc;
	int is_number, is_flag;
} waiting[] = {
	{ "AllocatedStorage", "AllocatedStorage", 1, 0 },
	{ "CACertificateIdentifier", "CACertificateIdentifier", 0, 0 },
	{ "DBInstanceClass", "DBInstanceClass", 0, 0 },
	{ "DBPortNumber", "Port", 1, 0 },
	{ "EngineVersion", "EngineVersion", 0, 0 },
	{ "Iops", "Iops", 1, 0 },
	{ "MasterUserPassword", "MasterUserPassword", 0, 0 },
	{ "MultiAZ", "MultiAZ", 0, 1 },
	{ "NewDBInstanceIdentifier", "DBInstanceIdentifier", 0, 0 },
	{ "StorageThroughput", "StorageThroughput", 1, 0 },
	{ "StorageType", "StorageType", 0, 0 },
};

/* What an instance has for good. */
static int
refuse(struct call *c, const json_t *doc)
{
	static const char *const fixed[][2] = { { "DBSubnetGroupName", "_subnets" },
		{ "Engine", "Engine" }, { "LicenseModel", "LicenseModel" } };

	for (size_t i = 0; i < COUNT(fixed); i++) {
		const char *said = in_str(c, fixed[i][0]);

		if (said != NULL && strcmp(said, json_str_or(doc, fixed[i][1], "")) != 0)
			return err_set(&c->err, &rds_bad_combination,
			    "Another %s is not supported here.", fixed[i][0]);
	}
	return rds_refuse(c);
}

static void
change_at_once(struct call *c, json_t *doc)
{
	const json_t *logs = in_object(c, "CloudwatchLogsExportConfiguration"), *v;
	json_t *own;
	size_t i;

	for (i = 0; i < COUNT(texts); i++)
		json_set_str(doc, texts[i], in_str(c, texts[i]));
	for (i = 0; i < COUNT(flags); i++) {
		if (in_has(c, flags[i]))
			json_set_bool(doc, flags[i], in_bool(c, flags[i], 0));
	}
	for (i = 0; i < COUNT(numbers); i++) {
		if (in_has(c, numbers[i]))
			json_set_int(doc, numbers[i], in_int(c, numbers[i], 0));
	}
	if (logs == NULL)
		return;
	own = json_need_array(doc, "EnabledCloudwatchLogsExports");
	json_array_foreach(json_get(logs, "EnableLogTypes"), i, v) {
		if (!json_has_str(own, json_string_value(v)))
			json_add(own, json_new_str(json_string_value(v)));
	}
	for (i = json_array_size(own); i-- > 0;) {
		if (json_has_str(json_get(logs, "DisableLogTypes"),
			json_string_value(json_array_get(own, i))))
			json_array_remove(own, i);
	}
}

static int
change_groups(struct call *c, json_t *doc)
{
	const json_t *ids = in_list(c, "VpcSecurityGroupIds");
	json_t *subnet, *groups;

	if (ids == NULL)
		return 0;
	return resource_get(c, &ec2_subnet, json_str_or(doc, "_subnet", ""), &subnet) <
		    0 ||
		rds_groups(c, doc, subnet, ids, &groups) < 0 ?
	    -1 :
	    managed_interface_regroup(c, json_str_or(doc, "_interface", ""), groups);
}

static int
change_parameter_group(struct call *c, json_t *doc, const struct rds_version *v)
{
	const char *name = in_str(c, "DBParameterGroupName");
	json_t *row = json_array_get(json_get(doc, "DBParameterGroups"), 0);

	if (name == NULL ||
	    strcmp(name, json_str_or(row, "DBParameterGroupName", "")) == 0)
		return 0;
	if (rds_parameter_group_check(c, name, v->family) < 0)
		return -1;
	json_set_str(row, "DBParameterGroupName", name);
	json_set_str(row, "ParameterApplyStatus", "pending-reboot");
	return 0;
}

static int
change_option_group(struct call *c, json_t *doc, const struct rds_version *v)
{
	const char *name = in_str(c, "OptionGroupName");

	if (name == NULL)
		return 0;
	if (rds_option_group_check(c, name, json_str_or(doc, "Engine", ""), v->major) < 0)
		return -1;
	json_set(doc, "OptionGroupMemberships",
	    json_make("[{s:s, s:s}]", "OptionGroupName", name, "Status", "in-sync"));
	return 0;
}

static int
check_name(struct call *c, const char **name)
{
	json_t *old;
	int rc;

	if (*name == NULL)
		return 0;
	*name = rds_identifier(c, *name, "NewDBInstanceIdentifier", 63);
	if (*name == NULL)
		return -1;
	rc = resource_find_by(c, &rds_instance, "DBInstanceIdentifier", *name, &old);
	return rc == 0 ? 0 :
	    rc < 0     ? -1 :
			 err_set(&c->err, &exists, "DB instance already exists");
}

static int
check(struct call *c, const json_t *doc, const struct rds_engine *e)
{
	const struct rds_version *now = rds_version_find(e,
				     json_str_or(doc, "EngineVersion", "")),
				 *v;
	int64_t size =
	    in_int(c, "AllocatedStorage", json_int(doc, "AllocatedStorage", 0));
	const char *type = in_str(c, "StorageType"),
		   *class = in_str(c, "DBInstanceClass");

	if (class != NULL && rds_check_class(c, class) < 0)
		return -1;
	if (in_has(c, "MasterUserPassword") &&
	    rds_check_password(c, e, in_str(c, "MasterUserPassword")) < 0)
		return -1;
	if (size < json_int(doc, "AllocatedStorage", 0))
		return err_set(&c->err, &rds_bad_combination,
		    "Requested storage size (%lld) cannot be less than the current storage "
		    "size (%lld)",
		    (long long)size, (long long)json_int(doc, "AllocatedStorage", 0));
	if (type == NULL)
		type = json_str_or(doc, "StorageType", "gp2");
	if ((in_has(c, "StorageType") || in_has(c, "Iops") ||
		in_has(c, "AllocatedStorage")) &&
	    rds_check_storage(c, size, type,
		in_int(c, "Iops", type[0] == 'i' ? json_int(doc, "Iops", 0) : 0)) < 0)
		return -1;
	if (!in_has(c, "EngineVersion"))
		return 0;
	v = rds_version_find(e, in_str(c, "EngineVersion"));
	if (v == NULL)
		return err_set(&c->err, &rds_bad_combination,
		    "Cannot find version %s for %s", in_str(c, "EngineVersion"), e->name);
	if (v < now)
		return err_set(&c->err, &rds_bad_combination,
		    "Cannot upgrade %s from %s to %s", e->name, now->version, v->version);
	if (strcmp(v->major, now->major) != 0 &&
	    !in_bool(c, "AllowMajorVersionUpgrade", 0))
		return err_set(&c->err, &rds_bad_combination,
		    "The AllowMajorVersionUpgrade flag must be present when upgrading to a new "
		    "major version.");
	return 0;
}

/* A value of PendingModifiedValues comes true. */
static void
apply(struct call *c, json_t *doc, const char *member, const json_t *v)
{
	const char *name;

	if (strcmp(member, "MasterUserPassword") == 0) {
		json_set_str(doc, "_password", json_str(doc, "_pending_password"));
		json_del(doc, "_pending_password");
	} else if (strcmp(member, "Port") == 0) {
		json_set_int(doc, "_port", json_integer_value(v));
	} else if (strcmp(member, "DBInstanceIdentifier") == 0) {
		name = json_string_value(v);
		json_set_str(doc, "DBInstanceIdentifier", name);
		json_set_str(doc, "DBInstanceArn", rds_arn(c, "db", name));
	} else {
		json_set(doc, member, json_copy_deep(v));
	}
}

int
rds_apply_pending(struct call *c, json_t *doc)
{
	const char *name =
	    arena_strdup(c->arena, json_str_or(doc, "DBInstanceIdentifier", ""));
	json_t *pending = json_get(doc, "PendingModifiedValues"), *v, *interface;
	const char *member;

	json_object_foreach(pending, member, v)
		apply(c, doc, member, v);
	json_set(doc, "PendingModifiedValues", json_new_object());
	if (strcmp(name, json_str_or(doc, "DBInstanceIdentifier", "")) == 0)
		return 0;
	/* Another name is another endpoint. */
	if (resource_edit(c, &ec2_network_interface, json_str_or(doc, "_interface", ""),
		&interface) < 0)
		return -1;
	json_set_str(interface, "_name",
	    rds_address(c, json_str_or(doc, "DBInstanceIdentifier", "")));
	resource_put(c, &ec2_network_interface, interface);
	return rds_certify(c, doc);
}

/* What is asked for, of those that may wait: into PendingModifiedValues. */
static void
note_pending(struct call *c, json_t *doc, const char *new_name)
{
	json_t *pending = json_need_object(doc, "PendingModifiedValues");

	for (size_t i = 0; i < COUNT(waiting); i++) {
		const struct waiting *w = &waiting[i];

		if (!in_has(c, w->in))
			continue;
		if (w->is_number)
			json_set_int(pending, w->doc, in_int(c, w->in, 0));
		else if (w->is_flag)
			json_set_bool(pending, w->doc, in_bool(c, w->in, 0));
		else
			json_set_str(pending, w->doc, in_str(c, w->in));
	}
	json_set_str(pending, "DBInstanceIdentifier", new_name);
	if (in_has(c, "MasterUserPassword")) {
		json_set_str(pending, "MasterUserPassword", "****");
		json_set_str(doc, "_pending_password", in_str(c, "MasterUserPassword"));
	}
}

static int
modify_db_instance(struct call *c)
{
	const char *new_name = in_str(c, "NewDBInstanceIdentifier"), *status;
	const struct rds_engine *e;
	const struct rds_version *v;
	json_t *doc;

	if (rds_instance_edit(c, in_str(c, "DBInstanceIdentifier"), &doc) < 0)
		return -1;
	status = json_str_or(doc, "DBInstanceStatus", "");
	if (strcmp(status, "available") != 0 && strcmp(status, "stopped") != 0 &&
	    strcmp(status, "modifying") != 0)
		return err_set(&c->err, &rds_bad_state,
		    "Database instance is not in available state.");
	e = rds_engine_find(json_str_or(doc, "Engine", ""));
	v = rds_version_find(e, json_str_or(doc, "EngineVersion", ""));
	if (refuse(c, doc) < 0 || rds_check_input(c, e) < 0 || check(c, doc, e) < 0 ||
	    check_name(c, &new_name) < 0 || change_groups(c, doc) < 0 ||
	    change_parameter_group(c, doc, v) < 0 || change_option_group(c, doc, v) < 0)
		return -1;
	change_at_once(c, doc);
	if (in_has(c, "PubliclyAccessible") &&
	    rds_set_public(c, doc, in_bool(c, "PubliclyAccessible", 0)) < 0)
		return -1;
	note_pending(c, doc, new_name);
	/* A password never waits. */
	if (in_has(c, "MasterUserPassword")) {
		apply(c, doc, "MasterUserPassword", NULL);
		json_del(json_get(doc, "PendingModifiedValues"), "MasterUserPassword");
	}
	if (in_bool(c, "ApplyImmediately", 0) && rds_apply_pending(c, doc) < 0)
		return -1;
	if (strcmp(status, "available") == 0)
		json_set_str(doc, "DBInstanceStatus", "modifying");
	resource_put(c, &rds_instance, doc);
	return rds_instance_out(c, doc);
}

static const struct op ops[] = {
	RDS("ModifyDBInstance", modify_db_instance, 0, "Change a database."),
};

const struct family rds_changes = FAMILY(ops, NULL);
