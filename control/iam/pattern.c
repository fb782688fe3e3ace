#include "control/iam/pattern.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

/* In front of a character that stands for itself.  No policy can contain it. */
#define MARK '\x01'

static int
same(char a, char b, int nocase)
{
	if (nocase) {
		a = a >= 'A' && a <= 'Z' ? (char)(a - 'A' + 'a') : a;
		b = b >= 'A' && b <= 'Z' ? (char)(b - 'A' + 'a') : b;
	}
	return a == b;
}

/* The length of the UTF-8 sequence that '?' stands for. */
static size_t
character(const char *t, const char *end)
{
	size_t n = 1;

	while (t + n < end && ((unsigned char)t[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* The wildcard that was seen last is the only one worth going back to. */
static int
match(const char *p, const char *p_end, const char *t, const char *t_end, int nocase)
{
	const char *star = NULL, *back = NULL;

	while (t < t_end) {
		if (p < p_end && *p == '*') {
			star = ++p;
			back = t;
			continue;
		}
		if (p < p_end && *p == '?') {
			p++;
			t += character(t, t_end);
			continue;
		}
		if (p + 1 < p_end && *p == MARK && same(p[1], *t, nocase)) {
			p += 2;
			t++;
			continue;
		}
		if (p < p_end && *p != MARK && same(*p, *t, nocase)) {
			p++;
			t++;
			continue;
		}
		if (star == NULL)
			return 0;
		p = star;
		t = ++back;
	}
	while (p < p_end && *p == '*')
		p++;
	return p == p_end;
}

int
pattern_match(const char *pattern, const char *text)
{
	return match(pattern, pattern + strlen(pattern), text, text + strlen(text), 0);
}

int
pattern_match_nocase(const char *pattern, const char *text)
{
	return match(pattern, pattern + strlen(pattern), text, text + strlen(text), 1);
}

/* The end of the segment at s; a marked ':' is part of it. */
static const char *
segment_end(const char *s, int last)
{
	if (last)
		return s + strlen(s);
	for (; *s != '\0' && *s != ':'; s++) {
		if (*s == MARK && s[1] != '\0')
			s++;
	}
	return s;
}

int
pattern_match_arn(const char *pattern, const char *arn)
{
	const char *p = pattern, *t = arn;

	if (strcmp(pattern, "*") == 0)
		return 1;
	for (int i = 0; i < 6; i++) {
		const char *p_end = segment_end(p, i == 5),
			   *t_end = segment_end(t, i == 5);

		if (!match(p, p_end, t, t_end, 0))
			return 0;
		/* A pattern that ends with '*' too early has it for all that follows. */
		if (*p_end == '\0')
			return *t_end == '\0' || (p_end > p && p_end[-1] == '*');
		if (*t_end == '\0')
			return 0;
		p = p_end + 1;
		t = t_end + 1;
	}
	return 1;
}

json_t *
context_get(const json_t *context, const char *key)
{
	json_t *v = json_get(context, key);
	const char *name;

	if (v != NULL)
		return v;
	json_object_foreach((json_t *)(uintptr_t)context, name, v) {
		if (strcasecmp(name, key) == 0)
			return v;
	}
	return NULL;
}

const char *
scalar_text(struct arena *a, const json_t *v)
{
	if (json_is_string(v))
		return json_string_value(v);
	if (json_is_boolean(v))
		return json_is_true(v) ? "true" : "false";
	if (json_is_integer(v))
		return arena_printf(a, "%lld", (long long)json_integer_value(v));
	if (json_is_real(v))
		return arena_printf(a, "%.15g", json_real_value(v));
	return NULL;
}

static void
add_value(struct buf *b, const char *s, int marked)
{
	for (; *s != '\0'; s++) {
		if (marked && (*s == '*' || *s == '?' || *s == MARK))
			buf_chr(b, MARK);
		buf_chr(b, *s);
	}
}

/* A variable's value: its own, or the default behind the comma ("${key, 'default'}"). */
static const char *
variable(struct arena *a, const char *name, size_t n, const json_t *context)
{
	char *key = arena_strndup(a, name, n), *comma = strchr(key, ',');
	const char *value, *def = NULL;

	if (comma != NULL) {
		char *open = strchr(comma, '\''), *close = strrchr(comma, '\'');

		if (open == NULL || close == open)
			return NULL;
		*close = '\0';
		def = open + 1;
		while (comma > key && comma[-1] == ' ')
			comma--;
		*comma = '\0';
	}
	if (strcmp(key, "*") == 0 || strcmp(key, "?") == 0 || strcmp(key, "$") == 0)
		return key;
	value = scalar_text(a, context_get(context, key));
	return value != NULL ? value : def;
}

int
pattern_expand(struct arena *a, const char *text, const json_t *context, int marked,
    const char **ret)
{
	const char *at = strstr(text, "${"), *end, *value;
	struct buf *b;

	if (at == NULL) {
		*ret = text;
		return 1;
	}
	b = buf_new(a, 64 * 1024);
	for (; at != NULL; at = strstr(text, "${")) {
		end = strchr(at, '}');
		if (end == NULL)
			break;
		buf_add(b, text, (size_t)(at - text));
		value = variable(a, at + 2, (size_t)(end - at - 2), context);
		if (value == NULL)
			return 0;
		add_value(b, value, marked);
		text = end + 1;
	}
	buf_str(b, text);
	*ret = buf_text(b);
	return !buf_is_full(b);
}
