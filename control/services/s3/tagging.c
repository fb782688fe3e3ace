/* Tags of buckets and of objects. */
#include <string.h>

#include "base/enc.h"
#include "control/services/s3/event.h"
#include "control/services/s3/replication.h"
#include "control/services/s3/s3.h"

static const struct err_kind no_tags = { "NoSuchTagSet", 404 };
static const struct err_kind bad_tag = { "InvalidTag", 400 };
static const struct err_kind too_many = { "BadRequest", 400 };

enum { MAX_KEY = 128, MAX_VALUE = 256 }; /* characters */

int
s3_check_tags(struct call *c, const json_t *tags, size_t max, const char *noun)
{
	const json_t *tag, *other;
	size_t i, k;

	if (json_array_size(tags) > max)
		return err_set(&c->err, &too_many, "%s tags cannot be greater than %zu",
		    noun, max);
	json_array_foreach(tags, i, tag) {
		const char *key = json_str_or(tag, "Key", "");

		if (utf8_length(key) > MAX_KEY || *key == '\0')
			return err_set(&c->err, &bad_tag,
			    "The TagKey you have provided is invalid");
		if (utf8_length(json_str_or(tag, "Value", "")) > MAX_VALUE)
			return err_set(&c->err, &bad_tag,
			    "The TagValue you have provided is invalid");
		if (strncmp(key, "aws:", 4) == 0)
			return err_set(&c->err, &bad_tag,
			    "System tags cannot be added/updated by requester");
		json_array_foreach(tags, k, other) {
			if (k < i && strcmp(json_str_or(other, "Key", ""), key) == 0)
				return err_set(&c->err, &bad_tag,
				    "Cannot provide multiple Tags with the same key");
		}
	}
	return 0;
}

/* Buckets */

static int
put_bucket_tagging(struct call *c)
{
	json_t *tags = json_get(in_object(c, "Tagging"), "TagSet"), *bucket;

	if (s3_bucket_edit(c, in_str(c, "Bucket"), "s3:PutBucketTagging", &bucket) < 0 ||
	    s3_check_tags(c, tags, S3_BUCKET_TAGS, "Bucket") < 0)
		return -1;
	json_set(bucket, "Tagging", json_make("{s:o}", "TagSet", json_copy_deep(tags)));
	s3_bucket_put(c, bucket);
	return 0;
}

static int
get_bucket_tagging(struct call *c)
{
	json_t *bucket;

	if (s3_bucket_get(c, in_str(c, "Bucket"), NULL, "s3:GetBucketTagging", &bucket) <
	    0)
		return -1;
	if (json_get(bucket, "Tagging") == NULL) {
		c->detail = json_own(c->arena,
		    json_make("{s:s}", "BucketName", in_str(c, "Bucket")));
		return err_set(&c->err, &no_tags, "The TagSet does not exist");
	}
	out_ref(c, "TagSet", json_path(bucket, "Tagging.TagSet"));
	return 0;
}

static int
delete_bucket_tagging(struct call *c)
{
	json_t *bucket;

	if (s3_bucket_edit(c, in_str(c, "Bucket"), "s3:PutBucketTagging", &bucket) < 0)
		return -1;
	json_del(bucket, "Tagging");
	s3_bucket_put(c, bucket);
	return 0;
}

/* Objects */

/* The version, and where it is: 0 or -1. */
static int
need(struct call *c, const char *action, const char *versioned, json_t **ret_bucket,
    json_t **ret, const char **ret_id)
{
	const char *key = in_str(c, "Key"), *version = in_str(c, "VersionId");

	if (s3_bucket_get(c, in_str(c, "Bucket"), key,
		version != NULL ? versioned : action, ret_bucket) < 0 ||
	    s3_find(c, *ret_bucket, key, version, ret, NULL) < 0 ||
	    s3_find(c, *ret_bucket, key, version, ret, ret_id) < 0)
		return -1;
	if (strcmp(json_str_or(*ret, "VersionId", "null"), "null") != 0)
		out_str(c, "VersionId", json_str(*ret, "VersionId"));
	return 0;
}

static int
get_object_tagging(struct call *c)
{
	json_t *bucket, *doc, *tags;
	const char *id;

	if (need(c, "s3:GetObjectTagging", "s3:GetObjectVersionTagging", &bucket, &doc,
		&id) < 0)
		return -1;
	tags = json_get(doc, "_tags");
	out_set(c, "TagSet", tags != NULL ? json_incref(tags) : json_new_array());
	return 0;
}

static int
set_tags(struct call *c, const json_t *bucket, const char *id, const json_t *doc,
    const json_t *tags)
{
	json_t *copy = json_own(c->arena, json_copy_deep(doc));

	json_del(copy, "_tags");
	if (json_array_size(tags) > 0)
		json_set(copy, "_tags", json_copy_deep(tags));
	s3_replicate(c, bucket, copy);
	s3_put_found(c, bucket, id, copy);
	s3_event(c, bucket, copy,
	    json_array_size(tags) > 0 ? "ObjectTagging:Put" : "ObjectTagging:Delete");
	return 0;
}

static int
put_object_tagging(struct call *c)
{
	const json_t *tags = json_get(in_object(c, "Tagging"), "TagSet");
	json_t *bucket, *doc;
	const char *id;

	if (need(c, "s3:PutObjectTagging", "s3:PutObjectVersionTagging", &bucket, &doc,
		&id) < 0 ||
	    s3_check_tags(c, tags, S3_OBJECT_TAGS, "Object") < 0)
		return -1;
	return set_tags(c, bucket, id, doc, tags);
}

static int
delete_object_tagging(struct call *c)
{
	json_t *bucket, *doc;
	const char *id;

	if (need(c, "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging", &bucket,
		&doc, &id) < 0)
		return -1;
	return set_tags(c, bucket, id, doc, NULL);
}

static const struct op ops[] = {
	S3("DeleteBucketTagging", delete_bucket_tagging, 0, "Remove a bucket's tags."),
	S3("DeleteObjectTagging", delete_object_tagging, 0, "Remove an object's tags."),
	S3("GetBucketTagging", get_bucket_tagging, OP_READ, "Show a bucket's tags."),
	S3("GetObjectTagging", get_object_tagging, OP_READ, "Show an object's tags."),
	S3("PutBucketTagging", put_bucket_tagging, 0, "Replace a bucket's tags."),
	S3("PutObjectTagging", put_object_tagging, 0, "Replace an object's tags."),
};

const struct family s3_taggings = FAMILY(ops, NULL);
