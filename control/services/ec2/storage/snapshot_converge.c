/*
 * EC2: a snapshot gets its data: what the volume has, what the instance's root has, or what
 * another snapshot has.
 */
#include <string.h>

#include "control/api/container.h"
#include "control/api/converge.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/data_copy.h"
#include "control/services/ec2/storage/snapshot.h"
#include "control/services/ec2/storage/snapshot_make.h"
#include "control/services/ec2/storage/volume.h"

enum { WAIT_MS = 1000, STOP_TIMEOUT_S = 10 };

static const struct err_kind source_gone = { "SourceGone", 500 };

/* A volume is being made of it: 1, 0, -1. */
static int
is_being_restored(struct converge *cv, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	struct store_docs all;

	if (store_list(t, cv->scope, ec2_volume.kind, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (!json_bool(all.doc[i], "_made", 0) &&
		    strcmp(json_str_or(all.doc[i], "SnapshotId", ""), cv->id) == 0)
			return 1;
	}
	return 0;
}

/* The Docker image of a root volume stays as long as a container is of it. */
static int
remove_image(struct converge *cv, struct err *err)
{
	struct err bad;

	if (engine_image_remove(cv->env->engine, data_snapshot_image(cv->arena, cv->id),
		&bad) == 0)
		return 0;
	if (bad.kind != &engine_conflict) {
		*err = bad;
		return -1;
	}
	cv->again_ms = 60 * WAIT_MS;
	return 0;
}

static int
remove_snapshot(struct converge *cv, struct err *err)
{
	int rc;

	if (cv->env->engine == NULL)
		return 0;
	rc = is_being_restored(cv, err);
	if (rc < 0)
		return -1;
	if (rc > 0) {
		cv->again_ms = WAIT_MS;
		return 0;
	}
	return data_remove(cv, err) < 0 ? -1 : remove_image(cv, err);
}

/* Only labels differ: the image is found, and cleaned up, as this snapshot's. */
static int
commit(struct converge *cv, const char *container, struct err *err)
{
	json_t *config = json_own(cv->arena, json_new_object());

	json_set(config, "Labels", converge_labels(cv));
	return engine_container_commit(cv->env->engine, container,
		   data_snapshot_image(cv->arena, cv->id), config, err) < 0 ?
	    err_wrap(err, "commit container") :
	    0;
}

/* The instance's own converge() starts it again, if it comes first. */
static int
commit_instance(struct converge *cv, struct err *err)
{
	const char *name = converge_name(cv, json_str_or(cv->doc, "_instance", ""));
	struct engine *e = cv->env->engine;
	json_t *container;
	int rc = engine_container_inspect(e, cv->arena, name, &container, err), reboots;

	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(err, &source_gone, "%s is gone", name);
	reboots = json_bool(cv->doc, "_reboot", 0) &&
	    json_is_true(json_path(container, "State.Running"));
	if (reboots && engine_container_stop(e, name, STOP_TIMEOUT_S, err) < 0)
		return err_wrap(err, "stop container");
	if (commit(cv, name, err) < 0)
		return -1;
	return reboots && engine_container_start(e, name, err) < 0 ? -1 : 1;
}

/* An image under another name has the labels of the first: so by way of a container. */
static int
copy_image(struct converge *cv, const char *from, struct err *err)
{
	struct container_spec spec = {
		.name = arena_printf(cv->arena, "%s-copy", converge_name(cv, cv->id)),
		.image = data_snapshot_image(cv->arena, from),
		.config = json_own(cv->arena,
		    json_make("{s:{s:s}}", "HostConfig", "NetworkMode", "none")),
	};

	if (container_create(cv, &spec, err) < 0 || commit(cv, spec.name, err) < 0 ||
	    engine_container_remove(cv->env->engine, spec.name, err) < 0)
		return -1;
	return 1;
}

/* The other snapshot is complete: 1, 0 not yet, -1. */
static int
source_is_ready(struct converge *cv, const json_t *from, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	json_t *source;
	int rc = store_get(t, json_str_or(from, "scope", ""), ec2_snapshot.kind,
	    json_str_or(from, "id", ""), &source, err);

	if (rc == 0)
		return err_set(err, &source_gone, "snapshot %s is gone",
		    json_str_or(from, "id", ""));
	if (rc > 0 && strcmp(json_str_or(source, "State", ""), "completed") != 0) {
		cv->again_ms = WAIT_MS;
		return 0;
	}
	return rc;
}

/* 1 it has all, 0 not yet, -1. */
static int
take_data(struct converge *cv, struct err *err)
{
	const json_t *from = json_get(cv->doc, "_from");
	const char *source = json_str_or(cv->doc, "VolumeId", "");
	int is_image = json_get(cv->doc, "_image") != NULL, rc;
	struct data_copy copy = { .from_image = NULL };
	char *path;

	if (from != NULL) {
		rc = source_is_ready(cv, from, err);
		if (rc <= 0)
			return rc;
		source = json_str_or(from, "id", "");
	}
	if (cv->env->engine == NULL)
		return 1;
	if (is_image)
		return from != NULL ? copy_image(cv, source, err) :
				      commit_instance(cv, err);
	copy.from_volume = converge_name(cv, source);
	return data_need(cv, &path, err) < 0 ? -1 : data_copy(cv, &copy, err);
}

static int
write_end(struct converge *cv, json_t *doc, void *arg)
{
	const struct err *bad = arg;

	if (strcmp(json_str_or(doc, "State", ""), "pending") != 0)
		return 0;
	json_set_str(doc, "State", bad != NULL ? "error" : "completed");
	if (bad != NULL) {
		json_set_str(doc, "StateMessage", bad->msg);
		return 1;
	}
	json_set_str(doc, "Progress", "100%");
	json_set(doc, "CompletionTime", json_new_num((double)cv->now_ms / 1000.0));
	return 1;
}

int
snapshot_converge(struct converge *cv, struct err *err)
{
	struct err bad;
	int rc;

	if (cv->doc == NULL)
		return remove_snapshot(cv, err);
	if (strcmp(json_str_or(cv->doc, "State", ""), "pending") != 0)
		return 0;
	rc = take_data(cv, &bad);
	if (rc == 0)
		return 0;
	if (rc > 0)
		return converge_write(cv, write_end, NULL, err);
	if (bad.kind == &source_gone)
		return converge_write(cv, write_end, &bad, err);
	*err = bad;
	return -1;
}
