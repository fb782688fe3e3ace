/*
 * EC2's network as one document, and what tests put into it.
 */
#ifndef TESTS_API_FABRIC_CALLS_H
#define TESTS_API_FABRIC_CALLS_H

#include "tests/api/ec2_calls.h"

/* The document, of every VPC, which netd's reader takes. */
json_t *fabric_told(struct fixture *f);

/* The row of a list with the id, which must be there; or NULL when there is none. */
json_t *fabric_row(const json_t *v, const char *list, const char *id);
json_t *fabric_row_find(const json_t *v, const char *list, const char *id);

/* What is told now of one. */
json_t *fabric_row_now(struct fixture *f, const char *list, const char *id);

/* A table's route to the CIDR, which must be there. */
json_t *fabric_route_to(const json_t *table, const char *to);

void fabric_equals(struct fixture *f, const json_t *have, const char *want);

/* New ones: their ids.  A subnet is in zone b. */
const char *fabric_vpc_of(struct fixture *f, const char *cidr);
const char *fabric_subnet_of(struct fixture *f, const char *vpc, const char *cidr);
const char *fabric_table_of(struct fixture *f, const char *vpc);
const char *fabric_group_of(struct fixture *f, const char *vpc, const char *name);
const char *fabric_list_of(struct fixture *f, const char *cidr);

/* to: a CIDR or a prefix list; member: "NatGatewayId". */
void fabric_route(struct fixture *f, const char *table, const char *to,
    const char *member, const char *target);

/* The group lets in what the permission (JSON) says. */
void fabric_allow(struct fixture *f, const char *group, const char *permission);

#endif
