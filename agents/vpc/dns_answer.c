#include "agents/vpc/dns_answer.h"

#include <string.h>

enum { SOA_TTL = 900, HINFO_TTL = 3600 };

/* A reply without an answer to what cannot have one; 1 when it is such. */
static int
refuse(enum dns_sense sense, const struct dns_query *q, struct dns_reply *reply)
{
	if (sense == DNS_FOREIGN)
		reply->rcode = DNS_NOTIMP;
	else if (sense != DNS_SENSE)
		reply->rcode = DNS_FORMERR;
	else if (q->has_edns && q->version != 0)
		reply->rcode = DNS_BADVERS;
	else if (q->class != DNS_IN && q->class != DNS_CLASS_ANY)
		reply->rcode = DNS_REFUSED;
	else if (q->type == DNS_OPT || q->type == 0)
		reply->rcode = DNS_FORMERR;
	else if (q->type >= DNS_TKEY && q->type < DNS_ANY)
		reply->rcode = DNS_REFUSED; /* keys, transfers, mailboxes */
	return reply->rcode != DNS_NOERROR;
}

static void
add(struct dns_reply *reply, const struct dns_name *owner, uint16_t type, uint32_t ttl,
    struct dns_data data, uint8_t section)
{
	struct dns_rr *rr = dns_reply_add(reply);

	if (rr == NULL)
		return;
	*rr = (struct dns_rr){ owner, data.bytes, ttl, type, data.len, section };
}

/* Each client begins elsewhere in the set; its id is as good as dice. */
static void
add_set(struct dns_reply *reply, const struct dns_name *owner, const struct dns_set *set,
    size_t turn)
{
	for (size_t i = 0; i < set->n; i++)
		add(reply, owner, set->type, set->ttl, set->data[(i + turn) % set->n],
		    DNS_ANSWER);
}

/* RFC 8482 4.2: who asks for everything gets one thing. */
static void
add_hinfo(struct dns_reply *reply, const struct dns_name *owner)
{
	static const char text[] = "\x07RFC8482";
	static const struct dns_data data = { sizeof(text), (const uint8_t *)text };

	add(reply, owner, DNS_HINFO, HINFO_TTL, data, DNS_ANSWER);
}

/* The name that an alias stands for. */
static const struct dns_name *
target(struct dns_reply *reply, size_t step, const struct dns_set *set)
{
	struct dns_name *name = &reply->chain[step];

	name->len = (uint8_t)set->data[0].len;
	memcpy(name->wire, set->data[0].bytes, set->data[0].len);
	return name;
}

/* A zone's own SOA is there, though no record of the configuration's. */
static void
negative(const struct dns_query *q, struct dns_reply *reply, const struct dns_name *name,
    const struct dns_found *found)
{
	if (found->outcome == DNS_NO_NAME)
		reply->rcode = DNS_NXDOMAIN;
	if (q->type == DNS_SOA && dns_name_equal(name, found->zone))
		add(reply, name, DNS_SOA, SOA_TTL, found->soa, DNS_ANSWER);
	else
		add(reply, found->zone, DNS_SOA, found->soa_ttl, found->soa,
		    DNS_AUTHORITY);
}

static enum dns_verdict
not_ours(const struct dns_query *q, struct dns_reply *reply, const struct dns_name *name,
    const struct dns_name **ret_name)
{
	reply->is_authoritative = 0;
	if (q->type == DNS_ANY) {
		add_hinfo(reply, name);
		return DNS_ANSWERED;
	}
	if ((q->flags & DNS_RD) == 0) {
		if (reply->n_rr == 0)
			reply->rcode = DNS_REFUSED;
		return DNS_ANSWERED;
	}
	*ret_name = name;
	return DNS_ASK_OTHERS;
}

enum dns_verdict
dns_answer(const struct dns_zones *z, enum dns_sense sense, const struct dns_query *q,
    struct dns_reply *reply, const struct dns_name **ret_name)
{
	const struct dns_name *name = &q->name;

	reply->rcode = DNS_NOERROR;
	reply->n_rr = 0;
	reply->n_fresh = DNS_RR_MAX;
	reply->age_s = 0;
	reply->is_authoritative = 0;
	if (refuse(sense, q, reply))
		return DNS_ANSWERED;
	reply->is_authoritative = 1;
	for (size_t step = 0;; step++) {
		struct dns_found found = dns_zones_find(z, name, q->type);

		if (found.set != NULL)
			found.set = dns_set_choose(found.set, q->id);
		switch (found.outcome) {
		case DNS_HIT:
			if (found.set != NULL)
				add_set(reply, name, found.set, q->id);
			return DNS_ANSWERED;
		case DNS_ALIAS:
			if (step == DNS_CHAIN_MAX || found.set == NULL) {
				dns_answer_fail(reply);
				return DNS_ANSWERED;
			}
			add(reply, name, DNS_CNAME, found.set->ttl, found.set->data[0],
			    DNS_ANSWER);
			name = target(reply, step, found.set);
			continue;
		case DNS_NO_NAME:
		case DNS_NODATA:
			negative(q, reply, name, &found);
			return DNS_ANSWERED;
		case DNS_NOT_OURS:
			return not_ours(q, reply, name, ret_name);
		}
	}
}

void
dns_answer_join(struct dns_reply *reply, const struct dns_message *m, uint32_t age_s)
{
	size_t own = reply->n_rr, n_answers = 0;

	reply->rcode = (enum dns_rcode)(m->flags & DNS_RCODE);
	reply->n_fresh = own;
	reply->age_s = age_s;
	for (size_t i = 0; i < m->n_rr; i++) {
		struct dns_rr *rr;

		n_answers += m->rr[i].section == DNS_ANSWER;
		/* Of the rest only what tells how long a negative answer holds. */
		if (m->rr[i].section != DNS_ANSWER &&
		    (m->rr[i].section != DNS_AUTHORITY || m->rr[i].type != DNS_SOA ||
			n_answers > 0))
			continue;
		rr = dns_reply_add(reply);
		if (rr != NULL)
			*rr = m->rr[i];
	}
}

void
dns_answer_fail(struct dns_reply *reply)
{
	reply->rcode = DNS_SERVFAIL;
	reply->is_authoritative = 0;
	reply->n_rr = 0;
}
