#include "control/plane/queue.h"

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

enum { BUCKETS = 1024, NEVER = 0 };

struct item {
	struct queue_item pub; /* first */
	struct item *next;     /* in the bucket */
	struct item *later;    /* in the list of those with a due time, soonest first */
	int64_t due_ms;	       /* NEVER: not in that list */
	int taken, woken;
	int doubted; /* while it was taken */
	char text[]; /* scope, kind and id, a NUL behind each */
};

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t due;
	struct item *bucket[BUCKETS];
	struct item *soonest;
	size_t n_taken;
	int closed, paused;
};

struct queue *
queue_new(void)
{
	struct queue *q = calloc(1, sizeof(*q));
	pthread_condattr_t attr;

	if (q == NULL)
		fatal("out of memory");
	pthread_mutex_init(&q->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&q->due, &attr);
	pthread_condattr_destroy(&attr);
	return q;
}

void
queue_free(struct queue *q)
{
	struct item *next;

	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct item *it = q->bucket[i]; it != NULL; it = next) {
			next = it->next;
			free(it);
		}
	}
	pthread_cond_destroy(&q->due);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

/* FNV-1a over the three names. */
static uint32_t
hash(const char *scope, const char *kind, const char *id)
{
	const char *const parts[] = { scope, kind, id };
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < COUNT(parts); i++) {
		for (const char *p = parts[i]; *p != '\0'; p++)
			h = (h ^ (unsigned char)*p) * 16777619U;
	}
	return h % BUCKETS;
}

static struct item *
item_new(const char *scope, const char *kind, const char *id)
{
	size_t n = strlen(scope) + 1, k = strlen(kind) + 1, i = strlen(id) + 1;
	struct item *it = calloc(1, sizeof(*it) + n + k + i);

	if (it == NULL)
		fatal("out of memory");
	memcpy(it->text, scope, n);
	memcpy(it->text + n, kind, k);
	memcpy(it->text + n + k, id, i);
	it->pub.scope = it->text;
	it->pub.kind = it->text + n;
	it->pub.id = it->text + n + k;
	it->pub.is_first = 1;
	return it;
}

static struct item *
find_or_add(struct queue *q, const char *scope, const char *kind, const char *id)
{
	struct item **head = &q->bucket[hash(scope, kind, id)], *it;

	for (it = *head; it != NULL; it = it->next) {
		if (strcmp(it->pub.id, id) == 0 && strcmp(it->pub.kind, kind) == 0 &&
		    strcmp(it->pub.scope, scope) == 0)
			return it;
	}
	it = item_new(scope, kind, id);
	it->next = *head;
	*head = it;
	return it;
}

static void
unschedule(struct queue *q, struct item *it)
{
	struct item **p = &q->soonest;

	if (it->due_ms == NEVER)
		return;
	while (*p != it)
		p = &(*p)->later;
	*p = it->later;
	it->later = NULL;
	it->due_ms = NEVER;
}

/* An earlier time wins. */
static void
schedule(struct queue *q, struct item *it, int64_t due_ms)
{
	struct item **p = &q->soonest;

	if (it->due_ms != NEVER && it->due_ms <= due_ms)
		return;
	unschedule(q, it);
	while (*p != NULL && (*p)->due_ms <= due_ms)
		p = &(*p)->later;
	it->later = *p;
	it->due_ms = due_ms;
	*p = it;
	pthread_cond_signal(&q->due);
}

void
queue_wake(struct queue *q, const char *scope, const char *kind, const char *id,
    int64_t delay_ms)
{
	struct item *it;

	pthread_mutex_lock(&q->lock);
	if (!q->paused) {
		it = find_or_add(q, scope, kind, id);
		if (it->taken)
			it->woken = 1;
		else
			schedule(q, it, clock_monotonic_ms() + delay_ms);
	}
	pthread_mutex_unlock(&q->lock);
}

/* With the lock held. */
static const struct queue_item *
take_due(struct queue *q)
{
	struct item *it = q->soonest;

	if (q->closed || q->paused || it == NULL || it->due_ms > clock_monotonic_ms())
		return NULL;
	unschedule(q, it);
	it->taken = 1;
	it->woken = it->doubted = 0;
	q->n_taken++;
	return &it->pub;
}

