#include "agents/init/control.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agents/init/describe.h"
#include "agents/init/spawn.h"
#include "base/cc.h"
#include "base/clock.h"

enum { IDLE_MS = 5000, SHUTDOWN_MAX_MS = 24 * 3600 * 1000 };

struct request {
	struct control *control;
	struct control_client *client;
	const char *flags;
	char **args; /* ends with NULL */
};

struct verb {
	const char *name;
	void (*run)(struct request *r, const struct verb *v);
	int arg;
};

enum {
	DO_START,
	DO_STOP,
	DO_RESTART,
	DO_TRY_RESTART,
	DO_RELOAD,
	DO_RELOAD_OR_RESTART,
	DO_TRY_RELOAD
};

static void
hang_up(struct control_client *c)
{
	close(c->fd);
	memset(c, 0, sizeof(*c));
	c->fd = -1;
}

PRINTF(3, 4)
static void
reply(struct control_client *c, char kind, const char *fmt, ...)
{
	char text[CONTROL_REPLY_MAX];
	va_list ap;
	int n;

	if (c->fd < 0)
		return;
	text[0] = kind;
	va_start(ap, fmt);
	n = vsnprintf(text + 1, sizeof(text) - 1, fmt, ap);
	va_end(ap);
	if (n < 0 || n >= (int)sizeof(text) - 1)
		n = (int)sizeof(text) - 2;
	if (send(c->fd, text, (size_t)n + 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		hang_up(c);
}

static void
end_if_done(struct control_client *c)
{
	if (c->fd < 0 || c->n_waits > 0 || c->busy)
		return;
	reply(c, 'x', "%d", c->code);
	if (c->fd >= 0)
		hang_up(c);
}

static void
complain(struct control_client *c, struct unit *u, enum job_result result)
{
	char text[512];

	if (result == RESULT_DEPENDENCY)
		snprintf(text, sizeof(text), "A dependency job for %s failed.\n",
		    u->name);
	else if (result == RESULT_CANCELED)
		snprintf(text, sizeof(text), "Job for %s canceled.\n", u->name);
	else
		snprintf(text, sizeof(text), "Job for %s failed (%s).\n", u->name,
		    u->result);
	reply(c, '2', "%s", text);
	if (result == RESULT_FAILED)
		reply(c, '2',
		    "See \"systemctl status %s\" and \"journalctl -u %s\" for details.\n",
		    u->name, u->name);
	c->code = 1;
}

static void
on_job(void *arg, struct unit *u, enum job_result result)
{
	struct control *control = arg;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *c = &control->clients[i];
		size_t k = 0;

		while (c->fd >= 0 && k < c->n_waits && c->waits[k] != u)
			k++;
		if (c->fd < 0 || k == c->n_waits)
			continue;
		c->waits[k] = c->waits[--c->n_waits];
		if (result == RESULT_FAILED || result == RESULT_DEPENDENCY ||
		    result == RESULT_CANCELED)
			complain(c, u, result);
		end_if_done(c);
	}
}

static void
refused(struct request *r, const char *verb, const char *name, const struct unit *u,
    const char *why)
{
	struct control_client *c = r->client;
	char text[256];

	c->code = 1;
	if (u == NULL && r->control->manager->n_units == UNITS_MAX) {
		snprintf(text, sizeof(text), "Unit %s not found, or one unit too many.",
		    name);
	} else if (u == NULL) {
		c->code = 5;
		snprintf(text, sizeof(text),
		    strcmp(verb, "stop") == 0 ? "Unit %s not loaded." :
						"Unit %s not found.",
		    name);
	} else if (strcmp(why, "masked") == 0) {
		snprintf(text, sizeof(text), "Unit %s is masked.", name);
	} else if (strcmp(why, "bad") == 0) {
		snprintf(text, sizeof(text), "Unit %s has a bad setting: %s.", name,
		    u->load_why);
	} else if (strcmp(why, "kind") == 0) {
		snprintf(text, sizeof(text), "%s units are not emulated.",
		    unit_name_type(name));
	} else if (strcmp(why, "dependency") == 0) {
		snprintf(text, sizeof(text), "a unit that %s requires cannot be started.",
		    name);
	} else if (strcmp(why, "reload") == 0) {
		snprintf(text, sizeof(text),
		    "Job type reload is not applicable for unit %s.", name);
	} else if (strcmp(why, "inactive") == 0) {
		snprintf(text, sizeof(text), "%s is not active, cannot reload.", name);
	} else {
		snprintf(text, sizeof(text), "the machine is shutting down.");
	}
	reply(c, '2', "Failed to %s %s: %s\n", verb, name, text);
}

/* 1 a job is under way, 0 there is nothing to do, -1 refused. */
static int
ask(struct manager *m, struct unit *u, int what, const char **why)
{
	int can_reload = u->conf.commands[CMD_RELOAD] != NULL;
	int reload = what == DO_RELOAD ||
	    (what >= DO_RELOAD_OR_RESTART && can_reload && unit_is_up(u));

	if ((what == DO_TRY_RESTART || what == DO_TRY_RELOAD) && !unit_is_up(u))
		return 0;
	if (reload) {
		if (!unit_is_up(u))
			return *why = "inactive", -1;
		if (u->state == STATE_RELOAD)
			return 1;
		return service_reload(m, u) < 0 ? (*why = "reload", -1) : 1;
	}
	if (job_add(m, u,
		what == DO_START    ? JOB_START :
		    what == DO_STOP ? JOB_STOP :
				      JOB_RESTART,
		why) < 0)
		return -1;
	return 1;
}

static void
do_job(struct request *r, const struct verb *v)
{
	struct manager *m = r->control->manager;
	struct control_client *c = r->client;
	const char *why = "";
	int block = strchr(r->flags, 'n') == NULL;

	for (size_t i = 0; r->args[i] != NULL; i++) {
		const char *name = r->args[i];
		struct unit *u = unit_name_is_valid(name) ? manager_get(m, name) : NULL;
		int asked = u != NULL ? ask(m, u, v->arg, &why) : -1;

		if (asked < 0)
			refused(r, v->name, name, u, why);
		else if (asked > 0 && block)
			c->waits[c->n_waits++] = u;
	}
	/* Units that finish at once are heard of in here; the answer is for the end. */
	c->busy = 1;
	job_run(m);
	c->busy = 0;
	end_if_done(c);
}

static void
do_show(struct request *r, const struct verb *v UNUSED)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct buf *b = buf_new(a, CONTROL_REPLY_MAX - 64);

	for (size_t i = 0; r->args[i] != NULL && r->client->fd >= 0; i++) {
		struct unit *u = unit_name_is_valid(r->args[i]) ?
		    manager_get(r->control->manager, r->args[i]) :
		    NULL;

		if (i > 0)
			reply(r->client, '1', "\n");
		describe_unit(b, u, r->args[i]);
		reply(r->client, '1', "%s", buf_text(b));
		buf_reset(b);
	}
	end_if_done(r->client);
}

