/* The whole store at once: what a reset leaves, snapshots out of it and into it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/store/store.h"
#include "tests/unit/store_server.h"

#define SCOPE	STORE_TEST_SCOPE
#define KIND	"ec2:vpc"
#define ORDERED "s3:object/"

enum { MAX_TEXTS = 3000 };

struct kept_text {
	char *scope, *kind, *id, *text;
};

struct fixture {
	struct store *store;
	struct arena *arena;
	struct err err;
	size_t n, at;
	struct kept_text text[MAX_TEXTS];
	atomic_int n_written;
};

static int
setup_mem(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->store = store_open_mem();
	f->arena = arena_new();
	*state = f;
	return 0;
}

static int
setup_redis(void **state)
{
	struct store_redis_options o = { .url = NULL };
	struct fixture *f = calloc(1, sizeof(*f));

	f->store = store_open_redis(&o, &f->err);
	if (f->store == NULL)
		fail_msg("%s", f->err.msg);
	f->arena = arena_new();
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	arena_free(f->arena);
	free(f);
	return 0;
}

static void
put(struct fixture *f, const char *scope, const char *kind, const char *id, int n)
{
	struct store_txn *t = store_begin(f->store, f->arena);
	json_t *doc;
	int rc = store_get(t, scope, kind, id, &doc, &f->err);

	assert_true(rc >= 0);
	doc = json_own(f->arena, json_make("{s:i, s:s}", "n", n, "text", "\"é\\\n"));
	store_put(t, scope, kind, id, doc);
	assert_int_equal(store_commit(t, &f->err), 1);
}

/* Member n, -1 when there is no such document. */
static int
value(struct fixture *f, const char *scope, const char *kind, const char *id)
{
	struct store_txn *t = store_begin(f->store, f->arena);
	json_t *doc;
	int rc = store_get(t, scope, kind, id, &doc, &f->err);

	assert_true(rc >= 0);
	return rc == 0 ? -1 : (int)json_int(doc, "n", -2);
}

static int
keep_text(void *arg, const struct store_text *doc, struct err *err)
{
	struct fixture *f = arg;

	if (f->n == MAX_TEXTS)
		return err_set(err, &err_internal, "too many");
	f->text[f->n++] = (struct kept_text){
		arena_strdup(f->arena, doc->scope),
		arena_strdup(f->arena, doc->kind),
		arena_strdup(f->arena, doc->id),
		arena_strndup(f->arena, doc->text, doc->len),
	};
	return 0;
}

static int
give_text(void *arg, struct store_text *ret, struct err *err UNUSED)
{
	struct fixture *f = arg;
	const struct kept_text *k = &f->text[f->at];

	if (f->at == f->n)
		return 0;
	f->at++;
	*ret = (struct store_text){ k->scope, k->kind, k->id, k->text, strlen(k->text) };
	return 1;
}

static void
save(struct fixture *f)
{
	f->n = f->at = 0;
	if (store_dump(f->store, keep_text, f, &f->err) < 0)
		fail_msg("%s", f->err.msg);
}

static void
load(struct fixture *f, const char *const *keep)
{
	if (store_replace(f->store, keep, give_text, f, &f->err) < 0)
		fail_msg("%s", f->err.msg);
}

static const char *const none[] = { NULL };

static const struct kept_text *
find(const struct fixture *f, const char *kind, const char *id)
{
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->text[i].kind, kind) == 0 && strcmp(f->text[i].id, id) == 0)
			return &f->text[i];
	}
	return NULL;
}

