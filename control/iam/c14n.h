/*
 * XML as those see it who sign it: a tree that keeps prefixes, and its exclusive canonical form
 * (https://www.w3.org/TR/xml-exc-c14n/, without comments).
 *
 * A document type makes a document malformed, so that there are neither entities nor attributes that are not written.
 */
#ifndef CONTROL_IAM_C14N_H
#define CONTROL_IAM_C14N_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"

enum { C14N_MAX_NODES = 100000, C14N_MAX_DEPTH = 100, C14N_MAX_ATTRIBUTES = 200 };

struct dom_attribute {
	const char *name, *value; /* as written: "saml:ID" */
	struct dom_attribute *next;
};

/* An element, or a text when `name` is NULL. */
struct dom {
	const char *name;		  /* as written: "ds:Signature" */
	const char *local;		  /* "Signature" */
	const char *ns;			  /* its namespace; "" for none */
	const char *text;		  /* of a text */
	struct dom_attribute *attributes; /* namespace declarations included */
	struct dom *parent, *child, *last, *next;
};

/* The root, the arena's: 1, or 0 when it is malformed. */
int dom_parse(struct arena *a, const char *text, size_t len, struct dom **ret);

/* An attribute without a prefix; NULL. */
const char *dom_attribute(const struct dom *e, const char *name);

/* The first child with this namespace and name; NULL. */
const struct dom *dom_child(const struct dom *e, const char *ns, const char *local);

/* The next sibling after e with the same namespace and name as it; NULL. */
const struct dom *dom_next_same(const struct dom *e);

/* All text directly in it, without the white space around it; the arena's. */
char *dom_text(struct arena *a, const struct dom *e);

/*
 * The element and what is in it but for `without` (NULL: all of it), canonical; `inclusive` are the prefixes of an
 * InclusiveNamespaces, divided by spaces, or NULL.
 */
void c14n_write(struct arena *a, const struct dom *e, const struct dom *without,
    const char *inclusive, struct buf *b);

#endif
