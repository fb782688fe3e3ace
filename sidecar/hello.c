#include "sidecar/hello.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/enc.h"

static const char magic[7] = "simfra1";

/* Where the members are. */
enum { MAC = 0, MAGIC = 32, PROTOCOL = 39, VERSION = 40, PORT = 42, ADDRESS = 44 };

static void
prove(const unsigned char *in, const unsigned char nonce[HELLO_NONCE],
    const unsigned char key[HELLO_KEY], unsigned char out[32])
{
	unsigned char text[HELLO_NONCE + HELLO_LEN - MAGIC];

	memcpy(text, nonce, HELLO_NONCE);
	memcpy(text + HELLO_NONCE, in + MAGIC, HELLO_LEN - MAGIC);
	hmac_sha256(key, HELLO_KEY, text, sizeof(text), out);
}

void
hello_write(const struct hello *h, const unsigned char nonce[HELLO_NONCE],
    const unsigned char key[HELLO_KEY], unsigned char out[HELLO_LEN])
{
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;

	memset(out, 0, HELLO_LEN);
	memcpy(out + MAGIC, magic, sizeof(magic));
	out[PROTOCOL] = (unsigned char)h->protocol;
	if (h->to.ss_family == AF_INET6) {
		memcpy(&in6, &h->to, sizeof(in6));
		out[VERSION] = 6;
		memcpy(out + PORT, &in6.sin6_port, 2);
		memcpy(out + ADDRESS, &in6.sin6_addr, 16);
	} else {
		memcpy(&in4, &h->to, sizeof(in4));
		out[VERSION] = 4;
		memcpy(out + PORT, &in4.sin_port, 2);
		memcpy(out + ADDRESS, &in4.sin_addr, 4);
	}
	prove(out, nonce, key, out + MAC);
}

/* The address of a hello that is proven: 1, or 0 when it has none. */
static int
read_address(const unsigned char *in, struct sockaddr_storage *ret)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	memset(ret, 0, sizeof(*ret));
	if (in[PORT] == 0 && in[PORT + 1] == 0)
		return 0;
	if (in[VERSION] == 4) {
		memcpy(&in4.sin_port, in + PORT, 2);
		memcpy(&in4.sin_addr, in + ADDRESS, 4);
		memcpy(ret, &in4, sizeof(in4));
	} else if (in[VERSION] == 6) {
		memcpy(&in6.sin6_port, in + PORT, 2);
		memcpy(&in6.sin6_addr, in + ADDRESS, 16);
		memcpy(ret, &in6, sizeof(in6));
	} else {
		return 0;
	}
	return 1;
}

int
hello_read(const unsigned char in[HELLO_LEN], const unsigned char nonce[HELLO_NONCE],
    const unsigned char key[HELLO_KEY], struct hello *ret)
{
	unsigned char mac[32];
	struct hello h = { .protocol = in[PROTOCOL] };

	prove(in, nonce, key, mac);
	if (!equal_secret(mac, in + MAC, sizeof(mac)) ||
	    memcmp(in + MAGIC, magic, sizeof(magic)) != 0 ||
	    (h.protocol != HELLO_TCP && h.protocol != HELLO_UDP) ||
	    !read_address(in, &h.to))
		return 0;
	*ret = h;
	return 1;
}
