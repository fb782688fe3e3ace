/* Edge and the door of a VPC over loopback sockets, on one loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agents/edge/edge.h"
#include "agents/vpc/forward.h"
#include "agents/vpc/net.h"
#include "base/cc.h"
#include "base/clock.h"
#include "tests/fakes/port.h"

enum { LATE_MS = 20000, BIG = 8 << 20 };

static const char key[] =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

struct fixture {
	uv_loop_t loop;
	struct edge *edge;
	struct door *door;
	uint16_t door_port, port, server_port;
	int server, peer; /* sockets that the target listens with and has accepted */
};

static struct sockaddr_in
at(uint16_t port)
{
	struct sockaddr_in in;

	assert_int_equal(net_parse("127.0.0.1", port, &in), 0);
	return in;
}

static void
turn(struct fixture *f)
{
	struct pollfd p = { .fd = uv_backend_fd(&f->loop), .events = POLLIN };

	poll(&p, 1, 1);
	uv_run(&f->loop, UV_RUN_NOWAIT);
}

static int
bound(int type, uint16_t port)
{
	struct sockaddr_in in = at(port);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char text[512];
	struct door_plan *plan;
	struct err err;
	json_t *doc;

	f->edge = calloc(1, sizeof(*f->edge));
	f->edge->room.udp_idle_ms = 300;
	f->server = f->peer = -1;
	uv_loop_init(&f->loop);
	assert_int_equal(edge_agent.start(f->edge, &f->loop, &err), 0);
	f->door = door_open(&f->loop);
	f->door_port = free_port();
	f->port = free_port();
	f->server_port = free_port();
	snprintf(text, sizeof(text),
	    "{\"listen\":\"127.0.0.1\",\"port\":%u,\"key\":\"%s\",\"subnets\":["
	    "{\"cidr\":\"127.0.0.0/24\",\"from\":\"127.0.0.9\"}]}",
	    (unsigned)f->door_port, key);
	assert_int_equal(json_read(text, strlen(text), &doc, &err), 0);
	assert_int_equal(door_plan_new(doc, &plan, &err), 0);
	json_decref(doc);
	assert_int_equal(door_prepare(f->door, plan, &err), 0);
	door_commit(f->door, plan);
	*state = f;
	return 0;
}

static void
close_left(uv_handle_t *handle, void *arg UNUSED)
{
	fail_msg("a handle of type %d is left", (int)handle->type);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	edge_agent.stop(f->edge);
	door_close(f->door);
	for (int i = 0; i < 200 && uv_loop_alive(&f->loop); i++)
		turn(f);
	uv_walk(&f->loop, close_left, NULL);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	if (f->server >= 0)
		close(f->server);
	if (f->peer >= 0)
		close(f->peer);
	free(f->edge);
	free(f);
	return 0;
}

/* Forwards of f->port: 0 for none; via: through the door. */
static int
use(struct fixture *f, const char *protocol, int via, const char *to,
    const char *with_key)
{
	char text[1024], way[256] = "";
	struct err err = { .msg = "" };
	json_t *doc;
	int rc;

	if (via)
		snprintf(way, sizeof(way),
		    ",\"via\":{\"address\":\"127.0.0.1\",\"port\":%u,\"key\":\"%s\"}",
		    (unsigned)f->door_port, with_key);
	snprintf(text, sizeof(text),
	    "{\"listen\":\"127.0.0.1\",\"forwards\":[{\"id\":\"a\",\"protocol\":\"%s\","
	    "\"port\":%u,\"to\":\"%s\",\"to_port\":%u%s}]}",
	    protocol, (unsigned)f->port, to, (unsigned)f->server_port, way);
	assert_int_equal(json_read(text, strlen(text), &doc, &err), 0);
	rc = edge_agent.apply(f->edge, doc, &err);
	if (rc < 0)
		print_message("%s\n", err.msg);
	json_decref(doc);
	return rc;
}

static void
use_none(struct fixture *f)
{
	json_t *doc = json_make("{s:s, s:[]}", "listen", "127.0.0.1", "forwards");
	struct err err;

	assert_int_equal(edge_agent.apply(f->edge, doc, &err), 0);
	json_decref(doc);
}

/* The state of forward "a", "" when there is none. */
static const char *
state_of(struct fixture *f)
{
	static char word[32];
	json_t *report = json_new_object();

	edge_agent.status(f->edge, report);
	snprintf(word, sizeof(word), "%s",
	    json_str_or(json_path(report, "forwards.a"), "state", ""));
	json_decref(report);
	return word;
}

