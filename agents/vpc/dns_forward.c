#include "agents/vpc/dns_forward.h"

#include <stdlib.h>
#include <string.h>

#include "agents/vpc/dns_cache.h"
#include "agents/vpc/dns_upstream.h"
#include "base/clock.h"
#include "base/log.h"

enum { BUCKETS = 1024, TRIES_MAX = 6, ROUNDS_MAX = 3, TCP_MS = 3000 };

/* How long a server has in the first round, the second, the third. */
static const uint64_t patience_ms[ROUNDS_MAX] = { 1000, 1500, 2000 };

struct waiter {
	dns_heard_fn *heard;
	void *arg;
};

/* A question under way. */
struct ask {
	struct ask *next; /* in its bucket */
	struct dns_forward *forward;
	struct dns_name name; /* folded */
	uint16_t type;
	size_t n_waiters;
	struct waiter waiters[DNS_WAITERS_MAX];
	size_t n_tries, server, first_server;
	int no_edns;
	struct dns_upstream *upstream; /* NULL between two tries */
	uv_timer_t timer;
};

struct dns_forward {
	uv_loop_t *loop;
	struct dns_servers servers;
	size_t best; /* the server that is asked first */
	struct dns_cache *cache;
	struct ask *asks[BUCKETS];
	size_t n_asks;
	/* Two, since who hears the one may look up the other. */
	struct dns_message heard, known;
};

int
dns_servers_parse(const json_t *list, struct dns_servers *ret, struct err *err)
{
	struct dns_servers servers = { 0 };
	const json_t *v;
	size_t i;

	if (json_array_size(list) > DNS_SERVERS_MAX)
		return err_set(err, &net_bad_address,
		    "more than %d servers to forward to", DNS_SERVERS_MAX);
	json_array_foreach(list, i, v) {
		if (net_parse(json_string_value(v), 53, &servers.at[i]) < 0)
			return err_set(err, &net_bad_address,
			    "server %zu to forward to is not an IPv4 address", i);
		servers.n++;
	}
	*ret = servers;
	return 0;
}

struct dns_forward *
dns_forward_open(uv_loop_t *loop)
{
	struct dns_forward *f = calloc(1, sizeof(*f));

	if (f == NULL)
		fatal("out of memory");
	f->loop = loop;
	f->cache = dns_cache_new();
	return f;
}

void
dns_forward_use(struct dns_forward *f, const struct dns_servers *servers)
{
	int same = servers->n == f->servers.n;

	for (size_t i = 0; same && i < servers->n; i++)
		same = net_equal(&servers->at[i], &f->servers.at[i]);
	if (same)
		return;
	f->servers = *servers;
	f->best = 0;
	dns_cache_clear(f->cache);
}

static struct ask **
bucket(struct dns_forward *f, const struct dns_name *folded, uint16_t type)
{
	uint32_t h = 2166136261U ^ type;

	for (size_t i = 0; i < folded->len; i++)
		h = (h ^ folded->wire[i]) * 16777619U;
	return &f->asks[(h ^ h >> 16) % BUCKETS];
}

static void
on_ask_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void
forget(struct ask *a)
{
	struct dns_forward *f = a->forward;
	struct ask **at = bucket(f, &a->name, a->type);

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	f->n_asks--;
	if (a->upstream != NULL)
		dns_upstream_close(a->upstream);
	uv_close((uv_handle_t *)&a->timer, on_ask_closed);
}

/* The ask is forgotten first: who hears may ask again. */
static void
finish(struct ask *a, const struct dns_message *m)
{
	struct waiter waiters[DNS_WAITERS_MAX];
	size_t n = a->n_waiters;

	memcpy(waiters, a->waiters, n * sizeof(waiters[0]));
	forget(a);
	for (size_t i = 0; i < n; i++)
		waiters[i].heard(waiters[i].arg, m);
}

static void try_next(struct ask *a);

static void
on_timeout(uv_timer_t *timer)
{
	try_next(timer->data);
}

/* The servers may be others than when the question came. */
static size_t
tries(const struct dns_forward *f)
{
	size_t n = f->servers.n == 1 ? ROUNDS_MAX : f->servers.n * 2;

	return n < TRIES_MAX ? n : TRIES_MAX;
}

/* Soon, but not from within the caller. */
static void
fail_try(struct ask *a)
{
	uv_timer_start(&a->timer, on_timeout, 0, 0);
}

static void on_upstream(void *arg, const uint8_t *p, size_t len);

