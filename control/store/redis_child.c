#include "control/store/redis_child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "control/store/redis_sync.h"

enum {
	MIN_BACKOFF_MS = 10,
	MAX_BACKOFF_MS = 2000,
	LONG_LIFE_MS = 10000, /* after it, an end is not a failed start */
	SYNC_MS = 1000,
	GRACE_MS = 5000, /* for the append-only file, at the end */
	PROBE_SIZE = 256 * 1024,
	LOCK_WAIT_MS = 1000, /* a killed predecessor's child needs a moment to die */
};

#define PRIVATE_PREFIX "simfra-redis-"

struct redis_child {
	char program[1024];
	char dir[64];	     /* private: socket, lock, log */
	char work_dir[1024]; /* where the server runs */
	char socket[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char log[1100];
	int appends;
	int dir_lock, data_lock; /* -1: none */
	int wake_fd;
	pthread_t thread;
	pthread_mutex_t lock; /* for what follows */
	pthread_cond_t started;
	pid_t pid;
	int n_starts, is_over;
	struct err failure; /* of the last start */
};

static int
lock_file(const char *path, int flags, struct err *err)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);

	if (fd < 0)
		return err_errno(err, "open %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		err_errno_fn(err, "lock %s", path);
		close(fd);
		return -1;
	}
	return fd;
}

