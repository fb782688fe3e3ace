/*
 * The store's contract, on every back end: in memory, in a Redis of its own,
 * and through a second store on the same Redis.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/store/impl.h"
#include "control/store/store.h"

#define SCOPE "000000000000:us-east-1"

struct seen {
	pthread_mutex_t lock;
	pthread_cond_t more;
	size_t n;
	char line[256][128];
};

struct fixture {
	struct store *store;
	struct arena *arena;
	struct err err;
	struct seen seen;
};

static void
note(void *arg, const struct store_change *c)
{
	struct seen *seen = arg;

	pthread_mutex_lock(&seen->lock);
	assert_true(seen->n < COUNT(seen->line));
	if (c->scope == NULL)
		snprintf(seen->line[seen->n], sizeof(seen->line[0]), "anything");
	else
		snprintf(seen->line[seen->n], sizeof(seen->line[0]), "%c %s %s %s",
		    c->removed ? '-' : '+', c->scope, c->kind, c->id);
	seen->n++;
	pthread_cond_broadcast(&seen->more);
	pthread_mutex_unlock(&seen->lock);
}

/* Until n changes were seen; fails after ten seconds. */
static void
await_seen(struct seen *seen, size_t n)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	pthread_mutex_lock(&seen->lock);
	while (seen->n < n && rc == 0)
		rc = pthread_cond_timedwait(&seen->more, &seen->lock, &until);
	pthread_mutex_unlock(&seen->lock);
	assert_true(seen->n >= n);
}

static json_t *
make(struct fixture *f, int n)
{
	return json_own(f->arena,
	    json_make("{s:i, s:{s:[i,i]}}", "n", n, "deep", "a", n, n));
}

/* One transaction that writes a document, whatever was there. */
static void
write_one(struct fixture *f, const char *scope, const char *kind, const char *id, int n)
{
	struct store_txn *t = store_begin(f->store, f->arena);
	json_t *old;

	assert_true(store_get(t, scope, kind, id, &old, &f->err) >= 0);
	store_put(t, scope, kind, id, make(f, n));
	assert_int_equal(store_commit(t, &f->err), 1);
}

static void
remove_one(struct fixture *f, const char *scope, const char *kind, const char *id)
{
	struct store_txn *t = store_begin(f->store, f->arena);

	store_delete(t, scope, kind, id);
	assert_int_equal(store_commit(t, &f->err), 1);
}

/* Member n of the document, or -1 when there is none; *ret_rev may be NULL. */
static int
read_one(struct fixture *f, const char *scope, const char *kind, const char *id,
    int64_t *ret_rev)
{
	struct store_txn *t = store_begin(f->store, f->arena);
	json_t *doc;
	int found = store_get(t, scope, kind, id, &doc, &f->err);

	assert_true(found >= 0);
	if (!found)
		return -1;
	if (ret_rev != NULL)
		*ret_rev = json_int(doc, "_rev", 0);
	return (int)json_int(doc, "n", -2);
}

static size_t
count(struct fixture *f, const char *scope, const char *kind)
{
	struct store_txn *t = store_begin(f->store, f->arena);
	struct store_docs docs;

	assert_int_equal(store_list(t, scope, kind, &docs, &f->err), 0);
	return docs.n;
}

static void
written_documents_are_read_back(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t;
	json_t *doc;

	assert_int_equal(read_one(f, SCOPE, "ec2:vpc", "vpc-1", NULL), -1);
	write_one(f, SCOPE, "ec2:vpc", "vpc-1", 7);
	t = store_begin(f->store, f->arena);
	assert_int_equal(store_get(t, SCOPE, "ec2:vpc", "vpc-1", &doc, &f->err), 1);
	assert_int_equal(json_int(doc, "n", 0), 7);
	assert_int_equal(json_array_size(json_path(doc, "deep.a")), 2);
	assert_true(json_int(doc, "_rev", 0) > 0);
	assert_int_equal(count(f, SCOPE, "ec2:vpc"), 1);
	assert_int_equal(count(f, "000000000000:eu-west-1", "ec2:vpc"), 0);

	remove_one(f, SCOPE, "ec2:vpc", "vpc-1");
	assert_int_equal(read_one(f, SCOPE, "ec2:vpc", "vpc-1", NULL), -1);
	assert_int_equal(count(f, SCOPE, "ec2:vpc"), 0);
}

