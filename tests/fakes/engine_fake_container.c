/* The fake engine's containers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "control/engine/tar.h"
#include "tests/fakes/engine_fake_internal.h"

enum { MAX_FILE = 64 << 20, EXIT_KILLED = 128 + 9, EXIT_TERMINATED = 128 + 15 };

/* The network that the container is created on, and NULL when it is on none of its own. */
static const char *
network_mode(const json_t *config)
{
	const char *mode =
	    json_str_or(json_get(config, "HostConfig"), "NetworkMode", "default");

	if (strcmp(mode, "none") == 0 || strcmp(mode, "host") == 0 ||
	    strcmp(mode, "default") == 0 || strcmp(mode, "bridge") == 0 ||
	    strncmp(mode, "container:", 10) == 0)
		return NULL;
	return mode;
}

static int
plug_all(struct engine_fake *f, json_t *c, const json_t *config, struct err *err)
{
	json_t *endpoints = json_path(config, "NetworkingConfig.EndpointsConfig"),
	       *endpoint;
	const char *mode = network_mode(config), *name;
	json_t *network;

	if (mode != NULL && json_get(endpoints, mode) == NULL) {
		if ((network = fake_need_network(f, mode, err)) == NULL)
			return -1;
		fake_plug(f, c, network, NULL);
	}
	json_object_foreach(endpoints, name, endpoint) {
		if ((network = fake_need_network(f, name, err)) == NULL)
			return -1;
		fake_plug(f, c, network, endpoint);
	}
	return 0;
}

/* The inspection of a container that was just created from the config. */
static json_t *
new_container(struct engine_fake *f, const char *name, const json_t *config,
    const json_t *image)
{
	json_t *own = json_copy_deep(config);
	json_t *host = json_copy_deep(json_get(config, "HostConfig")), *c;
	char id[65], now[32];

	json_del(own, "HostConfig");
	json_del(own, "NetworkingConfig");
	json_need_object(own, "Labels");
	fake_make_id(f, id);
	clock_iso8601(clock_system.now_ms(&clock_system), 1, now);
	c = json_make(
	    "{s:s, s:s, s:s, s:{s:s, s:b, s:b, s:i, s:i, s:s, s:s, s:s}, s:i, s:s,"
	    " s:o, s:o, s:{s:{}}, s:[]}",
	    "Id", id, "Name", "/", "Created", now, "State", "Status", "created",
	    "Running", 0, "OOMKilled", 0, "Pid", 0, "ExitCode", 0, "Error", "",
	    "StartedAt", "0001-01-01T00:00:00Z", "FinishedAt", "0001-01-01T00:00:00Z",
	    "RestartCount", 0, "Image", json_str(image, "Id"), "Config", own,
	    "HostConfig", host != NULL ? host : json_new_object(), "NetworkSettings",
	    "Networks", "Mounts");
	json_set_fmt(c, "Name", "/%s", name);
	return c;
}

int
fake_container_create(struct engine *e, const char *name, const json_t *config,
    struct err *err)
{
	struct engine_fake *f = fake_of(e);
	const char *ref = json_str_or(config, "Image", "");
	json_t *image, *c;

	if (fake_enter(f, "container_create", err) < 0)
		return -1;
	image = json_get(f->images, ref);
	if (image == NULL)
		return fake_leave(f,
		    err_set(err, &engine_not_found, "No such image: %s", ref));
	if (json_get(f->containers, name) != NULL)
		return fake_leave(f,
		    err_set(err, &engine_conflict,
			"Conflict. The container name \"/%s\" is already in use", name));
	c = new_container(f, name, config, image);
	if (plug_all(f, c, config, err) < 0) {
		json_decref(c);
		return fake_leave(f, -1);
	}
	json_set(f->containers, name, c);
	fake_container_happens(f, c, "create");
	return fake_leave(f, 0);
}

/* Each network of the container gets or loses its address. */
static void
set_connected(struct engine_fake *f, json_t *c, int on)
{
	json_t *endpoint;
	const char *name;

	json_object_foreach(json_path(c, "NetworkSettings.Networks"), name, endpoint) {
		json_t *network = json_get(f->networks, name);

		if (network == NULL)
			continue;
		if (on)
			fake_give_address(f, network, endpoint);
		else
			json_set_str(endpoint, "IPAddress", "");
		fake_network_happens(f, network, on ? "connect" : "disconnect",
		    json_str(c, "Id"));
	}
}

