/*
 * EC2: machine images: a catalogue of the usual ones, and those that are registered.
 *
 * An image's name chooses the Docker image that runs it (engine/images.h), unless
 * RegisterImage said one with DockerImage.  Ids of the catalogue follow from
 * region and name, so that they are the same everywhere and always.  Not emulated yet:
 * copies, snapshots, permissions, CreateImage.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/engine/image_ref.h"
#include "control/services/ec2/ec2.h"

static const struct err_kind not_found = { "InvalidAMIID.NotFound", 400 };
static const struct err_kind malformed = { "InvalidAMIID.Malformed", 400 };
static const struct err_kind unavailable = { "InvalidAMIID.Unavailable", 400 };
static const struct err_kind duplicate = { "InvalidAMIName.Duplicate", 400 };
static const struct err_kind bad_name = { "InvalidAMIName.Malformed", 400 };

static const struct filter filters[] = {
	{ "architecture", "Architecture" },
	{ "block-device-mapping.delete-on-termination",
	    "BlockDeviceMappings.Ebs.DeleteOnTermination" },
	{ "block-device-mapping.device-name", "BlockDeviceMappings.DeviceName" },
	{ "block-device-mapping.volume-type", "BlockDeviceMappings.Ebs.VolumeType" },
	{ "boot-mode", "BootMode" },
	{ "creation-date", "CreationDate" },
	{ "description", "Description" },
	{ "ena-support", "EnaSupport" },
	{ "hypervisor", "Hypervisor" },
	{ "image-id", "ImageId" },
	{ "image-type", "ImageType" },
	{ "imds-support", "ImdsSupport" },
	{ "is-public", "Public" },
	{ "manifest-location", "ImageLocation" },
	{ "name", "Name" },
	{ "owner-alias", "ImageOwnerAlias" },
	{ "owner-id", "OwnerId" },
	{ "platform", "Platform" },
	{ "platform-details", "PlatformDetails" },
	{ "root-device-name", "RootDeviceName" },
	{ "root-device-type", "RootDeviceType" },
	{ "sriov-net-support", "SriovNetSupport" },
	{ "state", "State" },
	{ "usage-operation", "UsageOperation" },
	{ "virtualization-type", "VirtualizationType" },
	{ NULL, NULL },
};

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
};

/* The catalogue: names as their makers choose them. */
static const struct row {
	const char *name, *description, *owner, *alias, *architecture, *date, *root;
} catalogue[] = {
	{ "amzn2-ami-hvm-2.0.20250305.0-x86_64-gp2", "Amazon Linux 2 AMI", "137112412989",
	    "amazon", "x86_64", "2025-03-06T19:12:00.000Z", "/dev/xvda" },
	{ "amzn2-ami-hvm-2.0.20250305.0-arm64-gp2", "Amazon Linux 2 AMI", "137112412989",
	    "amazon", "arm64", "2025-03-06T19:12:00.000Z", "/dev/xvda" },
	{ "al2023-ami-2023.6.20250303.0-kernel-6.1-x86_64", "Amazon Linux 2023 AMI",
	    "137112412989", "amazon", "x86_64", "2025-03-04T02:02:00.000Z", "/dev/xvda" },
	{ "al2023-ami-2023.6.20250303.0-kernel-6.1-arm64", "Amazon Linux 2023 AMI",
	    "137112412989", "amazon", "arm64", "2025-03-04T02:02:00.000Z", "/dev/xvda" },
	{ "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20250305",
	    "Canonical, Ubuntu, 24.04, amd64 noble image", "099720109477", NULL, "x86_64",
	    "2025-03-05T08:30:00.000Z", "/dev/sda1" },
	{ "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20250305",
	    "Canonical, Ubuntu, 22.04 LTS, amd64 jammy image", "099720109477", NULL,
	    "x86_64", "2025-03-05T08:20:00.000Z", "/dev/sda1" },
	{ "debian-12-amd64-20250316-2053", "Debian 12 (20250316-2053)", "136693071363",
	    NULL, "x86_64", "2025-03-16T21:01:00.000Z", "/dev/xvda" },
	{ "debian-12-arm64-20250316-2053", "Debian 12 (20250316-2053)", "136693071363",
	    NULL, "arm64", "2025-03-16T21:01:00.000Z", "/dev/xvda" },
};

