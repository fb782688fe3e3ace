/*
 * The whole of Redis at once: resets, and snapshots out of it and into it.
 *
 * While one is read nobody may commit (simfra:hold), and who wants to waits.  What is loaded is put aside, under
 * keys that pass if nobody comes back for them, and takes its place by one script.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/store/redis.h"

enum {
	PART = 500,	 /* documents at once */
	HOLD_MS = 10000, /* from the last sign of life on */
	ASIDE_MS = 600000,
};

static int
odd_reply(struct err *err)
{
	return err_set(err, &err_internal, "Redis: the reply makes no sense");
}

/* One script, which is not repeated when its reply is lost; NULL and *err. */
static redisReply *
call(struct redis *r, enum redis_script script, const char **arg, size_t *len, int n,
    struct err *err)
{
	struct redis_link *l = redis_take(r, NULL, err);
	redisReply *reply;

	if (l == NULL)
		return NULL;
	reply = redis_script_call(r, l, script, n, arg, len, err);
	if (reply == NULL) {
		redis_fail(r, l);
		return NULL;
	}
	redis_give(r, l);
	if (redis_reply_check(reply, err) == 0)
		return reply;
	freeReplyObject(reply);
	return NULL;
}

/* One that gives a revision, or nil while somebody makes a snapshot. */
static int
call_rev(struct redis *r, enum redis_script script, const char **arg, size_t *len, int n,
    int64_t *ret_rev, struct err *err)
{
	int64_t until_ms = 0;

	for (;;) {
		CLEANUP(redis_reply_freep)
		redisReply *reply = call(r, script, arg, len, n, err);

		if (reply == NULL)
			return -1;
		if (reply->type == REDIS_REPLY_STRING)
			return redis_number(reply->str, reply->len, ret_rev) ?
			    0 :
			    odd_reply(err);
		if (reply->type != REDIS_REPLY_NIL)
			return odd_reply(err);
		if (redis_wait_held(&until_ms, err) < 0)
			return -1;
	}
}

static size_t
count(const char *const *list)
{
	size_t n = 0;

	while (list[n] != NULL)
		n++;
	return n;
}

int
redis_reset(struct store *s, const char *prefix, const char *const *keep,
    int64_t *ret_rev, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	size_t n_keep = count(keep), n = 6 + n_keep;
	const char **arg = arena_calloc(a, n, sizeof(*arg));
	size_t *len = arena_calloc(a, n, sizeof(*len));

	arg[3] = "reset";
	arg[4] = arena_printf(a, "R%s", prefix);
	arg[5] = prefix;
	memcpy(arg + 6, keep, n_keep * sizeof(*arg));
	for (size_t i = 3; i < n; i++)
		len[i] = strlen(arg[i]);
	len[4]++; /* its NUL */
	return call_rev((struct redis *)(void *)s, SCRIPT_RESET, arg, len, (int)n,
	    ret_rev, err);
}

/* Out */

struct dump {
	struct redis *r;
	const char *token;
	store_dump_fn *fn;
	void *arg;
};

/* 1, or 0 when it is somebody else's. */
static int
hold(const struct dump *d, const char *how, struct err *err)
{
	char ms[16];
	const char *arg[] = { NULL, NULL, NULL, how, d->token, ms };
	CLEANUP(redis_reply_freep) redisReply *reply = NULL;

	snprintf(ms, sizeof(ms), "%d", HOLD_MS);
	reply = call(d->r, SCRIPT_HOLD, arg, NULL, COUNT(arg), err);
	if (reply == NULL)
		return -1;
	return reply->type == REDIS_REPLY_INTEGER ? reply->integer == 1 : odd_reply(err);
}

