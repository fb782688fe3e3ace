/*
 * EC2: volumes come to instances and leave them.
 *
 * Here it is only said; volume_converge.c and netd do it.
 */
#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/mapping.h"
#include "control/services/ec2/storage/volume.h"
#include "control/services/ec2/storage/volume_make.h"

enum { INSTANCE_VOLUMES_MAX = 28, VOLUME_INSTANCES_MAX = 16 };

static const struct err_kind bad_state = { "IncorrectState", 400 };
static const struct err_kind in_use = { "VolumeInUse", 400 };
static const struct err_kind other_zone = { "InvalidVolume.ZoneMismatch", 400 };
static const struct err_kind too_many = { "AttachmentLimitExceeded", 400 };
static const struct err_kind no_attachment = { "InvalidAttachment.NotFound", 400 };
static const struct err_kind no_device = { "InvalidInstanceAttributeValue", 400 };
static const struct err_kind not_permitted = { "OperationNotPermitted", 400 };

json_t *
volume_attachment(const json_t *volume, const char *instance)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_get(volume, "Attachments"), i, row) {
		if (instance == NULL ||
		    strcmp(json_str_or(row, "InstanceId", ""), instance) == 0)
			return row;
	}
	return NULL;
}

json_t *
volume_row(const json_t *instance, const char *volume)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_get(instance, "BlockDeviceMappings"), i, row) {
		if (strcmp(json_str_or(json_get(row, "Ebs"), "VolumeId", ""), volume) ==
		    0)
			return row;
	}
	return NULL;
}

/* Both documents say it; neither is put. */
static void
attach(struct call *c, json_t *volume, json_t *instance, const char *device,
    const char *state, int delete_on_termination)
{
	const char *id = resource_id(&ec2_volume, volume);
	json_t *now = json_own(c->arena, call_now(c));

	json_add(json_need_array(volume, "Attachments"),
	    json_make("{s:s, s:s, s:s, s:s, s:O, s:b}", "VolumeId", id, "InstanceId",
		resource_id(&ec2_instance, instance), "Device", device, "State", state,
		"AttachTime", now, "DeleteOnTermination", delete_on_termination));
	json_add(json_need_array(instance, "BlockDeviceMappings"),
	    json_make("{s:s, s:{s:s, s:s, s:O, s:b}}", "DeviceName", device, "Ebs",
		"VolumeId", id, "Status", state, "AttachTime", now, "DeleteOnTermination",
		delete_on_termination));
}

/* AttachVolume */

/* A second instance may have it when it was made for that. */
static int
check_volume(struct call *c, const json_t *volume, const char *instance)
{
	const char *id = resource_id(&ec2_volume, volume);
	size_t n = json_array_size(json_get(volume, "Attachments"));

	if (strcmp(json_str_or(volume, "State", ""), "creating") == 0)
		return err_set(&c->err, &bad_state, "Volume '%s' is not 'available'.",
		    id);
	if (n > 0 &&
	    (!json_bool(volume, "MultiAttachEnabled", 0) ||
		volume_attachment(volume, instance) != NULL))
		return err_set(&c->err, &in_use, "%s is already attached to an instance",
		    id);
	if (n >= VOLUME_INSTANCES_MAX)
		return err_set(&c->err, &too_many,
		    "Volume '%s' is attached to %d instances, which is the limit.", id,
		    VOLUME_INSTANCES_MAX);
	return 0;
}

static int
check_place(struct call *c, const json_t *volume, const json_t *instance,
    const char *device)
{
	const char *id = resource_id(&ec2_instance, instance);
	enum instance_state state = instance_state(instance);
	const json_t *row;
	size_t i;

	if (state != STATE_RUNNING && state != STATE_STOPPED)
		return err_set(&c->err, &bad_state, "Instance '%s' is not 'running'.",
		    id);
	if (strcmp(json_str_or(volume, "AvailabilityZone", ""),
		json_str_or(json_get(instance, "Placement"), "AvailabilityZone", "")) !=
	    0)
		return err_set(&c->err, &other_zone,
		    "The volume '%s' is not in the same availability zone as instance '%s'",
		    resource_id(&ec2_volume, volume), id);
	json_array_foreach(json_get(instance, "BlockDeviceMappings"), i, row) {
		if (strcmp(volume_device_name(json_str_or(row, "DeviceName", "")),
			volume_device_name(device)) == 0)
			return err_set(&c->err, &ec2_bad_value,
			    "Invalid value '%s' for unixDevice. Attachment point %s is already in "
			    "use",
			    device, device);
	}
	if (json_array_size(json_get(instance, "BlockDeviceMappings")) >=
	    INSTANCE_VOLUMES_MAX)
		return err_set(&c->err, &too_many,
		    "The maximum number of attachments has been reached for instance '%s'.",
		    id);
	return 0;
}

