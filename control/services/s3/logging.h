/*
 * Server access logs: a line of each request to a bucket that has logging waits as a document, kind s3:log/, id "BUCKET/" and
 * what sorts later ones behind, with at (ms) and line; the bucket's outbox (event.h) delivers them in objects.
 */
#ifndef CONTROL_SERVICES_S3_LOGGING_H
#define CONTROL_SERVICES_S3_LOGGING_H

#include "control/api/converge.h"
#include "control/services/s3/s3.h"

#define S3_LOG "s3:log/"

/* As service.ended. */
void s3_log(struct call *c, const struct wire_reply *reply, int64_t ms);

/* Lines that have waited long enough go into an object of the target bucket: 0 or -1. */
int s3_deliver_logs(struct converge *cv, struct err *err);

#endif