static void
what_was_saved_is_there_again_and_nothing_else(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t;
	struct store_docs docs;

	put(f, SCOPE, KIND, "vpc-1", 1);
	put(f, SCOPE, KIND, "vpc-2", 2);
	put(f, "1}%:-", "iam:user", "a", 3);
	put(f, STORE_SYSTEM, "sys:ca", "main", 4);
	save(f);
	assert_int_equal(f->n, 4);
	assert_string_equal(find(f, KIND, "vpc-1")->text,
	    "{\"n\":1,\"text\":\"\\\"é\\\\\\n\"}");
	put(f, SCOPE, KIND, "vpc-1", 10);
	put(f, SCOPE, KIND, "vpc-3", 30);
	put(f, SCOPE, "ec2:subnet", "subnet-1", 1);
	put(f, STORE_SYSTEM, "sys:ca", "main", 40);
	load(f, none);
	assert_int_equal(value(f, SCOPE, KIND, "vpc-1"), 1);
	assert_int_equal(value(f, SCOPE, KIND, "vpc-2"), 2);
	assert_int_equal(value(f, SCOPE, KIND, "vpc-3"), -1);
	assert_int_equal(value(f, SCOPE, "ec2:subnet", "subnet-1"), -1);
	assert_int_equal(value(f, "1}%:-", "iam:user", "a"), 3);
	assert_int_equal(value(f, STORE_SYSTEM, "sys:ca", "main"), 4);
	t = store_begin(f->store, f->arena);
	assert_int_equal(store_list(t, SCOPE, KIND, &docs, &f->err), 0);
	assert_int_equal(docs.n, 2);
	/* What was loaded is written as anything else. */
	put(f, SCOPE, KIND, "vpc-1", 11);
	assert_int_equal(value(f, SCOPE, KIND, "vpc-1"), 11);
}

static void
kinds_of_the_system_stay_when_they_are_to(void **state)
{
	static const char *const keep[] = { "sys:ca", NULL };
	struct fixture *f = *state;

	put(f, STORE_SYSTEM, "sys:ca", "main", 1);
	put(f, STORE_SYSTEM, "sys:key", "main", 1);
	put(f, SCOPE, "sys:ca", "main", 1);
	save(f);
	put(f, STORE_SYSTEM, "sys:ca", "main", 2);
	put(f, STORE_SYSTEM, "sys:ca", "other", 2);
	put(f, STORE_SYSTEM, "sys:key", "main", 2);
	put(f, SCOPE, "sys:ca", "main", 2);
	load(f, keep);
	assert_int_equal(value(f, STORE_SYSTEM, "sys:ca", "main"), 2);
	assert_int_equal(value(f, STORE_SYSTEM, "sys:ca", "other"), 2);
	assert_int_equal(value(f, STORE_SYSTEM, "sys:key", "main"), 1);
	assert_int_equal(value(f, SCOPE, "sys:ca", "main"), 1);
}

static void
a_reset_leaves_what_says_which_store_it_is(void **state)
{
	struct fixture *f = *state;

	put(f, STORE_SYSTEM, "sys:ca", "main", 1);
	put(f, STORE_SYSTEM, "sys:blobs", "label", 1);
	put(f, STORE_SYSTEM, "sys:schema", "schema", 1);
	put(f, STORE_SYSTEM, "sys:key", "main", 1);
	put(f, SCOPE, KIND, "vpc-1", 1);
	assert_int_equal(store_reset(f->store, "", &f->err), 0);
	assert_int_equal(value(f, STORE_SYSTEM, "sys:ca", "main"), 1);
	assert_int_equal(value(f, STORE_SYSTEM, "sys:blobs", "label"), 1);
	assert_int_equal(value(f, STORE_SYSTEM, "sys:schema", "schema"), 1);
	assert_int_equal(value(f, STORE_SYSTEM, "sys:key", "main"), -1);
	assert_int_equal(value(f, SCOPE, KIND, "vpc-1"), -1);
}

static void
ordered_kinds_are_walked_again(void **state)
{
	const struct store_span span = { .prefix = "b/", .limit = 2000 };
	struct fixture *f = *state;
	struct store_txn *t = store_begin(f->store, f->arena);
	struct store_docs docs;
	char id[32];

	for (int i = 0; i < 1200; i++) {
		snprintf(id, sizeof(id), "b/%05d", i);
		store_put(t, SCOPE, ORDERED, arena_strdup(f->arena, id),
		    json_own(f->arena, json_make("{s:s}", "_id", id)));
	}
	assert_int_equal(store_commit(t, &f->err), 1);
	save(f);
	assert_int_equal(f->n, 1200);
	assert_int_equal(store_reset(f->store, "", &f->err), 0);
	load(f, none);
	t = store_begin(f->store, f->arena);
	assert_int_equal(store_range(t, SCOPE, ORDERED, &span, &docs, &f->err), 0);
	assert_int_equal(docs.n, 1200);
	assert_string_equal(json_str(docs.doc[1199], "_id"), "b/01199");
}

static int
break_off(void *arg, struct store_text *ret, struct err *err)
{
	int rc = give_text(arg, ret, err);

	return rc != 0 ? rc : err_set(err, &err_internal, "broken off");
}

