/*
 * A forward in force: a listener on this host's port, and what came by it.
 *
 * A port that cannot be had now (another program has it) is tried again every
 * FORWARD_RETRY_MS; meanwhile the others work, and the status says why.  Bounded:
 * connections in all and of one forward, flows of UDP, and how long one may be silent.
 */
#ifndef AGENTS_EDGE_FORWARD_H
#define AGENTS_EDGE_FORWARD_H

#include <uv.h>

#include "agents/edge/target.h"
#include "base/err.h"

enum {
	FORWARD_RETRY_MS = 1000,
	FORWARD_CONNS = 4096,	     /* TCP connections of all forwards */
	FORWARD_CONNS_OF_ONE = 1024, /* and of one */
	FORWARD_FLOWS = 512,	     /* UDP clients of one; a new one ends the quietest */
	FORWARD_UDP_IDLE_MS = 60000,
};

/* What forwards of one agent share. */
struct forward_room {
	uv_loop_t *loop;
	char *bytes; /* RELAY_ROOM of them, for whoever reads now */
	size_t n_conns;
	int64_t udp_idle_ms;	    /* FORWARD_UDP_IDLE_MS; tests have less patience */
	void (*changed)(void *arg); /* a state is another than it was */
	void *arg;
};

struct forward;

/* Listens, or tries to. */
struct forward *forward_open(struct forward_room *room, const struct target *target);

/* It leads elsewhere from now on: what goes to the old place ends. */
void forward_lead(struct forward *f, const struct target *target);

/*
 * No more of it: the loop frees it.  Connections into a VPC, which are there by this forward
 * alone, end; those to a public address go on until they end, as connections that a security
 * group has let in do.
 */
void forward_close(struct forward *f);

/* As forward_close, with every connection: the agent ends. */
void forward_end(struct forward *f);

const struct target *forward_target(const struct forward *f);

/* NULL: it listens; else why not. */
const char *forward_error(const struct forward *f);

/* How many connections or flows it has. */
size_t forward_count(const struct forward *f);

#endif
