/*
 * Marks: a transaction goes back to what it had written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "control/store/store.h"

#define SCOPE "000000000000:us-east-1"

struct fixture {
	struct store *store;
	struct arena *arena;
	struct err err;
};

static json_t *
make(struct fixture *f, int n)
{
	return json_own(f->arena, json_make("{s:i}", "n", n));
}

static void
reads(struct fixture *f, struct store_txn *t, const char *kind, const char *id, int n)
{
	json_t *doc;
	int rc = store_get(t, SCOPE, kind, id, &doc, &f->err);

	assert_int_equal(rc, n >= 0);
	if (rc > 0)
		assert_int_equal(json_int(doc, "n", -1), n);
}

static void
a_rewound_transaction_has_what_the_mark_had(void **state UNUSED)
{
	struct fixture f = { .store = store_open_mem(), .arena = arena_new() };
	struct store_txn *t = store_begin(f.store, f.arena);
	struct store_mark *m;
	struct store_docs docs;

	store_put(t, SCOPE, "t:vpc", "old", make(&f, 1));
	assert_int_equal(store_commit(t, &f.err), 1);
	t = store_begin(f.store, f.arena);
	store_put(t, SCOPE, "t:vpc", "a", make(&f, 1));
	m = store_mark(t);
	store_put(t, SCOPE, "t:vpc", "a", make(&f, 2));
	store_put(t, SCOPE, "t:vpc", "b", make(&f, 2));
	store_put(t, SCOPE, "t:subnet", "s", make(&f, 2));
	store_delete(t, SCOPE, "t:vpc", "old");
	store_rewind(t, m);
	assert_int_equal(store_list(t, SCOPE, "t:vpc", &docs, &f.err), 0);
	assert_int_equal(docs.n, 2);
	/* And goes on from there. */
	store_put(t, SCOPE, "t:vpc", "b", make(&f, 3));
	store_put(t, SCOPE, "t:vpc", "c", make(&f, 4));
	assert_int_equal(store_commit(t, &f.err), 1);
	t = store_begin(f.store, f.arena);
	reads(&f, t, "t:vpc", "a", 1);
	reads(&f, t, "t:vpc", "b", 3);
	reads(&f, t, "t:vpc", "c", 4);
	reads(&f, t, "t:vpc", "old", 1);
	reads(&f, t, "t:subnet", "s", -1);
	/* Back to the very beginning: nothing is written. */
	m = store_mark(t);
	store_put(t, SCOPE, "t:vpc", "z", make(&f, 2));
	store_rewind(t, m);
	assert_int_equal(store_commit(t, &f.err), 1);
	t = store_begin(f.store, f.arena);
	reads(&f, t, "t:vpc", "z", -1);
	arena_free(f.arena);
	store_close(f.store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rewound_transaction_has_what_the_mark_had),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
