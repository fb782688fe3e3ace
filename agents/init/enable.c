#include "agents/init/enable.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agents/init/unitload.h"
#include "base/cc.h"

enum { ALSO_DEPTH = 8 };

struct work {
	const struct enable_options *o;
	struct arena *arena;
	const char *dir; /* where the links go, under root */
	const char *name;
	int status;
};

static void
complain(struct work *w, const char *what, const char *path)
{
	fprintf(stderr, "Failed to %s %s: %s\n", what, path, strerror(errno));
	w->status = 1;
}

/* The path as the unit will be seen without root. */
static void
make_link(struct work *w, const char *to, const char *path)
{
	char *full = arena_printf(w->arena, "%s%s", w->o->root, path), *slash;
	char had[PATH_MAX];
	ssize_t n = readlink(full, had, sizeof(had) - 1);

	if (n >= 0) {
		had[n] = '\0';
		if (strcmp(had, to) == 0)
			return;
		if (w->o->force || access(full, F_OK) < 0)
			unlink(full);
	}
	for (slash = full + strlen(w->o->root) + 1; (slash = strchr(slash, '/')) != NULL;
	     slash++) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
	if (symlink(to, full) < 0)
		complain(w, "create symlink", path);
	else if (!w->o->quiet)
		fprintf(stderr, "Created symlink %s → %s.\n", path, to);
}

static void
enable(struct work *w, const char *name, int depth)
{
	const size_t skip = strlen(w->o->root);
	struct unit_conf u;
	const char *why = "", *path;
	enum unit_load load = unit_conf_load(w->arena, w->o->root, name, &u, &why);

	if (load == UNIT_NOT_FOUND || u.path == NULL) {
		fprintf(stderr, "Failed to enable unit: Unit file %s does not exist.\n",
		    name);
		w->status = 1;
		return;
	}
	if (load == UNIT_MASKED) {
		fprintf(stderr, "Failed to enable unit: Unit file %s is masked.\n", name);
		w->status = 1;
		return;
	}
	path = u.path + skip;
	if (strstr(u.name, "@.") != NULL && u.default_instance != NULL)
		name = arena_printf(w->arena, "%.*s%s%s",
		    (int)(strstr(u.name, "@.") + 1 - u.name), u.name, u.default_instance,
		    strstr(u.name, "@.") + 1);
	else
		name = u.name;
	if (strncmp(path, "/etc/init.d/", 12) == 0)
		words_add(w->arena, &u.wanted_by,
		    arena_strdup(w->arena, "multi-user.target"));
	for (size_t i = 0; i < u.wanted_by.n; i++)
		make_link(w, path,
		    arena_printf(w->arena, "%s/%s.wants/%s", w->dir, u.wanted_by.v[i],
			name));
	for (size_t i = 0; i < u.required_by.n; i++)
		make_link(w, path,
		    arena_printf(w->arena, "%s/%s.requires/%s", w->dir,
			u.required_by.v[i], name));
	for (size_t i = 0; i < u.alias.n; i++) {
		if (strcmp(u.alias.v[i], name) != 0)
			make_link(w, path,
			    arena_printf(w->arena, "%s/%s", w->dir, u.alias.v[i]));
	}
	for (size_t i = 0; i < u.also.n && depth < ALSO_DEPTH; i++)
		enable(w, u.also.v[i], depth + 1);
	if (depth == 0 && u.wanted_by.n + u.required_by.n + u.alias.n + u.also.n == 0 &&
	    !w->o->quiet)
		fprintf(stderr, "%s says nothing of how to enable it ([Install]).\n",
		    name);
}

/* Links named so, and links to a unit named so: fn for each. */
typedef int link_fn(struct work *w, const char *path);

static int
each_link_in(struct work *w, const char *dir, int depth, link_fn *fn)
{
	DIR *d = opendir(arena_printf(w->arena, "%s%s", w->o->root, dir));
	struct dirent *e;
	int n = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		char *path = arena_printf(w->arena, "%s/%s", dir, e->d_name),
		     to[PATH_MAX];
		char *full = arena_printf(w->arena, "%s%s", w->o->root, path);
		const char *dot = strrchr(e->d_name, '.');
		ssize_t len = readlink(full, to, sizeof(to) - 1);
		const char *base;

		if (len < 0) {
			if (depth == 0 && dot != NULL &&
			    (strcmp(dot, ".wants") == 0 || strcmp(dot, ".requires") == 0))
				n += each_link_in(w, path, 1, fn);
			continue;
		}
		to[len] = '\0';
		base = strrchr(to, '/') != NULL ? strrchr(to, '/') + 1 : to;
		if (strcmp(to, "/dev/null") == 0)
			continue;
		/* A link of its own name beside the folders is a linked unit, not an enabled one. */
		if ((depth == 1 && strcmp(e->d_name, w->name) == 0) ||
		    (strcmp(base, w->name) == 0 &&
			(depth == 1 || strcmp(e->d_name, w->name) != 0)))
			n += fn(w, path);
	}
	if (d != NULL)
		closedir(d);
	return n;
}

static int
remove_link(struct work *w, const char *path)
{
	if (unlink(arena_printf(w->arena, "%s%s", w->o->root, path)) < 0)
		complain(w, "remove", path);
	else if (!w->o->quiet)
		fprintf(stderr, "Removed \"%s\".\n", path);
	return 1;
}

static int
count_link(struct work *w UNUSED, const char *path UNUSED)
{
	return 1;
}

