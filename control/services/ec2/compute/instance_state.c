/*
 * EC2: instances are stopped, started, rebooted and terminated here.
 *
 * A handler writes what is wanted; instance_converge.c does it.
 */
#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/ec2.h"

static const struct err_kind bad_state = { "IncorrectInstanceState", 400 };
static const struct err_kind not_permitted = { "OperationNotPermitted", 400 };

static const struct {
	enum instance_state state;
	const char *name;
} states[] = {
	{ STATE_PENDING, "pending" },
	{ STATE_RUNNING, "running" },
	{ STATE_SHUTTING_DOWN, "shutting-down" },
	{ STATE_TERMINATED, "terminated" },
	{ STATE_STOPPING, "stopping" },
	{ STATE_STOPPED, "stopped" },
};

static const char *
state_name(enum instance_state state)
{
	size_t i = 0;

	while (states[i].state != state)
		i++;
	return states[i].name;
}

enum instance_state
instance_state(const json_t *doc)
{
	int64_t code = json_int(json_get(doc, "State"), "Code", STATE_PENDING);

	return (enum instance_state)code;
}

static json_t *
instance_state_json(enum instance_state state)
{
	return json_make("{s:i, s:s}", "Code", (int)state, "Name", state_name(state));
}

void
instance_set_state(json_t *doc, enum instance_state state)
{
	json_set(doc, "State", instance_state_json(state));
}

void
instance_set_reason(json_t *doc, const char *code, const char *message,
    const char *transition)
{
	if (transition != NULL)
		json_set_str(doc, "StateTransitionReason", transition);
	if (code == NULL)
		json_del(doc, "StateReason");
	else
		json_set(doc, "StateReason",
		    json_make("{s:s, s:o}", "Code", code, "Message",
			json_new_fmt("%s: %s", code, message)));
}

static char *
instance_user_reason(struct arena *a, int64_t now_ms)
{
	char iso[32];

	clock_iso8601(now_ms, 0, iso);
	return arena_printf(a, "User initiated (%.10s %.8s GMT)", iso, iso + 11);
}

/* Give up the public address that is not Elastic, if it has one.  0 or -1. */
static int
instance_release_public(struct call *c, json_t *doc)
{
	const struct ec2_association none = { .address = NULL };
	const json_t *row = json_array_get(json_get(doc, "NetworkInterfaces"), 0);
	const json_t *association = json_get(row, "Association");

	if (association == NULL || json_get(association, "AllocationId") != NULL)
		return 0;
	ec2_public_give_back(c, json_str_or(association, "PublicIp", ""));
	return ec2_associate(c, json_str_or(row, "NetworkInterfaceId", ""), &none);
}

int
instance_assign_public(struct call *c, json_t *doc)
{
	const json_t *row = json_array_get(json_get(doc, "NetworkInterfaces"), 0);
	struct ec2_association association = { .address = NULL };

	if (json_get(row, "Association") != NULL)
		return 0;
	if (ec2_public_take(c, resource_id(&ec2_instance, doc), &association.address) < 0)
		return -1;
	return ec2_associate(c, json_str_or(row, "NetworkInterfaceId", ""), &association);
}

/* One instance's step: may set what it likes in doc, which is then put. */
typedef int step_fn(struct call *c, json_t *doc, const char *id);

/*
 * For each id of InstanceIds: the step, and a row {InstanceId, CurrentState,
 * PreviousState} in the list, which may be NULL.
 */
static int
each(struct call *c, step_fn *step, const char *list_member)
{
	json_t *list = json_own(c->arena, json_new_array()), *doc;
	const json_t *v;
	size_t i;

	json_array_foreach(in_list(c, "InstanceIds"), i, v) {
		const char *id = json_string_value(v);
		enum instance_state before;

		if (resource_edit(c, &ec2_instance, id, &doc) < 0)
			return -1;
		before = instance_state(doc);
		if (step(c, doc, id) < 0 || resource_get(c, &ec2_instance, id, &doc) < 0)
			return -1;
		json_add(list,
		    json_make("{s:s, s:o, s:o}", "InstanceId", id, "CurrentState",
			instance_state_json(instance_state(doc)), "PreviousState",
			instance_state_json(before)));
	}
	if (list_member != NULL)
		out_ref(c, list_member, list);
	return 0;
}

/* StopInstances */

static int
stop(struct call *c, json_t *doc, const char *id)
{
	enum instance_state state = instance_state(doc);

	if (state == STATE_STOPPED || state == STATE_STOPPING)
		return 0;
	if (state == STATE_TERMINATED || state == STATE_SHUTTING_DOWN)
		return err_set(&c->err, &bad_state,
		    "This instance '%s' is not in a state from which it can be stopped.",
		    id);
	if (json_bool(doc, "_stop_protected", 0))
		return err_set(&c->err, &not_permitted,
		    "The instance '%s' may not be stopped. Modify its 'disableApiStop' instance "
		    "attribute and try again.",
		    id);
	if (in_bool(c, "Hibernate", 0))
		return err_set(&c->err, &ec2_unsupported,
		    "The instance '%s' is not configured for hibernation.", id);
	instance_set_state(doc, STATE_STOPPING);
	instance_set_reason(doc, "Client.UserInitiatedShutdown",
	    "User initiated shutdown", instance_user_reason(c->arena, c->now_ms));
	json_set_str(doc, "_want", "stopped");
	json_set_bool(doc, "_force",
	    in_bool(c, "Force", 0) || in_bool(c, "SkipOsShutdown", 0));
	resource_put(c, &ec2_instance, doc);
	return instance_release_public(c, doc);
}

static int
stop_instances(struct call *c)
{
	return each(c, stop, "StoppingInstances");
}

/* StartInstances */

