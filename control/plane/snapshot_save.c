/* Out: documents are spooled to a blob while nobody may write; the rest is sent without haste. */
#include <archive.h>
#include <archive_entry.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "control/plane/snapshot.h"
#include "control/services/ec2/network/edge.h"
#include "control/services/ec2/network/host.h"
#include "control/store/blob.h"
#include "control/store/schema.h"

enum { PART = 256 << 10 };

const char *const snapshot_own_kinds[] = { "sys:blobs", "sys:ca", HOST_KIND, EDGE_KIND,
	NULL };

struct blob_row {
	char id[BLOB_ID_LEN + 1];
	int64_t size;
};

struct save {
	struct env *env;
	struct arena *arena;
	struct blob_writer *writer;
	struct buf *part; /* of the documents, not yet written */
	const char *spool;
	int64_t spool_size;
	struct blob_row *row;
	size_t n, cap, n_documents;
};

int
snapshot_blobs_of(struct arena *a, const char *text, size_t len, snapshot_blob_fn *fn,
    void *arg, struct err *err)
{
	json_t *doc, *blob;
	size_t i;
	int rc = 0;

	if (memmem(text, len, "\"_blobs\"", 8) == NULL)
		return 0;
	if (json_read_in(a, text, len, &doc, err) < 0)
		return -1;
	json_array_foreach(json_get(doc, "_blobs"), i, blob) {
		if (rc == 0)
			rc = fn(arg, json_str_or(blob, "id", ""), err);
	}
	return rc;
}

static int
add_blob(void *arg, const char *id, struct err *err)
{
	struct save *s = arg;
	struct stat st;
	int fd, rc = blob_open(s->env->blobs, id, &fd, err);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(err, &err_internal, "the bytes of an object are gone: %s",
		    id);
	rc = fstat(fd, &st);
	close(fd);
	if (rc < 0)
		return err_set(err, &err_internal, "cannot look at %s", id);
	if (s->n == s->cap) {
		s->cap = s->cap == 0 ? 64 : 2 * s->cap;
		s->row = realloc(s->row, s->cap * sizeof(*s->row));
		if (s->row == NULL)
			fatal("out of memory");
	}
	memcpy(s->row[s->n].id, id, sizeof(s->row[0].id));
	s->row[s->n++].size = st.st_size;
	return 0;
}

static int
is_own(const struct store_text *doc)
{
	const char *const *kind = snapshot_own_kinds;

	if (strcmp(doc->scope, STORE_SYSTEM) != 0)
		return 0;
	while (*kind != NULL && strcmp(*kind, doc->kind) != 0)
		kind++;
	return *kind != NULL;
}

static int
write_part(struct save *s, struct err *err)
{
	int rc = blob_write(s->writer, buf_text(s->part), s->part->len, err);

	s->spool_size += (int64_t)s->part->len;
	buf_reset(s->part);
	return rc;
}

static int
add_document(void *arg, const struct store_text *doc, struct err *err)
{
	struct save *s = arg;
	CLEANUP(arena_freep) struct arena *a = NULL;

	if (is_own(doc))
		return 0;
	a = arena_new();
	buf_str(s->part,
	    json_text(a,
		json_own(a, json_make("[s,s,s]", doc->scope, doc->kind, doc->id))));
	buf_chr(s->part, '\n');
	buf_add(s->part, doc->text, doc->len);
	buf_chr(s->part, '\n');
	s->n_documents++;
	if (snapshot_blobs_of(a, doc->text, doc->len, add_blob, s, err) < 0)
		return -1;
	return s->part->len >= PART ? write_part(s, err) : 0;
}

static int
spool(struct save *s, struct err *err)
{
	s->writer = blob_create(s->env->blobs, err);
	if (s->writer == NULL || store_dump(s->env->store, add_document, s, err) < 0 ||
	    write_part(s, err) < 0)
		return -1;
	if (blob_finish(s->writer, s->arena, &s->spool, err) < 0) {
		s->writer = NULL;
		return -1;
	}
	s->writer = NULL;
	return 0;
}

/* The file */

static la_ssize_t
send_bytes(struct archive *tar, void *arg, const void *p, size_t n)
{
	struct wire_sink *sink = arg;

	if (sink->write(sink, p, n) == 0)
		return (la_ssize_t)n;
	archive_set_error(tar, -1, "the client is gone");
	return -1;
}

