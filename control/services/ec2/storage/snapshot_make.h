/*
 * EC2: what the files about snapshots share.
 */
#ifndef CONTROL_SERVICES_EC2_STORAGE_SNAPSHOT_MAKE_H
#define CONTROL_SERVICES_EC2_STORAGE_SNAPSHOT_MAKE_H

#include "control/api/call.h"
#include "control/api/converge.h"

int snapshot_converge(struct converge *cv, struct err *err);

/* Everybody may restore it, and the account that has it does not forbid that. */
int snapshot_is_public(struct call *c, const json_t *doc);

/* The account may restore it. */
int snapshot_has_user(struct call *c, const json_t *doc, const char *account);

/* Call fn for every snapshot of the region that another account shares with the caller's: 0 or -1. */
typedef void snapshot_fn(void *arg, json_t *doc);
int snapshot_each_shared(struct call *c, snapshot_fn *fn, void *arg);

#endif
