#include "tests/fakes/engine_fake.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "tests/fakes/engine_fake_internal.h"

struct engine_fake *
fake_of(struct engine *e)
{
	return (struct engine_fake *)e; /* engine is its first member */
}

static void
count_call(struct engine_fake *f, const char *op)
{
	json_set_int(f->calls, op, json_int(f->calls, op, 0) + 1);
	json_set_int(f->calls, "", json_int(f->calls, "", 0) + 1);
}

/* Every operation starts here and, if it is 0, has the lock. */
int
fake_enter(struct engine_fake *f, const char *op, struct err *err)
{
	struct failure hit;
	size_t i = 0;

	if (f->latency_ms > 0)
		usleep((useconds_t)f->latency_ms * 1000);
	pthread_mutex_lock(&f->lock);
	count_call(f, op);
	while (i < f->n_failures && f->failures[i].op[0] != '\0' &&
	    strcmp(f->failures[i].op, op) != 0)
		i++;
	if (i < f->n_failures) {
		hit = f->failures[i];
		f->n_failures--;
		memmove(&f->failures[i], &f->failures[i + 1],
		    (f->n_failures - i) * sizeof(hit));
		err_set_fn(err, hit.kind, "%s", hit.msg);
	} else if (f->down) {
		err_set_fn(err, &engine_unreachable, "no daemon answers");
	} else {
		return 0;
	}
	pthread_mutex_unlock(&f->lock);
	return -1;
}

int
fake_leave(struct engine_fake *f, int result)
{
	pthread_mutex_unlock(&f->lock);
	return result;
}

void
fake_make_id(struct engine_fake *f, char id[65])
{
	snprintf(id, 65, "%032x%032x", 0x51f7au, ++f->last_id);
}

/* By name, or by id. */
json_t *
fake_find(json_t *all, const char *name)
{
	json_t *found = json_get(all, name), *v;
	const char *key;

	if (found != NULL)
		return found;
	json_object_foreach(all, key, v)
		if (strcmp(json_str(v, "Id"), name) == 0)
			return v;
	return NULL;
}

json_t *
fake_need_container(struct engine_fake *f, const char *name, struct err *err)
{
	json_t *c = fake_find(f->containers, name);

	if (c == NULL)
		err_set_fn(err, &engine_not_found, "No such container: %s", name);
	return c;
}

json_t *
fake_need_network(struct engine_fake *f, const char *name, struct err *err)
{
	json_t *n = fake_find(f->networks, name);

	if (n == NULL)
		err_set_fn(err, &engine_not_found, "network %s not found", name);
	return n;
}

int
fake_is_running(const json_t *container)
{
	return json_bool(json_path(container, "State"), "Running", 0);
}

/* What is told of a thing: attributes are taken. */
static void
happen(struct engine_fake *f, const char *type, const char *action, const char *id,
    json_t *attributes)
{
	json_t *event = json_add_object(f->events);

	json_set_str(event, "type", type);
	json_set_str(event, "action", action);
	json_set_str(event, "id", id);
	json_set(event, "attributes", attributes);
	json_set_int(event, "time", clock_system.now_ms(&clock_system) * 1000000);
	pthread_cond_broadcast(&f->happened);
}

static json_t *
container_attributes(const json_t *c)
{
	json_t *labels = json_path(c, "Config.Labels");
	json_t *attributes = labels != NULL ? json_copy_deep(labels) : json_new_object();

	json_set_str(attributes, "name", json_str(c, "Name") + 1);
	json_set_str(attributes, "image", json_str(json_get(c, "Config"), "Image"));
	return attributes;
}

void
fake_container_happens(struct engine_fake *f, const json_t *c, const char *action)
{
	json_t *attributes = container_attributes(c);

	if (strcmp(action, "die") == 0)
		json_set_fmt(attributes, "exitCode", "%d",
		    (int)json_int(json_get(c, "State"), "ExitCode", 0));
	happen(f, "container", action, json_str(c, "Id"), attributes);
}

