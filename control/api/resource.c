#include "control/api/resource.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/api/service.h"
#include "control/api/tags.h"

static const struct err_kind dependency = { "DependencyViolation", 400 };
static const struct err_kind bad_page = { "InvalidPaginationToken", 400 };
static const struct err_kind bad_size = { "InvalidParameterValue", 400 };
static const struct err_kind bad_combination = { "InvalidParameterCombination", 400 };

const char *
resource_id(const struct resource *r, const json_t *doc)
{
	const char *id = json_str(doc, r->id_member);

	assert(id != NULL);
	return id;
}

const char *
resource_tags_member(const struct resource *r)
{
	return r->tags_member != NULL ? r->tags_member : "Tags";
}

char *
resource_arn(const struct call *c, const struct resource *r, const char *id)
{
	if (r->no_account)
		return arena_printf(c->arena, "arn:aws:%s:%s::%s/%s", r->service,
		    c->region, r->type, id);
	return call_arn(c, arena_printf(c->arena, "%s/%s", r->type, id));
}

json_t *
resource_new(struct call *c, const struct resource *r, const char **ret_id)
{
	const char *const types[] = { r->type, NULL };
	json_t *doc, *tags = NULL;
	char hex[18];

	if (!r->no_tags &&
	    model_member(c->model, model_op_input(c->shape), "TagSpecifications") !=
		MODEL_NONE &&
	    tags_from_specifications(c, types, r->type, &tags) < 0)
		return NULL;
	random_hex(hex, 17);
	doc = json_own(c->arena, json_new_object());
	json_set_fmt(doc, r->id_member, "%s%s", r->prefix, hex);
	if (!r->no_tags)
		json_set(doc, resource_tags_member(r),
		    tags != NULL ? json_incref(tags) : json_new_array());
	if (ret_id != NULL)
		*ret_id = resource_id(r, doc);
	return doc;
}

static int
missing(struct call *c, const struct resource *r, const char *id)
{
	if (r->malformed != NULL && r->prefix != NULL) {
		size_t n = strlen(r->prefix);

		if (strncmp(id, r->prefix, n) != 0 || id[n] == '\0' ||
		    strspn(id + n, "0123456789abcdef") != strlen(id + n))
			return err_set(&c->err, r->malformed,
			    "Invalid id: \"%s\" (expecting \"%s...\")", id, r->prefix);
	}
	return err_set(&c->err, r->not_found, "The %s '%s' does not exist", r->noun, id);
}

int
resource_find(struct call *c, const struct resource *r, const char *id, json_t **ret)
{
	return store_get(c->txn, c->scope, r->kind, id, ret, &c->err);
}

int
resource_get(struct call *c, const struct resource *r, const char *id, json_t **ret)
{
	int rc = resource_find(c, r, id, ret);

	return rc == 0 ? missing(c, r, id) : rc < 0 ? -1 : 0;
}

int
resource_edit(struct call *c, const struct resource *r, const char *id, json_t **ret)
{
	int rc = store_edit(c->txn, c->scope, r->kind, id, ret, &c->err);

	return rc == 0 ? missing(c, r, id) : rc < 0 ? -1 : 0;
}

int
resource_list(struct call *c, const struct resource *r, struct store_docs *ret)
{
	return store_list(c->txn, c->scope, r->kind, ret, &c->err);
}

static int
is_text(void *arg, const char *text)
{
	return strcmp(arg, text) == 0;
}

/* path_each's argument is never written through. */
static int
has_value(struct call *c, const json_t *doc, const char *path, const char *value)
{
	return path_each(doc, path, is_text, arena_strdup(c->arena, value));
}

