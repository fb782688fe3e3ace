/*
 * Replies that are made while they are sent: through the dispatcher and the HTTP server, to a real client (curl) and to
 * sockets that behave as no client should.
 */
#include "tests/api/fixture.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/api/service.h"
#include "control/plane/httpd.h"
#include "control/wire/eventstream.h"
#include "tests/codec/frames.h"

enum { WAIT_MS = 20000 };

/* What the producers below have seen. */
static atomic_int write_failed, saw_end, waiting;
static atomic_ullong n_written;

static int
three_events(struct wire_sink *sink, void *arg)
{
	json_t *none = json_new_object();
	json_t *text = json_make("{s:s}", "message", "over");
	int rc = eventstream_send(sink, "sessionStart", arg) < 0 ||
		eventstream_send(sink, "sessionUpdate", none) < 0 ||
		eventstream_send(sink, "SessionTimeoutException", text) < 0 ?
	    -1 :
	    0;

	json_decref(none);
	json_decref(text);
	return rc;
}

/* Bytes without an end, as fast as they go. */
static int
flood(struct wire_sink *sink, void *arg UNUSED)
{
	static const char part[65536];

	while (sink->write(sink, part, sizeof(part)) == 0)
		atomic_fetch_add(&n_written, sizeof(part));
	atomic_store(&write_failed, 1);
	return -1;
}

static int
ten_bytes(struct wire_sink *sink, void *arg UNUSED)
{
	return sink->write(sink, "0123", 4) < 0 || sink->write(sink, "", 0) < 0 ||
		sink->write(sink, "456789", 6) < 0 ?
	    -1 :
	    0;
}

static int
break_off(struct wire_sink *sink, void *arg UNUSED)
{
	sink->write(sink, "0123", 4);
	return -1;
}

/* As an operation that waits for something to happen. */
static int
wait_long(struct wire_sink *sink, void *arg UNUSED)
{
	const struct timespec a_little = { 0, 5000000 };

	sink->write(sink, "0123", 4);
	atomic_store(&waiting, 1);
	while (!sink->is_over(sink))
		nanosleep(&a_little, NULL);
	atomic_store(&saw_end, 1);
	return 0;
}

static int
start_live_tail(struct call *c)
{
	json_t *start = json_own(c->arena, json_new_object());

	json_set_str(start, "sessionId", c->request_id);
	call_stream(c, three_events, start, -1);
	return 0;
}

