/*
 * One forward, as the configuration says it: a port of this host's, and where it leads.
 */
#ifndef AGENTS_EDGE_TARGET_H
#define AGENTS_EDGE_TARGET_H

#include <sys/socket.h>

#include "base/err.h"
#include "base/json.h"
#include "sidecar/hello.h"

enum { TARGET_ID_MAX = 64 };

struct target {
	char id[TARGET_ID_MAX];
	struct sockaddr_storage at; /* to listen on */
	struct hello to;	    /* the protocol, and the address at the end */
	struct sockaddr_storage
	    via; /* a VPC's router; family 0: there is none in between */
	unsigned char key[HELLO_KEY];
};

/* Row `row` of "forwards", which listens on the address `listen`.  0 or -1. */
int target_read(const json_t *row, const char *listen, struct target *ret,
    struct err *err);

/* 1 when both listen on the same port of the same protocol; when both lead to the same. */
int target_is_at(const struct target *a, const struct target *b);
int target_leads_alike(const struct target *a, const struct target *b);

int target_is_udp(const struct target *t);

#endif
