/*
 * EC2: images: registered, made of instances, copied, shared, protected.
 */
#include "tests/api/storage_calls.h"

#include <string.h>

#include "tests/fakes/engine_fake.h"

#define OTHER  "111111111111"
#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

static const struct principal other = {
	.kind = PRINCIPAL_ROOT,
	.account = OTHER,
	.arn = "arn:aws:iam::" OTHER ":root",
	.user_id = OTHER,
};

static const char *
registered(struct fixture *f, const char *name)
{
	return ec2_text(ec2_ok(f, "RegisterImage", "{\"Name\": \"%s\"}", name),
	    "ImageId");
}

/* The image that the instance's container was made from. */
static const char *
docker_image_of(struct fixture *f, const char *instance)
{
	struct err err;
	json_t *v;

	assert_int_equal(engine_container_inspect(f->env.engine, f->arena,
			     arena_printf(f->arena, "simfra-%s", instance), &v, &err),
	    1);
	return json_str(json_get(v, "Config"), "Image");
}

static void
an_image_of_an_instance_is_launched(void **state)
{
	struct fixture *f = *state;
	const char *instance, *id, *root, *data;
	struct ec2_world w;
	json_t *v;

	storage_set_up(f, &w);
	instance = storage_launch(f, &w,
	    "\"BlockDeviceMappings\": [{\"DeviceName\": \"/dev/sdf\", \"Ebs\":"
	    " {\"VolumeSize\": 2, \"DeleteOnTermination\": false}}]");
#define MAKE "{\"InstanceId\": \"%s\", \"Name\": \"%s\"%s}"
	id = ec2_text(
	    ec2_ok(f, "CreateImage", MAKE, instance, "golden",
		", \"Description\": \"d\", \"NoReboot\": true, \"TagSpecifications\":"
		" [{\"ResourceType\": \"image\", \"Tags\": [{\"Key\": \"a\"}]},"
		" {\"ResourceType\": \"snapshot\", \"Tags\": [{\"Key\": \"b\"}]}]"),
	    "ImageId");
	ec2_is(storage_image_now(f, id), "State", "pending");
	ec2_no(f, "InvalidAMIID.Unavailable", "RunInstances",
	    "{\"ImageId\": \"%s\", \"MinCount\": 1, \"MaxCount\": 1, \"InstanceType\":"
	    " \"t3.micro\"}",
	    id);
	storage_settle(f);
	v = storage_image_now(f, id);
	ec2_is(v, "State", "available");
	ec2_is(v, "SourceInstanceId", instance);
	ec2_is(v, "Tags.0.Key", "a");
	ec2_is(v, "RootDeviceName", "/dev/sda1");
	ec2_is(v, "BlockDeviceMappings.1.DeviceName", "/dev/sdf");
	ec2_is(v, "BlockDeviceMappings.1.Ebs.VolumeSize", "2");
	ec2_is(v, "BlockDeviceMappings.1.Ebs.DeleteOnTermination", "false");
	root = ec2_text(v, "BlockDeviceMappings.0.Ebs.SnapshotId");
	data = ec2_text(v, "BlockDeviceMappings.1.Ebs.SnapshotId");
	ec2_is(storage_snapshot_now(f, root), "Tags.0.Key", "b");
	assert_true(storage_has_data(f, data));
	assert_int_equal(engine_fake_calls(f->engine, "container_stop"), 0);
	w.image = id;
	instance = storage_launch(f, &w, "\"EbsOptimized\": false");
	assert_string_equal(docker_image_of(f, instance),
	    arena_printf(f->arena, "localhost/simfra:%s", root));
	ec2_counts(ec2_instance_now(f, instance), "BlockDeviceMappings", 2);
	/* Its snapshots are its own as long as it is there. */
	assert_non_null(strstr(ec2_no(f, "InvalidSnapshot.InUse", "DeleteSnapshot",
				   "{\"SnapshotId\": \"%s\"}", data),
	    id));
	v = ec2_ok(f, "DeregisterImage",
	    "{\"ImageId\": \"%s\", \"DeleteAssociatedSnapshots\": true}", id);
	ec2_is(v, "DeleteSnapshotResults.0.ReturnCode", "success");
	ec2_is(v, "DeleteSnapshotResults.1.ReturnCode", "success");
	storage_settle(f);
	assert_false(storage_has_data(f, data));
	ec2_no(f, "InvalidAMIID.Unavailable", "DeregisterImage", "{\"ImageId\": \"%s\"}",
	    id);
	f->now_ms += DAY_MS;
	storage_settle(f);
	ec2_no(f, "InvalidAMIID.NotFound", "DeregisterImage", "{\"ImageId\": \"%s\"}",
	    id);
}

