/*
 * A control plane in a test: dispatcher, store in memory, fake engine, a clock
 * that stands still.  No socket, no Docker, no sleep.
 */
#ifndef TESTS_API_FIXTURE_H
#define TESTS_API_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cc.h"
#include "control/api/call.h"
#include "control/api/env.h"
#include "control/engine/images.h"

#define FIXTURE_ACCOUNT "000000000000"
#define FIXTURE_REGION	"us-east-1"

struct engine_fake;

struct fixture {
	struct clock clock; /* first: now_ms() finds the rest */
	int64_t now_ms;
	struct arena *arena;
	struct settings settings;
	struct env env;
	struct image_settings images;
	struct engine_fake *engine;
	struct principal root;
	const char *region;	      /* of the next calls */
	const struct call_body *body; /* of the next call alone */
};

/* For cmocka_unit_test_setup_teardown; *state is the fixture. */
int fixture_setup(void **state);	  /* bootstrap: none */
int fixture_setup_standard(void **state); /* bootstrap: standard */
int fixture_teardown(void **state);

/* Call as the default account's root; params is JSON text.  The call is the arena's. */
struct call *fixture_call(struct fixture *f, const char *service, const char *operation,
    const char *params, ...) PRINTF(4, 5);

/* As somebody else. */
struct call *fixture_call_as(struct fixture *f, const struct principal *who,
    const char *service, const char *operation, const char *params, ...) PRINTF(5, 6);

/* The next call comes with a body (of an operation that streams one), without a sum that the client said. */
void fixture_body(struct fixture *f, const void *p, size_t n);

/* The answer of a call that must succeed (the test fails with the error's text). */
json_t *fixture_ok(struct fixture *f, const char *service, const char *operation,
    const char *params, ...) PRINTF(4, 5);

/* The call must fail with the code; returns the message. */
const char *fixture_fails(struct fixture *f, const char *code, const char *service,
    const char *operation, const char *params, ...) PRINTF(5, 6);

/* Text at a dotted path of an answer; numbers lead into arrays ("Vpcs.0.VpcId").  NULL if absent. */
const char *fixture_text(const json_t *v, const char *path);

/* That text is there. */
void fixture_is(const json_t *v, const char *path, const char *text);

#endif
