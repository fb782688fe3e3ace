/*
 * Flow logs: what is to be written where (flow_delivery.h).
 *
 * Documents of kind "ec2:flow-log", as Describe shows them.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_FLOW_LOG_H
#define CONTROL_SERVICES_EC2_NETWORK_FLOW_LOG_H

#include "control/api/service.h"

extern const struct family ec2_flow_logs;

#endif
