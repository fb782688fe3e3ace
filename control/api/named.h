/*
 * What services have in common whose things are found by names and listed in pages by a marker (RDS, ElastiCache).
 */
#ifndef CONTROL_API_NAMED_H
#define CONTROL_API_NAMED_H

#include "control/api/call.h"

/*
 * An identifier in lower case, the arena's: a letter, then letters, digits and single hyphens,
 * `max` at most, none at the end; or NULL and an error of the kind that calls it `what`.
 */
char *named_identifier(struct call *c, const char *text, const char *what, size_t max,
    const struct err_kind *bad);

/*
 * A page of the rows, by MaxRecords (20 to 100) and Marker, which is the text at
 * `key` of the last row; `member` of the output gets them.  Rows are sorted by it.  0 or -1.
 */
int named_page(struct call *c, const char *member, const char *key, json_t *rows,
    const struct err_kind *bad);

/* The documents of a kind of the scope, as a new array, the arena's; NULL and c->err. */
json_t *named_all(struct call *c, const char *kind);

#endif
