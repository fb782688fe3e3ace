/*
 * Elastic Load Balancing: tags of whatever has an ARN.
 */
#include <string.h>

#include "control/api/tags.h"
#include "control/services/elbv2/elbv2.h"

static const struct err_kind no_trust_store = { "TrustStoreNotFound", 400 };

static const struct resource *
kind_of(const char *arn)
{
	static const struct resource *const all[] = { &elbv2_load_balancer,
		&elbv2_target_group, &elbv2_listener, &elbv2_rule };

	for (size_t i = 0; i < COUNT(all); i++) {
		const char *at = strstr(arn, all[i]->type);

		if (at != NULL && at > arn && at[-1] == ':' &&
		    at[strlen(all[i]->type)] == '/')
			return all[i];
	}
	return NULL;
}

/* The document of an ARN of the input: 0 and a copy to write, or -1. */
static int
edit(struct call *c, const char *arn, const struct resource **ret_of, json_t **ret)
{
	*ret_of = kind_of(arn);
	if (*ret_of != NULL)
		return elbv2_edit(c, *ret_of, arn, ret);
	if (strstr(arn, ":truststore/") != NULL)
		return err_set(&c->err, &no_trust_store, "Trust store '%.200s' not found",
		    arn);
	return err_set(&c->err, &elbv2_invalid, "'%.200s' is not a valid ARN", arn);
}

static int
add_tags(struct call *c)
{
	const struct resource *of;
	const json_t *v;
	json_t *doc;
	size_t i;

	json_array_foreach(in_list(c, "ResourceArns"), i, v) {
		if (edit(c, json_string_value(v), &of, &doc) < 0 || elbv2_tag(c, doc) < 0)
			return -1;
		resource_put(c, of, doc);
	}
	return 0;
}

static int
remove_tags(struct call *c)
{
	const struct resource *of;
	const json_t *v, *key;
	json_t *doc;
	size_t i, k;

	json_array_foreach(in_list(c, "ResourceArns"), i, v) {
		if (edit(c, json_string_value(v), &of, &doc) < 0)
			return -1;
		json_array_foreach(in_list(c, "TagKeys"), k, key) {
			json_t *row = json_own(c->arena,
			    json_make("[{s:s}]", "Key", json_string_value(key)));

			tags_remove(json_get(doc, "Tags"), row);
		}
		resource_put(c, of, doc);
	}
	return 0;
}

static int
describe_tags(struct call *c)
{
	json_t *out = json_own(c->arena, json_new_array()), *doc;
	const struct resource *of;
	const json_t *v;
	size_t i;

	json_array_foreach(in_list(c, "ResourceArns"), i, v) {
		if (edit(c, json_string_value(v), &of, &doc) < 0)
			return -1;
		json_add(out,
		    json_make("{s:s, s:O}", "ResourceArn", json_string_value(v), "Tags",
			json_get(doc, "Tags")));
	}
	out_ref(c, "TagDescriptions", out);
	return 0;
}

static const struct op ops[] = {
	ELB("AddTags", add_tags, 0, "Tag something."),
	ELB("DescribeTags", describe_tags, OP_READ, "List the tags of something."),
	ELB("RemoveTags", remove_tags, 0, "Take tags away from something."),
};

const struct family elbv2_tags = FAMILY(ops, NULL);
