/*
 * Elastic Load Balancing: load balancers and target groups are made what their documents say.
 */
#ifndef CONTROL_SERVICES_ELBV2_CONVERGE_H
#define CONTROL_SERVICES_ELBV2_CONVERGE_H

#include "control/api/converge.h"

int elbv2_converge(struct converge *cv, struct err *err);

/* Of elbv2:health: whose it is looks again. */
int elbv2_health_changed(struct converge *cv, struct err *err);

/* Targets that have had their time go. */
int elbv2_group_converge(struct converge *cv, struct err *err);

#endif
