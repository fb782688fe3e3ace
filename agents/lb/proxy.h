/*
 * HAProxy as a child: looked at, started, reloaded without a connection lost, asked.
 *
 * It runs as its own master (-W); SIGUSR2 makes it read its file again, and its listening sockets go from the old
 * process to the new one (expose-fd).  What it knows of servers goes by the file "state".
 */
#ifndef AGENTS_LB_PROXY_H
#define AGENTS_LB_PROXY_H

#include <uv.h>

#include "base/arena.h"
#include "base/err.h"

struct proxy;

typedef void proxy_done_fn(void *arg, const char *problem); /* NULL: it went well */

struct proxy_options {
	const char *program; /* "/usr/sbin/haproxy" */
	const char *dir;     /* "/run/lb", made if it is not there */
	void *arg;
	proxy_done_fn *done; /* of proxy_use() */
	/* A line "BACKEND SERVER ADDRESS PORT" of each server that is new, before it is used; the arena's. */
	const char *(*fresh)(void *arg, struct arena *a);
	/* The child has ended by itself; it is started again. */
	void (*ended)(void *arg);
};

struct proxy *proxy_open(uv_loop_t *loop, const struct proxy_options *options,
    struct err *err);

/* Use the configuration, which is copied: done() says what came of it.  One at a time. */
void proxy_use(struct proxy *p, const char *text);
int proxy_is_busy(const struct proxy *p);
int proxy_runs(const struct proxy *p);

/*
 * What it answers to a command of its socket: a copy, the arena's, or NULL when it does not.  Quick, and on this
 * machine, so that it is waited for.
 */
const char *proxy_ask(const struct proxy *p, struct arena *a, const char *command);

/* It ends, as the loop closes the handles; the memory goes with the process. */
void proxy_close(struct proxy *p);

#endif
