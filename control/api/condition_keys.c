#include "control/api/condition_keys.h"

#include <stdint.h>
#include <string.h>

#include "control/api/service.h"

/* {name}/{key} */
static void
set_tag(json_t *context, const char *name, const char *key, const char *value)
{
	json_t *full = json_new_fmt("%s/%s", name, key);

	json_set_str(context, json_string_value(full), value);
	json_decref(full);
}

static void
add_tag_key(json_t *context, const char *key)
{
	json_t *keys = json_need_array(context, "aws:TagKeys");

	if (!json_has_str(keys, key))
		json_add_str(keys, key);
}

void
condition_keys_request_tags(json_t *context, const json_t *tags)
{
	const json_t *tag;
	const char *key;
	json_t *value;
	size_t i;

	json_array_foreach(tags, i, tag) {
		key = json_str(tag, "Key");
		if (key == NULL)
			continue;
		add_tag_key(context, key);
		set_tag(context, "aws:RequestTag", key, json_str_or(tag, "Value", ""));
	}
	if (!json_is_object(tags))
		return;
	json_object_foreach((json_t *)(uintptr_t)tags, key, value) {
		add_tag_key(context, key);
		set_tag(context, "aws:RequestTag", key,
		    json_is_string(value) ? json_string_value(value) : "");
	}
}

void
condition_keys_resource_tags(struct call *c, json_t *context, const json_t *tags)
{
	const char *own =
	    arena_printf(c->arena, "%s:ResourceTag", model_signing_name(c->model));
	const json_t *tag;
	size_t i;

	json_array_foreach(tags, i, tag) {
		const char *key = json_str_or(tag, "Key", ""),
			   *value = json_str_or(tag, "Value", "");

		set_tag(context, "aws:ResourceTag", key, value);
		set_tag(context, own, key, value);
	}
}

/* EC2 names the type that each list of tags is for; those of others are of what the call is about. */
static void
add_request_tags(struct call *c, const struct resource *r, const char *id,
    json_t *context)
{
	static const char *const members[] = { "Tags", "tags" };
	static const char *const untag[] = { "TagKeys", "tagKeys" };
	const json_t *spec, *key;
	size_t i;

	for (size_t k = 0; k < COUNT(members); k++)
		condition_keys_request_tags(context, json_get(c->in, members[k]));
	for (size_t k = 0; k < COUNT(untag); k++) {
		json_array_foreach(json_get(c->in, untag[k]), i, key) {
			if (json_is_string(key))
				add_tag_key(context, json_string_value(key));
		}
	}
	json_array_foreach(json_get(c->in, "TagSpecifications"), i, spec) {
		if (r != NULL && id == NULL &&
		    strcmp(json_str_or(spec, "ResourceType", ""), r->type) == 0)
			condition_keys_request_tags(context, json_get(spec, "Tags"));
	}
}

/* All values at a path. */
struct found {
	struct call *call;
	const struct condition_key *row;
	json_t *values;
};

static int
add_value(void *arg, const char *text)
{
	struct found *f = arg;
	const char *type = f->row->type;

	json_add_str(f->values,
	    type == NULL || strncmp(text, "arn:", 4) == 0 ?
		text :
		call_arn(f->call, arena_printf(f->call->arena, "%s/%s", type, text)));
	return 0;
}

static void
add_row(struct call *c, const struct condition_key *row, const json_t *doc, int is_made,
    json_t *context)
{
	struct found f = { c, row, json_own(c->arena, json_new_array()) };

	if (json_get(context, row->key) != NULL)
		return;
	if (row->path != NULL)
		path_each(doc, row->path, add_value, &f);
	if (row->input != NULL && (is_made || row->kind == NULL))
		path_each(c->in, row->input, add_value, &f);
	if (json_array_size(f.values) == 0 && row->def != NULL && is_made)
		add_value(&f, row->def);
	if (json_array_size(f.values) == 1)
		json_set(context, row->key, json_incref(json_array_get(f.values, 0)));
	else if (json_array_size(f.values) > 1)
		json_set(context, row->key, json_incref(f.values));
}

static int
find(struct call *c, const struct resource *r, const char *id, json_t **ret)
{
	if (r == NULL || id == NULL)
		return 0;
	return r->find != NULL ? r->find(c, id, ret) : resource_find(c, r, id, ret);
}

int
condition_keys_add(struct call *c, const struct resource *r, const char *id,
    json_t *context)
{
	const struct condition_key *row = c->service->condition_keys;
	json_t *doc = NULL;

	if (find(c, r, id, &doc) < 0)
		return -1;
	add_request_tags(c, r, id, context);
	if (doc != NULL && !r->no_tags)
		condition_keys_resource_tags(c, context,
		    json_get(doc, resource_tags_member(r)));
	for (; row != NULL && row->key != NULL; row++) {
		if (row->kind == NULL || (r != NULL && strcmp(row->kind, r->kind) == 0))
			add_row(c, row, doc, r != NULL && id == NULL, context);
	}
	return 0;
}
