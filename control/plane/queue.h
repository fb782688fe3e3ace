/*
 * The reconciler's queue: which resource is to be looked at, and when.
 *
 * An item is a resource, by (scope, kind, id); it is there once, and one
 * worker has it at a time.  Waking an item that a worker has makes it due
 * again as soon as the worker is done.  Safe from any thread.
 */
#ifndef CONTROL_PLANE_QUEUE_H
#define CONTROL_PLANE_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

struct queue;

/* Borrowed by the worker between queue_take and queue_done; not to be written. */
struct queue_item {
	const char *scope, *kind, *id;
	unsigned tries; /* failures in a row */
	int is_first; /* never looked at with success since the start, or since queue_doubt() */
	char error[512]; /* of the last failure; "" */
};

struct queue *queue_new(void);
void queue_free(struct queue *q);

/* Due now, or in delay_ms if it is not due sooner. */
void queue_wake(struct queue *q, const char *scope, const char *kind, const char *id,
    int64_t delay_ms);

/* The next due item, waiting for one; NULL when the queue is closed. */
const struct queue_item *queue_take(struct queue *q);

/* As queue_take, but NULL when nothing is due now. */
const struct queue_item *queue_take_now(struct queue *q);

/*
 * The worker is done with it: again in again_ms (0: not by itself).  error: what failed, or
 * NULL.  forget: there is no such resource any more, drop the item unless it was woken
 * meanwhile.
 */
void queue_done(struct queue *q, const struct queue_item *item, int64_t again_ms,
    const char *error, int forget);

/* What was known is in doubt: every item is is_first again, and due now. */
void queue_doubt(struct queue *q);

/*
 * While it is paused nobody gets an item, and what is woken is forgotten: whoever lets it
 * go on wakes all there is.
 */
void queue_pause(struct queue *q, int paused);

/* Wakes all waiting takers; from now on they get NULL. */
void queue_close(struct queue *q);

/* Items that are due or being looked at. */
size_t queue_backlog(struct queue *q);

/* The items with an error, as reconciler_failures() has them; the arena's. */
json_t *queue_failures(struct queue *q, struct arena *a);

#endif
