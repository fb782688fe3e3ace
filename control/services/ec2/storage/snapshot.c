/*
 * EC2: snapshots are made, copied, shown and deleted here; snapshot_converge.c copies the data.
 *
 * A snapshot is a full copy.  Not emulated: tiers, locks, the recycle bin, Outposts, and that a copy
 * takes a time of one's choice.
 */
#include "control/services/ec2/storage/snapshot.h"

#include <string.h>

#include "base/clock.h"
#include "control/api/dispatch.h"
#include "control/api/tags.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/data_copy.h"
#include "control/services/ec2/storage/ebs.h"
#include "control/services/ec2/storage/snapshot_make.h"
#include "control/services/ec2/storage/volume.h"
#include "control/services/ec2/storage/volume_make.h"

static const struct err_kind not_found = { "InvalidSnapshot.NotFound", 400 };
static const struct err_kind malformed = { "InvalidSnapshotID.Malformed", 400 };
static const struct err_kind in_use = { "InvalidSnapshot.InUse", 400 };
static const struct err_kind bad_state = { "IncorrectState", 400 };

static const struct filter filters[] = {
	{ "description", "Description" },
	{ "encrypted", "Encrypted" },
	{ "owner-alias", "OwnerAlias" },
	{ "owner-id", "OwnerId" },
	{ "progress", "Progress" },
	{ "snapshot-id", "SnapshotId" },
	{ "start-time", "StartTime" },
	{ "status", "State" },
	{ "storage-tier", "StorageTier" },
	{ "transfer-type", "TransferType" },
	{ "volume-id", "VolumeId" },
	{ "volume-size", "VolumeSize" },
	{ NULL, NULL },
};

const struct resource ec2_snapshot = {
	.service = "ec2",
	.kind = "ec2:snapshot",
	.type = "snapshot",
	.prefix = "snap-",
	.id_member = "SnapshotId",
	.list_member = "Snapshots",
	.ids_member = "SnapshotIds",
	.noun = "snapshot",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
	.no_account = 1,
	.converge = snapshot_converge,
};

/* Those that others share with the caller's account */

int
snapshot_is_public(struct call *c, const json_t *doc)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(doc, "_permissions"), i, row) {
		if (json_get(row, "Group") != NULL)
			return ebs_hides_public(c, json_str_or(doc, "OwnerId", "")) == 0;
	}
	return 0;
}

int
snapshot_has_user(struct call *c, const json_t *doc, const char *account)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(doc, "_permissions"), i, row) {
		if (strcmp(json_str_or(row, "UserId", ""), account) == 0)
			return 1;
	}
	return strcmp(json_str_or(doc, "OwnerId", ""), account) == 0 ||
	    snapshot_is_public(c, doc);
}

