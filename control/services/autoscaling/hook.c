/*
 * Auto Scaling: lifecycle hooks.
 *
 * Not emulated: messages to the NotificationTargetARN; whoever acts looks for instances that
 * wait (DescribeAutoScalingInstances).
 */
#include "control/services/autoscaling/hook.h"

#include <string.h>

enum { HOOKS_MAX = 50, GLOBAL_MAX_S = 172800, TIMEOUT_MIN_S = 30, TIMEOUT_MAX_S = 7200 };

const struct resource asg_hook = {
	.service = "autoscaling",
	.kind = "autoscaling:hook",
	.type = "hook",
	.id_member = "_id",
	.noun = "lifecycle hook",
	.not_found = &asg_invalid,
	.no_tags = 1,
};

/* Making */

static int
is_result(const char *text)
{
	return strcmp(text, "CONTINUE") == 0 || strcmp(text, "ABANDON") == 0;
}

static int
check(struct call *c, const json_t *doc)
{
	const char *transition = json_str(doc, "LifecycleTransition");
	const char *result = json_str_or(doc, "DefaultResult", "ABANDON");
	int64_t timeout = json_int(doc, "HeartbeatTimeout", TIMEOUT_MIN_S);

	if (transition == NULL)
		return err_set(&c->err, &asg_invalid,
		    "LifecycleTransition is required to create a lifecycle hook.");
	if (strcmp(transition, ASG_LAUNCHING) != 0 &&
	    strcmp(transition, ASG_TERMINATING) != 0)
		return err_set(&c->err, &asg_invalid,
		    "Lifecycle Transition Type '%.100s' is not valid.", transition);
	if (!is_result(result))
		return err_set(&c->err, &asg_invalid,
		    "DefaultResult '%.100s' is not valid: it must be CONTINUE or ABANDON.",
		    result);
	if (timeout < TIMEOUT_MIN_S || timeout > TIMEOUT_MAX_S)
		return err_set(&c->err, &asg_invalid,
		    "HeartbeatTimeout must be between %d and %d seconds.", TIMEOUT_MIN_S,
		    TIMEOUT_MAX_S);
	return 0;
}

static int
put_hook(struct call *c, const json_t *group, const json_t *in)
{
	static const char *const kept[] = { "LifecycleTransition", "RoleARN",
		"NotificationTargetARN", "NotificationMetadata", "HeartbeatTimeout",
		"DefaultResult" };
	const char *name = json_str_or(in, "LifecycleHookName", "");
	const char *id = asg_owned_id(c, asg_name(group), name);
	json_t *doc, *others = asg_owned(c, &asg_hook, asg_name(group));
	int64_t timeout;
	int rc = store_edit(c->txn, c->scope, asg_hook.kind, id, &doc, &c->err);

	if (rc < 0 || others == NULL)
		return -1;
	if (rc == 0) {
		if (json_array_size(others) >= HOOKS_MAX)
			return err_set(&c->err, &asg_limit,
			    "A group can have at most %d lifecycle hooks.", HOOKS_MAX);
		doc = json_own(c->arena, json_new_object());
		json_set_str(doc, "_id", id);
		json_set_str(doc, "LifecycleHookName", name);
		json_set_str(doc, "AutoScalingGroupName", asg_name(group));
		json_set_int(doc, "HeartbeatTimeout", 3600);
		json_set_str(doc, "DefaultResult", "ABANDON");
	}
	for (size_t i = 0; i < COUNT(kept); i++) {
		if (json_get(in, kept[i]) != NULL)
			json_set(doc, kept[i], json_incref(json_get(in, kept[i])));
	}
	/* An empty target takes it away. */
	if (strcmp(json_str_or(doc, "NotificationTargetARN", "-"), "") == 0) {
		json_del(doc, "NotificationTargetARN");
		json_del(doc, "RoleARN");
	}
	if (check(c, doc) < 0)
		return -1;
	timeout = json_int(doc, "HeartbeatTimeout", 3600) * 100;
	json_set_int(doc, "GlobalTimeout",
	    timeout < GLOBAL_MAX_S ? timeout : GLOBAL_MAX_S);
	resource_put(c, &asg_hook, doc);
	return 0;
}

int
asg_hooks_make(struct call *c, const json_t *group, const json_t *list)
{
	const json_t *row;
	size_t i;

	json_array_foreach(list, i, row) {
		if (put_hook(c, group, row) < 0)
			return -1;
	}
	return 0;
}

