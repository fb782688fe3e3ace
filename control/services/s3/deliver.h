/*
 * What services of ours write into buckets: flow logs, and whatever logs there will be.  As AWS's
 * log delivery they are a principal of their own, which only the bucket's policy lets in.
 */
#ifndef CONTROL_SERVICES_S3_DELIVER_H
#define CONTROL_SERVICES_S3_DELIVER_H

#include "control/api/call.h"

struct s3_delivery {
	const char *service;	      /* "delivery.logs.amazonaws.com" */
	const char *account, *region; /* whose logs they are */
	const char *source;	      /* their ARN: aws:SourceArn */
	const char *bucket, *key;
};

/* From within no request: 0, or -1 with S3's own error (NoSuchBucket, AccessDenied).  A transaction of its own. */
int s3_deliver(struct env *env, struct arena *a, const struct s3_delivery *d,
    const void *bytes, size_t n, struct err *err);

/*
 * Before the first: 1 the bucket lets it in, 0 it does not, or (c->err: NoSuchBucket) is not there, -1.  Of a bucket of the caller's own whose
 * policy he may change, the statements that log delivery needs are put into it, for all keys below `root`
 * ("logs/AWSLogs/123456789012/").
 */
int s3_delivery_admit(struct call *c, const struct s3_delivery *d, const char *root);

#endif
