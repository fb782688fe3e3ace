/* The reconciler as it runs: workers, the store's changes, the engine's events, retries. */
#include "tests/api/fixture.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "control/api/converge.h"
#include "control/api/service.h"
#include "control/engine/labels.h"
#include "control/plane/cleanup.h"
#include "control/plane/reconcile.h"
#include "tests/fakes/engine_fake.h"

#define SCOPE "111111111111:us-east-1"
#define KIND  "ec2:thing"

enum { PATIENCE_MS = 10000 };

/* A kind of the test's own: a container a document, looked at as the document says. */
static atomic_int n_looks, n_busy, n_overlaps, n_first, n_gone;

static int
thing_converge(struct converge *cv, struct err *err)
{
	const char *name = converge_name(cv, cv->id);
	json_t *config, *found;
	int rc = 0;

	atomic_fetch_add(&n_looks, 1);
	n_first += cv->is_first;
	if (atomic_fetch_add(&n_busy, 1) > 0)
		atomic_fetch_add(&n_overlaps, 1);
	assert_string_equal(cv->account, "111111111111");
	assert_string_equal(cv->region, "us-east-1");
	if (cv->doc == NULL) {
		atomic_fetch_add(&n_gone, 1);
		rc = engine_container_remove(cv->env->engine, name, err);
	} else {
		config = json_own(cv->arena,
		    json_make("{s:s, s:o, s:{}}", "Image", "thing:1", "Labels",
			converge_labels(cv), "HostConfig"));
		rc = engine_container_inspect(cv->env->engine, cv->arena, name, &found,
		    err);
		if (rc == 0)
			rc = engine_container_create(cv->env->engine, name, config, err);
		if (rc >= 0)
			rc = engine_container_start(cv->env->engine, name, err);
	}
	atomic_fetch_sub(&n_busy, 1);
	return rc < 0 ? -1 : 0;
}

/* A group of things: looked at when one of them, whose name is "GROUP-…", changes. */
#define GROUP_KIND "ec2:group"

static atomic_int n_group_looks, n_note_looks;

static int
group_converge(struct converge *cv, struct err *err UNUSED)
{
	if (cv->doc != NULL)
		atomic_fetch_add(&n_group_looks, 1);
	return 0;
}

static int
thing_changed(struct converge *cv, struct err *err UNUSED)
{
	const char *dash = strchr(cv->id, '-');

	if (dash != NULL)
		cv->wake(cv, cv->scope, GROUP_KIND,
		    arena_strndup(cv->arena, cv->id, (size_t)(dash - cv->id)));
	return 0;
}

/* Of a kind that has no converge() itself. */
static int
note_changed(struct converge *cv UNUSED, struct err *err UNUSED)
{
	atomic_fetch_add(&n_note_looks, 1);
	return 0;
}

static const struct watch watches[] = { { KIND, thing_changed },
	{ "ec2:note", note_changed }, { NULL, NULL } };
static const struct resource group = {
	.service = "ec2",
	.kind = GROUP_KIND,
	.type = "group",
	.id_member = "Id",
	.noun = "group",
	.no_tags = 1,
	.converge = group_converge,
	.watches = watches,
};

static const struct resource thing = {
	.service = "ec2",
	.kind = KIND,
	.type = "thing",
	.id_member = "Id",
	.noun = "thing",
	.no_tags = 1,
	.converge = thing_converge,
};
static const struct resource *const resources[] = { &thing, &group, NULL };
static const struct family family = { .resources = resources };
static const struct family *const families[] = { &family, NULL };
static const struct service service = { .name = "ec2", .families = families };
static const struct service *const all_services[] = { &service };

static int
set_up(void **state)
{
	struct fixture *f;

	if (fixture_setup(state) < 0)
		return -1;
	f = *state;
	f->env.services = all_services;
	f->env.n_services = 1;
	engine_fake_add_image(f->engine, "thing:1", NULL);
	n_looks = n_busy = n_overlaps = n_first = n_gone = 0;
	n_group_looks = n_note_looks = 0;
	return 0;
}

static struct reconciler *running; /* of eventually()'s conditions */

static int
tear_down(void **state)
{
	int rc = fixture_teardown(state);

	if (running != NULL)
		reconciler_free(running);
	running = NULL;
	return rc;
}

