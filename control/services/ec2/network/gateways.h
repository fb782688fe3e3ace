/*
 * EC2: the families of gateways that nobody asks anything but their documents.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_GATEWAYS_H
#define CONTROL_SERVICES_EC2_NETWORK_GATEWAYS_H

#include "control/services/ec2/ec2.h"

extern const struct family ec2_egress_gateways, ec2_carrier_gateways;

#endif
