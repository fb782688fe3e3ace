/*
 * RDS: instances: made, listed, deleted.
 */
#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "control/services/rds/converge.h"
#include "control/services/rds/engine.h"
#include "control/services/rds/rds.h"

static const struct watch watches[] = {
	{ "rds:parameter-group", rds_parameters_changed },
	{ "rds:snapshot", rds_snapshot_changed },
	{ 0 },
};

const struct resource rds_instance = {
	.service = "rds",
	.kind = "rds:instance",
	.type = "db",
	.id_member = "DbiResourceId",
	.noun = "DB instance",
	.not_found = &rds_no_instance,
	.tags_member = "TagList",
	.converge = rds_instance_converge,
	.watches = watches,
};

/* What answers show */

static int
show(struct call *c, const json_t *doc, json_t **ret)
{
	json_t *out = json_own(c->arena, json_copy_deep(doc)), *group;

	if (rds_subnet_group_need(c, json_str(doc, "_subnets"), &group) < 0)
		return -1;
	json_set(out, "DBSubnetGroup", json_copy_deep(group));
	*ret = out;
	return 0;
}

int
rds_instance_out(struct call *c, const json_t *doc)
{
	json_t *out;

	if (show(c, doc, &out) < 0)
		return -1;
	out_ref(c, "DBInstance", out);
	return 0;
}

/* CreateDBInstance */

static int
need(struct call *c, const char *member, const char *engine)
{
	return in_has(c, member) ?
	    0 :
	    err_set(&c->err, &rds_bad_value,
		"The parameter %s must be provided and must not be blank for engine %s.",
		member, engine);
}

static int
check_user(struct call *c, const struct rds_engine *e, const char *user)
{
	size_t n = strlen(user);
	char *asked = arena_printf(c->arena, " %s ", user);
	int is_bad = n == 0 || n > e->user_max || !isalpha((unsigned char)user[0]);

	for (size_t i = 0; i < n; i++) {
		is_bad |= !isalnum((unsigned char)user[i]) && user[i] != '_';
		asked[i + 1] = (char)tolower((unsigned char)asked[i + 1]);
	}
	if (is_bad)
		return err_set(&c->err, &rds_bad_value,
		    "The parameter MasterUsername is not a valid identifier. Identifiers must "
		    "begin with a letter; must contain only ASCII letters, digits, and "
		    "underscores.");
	if (strstr(e->reserved_users, asked) != NULL)
		return err_set(&c->err, &rds_bad_value,
		    "MasterUsername %s cannot be used as it is a reserved word used by the "
		    "engine",
		    user);
	return 0;
}

static int
check_database(struct call *c, const char *name)
{
	if (name == NULL)
		return 0;
	for (size_t i = 0; name[i] != '\0'; i++) {
		if (!isalnum((unsigned char)name[i]) && name[i] != '_')
			return err_set(&c->err, &rds_bad_value,
			    "DBName must begin with a letter and contain only alphanumeric "
			    "characters.");
	}
	if (!isalpha((unsigned char)name[0]) || strlen(name) > 63)
		return err_set(&c->err, &rds_bad_value,
		    "DBName must begin with a letter and contain only alphanumeric "
		    "characters.");
	return 0;
}

static int
set_engine(struct call *c, json_t *doc, const struct rds_engine *e)
{
	const struct rds_version *v = rds_version_find(e, in_str(c, "EngineVersion"));
	const char *license = in_str(c, "LicenseModel");

	if (v == NULL)
		return err_set(&c->err, &rds_bad_combination,
		    "Cannot find version %s for %s", in_str(c, "EngineVersion"), e->name);
	if (license != NULL && strcmp(license, e->license) != 0)
		return err_set(&c->err, &rds_bad_combination,
		    "Invalid license model '%s' for engine '%s'. Valid license models are: %s",
		    license, e->name, e->license);
	json_set_str(doc, "Engine", e->name);
	json_set_str(doc, "EngineVersion", v->version);
	json_set_str(doc, "LicenseModel", e->license);
	return rds_set_groups(c, doc, rds_option_group_default(c, e, v));
}

static int
set_storage(struct call *c, json_t *doc)
{
	int64_t iops = in_int(c, "Iops", 0), size;
	const char *type = in_str(c, "StorageType");

	if (type == NULL)
		type = iops != 0 ? "io1" : "gp2";
	size = in_int(c, "AllocatedStorage", 0);
	if (rds_check_storage(c, size, type, iops) < 0)
		return -1;
	json_set_int(doc, "AllocatedStorage", size);
	json_set_str(doc, "StorageType", type);
	if (iops != 0)
		json_set_int(doc, "Iops", iops);
	if (in_has(c, "StorageThroughput") || strcmp(type, "gp3") == 0)
		json_set_int(doc, "StorageThroughput",
		    in_int(c, "StorageThroughput", strcmp(type, "gp3") == 0 ? 125 : 0));
	if (strcmp(type, "gp3") == 0 && iops == 0)
		json_set_int(doc, "Iops", 3000);
	return 0;
}

static int
set_user(struct call *c, json_t *doc, const struct rds_engine *e)
{
	const char *user = in_str(c, "MasterUsername"),
		   *password = in_str(c, "MasterUserPassword");
	char root[33];

	if (need(c, "MasterUsername", e->name) < 0 ||
	    need(c, "MasterUserPassword", e->name) < 0 || check_user(c, e, user) < 0 ||
	    rds_check_password(c, e, password) < 0 ||
	    check_database(c, in_str(c, "DBName")) < 0)
		return -1;
	json_set_str(doc, "MasterUsername", user);
	json_set_str(doc, "DBName", in_str(c, "DBName"));
	json_set_str(doc, "_first_password", password);
	json_set_str(doc, "_password", password);
	random_hex(root, 32);
	json_set_str(doc, "_root", root);
	return 0;
}

