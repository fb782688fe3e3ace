/*
 * S3: which bucket logs whereto, and the lines.
 *
 * Not emulated: lines of requests that failed before their bucket was known (a wrong signature), of deletions by
 * lifecycle rules, cipher suites and access points.
 */
#include "control/services/s3/logging.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/log.h"
#include "control/services/s3/event.h"
#include "control/services/s3/grants.h"

enum { RANDOM = 8, ID_LEN = 16 };

static const struct err_kind bad_target = { "InvalidTargetBucketForLogging", 400 };
static const struct err_kind unsupported = { "NotImplemented", 501 };
static const struct err_kind other_region = { "CrossLocationLoggingProhibited", 403 };

/* PutBucketLogging */

static int
check(struct call *c, const json_t *bucket, const json_t *on)
{
	const json_t *format = json_get(on, "TargetObjectKeyFormat");
	json_t *target;

	if (s3_bucket_source(c, json_str_or(on, "TargetBucket", ""), &target) < 0) {
		if (c->err.kind != &s3_no_bucket)
			return -1;
		c->detail = json_own(c->arena,
		    json_make("{s:s}", "TargetBucket",
			json_str_or(on, "TargetBucket", "")));
		return err_set(&c->err, &bad_target,
		    "The target bucket for logging does not exist");
	}
	if (strcmp(json_str_or(target, "_owner", ""),
		json_str_or(bucket, "_owner", "")) != 0)
		return err_set(&c->err, &bad_target,
		    "The owner for the bucket to be logged and the target bucket must be the "
		    "same.");
	if (strcmp(json_str_or(target, "Region", ""),
		json_str_or(bucket, "Region", "")) != 0)
		return err_set(&c->err, &other_region,
		    "Cross S3 location logging not allowed. ");
	if (json_array_size(json_get(on, "TargetGrants")) > 0)
		return s3_acl_counts(target) ?
		    err_set(&c->err, &unsupported, "TargetGrants are not implemented.") :
		    err_set(&c->err, &s3_no_acl, "The bucket does not allow ACLs");
	if (format != NULL &&
	    (json_get(format, "SimplePrefix") != NULL) ==
		(json_get(format, "PartitionedPrefix") != NULL))
		return err_set(&c->err, &s3_malformed,
		    "The XML you provided was not well-formed or did not validate against our "
		    "published schema");
	return 0;
}

static int
put_logging(struct call *c)
{
	const json_t *on =
	    json_get(in_object(c, "BucketLoggingStatus"), "LoggingEnabled");
	json_t *bucket;

	if (s3_bucket_edit(c, in_str(c, "Bucket"), "s3:PutBucketLogging", &bucket) < 0 ||
	    (on != NULL && check(c, bucket, on) < 0))
		return -1;
	json_del(bucket, "BucketLoggingStatus");
	if (on != NULL)
		json_set(bucket, "BucketLoggingStatus",
		    json_make("{s:o}", "LoggingEnabled", json_copy_deep(on)));
	s3_bucket_put(c, bucket);
	return s3_outbox_open(c, bucket);
}

static const struct op ops[] = {
	S3("PutBucketLogging", put_logging, 0,
	    "Write of a bucket's requests into another, or no longer."),
};

const struct family s3_loggings = FAMILY(ops, NULL);

/* Lines */

/* What a parameter of the query makes of the resource. */
static const struct {
	const char *parameter, *name;
	int of_key; /* "OBJECT_" before it, when there is a key */
} resources[] = {
	{ "acl", "ACL", 1 },
	{ "cors", "CORS", 0 },
	{ "delete", "MULTI_OBJECT_DELETE", 0 },
	{ "encryption", "ENCRYPTION", 0 },
	{ "legal-hold", "LEGAL_HOLD", 1 },
	{ "lifecycle", "LIFECYCLE", 0 },
	{ "location", "LOCATION", 0 },
	{ "logging", "LOGGING_STATUS", 0 },
	{ "notification", "NOTIFICATION", 0 },
	{ "object-lock", "OBJECT_LOCK_CONFIGURATION", 0 },
	{ "ownershipControls", "OWNERSHIP_CONTROLS", 0 },
	{ "partNumber", "PART", 0 },
	{ "policy", "BUCKETPOLICY", 0 },
	{ "publicAccessBlock", "PUBLIC_ACCESS_BLOCK", 0 },
	{ "replication", "REPLICATION", 0 },
	{ "requestPayment", "REQUEST_PAYMENT", 0 },
	{ "retention", "RETENTION", 1 },
	{ "tagging", "TAGGING", 1 },
	{ "uploadId", "UPLOAD", 0 },
	{ "uploads", "UPLOADS", 0 },
	{ "versioning", "VERSIONING", 0 },
	{ "versions", "BUCKETVERSIONS", 0 },
	{ "website", "WEBSITE", 0 },
};

static int
has_parameter(const char *query, const char *name)
{
	size_t n = strlen(name);

	while (*query != '\0') {
		size_t k = strcspn(query, "=&");

		if (k == n && strncmp(query, name, n) == 0)
			return 1;
		query += strcspn(query, "&");
		query += *query == '&';
	}
	return 0;
}