static int
add_header(struct archive *tar, const char *path, int64_t size, int64_t now_ms)
{
	struct archive_entry *entry = archive_entry_new();
	int rc;

	if (entry == NULL)
		fatal("out of memory (tar)");
	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_mtime(entry, (time_t)(now_ms / 1000), 0);
	archive_entry_set_size(entry, size);
	rc = archive_write_header(tar, entry);
	archive_entry_free(entry);
	return rc == ARCHIVE_OK ? 0 : -1;
}

static int
add_bytes(struct archive *tar, int fd, int64_t size, char *part)
{
	while (size > 0) {
		ssize_t n = read(fd, part, size < PART ? (size_t)size : PART);

		if (n <= 0 || archive_write_data(tar, part, (size_t)n) != n)
			return -1;
		size -= n;
	}
	return 0;
}

static int
add_file(struct save *s, struct archive *tar, const char *path, const char *id,
    int64_t size, char *part)
{
	struct err err;
	int fd, rc;

	if (blob_open(s->env->blobs, id, &fd, &err) != 1)
		return -1;
	rc = add_header(tar, path, size, clock_system.now_ms(&clock_system));
	if (rc == 0)
		rc = add_bytes(tar, fd, size, part);
	close(fd);
	return rc;
}

static int
add_title(struct save *s, struct archive *tar)
{
	int64_t now_ms = clock_system.now_ms(&clock_system);
	char when[32];
	const char *text;
	size_t len;

	clock_iso8601(now_ms, 0, when);
	text = json_text(s->arena,
	    json_own(s->arena,
		json_make("{s:i, s:i, s:s, s:I, s:I}", "format", 1, "schema",
		    schema_version(), "created", when, "documents",
		    (json_int_t)s->n_documents, "objects", (json_int_t)s->n)));
	len = strlen(text);
	return add_header(tar, "simfra.json", (int64_t)len, now_ms) == 0 &&
		archive_write_data(tar, text, len) == (la_ssize_t)len ?
	    0 :
	    -1;
}

static int
add_all(struct save *s, struct archive *tar)
{
	char *part = arena_alloc(s->arena, PART), path[sizeof("blobs/") + BLOB_ID_LEN];
	int rc = add_title(s, tar);

	for (size_t i = 0; i < s->n && rc == 0; i++) {
		memcpy(path, "blobs/", 6);
		memcpy(path + 6, s->row[i].id, sizeof(s->row[i].id));
		rc = add_file(s, tar, path, s->row[i].id, s->row[i].size, part);
	}
	return rc == 0 ?
	    add_file(s, tar, "documents.jsonl", s->spool, s->spool_size, part) :
	    -1;
}

static int
send_tar(struct wire_sink *sink, void *arg)
{
	struct archive *tar = archive_write_new();
	int rc;

	if (tar == NULL)
		fatal("out of memory (tar)");
	archive_write_set_format_pax_restricted(tar);
	rc = archive_write_open2(tar, sink, NULL, send_bytes, NULL, NULL) == ARCHIVE_OK ?
	    add_all(arg, tar) :
	    -1;
	if (rc == 0)
		rc = archive_write_close(tar) == ARCHIVE_OK ? 0 : -1;
	else
		archive_write_fail(tar);
	archive_write_free(tar);
	return rc;
}

static void
end(void *arg)
{
	struct save *s = arg;

	blob_abandon(s->writer);
	if (s->spool != NULL)
		blob_remove(s->env->blobs, s->spool);
	blobs_release(s->env->blobs, 0);
	free(s->row);
}

void
snapshot_save(struct exchange *x)
{
	struct save *s = arena_alloc(x->arena, sizeof(*s));
	struct err err;

	*s = (struct save){ .env = &x->plane->env, .arena = x->arena };
	s->part = buf_new(x->arena, 0);
	blobs_hold(s->env->blobs);
	arena_defer(x->arena, end, s);
	if (spool(s, &err) < 0) {
		reply_error(x, 503, err.msg);
		return;
	}
	x->reply.status = 200;
	x->reply.body = buf_new(x->arena, 0);
	x->reply.stream = send_tar;
	x->reply.stream_arg = s;
	x->reply.stream_length = -1;
	wire_add_header(&x->reply, "Content-Type", "application/x-tar");
}
