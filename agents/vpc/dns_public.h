/*
 * The names of public addresses, as EC2 gives them: "ec2-198-18-16-5.compute-1.amazonaws.com",
 * "ec2-198-18-16-5.eu-west-1.compute.amazonaws.com".
 */
#ifndef AGENTS_VPC_DNS_PUBLIC_H
#define AGENTS_VPC_DNS_PUBLIC_H

#include "agents/vpc/dns_wire.h"

/* The address (host order) that a folded name says: 1, or 0 when it is none of these. */
int dns_public_address(const struct dns_name *name, uint32_t *ret);

#endif
