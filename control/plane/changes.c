/*
 * Changes of the store, counted by account, so that long polls wait for
 * their own.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "control/plane/plane.h"

enum { BUCKETS = 64 };

struct changes {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	uint64_t all;
	uint64_t
	    account[BUCKETS]; /* accounts that share a bucket wake each other, no more */
	int closed;
};

static size_t
bucket_of(const char *scope)
{
	size_t h = 0;

	for (; *scope != '\0' && *scope != ':'; scope++)
		h = h * 31 + (unsigned char)*scope;
	return h % BUCKETS;
}

static void
on_change(void *arg, const struct store_change *change)
{
	struct changes *ch = arg;

	pthread_mutex_lock(&ch->lock);
	ch->all++;
	/* Every VPC's resolver answers from public zones of all accounts. */
	if (change->scope != NULL && strcmp(change->kind, "route53:serial") != 0) {
		ch->account[bucket_of(change->scope)]++;
	} else {
		for (size_t i = 0; i < BUCKETS; i++)
			ch->account[i]++;
	}
	pthread_cond_broadcast(&ch->cond);
	pthread_mutex_unlock(&ch->lock);
}

struct changes *
changes_new(struct store *s)
{
	struct changes *ch = calloc(1, sizeof(*ch));
	pthread_condattr_t attr;

	if (ch == NULL)
		fatal("out of memory");
	pthread_mutex_init(&ch->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&ch->cond, &attr);
	pthread_condattr_destroy(&attr);
	store_watch(s, on_change, ch);
	return ch;
}

static uint64_t
seen_now(const struct changes *ch, const char *scope)
{
	return scope == NULL ? ch->all : ch->account[bucket_of(scope)];
}

uint64_t
changes_seen(struct changes *ch, const char *scope)
{
	uint64_t n;

	pthread_mutex_lock(&ch->lock);
	n = seen_now(ch, scope);
	pthread_mutex_unlock(&ch->lock);
	return n;
}

int
changes_wait(struct changes *ch, const char *scope, uint64_t seen, int64_t wait_ms)
{
	int64_t end = clock_monotonic_ms() + wait_ms;
	struct timespec ts = { (time_t)(end / 1000), (long)(end % 1000) * 1000000 };
	int changed;

	pthread_mutex_lock(&ch->lock);
	while (!ch->closed && seen_now(ch, scope) == seen) {
		if (pthread_cond_timedwait(&ch->cond, &ch->lock, &ts) != 0)
			break;
	}
	changed = seen_now(ch, scope) != seen;
	pthread_mutex_unlock(&ch->lock);
	return changed;
}

void
changes_close(struct changes *ch)
{
	pthread_mutex_lock(&ch->lock);
	ch->closed = 1;
	pthread_cond_broadcast(&ch->cond);
	pthread_mutex_unlock(&ch->lock);
}
