#include "agents/netd/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

/* Linux, include/uapi/linux/mount.h; glibc before 2.36 has neither these nor the calls. */
enum { CLONE_TREE = 1, FROM_EMPTY_PATH = 4, TO_EMPTY_PATH = 0x40 };

#define WISHES "/.simfra/mounts"
enum { WISHES_MAX = 32 };

static const struct err_kind gone_err = { "NoVolume", 500 };

struct job {
	struct world *world;
	struct box *box;
};

/* mountinfo writes what would divide its words as three octal digits. */
static void
unescape(char *s)
{
	char *out = s;

	while (*s != '\0') {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] != '\0' &&
		    s[3] != '\0') {
			*out++ =
			    (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 4;
		} else {
			*out++ = *s++;
		}
	}
	*out = '\0';
}

/* proc(5): "36 35 98:0 /root /where options …" */
int
mounts_read_line(char *line, const char *prefix, char **ret_volume, char **ret_where)
{
	char *word[5], *save = NULL, *end, *name;

	for (size_t i = 0; i < COUNT(word); i++) {
		word[i] = strtok_r(i == 0 ? line : NULL, " ", &save);
		if (word[i] == NULL)
			return 0;
	}
	unescape(word[3]);
	unescape(word[4]);
	end = strrchr(word[3], '/');
	if (end == NULL || strcmp(end, "/_data") != 0)
		return 0;
	*end = '\0';
	name = strrchr(word[3], '/');
	if (name == NULL || strncmp(name + 1, prefix, strlen(prefix)) != 0)
		return 0;
	*ret_volume = name + 1;
	*ret_where = word[4];
	return 1;
}

/* As mountinfo writes it, so that it is one place by one name: no empty part, no "." and no "..". */
static int
is_canonical(const char *where)
{
	const char *p = where;

	while (*p == '/') {
		size_t n = strcspn(p + 1, "/");

		if (n == 0 || (p[1] == '.' && (n == 1 || (n == 2 && p[2] == '.'))))
			return 0;
		p += 1 + n;
	}
	return p != where && *p == '\0';
}

/* Never over what the machine itself stands on; symbolic links are not followed later. */
static int
is_place(const char *where)
{
	static const char *const not [] = { "/proc", "/sys", "/dev", "/.simfra", "/mnt" };

	if (!is_canonical(where))
		return 0;
	for (size_t i = 0; i < COUNT(not ); i++) {
		size_t n = strlen(not [i]);
		int is_mnt = i == COUNT(not ) - 1;

		/* /mnt itself is where volumes come; what is deeper than they are is not. */
		if (strncmp(where, not [i], n) == 0 &&
		    (where[n] == '\0' || (where[n] == '/' && !is_mnt)))
			return 0;
	}
	return 1;
}

int
mounts_read_wish(char *line, char **ret_device, char **ret_where)
{
	char *where;

	line[strcspn(line, "\n")] = '\0';
	where = strchr(line, ' ');
	if (where == NULL || where == line)
		return 0;
	*where++ = '\0';
	if (!is_place(where))
		return 0;
	*ret_device = line;
	*ret_where = where;
	return 1;
}

void
mounts_wishes_folder(int pid, char path[WISHES_PATH])
{
	snprintf(path, WISHES_PATH, "/proc/%d/root/.simfra", pid);
}

/* The box's mount of the volume: its place in the configuration; or NULL. */
static const struct netd_mount *
wanted(const struct world *w, const struct box *box, const char *volume)
{
	for (size_t i = 0; i < w->config->n_mounts; i++) {
		if (w->mounts[i].box == box &&
		    strcmp(w->config->mounts[i].volume, volume) == 0)
			return &w->config->mounts[i];
	}
	return NULL;
}

struct wish {
	struct wish *next;
	const char *where;
	const struct netd_mount *mount;
	int tree;
};

/* The box's mount at the device. */
static const struct netd_mount *
at_device(const struct world *w, const struct box *box, const char *device)
{
	for (size_t i = 0; i < w->config->n_mounts; i++) {
		if (w->mounts[i].box == box &&
		    strcmp(w->config->mounts[i].target + strlen("/mnt/"), device) == 0)
			return &w->config->mounts[i];
	}
	return NULL;
}

/* The file is the machine's, so it may be anything: not followed, not waited for. */
static struct wish *
read_wishes(const struct job *j, int proc, struct arena *a)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS };
	CLEANUP(ns_closep)
	int root = openat(proc, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = (int)syscall(SYS_openat2, root, WISHES, &how, sizeof(how));
	FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
	struct wish *all = NULL;
	char line[512], *device, *where;

	for (int n = 0; f != NULL && n < WISHES_MAX && fgets(line, sizeof(line), f);
	     n++) {
		const struct netd_mount *m;
		struct wish *s;

		if (!mounts_read_wish(line, &device, &where) ||
		    (m = at_device(j->world, j->box, device)) == NULL)
			continue;
		s = arena_alloc(a, sizeof(*s));
		*s = (struct wish){ all, arena_strdup(a, where), m, -1 };
		all = s;
	}
	if (f != NULL)
		fclose(f);
	return all;
}

