/*
 * EC2: volumes, from creation to deletion, and in instances.
 */
#include "tests/api/storage_calls.h"

#include <string.h>

#include "tests/fakes/engine_fake.h"

#define ZONE "\"AvailabilityZone\": \"us-east-1a\""

static void
a_volume_is_made_and_goes(void **state)
{
	struct fixture *f = *state;
	json_t *v = ec2_ok(f, "CreateVolume",
	    "{" ZONE ", \"Size\": 10, \"VolumeType\": \"gp3\", \"TagSpecifications\":"
	    " [{\"ResourceType\": \"volume\", \"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}]}");
	const char *id = ec2_text(v, "VolumeId");
	struct ec2_world w;

	ec2_is(v, "State", "creating");
	ec2_is(v, "Iops", "3000");
	ec2_is(v, "Throughput", "125");
	storage_set_up(f, &w);
	storage_settle(f);
	v = storage_volume_now(f, id);
	ec2_is(v, "State", "available");
	ec2_is(v, "Size", "10");
	ec2_is(v, "Encrypted", "false");
	ec2_is(v, "MultiAttachEnabled", "false");
	ec2_is(v, "SnapshotId", "");
	ec2_is(v, "AvailabilityZoneId", "use1-az1");
	ec2_is(v, "Tags.0.Key", "a");
	ec2_counts(v, "Attachments", 0);
	assert_true(storage_has_data(f, id));
	ec2_ok(f, "DeleteVolume", "{\"VolumeId\": \"%s\"}", id);
	ec2_no(f, "InvalidVolume.NotFound", "DeleteVolume", "{\"VolumeId\": \"%s\"}", id);
	ec2_no(f, "InvalidVolume.NotFound", "DescribeVolumes",
	    "{\"VolumeIds\": [\"%s\"]}", id);
	storage_settle(f);
	assert_false(storage_has_data(f, id));
}

static void
without_an_engine_volumes_are_records(void **state)
{
	struct fixture *f = *state;
	struct engine *engine = f->env.engine;
	const char *id;

	f->env.engine = NULL;
	id = ec2_text(ec2_ok(f, "CreateVolume", "{" ZONE ", \"Size\": 1}"), "VolumeId");
	storage_pass(f);
	ec2_is(storage_volume_now(f, id), "State", "available");
	id = ec2_text(ec2_ok(f, "CreateSnapshot", "{\"VolumeId\": \"%s\"}", id),
	    "SnapshotId");
	storage_pass(f);
	ec2_is(storage_snapshot_now(f, id), "State", "completed");
	f->env.engine = engine;
	assert_int_equal(engine_fake_n_volumes(f->engine), 0);
}

