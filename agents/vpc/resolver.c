#include "agents/vpc/resolver.h"

#include <assert.h>
#include <stdlib.h>

#include "agents/vpc/dns_answer.h"
#include "base/log.h"

/* A query that others must answer first. */
struct waiting {
	struct waiting *next, **prev;
	struct resolver *resolver;
	struct dns_query query;
	struct resolver_client client;
};

struct resolver {
	struct dns_zones *zones;
	struct dns_forward *forward;
	struct waiting *waiting;
	size_t n_waiting;
	struct dns_reply reply;
	uint8_t out[DNS_MESSAGE_MAX];
};

struct resolver *
resolver_open(uv_loop_t *loop)
{
	struct resolver *r = calloc(1, sizeof(*r));
	struct err err;

	if (r == NULL || dns_zones_new(NULL, &r->zones, &err) < 0)
		fatal("out of memory");
	r->forward = dns_forward_open(loop);
	return r;
}

void
resolver_use(struct resolver *r, struct dns_zones *zones,
    const struct dns_servers *servers)
{
	dns_zones_free(r->zones);
	r->zones = zones;
	dns_forward_use(r->forward, servers);
}

static void
done(struct waiting *w)
{
	*w->prev = w->next;
	if (w->next != NULL)
		w->next->prev = w->prev;
	w->resolver->n_waiting--;
	free(w);
}

void
resolver_close(struct resolver *r)
{
	dns_forward_close(r->forward);
	while (r->waiting != NULL)
		done(r->waiting);
	dns_zones_free(r->zones);
	free(r);
}

/*
 * The zones may have changed since the question came, so it is answered anew; if
 * it now leads to another name, the client may ask again.
 */
static void
on_heard(void *arg, const struct dns_message *m)
{
	struct waiting *w = arg;
	struct resolver *r = w->resolver;
	const struct dns_name *name;
	size_t n;

	if (w->client.reply != NULL) {
		if (dns_answer(r->zones, DNS_SENSE, &w->query, &r->reply, &name) ==
		    DNS_ASK_OTHERS) {
			if (m != NULL && dns_name_equal(&m->name, name))
				dns_answer_join(&r->reply, m, 0);
			else
				dns_answer_fail(&r->reply);
		}
		n = dns_write(&w->query, &r->reply, r->out,
		    dns_limit(&w->query, w->client.is_tcp));
		w->client.reply(w->client.owner, &w->client.from, r->out, n);
	}
	done(w);
}

static int
wait_for(struct resolver *r, const struct dns_query *q, const struct dns_name *name,
    const struct resolver_client *client)
{
	struct waiting *w;

	if (r->n_waiting == RESOLVER_WAITERS_MAX)
		return -1;
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		fatal("out of memory");
	w->resolver = r;
	w->query = *q;
	w->client = *client;
	if (dns_forward_ask(r->forward, name, q->type, on_heard, w) < 0) {
		free(w);
		return -1;
	}
	w->next = r->waiting;
	w->prev = &r->waiting;
	if (r->waiting != NULL)
		r->waiting->prev = &w->next;
	r->waiting = w;
	r->n_waiting++;
	return 0;
}

size_t
resolver_ask(struct resolver *r, const uint8_t *p, size_t len,
    const struct resolver_client *client, uint8_t *out, size_t cap)
{
	const struct dns_message *m;
	const struct dns_name *name;
	enum dns_sense sense;
	struct dns_query q;
	uint32_t age_s;
	size_t limit;

	sense = dns_query_read(p, len, &q);
	if (sense == DNS_NOISE)
		return 0;
	if (dns_answer(r->zones, sense, &q, &r->reply, &name) == DNS_ASK_OTHERS) {
		m = dns_forward_known(r->forward, name, q.type, &age_s);
		if (m != NULL)
			dns_answer_join(&r->reply, m, age_s);
		else if (wait_for(r, &q, name, client) == 0)
			return RESOLVER_LATER;
		else
			dns_answer_fail(&r->reply);
	}
	limit = dns_limit(&q, client->is_tcp);
	assert(limit <= cap);
	return dns_write(&q, &r->reply, out, limit);
}

void
resolver_forget(struct resolver *r, const void *owner)
{
	for (struct waiting *w = r->waiting; w != NULL; w = w->next) {
		if (w->client.owner == owner)
			w->client.reply = NULL;
	}
}
