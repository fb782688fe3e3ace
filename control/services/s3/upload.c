/* Uploads in parts. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/enc.h"
#include "control/services/s3/copy.h"
#include "control/services/s3/upload.h"

static const struct err_kind not_implemented = { "NotImplemented", 501 };

static const struct err_kind bad_part = { "InvalidPart", 400 };
static const struct err_kind bad_order = { "InvalidPartOrder", 400 };
static const struct err_kind too_small = { "EntityTooSmall", 400 };
static const struct err_kind bad_digest = { "BadDigest", 400 };

enum { UPLOAD_LEN = 64, PART_SIZE = 64 << 10 };

static const int64_t min_part = INT64_C(5) << 20;

static char *
upload_id(struct call *c, const json_t *bucket, const char *key, const char *upload)
{
	return arena_printf(c->arena, "%s\1%s", s3_object_id(c, bucket, key), upload);
}

int
s3_upload_need(struct call *c, const char *action, json_t **ret_bucket, json_t **ret)
{
	const char *key = in_str(c, "Key");
	int rc;

	if (s3_bucket_get(c, in_str(c, "Bucket"), key, action, ret_bucket) < 0)
		return -1;
	rc = store_get(c->txn, s3_scope(c, *ret_bucket), S3_UPLOAD,
	    upload_id(c, *ret_bucket, key, in_str(c, "UploadId")), ret, &c->err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	c->detail =
	    json_own(c->arena, json_make("{s:s}", "UploadId", in_str(c, "UploadId")));
	return err_set(&c->err, &s3_no_upload,
	    "The specified upload does not exist. The upload ID may be invalid, or the upload "
	    "may have been aborted or completed.");
}

/* CreateMultipartUpload */

static int
choose_checksum(struct call *c, json_t *doc)
{
	const char *name = in_str(c, "ChecksumAlgorithm"),
		   *type = in_str(c, "ChecksumType");
	int is_crc64 = name != NULL && strcmp(name, "CRC64NVME") == 0;
	int is_sha = name != NULL && strncmp(name, "SHA", 3) == 0;

	if (name == NULL) {
		if (type != NULL)
			return err_set(&c->err, &s3_bad_request,
			    "The x-amz-checksum-type header can only be used with the "
			    "x-amz-checksum-algorithm header.");
		return 0;
	}
	if (checksum_find(name) == CHECKSUM_KINDS)
		return err_set(&c->err, &not_implemented,
		    "The checksum algorithm %s is not implemented.", name);
	if (type == NULL)
		type = is_crc64 ? "FULL_OBJECT" : "COMPOSITE";
	if ((is_crc64 && strcmp(type, "COMPOSITE") == 0) ||
	    (is_sha && strcmp(type, "FULL_OBJECT") == 0))
		return err_set(&c->err, &s3_bad_request,
		    "The %s checksum type cannot be used with the %s checksum algorithm.",
		    type, name);
	json_set_str(doc, "ChecksumAlgorithm", name);
	json_set_str(doc, "ChecksumType", type);
	out_str(c, "ChecksumAlgorithm", name);
	out_str(c, "ChecksumType", type);
	return 0;
}

static int
create_upload(struct call *c)
{
	const char *key = in_str(c, "Key"), *id = s3_random(c->arena, UPLOAD_LEN);
	json_t *bucket, *said = json_own(c->arena, json_make("{s:s}", "Key", key)), *doc;

	if (s3_bucket_get(c, in_str(c, "Bucket"), key, "s3:PutObject", &bucket) < 0 ||
	    s3_check_key(c, key) < 0 || s3_take_said(c, bucket, said) < 0)
		return -1;
	doc = json_own(c->arena,
	    json_make("{s:s, s:s, s:I, s:s, s:s, s:O}", "Key", key, "UploadId", id,
		"Initiated", (json_int_t)(c->now_ms / 1000), "StorageClass",
		json_str_or(said, "StorageClass", ""), "_initiator", c->account, "_said",
		said));
	if (choose_checksum(c, doc) < 0)
		return -1;
	s3_put_at(c, bucket, S3_UPLOAD, upload_id(c, bucket, key, id), doc);
	s3_show_said(c, said);
	out_str(c, "Bucket", in_str(c, "Bucket"));
	out_str(c, "Key", key);
	out_str(c, "UploadId", id);
	return 0;
}

