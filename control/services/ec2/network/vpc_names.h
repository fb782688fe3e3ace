/*
 * EC2: the names that a VPC's resolver knows (docs/AGENTS.md, "vpc": "dns").
 *
 * By the VPC's attributes: without enableDnsSupport nobody listens; without
 * enableDnsHostnames the names that EC2 gives are not there (VPC user guide, "DNS attributes
 * for your VPC").  What AWS's names lead to stays.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_VPC_NAMES_H
#define CONTROL_SERVICES_EC2_NETWORK_VPC_NAMES_H

#include "control/api/env.h"
#include "control/store/store.h"

struct vpc_names {
	const struct env *env;
	struct arena *arena;
	struct store_txn *txn;
	const char *scope, *region;
	const json_t *vpc;
	struct store_docs interfaces, instances; /* of the scope */
};

/* The arena's; NULL and *err. */
json_t *vpc_names(const struct vpc_names *v, struct err *err);

/* What DHCP tells instances of the VPC of names. */
struct resolv {
	json_t *servers; /* addresses, one at least; the arena's */
	json_t *search;	 /* domains; may be empty; the arena's */
	int is_own;	 /* the VPC's own resolver is asked, and answers */
};

int vpc_resolv(struct store_txn *t, struct arena *a, const char *scope, const json_t *vpc,
    struct resolv *ret, struct err *err);

#endif
