#include "tests/net/docker.h"

#include <civetweb.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

enum { WAIT_S = 10, STATUS_LIMIT = 1 << 20 };

struct fake_control {
	struct mg_context *web;
	int port;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	json_t *config, *status; /* NULL: none */
	int rev, is_over;
};

static int
run(char *out, size_t size, const char *command)
{
	int p[2], status = -1;
	size_t n = 0;
	ssize_t k = 1;
	pid_t pid;

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(p[1], 1);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	close(p[1]);
	while (n < size - 1 && k > 0) {
		k = read(p[0], out + n, size - 1 - n);
		n += k > 0 ? (size_t)k : 0;
	}
	close(p[0]);
	while (n > 0 && out[n - 1] == '\n')
		n--;
	out[n] = '\0';
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int
shell(char *out, size_t size, const char *fmt, ...)
{
	char command[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	return run(out, size, command);
}

void
must(const char *fmt, ...)
{
	char command[2048], out[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (run(out, sizeof(out), command) != 0)
		fail_msg("%s: %s", command, out);
}

static const char pause_source[] =
    "#include <signal.h>\\n#include <unistd.h>\\n"
    "static void end(int s) { _exit(s == SIGTERM ? 0 : 1); }\\n"
    "int main(void) { signal(SIGTERM, end); for (;;) pause(); }\\n";

void
make_pause_image(int me)
{
	must("d=$(mktemp -d) && printf '%s' >$d/p.c && cc -static -Os -o $d/pause $d/p.c && "
	     "tar -C $d -c pause | docker import -c 'ENTRYPOINT [\"/pause\"]' - "
	     "simfra-nettest:%d >/dev/null && rm -r $d",
	    pause_source, me);
}

static struct timespec
in_seconds(int s)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += s;
	return ts;
}

static int
on_config(struct mg_connection *conn, void *arg)
{
	struct fake_control *c = arg;
	const char *query = mg_get_request_info(conn)->query_string;
	char rev[32] = "", wait[16] = "0";
	struct timespec until;
	char *text = NULL;

	if (query != NULL) {
		mg_get_var(query, strlen(query), "rev", rev, sizeof(rev));
		mg_get_var(query, strlen(query), "wait", wait, sizeof(wait));
	}
	until = in_seconds((int)strtol(wait, NULL, 10));
	pthread_mutex_lock(&c->lock);
	while (
	    !c->is_over && (c->config == NULL || (int)strtol(rev, NULL, 10) == c->rev)) {
		if (pthread_cond_timedwait(&c->changed, &c->lock, &until) == ETIMEDOUT)
			break;
	}
	if (!c->is_over && c->config != NULL && (int)strtol(rev, NULL, 10) != c->rev) {
		json_t *doc = json_make("{s:o, s:O}", "rev", json_sprintf("%d", c->rev),
		    "config", c->config);
		struct buf b;

		buf_init(&b, 0);
		json_write(doc, &b);
		text = strdup(buf_text(&b));
		buf_done(&b);
		json_decref(doc);
	}
	pthread_mutex_unlock(&c->lock);
	if (text != NULL)
		mg_printf(conn,
		    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
		    "Content-Length: %zu\r\n\r\n%s",
		    strlen(text), text);
	else
		mg_printf(conn, "HTTP/1.1 304 Not Modified\r\n\r\n");
	free(text);
	return 304;
}

static int
on_status(struct mg_connection *conn, void *arg)
{
	struct fake_control *c = arg;
	struct buf b;
	char chunk[4096];
	struct err err;
	json_t *doc;
	int n;

	buf_init(&b, STATUS_LIMIT);
	while ((n = mg_read(conn, chunk, sizeof(chunk))) > 0)
		buf_add(&b, chunk, (size_t)n);
	if (json_read(buf_text(&b), b.len, &doc, &err) == 0) {
		pthread_mutex_lock(&c->lock);
		json_decref(c->status);
		c->status = doc;
		pthread_cond_broadcast(&c->changed);
		pthread_mutex_unlock(&c->lock);
	}
	buf_done(&b);
	mg_printf(conn, "HTTP/1.1 204 No Content\r\n\r\n");
	return 204;
}

struct fake_control *
fake_control_start(void)
{
	static const char *options[] = { "listening_ports", "127.0.0.1:0", "num_threads",
		"4", NULL };
	struct fake_control *c = calloc(1, sizeof(*c));
	struct mg_server_port port;

	assert_non_null(c);
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->changed, NULL);
	c->web = mg_start(NULL, NULL, options);
	assert_non_null(c->web);
	assert_int_equal(mg_get_server_ports(c->web, 1, &port), 1);
	c->port = port.port;
	mg_set_request_handler(c->web, "/_internal/container/config", on_config, c);
	mg_set_request_handler(c->web, "/_internal/container/status", on_status, c);
	return c;
}

void
fake_control_stop(struct fake_control *c)
{
	pthread_mutex_lock(&c->lock);
	c->is_over = 1;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	mg_stop(c->web);
	json_decref(c->config);
	json_decref(c->status);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->changed);
	free(c);
}

