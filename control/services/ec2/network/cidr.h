/*
 * EC2: the CIDRs of VPCs and subnets.
 *
 * A VPC's are the rows of its CidrBlockAssociationSet (the first is the one it was made with)
 * and Ipv6CidrBlockAssociationSet; a subnet has one of each at most.
 *
 * IPv6: what Amazon provides comes from SIMFRA_INTERNET_CIDR6 (2001:db8::/32, the range for
 * documentation, which no other network has): a /56 a VPC, taken at random and never given twice.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_CIDR_H
#define CONTROL_SERVICES_EC2_NETWORK_CIDR_H

#include "control/services/ec2/ec2.h"

/* As ec2_cidr(), of IPv6. */
int ec2_cidr6(struct call *c, const char *parameter, const char *text, struct net6 *ret);

/*
 * Calls fn for each CIDR of the VPC that is associated, in order; stops when fn does not
 * return 0, and returns that.
 */
typedef int cidr_fn(void *arg, const char *cidr);
int ec2_vpc_each_cidr(const json_t *vpc, cidr_fn *fn, void *arg);
int ec2_vpc_each_cidr6(const json_t *vpc, cidr_fn *fn, void *arg);

/* 1 when one of the VPC's CIDRs contains the network. */
int ec2_vpc_contains(const json_t *vpc, const struct net4 *net);
int ec2_vpc_contains6(const json_t *vpc, const struct net6 *net);

/* A new association of the VPC's document with the CIDR, which is canonical; borrowed. */
json_t *ec2_vpc_add_cidr(json_t *vpc, const char *cidr);

/* A /56 of Amazon's for the VPC's document; borrowed, NULL and c->err. */
json_t *ec2_vpc_add_ipv6(struct call *c, json_t *vpc, const char *border_group);

/* A /56 of Amazon's, or every one of the VPC, is free again. */
void ec2_ipv6_free(struct call *c, const char *cidr);
void ec2_vpc_free_ipv6(struct call *c, const json_t *vpc);

/* The border group that the input asks for: the region's.  0 or -1. */
int ec2_ipv6_border_group(struct call *c, const char **ret);

/* Not for anybody's network: AWS's own list, and what ours are made of. */
int ec2_cidr_is_reserved(const struct call *c, const struct net4 *net);

extern const struct family ec2_vpc_cidrs, ec2_vpc_attributes, ec2_vpc_classic;

#endif
