/*
 * EC2: the catalogue of images: those of Amazon and others that everybody launches.
 *
 * Ids follow from region and name, so that they are the same everywhere and always.
 */
#include <string.h>

#include "base/enc.h"
#include "control/services/ec2/compute/image.h"
#include "control/services/ec2/ec2.h"

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
catalogue_json(struct call *c, const char *region, const struct row *row)
{
	const char *seed = arena_printf(c->arena, "%s/%s", region, row->name);
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

size_t
image_catalogue(struct call *c, const char *region, json_t **docs)
{
	for (size_t i = 0; i < COUNT(catalogue); i++) {
		docs[i] = catalogue_json(c, region, &catalogue[i]);
		image_set_constants(docs[i]);
	}
	return COUNT(catalogue);
}

json_t *
image_catalogue_find(struct call *c, const char *region, const char *id)
{
	json_t *docs[IMAGE_CATALOGUE_MAX];
	size_t n = image_catalogue(c, region, docs);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(resource_id(&ec2_image, docs[i]), id) == 0)
			return docs[i];
	}
	return NULL;
}

_Static_assert(COUNT(catalogue) <= IMAGE_CATALOGUE_MAX, "a longer catalogue");
