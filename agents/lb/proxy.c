#include "agents/lb/proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"

enum {
	AGAIN_MS = 500,
	SETTLE_MS = 20,
	LOST_AFTER = 150,
	ANSWER_MAX = 8 << 20,
	SAID_MAX = 1000,
	ASK_S = 2,
	PATH_MOST = 100
};

struct proxy {
	uv_loop_t *loop;
	struct proxy_options o;
	char file[PATH_MOST], aside[PATH_MOST], state[PATH_MOST], sock[PATH_MOST];
	uv_process_t check, master;
	uv_pipe_t said; /* what the check writes */
	uv_timer_t again, settle;
	struct buf why;
	char chunk[1024];
	int is_busy, runs, closing, said_open, checked, status;
	long before; /* the process that answered before a reload */
	unsigned looks;
};

static const char state_head[] =
    "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight "
    "srv_iweight srv_time_since_last_change srv_check_status srv_check_result "
    "srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id "
    "srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr "
    "srv_agent_port\n";

static int
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t n = strlen(text);
	int rc = -1;

	if (fd < 0)
		return -1;
	while (n > 0) {
		ssize_t k = write(fd, text, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			break;
		text += k;
		n -= (size_t)k;
	}
	rc = n == 0 ? 0 : -1;
	return close(fd) == 0 ? rc : -1;
}

/* Ask */

static int
connect_to(const char *path)
{
	const struct timeval limit = { .tv_sec = ASK_S };
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	close(fd);
	return -1;
}

const char *
proxy_ask(const struct proxy *p, struct arena *a, const char *command)
{
	struct buf *b = buf_new(a, ANSWER_MAX);
	int fd = p->runs ? connect_to(p->sock) : -1;
	char chunk[4096];
	ssize_t n;

	if (fd < 0)
		return NULL;
	if (send(fd, command, strlen(command), MSG_NOSIGNAL) < 0 ||
	    send(fd, "\n", 1, MSG_NOSIGNAL) < 0) {
		close(fd);
		return NULL;
	}
	while ((n = recv(fd, chunk, sizeof(chunk), 0)) > 0)
		buf_add(b, chunk, (size_t)n);
	close(fd);
	return n < 0 || buf_is_full(b) ? NULL : buf_text(b);
}

/* The master */

static void start(struct proxy *p);

static void
on_again(uv_timer_t *timer)
{
	start(timer->data);
}

static void
on_master_closed(uv_handle_t *handle)
{
	struct proxy *p = handle->data;

	p->runs = 0;
	if (!p->closing)
		uv_timer_start(&p->again, on_again, AGAIN_MS, 0);
}

static void
on_master_exit(uv_process_t *process, int64_t status, int signal)
{
	struct proxy *p = process->data;

	if (!p->closing) {
		log_warn("lb", "haproxy ended (%lld, signal %d)", (long long)status,
		    signal);
		p->o.ended(p->o.arg);
	}
	uv_close((uv_handle_t *)process, on_master_closed);
}

static void
start(struct proxy *p)
{
	char *argv[] = { (char *)(uintptr_t)p->o.program, (char[]){ "-W" },
		(char[]){ "-f" }, p->file, NULL };
	uv_stdio_container_t stdio[] = { { .flags = UV_IGNORE },
		{ .flags = UV_INHERIT_FD, .data.fd = 1 },
		{ .flags = UV_INHERIT_FD, .data.fd = 2 } };
	const uv_process_options_t options = { .exit_cb = on_master_exit,
		.file = p->o.program,
		.args = argv,
		.stdio = stdio,
		.stdio_count = 3 };
	int rc;

	if (p->runs || p->closing)
		return;
	rc = uv_spawn(p->loop, &p->master, &options);
	p->master.data = p;
	p->runs = 1;
	if (rc != 0) {
		log_err("lb", "cannot start haproxy: %s", uv_strerror(rc));
		uv_close((uv_handle_t *)&p->master, on_master_closed);
	}
}

