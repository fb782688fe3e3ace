/*
 * The life that every agent shares.
 *
 * An agent is a program with one thread and one libuv loop.  It writes a table
 * and its state, and main() is `return agent_run(&table, &state);`.  This
 * library does the rest: it reads SIMFRA_ENDPOINT and SIMFRA_AGENT_TOKEN, pulls
 * the configuration (a long poll, so that a change is here in milliseconds),
 * pushes the status, keeps the last good configuration in force while control
 * is away, drops privileges, and ends the process at SIGTERM.
 *
 * With SIMFRA_STATE_DIR the last good configuration is also kept in a file
 * there, so that an agent that is started while control is away comes up with
 * it.  SIMFRA_SOURCE is the address that it speaks from, when it has several that come and go
 * (a router's).  SIMFRA_LOG_LEVEL is debug, info (the default), warn or error.
 *
 * The wire is docs/AGENTS.md.  Every callback runs on the loop's thread, and
 * must not block it.
 */
#ifndef SIDECAR_AGENT_H
#define SIDECAR_AGENT_H

#include <uv.h>

#include "base/err.h"
#include "base/json.h"

enum agent_flag {
	/*
	 * After start, go on as nobody (65534), with no capability but
	 * NET_BIND_SERVICE, and that only if there was one.  Without the flag
	 * the process keeps what it has; no_new_privs is set for all.
	 */
	AGENT_UNPRIVILEGED = 1,
};

struct agent {
	const char *name; /* "vpc": in logs, and the name of the state file */
	unsigned flags;	  /* enum agent_flag */

	/*
	 * Once, before any configuration, with the privileges that the process
	 * was started with.  Failing ends the program.  `loop` lives as long
	 * as the agent; its `data` belongs to this library.
	 */
	int (*start)(void *self, uv_loop_t *loop, struct err *err);

	/*
	 * Take a new configuration whole, or leave the old one in force: build
	 * the new state beside the old, then swap.  `config` is an object and
	 * borrowed (json_incref() its members to keep them; they never change).
	 * What it refuses is reported to control, and tried again now and then,
	 * since the cause may have been this machine.
	 */
	int (*apply)(void *self, const json_t *config, struct err *err);

	/*
	 * Write what control should know into `report`, an object.  Members
	 * "rev", "rejected_rev" and "error" are filled in by this library.  May
	 * be NULL.  Called when a status is sent, never before start.
	 */
	void (*status)(void *self, json_t *report);

	/* Close handles and free all; the loop runs until they are closed.  May be NULL. */
	void (*stop)(void *self);
};

/* Run until SIGTERM or SIGINT.  Returns the exit status of the process. */
int agent_run(const struct agent *agent, void *self);

/*
 * The status is not what it was: send it within milliseconds.  Many calls make
 * one message; what cannot be sent now is sent when control is back.
 */
void agent_status_changed(uv_loop_t *loop);

/*
 * 32 secret bytes made from the agent's token and `label`: the same whenever
 * this agent is started again, and unknown to anybody without the token.
 */
void agent_secret(uv_loop_t *loop, const char *label, unsigned char out[32]);

#endif
