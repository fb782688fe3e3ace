/*
 * S3: events of buckets, as they are worded and recorded.
 *
 * Not emulated: what S3 says of things that do not happen here (lost objects, tiering, replication time), and the
 * customer's id in ownerIdentity, which is made of the owner's canonical id.
 */
#include "control/services/s3/event.h"

#include <inttypes.h>
#include <string.h>

#include "base/enc.h"
#include "control/services/s3/s3.h"

enum { RANDOM = 8 };

/* What each operation's new version is called; EventBridge says the reason apart. */
static const struct {
	const char *op, *name, *reason;
} made[] = {
	{ "CompleteMultipartUpload", "ObjectCreated:CompleteMultipartUpload",
	    "CompleteMultipartUpload" },
	{ "CopyObject", "ObjectCreated:Copy", "CopyObject" },
	{ "PostObject", "ObjectCreated:Post", "POST Object" },
	{ "PutObject", "ObjectCreated:Put", "PutObject" },
};

/* Beginnings of names, what EventBridge calls them, and the version of S3's message that has them. */
static const struct {
	const char *name, *detail, *version;
} kinds[] = {
	{ "ObjectCreated:", "Object Created", "2.1" },
	{ "ObjectRemoved:", "Object Deleted", "2.1" },
	{ "LifecycleExpiration:", "Object Deleted", "2.3" },
	{ "ObjectRestore:Post", "Object Restore Initiated", "2.1" },
	{ "ObjectRestore:Completed", "Object Restore Completed", "2.1" },
	{ "ObjectTagging:Put", "Object Tags Added", "2.3" },
	{ "ObjectTagging:Delete", "Object Tags Deleted", "2.3" },
	{ "ObjectAcl:Put", "Object ACL Updated", "2.3" },
	{ "LifecycleTransition", "Object Storage Class Changed", "2.3" },
	{ "ObjectRetention:", NULL, "2.3" },
};

static size_t
kind_of(const char *name)
{
	size_t i = 0;

	while (i + 1 < COUNT(kinds) &&
	    strncmp(name, kinds[i].name, strlen(kinds[i].name)) != 0)
		i++;
	return i;
}

int
s3_event_means(const char *said, const char *name)
{
	size_t n = strlen(said);

	if (strncmp(said, "s3:", 3) != 0)
		return 0;
	said += 3;
	n -= 3;
	if (n > 0 && said[n - 1] == '*')
		return strncmp(said, name, n - 1) == 0;
	return strcmp(said, name) == 0;
}

/* Messages */

static const char *
time_of(struct call *c)
{
	char *text = arena_alloc(c->arena, 32);

	clock_iso8601(c->now_ms, 1, text);
	return text;
}

static const char *
principal_of(struct call *c)
{
	if (c->op == NULL)
		return "s3.amazonaws.com";
	if (c->who.kind == PRINCIPAL_NOBODY)
		return "Anonymous";
	return arena_printf(c->arena, "AWS:%s",
	    c->who.user_id != NULL ? c->who.user_id : c->account);
}

/* 14 characters, as ids of customers have. */
static const char *
customer_of(struct call *c, const json_t *bucket)
{
	const char *id =
	    json_str_or(json_own(c->arena,
			    s3_owner(c->arena, json_str_or(bucket, "_owner", ""))),
		"ID", "");
	char *text = arena_printf(c->arena, "A%.13s", id);

	for (char *p = text; *p != '\0'; p++) {
		if (*p >= 'a' && *p <= 'f')
			*p = (char)(*p - 'a' + 'A');
	}
	return text;
}

/* As in a form: "a+b%C3%BC", slashes as they are. */
static const char *
encoded(struct call *c, const char *key)
{
	struct buf *b = buf_new(c->arena, 0);

	for (const char *p = key; *p != '\0';) {
		size_t n = strcspn(p, " ");

		percent_encode(b, p, n, 1);
		if (p[n] == ' ')
			buf_str(b, "+");
		p += n + (p[n] == ' ');
	}
	return buf_text(b);
}

/* The ETag goes without its quotation marks. */
static void
set_etag(struct call *c, json_t *object, const char *name, const json_t *doc)
{
	const char *etag = json_str(doc, "ETag");
	size_t n = etag != NULL ? strlen(etag) : 0;

	if (n >= 2)
		json_set_str(object, name, arena_strndup(c->arena, etag + 1, n - 2));
}

