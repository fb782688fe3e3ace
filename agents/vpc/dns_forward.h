/*
 * Questions that we pass on to other resolvers, and what they said.
 *
 * Each question goes out by UDP from a socket (and so a port) of its own, with
 * an id from the kernel's generator; an answer counts only when it comes from
 * the server that was asked, with that id and question.  A server that is
 * silent, fails or refuses is followed by the next one; a truncated answer is
 * fetched again over TCP.  The same question of several clients goes out once.
 */
#ifndef AGENTS_VPC_DNS_FORWARD_H
#define AGENTS_VPC_DNS_FORWARD_H

#include <uv.h>

#include "agents/vpc/dns_wire.h"
#include "agents/vpc/net.h"
#include "base/err.h"
#include "base/json.h"

enum { DNS_SERVERS_MAX = 8, DNS_OUTSTANDING_MAX = 4096, DNS_WAITERS_MAX = 64 };

struct dns_servers {
	size_t n;
	struct sockaddr_in at[DNS_SERVERS_MAX];
};

/* A JSON list of addresses, with or without a port. */
int dns_servers_parse(const json_t *list, struct dns_servers *ret, struct err *err);

struct dns_forward;

/* m is NULL when nobody answered; it is borrowed for the call. */
typedef void dns_heard_fn(void *arg, const struct dns_message *m);

struct dns_forward *dns_forward_open(uv_loop_t *loop);

/* Nobody who still waits is called; the loop frees the rest. */
void dns_forward_close(struct dns_forward *f);

/* Other servers than before also empty the cache. */
void dns_forward_use(struct dns_forward *f, const struct dns_servers *servers);

/* An answer that is remembered, or NULL; borrowed until the next call. */
const struct dns_message *dns_forward_known(struct dns_forward *f,
    const struct dns_name *name, uint16_t type, uint32_t *ret_age_s);

/* heard(arg, …) is called once, later: 0; or -1 when too much is under way. */
int dns_forward_ask(struct dns_forward *f, const struct dns_name *name, uint16_t type,
    dns_heard_fn *heard, void *arg);

#endif
