/*
 * S3: lifecycle rules, as they run: the reconciler looks at a bucket when its configuration changes and after each
 * midnight of UTC, and does what is due, an object a transaction.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "control/api/converge.h"
#include "control/services/s3/event.h"
#include "control/services/s3/lifecycle_rule.h"
#include "control/services/s3/upload.h"

enum { SPAN = 200, DAY_MS = 86400000, MIN_TRANSITION = 128 << 10 };

struct run {
	struct converge *cv;
	const json_t *rules;
	int64_t now_s, min_transition;
	/* Of the object that is looked at: */
	const char *kind, *id;
};

/* What a document says that rules ask for; `since_s` is another's of noncurrent ones. */
static struct lifecycle_object
object_of(const struct run *r, const json_t *doc)
{
	return (struct lifecycle_object){
		.key = json_str_or(doc, "Key", ""),
		.class = json_str_or(doc, "StorageClass", "STANDARD"),
		.size = json_int(doc, "Size", 0),
		.tags = json_get(doc, "_tags"),
		.since_s = json_int(doc, "LastModified", 0),
		.is_current = strcmp(r->kind, S3_OBJECT) == 0,
		.is_marker = json_bool(doc, "DeleteMarker", 0),
		.min_transition = r->min_transition,
	};
}

/* The noncurrent versions of a key, newest first. */
static int
older_of(struct call *c, const json_t *bucket, const char *key, struct store_docs *ret)
{
	struct store_span span = { .limit = 1000 };

	span.prefix = arena_printf(c->arena, "%s\1", s3_object_id(c, bucket, key));
	return store_range(c->txn, s3_scope(c, bucket), S3_VERSION, &span, ret, &c->err);
}

/* Which noncurrent version it is, and since when: 0, or -1; gone: *ret_there is 0. */
static int
fill_noncurrent(struct call *c, const json_t *bucket, const json_t *doc,
    struct lifecycle_object *o, int *ret_there)
{
	struct store_docs older;
	json_t *current;
	int rc = s3_current(c, bucket, o->key, &current);

	*ret_there = 0;
	if (rc < 0 || older_of(c, bucket, o->key, &older) < 0)
		return -1;
	for (size_t i = 0; i < older.n; i++) {
		const json_t *newer = i > 0 ? older.doc[i - 1] : rc > 0 ? current : NULL;

		if (strcmp(json_str_or(older.doc[i], "_id", ""),
			json_str_or(doc, "_id", "")) != 0)
			continue;
		o->n_newer = i;
		o->since_s = json_int(newer, "LastModified", o->since_s);
		*ret_there = 1;
	}
	return 0;
}

static int
expire(struct call *c, const json_t *bucket, const json_t *doc,
    const struct lifecycle_object *o)
{
	if (o->is_current && !o->is_marker && s3_versioning(bucket) != S3_UNVERSIONED) {
		json_t *marker = json_own(c->arena,
		    json_make("{s:s, s:b}", "Key", o->key, "DeleteMarker", 1));

		return s3_put_version(c, bucket, marker);
	}
	return s3_remove_version(c, bucket, doc,
	    o->is_current ? "" : json_str_or(doc, "_id", ""));
}

static int
is_locked(const json_t *doc, int64_t now_s)
{
	return json_num(doc, "ObjectLockRetainUntilDate", 0) > (double)now_s ||
	    strcmp(json_str_or(doc, "ObjectLockLegalHoldStatus", ""), "ON") == 0;
}

/* One object or version, as it is in this transaction. */
static int
apply(struct call *c, void *arg)
{
	struct run *r = arg;
	struct lifecycle_object o;
	struct lifecycle_due due;
	struct store_docs older;
	json_t *bucket, *doc, *copy;
	int rc, there = 1;

	rc = store_get(c->txn, c->scope, S3_BUCKET, r->cv->id, &bucket, &c->err);
	if (rc > 0)
		rc = store_get(c->txn, c->scope, r->kind, r->id, &doc, &c->err);
	if (rc <= 0)
		return rc < 0 ? -1 : 0;
	o = object_of(r, doc);
	if (!o.is_current && fill_noncurrent(c, bucket, doc, &o, &there) < 0)
		return -1;
	if (o.is_marker) {
		if (older_of(c, bucket, o.key, &older) < 0)
			return -1;
		o.is_alone = older.n == 0;
	}
	due = lifecycle_due(r->rules, &o, r->now_s);
	if (!there || due.action == LIFECYCLE_NONE)
		return 0;
	if (due.action == LIFECYCLE_EXPIRE)
		return !o.is_current && is_locked(doc, r->now_s) ?
		    0 :
		    expire(c, bucket, doc, &o);
	copy = json_own(c->arena, json_copy_deep(doc));
	json_set_str(copy, "StorageClass", due.class);
	s3_put_found(c, bucket, o.is_current ? "" : r->id, copy);
	s3_event(c, bucket, copy, "LifecycleTransition");
	return 0;
}

