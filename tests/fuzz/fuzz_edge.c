/*
 * What others send to edge and to the door of a VPC: a hello, and datagrams in a stream.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cc.h"
#include "sidecar/frames.h"
#include "sidecar/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int holds)
{
	if (!holds)
		abort();
}

static void
on_frame(void *arg, const uint8_t *p, size_t len)
{
	size_t *seen = arg;

	must(len <= FRAME_MAX);
	*seen += 2 + len;
	if (len > 0)
		must(p[len - 1] == p[len - 1]);
}

/* One that proves itself, whatever it says. */
static void
greet(const uint8_t *data)
{
	static const unsigned char key[HELLO_KEY] = "k", nonce[HELLO_NONCE] = "n";
	unsigned char in[HELLO_LEN], again[HELLO_LEN];
	struct hello h, h2;

	must(!hello_read(data, nonce, key, &h));
	memcpy(in, data, sizeof(in));
	/* hello_write() proves any bytes of its own; so what it wrote reads back the same. */
	memset(&h, 0, sizeof(h));
	h.protocol = in[39];
	h.to.ss_family = (in[40] & 1) != 0 ? AF_INET : AF_INET6;
	memcpy((char *)&h.to + 2, in + 42, 22);
	hello_write(&h, nonce, key, again);
	if (hello_read(again, nonce, key, &h2))
		must(h2.protocol == h.protocol && h2.to.ss_family == h.to.ss_family);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t seen = 0, piece;
	struct frames f;

	if (size == 0)
		return 0;
	piece = 1 + data[0];
	frames_init(&f);
	for (size_t i = 1; i < size; i += piece) {
		size_t n = size - i < piece ? size - i : piece;

		if (frames_take(&f, data + i, n, on_frame, &seen) < 0)
			break;
		must(f.in.len <= 2 + FRAME_MAX);
	}
	must(seen <= size);
	frames_done(&f);
	if (size >= HELLO_LEN)
		greet(data);
	return 0;
}
