/*
 * Not emulated: s3:signatureAge, s3:TlsVersion, s3:InventoryAccessibleOptionalFields, and those of access points,
 * replication, jobs and tables.
 */
#include "control/services/s3/condition_keys.h"

#include <string.h>

#include "base/clock.h"
#include "control/services/s3/s3.h"

enum { DAY_MS = 86400 * 1000 };

/* Said by the request, in the form that policies compare. */
static const struct {
	const char *member, *key;
} said[] = {
	{ "ACL", "s3:x-amz-acl" },
	{ "CopySource", "s3:x-amz-copy-source" },
	{ "Delimiter", "s3:delimiter" },
	{ "GrantFullControl", "s3:x-amz-grant-full-control" },
	{ "GrantRead", "s3:x-amz-grant-read" },
	{ "GrantReadACP", "s3:x-amz-grant-read-acp" },
	{ "GrantWrite", "s3:x-amz-grant-write" },
	{ "GrantWriteACP", "s3:x-amz-grant-write-acp" },
	{ "IfMatch", "s3:if-match" },
	{ "IfNoneMatch", "s3:if-none-match" },
	{ "MaxKeys", "s3:max-keys" },
	{ "MetadataDirective", "s3:x-amz-metadata-directive" },
	{ "ObjectLockLegalHoldStatus", "s3:object-lock-legal-hold" },
	{ "ObjectLockMode", "s3:object-lock-mode" },
	{ "ObjectOwnership", "s3:x-amz-object-ownership" },
	{ "Prefix", "s3:prefix" },
	{ "SSECustomerAlgorithm", "s3:x-amz-server-side-encryption-customer-algorithm" },
	{ "SSEKMSKeyId", "s3:x-amz-server-side-encryption-aws-kms-key-id" },
	{ "ServerSideEncryption", "s3:x-amz-server-side-encryption" },
	{ "StorageClass", "s3:x-amz-storage-class" },
	{ "VersionId", "s3:VersionId" },
	{ "WebsiteRedirectLocation", "s3:x-amz-website-redirect-location" },
};

static void
add_said(struct call *c, json_t *keys)
{
	for (size_t i = 0; i < COUNT(said); i++) {
		const json_t *v = json_get(c->in, said[i].member);

		if (json_is_string(v))
			json_set_str(keys, said[i].key, json_string_value(v));
		else if (json_is_integer(v))
			json_set_fmt(keys, said[i].key, "%lld",
			    (long long)json_integer_value(v));
	}
	json_set_str(keys, "s3:LocationConstraint",
	    json_str(json_get(c->in, "CreateBucketConfiguration"), "LocationConstraint"));
}

/* Until when it is to be kept, and how many days that is from now. */
static void
add_retention(struct call *c, json_t *keys)
{
	const json_t *retention = json_get(c->in, "Retention");
	double until = json_num(retention, "RetainUntilDate",
	    json_num(c->in, "ObjectLockRetainUntilDate", 0));
	int64_t until_ms = (int64_t)(until * 1000);
	char text[32];

	json_set_str(keys, "s3:object-lock-mode", json_str(retention, "Mode"));
	json_set_str(keys, "s3:object-lock-legal-hold",
	    json_str(json_get(c->in, "LegalHold"), "Status"));
	if (until_ms == 0)
		return;
	clock_iso8601(until_ms, 0, text);
	json_set_str(keys, "s3:object-lock-retain-until-date", text);
	json_set_fmt(keys, "s3:object-lock-remaining-retention-days", "%lld",
	    (long long)((until_ms - c->now_ms) / DAY_MS));
}

static void
add_tags(struct call *c, json_t *keys, const char *key, const json_t *tags)
{
	const json_t *tag;
	size_t i;

	json_array_foreach(tags, i, tag)
		json_set_str(keys,
		    arena_printf(c->arena, "%s/%s", key, json_str_or(tag, "Key", "")),
		    json_str_or(tag, "Value", ""));
}

/* Tags that the object is to have: of a header or a document. */
static void
add_request_tags(struct call *c, json_t *keys, const char *key)
{
	const json_t *given = json_get(c->in, "Tagging"), *tag;
	json_t *tags = json_get(given, "TagSet"), *names = json_new_array();
	struct err was = c->err;
	size_t i;

	if (json_is_string(given) &&
	    s3_read_tags(c, json_string_value(given), &tags) < 0) {
		c->err = was; /* the handler says so */
		tags = NULL;
	}
	if (key != NULL)
		add_tags(c, keys, "s3:RequestObjectTag", tags);
	json_array_foreach(tags, i, tag)
		json_add_str(names, json_str_or(tag, "Key", ""));
	if (key != NULL && json_array_size(names) > 0)
		json_set(keys, "s3:RequestObjectTagKeys", json_incref(names));
	json_decref(names);
}

/* Whose policies may ask for the tags that an object has. */
static int
asks_for_tags(const char *action)
{
	static const char *const actions[] = { "s3:BypassGovernanceRetention",
		"s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging", "s3:GetObject",
		"s3:GetObjectAcl", "s3:GetObjectAttributes", "s3:GetObjectTagging",
		"s3:GetObjectVersion", "s3:GetObjectVersionAcl",
		"s3:GetObjectVersionAttributes", "s3:GetObjectVersionTagging",
		"s3:PutObjectAcl", "s3:PutObjectTagging", "s3:PutObjectVersionAcl",
		"s3:PutObjectVersionTagging", "s3:RestoreObject" };

	for (size_t i = 0; i < COUNT(actions); i++) {
		if (strcmp(actions[i], action) == 0)
			return 1;
	}
	return 0;
}

static int
add_object_tags(struct call *c, const json_t *bucket, const char *key,
    const char *version, json_t *keys)
{
	json_t *doc;
	int rc = s3_look(c, bucket, key, version, &doc);

	if (rc > 0)
		add_tags(c, keys, "s3:ExistingObjectTag", json_get(doc, "_tags"));
	return rc < 0 ? -1 : 0;
}

int
s3_condition_keys(struct call *c, const json_t *bucket, const char *key,
    const char *version, const char *action, json_t **ret)
{
	json_t *keys = json_own(c->arena, json_new_object());

	*ret = keys;
	add_said(c, keys);
	add_retention(c, keys);
	add_request_tags(c, keys, key);
	json_set_str(keys, "s3:authType", c->auth_type);
	if (c->auth_type != NULL)
		json_set_str(keys, "s3:signatureversion", "AWS4-HMAC-SHA256");
	json_set_str(keys, "s3:ResourceAccount", json_str(bucket, "_owner"));
	return bucket != NULL && key != NULL && asks_for_tags(action) ?
	    add_object_tags(c, bucket, key, version, keys) :
	    0;
}
