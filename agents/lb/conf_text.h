/*
 * Words of HAProxy's configuration.
 */
#ifndef AGENTS_LB_CONF_TEXT_H
#define AGENTS_LB_CONF_TEXT_H

#include "base/arena.h"
#include "base/buf.h"

/* One word in single quotes, in which nothing is special; what ends a line becomes a space. */
void conf_quote(struct buf *b, const char *text);

/*
 * AWS's pattern as a regular expression, without anchors: '*' is any text, '?' any character of
 * `any` ("." or "[^&]"), all else itself.  The arena's.
 */
const char *conf_pattern(struct arena *a, const char *pattern, const char *any);

/* Text in a log format, where '%' is special. */
const char *conf_literal(struct arena *a, const char *text);

#endif
