#include "control/plane/reconcile.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "control/api/converge.h"
#include "control/api/service.h"
#include "control/engine/labels.h"
#include "control/plane/queue.h"
#include "control/plane/seat.h"

enum {
	N_WORKERS =
	    4, /* more do not help: Docker sets up one container's network at a time */
	SWEEP_MS = 60 * 1000,
	RETRY_MIN_MS = 200,
	RETRY_MAX_MS = 30 * 1000,
};

struct reconciler {
	struct env *env;
	struct queue *queue;
	struct seat *seat; /* NULL: nobody else is asked (reconcile_pass) */
	pthread_t workers[N_WORKERS], events, sweeper;
	atomic_int over;
	pthread_mutex_t sleep_lock;
	pthread_cond_t sleep;
	int sweep_now; /* with sleep_lock */
};

/* One resource */

static void
name_scope(struct converge *cv)
{
	const char *colon = strchr(cv->scope, ':');

	if (colon == NULL)
		colon = cv->scope + strlen(cv->scope);
	cv->account = arena_strndup(cv->arena, cv->scope, (size_t)(colon - cv->scope));
	cv->region = *colon == ':' ? colon + 1 : "";
}

static int64_t
backoff(unsigned tries)
{
	int64_t ms = RETRY_MIN_MS;

	while (--tries > 0 && ms < RETRY_MAX_MS)
		ms *= 2;
	return ms < RETRY_MAX_MS ? ms : RETRY_MAX_MS;
}

/* Logs a failure once a change of message; when to try again. */
static int64_t
failed(const struct queue_item *item, const struct err *err)
{
	if (strncmp(item->error, err->msg, sizeof(item->error) - 1) != 0)
		log_warn("reconcile", "%s %s: %s, will retry", item->kind, item->id,
		    err->msg);
	return backoff(item->tries + 1);
}

static void
succeeded(const struct queue_item *item)
{
	if (item->tries > 0)
		log_info("reconcile", "%s %s: is well after %u failures", item->kind,
		    item->id, item->tries);
}

static void
wake_other(struct converge *cv, const char *scope, const char *kind, const char *id)
{
	struct reconciler *r = cv->reconciler;

	queue_wake(r->queue, scope, kind, id, 0);
}

/* Watches: whom else it concerns */

struct tell {
	struct converge *cv;
	struct err *err;
};

static int
tell(void *arg, const struct watch *watch)
{
	const struct tell *t = arg;

	return watch->changed(t->cv, t->err);
}

static int
is_watched(void *arg UNUSED, const struct watch *watch UNUSED)
{
	return 1;
}

/* It is looked at when it changes: it has a converge(), or somebody watches it. */
static int
is_followed(const struct env *env, const char *kind)
{
	const struct resource *res = service_find_kind(env, kind);

	return (res != NULL && res->converge != NULL) ||
	    service_each_watch(env, kind, is_watched, NULL);
}

/* converge(), and then those whom the outcome concerns, also of a failure.  0 or -1. */
static int
converge_and_tell(struct converge *cv, struct err *err)
{
	const struct resource *res = service_find_kind(cv->env, cv->kind);
	struct err other = { .kind = NULL };
	struct tell t = { cv, &other };
	int rc;

	if (converge_reload(cv, err) < 0)
		return -1;
	rc = res != NULL && res->converge != NULL ? res->converge(cv, err) : 0;
	if (service_each_watch(cv->env, cv->kind, tell, &t) != 0 && rc == 0) {
		*err = other;
		return -1;
	}
	return rc;
}

/* 0, or -1 when it failed. */
static int
look_at(struct reconciler *r, const struct queue_item *item)
{
	struct arena *a = arena_new();
	struct converge cv = {
		.env = r->env,
		.arena = a,
		.scope = item->scope,
		.kind = item->kind,
		.id = item->id,
		.is_first = item->is_first,
		.wake = wake_other,
		.reconciler = r,
		.now_ms = r->env->clock->now_ms(r->env->clock),
	};
	struct err err = { .kind = NULL };
	int rc = 0, gone = 0;

	/* Another may lead: its first look will find what is to be done. */
	if (r->seat != NULL && !seat_leads(r->seat)) {
		queue_done(r->queue, item, RETRY_MIN_MS, "stands by", 0);
		arena_free(a);
		return 0;
	}
	if (is_followed(r->env, item->kind)) {
		name_scope(&cv);
		rc = converge_and_tell(&cv, &err);
		gone = cv.doc == NULL;
	}
	if (rc < 0) {
		cv.again_ms = failed(item, &err);
		gone = 0;
	} else {
		succeeded(item);
	}
	queue_done(r->queue, item, cv.again_ms, rc < 0 ? err.msg : NULL, gone);
	arena_free(a);
	return rc;
}

