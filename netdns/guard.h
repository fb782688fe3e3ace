/*
 * The table `inet simfra` in the namespace of a container: security groups of its interfaces,
 * or a NAT gateway's forwarding.
 *
 *   in_eth0, out_eth0   what the groups of the interface on eth0 let through (gate.h)
 *   input, output       refuse what nothing lets through; connections that were let through go on
 *   pass_in, pass_out   the same for what the container forwards, both interfaces' groups agreeing
 *
 * Not of the groups' business, as on AWS: the resolver, metadata and credentials, the gateway of the
 * subnet; and base + 3, the way to control.  Devices that are no interface of ours pass nothing but lo.
 *
 * A NAT gateway forwards TCP, UDP and ICMP from its VPC, translated to its addresses, and takes nothing
 * from outside but answers.
 *
 * A change is one transaction: the table whole; or, of the same interfaces, the rules of groups and the members that
 * came and went (amend.h), so that a group of many rules, members and containers costs what changed.
 * Loaded before the link wakes (eni.h).
 */
#ifndef NETDNS_GUARD_H
#define NETDNS_GUARD_H

#include "base/buf.h"
#include "netdns/fabric.h"

/* What is remembered of a namespace between two calls; zeroed for a new one. */
struct guard_memory {
	unsigned char
	    frame[32];	     /* digest of the table without sets and rules of groups */
	uint32_t generation; /* nat_generation() after our last change */
	struct arena *arena; /* of what follows; NULL: nothing yet */
	struct guard_set *sets;
	size_t n_sets;
	struct guard_kept *chains;
	size_t n_chains;
	size_t n_loads; /* how often the table was loaded whole */
};

void guard_forget(struct guard_memory *m);

/*
 * A number that stays the same as long as the table does: by the documents of the interfaces and
 * what their groups say and refer to.  Cheap: groups' stamps are the caller's, guard_stamps() makes them.
 */
uint64_t guard_stamp(const struct fabric *f, const uint64_t *stamps,
    const struct fabric_eni *const *enis, size_t n);

/* A number for each group of the fabric, in its order; the arena's. */
uint64_t *guard_stamps(const struct fabric *f, struct arena *a);

/* Tables that several containers have alike, each written once; zeroed.  For one fabric. */
struct guard_drafts {
	struct arena *a;
	struct guard_draft *first;
};

void guard_drafts_done(struct guard_drafts *all);

/* In the namespace that the thread is in: make it so, if it is not.  1 changed, 0, -1.  drafts may be NULL. */
int guard_ensure(const struct fabric *f, const struct fabric_eni *const *enis, size_t n,
    struct guard_memory *m, struct guard_drafts *drafts, struct err *err);

#endif
