/*
 * Within guard.c: what a table is to be, before any namespace is looked at.
 *
 * Containers with the same groups in the same subnet have the same table, so that it is written once for
 * all of them.  A draft holds it in parts: the frame, which depends on the interfaces alone; the
 * sets of members; and of each chain the rules, each with a key that says whether it is another.
 */
#ifndef NETDNS_GUARD_DRAFT_H
#define NETDNS_GUARD_DRAFT_H

#include "netdns/gate.h"
#include "netdns/guard.h"

struct guard_key {
	unsigned char b[16]; /* of the SHA-256 of its text */
};

/* Begins with the key, so that bsearch() takes a key. */
struct guard_place {
	struct guard_key key;
	size_t index;
};

struct guard_chain {
	const char *name;
	enum direction direction;
	struct gate_rule *rules;
	struct guard_key *keys;	    /* as rules */
	struct guard_place *sorted; /* by key */
	size_t n;
};

struct guard_draft {
	struct guard_draft *next;
	const struct fabric_eni *const *enis; /* borrowed: of one that it is for */
	size_t n_enis;
	const char *frame;
	unsigned char digest[32]; /* of the frame */
	struct gate_sets sets;
	struct guard_chain *chains; /* in and out of each interface, in their order */
	size_t n_chains;
	const char *text; /* NULL: not written yet */
};

/* That of these interfaces, which an earlier call may have made. */
struct guard_draft *guard_draft(struct guard_drafts *all, const struct fabric *f,
    const struct fabric_eni *const *enis, size_t n);

/* The commands that swap the table whole. */
const char *guard_draft_text(struct guard_drafts *all, struct guard_draft *d);

#endif
