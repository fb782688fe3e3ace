/*
 * EC2: machine images: a catalogue of the usual ones, and those that are registered.
 *
 * An image's name chooses the Docker image that runs it (engine/images.h), unless
 * RegisterImage said one with DockerImage, or its root device has a snapshot of an
 * instance's root volume.  Not emulated: billing products.
 */
#include "control/services/ec2/compute/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "control/api/tags.h"
#include "control/engine/image_ref.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/data_copy.h"
#include "control/services/ec2/storage/mapping.h"
#include "control/services/ec2/storage/snapshot.h"

enum { REMEMBERED_MS = 60 * 60 * 1000 };

static const struct err_kind not_found = { "InvalidAMIID.NotFound", 400 };
static const struct err_kind malformed = { "InvalidAMIID.Malformed", 400 };
static const struct err_kind unavailable = { "InvalidAMIID.Unavailable", 400 };
static const struct err_kind duplicate = { "InvalidAMIName.Duplicate", 400 };
static const struct err_kind bad_name = { "InvalidAMIName.Malformed", 400 };
static const struct err_kind denied = { "AuthFailure", 403 };
static const struct err_kind not_permitted = { "OperationNotPermitted", 400 };

static const struct filter filters[] = {
	{ "architecture", "Architecture" },
	{ "block-device-mapping.delete-on-termination",
	    "BlockDeviceMappings.Ebs.DeleteOnTermination" },
	{ "block-device-mapping.device-name", "BlockDeviceMappings.DeviceName" },
	{ "block-device-mapping.encrypted", "BlockDeviceMappings.Ebs.Encrypted" },
	{ "block-device-mapping.snapshot-id", "BlockDeviceMappings.Ebs.SnapshotId" },
	{ "block-device-mapping.volume-size", "BlockDeviceMappings.Ebs.VolumeSize" },
	{ "block-device-mapping.volume-type", "BlockDeviceMappings.Ebs.VolumeType" },
	{ "boot-mode", "BootMode" },
	{ "creation-date", "CreationDate" },
	{ "description", "Description" },
	{ "ena-support", "EnaSupport" },
	{ "free-tier-eligible", "FreeTierEligible" },
	{ "hypervisor", "Hypervisor" },
	{ "image-allowed", "ImageAllowed" },
	{ "image-id", "ImageId" },
	{ "image-type", "ImageType" },
	{ "imds-support", "ImdsSupport" },
	{ "is-public", "Public" },
	{ "kernel-id", "KernelId" },
	{ "manifest-location", "ImageLocation" },
	{ "name", "Name" },
	{ "owner-alias", "ImageOwnerAlias" },
	{ "owner-id", "OwnerId" },
	{ "platform", "Platform" },
	{ "platform-details", "PlatformDetails" },
	{ "product-code", "ProductCodes.ProductCodeId" },
	{ "product-code.type", "ProductCodes.ProductCodeType" },
	{ "ramdisk-id", "RamdiskId" },
	{ "root-device-name", "RootDeviceName" },
	{ "root-device-type", "RootDeviceType" },
	{ "source-image-id", "SourceImageId" },
	{ "source-image-region", "SourceImageRegion" },
	{ "source-instance-id", "SourceInstanceId" },
	{ "sriov-net-support", "SriovNetSupport" },
	{ "state", "State" },
	{ "state-reason-code", "StateReason.Code" },
	{ "state-reason-message", "StateReason.Message" },
	{ "tpm-support", "TpmSupport" },
	{ "usage-operation", "UsageOperation" },
	{ "virtualization-type", "VirtualizationType" },
	{ NULL, NULL },
};

/* The account's, or the catalogue's. */
static int
find_any(struct call *c, const char *id, json_t **ret)
{
	return image_find(c, c->region, id, ret);
}

const struct resource ec2_image = {
	.service = "ec2",
	.kind = "ec2:image",
	.type = "image",
	.prefix = "ami-",
	.id_member = "ImageId",
	.list_member = "Images",
	.ids_member = "ImageIds",
	.noun = "image id",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
	.no_account = 1,
	.find = find_any,
	.converge = image_converge,
};

