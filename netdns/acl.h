/*
 * Network ACLs: text of chains in the router's table `inet simfra`.
 *
 * Stateless, at a subnet's border only: the router's chains (nat.h) jump to leave_N before
 * anything is translated, and to enter_N after everything is, N the subnet's
 * index.  So an entry meets the private address of the subnet's own end, and of the
 * other end what the workload says or sees.  Both return what passes.  What stays in the subnet
 * passes; that the router's own addresses are no border is the caller's.
 */
#ifndef NETDNS_ACL_H
#define NETDNS_ACL_H

#include "base/buf.h"
#include "netdns/fabric.h"

/* Chains leave_N and enter_N of every subnet, and what they need. */
void acl_render(const struct fabric *f, const struct fabric_vpc *v, struct buf *out);

#endif
