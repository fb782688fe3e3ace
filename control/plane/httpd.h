/*
 * The HTTP server: civetweb, with our limits and routes.
 *
 * A connection has a thread while it lives, so handlers may block.  There are as many as
 * settings.workers; when three of four are busy, answers close
 * their connection, so that idle clients never keep a busy one waiting.
 */
#ifndef CONTROL_PLANE_HTTPD_H
#define CONTROL_PLANE_HTTPD_H

#include "base/err.h"
#include "control/plane/peers.h"
#include "control/plane/plane.h"

enum {
	HTTP_MAX_HEADER = 64 << 10,
};

struct httpd;

/*
 * Listen on "127.0.0.1:4599,[::1]:4599"; n_threads connections at once.
 * NULL and *err when an address cannot be had.
 */
struct httpd *httpd_start(struct plane *plane, const char *listen, int n_threads,
    struct err *err);

/*
 * Listen on a port of loopback (*ret_port) for the TLS front, whose clients the peers tell.
 */
struct httpd *httpd_start_behind(struct plane *plane, const struct peers *peers,
    int n_threads, int *ret_port, struct err *err);

void httpd_stop(struct httpd *s);

#endif
