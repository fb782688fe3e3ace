/*
 * EC2: rules of security groups: from what a request says to rows, and back.
 *
 * A group's document keeps "_rules", rows in the shape of SecurityGroupRule; its
 * IpPermissions and IpPermissionsEgress are made of them at each change.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_SECURITY_RULE_H
#define CONTROL_SERVICES_EC2_NETWORK_SECURITY_RULE_H

#include "control/api/call.h"

enum { RULES_MAX = 60 }; /* a direction of a group */

/*
 * The rows that the input asks for, in IpPermissions or in the old members (CidrIp …), without
 * ids: a new array, the arena's.  0 or -1.
 */
int security_rules_read(struct call *c, const json_t *group, int is_egress, json_t **ret);

/* The row of the group that says the same, or NULL. */
json_t *security_rule_find(const json_t *rules, const json_t *rule);

/* "peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW" */
char *security_rule_text(struct call *c, const json_t *rule);

/* Rewrite IpPermissions and IpPermissionsEgress from _rules. */
void security_rules_show(json_t *group);

/* The rule as a revocation answers it: a new object. */
json_t *security_rule_revoked(const json_t *rule);

#endif
