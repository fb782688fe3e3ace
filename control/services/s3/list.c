/* Listings: keys in the order of their bytes, folded at a delimiter. */
#include <string.h>

#include "base/enc.h"
#include "control/services/s3/grants.h"
#include "control/services/s3/s3.h"

enum { PAGE = 1000, SPAN = 250 };

/* One listing on its way. */
struct listing {
	struct call *c;
	const json_t *bucket;
	const char *prefix, *delimiter, *encoding, *bucket_prefix;
	int64_t max, n;
	int is_truncated, with_owner;
	const char *last; /* the last key, or folded prefix, that was answered */
	json_t *contents, *prefixes;
};

/* As the answer has a key. */
static json_t *
show_key(const struct listing *l, const char *key)
{
	struct buf *b;

	if (l->encoding == NULL)
		return json_new_str(key);
	b = buf_new(l->c->arena, 0);
	percent_encode(b, key, strlen(key), 1);
	return json_new_str(buf_text(b));
}

static json_t *
show_object(const struct listing *l, const json_t *doc)
{
	static const enum checksum_kind kinds[] = { CHECKSUM_CRC32, CHECKSUM_CRC32C,
		CHECKSUM_CRC64NVME, CHECKSUM_SHA1, CHECKSUM_SHA256 };
	json_t *row = json_make("{s:o, s:O, s:O, s:O, s:O}", "Key",
	    show_key(l, json_str_or(doc, "Key", "")), "LastModified",
	    json_get(doc, "LastModified"), "ETag", json_get(doc, "ETag"), "Size",
	    json_get(doc, "Size"), "StorageClass", json_get(doc, "StorageClass"));

	for (size_t i = 0; i < COUNT(kinds); i++) {
		char *name =
		    arena_printf(l->c->arena, "Checksum%s", checksum_name(kinds[i]));

		if (json_get(doc, name) != NULL)
			json_add_str(json_need_array(row, "ChecksumAlgorithm"),
			    checksum_name(kinds[i]));
	}
	if (json_get(doc, "ChecksumType") != NULL)
		json_set(row, "ChecksumType", json_incref(json_get(doc, "ChecksumType")));
	if (json_has_str(json_get(l->c->in, "OptionalObjectAttributes"),
		"RestoreStatus") &&
	    s3_restored_until(l->c, doc) > 0)
		json_set(row, "RestoreStatus",
		    json_make("{s:b, s:I}", "IsRestoreInProgress", 0, "RestoreExpiryDate",
			(json_int_t)s3_restored_until(l->c, doc)));
	if (l->with_owner)
		json_set(row, "Owner",
		    s3_owner(l->c->arena, s3_owner_of(l->bucket, doc)));
	return row;
}

/* The part of the key up to the first delimiter behind the prefix, or NULL. */
static const char *
fold(const struct listing *l, const char *key)
{
	const char *at;

	if (l->delimiter == NULL || *l->delimiter == '\0')
		return NULL;
	at = strstr(key + strlen(l->prefix), l->delimiter);
	if (at == NULL)
		return NULL;
	return arena_strndup(l->c->arena, key, (size_t)(at - key) + strlen(l->delimiter));
}

/* The first id that does not begin with the text. */
static char *
behind(struct call *c, const char *text)
{
	char *next = arena_strdup(c->arena, text);
	size_t n = strlen(next);

	while (n > 0 && (unsigned char)next[n - 1] == 0xff)
		n--;
	if (n > 0)
		next[n - 1] = (char)((unsigned char)next[n - 1] + 1);
	next[n] = '\0';
	return next;
}

/* 1 when there is room for it. */
static int
has_room(struct listing *l)
{
	if (l->n < l->max) {
		l->n++;
		return 1;
	}
	l->is_truncated = 1;
	return 0;
}

/* What is next: nothing, the next key, or the first behind all that are folded with this one. */
enum go { GO_STOP, GO_ON, GO_BEHIND };

/*
 * Walk from behind `after` (a key or a folded prefix; NULL: the start): `each` gets each current version, which may be a
 * marker, and says how to go on.
 */
typedef int each_fn(struct listing *l, const json_t *doc);

static int
walk(struct listing *l, const char *after, each_fn *each)
{
	struct call *c = l->c;
	const char *name = json_str_or(l->bucket, "Name", ""), *folded;
	struct store_span span = {
		.prefix = arena_printf(c->arena, "%s/%s", name, l->prefix),
		.is_after = 1,
		.limit = SPAN,
	};
	struct store_docs docs;

	if (after != NULL)
		span.from = arena_printf(c->arena, "%s/%s", name, after);
	/* A page that ended with a folded prefix goes on behind all of it. */
	folded = after != NULL && strncmp(after, l->prefix, strlen(l->prefix)) == 0 ?
	    fold(l, after) :
	    NULL;
	if (folded != NULL && strcmp(folded, after) == 0) {
		span.from = behind(c, span.from);
		span.is_after = 0;
	}
	for (;;) {
		int skipped = 0;
		int go;

		if (store_range(c->txn, s3_scope(c, l->bucket), S3_OBJECT, &span, &docs,
			&c->err) < 0)
			return -1;
		for (size_t i = 0; i < docs.n && !skipped; i++) {
			const char *key = json_str_or(docs.doc[i], "Key", "");

			span.from = json_str_or(docs.doc[i], "_id", "");
			span.is_after = 1;
			go = each(l, docs.doc[i]);
			if (go == GO_STOP)
				return 0;
			if (go == GO_BEHIND) {
				span.from = behind(c,
				    arena_printf(c->arena, "%s/%s", name, fold(l, key)));
				span.is_after = 0;
				skipped = 1;
			}
		}
		if (!skipped && docs.n < SPAN)
			return 0;
	}
}