int
resource_find_by(struct call *c, const struct resource *r, const char *path,
    const char *value, json_t **ret)
{
	struct store_docs docs;

	if (resource_list(c, r, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (has_value(c, docs.doc[i], path, value)) {
			*ret = docs.doc[i];
			return 1;
		}
	}
	return 0;
}

void
resource_put(struct call *c, const struct resource *r, json_t *doc)
{
	store_put(c->txn, c->scope, r->kind, resource_id(r, doc), doc);
}

int
resource_check_unused(struct call *c, const struct resource *r, const char *id)
{
	struct store_docs docs;

	for (const struct dependent *d = r->dependents; d != NULL && d->kind != NULL;
	     d++) {
		if (store_list(c->txn, c->scope, d->kind, &docs, &c->err) < 0)
			return -1;
		for (size_t i = 0; i < docs.n; i++) {
			if (has_value(c, docs.doc[i], d->path, id))
				return err_set(&c->err, &dependency,
				    "The %s '%s' has dependencies and cannot be deleted.",
				    r->type, id);
		}
	}
	return 0;
}

void
resource_delete_doc(struct call *c, const struct resource *r, const char *id)
{
	store_delete(c->txn, c->scope, r->kind, id);
}

int
resource_delete(struct call *c)
{
	const struct resource *r = c->op->resource;
	const char *id = in_str(c, c->op->id_member);
	json_t *doc;

	if (resource_get(c, r, id, &doc) < 0 || resource_check_unused(c, r, id) < 0)
		return -1;
	resource_delete_doc(c, r, id);
	return 0;
}

/* A candidate's id, and where it stands. */
struct named {
	const char *id;
	size_t i;
};

static int
by_id(const void *key, const void *row)
{
	const struct named *a = key, *b = row;

	return strcmp(a->id, b->id);
}

/*
 * Mark those of the ids that the candidates have, each of which counts once; an id of no
 * candidate must at least be there.
 */
static int
mark_ids(struct call *c, const struct resource *r, const struct store_docs *docs,
    const json_t *ids, char *marks)
{
	struct named *names = arena_calloc(c->arena, docs->n + 1, sizeof(*names));
	struct named key = { 0 }, *found;
	const json_t *v;
	json_t *doc;
	size_t i;

	for (i = 0; i < docs->n; i++) {
		names[i].id = resource_id(r, docs->doc[i]);
		names[i].i = i;
	}
	qsort(names, docs->n, sizeof(*names), by_id);
	json_array_foreach(ids, i, v) {
		key.id = json_string_value(v);
		found = bsearch(&key, names, docs->n, sizeof(*names), by_id);
		if (found != NULL)
			marks[found->i] = 1;
		else if (resource_get(c, r, key.id, &doc) < 0)
			return -1;
	}
	return 0;
}

int
resource_select(struct call *c, const struct resource *r, const struct store_docs *docs,
    json_t **ret)
{
	const json_t *ids = r->ids_member != NULL ? json_get(c->in, r->ids_member) : NULL;
	json_t *out = json_own(c->arena, json_new_array());
	char *marks = NULL;

	if (filter_check(c, r) < 0)
		return -1;
	if (json_array_size(ids) > 0) {
		marks = arena_calloc(c->arena, docs->n + 1, 1);
		if (mark_ids(c, r, docs, ids, marks) < 0)
			return -1;
	}
	for (size_t i = 0; i < docs->n; i++) {
		if ((marks == NULL || marks[i]) && filter_match(c, r, docs->doc[i]))
			json_add(out, json_incref(docs->doc[i]));
	}
	*ret = out;
	return 0;
}

static int
by_member(const void *a, const void *b, void *member)
{
	const json_t *const *x = a, *const *y = b;

	return strcmp(json_str_or(*x, member, ""), json_str_or(*y, member, ""));
}

json_t *
resource_sorted(struct call *c, const json_t *docs, const char *member)
{
	size_t n = json_array_size(docs);
	json_t **rows = arena_calloc(c->arena, n + 1, sizeof(json_t *));
	json_t *out = json_own(c->arena, json_new_array());

	for (size_t i = 0; i < n; i++)
		rows[i] = json_array_get(docs, i);
	qsort_r(rows, n, sizeof(rows[0]), by_member, arena_strdup(c->arena, member));
	for (size_t i = 0; i < n; i++)
		json_add(out, json_incref(rows[i]));
	return out;
}

/* A page token is the id that the page begins behind. */
static int
read_token(struct call *c, const char *token, const char **ret)
{
	unsigned char *p;
	size_t n;

	if (!base64_decode(c->arena, token, strlen(token), &p, &n) || n < 3 ||
	    memcmp(p, "1:", 2) != 0)
		return err_set(&c->err, &bad_page,
		    "The specified pagination token is not valid or is expired.");
	*ret = arena_strndup(c->arena, (const char *)p + 2, n - 2);
	return 0;
}

static int
check_page(struct call *c, const struct resource *r, int64_t max)
{
	int least = r->page_min > 0 ? r->page_min : 5;
	int most = r->page_max > 0 ? r->page_max : 1000;

	if (max == 0)
		return 0;
	if (r->ids_member != NULL && json_array_size(json_get(c->in, r->ids_member)) > 0)
		return err_set(&c->err, &bad_combination,
		    "The parameter %s cannot be used with the parameter maxResults",
		    r->ids_member);
	if (max < least || max > most)
		return err_set(&c->err, &bad_size,
		    "Value ( %lld ) for parameter maxResults is invalid. Expecting a value between "
		    "%d and %d.",
		    (long long)max, least, most);
	return 0;
}

int
resource_page(struct call *c, const struct resource *r, json_t *docs)
{
	uint16_t input = model_op_input(c->shape);
	const char *token, *after = "";
	size_t n, skip = 0;
	int64_t max;

	if (model_member(c->model, input, "MaxResults") == MODEL_NONE)
		return 0;
	max = in_int(c, "MaxResults", 0);
	token = in_str(c, "NextToken");
	if (check_page(c, r, max) < 0 ||
	    (token != NULL && read_token(c, token, &after) < 0))
		return -1;
	n = json_array_size(docs);
	if (after[0] != '\0') {
		while (skip < n &&
		    strcmp(resource_id(r, json_array_get(docs, skip)), after) <= 0)
			skip++;
		while (skip-- > 0)
			json_array_remove(docs, 0);
		n = json_array_size(docs);
	}
	if (max > 0 && n > (size_t)max) {
		const char *last = resource_id(r, json_array_get(docs, (size_t)max - 1));
		const char *text = arena_printf(c->arena, "1:%s", last);

		while (json_array_size(docs) > (size_t)max)
			json_array_remove(docs, json_array_size(docs) - 1);
		out_str(c, "NextToken", base64_encode(c->arena, text, strlen(text)));
	}
	return 0;
}

int
resource_answer(struct call *c, const struct resource *r, const struct store_docs *all)
{
	json_t *docs;

	if (resource_select(c, r, all, &docs) < 0 || resource_page(c, r, docs) < 0)
		return -1;
	out_ref(c, r->list_member, docs);
	return 0;
}

int
resource_describe(struct call *c)
{
	const struct resource *r = c->op->resource;
	struct store_docs all;

	return resource_list(c, r, &all) < 0 ? -1 : resource_answer(c, r, &all);
}