/* `{"_rev":N,…}` without it: the reply is ours to write. */
static int
tell(const struct dump *d, const struct store_key *key, const redisReply *id,
    redisReply *text, struct err *err)
{
	static const char head[] = "{\"_rev\":";
	struct store_text out = { .scope = key->scope, .kind = key->kind, .id = id->str };
	size_t skip = sizeof(head) - 1;

	if (id->type != REDIS_REPLY_STRING || text->type != REDIS_REPLY_STRING ||
	    text->len <= skip || memcmp(text->str, head, skip) != 0)
		return odd_reply(err);
	skip += strspn(text->str + skip, "0123456789");
	if (text->str[skip] != ',')
		skip--;
	text->str[skip] = '{';
	out.text = text->str + skip;
	out.len = text->len - skip;
	return d->fn(d->arg, &out, err);
}

/* Pairs of id and text, from `first` on. */
static int
tell_all(const struct dump *d, const struct store_key *key, const redisReply *reply,
    size_t first, struct err *err)
{
	int rc = 0;

	if (reply->type != REDIS_REPLY_ARRAY || (reply->elements - first) % 2 != 0)
		return odd_reply(err);
	for (size_t i = first; i < reply->elements && rc == 0; i += 2)
		rc = tell(d, key, reply->element[i], reply->element[i + 1], err);
	return rc;
}

struct question {
	int n;
	const char **arg;
};

static redisReply *
ask_range(struct redis *r, struct redis_link *l, const void *arg, struct err *err)
{
	const struct question *q = arg;

	return redis_script_call(r, l, SCRIPT_RANGE, q->n, q->arg, NULL, err);
}

static redisReply *
ask_plain(struct redis *r UNUSED, struct redis_link *l, const void *arg, struct err *err)
{
	const struct question *q = arg;

	return redis_link_call(l, q->n, q->arg, NULL, err);
}

static int
still_held(const struct dump *d, struct err *err)
{
	int rc = hold(d, "keep", err);

	return rc != 0 ? (rc > 0 ? 0 : -1) :
			 err_set(err, &err_unavailable,
			     "the snapshot took so long that somebody wrote meanwhile");
}

static int
dump_ordered(const struct dump *d, struct arena *a, const struct store_key *key,
    struct err *err)
{
	const char *from = "[";
	size_t n;
	int rc;

	do {
		CLEANUP(redis_reply_freep) redisReply *reply = NULL;
		const char *arg[] = { NULL, NULL, NULL, redis_key(a, key),
			redis_scopes_key(a, key->kind), key->scope, "", from,
			arena_printf(a, "%d", PART) };

		reply = redis_ask(d->r, ask_range, &(struct question){ COUNT(arg), arg },
		    err);
		if (reply == NULL || tell_all(d, key, reply, 1, err) < 0)
			return -1;
		n = reply->elements / 2;
		if (n > 0)
			from = arena_printf(a, "(%s",
			    reply->element[reply->elements - 2]->str);
		rc = still_held(d, err);
	} while (rc == 0 && n == PART);
	return rc;
}

static int
dump_shelf(const struct dump *d, const struct store_key *key, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(redis_reply_freep) redisReply *reply = NULL;
	const char *arg[] = { "HGETALL", redis_key(a, key) };

	if (store_kind_is_ordered(key->kind))
		return dump_ordered(d, a, key, err);
	reply = redis_ask(d->r, ask_plain, &(struct question){ COUNT(arg), arg }, err);
	if (reply == NULL || tell_all(d, key, reply, 0, err) < 0)
		return -1;
	return still_held(d, err);
}

static int
dump_kind(const struct dump *d, const char *kind, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(redis_reply_freep) redisReply *scopes = NULL;
	const char *arg[] = { "HKEYS", redis_scopes_key(a, kind) };
	int rc = 0;

	scopes = redis_ask(d->r, ask_plain, &(struct question){ COUNT(arg), arg }, err);
	if (scopes == NULL)
		return -1;
	for (size_t i = 0; i < scopes->elements && rc == 0; i++) {
		struct store_key key;

		if (scopes->element[i]->type != REDIS_REPLY_STRING)
			return odd_reply(err);
		store_key_init(&key, scopes->element[i]->str, kind);
		rc = dump_shelf(d, &key, err);
	}
	return rc;
}

