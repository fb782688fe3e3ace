/*
 * The names that this VPC knows by itself.
 *
 * Built whole from the configuration's `dns` (docs/AGENTS.md) and never
 * changed: records, the zones that we answer for, and those under which every
 * name that has no record of its own leads to control (SIMFRA_HOSTNAME, AWS's
 * suffixes).  Names of public addresses say their address themselves.  What is
 * "elsewhere" in a zone of ours is others' all the same.  A wildcard
 * ("*.apps.example.com") works inside a zone, as RFC 4592 has it.
 * Not emulated: delegation (NS), DNSSEC.
 */
#ifndef AGENTS_VPC_DNS_ZONE_H
#define AGENTS_VPC_DNS_ZONE_H

#include "agents/vpc/dns_wire.h"
#include "base/err.h"
#include "base/json.h"

struct dns_zones;

struct dns_data {
	uint16_t len;
	const uint8_t *bytes;
};

/*
 * The records of one type at one name.  Where there are others with weights, they are a chain of which each answer
 * takes one (dns_set_choose).
 */
struct dns_set {
	struct dns_set *next, *other;
	uint64_t weight;
	uint16_t type;
	uint32_t ttl;
	size_t n;
	struct dns_data *data;
};

enum dns_outcome {
	DNS_HIT,      /* records of the type */
	DNS_ALIAS,    /* a CNAME instead */
	DNS_NODATA,   /* the name is there, the type is not */
	DNS_NO_NAME,  /* not in a zone of ours */
	DNS_NOT_OURS, /* somebody else's name */
};

struct dns_found {
	enum dns_outcome outcome;
	const struct dns_set *set;   /* HIT, ALIAS */
	const struct dns_name *zone; /* NODATA, NO_NAME: whose SOA says so */
	struct dns_data soa;
	uint32_t soa_ttl; /* how long that holds */
};

/* The records and zones of `dns`, which may be NULL: none.  The caller owns *ret. */
int dns_zones_new(const json_t *dns, struct dns_zones **ret, struct err *err);
void dns_zones_free(struct dns_zones *z);

/* DNS_ANY finds the first set of the name. */
struct dns_found dns_zones_find(const struct dns_zones *z, const struct dns_name *name,
    uint16_t type);

/* One of the set's alternatives, by weight; `dice` is as good as random.  Often the set itself. */
const struct dns_set *dns_set_choose(const struct dns_set *set, uint32_t dice);

/* What the TTL of a negative answer is, where a zone has no SOA of its own. */
enum { DNS_NEGATIVE_TTL = 10 };

#endif
