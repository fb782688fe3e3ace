/*
 * What VPC flow logs tell of: how many packets each flow of an interface had, accepted and
 * refused by the groups, counted by the kernel in the namespace of the container.
 *
 * A table of its own, `inet simfra_flows`, so that nothing that decides is touched: sets whose
 * elements are flows with counters, filled before the rules of groups (guard.h) and behind
 * them.  What came before and not behind was refused.  Elements go by themselves some time after
 * their last packet; counters are never reset, and the reader remembers what it has said.
 *
 * Not logged, as on AWS: the resolver, metadata and credentials, the gateway of the subnet, DHCP
 * and neighbour discovery; and base + 3, the way to control.
 * What a network ACL refuses is counted in the router, behind the groups of who sent and before those of who
 * should have got it, in sets of the router's own table.  They begin anew when that is swapped: what was refused
 * since the last look before is not told.
 * Not emulated: TCP flags; ACLs at an appliance that forwards what is not its own.
 */
#ifndef NETDNS_FLOWS_H
#define NETDNS_FLOWS_H

#include "base/buf.h"
#include "netdns/fabric.h"

enum {
	FLOWS_MAX = 8192, /* of a kind and direction in one namespace at once */
	FLOWS_FORGOTTEN_S = 180
};

struct flow {
	char device[16];
	enum direction direction; /* as the interface sees it */
	struct ip from, to;
	uint8_t protocol;
	uint16_t from_port, to_port; /* 0 but of TCP and UDP */
	uint64_t packets, bytes;     /* accepted */
	uint64_t refused_packets, refused_bytes;
};

/* What is remembered of a namespace between two calls; zeroed for a new one. */
struct flows_memory {
	struct arena *arena; /* of what follows; NULL: nothing yet */
	char *table;	     /* as it was loaded; NULL: there is none */
	struct flow *said;   /* sorted by flow; what was told of each in all */
	size_t n_said;
};

void flows_forget(struct flows_memory *m);

/* A number that stays as long as what is counted: to mix with guard_stamp(). */
uint64_t flows_stamp(const struct fabric_eni *const *enis, size_t n);

/* In the namespace that the thread is in: make it so, if it is not.  0, -1. */
int flows_ensure(const struct fabric_eni *const *enis, size_t n, struct flows_memory *m,
    struct err *err);

/*
 * In the namespace that the thread is in: what flows had since the last time, the arena's; none
 * without the table.  *ret_is_full: some may be missing.  0, -1.
 */
int flows_read(struct flows_memory *m, struct arena *a, struct flow **ret, size_t *ret_n,
    int *ret_is_full, struct err *err);

/*
 * Chains refused_in and refused_out, to go to from within a router's table: they drop.  With an interface of the
 * VPC that is logged they count before that.
 */
void flows_render_refused(const struct fabric *f, const struct fabric_vpc *v,
    struct buf *out);

/* Has it one? */
int flows_is_logged(const struct fabric *f, const struct fabric_vpc *v);

/*
 * In a router's namespace: what ACLs have refused since the last time, `packets` and `bytes` of each flow; the device is
 * not known.  0, -1.
 */
int flows_read_refused(struct flows_memory *m, struct arena *a, struct flow **ret,
    size_t *ret_n, int *ret_is_full, struct err *err);

#endif
