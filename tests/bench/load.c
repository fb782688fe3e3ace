/*
 * Load for a HTTP server: requests that were made before, over kept connections,
 * for a given time.
 *
 *     load PORT CONNECTIONS SECONDS FILE
 *
 * FILE has requests as they go over the wire, each behind a line with its length.  Every
 * connection has one request under way at any time.  Prints one JSON object: answers per
 * second, the median and the 99th percentile of their times, how many were not 2xx, and
 * the size of the last body.  One thread, so that the server has the other processor.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/cc.h"
#include "base/log.h"

enum {
	MAX_CONNECTIONS = 1024,
	MAX_REQUESTS = 65536,
	HEAD_MAX = 16384,
	SAMPLES = 1 << 20
};

struct request {
	const char *text;
	size_t len;
};

struct connection {
	int fd;
	size_t sent, head_len; /* of the request; of what is here of the answer's head */
	const struct request *request;
	char head[HEAD_MAX + 1];
	int has_head, closes;
	size_t body_len, body_left;
	double began_us;
};

struct load {
	int epoll, port;
	struct request *requests;
	size_t n_requests, next;
	unsigned long answers, failed;
	size_t last_len;
	char failure[200]; /* the first one's start */
	float *sample_us;
};

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
read_requests(struct load *l, const char *path)
{
	FILE *f = fopen(path, "r");
	char *text;
	size_t n;

	if (f == NULL)
		fatal("load: %s: %s", path, strerror(errno));
	l->requests = calloc(MAX_REQUESTS, sizeof(*l->requests));
	while (l->requests != NULL && l->n_requests < MAX_REQUESTS &&
	    fscanf(f, "%zu", &n) == 1 && fgetc(f) == '\n') {
		text = malloc(n + 1);
		if (text == NULL || fread(text, 1, n, f) != n)
			fatal("load: %s is cut off", path);
		l->requests[l->n_requests].text = text;
		l->requests[l->n_requests++].len = n;
	}
	fclose(f);
	if (l->n_requests == 0)
		fatal("load: no request in %s", path);
}

/* Connected; what is not written at once waits for EPOLLOUT. */
static void
dial(struct load *l, struct connection *c)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)l->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
	int on = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		fatal("load: connect to port %d: %s", l->port, strerror(errno));
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &ev) < 0)
		fatal("load: epoll: %s", strerror(errno));
}

static void
wait_for(const struct load *l, struct connection *c, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = c };

	epoll_ctl(l->epoll, EPOLL_CTL_MOD, c->fd, &ev);
}

static void
push(const struct load *l, struct connection *c)
{
	ssize_t n = send(c->fd, c->request->text + c->sent, c->request->len - c->sent,
	    MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN)
		fatal("load: send: %s", strerror(errno));
	if (n > 0)
		c->sent += (size_t)n;
	if (c->sent < c->request->len)
		wait_for(l, c, EPOLLIN | EPOLLOUT);
}

static void
ask(struct load *l, struct connection *c)
{
	c->request = &l->requests[l->next++ % l->n_requests];
	c->sent = c->head_len = 0;
	c->has_head = 0;
	c->began_us = now_us();
	push(l, c);
}

static const char *
header(const char *head, const char *name)
{
	const char *at = strcasestr(head, name);

	return at != NULL ? at + strlen(name) : NULL;
}

/* 1 when the head is whole; what is behind it counts as body. */
static int
parse_head(struct load *l, struct connection *c)
{
	const char *end, *length;
	size_t extra;

	c->head[c->head_len] = '\0';
	end = strstr(c->head, "\r\n\r\n");
	if (end == NULL && c->head_len == HEAD_MAX)
		fatal("load: an answer with a head without end");
	if (end == NULL)
		return 0;
	length = header(c->head, "\r\nContent-Length:");
	if (length == NULL || length > end)
		fatal("load: an answer without Content-Length");
	c->body_len = strtoul(length, NULL, 10);
	extra = c->head_len - (size_t)(end + 4 - c->head);
	if (extra > c->body_len)
		fatal("load: an answer longer than it says");
	c->body_left = c->body_len - extra;
	c->closes = header(c->head, "\r\nConnection: close") != NULL ||
	    strncmp(c->head, "HTTP/1.0", 8) == 0;
	if (c->head[9] != '2' && l->failed++ == 0)
		snprintf(l->failure, sizeof(l->failure), "%s", end + 4);
	c->has_head = 1;
	return 1;
}

static void
answered(struct load *l, struct connection *c)
{
	l->sample_us[l->answers++ % SAMPLES] = (float)(now_us() - c->began_us);
	l->last_len = c->body_len;
	if (c->closes) {
		close(c->fd);
		dial(l, c);
	}
	ask(l, c);
}

static void
pull(struct load *l, struct connection *c)
{
	static char sink[1 << 18];
	char *to = c->has_head ? sink : c->head + c->head_len;
	ssize_t n =
	    recv(c->fd, to, c->has_head ? sizeof(sink) : HEAD_MAX - c->head_len, 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		fatal("load: the server hung up in mid-answer");
	if (c->has_head) {
		if ((size_t)n > c->body_left)
			fatal("load: an answer longer than it says");
		c->body_left -= (size_t)n;
	} else {
		c->head_len += (size_t)n;
		if (!parse_head(l, c))
			return;
	}
	if (c->body_left == 0)
		answered(l, c);
}

static void
turn(struct load *l)
{
	struct epoll_event ev[64];
	int n = epoll_wait(l->epoll, ev, COUNT(ev), 1000);

	for (int i = 0; i < n; i++) {
		struct connection *c = ev[i].data.ptr;

		if (ev[i].events & EPOLLOUT) {
			wait_for(l, c, EPOLLIN);
			push(l, c);
		}
		if (ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			pull(l, c);
	}
}

static int
by_size(const void *a, const void *b)
{
	const float *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
print(const struct load *l, double us)
{
	size_t n = l->answers < SAMPLES ? l->answers : SAMPLES;

	if (n == 0)
		fatal("load: not one answer");
	if (l->failed > 0)
		fprintf(stderr, "load: the first failure: %s\n", l->failure);
	qsort(l->sample_us, n, sizeof(*l->sample_us), by_size);
	printf(
	    "{\"per_second\": %.1f, \"median_us\": %.0f, \"p99_us\": %.0f, \"answers\": %lu, "
	    "\"failed\": %lu, \"body\": %zu}\n",
	    (double)l->answers / us * 1e6, (double)l->sample_us[n / 2],
	    (double)l->sample_us[n * 99 / 100], l->answers, l->failed, l->last_len);
}

int
main(int argc, char **argv)
{
	struct load l = { .epoll = epoll_create1(EPOLL_CLOEXEC) };
	struct connection *all;
	double start, end;
	size_t n;

	if (argc != 5)
		fatal("usage: load PORT CONNECTIONS SECONDS FILE");
	l.port = (int)strtol(argv[1], NULL, 10);
	n = strtoul(argv[2], NULL, 10);
	read_requests(&l, argv[4]);
	all = calloc(n, sizeof(*all));
	l.sample_us = calloc(SAMPLES, sizeof(*l.sample_us));
	if (n == 0 || n > MAX_CONNECTIONS || all == NULL || l.sample_us == NULL)
		fatal("load: 1 to %d connections", MAX_CONNECTIONS);
	start = now_us();
	end = start + strtod(argv[3], NULL) * 1e6;
	for (size_t i = 0; i < n; i++) {
		dial(&l, &all[i]);
		ask(&l, &all[i]);
	}
	while (now_us() < end)
		turn(&l);
	print(&l, now_us() - start);
	return 0;
}
