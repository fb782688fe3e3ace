/*
 * Bodies as trees, for comparing them.
 *
 * An XML element is {"name", "attributes": {…}, "children": […], "text"}; the reader is
 * strict, so that it also says whether what a codec wrote is well-formed.
 */
#ifndef TESTS_CODEC_TREE_H
#define TESTS_CODEC_TREE_H

#include "base/arena.h"
#include "base/json.h"

/* The root element (the arena's), or NULL for what is not well-formed. */
json_t *xml_tree(struct arena *a, const char *text);

/* The first descendant of the name, or NULL. */
const json_t *xml_find(const json_t *element, const char *name);

/*
 * NULL when they are the same, or what is not (the arena's).  Children of different
 * names may be in any order; text that is a date and time is compared as one; children of `got`
 * that are only about the request (requestId, ResponseMetadata) may be more.
 */
const char *xml_difference(struct arena *a, const json_t *got, const json_t *want,
    int is_root);

/* Numbers by value, "__type" by the name in it. */
const char *json_difference(struct arena *a, const json_t *got, const json_t *want);

#endif
