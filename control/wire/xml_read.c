#include "control/wire/xml_read.h"

#include <expat.h>
#include <string.h>

#include "base/buf.h"
#include "control/wire/codec.h"
#include "control/wire/scalar.h"

/* The tree */

struct parser {
	struct arena *a;
	XML_Parser expat;
	struct xml_node *open[WIRE_MAX_DEPTH];
	struct buf *text[WIRE_MAX_DEPTH];
	size_t depth, n_nodes;
	struct xml_node *root;
	const char *why;
};

static void
stop(struct parser *p, const char *why)
{
	p->why = why;
	XML_StopParser(p->expat, XML_FALSE);
}

static const char *
without_prefix(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon != NULL ? colon + 1 : name;
}

static void XMLCALL
on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct parser *p = arg;
	struct xml_node *node;

	if (p->depth == WIRE_MAX_DEPTH || ++p->n_nodes > XML_MAX_NODES) {
		stop(p, "too many elements");
		return;
	}
	node = arena_alloc(p->a, sizeof(*node));
	node->name = arena_strdup(p->a, without_prefix(name));
	for (; attributes[0] != NULL; attributes += 2) {
		struct xml_attribute *at = arena_alloc(p->a, sizeof(*at));

		at->name = arena_strdup(p->a, attributes[0]);
		at->value = arena_strdup(p->a, attributes[1]);
		at->next = node->attributes;
		node->attributes = at;
	}
	if (p->depth == 0) {
		p->root = node;
	} else {
		struct xml_node *up = p->open[p->depth - 1];

		if (up->last != NULL)
			up->last->next = node;
		else
			up->child = node;
		up->last = node;
	}
	p->text[p->depth] = NULL;
	p->open[p->depth++] = node;
}

static void XMLCALL
on_end(void *arg, const XML_Char *name UNUSED)
{
	struct parser *p = arg;
	struct buf *b = p->text[--p->depth];

	p->open[p->depth]->text = b != NULL ? b->data : arena_strdup(p->a, "");
	p->open[p->depth]->text_len = b != NULL ? b->len : 0;
}

static void XMLCALL
on_text(void *arg, const XML_Char *s, int len)
{
	struct parser *p = arg;

	if (p->depth == 0)
		return;
	if (p->text[p->depth - 1] == NULL)
		p->text[p->depth - 1] = buf_new(p->a, 0);
	buf_add(p->text[p->depth - 1], s, (size_t)len);
}

static void XMLCALL
on_doctype(void *arg, const XML_Char *name UNUSED, const XML_Char *system UNUSED,
    const XML_Char *public UNUSED, int has_subset UNUSED)
{
	stop(arg, "a document type is not allowed");
}

int
xml_parse(struct arena *a, const char *body, size_t len, struct xml_node **ret,
    const char **ret_why)
{
	struct parser p = { .a = a, .expat = XML_ParserCreate(NULL) };
	int ok;

	if (p.expat == NULL) {
		*ret_why = "no memory";
		return -1;
	}
	XML_SetUserData(p.expat, &p);
	XML_SetElementHandler(p.expat, on_start, on_end);
	XML_SetCharacterDataHandler(p.expat, on_text);
	XML_SetStartDoctypeDeclHandler(p.expat, on_doctype);
	ok = len <= INT32_MAX && XML_Parse(p.expat, body, (int)len, 1) == XML_STATUS_OK;
	if (!ok && p.why == NULL)
		p.why = XML_ErrorString(XML_GetErrorCode(p.expat));
	XML_ParserFree(p.expat);
	if (!ok) {
		*ret_why = p.why != NULL ? p.why : "malformed";
		return -1;
	}
	*ret = p.root;
	return 0;
}

/* The document */

struct reader {
	struct arena *a;
	const struct model *m;
	const struct err_kind *bad;
	struct err *err;
};

static int read_value(struct reader *r, const struct member_row *row,
    const struct xml_node *node, json_t **ret);
static int read_members(struct reader *r, uint16_t structure, const struct xml_node *node,
    json_t *into);

static int
mistyped(struct reader *r, const struct xml_node *node)
{
	return err_set(r->err, r->bad, "The value '%.100s' of %.100s is not valid.",
	    node->text, node->name);
}

/* The elements of a list: all children, or (flat) siblings of the name. */
static int
read_list(struct reader *r, const struct member_row *row, const struct xml_node *from,
    const char *name, json_t **ret)
{
	const struct member_row *element = &r->m->members[r->m->shapes[row->shape].first];
	json_t *list = json_own(r->a, json_new_array()), *v;

	for (; from != NULL; from = from->next) {
		if (strcmp(from->name, name) != 0)
			continue;
		if (read_value(r, element, from, &v) < 0)
			return -1;
		json_add(list, v);
	}
	*ret = json_incref(list);
	return 0;
}

