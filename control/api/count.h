/*
 * How often each operation was called, and how it ended: for /_simfra/coverage.
 *
 * Counters of this process, since its start; safe from any thread.
 */
#ifndef CONTROL_API_COUNT_H
#define CONTROL_API_COUNT_H

#include "base/json.h"
#include "control/api/env.h"
#include "models/model.h"

void count_call(const struct model *m, const struct model_op *op, int status);

/*
 * {"services": {"ec2": {"operations": 600, "implemented": 60, "called": {"RunInstances":
 * {"ok": 1, "failed": 0, "not_implemented": 0}}}}}; the arena's.
 */
json_t *count_coverage(struct arena *a, const struct env *env);

#endif
