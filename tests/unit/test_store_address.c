/*
 * Reaching a Redis: URLs, what is said when there is none, passwords, TLS.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/store/redis_link.h"
#include "control/store/store.h"
#include "tests/unit/store_server.h"

enum { DEADLINE_MS = 10000 };

extern char **environ;

static void
what_cannot_be_opened_says_why(void **state UNUSED)
{
	static const struct {
		struct store_redis_options o;
		const char *why;
	} cases[] = {
		{ { .program = "/nonexistent/redis-server" }, "cannot run" },
		{ { .program = "false" }, "does not stay up" },
		{ { .data_dir = "/nonexistent/a/b" }, "data directory" },
		{ { .url = "http://localhost" }, "must begin with redis://" },
		{ { .url = "redis://127.0.0.1:1" }, "onnection refused" },
		{ { .url = "unix:///nonexistent" }, "No such file" },
		{ { .url = "rediss://127.0.0.1:1" }, "onnection refused" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = { 0 };

		assert_null(store_open_redis(&cases[i].o, &err));
		assert_non_null(err.kind);
		if (strstr(err.msg, cases[i].why) == NULL)
			fail_msg("%s: not '%s'", err.msg, cases[i].why);
	}
}

static void
urls_are_understood(void **state UNUSED)
{
	static const struct {
		const char *url, *host, *port, *path, *user, *password;
		int how, db;
	} good[] = {
		{ "redis://h", "h", "6379", "", "", "", REDIS_PLAIN, 0 },
		{ "redis://h:1/", "h", "1", "", "", "", REDIS_PLAIN, 0 },
		{ "rediss://u:p@h:65535/15", "h", "65535", "", "u", "p", REDIS_TLS, 15 },
		{ "redis://:p%40%3A@[::1]:7/2", "::1", "7", "", "", "p@:", REDIS_PLAIN,
		    2 },
		{ "redis://p@h", "h", "6379", "", "", "p", REDIS_PLAIN, 0 },
		{ "redis://u:a@b@h", "h", "6379", "", "u", "a@b", REDIS_PLAIN, 0 },
		{ "unix:///a/b%20c", "", "6379", "/a/b c", "", "", REDIS_SOCKET, 0 },
		{ "unix://u:p@/a?db=3", "", "6379", "/a", "u", "p", REDIS_SOCKET, 3 },
	};
	static const char *const bad[] = {
		"",
		"redis:",
		"redis://",
		"redis://:6379",
		"redis://h:",
		"redis://h:65536",
		"redis://h:1x",
		"redis://h/x",
		"redis://h/1/2",
		"redis://[::1",
		"redis://[::1]x",
		"unix://",
		"unix:///a?x=1",
		"redis://u:%zz@h",
		"redis://u:%00@h",
		"redis://h:99999999999999999999",
	};
	struct redis_address at;
	struct err err;

	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(redis_address_parse(good[i].url, &at, &err), 0);
		assert_int_equal(at.how, good[i].how);
		assert_string_equal(at.host, good[i].host);
		assert_string_equal(at.port, good[i].port);
		assert_string_equal(at.path, good[i].path);
		assert_string_equal(at.user, good[i].user);
		assert_string_equal(at.password, good[i].password);
		assert_int_equal(at.db, good[i].db);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (redis_address_parse(bad[i], &at, &err) == 0)
			fail_msg("taken: %s", bad[i]);
	}
}

struct server {
	char dir[64], cert[96], port[8];
	pid_t pid;
};

static pid_t
spawn(const char *const argv[])
{
	posix_spawn_file_actions_t io;
	pid_t pid;

	posix_spawn_file_actions_init(&io);
	posix_spawn_file_actions_addopen(&io, 1, "/dev/null", 1, 0);
	posix_spawn_file_actions_addopen(&io, 2, "/dev/null", 1, 0);
	assert_int_equal(posix_spawnp(&pid, argv[0], &io, NULL, (char **)(uintptr_t)argv,
			     environ),
	    0);
	posix_spawn_file_actions_destroy(&io);
	return pid;
}

static void
free_port(char *out, size_t size)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(sa);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	snprintf(out, size, "%d", ntohs(sa.sin_port));
	close(fd);
}

/* With TLS, a certificate for 127.0.0.1 that nobody knows, and a password. */
static int
set_up_tls(void **state)
{
	struct server *s = calloc(1, sizeof(*s));
	char key[96];
	int status;

	snprintf(s->dir, sizeof(s->dir), "/tmp/test-store-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->cert, sizeof(s->cert), "%s/cert", s->dir);
	snprintf(key, sizeof(key), "%s/key", s->dir);
	free_port(s->port, sizeof(s->port));
	s->pid = spawn((const char *[]){ "openssl", "req", "-x509", "-newkey", "rsa:2048",
	    "-nodes", "-keyout", key, "-out", s->cert, "-days", "2", "-subj", "/CN=x",
	    "-addext", "subjectAltName=IP:127.0.0.1", NULL });
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	assert_int_equal(status, 0);
	s->pid = spawn((const char *[]){ "redis-server", "--port", "0", "--tls-port",
	    s->port, "--bind", "127.0.0.1", "--tls-cert-file", s->cert, "--tls-key-file",
	    key, "--tls-auth-clients", "no", "--tls-ca-cert-file", s->cert, "--save", "",
	    "--dir", s->dir, "--requirepass", "se:cret@", NULL });
	*state = s;
	return 0;
}

static int
tear_down_tls(void **state)
{
	struct server *s = *state;

	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	store_test_remove_dir(s->dir);
	free(s);
	return 0;
}

static struct store *
open_at(const struct server *s, const char *user, const char *host, struct err *err)
{
	char url[128];
	const struct store_redis_options o = { .url = url };

	snprintf(url, sizeof(url), "rediss://%s%s:%s", user, host, s->port);
	return store_open_redis(&o, err);
}

static struct store *
open_when_up(const struct server *s, struct err *err)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int64_t until_ms = clock_monotonic_ms() + DEADLINE_MS;
	struct store *store;

	for (;;) {
		store = open_at(s, ":se%3Acret%40@", "127.0.0.1", err);
		if (store != NULL || strstr(err->msg, "onnection refused") == NULL ||
		    clock_monotonic_ms() > until_ms)
			return store;
		nanosleep(&pause, NULL);
	}
}

