#include "control/api/count.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "control/api/service.h"

enum ending { OK, FAILED, NOT_IMPLEMENTED, N_ENDINGS };

struct counter {
	atomic_ulong n[N_ENDINGS];
};

/* A row a model, in model_at()'s order, with a counter an operation. */
static struct counter **counters;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
make_counters(void)
{
	size_t n = model_count();

	counters = calloc(n, sizeof(*counters));
	if (counters == NULL)
		fatal("out of memory");
	for (size_t i = 0; i < n; i++) {
		counters[i] = calloc(model_op_count(model_at(i)) + 1, sizeof(**counters));
		if (counters[i] == NULL)
			fatal("out of memory");
	}
}

static struct counter *
counter_find(const struct model *m, const struct model_op *op)
{
	pthread_once(&once, make_counters);
	for (size_t i = 0; i < model_count(); i++) {
		if (model_at(i) != m)
			continue;
		return &counters[i][model_op_index(m, op)];
	}
	return NULL;
}

void
count_call(const struct model *m, const struct model_op *op, int status)
{
	struct counter *counter = counter_find(m, op);

	if (counter != NULL)
		atomic_fetch_add_explicit(&counter->n[status == 501 ? NOT_IMPLEMENTED :
						  status >= 400	    ? FAILED :
								      OK],
		    1, memory_order_relaxed);
}

static json_t *
called(const struct model *m)
{
	json_t *rows = json_new_object();

	for (size_t i = 0; i < model_op_count(m); i++) {
		const struct model_op *op = model_op_at(m, i);
		struct counter *counter = counter_find(m, op);
		unsigned long n[N_ENDINGS], sum = 0;

		for (size_t k = 0; k < N_ENDINGS; k++)
			sum += n[k] =
			    atomic_load_explicit(&counter->n[k], memory_order_relaxed);
		if (sum > 0)
			json_set(rows, model_op_name(m, op),
			    json_make("{s:I, s:I, s:I}", "ok", (json_int_t)n[OK],
				"failed", (json_int_t)n[FAILED], "not_implemented",
				(json_int_t)n[NOT_IMPLEMENTED]));
	}
	return rows;
}

json_t *
count_coverage(struct arena *a, const struct env *env)
{
	json_t *all = json_own(a, json_new_object());
	json_t *services = json_need_object(all, "services");

	for (size_t i = 0; i < model_count(); i++) {
		const struct model *m = model_at(i);
		const struct service *s = service_find(env, model_name(m));

		json_set(services, model_name(m),
		    json_make("{s:I, s:I, s:o}", "operations",
			(json_int_t)model_op_count(m), "implemented",
			(json_int_t)(s != NULL ? service_count_ops(s) : 0), "called",
			called(m)));
	}
	return all;
}
