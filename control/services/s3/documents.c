/*
 * S3: configurations of buckets that are one document each: kept, shown, taken away.
 *
 * Of these CORS, encryption, lifecycle and who pays are obeyed; acceleration, analytics, metrics, inventories and
 * intelligent tiering are kept and shown alone, for there is nothing that they would change here.  notification.c, logging.c
 * and replication.c put theirs.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/s3/document.h"

enum { MAX_CONFIGURATIONS = 1000, PAGE = 100 };

static const struct err_kind no_configuration = { "NoSuchConfiguration", 404 };
static const struct err_kind no_cors = { "NoSuchCORSConfiguration", 404 };
static const struct err_kind no_lifecycle = { "NoSuchLifecycleConfiguration", 404 };
static const struct err_kind no_website = { "NoSuchWebsiteConfiguration", 404 };
static const struct err_kind no_replication = { "ReplicationConfigurationNotFoundError",
	404 };
static const struct err_kind no_lock = { "ObjectLockConfigurationNotFoundError", 404 };
static const struct err_kind too_many = { "TooManyConfigurations", 400 };
static const struct err_kind no_acceleration = { "InvalidRequest", 400 };

static const struct document {
	const char *name;   /* behind Put, Get, Delete and List: "BucketCors" */
	const char *member; /* of Put's input, and of the bucket's document */
	const char *out; /* Get's member; NULL: its members are those of the document */
	const char *action;	       /* behind s3:Put and s3:Get */
	const struct err_kind *absent; /* NULL: it is an empty answer */
	const char *words;
	s3_document_check *check;
	int has_id; /* a bucket has several, by id */
} documents[] = {
	{ "BucketCors", "CORSConfiguration", NULL, "BucketCORS", &no_cors,
	    "The CORS configuration does not exist", s3_check_cors, 0 },
	{ "BucketEncryption", "ServerSideEncryptionConfiguration",
	    "ServerSideEncryptionConfiguration", "EncryptionConfiguration", NULL, NULL,
	    s3_check_encryption, 0 },
	{ "BucketLifecycleConfiguration", "LifecycleConfiguration", NULL,
	    "LifecycleConfiguration", &no_lifecycle,
	    "The lifecycle configuration does not exist", s3_check_lifecycle, 0 },
	{ "BucketLifecycle", "LifecycleConfiguration", NULL, "LifecycleConfiguration",
	    &no_lifecycle, NULL, NULL, 0 },
	{ "BucketWebsite", "WebsiteConfiguration", NULL, "BucketWebsite", &no_website,
	    "The specified bucket does not have a website configuration",
	    s3_check_website, 0 },
	{ "BucketReplication", "ReplicationConfiguration", "ReplicationConfiguration",
	    "ReplicationConfiguration", &no_replication,
	    "The replication configuration was not found", NULL, 0 },
	{ "ObjectLockConfiguration", "ObjectLockConfiguration", "ObjectLockConfiguration",
	    "BucketObjectLockConfiguration", &no_lock,
	    "Object Lock configuration does not exist for this bucket", NULL, 0 },
	{ "BucketLogging", "BucketLoggingStatus", NULL, "BucketLogging", NULL, NULL, NULL,
	    0 },
	{ "BucketNotificationConfiguration", "NotificationConfiguration", NULL,
	    "BucketNotification", NULL, NULL, NULL, 0 },
	{ "BucketAccelerateConfiguration", "AccelerateConfiguration", NULL,
	    "AccelerateConfiguration", NULL, NULL, NULL, 0 },
	{ "BucketRequestPayment", "RequestPaymentConfiguration", NULL,
	    "BucketRequestPayment", NULL, NULL, NULL, 0 },
	{ "BucketAnalyticsConfiguration", "AnalyticsConfiguration",
	    "AnalyticsConfiguration", "AnalyticsConfiguration", &no_configuration, NULL,
	    NULL, 1 },
	{ "BucketIntelligentTieringConfiguration", "IntelligentTieringConfiguration",
	    "IntelligentTieringConfiguration", "IntelligentTieringConfiguration",
	    &no_configuration, NULL, s3_check_tiering, 1 },
	{ "BucketInventoryConfiguration", "InventoryConfiguration",
	    "InventoryConfiguration", "InventoryConfiguration", &no_configuration, NULL,
	    NULL, 1 },
	{ "BucketMetricsConfiguration", "MetricsConfiguration", "MetricsConfiguration",
	    "MetricsConfiguration", &no_configuration, NULL, NULL, 1 },
};

