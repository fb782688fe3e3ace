#include "agents/init/unitload.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cc.h"

/* The first that has a name wins. */
static const char *const unit_dirs[] = {
	"/run/systemd/generator.early",
	"/etc/systemd/system",
	"/run/systemd/system",
	"/run/systemd/generator",
	"/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system",
	"/lib/systemd/system",
	"/run/systemd/generator.late",
	NULL,
};

enum { ALIAS_DEPTH = 8, DIR_ENTRIES_MAX = 512 };

char *
unit_name_complete(struct arena *a, const char *s)
{
	char *name;

	if (strlen(s) >= UNIT_NAME_MAX)
		return NULL;
	if (unit_name_is_valid(s))
		return arena_strdup(a, s);
	name = arena_printf(a, "%s.service", s);
	return unit_name_is_valid(name) ? name : NULL;
}

static char *
find_exact(struct arena *a, const char *root, const char *name)
{
	struct stat st;

	for (size_t i = 0; unit_dirs[i] != NULL; i++) {
		char *path = arena_printf(a, "%s%s/%s", root, unit_dirs[i], name);

		if (lstat(path, &st) == 0 && !S_ISDIR(st.st_mode))
			return path;
	}
	return NULL;
}

char *
unit_find(struct arena *a, const char *root, const char *name)
{
	char *path = find_exact(a, root, name), *template;

	if (path != NULL)
		return path;
	template = unit_name_template(a, name);
	return template != NULL ? find_exact(a, root, template) : NULL;
}

char *
unit_read_file(struct arena *a, const char *path, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	char *text = NULL;
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= UNITFILE_MAX) {
		text = arena_alloc(a, (size_t)st.st_size + 1);
		while (len < (size_t)st.st_size &&
		    (n = read(fd, text + len, (size_t)st.st_size - len)) > 0)
			len += (size_t)n;
	}
	close(fd);
	if (text != NULL)
		*ret_len = len;
	return text;
}

int
unit_path_is_mask(const char *path)
{
	char to[PATH_MAX];
	ssize_t n = readlink(path, to, sizeof(to) - 1);
	struct stat st;

	if (n >= 0) {
		to[n] = '\0';
		if (strcmp(to, "/dev/null") == 0)
			return 1;
	}
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0;
}

/* The name that an alias stands for, or NULL.  An instance keeps its instance. */
static char *
alias_of(struct arena *a, const char *path, const char *name)
{
	char to[PATH_MAX];
	ssize_t n = readlink(path, to, sizeof(to) - 1);
	size_t len = 0;
	const char *base, *instance = unit_name_instance(name, &len);
	const char *at;

	if (n < 0)
		return NULL;
	to[n] = '\0';
	base = strrchr(to, '/') != NULL ? strrchr(to, '/') + 1 : to;
	if (!unit_name_is_valid(base) ||
	    strcmp(unit_name_type(base), unit_name_type(name)) != 0)
		return NULL;
	at = strstr(base, "@.");
	if (at != NULL && instance != NULL) {
		char *full = arena_printf(a, "%.*s%.*s%s", (int)(at + 1 - base), base,
		    (int)len, instance, at + 1);

		return unit_name_is_valid(full) && strcmp(full, name) != 0 ? full : NULL;
	}
	return strcmp(base, name) != 0 ? arena_strdup(a, base) : NULL;
}

/* A link leaves root by an absolute target; inside root it is looked up by name instead. */
static char *
fragment_text(struct arena *a, const char *root, const char *path, size_t *ret_len)
{
	char to[PATH_MAX];
	ssize_t n = *root != '\0' ? readlink(path, to, sizeof(to) - 1) : -1;

	if (n > 0 && to[0] == '/') {
		to[n] = '\0';
		path = arena_printf(a, "%s%s", root, to);
	}
	return unit_read_file(a, path, ret_len);
}

static int
by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* The names in a folder that match, sorted. */
static void
list_dir(struct arena *a, const char *path, const char *pattern, struct words *ret)
{
	DIR *d = opendir(path);
	struct dirent *e;

	ret->n = 0;
	if (d == NULL)
		return;
	while (ret->n < DIR_ENTRIES_MAX && (e = readdir(d)) != NULL) {
		if (e->d_name[0] != '.' && fnmatch(pattern, e->d_name, 0) == 0)
			words_add(a, ret, arena_strdup(a, e->d_name));
	}
	closedir(d);
	if (ret->n > 1)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_name);
}