/* UploadPart, UploadPartCopy */

static char *
part_id(struct call *c, const char *upload, int64_t number)
{
	return arena_printf(c->arena, "%s/%05lld", upload, (long long)number);
}

/* In the place of an earlier one of that number. */
static int
put_part(struct call *c, const json_t *bucket, int64_t number, json_t *part)
{
	const char *id = part_id(c, in_str(c, "UploadId"), number);
	json_t *old;
	int rc = store_get(c->txn, s3_scope(c, bucket), S3_PART, id, &old, &c->err);

	if (rc < 0)
		return -1;
	if (rc > 0)
		s3_drop_blobs(c, old);
	json_set_int(part, "PartNumber", number);
	json_set_int(part, "LastModified", c->now_ms / 1000);
	s3_put_at(c, bucket, S3_PART, id, part);
	return 0;
}

static int
check_number(struct call *c, int64_t number)
{
	if (number >= 1 && number <= S3_MAX_PARTS)
		return 0;
	return err_set(&c->err, &s3_bad_argument,
	    "Part number must be an integer between 1 and 10000, inclusive");
}

/* All that can be said without the body. */
static int
prepare(struct call *c, json_t **ret_bucket, json_t **ret_upload)
{
	if (s3_upload_need(c, "s3:PutObject", ret_bucket, ret_upload) < 0 ||
	    check_number(c, in_int(c, "PartNumber", 0)) < 0)
		return -1;
	return s3_check_customer_key(c, json_get(*ret_upload, "_said"), "");
}

static int
admit_part(struct call *c)
{
	json_t *bucket, *upload;

	return prepare(c, &bucket, &upload);
}

static int
upload_part(struct call *c)
{
	int64_t number = in_int(c, "PartNumber", 0);
	json_t *bucket, *upload, *part = json_own(c->arena, json_new_object());
	const char *algorithm;

	if (prepare(c, &bucket, &upload) < 0)
		return -1;
	algorithm = json_str(upload, "ChecksumAlgorithm");
	if (c->body->is_said && algorithm != NULL &&
	    strcmp(algorithm, checksum_name(c->body->kind)) != 0)
		return err_set(&c->err, &s3_bad_request,
		    "Checksum Type mismatch occurred, expected checksum Type: %s, actual "
		    "checksum Type: %s",
		    algorithm, checksum_name(c->body->kind));
	json_set_fmt(part, "ETag", "\"%s\"", c->body->md5);
	json_set_int(part, "Size", c->body->size);
	s3_take_checksum(part, c->body->kind, c->body->checksum, NULL);
	json_set(part, "_blobs",
	    json_make("[{s:s, s:I}]", "id", c->body->blob, "size",
		(json_int_t)c->body->size));
	if (put_part(c, bucket, number, part) < 0)
		return -1;
	call_blob_use(c, c->body->blob);
	s3_show_said(c, part);
	return 0;
}

/* MD5 and CRC64NVME of what was taken from elsewhere. */
static int
sum_blobs(struct call *c, const json_t *blobs, json_t *part)
{
	struct checksum *md5 = checksum_new(c->arena, CHECKSUM_MD5);
	struct checksum *crc = checksum_new(c->arena, CHECKSUM_CRC64NVME);
	unsigned char digest[CHECKSUM_MAX];
	char hex[2 * CHECKSUM_MAX + 1];
	char *buf = arena_alloc(c->arena, PART_SIZE);
	const json_t *blob;
	size_t i;

	json_array_foreach(blobs, i, blob) {
		ssize_t n;
		int fd,
		    rc = blob_open(c->env->blobs, json_str_or(blob, "id", ""), &fd,
			&c->err);

		if (rc <= 0)
			return rc < 0 ? -1 : call_again(c);
		while ((n = read(fd, buf, PART_SIZE)) > 0) {
			checksum_add(md5, buf, (size_t)n);
			checksum_add(crc, buf, (size_t)n);
		}
		close(fd);
	}
	hex_encode(digest, checksum_end(md5, digest), hex);
	json_set_fmt(part, "ETag", "\"%s\"", hex);
	s3_take_checksum(part, CHECKSUM_CRC64NVME, checksum_end_text(c->arena, crc),
	    NULL);
	return 0;
}

