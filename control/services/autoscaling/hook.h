/*
 * Auto Scaling: lifecycle hooks, and the actions of instances that wait for them.
 *
 * An instance waits with "_hooks": [{name, token, deadline_ms, until_ms, result}] — one for each hook
 * of the transition; result is there once it is decided.
 */
#ifndef CONTROL_SERVICES_AUTOSCALING_HOOK_H
#define CONTROL_SERVICES_AUTOSCALING_HOOK_H

#include "control/services/autoscaling/autoscaling.h"

#define ASG_LAUNCHING	"autoscaling:EC2_INSTANCE_LAUNCHING"
#define ASG_TERMINATING "autoscaling:EC2_INSTANCE_TERMINATING"

enum asg_wait { ASG_WAIT, ASG_CONTINUE, ASG_ABANDON };

/* The hooks that CreateAutoScalingGroup names.  0 or -1. */
int asg_hooks_make(struct call *c, const json_t *group, const json_t *list);

/* The instance comes to a transition: how many hooks it waits for now; -1. */
int asg_hooks_begin(struct call *c, const json_t *group, json_t *member,
    const char *transition);

/*
 * Where it stands now.  What is past its time has its hook's default.  *next_ms becomes
 * earlier if something ends before; *ret_why says how it was abandoned.
 */
enum asg_wait asg_hooks_look(struct call *c, json_t *member, int64_t *next_ms,
    const char **ret_why);

#endif
