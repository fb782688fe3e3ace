/* Ordered kinds, on both back ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/store/impl.h"
#include "control/store/store.h"

#define SCOPE "000000000000:-"
#define KIND  "t:key/"

struct fixture {
	struct store *store;
	struct arena *arena;
	struct err err;
};

static void
put(struct fixture *f, const char *id)
{
	struct store_txn *t = store_begin(f->store, f->arena);

	store_put(t, SCOPE, KIND, id, json_own(f->arena, json_make("{s:s}", "id", id)));
	assert_int_equal(store_commit(t, &f->err), 1);
}

static void
drop(struct fixture *f, const char *id)
{
	struct store_txn *t = store_begin(f->store, f->arena);

	store_delete(t, SCOPE, KIND, id);
	assert_int_equal(store_commit(t, &f->err), 1);
}

/* The ids of a span, "a,b,c". */
static const char *
walk(struct fixture *f, const char *prefix, const char *from, int is_after, size_t limit)
{
	struct store_txn *t = store_begin(f->store, f->arena);
	struct store_span span = { prefix, from, is_after, limit };
	struct buf *b = buf_new(f->arena, 0);
	struct store_docs docs;

	if (store_range(t, SCOPE, KIND, &span, &docs, &f->err) < 0)
		fail_msg("%s", f->err.msg);
	for (size_t i = 0; i < docs.n; i++)
		buf_printf(b, "%s%s", i > 0 ? "," : "", json_str(docs.doc[i], "id"));
	return buf_text(b);
}

static void
they_come_in_the_order_of_bytes(void **state)
{
	static const char *const ids[] = { "b/k/2", "b/\xc3\xa4", "b/a", "c/", "b/k/10",
		"b/k", "b/Z", "a/z", "b/k/1" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(ids); i++)
		put(f, ids[i]);
	assert_string_equal(walk(f, NULL, NULL, 0, 100),
	    "a/z,b/Z,b/a,b/k,b/k/1,b/k/10,b/k/2,b/\xc3\xa4,c/");
	assert_string_equal(walk(f, "b/", NULL, 0, 100),
	    "b/Z,b/a,b/k,b/k/1,b/k/10,b/k/2,b/\xc3\xa4");
	assert_string_equal(walk(f, "b/k/", NULL, 0, 2), "b/k/1,b/k/10");
	assert_string_equal(walk(f, "b/", "b/k/10", 0, 100), "b/k/10,b/k/2,b/\xc3\xa4");
	assert_string_equal(walk(f, "b/", "b/k/10", 1, 100), "b/k/2,b/\xc3\xa4");
	assert_string_equal(walk(f, "b/", "b/k/1a", 0, 1), "b/k/2");
	/* From before the prefix is from its beginning, from behind it nothing. */
	assert_string_equal(walk(f, "b/k/", "a", 1, 1), "b/k/1");
	assert_string_equal(walk(f, "b/k/", "b/k/", 1, 1), "b/k/1");
	assert_string_equal(walk(f, "b/k/", "c", 0, 100), "");
	assert_string_equal(walk(f, "none", NULL, 0, 100), "");
}

static void
what_is_removed_or_reset_is_not_walked(void **state)
{
	struct fixture *f = *state;

	put(f, "a");
	put(f, "b");
	drop(f, "a");
	drop(f, "never");
	assert_string_equal(walk(f, NULL, NULL, 0, 9), "b");
	put(f, "a");
	assert_string_equal(walk(f, NULL, NULL, 0, 9), "a,b");
	assert_int_equal(store_reset(f->store, "000000000000:", &f->err), 0);
	assert_string_equal(walk(f, NULL, NULL, 0, 9), "");
	put(f, "c");
	assert_string_equal(walk(f, NULL, NULL, 0, 9), "c");
}