static void
revisions_only_grow(void **state)
{
	struct fixture *f = *state;
	int64_t last = 0, rev = 0;

	for (int i = 0; i < 5; i++) {
		write_one(f, SCOPE, "t:rev", "a", i);
		assert_int_equal(read_one(f, SCOPE, "t:rev", "a", &rev), i);
		assert_true(rev > last);
		last = rev;
		if (i == 2)
			remove_one(f, SCOPE, "t:rev", "a");
		if (i == 3)
			assert_int_equal(store_reset(f->store, "", &f->err), 0);
	}
}

static void
a_read_document_must_not_change_before_commit(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t = store_begin(f->store, f->arena);
	json_t *doc;

	write_one(f, SCOPE, "t:cas", "a", 1);
	assert_int_equal(store_edit(t, SCOPE, "t:cas", "a", &doc, &f->err), 1);
	write_one(f, SCOPE, "t:cas", "a", 2);
	json_set_int(doc, "n", 3);
	store_put(t, SCOPE, "t:cas", "a", doc);
	store_put(t, SCOPE, "t:cas", "other", make(f, 4));
	assert_int_equal(store_commit(t, &f->err), 0);
	assert_int_equal(read_one(f, SCOPE, "t:cas", "a", NULL), 2);
	assert_int_equal(read_one(f, SCOPE, "t:cas", "other", NULL), -1);
}

static void
a_document_read_as_absent_must_stay_absent(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t = store_begin(f->store, f->arena);
	json_t *doc;

	assert_int_equal(store_get(t, SCOPE, "t:cas", "b", &doc, &f->err), 0);
	write_one(f, SCOPE, "t:cas", "b", 1);
	store_put(t, SCOPE, "t:cas", "c", make(f, 1));
	assert_int_equal(store_commit(t, &f->err), 0);
	assert_int_equal(read_one(f, SCOPE, "t:cas", "c", NULL), -1);
}

static void
put_without_reading_expects_nothing_there(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t = store_begin(f->store, f->arena);

	write_one(f, SCOPE, "t:cas", "d", 1);
	store_put(t, SCOPE, "t:cas", "d", make(f, 2));
	assert_int_equal(store_commit(t, &f->err), 0);
	assert_int_equal(read_one(f, SCOPE, "t:cas", "d", NULL), 1);

	/* A removal first says that any state is fine. */
	t = store_begin(f->store, f->arena);
	store_delete(t, SCOPE, "t:cas", "d");
	store_put(t, SCOPE, "t:cas", "d", make(f, 3));
	assert_int_equal(store_commit(t, &f->err), 1);
	assert_int_equal(read_one(f, SCOPE, "t:cas", "d", NULL), 3);
}

static void
a_listed_kind_must_not_change_before_commit(void **state)
{
	static const char *const ids[] = { "new", "old", "old" };
	struct fixture *f = *state;

	for (int how = 0; how < 3; how++) {
		struct store_txn *t = store_begin(f->store, f->arena);
		struct store_docs docs;

		write_one(f, SCOPE, "t:phantom", "old", 1);
		remove_one(f, SCOPE, "t:phantom", "new");
		assert_int_equal(store_list(t, SCOPE, "t:phantom", &docs, &f->err), 0);
		if (how == 2)
			remove_one(f, SCOPE, "t:phantom", ids[how]);
		else
			write_one(f, SCOPE, "t:phantom", ids[how], 2);
		store_put(t, SCOPE, "t:other", "x", make(f, 1));
		assert_int_equal(store_commit(t, &f->err), 0);
		assert_int_equal(read_one(f, SCOPE, "t:other", "x", NULL), -1);
	}
}

