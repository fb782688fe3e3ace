/* The metadata service over loopback sockets, its clients in the same loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agents/vpc/imds_server.h"
#include "base/cc.h"
#include "tests/fakes/port.h"

static const char config[] =
    "{\"instances\":{"
    "\"127.0.0.1\":{\"instance_id\":\"i-1\",\"options\":{\"HttpPutResponseHopLimit\":3},"
    "\"tree\":{\"meta-data\":{\"instance-id\":\"i-1\"}}},"
    "\"127.0.0.5\":{\"instance_id\":\"i-5\",\"addresses6\":[\"::1\"],"
    "\"tree\":{\"meta-data\":{\"instance-id\":\"i-5\"}}}}}";

enum { PATIENCE_MS = 300 };

struct fixture {
	uv_loop_t loop;
	uv_timer_t guard;
	int is_late;
	struct imds_server *server;
	struct sockaddr_in at;
	json_t *told;
};

static void
on_boot(void *arg, const char *instance_id, json_t *doc)
{
	struct fixture *f = arg;

	json_set(f->told, instance_id, doc);
}

static void
on_guard(uv_timer_t *timer)
{
	struct fixture *f = timer->data;

	f->is_late = 1;
}

static struct imds_instances *
instances(const char *text)
{
	struct imds_instances *all = NULL;
	struct err err;
	json_t *doc;

	assert_int_equal(json_read(text, strlen(text), &doc, &err), 0);
	assert_int_equal(imds_instances_new(doc, &all, &err), 0);
	json_decref(doc);
	return all;
}

/* IPv4's loopback as the first address, IPv6's with the same port as the second. */
static int
prepare(struct imds_server *s, const struct sockaddr_in *at, struct err *err)
{
	union net_any both[IMDS_LISTEN_MAX] = { { .v4 = *at } };

	assert_int_equal(net_parse_any("::1", ntohs(at->sin_port), &both[1]), 0);
	return imds_server_prepare(s, both, IMDS_LISTEN_MAX, err);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct imds_service service = { .boot = on_boot, .arg = f };
	struct err err;

	uv_loop_init(&f->loop);
	uv_timer_init(&f->loop, &f->guard);
	f->guard.data = f;
	uv_timer_start(&f->guard, on_guard, 30000, 0);
	f->told = json_new_object();
	f->server = imds_server_open(&f->loop, &service, IMDS_PATIENCE_MS);
	assert_int_equal(net_parse("127.0.0.1", free_port(), &f->at), 0);
	assert_int_equal(prepare(f->server, &f->at, &err), 0);
	imds_server_commit(f->server, instances(config));
	*state = f;
	return 0;
}

static void
close_all(uv_handle_t *handle, void *arg UNUSED)
{
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	imds_server_close(f->server);
	uv_close((uv_handle_t *)&f->guard, NULL);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	/* The server leaves nothing behind. */
	uv_walk(&f->loop, close_all, NULL);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	json_decref(f->told);
	free(f);
	return 0;
}