static int
add_prefix(struct listing *l, const char *folded)
{
	if (!has_room(l))
		return GO_STOP;
	l->last = folded;
	json_add(l->prefixes, json_make("{s:o}", "Prefix", show_key(l, folded)));
	return GO_BEHIND;
}

/* ListObjects: the current ones that are no markers. */
static int
each_object(struct listing *l, const json_t *doc)
{
	const char *key = json_str_or(doc, "Key", ""), *folded = fold(l, key);

	if (json_bool(doc, "DeleteMarker", 0))
		return GO_ON;
	if (folded != NULL)
		return add_prefix(l, folded);
	if (!has_room(l))
		return GO_STOP;
	l->last = arena_strdup(l->c->arena, key);
	json_add(l->contents, show_object(l, doc));
	return GO_ON;
}

static int
start(struct listing *l, const char *action)
{
	struct call *c = l->c;
	json_t *bucket;

	l->prefix = json_str_or(c->in, "Prefix", "");
	l->delimiter = json_str(c->in, "Delimiter");
	l->encoding = json_str(c->in, "EncodingType");
	l->max = json_int(c->in, "MaxKeys", PAGE);
	l->contents = json_own(c->arena, json_new_array());
	l->prefixes = json_own(c->arena, json_new_array());
	if (s3_bucket_get(c, in_str(c, "Bucket"), NULL, action, &bucket) < 0)
		return -1;
	if (l->max < 0)
		return err_set(&c->err, &s3_bad_argument,
		    "Argument maxKeys must be an integer between 0 and 2147483647");
	l->max = l->max < PAGE ? l->max : PAGE;
	l->bucket = bucket;
	return 0;
}

static void
answer(struct listing *l, const char *start_member, const char *started)
{
	struct call *c = l->c;

	out_str(c, "Name", json_str(l->bucket, "Name"));
	out_set(c, "Prefix", show_key(l, l->prefix));
	if (l->delimiter != NULL)
		out_set(c, "Delimiter", show_key(l, l->delimiter));
	out_str(c, "EncodingType", l->encoding);
	out_int(c, "MaxKeys", l->max);
	out_bool(c, "IsTruncated", l->is_truncated);
	out_ref(c, "CommonPrefixes", l->prefixes);
	if (started != NULL)
		out_set(c, start_member, show_key(l, started));
}

static int
list_objects(struct call *c)
{
	struct listing l = { .c = c, .with_owner = 1 };
	const char *marker = in_str(c, "Marker");

	if (start(&l, "s3:ListBucket") < 0 ||
	    (l.max > 0 && walk(&l, marker, each_object) < 0))
		return -1;
	answer(&l, "Marker", marker != NULL ? marker : "");
	out_ref(c, "Contents", l.contents);
	/* Without a delimiter the last key is all that is needed. */
	if (l.is_truncated && l.delimiter != NULL)
		out_set(c, "NextMarker", show_key(&l, l.last));
	return 0;
}

/* Tokens are nobody's business but ours. */
static int
read_token(struct call *c, const char *token, const char **ret)
{
	unsigned char *bytes;
	size_t n;

	if (token == NULL)
		return 0;
	if (!base64_decode(c->arena, token, strlen(token), &bytes, &n) || n == 0 ||
	    !utf8_is_valid((const char *)bytes, n) || memchr(bytes, '\0', n) != NULL)
		return err_set(&c->err, &s3_bad_argument,
		    "The continuation token provided is incorrect");
	*ret = arena_strndup(c->arena, (const char *)bytes, n);
	return 0;
}

static int
list_objects_v2(struct call *c)
{
	struct listing l = { .c = c, .with_owner = in_bool(c, "FetchOwner", 0) };
	const char *after = in_str(c, "StartAfter"), *from = after;

	if (start(&l, "s3:ListBucket") < 0 ||
	    read_token(c, in_str(c, "ContinuationToken"), &from) < 0 ||
	    (l.max > 0 && walk(&l, from, each_object) < 0))
		return -1;
	answer(&l, "StartAfter", after);
	out_ref(c, "Contents", l.contents);
	out_int(c, "KeyCount", l.n);
	out_str(c, "ContinuationToken", in_str(c, "ContinuationToken"));
	if (l.is_truncated)
		out_str(c, "NextContinuationToken",
		    base64_encode(c->arena, l.last, strlen(l.last)));
	return 0;
}

