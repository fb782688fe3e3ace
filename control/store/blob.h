/*
 * Bodies of objects: immutable files in the data directory (DESIGN D3).
 *
 * A blob is written aside, synced and renamed, so one that has its name is whole.  It has no
 * meaning of its own: documents refer to it by id, one document each; who
 * commits such a document keeps the blob, who commits its removal removes
 * the blob then.  A crash between the two leaves an orphan, which blobs_sweep() finds.
 *
 * Any thread may use these at any time; a writer belongs to one.
 */
#ifndef CONTROL_STORE_BLOB_H
#define CONTROL_STORE_BLOB_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum { BLOB_ID_LEN = 32 }; /* hexadecimal digits */

struct blobs;
struct blob_writer;

/*
 * In the folder "blobs" of data_dir, synced; or, with NULL, in one of this process's own for
 * temporary files, which goes with it.  What a dead process left half
 * written is removed.  NULL and *err.
 */
struct blobs *blobs_open(const char *data_dir, struct err *err);
void blobs_close(struct blobs *b);

struct blob_writer *blob_create(struct blobs *b, struct err *err);
/* One that comes from elsewhere with its id, and may be there already with the same bytes. */
struct blob_writer *blob_create_as(struct blobs *b, const char *id, struct err *err);
int blob_write(struct blob_writer *w, const void *p, size_t n, struct err *err);
/* 0 and its id, the arena's; or -1.  The writer is gone, also after a failure. */
int blob_finish(struct blob_writer *w, struct arena *a, const char **ret_id,
    struct err *err);
/* Half a blob is none.  NULL is fine. */
void blob_abandon(struct blob_writer *w);

/* A second blob with the same bytes; they are copied only when the file system has no link left. */
int blob_link(struct blobs *b, struct arena *a, const char *id, const char **ret_id,
    struct err *err);

/*
 * A file to read: 1 and *ret_fd, the caller's; 0 when there is no such blob (any more); -1.  It stays
 * readable when the blob is removed.
 */
int blob_open(struct blobs *b, const char *id, int *ret_fd, struct err *err);

/* Gone, if it was there; held: when that is over. */
void blob_remove(struct blobs *b, const char *id);

/*
 * None is removed by this process until as many releases have followed.  forget: what was to be removed meanwhile stays,
 * for a sweep to find out.
 */
void blobs_hold(struct blobs *b);
void blobs_release(struct blobs *b, int forget);

/*
 * Remove the blobs that is_known() says nobody refers to (1, 0, or -1 to stop), of those older than age_ms: a
 * younger one's document may be on its way.  *ret_n: how many went.
 */
typedef int blob_known_fn(void *arg, const char *id);
int blobs_sweep(struct blobs *b, int64_t age_ms, blob_known_fn *is_known, void *arg,
    size_t *ret_n, struct err *err);

/* Every blob there is: stops and returns what fn does when that is not 0. */
typedef int blob_each_fn(void *arg, const char *id);
int blobs_each(struct blobs *b, blob_each_fn *fn, void *arg, struct err *err);

/*
 * Which store's the blobs are, a text of at most BLOB_ID_LEN bytes.  get: 1 and the arena's text, 0 nobody has said
 * yet, -1.
 */
int blobs_label_get(struct blobs *b, struct arena *a, const char **ret, struct err *err);
int blobs_label_set(struct blobs *b, const char *label, struct err *err);

#endif
