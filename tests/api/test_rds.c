/*
 * RDS: databases and what they are made of: their lives, and what is refused.
 */
#include <string.h>

#include "base/clock.h"
#include "control/plane/reconcile.h"
#include "control/services/ec2/compute/attachment.h"
#include "tests/api/agent_calls.h"
#include "tests/api/fixture.h"
#include "tests/fakes/engine_fake.h"

/* Databases without Docker: what is asked for is there at once. */
static void
converge(struct fixture *f)
{
	struct engine *engine = f->env.engine;

	f->env.engine = NULL;
	for (int i = 0; i < 3; i++)
		(void)reconcile_pass(&f->env);
	f->env.engine = engine;
}

static json_t *
ok(struct fixture *f, const char *op, const char *params)
{
	return fixture_ok(f, "rds", op, "%s", params);
}

#define DATABASE                                                       \
	"\"DBInstanceClass\":\"db.t3.micro\",\"Engine\":\"postgres\"," \
	"\"AllocatedStorage\":20,\"MasterUsername\":\"admin1\","       \
	"\"MasterUserPassword\":\"correct-horse-9\""

static const json_t *
only(struct fixture *f, const char *name)
{
	return json_array_get(json_get(fixture_ok(f, "rds", "DescribeDBInstances",
					   "{\"DBInstanceIdentifier\":\"%s\"}", name),
				  "DBInstances"),
	    0);
}

static void
a_database_lives_and_goes(void **state)
{
	struct fixture *f = *state;
	json_t *v = ok(f, "CreateDBInstance",
	    "{\"DBInstanceIdentifier\":\"Shop\"," DATABASE
	    ",\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}");
	const json_t *seen;

	fixture_is(v, "DBInstance.DBInstanceIdentifier", "shop");
	fixture_is(v, "DBInstance.DBInstanceStatus", "creating");
	fixture_is(v, "DBInstance.EngineVersion", "16.8");
	fixture_is(v, "DBInstance.StorageType", "gp2");
	fixture_is(v, "DBInstance.DBSubnetGroup.DBSubnetGroupName", "default");
	assert_null(json_path(v, "DBInstance.Endpoint"));
	converge(f);
	seen = only(f, "shop");
	fixture_is(seen, "DBInstanceStatus", "available");
	assert_int_equal(json_int(json_get(seen, "Endpoint"), "Port", 0), 5432);
	assert_non_null(strstr(fixture_text(seen, "Endpoint.Address"),
	    ".us-east-1.rds.amazonaws.com"));
	fixture_is(seen, "DBInstanceArn", "arn:aws:rds:us-east-1:000000000000:db:shop");
	assert_int_equal(json_array_size(json_get(seen, "TagList")), 1);

	fixture_fails(f, "DBInstanceAlreadyExists", "rds", "CreateDBInstance",
	    "{\"DBInstanceIdentifier\":\"shop\"," DATABASE "}");
	fixture_fails(f, "InvalidParameterCombination", "rds", "DeleteDBInstance",
	    "{\"DBInstanceIdentifier\":\"shop\"}");
	ok(f, "StopDBInstance", "{\"DBInstanceIdentifier\":\"shop\"}");
	converge(f);
	fixture_is(only(f, "shop"), "DBInstanceStatus", "stopped");
	fixture_fails(f, "InvalidDBInstanceState", "rds", "RebootDBInstance",
	    "{\"DBInstanceIdentifier\":\"shop\"}");
	ok(f, "StartDBInstance", "{\"DBInstanceIdentifier\":\"shop\"}");
	converge(f);
	ok(f, "DeleteDBInstance",
	    "{\"DBInstanceIdentifier\":\"shop\",\"FinalDBSnapshotIdentifier\":\"last\"}");
	fixture_fails(f, "InvalidDBInstanceState", "rds", "DeleteDBInstance",
	    "{\"DBInstanceIdentifier\":\"shop\",\"SkipFinalSnapshot\":true}");
	converge(f);
	fixture_fails(f, "DBInstanceNotFound", "rds", "DescribeDBInstances",
	    "{\"DBInstanceIdentifier\":\"shop\"}");
	v = ok(f, "DescribeDBSnapshots", "{}");
	fixture_is(json_array_get(json_get(v, "DBSnapshots"), 0), "Status", "available");

	ok(f, "RestoreDBInstanceFromDBSnapshot",
	    "{\"DBInstanceIdentifier\":\"again\",\"DBSnapshotIdentifier\":\"last\"}");
	converge(f);
	fixture_is(only(f, "again"), "MasterUsername", "admin1");
	fixture_is(only(f, "again"), "DBInstanceStatus", "available");
	v = fixture_ok(f, "ec2", "DescribeNetworkInterfaces",
	    "{\"Filters\":[{\"Name\":\"description\",\"Values\":[\"RDSNetworkInterface\"]}]}");
	assert_int_equal(json_array_size(json_get(v, "NetworkInterfaces")), 1);
	ok(f, "DeleteDBInstance",
	    "{\"DBInstanceIdentifier\":\"again\",\"SkipFinalSnapshot\":true}");
	converge(f);
	v = fixture_ok(f, "ec2", "DescribeNetworkInterfaces", "{}");
	assert_int_equal(json_array_size(json_get(v, "NetworkInterfaces")), 0);
}

