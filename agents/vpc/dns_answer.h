/*
 * From a question to a reply, as far as this VPC's own names go.
 */
#ifndef AGENTS_VPC_DNS_ANSWER_H
#define AGENTS_VPC_DNS_ANSWER_H

#include "agents/vpc/dns_wire.h"
#include "agents/vpc/dns_write.h"
#include "agents/vpc/dns_zone.h"

enum dns_verdict {
	DNS_ANSWERED,
	DNS_ASK_OTHERS, /* *ret_name must be asked for elsewhere, and joined */
};

/*
 * Fills `reply`, which then points into z and q.  *ret_name is q's name, or the
 * one that the aliases in `reply` led to; it lives as long as q and reply.
 */
enum dns_verdict dns_answer(const struct dns_zones *z, enum dns_sense sense,
    const struct dns_query *q, struct dns_reply *reply, const struct dns_name **ret_name);

/* What another server said of *ret_name, `age_s` ago, goes behind what is in `reply`. */
void dns_answer_join(struct dns_reply *reply, const struct dns_message *m,
    uint32_t age_s);

/* Nobody could be asked. */
void dns_answer_fail(struct dns_reply *reply);

#endif
