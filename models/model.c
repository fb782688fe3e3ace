/*
 * Look-ups in a model's tables.  list.c has those in the list of all models.
 */
#include "models/model.h"

#include <assert.h>
#include <string.h>

#include "models/tables.h"

const char *
model_name(const struct model *m)
{
	return model_text(m, m->name);
}

const char *
model_signing_name(const struct model *m)
{
	return model_text(m, m->signing_name);
}

const char *
model_endpoint_prefix(const struct model *m)
{
	return model_text(m, m->endpoint_prefix);
}

const char *
model_service_id(const struct model *m)
{
	return model_text(m, m->service_id);
}

const char *
model_api_version(const struct model *m)
{
	return model_text(m, m->api_version);
}

int
model_is_global(const struct model *m)
{
	return m->global_endpoint != 0;
}

enum model_protocol
model_protocol(const struct model *m)
{
	return (enum model_protocol)m->protocol;
}

size_t
model_op_count(const struct model *m)
{
	return m->n_ops;
}

const struct model_op *
model_op_at(const struct model *m, size_t i)
{
	assert(i < m->n_ops);
	return &m->ops[i];
}

size_t
model_op_index(const struct model *m, const struct model_op *op)
{
	assert(op >= m->ops && op < m->ops + m->n_ops);
	return (size_t)(op - m->ops);
}

const struct model_op *
model_op_find(const struct model *m, const char *name)
{
	size_t lo = 0, hi = m->n_ops;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(name, model_text(m, m->ops[mid].name));

		if (c == 0)
			return &m->ops[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

const char *
model_op_name(const struct model *m, const struct model_op *op)
{
	return model_text(m, op->name);
}

uint16_t
model_op_input(const struct model_op *op)
{
	return op->input;
}

uint16_t
model_op_output(const struct model_op *op)
{
	return op->output;
}

int
model_op_is_unsigned(const struct model_op *op)
{
	return (op->flags & MODEL_OP_UNSIGNED) != 0;
}

static const struct shape_row *
shape_at(const struct model *m, uint16_t shape)
{
	assert(shape < m->n_shapes);
	return &m->shapes[shape];
}

enum model_type
model_shape_type(const struct model *m, uint16_t shape)
{
	return (enum model_type)shape_at(m, shape)->type;
}

uint16_t
model_shape_find(const struct model *m, const char *name)
{
	size_t lo = 0, hi = m->n_shapes;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(name, model_text(m, m->shapes[mid].name));

		if (c == 0)
			return (uint16_t)mid;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return MODEL_NONE;
}

const struct member_row *
model_member_row(const struct model *m, uint16_t structure, const char *name)
{
	const struct shape_row *s = shape_at(m, structure);
	const struct member_row *rows = m->members + s->first;
	const uint16_t *sorted = m->sorted + s->first;
	size_t lo = 0, hi = s->n_members;

	if (s->type != TYPE_STRUCTURE)
		return NULL;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct member_row *row = &rows[sorted[mid]];
		int c = strcmp(name, model_text(m, row->name));

		if (c == 0)
			return row;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

uint16_t
model_member(const struct model *m, uint16_t structure, const char *name)
{
	const struct member_row *row =
	    structure != MODEL_NONE ? model_member_row(m, structure, name) : NULL;

	return row != NULL ? row->shape : MODEL_NONE;
}

uint16_t
model_element(const struct model *m, uint16_t list_or_map)
{
	const struct shape_row *s = shape_at(m, list_or_map);

	if (s->type == TYPE_LIST)
		return m->members[s->first].shape;
	return s->type == TYPE_MAP ? m->members[s->first + 1].shape : MODEL_NONE;
}

const struct extra_row *
model_extra(const struct model *m, uint16_t extra)
{
	return extra != MODEL_NONE ? &m->extras[extra] : NULL;
}

const struct limit_row *
model_limits(const struct model *m, uint16_t shape)
{
	uint16_t i = shape_at(m, shape)->limits;

	return i != MODEL_NONE ? &m->limits[i] : NULL;
}

int
model_enum_has(const struct model *m, uint16_t shape, const char *text)
{
	const struct limit_row *l = model_limits(m, shape);
	size_t lo = 0, hi;

	if (l == NULL || l->n_enums == 0)
		return 1;
	hi = l->n_enums;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(text, model_text(m, m->enums[l->first_enum + mid]));

		if (c == 0)
			return 1;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return 0;
}

static int
error_is(const struct model *m, uint16_t shape, const char *code)
{
	const struct shape_row *s = shape_at(m, shape);

	if (strcmp(code, model_text(m, s->name)) == 0)
		return 1;
	return s->fault != MODEL_NONE &&
	    strcmp(code, model_text(m, m->faults[s->fault].code)) == 0;
}

uint16_t
model_error_find(const struct model *m, const struct model_op *op, const char *code)
{
	for (size_t i = 0; op != NULL && i < op->n_errors; i++) {
		if (error_is(m, m->errors[op->first_error + i], code))
			return m->errors[op->first_error + i];
	}
	for (uint16_t i = 0; i < m->n_shapes; i++) {
		if ((m->shapes[i].flags & SHAPE_EXCEPTION) != 0 && error_is(m, i, code))
			return i;
	}
	return MODEL_NONE;
}
