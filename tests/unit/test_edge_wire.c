/* What edge and a VPC's door say to each other, as bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <string.h>

#include "base/cc.h"
#include "sidecar/frames.h"
#include "sidecar/hello.h"

static void
count_frame(void *arg, const uint8_t *p, size_t len)
{
	size_t *n = arg;

	assert_true(len == 0 || p[0] == '0' + (int)len);
	n[0]++;
	n[1] += len;
}

static void
frames_come_in_any_pieces(void **state UNUSED)
{
	static const char text[] = "\0\1"
				   "1"
				   "\0\0"
				   "\0\3"
				   "333"
				   "\0\2"
				   "22";
	static const char bad[] = "\377\377x";

	for (size_t piece = 1; piece < sizeof(text); piece++) {
		size_t got[2] = { 0, 0 };
		struct frames f;

		frames_init(&f);
		for (size_t i = 0; i < sizeof(text) - 1; i += piece) {
			size_t n = sizeof(text) - 1 - i;

			assert_int_equal(frames_take(&f, text + i, n < piece ? n : piece,
					     count_frame, got),
			    0);
		}
		assert_int_equal(got[0], 4);
		assert_int_equal(got[1], 6);
		assert_int_equal(frames_take(&f, bad, 3, count_frame, got), -1);
		frames_done(&f);
	}
}

static void
a_hello_says_what_was_said_and_nothing_else_passes(void **state UNUSED)
{
	static const unsigned char secret[HELLO_KEY] = "a key",
				   nonce[HELLO_NONCE] = "once";
	struct hello h = { .protocol = HELLO_UDP }, got;
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(53) };
	unsigned char out[HELLO_LEN];

	memcpy(&h.to, &in, sizeof(in));
	hello_write(&h, nonce, secret, out);
	assert_int_equal(hello_read(out, nonce, secret, &got), 1);
	assert_int_equal(got.protocol, HELLO_UDP);
	assert_memory_equal(&got.to, &h.to, sizeof(got.to));
	for (size_t i = 0; i < sizeof(out); i++) {
		out[i] ^= 1;
		assert_int_equal(hello_read(out, nonce, secret, &got), 0);
		out[i] ^= 1;
	}
	h.protocol = 1; /* proven, and yet none */
	hello_write(&h, nonce, secret, out);
	assert_int_equal(hello_read(out, nonce, secret, &got), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_in_any_pieces),
		cmocka_unit_test(a_hello_says_what_was_said_and_nothing_else_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
