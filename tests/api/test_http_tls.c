/* TLS: certificates of the local CA by name, and the API behind them. */
#include "tests/api/fixture.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/iam/ca.h"
#include "control/plane/plane.h"
#include "control/plane/tls_certs.h"
#include "control/plane/tls_front.h"
#include "tests/fakes/port.h"

struct served {
	struct fixture *f;
	struct plane plane;
	struct tls_front *front;
	int port;
	char pem[64]; /* a file: the CA's certificate */
};

static int
setup(void **state)
{
	struct served *s = calloc(1, sizeof(*s));
	struct err err;
	void *fixture;
	FILE *pem;
	int fd;

	assert_non_null(s);
	assert_int_equal(fixture_setup(&fixture), 0);
	s->f = fixture;
	/* Certificates are held against the clock of who looks at them. */
	s->f->now_ms = clock_system.now_ms(&clock_system);
	s->f->env.ca = ca_open(s->f->env.store, s->f->now_ms, &err);
	assert_non_null(s->f->env.ca);
	snprintf(s->pem, sizeof(s->pem), "/tmp/simfra-test-ca-XXXXXX");
	fd = mkstemp(s->pem);
	assert_true(fd >= 0);
	pem = fdopen(fd, "w");
	assert_non_null(pem);
	fputs(ca_certificate(s->f->env.ca), pem);
	fclose(pem);
	s->plane.env = s->f->env;
	s->front = tls_front_start(&s->plane, "127.0.0.1,127.0.0.9", &err);
	assert_non_null(s->front);
	s->port = free_port();
	if (tls_front_listen(s->front, "0.0.0.0", s->port, &err) < 0)
		fail_msg("%s", err.msg);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct served *s = *state;
	void *fixture = s->f;

	tls_front_stop(s->front);
	unlink(s->pem);
	ca_free(s->f->env.ca);
	fixture_teardown(&fixture);
	free(s);
	return 0;
}

struct answer {
	CURLcode rc;
	long status;
	char body[4096];
	size_t len;
};

static size_t
take(char *p, size_t one, size_t n, void *arg)
{
	struct answer *a = arg;

	if (a->len + n < sizeof(a->body)) {
		memcpy(a->body + a->len, p, n);
		a->len += n;
		a->body[a->len] = '\0';
	}
	return one * n;
}

/* From `source` by the name, which is at 127.0.0.1 whatever it is. */
static struct answer
ask(const struct served *s, const char *host, const char *source, const char *path)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *to;
	struct answer a = { .rc = CURLE_OK };
	char url[256], connect_to[64];

	assert_non_null(curl);
	snprintf(url, sizeof(url), "https://%s:%d%s", host, s->port, path);
	snprintf(connect_to, sizeof(connect_to), "::127.0.0.1:%d", s->port);
	to = curl_slist_append(NULL, connect_to);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CONNECT_TO, to);
	curl_easy_setopt(curl, CURLOPT_CAINFO, s->pem);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 10000L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &a);
	if (source != NULL)
		curl_easy_setopt(curl, CURLOPT_INTERFACE, source);
	a.rc = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &a.status);
	curl_easy_cleanup(curl);
	curl_slist_free_all(to);
	return a;
}

static void
every_name_of_ours_has_a_certificate_that_the_ca_vouches_for(void **state)
{
	static const char *const names[] = { "localhost", "queue.localhost", "127.0.0.1",
		"sts.amazonaws.com", "ec2.eu-west-1.amazonaws.com", "STS.AmazonAWS.com",
		"my.bucket.name.s3.us-east-1.amazonaws.com", "ec2.us-east-1.api.aws",
		"s3.cn-north-1.amazonaws.com.cn", "simfra.local", "a.b.simfra.local",
		"127.0.0.9",
		"a-name-of-more-than-the-64-characters-that-a-common-name-may-have."
		"s3.amazonaws.com" };
	struct served *s = *state;

	for (size_t i = 0; i < COUNT(names); i++) {
		struct answer a = ask(s, names[i], NULL, "/_simfra/ca");

		if (a.rc != CURLE_OK)
			fail_msg("%s: %s", names[i], curl_easy_strerror(a.rc));
		assert_int_equal(a.status, 200);
	}
}

static void
others_have_none(void **state)
{
	static const char *const names[] = { "example.com", "amazonaws.com.example.com",
		"xamazonaws.com", "notlocalhost", "aws", "amazonaws.co" };
	struct served *s = *state;

	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(ask(s, names[i], NULL, "/_simfra/ca").rc,
		    CURLE_SSL_CONNECT_ERROR);
	/* Of an address that is not ours there is one, which is not of it. */
	assert_int_equal(ask(s, "127.0.0.8", NULL, "/_simfra/ca").rc,
	    CURLE_PEER_FAILED_VERIFICATION);
}

static void
the_ca_is_told_to_everybody(void **state)
{
	struct served *s = *state;
	struct answer a = ask(s, "localhost", NULL, "/_simfra/ca");

	assert_int_equal(a.status, 200);
	assert_string_equal(a.body, ca_certificate(s->f->env.ca));
}

/* The first address of this machine that is not loopback: "" when there is none. */
static void
own_address(char out[INET_ADDRSTRLEN])
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) }, own;
	socklen_t len = sizeof(own);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	out[0] = '\0';
	inet_pton(AF_INET, "192.0.2.1", &to.sin_addr);
	/* Nothing is sent: the kernel only chooses. */
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&own, &len) == 0)
		inet_ntop(AF_INET, &own.sin_addr, out, INET_ADDRSTRLEN);
	close(fd);
}

