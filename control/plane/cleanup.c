#include "control/plane/cleanup.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/log.h"
#include "control/api/env.h"
#include "control/api/network.h"
#include "control/engine/labels.h"

enum { N_REMOVERS = 4 };

typedef int remove_fn(struct engine *e, const char *name, struct err *err);

struct removal {
	struct engine *engine;
	remove_fn *remove;
	const json_t *names;
	atomic_size_t next;
};

/* Names of those that `which` chooses: 1 to remove. */
typedef int choose_fn(struct env *env, struct arena *a, const json_t *labels);

static int
all(struct env *env UNUSED, struct arena *a UNUSED, const json_t *labels UNUSED)
{
	return 1;
}

/* The resource that the labels name is not in the store. */
static int
stale(struct env *env, struct arena *a, const json_t *labels)
{
	const char *scope =
	    arena_printf(a, "%s:%s", json_str_or(labels, LABEL_ACCOUNT, "?"),
		json_str_or(labels, LABEL_REGION, "?"));
	const char *kind =
	    arena_printf(a, "%s:%s", json_str_or(labels, LABEL_SERVICE, "?"),
		json_str_or(labels, LABEL_KIND, "?"));
	struct err err;
	json_t *doc;

	return store_get(store_begin(env->store, a), scope, kind,
		   json_str_or(labels, LABEL_ID, "?"), &doc, &err) == 0;
}

static void *
remover(void *arg)
{
	struct removal *r = arg;
	struct err err;
	size_t i;

	while ((i = atomic_fetch_add(&r->next, 1)) < json_array_size(r->names)) {
		const char *name = json_string_value(json_array_get(r->names, i));

		if (r->remove(r->engine, name, &err) < 0)
			log_warn("cleanup", "%s stays: %s", name, err.msg);
	}
	return NULL;
}

static void
remove_each(struct env *env, const json_t *names, remove_fn *fn)
{
	struct removal r = { .engine = env->engine, .remove = fn, .names = names };
	pthread_t threads[N_REMOVERS];

	for (size_t i = 0; i < N_REMOVERS; i++)
		pthread_create(&threads[i], NULL, remover, &r);
	for (size_t i = 0; i < N_REMOVERS; i++)
		pthread_join(threads[i], NULL);
}

/* Images go by name, one at a time; volumes have nothing else. */
static const char *
name_of(const json_t *row)
{
	const json_t *tags = json_get(row, "RepoTags");

	if (json_array_size(tags) > 0)
		return json_string_value(json_array_get(tags, 0));
	return json_str_or(row, "Id", json_str_or(row, "Name", ""));
}

static json_t *
choose(struct env *env, struct arena *a, const json_t *list, choose_fn *which)
{
	json_t *names = json_own(a, json_new_array());
	const json_t *row;
	size_t i;

	json_array_foreach(list, i, row) {
		if (which(env, a, json_get(row, "Labels")))
			json_add_str(names, name_of(row));
	}
	return names;
}

/* Of images only those that we made: others may have our labels by way of `docker commit`. */
static int
is_snapshot(struct env *env UNUSED, struct arena *a UNUSED, const json_t *labels)
{
	return strcmp(json_str_or(labels, LABEL_KIND, ""), "snapshot") == 0;
}

static int
stale_snapshot(struct env *env, struct arena *a, const json_t *labels)
{
	return is_snapshot(env, a, labels) && stale(env, a, labels);
}

/* Data: what volumes and snapshots hold.  With containers gone, nobody has it. */
static void
cleanup_data(struct env *env, struct arena *a, const char *label, int only_stale)
{
	struct err err;
	json_t *list;

	if (engine_volume_list(env->engine, a, label, &list, &err) == 0)
		remove_each(env, choose(env, a, list, only_stale ? stale : all),
		    engine_volume_remove);
	if (engine_image_list(env->engine, a, label, &list, &err) == 0)
		remove_each(env,
		    choose(env, a, list, only_stale ? stale_snapshot : is_snapshot),
		    engine_image_remove);
}

static void
cleanup(struct env *env, choose_fn *which)
{
	const struct settings *s = env->settings;
	int keeps = s->data_dir != NULL || s->redis_url != NULL;
	struct arena *a = arena_new();
	const char *label =
	    arena_printf(a, "%s=%s", LABEL_OWNER, env->settings->instance);
	struct err err;
	json_t *list;

	if (engine_container_list(env->engine, a, label, &list, &err) == 0)
		remove_each(env, choose(env, a, list, which), engine_container_remove);
	if (engine_network_list(env->engine, a, label, &list, &err) == 0)
		remove_each(env, choose(env, a, list, which), network_remove);
	cleanup_data(env, a, label, keeps || which == stale);
	arena_free(a);
}

void
cleanup_stale(struct env *env)
{
	cleanup(env, stale);
}

void
cleanup_all(struct env *env)
{
	cleanup(env, all);
}
