/*
 * EC2: images are made of instances, and copied.
 *
 * The data of an image is in its snapshots; it is pending as long as one of them is.  An instance is
 * stopped, unless NoReboot, while its root volume is read; its other volumes are read while it runs.
 */
#include <string.h>

#include "control/api/dispatch.h"
#include "control/api/tags.h"
#include "control/services/ec2/compute/image.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/data_copy.h"
#include "control/services/ec2/storage/ebs.h"
#include "control/services/ec2/storage/mapping.h"
#include "control/services/ec2/storage/snapshot.h"
#include "control/services/ec2/storage/volume.h"

enum { CHECK_MS = 250 };

static const struct err_kind bad_state = { "IncorrectState", 400 };
static const struct err_kind not_found = { "InvalidAMIID.NotFound", 400 };

static const char *const tag_types[] = { "image", "snapshot", NULL };

/* Pending: 1 all snapshots are complete, 0 not yet, -1. *ret_failed has one that failed. */
static int
look(struct converge *cv, const char **ret_failed, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	const json_t *row;
	json_t *snapshot;
	size_t i;

	json_array_foreach(json_get(cv->doc, "BlockDeviceMappings"), i, row) {
		const char *id = json_str(json_get(row, "Ebs"), "SnapshotId"), *state;
		int rc;

		if (id == NULL || json_bool(json_get(row, "Ebs"), "_catalogue", 0))
			continue;
		rc = store_get(t, cv->scope, ec2_snapshot.kind, id, &snapshot, err);
		if (rc < 0)
			return -1;
		state = rc > 0 ? json_str_or(snapshot, "State", "") : "error";
		if (strcmp(state, "error") == 0)
			*ret_failed = id;
		else if (strcmp(state, "completed") != 0)
			return 0;
	}
	return 1;
}

static int
write_end(struct converge *cv UNUSED, json_t *doc, void *arg)
{
	const char *bad = arg;

	if (strcmp(json_str_or(doc, "State", ""), "pending") != 0)
		return 0;
	json_set_str(doc, "State", bad != NULL ? "failed" : "available");
	if (bad != NULL)
		json_set(doc, "StateReason",
		    json_make("{s:s, s:o}", "Code", "Server.InternalError", "Message",
			json_new_fmt("Server.InternalError: snapshot %s failed", bad)));
	return 1;
}

int
image_converge(struct converge *cv, struct err *err)
{
	const char *bad = NULL;
	int rc;

	if (cv->doc == NULL || strcmp(json_str_or(cv->doc, "State", ""), "pending") != 0)
		return 0;
	rc = look(cv, &bad, err);
	if (rc == 0)
		cv->again_ms = CHECK_MS;
	if (rc <= 0)
		return rc;
	return converge_write(cv, write_end,
	    bad != NULL ? arena_strdup(cv->arena, bad) : NULL, err);
}

/* CreateImage */

/* The instance's devices as an image has them, "_volume" being what each is made of. */
static int
devices_of(struct call *c, const json_t *instance, json_t *list)
{
	static const char *const same[] = { "VolumeType", "Iops", "Throughput",
		"Encrypted" };
	const json_t *row;
	json_t *volume, *ebs;
	size_t i;

	json_array_foreach(json_get(instance, "BlockDeviceMappings"), i, row) {
		const char *id = json_str_or(json_get(row, "Ebs"), "VolumeId", "");

		if (resource_get(c, &ec2_volume, id, &volume) < 0)
			return -1;
		ebs = json_new_object();
		json_set_str(ebs, "_volume", id);
		json_set_int(ebs, "VolumeSize", json_int(volume, "Size", 1));
		json_set_bool(ebs, "DeleteOnTermination",
		    json_bool(json_get(row, "Ebs"), "DeleteOnTermination", 0));
		for (size_t k = 0; k < COUNT(same); k++) {
			if (json_get(volume, same[k]) != NULL)
				json_set(ebs, same[k],
				    json_incref(json_get(volume, same[k])));
		}
		if (strcmp(json_str_or(ebs, "VolumeType", ""), "gp2") == 0)
			json_del(ebs, "Iops");
		json_add(list,
		    json_make("{s:s, s:o}", "DeviceName",
			json_str_or(row, "DeviceName", ""), "Ebs", ebs));
	}
	return 0;
}

