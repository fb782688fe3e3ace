/*
 * A small world for tests of volumes, snapshots and images: a host whose netd does
 * what it is told, and copies that end.
 */
#ifndef TESTS_API_STORAGE_CALLS_H
#define TESTS_API_STORAGE_CALLS_H

#include "tests/api/ec2_calls.h"

/* A world (ec2_calls.h) with a host. */
void storage_set_up(struct fixture *f, struct ec2_world *w);

/* Passes of the reconciler; in between copies end well, and netd has done what it was told. */
void storage_settle(struct fixture *f);

/* The reconciler alone, once. */
void storage_pass(struct fixture *f);

/* An instance that runs: its id. */
const char *storage_launch(struct fixture *f, const struct ec2_world *w,
    const char *more);

/* An available volume in us-east-1a; more is further JSON members, after a comma. */
const char *storage_volume(struct fixture *f, const char *more);

/* The one volume, snapshot or image, as Describe shows it. */
json_t *storage_volume_now(struct fixture *f, const char *id);
json_t *storage_snapshot_now(struct fixture *f, const char *id);
json_t *storage_image_now(struct fixture *f, const char *id);

/* A complete snapshot of the volume. */
const char *storage_snapshot(struct fixture *f, const char *volume);

/* 1 the engine has this volume of the resource, 0 not. */
int storage_has_data(struct fixture *f, const char *id);

#endif