static int
client(struct fixture *f, int type)
{
	struct sockaddr_in in = at(f->port);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

/* What recv() says once it says something: -1 is errno. */
static ssize_t
get(struct fixture *f, int fd, void *out, size_t len)
{
	int64_t end = clock_monotonic_ms() + LATE_MS;
	ssize_t n;

	while ((n = recv(fd, out, len, MSG_DONTWAIT)) < 0 && errno == EAGAIN) {
		assert_true(clock_monotonic_ms() < end);
		turn(f);
	}
	return n < 0 ? -errno : n;
}

static void
accept_peer(struct fixture *f)
{
	int64_t end = clock_monotonic_ms() + LATE_MS;

	while ((f->peer = accept(f->server, NULL, NULL)) < 0) {
		assert_true(clock_monotonic_ms() < end);
		turn(f);
	}
}

/* A TCP forward in force, a connection through it, and its other end in f->peer. */
static int
connected(struct fixture *f, int via)
{
	int fd;

	f->server = bound(SOCK_STREAM, f->server_port);
	assert_int_equal(use(f, "tcp", via, "127.0.0.1", key), 0);
	fd = client(f, SOCK_STREAM);
	accept_peer(f);
	return fd;
}

static void
check_tcp(struct fixture *f, int via)
{
	int fd = connected(f, via);
	char in[16];

	assert_int_equal(send(fd, "ping", 4, 0), 4);
	assert_int_equal(get(f, f->peer, in, sizeof(in)), 4);
	assert_int_equal(send(f->peer, "pong!", 5, 0), 5);
	assert_int_equal(get(f, fd, in, sizeof(in)), 5);
	assert_memory_equal(in, "pong!", 5);
	/* One direction ends; the other goes on. */
	shutdown(fd, SHUT_WR);
	assert_int_equal(get(f, f->peer, in, sizeof(in)), 0);
	assert_int_equal(send(f->peer, "late", 4, 0), 4);
	assert_int_equal(get(f, fd, in, sizeof(in)), 4);
	close(f->peer);
	f->peer = -1;
	assert_int_equal(get(f, fd, in, sizeof(in)), 0);
	close(fd);
}

static void
tcp_goes_both_ways_and_closes_by_halves(void **state)
{
	check_tcp(*state, 0);
}

static void
tcp_goes_into_a_vpc_the_same(void **state)
{
	check_tcp(*state, 1);
}

static void
into_a_vpc_it_comes_from_the_gateway(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	int fd = connected(f, 1);

	assert_int_equal(getpeername(f->peer, (struct sockaddr *)&from, &len), 0);
	assert_int_equal(ntohl(from.sin_addr.s_addr), 0x7f000009);
	close(fd);
}

/* Who does not read is not sent more than a bound, and loses nothing. */
static void
check_pressure(struct fixture *f, int via)
{
	int fd = connected(f, via);
	size_t sent = 0, got = 0;
	unsigned char *room = calloc(1, 65536);
	int idle = 0;

	while (idle < 100 && sent < BIG * 4) {
		ssize_t n;

		memset(room, (int)(sent >> 16 & 0xff), 65536 - sent % 65536);
		n = send(fd, room, 65536 - sent % 65536, MSG_DONTWAIT | MSG_NOSIGNAL);
		idle = n > 0 ? 0 : idle + 1;
		sent += n > 0 ? (size_t)n : 0;
		turn(f);
	}
	assert_true(sent < BIG * 4);
	shutdown(fd, SHUT_WR);
	for (;;) {
		ssize_t n = get(f, f->peer, room, 65536 - got % 65536);

		assert_true(n >= 0);
		if (n == 0)
			break;
		assert_int_equal(room[0], got >> 16 & 0xff);
		assert_int_equal(room[n - 1], got >> 16 & 0xff);
		got += (size_t)n;
	}
	assert_int_equal(got, sent);
	free(room);
	close(fd);
}

static void
a_slow_reader_holds_the_sender_back(void **state)
{
	check_pressure(*state, 0);
}

static void
a_slow_reader_in_a_vpc_too(void **state)
{
	check_pressure(*state, 1);
}

static void
a_refusal_resets_the_client(void **state)
{
	struct fixture *f = *state;
	char in[4];
	int fd;

	for (int via = 0; via < 2; via++) {
		assert_int_equal(use(f, "tcp", via, "127.0.0.1", key), 0);
		fd = client(f, SOCK_STREAM);
		assert_int_equal(get(f, fd, in, sizeof(in)), -ECONNRESET);
		close(fd);
	}
}

static void
the_door_opens_for_the_key_and_to_subnets_alone(void **state)
{
	static const char other[] =
	    "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
	struct fixture *f = *state;
	char in[4];
	int fd;

	f->server = bound(SOCK_STREAM, f->server_port);
	assert_int_equal(use(f, "tcp", 1, "127.0.0.1", other), 0);
	fd = client(f, SOCK_STREAM);
	assert_int_equal(get(f, fd, in, sizeof(in)), -ECONNRESET);
	close(fd);
	assert_int_equal(use(f, "tcp", 1, "127.0.1.1", key), 0);
	fd = client(f, SOCK_STREAM);
	assert_int_equal(get(f, fd, in, sizeof(in)), -ECONNRESET);
	close(fd);
	assert_int_equal(accept(f->server, NULL, NULL), -1);
}

/* UDP: the target answers each datagram with what it got and an 'x'. */
static void
answer_one(struct fixture *f)
{
	int64_t end = clock_monotonic_ms() + LATE_MS;
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char in[2048];
	ssize_t n;

	while ((n = recvfrom(f->server, in, sizeof(in) - 1, 0, (struct sockaddr *)&from,
		    &len)) < 0) {
		assert_true(clock_monotonic_ms() < end);
		turn(f);
	}
	in[n] = 'x';
	sendto(f->server, in, (size_t)n + 1, 0, (struct sockaddr *)&from, len);
}

static void
check_udp(struct fixture *f, int via)
{
	int fd[2];
	char in[2048];

	f->server = bound(SOCK_DGRAM, f->server_port);
	assert_int_equal(use(f, "udp", via, "127.0.0.1", key), 0);
	for (int i = 0; i < 2; i++)
		fd[i] = client(f, SOCK_DGRAM);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 2; i++) {
			memset(in, 'a' + i, sizeof(in));
			assert_int_equal(send(fd[i], in, 1400, 0), 1400);
			answer_one(f);
			assert_int_equal(get(f, fd[i], in, sizeof(in)), 1401);
			assert_int_equal(in[1399], 'a' + i);
		}
	}
	assert_int_equal(forward_count(f->edge->forwards[0]), 2);
	for (int i = 0; i < 2000 && forward_count(f->edge->forwards[0]) > 0; i++)
		turn(f);
	assert_int_equal(forward_count(f->edge->forwards[0]), 0);
	assert_int_equal(send(fd[0], "back", 4, 0), 4);
	answer_one(f);
	assert_int_equal(get(f, fd[0], in, sizeof(in)), 5);
	close(fd[0]);
	close(fd[1]);
}

