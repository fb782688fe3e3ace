/*
 * The store in memory, for tests: the rules of the real one, no server.
 *
 * One lock, shelves that hold everything, and a thread that tells of changes
 * as Redis' stream would, later than the commit and in order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/store/impl.h"

/* A commit or (prefix set) a reset, with its own copies of the names. */
struct news {
	struct news *next;
	int64_t rev;
	struct arena *arena;
	const char *prefix;
	size_t n;
	struct store_change *change;
};

struct mem {
	struct store store;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	struct store_shelves shelves;
	int64_t rev;
	struct news *news, **last_news;
	int is_over;
};

static struct mem *
mem_of(struct store *s)
{
	return (struct mem *)(void *)s;
}

static int
mem_get(struct store *s, const struct store_key *key, const char *id,
    struct store_doc **ret, struct err *err UNUSED)
{
	struct mem *m = mem_of(s);
	const struct store_shelf *shelf;
	struct store_doc *doc = NULL;

	pthread_mutex_lock(&m->lock);
	shelf = store_shelf_find(&m->shelves, key);
	if (shelf != NULL)
		doc = store_shelf_get(shelf, id);
	if (doc != NULL)
		*ret = store_doc_ref(doc);
	pthread_mutex_unlock(&m->lock);
	return doc != NULL;
}

static int
mem_list(struct store *s, const struct store_key *key,
    const struct store_snap *known UNUSED, struct store_snap **ret,
    struct err *err UNUSED)
{
	struct mem *m = mem_of(s);
	struct store_shelf *shelf;

	pthread_mutex_lock(&m->lock);
	shelf = store_shelf_find(&m->shelves, key);
	*ret = shelf != NULL ? store_shelf_snap(shelf) : store_snap_new(0, 0);
	pthread_mutex_unlock(&m->lock);
	return 0;
}

static int
mem_range(struct store *s, const struct store_key *key, const struct store_span *span,
    struct store_snap **ret, struct err *err UNUSED)
{
	struct mem *m = mem_of(s);
	const struct store_shelf *shelf;

	pthread_mutex_lock(&m->lock);
	shelf = store_shelf_find(&m->shelves, key);
	*ret = shelf == NULL ? store_snap_new(0, 0) :
			       store_shelf_span(shelf, span->prefix, span->from,
				   span->is_after, span->limit);
	pthread_mutex_unlock(&m->lock);
	return 0;
}

static int
mem_scopes(struct store *s, const char *kind, json_t *array, struct err *err UNUSED)
{
	struct mem *m = mem_of(s);

	pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < m->shelves.n_buckets; i++) {
		const struct store_shelf *shelf = m->shelves.bucket[i];

		for (; shelf != NULL; shelf = shelf->next) {
			if (strcmp(shelf->key.kind, kind) == 0)
				json_add_str(array, shelf->key.scope);
		}
	}
	pthread_mutex_unlock(&m->lock);
	return 0;
}

static int
is_stale(struct mem *m, struct store_batch *b)
{
	int stale = 0;

	for (size_t i = 0; i < b->n_read; i++) {
		struct store_read *r = &b->read[i];
		const struct store_shelf *shelf = store_shelf_find(&m->shelves, r->key);
		const struct store_doc *doc =
		    shelf != NULL ? store_shelf_get(shelf, r->id) : NULL;

		r->stale = (doc != NULL ? doc->rev : 0) != r->rev;
		stale |= r->stale;
	}
	for (size_t i = 0; i < b->n_listed; i++) {
		struct store_listed *l = &b->listed[i];
		const struct store_shelf *shelf = store_shelf_find(&m->shelves, l->key);

		l->stale = (shelf != NULL ? shelf->version : 0) != l->version;
		stale |= l->stale;
	}
	return stale;
}

static struct news *
news_new(int64_t rev, size_t n)
{
	struct arena *a = arena_new();
	struct news *news = arena_alloc(a, sizeof(*news));

	news->arena = a;
	news->rev = rev;
	news->n = n;
	news->change = arena_calloc(a, n, sizeof(*news->change));
	return news;
}

static void
publish(struct mem *m, struct news *news)
{
	*m->last_news = news;
	m->last_news = &news->next;
	pthread_cond_signal(&m->wake);
}

static int
is_empty(const struct store_shelf *shelf, const void *arg UNUSED)
{
	return shelf->n == 0;
}

