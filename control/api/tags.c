#include "control/api/tags.h"

#include <string.h>

#include "base/enc.h"
#include "control/api/call.h"

static const struct err_kind bad_tag = { "InvalidParameterValue", 400 };
static const struct err_kind too_many = { "TagLimitExceeded", 400 };
static const struct err_kind bad_type = { "InvalidParameterValue", 400 };
static const struct err_kind no_tags = { "InvalidParameter", 400 };

json_t *
tags_find(const json_t *tags, const char *key)
{
	json_t *tag;
	size_t i;

	json_array_foreach(tags, i, tag) {
		if (strcmp(json_str_or(tag, "Key", ""), key) == 0)
			return tag;
	}
	return NULL;
}

static int
check(struct call *c, const char *key, const char *value)
{
	if (key == NULL || key[0] == '\0')
		return err_set(&c->err, &bad_tag,
		    "Value ( '' ) for parameter Tag key is invalid. Tag key cannot be null or empty.");
	if (strncasecmp(key, "aws:", 4) == 0 && !c->is_service)
		return err_set(&c->err, &bad_tag,
		    "Value ( %s ) for parameter Tag.Key is invalid. Tag keys starting with 'aws:' "
		    "are reserved for internal use",
		    key);
	if (utf8_length(key) > TAG_KEY_MAX)
		return err_set(&c->err, &bad_tag,
		    "Tag key exceeds the maximum length of %d "
		    "characters",
		    TAG_KEY_MAX);
	if (utf8_length(value) > TAG_VALUE_MAX)
		return err_set(&c->err, &bad_tag,
		    "Tag value exceeds the maximum length of %d "
		    "characters",
		    TAG_VALUE_MAX);
	return 0;
}

/* AWS's own tags do not count. */
static size_t
count_own(const json_t *tags)
{
	const json_t *tag;
	size_t i, n = 0;

	json_array_foreach(tags, i, tag)
		n += strncasecmp(json_str_or(tag, "Key", ""), "aws:", 4) != 0;
	return n;
}

int
tags_merge(struct call *c, json_t *tags, const json_t *add)
{
	const json_t *row;
	json_t *tag;
	size_t i;

	json_array_foreach(add, i, row) {
		const char *key = json_str(row, "Key"),
			   *value = json_str_or(row, "Value", "");

		if (check(c, key, value) < 0)
			return -1;
		tag = tags_find(tags, key);
		if (tag == NULL) {
			tag = json_add_object(tags);
			json_set_str(tag, "Key", key);
		}
		json_set_str(tag, "Value", value);
	}
	if (count_own(tags) > TAGS_MAX)
		return err_set(&c->err, &too_many,
		    "The maximum number of tags for a resource has been reached.");
	return 0;
}

void
tags_remove(json_t *tags, const json_t *remove)
{
	const json_t *row;
	size_t i, j;

	json_array_foreach(remove, i, row) {
		const char *key = json_str_or(row, "Key", ""),
			   *value = json_str(row, "Value");

		for (j = 0; j < json_array_size(tags); j++) {
			const json_t *tag = json_array_get(tags, j);

			if (strcmp(json_str_or(tag, "Key", ""), key) == 0 &&
			    (value == NULL ||
				strcmp(json_str_or(tag, "Value", ""), value) == 0)) {
				json_array_remove(tags, j);
				break;
			}
		}
	}
}

static int
is_one_of(const char *const *names, const char *name)
{
	for (; *names != NULL; names++) {
		if (strcmp(*names, name) == 0)
			return 1;
	}
	return 0;
}

int
tags_check_unique(struct call *c, const json_t *list)
{
	const json_t *row;
	size_t i;

	json_array_foreach(list, i, row) {
		const char *key = json_str_or(row, "Key", "");

		if (tags_find(list, key) != row)
			return err_set(&c->err, &bad_tag,
			    "Duplicate tag key '%s' specified.", key);
	}
	return 0;
}

int
tags_from_specifications(struct call *c, const char *const *types, const char *type,
    json_t **ret)
{
	const json_t *specification;
	json_t *tags = NULL;
	size_t i;

	json_array_foreach(in_list(c, "TagSpecifications"), i, specification) {
		const char *of = json_str_or(specification, "ResourceType", "");
		const json_t *list = json_get(specification, "Tags");

		if (!is_one_of(types, of))
			return err_set(&c->err, &bad_type,
			    "'%s' is not a valid taggable resource type for this operation.",
			    of);
		if (json_array_size(list) == 0)
			return err_set(&c->err, &no_tags,
			    "Tag specification must have at least one tag");
		if (tags_check_unique(c, list) < 0)
			return -1;
		if (strcmp(of, type) != 0)
			continue;
		if (tags == NULL)
			tags = json_own(c->arena, json_new_array());
		if (tags_merge(c, tags, list) < 0)
			return -1;
	}
	*ret = tags;
	return 0;
}
