/*
 * agents/init's program, which is put into workloads: from SIMFRA_LIB, or beside ours.
 */
#ifndef CONTROL_PLANE_INIT_PROGRAM_H
#define CONTROL_PLANE_INIT_PROGRAM_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

/* Its bytes, the arena's; NULL and *err. */
void *init_program_read(struct arena *a, size_t *ret_len, struct err *err);

#endif
