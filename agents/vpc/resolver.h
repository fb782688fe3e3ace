/*
 * A packet in, a packet out: the VPC's resolver without its sockets.
 *
 * Answers what it knows at once, and the rest when others have told.
 */
#ifndef AGENTS_VPC_RESOLVER_H
#define AGENTS_VPC_RESOLVER_H

#include <uv.h>

#include "agents/vpc/dns_forward.h"
#include "agents/vpc/dns_zone.h"
#include "agents/vpc/net.h"

enum { RESOLVER_WAITERS_MAX = 4096 };

struct resolver;

/* Who asks, and how he is answered later. */
struct resolver_client {
	void (*reply)(void *owner, const union net_any *to, const uint8_t *p, size_t len);
	void *owner;
	union net_any from;
	int is_tcp;
};

/* Knows nothing, and forwards to nobody. */
struct resolver *resolver_open(uv_loop_t *loop);
void resolver_close(struct resolver *r);

/* Takes the zones. */
void resolver_use(struct resolver *r, struct dns_zones *zones,
    const struct dns_servers *servers);

/*
 * Writes the reply to `out`, which has room for `cap` bytes (DNS_UDP_MAX, over TCP
 * DNS_MESSAGE_MAX), and returns its length.  0: there is none now; RESOLVER_LATER:
 * client->reply() will be called.
 */
#define RESOLVER_LATER SIZE_MAX
size_t resolver_ask(struct resolver *r, const uint8_t *p, size_t len,
    const struct resolver_client *client, uint8_t *out, size_t cap);

/* The owner has gone: it is not replied to any more. */
void resolver_forget(struct resolver *r, const void *owner);

#endif
