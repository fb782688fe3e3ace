#include "tests/codec/tree.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/enc.h"
#include "control/wire/scalar.h"

enum { MAX_DEPTH = 200 };

struct xml {
	struct arena *arena;
	const char *p;
};

static void
skip_space(struct xml *x)
{
	for (;;) {
		while (isspace((unsigned char)*x->p))
			x->p++;
		if (strncmp(x->p, "<!--", 4) != 0 || strstr(x->p, "-->") == NULL)
			return;
		x->p = strstr(x->p, "-->") + 3;
	}
}

static char *
read_name(struct xml *x)
{
	size_t n = strcspn(x->p, " \t\r\n/>=<&\"'");
	char *name = n > 0 ? arena_strndup(x->arena, x->p, n) : NULL;

	x->p += n;
	return name;
}

/* 1, with the character that the reference at x->p stands for. */
static int
read_reference(struct xml *x, struct buf *b)
{
	static const struct {
		const char *name, *text;
	} named[] = {
		{ "&amp;", "&" },
		{ "&lt;", "<" },
		{ "&gt;", ">" },
		{ "&quot;", "\"" },
		{ "&apos;", "'" },
	};
	char *end;
	long c;

	for (size_t i = 0; i < COUNT(named); i++) {
		if (strncmp(x->p, named[i].name, strlen(named[i].name)) == 0) {
			x->p += strlen(named[i].name);
			buf_str(b, named[i].text);
			return 1;
		}
	}
	if (strncmp(x->p, "&#", 2) != 0)
		return 0;
	c = x->p[2] == 'x' ? strtol(x->p + 3, &end, 16) : strtol(x->p + 2, &end, 10);
	/* The suites and the codecs only write ASCII so. */
	if (*end != ';' || (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c >= 0x80)
		return 0;
	buf_chr(b, (char)c);
	x->p = end + 1;
	return 1;
}

/* Text up to `stop`: 1, or 0 for what no XML may have. */
static int
read_text(struct xml *x, char stop, struct buf *b)
{
	while (*x->p != '\0' && *x->p != stop) {
		unsigned char c = (unsigned char)*x->p;

		if (c == '&') {
			if (!read_reference(x, b))
				return 0;
			continue;
		}
		if (c == '<' || (c < 0x20 && c != '\t' && c != '\n' && c != '\r'))
			return 0;
		buf_chr(b, (char)c);
		x->p++;
	}
	return *x->p == stop;
}

static int
read_attributes(struct xml *x, json_t *attributes)
{
	for (;;) {
		struct buf *b = buf_new(x->arena, 0);
		char *name, quote;

		skip_space(x);
		if (*x->p == '>' || *x->p == '/')
			return 1;
		name = read_name(x);
		if (name == NULL || *x->p != '=' || (x->p[1] != '"' && x->p[1] != '\''))
			return 0;
		quote = x->p[1];
		x->p += 2;
		if (!read_text(x, quote, b) || json_get(attributes, name) != NULL)
			return 0;
		x->p++;
		json_set_str(attributes, name, buf_text(b));
	}
}

static json_t *read_element(struct xml *x, int depth);

/* What is between the tags. */
static int
read_content(struct xml *x, json_t *element, int depth)
{
	struct buf *text = buf_new(x->arena, 0);

	for (;;) {
		json_t *child;

		if (!read_text(x, '<', text))
			return 0;
		if (strncmp(x->p, "<!--", 4) == 0) {
			skip_space(x);
			continue;
		}
		if (x->p[1] == '/')
			break;
		/* In the suites only beside elements, where it is noise. */
		if (strncmp(x->p, "<![CDATA[", 9) == 0) {
			x->p = strstr(x->p, "]]>");
			if (x->p == NULL)
				return 0;
			x->p += 3;
			continue;
		}
		child = read_element(x, depth + 1);
		if (child == NULL)
			return 0;
		json_add(json_get(element, "children"), json_incref(child));
	}
	json_set_str(element, "text", buf_text(text));
	return utf8_is_valid(buf_text(text), text->len);
}

static json_t *
read_element(struct xml *x, int depth)
{
	json_t *e = json_own(x->arena, json_new_object());
	char *name, *end;

	if (depth > MAX_DEPTH || *x->p++ != '<' || (name = read_name(x)) == NULL)
		return NULL;
	json_set_str(e, "name", name);
	json_set_str(e, "text", "");
	json_need_array(e, "children");
	if (!read_attributes(x, json_need_object(e, "attributes")))
		return NULL;
	if (x->p[0] == '/' && x->p[1] == '>') {
		x->p += 2;
		return e;
	}
	if (*x->p++ != '>' || !read_content(x, e, depth))
		return NULL;
	x->p += 2;
	end = read_name(x);
	skip_space(x);
	if (end == NULL || strcmp(end, name) != 0 || *x->p++ != '>')
		return NULL;
	return e;
}

json_t *
xml_tree(struct arena *a, const char *text)
{
	struct xml x = { .arena = a, .p = text };
	json_t *root;

	if (strncmp(x.p, "<?xml ", 6) == 0) {
		x.p = strstr(x.p, "?>");
		if (x.p == NULL)
			return NULL;
		x.p += 2;
	}
	skip_space(&x);
	root = read_element(&x, 0);
	skip_space(&x);
	return root != NULL && *x.p == '\0' ? root : NULL;
}

const json_t *
xml_find(const json_t *element, const char *name)
{
	const json_t *child;
	size_t i;

	if (strcmp(json_str_or(element, "name", ""), name) == 0)
		return element;
	json_array_foreach(json_get(element, "children"), i, child) {
		const json_t *found = xml_find(child, name);

		if (found != NULL)
			return found;
	}
	return NULL;
}

static int
is_about_request(const char *name)
{
	static const char *const names[] = { "requestId", "RequestId", "RequestID",
		"ResponseMetadata" };

	for (size_t i = 0; i < COUNT(names); i++) {
		if (strcmp(name, names[i]) == 0)
			return 1;
	}
	return 0;
}

/* The n-th child of the name. */
static const json_t *
nth_child(const json_t *element, const char *name, size_t n)
{
	const json_t *child;
	size_t i;

	json_array_foreach(json_get(element, "children"), i, child) {
		if (strcmp(json_str(child, "name"), name) == 0 && n-- == 0)
			return child;
	}
	return NULL;
}

static int
same_moment(const char *a, const char *b)
{
	json_t *x = timestamp_read(a), *y = timestamp_read(b);
	int same = strchr(a, 'T') != NULL && x != NULL && y != NULL &&
	    json_number_value(x) == json_number_value(y);

	json_decref(x);
	json_decref(y);
	return same;
}

static const char *
leaf_difference(struct arena *a, const json_t *got, const json_t *want)
{
	const char *g = json_str(got, "text"), *w = json_str(want, "text");

	if (strcmp(g, w) == 0 || same_moment(g, w))
		return NULL;
	return arena_printf(a, "<%s> has \"%s\", not \"%s\"", json_str(want, "name"), g,
	    w);
}

static const char *
children_difference(struct arena *a, const json_t *got, const json_t *want)
{
	json_t *seen = json_own(a, json_new_object());
	const json_t *child;
	size_t i;

	json_array_foreach(json_get(want, "children"), i, child) {
		const char *name = json_str(child, "name"), *why;
		int64_t n = json_int(seen, name, 0);
		const json_t *other = nth_child(got, name, (size_t)n);

		if (other == NULL)
			return arena_printf(a, "<%s> has too few <%s>",
			    json_str(want, "name"), name);
		if ((why = xml_difference(a, other, child, 0)) != NULL)
			return why;
		json_set_int(seen, name, n + 1);
	}
	json_array_foreach(json_get(got, "children"), i, child) {
		const char *name = json_str(child, "name");

		if (nth_child(got, name, (size_t)json_int(seen, name, 0)) != NULL &&
		    !is_about_request(name))
			return arena_printf(a, "<%s> has too many <%s>",
			    json_str(want, "name"), name);
	}
	return NULL;
}

const char *
xml_difference(struct arena *a, const json_t *got, const json_t *want, int is_root)
{
	if (strcmp(json_str(got, "name"), json_str(want, "name")) != 0)
		return arena_printf(a, "<%s> instead of <%s>", json_str(got, "name"),
		    json_str(want, "name"));
	/* The suites' models do not say the namespace that their replies have. */
	if (!is_root &&
	    !json_equal(json_get(got, "attributes"), json_get(want, "attributes")))
		return arena_printf(a, "attributes of <%s>: %s, not %s",
		    json_str(want, "name"), json_text(a, json_get(got, "attributes")),
		    json_text(a, json_get(want, "attributes")));
	if (json_array_size(json_get(want, "children")) == 0 &&
	    json_array_size(json_get(got, "children")) == 0 &&
	    strspn(json_str(want, "text"), " \t\r\n") < strlen(json_str(want, "text")))
		return leaf_difference(a, got, want);
	return children_difference(a, got, want);
}

/* "aws.protocoltests#Name:http://…" to "Name". */
static char *
type_name(struct arena *a, const char *s)
{
	const char *hash = strchr(s, '#');

	s = hash != NULL ? hash + 1 : s;
	return arena_strndup(a, s, strcspn(s, ":"));
}

static const char *
objects_difference(struct arena *a, const json_t *got, json_t *want)
{
	const char *name, *why;
	json_t *v;

	json_object_foreach(want, name, v) {
		const json_t *g = json_get(got, name);

		if (g == NULL)
			return arena_printf(a, "no \"%s\"", name);
		if (strcmp(name, "__type") == 0 && json_is_string(g) &&
		    json_is_string(v)) {
			if (strcmp(type_name(a, json_string_value(g)),
				type_name(a, json_string_value(v))) != 0)
				return arena_printf(a, "__type is %s",
				    json_string_value(g));
		} else if ((why = json_difference(a, g, v)) != NULL) {
			return arena_printf(a, "%s: %s", name, why);
		}
	}
	return json_object_size(got) == json_object_size(want) ? NULL :
								 "too many members";
}

const char *
json_difference(struct arena *a, const json_t *got, const json_t *want)
{
	const char *why;

	if (json_is_number(got) && json_is_number(want))
		return fabs(json_number_value(got) - json_number_value(want)) < 1e-9 ?
		    NULL :
		    arena_printf(a, "%s, not %s", json_text(a, got), json_text(a, want));
	if (json_is_object(got) && json_is_object(want)) {
		json_t *copy = json_own(a, json_copy_deep(want));

		return objects_difference(a, got, copy);
	}
	if (json_is_array(got) && json_is_array(want)) {
		if (json_array_size(got) != json_array_size(want))
			return "another number of elements";
		for (size_t i = 0; i < json_array_size(want); i++) {
			why = json_difference(a, json_array_get(got, i),
			    json_array_get(want, i));
			if (why != NULL)
				return arena_printf(a, "%zu: %s", i, why);
		}
		return NULL;
	}
	return json_equal(got, want) ?
	    NULL :
	    arena_printf(a, "%s, not %s", json_text(a, got), json_text(a, want));
}
