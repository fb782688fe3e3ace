/*
 * RDS: an instance's engine is made what the document wants.
 *
 *	wanted		what there is		becomes
 *	available	no data			a volume; of a snapshot: with its data
 *			no container, or ended	it runs
 *			it answers		told its roles, password, parameters; available
 *			asked to reboot		stopped, and run again
 *	stopped					the container ends; stopped
 *	deleted					after the last snapshot all of it goes
 */
#include "control/services/rds/converge.h"

#include <string.h>

#include "base/enc.h"
#include "control/services/ec2/compute/workload.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/data_copy.h"
#include "control/services/rds/engine.h"
#include "control/services/rds/rds.h"

enum { STOP_S = 30, WAIT_MS = 500, DEFER_MS = 1 };

static const struct err_kind no_source = { "SourceGone", 500 };
static const struct err_kind not_told = { "EngineRefused", 500 };

/* Available */

struct done {
	const char *id;
	const char *seen; /* the status as this pass began */
	json_t *set;
	size_t waiting;
};

static void
set_endpoint(struct call *c, json_t *doc)
{
	const char *name = json_str_or(doc, "DBInstanceIdentifier", "");

	json_set(doc, "Endpoint",
	    json_make("{s:s, s:I, s:s}", "Address", rds_address(c, name), "Port",
		(json_int_t)json_int(doc, "_port", 0), "HostedZoneId", "Z2R2ITUGPM61AM"));
}

/* What happened, by the status that is over. */
static void
note(struct call *c, const json_t *doc, const char *status)
{
	static const struct {
		const char *status, *category, *message;
	} notes[] = {
		{ "creating", "creation", "DB instance created" },
		{ "rebooting", "availability", "DB instance restarted" },
		{ "starting", "notification", "DB instance started" },
		{ "modifying", "configuration change",
		    "Finished applying modification to DB instance" },
	};

	for (size_t i = 0; i < COUNT(notes); i++) {
		if (strcmp(notes[i].status, status) == 0)
			rds_event(c, "db-instance", json_str(doc, "DBInstanceIdentifier"),
			    json_str(doc, "DBInstanceArn"), notes[i].category,
			    notes[i].message);
	}
}

static int
write_available(struct call *c, void *arg)
{
	const struct done *done = arg;
	const char *old, *apply = done->waiting > 0 ? "pending-reboot" : "in-sync";
	json_t *doc, *before, *row;
	int rc = store_edit(c->txn, c->scope, rds_instance.kind, done->id, &doc, &c->err);

	if (rc <= 0 || strcmp(json_str_or(doc, "_want", ""), "available") != 0)
		return rc < 0 ? -1 : 0;
	before = json_own(c->arena, json_copy_deep(doc));
	old = arena_strdup(c->arena, json_str_or(doc, "DBInstanceStatus", ""));
	/* Asked for something since: the next pass does it, and says so. */
	if (strcmp(old, done->seen) != 0)
		return 0;
	row = json_array_get(json_get(doc, "DBParameterGroups"), 0);
	json_set_str(row, "ParameterApplyStatus", apply);
	json_set_str(doc, "DBInstanceStatus", "available");
	json_del(doc, "StatusInfos");
	if (done->set != NULL)
		json_set(doc, "_set", json_copy_deep(done->set));
	set_endpoint(c, doc);
	if (json_get(doc, "InstanceCreateTime") == NULL)
		json_set(doc, "InstanceCreateTime", call_now(c));
	if (json_equal(before, doc))
		return 0;
	note(c, doc, old);
	resource_put(c, &rds_instance, doc);
	return 0;
}

static int
write_flag(struct converge *cv UNUSED, json_t *doc, void *arg)
{
	json_set_bool(doc, arg, 1);
	return 1;
}

static int
write_rebooted(struct converge *cv UNUSED, json_t *doc, void *arg)
{
	json_set(doc, "_set", json_copy_deep(arg));
	json_set_int(doc, "_rebooted", json_int(doc, "_reboots", 0));
	json_set_bool(doc, "_ready", 1);
	return 1;
}

static int
write_told(struct converge *cv UNUSED, json_t *doc, void *arg)
{
	json_set_str(doc, "_told", arg);
	return 1;
}

/* 1 it has its data, 0 not yet, -1. */
static int
fill(struct converge *cv, struct err *err)
{
	const char *from = json_str(cv->doc, "_from");
	struct data_copy copy = { .from_image = "localhost/simfra:none" };
	json_t *snapshot;
	char *path;
	int rc;

	if (json_bool(cv->doc, "_made", 0))
		return 1;
	if (data_need(cv, &path, err) < 0)
		return -1;
	if (from != NULL) {
		rc = store_get(store_begin(cv->env->store, cv->arena), cv->scope,
		    rds_snapshot.kind, from, &snapshot, err);
		if (rc <= 0)
			return rc < 0 ?
			    -1 :
			    err_set(err, &no_source, "snapshot %s is gone", from);
		copy.from_volume = converge_name(cv, from);
		rc = data_copy(cv, &copy, err);
		if (rc <= 0)
			return rc;
	}
	return converge_write(cv, write_flag, (char[]){ "_made" }, err) < 0 ? -1 : 1;
}

