/*
 * The way back in a container of several interfaces: what it sends from an address of an
 * interface leaves by that one, as on an EC2 machine with ec2-net-utils.
 *
 * The interface on ethN has a table of its own, 10000 + N, with the networks of its addresses
 * and its gateway as the default (eni.h puts them there), and a rule for each address.  The
 * first one has it too: of two interfaces in one subnet the main table prefers the one that was
 * plugged in first, whichever that is.  With one interface alone there are no rules.
 */
#ifndef NETDNS_SOURCE_H
#define NETDNS_SOURCE_H

#include "netdns/fabric.h"
#include "netdns/rtnl.h"

/* The table of what is sent from the device's addresses; 0: it is not numbered, so has none. */
unsigned source_table(const char *device);

/* In the namespace of r: rules for exactly these interfaces. */
int source_ensure(struct rtnl *r, const struct fabric_eni *const *enis, size_t n,
    struct err *err);

#endif
