/*
 * Auto Scaling: tags of groups.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/autoscaling/settings.h"

enum { TAGS_MAX_GROUP = 50 };

static int
by_key(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;

	return strcmp(json_str_or(*x, "Key", ""), json_str_or(*y, "Key", ""));
}

static json_t *
tag_find(const json_t *tags, const char *key, size_t *ret_i)
{
	json_t *tag;
	size_t i;

	json_array_foreach(tags, i, tag) {
		if (strcmp(json_str_or(tag, "Key", ""), key) == 0) {
			*ret_i = i;
			return tag;
		}
	}
	return NULL;
}

/* By key, as AWS shows them. */
static void
sort(struct call *c, json_t *group)
{
	json_t *tags = json_get(group, "Tags"), *sorted = json_new_array();
	size_t n = json_array_size(tags);
	json_t **rows = arena_calloc(c->arena, n + 1, sizeof(json_t *));

	for (size_t i = 0; i < n; i++)
		rows[i] = json_array_get(tags, i);
	qsort(rows, n, sizeof(rows[0]), by_key);
	for (size_t i = 0; i < n; i++)
		json_add(sorted, json_incref(rows[i]));
	json_set(group, "Tags", sorted);
}

static int
put(struct call *c, json_t *group, const json_t *row)
{
	const char *key = json_str_or(row, "Key", "");
	const char *of = json_str(row, "ResourceId"),
		   *type = json_str(row, "ResourceType");
	json_t *tags = json_need_array(group, "Tags"), *tag;
	size_t i;

	if (strncasecmp(key, "aws:", 4) == 0)
		return err_set(&c->err, &asg_invalid,
		    "Tag keys beginning with 'aws:' are reserved for system use: %s",
		    key);
	if (of != NULL && strcmp(of, asg_name(group)) != 0)
		return err_set(&c->err, &asg_invalid,
		    "The resource ID of a tag must be the group's name: %.100s", of);
	if (type != NULL && strcmp(type, "auto-scaling-group") != 0)
		return err_set(&c->err, &asg_invalid,
		    "The resource type of a tag must be auto-scaling-group: %.100s",
		    type);
	tag = tag_find(tags, key, &i);
	if (tag == NULL) {
		tag = json_add_object(tags);
		json_set_str(tag, "ResourceId", asg_name(group));
		json_set_str(tag, "ResourceType", "auto-scaling-group");
		json_set_str(tag, "Key", key);
	}
	json_set_str(tag, "Value", json_str_or(row, "Value", ""));
	json_set_bool(tag, "PropagateAtLaunch", json_bool(row, "PropagateAtLaunch", 0));
	if (json_array_size(tags) > TAGS_MAX_GROUP)
		return err_set(&c->err, &asg_limit, "A group can have at most %d tags.",
		    TAGS_MAX_GROUP);
	return 0;
}

int
asg_tags_put(struct call *c, json_t *group, const json_t *tags)
{
	const json_t *row;
	size_t i;

	json_array_foreach(tags, i, row) {
		if (put(c, group, row) < 0)
			return -1;
	}
	sort(c, group);
	return 0;
}

/* CreateOrUpdateTags, DeleteTags: of one or several groups */

static int
group_of_tag(struct call *c, const json_t *row, json_t **ret)
{
	const char *of = json_str(row, "ResourceId");
	const char *type = json_str_or(row, "ResourceType", "auto-scaling-group");

	if (of == NULL || strcmp(type, "auto-scaling-group") != 0)
		return err_set(&c->err, &asg_invalid,
		    "A tag needs a ResourceId, and auto-scaling-group as its ResourceType.");
	return asg_group_edit(c, of, ret) < 0 || call_allow(c, &asg_group, of) < 0 ? -1 :
										     0;
}

static int
create_or_update_tags(struct call *c)
{
	const json_t *row;
	json_t *group;
	size_t i;

	json_array_foreach(in_list(c, "Tags"), i, row) {
		if (group_of_tag(c, row, &group) < 0 || put(c, group, row) < 0)
			return -1;
		sort(c, group);
		resource_put(c, &asg_group, group);
	}
	return 0;
}

/* With a value only if it is that. */
static int
delete_tags(struct call *c)
{
	const json_t *row;
	json_t *group, *tag;
	size_t i, at;

	json_array_foreach(in_list(c, "Tags"), i, row) {
		const char *value = json_str(row, "Value");

		if (group_of_tag(c, row, &group) < 0)
			return -1;
		tag = tag_find(json_get(group, "Tags"), json_str_or(row, "Key", ""), &at);
		if (tag == NULL ||
		    (value != NULL && strcmp(value, json_str_or(tag, "Value", "")) != 0))
			continue;
		json_array_remove(json_get(group, "Tags"), at);
		resource_put(c, &asg_group, group);
	}
	return 0;
}

/* DescribeTags */

static const struct filter tag_filters[] = {
	{ "auto-scaling-group", "ResourceId" },
	{ "key", "Key" },
	{ "propagate-at-launch", "PropagateAtLaunch" },
	{ "value", "Value" },
	{ NULL, NULL },
};
static const struct resource tag_resource = {
	.service = "autoscaling",
	.kind = "autoscaling:tag",
	.id_member = "Key",
	.noun = "tag",
	.not_found = &asg_invalid,
	.filters = tag_filters,
};

static int
describe_tags(struct call *c)
{
	json_t *out = json_own(c->arena, json_new_array()), *tag;
	const json_t *filter;
	struct store_docs all;
	size_t k, f;

	json_array_foreach(in_list(c, "Filters"), k, filter) {
		const char *name = json_str_or(filter, "Name", "");

		for (f = 0; tag_filters[f].name != NULL &&
		     strcmp(tag_filters[f].name, name) != 0;
		     f++)
			;
		if (tag_filters[f].name == NULL)
			return err_set(&c->err, &asg_invalid,
			    "Filter type %.100s is not correct. Allowed Filter types are: "
			    "auto-scaling-group, key, propagate-at-launch, value",
			    name);
	}
	if (resource_list(c, &asg_group, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		json_array_foreach(json_get(all.doc[i], "Tags"), k, tag) {
			if (filter_match(c, &tag_resource, tag))
				json_add(out, json_incref(tag));
		}
	}
	return asg_out_page(c, "Tags", out);
}

static const struct op ops[] = {
	OP("CreateOrUpdateTags", create_or_update_tags, OP_ASKS, "Tag groups."),
	OP("DeleteTags", delete_tags, OP_ASKS, "Take tags away from groups."),
	OP_RES("DescribeTags", describe_tags, OP_READ, &asg_group, NULL,
	    "List the tags of groups."),
};
const struct family asg_tags = FAMILY(ops, NULL);
