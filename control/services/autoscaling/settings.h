/*
 * Auto Scaling: what CreateAutoScalingGroup and UpdateAutoScalingGroup say of a group, checked
 * and written into its document.
 */
#ifndef CONTROL_SERVICES_AUTOSCALING_SETTINGS_H
#define CONTROL_SERVICES_AUTOSCALING_SETTINGS_H

#include "control/services/autoscaling/autoscaling.h"

/* All but what the following do.  0 or -1. */
int asg_settings_read(struct call *c, json_t *doc);

/* Zones and subnets.  0 or -1. */
int asg_zones_read(struct call *c, json_t *doc);

/* Whence it launches: a configuration, a template, a policy.  0 or -1. */
int asg_source_read(struct call *c, json_t *doc);

/* {EnabledMetrics, Tags, …} of a TagDescription; checked as AWS does.  0 or -1. */
int asg_tags_put(struct call *c, json_t *group, const json_t *tags);

/* The desired capacity was changed by somebody: `why` is AWS's sentence up to "changing". */
void asg_set_desired(struct call *c, json_t *group, int64_t desired, const char *why);

/* "0 - 3 - 5" in order, or -1 ValidationError.  0 or -1. */
int asg_check_sizes(struct call *c, int64_t min, int64_t max);

#endif