static void
remove_private(const char *dir)
{
	static const char *const names[] = { "sock", "log", "lock" };
	char path[128];

	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

/* Directories of processes that were killed: nobody holds their lock. */
static void
sweep_private(const char *parent)
{
	DIR *d = opendir(parent);
	struct dirent *entry;
	struct stat st;
	struct err ignored;
	char dir[64], path[128];
	int fd;

	if (d == NULL)
		return;
	while ((entry = readdir(d)) != NULL) {
		if (strncmp(entry->d_name, PRIVATE_PREFIX, strlen(PRIVATE_PREFIX)) != 0 ||
		    (size_t)snprintf(dir, sizeof(dir), "%s/%s", parent, entry->d_name) >=
			sizeof(dir) ||
		    lstat(dir, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
			continue;
		snprintf(path, sizeof(path), "%s/lock", dir);
		fd = lock_file(path, 0, &ignored);
		if (fd < 0)
			continue;
		remove_private(dir);
		close(fd);
	}
	closedir(d);
}

static int
make_private(struct redis_child *c, struct err *err)
{
	const char *parent = getenv("TMPDIR");
	char path[128];
	struct stat st;

	/* The path of a socket must be short. */
	if (parent == NULL || parent[0] != '/' || strlen(parent) > 32)
		parent = "/tmp";
	sweep_private(parent);
	/* A sweep of another process may come between directory and lock. */
	for (int tries = 0; tries < 10; tries++) {
		snprintf(c->dir, sizeof(c->dir), "%s/" PRIVATE_PREFIX "XXXXXX", parent);
		if (mkdtemp(c->dir) == NULL)
			return err_errno(err, "mkdtemp %s", c->dir);
		snprintf(path, sizeof(path), "%s/lock", c->dir);
		c->dir_lock = lock_file(path, O_CREAT, err);
		if (c->dir_lock >= 0 && stat(path, &st) == 0)
			break;
		if (c->dir_lock >= 0)
			close(c->dir_lock);
		c->dir_lock = -1;
	}
	if (c->dir_lock < 0)
		return err_set(err, &err_internal, "no private directory in %s", parent);
	snprintf(c->socket, sizeof(c->socket), "%s/sock", c->dir);
	snprintf(c->log, sizeof(c->log), "%s/log", c->dir);
	snprintf(c->work_dir, sizeof(c->work_dir), "%s", c->dir);
	return 0;
}

/* A full disk would end the server without a word. */
static int
probe_data(const struct redis_child *c, struct err *err)
{
	static const char zero[4096];
	char path[1100];
	int fd, rc = 0;

	snprintf(path, sizeof(path), "%s/probe", c->work_dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_errno(err, "data directory %s", c->work_dir);
	for (size_t n = 0; n < PROBE_SIZE && rc == 0; n += sizeof(zero)) {
		errno = ENOSPC; /* of a short write */
		if (write(fd, zero, sizeof(zero)) != (ssize_t)sizeof(zero))
			rc = err_errno(err, "data directory %s: write", c->work_dir);
	}
	close(fd);
	unlink(path);
	return rc;
}

static int
lock_data(struct redis_child *c, const char *data_dir, struct err *err)
{
	int64_t deadline_ms = clock_monotonic_ms() + LOCK_WAIT_MS;
	const struct timespec pause = { .tv_nsec = 5 * 1000000 };
	char path[1100];

	if ((mkdir(data_dir, 0700) < 0 && errno != EEXIST))
		return err_errno(err, "data directory %s", data_dir);
	if ((size_t)snprintf(c->work_dir, sizeof(c->work_dir), "%s/redis", data_dir) >=
	    sizeof(c->work_dir))
		return err_set(err, &err_internal,
		    "data directory: the path is too long");
	if (mkdir(c->work_dir, 0700) < 0 && errno != EEXIST)
		return err_errno(err, "data directory %s", c->work_dir);
	snprintf(c->log, sizeof(c->log), "%s/log", c->work_dir);
	snprintf(path, sizeof(path), "%s/lock", c->work_dir);
	for (;;) {
		c->data_lock = lock_file(path, O_CREAT, err);
		if (c->data_lock >= 0)
			return probe_data(c, err);
		if (errno != EWOULDBLOCK)
			return -1;
		if (clock_monotonic_ms() > deadline_ms)
			return err_set(err, &err_unavailable,
			    "another control plane uses the data directory %s", data_dir);
		nanosleep(&pause, NULL);
	}
}

/*
 * In the forked child: only calls that are safe there.  The locks stay open, so
 * that nobody else gets the data while this server still runs.
 */
NORETURN static void
become_server(const struct redis_child *c, char *const argv[], pid_t parent, int log_fd,
    int null_fd, int report_fd)
{
	const struct sigaction normal = { .sa_handler = SIG_DFL };
	sigset_t none;
	int why;

	/* Nothing is lost by SIGKILL: what was answered has been written to the file. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(127);
	setsid();
	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &normal, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(null_fd, 0) == 0 && dup2(log_fd, 1) == 1 && dup2(log_fd, 2) == 2) {
		if (c->data_lock >= 0)
			fcntl(c->data_lock, F_SETFD, 0);
		fcntl(c->dir_lock, F_SETFD, 0);
		execvp(c->program, argv);
	}
	why = errno;
	if (write(report_fd, &why, sizeof(why)) < 0)
		_exit(126);
	_exit(127);
}

/* 0, or -1 with what exec said. */
static int
await_exec(const struct redis_child *c, int report_fd, struct err *err)
{
	ssize_t n;
	int why;

	do {
		n = read(report_fd, &why, sizeof(why));
	} while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(why))
		return 0;
	return err_set(err, &err_internal, "cannot run %s: %s", c->program,
	    strerror(why));
}

static int
fork_server(struct redis_child *c, int log_fd, int null_fd, pid_t *ret, struct err *err)
{
	char *const argv[] = {
		c->program,
		(char[]){ "--port" },
		(char[]){ "0" },
		(char[]){ "--unixsocket" },
		c->socket,
		(char[]){ "--unixsocketperm" },
		(char[]){ "700" },
		(char[]){ "--save" },
		(char[]){ "" },
		(char[]){ "--appendonly" },
		c->appends ? (char[]){ "yes" } : (char[]){ "no" },
		/* It writes before it replies, always; redis_sync_appended() is ours. */
		(char[]){ "--appendfsync" },
		(char[]){ "no" },
		(char[]){ "--aof-load-truncated" },
		(char[]){ "yes" },
		(char[]){ "--dir" },
		c->work_dir,
		(char[]){ "--databases" },
		(char[]){ "1" },
		(char[]){ "--daemonize" },
		(char[]){ "no" },
		(char[]){ "--loglevel" },
		(char[]){ "warning" },
		(char[]){ "--logfile" },
		(char[]){ "" },
		NULL,
	};
	pid_t parent = getpid(), pid;
	int report[2], rc;

	if (pipe2(report, O_CLOEXEC) < 0)
		return err_errno(err, "pipe");
	pid = fork();
	if (pid == 0)
		become_server(c, argv, parent, log_fd, null_fd, report[1]);
	if (pid < 0)
		err_errno_fn(err, "fork");
	close(report[1]);
	rc = pid < 0 ? -1 : await_exec(c, report[0], err);
	close(report[0]);
	if (pid > 0 && rc < 0)
		waitpid(pid, NULL, 0);
	if (rc == 0)
		*ret = pid;
	return rc;
}

static int
spawn(struct redis_child *c, pid_t *ret, struct err *err)
{
	int first = c->n_starts == 0 ? O_TRUNC : 0;
	int log_fd =
	    open(c->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | first, 0600);
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int rc;

	if (log_fd < 0 || null_fd < 0)
		rc = err_errno(err, "open %s", c->log);
	else
		rc = fork_server(c, log_fd, null_fd, ret, err);
	if (log_fd >= 0)
		close(log_fd);
	if (null_fd >= 0)
		close(null_fd);
	return rc;
}

/* 1 when the descriptor (-1: none) was ready within the time, 0 when not. */
static int
wait_for(int fd, int64_t ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t deadline_ms = clock_monotonic_ms() + ms, left = ms;

	do {
		if (poll(&p, 1, (int)left) > 0)
			return 1;
		left = deadline_ms - clock_monotonic_ms();
	} while (left > 0);
	return 0;
}

/* Until the server ended, or (after we were told to end) was ended. */
static void
attend(struct redis_child *c, pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = c->wake_fd, .events = POLLIN },
	};

	if (fd < 0)
		fatal("store: pidfd_open: %s", strerror(errno));
	while (poll(p, 2, c->appends ? SYNC_MS : -1) <= 0) {
		if (c->appends)
			redis_sync_appended(c->work_dir);
	}
	if (p[0].revents == 0) {
		/* SHUTDOWN is on its way if there is anything to be saved. */
		if (!c->appends || !wait_for(fd, GRACE_MS))
			kill(pid, SIGKILL);
	}
	close(fd);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

static void
note_start(struct redis_child *c, pid_t pid, const struct err *failure)
{
	pthread_mutex_lock(&c->lock);
	c->pid = pid;
	c->n_starts++;
	c->failure = *failure;
	pthread_cond_broadcast(&c->started);
	pthread_mutex_unlock(&c->lock);
}

static int
note_end(struct redis_child *c)
{
	int is_over;

	pthread_mutex_lock(&c->lock);
	c->pid = 0;
	is_over = c->is_over;
	pthread_mutex_unlock(&c->lock);
	return is_over;
}

static void *
keep(void *arg)
{
	struct redis_child *c = arg;
	int64_t backoff_ms = MIN_BACKOFF_MS, born_ms;

	for (;;) {
		struct err failure = { 0 };
		pid_t pid = 0;

		born_ms = clock_monotonic_ms();
		spawn(c, &pid, &failure);
		note_start(c, pid, &failure);
		if (pid != 0)
			attend(c, pid);
		if (note_end(c))
			return NULL;
		if (clock_monotonic_ms() - born_ms > LONG_LIFE_MS)
			backoff_ms = MIN_BACKOFF_MS;
		if (wait_for(c->wake_fd, backoff_ms))
			return NULL;
		backoff_ms =
		    backoff_ms * 2 > MAX_BACKOFF_MS ? MAX_BACKOFF_MS : backoff_ms * 2;
	}
}

static void
child_free(struct redis_child *c)
{
	if (c->wake_fd >= 0)
		close(c->wake_fd);
	if (c->dir_lock >= 0) {
		remove_private(c->dir);
		close(c->dir_lock);
	}
	if (c->data_lock >= 0)
		close(c->data_lock);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->started);
	free(c);
}

/* Signals are the main thread's: this one has none. */
static int
start_thread(struct redis_child *c)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&c->thread, NULL, keep, c);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc;
}

