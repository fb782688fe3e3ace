#include "control/iam/c14n.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

/* Parsing */

struct parse {
	struct arena *a;
	struct dom *root, *at;
	struct buf *text; /* since the last tag */
	size_t nodes, depth;
	int is_bad;
};

/* The value of a prefix ("" for the default) at an element; NULL when it is not declared. */
static const char *
namespace_of(const struct dom *e, const char *prefix, size_t n)
{
	if (n == 3 && strncmp(prefix, "xml", 3) == 0)
		return "http://www.w3.org/XML/1998/namespace";
	for (; e != NULL; e = e->parent) {
		for (const struct dom_attribute *t = e->attributes; t != NULL;
		     t = t->next) {
			if (strncmp(t->name, "xmlns", 5) != 0)
				continue;
			if (n == 0 ? t->name[5] == '\0' :
				     t->name[5] == ':' && strlen(t->name + 6) == n &&
				    strncmp(t->name + 6, prefix, n) == 0)
				return t->value;
		}
	}
	return n == 0 ? "" : NULL;
}

static size_t
prefix_length(const char *name)
{
	const char *colon = strchr(name, ':');

	return colon != NULL ? (size_t)(colon - name) : 0;
}

static struct dom *
add_node(struct parse *p)
{
	struct dom *e = arena_alloc(p->a, sizeof(*e));

	if (++p->nodes > C14N_MAX_NODES)
		p->is_bad = 1;
	e->parent = p->at;
	if (p->at == NULL)
		p->root = e;
	else if (p->at->last != NULL)
		p->at->last->next = e;
	else
		p->at->child = e;
	if (p->at != NULL)
		p->at->last = e;
	return e;
}

static void
end_text(struct parse *p)
{
	if (p->text->len > 0 && p->at != NULL)
		add_node(p)->text = arena_strndup(p->a, buf_text(p->text), p->text->len);
	buf_reset(p->text);
}

static void XMLCALL
on_start(void *arg, const char *name, const char **attributes)
{
	struct parse *p = arg;
	size_t n = prefix_length(name);
	struct dom_attribute **end;
	size_t n_attributes = 0;
	struct dom *e;

	end_text(p);
	if (p->is_bad || ++p->depth > C14N_MAX_DEPTH) {
		p->is_bad = 1;
		return;
	}
	e = add_node(p);
	e->name = arena_strdup(p->a, name);
	e->local = n > 0 ? e->name + n + 1 : e->name;
	end = &e->attributes;
	for (; *attributes != NULL; attributes += 2) {
		struct dom_attribute *t = arena_alloc(p->a, sizeof(*t));

		t->name = arena_strdup(p->a, attributes[0]);
		t->value = arena_strdup(p->a, attributes[1]);
		*end = t;
		end = &t->next;
	}
	e->ns = namespace_of(e, name, n);
	for (const struct dom_attribute *t = e->attributes; t != NULL; t = t->next) {
		if (++n_attributes > C14N_MAX_ATTRIBUTES)
			p->is_bad = 1;
		if (p->is_bad)
			break;
		n = prefix_length(t->name);
		if (n > 0 && strncmp(t->name, "xmlns:", 6) != 0 &&
		    namespace_of(e, t->name, n) == NULL)
			p->is_bad = 1;
	}
	if (e->ns == NULL)
		p->is_bad = 1;
	p->at = e;
}

static void XMLCALL
on_end(void *arg, const char *name UNUSED)
{
	struct parse *p = arg;

	end_text(p);
	if (p->is_bad)
		return;
	p->depth--;
	p->at = p->at->parent;
}

static void XMLCALL
on_text(void *arg, const char *s, int n)
{
	struct parse *p = arg;

	buf_add(p->text, s, (size_t)n);
}

static void XMLCALL
on_doctype(void *arg, const char *name UNUSED, const char *system UNUSED,
    const char *public UNUSED, int has_internal UNUSED)
{
	((struct parse *)arg)->is_bad = 1;
}

/* What stands in a signed text between its pieces would be of it; comments would not. */
static void XMLCALL
on_instruction(void *arg, const char *target UNUSED, const char *data UNUSED)
{
	struct parse *p = arg;

	if (p->at != NULL)
		p->is_bad = 1;
}

