#include "control/engine/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"

const struct err_kind tar_malformed = { "MalformedTar", 400 };

static la_ssize_t
append(struct archive *writer, void *arg, const void *p, size_t n)
{
	struct buf *out = arg;

	buf_add(out, p, n);
	if (buf_is_full(out)) {
		archive_set_error(writer, -1, "more than %zu bytes", out->limit);
		return -1;
	}
	return (la_ssize_t)n;
}

static void
failed(struct tar *t, const char *path)
{
	const char *why = archive_error_string(t->writer);

	if (t->err.kind == NULL)
		err_set_fn(&t->err, &err_internal, "tar %s: %s", path,
		    why != NULL ? why : "failed");
}

void
tar_init(struct tar *t, size_t limit)
{
	memset(t, 0, sizeof(*t));
	buf_init(&t->out, limit);
	t->writer = archive_write_new();
	if (t->writer == NULL)
		fatal("out of memory (tar)");
	archive_write_set_format_pax_restricted(t->writer);
	/* Blocks of 512: no padding to 10 KiB for two small files. */
	archive_write_set_bytes_per_block(t->writer, 512);
	archive_write_set_bytes_in_last_block(t->writer, 1);
	if (archive_write_open2(t->writer, &t->out, NULL, append, NULL, NULL) !=
	    ARCHIVE_OK)
		failed(t, "open");
}

void
tar_done(struct tar *t)
{
	if (t->writer != NULL)
		archive_write_free(t->writer);
	buf_done(&t->out);
	memset(t, 0, sizeof(*t));
}

static void
add(struct tar *t, const char *path, unsigned type, const struct tar_entry *e)
{
	struct archive_entry *entry;

	if (t->err.kind != NULL)
		return;
	entry = archive_entry_new();
	if (entry == NULL)
		fatal("out of memory (tar)");
	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, e->mode & 07777);
	archive_entry_set_uid(entry, e->uid);
	archive_entry_set_gid(entry, e->gid);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_size(entry, (la_int64_t)e->len);
	if (archive_write_header(t->writer, entry) != ARCHIVE_OK ||
	    (e->len > 0 &&
		archive_write_data(t->writer, e->bytes, e->len) != (la_ssize_t)e->len))
		failed(t, path);
	archive_entry_free(entry);
}

void
tar_add_dir(struct tar *t, const char *path, unsigned mode, unsigned uid, unsigned gid)
{
	struct tar_entry e = { .mode = mode, .uid = uid, .gid = gid };

	add(t, path, AE_IFDIR, &e);
}

void
tar_add_file(struct tar *t, const char *path, unsigned mode, unsigned uid, unsigned gid,
    const void *bytes, size_t len)
{
	struct tar_entry e = { .mode = mode,
		.uid = uid,
		.gid = gid,
		.bytes = bytes,
		.len = len };

	add(t, path, AE_IFREG, &e);
}

int
tar_finish(struct tar *t, struct err *err)
{
	if (archive_write_close(t->writer) != ARCHIVE_OK)
		failed(t, "close");
	if (t->err.kind != NULL) {
		*err = t->err;
		return -1;
	}
	return 0;
}

/* The bytes of the entry that the reader stands at, into *b. */
static int
read_data(struct archive *reader, struct buf *b, struct err *err)
{
	char chunk[16384];
	la_ssize_t n;

	while ((n = archive_read_data(reader, chunk, sizeof(chunk))) > 0) {
		buf_add(b, chunk, (size_t)n);
		if (buf_is_full(b))
			return err_set(err, &tar_malformed,
			    "a file of the tar is too large");
	}
	if (n < 0)
		return err_set(err, &tar_malformed, "tar: %s",
		    archive_error_string(reader));
	return 0;
}

static int
each(struct archive *reader, size_t limit,
    int (*fn)(void *arg, const struct tar_entry *entry), void *arg, struct err *err)
{
	struct archive_entry *entry;
	struct buf data;
	int status, r = 0;

	buf_init(&data, limit);
	while (r == 0 &&
	    (status = archive_read_next_header(reader, &entry)) != ARCHIVE_EOF) {
		struct tar_entry e = { .path = archive_entry_pathname(entry),
			.mode = archive_entry_perm(entry),
			.uid = (unsigned)archive_entry_uid(entry),
			.gid = (unsigned)archive_entry_gid(entry) };

		buf_reset(&data);
		if (status != ARCHIVE_OK || e.path == NULL)
			r = err_set(err, &tar_malformed, "not a tar");
		else if (archive_entry_filetype(entry) == AE_IFREG)
			r = read_data(reader, &data, err);
		else if (archive_entry_filetype(entry) != AE_IFDIR)
			r = err_set(err, &tar_malformed, "%s: neither file nor directory",
			    e.path);
		if (r == 0) {
			if (archive_entry_filetype(entry) == AE_IFREG) {
				e.bytes = buf_text(&data);
				e.len = data.len;
			}
			r = fn(arg, &e);
		}
	}
	buf_done(&data);
	return r;
}

int
tar_each(const void *tar, size_t len, size_t limit,
    int (*fn)(void *arg, const struct tar_entry *entry), void *arg, struct err *err)
{
	struct archive *reader = archive_read_new();
	int r;

	if (reader == NULL)
		fatal("out of memory (tar)");
	archive_read_support_format_tar(reader);
	if (archive_read_open_memory(reader, tar, len) != ARCHIVE_OK)
		r = err_set(err, &tar_malformed, "not a tar");
	else
		r = each(reader, limit, fn, arg, err);
	archive_read_free(reader);
	return r;
}
