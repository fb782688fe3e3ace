/*
 * EC2: tags of everything that has an id.
 */
#include <string.h>

#include "control/api/tags.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind bad_id = { "InvalidID", 400 };

static int
check_resources(struct call *c)
{
	if (json_array_size(in_list(c, "Resources")) == 0)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter resourceIdSet");
	return 0;
}

/* AWS's own tags, which only services set and take away. */
static int
is_reserved(const json_t *tag)
{
	return strncasecmp(json_str_or(tag, "Key", ""), "aws:", 4) == 0;
}

/* The resource of an id, and a copy of its document to write: 0 or -1. */
static int
find(struct call *c, const char *id, const struct resource **ret_r, json_t **ret)
{
	const struct resource *r = service_find_prefix(c->service, id);

	if (r == NULL || r->no_tags)
		return err_set(&c->err, &bad_id, "The ID '%s' is not valid", id);
	if (call_allow(c, r, id) < 0)
		return -1;
	*ret_r = r;
	return resource_edit(c, r, id, ret);
}

static int
create_tags(struct call *c)
{
	const json_t *id, *tags = in_list(c, "Tags");
	size_t i;

	if (json_array_size(tags) == 0)
		return err_set(&c->err, &ec2_bad_value,
		    "You must specify one or more tags to create");
	if (check_resources(c) < 0 || tags_check_unique(c, tags) < 0)
		return -1;
	json_array_foreach(in_list(c, "Resources"), i, id) {
		const struct resource *r;
		json_t *doc;

		if (find(c, json_string_value(id), &r, &doc) < 0 ||
		    tags_merge(c, json_need_array(doc, resource_tags_member(r)), tags) <
			0)
			return -1;
		resource_put(c, r, doc);
	}
	return 0;
}

/* No list asks for all of them, but AWS's own. */
static int
check_removal(struct call *c, const json_t *remove)
{
	const json_t *tag;
	size_t i;

	json_array_foreach(remove, i, tag) {
		if (is_reserved(tag) && !c->is_service)
			return err_set(&c->err, &ec2_bad_value,
			    "Value ( %s ) for parameter Tag.Key is invalid. Tag keys starting with "
			    "'aws:' are reserved for internal use",
			    json_str_or(tag, "Key", ""));
	}
	return check_resources(c);
}

static json_t *
reserved_ones(const json_t *tags)
{
	json_t *kept = json_new_array(), *tag;
	size_t i;

	json_array_foreach(tags, i, tag) {
		if (is_reserved(tag))
			json_add(kept, json_incref(tag));
	}
	return kept;
}

static int
delete_tags(struct call *c)
{
	const json_t *remove = in_list(c, "Tags"), *id;
	size_t i;

	if (check_removal(c, remove) < 0)
		return -1;
	json_array_foreach(in_list(c, "Resources"), i, id) {
		const struct resource *r;
		json_t *doc, *tags;

		if (find(c, json_string_value(id), &r, &doc) < 0)
			return -1;
		tags = json_need_array(doc, resource_tags_member(r));
		if (json_array_size(remove) == 0)
			json_set(doc, resource_tags_member(r), reserved_ones(tags));
		else
			tags_remove(tags, remove);
		resource_put(c, r, doc);
	}
	return 0;
}

/* DescribeTags: a row {ResourceId, ResourceType, Key, Value} a tag. */

static const struct filter filters[] = {
	{ "key", "Key" },
	{ "resource-id", "ResourceId" },
	{ "resource-type", "ResourceType" },
	{ "value", "Value" },
	{ NULL, NULL },
};
static const struct resource row_resource = {
	.service = "ec2",
	.kind = "ec2:tag",
	.id_member = "_id",
	.noun = "tag",
	.not_found = &bad_id,
	.filters = filters,
};

static int
add_rows(struct call *c, const struct resource *r, json_t *list)
{
	struct store_docs docs;
	const json_t *tag;
	size_t k;

	if (resource_list(c, r, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (record_is_forgotten(c, docs.doc[i]))
			continue;
		json_array_foreach(json_get(docs.doc[i], resource_tags_member(r)), k,
		    tag) {
			const char *id = resource_id(r, docs.doc[i]);
			const char *key = json_str_or(tag, "Key", "");
			json_t *row = json_own(c->arena,
			    json_make("{s:s, s:s, s:s, s:s}", "ResourceId", id,
				"ResourceType", r->type, "Key", key, "Value",
				json_str_or(tag, "Value", "")));

			/* For filters "tag:KEY". */
			json_set(row, "Tags", json_make("[O]", tag));
			json_set_fmt(row, "_id", "%s %s", id, key);
			if (filter_match(c, &row_resource, row))
				json_add(list, json_incref(row));
		}
	}
	return 0;
}

static int
describe_tags(struct call *c)
{
	json_t *list = json_own(c->arena, json_new_array());

	if (filter_check(c, &row_resource) < 0)
		return -1;
	for (const struct family *const *f = c->service->families; *f != NULL; f++) {
		const struct resource *const *r = (*f)->resources;

		for (; r != NULL && *r != NULL; r++) {
			if (!(*r)->no_tags && add_rows(c, *r, list) < 0)
				return -1;
		}
	}
	/* In order of (id, key), so that pages follow each other. */
	list = resource_sorted(c, list, "_id");
	if (resource_page(c, &row_resource, list) < 0)
		return -1;
	out_ref(c, "Tags", list);
	return 0;
}

static const struct op ops[] = {
	OP("CreateTags", create_tags, OP_ASKS, "Set tags of resources."),
	OP("DeleteTags", delete_tags, OP_ASKS, "Take tags away."),
	OP("DescribeTags", describe_tags, OP_READ, "List tags."),
};
const struct family ec2_tags = FAMILY(ops, NULL);