static const struct xml_node *
child_named(const struct xml_node *node, const char *name)
{
	const struct xml_node *c = node->child;

	while (c != NULL && strcmp(c->name, name) != 0)
		c = c->next;
	return c;
}

static int
read_map(struct reader *r, const struct member_row *row, const struct xml_node *from,
    const char *name, json_t **ret)
{
	const struct member_row *key = &r->m->members[r->m->shapes[row->shape].first];
	const char *kn = key->wire != 0 ? model_text(r->m, key->wire) : "key";
	const char *vn = key[1].wire != 0 ? model_text(r->m, key[1].wire) : "value";
	json_t *map = json_own(r->a, json_new_object()), *v;

	for (; from != NULL; from = from->next) {
		const struct xml_node *k = child_named(from, kn),
				      *e = child_named(from, vn);

		if (strcmp(from->name, name) != 0)
			continue;
		if (k == NULL || e == NULL)
			return mistyped(r, from);
		if (read_value(r, key + 1, e, &v) < 0)
			return -1;
		json_set(map, k->text, v);
	}
	*ret = json_incref(map);
	return 0;
}

static int
read_structure(struct reader *r, uint16_t shape, const struct xml_node *node,
    json_t **ret)
{
	json_t *v = json_own(r->a, json_new_object());

	if (read_members(r, shape, node, v) < 0)
		return -1;
	*ret = json_incref(v);
	return 0;
}

/* What an element of a list is called: its own name, or "member". */
static const char *
list_name(struct reader *r, const struct member_row *row)
{
	const struct member_row *element = &r->m->members[r->m->shapes[row->shape].first];

	return element->wire != 0 ? model_text(r->m, element->wire) : "member";
}

static int
read_value(struct reader *r, const struct member_row *row, const struct xml_node *node,
    json_t **ret)
{
	const char *text = node->text;
	size_t len = node->text_len;

	if (row->type == TYPE_LIST)
		return read_list(r, row, node->child, list_name(r, row), ret);
	if (row->type == TYPE_MAP)
		return read_map(r, row, node->child, "entry", ret);
	if (row->type == TYPE_STRUCTURE)
		return read_structure(r, row->shape, node, ret);
	/* White space around it is layout, but in texts. */
	if (row->type != TYPE_STRING) {
		text += strspn(text, " \t\r\n");
		len = strlen(text);
		while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
			len--;
		text = arena_strndup(r->a, text, len);
	}
	*ret = scalar_read(r->a, r->m, row->shape, text, len);
	return *ret != NULL ? 0 : mistyped(r, node);
}

static int
read_attribute(struct reader *r, const struct member_row *row,
    const struct xml_node *node, json_t *into)
{
	const char *wire = member_wire_name(r->m, row), *bare = without_prefix(wire);
	json_t *v;

	for (const struct xml_attribute *at = node->attributes; at != NULL;
	     at = at->next) {
		/* The prefix is the client's choice. */
		if (strcmp(at->name, wire) != 0 &&
		    (bare == wire || strcmp(without_prefix(at->name), bare) != 0))
			continue;
		v = scalar_read(r->a, r->m, row->shape, at->value, strlen(at->value));
		if (v == NULL)
			return mistyped(r, node);
		json_set(into, member_name(r->m, row), v);
	}
	return 0;
}

static int
read_member(struct reader *r, const struct member_row *row, const struct xml_node *node,
    json_t *into)
{
	const char *name = member_element_name(r->m, row);
	const struct xml_node *child = child_named(node, name);
	json_t *v;
	int rc;

	if (child == NULL)
		return 0;
	if (row->type == TYPE_LIST && member_is_flat(r->m, row))
		rc = read_list(r, row, child, name, &v);
	else if (row->type == TYPE_MAP && member_is_flat(r->m, row))
		rc = read_map(r, row, child, name, &v);
	else
		rc = read_value(r, row, child, &v);
	if (rc == 0)
		json_set(into, member_name(r->m, row), v);
	return rc;
}

static int
read_members(struct reader *r, uint16_t structure, const struct xml_node *node,
    json_t *into)
{
	const struct shape_row *s = &r->m->shapes[structure];

	for (uint16_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = &r->m->members[s->first + i];
		int rc = 0;

		if ((row->flags & MEMBER_XML_ATTRIBUTE) != 0)
			rc = read_attribute(r, row, node, into);
		else if (row->location == IN_BODY)
			rc = read_member(r, row, node, into);
		if (rc < 0)
			return -1;
	}
	return 0;
}

int
xml_read_members(struct arena *a, const struct model *m, uint16_t structure,
    const struct xml_node *node, const struct err_kind *bad, json_t *into,
    struct err *err)
{
	struct reader r = { a, m, bad, err };

	return read_members(&r, structure, node, into);
}
