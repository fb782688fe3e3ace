/*
 * For tests of the store: the redis-server that a store started, found from
 * outside, in /proc.
 */
#ifndef TESTS_UNIT_STORE_SERVER_H
#define TESTS_UNIT_STORE_SERVER_H

#include <sys/types.h>

#include "control/store/store.h"

/*
 * A child of parent that runs redis-server, 0 if there is none.  The path of its
 * socket goes to path, which has 108 bytes or is NULL.
 */
pid_t store_server_of(pid_t parent, char *path);

/* A second store on the server of this process; for one in memory, itself. */
struct store *store_server_another(struct store *s);
void store_server_close_another(struct store *s, struct store *other);

#endif