/* What the servers are now, and that the new ones are not known yet, for the next process. */
static void
keep_state(struct proxy *p)
{
	struct arena *a = arena_new();
	const char *now = proxy_ask(p, a, "show servers state"),
		   *fresh = p->o.fresh(p->o.arg, a);
	struct buf *b = buf_new(a, ANSWER_MAX);
	char *save, *line, *lines = arena_strdup(a, fresh);
	int has_head = now != NULL && strncmp(now, "1\n", 2) == 0;
	size_t n;

	buf_str(b, has_head ? now : state_head);
	/* An empty line ends the answer. */
	while (b->len > 1 && b->data[b->len - 2] == '\n')
		b->data[--b->len] = '\0';
	n = 0;
	for (line = strtok_r(lines, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		char *in, *backend = strtok_r(line, " ", &in),
			  *server = strtok_r(NULL, " ", &in),
			  *address = strtok_r(NULL, " ", &in),
			  *port = strtok_r(NULL, " ", &in);

		if (backend == NULL || server == NULL || address == NULL || port == NULL)
			continue;
		/* Up, and drained by hand (8): it is checked, and gets nothing. */
		buf_printf(b,
		    "%zu %s %zu %s %s 2 8 1 1 0 1 0 1 6 0 0 0 - %s - 0 0 - - 0\n",
		    100000 + n, backend, 100000 + n, server, address, port);
		n++;
	}
	if (write_file(p->state, buf_text(b)) < 0)
		log_warn("lb", "write %s: %s", p->state, strerror(errno));
	arena_free(a);
}

/* The process that answers now; 0: none does. */
static long
pid_of(const struct proxy *p)
{
	struct arena *a = arena_new();
	const char *info = proxy_ask(p, a, "show info"),
		   *at = info != NULL ? strstr(info, "\nPid: ") : NULL;
	long pid = at != NULL ? strtol(at + strlen("\nPid: "), NULL, 10) : 0;

	arena_free(a);
	return pid;
}

/* A signal that comes while the master reads its file would be lost: the next one waits for the new process. */
static void
on_settle(uv_timer_t *timer)
{
	struct proxy *p = timer->data;
	long pid = pid_of(p);

	p->looks++;
	if (pid != 0 && pid != p->before) {
		uv_timer_stop(timer);
		p->is_busy = 0;
		p->o.done(p->o.arg, NULL);
	} else if (p->looks % LOST_AFTER == 0 && p->runs) {
		uv_process_kill(&p->master, SIGUSR2);
	}
}

static void
go(struct proxy *p)
{
	p->before = pid_of(p);
	p->looks = 0;
	keep_state(p);
	if (rename(p->aside, p->file) != 0)
		log_err("lb", "rename %s: %s", p->aside, strerror(errno));
	if (p->runs)
		uv_process_kill(&p->master, SIGUSR2);
	else
		start(p);
	uv_timer_start(&p->settle, on_settle, SETTLE_MS, SETTLE_MS);
}

/* The check */

static void
end_check(struct proxy *p)
{
	if (p->said_open || !p->checked)
		return;
	if (p->closing)
		return;
	if (p->status == 0) {
		go(p);
		return;
	}
	p->is_busy = 0;
	p->o.done(p->o.arg, buf_text(&p->why));
}

static void
on_alloc(uv_handle_t *handle, size_t size UNUSED, uv_buf_t *buf)
{
	struct proxy *p = handle->data;

	*buf = uv_buf_init(p->chunk, sizeof(p->chunk));
}

static void
on_said_closed(uv_handle_t *handle)
{
	struct proxy *p = handle->data;

	p->said_open = 0;
	end_check(p);
}

static void
on_said(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct proxy *p = stream->data;

	if (n > 0)
		buf_add(&p->why, buf->base, (size_t)n);
	else if (n < 0)
		uv_close((uv_handle_t *)stream, on_said_closed);
}

static void
on_check_closed(uv_handle_t *handle)
{
	struct proxy *p = handle->data;

	p->checked = 1;
	end_check(p);
}

static void
on_check_exit(uv_process_t *process, int64_t status, int signal)
{
	struct proxy *p = process->data;

	p->status = status != 0 || signal != 0;
	uv_close((uv_handle_t *)process, on_check_closed);
}

int
proxy_is_busy(const struct proxy *p)
{
	return p->is_busy;
}

int
proxy_runs(const struct proxy *p)
{
	return p->runs;
}

void
proxy_use(struct proxy *p, const char *text)
{
	char *argv[] = { (char *)(uintptr_t)p->o.program, (char[]){ "-q" },
		(char[]){ "-c" }, (char[]){ "-f" }, p->aside, NULL };
	uv_stdio_container_t stdio[] = { { .flags = UV_IGNORE }, { .flags = UV_IGNORE },
		{ .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE } };
	const uv_process_options_t options = { .exit_cb = on_check_exit,
		.file = p->o.program,
		.args = argv,
		.stdio = stdio,
		.stdio_count = 3 };
	int rc;

	buf_reset(&p->why);
	p->is_busy = 1;
	p->checked = 0;
	p->status = 1;
	p->said_open = 1;
	uv_pipe_init(p->loop, &p->said, 0);
	p->said.data = p;
	stdio[2].data.stream = (uv_stream_t *)&p->said;
	if (write_file(p->aside, text) < 0)
		buf_printf(&p->why, "write %s: %s", p->aside, strerror(errno));
	rc = uv_spawn(p->loop, &p->check, &options);
	p->check.data = p;
	if (rc != 0) {
		buf_printf(&p->why, "start haproxy: %s", uv_strerror(rc));
		uv_close((uv_handle_t *)&p->said, on_said_closed);
		uv_close((uv_handle_t *)&p->check, on_check_closed);
		return;
	}
	uv_read_start((uv_stream_t *)&p->said, on_alloc, on_said);
}

struct proxy *
proxy_open(uv_loop_t *loop, const struct proxy_options *options, struct err *err)
{
	struct proxy *p;

	if (mkdir(options->dir, 0700) != 0 && errno != EEXIST) {
		err_errno_fn(err, "mkdir %s", options->dir);
		return NULL;
	}
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		fatal("out of memory");
	p->loop = loop;
	p->o = *options;
	snprintf(p->file, sizeof(p->file), "%s/haproxy.cfg", options->dir);
	snprintf(p->aside, sizeof(p->aside), "%s/haproxy.cfg.new", options->dir);
	snprintf(p->state, sizeof(p->state), "%s/state", options->dir);
	snprintf(p->sock, sizeof(p->sock), "%s/sock", options->dir);
	buf_init(&p->why, SAID_MAX);
	uv_timer_init(loop, &p->again);
	p->again.data = p;
	uv_timer_init(loop, &p->settle);
	p->settle.data = p;
	return p;
}

void
proxy_close(struct proxy *p)
{
	p->closing = 1;
	if (p->runs)
		uv_process_kill(&p->master, SIGTERM);
	uv_close((uv_handle_t *)&p->again, NULL);
	uv_close((uv_handle_t *)&p->settle, NULL);
}
