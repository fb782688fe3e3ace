/*
 * EC2: rules of security groups: from what a request says to rows, and back.
 *
 * A group's document keeps "_rules", rows in the shape of SecurityGroupRule without tags; its
 * IpPermissions and IpPermissionsEgress are made of them at each change.  Each is a document of
 * kind "ec2:security-group-rule" as well, which has the tags.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_SECURITY_RULE_H
#define CONTROL_SERVICES_EC2_NETWORK_SECURITY_RULE_H

#include "control/services/ec2/ec2.h"

enum { RULES_MAX = 60 }; /* a direction of a group */

extern const struct err_kind security_too_many;
extern const struct resource ec2_security_group_rule;
extern const struct family ec2_security_group_authorizations, ec2_security_group_vpcs;

/*
 * The rows that the input asks for, in IpPermissions or in the old members (CidrIp …), without
 * ids: a new array, the arena's.  0 or -1.
 */
int security_rules_read(struct call *c, const json_t *group, int is_egress, json_t **ret);

/* As security_rules_read, of a list of IpPermissions. */
int security_permissions_read(struct call *c, const json_t *group, const json_t *list,
    int is_egress, json_t **ret);

/* The row of the group that says the same, or NULL. */
json_t *security_rule_find(const json_t *rules, const json_t *rule);

/* "peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW" */
char *security_rule_text(struct call *c, const json_t *rule);

/* Rewrite IpPermissions and IpPermissionsEgress from _rules. */
void security_rules_show(json_t *group);

/* The rule as a revocation answers it: a new object. */
json_t *security_rule_revoked(const json_t *rule);

/* A description that a rule may have (NULL: none): 0 or -1. */
int security_rule_check_description(struct call *c, const char *text);

/* The group's rule with the id, in its document; NULL and c->err. */
json_t *security_rule_get(struct call *c, const json_t *group, const char *id);

/* A row for the group: an id, and a document with the tags (NULL: none).  The row is shared. */
void security_rule_add(struct call *c, json_t *group, json_t *rule, const json_t *tags);

/* The rule's document as the row is now; its tags stay.  0 or -1. */
int security_rule_put(struct call *c, const json_t *rule);

/* A group of a VPC on the other side of an active peering: what a rule refers to. */
struct security_peer {
	const char *connection, *account, *vpc, *scope;
};

/* The sides that the VPC is peered with, of the region: their number, the arena's.  0 or -1. */
int security_peers(struct call *c, const char *vpc_id, struct security_peer **ret,
    size_t *ret_n);

/* The group of GroupId, or of GroupName in the default VPC, as a copy to write. */
int security_group_named(struct call *c, json_t **ret);

/* Put the group, as its rules are now. */
void security_group_put(struct call *c, json_t *group);

/* Not more rules than a group may have: 0 or -1. */
int security_group_check_rules(struct call *c, const json_t *group, int is_egress);

/* The VPC is no more: no group is associated with it.  0 or -1. */
int security_group_leave_vpc(struct call *c, const char *vpc_id);

/* 1 when the group may be used in the VPC: its own, or one that it is associated with; 0, -1. */
int security_group_is_of(struct call *c, const json_t *group, const char *vpc_id);

#endif
