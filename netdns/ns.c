#include "netdns/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

struct ns_worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake, done;
	int home, home_mount; /* the namespaces to go back to */
	ns_job_fn *job;	      /* NULL: nothing to do */
	void *arg;
	struct err *err;
	int rc, is_over, is_elsewhere;
};

const struct err_kind ns_gone = { "Gone", 404 };
static const struct err_kind wrong_ns = { "WrongNamespace", 400 };

void
ns_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

uint64_t
ns_number(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? (uint64_t)st.st_ino : 0;
}

/* ENOENT before, ESRCH while it ends. */
static int
not_opened(const char *what, struct err *err)
{
	if (errno == ENOENT || errno == ESRCH)
		return err_set(err, &ns_gone, "it has ended");
	return err_errno(err, "open its %s", what);
}

static int
is_same(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino &&
	    a.st_dev == b.st_dev;
}

/* The id is part of the name of the cgroup, whatever the driver and the version. */
static int
check_cgroup(int proc, const char *container_id, struct err *err)
{
	CLEANUP(ns_closep) int fd = openat(proc, "cgroup", O_RDONLY | O_CLOEXEC);
	char text[16384];
	ssize_t n;

	if (fd < 0)
		return not_opened("cgroup", err);
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return not_opened("cgroup", err);
	text[n] = '\0';
	if (strstr(text, container_id) == NULL)
		return err_set(err, &ns_gone, "it is not of container %.64s",
		    container_id);
	return 0;
}

/*
 * A descriptor of /proc/PID stays with that process: once the process is
 * gone, opening anything in it fails, whoever has the number then.
 */
static int
open_one(pid_t pid, const char *container_id, const char *which, int *ret, int *ret_proc,
    struct err *err)
{
	CLEANUP(ns_closep) int proc = -1;
	char path[32], own[32], host[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	proc = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if ((proc < 0 && not_opened("directory", err) < 0) ||
	    (container_id != NULL && check_cgroup(proc, container_id, err) < 0))
		return err_wrap(err, "process %d", (int)pid);
	fd = openat(proc, which, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && not_opened(which, err) < 0)
		return err_wrap(err, "process %d", (int)pid);
	snprintf(own, sizeof(own), "/proc/self/%s", which);
	snprintf(host, sizeof(host), "/proc/1/%s", which);
	if (is_same(fd, own) || is_same(fd, host)) {
		close(fd);
		return err_set(err, &wrong_ns, "process %d has the host's %s", (int)pid,
		    which);
	}
	*ret = fd;
	if (ret_proc == NULL)
		return 0;
	*ret_proc = fcntl(proc, F_DUPFD_CLOEXEC, 3);
	if (*ret_proc < 0) {
		close(fd);
		return err_errno(err, "keep process %d", (int)pid);
	}
	return 0;
}

int
ns_open(pid_t pid, const char *container_id, int *ret, struct err *err)
{
	return open_one(pid, container_id, "ns/net", ret, NULL, err);
}

int
ns_open_mount(pid_t pid, const char *container_id, int *ret, int *ret_proc,
    struct err *err)
{
	return open_one(pid, container_id, "ns/mnt", ret, ret_proc, err);
}

int
ns_enter(int fd, struct err *err)
{
	if (setns(fd, CLONE_NEWNET) < 0)
		return err_errno(err, "enter a network namespace");
	return 0;
}

int
ns_enter_mount(struct ns_worker *w, int fd, struct err *err)
{
	if (setns(fd, CLONE_NEWNS) < 0)
		return err_errno(err, "enter a mount namespace");
	w->is_elsewhere = 1;
	return 0;
}

/* `name` below the directory: 1, or 0 when it is not there or cannot be written. */
static int
write_setting(int sys, const char *name, char value)
{
	char now = '\0';
	int fd = openat(sys, name, O_RDONLY | O_CLOEXEC), ok;

	if (fd < 0)
		return 0;
	ok = read(fd, &now, 1) == 1 && now == value;
	close(fd);
	if (ok)
		return 1;
	fd = openat(sys, name, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ok = write(fd, &value, 1) == 1;
	close(fd);
	return ok;
}

/* A /proc that is mounted nowhere, and so is as the kernel makes it; -1. */
static int
open_new_proc(void)
{
	int fs = fsopen("proc", FSOPEN_CLOEXEC), fd = -1;

	if (fs < 0)
		return -1;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		fd = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	close(fs);
	return fd;
}

static int
write_below(int root, const char *path, const char *name, char value)
{
	int sys = openat(root, path, O_PATH | O_DIRECTORY | O_CLOEXEC), ok;

	if (sys < 0)
		return 0;
	ok = write_setting(sys, name, value);
	close(sys);
	return ok;
}

int
ns_setting(const char *name, char value)
{
	int proc, ok;

	if (write_below(AT_FDCWD, "/proc/sys", name, value))
		return 1;
	proc = open_new_proc();
	ok = proc >= 0 && write_below(proc, "sys", name, value);
	if (proc >= 0)
		close(proc);
	return ok || write_below(AT_FDCWD, "/proc/1/root/proc/sys", name, value);
}

static void *
work(void *arg)
{
	struct ns_worker *w = arg;
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	/* Root and working directory of its own, or it could enter no mount namespace. */
	if (unshare(CLONE_FS) < 0)
		log_warn("netd", "no mount namespace can be entered: %s",
		    strerror(errno));
	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (w->job == NULL && !w->is_over)
			pthread_cond_wait(&w->wake, &w->lock);
		if (w->job == NULL)
			break;
		w->rc = w->job(w->arg, w->err);
		if (setns(w->home, CLONE_NEWNET) < 0 ||
		    (w->is_elsewhere && setns(w->home_mount, CLONE_NEWNS) < 0))
			fatal("netd: no way back to the own namespace");
		w->is_elsewhere = 0;
		w->job = NULL;
		pthread_cond_signal(&w->done);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

int
ns_worker_start(struct ns_worker **ret, struct err *err)
{
	struct ns_worker *w = calloc(1, sizeof(*w));
	int rc;

	if (w == NULL)
		fatal("out of memory");
	w->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	w->home_mount = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (w->home < 0 || w->home_mount < 0) {
		ns_closep(&w->home);
		ns_closep(&w->home_mount);
		free(w);
		return err_errno(err, "open the own namespaces");
	}
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	pthread_cond_init(&w->done, NULL);
	rc = pthread_create(&w->thread, NULL, work, w);
	if (rc != 0) {
		close(w->home);
		close(w->home_mount);
		free(w);
		return err_set(err, &err_internal, "start a thread: %s", strerror(rc));
	}
	*ret = w;
	return 0;
}

void
ns_worker_stop(struct ns_worker *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->is_over = 1;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->wake);
	pthread_cond_destroy(&w->done);
	pthread_mutex_destroy(&w->lock);
	close(w->home);
	close(w->home_mount);
	free(w);
}

int
ns_worker_run(struct ns_worker *w, ns_job_fn *job, void *arg, struct err *err)
{
	int rc;

	pthread_mutex_lock(&w->lock);
	w->job = job;
	w->arg = arg;
	w->err = err;
	pthread_cond_signal(&w->wake);
	while (w->job != NULL)
		pthread_cond_wait(&w->done, &w->lock);
	rc = w->rc;
	pthread_mutex_unlock(&w->lock);
	return rc;
}