static int
has_base(const struct words *paths, const char *base)
{
	for (size_t i = 0; i < paths->n; i++) {
		if (strcmp(strrchr(paths->v[i], '/') + 1, base) == 0)
			return 1;
	}
	return 0;
}

/* Drop-ins of all folders are one list, sorted by file name; the first folder wins a name. */
static void
find_dropins(struct unit_conf *u, const char *root, const char *name)
{
	struct words names = { NULL, 0 };

	for (size_t i = 0; unit_dirs[i] != NULL; i++) {
		char *dir = arena_printf(u->arena, "%s%s/%s.d", root, unit_dirs[i], name);

		list_dir(u->arena, dir, "*.conf", &names);
		for (size_t k = 0; k < names.n; k++) {
			if (!has_base(&u->dropins, names.v[k]))
				words_add(u->arena, &u->dropins,
				    arena_printf(u->arena, "%s/%s", dir, names.v[k]));
		}
	}
}

static int
by_base(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(strrchr(*x, '/'), strrchr(*y, '/'));
}

static void
apply_dropins(struct unit_conf *u, const char *root)
{
	char *template = unit_name_template(u->arena, u->name);

	find_dropins(u, root, u->name);
	if (template != NULL)
		find_dropins(u, root, template);
	if (u->dropins.n > 1)
		qsort(u->dropins.v, u->dropins.n, sizeof(*u->dropins.v), by_base);
	for (size_t i = 0; i < u->dropins.n; i++) {
		size_t len;
		char *text = unit_read_file(u->arena, u->dropins.v[i], &len);

		if (text != NULL)
			unit_conf_apply(u, text, len);
	}
}

static void
add_from_dirs(struct arena *a, const char *root, const char *name, const char *suffix,
    int ours_only, struct words *ret)
{
	struct words names = { NULL, 0 };

	for (size_t i = 0; unit_dirs[i] != NULL; i++) {
		if (ours_only && strstr(unit_dirs[i], "lib/") != NULL)
			continue;
		list_dir(a,
		    arena_printf(a, "%s%s/%s.%s", root, unit_dirs[i], name, suffix),
		    "*.*", &names);
		for (size_t k = 0; k < names.n; k++) {
			if (unit_name_is_valid(names.v[k]))
				words_add(a, ret, names.v[k]);
		}
	}
}

void
unit_enabled_in(struct arena *a, const char *root, const char *target, struct words *ret)
{
	memset(ret, 0, sizeof(*ret));
	add_from_dirs(a, root, target, "wants", 1, ret);
	add_from_dirs(a, root, target, "requires", 1, ret);
}

void
unit_enabled_scripts(struct arena *a, const char *root, struct words *ret)
{
	struct words names = { NULL, 0 };

	memset(ret, 0, sizeof(*ret));
	list_dir(a, arena_printf(a, "%s/etc/rc5.d", root), "S[0-9][0-9]?*", &names);
	for (size_t i = 0; i < names.n; i++) {
		char *name = arena_printf(a, "%s.service", names.v[i] + 3);

		if (unit_name_is_valid(name) && unit_find(a, root, name) == NULL)
			words_add(a, ret, name);
	}
}

/* /etc/init.d/NAME as a unit; LSB scripts are told not to ask systemctl again. */
static enum unit_load
load_script(struct unit_conf *u, const char *root, const char *name)
{
	const char *dot = strstr(name, ".service");
	char *path, *text;

	if (dot == NULL || strchr(name, '@') != NULL)
		return UNIT_NOT_FOUND;
	path =
	    arena_printf(u->arena, "%s/etc/init.d/%.*s", root, (int)(dot - name), name);
	if (access(path, X_OK) < 0)
		return UNIT_NOT_FOUND;
	text = arena_printf(u->arena,
	    "[Unit]\nDescription=LSB: %.*s\n[Service]\nType=forking\nRemainAfterExit=yes\nGuessMainPID=no\n"
	    "Environment=SYSTEMCTL_SKIP_REDIRECT=1 _SYSTEMCTL_SKIP_REDIRECT=1\nTimeoutStartSec=300\n"
	    "KillMode=process\nExecStart=%s start\nExecStop=%s stop\n",
	    (int)(dot - name), name, path, path);
	u->path = path;
	unit_conf_apply(u, text, strlen(text));
	return UNIT_LOADED;
}