static void
udp_answers_find_their_client_until_it_is_silent(void **state)
{
	check_udp(*state, 0);
}

static void
udp_into_a_vpc_the_same(void **state)
{
	check_udp(*state, 1);
}

static void
udp_clients_beyond_the_bound_end_the_quietest(void **state)
{
	struct fixture *f = *state;

	f->server = bound(SOCK_DGRAM, f->server_port);
	f->edge->room.udp_idle_ms = 60000;
	assert_int_equal(use(f, "udp", 0, "127.0.0.1", key), 0);
	for (int i = 0; i < FORWARD_FLOWS + 20; i++) {
		int fd = client(f, SOCK_DGRAM);

		assert_int_equal(send(fd, "1", 1, 0), 1);
		close(fd);
		turn(f);
	}
	for (int i = 0; i < 50; i++)
		turn(f);
	assert_in_range(forward_count(f->edge->forwards[0]), 1, FORWARD_FLOWS);
}

static void
a_configuration_that_keeps_a_forward_keeps_its_connections(void **state)
{
	struct fixture *f = *state;
	int fd = connected(f, 1);
	char in[8];

	assert_int_equal(use(f, "tcp", 1, "127.0.0.1", key), 0);
	assert_int_equal(send(fd, "still", 5, 0), 5);
	assert_int_equal(get(f, f->peer, in, sizeof(in)), 5);
	use_none(f);
	assert_int_equal(get(f, fd, in, sizeof(in)), -ECONNRESET);
	close(fd);
	assert_string_equal(state_of(f), "");
}