static void
write_all(struct mem *m, struct store_batch *b)
{
	struct news *news = news_new(b->rev, b->n_write);
	struct store_shelf *gone = NULL;
	int emptied = 0;

	for (size_t i = 0; i < b->n_touched; i++) {
		struct store_shelf *shelf =
		    store_shelf_need(&m->shelves, b->touched[i].key);

		b->touched[i].before = shelf->version;
		shelf->version = b->rev;
		/* Its version is part of a snapshot. */
		store_snap_unref(shelf->snap);
		shelf->snap = NULL;
	}
	for (size_t i = 0; i < b->n_write; i++) {
		struct store_write *w = &b->write[i];
		struct store_shelf *shelf = store_shelf_find(&m->shelves, w->key);

		if (w->doc != NULL) {
			store_doc_stamp(w->doc, b->rev);
			store_shelf_set(shelf, w->doc);
		} else {
			store_shelf_del(shelf, w->id);
			emptied |= shelf->n == 0;
		}
		news->change[i] = (struct store_change){
			.scope = arena_strdup(news->arena, w->key->scope),
			.kind = arena_strdup(news->arena, w->key->kind),
			.id = arena_strdup(news->arena, w->id),
			.removed = w->doc == NULL,
		};
	}
	if (emptied)
		store_shelves_sweep(&m->shelves, is_empty, NULL, &gone);
	store_shelves_free(gone);
	publish(m, news);
}

static int
mem_commit(struct store *s, struct arena *a UNUSED, struct store_batch *b,
    struct err *err UNUSED)
{
	struct mem *m = mem_of(s);
	int stale;

	pthread_mutex_lock(&m->lock);
	stale = is_stale(m, b);
	if (!stale) {
		b->rev = ++m->rev;
		write_all(m, b);
		/* With the lock, so that the news come after it. */
		store_committed(s, b);
	}
	pthread_mutex_unlock(&m->lock);
	return !stale;
}

struct reset {
	const char *prefix;
	const char *const *keep;
};

static int
is_over(const struct store_shelf *shelf, const void *arg)
{
	const struct reset *r = arg;

	return strncmp(shelf->key.scope, r->prefix, strlen(r->prefix)) == 0 &&
	    !store_is_kept(r->keep, shelf->key.scope, shelf->key.kind);
}

/* With the lock. */
static void
empty(struct mem *m, const char *prefix, const char *const *keep)
{
	const struct reset r = { prefix, keep };
	struct store_shelf *gone = NULL;
	struct news *news;

	store_shelves_sweep(&m->shelves, is_over, &r, &gone);
	store_shelves_free(gone);
	news = news_new(++m->rev, 0);
	news->prefix = arena_strdup(news->arena, prefix);
	publish(m, news);
}

static int
mem_reset(struct store *s, const char *prefix, const char *const *keep, int64_t *ret_rev,
    struct err *err UNUSED)
{
	struct mem *m = mem_of(s);

	pthread_mutex_lock(&m->lock);
	empty(m, prefix, keep);
	*ret_rev = m->rev;
	pthread_mutex_unlock(&m->lock);
	return 0;
}

/* Snapshots */

static int
dump_shelf(struct store_snap *snap, struct store_text *text, store_dump_fn *fn, void *arg,
    struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < snap->n && rc == 0; i++) {
		CLEANUP(arena_freep) struct arena *a = arena_new();
		json_t *bare = json_own(a, json_copy_shallow(snap->doc[i]->tree));

		json_del(bare, "_rev");
		text->id = snap->doc[i]->id;
		text->text = json_text(a, bare);
		text->len = strlen(text->text);
		rc = fn(arg, text, err);
	}
	return rc;
}

/* With the lock, so that it is one moment: fn must not use the store. */
static int
mem_dump(struct store *s, store_dump_fn *fn, void *arg, struct err *err)
{
	struct mem *m = mem_of(s);
	int rc = 0;

	pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < m->shelves.n_buckets; i++) {
		struct store_shelf *shelf = m->shelves.bucket[i];

		for (; shelf != NULL && rc == 0; shelf = shelf->next) {
			struct store_text text = { .scope = shelf->key.scope,
				.kind = shelf->key.kind };
			struct store_snap *snap = store_shelf_snap(shelf);

			rc = dump_shelf(snap, &text, fn, arg, err);
			store_snap_unref(snap);
		}
	}
	pthread_mutex_unlock(&m->lock);
	return rc;
}