static void
do_list(struct request *r, const struct verb *v UNUSED)
{
	struct manager *m = r->control->manager;

	for (size_t i = 0; i < m->n_units && r->client->fd >= 0; i++) {
		struct unit *u = m->units[i];

		reply(r->client, '1', "%s\t%s\t%s\t%s\t%s\n", u->name, describe_load(u),
		    unit_active(u), unit_sub(u),
		    u->conf.description != NULL ? u->conf.description : u->name);
	}
	end_if_done(r->client);
}

static void
do_reload_all(struct request *r, const struct verb *v UNUSED)
{
	manager_reload(r->control->manager);
	end_if_done(r->client);
}

/* "kill SIGNAL main|all unit…" */
static void
do_kill(struct request *r, const struct verb *v UNUSED)
{
	int sig = r->args[0] != NULL ? signal_parse(r->args[0]) : 0;
	int whole = sig > 0 && r->args[1] != NULL && strcmp(r->args[1], "all") == 0;

	if (sig <= 0 || r->args[1] == NULL) {
		reply(r->client, '2', "Failed to parse signal.\n");
		r->client->code = 1;
	}
	for (size_t i = 2; r->client->code == 0 && r->args[i] != NULL; i++) {
		struct unit *u = manager_find(r->control->manager, r->args[i]);

		if (u == NULL || (!unit_is_up(u) && u->control == 0)) {
			reply(r->client, '2',
			    "Failed to kill unit %s: it is not running.\n", r->args[i]);
			r->client->code = 1;
			break;
		}
		service_kill(u, sig, whole);
	}
	end_if_done(r->client);
}

