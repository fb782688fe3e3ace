/*
 * The little languages inside a unit file: quoted words, specifiers, variables,
 * time spans, booleans, signals, and names of units.
 *
 * Everything here is pure, allocates in the arena and is bounded.
 */
#ifndef AGENTS_INIT_WORDS_H
#define AGENTS_INIT_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum {
	WORDS_MAX = 512,	   /* words of a line, variables of an environment */
	WORD_TEXT_MAX = 64 * 1024, /* bytes of one expanded value */
	UNIT_NAME_MAX = 128,
};

struct words {
	char **v; /* ends with NULL */
	size_t n;
};

/* White space separates; '…', "…" and C escapes as systemd.syntax(7).  -1: malformed. */
int words_split(struct arena *a, const char *s, struct words *ret);

/* v with one more; silently full at WORDS_MAX. */
void words_add(struct arena *a, struct words *w, char *word);

/* As words_add, but "K=V" replaces an older "K=…". */
void words_set_env(struct arena *a, struct words *w, char *assignment);
void words_unset_env(struct words *w, const char *name);

/* The value of a variable, or NULL. */
const char *words_env(const struct words *env, const char *name);

/* %n %N %p %i %I %j %H %t %S %C %L %E %h %u %U %T %V %m %b %% …; NULL: one that we do not know. */
char *words_specifiers(struct arena *a, const char *s, const char *unit);

/*
 * The arguments of a command: "$FOO" alone becomes the words of its value,
 * "${FOO}" anywhere its value, "$$" a dollar.
 */
void words_expand(struct arena *a, const struct words *argv, const struct words *env,
    struct words *ret);

/* "5min 20s", "1.5h", "90", "infinity" (-1) to milliseconds: 1, or 0 malformed. */
int span_parse(const char *s, int64_t *ret_ms);

/* 1 and *ret, or 0. */
int bool_parse(const char *s, int *ret);

/* "SIGTERM", "TERM", "15": the number, or 0. */
int signal_parse(const char *s);
const char *signal_name(int sig, char *buf, size_t size);

/* "name.type" or "name@instance.type", of the characters that are allowed. */
int unit_name_is_valid(const char *s);

/* The part after '@' (empty for a template), or NULL for a plain name; *ret_len bytes of it. */
const char *unit_name_instance(const char *s, size_t *ret_len);

/* "foo@bar.service" to "foo@.service"; NULL for a plain name. */
char *unit_name_template(struct arena *a, const char *s);
const char *unit_name_type(const char *s); /* "service" */

#endif
