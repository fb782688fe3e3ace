#include "control/plane/seat.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

struct seat {
	struct store *store;
	seat_changed_fn *changed;
	void *arg;
	int is_shared, was_leading;
	atomic_size_t n_others;
	atomic_llong leads_until; /* monotonic ms */
	pthread_t thread;
	pthread_mutex_t lock; /* for what follows */
	pthread_cond_t wake;
	int is_over;
};

int
seat_leads(const struct seat *seat)
{
	return clock_monotonic_ms() < atomic_load(&seat->leads_until);
}

size_t
seat_others(const struct seat *seat)
{
	return atomic_load(&seat->n_others);
}

/* Take or keep it.  The time is counted from before the request, so never too long. */
static void
keep(struct seat *seat)
{
	int64_t now = clock_monotonic_ms();
	struct store_seat got;
	struct err err;
	int leads;

	if (store_seat(seat->store, SEAT_TTL_MS, &got, &err) == 0) {
		seat->is_shared = got.is_shared;
		atomic_store(&seat->n_others, got.n_others);
		atomic_store(&seat->leads_until,
		    !got.leads	      ? 0 :
			got.is_shared ? now + SEAT_TTL_MS :
					INT64_MAX);
	} else {
		log_debug("seat", "%s", err.msg);
		seat->is_shared = 1;
	}
	leads = seat_leads(seat);
	if (leads != seat->was_leading)
		seat->changed(seat->arg, leads);
	seat->was_leading = leads;
}

/* 1 when it is over. */
static int
pause_is_over(struct seat *seat)
{
	int64_t until = clock_monotonic_ms() + SEAT_KEEP_MS;
	struct timespec ts = { (time_t)(until / 1000), (long)(until % 1000) * 1000000 };
	int rc = 0, is_over;

	pthread_mutex_lock(&seat->lock);
	while (rc == 0 && !seat->is_over)
		rc = pthread_cond_timedwait(&seat->wake, &seat->lock, &ts);
	is_over = seat->is_over;
	pthread_mutex_unlock(&seat->lock);
	return is_over;
}

static void *
sit(void *arg)
{
	struct seat *seat = arg;

	while (!pause_is_over(seat))
		keep(seat);
	return NULL;
}

struct seat *
seat_take(struct store *s, seat_changed_fn *changed, void *arg)
{
	struct seat *seat = calloc(1, sizeof(*seat));
	pthread_condattr_t attr;

	if (seat == NULL)
		fatal("out of memory");
	seat->store = s;
	seat->changed = changed;
	seat->arg = arg;
	pthread_mutex_init(&seat->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&seat->wake, &attr);
	pthread_condattr_destroy(&attr);
	keep(seat);
	if (seat->is_shared && pthread_create(&seat->thread, NULL, sit, seat) != 0)
		fatal("no thread");
	return seat;
}

/* A store that is away says nothing of the others: what was last known counts. */
size_t
seat_leave(struct seat *seat)
{
	struct store_seat left = { .n_others = seat->n_others };
	struct err err;

	if (seat->is_shared) {
		pthread_mutex_lock(&seat->lock);
		seat->is_over = 1;
		pthread_cond_signal(&seat->wake);
		pthread_mutex_unlock(&seat->lock);
		pthread_join(seat->thread, NULL);
		left.n_others = seat->n_others;
		if (store_seat(seat->store, 0, &left, &err) < 0)
			log_warn("seat", "%s", err.msg);
	}
	pthread_cond_destroy(&seat->wake);
	pthread_mutex_destroy(&seat->lock);
	free(seat);
	return left.n_others;
}
