/*
 * How targets are, of what HAProxy says of its servers, in AWS's words.
 */
#ifndef AGENTS_LB_HEALTH_H
#define AGENTS_LB_HEALTH_H

#include "base/arena.h"
#include "base/json.h"

/* A server of the answer to "show stat". */
struct health_row {
	const char *backend, *server;
	const char *status; /* "UP", "UP 1/2", "DOWN", "DRAIN", "no check" … */
	const char *check;  /* "L7OK", "L7STS", "L4TOUT", "INI" … */
	const char *code;   /* the status that a target answered with; "" */
};

/* The rows of servers, without those that are there for when no target is healthy; *ret is the arena's. */
size_t health_read(struct arena *a, const char *csv, struct health_row **ret);

/* One that is new is healthy with its first check that succeeds, or has failed as often as it may. */
int health_is_decided(const struct health_row *row);

/* {State, Reason, Description} of the server of a target, into `out`; one that is not known yet is initial. */
void health_say(const struct health_row *row, int is_known, json_t *out);

#endif