static void
only_clients_of_this_host_may_administer(void **state)
{
	struct served *s = *state;
	char own[INET_ADDRSTRLEN];

	assert_int_equal(ask(s, "localhost", NULL, "/_simfra/coverage").status, 200);
	own_address(own);
	if (own[0] == '\0')
		skip();
	assert_int_equal(ask(s, "localhost", own, "/_simfra/coverage").status, 403);
	assert_int_equal(ask(s, "localhost", own, "/_simfra/ca").status, 200);
}

/* What is not TLS, and what breaks off, ends and takes nobody with it. */
static void
noise_ends_its_connection_alone(void **state)
{
	static const char *const noises[] = { "GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01",
		"" };
	struct served *s = *state;
	struct sockaddr_in at = { .sin_family = AF_INET };

	at.sin_port = htons((uint16_t)s->port);
	inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
	for (size_t i = 0; i < COUNT(noises); i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		char c[512];

		assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
		assert_int_equal(write(fd, noises[i], strlen(noises[i])),
		    (ssize_t)strlen(noises[i]));
		shutdown(fd, SHUT_WR);
		while (read(fd, c, sizeof(c)) > 0)
			continue;
		close(fd);
	}
	assert_int_equal(ask(s, "localhost", NULL, "/_simfra/ca").status, 200);
}

static void
the_ca_is_the_stores_and_outlives_a_reset(void **state)
{
	struct served *s = *state;
	struct store *store = s->f->env.store;
	struct ca *again, *other;
	struct err err;

	again = ca_open(store, s->f->now_ms, &err);
	assert_non_null(again);
	assert_string_equal(ca_certificate(again), ca_certificate(s->f->env.ca));
	assert_int_equal(store_reset(store, "", &err), 0);
	other = ca_open(store, s->f->now_ms, &err);
	assert_string_equal(ca_certificate(other), ca_certificate(again));
	ca_free(other);
	ca_free(again);
}

/* More names than are kept: the first is made anew, and is as good. */
static void
as_many_names_as_one_likes_may_be_asked_for(void **state)
{
	struct served *s = *state;
	struct err err;
	struct tls_certs *certs = tls_certs_new(s->f->env.ca, s->f->env.clock,
	    "simfra.local", "127.0.0.1", &err);
	SSL_CTX *client = SSL_CTX_new(TLS_client_method());

	assert_non_null(certs);
	assert_true(SSL_CTX_load_verify_file(client, s->pem));
	SSL_CTX_set_verify(client, SSL_VERIFY_PEER, NULL);
	for (int i = 0; i < TLS_CERTS + 40; i++) {
		SSL *a = SSL_new(client), *b = SSL_new(tls_certs_context(certs));
		BIO *left, *right;
		char name[64];
		int rc = -1;

		snprintf(name, sizeof(name), "b%d.s3.amazonaws.com",
		    i % (TLS_CERTS + 20));
		assert_true(BIO_new_bio_pair(&left, 0, &right, 0));
		SSL_set_bio(a, left, left);
		SSL_set_bio(b, right, right);
		SSL_set_connect_state(a);
		SSL_set_accept_state(b);
		assert_true(SSL_set_tlsext_host_name(a, name) && SSL_set1_host(a, name));
		for (int turn = 0; turn < 10 && rc != 1; turn++) {
			rc = SSL_do_handshake(a);
			SSL_do_handshake(b);
		}
		assert_int_equal(rc, 1);
		SSL_free(a);
		SSL_free(b);
	}
	SSL_CTX_free(client);
	tls_certs_free(certs);
}

static void
names_that_are_none_get_nothing(void **state)
{
	static const char *const bad[] = { "", ".", ".amazonaws.com", "a..amazonaws.com",
		"amazonaws.com.", "a,DNS:b.amazonaws.com", "a b.amazonaws.com",
		"*.amazonaws.com", "a/../b.localhost" };
	struct served *s = *state;
	struct err err;
	struct tls_certs *certs = tls_certs_new(s->f->env.ca, s->f->env.clock,
	    "simfra.local", "127.0.0.1", &err);

	assert_false(tls_certs_has(certs, NULL));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(tls_certs_has(certs, bad[i]));
	assert_true(tls_certs_has(certs, "amazonaws.com"));
	tls_certs_free(certs);
}

static void
a_listener_comes_and_goes(void **state)
{
	struct served *s = *state;
	int port = free_port(), handle;
	struct served there = *s;
	struct err err;

	handle = tls_front_listen(s->front, "127.0.0.1", port, &err);
	assert_true(handle >= 0);
	assert_int_equal(tls_front_listen(s->front, "127.0.0.1", port, &err), -1);
	assert_int_equal(tls_front_listen(s->front, "nowhere", port, &err), -1);
	tls_front_unlisten(s->front, handle);
	for (int i = 0; i < 500 &&
	     (handle = tls_front_listen(s->front, "127.0.0.1", port, &err)) < 0;
	     i++)
		usleep(2000);
	assert_true(handle >= 0);
	there.port = port;
	assert_int_equal(ask(&there, "localhost", NULL, "/_simfra/ca").status, 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_name_of_ours_has_a_certificate_that_the_ca_vouches_for),
		cmocka_unit_test(others_have_none),
		cmocka_unit_test(the_ca_is_told_to_everybody),
		cmocka_unit_test(only_clients_of_this_host_may_administer),
		cmocka_unit_test(noise_ends_its_connection_alone),
		cmocka_unit_test(the_ca_is_the_stores_and_outlives_a_reset),
		cmocka_unit_test(as_many_names_as_one_likes_may_be_asked_for),
		cmocka_unit_test(names_that_are_none_get_nothing),
		cmocka_unit_test(a_listener_comes_and_goes),
	};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	return cmocka_run_group_tests(tests, setup, teardown);
}
