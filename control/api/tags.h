/*
 * Tags: as EC2 has them, and what all services' tagging has in common.
 */
#ifndef CONTROL_API_TAGS_H
#define CONTROL_API_TAGS_H

#include "base/json.h"

struct call;
struct resource;

enum { TAGS_MAX = 50, TAG_KEY_MAX = 128, TAG_VALUE_MAX = 256 };

/*
 * Check a list of {Key, Value} and merge it into tags (an array); a key that is
 * there gets the new value.  0, or -1 with c->err (EC2's words).
 */
int tags_merge(struct call *c, json_t *tags, const json_t *add);

/* The same key twice in one list is an error of the caller's: 0 or -1. */
int tags_check_unique(struct call *c, const json_t *list);

/* Take away keys; with a Value in the row only if it is that value. */
void tags_remove(json_t *tags, const json_t *remove);

/*
 * The tags of TagSpecifications for the type: *ret is a new array (the arena's) or
 * NULL when there are none.  A type that is not in `types` (names, ending with NULL) is refused.
 */
int tags_from_specifications(struct call *c, const char *const *types, const char *type,
    json_t **ret);

/* The one with the key in [{Key, Value}]; NULL when there is none. */
json_t *tags_find(const json_t *tags, const char *key);

#endif
