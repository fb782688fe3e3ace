#include "agents/init/manager.h"

#include <dirent.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agents/init/spawn.h"
#include "base/cc.h"
#include "base/clock.h"

static const struct state_words state_words[] = {
	[STATE_INACTIVE] = { "inactive", "dead" },
	[STATE_CONDITION] = { "activating", "condition" },
	[STATE_PRE] = { "activating", "start-pre" },
	[STATE_START] = { "activating", "start" },
	[STATE_POST] = { "activating", "start-post" },
	[STATE_RUNNING] = { "active", "running" },
	[STATE_EXITED] = { "active", "exited" },
	[STATE_RELOAD] = { "reloading", "reload" },
	[STATE_STOP] = { "deactivating", "stop" },
	[STATE_STOP_TERM] = { "deactivating", "stop-sigterm" },
	[STATE_STOP_KILL] = { "deactivating", "stop-sigkill" },
	[STATE_STOP_POST] = { "deactivating", "stop-post" },
	[STATE_FAILED] = { "failed", "failed" },
	[STATE_AUTO_RESTART] = { "activating", "auto-restart" },
};

static const char *const generator_dirs[] = { "/etc/systemd/system-generators",
	"/usr/local/lib/systemd/system-generators", "/usr/lib/systemd/system-generators",
	"/lib/systemd/system-generators" };

enum { GENERATOR_MS = 5000 };

const char *
unit_active(const struct unit *u)
{
	return state_words[u->state].active;
}

const char *
unit_sub(const struct unit *u)
{
	if (strcmp(unit_name_type(u->name), "target") == 0 && unit_is_up(u))
		return "active";
	return state_words[u->state].sub;
}

void
manager_init(struct manager *m, struct console *console, char *const *env)
{
	memset(m, 0, sizeof(*m));
	m->console = console;
	m->arena = arena_new();
	for (; *env != NULL; env++)
		words_set_env(m->arena, &m->env, *env);
}

struct unit *
manager_find(struct manager *m, const char *name)
{
	for (size_t i = 0; i < m->n_units; i++) {
		if (strcmp(m->units[i]->name, name) == 0)
			return m->units[i];
	}
	return NULL;
}

/* A place in the table: a new one, or that of a unit that nobody needs. */
static size_t
find_place(struct manager *m)
{
	if (m->n_units < UNITS_MAX)
		return m->n_units;
	for (size_t i = 0; i < m->n_units; i++) {
		struct unit *u = m->units[i];

		if (u->state == STATE_INACTIVE && u->job == JOB_NONE && u->waiting == 0) {
			unit_free(u);
			return i;
		}
	}
	return UNITS_MAX;
}

struct unit *
manager_get(struct manager *m, const char *name)
{
	struct unit *u = manager_find(m, name), *known;
	size_t i;

	if (u != NULL)
		return u;
	u = calloc(1, sizeof(*u));
	if (u == NULL)
		return NULL;
	snprintf(u->name, sizeof(u->name), "%s", name);
	u->result = "success";
	if (unit_read(u) == UNIT_NOT_FOUND) {
		unit_free(u);
		return NULL;
	}
	known = manager_find(m, u->name);
	i = known == NULL ? find_place(m) : UNITS_MAX;
	if (known != NULL || i == UNITS_MAX) {
		unit_free(u);
		return known;
	}
	m->units[i] = u;
	m->n_units += i == m->n_units;
	return u;
}

/* One after the other, each with a few seconds; PID 1 waits, as systemd does. */
static void
run_generator(const char *path)
{
	char early[] = "/run/systemd/generator.early",
	     normal[] = "/run/systemd/generator", late[] = "/run/systemd/generator.late",
	     env[] = SPAWN_PATH;
	char *name = strdup(path);
	char *argv[] = { name, normal, early, late, NULL }, *envp[] = { env, NULL };
	int64_t end = clock_monotonic_ms() + GENERATOR_MS;
	pid_t pid = fork();
	sigset_t chld;

	if (pid == 0) {
		spawn_reset_signals();
		spawn_exec(path, argv, envp);
		_exit(127);
	}
	free(name);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	while (pid > 0 && waitpid(pid, NULL, WNOHANG) == 0) {
		int64_t left = end - clock_monotonic_ms();
		struct timespec ts = { left / 1000, left % 1000 * 1000000 };

		if (left <= 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			break;
		}
		/* SIGCHLD stays blocked; another child's is looked for again by the main loop. */
		sigtimedwait(&chld, NULL, &ts);
	}
	raise(SIGCHLD);
}

