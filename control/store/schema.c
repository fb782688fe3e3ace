#include "control/store/schema.h"

#include "base/log.h"

#define KIND "sys:schema"
#define ID   "schema"

enum { MAX_TRIES = 40 };

/* Version 1 is the first. */
static schema_step_fn *const steps[] = { NULL };

enum { N_STEPS = COUNT(steps) - 1 };

static const struct err_kind too_new = { "SchemaTooNew", 503 };

int
schema_version(void)
{
	return N_STEPS + 1;
}

/* Data that say nothing are of version 1, or there are none. */
static int
read_version(struct store *s, int *ret, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	json_t *doc;
	int rc = store_get(store_begin(s, a), STORE_SYSTEM, KIND, ID, &doc, err);

	if (rc > 0)
		*ret = (int)json_int(doc, "version", 1);
	return rc;
}

/* One try: 1 done, 0 conflict, -1. */
static int
put_version(struct store *s, int version, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct store_txn *t = store_begin(s, a);
	json_t *doc;

	if (store_get(t, STORE_SYSTEM, KIND, ID, &doc, err) < 0)
		return -1;
	store_put(t, STORE_SYSTEM, KIND, ID,
	    json_own(a, json_make("{s:i}", "version", version)));
	return store_commit(t, err);
}

static int
say_version(struct store *s, int version, struct err *err)
{
	int rc = 0;

	for (int try = 0; rc == 0; try++) {
		if (try == MAX_TRIES)
			return err_set(err, &err_unavailable, "too many conflicts");
		rc = put_version(s, version, err);
	}
	return rc < 0 ? -1 : 0;
}

int
schema_bring(struct store *s, schema_step_fn *const *step, size_t n_steps,
    struct err *err)
{
	int version = 1, latest = (int)n_steps + 1, rc = read_version(s, &version, err);

	if (rc < 0)
		return -1;
	if (version > latest)
		return err_set(err, &too_new,
		    "the data are of schema %d, which a newer Simfra wrote: this one knows "
		    "up to %d",
		    version, latest);
	if (rc == 0 && say_version(s, version, err) < 0)
		return -1;
	for (; version < latest; version++) {
		log_info("store", "the data go from schema %d to %d", version,
		    version + 1);
		if (step[version - 1](s, err) < 0 || say_version(s, version + 1, err) < 0)
			return -1;
	}
	return 0;
}

int
schema_open(struct store *s, struct err *err)
{
	return schema_bring(s, steps, N_STEPS, err);
}
