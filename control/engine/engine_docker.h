/*
 * What the files of the Docker engine share: requests over its unix socket.
 *
 *	engine_docker.c		  open, close, the table of operations
 *	engine_docker_http.c	  a request, a reply, failures
 *	engine_docker_container.c containers, archives, logs
 *	engine_docker_exec.c	  commands in containers
 *	engine_docker_volume.c	  volumes, and images made of containers
 *	engine_docker_network.c	  networks
 *	engine_docker_image.c	  images, pull and push with progress
 *	engine_docker_events.c	  the event stream
 *
 * A thread has one curl handle an engine, and so one kept-alive connection.
 * The API version is 1.41, or the oldest that a newer daemon still
 * speaks; it is asked for once a connection.
 */
#ifndef CONTROL_ENGINE_ENGINE_DOCKER_H
#define CONTROL_ENGINE_ENGINE_DOCKER_H

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "control/engine/engine.h"

enum { DOCKER_API_MINOR = 41 };

struct docker_thread; /* a thread's curl handle */

struct docker {
	struct engine engine;
	char *socket;
	pthread_key_t key;
	pthread_mutex_t lock; /* of threads */
	struct docker_thread *threads;
	atomic_int minor; /* of API version 1.x in use; 0: not asked yet */
};

struct docker *docker_open(const char *socket, const struct engine_ops *ops);

/* No other thread may be in a call. */
void docker_close(struct docker *d);

/* Bytes of a good reply as they come; other than 0 ends the request. */
typedef int docker_sink_fn(void *arg, const char *p, size_t n);

/* One request.  What is not set is 0. */
struct docker_request {
	const char *method; /* NULL: GET */
	const char *path;   /* escaped, without version: "/containers/json?all=1" */
	const json_t *json; /* body, or … */
	const void *body;   /* … these bytes, as a tar, or … */
	size_t body_len;
	int body_fd; /* … all of this file when from_fd, as a tar */
	int from_fd;
	const char *header;   /* one more, "X-Registry-Auth: …" */
	int timeout_s;	      /* 0: 60; with a sink or a file: of silence */
	docker_sink_fn *sink; /* of a 2xx; NULL: into the reply */
	void *sink_arg;
};

/* 0 and the status of a 2xx or 304; -1 and *err for all else.  The reply is appended to *reply (may be NULL). */
int docker_do(struct docker *d, const struct docker_request *r, struct buf *reply,
    int *ret_status, struct err *err);

/* GET a JSON document: 1, 0 when the answer is 404, -1. */
int docker_get(struct docker *d, struct arena *a, const char *path, json_t **ret,
    struct err *err);

/* "/containers/" + name, escaped, + rest. */
char *docker_path(struct arena *a, const char *before, const char *name,
    const char *after);

/* `{"label":["…"]}`, escaped for a query. */
char *docker_label_filter(struct arena *a, const char *label);

/* The failure that a status and a body with {"message": …} are. */
void docker_failure(int status, const char *body, size_t len, struct err *err);

/* A handle of its own, ready but for path and callbacks; for streams.  curl_easy_cleanup() it. */
CURL *docker_handle(struct docker *d);
char *docker_url(struct docker *d, struct arena *a, const char *path, struct err *err);

static inline struct docker *
docker_of(struct engine *e)
{
	return (struct docker *)(void *)e; /* engine is its first member */
}

/* Splits a stream into lines; see docker_lines_add(). */
struct docker_lines {
	struct buf line;
	int (*fn)(void *arg, const char *line, size_t n); /* not 0: stop */
	void *arg;
};

void docker_lines_init(struct docker_lines *l, int (*fn)(void *, const char *, size_t),
    void *arg);
void docker_lines_done(struct docker_lines *l);
int docker_lines_add(void *lines, const char *p,
    size_t n); /* a docker_sink_fn; lines of 1 MiB at most */

int docker_container_create(struct engine *e, const char *name, const json_t *config,
    struct err *err);
int docker_container_start(struct engine *e, const char *name, struct err *err);
int docker_container_stop(struct engine *e, const char *name, int timeout_s,
    struct err *err);
int docker_container_kill(struct engine *e, const char *name, const char *signal,
    struct err *err);
int docker_container_pause(struct engine *e, const char *name, int on, struct err *err);
int docker_container_update(struct engine *e, const char *name, const json_t *limits,
    struct err *err);
int docker_container_remove(struct engine *e, const char *name, struct err *err);
int docker_container_inspect(struct engine *e, struct arena *a, const char *name,
    json_t **ret, struct err *err);
int docker_container_list(struct engine *e, struct arena *a, const char *label,
    json_t **ret, struct err *err);
int docker_archive_put(struct engine *e, const char *name, const char *dir,
    const void *tar, size_t len, struct err *err);
int docker_logs(struct engine *e, const char *name, size_t tail_bytes, struct buf *ret,
    struct err *err);
int docker_exec(struct engine *e, const char *name, const struct engine_exec *x,
    struct buf *ret, struct err *err);

int docker_container_commit(struct engine *e, const char *name, const char *ref,
    const json_t *config, struct err *err);
int docker_volume_create(struct engine *e, const json_t *config, struct err *err);
int docker_volume_inspect(struct engine *e, struct arena *a, const char *name,
    json_t **ret, struct err *err);
int docker_volume_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err);
int docker_volume_remove(struct engine *e, const char *name, struct err *err);

int docker_network_create(struct engine *e, const json_t *config, struct err *err);
int docker_network_inspect(struct engine *e, struct arena *a, const char *name,
    json_t **ret, struct err *err);
int docker_network_list(struct engine *e, struct arena *a, const char *label,
    json_t **ret, struct err *err);
int docker_network_connect(struct engine *e, const char *network, const char *container,
    const json_t *endpoint, struct err *err);
int docker_network_disconnect(struct engine *e, const char *network,
    const char *container, struct err *err);
int docker_network_remove(struct engine *e, const char *name, struct err *err);

int docker_image_inspect(struct engine *e, struct arena *a, const char *ref, json_t **ret,
    struct err *err);
int docker_image_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err);
int docker_image_pull(struct engine *e, const char *ref, engine_progress_fn *fn,
    void *arg, struct err *err);
int docker_image_push(struct engine *e, const char *ref, engine_progress_fn *fn,
    void *arg, struct err *err);
int docker_image_tag(struct engine *e, const char *ref, const char *to, struct err *err);
int docker_image_remove(struct engine *e, const char *ref, struct err *err);
int docker_image_save(struct engine *e, const char *const *refs, size_t n, int fd,
    struct err *err);
int docker_image_load(struct engine *e, int fd, engine_progress_fn *fn, void *arg,
    struct err *err);

int docker_events(struct engine *e, const char *label, engine_event_fn *fn, void *arg,
    int (*is_over)(void *arg), struct err *err);

#endif
