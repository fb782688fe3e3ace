/*
 * EC2: which instance types are launched for InstanceRequirements: those of
 * GetInstanceTypesFromInstanceRequirements, of the image's architecture, whose price is near
 * enough to the lowest (EC2 User Guide, "Price protection").
 *
 * Prices are those of spot_price.c: a spot instance costs SPOT_PERCENT of what it costs on demand.
 * Not emulated: without a limit of its own spot takes types of any price.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_INSTANCE_CHOICE_H
#define CONTROL_SERVICES_EC2_COMPUTE_INSTANCE_CHOICE_H

#include "control/services/ec2/compute/instance_type.h"

struct instance_choice {
	const struct instance_type *type;
	double hour;	     /* dollars on demand */
	int on_demand, spot; /* may it be launched so? */
};

/*
 * Types for one of the markets at least, the cheapest first; there may be none.  image NULL, or
 * not known: for x86_64.  0 or -1.
 */
int instance_choose(struct call *c, json_t *requirements, const char *image,
    struct instance_choice **ret, size_t *ret_n);

#endif
