#include "tests/net/place.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "netdns/link.h"

void
place_new(struct place *p, struct ns_worker *worker)
{
	struct err err = { 0 };
	int ready[2];
	char c = 0;

	assert_int_equal(pipe(ready), 0);
	p->worker = worker;
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		c = unshare(CLONE_NEWNET) == 0;
		if (write(ready[1], &c, 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	if (c != 1)
		fail_msg("a network namespace needs root");
	if (ns_open(p->pid, NULL, &p->fd, &err) < 0)
		fail_msg("%s", err.msg);
}

void
place_of(struct place *p, pid_t pid, struct ns_worker *worker)
{
	struct err err = { 0 };

	p->pid = 0;
	p->worker = worker;
	if (ns_open(pid, NULL, &p->fd, &err) < 0)
		fail_msg("%s", err.msg);
}

void
place_free(struct place *p)
{
	if (p->fd > 0)
		close(p->fd);
	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		waitpid(p->pid, NULL, 0);
	}
	memset(p, 0, sizeof(*p));
}

struct job {
	struct place *at, *to;
	const char *name, *device, *addr;
	struct arena *arena;
	struct view *view;
	int family, type, protocol, fd;
};

static void
run(ns_job_fn *fn, struct job *job)
{
	struct err err = { 0 };

	if (ns_worker_run(job->at->worker, fn, job, &err) < 0)
		fail_msg("%s", err.msg);
}

static int
set_address(struct rtnl *r, const char *device, const char *addr, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct cidr net;
	struct view v;

	if (!cidr_parse(addr, &net) ||
	    rtnl_view(r, a, VIEW_LINKS | VIEW_ADDRS, &v, err) < 0 ||
	    view_link(&v, device) == NULL)
		return -1;
	return link_set_addrs(r, &v, view_link(&v, device)->index, &net, 1, NULL, NULL,
		   err) < 0 ?
	    -1 :
	    link_set_up(r, view_link(&v, device)->index, err);
}

static int
bridge_job(void *arg, struct err *err)
{
	static const struct link_conf forwarding[] = { { IPV4_DEVCONF_FORWARDING, 1 } };
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(rtnl_closep) struct rtnl *r = NULL;
	const struct job *j = arg;
	uint8_t mac[6] = { 2, 0x42, (uint8_t)j->name[0], 1, 2,
		(uint8_t)j->name[strlen(j->name) - 1] };
	unsigned index;
	struct view v;

	if (ns_enter(j->at->fd, err) < 0 || rtnl_open(&r, err) < 0 ||
	    rtnl_view(r, a, VIEW_LINKS, &v, err) < 0 ||
	    link_bridge(r, &v, j->name, mac, &index, err) < 0 ||
	    rtnl_view(r, a, VIEW_LINKS, &v, err) < 0 ||
	    link_set_conf(r, view_link(&v, j->name), forwarding, 1, err) < 0)
		return -1;
	return set_address(r, j->name, j->addr, err);
}

void
place_bridge(struct place *host, const char *name, const char *addr)
{
	run(bridge_job, &(struct job){ .at = host, .name = name, .addr = addr });
}

static int
wire_job(void *arg, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(rtnl_closep) struct rtnl *h = NULL, *c = NULL;
	static unsigned n;
	const struct job *j = arg;
	uint8_t mac[6] = { 2, 0x42, 9, 9, 9, (uint8_t)++n };
	char port[IFNAMSIZ];
	struct view v;

	snprintf(port, sizeof(port), "port%u", n % 1000);
	if (ns_enter(j->at->fd, err) < 0 || rtnl_open(&h, err) < 0 ||
	    rtnl_view(h, a, VIEW_LINKS, &v, err) < 0 ||
	    link_veth(h, port, view_link(&v, j->name)->index, 1500, j->to->fd, j->device,
		mac, err) < 0 ||
	    rtnl_view(h, a, VIEW_LINKS, &v, err) < 0 || ns_enter(j->to->fd, err) < 0 ||
	    rtnl_open(&c, err) < 0 || set_address(c, j->device, j->addr, err) < 0 ||
	    link_set_up(h, view_link(&v, port)->index, err) < 0 ||
	    rtnl_view(c, a, VIEW_LINKS, &v, err) < 0)
		return -1;
	return link_wake(c, view_link(&v, j->device)->index, err);
}

void
place_wire(struct place *host, const char *bridge, struct place *p, const char *device,
    const char *addr)
{
	run(wire_job,
	    &(struct job){ .at = host,
		.to = p,
		.name = bridge,
		.device = device,
		.addr = addr });
}

static int
view_job(void *arg, struct err *err)
{
	CLEANUP(rtnl_closep) struct rtnl *r = NULL;
	const struct job *j = arg;

	if (ns_enter(j->at->fd, err) < 0 || rtnl_open(&r, err) < 0)
		return -1;
	return rtnl_view(r, j->arena, VIEW_ALL, j->view, err);
}

void
place_view(struct place *p, struct arena *a, struct view *ret)
{
	run(view_job, &(struct job){ .at = p, .arena = a, .view = ret });
}

void
place_view4(struct place *p, struct arena *a, struct view *v)
{
	size_t n = 0;

	place_view(p, a, v);
	for (size_t i = 0; i < v->n_addrs; i++) {
		if (v->addrs[i].net.ip.version == 4)
			v->addrs[n++] = v->addrs[i];
	}
	v->n_addrs = n;
	n = 0;
	for (size_t i = 0; i < v->n_routes; i++) {
		if (v->routes[i].dst.ip.version == 4)
			v->routes[n++] = v->routes[i];
	}
	v->n_routes = n;
	n = 0;
	for (size_t i = 0; i < v->n_rules; i++) {
		if (v->rules[i].version == 4)
			v->rules[n++] = v->rules[i];
	}
	v->n_rules = n;
}

static int
socket_job(void *arg, struct err *err)
{
	struct job *j = arg;

	if (ns_enter(j->at->fd, err) < 0)
		return -1;
	j->fd = socket(j->family, j->type | SOCK_CLOEXEC, j->protocol);
	return j->fd < 0 ? err_errno(err, "socket") : 0;
}

/* A socket is of the namespace that it was made in, whoever uses it. */
static int
place_socket(struct place *p, int family, int type, int protocol)
{
	struct job job = { .at = p,
		.family = family,
		.type = type,
		.protocol = protocol };

	run(socket_job, &job);
	return job.fd;
}

/* An address of either version. */
union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static union address
address(const char *addr, int port)
{
	union address a = { 0 };

	if (strchr(addr, ':') != NULL) {
		a.v6.sin6_family = AF_INET6;
		a.v6.sin6_port = htons((uint16_t)port);
		assert_int_equal(inet_pton(AF_INET6, addr, &a.v6.sin6_addr), 1);
	} else {
		a.v4.sin_family = AF_INET;
		a.v4.sin_port = htons((uint16_t)port);
		assert_int_equal(inet_pton(AF_INET, addr, &a.v4.sin_addr), 1);
	}
	return a;
}

static socklen_t
size_of(const union address *a)
{
	return a->any.sa_family == AF_INET6 ? sizeof(a->v6) : sizeof(a->v4);
}

int
place_listen(struct place *p, const char *addr, int port)
{
	union address a = address(addr, port);
	int fd = place_socket(p, a.any.sa_family, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &a.any, size_of(&a)) < 0 || listen(fd, 8) < 0)
		fail_msg("listen on %s:%d: %s", addr, port, strerror(errno));
	return fd;
}

