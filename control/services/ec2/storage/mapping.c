/*
 * EC2: block device mappings: what an image has, what a launch changes, and what comes of it.
 *
 * Not emulated: instance store; a VirtualName is accepted and gives nothing, as on types of
 * instances that have none.
 */
#include "control/services/ec2/storage/mapping.h"

#include <string.h>

#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/ebs.h"
#include "control/services/ec2/storage/snapshot.h"
#include "control/services/ec2/storage/volume.h"
#include "control/services/ec2/storage/volume_spec.h"

enum { MAPPINGS_MAX = 28, ROOT_GIB = 8 };

static const struct err_kind bad_mapping = { "InvalidBlockDeviceMapping", 400 };

json_t *
mapping_find(const json_t *list, const char *device)
{
	json_t *row;
	size_t i;

	json_array_foreach(list, i, row) {
		if (strcmp(json_str_or(row, "DeviceName", ""), device) == 0)
			return row;
	}
	return NULL;
}

int
mapping_check(struct call *c, const json_t *asked)
{
	static const char *const known[] = { "DeleteOnTermination", "Iops", "SnapshotId",
		"VolumeSize", "VolumeType", "KmsKeyId", "Throughput", "Encrypted",
		"VolumeInitializationRate", NULL };
	const json_t *row;
	size_t i;

	if (json_array_size(asked) > MAPPINGS_MAX)
		return err_set(&c->err, &bad_mapping,
		    "There are more than %d block device mappings.", MAPPINGS_MAX);
	json_array_foreach(asked, i, row) {
		const char *device = json_str(row, "DeviceName"),
			   *virtual = json_str(row, "VirtualName");

		if (device == NULL || device[0] == '\0')
			return err_set(&c->err, &ec2_missing,
			    "The request must contain the parameter deviceName");
		if (volume_device_check(c, device) < 0)
			return -1;
		if (mapping_find(asked, device) != row)
			return err_set(&c->err, &bad_mapping,
			    "The device '%s' is used in more than one block-device mapping",
			    device);
		if (virtual != NULL && strncmp(virtual, "ephemeral", 9) != 0)
			return err_set(&c->err, &bad_mapping,
			    "Invalid virtual device name '%s'", virtual);
		if (ec2_refuse_members(c, "BlockDeviceMapping.Ebs", json_get(row, "Ebs"),
			known) < 0)
			return -1;
	}
	return 0;
}

/* A row that is taken over by those of the other that are said. */
static void
merge(json_t *row, const json_t *over)
{
	json_t *ebs = json_need_object(row, "Ebs"), *v;
	const char *name;

	json_object_foreach(json_get(over, "Ebs"), name, v)
		json_set(ebs, name, json_incref(v));
}

static void
drop(json_t *list, const json_t *row)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (json_array_get(list, i) == row)
			json_array_remove(list, i);
	}
}

int
mapping_overlay(struct call *c, json_t *list, const json_t *asked, const char *root)
{
	const json_t *row;
	size_t i;

	json_array_foreach(asked, i, row) {
		const char *device = json_str_or(row, "DeviceName", "");
		json_t *old = mapping_find(list, device);
		const char *snapshot = json_str(json_get(row, "Ebs"), "SnapshotId");

		if (strcmp(device, root) == 0 && json_get(row, "NoDevice") != NULL)
			return err_set(&c->err, &bad_mapping,
			    "The root device '%s' cannot be left out", root);
		if (strcmp(device, root) == 0 && snapshot != NULL &&
		    strcmp(snapshot,
			json_str_or(json_get(old, "Ebs"), "SnapshotId", "")) != 0)
			return err_set(&c->err, &bad_mapping,
			    "snapshotId cannot be modified on root device");
		if (json_get(row, "NoDevice") != NULL) {
			drop(list, old);
		} else if (json_get(row, "Ebs") == NULL) {
			continue; /* instance store: there is none */
		} else if (old != NULL) {
			merge(old, row);
		} else {
			json_add(list, json_copy_deep(row));
		}
	}
	return 0;
}

/* The size and encryption of its snapshot; those of Amazon's images are in no store. */
static int
read_snapshot(struct call *c, const json_t *image, const json_t *ebs,
    struct volume_spec *s)
{
	json_t *snapshot;
	int64_t size;