void
fake_start(struct engine_fake *f, json_t *c)
{
	json_t *state = json_get(c, "State");
	char now[32];

	clock_iso8601(clock_system.now_ms(&clock_system), 1, now);
	json_set_str(state, "Status", "running");
	json_set_bool(state, "Running", 1);
	json_set_int(state, "Pid", 1000 + ++f->last_pid);
	json_set_int(state, "ExitCode", 0);
	json_set_str(state, "StartedAt", now);
	set_connected(f, c, 1);
	fake_container_happens(f, c, "start");
}

void
fake_stop(struct engine_fake *f, json_t *c, int code)
{
	json_t *state = json_get(c, "State");
	char now[32];

	clock_iso8601(clock_system.now_ms(&clock_system), 1, now);
	json_set_str(state, "Status", "exited");
	json_set_bool(state, "Running", 0);
	json_set_int(state, "Pid", 0);
	json_set_int(state, "ExitCode", code);
	json_set_str(state, "FinishedAt", now);
	fake_container_happens(f, c, "die");
	set_connected(f, c, 0);
}

void
fake_destroy(struct engine_fake *f, json_t *c)
{
	struct file **at = &f->files;

	if (fake_is_running(c))
		fake_stop(f, c, EXIT_KILLED);
	fake_container_happens(f, c, "destroy");
	while (*at != NULL) {
		struct file *old = *at;

		if (strcmp(old->container, json_str(c, "Id")) == 0) {
			*at = old->next;
			fake_file_free(old);
		} else {
			at = &old->next;
		}
	}
	json_del(f->containers, json_str(c, "Name") + 1);
}

int
fake_container_start(struct engine *e, const char *name, struct err *err)
{
	struct engine_fake *f = fake_of(e);
	const char *network;
	json_t *c, *v;

	if (fake_enter(f, "container_start", err) < 0)
		return -1;
	c = fake_need_container(f, name, err);
	if (c == NULL)
		return fake_leave(f, -1);
	if (fake_is_running(c))
		return fake_leave(f, 0);
	json_object_foreach(json_path(c, "NetworkSettings.Networks"), network, v)
		if (fake_need_network(f, network, err) == NULL)
			return fake_leave(f, -1);
	fake_start(f, c);
	return fake_leave(f, 0);
}

int
fake_container_stop(struct engine *e, const char *name, int timeout_s, struct err *err)
{
	struct engine_fake *f = fake_of(e);
	json_t *c;

	if (fake_enter(f, "container_stop", err) < 0)
		return -1;
	c = fake_need_container(f, name, err);
	if (c != NULL && fake_is_running(c)) {
		fake_stop(f, c, timeout_s > 0 ? EXIT_TERMINATED : EXIT_KILLED);
		fake_container_happens(f, c, "stop");
	}
	return fake_leave(f, c != NULL ? 0 : -1);
}

int
fake_container_kill(struct engine *e, const char *name, const char *signal,
    struct err *err)
{
	struct engine_fake *f = fake_of(e);
	json_t *c;

	if (fake_enter(f, "container_kill", err) < 0)
		return -1;
	c = fake_need_container(f, name, err);
	if (c == NULL)
		return fake_leave(f, -1);
	if (!fake_is_running(c))
		return fake_leave(f,
		    err_set(err, &engine_conflict,
			"Cannot kill container: %s: Container is not running", name));
	if (strncmp(signal, "SIG", 3) == 0)
		signal += 3;
	fake_container_happens(f, c, "kill");
	if (strcmp(signal, "KILL") == 0)
		fake_stop(f, c, EXIT_KILLED);
	else if (strcmp(signal, "TERM") == 0)
		fake_stop(f, c, EXIT_TERMINATED);
	return fake_leave(f, 0);
}

int
fake_container_update(struct engine *e, const char *name, const json_t *limits,
    struct err *err)
{
	struct engine_fake *f = fake_of(e);
	json_t *c, *copy, *v;
	const char *key;

	if (fake_enter(f, "container_update", err) < 0)
		return -1;
	c = fake_need_container(f, name, err);
	if (c == NULL)
		return fake_leave(f, -1);
	copy = json_copy_deep(limits);
	json_object_foreach(copy, key, v)
		json_set(json_need_object(c, "HostConfig"), key, json_incref(v));
	json_decref(copy);
	fake_container_happens(f, c, "update");
	return fake_leave(f, 0);
}

