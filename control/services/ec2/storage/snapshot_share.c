/*
 * EC2: snapshots as they are found, and who may restore them.
 *
 * Fast snapshot restores are records: a restore takes as long as a copy does.
 */
#include <string.h>

#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/ebs.h"
#include "control/services/ec2/storage/snapshot.h"
#include "control/services/ec2/storage/snapshot_make.h"

static const struct err_kind denied = { "OperationNotPermitted", 400 };
static const struct err_kind bad_user = { "InvalidUserID.Malformed", 400 };

/* DescribeSnapshots */

static int
owner_matches(struct call *c, const json_t *owners, const json_t *doc)
{
	const char *owner = json_str_or(doc, "OwnerId", "");

	return json_array_size(owners) == 0 || json_has_str(owners, owner) ||
	    (strcmp(owner, c->account) == 0 && json_has_str(owners, "self"));
}

static int
user_matches(struct call *c, const json_t *users, const json_t *doc)
{
	const json_t *user;
	size_t i;

	json_array_foreach(users, i, user) {
		const char *name = json_string_value(user);

		if (strcmp(name, "all") == 0) {
			if (snapshot_is_public(c, doc))
				return 1;
		} else if (snapshot_has_user(c, doc,
			       strcmp(name, "self") == 0 ? c->account : name)) {
			return 1;
		}
	}
	return json_array_size(users) == 0;
}

struct found {
	struct call *c;
	json_t *list;
};

static void
take(void *arg, json_t *doc)
{
	struct found *f = arg;
	const json_t *ids = in_list(f->c, "SnapshotIds");

	if (owner_matches(f->c, in_list(f->c, "OwnerIds"), doc) &&
	    user_matches(f->c, in_list(f->c, "RestorableByUserIds"), doc) &&
	    (json_array_size(ids) == 0 ||
		json_has_str(ids, resource_id(&ec2_snapshot, doc))) &&
	    filter_match(f->c, &ec2_snapshot, doc))
		json_add(f->list, json_incref(doc));
}

static int
describe(struct call *c)
{
	struct found f = { .c = c, .list = json_own(c->arena, json_new_array()) };
	struct store_docs own;
	const json_t *id;
	json_t *doc, *out;
	size_t i;

	if (filter_check(c, &ec2_snapshot) < 0 ||
	    resource_list(c, &ec2_snapshot, &own) < 0)
		return -1;
	json_array_foreach(in_list(c, "SnapshotIds"), i, id) {
		if (ec2_snapshot_get(c, json_string_value(id), &doc) < 0)
			return -1;
	}
	for (i = 0; i < own.n; i++)
		take(&f, own.doc[i]);
	if (snapshot_each_shared(c, take, &f) < 0)
		return -1;
	out = resource_sorted(c, f.list, "SnapshotId");
	if (resource_page(c, &ec2_snapshot, out) < 0)
		return -1;
	out_ref(c, "Snapshots", out);
	return 0;
}

/* Permissions */

static int
describe_attribute(struct call *c)
{
	const char *id = in_str(c, "SnapshotId");
	json_t *doc, *list;

	if (resource_get(c, &ec2_snapshot, id, &doc) < 0)
		return -1;
	out_str(c, "SnapshotId", id);
	if (strcmp(in_str(c, "Attribute"), "productCodes") == 0) {
		out_set(c, "ProductCodes", json_new_array());
		return 0;
	}
	list = json_get(doc, "_permissions");
	out_set(c, "CreateVolumePermissions",
	    list != NULL ? json_copy_deep(list) : json_new_array());
	return 0;
}

static int
check_user(struct call *c, const char *user)
{
	if (strlen(user) != 12 || strspn(user, "0123456789") != 12)
		return err_set(&c->err, &bad_user, "Invalid user id: \"%s\"", user);
	return 0;
}

static void
forget(json_t *list, const char *member, const char *value)
{
	for (size_t i = json_array_size(list); i-- > 0;) {
		if (strcmp(json_str_or(json_array_get(list, i), member, ""), value) == 0)
			json_array_remove(list, i);
	}
}

