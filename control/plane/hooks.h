/*
 * Init hooks: programs of the user's that run when control starts and stops.
 *
 * Under each folder of SIMFRA_INIT_DIRS: boot.d (before the API answers),
 * start.d and ready.d (one after the other, once it does), shutdown.d (before it
 * stops).  In the order of their names; folders in them too.  A file that is
 * executable is run as it is, another one named *.sh by /bin/sh, the rest is left alone.
 * They find AWS_ENDPOINT_URL, the root key and a region in their environment,
 * unless ours has others; what they print goes where our log goes.
 *
 * Not emulated: Python scripts that are not executable; each replica runs its own hooks.
 */
#ifndef CONTROL_PLANE_HOOKS_H
#define CONTROL_PLANE_HOOKS_H

#include "base/arena.h"
#include "base/json.h"
#include "control/api/settings.h"

enum hook_stage { HOOK_BOOT, HOOK_START, HOOK_READY, HOOK_SHUTDOWN, HOOK_STAGES };

enum { HOOK_SHUTDOWN_MS = 30 * 1000 }; /* for all of shutdown.d */

struct hooks;

/* Find what there is; settings outlive it. */
struct hooks *hooks_new(const struct settings *s);

/* Run a stage, and wait for it. */
void hooks_run(struct hooks *h, enum hook_stage stage);

/* Run HOOK_START and HOOK_READY on a thread of their own. */
void hooks_go(struct hooks *h);

/* Wait for that thread, of which the program that runs now is ended. */
void hooks_end(struct hooks *h);

void hooks_free(struct hooks *h);

/* "BOOT"; a stage by its name in any case: HOOK_STAGES when there is none. */
const char *hook_stage_name(enum hook_stage stage);
enum hook_stage hook_stage_find(const char *name);

/* 1 when the stage is over. */
int hooks_is_done(struct hooks *h, enum hook_stage stage);

/* [{"stage", "name", "state"}] of a stage, or of all (HOOK_STAGES): a new array. */
json_t *hooks_scripts(struct hooks *h, enum hook_stage stage);

#endif
