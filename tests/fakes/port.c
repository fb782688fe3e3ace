#include "tests/fakes/port.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { FIRST = 12000, N_PORTS = 18000, STEP = 7919, TRIES = 1000 };

static int
is_free(int type, uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), rc;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	rc = bind(fd, (const struct sockaddr *)&at, sizeof(at));
	close(fd);
	return rc == 0;
}

uint16_t
free_port(void)
{
	static unsigned n;

	for (int i = 0; i < TRIES; i++) {
		unsigned at = ((unsigned)getpid() * 13 + n++ * STEP) % N_PORTS;
		uint16_t port = (uint16_t)(FIRST + at);

		if (is_free(SOCK_STREAM, port) && is_free(SOCK_DGRAM, port))
			return port;
	}
	fail_msg("no port is free");
	return 0;
}
