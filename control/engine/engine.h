/*
 * The container engine: Docker's, over its unix socket, or a fake in tests.
 *
 * Configurations and answers are the Docker Engine API's own JSON (v1.41),
 * so that nothing is said twice: `config` of engine_container_create() is the
 * body of POST /containers/create.  Containers, networks and volumes are named by us and
 * found by name or by label; see engine/labels.h.
 *
 * Every call may block for as long as the engine takes (time-outs are inside)
 * and may be made from any thread.  *ret trees belong to the arena.
 */
#ifndef CONTROL_ENGINE_ENGINE_H
#define CONTROL_ENGINE_ENGINE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

extern const struct err_kind engine_not_found; /* no such container, network, image */
extern const struct err_kind engine_conflict;  /* the name is taken, or it is in use */
extern const struct err_kind engine_refused; /* the engine's own 4xx: msg has its words */
extern const struct err_kind engine_failed;  /* its own 5xx: msg has its words */
extern const struct err_kind engine_unreachable; /* no daemon answers */

struct engine;

/*
 * type "container"|"network"|"image"|"daemon"; action as Docker says ("die", "destroy"); attributes
 * has a container's labels.  A network's do not; "connect" and "disconnect" have "container" (its id).
 */
struct engine_event {
	const char *type, *action, *id;
	const json_t *attributes;
	int64_t time_ns;
};
typedef void engine_event_fn(void *arg, const struct engine_event *event);
typedef void engine_progress_fn(void *arg, const char *line);

/* A command in a running container. */
struct engine_exec {
	const char *const *argv; /* ends with NULL */
	const char *const *env;	 /* more of it, "NAME=value"; ends with NULL; or NULL */
	const char *user;	 /* NULL: the container's */
	int timeout_s;		 /* of silence; 0: 60.  It goes on in the container. */
};

struct engine_ops {
	int (*version)(struct engine *e, struct arena *a, json_t **ret, struct err *err);
	int (*info)(struct engine *e, struct arena *a, json_t **ret, struct err *err);

	int (*container_create)(struct engine *e, const char *name, const json_t *config,
	    struct err *err);
	int (*container_start)(struct engine *e, const char *name, struct err *err);
	int (*container_stop)(struct engine *e, const char *name, int timeout_s,
	    struct err *err);
	int (*container_kill)(struct engine *e, const char *name, const char *signal,
	    struct err *err);
	int (*container_pause)(struct engine *e, const char *name, int on,
	    struct err *err);
	int (*container_update)(struct engine *e, const char *name, const json_t *limits,
	    struct err *err);
	int (*container_remove)(struct engine *e, const char *name, struct err *err);
	int (*container_inspect)(struct engine *e, struct arena *a, const char *name,
	    json_t **ret, struct err *err);
	int (*container_list)(struct engine *e, struct arena *a, const char *label,
	    json_t **ret, struct err *err);
	int (*archive_put)(struct engine *e, const char *name, const char *dir,
	    const void *tar, size_t len, struct err *err);
	int (*logs)(struct engine *e, const char *name, size_t tail_bytes,
	    struct buf *ret, struct err *err);

	int (*exec)(struct engine *e, const char *name, const struct engine_exec *x,
	    struct buf *ret, struct err *err);
	int (*container_commit)(struct engine *e, const char *name, const char *ref,
	    const json_t *config, struct err *err);

	int (*volume_create)(struct engine *e, const json_t *config, struct err *err);
	int (*volume_inspect)(struct engine *e, struct arena *a, const char *name,
	    json_t **ret, struct err *err);
	int (*volume_list)(struct engine *e, struct arena *a, const char *label,
	    json_t **ret, struct err *err);
	int (*volume_remove)(struct engine *e, const char *name, struct err *err);

	int (*network_create)(struct engine *e, const json_t *config, struct err *err);
	int (*network_inspect)(struct engine *e, struct arena *a, const char *name,
	    json_t **ret, struct err *err);
	int (*network_list)(struct engine *e, struct arena *a, const char *label,
	    json_t **ret, struct err *err);
	int (*network_connect)(struct engine *e, const char *network,
	    const char *container, const json_t *endpoint, struct err *err);
	int (*network_disconnect)(struct engine *e, const char *network,
	    const char *container, struct err *err);
	int (*network_remove)(struct engine *e, const char *name, struct err *err);

	int (*image_inspect)(struct engine *e, struct arena *a, const char *ref,
	    json_t **ret, struct err *err);
	int (*image_list)(struct engine *e, struct arena *a, const char *label,
	    json_t **ret, struct err *err);
	int (*image_pull)(struct engine *e, const char *ref, engine_progress_fn *fn,
	    void *arg, struct err *err);
	int (*image_push)(struct engine *e, const char *ref, engine_progress_fn *fn,
	    void *arg, struct err *err);
	int (*image_tag)(struct engine *e, const char *ref, const char *to,
	    struct err *err);
	int (*image_remove)(struct engine *e, const char *ref, struct err *err);
	int (*image_save)(struct engine *e, const char *const *refs, size_t n, int fd,
	    struct err *err);
	int (*image_load)(struct engine *e, int fd, engine_progress_fn *fn, void *arg,
	    struct err *err);

	int (*events)(struct engine *e, const char *label, engine_event_fn *fn, void *arg,
	    int (*is_over)(void *arg), struct err *err);
	void (*close)(struct engine *e);
};

/* First member of each implementation. */
struct engine {
	const struct engine_ops *ops;
};

