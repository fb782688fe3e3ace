/*
 * RDS: snapshots: made, copied, listed, deleted, shared.
 *
 * A snapshot (rds:snapshot, by an id of ours) is as DescribeDBSnapshots shows it; its Docker volume
 * has that id.  Privately: _source (the instance's id), _copy_of (another snapshot's), _secrets (what
 * a restored instance has to know), _restore (whom it may be restored by).
 */
#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/storage/data_copy.h"
#include "control/services/rds/converge.h"
#include "control/services/rds/rds.h"

enum { WAIT_MS = 200, SHARED_MAX = 20 };

static const struct err_kind not_found = { "DBSnapshotNotFound", 404 };
static const struct err_kind bad_state = { "InvalidDBSnapshotState", 400 };
const struct err_kind rds_snapshot_exists = { "DBSnapshotAlreadyExists", 400 };

/* Its data */

static int
write_available(struct converge *cv UNUSED, json_t *doc, void *arg UNUSED)
{
	if (strcmp(json_str_or(doc, "Status", ""), "creating") != 0)
		return 0;
	json_set_str(doc, "Status", "available");
	json_set_int(doc, "PercentProgress", 100);
	return 1;
}

/* The engine stands still for so long: what is copied is what it would find after a power cut. */
static int
copy(struct converge *cv, struct err *err)
{
	const char *source = json_str(cv->doc, "_source");
	struct data_copy what = { .from_image = "localhost/simfra:none" };
	json_t *container;
	char *path;
	int rc;

	what.from_volume = converge_name(cv,
	    source != NULL ? source : json_str_or(cv->doc, "_copy_of", ""));
	if (data_need(cv, &path, err) < 0)
		return -1;
	if (source != NULL) {
		rc = engine_container_inspect(cv->env->engine, cv->arena,
		    what.from_volume, &container, err);
		if (rc < 0 ||
		    (rc > 0 && json_is_true(json_path(container, "State.Running")) &&
			engine_container_pause(cv->env->engine, what.from_volume, 1,
			    err) < 0))
			return -1;
	}
	rc = data_copy(cv, &what, err);
	if (rc == 0)
		cv->again_ms = WAIT_MS;
	return rc;
}

static int
snapshot_converge(struct converge *cv, struct err *err)
{
	int rc;

	if (cv->doc == NULL)
		return cv->env->engine == NULL ? 0 : data_remove(cv, err);
	if (strcmp(json_str_or(cv->doc, "Status", ""), "creating") != 0)
		return 0;
	rc = cv->env->engine != NULL ? copy(cv, err) : 1;
	/* The instance sees that nothing holds it any more (rds_snapshot_changed). */
	return rc <= 0 ? rc : converge_write(cv, write_available, NULL, err);
}

const struct resource rds_snapshot = {
	.service = "rds",
	.kind = "rds:snapshot",
	.type = "snapshot",
	.id_member = "_id",
	.noun = "DB snapshot",
	.not_found = &not_found,
	.tags_member = "TagList",
	.converge = snapshot_converge,
};

