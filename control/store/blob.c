/*
 * blobs/ab/ID are blobs, by the first two digits of their ids; blobs/new/ID those that are being
 * written, locked by their writers.  blobs/store has the label.
 */
#include "control/store/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/log.h"

#define TEMPORARY "simfra-blobs."
#define LABEL	  "store"

enum { N_FOLDERS = 256, FOLDER_FDS = 16 };

struct blobs {
	char *dir;
	int fd; /* of the folder */
	int new_fd;
	int is_durable; /* else it is removed at the end */
	int lock_fd;
	int folder[N_FOLDERS];
	pthread_mutex_t lock; /* for what follows, and around removing */
	int n_holds;
	char (*doomed)[BLOB_ID_LEN +
	    1]; /* ids, to be removed when nobody holds them any more */
	size_t n_doomed, cap_doomed;
};

struct blob_writer {
	struct blobs *blobs;
	int fd;
	char id[BLOB_ID_LEN + 1];
};

static int
failed(const char *what, const char *name, struct err *err)
{
	return err_set(err, &err_unavailable, "%s %s: %s", what, name, strerror(errno));
}

static int
is_id(const char *s)
{
	return strlen(s) == BLOB_ID_LEN && strspn(s, "0123456789abcdef") == BLOB_ID_LEN;
}

/* Folders */

static int
open_folder(int at, const char *name, int *ret, struct err *err)
{
	if (mkdirat(at, name, 0700) < 0 && errno != EEXIST)
		return failed("cannot make", name, err);
	*ret = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret < 0 ? failed("cannot open", name, err) : 0;
}

static int
open_folders(struct blobs *b, struct err *err)
{
	for (int i = 0; i < N_FOLDERS; i++) {
		char name[3];

		snprintf(name, sizeof(name), "%02x", (unsigned)i);
		if (open_folder(b->fd, name, &b->folder[i], err) < 0)
			return -1;
	}
	return open_folder(b->fd, "new", &b->new_fd, err);
}

static int
folder_of(const struct blobs *b, const char *id)
{
	char digits[3] = { id[0], id[1], '\0' };

	return b->folder[strtoul(digits, NULL, 16)];
}

/* What nobody holds any more was half written by a process that is dead. */
static void
clear_new(const struct blobs *b)
{
	int fd = openat(b->new_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;

	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((e = readdir(d)) != NULL) {
		int file = is_id(e->d_name) ?
		    openat(b->new_fd, e->d_name, O_RDONLY | O_CLOEXEC) :
		    -1;

		if (file < 0)
			continue;
		if (flock(file, LOCK_EX | LOCK_NB) == 0)
			unlinkat(b->new_fd, e->d_name, 0);
		close(file);
	}
	closedir(d);
}

/* Of temporary folders */

static int
remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED,
    struct FTW *ftw UNUSED)
{
	(void)remove(path);
	return 0;
}

static void
remove_all(const char *dir)
{
	nftw(dir, remove_one, FOLDER_FDS, FTW_DEPTH | FTW_PHYS);
}

