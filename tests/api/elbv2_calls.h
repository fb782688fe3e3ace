/*
 * Calls of Elastic Load Balancing as root, for its tests, in the default VPC.
 *
 * Parameters are JSON with ' for ", in which $lb, $tg, $lis and $rule are ARNs, $vpc, $a, $b and $sg are ids, $i and $j
 * instances.
 */
#ifndef TESTS_API_ELBV2_CALLS_H
#define TESTS_API_ELBV2_CALLS_H

#include "tests/api/fixture.h"

struct elbv2_world {
	struct fixture *f;
	const char *vpc, *a, *b, *sg; /* subnets of two zones */
	const char *lb, *tg, *lis, *rule, *i, *j;
};

/* The ids of the default VPC. */
struct elbv2_world elbv2_world(struct fixture *f);

/* With a load balancer "web", a target group "shop" and a listener on 80 that leads to it. */
struct elbv2_world elbv2_web(struct fixture *f);

/* Two running instances, $i in the zone of $a and $j in that of $b. */
void elbv2_instances(struct elbv2_world *w);

/* What the parameters say, with the names put in. */
const char *elbv2_text(const struct elbv2_world *w, const char *params);

json_t *elbv2_ok(const struct elbv2_world *w, const char *op, const char *params);
const char *elbv2_no(const struct elbv2_world *w, const char *code, const char *op,
    const char *params);

/* Without Docker: what is wanted is there at once. */
void elbv2_settle(struct fixture *f);

#endif