static void
wrong_volumes_are_refused(void **state)
{
	static const struct ec2_refusal rows[] = {
		{ "CreateVolume", "{\"Size\": 1}", "MissingParameter", NULL },
		{ "CreateVolume", "{" ZONE "}", "MissingParameter",
		    "The request must contain the parameter size/snapshot" },
		{ "CreateVolume", "{\"AvailabilityZone\": \"us-east-1z\", \"Size\": 1}",
		    "InvalidZone.NotFound", "The zone 'us-east-1z' does not exist." },
		{ "CreateVolume", "{" ZONE ", \"Size\": 0}", "InvalidParameterValue",
		    "Volume of 0GiB is too small; minimum is 1GiB." },
		{ "CreateVolume", "{" ZONE ", \"Size\": -1}", "InvalidParameterValue",
		    "Volume of -1GiB is too small; minimum is 1GiB." },
		{ "CreateVolume", "{" ZONE ", \"Size\": 16385}", "InvalidParameterValue",
		    "Volume of 16385GiB is too large for volume type gp2; maximum is 16384GiB." },
		{ "CreateVolume", "{" ZONE ", \"Size\": 124, \"VolumeType\": \"st1\"}",
		    "InvalidParameterValue",
		    "Volume of 124GiB is too small; minimum is 125GiB." },
		{ "CreateVolume", "{" ZONE ", \"Size\": 1, \"Iops\": 100}",
		    "InvalidParameterCombination",
		    "The parameter iops is not supported for gp2 volumes." },
		{ "CreateVolume", "{" ZONE ", \"Size\": 4, \"VolumeType\": \"io1\"}",
		    "MissingParameter",
		    "The parameter iops must be specified for io1 volumes." },
		{ "CreateVolume",
		    "{" ZONE ", \"Size\": 4, \"VolumeType\": \"io1\", \"Iops\": 240}",
		    "InvalidParameterValue",
		    "Iops to volume size ratio of 60.000000 is too high; maximum is 50." },
		{ "CreateVolume",
		    "{" ZONE ", \"Size\": 4, \"VolumeType\": \"gp3\", \"Iops\": 2000}",
		    "InvalidParameterValue",
		    "Volume iops of 2000 is too low; minimum is 3000." },
		{ "CreateVolume",
		    "{" ZONE
		    ", \"Size\": 4, \"VolumeType\": \"gp3\", \"Throughput\": 100}",
		    "InvalidParameterValue",
		    "Volume throughput of 100MiB/s is too low; minimum is 125MiB/s." },
		{ "CreateVolume",
		    "{" ZONE
		    ", \"Size\": 4, \"VolumeType\": \"gp3\", \"Throughput\": 1000}",
		    "InvalidParameterValue", NULL },
		{ "CreateVolume", "{" ZONE ", \"Size\": 4, \"Throughput\": 125}",
		    "InvalidParameterCombination", NULL },
		{ "CreateVolume", "{" ZONE ", \"Size\": 4, \"MultiAttachEnabled\": true}",
		    "InvalidParameterCombination", NULL },
		{ "CreateVolume", "{" ZONE ", \"Size\": 4, \"KmsKeyId\": \"alias/a\"}",
		    "InvalidParameterDependency",
		    "The parameter [KmsKeyId] requires the parameter Encrypted to be set." },
		{ "CreateVolume", "{" ZONE ", \"SnapshotId\": \"snap-0\"}",
		    "InvalidSnapshot.NotFound", "The snapshot 'snap-0' does not exist" },
		{ "CreateVolume",
		    "{" ZONE ", \"Size\": 1, \"OutpostArn\": \"arn:aws:x\"}",
		    "UnsupportedOperation", NULL },
		{ "DeleteVolume", "{\"VolumeId\": \"vol-0\"}", "InvalidVolume.NotFound",
		    "The volume 'vol-0' does not exist" },
		{ "DescribeVolumeAttribute",
		    "{\"VolumeId\": \"vol-0\", \"Attribute\": \"autoEnableIO\"}",
		    "InvalidVolume.NotFound", NULL },
		{ "ModifyVolume", "{\"VolumeId\": \"vol-0\"}", "InvalidVolume.NotFound",
		    NULL },
		{ "AttachVolume",
		    "{\"VolumeId\": \"vol-0\", \"InstanceId\": \"i-0\", \"Device\": \"a\"}",
		    "InvalidVolume.NotFound", NULL },
		{ "DetachVolume", "{\"VolumeId\": \"vol-0\"}", "InvalidVolume.NotFound",
		    NULL },
		{ "EnableVolumeIO", "{\"VolumeId\": \"vol-0\"}", "InvalidVolume.NotFound",
		    NULL },
	};

	ec2_refused(*state, rows, COUNT(rows));
}

static json_t *
row_of(struct fixture *f, const char *instance, size_t i)
{
	return json_array_get(json_get(ec2_instance_now(f, instance),
				  "BlockDeviceMappings"),
	    i);
}