/* 1 when its process is dead, which is seen by its lock. */
static int
is_left(const char *dir)
{
	char path[PATH_MAX + 8];
	int fd, left;

	snprintf(path, sizeof(path), "%s/lock", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return 0;
	left = flock(fd, LOCK_EX | LOCK_NB) == 0;
	close(fd);
	return left;
}

static void
clear_left(const char *parent)
{
	DIR *d = opendir(parent);
	const struct dirent *e;
	struct stat st;

	while (d != NULL && (e = readdir(d)) != NULL) {
		char path[PATH_MAX];

		if (strncmp(e->d_name, TEMPORARY, strlen(TEMPORARY)) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", parent, e->d_name);
		if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
		    st.st_uid == geteuid() && is_left(path))
			remove_all(path);
	}
	if (d != NULL)
		closedir(d);
}

/* 1, 0 when it was gone before it was locked, -1. */
static int
try_temporary(struct blobs *b, const char *parent, struct err *err)
{
	char path[PATH_MAX], lock[PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s/" TEMPORARY "XXXXXX", parent);
	if (mkdtemp(path) == NULL)
		return failed("cannot make a folder in", parent, err);
	snprintf(lock, sizeof(lock), "%s/lock", path);
	b->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (b->lock_fd >= 0 && flock(b->lock_fd, LOCK_EX) == 0 &&
	    access(lock, F_OK) == 0) {
		b->dir = strdup(path);
		return 1;
	}
	if (errno != ENOENT)
		return failed("cannot lock", lock, err);
	if (b->lock_fd >= 0)
		close(b->lock_fd);
	b->lock_fd = -1;
	return 0;
}

static int
make_temporary(struct blobs *b, struct err *err)
{
	const char *parent = getenv("TMPDIR");
	int rc = 0;

	if (parent == NULL || *parent == '\0')
		parent = "/tmp";
	clear_left(parent);
	/* Who begins at the same moment may have taken it for one that was left, and removed it. */
	for (int i = 0; rc == 0 && i < 100; i++)
		rc = try_temporary(b, parent, err);
	if (rc == 0)
		return failed("cannot keep a folder in", parent, err);
	return rc < 0 ? -1 : 0;
}

static int
make_dir(struct blobs *b, const char *data_dir, struct err *err)
{
	b->is_durable = data_dir != NULL;
	if (!b->is_durable) {
		if (make_temporary(b, err) < 0)
			return -1;
	} else if (asprintf(&b->dir, "%s/blobs", data_dir) < 0) {
		fatal("out of memory");
	} else if ((mkdir(data_dir, 0700) < 0 && errno != EEXIST) ||
	    (mkdir(b->dir, 0700) < 0 && errno != EEXIST)) {
		return failed("cannot make", b->dir, err);
	}
	b->fd = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return b->fd < 0 ? failed("cannot open", b->dir, err) : open_folders(b, err);
}

struct blobs *
blobs_open(const char *data_dir, struct err *err)
{
	struct blobs *b = calloc(1, sizeof(*b));

	if (b == NULL)
		fatal("out of memory");
	pthread_mutex_init(&b->lock, NULL);
	b->fd = b->new_fd = b->lock_fd = -1;
	for (int i = 0; i < N_FOLDERS; i++)
		b->folder[i] = -1;
	if (make_dir(b, data_dir, err) < 0) {
		blobs_close(b);
		return NULL;
	}
	clear_new(b);
	return b;
}

static void
close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void
blobs_close(struct blobs *b)
{
	if (b == NULL)
		return;
	for (int i = 0; i < N_FOLDERS; i++)
		close_fd(b->folder[i]);
	close_fd(b->new_fd);
	close_fd(b->fd);
	if (!b->is_durable && b->dir != NULL)
		remove_all(b->dir);
	close_fd(b->lock_fd);
	pthread_mutex_destroy(&b->lock);
	free(b->doomed);
	free(b->dir);
	free(b);
}

/* Writing */

static void
new_id(char *id)
{
	unsigned char bytes[BLOB_ID_LEN / 2];

	random_bytes(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), id);
}

struct blob_writer *
blob_create(struct blobs *b, struct err *err)
{
	char id[BLOB_ID_LEN + 1];

	new_id(id);
	return blob_create_as(b, id, err);
}

struct blob_writer *
blob_create_as(struct blobs *b, const char *id, struct err *err)
{
	struct blob_writer *w;

	if (!is_id(id)) {
		err_set_fn(err, &err_internal, "'%.64s' is no blob", id);
		return NULL;
	}
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		fatal("out of memory");
	w->blobs = b;
	memcpy(w->id, id, sizeof(w->id));
	w->fd = openat(b->new_fd, w->id, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (w->fd < 0 || flock(w->fd, LOCK_EX) < 0) {
		failed("cannot write", w->id, err);
		blob_abandon(w);
		return NULL;
	}
	return w;
}

int
blob_write(struct blob_writer *w, const void *p, size_t n, struct err *err)
{
	const char *at = p;

	while (n > 0) {
		ssize_t rc = write(w->fd, at, n);

		if (rc < 0 && errno == EINTR)
			continue;
		if (rc < 0)
			return failed("cannot write", w->id, err);
		at += rc;
		n -= (size_t)rc;
	}
	return 0;
}

static int
sync_folder(const struct blobs *b, const char *id, struct err *err)
{
	if (b->is_durable && fsync(folder_of(b, id)) < 0)
		return failed("cannot sync the folder of", id, err);
	return 0;
}

int
blob_finish(struct blob_writer *w, struct arena *a, const char **ret_id, struct err *err)
{
	const struct blobs *b = w->blobs;
	int rc = 0;

	if (b->is_durable && fsync(w->fd) < 0)
		rc = failed("cannot sync", w->id, err);
	else if (renameat(b->new_fd, w->id, folder_of(b, w->id), w->id) < 0)
		rc = failed("cannot name", w->id, err);
	else if (sync_folder(b, w->id, err) < 0)
		rc = -1;
	if (rc < 0) {
		unlinkat(folder_of(b, w->id), w->id, 0);
		blob_abandon(w);
		return -1;
	}
	*ret_id = arena_strdup(a, w->id);
	close(w->fd);
	free(w);
	return 0;
}

void
blob_abandon(struct blob_writer *w)
{
	if (w == NULL)
		return;
	if (w->fd >= 0) {
		unlinkat(w->blobs->new_fd, w->id, 0);
		close(w->fd);
	}
	free(w);
}

/* Bytes of their own, where a file has all the names that it can have. */
static int
copy_bytes(struct blobs *b, struct arena *a, const char *id, const char **ret_id,
    struct err *err)
{
	enum { PART = 256 << 10 };
	struct blob_writer *w = blob_create(b, err);
	char *part = arena_alloc(a, PART);
	ssize_t n = PART;
	int fd = -1, rc = w != NULL ? blob_open(b, id, &fd, err) : -1;

	if (rc == 0)
		rc = failed("cannot copy", id, err);
	while (rc > 0 && n > 0) {
		n = read(fd, part, PART);
		if (n < 0 && errno == EINTR)
			n = PART;
		else if (n < 0)
			rc = failed("cannot read", id, err);
		else if (n > 0 && blob_write(w, part, (size_t)n, err) < 0)
			rc = -1;
	}
	if (fd >= 0)
		close(fd);
	if (rc > 0)
		return blob_finish(w, a, ret_id, err);
	blob_abandon(w);
	return -1;
}

int
blob_link(struct blobs *b, struct arena *a, const char *id, const char **ret_id,
    struct err *err)
{
	char fresh[BLOB_ID_LEN + 1];

	if (!is_id(id))
		return err_set(err, &err_internal, "'%.64s' is no blob", id);
	new_id(fresh);
	if (linkat(folder_of(b, id), id, folder_of(b, fresh), fresh, 0) < 0)
		return errno == EMLINK ? copy_bytes(b, a, id, ret_id, err) :
					 failed("cannot link", id, err);
	*ret_id = arena_strdup(a, fresh);
	return sync_folder(b, fresh, err);
}

/* Reading */

int
blob_open(struct blobs *b, const char *id, int *ret_fd, struct err *err)
{
	if (!is_id(id))
		return err_set(err, &err_internal, "'%.64s' is no blob", id);
	*ret_fd = openat(folder_of(b, id), id, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*ret_fd >= 0)
		return 1;
	return errno == ENOENT ? 0 : failed("cannot read", id, err);
}

/* Removing: with the lock. */

static void
unlink_one(const struct blobs *b, const char *id)
{
	if (unlinkat(folder_of(b, id), id, 0) < 0 && errno != ENOENT)
		log_warn("blobs", "cannot remove %s: %s", id, strerror(errno));
}

static void
doom(struct blobs *b, const char *id)
{
	if (b->n_doomed == b->cap_doomed) {
		b->cap_doomed = b->cap_doomed == 0 ? 64 : 2 * b->cap_doomed;
		b->doomed = realloc(b->doomed, b->cap_doomed * sizeof(*b->doomed));
		if (b->doomed == NULL)
			fatal("out of memory");
	}
	memcpy(b->doomed[b->n_doomed++], id, sizeof(*b->doomed));
}

void
blob_remove(struct blobs *b, const char *id)
{
	if (!is_id(id))
		return;
	pthread_mutex_lock(&b->lock);
	if (b->n_holds > 0)
		doom(b, id);
	else
		unlink_one(b, id);
	pthread_mutex_unlock(&b->lock);
}

void
blobs_hold(struct blobs *b)
{
	pthread_mutex_lock(&b->lock);
	b->n_holds++;
	pthread_mutex_unlock(&b->lock);
}

void
blobs_release(struct blobs *b, int forget)
{
	pthread_mutex_lock(&b->lock);
	b->n_holds--;
	if (forget)
		b->n_doomed = 0;
	for (size_t i = 0; b->n_holds == 0 && i < b->n_doomed; i++)
		unlink_one(b, b->doomed[i]);
	if (b->n_holds == 0)
		b->n_doomed = 0;
	pthread_mutex_unlock(&b->lock);
}

/* All of them */

static int
each_in(int folder, blob_each_fn *fn, void *arg, struct err *err)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;

	if (d == NULL) {
		failed("cannot list", "blobs", err);
		close_fd(fd);
		return -1;
	}
	while (rc == 0 && (e = readdir(d)) != NULL) {
		if (is_id(e->d_name))
			rc = fn(arg, e->d_name);
	}
	closedir(d);
	return rc;
}

int
blobs_each(struct blobs *b, blob_each_fn *fn, void *arg, struct err *err)
{
	int rc = 0;

	for (int i = 0; i < N_FOLDERS && rc == 0; i++)
		rc = each_in(b->folder[i], fn, arg, err);
	return rc;
}

struct sweep {
	struct blobs *blobs;
	int64_t before_ms; /* older ones only */
	blob_known_fn *is_known;
	void *arg;
	size_t n;
};

static int
sweep_one(void *arg, const char *id)
{
	struct sweep *s = arg;
	struct stat st;
	int rc;

	if (fstatat(folder_of(s->blobs, id), id, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    (int64_t)st.st_ctim.tv_sec * 1000 + st.st_ctim.tv_nsec / 1000000 >
		s->before_ms)
		return 0;
	rc = s->is_known(s->arg, id);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	blob_remove(s->blobs, id);
	s->n++;
	return 0;
}

int
blobs_sweep(struct blobs *b, int64_t age_ms, blob_known_fn *is_known, void *arg,
    size_t *ret_n, struct err *err)
{
	struct sweep s = {
		.blobs = b,
		.before_ms = clock_system.now_ms(&clock_system) - age_ms,
		.is_known = is_known,
		.arg = arg,
	};
	int rc = blobs_each(b, sweep_one, &s, err);

	*ret_n = s.n;
	return rc;
}

int
blobs_label_get(struct blobs *b, struct arena *a, const char **ret, struct err *err)
{
	int fd = openat(b->fd, LABEL, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char text[BLOB_ID_LEN + 1] = "";
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? 0 : failed("cannot open", LABEL, err);
	n = read(fd, text, BLOB_ID_LEN);
	close(fd);
	if (n < 0)
		return failed("cannot read", LABEL, err);
	*ret = arena_strdup(a, text);
	return 1;
}

int
blobs_label_set(struct blobs *b, const char *label, struct err *err)
{
	int fd = openat(b->new_fd, LABEL, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t n = strlen(label);
	int rc = 0;

	if (fd < 0)
		return failed("cannot make", LABEL, err);
	if (write(fd, label, n) != (ssize_t)n || fsync(fd) < 0 ||
	    renameat(b->new_fd, LABEL, b->fd, LABEL) < 0 || fsync(b->fd) < 0)
		rc = failed("cannot write", LABEL, err);
	close(fd);
	return rc;
}