/* "REST.GET.OBJECT" */
static const char *
operation(struct call *c, const struct wire_request *req, const char *key)
{
	const char *method =
	    wire_header(req, "x-amz-copy-source") != NULL ? "COPY" : req->method;

	for (size_t i = 0; i < COUNT(resources); i++) {
		if (has_parameter(req->query, resources[i].parameter))
			return arena_printf(c->arena, "REST.%s.%s%s", method,
			    resources[i].of_key && key != NULL ? "OBJECT_" : "",
			    resources[i].name);
	}
	return arena_printf(c->arena, "REST.%s.%s", method,
	    key != NULL ? "OBJECT" : "BUCKET");
}

static const char *
requester(struct call *c)
{
	if (c->who.kind == PRINCIPAL_NOBODY)
		return "-";
	if (c->who.kind != PRINCIPAL_ROOT)
		return c->who.arn;
	return json_str_or(json_own(c->arena, s3_owner(c->arena, c->who.account)), "ID",
	    "-");
}

/* Between quotation marks, or nothing: what would end them is encoded. */
static void
add_quoted(struct buf *b, const char *text)
{
	if (text == NULL) {
		buf_str(b, " \"-\"");
		return;
	}
	buf_str(b, " \"");
	for (; *text != '\0'; text++) {
		if (*text == '"' || (unsigned char)*text < ' ')
			buf_printf(b, "%%%02X", (unsigned)(unsigned char)*text);
		else
			buf_printf(b, "%c", *text);
	}
	buf_str(b, "\"");
}

static void
add_number(struct buf *b, int64_t n)
{
	if (n > 0)
		buf_printf(b, " %" PRId64, n);
	else
		buf_str(b, " -");
}

/* What a client said, without anything that would end a field or a line; NULL: "-". */
static const char *
encoded(struct call *c, const char *text)
{
	struct buf *b = buf_new(c->arena, 0);

	if (text == NULL || text[0] == '\0')
		return "-";
	percent_encode(b, text, strlen(text), 1);
	return buf_text(b);
}

static const char *
said_time(struct call *c)
{
	time_t t = (time_t)(c->now_ms / 1000);
	char *text = arena_alloc(c->arena, 40);
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, 40, "[%d/%b/%Y:%H:%M:%S +0000]", &tm) == 0)
		return "-";
	return text;
}

/* How it is signed, whereto it came. */
static void
add_transport(struct call *c, struct buf *b, const struct wire_request *req)
{
	const char *host = wire_header(req, "Host");
	int is_query = has_parameter(req->query, "X-Amz-Signature");
	int is_signed = is_query || wire_header(req, "Authorization") != NULL;

	buf_printf(b, " %s= %s - %s %s %s - -", c->request_id, is_signed ? "SigV4" : "-",
	    is_query	  ? "QueryString" :
		is_signed ? "AuthHeader" :
			    "-",
	    encoded(c, host), req->is_tls ? "TLSv1.2" : "-");
}

static const char *
line_of(struct call *c, const json_t *bucket, const struct wire_reply *reply, int64_t ms)
{
	const struct wire_request *req = reply->request;
	const char *key = json_str(c->in, "Key"), *version = json_str(c->in, "VersionId");
	int64_t body = reply->body != NULL ? (int64_t)reply->body->len : 0;
	int64_t sent = reply->stream != NULL ? reply->stream_length : body;
	int is_head = strcmp(req->method, "HEAD") == 0;
	struct buf *b = buf_new(c->arena, 0);

	buf_printf(b, "%s %s %s %s %s %s %s %s",
	    json_str_or(json_own(c->arena,
			    s3_owner(c->arena, json_str_or(bucket, "_owner", ""))),
		"ID", "-"),
	    json_str_or(bucket, "Name", ""), said_time(c), c->source_ip, requester(c),
	    c->request_id, operation(c, req, key), encoded(c, key));
	add_quoted(b,
	    arena_printf(c->arena, "%s %s%s%s HTTP/1.1", req->method, req->path,
		*req->query != '\0' ? "?" : "", req->query));
	buf_printf(b, " %d %s", reply->status,
	    c->err.kind != NULL ? c->err.kind->code : "-");
	add_number(b, is_head ? 0 : sent);
	add_number(b,
	    c->body != NULL	      ? c->body->size :
		reply->stream != NULL ? reply->stream_length :
					0);
	buf_printf(b, " %" PRId64, ms);
	add_number(b, ms);
	add_quoted(b, c->referer);
	add_quoted(b, c->user_agent);
	buf_printf(b, " %s", encoded(c, version));
	add_transport(c, b, req);
	return buf_text(b);
}

void
s3_log(struct call *c, const struct wire_reply *reply, int64_t ms)
{
	const char *name = json_str(c->in, "Bucket"), *line;
	char random[RANDOM + 1];
	struct err before = c->err, err = { .kind = NULL };
	json_t *bucket;
	int rc;

	if (name == NULL || reply->request == NULL)
		return;
	c->txn = store_begin(c->env->store, c->arena);
	rc = s3_bucket_source(c, name, &bucket);
	c->err = before;
	if (rc < 0 || json_get(bucket, "BucketLoggingStatus") == NULL)
		return;
	random_hex(random, RANDOM);
	line = line_of(c, bucket, reply, ms);
	s3_put_at(c, bucket, S3_LOG,
	    arena_printf(c->arena, "%s/%016" PRIx64 "%s", name, (uint64_t)c->now_ms,
		random),
	    json_own(c->arena,
		json_make("{s:I, s:s}", "at", (json_int_t)c->now_ms, "line", line)));
	/* As S3 has it, a line may be lost. */
	if (store_commit(c->txn, &err) <= 0)
		log_debug("s3", "a line of the log of %s is lost", name);
}
