#include "sidecar/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"

struct keep {
	int dir; /* -1: none */
	char file[64], aside[64];
};

int
keep_open(const char *dir, const char *name, int owner, struct keep **ret,
    struct err *err)
{
	struct keep *k;
	int fd = -1;

	if (dir != NULL) {
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return err_errno(err, "open SIMFRA_STATE_DIR %s", dir);
		if (owner >= 0 && fchown(fd, (uid_t)owner, (gid_t)owner) < 0)
			log_debug("sidecar", "%s keeps its owner: %s", dir,
			    strerror(errno));
	}
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		fatal("out of memory");
	k->dir = fd;
	snprintf(k->file, sizeof(k->file), "%s.json", name);
	snprintf(k->aside, sizeof(k->aside), ".%s.new", name);
	*ret = k;
	return 0;
}

void
keep_close(struct keep *k)
{
	if (k == NULL)
		return;
	if (k->dir >= 0)
		close(k->dir);
	free(k);
}

static int
read_whole(int fd, struct buf *b)
{
	char chunk[16384];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_add(b, chunk, (size_t)n);
	return n == 0 && !buf_is_full(b) ? 0 : -1;
}

int
keep_load(struct keep *k, json_t **ret)
{
	struct buf b;
	struct err err;
	int fd, found = 0;

	if (k->dir < 0)
		return 0;
	fd = openat(k->dir, k->file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return 0;
	buf_init(&b, KEEP_LIMIT);
	if (read_whole(fd, &b) == 0)
		found = json_read(buf_text(&b), b.len, ret, &err) == 0;
	buf_done(&b);
	close(fd);
	return found;
}

static int
write_whole(int fd, const char *p, size_t n)
{
	ssize_t done;

	for (; n > 0; p += done, n -= (size_t)done) {
		done = write(fd, p, n);
		if (done < 0)
			return -1;
	}
	return 0;
}

int
keep_save(struct keep *k, const json_t *doc, struct err *err)
{
	struct buf b;
	int fd, rc;

	if (k->dir < 0)
		return 0;
	fd = openat(k->dir, k->aside,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(err, "create %s", k->aside);
	buf_init(&b, 0);
	json_write(doc, &b);
	rc = write_whole(fd, buf_text(&b), b.len);
	buf_done(&b);
	if (close(fd) < 0 || rc < 0) {
		err_errno_fn(err, "write %s", k->aside);
		unlinkat(k->dir, k->aside, 0);
		return -1;
	}
	if (renameat(k->dir, k->aside, k->dir, k->file) < 0)
		return err_errno(err, "rename %s", k->aside);
	return 0;
}
