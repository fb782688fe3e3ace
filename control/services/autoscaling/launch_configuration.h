/*
 * Auto Scaling: launch configurations, as groups need them.
 */
#ifndef CONTROL_SERVICES_AUTOSCALING_LAUNCH_CONFIGURATION_H
#define CONTROL_SERVICES_AUTOSCALING_LAUNCH_CONFIGURATION_H

#include "control/services/autoscaling/autoscaling.h"

/* 0 and the shared document, or -1 ValidationError. */
int asg_launch_configuration_get(struct call *c, const char *name, json_t **ret);

/* Set in doc what the instance was launched with.  0 or -1. */
int asg_configuration_of_instance(struct call *c, const char *id, json_t *doc);

/* A new one, of what doc has, which the caller may give to instances.  0 or -1. */
int asg_configuration_put(struct call *c, const char *name, json_t *doc);

#endif
