/*
 * One convergence: what a Docker-backed resource's converge() sees (DESIGN D4).
 *
 * converge() is idempotent: it compares what the document wants with what the engine has,
 * takes the next steps, writes back what came of it, and says when it wants to
 * be asked again.  It runs on a worker of the reconciler, never twice at a time for one
 * resource; anything may be killed between any two lines of it.
 */
#ifndef CONTROL_API_CONVERGE_H
#define CONTROL_API_CONVERGE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "control/api/env.h"

struct converge {
	struct env *env;
	struct arena *arena;
	const char *scope, *account, *region;
	const char *kind, *id;
	json_t *doc; /* shared; NULL: removed, so nothing of it may be left */
	int is_first; /* since this process started: what is missing was not taken away under our eyes */
	int64_t now_ms;
	/* Look at another resource. */
	void (*wake)(struct converge *cv, const char *scope, const char *kind,
	    const char *id);
	void *reconciler;
	int64_t
	    again_ms; /* to set: ask again after so long; 0: only when something changes */
};

/*
 * Write to the document: fn changes a fresh copy and returns 1, or 0 to leave it.
 * Repeats on conflict; a document that is gone meanwhile is left alone.  cv->doc is the
 * new one afterwards.  0 or -1.
 */
typedef int converge_write_fn(struct converge *cv, json_t *doc, void *arg);
int converge_write(struct converge *cv, converge_write_fn *fn, void *arg,
    struct err *err);

/*
 * Write several documents at once: fn works as a handler does, with a call that has the
 * resource's scope and service and an empty input.  Repeats on conflict.  0 or -1.
 */
struct call;
typedef int converge_call_fn(struct call *c, void *arg);
int converge_transaction(struct converge *cv, converge_call_fn *fn, void *arg,
    struct err *err);

/* Read the document again into cv->doc.  0 or -1. */
int converge_reload(struct converge *cv, struct err *err);

/* Remove the document.  0 or -1. */
int converge_forget(struct converge *cv, struct err *err);

/* The token of an agent that the resource has (auth_agent_token), its seal kept.  0 or -1. */
int converge_token(struct converge *cv, const char *agent, char **ret, struct err *err);

/* "{instance}-{id}": the name of the resource's container or the like. */
char *converge_name(const struct converge *cv, const char *id);

/* Our labels (engine/labels.h) for the resource: a new object, the caller's. */
json_t *converge_labels(const struct converge *cv);

#endif
