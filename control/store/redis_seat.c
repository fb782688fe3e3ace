/*
 * Replicas on one server: who is here, and which of them leads.
 *
 *	simfra:seats	sorted set, replica -> when its seat ends, in ms by the server's clock
 *	simfra:leader	the replica that leads, as long as it has a seat
 *
 * By one clock, the server's, so that those of the replicas may differ.
 */
#include <stdio.h>

#include "control/store/redis.h"

static int
read_seat(const redisReply *reply, struct store_seat *ret, struct err *err)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
	    reply->element[0]->type != REDIS_REPLY_INTEGER ||
	    reply->element[1]->type != REDIS_REPLY_INTEGER ||
	    reply->element[1]->integer < 0)
		return err_set(err, &err_internal,
		    "Redis: a seat's reply makes no sense");
	*ret = (struct store_seat){
		.is_shared = 1,
		.leads = reply->element[0]->integer == 1,
		.n_others = (size_t)reply->element[1]->integer,
	};
	return 0;
}

int
redis_seat(struct store *s, int64_t ttl_ms, struct store_seat *ret, struct err *err)
{
	struct redis *r = (struct redis *)(void *)s;
	char ttl[32];
	const char *arg[] = { NULL, NULL, NULL, r->token, ttl };
	struct redis_link *l;
	redisReply *reply;
	int rc = -1;

	/* Our own server is nobody else's: its data and its socket are locked. */
	if (r->child != NULL) {
		*ret = (struct store_seat){ .leads = 1 };
		return 0;
	}
	l = redis_take(r, NULL, err);
	if (l == NULL)
		return -1;
	snprintf(ttl, sizeof(ttl), "%lld", (long long)ttl_ms);
	reply = redis_script_call(r, l, SCRIPT_SEAT, COUNT(arg), arg, NULL, err);
	if (reply == NULL) {
		redis_fail(r, l);
		return -1;
	}
	if (redis_reply_check(reply, err) == 0)
		rc = read_seat(reply, ret, err);
	freeReplyObject(reply);
	redis_give(r, l);
	return rc;
}
