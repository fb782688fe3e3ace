/*
 * EC2: subnets: their IPv6 CIDR and what is reserved in them.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_SUBNET_H
#define CONTROL_SERVICES_EC2_NETWORK_SUBNET_H

#include "control/services/ec2/ec2.h"

extern const struct family ec2_subnet_attributes, ec2_subnet_cidrs,
    ec2_subnet_reservations;

/* An IPv6 CIDR of the input for a subnet of the VPC, checked and canonical: 0 or -1. */
int subnet_cidr6_read(struct call *c, const json_t *vpc, const char *text,
    char ret[NET6_TEXT]);

/* Associate the subnet's document with it; the row is borrowed. */
json_t *subnet_cidr6_add(json_t *subnet, const char *cidr);

/* 1 when the subnet has IPv6. */
int subnet_has_ipv6(const json_t *subnet);

/* The subnet is no more: nor is what was reserved in it.  0 or -1. */
int subnet_reservations_drop(struct call *c, const char *subnet_id);

/*
 * The IPv4 ranges of the subnet that nobody gets an address of who does not ask for it:
 * their number and an array of the arena's.  0 or -1.
 */
int ec2_subnet_reserved(struct call *c, const char *subnet_id, struct net4 **ret,
    size_t *ret_n);

#endif
