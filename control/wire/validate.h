/*
 * Is a document what the model says?  Required members, lengths, ranges,
 * patterns, enums: one validator for every protocol; how a violation is said
 * is the codec's.  Types are right already: decoding saw to them.
 */
#ifndef CONTROL_WIRE_VALIDATE_H
#define CONTROL_WIRE_VALIDATE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "models/tables.h"

enum { MAX_VIOLATIONS = 20 };

enum violation_kind {
	VIOLATES_REQUIRED,
	VIOLATES_MIN_LENGTH,
	VIOLATES_MAX_LENGTH,
	VIOLATES_MIN_VALUE,
	VIOLATES_MAX_VALUE,
	VIOLATES_PATTERN,
	VIOLATES_ENUM,
	VIOLATES_UNION,	  /* not exactly one member */
	VIOLATES_ELEMENT, /* elements of a list or map of scalars; limits are theirs */
};

/* Where in the document: the steps from the root, last first. */
struct where {
	const struct where *up;	      /* NULL: the root */
	const struct member_row *row; /* a structure's member, or NULL */
	const char *key;	      /* a map's, or NULL */
	size_t index;		      /* a list's, from 1, or 0 */
	uint16_t structure;	      /* whose member it is */
};

struct violation {
	enum violation_kind kind;
	const struct where *where;
	const json_t *value; /* NULL: absent */
	uint16_t shape;
	const struct limit_row *limits; /* NULL for REQUIRED and UNION */
};

/* At most MAX_VIOLATIONS, in the order of the model; 0 when it is what it should be. */
size_t validate(struct arena *a, const struct model *m, uint16_t shape, const json_t *doc,
    struct violation *found);

/*
 * In the words most of AWS's services share: "2 validation errors detected: Value 'x'
 * at 'tags.1.member.key' failed to satisfy constraint: Member must …; Value …".
 */
const char *violations_text(struct arena *a, const struct model *m,
    const struct violation *found, size_t n);

/* The value as such texts quote it, cut to what fits a message. */
void violation_value(const struct violation *v, struct buf *b);

#endif
