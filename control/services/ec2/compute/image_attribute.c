/*
 * EC2: who may launch an image, what it says of itself, and how long it may be used.
 *
 * Not emulated: product codes.
 */
#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/compute/image.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/ebs.h"

#define DAY_MS INT64_C(86400000)

static const struct err_kind denied = { "OperationNotPermitted", 400 };
static const struct err_kind bad_user = { "InvalidAMIAttributeItemValue", 400 };
static const struct err_kind bad_state = { "IncorrectState", 400 };

/* DescribeImageAttribute: where the value of each attribute is. */

static const struct attribute {
	const char *name, *member, *path;
	int is_text;
} attributes[] = {
	{ "blockDeviceMapping", "BlockDeviceMappings", "BlockDeviceMappings", 0 },
	{ "bootMode", "BootMode", "BootMode", 1 },
	{ "deregistrationProtection", "DeregistrationProtection",
	    "DeregistrationProtection", 1 },
	{ "description", "Description", "Description", 1 },
	{ "imdsSupport", "ImdsSupport", "ImdsSupport", 1 },
	{ "kernel", "KernelId", "KernelId", 1 },
	{ "lastLaunchedTime", "LastLaunchedTime", "LastLaunchedTime", 1 },
	{ "launchPermission", "LaunchPermissions", "_permissions", 0 },
	{ "productCodes", "ProductCodes", "ProductCodes", 0 },
	{ "ramdisk", "RamdiskId", "RamdiskId", 1 },
	{ "sriovNetSupport", "SriovNetSupport", "SriovNetSupport", 1 },
	{ "tpmSupport", "TpmSupport", "TpmSupport", 1 },
	{ "uefiData", "UefiData", "_uefi", 1 },
};

static int
describe_attribute(struct call *c)
{
	const char *name = in_str(c, "Attribute"), *id = in_str(c, "ImageId");
	const struct attribute *at = attributes;
	json_t *doc, *v;

	if (image_edit(c, id, &doc) < 0)
		return -1;
	while (strcmp(at->name, name) != 0)
		at++; /* the model has no other */
	v = json_get(doc, at->path);
	out_str(c, "ImageId", id);
	if (at->is_text)
		out_set(c, at->member,
		    v != NULL ? json_make("{s:O}", "Value", v) : json_new_object());
	else
		out_set(c, at->member, v != NULL ? json_copy_deep(v) : json_new_array());
	return 0;
}

/* Launch permissions */

static const struct {
	const char *list, *member;
} subjects[] = { { "UserIds", "UserId" }, { "UserGroups", "Group" },
	{ "OrganizationArns", "OrganizationArn" },
	{ "OrganizationalUnitArns", "OrganizationalUnitArn" } };

static int
check_subject(struct call *c, const char *member, const char *value)
{
	int ok = 1;

	if (strcmp(member, "UserId") == 0)
		ok = strlen(value) == 12 && strspn(value, "0123456789") == 12;
	else if (strcmp(member, "Group") == 0)
		ok = strcmp(value, "all") == 0;
	else
		ok = strncmp(value, "arn:aws:organizations:", 22) == 0;
	return ok ? 0 :
		    err_set(&c->err, &bad_user,
			"Invalid attribute item value \"%s\" for %s item type.", value,
			strcmp(member, "UserId") == 0 ? "userId" : member);
}

static int
change(struct call *c, json_t *doc, const char *member, const char *value, int add)
{
	json_t *list = json_need_array(doc, "_permissions");
	int is_group = strcmp(member, "Group") == 0;

	if (check_subject(c, member, value) < 0)
		return -1;
	for (size_t i = json_array_size(list); i-- > 0;) {
		if (strcmp(json_str_or(json_array_get(list, i), member, ""), value) == 0)
			json_array_remove(list, i);
	}
	if (add && is_group && !json_bool(doc, "Public", 0)) {
		int blocked = ebs_blocks_public(c, EBS_IMAGES);

		if (blocked != 0)
			return blocked < 0 ?
			    -1 :
			    err_set(&c->err, &denied,
				"You can't publicly share this image because block public access "
				"for AMIs is enabled in this Region.");
	}
	if (add)
		json_add(list, json_make("{s:s}", member, value));
	if (is_group)
		json_set_bool(doc, "Public", add);
	return 0;
}