void
image_set_constants(json_t *doc)
{
	static const struct {
		const char *name, *value;
	} rows[] = { { "ImageType", "machine" }, { "State", "available" },
		{ "RootDeviceType", "ebs" }, { "VirtualizationType", "hvm" },
		{ "Hypervisor", "xen" }, { "SriovNetSupport", "simple" },
		{ "PlatformDetails", "Linux/UNIX" }, { "UsageOperation", "RunInstances" },
		{ "DeregistrationProtection", "disabled" } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (json_get(doc, rows[i].name) == NULL)
			json_set_str(doc, rows[i].name, rows[i].value);
	}
	if (json_get(doc, "EnaSupport") == NULL)
		json_set_bool(doc, "EnaSupport", 1);
	json_need_array(doc, "BlockDeviceMappings");
	json_need_array(doc, "ProductCodes");
	json_need_array(doc, "Tags");
}

/* Look-ups */

/* The account may launch it by its launch permissions alone. */
static int
was_given(const json_t *doc, const char *account)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(doc, "_permissions"), i, row) {
		if (strcmp(json_str_or(row, "UserId", ""), account) == 0)
			return 1;
	}
	return 0;
}

static int
is_visible(const json_t *doc, const char *account)
{
	return strcmp(json_str_or(doc, "State", ""), "available") == 0 &&
	    (json_bool(doc, "Public", 0) || was_given(doc, account));
}

typedef void image_fn(void *arg, json_t *doc);

