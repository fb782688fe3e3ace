/*
 * EC2: network ACLs, for the families that they follow: VPCs and subnets.
 *
 * A subnet has one ACL at any time; its row in the ACL's Associations says so.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_NETWORK_ACL_H
#define CONTROL_SERVICES_EC2_NETWORK_NETWORK_ACL_H

#include "control/services/ec2/ec2.h"

extern const struct resource ec2_network_acl;
extern const struct family ec2_network_acl_entries;

/* A new subnet gets its VPC's default ACL; one that goes leaves the one it had.  0 or -1. */
int ec2_network_acl_join(struct call *c, const char *vpc_id, const char *subnet_id);
int ec2_network_acl_leave(struct call *c, const char *subnet_id);

/* The VPC has IPv6 now: its ACLs get AWS's rules for that, if they have none.  0 or -1. */
int ec2_network_acl_ipv6(struct call *c, const char *vpc_id);

/* The last rules, which refuse what no other took, and are not the user's. */
enum { ACL_LAST = 32767, ACL_LAST6 = 32768 };

/* Put an entry ({RuleNumber, Egress, ...}) where its number says; owns it. */
void network_acl_add(json_t *doc, json_t *entry);

/* resource_put(), with what filters look at. */
void network_acl_put(struct call *c, json_t *doc);

/* The entry's index: 1, or 0 when there is none. */
int network_acl_find(const json_t *doc, int is_egress, int64_t number, size_t *ret);

#endif
