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

/* "m4_…": of the IPv4 (or IPv6) members of the group with the id. */
void gate_set_name(const char *group, int version, char out[GATE_SET_NAME]);

/* The sets, within a table. */
void gate_add_sets(const struct gate_sets *s, struct buf *out);

/*
 * A rule of a chain: one kind of traffic, and with whom.  A group's are two, one a version.
 * Networks are sorted, none within another; the first of length 0: all of the version.
 */
struct gate_rule {
	struct fabric_ports ports;
	int version;
	const struct cidr *networks; /* of a group none */
	size_t n_networks;
	const struct fabric_group *group;
};

/* What these groups let through in one direction; the arena's. */
size_t gate_rules(struct arena *a, enum direction direction,
    const struct fabric_group *const *groups, size_t n_groups, struct gate_rule **ret);

/* A rule as text, a line. */
void gate_add_rule(struct buf *out, const struct gate_rule *r, enum direction direction);

/* The chain, within a table. */
void gate_add_chain(struct buf *out, struct arena *a, const char *name,
    enum direction direction, const struct fabric_group *const *groups, size_t n);

#endif