/* The labels go along for matching and are not delivered. */
void
fake_network_happens(struct engine_fake *f, const json_t *n, const char *action,
    const char *container)
{
	json_t *attributes = json_new_object();
	json_t *event;

	json_set_str(attributes, "name", json_str(n, "Name"));
	json_set_str(attributes, "type", json_str(n, "Driver"));
	json_set_str(attributes, "container", container);
	happen(f, "network", action, json_str(n, "Id"), attributes);
	event = json_array_get(f->events, json_array_size(f->events) - 1);
	json_set(event, "labels", json_copy_deep(json_get(n, "Labels")));
}

/* Logs, the engine itself */

static int
version(struct engine *e, struct arena *a, json_t **ret, struct err *err)
{
	struct engine_fake *f = fake_of(e);

	if (fake_enter(f, "version", err) < 0)
		return -1;
	*ret = json_own(a,
	    json_make("{s:s, s:s, s:s}", "Version", "20.10.0-fake", "ApiVersion", "1.41",
		"Os", "linux"));
	return fake_leave(f, 0);
}

static int
info(struct engine *e, struct arena *a, json_t **ret, struct err *err)
{
	struct engine_fake *f = fake_of(e);

	if (fake_enter(f, "info", err) < 0)
		return -1;
	*ret = json_own(a,
	    json_make("{s:s, s:i, s:I, s:s}", "ID", "FAKE", "NCPU", 2, "MemTotal",
		(json_int_t)8 << 30, "OSType", "linux"));
	return fake_leave(f, 0);
}

static int
logs(struct engine *e, const char *name, size_t tail_bytes, struct buf *ret,
    struct err *err)
{
	struct engine_fake *f = fake_of(e);
	const char *text;
	json_t *c;
	size_t n;

	if (fake_enter(f, "logs", err) < 0)
		return -1;
	c = fake_need_container(f, name, err);
	if (c == NULL)
		return fake_leave(f, -1);
	text = json_str_or(f->logs, json_str(c, "Id"), "");
	n = strlen(text);
	if (n > tail_bytes)
		text += n - tail_bytes;
	buf_str(ret, text);
	return fake_leave(f, 0);
}

/* Events */

static int
event_matches(const json_t *event, const char *label)
{
	const json_t *labels = json_get(event, "labels");

	return fake_has_label(labels != NULL ? labels : json_get(event, "attributes"),
	    label);
}

static void
deliver(const json_t *event, engine_event_fn *fn, void *arg)
{
	struct engine_event out = { .type = json_str(event, "type"),
		.action = json_str(event, "action"),
		.id = json_str(event, "id"),
		.attributes = json_get(event, "attributes"),
		.time_ns = json_int(event, "time", 0) };

	fn(arg, &out);
}

/* The next event after *seen, a copy to decref; NULL after a while without one. */
static json_t *
next_event(struct engine_fake *f, size_t *seen)
{
	struct timespec until;
	json_t *event = NULL;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 50 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&f->lock);
	if (*seen == json_array_size(f->events) && !f->down)
		pthread_cond_timedwait(&f->happened, &f->lock, &until);
	if (*seen < json_array_size(f->events))
		event = json_copy_deep(json_array_get(f->events, (*seen)++));
	pthread_mutex_unlock(&f->lock);
	return event;
}

static int
is_down(struct engine_fake *f)
{
	int down;

	pthread_mutex_lock(&f->lock);
	down = f->down;
	pthread_mutex_unlock(&f->lock);
	return down;
}

static int
events(struct engine *e, const char *label, engine_event_fn *fn, void *arg,
    int (*is_over)(void *arg), struct err *err)
{
	struct engine_event connected = { "daemon", "connected", "", NULL, 0 };
	struct engine_fake *f = fake_of(e);
	size_t seen;

	if (fake_enter(f, "events", err) < 0)
		return -1;
	seen = json_array_size(f->events);
	fake_leave(f, 0);
	fn(arg, &connected);
	while (!is_over(arg)) {
		json_t *event = next_event(f, &seen);

		if (event != NULL && event_matches(event, label))
			deliver(event, fn, arg);
		json_decref(event);
		if (event == NULL && is_down(f))
			return err_set(err, &engine_unreachable,
			    "the event stream broke");
	}
	return 0;
}

