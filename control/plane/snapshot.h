/*
 * Snapshots: the whole state, objects included, as one file (docs/SNAPSHOTS.md).
 *
 *	GET /_simfra/snapshot	the file, of one moment
 *	POST /_simfra/snapshot	everything becomes what the file has, at once, or nothing does
 *
 * The file is a tar (pax): simfra.json, {format, schema, simfra, created, documents, objects}; blobs/ID, the bytes of
 * objects; documents.jsonl, two lines a document: [scope, kind, id] and itself.  One that is compressed (gzip,
 * zstd) is read as well.
 *
 * What belongs to the installation stays with it: the CA, the Docker host's networks.  Docker's own volumes and
 * images are not in the file.
 */
#ifndef CONTROL_PLANE_SNAPSHOT_H
#define CONTROL_PLANE_SNAPSHOT_H

#include <stdio.h>

#include "control/api/settings.h"
#include "control/plane/plane.h"

#define SNAPSHOT_PATH "/_simfra/snapshot"

/* The two doors. */
void snapshot_save(struct exchange *x);
void snapshot_load(struct exchange *x);

/* What documents of the installation a snapshot neither has nor replaces, up to NULL. */
extern const char *const snapshot_own_kinds[];

/* Calls back for each blob that a document refers to, until it is not 0, which is returned. */
typedef int snapshot_blob_fn(void *arg, const char *id, struct err *err);
int snapshot_blobs_of(struct arena *a, const char *text, size_t len, snapshot_blob_fn *fn,
    void *arg, struct err *err);

/* simfra snapshot save|load FILE, "-" for the standard streams: the exit status. */
int snapshot_command(struct arena *a, const struct settings *s, int argc, char **argv,
    FILE *out);

#endif