/* {Add, Remove} of {UserId, …}: how many there were, or -1. */
static int
modify_permissions(struct call *c, json_t *doc)
{
	const json_t *permission = in_object(c, "LaunchPermission"), *row;
	const char *name;
	json_t *v;
	int n = 0;
	size_t i;

	for (int add = 0; add < 2; add++) {
		json_array_foreach(json_get(permission, add ? "Add" : "Remove"), i, row) {
			json_t *members = json_own(c->arena, json_copy_deep(row));

			json_object_foreach(members, name, v) {
				n++;
				if (change(c, doc, name, json_string_value(v), add) < 0)
					return -1;
			}
		}
	}
	return n;
}

/* The old form: lists and OperationType. */
static int
modify_named(struct call *c, json_t *doc)
{
	const char *type = in_str(c, "OperationType");
	const json_t *v;
	int n = 0;
	size_t i;

	for (size_t k = 0; k < COUNT(subjects); k++) {
		json_array_foreach(in_list(c, subjects[k].list), i, v) {
			n++;
			if (type == NULL)
				return err_set(&c->err, &ec2_missing,
				    "The request must contain the parameter operationType");
			if (change(c, doc, subjects[k].member, json_string_value(v),
				strcmp(type, "add") == 0) < 0)
				return -1;
		}
	}
	return n;
}

/* ModifyImageAttribute */

static int
modify_imds(struct call *c, json_t *doc, const char *value)
{
	if (strcmp(value, "v2.0") != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter imdsSupport is invalid. It can be set to v2.0 "
		    "only.",
		    value);
	json_set_str(doc, "ImdsSupport", value);
	return 0;
}

static int
modify_texts(struct call *c, json_t *doc)
{
	const char *attribute = json_str_or(c->in, "Attribute", "");
	const char *text = json_str(in_object(c, "Description"), "Value");
	const char *imds = json_str(in_object(c, "ImdsSupport"), "Value");
	int n = 0;

	if (text == NULL && strcmp(attribute, "description") == 0)
		text = in_str(c, "Value");
	if (imds == NULL && strcmp(attribute, "imdsSupport") == 0)
		imds = in_str(c, "Value");
	if (text != NULL) {
		json_set_str(doc, "Description", text);
		n++;
	}
	if (imds == NULL)
		return n;
	return modify_imds(c, doc, imds) < 0 ? -1 : n + 1;
}

static int
modify_attribute(struct call *c)
{
	static const char *const refused[] = { "ProductCodes", NULL };
	const char *attribute = in_str(c, "Attribute");
	static const char *const known[] = { "description", "launchPermission",
		"imdsSupport" };
	int texts, named, permissions;
	size_t i = 0;
	json_t *doc;

	while (attribute != NULL && i < COUNT(known) && strcmp(known[i], attribute) != 0)
		i++;
	if (i == COUNT(known))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter attribute is invalid. Unknown attribute.",
		    attribute);
	if (ec2_refuse(c, refused) < 0 || image_edit(c, in_str(c, "ImageId"), &doc) < 0)
		return -1;
	texts = modify_texts(c, doc);
	named = texts < 0 ? -1 : modify_named(c, doc);
	permissions = named < 0 ? -1 : modify_permissions(c, doc);
	if (permissions < 0)
		return -1;
	if (texts + named + permissions == 0)
		return err_set(&c->err, &ec2_bad_combination, "No attributes specified.");
	resource_put(c, &ec2_image, doc);
	return 0;
}

static int
reset_attribute(struct call *c)
{
	json_t *doc;

	if (image_edit(c, in_str(c, "ImageId"), &doc) < 0)
		return -1;
	json_del(doc, "_permissions");
	json_set_bool(doc, "Public", 0);
	resource_put(c, &ec2_image, doc);
	return 0;
}

/* Deprecation */

static int
enable_deprecation(struct call *c)
{
	double seconds = json_num(c->in, "DeprecateAt", 0),
	       now = (double)c->now_ms / 1000;
	int64_t at;
	char text[CLOCK_TEXT];
	json_t *doc;

	if (image_edit(c, in_str(c, "ImageId"), &doc) < 0)
		return -1;
	/* Before it is made whole: no number of ours holds every date. */
	if (!(seconds > now && seconds <= now + 3660.0 * 86400))
		return err_set(&c->err, &ec2_bad_value,
		    "Value for parameter DeprecateAt is invalid. The deprecation date must be in "
		    "the future, and within 10 years.");
	/* EC2 API: seconds are rounded to the nearest minute. */
	at = ((int64_t)(seconds * 1000) + 30000) / 60000 * 60000;
	clock_iso8601(at, 1, text);
	json_set_str(doc, "DeprecationTime", text);
	resource_put(c, &ec2_image, doc);
	out_bool(c, "Return", 1);
	return 0;
}

