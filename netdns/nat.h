/*
 * nftables in a router's namespace, swapped whole: table `bridge simfra` (ports.h), and
 * table `inet simfra`, as nat_router() writes it.
 *
 * Never another's table (Docker's own DNS rules live in the same namespace),
 * never `flush ruleset`.  A swap is one transaction: no packet meets half a
 * ruleset, and connections go on, since they are in conntrack and not in the
 * table.
 *
 * A packet meets, in this order (arrive by arrival.c, what is not said by passage.c):
 *
 *   arrive    whence it is: the mark that the bridge gave it, or that of a joint.  The ACL of
 *             the subnet that it leaves (acl.h), as the workload sent it.  What is meant
 *             for control or for a public address of the same VPC is marked.  What stays within VPCs
 *             is not tracked: ACLs are stateless, and an appliance on the way would see
 *             one connection as two
 *   gates     the groups of endpoints and of guests
 *   inward    public -> private; the ways to control -> control (nat.c)
 *   (routes)  ways.h
 *   forward   default drop: from where to where.  A connection whose translation is no
 *             longer in the list of pairs ends here
 *   outward   private -> public; to control: the router's own address (nat.c)
 *   deliver   the ACL of the subnet that it enters, as the workload will see it
 *   leave     behind all translation: on a leg, only that leg's addresses
 *   input     workloads reach the addresses of the VPC, legs reach nothing
 */
#ifndef NETDNS_NAT_H
#define NETDNS_NAT_H

#include "base/buf.h"
#include "base/err.h"
#include "netdns/fabric.h"
#include "netdns/joints.h"

#define NAT_BRIDGE "br0"

struct nat_pair {
	struct ip private_addr, public_addr;
};

/* An interface of the router on a Docker network. */
struct nat_leg {
	char name[16];	 /* "": there is none */
	struct cidr net; /* its own IPv4 address in it */
};

struct nat_router {
	const struct fabric *fabric;
	const struct fabric_vpc *vpc;
	const struct joints *joints;
	struct nat_leg underlay, internet;
	const struct nat_pair *pairs; /* nat_pairs(), or none without an internet leg */
	size_t n_pairs;
	struct arena *arena;
};

/* The private and public addresses of the VPC's interfaces. */
size_t nat_pairs(const struct fabric *f, const struct fabric_vpc *v, struct arena *a,
    struct nat_pair **ret);

/* A whole swap of table `inet simfra`. */
void nat_router(const struct nat_router *r, struct buf *out);

/* Run commands in the namespace that the thread is in; all or nothing. */
int nat_run(const char *commands, struct err *err);

/* Remove all tables of ours; that there are none is no failure. */
int nat_remove(struct err *err);

/*
 * The number of the last change of any table in the namespace that the thread
 * is in: as long as it stays, so does the table.
 */
int nat_generation(uint32_t *ret, struct err *err);

#endif
