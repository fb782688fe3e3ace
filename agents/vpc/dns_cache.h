/*
 * What other servers said, for as long as they said.
 *
 * Whole messages as they came, by (name, type); bounded in number and bytes,
 * the least recently used go first.  TTLs are held to an hour, those of
 * negative answers to five minutes (RFC 2308 5).
 */
#ifndef AGENTS_VPC_DNS_CACHE_H
#define AGENTS_VPC_DNS_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "agents/vpc/dns_wire.h"

enum { DNS_CACHE_ENTRIES = 2048, DNS_CACHE_BYTES = 1 << 20, DNS_CACHE_ENTRY_MAX = 8192 };

struct dns_cache;

struct dns_cached {
	const uint8_t *bytes; /* borrowed until the next put or clear */
	size_t len;
	uint32_t age_s;
};

struct dns_cache *dns_cache_new(void);
void dns_cache_free(struct dns_cache *c);

int dns_cache_find(struct dns_cache *c, const struct dns_name *name, uint16_t type,
    int64_t now_ms, struct dns_cached *ret);

/* `m` is what `bytes` say.  Does nothing when they hold for no time. */
void dns_cache_put(struct dns_cache *c, const struct dns_message *m, const uint8_t *bytes,
    size_t len, int64_t now_ms);

void dns_cache_clear(struct dns_cache *c);

#endif