/* The engine's own command, which has to end well.  0 or -1. */
static int
tell(struct converge *cv, const char *command, const char *const *env, struct err *err)
{
	const char *said;
	int rc = rds_engine_do(cv, command, env, &said, err);

	return rc > 0 ? 0 :
	    rc < 0    ? -1 :
			err_set(err, &not_told, "%s: %.300s", cv->id, said);
}

static int
tell_password(struct converge *cv, const struct rds_engine *e, struct err *err)
{
	const char *password = json_str_or(cv->doc, "_password", "");
	const char *const env[] = {
		arena_printf(cv->arena, "SIMFRA_PASSWORD=%s", password), NULL
	};
	char sum[65];

	sha256_hex(password, strlen(password), sum);
	if (strcmp(json_str_or(cv->doc, "_told", ""), sum) == 0)
		return 0;
	if (tell(cv, e->tell, env, err) < 0)
		return -1;
	return converge_write(cv, write_told, sum, err);
}

/* Ended, so that the next pass starts it; what waited for that is in force then. */
static int
restart(struct converge *cv, json_t *set, struct err *err)
{
	if (workload_stop(cv, STOP_S, err) < 0)
		return -1;
	cv->again_ms = DEFER_MS;
	return converge_write(cv, write_rebooted, set, err);
}

static int
settle(struct converge *cv, const struct rds_engine *e, const char *seen, struct err *err)
{
	int is_fresh = !json_bool(cv->doc, "_ready", 0);
	int reboots =
	    json_int(cv->doc, "_reboots", 0) != json_int(cv->doc, "_rebooted", 0);
	struct done done = { .id = cv->id, .seen = seen };
	size_t statics;

	if (is_fresh && tell(cv, e->ready, NULL, err) < 0)
		return -1;
	if (tell_password(cv, e, err) < 0 ||
	    rds_engine_set(cv, e, is_fresh || reboots, &done.set, &done.waiting, &statics,
		err) < 0)
		return -1;
	if (reboots || (is_fresh && statics > 0))
		return restart(cv, done.set, err);
	if (is_fresh && converge_write(cv, write_flag, (char[]){ "_ready" }, err) < 0)
		return -1;
	return converge_transaction(cv, write_available, &done, err);
}

/* A snapshot holds it still while it is copied: 1, 0 none does, -1. */
static int
is_held(struct converge *cv, struct err *err)
{
	struct store_docs all;

	if (store_list(store_begin(cv->env->store, cv->arena), cv->scope,
		rds_snapshot.kind, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "Status", ""), "creating") == 0 &&
		    strcmp(json_str_or(all.doc[i], "_source", ""), cv->id) == 0)
			return 1;
	}
	return 0;
}

/* 1 it is not paused, 0 it is for a reason, -1. */
static int
go_on(struct converge *cv, struct err *err)
{
	const char *name = converge_name(cv, cv->id);
	json_t *container;
	int rc =
	    engine_container_inspect(cv->env->engine, cv->arena, name, &container, err);

	if (rc < 0)
		return -1;
	if (rc == 0 || !json_is_true(json_path(container, "State.Paused")))
		return 1;
	rc = is_held(cv, err);
	if (rc != 0) {
		cv->again_ms = WAIT_MS;
		return rc < 0 ? -1 : 0;
	}
	return engine_container_pause(cv->env->engine, name, 0, err) < 0 ? -1 : 1;
}

static int
run(struct converge *cv, struct err *err)
{
	const struct rds_engine *e = rds_engine_find(json_str_or(cv->doc, "Engine", ""));
	const char *seen =
	    arena_strdup(cv->arena, json_str_or(cv->doc, "DBInstanceStatus", ""));
	int rc = fill(cv, err);

	if (rc == 0)
		cv->again_ms = WAIT_MS;
	if (rc <= 0)
		return rc;
	rc = go_on(cv, err);
	if (rc <= 0)
		return rc;
	rc = rds_engine_run(cv, e, err);
	/* One that does not answer is rebooted all the same. */
	if (rc == 0 && json_bool(cv->doc, "_ready", 0) &&
	    json_int(cv->doc, "_reboots", 0) != json_int(cv->doc, "_rebooted", 0))
		return restart(cv, json_get(cv->doc, "_set"), err);
	return rc <= 0 ? rc : settle(cv, e, seen, err);
}

/* Stopped */

