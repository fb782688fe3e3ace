/*
 * The units that PID 1 knows, their states, and what is asked of them.
 *
 * A unit is known from the first time somebody names it; its settings are
 * read again whenever it starts and at daemon-reload.  A job is what is wanted
 * of a unit (start, stop, restart); jobs wait for each other as After= and
 * Before= say, so nothing here ever blocks.  service.c is the life of one unit,
 * unit.c what can be
 * said of it, job.c the order among them, manager.c the table.
 *
 * Not emulated: sockets, timers, paths, mounts, slices, scopes, the watchdog,
 * D-Bus.  Starting such a unit fails and says so; as dependencies they count
 * as there.
 */
#ifndef AGENTS_INIT_MANAGER_H
#define AGENTS_INIT_MANAGER_H

#include <stddef.h>
#include <stdint.h>

#include "agents/init/console.h"
#include "agents/init/proc.h"
#include "agents/init/unitload.h"

enum { UNITS_MAX = 192, UNIT_STARTS = 16, UNIT_LOG_MAX = 1 << 20, MEMBERS_MAX = 512 };

enum unit_state {
	STATE_INACTIVE,
	STATE_CONDITION,
	STATE_PRE,
	STATE_START,
	STATE_POST,
	STATE_RUNNING,
	STATE_EXITED,
	STATE_RELOAD,
	STATE_STOP,
	STATE_STOP_TERM,
	STATE_STOP_KILL,
	STATE_STOP_POST,
	STATE_FAILED,
	STATE_AUTO_RESTART,
};

enum unit_job { JOB_NONE, JOB_START, JOB_STOP, JOB_RESTART };
enum job_result {
	RESULT_DONE,
	RESULT_FAILED,
	RESULT_DEPENDENCY,
	RESULT_CANCELED,
	RESULT_SKIPPED
};

struct unit {
	char name[UNIT_NAME_MAX];
	struct arena *arena; /* of conf */
	struct unit_conf conf;
	enum unit_load load;
	const char *load_why;

	enum unit_state state;
	const char *result; /* "success", "exit-code", "signal", "timeout" … */
	const struct unit_command *command; /* that runs, or is next */
	pid_t control;			    /* the helper command that runs */
	struct proc_owner owner;	    /* owner.main: the main process */
	int main_code, main_status;	    /* of waitpid: CLD_EXITED … */
	pid_t main_was;
	int main_dead, reload_failed, start_failed, stop_asked, stale;
	int ignore_failure;	   /* of the control command that runs */
	int64_t deadline, recheck; /* monotonic ms; 0: none */
	int64_t since;		   /* wall clock, seconds */
	int64_t starts[UNIT_STARTS];
	unsigned n_restarts;
	char status[128]; /* what it said by sd_notify */
	struct stream log;
	int has_log;

	enum unit_job job;
	int job_running;
	int waiting; /* somebody waits for its reload */
};

struct manager {
	struct console *console;
	struct arena *arena;
	struct words env; /* of all units */
	struct unit *units[UNITS_MAX];
	size_t n_units;
	int stopping;
	/* Who asked is told. */
	void (*on_job)(void *arg, struct unit *u, enum job_result result);
	void *arg;
};

struct state_words {
	const char *active, *sub;
};

/* manager.c */
void manager_init(struct manager *m, struct console *console, char *const *env);

/* The unit of this name or alias, read for the first time if need be; NULL: no such unit, or no room. */
struct unit *manager_get(struct manager *m, const char *name);
struct unit *manager_find(struct manager *m, const char *name); /* known ones only */
void manager_reload(struct manager *m); /* settings again, generators first */
void manager_generators(void);

/* The next moment something is due, monotonic ms, or -1. */
int64_t manager_deadline(const struct manager *m);
void manager_tick(struct manager *m);
void manager_reaped(struct manager *m, pid_t pid, int status);
const char *unit_active(const struct unit *u);
const char *unit_sub(const struct unit *u);

/* Nothing to be stopped any more. */
int manager_is_down(const struct manager *m);
void manager_stop_all(struct manager *m);

/* job.c: 0, or -1 and *ret_why (a constant) says why not; the unit is left as it was. */
int job_add(struct manager *m, struct unit *u, enum unit_job job, const char **ret_why);
void job_run(struct manager *m);
void job_finish(struct manager *m, struct unit *u, enum job_result result);
int job_is_any(const struct manager *m);

/* service.c */
void service_start(struct manager *m, struct unit *u);
void service_stop(struct manager *m, struct unit *u);
int service_reload(struct manager *m, struct unit *u); /* 0, or -1: it cannot */
void service_exited(struct manager *m, struct unit *u, pid_t pid, int code, int status);
void service_tick(struct manager *m, struct unit *u, int64_t now);
void service_notify(struct manager *m, pid_t from, char *text);

/* unit.c: what can be said of one unit, and signals to it */
size_t service_kill(struct unit *u, int sig, int whole);
size_t unit_members(struct unit *u, int whole, pid_t *pids); /* of MEMBERS_MAX */
int unit_is_anyone_left(struct unit *u); /* whom stopping has to wait for */
int unit_is_clean(const struct unit *u, int code, int status);
const char *unit_result_of(int code);
int unit_wants_restart(const struct unit *u);
int unit_is_up(const struct unit *u);	   /* active or reloading */
int unit_is_settled(const struct unit *u); /* no command of its is running */
int unit_read(struct unit *u);		   /* (re-)reads the settings: enum unit_load */
void unit_free(struct unit *u);

#endif
