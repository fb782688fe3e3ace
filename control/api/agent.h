/*
 * Agents, as control sees them (docs/AGENTS.md): a service says what its
 * agents are told, and hears what they tell.
 */
#ifndef CONTROL_API_AGENT_H
#define CONTROL_API_AGENT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "control/api/env.h"

/* An agent, by its token. */
struct agent_ref {
	struct env *env;
	struct arena *arena;
	const char *scope, *id;
};

struct agent_kind {
	const char *name; /* "vpc": in tokens */
	int all_scopes;	  /* its configuration changes with any scope's documents */

	/* The configuration now: 1 and *ret, the arena's; 0 there is no such agent any more; -1. */
	int (*config)(const struct agent_ref *agent, json_t **ret, struct err *err);

	/* What it said.  0 or -1. */
	int (*status)(const struct agent_ref *agent, const json_t *status,
	    struct err *err);
};

#endif
