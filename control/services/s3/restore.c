/*
 * S3: archived objects, read again for some days.
 *
 * A version that was restored has _restored_until; its class stays.  Not emulated: the time that a restoration takes
 * (the copy is there at once, in each tier), SELECT.
 */
#include <string.h>
#include <time.h>

#include "control/services/s3/event.h"
#include "control/services/s3/s3.h"

static const struct err_kind archived = { "InvalidObjectState", 403 };
static const struct err_kind unsupported = { "NotImplemented", 501 };

enum { DAY_S = 86400 };

static int
is_archived(const char *class)
{
	return strcmp(class, "GLACIER") == 0 || strcmp(class, "DEEP_ARCHIVE") == 0;
}

int64_t
s3_restored_until(const struct call *c, const json_t *doc)
{
	int64_t until = json_int(doc, "_restored_until", 0);

	return is_archived(json_str_or(doc, "StorageClass", "")) &&
		until > c->now_ms / 1000 ?
	    until :
	    0;
}

int
s3_check_archived(struct call *c, const json_t *doc)
{
	const char *class = json_str_or(doc, "StorageClass", "");

	if (!is_archived(class) || s3_restored_until(c, doc) > 0)
		return 0;
	c->detail = json_own(c->arena, json_make("{s:s}", "StorageClass", class));
	return err_set(&c->err, &archived,
	    "The operation is not valid for the object's storage class");
}

void
s3_show_restored(struct call *c, const json_t *doc)
{
	time_t until = (time_t)s3_restored_until(c, doc);
	char date[64];
	struct tm tm;

	if (until == 0 || gmtime_r(&until, &tm) == NULL ||
	    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm) == 0)
		return;
	out_str(c, "Restore",
	    arena_printf(c->arena, "ongoing-request=\"false\", expiry-date=\"%s\"",
		date));
}

/* RestoreObject */

static int
check_request(struct call *c, const json_t *request, const char *class)
{
	static const char *const select[] = { "Type", "SelectParameters",
		"OutputLocation", "Description" };
	const char *tier = json_str(json_get(request, "GlacierJobParameters"), "Tier");

	for (size_t i = 0; i < COUNT(select); i++) {
		if (json_get(request, select[i]) != NULL)
			return err_set(&c->err, &unsupported,
			    "The parameter %s is not implemented.", select[i]);
	}
	if (!is_archived(class)) {
		c->detail = json_own(c->arena, json_make("{s:s}", "StorageClass", class));
		return err_set(&c->err, &archived,
		    "Restore is not allowed for the object's current storage class");
	}
	if (json_get(request, "Days") == NULL)
		return err_set(&c->err, &s3_malformed,
		    "The XML you provided was not well-formed or did not validate against our "
		    "published schema");
	if (json_int(request, "Days", 0) < 1)
		return err_set(&c->err, &s3_bad_argument,
		    "restoration days should be at least 1");
	tier = tier != NULL ? tier : json_str_or(request, "Tier", "Standard");
	if (strcmp(class, "DEEP_ARCHIVE") == 0 && strcmp(tier, "Expedited") == 0)
		return err_set(&c->err, &s3_bad_argument,
		    "Retrieval option is not supported by this storage class");
	return 0;
}

/* A copy that is there already gets a new time, and the answer is 200. */
static int
restore(struct call *c)
{
	const json_t *request = in_object(c, "RestoreRequest");
	const char *key = in_str(c, "Key"), *id;
	int64_t until = c->now_ms / 1000 + json_int(request, "Days", 0) * DAY_S;
	json_t *bucket, *doc, *copy;

	if (s3_bucket_get(c, in_str(c, "Bucket"), key, "s3:RestoreObject", &bucket) < 0 ||
	    s3_find(c, bucket, key, in_str(c, "VersionId"), &doc, &id) < 0)
		return -1;
	if (json_bool(doc, "DeleteMarker", 0))
		return err_set(&c->err, &s3_no_key, "The specified key does not exist.");
	if (check_request(c, request, json_str_or(doc, "StorageClass", "STANDARD")) < 0)
		return -1;
	copy = json_own(c->arena, json_copy_deep(doc));
	json_set_int(copy, "_restored_until", (until + DAY_S - 1) / DAY_S * DAY_S);
	s3_put_found(c, bucket, id, copy);
	s3_event(c, bucket, copy, "ObjectRestore:Post");
	s3_event(c, bucket, copy, "ObjectRestore:Completed");
	c->status = s3_restored_until(c, doc) > 0 ? 200 : 202;
	return 0;
}

static const struct op ops[] = {
	S3("RestoreObject", restore, 0, "Let an archived object be read for some days."),
};

const struct family s3_restores = FAMILY(ops, NULL);
