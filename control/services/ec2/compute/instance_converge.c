/*
 * EC2: an instance's container is made what the document wants.
 *
 *	wanted	  container		    becomes
 *	running	  none, never was	    create it; then
 *		  none, but there was one   terminated: its disk is gone with it
 *		  stopped by itself	    stopped or terminated, as its shutdown behaviour says
 *		  stopped otherwise	    start it (recovery)
 *		  running, plugged in	    running
 *	stopped	  running		    stop it; stopped
 *	terminated			    remove it and its interface; terminated for an hour
 */
#include <string.h>

#include "control/api/container.h"
#include "control/api/converge.h"
#include "control/services/ec2/compute/attachment.h"
#include "control/services/ec2/compute/console.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/compute/instance_event.h"
#include "control/services/ec2/compute/machine.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/host.h"
#include "control/services/ec2/network/network_interface.h"
#include "control/services/ec2/storage/volume.h"

enum {
	STOP_TIMEOUT_S = 10,
	KEPT_MS = 60 * 60 * 1000, /* how long a terminated instance is shown */
	ATTACH_CHECK_MS = 250,
	VOLUME_CHECK_MS = 250,
	EXIT_POWEROFF = 3, /* docs/AGENTS.md, "init" */
	EXIT_REBOOT = 4,
};

struct change {
	enum instance_state from, to; /* from: only from this state */
	const char *want;	      /* NULL: stays */
	const char *code, *message, *transition;
};

static int
write_state(struct converge *cv UNUSED, json_t *doc, void *arg)
{
	const struct change *change = arg;

	if (instance_state(doc) != change->from)
		return 0;
	instance_set_state(doc, change->to);
	if (change->code != NULL || change->to == STATE_RUNNING)
		instance_set_reason(doc, change->code, change->message,
		    change->transition);
	if (change->want != NULL)
		json_set_str(doc, "_want", change->want);
	return 1;
}

static int
become(struct converge *cv, enum instance_state to, struct err *err)
{
	struct change change = { .from = instance_state(cv->doc), .to = to };

	return change.from == to ? 0 : converge_write(cv, write_state, &change, err);
}

/* Terminated */

/* The end: the interface and all it holds go with the last word. */
static int
finish(struct call *c, void *arg)
{
	const char *id = arg;
	json_t *doc, *row;
	size_t i;
	int rc = store_edit(c->txn, c->scope, ec2_instance.kind, id, &doc, &c->err);

	if (rc <= 0 || instance_state(doc) == STATE_TERMINATED)
		return rc < 0 ? -1 : 0;
	json_array_foreach(json_get(doc, "NetworkInterfaces"), i, row) {
		if (interface_leave(c, json_str_or(row, "NetworkInterfaceId", "")) < 0)
			return -1;
	}
	if (ec2_volumes_forget_instance(c, id) < 0)
		return -1;
	instance_set_state(doc, STATE_TERMINATED);
	json_set(doc, "BlockDeviceMappings", json_new_array());
	json_set(doc, "NetworkInterfaces", json_new_array());
	json_set(doc, "SecurityGroups", json_new_array());
	json_set_str(doc, "PrivateDnsName", "");
	json_set_str(doc, "PublicDnsName", "");
	json_del(doc, "PrivateIpAddress");
	json_del(doc, "PublicIpAddress");
	json_del(doc, "SubnetId");
	json_del(doc, "VpcId");
	json_set_int(doc, "_terminated_ms", c->now_ms);
	resource_put(c, &ec2_instance, doc);
	return 0;
}

static int
end(struct converge *cv, struct err *err)
{
	int64_t since = json_int(cv->doc, "_terminated_ms", 0);

	if (instance_state(cv->doc) != STATE_TERMINATED) {
		if (cv->env->engine != NULL) {
			console_keep(cv);
			if (engine_container_remove(cv->env->engine,
				converge_name(cv, cv->id), err) < 0)
				return err_wrap(err, "remove container");
		}
		if (converge_transaction(cv, finish, arena_strdup(cv->arena, cv->id),
			err) < 0)
			return -1;
		cv->again_ms = KEPT_MS;
		return 0;
	}
	if (cv->now_ms - since >= KEPT_MS) {
		console_forget(cv);
		return converge_forget(cv, err);
	}
	cv->again_ms = KEPT_MS - (cv->now_ms - since);
	return 0;
}

/* Stopped */

static int
halt(struct converge *cv, struct err *err)
{
	int timeout = json_bool(cv->doc, "_force", 0) ? 0 : STOP_TIMEOUT_S;

	if (instance_state(cv->doc) == STATE_STOPPED)
		return 0;
	if (cv->env->engine != NULL) {
		if (engine_container_stop(cv->env->engine, converge_name(cv, cv->id),
			timeout, err) < 0 &&
		    err->kind != &engine_not_found)
			return err_wrap(err, "stop container");
		console_keep(cv);
	}
	return become(cv, STATE_STOPPED, err);
}

