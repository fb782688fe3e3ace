/* GetObject, HeadObject: conditions, ranges, bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/services/s3/s3.h"

static const struct err_kind method_not_allowed = { "MethodNotAllowed", 405 };

static const struct err_kind bad_range = { "InvalidRange", 416 };
static const struct err_kind bad_part = { "InvalidPartNumber", 416 };

enum { CHUNK = 128 << 10, EAGER_FILES = 32 };

/* Bytes of a blob that are sent. */
struct piece {
	const char *blob;
	int fd; /* -1: to be opened when its turn comes */
	int64_t first, n;
};

struct sending {
	struct blobs *blobs;
	struct piece *piece;
	size_t n;
};

static void
close_all(void *arg)
{
	struct sending *s = arg;

	for (size_t i = 0; i < s->n; i++) {
		if (s->piece[i].fd >= 0)
			close(s->piece[i].fd);
	}
}

static int
send_piece(struct wire_sink *sink, struct piece *p)
{
	char *part = malloc(CHUNK);
	int rc = part != NULL ? 0 : -1;

	while (rc == 0 && p->n > 0) {
		ssize_t n = pread(p->fd, part, p->n < CHUNK ? (size_t)p->n : CHUNK,
		    (off_t)p->first);

		if (n < 0 && errno == EINTR)
			continue;
		rc = n <= 0 ? -1 : sink->write(sink, part, (size_t)n);
		p->first += n;
		p->n -= n;
	}
	free(part);
	return rc;
}

static int
send_all(struct wire_sink *sink, void *arg)
{
	struct sending *s = arg;
	struct err err;

	for (size_t i = 0; i < s->n; i++) {
		struct piece *p = &s->piece[i];

		if (p->fd < 0 && blob_open(s->blobs, p->blob, &p->fd, &err) <= 0)
			return -1;
		if (send_piece(sink, p) < 0)
			return -1;
		close(p->fd);
		p->fd = -1;
		p->n = 0;
	}
	return 0;
}

/*
 * Files are opened before the reply begins: an object that is replaced now is still sent whole.  Of objects of very
 * many parts only the first ones.
 */
static int
open_pieces(struct call *c, struct sending *s)
{
	for (size_t i = 0; i < s->n && i < EAGER_FILES; i++) {
		int rc = blob_open(s->blobs, s->piece[i].blob, &s->piece[i].fd, &c->err);

		if (rc < 0)
			return -1;
		if (rc == 0)
			return call_again(c);
	}
	return 0;
}

static int
stream(struct call *c, const json_t *doc, int64_t first, int64_t n)
{
	const json_t *blobs = json_get(doc, "_blobs"), *blob;
	struct sending *s = arena_alloc(c->arena, sizeof(*s));
	int64_t at = 0, end = first + n;
	size_t i;

	s->blobs = c->env->blobs;
	s->piece = arena_calloc(c->arena, json_array_size(blobs) + 1, sizeof(*s->piece));
	json_array_foreach(blobs, i, blob) {
		int64_t size = json_int(blob, "size", 0), from, to;

		from = first > at ? first - at : 0;
		to = end < at + size ? end - at : size;
		at += size;
		if (from >= to)
			continue;
		s->piece[s->n++] =
		    (struct piece){ json_str_or(blob, "id", ""), -1, from, to - from };
	}
	arena_defer(c->arena, close_all, s);
	if (open_pieces(c, s) < 0)
		return -1;
	call_stream(c, send_all, s, n);
	return 0;
}

/* A number of the text: 1, and what is behind it. */
static int
take_number(const char **p, int64_t *ret)
{
	size_t n = strspn(*p, "0123456789");

	if (n == 0 || n > 18)
		return 0;
	*ret = strtoll(*p, NULL, 10);
	*p += n;
	return 1;
}

