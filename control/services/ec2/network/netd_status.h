/*
 * EC2: what netd says: of interfaces (documents of kind "net:attachment"), of volumes in containers
 * ("net:mount"), and whether it can enforce what it is told.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_NETD_STATUS_H
#define CONTROL_SERVICES_EC2_NETWORK_NETD_STATUS_H

#include "control/api/agent.h"

/* As struct agent_kind's status. */
int netd_status(const struct agent_ref *agent, const json_t *said, struct err *err);

#endif