static json_t *
catalogue_json(struct call *c, const struct row *row)
{
	const char *seed = arena_printf(c->arena, "%s/%s", c->region, row->name);
	json_t *doc = json_own(c->arena, json_new_object());
	char hash[65];

	sha256_hex(seed, strlen(seed), hash);
	json_set_fmt(doc, "ImageId", "ami-%.17s", hash);
	json_set_str(doc, "Name", row->name);
	json_set_str(doc, "Description", row->description);
	json_set_str(doc, "OwnerId", row->owner);
	json_set_str(doc, "ImageOwnerAlias", row->alias);
	json_set_fmt(doc, "ImageLocation", "%s/%s",
	    row->alias != NULL ? row->alias : row->owner, row->name);
	json_set_str(doc, "Architecture", row->architecture);
	json_set_str(doc, "CreationDate", row->date);
	json_set_str(doc, "RootDeviceName", row->root);
	json_set_bool(doc, "Public", 1);
	json_set_bool(doc, "_catalogue", 1);
	json_set(doc, "BlockDeviceMappings",
	    json_make("[{s:s, s:{s:o, s:i, s:s, s:b, s:b, s:b}}]", "DeviceName",
		row->root, "Ebs", "SnapshotId", json_new_fmt("snap-%.17s", hash + 20),
		"VolumeSize", 8, "VolumeType", "gp3", "DeleteOnTermination", 1,
		"Encrypted", 0, "_catalogue", 1));
	return doc;
}

/* What every image of ours is. */
static void
set_constants(json_t *doc)
{
	json_set_str(doc, "ImageType", "machine");
	json_set_str(doc, "State", "available");
	json_set_str(doc, "RootDeviceType", "ebs");
	json_set_str(doc, "VirtualizationType", "hvm");
	json_set_str(doc, "Hypervisor", "xen");
	json_set_bool(doc, "EnaSupport", 1);
	json_set_str(doc, "SriovNetSupport", "simple");
	json_set_str(doc, "PlatformDetails", "Linux/UNIX");
	json_set_str(doc, "UsageOperation", "RunInstances");
	json_need_array(doc, "BlockDeviceMappings");
	json_set(doc, "ProductCodes", json_new_array());
	if (json_get(doc, "Tags") == NULL)
		json_set(doc, "Tags", json_new_array());
}

static json_t *
catalogue_find(struct call *c, const char *id)
{
	for (size_t i = 0; i < COUNT(catalogue); i++) {
		json_t *doc = catalogue_json(c, &catalogue[i]);

		if (strcmp(resource_id(&ec2_image, doc), id) == 0) {
			set_constants(doc);
			return doc;
		}
	}
	return NULL;
}

