/*
 * What the program asks the control plane that runs here: `simfra health`, which a container's
 * health check runs in an image that has no shell, and `simfra ca`.
 */
#ifndef CONTROL_PLANE_HEALTH_CHECK_H
#define CONTROL_PLANE_HEALTH_CHECK_H

#include <stdio.h>

#include "control/api/settings.h"

/*
 * Ask the control plane of these settings on this host (url NULL), or one or a Redis
 * elsewhere: "http://…", "redis://…".  Prints what it says; 0 healthy, 1 not.
 */
int health_check(const struct settings *s, const char *url, FILE *out);

/* `simfra ca`: print the certificate of the CA of the control plane of these settings; 0, or 1. */
int health_print_ca(const struct settings *s, FILE *out);

#endif