/* Waiting */

int
asg_hooks_begin(struct call *c, const json_t *group, json_t *member,
    const char *transition)
{
	const json_t *hooks = asg_owned(c, &asg_hook, asg_name(group)), *hook;
	json_t *waits = json_own(c->arena, json_new_array()), *w;
	size_t i;

	if (hooks == NULL)
		return -1;
	json_array_foreach(hooks, i, hook) {
		int64_t timeout = json_int(hook, "HeartbeatTimeout", 3600) * 1000;
		int64_t most = json_int(hook, "GlobalTimeout", GLOBAL_MAX_S) * 1000;

		if (strcmp(json_str_or(hook, "LifecycleTransition", ""), transition) != 0)
			continue;
		w = json_add_object(waits);
		json_set_str(w, "name", json_str(hook, "LifecycleHookName"));
		json_set_str(w, "token", asg_uuid(c->arena));
		json_set_str(w, "default", json_str(hook, "DefaultResult"));
		json_set_int(w, "timeout_ms", timeout);
		json_set_int(w, "deadline_ms", c->now_ms + timeout);
		json_set_int(w, "until_ms", c->now_ms + most);
	}
	json_del(member, "_hooks");
	if (json_array_size(waits) > 0)
		json_set(member, "_hooks", json_incref(waits));
	return (int)json_array_size(waits);
}

/* Decided by whoever acts, or by the clock: "CONTINUE", "ABANDON", or NULL. */
static const char *
result_of(json_t *w, int64_t now_ms, int64_t *next_ms, const char **ret_why)
{
	const char *result = json_str(w, "result");
	int64_t deadline = json_int(w, "deadline_ms", 0);

	if (result != NULL) {
		*ret_why = "Lifecycle Action Completed with ABANDON Result";
		return result;
	}
	if (now_ms >= deadline) {
		*ret_why = "Heartbeat Timeout";
		result = json_str_or(w, "default", "ABANDON");
		json_set_str(w, "result", result);
		return result;
	}
	if (*next_ms == 0 || deadline < *next_ms)
		*next_ms = deadline;
	return NULL;
}

enum asg_wait
asg_hooks_look(struct call *c, json_t *member, int64_t *next_ms, const char **ret_why)
{
	enum asg_wait outcome = ASG_CONTINUE;
	json_t *w;
	size_t i;

	json_array_foreach(json_get(member, "_hooks"), i, w) {
		const char *why = "", *result = result_of(w, c->now_ms, next_ms, &why);

		if (result == NULL) {
			outcome = ASG_WAIT;
		} else if (strcmp(result, "ABANDON") == 0) {
			*ret_why = arena_printf(c->arena,
			    "Instance failed to complete user's Lifecycle Action: Lifecycle "
			    "Action with token %s was abandoned: %s",
			    json_str_or(w, "token", ""), why);
			return ASG_ABANDON;
		}
	}
	return outcome;
}

/* Operations */

static int
put_lifecycle_hook(struct call *c)
{
	json_t *group;

	return asg_input_group(c, &group) < 0 ? -1 : put_hook(c, group, c->in);
}

/* What waits for it goes on: a launch is abandoned, a termination goes on. */
static int
let_go(struct call *c, json_t *group, const char *hook)
{
	json_t *member, *w;
	size_t i, k;
	int n = 0;

	json_array_foreach(json_get(group, "Instances"), i, member) {
		const char *state = json_str_or(member, "LifecycleState", "");

		json_array_foreach(json_get(member, "_hooks"), k, w) {
			if (strcmp(json_str_or(w, "name", ""), hook) != 0 ||
			    json_get(w, "result") != NULL)
				continue;
			json_set_str(w, "result",
			    strncmp(state, "Pending", 7) == 0 ? "ABANDON" : "CONTINUE");
			n++;
		}
	}
	if (n > 0)
		resource_put(c, &asg_group, group);
	return 0;
}

static int
delete_lifecycle_hook(struct call *c)
{
	const char *name = in_str(c, "LifecycleHookName"), *id;
	json_t *group, *doc;
	int rc;

	if (asg_input_group_edit(c, &group) < 0)
		return -1;
	id = asg_owned_id(c, asg_name(group), name);
	rc = resource_find(c, &asg_hook, id, &doc);
	if (rc <= 0)
		return rc < 0 ? -1 :
				err_set(&c->err, &asg_invalid,
				    "No Lifecycle Hook found with name: %.100s", name);
	resource_delete_doc(c, &asg_hook, id);
	return let_go(c, group, name);
}