static int
change(struct call *c, json_t *doc, const char *member, const char *value, int add)
{
	json_t *list = json_need_array(doc, "_permissions");
	int is_group = strcmp(member, "Group") == 0, rc;

	if (!is_group && check_user(c, value) < 0)
		return -1;
	if (is_group && strcmp(value, "all") != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter group is invalid. Invalid group name.",
		    value);
	forget(list, member, value);
	if (!add)
		return 0;
	if (is_group && json_bool(doc, "Encrypted", 0))
		return err_set(&c->err, &denied,
		    "Encrypted snapshots with EBS default key cannot be shared");
	rc = is_group ? ebs_blocks_public(c, EBS_SNAPSHOTS) : 0;
	if (rc > 0)
		return err_set(&c->err, &denied,
		    "Block public access is enabled for snapshots in this Region.");
	json_add(list, json_make("{s:s}", member, value));
	return rc;
}

/* EC2 API: {Add, Remove} of {UserId, Group}, or the old form by names and OperationType. */
static int
modify(struct call *c, json_t *doc)
{
	static const struct {
		const char *list, *member;
	} old[] = { { "UserIds", "UserId" }, { "GroupNames", "Group" } };
	const json_t *permission = in_object(c, "CreateVolumePermission"), *row;
	const char *name, *type = in_str(c, "OperationType");
	json_t *rows, *v;
	int n = 0;
	size_t i;

	for (int add = 0; add < 2; add++) {
		rows = json_get(permission, add ? "Add" : "Remove");
		json_array_foreach(rows, i, row) {
			json_object_foreach((json_t *)json_array_get(rows, i), name, v) {
				n++;
				if (change(c, doc, name, json_string_value(v), add) < 0)
					return -1;
			}
		}
	}
	for (size_t k = 0; k < COUNT(old); k++) {
		json_array_foreach(in_list(c, old[k].list), i, row) {
			n++;
			if (type == NULL)
				return err_set(&c->err, &ec2_missing,
				    "The request must contain the parameter operationType");
			if (change(c, doc, old[k].member, json_string_value(row),
				strcmp(type, "add") == 0) < 0)
				return -1;
		}
	}
	return n > 0 ?
	    0 :
	    err_set(&c->err, &ec2_missing,
		"The request must contain the parameter createVolumePermission");
}

static int
modify_attribute(struct call *c)
{
	json_t *doc;

	if (resource_edit(c, &ec2_snapshot, in_str(c, "SnapshotId"), &doc) < 0)
		return -1;
	if (strcmp(json_str_or(c->in, "Attribute", "createVolumePermission"),
		"createVolumePermission") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "The attribute productCodes cannot be modified here.");
	if (modify(c, doc) < 0)
		return -1;
	resource_put(c, &ec2_snapshot, doc);
	return 0;
}

static int
reset_attribute(struct call *c)
{
	json_t *doc;

	if (resource_edit(c, &ec2_snapshot, in_str(c, "SnapshotId"), &doc) < 0)
		return -1;
	if (strcmp(in_str(c, "Attribute"), "createVolumePermission") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "The attribute productCodes cannot be reset.");
	json_del(doc, "_permissions");
	resource_put(c, &ec2_snapshot, doc);
	return 0;
}

/* Fast snapshot restores: documents of {SnapshotId, AvailabilityZone}, id "snapshot:zone" */

static const struct filter restore_filters[] = {
	{ "availability-zone", "AvailabilityZone" },
	{ "availability-zone-id", "AvailabilityZoneId" },
	{ "owner-id", "OwnerId" },
	{ "snapshot-id", "SnapshotId" },
	{ "state", "State" },
	{ NULL, NULL },
};
static const struct resource restore = {
	.service = "ec2",
	.kind = "ec2:fast-snapshot-restore",
	.type = "fast-snapshot-restore",
	.id_member = "_id",
	.noun = "fast snapshot restore",
	.filters = restore_filters,
	.no_tags = 1,
};

static json_t *
restore_new(struct call *c, const char *snapshot, unsigned zone)
{
	static const char *const times[] = { "EnablingTime", "OptimizingTime",
		"EnabledTime" };
	json_t *doc = json_own(c->arena, json_new_object());

	json_set_fmt(doc, "_id", "%s:%s", snapshot, ec2_zone_name(c, zone));
	json_set_str(doc, "SnapshotId", snapshot);
	json_set_str(doc, "AvailabilityZone", ec2_zone_name(c, zone));
	json_set_str(doc, "AvailabilityZoneId", ec2_zone_id(c, zone));
	json_set_str(doc, "OwnerId", c->account);
	json_set_str(doc, "State", "enabled");
	json_set_str(doc, "StateTransitionReason",
	    "Client.UserInitiated - Lifecycle state transition");
	for (size_t i = 0; i < COUNT(times); i++)
		json_set(doc, times[i], call_now(c));
	return doc;
}

