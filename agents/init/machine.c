#include "agents/init/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agents/init/commands.h"
#include "agents/init/console.h"
#include "agents/init/control.h"
#include "agents/init/link.h"
#include "agents/init/manager.h"
#include "agents/init/report.h"
#include "agents/init/resolv.h"
#include "agents/init/trust.h"
#include "agents/init/userdata.h"
#include "agents/init/volume.h"
#include "base/cc.h"
#include "base/clock.h"

/* Together below the ten seconds that Docker waits. */
enum { STOP_UNITS_MS = 5000, STOP_REST_MS = 2000, BOOT_UNITS_MS = 30000, REAP_MAX = 512 };

enum phase { PHASE_BOOT, PHASE_UP, PHASE_STOP_UNITS, PHASE_STOP_REST, PHASE_DOWN };

struct machine {
	const struct config *config;
	struct console console;
	struct manager manager;
	struct control control;
	struct userdata userdata;
	int has_userdata, reported, user_data_failed;
	int signal_fd, watch_fd;
	enum phase phase;
	int64_t phase_end; /* monotonic ms; 0: none */
	int64_t boot_ms;
	int exit_status;
	int more_children;
	char boot_id[40];
};

static int
clean_one(const char *path, const struct stat *st UNUSED, int type, struct FTW *at UNUSED)
{
	if (type != FTW_D && type != FTW_DNR)
		unlink(path);
	return 0;
}

/*
 * A machine's /run is empty when it boots; this one kept its files when the
 * container was stopped, PID files of the last boot among them.  Folders stay, since
 * nothing would make those of the image again.  Mounts are not entered.
 */
static void
clean_run(void)
{
	nftw("/run", clean_one, 16, FTW_PHYS | FTW_MOUNT | FTW_DEPTH);
}

static void
make_dirs(void)
{
	static const char *const dirs[] = { "/run", "/run/simfra", "/run/lock",
		"/run/systemd", "/run/systemd/system", "/var", "/var/log", "/var/lib" };

	for (size_t i = 0; i < COUNT(dirs); i++)
		mkdir(dirs[i], 0755);
}

/* A name is given by who makes the container; without SYS_ADMIN it cannot be changed. */
static void
check_hostname(struct machine *m)
{
	char name[65] = "";

	gethostname(name, sizeof(name) - 1);
	if (m->config->hostname != NULL && strcmp(name, m->config->hostname) != 0)
		console_line(&m->console, "simfra-init: the hostname is %s, not %s", name,
		    m->config->hostname);
}

static void
read_boot_id(struct machine *m)
{
	int fd = open("/proc/sys/kernel/random/uuid", O_RDONLY | O_CLOEXEC);

	/* The kernel makes a new one at each read: one a boot of this machine. */
	if (fd < 0 || read(fd, m->boot_id, 36) != 36)
		random_hex(m->boot_id, 32);
	if (fd >= 0)
		close(fd);
}

static void
start_all(struct machine *m, const struct words *names)
{
	const char *why;

	for (size_t k = 0; k < names->n; k++) {
		struct unit *u = NULL;

		/* Parts of systemd itself have nothing to do without it. */
		if (strncmp(names->v[k], "systemd-", 8) != 0)
			u = manager_get(&m->manager, names->v[k]);
		if (u != NULL && strcmp(unit_name_type(u->name), "service") == 0 &&
		    job_add(&m->manager, u, JOB_START, &why) < 0)
			console_line(&m->console, "simfra-init: %s cannot be started: %s",
			    u->name, why);
	}
}

static void
start_enabled(struct machine *m)
{
	static const char *const targets[] = { "multi-user.target", "graphical.target",
		"default.target" };
	CLEANUP(arena_freep) struct arena *a = arena_new();
	static const char *const reached[] = { "sysinit.target", "basic.target",
		"network.target", "network-online.target", "multi-user.target" };
	struct words names;

	manager_generators();
	for (size_t i = 0; i < COUNT(reached); i++) {
		struct unit *u = manager_get(&m->manager, reached[i]);

		if (u != NULL)
			u->state = STATE_RUNNING;
	}
	for (size_t i = 0; i < COUNT(targets); i++) {
		unit_enabled_in(a, "", targets[i], &names);
		start_all(m, &names);
	}
	unit_enabled_scripts(a, "", &names);
	start_all(m, &names);
	job_run(&m->manager);
}

static int
enter_shutdown(struct machine *m, int status, const char *why)
{
	if (m->phase >= PHASE_STOP_UNITS)
		return 0;
	console_line(&m->console, "simfra-init: %s", why);
	m->exit_status = status;
	m->phase = PHASE_STOP_UNITS;
	m->phase_end = clock_monotonic_ms() + STOP_UNITS_MS;
	manager_stop_all(&m->manager);
	return 1;
}