static void
a_change_waits_unless_it_is_wanted_now(void **state)
{
	struct fixture *f = *state;

	ok(f, "CreateDBInstance", "{\"DBInstanceIdentifier\":\"db\"," DATABASE "}");
	converge(f);
	ok(f, "ModifyDBInstance",
	    "{\"DBInstanceIdentifier\":\"db\",\"DBInstanceClass\":\"db.t3.small\","
	    "\"BackupRetentionPeriod\":3}");
	converge(f);
	fixture_is(only(f, "db"), "DBInstanceClass", "db.t3.micro");
	fixture_is(only(f, "db"), "PendingModifiedValues.DBInstanceClass", "db.t3.small");
	assert_int_equal(json_int(only(f, "db"), "BackupRetentionPeriod", 0), 3);
	ok(f, "ModifyDBInstance",
	    "{\"DBInstanceIdentifier\":\"db\",\"AllocatedStorage\":30,"
	    "\"ApplyImmediately\":true,\"NewDBInstanceIdentifier\":\"renamed\"}");
	converge(f);
	fixture_is(only(f, "renamed"), "DBInstanceClass", "db.t3.small");
	assert_int_equal(json_int(only(f, "renamed"), "AllocatedStorage", 0), 30);
	assert_int_equal(json_object_size(
			     json_get(only(f, "renamed"), "PendingModifiedValues")),
	    0);
	assert_int_equal(strncmp(fixture_text(only(f, "renamed"), "Endpoint.Address"),
			     "renamed.", 8),
	    0);
	fixture_fails(f, "InvalidParameterCombination", "rds", "ModifyDBInstance",
	    "{\"DBInstanceIdentifier\":\"renamed\",\"AllocatedStorage\":20}");
	ok(f, "ModifyDBInstance",
	    "{\"DBInstanceIdentifier\":\"renamed\",\"DeletionProtection\":true}");
	converge(f);
	fixture_fails(f, "InvalidParameterCombination", "rds", "DeleteDBInstance",
	    "{\"DBInstanceIdentifier\":\"renamed\",\"SkipFinalSnapshot\":true}");
}

static void
parameters_are_checked_and_shown(void **state)
{
	struct fixture *f = *state;
	json_t *v;

	ok(f, "CreateDBParameterGroup",
	    "{\"DBParameterGroupName\":\"g\",\"DBParameterGroupFamily\":\"postgres16\","
	    "\"Description\":\"d\"}");
	ok(f, "ModifyDBParameterGroup",
	    "{\"DBParameterGroupName\":\"g\",\"Parameters\":[{\"ParameterName\":"
	    "\"work_mem\",\"ParameterValue\":\"8192\",\"ApplyMethod\":\"immediate\"}]}");
	v = ok(f, "DescribeDBParameters",
	    "{\"DBParameterGroupName\":\"g\",\"Source\":\"user\"}");
	assert_int_equal(json_array_size(json_get(v, "Parameters")), 1);
	fixture_is(json_array_get(json_get(v, "Parameters"), 0), "ParameterValue",
	    "8192");
	fixture_fails(f, "InvalidParameterCombination", "rds", "ModifyDBParameterGroup",
	    "{\"DBParameterGroupName\":\"g\",\"Parameters\":[{\"ParameterName\":"
	    "\"max_connections\",\"ParameterValue\":\"80\",\"ApplyMethod\":\"immediate\"}]}");
	fixture_fails(f, "InvalidParameterValue", "rds", "ModifyDBParameterGroup",
	    "{\"DBParameterGroupName\":\"g\",\"Parameters\":[{\"ParameterName\":"
	    "\"work_mem\",\"ParameterValue\":\"1\",\"ApplyMethod\":\"immediate\"}]}");
	fixture_fails(f, "InvalidParameterValue", "rds", "ModifyDBParameterGroup",
	    "{\"DBParameterGroupName\":\"g\",\"Parameters\":[{\"ParameterName\":"
	    "\"nonsense\",\"ParameterValue\":\"1\",\"ApplyMethod\":\"immediate\"}]}");
	ok(f, "ResetDBParameterGroup",
	    "{\"DBParameterGroupName\":\"g\",\"ResetAllParameters\":true}");
	v = ok(f, "DescribeDBParameters",
	    "{\"DBParameterGroupName\":\"g\",\"Source\":\"user\"}");
	assert_int_equal(json_array_size(json_get(v, "Parameters")), 0);
	fixture_fails(f, "InvalidDBParameterGroupState", "rds", "ModifyDBParameterGroup",
	    "{\"DBParameterGroupName\":\"default.postgres16\",\"Parameters\":[]}");
	ok(f, "DeleteDBParameterGroup", "{\"DBParameterGroupName\":\"g\"}");
	fixture_fails(f, "DBParameterGroupNotFound", "rds", "DescribeDBParameters",
	    "{\"DBParameterGroupName\":\"g\"}");
}

