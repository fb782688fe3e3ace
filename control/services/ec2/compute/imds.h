/*
 * EC2: the metadata of an instance, as the tree that its VPC's agent serves.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_IMDS_H
#define CONTROL_SERVICES_EC2_COMPUTE_IMDS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "control/api/env.h"

struct imds_input {
	struct env *env;
	struct arena *arena;
	struct store_txn *txn;
	const char *scope, *account, *region;
	const json_t *instance, *vpc, *subnet;
};

/* {"instance_id", "options", "tree", "user_data"}: a new object, the caller's.  NULL and *err. */
json_t *imds_instance(const struct imds_input *in, struct err *err);

#endif