static int
upload_part_copy(struct call *c)
{
	int64_t number = in_int(c, "PartNumber", 0), first = 0, n;
	const char *range = in_str(c, "CopySourceRange");
	json_t *bucket, *upload, *blobs = NULL,
				 *part = json_own(c->arena, json_new_object());
	struct s3_source s = { .key = NULL };

	if (s3_upload_need(c, "s3:PutObject", &bucket, &upload) < 0 ||
	    check_number(c, number) < 0 || s3_source_find(c, &s) < 0)
		return -1;
	n = json_int(s.doc, "Size", 0);
	if (range != NULL && s3_range(c, range, n, &first, &n) <= 0)
		return err_set(&c->err, &s3_bad_argument,
		    "The x-amz-copy-source-range value must be of the form bytes=first-last "
		    "where first and last are the zero-based offsets of the first and last bytes "
		    "to copy");
	if (s3_source_bytes(c, &s, first, n, &blobs) < 0 || sum_blobs(c, blobs, part) < 0)
		return -1;
	json_set_int(part, "Size", n);
	json_set(part, "_blobs", json_incref(blobs));
	if (put_part(c, bucket, number, part) < 0)
		return -1;
	out_set(c, "CopyPartResult",
	    json_make("{s:O, s:O}", "ETag", json_get(part, "ETag"), "LastModified",
		json_get(part, "LastModified")));
	if (strcmp(json_str_or(s.doc, "VersionId", "null"), "null") != 0)
		out_str(c, "CopySourceVersionId", json_str(s.doc, "VersionId"));
	return 0;
}

/* CompleteMultipartUpload */

struct joining {
	json_t *blobs, *parts;
	struct checksum *md5, *composite;
	int64_t size, n;
	enum checksum_kind kind; /* CHECKSUM_KINDS: none */
	const char *member;	 /* "ChecksumCRC32" */
	uint64_t crc;		 /* of all that was joined, when it is one of the whole */
};

static uint64_t
number_of(const unsigned char *bytes, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | bytes[i];
	return v;
}

static int
join_checksum(struct call *c, struct joining *j, const json_t *part)
{
	const char *text = j->kind != CHECKSUM_KINDS ? json_str(part, j->member) : NULL;
	unsigned char *bytes;
	size_t n;

	if (text == NULL || !base64_decode(c->arena, text, strlen(text), &bytes, &n)) {
		j->kind = CHECKSUM_KINDS; /* One part lacks it, so the whole does. */
		return 0;
	}
	checksum_add(j->composite, bytes, n);
	if (n <= 8)
		j->crc = checksum_combine(j->kind, j->crc, number_of(bytes, n),
		    json_int(part, "Size", 0));
	return 0;
}

static int
join_part(struct call *c, struct joining *j, const json_t *part)
{
	const char *etag = json_str_or(part, "ETag", "");
	unsigned char md5[16];
	const json_t *blob;
	json_t *row;
	size_t i;

	if (strlen(etag) != 34 ||
	    !hex_decode(arena_strndup(c->arena, etag + 1, 32), md5, sizeof(md5)))
		return err_set(&c->err, &err_internal, "a part without an ETag");
	checksum_add(j->md5, md5, sizeof(md5));
	json_array_foreach(json_get(part, "_blobs"), i, blob)
		json_add(j->blobs, json_incref((json_t *)(uintptr_t)blob));
	row = json_add_object(j->parts);
	json_set_int(row, "PartNumber", json_int(part, "PartNumber", 0));
	json_set_int(row, "Size", json_int(part, "Size", 0));
	if (j->member != NULL && json_get(part, j->member) != NULL)
		json_set_str(row, j->member, json_str(part, j->member));
	j->size += json_int(part, "Size", 0);
	j->n++;
	return join_checksum(c, j, part);
}