static void
groups_of_subnets_cover_two_zones(void **state)
{
	struct fixture *f = *state;
	const json_t *subnets =
	    json_get(fixture_ok(f, "ec2", "DescribeSubnets", "{}"), "Subnets");
	const char *a = json_str(json_array_get(subnets, 0), "SubnetId"),
		   *b = json_str(json_array_get(subnets, 1), "SubnetId");
	json_t *v;

	fixture_fails(f, "DBSubnetGroupDoesNotCoverEnoughAZs", "rds",
	    "CreateDBSubnetGroup",
	    "{\"DBSubnetGroupName\":\"g\",\"DBSubnetGroupDescription\":\"d\","
	    "\"SubnetIds\":[\"%s\"]}",
	    a);
	v = fixture_ok(f, "rds", "CreateDBSubnetGroup",
	    "{\"DBSubnetGroupName\":\"G\",\"DBSubnetGroupDescription\":\"d\","
	    "\"SubnetIds\":[\"%s\",\"%s\"]}",
	    a, b);
	fixture_is(v, "DBSubnetGroup.DBSubnetGroupName", "g");
	fixture_fails(f, "InvalidSubnet", "rds", "ModifyDBSubnetGroup",
	    "{\"DBSubnetGroupName\":\"g\",\"SubnetIds\":[\"subnet-0123456789abcdef0\"]}");
	ok(f, "CreateDBInstance",
	    "{\"DBInstanceIdentifier\":\"db\"," DATABASE ",\"DBSubnetGroupName\":\"g\"}");
	fixture_fails(f, "InvalidDBSubnetGroupStateFault", "rds", "DeleteDBSubnetGroup",
	    "{\"DBSubnetGroupName\":\"g\"}");
	fixture_fails(f, "DBSubnetGroupNotFoundFault", "rds", "DescribeDBSubnetGroups",
	    "{\"DBSubnetGroupName\":\"none\"}");
}

