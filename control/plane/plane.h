/*
 * The control plane as it runs: what its doors (API, admin, agents) share.
 */
#ifndef CONTROL_PLANE_PLANE_H
#define CONTROL_PLANE_PLANE_H

#include "base/arena.h"
#include "control/api/env.h"
#include "control/plane/reconcile.h"
#include "control/wire/wire.h"

struct changes;
struct hooks;
struct sweep;

struct plane {
	struct env env;
	struct reconciler *reconciler; /* NULL before it runs */
	struct changes *changes;
	struct hooks *hooks;
	struct sweep *sweep; /* NULL: nothing is swept (tests) */
	int64_t started_ms;
};

struct exchange {
	struct plane *plane;
	struct arena *arena;
	struct wire_request request;
	const char *remote; /* "127.0.0.1" */
	int is_loopback;    /* the client's address is this host's own */
	struct wire_reply reply;
	int (*is_gone)(void *arg); /* the client has hung up */
	void *arg;
};

/* Doors: each fills x->reply. */
void plane_answer(struct exchange *x);	/* chooses among: */
void admin_answer(struct exchange *x);	/* /_simfra/… and /_localstack/… */
void agents_answer(struct exchange *x); /* /_internal/container/… */

/* A JSON reply. */
void reply_json(struct exchange *x, int status, const json_t *v);
void reply_error(struct exchange *x, int status, const char *message);

/*
 * Changes of the store, for long polls: a number that grows with each change
 * in a scope or account.
 */
struct changes *changes_new(struct store *s);

/* Of the whole store (scope NULL), or of the scope and its account's global scope. */
uint64_t changes_seen(struct changes *ch, const char *scope);

/* Wait until changes_seen() is not `seen`: 1, or 0 after wait_ms. */
int changes_wait(struct changes *ch, const char *scope, uint64_t seen, int64_t wait_ms);

/* Let everybody go: the process ends. */
void changes_close(struct changes *ch);

#endif
