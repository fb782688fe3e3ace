/*
 * A document's members by the rows of its shape, faster than asking for each by name.
 *
 * Documents of one shape mostly come from one place and so have their members in
 * one order; where the last one's members went is tried first, and checked.
 */
#ifndef CONTROL_WIRE_SLOTS_H
#define CONTROL_WIRE_SLOTS_H

#include "base/json.h"
#include "models/tables.h"

enum {
	SLOTS_MAX = 128,   /* members of a shape; more are asked for by name */
	SLOTS_SHAPES = 32, /* how many shapes are remembered */
	SLOTS_POOL = 1024, /* of all structures that are open */
};

struct slots_memory {
	struct {
		uint16_t shape, n;
		uint16_t rows[SLOTS_MAX]; /* where the i-th member of the last one went */
	} last[SLOTS_SHAPES];
	json_t *pool[SLOTS_POOL];
	size_t used;
};

void slots_init(struct slots_memory *s);

/*
 * ret[i] is the value of the structure's i-th member, or NULL; nulls are absent.  How many
 * there are; they are the memory's until slots_drop() of as many, last first.  0 when they
 * do not fit.
 */
size_t slots_take(struct slots_memory *s, const struct model *m, uint16_t structure,
    json_t *doc, json_t ***ret);

static inline void
slots_drop(struct slots_memory *s, size_t n)
{
	s->used -= n;
}

#endif