/* What an event says of the object; names differ between S3 and EventBridge. */
static json_t *
object_of(struct call *c, const json_t *doc, const char *name, int for_bus)
{
	const char *version = json_str_or(doc, "VersionId", "null");
	const char *key = json_str_or(doc, "Key", "");
	int is_gone = strncmp(name, "ObjectRemoved:", 14) == 0 ||
	    strncmp(name, "LifecycleExpiration:", 20) == 0;
	json_t *o = json_make("{s:s}", "key", for_bus ? key : encoded(c, key));

	if (!is_gone) {
		json_set_int(o, "size", json_int(doc, "Size", 0));
		set_etag(c, o, for_bus ? "etag" : "eTag", doc);
	} else if (json_bool(doc, "DeleteMarker", 0)) {
		json_set_str(o, for_bus ? "etag" : "eTag",
		    "d41d8cd98f00b204e9800998ecf8427e");
	}
	if (strcmp(version, "null") != 0)
		json_set_str(o, for_bus ? "version-id" : "versionId", version);
	json_set_fmt(o, "sequencer", "%018" PRIX64,
	    is_gone && !json_bool(doc, "DeleteMarker", 0) ?
		(uint64_t)c->now_ms * 1000 :
		(uint64_t)json_int(doc, "_seq", 0));
	return o;
}

static json_t *
message_of(struct call *c, const json_t *bucket, const json_t *doc, const char *name,
    const char *configuration)
{
	const char *bucket_name = json_str_or(bucket, "Name", "");
	json_t *record =
	    json_make("{s:s, s:s, s:s, s:s, s:s, s:{s:s}, s:{s:s}, s:{s:s, s:s}}",
		"eventVersion", kinds[kind_of(name)].version, "eventSource", "aws:s3",
		"awsRegion", json_str_or(bucket, "Region", ""), "eventTime", time_of(c),
		"eventName", name, "userIdentity", "principalId", principal_of(c),
		"requestParameters", "sourceIPAddress",
		c->source_ip != NULL ? c->source_ip : "127.0.0.1", "responseElements",
		"x-amz-request-id", c->request_id, "x-amz-id-2", c->request_id);

	json_set(record, "s3",
	    json_make("{s:s, s:s, s:{s:s, s:{s:s}, s:o}, s:o}", "s3SchemaVersion", "1.0",
		"configurationId", configuration, "bucket", "name", bucket_name,
		"ownerIdentity", "principalId", customer_of(c, bucket), "arn",
		json_new_fmt("arn:aws:s3:::%s", bucket_name), "object",
		object_of(c, doc, name, 0)));
	if (strcmp(name, "ObjectRestore:Completed") == 0) {
		char *until = arena_alloc(c->arena, 32);

		clock_iso8601(json_int(doc, "_restored_until", 0) * 1000, 1, until);
		json_set(record, "glacierEventData",
		    json_make("{s:{s:s, s:s}}", "restoreEventData",
			"lifecycleRestorationExpiryTime", until,
			"lifecycleRestoreStorageClass",
			json_str_or(doc, "StorageClass", "")));
	}
	if (strcmp(name, "LifecycleTransition") == 0)
		json_set(record, "lifecycleEventData",
		    json_make("{s:{s:s}}", "transitionEventData",
			"destinationStorageClass", json_str_or(doc, "StorageClass", "")));
	return json_make("{s:[o]}", "Records", record);
}

/* Why, in EventBridge's detail. */
static void
add_reason(const struct call *c, json_t *detail, const char *name, const json_t *doc)
{
	if (strncmp(name, "ObjectCreated:", 14) == 0) {
		for (size_t i = 0; i < COUNT(made); i++) {
			if (strcmp(made[i].name, name) == 0)
				json_set_str(detail, "reason", made[i].reason);
		}
	} else if (strcmp(kinds[kind_of(name)].name, "ObjectRemoved:") == 0) {
		json_set_str(detail, "reason", "DeleteObject");
	} else if (strcmp(kinds[kind_of(name)].name, "LifecycleExpiration:") == 0) {
		json_set_str(detail, "reason", "Lifecycle Expiration");
	}
	if (json_get(detail, "reason") != NULL &&
	    strncmp(name, "ObjectCreated:", 14) != 0)
		json_set_str(detail, "deletion-type",
		    strstr(name, "DeleteMarkerCreated") != NULL ?
			"Delete Marker Created" :
			"Permanently Deleted");
	if (strcmp(name, "LifecycleTransition") == 0)
		json_set_str(detail, "destination-storage-class",
		    json_str(doc, "StorageClass"));
	json_set_str(detail, "source-ip-address", c->op != NULL ? c->source_ip : NULL);
}

static json_t *
bus_message_of(struct call *c, const json_t *bucket, const json_t *doc, const char *name)
{
	const char *bucket_name = json_str_or(bucket, "Name", "");
	char id[33], at[32];
	json_t *detail = json_make("{s:s, s:{s:s}, s:o, s:s, s:s}", "version", "0",
	    "bucket", "name", bucket_name, "object", object_of(c, doc, name, 1),
	    "request-id", c->request_id, "requester",
	    c->op != NULL ? c->account : "s3.amazonaws.com");

	add_reason(c, detail, name, doc);
	random_hex(id, 32);
	clock_iso8601(c->now_ms, 0, at);
	return json_make("{s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:[o], s:o}", "version",
	    "0", "id",
	    json_new_fmt("%.8s-%.4s-%.4s-%.4s-%.12s", id, id + 8, id + 12, id + 16,
		id + 20),
	    "detail-type", kinds[kind_of(name)].detail, "source", "aws.s3", "account",
	    json_str_or(bucket, "_owner", ""), "time", at, "region",
	    json_str_or(bucket, "Region", ""), "resources",
	    json_new_fmt("arn:aws:s3:::%s", bucket_name), "detail", detail);
}

