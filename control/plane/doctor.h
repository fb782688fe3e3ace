/*
 * `simfra doctor`: what is missing or wrong on this machine, and how to mend it.
 */
#ifndef CONTROL_PLANE_DOCTOR_H
#define CONTROL_PLANE_DOCTOR_H

#include <stdio.h>

#include "base/arena.h"
#include "control/api/settings.h"

/* A line a check; 0 when all that is needed is there. */
int doctor(struct arena *a, const struct settings *s, FILE *f);

#endif