/* One operation for each producer; the pattern chooses. */
static int
get_log_object(struct call *c)
{
	static const struct {
		const char *name;
		wire_stream_fn *run;
		int64_t length;
	} rows[] = {
		{ "flood", flood, -1 },
		{ "ten", ten_bytes, -1 },
		{ "ten of ten", ten_bytes, 10 },
		{ "ten of eleven", ten_bytes, 11 },
		{ "break off", break_off, -1 },
		{ "wait", wait_long, -1 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (strcmp(rows[i].name, in_str(c, "filterPattern")) == 0)
			call_stream(c, rows[i].run, NULL, rows[i].length);
	}
	return 0;
}

static const struct op ops[] = {
	OP("PutMetricFilter", get_log_object, OP_NO_AUTH, "Bytes."),
	OP("StartLiveTail", start_live_tail, OP_NO_AUTH, "Three events."),
};
static const struct family family = FAMILY(ops, NULL);
static const struct family *const families[] = { &family, NULL };
static const struct service logs = { .name = "logs", .families = families };
static const struct service *const only_logs[] = { &logs };

struct server {
	struct fixture *f;
	struct plane plane;
	struct httpd *httpd;
	uint16_t port;
};

/* One that was free a moment ago. */
static uint16_t
free_port(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	close(fd);
	return ntohs(sin.sin_port);
}

static int
setup(void **state)
{
	struct server *s = calloc(1, sizeof(*s));
	struct err err = { 0 };
	char listen[32];
	void *fixture;

	*state = s;
	if (s == NULL || fixture_setup(&fixture) < 0)
		return -1;
	s->f = fixture;
	s->f->env.auth.strict = 0;
	s->f->env.services = only_logs;
	s->f->env.n_services = 1;
	s->plane.env = s->f->env;
	s->port = free_port();
	snprintf(listen, sizeof(listen), "127.0.0.1:%d", s->port);
	s->httpd = httpd_start(&s->plane, listen, 8, &err);
	if (s->httpd == NULL)
		return -1;
	atomic_store(&write_failed, 0);
	atomic_store(&saw_end, 0);
	atomic_store(&waiting, 0);
	atomic_store(&n_written, 0);
	return 0;
}

static int
teardown(void **state)
{
	struct server *s = *state;
	void *fixture = s->f;

	httpd_stop(s->httpd);
	fixture_teardown(&fixture);
	free(s);
	return 0;
}

static size_t
keep(char *p, size_t size, size_t n, void *arg)
{
	buf_add(arg, p, size * n);
	return size * n;
}

#define CREDENTIAL "000000000000/20260101/us-east-1/logs/aws4_request"

/* A curl for the operation, whose reply goes into `body`. */
static CURL *
client_of(const struct server *s, const char *op, const char *body_text,
    struct curl_slist **ret_headers, struct buf *body)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *h = NULL;
	char url[64], target[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", s->port);
	snprintf(target, sizeof(target), "X-Amz-Target: Logs_20140328.%s", op);
	h = curl_slist_append(h, target);
	h = curl_slist_append(h, "Content-Type: application/x-amz-json-1.1");
	h = curl_slist_append(h, "X-Amz-Date: 20260101T000000Z");
	h = curl_slist_append(h,
	    "Authorization: AWS4-HMAC-SHA256 Credential=" CREDENTIAL
	    ", SignedHeaders=host, Signature=0");
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, h);
	curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body_text);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)WAIT_MS);
	*ret_headers = h;
	return curl;
}

#define FILTER(name)                                                                   \
	"{\"logGroupName\":\"g\",\"filterName\":\"f\",\"filterPattern\":\"" name "\"," \
	"\"metricTransformations\":[{\"metricName\":\"m\",\"metricNamespace\":\"n\","  \
	"\"metricValue\":\"1\"}]}"
#define TAIL \
	"{\"logGroupIdentifiers\":[\"arn:aws:logs:us-east-1:000000000000:log-group:g\"]}"

static void
events_arrive_in_their_order(void **state)
{
	static const char *const want[] = { "initial-response", "sessionStart",
		"sessionUpdate", NULL };
	struct server *s = *state;
	struct buf *body = buf_new(s->f->arena, 0);
	struct curl_slist *headers;
	CURL *curl = client_of(s, "StartLiveTail", TAIL, &headers, body);
	const char *type = NULL;
	const json_t *last;
	json_t *frames;

	/* Twice over one connection: a stream has an end that a client can see. */
	for (int i = 0; i < 2; i++) {
		long n_connects = -1;

		buf_reset(body);
		assert_int_equal(curl_easy_perform(curl), CURLE_OK);
		curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
		assert_string_equal(type, "application/vnd.amazon.eventstream");
		curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &n_connects);
		assert_int_equal(n_connects, i == 0);
		frames = frames_read(s->f->arena, buf_text(body), body->len);
		assert_int_equal(json_array_size(frames), 4);
		for (size_t j = 0; want[j] != NULL; j++)
			assert_string_equal(json_str(json_get(json_array_get(frames, j),
							 "headers"),
						":event-type"),
			    want[j]);
		last = json_get(json_array_get(frames, 3), "headers");
		assert_string_equal(json_str(last, ":exception-type"),
		    "SessionTimeoutException");
	}
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
}

