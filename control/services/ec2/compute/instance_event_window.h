/*
 * EC2: event windows of instances (instance_event.h).
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_INSTANCE_EVENT_WINDOW_H
#define CONTROL_SERVICES_EC2_COMPUTE_INSTANCE_EVENT_WINDOW_H

#include "base/err.h"
#include "base/json.h"
#include "control/store/store.h"

/*
 * The first moment from `from` on (seconds) that is in an event window of the instance, or from itself when it has none:
 * 0 or -1.
 */
int event_window_start(struct store_txn *t, const char *scope, const json_t *instance,
    int64_t from, int64_t *ret, struct err *err);

#endif
