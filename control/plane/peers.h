/*
 * Who is behind the connections that the TLS front passes on to the HTTP server: by the
 * port of each on loopback.
 *
 * What comes for a client of this host comes from 127.0.0.1, what comes for any other from
 * 127.0.0.2: that alone says who may do what a client of this host may, the table is for
 * who it is.  Safe from any thread.
 */
#ifndef CONTROL_PLANE_PEERS_H
#define CONTROL_PLANE_PEERS_H

#include <stdatomic.h>
#include <stdint.h>

#define PEERS_HOST  "127.0.0.1"
#define PEERS_OTHER "127.0.0.2"

struct peers {
	_Atomic uint32_t address[65536]; /* host order; 0: none */
};

#endif