static int
check_part(struct call *c, const json_t *said, const json_t *part, int is_last)
{
	static const char *const sums[] = { "ChecksumCRC32", "ChecksumCRC32C",
		"ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256" };
	const char *etag = json_str_or(said, "ETag", "");
	int good = part != NULL && s3_etag_matches(etag, json_str_or(part, "ETag", ""));

	for (size_t i = 0; good && i < COUNT(sums); i++) {
		const char *sum = json_str(said, sums[i]);

		good = sum == NULL || strcmp(sum, json_str_or(part, sums[i], "")) == 0;
	}
	if (!good)
		return err_set(&c->err, &bad_part,
		    "One or more of the specified parts could not be found.  The part may not "
		    "have been uploaded, or the specified entity tag may not match the part's "
		    "entity tag.");
	if (!is_last && json_int(part, "Size", 0) < min_part) {
		c->detail = json_own(c->arena,
		    json_make("{s:O, s:I, s:O, s:O}", "ProposedSize",
			json_get(part, "Size"), "MinSizeAllowed", (json_int_t)min_part,
			"PartNumber", json_get(part, "PartNumber"), "ETag",
			json_get(part, "ETag")));
		return err_set(&c->err, &too_small,
		    "Your proposed upload is smaller than the minimum allowed size");
	}
	return 0;
}

int
s3_upload_parts(struct call *c, const json_t *bucket, const char *upload,
    struct store_docs *ret)
{
	struct store_span span = { arena_printf(c->arena, "%s/", upload), NULL, 0,
		S3_MAX_PARTS };

	return store_range(c->txn, s3_scope(c, bucket), S3_PART, &span, ret, &c->err);
}

static int
check_order(struct call *c, const json_t *said)
{
	const json_t *row;
	int64_t last = 0;
	size_t i;

	json_array_foreach(said, i, row) {
		int64_t number = json_int(row, "PartNumber", 0);

		if (number <= last)
			return err_set(&c->err, &bad_order,
			    "The list of parts was not in ascending order. The parts list must "
			    "be specified in order by part number.");
		last = number;
	}
	return 0;
}

static int
join(struct call *c, const struct store_docs *there, struct joining *j)
{
	const json_t *said = json_get(in_object(c, "MultipartUpload"), "Parts"), *row;
	size_t i, at = 0;

	if (json_array_size(said) == 0)
		return err_set(&c->err, &s3_malformed,
		    "The XML you provided was not well-formed or did not validate against our "
		    "published schema");
	if (check_order(c, said) < 0)
		return -1;
	json_array_foreach(said, i, row) {
		int64_t number = json_int(row, "PartNumber", 0);
		const json_t *part = NULL;

		for (; at < there->n; at++) {
			int64_t n = json_int(there->doc[at], "PartNumber", 0);

			if (n == number)
				part = there->doc[at];
			else if (n < number)
				s3_drop_blobs(c, there->doc[at]);
			if (n >= number)
				break;
		}
		if (check_part(c, row, part, i + 1 == json_array_size(said)) < 0 ||
		    join_part(c, j, part) < 0)
			return -1;
		at++;
	}
	for (; at < there->n; at++)
		s3_drop_blobs(c, there->doc[at]);
	return 0;
}

/* The sum of the whole: of the parts' sums, or of the bytes. */
static int
end_checksum(struct call *c, struct joining *j, const char *type, json_t *doc)
{
	size_t n = j->kind != CHECKSUM_KINDS ? checksum_size(j->kind) : 0;
	unsigned char bytes[8];
	const char *sum, *said;

	if (n == 0)
		return 0;
	if (strcmp(type, "FULL_OBJECT") == 0) {
		for (size_t i = 0; i < n; i++)
			bytes[i] = (unsigned char)(j->crc >> 8 * (n - 1 - i));
		sum = base64_encode(c->arena, bytes, n);
	} else {
		sum = arena_printf(c->arena, "%s-%lld",
		    checksum_end_text(c->arena, j->composite), (long long)j->n);
	}
	said = json_str(c->in, j->member);
	if (said != NULL && strcmp(said, sum) != 0)
		return err_set(&c->err, &bad_digest,
		    "The %s you specified did not match the calculated checksum.",
		    checksum_name(j->kind));
	s3_take_checksum(doc, j->kind, sum, type);
	return 0;
}

