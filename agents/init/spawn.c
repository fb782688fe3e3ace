#include "agents/init/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agents/init/unitload.h"
#include "base/cc.h"

enum {
	EXIT_CHDIR = 200,
	EXIT_EXEC = 203,
	EXIT_GROUP = 216,
	EXIT_USER = 217,
	EXIT_RUNTIME_DIR = 233
};

struct who {
	int set; /* any of User= and Group= */
	uid_t uid;
	gid_t gid;
	struct passwd *pw; /* NULL: only a number */
};

NORETURN static void
die(int status, const char *what, const char *name)
{
	dprintf(STDERR_FILENO, "%s %s: %s\n", what, name, strerror(errno));
	_exit(status);
}

void
spawn_reset_signals(void)
{
	struct sigaction sa;
	sigset_t none;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_DFL;
	for (int i = 1; i < 65; i++)
		sigaction(i, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static const char *
find_path(char *const *env)
{
	for (; *env != NULL; env++) {
		if (strncmp(*env, "PATH=", 5) == 0)
			return *env + 5;
	}
	return &SPAWN_PATH[sizeof("PATH=") - 1];
}

void
spawn_exec(const char *path, char *const *argv, char *const *env)
{
	const char *dirs = find_path(env);
	char full[PATH_MAX];
	int saved = ENOENT;

	if (strchr(path, '/') != NULL) {
		execve(path, argv, env);
		return;
	}
	while (*dirs != '\0') {
		size_t n = strcspn(dirs, ":");

		if ((size_t)snprintf(full, sizeof(full), "%.*s%s%s", (int)n, dirs,
			n > 0 ? "/" : "", path) < sizeof(full))
			execve(full, argv, env);
		if (errno != ENOENT && errno != ENOTDIR)
			saved = errno;
		dirs += n + (dirs[n] == ':');
	}
	errno = saved;
}

/* A number is taken as it is, though no file knows it. */
static int
number(const char *s, unsigned *ret)
{
	char *end;
	unsigned long v = strtoul(s, &end, 10);

	if (end == s || *end != '\0' || v >= UINT_MAX)
		return 0;
	*ret = (unsigned)v;
	return 1;
}

static struct who
find_who(const struct unit_conf *u)
{
	struct who w = { .set = u->user != NULL || u->group != NULL };
	struct group *g;
	unsigned n;

	if (u->user != NULL) {
		w.pw = getpwnam(u->user);
		if (w.pw == NULL && number(u->user, &n))
			w.pw = getpwuid(n), w.uid = w.gid = n;
		else if (w.pw == NULL)
			errno = ENOENT, die(EXIT_USER, "User", u->user);
	}
	if (w.pw != NULL) {
		w.uid = w.pw->pw_uid;
		w.gid = w.pw->pw_gid;
	}
	if (u->group != NULL) {
		g = getgrnam(u->group);
		if (g == NULL && !number(u->group, &n))
			errno = ENOENT, die(EXIT_GROUP, "Group", u->group);
		w.gid = g != NULL ? g->gr_gid : n;
	}
	return w;
}

static void
become(const struct unit_conf *u, const struct who *w)
{
	gid_t extra[32];
	size_t n = 0;
	int had = 0;

	if (!w->set)
		return;
	if (w->pw != NULL ? initgroups(w->pw->pw_name, w->gid) < 0 :
			    setgroups(0, NULL) < 0)
		die(EXIT_GROUP, "groups of", u->user != NULL ? u->user : "0");
	if (u->supplementary_groups.n > 0) {
		had = getgroups(16, extra);
		n = had > 0 ? (size_t)had : 0;
		for (size_t i = 0; i < u->supplementary_groups.n && n < COUNT(extra);
		     i++) {
			struct group *g = getgrnam(u->supplementary_groups.v[i]);

			if (g == NULL)
				errno = ENOENT,
				die(EXIT_GROUP, "Group", u->supplementary_groups.v[i]);
			extra[n++] = g->gr_gid;
		}
		if (setgroups(n, extra) < 0)
			die(EXIT_GROUP, "groups of", u->name);
	}
	if (setgid(w->gid) < 0)
		die(EXIT_GROUP, "group of", u->name);
	if (setuid(w->uid) < 0)
		die(EXIT_USER, "user of", u->name);
}

/* Folders: one row a kind. */
static const struct {
	const char *base, *variable;
	size_t list, mode;
} folders[] = {
#define FOLDER(base, var, list, mode)                        \
	{                                                    \
		base, var, offsetof(struct unit_conf, list), \
		    offsetof(struct unit_conf, mode)         \
	}
	FOLDER("/run", "RUNTIME_DIRECTORY", runtime_dirs, runtime_mode),
	FOLDER("/var/lib", "STATE_DIRECTORY", state_dirs, state_mode),
	FOLDER("/var/cache", "CACHE_DIRECTORY", cache_dirs, state_mode),
	FOLDER("/var/log", "LOGS_DIRECTORY", logs_dirs, logs_mode),
	FOLDER("/etc", "CONFIGURATION_DIRECTORY", configuration_dirs, state_mode),
};

/* All of the path below base; only the last part gets mode and owner. */
static void
make_folder(char *path, size_t base_len, mode_t mode, const struct who *w)
{
	struct stat st;

	for (char *p = path + base_len; p != NULL;) {
		char *next = strchr(p + 1, '/');

		if (next != NULL)
			*next = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			die(EXIT_RUNTIME_DIR, "mkdir", path);
		if (next != NULL)
			*next = '/';
		p = next;
	}
	/* Not through a link: what is there may be the unit's own doing. */
	if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		die(EXIT_RUNTIME_DIR, "folder", path);
	if (w->set && (st.st_uid != w->uid || st.st_gid != w->gid) &&
	    lchown(path, w->uid, w->gid) < 0)
		die(EXIT_RUNTIME_DIR, "chown", path);
	if ((st.st_mode & 07777) != mode && chmod(path, mode) < 0)
		die(EXIT_RUNTIME_DIR, "chmod", path);
}

static void
make_folders(struct arena *a, const struct unit_conf *u, const struct who *w,
    struct words *env)
{
	for (size_t i = 0; i < COUNT(folders); i++) {
		const struct words *list =
		    (const struct words *)(const void *)((const char *)u +
			folders[i].list);
		int64_t mode =
		    *(const int64_t *)(const void *)((const char *)u + folders[i].mode);
		char *all = NULL;

		for (size_t k = 0; k < list->n; k++) {
			char *path =
			    arena_printf(a, "%s/%s", folders[i].base, list->v[k]);

			path[strcspn(path, ":")] = '\0';
			if (list->v[k][0] == '/' || strstr(list->v[k], "..") != NULL)
				errno = EINVAL,
				die(EXIT_RUNTIME_DIR, "folder", list->v[k]);
			make_folder(path, strlen(folders[i].base), (mode_t)mode, w);
			all = all != NULL ? arena_printf(a, "%s:%s", all, path) : path;
		}
		if (all != NULL)
			words_set_env(a, env,
			    arena_printf(a, "%s=%s", folders[i].variable, all));
	}
}

/* Lines NAME=value; quotes around the value go. */
static void
env_lines(struct arena *a, char *text, struct words *env)
{
	char *save = NULL;

	for (char *l = strtok_r(text, "\n", &save); l != NULL;
	     l = strtok_r(NULL, "\n", &save)) {
		struct words w;
		char *eq;

		l += strspn(l, " \t");
		if (strncmp(l, "export ", 7) == 0)
			l += 7;
		eq = strchr(l, '=');
		if (*l == '#' || *l == ';' || eq == NULL || eq == l)
			continue;
		l[strcspn(l, "\r")] = '\0';
		if (eq[1] == '"' || eq[1] == '\'') {
			if (words_split(a, eq + 1, &w) == 0 && w.n > 0)
				words_set_env(a, env,
				    arena_printf(a, "%.*s=%s", (int)(eq - l), l, w.v[0]));
			continue;
		}
		for (char *end = l + strlen(l);
		     end > eq && (end[-1] == ' ' || end[-1] == '\t');)
			*--end = '\0';
		words_set_env(a, env, arena_strdup(a, l));
	}
}

static void
add_env_files(struct arena *a, const struct unit_conf *u, struct words *env)
{
	for (size_t i = 0; i < u->environment_files.n; i++) {
		const char *path = u->environment_files.v[i];
		int optional = *path == '-';
		size_t len;
		char *text = unit_read_file(a, path + optional, &len);

		if (text != NULL)
			env_lines(a, text, env);
		else if (!optional)
			die(EXIT_EXEC, "EnvironmentFile", path);
	}
}

static void
make_env(struct arena *a, const struct spawn *s, const struct who *w, struct words *env)
{
	const struct unit_conf *u = s->conf;

	words_set_env(a, env, arena_strdup(a, SPAWN_PATH));
	for (size_t i = 0; i < s->env->n; i++)
		words_set_env(a, env, s->env->v[i]);
	if (w->pw != NULL && u->user != NULL) {
		words_set_env(a, env, arena_printf(a, "USER=%s", w->pw->pw_name));
		words_set_env(a, env, arena_printf(a, "LOGNAME=%s", w->pw->pw_name));
		words_set_env(a, env, arena_printf(a, "HOME=%s", w->pw->pw_dir));
		words_set_env(a, env, arena_printf(a, "SHELL=%s", w->pw->pw_shell));
	}
	for (size_t i = 0; i < u->pass_environment.n; i++) {
		const char *v = getenv(u->pass_environment.v[i]);

		if (v != NULL)
			words_set_env(a, env,
			    arena_printf(a, "%s=%s", u->pass_environment.v[i], v));
	}
	for (size_t i = 0; i < u->environment.n; i++)
		words_set_env(a, env, u->environment.v[i]);
	add_env_files(a, u, env);
	words_set_env(a, env, arena_printf(a, "INVOCATION_ID=%s", s->invocation));
	if (s->main_pid > 0)
		words_set_env(a, env, arena_printf(a, "MAINPID=%d", (int)s->main_pid));
	if (s->result != NULL)
		words_set_env(a, env, arena_printf(a, "SERVICE_RESULT=%s", s->result));
	if (u->type == TYPE_NOTIFY || u->notify_access != NULL)
		words_set_env(a, env,
		    arena_strdup(a, "NOTIFY_SOCKET=" SPAWN_NOTIFY_SOCKET));
}

static void
change_dir(const struct unit_conf *u, const struct who *w)
{
	const char *dir = u->working_directory;
	int optional = dir != NULL && *dir == '-';

	dir = dir == NULL ? "/" : dir + optional;
	if (strcmp(dir, "~") == 0)
		dir = w->pw != NULL ? w->pw->pw_dir : "/root";
	if (chdir(dir) < 0 && !optional)
		die(EXIT_CHDIR, "chdir", dir);
}

NORETURN static void
child(const struct spawn *s)
{
	const struct unit_conf *u = s->conf;
	const struct unit_command *c = s->command;
	struct arena *a = arena_new();
	struct words env = { NULL, 0 }, argv = c->argv;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct who who;

	setsid();
	dup2(null >= 0 ? null : s->output, STDIN_FILENO);
	dup2(u->std_out == OUTPUT_NULL ? null : s->output, STDOUT_FILENO);
	dup2(s->output, STDERR_FILENO);
	umask((mode_t)u->umask);
	who = find_who(u);
	make_env(a, s, &who, &env);
	make_folders(a, u, &who, &env);
	change_dir(u, &who);
	if (!c->as_root)
		become(u, &who);
	if (!c->no_variables)
		words_expand(a, &c->argv, &env, &argv);
	if (u->std_err == OUTPUT_NULL && null >= 0)
		dup2(null, STDERR_FILENO);
	spawn_reset_signals();
	spawn_exec(c->path, argv.v, env.v);
	die(EXIT_EXEC, "exec", c->path);
}

pid_t
spawn_command(const struct spawn *s)
{
	pid_t pid = fork();

	if (pid == 0)
		child(s);
	return pid;
}
