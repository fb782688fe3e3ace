/*
 * What becomes of a packet: judged hop by hop over the same network that netd makes true.
 *
 * Each hop says who decided, by AWS's ids: a rule of a group, an entry of an ACL, a route, a
 * gateway, a check.  The first refusal ends the way.  The answer is judged as well: groups let it
 * pass, since they remember; ACLs judge it like any packet; routes must lead back.
 *
 * `simfra explain`, network insights and the tests ask here.  It knows rules, not machines:
 * whether somebody listens, or an appliance forwards what it gets, is not its business.
 */
#ifndef NETDNS_DECIDE_H
#define NETDNS_DECIDE_H

#include "netdns/fabric.h"

struct packet {
	int protocol;
	struct ip src, dst;
	int sport, dport; /* ICMP: sport is the type, dport the code */
};

enum hop_kind {
	HOP_GROUPS,   /* at: interface; id: group; rule: sgr-… ("" when none lets it) */
	HOP_ACL,      /* at: subnet; id: ACL; rule: number or "*" */
	HOP_ROUTE,    /* at: VPC or gateway; id: table; rule: destination, "" when none */
	HOP_CHECK,    /* at: interface: source/destination check */
	HOP_INTERNET, /* id: internet gateway or egress-only one */
	HOP_NAT,      /* id: NAT gateway */
	HOP_PEERING,  /* id: connection */
	HOP_TRANSIT,  /* id: transit gateway */
	HOP_APPLIANCE, /* at: interface that forwards */
	HOP_END	       /* at: interface, "internet", "platform", "control" or "nobody" */
};

struct hop {
	enum hop_kind kind;
	enum direction direction;
	int is_allowed;
	const char *at, *id, *rule;
	const char *text; /* a sentence for people */
};

enum end_kind {
	END_REFUSED,
	END_INTERFACE,
	END_GUEST,
	END_INTERNET,
	END_PLATFORM,
	END_CONTROL
};

/* One direction. */
struct way_gone {
	const struct hop *hops;
	size_t n;
	enum end_kind end;
	const struct fabric_eni
	    *eni; /* END_INTERFACE, and ENI_ROUTER ones of END_CONTROL */
	const struct fabric_guest *guest;
	const struct fabric_vpc *vpc; /* of both */
	struct packet packet;	      /* as it arrives */
};

struct decision {
	struct way_gone there, back;
	int has_answer; /* back was judged: it got there, and what is there answers */
	int passes;	/* there and, if it was judged, back, arriving as an answer */
};

/* Where it starts: eni, or guest of vpc, or neither: the internet, which the host is part of. */
struct decide_from {
	const struct fabric_eni *eni;
	const struct fabric_guest *guest;
	const struct fabric_vpc *vpc;
};

/* All of *ret is the arena's and the fabric's. */
void decide(const struct fabric *f, const struct decide_from *from,
    const struct packet *packet, struct arena *a, struct decision *ret);

/* The last hop when it refused: NULL. */
const struct hop *decide_refusal(const struct decision *d);

#endif
