/*
 * How edge says to a VPC's router where a connection is to lead, and proves that it may.
 *
 *	router	16 bytes that were never used before
 *	edge	32 bytes: HMAC-SHA256 of those 16 and of the next 32, by the VPC's key
 *		 7 bytes: "simfra1"
 *		 1 byte: the IP protocol, 6 or 17
 *		 1 byte: the version of the address, 4 or 6;  1 byte: 0
 *		 2 bytes: the port, the higher one first
 *		16 bytes: the address, an IPv4 one in the first four;  4 bytes: 0
 *	router	 1 byte: enum hello_answer
 *
 * After HELLO_CONNECTED the connection is that to the address; of UDP it carries frames
 * (sidecar/frames.h).  The key is never on the wire, and what was heard is of no use again.
 */
#ifndef SIDECAR_HELLO_H
#define SIDECAR_HELLO_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
	HELLO_NONCE = 16,
	HELLO_KEY = 32,
	HELLO_LEN = 64,
	HELLO_TCP = 6,
	HELLO_UDP = 17,
};

enum hello_answer { HELLO_CONNECTED, HELLO_REFUSED, HELLO_FAILED };

struct hello {
	int protocol;
	struct sockaddr_storage to; /* AF_INET or AF_INET6 */
};

void hello_write(const struct hello *h, const unsigned char nonce[HELLO_NONCE],
    const unsigned char key[HELLO_KEY], unsigned char out[HELLO_LEN]);

/* 1, or 0 when it is no hello, or not of who has the key. */
int hello_read(const unsigned char in[HELLO_LEN], const unsigned char nonce[HELLO_NONCE],
    const unsigned char key[HELLO_KEY], struct hello *ret);

#endif
