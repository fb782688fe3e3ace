/*
 * The reconciler: makes the world as the store says it should be (DESIGN D4).
 *
 * It is level-triggered: a resource of a kind with converge() is looked at when
 * its document changes, when what it watches changes (struct watch), when the engine says something of a container that
 * has its labels, when it asked to be looked at again, and from time to time in any
 * case.  A few workers look at different resources at once, never two at one.
 * A failure is tried again after 0.2 s, doubled up to 30 s, and logged once a change of message.
 */
#ifndef CONTROL_PLANE_RECONCILE_H
#define CONTROL_PLANE_RECONCILE_H

#include "base/err.h"
#include "control/api/env.h"

struct reconciler;

/* Begin: everything that the store and the engine have is looked at once. */
struct reconciler *reconciler_start(struct env *env);

/*
 * Of the replicas of the control plane on one store one acts (seat.h), the others stand by.
 * 1 when it is this one.
 */
int reconciler_leads(const struct reconciler *r);

/* How many other replicas there are. */
size_t reconciler_others(const struct reconciler *r);

/*
 * End the workers (within seconds: a call to the engine under way is waited for).
 * How many other replicas there are, of which one goes on.
 */
size_t reconciler_stop(struct reconciler *r);

/* Its memory, once it is stopped and the store, which tells it of changes, is closed. */
void reconciler_free(struct reconciler *r);

/*
 * One pass over everything, on this thread: how many failed.  For tests, without
 * reconciler_start().
 */
int reconcile_pass(struct env *env);

/* Failures that are being retried: [{"kind", "id", "scope", "error", "tries"}]; the arena's. */
json_t *reconciler_failures(struct reconciler *r, struct arena *a);

/* How many resources wait to be looked at now; 0: settled. */
size_t reconciler_backlog(struct reconciler *r);

#endif