static enum unit_load
load_fragment(struct unit_conf *u, const char *root, const char *name)
{
	char *path = unit_find(u->arena, root, name), *text;
	size_t len = 0;

	if (path == NULL)
		return load_script(u, root, name);
	u->path = path;
	if (unit_path_is_mask(path))
		return UNIT_MASKED;
	text = fragment_text(u->arena, root, path, &len);
	if (text == NULL)
		return UNIT_NOT_FOUND;
	unit_conf_apply(u, text, len);
	return UNIT_LOADED;
}

static const char *
resolve(struct arena *a, const char *root, const char *name)
{
	for (int i = 0; i < ALIAS_DEPTH; i++) {
		char *path = unit_find(a, root, name);
		char *real = path != NULL ? alias_of(a, path, name) : NULL;

		if (real == NULL)
			break;
		name = real;
	}
	return name;
}

enum unit_load
unit_conf_load(struct arena *a, const char *root, const char *name, struct unit_conf *ret,
    const char **ret_why)
{
	enum unit_load result;
	size_t len;
	const char *instance;

	name = resolve(a, root, name);
	unit_conf_init(ret, a, name);
	instance = unit_name_instance(name, &len);
	result = load_fragment(ret, root, name);
	if (result == UNIT_NOT_FOUND && strcmp(unit_name_type(name), "target") == 0)
		result = UNIT_LOADED; /* A point in time: it needs no file. */
	if (result != UNIT_LOADED)
		return result;
	apply_dropins(ret, root);
	add_from_dirs(a, root, name, "wants", 0, &ret->wants);
	add_from_dirs(a, root, name, "requires", 0, &ret->requires);
	*ret_why = "a template needs an instance";
	if ((instance != NULL && len == 0) || unit_conf_finish(ret, ret_why) < 0)
		return UNIT_BAD;
	return UNIT_LOADED;
}

static int
path_holds(const char *kind, const char *path)
{
	struct stat st;
	glob_t g = { .gl_pathc = 0 };
	struct words names = { NULL, 0 };
	int ok;

	if (strcmp(kind, "PathExistsGlob") == 0) {
		ok = glob(path, GLOB_NOSORT, NULL, &g) == 0 && g.gl_pathc > 0;
		globfree(&g);
		return ok;
	}
	if (strcmp(kind, "PathIsSymbolicLink") == 0)
		return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
	if (stat(path, &st) < 0)
		return 0;
	if (strcmp(kind, "PathIsDirectory") == 0)
		return S_ISDIR(st.st_mode);
	if (strcmp(kind, "FileNotEmpty") == 0)
		return S_ISREG(st.st_mode) && st.st_size > 0;
	if (strcmp(kind, "FileIsExecutable") == 0)
		return S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0;
	if (strcmp(kind, "DirectoryNotEmpty") == 0) {
		CLEANUP(arena_freep) struct arena *a = arena_new();

		list_dir(a, path, "*", &names);
		return names.n > 0;
	}
	return 1;
}

/* 1, 0, or -1: a kind that is not judged here and so does not stand in the way. */
static int
holds(const struct unit_condition *c)
{
	static const char *const virt[] = { "yes", "true", "1", "container", "docker" };

	if (strncmp(c->kind, "Path", 4) == 0 || strncmp(c->kind, "File", 4) == 0 ||
	    strcmp(c->kind, "DirectoryNotEmpty") == 0)
		return path_holds(c->kind, c->value) != c->negate;
	if (strcmp(c->kind, "Virtualization") == 0) {
		for (size_t i = 0; i < COUNT(virt); i++) {
			if (strcmp(c->value, virt[i]) == 0)
				return !c->negate;
		}
		return c->negate;
	}
	return -1;
}

int
unit_conditions(const struct unit_conf *u, const struct unit_condition **ret)
{
	const struct unit_condition *trigger = NULL;
	int triggered = 0;

	for (const struct unit_condition *c = u->conditions; c != NULL; c = c->next) {
		int ok = holds(c);

		if (c->trigger) {
			trigger = c;
			triggered |= ok != 0;
		} else if (ok == 0) {
			*ret = c;
			return c->assertion ? -1 : 0;
		}
	}
	if (trigger != NULL && !triggered) {
		*ret = trigger;
		return trigger->assertion ? -1 : 0;
	}
	return 1;
}