/* RFC 9110 14.1.1; several ranges are none here, as in S3. */
int
s3_range(struct call *c, const char *text, int64_t size, int64_t *ret_first,
    int64_t *ret_n)
{
	int64_t first = 0, last = size - 1;
	const char *p = text;

	if (strncmp(p, "bytes=", 6) != 0)
		return 0;
	p += 6;
	if (*p == '-') {
		p++;
		if (!take_number(&p, &last) || *p != '\0')
			return 0;
		first = last < size ? size - last : 0;
		last = last > 0 ? size - 1 : -1;
	} else {
		if (!take_number(&p, &first) || *p++ != '-')
			return 0;
		if (*p != '\0' && (!take_number(&p, &last) || *p != '\0' || last < first))
			return 0;
	}
	if (first >= size || last < first) {
		c->detail = json_own(c->arena,
		    json_make("{s:s, s:I}", "RangeRequested", text, "ActualObjectSize",
			(json_int_t)size));
		return err_set(&c->err, &bad_range,
		    "The requested range is not satisfiable");
	}
	*ret_first = first;
	*ret_n = (last < size ? last : size - 1) - first + 1;
	return 1;
}

/* Where a part is: 0 or -1. */
static int
find_part(struct call *c, const json_t *doc, int64_t number, int64_t *ret_first,
    int64_t *ret_n)
{
	const json_t *parts = json_get(doc, "_parts"), *part;
	int64_t at = 0;
	size_t i;

	if (parts == NULL && number == 1) {
		*ret_n = json_int(doc, "Size", 0);
		return 0;
	}
	json_array_foreach(parts, i, part) {
		if (json_int(part, "PartNumber", 0) == number) {
			*ret_first = at;
			*ret_n = json_int(part, "Size", 0);
			return 0;
		}
		at += json_int(part, "Size", 0);
	}
	return err_set(&c->err, &bad_part, "The requested partnumber is not satisfiable");
}

static int
failed(struct call *c, const char *condition)
{
	c->detail = json_own(c->arena, json_make("{s:s}", "Condition", condition));
	return err_set(&c->err, &s3_precondition,
	    "At least one of the pre-conditions you specified did not hold");
}

/* RFC 9110 13.2.2, with S3's exceptions: 1 go on, 0 not modified, -1. */
static int
read_conditions(struct call *c, const json_t *doc)
{
	const char *match = in_str(c, "IfMatch"), *none = in_str(c, "IfNoneMatch");
	const char *etag = json_str_or(doc, "ETag", "");
	double modified = json_num(doc, "LastModified", 0);

	if (match != NULL) {
		if (!s3_etag_matches(match, etag))
			return failed(c, "If-Match");
	} else if (in_has(c, "IfUnmodifiedSince") &&
	    modified > json_num(c->in, "IfUnmodifiedSince", 0)) {
		return failed(c, "If-Unmodified-Since");
	}
	if (none != NULL)
		return !s3_etag_matches(none, etag);
	return !in_has(c, "IfModifiedSince") ||
	    modified > json_num(c->in, "IfModifiedSince", 0);
}

/* response-content-type and the like: of signed requests only. */
static int
take_overrides(struct call *c)
{
	static const struct {
		const char *in, *out;
	} rows[] = { { "ResponseCacheControl", "CacheControl" },
		{ "ResponseContentDisposition", "ContentDisposition" },
		{ "ResponseContentEncoding", "ContentEncoding" },
		{ "ResponseContentLanguage", "ContentLanguage" },
		{ "ResponseContentType", "ContentType" },
		{ "ResponseExpires", "Expires" } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (!in_has(c, rows[i].in))
			continue;
		if (c->who.kind == PRINCIPAL_NOBODY)
			return err_set(&c->err, &s3_bad_request,
			    "Request specific response headers cannot be used for anonymous "
			    "GET requests.");
		out_ref(c, rows[i].out, json_get(c->in, rows[i].in));
	}
	return 0;
}