/* The zones of the input, as a mask: 0 or -1. */
static int
read_zones(struct call *c, unsigned *ret)
{
	const json_t *names = in_list(c, "AvailabilityZones"),
		     *ids = in_list(c, "AvailabilityZoneIds");
	size_t n = 0;

	*ret = 0;
	for (unsigned z = 0; z < EC2_ZONES; z++) {
		if (!json_has_str(names, ec2_zone_name(c, z)) &&
		    !json_has_str(ids, ec2_zone_id(c, z)))
			continue;
		*ret |= 1u << z;
		n++;
	}
	if (json_array_size(names) + json_array_size(ids) == 0)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter availabilityZones");
	if (n != json_array_size(names) + json_array_size(ids))
		return err_set(&c->err, &ec2_bad_value,
		    "An availability zone is invalid, or is there twice.");
	return 0;
}

static int
change_restores(struct call *c, int on)
{
	json_t *good = json_own(c->arena, json_new_array()), *doc, *shown, *old;
	const json_t *id;
	unsigned zones;
	size_t i;

	if (read_zones(c, &zones) < 0)
		return -1;
	json_array_foreach(in_list(c, "SourceSnapshotIds"), i, id) {
		const char *snapshot = json_string_value(id);

		if (ec2_snapshot_get(c, snapshot, &doc) < 0)
			return -1;
		for (unsigned z = 0; z < EC2_ZONES; z++) {
			if ((zones & 1u << z) == 0)
				continue;
			doc = restore_new(c, snapshot, z);
			shown = json_own(c->arena, json_copy_deep(doc));
			json_set_str(shown, "State", on ? "enabling" : "disabling");
			json_add(good, json_incref(shown));
			if (resource_find(c, &restore, json_str(doc, "_id"), &old) < 0)
				return -1;
			if (on)
				resource_put(c, &restore, doc);
			else
				resource_delete_doc(c, &restore, json_str(doc, "_id"));
		}
	}
	out_ref(c, "Successful", good);
	out_set(c, "Unsuccessful", json_new_array());
	return 0;
}

static int
enable_restores(struct call *c)
{
	return change_restores(c, 1);
}

static int
disable_restores(struct call *c)
{
	return change_restores(c, 0);
}

static int
describe_restores(struct call *c)
{
	struct store_docs all;
	json_t *docs;

	if (resource_list(c, &restore, &all) < 0 ||
	    resource_select(c, &restore, &all, &docs) < 0 ||
	    resource_page(c, &restore, docs) < 0)
		return -1;
	out_ref(c, "FastSnapshotRestores", docs);
	return 0;
}

static const struct op ops[] = {
	OP("DescribeFastSnapshotRestores", describe_restores, OP_READ,
	    "List where snapshots are restored fast."),
	OP_RES("DescribeSnapshotAttribute", describe_attribute, OP_READ, &ec2_snapshot,
	    "SnapshotId", "Show who may restore a snapshot."),
	OP_RES("DescribeSnapshots", describe, OP_READ, &ec2_snapshot, NULL,
	    "List snapshots, shared ones too."),
	OP_RES("DisableFastSnapshotRestores", disable_restores, 0, &ec2_snapshot,
	    "SourceSnapshotIds", "Restore snapshots as fast as others."),
	OP_RES("EnableFastSnapshotRestores", enable_restores, 0, &ec2_snapshot,
	    "SourceSnapshotIds", "Say that snapshots are restored fast."),
	OP_RES("ModifySnapshotAttribute", modify_attribute, 0, &ec2_snapshot,
	    "SnapshotId", "Set who may restore a snapshot."),
	OP_RES("ResetSnapshotAttribute", reset_attribute, 0, &ec2_snapshot, "SnapshotId",
	    "Let nobody else restore a snapshot."),
};
static const struct resource *const resources[] = { &restore, NULL };
const struct family ec2_snapshot_sharing = FAMILY(ops, resources);
