/*
 * The address plan: IPv4 and IPv6 networks, who has which address of a
 * subnet, the pools that stand for the internet and for the underlays, and
 * the names and MACs that follow from addresses.
 *
 * Pure functions: no state, no input but the parameters, no allocation.  An
 * IPv4 address is a uint32_t in host order.  Parsers are strict: one form, no
 * spaces, no leading zeros, nothing behind it.  A predicate or parser returns
 * 1 or 0, and leaves *ret alone on 0.  Texts go to buffers of the named size.
 *
 * The pools:
 *
 *   198.18.0.0/16  simfra-internet, a Docker bridge network
 *     .0.1                  its gateway: the host, and control
 *     .0.0/20               Docker's own ip-range: the routers' legs
 *     .16.0 - .255.254      public and Elastic IPs, which Docker never gives away
 *   198.19.0.0/16  underlays, a /28 each: simfra-vpc-{account}-{region}-{vpc}
 *     +1                    its gateway: the host
 *     +2                    the VPC's router
 *     +3                    control, when it runs in a container
 *     +4 - +14              containers that a user puts there (guests)
 */
#ifndef NETDNS_PLAN_H
#define NETDNS_PLAN_H

#include <stddef.h>
#include <stdint.h>

struct net4 {
	uint32_t addr; /* host bits are kept: "10.0.1.15/24" */
	unsigned len;  /* 0 - 32 */
};

struct net6 {
	uint8_t addr[16];
	unsigned len; /* 0 - 128 */
};

enum {
	IP4_TEXT = 16,	/* "255.255.255.255" */
	NET4_TEXT = 19, /* "255.255.255.255/32" */
	NET6_TEXT = 51, /* inet_ntop's 46 and "/128" */
	MAC_TEXT = 18,	/* "0a:58:0a:00:01:0f" */
	NAME_TEXT = 128 /* any name made here */
};

/* IPv4 */

int ip4_parse(const char *s, uint32_t *ret);
void ip4_format(uint32_t addr, char out[IP4_TEXT]);

/* "10.0.0.0/16"; host bits may be set.  The '/' and the length are needed. */
int net4_parse(const char *s, struct net4 *ret);
void net4_format(const struct net4 *n, char out[NET4_TEXT]);

uint32_t net4_mask(unsigned len);
uint32_t net4_base(const struct net4 *n);
uint32_t net4_last(const struct net4 *n);
int net4_is_canonical(const struct net4 *n); /* no host bits */
int net4_has(const struct net4 *n, uint32_t addr);
int net4_contains(const struct net4 *outer, const struct net4 *inner);
int net4_overlaps(const struct net4 *a, const struct net4 *b);

/* base + i: 1, or 0 when that is not in the network. */
int net4_at(const struct net4 *n, uint32_t i, uint32_t *ret);

/* IPv6 */

int ip6_parse(const char *s, uint8_t ret[16]);
int net6_parse(const char *s, struct net6 *ret);
void net6_format(const struct net6 *n, char out[NET6_TEXT]);
int net6_is_canonical(const struct net6 *n);
void net6_mask(struct net6 *n); /* its bits behind len are 0 */
int net6_contains(const struct net6 *outer, const struct net6 *inner);
int net6_overlaps(const struct net6 *a, const struct net6 *b);

/* Subnets of a VPC (EC2: the first four addresses and the last are AWS's) */

int subnet_is_reserved(const struct net4 *subnet, uint32_t addr);

/* How many addresses the API says are free in an empty subnet; 0 for /30 and longer. */
uint32_t subnet_capacity(const struct net4 *subnet);

/* 1 when is_used(arg, addr). */
typedef int plan_used_fn(void *arg, uint32_t addr);

/*
 * The lowest address at or above `from` (0: the subnet's first), going round
 * once, that is neither reserved nor used: 1, or 0 when the subnet is full.
 */
int subnet_next_free(const struct net4 *subnet, uint32_t from, plan_used_fn *is_used,
    void *arg, uint32_t *ret);

/* VPC base + 2, and base + 3, which is the way to control. */
uint32_t vpc_resolver(const struct net4 *vpc);
uint32_t vpc_control(const struct net4 *vpc);

/* Pools */

#define PLAN_INTERNET "198.18.0.0/16"
#define PLAN_UNDERLAY "198.19.0.0/16"

struct plan_internet {
	struct net4 net;
	struct net4 docker; /* Docker's ip-range: the first sixteenth */
	uint32_t gateway;
	uint32_t first_public, last_public;
};

/* Of the router at its underlay address: the way in for edge. */
enum { PLAN_DOOR_PORT = 4598 };

struct plan_underlay {
	struct net4 net; /* a /28 */
	uint32_t gateway, router, control;
	uint32_t first_guest, last_guest;
};

/* pool is canonical and /8 - /24. */
int plan_internet(const struct net4 *pool, struct plan_internet *ret);

/* The IPv6 side of simfra-internet: block 0 is the network's own, the others are VPCs'. */
struct plan_internet6 {
	struct net6 net;
	struct net6 docker; /* Docker's ip-range: the first /112 */
	uint8_t gateway[16];
};

enum { PLAN_BLOCK6_LEN = 56 };

/* pool is canonical and /16 - /52. */
int plan_internet6(const struct net6 *pool, struct plan_internet6 *ret);

/* The /56 of the pool that the 40 bits of seed choose; never block 0. */
void plan_block6(const struct net6 *pool, uint64_t seed, struct net6 *ret);

/* Of a pool that is canonical and /8 - /28, the n-th from 0. */
int plan_underlay(const struct net4 *pool, uint32_t n, struct plan_underlay *ret);
uint32_t plan_n_underlays(const struct net4 *pool);

/* The next public address, as subnet_next_free. */
int plan_next_public(const struct plan_internet *p, uint32_t from, plan_used_fn *is_used,
    void *arg, uint32_t *ret);

/* Names and MACs */

/*
 * "0a:58:…": the first byte is locally administered, as EC2's are (02, 06, 0a
 * or 0e), the rest is a hash of the id.  The same id, the same MAC, always.
 */
void plan_mac(const char *eni_id, char out[MAC_TEXT]);
int mac_parse(const char *s, uint8_t ret[6]);

/* "ip-10-0-1-15.ec2.internal", "ip-10-0-1-15.eu-west-1.compute.internal" */
void plan_private_name(const char *region, uint32_t addr, char out[NAME_TEXT]);

/* "ec2.internal", "eu-west-1.compute.internal" */
void plan_private_zone(const char *region, char out[NAME_TEXT]);

/* "ec2-198-18-16-5.compute-1.amazonaws.com", "ec2-….eu-west-1.compute.amazonaws.com" */
void plan_public_name(const char *region, uint32_t addr, char out[NAME_TEXT]);

/* "15.1.0.10.in-addr.arpa" (RFC 1035 3.5), "….ip6.arpa" (RFC 3596 2.5) */
void plan_reverse_name(uint32_t addr, char out[NAME_TEXT]);
void plan_reverse_name6(const uint8_t addr[16], char out[NAME_TEXT]);

/* The zone of whole octets that has the network: 10.0.0.0/20 -> "0.10.in-addr.arpa". */
void plan_reverse_zone(const struct net4 *n, char out[NAME_TEXT]);

#endif
