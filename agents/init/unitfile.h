/*
 * What a unit says: the text of its files, and its settings.
 *
 * unit_conf_apply() takes one file on top of the earlier ones, as drop-ins
 * are.  Text may be anything: what is malformed is noted and left out, sizes
 * are bounded, and nothing outside the arena is touched.
 *
 * Not emulated: directives for sandboxing, resource control, scheduling and
 * devices.  Those are known by not being in the table; the unit runs without
 * them, and `systemctl status` lists their names.
 */
#ifndef AGENTS_INIT_UNITFILE_H
#define AGENTS_INIT_UNITFILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agents/init/words.h"

enum {
	UNITFILE_MAX = 128 * 1024, /* bytes of a file */
	UNITFILE_LINE_MAX = 16 * 1024,
	UNIT_COMMANDS_MAX = 64, /* of one kind */
	UNIT_NOTES_MAX = 48,
};

enum unit_service_type {
	TYPE_SIMPLE,
	TYPE_EXEC,
	TYPE_FORKING,
	TYPE_ONESHOT,
	TYPE_NOTIFY,
	TYPE_IDLE
};
enum unit_restart {
	RESTART_NO,
	RESTART_ALWAYS,
	RESTART_ON_SUCCESS,
	RESTART_ON_FAILURE,
	RESTART_ON_ABNORMAL,
	RESTART_ON_ABORT,
	RESTART_ON_WATCHDOG
};
enum unit_kill_mode { KILL_GROUP, KILL_MIXED, KILL_PROCESS, KILL_NONE };
enum unit_input { OUTPUT_JOURNAL, OUTPUT_NULL };

struct unit_command {
	struct unit_command *next;
	int ignore_failure; /* - */
	int own_argv0;	    /* @ */
	int no_variables;   /* : */
	int as_root;	    /* + ! !! */
	char *path;
	struct words argv; /* argv[0] included */
};

enum unit_command_kind {
	CMD_CONDITION,
	CMD_START_PRE,
	CMD_START,
	CMD_START_POST,
	CMD_RELOAD,
	CMD_STOP,
	CMD_STOP_POST,
	CMD_KINDS
};

struct unit_condition {
	struct unit_condition *next;
	const char *kind; /* "PathExists" */
	char *value;
	int negate, trigger, assertion;
};

struct unit_conf {
	struct arena *arena;
	char name[UNIT_NAME_MAX];
	char *path; /* of the fragment */
	struct words dropins;
	char *description;
	struct words documentation;
	/* [Unit] */
	struct words wants, requires, binds_to, part_of, conflicts, after, before;
	struct unit_condition *conditions;
	/* [Service] */
	enum unit_service_type type;
	struct unit_command *commands[CMD_KINDS];
	char *pid_file, *user, *group, *working_directory, *notify_access;
	struct words environment, environment_files, pass_environment,
	    supplementary_groups;
	struct words runtime_dirs, state_dirs, logs_dirs, cache_dirs, configuration_dirs;
	int remain_after_exit, guess_main_pid, send_sighup, runtime_preserve;
	enum unit_restart restart;
	int64_t restart_ms, start_timeout_ms, stop_timeout_ms, start_limit_ms;
	int64_t start_limit_burst;
	enum unit_kill_mode kill_mode;
	int kill_signal;
	int64_t umask, runtime_mode, state_mode, logs_mode;
	struct words success_status, prevent_status, force_status;
	enum unit_input std_out, std_err;
	/* [Install] */
	struct words wanted_by, required_by, alias, also;
	char *default_instance;
	/* Directives that have no effect here, and mistakes. */
	struct words notes;
};

/* The defaults of a unit. */
void unit_conf_init(struct unit_conf *u, struct arena *a, const char *name);
void unit_conf_apply(struct unit_conf *u, const char *text, size_t len);

/* After the last file: what follows from the rest.  0, or -1 and *ret_why: it cannot run. */
int unit_conf_finish(struct unit_conf *u, const char **ret_why);

#endif
