/*
 * VPC peering connections.
 *
 * Documents of kind "ec2:vpc-peering-connection" in both sides' scopes, as Describe shows
 * them.  A route may lead to one whose Status.Code is "active"; any other is a black hole.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_PEERING_H
#define CONTROL_SERVICES_EC2_NETWORK_PEERING_H

#include "control/api/service.h"

extern const struct family ec2_vpc_peerings;

#endif
