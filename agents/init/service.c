#include "agents/init/manager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agents/init/spawn.h"
#include "base/cc.h"
#include "base/clock.h"

enum { RECHECK_MS = 100, PID_FILE_MS = 20 };

static void phase_done(struct manager *m, struct unit *u);

static int
is_target(const struct unit *u)
{
	return strcmp(unit_name_type(u->name), "target") == 0;
}

static void
enter(struct unit *u, enum unit_state state)
{
	u->state = state;
	u->recheck = 0;
	u->since = time(NULL);
}

static void
set_deadline(struct unit *u, int64_t ms)
{
	u->deadline = ms < 0 ? 0 : clock_monotonic_ms() + ms;
}

static void
set_result(struct unit *u, const char *result)
{
	if (strcmp(u->result, "success") == 0)
		u->result = result;
}

/* Sessions that we made: the oldest place is taken when all are full. */
static void
remember_session(struct unit *u, pid_t pid)
{
	memmove(&u->owner.sessions[1], &u->owner.sessions[0],
	    (PROC_SESSIONS - 1) * sizeof(u->owner.sessions[0]));
	u->owner.sessions[0] = pid;
}

static pid_t
run(struct manager *m, struct unit *u, const struct unit_command *c)
{
	struct spawn s = { .conf = &u->conf,
		.command = c,
		.env = &m->env,
		.invocation = u->owner.invocation,
		.main_pid = u->owner.main,
		.result = u->state >= STATE_STOP ? u->result : NULL,
		.output = u->log.w };
	pid_t pid;

	if (!u->has_log || (pid = spawn_command(&s)) < 0)
		return -1;
	remember_session(u, pid);
	u->ignore_failure = c->ignore_failure;
	return pid;
}

static void
say(struct manager *m, const struct unit *u, const char *what)
{
	console_line(m->console, "simfra-init: %s: %s", u->name, what);
}

/* The end of a life: what becomes of the unit and of who waits for it. */
static void
stopped(struct manager *m, struct unit *u)
{
	int ok = strcmp(u->result, "success") == 0;

	enter(u, ok ? STATE_INACTIVE : STATE_FAILED);
	u->deadline = 0;
	u->owner.main = 0;
	if (u->waiting && m->on_job != NULL)
		m->on_job(m->arg, u, RESULT_FAILED);
	u->waiting = 0;
	if (!ok) {
		char text[64];

		snprintf(text, sizeof(text), "failed (%s)", u->result);
		say(m, u, text);
	}
	if (u->job_running && u->job != JOB_STOP && !u->start_failed) {
		service_start(m, u);
		return;
	}
	if (!u->stop_asked && !m->stopping && unit_wants_restart(u)) {
		enter(u, STATE_AUTO_RESTART);
		set_deadline(u, u->conf.restart_ms);
	}
	if (u->job_running)
		job_finish(m, u, u->job == JOB_STOP ? RESULT_DONE : RESULT_FAILED);
}

static void
commands(struct manager *m, struct unit *u, enum unit_state state,
    enum unit_command_kind kind)
{
	enter(u, state);
	u->command = u->conf.commands[kind];
	phase_done(m, u);
}

static void
check_stopping(struct manager *m, struct unit *u)
{
	if (unit_is_anyone_left(u)) {
		u->recheck = clock_monotonic_ms() + RECHECK_MS;
		return;
	}
	u->control = 0;
	set_deadline(u, u->conf.stop_timeout_ms);
	commands(m, u, STATE_STOP_POST, CMD_STOP_POST);
}

static void
terminate(struct manager *m, struct unit *u, enum unit_state state)
{
	int sig = state == STATE_STOP_KILL ? SIGKILL : u->conf.kill_signal;
	int whole = u->conf.kill_mode == KILL_GROUP ||
	    (u->conf.kill_mode == KILL_MIXED && state == STATE_STOP_KILL);

	enter(u, state);
	set_deadline(u, u->conf.stop_timeout_ms);
	if (u->conf.kill_mode != KILL_NONE)
		service_kill(u, sig, whole);
	if (u->conf.send_sighup && state == STATE_STOP_TERM)
		service_kill(u, SIGHUP, whole);
	check_stopping(m, u);
}

static void
fail(struct manager *m, struct unit *u, const char *result)
{
	set_result(u, result);
	if (u->state < STATE_RUNNING)
		u->start_failed = 1;
	terminate(m, u, STATE_STOP_TERM);
}