static void
put_kind(struct fixture *f, const char *kind, const char *id, int n)
{
	struct store_txn *t = store_begin(f->env.store, f->arena);
	struct err err;
	json_t *doc;

	if (store_edit(t, SCOPE, kind, id, &doc, &err) == 0)
		doc = json_own(f->arena, json_make("{s:s}", "Id", id));
	json_set_int(doc, "n", n);
	store_put(t, SCOPE, kind, id, doc);
	assert_int_equal(store_commit(t, &err), 1);
}

static void
put(struct fixture *f, const char *id, int n)
{
	put_kind(f, KIND, id, n);
}

static void
take_away(struct fixture *f, const char *id)
{
	struct store_txn *t = store_begin(f->env.store, f->arena);
	struct err err;

	store_delete(t, SCOPE, KIND, id);
	assert_int_equal(store_commit(t, &err), 1);
}

/* Waits for it to become so; the test fails when it does not. */
static void
eventually(int (*is_so)(struct fixture *f, int n), struct fixture *f, int n)
{
	int64_t end = clock_monotonic_ms() + PATIENCE_MS;
	struct timespec moment = { 0, 2000000 };

	while (!is_so(f, n)) {
		if (clock_monotonic_ms() > end)
			fail_msg("it does not become so");
		nanosleep(&moment, NULL);
	}
}

static int
has_running(struct fixture *f, int n)
{
	struct arena *a = arena_new();
	const json_t *row;
	json_t *list;
	struct err err;
	size_t i;

	if (engine_container_list(f->env.engine, a, LABEL_OWNER "=simfra", &list, &err) ==
	    0) {
		json_array_foreach(list, i, row) {
			n -= strcmp(json_str_or(row, "State", ""), "running") == 0;
		}
	}
	arena_free(a);
	return n == 0;
}

static int
has_looked(struct fixture *f UNUSED, int n)
{
	return n_looks >= n;
}

static int
is_settled(struct fixture *f UNUSED, int n UNUSED)
{
	return reconciler_backlog(running) == 0;
}

static int
has_failures(struct fixture *f UNUSED, int n)
{
	struct arena *a = arena_new();
	int same = (int)json_array_size(reconciler_failures(running, a)) == n;

	arena_free(a);
	return same;
}

static void
a_pass_says_how_many_failed(void **state)
{
	struct fixture *f = *state;

	put(f, "a", 1);
	put(f, "b", 1);
	engine_fake_fail_next(f->engine, "container_create", &engine_failed,
	    "no space left");
	assert_int_equal(reconcile_pass(&f->env), 1);
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_true(has_running(f, 2));
	assert_int_equal(n_first, n_looks);
}

static void
what_no_document_asks_for_is_removed(void **state)
{
	struct fixture *f = *state;

	put(f, "a", 1);
	put(f, "b", 1);
	assert_int_equal(reconcile_pass(&f->env), 0);
	take_away(f, "a");
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_int_equal(n_gone, 1);
	assert_int_equal(engine_fake_n_containers(f->engine), 1);
}

static void
changes_of_the_store_are_followed(void **state)
{
	struct fixture *f = *state;

	put(f, "a", 1);
	running = reconciler_start(&f->env);
	eventually(has_running, f, 1);
	put(f, "b", 1);
	eventually(has_running, f, 2);
	take_away(f, "a");
	eventually(has_running, f, 1);
	eventually(is_settled, f, 0);
	reconciler_stop(running);
}

static void
events_of_the_engine_are_followed(void **state)
{
	struct fixture *f = *state;

	put(f, "a", 1);
	running = reconciler_start(&f->env);
	eventually(has_running, f, 1);
	assert_true(engine_fake_exit(f->engine, "simfra-a", 1));
	eventually(has_running, f, 1);
	assert_true(engine_fake_vanish(f->engine, "simfra-a"));
	eventually(has_running, f, 1);
	reconciler_stop(running);
}

static void
failures_are_tried_again_and_shown(void **state)
{
	struct fixture *f = *state;
	struct arena *a = f->arena;
	json_t *v;

	/* Some of them are over at once: whatever happens wakes it. */
	for (int i = 0; i < 4; i++)
		engine_fake_fail_next(f->engine, "container_create", &engine_failed,
		    "no space left");
	put(f, "a", 1);
	running = reconciler_start(&f->env);
	eventually(has_failures, f, 1);
	v = json_array_get(reconciler_failures(running, a), 0);
	if (v != NULL) {
		assert_string_equal(json_str(v, "kind"), KIND);
		assert_string_equal(json_str(v, "id"), "a");
		assert_non_null(strstr(json_str(v, "error"), "no space left"));
	}
	eventually(has_running, f, 1);
	eventually(has_failures, f, 0);
	reconciler_stop(running);
}