static void
an_empty_list_is_checked_too(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t = store_begin(f->store, f->arena);
	struct store_docs docs;

	assert_int_equal(store_list(t, SCOPE, "t:empty", &docs, &f->err), 0);
	assert_int_equal(docs.n, 0);
	write_one(f, SCOPE, "t:empty", "first", 1);
	store_put(t, SCOPE, "t:empty", "second", make(f, 1));
	assert_int_equal(store_commit(t, &f->err), 0);
	assert_int_equal(count(f, SCOPE, "t:empty"), 1);

	remove_one(f, SCOPE, "t:empty", "first");
	t = store_begin(f->store, f->arena);
	assert_int_equal(store_list(t, SCOPE, "t:empty", &docs, &f->err), 0);
	store_put(t, SCOPE, "t:empty", "third", make(f, 1));
	assert_int_equal(store_commit(t, &f->err), 1);
}

static void
changes_elsewhere_are_no_conflict(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t = store_begin(f->store, f->arena);
	struct store_docs docs;
	json_t *doc;

	write_one(f, SCOPE, "t:a", "x", 1);
	assert_int_equal(store_list(t, SCOPE, "t:b", &docs, &f->err), 0);
	assert_int_equal(store_get(t, SCOPE, "t:a", "x", &doc, &f->err), 1);
	write_one(f, SCOPE, "t:a", "y", 1);
	write_one(f, "1:other", "t:b", "z", 1);
	store_put(t, SCOPE, "t:a", "x", make(f, 2));
	assert_int_equal(store_commit(t, &f->err), 1);
}

static void
a_transaction_sees_its_own_writes(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t = store_begin(f->store, f->arena);
	struct store_docs docs;
	json_t *doc, *mine = make(f, 20);
	static const int expected[] = { 0, 10, 20, 40 };

	for (int i = 1; i <= 3; i++)
		write_one(f, SCOPE, "t:own", (char[]){ (char)('0' + i), '\0' }, i * 10);
	store_put(t, SCOPE, "t:own", "0", make(f, 0));
	assert_int_equal(store_get(t, SCOPE, "t:own", "2", &doc, &f->err), 1);
	store_put(t, SCOPE, "t:own", "2", mine);
	store_delete(t, SCOPE, "t:own", "3");
	store_put(t, SCOPE, "t:own", "4", make(f, 40));
	assert_int_equal(store_get(t, SCOPE, "t:own", "2", &doc, &f->err), 1);
	assert_ptr_equal(doc, mine);
	assert_int_equal(store_get(t, SCOPE, "t:own", "3", &doc, &f->err), 0);
	assert_int_equal(store_edit(t, SCOPE, "t:own", "2", &doc, &f->err), 1);
	assert_ptr_not_equal(doc, mine);
	assert_int_equal(store_list(t, SCOPE, "t:own", &docs, &f->err), 0);
	assert_int_equal(docs.n, COUNT(expected));
	for (size_t i = 0; i < docs.n; i++)
		assert_int_equal(json_int(docs.doc[i], "n", -1), expected[i]);

	/* Nobody else does before the commit. */
	assert_int_equal(read_one(f, SCOPE, "t:own", "4", NULL), -1);
	assert_int_equal(count(f, SCOPE, "t:own"), 3);
	assert_int_equal(store_commit(t, &f->err), 1);
	assert_int_equal(read_one(f, SCOPE, "t:own", "4", NULL), 40);
	assert_int_equal(count(f, SCOPE, "t:own"), 4);
}

static void
what_was_put_may_change_after_commit(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t = store_begin(f->store, f->arena);
	json_t *doc = make(f, 1);

	store_put(t, SCOPE, "t:alias", "a", doc);
	assert_int_equal(store_commit(t, &f->err), 1);
	json_set_int(doc, "n", 99);
	json_add_str(json_path(doc, "deep.a"), "more");
	assert_int_equal(read_one(f, SCOPE, "t:alias", "a", NULL), 1);
}

static void
nothing_to_write_is_done(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t = store_begin(f->store, f->arena);
	json_t *doc;

	assert_int_equal(store_get(t, SCOPE, "t:none", "a", &doc, &f->err), 0);
	write_one(f, SCOPE, "t:none", "a", 1);
	assert_int_equal(store_commit(t, &f->err), 1);
}