int
rds_snapshot_find(struct call *c, const char *name, json_t **ret)
{
	const char *snap = strstr(name, ":snapshot:");
	char *id =
	    arena_strdup(c->arena, snap != NULL ? snap + strlen(":snapshot:") : name);

	for (char *p = id; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return resource_find_by(c, &rds_snapshot, "DBSnapshotIdentifier", id, ret);
}

static int
get(struct call *c, const char *name, json_t **ret)
{
	int rc;

	if (rds_allow(c, "snapshot", name) < 0)
		return -1;
	rc = rds_snapshot_find(c, name, ret);
	return rc > 0 ? 0 :
	    rc < 0    ? -1 :
			err_set(&c->err, &not_found, "DBSnapshot %s not found.", name);
}

static json_t *
new_snapshot(struct call *c, const char *name, const char *type)
{
	json_t *doc = json_own(c->arena, json_new_object());
	char id[17];

	random_hex(id, 16);
	json_set_fmt(doc, "_id", "rds-snap-%s", id);
	json_set_str(doc, "DBSnapshotIdentifier", name);
	json_set_str(doc, "DBSnapshotArn", rds_arn(c, "snapshot", name));
	json_set_str(doc, "SnapshotType", type);
	json_set_str(doc, "Status", "creating");
	json_set_int(doc, "PercentProgress", 0);
	return doc;
}

static int
check_new(struct call *c, const char *name)
{
	json_t *old;
	int rc = rds_snapshot_find(c, name, &old);

	return rc == 0 ?
	    0 :
	    rc < 0 ?
	    -1 :
	    err_set(&c->err, &rds_snapshot_exists,
		"Cannot create the snapshot because a snapshot with the identifier "
		"%s already exists.",
		name);
}

/* What a snapshot has of its instance. */
static const char *const shared[] = { "DBInstanceIdentifier", "Engine",
	"AllocatedStorage", "AvailabilityZone", "InstanceCreateTime", "MasterUsername",
	"EngineVersion", "LicenseModel", "Iops", "StorageThroughput", "StorageType",
	"KmsKeyId", "Timezone", "IAMDatabaseAuthenticationEnabled", "DbiResourceId",
	"DedicatedLogVolume" };
static const char *const secrets[] = { "_first_password", "_password", "_root", "_told",
	"_set", "_ready", "_port", "DBName", "DBInstanceClass" };

static void
take(json_t *to, const json_t *from, const char *const *members, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_t *v = json_get(from, members[i]);

		if (v != NULL)
			json_set(to, members[i], json_copy_deep(v));
	}
}

int
rds_snapshot_make(struct call *c, const json_t *instance, const char *name,
    const char *type, const json_t *tags, json_t **ret)
{
	const json_t *options =
	    json_array_get(json_get(instance, "OptionGroupMemberships"), 0);
	json_t *doc = new_snapshot(c, name, type), *group;

	if (check_new(c, name) < 0 ||
	    rds_subnet_group_need(c, json_str(instance, "_subnets"), &group) < 0)
		return -1;
	take(doc, instance, shared, COUNT(shared));
	take(json_need_object(doc, "_secrets"), instance, secrets, COUNT(secrets));
	json_set_int(doc, "Port", json_int(instance, "_port", 0));
	json_set_str(doc, "VpcId", json_str(group, "VpcId"));
	json_set_str(doc, "OptionGroupName", json_str(options, "OptionGroupName"));
	json_set_bool(doc, "Encrypted", json_bool(instance, "StorageEncrypted", 0));
	json_set_str(doc, "_source", json_str(instance, "DbiResourceId"));
	json_set(doc, "SnapshotCreateTime", call_now(c));
	json_set(doc, "OriginalSnapshotCreateTime", call_now(c));
	json_set(doc, "TagList", tags != NULL ? json_copy_deep(tags) : json_new_array());
	if (tags == NULL && json_bool(instance, "CopyTagsToSnapshot", 0))
		json_set(doc, "TagList", json_copy_deep(json_get(instance, "TagList")));
	resource_put(c, &rds_snapshot, doc);
	*ret = doc;
	return 0;
}

static int
create_db_snapshot(struct call *c)
{
	const char *name = rds_identifier(c, in_str(c, "DBSnapshotIdentifier"),
	    "DBSnapshotIdentifier", 255);
	json_t *instance, *doc, *tags;

	if (name == NULL || rds_allow(c, "snapshot", name) < 0 ||
	    rds_instance_get(c, in_str(c, "DBInstanceIdentifier"), &instance) < 0)
		return -1;
	if (strcmp(json_str_or(instance, "DBInstanceStatus", ""), "available") != 0 &&
	    strcmp(json_str_or(instance, "DBInstanceStatus", ""), "stopped") != 0)
		return err_set(&c->err, &rds_bad_state,
		    "Cannot create a snapshot because the database instance %s is not "
		    "currently in the available state.",
		    json_str_or(instance, "DBInstanceIdentifier", ""));
	tags = rds_input_tags(c);
	if (tags == NULL ||
	    rds_snapshot_make(c, instance, name, "manual",
		json_array_size(tags) > 0 ? tags : NULL, &doc) < 0)
		return -1;
	out_ref(c, "DBSnapshot", json_own(c->arena, json_copy_deep(doc)));
	return 0;
}