static int
disable_deprecation(struct call *c)
{
	json_t *doc;

	if (image_edit(c, in_str(c, "ImageId"), &doc) < 0)
		return -1;
	json_del(doc, "DeprecationTime");
	resource_put(c, &ec2_image, doc);
	out_bool(c, "Return", 1);
	return 0;
}

/* Disabled: nobody may launch it, and others do not see it. */

static int
set_state(struct call *c, const char *from, const char *to)
{
	const char *id = in_str(c, "ImageId");
	json_t *doc;

	if (image_edit(c, id, &doc) < 0)
		return -1;
	if (strcmp(json_str_or(doc, "State", ""), from) != 0)
		return err_set(&c->err, &bad_state, "The image '%s' is in state '%s'.",
		    id, json_str_or(doc, "State", ""));
	json_set_str(doc, "State", to);
	/* EC2 API: launch permissions go with it, and do not come back. */
	json_del(doc, "_permissions");
	json_set_bool(doc, "Public", 0);
	resource_put(c, &ec2_image, doc);
	out_bool(c, "Return", 1);
	return 0;
}

static int
disable_image(struct call *c)
{
	return set_state(c, "available", "disabled");
}

static int
enable_image(struct call *c)
{
	return set_state(c, "disabled", "available");
}

/* Deregistration protection */

static int
enable_protection(struct call *c)
{
	json_t *doc;

	if (image_edit(c, in_str(c, "ImageId"), &doc) < 0)
		return -1;
	json_set_str(doc, "DeregistrationProtection",
	    in_bool(c, "WithCooldown", 0) ? "enabled-with-cooldown" :
					    "enabled-without-cooldown");
	json_del(doc, "_protected_until");
	resource_put(c, &ec2_image, doc);
	out_str(c, "Return", "true");
	return 0;
}

/* With a cool-off it lasts for another day. */
static int
disable_protection(struct call *c)
{
	char text[CLOCK_TEXT];
	json_t *doc;

	if (image_edit(c, in_str(c, "ImageId"), &doc) < 0)
		return -1;
	if (strcmp(json_str_or(doc, "DeregistrationProtection", ""),
		"enabled-with-cooldown") == 0) {
		clock_iso8601(c->now_ms + DAY_MS, 1, text);
		json_set_int(doc, "_protected_until", c->now_ms + DAY_MS);
		json_set_fmt(doc, "DeregistrationProtection",
		    "disabled-after-cooldown %s", text);
	} else if (json_int(doc, "_protected_until", 0) <= c->now_ms) {
		json_set_str(doc, "DeregistrationProtection", "disabled");
	}
	resource_put(c, &ec2_image, doc);
	out_str(c, "Return", "true");
	return 0;
}

static const struct op ops[] = {
	OP_RES("DescribeImageAttribute", describe_attribute, OP_READ, &ec2_image,
	    "ImageId", "Show one attribute of an image."),
	OP_RES("DisableImage", disable_image, 0, &ec2_image, "ImageId",
	    "Let nobody launch an image."),
	OP_RES("DisableImageDeprecation", disable_deprecation, 0, &ec2_image, "ImageId",
	    "Take an image's end date away."),
	OP_RES("DisableImageDeregistrationProtection", disable_protection, 0, &ec2_image,
	    "ImageId", "Let an image be deregistered."),
	OP_RES("EnableImage", enable_image, 0, &ec2_image, "ImageId",
	    "Let an image be launched again."),
	OP_RES("EnableImageDeprecation", enable_deprecation, 0, &ec2_image, "ImageId",
	    "Set when an image is deprecated."),
	OP_RES("EnableImageDeregistrationProtection", enable_protection, 0, &ec2_image,
	    "ImageId", "Let an image not be deregistered."),
	OP_RES("ModifyImageAttribute", modify_attribute, 0, &ec2_image, "ImageId",
	    "Set who may launch an image, or its description."),
	OP_RES("ResetImageAttribute", reset_attribute, 0, &ec2_image, "ImageId",
	    "Let nobody else launch an image."),
};
const struct family ec2_image_attributes = FAMILY(ops, NULL);
