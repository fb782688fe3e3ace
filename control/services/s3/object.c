/* What is said of objects, and PutObject. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/enc.h"
#include "control/services/s3/grants.h"
#include "control/services/s3/s3.h"

static const struct err_kind invalid_digest = { "InvalidDigest", 400 };

static const struct err_kind bad_digest = { "BadDigest", 400 };
static const struct err_kind large_metadata = { "MetadataTooLarge", 400 };
static const struct err_kind bad_class = { "InvalidStorageClass", 400 };
static const struct err_kind unsupported = { "NotImplemented", 501 };

enum { MAX_METADATA = 2048 };

/* Members that come in and go out under the same name. */
static const char *const said[] = { "CacheControl", "ContentDisposition",
	"ContentEncoding", "ContentLanguage", "ContentType", "Expires", "Metadata",
	"StorageClass", "WebsiteRedirectLocation", "ServerSideEncryption", "SSEKMSKeyId",
	"SSEKMSEncryptionContext", "BucketKeyEnabled", "SSECustomerAlgorithm",
	"SSECustomerKeyMD5" };

/* And those that are only shown. */
static const char *const shown[] = { "ObjectLockMode", "ObjectLockRetainUntilDate",
	"ObjectLockLegalHoldStatus", "ReplicationStatus", "ETag", "ChecksumCRC32",
	"ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256",
	"ChecksumSHA512", "ChecksumMD5", "ChecksumType" };

static int
has_output(const struct call *c, const char *name)
{
	return model_member(c->model, model_op_output(c->shape), name) != MODEL_NONE;
}

void
s3_show_said(struct call *c, const json_t *doc)
{
	const char *version = json_str_or(doc, "VersionId", "null");

	for (size_t i = 0; i < COUNT(said); i++) {
		json_t *v = json_get(doc, said[i]);

		if (v == NULL || !has_output(c, said[i]) ||
		    (strcmp(said[i], "StorageClass") == 0 &&
			strcmp(json_string_value(v), "STANDARD") == 0))
			continue;
		out_ref(c, said[i], v);
	}
	for (size_t i = 0; i < COUNT(shown); i++) {
		if (json_get(doc, shown[i]) != NULL && has_output(c, shown[i]))
			out_ref(c, shown[i], json_get(doc, shown[i]));
	}
	if (has_output(c, "VersionId") && strcmp(version, "null") != 0)
		out_str(c, "VersionId", version);
}

void
s3_take_checksum(json_t *doc, enum checksum_kind kind, const char *base64,
    const char *type)
{
	char name[32];

	snprintf(name, sizeof(name), "Checksum%s", checksum_name(kind));
	json_set_str(doc, name, base64);
	json_set_str(doc, "ChecksumType", type);
}

/* Said */

static int
check_metadata(struct call *c, const json_t *metadata)
{
	size_t n = 0;
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)metadata, key, v)
		n += strlen(key) + json_string_length(v);
	if (n <= MAX_METADATA)
		return 0;
	c->detail = json_own(c->arena,
	    json_make("{s:I, s:i}", "Size", (json_int_t)n, "MaxSizeAllowed",
		MAX_METADATA));
	return err_set(&c->err, &large_metadata,
	    "Your metadata headers exceed the maximum allowed metadata size");
}

int
s3_read_tags(struct call *c, const char *text, json_t **ret)
{
	json_t *tags = json_own(c->arena, json_new_array());

	*ret = tags;

	while (*text != '\0') {
		size_t n = strcspn(text, "&"), k = strcspn(text, "=&"), key_len = k;
		char *key = arena_strndup(c->arena, text, k), *value;
		size_t value_len = k < n ? n - k - 1 : 0;

		value = arena_strndup(c->arena, k < n ? text + k + 1 : "", value_len);
		if (!percent_decode(key, &key_len, 1) ||
		    !percent_decode(value, &value_len, 1) || key_len == 0 ||
		    !utf8_is_valid(key, key_len) || !utf8_is_valid(value, value_len) ||
		    strlen(key) != key_len || strlen(value) != value_len)
			return err_set(&c->err, &s3_bad_argument,
			    "The header 'x-amz-tagging' shall be encoded as UTF-8 then "
			    "URLEncoded URL query parameters without tag name duplicates.");
		json_add(tags, json_make("{s:s, s:s}", "Key", key, "Value", value));
		text += n + (text[n] == '&');
	}
	return 0;
}

static int
take_tags(struct call *c, const char *text, json_t *doc)
{
	json_t *tags;

	if (s3_read_tags(c, text, &tags) < 0 ||
	    s3_check_tags(c, tags, S3_OBJECT_TAGS, "Object") < 0)
		return -1;
	json_set(doc, "_tags", json_incref(tags));
	return 0;
}

