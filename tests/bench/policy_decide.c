/*
 * How long it takes to decide of a call, in microseconds: the best of several rounds.  A user with 10 attached
 * policies, of which the last allows the call and all are asked, and whose documents are in the store's cache.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/iam/auth.h"

#define ACCOUNT "000000000000"
#define SCOPE	ACCOUNT ":-"

enum { POLICIES = 10, ROUNDS = 15, TIMES = 2000 };

static const char policy[] =
    "{\"PolicyName\":\"p%d\",\"_doc\":{\"Version\":\"2012-10-17\",\"Statement\":["
    "{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:PutObject\",\"s3:ListBucket\"],"
    "\"Resource\":[\"arn:aws:s3:::bucket-%d\",\"arn:aws:s3:::bucket-%d/${aws:username}/*\"]},"
    "{\"Effect\":\"Allow\",\"Action\":\"ec2:Describe*\",\"Resource\":\"*\",\"Condition\":"
    "{\"StringEquals\":{\"aws:RequestedRegion\":[\"us-east-1\",\"eu-west-1\"]}}},"
    "{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::bucket-%d/*\","
    "\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"false\"}}}]}}";

static void
put(struct store_txn *t, struct arena *a, const char *kind, const char *id,
    const char *text)
{
	struct err err;
	json_t *doc;

	if (json_read_in(a, text, strlen(text), &doc, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	store_put(t, SCOPE, kind, id, doc);
}

static void
fill(struct store *store, struct arena *a)
{
	struct store_txn *t = store_begin(store, a);
	json_t *user = json_own(a,
		   json_make("{s:s, s:s, s:s}", "UserName", "bob", "UserId", "AIDABOB",
		       "Arn", "arn:aws:iam::" ACCOUNT ":user/bob")),
	       *attached = json_need_array(user, "_attached");
	struct err err;

	for (int i = 0; i < POLICIES; i++) {
		const char *arn =
		    arena_printf(a, "arn:aws:iam::" ACCOUNT ":policy/p%d", i);
		size_t size = sizeof(policy) + 64;
		char *text = arena_alloc(a, size);

		snprintf(text, size, policy, i, i, i, i);
		put(t, a, "iam:policy", arn, text);
		json_add_str(attached, arn);
	}
	store_put(t, SCOPE, "iam:user", "bob", user);
	if (store_commit(t, &err) != 1)
		exit(1);
}

static void
decide(const struct auth_env *env)
{
	static const struct principal bob = { .kind = PRINCIPAL_USER,
		.account = ACCOUNT,
		.arn = "arn:aws:iam::" ACCOUNT ":user/bob",
		.user_id = "AIDABOB",
		.name = "bob" };
	struct arena *a = arena_new();
	struct auth_question q = {
		.action = "s3:GetObject",
		.resource = "arn:aws:s3:::bucket-9/bob/key",
		.context = auth_request_context(a, "127.0.0.1", 1, "us-east-1",
		    INT64_C(1767225600000)),
	};
	struct err err;

	if (auth_ask(env, store_begin(env->store, a), a, &bob, NULL, &q, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	arena_free(a);
}

static double
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

int
main(void)
{
	struct arena *a = arena_new();
	struct auth_env env = { .store = store_open_mem() };
	double best = 1e9;

	fill(env.store, a);
	for (int i = 0; i < ROUNDS; i++) {
		double start = now_us(), each;

		for (int k = 0; k < TIMES; k++)
			decide(&env);
		each = (now_us() - start) / TIMES;
		best = each < best ? each : best;
	}
	printf("policies=%d decide_us=%.2f\n", POLICIES, best);
	store_close(env.store);
	arena_free(a);
	return 0;
}
