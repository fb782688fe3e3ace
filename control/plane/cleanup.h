/*
 * Containers, networks, volumes and images of ours, found by their labels, removed.
 */
#ifndef CONTROL_PLANE_CLEANUP_H
#define CONTROL_PLANE_CLEANUP_H

struct env;

/*
 * What is labelled as ours but belongs to no stored resource: left by an earlier run whose
 * store was in memory.  What cannot be removed is logged.
 */
void cleanup_stale(struct env *env);

/*
 * Everything that is ours; but what volumes and snapshots hold stays when the store, which
 * knows them, outlives us.
 */
void cleanup_all(struct env *env);

#endif
