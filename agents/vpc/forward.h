/*
 * The door by which edge comes into the VPC: connections that prove themselves by the VPC's key
 * (sidecar/hello.h) lead on to an address of one of its subnets.
 *
 * They come from the gateway of that subnet, which is the platform: security groups of the
 * VPC's interfaces let it through, as they do AWS's own.  Whoever has no key is told nothing
 * but a nonce, and has RELAY_PATIENCE_MS for an answer.
 */
#ifndef AGENTS_VPC_FORWARD_H
#define AGENTS_VPC_FORWARD_H

#include <uv.h>

#include "base/err.h"
#include "base/json.h"

enum {
	DOOR_CONNS = 2048,
	DOOR_STRANGERS = 1024, /* that have not proven anything yet */
	DOOR_SUBNETS_MAX = 1024,
};

/*
 * What the configuration says of it: {"listen": "198.19.0.2", "port": 4598, "key": 64 hex
 * digits, "subnets": [{"cidr": "10.0.1.0/24", "from": "10.0.1.1"}]}.  absent: no door.
 */
struct door_plan;
int door_plan_new(const json_t *forwards, struct door_plan **ret, struct err *err);
void door_plan_free(struct door_plan *p); /* NULL is none */

struct door;
struct door *door_open(uv_loop_t *loop);

/* Have the socket that the plan needs, beside what is in force: 0, or -1 with nothing changed. */
int door_prepare(struct door *d, const struct door_plan *plan, struct err *err);

/* The plan is in force, and the door's; connections that are there go on. */
void door_commit(struct door *d, struct door_plan *plan);

/* With all connections; the loop frees it. */
void door_close(struct door *d);

#endif
