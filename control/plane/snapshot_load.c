/* In: bytes of objects come first, and are nobody's until the documents are there. */
#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "control/plane/snapshot.h"
#include "control/plane/sweep.h"
#include "control/store/blob.h"
#include "control/store/schema.h"

enum { PART = 64 << 10, MAX_TITLE = 64 << 10, MAX_LINE = 64 << 20 };

static const struct err_kind bad_file = { "InvalidSnapshot", 400 };
static const struct err_kind in_use = { "ReplicasRun", 409 };

struct load {
	struct exchange *x;
	struct env *env;
	struct archive *tar;
	char *part; /* PART bytes, for libarchive */
	int64_t n_documents, n_expected;
	/* Of the documents: what was read and is not yet taken, and the arena of the line. */
	struct buf text;
	size_t at;
	struct arena *line;
	int is_replaced;
};

static la_ssize_t
take_bytes(struct archive *tar, void *arg, const void **ret)
{
	struct load *ld = arg;
	struct wire_source *source = ld->x->request.source;
	int64_t n = 0;

	*ret = ld->part;
	if (source != NULL)
		n = source->read(source, ld->part, PART);
	if (n < 0)
		archive_set_error(tar, -1, "the body is not whole");
	return (la_ssize_t)n;
}

static int
broken(struct load *ld, struct err *err)
{
	const char *why = archive_error_string(ld->tar);

	return err_set(err, &bad_file, "the snapshot cannot be read: %s",
	    why != NULL ? why : "it is no tar");
}

/* 1 and the path of the next file, 0 at the end, -1. */
static int
next_file(struct load *ld, const char **ret, struct err *err)
{
	struct archive_entry *entry;
	int rc = archive_read_next_header(ld->tar, &entry);

	if (rc == ARCHIVE_EOF)
		return 0;
	if (rc != ARCHIVE_OK)
		return broken(ld, err);
	*ret = archive_entry_pathname(entry);
	return *ret != NULL ? 1 : broken(ld, err);
}

static int
read_title(struct load *ld, struct err *err)
{
	const char *path = "";
	char *text = arena_alloc(ld->x->arena, MAX_TITLE);
	json_t *title = NULL;
	struct err why;
	la_ssize_t n;

	if (next_file(ld, &path, err) < 0)
		return -1;
	n = strcmp(path, "simfra.json") == 0 ?
	    archive_read_data(ld->tar, text, MAX_TITLE) :
	    -1;
	if (n < 0 || json_read_in(ld->x->arena, text, (size_t)n, &title, &why) < 0 ||
	    json_int(title, "format", 0) != 1)
		return err_set(err, &bad_file, "this is not a snapshot of Simfra");
	if (json_int(title, "schema", 0) > schema_version())
		return err_set(err, &bad_file,
		    "the snapshot is of schema %d, which a newer Simfra wrote: this one "
		    "knows up to %d",
		    (int)json_int(title, "schema", 0), schema_version());
	ld->n_expected = json_int(title, "documents", -1);
	return 0;
}

/* Objects */

static int
copy_blob(struct load *ld, struct blob_writer *w, struct err *err)
{
	const void *p;
	size_t n;
	la_int64_t offset;
	int rc;

	while ((rc = archive_read_data_block(ld->tar, &p, &n, &offset)) == ARCHIVE_OK) {
		if (blob_write(w, p, n, err) < 0)
			return -1;
	}
	return rc == ARCHIVE_EOF ? 0 : broken(ld, err);
}

static int
take_blob(struct load *ld, const char *id, struct err *err)
{
	struct blob_writer *w = blob_create_as(ld->env->blobs, id, err);
	const char *ignored;

	if (w == NULL)
		return -1;
	if (copy_blob(ld, w, err) < 0) {
		blob_abandon(w);
		return -1;
	}
	return blob_finish(w, ld->line, &ignored, err);
}

static int
has_blob(void *arg, const char *id, struct err *err)
{
	struct load *ld = arg;
	int fd, rc = blob_open(ld->env->blobs, id, &fd, err);

	if (rc == 0)
		return err_set(err, &bad_file, "the snapshot lacks an object's bytes: %s",
		    id);
	if (rc > 0)
		close(fd);
	return rc < 0 ? -1 : 0;
}

/* Documents */

/* More of the text: 1, 0 there is none, -1. */
static int
read_more(struct load *ld, struct err *err)
{
	size_t left = ld->text.len - ld->at;
	la_ssize_t n;

	if (left > MAX_LINE)
		return err_set(err, &bad_file, "a document is too large");
	if (left > 0)
		memmove(ld->text.data, ld->text.data + ld->at, left);
	ld->text.len = left;
	ld->at = 0;
	n = archive_read_data(ld->tar, ld->part + PART, PART);
	if (n < 0)
		return broken(ld, err);
	buf_add(&ld->text, ld->part + PART, (size_t)n);
	return n > 0;
}

