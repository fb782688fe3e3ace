/*
 * Two TCP connections made one: what comes from either end goes out of the other.
 *
 * Back pressure: an end is read only while the other takes it, so a relay holds at most
 * RELAY_ROOM bytes a direction, and nothing while both keep up.  Half-close: the end of one
 * direction is told to the other side, and the other direction goes on.  A connection that
 * breaks resets the other.
 *
 * A relay is embedded in its owner's struct.  Ends are connected by the owner, who has
 * RELAY_PATIENCE_MS for it; relay_run() begins.
 */
#ifndef SIDECAR_RELAY_H
#define SIDECAR_RELAY_H

#include <uv.h>

enum {
	RELAY_ROOM = 64 << 10,
	RELAY_PATIENCE_MS = 10000,
	RELAY_KEEPALIVE_S =
	    60, /* after so long of silence the kernel asks whether it is there */
};

struct relay;
typedef void relay_closed_fn(struct relay *r);

struct relay_end {
	struct relay *relay;
	uv_tcp_t tcp;
	uv_write_t write;
	uv_shutdown_t shutdown;
	char *rest; /* read from this end, not yet taken by the other */
};

struct relay {
	struct relay_end end[2];
	uv_timer_t patience;
	char *room;		 /* RELAY_ROOM bytes that all relays of the loop share */
	relay_closed_fn *closed; /* the last word: the memory is the owner's again */
	int n_handles;		 /* not closed yet */
	int n_ended;		 /* directions that are over */
	int is_closing;
};

void relay_init(struct relay *r, uv_loop_t *loop, char *room, relay_closed_fn *closed);

/* Both ends are connected, and nobody reads them: copy from now on. */
void relay_run(struct relay *r);

/* closed() comes later, once.  is_reset: both sides are told that it broke.  Again: nothing. */
void relay_close(struct relay *r, int is_reset);

#endif