static void
an_instance_is_stopped_for_its_image(void **state)
{
	struct fixture *f = *state;
	const char *instance, *id;
	struct ec2_world w;
	json_t *v;

	storage_set_up(f, &w);
	instance = storage_launch(f, &w, "\"EbsOptimized\": false");
	id = ec2_text(
	    ec2_ok(f, "CreateImage", MAKE, instance, "rebooted",
		", \"BlockDeviceMappings\": [{\"DeviceName\": \"/dev/sdg\", \"Ebs\":"
		" {\"VolumeSize\": 5}}]"),
	    "ImageId");
	engine_fake_fail_next(f->engine, "container_commit", &engine_failed, "no");
	storage_pass(f);
	ec2_is(storage_image_now(f, id), "State", "pending");
	storage_settle(f);
	v = storage_image_now(f, id);
	ec2_is(v, "State", "available");
	ec2_is(v, "BlockDeviceMappings.1.Ebs.VolumeSize", "5");
	assert_true(engine_fake_calls(f->engine, "container_stop") >= 1);
	ec2_is(ec2_instance_now(f, instance), "State.Name", "running");
	ec2_no(f, "InvalidParameterValue", "CreateImage", MAKE, instance, "near",
	    ", \"SnapshotLocation\": \"local\"");
	ec2_no(f, "InvalidAMIName.Duplicate", "CreateImage", MAKE, instance, "rebooted",
	    "");
	/* One whose container is gone before it is read has failed. */
	id =
	    ec2_text(ec2_ok(f, "CreateImage", MAKE, instance, "too late", ""), "ImageId");
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", instance);
	assert_true(
	    engine_fake_vanish(f->engine, arena_printf(f->arena, "simfra-%s", instance)));
	storage_settle(f);
	v = storage_image_now(f, id);
	ec2_is(v, "State", "failed");
	assert_non_null(strstr(ec2_text(v, "StateReason.Message"), "snap-"));
}

static void
an_image_is_copied_to_another_region(void **state)
{
	struct fixture *f = *state;
	const char *instance, *id, *copy, *docker;
	struct ec2_world w;
	json_t *v;

	storage_set_up(f, &w);
	instance = storage_launch(f, &w, "\"EbsOptimized\": false");
	id = ec2_text(
	    ec2_ok(f, "CreateImage", MAKE, instance, "first",
		", \"TagSpecifications\": [{\"ResourceType\": \"image\", \"Tags\":"
		" [{\"Key\": \"a\", \"Value\": \"b\"}]}]"),
	    "ImageId");
	storage_settle(f);
	docker = ec2_text(
	    ec2_ok(f, "RegisterImage",
		"{\"Name\": \"app\", \"DockerImage\": \"app:1\", \"Architecture\": \"arm64\"}"),
	    "ImageId");
	f->region = "eu-west-1";
#define COPY \
	"{\"SourceRegion\": \"us-east-1\", \"SourceImageId\": \"%s\", \"Name\": \"%s\"%s}"
	ec2_no(f, "InvalidAMIID.NotFound", "CopyImage", COPY, "ami-0", "copy", "");
	copy = ec2_text(ec2_ok(f, "CopyImage", COPY, id, "copy",
			    ", \"CopyImageTags\": true, \"Encrypted\": true"),
	    "ImageId");
	ec2_is(storage_image_now(f, copy), "State", "pending");
	storage_settle(f);
	v = storage_image_now(f, copy);
	ec2_is(v, "State", "available");
	ec2_is(v, "SourceImageId", id);
	ec2_is(v, "SourceImageRegion", "us-east-1");
	ec2_is(v, "Tags.0.Value", "b");
	ec2_is(v, "BlockDeviceMappings.0.Ebs.Encrypted", "true");
	ec2_is(storage_snapshot_now(f,
		   ec2_text(v, "BlockDeviceMappings.0.Ebs.SnapshotId")),
	    "State", "completed");
	/* One of a Docker image, and one of the catalogue. */
	copy = ec2_text(ec2_ok(f, "CopyImage", COPY, docker, "app", ""), "ImageId");
	storage_settle(f);
	ec2_is(storage_image_now(f, copy), "Architecture", "arm64");
	copy =
	    ec2_text(ec2_ok(f, "CopyImage", COPY, w.image, "my ubuntu", ""), "ImageId");
	storage_settle(f);
	ec2_is(storage_image_now(f, copy), "State", "available");
	ec2_world(f, &w);
	w.image = copy;
	instance = storage_launch(f, &w, "\"EbsOptimized\": false");
	assert_string_equal(docker_image_of(f, instance), "ubuntu:latest");
}

