/* CopyObject, and what UploadPartCopy shares with it: no byte is copied where a link will do. */
#include <string.h>
#include <unistd.h>

#include "base/enc.h"
#include "control/services/s3/copy.h"

static const struct err_kind not_implemented = { "NotImplemented", 501 };

enum { PART_SIZE = 64 << 10 }; /* of bytes that are copied at once */

/* "/bucket/key?versionId=v", percent-encoded. */
static int
parse_source(struct call *c, struct s3_source *s)
{
	char *text = arena_strdup(c->arena, in_str(c, "CopySource")), *slash;
	char *version = strstr(text, "?versionId=");
	size_t n;

	if (version != NULL) {
		*version = '\0';
		s->version = version + strlen("?versionId=");
	}
	n = strlen(text);
	if (!percent_decode(text, &n, 0) || strlen(text) != n || !utf8_is_valid(text, n))
		return -1;
	if (*text == '/')
		text++;
	slash = strchr(text, '/');
	if (slash == NULL || slash == text || slash[1] == '\0')
		return -1;
	s->key = slash + 1;
	s->bucket_name = arena_strndup(c->arena, text, (size_t)(slash - text));
	return 0;
}

static int
check_conditions(struct call *c, const json_t *doc)
{
	const char *match = json_str(c->in, "CopySourceIfMatch");
	const char *none = json_str(c->in, "CopySourceIfNoneMatch");
	const char *etag = json_str_or(doc, "ETag", "");
	double modified = json_num(doc, "LastModified", 0);
	int bad = (match != NULL && !s3_etag_matches(match, etag)) ||
	    (none != NULL && s3_etag_matches(none, etag)) ||
	    (json_get(c->in, "CopySourceIfModifiedSince") != NULL && none == NULL &&
		modified <= json_num(c->in, "CopySourceIfModifiedSince", 0)) ||
	    (json_get(c->in, "CopySourceIfUnmodifiedSince") != NULL && match == NULL &&
		modified > json_num(c->in, "CopySourceIfUnmodifiedSince", 0));

	if (!bad)
		return 0;
	return err_set(&c->err, &s3_precondition,
	    "At least one of the pre-conditions you specified did not hold");
}

int
s3_source_find(struct call *c, struct s3_source *s)
{
	json_t *bucket, *doc;
	const char *id;

	if (parse_source(c, s) < 0)
		return err_set(&c->err, &s3_bad_argument,
		    "Copy Source must mention the source bucket and key: "
		    "sourcebucket/sourcekey");
	if (s3_bucket_source(c, s->bucket_name, &bucket) < 0 ||
	    s3_permit_version(c, bucket, s->key, s->version,
		s->version != NULL ? "s3:GetObjectVersion" : "s3:GetObject") < 0 ||
	    s3_find(c, bucket, s->key, s->version, &doc, &id) < 0)
		return -1;
	if (json_bool(doc, "DeleteMarker", 0))
		return s->version == NULL ?
		    err_set(&c->err, &s3_no_key, "The specified key does not exist.") :
		    err_set(&c->err, &s3_bad_request,
			"The source of a copy request may not specifically refer to a delete "
			"marker by version id.");
	s->bucket = bucket;
	s->doc = doc;
	if (s3_check_customer_key(c, doc, "CopySource") < 0 ||
	    s3_check_archived(c, doc) < 0)
		return -1;
	return check_conditions(c, doc);
}

/* A piece of a blob as a blob of its own. */
static int
copy_piece(struct call *c, const char *id, int64_t first, int64_t n, const char **ret)
{
	struct blob_writer *w;
	char *part = arena_alloc(c->arena, PART_SIZE);
	int fd, rc = blob_open(c->env->blobs, id, &fd, &c->err);

	if (rc <= 0)
		return rc < 0 ? -1 : call_again(c);
	w = blob_create(c->env->blobs, &c->err);
	rc = w != NULL ? 0 : -1;
	while (rc == 0 && n > 0) {
		ssize_t k =
		    pread(fd, part, n < PART_SIZE ? (size_t)n : PART_SIZE, (off_t)first);

		rc = k <= 0 ? err_set(&c->err, &err_internal, "a blob is short") :
			      blob_write(w, part, (size_t)k, &c->err);
		first += k;
		n -= k;
	}
	close(fd);
	if (rc < 0) {
		blob_abandon(w);
		return -1;
	}
	if (blob_finish(w, c->arena, ret, &c->err) < 0)
		return -1;
	call_blob_keep(c, *ret);
	return 0;
}

