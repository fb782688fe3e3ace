/*
 * EC2: volumes are created, shown and deleted here.
 *
 * A volume's file system is a Docker volume; see docs/VOLUMES.md.  Its size, type and speed
 * are kept and shown, and do not limit what it holds; it is not encrypted on disk.  Not
 * emulated: Outposts, volumes of other accounts.
 */
#include "control/services/ec2/storage/volume.h"

#include <string.h>

#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/ebs.h"
#include "control/services/ec2/storage/snapshot.h"
#include "control/services/ec2/storage/volume_make.h"

static const struct err_kind not_found = { "InvalidVolume.NotFound", 400 };
static const struct err_kind malformed = { "InvalidParameterValue", 400 };
static const struct err_kind in_use = { "VolumeInUse", 400 };
static const struct err_kind no_zone = { "InvalidZone.NotFound", 400 };
static const struct err_kind missing_one = { "MissingParameter", 400 };

static const struct filter filters[] = {
	{ "attachment.attach-time", "Attachments.AttachTime" },
	{ "attachment.delete-on-termination", "Attachments.DeleteOnTermination" },
	{ "attachment.device", "Attachments.Device" },
	{ "attachment.instance-id", "Attachments.InstanceId" },
	{ "attachment.status", "Attachments.State" },
	{ "availability-zone", "AvailabilityZone" },
	{ "availability-zone-id", "AvailabilityZoneId" },
	{ "create-time", "CreateTime" },
	{ "encrypted", "Encrypted" },
	{ "fast-restored", "FastRestored" },
	{ "kms-key-id", "KmsKeyId" },
	{ "multi-attach-enabled", "MultiAttachEnabled" },
	{ "operator.managed", "Operator.Managed" },
	{ "operator.principal", "Operator.Principal" },
	{ "size", "Size" },
	{ "snapshot-id", "SnapshotId" },
	{ "status", "State" },
	{ "volume-id", "VolumeId" },
	{ "volume-type", "VolumeType" },
	{ NULL, NULL },
};

const struct resource ec2_volume = {
	.service = "ec2",
	.kind = "ec2:volume",
	.type = "volume",
	.prefix = "vol-",
	.id_member = "VolumeId",
	.list_member = "Volumes",
	.ids_member = "VolumeIds",
	.noun = "volume",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
	.converge = volume_converge,
};

void
volume_fill(struct call *c, json_t *doc, const struct volume_spec *s, const char *zone)
{
	unsigned i = 0;

	while (i + 1 < EC2_ZONES && strcmp(ec2_zone_name(c, i), zone) != 0)
		i++;
	volume_spec_write(s, doc);
	json_set_str(doc, "SnapshotId", s->snapshot != NULL ? s->snapshot : "");
	json_set_str(doc, "AvailabilityZone", zone);
	json_set_str(doc, "AvailabilityZoneId", ec2_zone_id(c, i));
	json_set_str(doc, "State", "creating");
	json_set(doc, "CreateTime", call_now(c));
	json_set_bool(doc, "Encrypted", s->encrypted);
	json_set_str(doc, "KmsKeyId", s->kms_key);
	json_set_bool(doc, "MultiAttachEnabled", s->multi_attach);
	json_set(doc, "Operator", json_make("{s:b}", "Managed", 0));
	json_set(doc, "Attachments", json_new_array());
	if (s->initialization_rate != VOLUME_UNSAID)
		json_set_int(doc, "VolumeInitializationRate", s->initialization_rate);
}

/* CreateVolume */

static int
zone_of(struct call *c, const char **ret)
{
	const char *name = in_str(c, "AvailabilityZone"),
		   *id = in_str(c, "AvailabilityZoneId");

	if (name == NULL && id == NULL)
		return err_set(&c->err, &missing_one,
		    "The request must contain the parameter zone");
	if (name != NULL && id != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "You cannot specify both AvailabilityZone and AvailabilityZoneId.");
	for (unsigned i = 0; i < EC2_ZONES; i++) {
		*ret = ec2_zone_name(c, i);
		if (name != NULL ? strcmp(name, *ret) == 0 :
				   strcmp(id, ec2_zone_id(c, i)) == 0)
			return 0;
	}
	return err_set(&c->err, &no_zone, "The zone '%s' does not exist.",
	    name != NULL ? name : id);
}