static void
tls_needs_a_certificate_that_is_trusted(void **state)
{
	const struct server *s = *state;
	struct store *store;
	struct err err;

	assert_null(open_when_up(s, &err));
	if (strstr(err.msg, "certificate refused") == NULL)
		fail_msg("%s", err.msg);

	assert_int_equal(setenv("SSL_CERT_FILE", s->cert, 1), 0);
	assert_null(open_at(s, ":se%3Acret%40@", "localhost", &err));
	if (strstr(err.msg, "certificate refused") == NULL)
		fail_msg("%s", err.msg);
	assert_null(open_at(s, "", "127.0.0.1", &err));
	assert_non_null(strstr(err.msg, "NOAUTH"));
	assert_null(open_at(s, ":wrong@", "127.0.0.1", &err));
	assert_non_null(strstr(err.msg, "WRONGPASS"));
	assert_null(strstr(err.msg, "wrong"));

	store = open_at(s, "default:se%3Acret%40@", "127.0.0.1", &err);
	if (store == NULL)
		fail_msg("%s", err.msg);
	assert_null(strstr(store_name(store), "cret"));
	store_close(store);
	unsetenv("SSL_CERT_FILE");
}

/* Documents of some megabytes need many records of TLS, both ways. */
static void
large_documents_go_through_tls(void **state)
{
	const struct server *s = *state;
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct store *store, *other;
	struct store_txn *t;
	size_t size = 5000000;
	struct err err;
	json_t *doc = json_own(a, json_new_object());
	char *text = arena_alloc(a, size + 1);

	assert_int_equal(setenv("SSL_CERT_FILE", s->cert, 1), 0);
	store = open_when_up(s, &err);
	if (store == NULL)
		fail_msg("%s", err.msg);
	other = open_when_up(s, &err);
	assert_non_null(other);
	memset(text, 'x', size);
	json_set_str(doc, "text", text);
	t = store_begin(store, a);
	store_put(t, "1:a", "t:large", "a", doc);
	assert_int_equal(store_commit(t, &err), 1);
	t = store_begin(other, a);
	assert_int_equal(store_get(t, "1:a", "t:large", "a", &doc, &err), 1);
	assert_string_equal(json_str(doc, "text"), text);
	store_close(other);
	store_close(store);
	unsetenv("SSL_CERT_FILE");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_understood),
		cmocka_unit_test(what_cannot_be_opened_says_why),
		cmocka_unit_test_setup_teardown(tls_needs_a_certificate_that_is_trusted,
		    set_up_tls, tear_down_tls),
		cmocka_unit_test_setup_teardown(large_documents_go_through_tls,
		    set_up_tls, tear_down_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