static void
show(struct call *c, const json_t *doc)
{
	size_t n_tags = json_array_size(json_get(doc, "_tags"));
	size_t n_parts = json_array_size(json_get(doc, "_parts"));
	const char *mode = in_str(c, "ChecksumMode");
	static const char *const sums[] = { "ChecksumCRC32", "ChecksumCRC32C",
		"ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256", "ChecksumSHA512",
		"ChecksumMD5", "ChecksumType" };

	s3_show_said(c, doc);
	if (mode == NULL || strcmp(mode, "ENABLED") != 0 || in_has(c, "Range")) {
		for (size_t i = 0; i < COUNT(sums); i++)
			json_del(c->out, sums[i]);
	}
	out_ref(c, "LastModified", json_get(doc, "LastModified"));
	out_str(c, "AcceptRanges", "bytes");
	s3_show_restored(c, doc);
	if (n_tags > 0)
		out_int(c, "TagCount", (int64_t)n_tags);
	if (n_parts > 0 && in_has(c, "PartNumber"))
		out_int(c, "PartsCount", (int64_t)n_parts);
}

/* The version that is asked for; of one that does not exist, who may not list hears nothing. */
static int
need(struct call *c, json_t **ret_bucket, json_t **ret)
{
	const char *key = in_str(c, "Key"), *version = in_str(c, "VersionId"), *id;

	if (s3_bucket_get(c, in_str(c, "Bucket"), NULL, NULL, ret_bucket) < 0 ||
	    s3_permit_version(c, *ret_bucket, key, version,
		version != NULL ? "s3:GetObjectVersion" : "s3:GetObject") < 0)
		return -1;
	if (s3_find(c, *ret_bucket, key, version, ret, &id) < 0) {
		struct err missing = c->err;
		json_t *detail = c->detail;

		if (missing.kind == &s3_no_key &&
		    s3_permit(c, *ret_bucket, NULL, "s3:ListBucket") < 0)
			return -1;
		c->err = missing;
		c->detail = detail;
		return -1;
	}
	if (!json_bool(*ret, "DeleteMarker", 0))
		return 0;
	c->detail = json_own(c->arena, json_make("{s:s}", "Key", key));
	if (version == NULL)
		return err_set(&c->err, &s3_no_key, "The specified key does not exist.");
	return err_set(&c->err, &method_not_allowed,
	    "The specified method is not allowed against this resource.");
}

static int
choose_bytes(struct call *c, const json_t *doc, int64_t *first, int64_t *n)
{
	const char *range = in_str(c, "Range");
	int64_t size = json_int(doc, "Size", 0);
	int rc = 0;

	*n = size;
	if (range != NULL && in_has(c, "PartNumber"))
		return err_set(&c->err, &s3_bad_request,
		    "Cannot specify both Range header and partNumber query parameter");
	if (in_has(c, "PartNumber"))
		rc = find_part(c, doc, in_int(c, "PartNumber", 0), first, n) < 0 ? -1 : 1;
	else if (range != NULL)
		rc = s3_range(c, range, size, first, n);
	if (rc > 0) {
		c->status = 206;
		out_str(c, "ContentRange",
		    arena_printf(c->arena, "bytes %lld-%lld/%lld", (long long)*first,
			(long long)(*first + *n - 1), (long long)size));
	}
	return rc < 0 ? -1 : 0;
}

static int
answer(struct call *c, int is_head)
{
	json_t *bucket, *doc;
	int64_t first = 0, n = 0;
	int rc;

	if (need(c, &bucket, &doc) < 0 || s3_check_customer_key(c, doc, "") < 0 ||
	    (!is_head && s3_check_archived(c, doc) < 0))
		return -1;
	rc = read_conditions(c, doc);
	if (rc < 0)
		return -1;
	if (rc == 0) {
		c->status = 304;
		out_ref(c, "ETag", json_get(doc, "ETag"));
		out_ref(c, "LastModified", json_get(doc, "LastModified"));
		return 0;
	}
	show(c, doc);
	if (!in_has(c, "VersionId"))
		s3_show_expiration(c, bucket, doc);
	if (take_overrides(c) < 0 || choose_bytes(c, doc, &first, &n) < 0)
		return -1;
	return stream(c, doc, first, n);
}

