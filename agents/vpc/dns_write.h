/*
 * A reply, put into bytes: compression, truncation, EDNS.
 */
#ifndef AGENTS_VPC_DNS_WRITE_H
#define AGENTS_VPC_DNS_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "agents/vpc/dns_wire.h"

/* Aliases that are followed in one answer. */
enum { DNS_CHAIN_MAX = 8 };

struct dns_reply {
	enum dns_rcode rcode;
	int is_authoritative;
	uint32_t age_s; /* taken from the TTL of every record after the first n_fresh */
	size_t n_fresh;
	size_t n_rr;
	struct dns_rr rr[DNS_RR_MAX];
	struct dns_name chain[DNS_CHAIN_MAX]; /* owners that aliases led to */
};

/* Room for one more record, or NULL when there is none. */
struct dns_rr *dns_reply_add(struct dns_reply *reply);

/*
 * The reply to `q` in at most `limit` bytes of `out` (DNS_UDP_MIN at least);
 * returns its length.  Records that do not fit are left out whole: TC says so,
 * but for additional ones.  The question goes back byte for byte.
 */
size_t dns_write(const struct dns_query *q, const struct dns_reply *reply, uint8_t *out,
    size_t limit);

/* What a reply to `q` may have: over TCP all, else what the client and we take. */
size_t dns_limit(const struct dns_query *q, int is_tcp);

/* A question of ours, with RD, and with EDNS when with_edns; returns its length. */
enum { DNS_QUESTION_MAX = DNS_HEADER_LEN + DNS_NAME_MAX + 4 + 11 };
size_t dns_write_question(uint16_t id, const struct dns_name *name, uint16_t type,
    int with_edns, uint8_t out[DNS_QUESTION_MAX]);

#endif
