#include "agents/init/report.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agents/init/spawn.h"

static int
dial_one(const struct sockaddr *sa, socklen_t size)
{
	int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int failed = 0;
	socklen_t len = sizeof(failed);

	if (fd < 0)
		return -1;
	if (connect(fd, sa, size) < 0 &&
	    (errno != EINPROGRESS || poll(&p, 1, REPORT_TIMEOUT_MS) <= 0 ||
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &len) < 0 || failed != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

int
report_dial(void)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(80) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(80) };
	int fd;

	inet_pton(AF_INET, "169.254.169.254", &v4.sin_addr);
	inet_pton(AF_INET6, "fd00:ec2::254", &v6.sin6_addr);
	fd = dial_one((struct sockaddr *)&v4, sizeof(v4));
	return fd >= 0 ? fd : dial_one((struct sockaddr *)&v6, sizeof(v6));
}

/* 1 when the answer is 2xx. */
static int
put(const char *text, size_t n)
{
	char answer[64] = "";
	int fd = report_dial(), ok = 0;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (fd < 0)
		return 0;
	if (send(fd, text, n, MSG_NOSIGNAL) == (ssize_t)n &&
	    poll(&p, 1, REPORT_TIMEOUT_MS) > 0 &&
	    recv(fd, answer, sizeof(answer) - 1, 0) > 0)
		ok = strncmp(answer, "HTTP/1.", 7) == 0 &&
		    strncmp(answer + 8, " 2", 2) == 0;
	close(fd);
	return ok;
}

pid_t
report_boot(const char *boot_id, const char *user_data, int exit_code)
{
	char body[256], text[512];
	pid_t pid = fork();
	int n;

	if (pid != 0)
		return pid;
	spawn_reset_signals();
	n = snprintf(body, sizeof(body),
	    "{\"boot_id\": \"%s\", \"user_data\": \"%s\", \"exit_code\": %d}", boot_id,
	    user_data, exit_code);
	n = snprintf(text, sizeof(text),
	    "PUT /_simfra/boot HTTP/1.1\r\nHost: 169.254.169.254\r\n"
	    "Content-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
	    n, body);
	for (int i = 0; i < REPORT_TRIES && !put(text, (size_t)n); i++) {
		struct timespec ts = { i < 2 ? 0 : 1 << (i - 2), i < 2 ? 200000000 : 0 };

		nanosleep(&ts, NULL);
	}
	_exit(0);
}