static void
documents_are_read_and_changed_as_any(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t = store_begin(f->store, f->arena);
	size_t docs, shelves;
	json_t *doc;

	put(f, "a");
	assert_int_equal(store_edit(t, SCOPE, KIND, "a", &doc, &f->err), 1);
	json_set_str(doc, "id", "new");
	store_put(t, SCOPE, KIND, "a", doc);
	assert_int_equal(store_commit(t, &f->err), 1);
	assert_string_equal(walk(f, NULL, NULL, 0, 9), "new");
	t = store_begin(f->store, f->arena);
	assert_int_equal(store_get(t, SCOPE, KIND, "a", &doc, &f->err), 1);
	put(f, "b");
	store_put(t, SCOPE, KIND, "c", doc);
	assert_int_equal(store_commit(t, &f->err), 1);
	store_cache_count(f->store->cache, &docs, &shelves);
	assert_int_equal(docs, 0);
}

static void
who_walked_and_writes_is_stale_when_somebody_wrote(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t = store_begin(f->store, f->arena);
	struct store_span span = { "x/", NULL, 0, 1 };
	struct store_docs docs;

	/* Also of nothing. */
	assert_int_equal(store_range(t, SCOPE, KIND, &span, &docs, &f->err), 0);
	assert_int_equal(docs.n, 0);
	put(f, "x/1");
	store_put(t, SCOPE, "t:other", "o", json_own(f->arena, json_new_object()));
	assert_int_equal(store_commit(t, &f->err), 0);

	t = store_begin(f->store, f->arena);
	assert_int_equal(store_range(t, SCOPE, KIND, &span, &docs, &f->err), 0);
	assert_int_equal(docs.n, 1);
	store_put(t, SCOPE, "t:other", "o", json_own(f->arena, json_new_object()));
	assert_int_equal(store_commit(t, &f->err), 1);

	t = store_begin(f->store, f->arena);
	assert_int_equal(store_range(t, SCOPE, KIND, &span, &docs, &f->err), 0);
	drop(f, "x/1");
	store_delete(t, SCOPE, "t:other", "o");
	assert_int_equal(store_commit(t, &f->err), 0);
}

static void
thousands_are_walked_in_pages(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t = store_begin(f->store, f->arena);
	struct store_span span = { "n", NULL, 1, 1000 };
	struct store_docs docs;
	size_t n = 0;
	char id[16];

	for (int i = 0; i < 2500; i++) {
		snprintf(id, sizeof(id), "n%05d", (i * 7) % 2500);
		store_put(t, SCOPE, KIND, id,
		    json_own(f->arena, json_make("{s:s}", "id", id)));
	}
	assert_int_equal(store_commit(t, &f->err), 1);
	do {
		t = store_begin(f->store, f->arena);
		assert_int_equal(store_range(t, SCOPE, KIND, &span, &docs, &f->err), 0);
		for (size_t i = 0; i < docs.n; i++) {
			snprintf(id, sizeof(id), "n%05zu", n++);
			assert_string_equal(json_str(docs.doc[i], "id"), id);
		}
		if (docs.n > 0)
			span.from = json_str(docs.doc[docs.n - 1], "id");
	} while (docs.n == span.limit);
	assert_int_equal(n, 2500);
}

static int
set_up(void **state, struct store *store, const struct err *err)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (store == NULL)
		fail_msg("%s", err->msg);
	f->store = store;
	f->arena = arena_new();
	*state = f;
	return 0;
}

static int
set_up_mem(void **state)
{
	return set_up(state, store_open_mem(), NULL);
}

static int
set_up_redis(void **state)
{
	static const struct store_redis_options o;
	struct err err;
	struct store *store = store_open_redis(&o, &err);

	return set_up(state, store, &err);
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	arena_free(f->arena);
	free(f);
	return 0;
}

#define ON(test, how)                                               \
	{                                                           \
#test "/" #how, test, set_up_##how, tear_down, NULL \
	}
#define BOTH(test) ON(test, mem), ON(test, redis)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(they_come_in_the_order_of_bytes),
		BOTH(what_is_removed_or_reset_is_not_walked),
		BOTH(documents_are_read_and_changed_as_any),
		BOTH(who_walked_and_writes_is_stale_when_somebody_wrote),
		BOTH(thousands_are_walked_in_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
