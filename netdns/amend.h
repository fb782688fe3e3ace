/*
 * A small change of table `inet simfra`, as one batch of messages: rules that chains of groups gain
 * and lose, sets of members and what is in them.  A group may be that of hundreds of containers, and
 * text for each costs milliseconds of parsing; this costs a tenth of it.
 *
 * The rules are those of gate.h: what gate_add_rule() writes as text is the same here.  Calls in this
 * order, as the kernel wants it: sets, rules that come, rules that go, sets that go.
 */
#ifndef NETDNS_AMEND_H
#define NETDNS_AMEND_H

#include "base/buf.h"
#include "netdns/gate.h"

struct amend;

/* For a table that is as it was at this generation; if it is another by then, nothing is changed. */
struct amend *amend_new(struct arena *a, uint32_t generation);

/* The sets of a group's members, of both versions: new and full, or away. */
void amend_add_sets(struct amend *m, const struct fabric_group *group);
void amend_remove_sets(struct amend *m, const char *group);

void amend_add_member(struct amend *m, const struct fabric_group *group,
    const struct ip *ip);
void amend_remove_member(struct amend *m, const struct fabric_group *group,
    const struct ip *ip);

/* Behind those that the chain has. */
void amend_add_rule(struct amend *m, const char *chain, const struct gate_rule *rule,
    enum direction direction);
void amend_remove_rule(struct amend *m, const char *chain, uint64_t handle);

/* The batch for nfnl_send(), the arena's; *ret_len 0: nothing was asked for. */
const void *amend_batch(struct amend *m, size_t *ret_len);

#endif
