/*
 * The network as EC2's documents have it: VPCs, subnets, interfaces, security groups, ACLs,
 * route tables and what joins VPCs, read from the configuration that netd gets (docs/AGENTS.md,
 * "netd") and bound together: an id is a pointer here.
 *
 * It is what netd makes true (guard.h, router.h) and what decide.h judges by, so that both cannot
 * differ in what the rules are.  Ids are AWS's.
 *
 * All or nothing: one wrong member refuses the whole, and says where.  What an id refers to and
 * is not there is left out (NULL, or the row is), as EC2 keeps rules and routes whose target is gone.
 * Unknown members are left alone: a newer control may say more.  Everything belongs to the fabric's arena.
 */
#ifndef NETDNS_FABRIC_H
#define NETDNS_FABRIC_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "netdns/ip.h"

enum { PROTO_ANY = -1, PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ICMP6 = 58 };
enum direction { DIR_IN, DIR_OUT };

/* Ports of TCP and UDP; type and code of ICMP, -1 any; of other protocols nothing. */
struct fabric_ports {
	int protocol; /* PROTO_ANY: all of it */
	int from, to;
};

/* A managed prefix list. */
struct fabric_list {
	const char *id;
	const struct cidr *cidrs;
	size_t n_cidrs;
};

/* One of the three says whom it is about. */
struct fabric_rule {
	const char *id; /* "sgr-…" */
	struct fabric_ports ports;
	struct cidr cidr; /* version 0: not by CIDR */
	const struct fabric_list *list;
	const struct fabric_group *group;
};

struct fabric_group {
	const char *id, *vpc;
	const struct fabric_rule *rules[2]; /* by direction */
	size_t n_rules[2];
	/* Private addresses of all interfaces and guests that have it, sorted, each once. */
	const struct ip *members;
	size_t n_members;
	int is_referred; /* a rule of some group names it */
};

struct fabric_entry {
	int number;
	int is_allow;
	struct fabric_ports ports;
	struct cidr cidr;
};

/* Entries by number; what none takes is refused. */
struct fabric_acl {
	const char *id;
	const struct fabric_entry *entries[2]; /* by direction */
	size_t n_entries[2];
};

enum route_kind {
	ROUTE_LOCAL,	 /* within the VPC */
	ROUTE_INTERNET,	 /* an internet gateway */
	ROUTE_EGRESS,	 /* an egress-only internet gateway */
	ROUTE_INTERFACE, /* an interface, that of an instance or of a NAT gateway */
	ROUTE_PEERING,
	ROUTE_TRANSIT,
	ROUTE_CONTROL, /* a gateway endpoint: the control plane */
	ROUTE_NOWHERE  /* the target is gone, or is of a kind that carries nothing here */
};

struct fabric_route {
	struct cidr to; /* canonical */
	enum route_kind kind;
	const char *id; /* of the target as the table has it: "nat-…"; "local" */
	const struct fabric_eni *eni;
	const struct fabric_peering *peering;
	const struct fabric_transit *transit;
};

struct fabric_table {
	const char *id;
	const struct fabric_route *routes; /* the longest prefix first */
	size_t n_routes;
};

struct fabric_subnet {
	const char *id, *zone;
	const struct fabric_vpc *vpc;
	struct cidr cidr, cidr6; /* version 0: none */
	struct ip gateway;
	const struct fabric_acl *acl; /* NULL: nothing passes */
	const struct fabric_table *table;
	size_t index; /* in the VPC, from 0 */
};

/* An IPv4 address and what stands for it on the internet; IPv6 ones have none. */
struct fabric_address {
	struct ip ip;
	struct ip public; /* version 0: none */
	unsigned len;	  /* of its subnet */
};

enum eni_kind {
	ENI_CONTAINER, /* in a container: an instance's, a database's … */
	ENI_NAT, /* a NAT gateway's: its container forwards and translates; no groups */
	ENI_ROUTER, /* no container: the router answers and leads to control (endpoints) */
	ENI_NONE    /* on nothing: a record with addresses, and a member of its groups */
};

struct fabric_eni {
	const json_t *doc;
	const char *id, *owner; /* owner: "i-…", "nat-…", "vpce-…", "" */
	enum eni_kind kind;
	const struct fabric_vpc *vpc; /* NULL: it is not here; pass over the interface */
	const struct fabric_subnet *subnet;	/* NULL: not known */
	const struct fabric_address *addresses; /* the primary one first */
	size_t n_addresses;
	const struct fabric_group *const *groups;
	size_t n_groups;
	int is_checked;			      /* SourceDestCheck */
	int is_logged;			      /* a flow log wants its packets */
	const char *container, *device, *mac; /* of ENI_CONTAINER and ENI_NAT */
};

