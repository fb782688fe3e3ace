/*
 * Docker's API on the agent's loop: questions and the stream of events.
 *
 * A connection a question, HTTP/1.0: the daemon then answers without chunks
 * and closes, so the answer is what comes until the end, and JSON says whether
 * it is whole.  A few questions at a time; the others wait.
 */
#ifndef AGENTS_NETD_DOCK_H
#define AGENTS_NETD_DOCK_H

#include <uv.h>

#include "base/json.h"

enum { DOCK_LIMIT = 16 << 20 /* of an answer */, DOCK_EVENT_LIMIT = 1 << 20 };

struct dock;

/* status 0: no answer, and doc is NULL; doc is borrowed. */
typedef void dock_answer_fn(void *arg, const char *key, int status, const json_t *doc);

struct dock_events {
	/* The stream is open: what happens from now on is told. */
	void (*open)(void *arg);
	void (*event)(void *arg, const json_t *event);
	void (*closed)(void *arg); /* it opens again by itself, later */
};

/* path: a unix socket. */
struct dock *dock_open(uv_loop_t *loop, const char *path);

/* Calls fn(arg, key, …) once, from the loop, unless dock_close() comes first; target and key are copied. */
void dock_get(struct dock *d, const char *target, dock_answer_fn *fn, void *arg,
    const char *key);

/* Follow the events at the target, for good. */
void dock_follow(struct dock *d, const char *target, const struct dock_events *events,
    void *arg);

/* The loop frees the rest as it closes the handles. */
void dock_close(struct dock *d);

#endif