static void
close_fake(struct engine *e)
{
	struct engine_fake *f = fake_of(e);
	json_t **trees[] = { &f->containers, &f->networks, &f->volumes, &f->images,
		&f->remotes, &f->calls, &f->logs, &f->events };

	while (f->files != NULL) {
		struct file *next = f->files->next;

		fake_file_free(f->files);
		f->files = next;
	}
	for (size_t i = 0; i < COUNT(trees); i++)
		json_freep(trees[i]);
	pthread_cond_destroy(&f->happened);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

static const struct engine_ops ops = {
	.version = version,
	.info = info,
	.container_create = fake_container_create,
	.container_start = fake_container_start,
	.container_stop = fake_container_stop,
	.container_kill = fake_container_kill,
	.container_update = fake_container_update,
	.container_remove = fake_container_remove,
	.container_inspect = fake_container_inspect,
	.container_list = fake_container_list,
	.archive_put = fake_archive_put,
	.logs = logs,
	.exec = fake_exec,
	.container_pause = fake_pause,
	.container_commit = fake_container_commit,
	.volume_create = fake_volume_create,
	.volume_inspect = fake_volume_inspect,
	.volume_list = fake_volume_list,
	.volume_remove = fake_volume_remove,
	.network_create = fake_network_create,
	.network_inspect = fake_network_inspect,
	.network_list = fake_network_list,
	.network_connect = fake_network_connect,
	.network_disconnect = fake_network_disconnect,
	.network_remove = fake_network_remove,
	.image_inspect = fake_image_inspect,
	.image_list = fake_image_list,
	.image_pull = fake_image_pull,
	.image_push = fake_image_push,
	.image_tag = fake_image_tag,
	.image_remove = fake_image_remove,
	.image_save = fake_image_save,
	.image_load = fake_image_load,
	.events = events,
	.close = close_fake,
};

/* For the test */

struct engine_fake *
engine_fake_new(void)
{
	struct engine_fake *f = calloc(1, sizeof(*f));

	if (f == NULL)
		fatal("out of memory");
	f->engine.ops = &ops;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->happened, NULL);
	f->containers = json_new_object();
	f->networks = json_new_object();
	f->volumes = json_new_object();
	f->images = json_new_object();
	f->remotes = json_new_object();
	f->calls = json_new_object();
	f->logs = json_new_object();
	f->events = json_new_array();
	return f;
}

struct engine *
engine_fake_engine(struct engine_fake *f)
{
	return &f->engine;
}

void
engine_fake_fail_next(struct engine_fake *f, const char *op, const struct err_kind *kind,
    const char *msg)
{
	struct failure *failure;

	pthread_mutex_lock(&f->lock);
	assert(f->n_failures < MAX_FAILURES);
	failure = &f->failures[f->n_failures++];
	snprintf(failure->op, sizeof(failure->op), "%s", op != NULL ? op : "");
	snprintf(failure->msg, sizeof(failure->msg), "%s", msg);
	failure->kind = kind;
	pthread_mutex_unlock(&f->lock);
}

int
engine_fake_calls(struct engine_fake *f, const char *op)
{
	int n;

	pthread_mutex_lock(&f->lock);
	n = (int)json_int(f->calls, op != NULL ? op : "", 0);
	pthread_mutex_unlock(&f->lock);
	return n;
}

void
engine_fake_forget_calls(struct engine_fake *f)
{
	pthread_mutex_lock(&f->lock);
	json_object_clear(f->calls);
	pthread_mutex_unlock(&f->lock);
}

