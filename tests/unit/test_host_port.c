/* Whether a port of this host is free. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cc.h"
#include "control/api/host_port.h"
#include "tests/fakes/port.h"

static void
a_port_is_free_when_neither_tcp_nor_udp_has_it(void **state UNUSED)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM };

	for (size_t i = 0; i < COUNT(types); i++) {
		uint16_t port = free_port();
		const struct sockaddr_in in = { .sin_family = AF_INET,
			.sin_port = htons(port),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		int fd = socket(AF_INET, types[i] | SOCK_CLOEXEC, 0);

		assert_int_equal(host_port_is_free(port), 1);
		assert_int_equal(bind(fd, (const struct sockaddr *)&in, sizeof(in)), 0);
		if (types[i] == SOCK_STREAM)
			assert_int_equal(listen(fd, 1), 0);
		assert_int_equal(host_port_is_free(port), 0);
		close(fd);
		assert_int_equal(host_port_is_free(port), 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_is_free_when_neither_tcp_nor_udp_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
