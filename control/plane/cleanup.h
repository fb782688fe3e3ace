/*
 * Containers and networks of ours, found by their labels, removed.
 */
#ifndef CONTROL_PLANE_CLEANUP_H
#define CONTROL_PLANE_CLEANUP_H

struct env;

/*
 * What is labelled as ours but belongs to no stored resource: left by an earlier run whose
 * store was in memory.  What cannot be removed is logged.
 */
void cleanup_stale(struct env *env);

/* Everything that is ours. */
void cleanup_all(struct env *env);

#endif