/* By the operation's name, less its verb and, of List, its plural. */
static const struct document *
document_of(const struct call *c)
{
	const char *name = c->op->name;

	name += strncmp(name, "Delete", 6) == 0 ? 6 :
	    strncmp(name, "List", 4) == 0	? 4 :
						  3;
	for (size_t i = 0; i + 1 < COUNT(documents); i++) {
		size_t n = strlen(documents[i].name);

		if (strncmp(name, documents[i].name, n) == 0 &&
		    (name[n] == '\0' || strcmp(name + n, "s") == 0))
			return &documents[i];
	}
	return &documents[COUNT(documents) - 1];
}

static const char *
action_of(struct call *c, const struct document *d, const char *verb)
{
	return arena_printf(c->arena, "s3:%s%s", verb, d->action);
}

/* Put */

static int
check_more(struct call *c, const struct document *d, json_t *bucket, const json_t *doc)
{
	if (strcmp(d->name, "BucketAccelerateConfiguration") == 0 &&
	    strchr(json_str_or(bucket, "Name", ""), '.') != NULL)
		return err_set(&c->err, &no_acceleration,
		    "S3 Transfer Acceleration is not supported for buckets with periods (.) in "
		    "their names");
	if (d->has_id &&
	    strcmp(json_str_or(doc, "Id", ""), json_str_or(c->in, "Id", "")) != 0)
		return err_set(&c->err, &s3_bad_argument,
		    "The Id of the configuration is not that of the request");
	return 0;
}

/* The place of a document: the bucket, or the object that has those of a kind by id. */
static json_t *
place_of(const struct document *d, json_t *bucket)
{
	return d->has_id ?
	    json_need_object(json_need_object(bucket, "_several"), d->member) :
	    bucket;
}

static int
put(struct call *c)
{
	const struct document *d = document_of(c);
	json_t *bucket, *doc, *place;
	const char *id = d->member;

	if (s3_bucket_edit(c, in_str(c, "Bucket"), action_of(c, d, "Put"), &bucket) < 0)
		return -1;
	if (in_object(c, d->member) == NULL)
		return err_set(&c->err, &s3_malformed,
		    "The XML you provided was not well-formed or did not validate against our "
		    "published schema");
	doc = json_own(c->arena, json_copy_deep(in_object(c, d->member)));
	if (check_more(c, d, bucket, doc) < 0 ||
	    (d->check != NULL && d->check(c, doc) < 0))
		return -1;
	if (strcmp(d->name, "BucketLifecycleConfiguration") == 0) {
		const char *size = in_str(c, "TransitionDefaultMinimumObjectSize");

		size = size != NULL ? size : "all_storage_classes_128K";
		json_set_str(bucket, "_transition_size", size);
		out_str(c, "TransitionDefaultMinimumObjectSize", size);
	}
	place = place_of(d, bucket);
	if (d->has_id)
		id = in_str(c, "Id");
	if (d->has_id && json_get(place, id) == NULL &&
	    json_object_size(place) >= MAX_CONFIGURATIONS)
		return err_set(&c->err, &too_many,
		    "You are attempting to create a new configuration but have already "
		    "reached the 1,000-configuration limit.");
	json_set(place, id, json_incref(doc));
	s3_bucket_put(c, bucket);
	return 0;
}

/* Get */

