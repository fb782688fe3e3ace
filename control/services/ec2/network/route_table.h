/*
 * EC2: route tables, their associations and their routes, each a file of its own.
 *
 * A route is kept as it was made; whether its target is still there is seen when it is shown.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_ROUTE_TABLE_H
#define CONTROL_SERVICES_EC2_NETWORK_ROUTE_TABLE_H

#include "control/services/ec2/ec2.h"

extern const struct family ec2_routes, ec2_route_associations;

/*
 * The VPC has a CIDR more, or less: its tables get or lose the local route to it.  member is
 * "DestinationCidrBlock" or "DestinationIpv6CidrBlock".  0 or -1.
 */
int ec2_route_table_add_local(struct call *c, const char *vpc_id, const char *member,
    const char *cidr);
int ec2_route_table_remove_local(struct call *c, const char *vpc_id, const char *member,
    const char *cidr);

/* The gateway has left the VPC: it has no table, and adds no routes to any.  0 or -1. */
int ec2_route_table_forget_gateway(struct call *c, const char *gateway_id);

/* subnet and gateway NULL: it is the VPC's main table.  The association's id. */
const char *route_table_associate(json_t *doc, const char *subnet, const char *gateway);

/* One of the VPC's own routes, to a CIDR of its own. */
int route_is_local(const json_t *route);

/* Targets */

/* The destination that the input names: the route's member, and its value.  0 or -1. */
struct route_destination {
	const char *member, *value;
};
int route_destination_read(struct call *c, struct route_destination *ret);

/* A prefix list must be there: 0 or -1. */
int route_destination_check(struct call *c, const struct route_destination *to);

/* The index of the route to the destination: 1, 0. */
int route_find(const json_t *doc, const struct route_destination *to, size_t *ret);

/*
 * Write the one target that the input names, checked to be there and to be of the table's VPC,
 * into the route; its old one goes.  0 or -1.
 */
int route_target_read(struct call *c, const json_t *table, json_t *route);

/* 1 when the input names a target. */
int route_target_is_given(const struct call *c);

/* 1 when a gateway endpoint has made the route, and unmakes it: 1, 0, -1. */
int route_is_of_endpoint(struct call *c, const json_t *route);

/* Back to the VPC itself. */
void route_target_local(json_t *route);

/* 1 when a route to a part of the VPC may have the target that this one has. */
int route_target_is_inner(const json_t *route);

/*
 * The route as Describe shows it, with the state of its target: a new one in *ret (the arena's),
 * or NULL when it is as it was kept.  0 or -1.
 */
int route_shown(struct call *c, const json_t *table, json_t *route, json_t **ret);

#endif