/* Versions */

struct versions {
	struct listing l; /* first */
	const char *version_marker, *key_marker;
	const char *last_version;
	json_t *versions, *markers;
	int failed;
};

/* One version: 0 when the page is full. */
static int
add_version(struct versions *v, const json_t *doc, int is_latest)
{
	const char *key = json_str_or(doc, "Key", ""), *id;
	json_t *row;

	id = json_str_or(doc, "VersionId", "null");
	/* Those of the first key that the page before had. */
	if (v->version_marker != NULL && v->key_marker != NULL &&
	    strcmp(key, v->key_marker) == 0) {
		if (strcmp(id, v->version_marker) == 0)
			v->version_marker = NULL;
		return 1;
	}
	if (!has_room(&v->l))
		return 0;
	v->l.last = arena_strdup(v->l.c->arena, key);
	v->last_version = arena_strdup(v->l.c->arena, id);
	if (json_bool(doc, "DeleteMarker", 0)) {
		row = json_make("{s:o, s:O}", "Key", show_key(&v->l, key), "LastModified",
		    json_get(doc, "LastModified"));
		json_add(v->markers, row);
	} else {
		row = show_object(&v->l, doc);
		json_add(v->versions, row);
	}
	json_set_str(row, "VersionId", id);
	json_set_bool(row, "IsLatest", is_latest);
	json_set(row, "Owner", s3_owner(v->l.c->arena, s3_owner_of(v->l.bucket, doc)));
	return 1;
}

static int
each_version(struct listing *l, const json_t *doc)
{
	struct versions *v = (struct versions *)(void *)l;
	struct call *c = l->c;
	const char *key = json_str_or(doc, "Key", ""), *folded = fold(l, key);
	struct store_span span = { arena_printf(c->arena, "%s\1",
				       s3_object_id(c, l->bucket, key)),
		NULL, 1, SPAN };
	struct store_docs docs;

	if (v->key_marker != NULL && strcmp(key, v->key_marker) < 0)
		return GO_ON;
	if (folded != NULL)
		return add_prefix(l, folded);
	if (!add_version(v, doc, 1))
		return GO_STOP;
	if (s3_versioning(l->bucket) == S3_UNVERSIONED)
		return GO_ON;
	do {
		if (store_range(c->txn, s3_scope(c, l->bucket), S3_VERSION, &span, &docs,
			&c->err) < 0) {
			v->failed = 1;
			return GO_STOP;
		}
		for (size_t i = 0; i < docs.n; i++) {
			if (strcmp(json_str_or(docs.doc[i], "Key", ""), key) == 0 &&
			    !add_version(v, docs.doc[i], 0))
				return GO_STOP;
			span.from = json_str_or(docs.doc[i], "_id", "");
		}
	} while (docs.n == SPAN);
	return GO_ON;
}

/* With a version the walk begins at the marker's own key: at what is just before it. */
static const char *
before(struct call *c, const struct versions *v)
{
	size_t n = strlen(v->key_marker);

	if (v->version_marker == NULL || n == 0)
		return v->key_marker;
	return arena_printf(c->arena, "%.*s%c", (int)(n - 1), v->key_marker,
	    v->key_marker[n - 1] - 1);
}

static int
list_versions(struct call *c)
{
	struct versions v = {
		.l = { .c = c, .with_owner = 1 },
		.key_marker = in_str(c, "KeyMarker"),
		.version_marker = in_str(c, "VersionIdMarker"),
		.versions = json_own(c->arena, json_new_array()),
		.markers = json_own(c->arena, json_new_array()),
	};
	const char *version = v.version_marker;

	if (start(&v.l, "s3:ListBucketVersions") < 0)
		return -1;
	if (version != NULL && v.key_marker == NULL)
		return err_set(&c->err, &s3_bad_argument,
		    "A version-id marker cannot be specified without a key marker.");
	if (v.l.max > 0 &&
	    (walk(&v.l, v.key_marker != NULL ? before(c, &v) : NULL, each_version) < 0 ||
		v.failed))
		return -1;
	answer(&v.l, "KeyMarker", v.key_marker != NULL ? v.key_marker : "");
	out_str(c, "VersionIdMarker", version != NULL ? version : "");
	out_ref(c, "Versions", v.versions);
	out_ref(c, "DeleteMarkers", v.markers);
	if (v.l.is_truncated) {
		out_set(c, "NextKeyMarker", show_key(&v.l, v.l.last));
		out_str(c, "NextVersionIdMarker", v.last_version);
	}
	return 0;
}

static const struct op ops[] = {
	S3("ListObjectVersions", list_versions, OP_READ,
	    "List all versions of a bucket's objects."),
	S3("ListObjects", list_objects, OP_READ, "List a bucket's objects."),
	S3("ListObjectsV2", list_objects_v2, OP_READ, "List a bucket's objects."),
};

const struct family s3_lists = FAMILY(ops, NULL);
