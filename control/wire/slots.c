#include "control/wire/slots.h"

#include <string.h>

void
slots_init(struct slots_memory *s)
{
	s->used = 0;
	for (size_t i = 0; i < SLOTS_SHAPES; i++)
		s->last[i].shape = MODEL_NONE;
}

/* The position of the member that is named so: by the guess or by search; MODEL_NONE: no such member. */
static uint16_t
position(const struct model *m, const struct shape_row *s, uint16_t structure,
    uint16_t guess, const char *name)
{
	const struct member_row *rows = &m->members[s->first], *row;

	if (guess < s->n_members && strcmp(model_text(m, rows[guess].name), name) == 0)
		return guess;
	row = model_member_row(m, structure, name);
	return row != NULL ? (uint16_t)(row - rows) : MODEL_NONE;
}

static void
fill(struct slots_memory *s, const struct model *m, uint16_t structure, json_t *doc,
    json_t **slot)
{
	const struct shape_row *shape = &m->shapes[structure];
	uint16_t at = structure % SLOTS_SHAPES, *rows = s->last[at].rows, i = 0, n;
	const char *name;
	json_t *v;

	if (s->last[at].shape != structure) {
		s->last[at].shape = structure;
		s->last[at].n = 0;
	}
	n = s->last[at].n;
	json_object_foreach(doc, name, v) {
		uint16_t p = position(m, shape, structure, i < n ? rows[i] : i, name);

		if (p != MODEL_NONE && !json_is_null(v))
			slot[p] = v;
		if (i == SLOTS_MAX)
			continue;
		rows[i++] = p;
		n = i > n ? i : n;
	}
	s->last[at].n = n;
}

size_t
slots_take(struct slots_memory *s, const struct model *m, uint16_t structure, json_t *doc,
    json_t ***ret)
{
	size_t n = m->shapes[structure].n_members;

	if (n > SLOTS_MAX || n > SLOTS_POOL - s->used)
		return 0;
	*ret = s->pool + s->used;
	s->used += n;
	memset(*ret, 0, n * sizeof(**ret));
	fill(s, m, structure, doc, *ret);
	return n;
}
