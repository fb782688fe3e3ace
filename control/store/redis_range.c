/* Spans of ordered kinds. */
#include <string.h>

#include "control/store/redis.h"

static int
odd_reply(const struct store_key *key, struct err *err)
{
	return err_set(err, &err_internal, "Redis: a span's reply makes no sense: %s",
	    key->kind);
}

static int
read_span(const struct store_key *key, const redisReply *reply, struct store_snap **ret,
    struct err *err)
{
	struct store_snap *snap;
	int64_t version = 0;

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements % 2 != 1 ||
	    reply->element[0]->type != REDIS_REPLY_STRING ||
	    !redis_number(reply->element[0]->str, reply->element[0]->len, &version))
		return odd_reply(key, err);
	snap = store_snap_new(reply->elements / 2, version);
	for (size_t i = 0; i < snap->n; i++) {
		const redisReply *id = reply->element[1 + 2 * i];

		if (id->type != REDIS_REPLY_STRING || strlen(id->str) != id->len ||
		    redis_parse(key, id->str, reply->element[2 + 2 * i], &snap->doc[i],
			err) < 0) {
			snap->n = i;
			store_snap_unref(snap);
			return id->type != REDIS_REPLY_STRING ? odd_reply(key, err) : -1;
		}
	}
	store_snap_sort(snap);
	*ret = snap;
	return 0;
}

struct question {
	int n;
	const char **arg;
};

static redisReply *
ask(struct redis *r, struct redis_link *l, const void *arg, struct err *err)
{
	const struct question *q = arg;

	return redis_script_call(r, l, SCRIPT_RANGE, q->n, q->arg, NULL, err);
}

int
redis_range(struct store *s, const struct store_key *key, const struct store_span *span,
    struct store_snap **ret, struct err *err)
{
	struct redis *r = (struct redis *)(void *)s;
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(redis_reply_freep) redisReply *reply = NULL;
	const char *arg[] = { NULL, NULL, NULL, redis_key(a, key),
		redis_scopes_key(a, key->kind), key->scope, span->prefix,
		arena_printf(a, "%c%s", span->is_after ? '(' : '[', span->from),
		arena_printf(a, "%zu", span->limit) };

	reply = redis_ask(r, ask, &(struct question){ COUNT(arg), arg }, err);
	return reply != NULL ? read_span(key, reply, ret, err) : -1;
}
