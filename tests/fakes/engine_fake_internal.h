/*
 * What the files of the fake engine share.
 *
 * Everything is kept as the inspection that Docker would answer; an
 * operation has the lock from fake_enter() to fake_leave().
 */
#ifndef TESTS_FAKES_ENGINE_FAKE_INTERNAL_H
#define TESTS_FAKES_ENGINE_FAKE_INTERNAL_H

#include <pthread.h>
#include <stddef.h>

#include "tests/fakes/engine_fake.h"

enum { MAX_FAILURES = 32 };

struct file {
	struct file *next;
	char *container; /* its id */
	char *path;
	unsigned mode;
	size_t len;
	char *bytes;
};

struct failure {
	char op[32]; /* "": any */
	const struct err_kind *kind;
	char msg[200];
};

struct engine_fake {
	struct engine engine;
	pthread_mutex_t lock;
	pthread_cond_t happened;
	json_t *containers, *networks, *volumes, *images; /* name → inspection */
	json_t *remotes, *calls, *logs;
	json_t *events; /* all of them, oldest first */
	struct file *files;
	struct failure failures[MAX_FAILURES];
	size_t n_failures;
	int latency_ms, down;
	unsigned last_id, last_pid;
};

struct engine_fake *fake_of(struct engine *e);

/* Every operation starts here and, if it is 0, has the lock until `return fake_leave(f, result)`. */
int fake_enter(struct engine_fake *f, const char *op, struct err *err);
int fake_leave(struct engine_fake *f, int result);

int fake_pause(struct engine *e, const char *name, int on, struct err *err);
int fake_exec(struct engine *e, const char *name, const struct engine_exec *x,
    struct buf *ret, struct err *err);

void fake_make_id(struct engine_fake *f, char id[65]);

/* By name, or by id; NULL. */
json_t *fake_find(json_t *all, const char *name);
json_t *fake_need_container(struct engine_fake *f, const char *name, struct err *err);
json_t *fake_need_network(struct engine_fake *f, const char *name, struct err *err);

int fake_is_running(const json_t *container);

/* label is "key" or "key=value"; NULL and "" are any. */
int fake_has_label(const json_t *labels, const char *label);

void fake_container_happens(struct engine_fake *f, const json_t *c, const char *action);
void fake_network_happens(struct engine_fake *f, const json_t *n, const char *action,
    const char *container);

/* With the lock: it ends with the code; it goes, files and all. */
void fake_stop(struct engine_fake *f, json_t *c, int code);
void fake_start(struct engine_fake *f, json_t *c);
void fake_destroy(struct engine_fake *f, json_t *c);
void fake_file_free(struct file *file);

void fake_plug(struct engine_fake *f, json_t *container, const json_t *network,
    const json_t *endpoint);
void fake_give_address(struct engine_fake *f, const json_t *network, json_t *endpoint);

int fake_container_commit(struct engine *e, const char *name, const char *ref,
    const json_t *config, struct err *err);
int fake_volume_create(struct engine *e, const json_t *config, struct err *err);
int fake_volume_inspect(struct engine *e, struct arena *a, const char *name, json_t **ret,
    struct err *err);
int fake_volume_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err);
int fake_volume_remove(struct engine *e, const char *name, struct err *err);
int fake_image_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err);
int fake_network_create(struct engine *e, const json_t *config, struct err *err);
int fake_network_inspect(struct engine *e, struct arena *a, const char *name,
    json_t **ret, struct err *err);
int fake_network_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err);
int fake_network_connect(struct engine *e, const char *network, const char *container,
    const json_t *endpoint, struct err *err);
int fake_network_disconnect(struct engine *e, const char *network, const char *container,
    struct err *err);
int fake_network_remove(struct engine *e, const char *name, struct err *err);
int fake_container_create(struct engine *e, const char *name, const json_t *config,
    struct err *err);
int fake_container_start(struct engine *e, const char *name, struct err *err);
int fake_container_stop(struct engine *e, const char *name, int timeout_s,
    struct err *err);
int fake_container_kill(struct engine *e, const char *name, const char *signal,
    struct err *err);
int fake_container_update(struct engine *e, const char *name, const json_t *limits,
    struct err *err);
int fake_container_remove(struct engine *e, const char *name, struct err *err);
int fake_container_inspect(struct engine *e, struct arena *a, const char *name,
    json_t **ret, struct err *err);
int fake_container_list(struct engine *e, struct arena *a, const char *label,
    json_t **ret, struct err *err);
int fake_archive_put(struct engine *e, const char *name, const char *dir, const void *tar,
    size_t len, struct err *err);
int fake_image_inspect(struct engine *e, struct arena *a, const char *ref, json_t **ret,
    struct err *err);
int fake_image_pull(struct engine *e, const char *ref, engine_progress_fn *fn, void *arg,
    struct err *err);
int fake_image_push(struct engine *e, const char *ref, engine_progress_fn *fn, void *arg,
    struct err *err);
int fake_image_tag(struct engine *e, const char *ref, const char *to, struct err *err);
int fake_image_remove(struct engine *e, const char *ref, struct err *err);
int fake_image_save(struct engine *e, const char *const *refs, size_t n, int fd,
    struct err *err);
int fake_image_load(struct engine *e, int fd, engine_progress_fn *fn, void *arg,
    struct err *err);

/* With the lock; config is taken. */
void fake_add_image(struct engine_fake *f, const char *ref, json_t *config);
json_t *fake_shell_config(void);

#endif
