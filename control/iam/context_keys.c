#include "control/iam/context_keys.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

static void
add_key(json_t *keys, const char *name, size_t n)
{
	const json_t *k;
	size_t i;

	json_array_foreach(keys, i, k) {
		const char *s = json_string_value(k);

		if (strlen(s) == n && strncasecmp(s, name, n) == 0)
			return;
	}
	json_add(keys, json_new_strn(name, n));
}

/* "${aws:username}", "${aws:PrincipalTag/team, 'none'}"; not "${*}". */
static void
keys_of_text(const char *s, json_t *keys)
{
	while ((s = strstr(s, "${")) != NULL) {
		size_t n = strcspn(s + 2, ",}");

		while (n > 0 && s[2 + n - 1] == ' ')
			n--;
		if (memchr(s + 2, ':', n) != NULL)
			add_key(keys, s + 2, n);
		s += 2;
	}
}

static void
variables_of(const json_t *v, json_t *keys)
{
	const char *name;
	json_t *e;
	size_t i;

	if (json_is_string(v))
		keys_of_text(json_string_value(v), keys);
	json_array_foreach(v, i, e)
		variables_of(e, keys);
	json_object_foreach((json_t *)(uintptr_t)v, name, e)
		variables_of(e, keys);
}

static void
keys_of_statement(const json_t *s, json_t *keys)
{
	const char *operator, * key;
	json_t *block, *ignored;

	json_object_foreach(json_get(s, "Condition"), operator, block) {
		json_object_foreach(block, key, ignored)
			add_key(keys, key, strlen(key));
	}
	variables_of(json_get(s, "Resource"), keys);
	variables_of(json_get(s, "NotResource"), keys);
	variables_of(json_get(s, "Condition"), keys);
}

void
context_keys_of(const json_t *doc, json_t *keys)
{
	const json_t *statements = json_get(doc, "Statement"), *s;
	size_t i;

	if (statements == NULL)
		keys_of_statement(doc, keys);
	else if (json_is_object(statements))
		keys_of_statement(statements, keys);
	json_array_foreach(statements, i, s)
		keys_of_statement(s, keys);
}

/* Places: the text is known to be JSON. */

static const char *
skip_space(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

static const char *
skip_string(const char *s)
{
	for (s++; *s != '\0' && *s != '"'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
	}
	return *s == '"' ? s + 1 : s;
}

static const char *
skip_value(const char *s)
{
	int depth = 0;

	do {
		if (*s == '"') {
			s = skip_string(s);
			continue;
		}
		depth += (*s == '{') + (*s == '[') - (*s == '}') - (*s == ']');
		s++;
	} while (*s != '\0' &&
	    (depth > 0 ||
		(*s != ',' && *s != '}' && *s != ']' && !isspace((unsigned char)*s))));
	return s;
}

/* The value of the policy's member Statement; NULL. */
static const char *
find_statements(const char *s)
{
	static const char name[] = "\"Statement\"";

	s = skip_space(s);
	if (*s != '{')
		return NULL;
	for (s = skip_space(s + 1); *s == '"'; s = skip_space(s)) {
		int is_it = strncmp(s, name, sizeof(name) - 1) == 0;

		s = skip_space(skip_string(s));
		if (*s != ':')
			return NULL;
		s = skip_space(s + 1);
		if (is_it)
			return s;
		s = skip_space(skip_value(s));
		if (*s != ',')
			return NULL;
		s++;
	}
	return NULL;
}

static struct policy_place
place_of(const char *text, const char *at)
{
	struct policy_place p = { 1, 1 };

	for (; text < at; text++) {
		p.column++;
		if (*text == '\n')
			p = (struct policy_place){ p.line + 1, 1 };
	}
	return p;
}

int
policy_statement_place(const char *text, size_t n, struct policy_place *ret_begin,
    struct policy_place *ret_end)
{
	const char *s = find_statements(text);

	if (s == NULL || (*s == '{' && n > 0))
		return 0;
	if (*s == '[') {
		s = skip_space(s + 1);
		for (; n > 0; n--) {
			s = skip_space(skip_value(s));
			if (*s != ',')
				return 0;
			s = skip_space(s + 1);
		}
	}
	if (*s != '{')
		return 0;
	*ret_begin = place_of(text, s);
	*ret_end = place_of(text, skip_value(s));
	return 1;
}
