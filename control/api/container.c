#include "control/api/container.h"

#include <string.h>

#include "base/enc.h"
#include "base/log.h"
#include "control/engine/labels.h"
#include "control/engine/tar.h"

char *
container_image(struct converge *cv, enum image_id id, struct err *err)
{
	char *ref;

	return image_ref_of(cv->arena, cv->env->images, id, &ref, err) < 0 ? NULL : ref;
}

int
container_need_image(struct converge *cv, const char *ref, json_t **ret, struct err *err)
{
	int rc = engine_image_inspect(cv->env->engine, cv->arena, ref, ret, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	log_info("engine", "pulling %s", ref);
	if (engine_image_pull(cv->env->engine, ref, NULL, NULL, err) < 0)
		return err_wrap(err, "pull %s", ref);
	rc = engine_image_inspect(cv->env->engine, cv->arena, ref, ret, err);
	if (rc == 0)
		return err_set(err, &engine_not_found, "%s is not there after its pull",
		    ref);
	return rc < 0 ? -1 : 0;
}

/* The spec as Docker takes it, with our labels, its hash among them. */
static json_t *
full_config(struct converge *cv, const struct container_spec *spec, char hash[65])
{
	json_t *config = json_own(cv->arena, json_copy_shallow(spec->config));
	json_t *labels = converge_labels(cv);
	struct buf text;

	json_set_str(config, "Image", spec->image);
	json_set(config, "Labels", labels);
	buf_init(&text, 0);
	json_write(config, &text);
	if (spec->files != NULL)
		buf_add(&text, spec->files->out.data, spec->files->out.len);
	sha256_hex(text.data, text.len, hash);
	buf_done(&text);
	json_set_str(labels, LABEL_SPEC, hash);
	return config;
}

static int
create(struct converge *cv, const struct container_spec *spec, const json_t *config,
    struct err *err)
{
	struct engine *e = cv->env->engine;
	json_t *image;

	if (container_need_image(cv, spec->image, &image, err) < 0)
		return -1;
	if (engine_container_create(e, spec->name, config, err) < 0)
		return err_wrap(err, "create container");
	if (spec->files == NULL)
		return 0;
	if (engine_archive_put(e, spec->name, "/", spec->files->out.data,
		spec->files->out.len, err) < 0) {
		struct err ignored;

		/* Half made is not made: the next pass begins afresh. */
		engine_container_remove(e, spec->name, &ignored);
		return err_wrap(err, "put files");
	}
	return 0;
}

int
container_create(struct converge *cv, const struct container_spec *spec, struct err *err)
{
	char hash[65];
	json_t *config = full_config(cv, spec, hash), *old;
	int rc =
	    engine_container_inspect(cv->env->engine, cv->arena, spec->name, &old, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	return create(cv, spec, config, err) < 0 ? -1 : 1;
}

/* 1 it is there and right, 0 it is not there (any more), -1. */
static int
keep_if_right(struct converge *cv, const struct container_spec *spec, const char *hash,
    json_t **ret, struct err *err)
{
	struct engine *e = cv->env->engine;
	int rc = engine_container_inspect(e, cv->arena, spec->name, ret, err);

	if (rc <= 0)
		return rc;
	if (strcmp(json_str_or(json_path(*ret, "Config.Labels"), LABEL_SPEC, ""), hash) ==
	    0)
		return 1;
	log_info("engine", "%s is of an older spec: replacing it", spec->name);
	return engine_container_remove(e, spec->name, err) < 0 ? -1 : 0;
}

int
container_run(struct converge *cv, const struct container_spec *spec, json_t **ret,
    struct err *err)
{
	struct engine *e = cv->env->engine;
	char hash[65];
	json_t *config = full_config(cv, spec, hash);
	int rc = keep_if_right(cv, spec, hash, ret, err);

	if (rc < 0 || (rc == 0 && create(cv, spec, config, err) < 0))
		return -1;
	if (rc > 0 && json_is_true(json_path(*ret, "State.Running")))
		return 0;
	if (engine_container_start(e, spec->name, err) < 0)
		return err_wrap(err, "start container");
	rc = engine_container_inspect(e, cv->arena, spec->name, ret, err);
	if (rc == 0)
		return err_set(err, &engine_not_found, "%s is gone after its start",
		    spec->name);
	return rc < 0 ? -1 : 0;
}

const char *
container_address(const json_t *inspection, const char *network)
{
	const json_t *networks = json_path(inspection, "NetworkSettings.Networks");
	const char *address = json_str(json_get(networks, network), "IPAddress");

	return address != NULL && address[0] != '\0' ? address : NULL;
}