/* Worth a transaction?  Of a noncurrent one only that can say when it became that. */
static int
may_be_due(const struct run *r, const json_t *doc)
{
	struct lifecycle_object o = object_of(r, doc);

	o.is_alone = 1;
	if (!o.is_current)
		return 1;
	return lifecycle_due(r->rules, &o, r->now_s).action != LIFECYCLE_NONE;
}

static int
abort_upload(struct call *c, void *arg)
{
	const struct run *r = arg;
	struct store_docs parts;
	json_t *bucket, *upload;
	int rc = store_get(c->txn, c->scope, S3_BUCKET, r->cv->id, &bucket, &c->err);

	if (rc > 0)
		rc = store_get(c->txn, c->scope, S3_UPLOAD, r->id, &upload, &c->err);
	if (rc <= 0)
		return rc < 0 ? -1 : 0;
	if (s3_upload_parts(c, bucket, json_str_or(upload, "UploadId", ""), &parts) < 0)
		return -1;
	for (size_t i = 0; i < parts.n; i++) {
		s3_drop_blobs(c, parts.doc[i]);
		store_delete(c->txn, c->scope, S3_PART,
		    json_str_or(parts.doc[i], "_id", ""));
	}
	store_delete(c->txn, c->scope, S3_UPLOAD, r->id);
	return 0;
}

static int
look_at(struct run *r, const json_t *doc, struct err *err)
{
	int is_upload = strcmp(r->kind, S3_UPLOAD) == 0;

	r->id = json_str_or(doc, "_id", "");
	if (is_upload ? !lifecycle_aborts(r->rules, json_str_or(doc, "Key", ""),
			    json_int(doc, "Initiated", 0), r->now_s) :
			!may_be_due(r, doc))
		return 0;
	return converge_transaction(r->cv, is_upload ? abort_upload : apply, r, err);
}

static int
walk(struct run *r, const char *kind, struct err *err)
{
	struct converge *cv = r->cv;
	struct store_span span = { .limit = SPAN, .is_after = 1 };
	struct store_docs docs;

	r->kind = kind;
	span.prefix = arena_printf(cv->arena, "%s/", cv->id);
	do {
		struct store_txn *t = store_begin(cv->env->store, cv->arena);

		if (store_range(t, cv->scope, kind, &span, &docs, err) < 0)
			return -1;
		for (size_t i = 0; i < docs.n; i++) {
			if (look_at(r, docs.doc[i], err) < 0)
				return -1;
		}
		if (docs.n > 0)
			span.from = json_str_or(docs.doc[docs.n - 1], "_id", "");
	} while (docs.n == SPAN);
	return 0;
}

/* Is there a rule for the documents of the kind?  Markers and objects are current ones. */
static int
is_wanted(const json_t *rules, const char *kind)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(rules, i, rule) {
		if (strcmp(kind, S3_VERSION) != 0 ||
		    json_get(rule, "NoncurrentVersionExpiration") != NULL ||
		    json_get(rule, "NoncurrentVersionTransitions") != NULL)
			return 1;
	}
	return 0;
}

static int
converge(struct converge *cv, struct err *err)
{
	static const char *const kinds[] = { S3_OBJECT, S3_VERSION, S3_OBJECT,
		S3_UPLOAD };
	struct run r = { .cv = cv, .now_s = cv->now_ms / 1000 };
	int is_128k;

	r.rules = json_path(cv->doc, "LifecycleConfiguration.Rules");
	if (json_array_size(r.rules) == 0)
		return 0;
	/* The document is read again on the way. */
	r.rules = json_own(cv->arena, json_copy_deep(r.rules));
	is_128k = strcmp(json_str_or(cv->doc, "_transition_size", ""),
		      "varies_by_storage_class") != 0;
	r.min_transition = is_128k ? MIN_TRANSITION : 0;
	/* Markers behind which the last version has gone go, too. */
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (is_wanted(r.rules, kinds[i]) && walk(&r, kinds[i], err) < 0)
			return -1;
	}
	cv->again_ms = DAY_MS - cv->now_ms % DAY_MS + 1000;
	return 0;
}

static const struct resource bucket = {
	.service = "s3",
	.kind = S3_BUCKET,
	.type = "bucket",
	.id_member = "Name",
	.list_member = "Buckets",
	.noun = "bucket",
	.not_found = &s3_no_bucket,
	.no_tags = 1,
	.converge = converge,
};

static const struct resource *const resources[] = { &bucket, NULL };

const struct family s3_lifecycles = { .resources = resources };

/* x-amz-expiration */

void
s3_show_expiration(struct call *c, const json_t *bucket_doc, const json_t *doc)
{
	const struct run r = { .kind = S3_OBJECT };
	struct lifecycle_object o = object_of(&r, doc);
	const char *rule;
	char date[64];
	int64_t at;
	struct tm tm;
	time_t t;

	if (!lifecycle_expiry(json_path(bucket_doc, "LifecycleConfiguration.Rules"), &o,
		&rule, &at))
		return;
	t = (time_t)at;
	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm) == 0)
		return;
	out_str(c, "Expiration",
	    arena_printf(c->arena, "expiry-date=\"%s\", rule-id=\"%s\"", date, rule));
}