int
s3_source_bytes(struct call *c, const struct s3_source *s, int64_t first, int64_t n,
    json_t **ret)
{
	const json_t *blob;
	int64_t at = 0, end = first + n;
	json_t *all = json_own(c->arena, json_new_array());
	size_t i;

	json_array_foreach(json_get(s->doc, "_blobs"), i, blob) {
		int64_t size = json_int(blob, "size", 0);
		int64_t from = first > at ? first - at : 0;
		int64_t to = end < at + size ? end - at : size;
		const char *id = json_str_or(blob, "id", ""), *fresh = NULL;
		int fd, rc;

		at += size;
		if (from >= to && size > 0)
			continue;
		rc = blob_open(c->env->blobs, id, &fd, &c->err);
		if (rc <= 0)
			return rc < 0 ? -1 : call_again(c);
		close(fd);
		if ((from == 0 && to == size ?
			    call_blob_link(c, id, &fresh) :
			    copy_piece(c, id, from, to - from, &fresh)) < 0)
			return -1;
		json_add(all,
		    json_make("{s:s, s:I}", "id", fresh, "size",
			(json_int_t)(to - from)));
	}
	*ret = all;
	return 0;
}

/* CopyObject */

/* Onto itself, something has to be different. */
static int
check_change(struct call *c, const struct s3_source *s)
{
	const char *directive = in_str(c, "MetadataDirective");
	static const char *const changes[] = { "StorageClass", "ServerSideEncryption",
		"WebsiteRedirectLocation", "SSECustomerAlgorithm", "SSEKMSKeyId",
		"ChecksumAlgorithm" };

	if (strcmp(s->bucket_name, in_str(c, "Bucket")) != 0 ||
	    strcmp(s->key, in_str(c, "Key")) != 0 || s->version != NULL ||
	    (directive != NULL && strcmp(directive, "REPLACE") == 0))
		return 0;
	for (size_t i = 0; i < COUNT(changes); i++) {
		if (json_get(c->in, changes[i]) != NULL)
			return 0;
	}
	return err_set(&c->err, &s3_bad_request,
	    "This copy request is illegal because it is trying to copy an object to itself "
	    "without changing the object's metadata, storage class, website redirect location or "
	    "encryption attributes.");
}

/* Without REPLACE the headers and metadata are the source's, and so are the tags. */
static void
take_source(struct call *c, const json_t *source, json_t *doc)
{
	static const char *const headers[] = { "CacheControl", "ContentDisposition",
		"ContentEncoding", "ContentLanguage", "ContentType", "Expires",
		"Metadata" };
	static const char *const facts[] = { "Size", "ETag", "_parts", "ChecksumCRC32",
		"ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256",
		"ChecksumSHA512", "ChecksumMD5", "ChecksumType" };
	const char *metadata = in_str(c, "MetadataDirective");
	const char *tagging = in_str(c, "TaggingDirective");

	for (size_t i = 0;
	     i < COUNT(headers) && (metadata == NULL || strcmp(metadata, "REPLACE") != 0);
	     i++) {
		json_del(doc, headers[i]);
		if (json_get(source, headers[i]) != NULL)
			json_set(doc, headers[i],
			    json_incref(json_get(source, headers[i])));
	}
	for (size_t i = 0; i < COUNT(facts); i++) {
		if (json_get(source, facts[i]) != NULL)
			json_set(doc, facts[i], json_incref(json_get(source, facts[i])));
	}
	if (tagging == NULL || strcmp(tagging, "REPLACE") != 0) {
		json_del(doc, "_tags");
		if (json_get(source, "_tags") != NULL)
			json_set(doc, "_tags", json_incref(json_get(source, "_tags")));
	}
}

static int
copy_object(struct call *c)
{
	const char *key = in_str(c, "Key");
	json_t *bucket, *blobs = NULL,
			*doc = json_own(c->arena, json_make("{s:s}", "Key", key));
	struct s3_source s = { .key = NULL };
	int64_t size;

	if (in_has(c, "AnnotationDirective"))
		return err_set(&c->err, &not_implemented,
		    "The parameter AnnotationDirective is not implemented.");
	if (s3_source_find(c, &s) < 0 ||
	    s3_bucket_get(c, in_str(c, "Bucket"), key, "s3:PutObject", &bucket) < 0 ||
	    s3_check_key(c, key) < 0 || check_change(c, &s) < 0 ||
	    s3_write_conditions(c, bucket, key) < 0 || s3_take_said(c, bucket, doc) < 0)
		return -1;
	size = json_int(s.doc, "Size", 0);
	if (size > INT64_C(5) << 30)
		return err_set(&c->err, &s3_bad_request,
		    "The specified copy source is larger than the maximum allowable size for a "
		    "copy source: 5368709120");
	take_source(c, s.doc, doc);
	if (s3_source_bytes(c, &s, 0, size, &blobs) < 0)
		return -1;
	json_set(doc, "_blobs", json_incref(blobs));
	if (s3_put_version(c, bucket, doc) < 0)
		return -1;
	s3_show_said(c, doc);
	s3_show_expiration(c, bucket, doc);
	out_set(c, "CopyObjectResult",
	    json_make("{s:O, s:O}", "ETag", json_get(doc, "ETag"), "LastModified",
		json_get(doc, "LastModified")));
	if (strcmp(json_str_or(s.doc, "VersionId", "null"), "null") != 0)
		out_str(c, "CopySourceVersionId", json_str(s.doc, "VersionId"));
	return 0;
}

static const struct op ops[] = {
	S3("CopyObject", copy_object, 0, "Make an object of another's bytes."),
};

const struct family s3_copies = FAMILY(ops, NULL);
