/*
 * XML in: a body as a tree, and the tree as a document by its shape (expat).
 *
 * Names go without their prefixes.  A document type, an entity of its own, too much
 * depth or too many elements make a body malformed.
 */
#ifndef CONTROL_WIRE_XML_READ_H
#define CONTROL_WIRE_XML_READ_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "models/tables.h"

enum { XML_MAX_NODES = 1 << 18 };

struct xml_attribute {
	const char *name, *value; /* the name as written: "xsi:type" */
	struct xml_attribute *next;
};

struct xml_node {
	const char *name;
	char *text; /* directly in it, pieces put together; "" for none */
	size_t text_len;
	struct xml_attribute *attributes;
	struct xml_node *child, *last, *next;
};

/* The root, the arena's.  0, or -1 and why, in words. */
int xml_parse(struct arena *a, const char *body, size_t len, struct xml_node **ret,
    const char **ret_why);

/*
 * The structure's members that are in the body, from the node's children, into `into`; others are
 * ignored.  A value of another type fails with kind `bad`.
 */
int xml_read_members(struct arena *a, const struct model *m, uint16_t structure,
    const struct xml_node *node, const struct err_kind *bad, json_t *into,
    struct err *err);

#endif
