#include "control/plane/sweep.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/log.h"
#include "control/api/service.h"

/* A blob's document is committed right behind it; replicas may have begun long before us. */
#define LABEL_KIND "sys:blobs"
#define LABEL_ID   "label"

enum {
	AGE_MS = 60 * 1000,
	MAX_TRIES = 40,
	SHARED_AGE_MS = 3600 * 1000,
	CLOCK_GRAIN_MS = 20
};

struct sweep {
	struct env *env;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake; /* by the monotonic clock */
	int64_t due_ms;	     /* monotonic; 0: never */
	int64_t first_before_ms;
	char label[BLOB_ID_LEN + 1]; /* ""; the blobs are another store's */
	int is_over;
};

/* Ids that documents refer to, sorted once all are here. */
struct known {
	char (*id)[BLOB_ID_LEN + 1];
	size_t n, cap;
};

static int
add_known(void *arg, const char *id)
{
	struct known *k = arg;

	if (strlen(id) != BLOB_ID_LEN)
		return 0;
	if (k->n == k->cap) {
		k->cap = k->cap == 0 ? 256 : 2 * k->cap;
		k->id = realloc(k->id, k->cap * sizeof(*k->id));
		if (k->id == NULL)
			fatal("out of memory");
	}
	memcpy(k->id[k->n++], id, BLOB_ID_LEN + 1);
	return 0;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int
is_known(void *arg, const char *id)
{
	const struct known *k = arg;

	return k->n > 0 && bsearch(id, k->id, k->n, sizeof(*k->id), by_text) != NULL;
}

/* Twice, so that what moves from one kind to another while it is walked is seen. */
static int
find_known(struct env *env, struct known *k, struct err *err)
{
	for (size_t i = 0; i < 2 * env->n_services; i++) {
		const struct service *s = env->services[i % env->n_services];

		if (s->each_blob != NULL && s->each_blob(env, add_known, k, err) != 0)
			return -1;
	}
	if (k->n > 0)
		qsort(k->id, k->n, sizeof(*k->id), by_text);
	return 0;
}

static int64_t
now_ms(void)
{
	return clock_system.now_ms(&clock_system);
}

/* What was made later may have its document after the walk. */
static void
run_once(struct env *env, int64_t before_ms)
{
	struct known k = { NULL, 0, 0 };
	struct err err;
	size_t n = 0;

	if (find_known(env, &k, &err) < 0 ||
	    blobs_sweep(env->blobs, now_ms() - before_ms, is_known, &k, &n, &err) < 0)
		log_warn("sweep", "%s", err.msg);
	else if (n > 0)
		log_info("sweep", "removed %zu blobs that nothing refers to", n);
	free(k.id);
}

/* One try: 1 done, 0 conflict, -1. */
static int
put_label(struct env *env, const char *label, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct store_txn *t = store_begin(env->store, a);
	json_t *doc;

	if (store_get(t, STORE_SYSTEM, LABEL_KIND, LABEL_ID, &doc, err) < 0)
		return -1;
	store_put(t, STORE_SYSTEM, LABEL_KIND, LABEL_ID,
	    json_own(a, json_make("{s:s}", "label", label)));
	return store_commit(t, err);
}

static int
keep_label(const struct sweep *s, struct err *err)
{
	int rc = 0;

	for (int try = 0; rc == 0; try++) {
		if (try == MAX_TRIES)
			return err_set(err, &err_unavailable, "too many conflicts");
		rc = put_label(s->env, s->label, err);
	}
	return rc < 0 ? -1 : 0;
}

/*
 * Do store and blobs belong together?  A new folder is this store's from now on; a new store says so before the folder
 * does, so that a crash between leaves them together.  0 or -1.
 */
static int
find_label(struct sweep *s, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct store_txn *t = store_begin(s->env->store, a);
	const char *own = NULL, *label = NULL;
	json_t *doc;
	int has = blobs_label_get(s->env->blobs, a, &label, err), rc;

	rc = has < 0 ? -1 : store_get(t, STORE_SYSTEM, LABEL_KIND, LABEL_ID, &doc, err);
	if (rc < 0)
		return -1;
	if (rc > 0)
		own = json_str_or(doc, "label", "");
	if (has && (own == NULL || strcmp(own, label) != 0)) {
		log_warn("sweep",
		    "the objects in the data directory are not this store's: none is removed");
		return 0;
	}
	if (own != NULL)
		snprintf(s->label, sizeof(s->label), "%s", own);
	else
		random_text(s->label, BLOB_ID_LEN, "0123456789abcdef");
	if (own == NULL && keep_label(s, err) < 0)
		return -1;
	return has ? 0 : blobs_label_set(s->env->blobs, s->label, err);
}

/* Until it is due: 1, or 0 when the process ends. */
static int
wait_due(struct sweep *s)
{
	int over;

	pthread_mutex_lock(&s->lock);
	while (!s->is_over && (s->due_ms == 0 || clock_monotonic_ms() < s->due_ms)) {
		struct timespec until = { s->due_ms / 1000,
			s->due_ms % 1000 * 1000 * 1000 };

		if (s->due_ms == 0)
			pthread_cond_wait(&s->wake, &s->lock);
		else
			pthread_cond_timedwait(&s->wake, &s->lock, &until);
	}
	s->due_ms = 0;
	over = s->is_over;
	pthread_mutex_unlock(&s->lock);
	return !over;
}

static void *
run(void *arg)
{
	struct sweep *s = arg;

	if (*s->label != '\0')
		run_once(s->env, s->first_before_ms);
	while (wait_due(s)) {
		if (*s->label != '\0')
			run_once(s->env, now_ms() - AGE_MS);
	}
	return NULL;
}

struct sweep *
sweep_start(struct env *env)
{
	struct sweep *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;
	struct err err;

	if (s == NULL)
		fatal("out of memory");
	s->env = env;
	s->first_before_ms = now_ms() -
	    (env->settings->redis_url != NULL ? SHARED_AGE_MS : CLOCK_GRAIN_MS);
	if (find_label(s, &err) < 0)
		log_warn("sweep", "%s", err.msg);
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&s->thread, NULL, run, s) != 0)
		fatal("sweep: no thread");
	return s;
}

void
sweep_soon(struct sweep *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	if (s->due_ms == 0)
		s->due_ms = clock_monotonic_ms() + AGE_MS + 1000;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
}

void
sweep_stop(struct sweep *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->is_over = 1;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
