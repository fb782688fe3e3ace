/*
 * Pull and push against a real registry on loopback that wants a password,
 * and what config.json says about passwords.  Without Docker or docker-registry
 * the former is skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/engine/engine.h"
#include "control/engine/registry_auth.h"
#include "tests/fakes/port.h"

#define IMAGE	"simfra-test/shell:1"
#define PROGRAM "/usr/bin/docker-registry"

struct fixture {
	struct arena *a;
	struct err err;
	char dir[32], config[64];
	struct engine *e;
	pid_t registry; /* 0: none runs */
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->a = arena_new();
	snprintf(f->dir, sizeof(f->dir), "/tmp/simfra-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->config, sizeof(f->config), "%s/config.json", f->dir);
	*state = f;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED,
    struct FTW *where UNUSED)
{
	return remove(path);
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	if (f->registry > 0) {
		kill(f->registry, SIGTERM);
		waitpid(f->registry, NULL, 0);
	}
	engine_close(f->e);
	unsetenv("DOCKER_CONFIG");
	nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_free(f->a);
	free(f);
	return 0;
}

static void
write_file(struct fixture *f, const char *name, const char *text)
{
	FILE *file = fopen(arena_printf(f->a, "%s/%s", f->dir, name), "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* What config.json has for the registry: the JSON of the header, or NULL. */
static const char *
auth_of(struct fixture *f, const char *config, const char *registry, int *ret_helper)
{
	unsigned char *text;
	char *header;
	size_t n;
	int r;

	write_file(f, "config.json", config);
	r = registry_auth(f->a, f->config, registry, &header, ret_helper, &f->err);
	if (r < 0)
		return f->err.msg;
	assert_null(strpbrk(header, "+/"));
	for (char *p = header; *p != '\0'; p++)
		*p = *p == '-' ? '+' : *p == '_' ? '/' : *p;
	assert_int_equal(base64_decode(f->a, header, strlen(header), &text, &n), 1);
	return r == 1 ? arena_strndup(f->a, (char *)text, n) : NULL;
}

static void
config_names_registries_as_docker_does(void **state)
{
	static const struct {
		const char *config, *registry, *want; /* want NULL: no credentials */
	} cases[] = {
		{ "{\"auths\":{\"r.io\":{\"auth\":\"dTpwOnE=\"}}}", "r.io",
		    "{\"username\":\"u\",\"password\":\"p:q\",\"serveraddress\":\"r.io\"}" },
		{ "{\"auths\":{\"https://r.io/v1/\":{\"auth\":\"dTpw\"}}}", "r.io",
		    "{\"username\":\"u\",\"password\":\"p\",\"serveraddress\":\"https://r.io/v1/\"}" },
		{ "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"dTpw\"}}}",
		    "docker.io",
		    "{\"username\":\"u\",\"password\":\"p\","
		    "\"serveraddress\":\"https://index.docker.io/v1/\"}" },
		{ "{\"auths\":{\"r.io:5000\":{\"username\":\"a\",\"password\":\"b\"}}}",
		    "r.io:5000",
		    "{\"username\":\"a\",\"password\":\"b\",\"serveraddress\":\"r.io:5000\"}" },
		{ "{\"auths\":{\"r.io\":{\"identitytoken\":\"t\"}}}", "r.io",
		    "{\"identitytoken\":\"t\",\"serveraddress\":\"r.io\"}" },
		{ "{\"auths\":{\"r.io\":{\"auth\":\"dTpw\"}}}", "r.io.evil.com", NULL },
		{ "{\"auths\":{\"r.io.evil.com\":{\"auth\":\"dTpw\"}}}", "r.io", NULL },
		{ "{\"auths\":{\"r.io\":{\"auth\":\"dTpw\"}}}", "docker.io", NULL },
		{ "{\"auths\":{\"r.io\":{}}}", "r.io", NULL },
		{ "{}", "r.io", NULL },
	};
	struct fixture *f = *state;
	int helper;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got = auth_of(f, cases[i].config, cases[i].registry, &helper);

		if (cases[i].want == NULL)
			assert_null(got);
		else
			assert_string_equal(got != NULL ? got : "nothing", cases[i].want);
		assert_int_equal(helper, 0);
	}
}

static void
helpers_are_noticed_and_bad_files_refused(void **state)
{
	static const char *const bad[] = { "{", "{\"auths\":{\"r.io\":{\"auth\":\"!\"}}}",
		"{\"auths\":{\"r.io\":{\"auth\":\"dQ==\"}}}",
		"{\"auths\":{\"r.io\":{\"auth\":\"/////w==\"}}}" };
	struct fixture *f = *state;
	char *header;
	int helper;

	assert_null(auth_of(f, "{\"credsStore\":\"desktop\"}", "r.io", &helper));
	assert_int_equal(helper, 1);
	assert_null(auth_of(f, "{\"credHelpers\":{\"r.io\":\"ecr\"}}", "r.io", &helper));
	assert_int_equal(helper, 1);
	assert_null(auth_of(f, "{\"credHelpers\":{\"r.io\":\"ecr\"}}", "s.io", &helper));
	assert_int_equal(helper, 0);
	for (size_t i = 0; i < COUNT(bad); i++) {
		write_file(f, "config.json", bad[i]);
		assert_int_equal(registry_auth(f->a, f->config, "r.io", &header, &helper,
				     &f->err),
		    -1);
		assert_non_null(strstr(f->err.msg, f->config));
	}
	unlink(f->config);
	assert_int_equal(registry_auth(f->a, f->config, "r.io", &header, &helper,
			     &f->err),
	    0);
	assert_int_equal(registry_auth(f->a, NULL, "r.io", &header, &helper, &f->err), 0);
}

static void
wait_for_port(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };
	int64_t until = clock_monotonic_ms() + 10000;
	int connected = 0;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	while (!connected) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		connected =
		    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
		close(fd);
		if (!connected && clock_monotonic_ms() > until)
			fail_msg("the registry does not start");
		usleep(20000);
	}
}

