/*
 * Flow logs: every minute netd reads what the kernel has counted (netdns/flows.h), and says it to
 * control as "flows" of its status (docs/AGENTS.md): the last minute, until the next.
 */
#ifndef AGENTS_NETD_FLOWING_H
#define AGENTS_NETD_FLOWING_H

#include "agents/netd/world.h"

enum {
	FLOWING_MS = 60000,
	FLOWING_MAX = 4000 /* flows in one status, which has a limit of its own */
};

struct flowing {
	json_t *said;	   /* NULL: nothing yet */
	int64_t life, seq; /* of this process, and of the minute in it */
	int64_t from_s;	   /* where the minute begins */
};

void flowing_init(struct flowing *f);
void flowing_done(struct flowing *f);

/* The minute is over: 1 when there is something to say, or was. */
int flowing_tick(struct flowing *f, struct world *w);

#endif