static int
get_object(struct call *c)
{
	return answer(c, 0);
}

/* Its length is that of the bytes, which are not sent. */
static int
head_object(struct call *c)
{
	return answer(c, 1);
}

/* GetObjectAttributes */

static void
show_parts(struct call *c, const json_t *doc)
{
	int64_t max = in_int(c, "MaxParts", 1000),
		after = in_int(c, "PartNumberMarker", 0), last = 0;
	const json_t *parts = json_get(doc, "_parts"), *part;
	json_t *out = json_own(c->arena, json_new_object()), *rows;
	int more = 0;
	size_t i;

	if (json_array_size(parts) == 0)
		return;
	json_set_int(out, "TotalPartsCount", (int64_t)json_array_size(parts));
	/* S3 lists them when they have sums of their own. */
	rows = strcmp(json_str_or(doc, "ChecksumType", ""), "COMPOSITE") == 0 ?
	    json_need_array(out, "Parts") :
	    NULL;
	json_array_foreach(parts, i, part) {
		int64_t number = json_int(part, "PartNumber", 0);

		if (rows == NULL || number <= after)
			continue;
		more = (int64_t)json_array_size(rows) >= max;
		if (more)
			break;
		json_add(rows, json_copy_deep(part));
		last = number;
	}
	json_set_int(out, "PartNumberMarker", after);
	json_set_int(out, "NextPartNumberMarker", last);
	json_set_int(out, "MaxParts", max);
	json_set_bool(out, "IsTruncated", more);
	out_ref(c, "ObjectParts", out);
}

static void
show_sum(struct call *c, const json_t *doc)
{
	static const char *const sums[] = { "ChecksumCRC32", "ChecksumCRC32C",
		"ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256", "ChecksumType" };
	json_t *out = json_own(c->arena, json_new_object());

	for (size_t i = 0; i < COUNT(sums); i++) {
		if (json_get(doc, sums[i]) != NULL)
			json_set(out, sums[i], json_incref(json_get(doc, sums[i])));
	}
	if (json_object_size(out) > 0)
		out_ref(c, "Checksum", out);
}

static int
get_attributes(struct call *c)
{
	const json_t *wanted = in_list(c, "ObjectAttributes");
	const char *etag, *version;
	json_t *bucket, *doc;

	if (need(c, &bucket, &doc) < 0 ||
	    s3_permit(c, bucket, in_str(c, "Key"),
		in_has(c, "VersionId") ? "s3:GetObjectVersionAttributes" :
					 "s3:GetObjectAttributes") < 0 ||
	    s3_check_customer_key(c, doc, "") < 0)
		return -1;
	etag = json_str_or(doc, "ETag", "");
	version = json_str_or(doc, "VersionId", "null");
	if (json_has_str(wanted, "ETag"))
		out_str(c, "ETag",
		    arena_strndup(c->arena, etag + 1,
			strlen(etag) > 1 ? strlen(etag) - 2 : 0));
	if (json_has_str(wanted, "Checksum"))
		show_sum(c, doc);
	if (json_has_str(wanted, "ObjectParts"))
		show_parts(c, doc);
	if (json_has_str(wanted, "StorageClass"))
		out_str(c, "StorageClass", json_str_or(doc, "StorageClass", "STANDARD"));
	if (json_has_str(wanted, "ObjectSize"))
		out_ref(c, "ObjectSize", json_get(doc, "Size"));
	out_ref(c, "LastModified", json_get(doc, "LastModified"));
	if (strcmp(version, "null") != 0)
		out_str(c, "VersionId", version);
	return 0;
}

static const struct op ops[] = {
	S3("GetObject", get_object, OP_READ, "Read an object, or a range of it."),
	S3("GetObjectAttributes", get_attributes, OP_READ,
	    "Show chosen attributes of an object."),
	S3("HeadObject", head_object, OP_READ,
	    "Show what an object is, without its bytes."),
};

const struct family s3_gets = FAMILY(ops, NULL);
