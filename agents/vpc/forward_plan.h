/*
 * Inside of the door (forward.h): its plan, as the connections read it.
 */
#ifndef AGENTS_VPC_FORWARD_PLAN_H
#define AGENTS_VPC_FORWARD_PLAN_H

#include <netinet/in.h>

#include "netdns/ip.h"
#include "sidecar/hello.h"

struct door_plan {
	struct sockaddr_in at;
	unsigned char key[HELLO_KEY];
	size_t n;
	struct door_subnet {
		struct cidr cidr;
		struct ip from;
	} subnets[];
};

/* Where to come from to the address of a hello: 1, or 0 when it is in no subnet. */
int door_plan_source(const struct door_plan *p, const struct sockaddr_storage *to,
    struct sockaddr_storage *ret);

#endif
