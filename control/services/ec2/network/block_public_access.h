/*
 * EC2: what VPC block public access says of VPCs and subnets (BlockPublicAccessStates).
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_BLOCK_PUBLIC_ACCESS_H
#define CONTROL_SERVICES_EC2_NETWORK_BLOCK_PUBLIC_ACCESS_H

#include "control/services/ec2/ec2.h"

extern const struct family ec2_block_public_access;

/* Replace the documents of VPCs or subnets by ones that show it.  0 or -1. */
int block_public_access_show(struct call *c, const struct resource *r,
    struct store_docs *docs);

/* A VPC or subnet that goes takes its exclusion along.  0 or -1. */
int block_public_access_forget(struct call *c, const struct resource *r, const char *id);

#endif
