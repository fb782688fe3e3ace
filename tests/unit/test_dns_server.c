/* The resolver over loopback sockets: UDP, TCP, and the limits of both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agents/vpc/dns_server.h"
#include "agents/vpc/dns_tcp.h"
#include "agents/vpc/dns_write.h"
#include "base/cc.h"
#include "tests/fakes/port.h"

static const char config[] =
    "{\"zones\":[\"ec2.internal\"],\"records\":["
    "{\"name\":\"a.ec2.internal\",\"type\":\"A\",\"values\":[\"10.0.1.15\"]},"
    "{\"name\":\"t.ec2.internal\",\"type\":\"TXT\",\"values\":[\"%s\"]}]}";

struct fixture {
	uv_loop_t loop;
	uv_timer_t guard;
	int is_late;
	struct resolver *resolver;
	struct dns_server *server;
	union net_any at;
};

static void
on_guard(uv_timer_t *timer)
{
	struct fixture *f = timer->data;

	f->is_late = 1;
}

static void
use_zones(struct fixture *f)
{
	static const struct dns_servers nobody;
	char text[4096], letters[2001];
	struct dns_zones *z = NULL;
	struct err err;
	json_t *doc;

	memset(letters, 'x', sizeof(letters) - 1);
	letters[sizeof(letters) - 1] = '\0';
	snprintf(text, sizeof(text), config, letters);
	assert_int_equal(json_read(text, strlen(text), &doc, &err), 0);
	assert_int_equal(dns_zones_new(doc, &z, &err), 0);
	json_decref(doc);
	resolver_use(f->resolver, z, &nobody);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err;

	uv_loop_init(&f->loop);
	uv_timer_init(&f->loop, &f->guard);
	f->guard.data = f;
	uv_timer_start(&f->guard, on_guard, 30000, 0);
	f->resolver = resolver_open(&f->loop);
	use_zones(f);
	f->server = dns_server_open(&f->loop, f->resolver);
	assert_int_equal(net_parse_any("127.0.0.1", free_port(), &f->at), 0);
	assert_int_equal(dns_server_prepare(f->server, &f->at, 1, &err), 0);
	dns_server_commit(f->server);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	dns_server_close(f->server);
	resolver_close(f->resolver);
	uv_close((uv_handle_t *)&f->guard, NULL);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	free(f);
	return 0;
}

static int
connected(struct fixture *f, int type)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, &f->at.any, net_size(&f->at)), 0);
	return fd;
}

/* Runs the loop until `want` bytes are there, or a datagram, or (want 0) the end. */
static size_t
get(struct fixture *f, int fd, uint8_t *out, size_t cap, size_t want)
{
	size_t len = 0;

	while (!f->is_late) {
		ssize_t n =
		    recv(fd, out + len, want != 0 ? want - len : cap, MSG_DONTWAIT);

		if (n > 0)
			len += (size_t)n;
		if (n > 0 && (want == 0 || len == want))
			return len;
		if (n == 0 || (n < 0 && errno != EAGAIN))
			return 0;
		if (n < 0)
			uv_run(&f->loop, UV_RUN_NOWAIT);
	}
	fail();
	return 0;
}

static size_t
question(const char *name, uint16_t type, uint16_t id, int with_edns, uint8_t *out)
{
	struct dns_name n;

	assert_int_equal(dns_name_parse(name, &n), 0);
	return dns_write_question(id, &n, type, with_edns, out);
}

static void
many_datagrams_have_each_its_answer(void **state)
{
	struct fixture *f = *state;
	int fd = connected(f, SOCK_DGRAM);
	uint8_t q[DNS_QUESTION_MAX], out[DNS_UDP_MAX];
	char seen[50] = { 0 };

	for (uint16_t id = 0; id < 50; id++) {
		size_t n = question("a.ec2.internal", DNS_A, id, 0, q);

		assert_int_equal(send(fd, q, n, 0), n);
		if (id % 7 == 0) /* noise in between, which must not be answered */
			assert_int_equal(send(fd, q, 5, 0), 5);
	}
	for (int i = 0; i < 50; i++) {
		static struct dns_message m;
		size_t n = get(f, fd, out, sizeof(out), 0);

		assert_int_equal(dns_message_read(out, n, &m), 0);
		assert_int_equal(m.n_rr, 1);
		assert_true(m.id < 50 && !seen[m.id]);
		seen[m.id] = 1;
	}
	close(fd);
}

static void
what_is_long_is_truncated_over_udp_and_whole_over_tcp(void **state)
{
	static struct dns_message m;
	struct fixture *f = *state;
	int udp = connected(f, SOCK_DGRAM), tcp = connected(f, SOCK_STREAM);
	uint8_t q[2 + DNS_QUESTION_MAX], out[4096];
	size_t n = question("t.ec2.internal", DNS_TXT, 1, 1, q + 2);

	assert_int_equal(send(udp, q + 2, n, 0), n);
	assert_int_equal(dns_message_read(out, get(f, udp, out, sizeof(out), 0), &m), 0);
	assert_true(m.flags & DNS_TC);
	q[0] = 0;
	q[1] = (uint8_t)n;
	/* Twice in one go: RFC 7766 6.2.1.1. */
	for (int i = 0; i < 2; i++)
		assert_int_equal(send(tcp, q, n + 2, 0), n + 2);
	for (int i = 0; i < 2; i++) {
		get(f, tcp, out, sizeof(out), 2);
		n = (size_t)(out[0] << 8 | out[1]);
		assert_true(n > 2000 && n < sizeof(out));
		get(f, tcp, out, sizeof(out), n);
		assert_int_equal(dns_message_read(out, n, &m), 0);
		assert_false(m.flags & DNS_TC);
		assert_int_equal(m.rr[0].len, 2000 + 8);
	}
	close(udp);
	close(tcp);
}

