/*
 * Certificates by the name that a client asks for (SNI), each made when it is first
 * wanted: those below AWS's suffixes, SIMFRA_HOSTNAME and what is below it, localhost and
 * *.localhost.  Who asks for no name gets one of SIMFRA_HOSTNAME, localhost and our
 * addresses; another name ends the handshake (unrecognized_name).
 *
 * For one thread.  The newest 256 are kept.
 */
#ifndef CONTROL_PLANE_TLS_CERTS_H
#define CONTROL_PLANE_TLS_CERTS_H

#include <openssl/ssl.h>

#include "base/clock.h"
#include "control/iam/ca.h"

enum { TLS_CERTS = 256, TLS_NAME_MAX = 253 };

struct tls_certs;

/* `addresses` is a list as "127.0.0.1,198.19.255.241".  Borrows ca, clock; NULL and *err. */
struct tls_certs *tls_certs_new(const struct ca *ca, const struct clock *clock,
    const char *hostname, const char *addresses, struct err *err);
void tls_certs_free(struct tls_certs *t); /* NULL is fine */

/* What SSL_new() takes; it is t's. */
SSL_CTX *tls_certs_context(struct tls_certs *t);

/* May the name have a certificate?  NULL and "" may not. */
int tls_certs_has(const struct tls_certs *t, const char *name);

#endif
