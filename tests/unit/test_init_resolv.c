/* What is taken as a resolv.conf, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agents/init/resolv.h"
#include "base/cc.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"

static int
taken(const char *reply, char out[1024])
{
	static char copy[9000];
	const char *body;
	size_t n;

	snprintf(copy, sizeof(copy), "%s", reply);
	if (!resolv_body(copy, strlen(reply), &body, &n))
		return 0;
	snprintf(out, 1024, "%.*s", (int)n, body);
	return 1;
}

static void
a_whole_reply_is_taken(void **state UNUSED)
{
	static const char *const bodies[] = {
		"nameserver 10.0.0.2\n", "nameserver 10.0.0.2\nsearch ec2.internal\n",
		"nameserver 10.0.1.9\nnameserver fd00:ec2::253\nsearch a.example b-c.example\n"
	};
	char text[1024], out[1024];

	for (size_t i = 0; i < COUNT(bodies); i++) {
		snprintf(text, sizeof(text), OK "content-LENGTH: %zu\r\n\r\n%s",
		    strlen(bodies[i]), bodies[i]);
		assert_true(taken(text, out));
		assert_string_equal(out, bodies[i]);
	}
}

static void
whatever_else_comes_is_not(void **state UNUSED)
{
	static const char *const replies[] = {
		"",
		"HTTP/1.1 200 OK",
		OK "\r\n",
		OK "Content-Length: 0\r\n\r\n",
		OK "\r\nnameserver 10.0.0.2\n",
		OK "Content-Length: 30\r\n\r\nnameserver 10.0.0.2\n",
		OK "Content-Length: 19\r\n\r\nnameserver 10.0.0.2",
		OK "Content-Length: 19\r\n\r\nsearch ec2.internal\n",
		OK "Content-Length: 20\r\n\r\nsearch ec2.internal\n",
		OK "Content-Length: 22\r\n\r\nnameserver 10.0.0.2;x\n",
		OK "Content-Length: 21\r\n\r\nnameserver 10.0.0.2\n\n",
		OK "Content-Length: 30\r\n\r\nnameserver 10.0.0.2\noptions a\n",
		"HTTP/1.1 404 Not Found\r\nContent-Length: 20\r\n\r\nnameserver 10.0.0.2\n",
	};
	char out[1024];

	for (size_t i = 0; i < COUNT(replies); i++)
		assert_false(taken(replies[i], out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_reply_is_taken),
		cmocka_unit_test(whatever_else_comes_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