static int
child_init(struct redis_child *c, const char *program, const char *data_dir,
    struct err *err)
{
	if ((size_t)snprintf(c->program, sizeof(c->program), "%s",
		program != NULL ? program : "redis-server") >= sizeof(c->program))
		return err_set(err, &err_internal, "the program's path is too long");
	if (make_private(c, err) < 0)
		return -1;
	c->appends = data_dir != NULL;
	if (data_dir != NULL && lock_data(c, data_dir, err) < 0)
		return -1;
	c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->wake_fd < 0)
		return err_errno(err, "eventfd");
	return 0;
}

struct redis_child *
redis_child_open(const char *program, const char *data_dir, struct err *err)
{
	struct redis_child *c = calloc(1, sizeof(*c));
	struct err failure;

	if (c == NULL)
		fatal("store: out of memory");
	c->dir_lock = c->data_lock = c->wake_fd = -1;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->started, NULL);
	if (child_init(c, program, data_dir, err) < 0) {
		child_free(c);
		return NULL;
	}
	if (start_thread(c) != 0)
		fatal("store: no thread");

	pthread_mutex_lock(&c->lock);
	while (c->n_starts == 0)
		pthread_cond_wait(&c->started, &c->lock);
	failure = c->failure;
	pthread_mutex_unlock(&c->lock);
	if (failure.kind != NULL) {
		*err = failure;
		redis_child_end(c);
		redis_child_close(c);
		return NULL;
	}
	return c;
}

const char *
redis_child_socket(const struct redis_child *c)
{
	return c->socket;
}

/* The last line of the server's log that says something. */
static void
last_words(const struct redis_child *c, char *out, size_t size)
{
	FILE *f = fopen(c->log, "re");
	char line[400];

	snprintf(out, size, "it ended without a word");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] != '\0')
			snprintf(out, size, "%s", line);
	}
	if (f != NULL)
		fclose(f);
}

int
redis_child_has_data(const struct redis_child *c)
{
	return c->appends;
}

int
redis_child_check(struct redis_child *c, struct err *err)
{
	char words[400];
	int runs;

	pthread_mutex_lock(&c->lock);
	runs = c->pid != 0 && c->n_starts == 1;
	pthread_mutex_unlock(&c->lock);
	if (runs)
		return 0;
	last_words(c, words, sizeof(words));
	return err_set(err, &err_internal, "%s does not stay up: %s", c->program, words);
}

void
redis_child_end(struct redis_child *c)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&c->lock);
	c->is_over = 1;
	pthread_mutex_unlock(&c->lock);
	if (write(c->wake_fd, &one, sizeof(one)) < 0)
		fatal("store: eventfd: %s", strerror(errno));
}

void
redis_child_close(struct redis_child *c)
{
	pthread_join(c->thread, NULL);
	child_free(c);
}