/* Running */

static int
write_made(struct converge *cv UNUSED, json_t *doc, void *arg UNUSED)
{
	if (json_bool(doc, "_started", 0))
		return 0;
	json_set_bool(doc, "_made", 1);
	json_set_bool(doc, "_started", 1);
	return 1;
}

static int
write_rebooted(struct converge *cv UNUSED, json_t *doc, void *arg)
{
	json_set_int(doc, "_rebooted", *(const int64_t *)arg);
	return 1;
}

/* Its container went away under our eyes. */
static int
vanished(struct converge *cv, struct err *err)
{
	struct change change = {
		.from = instance_state(cv->doc),
		.to = STATE_SHUTTING_DOWN,
		.want = "terminated",
		.code = "Server.InternalError",
		.message = "The instance's container was removed",
		.transition = "Server.InternalError",
	};

	if (converge_write(cv, write_state, &change, err) < 0)
		return -1;
	cv->again_ms = 1;
	return 0;
}

/* `poweroff` in the machine: stop or terminate, as its attribute says now. */
static int
write_shutdown(struct call *c, void *arg)
{
	json_t *doc;
	int ends,
	    rc = store_edit(c->txn, c->scope, ec2_instance.kind, arg, &doc, &c->err);

	/* Somebody else may have asked for its end meanwhile. */
	if (rc <= 0 || strcmp(json_str_or(doc, "_want", ""), "running") != 0)
		return rc < 0 ? -1 : 0;
	ends = strcmp(json_str_or(doc, "_shutdown_behavior", "stop"), "terminate") == 0;
	instance_set_state(doc, ends ? STATE_SHUTTING_DOWN : STATE_STOPPING);
	instance_set_reason(doc, "Client.InstanceInitiatedShutdown",
	    "Instance initiated shutdown", "User initiated");
	json_set_str(doc, "_want", ends ? "terminated" : "stopped");
	json_set_bool(doc, "_force", 0);
	resource_put(c, &ec2_instance, doc);
	return instance_release_public(c, doc);
}

static int
shut_down_itself(struct converge *cv, struct err *err)
{
	if (converge_transaction(cv, write_shutdown, arena_strdup(cv->arena, cv->id),
		err) < 0 ||
	    converge_reload(cv, err) < 0)
		return -1;
	cv->again_ms = 1;
	return 0;
}

static int
start(struct converge *cv, const char *name, struct err *err)
{
	return engine_container_start(cv->env->engine, name, err) < 0 ?
	    err_wrap(err, "start container") :
	    0;
}

/* Stop and start once for all the reboots that were asked for. */
static int
reboot(struct converge *cv, const char *name, struct err *err)
{
	int64_t asked = json_int(cv->doc, "_reboots", 0);

	if (asked == json_int(cv->doc, "_rebooted", 0))
		return 0;
	if (engine_container_stop(cv->env->engine, name, STOP_TIMEOUT_S, err) < 0)
		return err_wrap(err, "reboot");
	if (start(cv, name, err) < 0)
		return -1;
	return converge_write(cv, write_rebooted, &asked, err);
}

/* netd has plugged in every interface of this very start of the container. */
static int
is_attached(struct converge *cv, const json_t *container, struct err *err)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(cv->doc, "NetworkInterfaces"), i, row) {
		int rc;

		/* One that came later, or goes, is no reason not to run. */
		if (strcmp(json_str_or(json_get(row, "Attachment"), "Status", ""),
			"attached") != 0)
			continue;
		rc = attachment_is_made(cv, json_str_or(row, "NetworkInterfaceId", ""),
		    container, err);
		if (rc <= 0)
			return rc;
	}
	return 1;
}

#define NOT_ENFORCED "Server.NetworkNotEnforced"

/* arg: why the host enforces nothing; NULL: it does. */
static int
write_enforced(struct converge *cv UNUSED, json_t *doc, void *arg)
{
	const char *code = json_str_or(json_get(doc, "StateReason"), "Code", "");

	if (instance_state(doc) != STATE_RUNNING ||
	    (arg == NULL) != (strcmp(code, NOT_ENFORCED) == 0))
		return 0;
	instance_set_reason(doc, arg != NULL ? NOT_ENFORCED : NULL, arg, NULL);
	return 1;
}