static void
an_engine_that_comes_back_is_looked_at(void **state)
{
	struct fixture *f = *state;

	put(f, "a", 1);
	running = reconciler_start(&f->env);
	eventually(has_running, f, 1);
	engine_fake_set_down(f->engine, 1);
	/* Nobody hears of it. */
	engine_fake_vanish(f->engine, "simfra-a");
	engine_fake_set_down(f->engine, 0);
	eventually(has_running, f, 1);
	reconciler_stop(running);
}

static int
has_looked_at_group(struct fixture *f UNUSED, int n)
{
	return n_group_looks >= n;
}

static int
has_looked_at_note(struct fixture *f UNUSED, int n)
{
	return n_note_looks >= n;
}

static void
whoever_watches_is_woken(void **state)
{
	struct fixture *f = *state;
	int before;

	put_kind(f, GROUP_KIND, "g", 1);
	running = reconciler_start(&f->env);
	eventually(has_looked_at_group, f, 1);
	eventually(is_settled, f, 0);
	before = n_group_looks;
	put(f, "g-1", 1);
	eventually(has_running, f, 1);
	eventually(has_looked_at_group, f, before + 1);
	eventually(is_settled, f, 0);
	/* Its container, its document, a failure of it. */
	before = n_group_looks;
	assert_true(engine_fake_vanish(f->engine, "simfra-g-1"));
	eventually(has_looked_at_group, f, before + 1);
	eventually(is_settled, f, 0);
	before = n_group_looks;
	take_away(f, "g-1");
	eventually(has_looked_at_group, f, before + 1);
	eventually(is_settled, f, 0);
	before = n_group_looks;
	for (int i = 0; i < 3; i++)
		engine_fake_fail_next(f->engine, "container_create", &engine_failed,
		    "no space left");
	put(f, "g-2", 1);
	eventually(has_looked_at_group, f, before + 1);
	eventually(has_running, f, 1);
	eventually(is_settled, f, 0);
	put_kind(f, "ec2:note", "n", 1);
	eventually(has_looked_at_note, f, 1);
	reconciler_stop(running);
}

static void
one_resource_is_looked_at_by_one(void **state)
{
	struct fixture *f = *state;

	engine_fake_set_latency(f->engine, 1);
	running = reconciler_start(&f->env);
	for (int i = 0; i < 30; i++)
		put(f, "a", i);
	eventually(is_settled, f, 0);
	eventually(has_running, f, 1);
	assert_true(has_looked(f, 1));
	assert_int_equal(n_overlaps, 0);
	reconciler_stop(running);
}

static void
make_stray(struct fixture *f, const char *id)
{
	json_t *config = json_own(f->arena,
	    json_make("{s:s, s:{}, s:{s:s, s:s, s:s, s:s, s:s, s:s}}", "Image", "thing:1",
		"HostConfig", "Labels", LABEL_OWNER, "simfra", LABEL_ACCOUNT,
		"111111111111", LABEL_REGION, "us-east-1", LABEL_SERVICE, "ec2",
		LABEL_KIND, "thing", LABEL_ID, id));
	struct err err;

	assert_int_equal(engine_container_create(f->env.engine,
			     arena_printf(f->arena, "simfra-%s", id), config, &err),
	    0);
}

static void
clean_up_takes_what_is_stale_or_all(void **state)
{
	struct fixture *f = *state;
	json_t *foreign = json_own(f->arena,
	    json_make("{s:s, s:{}}", "Image", "thing:1", "HostConfig"));
	struct err err;

	put(f, "a", 1);
	make_stray(f, "a");
	make_stray(f, "b");
	assert_int_equal(engine_container_create(f->env.engine, "theirs", foreign, &err),
	    0);
	cleanup_stale(&f->env);
	assert_int_equal(engine_fake_n_containers(f->engine), 2);
	cleanup_all(&f->env);
	assert_int_equal(engine_fake_n_containers(f->engine), 1);
	assert_int_equal(engine_container_inspect(f->env.engine, f->arena, "theirs",
			     &foreign, &err),
	    1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pass_says_how_many_failed),
		TEST(what_no_document_asks_for_is_removed),
		TEST(changes_of_the_store_are_followed),
		TEST(events_of_the_engine_are_followed),
		TEST(failures_are_tried_again_and_shown),
		TEST(an_engine_that_comes_back_is_looked_at),
		TEST(whoever_watches_is_woken),
		TEST(one_resource_is_looked_at_by_one),
		TEST(clean_up_takes_what_is_stale_or_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
