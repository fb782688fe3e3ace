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

#define STORE_TEST_SCOPE "000000000000:us-east-1"

/* One more in member n of a document, made if need be: 1, 0 or -1, as store_commit(). */
int store_test_add(struct store *s, const char *kind, const char *id, struct err *err);

/* Member n; 0 when there is no document, -1 on failure. */
int store_test_value(struct store *s, const char *kind, const char *id, struct err *err);

/* Documents of a kind, -1 on failure. */
int store_test_count(struct store *s, const char *kind, struct err *err);

/* Until it is so; the test fails after ten seconds. */
void store_test_await(struct store *s, const char *kind, const char *id, int n);
void store_test_await_answer(struct store *s);

/* With all that is in it. */
void store_test_remove_dir(const char *dir);

/* A millisecond, between two looks at what has no other way to tell. */
void store_test_pause(void);

#endif
