/*
 * nftables: one table of ours a namespace, swapped whole.
 *
 * Never another's table (Docker's own DNS rules live in the same namespace),
 * never `flush ruleset`.  A swap is one transaction: no packet meets half a
 * ruleset, and connections go on, since they are in conntrack and not in the
 * table.
 *
 * The table of a router, as nat_router() writes it:
 *
 *   marks     what the workloads send to control, and to public addresses
 *             of the same VPC (a hairpin), is marked before it is translated
 *   inward    public -> private; the VPC's control address -> control
 *   outward   private -> public; to control: the router's own address
 *   forward   default drop: within the VPC; in and out by a one to one
 *             public address; guests.  A connection whose translation is no
 *             longer in the list of pairs ends here
 *   leave     behind all translation: on a leg, only that leg's addresses
 *   input     workloads reach the addresses of the VPC, legs reach nothing
 *   vpc       what goes between two addresses of the VPC; network ACLs and
 *             anti-spoofing of a later issue are rules of this chain
 *
 * Not emulated: IPv6; the router does not forward it.
 */
#ifndef NETDNS_NAT_H
#define NETDNS_NAT_H

#include "base/buf.h"
#include "base/err.h"
#include "netdns/plan.h"

#define NAT_BRIDGE "br0"

enum {
	NAT_MARK_CONTROL = 0x53460001,
	NAT_MARK_HAIRPIN = 0x53460002,
};

struct nat_pair {
	uint32_t private_addr, public_addr;
};

/* An interface of the router on a Docker network. */
struct nat_leg {
	char name[16];	 /* "": there is none */
	struct net4 net; /* its own address in it */
};

struct nat_router {
	const struct net4 *subnets; /* canonical or with the gateway's address */
	size_t n_subnets;
	const uint32_t *own; /* addresses of the router that workloads may talk to */
	size_t n_own;
	const struct nat_pair *pairs;
	size_t n_pairs;
	struct nat_leg underlay, internet;
	int has_guests;
	uint32_t control; /* 0: none */
	uint32_t control_to;
	unsigned control_port;
	const uint16_t *ports;
	size_t n_ports;
	unsigned control_tls_port;
	const uint16_t *tls_ports;
	size_t n_tls_ports;
};

/* A whole swap of table `ip simfra`. */
void nat_router(const struct nat_router *r, struct buf *out);

/* Run commands in the namespace that the thread is in; all or nothing. */
int nat_run(const char *commands, struct err *err);

/* Remove the table; that there is none is no failure. */
int nat_remove(struct err *err);

/*
 * The number of the last change of any table in the namespace that the thread
 * is in: as long as it stays, so does the table.
 */
int nat_generation(uint32_t *ret, struct err *err);

#endif
