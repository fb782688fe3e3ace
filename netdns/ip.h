/*
 * Addresses and networks of either version, for what treats both alike: rules,
 * routes, and those who decide by them.  plan.h has what is IPv4's alone.
 *
 * Pure functions.  Parsers are strict, as in plan.h: 1, or 0 with *ret left alone.
 */
#ifndef NETDNS_IP_H
#define NETDNS_IP_H

#include <stddef.h>
#include <stdint.h>

struct ip {
	uint8_t version; /* 4 or 6; 0: there is none */
	uint8_t b[16];	 /* network order; IPv4 in the first 4, the rest 0 */
};

struct cidr {
	struct ip ip; /* host bits are kept: "10.0.1.15/24" */
	unsigned len;
};

enum { IP_TEXT = 46, CIDR_TEXT = 51 };

int ip_parse(const char *s, struct ip *ret);
int cidr_parse(const char *s, struct cidr *ret);
void ip_format(const struct ip *ip, char out[IP_TEXT]);
void cidr_format(const struct cidr *c, char out[CIDR_TEXT]);

struct ip ip_of4(uint32_t addr); /* host order */
uint32_t ip_to4(const struct ip *ip);
struct cidr cidr_of4(uint32_t addr, unsigned len);

/* By version, then by number: <0, 0, >0. */
int ip_compare(const struct ip *a, const struct ip *b);

int cidr_is_canonical(const struct cidr *c); /* no host bits */
void cidr_mask(struct cidr *c);		     /* none any more */

/* Never of two versions. */
int cidr_has(const struct cidr *c, const struct ip *ip);
int cidr_contains(const struct cidr *outer, const struct cidr *inner);
int cidr_overlaps(const struct cidr *a, const struct cidr *b);

#endif