static void
half_a_load_is_none(void **state)
{
	struct fixture *f = *state;

	put(f, SCOPE, KIND, "vpc-1", 1);
	save(f);
	put(f, SCOPE, KIND, "vpc-1", 2);
	assert_int_equal(store_replace(f->store, none, break_off, f, &f->err), -1);
	assert_string_equal(f->err.msg, "broken off");
	assert_int_equal(value(f, SCOPE, KIND, "vpc-1"), 2);
	/* Nor is one of what is no document. */
	f->at = 0;
	f->text[0].text = arena_strdup(f->arena, "[1]");
	assert_int_equal(store_replace(f->store, none, give_text, f, &f->err), -1);
	assert_int_equal(value(f, SCOPE, KIND, "vpc-1"), 2);
}

static void
who_read_before_a_load_does_not_write_after_it(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t;
	json_t *doc;

	put(f, SCOPE, KIND, "vpc-1", 1);
	save(f);
	t = store_begin(f->store, f->arena);
	assert_int_equal(store_edit(t, SCOPE, KIND, "vpc-1", &doc, &f->err), 1);
	json_set_int(doc, "n", 5);
	store_put(t, SCOPE, KIND, "vpc-1", doc);
	load(f, none);
	assert_int_equal(store_commit(t, &f->err), 0);
	assert_int_equal(value(f, SCOPE, KIND, "vpc-1"), 1);
}

/* Two documents that are always the same. */
static void *
write_pairs(void *arg)
{
	struct fixture *f = arg;
	struct err err;

	for (int i = 1; i <= 400; i++) {
		CLEANUP(arena_freep) struct arena *a = arena_new();
		struct store_txn *t = store_begin(f->store, a);
		json_t *doc;

		if (store_get(t, SCOPE, KIND, "a", &doc, &err) < 0 ||
		    store_get(t, SCOPE, "ec2:zzz", "b", &doc, &err) < 0)
			break;
		store_put(t, SCOPE, KIND, "a", json_own(a, json_make("{s:i}", "n", i)));
		store_put(t, SCOPE, "ec2:zzz", "b",
		    json_own(a, json_make("{s:i}", "n", i)));
		if (store_commit(t, &err) != 1)
			break;
		atomic_store(&f->n_written, i);
	}
	return NULL;
}

static void
a_snapshot_is_of_one_moment(void **state)
{
	struct fixture *f = *state;
	pthread_t thread;
	int last;

	assert_int_equal(pthread_create(&thread, NULL, write_pairs, f), 0);
	do {
		const struct kept_text *a, *b;

		last = atomic_load(&f->n_written);
		save(f);
		a = find(f, KIND, "a");
		b = find(f, "ec2:zzz", "b");
		assert_true((a == NULL) == (b == NULL));
		if (a != NULL)
			assert_string_equal(a->text, b->text);
		store_test_pause();
	} while (last < 400 && atomic_load(&f->n_written) < 400);
	pthread_join(thread, NULL);
	assert_int_equal(atomic_load(&f->n_written), 400);
	assert_int_equal(value(f, SCOPE, KIND, "a"), 400);
}

static void
another_store_sees_what_was_loaded(void **state)
{
	struct fixture *f = *state;
	struct store *other = store_server_another(f->store);

	put(f, SCOPE, KIND, "vpc-1", 1);
	save(f);
	put(f, SCOPE, KIND, "vpc-1", 2);
	store_test_await(other, KIND, "vpc-1", 2);
	load(f, none);
	store_test_await(other, KIND, "vpc-1", 1);
	store_server_close_another(f->store, other);
}

#define BOTH(fn)                                               \
	{ "memory: " #fn, fn, setup_mem, teardown, NULL },     \
	{                                                      \
		"redis: " #fn, fn, setup_redis, teardown, NULL \
	}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(what_was_saved_is_there_again_and_nothing_else),
		BOTH(kinds_of_the_system_stay_when_they_are_to),
		BOTH(a_reset_leaves_what_says_which_store_it_is),
		BOTH(ordered_kinds_are_walked_again),
		BOTH(half_a_load_is_none),
		BOTH(who_read_before_a_load_does_not_write_after_it),
		BOTH(a_snapshot_is_of_one_moment),
		BOTH(another_store_sees_what_was_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
