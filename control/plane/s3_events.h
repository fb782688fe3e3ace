/*
 * The admin door's /_simfra/s3/events: what buckets with notifications have told, or would tell.
 */
#ifndef CONTROL_PLANE_S3_EVENTS_H
#define CONTROL_PLANE_S3_EVENTS_H

struct exchange;

/* GET ?bucket=NAME: {"events": […]}, the newest 1,000, oldest first; services/s3/event.h has what is in one. */
void s3_events_answer(struct exchange *x);

#endif