static void
watchers_hear_every_change_in_order(void **state)
{
	static const char *const expected[] = {
		"+ 1:a t:w one",
		"+ 1:a t:w two",
		"+ 2:b t:v three",
		"- 1:a t:w one",
	};
	struct fixture *f = *state;
	struct store_txn *t;

	store_watch(f->store, note, &f->seen);
	write_one(f, "1:a", "t:w", "one", 1);
	t = store_begin(f->store, f->arena);
	store_put(t, "1:a", "t:w", "two", make(f, 2));
	store_put(t, "2:b", "t:v", "three", make(f, 3));
	store_delete(t, "1:a", "t:w", "one");
	assert_int_equal(store_commit(t, &f->err), 1);
	await_seen(&f->seen, COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++)
		assert_string_equal(f->seen.line[i], expected[i]);
	assert_int_equal(store_reset(f->store, "2:", &f->err), 0);
	await_seen(&f->seen, COUNT(expected) + 1);
	assert_string_equal(f->seen.line[COUNT(expected)], "anything");
}

static size_t
n_scopes(struct fixture *f, const char *kind)
{
	struct store_txn *t = store_begin(f->store, f->arena);
	json_t *scopes;

	assert_int_equal(store_scopes(t, kind, &scopes, &f->err), 0);
	return json_array_size(scopes);
}

static void
reset_removes_a_prefix_and_no_more(void **state)
{
	struct fixture *f = *state;

	write_one(f, "1:us-east-1", "t:r", "a", 1);
	write_one(f, "1:-", "t:s", "a", 1);
	write_one(f, "12:us-east-1", "t:r", "a", 1);
	assert_int_equal(n_scopes(f, "t:r"), 2);
	assert_int_equal(store_reset(f->store, "1:", &f->err), 0);
	assert_int_equal(read_one(f, "1:us-east-1", "t:r", "a", NULL), -1);
	assert_int_equal(read_one(f, "1:-", "t:s", "a", NULL), -1);
	assert_int_equal(read_one(f, "12:us-east-1", "t:r", "a", NULL), 1);
	assert_int_equal(n_scopes(f, "t:r"), 1);
	assert_int_equal(n_scopes(f, "t:s"), 0);
	assert_int_equal(store_reset(f->store, "", &f->err), 0);
	assert_int_equal(n_scopes(f, "t:r"), 0);
	assert_int_equal(count(f, "12:us-east-1", "t:r"), 0);
}

static void
a_reset_conflicts_with_what_was_read(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t = store_begin(f->store, f->arena);
	json_t *doc;

	write_one(f, SCOPE, "t:r", "a", 1);
	assert_int_equal(store_edit(t, SCOPE, "t:r", "a", &doc, &f->err), 1);
	assert_int_equal(store_reset(f->store, "", &f->err), 0);
	store_put(t, SCOPE, "t:r", "a", doc);
	assert_int_equal(store_commit(t, &f->err), 0);
	assert_int_equal(count(f, SCOPE, "t:r"), 0);
}

static void
names_may_have_any_bytes(void **state)
{
	static const char *const odd[] = {
		"a}:b",
		"a",
		"b}:c",
		"%7D",
		"}",
		"{",
		"a b\r\n",
		"*",
		"\"\\",
		"\xff\xfe",
		"\xc3\xa9",
		"",
		"$-1",
		"'",
		"a:b:c",
		"[^a]?",
	};
	struct fixture *f = *state;
	int n = 0;

	for (size_t i = 0; i < COUNT(odd); i++) {
		for (size_t j = 0; j < COUNT(odd); j++)
			write_one(f, odd[i], odd[j], odd[(i + j) % COUNT(odd)], n++);
	}
	n = 0;
	for (size_t i = 0; i < COUNT(odd); i++) {
		for (size_t j = 0; j < COUNT(odd); j++) {
			assert_int_equal(count(f, odd[i], odd[j]), 1);
			assert_int_equal(read_one(f, odd[i], odd[j],
					     odd[(i + j) % COUNT(odd)], NULL),
			    n++);
		}
	}
	assert_int_equal(store_reset(f->store, "a}", &f->err), 0);
	assert_int_equal(count(f, "a}:b", "*"), 0);
	assert_int_equal(count(f, "a", "*"), 1);
	assert_int_equal(store_reset(f->store, "", &f->err), 0);
	for (size_t i = 0; i < COUNT(odd); i++)
		assert_int_equal(count(f, odd[i], "}"), 0);
}

