/*
 * The cache of the store, in orders of events that threads meet too rarely to
 * rely on: each case is one of the argument in cache.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "control/store/cache.h"
#include "control/store/impl.h"

struct fixture {
	struct store_cache *cache;
	struct store_key key;
};

static struct store_doc *
make(const char *id, int64_t rev)
{
	return store_doc_new(id, json_make("{s:I}", "_rev", (json_int_t)rev), rev);
}

/* Revision of what the cache has, 0: it knows that there is none, -1: it does not know. */
static int64_t
look(struct fixture *f, const char *id, uint64_t *ret_ticket)
{
	struct store_doc *doc;
	int64_t rev;
	int found = store_cache_get(f->cache, &f->key, id, &doc, ret_ticket);

	if (found != 1)
		return found;
	rev = doc->rev;
	store_doc_unref(doc);
	return rev;
}

static int64_t
rev_of(struct fixture *f, const char *id)
{
	uint64_t ticket;

	return look(f, id, &ticket);
}

/* Version of the list that the cache has, or -1. */
static int64_t
look_list(struct fixture *f, uint64_t *ret_ticket)
{
	struct store_snap *snap, *known;
	int64_t version = -1;

	if (store_cache_list(f->cache, &f->key, &snap, &known, ret_ticket) == 1) {
		version = snap->version;
		known = snap;
	}
	store_snap_unref(known);
	return version;
}

static int64_t
version_of(struct fixture *f)
{
	uint64_t ticket;

	return look_list(f, &ticket);
}

static void
offer(struct fixture *f, const char *id, int64_t rev, uint64_t ticket)
{
	struct store_doc *doc = make(id, rev);

	store_cache_offer(f->cache, &f->key, doc, ticket);
	store_doc_unref(doc);
}

/* A list with document "a" alone. */
static void
offer_list(struct fixture *f, int64_t rev, int64_t version, uint64_t ticket)
{
	struct store_snap *snap = store_snap_new(1, version);

	snap->doc[0] = make("a", rev);
	store_snap_sort(snap);
	store_cache_offer_list(f->cache, &f->key, snap, ticket);
	store_snap_unref(snap);
}

static void
hear(struct fixture *f, int64_t rev, const char *id)
{
	const struct store_change change = { f->key.scope, f->key.kind, id, 0 };

	store_cache_heard(f->cache, rev, &change, 1);
}

/* Put (or with gone remove) id at rev, the shelf's version having been before. */
static void
commit(struct fixture *f, const char *id, int64_t rev, int64_t before, int gone)
{
	struct store_doc *doc = gone ? NULL : make(id, rev);
	struct store_write write = { .key = &f->key, .id = id, .doc = doc };
	struct store_touched touched = { .key = &f->key, .before = before };
	const struct store_batch b = { .write = &write,
		.n_write = 1,
		.touched = &touched,
		.n_touched = 1,
		.rev = rev };

	store_cache_committed(f->cache, &b);
	store_doc_unref(doc);
}

static void
what_was_read_is_kept(void **state)
{
	struct fixture *f = *state;
	uint64_t ticket;

	assert_int_equal(look(f, "a", &ticket), -1);
	offer(f, "a", 5, ticket);
	assert_int_equal(rev_of(f, "a"), 5);
	assert_int_equal(rev_of(f, "b"), -1);
	assert_int_equal(look_list(f, &ticket), -1);
	offer_list(f, 5, 9, ticket);
	assert_int_equal(version_of(f), 9);
	assert_int_equal(rev_of(f, "b"), 0);
	hear(f, 11, "b");
	assert_int_equal(version_of(f), -1);
	assert_int_equal(rev_of(f, "a"), 5);
	assert_int_equal(rev_of(f, "b"), -1);
}

/* Its change went by while the old text was on its way. */
static void
an_old_read_is_not_kept(void **state)
{
	struct fixture *f = *state;
	uint64_t ticket, list_ticket;

	look(f, "a", &ticket);
	look_list(f, &list_ticket);
	hear(f, 11, "a");
	offer(f, "a", 5, ticket);
	assert_int_equal(rev_of(f, "a"), -1);
	offer_list(f, 5, 5, list_ticket);
	assert_int_equal(version_of(f), -1);
}

static void
a_read_over_a_reset_is_not_kept(void **state)
{
	struct fixture *f = *state;
	uint64_t ticket;

	look(f, "a", &ticket);
	store_cache_reset(f->cache, 11, "1:", 0);
	offer(f, "a", 5, ticket);
	assert_int_equal(rev_of(f, "a"), -1);
	look(f, "a", &ticket);
	store_cache_reset(f->cache, 12, "1:", 1);
	offer_list(f, 5, 5, ticket);
	assert_int_equal(version_of(f), -1);
}