/* A snapshot of each device's volume; that of the root device says what runs. */
static int
make_snapshots(struct call *c, json_t *image, const json_t *instance, json_t *list,
    const json_t *tags)
{
	const char *description =
	    arena_printf(c->arena, "Created by CreateImage(%s) for %s",
		resource_id(&ec2_instance, instance), resource_id(&ec2_image, image));
	const json_t *row;
	size_t i;

	json_array_foreach(list, i, row) {
		json_t *ebs = json_get(row, "Ebs"), *volume, *snapshot;

		if (json_get(ebs, "_volume") == NULL)
			continue;
		if (resource_get(c, &ec2_volume, json_str(ebs, "_volume"), &volume) < 0)
			return -1;
		snapshot = ec2_snapshot_make(c, volume, description, tags);
		if (snapshot == NULL)
			return -1;
		json_del(ebs, "_volume");
		json_set_str(ebs, "SnapshotId", resource_id(&ec2_snapshot, snapshot));
		json_set_str(image, "_docker_image", json_str(snapshot, "_image"));
		if (json_get(snapshot, "_image") != NULL && !in_bool(c, "NoReboot", 0))
			json_set_bool(snapshot, "_reboot", 1);
	}
	return 0;
}

static int
create_image(struct call *c)
{
	static const char *const refused[] = { "BootModeOverride", NULL };
	static const char *const same[] = { "Architecture", "RootDeviceName",
		"VirtualizationType", "EnaSupport", "PlatformDetails", "UsageOperation" };
	const char *id = in_str(c, "InstanceId"), *where = in_str(c, "SnapshotLocation");
	json_t *instance, *image, *tags = NULL, *snapshot_tags = NULL, *list;

	if (ec2_refuse(c, refused) < 0 ||
	    tags_from_specifications(c, tag_types, "image", &tags) < 0 ||
	    tags_from_specifications(c, tag_types, "snapshot", &snapshot_tags) < 0 ||
	    resource_get(c, &ec2_instance, id, &instance) < 0 ||
	    call_allow(c, &ec2_instance, id) < 0 ||
	    mapping_check(c, in_list(c, "BlockDeviceMappings")) < 0)
		return -1;
	if (where != NULL && strcmp(where, "regional") != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter snapshotLocation is invalid. It is for instances in Local "
		    "Zones.",
		    where);
	if (instance_state(instance) != STATE_RUNNING &&
	    instance_state(instance) != STATE_STOPPED)
		return err_set(&c->err, &bad_state,
		    "The instance '%s' is not in a state from which an image can be created.",
		    id);
	image = image_new(c, in_str(c, "Name"), tags);
	list = json_own(c->arena, json_new_array());
	if (image == NULL || devices_of(c, instance, list) < 0 ||
	    mapping_overlay(c, list, in_list(c, "BlockDeviceMappings"),
		json_str_or(instance, "RootDeviceName", "")) < 0 ||
	    make_snapshots(c, image, instance, list, snapshot_tags) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(same); i++) {
		if (json_get(instance, same[i]) != NULL)
			json_set(image, same[i],
			    json_incref(json_get(instance, same[i])));
	}
	json_set_str(image, "Description", in_str(c, "Description"));
	json_set_str(image, "SourceInstanceId", id);
	json_set_str(image, "State", "pending");
	json_set(image, "BlockDeviceMappings", json_incref(list));
	image_set_constants(image);
	resource_put(c, &ec2_image, image);
	out_str(c, "ImageId", resource_id(&ec2_image, image));
	return 0;
}

/* CopyImage: called in the region that it is copied to */

static int
copy_snapshots(struct call *c, json_t *image, const char *scope, const json_t *tags)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(image, "BlockDeviceMappings"), i, row) {
		json_t *ebs = json_get(row, "Ebs"), *source, *copy;
		const char *id = json_str(ebs, "SnapshotId"), *key;
		int encrypted, rc;

		if (id == NULL || json_bool(ebs, "_catalogue", 0))
			continue;
		rc = store_get(c->txn, scope, ec2_snapshot.kind, id, &source, &c->err);
		if (rc < 0)
			return -1;
		if (rc == 0)
			return err_set(&c->err, ec2_snapshot.not_found,
			    "The snapshot '%s' does not exist", id);
		encrypted =
		    in_bool(c, "Encrypted", 0) || json_bool(source, "Encrypted", 0);
		if (ebs_key(c, in_str(c, "KmsKeyId"), &encrypted, &key) < 0)
			return -1;
		copy = ec2_snapshot_copy(c, scope, source,
		    arena_printf(c->arena,
			"Copied for DestinationAmi %s from SourceAmi %s "
			"for SourceSnapshot %s.",
			resource_id(&ec2_image, image), in_str(c, "SourceImageId"), id),
		    encrypted, key, tags);
		json_set_str(ebs, "SnapshotId", resource_id(&ec2_snapshot, copy));
		json_set_bool(ebs, "Encrypted", encrypted);
		if (json_get(copy, "_image") != NULL)
			json_set_str(image, "_docker_image", json_str(copy, "_image"));
	}
	return 0;
}

