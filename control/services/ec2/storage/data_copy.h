/*
 * EC2: the data of volumes and snapshots: Docker volumes named by the resource's id.
 *
 * Copying is done by a short-lived container that has both; converge() starts it,
 * is woken by its end, and sees then how it went.
 */
#ifndef CONTROL_SERVICES_EC2_STORAGE_DATA_COPY_H
#define CONTROL_SERVICES_EC2_STORAGE_DATA_COPY_H

#include "base/err.h"
#include "control/api/converge.h"

/* The resource's Docker volume is there; *ret is where.  0 or -1. */
int data_need(struct converge *cv, char **ret_path, struct err *err);

struct data_copy {
	const char *from_image;	 /* if it is there, its file system; … */
	const char *from_volume; /* … else what is in this Docker volume */
};

/* Copy into the resource's Docker volume: 1 all is there, 0 not yet, -1. */
int data_copy(struct converge *cv, const struct data_copy *copy, struct err *err);

/* The resource's Docker volume, and what copies into it, are gone.  0 or -1. */
int data_remove(struct converge *cv, struct err *err);

/* The name of the Docker image that a root volume's snapshot is; the arena's. */
char *data_snapshot_image(struct arena *a, const char *snapshot);
int data_is_snapshot(const char *image);

#endif