static int
dump_kinds(const struct dump *d, struct err *err)
{
	CLEANUP(redis_reply_freep) redisReply *kinds = NULL;
	const char *arg[] = { "SMEMBERS", "simfra:kinds" };
	int rc = 0;

	kinds = redis_ask(d->r, ask_plain, &(struct question){ COUNT(arg), arg }, err);
	if (kinds == NULL)
		return -1;
	for (size_t i = 0; i < kinds->elements && rc == 0; i++)
		rc = kinds->element[i]->type == REDIS_REPLY_STRING ?
		    dump_kind(d, kinds->element[i]->str, err) :
		    odd_reply(err);
	return rc;
}

/* What names something that is done once. */
static const char *
new_token(struct redis *r, struct arena *a)
{
	return arena_printf(a, "%s-%llu", r->token, atomic_fetch_add(&r->n_commits, 1));
}

int
redis_dump(struct store *s, store_dump_fn *fn, void *arg, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct redis *r = (struct redis *)(void *)s;
	const struct dump d = { r, new_token(r, a), fn, arg };
	int64_t until_ms = 0;
	struct err ignored;
	int rc;

	while ((rc = hold(&d, "take", err)) == 0) {
		if (redis_wait_held(&until_ms, err) < 0)
			return -1;
	}
	if (rc < 0)
		return -1;
	rc = dump_kinds(&d, err);
	if (rc == 0)
		rc = still_held(&d, err);
	(void)hold(&d, "drop", &ignored);
	return rc;
}

/* In */

/* A shelf that is being put aside. */
struct aside {
	struct aside *next;
	struct store_key key;
	const char *at, *ids; /* its keys; ids NULL unless it is ordered */
	size_t n;
};

struct load {
	struct redis *r;
	struct redis_link *link;
	struct arena *arena, *part;
	const char *from; /* before each key */
	int64_t rev;
	struct aside *shelves, *last;
	size_t n_shelves, n_sent; /* commands without a reply yet */
};

static struct aside *
aside_need(struct load *ld, const struct store_text *text)
{
	struct store_key key;
	struct aside *sh;

	store_key_init(&key, text->scope, text->kind);
	/* A snapshot has those of a shelf together. */
	if (ld->last != NULL && store_key_equal(&ld->last->key, &key))
		return ld->last;
	for (sh = ld->shelves; sh != NULL; sh = sh->next) {
		if (store_key_equal(&sh->key, &key))
			return ld->last = sh;
	}
	sh = arena_alloc(ld->arena, sizeof(*sh));
	store_key_init(&sh->key, arena_strdup(ld->arena, text->scope),
	    arena_strdup(ld->arena, text->kind));
	sh->at =
	    arena_printf(ld->arena, "%s%s", ld->from, redis_key(ld->arena, &sh->key));
	if (store_kind_is_ordered(text->kind))
		sh->ids = arena_printf(ld->arena, "%sids", sh->at);
	sh->next = ld->shelves;
	ld->shelves = sh;
	ld->n_shelves++;
	return ld->last = sh;
}

static void
send(struct load *ld, int n, const char **arg)
{
	redis_link_add(ld->link, n, arg, NULL);
	ld->n_sent++;
}

static void
send_life(struct load *ld, const char *key)
{
	send(ld, 3,
	    (const char *[]){ "PEXPIRE", key, arena_printf(ld->part, "%d", ASIDE_MS) });
}

static int
hear_all(struct load *ld, struct err *err)
{
	int rc = 0;

	for (; ld->n_sent > 0; ld->n_sent--) {
		CLEANUP(redis_reply_freep)
		redisReply *reply = redis_link_reply(ld->link, REDIS_TIMEOUT_MS, -1, err);

		if (reply == NULL)
			return -1;
		if (redis_reply_check(reply, err) < 0)
			rc = -1;
	}
	arena_free(ld->part);
	ld->part = arena_new();
	return rc;
}

