/*
 * Replication: a version that a rule names is PENDING from its first moment, and a task of the bucket's outbox
 * (event.h) leads to it: kind s3:replica/, id "BUCKET/" and what sorts later ones behind, with key and version.  The reconciler
 * makes the replicas, and with them the version COMPLETED, or FAILED.
 */
#ifndef CONTROL_SERVICES_S3_REPLICATION_H
#define CONTROL_SERVICES_S3_REPLICATION_H

#include "control/api/converge.h"
#include "control/services/s3/s3.h"

#define S3_REPLICA "s3:replica/"

/*
 * A version (or marker) is about to be put, or its tags change: sets its ReplicationStatus and leaves a task, if a rule says so.
 */
void s3_replicate(struct call *c, const json_t *bucket, json_t *doc);

/*
 * The rule by which doc goes to the destination at `at` of the rules, as the first of those with that destination in the order of
 * priorities; NULL: it does not, or another one counts.
 */
const json_t *s3_replication_rule(const json_t *bucket, const json_t *doc, size_t at);

/* The tasks of an outbox: 0 or -1. */
int s3_replicate_all(struct converge *cv, struct err *err);

#endif