static void
an_image_is_shared(void **state)
{
	struct fixture *f = *state;
	const char *id = registered(f, "shared"), *describe;
	struct call *c;

	describe = arena_printf(f->arena, "{\"ImageIds\": [\"%s\"]}", id);
	c = fixture_call_as(f, &other, "ec2", "DescribeImages", "%s", describe);
	assert_string_equal(c->err.kind->code, "InvalidAMIID.NotFound");
#define SHARE "{\"ImageId\": \"%s\", \"LaunchPermission\": {\"%s\": [{%s}]}}"
	ec2_no(f, "InvalidAMIAttributeItemValue", "ModifyImageAttribute", SHARE, id,
	    "Add", "\"UserId\": \"1\"");
	ec2_ok(f, "ModifyImageAttribute", SHARE, id, "Add", "\"UserId\": \"" OTHER "\"");
	ec2_ok(f, "ModifyImageAttribute", SHARE, id, "Add", "\"UserId\": \"" OTHER "\"");
	ec2_counts(ec2_ok(f, "DescribeImageAttribute",
		       "{\"ImageId\": \"%s\", \"Attribute\": \"launchPermission\"}", id),
	    "LaunchPermissions", 1);
	c = fixture_call_as(f, &other, "ec2", "DescribeImages",
	    "{\"ExecutableUsers\": [\"self\"]}");
	ec2_counts(c->out, "Images", 1);
	ec2_is(c->out, "Images.0.ImageId", id);
	/* He may launch it, and no more. */
	c = fixture_call_as(f, &other, "ec2", "DeregisterImage", "{\"ImageId\": \"%s\"}",
	    id);
	assert_string_equal(c->err.kind->code, "AuthFailure");
	c = fixture_call_as(f, &other, "ec2", "DescribeImageAttribute",
	    "{\"ImageId\": \"%s\", \"Attribute\": \"launchPermission\"}", id);
	assert_string_equal(c->err.kind->code, "AuthFailure");
	c = fixture_call_as(f, &other, "ec2", "CreateDefaultVpc", "{}");
	assert_null(c->err.kind);
	c = fixture_call_as(f, &other, "ec2", "RunInstances",
	    "{\"ImageId\": \"%s\", \"InstanceType\": \"t3.micro\", \"MinCount\": 1,"
	    " \"MaxCount\": 1}",
	    id);
	assert_null(c->err.kind);
	ec2_ok(f, "ModifyImageAttribute",
	    "{\"ImageId\": \"%s\", \"OperationType\": \"remove\", \"UserIds\": [\"" OTHER
	    "\"]}",
	    id);
	c = fixture_call_as(f, &other, "ec2", "DescribeImages", "%s", describe);
	assert_string_equal(c->err.kind->code, "InvalidAMIID.NotFound");
}