static void
a_volume_is_attached_and_detached(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *instance, *id;
	json_t *v;

	storage_set_up(f, &w);
	instance = storage_launch(f, &w, "\"EbsOptimized\": false");
	ec2_counts(ec2_instance_now(f, instance), "BlockDeviceMappings", 1);
	id = storage_volume(f, ", \"Size\": 1");
	v = ec2_ok(f, "AttachVolume",
	    "{\"VolumeId\": \"%s\", \"InstanceId\": \"%s\", \"Device\": \"/dev/sdf\"}",
	    id, instance);
	ec2_is(v, "State", "attaching");
	ec2_is(v, "Device", "/dev/sdf");
	ec2_is(v, "DeleteOnTermination", "false");
	/* As long as netd has not said so. */
	storage_pass(f);
	ec2_is(storage_volume_now(f, id), "Attachments.0.State", "attaching");
	ec2_no(f, "VolumeInUse", "AttachVolume",
	    "{\"VolumeId\": \"%s\", \"InstanceId\": \"%s\", \"Device\": \"/dev/sdg\"}",
	    id, instance);
	storage_settle(f);
	v = storage_volume_now(f, id);
	ec2_is(v, "State", "in-use");
	ec2_is(v, "Attachments.0.State", "attached");
	ec2_is(row_of(f, instance, 1), "Ebs.Status", "attached");
	ec2_is(row_of(f, instance, 1), "Ebs.VolumeId", id);
	ec2_counts(ec2_ok(f, "DescribeInstances",
		       "{\"Filters\": [{\"Name\": \"block-device-mapping.volume-id\","
		       " \"Values\": [\"%s\"]}]}",
		       id),
	    "Reservations", 1);
	ec2_no(f, "VolumeInUse", "DeleteVolume", "{\"VolumeId\": \"%s\"}", id);
	ec2_no(f, "InvalidAttachment.NotFound", "DetachVolume",
	    "{\"VolumeId\": \"%s\", \"Device\": \"/dev/sdz\"}", id);
	ec2_is(ec2_ok(f, "DetachVolume", "{\"VolumeId\": \"%s\", \"Force\": true}", id),
	    "State", "detaching");
	storage_pass(f);
	ec2_is(storage_volume_now(f, id), "Attachments.0.State", "detaching");
	storage_settle(f);
	ec2_is(storage_volume_now(f, id), "State", "available");
	ec2_counts(ec2_instance_now(f, instance), "BlockDeviceMappings", 1);
	ec2_no(f, "IncorrectState", "DetachVolume", "{\"VolumeId\": \"%s\"}", id);
}

static void
wrong_attachments_are_refused(void **state)
{
	struct fixture *f = *state;
	const char *instance, *id, *other, *root;
	struct ec2_world w;

	storage_set_up(f, &w);
	instance = storage_launch(f, &w, "\"EbsOptimized\": false");
	id = storage_volume(f, ", \"Size\": 1");
	other = ec2_text(ec2_ok(f, "CreateVolume",
			     "{\"AvailabilityZone\": \"us-east-1b\", \"Size\": 1}"),
	    "VolumeId");
#define ATTACH "{\"VolumeId\": \"%s\", \"InstanceId\": \"%s\", \"Device\": \"%s\"}"
	ec2_no(f, "IncorrectState", "AttachVolume", ATTACH, other, instance, "/dev/sdf");
	storage_settle(f);
	ec2_no(f, "InvalidVolume.ZoneMismatch", "AttachVolume", ATTACH, other, instance,
	    "/dev/sdf");
	ec2_no(f, "InvalidInstanceID.NotFound", "AttachVolume", ATTACH, id, "i-0",
	    "/dev/sdf");
	ec2_no(f, "InvalidParameterValue", "AttachVolume", ATTACH, id, instance,
	    "/dev/../etc");
	ec2_no(f, "InvalidParameterValue", "AttachVolume", ATTACH, id, instance,
	    "/dev/sda1");
	root = ec2_text(row_of(f, instance, 0), "Ebs.VolumeId");
	ec2_is(storage_volume_now(f, root), "Attachments.0.DeleteOnTermination", "true");
	ec2_no(f, "OperationNotPermitted", "DetachVolume", "{\"VolumeId\": \"%s\"}",
	    root);
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", instance);
	ec2_no(f, "IncorrectState", "AttachVolume", ATTACH, id, instance, "/dev/sdf");
}

