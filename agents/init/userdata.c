#include "agents/init/userdata.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agents/init/spawn.h"
#include "agents/init/words.h"
#include "base/cc.h"
#include "base/clock.h"

enum { LOG_MAX_BYTES = 64 << 20 };

static const struct {
	const char *begins, *why;
} refusals[] = {
	{ "#cloud-config",
	    "#cloud-config is not emulated: only scripts that begin with #! are" },
	{ "#cloud-boothook",
	    "#cloud-boothook is not emulated: only scripts that begin with #! are" },
	{ "#include", "#include is not emulated: only scripts that begin with #! are" },
	{ "#part-handler",
	    "#part-handler is not emulated: only scripts that begin with #! are" },
	{ "## template:",
	    "templates are not emulated: only scripts that begin with #! are" },
	{ "Content-Type:",
	    "MIME multipart is not emulated: only one script that begins with #! is" },
	{ "MIME-Version:",
	    "MIME multipart is not emulated: only one script that begins with #! is" },
	{ "From nobody",
	    "MIME multipart is not emulated: only one script that begins with #! is" },
	{ "\x1f\x8b", "compressed user data is not emulated: give the script itself" },
};

const char *
userdata_refusal(const unsigned char *p, size_t n)
{
	if (n >= 2 && p[0] == '#' && p[1] == '!')
		return NULL;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		size_t len = strlen(refusals[i].begins);

		if (n >= len &&
		    strncasecmp((const char *)p, refusals[i].begins, len) == 0)
			return refusals[i].why;
	}
	return "it does not begin with #!, so nothing of it is run";
}

/* Seconds since this machine's boot, not since the host's. */
static double
age_s(const struct userdata *u)
{
	return (double)(clock_monotonic_ms() - u->boot_ms) / 1000;
}

static void
say_when(struct userdata *u, const char *fmt)
{
	time_t now = time(NULL);
	char when[64];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	if (*fmt == 'r')
		stream_line(&u->stream,
		    "Cloud-init v. simfra running 'modules:final' at %s. Up %.2f seconds.",
		    when, age_s(u));
	else
		stream_line(&u->stream,
		    "Cloud-init v. simfra finished at %s. Datasource DataSourceEc2Local."
		    "  Up %.2f seconds",
		    when, age_s(u));
}

/* All of the folders of a path that is ours. */
static void
make_dirs(const char *path)
{
	char p[PATH_MAX];

	snprintf(p, sizeof(p), "%s", path);
	for (char *s = strchr(p + 1, '/'); s != NULL; s = strchr(s + 1, '/')) {
		*s = '\0';
		mkdir(p, 0755);
		*s = '/';
	}
	mkdir(p, 0755);
}

static int
write_file(const char *path, const void *p, size_t n, mode_t mode)
{
	int fd, ok;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return -1;
	fchmod(fd, mode);
	ok = (size_t)write(fd, p, n) == n;
	close(fd);
	return ok ? 0 : -1;
}

static void
path_of(const struct userdata *u, const char *file, char *out, size_t size)
{
	snprintf(out, size, "/var/lib/cloud/instances/%s%s%s", u->config->instance_id,
	    *file != '\0' ? "/" : "", file);
}

static int
put(const struct userdata *u, const char *file, const void *p, size_t n, mode_t mode)
{
	char path[256];

	path_of(u, file, path, sizeof(path));
	return write_file(path, p, n, mode);
}

static void
make_state(const struct userdata *u)
{
	static const char *const dirs[] = { "scripts", "sem" };
	char path[256], link[64];

	for (size_t i = 0; i < COUNT(dirs); i++) {
		path_of(u, dirs[i], path, sizeof(path));
		make_dirs(path);
	}
	path_of(u, "", path, sizeof(path));
	snprintf(link, sizeof(link), USERDATA_LINK ".new");
	unlink(link);
	if (symlink(path, link) == 0)
		rename(link, USERDATA_LINK);
	path_of(u, "boot-finished", path, sizeof(path));
	unlink(path);
	make_dirs("/var/lib/cloud/data");
	write_file("/var/lib/cloud/data/instance-id", u->config->instance_id,
	    strlen(u->config->instance_id), 0644);
}

