#include "control/services/ec2/network/record.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"

enum { KEPT_MS = 3600 * 1000, MAX_TEXT = 255 };

static const struct err_kind bad_text = { "InvalidParameterValue", 400 };

void
record_change(json_t *doc, const json_t *in, const struct record_member *rows)
{
	for (; rows->name != NULL; rows++) {
		const json_t *v = json_get(in, rows->name);

		if (v != NULL)
			json_set(doc, rows->as != NULL ? rows->as : rows->name,
			    json_copy_deep(v));
	}
}

void
record_fill(struct call *c, json_t *doc, const json_t *in,
    const struct record_member *rows)
{
	struct err err;
	json_t *v;

	for (; rows->name != NULL; rows++) {
		const char *as = rows->as != NULL ? rows->as : rows->name;

		if (in == c->in)
			in_has(c, rows->name);
		v = json_get(in, rows->name);
		if (v != NULL) {
			json_set(doc, as, json_copy_deep(v));
		} else if (rows->def != NULL) {
			if (json_read(rows->def, strlen(rows->def), &v, &err) < 0)
				assert(0);
			json_set(doc, as, v);
		}
	}
}

char *
record_id(struct call *c, const char *prefix)
{
	char hex[18];

	random_hex(hex, 17);
	return arena_printf(c->arena, "%s%s", prefix, hex);
}

json_t *
record_new(struct call *c, const struct resource *r, const char *created,
    const char **ret_id)
{
	json_t *doc = resource_new(c, r, ret_id);

	if (doc == NULL)
		return NULL;
	json_set_str(doc, "OwnerId", c->account);
	if (created != NULL)
		json_set(doc, created, call_now(c));
	return doc;
}

int
record_is_retired(const json_t *doc)
{
	return json_get(doc, "_retired_ms") != NULL;
}

int
record_is_forgotten(const struct call *c, const json_t *doc)
{
	return record_is_retired(doc) &&
	    json_int(doc, "_retired_ms", 0) + KEPT_MS <= c->now_ms;
}

static int
check_living(struct call *c, const struct resource *r, const char *id, const json_t *doc)
{
	if (record_is_retired(doc))
		return err_set(&c->err, r->not_found, "The %s '%s' does not exist",
		    r->noun, id);
	return 0;
}

int
record_get(struct call *c, const struct resource *r, const char *id, json_t **ret)
{
	return resource_get(c, r, id, ret) < 0 ? -1 : check_living(c, r, id, *ret);
}

int
record_edit(struct call *c, const struct resource *r, const char *id, json_t **ret)
{
	return resource_edit(c, r, id, ret) < 0 ? -1 : check_living(c, r, id, *ret);
}

/* Those that keep() says; the list is the arena's. */
static int
list_some(struct call *c, const struct resource *r, int with_retired,
    struct store_docs *ret)
{
	struct store_docs all;
	json_t **some;
	size_t n = 0;

	if (resource_list(c, r, &all) < 0)
		return -1;
	some = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < all.n; i++) {
		if (with_retired ? !record_is_forgotten(c, all.doc[i]) :
				   !record_is_retired(all.doc[i]))
			some[n++] = all.doc[i];
	}
	ret->doc = some;
	ret->n = n;
	return 0;
}

int
record_list(struct call *c, const struct resource *r, struct store_docs *ret)
{
	return list_some(c, r, 0, ret);
}

static int
is_text(void *arg, const char *text)
{
	return strcmp(arg, text) == 0;
}

