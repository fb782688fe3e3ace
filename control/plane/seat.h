/*
 * This process among the replicas of the control plane (store_seat): a thread
 * keeps its seat and says when it begins and ceases to lead.
 *
 * Who leads acts on the world; the others answer requests, and take over within
 * SEAT_TTL_MS when it dies, at once when it leaves.  A leader that cannot reach
 * the store stands by when its seat has ended, as another may lead by then.
 */
#ifndef CONTROL_PLANE_SEAT_H
#define CONTROL_PLANE_SEAT_H

#include <stddef.h>

#include "control/store/store.h"

enum { SEAT_TTL_MS = 3000, SEAT_KEEP_MS = 500 };

struct seat;

/* changed() is called by seat_take() when it leads at once, and later by the seat's thread. */
typedef void seat_changed_fn(void *arg, int leads);

struct seat *seat_take(struct store *s, seat_changed_fn *changed, void *arg);

/* Now, by this process's clock; cheap. */
int seat_leads(const struct seat *seat);

/* How many others there were when it was kept last. */
size_t seat_others(const struct seat *seat);

/* Give it up and free it: how many others are there. */
size_t seat_leave(struct seat *seat);

#endif
