/*
 * The TLS listener: what it decrypts goes on to an HTTP server of its own on loopback, which
 * serves what the plain port serves.
 *
 * A front of ours, and not civetweb's: Debian's is built for an OpenSSL that is gone, and has
 * no certificates by name.  It is one more thread, an event loop; addresses come and go while
 * it runs.  IPv4.
 */
#ifndef CONTROL_PLANE_TLS_FRONT_H
#define CONTROL_PLANE_TLS_FRONT_H

#include "base/err.h"
#include "control/plane/plane.h"

struct tls_front;

/*
 * Listens on nothing yet.  plane->env.ca signs; `addresses` are those of the certificate for
 * who asks for no name.  NULL and *err.
 */
struct tls_front *tls_front_start(struct plane *plane, const char *addresses,
    struct err *err);
void tls_front_stop(struct tls_front *f); /* NULL is fine */

/* A handle of at least 0 for tls_front_unlisten(); -1 and *err when it cannot be had. */
int tls_front_listen(struct tls_front *f, const char *address, int port, struct err *err);
void tls_front_unlisten(struct tls_front *f, int handle);

#endif