static void
do_reset_failed(struct request *r, const struct verb *v UNUSED)
{
	struct manager *m = r->control->manager;

	for (size_t i = 0; i < m->n_units; i++) {
		struct unit *u = m->units[i];
		int named = r->args[0] == NULL;

		for (size_t k = 0; r->args[k] != NULL; k++)
			named |= strcmp(r->args[k], u->name) == 0;
		if (!named)
			continue;
		memset(u->starts, 0, sizeof(u->starts));
		if (u->state == STATE_FAILED) {
			u->state = STATE_INACTIVE;
			u->result = "success";
		}
	}
	end_if_done(r->client);
}

/* set-environment A=b, unset-environment A, show-environment */
static void
do_env(struct request *r, const struct verb *v)
{
	struct manager *m = r->control->manager;
	struct arena *fresh = arena_new();
	struct words env = { NULL, 0 };

	for (size_t i = 0; v->arg == 0 && i < m->env.n; i++)
		reply(r->client, '1', "%s\n", m->env.v[i]);
	/* Copied as a whole each time, so that changing it for ever does not grow. */
	for (size_t i = 0; i < m->env.n; i++)
		words_add(fresh, &env, arena_strdup(fresh, m->env.v[i]));
	for (size_t i = 0; v->arg != 0 && r->args[i] != NULL; i++) {
		if (v->arg == 1 && strchr(r->args[i], '=') != NULL &&
		    r->args[i][0] != '=')
			words_set_env(fresh, &env, arena_strdup(fresh, r->args[i]));
		else if (v->arg == 2)
			words_unset_env(&env, r->args[i]);
		else
			r->client->code = 1;
	}
	arena_free(m->arena);
	m->arena = fresh;
	m->env = env;
	end_if_done(r->client);
}

static void
do_power(struct request *r, const struct verb *v)
{
	long delay = r->args[0] != NULL ? strtol(r->args[0], NULL, 10) : 0;

	if (delay < 0 || delay > SHUTDOWN_MAX_MS) {
		reply(r->client, '2', "The time is out of range.\n");
		r->client->code = 1;
	} else {
		r->control->power = (enum control_power)v->arg;
		r->control->power_at = clock_monotonic_ms() + delay;
	}
	end_if_done(r->client);
}

static const struct verb verbs[] = {
	{ "start", do_job, DO_START },
	{ "stop", do_job, DO_STOP },
	{ "restart", do_job, DO_RESTART },
	{ "try-restart", do_job, DO_TRY_RESTART },
	{ "reload", do_job, DO_RELOAD },
	{ "reload-or-restart", do_job, DO_RELOAD_OR_RESTART },
	{ "try-reload-or-restart", do_job, DO_TRY_RELOAD },
	{ "show", do_show, 0 },
	{ "list", do_list, 0 },
	{ "daemon-reload", do_reload_all, 0 },
	{ "kill", do_kill, 0 },
	{ "reset-failed", do_reset_failed, 0 },
	{ "show-environment", do_env, 0 },
	{ "set-environment", do_env, 1 },
	{ "unset-environment", do_env, 2 },
	{ "cancel-shutdown", do_power, POWER_NONE },
	{ "poweroff", do_power, POWER_OFF },
	{ "halt", do_power, POWER_OFF },
	{ "reboot", do_power, POWER_REBOOT },
};

static void
serve(struct control *control, struct control_client *c)
{
	char text[CONTROL_REQUEST_MAX + 1], *args[CONTROL_ARGS_MAX];
	ssize_t n = recv(c->fd, text, sizeof(text), MSG_DONTWAIT | MSG_TRUNC);
	struct request r = { .control = control, .client = c };
	size_t n_args = 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || n > CONTROL_REQUEST_MAX || text[n - 1] != '\0' || c->verb != NULL) {
		hang_up(c);
		return;
	}
	for (char *p = text; p < text + n && n_args < CONTROL_ARGS_MAX - 1;
	     p += strlen(p) + 1)
		args[n_args++] = p;
	args[n_args] = NULL;
	r.flags = n_args > 1 ? args[1] : "";
	r.args = args + (n_args > 1 ? 2 : n_args);
	for (size_t i = 0; i < COUNT(verbs); i++) {
		if (strcmp(verbs[i].name, args[0]) == 0) {
			c->verb = verbs[i].name;
			verbs[i].run(&r, &verbs[i]);
			return;
		}
	}
	hang_up(c);
}