/* "/dev/xvdf" of "/mnt/xvdf" */
static void
device_of(const char *where, char out[64])
{
	snprintf(out, 64, "/dev/%.50s", where + strlen("/mnt/"));
}

/* In the container: a folder by its very name, whatever links the container puts there. */
static int
open_folder(const char *where)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS };

	return (int)syscall(SYS_openat2, AT_FDCWD, where, &how, sizeof(how));
}

/*
 * umount(2) goes by names, and of a name it leaves only the last link alone: a link in the
 * middle would have it take away what Docker hides.  So it is done from the folder above, where
 * what is mounted cannot be renamed.
 */
static int
unmount(const char *where)
{
	const char *name = strrchr(where, '/') + 1;
	char above[PATH_MAX];
	CLEANUP(ns_closep) int fd = -1;

	if ((size_t)(name - where) >= sizeof(above)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(above, sizeof(above), "%.*s", (int)(name - where), where);
	fd = open_folder(above);
	if (fd < 0 || fchdir(fd) < 0)
		return -1;
	return umount2(name, UMOUNT_NOFOLLOW) < 0 ?
	    umount2(name, UMOUNT_NOFOLLOW | MNT_DETACH) :
	    0;
}

/* In the container.  What is open in it stays open until it is closed. */
static void
take_out(const char *where, const char *volume, const struct box *box)
{
	char device[64], to[64];
	ssize_t n;

	if (unmount(where) < 0) {
		log_warn("netd", "%s stays in %s: %s", volume, box->name,
		    strerror(errno));
		return;
	}
	/* Only our own folder, and only when nothing is in it. */
	if (strncmp(where, "/mnt/", 5) == 0 && strchr(where + 5, '/') == NULL) {
		rmdir(where);
		device_of(where, device);
		n = readlink(device, to, sizeof(to) - 1);
		to[n > 0 ? n : 0] = '\0';
		if (strcmp(to, where) == 0)
			unlink(device);
	}
	log_info("netd", "detached %s container=%s from=%s", volume, box->name, where);
}

static int
make_place(const char *where, struct err *err)
{
	char device[64];

	if (mkdir("/mnt", 0755) < 0 && errno != EEXIST)
		return err_errno(err, "make /mnt");
	if (mkdir(where, 0755) < 0 && errno != EEXIST)
		return err_errno(err, "make %s", where);
	/* For who looks whether the device is there; with no device there may be no /dev either. */
	device_of(where, device);
	if (symlink(where, device) < 0 && errno != EEXIST)
		log_debug("netd", "%s: %s", device, strerror(errno));
	return 0;
}

static int
put_in(int tree, const char *where, struct err *err)
{
	CLEANUP(ns_closep) int fd = open_folder(where);

	if (fd < 0)
		return err_errno(err, "open %s", where);
	if (syscall(SYS_move_mount, tree, "", fd, "", FROM_EMPTY_PATH | TO_EMPTY_PATH) <
	    0)
		return err_errno(err, "mount on %s", where);
	return 0;
}

/* The folder as a mount of its own, taken where we are at home. */
static int
open_source(const char *source, struct err *err)
{
	int fd = (int)syscall(SYS_open_tree, AT_FDCWD, source,
	    CLONE_TREE | O_CLOEXEC | AT_SYMLINK_NOFOLLOW);

	if (fd < 0 && errno == ENOENT)
		return err_set(err, &gone_err, "%s is not there", source);
	return fd < 0 ? err_errno(err, "open %s", source) : fd;
}

/* What of ours is mounted, last first: what is on top is taken out first. */
struct seen {
	struct seen *next;
	const char *volume, *where;
};

static int
read_seen(int proc, const char *prefix, struct arena *a, struct seen **ret,
    struct err *err)
{
	int fd = openat(proc, "mountinfo", O_RDONLY | O_CLOEXEC);
	FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
	char line[8192], *volume, *where;

	*ret = NULL;
	if (f == NULL) {
		ns_closep(&fd);
		return errno == ENOENT || errno == ESRCH ?
		    err_set(err, &ns_gone, "it has ended") :
		    err_errno(err, "open its mountinfo");
	}
	while (fgets(line, sizeof(line), f) != NULL) {
		struct seen *s;

		if (!mounts_read_line(line, prefix, &volume, &where))
			continue;
		s = arena_alloc(a, sizeof(*s));
		s->volume = arena_strdup(a, volume);
		s->where = arena_strdup(a, where);
		s->next = *ret;
		*ret = s;
	}
	fclose(f);
	return 0;
}

static int
is_seen(const struct seen *s, const struct netd_mount *m)
{
	for (; s != NULL; s = s->next) {
		if (strcmp(s->volume, m->volume) == 0 && strcmp(s->where, m->target) == 0)
			return 1;
	}
	return 0;
}

/* The trees of what is missing, -1 where nothing is to be done: how many. */
static int
open_missing(struct job *j, const struct seen *seen, int *trees)
{
	const struct netd_config *c = j->world->config;
	int n = 0;

	for (size_t i = 0; i < c->n_mounts; i++) {
		struct outcome *o = &j->world->mounts[i].outcome;
		struct err err = { 0 };

		trees[i] = -1;
		if (j->world->mounts[i].box != j->box)
			continue;
		if (is_seen(seen, &c->mounts[i])) {
			outcome_good(o, j->box);
			continue;
		}
		trees[i] = open_source(c->mounts[i].source, &err);
		if (trees[i] < 0)
			outcome_failed(o, j->box, "mount", c->mounts[i].id, &err);
		n += trees[i] >= 0;
	}
	return n;
}

/* It is where the configuration has it, or where the machine wishes it. */
static int
is_wanted(const struct job *j, const struct wish *wishes, const struct seen *s)
{
	const struct netd_mount *m = wanted(j->world, j->box, s->volume);

	for (; m != NULL && wishes != NULL; wishes = wishes->next) {
		if (wishes->mount == m && strcmp(wishes->where, s->where) == 0)
			return 1;
	}
	return m != NULL && strcmp(m->target, s->where) == 0;
}

static int
count_unwanted(const struct job *j, const struct wish *wishes, const struct seen *s)
{
	int n = 0;

	for (; s != NULL; s = s->next)
		n += !is_wanted(j, wishes, s);
	return n;
}

/* The trees of wishes that have not come true: how many.  One that cannot is only said. */
static int
open_wishes(struct wish *wishes, const struct seen *seen)
{
	int n = 0;

	for (; wishes != NULL; wishes = wishes->next) {
		const struct seen *s = seen;
		struct err err = { 0 };

		while (s != NULL &&
		    (strcmp(s->volume, wishes->mount->volume) != 0 ||
			strcmp(s->where, wishes->where) != 0))
			s = s->next;
		if (s == NULL)
			wishes->tree = open_source(wishes->mount->source, &err);
		n += wishes->tree >= 0;
	}
	return n;
}

static void
plug_wishes(const struct job *j, struct wish *wishes)
{
	for (; wishes != NULL; wishes = wishes->next) {
		struct err err = { 0 };

		if (wishes->tree >= 0 && put_in(wishes->tree, wishes->where, &err) < 0)
			log_info("netd", "%s in %s: %s", wishes->mount->volume,
			    j->box->name, err.msg);
		ns_closep(&wishes->tree);
	}
}

/* In the container: one tree at its place. */
static void
plug(struct job *j, size_t i, int tree)
{
	const struct netd_mount *m = &j->world->config->mounts[i];
	struct outcome *o = &j->world->mounts[i].outcome;
	struct err err = { 0 };

	if (make_place(m->target, &err) < 0 || put_in(tree, m->target, &err) < 0) {
		outcome_failed(o, j->box, "mount", m->id, &err);
		return;
	}
	outcome_good(o, j->box);
	log_info("netd", "attached %s container=%s at=%s", m->volume, j->box->name,
	    m->target);
}

static int
mount_job(void *arg, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(ns_closep) int ns = -1;
	CLEANUP(ns_closep) int proc = -1;
	struct job *j = arg;
	size_t n = j->world->config->n_mounts;
	int *trees = arena_calloc(a, n + 1, sizeof(int)), rc = 0;
	struct wish *wishes;
	struct seen *seen;

	if (ns_open_mount(j->box->pid, j->box->id, &ns, &proc, err) < 0 ||
	    read_seen(proc, j->world->config->volume_prefix, a, &seen, err) < 0)
		return -1;
	wishes = read_wishes(j, proc, a);
	if (open_missing(j, seen, trees) + open_wishes(wishes, seen) +
		count_unwanted(j, wishes, seen) ==
	    0)
		return 0;
	rc = ns_enter_mount(j->world->worker, ns, err);
	for (; rc == 0 && seen != NULL; seen = seen->next) {
		if (!is_wanted(j, wishes, seen))
			take_out(seen->where, seen->volume, j->box);
	}
	for (size_t i = 0; i < n; i++) {
		if (rc == 0 && trees[i] >= 0)
			plug(j, i, trees[i]);
		ns_closep(&trees[i]);
	}
	for (struct wish *s = wishes; rc < 0 && s != NULL; s = s->next)
		ns_closep(&s->tree);
	plug_wishes(j, wishes);
	return rc;
}

void
mounts_settle(struct world *w, struct box *box)
{
	struct job j = { .world = w, .box = box };
	struct err err = { 0 };

	if (w->config->volume_prefix == NULL)
		return;
	for (size_t i = 0; i < w->config->n_mounts; i++) {
		if (w->mounts[i].box == box) {
			w->watch(w->arg, box);
			break;
		}
	}
	if (ns_worker_run(w->worker, mount_job, &j, &err) == 0)
		return;
	if (err.kind == &ns_gone) {
		/* Docker is about to say what is with it now. */
		box->is_lost = 1;
		box->pid = 0;
		return;
	}
	for (size_t i = 0; i < w->config->n_mounts; i++) {
		if (w->mounts[i].box == box)
			outcome_failed(&w->mounts[i].outcome, box, "mount",
			    w->config->mounts[i].id, &err);
	}
}
