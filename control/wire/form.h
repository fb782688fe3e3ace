/*
 * Forms (application/x-www-form-urlencoded) as the query protocols use them:
 * names with dots are paths, `Filter.1.Name=vpc-id`, and a document is read from
 * them by its shape.
 */
#ifndef CONTROL_WIRE_FORM_H
#define CONTROL_WIRE_FORM_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "control/wire/wire.h"
#include "models/tables.h"

enum { FORM_MAX_PARAMS = 20000 };

extern const struct err_kind form_malformed; /* MalformedQueryString 400 */

/* How a protocol reads forms. */
struct form_dialect {
	/* 1 when the member is the one that a path names so. */
	int (*is)(const struct model *m, const struct member_row *row, const char *name,
	    size_t len);
	/* Elements follow the list's name at once: no ".member". */
	int flat;
	/* A parameter that the shape does not have: -1 and *err, or 0 to go on. */
	int (*unknown)(const char *path, struct err *err);
	/* A value that is not of the shape's type: sets *err. */
	void (*mistyped)(const struct model *m, uint16_t shape, const char *path,
	    const char *value, struct err *err);
};

/*
 * The first parameter `name` of the query string or, for a POST, of the body: the arena's, or
 * NULL when there is none.  Names are compared as sent.
 */
const char *form_find(struct arena *a, const struct wire_request *req, const char *name);

/* The operation's input; the arena owns *ret. */
int form_decode(struct arena *a, const struct model *m, const struct model_op *op,
    const struct form_dialect *dialect, const struct wire_request *req, json_t **ret,
    struct err *err);

#endif