static int
copy_db_snapshot(struct call *c)
{
	const char *name = rds_identifier(c, in_str(c, "TargetDBSnapshotIdentifier"),
	    "TargetDBSnapshotIdentifier", 255);
	json_t *source, *doc, *tags, *merged;

	if (name == NULL || rds_allow(c, "snapshot", name) < 0 ||
	    get(c, in_str(c, "SourceDBSnapshotIdentifier"), &source) < 0 ||
	    check_new(c, name) < 0)
		return -1;
	if (rds_refuse(c) < 0)
		return -1;
	if (strcmp(json_str_or(source, "Status", ""), "available") != 0)
		return err_set(&c->err, &bad_state,
		    "Source snapshot is not in available state.");
	tags = rds_input_tags(c);
	if (tags == NULL)
		return -1;
	doc = new_snapshot(c, name, "manual");
	merged = json_own(c->arena, json_copy_deep(source));
	json_del(merged, "_restore");
	json_del(merged, "_source");
	take(merged, doc,
	    (const char *const[]){ "_id", "DBSnapshotIdentifier", "DBSnapshotArn",
		"SnapshotType", "Status", "PercentProgress" },
	    6);
	json_set_str(merged, "_copy_of", json_str(source, "_id"));
	json_set_str(merged, "SourceDBSnapshotIdentifier",
	    json_str(source, "DBSnapshotArn"));
	json_set_str(merged, "SourceRegion", c->region);
	json_set(merged, "SnapshotCreateTime", call_now(c));
	if (!in_bool(c, "CopyTags", 0))
		json_set(merged, "TagList", json_copy_deep(tags));
	if (in_has(c, "KmsKeyId")) {
		json_set_str(merged, "KmsKeyId", in_str(c, "KmsKeyId"));
		json_set_bool(merged, "Encrypted", 1);
	}
	resource_put(c, &rds_snapshot, merged);
	out_ref(c, "DBSnapshot", json_own(c->arena, json_copy_deep(merged)));
	return 0;
}

static int
delete_db_snapshot(struct call *c)
{
	json_t *doc, *user, *out;
	int rc;

	if (get(c, in_str(c, "DBSnapshotIdentifier"), &doc) < 0)
		return -1;
	if (strcmp(json_str_or(doc, "Status", ""), "available") != 0)
		return err_set(&c->err, &bad_state,
		    "Snapshot is not in available state.");
	/* A restored instance has its data soon. */
	rc = resource_find_by(c, &rds_instance, "_from", json_str_or(doc, "_id", ""),
	    &user);
	if (rc < 0)
		return -1;
	if (rc > 0 && !json_bool(user, "_made", 0))
		return err_set(&c->err, &bad_state,
		    "The snapshot is being used to restore DB instance %s.",
		    json_str_or(user, "DBInstanceIdentifier", ""));
	out = json_own(c->arena, json_copy_deep(doc));
	json_set_str(out, "Status", "deleted");
	resource_delete_doc(c, &rds_snapshot, json_str_or(doc, "_id", ""));
	out_ref(c, "DBSnapshot", out);
	return 0;
}

/* DescribeDBSnapshots */

static const struct rds_filter filters[] = {
	{ "db-instance-id", "DBInstanceIdentifier" },
	{ "db-snapshot-id", "DBSnapshotIdentifier" },
	{ "dbi-resource-id", "DbiResourceId" },
	{ "engine", "Engine" },
	{ "snapshot-type", "SnapshotType" },
	{ 0 },
};

