/*
 * `copy FROM TO`: everything below one folder into another, as it is: owners, modes, times,
 * extended attributes, holes, hard links, links, devices.
 *
 * A container with this one program is how control copies volumes.  It stays on the file
 * system of FROM, and leaves out /.simfra and /.dockerenv, so that FROM may be the root of a
 * machine.  What is there in TO by the same name is replaced; a copy that was broken off can be
 * done again.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "agents/init/fronts.h"
#include "base/cc.h"

enum { BLOCK = 256 * 1024, NAMES_MAX = 64 * 1024 };

/* A file of several names, and where its first is. */
struct name {
	dev_t dev;
	ino_t ino;
	char *to;
};

struct copy {
	dev_t dev;
	char from[PATH_MAX], to[PATH_MAX];
	struct name *names;
	size_t n_names;
	char block[BLOCK];
};

static int
failed(const char *what, const char *path)
{
	fprintf(stderr, "copy: %s %s: %s\n", what, path, strerror(errno));
	return -1;
}

static int
write_all(int fd, const char *p, ssize_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, p, (size_t)n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		p += k;
		n -= k;
	}
	return 0;
}

/* The bytes from `at` to `end`; both files are there. */
static int
copy_part(struct copy *c, int in, int out, off_t at, off_t end)
{
	if (lseek(in, at, SEEK_SET) < 0 || lseek(out, at, SEEK_SET) < 0)
		return -1;
	while (at < end) {
		off_t left = end - at;
		ssize_t n = read(in, c->block, left < BLOCK ? (size_t)left : BLOCK);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || write_all(out, c->block, n) < 0)
			return -1;
		if (n == 0)
			break; /* It was cut meanwhile. */
		at += n;
	}
	return 0;
}

/* Holes stay holes. */
static int
copy_bytes(struct copy *c, int in, int out, off_t size)
{
	off_t at = 0, end;

	while (at < size) {
		off_t data = lseek(in, at, SEEK_DATA);

		if (data < 0 && errno == ENXIO)
			break;
		if (data < 0)
			return -1;
		end = lseek(in, data, SEEK_HOLE);
		if (end < 0)
			return -1;
		if (copy_part(c, in, out, data, end) < 0)
			return -1;
		at = end;
	}
	return ftruncate(out, size);
}

static int
copy_file(struct copy *c, const struct stat *st)
{
	int in = open(c->from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), out, rc;

	if (in < 0)
		return errno == ENOENT ? 0 : failed("open", c->from);
	out = open(c->to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0) {
		close(in);
		return failed("make", c->to);
	}
	rc = copy_bytes(c, in, out, st->st_size);
	if (rc < 0)
		failed("copy", c->from);
	close(in);
	if (close(out) < 0 && rc == 0)
		rc = failed("write", c->to);
	return rc;
}

static int
copy_link(struct copy *c)
{
	ssize_t n = readlink(c->from, c->block, PATH_MAX);

	if (n < 0)
		return failed("read", c->from);
	c->block[n] = '\0';
	return symlink(c->block, c->to) < 0 ? failed("make", c->to) : 0;
}

/* What the target's file system does not take is left out. */
static int
copy_attributes(struct copy *c)
{
	char *names = malloc(NAMES_MAX);
	ssize_t n = names != NULL ? llistxattr(c->from, names, NAMES_MAX) : -1, size;
	int rc = 0;

	for (ssize_t i = 0; i < n && rc == 0; i += (ssize_t)strlen(names + i) + 1) {
		size = lgetxattr(c->from, names + i, c->block, BLOCK);
		if (size >= 0 &&
		    lsetxattr(c->to, names + i, c->block, (size_t)size, 0) < 0 &&
		    errno != EOPNOTSUPP && errno != EPERM)
			rc = failed("set attributes of", c->to);
	}
	free(names);
	return rc;
}

static int
copy_status(struct copy *c, const struct stat *st)
{
	const struct timespec times[] = { st->st_atim, st->st_mtim };

	if (lchown(c->to, st->st_uid, st->st_gid) < 0)
		return failed("give away", c->to);
	/* After the owner, which takes set-user-ID bits and capabilities away. */
	if (!S_ISLNK(st->st_mode) && chmod(c->to, st->st_mode & 07777) < 0)
		return failed("set mode of", c->to);
	if (copy_attributes(c) < 0)
		return -1;
	return utimensat(AT_FDCWD, c->to, times, AT_SYMLINK_NOFOLLOW) < 0 ?
	    failed("set times of", c->to) :
	    0;
}

