/*
 * EC2: NAT gateways: an interface of their own in a subnet, and the addresses it has.
 *
 * The interface is in a small container that does nothing: in its namespace netd lets packets
 * through and translates them.  The gateway is "pending" until netd says that it is plugged in;
 * until then FailureCode and FailureMessage say what keeps it.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_NAT_GATEWAY_H
#define CONTROL_SERVICES_EC2_NETWORK_NAT_GATEWAY_H

#include "control/services/ec2/ec2.h"

extern const struct resource ec2_nat_gateway;
extern const struct family ec2_nat_gateways, ec2_nat_gateway_addresses;

struct converge;
int nat_converge(struct converge *cv, struct err *err);

enum { NAT_MAX_PUBLIC = 8, NAT_MAX_PRIVATE = 32 };

int nat_is_public(const json_t *gateway);

/*
 * One more address for the gateway's document, which is the caller's to put: `private` or the
 * next free one; with an allocation (NULL: none), which leads to it.  The row is borrowed.
 */
json_t *nat_add_address(struct call *c, json_t *gateway, const char *private,
    const char *allocation);

/* 0, or -1 when the allocation is not there, or leads somewhere already. */
int nat_check_allocation(struct call *c, const char *allocation);

#endif