int
dom_parse(struct arena *a, const char *text, size_t len, struct dom **ret)
{
	struct parse p = { .a = a, .text = buf_new(a, 0) };
	XML_Parser parser = XML_ParserCreate("UTF-8");
	int ok;

	if (parser == NULL)
		abort();
	XML_SetUserData(parser, &p);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	XML_SetStartDoctypeDeclHandler(parser, on_doctype);
	XML_SetProcessingInstructionHandler(parser, on_instruction);
	ok = len <= (1U << 30) && XML_Parse(parser, text, (int)len, 1) == XML_STATUS_OK;
	XML_ParserFree(parser);
	if (!ok || p.is_bad || p.root == NULL)
		return 0;
	*ret = p.root;
	return 1;
}

/* Reading */

const char *
dom_attribute(const struct dom *e, const char *name)
{
	for (const struct dom_attribute *t = e->attributes; t != NULL; t = t->next) {
		if (strcmp(t->name, name) == 0)
			return t->value;
	}
	return NULL;
}

static const struct dom *
first_of(const struct dom *e, const char *ns, const char *local)
{
	for (; e != NULL; e = e->next) {
		if (e->name != NULL && strcmp(e->local, local) == 0 &&
		    strcmp(e->ns, ns) == 0)
			return e;
	}
	return NULL;
}

const struct dom *
dom_child(const struct dom *e, const char *ns, const char *local)
{
	return e == NULL ? NULL : first_of(e->child, ns, local);
}

const struct dom *
dom_next_same(const struct dom *e)
{
	return first_of(e->next, e->ns, e->local);
}

char *
dom_text(struct arena *a, const struct dom *e)
{
	static const char space[] = " \t\r\n";
	struct buf *b = buf_new(a, 0);
	const char *s;
	size_t n;

	for (const struct dom *t = e != NULL ? e->child : NULL; t != NULL; t = t->next) {
		if (t->name == NULL)
			buf_str(b, t->text);
	}
	s = buf_text(b);
	s += strspn(s, space);
	n = strlen(s);
	while (n > 0 && strchr(space, s[n - 1]) != NULL)
		n--;
	return arena_strndup(a, s, n);
}

/* Writing */

/* A prefix that is in force in what was written, innermost first. */
struct scope {
	const char *prefix, *value;
	const struct scope *outer;
};

struct writer {
	struct arena *a;
	struct buf *b;
	const struct dom *without;
	const char *inclusive;
};

/* One attribute, or declaration, to be written. */
struct item {
	const char *key,
	    *local; /* sorted by both: namespace and local name, or prefix alone */
	const char *name, *value;
};

static void
write_escaped(struct buf *b, const char *s, int is_attribute)
{
	static const struct {
		char ch;
		const char *text;
		int in_text, in_attribute;
	} escapes[] = {
		{ '&', "&amp;", 1, 1 },
		{ '<', "&lt;", 1, 1 },
		{ '>', "&gt;", 1, 0 },
		{ '"', "&quot;", 0, 1 },
		{ '\t', "&#x9;", 0, 1 },
		{ '\n', "&#xA;", 0, 1 },
		{ '\r', "&#xD;", 1, 1 },
	};

	for (; *s != '\0'; s++) {
		const char *text = NULL;

		for (size_t i = 0; i < COUNT(escapes); i++) {
			if (escapes[i].ch == *s &&
			    (is_attribute ? escapes[i].in_attribute : escapes[i].in_text))
				text = escapes[i].text;
		}
		if (text != NULL)
			buf_str(b, text);
		else
			buf_chr(b, *s);
	}
}

static int
by_key(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int d = strcmp(x->key, y->key);

	return d != 0 ? d : strcmp(x->local, y->local);
}

static const char *
in_force(const struct scope *s, const char *prefix)
{
	for (; s != NULL; s = s->outer) {
		if (strcmp(s->prefix, prefix) == 0)
			return s->value;
	}
	return prefix[0] == '\0' ? "" : NULL;
}

static int
is_declaration(const char *name)
{
	return strncmp(name, "xmlns", 5) == 0 && (name[5] == '\0' || name[5] == ':');
}

/* Is the word in a list that is divided by white space? */
static int
has_word(const char *list, const char *word)
{
	size_t n;

	for (; list != NULL && *list != '\0'; list += n) {
		list += strspn(list, " \t\r\n");
		n = strcspn(list, " \t\r\n");
		if (n == strlen(word) && n > 0 && strncmp(list, word, n) == 0)
			return 1;
	}
	return 0;
}

