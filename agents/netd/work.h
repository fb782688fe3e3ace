/*
 * The work of netd in the namespaces of one VPC: its router, its ENIs, its
 * guests.  Runs in the worker's thread, while the loop's thread waits.
 */
#ifndef AGENTS_NETD_WORK_H
#define AGENTS_NETD_WORK_H

#include "agents/netd/world.h"

/* What is dirty of the i-th VPC of the configuration, and whose container runs. */
void work_vpc(struct world *w, size_t i);

/* The table in a container's namespace, as its interfaces are to have it; drafts of this configuration. */
void work_guard(struct world *w, struct box *box, struct guard_drafts *drafts);

/* Take everything away from the router of a VPC that is no longer wanted. */
void work_clear(struct world *w, const struct netd_vpc *vpc, const struct box *router);

/* Take a guest's routes away. */
void work_dismiss(struct world *w, const struct netd_vpc *vpc, const struct box *guest);

#endif
