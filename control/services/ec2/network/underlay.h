/*
 * EC2: which /28 of the underlay pool a VPC's Docker network has.
 *
 * The n-th is given by a document of STORE_SYSTEM, kind "ec2:underlay", id "n";
 * the VPC's document has the number as "_underlay".
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_UNDERLAY_H
#define CONTROL_SERVICES_EC2_NETWORK_UNDERLAY_H

#include "base/err.h"
#include "control/api/converge.h"
#include "control/api/resource.h"
#include "netdns/plan.h"

/* The numbers that are given; one whose VPC is gone has that VPC looked at, which gives it back. */
extern const struct resource ec2_underlay;

/* The VPC's underlay, given to it now if it has none.  0 or -1. */
int underlay_need(struct converge *cv, struct plan_underlay *ret, struct err *err);

int underlay_give_back(struct converge *cv, struct err *err);

/* Of a VPC's document: 1, or 0 when it has none (yet). */
int underlay_of(const struct env *env, const json_t *vpc, struct plan_underlay *ret);

/* An address of the plan's as text; the arena's. */
const char *underlay_text(struct arena *a, uint32_t address);

/* The address at which the VPC's router reaches control. */
const char *underlay_control(struct env *env, struct arena *a,
    const struct plan_underlay *u);

#endif
