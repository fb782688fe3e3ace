/*
 * EC2: a VPC's router container and Docker network, and what its agents are told.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_VPC_CONVERGE_H
#define CONTROL_SERVICES_EC2_NETWORK_VPC_CONVERGE_H

#include "base/err.h"

struct converge;

int vpc_converge(struct converge *cv, struct err *err);

#endif