/* Call fn for every image of other accounts in the region that the caller may launch. */
static int
each_shared(struct call *c, const char *region, image_fn *fn, void *arg)
{
	const json_t *scope;
	json_t *scopes;
	size_t i;

	if (store_scopes(c->txn, ec2_image.kind, &scopes, &c->err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		const char *name = json_string_value(scope), *colon = strchr(name, ':');
		struct store_docs docs;

		if (colon == NULL || strcmp(colon + 1, region) != 0 ||
		    strncmp(name, c->account, 12) == 0)
			continue;
		if (store_list(c->txn, name, ec2_image.kind, &docs, &c->err) < 0)
			return -1;
		for (size_t k = 0; k < docs.n; k++) {
			if (is_visible(docs.doc[k], c->account))
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

	if (strcmp(resource_id(&ec2_image, doc), w->id) == 0)
		w->found = doc;
}

int
image_find(struct call *c, const char *region, const char *id, json_t **ret)
{
	const char *scope = arena_printf(c->arena, "%s:%s", c->account, region);
	struct wanted w = { .id = id, .found = image_catalogue_find(c, region, id) };
	int rc = 0;

	if (w.found == NULL)
		rc = store_get(c->txn, scope, ec2_image.kind, id, &w.found, &c->err);
	if (rc == 0 && w.found == NULL)
		rc = each_shared(c, region, take_wanted, &w);
	if (rc < 0)
		return -1;
	*ret = w.found;
	return w.found != NULL;
}

/* Images that were deregistered not long ago are "unavailable", not unknown. */
static int
forgotten_converge(struct converge *cv, struct err *err)
{
	int64_t age;

	if (cv->doc == NULL)
		return 0;
	age = cv->now_ms - json_int(cv->doc, "at_ms", 0);
	if (age >= REMEMBERED_MS)
		return converge_forget(cv, err);
	cv->again_ms = REMEMBERED_MS - age;
	return 0;
}

static const struct resource forgotten = {
	.service = "ec2",
	.kind = "ec2:deregistered-image",
	.type = "deregistered-image",
	.id_member = "ImageId",
	.noun = "image id",
	.not_found = &not_found,
	.no_tags = 1,
	.converge = forgotten_converge,
};

static int
need(struct call *c, const char *id, json_t **ret)
{
	json_t *old;
	int rc = image_find(c, c->region, id, ret);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (strncmp(id, "ami-", 4) != 0 || id[4] == '\0' ||
	    strspn(id + 4, "0123456789abcdef") != strlen(id + 4))
		return err_set(&c->err, &malformed,
		    "Invalid id: \"%s\" (expecting \"ami-...\")", id);
	rc = resource_find(c, &forgotten, id, &old);
	if (rc > 0)
		return err_set(&c->err, &unavailable,
		    "The image ID '%s' is no longer available", id);
	return rc < 0 ?
	    -1 :
	    err_set(&c->err, &not_found, "The image id '[%s]' does not exist", id);
}

int
ec2_image_get(struct call *c, const char *id, json_t **ret)
{
	if (need(c, id, ret) < 0)
		return -1;
	if (strcmp(json_str_or(*ret, "State", ""), "available") != 0)
		return err_set(&c->err, &unavailable,
		    "The image ID '%s' is not available", id);
	return 0;
}

int
image_edit(struct call *c, const char *id, json_t **ret)
{
	json_t *doc;

	if (need(c, id, &doc) < 0)
		return -1;
	if (strcmp(json_str_or(doc, "OwnerId", ""), c->account) != 0)
		return err_set(&c->err, &denied, "Not authorized for image:%s", id);
	return resource_edit(c, &ec2_image, id, ret);
}

/* DescribeImages */

/* "self", "amazon", or an account. */
static int
has_owner(const struct call *c, const json_t *owners, const json_t *doc)
{
	const char *owner = json_str_or(doc, "OwnerId", "");

	return json_array_size(owners) == 0 || json_has_str(owners, owner) ||
	    (strcmp(owner, c->account) == 0 && json_has_str(owners, "self")) ||
	    (json_str(doc, "ImageOwnerAlias") != NULL &&
		json_has_str(owners, json_str(doc, "ImageOwnerAlias")));
}

/* "all" may launch what is public, "self" and accounts what they were given. */
static int
has_user(const struct call *c, const json_t *users, const json_t *doc)
{
	const json_t *user;
	size_t i;

	json_array_foreach(users, i, user) {
		const char *name = json_string_value(user);

		if (strcmp(name, "all") == 0 && json_bool(doc, "Public", 0))
			return 1;
		if (was_given(doc, strcmp(name, "self") == 0 ? c->account : name))
			return 1;
	}
	return json_array_size(users) == 0;
}

/* Deprecated ones are hidden from all but their owner, disabled ones from him, too. */
static int
is_shown(const struct call *c, const json_t *doc)
{
	const char *deprecated = json_str(doc, "DeprecationTime");
	int is_own = strcmp(json_str_or(doc, "OwnerId", ""), c->account) == 0;
	int64_t ms;

	if (json_array_size(in_list(c, "ImageIds")) > 0)
		return 1;
	if (strcmp(json_str_or(doc, "State", ""), "disabled") == 0 &&
	    !in_bool(c, "IncludeDisabled", 0))
		return 0;
	return is_own || in_bool(c, "IncludeDeprecated", 0) || deprecated == NULL ||
	    !clock_parse_iso8601(deprecated, &ms) || ms > c->now_ms;
}

struct found {
	struct call *c;
	json_t *list;
};

static void
take(void *arg, json_t *doc)
{
	struct found *f = arg;
	const json_t *ids = in_list(f->c, "ImageIds");

	if (has_owner(f->c, in_list(f->c, "Owners"), doc) &&
	    has_user(f->c, in_list(f->c, "ExecutableUsers"), doc) &&
	    (json_array_size(ids) == 0 ||
		json_has_str(ids, resource_id(&ec2_image, doc))) &&
	    is_shown(f->c, doc) && filter_match(f->c, &ec2_image, doc))
		json_add(f->list, json_incref(doc));
}

static int
describe(struct call *c)
{
	struct found f = { .c = c, .list = json_own(c->arena, json_new_array()) };
	json_t *docs[IMAGE_CATALOGUE_MAX], *out, *found;
	struct store_docs own;
	const json_t *id;
	size_t i, n;

	if (filter_check(c, &ec2_image) < 0 || resource_list(c, &ec2_image, &own) < 0)
		return -1;
	json_array_foreach(in_list(c, "ImageIds"), i, id) {
		if (need(c, json_string_value(id), &found) < 0)
			return -1;
	}
	n = image_catalogue(c, c->region, docs);
	for (i = 0; i < n; i++)
		take(&f, docs[i]);
	for (i = 0; i < own.n; i++)
		take(&f, own.doc[i]);
	if (each_shared(c, c->region, take, &f) < 0)
		return -1;
	out = resource_sorted(c, f.list, "ImageId");
	if (resource_page(c, &ec2_image, out) < 0)
		return -1;
	out_ref(c, "Images", out);
	return 0;
}

/* RegisterImage */

static int
check_name(struct call *c, const char *name)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789()[] ./-'@_";
	struct store_docs own;
	size_t n = strlen(name);

	if (n < 3 || n > 128 || strspn(name, allowed) != n)
		return err_set(&c->err, &bad_name,
		    "AMI names must be between 3 and 128 characters long, and may contain letters, "
		    "numbers, '(', ')', '.', '-', '/' and '_'");
	if (resource_list(c, &ec2_image, &own) < 0)
		return -1;
	for (size_t i = 0; i < own.n; i++) {
		if (strcmp(json_str_or(own.doc[i], "Name", ""), name) == 0)
			return err_set(&c->err, &duplicate,
			    "AMI name %s is already in use by AMI %s", name,
			    resource_id(&ec2_image, own.doc[i]));
	}
	return 0;
}

json_t *
image_new(struct call *c, const char *name, const json_t *tags)
{
	json_t *doc = json_own(c->arena, json_new_object());
	char date[CLOCK_TEXT], hex[18];

	if (check_name(c, name) < 0)
		return NULL;
	random_hex(hex, 17);
	clock_iso8601(c->now_ms, 1, date);
	json_set_fmt(doc, "ImageId", "ami-%s", hex);
	json_set(doc, "Tags", tags != NULL ? json_copy_deep(tags) : json_new_array());
	json_set_str(doc, "Name", name);
	json_set_str(doc, "OwnerId", c->account);
	json_set_fmt(doc, "ImageLocation", "%s/%s", c->account, name);
	json_set_str(doc, "CreationDate", date);
	json_set_bool(doc, "Public", 0);
	return doc;
}

/*
 * The Docker image that was asked for.  AWS's own clients cannot say DockerImage, so
 * ImageLocation may be "docker://reference".
 */
static int
docker_image(struct call *c, const char **ret)
{
	const char *docker = in_str(c, "DockerImage"),
		   *location = in_str(c, "ImageLocation");
	struct image_ref ref = { .path = "" }, of;

	if (docker == NULL && location != NULL && strncmp(location, "docker://", 9) == 0)
		docker = location + 9;
	if (docker != NULL && image_ref_parse(c->arena, docker, &ref, &c->err) < 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter DockerImage is invalid. It is no image reference.",
		    docker);
	/* The data of snapshots, of any account: they are had by their ids alone. */
	of = (struct image_ref){ .host = ref.host, .path = ref.path };
	if (docker != NULL && data_is_snapshot(image_ref_text(c->arena, &of)))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter DockerImage is invalid. It is a snapshot's.",
		    docker);
	*ret = docker;
	return 0;
}

/* The root device's snapshot may be of an instance: then it is what runs. */
static int
image_of_root(struct call *c, json_t *doc, const json_t *mappings)
{
	const json_t *root = mapping_find(mappings, json_str(doc, "RootDeviceName"));
	const char *id = json_str(json_get(root, "Ebs"), "SnapshotId");
	json_t *snapshot;

	if (id == NULL)
		return 0;
	if (ec2_snapshot_restorable(c, id, &snapshot) < 0)
		return -1;
	if (json_get(doc, "_docker_image") == NULL)
		json_set_str(doc, "_docker_image", json_str(snapshot, "_image"));
	return 0;
}

static int
register_image(struct call *c)
{
	static const char *const refused[] = { "BillingProducts", NULL };
	static const char *const types[] = { "image", NULL };
	static const char *const same[] = { "ImageLocation", "SriovNetSupport",
		"BootMode", "ImdsSupport", "TpmSupport", "KernelId", "RamdiskId",
		"VirtualizationType" };
	const char *docker;
	json_t *doc, *tags = NULL, *mappings;

	if (ec2_refuse(c, refused) < 0 || docker_image(c, &docker) < 0 ||
	    tags_from_specifications(c, types, "image", &tags) < 0 ||
	    mapping_register(c, in_list(c, "BlockDeviceMappings"), &mappings) < 0)
		return -1;
	doc = image_new(c, in_str(c, "Name"), tags);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "Description", json_str_or(c->in, "Description", ""));
	json_set_str(doc, "Architecture", json_str_or(c->in, "Architecture", "x86_64"));
	json_set_str(doc, "RootDeviceName",
	    json_str_or(c->in, "RootDeviceName", "/dev/xvda"));
	json_set_bool(doc, "EnaSupport", in_bool(c, "EnaSupport", 1));
	for (size_t i = 0; i < COUNT(same); i++)
		json_set_str(doc, same[i], in_str(c, same[i]));
	json_set_str(doc, "_docker_image", docker);
	json_set_str(doc, "_uefi", in_str(c, "UefiData"));
	json_set(doc, "BlockDeviceMappings", json_incref(mappings));
	image_set_constants(doc);
	if (image_of_root(c, doc, mappings) < 0)
		return -1;
	resource_put(c, &ec2_image, doc);
	out_str(c, "ImageId", resource_id(&ec2_image, doc));
	return 0;
}