static int
is_stop_signal(const struct signalfd_siginfo *s)
{
	return s->ssi_signo == SIGTERM || s->ssi_signo == SIGINT ||
	    s->ssi_signo == SIGPWR || (int)s->ssi_signo == MACHINE_SIGRTMIN + 3;
}

/* The signals that systemd and busybox know; from outside our PID namespace the sender is 0. */
static void
take_signal(struct machine *m, const struct signalfd_siginfo *s)
{
	int sig = (int)s->ssi_signo;

	if (sig == SIGCHLD)
		return;
	if (sig == MACHINE_SIGRTMIN + 5 || sig == MACHINE_SIGRTMIN + 15)
		enter_shutdown(m, MACHINE_REBOOT, "reboot was asked for");
	else if (sig == MACHINE_SIGRTMIN + 4 || sig == SIGUSR1 || sig == SIGUSR2 ||
	    (sig == MACHINE_SIGRTMIN + 3 && s->ssi_pid != 0))
		enter_shutdown(m, MACHINE_POWEROFF, "power off was asked for");
	else if (is_stop_signal(s))
		enter_shutdown(m, MACHINE_STOPPED, "stopping");
}

static void
read_signals(struct machine *m)
{
	struct signalfd_siginfo s;

	while (read(m->signal_fd, &s, sizeof(s)) == (ssize_t)sizeof(s))
		take_signal(m, &s);
}

static void
user_data_over(struct machine *m)
{
	static const char *const words[] = { "running", "done", "failed", "none" };

	/* A machine that goes down has nobody left to make its report. */
	if (m->reported || m->userdata.outcome == USERDATA_RUNNING ||
	    m->phase >= PHASE_STOP_UNITS)
		return;
	m->reported = 1;
	if (report_boot(m->boot_id, words[m->userdata.outcome], m->userdata.exit_code) <
	    0)
		console_line(&m->console, "simfra-init: the boot cannot be reported: %s",
		    strerror(errno));
}

/* Some at a time, so that a flood of dying children does not starve the rest. */
static void
reap(struct machine *m)
{
	int status, n;

	for (n = 0; n < REAP_MAX; n++) {
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid <= 0)
			break;
		if (m->has_userdata && pid == m->userdata.pid) {
			userdata_ended(&m->userdata, status);
			user_data_over(m);
		} else {
			manager_reaped(&m->manager, pid, status);
		}
	}
	m->more_children = n == REAP_MAX;
	job_run(&m->manager);
}

static void
start_user_data(struct machine *m)
{
	m->phase = PHASE_UP;
	m->phase_end = 0;
	userdata_start(&m->userdata, m->config, &m->console, m->boot_ms);
	m->has_userdata = 1;
	user_data_over(m);
}

/* What a phase waits for has come, or its time is over. */
static void
advance(struct machine *m)
{
	int64_t now = clock_monotonic_ms();
	int over = m->phase_end != 0 && now >= m->phase_end;

	if (m->control.power != POWER_NONE && now >= m->control.power_at)
		enter_shutdown(m,
		    m->control.power == POWER_REBOOT ? MACHINE_REBOOT : MACHINE_POWEROFF,
		    m->control.power == POWER_REBOOT ? "reboot was asked for" :
						       "power off was asked for");
	if (m->phase == PHASE_BOOT && (over || !job_is_any(&m->manager)))
		start_user_data(m);
	if (m->phase == PHASE_STOP_UNITS && (over || manager_is_down(&m->manager))) {
		m->phase = PHASE_STOP_REST;
		m->phase_end = now + STOP_REST_MS;
		kill(-1, SIGTERM);
		kill(-1, SIGCONT);
		reap(m);
		over = 0;
	}
	if (m->phase == PHASE_STOP_REST && (over || proc_count_others() == 0))
		m->phase = PHASE_DOWN;
}

static int
next_timeout(const struct machine *m)
{
	int64_t now = clock_monotonic_ms(), first = manager_deadline(&m->manager);
	const int64_t others[] = { m->phase_end,
		m->control.power != POWER_NONE ? m->control.power_at : 0 };

	for (size_t i = 0; i < COUNT(others); i++) {
		if (others[i] != 0 && (first < 0 || others[i] < first))
			first = others[i];
	}
	/* Orphans of others than us die without a word to us. */
	if (m->phase == PHASE_STOP_REST && (first < 0 || first > now + 50))
		first = now + 50;
	if (m->more_children)
		return 0;
	if (first < 0)
		return -1;
	return first <= now ? 0 : first - now > 60000 ? 60000 : (int)(first - now);
}

enum {
	POLL_SIGNAL,
	POLL_WATCH,
	POLL_CONSOLE,
	POLL_USERDATA,
	POLL_CONTROL,
	POLL_UNITS = POLL_CONTROL + CONTROL_CLIENTS + 2,
	POLL_MAX = POLL_UNITS + UNITS_MAX
};