/* Records */

/* Later ones sort behind; no other transaction has the id, so none is in the way of another. */
static void
record(struct call *c, const json_t *bucket, const char *target,
    const char *configuration, const char *name, json_t *message)
{
	json_t *doc = json_own(c->arena,
	    json_make("{s:s, s:s, s:s, s:s, s:I, s:s, s:o}", "bucket",
		json_str_or(bucket, "Name", ""), "target", target, "configurationId",
		configuration, "name", name, "at", (json_int_t)c->now_ms, "state",
		"recorded", "message", message));
	char random[RANDOM + 1];

	random_hex(random, RANDOM);
	s3_put_at(c, bucket, S3_EVENT,
	    arena_printf(c->arena, "%s/%016" PRIx64 "%s", json_str_or(bucket, "Name", ""),
		(uint64_t)c->now_ms, random),
	    doc);
}

static int
starts(const char *key, const char *with)
{
	return strncmp(key, with, strlen(with)) == 0;
}

static int
ends(const char *key, const char *with)
{
	size_t n = strlen(key), k = strlen(with);

	return n >= k && strcmp(key + n - k, with) == 0;
}

static int
is_wanted(const json_t *configuration, const char *key, const char *name)
{
	const json_t *v;
	int good = 0;
	size_t i;

	json_array_foreach(json_get(configuration, "Events"), i, v)
		good |= s3_event_means(json_string_value(v), name);
	json_array_foreach(json_path(configuration, "Filter.Key.FilterRules"), i, v) {
		const char *value = json_str_or(v, "Value", "");

		good &= strcmp(json_str_or(v, "Name", ""), "Prefix") == 0 ?
		    starts(key, value) :
		    ends(key, value);
	}
	return good;
}

void
s3_event(struct call *c, const json_t *bucket, const json_t *doc, const char *name)
{
	static const char *const lists[][2] = { { "TopicConfigurations", "TopicArn" },
		{ "QueueConfigurations", "QueueArn" },
		{ "LambdaFunctionConfigurations", "LambdaFunctionArn" } };
	const json_t *all = json_get(bucket, "NotificationConfiguration"), *row;
	const char *key = json_str_or(doc, "Key", "");
	size_t k;

	for (size_t i = 0; all != NULL && i < COUNT(lists); i++) {
		json_array_foreach(json_get(all, lists[i][0]), k, row) {
			const char *id = json_str_or(row, "Id", "");

			if (is_wanted(row, key, name))
				record(c, bucket, json_str_or(row, lists[i][1], ""), id,
				    name, message_of(c, bucket, doc, name, id));
		}
	}
	if (json_get(all, "EventBridgeConfiguration") == NULL ||
	    kinds[kind_of(name)].detail == NULL)
		return;
	record(c, bucket,
	    arena_printf(c->arena, "arn:aws:events:%s:%s:event-bus/default",
		json_str_or(bucket, "Region", ""), json_str_or(bucket, "_owner", "")),
	    "EventBridge", name, bus_message_of(c, bucket, doc, name));
}

void
s3_event_put(struct call *c, const json_t *bucket, const json_t *doc)
{
	int is_replica =
	    strcmp(json_str_or(doc, "ReplicationStatus", ""), "REPLICA") == 0;

	if (json_bool(doc, "DeleteMarker", 0)) {
		s3_event(c, bucket, doc,
		    c->op != NULL || is_replica ?
			"ObjectRemoved:DeleteMarkerCreated" :
			"LifecycleExpiration:DeleteMarkerCreated");
		return;
	}
	if (is_replica)
		s3_event(c, bucket, doc, "ObjectCreated:Put");
	for (size_t i = 0; c->op != NULL && i < COUNT(made); i++) {
		if (strcmp(made[i].op, c->is_form ? "PostObject" : c->op->name) == 0)
			s3_event(c, bucket, doc, made[i].name);
	}
}

void
s3_event_removed(struct call *c, const json_t *bucket, const json_t *doc)
{
	s3_event(c, bucket, doc,
	    c->op != NULL ? "ObjectRemoved:Delete" : "LifecycleExpiration:Delete");
}

void
s3_event_test(struct call *c, const json_t *bucket, const char *target, const char *id)
{
	record(c, bucket, target, id, "TestEvent",
	    json_make("{s:s, s:s, s:s, s:s, s:s, s:s}", "Service", "Amazon S3", "Event",
		"s3:TestEvent", "Time", time_of(c), "Bucket",
		json_str_or(bucket, "Name", ""), "RequestId", c->request_id, "HostId",
		c->request_id));
}