int
place_udp(struct place *p, const char *addr, int port)
{
	union address a = address(addr, port);
	int fd = place_socket(p, a.any.sa_family, SOCK_DGRAM, 0);

	if (bind(fd, &a.any, size_of(&a)) < 0)
		fail_msg("bind to %s:%d: %s", addr, port, strerror(errno));
	return fd;
}

void
place_send(int fd, const char *to, int port, int mark)
{
	union address a = address(to, port);

	/* What the own rules refuse is EPERM, and no packet. */
	(void)!sendto(fd, &mark, sizeof(mark), 0, &a.any, size_of(&a));
}

enum { ECHO_REQUEST = 8, ECHO_REPLY = 0, ECHO_LEN = 8 };

int
place_echo(struct place *p, const char *to, int number)
{
	union address a = address(to, 0);
	int fd = place_socket(p, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	uint32_t sum = (ECHO_REQUEST << 8) + (uint32_t)number + 1;
	/* Type, code, checksum, number, sequence. */
	unsigned char b[ECHO_LEN] = { ECHO_REQUEST, 0, 0, 0, (unsigned char)(number >> 8),
		(unsigned char)number, 0, 1 };

	sum = ~((sum & 0xffff) + (sum >> 16));
	b[2] = (unsigned char)(sum >> 8);
	b[3] = (unsigned char)sum;
	(void)!sendto(fd, b, sizeof(b), 0, &a.any, size_of(&a));
	return fd;
}

/* A raw socket hears of every ICMP of its namespace, the request to itself, too. */
int
place_is_echoed(int fd, int number)
{
	unsigned char b[256];
	ssize_t n;

	while ((n = recv(fd, b, sizeof(b), MSG_DONTWAIT)) > 0) {
		size_t head = (size_t)(b[0] & 15) * 4;

		if ((size_t)n >= head + ECHO_LEN && b[head] == ECHO_REPLY &&
		    (b[head + 4] << 8 | b[head + 5]) == number)
			return 1;
	}
	return 0;
}

int
place_start(struct place *p, int from_port, const char *to, int port)
{
	union address a = address(to, port), from = { .v4 = { .sin_family = AF_INET } };
	int fd = place_socket(p, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	from.v4.sin_port = htons((uint16_t)from_port);
	if (bind(fd, &from.any, size_of(&from)) < 0)
		fail_msg("bind to port %d: %s", from_port, strerror(errno));
	(void)!connect(fd, &a.any, size_of(&a));
	return fd;
}

int
place_is_connected(int fd)
{
	union address a;
	socklen_t len = sizeof(a);

	return getpeername(fd, &a.any, &len) == 0;
}

void
place_drain(int listener)
{
	struct pollfd poll_fd = { .fd = listener, .events = POLLIN };

	while (poll(&poll_fd, 1, 0) == 1) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			close(fd);
	}
}

int
place_connect(struct place *p, const char *from, const char *to, int port, int wait_ms)
{
	union address a = address(to, port), f;
	int fd = place_socket(p, a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int failure = 0;
	socklen_t len = sizeof(failure);
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };

	if (from != NULL) {
		f = address(from, 0);
		assert_int_equal(bind(fd, &f.any, size_of(&f)), 0);
	}
	if (connect(fd, &a.any, size_of(&a)) < 0 && errno != EINPROGRESS)
		goto none;
	if (poll(&poll_fd, 1, wait_ms) != 1 ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &len) < 0 || failure != 0)
		goto none;
	return fd;
none:
	close(fd);
	return -1;
}

