#include "agents/vpc/dns_write.h"

#include <assert.h>
#include <string.h>

enum { OPT_LEN = 11, MAX_TARGETS = 48, POINTER_MAX = 0x3fff };

struct writer {
	uint8_t *out;
	size_t len, limit;
	int full;
	/* Where names (and their tails) begin that a pointer may lead to. */
	uint16_t target[MAX_TARGETS];
	size_t n_targets;
};

struct dns_rr *
dns_reply_add(struct dns_reply *reply)
{
	return reply->n_rr < DNS_RR_MAX ? &reply->rr[reply->n_rr++] : NULL;
}

static void
put(struct writer *w, const void *p, size_t n)
{
	if (w->full || n > w->limit - w->len) {
		w->full = 1;
		return;
	}
	memcpy(w->out + w->len, p, n);
	w->len += n;
}

static void
put_u16(struct writer *w, uint16_t v)
{
	put(w, (uint8_t[]){ (uint8_t)(v >> 8), (uint8_t)v }, 2);
}

static void
put_u32(struct writer *w, uint32_t v)
{
	put_u16(w, (uint16_t)(v >> 16));
	put_u16(w, (uint16_t)v);
}

static int
same_letter(uint8_t a, uint8_t b)
{
	if (a == b)
		return 1;
	return (a ^ b) == 0x20 && (a | 0x20) >= 'a' && (a | 0x20) <= 'z';
}

/* Is the name that we wrote at `at` this tail?  Only what we wrote is read. */
static int
is_at(const struct writer *w, size_t at, const uint8_t *tail)
{
	for (;;) {
		uint8_t n = w->out[at];

		if ((n & 0xc0) == 0xc0) {
			at = (size_t)(n & 0x3f) << 8 | w->out[at + 1];
			continue;
		}
		if (n != tail[0])
			return 0;
		if (n == 0)
			return 1;
		for (size_t i = 1; i <= n; i++) {
			if (!same_letter(w->out[at + i], tail[i]))
				return 0;
		}
		at += (size_t)n + 1;
		tail += (size_t)n + 1;
	}
}

/* Case is not kept where an equal name stands already: RFC 1035 2.3.3 lets it go. */
static void
put_name(struct writer *w, const uint8_t *wire)
{
	size_t n_whole =
	    w->n_targets; /* not the tails of this name, which has no end yet */

	for (; wire[0] != 0; wire += dns_label_len(wire)) {
		for (size_t i = 0; i < n_whole; i++) {
			if (is_at(w, w->target[i], wire)) {
				put_u16(w, (uint16_t)(0xc000 | w->target[i]));
				return;
			}
		}
		if (w->n_targets < MAX_TARGETS && w->len <= POINTER_MAX &&
		    w->limit - w->len >= dns_label_len(wire) + 2)
			w->target[w->n_targets++] = (uint16_t)w->len;
		put(w, wire, dns_label_len(wire));
	}
	put(w, wire, 1);
}

/* Names of these types may be compressed (RFC 3597 4); SRV's may not (RFC 2782). */
static void
put_data(struct writer *w, const struct dns_rr *rr)
{
	const uint8_t *p = rr->data, *end = rr->data + rr->len;
	size_t names = 0;

	if (rr->type == DNS_CNAME || rr->type == DNS_PTR || rr->type == DNS_NS)
		names = 1;
	if (rr->type == DNS_SOA)
		names = 2;
	if (rr->type == DNS_MX) {
		names = 1;
		put(w, p, 2);
		p += 2;
	}
	for (; names > 0; names--) {
		put_name(w, p);
		while (p[0] != 0)
			p += dns_label_len(p);
		p++;
	}
	put(w, p, (size_t)(end - p));
}

