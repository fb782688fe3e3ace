#include "agents/vpc/net.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const struct err_kind net_bad_address = { "BadAddress", 400 };

int
net_parse(const char *text, uint16_t port, struct sockaddr_in *ret)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	char host[INET_ADDRSTRLEN];
	const char *colon;
	unsigned n = 0;
	size_t len;

	if (text == NULL)
		return -1;
	len = strcspn(text, ":");
	colon = text + len;
	if (len >= sizeof(host))
		return -1;
	memcpy(host, text, len);
	host[len] = '\0';
	if (inet_pton(AF_INET, host, &at.sin_addr) != 1)
		return -1;
	if (*colon == ':') {
		if (colon[1] == '\0' || strlen(colon + 1) > 5)
			return -1;
		for (const char *p = colon + 1; *p != '\0'; p++) {
			if (*p < '0' || *p > '9')
				return -1;
			n = n * 10 + (unsigned)(*p - '0');
		}
		if (n == 0 || n > UINT16_MAX)
			return -1;
		port = (uint16_t)n;
	}
	at.sin_port = htons(port);
	*ret = at;
	return 0;
}

int
net_equal(const struct sockaddr_in *a, const struct sockaddr_in *b)
{
	return a->sin_addr.s_addr == b->sin_addr.s_addr && a->sin_port == b->sin_port;
}

enum { NET_TEXT = 32 };

/* "10.0.0.2:53", in a buffer of the caller's. */
static const char *
net_text(const struct sockaddr_in *at, char out[NET_TEXT])
{
	char host[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &at->sin_addr, host, sizeof(host));
	snprintf(out, NET_TEXT, "%s:%u", host, (unsigned)ntohs(at->sin_port));
	return out;
}

int
net_bind(int type, const struct sockaddr_in *at, struct err *err)
{
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
	char text[NET_TEXT];

	if (fd < 0)
		return err_errno(err, "socket");
	if (setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on)) < 0 ||
	    (type == SOCK_STREAM &&
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0) ||
	    bind(fd, (const struct sockaddr *)at, sizeof(*at)) < 0) {
		err_errno_fn(err, "bind %s", net_text(at, text));
		close(fd);
		return -1;
	}
	return fd;
}
