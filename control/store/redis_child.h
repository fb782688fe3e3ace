/*
 * Our own redis-server: a child on a unix socket that only we can reach.
 *
 * For the files of this folder only.  Its socket is in a private directory;
 * with a data directory it appends to a file there, which a lock
 * keeps for one control plane at a time.  A thread starts it, waits for its end and starts
 * it again, later each time it fails at once.  The child cannot outlive us: the
 * kernel kills it when that thread ends, however we end.
 */
#ifndef CONTROL_STORE_REDIS_CHILD_H
#define CONTROL_STORE_REDIS_CHILD_H

#include "base/err.h"

struct redis_child;

/* Started, maybe not ready yet.  data_dir NULL: memory only. */
struct redis_child *redis_child_open(const char *program, const char *data_dir,
    struct err *err);

const char *redis_child_socket(const struct redis_child *c);

int redis_child_has_data(const struct redis_child *c);

/* 0 if it runs and has since it was opened; -1 and its last words if it ended. */
int redis_child_check(struct redis_child *c, struct err *err);

/*
 * In two steps: it is not started again, and (now when it has no data, after a while
 * for SHUTDOWN to work when it has) killed; it is reaped and its directory removed.
 */
void redis_child_end(struct redis_child *c);
void redis_child_close(struct redis_child *c);

#endif
