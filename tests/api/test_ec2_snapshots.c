/*
 * EC2: snapshots: made, restored, copied, shared, deleted.
 */
#include "tests/api/storage_calls.h"

#include <string.h>

#include "tests/fakes/engine_fake.h"

#define OTHER "111111111111"

static const struct principal other = {
	.kind = PRINCIPAL_ROOT,
	.account = OTHER,
	.arn = "arn:aws:iam::" OTHER ":root",
	.user_id = OTHER,
};

static void
a_snapshot_is_made_restored_and_goes(void **state)
{
	struct fixture *f = *state;
	const char *volume, *id, *copy;
	struct ec2_world w;
	json_t *v;

	storage_set_up(f, &w);
	volume = storage_volume(f, ", \"Size\": 3, \"Encrypted\": true");
	v = ec2_ok(f, "CreateSnapshot",
	    "{\"VolumeId\": \"%s\", \"Description\": \"d\", \"TagSpecifications\":"
	    " [{\"ResourceType\": \"snapshot\", \"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}]}",
	    volume);
	id = ec2_text(v, "SnapshotId");
	ec2_is(v, "State", "pending");
	ec2_is(v, "Progress", "0%");
	/* Until the copy has ended. */
	storage_pass(f);
	ec2_is(storage_snapshot_now(f, id), "State", "pending");
	ec2_no(f, "IncorrectState", "CreateVolume",
	    "{\"AvailabilityZone\": \"us-east-1a\", \"SnapshotId\": \"%s\"}", id);
	storage_settle(f);
	v = storage_snapshot_now(f, id);
	ec2_is(v, "State", "completed");
	ec2_is(v, "Progress", "100%");
	ec2_is(v, "VolumeSize", "3");
	ec2_is(v, "VolumeId", volume);
	ec2_is(v, "Encrypted", "true");
	ec2_is(v, "StorageTier", "standard");
	ec2_is(v, "OwnerId", FIXTURE_ACCOUNT);
	ec2_is(v, "Tags.0.Value", "b");
	assert_true(storage_has_data(f, id));
	ec2_no(f, "InvalidParameterValue", "CreateVolume",
	    "{\"AvailabilityZone\": \"us-east-1a\", \"SnapshotId\": \"%s\", \"Size\": 2}",
	    id);
	copy = storage_volume(f, arena_printf(f->arena, ", \"SnapshotId\": \"%s\"", id));
	ec2_is(storage_volume_now(f, copy), "Size", "3");
	ec2_is(storage_volume_now(f, copy), "Encrypted", "true");
	ec2_is(storage_volume_now(f, copy), "SnapshotId", id);
	ec2_ok(f, "DeleteSnapshot", "{\"SnapshotId\": \"%s\"}", id);
	ec2_no(f, "InvalidSnapshot.NotFound", "DeleteSnapshot",
	    "{\"SnapshotId\": \"%s\"}", id);
	storage_settle(f);
	assert_false(storage_has_data(f, id));
	assert_true(storage_has_data(f, copy));
}

static void
a_copy_that_fails_is_made_again(void **state)
{
	struct fixture *f = *state;
	const char *volume, *id, *helper;
	struct ec2_world w;

	storage_set_up(f, &w);
	volume = storage_volume(f, ", \"Size\": 1");
	id = ec2_text(ec2_ok(f, "CreateSnapshot", "{\"VolumeId\": \"%s\"}", volume),
	    "SnapshotId");
	helper = arena_printf(f->arena, "simfra-%s-copy", id);
	engine_fake_fail_next(f->engine, "container_start", &engine_failed, "no");
	storage_pass(f);
	/* What was never started is made anew. */
	storage_pass(f);
	assert_true(engine_fake_exit(f->engine, helper, 1));
	storage_pass(f);
	ec2_is(storage_snapshot_now(f, id), "State", "pending");
	storage_pass(f);
	/* Its volume may go meanwhile: the data waits. */
	ec2_ok(f, "DeleteVolume", "{\"VolumeId\": \"%s\"}", volume);
	storage_pass(f);
	assert_true(storage_has_data(f, volume));
	storage_settle(f);
	ec2_is(storage_snapshot_now(f, id), "State", "completed");
	assert_false(storage_has_data(f, volume));
}

