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

int
net_parse_any(const char *text, uint16_t port, union net_any *ret)
{
	union net_any at = { .v6 = { .sin6_family = AF_INET6,
				 .sin6_port = htons(port) } };

	if (text != NULL && inet_pton(AF_INET6, text, &at.v6.sin6_addr) == 1) {
		*ret = at;
		return 0;
	}
	memset(&at, 0, sizeof(at));
	if (net_parse(text, port, &at.v4) < 0)
		return -1;
	*ret = at;
	return 0;
}

socklen_t
net_size(const union net_any *at)
{
	return at->any.sa_family == AF_INET6 ? sizeof(at->v6) : sizeof(at->v4);
}

struct in6_addr
net_mapped(const union net_any *at)
{
	struct in6_addr a = { .s6_addr = { [10] = 0xff, 0xff } };

	if (at->any.sa_family == AF_INET6)
		return at->v6.sin6_addr;
	memcpy(a.s6_addr + 12, &at->v4.sin_addr, 4);
	return a;
}

uint16_t
net_port(const union net_any *at)
{
	return at->any.sa_family == AF_INET6 ? at->v6.sin6_port : at->v4.sin_port;
}

int
net_equal_any(const union net_any *a, const union net_any *b)
{
	struct in6_addr x = net_mapped(a), y = net_mapped(b);

	return memcmp(&x, &y, sizeof(x)) == 0 && net_port(a) == net_port(b);
}

enum { NET_TEXT = 64 };

/* "10.0.0.2:53", "[fd00:ec2::254]:80", in a buffer of the caller's. */
static const char *
net_text(const union net_any *at, char out[NET_TEXT])
{
	char host[INET6_ADDRSTRLEN];
	int is6 = at->any.sa_family == AF_INET6;

	inet_ntop(at->any.sa_family,
	    is6 ? (const void *)&at->v6.sin6_addr : &at->v4.sin_addr, host, sizeof(host));
	snprintf(out, NET_TEXT, is6 ? "[%s]:%u" : "%s:%u", host,
	    (unsigned)ntohs(net_port(at)));
	return out;
}

int
net_bind(int type, const struct sockaddr_in *at, struct err *err)
{
	union net_any any = { .v4 = *at };

	return net_bind_any(type, &any, err);
}

int
net_bind_any(int type, const union net_any *at, struct err *err)
{
	int is6 = at->any.sa_family == AF_INET6, on = 1;
	int fd = socket(at->any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	char text[NET_TEXT];

	if (fd < 0)
		return err_errno(err, "socket");
	if (setsockopt(fd, is6 ? IPPROTO_IPV6 : IPPROTO_IP,
		is6 ? IPV6_FREEBIND : IP_FREEBIND, &on, sizeof(on)) < 0 ||
	    (is6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0) ||
	    (type == SOCK_STREAM &&
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0) ||
	    bind(fd, &at->any, net_size(at)) < 0) {
		err_errno_fn(err, "bind %s", net_text(at, text));
		close(fd);
		return -1;
	}
	return fd;
}
