#include "netdns/aside.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cc.h"

enum { MAX_CLOSING = 512, STACK = 256 * 1024 };

/* Of all threads: it bounds their number, and nothing depends on it. */
static atomic_int n_closing;

int
aside_next(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd;
}

int
aside_hold(int fd)
{
	int domain = 0, protocol = 0;
	socklen_t a = sizeof(domain), b = sizeof(protocol);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &a) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &b) < 0 ||
	    domain != AF_NETLINK || protocol != NETLINK_NETFILTER)
		return -1;
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static void *
close_one(void *arg)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	/* That of the process: this thread has its maker's, and must not hold it. */
	if (home >= 0) {
		(void)!setns(home, CLONE_NEWNET);
		close(home);
	}
	close((int)(intptr_t)arg);
	atomic_fetch_sub(&n_closing, 1);
	return NULL;
}

void
aside_close(int fd)
{
	pthread_attr_t attr;
	pthread_t thread;
	int rc = -1;

	if (fd < 0)
		return;
	if (atomic_fetch_add(&n_closing, 1) < MAX_CLOSING &&
	    pthread_attr_init(&attr) == 0) {
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
		pthread_attr_setstacksize(&attr, STACK);
		rc = pthread_create(&thread, &attr, close_one, (void *)(intptr_t)fd);
		pthread_attr_destroy(&attr);
	}
	if (rc == 0)
		return;
	close(fd);
	atomic_fetch_sub(&n_closing, 1);
}