static void
several_instances_may_have_one(void **state)
{
	struct fixture *f = *state;
	const char *a, *b, *id;
	struct ec2_world w;

	storage_set_up(f, &w);
	a = storage_launch(f, &w, "\"EbsOptimized\": false");
	b = storage_launch(f, &w, "\"EbsOptimized\": false");
	id = storage_volume(f,
	    ", \"Size\": 4, \"VolumeType\": \"io2\", \"Iops\": 100,"
	    " \"MultiAttachEnabled\": true");
	ec2_ok(f, "AttachVolume", ATTACH, id, a, "/dev/sdf");
	ec2_ok(f, "AttachVolume", ATTACH, id, b, "/dev/sdg");
	ec2_no(f, "VolumeInUse", "AttachVolume", ATTACH, id, b, "/dev/sdh");
	storage_settle(f);
	ec2_counts(storage_volume_now(f, id), "Attachments", 2);
	ec2_no(f, "MissingParameter", "DetachVolume", "{\"VolumeId\": \"%s\"}", id);
	ec2_ok(f, "DetachVolume", "{\"VolumeId\": \"%s\", \"InstanceId\": \"%s\"}", id,
	    a);
	storage_settle(f);
	ec2_is(storage_volume_now(f, id), "State", "in-use");
	ec2_is(storage_volume_now(f, id), "Attachments.0.InstanceId", b);
}

static void
a_launch_makes_volumes_that_go_or_stay(void **state)
{
	struct fixture *f = *state;
	const char *id, *stays, *goes, *root;
	struct ec2_world w;
	json_t *v;

	storage_set_up(f, &w);
	id = storage_launch(f, &w,
	    "\"BlockDeviceMappings\": ["
	    "{\"DeviceName\": \"/dev/sdf\", \"Ebs\": {\"VolumeSize\": 3, \"VolumeType\": \"gp3\","
	    " \"Throughput\": 250, \"DeleteOnTermination\": false}},"
	    "{\"DeviceName\": \"/dev/sdg\", \"Ebs\": {\"VolumeSize\": 2, \"Encrypted\": true}},"
	    "{\"DeviceName\": \"/dev/sdh\", \"VirtualName\": \"ephemeral0\"},"
	    "{\"DeviceName\": \"/dev/sda1\", \"Ebs\": {\"VolumeSize\": 20}}],"
	    "\"TagSpecifications\": [{\"ResourceType\": \"volume\", \"Tags\":"
	    " [{\"Key\": \"k\", \"Value\": \"v\"}]}]");
	ec2_counts(ec2_instance_now(f, id), "BlockDeviceMappings", 3);
	root = ec2_text(row_of(f, id, 0), "Ebs.VolumeId");
	stays = ec2_text(row_of(f, id, 1), "Ebs.VolumeId");
	goes = ec2_text(row_of(f, id, 2), "Ebs.VolumeId");
	ec2_is(row_of(f, id, 0), "DeviceName", "/dev/sda1");
	ec2_is(storage_volume_now(f, root), "Size", "20");
	ec2_is(storage_volume_now(f, root), "State", "in-use");
	assert_false(storage_has_data(f, root));
	v = storage_volume_now(f, stays);
	ec2_is(v, "Throughput", "250");
	ec2_is(v, "Attachments.0.State", "attached");
	ec2_is(v, "Tags.0.Value", "v");
	v = storage_volume_now(f, goes);
	ec2_is(v, "Encrypted", "true");
	assert_non_null(strstr(ec2_text(v, "KmsKeyId"), "arn:aws:kms:us-east-1:"));
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	storage_settle(f);
	ec2_is(storage_volume_now(f, stays), "State", "available");
	ec2_no(f, "InvalidVolume.NotFound", "DescribeVolumes",
	    "{\"VolumeIds\": [\"%s\"]}", goes);
	ec2_no(f, "InvalidVolume.NotFound", "DescribeVolumes",
	    "{\"VolumeIds\": [\"%s\"]}", root);
	assert_true(storage_has_data(f, stays));
	assert_false(storage_has_data(f, goes));
	ec2_counts(ec2_instance_now(f, id), "BlockDeviceMappings", 0);
}

