#include "control/engine/engine.h"

const struct err_kind engine_not_found = { "EngineNotFound", 404 };
const struct err_kind engine_conflict = { "EngineConflict", 409 };
const struct err_kind engine_refused = { "EngineRefused", 400 };
const struct err_kind engine_failed = { "EngineFailed", 500 };
const struct err_kind engine_unreachable = { "EngineUnreachable", 503 };

void
engine_close(struct engine *e)
{
	if (e != NULL)
		e->ops->close(e);
}

int
engine_version(struct engine *e, struct arena *a, json_t **ret, struct err *err)
{
	return e->ops->version(e, a, ret, err);
}

int
engine_info(struct engine *e, struct arena *a, json_t **ret, struct err *err)
{
	return e->ops->info(e, a, ret, err);
}

int
engine_container_create(struct engine *e, const char *name, const json_t *config,
    struct err *err)
{
	return e->ops->container_create(e, name, config, err);
}

int
engine_container_start(struct engine *e, const char *name, struct err *err)
{
	return e->ops->container_start(e, name, err);
}

int
engine_container_stop(struct engine *e, const char *name, int timeout_s, struct err *err)
{
	return e->ops->container_stop(e, name, timeout_s, err);
}

int
engine_container_remove(struct engine *e, const char *name, struct err *err)
{
	return e->ops->container_remove(e, name, err);
}

int
engine_container_kill(struct engine *e, const char *name, const char *signal,
    struct err *err)
{
	return e->ops->container_kill(e, name, signal, err);
}

int
engine_container_pause(struct engine *e, const char *name, int on, struct err *err)
{
	return e->ops->container_pause(e, name, on, err);
}

int
engine_container_update(struct engine *e, const char *name, const json_t *limits,
    struct err *err)
{
	return e->ops->container_update(e, name, limits, err);
}

int
engine_container_inspect(struct engine *e, struct arena *a, const char *name,
    json_t **ret, struct err *err)
{
	return e->ops->container_inspect(e, a, name, ret, err);
}

int
engine_container_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err)
{
	return e->ops->container_list(e, a, label, ret, err);
}

int
engine_archive_put(struct engine *e, const char *name, const char *dir, const void *tar,
    size_t len, struct err *err)
{
	return e->ops->archive_put(e, name, dir, tar, len, err);
}

int
engine_logs(struct engine *e, const char *name, size_t tail_bytes, struct buf *ret,
    struct err *err)
{
	return e->ops->logs(e, name, tail_bytes, ret, err);
}

int
engine_exec(struct engine *e, const char *name, const struct engine_exec *x,
    struct buf *ret, struct err *err)
{
	return e->ops->exec(e, name, x, ret, err);
}

int
engine_container_commit(struct engine *e, const char *name, const char *ref,
    const json_t *config, struct err *err)
{
	return e->ops->container_commit(e, name, ref, config, err);
}

int
engine_volume_create(struct engine *e, const json_t *config, struct err *err)
{
	return e->ops->volume_create(e, config, err);
}

int
engine_volume_inspect(struct engine *e, struct arena *a, const char *name, json_t **ret,
    struct err *err)
{
	return e->ops->volume_inspect(e, a, name, ret, err);
}

int
engine_volume_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err)
{
	return e->ops->volume_list(e, a, label, ret, err);
}

int
engine_volume_remove(struct engine *e, const char *name, struct err *err)
{
	return e->ops->volume_remove(e, name, err);
}

int
engine_network_create(struct engine *e, const json_t *config, struct err *err)
{
	return e->ops->network_create(e, config, err);
}

int
engine_network_inspect(struct engine *e, struct arena *a, const char *name, json_t **ret,
    struct err *err)
{
	return e->ops->network_inspect(e, a, name, ret, err);
}

int
engine_network_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err)
{
	return e->ops->network_list(e, a, label, ret, err);
}

int
engine_network_connect(struct engine *e, const char *network, const char *container,
    const json_t *endpoint, struct err *err)
{
	return e->ops->network_connect(e, network, container, endpoint, err);
}

int
engine_network_disconnect(struct engine *e, const char *network, const char *container,
    struct err *err)
{
	return e->ops->network_disconnect(e, network, container, err);
}

int
engine_network_remove(struct engine *e, const char *name, struct err *err)
{
	return e->ops->network_remove(e, name, err);
}

int
engine_image_inspect(struct engine *e, struct arena *a, const char *ref, json_t **ret,
    struct err *err)
{
	return e->ops->image_inspect(e, a, ref, ret, err);
}

int
engine_image_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err)
{
	return e->ops->image_list(e, a, label, ret, err);
}

int
engine_image_pull(struct engine *e, const char *ref, engine_progress_fn *fn, void *arg,
    struct err *err)
{
	return e->ops->image_pull(e, ref, fn, arg, err);
}

int
engine_image_push(struct engine *e, const char *ref, engine_progress_fn *fn, void *arg,
    struct err *err)
{
	return e->ops->image_push(e, ref, fn, arg, err);
}

int
engine_image_tag(struct engine *e, const char *ref, const char *to, struct err *err)
{
	return e->ops->image_tag(e, ref, to, err);
}

int
engine_image_remove(struct engine *e, const char *ref, struct err *err)
{
	return e->ops->image_remove(e, ref, err);
}

int
engine_image_save(struct engine *e, const char *const *refs, size_t n, int fd,
    struct err *err)
{
	return e->ops->image_save(e, refs, n, fd, err);
}

int
engine_image_load(struct engine *e, int fd, engine_progress_fn *fn, void *arg,
    struct err *err)
{
	return e->ops->image_load(e, fd, fn, arg, err);
}

int
engine_events(struct engine *e, const char *label, engine_event_fn *fn, void *arg,
    int (*is_over)(void *arg), struct err *err)
{
	return e->ops->events(e, label, fn, arg, is_over, err);
}
