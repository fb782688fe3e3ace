/*
 * EC2: groups and fleets end the instances that they launched.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_INSTANCE_END_H
#define CONTROL_SERVICES_EC2_COMPUTE_INSTANCE_END_H

#include "base/err.h"

struct converge;

/* The instance of the resource's scope is terminated, protected or not; gone is fine.  0 or -1. */
int instance_end(struct converge *cv, const char *id, struct err *err);

#endif
