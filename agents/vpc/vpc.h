/*
 * The agent of a VPC: its resolver, its metadata service and edge's way in, as one table.
 */
#ifndef AGENTS_VPC_VPC_H
#define AGENTS_VPC_VPC_H

#include <uv.h>

#include "base/json.h"
#include "sidecar/agent.h"

struct dns_server;
struct door;
struct imds_server;
struct resolver;

struct vpc {
	uv_loop_t *loop;
	uint16_t dns_port, imds_port;
	struct resolver *resolver;
	struct dns_server *dns;
	struct imds_server *imds;
	struct door *door; /* edge's */
	json_t *boots;	   /* instance id: what its init said */
	int is_ready;	   /* a configuration is in force */
	int64_t serial;	   /* of Route 53's changes that it has */
};

extern const struct agent vpc_agent; /* self is a zeroed struct vpc */

#endif