static void
snapshots_of_an_instance_are_of_all_its_volumes(void **state)
{
	struct fixture *f = *state;
	const char *instance;
	struct ec2_world w;
	json_t *v;

	storage_set_up(f, &w);
	instance = storage_launch(f, &w,
	    "\"BlockDeviceMappings\": [{\"DeviceName\": \"/dev/sdf\", \"Ebs\":"
	    " {\"VolumeSize\": 1}}], \"TagSpecifications\": [{\"ResourceType\": \"volume\","
	    " \"Tags\": [{\"Key\": \"k\", \"Value\": \"v\"}]}]");
#define OF "{\"InstanceSpecification\": {\"InstanceId\": \"%s\"%s}%s}"
	v = ec2_ok(f, "CreateSnapshots", OF, instance, "",
	    ", \"CopyTagsFromSource\": \"volume\"");
	ec2_counts(v, "Snapshots", 2);
	ec2_is(v, "Snapshots.1.Tags.0.Value", "v");
	storage_settle(f);
	ec2_counts(
	    ec2_ok(f, "DescribeSnapshots",
		"{\"Filters\": [{\"Name\": \"status\", \"Values\": [\"completed\"]}]}"),
	    "Snapshots", 2);
	/* The root's is an image, the other a volume. */
	assert_false(storage_has_data(f, ec2_text(v, "Snapshots.0.SnapshotId")));
	assert_true(storage_has_data(f, ec2_text(v, "Snapshots.1.SnapshotId")));
	assert_int_equal(engine_fake_calls(f->engine, "container_commit"), 1);
	v = ec2_ok(f, "CreateSnapshots", OF, instance, ", \"ExcludeBootVolume\": true",
	    "");
	ec2_counts(v, "Snapshots", 1);
	ec2_no(f, "MissingParameter", "CreateSnapshots",
	    "{\"InstanceSpecification\": {}}");
	ec2_no(f, "InvalidInstanceID.NotFound", "CreateSnapshots", OF, "i-0", "", "");
}

static void
a_snapshot_is_copied_from_another_region(void **state)
{
	struct fixture *f = *state;
	const char *id, *copy;
	struct ec2_world w;
	json_t *v;

	storage_set_up(f, &w);
	id = storage_snapshot(f, storage_volume(f, ", \"Size\": 2"));
	f->region = "eu-west-1";
#define COPY "{\"SourceRegion\": \"%s\", \"SourceSnapshotId\": \"%s\"%s}"
	ec2_no(f, "InvalidSnapshot.NotFound", "CopySnapshot", COPY, "eu-west-1", id, "");
	ec2_no(f, "InvalidParameterValue", "CopySnapshot", COPY, "mars-1", id, "");
	ec2_no(f, "InvalidParameterValue", "CopySnapshot", COPY, "us-east-1", id,
	    ", \"DestinationRegion\": \"us-east-1\"");
	copy = ec2_text(
	    ec2_ok(f, "CopySnapshot", COPY, "us-east-1", id,
		", \"Encrypted\": true, \"Description\": \"c\", \"DestinationRegion\": \"eu-west-1\""),
	    "SnapshotId");
	storage_settle(f);
	v = storage_snapshot_now(f, copy);
	ec2_is(v, "State", "completed");
	ec2_is(v, "VolumeId", "vol-ffffffff");
	ec2_is(v, "VolumeSize", "2");
	ec2_is(v, "Encrypted", "true");
	assert_non_null(strstr(ec2_text(v, "KmsKeyId"), "arn:aws:kms:eu-west-1:"));
	assert_true(storage_has_data(f, copy));
}

