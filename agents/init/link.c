#include "agents/init/link.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

/* An IPv6 address that is not link-local: the kernel says scope 00, and the device last. */
static int
has_ipv6(const char *device)
{
	char text[8192], *line, *end;
	int fd = open("/proc/net/if_inet6", O_RDONLY | O_CLOEXEC), found = 0;
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	for (line = text; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		char scope[8], name[IFNAMSIZ];

		*end = '\0';
		if (sscanf(line, "%*s %*s %*s %7s %*s %15s", scope, name) == 2 &&
		    strcmp(scope, "00") == 0 && strcmp(name, device) == 0)
			found = 1;
	}
	return found;
}

static int
is_ready(int fd, const char *device)
{
	struct ifreq r;

	memset(&r, 0, sizeof(r));
	strncpy(r.ifr_name, device, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFFLAGS, &r) < 0)
		return 0;
	if ((r.ifr_flags & IFF_UP) == 0 || (r.ifr_flags & IFF_RUNNING) == 0)
		return 0;
	return ioctl(fd, SIOCGIFADDR, &r) == 0 || has_ipv6(device);
}

static const char *
find_missing(int fd, char *const *devices)
{
	for (; *devices != NULL; devices++) {
		if (!is_ready(fd, *devices))
			return *devices;
	}
	return NULL;
}

static int
open_netlink(void)
{
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR };
	int fd =
	    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Messages only wake us; what they say is asked for again, so losing some is harmless. */
static void
drain(int fd)
{
	char buf[8192];

	while (recv(fd, buf, sizeof(buf), 0) > 0)
		continue;
}

enum link_result
devices_wait(char *const *devices, int64_t wait_ms, int signal_fd,
    const char **ret_missing)
{
	int64_t end = clock_monotonic_ms() + wait_ms, left;
	int nl = open_netlink(); /* before the first look: nothing is missed in between */
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd p[2] = { { .fd = nl, .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN } };
	enum link_result result = LINK_READY;
	const char *missing;

	while ((missing = find_missing(fd, devices)) != NULL) {
		left = end - clock_monotonic_ms();
		if (left <= 0) {
			result = LINK_TIMEOUT;
			break;
		}
		if (poll(p, 2, (int)left) > 0 && p[1].revents != 0) {
			result = LINK_SIGNAL;
			break;
		}
		drain(nl);
	}
	if (nl >= 0)
		close(nl);
	if (fd >= 0)
		close(fd);
	*ret_missing = missing;
	return result;
}