static void *
work(void *arg)
{
	struct reconciler *r = arg;
	const struct queue_item *item;

	while ((item = queue_take(r->queue)) != NULL)
		look_at(r, item);
	return NULL;
}

/* Everything: what the store has, and what the engine has that the store may not have. */

static void
wake_scope(struct reconciler *r, struct store_txn *t, const char *scope, const char *kind)
{
	const struct resource *res = service_find_kind(r->env, kind);
	struct store_docs docs;
	struct err err;

	if (store_list(t, scope, kind, &docs, &err) < 0)
		return;
	for (size_t i = 0; i < docs.n; i++)
		queue_wake(r->queue, scope, kind,
		    json_str_or(docs.doc[i], res->id_member, ""), 0);
}

static void
reconciler_wake_kind(struct reconciler *r, const char *kind)
{
	struct arena *a = arena_new();
	struct store_txn *t = store_begin(r->env->store, a);
	struct err err;
	json_t *scopes;
	const json_t *scope;
	size_t i;

	if (store_scopes(t, kind, &scopes, &err) == 0) {
		json_array_foreach(scopes, i, scope) {
			wake_scope(r, t, json_string_value(scope), kind);
		}
	}
	arena_free(a);
}

static void
wake_store(struct reconciler *r)
{
	for (size_t i = 0; i < r->env->n_services; i++) {
		for (const struct family *const *f = r->env->services[i]->families;
		     *f != NULL; f++) {
			const struct resource *const *res = (*f)->resources;

			for (; res != NULL && *res != NULL; res++) {
				if ((*res)->converge != NULL)
					reconciler_wake_kind(r, (*res)->kind);
			}
		}
	}
}

/* The resource that a container, network, volume or image with our labels belongs to. */
static void
wake_labels(struct reconciler *r, const json_t *labels)
{
	const char *account = json_str(labels, LABEL_ACCOUNT);
	const char *region = json_str(labels, LABEL_REGION);
	const char *service = json_str(labels, LABEL_SERVICE);
	const char *kind = json_str(labels, LABEL_KIND), *id = json_str(labels, LABEL_ID);
	char scope[128], full[128];

	if (account == NULL || region == NULL || service == NULL || kind == NULL ||
	    id == NULL)
		return;
	snprintf(scope, sizeof(scope), "%s:%s", account, region);
	snprintf(full, sizeof(full), "%s:%s", service, kind);
	queue_wake(r->queue, scope, full, id, 0);
}

typedef int list_fn(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err);

static void
wake_engine(struct reconciler *r)
{
	static list_fn *const lists[] = { engine_container_list, engine_network_list,
		engine_volume_list, engine_image_list };
	struct arena *a = arena_new();
	const char *label =
	    arena_printf(a, "%s=%s", LABEL_OWNER, r->env->settings->instance);
	const json_t *row;
	struct err err;
	json_t *list;
	size_t i;

	for (size_t k = 0; k < COUNT(lists); k++) {
		if (lists[k](r->env->engine, a, label, &list, &err) < 0)
			continue;
		json_array_foreach(list, i, row) {
			wake_labels(r, json_get(row, "Labels"));
		}
	}
	arena_free(a);
}

static void
wake_all(struct reconciler *r)
{
	wake_store(r);
	if (r->env->engine != NULL)
		wake_engine(r);
}

static void *
sweep(void *arg)
{
	struct reconciler *r = arg;
	struct timespec ts;

	pthread_mutex_lock(&r->sleep_lock);
	while (!atomic_load(&r->over)) {
		clock_gettime(CLOCK_MONOTONIC, &ts);
		ts.tv_sec += SWEEP_MS / 1000;
		if (!r->sweep_now)
			pthread_cond_timedwait(&r->sleep, &r->sleep_lock, &ts);
		r->sweep_now = 0;
		if (atomic_load(&r->over))
			break;
		/* Without the lock, which the store's thread may want meanwhile. */
		pthread_mutex_unlock(&r->sleep_lock);
		wake_all(r);
		pthread_mutex_lock(&r->sleep_lock);
	}
	pthread_mutex_unlock(&r->sleep_lock);
	return NULL;
}

/* What happens elsewhere */

static void
on_change(void *arg, const struct store_change *change)
{
	struct reconciler *r = arg;

	if (change->scope == NULL) {
		/* The store must not be used here: the sweeper does it. */
		pthread_mutex_lock(&r->sleep_lock);
		queue_doubt(r->queue);
		r->sweep_now = 1;
		pthread_cond_signal(&r->sleep);
		pthread_mutex_unlock(&r->sleep_lock);
		return;
	}
	if (is_followed(r->env, change->kind))
		queue_wake(r->queue, change->scope, change->kind, change->id, 0);
}

/* Somebody came to a network of ours or left it; an event has no labels of the network's. */
static void
wake_network(struct reconciler *r, const char *id)
{
	struct arena *a = arena_new();
	struct err err;
	json_t *found;

	if (engine_network_inspect(r->env->engine, a, id, &found, &err) > 0)
		wake_labels(r, json_get(found, "Labels"));
	arena_free(a);
}

