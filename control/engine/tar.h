/*
 * A tar in memory: what engine_archive_put() takes, and back.
 *
 *	struct tar t;
 *
 *	tar_init(&t, 0);
 *	tar_add_dir(&t, ".simfra", 0755, 0, 0);
 *	tar_add_file(&t, ".simfra/init.json", 0600, 0, 0, text, len);
 *	if (tar_finish(&t, &err) == 0)
 *		engine_archive_put(e, name, "/", t.out.data, t.out.len, &err);
 *	tar_done(&t);
 *
 * Add, add, ask once: the first failure is kept and tar_finish() tells it.
 * The same calls make the same bytes (times are 0), so that a hash of them
 * means something.
 */
#ifndef CONTROL_ENGINE_TAR_H
#define CONTROL_ENGINE_TAR_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct tar {
	struct buf out; /* the tar, once finished */
	struct archive *writer;
	struct err err;
};

/* limit 0: that of a buf. */
void tar_init(struct tar *t, size_t limit);
void tar_done(struct tar *t);

/* Paths are relative to where it will be unpacked ("etc/hosts"). */
void tar_add_dir(struct tar *t, const char *path, unsigned mode, unsigned uid,
    unsigned gid);
void tar_add_file(struct tar *t, const char *path, unsigned mode, unsigned uid,
    unsigned gid, const void *bytes, size_t len);

/* Then t->out is whole; nothing can be added. */
int tar_finish(struct tar *t, struct err *err);

extern const struct err_kind tar_malformed;

/* An entry on the way back; bytes are borrowed for the call, NULL for a directory. */
struct tar_entry {
	const char *path;
	unsigned mode, uid, gid;
	const void *bytes;
	size_t len;
};

/*
 * Each directory and regular file of a tar, until fn returns other than 0
 * (which is then the result).  Fails as tar_malformed when it is no tar, when a file has more than
 * limit bytes, or for links and devices.
 */
int tar_each(const void *tar, size_t len, size_t limit,
    int (*fn)(void *arg, const struct tar_entry *entry), void *arg, struct err *err);

#endif
