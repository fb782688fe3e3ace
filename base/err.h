/*
 * A failure, as a value.
 *
 * A function that can fail takes a `struct err *` as its last parameter and
 * returns 0, or -1 with *err set; a look-up returns 1 found, 0 absent, -1
 * failed.  On success *err is not touched; on failure no `ret_` parameter is.
 * The error is made where the facts are, named on the way up (err_wrap), and
 * logged once, by whoever decides what becomes of it.
 *
 * The kind is a constant with the name that goes on the wire.  Nothing here
 * is ever freed.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/cc.h"

struct err_kind {
	const char *code; /* the wire name: "InvalidVpcID.NotFound" */
	int status;	  /* HTTP status: 400 */
};

struct err {
	const struct err_kind *kind; /* NULL: no failure */
	char msg[1536];
};

/* Failures that no service has a word of its own for. */
extern const struct err_kind err_internal;    /* InternalFailure 500: bug or machine */
extern const struct err_kind err_unavailable; /* ServiceUnavailable 503: come later */

/* `return err_set(err, &kind, "…", …);` sets *err and is -1. */
#define err_set(err, kind, ...) (err_set_fn((err), (kind), __VA_ARGS__), -1)

/* `return err_wrap(err, "create network");` puts "create network: " in front. */
#define err_wrap(err, ...) (err_wrap_fn((err), __VA_ARGS__), -1)

/* `return err_errno(err, "open %s", path);` is err_internal with strerror(errno). */
#define err_errno(err, ...) (err_errno_fn((err), __VA_ARGS__), -1)

void err_set_fn(struct err *err, const struct err_kind *kind, const char *fmt, ...)
    PRINTF(3, 4);
void err_wrap_fn(struct err *err, const char *fmt, ...) PRINTF(2, 3);
void err_errno_fn(struct err *err, const char *fmt, ...) PRINTF(2, 3);

#endif