/* The snapshot's size and encryption are the volume's, unless it asks for more. */
static int
read_snapshot(struct call *c, struct volume_spec *s)
{
	json_t *snapshot;
	int64_t size;

	if (s->snapshot == NULL)
		return 0;
	if (ec2_snapshot_restorable(c, s->snapshot, &snapshot) < 0)
		return -1;
	size = json_int(snapshot, "VolumeSize", 1);
	if (s->size == VOLUME_UNSAID)
		s->size = size;
	if (s->size < size)
		return err_set(&c->err, &ec2_bad_value,
		    "Volume of size %lldGiB is smaller than snapshot '%s', expect size >= %lldGiB",
		    (long long)s->size, s->snapshot, (long long)size);
	s->encrypted |= json_bool(snapshot, "Encrypted", 0);
	return 0;
}

static int
read_spec(struct call *c, struct volume_spec *s)
{
	static const char *const refused[] = { "OutpostArn", "Operator", NULL };

	*s = (struct volume_spec){
		.type = json_str_or(c->in, "VolumeType", "gp2"),
		.size = in_int(c, "Size", VOLUME_UNSAID),
		.iops = in_int(c, "Iops", VOLUME_UNSAID),
		.throughput = in_int(c, "Throughput", VOLUME_UNSAID),
		.initialization_rate =
		    in_int(c, "VolumeInitializationRate", VOLUME_UNSAID),
		.snapshot = in_str(c, "SnapshotId"),
		.encrypted = in_bool(c, "Encrypted", 0),
		.multi_attach = in_bool(c, "MultiAttachEnabled", 0),
	};
	if (s->snapshot != NULL && s->snapshot[0] == '\0')
		s->snapshot = NULL;
	if (ec2_refuse(c, refused) < 0)
		return -1;
	if (s->size == VOLUME_UNSAID && s->snapshot == NULL)
		return err_set(&c->err, &missing_one,
		    "The request must contain the parameter size/snapshot");
	if (read_snapshot(c, s) < 0 || volume_spec_check(c, s) < 0)
		return -1;
	return ebs_key(c, in_str(c, "KmsKeyId"), &s->encrypted, &s->kms_key);
}

static int
create_volume(struct call *c)
{
	struct volume_spec s;
	const char *zone;
	json_t *doc;

	if (zone_of(c, &zone) < 0 || read_spec(c, &s) < 0)
		return -1;
	doc = resource_new(c, &ec2_volume, NULL);
	if (doc == NULL)
		return -1;
	volume_fill(c, doc, &s, zone);
	resource_put(c, &ec2_volume, doc);
	c->out = doc;
	return 0;
}

/* DeleteVolume */

static int
delete_volume(struct call *c)
{
	const char *id = in_str(c, "VolumeId");
	const json_t *attachment;
	json_t *doc;

	if (resource_get(c, &ec2_volume, id, &doc) < 0)
		return -1;
	attachment = json_array_get(json_get(doc, "Attachments"), 0);
	if (attachment != NULL)
		return err_set(&c->err, &in_use, "Volume %s is currently attached to %s",
		    id, json_str_or(attachment, "InstanceId", ""));
	resource_delete_doc(c, &ec2_volume, id);
	return 0;
}

/* DescribeVolumeStatus */

static const struct filter status_filters[] = {
	{ "action.code", "Actions.Code" },
	{ "action.description", "Actions.Description" },
	{ "action.event-id", "Actions.EventId" },
	{ "availability-zone", "AvailabilityZone" },
	{ "availability-zone-id", "AvailabilityZoneId" },
	{ "event.description", "Events.Description" },
	{ "event.event-id", "Events.EventId" },
	{ "event.event-type", "Events.EventType" },
	{ "event.not-after", "Events.NotAfter" },
	{ "event.not-before", "Events.NotBefore" },
	{ "volume-status.details-name", "VolumeStatus.Details.Name" },
	{ "volume-status.details-status", "VolumeStatus.Details.Status" },
	{ "volume-status.status", "VolumeStatus.Status" },
	{ NULL, NULL },
};

