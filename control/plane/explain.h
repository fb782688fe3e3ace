/*
 * Why a packet arrives, or does not: GET /_simfra/explain?from=&to=&port=&protocol=&vpc=, and
 * `simfra explain FROM TO [PORT[/udp|/icmp]]`, which asks it of the control plane that runs.
 */
#ifndef CONTROL_PLANE_EXPLAIN_H
#define CONTROL_PLANE_EXPLAIN_H

#include <stdio.h>

#include "control/plane/plane.h"

void explain_answer(struct exchange *x);

/* 0 it is reached, 1 it is not, 2 nobody knows. */
int explain_command(struct arena *a, const struct settings *s, int argc, char **argv,
    FILE *out);

#endif
