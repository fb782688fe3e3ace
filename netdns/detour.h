/*
 * The kernel's first look is for addresses of its own (rule 0, table local), and public
 * addresses are the router's.  A workload without one whose table leads the
 * internet to a NAT gateway must get there all the same: the rules of ways.h with
 * MARK_DETOUR come first, and the look for own addresses behind them, at 60.
 */
#ifndef NETDNS_DETOUR_H
#define NETDNS_DETOUR_H

#include "netdns/rtnl.h"

/* Put the look behind.  The view has rules. */
int detour_open(struct rtnl *r, const struct view *view, struct err *err);

/* As it was. */
int detour_close(struct rtnl *r, const struct view *view, struct err *err);

#endif