const struct queue_item *
queue_take_now(struct queue *q)
{
	const struct queue_item *item;

	pthread_mutex_lock(&q->lock);
	item = take_due(q);
	pthread_mutex_unlock(&q->lock);
	return item;
}

const struct queue_item *
queue_take(struct queue *q)
{
	const struct queue_item *item;

	pthread_mutex_lock(&q->lock);
	while ((item = take_due(q)) == NULL && !q->closed) {
		struct timespec ts;

		if (q->soonest == NULL || q->paused) {
			pthread_cond_wait(&q->due, &q->lock);
			continue;
		}
		ts.tv_sec = (time_t)(q->soonest->due_ms / 1000);
		ts.tv_nsec = (long)(q->soonest->due_ms % 1000) * 1000000;
		pthread_cond_timedwait(&q->due, &q->lock, &ts);
	}
	pthread_mutex_unlock(&q->lock);
	return item;
}

static void
item_drop(struct queue *q, struct item *it)
{
	struct item **p = &q->bucket[hash(it->pub.scope, it->pub.kind, it->pub.id)];

	unschedule(q, it);
	while (*p != it)
		p = &(*p)->next;
	*p = it->next;
	free(it);
}

static void
note_result(struct item *it, const char *error)
{
	if (error != NULL) {
		snprintf(it->pub.error, sizeof(it->pub.error), "%s", error);
		it->pub.tries++;
		return;
	}
	it->pub.error[0] = '\0';
	it->pub.tries = 0;
	it->pub.is_first = it->doubted;
}

void
queue_done(struct queue *q, const struct queue_item *item, int64_t again_ms,
    const char *error, int forget)
{
	int64_t now = clock_monotonic_ms();
	struct item *it;

	pthread_mutex_lock(&q->lock);
	it = find_or_add(q, item->scope, item->kind, item->id);
	assert(it->taken);
	note_result(it, error);
	it->taken = 0;
	q->n_taken--;
	if (it->woken)
		schedule(q, it, now);
	else if (again_ms > 0)
		schedule(q, it, now + again_ms);
	else if (forget)
		item_drop(q, it);
	pthread_mutex_unlock(&q->lock);
}

void
queue_doubt(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct item *it = q->bucket[i]; it != NULL; it = it->next) {
			if (it->taken) {
				it->woken = it->doubted = 1;
				continue;
			}
			it->pub.is_first = 1;
			it->pub.tries = 0;
			schedule(q, it, clock_monotonic_ms());
		}
	}
	pthread_mutex_unlock(&q->lock);
}

void
queue_pause(struct queue *q, int paused)
{
	pthread_mutex_lock(&q->lock);
	q->paused = paused;
	pthread_cond_broadcast(&q->due);
	pthread_mutex_unlock(&q->lock);
}

void
queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = 1;
	pthread_cond_broadcast(&q->due);
	pthread_mutex_unlock(&q->lock);
}

size_t
queue_backlog(struct queue *q)
{
	int64_t now = clock_monotonic_ms();
	size_t n;

	pthread_mutex_lock(&q->lock);
	n = q->n_taken;
	for (const struct item *it = q->paused ? NULL : q->soonest;
	     it != NULL && it->due_ms <= now; it = it->later)
		n++;
	pthread_mutex_unlock(&q->lock);
	return n;
}

json_t *
queue_failures(struct queue *q, struct arena *a)
{
	json_t *list = json_own(a, json_new_array());

	pthread_mutex_lock(&q->lock);
	for (size_t i = 0; i < BUCKETS; i++) {
		for (const struct item *it = q->bucket[i]; it != NULL; it = it->next) {
			if (it->pub.tries > 0)
				json_add(list,
				    json_make("{s:s, s:s, s:s, s:s, s:I}", "scope",
					it->pub.scope, "kind", it->pub.kind, "id",
					it->pub.id, "error", it->pub.error, "tries",
					(json_int_t)it->pub.tries));
		}
	}
	pthread_mutex_unlock(&q->lock);
	return list;
}
