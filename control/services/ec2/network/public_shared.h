/*
 * EC2: addresses of simfra-internet of interfaces that have no public one, while
 * SIMFRA_VPC_ISOLATION is false: one shared network, in which each can be reached.
 *
 * They are in the interface's document as "_shared": {private: public}, which no answer shows.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_PUBLIC_SHARED_H
#define CONTROL_SERVICES_EC2_NETWORK_PUBLIC_SHARED_H

#include "control/services/ec2/ec2.h"

/*
 * The public address of a row of the interface's PrivateIpAddresses: its association's, or a
 * shared one; NULL: it has none.
 */
const char *public_shared_of(const json_t *interface, const json_t *row);

/*
 * Every interface of the scope that an instance has gets its addresses; those of interfaces that
 * are gone are free, and all are when VPCs are apart.  0 or -1.
 */
int public_shared_need(struct call *c);

#endif
