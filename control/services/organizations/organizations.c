/*
 * Organizations: the service; who may call; what its families share.
 *
 * Not emulated: transfers of billing responsibility; effective policies that are invalid.
 */
#include "control/services/organizations/organizations.h"
#include "control/api/tags.h"

#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/iam/identity.h"
#include "control/iam/membership.h"

enum { PAGE = 20, TAGS_PER_RESOURCE = 50 };

static const char not_permitted[] = "You don't have permissions to access this resource.";
static const char in_none[] = "Your account is not a member of an organization.";

/* The organization of an account */

int
org_find(struct call *c, const char *account, struct org *ret)
{
	struct org o = { .self = c->account };
	json_t *membership, *doc;
	int rc = membership_find(c->txn, MEMBERSHIP_KIND, account, &membership, &c->err);

	if (rc <= 0)
		return rc;
	o.id = json_str(membership, "OrganizationId");
	o.management = json_str(membership, "ManagementAccountId");
	o.scope = identity_scope(c->arena, o.management);
	rc = store_get(c->txn, o.scope, ORG_ORGANIZATION, "self", &doc, &c->err);
	if (rc <= 0)
		return rc;
	o.doc = doc;
	o.root = json_str(doc, "_root");
	o.has_all = strcmp(json_str_or(doc, "FeatureSet", ""), "ALL") == 0;
	*ret = o;
	return 1;
}

int
org_edit(struct call *c, const struct org *o, json_t **ret)
{
	return store_edit(c->txn, o->scope, ORG_ORGANIZATION, "self", ret, &c->err) < 0 ?
	    -1 :
	    0;
}

void
org_put(struct call *c, const struct org *o, json_t *doc)
{
	store_put(c->txn, o->scope, ORG_ORGANIZATION, "self", doc);
}

/* Permission */

/* What the id is of; of what is not there, what it would be. */
static int
arn_of(struct call *c, const struct org *o, const char *id, const char **ret)
{
	json_t *doc;
	int is_policy = strncmp(id, "p-", 2) == 0, rc;

	rc = is_policy ? org_policy_find(c, o, id, &doc) : org_node_find(c, o, id, &doc);
	if (rc < 0)
		return -1;
	if (rc > 0)
		*ret = json_str(doc, "Arn");
	else
		*ret = org_arn(c, o,
		    is_policy			   ? "policy" :
			strncmp(id, "r-", 2) == 0  ? "root" :
			strncmp(id, "ou-", 3) == 0 ? "ou" :
			strncmp(id, "h-", 2) == 0  ? "handshake" :
			strncmp(id, "rp-", 3) == 0 ? "resourcepolicy" :
						     "account",
		    id);
	return 0;
}

/* Others than the management account may what the resource policy says, too. */
static int
ask(struct call *c, const struct org *o, const char *id, int by_policy)
{
	struct auth_question q = { .resource = "*" };
	json_t *doc;
	int rc;

	if (id != NULL && arn_of(c, o, id, &q.resource) < 0)
		return -1;
	if (by_policy) {
		rc = store_get(c->txn, o->scope, ORG_RESOURCE_POLICY, "self", &doc,
		    &c->err);
		if (rc < 0)
			return -1;
		if (rc == 0)
			return err_set(&c->err, &org_denied, "%s", not_permitted);
		q.resource_policy = json_get(doc, "_doc");
		q.owner = o->management;
	}
	return call_ask(c, &q);
}

/* May the account as such, whoever it is in it?  1, 0, -1. */
static int
is_entitled(struct call *c, const struct org *o, enum org_who who)
{
	json_t *node;
	int rc;

	if (who == ORG_MEMBER || strcmp(o->self, o->management) == 0)
		return 1;
	if (who == ORG_MANAGEMENT)
		return 0;
	rc = org_node_find(c, o, o->self, &node);
	return rc <= 0 ? rc : json_array_size(json_get(node, "_services")) > 0;
}

int
org_open(struct call *c, enum org_who who, const char *id, struct org *ret)
{
	const struct auth_question any = { .resource = "*" };
	int rc = org_find(c, c->account, ret);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return call_ask(c, &any) < 0 ?
		    -1 :
		    err_set(&c->err, &org_in_no, "%s", in_none);
	rc = is_entitled(c, ret, who);
	return rc < 0 ? -1 : ask(c, ret, id, !rc);
}

int
org_ask(struct call *c, const struct org *o, const char *id)
{
	return ask(c, o, id, strcmp(o->self, o->management) != 0);
}

/* Words and ids */

char *
org_arn(struct call *c, const struct org *o, const char *type, const char *id)
{
	return arena_printf(c->arena, "arn:aws:organizations::%s:%s/%s/%s", o->management,
	    type, o->id, id);
}

char *
org_random_id(struct call *c, const char *prefix, size_t n)
{
	char *text = arena_alloc(c->arena, n + 1);

	random_text(text, n, "abcdefghijklmnopqrstuvwxyz0123456789");
	return arena_printf(c->arena, "%s%s", prefix, text);
}

void
org_stamp(const struct call *c, json_t *doc, const char *member)
{
	json_set(doc, member, call_now(c));
}

/* Tags */

int
org_merge_tags(struct call *c, json_t *doc, const json_t *add)
{
	json_t *tags = json_need_array(doc, "Tags"), *old;
	const json_t *tag;
	size_t i;

	json_array_foreach(add, i, tag) {
		const char *key = json_str_or(tag, "Key", "");

		if (strncasecmp(key, "aws:", 4) == 0)
			return org_invalid(c, "INVALID_SYSTEM_TAGS_PARAMETER");
		if (tags_find(add, key) != tag)
			return org_invalid(c, "DUPLICATE_TAG_KEY");
		old = tags_find(tags, key);
		if (old != NULL)
			json_set_str(old, "Value", json_str(tag, "Value"));
		else
			json_add(tags, json_copy_deep(tag));
	}
	if (json_array_size(tags) > TAGS_PER_RESOURCE)
		return org_constraint(c, "MAX_TAG_LIMIT_EXCEEDED");
	return 0;
}

/* Pages: a token is the last row's key. */

int
org_page(struct call *c, json_t *rows, const char *member, const char *key)
{
	size_t max = (size_t)json_int(c->in, "MaxResults", PAGE), len, i;
	const char *token = json_str(c->in, "NextToken"), *after = NULL, *last;
	json_t *page = json_own(c->arena, json_new_array()), *row;
	unsigned char *text;

	if (token != NULL &&
	    (!base64_decode(c->arena, token, strlen(token), &text, &len) || len == 0))
		return org_invalid(c, "INVALID_NEXT_TOKEN");
	if (token != NULL)
		after = arena_strndup(c->arena, (const char *)text, len);
	json_array_foreach(rows, i, row) {
		if (after != NULL && strcmp(json_str_or(row, key, ""), after) <= 0)
			continue;
		if (json_array_size(page) == max) {
			last = json_str_or(json_array_get(page, max - 1), key, "");
			out_str(c, "NextToken",
			    base64_encode(c->arena, last, strlen(last)));
			break;
		}
		json_add(page, json_incref(row));
	}
	out_ref(c, member, page);
	return 0;
}

static const struct family *const families[] = {
	&org_organizations,
	&org_units,
	&org_tree,
	&org_accounts,
	&org_departures,
	&org_handshakes,
	&org_policies,
	&org_attachments,
	&org_policy_types,
	&org_effective,
	&org_delegates,
	&org_resource_policies,
	&org_tags,
	NULL,
};

const struct service organizations_service = {
	.name = "organizations",
	.families = families,
};