/* The main process is gone while the unit was up. */
static void
main_gone(struct manager *m, struct unit *u)
{
	int ok = u->main_was == 0 || unit_is_clean(u, u->main_code, u->main_status);

	if (!ok)
		set_result(u, unit_result_of(u->main_code));
	if (ok && u->conf.remain_after_exit) {
		enter(u, STATE_EXITED);
		return;
	}
	set_deadline(u, u->conf.stop_timeout_ms);
	commands(m, u, STATE_STOP, CMD_STOP);
}

static void
up(struct manager *m, struct unit *u)
{
	pid_t pid;

	u->deadline = 0;
	enter(u, STATE_RUNNING);
	/* A daemon that nobody sees any more is done, or gone. */
	if (u->owner.main == 0 && u->conf.type != TYPE_ONESHOT &&
	    proc_members(&u->owner, &pid, 1) == 0)
		u->main_dead = 1;
	if (u->main_dead && u->main_was != 0 &&
	    !unit_is_clean(u, u->main_code, u->main_status))
		u->start_failed = 1;
	else if (u->job_running && u->job != JOB_STOP)
		job_finish(m, u, RESULT_DONE);
	if (u->conf.type == TYPE_ONESHOT || u->main_dead)
		main_gone(m, u);
}

/* Type=forking: the daemon is up when its starter has ended and its PID file is there. */
static void
find_main(struct manager *m, struct unit *u)
{
	pid_t pid;

	if (u->conf.pid_file == NULL) {
		u->owner.main = u->conf.guess_main_pid ? proc_guess_main(&u->owner) : 0;
		commands(m, u, STATE_POST, CMD_START_POST);
		return;
	}
	u->owner.main = proc_pid_file(u->conf.pid_file);
	if (u->owner.main > 0)
		commands(m, u, STATE_POST, CMD_START_POST);
	else if (proc_members(&u->owner, &pid, 1) == 0)
		fail(m, u, "protocol");
	else
		u->recheck = clock_monotonic_ms() + PID_FILE_MS;
}

static void
start_main(struct manager *m, struct unit *u)
{
	const struct unit_command *c = u->conf.commands[CMD_START];
	pid_t pid;

	enter(u, STATE_START);
	u->command = c;
	if (c == NULL || u->conf.type == TYPE_ONESHOT || u->conf.type == TYPE_FORKING) {
		phase_done(m, u);
		return;
	}
	u->command = NULL;
	pid = run(m, u, c);
	if (pid < 0) {
		fail(m, u, "resources");
		return;
	}
	u->owner.main = u->main_was = pid;
	if (u->conf.type != TYPE_NOTIFY)
		commands(m, u, STATE_POST, CMD_START_POST);
}

static void
reloaded(struct manager *m, struct unit *u)
{
	u->deadline = 0;
	enter(u, STATE_RUNNING);
	if (u->waiting && m->on_job != NULL)
		m->on_job(m->arg, u, u->reload_failed ? RESULT_FAILED : RESULT_DONE);
	u->waiting = 0;
	if (u->main_dead)
		main_gone(m, u);
}

/* The next command of this phase, or the next phase. */
static void
phase_done(struct manager *m, struct unit *u)
{
	const struct unit_command *c = u->command;

	if (c != NULL) {
		u->command = c->next;
		u->control = run(m, u, c);
		if (u->control < 0) {
			u->control = 0;
			fail(m, u, "resources");
		}
		return;
	}
	switch (u->state) {
	case STATE_CONDITION:
		commands(m, u, STATE_PRE, CMD_START_PRE);
		break;
	case STATE_PRE:
		start_main(m, u);
		break;
	case STATE_START:
		commands(m, u, STATE_POST, CMD_START_POST);
		break;
	case STATE_POST:
		up(m, u);
		break;
	case STATE_RELOAD:
		reloaded(m, u);
		break;
	case STATE_STOP:
		terminate(m, u, STATE_STOP_TERM);
		break;
	case STATE_STOP_POST:
		stopped(m, u);
		break;
	case STATE_INACTIVE:
	case STATE_RUNNING:
	case STATE_EXITED:
	case STATE_STOP_TERM:
	case STATE_STOP_KILL:
	case STATE_FAILED:
	case STATE_AUTO_RESTART:
		break;
	}
}

/* 1: no more starts for now. */
static int
is_start_limit_hit(struct unit *u)
{
	int64_t now = clock_monotonic_ms(), burst = u->conf.start_limit_burst;
	size_t n = 0;

	for (size_t i = 0; i < UNIT_STARTS; i++)
		n += u->starts[i] != 0 && now - u->starts[i] < u->conf.start_limit_ms;
	if (burst > 0 && u->conf.start_limit_ms > 0 &&
	    n >= (size_t)(burst < UNIT_STARTS ? burst : UNIT_STARTS))
		return 1;
	memmove(&u->starts[1], &u->starts[0], (UNIT_STARTS - 1) * sizeof(u->starts[0]));
	u->starts[0] = now;
	return 0;
}