static void
begin(struct ask *a, int is_tcp)
{
	struct dns_forward *f = a->forward;
	size_t round = (a->n_tries - 1) / f->servers.n;

	if (a->upstream != NULL)
		dns_upstream_close(a->upstream);
	a->upstream = dns_upstream_open(f->loop, &f->servers.at[a->server], is_tcp,
	    &a->name, a->type, !a->no_edns, on_upstream, a);
	if (a->upstream == NULL)
		fail_try(a);
	else
		uv_timer_start(&a->timer, on_timeout,
		    is_tcp ? TCP_MS :
			     patience_ms[round < ROUNDS_MAX ? round : ROUNDS_MAX - 1],
		    0);
}

static void
try_next(struct ask *a)
{
	struct dns_forward *f = a->forward;

	if (a->n_tries >= tries(f)) {
		finish(a, NULL);
		return;
	}
	if (a->n_tries == 0)
		a->first_server = f->best;
	else if (a->server == f->best)
		f->best = (f->best + 1) % f->servers.n; /* It failed; begin elsewhere. */
	a->server = (a->first_server + a->n_tries) % f->servers.n;
	a->n_tries++;
	begin(a, 0);
}

/* Another server may do better than these. */
static int
is_failure(unsigned rcode)
{
	return rcode == DNS_SERVFAIL || rcode == DNS_REFUSED || rcode == DNS_NOTIMP ||
	    rcode == DNS_FORMERR;
}

/* Called once a try.  p NULL: the server cannot be reached. */
static void
on_upstream(void *arg, const uint8_t *p, size_t len)
{
	struct ask *a = arg;
	struct dns_forward *f = a->forward;
	unsigned rcode;

	if (f->servers.n == 0 || p == NULL) {
		fail_try(a);
		return;
	}
	rcode = p[3] & DNS_RCODE;
	if ((p[2] << 8 & DNS_TC) != 0 && !dns_upstream_is_tcp(a->upstream)) {
		a->server %= f->servers.n;
		begin(a, 1);
	} else if ((rcode == DNS_FORMERR || rcode == DNS_NOTIMP) && !a->no_edns) {
		a->no_edns = 1; /* a server of before EDNS */
		a->server %= f->servers.n;
		begin(a, 0);
	} else if (is_failure(rcode) || dns_message_read(p, len, &f->heard) < 0) {
		fail_try(a);
	} else {
		dns_cache_put(f->cache, &f->heard, p, len, clock_monotonic_ms());
		finish(a, &f->heard);
	}
}

const struct dns_message *
dns_forward_known(struct dns_forward *f, const struct dns_name *name, uint16_t type,
    uint32_t *ret_age_s)
{
	struct dns_cached known;

	if (!dns_cache_find(f->cache, name, type, clock_monotonic_ms(), &known))
		return NULL;
	if (dns_message_read(known.bytes, known.len, &f->known) < 0)
		return NULL;
	*ret_age_s = known.age_s;
	return &f->known;
}

static struct ask *
ask_new(struct dns_forward *f, const struct dns_name *folded, uint16_t type)
{
	struct ask *a = calloc(1, sizeof(*a)), **at = bucket(f, folded, type);

	if (a == NULL)
		fatal("out of memory");
	a->forward = f;
	a->name = *folded;
	a->type = type;
	a->next = *at;
	*at = a;
	f->n_asks++;
	uv_timer_init(f->loop, &a->timer);
	a->timer.data = a;
	return a;
}

int
dns_forward_ask(struct dns_forward *f, const struct dns_name *name, uint16_t type,
    dns_heard_fn *heard, void *arg)
{
	struct dns_name folded = *name;
	struct ask *a;

	dns_name_fold(&folded);
	a = *bucket(f, &folded, type);
	while (a != NULL && (a->type != type || !dns_name_equal(&a->name, &folded)))
		a = a->next;
	if (a == NULL) {
		if (f->n_asks == DNS_OUTSTANDING_MAX || f->servers.n == 0)
			return -1;
		a = ask_new(f, &folded, type);
		try_next(a);
	} else if (a->n_waiters == DNS_WAITERS_MAX) {
		return -1;
	}
	a->waiters[a->n_waiters++] = (struct waiter){ heard, arg };
	return 0;
}

void
dns_forward_close(struct dns_forward *f)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		while (f->asks[i] != NULL)
			forget(f->asks[i]);
	}
	dns_cache_free(f->cache);
	free(f);
}