/* Tracked connections go on when a rule goes. */
static void
to_a_public_address_they_go_on_without_it(void **state)
{
	struct fixture *f = *state;
	int fd = connected(f, 0);
	struct sockaddr_in in4 = at(f->port);
	char in[8];
	int other;

	use_none(f);
	assert_int_equal(send(fd, "still", 5, 0), 5);
	assert_int_equal(get(f, f->peer, in, sizeof(in)), 5);
	turn(f);
	other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(other, (struct sockaddr *)&in4, sizeof(in4)), -1);
	assert_int_equal(errno, ECONNREFUSED);
	close(other);
	close(fd);
	assert_int_equal(get(f, f->peer, in, sizeof(in)), 0);
	close(f->peer);
	f->peer = -1;
}

static void
a_taken_port_is_tried_until_it_is_free(void **state)
{
	struct fixture *f = *state;
	int64_t end = clock_monotonic_ms() + LATE_MS;
	int taken = bound(SOCK_STREAM, f->port);

	f->server = bound(SOCK_STREAM, f->server_port);
	assert_int_equal(use(f, "tcp", 0, "127.0.0.1", key), 0);
	assert_string_equal(state_of(f), "failed");
	f->edge->is_ready = 0; /* there is no agent to hear of it */
	close(taken);
	while (strcmp(state_of(f), "listening") != 0) {
		assert_true(clock_monotonic_ms() < end);
		turn(f);
	}
	close(client(f, SOCK_STREAM));
}

static void
bad_configurations_are_refused_whole(void **state)
{
	static const char *const bad[] = {
		"{}",
		"{\"listen\":\"127.0.0.1\",\"forwards\":{}}",
		"{\"listen\":\"127.0.0.1\",\"forwards\":[{}]}",
		"{\"forwards\":[{\"id\":\"a\",\"protocol\":\"tcp\",\"port\":1,\"to\":"
		"\"127.0.0.1\",\"to_port\":1}]}",
		"{\"listen\":\"127.0.0.1\",\"forwards\":[{\"id\":\"a\",\"protocol\":\"icmp\","
		"\"port\":1,\"to\":\"127.0.0.1\",\"to_port\":1}]}",
		"{\"listen\":\"127.0.0.1\",\"forwards\":[{\"id\":\"a\",\"protocol\":\"tcp\","
		"\"port\":65536,\"to\":\"127.0.0.1\",\"to_port\":1}]}",
		"{\"listen\":\"127.0.0.1\",\"forwards\":[{\"id\":\"a\",\"protocol\":\"tcp\","
		"\"port\":1,\"to\":\"localhost\",\"to_port\":1}]}",
		"{\"listen\":\"127.0.0.1\",\"forwards\":[{\"id\":\"a\",\"protocol\":\"tcp\","
		"\"port\":1,\"to\":\"127.0.0.1\",\"to_port\":1,\"via\":{\"address\":"
		"\"127.0.0.1\",\"port\":1,\"key\":\"00\"}}]}",
		"{\"listen\":\"127.0.0.1\",\"forwards\":[{\"id\":\"a\",\"protocol\":\"tcp\","
		"\"port\":1,\"to\":\"127.0.0.1\",\"to_port\":1},{\"id\":\"b\",\"protocol\":"
		"\"tcp\",\"port\":1,\"to\":\"127.0.0.1\",\"to_port\":2}]}",
	};
	struct fixture *f = *state;
	struct err err;
	json_t *doc;

	f->server = bound(SOCK_STREAM, f->server_port);
	assert_int_equal(use(f, "tcp", 0, "127.0.0.1", key), 0);
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(json_read(bad[i], strlen(bad[i]), &doc, &err), 0);
		if (edge_agent.apply(f->edge, doc, &err) == 0)
			fail_msg("taken: %s", bad[i]);
		json_decref(doc);
	}
	assert_string_equal(state_of(f), "listening");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tcp_goes_both_ways_and_closes_by_halves),
		TEST(tcp_goes_into_a_vpc_the_same),
		TEST(into_a_vpc_it_comes_from_the_gateway),
		TEST(a_slow_reader_holds_the_sender_back),
		TEST(a_slow_reader_in_a_vpc_too),
		TEST(a_refusal_resets_the_client),
		TEST(the_door_opens_for_the_key_and_to_subnets_alone),
		TEST(udp_answers_find_their_client_until_it_is_silent),
		TEST(udp_into_a_vpc_the_same),
		TEST(udp_clients_beyond_the_bound_end_the_quietest),
		TEST(a_configuration_that_keeps_a_forward_keeps_its_connections),
		TEST(to_a_public_address_they_go_on_without_it),
		TEST(a_taken_port_is_tried_until_it_is_free),
		TEST(bad_configurations_are_refused_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