/* The declaration of the prefix, unless what was written around it has the same. */
static void
want(struct writer *w, const struct dom *e, const char *prefix,
    const struct scope **scope, struct item *items, size_t *n)
{
	const char *value = namespace_of(e, prefix, strlen(prefix)),
		   *have = in_force(*scope, prefix);
	struct scope *s;

	if (value == NULL || strcmp(prefix, "xml") == 0 ||
	    (have != NULL && strcmp(have, value) == 0))
		return;
	s = arena_alloc(w->a, sizeof(*s));
	*s = (struct scope){ prefix, value, *scope };
	*scope = s;
	items[*n] = (struct item){ prefix, "",
		prefix[0] == '\0' ? "xmlns" : arena_printf(w->a, "xmlns:%s", prefix),
		value };
	(*n)++;
}

/* Prefixes of an InclusiveNamespaces: those that are declared here or around. */
static void
want_inclusive(struct writer *w, const struct dom *e, const struct scope **scope,
    struct item *items, size_t *n)
{
	for (const struct dom *at = e; at != NULL; at = at->parent) {
		for (const struct dom_attribute *t = at->attributes; t != NULL;
		     t = t->next) {
			const char *prefix = t->name[5] == ':' ? t->name + 6 : "";

			if (is_declaration(t->name) &&
			    has_word(w->inclusive,
				prefix[0] != '\0' ? prefix : "#default"))
				want(w, e, prefix, scope, items, n);
		}
	}
}

static size_t
count_declarations(const struct dom *e)
{
	size_t n = 0;

	for (; e != NULL; e = e->parent) {
		for (const struct dom_attribute *t = e->attributes; t != NULL;
		     t = t->next)
			n++;
	}
	return n;
}

static void
write_items(struct writer *w, struct item *items, size_t n)
{
	qsort(items, n, sizeof(*items), by_key);
	for (size_t i = 0; i < n; i++) {
		buf_printf(w->b, " %s=\"", items[i].name);
		write_escaped(w->b, items[i].value, 1);
		buf_chr(w->b, '"');
	}
}

/* Exclusive XML Canonicalization 3: declarations of what is used here, then attributes. */
static const struct scope *
write_attributes(struct writer *w, const struct dom *e, const struct scope *scope)
{
	size_t max = (w->inclusive != NULL ? 1 : 0) * count_declarations(e) + 1, n = 0,
	       k = 0;
	struct item *declared, *items;

	for (const struct dom_attribute *t = e->attributes; t != NULL; t = t->next)
		max++;
	declared = arena_alloc(w->a, max * sizeof(*declared));
	items = arena_alloc(w->a, max * sizeof(*items));
	want(w, e, arena_strndup(w->a, e->name, prefix_length(e->name)), &scope, declared,
	    &n);
	for (const struct dom_attribute *t = e->attributes; t != NULL; t = t->next) {
		size_t len = prefix_length(t->name);
		const char *ns;

		if (is_declaration(t->name))
			continue;
		ns = len > 0 ? namespace_of(e, t->name, len) : "";
		if (len > 0)
			want(w, e, arena_strndup(w->a, t->name, len), &scope, declared,
			    &n);
		items[k++] = (struct item){ ns, len > 0 ? t->name + len + 1 : t->name,
			t->name, t->value };
	}
	if (w->inclusive != NULL)
		want_inclusive(w, e, &scope, declared, &n);
	write_items(w, declared, n);
	write_items(w, items, k);
	return scope;
}

static void
write_element(struct writer *w, const struct dom *e, const struct scope *scope)
{
	buf_printf(w->b, "<%s", e->name);
	scope = write_attributes(w, e, scope);
	buf_chr(w->b, '>');
	for (const struct dom *c = e->child; c != NULL; c = c->next) {
		if (c == w->without)
			continue;
		if (c->name == NULL)
			write_escaped(w->b, c->text, 0);
		else
			write_element(w, c, scope);
	}
	buf_printf(w->b, "</%s>", e->name);
}

void
c14n_write(struct arena *a, const struct dom *e, const struct dom *without,
    const char *inclusive, struct buf *b)
{
	struct writer w = { a, b, without, inclusive };

	write_element(&w, e, NULL);
}
