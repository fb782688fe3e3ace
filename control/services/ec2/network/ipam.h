/*
 * IP address managers: their scopes, pools and allocations, and resource discoveries.
 *
 * Documents of kinds "ec2:ipam", "ec2:ipam-scope", "ec2:ipam-pool", "ec2:ipam-pool-allocation",
 * "ec2:ipam-resource-discovery" and "ec2:ipam-resource-discovery-association", all records (record.h).
 * A pool's "_cidrs" are its provisioned ranges, rows of GetIpamPoolCidrs; what another pool takes of
 * them is an allocation too.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_IPAM_H
#define CONTROL_SERVICES_EC2_NETWORK_IPAM_H

#include "control/api/call.h"
#include "control/api/service.h"

extern const struct resource ec2_ipam, ec2_ipam_scope, ec2_ipam_pool, ec2_ipam_discovery,
    ec2_ipam_association;
extern const struct family ec2_ipams, ec2_ipam_scopes, ec2_ipam_pools,
    ec2_ipam_pool_cidrs, ec2_ipam_allocations, ec2_ipam_discoveries;

/* "arn:aws:ec2::{account}:{type}/{id}": IPAM's have no region.  The arena's. */
char *ipam_arn(const struct call *c, const struct resource *r, const char *id);

/* A list of {RegionName} of regions that there are: 0 or -1. */
int ipam_check_regions(struct call *c, const json_t *list);

/* The list of {RegionName} with Add…, without Remove… of the input: 0 or -1. */
int ipam_change_regions(struct call *c, json_t *doc);

/* A copy in another state goes to the answer's member. */
void ipam_answer(struct call *c, const char *member, json_t *doc, const char *state);

/* The document's end: state "delete-complete", retired.  0 or -1. */
int ipam_end(struct call *c, const struct resource *r, json_t *doc);

/* The default discovery of a new IPAM, and their association.  0 or -1. */
int ipam_discovery_default(struct call *c, json_t *ipam);
/* Both are no more.  0 or -1. */
int ipam_discovery_drop(struct call *c, const char *ipam_id);

/* The pool with its ranges and allocations, and the pools below it, are no more.  0 or -1. */
int ipam_pool_drop(struct call *c, const char *id);

/* The pool's scope has how many pools. */
int ipam_count_pools(struct call *c, const char *scope_arn, size_t *ret);

/*
 * Take a CIDR of the pool's ranges: `cidr`, or the next free one of the length.  0 and the allocation's
 * document, put unless `only_look`; or -1.  type is its ResourceType, id what it is for (NULL: none).
 */
struct ipam_wish {
	const char *cidr;
	unsigned len;
	const char *type, *id, *description;
	const json_t *allowed, *disallowed; /* lists of CIDRs, or NULL */
	int only_look;
};
int ipam_allocate(struct call *c, const json_t *pool, const struct ipam_wish *wish,
    json_t **ret);

/* How many allocations of the pool overlap the CIDR (NULL: all). 0 or -1. */
int ipam_count_allocations(struct call *c, const char *pool, const char *cidr,
    size_t *ret);

/* What the resource has of the pool is free again: the CIDR, or all of it (NULL).  0 or -1. */
int ipam_release(struct call *c, const char *pool, const char *id, const char *cidr);

#endif
