/*
 * `simfra serve`: the control plane, from start to SIGTERM.
 */
#ifndef CONTROL_PLANE_SERVE_H
#define CONTROL_PLANE_SERVE_H

#include "base/arena.h"
#include "control/api/settings.h"

/* The exit status. */
int serve(struct arena *a, const struct settings *s);

#endif
