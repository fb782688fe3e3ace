/*
 * Load for a resolver: questions for names of private addresses, over UDP, for a given time.
 *
 *     dns_load PORT SECONDS NAMES
 *
 * Asks 127.0.0.1 for the first NAMES addresses of 10.0.0.0/16, "ip-10-0-0-1.ec2.internal" and on,
 * WINDOW of them under way.  Prints one JSON object: answers per second, how many were not an
 * answer with one address, and how many questions were lost.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/cc.h"
#include "base/log.h"

enum { WINDOW = 128, BATCH = 32, PACKET = 512, HEADER = 12, LOST_MS = 100 };

struct load {
	int fd;
	unsigned long n_names, next;
	unsigned long answers, failed, lost;
};

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t
put_label(unsigned char *p, const char *text)
{
	size_t n = strlen(text);

	p[0] = (unsigned char)n;
	memcpy(p + 1, text, n);
	return n + 1;
}

static size_t
question(struct load *l, unsigned char *p)
{
	static const unsigned char head[HEADER] = { 0, 0, 1, 0, 0, 1 },
				   tail[] = { 0, 0, 1, 0, 1 };
	unsigned long i = l->next++ % l->n_names + 1;
	size_t n = HEADER;
	char label[32];

	memcpy(p, head, HEADER);
	p[0] = (unsigned char)(l->next >> 8);
	p[1] = (unsigned char)l->next;
	snprintf(label, sizeof(label), "ip-10-0-%lu-%lu", i >> 8 & 255, i & 255);
	n += put_label(p + n, label);
	n += put_label(p + n, "ec2");
	n += put_label(p + n, "internal");
	memcpy(p + n, tail, sizeof(tail));
	return n + sizeof(tail);
}

static void
ask(struct load *l, size_t n)
{
	static unsigned char packets[WINDOW][PACKET];
	struct mmsghdr m[BATCH];
	struct iovec v[BATCH];

	while (n > 0) {
		unsigned k = n < BATCH ? (unsigned)n : BATCH;

		memset(m, 0, sizeof(m));
		for (unsigned i = 0; i < k; i++) {
			v[i].iov_base = packets[i];
			v[i].iov_len = question(l, packets[i]);
			m[i].msg_hdr.msg_iov = &v[i];
			m[i].msg_hdr.msg_iovlen = 1;
		}
		if (sendmmsg(l->fd, m, k, 0) <= 0)
			fatal("dns_load: sendmmsg");
		n -= k;
	}
}

/* How many answers came: 0 when none did for long. */
static size_t
hear(struct load *l)
{
	static unsigned char packets[BATCH][PACKET];
	struct pollfd p = { .fd = l->fd, .events = POLLIN };
	struct mmsghdr m[BATCH];
	struct iovec v[BATCH];
	int n;

	if (poll(&p, 1, LOST_MS) <= 0)
		return 0;
	memset(m, 0, sizeof(m));
	for (int i = 0; i < BATCH; i++) {
		v[i] = (struct iovec){ packets[i], PACKET };
		m[i].msg_hdr.msg_iov = &v[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(l->fd, m, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		const unsigned char *q = packets[i];

		l->answers++;
		/* NOERROR, one record. */
		l->failed += m[i].msg_len < HEADER || (q[3] & 15) != 0 || q[7] != 1;
	}
	return n > 0 ? (size_t)n : 0;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct load l = { 0 };
	double begin, end;
	int room = 1 << 20;

	if (argc != 4)
		fatal("usage: dns_load PORT SECONDS NAMES");
	at.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	l.n_names = strtoul(argv[3], NULL, 10);
	l.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(l.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (l.n_names == 0 || l.fd < 0 ||
	    connect(l.fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		fatal("dns_load: no socket, or no names");
	begin = now_s();
	end = begin + strtod(argv[2], NULL);
	ask(&l, WINDOW);
	while (now_s() < end) {
		size_t n = hear(&l);

		if (n == 0)
			l.lost += n = WINDOW;
		ask(&l, n);
	}
	printf(
	    "{\"per_second\": %.0f, \"answers\": %lu, \"failed\": %lu, \"lost\": %lu}\n",
	    (double)l.answers / (now_s() - begin), l.answers, l.failed, l.lost);
	close(l.fd);
	return 0;
}
