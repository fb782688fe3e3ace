/*
 * Elastic Load Balancing: what the agent of a load balancer (agents/lb) is told, and what it tells (docs/AGENTS.md).
 */
#ifndef CONTROL_SERVICES_ELBV2_AGENT_H
#define CONTROL_SERVICES_ELBV2_AGENT_H

#include "control/api/agent.h"

extern const struct agent_kind elbv2_agent;

#endif
