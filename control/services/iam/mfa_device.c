/*
 * IAM: MFA devices: virtual ones, whose codes are really checked.
 *
 * Not emulated: security keys (FIDO) and hardware tokens; root has none.
 */
#include "control/iam/mfa.h"

#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/iam/totp.h"
#include "control/services/iam/owned.h"
#include "control/services/iam/qr.h"

enum { BASE32 = 8 * ((MFA_SEED + 4) / 5) + 1, DEVICES_PER_USER = 8 };

static const struct err_kind bad_code = { "InvalidAuthenticationCode", 403 };

/* CreateVirtualMFADevice */

static const char *
picture(struct call *c, const char *name, const char *seed)
{
	struct buf *png = buf_new(c->arena, 0);
	const char *text = arena_printf(c->arena,
	    "otpauth://totp/Amazon%%20Web%%20Services:%s@%s?secret=%s&issuer=Amazon%%20Web%%20"
	    "Services",
	    name, c->account, seed);

	return qr_png(text, png) == 0 ? base64_encode(c->arena, png->data, png->len) :
					NULL;
}

static int
create_device(struct call *c)
{
	const char *name = in_str(c, "VirtualMFADeviceName"), *png, *text;
	const char *path = in_str(c, "Path") != NULL ? in_str(c, "Path") : "/";
	unsigned char seed[MFA_SEED];
	char hex[2 * MFA_SEED + 1], base32[BASE32], *arn;
	json_t *doc, *old, *out;
	int rc;

	arn = call_arn(c, arena_printf(c->arena, "mfa%s%s", path, name));
	if (iam_permit(c, arn) < 0)
		return -1;
	rc = store_get(c->txn, c->scope, MFA_KIND, arn, &old, &c->err);
	if (rc != 0)
		return rc < 0 ? -1 :
				err_set(&c->err, &iam_exists,
				    "MFADevice entity at the same path and name already "
				    "exists.");
	random_bytes(seed, sizeof(seed));
	hex_encode(seed, sizeof(seed), hex);
	base32_encode(seed, sizeof(seed), base32);
	doc = json_own(c->arena,
	    json_make("{s:s, s:s, s:s, s:s}", "SerialNumber", arn, "Arn", arn, "Path",
		path, "_seed", hex));
	json_set(doc, "CreateDate", call_now(c));
	if (in_list(c, "Tags") != NULL && iam_merge_tags(c, doc) < 0)
		return -1;
	iam_put(c, &iam_virtual_mfa, doc);
	png = picture(c, name, base32);
	/* The blob is the text itself, as base 32. */
	text = base64_encode(c->arena, base32, strlen(base32));
	out = json_make("{s:s, s:s}", "SerialNumber", arn, "Base32StringSeed", text);
	json_set_str(out, "QRCodePNG", png);
	if (json_get(doc, "Tags") != NULL)
		json_set(out, "Tags", json_incref(json_get(doc, "Tags")));
	out_set(c, "VirtualMFADevice", out);
	return 0;
}

static int
delete_device(struct call *c)
{
	const char *serial = in_str(c, "SerialNumber");
	json_t *doc;

	if (iam_get(c, &iam_virtual_mfa, serial, &doc) < 0)
		return -1;
	if (json_get(doc, "UserName") != NULL)
		return err_set(&c->err, &iam_conflict,
		    "MFA device is associated with a user. Deactivate the device first.");
	store_delete(c->txn, c->scope, MFA_KIND, serial);
	return 0;
}

/* Users' */

/* The user, and the device as a copy to write. */
static int
user_and_device(struct call *c, const char **ret_user, json_t **ret)
{
	const char *serial = in_str(c, "SerialNumber");
	json_t *user;
	int rc;

	if (iam_user_name(c, ret_user) < 0 || iam_get(c, &iam_user, *ret_user, &user) < 0)
		return -1;
	rc = store_edit(c->txn, c->scope, MFA_KIND, serial, ret, &c->err);
	if (rc == 0)
		return err_set(&c->err, &iam_no_such,
		    "VirtualMFADevice with serial number %s doesn't exist.", serial);
	return rc < 0 ? -1 : 0;
}

/* The same of a device that is the user's. */
static int
own_device(struct call *c, json_t **ret)
{
	const char *user;

	if (user_and_device(c, &user, ret) < 0)
		return -1;
	if (strcmp(json_str_or(*ret, "UserName", ""), user) == 0)
		return 0;
	return err_set(&c->err, &iam_no_such,
	    "Device with serial number %s cannot be found for user %s.",
	    in_str(c, "SerialNumber"), user);
}

static int
take_codes(struct call *c, json_t *device)
{
	if (mfa_sync(device, in_str(c, "AuthenticationCode1"),
		in_str(c, "AuthenticationCode2"), c->now_ms))
		return 0;
	return err_set(&c->err, &bad_code,
	    "Authentication code for device is not valid.");
}

