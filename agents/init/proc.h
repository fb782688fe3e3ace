/*
 * Which processes belong to a unit.
 *
 * A container's cgroups are read-only, so a unit's processes are found
 * otherwise: its main process and that one's descendants, the sessions and
 * groups that we made for it, and orphans that still have its INVOCATION_ID in their
 * environment.  A program that leaves its session, loses its parent and
 * clears its environment at once escapes; the machine's own shutdown still
 * gets it.
 */
#ifndef AGENTS_INIT_PROC_H
#define AGENTS_INIT_PROC_H

#include <stddef.h>
#include <sys/types.h>

enum { PROC_SESSIONS = 16, PROC_MAX = 8192 };

struct proc_owner {
	pid_t main;
	pid_t sessions[PROC_SESSIONS]; /* 0: free */
	char invocation[33];
};

/* The living processes of the owner, at most max; zombies are not counted. */
size_t proc_members(const struct proc_owner *o, pid_t *out, size_t max);

/* Main processes that a daemon left behind: children of ours among the members. */
pid_t proc_guess_main(const struct proc_owner *o);

/* 1 when pid is ancestor or descends from it. */
int proc_descends(pid_t pid, pid_t ancestor);

/* 1 when it exists and is no zombie. */
int proc_is_alive(pid_t pid);

/*
 * The PID in a file, of a process that lives; or 0.  Who is not root can only
 * name processes of its own.
 */
pid_t proc_pid_file(const char *path);

/* "name" of it, from /proc/PID/comm; empty when it is gone. */
void proc_name(pid_t pid, char *out, size_t size);

/* How many processes live beside us and our direct zombies. */
size_t proc_count_others(void);

#endif
