/*
 * EC2: launch templates, and requests that are made with one.
 *
 * A template is a document; each of its versions is another, with the data as
 * RequestLaunchTemplateData has it.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_LAUNCH_TEMPLATE_H
#define CONTROL_SERVICES_EC2_COMPUTE_LAUNCH_TEMPLATE_H

#include "control/api/call.h"
#include "control/api/resource.h"
#include "control/api/service.h"

extern const struct resource ec2_launch_template;
extern const struct family ec2_launch_templates, ec2_launch_template_versions;

/*
 * The version that a LaunchTemplateSpecification means (by id or name; Version a number, $Latest or
 * $Default, which is also meant when it is absent): 0 and the shared document, or -1 with EC2's
 * words for what does not exist.
 */
int launch_template_version(struct call *c, const json_t *spec, json_t **ret);

/* By id or name, of which one must be given: 0 and the shared document, or -1. */
int launch_template_get(struct call *c, const char *id, const char *name, json_t **ret);

/*
 * `in`, a request of RunInstances' shape, with what its LaunchTemplate says wherever it says
 * nothing itself; without one, `in`.  Block devices are merged by their names, interfaces by their indexes, tags
 * by resource type.  The arena's.  0 or -1.
 */
int launch_template_apply(struct call *c, json_t *in, json_t **ret);

#endif