int
fake_control_port(const struct fake_control *c)
{
	return c->port;
}

void
fake_control_set(struct fake_control *c, json_t *config)
{
	pthread_mutex_lock(&c->lock);
	json_decref(c->config);
	c->config = config;
	c->rev++;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

int
fake_control_wait(struct fake_control *c,
    int (*ok)(const void *arg, const json_t *status), const void *arg)
{
	struct timespec until = in_seconds(WAIT_S);
	char rev[32];
	int rc = 0, good = 0;

	pthread_mutex_lock(&c->lock);
	snprintf(rev, sizeof(rev), "%d", c->rev);
	while (rc == 0) {
		good = c->status != NULL &&
		    (strcmp(json_str_or(c->status, "rev", ""), rev) == 0 ||
			strcmp(json_str_or(c->status, "rejected_rev", ""), rev) == 0) &&
		    ok(arg, c->status);
		if (good)
			break;
		rc = pthread_cond_timedwait(&c->changed, &c->lock, &until);
	}
	pthread_mutex_unlock(&c->lock);
	return good;
}

struct expected {
	const char *kind, *id, *state;
	long pid;
};

static int
is_expected(const void *arg, const json_t *status)
{
	const struct expected *e = arg;
	const json_t *one = json_get(json_get(status, e->kind), e->id);

	return strcmp(json_str_or(one, "state", ""), e->state) == 0 &&
	    json_int(one, "pid", 0) == e->pid;
}

int
fake_control_wait_state(struct fake_control *c, const char *kind, const char *id,
    const char *state, long pid)
{
	struct expected e = { kind, id, state, pid };

	return fake_control_wait(c, is_expected, &e);
}

json_t *
fake_control_status(struct fake_control *c)
{
	json_t *copy;

	pthread_mutex_lock(&c->lock);
	copy = c->status != NULL ? json_copy_deep(c->status) : json_new_object();
	pthread_mutex_unlock(&c->lock);
	return copy;
}

/* SIMFRA_BUILD is set by tests/run; by hand, it is the folder of the build. */
pid_t
netd_start(const struct fake_control *c, const char *log)
{
	const char *build = getenv("SIMFRA_BUILD");
	char endpoint[64], program[512];
	pid_t pid;
	int fd;

	snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%d", c->port);
	snprintf(program, sizeof(program), "%s/simfra-netd", build != NULL ? build : ".");
	pid = fork();
	assert_true(pid >= 0);
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd >= 0)
		dup2(fd, 2);
	setenv("SIMFRA_ENDPOINT", endpoint, 1);
	setenv("SIMFRA_AGENT_TOKEN", "nettest", 1);
	execl(program, "simfra-netd", (char *)NULL);
	fatal("%s: %s", program, strerror(errno));
}

void
netd_kill(pid_t pid, int sig)
{
	int status;

	kill(pid, sig);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (sig == SIGTERM && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		fail_msg("netd ended with status %d", status);
}

void
add_open_rules(json_t *c, int n_vpcs)
{
	json_t *table = json_make("{s:s, s:[{s:s, s:s}, {s:s, s:s, s:s}]}", "id", "rtb-1",
	    "routes", "to", "10.0.0.0/16", "kind", "local", "to", "0.0.0.0/0", "kind",
	    "internet", "id", "igw-1");
	json_t *entry = json_make("[{s:i, s:b, s:i, s:s}]", "number", 100, "allow", 1,
	    "protocol", -1, "cidr", "0.0.0.0/0");
	json_t *acl = json_make("{s:s, s:O, s:o}", "id", "acl-1", "ingress", entry,
	    "egress", entry);

	json_set(c, "tables", json_make("[o]", table));
	json_set(c, "acls", json_make("[o]", acl));
	for (int i = 0; i < n_vpcs; i++) {
		json_t *rule = json_make("[{s:s, s:i, s:s}]", "id", "sgr-1", "protocol",
		    -1, "cidr", "0.0.0.0/0");
		json_t *g = json_make("{s:O, s:o}", "ingress", rule, "egress", rule);

		json_set_fmt(g, "id", "sg-%d", i);
		json_set_fmt(g, "vpc", "vpc-%d", i);
		json_add(json_need_array(c, "groups"), g);
	}
}