/* A user's own container on the VPC's Docker network. */
struct fabric_guest {
	const char *container;
	struct ip ip; /* version 0: not known yet */
	const struct fabric_group *const *groups;
	size_t n_groups;
};

struct fabric_vpc {
	const json_t *doc;
	const char *id, *container; /* the router's */
	const struct cidr *cidrs;
	size_t n_cidrs;
	const struct fabric_subnet *subnets;
	size_t n_subnets;
	struct ip resolver;   /* base + 2 */
	struct ip control;    /* base + 3; version 0: no way to control */
	struct ip control_to; /* where control is, from the underlay */
	int control_port;
	const int *control_ports; /* those of the workloads that lead there */
	size_t n_control_ports;
	int control_tls_port; /* 0: none */
	const int *control_tls_ports;
	size_t n_control_tls_ports;
	struct cidr underlay;
	const char *gateway; /* attached internet gateway; NULL */
	const struct fabric_table
	    *edge; /* the gateway's own route table (ingress routing); NULL */
	const char *egress_gateway;	 /* NULL */
	struct cidr internet, internet6; /* of simfra-internet; version 0: no leg */
	const struct fabric_guest *guests;
	size_t n_guests;
	size_t index;
};

/* Active, and both VPCs are here. */
struct fabric_peering {
	const char *id;
	const struct fabric_vpc *vpc[2]; /* requester, accepter */
};

/* vpc, or peer: the other transit gateway, of which `table` here is what the peer uses on entry. */
struct fabric_attachment {
	const char *id;
	const struct fabric_vpc *vpc;
	const struct fabric_subnet *const
	    *subnets; /* one a zone: only these zones reach it */
	size_t n_subnets;
	const struct fabric_transit *peer;
	const char *peer_attachment;
	const struct fabric_transit_table *table; /* associated; NULL: nothing passes */
};

struct fabric_transit_route {
	struct cidr to;
	const struct fabric_attachment *attachment; /* NULL: black hole */
	int is_propagated;
};

struct fabric_transit_table {
	const char *id;
	const struct fabric_transit_route
	    *routes; /* longest first; static before propagated */
	size_t n_routes;
};

struct fabric_transit {
	const char *id;
	const struct fabric_attachment *attachments;
	size_t n_attachments;
	const struct fabric_transit_table *tables;
	size_t n_tables;
};

struct fabric_index;

struct fabric {
	struct arena *arena;
	struct fabric_index *index; /* who has an id or an address */
	int is_isolated; /* 0: SIMFRA_VPC_ISOLATION=false, nothing is refused */
	const struct fabric_vpc *vpcs;
	const struct fabric_eni *enis;
	const struct fabric_group *groups;
	const struct fabric_acl *acls;
	const struct fabric_list *lists;
	const struct fabric_table *tables;
	const struct fabric_peering *peerings;
	const struct fabric_transit *transits;
	size_t n_vpcs, n_enis, n_groups, n_acls, n_lists, n_tables, n_peerings,
	    n_transits;
};

/* Keeps a reference to doc.  The caller frees *ret. */
int fabric_read(const json_t *doc, struct fabric **ret, struct err *err);
void fabric_free(struct fabric *f);

/* NULL when there is none; by a hash. */
const struct fabric_vpc *fabric_vpc(const struct fabric *f, const char *id);
const struct fabric_subnet *fabric_subnet(const struct fabric *f, const char *id);
const struct fabric_eni *fabric_eni(const struct fabric *f, const char *id);
const struct fabric_group *fabric_group(const struct fabric *f, const char *id);

/* The interface of the VPC with the private address, or of any VPC with the public one: NULL. */
const struct fabric_eni *fabric_eni_at(const struct fabric *f,
    const struct fabric_vpc *vpc, const struct ip *ip);
const struct fabric_eni *fabric_eni_public(const struct fabric *f, const struct ip *ip);

/* The subnet of the VPC that has the address: NULL. */
const struct fabric_subnet *fabric_subnet_at(const struct fabric_vpc *vpc,
    const struct ip *ip);

#endif
