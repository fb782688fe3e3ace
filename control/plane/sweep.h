/*
 * Blobs that no document refers to: what a crash between a blob and its document left, and what an
 * account that was reset had.
 *
 * Only where store and blobs belong together, which a label in both says: a data directory that is used with another
 * Redis loses nothing.
 */
#ifndef CONTROL_PLANE_SWEEP_H
#define CONTROL_PLANE_SWEEP_H

#include "control/api/env.h"

struct sweep;

/* Begins at once, on a thread of its own: all that is older than this process goes. */
struct sweep *sweep_start(struct env *env);

/* Soon again, since documents went without their blobs. */
void sweep_soon(struct sweep *s);

void sweep_stop(struct sweep *s);

#endif