	if (s->snapshot == NULL)
		return 0;
	if (json_bool(image, "_catalogue", 0) && json_bool(ebs, "_catalogue", 0)) {
		size = ROOT_GIB;
	} else {
		if (ec2_snapshot_restorable(c, s->snapshot, &snapshot) < 0)
			return -1;
		size = json_int(snapshot, "VolumeSize", 1);
		s->encrypted |= json_bool(snapshot, "Encrypted", 0);
	}
	if (s->size == VOLUME_UNSAID)
		s->size = size;
	if (s->size < size)
		return err_set(&c->err, &bad_mapping,
		    "Volume of size %lldGB is smaller than snapshot '%s', expect size >= %lldGB",
		    (long long)s->size, s->snapshot, (long long)size);
	return 0;
}

/* Check a row, and fill in what it does not say. */
static int
complete(struct call *c, const json_t *image, json_t *row, int is_launch)
{
	json_t *ebs = json_need_object(row, "Ebs");
	struct volume_spec s = {
		.type = json_str_or(ebs, "VolumeType", "gp2"),
		.size = json_int(ebs, "VolumeSize", VOLUME_UNSAID),
		.iops = json_int(ebs, "Iops", VOLUME_UNSAID),
		.throughput = json_int(ebs, "Throughput", VOLUME_UNSAID),
		.initialization_rate =
		    json_int(ebs, "VolumeInitializationRate", VOLUME_UNSAID),
		.snapshot = json_str(ebs, "SnapshotId"),
		.encrypted = json_bool(ebs, "Encrypted", 0),
	};

	if (s.size == VOLUME_UNSAID && s.snapshot == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter size or snapshotId");
	if (read_snapshot(c, image, ebs, &s) < 0 || volume_spec_check(c, &s) < 0)
		return -1;
	/* An image says what is; a launch decides. */
	if (is_launch &&
	    ebs_key(c, json_str(ebs, "KmsKeyId"), &s.encrypted, &s.kms_key) < 0)
		return -1;
	volume_spec_write(&s, ebs);
	json_del(ebs, "Size");
	/* What a gp2 volume has by its size is not said in a mapping. */
	if (s.iops == VOLUME_UNSAID)
		json_del(ebs, "Iops");
	json_set_int(ebs, "VolumeSize", s.size);
	json_set_bool(ebs, "Encrypted", s.encrypted);
	json_set_str(ebs, "KmsKeyId", s.kms_key);
	json_set_bool(ebs, "DeleteOnTermination",
	    json_bool(ebs, "DeleteOnTermination", 1));
	return 0;
}

int
mapping_register(struct call *c, const json_t *asked, json_t **ret)
{
	json_t *list = json_own(c->arena, json_new_array());
	const json_t *row;
	size_t i;

	if (mapping_check(c, asked) < 0)
		return -1;
	json_array_foreach(asked, i, row) {
		json_t *copy = json_own(c->arena, json_copy_deep(row));

		if (json_get(row, "Ebs") != NULL && complete(c, NULL, copy, 0) < 0)
			return -1;
		json_add(list, json_incref(copy));
	}
	*ret = list;
	return 0;
}

int
ec2_mappings_plan(struct call *c, const json_t *image, const json_t *asked,
    const json_t **ret)
{
	const char *root = json_str_or(image, "RootDeviceName", "/dev/xvda");
	json_t *list = json_own(c->arena, json_new_array()), *row;
	json_t *plan = json_own(c->arena, json_new_array());
	size_t i;

	if (mapping_check(c, asked) < 0)
		return -1;
	json_array_foreach(json_get(image, "BlockDeviceMappings"), i, row) {
		if (json_get(row, "Ebs") != NULL)
			json_add(list, json_copy_deep(row));
	}
	/* An image of a Docker image alone: its root is as large as those of AWS are. */
	if (mapping_find(list, root) == NULL)
		json_add(list,
		    json_make("{s:s, s:{s:i}}", "DeviceName", root, "Ebs", "VolumeSize",
			ROOT_GIB));
	if (mapping_overlay(c, list, asked, root) < 0)
		return -1;
	json_add(plan, json_incref(mapping_find(list, root)));
	json_array_foreach(list, i, row) {
		if (row != mapping_find(list, root))
			json_add(plan, json_incref(row));
	}
	json_array_foreach(plan, i, row) {
		if (complete(c, image, row, 1) < 0)
			return -1;
	}
	*ret = plan;
	return 0;
}