static int
attach_volume(struct call *c)
{
	const char *device = in_str(c, "Device"), *id = in_str(c, "InstanceId");
	json_t *volume, *instance;

	if (in_int(c, "EbsCardIndex", 0) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter ebsCardIndex is invalid. The instance has one EBS "
		    "card.",
		    (long long)in_int(c, "EbsCardIndex", 0));
	if (resource_edit(c, &ec2_volume, in_str(c, "VolumeId"), &volume) < 0 ||
	    resource_edit(c, &ec2_instance, id, &instance) < 0 ||
	    call_allow(c, &ec2_instance, id) < 0 || volume_device_check(c, device) < 0 ||
	    check_volume(c, volume, id) < 0 ||
	    check_place(c, volume, instance, device) < 0)
		return -1;
	attach(c, volume, instance, device, "attaching", 0);
	json_set_str(volume, "State", "in-use");
	resource_put(c, &ec2_volume, volume);
	resource_put(c, &ec2_instance, instance);
	c->out = volume_attachment(volume, id);
	return 0;
}

/* DetachVolume */

/* The attachment that is meant: borrowed; NULL and c->err. */
static json_t *
find_attachment(struct call *c, const json_t *volume)
{
	const char *id = resource_id(&ec2_volume, volume);
	const char *instance = in_str(c, "InstanceId"), *device = in_str(c, "Device");
	json_t *row = volume_attachment(volume, instance);

	if (volume_attachment(volume, NULL) == NULL) {
		(void)err_set(&c->err, &bad_state,
		    "Volume '%s' is in the 'available' state.", id);
		return NULL;
	}
	if (instance == NULL && json_array_size(json_get(volume, "Attachments")) > 1) {
		(void)err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter instanceId");
		return NULL;
	}
	if (row == NULL ||
	    (device != NULL && strcmp(device, json_str_or(row, "Device", "")) != 0)) {
		(void)err_set(&c->err, &no_attachment,
		    "Volume '%s' is not attached to instance '%s' as device '%s'.", id,
		    instance != NULL ? instance : json_str_or(row, "InstanceId", ""),
		    device != NULL ? device : json_str_or(row, "Device", ""));
		return NULL;
	}
	return row;
}

/* Force changes nothing: what is in use is taken away in any case (docs/VOLUMES.md). */
static int
detach_volume(struct call *c)
{
	const char *id = in_str(c, "VolumeId"), *owner;
	json_t *volume, *row, *instance;

	if (resource_edit(c, &ec2_volume, id, &volume) < 0)
		return -1;
	row = find_attachment(c, volume);
	if (row == NULL)
		return -1;
	owner = json_str_or(row, "InstanceId", "");
	if (json_bool(volume, "_root", 0))
		return err_set(&c->err, &not_permitted,
		    "Unable to detach root volume '%s' from instance '%s'", id, owner);
	if (call_allow(c, &ec2_instance, owner) < 0 ||
	    resource_edit(c, &ec2_instance, owner, &instance) < 0)
		return -1;
	json_set_str(row, "State", "detaching");
	resource_put(c, &ec2_volume, volume);
	json_set_str(json_get(volume_row(instance, id), "Ebs"), "Status", "detaching");
	resource_put(c, &ec2_instance, instance);
	c->out = row;
	return 0;
}

/* Launch and end of an instance */

static json_t *
make_volume(struct call *c, const json_t *row, const char *zone, const json_t *tags)
{
	const json_t *ebs = json_get(row, "Ebs");
	json_t *doc = json_own(c->arena, json_new_object());
	const char *snapshot = json_str(ebs, "SnapshotId");
	const struct volume_spec s = {
		.type = json_str_or(ebs, "VolumeType", "gp2"),
		.size = json_int(ebs, "VolumeSize", 1),
		.iops = json_int(ebs, "Iops", VOLUME_UNSAID),
		.throughput = json_int(ebs, "Throughput", VOLUME_UNSAID),
		.initialization_rate =
		    json_int(ebs, "VolumeInitializationRate", VOLUME_UNSAID),
		.snapshot = snapshot,
		.encrypted = json_bool(ebs, "Encrypted", 0),
		.kms_key = json_str(ebs, "KmsKeyId"),
	};
	char hex[18];

	random_hex(hex, 17);
	json_set_fmt(doc, "VolumeId", "vol-%s", hex);
	json_set(doc, "Tags", tags != NULL ? json_copy_deep(tags) : json_new_array());
	volume_fill(c, doc, &s, zone);
	return doc;
}