static void
a_launched_volume_is_kept_after_all(void **state)
{
	struct fixture *f = *state;
	const char *id, *root;
	struct ec2_world w;

	storage_set_up(f, &w);
	id = storage_launch(f, &w,
	    "\"BlockDeviceMappings\": [{\"DeviceName\": \"/dev/sdf\", \"Ebs\":"
	    " {\"VolumeSize\": 1}}]");
	root = ec2_text(row_of(f, id, 1), "Ebs.VolumeId");
#define KEEP                                                                           \
	"{\"InstanceId\": \"%s\", \"BlockDeviceMappings\": [{\"DeviceName\": \"%s\", " \
	"\"Ebs\": {\"DeleteOnTermination\": false}}]}"
	ec2_no(f, "InvalidInstanceAttributeValue", "ModifyInstanceAttribute", KEEP, id,
	    "/dev/sdz");
	ec2_ok(f, "ModifyInstanceAttribute", KEEP, id, "/dev/sdf");
	ec2_is(row_of(f, id, 1), "Ebs.DeleteOnTermination", "false");
	ec2_is(storage_volume_now(f, root), "Attachments.0.DeleteOnTermination", "false");
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	storage_settle(f);
	ec2_is(storage_volume_now(f, root), "State", "available");
}

static void
wrong_mappings_are_refused(void **state)
{
	static const struct {
		const char *rows, *code;
	} cases[] = {
		{ "{\"Ebs\": {\"VolumeSize\": 1}}", "MissingParameter" },
		{ "{\"DeviceName\": \"/dev/sdf\", \"Ebs\": {}}", "MissingParameter" },
		{ "{\"DeviceName\": \"/dev/sdf\", \"Ebs\": {\"VolumeSize\": 1}},"
		  "{\"DeviceName\": \"/dev/sdf\", \"Ebs\": {\"VolumeSize\": 1}}",
		    "InvalidBlockDeviceMapping" },
		{ "{\"DeviceName\": \"/dev/sda1\", \"Ebs\": {\"VolumeSize\": 4}}",
		    "InvalidBlockDeviceMapping" },
		{ "{\"DeviceName\": \"/dev/sda1\", \"Ebs\": {\"SnapshotId\": \"snap-0\"}}",
		    "InvalidBlockDeviceMapping" },
		{ "{\"DeviceName\": \"/dev/sda1\", \"NoDevice\": \"\"}",
		    "InvalidBlockDeviceMapping" },
		{ "{\"DeviceName\": \"/dev/sdf\", \"VirtualName\": \"x\"}",
		    "InvalidBlockDeviceMapping" },
		{ "{\"DeviceName\": \"/dev/sdf\", \"Ebs\": {\"SnapshotId\": \"snap-0\"}}",
		    "InvalidSnapshot.NotFound" },
		{ "{\"DeviceName\": \"/dev/sdf\", \"Ebs\": {\"VolumeSize\": 1,"
		  " \"VolumeType\": \"gp9\"}}",
		    "InvalidParameterValue" },
		{ "{\"DeviceName\": \"/dev/sdf\", \"Ebs\": {\"VolumeSize\": 1,"
		  " \"OutpostArn\": \"arn:aws:x\"}}",
		    "UnsupportedOperation" },
	};
	struct fixture *f = *state;
	struct ec2_world w;

	ec2_world(f, &w);
	for (size_t i = 0; i < COUNT(cases); i++)
		ec2_no(f, cases[i].code, "RunInstances",
		    "{\"ImageId\": \"%s\", \"InstanceType\": \"t3.micro\", \"MinCount\": 1,"
		    " \"MaxCount\": 1, \"SubnetId\": \"%s\", \"BlockDeviceMappings\": [%s]}",
		    w.image, w.subnet, cases[i].rows);
}