/* A machine whose groups do nothing says so where users look. */
static int
say_enforced(struct converge *cv, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	const char *why = NULL;

	if (host_trouble(t, &why, err) < 0)
		return -1;
	return converge_write(cv, write_enforced,
	    why != NULL ? arena_strdup(cv->arena, why) : NULL, err);
}

/* The container runs: is it a machine yet? */
static int
settle(struct converge *cv, const json_t *container, struct err *err)
{
	int rc = is_attached(cv, container, err);

	if (rc < 0)
		return -1;
	if (rc == 0) {
		cv->again_ms = ATTACH_CHECK_MS;
		return 0;
	}
	if (become(cv, STATE_RUNNING, err) < 0 || say_enforced(cv, err) < 0)
		return -1;
	console_follow(cv, container);
	return 0;
}

/* It is there and does not run. */
static int
revive(struct converge *cv, const char *name, const json_t *container, struct err *err)
{
	int64_t code = json_int(json_get(container, "State"), "ExitCode", 0);
	int rc;

	/* User data may power off before anybody has seen the machine run. */
	if (json_bool(cv->doc, "_started", 0) && code == EXIT_POWEROFF)
		return shut_down_itself(cv, err);
	rc = host_may_restart(cv, container, err);
	if (rc <= 0)
		return rc;
	if (machine_fit(cv, name, container, err) < 0 || start(cv, name, err) < 0)
		return -1;
	return converge_write(cv, write_made, NULL, err);
}

/* Never started, so perhaps without init: we were killed before its files were in. */
static int
is_half_made(const struct converge *cv, const json_t *container)
{
	return !json_bool(cv->doc, "_made", 0) &&
	    strcmp(json_str_or(json_get(container, "State"), "Status", ""), "created") ==
	    0;
}

/* As engine_container_inspect, but what is half made goes, and is made afresh. */
static int
inspect(struct converge *cv, const char *name, json_t **ret, struct err *err)
{
	int rc = engine_container_inspect(cv->env->engine, cv->arena, name, ret, err);

	if (rc <= 0 || !is_half_made(cv, *ret))
		return rc;
	return engine_container_remove(cv->env->engine, name, err) < 0 ? -1 : 0;
}

static int
run(struct converge *cv, struct err *err)
{
	const char *name = converge_name(cv, cv->id);
	json_t *container;
	int rc;

	if (cv->env->engine == NULL)
		return become(cv, STATE_RUNNING, err);
	rc = ec2_volumes_are_ready(cv, cv->id, err);
	if (rc == 0)
		cv->again_ms = VOLUME_CHECK_MS;
	if (rc <= 0)
		return rc;
	rc = inspect(cv, name, &container, err);
	if (rc < 0)
		return -1;
	if (rc == 0) {
		if (json_bool(cv->doc, "_made", 0) && !cv->is_first)
			return vanished(cv, err);
		if (machine_create(cv, name, err) < 0 || start(cv, name, err) < 0 ||
		    converge_write(cv, write_made, NULL, err) < 0)
			return -1;
	} else if (!json_is_true(json_path(container, "State.Running"))) {
		if (revive(cv, name, container, err) < 0)
			return -1;
	} else if (reboot(cv, name, err) < 0) {
		return -1;
	}
	if (cv->doc == NULL ||
	    strcmp(json_str_or(cv->doc, "_want", ""), "running") != 0) {
		cv->again_ms = 1;
		return 0;
	}
	rc = engine_container_inspect(cv->env->engine, cv->arena, name, &container, err);
	if (rc <= 0)
		return rc;
	return settle(cv, container, err);
}

static int
write_trouble(struct converge *cv UNUSED, json_t *doc, void *arg)
{
	const char *text = arg;

	if (strstr(json_str_or(json_get(doc, "StateReason"), "Message", ""), text) !=
	    NULL)
		return 0;
	instance_set_reason(doc, "Server.InternalError", text, NULL);
	return 1;
}

int
instance_converge(struct converge *cv, struct err *err)
{
	const char *want;
	struct err ignored;
	int rc;

	if (cv->doc == NULL) {
		if (cv->env->engine == NULL)
			return 0;
		return engine_container_remove(cv->env->engine, converge_name(cv, cv->id),
		    err);
	}
	want = json_str_or(cv->doc, "_want", "running");
	if (strcmp(want, "terminated") == 0)
		return end(cv, err);
	if (strcmp(want, "stopped") == 0)
		return halt(cv, err);
	rc = run(cv, err);
	if (rc == 0)
		return instance_events_converge(cv, err);
	/* A launch that does not get on says so where users look. */
	if (rc < 0 && cv->doc != NULL && instance_state(cv->doc) == STATE_PENDING)
		converge_write(cv, write_trouble, err->msg, &ignored);
	return rc;
}