static void
a_snapshot_is_shared(void **state)
{
	struct fixture *f = *state;
	const char *id, *describe;
	struct ec2_world w;
	struct call *c;

	storage_set_up(f, &w);
	id = storage_snapshot(f, storage_volume(f, ", \"Size\": 2"));
	describe = arena_printf(f->arena, "{\"SnapshotIds\": [\"%s\"]}", id);
	c = fixture_call_as(f, &other, "ec2", "DescribeSnapshots", "%s", describe);
	assert_string_equal(c->err.kind->code, "InvalidSnapshot.NotFound");
#define SHARE "{\"SnapshotId\": \"%s\", \"CreateVolumePermission\": {\"%s\": [{%s}]}}"
	ec2_no(f, "InvalidUserID.Malformed", "ModifySnapshotAttribute", SHARE, id, "Add",
	    "\"UserId\": \"12\"");
	ec2_ok(f, "ModifySnapshotAttribute", SHARE, id, "Add",
	    "\"UserId\": \"" OTHER "\"");
	ec2_is(ec2_ok(f, "DescribeSnapshotAttribute",
		   "{\"SnapshotId\": \"%s\", \"Attribute\": \"createVolumePermission\"}",
		   id),
	    "CreateVolumePermissions.0.UserId", OTHER);
	c = fixture_call_as(f, &other, "ec2", "DescribeSnapshots", "%s", describe);
	assert_null(c->err.kind);
	c = fixture_call_as(f, &other, "ec2", "CreateVolume",
	    "{\"AvailabilityZone\": \"us-east-1a\", \"SnapshotId\": \"%s\"}", id);
	assert_null(c->err.kind);
	c = fixture_call_as(f, &other, "ec2", "DescribeSnapshots",
	    "{\"OwnerIds\": [\"self\"]}");
	ec2_counts(c->out, "Snapshots", 0);
	c = fixture_call_as(f, &other, "ec2", "DescribeSnapshots",
	    "{\"RestorableByUserIds\": [\"self\"]}");
	ec2_counts(c->out, "Snapshots", 1);
	ec2_ok(f, "ResetSnapshotAttribute",
	    "{\"SnapshotId\": \"%s\", \"Attribute\": \"createVolumePermission\"}", id);
	c = fixture_call_as(f, &other, "ec2", "DescribeSnapshots", "{}");
	ec2_counts(c->out, "Snapshots", 0);
	/* Public, unless that is blocked. */
	ec2_ok(f, "ModifySnapshotAttribute", SHARE, id, "Add", "\"Group\": \"all\"");
	c = fixture_call_as(f, &other, "ec2", "DescribeSnapshots",
	    "{\"RestorableByUserIds\": [\"all\"]}");
	ec2_counts(c->out, "Snapshots", 1);
	ec2_ok(f, "ModifySnapshotAttribute", SHARE, id, "Remove", "\"Group\": \"all\"");
	ec2_ok(f, "EnableSnapshotBlockPublicAccess",
	    "{\"State\": \"block-all-sharing\"}");
	ec2_no(f, "OperationNotPermitted", "ModifySnapshotAttribute", SHARE, id, "Add",
	    "\"Group\": \"all\"");
	ec2_is(ec2_ok(f, "GetSnapshotBlockPublicAccessState", "{}"), "State",
	    "block-all-sharing");
	ec2_is(ec2_ok(f, "DisableSnapshotBlockPublicAccess", "{}"), "State", "unblocked");
}

/* EC2 API: block-all-sharing treats what is public already as private, and gives it back. */
static void
what_is_public_is_hidden_while_all_is_blocked(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	struct call *c;
	const char *id;

	storage_set_up(f, &w);
	id = storage_snapshot(f, storage_volume(f, ", \"Size\": 2"));
	ec2_ok(f, "ModifySnapshotAttribute", SHARE, id, "Add", "\"Group\": \"all\"");
	ec2_ok(f, "EnableSnapshotBlockPublicAccess",
	    "{\"State\": \"block-new-sharing\"}");
	c = fixture_call_as(f, &other, "ec2", "DescribeSnapshots", "{}");
	ec2_counts(c->out, "Snapshots", 1);
	ec2_ok(f, "EnableSnapshotBlockPublicAccess",
	    "{\"State\": \"block-all-sharing\"}");
	c = fixture_call_as(f, &other, "ec2", "DescribeSnapshots", "{}");
	ec2_counts(c->out, "Snapshots", 0);
	ec2_ok(f, "DisableSnapshotBlockPublicAccess", "{}");
	c = fixture_call_as(f, &other, "ec2", "DescribeSnapshots", "{}");
	ec2_counts(c->out, "Snapshots", 1);
}

static void
fast_restores_are_recorded(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id;
	json_t *v;

	storage_set_up(f, &w);
	id = storage_snapshot(f, storage_volume(f, ", \"Size\": 2"));
#define FAST "{\"SourceSnapshotIds\": [\"%s\"], \"AvailabilityZones\": [\"%s\"]}"
	v = ec2_ok(f, "EnableFastSnapshotRestores", FAST, id, "us-east-1b");
	ec2_is(v, "Successful.0.State", "enabling");
	/* Again: it is as it was. */
	ec2_ok(f, "EnableFastSnapshotRestores", FAST, id, "us-east-1b");
	v = ec2_ok(f, "DescribeFastSnapshotRestores",
	    "{\"Filters\": [{\"Name\": \"snapshot-id\", \"Values\": [\"%s\"]}]}", id);
	ec2_is(v, "FastSnapshotRestores.0.State", "enabled");
	ec2_is(v, "FastSnapshotRestores.0.AvailabilityZone", "us-east-1b");
	ec2_no(f, "InvalidParameterValue", "EnableFastSnapshotRestores", FAST, id, "x");
	ec2_ok(f, "DisableFastSnapshotRestores", FAST, id, "us-east-1b");
	ec2_counts(ec2_ok(f, "DescribeFastSnapshotRestores", "{}"),
	    "FastSnapshotRestores", 0);
}