/* Only what begins or ends a container: exec and attach are no news. */
static void
on_event(void *arg, const struct engine_event *event)
{
	static const char *const news[] = { "start", "die", "destroy", "pause",
		"unpause" };
	struct reconciler *r = arg;

	/* What happened before this connection nobody told us. */
	if (strcmp(event->type, "daemon") == 0 &&
	    strcmp(event->action, "connected") == 0) {
		queue_doubt(r->queue);
		wake_engine(r);
	}
	if (strcmp(event->type, "network") == 0 &&
	    strstr(event->action, "connect") != NULL)
		wake_network(r, event->id);
	for (size_t i = 0; i < COUNT(news); i++) {
		if (strcmp(event->action, news[i]) == 0)
			wake_labels(r, event->attributes);
	}
}

static int
is_over(void *arg)
{
	struct reconciler *r = arg;

	return atomic_load(&r->over);
}

static void *
follow(void *arg)
{
	struct reconciler *r = arg;
	char label[128];
	struct err err = { .kind = NULL };
	int was_down = 0;

	snprintf(label, sizeof(label), "%s=%s", LABEL_OWNER, r->env->settings->instance);
	while (!atomic_load(&r->over)) {
		struct timespec second = { 1, 0 };

		if (engine_events(r->env->engine, label, on_event, r, is_over, &err) == 0)
			continue;
		if (!was_down)
			log_warn("reconcile", "events of the engine: %s, will retry",
			    err.msg);
		was_down = 1;
		nanosleep(&second, NULL);
	}
	return NULL;
}

/* What happened while another led nobody told us. */
static void
on_lead(void *arg, int leads)
{
	struct reconciler *r = arg;

	queue_pause(r->queue, !leads);
	if (!leads) {
		log_info("reconcile", "stands by: another replica leads");
		return;
	}
	log_info("reconcile", "leads");
	pthread_mutex_lock(&r->sleep_lock);
	queue_doubt(r->queue);
	r->sweep_now = 1;
	pthread_cond_signal(&r->sleep);
	pthread_mutex_unlock(&r->sleep_lock);
}

/* Life */

static struct reconciler *
reconciler_new(struct env *env)
{
	struct reconciler *r = calloc(1, sizeof(*r));
	pthread_condattr_t attr;

	if (r == NULL)
		fatal("out of memory");
	r->env = env;
	r->queue = queue_new();
	pthread_mutex_init(&r->sleep_lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->sleep, &attr);
	pthread_condattr_destroy(&attr);
	return r;
}

void
reconciler_free(struct reconciler *r)
{
	queue_free(r->queue);
	pthread_cond_destroy(&r->sleep);
	pthread_mutex_destroy(&r->sleep_lock);
	free(r);
}

struct reconciler *
reconciler_start(struct env *env)
{
	struct reconciler *r = reconciler_new(env);

	queue_pause(r->queue, 1);
	r->seat = seat_take(env->store, on_lead, r);
	store_watch(env->store, on_change, r);
	for (size_t i = 0; i < N_WORKERS; i++)
		pthread_create(&r->workers[i], NULL, work, r);
	pthread_create(&r->sweeper, NULL, sweep, r);
	if (env->engine != NULL)
		pthread_create(&r->events, NULL, follow, r);
	wake_all(r);
	return r;
}

/* The store's thread may still tell us of changes, so the memory stays. */
size_t
reconciler_stop(struct reconciler *r)
{
	pthread_mutex_lock(&r->sleep_lock);
	atomic_store(&r->over, 1);
	pthread_cond_signal(&r->sleep);
	pthread_mutex_unlock(&r->sleep_lock);
	queue_close(r->queue);
	for (size_t i = 0; i < N_WORKERS; i++)
		pthread_join(r->workers[i], NULL);
	pthread_join(r->sweeper, NULL);
	if (r->env->engine != NULL)
		pthread_join(r->events, NULL);
	return seat_leave(r->seat);
}

size_t
reconciler_others(const struct reconciler *r)
{
	return seat_others(r->seat);
}

int
reconciler_leads(const struct reconciler *r)
{
	return seat_leads(r->seat);
}

int
reconcile_pass(struct env *env)
{
	struct reconciler *r = reconciler_new(env);
	const struct queue_item *item;
	int n_failed = 0;

	wake_all(r);
	while ((item = queue_take_now(r->queue)) != NULL)
		n_failed += look_at(r, item) < 0;
	reconciler_free(r);
	return n_failed;
}

json_t *
reconciler_failures(struct reconciler *r, struct arena *a)
{
	return queue_failures(r->queue, a);
}

size_t
reconciler_backlog(struct reconciler *r)
{
	return queue_backlog(r->queue);
}