static void
a_volume_is_modified(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id;
	json_t *v;

	storage_set_up(f, &w);
	id = storage_volume(f, ", \"Size\": 8");
	ec2_no(f, "InvalidVolumeModification.NotFound", "DescribeVolumesModifications",
	    "{\"VolumeIds\": [\"%s\"]}", id);
	ec2_no(f, "InvalidParameterValue", "ModifyVolume",
	    "{\"VolumeId\": \"%s\", \"Size\": 7}", id);
	v = ec2_ok(f, "ModifyVolume",
	    "{\"VolumeId\": \"%s\", \"Size\": 9, \"VolumeType\": \"gp3\", \"Iops\": 4000}",
	    id);
	ec2_is(v, "VolumeModification.ModificationState", "modifying");
	ec2_is(v, "VolumeModification.OriginalVolumeType", "gp2");
	ec2_is(v, "VolumeModification.OriginalIops", "100");
	ec2_is(v, "VolumeModification.TargetIops", "4000");
	v = ec2_ok(f, "DescribeVolumesModifications", "{\"VolumeIds\": [\"%s\"]}", id);
	ec2_is(v, "VolumesModifications.0.ModificationState", "completed");
	ec2_is(v, "VolumesModifications.0.Progress", "100");
	v = storage_volume_now(f, id);
	ec2_is(v, "Size", "9");
	ec2_is(v, "Iops", "4000");
	ec2_is(v, "Throughput", "125");
	/* What is not said stays. */
	ec2_ok(f, "ModifyVolume", "{\"VolumeId\": \"%s\", \"Size\": 10}", id);
	ec2_is(storage_volume_now(f, id), "Iops", "4000");
	ec2_counts(
	    ec2_ok(f, "DescribeVolumesModifications",
		"{\"Filters\": [{\"Name\": \"target-size\", \"Values\": [\"10\"]}]}"),
	    "VolumesModifications", 1);
}

static void
attributes_and_status_are_shown(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id;
	json_t *v;

	storage_set_up(f, &w);
	id = storage_volume(f, ", \"Size\": 4, \"VolumeType\": \"io1\", \"Iops\": 200");
#define SHOW "{\"VolumeId\": \"%s\", \"Attribute\": \"autoEnableIO\"}"
	ec2_is(ec2_ok(f, "DescribeVolumeAttribute", SHOW, id), "AutoEnableIO.Value",
	    "false");
	ec2_ok(f, "ModifyVolumeAttribute",
	    "{\"VolumeId\": \"%s\", \"AutoEnableIO\": {\"Value\": true}}", id);
	ec2_is(ec2_ok(f, "DescribeVolumeAttribute", SHOW, id), "AutoEnableIO.Value",
	    "true");
	ec2_no(f, "MissingParameter", "ModifyVolumeAttribute", "{\"VolumeId\": \"%s\"}",
	    id);
	ec2_ok(f, "EnableVolumeIO", "{\"VolumeId\": \"%s\"}", id);
	v = ec2_ok(f, "DescribeVolumeStatus", "{\"VolumeIds\": [\"%s\"]}", id);
	ec2_is(v, "VolumeStatuses.0.VolumeStatus.Status", "ok");
	ec2_is(v, "VolumeStatuses.0.VolumeStatus.Details.1.Status", "normal");
	ec2_counts(ec2_ok(f, "DescribeVolumeStatus",
		       "{\"Filters\": [{\"Name\": \"volume-status.status\", \"Values\":"
		       " [\"impaired\"]}]}"),
	    "VolumeStatuses", 0);
}

static void
filters_and_pages_choose(void **state)
{
	struct fixture *f = *state;
	const char *token;
	json_t *v;

	for (int i = 1; i <= 7; i++)
		ec2_ok(f, "CreateVolume", "{" ZONE ", \"Size\": %d}", i);
	v = ec2_ok(f, "DescribeVolumes", "{\"MaxResults\": 5}");
	ec2_counts(v, "Volumes", 5);
	token = ec2_text(v, "NextToken");
	v = ec2_ok(f, "DescribeVolumes", "{\"MaxResults\": 5, \"NextToken\": \"%s\"}",
	    token);
	ec2_counts(v, "Volumes", 2);
	assert_null(fixture_text(v, "NextToken"));
	ec2_no(f, "InvalidParameterValue", "DescribeVolumes", "{\"MaxResults\": 4}");
	v = ec2_ok(f, "DescribeVolumes",
	    "{\"Filters\": [{\"Name\": \"size\", \"Values\": [\"2\", \"3\"]},"
	    " {\"Name\": \"status\", \"Values\": [\"creating\"]}]}");
	ec2_counts(v, "Volumes", 2);
	ec2_no(f, "InvalidParameterValue", "DescribeVolumes",
	    "{\"Filters\": [{\"Name\": \"colour\", \"Values\": [\"2\"]}]}");
}

