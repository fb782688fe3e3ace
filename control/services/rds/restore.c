/*
 * RDS: an instance of a snapshot's data.
 */
#include <stdint.h>
#include <string.h>

#include "control/services/rds/engine.h"
#include "control/services/rds/rds.h"

static const struct err_kind no_snapshot = { "DBSnapshotNotFound", 404 };
static const struct err_kind bad_snapshot = { "InvalidDBSnapshotState", 400 };

static const char *
said_or(struct call *c, const char *member, const char *def)
{
	const char *said = in_str(c, member);

	return said != NULL ? said : def;
}

/* What the snapshot had, with what the input says over it. */
static int
set_data(struct call *c, json_t *doc, const json_t *snapshot)
{
	static const char *const kept[] = { "Engine", "EngineVersion", "LicenseModel",
		"AllocatedStorage", "StorageType", "Iops", "StorageThroughput",
		"MasterUsername", "KmsKeyId" };
	json_t *secrets = json_get(snapshot, "_secrets");
	const char *member, *class;
	json_t *v;

	for (size_t i = 0; i < COUNT(kept); i++) {
		v = json_get(snapshot, kept[i]);
		if (v != NULL)
			json_set(doc, kept[i], json_incref(v));
	}
	json_object_foreach(secrets, member, v)
		json_set(doc, member, json_copy_deep(v));
	json_set_bool(doc, "StorageEncrypted", json_bool(snapshot, "Encrypted", 0));
	json_set_int(doc, "_port", in_int(c, "Port", json_int(snapshot, "Port", 0)));
	class = said_or(c, "DBInstanceClass", json_str_or(doc, "DBInstanceClass", ""));
	if (rds_check_class(c, class) < 0)
		return -1;
	json_set_str(doc, "DBInstanceClass", class);
	if (in_int(c, "AllocatedStorage", INT64_MAX) <
	    json_int(doc, "AllocatedStorage", 0))
		return err_set(&c->err, &rds_bad_combination,
		    "Requested storage size (%lld) cannot be less than the storage size of "
		    "the snapshot (%lld)",
		    (long long)in_int(c, "AllocatedStorage", 0),
		    (long long)json_int(doc, "AllocatedStorage", 0));
	json_set_int(doc, "AllocatedStorage",
	    in_int(c, "AllocatedStorage", json_int(doc, "AllocatedStorage", 0)));
	json_set_str(doc, "StorageType", in_str(c, "StorageType"));
	if (in_has(c, "Iops"))
		json_set_int(doc, "Iops", in_int(c, "Iops", 0));
	if (in_has(c, "StorageThroughput"))
		json_set_int(doc, "StorageThroughput", in_int(c, "StorageThroughput", 0));
	if (in_has(c, "StorageType") &&
	    rds_check_storage(c, json_int(doc, "AllocatedStorage", 0),
		in_str(c, "StorageType"), in_int(c, "Iops", 0)) < 0)
		return -1;
	if (strcmp(said_or(c, "Engine", json_str_or(doc, "Engine", "")),
		json_str_or(doc, "Engine", "")) != 0)
		return err_set(&c->err, &rds_bad_combination,
		    "Cannot restore a snapshot of %s as %s",
		    json_str_or(doc, "Engine", ""), in_str(c, "Engine"));
	return rds_check_input(c, rds_engine_find(json_str_or(doc, "Engine", "")));
}

static int
find_source(struct call *c, json_t **ret)
{
	const char *name = in_str(c, "DBSnapshotIdentifier");
	int rc;

	if (name == NULL)
		return err_set(&c->err, &rds_bad_combination,
		    "The parameter DBSnapshotIdentifier must be provided.");
	if (rds_allow(c, "snapshot", name) < 0)
		return -1;
	rc = rds_snapshot_find(c, name, ret);
	if (rc <= 0)
		return rc < 0 ?
		    -1 :
		    err_set(&c->err, &no_snapshot, "DBSnapshot %s not found.", name);
	if (strcmp(json_str_or(*ret, "Status", ""), "available") != 0)
		return err_set(&c->err, &bad_snapshot,
		    "Snapshot %s is not in available state.", name);
	return 0;
}

static int
restore_db_instance_from_db_snapshot(struct call *c)
{
	json_t *doc = json_own(c->arena, json_new_object()), *snapshot;
	const char *name;

	if (rds_check_new(c, "DBInstanceIdentifier", &name) < 0 || rds_refuse(c) < 0 ||
	    find_source(c, &snapshot) < 0)
		return -1;
	if (in_has(c, "DBName"))
		return err_set(&c->err, &rds_bad_combination,
		    "DBName cannot be given for a snapshot of %s",
		    json_str_or(snapshot, "Engine", ""));
	json_set_str(doc, "DBInstanceIdentifier", name);
	json_set_str(doc, "_from", json_str(snapshot, "_id"));
	if (set_data(c, doc, snapshot) < 0 ||
	    rds_set_groups(c, doc, json_str_or(snapshot, "OptionGroupName", "")) < 0)
		return -1;
	return rds_launch(c, doc);
}

static const struct op ops[] = {
	RDS("RestoreDBInstanceFromDBSnapshot", restore_db_instance_from_db_snapshot, 0,
	    "Make a database with the data of a snapshot."),
};

const struct family rds_restores = FAMILY(ops, NULL);
