/* S3: access logs on their way into the target bucket: every few seconds an object, where S3 takes hours. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "control/services/s3/deliver.h"
#include "control/services/s3/logging.h"

enum { WAIT_MS = 3000, MAX_LINES = 1000, UNIQUE = 16, DAY_MS = 86400000 };

/* "2026-01-31-23-59-59" of a time, and "2026/01/31/" of its day. */
static const char *
time_text(struct arena *a, int64_t ms, int day_alone)
{
	time_t t = (time_t)(ms / 1000);
	char *text = arena_alloc(a, 32);
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    (day_alone ? strftime(text, 32, "%Y/%m/%d/", &tm) :
			 strftime(text, 32, "%Y-%m-%d-%H-%M-%S", &tm)) == 0)
		return "";
	return text;
}

/* Whereto: TargetPrefix, the partition if there is one, time, and what makes it unique. */
static const char *
key_of(struct converge *cv, const json_t *bucket, const json_t *on, int64_t first_ms)
{
	const json_t *parts = json_path(on, "TargetObjectKeyFormat.PartitionedPrefix");
	int by_event = strcmp(json_str_or(parts, "PartitionDateSource", "DeliveryTime"),
			   "EventTime") == 0;
	int64_t at = parts != NULL && by_event ? first_ms / DAY_MS * DAY_MS : cv->now_ms;
	char unique[UNIQUE + 1];

	random_text(unique, UNIQUE, "0123456789ABCDEF");
	return arena_printf(cv->arena, "%s%s%s-%s", json_str_or(on, "TargetPrefix", ""),
	    parts != NULL ? arena_printf(cv->arena, "%s/%s/%s/%s", cv->account,
				json_str_or(bucket, "Region", ""), cv->id,
				time_text(cv->arena, at, 1)) :
			    "",
	    time_text(cv->arena, at, 0), unique);
}

/* 0 it is there, or it may not be; -1 try again. */
static int
deliver(struct converge *cv, const json_t *bucket, const struct buf *text,
    int64_t first_ms, struct err *err)
{
	const json_t *on = json_path(bucket, "BucketLoggingStatus.LoggingEnabled");
	const struct s3_delivery d = {
		.service = "logging.s3.amazonaws.com",
		.account = cv->account,
		.region = json_str_or(bucket, "Region", ""),
		.source = arena_printf(cv->arena, "arn:aws:s3:::%s", cv->id),
		.bucket = json_str_or(on, "TargetBucket", ""),
		.key = key_of(cv, bucket, on, first_ms),
	};
	struct err why = { .kind = NULL };

	if (s3_deliver(cv->env, cv->arena, &d, text->data, text->len, &why) == 0)
		return 0;
	if (why.kind->status >= 500) {
		*err = why;
		return -1;
	}
	log_info("s3", "logs of %s are lost: %s: %s", cv->id, why.kind->code, why.msg);
	return 0;
}

static int
forget(struct call *c, void *arg)
{
	const struct store_docs *docs = arg;

	for (size_t i = 0; i < docs->n; i++)
		store_delete(c->txn, c->scope, S3_LOG,
		    json_str_or(docs->doc[i], "_id", ""));
	return 0;
}

int
s3_deliver_logs(struct converge *cv, struct err *err)
{
	struct store_span span = { .limit = MAX_LINES };
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	struct buf *text = buf_new(cv->arena, 0);
	struct store_docs docs;
	json_t *bucket;
	int64_t first;
	size_t n = 0;
	int rc;

	span.prefix = arena_printf(cv->arena, "%s/", cv->id);
	if (store_range(t, cv->scope, S3_LOG, &span, &docs, err) < 0)
		return -1;
	if (docs.n == 0)
		return 0;
	first = json_int(docs.doc[0], "at", 0);
	if (docs.n < MAX_LINES && cv->now_ms - first < WAIT_MS) {
		cv->again_ms = WAIT_MS - (cv->now_ms - first);
		return 0;
	}
	/* A day an object, as partitions want it. */
	for (; n < docs.n && json_int(docs.doc[n], "at", 0) / DAY_MS == first / DAY_MS;
	     n++)
		buf_printf(text, "%s\n", json_str_or(docs.doc[n], "line", ""));
	if (n < docs.n || n == MAX_LINES)
		cv->again_ms = 1;
	docs.n = n;
	rc = store_get(t, cv->scope, S3_BUCKET, cv->id, &bucket, err);
	if (rc > 0 && json_get(bucket, "BucketLoggingStatus") != NULL)
		rc = deliver(cv, bucket, text, first, err);
	return rc < 0 ? -1 : converge_transaction(cv, forget, &docs, err);
}