int
ec2_image_get(struct call *c, const char *id, json_t **ret)
{
	json_t *doc = catalogue_find(c, id);

	if (doc == NULL) {
		int rc = resource_find(c, &ec2_image, id, &doc);

		if (rc < 0)
			return -1;
		if (rc == 0)
			return strncmp(id, "ami-", 4) == 0 &&
				strspn(id + 4, "0123456789abcdef") == strlen(id + 4) ?
			    err_set(&c->err, &not_found,
				"The image id '[%s]' does not exist", id) :
			    err_set(&c->err, &malformed,
				"Invalid id: \"%s\" (expecting \"ami-...\")", id);
		if (strcmp(json_str_or(doc, "State", ""), "available") != 0)
			return err_set(&c->err, &unavailable,
			    "The image ID '%s' is not available", id);
	}
	*ret = doc;
	return 0;
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

/* "all" may launch what is public; launch permissions for accounts are not emulated. */
static int
has_user(const json_t *users, const json_t *doc)
{
	return json_array_size(users) == 0 ||
	    (json_has_str(users, "all") && json_bool(doc, "Public", 0));
}

static int
by_id(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;

	return strcmp(resource_id(&ec2_image, *x), resource_id(&ec2_image, *y));
}

static int
describe(struct call *c)
{
	const json_t *users = in_list(c, "ExecutableUsers");
	const json_t *owners = in_list(c, "Owners"), *ids = in_list(c, "ImageIds"), *id;
	struct store_docs own, all;
	json_t **docs, *out, *found;
	size_t n = 0, k;

	if (resource_list(c, &ec2_image, &own) < 0)
		return -1;
	json_array_foreach(ids, k, id) {
		if (ec2_image_get(c, json_string_value(id), &found) < 0)
			return -1;
	}
	docs = arena_calloc(c->arena, own.n + COUNT(catalogue), sizeof(json_t *));
	for (size_t i = 0; i < COUNT(catalogue) + own.n; i++) {
		json_t *doc =
		    i < own.n ? own.doc[i] : catalogue_json(c, &catalogue[i - own.n]);

		if (i >= own.n)
			set_constants(doc);
		if (has_owner(c, owners, doc) && has_user(users, doc) &&
		    (ids == NULL || json_has_str(ids, resource_id(&ec2_image, doc))))
			docs[n++] = doc;
	}
	qsort(docs, n, sizeof(docs[0]), by_id);
	all.n = n;
	all.doc = docs;
	/* The ids are looked at already; those of the catalogue are in no store. */
	out = json_own(c->arena, json_new_array());
	if (filter_check(c, &ec2_image) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (filter_match(c, &ec2_image, all.doc[i]))
			json_add(out, json_incref(all.doc[i]));
	}
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

/*
 * The Docker image that was asked for.  AWS's own clients cannot say DockerImage, so
 * ImageLocation may be "docker://reference".
 */
static const char *
docker_image(const struct call *c)
{
	const char *docker = in_str(c, "DockerImage"),
		   *location = in_str(c, "ImageLocation");

	if (docker == NULL && location != NULL && strncmp(location, "docker://", 9) == 0)
		return location + 9;
	return docker;
}

static int
register_image(struct call *c)
{
	static const char *const refused[] = { "BlockDeviceMappings", "KernelId",
		"RamdiskId", "TpmSupport", "UefiData", "BillingProducts", NULL };
	const char *name = in_str(c, "Name"), *docker = docker_image(c), *id;
	char date[CLOCK_TEXT];
	struct image_ref ref;
	json_t *doc;

	if (ec2_refuse(c, refused) < 0 || check_name(c, name) < 0)
		return -1;
	if (docker != NULL && image_ref_parse(c->arena, docker, &ref, &c->err) < 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter DockerImage is invalid. It is no image reference.",
		    docker);
	doc = resource_new(c, &ec2_image, &id);
	if (doc == NULL)
		return -1;
	clock_iso8601(c->now_ms, 1, date);
	json_set_str(doc, "Name", name);
	json_set_str(doc, "Description", json_str_or(c->in, "Description", ""));
	json_set_str(doc, "OwnerId", c->account);
	json_set_str(doc, "ImageLocation",
	    json_str_or(c->in, "ImageLocation",
		arena_printf(c->arena, "%s/%s", c->account, name)));
	json_set_str(doc, "Architecture", json_str_or(c->in, "Architecture", "x86_64"));
	json_set_str(doc, "CreationDate", date);
	json_set_str(doc, "RootDeviceName",
	    json_str_or(c->in, "RootDeviceName", "/dev/xvda"));
	json_set_bool(doc, "Public", 0);
	json_set_str(doc, "_docker_image", docker);
	set_constants(doc);
	json_set_bool(doc, "EnaSupport", in_bool(c, "EnaSupport", 1));
	json_set_str(doc, "SriovNetSupport", in_str(c, "SriovNetSupport"));
	json_set_str(doc, "BootMode", in_str(c, "BootMode"));
	json_set_str(doc, "ImdsSupport", in_str(c, "ImdsSupport"));
	json_set_str(doc, "VirtualizationType",
	    json_str_or(c->in, "VirtualizationType", "hvm"));
	resource_put(c, &ec2_image, doc);
	out_str(c, "ImageId", id);
	return 0;
}

/* DeregisterImage: instances keep what they were made from. */

static int
deregister_image(struct call *c)
{
	const char *id = in_str(c, "ImageId");
	json_t *doc;

	if (ec2_image_get(c, id, &doc) < 0)
		return -1;
	if (strcmp(json_str_or(doc, "OwnerId", ""), c->account) != 0) {
		static const struct err_kind denied = { "AuthFailure", 403 };

		return err_set(&c->err, &denied, "Not authorized for images: [%s]", id);
	}
	resource_delete_doc(c, &ec2_image, id);
	out_bool(c, "Return", 1);
	return 0;
}

static const struct op ops[] = {
	OP_RES("DeregisterImage", deregister_image, 0, &ec2_image, "ImageId",
	    "Forget a registered image."),
	OP_RES("DescribeImages", describe, OP_READ, &ec2_image, NULL,
	    "List machine images."),
	OP_RES("RegisterImage", register_image, 0, &ec2_image, NULL,
	    "Make a machine image of a Docker image."),
};
static const struct resource *const resources[] = { &ec2_image, NULL };
const struct family ec2_images = FAMILY(ops, resources);