static void
begin_joining(struct call *c, const json_t *upload, struct joining *j)
{
	const char *name = json_str_or(upload, "ChecksumAlgorithm", "CRC64NVME");

	j->kind = checksum_find(name);
	j->member = arena_printf(c->arena, "Checksum%s", checksum_name(j->kind));
	j->blobs = json_own(c->arena, json_new_array());
	j->parts = json_own(c->arena, json_new_array());
	j->md5 = checksum_new(c->arena, CHECKSUM_MD5);
	j->composite = checksum_new(c->arena, j->kind);
}

static void
forget(struct call *c, const json_t *bucket, const struct store_docs *parts)
{
	const char *scope = s3_scope(c, bucket);

	for (size_t i = 0; i < parts->n; i++)
		store_delete(c->txn, scope, S3_PART,
		    json_str_or(parts->doc[i], "_id", ""));
	store_delete(c->txn, scope, S3_UPLOAD,
	    upload_id(c, bucket, in_str(c, "Key"), in_str(c, "UploadId")));
}

static int
complete_upload(struct call *c)
{
	const char *key = in_str(c, "Key"), *bucket_name = in_str(c, "Bucket");
	struct joining j = { .size = 0 };
	unsigned char digest[CHECKSUM_MAX];
	char hex[2 * CHECKSUM_MAX + 1];
	json_t *bucket, *upload, *doc;
	struct store_docs parts;

	if (s3_upload_need(c, "s3:PutObject", &bucket, &upload) < 0 ||
	    s3_write_conditions(c, bucket, key) < 0 ||
	    s3_upload_parts(c, bucket, in_str(c, "UploadId"), &parts) < 0)
		return -1;
	begin_joining(c, upload, &j);
	doc = json_own(c->arena, json_copy_deep(json_get(upload, "_said")));
	if (join(c, &parts, &j) < 0 ||
	    end_checksum(c, &j, json_str_or(upload, "ChecksumType", "FULL_OBJECT"), doc) <
		0)
		return -1;
	if (in_has(c, "MpuObjectSize") && in_int(c, "MpuObjectSize", 0) != j.size)
		return err_set(&c->err, &s3_bad_request,
		    "The provided 'x-amz-mp-object-size' header value does not match the size of "
		    "the object.");
	hex_encode(digest, checksum_end(j.md5, digest), hex);
	json_set_fmt(doc, "ETag", "\"%s-%lld\"", hex, (long long)j.n);
	json_set_int(doc, "Size", j.size);
	json_set(doc, "_blobs", json_incref(j.blobs));
	json_set(doc, "_parts", json_incref(j.parts));
	if (s3_put_version(c, bucket, doc) < 0)
		return -1;
	forget(c, bucket, &parts);
	s3_show_said(c, doc);
	s3_show_expiration(c, bucket, doc);
	out_str(c, "Bucket", bucket_name);
	out_str(c, "Key", key);
	out_str(c, "Location",
	    arena_printf(c->arena, "http://s3.localhost/%s/%s", bucket_name, key));
	return 0;
}

static int
abort_upload(struct call *c)
{
	json_t *bucket, *upload;
	struct store_docs parts;

	if (s3_upload_need(c, "s3:AbortMultipartUpload", &bucket, &upload) < 0 ||
	    s3_upload_parts(c, bucket, in_str(c, "UploadId"), &parts) < 0)
		return -1;
	for (size_t i = 0; i < parts.n; i++)
		s3_drop_blobs(c, parts.doc[i]);
	forget(c, bucket, &parts);
	return 0;
}

static const struct op ops[] = {
	S3("AbortMultipartUpload", abort_upload, 0, "Give up an upload in parts."),
	S3("CompleteMultipartUpload", complete_upload, 0, "Make an object of parts."),
	S3("CreateMultipartUpload", create_upload, 0, "Begin an upload in parts."),
	S3_BODY("UploadPart", upload_part, admit_part, "Store a part."),
	S3("UploadPartCopy", upload_part_copy, 0, "Make a part of an object's bytes."),
};

const struct family s3_uploads = FAMILY(ops, NULL);