/* Of neighbour discovery and the like nothing is to be seen. */
static void
only_type(int fd, int type)
{
	struct icmp6_filter filter;

	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(type, &filter);
	assert_int_equal(setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter,
			     sizeof(filter)),
	    0);
}

/* The answer of ICMP's own is not looked at: whether the packet got in is. */
int
place_packet(struct place *from, struct place *to, int protocol, const char *addr,
    int port, int wait_ms)
{
	int type = protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_RAW;
	union address a = address(addr, protocol == IPPROTO_UDP ? port : 0),
		      any = address(a.any.sa_family == AF_INET6 ? "::" : "0.0.0.0",
			  protocol == IPPROTO_UDP ? port : 0);
	int out = place_socket(from, a.any.sa_family, type, protocol);
	int in = place_socket(to, a.any.sa_family, type, protocol);
	struct pollfd poll_fd = { .fd = in, .events = POLLIN };
	unsigned char echo[8] = { (unsigned char)port, 0 };
	static unsigned char id; /* each is a flow of its own: nothing is tracked yet */
	int arrived;

	if (protocol == IPPROTO_ICMPV6)
		only_type(in, port);
	/*
	 * The checksum of a header that is all zero but its type and the low byte of its id;
	 * of IPv6 the kernel makes it.
	 */
	echo[5] = ++id;
	echo[2] = (unsigned char)~(unsigned char)port;
	echo[3] = (unsigned char)~id;
	assert_int_equal(bind(in, &any.any, size_of(&any)), 0);
	/* A refusal of the own side is EPERM, and no packet. */
	(void)!sendto(out, echo, sizeof(echo), 0, &a.any, size_of(&a));
	arrived = poll(&poll_fd, 1, wait_ms) == 1;
	close(out);
	close(in);
	return arrived;
}

int
place_accept_any(int listener, char from[IP_TEXT])
{
	struct pollfd poll_fd = { .fd = listener, .events = POLLIN };
	union address a = { 0 };
	socklen_t len = sizeof(a);
	int fd;

	if (poll(&poll_fd, 1, 2000) != 1)
		return -1;
	fd = accept4(listener, &a.any, &len, SOCK_CLOEXEC);
	assert_true(fd >= 0);
	if (a.any.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &a.v6.sin6_addr, from, IP_TEXT);
	else
		inet_ntop(AF_INET, &a.v4.sin_addr, from, IP_TEXT);
	return fd;
}

int
place_accept(int listener, char from[16])
{
	char text[IP_TEXT] = "";
	int fd = place_accept_any(listener, text);

	snprintf(from, 16, "%.15s", text);
	return fd;
}

int
is_alive(int a, int b)
{
	struct pollfd poll_fd = { .fd = b, .events = POLLIN };
	char c = 'x';

	return send(a, &c, 1, MSG_NOSIGNAL) == 1 && poll(&poll_fd, 1, 3000) == 1 &&
	    recv(b, &c, 1, 0) == 1 && c == 'x';
}

int
place_run(struct place *p, const char *const *argv)
{
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (setns(p->fd, CLONE_NEWNET) == 0)
			execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
place_reaches(struct place *p, const char *addr, int port, int listener, const char *seen)
{
	int fd = place_connect(p, NULL, addr, port, 2000), peer;
	char from[16];

	if (fd < 0)
		return 0;
	peer = place_accept(listener, from);
	assert_true(peer >= 0);
	if (strcmp(from, seen) != 0)
		fail_msg("seen as %s, not as %s", from, seen);
	assert_true(is_alive(fd, peer));
	assert_true(is_alive(peer, fd));
	close(fd);
	close(peer);
	return 1;
}

int
place_is_dead(struct place *p, const char *addr, int port)
{
	int fd = place_connect(p, NULL, addr, port, 400);

	if (fd >= 0)
		close(fd);
	return fd < 0;
}