static void
a_token_makes_one_volume(void **state)
{
	struct fixture *f = *state;
	const char *params = "{" ZONE ", \"Size\": 1, \"ClientToken\": \"t\"}";
	json_t *v = ec2_ok(f, "CreateVolume", "%s", params);

	ec2_is(ec2_ok(f, "CreateVolume", "%s", params), "VolumeId",
	    ec2_text(v, "VolumeId"));
	ec2_counts(ec2_ok(f, "DescribeVolumes", "{}"), "Volumes", 1);
	ec2_no(f, "IdempotentParameterMismatch", "CreateVolume",
	    "{" ZONE ", \"Size\": 2, \"ClientToken\": \"t\"}");
}

static void
encryption_by_default_has_its_way(void **state)
{
	struct fixture *f = *state;
	json_t *v;

	ec2_is(ec2_ok(f, "GetEbsEncryptionByDefault", "{}"), "EbsEncryptionByDefault",
	    "false");
	ec2_is(ec2_ok(f, "EnableEbsEncryptionByDefault", "{}"), "EbsEncryptionByDefault",
	    "true");
	ec2_is(ec2_ok(f, "GetEbsDefaultKmsKeyId", "{}"), "KmsKeyId", "alias/aws/ebs");
	ec2_ok(f, "ModifyEbsDefaultKmsKeyId", "{\"KmsKeyId\": \"1234\"}");
	v = ec2_ok(f, "CreateVolume", "{" ZONE ", \"Size\": 1, \"Encrypted\": false}");
	ec2_is(v, "Encrypted", "true");
	ec2_is(v, "KmsKeyId", "arn:aws:kms:us-east-1:000000000000:key/1234");
	v = ec2_ok(f, "CreateVolume",
	    "{" ZONE ", \"Size\": 1, \"Encrypted\": true, \"KmsKeyId\": \"alias/mine\"}");
	ec2_is(v, "KmsKeyId", "arn:aws:kms:us-east-1:000000000000:alias/mine");
	ec2_is(ec2_ok(f, "ResetEbsDefaultKmsKeyId", "{}"), "KmsKeyId", "alias/aws/ebs");
	ec2_ok(f, "DisableEbsEncryptionByDefault", "{}");
	ec2_is(ec2_ok(f, "CreateVolume", "{" ZONE ", \"Size\": 1}"), "Encrypted",
	    "false");
}

static void
each_failure_of_the_engine_is_retried(void **state)
{
	static const char *const steps[] = { "volume_create", "volume_inspect" };
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id;

	storage_set_up(f, &w);
	for (size_t i = 0; i < COUNT(steps); i++) {
		id = ec2_text(ec2_ok(f, "CreateVolume", "{" ZONE ", \"Size\": 1}"),
		    "VolumeId");
		engine_fake_fail_next(f->engine, steps[i], &engine_failed, "no");
		storage_pass(f);
		ec2_is(storage_volume_now(f, id), "State", "creating");
		storage_settle(f);
		ec2_is(storage_volume_now(f, id), "State", "available");
	}
	ec2_ok(f, "DeleteVolume", "{\"VolumeId\": \"%s\"}", id);
	engine_fake_fail_next(f->engine, "volume_remove", &engine_conflict, "in use");
	storage_pass(f);
	assert_true(storage_has_data(f, id));
	storage_settle(f);
	assert_false(storage_has_data(f, id));
}

int
main(void)
{
#define LIFE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		LIFE(a_volume_is_made_and_goes),
		LIFE(without_an_engine_volumes_are_records),
		LIFE(wrong_volumes_are_refused),
		LIFE(a_volume_is_attached_and_detached),
		LIFE(wrong_attachments_are_refused),
		LIFE(several_instances_may_have_one),
		LIFE(a_launch_makes_volumes_that_go_or_stay),
		LIFE(a_launched_volume_is_kept_after_all),
		LIFE(wrong_mappings_are_refused),
		LIFE(a_volume_is_modified),
		LIFE(attributes_and_status_are_shown),
		LIFE(filters_and_pages_choose),
		LIFE(a_token_makes_one_volume),
		LIFE(encryption_by_default_has_its_way),
		LIFE(each_failure_of_the_engine_is_retried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