int
ec2_volumes_launch(struct call *c, json_t *instance, const json_t *plan,
    const json_t *tags)
{
	const char *zone =
	    json_str_or(json_get(instance, "Placement"), "AvailabilityZone", "");
	const json_t *row;
	size_t i;

	json_array_foreach(plan, i, row) {
		json_t *volume = make_volume(c, row, zone, tags);
		int is_root = i == 0;

		if (is_root) {
			json_set_bool(volume, "_root", 1);
			json_set_bool(volume, "_made", 1);
			json_set_str(volume, "State", "in-use");
		}
		attach(c, volume, instance, json_str_or(row, "DeviceName", ""),
		    is_root ? "attached" : "attaching",
		    json_bool(json_get(row, "Ebs"), "DeleteOnTermination", 1));
		resource_put(c, &ec2_volume, volume);
	}
	return 0;
}

int
ec2_volumes_forget_instance(struct call *c, const char *instance)
{
	struct store_docs all;
	size_t k;

	if (resource_list(c, &ec2_volume, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const char *id = resource_id(&ec2_volume, all.doc[i]);
		json_t *row = volume_attachment(all.doc[i], instance), *volume, *v;

		if (row == NULL)
			continue;
		store_delete(c->txn, c->scope, MOUNT_KIND,
		    arena_printf(c->arena, "%s:%s", id, instance));
		/* A root volume's data was the container's. */
		if (json_bool(row, "DeleteOnTermination", 0) ||
		    json_bool(all.doc[i], "_root", 0)) {
			resource_delete_doc(c, &ec2_volume, id);
			continue;
		}
		if (resource_edit(c, &ec2_volume, id, &volume) < 0)
			return -1;
		json_array_foreach(json_get(volume, "Attachments"), k, v) {
			if (strcmp(json_str_or(v, "InstanceId", ""), instance) == 0)
				break;
		}
		json_array_remove(json_get(volume, "Attachments"), k);
		if (json_bool(volume, "_made", 0) &&
		    volume_attachment(volume, NULL) == NULL)
			json_set_str(volume, "State", "available");
		resource_put(c, &ec2_volume, volume);
	}
	return 0;
}

int
ec2_volumes_modify(struct call *c, json_t *instance, const json_t *rows)
{
	static const char *const known[] = { "DeleteOnTermination", "VolumeId", NULL };
	const json_t *list = json_get(instance, "BlockDeviceMappings"), *row;
	const char *id = resource_id(&ec2_instance, instance);
	size_t i;

	json_array_foreach(rows, i, row) {
		const char *device = json_str_or(row, "DeviceName", "");
		json_t *ebs = json_get(row, "Ebs"), *old, *volume, *on;

		old = json_get(mapping_find(list, device), "Ebs");
		if (old == NULL ||
		    strcmp(json_str_or(ebs, "VolumeId", json_str(old, "VolumeId")),
			json_str(old, "VolumeId")) != 0)
			return err_set(&c->err, &no_device,
			    "No device is currently mapped at %s", device);
		on = json_get(ebs, "DeleteOnTermination");
		if (ec2_refuse_members(c, "BlockDeviceMapping.Ebs", ebs, known) < 0 ||
		    resource_edit(c, &ec2_volume, json_str(old, "VolumeId"), &volume) < 0)
			return -1;
		if (on == NULL)
			continue;
		json_set(old, "DeleteOnTermination", json_incref(on));
		json_set(volume_attachment(volume, id), "DeleteOnTermination",
		    json_incref(on));
		resource_put(c, &ec2_volume, volume);
	}
	return 0;
}

int
ec2_volumes_are_ready(struct converge *cv, const char *instance, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	struct store_docs all;

	if (store_list(t, cv->scope, ec2_volume.kind, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (!json_bool(all.doc[i], "_made", 0) &&
		    volume_attachment(all.doc[i], instance) != NULL)
			return 0;
	}
	return 1;
}

static const struct op ops[] = {
	OP_RES("AttachVolume", attach_volume, 0, &ec2_volume, "VolumeId",
	    "Attach a volume: its files appear in /mnt of the instance."),
	OP_RES("DetachVolume", detach_volume, 0, &ec2_volume, "VolumeId",
	    "Take a volume away from an instance."),
};
const struct family ec2_volume_attachments = FAMILY(ops, NULL);
