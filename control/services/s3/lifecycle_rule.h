/*
 * Lifecycle rules: what is due for an object, and when.  Pure.
 *
 * Days are counted as S3 does: from the object's time on, rounded up to the next midnight of UTC.
 */
#ifndef CONTROL_SERVICES_S3_LIFECYCLE_RULE_H
#define CONTROL_SERVICES_S3_LIFECYCLE_RULE_H

#include <stdint.h>

#include "base/json.h"

struct lifecycle_object {
	const char *key, *class;
	int64_t size;
	const json_t *tags; /* [{Key, Value}] */
	int64_t
	    since_s; /* when it was written; of a noncurrent one, when it became that */
	int is_current, is_marker;
	int is_alone;	/* of a current marker: there is no other version */
	size_t n_newer; /* noncurrent versions that are newer */
	int64_t
	    min_transition; /* bytes: smaller ones stay in their class, unless a rule has a size */
};

enum lifecycle_action { LIFECYCLE_NONE, LIFECYCLE_EXPIRE, LIFECYCLE_MOVE };

struct lifecycle_due {
	enum lifecycle_action action;
	const char *rule;  /* its ID */
	const char *class; /* of LIFECYCLE_MOVE */
};

/* What is due at now_s: an expiration counts before any move, of moves the coldest. */
struct lifecycle_due lifecycle_due(const json_t *rules, const struct lifecycle_object *o,
    int64_t now_s);

/* When a current object will expire: 1, the rule and the moment; 0 never. */
int lifecycle_expiry(const json_t *rules, const struct lifecycle_object *o,
    const char **ret_rule, int64_t *ret_s);

/* Is an upload in parts of this age to be given up? */
int lifecycle_aborts(const json_t *rules, const char *key, int64_t since_s,
    int64_t now_s);

#endif
