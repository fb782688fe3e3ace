/*
 * EC2: where instances are placed: groups, Dedicated Hosts, Capacity Reservations.
 *
 * All of them are records: there is one Docker host to place containers on.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_PLACEMENT_H
#define CONTROL_SERVICES_EC2_COMPUTE_PLACEMENT_H

#include "control/services/ec2/compute/instance_type.h"

/* A placement group by its name: 1, 0, -1. */
int ec2_placement_group_find(struct call *c, const char *name, json_t **ret);

/*
 * The group that a Placement names (by name or id; none is fine) is there and takes `count`
 * more instances of the type; its partition is one of its own.  *ret is NULL when there is
 * none.  0 or -1.
 */
int ec2_placement_group_check(struct call *c, const json_t *placement,
    const struct instance_type *type, int64_t count, json_t **ret);

/* The zone that AvailabilityZone or AvailabilityZoneId of the input says: 0 or -1. */
int placement_zone(struct call *c, unsigned *ret);

/* Instances that are not terminated: fn is called with each.  0 or -1. */
typedef void placement_fn(void *arg, const json_t *instance);
int placement_each_instance(struct call *c, placement_fn *fn, void *arg);

extern const struct family ec2_placement_groups, ec2_dedicated_hosts,
    ec2_capacity_reservations, ec2_reserved_instances, ec2_transfer_tasks;

#endif
