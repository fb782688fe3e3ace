/*
 * A container engine in memory, for tests of what stands on engine.h.
 *
 * It keeps the contract of the real one, to its words where callers read
 * them: images must be there, names are taken, subnets may not overlap, a
 * network with running containers is in use, a stopped container has no
 * address.  Containers run nothing: they stay running until stopped,
 * killed, or told to exit.  Inspections have the members of Docker's that we read.
 *
 * Safe from any thread.  engine_close() frees it; no call may be under way.
 * Not emulated: commands (they end well), health checks, what is in volumes, resource limits.
 */
#ifndef TESTS_FAKES_ENGINE_FAKE_H
#define TESTS_FAKES_ENGINE_FAKE_H

#include "control/engine/engine.h"

struct engine_fake;

struct engine_fake *engine_fake_new(void);
struct engine *engine_fake_engine(struct engine_fake *f);

/*
 * The next call of the operation ("container_start", a member of engine_ops;
 * NULL: any) fails so and does nothing.  Each call to this is one failure, in order.
 */
void engine_fake_fail_next(struct engine_fake *f, const char *op,
    const struct err_kind *kind, const char *msg);

/* How often the operation was called, failures included; NULL: all together. */
int engine_fake_calls(struct engine_fake *f, const char *op);
void engine_fake_forget_calls(struct engine_fake *f);

/* Every call takes so long. */
void engine_fake_set_latency(struct engine_fake *f, int ms);

/* No daemon answers, event streams break; until told otherwise. */
void engine_fake_set_down(struct engine_fake *f, int down);

/*
 * An image that is there, with the Config of its inspection (NULL: a shell);
 * one that a pull will find.
 */
void engine_fake_add_image(struct engine_fake *f, const char *ref,
    const char *config_json);
void engine_fake_add_remote(struct engine_fake *f, const char *ref);

/* The container's program ends by itself; its restart policy is honoured.  0: not running. */
int engine_fake_exit(struct engine_fake *f, const char *name, int code);

/* As `docker rm -f` by somebody else: does not count as a call.  0: there is none. */
int engine_fake_vanish(struct engine_fake *f, const char *name);

void engine_fake_set_logs(struct engine_fake *f, const char *name, const char *text);

/*
 * A file that archive_put unpacked ("/.simfra/init.json"): its bytes, owned by
 * the arena and followed by a NUL, or NULL.  ret_len and ret_mode may be NULL.
 */
const char *engine_fake_file(struct engine_fake *f, struct arena *a,
    const char *container, const char *path, size_t *ret_len, unsigned *ret_mode);

int engine_fake_n_containers(struct engine_fake *f);
int engine_fake_n_networks(struct engine_fake *f);
int engine_fake_n_volumes(struct engine_fake *f);

#endif
