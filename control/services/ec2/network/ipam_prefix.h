/*
 * CIDRs of either family as bits, and the search for a free one.  Pure functions.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_IPAM_PREFIX_H
#define CONTROL_SERVICES_EC2_NETWORK_IPAM_PREFIX_H

#include <stddef.h>
#include <stdint.h>

#include "netdns/plan.h"

struct prefix {
	uint8_t addr[16];   /* IPv4: the first four */
	unsigned len, bits; /* bits: 32 or 128 */
};

/* A canonical CIDR: 1, 0. */
int prefix_parse(const char *text, struct prefix *ret);
void prefix_format(const struct prefix *p, char out[NET6_TEXT]);

int prefix_contains(const struct prefix *outer, const struct prefix *inner);
int prefix_overlaps(const struct prefix *a, const struct prefix *b);

/* The lowest prefix of the length in `in` that overlaps none of the used: 1, 0. */
int prefix_next_free(const struct prefix *in, unsigned len, const struct prefix *used,
    size_t n, struct prefix *ret);

#endif