static size_t
fill(const struct machine *m, struct pollfd *p)
{
	const struct manager *g = &m->manager;

	p[POLL_SIGNAL] = (struct pollfd){ .fd = m->signal_fd, .events = POLLIN };
	p[POLL_WATCH] = (struct pollfd){ .fd = m->watch_fd, .events = POLLIN };
	p[POLL_CONSOLE] =
	    (struct pollfd){ .fd = m->console.out.len > 0 ? m->console.fd : -1,
		    .events = POLLOUT };
	p[POLL_USERDATA] =
	    (struct pollfd){ .fd = m->has_userdata && m->userdata.has_stream ?
			m->userdata.stream.r :
			-1,
		    .events = POLLIN };
	control_poll(&m->control, &p[POLL_CONTROL]);
	for (size_t i = 0; i < g->n_units; i++)
		p[POLL_UNITS + i] =
		    (struct pollfd){ .fd = g->units[i]->has_log ? g->units[i]->log.r : -1,
			    .events = POLLIN };
	return POLL_UNITS + g->n_units;
}

static void
turn(struct machine *m)
{
	struct pollfd p[POLL_MAX];
	size_t n = fill(m, p), n_units = m->manager.n_units;

	if (poll(p, n, next_timeout(m)) <= 0) {
		for (size_t i = 0; i < n; i++)
			p[i].revents = 0;
	}
	/* Output first: what a program said comes before the news of its end. */
	if (p[POLL_USERDATA].revents != 0)
		stream_read(&m->userdata.stream);
	for (size_t i = 0; i < n_units; i++) {
		if (p[POLL_UNITS + i].revents != 0)
			stream_read(&m->manager.units[i]->log);
	}
	if (p[POLL_CONSOLE].revents != 0)
		console_flush(&m->console);
	if (p[POLL_WATCH].revents != 0)
		commands_changed(m->watch_fd);
	read_signals(m);
	reap(m);
	control_serve(&m->control, &p[POLL_CONTROL], CONTROL_CLIENTS + 2);
	manager_tick(&m->manager);
}

static void
wait_for_network(struct machine *m)
{
	const char *missing = NULL;

	switch (devices_wait(m->config->devices, m->config->wait_ms, m->signal_fd,
	    &missing)) {
	case LINK_READY:
		return;
	case LINK_TIMEOUT:
		console_line(&m->console,
		    "simfra-init: no network on %s after %lld ms, going on without",
		    missing, (long long)m->config->wait_ms);
		return;
	case LINK_SIGNAL:
		read_signals(m);
		return;
	}
}

static int
go_down(struct machine *m)
{
	struct pollfd p = { .fd = m->console.fd, .events = POLLOUT };

	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
	console_line(&m->console,
	    m->exit_status == MACHINE_REBOOT	   ? "simfra-init: reboot" :
		m->exit_status == MACHINE_POWEROFF ? "simfra-init: power down" :
						     "simfra-init: stopped");
	for (int i = 0; i < 10 && m->console.out.len > 0 && poll(&p, 1, 50) > 0; i++)
		console_flush(&m->console);
	return m->exit_status;
}

int
machine_run(const struct config *c, int signal_fd)
{
	static struct machine m; /* large, and there is one */

	m.config = c;
	m.signal_fd = signal_fd;
	m.boot_ms = clock_monotonic_ms();
	console_init(&m.console, STDOUT_FILENO);
	clean_run();
	make_dirs();
	read_boot_id(&m);
	console_line(&m.console, "simfra-init: boot %s of %s", m.boot_id, c->instance_id);
	if (c->n_unknown > 0)
		console_line(&m.console,
		    "simfra-init: %u unknown members in the configuration", c->n_unknown);
	check_hostname(&m);
	if (trust_install("", c->ca_hash) < 0)
		console_line(&m.console,
		    "simfra-init: the local CA is not in the trust store: %s",
		    strerror(errno));
	m.watch_fd = commands_install();
	manager_init(&m.manager, &m.console, c->env);
	if (control_open(&m.control, &m.manager) < 0)
		console_line(&m.console, "simfra-init: no " CONTROL_SOCKET ": %s",
		    strerror(errno));
	m.phase_end = m.boot_ms + BOOT_UNITS_MS;
	wait_for_network(&m);
	resolv_boot();
	volume_boot();
	if (m.phase == PHASE_BOOT) {
		m.phase_end = clock_monotonic_ms() + BOOT_UNITS_MS;
		start_enabled(&m);
	}
	advance(&m);
	while (m.phase != PHASE_DOWN) {
		turn(&m);
		advance(&m);
	}
	return go_down(&m);
}