static int
create_db_instance(struct call *c)
{
	const char *engine = in_str(c, "Engine"), *name;
	const struct rds_engine *e = rds_engine_find(engine);
	json_t *doc = json_own(c->arena, json_new_object());

	if (rds_check_new(c, "DBInstanceIdentifier", &name) < 0)
		return -1;
	if (e == NULL)
		return err_set(&c->err, &rds_bad_value, "Invalid DB engine: %s", engine);
	if (rds_refuse(c) < 0 || rds_check_input(c, e) < 0 ||
	    need(c, "AllocatedStorage", e->name) < 0 ||
	    rds_check_class(c, in_str(c, "DBInstanceClass")) < 0)
		return -1;
	json_set_str(doc, "DBInstanceIdentifier", name);
	json_set_str(doc, "DBInstanceClass", in_str(c, "DBInstanceClass"));
	json_set_int(doc, "_port", in_int(c, "Port", e->port));
	if (set_user(c, doc, e) < 0 || set_engine(c, doc, e) < 0 ||
	    set_storage(c, doc) < 0)
		return -1;
	return rds_launch(c, doc);
}

/* DescribeDBInstances */

static const struct rds_filter filters[] = {
	{ "db-cluster-id", "DBClusterIdentifier" },
	{ "db-instance-id", "DBInstanceIdentifier" },
	{ "dbi-resource-id", "DbiResourceId" },
	{ "domain", "DomainMemberships.Domain" },
	{ "engine", "Engine" },
	{ 0 },
};

static int
describe_db_instances(struct call *c)
{
	const char *name = in_str(c, "DBInstanceIdentifier");
	json_t *rows, *doc, *shown = json_own(c->arena, json_new_array());
	size_t i;

	if (name != NULL) {
		if (rds_instance_get(c, name, &doc) < 0)
			return -1;
		rows = json_own(c->arena, json_make("[O]", doc));
	} else {
		if (rds_allow(c, "db", NULL) < 0)
			return -1;
		rows = rds_all(c, rds_instance.kind);
	}
	if (rows == NULL || rds_filter(c, filters, rows) < 0)
		return -1;
	json_array_foreach(rows, i, doc) {
		json_t *out;

		if (show(c, doc, &out) < 0)
			return -1;
		json_add(shown, json_incref(out));
	}
	return rds_out_page(c, "DBInstances", "DBInstanceIdentifier", shown);
}

/* DeleteDBInstance */

static int
check_final(struct call *c, const char *final)
{
	int skips = in_bool(c, "SkipFinalSnapshot", 0);
	json_t *old;
	int rc;

	if (skips && final != NULL)
		return err_set(&c->err, &rds_bad_combination,
		    "FinalDBSnapshotIdentifier can not be specified when deleting a database "
		    "instance with SkipFinalSnapshot.");
	if (!skips && final == NULL)
		return err_set(&c->err, &rds_bad_combination,
		    "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is "
		    "specified.");
	if (final == NULL)
		return 0;
	rc = rds_snapshot_find(c, final, &old);
	return rc == 0 ?
	    0 :
	    rc < 0 ?
	    -1 :
	    err_set(&c->err, &rds_snapshot_exists,
		"Cannot create the snapshot because a snapshot with the identifier "
		"%s already exists.",
		final);
}

static int
delete_db_instance(struct call *c)
{
	const char *final = in_str(c, "FinalDBSnapshotIdentifier"), *name, *status;
	json_t *doc, *snapshot;

	if (rds_instance_edit(c, in_str(c, "DBInstanceIdentifier"), &doc) < 0)
		return -1;
	name = json_str_or(doc, "DBInstanceIdentifier", "");
	status = json_str_or(doc, "DBInstanceStatus", "");
	if (strcmp(status, "deleting") == 0)
		return err_set(&c->err, &rds_bad_state,
		    "Instance %s is already being deleted.", name);
	if (json_bool(doc, "DeletionProtection", 0))
		return err_set(&c->err, &rds_bad_combination,
		    "Cannot delete protected DB Instance, please disable deletion protection "
		    "and try again.");
	if (final != NULL && strcmp(status, "creating") == 0)
		return err_set(&c->err, &rds_bad_state,
		    "Cannot create a final snapshot because the database instance %s is not "
		    "currently in the available state.",
		    name);
	if (check_final(c, final) < 0)
		return -1;
	if (final != NULL) {
		final = rds_identifier(c, final, "FinalDBSnapshotIdentifier", 255);
		if (final == NULL ||
		    rds_snapshot_make(c, doc, final, "manual", NULL, &snapshot) < 0)
			return -1;
		json_set_str(doc, "_final", resource_id(&rds_snapshot, snapshot));
	}
	json_set_str(doc, "DBInstanceStatus", "deleting");
	json_set_str(doc, "_want", "deleted");
	resource_put(c, &rds_instance, doc);
	rds_event(c, "db-instance", name, json_str(doc, "DBInstanceArn"), "deletion",
	    "DB instance deletion has started");
	return rds_instance_out(c, doc);
}

static const struct op ops[] = {
	RDS("CreateDBInstance", create_db_instance, 0, "Make a database."),
	RDS("DeleteDBInstance", delete_db_instance, 0,
	    "End a database, after a last snapshot if that is wanted."),
	RDS("DescribeDBInstances", describe_db_instances, OP_READ, "List databases."),
};

static const struct resource *const resources[] = { &rds_instance, NULL };

const struct family rds_instances = FAMILY(ops, resources);
