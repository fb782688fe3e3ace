#include "agents/init/link.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

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
	return ioctl(fd, SIOCGIFADDR, &r) == 0;
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
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR };
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
