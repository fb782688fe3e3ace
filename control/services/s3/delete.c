/* DeleteObject, DeleteObjects. */
#include <string.h>

#include "control/services/s3/s3.h"

enum { MAX_KEYS = 1000 };

struct deletion {
	const json_t *bucket;
	const char *key, *version, *if_match;
	/* What came of it. */
	int is_marker;	  /* a marker was made, or removed */
	const char *said; /* version id of what was made or removed; NULL: none */
};

static int
check_match(struct call *c, const struct deletion *d, const json_t *doc)
{
	if (d->if_match == NULL ||
	    s3_etag_matches(d->if_match, json_str_or(doc, "ETag", "")))
		return 0;
	return err_set(&c->err, &s3_precondition,
	    "At least one of the pre-conditions you specified did not hold");
}

static int
remove_one(struct call *c, struct deletion *d)
{
	const char *id;
	json_t *doc;

	d->said = d->version;
	if (s3_find(c, d->bucket, d->key, d->version, &doc, &id) < 0) {
		if (c->err.kind != &s3_no_version && c->err.kind != &s3_no_key)
			return -1;
		/* It is as gone as was wanted. */
		c->err = (struct err){ .kind = NULL };
		c->detail = NULL;
		return 0;
	}
	if (check_match(c, d, doc) < 0)
		return -1;
	if (s3_check_lock(c, d->bucket, doc) < 0)
		return -1;
	d->is_marker = json_bool(doc, "DeleteMarker", 0);
	return s3_remove_version(c, d->bucket, doc, id);
}

static int
mark(struct call *c, struct deletion *d)
{
	json_t *doc =
	    json_own(c->arena, json_make("{s:s, s:b}", "Key", d->key, "DeleteMarker", 1));
	json_t *old;
	int rc = s3_current(c, d->bucket, d->key, &old);

	if (rc < 0 || (rc > 0 && check_match(c, d, old) < 0) ||
	    s3_put_version(c, d->bucket, doc) < 0)
		return -1;
	d->is_marker = 1;
	d->said = json_str(doc, "VersionId");
	return 0;
}

static int
delete_one(struct call *c, struct deletion *d)
{
	if (s3_check_key(c, d->key) < 0 ||
	    s3_permit(c, d->bucket, d->key,
		d->version != NULL ? "s3:DeleteObjectVersion" : "s3:DeleteObject") < 0)
		return -1;
	if (d->version == NULL && s3_versioning(d->bucket) != S3_UNVERSIONED)
		return mark(c, d);
	return remove_one(c, d);
}

static int
delete_object(struct call *c)
{
	struct deletion d = {
		.key = in_str(c, "Key"),
		.version = in_str(c, "VersionId"),
		.if_match = in_str(c, "IfMatch"),
	};
	json_t *bucket;

	if (s3_bucket_get(c, in_str(c, "Bucket"), NULL, NULL, &bucket) < 0)
		return -1;
	d.bucket = bucket;
	if (delete_one(c, &d) < 0)
		return -1;
	if (d.is_marker)
		out_bool(c, "DeleteMarker", 1);
	out_str(c, "VersionId", d.said);
	return 0;
}

/* DeleteObjects: each for itself */

static json_t *
result_of(const struct deletion *d)
{
	json_t *row = json_make("{s:s}", "Key", d->key);

	json_set_str(row, "VersionId", d->version);
	if (d->is_marker) {
		json_set_bool(row, "DeleteMarker", 1);
		json_set_str(row, "DeleteMarkerVersionId", d->said);
	}
	return row;
}

static json_t *
error_of(const struct deletion *d, const struct err *err)
{
	json_t *row = json_make("{s:s, s:s, s:s}", "Key", d->key, "Code", err->kind->code,
	    "Message", err->msg);

	json_set_str(row, "VersionId", d->version);
	return row;
}

static int
delete_objects(struct call *c)
{
	const json_t *in = in_object(c, "Delete"), *objects = json_get(in, "Objects"), *o;
	json_t *done = json_own(c->arena, json_new_array());
	json_t *failed = json_own(c->arena, json_new_array());
	json_t *bucket;
	size_t i;

	if (s3_bucket_get(c, in_str(c, "Bucket"), NULL, NULL, &bucket) < 0)
		return -1;
	if (json_array_size(objects) == 0 || json_array_size(objects) > MAX_KEYS)
		return err_set(&c->err, &s3_malformed,
		    "The XML you provided was not well-formed or did not validate against our "
		    "published schema");
	json_array_foreach(objects, i, o) {
		struct deletion d = { bucket, json_str_or(o, "Key", ""),
			json_str(o, "VersionId"), json_str(o, "ETag"), 0, NULL };

		if (delete_one(c, &d) == 0) {
			if (!json_bool(in, "Quiet", 0))
				json_add(done, result_of(&d));
			continue;
		}
		if (c->is_stale || c->err.kind->status >= 500)
			return -1;
		json_add(failed, error_of(&d, &c->err));
		c->err = (struct err){ .kind = NULL };
		c->detail = NULL;
	}
	out_ref(c, "Deleted", done);
	out_ref(c, "Errors", failed);
	return 0;
}

static const struct op ops[] = {
	S3("DeleteObject", delete_object, 0,
	    "Remove an object, a version, or hide it by a marker."),
	S3("DeleteObjects", delete_objects, 0, "Remove many at once."),
};

const struct family s3_deletes = FAMILY(ops, NULL);
