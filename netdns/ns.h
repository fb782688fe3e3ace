/*
 * Other network and mount namespaces: how to find one, and how to work in it.
 *
 * Work in another namespace is done by one thread that does nothing else, and
 * the caller waits for it.  setns(2) changes only the calling thread, so the
 * loop's own thread never leaves its namespace, whatever fails; a child
 * process would give the same, but costs a fork of the whole agent for each
 * of many 1 ms jobs, and its results would have to come back through a pipe.
 * The thread goes home after each job: a thread that stays, or a descriptor
 * that is kept, would keep a dead container's namespace and its links alive.
 *
 * A netlink socket belongs for good to the namespace that it was opened in.
 */
#ifndef NETDNS_NS_H
#define NETDNS_NS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

extern const struct err_kind ns_gone; /* the process is no more, or is another's */

/* For CLEANUP(ns_closep); -1 is none. */
void ns_closep(int *fd);

/*
 * The network namespace of a process.  container_id (NULL: not asked) must be in the
 * process's cgroup, so that a pid that another process has by now is not taken
 * for the container.  The namespaces of the caller and of init are refused:
 * work meant for a container must not hit the host.  The caller closes *ret.
 */
int ns_open(pid_t pid, const char *container_id, int *ret, struct err *err);

/*
 * The same of its mount namespace.  *ret_proc is its directory in /proc; the caller closes both.
 */
int ns_open_mount(pid_t pid, const char *container_id, int *ret, int *ret_proc,
    struct err *err);

/* Which namespace it is; another number after a restart. */
uint64_t ns_number(int fd);

struct ns_worker;

/* Called in the worker's thread; the result is ns_worker_run()'s. */
typedef int ns_job_fn(void *arg, struct err *err);

int ns_worker_start(struct ns_worker **ret, struct err *err);

/* Waits for the thread's end.  NULL is fine. */
void ns_worker_stop(struct ns_worker *w);

/* Run a job, and wait for it. */
int ns_worker_run(struct ns_worker *w, ns_job_fn *job, void *arg, struct err *err);

/* Within a job: go there.  As often as the job likes. */
int ns_enter(int fd, struct err *err);

/* Within a job of the worker: the same with a mount namespace; paths are the container's then. */
int ns_enter_mount(struct ns_worker *w, int fd, struct err *err);

/*
 * Within a job: a setting of the namespace the thread is in, "net/bridge/…".
 * 1 it has the value, 0 this kernel has no such setting, or it cannot be written.
 * In a container /proc/sys is read-only.  A new /proc is not (before Linux 5.2: init's, which
 * the host's pid namespace shows), and its net/ is that of whoever looks.
 */
int ns_setting(const char *name, char value);

#endif
