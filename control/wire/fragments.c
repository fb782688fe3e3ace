#include "control/wire/fragments.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum {
	N_STRIPES = 256,
	N_SLOTS = 16,		/* of a stripe */
	STRIPE_BYTES = 1 << 16, /* that a stripe's fragments have at most */
	SMALLEST = 256,		/* less is as fast to encode */
	N_SEEN = 8192,
};

/* Its bytes outlive its slot while somebody copies them. */
struct fragment {
	atomic_int refs;
	struct fragment_key key;
	size_t len;
	char text[];
};

/* A small cache of its own: the document's address chooses the stripe. */
struct stripe {
	pthread_mutex_t lock;
	json_t
	    *doc[N_SLOTS]; /* of the fragments, together, since all are looked through */
	struct fragment *slot[N_SLOTS];
	size_t bytes;
	unsigned int next; /* to go when there is no room */
};

struct fragments {
	struct stripe stripe[N_STRIPES];
	/* What was encoded lately and not kept: most documents are shown only once. */
	_Atomic(uint64_t) seen[N_SEEN];
};

struct fragments *
fragments_new(void)
{
	struct fragments *f = calloc(1, sizeof(*f));

	if (f == NULL)
		fatal("out of memory");
	for (size_t i = 0; i < N_STRIPES; i++)
		pthread_mutex_init(&f->stripe[i].lock, NULL);
	return f;
}

static void
unref(struct fragment *fragment)
{
	if (fragment == NULL ||
	    atomic_fetch_sub_explicit(&fragment->refs, 1, memory_order_acq_rel) > 1)
		return;
	json_decref(fragment->key.doc);
	free(fragment);
}

void
fragments_free(struct fragments *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < N_STRIPES; i++) {
		for (size_t k = 0; k < N_SLOTS; k++)
			unref(f->stripe[i].slot[k]);
		pthread_mutex_destroy(&f->stripe[i].lock);
	}
	free(f);
}

int
fragments_are_of(json_t *doc)
{
	void *first = json_object_iter(doc);

	return first != NULL && strcmp(json_object_iter_key(first), "_rev") == 0;
}

static uint64_t
hash(const struct fragment_key *key)
{
	uint64_t h = (uint64_t)(uintptr_t)key->doc >> 4;

	h = (h ^ (uint64_t)key->shape << 48 ^ (uint64_t)(unsigned int)key->form << 40) *
	    0x9e3779b97f4a7c15u;
	return h ^ h >> 32;
}

static int
is_equal(const struct fragment_key *a, const struct fragment_key *b)
{
	return a->doc == b->doc && a->m == b->m && a->shape == b->shape &&
	    a->form == b->form;
}

static struct stripe *
stripe_of(struct fragments *f, const struct fragment_key *key)
{
	return &f->stripe[hash(key) % N_STRIPES];
}

/* Take a fragment out; the caller drops its reference, best without the lock. */
static struct fragment *
take_out(struct stripe *s, size_t i)
{
	struct fragment *fragment = s->slot[i];

	if (fragment != NULL)
		s->bytes -= fragment->len;
	s->slot[i] = NULL;
	s->doc[i] = NULL;
	return fragment;
}

/* With a reference, or NULL. */
static struct fragment *
find(struct stripe *s, const struct fragment_key *key)
{
	struct fragment *found = NULL;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < N_SLOTS && found == NULL; i++) {
		if (s->doc[i] == key->doc && is_equal(&s->slot[i]->key, key))
			found = s->slot[i];
	}
	if (found != NULL)
		atomic_fetch_add_explicit(&found->refs, 1, memory_order_relaxed);
	pthread_mutex_unlock(&s->lock);
	return found;
}

/* Was it asked for before, as far as is known? */
static int
note_seen(struct fragments *f, const struct fragment_key *key)
{
	uint64_t h = hash(key);

	return atomic_exchange_explicit(&f->seen[h / N_STRIPES % N_SEEN], h,
		   memory_order_relaxed) == h;
}

enum fragment_state
fragments_add(struct fragments *f, const struct fragment_key *key, struct buf *b)
{
	struct fragment *found = find(stripe_of(f, key), key);

	if (found == NULL)
		return note_seen(f, key) ? FRAGMENT_WANTED : FRAGMENT_UNKNOWN;
	buf_add(b, found->text, found->len);
	unref(found);
	return FRAGMENT_ADDED;
}

static struct fragment *
fragment_new(const struct fragment_key *key, const char *text, size_t len)
{
	struct fragment *fragment = malloc(sizeof(*fragment) + len);

	if (fragment == NULL)
		fatal("out of memory");
	atomic_init(&fragment->refs, 1);
	fragment->key = *key;
	fragment->len = len;
	json_incref(key->doc);
	memcpy(fragment->text, text, len);
	return fragment;
}

/*
 * Out go documents that only we have, another thread's fragment of this one, and then whatever is in the way,
 * in turn.  Where the new one goes.
 */
static size_t
make_room(struct stripe *s, const struct fragment *fragment, struct fragment **gone)
{
	size_t i, free_slot = N_SLOTS;

	for (i = 0; i < N_SLOTS; i++) {
		if (s->slot[i] != NULL &&
		    (json_references(s->doc[i]) == 1 ||
			is_equal(&s->slot[i]->key, &fragment->key)))
			gone[i] = take_out(s, i);
	}
	while (s->bytes + fragment->len > STRIPE_BYTES) {
		i = s->next++ % N_SLOTS;
		if (s->slot[i] != NULL)
			gone[i] = take_out(s, i);
	}
	for (i = 0; i < N_SLOTS; i++) {
		if (s->slot[i] == NULL)
			free_slot = i;
	}
	if (free_slot == N_SLOTS) {
		free_slot = s->next++ % N_SLOTS;
		gone[free_slot] = take_out(s, free_slot);
	}
	return free_slot;
}

void
fragments_keep(struct fragments *f, const struct fragment_key *key, const char *text,
    size_t len)
{
	struct fragment *gone[N_SLOTS] = { NULL }, *fragment;
	struct stripe *s = stripe_of(f, key);
	size_t at;

	if (len < SMALLEST || len > STRIPE_BYTES)
		return;
	fragment = fragment_new(key, text, len);
	pthread_mutex_lock(&s->lock);
	at = make_room(s, fragment, gone);
	s->slot[at] = fragment;
	s->doc[at] = key->doc;
	s->bytes += len;
	pthread_mutex_unlock(&s->lock);
	for (size_t i = 0; i < N_SLOTS; i++)
		unref(gone[i]);
}

size_t
fragments_count(struct fragments *f)
{
	size_t n = 0;

	for (size_t i = 0; i < N_STRIPES; i++) {
		pthread_mutex_lock(&f->stripe[i].lock);
		for (size_t k = 0; k < N_SLOTS; k++)
			n += f->stripe[i].slot[k] != NULL;
		pthread_mutex_unlock(&f->stripe[i].lock);
	}
	return n;
}
