/*
 * Auto Scaling: launch templates, as groups name them.
 */
#ifndef CONTROL_SERVICES_AUTOSCALING_TEMPLATE_H
#define CONTROL_SERVICES_AUTOSCALING_TEMPLATE_H

#include "control/services/autoscaling/autoscaling.h"

/*
 * A LaunchTemplateSpecification of the input: there is such a template and version, and *ret
 * (the arena's) has id, name and the version as it was said; and the caller may have it launched.  0 or -1
 * ValidationError, AccessDenied.
 */
int asg_template_read(struct call *c, const json_t *spec, json_t **ret);

/* As that, of a MixedInstancesPolicy, with AWS's defaults in it. */
int asg_mixed_read(struct call *c, const json_t *policy, json_t **ret);

/*
 * What the specification means now: EC2's LaunchTemplateVersion.  0 with *ret, the arena's; or
 * -1 with EC2's error.
 */
int asg_template_version(struct call *c, const json_t *spec, json_t **ret);

/* What the group is launched with: one of its members, or its refresh's; NULL: a launch configuration. */
const json_t *asg_template_of(const json_t *group);

#endif