/* The customer's key: its MD5 is kept, which is what S3 shows. */
static int
take_customer_key(struct call *c, const char *prefix, const char **ret_md5)
{
	const char *key =
	    json_str(c->in, arena_printf(c->arena, "%sSSECustomerKey", prefix));
	const char *md5 =
	    json_str(c->in, arena_printf(c->arena, "%sSSECustomerKeyMD5", prefix));
	const char *name =
	    json_str(c->in, arena_printf(c->arena, "%sSSECustomerAlgorithm", prefix));
	unsigned char *bytes, digest[CHECKSUM_MAX];
	struct checksum *sum;
	size_t n;

	*ret_md5 = NULL;
	if (key == NULL && md5 == NULL && name == NULL)
		return 0;
	if (name == NULL || strcmp(name, "AES256") != 0)
		return err_set(&c->err, &s3_bad_argument,
		    "Requests specifying Server Side Encryption with Customer provided keys must "
		    "provide a valid encryption algorithm.");
	if (key == NULL || !base64_decode(c->arena, key, strlen(key), &bytes, &n) ||
	    n != 32)
		return err_set(&c->err, &s3_bad_argument,
		    "The secret key was invalid for the specified algorithm.");
	sum = checksum_new(c->arena, CHECKSUM_MD5);
	checksum_add(sum, bytes, n);
	n = checksum_end(sum, digest);
	*ret_md5 = base64_encode(c->arena, digest, n);
	if (md5 != NULL && strcmp(md5, *ret_md5) != 0)
		return err_set(&c->err, &s3_bad_argument,
		    "The calculated MD5 hash of the key did not match the hash that was "
		    "provided.");
	return 0;
}

int
s3_check_customer_key(struct call *c, const json_t *doc, const char *prefix)
{
	const char *own = json_str(doc, "SSECustomerKeyMD5"), *given;

	if (take_customer_key(c, prefix, &given) < 0)
		return -1;
	if (own == NULL && given != NULL)
		return err_set(&c->err, &s3_bad_request,
		    "The encryption parameters are not applicable to this object.");
	if (own != NULL && given == NULL)
		return err_set(&c->err, &s3_bad_request,
		    "The object was stored using a form of Server Side Encryption. The correct "
		    "parameters must be provided to retrieve the object.");
	if (own != NULL && strcmp(own, given) != 0)
		return err_set(&c->err, &s3_denied, "Access Denied");
	return 0;
}

/* What the bucket says for objects that say nothing. */
static void
take_default(const json_t *bucket, json_t *doc)
{
	const json_t *rule =
			 json_array_get(json_path(bucket,
					    "ServerSideEncryptionConfiguration.Rules"),
			     0),
		     *by = json_get(rule, "ApplyServerSideEncryptionByDefault");
	const char *algorithm = json_str_or(by, "SSEAlgorithm", "AES256");

	json_set_str(doc, "ServerSideEncryption", algorithm);
	if (strcmp(algorithm, "AES256") == 0)
		return;
	json_set_str(doc, "SSEKMSKeyId", json_str(by, "KMSMasterKeyID"));
	if (json_bool(rule, "BucketKeyEnabled", 0))
		json_set_bool(doc, "BucketKeyEnabled", 1);
}

static int
take_encryption(struct call *c, const json_t *bucket, json_t *doc)
{
	const char *md5;

	if (take_customer_key(c, "", &md5) < 0)
		return -1;
	if (md5 != NULL) {
		json_set_str(doc, "SSECustomerKeyMD5", md5);
		return 0;
	}
	if (json_get(doc, "ServerSideEncryption") == NULL &&
	    json_str(doc, "SSEKMSKeyId") != NULL)
		json_set_str(doc, "ServerSideEncryption", "aws:kms");
	if (json_get(doc, "ServerSideEncryption") == NULL)
		take_default(bucket, doc);
	if (json_str(doc, "SSEKMSKeyId") != NULL &&
	    strncmp(json_str(doc, "ServerSideEncryption"), "aws:kms", 7) != 0)
		return err_set(&c->err, &s3_bad_argument,
		    "Server Side Encryption with AWS KMS managed key requires HTTP header "
		    "x-amz-server-side-encryption : aws:kms");
	return 0;
}

/* What is not stored here is refused, not forgotten. */
static int
refuse(struct call *c)
{
	static const char *const not_yet[] = { "ObjectLockEventHold",
		"WriteOffsetBytes" };

	for (size_t i = 0; i < COUNT(not_yet); i++) {
		if (json_get(c->in, not_yet[i]) != NULL)
			return err_set(&c->err, &unsupported,
			    "The parameter %s is not implemented.", not_yet[i]);
	}
	return 0;
}

int
s3_take_said(struct call *c, const json_t *bucket, json_t *doc)
{
	static const char *const classes[] = { "STANDARD", "REDUCED_REDUNDANCY",
		"STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER",
		"DEEP_ARCHIVE", "GLACIER_IR" };
	const char *class = json_str_or(c->in, "StorageClass", "STANDARD");
	const char *tags = json_str(c->in, "Tagging");
	size_t i = 0;

	if (refuse(c) < 0)
		return -1;
	for (size_t k = 0; k < COUNT(said); k++) {
		json_t *v = json_get(c->in, said[k]);

		if (v != NULL)
			json_set(doc, said[k], json_incref(v));
	}
	while (i < COUNT(classes) && strcmp(classes[i], class) != 0)
		i++;
	if (i == COUNT(classes))
		return err_set(&c->err, &bad_class,
		    "The storage class you specified is not valid");
	json_set_str(doc, "StorageClass", class);
	if (json_get(doc, "ContentType") == NULL)
		json_set_str(doc, "ContentType", "binary/octet-stream");
	if (check_metadata(c, json_get(doc, "Metadata")) < 0 ||
	    take_encryption(c, bucket, doc) < 0 ||
	    s3_grants_take(c, bucket, in_str(c, "Key"), doc) < 0 ||
	    s3_take_lock(c, bucket, in_str(c, "Key"), doc) < 0)
		return -1;
	return tags != NULL ? take_tags(c, tags, doc) : 0;
}

