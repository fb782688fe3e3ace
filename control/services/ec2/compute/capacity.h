/*
 * EC2: which instances run in which Capacity Reservation.
 *
 * It is found out whenever it is asked, so that it follows what is reserved and what runs.
 * Instances that name a reservation use it; then those that name none use what is open to them, of
 * their type, zone, tenancy and platform, the oldest first, while there is room.
 * One that names a reservation, or says that it runs in none but one, is launched and started there, or not at all.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_CAPACITY_H
#define CONTROL_SERVICES_EC2_COMPUTE_CAPACITY_H

#include "control/api/call.h"
#include "control/api/resource.h"
#include "control/store/store.h"

extern const struct resource ec2_capacity_reservation;

/* Cancelled, or its end date has come. */
int capacity_is_over(const struct call *c, const json_t *reservation);

/* How many instances run in it: 0 or -1. */
int capacity_used(struct call *c, const char *id, int64_t *ret);

/* Instances that this call has put, to be launched or started, and that want a reservation, have one: 0 or -1. */
int capacity_check(struct call *c, const json_t *instances);

/* All instances of the account get the CapacityReservationId that is theirs; in copies.  0 or -1. */
int capacity_show(struct call *c, struct store_docs *instances);

#endif
