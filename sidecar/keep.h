/*
 * The last good configuration, in a file.
 *
 * Mode 0600, since it holds credentials; written aside and renamed.  It is not
 * synced to the disk, which would stop the loop for as long as the disk
 * likes: a file that a crash of the machine cut short is not JSON, and counts
 * as none.
 */
#ifndef SIDECAR_KEEP_H
#define SIDECAR_KEEP_H

#include "base/err.h"
#include "base/json.h"

enum { KEEP_LIMIT = 64 << 20 };

struct keep;

/*
 * Opens folder `dir`, and gives it to `owner` when that is not -1 and may be done.
 * dir NULL: a keep that forgets.
 */
int keep_open(const char *dir, const char *name, int owner, struct keep **ret,
    struct err *err);
void keep_close(struct keep *k);

/* 1 and *ret (the caller's), 0 when there is none that can be read. */
int keep_load(struct keep *k, json_t **ret);

int keep_save(struct keep *k, const json_t *doc, struct err *err);

#endif