int
fake_container_remove(struct engine *e, const char *name, struct err *err)
{
	struct engine_fake *f = fake_of(e);
	json_t *c;

	if (fake_enter(f, "container_remove", err) < 0)
		return -1;
	c = fake_find(f->containers, name);
	if (c != NULL)
		fake_destroy(f, c);
	return fake_leave(f, 0);
}

int
fake_container_inspect(struct engine *e, struct arena *a, const char *name, json_t **ret,
    struct err *err)
{
	struct engine_fake *f = fake_of(e);
	json_t *c;

	if (fake_enter(f, "container_inspect", err) < 0)
		return -1;
	c = fake_find(f->containers, name);
	if (c != NULL)
		*ret = json_own(a, json_copy_deep(c));
	return fake_leave(f, c != NULL);
}

/* As Docker lists it. */
static json_t *
summary(const json_t *c)
{
	const char *status = json_str(json_get(c, "State"), "Status");
	json_t *v = json_make("{s:s, s:[s], s:s, s:s, s:s, s:s}", "Id", json_str(c, "Id"),
	    "Names", json_str(c, "Name"), "Image",
	    json_str(json_get(c, "Config"), "Image"), "ImageID", json_str(c, "Image"),
	    "State", status, "Status", status);

	json_set(v, "Labels", json_copy_deep(json_path(c, "Config.Labels")));
	json_set(v, "NetworkSettings", json_copy_deep(json_get(c, "NetworkSettings")));
	json_set(v, "Mounts", json_new_array());
	json_set_str(json_need_object(v, "HostConfig"), "NetworkMode",
	    json_str_or(json_get(c, "HostConfig"), "NetworkMode", "default"));
	return v;
}

int
fake_container_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err)
{
	struct engine_fake *f = fake_of(e);
	json_t *list, *c;
	const char *key;

	if (fake_enter(f, "container_list", err) < 0)
		return -1;
	list = json_own(a, json_new_array());
	json_object_foreach(f->containers, key, c)
		if (fake_has_label(json_path(c, "Config.Labels"), label))
			json_add(list, summary(c));
	*ret = list;
	return fake_leave(f, 0);
}

/* Files */

struct unpacking {
	struct engine_fake *fake;
	const char *container, *dir;
};

void
fake_file_free(struct file *file)
{
	free(file->container);
	free(file->path);
	free(file->bytes);
	free(file);
}

static char *
path_in(const char *dir, const char *path)
{
	size_t n = strlen(dir);
	char *full;

	while (n > 0 && dir[n - 1] == '/')
		n--;
	while (path[0] == '/' || strncmp(path, "./", 2) == 0)
		path += path[0] == '/' ? 1 : 2;
	if (asprintf(&full, "%.*s/%s", (int)n, dir, path) < 0)
		fatal("out of memory");
	return full;
}

static int
unpack(void *arg, const struct tar_entry *entry)
{
	struct unpacking *u = arg;
	struct file *file;

	if (entry->bytes == NULL)
		return 0;
	file = calloc(1, sizeof(*file));
	if (file == NULL || (file->container = strdup(u->container)) == NULL ||
	    (file->bytes = malloc(entry->len + 1)) == NULL)
		fatal("out of memory");
	file->path = path_in(u->dir, entry->path);
	file->mode = entry->mode;
	file->len = entry->len;
	memcpy(file->bytes, entry->bytes, entry->len);
	file->bytes[entry->len] = '\0';
	file->next = u->fake->files; /* newest first: it hides the one it replaces */
	u->fake->files = file;
	return 0;
}

int
fake_archive_put(struct engine *e, const char *name, const char *dir, const void *tar,
    size_t len, struct err *err)
{
	struct engine_fake *f = fake_of(e);
	struct unpacking u = { .fake = f, .dir = dir };
	struct err bad;
	json_t *c;

	if (fake_enter(f, "archive_put", err) < 0)
		return -1;
	c = fake_need_container(f, name, err);
	if (c == NULL)
		return fake_leave(f, -1);
	u.container = json_str(c, "Id");
	if (tar_each(tar, len, MAX_FILE, unpack, &u, &bad) < 0)
		return fake_leave(f, err_set(err, &engine_refused, "%s", bad.msg));
	return fake_leave(f, 0);
}