static void
an_image_is_public_where_that_is_allowed(void **state)
{
	struct fixture *f = *state;
	const char *id = registered(f, "public");
	struct call *c;

	ec2_is(ec2_ok(f, "GetImageBlockPublicAccessState", "{}"),
	    "ImageBlockPublicAccessState", "block-new-sharing");
	ec2_no(f, "OperationNotPermitted", "ModifyImageAttribute", SHARE, id, "Add",
	    "\"Group\": \"all\"");
	ec2_ok(f, "DisableImageBlockPublicAccess", "{}");
	ec2_ok(f, "ModifyImageAttribute", SHARE, id, "Add", "\"Group\": \"all\"");
	ec2_is(storage_image_now(f, id), "Public", "true");
	c = fixture_call_as(f, &other, "ec2", "DescribeImages",
	    "{\"Owners\": [\"" FIXTURE_ACCOUNT "\"]}");
	ec2_counts(c->out, "Images", 1);
	/* What is public stays so when new sharing is blocked. */
	ec2_ok(f, "EnableImageBlockPublicAccess",
	    "{\"ImageBlockPublicAccessState\": \"block-new-sharing\"}");
	ec2_is(storage_image_now(f, id), "Public", "true");
	ec2_ok(f, "ResetImageAttribute",
	    "{\"ImageId\": \"%s\", \"Attribute\": \"launchPermission\"}", id);
	ec2_is(storage_image_now(f, id), "Public", "false");
}

static void
attributes_are_set_and_shown(void **state)
{
	static const struct {
		const char *attribute, *path, *value;
	} rows[] = {
		{ "description", "Description.Value", "about" },
		{ "bootMode", "BootMode.Value", "uefi" },
		{ "imdsSupport", "ImdsSupport.Value", "v2.0" },
		{ "kernel", "KernelId.Value", "aki-1" },
		{ "ramdisk", "RamdiskId.Value", "ari-1" },
		{ "sriovNetSupport", "SriovNetSupport.Value", "simple" },
		{ "tpmSupport", "TpmSupport.Value", "v2.0" },
		{ "uefiData", "UefiData.Value", "abcd" },
		{ "deregistrationProtection", "DeregistrationProtection.Value",
		    "disabled" },
		{ "blockDeviceMapping", "BlockDeviceMappings.0.Ebs.VolumeType", "gp3" },
	};
	struct fixture *f = *state;
	const char *id = ec2_text(
	    ec2_ok(f, "RegisterImage",
		"{\"Name\": \"all\", \"BootMode\": \"uefi\", \"KernelId\": \"aki-1\","
		" \"RamdiskId\": \"ari-1\", \"TpmSupport\": \"v2.0\", \"UefiData\": \"abcd\","
		" \"Architecture\": \"arm64\", \"RootDeviceName\": \"/dev/sda1\","
		" \"BlockDeviceMappings\": [{\"DeviceName\": \"/dev/sdf\", \"Ebs\":"
		" {\"VolumeSize\": 4, \"VolumeType\": \"gp3\"}},"
		" {\"DeviceName\": \"/dev/sdg\", \"VirtualName\": \"ephemeral0\"}]}"),
	    "ImageId");
	json_t *v = storage_image_now(f, id);

	ec2_is(v, "BlockDeviceMappings.0.Ebs.DeleteOnTermination", "true");
	ec2_is(v, "BlockDeviceMappings.0.Ebs.Encrypted", "false");
	ec2_is(v, "BlockDeviceMappings.1.VirtualName", "ephemeral0");
	ec2_ok(f, "ModifyImageAttribute",
	    "{\"ImageId\": \"%s\", \"Description\": {\"Value\": \"about\"}}", id);
	ec2_ok(f, "ModifyImageAttribute",
	    "{\"ImageId\": \"%s\", \"Attribute\": \"imdsSupport\", \"Value\": \"v2.0\"}",
	    id);
	for (size_t i = 0; i < COUNT(rows); i++)
		ec2_is(ec2_ok(f, "DescribeImageAttribute",
			   "{\"ImageId\": \"%s\", \"Attribute\": \"%s\"}", id,
			   rows[i].attribute),
		    rows[i].path, rows[i].value);
	ec2_no(f, "InvalidParameterCombination", "ModifyImageAttribute",
	    "{\"ImageId\": \"%s\"}", id);
	ec2_no(f, "InvalidParameterValue", "ModifyImageAttribute",
	    "{\"ImageId\": \"%s\", \"Attribute\": \"kernel\", \"Value\": \"x\"}", id);
	ec2_no(f, "InvalidParameterValue", "ModifyImageAttribute",
	    "{\"ImageId\": \"%s\", \"ImdsSupport\": {\"Value\": \"v1.0\"}}", id);
}

