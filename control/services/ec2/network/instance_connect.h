/*
 * Instance connect endpoints: records, each with an interface in its subnet.
 *
 * Documents of kind "ec2:instance-connect-endpoint", as Describe shows them.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_INSTANCE_CONNECT_H
#define CONTROL_SERVICES_EC2_NETWORK_INSTANCE_CONNECT_H

#include "control/api/service.h"

extern const struct family ec2_instance_connect_endpoints;

#endif
