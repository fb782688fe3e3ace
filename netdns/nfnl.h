/*
 * A socket of nfnetlink in the namespace that the thread is in when it opens it: what the kernel
 * says of our tables, and changes of them as messages (amend.h makes them).  Text goes by nat_run().
 */
#ifndef NETDNS_NFNL_H
#define NETDNS_NFNL_H

#include <libmnl/libmnl.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

int nfnl_open(struct mnl_socket **ret, struct err *err);

/* For CLEANUP(nfnl_closep): without waiting (aside.h). */
void nfnl_closep(struct mnl_socket **nl);

/* The number of the last change of any table of the namespace. */
int nfnl_generation(struct mnl_socket *nl, uint32_t *ret, struct err *err);

/* The handles of the rules of a chain of table `inet simfra`, in its order; the arena's. */
int nfnl_handles(struct mnl_socket *nl, const char *chain, struct arena *a,
    uint64_t **ret, size_t *ret_n, struct err *err);

/* Messages from the batch's first to its last: all or nothing. */
int nfnl_send(struct mnl_socket *nl, const void *batch, size_t len, struct err *err);

#endif