/* Conditions */

int
s3_etag_matches(const char *header, const char *etag)
{
	size_t n = strlen(etag);

	if (strcmp(header, "*") == 0)
		return 1;
	for (const char *p = header; *p != '\0';) {
		size_t k;

		p += strspn(p, " ,");
		if (strncmp(p, "W/", 2) == 0)
			p += 2;
		k = strcspn(p, ",");
		while (k > 0 && p[k - 1] == ' ')
			k--;
		if ((k == n && strncmp(p, etag, n) == 0) ||
		    (k + 2 == n && strncmp(p, etag + 1, k) == 0))
			return 1;
		p += strcspn(p, ",");
	}
	return 0;
}

static int
not_met(struct call *c, const char *condition)
{
	c->detail = json_own(c->arena, json_make("{s:s}", "Condition", condition));
	return err_set(&c->err, &s3_precondition,
	    "At least one of the pre-conditions you specified did not hold");
}

int
s3_write_conditions(struct call *c, const json_t *bucket, const char *key)
{
	const char *match = in_str(c, "IfMatch"), *none = in_str(c, "IfNoneMatch");
	json_t *old;
	int there;

	if (match == NULL && none == NULL)
		return 0;
	if (none != NULL && strcmp(none, "*") != 0)
		return err_set(&c->err, &unsupported,
		    "A header you provided implies functionality that is not implemented");
	there = s3_current(c, bucket, key, &old);
	if (there < 0)
		return -1;
	there = there && !json_bool(old, "DeleteMarker", 0);
	if (none != NULL && there)
		return not_met(c, "If-None-Match");
	if (match != NULL && !there)
		return err_set(&c->err, &s3_no_key, "The specified key does not exist.");
	if (match != NULL && !s3_etag_matches(match, json_str_or(old, "ETag", "")))
		return not_met(c, "If-Match");
	return 0;
}

/* PutObject */

static int
check_said_sum(struct call *c)
{
	const char *md5 = in_str(c, "ContentMD5");
	unsigned char *bytes;
	char hex[33];
	size_t n;

	if (md5 == NULL)
		return 0;
	if (!base64_decode(c->arena, md5, strlen(md5), &bytes, &n) || n != 16)
		return err_set(&c->err, &invalid_digest,
		    "The Content-MD5 you specified was invalid.");
	hex_encode(bytes, n, hex);
	if (strcmp(hex, c->body->md5) == 0)
		return 0;
	return err_set(&c->err, &bad_digest,
	    "The Content-MD5 you specified did not match what we received.");
}

/* All that can be said without the body. */
static int
prepare(struct call *c, json_t **ret_bucket, json_t *doc)
{
	const char *key = in_str(c, "Key");

	if (s3_bucket_get(c, in_str(c, "Bucket"), key, "s3:PutObject", ret_bucket) < 0 ||
	    (in_has(c, "Tagging") &&
		s3_permit(c, *ret_bucket, key, "s3:PutObjectTagging") < 0) ||
	    s3_check_key(c, key) < 0 || s3_write_conditions(c, *ret_bucket, key) < 0)
		return -1;
	return s3_take_said(c, *ret_bucket, doc);
}

static int
admit_object(struct call *c)
{
	json_t *bucket;

	return prepare(c, &bucket, json_own(c->arena, json_new_object()));
}

static int
put_object(struct call *c)
{
	json_t *bucket, *doc;

	doc = json_own(c->arena, json_make("{s:s}", "Key", in_str(c, "Key")));
	if (prepare(c, &bucket, doc) < 0 || check_said_sum(c) < 0)
		return -1;
	json_set_fmt(doc, "ETag", "\"%s\"", c->body->md5);
	json_set_int(doc, "Size", c->body->size);
	s3_take_checksum(doc, c->body->kind, c->body->checksum, "FULL_OBJECT");
	json_set(doc, "_blobs",
	    json_make("[{s:s, s:I}]", "id", c->body->blob, "size",
		(json_int_t)c->body->size));
	if (s3_put_version(c, bucket, doc) < 0)
		return -1;
	call_blob_use(c, c->body->blob);
	s3_show_said(c, doc);
	s3_show_expiration(c, bucket, doc);
	return 0;
}

static const struct op ops[] = {
	S3_BODY("PutObject", put_object, admit_object, "Store an object."),
};

const struct family s3_objects = FAMILY(ops, NULL);
