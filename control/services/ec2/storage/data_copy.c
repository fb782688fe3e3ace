#include "control/services/ec2/storage/data_copy.h"

#include <string.h>

#include "control/api/container.h"
#include "control/engine/tar.h"

/* A host that no registry has: it is never pulled. */
#define IMAGE_PREFIX "localhost/simfra:"

static const struct err_kind no_init = { "NoInit", 500 };
static const struct err_kind not_copied = { "NotCopied", 500 };

int
data_need(struct converge *cv, char **ret_path, struct err *err)
{
	const char *name = converge_name(cv, cv->id);
	json_t *config = json_own(cv->arena, json_new_object()), *volume;
	int rc;

	json_set_str(config, "Name", name);
	json_set_str(config, "Driver", "local");
	json_set(config, "Labels", converge_labels(cv));
	if (engine_volume_create(cv->env->engine, config, err) < 0)
		return err_wrap(err, "create volume");
	rc = engine_volume_inspect(cv->env->engine, cv->arena, name, &volume, err);
	if (rc == 0)
		return err_set(err, &engine_not_found, "volume %s is gone", name);
	if (rc < 0)
		return -1;
	*ret_path = arena_strdup(cv->arena, json_str_or(volume, "Mountpoint", ""));
	return 0;
}

char *
data_snapshot_image(struct arena *a, const char *snapshot)
{
	return arena_printf(a, IMAGE_PREFIX "%s", snapshot);
}

int
data_is_snapshot(const char *image)
{
	return strncmp(image, IMAGE_PREFIX, strlen(IMAGE_PREFIX)) == 0;
}

static char *
helper_name(struct converge *cv)
{
	return arena_printf(cv->arena, "%s-copy", converge_name(cv, cv->id));
}

/* Files of any owner and kind, and nothing but them. */
static json_t *
helper_config(struct converge *cv, const char *from, const char *source)
{
	json_t *config = json_own(cv->arena, json_new_object()), *host;

	json_set(config, "Entrypoint", json_make("[s]", "/.simfra/copy"));
	json_set(config, "Cmd", json_make("[s, s]", from, "/.simfra/to"));
	json_set_str(config, "User", "0");
	host = json_need_object(config, "HostConfig");
	json_set_str(host, "NetworkMode", "none");
	json_set(host, "CapDrop", json_make("[s]", "ALL"));
	json_set(host, "CapAdd",
	    json_make("[s, s, s, s, s, s]", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID",
		"MKNOD", "SETFCAP"));
	json_set(host, "SecurityOpt", json_make("[s]", "no-new-privileges"));
	json_set(host, "Binds",
	    json_make("[o]", json_new_fmt("%s:/.simfra/to", converge_name(cv, cv->id))));
	if (source != NULL)
		json_add(json_get(host, "Binds"), json_new_fmt("%s:%s:ro", source, from));
	json_set(host, "LogConfig",
	    json_make("{s:s, s:{s:s}}", "Type", "json-file", "Config", "max-size", "1m"));
	return config;
}

static int
need_source(struct converge *cv, const char *volume, struct err *err)
{
	json_t *found;
	int rc = engine_volume_inspect(cv->env->engine, cv->arena, volume, &found, err);

	return rc == 0 ? err_set(err, &not_copied, "there is no data of %s", volume) :
	    rc < 0     ? -1 :
			 0;
}

static int
start_helper(struct converge *cv, const char *name, const struct data_copy *copy,
    struct err *err)
{
	struct container_spec spec = { .name = name };
	json_t *image;
	struct tar tar;
	int rc;

	if (cv->env->init == NULL)
		return err_set(err, &no_init,
		    "simfra-init is not beside simfra, nor in SIMFRA_LIB");
	rc = copy->from_image == NULL ? 0 :
					engine_image_inspect(cv->env->engine, cv->arena,
					    copy->from_image, &image, err);
	/* Docker would make the volume that is not there, and copy nothing. */
	if (rc < 0 || (rc == 0 && need_source(cv, copy->from_volume, err) < 0))
		return -1;
	spec.image = rc > 0 ? copy->from_image : container_image(cv, IMAGE_NETD, err);
	if (spec.image == NULL)
		return -1;
	spec.config = helper_config(cv, rc > 0 ? "/" : "/.simfra/from",
	    rc > 0 ? NULL : copy->from_volume);
	tar_init(&tar, 0);
	tar_add_dir(&tar, ".simfra", 0755, 0, 0);
	tar_add_file(&tar, ".simfra/copy", 0755, 0, 0, cv->env->init, cv->env->init_len);
	spec.files = &tar;
	rc = tar_finish(&tar, err) < 0 || container_create(cv, &spec, err) < 0 ? -1 : 0;
	tar_done(&tar);
	if (rc < 0)
		return -1;
	return engine_container_start(cv->env->engine, name, err) < 0 ?
	    err_wrap(err, "start the copy") :
	    0;
}

/* It ended: 1 well, -1 not, *err has its words. */
static int
finish_helper(struct converge *cv, const char *name, const json_t *state, struct err *err)
{
	int64_t code = json_int(state, "ExitCode", -1);
	struct buf *said = buf_new(cv->arena, 4096);
	struct err ignored;

	if (code != 0)
		engine_logs(cv->env->engine, name, 200, said, &ignored);
	if (engine_container_remove(cv->env->engine, name, err) < 0)
		return -1;
	return code == 0 ? 1 :
			   err_set(err, &not_copied, "the copy failed (%lld): %s",
			       (long long)code, buf_text(said));
}

int
data_copy(struct converge *cv, const struct data_copy *copy, struct err *err)
{
	const char *name = helper_name(cv);
	const json_t *state;
	json_t *helper;
	int rc = engine_container_inspect(cv->env->engine, cv->arena, name, &helper, err);

	if (rc < 0)
		return -1;
	state = json_get(helper, "State");
	if (rc > 0 && json_bool(state, "Running", 0))
		return 0;
	if (rc > 0 && strcmp(json_str_or(state, "Status", ""), "created") != 0)
		return finish_helper(cv, name, state, err);
	/* Never started, so perhaps without its program. */
	if (rc > 0 && engine_container_remove(cv->env->engine, name, err) < 0)
		return -1;
	return start_helper(cv, name, copy, err);
}

int
data_remove(struct converge *cv, struct err *err)
{
	return engine_container_remove(cv->env->engine, helper_name(cv), err) < 0 ||
		engine_volume_remove(cv->env->engine, converge_name(cv, cv->id), err) <
		    0 ?
	    -1 :
	    0;
}
