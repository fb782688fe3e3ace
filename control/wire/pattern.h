/*
 * The models' patterns: Java's regular expressions, matched with PCRE2.
 */
#ifndef CONTROL_WIRE_PATTERN_H
#define CONTROL_WIRE_PATTERN_H

#include <stddef.h>

#include "base/arena.h"

/*
 * 1 when the whole text matches, 0 when it does not or takes too many steps
 * to tell, -1 when the pattern is none that we can read.
 */
int pattern_matches(const char *pattern, const char *text, size_t len);

#endif
