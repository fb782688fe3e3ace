/*
 * One connection of the TLS front: a client, and the HTTP server behind it.
 *
 * The handshake has ten seconds; only then the server hears of it.  What one side does not
 * take makes the other wait; who takes nothing for a minute is let go.  All of it is the loop's
 * thread's.
 */
#ifndef CONTROL_PLANE_TLS_CONN_H
#define CONTROL_PLANE_TLS_CONN_H

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "control/plane/peers.h"

enum { TLS_CONNS = 1024, TLS_PART = 64 * 1024 };

struct tls_conn;

/* What they share. */
struct tls_side {
	SSL_CTX *context;
	struct peers *peers;
	uint16_t port; /* the server's, on PEERS_HOST */
	struct tls_conn *conns;
	size_t n_conns;
	char part[TLS_PART]; /* of what is read, until it is passed on */
};

/* A client waits at the server; beyond TLS_CONNS it is let go. */
void tls_conn_accept(struct tls_side *side, uv_stream_t *server);

void tls_conn_close_all(struct tls_side *side);

#endif
