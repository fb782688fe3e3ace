/*
 * RDS: the engine in its container: started, asked, told.
 */
#include <string.h>

#include "base/log.h"
#include "control/api/container.h"
#include "control/iam/ca.h"
#include "control/services/ec2/compute/instance_type.h"
#include "control/services/ec2/compute/workload.h"
#include "control/services/rds/converge.h"
#include "control/services/rds/engine.h"
#include "control/services/rds/rds.h"

enum { ASK_AGAIN_MS = 200, STOP_S = 30, EXEC_S = 30, SAID = 1 << 16 };

/* A container's share is its class's. */
static void
set_limits(struct converge *cv, struct workload *w)
{
	const char *class = json_str_or(cv->doc, "DBInstanceClass", "");
	const struct instance_type *t =
	    strlen(class) > 3 ? instance_type_find(cv->arena, class + 3) : NULL;

	if (t == NULL)
		return;
	w->vcpus = (int)t->vcpus;
	w->memory = (int64_t)t->memory_mib << 20;
}

int
rds_engine_do(struct converge *cv, const char *command, const char *const *env,
    const char **ret_said, struct err *err)
{
	const char *const argv[] = { "/bin/sh", "-c", command, NULL };
	const struct engine_exec x = { .argv = argv, .env = env, .timeout_s = EXEC_S };
	struct buf *said = buf_new(cv->arena, SAID);
	int rc = engine_exec(cv->env->engine, converge_name(cv, cv->id), &x, said, err);

	*ret_said = buf_text(said);
	return rc < 0 ? -1 : rc == 0;
}

int
rds_engine_run(struct converge *cv, const struct rds_engine *e, struct err *err)
{
	const char *const interfaces[] = { json_str_or(cv->doc, "_interface", ""), NULL };
	const struct workload_file files[] = {
		{ "tls.crt", json_str_or(cv->doc, "_cert", ""), 0644 },
		{ "tls.key", json_str_or(cv->doc, "_key", ""), 0600 },
		{ "ca.pem", cv->env->ca != NULL ? ca_certificate(cv->env->ca) : "",
		    0644 },
	};
	struct workload w = {
		.interfaces = interfaces,
		.env = rds_engine_environment(cv->arena, e, cv->doc),
		.mounts = json_own(cv->arena,
		    json_make("[{s:s, s:s, s:s}]", "Type", "volume", "Source",
			converge_name(cv, cv->id), "Target", e->volume_path)),
		.start = e->start,
		.files = files,
		.n_files = COUNT(files),
		.stop_s = STOP_S,
	};
	const char *said;
	json_t *container;
	int rc;

	w.image = container_image(cv, e->image, err);
	if (w.image == NULL)
		return -1;
	set_limits(cv, &w);
	rc = workload_run(cv, &w, &container, err);
	if (rc <= 0)
		return rc;
	rc = rds_engine_do(cv, e->probe, NULL, &said, err);
	if (rc == 0)
		cv->again_ms = ASK_AGAIN_MS;
	return rc;
}

/* Parameters */

struct setting {
	struct converge *cv;
	const struct rds_engine *e;
	json_t *set;
	size_t waiting, statics;
};

static int
tell(struct setting *s, const char *name, const char *value, struct err *err)
{
	const char *const env[] = {
		arena_printf(s->cv->arena, "SIMFRA_NAME=%s", name),
		arena_printf(s->cv->arena, "SIMFRA_VALUE=%s", value != NULL ? value : ""),
		NULL,
	};
	const char *said;
	int rc = rds_engine_do(s->cv, value != NULL ? s->e->set : s->e->unset, env, &said,
	    err);

	/* What this very engine does not know is said once and not tried for ever. */
	if (rc == 0)
		log_warn("rds", "%s: parameter %s=%s: %.200s", s->cv->id, name,
		    value != NULL ? value : "(default)", said);
	if (rc < 0)
		return -1;
	if (value != NULL)
		json_set_str(s->set, name, value);
	else
		json_del(s->set, name);
	s->statics += (size_t)rds_parameter_is_static(s->e->name, name);
	return 0;
}

int
rds_engine_set(struct converge *cv, const struct rds_engine *e, int all, json_t **ret_set,
    size_t *ret_waiting, size_t *ret_static, struct err *err)
{
	struct setting s = { .cv = cv, .e = e };
	const char *group =
	    json_str_or(json_array_get(json_get(cv->doc, "DBParameterGroups"), 0),
		"DBParameterGroupName", "");
	const json_t *row, *old;
	json_t *wanted;
	const char *name;

	if (rds_parameters_of(store_begin(cv->env->store, cv->arena), cv->arena,
		cv->scope, group, &wanted, err) < 0)
		return -1;
	s.set = json_own(cv->arena, json_copy_deep(json_get(cv->doc, "_set")));
	json_object_foreach(wanted, name, row) {
		const char *value = json_str_or(row, "value", "");

		if (strcmp(value, json_str_or(s.set, name, "\n")) == 0)
			continue;
		if (json_bool(row, "waits", 0) && !all)
			s.waiting++;
		else if (tell(&s, name, value, err) < 0)
			return -1;
	}
	json_object_foreach(json_get(cv->doc, "_set"), name, old) {
		if (json_get(wanted, name) != NULL)
			continue;
		if (rds_parameter_is_static(e->name, name) && !all)
			s.waiting++;
		else if (tell(&s, name, NULL, err) < 0)
			return -1;
	}
	*ret_set = s.set;
	*ret_waiting = s.waiting;
	*ret_static = s.statics;
	return 0;
}