static void
lists_are_ordered_and_large(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t = store_begin(f->store, f->arena);
	struct store_docs docs;
	char id[16];

	for (int i = 2999; i >= 0; i--) {
		snprintf(id, sizeof(id), "i-%05d", (i * 7) % 3000);
		store_put(t, SCOPE, "t:many", id, make(f, (i * 7) % 3000));
	}
	assert_int_equal(store_commit(t, &f->err), 1);
	remove_one(f, SCOPE, "t:many", "i-00000");
	t = store_begin(f->store, f->arena);
	assert_int_equal(store_list(t, SCOPE, "t:many", &docs, &f->err), 0);
	assert_int_equal(docs.n, 2999);
	for (size_t i = 0; i < docs.n; i++)
		assert_int_equal(json_int(docs.doc[i], "n", -1), i + 1);
}

static void
what_does_not_exist_takes_no_memory(void **state)
{
	struct fixture *f = *state;
	size_t docs, shelves;
	char name[32];

	for (int i = 0; i < 20000; i++) {
		struct arena *a = arena_new();
		struct store_txn *t = store_begin(f->store, a);
		struct store_docs none;
		json_t *doc;

		snprintf(name, sizeof(name), "no-%d", i);
		assert_int_equal(store_get(t, SCOPE, "t:no", name, &doc, &f->err), 0);
		assert_int_equal(store_list(t, name, "t:no", &none, &f->err), 0);
		arena_free(a);
	}
	store_cache_count(f->store->cache, &docs, &shelves);
	assert_int_equal(docs, 0);
	assert_true(shelves < 10000);
}

static int
set_up(struct fixture *f)
{
	pthread_mutex_init(&f->seen.lock, NULL);
	pthread_cond_init(&f->seen.more, NULL);
	f->arena = arena_new();
	return 0;
}

static int
set_up_mem(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->store = store_open_mem();
	*state = f;
	return set_up(f);
}

static int
set_up_redis(void **state)
{
	static const struct store_redis_options o;
	struct fixture *f = calloc(1, sizeof(*f));

	f->store = store_open_redis(&o, &f->err);
	if (f->store == NULL)
		fail_msg("%s", f->err.msg);
	*state = f;
	return set_up(f);
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

static void
the_back_end_says_what_it_is(void **state)
{
	struct fixture *f = *state;

	assert_true(strcmp(store_name(f->store), "memory") == 0 ||
	    strcmp(store_name(f->store), "redis, embedded") == 0);
	assert_int_equal(store_ping(f->store, &f->err), 0);
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
		BOTH(the_back_end_says_what_it_is),
		BOTH(written_documents_are_read_back),
		BOTH(revisions_only_grow),
		BOTH(a_read_document_must_not_change_before_commit),
		BOTH(a_document_read_as_absent_must_stay_absent),
		BOTH(put_without_reading_expects_nothing_there),
		BOTH(a_listed_kind_must_not_change_before_commit),
		BOTH(an_empty_list_is_checked_too),
		BOTH(changes_elsewhere_are_no_conflict),
		BOTH(a_transaction_sees_its_own_writes),
		BOTH(what_was_put_may_change_after_commit),
		BOTH(nothing_to_write_is_done),
		BOTH(watchers_hear_every_change_in_order),
		BOTH(reset_removes_a_prefix_and_no_more),
		BOTH(a_reset_conflicts_with_what_was_read),
		BOTH(names_may_have_any_bytes),
		BOTH(lists_are_ordered_and_large),
		BOTH(what_does_not_exist_takes_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
