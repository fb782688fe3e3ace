/*
 * Which version the data have: what kinds of documents there are, and what they mean.
 *
 * A release opens the data of those before it: it brings them to its own version step by step,
 * and says so in the store (kind "sys:schema" of STORE_SYSTEM) after each.  It does not open those of a
 * newer one.
 */
#ifndef CONTROL_STORE_SCHEMA_H
#define CONTROL_STORE_SCHEMA_H

#include <stddef.h>

#include "base/err.h"
#include "control/store/store.h"

/*
 * From its version to the next.  It may be run again after a crash, also on data of which it has
 * done a part.  0 or -1.
 */
typedef int schema_step_fn(struct store *s, struct err *err);

/* What this program's data are: the number of its steps and one. */
int schema_version(void);

/* Bring the data to schema_version(), or say that they are newer (-1). */
int schema_open(struct store *s, struct err *err);

/* The same with other steps: step[0] leads from version 1 to 2. */
int schema_bring(struct store *s, schema_step_fn *const *step, size_t n_steps,
    struct err *err);

#endif