static int
enable_device(struct call *c)
{
	const char *user, *owner;
	json_t *device;
	int n;

	if (user_and_device(c, &user, &device) < 0)
		return -1;
	owner = json_str(device, "UserName");
	if (owner != NULL)
		return err_set(&c->err, &iam_exists, "MFA Device is already in use.");
	n = iam_owned_of(c, &iam_mfa_device, user, NULL);
	if (n < 0)
		return -1;
	if (n >= DEVICES_PER_USER)
		return err_set(&c->err, &iam_limit,
		    "Cannot exceed quota for MFADevicesPerUser: %d", DEVICES_PER_USER);
	if (take_codes(c, device) < 0)
		return -1;
	json_set_str(device, "UserName", user);
	json_set(device, "EnableDate", call_now(c));
	iam_put(c, &iam_virtual_mfa, device);
	return 0;
}

static int
resync_device(struct call *c)
{
	json_t *device;

	if (own_device(c, &device) < 0 || take_codes(c, device) < 0)
		return -1;
	iam_put(c, &iam_virtual_mfa, device);
	return 0;
}

static int
deactivate_device(struct call *c)
{
	json_t *device;

	if (own_device(c, &device) < 0)
		return -1;
	json_del(device, "UserName");
	json_del(device, "EnableDate");
	json_del(device, "_drift");
	iam_put(c, &iam_virtual_mfa, device);
	return 0;
}

static json_t *
row_of(const json_t *device)
{
	json_t *row =
	    json_make("{s:s}", "SerialNumber", json_str(device, "SerialNumber"));

	json_set_str(row, "UserName", json_str(device, "UserName"));
	if (json_get(device, "EnableDate") != NULL)
		json_set(row, "EnableDate", json_incref(json_get(device, "EnableDate")));
	return row;
}

static int
get_device(struct call *c)
{
	json_t *device, *row;

	if (iam_get(c, &iam_virtual_mfa, in_str(c, "SerialNumber"), &device) < 0)
		return -1;
	if (in_str(c, "UserName") != NULL && own_device(c, &device) < 0)
		return -1;
	row = json_own(c->arena, row_of(device));
	out_str(c, "SerialNumber", json_str(row, "SerialNumber"));
	if (json_get(row, "UserName") != NULL)
		out_ref(c, "UserName", json_get(row, "UserName"));
	if (json_get(row, "EnableDate") != NULL)
		out_ref(c, "EnableDate", json_get(row, "EnableDate"));
	return 0;
}

/* ListMFADevices: those of a user */

static int
list_devices(struct call *c)
{
	json_t *docs = json_own(c->arena, json_new_array());
	json_t *rows = json_own(c->arena, json_new_array()), *user;
	const char *name;
	const json_t *doc;
	size_t i;

	if (iam_user_name(c, &name) < 0 || iam_get(c, &iam_user, name, &user) < 0 ||
	    iam_owned_of(c, &iam_mfa_device, name, docs) < 0)
		return -1;
	json_array_foreach(docs, i, doc)
		json_add(rows, row_of(doc));
	return iam_page(c, rows, "MFADevices", "SerialNumber");
}

/* ListVirtualMFADevices: with their users, without their seeds */

static int
add_virtual(struct call *c, json_t *rows, const json_t *device)
{
	const char *name = json_str(device, "UserName");
	json_t *row = json_own(c->arena, row_of(device)), *user = NULL;

	json_del(row, "UserName");
	if (name != NULL && iam_find(c, &iam_user, name, &user) < 0)
		return -1;
	if (user != NULL)
		json_set(row, "User", iam_show(c, &iam_user, user, 0));
	json_add(rows, json_incref(row));
	return 0;
}

static int
list_virtual(struct call *c)
{
	const char *which = in_str(c, "AssignmentStatus");
	json_t *rows = json_own(c->arena, json_new_array());
	struct store_docs docs;

	if (iam_permit(c, "*") < 0 ||
	    store_list(c->txn, c->scope, MFA_KIND, &docs, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		int is_assigned = json_get(docs.doc[i], "UserName") != NULL;

		if (which != NULL && strcmp(which, "Any") != 0 &&
		    is_assigned != (strcmp(which, "Assigned") == 0))
			continue;
		if (add_virtual(c, rows, docs.doc[i]) < 0)
			return -1;
	}
	return iam_page(c, rows, "VirtualMFADevices", "SerialNumber");
}

static const struct op ops[] = {
	IAM("CreateVirtualMFADevice", create_device, 0,
	    "Make an MFA device for an authenticator."),
	IAM("DeactivateMFADevice", deactivate_device, 0, "Take a device from its user."),
	IAM("DeleteVirtualMFADevice", delete_device, 0,
	    "Delete an MFA device that nobody has."),
	IAM("EnableMFADevice", enable_device, 0,
	    "Give a user the device that shows these two codes."),
	IAM("GetMFADevice", get_device, OP_READ, "Show an MFA device."),
	IAM("ListMFADevices", list_devices, OP_READ, "List a user's MFA devices."),
	IAM("ListVirtualMFADevices", list_virtual, OP_READ, "List virtual MFA devices."),
	IAM("ResyncMFADevice", resync_device, 0,
	    "Follow a device whose clock is off, by two codes."),
};
const struct family iam_mfa_devices = FAMILY(ops, NULL);
