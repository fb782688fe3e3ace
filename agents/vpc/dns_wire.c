#include "agents/vpc/dns_wire.h"

#include <string.h>

int
dns_read_u16(struct dns_reader *r, uint16_t *ret)
{
	if (r->len - r->at < 2)
		return -1;
	*ret = (uint16_t)(r->data[r->at] << 8 | r->data[r->at + 1]);
	r->at += 2;
	return 0;
}

static int
dns_read_u32(struct dns_reader *r, uint32_t *ret)
{
	uint16_t high, low;
	struct dns_reader at = *r;

	if (dns_read_u16(&at, &high) < 0 || dns_read_u16(&at, &low) < 0)
		return -1;
	*ret = (uint32_t)high << 16 | low;
	*r = at;
	return 0;
}

/*
 * RFC 1035 4.1.4.  Every pointer must lead before the part of the name that it
 * ends, so that the walk ends too.
 */
int
dns_read_name(struct dns_reader *r, struct dns_name *ret)
{
	size_t at = r->at, start = r->at, end = 0, n = 0;
	struct dns_name name;

	for (;;) {
		uint8_t c;

		if (at >= r->len)
			return -1;
		c = r->data[at];
		if ((c & 0xc0) == 0xc0) {
			if (r->len - at < 2)
				return -1;
			if (end == 0)
				end = at + 2;
			at = (size_t)(c & 0x3f) << 8 | r->data[at + 1];
			if (at >= start || at < DNS_HEADER_LEN)
				return -1;
			start = at;
			continue;
		}
		if (c > DNS_LABEL_MAX || r->len - at < (size_t)c + 1 ||
		    n + c + 1 > DNS_NAME_MAX)
			return -1;
		memcpy(name.wire + n, r->data + at, (size_t)c + 1);
		n += (size_t)c + 1;
		at += (size_t)c + 1;
		if (c == 0)
			break;
	}
	r->at = end != 0 ? end : at;
	ret->len = (uint8_t)n;
	memcpy(ret->wire, name.wire, n);
	return 0;
}

int
dns_name_parse(const char *text, struct dns_name *ret)
{
	struct dns_name name = { 0 };
	size_t n = 0;

	if (strcmp(text, ".") == 0)
		text = "";
	while (*text != '\0') {
		size_t label = strcspn(text, ".");

		if (label == 0 || label > DNS_LABEL_MAX || n + label + 2 > DNS_NAME_MAX)
			return -1;
		for (size_t i = 0; i < label; i++) {
			if (text[i] <= ' ' || text[i] > '~')
				return -1;
		}
		name.wire[n] = (uint8_t)label;
		memcpy(name.wire + n + 1, text, label);
		n += label + 1;
		text += label;
		if (*text == '.')
			text++;
	}
	name.wire[n] = 0;
	name.len = (uint8_t)(n + 1);
	*ret = name;
	return 0;
}

static uint8_t
fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* A length octet is at most 63 and so is never taken for a letter. */
void
dns_name_fold(struct dns_name *name)
{
	for (size_t i = 0; i < name->len; i++)
		name->wire[i] = fold(name->wire[i]);
}

int
dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
	if (a->len != b->len)
		return 0;
	for (size_t i = 0; i < a->len; i++) {
		if (fold(a->wire[i]) != fold(b->wire[i]))
			return 0;
	}
	return 1;
}

size_t
dns_label_len(const uint8_t *wire)
{
	return (size_t)wire[0] + 1;
}

/* The fixed part of a record, RFC 1035 4.1.3. */
struct head {
	struct dns_name owner;
	uint16_t type, class, len;
	uint32_t ttl;
};

static int
read_head(struct dns_reader *r, struct head *ret)
{
	if (dns_read_name(r, &ret->owner) < 0 || dns_read_u16(r, &ret->type) < 0 ||
	    dns_read_u16(r, &ret->class) < 0 || dns_read_u32(r, &ret->ttl) < 0 ||
	    dns_read_u16(r, &ret->len) < 0 || r->len - r->at < ret->len)
		return -1;
	return 0;
}

/* RFC 6891 6.1.2: the size is where a class is, the version in the TTL. */
static int
take_edns(struct dns_query *q, const struct head *h)
{
	if (q->has_edns || h->owner.len != 1)
		return -1;
	q->has_edns = 1;
	q->udp_size = h->class < DNS_UDP_MIN ? DNS_UDP_MIN : h->class;
	q->version = (uint8_t)(h->ttl >> 16);
	q->wants_dnssec = (h->ttl & 0x8000) != 0;
	return 0;
}

static int
read_rest(struct dns_reader *r, const uint16_t count[4], struct dns_query *q)
{
	struct head h;

	if (count[0] != 1 || count[1] != 0 || count[2] != 0)
		return -1;
	if (dns_read_name(r, &q->name) < 0 || dns_read_u16(r, &q->type) < 0 ||
	    dns_read_u16(r, &q->class) < 0)
		return -1;
	q->has_question = 1;
	for (size_t i = 0; i < count[3]; i++) {
		if (read_head(r, &h) < 0)
			return -1;
		if (h.type == DNS_OPT && take_edns(q, &h) < 0)
			return -1;
		r->at += h.len;
	}
	return r->at == r->len ? 0 : -1;
}