static int
put_aside(struct load *ld, const struct store_text *text, struct err *err)
{
	struct aside *sh = aside_need(ld, text);
	struct store_doc *doc;
	struct buf *b;

	if (store_text_draft(text, &doc, err) < 0)
		return -1;
	store_doc_stamp(doc, ld->rev);
	b = buf_new(ld->part, 0);
	json_write(doc->tree, b);
	store_doc_unref(doc);
	send(ld, 4, (const char *[]){ "HSET", sh->at, text->id, buf_text(b) });
	if (sh->ids != NULL)
		send(ld, 4, (const char *[]){ "ZADD", sh->ids, "0", text->id });
	if (sh->n++ == 0) {
		send_life(ld, sh->at);
		if (sh->ids != NULL)
			send_life(ld, sh->ids);
	}
	return ld->n_sent >= PART ? hear_all(ld, err) : 0;
}

static int
put_all_aside(struct load *ld, const char *const *keep, store_next_fn *next, void *arg,
    struct err *err)
{
	struct store_text text;
	int rc;

	while ((rc = next(arg, &text, err)) > 0) {
		if (!store_is_kept(keep, text.scope, text.kind) &&
		    put_aside(ld, &text, err) < 0)
			return -1;
	}
	return rc < 0 ? -1 : hear_all(ld, err);
}

static int
reserve(struct load *ld, struct err *err)
{
	const char *arg[3];

	return call_rev(ld->r, SCRIPT_RESERVE, arg, NULL, COUNT(arg), &ld->rev, err);
}

static int
switch_over(struct load *ld, const char *const *keep, int64_t *ret_rev, struct err *err)
{
	size_t n_keep = count(keep), n = 7 + n_keep + 3 * ld->n_shelves, at = 7;
	const char **arg = arena_calloc(ld->arena, n, sizeof(*arg));
	size_t *len = arena_calloc(ld->arena, n, sizeof(*len));

	arg[3] = "load";
	arg[4] = "R";
	arg[5] = ld->from;
	arg[6] = arena_printf(ld->arena, "%zu", n_keep);
	for (size_t i = 0; i < n_keep; i++)
		arg[at++] = keep[i];
	for (const struct aside *sh = ld->shelves; sh != NULL; sh = sh->next) {
		arg[at++] = sh->key.kind;
		arg[at++] = sh->key.scope;
		arg[at++] = arena_printf(ld->arena, "%zu", sh->n);
	}
	assert(at == n);
	for (size_t i = 3; i < n; i++)
		len[i] = strlen(arg[i]);
	len[4]++; /* its NUL */
	return call_rev(ld->r, SCRIPT_REPLACE, arg, len, (int)n, ret_rev, err);
}

/* Best effort: else they pass by themselves. */
static void
forget(struct load *ld)
{
	struct err ignored;

	for (const struct aside *sh = ld->shelves; sh != NULL; sh = sh->next) {
		send(ld, 2, (const char *[]){ "UNLINK", sh->at });
		if (sh->ids != NULL)
			send(ld, 2, (const char *[]){ "UNLINK", sh->ids });
	}
	(void)hear_all(ld, &ignored);
}

int
redis_replace(struct store *s, const char *const *keep, store_next_fn *next, void *arg,
    int64_t *ret_rev, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct redis *r = (struct redis *)(void *)s;
	struct load ld = { .r = r, .arena = a };
	int rc;

	ld.from = arena_printf(a, "simfra:load:%s:", new_token(r, a));
	ld.link = redis_link_open(&r->at, err);
	if (ld.link == NULL)
		return -1;
	ld.part = arena_new();
	rc = reserve(&ld, err);
	if (rc == 0)
		rc = put_all_aside(&ld, keep, next, arg, err);
	if (rc == 0)
		rc = switch_over(&ld, keep, ret_rev, err);
	if (rc < 0)
		forget(&ld);
	arena_free(ld.part);
	redis_link_close(ld.link);
	return rc;
}