static int
start(struct call *c, json_t *doc, const char *id)
{
	enum instance_state state = instance_state(doc);

	if (state == STATE_RUNNING || state == STATE_PENDING)
		return 0;
	if (state != STATE_STOPPED)
		return err_set(&c->err, &bad_state,
		    "The instance '%s' is not in a state from which it can be started.",
		    id);
	instance_set_state(doc, STATE_PENDING);
	instance_set_reason(doc, NULL, NULL, "");
	json_set(doc, "LaunchTime", call_now(c));
	json_set_str(doc, "_want", "running");
	json_del(doc, "_started");
	resource_put(c, &ec2_instance, doc);
	return json_bool(doc, "_public", 0) ? instance_assign_public(c, doc) : 0;
}

static int
start_instances(struct call *c)
{
	static const char *const refused[] = { "AdditionalInfo", NULL };

	return ec2_refuse(c, refused) < 0 ? -1 : each(c, start, "StartingInstances");
}

/* RebootInstances */

static int
reboot(struct call *c, json_t *doc, const char *id)
{
	if (instance_state(doc) != STATE_RUNNING)
		return err_set(&c->err, &bad_state,
		    "The instance '%s' is not in the 'running' state.", id);
	json_set_int(doc, "_reboots", json_int(doc, "_reboots", 0) + 1);
	resource_put(c, &ec2_instance, doc);
	return 0;
}

static int
reboot_instances(struct call *c)
{
	return each(c, reboot, NULL);
}

/* TerminateInstances */

static int
terminate(struct call *c, json_t *doc, const char *id)
{
	enum instance_state state = instance_state(doc);

	if (state == STATE_TERMINATED || state == STATE_SHUTTING_DOWN)
		return 0;
	if (json_bool(doc, "_termination_protected", 0))
		return err_set(&c->err, &not_permitted,
		    "The instance '%s' may not be terminated. Modify its "
		    "'disableApiTermination' instance attribute and try again.",
		    id);
	instance_set_state(doc, STATE_SHUTTING_DOWN);
	instance_set_reason(doc, "Client.UserInitiatedShutdown",
	    "User initiated shutdown", instance_user_reason(c->arena, c->now_ms));
	json_set_str(doc, "_want", "terminated");
	resource_put(c, &ec2_instance, doc);
	return instance_release_public(c, doc);
}

static int
terminate_instances(struct call *c)
{
	return each(c, terminate, "TerminatingInstances");
}

/* DescribeInstanceStatus */

static const struct filter status_filters[] = {
	{ "availability-zone", "AvailabilityZone" },
	{ "instance-state-code", "InstanceState.Code" },
	{ "instance-state-name", "InstanceState.Name" },
	{ "instance-status.reachability", "InstanceStatus.Details.Status" },
	{ "instance-status.status", "InstanceStatus.Status" },
	{ "system-status.reachability", "SystemStatus.Details.Status" },
	{ "system-status.status", "SystemStatus.Status" },
	{ NULL, NULL },
};

static json_t *
check_json(const char *status, const char *detail)
{
	return json_make("{s:s, s:[{s:s, s:s}]}", "Status", status, "Details", "Name",
	    "reachability", "Status", detail);
}

static json_t *
status_json(const json_t *doc)
{
	enum instance_state state = instance_state(doc);
	const char *status = state == STATE_RUNNING ? "ok" :
	    state == STATE_PENDING		    ? "initializing" :
						      "not-applicable";
	const char *detail = state == STATE_RUNNING ? "passed" :
	    state == STATE_PENDING		    ? "initializing" :
						      "not-applicable";
	json_t *v = json_make("{s:s, s:s, s:o, s:o, s:o}", "InstanceId",
	    resource_id(&ec2_instance, doc), "AvailabilityZone",
	    json_str_or(json_get(doc, "Placement"), "AvailabilityZone", ""),
	    "InstanceState", instance_state_json(state), "InstanceStatus",
	    check_json(status, detail), "SystemStatus", check_json(status, detail));

	if (state != STATE_RUNNING && state != STATE_PENDING) {
		json_del(json_get(v, "InstanceStatus"), "Details");
		json_del(json_get(v, "SystemStatus"), "Details");
	}
	return v;
}

static int
describe_instance_status(struct call *c)
{
	struct resource statuses = ec2_instance;
	struct store_docs all, some;
	json_t **docs, *out;
	size_t n = 0;

	statuses.filters = status_filters;
	if (resource_list(c, &ec2_instance, &all) < 0)
		return -1;
	docs = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < all.n; i++) {
		if (in_bool(c, "IncludeAllInstances", 0) ||
		    instance_state(all.doc[i]) == STATE_RUNNING)
			docs[n++] = json_own(c->arena, status_json(all.doc[i]));
	}
	some.n = n;
	some.doc = docs;
	if (resource_select(c, &statuses, &some, &out) < 0 ||
	    resource_page(c, &statuses, out) < 0)
		return -1;
	out_ref(c, "InstanceStatuses", out);
	return 0;
}

static const struct op ops[] = {
	OP_RES("DescribeInstanceStatus", describe_instance_status, OP_READ, &ec2_instance,
	    NULL, "Show the status checks of instances."),
	OP_RES("RebootInstances", reboot_instances, 0, &ec2_instance, "InstanceIds",
	    "Reboot instances: their containers stop and start."),
	OP_RES("StartInstances", start_instances, 0, &ec2_instance, "InstanceIds",
	    "Start stopped instances."),
	OP_RES("StopInstances", stop_instances, 0, &ec2_instance, "InstanceIds",
	    "Stop instances."),
	OP_RES("TerminateInstances", terminate_instances, 0, &ec2_instance, "InstanceIds",
	    "Terminate instances."),
};
const struct family ec2_instance_states = FAMILY(ops, NULL);