static void
an_image_is_deprecated_disabled_and_protected(void **state)
{
	struct fixture *f = *state;
	const char *id = registered(f, "old");
	struct call *c;

#define ONE "{\"ImageId\": \"%s\"}"
	ec2_no(f, "InvalidParameterValue", "EnableImageDeprecation",
	    "{\"ImageId\": \"%s\", \"DeprecateAt\": 1}", id);
	ec2_no(f, "InvalidParameterValue", "EnableImageDeprecation",
	    "{\"ImageId\": \"%s\", \"DeprecateAt\": 1e300}", id);
	ec2_ok(f, "EnableImageDeprecation",
	    "{\"ImageId\": \"%s\", \"DeprecateAt\": %lld}", id,
	    (long long)(f->now_ms + DAY_MS) / 1000);
	assert_non_null(fixture_text(storage_image_now(f, id), "DeprecationTime"));
	ec2_ok(f, "ModifyImageAttribute", SHARE, id, "Add", "\"UserId\": \"" OTHER "\"");
	f->now_ms += 2 * DAY_MS;
	c = fixture_call_as(f, &other, "ec2", "DescribeImages",
	    "{\"ExecutableUsers\": [\"self\"]}");
	ec2_counts(c->out, "Images", 0);
	c = fixture_call_as(f, &other, "ec2", "DescribeImages",
	    "{\"ExecutableUsers\": [\"self\"], \"IncludeDeprecated\": true}");
	ec2_counts(c->out, "Images", 1);
	ec2_counts(ec2_ok(f, "DescribeImages", "{\"Owners\": [\"self\"]}"), "Images", 1);
	ec2_ok(f, "DisableImageDeprecation", ONE, id);
	assert_null(fixture_text(storage_image_now(f, id), "DeprecationTime"));

	ec2_no(f, "IncorrectState", "EnableImage", ONE, id);
	ec2_ok(f, "DisableImage", ONE, id);
	ec2_is(storage_image_now(f, id), "State", "disabled");
	ec2_counts(ec2_ok(f, "DescribeImages", "{\"Owners\": [\"self\"]}"), "Images", 0);
	ec2_counts(ec2_ok(f, "DescribeImages",
		       "{\"Owners\": [\"self\"], \"IncludeDisabled\": true}"),
	    "Images", 1);
	ec2_no(f, "InvalidAMIID.Unavailable", "RunInstances",
	    "{\"ImageId\": \"%s\", \"MinCount\": 1, \"MaxCount\": 1}", id);
	ec2_ok(f, "EnableImage", ONE, id);
	ec2_is(storage_image_now(f, id), "State", "available");

	ec2_ok(f, "EnableImageDeregistrationProtection",
	    "{\"ImageId\": \"%s\", \"WithCooldown\": true}", id);
	ec2_is(storage_image_now(f, id), "DeregistrationProtection",
	    "enabled-with-cooldown");
	ec2_no(f, "OperationNotPermitted", "DeregisterImage", ONE, id);
	ec2_ok(f, "DisableImageDeregistrationProtection", ONE, id);
	ec2_no(f, "OperationNotPermitted", "DeregisterImage", ONE, id);
	f->now_ms += DAY_MS;
	ec2_ok(f, "DeregisterImage", ONE, id);
}

