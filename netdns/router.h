/*
 * The namespace of a VPC's router: made what it should be, and cleared.
 *
 * In it: the bridge br0 with every subnet's gateway, the resolver, control's
 * address and the link-local services; the legs that Docker put there, found
 * by the subnet that their address is in, since Docker gives eth0 and eth1 in
 * no fixed order; public addresses on the internet leg; policy routing; the
 * nftables table of nat.h.
 *
 * Policy routing, so that Docker's default route is never touched:
 *
 *   100  marked for control         table 102: by the underlay
 *   110  main, but no default route            (subnets, networks of the legs)
 *   120  from br0                   table 101: by the internet leg, or nowhere
 *   130  the router's own           table 102: by the underlay
 *
 * A later issue's route tables are rules and tables beside 120.
 */
#ifndef NETDNS_ROUTER_H
#define NETDNS_ROUTER_H

#include "netdns/nat.h"
#include "netdns/rtnl.h"

struct router_want {
	const char *id;		     /* "vpc-1" */
	const struct net4 *gateways; /* each subnet's gateway with its length */
	size_t n_gateways;
	uint32_t resolver, control; /* 0: none */
	uint32_t control_to;
	unsigned control_port;
	const uint16_t *ports;
	size_t n_ports;
	unsigned control_tls_port; /* where tls_ports lead */
	const uint16_t *tls_ports;
	size_t n_tls_ports;
	struct net4 underlay;
	int has_internet, has_guests;
	struct net4 internet;
	const struct nat_pair *pairs;
	size_t n_pairs;
};

/* What is remembered of a namespace between two calls; zeroed for a new one. */
struct router_memory {
	unsigned char rules[32]; /* digest of the table's text */
	uint32_t generation;
};

/* What the ENIs and guests of the VPC need to know of its router. */
struct router_facts {
	unsigned bridge;   /* index of br0 */
	unsigned mtu;	   /* the underlay's */
	uint32_t underlay; /* the router's address there */
};

/*
 * In the namespace that the thread is in; r is a socket of it.  A leg that is not there yet
 * fails it, after all that can be done without has been done: *ret is set then too,
 * and bridge is not 0.
 */
int router_ensure(struct rtnl *r, const struct router_want *want,
    struct router_memory *memory, struct router_facts *ret, struct err *err);

/*
 * Remove the links to ENIs whose host end is not in names (router_host_name), the
 * rest of closed ENIs of former lives.
 */
int router_prune(struct rtnl *r, const char *const *names, size_t n, struct err *err);

/* Take away all that router_ensure() and eni_ensure() put there. */
int router_clear(struct rtnl *r, const struct router_want *want, struct err *err);

#endif
