#include "control/plane/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { MAX_SCRIPTS = 256, POLL_US = 20 * 1000 };

enum script_state { SCRIPT_UNKNOWN, SCRIPT_RUNNING, SCRIPT_SUCCESSFUL, SCRIPT_ERROR };

static const char *const states[] = { "UNKNOWN", "RUNNING", "SUCCESSFUL", "ERROR" };

static const struct {
	const char *name, *folder;
} stages[HOOK_STAGES] = {
	[HOOK_BOOT] = { "BOOT", "boot.d" },
	[HOOK_START] = { "START", "start.d" },
	[HOOK_READY] = { "READY", "ready.d" },
	[HOOK_SHUTDOWN] = { "SHUTDOWN", "shutdown.d" },
};

struct script {
	enum hook_stage stage;
	enum script_state state;
	char *path;
	int is_program; /* else for /bin/sh */
};

struct hooks {
	struct arena *arena;
	char **environment;
	struct script scripts[MAX_SCRIPTS];
	size_t n;

	pthread_t thread;
	int has_thread;

	pthread_mutex_t lock; /* guards states, done and ending */
	int done[HOOK_STAGES];
	int ending;
};

const char *
hook_stage_name(enum hook_stage stage)
{
	return stages[stage].name;
}

enum hook_stage
hook_stage_find(const char *name)
{
	enum hook_stage s = HOOK_BOOT;

	while (s < HOOK_STAGES && strcasecmp(stages[s].name, name) != 0)
		s++;
	return s;
}

/* Finding */

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void
add_script(struct hooks *h, enum hook_stage stage, const FTSENT *e)
{
	int is_program = (e->fts_statp->st_mode & S_IXUSR) != 0;
	const char *dot = strrchr(e->fts_name, '.');

	if (!is_program && (dot == NULL || strcmp(dot, ".sh") != 0)) {
		log_warn("hooks", "%s is neither executable nor a .sh: left alone",
		    e->fts_path);
		return;
	}
	if (h->n == MAX_SCRIPTS) {
		log_warn("hooks", "%s: one too many", e->fts_path);
		return;
	}
	h->scripts[h->n++] = (struct script){
		.stage = stage,
		.path = arena_strdup(h->arena, e->fts_path),
		.is_program = is_program,
	};
}

static void
find_in(struct hooks *h, enum hook_stage stage, const char *dir)
{
	char *path = arena_printf(h->arena, "%s/%s", dir, stages[stage].folder);
	char *roots[] = { path, NULL };
	FTS *walk;
	FTSENT *e;

	if (access(path, F_OK) != 0)
		return;
	walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
	if (walk == NULL) {
		log_warn("hooks", "%s: %s", path, strerror(errno));
		return;
	}
	while ((e = fts_read(walk)) != NULL) {
		if (e->fts_info == FTS_F && e->fts_name[0] != '.')
			add_script(h, stage, e);
		else if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR)
			log_warn("hooks", "%s: %s", e->fts_path, strerror(e->fts_errno));
	}
	fts_close(walk);
}

/* Our environment, and what ours does not say. */
static void
make_environment(struct hooks *h, const struct settings *s)
{
	const struct {
		const char *name, *value;
	} ours[] = {
		{ "AWS_ENDPOINT_URL",
		    arena_printf(h->arena, "http://%s:%d",
			s->listen != NULL && strcmp(s->listen, "0.0.0.0") != 0 ?
			    s->listen :
			    "127.0.0.1",
			s->port) },
		{ "AWS_ACCESS_KEY_ID", s->root_access_key },
		{ "AWS_SECRET_ACCESS_KEY", s->root_secret_key },
		{ "AWS_DEFAULT_REGION", "us-east-1" },
	};
	size_t n = 0;

	while (environ[n] != NULL)
		n++;
	h->environment =
	    arena_calloc(h->arena, n + COUNT(ours) + 1, sizeof(*h->environment));
	memcpy(h->environment, environ, n * sizeof(*environ));
	for (size_t i = 0; i < COUNT(ours); i++) {
		if (getenv(ours[i].name) == NULL)
			h->environment[n++] =
			    arena_printf(h->arena, "%s=%s", ours[i].name, ours[i].value);
	}
}

struct hooks *
hooks_new(const struct settings *s)
{
	struct hooks *h = calloc(1, sizeof(*h));
	char *dir, *rest;

	if (h == NULL)
		fatal("out of memory");
	h->arena = arena_new();
	pthread_mutex_init(&h->lock, NULL);
	make_environment(h, s);
	for (enum hook_stage stage = HOOK_BOOT; stage < HOOK_STAGES; stage++) {
		rest = arena_strdup(h->arena, s->init_dirs);
		while ((dir = strsep(&rest, ":")) != NULL) {
			if (dir[0] != '\0')
				find_in(h, stage, dir);
		}
	}
	return h;
}

void
hooks_free(struct hooks *h)
{
	if (h == NULL)
		return;
	pthread_mutex_destroy(&h->lock);
	arena_free(h->arena);
	free(h);
}

/* Running */

static void
set_state(struct hooks *h, struct script *s, enum script_state state)
{
	pthread_mutex_lock(&h->lock);
	s->state = state;
	pthread_mutex_unlock(&h->lock);
}

