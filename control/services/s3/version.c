/* Versions of keys: found, added, removed. */
#include <inttypes.h>
#include <string.h>

#include "base/enc.h"
#include "control/services/s3/event.h"
#include "control/services/s3/grants.h"
#include "control/services/s3/replication.h"
#include "control/services/s3/s3.h"

static const struct err_kind no_method = { "MethodNotAllowed", 405 };
static const struct err_kind long_key = { "KeyTooLongError", 400 };

enum { MAX_KEY = 1024, SPAN = 100 };

char *
s3_random(struct arena *a, size_t n)
{
	char *text = arena_alloc(a, n + 1);

	random_text(text, n,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._");
	return text;
}

int
s3_check_key(struct call *c, const char *key)
{
	size_t n = strlen(key);

	if (n <= MAX_KEY)
		return 0;
	return err_set(&c->err, &long_key, "Your key is too long");
}

char *
s3_object_id(struct call *c, const json_t *bucket, const char *key)
{
	return arena_printf(c->arena, "%s/%s", json_str_or(bucket, "Name", ""), key);
}

/* Newer ones sort first. */
static char *
version_id(struct call *c, const json_t *bucket, const json_t *doc)
{
	uint64_t seq = (uint64_t)json_int(doc, "_seq", 0);

	return arena_printf(c->arena, "%s\1%016" PRIx64,
	    s3_object_id(c, bucket, json_str_or(doc, "Key", "")), INT64_MAX - seq);
}

void
s3_put_at(struct call *c, const json_t *bucket, const char *kind, const char *id,
    json_t *doc)
{
	json_set_str(doc, "_id", id);
	store_put(c->txn, s3_scope(c, bucket), kind, id, doc);
}

int
s3_current(struct call *c, const json_t *bucket, const char *key, json_t **ret)
{
	return store_get(c->txn, s3_scope(c, bucket), S3_OBJECT,
	    s3_object_id(c, bucket, key), ret, &c->err);
}

/* A span does not know what this transaction has removed: 1, 0, -1. */
static int
is_version(struct call *c, const json_t *bucket, const json_t *doc, const char *key,
    const char *version)
{
	json_t *now;

	if (strcmp(json_str_or(doc, "Key", ""), key) != 0)
		return 0; /* \1 may be in keys, too. */
	if (version != NULL && strcmp(json_str_or(doc, "VersionId", ""), version) != 0)
		return 0;
	return store_get(c->txn, s3_scope(c, bucket), S3_VERSION,
	    json_str_or(doc, "_id", ""), &now, &c->err);
}

/* A version that is not the current one: 1, 0, -1. */
static int
find_older(struct call *c, const json_t *bucket, const char *key, const char *version,
    json_t **ret)
{
	struct store_span span = { arena_printf(c->arena, "%s\1",
				       s3_object_id(c, bucket, key)),
		NULL, 1, SPAN };
	struct store_docs docs;

	do {
		if (store_range(c->txn, s3_scope(c, bucket), S3_VERSION, &span, &docs,
			&c->err) < 0)
			return -1;
		for (size_t i = 0; i < docs.n; i++) {
			int there = is_version(c, bucket, docs.doc[i], key, version);

			if (there != 0) {
				*ret = docs.doc[i];
				return there;
			}
		}
		if (docs.n > 0)
			span.from = json_str_or(docs.doc[docs.n - 1], "_id", "");
	} while (docs.n == SPAN);
	return 0;
}

static int
no_key(struct call *c, const char *key)
{
	c->detail = json_own(c->arena, json_make("{s:s}", "Key", key));
	return err_set(&c->err, &s3_no_key, "The specified key does not exist.");
}

int
s3_find(struct call *c, const json_t *bucket, const char *key, const char *version,
    json_t **ret, const char **ret_id)
{
	int rc = s3_current(c, bucket, key, ret);
	const char *id = "";

	if (rc > 0 && version != NULL &&
	    strcmp(json_str_or(*ret, "VersionId", ""), version) != 0)
		rc = 0;
	if (rc == 0 && version != NULL) {
		rc = find_older(c, bucket, key, version, ret);
		id = rc > 0 ? json_str_or(*ret, "_id", "") : "";
	}
	if (rc < 0)
		return -1;
	if (rc == 0 && version != NULL)
		return err_set(&c->err, &s3_no_version,
		    "The specified version does not exist.");
	if (rc == 0)
		return no_key(c, key);
	if (ret_id != NULL)
		*ret_id = id;
	if (!json_bool(*ret, "DeleteMarker", 0) || ret_id != NULL)
		return 0;
	if (version == NULL)
		return no_key(c, key);
	return err_set(&c->err, &no_method,
	    "The specified method is not allowed against this resource.");
}

int
s3_look(struct call *c, const json_t *bucket, const char *key, const char *version,
    json_t **ret)
{
	const char *id;

	if (s3_find(c, bucket, key, version, ret, &id) == 0)
		return 1;
	if (c->err.kind != &s3_no_key && c->err.kind != &s3_no_version)
		return -1;
	c->err.kind = NULL;
	c->detail = NULL;
	return 0;
}

void
s3_drop_blobs(struct call *c, const json_t *doc)
{
	const json_t *blob;
	size_t i;

	json_array_foreach(json_get(doc, "_blobs"), i, blob)
		call_blob_drop(c, json_str_or(blob, "id", ""));
}

/* Out of the way of a new one with its id. */
static int
drop_null(struct call *c, const json_t *bucket, const char *key)
{
	json_t *old;
	int rc = find_older(c, bucket, key, "null", &old);

	if (rc <= 0)
		return rc;
	s3_drop_blobs(c, old);
	store_delete(c->txn, s3_scope(c, bucket), S3_VERSION,
	    json_str_or(old, "_id", ""));
	return 0;
}

/* The one before the new one is kept, or goes. */
static int
put_aside(struct call *c, const json_t *bucket, const json_t *old)
{
	enum s3_versioning v = s3_versioning(bucket);
	int is_null = strcmp(json_str_or(old, "VersionId", ""), "null") == 0;
	json_t *copy;

	if (v == S3_UNVERSIONED || (v == S3_SUSPENDED && is_null)) {
		s3_drop_blobs(c, old);
		return 0;
	}
	copy = json_own(c->arena, json_copy_deep(old));
	s3_put_at(c, bucket, S3_VERSION, version_id(c, bucket, old), copy);
	return 0;
}

static int
is_replica(const json_t *doc)
{
	return strcmp(json_str_or(doc, "ReplicationStatus", ""), "REPLICA") == 0;
}

int
s3_put_version(struct call *c, const json_t *bucket, json_t *doc)
{
	const char *key = json_str_or(doc, "Key", "");
	enum s3_versioning v = s3_versioning(bucket);
	int64_t seq = c->now_ms * 1000;
	json_t *old;
	int rc = s3_current(c, bucket, key, &old);

	if (rc < 0)
		return -1;
	if (rc > 0) {
		if (json_int(old, "_seq", 0) >= seq)
			seq = json_int(old, "_seq", 0) + 1;
		if (put_aside(c, bucket, old) < 0)
			return -1;
		if (v == S3_SUSPENDED &&
		    strcmp(json_str_or(old, "VersionId", ""), "null") != 0 &&
		    drop_null(c, bucket, key) < 0)
			return -1;
	}
	/* A replica has what its source has. */
	if (!is_replica(doc) || v != S3_ENABLED) {
		json_set_str(doc, "VersionId",
		    v == S3_ENABLED ? s3_random(c->arena, 32) : "null");
		json_set_int(doc, "LastModified", c->now_ms / 1000);
	}
	json_set_int(doc, "_seq", seq);
	json_set_str(doc, "_owner", s3_owner_of(bucket, doc));
	json_set_str(doc, "Bucket", json_str_or(bucket, "Name", ""));
	s3_replicate(c, bucket, doc);
	s3_put_at(c, bucket, S3_OBJECT, s3_object_id(c, bucket, key), doc);
	s3_event_put(c, bucket, doc);
	return 0;
}

/* The next takes the place of a current one that is gone. */
static int
promote(struct call *c, const json_t *bucket, const char *key)
{
	const char *scope = s3_scope(c, bucket), *id = s3_object_id(c, bucket, key);
	json_t *next;
	int rc = find_older(c, bucket, key, NULL, &next);

	if (rc < 0)
		return -1;
	if (rc == 0) {
		store_delete(c->txn, scope, S3_OBJECT, id);
		return 0;
	}
	store_delete(c->txn, scope, S3_VERSION, json_str_or(next, "_id", ""));
	s3_put_at(c, bucket, S3_OBJECT, id, json_own(c->arena, json_copy_deep(next)));
	return 0;
}

int
s3_remove_version(struct call *c, const json_t *bucket, const json_t *doc, const char *id)
{
	s3_drop_blobs(c, doc);
	s3_event_removed(c, bucket, doc);
	if (*id == '\0')
		return promote(c, bucket, json_str_or(doc, "Key", ""));
	store_delete(c->txn, s3_scope(c, bucket), S3_VERSION, id);
	return 0;
}

void
s3_put_found(struct call *c, const json_t *bucket, const char *id, json_t *doc)
{
	if (*id == '\0')
		s3_put_at(c, bucket, S3_OBJECT,
		    s3_object_id(c, bucket, json_str_or(doc, "Key", "")), doc);
	else
		s3_put_at(c, bucket, S3_VERSION, id, doc);
}
