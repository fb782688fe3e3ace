#include "agents/vpc/dns_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { BUCKETS = 1024, TTL_MAX = 3600, NEGATIVE_TTL_MAX = 300 };

struct entry {
	struct entry *next;	     /* in its bucket */
	struct entry *newer, *older; /* by use */
	struct dns_name name;	     /* folded */
	uint16_t type;
	int64_t stored_ms, ends_ms;
	size_t len;
	uint8_t bytes[];
};

struct dns_cache {
	struct entry *buckets[BUCKETS];
	struct entry *newest, *oldest;
	size_t n, n_bytes;
};

struct dns_cache *
dns_cache_new(void)
{
	struct dns_cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		fatal("out of memory");
	return c;
}

static struct entry **
bucket(struct dns_cache *c, const struct dns_name *folded, uint16_t type)
{
	uint32_t h = 2166136261U ^ type;

	for (size_t i = 0; i < folded->len; i++)
		h = (h ^ folded->wire[i]) * 16777619U;
	return &c->buckets[(h ^ h >> 16) % BUCKETS];
}

static void
unlink_use(struct dns_cache *c, struct entry *e)
{
	*(e->newer != NULL ? &e->newer->older : &c->newest) = e->older;
	*(e->older != NULL ? &e->older->newer : &c->oldest) = e->newer;
}

static void
link_newest(struct dns_cache *c, struct entry *e)
{
	e->newer = NULL;
	e->older = c->newest;
	*(c->newest != NULL ? &c->newest->newer : &c->oldest) = e;
	c->newest = e;
}

static void
drop(struct dns_cache *c, struct entry *e)
{
	struct entry **at = bucket(c, &e->name, e->type);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	unlink_use(c, e);
	c->n--;
	c->n_bytes -= sizeof(*e) + e->len;
	free(e);
}

void
dns_cache_clear(struct dns_cache *c)
{
	while (c->oldest != NULL)
		drop(c, c->oldest);
}

void
dns_cache_free(struct dns_cache *c)
{
	dns_cache_clear(c);
	free(c);
}

static struct entry *
seek(struct dns_cache *c, const struct dns_name *folded, uint16_t type)
{
	struct entry *e = *bucket(c, folded, type);

	while (e != NULL && (e->type != type || !dns_name_equal(&e->name, folded)))
		e = e->next;
	return e;
}

int
dns_cache_find(struct dns_cache *c, const struct dns_name *name, uint16_t type,
    int64_t now_ms, struct dns_cached *ret)
{
	struct dns_name folded = *name;
	struct entry *e;

	dns_name_fold(&folded);
	e = seek(c, &folded, type);
	if (e == NULL)
		return 0;
	if (now_ms >= e->ends_ms) {
		drop(c, e);
		return 0;
	}
	unlink_use(c, e);
	link_newest(c, e);
	*ret = (struct dns_cached){ e->bytes, e->len,
		(uint32_t)((now_ms - e->stored_ms) / 1000) };
	return 1;
}

static uint32_t
lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* RFC 2308 5: the smaller of the SOA's TTL and of its MINIMUM, its last 4 bytes. */
static uint32_t
negative_ttl(const struct dns_rr *soa)
{
	const uint8_t *p = soa->data + soa->len - 4;
	uint32_t minimum =
	    (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];

	return lesser(lesser(soa->ttl, minimum), NEGATIVE_TTL_MAX);
}

/* Seconds for which the answer may be used again; 0: not at all. */
static uint32_t
cache_ttl(const struct dns_message *m)
{
	unsigned rcode = m->flags & DNS_RCODE;
	uint32_t ttl = TTL_MAX, negative = 0;
	int has_answer = 0;

	if ((rcode != DNS_NOERROR && rcode != DNS_NXDOMAIN) || m->flags & DNS_TC)
		return 0;
	for (size_t i = 0; i < m->n_rr; i++) {
		const struct dns_rr *rr = &m->rr[i];

		if (rr->section == DNS_ANSWER) {
			ttl = lesser(ttl, rr->ttl);
			has_answer |= rr->type == m->type;
		} else if (rr->section == DNS_AUTHORITY && rr->type == DNS_SOA) {
			negative = negative_ttl(rr);
		}
	}
	return has_answer && rcode == DNS_NOERROR ? ttl : lesser(ttl, negative);
}

void
dns_cache_put(struct dns_cache *c, const struct dns_message *m, const uint8_t *bytes,
    size_t len, int64_t now_ms)
{
	uint32_t ttl = cache_ttl(m);
	struct dns_name folded = m->name;
	struct entry *e, **at;

	if (ttl == 0 || len > DNS_CACHE_ENTRY_MAX)
		return;
	dns_name_fold(&folded);
	e = seek(c, &folded, m->type);
	if (e != NULL)
		drop(c, e);
	while (
	    c->n >= DNS_CACHE_ENTRIES || c->n_bytes + sizeof(*e) + len > DNS_CACHE_BYTES)
		drop(c, c->oldest);
	e = calloc(1, sizeof(*e) + len);
	if (e == NULL)
		fatal("out of memory");
	e->name = folded;
	e->type = m->type;
	e->stored_ms = now_ms;
	e->ends_ms = now_ms + (int64_t)ttl * 1000;
	e->len = len;
	memcpy(e->bytes, bytes, len);
	at = bucket(c, &folded, m->type);
	e->next = *at;
	*at = e;
	link_newest(c, e);
	c->n++;
	c->n_bytes += sizeof(*e) + len;
}