static void
a_query_over_tcp_may_come_in_pieces(void **state)
{
	struct fixture *f = *state;
	int fd = connected(f, SOCK_STREAM);
	uint8_t q[2 + DNS_QUESTION_MAX], out[512];
	size_t n = question("a.ec2.internal", DNS_A, 1, 0, q + 2);

	q[0] = 0;
	q[1] = (uint8_t)n;
	for (size_t i = 0; i < n + 2; i++) {
		assert_int_equal(send(fd, q + i, 1, 0), 1);
		uv_run(&f->loop, UV_RUN_NOWAIT);
	}
	get(f, fd, out, sizeof(out), 2);
	assert_int_equal(out[1], n + 16);
	close(fd);
}

static void
nonsense_over_tcp_ends_the_connection(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
		{ "\xff\xff", 2 },
		{ "\x00\x00", 2 },
		{ "\x00\x02zz", 4 },
	};
	struct fixture *f = *state;
	uint8_t out[512];

	for (size_t i = 0; i < COUNT(cases); i++) {
		int fd = connected(f, SOCK_STREAM);

		assert_int_equal(send(fd, cases[i].bytes, cases[i].len, 0), cases[i].len);
		assert_int_equal(get(f, fd, out, sizeof(out), 0), 0);
		close(fd);
	}
}

static void
a_source_has_so_many_connections(void **state)
{
	struct fixture *f = *state;
	int fds[DNS_TCP_CONNS_OF_ONE], one;
	uint8_t q[2 + DNS_QUESTION_MAX], out[512];
	size_t n = question("a.ec2.internal", DNS_A, 1, 0, q + 2);

	q[0] = 0;
	q[1] = (uint8_t)n;
	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = connected(f, SOCK_STREAM);
		assert_int_equal(send(fds[i], q, n + 2, 0), n + 2);
		assert_int_equal(get(f, fds[i], out, sizeof(out), 2), 2);
	}
	one = connected(f, SOCK_STREAM);
	assert_int_equal(get(f, one, out, sizeof(out), 0), 0);
	close(one);
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
}

static void
an_address_that_stays_is_not_touched(void **state)
{
	struct fixture *f = *state;
	int tcp = connected(f, SOCK_STREAM), blocker;
	union net_any two[2] = { f->at };
	uint8_t q[2 + DNS_QUESTION_MAX], out[512];
	size_t n = question("a.ec2.internal", DNS_A, 1, 0, q + 2);
	struct err err = { 0 };

	q[0] = 0;
	q[1] = (uint8_t)n;
	/* One that is not there yet. */
	assert_int_equal(net_parse_any("198.51.100.7", 5353, &two[1]), 0);
	assert_int_equal(dns_server_prepare(f->server, two, 2, &err), 0);
	dns_server_commit(f->server);
	assert_int_equal(send(tcp, q, n + 2, 0), n + 2);
	assert_int_equal(get(f, tcp, out, sizeof(out), n + 18), n + 18);
	/* One that another has: all stays as it was. */
	assert_int_equal(net_parse_any("127.0.0.1", free_port(), &two[1]), 0);
	blocker = net_bind_any(SOCK_DGRAM, &two[1], &err);
	assert_int_equal(dns_server_prepare(f->server, two, 2, &err), -1);
	assert_int_not_equal(err.msg[0], '\0');
	close(blocker);
	assert_int_equal(send(tcp, q, n + 2, 0), n + 2);
	assert_int_equal(get(f, tcp, out, sizeof(out), n + 18), n + 18);
	/* It may be given up, too. */
	assert_int_equal(dns_server_prepare(f->server, &two[1], 1, &err), 0);
	dns_server_commit(f->server);
	assert_int_equal(get(f, tcp, out, sizeof(out), 0), 0);
	close(tcp);
}

/* Over UDP and over TCP, to who asks by IPv6, too: fd00:ec2::253. */
static void
ipv6_has_the_same_answers(void **state)
{
	static const int types[] = { SOCK_DGRAM, SOCK_STREAM };
	struct fixture *f = *state;
	union net_any two[2] = { f->at };
	uint8_t q[2 + DNS_QUESTION_MAX], out[512];
	size_t n = question("a.ec2.internal", DNS_A, 1, 0, q + 2);
	struct err err = { 0 };
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	if (fd < 0)
		skip();
	close(fd);
	assert_int_equal(net_parse_any("::1", free_port(), &two[1]), 0);
	if (dns_server_prepare(f->server, two, 2, &err) < 0)
		skip(); /* no IPv6 on lo */
	dns_server_commit(f->server);
	q[0] = 0;
	q[1] = (uint8_t)n;
	for (size_t i = 0; i < COUNT(types); i++) {
		size_t head = types[i] == SOCK_STREAM ? 2 : 0;

		fd = socket(AF_INET6, types[i] | SOCK_CLOEXEC, 0);
		assert_int_equal(connect(fd, &two[1].any, net_size(&two[1])), 0);
		assert_int_equal(send(fd, q + 2 - head, n + head, 0), n + head);
		assert_int_equal(get(f, fd, out, sizeof(out), n + 16 + head),
		    n + 16 + head);
		close(fd);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(many_datagrams_have_each_its_answer),
		TEST(ipv6_has_the_same_answers),
		TEST(what_is_long_is_truncated_over_udp_and_whole_over_tcp),
		TEST(a_query_over_tcp_may_come_in_pieces),
		TEST(nonsense_over_tcp_ends_the_connection),
		TEST(a_source_has_so_many_connections),
		TEST(an_address_that_stays_is_not_touched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