int
snapshot_each_shared(struct call *c, snapshot_fn *fn, void *arg)
{
	const json_t *scope;
	json_t *scopes;
	size_t i;

	if (store_scopes(c->txn, ec2_snapshot.kind, &scopes, &c->err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		const char *name = json_string_value(scope), *region = strchr(name, ':');
		struct store_docs docs;

		if (strcmp(name, c->scope) == 0 || region == NULL ||
		    strcmp(region + 1, c->region) != 0)
			continue;
		if (store_list(c->txn, name, ec2_snapshot.kind, &docs, &c->err) < 0)
			return -1;
		for (size_t k = 0; k < docs.n; k++) {
			if (snapshot_has_user(c, docs.doc[k], c->account))
				fn(arg, docs.doc[k]);
		}
	}
	return 0;
}

struct wanted {
	const char *id;
	json_t *found;
};

static void
take_wanted(void *arg, json_t *doc)
{
	struct wanted *w = arg;

	if (strcmp(resource_id(&ec2_snapshot, doc), w->id) == 0)
		w->found = doc;
}

int
ec2_snapshot_get(struct call *c, const char *id, json_t **ret)
{
	struct wanted w = { .id = id };
	int rc = resource_find(c, &ec2_snapshot, id, ret);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (snapshot_each_shared(c, take_wanted, &w) < 0)
		return -1;
	if (w.found == NULL)
		return resource_get(c, &ec2_snapshot, id, ret);
	*ret = w.found;
	return 0;
}

int
ec2_snapshot_restorable(struct call *c, const char *id, json_t **ret)
{
	if (ec2_snapshot_get(c, id, ret) < 0)
		return -1;
	if (strcmp(json_str_or(*ret, "State", ""), "completed") != 0)
		return err_set(&c->err, &bad_state, "Snapshot is in invalid state - %s",
		    json_str_or(*ret, "State", ""));
	return 0;
}

/* Making */

static json_t *
new_snapshot(struct call *c, const json_t *tags)
{
	json_t *doc = json_own(c->arena, json_new_object());
	char hex[18];

	random_hex(hex, 17);
	json_set_fmt(doc, "SnapshotId", "snap-%s", hex);
	json_set(doc, "Tags", tags != NULL ? json_copy_deep(tags) : json_new_array());
	json_set_str(doc, "OwnerId", c->account);
	json_set_str(doc, "State", "pending");
	json_set_str(doc, "Progress", "0%");
	json_set(doc, "StartTime", call_now(c));
	json_set_str(doc, "StorageTier", "standard");
	return doc;
}

json_t *
ec2_snapshot_make(struct call *c, const json_t *volume, const char *description,
    const json_t *tags)
{
	const char *id = resource_id(&ec2_volume, volume);
	json_t *doc;

	if (!json_bool(volume, "_made", 0)) {
		(void)err_set(&c->err, &bad_state,
		    "Volume '%s' is in the 'creating' state.", id);
		return NULL;
	}
	doc = new_snapshot(c, tags);
	json_set_str(doc, "VolumeId", id);
	json_set_int(doc, "VolumeSize", json_int(volume, "Size", 1));
	json_set_str(doc, "Description", description != NULL ? description : "");
	json_set_bool(doc, "Encrypted", json_bool(volume, "Encrypted", 0));
	json_set_str(doc, "KmsKeyId", json_str(volume, "KmsKeyId"));
	if (json_bool(volume, "_root", 0)) {
		json_set_str(doc, "_instance",
		    json_str(volume_attachment(volume, NULL), "InstanceId"));
		json_set_str(doc, "_image",
		    data_snapshot_image(c->arena, json_str(doc, "SnapshotId")));
	}
	resource_put(c, &ec2_snapshot, doc);
	return doc;
}

json_t *
ec2_snapshot_copy(struct call *c, const char *scope, const json_t *source,
    const char *description, int encrypted, const char *key, const json_t *tags)
{
	json_t *doc = new_snapshot(c, tags);

	/* EC2 API: the volume of a copy is one that does not exist. */
	json_set_str(doc, "VolumeId", "vol-ffffffff");
	json_set_int(doc, "VolumeSize", json_int(source, "VolumeSize", 1));
	json_set_str(doc, "Description", description != NULL ? description : "");
	json_set_bool(doc, "Encrypted", encrypted);
	json_set_str(doc, "KmsKeyId", key);
	json_set(doc, "_from",
	    json_make("{s:s, s:s}", "scope", scope, "id",
		resource_id(&ec2_snapshot, source)));
	if (json_get(source, "_image") != NULL)
		json_set_str(doc, "_image",
		    data_snapshot_image(c->arena, json_str(doc, "SnapshotId")));
	resource_put(c, &ec2_snapshot, doc);
	return doc;
}

/* CreateSnapshot, CreateSnapshots */

static int
create_snapshot(struct call *c)
{
	static const char *const refused[] = { "OutpostArn", NULL };
	static const char *const types[] = { "snapshot", NULL };
	json_t *volume, *tags = NULL;

	if (ec2_refuse(c, refused) < 0 ||
	    tags_from_specifications(c, types, "snapshot", &tags) < 0 ||
	    call_allow(c, &ec2_volume, in_str(c, "VolumeId")) < 0 ||
	    resource_get(c, &ec2_volume, in_str(c, "VolumeId"), &volume) < 0)
		return -1;
	if (strcmp(json_str_or(c->in, "Location", "regional"), "regional") != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (local) for parameter location is invalid. There are no local zones "
		    "here.");
	c->out = ec2_snapshot_make(c, volume, in_str(c, "Description"), tags);
	return c->out != NULL ? 0 : -1;
}

/* The tags of the volume, with those that were given. */
static int
tags_of(struct call *c, const json_t *volume, const json_t *given, json_t **ret)
{
	json_t *tags = json_own(c->arena, json_new_array());

	if (in_str(c, "CopyTagsFromSource") != NULL &&
	    tags_merge(c, tags, json_get(volume, "Tags")) < 0)
		return -1;
	*ret = tags;
	return given != NULL ? tags_merge(c, tags, given) : 0;
}

static int
create_snapshots(struct call *c)
{
	static const char *const refused[] = { "OutpostArn", NULL };
	static const char *const types[] = { "snapshot", NULL };
	const json_t *spec = in_object(c, "InstanceSpecification"), *row;
	const json_t *excluded = json_get(spec, "ExcludeDataVolumeIds");
	json_t *instance, *volume, *given = NULL, *tags, *doc;
	json_t *out = json_own(c->arena, json_new_array());
	size_t i;

	if (ec2_refuse(c, refused) < 0 ||
	    tags_from_specifications(c, types, "snapshot", &given) < 0)
		return -1;
	if (json_str(spec, "InstanceId") == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter InstanceSpecification.InstanceId");
	if (call_allow(c, &ec2_instance, json_str(spec, "InstanceId")) < 0 ||
	    resource_get(c, &ec2_instance, json_str(spec, "InstanceId"), &instance) < 0)
		return -1;
	json_array_foreach(json_get(instance, "BlockDeviceMappings"), i, row) {
		const char *id = json_str_or(json_get(row, "Ebs"), "VolumeId", "");

		if (json_has_str(excluded, id))
			continue;
		if (call_allow(c, &ec2_volume, id) < 0 ||
		    resource_get(c, &ec2_volume, id, &volume) < 0)
			return -1;
		if (json_bool(volume, "_root", 0) &&
		    json_bool(spec, "ExcludeBootVolume", 0))
			continue;
		if (tags_of(c, volume, given, &tags) < 0)
			return -1;
		doc = ec2_snapshot_make(c, volume, in_str(c, "Description"), tags);
		if (doc == NULL)
			return -1;
		json_add(out, json_incref(doc));
	}
	out_ref(c, "Snapshots", out);
	return 0;
}

/* CopySnapshot: called in the region that it is copied to */

static int
copy_snapshot(struct call *c)
{
	static const char *const refused[] = { "DestinationOutpostArn",
		"CompletionDurationMinutes", "DestinationAvailabilityZone", NULL };
	static const char *const types[] = { "snapshot", NULL };
	const char *region = in_str(c, "SourceRegion"), *scope, *key;
	const char *to = in_str(c, "DestinationRegion");
	const char *id = in_str(c, "SourceSnapshotId");
	json_t *source, *doc, *tags = NULL;
	int encrypted, rc;

	if (ec2_refuse(c, refused) < 0 ||
	    tags_from_specifications(c, types, "snapshot", &tags) < 0)
		return -1;
	if (!region_is_valid(region))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter sourceRegion is invalid. Invalid region name.",
		    region);
	if (to != NULL && strcmp(to, c->region) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter destinationRegion is invalid. The copy is made in the "
		    "region that is called.",
		    to);
	scope = arena_printf(c->arena, "%s:%s", c->account, region);
	rc = store_get(c->txn, scope, ec2_snapshot.kind, id, &source, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0 && strcmp(region, c->region) == 0) {
		if (ec2_snapshot_get(c, id, &source) < 0)
			return -1;
		scope = arena_printf(c->arena, "%s:%s",
		    json_str_or(source, "OwnerId", ""), region);
	} else if (rc == 0) {
		return err_set(&c->err, &not_found, "The snapshot '%s' does not exist",
		    id);
	}
	if (strcmp(json_str_or(source, "State", ""), "error") == 0)
		return err_set(&c->err, &bad_state,
		    "Snapshot is in invalid state - error");
	encrypted = in_bool(c, "Encrypted", 0) || json_bool(source, "Encrypted", 0);
	if (ebs_key(c, in_str(c, "KmsKeyId"), &encrypted, &key) < 0)
		return -1;
	doc = ec2_snapshot_copy(c, scope, source, in_str(c, "Description"), encrypted,
	    key, tags);
	out_str(c, "SnapshotId", resource_id(&ec2_snapshot, doc));
	if (tags != NULL)
		out_ref(c, "Tags", json_get(doc, "Tags"));
	return 0;
}

/* DeleteSnapshot */

int
ec2_snapshot_delete(struct call *c, const char *id)
{
	json_t *image, *doc;
	int rc;

	if (resource_get(c, &ec2_snapshot, id, &doc) < 0)
		return -1;
	rc = resource_find_by(c, &ec2_image, "BlockDeviceMappings.Ebs.SnapshotId", id,
	    &image);
	if (rc < 0)
		return -1;
	if (rc > 0)
		return err_set(&c->err, &in_use,
		    "The snapshot %s is currently in use by %s", id,
		    resource_id(&ec2_image, image));
	resource_delete_doc(c, &ec2_snapshot, id);
	return 0;
}

static int
delete_snapshot(struct call *c)
{
	return ec2_snapshot_delete(c, in_str(c, "SnapshotId"));
}

static const struct op ops[] = {
	OP_RES("CopySnapshot", copy_snapshot, 0, &ec2_snapshot, NULL,
	    "Copy a snapshot, also from another region."),
	OP_RES("CreateSnapshot", create_snapshot, 0, &ec2_snapshot, NULL,
	    "Copy what a volume has now."),
	OP_RES("CreateSnapshots", create_snapshots, 0, &ec2_snapshot, NULL,
	    "Make snapshots of an instance's volumes."),
	OP_RES("DeleteSnapshot", delete_snapshot, 0, &ec2_snapshot, "SnapshotId",
	    "Delete a snapshot that no image has."),
};
static const struct resource *const resources[] = { &ec2_snapshot, NULL };
const struct family ec2_snapshots = FAMILY(ops, resources);