static int
fill(struct mem *m, struct store_shelves *fresh, const char *const *keep,
    store_next_fn *next, void *arg, struct err *err)
{
	struct store_text text;
	int rc;

	while ((rc = next(arg, &text, err)) > 0) {
		struct store_doc *doc;
		struct store_key key;

		if (store_is_kept(keep, text.scope, text.kind))
			continue;
		if (store_text_draft(&text, &doc, err) < 0)
			return -1;
		store_doc_stamp(doc, m->rev + 1);
		store_key_init(&key, text.scope, text.kind);
		store_shelf_set(store_shelf_need(fresh, &key), doc);
		store_doc_unref(doc);
	}
	return rc;
}

/* With the lock. */
static void
move_in(struct mem *m, const struct store_shelves *fresh)
{
	for (size_t i = 0; i < fresh->n_buckets; i++) {
		const struct store_shelf *from = fresh->bucket[i];

		for (; from != NULL; from = from->next) {
			struct store_shelf *to =
			    store_shelf_need(&m->shelves, &from->key);

			to->version = m->rev;
			for (size_t k = 0; k < from->n; k++)
				store_shelf_set(to, from->doc[k]);
		}
	}
}

/* Others wait meanwhile: it is for tests. */
static int
mem_replace(struct store *s, const char *const *keep, store_next_fn *next, void *arg,
    int64_t *ret_rev, struct err *err)
{
	struct mem *m = mem_of(s);
	struct store_shelves fresh;
	int rc;

	store_shelves_init(&fresh);
	pthread_mutex_lock(&m->lock);
	rc = fill(m, &fresh, keep, next, arg, err);
	if (rc == 0) {
		empty(m, "", keep);
		move_in(m, &fresh);
		*ret_rev = m->rev;
	}
	pthread_mutex_unlock(&m->lock);
	store_shelves_done(&fresh);
	return rc;
}

static int
mem_ping(struct store *s UNUSED, struct err *err UNUSED)
{
	return 0;
}

static struct news *
news_next(struct mem *m)
{
	struct news *news;

	pthread_mutex_lock(&m->lock);
	while (m->news == NULL && !m->is_over)
		pthread_cond_wait(&m->wake, &m->lock);
	news = m->news;
	if (news != NULL) {
		m->news = news->next;
		if (m->news == NULL)
			m->last_news = &m->news;
	}
	pthread_mutex_unlock(&m->lock);
	return news;
}

static void *
run(void *arg)
{
	struct mem *m = arg;
	struct news *news;

	while ((news = news_next(m)) != NULL) {
		if (news->prefix != NULL)
			store_heard_reset(&m->store, news->rev, news->prefix);
		else
			store_heard(&m->store, news->rev, news->change, news->n);
		arena_free(news->arena);
	}
	return NULL;
}

static void
mem_close(struct store *s)
{
	struct mem *m = mem_of(s);

	pthread_mutex_lock(&m->lock);
	m->is_over = 1;
	pthread_cond_signal(&m->wake);
	pthread_mutex_unlock(&m->lock);
	pthread_join(m->thread, NULL);
	store_shelves_done(&m->shelves);
	pthread_cond_destroy(&m->wake);
	pthread_mutex_destroy(&m->lock);
	store_done(&m->store);
	free(m);
}

static const struct store_ops ops = {
	.get = mem_get,
	.list = mem_list,
	.range = mem_range,
	.scopes = mem_scopes,
	.commit = mem_commit,
	.reset = mem_reset,
	.dump = mem_dump,
	.replace = mem_replace,
	.ping = mem_ping,
	.close = mem_close,
};

struct store *
store_open_mem(void)
{
	struct mem *m = calloc(1, sizeof(*m));

	if (m == NULL)
		fatal("store: out of memory");
	store_init(&m->store, &ops);
	snprintf(m->store.name, sizeof(m->store.name), "memory");
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->wake, NULL);
	store_shelves_init(&m->shelves);
	m->last_news = &m->news;
	store_synced(&m->store, 0);
	if (pthread_create(&m->thread, NULL, run, m) != 0)
		fatal("store: no thread");
	return &m->store;
}
