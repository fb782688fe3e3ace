/*
 * Route 53: tags of zones.
 */
#include <string.h>

#include "control/services/route53/route53.h"

static const struct err_kind no_health_check = { "NoSuchHealthCheck", 404 };

enum { TAGS_MAX_OF_ZONE = 50, ADD_MAX = 10 };

/* A zone's document: to write, or shared. */
static int
find(struct call *c, const char *id, int is_edit, json_t **ret)
{
	const char *type = in_str(c, "ResourceType");
	int rc;

	if (r53_ask(c, arena_printf(c->arena, "%s/%s", type, id)) < 0)
		return -1;
	if (strcmp(type, "hostedzone") != 0)
		return err_set(&c->err, &no_health_check,
		    "No health check exists with the specified ID: %s", id);
	rc = is_edit ? store_edit(c->txn, c->scope, R53_ZONE, id, ret, &c->err) :
		       store_get(c->txn, c->scope, R53_ZONE, id, ret, &c->err);
	if (rc < 0)
		return -1;
	return rc > 0 ?
	    0 :
	    err_set(&c->err, &r53_no_zone, "No hosted zone found with ID: %s", id);
}

static void
remove_key(json_t *tags, const char *key)
{
	for (size_t i = json_array_size(tags); i-- > 0;) {
		if (strcmp(json_str_or(json_array_get(tags, i), "Key", ""), key) == 0)
			json_array_remove(tags, i);
	}
}

static int
change(struct call *c)
{
	json_t *add = in_list(c, "AddTags"), *keys = in_list(c, "RemoveTagKeys");
	json_t *zone, *tags, *v;
	size_t i;

	if (find(c, in_str(c, "ResourceId"), 1, &zone) < 0)
		return -1;
	if (add == NULL && keys == NULL)
		return err_set(&c->err, &r53_bad_input,
		    "Tags to add or keys to remove must be specified.");
	if (json_array_size(add) > ADD_MAX || json_array_size(keys) > ADD_MAX)
		return err_set(&c->err, &r53_bad_input,
		    "At most %d tags can be added or removed at once.", ADD_MAX);
	tags = json_need_array(zone, "Tags");
	json_array_foreach(keys, i, v)
		remove_key(tags, json_string_value(v));
	json_array_foreach(add, i, v) {
		const char *key = json_str_or(v, "Key", "");

		if (key[0] == '\0' || strncmp(key, "aws:", 4) == 0)
			return err_set(&c->err, &r53_bad_input,
			    "The tag key '%s' is not valid: it must not be empty nor begin with aws:",
			    key);
		remove_key(tags, key);
		json_add(tags,
		    json_make("{s:s, s:s}", "Key", key, "Value",
			json_str_or(v, "Value", "")));
	}
	if (json_array_size(tags) > TAGS_MAX_OF_ZONE)
		return err_set(&c->err, &r53_bad_input,
		    "A resource can have at most %d tags.", TAGS_MAX_OF_ZONE);
	r53_zone_put(c, zone);
	return 0;
}

/* The tags of one, as answers have them; NULL and c->err. */
static json_t *
row_of(struct call *c, const char *id)
{
	json_t *zone, *row;

	if (find(c, id, 0, &zone) < 0)
		return NULL;
	row = json_own(c->arena,
	    json_make("{s:s, s:s, s:[]}", "ResourceType", in_str(c, "ResourceType"),
		"ResourceId", id, "Tags"));
	if (json_get(zone, "Tags") != NULL)
		json_set(row, "Tags", json_incref(json_get(zone, "Tags")));
	return row;
}

static int
list_one(struct call *c)
{
	json_t *row = row_of(c, in_str(c, "ResourceId"));

	if (row == NULL)
		return -1;
	out_ref(c, "ResourceTagSet", row);
	return 0;
}

static int
list_many(struct call *c)
{
	json_t *rows = json_own(c->arena, json_new_array()), *ids, *id, *row;
	size_t i;

	ids = in_list(c, "ResourceIds");
	json_array_foreach(ids, i, id) {
		row = row_of(c, json_string_value(id));
		if (row == NULL)
			return -1;
		json_add(rows, json_incref(row));
	}
	out_ref(c, "ResourceTagSets", rows);
	return 0;
}

static const struct op ops[] = {
	R53("ChangeTagsForResource", change, 0, "Give a zone tags, and take them away."),
	R53("ListTagsForResource", list_one, OP_READ, "List the tags of a zone."),
	R53("ListTagsForResources", list_many, OP_READ, "List the tags of some zones."),
};
const struct family route53_tags = FAMILY(ops, NULL);