void
engine_fake_set_latency(struct engine_fake *f, int ms)
{
	pthread_mutex_lock(&f->lock);
	f->latency_ms = ms;
	pthread_mutex_unlock(&f->lock);
}

void
engine_fake_set_down(struct engine_fake *f, int down)
{
	pthread_mutex_lock(&f->lock);
	f->down = down;
	pthread_cond_broadcast(&f->happened);
	pthread_mutex_unlock(&f->lock);
}

void
engine_fake_add_image(struct engine_fake *f, const char *ref, const char *config_json)
{
	json_t *config = NULL;
	struct err err;

	if (config_json == NULL)
		config = fake_shell_config();
	else if (json_read(config_json, strlen(config_json), &config, &err) < 0)
		fatal("engine_fake_add_image: %s", err.msg);
	pthread_mutex_lock(&f->lock);
	fake_add_image(f, ref, config);
	pthread_mutex_unlock(&f->lock);
}

void
engine_fake_add_remote(struct engine_fake *f, const char *ref)
{
	pthread_mutex_lock(&f->lock);
	json_set_bool(f->remotes, ref, 1);
	pthread_mutex_unlock(&f->lock);
}

int
engine_fake_exit(struct engine_fake *f, const char *name, int code)
{
	const char *policy;
	json_t *c;
	int running;

	pthread_mutex_lock(&f->lock);
	c = fake_find(f->containers, name);
	running = c != NULL && fake_is_running(c);
	if (running) {
		fake_stop(f, c, code);
		policy =
		    json_str_or(json_path(c, "HostConfig.RestartPolicy"), "Name", "no");
		if (strcmp(policy, "always") == 0 ||
		    strcmp(policy, "unless-stopped") == 0 ||
		    (strcmp(policy, "on-failure") == 0 && code != 0)) {
			json_set_int(c, "RestartCount",
			    json_int(c, "RestartCount", 0) + 1);
			fake_start(f, c);
		}
	}
	pthread_mutex_unlock(&f->lock);
	return running;
}

int
engine_fake_vanish(struct engine_fake *f, const char *name)
{
	json_t *c;

	pthread_mutex_lock(&f->lock);
	c = fake_find(f->containers, name);
	if (c != NULL)
		fake_destroy(f, c);
	pthread_mutex_unlock(&f->lock);
	return c != NULL;
}

void
engine_fake_set_logs(struct engine_fake *f, const char *name, const char *text)
{
	json_t *c;

	pthread_mutex_lock(&f->lock);
	c = fake_find(f->containers, name);
	assert(c != NULL);
	json_set_str(f->logs, json_str(c, "Id"), text);
	pthread_mutex_unlock(&f->lock);
}

const char *
engine_fake_file(struct engine_fake *f, struct arena *a, const char *container,
    const char *path, size_t *ret_len, unsigned *ret_mode)
{
	const char *bytes = NULL;
	struct file *file;
	json_t *c;

	pthread_mutex_lock(&f->lock);
	c = fake_find(f->containers, container);
	file = c != NULL ? f->files : NULL;
	while (file != NULL &&
	    (strcmp(file->container, json_str(c, "Id")) != 0 ||
		strcmp(file->path, path) != 0))
		file = file->next;
	if (file != NULL) {
		bytes = arena_strndup(a, file->bytes, file->len);
		if (ret_len != NULL)
			*ret_len = file->len;
		if (ret_mode != NULL)
			*ret_mode = file->mode;
	}
	pthread_mutex_unlock(&f->lock);
	return bytes;
}

int
engine_fake_n_containers(struct engine_fake *f)
{
	size_t n;

	pthread_mutex_lock(&f->lock);
	n = json_object_size(f->containers);
	pthread_mutex_unlock(&f->lock);
	return (int)n;
}

int
engine_fake_n_networks(struct engine_fake *f)
{
	size_t n;

	pthread_mutex_lock(&f->lock);
	n = json_object_size(f->networks);
	pthread_mutex_unlock(&f->lock);
	return (int)n;
}
