/*
 * Patterns of policies: '*' and '?', and variables ("${aws:username}").
 *
 * An expanded pattern may have characters that stand for themselves though
 * they look like wildcards (a value with a '*' in it, "${*}"); pattern_expand()
 * marks them and pattern_match() knows the mark.
 */
#ifndef CONTROL_IAM_PATTERN_H
#define CONTROL_IAM_PATTERN_H

#include <stddef.h>

#include "base/arena.h"
#include "base/json.h"

/* Does the whole text match?  Takes time in proportion to both lengths, at worst. */
int pattern_match(const char *pattern, const char *text);
int pattern_match_nocase(const char *pattern, const char *text);

/*
 * As pattern_match, an ARN segment by segment: a wildcard does not reach over ':' of
 * the first five.
 */
int pattern_match_arn(const char *pattern, const char *arn);

/*
 * With the variables' values in place.  1 and *ret, 0 when a variable has no value and
 * no default.  `marked`: for pattern_match; else the text is plain.
 */
int pattern_expand(struct arena *a, const char *text, const json_t *context, int marked,
    const char **ret);

/* A condition key's value, by name in any case; NULL when it is absent. */
json_t *context_get(const json_t *context, const char *key);

/*
 * A scalar as policies compare it: text as it is, true and false, integers in decimal;
 * NULL for others.
 */
const char *scalar_text(struct arena *a, const json_t *v);

#endif