/* 1 it is another name of what was copied, 0 not, -1. */
static int
copy_name(struct copy *c, const struct stat *st)
{
	struct name *more;

	if (st->st_nlink < 2)
		return 0;
	for (size_t i = 0; i < c->n_names; i++) {
		if (c->names[i].ino == st->st_ino && c->names[i].dev == st->st_dev)
			return link(c->names[i].to, c->to) < 0 ? failed("link", c->to) :
								 1;
	}
	more = realloc(c->names, (c->n_names + 1) * sizeof(*more));
	if (more == NULL)
		return failed("remember", c->to);
	c->names = more;
	more[c->n_names] = (struct name){ st->st_dev, st->st_ino, strdup(c->to) };
	return more[c->n_names++].to == NULL ? failed("remember", c->to) : 0;
}

static int copy_one(struct copy *c, int is_top);

static int
copy_entry(struct copy *c, const char *name)
{
	size_t from = strlen(c->from), to = strlen(c->to);
	const char *slash = from > 0 && c->from[from - 1] == '/' ? "" : "/";
	int rc;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    (from == 1 &&
		(strcmp(name, ".simfra") == 0 || strcmp(name, ".dockerenv") == 0)))
		return 0;
	if (from + strlen(name) + 2 > sizeof(c->from) ||
	    to + strlen(name) + 2 > sizeof(c->to)) {
		errno = ENAMETOOLONG;
		return failed("go on in", c->from);
	}
	snprintf(c->from + from, sizeof(c->from) - from, "%s%s", slash, name);
	snprintf(c->to + to, sizeof(c->to) - to, "/%s", name);
	rc = copy_one(c, 0);
	c->from[from] = '\0';
	c->to[to] = '\0';
	return rc;
}

/* One that is there is taken, but what a broken copy left there may be a link, or a file. */
static int
make_folder(const char *path)
{
	struct stat st;

	if (mkdir(path, 0700) == 0)
		return 0;
	if (errno != EEXIST || lstat(path, &st) < 0)
		return -1;
	if (S_ISDIR(st.st_mode))
		return 0;
	return unlink(path) < 0 ? -1 : mkdir(path, 0700);
}

static int
copy_folder(struct copy *c, const struct stat *st)
{
	struct dirent *entry;
	DIR *dir;
	int rc = 0;

	if (make_folder(c->to) < 0)
		return failed("make", c->to);
	/* Of another file system there is the folder alone: /proc, /dev, other volumes. */
	if (st->st_dev != c->dev)
		return 0;
	dir = opendir(c->from);
	if (dir == NULL)
		return failed("open", c->from);
	while (rc == 0 && (entry = readdir(dir)) != NULL)
		rc = copy_entry(c, entry->d_name);
	closedir(dir);
	return rc;
}

static int
copy_one(struct copy *c, int is_top)
{
	struct stat st;
	int rc;

	if (lstat(c->from, &st) < 0)
		return errno == ENOENT && !is_top ? 0 : failed("look at", c->from);
	if (is_top)
		c->dev = st.st_dev;
	if (S_ISDIR(st.st_mode))
		return copy_folder(c, &st) < 0 ? -1 : copy_status(c, &st);
	if (unlink(c->to) < 0 && errno != ENOENT)
		return failed("replace", c->to);
	rc = copy_name(c, &st);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (S_ISREG(st.st_mode))
		rc = copy_file(c, &st);
	else if (S_ISLNK(st.st_mode))
		rc = copy_link(c);
	else if (mknod(c->to, st.st_mode, st.st_rdev) < 0)
		rc = failed("make", c->to);
	return rc < 0 ? -1 : copy_status(c, &st);
}

int
copy_main(int argc, char **argv)
{
	static struct copy c; /* large, and there is one */

	if (argc != 3 || strlen(argv[1]) >= sizeof(c.from) ||
	    strlen(argv[2]) >= sizeof(c.to)) {
		fprintf(stderr, "usage: copy FROM TO\n");
		return 2;
	}
	snprintf(c.from, sizeof(c.from), "%s", argv[1]);
	snprintf(c.to, sizeof(c.to), "%s", argv[2]);
	return copy_one(&c, 1) < 0;
}
