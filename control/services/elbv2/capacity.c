/*
 * Elastic Load Balancing: reserved capacity: nobody has any, since a load balancer here has what its host has.
 */
#include "control/services/elbv2/elbv2.h"

static int
describe_capacity_reservation(struct call *c)
{
	json_t *doc;

	/* One without a reservation has nothing to show. */
	return elbv2_get(c, &elbv2_load_balancer, in_str(c, "LoadBalancerArn"), &doc);
}

static int
modify_capacity_reservation(struct call *c)
{
	json_t *doc;

	if (elbv2_get(c, &elbv2_load_balancer, in_str(c, "LoadBalancerArn"), &doc) < 0)
		return -1;
	/* What is not there can be given back. */
	if (in_bool(c, "ResetCapacityReservation", 0) &&
	    !in_has(c, "MinimumLoadBalancerCapacity"))
		return 0;
	return err_set(&c->err, &elbv2_bad_config,
	    "Capacity reservations are not supported here");
}

static const struct op ops[] = {
	ELB("DescribeCapacityReservation", describe_capacity_reservation, OP_READ,
	    "Say that a load balancer has no reserved capacity."),
	ELB("ModifyCapacityReservation", modify_capacity_reservation, 0,
	    "Give back a reservation of capacity."),
};

const struct family elbv2_capacities = FAMILY(ops, NULL);