static void
a_root_snapshot_is_registered_and_launched(void **state)
{
	struct fixture *f = *state;
	const char *instance, *root, *snapshot, *id;
	struct ec2_world w;

	storage_set_up(f, &w);
	instance = storage_launch(f, &w, "\"EbsOptimized\": false");
	root =
	    ec2_text(ec2_instance_now(f, instance), "BlockDeviceMappings.0.Ebs.VolumeId");
	snapshot = storage_snapshot(f, root);
	id = ec2_text(
	    ec2_ok(f, "RegisterImage",
		"{\"Name\": \"mine\", \"RootDeviceName\": \"/dev/xvda\","
		" \"BlockDeviceMappings\": [{\"DeviceName\": \"/dev/xvda\", \"Ebs\":"
		" {\"SnapshotId\": \"%s\"}}]}",
		snapshot),
	    "ImageId");
	ec2_is(storage_image_now(f, id), "BlockDeviceMappings.0.Ebs.VolumeSize", "8");
	w.image = id;
	instance = storage_launch(f, &w, "\"EbsOptimized\": false");
	assert_string_equal(docker_image_of(f, instance),
	    arena_printf(f->arena, "localhost/simfra:%s", snapshot));
}

static void
wrong_images_are_refused(void **state)
{
	static const struct ec2_refusal rows[] = {
		{ "RegisterImage",
		    "{\"Name\": \"abc\", \"DockerImage\": \"localhost/simfra:snap-1\"}",
		    "InvalidParameterValue", NULL },
		{ "RegisterImage",
		    "{\"Name\": \"abc\", \"ImageLocation\": \"docker://localhost/simfra\"}",
		    "InvalidParameterValue", NULL },
		{ "RegisterImage", "{\"Name\": \"abc\", \"BillingProducts\": [\"x\"]}",
		    "UnsupportedOperation", NULL },
		{ "RegisterImage",
		    "{\"Name\": \"abc\", \"BlockDeviceMappings\": [{\"DeviceName\": \"/dev/sdf\","
		    " \"Ebs\": {\"SnapshotId\": \"snap-0\"}}]}",
		    "InvalidSnapshot.NotFound", NULL },
		{ "RegisterImage",
		    "{\"Name\": \"abc\", \"BlockDeviceMappings\": [{\"DeviceName\": \"/dev/sdf\","
		    " \"Ebs\": {}}]}",
		    "MissingParameter", NULL },
		{ "CreateImage", "{\"InstanceId\": \"i-0\", \"Name\": \"abc\"}",
		    "InvalidInstanceID.NotFound", NULL },
		{ "CopyImage",
		    "{\"SourceRegion\": \"mars\", \"SourceImageId\": \"ami-0\", \"Name\": \"abc\"}",
		    "InvalidParameterValue", NULL },
		{ "DeregisterImage", "{\"ImageId\": \"ami-0\"}", "InvalidAMIID.NotFound",
		    "The image id '[ami-0]' does not exist" },
		{ "DeregisterImage", "{\"ImageId\": \"x\"}", "InvalidAMIID.Malformed",
		    "Invalid id: \"x\" (expecting \"ami-...\")" },
		{ "ModifyImageAttribute", "{\"ImageId\": \"ami-0\"}",
		    "InvalidAMIID.NotFound", NULL },
		{ "ResetImageAttribute",
		    "{\"ImageId\": \"ami-0\", \"Attribute\": \"launchPermission\"}",
		    "InvalidAMIID.NotFound", NULL },
		{ "DisableImage", "{\"ImageId\": \"ami-0\"}", "InvalidAMIID.NotFound",
		    NULL },
		{ "EnableImage", "{\"ImageId\": \"ami-0\"}", "InvalidAMIID.NotFound",
		    NULL },
		{ "EnableImageDeregistrationProtection", "{\"ImageId\": \"ami-0\"}",
		    "InvalidAMIID.NotFound", NULL },
	};

	ec2_refused(*state, rows, COUNT(rows));
}

int
main(void)
{
#define LIFE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		LIFE(an_image_of_an_instance_is_launched),
		LIFE(an_instance_is_stopped_for_its_image),
		LIFE(an_image_is_copied_to_another_region),
		LIFE(an_image_is_shared),
		LIFE(an_image_is_public_where_that_is_allowed),
		LIFE(attributes_are_set_and_shown),
		LIFE(an_image_is_deprecated_disabled_and_protected),
		LIFE(a_root_snapshot_is_registered_and_launched),
		LIFE(wrong_images_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