static int
describe_db_snapshots(struct call *c)
{
	static const struct {
		const char *in, *doc;
	} asked[] = {
		{ "DBInstanceIdentifier", "DBInstanceIdentifier" },
		{ "SnapshotType", "SnapshotType" },
		{ "DbiResourceId", "DbiResourceId" },
	};
	const char *name = in_str(c, "DBSnapshotIdentifier");
	json_t *rows, *doc;

	if (name != NULL) {
		if (get(c, name, &doc) < 0)
			return -1;
		rows = json_own(c->arena, json_make("[O]", doc));
	} else {
		if (rds_allow(c, "snapshot", NULL) < 0)
			return -1;
		rows = rds_all(c, rds_snapshot.kind);
		if (rows == NULL)
			return -1;
	}
	for (size_t k = 0; k < COUNT(asked); k++) {
		const char *value = in_str(c, asked[k].in);

		for (size_t i = json_array_size(rows); value != NULL && i-- > 0;) {
			if (strcmp(json_str_or(json_array_get(rows, i), asked[k].doc, ""),
				value) != 0)
				json_array_remove(rows, i);
		}
	}
	if (rds_filter(c, filters, rows) < 0)
		return -1;
	return rds_out_page(c, "DBSnapshots", "DBSnapshotIdentifier", rows);
}

/* Who may restore it */

static int
out_attributes(struct call *c, const json_t *doc)
{
	const json_t *who = json_get(doc, "_restore");
	json_t *out = json_own(c->arena, json_new_object()), *row;

	json_set_str(out, "DBSnapshotIdentifier", json_str(doc, "DBSnapshotIdentifier"));
	row = json_add_object(json_need_array(out, "DBSnapshotAttributes"));
	json_set_str(row, "AttributeName", "restore");
	json_set(row, "AttributeValues",
	    who != NULL ? json_copy_deep(who) : json_new_array());
	out_ref(c, "DBSnapshotAttributesResult", out);
	return 0;
}

static int
describe_db_snapshot_attributes(struct call *c)
{
	json_t *doc;

	return get(c, in_str(c, "DBSnapshotIdentifier"), &doc) < 0 ?
	    -1 :
	    out_attributes(c, doc);
}

static int
modify_db_snapshot_attribute(struct call *c)
{
	const json_t *v;
	json_t *doc, *who;
	size_t i;

	if (get(c, in_str(c, "DBSnapshotIdentifier"), &doc) < 0 ||
	    resource_edit(c, &rds_snapshot, json_str_or(doc, "_id", ""), &doc) < 0)
		return -1;
	if (strcmp(in_str(c, "AttributeName"), "restore") != 0)
		return err_set(&c->err, &rds_bad_value, "Invalid attribute name: %s",
		    in_str(c, "AttributeName"));
	who = json_need_array(doc, "_restore");
	json_array_foreach(in_list(c, "ValuesToAdd"), i, v) {
		const char *id = json_string_value(v);

		if (strcmp(id, "all") != 0 &&
		    (strlen(id) != 12 || strspn(id, "0123456789") != 12))
			return err_set(&c->err, &rds_bad_value,
			    "Invalid value for attribute restore: %s", id);
		if (!json_has_str(who, id))
			json_add_str(who, id);
	}
	for (i = json_array_size(who); i-- > 0;) {
		if (json_has_str(in_list(c, "ValuesToRemove"),
			json_string_value(json_array_get(who, i))))
			json_array_remove(who, i);
	}
	if (json_array_size(who) > SHARED_MAX)
		return err_set(&c->err, &rds_bad_value,
		    "A snapshot can be shared with %d accounts at most.", SHARED_MAX);
	resource_put(c, &rds_snapshot, doc);
	return out_attributes(c, doc);
}

static const struct op ops[] = {
	RDS("CopyDBSnapshot", copy_db_snapshot, 0, "Make a snapshot of a snapshot."),
	RDS("CreateDBSnapshot", create_db_snapshot, 0, "Keep what a database has now."),
	RDS("DeleteDBSnapshot", delete_db_snapshot, 0, "Remove a snapshot."),
	RDS("DescribeDBSnapshotAttributes", describe_db_snapshot_attributes, OP_READ,
	    "Say who may restore a snapshot."),
	RDS("DescribeDBSnapshots", describe_db_snapshots, OP_READ, "List snapshots."),
	RDS("ModifyDBSnapshotAttribute", modify_db_snapshot_attribute, 0,
	    "Say who may restore a snapshot from now on."),
};

static const struct resource *const resources[] = { &rds_snapshot, NULL };

const struct family rds_snapshots = FAMILY(ops, resources);