static int
describe_lifecycle_hooks(struct call *c)
{
	const json_t *names = in_list(c, "LifecycleHookNames"), *docs, *doc;
	json_t *out = json_own(c->arena, json_new_array()), *group;
	size_t i;

	if (asg_input_group(c, &group) < 0 ||
	    (docs = asg_owned(c, &asg_hook, asg_name(group))) == NULL)
		return -1;
	json_array_foreach(docs, i, doc) {
		const char *name = json_str_or(doc, "LifecycleHookName", "");

		if (json_array_size(names) == 0 || json_has_str(names, name))
			json_add(out, json_incref(json_array_get(docs, i)));
	}
	out_ref(c, "LifecycleHooks", out);
	return 0;
}

/* The action that the input names, by its token or its instance. */
static int
find_action(struct call *c, json_t *group, json_t **ret)
{
	const char *hook = in_str(c, "LifecycleHookName");
	const char *token = in_str(c, "LifecycleActionToken");
	const char *id = in_str(c, "InstanceId");
	json_t *member, *w;
	size_t i, k;

	if (token == NULL && id == NULL)
		return err_set(&c->err, &asg_invalid,
		    "You must provide either an Instance ID or a Lifecycle Action Token");
	json_array_foreach(json_get(group, "Instances"), i, member) {
		if (id != NULL && strcmp(id, json_str_or(member, "InstanceId", "")) != 0)
			continue;
		json_array_foreach(json_get(member, "_hooks"), k, w) {
			if (strcmp(json_str_or(w, "name", ""), hook) != 0 ||
			    json_get(w, "result") != NULL ||
			    (token != NULL &&
				strcmp(token, json_str_or(w, "token", "")) != 0))
				continue;
			*ret = w;
			return 0;
		}
	}
	return id != NULL ?
	    err_set(&c->err, &asg_invalid,
		"No active Lifecycle Action found with instance ID %s", id) :
	    err_set(&c->err, &asg_invalid,
		"No active Lifecycle Action found with token %s", token);
}

static int
complete_lifecycle_action(struct call *c)
{
	const char *result = in_str(c, "LifecycleActionResult");
	json_t *group, *w;

	if (!is_result(result))
		return err_set(&c->err, &asg_invalid,
		    "Invalid Lifecycle Action Result: '%.100s'. It must be CONTINUE or "
		    "ABANDON",
		    result);
	if (asg_input_group_edit(c, &group) < 0 || find_action(c, group, &w) < 0)
		return -1;
	json_set_str(w, "result", result);
	resource_put(c, &asg_group, group);
	return 0;
}

static int
record_lifecycle_action_heartbeat(struct call *c)
{
	json_t *group, *w;
	int64_t deadline, until;

	if (asg_input_group_edit(c, &group) < 0 || find_action(c, group, &w) < 0)
		return -1;
	deadline = c->now_ms + json_int(w, "timeout_ms", 0);
	until = json_int(w, "until_ms", 0);
	json_set_int(w, "deadline_ms", deadline < until ? deadline : until);
	resource_put(c, &asg_group, group);
	return 0;
}

#define NAME "AutoScalingGroupName"

static const struct op ops[] = {
	OP_RES("CompleteLifecycleAction", complete_lifecycle_action, 0, &asg_group, NAME,
	    "Let an instance that waits for a hook go on."),
	OP_RES("DeleteLifecycleHook", delete_lifecycle_hook, 0, &asg_group, NAME,
	    "Remove a lifecycle hook."),
	OP_RES("DescribeLifecycleHooks", describe_lifecycle_hooks, OP_READ, &asg_group,
	    NULL, "List a group's lifecycle hooks."),
	OP_RES("PutLifecycleHook", put_lifecycle_hook, 0, &asg_group, NAME,
	    "Let instances wait when they are launched or terminated."),
	OP_RES("RecordLifecycleActionHeartbeat", record_lifecycle_action_heartbeat, 0,
	    &asg_group, NAME, "Give an action more time."),
};
static const struct resource *const resources[] = { &asg_hook, NULL };
const struct family asg_hooks = FAMILY(ops, resources);
