/*
 * EC2: what a VPC's agent is told: names, and the metadata of its instances
 * (docs/AGENTS.md, "vpc").
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_VPC_AGENT_H
#define CONTROL_SERVICES_EC2_NETWORK_VPC_AGENT_H

#include "control/api/agent.h"
#include "control/api/resource.h"

extern const struct agent_kind ec2_vpc_agent;

/* What agents/init said of an instance's last boot: kind "ec2:boot", id the instance's. */
extern const struct resource ec2_boot;

#endif