/* A volume of ours that is there works; there is nothing that impairs its I/O. */
static json_t *
status_of(const json_t *doc)
{
	int ok = strcmp(json_str_or(doc, "State", ""), "creating") != 0;
	const char *status = ok ? "ok" : "insufficient-data";
	int provisioned = json_str_or(doc, "VolumeType", "")[0] == 'i';

	return json_make(
	    "{s:s, s:s, s:s, s:[], s:[], s:{s:s, s:[{s:s, s:s}, {s:s, s:s}]}}",
	    "VolumeId", resource_id(&ec2_volume, doc), "AvailabilityZone",
	    json_str_or(doc, "AvailabilityZone", ""), "AvailabilityZoneId",
	    json_str_or(doc, "AvailabilityZoneId", ""), "Actions", "Events",
	    "VolumeStatus", "Status", status, "Details", "Name", "io-enabled", "Status",
	    ok ? "passed" : "failed", "Name", "io-performance", "Status",
	    provisioned && ok ? "normal" : "not-applicable");
}

static int
describe_status(struct call *c)
{
	struct resource row = ec2_volume;
	struct store_docs all, rows;
	json_t **docs, *out;

	row.filters = status_filters;
	if (resource_list(c, &ec2_volume, &all) < 0)
		return -1;
	docs = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < all.n; i++)
		docs[i] = json_own(c->arena, status_of(all.doc[i]));
	rows.n = all.n;
	rows.doc = docs;
	if (resource_select(c, &row, &rows, &out) < 0 || resource_page(c, &row, out) < 0)
		return -1;
	out_ref(c, "VolumeStatuses", out);
	return 0;
}

/* Attributes */

static int
describe_attribute(struct call *c)
{
	const char *id = in_str(c, "VolumeId");
	json_t *doc;

	if (resource_get(c, &ec2_volume, id, &doc) < 0)
		return -1;
	out_str(c, "VolumeId", id);
	if (strcmp(in_str(c, "Attribute"), "autoEnableIO") == 0)
		out_set(c, "AutoEnableIO",
		    json_make("{s:b}", "Value", json_bool(doc, "_auto_io", 0)));
	else
		out_set(c, "ProductCodes", json_new_array());
	return 0;
}

static int
modify_attribute(struct call *c)
{
	json_t *doc;
	int on;

	if (!in_attribute_bool(c, "AutoEnableIO", &on))
		return err_set(&c->err, &missing_one,
		    "The request must contain the parameter autoEnableIO");
	if (resource_edit(c, &ec2_volume, in_str(c, "VolumeId"), &doc) < 0)
		return -1;
	json_set_bool(doc, "_auto_io", on);
	resource_put(c, &ec2_volume, doc);
	return 0;
}

/* No volume ever has its I/O disabled. */
static int
enable_io(struct call *c)
{
	json_t *doc;

	return resource_get(c, &ec2_volume, in_str(c, "VolumeId"), &doc);
}

static const struct op ops[] = {
	OP_RES("CreateVolume", create_volume, OP_TOKEN, &ec2_volume, NULL,
	    "Create a volume: a Docker volume."),
	OP_RES("DeleteVolume", delete_volume, 0, &ec2_volume, "VolumeId",
	    "Delete a volume that is not attached."),
	OP_RES("DescribeVolumeAttribute", describe_attribute, OP_READ, &ec2_volume,
	    "VolumeId", "Show one attribute of a volume."),
	OP_RES("DescribeVolumeStatus", describe_status, OP_READ, &ec2_volume, NULL,
	    "Show the status checks of volumes."),
	OP_RES("DescribeVolumes", resource_describe, OP_READ, &ec2_volume, NULL,
	    "List volumes."),
	OP_RES("EnableVolumeIO", enable_io, 0, &ec2_volume, "VolumeId",
	    "Let a volume be read and written again."),
	OP_RES("ModifyVolumeAttribute", modify_attribute, 0, &ec2_volume, "VolumeId",
	    "Set whether I/O is enabled by itself."),
};
static const struct resource *const resources[] = { &ec2_volume, NULL };
const struct family ec2_volumes = FAMILY(ops, resources);
