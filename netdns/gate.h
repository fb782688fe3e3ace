/*
 * Security groups as nftables: what the rules of a list of groups let through in one direction.
 *
 * A chain accepts what a rule lets through, and falls through what none does: its caller
 * refuses that.  State is the caller's, too: what belongs to a connection is accepted before.
 *
 * A line for each kind of traffic that rules speak of (protocol and ports), whatever the
 * number of rules, with its networks as a set; for groups, sets of their members, which are
 * named after the group and one for all chains of a table: "m4_sg_0123", "m6_sg_0123".
 * (EC2 API: SecurityGroupRule)
 */
#ifndef NETDNS_GATE_H
#define NETDNS_GATE_H

#include "base/buf.h"
#include "netdns/fabric.h"

enum { GATE_SET_NAME = 280 };

/* Groups whose members are sets of a table, each once. */
struct gate_sets {
	struct arena *a;
	const struct fabric_group **groups;
	size_t n, cap;
};

/* The groups that rules of these groups refer to. */
void gate_refer(struct gate_sets *s, const struct fabric_group *const *groups, size_t n);

/* "m4_…": of the IPv4 (or IPv6) members of the group. */
void gate_set_name(const struct fabric_group *group, int version,
    char out[GATE_SET_NAME]);

/* The sets, within a table; with is_filled 0 they are empty. */
void gate_add_sets(const struct gate_sets *s, int is_filled, struct buf *out);

/* The chain, within a table. */
void gate_add_chain(struct buf *out, struct arena *a, const char *name,
    enum direction direction, const struct fabric_group *const *groups, size_t n);

#endif
