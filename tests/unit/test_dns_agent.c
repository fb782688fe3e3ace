/*
 * The VPC's agent as a process, with a control of the test's own: its configuration
 * taken whole or not at all, its answers, its status, its memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agents/vpc/dns_write.h"
#include "agents/vpc/net.h"
#include "agents/vpc/vpc.h"
#include "base/cc.h"
#include "tests/fakes/control_fake.h"
#include "tests/fakes/port.h"

enum { WAIT_MS = 20000 };

struct fixture {
	uv_loop_t loop;
	uv_timer_t guard;
	int is_late;
	struct control_fake control;
	uint16_t dns_port, imds_port;
	char dir[64];
	pid_t agent;
};

/* Control lives until the status has the text. */
static void
control_until(struct fixture *f, const char *text)
{
	while (strstr(f->control.status, text) == NULL && !f->is_late)
		uv_run(&f->loop, UV_RUN_ONCE);
	assert_false(f->is_late);
}

static void
on_guard(uv_timer_t *timer)
{
	struct fixture *f = timer->data;

	f->is_late = 1;
}

static void
set_config(struct fixture *f, const char *rev, const char *address, const char *extra)
{
	char config[1024];

	snprintf(config, sizeof(config),
	    "{\"vpc\":\"vpc-1\",\"dns\":{\"listen\":[\"127.0.0.1\"],\"zones\":[\"ec2.internal\"],"
	    "\"records\":[{\"name\":\"a.ec2.internal\",\"type\":\"A\",\"values\":[\"%s\"]}]},"
	    "\"imds\":{\"listen\":\"127.0.0.1\",\"instances\":{\"127.0.0.1\":{"
	    "\"instance_id\":\"i-1\",\"tree\":{\"meta-data\":{\"local-ipv4\":\"%s\"}}}%s}}}",
	    address, address, extra);
	control_fake_set(&f->control, rev, config);
}

static void
launch(struct fixture *f)
{
	char text[64];

	f->agent = fork();
	assert_true(f->agent >= 0);
	if (f->agent == 0) {
		struct vpc vpc = { 0 };

		snprintf(text, sizeof(text), "http://127.0.0.1:%d", f->control.port);
		setenv("SIMFRA_ENDPOINT", text, 1);
		setenv("SIMFRA_AGENT_TOKEN", "token", 1);
		setenv("SIMFRA_STATE_DIR", f->dir, 1);
		snprintf(text, sizeof(text), "%d", f->dns_port);
		setenv("SIMFRA_DNS_PORT", text, 1);
		snprintf(text, sizeof(text), "%d", f->imds_port);
		setenv("SIMFRA_IMDS_PORT", text, 1);
		_exit(agent_run(&vpc_agent, &vpc));
	}
}

static void
end(struct fixture *f)
{
	int status;

	kill(f->agent, SIGTERM);
	assert_int_equal(waitpid(f->agent, &status, 0), f->agent);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int
connected(int type, uint16_t port)
{
	struct timeval patience = { .tv_sec = WAIT_MS / 1000 };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	struct sockaddr_in at;

	assert_int_equal(net_parse("127.0.0.1", port, &at), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The last byte of the address that the resolver gives, or -1: nobody is there. */
static int
resolve(struct fixture *f)
{
	int fd = connected(SOCK_DGRAM, f->dns_port);
	uint8_t q[DNS_QUESTION_MAX], out[512];
	struct dns_name name;
	ssize_t n;

	assert_int_equal(dns_name_parse("a.ec2.internal", &name), 0);
	n = (ssize_t)dns_write_question(1, &name, DNS_A, 0, q);
	assert_int_equal(send(fd, q, (size_t)n, 0), n);
	n = recv(fd, out, sizeof(out), 0);
	close(fd);
	return n > 0 ? out[n - 1] : -1;
}

static void
request(struct fixture *f, const char *text, const char *wanted)
{
	int fd = connected(SOCK_STREAM, f->imds_port);
	char out[4096];
	size_t len = 0;
	ssize_t n;

	assert_true(fd >= 0);
	assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
	while ((n = recv(fd, out + len, sizeof(out) - 1 - len, 0)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	assert_non_null(strstr(out, wanted));
	close(fd);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	uv_loop_init(&f->loop);
	uv_timer_init(&f->loop, &f->guard);
	f->guard.data = f;
	uv_timer_start(&f->guard, on_guard, WAIT_MS, 0);
	control_fake_up(&f->control, &f->loop);
	f->dns_port = free_port();
	f->imds_port = free_port();
	snprintf(f->dir, sizeof(f->dir), "/tmp/simfra-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	set_config(f, "r1", "10.0.0.1", "");
	launch(f);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char path[128];

	end(f);
	control_fake_down(&f->control);
	uv_close((uv_handle_t *)&f->guard, NULL);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	snprintf(path, sizeof(path), "%s/vpc.json", f->dir);
	unlink(path);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

#define GET_IP \
	"GET /latest/meta-data/local-ipv4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

static void
a_configuration_is_taken_whole_or_not_at_all(void **state)
{
	struct fixture *f = *state;

	control_until(f, "\"ready\":true");
	assert_int_equal(resolve(f), 1);
	request(f, GET_IP, "\r\n\r\n10.0.0.1");
	set_config(f, "r2", "10.0.0.2", "");
	control_until(f, "\"rev\":\"r2\"");
	assert_int_equal(resolve(f), 2);
	request(f, GET_IP, "\r\n\r\n10.0.0.2");
	/* Its names would do; an instance of it would not. */
	set_config(f, "r3", "10.0.0.3", ",\"10.0.0.300\":{}");
	control_until(f, "\"rejected_rev\":\"r3\"");
	assert_non_null(strstr(f->control.status, "\"rev\":\"r2\""));
	assert_non_null(strstr(f->control.status, "metadata of 10.0.0.300"));
	assert_int_equal(resolve(f), 2);
	request(f, GET_IP, "\r\n\r\n10.0.0.2");
	set_config(f, "r4", "10.0.0.4", "");
	control_until(f, "\"rev\":\"r4\"");
	assert_null(strstr(f->control.status, "rejected"));
	assert_int_equal(resolve(f), 4);
}

static void
what_init_says_reaches_control(void **state)
{
	struct fixture *f = *state;

	control_until(f, "\"ready\":true");
	assert_non_null(strstr(f->control.status, "\"boots\":{}"));
	request(f,
	    "PUT /_simfra/boot HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 34\r\n"
	    "\r\n{\"boot_id\":\"b1\",\"exit_code\":0    }",
	    "HTTP/1.1 204 ");
	control_until(f, "\"boots\":{\"i-1\":{\"boot_id\":\"b1\",\"exit_code\":0}}");
}

static void
it_comes_up_without_control(void **state)
{
	struct fixture *f = *state;

	control_until(f, "\"ready\":true");
	end(f); /* From here on the loop stands still, and control with it. */
	launch(f);
	/* The port refuses until it listens; nothing else tells. */
	while (resolve(f) < 0)
		assert_int_equal(waitpid(f->agent, NULL, WNOHANG), 0);
	assert_int_equal(resolve(f), 1);
	request(f, GET_IP, "\r\n\r\n10.0.0.1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_configuration_is_taken_whole_or_not_at_all),
		TEST(what_init_says_reaches_control),
		TEST(it_comes_up_without_control),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
