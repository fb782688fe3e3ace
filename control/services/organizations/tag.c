/*
 * Organizations: tags of roots, units, accounts, policies, and the resource policy.
 */
#include <string.h>

#include "control/services/organizations/organizations.h"

/* The document that the input's ResourceId is of: a copy, with where it is kept. */
static int
edit(struct call *c, enum org_who who, struct org *o, const char **ret_kind,
    const char **ret_id, json_t **ret)
{
	const char *id = in_str(c, "ResourceId");
	int is_own = strncmp(id, "rp-", 3) == 0, rc;

	if (org_open(c, who, id, o) < 0)
		return -1;
	*ret_kind = is_own	      ? ORG_RESOURCE_POLICY :
	    strncmp(id, "p-", 2) == 0 ? ORG_POLICY :
					ORG_NODE;
	*ret_id = is_own ? "self" : id;
	rc = store_edit(c->txn, o->scope, *ret_kind, *ret_id, ret, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0 || strcmp(json_str_or(*ret, "Id", ""), id) != 0)
		return org_missing(c, ORG_NO_TARGET);
	return 0;
}

static int
tag_resource(struct call *c)
{
	const char *kind, *id;
	struct org o;
	json_t *doc;

	if (edit(c, ORG_MANAGEMENT, &o, &kind, &id, &doc) < 0 ||
	    org_merge_tags(c, doc, in_list(c, "Tags")) < 0)
		return -1;
	store_put(c->txn, o.scope, kind, id, doc);
	return 0;
}

static int
untag_resource(struct call *c)
{
	json_t *doc, *tags, *keys = in_list(c, "TagKeys");
	const char *kind, *id;
	struct org o;

	if (edit(c, ORG_MANAGEMENT, &o, &kind, &id, &doc) < 0)
		return -1;
	tags = json_need_array(doc, "Tags");
	for (size_t i = json_array_size(tags); i-- > 0;) {
		if (json_has_str(keys, json_str_or(json_array_get(tags, i), "Key", "")))
			json_array_remove(tags, i);
	}
	store_put(c->txn, o.scope, kind, id, doc);
	return 0;
}

static int
list_tags(struct call *c)
{
	const char *kind, *id;
	struct org o;
	json_t *doc;

	if (edit(c, ORG_READER, &o, &kind, &id, &doc) < 0)
		return -1;
	/* At most 50 of them, in one page. */
	out_ref(c, "Tags", json_need_array(doc, "Tags"));
	return 0;
}

static const struct op ops[] = {
	ORG("ListTagsForResource", list_tags, OP_READ, "List the tags of a resource."),
	ORG("TagResource", tag_resource, 0, "Give a resource tags."),
	ORG("UntagResource", untag_resource, 0, "Take tags away."),
};
const struct family org_tags = FAMILY(ops, NULL);
