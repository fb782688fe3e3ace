/*
 * Why a packet arrives, or does not: netdns/decide.h asked with names that people and
 * EC2 have for both ends.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_EXPLAIN_H
#define CONTROL_SERVICES_EC2_NETWORK_EXPLAIN_H

#include "control/api/env.h"
#include "control/api/service.h"
#include "netdns/decide.h"

extern const struct family ec2_network_insights;

/*
 * An end: an instance, an interface, what an interface belongs to (nat-…, vpce-…), an address, private
 * or public, a guest's container, or "internet".  vpc (NULL: any) is for private addresses that several
 * VPCs have.
 */
struct explain_query {
	const char *from, *to, *vpc;
	const char *port;     /* "443", "8" of ICMP is its type; NULL: 443, and echo */
	const char *protocol; /* "tcp", "udp", "icmp", "icmpv6" or a number; NULL: tcp */
};

/* What was asked, read, and what came of it. */
struct explained {
	struct fabric *fabric; /* fabric_free() */
	struct decide_from from;
	const struct fabric_eni *to; /* NULL: an address of nobody's */
	struct packet packet;
	struct decision decision;
};

/* Kind of what is wrong with the question: InvalidParameterValue 400. */
extern const struct err_kind explain_bad;

/* 0 or -1.  All but the fabric is the arena's. */
int explain(struct env *env, struct arena *a, const struct explain_query *q,
    struct explained *ret, struct err *err);

/* {"reachable", "from", "to", "packet", "there", "back", "refusal", "advice"}; the arena's. */
json_t *explain_document(struct arena *a, const struct explained *e);

#endif
