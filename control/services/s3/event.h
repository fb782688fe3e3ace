/*
 * What happens in a bucket, for those that its notification configuration names: recorded with the change itself, as
 * an event document, and handed over by event_delivery.c.
 *
 * An event has target (ARN), configurationId, name ("ObjectCreated:Put"), at (ms), state, and message, as S3 words it
 * for that target (an "aws:s3" record; of a bus, EventBridge's).  state is "recorded" until the target has it, then
 * "delivered"; "failed" after a day of trying.  The newest S3_EVENTS of a bucket are kept.
 */
#ifndef CONTROL_SERVICES_S3_EVENT_H
#define CONTROL_SERVICES_S3_EVENT_H

#include "control/api/call.h"

#define S3_EVENT  "s3:event/"
#define S3_OUTBOX "s3:outbox"

enum { S3_EVENTS = 1000 };

/* It happened to the object: "ObjectTagging:Put". */
void s3_event(struct call *c, const json_t *bucket, const json_t *doc, const char *name);

/* A version was made, or went, by the operation that c runs, or by a lifecycle rule. */
void s3_event_put(struct call *c, const json_t *bucket, const json_t *doc);
void s3_event_removed(struct call *c, const json_t *bucket, const json_t *doc);

/* What a target hears when it is configured. */
void s3_event_test(struct call *c, const json_t *bucket, const char *target,
    const char *id);

/* "s3:ObjectCreated:*" means "ObjectCreated:Put". */
int s3_event_means(const char *said, const char *name);

/* The bucket will have events, or replicas to be made: 0 or -1. */
int s3_outbox_open(struct call *c, const json_t *bucket);

/* The bucket goes, with its events: 0 or -1. */
int s3_events_drop(struct call *c, const json_t *bucket);

/*
 * For the admin door: {"events": […]} of the bucket, the oldest first: 1 (the arena's), 0 there is no such bucket,
 * -1.
 */
int s3_events_list(struct env *env, struct arena *a, const char *bucket, json_t **ret,
    struct err *err);

#endif