static int
is_ending(struct hooks *h)
{
	int ending;

	pthread_mutex_lock(&h->lock);
	ending = h->ending;
	pthread_mutex_unlock(&h->lock);
	return ending;
}

/* A process group of its own, with the signals that we block let through: 0 or an errno. */
static int
start(struct hooks *h, const struct script *s, pid_t *ret)
{
	char sh[] = "/bin/sh";
	char *as_program[] = { s->path, NULL }, *by_shell[] = { sh, s->path, NULL };
	posix_spawnattr_t attr;
	posix_spawn_file_actions_t files;
	sigset_t none, ignored;
	int rc;

	sigemptyset(&none);
	sigemptyset(&ignored);
	sigaddset(&ignored, SIGPIPE);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr,
	    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &ignored);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	/* What a hook leaves running must not hold our sockets and locks. */
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	rc = posix_spawn(ret, s->is_program ? s->path : sh, &files, &attr,
	    s->is_program ? as_program : by_shell, h->environment);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return rc;
}

/* Boot hooks run before anybody waits for signals, which are blocked: one may have come. */
static int
is_asked_to_end(void)
{
	sigset_t set;

	return sigpending(&set) == 0 &&
	    (sigismember(&set, SIGTERM) == 1 || sigismember(&set, SIGINT) == 1);
}

static int
must_end(struct hooks *h, enum hook_stage stage)
{
	return stage != HOOK_SHUTDOWN &&
	    (is_ending(h) || (stage == HOOK_BOOT && is_asked_to_end()));
}

/* Its wait status; it is killed at end_ms (0: never), or when we end and it is no shutdown hook. */
static int
wait_for(struct hooks *h, const struct script *s, pid_t pid, int64_t end_ms)
{
	int status = 0;
	pid_t rc;

	while ((rc = waitpid(pid, &status, WNOHANG)) <= 0) {
		if (rc < 0 && errno != EINTR)
			return -1;
		if (must_end(h, s->stage) ||
		    (end_ms != 0 && clock_monotonic_ms() >= end_ms))
			kill(-pid, SIGKILL);
		usleep(POLL_US);
	}
	return status;
}

static void
run_script(struct hooks *h, struct script *s, int64_t end_ms)
{
	pid_t pid;
	int rc, status;

	set_state(h, s, SCRIPT_RUNNING);
	log_info("hooks", "%s: %s", stages[s->stage].folder, s->path);
	rc = start(h, s, &pid);
	if (rc != 0) {
		log_err("hooks", "%s does not start: %s", s->path, strerror(rc));
		set_state(h, s, SCRIPT_ERROR);
		return;
	}
	status = wait_for(h, s, pid, end_ms);
	if (WIFSIGNALED(status))
		log_err("hooks", "%s: ended by signal %d", s->path, WTERMSIG(status));
	else if (status != 0)
		log_err("hooks", "%s: exit code %d", s->path, WEXITSTATUS(status));
	set_state(h, s, status == 0 ? SCRIPT_SUCCESSFUL : SCRIPT_ERROR);
}

void
hooks_run(struct hooks *h, enum hook_stage stage)
{
	int64_t end_ms =
	    stage == HOOK_SHUTDOWN ? clock_monotonic_ms() + HOOK_SHUTDOWN_MS : 0;

	for (size_t i = 0; i < h->n; i++) {
		if (h->scripts[i].stage == stage && !must_end(h, stage))
			run_script(h, &h->scripts[i], end_ms);
	}
	pthread_mutex_lock(&h->lock);
	h->done[stage] = 1;
	pthread_mutex_unlock(&h->lock);
}

static void *
run_both(void *arg)
{
	struct hooks *h = arg;

	hooks_run(h, HOOK_START);
	hooks_run(h, HOOK_READY);
	return NULL;
}

void
hooks_go(struct hooks *h)
{
	if (pthread_create(&h->thread, NULL, run_both, h) != 0)
		fatal("hooks: no thread");
	h->has_thread = 1;
}

void
hooks_end(struct hooks *h)
{
	pthread_mutex_lock(&h->lock);
	h->ending = 1;
	pthread_mutex_unlock(&h->lock);
	if (h->has_thread)
		pthread_join(h->thread, NULL);
	h->has_thread = 0;
}

/* Telling */

int
hooks_is_done(struct hooks *h, enum hook_stage stage)
{
	int done;

	pthread_mutex_lock(&h->lock);
	done = h->done[stage];
	pthread_mutex_unlock(&h->lock);
	return done;
}

json_t *
hooks_scripts(struct hooks *h, enum hook_stage stage)
{
	json_t *list = json_new_array();

	pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < h->n; i++) {
		const struct script *s = &h->scripts[i];
		const char *slash = strrchr(s->path, '/');

		if (stage != HOOK_STAGES && stage != s->stage)
			continue;
		json_add(list,
		    json_make("{s:s, s:s, s:s}", "stage", stages[s->stage].name, "name",
			slash != NULL ? slash + 1 : s->path, "state", states[s->state]));
	}
	pthread_mutex_unlock(&h->lock);
	return list;
}