static void
disable(struct work *w, int depth)
{
	struct unit_conf u;
	const char *why = "";
	enum unit_load load = unit_conf_load(w->arena, w->o->root, w->name, &u, &why);

	if (each_link_in(w, w->dir, 0, remove_link) == 0 && load == UNIT_NOT_FOUND) {
		fprintf(stderr, "Failed to disable unit: Unit file %s does not exist.\n",
		    w->name);
		w->status = 1;
	}
	if (load == UNIT_NOT_FOUND || depth >= ALSO_DEPTH)
		return;
	for (size_t i = 0; i < u.also.n; i++) {
		struct work more = *w;

		more.name = u.also.v[i];
		disable(&more, depth + 1);
	}
}

static void
mask(struct work *w)
{
	char *path = arena_printf(w->arena, "%s%s/%s", w->o->root, w->dir, w->name);
	struct stat st;

	if (lstat(path, &st) == 0 && !S_ISLNK(st.st_mode)) {
		fprintf(stderr, "Failed to mask unit: File %s already exists.\n", path);
		w->status = 1;
		return;
	}
	if (!unit_path_is_mask(path)) {
		unlink(path);
		make_link(w, "/dev/null",
		    arena_printf(w->arena, "%s/%s", w->dir, w->name));
	}
}

static void
unmask(struct work *w)
{
	const char *path = arena_printf(w->arena, "%s/%s", w->dir, w->name);
	struct stat st;
	char *full = arena_printf(w->arena, "%s%s", w->o->root, path);

	if (lstat(full, &st) == 0 && S_ISLNK(st.st_mode) && unit_path_is_mask(full))
		remove_link(w, path);
}

static int
by_base(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(strrchr(*x, '/'), strrchr(*y, '/'));
}

int
enable_preset_says(const char *root, const char *name)
{
	static const char *const dirs[] = { "/etc/systemd/system-preset",
		"/run/systemd/system-preset", "/usr/lib/systemd/system-preset",
		"/lib/systemd/system-preset" };
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct words files = { NULL, 0 };

	for (size_t i = 0; i < COUNT(dirs); i++) {
		char *dir = arena_printf(a, "%s%s", root, dirs[i]);
		DIR *d = opendir(dir);
		struct dirent *e;

		while (d != NULL && (e = readdir(d)) != NULL) {
			if (fnmatch("*.preset", e->d_name, 0) == 0)
				words_add(a, &files,
				    arena_printf(a, "%s/%s", dir, e->d_name));
		}
		if (d != NULL)
			closedir(d);
	}
	if (files.n > 1)
		qsort(files.v, files.n, sizeof(*files.v), by_base);
	for (size_t i = 0; i < files.n; i++) {
		size_t len;
		char *save = NULL, *text = unit_read_file(a, files.v[i], &len);

		for (char *l = text != NULL ? strtok_r(text, "\n", &save) : NULL;
		     l != NULL; l = strtok_r(NULL, "\n", &save)) {
			char verb[16], pattern[UNIT_NAME_MAX];

			if (sscanf(l, "%15s %127s", verb, pattern) == 2 && *verb != '#' &&
			    fnmatch(pattern, name, 0) == 0)
				return strcmp(verb, "enable") == 0;
		}
	}
	return 1; /* As systemd: what no preset names is enabled. */
}

static void
preset(struct work *w)
{
	const char *mode = w->o->preset_mode != NULL ? w->o->preset_mode : "full";

	if (enable_preset_says(w->o->root, w->name)) {
		if (strcmp(mode, "disable-only") != 0)
			enable(w, w->name, 0);
	} else if (strcmp(mode, "enable-only") != 0) {
		disable(w, 0);
	}
}

int
enable_unit(const struct enable_options *o, enum enable_action action, const char *name)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct work w = { .o = o,
		.arena = a,
		.name = name,
		.status = 0,
		.dir = o->runtime ? "/run/systemd/system" : "/etc/systemd/system" };

	switch (action) {
	case REENABLE:
		disable(&w, 0);
		enable(&w, name, 0);
		break;
	case ENABLE:
		enable(&w, name, 0);
		break;
	case DISABLE:
		disable(&w, 0);
		break;
	case MASK:
		mask(&w);
		break;
	case UNMASK:
		unmask(&w);
		break;
	case PRESET:
		preset(&w);
		break;
	}
	return w.status;
}

const char *
enable_state(const char *root, const char *name)
{
	struct enable_options o = { .root = root };
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct work w = { .o = &o, .arena = a, .name = name };
	struct words scripts;
	struct unit_conf u;
	const char *why = "", *path = unit_find(a, root, name);
	enum unit_load load = unit_conf_load(a, root, name, &u, &why);

	if (load == UNIT_NOT_FOUND || u.path == NULL)
		return NULL;
	if (load == UNIT_MASKED)
		return strncmp(u.path + strlen(root), "/run/", 5) == 0 ?
		    "masked-runtime" :
		    "masked";
	if (path != NULL &&
	    strncmp(path + strlen(root), "/run/systemd/generator", 22) == 0)
		return "generated";
	if (strcmp(u.name, name) != 0)
		return "alias";
	if (each_link_in(&w, "/etc/systemd/system", 0, count_link) > 0)
		return "enabled";
	if (each_link_in(&w, "/run/systemd/system", 0, count_link) > 0)
		return "enabled-runtime";
	if (strstr(u.path, "/etc/init.d/") != NULL) {
		unit_enabled_scripts(a, root, &scripts);
		for (size_t i = 0; i < scripts.n; i++) {
			if (strcmp(scripts.v[i], name) == 0)
				return "enabled";
		}
		return "disabled";
	}
	if (u.wanted_by.n + u.required_by.n + u.alias.n > 0)
		return "disabled";
	return u.also.n > 0 ? "indirect" : "static";
}
