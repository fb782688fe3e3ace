/*
 * Accounts in a store in memory, for tests of who calls and what he may: root's key AKIAROOT
 * (secret "roots"), user bob with AKIABOB ("bobs").  The clock stands still.
 */
#ifndef TESTS_UNIT_AUTH_FIXTURE_H
#define TESTS_UNIT_AUTH_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "control/iam/auth.h"

#define ACCOUNT "000000000000"
#define OTHER	"111111111111"
#define SCOPE	ACCOUNT ":-"
#define NOW	INT64_C(1767225600000) /* 20260101T000000Z */
#define HOUR	INT64_C(3600000)

#define ALLOW(action)                                                                           \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"" action \
	"\",\"Resource\":\"*\"}]}"
#define REFUSE(action)                                                                         \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"" action \
	"\",\"Resource\":\"*\"}]}"

struct auth_fixture {
	struct clock clock; /* first: now_ms() finds the rest */
	int64_t now_ms;
	struct arena *arena;
	struct auth_env env;
	struct store_txn *t;
};

int auth_setup(void **state);
int auth_teardown(void **state);

/* Commit f->t and begin another. */
void auth_commit(struct auth_fixture *f);

/* A document of JSON text. */
json_t *auth_put(struct auth_fixture *f, const char *scope, const char *kind,
    const char *id, const char *text);

/* With further members of JSON text (",\"a\":1"). */
void auth_put_bob(struct auth_fixture *f, const char *members);
void auth_put_role(struct auth_fixture *f, const char *id, const char *members);

void auth_put_key(struct auth_fixture *f, const char *status);

#endif
