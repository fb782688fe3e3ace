/*
 * HTTP requests on a libuv loop: libcurl's multi interface, driven by the loop.
 *
 * For an agent's few calls to control; each answer is held in memory, up to a
 * limit that the caller sets.  No redirects, no proxies, no cookies.
 */
#ifndef SIDECAR_HTTP_H
#define SIDECAR_HTTP_H

#include <stddef.h>
#include <uv.h>

struct http;

struct http_request {
	const char *method, *url;
	const char *bearer; /* NULL: no Authorization */
	const char *source; /* the address to come from; NULL: what routing says */
	const char *body;   /* NULL: none; a JSON text, copied */
	size_t body_len;
	long timeout_ms; /* for all of it */
	size_t limit;	 /* of the answer's body */
};

struct http_answer {
	int status;	  /* 0: no answer */
	const char *why;  /* when there is none: a sentence */
	const char *body; /* ends in a NUL that does not count */
	size_t len;
};

typedef void http_done_fn(void *arg, const struct http_answer *answer);

struct http *http_open(uv_loop_t *loop);

/* Calls done(arg, …) once, from the loop, unless http_close() comes first. */
void http_start(struct http *h, const struct http_request *req, http_done_fn *done,
    void *arg);

/* Drops what is under way; the loop frees the rest as it closes the handles. */
void http_close(struct http *h);

#endif
