/*
 * EC2: Elastic IP addresses, as their own files and NAT gateways use them.
 *
 * An address's document is as DescribeAddresses shows it, and privately `_ptr`, the name that
 * its reverse look-up gives.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_ADDRESS_H
#define CONTROL_SERVICES_EC2_NETWORK_ADDRESS_H

#include "control/services/ec2/ec2.h"

/* Offers to other accounts, by the allocation's id. */
#define ADDRESS_TRANSFER_KIND "ec2:address-transfer"

extern const struct resource ec2_address;
extern const struct family ec2_address_associations, ec2_address_attributes,
    ec2_address_transfers;

/* The document of the input's AllocationId or PublicIp, as a copy to write: 0 or -1. */
int address_named(struct call *c, json_t **ret);

/*
 * Lead the allocation, which is free, to a private address (NULL: the primary one) of the
 * interface, which has none: 0 and the association's id, or -1.
 */
int address_associate(struct call *c, const char *allocation, const char *interface,
    const char *private, const char **ret_id);

/* The allocation is free again.  0 or -1. */
int address_disassociate(struct call *c, const char *allocation);

#endif
