/*
 * EC2: what prefix lists there are, what is in them, and who uses them.
 */
#include <string.h>

#include "control/services/ec2/network/prefix_list.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind not_found = { "InvalidPrefixListID.NotFound", 400 };

/* AWS's lists and the user's, in order. */
static int
all_lists(struct call *c, struct store_docs *ret)
{
	struct store_docs own, aws;
	json_t *list = json_own(c->arena, json_new_array());
	json_t **docs;

	if (resource_list(c, &ec2_prefix_list, &own) < 0 || prefix_list_aws(c, &aws) < 0)
		return -1;
	for (size_t i = 0; i < own.n; i++)
		json_add(list, json_incref(own.doc[i]));
	for (size_t i = 0; i < aws.n; i++)
		json_add(list, json_incref(aws.doc[i]));
	list = resource_sorted(c, list, "PrefixListId");
	docs = arena_calloc(c->arena, own.n + aws.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < own.n + aws.n; i++)
		docs[i] = json_array_get(list, i);
	ret->n = own.n + aws.n;
	ret->doc = docs;
	return 0;
}

static int
describe(struct call *c)
{
	struct store_docs all;

	return all_lists(c, &all) < 0 ? -1 : resource_answer(c, &ec2_prefix_list, &all);
}

/* DescribePrefixLists: AWS's alone, with their ranges. */

static const struct filter service_filters[] = {
	{ "prefix-list-id", "PrefixListId" },
	{ "prefix-list-name", "PrefixListName" },
	{ NULL, NULL },
};

static const struct resource service_list = {
	.service = "ec2",
	.kind = "ec2:prefix-list",
	.type = "prefix-list",
	.id_member = "PrefixListId",
	.list_member = "PrefixLists",
	.ids_member = "PrefixListIds",
	.noun = "prefix list ID",
	.not_found = &not_found,
	.filters = service_filters,
	.no_tags = 1,
};

static int
describe_services(struct call *c)
{
	struct store_docs aws, rows;
	json_t **docs;

	if (prefix_list_aws(c, &aws) < 0)
		return -1;
	docs = arena_calloc(c->arena, aws.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < aws.n; i++) {
		const json_t *entries = prefix_list_entries(aws.doc[i], 0), *entry;
		json_t *row = json_own(c->arena, json_new_object());
		size_t k;

		json_set_str(row, "PrefixListId", json_str(aws.doc[i], "PrefixListId"));
		json_set_str(row, "PrefixListName",
		    json_str(aws.doc[i], "PrefixListName"));
		json_array_foreach(entries, k, entry)
			json_add_str(json_need_array(row, "Cidrs"),
			    json_str_or(entry, "Cidr", ""));
		docs[i] = row;
	}
	rows.n = aws.n;
	rows.doc = docs;
	return resource_answer(c, &service_list, &rows);
}

/* GetManagedPrefixListEntries: a page is of entries in order of their CIDRs. */

static const struct resource entry_row = {
	.service = "ec2",
	.kind = "ec2:prefix-list-entry",
	.id_member = "Cidr",
	.noun = "entry",
	.not_found = &not_found,
	.no_tags = 1,
	.page_min = 1,
	.page_max = 100,
};

static int
get_entries(struct call *c)
{
	json_t *doc, *entries;

	if (prefix_list_get(c, in_str(c, "PrefixListId"), &doc) < 0)
		return -1;
	entries = prefix_list_entries(doc, in_int(c, "TargetVersion", 0));
	if (entries == NULL)
		return err_set(&c->err, &ec2_bad_value,
		    "The prefix list has no version %lld.",
		    (long long)in_int(c, "TargetVersion", 0));
	entries = resource_sorted(c, entries, "Cidr");
	if (resource_page(c, &entry_row, entries) < 0)
		return -1;
	out_ref(c, "Entries", entries);
	return 0;
}

/* GetManagedPrefixListAssociations */

static const struct resource user_row = {
	.service = "ec2",
	.kind = "ec2:prefix-list-user",
	.id_member = "ResourceId",
	.noun = "resource",
	.not_found = &not_found,
	.no_tags = 1,
	.page_max = 255,
};

static int
is_text(void *arg, const char *text)
{
	return strcmp(arg, text) == 0;
}

int
prefix_list_users(struct call *c, const char *id, json_t **ret)
{
	static const struct {
		const char *kind, *path, *id_member;
	} rows[] = {
		{ "ec2:security-group", "IpPermissions.PrefixListIds.PrefixListId",
		    "GroupId" },
		{ "ec2:security-group", "IpPermissionsEgress.PrefixListIds.PrefixListId",
		    "GroupId" },
		{ "ec2:route-table", "Routes.DestinationPrefixListId", "RouteTableId" },
		{ "ec2:transit-gateway-route-table", "_references.PrefixListId",
		    "TransitGatewayRouteTableId" },
	};
	json_t *seen = json_own(c->arena, json_new_object());
	json_t *list = json_own(c->arena, json_new_array());
	char *wanted = arena_strdup(c->arena, id);
	struct store_docs docs;

	for (size_t k = 0; k < COUNT(rows); k++) {
		if (store_list(c->txn, c->scope, rows[k].kind, &docs, &c->err) < 0)
			return -1;
		for (size_t i = 0; i < docs.n; i++) {
			const char *user =
			    json_str_or(docs.doc[i], rows[k].id_member, "");

			if (json_get(seen, user) != NULL ||
			    record_is_retired(docs.doc[i]) ||
			    !path_each(docs.doc[i], rows[k].path, is_text, wanted))
				continue;
			json_set_bool(seen, user, 1);
			json_add(list,
			    json_make("{s:s, s:s}", "ResourceId", user, "ResourceOwner",
				c->account));
		}
	}
	*ret = resource_sorted(c, list, "ResourceId");
	return 0;
}

static int
get_associations(struct call *c)
{
	const char *id = in_str(c, "PrefixListId");
	json_t *doc, *users;

	if (prefix_list_get(c, id, &doc) < 0 || prefix_list_users(c, id, &users) < 0 ||
	    resource_page(c, &user_row, users) < 0)
		return -1;
	out_ref(c, "PrefixListAssociations", users);
	return 0;
}

static const struct op ops[] = {
	OP_RES("DescribeManagedPrefixLists", describe, OP_READ, &ec2_prefix_list, NULL,
	    "List prefix lists, AWS's own too."),
	OP_RES("DescribePrefixLists", describe_services, OP_READ, &service_list, NULL,
	    "List AWS's own prefix lists, with their ranges."),
	OP_RES("GetManagedPrefixListAssociations", get_associations, OP_READ,
	    &ec2_prefix_list, "PrefixListId", "List what uses a prefix list."),
	OP_RES("GetManagedPrefixListEntries", get_entries, OP_READ, &ec2_prefix_list,
	    "PrefixListId", "List what is in a prefix list."),
};
const struct family ec2_prefix_list_versions = FAMILY(ops, NULL);