static pid_t
spawn(const char *program, char *const argv[])
{
	posix_spawn_file_actions_t to_null;
	pid_t pid;

	posix_spawn_file_actions_init(&to_null);
	posix_spawn_file_actions_addopen(&to_null, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&to_null, 2, "/dev/null", O_WRONLY, 0);
	assert_int_equal(posix_spawn(&pid, program, &to_null, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&to_null);
	return pid;
}

/* A registry whose only user is u, with password pass:word. */
static pid_t
start_registry(struct fixture *f, int port)
{
	char program[] = PROGRAM, serve[] = "serve";
	char *config = arena_printf(f->a, "%s/registry.yml", f->dir);
	char *argv[] = { program, serve, config, NULL };
	pid_t pid;

	write_file(f, "htpasswd",
	    "u:$2b$05$abcdefghijklmnopqrstuuDIEddBSuRWBBEY6g5zv60IAP5bSSfki\n");
	write_file(f, "registry.yml",
	    arena_printf(f->a,
		"version: 0.1\nstorage:\n  filesystem: {rootdirectory: %s/data}\n"
		"http: {addr: \"127.0.0.1:%d\"}\n"
		"auth: {htpasswd: {realm: test, path: %s/htpasswd}}\n",
		f->dir, port, f->dir));
	pid = spawn(PROGRAM, argv);
	wait_for_port(port);
	return pid;
}

static void
keep_last(void *arg, const char *line)
{
	struct buf *lines = arg;

	buf_str(lines, line);
	buf_chr(lines, '\n');
}

static void
check(struct fixture *f, int result)
{
	if (result < 0)
		fail_msg("%s: %s", f->err.kind->code, f->err.msg);
}

static void
move(struct fixture *f, struct engine *e, const char *ref, int port)
{
	struct buf *lines = buf_new(f->a, 0);
	json_t *doc;

	check(f, engine_image_tag(e, IMAGE, ref, &f->err));
	/* Nobody: refused, with Docker's words. */
	assert_int_equal(engine_image_push(e, ref, NULL, NULL, &f->err), -1);
	assert_non_null(strstr(f->err.msg, "no basic auth credentials"));
	write_file(f, "config.json", "{\"credsStore\":\"desktop\"}");
	assert_int_equal(engine_image_push(e, ref, NULL, NULL, &f->err), -1);
	assert_non_null(strstr(f->err.msg, "credential helpers are not used"));

	write_file(f, "config.json",
	    arena_printf(f->a,
		"{\"auths\":{\"127.0.0.1:%d\":{\"auth\":\"dTpwYXNzOndvcmQ=\"}}}", port));
	check(f, engine_image_push(e, ref, keep_last, lines, &f->err));
	assert_non_null(strstr(buf_text(lines), "digest: sha256:"));
	check(f, engine_image_remove(e, ref, &f->err));
	assert_int_equal(engine_image_inspect(e, f->a, ref, &doc, &f->err), 0);
	check(f, engine_image_pull(e, ref, keep_last, lines, &f->err));
	assert_non_null(strstr(buf_text(lines), "Status: "));
	assert_int_equal(engine_image_inspect(e, f->a, ref, &doc, &f->err), 1);
	check(f, engine_image_remove(e, ref, &f->err));
	assert_int_equal(engine_image_pull(e,
			     arena_printf(f->a, "127.0.0.1:%d/move:absent", port), NULL,
			     NULL, &f->err),
	    -1);
	assert_ptr_equal(f->err.kind, &engine_not_found);
}

static void
images_move_through_a_registry_with_a_password(void **state)
{
	char script[] = "tests/images/shell", *argv[] = { script, NULL };
	struct fixture *f = *state;
	int port, status = -1;

	if ((getenv("DOCKER_HOST") == NULL &&
		access("/var/run/docker.sock", F_OK) != 0) ||
	    access(PROGRAM, X_OK) != 0)
		skip();
	assert_int_equal(waitpid(spawn(script, argv), &status, 0) > 0 && status == 0, 1);
	port = free_port();
	f->registry = start_registry(f, port);
	setenv("DOCKER_CONFIG", f->dir, 1);
	f->e = engine_open_docker(NULL);
	move(f, f->e, arena_printf(f->a, "127.0.0.1:%d/move:1", port), port);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(config_names_registries_as_docker_does,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(helpers_are_noticed_and_bad_files_refused,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    images_move_through_a_registry_with_a_password, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("engine_registry", tests, NULL, NULL);
}