static void
bytes_end_where_they_should(void **state)
{
	static const struct {
		const char *params, *tail;
		CURLcode code;
	} cases[] = {
		{ FILTER("ten"), "0123456789", CURLE_OK },
		{ FILTER("ten of ten"), "0123456789", CURLE_OK },
		/* What is broken off is seen to be. */
		{ FILTER("ten of eleven"), "0123456789", CURLE_PARTIAL_FILE },
		{ FILTER("break off"), "0123", CURLE_RECV_ERROR },
	};
	struct server *s = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf *body = buf_new(s->f->arena, 0);
		struct curl_slist *headers;
		CURL *curl =
		    client_of(s, "PutMetricFilter", cases[i].params, &headers, body);
		CURLcode rc = curl_easy_perform(curl);

		/* Older and newer curls name a chunk that does not come differently. */
		if (rc == CURLE_PARTIAL_FILE && cases[i].code == CURLE_RECV_ERROR)
			rc = cases[i].code;
		assert_int_equal(rc, cases[i].code);
		assert_string_equal(buf_text(body), cases[i].tail);
		curl_easy_cleanup(curl);
		curl_slist_free_all(headers);
	}
}

/* A socket on which the request was said. */
static int
ask(const struct server *s, const char *version, const char *params)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(s->port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	dprintf(fd,
	    "POST / HTTP/%s\r\nHost: x\r\nX-Amz-Target: Logs_20140328.PutMetricFilter\r\n"
	    "Content-Type: application/x-amz-json-1.1\r\nX-Amz-Date: 20260101T000000Z\r\n"
	    "Authorization: AWS4-HMAC-SHA256 Credential=" CREDENTIAL
	    ", SignedHeaders=host, Signature=0\r\nContent-Length: %zu\r\n\r\n%s",
	    version, strlen(params), params);
	return fd;
}

/* Until it is set; the test fails when that takes too long. */
static void
wait_for(atomic_int *flag)
{
	const struct timespec a_little = { 0, 2000000 };
	int64_t end = clock_monotonic_ms() + WAIT_MS;

	while (!atomic_load(flag)) {
		assert_true(clock_monotonic_ms() < end);
		nanosleep(&a_little, NULL);
	}
}

static void
to_http_1_0_a_stream_ends_with_the_connection(void **state)
{
	struct server *s = *state;
	struct buf *b = buf_new(s->f->arena, 0);
	int fd = ask(s, "1.0", FILTER("ten"));
	char part[1000];
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) > 0)
		buf_add(b, part, (size_t)n);
	close(fd);
	assert_int_equal(n, 0);
	assert_null(strstr(buf_text(b), "chunked"));
	assert_non_null(strstr(buf_text(b), "Connection: close\r\n"));
	assert_non_null(strstr(buf_text(b), "\r\n\r\n0123456789"));
}

/* What does not fit the sockets is not made: the producer waits, and hears when the client is gone. */
static void
a_slow_client_makes_the_producer_wait(void **state)
{
	const struct timespec while_ago = { 0, 100000000 };
	struct server *s = *state;
	int fd = ask(s, "1.1", FILTER("flood"));
	struct pollfd p = { .fd = fd, .events = POLLIN };
	unsigned long long before, now = 0;

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	/* That it writes no more is all that can be seen of a writer that waits. */
	do {
		before = now;
		nanosleep(&while_ago, NULL);
		now = atomic_load(&n_written);
	} while (now != before || now == 0);
	assert_true(now < 64 << 20);
	assert_int_equal(atomic_load(&write_failed), 0);
	close(fd);
	wait_for(&write_failed);
}

static void
the_end_of_the_server_ends_its_streams(void **state)
{
	struct server *s = *state;
	int fd = ask(s, "1.1", FILTER("wait"));

	wait_for(&waiting);
	httpd_stop(s->httpd);
	s->httpd = NULL;
	assert_int_equal(atomic_load(&saw_end), 1);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(events_arrive_in_their_order, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(bytes_end_where_they_should, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    to_http_1_0_a_stream_ends_with_the_connection, setup, teardown),
		cmocka_unit_test_setup_teardown(a_slow_client_makes_the_producer_wait,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(the_end_of_the_server_ends_its_streams,
		    setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