/* 1, or 0 and nothing written when it does not fit. */
static int
put_rr(struct writer *w, const struct dns_rr *rr, uint32_t age_s)
{
	struct writer before = *w;
	size_t len_at;

	put_name(w, rr->owner->wire);
	put_u16(w, rr->type);
	put_u16(w, DNS_IN);
	put_u32(w, rr->ttl > age_s ? rr->ttl - age_s : 0);
	len_at = w->len;
	put_u16(w, 0);
	put_data(w, rr);
	if (w->full) {
		*w = before;
		return 0;
	}
	w->out[len_at] = (uint8_t)((w->len - len_at - 2) >> 8);
	w->out[len_at + 1] = (uint8_t)(w->len - len_at - 2);
	return 1;
}

static void
put_edns(struct writer *w, enum dns_rcode rcode, int wants_dnssec)
{
	put(w, "", 1);
	put_u16(w, DNS_OPT);
	put_u16(w, DNS_UDP_MAX);
	put_u32(w, (uint32_t)(rcode >> 4) << 24 | (wants_dnssec ? 0x8000 : 0));
	put_u16(w, 0);
}

static void
put_question(struct writer *w, const struct dns_query *q)
{
	put_name(w, q->name.wire);
	put_u16(w, q->type);
	put_u16(w, q->class);
}

static void
put_header(struct writer *w, const struct dns_query *q, const struct dns_reply *reply,
    unsigned flags, const uint16_t count[3])
{
	size_t end = w->len;

	w->len = 0;
	flags |= DNS_QR | DNS_RA | (q->flags & (DNS_OPCODE | DNS_RD | DNS_CD));
	flags |= reply->rcode & DNS_RCODE;
	put_u16(w, q->id);
	put_u16(w, (uint16_t)flags);
	put_u16(w, q->has_question ? 1 : 0);
	for (size_t i = 0; i < 3; i++)
		put_u16(w, count[i]);
	w->len = end;
}

size_t
dns_write(const struct dns_query *q, const struct dns_reply *reply, uint8_t *out,
    size_t limit)
{
	struct writer w = { .out = out, .len = DNS_HEADER_LEN };
	unsigned flags = reply->is_authoritative ? DNS_AA : 0;
	uint16_t count[3] = { 0 };

	assert(limit >= DNS_UDP_MIN && limit <= DNS_MESSAGE_MAX);
	w.limit = limit - (q->has_edns ? OPT_LEN : 0);
	if (q->has_question)
		put_question(&w, q);
	for (size_t i = 0; i < reply->n_rr; i++) {
		const struct dns_rr *rr = &reply->rr[i];

		if (put_rr(&w, rr, i < reply->n_fresh ? 0 : reply->age_s)) {
			count[rr->section]++;
		} else {
			flags |= rr->section != DNS_ADDITIONAL ? DNS_TC : 0;
			break;
		}
	}
	w.limit = limit;
	if (q->has_edns) {
		put_edns(&w, reply->rcode, q->wants_dnssec);
		count[DNS_ADDITIONAL]++;
	}
	put_header(&w, q, reply, flags, count);
	return w.len;
}

size_t
dns_limit(const struct dns_query *q, int is_tcp)
{
	if (is_tcp)
		return DNS_MESSAGE_MAX;
	return q->udp_size < DNS_UDP_MAX ? q->udp_size : DNS_UDP_MAX;
}

size_t
dns_write_question(uint16_t id, const struct dns_name *name, uint16_t type, int with_edns,
    uint8_t out[DNS_QUESTION_MAX])
{
	struct writer w = { .out = out, .limit = DNS_QUESTION_MAX };

	put_u16(&w, id);
	put_u16(&w, DNS_RD);
	put_u16(&w, 1);
	put_u16(&w, 0);
	put_u16(&w, 0);
	put_u16(&w, with_edns ? 1 : 0);
	put(&w, name->wire, name->len);
	put_u16(&w, type);
	put_u16(&w, DNS_IN);
	if (with_edns)
		put_edns(&w, DNS_NOERROR, 0);
	return w.len;
}