static int
write_stopped(struct call *c, void *arg)
{
	json_t *doc;
	int rc = store_edit(c->txn, c->scope, rds_instance.kind, arg, &doc, &c->err);

	if (rc <= 0 || strcmp(json_str_or(doc, "DBInstanceStatus", ""), "stopped") == 0)
		return rc < 0 ? -1 : 0;
	json_set_str(doc, "DBInstanceStatus", "stopped");
	rds_event(c, "db-instance", json_str(doc, "DBInstanceIdentifier"),
	    json_str(doc, "DBInstanceArn"), "notification", "DB instance stopped");
	resource_put(c, &rds_instance, doc);
	return 0;
}

static int
halt(struct converge *cv, struct err *err)
{
	int rc;

	if (cv->env->engine != NULL) {
		rc = go_on(cv, err);
		if (rc <= 0)
			return rc;
		if (workload_stop(cv, STOP_S, err) < 0)
			return -1;
	}
	return converge_transaction(cv, write_stopped, arena_strdup(cv->arena, cv->id),
	    err);
}

/* Deleted */

static int
write_gone(struct call *c, void *arg)
{
	json_t *doc;
	int rc = store_edit(c->txn, c->scope, rds_instance.kind, arg, &doc, &c->err);

	if (rc <= 0)
		return rc;
	if (rds_set_public(c, doc, 0) < 0 ||
	    ec2_interface_drop(c, json_str_or(doc, "_interface", "")) < 0)
		return -1;
	rds_event(c, "db-instance", json_str(doc, "DBInstanceIdentifier"),
	    json_str(doc, "DBInstanceArn"), "deletion", "DB instance deleted");
	resource_delete_doc(c, &rds_instance, arg);
	return 0;
}

static int
end(struct converge *cv, struct err *err)
{
	int rc;

	if (cv->env->engine != NULL) {
		rc = is_held(cv, err);
		if (rc != 0) {
			cv->again_ms = WAIT_MS;
			return rc < 0 ? -1 : 0;
		}
		if (workload_remove(cv, err) < 0 || data_remove(cv, err) < 0)
			return -1;
	}
	return converge_transaction(cv, write_gone, arena_strdup(cv->arena, cv->id), err);
}

/* One that does not get on says so where users look. */
static int
write_trouble(struct converge *cv UNUSED, json_t *doc, void *arg)
{
	const json_t *old = json_array_get(json_get(doc, "StatusInfos"), 0);

	if (strcmp(json_str_or(old, "Message", ""), arg) == 0 ||
	    strcmp(json_str_or(doc, "DBInstanceStatus", ""), "available") == 0)
		return 0;
	json_set(doc, "StatusInfos",
	    json_make("[{s:s, s:b, s:s, s:s}]", "StatusType", "engine", "Normal", 0,
		"Status", "error", "Message", (const char *)arg));
	return 1;
}

int
rds_instance_converge(struct converge *cv, struct err *err)
{
	const char *want;
	struct done none = { .id = cv->id };
	struct err ignored;

	if (cv->doc == NULL)
		return cv->env->engine == NULL ||
			(workload_remove(cv, err) == 0 && data_remove(cv, err) == 0) ?
		    0 :
		    -1;
	want = json_str_or(cv->doc, "_want", "");
	if (strcmp(want, "deleted") == 0)
		return end(cv, err);
	if (strcmp(want, "stopped") == 0)
		return halt(cv, err);
	if (cv->env->engine == NULL) {
		none.seen = json_str_or(cv->doc, "DBInstanceStatus", "");
		return converge_transaction(cv, write_available, &none, err);
	}
	if (run(cv, err) == 0)
		return 0;
	if (cv->doc != NULL)
		converge_write(cv, write_trouble, arena_strdup(cv->arena, err->msg),
		    &ignored);
	return -1;
}

/* Whom it concerns */

static int
wake_all(struct converge *cv, const char *path, const char *value, struct err *err)
{
	struct store_docs all;

	if (store_list(store_begin(cv->env->store, cv->arena), cv->scope,
		rds_instance.kind, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const json_t *doc = all.doc[i], *row;

		row = json_array_get(json_get(doc, "DBParameterGroups"), 0);
		if (strcmp(json_str_or(path[0] == '_' ? doc : row, path, ""), value) == 0)
			cv->wake(cv, cv->scope, rds_instance.kind,
			    resource_id(&rds_instance, doc));
	}
	return 0;
}

int
rds_parameters_changed(struct converge *cv, struct err *err)
{
	return wake_all(cv, "DBParameterGroupName", cv->id, err);
}

int
rds_snapshot_changed(struct converge *cv, struct err *err)
{
	if (cv->doc == NULL)
		return 0;
	cv->wake(cv, cv->scope, rds_instance.kind, json_str_or(cv->doc, "_source", ""));
	return wake_all(cv, "_from", cv->id, err);
}
