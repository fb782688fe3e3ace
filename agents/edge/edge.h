/*
 * The agent that publishes on this host what the host cannot, or may not, reach by routing:
 * ports of 127.0.0.1 that lead to public addresses, and into VPCs (docs/PORT-FORWARDS.md).
 */
#ifndef AGENTS_EDGE_EDGE_H
#define AGENTS_EDGE_EDGE_H

#include <uv.h>

#include "agents/edge/forward.h"
#include "sidecar/agent.h"
#include "sidecar/relay.h"

enum { EDGE_FORWARDS_MAX = 4096 };

struct edge {
	struct forward_room room;
	struct forward **forwards;
	size_t n;
	int is_ready; /* a configuration is in force */
	char bytes[RELAY_ROOM];
};

extern const struct agent edge_agent; /* self is a zeroed struct edge */

#endif
