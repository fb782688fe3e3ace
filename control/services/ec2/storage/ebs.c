/*
 * EC2: encryption by default, its key, and block public access, of a region.
 *
 * Nothing is encrypted on disk here; volumes, snapshots and images only say so.  Not emulated:
 * whether a key exists, since it may be another account's.
 */
#include "control/services/ec2/storage/ebs.h"

#include <string.h>

#include "base/enc.h"
#include "control/services/ec2/ec2.h"

#define KIND	    "ec2:ebs-settings"
#define ID	    "settings"
#define DEFAULT_KEY "alias/aws/ebs"
#define UNBLOCKED   "unblocked"

static const struct err_kind dependency = { "InvalidParameterDependency", 400 };

static const char
    *const access_member[] = { [EBS_SNAPSHOTS] = "snapshots", [EBS_IMAGES] = "images" };

/* The settings, to read: NULL and 0 when nothing was ever set. */
static int
settings(struct call *c, json_t **ret)
{
	int rc = store_get(c->txn, c->scope, KIND, ID, ret, &c->err);

	if (rc == 0)
		*ret = NULL;
	return rc < 0 ? -1 : 0;
}

static int
settings_set(struct call *c, const char *member, json_t *v)
{
	json_t *doc;
	int rc;

	json_own(c->arena, v);
	rc = store_edit(c->txn, c->scope, KIND, ID, &doc, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		doc = json_own(c->arena, json_make("{s:s}", "Name", ID));
	json_set(doc, member, json_incref(v));
	store_put(c->txn, c->scope, KIND, ID, doc);
	return 0;
}

/* A key's id or alias as the ARN that volumes show. */
static const char *
key_arn(const struct call *c, const char *key)
{
	const char *what = strncmp(key, "alias/", 6) == 0 ? "" : "key/";
	unsigned char *seed;
	char hash[65];
	size_t n;

	if (strncmp(key, "arn:", 4) == 0)
		return key;
	if (strcmp(key, DEFAULT_KEY) == 0) {
		/* AWS's own key of the account's region: the same each time. */
		seed = (unsigned char *)arena_printf(c->arena, "%s/%s/%s", c->account,
		    c->region, key);
		n = strlen((char *)seed);
		sha256_hex(seed, n, hash);
		return arena_printf(c->arena,
		    "arn:aws:kms:%s:%s:key/%.8s-%.4s-4%.3s-a%.3s-%.12s", c->region,
		    c->account, hash, hash + 8, hash + 12, hash + 15, hash + 18);
	}
	return arena_printf(c->arena, "arn:aws:kms:%s:%s:%s%s", c->region, c->account,
	    what, key);
}

int
ebs_key(struct call *c, const char *named, int *encrypted, const char **key)
{
	json_t *doc;

	if (settings(c, &doc) < 0)
		return -1;
	*encrypted = *encrypted || json_bool(doc, "encrypts", 0);
	if (named != NULL && !*encrypted)
		return err_set(&c->err, &dependency,
		    "The parameter [KmsKeyId] requires the parameter Encrypted to be set.");
	*key = NULL;
	if (*encrypted)
		*key = key_arn(c,
		    named != NULL ? named : json_str_or(doc, "key", DEFAULT_KEY));
	return 0;
}

static int
access_of(struct call *c, enum ebs_public what, const char **ret)
{
	json_t *doc;

	if (settings(c, &doc) < 0)
		return -1;
	*ret = json_str_or(doc, access_member[what],
	    what == EBS_IMAGES ? "block-new-sharing" : UNBLOCKED);
	return 0;
}

int
ebs_blocks_public(struct call *c, enum ebs_public what)
{
	const char *state;

	return access_of(c, what, &state) < 0 ? -1 : strcmp(state, UNBLOCKED) != 0;
}

int
ebs_hides_public(struct call *c, const char *account)
{
	const char *scope = arena_printf(c->arena, "%s:%s", account, c->region);
	json_t *doc = NULL;
	int rc = store_get(c->txn, scope, KIND, ID, &doc, &c->err);

	return rc <= 0 ? rc :
			 strcmp(json_str_or(doc, access_member[EBS_SNAPSHOTS], UNBLOCKED),
			     "block-all-sharing") == 0;
}

/* Encryption by default */

static int
get_encryption(struct call *c)
{
	json_t *doc;
	int on;

	if (settings(c, &doc) < 0)
		return -1;
	on = json_bool(doc, "encrypts", 0);
	out_bool(c, "EbsEncryptionByDefault", on);
	out_str(c, "SseType", on ? "sse-kms" : "none");
	return 0;
}

static int
set_encryption(struct call *c, int on)
{
	if (settings_set(c, "encrypts", on ? json_true() : json_false()) < 0)
		return -1;
	out_bool(c, "EbsEncryptionByDefault", on);
	return 0;
}

static int
enable_encryption(struct call *c)
{
	return set_encryption(c, 1);
}

static int
disable_encryption(struct call *c)
{
	return set_encryption(c, 0);
}

/* Its key */

static int
get_key(struct call *c)
{
	json_t *doc;

	if (settings(c, &doc) < 0)
		return -1;
	out_str(c, "KmsKeyId", json_str_or(doc, "key", DEFAULT_KEY));
	return 0;
}

static int
modify_key(struct call *c)
{
	const char *key = in_str(c, "KmsKeyId");

	if (strcmp(key, DEFAULT_KEY) != 0)
		key = key_arn(c, key);
	if (settings_set(c, "key", json_new_str(key)) < 0)
		return -1;
	out_str(c, "KmsKeyId", key);
	return 0;
}

static int
reset_key(struct call *c)
{
	if (settings_set(c, "key", json_new_str(DEFAULT_KEY)) < 0)
		return -1;
	out_str(c, "KmsKeyId", DEFAULT_KEY);
	return 0;
}

/* Block public access */

static int
get_access(struct call *c, enum ebs_public what, const char *member)
{
	const char *state;

	if (access_of(c, what, &state) < 0)
		return -1;
	out_str(c, member, state);
	out_str(c, "ManagedBy", "account");
	return 0;
}

static int
set_access(struct call *c, enum ebs_public what, const char *member, const char *state)
{
	if (settings_set(c, access_member[what], json_new_str(state)) < 0)
		return -1;
	out_str(c, member, state);
	return 0;
}

static int
get_snapshot_access(struct call *c)
{
	return get_access(c, EBS_SNAPSHOTS, "State");
}

static int
enable_snapshot_access(struct call *c)
{
	const char *state = in_str(c, "State");

	if (strcmp(state, UNBLOCKED) == 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter State is invalid. Use "
		    "DisableSnapshotBlockPublicAccess.",
		    state);
	return set_access(c, EBS_SNAPSHOTS, "State", state);
}

static int
disable_snapshot_access(struct call *c)
{
	return set_access(c, EBS_SNAPSHOTS, "State", UNBLOCKED);
}

static int
get_image_access(struct call *c)
{
	return get_access(c, EBS_IMAGES, "ImageBlockPublicAccessState");
}

static int
enable_image_access(struct call *c)
{
	return set_access(c, EBS_IMAGES, "ImageBlockPublicAccessState",
	    in_str(c, "ImageBlockPublicAccessState"));
}

static int
disable_image_access(struct call *c)
{
	return set_access(c, EBS_IMAGES, "ImageBlockPublicAccessState", UNBLOCKED);
}

static const struct op ops[] = {
	OP("DisableEbsEncryptionByDefault", disable_encryption, 0,
	    "Encrypt new volumes only when asked to."),
	OP("DisableImageBlockPublicAccess", disable_image_access, 0,
	    "Let images be made public."),
	OP("DisableSnapshotBlockPublicAccess", disable_snapshot_access, 0,
	    "Let snapshots be made public."),
	OP("EnableEbsEncryptionByDefault", enable_encryption, 0,
	    "Let all new volumes be encrypted ones."),
	OP("EnableImageBlockPublicAccess", enable_image_access, 0,
	    "Let no image be made public."),
	OP("EnableSnapshotBlockPublicAccess", enable_snapshot_access, 0,
	    "Let no snapshot be made public."),
	OP("GetEbsDefaultKmsKeyId", get_key, OP_READ,
	    "Show the key of encryption by default."),
	OP("GetEbsEncryptionByDefault", get_encryption, OP_READ,
	    "Show whether new volumes are encrypted."),
	OP("GetImageBlockPublicAccessState", get_image_access, OP_READ,
	    "Show whether images can be made public."),
	OP("GetSnapshotBlockPublicAccessState", get_snapshot_access, OP_READ,
	    "Show whether snapshots can be made public."),
	OP("ModifyEbsDefaultKmsKeyId", modify_key, 0,
	    "Set the key of encryption by default."),
	OP("ResetEbsDefaultKmsKeyId", reset_key, 0,
	    "Encrypt by default with AWS's own key again."),
};
const struct family ec2_ebs_settings = FAMILY(ops, NULL);