/* A start that ends before it began. */
static void
refuse(struct manager *m, struct unit *u, const char *result, enum job_result job)
{
	u->deadline = 0;
	if (job == RESULT_SKIPPED) {
		enter(u, STATE_INACTIVE);
	} else {
		u->result = result;
		enter(u, STATE_FAILED);
		say(m, u, result);
	}
	if (u->job != JOB_NONE)
		job_finish(m, u, job);
}

static void
open_log(struct manager *m, struct unit *u)
{
	char path[sizeof(u->log.path)], name[sizeof(u->log.name)];
	size_t len = strlen(u->name);

	if (u->has_log)
		return;
	mkdir("/var/log/simfra", 0750);
	snprintf(path, sizeof(path), "/var/log/simfra/%s.log", u->name);
	snprintf(name, sizeof(name), "%.*s", (int)(len > 8 ? len - 8 : len), u->name);
	u->has_log = stream_open(&u->log, m->console, STREAM_JOURNAL, name, path,
			 UNIT_LOG_MAX) == 0;
}

void
service_start(struct manager *m, struct unit *u)
{
	const struct unit_condition *c;
	int ok;

	unit_read(u);
	u->deadline = 0;
	u->start_failed = u->stop_asked = u->main_dead = u->reload_failed = 0;
	if (u->load != UNIT_LOADED) {
		refuse(m, u, "resources", RESULT_FAILED);
		return;
	}
	if (is_target(u)) {
		enter(u, STATE_RUNNING);
		job_finish(m, u, RESULT_DONE);
		return;
	}
	if (is_start_limit_hit(u)) {
		refuse(m, u, "start-limit-hit", RESULT_FAILED);
		return;
	}
	ok = unit_conditions(&u->conf, &c);
	if (ok <= 0) {
		refuse(m, u, "assert", ok == 0 ? RESULT_SKIPPED : RESULT_FAILED);
		return;
	}
	open_log(m, u);
	memset(&u->owner, 0, sizeof(u->owner));
	random_hex(u->owner.invocation, sizeof(u->owner.invocation) - 1);
	u->result = "success";
	u->main_was = 0;
	u->main_code = u->main_status = 0;
	u->status[0] = '\0';
	set_deadline(u, u->conf.start_timeout_ms);
	commands(m, u, STATE_CONDITION, CMD_CONDITION);
}

void
service_stop(struct manager *m, struct unit *u)
{
	u->stop_asked = 1;
	u->deadline = 0;
	if (u->state == STATE_AUTO_RESTART || is_target(u)) {
		stopped(m, u);
	} else if (u->state == STATE_RUNNING || u->state == STATE_EXITED) {
		set_deadline(u, u->conf.stop_timeout_ms);
		commands(m, u, STATE_STOP, CMD_STOP);
	} else if (u->state < STATE_STOP) {
		terminate(m, u, STATE_STOP_TERM);
	} else {
		set_deadline(u, u->conf.stop_timeout_ms); /* It is stopping. */
	}
}

int
service_reload(struct manager *m, struct unit *u)
{
	if (u->conf.commands[CMD_RELOAD] == NULL || u->state != STATE_RUNNING)
		return -1;
	u->reload_failed = 0;
	u->waiting = 1;
	set_deadline(u, u->conf.start_timeout_ms);
	commands(m, u, STATE_RELOAD, CMD_RELOAD);
	return 0;
}

/* A helper command, or a oneshot's or forking's ExecStart. */
static void
control_exited(struct manager *m, struct unit *u, int code, int status)
{
	int is_main = u->state == STATE_START && u->conf.type == TYPE_ONESHOT;
	int ok = (code == CLD_EXITED && status == 0) || u->ignore_failure ||
	    (is_main && unit_is_clean(u, code, status));

	if (is_main) {
		u->main_code = code;
		u->main_status = status;
	}
	if (u->state == STATE_CONDITION && !ok && code == CLD_EXITED && status < 255) {
		refuse(m, u, "exec-condition", RESULT_SKIPPED);
	} else if (u->state <= STATE_POST && !ok) {
		u->main_code = code;
		u->main_status = status;
		fail(m, u, unit_result_of(code));
	} else if (u->state == STATE_START && u->conf.type == TYPE_FORKING) {
		find_main(m, u);
	} else {
		if (u->state == STATE_RELOAD && !ok) {
			u->reload_failed = 1;
			u->command = NULL;
		}
		if ((u->state == STATE_STOP || u->state == STATE_STOP_POST) && !ok)
			set_result(u, unit_result_of(code));
		phase_done(m, u);
	}
}

