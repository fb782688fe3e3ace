/*
 * A service asks another, or itself, from outside of a request.
 */
#ifndef CONTROL_API_ASK_H
#define CONTROL_API_ASK_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "control/api/env.h"

/*
 * Run the operation as a service does it for the account (so that tags of AWS's own can be
 * set): 0 and *ret, the answer (the arena's); -1.  It is a transaction of its own.
 */
int ask_service(struct env *env, struct arena *a, const char *account, const char *region,
    const char *service, const char *operation, json_t *in, json_t **ret,
    struct err *err);

#endif
