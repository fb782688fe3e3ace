/*
 * EC2: edge, the agent that publishes ports of 127.0.0.1 (docs/PORT-FORWARDS.md).
 *
 * It is a document of STORE_SYSTEM (kind "ec2:edge", id "edge"), whose converge() keeps the
 * forwards of public instances as they are to be and the container there while there is any:
 *	Secret		hex; of it is every VPC's key
 *	Forwards	what the agent said last: {"11800@…": {state, error}}
 *	Unpublished	how many open public ports found no port of the host's
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_EDGE_H
#define CONTROL_SERVICES_EC2_NETWORK_EDGE_H

#include "base/json.h"
#include "control/api/env.h"
#include "control/api/service.h"
#include "netdns/plan.h"

#define EDGE_KIND "ec2:edge"
#define EDGE_ID	  "edge"

extern const struct family ec2_edges;
extern const struct agent_kind ec2_edge_agent;

/* Make the document if there is none.  0 or -1. */
int edge_announce(struct env *env, struct err *err);

/* The document: 1, 0, -1. */
int edge_get(struct store_txn *t, json_t **ret, struct err *err);

/* The key of a VPC, 64 hex digits; NULL when there is no edge document. */
const char *edge_key(struct arena *a, const json_t *edge, const char *scope,
    const char *vpc);

/*
 * The way in, as the agent of a VPC is told of it: {listen, port, key, subnets}, a new tree;
 * NULL: there is none.  `subnets` are the VPC's documents.
 */
json_t *edge_door(struct env *env, struct arena *a, const json_t *edge, const char *scope,
    const json_t *vpc, const struct store_docs *subnets);

#endif