void
service_exited(struct manager *m, struct unit *u, pid_t pid, int code, int status)
{
	int was_main = pid == u->owner.main;

	if (pid == u->control)
		u->control = 0;
	if (was_main) {
		u->main_was = pid;
		u->owner.main = 0;
		/* A daemon that replaced itself has said so in its file before. */
		if (unit_is_up(u) && u->conf.pid_file != NULL &&
		    (u->owner.main = proc_pid_file(u->conf.pid_file)) > 0) {
			u->main_was = u->owner.main;
			return;
		}
		u->main_dead = 1;
		u->main_code = code;
		u->main_status = status;
	}
	if (u->state == STATE_STOP_TERM || u->state == STATE_STOP_KILL) {
		check_stopping(m, u);
	} else if (!was_main) {
		control_exited(m, u, code, status);
	} else if (u->state == STATE_RUNNING) {
		main_gone(m, u);
	} else if (u->state == STATE_START) {
		fail(m, u,
		    unit_is_clean(u, code, status) ? "protocol" : unit_result_of(code));
	}
	if (u->stale && unit_is_settled(u))
		unit_read(u);
}

static void
timed_out(struct manager *m, struct unit *u)
{
	u->deadline = 0;
	switch (u->state) {
	case STATE_CONDITION:
	case STATE_PRE:
	case STATE_START:
	case STATE_POST:
		fail(m, u, "timeout");
		break;
	case STATE_RELOAD:
		if (u->control > 0)
			kill(u->control, SIGKILL);
		break;
	case STATE_STOP:
		set_result(u, "timeout");
		terminate(m, u, STATE_STOP_TERM);
		break;
	case STATE_STOP_TERM:
		set_result(u, "timeout");
		terminate(m, u, STATE_STOP_KILL);
		break;
	case STATE_STOP_KILL:
		commands(m, u, STATE_STOP_POST, CMD_STOP_POST);
		break;
	case STATE_STOP_POST:
		stopped(m, u);
		break;
	case STATE_AUTO_RESTART:
		u->n_restarts++;
		service_start(m, u);
		break;
	case STATE_INACTIVE:
	case STATE_RUNNING:
	case STATE_EXITED:
	case STATE_FAILED:
		break;
	}
}

void
service_tick(struct manager *m, struct unit *u, int64_t now)
{
	pid_t pid;

	if (u->recheck != 0 && u->recheck <= now) {
		u->recheck = 0;
		if (u->state == STATE_START && u->control == 0)
			find_main(m, u);
		else if (u->state == STATE_STOP_TERM || u->state == STATE_STOP_KILL)
			check_stopping(m, u);
		else if (u->state == STATE_RUNNING && u->owner.main == 0 &&
		    !is_target(u) && proc_members(&u->owner, &pid, 1) == 0)
			main_gone(m, u);
	}
	if (u->deadline != 0 && u->deadline <= now)
		timed_out(m, u);
}

static void
notified(struct manager *m, struct unit *u, const char *line)
{
	pid_t pids[MEMBERS_MAX];

	if (strcmp(line, "READY=1") == 0 && u->state == STATE_START &&
	    u->conf.type == TYPE_NOTIFY) {
		commands(m, u, STATE_POST, CMD_START_POST);
	} else if (strncmp(line, "STATUS=", 7) == 0) {
		snprintf(u->status, sizeof(u->status), "%s", line + 7);
	} else if (strncmp(line, "MAINPID=", 8) == 0) {
		long pid = strtol(line + 8, NULL, 10);
		size_t n = proc_members(&u->owner, pids, MEMBERS_MAX);

		for (size_t i = 0; i < n; i++) {
			if (pids[i] == pid)
				u->owner.main = u->main_was = (pid_t)pid;
		}
	}
}

/* Only processes of the unit speak for it. */
void
service_notify(struct manager *m, pid_t from, char *text)
{
	char *save = NULL;

	for (size_t i = 0; i < m->n_units; i++) {
		struct unit *u = m->units[i];

		if (u->state == STATE_INACTIVE || u->state == STATE_FAILED ||
		    !((u->owner.main > 0 && proc_descends(from, u->owner.main)) ||
			(u->control > 0 && proc_descends(from, u->control))))
			continue;
		for (char *l = strtok_r(text, "\n", &save); l != NULL;
		     l = strtok_r(NULL, "\n", &save))
			notified(m, u, l);
		job_run(m);
		return;
	}
}