static void
wrong_snapshots_are_refused(void **state)
{
	static const struct ec2_refusal rows[] = {
		{ "CreateSnapshot", "{\"VolumeId\": \"vol-0\"}", "InvalidVolume.NotFound",
		    NULL },
		{ "CreateSnapshot", "{\"VolumeId\": \"vol-0\", \"OutpostArn\": \"a\"}",
		    "UnsupportedOperation", NULL },
		{ "DeleteSnapshot", "{\"SnapshotId\": \"snap-0\"}",
		    "InvalidSnapshot.NotFound", "The snapshot 'snap-0' does not exist" },
		{ "DeleteSnapshot", "{\"SnapshotId\": \"x\"}",
		    "InvalidSnapshotID.Malformed", NULL },
		{ "DescribeSnapshots", "{\"SnapshotIds\": [\"snap-0\"]}",
		    "InvalidSnapshot.NotFound", NULL },
		{ "DescribeSnapshotAttribute",
		    "{\"SnapshotId\": \"snap-0\", \"Attribute\": \"productCodes\"}",
		    "InvalidSnapshot.NotFound", NULL },
		{ "ModifySnapshotAttribute", "{\"SnapshotId\": \"snap-0\"}",
		    "InvalidSnapshot.NotFound", NULL },
		{ "CopySnapshot",
		    "{\"SourceRegion\": \"us-east-1\", \"SourceSnapshotId\": \"snap-0\"}",
		    "InvalidSnapshot.NotFound", NULL },
		{ "EnableSnapshotBlockPublicAccess", "{\"State\": \"unblocked\"}",
		    "InvalidParameterValue", NULL },
	};

	ec2_refused(*state, rows, COUNT(rows));
}

static void
snapshots_come_in_pages(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *volume;
	json_t *v;

	storage_set_up(f, &w);
	volume = storage_volume(f, ", \"Size\": 1");
	for (int i = 0; i < 6; i++)
		ec2_ok(f, "CreateSnapshot", "{\"VolumeId\": \"%s\"}", volume);
	v = ec2_ok(f, "DescribeSnapshots", "{\"MaxResults\": 5}");
	ec2_counts(v, "Snapshots", 5);
	v = ec2_ok(f, "DescribeSnapshots", "{\"MaxResults\": 5, \"NextToken\": \"%s\"}",
	    ec2_text(v, "NextToken"));
	ec2_counts(v, "Snapshots", 1);
}

/* Leave for a snapshot is not leave for every volume. */
static void
a_snapshot_needs_leave_for_its_volume(void **state)
{
	struct fixture *f = *state;
	struct principal bob = { .kind = PRINCIPAL_USER,
		.account = FIXTURE_ACCOUNT,
		.arn = "arn:aws:iam::" FIXTURE_ACCOUNT ":user/bob",
		.user_id = "AIDAB",
		.name = "bob" };
	struct ec2_world w;
	const char *mine, *others;

	storage_set_up(f, &w);
	mine = storage_volume(f, ", \"Size\": 1");
	others = storage_volume(f, ", \"Size\": 1");
	storage_settle(f);
	fixture_ok(f, "iam", "CreateUser", "{\"UserName\": \"bob\"}");
	fixture_ok(f, "iam", "PutUserPolicy",
	    "{\"UserName\": \"bob\", \"PolicyName\": \"p\", \"PolicyDocument\": "
	    "\"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{"
	    "\\\"Effect\\\":\\\"Allow\\\",\\\"Action\\\":\\\"ec2:CreateSnapshot\\\","
	    "\\\"Resource\\\":[\\\"arn:aws:ec2:*:*:snapshot/*\\\","
	    "\\\"arn:aws:ec2:*:*:volume/%s\\\"]}]}\"}",
	    mine);
	assert_null(fixture_call_as(f, &bob, "ec2", "CreateSnapshot",
	    "{\"VolumeId\": \"%s\"}", mine)
			->err.kind);
	assert_string_equal(fixture_call_as(f, &bob, "ec2", "CreateSnapshot",
				"{\"VolumeId\": \"%s\"}", others)
				->err.kind->code,
	    "UnauthorizedOperation");
}

int
main(void)
{
#define LIFE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		LIFE(a_snapshot_is_made_restored_and_goes),
		LIFE(a_copy_that_fails_is_made_again),
		LIFE(snapshots_of_an_instance_are_of_all_its_volumes),
		LIFE(a_snapshot_is_copied_from_another_region),
		LIFE(a_snapshot_is_shared),
		LIFE(what_is_public_is_hidden_while_all_is_blocked),
		LIFE(fast_restores_are_recorded),
		LIFE(wrong_snapshots_are_refused),
		LIFE(snapshots_come_in_pages),
		LIFE(a_snapshot_needs_leave_for_its_volume),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