/* The tags that the copy has: given ones, and the source's if asked for. */
static int
copy_tags(struct call *c, const json_t *source, json_t *image)
{
	json_t *tags = json_need_array(image, "Tags");
	json_t *given = json_own(c->arena, json_copy_deep(tags));

	if (!in_bool(c, "CopyImageTags", 0))
		return 0;
	json_set(image, "Tags", json_new_array());
	tags = json_get(image, "Tags");
	return tags_merge(c, tags, json_get(source, "Tags")) < 0 ||
		tags_merge(c, tags, given) < 0 ?
	    -1 :
	    0;
}

static void
copy_members(const json_t *source, json_t *image)
{
	static const char *const same[] = { "Architecture", "RootDeviceName",
		"VirtualizationType", "EnaSupport", "SriovNetSupport", "PlatformDetails",
		"UsageOperation", "BootMode", "ImdsSupport", "TpmSupport", "KernelId",
		"RamdiskId", "_docker_image", "_catalogue", "_uefi" };

	for (size_t i = 0; i < COUNT(same); i++) {
		if (json_get(source, same[i]) != NULL)
			json_set(image, same[i], json_incref(json_get(source, same[i])));
	}
	json_set_str(image, "_catalogue_name",
	    json_str_or(source, "_catalogue_name", json_str(source, "Name")));
	json_set(image, "BlockDeviceMappings",
	    json_copy_deep(json_get(source, "BlockDeviceMappings")));
}

static int
copy_image(struct call *c)
{
	static const char *const refused[] = { "DestinationOutpostArn",
		"SnapshotCopyCompletionDurationMinutes", "DestinationAvailabilityZone",
		"DestinationAvailabilityZoneId", NULL };
	const char *region = in_str(c, "SourceRegion"), *id = in_str(c, "SourceImageId");
	json_t *source, *image, *tags = NULL, *snapshot_tags = NULL;
	int rc;

	if (ec2_refuse(c, refused) < 0 ||
	    tags_from_specifications(c, tag_types, "image", &tags) < 0 ||
	    tags_from_specifications(c, tag_types, "snapshot", &snapshot_tags) < 0)
		return -1;
	if (!region_is_valid(region))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter sourceRegion is invalid. Invalid region name.",
		    region);
	rc = image_find(c, region, id, &source);
	if (rc == 0)
		return err_set(&c->err, &not_found, "The image id '[%s]' does not exist",
		    id);
	if (rc < 0)
		return -1;
	if (strcmp(json_str_or(source, "State", ""), "available") != 0)
		return err_set(&c->err, &bad_state,
		    "The image '%s' is not in the 'available' state.", id);
	image = image_new(c, in_str(c, "Name"), tags);
	if (image == NULL)
		return -1;
	copy_members(source, image);
	json_set_str(image, "Description",
	    json_str_or(c->in, "Description", json_str_or(source, "Description", "")));
	json_set_str(image, "SourceImageId", id);
	json_set_str(image, "SourceImageRegion", region);
	json_set_str(image, "State", "pending");
	image_set_constants(image);
	if (copy_tags(c, source, image) < 0 ||
	    copy_snapshots(c, image,
		arena_printf(c->arena, "%s:%s", json_str_or(source, "OwnerId", ""),
		    region),
		snapshot_tags) < 0)
		return -1;
	resource_put(c, &ec2_image, image);
	out_str(c, "ImageId", resource_id(&ec2_image, image));
	return 0;
}

static const struct op ops[] = {
	OP_RES("CopyImage", copy_image, OP_TOKEN, &ec2_image, NULL,
	    "Copy an image, also from another region."),
	OP_RES("CreateImage", create_image, 0, &ec2_image, NULL,
	    "Make an image of an instance as it is."),
};
const struct family ec2_image_making = FAMILY(ops, NULL);
