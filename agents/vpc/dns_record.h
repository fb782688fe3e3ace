/*
 * Record data from its text: one row a type that a configuration may have.
 */
#ifndef AGENTS_VPC_DNS_RECORD_H
#define AGENTS_VPC_DNS_RECORD_H

#include "agents/vpc/dns_zone.h"
#include "base/arena.h"

/* "A" and so on, or "TYPE257": 1, or 0 for a type that no zone has.  NULL is such. */
int dns_record_type(const char *word, uint16_t *ret);

/* 0, or -1 when the text is not a value of the type, nor "\\# LENGTH HEX"; *ret lies in the arena. */
int dns_record_parse(struct arena *a, uint16_t type, const char *text,
    struct dns_data *ret);

/* The start of authority that we make for a zone; `negative_ttl` is its MINIMUM. */
struct dns_data dns_record_soa(struct arena *a, const struct dns_name *zone,
    uint32_t negative_ttl);

#endif