static int
remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED,
    struct FTW *at UNUSED)
{
	remove(path);
	return 0;
}

/* systemd's own generators make mounts and gettys, which there are none of. */
void
manager_generators(void)
{
	static const char *const out[] = { "/run/systemd/generator",
		"/run/systemd/generator.early", "/run/systemd/generator.late" };

	for (size_t i = 0; i < COUNT(out); i++) {
		nftw(out[i], remove_one, 16, FTW_PHYS | FTW_MOUNT | FTW_DEPTH);
		mkdir(out[i], 0755);
	}
	for (size_t i = 0; i < COUNT(generator_dirs); i++) {
		DIR *d = opendir(generator_dirs[i]);
		struct dirent *e;
		char path[512];
		struct stat st;

		/* /lib is /usr/lib on most systems: not twice. */
		if (d != NULL && i == 3 && lstat("/lib", &st) == 0 &&
		    S_ISLNK(st.st_mode)) {
			closedir(d);
			continue;
		}
		for (int n = 0; d != NULL && n < 32 && (e = readdir(d)) != NULL;) {
			if (e->d_name[0] == '.' || strncmp(e->d_name, "systemd-", 8) == 0)
				continue;
			snprintf(path, sizeof(path), "%s/%s", generator_dirs[i],
			    e->d_name);
			if (access(path, X_OK) == 0 && ++n > 0)
				run_generator(path);
		}
		if (d != NULL)
			closedir(d);
	}
}

void
manager_reload(struct manager *m)
{
	manager_generators();
	for (size_t i = 0; i < m->n_units; i++) {
		struct unit *u = m->units[i];

		if (unit_is_settled(u))
			unit_read(u);
		else
			u->stale = 1;
	}
}

int64_t
manager_deadline(const struct manager *m)
{
	int64_t first = -1;

	for (size_t i = 0; i < m->n_units; i++) {
		const int64_t t[] = { m->units[i]->deadline, m->units[i]->recheck };

		for (size_t k = 0; k < COUNT(t); k++) {
			if (t[k] != 0 && (first < 0 || t[k] < first))
				first = t[k];
		}
	}
	return first;
}

void
manager_tick(struct manager *m)
{
	int64_t now = clock_monotonic_ms();

	for (size_t i = 0; i < m->n_units; i++)
		service_tick(m, m->units[i], now);
	job_run(m);
}

void
manager_reaped(struct manager *m, pid_t pid, int status)
{
	int code = WIFEXITED(status) ? CLD_EXITED : CLD_KILLED;
	int value = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);

	for (size_t i = 0; i < m->n_units; i++) {
		struct unit *u = m->units[i];

		if (u->control == pid || u->owner.main == pid)
			service_exited(m, u, pid, code, value);
		else if (u->state == STATE_STOP_TERM || u->state == STATE_STOP_KILL ||
		    (u->state == STATE_RUNNING && u->owner.main == 0))
			u->recheck = clock_monotonic_ms();
	}
}

int
manager_is_down(const struct manager *m)
{
	for (size_t i = 0; i < m->n_units; i++) {
		const struct unit *u = m->units[i];

		if (u->state != STATE_INACTIVE && u->state != STATE_FAILED)
			return 0;
	}
	return 1;
}

void
manager_stop_all(struct manager *m)
{
	const char *why;

	m->stopping = 1;
	for (size_t i = 0; i < m->n_units; i++)
		job_add(m, m->units[i], JOB_STOP, &why);
	job_run(m);
}
