/*
 * A program of a unit, started as its settings say.
 *
 * Session of its own, no signal blocked or ignored, /dev/null as input, the
 * unit's stream as output, its folders made, its user, its environment.
 * What fails in between ends the child with systemd's status for that step
 * (200 chdir, 203 exec, 216 group, 217 user, 233 … 239 folders), and a line in its log.
 */
#ifndef AGENTS_INIT_SPAWN_H
#define AGENTS_INIT_SPAWN_H

#include <sys/types.h>

#include "agents/init/unitfile.h"

#define SPAWN_PATH	    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define SPAWN_NOTIFY_SOCKET "/run/simfra/notify"

struct spawn {
	const struct unit_conf *conf;
	const struct unit_command *command;
	const struct words *env; /* of all units */
	const char *invocation;
	pid_t main_pid;	    /* 0: none */
	const char *result; /* SERVICE_RESULT, or NULL */
	int output;	    /* file descriptor */
};

/* The child's PID, or -1 with errno. */
pid_t spawn_command(const struct spawn *s);

/* Default dispositions and an empty mask, for a child that is about to exec. */
void spawn_reset_signals(void);

/* execve() that looks through the PATH of env; returns only when it fails. */
void spawn_exec(const char *path, char *const *argv, char *const *env);

#endif