static int
absent(struct call *c, const struct document *d)
{
	c->detail =
	    json_own(c->arena, json_make("{s:s}", "BucketName", in_str(c, "Bucket")));
	return err_set(&c->err, d->absent, "%s",
	    d->words != NULL ? d->words : "The specified configuration does not exist.");
}

/* What a bucket has that was never told: NULL when it is nothing. */
static json_t *
own_document(struct call *c, const struct document *d)
{
	if (strcmp(d->name, "BucketEncryption") == 0)
		return json_own(c->arena,
		    json_make("{s:[{s:{s:s}, s:b}]}", "Rules",
			"ApplyServerSideEncryptionByDefault", "SSEAlgorithm", "AES256",
			"BucketKeyEnabled", 0));
	if (strcmp(d->name, "BucketRequestPayment") == 0)
		return json_own(c->arena, json_make("{s:s}", "Payer", "BucketOwner"));
	return NULL;
}

static int
get(struct call *c)
{
	const struct document *d = document_of(c);
	json_t *bucket, *doc, *v;
	const char *name;

	if (s3_bucket_get(c, in_str(c, "Bucket"), NULL, action_of(c, d, "Get"), &bucket) <
	    0)
		return -1;
	doc = d->has_id ?
	    json_get(json_get(json_get(bucket, "_several"), d->member), in_str(c, "Id")) :
	    json_get(bucket, d->member);
	if (doc == NULL)
		doc = own_document(c, d);
	if (doc == NULL)
		return d->absent != NULL ? absent(c, d) : 0;
	if (strcmp(d->name, "BucketLifecycleConfiguration") == 0)
		out_str(c, "TransitionDefaultMinimumObjectSize",
		    json_str_or(bucket, "_transition_size", "all_storage_classes_128K"));
	if (d->out != NULL) {
		out_ref(c, d->out, doc);
		return 0;
	}
	json_object_foreach(doc, name, v)
		out_ref(c, name, v);
	return 0;
}

/* Delete: what is not there is gone, but of those with an id */

static int
drop(struct call *c)
{
	const struct document *d = document_of(c);
	json_t *bucket, *place;
	const char *id = d->member;

	const char *verb = strcmp(d->name, "BucketWebsite") == 0 ? "Delete" : "Put";

	if (s3_bucket_edit(c, in_str(c, "Bucket"), action_of(c, d, verb), &bucket) < 0)
		return -1;
	place = place_of(d, bucket);
	if (d->has_id)
		id = in_str(c, "Id");
	if (d->has_id && json_get(place, id) == NULL)
		return absent(c, d);
	json_del(place, id);
	s3_bucket_put(c, bucket);
	return 0;
}

/* List: by id, a hundred at once */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
list(struct call *c)
{
	const struct document *d = document_of(c);
	const char *after = in_str(c, "ContinuationToken"), **names, *name;
	json_t *bucket, *all, *ignored, *rows = json_own(c->arena, json_new_array());
	size_t n = 0;
	int more = 0;

	if (s3_bucket_get(c, in_str(c, "Bucket"), NULL, action_of(c, d, "Get"), &bucket) <
	    0)
		return -1;
	all = json_get(json_get(bucket, "_several"), d->member);
	names = arena_calloc(c->arena, json_object_size(all) + 1, sizeof(*names));
	json_object_foreach(all, name, ignored)
		names[n++] = name;
	qsort(names, n, sizeof(*names), by_text);
	for (size_t i = 0; i < n && !more; i++) {
		if (after != NULL && strcmp(names[i], after) <= 0)
			continue;
		more = json_array_size(rows) == PAGE;
		if (!more)
			json_add(rows, json_incref(json_get(all, names[i])));
	}
	if (more)
		out_str(c, "NextContinuationToken",
		    json_str(json_array_get(rows, PAGE - 1), "Id"));
	if (after != NULL)
		out_str(c, "ContinuationToken", after);
	out_bool(c, "IsTruncated", more);
	out_ref(c, arena_printf(c->arena, "%sList", d->member), rows);
	return 0;
}