/* A connection from an address of loopback. */
static int
connect_from(struct fixture *f, const char *from)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in own;

	assert_int_equal(net_parse(from, 0, &own), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&f->at, sizeof(f->at)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static void
put(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* The loop runs until the text has come, or the end (needle NULL). */
static void
get(struct fixture *f, int fd, const char *needle, char out[8192])
{
	size_t len = 0;

	out[0] = '\0';
	while (!f->is_late && (needle == NULL || strstr(out, needle) == NULL)) {
		ssize_t n = recv(fd, out + len, 8191 - len, MSG_DONTWAIT);

		if (n > 0)
			len += (size_t)n;
		out[len] = '\0';
		if (n == 0 || (n < 0 && errno == ECONNRESET)) {
			assert_null(needle);
			return;
		}
		if (n < 0)
			uv_run(&f->loop, UV_RUN_NOWAIT);
	}
	assert_false(f->is_late);
}

#define GET_ID "GET /latest/meta-data/instance-id HTTP/1.1\r\nHost: x\r\n\r\n"

static void
each_source_gets_its_own(void **state)
{
	struct fixture *f = *state;
	char text[8192];
	int a = connect_from(f, "127.0.0.1"), b = connect_from(f, "127.0.0.5"),
	    c = connect_from(f, "127.0.0.6");

	put(a, GET_ID);
	get(f, a, "\r\n\r\ni-1", text);
	assert_non_null(strstr(text, "HTTP/1.1 200 OK\r\n"));
	assert_non_null(strstr(text, "\r\nServer: EC2ws\r\n"));
	assert_non_null(strstr(text, "\r\nContent-Type: text/plain\r\n"));
	put(b, GET_ID);
	get(f, b, "\r\n\r\ni-5", text);
	put(c, GET_ID);
	get(f, c, "</html>\n", text);
	assert_non_null(strstr(text, "HTTP/1.1 404 Not Found\r\n"));
	assert_non_null(strstr(text, "<title>404 - Not Found</title>"));
	/* The connection lives on. */
	put(a, GET_ID);
	get(f, a, "\r\n\r\ni-1", text);
	close(a);
	close(b);
	close(c);
}

static void
requests_in_pieces_and_in_a_row_are_served(void **state)
{
	struct fixture *f = *state;
	char text[8192];
	int fd = connect_from(f, "127.0.0.1");

	for (const char *p = GET_ID; *p != '\0'; p++) {
		assert_int_equal(send(fd, p, 1, MSG_NOSIGNAL), 1);
		uv_run(&f->loop, UV_RUN_NOWAIT);
	}
	get(f, fd, "\r\n\r\ni-1", text);
	put(fd,
	    "HEAD /latest/meta-data/instance-id HTTP/1.1\r\nHost: x\r\n\r\n" GET_ID
	    "GET /latest/meta-data/instance-id HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" GET_ID);
	get(f, fd, NULL, text);
	/* HEAD has a length and no body; nothing comes after "close". */
	assert_non_null(strstr(text, "Content-Length: 3\r\n"));
	assert_non_null(strstr(text, "Connection: keep-alive\r\n\r\nHTTP/1.1 200 OK"));
	assert_non_null(strstr(text, "Connection: close\r\n\r\ni-1"));
	assert_string_equal(strstr(text, "Connection: close\r\n\r\ni-1"),
	    "Connection: close\r\n\r\ni-1");
	close(fd);
}

static void
nonsense_is_refused_and_ends_the_connection(void **state)
{
	struct fixture *f = *state;
	char text[8192];
	int fd = connect_from(f, "127.0.0.1");

	put(fd, "NONSENSE\r\n\r\n");
	get(f, fd, NULL, text);
	assert_non_null(strstr(text, "HTTP/1.1 400 Bad Request\r\n"));
	assert_non_null(strstr(text, "Connection: close\r\n"));
	close(fd);
	fd = connect_from(f, "127.0.0.1");
	put(fd,
	    "PUT /latest/api/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	get(f, fd, NULL, text);
	assert_non_null(strstr(text, "HTTP/1.1 501 Not Implemented\r\n"));
	close(fd);
}

/* The socket of the server's at the other end of fd: tests share its process. */
static int
other_end(int fd)
{
	struct sockaddr_in own, peer = { 0 };
	socklen_t len = sizeof(own);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &len), 0);
	for (int i = 0; i < 1024; i++) {
		len = sizeof(peer);
		if (i != fd && getpeername(i, (struct sockaddr *)&peer, &len) == 0 &&
		    peer.sin_family == AF_INET && net_equal(&peer, &own))
			return i;
	}
	fail();
	return -1;
}

static int
ttl_of(int fd)
{
	socklen_t len = sizeof(int);
	int ttl = 0;

	assert_int_equal(getsockopt(other_end(fd), IPPROTO_IP, IP_TTL, &ttl, &len), 0);
	return ttl;
}

static void
a_token_travels_so_many_hops(void **state)
{
	struct fixture *f = *state;
	char text[8192], request[512];
	int fd = connect_from(f, "127.0.0.1");
	const char *token;

	put(fd,
	    "PUT /latest/api/token HTTP/1.1\r\nHost: x\r\n"
	    "X-aws-ec2-metadata-token-ttl-seconds: 300\r\n\r\n");
	get(f, fd, "==", text);
	assert_non_null(strstr(text, "X-Aws-Ec2-Metadata-Token-Ttl-Seconds: 300\r\n"));
	token = strstr(text, "\r\n\r\n") + 4;
	assert_int_equal(strlen(token), IMDS_TOKEN_LEN);
	assert_int_equal(ttl_of(fd), 3);
	snprintf(request, sizeof(request),
	    "GET /latest/meta-data/instance-id HTTP/1.1\r\nHost: x\r\n"
	    "X-aws-ec2-metadata-token: %s\r\n\r\n",
	    token);
	put(fd, request);
	get(f, fd, "\r\n\r\ni-1", text);
	assert_non_null(strstr(text, "HTTP/1.1 200 OK\r\n"));
	assert_int_equal(ttl_of(fd), 64);
	close(fd);
}

static void
what_init_says_is_passed_on(void **state)
{
	struct fixture *f = *state;
	char text[8192];
	int fd = connect_from(f, "127.0.0.5");

	put(fd,
	    "PUT /_simfra/boot HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n"
	    "{\"boot_id\":");
	uv_run(&f->loop, UV_RUN_NOWAIT);
	put(fd, "\"b\"}");
	get(f, fd, "\r\n\r\n", text);
	assert_non_null(strstr(text, "HTTP/1.1 204 No Content\r\n"));
	assert_string_equal(json_str(json_get(f->told, "i-5"), "boot_id"), "b");
	close(fd);
}

static void
a_source_has_so_many_connections(void **state)
{
	struct fixture *f = *state;
	char text[8192];
	int fds[IMDS_CONNS_OF_ONE], one, other;

	for (int i = 0; i < IMDS_CONNS_OF_ONE; i++) {
		fds[i] = connect_from(f, "127.0.0.1");
		put(fds[i], GET_ID);
		get(f, fds[i], "i-1", text);
	}
	one = connect_from(f, "127.0.0.1");
	get(f, one, NULL, text);
	assert_string_equal(text, "");
	close(one);
	/* Others do not suffer. */
	other = connect_from(f, "127.0.0.5");
	put(other, GET_ID);
	get(f, other, "i-5", text);
	close(other);
	close(fds[0]);
	for (int i = 0; i < 3; i++)
		uv_run(&f->loop, UV_RUN_NOWAIT);
	one = connect_from(f, "127.0.0.1");
	put(one, GET_ID);
	get(f, one, "i-1", text);
	close(one);
	for (int i = 1; i < IMDS_CONNS_OF_ONE; i++)
		close(fds[i]);
}

struct dripper {
	uv_timer_t timer;
	int fd;
};

static void
drip(uv_timer_t *timer)
{
	struct dripper *d = timer->data;

	send(d->fd, "a", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* One that says nothing, and one that says a letter now and then. */
static void
who_does_not_end_his_request_is_shed(void **state)
{
	struct fixture *f = *state;
	struct imds_service service = { .boot = on_boot, .arg = f };
	struct dripper d;
	struct err err;
	char text[8192];
	uint64_t start;
	int idle;

	imds_server_close(f->server);
	f->server = imds_server_open(&f->loop, &service, PATIENCE_MS);
	uv_run(&f->loop, UV_RUN_NOWAIT);
	assert_int_equal(prepare(f->server, &f->at, &err), 0);
	imds_server_commit(f->server, instances(config));
	start = uv_hrtime();
	d.fd = connect_from(f, "127.0.0.1");
	idle = connect_from(f, "127.0.0.5");
	put(d.fd, "GET / HTTP/1.1\r\n");
	uv_timer_init(&f->loop, &d.timer);
	d.timer.data = &d;
	uv_timer_start(&d.timer, drip, PATIENCE_MS / 10, PATIENCE_MS / 10);
	get(f, idle, NULL, text);
	get(f, d.fd, NULL, text);
	assert_string_equal(text, "");
	assert_true(uv_hrtime() - start >= (PATIENCE_MS - 10) * 1000000ULL);
	uv_close((uv_handle_t *)&d.timer, NULL);
	uv_run(&f->loop, UV_RUN_NOWAIT);
	close(d.fd);
	close(idle);
}

static void
a_change_keeps_what_stays(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in next, taken;
	char text[8192];
	int fd = connect_from(f, "127.0.0.1"), blocker;
	struct err err = { 0 };

	put(fd, GET_ID);
	get(f, fd, "i-1", text);
	/* Other instances, same address: the connection sees them. */
	assert_int_equal(prepare(f->server, &f->at, &err), 0);
	imds_server_commit(f->server,
	    instances("{\"instances\":{\"127.0.0.1\":{\"instance_id\":\"i-9\","
		      "\"tree\":{\"meta-data\":{\"instance-id\":\"i-9\"}}}}}"));
	put(fd, GET_ID);
	get(f, fd, "i-9", text);
	/* An address that cannot be had changes nothing. */
	assert_int_equal(net_parse("127.0.0.1", free_port(), &taken), 0);
	blocker = net_bind(SOCK_STREAM, &taken, &err);
	assert_int_equal(listen(blocker, 1), 0);
	assert_int_equal(prepare(f->server, &taken, &err), -1);
	assert_int_not_equal(err.msg[0], '\0');
	close(blocker);
	put(fd, GET_ID);
	get(f, fd, "i-9", text);
	/* Prepared and given up. */
	assert_int_equal(net_parse("127.0.0.1", free_port(), &next), 0);
	assert_int_equal(prepare(f->server, &next, &err), 0);
	imds_server_abort(f->server);
	/* Another address; it need not be there yet. */
	assert_int_equal(net_parse("198.51.100.7", 8080, &next), 0);
	assert_int_equal(prepare(f->server, &next, &err), 0);
	imds_server_commit(f->server, instances(config));
	uv_run(&f->loop, UV_RUN_NOWAIT);
	put(fd, GET_ID);
	get(f, fd, "i-1", text);
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&f->at, sizeof(f->at)), -1);
	close(fd);
}

static void
a_source_is_known_by_its_ipv6_address_too(void **state)
{
	struct fixture *f = *state;
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct err err = { 0 };
	union net_any at;
	char text[8192];

	assert_int_equal(net_parse_any("::1", ntohs(f->at.sin_port), &at), 0);
	assert_int_equal(connect(fd, &at.any, net_size(&at)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	put(fd, GET_ID);
	get(f, fd, "i-5", text);
	/* Only while the instance is to be asked so. */
	assert_int_equal(imds_server_prepare(f->server, &at, 1, &err), 0);
	imds_server_commit(f->server,
	    instances("{\"instances\":{\"127.0.0.5\":{\"instance_id\":\"i-5\","
		      "\"tree\":{\"meta-data\":{\"instance-id\":\"i-5\"}}}}}"));
	put(fd, GET_ID);
	get(f, fd, "404", text);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(each_source_gets_its_own),
		TEST(requests_in_pieces_and_in_a_row_are_served),
		TEST(nonsense_is_refused_and_ends_the_connection),
		TEST(a_token_travels_so_many_hops),
		TEST(what_init_says_is_passed_on),
		TEST(a_source_is_known_by_its_ipv6_address_too),
		TEST(a_source_has_so_many_connections),
		TEST(who_does_not_end_his_request_is_shed),
		TEST(a_change_keeps_what_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