/* Neither when it began before the connection was lost, nor while it is. */
static void
a_read_over_a_lost_connection_is_not_kept(void **state)
{
	struct fixture *f = *state;
	uint64_t before, while_lost;

	look(f, "a", &before);
	store_cache_off(f->cache);
	offer(f, "a", 5, before);
	look(f, "a", &while_lost);
	offer(f, "a", 5, while_lost);
	assert_int_equal(rev_of(f, "a"), -1);
	store_cache_on(f->cache, 20);
	offer(f, "a", 5, before);
	offer(f, "a", 5, while_lost);
	assert_int_equal(rev_of(f, "a"), -1);
}

static void
our_commit_is_seen_at_once(void **state)
{
	struct fixture *f = *state;
	uint64_t ticket;

	look_list(f, &ticket);
	offer_list(f, 5, 9, ticket);
	commit(f, "b", 11, 9, 0);
	assert_int_equal(rev_of(f, "b"), 11);
	assert_int_equal(version_of(f), 11);
	hear(f, 11, "b");
	assert_int_equal(version_of(f), 11);
	commit(f, "a", 12, 11, 1);
	commit(f, "b", 13, 12, 1);
	/* A shelf with nothing on it has version 0, here as in the store. */
	assert_int_equal(version_of(f), 0);
	assert_int_equal(rev_of(f, "a"), 0);
}

/* The stream was faster, and may have told of what came after it too. */
static void
our_commit_that_was_heard_already_adds_nothing(void **state)
{
	struct fixture *f = *state;
	uint64_t ticket;

	hear(f, 11, "a");
	hear(f, 12, "a");
	commit(f, "a", 11, 9, 0);
	assert_int_equal(rev_of(f, "a"), -1);

	look(f, "a", &ticket);
	offer(f, "a", 12, ticket);
	commit(f, "a", 11, 9, 0);
	assert_int_equal(rev_of(f, "a"), 12);
}

/* Another's change came between the list and our commit, and is yet to be heard. */
static void
a_list_that_missed_a_change_is_not_whole(void **state)
{
	struct fixture *f = *state;
	uint64_t ticket;

	look_list(f, &ticket);
	offer_list(f, 5, 9, ticket);
	commit(f, "b", 12, 11, 0);
	assert_int_equal(version_of(f), -1);
	assert_int_equal(rev_of(f, "b"), 12);
	assert_int_equal(rev_of(f, "c"), -1);
}

/* A reader loaded the list with our commit in it, before we got here. */
static void
a_list_that_has_our_commit_stays(void **state)
{
	struct fixture *f = *state;
	uint64_t ticket;

	look_list(f, &ticket);
	offer_list(f, 12, 12, ticket);
	commit(f, "a", 11, 9, 0);
	assert_int_equal(version_of(f), 12);
	assert_int_equal(rev_of(f, "a"), 12);
}

static void
an_older_list_does_not_replace_a_newer(void **state)
{
	struct fixture *f = *state;
	uint64_t ticket;

	look_list(f, &ticket);
	offer_list(f, 12, 12, ticket);
	offer_list(f, 5, 9, ticket);
	assert_int_equal(version_of(f), 12);
	offer(f, "a", 5, ticket);
	assert_int_equal(rev_of(f, "a"), 12);
}

static void
what_conflicted_is_read_again(void **state)
{
	struct fixture *f = *state;
	struct store_read read = { .key = &f->key, .id = "a", .rev = 5, .stale = 1 };
	struct store_listed listed = { .key = &f->key, .version = 9, .stale = 1 };
	const struct store_batch b = { .read = &read, .n_read = 1 };
	const struct store_batch lists = { .listed = &listed, .n_listed = 1 };
	uint64_t ticket;

	look_list(f, &ticket);
	offer_list(f, 5, 9, ticket);
	store_cache_conflicted(f->cache, &lists);
	assert_int_equal(version_of(f), -1);
	assert_int_equal(rev_of(f, "a"), 5);
	store_cache_conflicted(f->cache, &b);
	assert_int_equal(rev_of(f, "a"), -1);
	offer(f, "a", 5, ticket);
	assert_int_equal(rev_of(f, "a"), -1);

	/* Read as absent; a list that says so must not be believed. */
	look_list(f, &ticket);
	offer_list(f, 5, 9, ticket);
	read = (struct store_read){ .key = &f->key, .id = "b", .rev = 0, .stale = 1 };
	store_cache_conflicted(f->cache, &b);
	assert_int_equal(rev_of(f, "b"), -1);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	store_key_init(&f->key, "1:a", "t:k");
	f->cache = store_cache_new();
	store_cache_on(f->cache, 10);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	store_cache_free(f->cache);
	free(f);
	return 0;
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(what_was_read_is_kept),
		WITH(an_old_read_is_not_kept),
		WITH(a_read_over_a_reset_is_not_kept),
		WITH(a_read_over_a_lost_connection_is_not_kept),
		WITH(our_commit_is_seen_at_once),
		WITH(our_commit_that_was_heard_already_adds_nothing),
		WITH(a_list_that_missed_a_change_is_not_whole),
		WITH(a_list_that_has_our_commit_stays),
		WITH(an_older_list_does_not_replace_a_newer),
		WITH(what_conflicted_is_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
