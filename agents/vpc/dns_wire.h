/*
 * DNS messages as bytes: names, queries and records out of them.
 *
 * The lowest floor of the resolver: a bounds-checked reader over {data, len}
 * that knows nothing of zones.  Its input is whatever a packet holds.  Not
 * libknot, since what we need of the format is less than what we would have
 * to carry: that library brings DNSSEC and GnuTLS into the image, and memory to
 * every VPC.  Class IN only, as records go; RFC 1035, 3597 and 6891.
 */
#ifndef AGENTS_VPC_DNS_WIRE_H
#define AGENTS_VPC_DNS_WIRE_H

#include <stddef.h>
#include <stdint.h>

enum {
	DNS_NAME_MAX = 255,
	DNS_LABEL_MAX = 63,
	DNS_HEADER_LEN = 12,
	DNS_MESSAGE_MAX = 65535,
	DNS_RR_MAX = 512,   /* records of one message */
	DNS_UDP_MIN = 512,  /* without EDNS (RFC 1035 4.2.1) */
	DNS_UDP_MAX = 1232, /* with it: no fragments on any path */
};

enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_HINFO = 13,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_SRV = 33,
	DNS_OPT = 41,
	DNS_TKEY = 249, /* the first of the types that only a question has */
	DNS_ANY = 255,
};

enum dns_class { DNS_IN = 1, DNS_CLASS_ANY = 255 };

enum dns_rcode {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5,
	DNS_BADVERS = 16,
};

enum dns_flag {
	DNS_QR = 0x8000,
	DNS_OPCODE = 0x7800,
	DNS_AA = 0x0400,
	DNS_TC = 0x0200,
	DNS_RD = 0x0100,
	DNS_RA = 0x0080,
	DNS_CD = 0x0010,
	DNS_RCODE = 0x000f,
};

/* A name in wire form, uncompressed, its case as it came. */
struct dns_name {
	uint8_t len; /* with the root's zero: 1 at least */
	uint8_t wire[DNS_NAME_MAX];
};

struct dns_reader {
	const uint8_t *data;
	size_t len, at;
};

/* Each 0, or -1 when the bytes are not there or not that. */
int dns_read_u16(struct dns_reader *r, uint16_t *ret);
int dns_read_name(struct dns_reader *r, struct dns_name *ret);

/* "ip-10-0-1-15.ec2.internal", with or without a last dot: 0, or -1. */
int dns_name_parse(const char *text, struct dns_name *ret);

/* a to z for A to Z. */
void dns_name_fold(struct dns_name *name);

/* Without regard to case. */
int dns_name_equal(const struct dns_name *a, const struct dns_name *b);

/* The length of the name's first label and its count; 1 for the root. */
size_t dns_label_len(const uint8_t *wire);

/* What a client asks. */
struct dns_query {
	uint16_t id, flags;
	int has_question;
	struct dns_name name;
	uint16_t type, class;
	int has_edns;
	uint16_t udp_size; /* what the client takes; DNS_UDP_MIN without EDNS */
	uint8_t version;
	int wants_dnssec; /* the DO bit, which is only sent back */
};

enum dns_sense {
	DNS_SENSE,    /* a question to answer */
	DNS_NONSENSE, /* malformed: FORMERR */
	DNS_FOREIGN,  /* an opcode that we do not have: NOTIMP */
	DNS_NOISE,    /* no query: no answer either */
};

/* *ret is filled as far as it was understood. */
enum dns_sense dns_query_read(const uint8_t *p, size_t len, struct dns_query *ret);

enum dns_section { DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL };

/* A record of class IN; the names in its data are not compressed. */
struct dns_rr {
	const struct dns_name *owner;
	const uint8_t *data;
	uint32_t ttl;
	uint16_t type, len;
	uint8_t section;
};

/* A server's answer, read: records that point into the pool beside them. */
struct dns_message {
	uint16_t id, flags;
	struct dns_name name;
	uint16_t type, class;
	size_t n_rr;
	struct dns_rr rr[DNS_RR_MAX];
	size_t used;
	_Alignas(struct dns_name) uint8_t pool[4 * DNS_MESSAGE_MAX];
};

/*
 * 0, or -1 when it is malformed, has not one question, or is larger than
 * there is room for.  OPT, and records of other classes, are left out.
 */
int dns_message_read(const uint8_t *p, size_t len, struct dns_message *ret);

#endif