int
record_find_by(struct call *c, const struct resource *r, const char *path,
    const char *value, json_t **ret)
{
	char *wanted = arena_strdup(c->arena, value);
	struct store_docs docs;

	if (record_list(c, r, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (path_each(docs.doc[i], path, is_text, wanted)) {
			*ret = docs.doc[i];
			return 1;
		}
	}
	return 0;
}

/* The other side's document becomes as this one, with its own tags and revision. */
static void
copy_over(json_t *to, json_t *from)
{
	const char *name;
	json_t *v;
	void *next;

	json_object_foreach_safe(to, next, name, v) {
		if (json_get(from, name) == NULL && strcmp(name, "_rev") != 0)
			json_del(to, name);
	}
	json_object_foreach(from, name, v) {
		if (strcmp(name, "_rev") != 0 && strcmp(name, "Tags") != 0)
			json_set(to, name, json_copy_deep(v));
	}
}

int
record_put_shared(struct call *c, const struct resource *r, json_t *doc)
{
	const char *id = resource_id(r, doc);
	const json_t *scope;
	json_t *other;
	size_t i;
	int rc;

	resource_put(c, r, doc);
	json_array_foreach(json_get(doc, "_scopes"), i, scope) {
		const char *name = json_string_value(scope);

		if (strcmp(name, c->scope) == 0)
			continue;
		rc = store_edit(c->txn, name, r->kind, id, &other, &c->err);
		if (rc < 0)
			return -1;
		if (rc == 0) {
			other = json_own(c->arena, json_new_object());
			json_set(other, "Tags", json_new_array());
		}
		copy_over(other, doc);
		store_put(c->txn, name, r->kind, id, other);
	}
	return 0;
}

/* Whoever retires one removes those that were retired long ago. */
static void
forget_old(struct call *c, const struct resource *r)
{
	struct store_docs all;

	if (resource_list(c, r, &all) < 0)
		return;
	for (size_t i = 0; i < all.n; i++) {
		if (record_is_forgotten(c, all.doc[i]))
			resource_delete_doc(c, r, resource_id(r, all.doc[i]));
	}
}

int
record_retire(struct call *c, const struct resource *r, json_t *doc)
{
	const char *name;
	json_t *v;
	void *next;

	forget_old(c, r);
	json_object_foreach_safe(doc, next, name, v) {
		if (strncmp(name, "_live", 5) == 0)
			json_del(doc, name);
	}
	json_set_int(doc, "_retired_ms", c->now_ms);
	return record_put_shared(c, r, doc);
}

int
record_describe_as(struct call *c, record_show_fn *show)
{
	const struct resource *r = c->op->resource;
	struct store_docs all, shown;
	json_t **rows, *docs, *doc;

	if (list_some(c, r, 1, &all) < 0)
		return -1;
	rows = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	shown.n = 0;
	shown.doc = rows;
	for (size_t i = 0; i < all.n; i++) {
		doc = show != NULL ? show(c, all.doc[i]) : all.doc[i];
		if (doc != NULL)
			rows[shown.n++] = doc;
	}
	if (resource_select(c, r, &shown, &docs) < 0 || resource_page(c, r, docs) < 0)
		return -1;
	out_ref(c, r->list_member, docs);
	return 0;
}

int
record_describe(struct call *c)
{
	return record_describe_as(c, NULL);
}

int
record_rows(struct call *c, const struct resource *rows, json_t *list)
{
	json_t *chosen = json_own(c->arena, json_new_array()), *row;
	size_t i;

	if (filter_check(c, rows) < 0)
		return -1;
	json_array_foreach(list, i, row) {
		if (filter_match(c, rows, row))
			json_add(chosen, json_incref(row));
	}
	chosen = resource_sorted(c, chosen, rows->id_member);
	if (resource_page(c, rows, chosen) < 0)
		return -1;
	out_ref(c, rows->list_member, chosen);
	return 0;
}

char *
record_scope(struct call *c, const char *account, const char *region)
{
	return arena_printf(c->arena, "%s:%s", account, region);
}

void
record_unsuccessful(struct call *c, json_t *list, const char *id)
{
	json_t *row = json_add_object(list);

	json_set(row, "Error",
	    json_make("{s:s, s:s}", "Code", c->err.kind->code, "Message", c->err.msg));
	json_set_str(row, "ResourceId", id);
	c->err.kind = NULL;
}

void
record_merge(json_t *list, const json_t *add)
{
	const json_t *v;
	size_t i;

	json_array_foreach(add, i, v) {
		if (!json_has_str(list, json_string_value(v)))
			json_add_str(list, json_string_value(v));
	}
}

void
record_take_away(json_t *list, const json_t *remove)
{
	size_t i = 0;

	while (i < json_array_size(list)) {
		if (json_has_str(remove, json_string_value(json_array_get(list, i))))
			json_array_remove(list, i);
		else
			i++;
	}
}

json_t *
record_time(int64_t ms)
{
	return json_new_num((double)ms / 1000.0);
}

int
record_cidr(struct call *c, const char *parameter, const char *text, const char **ret)
{
	char out[NET6_TEXT];
	struct net4 net;
	struct net6 net6;

	if (net6_parse(text, &net6)) {
		net6_mask(&net6);
		net6_format(&net6, out);
	} else {
		if (ec2_cidr(c, parameter, text, &net) < 0)
			return -1;
		net4_format(&net, out);
	}
	*ret = arena_strdup(c->arena, out);
	return 0;
}

int
record_overlaps(const char *a, const char *b)
{
	struct net4 x, y;
	struct net6 x6, y6;

	if (net4_parse(a, &x) && net4_parse(b, &y))
		return net4_overlaps(&x, &y);
	return net6_parse(a, &x6) && net6_parse(b, &y6) && net6_overlaps(&x6, &y6);
}

int
record_check_text(struct call *c, const char *parameter, const char *text)
{
	if (text != NULL && strlen(text) > MAX_TEXT)
		return err_set(&c->err, &bad_text,
		    "Value for parameter %s is invalid. It exceeds the maximum length of %d characters.",
		    parameter, MAX_TEXT);
	return 0;
}
