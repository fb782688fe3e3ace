/*
 * Traffic mirroring: filters with their rules, targets and sessions.  Records: nothing is mirrored.
 *
 * Documents of kinds "ec2:traffic-mirror-filter", "…-filter-rule", "…-target" and "…-session", as
 * Describe shows them.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_TRAFFIC_MIRROR_H
#define CONTROL_SERVICES_EC2_NETWORK_TRAFFIC_MIRROR_H

#include "control/api/service.h"

extern const struct resource ec2_traffic_mirror_filter;
extern const struct family ec2_traffic_mirror_filters, ec2_traffic_mirror_sessions;

#endif