/*
 * Docker at a unix socket; path NULL: DOCKER_HOST if it is unix://, else
 * /var/run/docker.sock.  Does not connect.
 */
struct engine *engine_open_docker(const char *path);
void engine_close(struct engine *e);

int engine_version(struct engine *e, struct arena *a, json_t **ret, struct err *err);
int engine_info(struct engine *e, struct arena *a, json_t **ret, struct err *err);

/* The image must be there.  A taken name is engine_conflict. */
int engine_container_create(struct engine *e, const char *name, const json_t *config,
    struct err *err);

/* Already running, already stopped, already gone: 0, all three. */
int engine_container_start(struct engine *e, const char *name, struct err *err);
int engine_container_stop(struct engine *e, const char *name, int timeout_s,
    struct err *err);
int engine_container_remove(struct engine *e, const char *name, struct err *err);

int engine_container_kill(struct engine *e, const char *name, const char *signal,
    struct err *err);

/* All its processes stand still (on), or go on.  0, also when it is so; or -1. */
int engine_container_pause(struct engine *e, const char *name, int on, struct err *err);

/* Other limits for the same container; limits is the body of POST /containers/{id}/update. */
int engine_container_update(struct engine *e, const char *name, const json_t *limits,
    struct err *err);

/* 1 and the inspection, 0 there is none, -1. */
int engine_container_inspect(struct engine *e, struct arena *a, const char *name,
    json_t **ret, struct err *err);

/* All with the label ("key" or "key=value"; NULL: any), stopped ones too: an array, as Docker lists them. */
int engine_container_list(struct engine *e, struct arena *a, const char *label,
    json_t **ret, struct err *err);

/* Unpack a tar in the container, created or running, under dir ("/"). */
int engine_archive_put(struct engine *e, const char *name, const char *dir,
    const void *tar, size_t len, struct err *err);

/* The end of what it wrote to stdout and stderr, in order, unframed. */
int engine_logs(struct engine *e, const char *name, size_t tail_bytes, struct buf *ret,
    struct err *err);

/*
 * Run it to its end: its exit status, what it wrote (to stdout and stderr, as to a terminal,
 * 1 MiB at most) in ret; -1 when it could not be run or asked.
 */
int engine_exec(struct engine *e, const char *name, const struct engine_exec *x,
    struct buf *ret, struct err *err);

/*
 * The container's file system, without its volumes, as an image of the name; the container
 * stands still meanwhile.  config is of the image's Config, over the container's own.
 */
int engine_container_commit(struct engine *e, const char *name, const char *ref,
    const json_t *config, struct err *err);

/*
 * config is the body of POST /volumes/create; one of the name that is there is left as it is.
 * Removing one that is gone: 0; one that a container has: engine_conflict.
 */
int engine_volume_create(struct engine *e, const json_t *config, struct err *err);
int engine_volume_remove(struct engine *e, const char *name, struct err *err);

/* 1 and the inspection, 0 there is none, -1. */
int engine_volume_inspect(struct engine *e, struct arena *a, const char *name,
    json_t **ret, struct err *err);

/* All with the label: an array, as Docker lists them. */
int engine_volume_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err);

/* A network of the name that exists is engine_conflict; config is POST /networks/create's. */
int engine_network_create(struct engine *e, const json_t *config, struct err *err);
int engine_network_inspect(struct engine *e, struct arena *a, const char *name,
    json_t **ret, struct err *err);
int engine_network_list(struct engine *e, struct arena *a, const char *label,
    json_t **ret, struct err *err); /* label NULL: all */

/* endpoint is EndpointConfig or NULL.  Already connected: 0. */
int engine_network_connect(struct engine *e, const char *network, const char *container,
    const json_t *endpoint, struct err *err);

/* Not connected, already gone: 0.  Removing one that is in use is engine_conflict. */
int engine_network_disconnect(struct engine *e, const char *network,
    const char *container, struct err *err);
int engine_network_remove(struct engine *e, const char *name, struct err *err);

/* 1 it is there (as Docker inspects it), 0 not, -1. */
int engine_image_inspect(struct engine *e, struct arena *a, const char *ref, json_t **ret,
    struct err *err);

/* All that have a name and the label: an array, as Docker lists them. */
int engine_image_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err);

/* Pull with the credentials of ~/.docker/config.json for that registry; fn (may be NULL) gets lines. */
int engine_image_pull(struct engine *e, const char *ref, engine_progress_fn *fn,
    void *arg, struct err *err);

/* Push what is tagged ref to its registry, with credentials and lines as for a pull. */
int engine_image_push(struct engine *e, const char *ref, engine_progress_fn *fn,
    void *arg, struct err *err);

/* Give the image a second name. */
int engine_image_tag(struct engine *e, const char *ref, const char *to, struct err *err);

/*
 * Take the name away, and the image with its last name.  Already gone: 0; a container has
 * it: engine_conflict.
 */
int engine_image_remove(struct engine *e, const char *ref, struct err *err);

/* The images as one tar into fd; read such a tar from fd. */
int engine_image_save(struct engine *e, const char *const *refs, size_t n, int fd,
    struct err *err);
int engine_image_load(struct engine *e, int fd, engine_progress_fn *fn, void *arg,
    struct err *err);

/*
 * Call fn for every event of containers and networks with the label, from now on, until
 * is_over(arg) (asked at least each second) or the connection breaks (-1).
 * The first is "daemon" "connected": what happens after it is not missed.
 * fn may call the engine.
 */
int engine_events(struct engine *e, const char *label, engine_event_fn *fn, void *arg,
    int (*is_over)(void *arg), struct err *err);

#endif