static int
open_socket(const char *path, int type, mode_t mode)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t old = umask(0777 & ~mode);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	unlink(path);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		close(fd);
		fd = -1;
	}
	umask(old);
	return fd;
}

int
control_open(struct control *c, struct manager *m)
{
	int on = 1;

	memset(c, 0, sizeof(*c));
	c->manager = m;
	m->on_job = on_job;
	m->arg = c;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		c->clients[i].fd = -1;
	c->listener = open_socket(CONTROL_SOCKET, SOCK_SEQPACKET, 0600);
	/* Services of any user report here; the kernel says who they are. */
	c->notify = open_socket(SPAWN_NOTIFY_SOCKET, SOCK_DGRAM, 0666);
	if (c->notify >= 0)
		setsockopt(c->notify, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	return c->listener >= 0 && listen(c->listener, 16) == 0 && c->notify >= 0 ? 0 :
										    -1;
}

size_t
control_poll(const struct control *c, struct pollfd *p)
{
	p[0] = (struct pollfd){ .fd = c->listener, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = c->notify, .events = POLLIN };
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		p[2 + i] = (struct pollfd){ .fd = c->clients[i].fd, .events = POLLIN };
	return 2 + CONTROL_CLIENTS;
}

/* When all places are taken, one that has not even asked yet makes room. */
static void
greet(struct control *c)
{
	int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int64_t now = clock_monotonic_ms();
	size_t i = 0;

	if (fd < 0)
		return;
	for (size_t k = 0; k < CONTROL_CLIENTS; k++) {
		struct control_client *o = &c->clients[k];

		if (o->fd >= 0 && o->verb == NULL && now - o->since > IDLE_MS)
			hang_up(o);
	}
	while (i < CONTROL_CLIENTS && c->clients[i].fd >= 0)
		i++;
	if (i == CONTROL_CLIENTS) {
		close(fd);
		return;
	}
	memset(&c->clients[i], 0, sizeof(c->clients[i]));
	c->clients[i].fd = fd;
	c->clients[i].since = now;
}

static void
hear(struct control *c)
{
	char text[4096],
	    aux[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(64 * sizeof(int))];
	struct iovec iov = { text, sizeof(text) - 1 };
	struct msghdr h = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = aux,
		.msg_controllen = sizeof(aux) };
	ssize_t n = recvmsg(c->notify, &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct ucred who = { .pid = 0 };

	if (n < 0)
		return;
	for (struct cmsghdr *m = CMSG_FIRSTHDR(&h); m != NULL; m = CMSG_NXTHDR(&h, m)) {
		if (m->cmsg_level != SOL_SOCKET)
			continue;
		if (m->cmsg_type == SCM_CREDENTIALS &&
		    m->cmsg_len >= CMSG_LEN(sizeof(who)))
			memcpy(&who, CMSG_DATA(m), sizeof(who));
		/* A barrier, or somebody's gift: let go of it. */
		for (size_t i = 0; m->cmsg_type == SCM_RIGHTS &&
		     CMSG_LEN((i + 1) * sizeof(int)) <= m->cmsg_len;
		     i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(m) + i * sizeof(int), sizeof(fd));
			close(fd);
		}
	}
	text[n] = '\0';
	if (who.pid > 0)
		service_notify(c->manager, who.pid, text);
}

void
control_serve(struct control *c, const struct pollfd *p, size_t n)
{
	if (p[0].revents != 0)
		greet(c);
	if (p[1].revents != 0)
		hear(c);
	for (size_t i = 2; i < n; i++) {
		struct control_client *client = &c->clients[i - 2];

		if (p[i].revents == 0 || client->fd != p[i].fd)
			continue;
		serve(c, client);
	}
}