static void
what_is_wrong_is_refused(void **state)
{
	static const struct {
		const char *code, *params;
	} rows[] = {
		{ "InvalidParameterValue",
		    "{\"DBInstanceIdentifier\":\"1x\"," DATABASE "}" },
		{ "InvalidParameterValue",
		    "{\"DBInstanceIdentifier\":\"a--b\"," DATABASE "}" },
		{ "InvalidParameterValue",
		    "{\"DBInstanceIdentifier\":\"x\",\"DBInstanceClass\":\"db.t3.micro\","
		    "\"Engine\":\"db2\"}" },
		{ "InvalidParameterValue",
		    "{\"DBInstanceIdentifier\":\"x\",\"DBInstanceClass\":\"db.t3.nano9\","
		    "\"Engine\":\"postgres\",\"AllocatedStorage\":20,\"MasterUsername\":\"u\","
		    "\"MasterUserPassword\":\"12345678\"}" },
		{ "InvalidParameterValue",
		    "{\"DBInstanceIdentifier\":\"x\",\"DBInstanceClass\":\"db.t3.micro\","
		    "\"Engine\":\"postgres\",\"AllocatedStorage\":20,\"MasterUsername\":\"u\","
		    "\"MasterUserPassword\":\"short\"}" },
		{ "InvalidParameterValue",
		    "{\"DBInstanceIdentifier\":\"x\",\"DBInstanceClass\":\"db.t3.micro\","
		    "\"Engine\":\"postgres\",\"AllocatedStorage\":20,\"MasterUsername\":"
		    "\"rdsadmin\",\"MasterUserPassword\":\"12345678\"}" },
		{ "InvalidParameterCombination",
		    "{\"DBInstanceIdentifier\":\"x\"," DATABASE
		    ",\"EngineVersion\":\"9.9\"}" },
		{ "InvalidParameterCombination",
		    "{\"DBInstanceIdentifier\":\"x\"," DATABASE
		    ",\"StorageType\":\"io1\"}" },
		{ "InvalidParameterCombination",
		    "{\"DBInstanceIdentifier\":\"x\"," DATABASE
		    ",\"ManageMasterUserPassword\":true}" },
		{ "InvalidParameterValue",
		    "{\"DBInstanceIdentifier\":\"x\"," DATABASE ",\"Port\":80}" },
		{ "InvalidParameterValue",
		    "{\"DBInstanceIdentifier\":\"x\"," DATABASE
		    ",\"BackupRetentionPeriod\":36}" },
		{ "InvalidParameterValue",
		    "{\"DBInstanceIdentifier\":\"x\"," DATABASE
		    ",\"PreferredBackupWindow\":\"25:00-26:00\"}" },
		{ "InvalidParameterValue",
		    "{\"DBInstanceIdentifier\":\"x\"," DATABASE
		    ",\"PreferredMaintenanceWindow\":\"sun:05:00\"}" },
		{ "InvalidParameterValue",
		    "{\"DBInstanceIdentifier\":\"x\"," DATABASE
		    ",\"CACertificateIdentifier\":\"none\"}" },
		{ "InvalidParameterCombination",
		    "{\"DBInstanceIdentifier\":\"x\"," DATABASE
		    ",\"EnableCloudwatchLogsExports\":[\"slowquery\"]}" },
		{ "InvalidParameterCombination",
		    "{\"DBInstanceIdentifier\":\"x\"," DATABASE
		    ",\"TagSpecifications\":[{\"ResourceType\":\"db\"}]}" },
		{ "InvalidParameterCombination",
		    "{\"DBInstanceIdentifier\":\"x\"," DATABASE
		    ",\"MultiAZ\":true,\"AvailabilityZone\":\"us-east-1a\"}" },
		{ "DBParameterGroupNotFound",
		    "{\"DBInstanceIdentifier\":\"x\"," DATABASE
		    ",\"DBParameterGroupName\":\"none\"}" },
		{ "InvalidParameterCombination",
		    "{\"DBInstanceIdentifier\":\"x\"," DATABASE
		    ",\"DBParameterGroupName\":\"default.mysql8.0\"}" },
		{ "DBSubnetGroupNotFoundFault",
		    "{\"DBInstanceIdentifier\":\"x\"," DATABASE
		    ",\"DBSubnetGroupName\":\"none\"}" },
		{ "InvalidParameterValue",
		    "{\"DBInstanceIdentifier\":\"x\"," DATABASE
		    ",\"VpcSecurityGroupIds\":[\"sg-0123456789abcdef0\"]}" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		fixture_fails(f, rows[i].code, "rds", "CreateDBInstance", "%s",
		    rows[i].params);
	assert_int_equal(json_array_size(
			     json_get(ok(f, "DescribeDBInstances", "{}"), "DBInstances")),
	    0);
	assert_int_equal(json_array_size(json_get(fixture_ok(f, "ec2",
						      "DescribeNetworkInterfaces", "{}"),
			     "NetworkInterfaces")),
	    0);
}

static void
tags_and_lists(void **state)
{
	struct fixture *f = *state;
	json_t *v;

	ok(f, "CreateDBInstance", "{\"DBInstanceIdentifier\":\"db\"," DATABASE "}");
	ok(f, "AddTagsToResource",
	    "{\"ResourceName\":\"arn:aws:rds:us-east-1:000000000000:db:db\",\"Tags\":"
	    "[{\"Key\":\"k\",\"Value\":\"v\"}]}");
	v = ok(f, "ListTagsForResource",
	    "{\"ResourceName\":\"arn:aws:rds:us-east-1:000000000000:db:db\"}");
	fixture_is(json_array_get(json_get(v, "TagList"), 0), "Value", "v");
	ok(f, "RemoveTagsFromResource",
	    "{\"ResourceName\":\"arn:aws:rds:us-east-1:000000000000:db:db\",\"TagKeys\":"
	    "[\"k\"]}");
	fixture_fails(f, "DBInstanceNotFound", "rds", "ListTagsForResource",
	    "{\"ResourceName\":\"arn:aws:rds:us-east-1:000000000000:db:none\"}");
	v = ok(f, "DescribeDBEngineVersions",
	    "{\"Engine\":\"postgres\",\"DefaultOnly\":true}");
	assert_int_equal(json_array_size(json_get(v, "DBEngineVersions")), 1);
	fixture_is(json_array_get(json_get(v, "DBEngineVersions"), 0), "EngineVersion",
	    "16.8");
	v = ok(f, "DescribeOrderableDBInstanceOptions",
	    "{\"Engine\":\"mysql\",\"DBInstanceClass\":\"db.t3.micro\",\"MaxRecords\":20}");
	assert_int_equal(json_array_size(json_get(v, "OrderableDBInstanceOptions")), 20);
	assert_non_null(json_str(v, "Marker"));
	v = ok(f, "DescribeDBInstances",
	    "{\"Filters\":[{\"Name\":\"engine\",\"Values\":[\"mysql\"]}]}");
	assert_int_equal(json_array_size(json_get(v, "DBInstances")), 0);
	fixture_fails(f, "InvalidParameterValue", "rds", "DescribeDBInstances",
	    "{\"Filters\":[{\"Name\":\"nonsense\",\"Values\":[\"x\"]}]}");
}

static void
old_events_are_forgotten(void **state)
{
	struct fixture *f = *state;
	json_t *v;

	ok(f, "CreateDBInstance", "{\"DBInstanceIdentifier\":\"db\"," DATABASE "}");
	converge(f);
	v = ok(f, "DescribeEvents", "{}");
	assert_int_equal(json_array_size(json_get(v, "Events")), 1);
	fixture_is(v, "Events.0.Message", "DB instance created");
	f->now_ms += (int64_t)15 * 24 * 3600 * 1000;
	ok(f, "RebootDBInstance", "{\"DBInstanceIdentifier\":\"db\"}");
	converge(f);
	v = ok(f, "DescribeEvents", "{\"StartTime\":0}");
	assert_int_equal(json_array_size(json_get(v, "Events")), 1);
	fixture_is(v, "Events.0.Message", "DB instance restarted");
	fixture_fails(f, "InvalidParameterValue", "rds", "DescribeEvents",
	    "{\"Duration\":30000}");
}

/* With an engine */

static const char *
box(struct fixture *f, const json_t *seen)
{
	return arena_printf(f->arena, "%s-%s", f->settings.instance,
	    json_str(seen, "DbiResourceId"));
}

static json_t *
inspect(struct fixture *f, const char *name)
{
	struct err err;
	json_t *v;

	return engine_container_inspect(f->env.engine, f->arena, name, &v, &err) > 0 ?
	    v :
	    NULL;
}

/* What netd says when it has plugged the interface of the container in. */
static void
plug_in(struct fixture *f, const char *name)
{
	const json_t *enis = fixture_ok(f, "ec2", "DescribeNetworkInterfaces",
	    "{\"Filters\":[{\"Name\":\"requester-id\",\"Values\":[\"amazon-rds\"]}]}");
	const char *eni = fixture_text(enis, "NetworkInterfaces.0.NetworkInterfaceId");
	struct store_txn *t = store_begin(f->env.store, f->arena);
	json_t *container = inspect(f, name), *old;
	struct err err;

	assert_non_null(container);
	assert_non_null(eni);
	assert_true(store_get(t, SCOPE, ATTACHMENT_KIND, eni, &old, &err) >= 0);
	store_put(t, SCOPE, ATTACHMENT_KIND, eni,
	    json_own(f->arena,
		json_make("{s:s, s:I, s:s}", "id", eni, "pid",
		    (json_int_t)json_int(json_get(container, "State"), "Pid", 0), "state",
		    "attached")));
	assert_int_equal(store_commit(t, &err), 1);
}

static void
a_database_is_a_container_with_a_volume(void **state)
{
	struct fixture *f = *state;
	const json_t *mount;
	const char *name, *init;

	agent_machines(f);
	engine_fake_add_image(f->engine, "postgres:16",
	    "{\"Entrypoint\":[\"docker-entrypoint.sh\"],\"Cmd\":[\"postgres\"]}");
	ok(f, "CreateDBInstance", "{\"DBInstanceIdentifier\":\"db\"," DATABASE "}");
	assert_int_equal(reconcile_pass(&f->env), 0);
	name = box(f, only(f, "db"));
	mount = json_array_get(json_path(inspect(f, name), "HostConfig.Mounts"), 0);
	assert_string_equal(json_str(mount, "Source"), name);
	assert_string_equal(json_str(mount, "Target"), "/var/lib/postgresql/data");
	init =
	    engine_fake_file(f->engine, f->arena, name, "/.simfra/init.json", NULL, NULL);
	assert_non_null(strstr(init,
	    "[\"/bin/sh\",\"/.simfra/start\",\"docker-entrypoint.sh\",\"postgres\"]"));
	/* Not before its groups are in force. */
	assert_int_equal(engine_fake_calls(f->engine, "exec"), 0);
	fixture_is(only(f, "db"), "DBInstanceStatus", "creating");
	plug_in(f, name);
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_true(engine_fake_calls(f->engine, "exec") > 0);
	fixture_is(only(f, "db"), "DBInstanceStatus", "available");

	ok(f, "StopDBInstance", "{\"DBInstanceIdentifier\":\"db\"}");
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_false(json_is_true(json_path(inspect(f, name), "State.Running")));
	ok(f, "DeleteDBInstance",
	    "{\"DBInstanceIdentifier\":\"db\",\"SkipFinalSnapshot\":true}");
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_null(inspect(f, name));
	assert_int_equal(engine_fake_n_volumes(f->engine), 0);
}

static void
why_a_database_does_not_start_is_told(void **state)
{
	struct fixture *f = *state;
	const char *name;

	agent_machines(f);
	ok(f, "CreateDBInstance", "{\"DBInstanceIdentifier\":\"db\"," DATABASE "}");
	assert_int_equal(reconcile_pass(&f->env), 1);
	fixture_is(only(f, "db"), "DBInstanceStatus", "creating");
	assert_non_null(
	    strstr(fixture_text(only(f, "db"), "StatusInfos.0.Message"), "postgres:16"));

	engine_fake_add_image(f->engine, "postgres:16", NULL);
	assert_int_equal(reconcile_pass(&f->env), 0);
	name = box(f, only(f, "db"));
	engine_fake_set_logs(f->engine, name, "no space left");
	assert_int_equal(engine_fake_exit(f->engine, name, 3), 1);
	f->now_ms = clock_system.now_ms(&clock_system);
	assert_int_equal(reconcile_pass(&f->env), 1);
	assert_non_null(strstr(fixture_text(only(f, "db"), "StatusInfos.0.Message"),
	    "ended with 3: no space left"));
	/* Some seconds later it is tried again. */
	f->now_ms += 6000;
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_true(json_is_true(json_path(inspect(f, name), "State.Running")));
	plug_in(f, name);
	assert_int_equal(reconcile_pass(&f->env), 0);
	fixture_is(only(f, "db"), "DBInstanceStatus", "available");
	assert_null(json_get(only(f, "db"), "StatusInfos"));
	fixture_fails(f, "InvalidParameterCombination", "rds", "ModifyDBInstance",
	    "{\"DBInstanceIdentifier\":\"db\",\"Engine\":\"mysql\"}");
}

static void
a_final_snapshot_needs_data(void **state)
{
	struct fixture *f = *state;

	ok(f, "CreateDBInstance", "{\"DBInstanceIdentifier\":\"db\"," DATABASE "}");
	fixture_fails(f, "InvalidDBInstanceState", "rds", "DeleteDBInstance",
	    "{\"DBInstanceIdentifier\":\"db\",\"FinalDBSnapshotIdentifier\":\"s\"}");
	ok(f, "DeleteDBInstance",
	    "{\"DBInstanceIdentifier\":\"db\",\"SkipFinalSnapshot\":true}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_database_lives_and_goes,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(a_change_waits_unless_it_is_wanted_now,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(parameters_are_checked_and_shown,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(groups_of_subnets_cover_two_zones,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(what_is_wrong_is_refused,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(tags_and_lists, fixture_setup_standard,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(old_events_are_forgotten,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(a_database_is_a_container_with_a_volume,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(why_a_database_does_not_start_is_told,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(a_final_snapshot_needs_data,
		    fixture_setup_standard, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
