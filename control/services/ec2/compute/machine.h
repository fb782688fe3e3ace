/*
 * EC2: an instance's container, as Docker is told of it.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_MACHINE_H
#define CONTROL_SERVICES_EC2_COMPUTE_MACHINE_H

#include "base/err.h"
#include "control/api/converge.h"

/* Create the instance's container with agents/init in it; not started.  0 or -1. */
int machine_create(struct converge *cv, const char *name, struct err *err);

/* Give a container that is there the limits of the instance's type, if it has others. */
int machine_fit(struct converge *cv, const char *name, const json_t *container,
    struct err *err);

/*
 * Which resolver a container in the VPC asks, into its HostConfig; where that is not the VPC's
 * own, control is still found by its name.
 */
struct resolv;
void machine_set_names(struct converge *cv, json_t *host, const json_t *vpc,
    const struct resolv *resolv);

#endif
