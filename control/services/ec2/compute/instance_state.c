/*
 * EC2: instances are stopped, started, rebooted and terminated here.
 *
 * A handler writes what is wanted; instance_converge.c does it.
 */
#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/compute/capacity.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/compute/instance_event.h"
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

json_t *
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

int
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

	/* EC2 User Guide: only an instance with one interface gets an address by itself. */
	if (json_get(row, "Association") != NULL ||
	    json_array_size(json_get(doc, "NetworkInterfaces")) > 1)
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
refuse_hibernation(struct call *c, const json_t *doc, const char *id)
{
	static const struct err_kind unsupported = {
		"UnsupportedHibernationConfiguration", 400
	};

	return json_bool(json_get(doc, "HibernationOptions"), "Configured", 0) ?
	    err_set(&c->err, &ec2_unsupported,
		"Instances cannot hibernate here: the memory of the instance '%s' cannot be "
		"kept.",
		id) :
	    err_set(&c->err, &unsupported,
		"The instance '%s' is not configured for hibernation.", id);
}

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
	if (strcmp(json_str_or(doc, "_spot_type", ""), "one-time") == 0)
		return err_set(&c->err, &ec2_unsupported,
		    "You can't stop the Spot Instance '%s' because it is associated with a one-time "
		    "Spot Instance request. You can only stop Spot Instances associated with "
		    "persistent Spot Instance requests.",
		    id);
	if (in_bool(c, "Hibernate", 0))
		return refuse_hibernation(c, doc, id);
	instance_set_state(doc, STATE_STOPPING);
	instance_set_reason(doc, "Client.UserInitiatedShutdown",
	    "User initiated shutdown", instance_user_reason(c->arena, c->now_ms));
	json_set_str(doc, "_want", "stopped");
	json_set_bool(doc, "_force",
	    in_bool(c, "Force", 0) || in_bool(c, "SkipOsShutdown", 0));
	instance_events_done_by_user(doc, 1, c->now_ms / 1000);
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
	if (capacity_check(c, json_own(c->arena, json_make("[O]", doc))) < 0)
		return -1;
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
	instance_events_done_by_user(doc, 0, c->now_ms / 1000);
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

static const struct op ops[] = {
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