/* DeregisterImage: instances keep what they were made from. */

/* {SnapshotId, ReturnCode} for each snapshot; one that another image has stays. */
static int
delete_snapshots(struct call *c, const json_t *doc)
{
	json_t *results = json_own(c->arena, json_new_array());
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(doc, "BlockDeviceMappings"), i, row) {
		const char *id = json_str(json_get(row, "Ebs"), "SnapshotId");
		json_t *snapshot, *other;
		int rc;

		if (id == NULL || json_bool(json_get(row, "Ebs"), "_catalogue", 0))
			continue;
		rc = resource_find(c, &ec2_snapshot, id, &snapshot);
		if (rc > 0) {
			rc = resource_find_by(c, &ec2_image,
			    "BlockDeviceMappings.Ebs.SnapshotId", id, &other);
			if (rc == 0 && ec2_snapshot_delete(c, id) < 0)
				rc = -1;
		} else if (rc == 0) {
			rc = 1;
		}
		if (rc < 0)
			return -1;
		json_add(results,
		    json_make("{s:s, s:s}", "SnapshotId", id, "ReturnCode",
			rc == 0 ? "success" : "skipped"));
	}
	out_ref(c, "DeleteSnapshotResults", results);
	return 0;
}

static int
deregister_image(struct call *c)
{
	const char *id = in_str(c, "ImageId");
	json_t *doc;

	if (image_edit(c, id, &doc) < 0)
		return -1;
	if (strncmp(json_str_or(doc, "DeregistrationProtection", ""), "enabled", 7) ==
		0 ||
	    json_int(doc, "_protected_until", 0) > c->now_ms)
		return err_set(&c->err, &not_permitted,
		    "The image '%s' is protected from deregistration.", id);
	resource_delete_doc(c, &ec2_image, id);
	resource_put(c, &forgotten,
	    json_own(c->arena,
		json_make("{s:s, s:I}", "ImageId", id, "at_ms", (json_int_t)c->now_ms)));
	if (in_bool(c, "DeleteAssociatedSnapshots", 0) && delete_snapshots(c, doc) < 0)
		return -1;
	out_bool(c, "Return", 1);
	return 0;
}

static const struct op ops[] = {
	OP_RES("DeregisterImage", deregister_image, 0, &ec2_image, "ImageId",
	    "Forget a registered image."),
	OP_RES("DescribeImages", describe, OP_READ, &ec2_image, NULL,
	    "List machine images."),
	OP_RES("RegisterImage", register_image, 0, &ec2_image, NULL,
	    "Make a machine image of a Docker image, or of a snapshot."),
};
static const struct resource *const resources[] = { &ec2_image, &forgotten, NULL };
const struct family ec2_images = FAMILY(ops, resources);