enum dns_sense
dns_query_read(const uint8_t *p, size_t len, struct dns_query *ret)
{
	struct dns_reader r = { p, len, 0 };
	uint16_t count[4] = { 0 };

	ret->has_question = 0;
	ret->has_edns = 0;
	ret->udp_size = DNS_UDP_MIN;
	if (len < DNS_HEADER_LEN)
		return DNS_NOISE;
	dns_read_u16(&r, &ret->id);
	dns_read_u16(&r, &ret->flags);
	for (size_t i = 0; i < 4; i++)
		dns_read_u16(&r, &count[i]);
	if (ret->flags & DNS_QR)
		return DNS_NOISE;
	if (ret->flags & DNS_OPCODE)
		return DNS_FOREIGN;
	return read_rest(&r, count, ret) < 0 ? DNS_NONSENSE : DNS_SENSE;
}

/* Answers. */

static uint8_t *
take_room(struct dns_message *m, size_t n)
{
	uint8_t *p = m->pool + m->used;

	if (n > sizeof(m->pool) - m->used)
		return NULL;
	m->used += n;
	return p;
}

/*
 * Where names are in the data of a record (RFC 3597 4: only in these types may
 * they be compressed): bytes, then names, then bytes to the end.
 */
static const struct shape {
	uint16_t type;
	uint8_t before, names, after;
} shapes[] = {
	{ DNS_NS, 0, 1, 0 },
	{ DNS_CNAME, 0, 1, 0 },
	{ DNS_SOA, 0, 2, 20 },
	{ DNS_PTR, 0, 1, 0 },
	{ DNS_MX, 2, 1, 0 },
	{ DNS_SRV, 6, 1, 0 },
};

static int
copy_bytes(struct dns_reader *r, struct dns_message *m, size_t n)
{
	uint8_t *p = take_room(m, n);

	if (p == NULL || r->len - r->at < n)
		return -1;
	memcpy(p, r->data + r->at, n);
	r->at += n;
	return 0;
}

static int
copy_name(struct dns_reader *r, struct dns_message *m)
{
	struct dns_name name;
	uint8_t *p;

	if (dns_read_name(r, &name) < 0 || (p = take_room(m, name.len)) == NULL)
		return -1;
	memcpy(p, name.wire, name.len);
	return 0;
}

static int
copy_data(struct dns_reader *r, struct dns_message *m, const struct head *h)
{
	size_t end = r->at + h->len;
	/* A name may begin in the data and must end there; it may point before. */
	struct dns_reader in = { r->data, end, r->at };

	r->at = end;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const struct shape *s = &shapes[i];

		if (s->type != h->type)
			continue;
		if (copy_bytes(&in, m, s->before) < 0)
			return -1;
		for (size_t j = 0; j < s->names; j++) {
			if (copy_name(&in, m) < 0)
				return -1;
		}
		return copy_bytes(&in, m, s->after) < 0 || in.at != end ? -1 : 0;
	}
	return copy_bytes(&in, m, h->len);
}

static int
size_is_right(const struct head *h)
{
	return (h->type != DNS_A || h->len == 4) && (h->type != DNS_AAAA || h->len == 16);
}

static int
read_rr(struct dns_reader *r, uint8_t section, struct dns_message *m)
{
	struct dns_name *owner;
	struct dns_rr *rr;
	struct head h;
	size_t start;

	if (read_head(r, &h) < 0 || !size_is_right(&h))
		return -1;
	if (h.type == DNS_OPT || h.class != DNS_IN) {
		r->at += h.len;
		return 0;
	}
	owner = (struct dns_name *)(void *)take_room(m, sizeof(*owner));
	start = m->used;
	if (owner == NULL || m->n_rr == DNS_RR_MAX || copy_data(r, m, &h) < 0)
		return -1;
	*owner = h.owner;
	rr = &m->rr[m->n_rr++];
	rr->owner = owner;
	rr->data = m->pool + start;
	rr->len = (uint16_t)(m->used - start);
	rr->type = h.type;
	rr->ttl = h.ttl > INT32_MAX ? 0 : h.ttl; /* RFC 2181 8 */
	rr->section = section;
	return 0;
}

int
dns_message_read(const uint8_t *p, size_t len, struct dns_message *ret)
{
	struct dns_reader r = { p, len, 0 };
	uint16_t count[4] = { 0 };

	if (len < DNS_HEADER_LEN)
		return -1;
	ret->n_rr = 0;
	ret->used = 0;
	dns_read_u16(&r, &ret->id);
	dns_read_u16(&r, &ret->flags);
	for (size_t i = 0; i < 4; i++)
		dns_read_u16(&r, &count[i]);
	if (count[0] != 1 || dns_read_name(&r, &ret->name) < 0 ||
	    dns_read_u16(&r, &ret->type) < 0 || dns_read_u16(&r, &ret->class) < 0)
		return -1;
	for (uint8_t section = 0; section < 3; section++) {
		for (size_t i = 0; i < count[section + 1]; i++) {
			if (read_rr(&r, section, ret) < 0)
				return -1;
		}
	}
	return 0;
}