/* A line, borrowed until the next but one: 1, 0, -1. */
static int
read_line(struct load *ld, char **ret, size_t *ret_len, struct err *err)
{
	for (;;) {
		size_t left = ld->text.len - ld->at;
		char *line = ld->text.data + ld->at,
		     *newline = left > 0 ? memchr(line, '\n', left) : NULL;
		int rc;

		if (newline != NULL) {
			*ret = line;
			*ret_len = (size_t)(newline - line);
			ld->at += *ret_len + 1;
			return 1;
		}
		rc = read_more(ld, err);
		if (rc < 0 || (rc == 0 && left > 0))
			return rc < 0 ?
			    -1 :
			    err_set(err, &bad_file, "the last line is broken off");
		if (rc == 0)
			return 0;
	}
}

static int
take_names(struct load *ld, const char *line, size_t len, struct store_text *ret,
    struct err *err)
{
	json_t *names;
	struct err why;

	if (json_read_in(ld->line, line, len, &names, &why) < 0 ||
	    json_array_size(names) != 3)
		return err_set(err, &bad_file, "a document without names");
	ret->scope = json_string_value(json_array_get(names, 0));
	ret->kind = json_string_value(json_array_get(names, 1));
	ret->id = json_string_value(json_array_get(names, 2));
	if (ret->scope == NULL || ret->kind == NULL || ret->id == NULL)
		return err_set(err, &bad_file, "a document without names");
	return 0;
}

static int
next_document(void *arg, struct store_text *ret, struct err *err)
{
	struct load *ld = arg;
	char *line;
	size_t len;
	int rc;

	arena_free(ld->line);
	ld->line = arena_new();
	rc = read_line(ld, &line, &len, err);
	if (rc == 0 && ld->n_documents != ld->n_expected)
		return err_set(err, &bad_file, "documents are missing");
	if (rc <= 0)
		return rc;
	if (take_names(ld, line, len, ret, err) < 0)
		return -1;
	rc = read_line(ld, &line, &len, err);
	if (rc <= 0)
		return rc < 0 ? -1 : err_set(err, &bad_file, "a name without a document");
	ret->text = line;
	ret->len = len;
	ld->n_documents++;
	return snapshot_blobs_of(ld->line, line, len, has_blob, ld, err) < 0 ? -1 : 1;
}

static int
take_files(struct load *ld, struct err *err)
{
	const char *path;
	int rc;

	while ((rc = next_file(ld, &path, err)) > 0) {
		if (strncmp(path, "blobs/", 6) == 0) {
			if (take_blob(ld, path + 6, err) < 0)
				return -1;
		} else if (strcmp(path, "documents.jsonl") == 0 && !ld->is_replaced) {
			if (store_replace(ld->env->store, snapshot_own_kinds,
				next_document, ld, err) < 0)
				return -1;
			ld->is_replaced = 1;
		} else {
			return err_set(err, &bad_file,
			    "the snapshot has an odd file: %.80s", path);
		}
	}
	if (rc == 0 && !ld->is_replaced)
		return err_set(err, &bad_file, "the snapshot has no documents");
	return rc;
}

static int
open_tar(struct load *ld, struct err *err)
{
	ld->tar = archive_read_new();
	if (ld->tar == NULL)
		fatal("out of memory (tar)");
	archive_read_support_format_tar(ld->tar);
	archive_read_support_filter_gzip(ld->tar);
	archive_read_support_filter_zstd(ld->tar);
	if (archive_read_open(ld->tar, ld, NULL, take_bytes, NULL) != ARCHIVE_OK)
		return broken(ld, err);
	return 0;
}

static int
load(struct load *ld, struct err *err)
{
	struct plane *p = ld->x->plane;

	/* They would go on with what they remember. */
	if (p->reconciler != NULL && reconciler_others(p->reconciler) > 0)
		return err_set(err, &in_use,
		    "other replicas of the control plane run: stop them first");
	if (open_tar(ld, err) < 0 || read_title(ld, err) < 0 || take_files(ld, err) < 0)
		return -1;
	return schema_open(ld->env->store, err);
}

void
snapshot_load(struct exchange *x)
{
	struct load ld = { .x = x, .env = &x->plane->env };
	struct err err;
	int rc;

	ld.part = arena_alloc(x->arena, 2 * PART);
	ld.line = arena_new();
	buf_init(&ld.text, 2 * (size_t)MAX_LINE);
	blobs_hold(ld.env->blobs);
	rc = load(&ld, &err);
	/* What was to go then may be an object's bytes now; what is nobody's is found by the sweep. */
	blobs_release(ld.env->blobs, ld.is_replaced);
	sweep_soon(x->plane->sweep);
	archive_read_free(ld.tar);
	buf_done(&ld.text);
	arena_free(ld.line);
	if (rc < 0)
		reply_error(x, err.kind->status, err.msg);
	else
		reply_json(x, 200,
		    json_own(x->arena,
			json_make("{s:s, s:I}", "status", "loaded", "documents",
			    (json_int_t)ld.n_documents)));
}
