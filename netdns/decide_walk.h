/*
 * What decide.c and decide_rules.c share: a walk of one packet, and what a hop's rules say of it.
 */
#ifndef NETDNS_DECIDE_WALK_H
#define NETDNS_DECIDE_WALK_H

#include "netdns/decide.h"

enum { MAX_HOPS = 96, MAX_NATS = 4 };

/* What a NAT gateway has of a connection. */
struct nat_entry {
	const struct fabric_eni *eni;
	struct ip src; /* before */
};

struct nat_entries {
	struct nat_entry list[MAX_NATS];
	size_t n;
};

struct walk {
	const struct fabric *f;
	struct arena *a;
	struct hop *hops;
	size_t n;
	int turns;
	int is_answer;
	struct nat_entries *nats;
	struct packet p;
	struct way_gone *out;
};

/* Addresses as text; the arena's. */
char *walk_text(struct walk *w, const struct ip *ip);

/* The walk has gone a hop, or come to its end: 1 when that is allowed. */
int walk_hop(struct walk *w, struct hop hop);
int walk_end(struct walk *w, enum end_kind end, const char *at, const char *text);

/* Groups of an interface or a guest, which `at` names; the ACL of a subnet: 1 or 0. */
int walk_groups(struct walk *w, const char *at, const struct fabric_group *const *groups,
    size_t n, enum direction d);
int walk_acl(struct walk *w, const struct fabric_subnet *s, enum direction d);

#endif
