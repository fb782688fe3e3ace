/*
 * RDS: tags of whatever has an ARN.
 */
#include <string.h>

#include "control/api/tags.h"
#include "control/services/rds/rds.h"

static const struct {
	const char *type;
	const struct resource *of;
	const char *name_member;
} taggables[] = {
	{ "db", &rds_instance, "DBInstanceIdentifier" },
	{ "og", &rds_option_group, "OptionGroupName" },
	{ "pg", &rds_parameter_group, "DBParameterGroupName" },
	{ "snapshot", &rds_snapshot, "DBSnapshotIdentifier" },
	{ "subgrp", &rds_subnet_group, "DBSubnetGroupName" },
};

/* The document of the input's ResourceName: 0 or -1. */
static int
find(struct call *c, const struct resource **ret_of, json_t **ret)
{
	const char *arn = in_str(c, "ResourceName"),
		   *prefix = arena_printf(c->arena, "arn:aws:rds:%s:%s:", c->region,
		       c->account);
	size_t n = strlen(prefix);

	if (rds_ask(c, arn) < 0)
		return -1;
	for (size_t i = 0; strncmp(arn, prefix, n) == 0 && i < COUNT(taggables); i++) {
		size_t len = strlen(taggables[i].type);
		const char *name = arn + n + len + 1;
		int rc;

		if (strncmp(arn + n, taggables[i].type, len) != 0 || arn[n + len] != ':')
			continue;
		*ret_of = taggables[i].of;
		rc = resource_find_by(c, *ret_of, taggables[i].name_member, name, ret);
		if (rc != 0)
			return rc < 0 ? -1 : 0;
		return err_set(&c->err, (*ret_of)->not_found, "%s not found: %s",
		    (*ret_of)->noun, name);
	}
	return err_set(&c->err, &rds_bad_value, "Invalid resource name: %s", arn);
}

static int
edit(struct call *c, const struct resource **ret_of, json_t **ret, json_t **ret_tags)
{
	if (find(c, ret_of, ret) < 0 ||
	    resource_edit(c, *ret_of, resource_id(*ret_of, *ret), ret) < 0)
		return -1;
	*ret_tags = json_need_array(*ret, resource_tags_member(*ret_of));
	return 0;
}

static int
add_tags_to_resource(struct call *c)
{
	const struct resource *of;
	json_t *doc, *tags;

	if (edit(c, &of, &doc, &tags) < 0)
		return -1;
	if (tags_merge(c, tags, in_list(c, "Tags")) < 0) {
		c->err.kind = &rds_bad_value;
		return -1;
	}
	resource_put(c, of, doc);
	return 0;
}

static int
remove_tags_from_resource(struct call *c)
{
	const json_t *key;
	const struct resource *of;
	json_t *doc, *tags;
	size_t i;

	if (edit(c, &of, &doc, &tags) < 0)
		return -1;
	json_array_foreach(in_list(c, "TagKeys"), i, key) {
		json_t *row = json_own(c->arena,
		    json_make("[{s:s}]", "Key", json_string_value(key)));

		tags_remove(tags, row);
	}
	resource_put(c, of, doc);
	return 0;
}

static int
list_tags_for_resource(struct call *c)
{
	const struct resource *of;
	json_t *doc, *tags;

	if (find(c, &of, &doc) < 0)
		return -1;
	tags = json_get(doc, resource_tags_member(of));
	out_ref(c, "TagList", tags != NULL ? tags : json_own(c->arena, json_new_array()));
	return 0;
}

static const struct op ops[] = {
	RDS("AddTagsToResource", add_tags_to_resource, 0, "Tag something."),
	RDS("ListTagsForResource", list_tags_for_resource, OP_READ,
	    "List the tags of something."),
	RDS("RemoveTagsFromResource", remove_tags_from_resource, 0,
	    "Take tags away from something."),
};

const struct family rds_tags = FAMILY(ops, NULL);
