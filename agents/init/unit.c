#include "agents/init/manager.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

int
unit_is_up(const struct unit *u)
{
	return u->state == STATE_RUNNING || u->state == STATE_EXITED ||
	    u->state == STATE_RELOAD;
}

int
unit_is_settled(const struct unit *u)
{
	return u->control == 0 &&
	    (u->state == STATE_INACTIVE || u->state == STATE_FAILED ||
		u->state == STATE_AUTO_RESTART || u->state == STATE_RUNNING ||
		u->state == STATE_EXITED);
}

int
unit_read(struct unit *u)
{
	struct arena *a = arena_new(), *old = u->arena;

	u->load_why = "";
	u->load = unit_conf_load(a, "", u->name, &u->conf, &u->load_why);
	u->arena = a;
	u->stale = 0;
	u->command = NULL;
	/* The real name, when it was known by an alias. */
	snprintf(u->name, sizeof(u->name), "%s", u->conf.name);
	arena_free(old);
	return (int)u->load;
}

void
unit_free(struct unit *u)
{
	arena_free(u->arena);
	if (u->has_log)
		stream_close(&u->log);
	free(u);
}

static int
is_listed(const struct words *w, int code, int status)
{
	char buf[16];

	for (size_t i = 0; i < w->n; i++) {
		char *end;
		long v = strtol(w->v[i], &end, 10);

		if (*end == '\0' && end != w->v[i]) {
			if (code == CLD_EXITED && v == status)
				return 1;
		} else if (code == CLD_KILLED && strncmp(w->v[i], "SIG", 3) == 0 &&
		    strcmp(w->v[i] + 3, signal_name(status, buf, sizeof(buf))) == 0) {
			return 1;
		}
	}
	return 0;
}

int
unit_is_clean(const struct unit *u, int code, int status)
{
	if (is_listed(&u->conf.success_status, code, status))
		return 1;
	if (code == CLD_EXITED)
		return status == 0;
	return status == SIGTERM || status == SIGHUP || status == SIGINT ||
	    status == SIGPIPE;
}

const char *
unit_result_of(int code)
{
	return code == CLD_EXITED ? "exit-code" : "signal";
}

/* Who is to be signalled: all, or the main process and the command that runs. */
size_t
unit_members(struct unit *u, int whole, pid_t *pids)
{
	size_t n = 0;

	if (whole)
		return proc_members(&u->owner, pids, MEMBERS_MAX);
	if (u->owner.main > 0 && proc_is_alive(u->owner.main))
		pids[n++] = u->owner.main;
	if (u->control > 0)
		pids[n++] = u->control;
	return n;
}

size_t
service_kill(struct unit *u, int sig, int whole)
{
	pid_t pids[MEMBERS_MAX];
	size_t n = unit_members(u, whole, pids);

	for (size_t i = 0; i < n; i++) {
		kill(pids[i], sig);
		if (sig != SIGKILL && sig != SIGCONT)
			kill(pids[i], SIGCONT);
	}
	return n;
}

int
unit_wants_restart(const struct unit *u)
{
	int ok = strcmp(u->result, "success") == 0;

	if (u->main_was != 0 &&
	    is_listed(&u->conf.prevent_status, u->main_code, u->main_status))
		return 0;
	if (u->main_was != 0 &&
	    is_listed(&u->conf.force_status, u->main_code, u->main_status))
		return 1;
	switch (u->conf.restart) {
	case RESTART_NO:
	case RESTART_ON_WATCHDOG:
		return 0;
	case RESTART_ALWAYS:
		return 1;
	case RESTART_ON_SUCCESS:
		return ok;
	case RESTART_ON_FAILURE:
		return !ok;
	case RESTART_ON_ABNORMAL:
		return !ok && strcmp(u->result, "exit-code") != 0;
	case RESTART_ON_ABORT:
		return strcmp(u->result, "signal") == 0;
	}
	return 0;
}

int
unit_is_anyone_left(struct unit *u)
{
	pid_t pids[MEMBERS_MAX];

	switch (u->conf.kill_mode) {
	case KILL_GROUP:
		return unit_members(u, 1, pids) > 0;
	case KILL_MIXED:
		if (unit_members(u, 0, pids) > 0)
			return 1;
		service_kill(u, SIGKILL, 1);
		return 0;
	case KILL_PROCESS:
		return unit_members(u, 0, pids) > 0;
	case KILL_NONE:
		break;
	}
	return 0;
}
