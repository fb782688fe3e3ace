/*
 * EC2's network as one document: the VPCs, interfaces, groups, lists, ACLs and tables of all
 * accounts and regions, and what joins VPCs, as docs/AGENTS.md ("netd") has it and fabric_read()
 * (netdns/fabric.h) reads it.
 *
 * It says what the documents say, and what of it leads somewhere: a route whose target is gone is
 * there, of kind nowhere.  Each kind is read once, and looked up by a hash.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_FABRIC_DOCUMENT_H
#define CONTROL_SERVICES_EC2_NETWORK_FABRIC_DOCUMENT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "control/api/env.h"

enum fabric_reach {
	FABRIC_READY, /* VPCs with a place for their router: what netd is told */
	FABRIC_ALL    /* every VPC, with Docker or without: what is judged by */
};

/* The arena's.  0 or -1. */
int fabric_document(struct env *env, struct arena *a, enum fabric_reach reach,
    json_t **ret, struct err *err);

#endif