static void
end(struct userdata *u, enum userdata_outcome outcome, int exit_code)
{
	static const char *const words[] = { "running", "done", "failed", "none" };
	char text[128];
	int n;

	u->outcome = outcome;
	u->exit_code = exit_code;
	if (outcome != USERDATA_NONE)
		put(u, "status", words[outcome], strlen(words[outcome]), 0644);
	if (u->has_stream)
		say_when(u, "finished");
	n = snprintf(text, sizeof(text), "%.2f\n", age_s(u));
	put(u, "boot-finished", text, (size_t)n, 0644);
}

NORETURN static void
child(const struct userdata *u)
{
	char path[256];
	struct arena *a = arena_new();
	struct words env = { NULL, 0 };
	char *argv[] = { path, NULL };

	path_of(u, "scripts/part-001", path, sizeof(path));
	words_add(a, &env, arena_strdup(a, SPAWN_PATH));
	for (char **e = environ; *e != NULL; e++)
		words_set_env(a, &env, *e);
	for (char **e = u->config->env; *e != NULL; e++)
		words_set_env(a, &env, *e);
	setsid();
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(u->stream.w, STDOUT_FILENO);
	dup2(u->stream.w, STDERR_FILENO);
	umask(022);
	if (chdir("/") < 0)
		_exit(126);
	spawn_reset_signals();
	execve(path, argv, env.v);
	dprintf(STDERR_FILENO,
	    "user data cannot be run: %s (is its interpreter there?)\n", strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* 1 when it has run before; else it is marked now, so that a crash does not repeat it. */
static int
was_run(const struct userdata *u)
{
	char path[256];
	int fd;

	path_of(u, "sem/config_scripts_user", path, sizeof(path));
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return errno == EEXIST;
	dprintf(fd, "%d: %.2f\n", (int)getpid(), age_s(u));
	close(fd);
	return 0;
}

void
userdata_start(struct userdata *u, const struct config *c, struct console *console,
    int64_t boot_ms)
{
	const char *refusal;

	memset(u, 0, sizeof(*u));
	u->config = c;
	u->boot_ms = boot_ms;
	make_state(u);
	if (c->user_data_len == 0 || was_run(u)) {
		end(u, USERDATA_NONE, 0);
		return;
	}
	u->has_stream = stream_open(&u->stream, console, STREAM_RAW, "user data",
			    USERDATA_LOG, LOG_MAX_BYTES) == 0;
	if (!u->has_stream) {
		console_line(console, "simfra-init: user data: no pipe: %s",
		    strerror(errno));
		end(u, USERDATA_FAILED, -1);
		return;
	}
	put(u, "user-data.txt", c->user_data, c->user_data_len, 0600);
	say_when(u, "running");
	refusal = userdata_refusal(c->user_data, c->user_data_len);
	if (refusal != NULL) {
		stream_line(&u->stream, "WARNING: user data: %s", refusal);
		end(u, USERDATA_FAILED, -1);
		return;
	}
	u->pid = -1;
	if (put(u, "scripts/part-001", c->user_data, c->user_data_len, 0700) == 0)
		u->pid = fork();
	if (u->pid == 0)
		child(u);
	if (u->pid < 0) {
		stream_line(&u->stream, "WARNING: user data cannot be started: %s",
		    strerror(errno));
		u->pid = 0;
		end(u, USERDATA_FAILED, -1);
	}
}

void
userdata_ended(struct userdata *u, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);

	u->pid = 0;
	while (stream_read(&u->stream))
		continue;
	if (code != 0)
		stream_line(&u->stream,
		    "WARNING: user data: scripts/part-001 ended with status %d", code);
	end(u, code == 0 ? USERDATA_DONE : USERDATA_FAILED, code);
}