static const struct op ops[] = {
	S3("DeleteBucketAnalyticsConfiguration", drop, 0,
	    "Remove an analytics configuration."),
	S3("DeleteBucketCors", drop, 0, "Let no pages of others read a bucket."),
	S3("DeleteBucketEncryption", drop, 0, "Go back to S3's own encryption."),
	S3("DeleteBucketIntelligentTieringConfiguration", drop, 0,
	    "Remove a tiering configuration."),
	S3("DeleteBucketInventoryConfiguration", drop, 0,
	    "Remove an inventory configuration."),
	S3("DeleteBucketLifecycle", drop, 0, "Let objects be, whatever their age."),
	S3("DeleteBucketMetricsConfiguration", drop, 0,
	    "Remove a metrics configuration."),
	S3("DeleteBucketReplication", drop, 0, "Replicate no more."),
	S3("DeleteBucketWebsite", drop, 0, "Let a bucket be no website."),
	S3("GetBucketAccelerateConfiguration", get, OP_READ,
	    "Show whether a bucket's transfers are accelerated."),
	S3("GetBucketAnalyticsConfiguration", get, OP_READ,
	    "Show an analytics configuration."),
	S3("GetBucketCors", get, OP_READ, "Show whose pages may read a bucket."),
	S3("GetBucketEncryption", get, OP_READ,
	    "Show how a bucket's objects are encrypted."),
	S3("GetBucketIntelligentTieringConfiguration", get, OP_READ,
	    "Show a tiering configuration."),
	S3("GetBucketInventoryConfiguration", get, OP_READ,
	    "Show an inventory configuration."),
	S3("GetBucketLifecycleConfiguration", get, OP_READ,
	    "Show what happens to objects with time."),
	S3("GetBucketLogging", get, OP_READ, "Show where requests are logged."),
	S3("GetBucketMetricsConfiguration", get, OP_READ,
	    "Show a metrics configuration."),
	S3("GetBucketNotificationConfiguration", get, OP_READ,
	    "Show who is told of what happens in a bucket."),
	S3("GetBucketReplication", get, OP_READ, "Show whereto a bucket is replicated."),
	S3("GetBucketRequestPayment", get, OP_READ, "Show who pays for requests."),
	S3("GetBucketWebsite", get, OP_READ, "Show how a bucket is a website."),
	S3("GetObjectLockConfiguration", get, OP_READ,
	    "Show whether a bucket's objects can be locked."),
	S3("ListBucketAnalyticsConfigurations", list, OP_READ,
	    "List analytics configurations."),
	S3("ListBucketIntelligentTieringConfigurations", list, OP_READ,
	    "List tiering configurations."),
	S3("ListBucketInventoryConfigurations", list, OP_READ,
	    "List inventory configurations."),
	S3("ListBucketMetricsConfigurations", list, OP_READ,
	    "List metrics configurations."),
	S3("PutBucketAccelerateConfiguration", put, 0, "Accelerate transfers, or not."),
	S3("PutBucketAnalyticsConfiguration", put, 0, "Keep an analytics configuration."),
	S3("PutBucketCors", put, 0, "Say whose pages may read a bucket."),
	S3("PutBucketEncryption", put, 0, "Say how a bucket's objects are encrypted."),
	S3("PutBucketIntelligentTieringConfiguration", put, 0,
	    "Keep a tiering configuration."),
	S3("PutBucketInventoryConfiguration", put, 0, "Keep an inventory configuration."),
	S3("PutBucketLifecycleConfiguration", put, 0,
	    "Say what happens to objects with time."),
	S3("PutBucketMetricsConfiguration", put, 0, "Keep a metrics configuration."),
	S3("PutBucketRequestPayment", put, 0, "Say who pays for requests."),
	S3("PutBucketWebsite", put, 0, "Let a bucket be a website."),
};

const struct family s3_documents = FAMILY(ops, NULL);
