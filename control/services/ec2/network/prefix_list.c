/*
 * EC2: managed prefix lists.
 *
 * Of the versions, AWS keeps the newest 1,000; here they are as many of the newest as have 10,000
 * entries together.
 *
 * Not emulated: lists that IPAM keeps (IpamPrefixListResolverSyncEnabled), which are refused.
 */
#include "control/services/ec2/network/prefix_list.h"

#include <stdio.h>
#include <string.h>

#include "control/services/ec2/network/cidr.h"
#include "control/services/ec2/network/endpoint_list.h"

static const struct err_kind not_found = { "InvalidPrefixListID.NotFound", 400 };
static const struct err_kind malformed = { "InvalidPrefixListId.Malformed", 400 };
static const struct err_kind bad_version = { "PrefixListVersionMismatch", 400 };
static const struct err_kind too_many = { "PrefixListMaxEntriesExceeded", 400 };
static const struct err_kind not_permitted = { "UnauthorizedOperation", 403 };

enum { MAX_ENTRIES = 1000, MAX_CHANGES = 100, MAX_KEPT = 10 * MAX_ENTRIES };

static const struct filter filters[] = {
	{ "owner-id", "OwnerId" },
	{ "prefix-list-id", "PrefixListId" },
	{ "prefix-list-name", "PrefixListName" },
	{ NULL, NULL },
};

const struct resource ec2_prefix_list = {
	.service = "ec2",
	.kind = "ec2:managed-prefix-list",
	.type = "prefix-list",
	.prefix = "pl-",
	.id_member = "PrefixListId",
	.list_member = "PrefixLists",
	.ids_member = "PrefixListIds",
	.noun = "prefix list ID",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
	.page_min = 1,
	.page_max = 100,
};

/* AWS's own.  The ranges are those that its address list has had for us-east-1. */

static const struct {
	const char *service, *cidrs[6];
} aws_lists[] = {
	{ "dynamodb",
	    { "3.218.182.0/24", "3.218.180.0/23", "52.94.0.0/22", "52.119.224.0/20" } },
	{ "s3",
	    { "3.5.0.0/19", "16.15.192.0/18", "18.34.0.0/19", "52.216.0.0/15",
		"54.231.0.0/16" } },
};

static const char *
aws_id(struct call *c, size_t i)
{
	const struct endpoint_service s = { .name = aws_lists[i].service };

	return endpoint_prefix_list(c, &s);
}

static int
is_aws(struct call *c, const char *id, size_t *ret)
{
	for (size_t i = 0; i < COUNT(aws_lists); i++) {
		if (strcmp(aws_id(c, i), id) == 0) {
			*ret = i;
			return 1;
		}
	}
	return 0;
}

static json_t *
aws_list(struct call *c, size_t i)
{
	json_t *doc = json_own(c->arena, json_new_object()), *entries;
	const char *const *cidr = aws_lists[i].cidrs;

	json_set_str(doc, "PrefixListId", aws_id(c, i));
	json_set_fmt(doc, "PrefixListName", "com.amazonaws.%s.%s", c->region,
	    aws_lists[i].service);
	json_set_fmt(doc, "PrefixListArn", "arn:aws:ec2:%s:aws:prefix-list/%s", c->region,
	    aws_id(c, i));
	json_set_str(doc, "AddressFamily", "IPv4");
	json_set_str(doc, "State", "create-complete");
	json_set_str(doc, "OwnerId", "AWS");
	json_set_int(doc, "Version", 1);
	json_set(doc, "Tags", json_new_array());
	entries = json_need_array(json_need_object(doc, "_versions"), "1");
	for (; *cidr != NULL; cidr++)
		json_add(entries, json_make("{s:s}", "Cidr", *cidr));
	return doc;
}

int
prefix_list_aws(struct call *c, struct store_docs *ret)
{
	json_t **docs = arena_calloc(c->arena, COUNT(aws_lists), sizeof(json_t *));

	for (size_t i = 0; i < COUNT(aws_lists); i++)
		docs[i] = aws_list(c, i);
	ret->n = COUNT(aws_lists);
	ret->doc = docs;
	return 0;
}

int
prefix_list_find(struct call *c, const char *id, json_t **ret)
{
	size_t i;

	if (!is_aws(c, id, &i))
		return resource_find(c, &ec2_prefix_list, id, ret);
	*ret = aws_list(c, i);
	return 1;
}

int
prefix_list_get(struct call *c, const char *id, json_t **ret)
{
	int rc = prefix_list_find(c, id, ret);

	return rc != 0 ? (rc < 0 ? -1 : 0) : resource_get(c, &ec2_prefix_list, id, ret);
}

json_t *
prefix_list_entries(const json_t *list, int64_t version)
{
	char key[24];

	if (version == 0)
		version = json_int(list, "Version", 1);
	snprintf(key, sizeof(key), "%lld", (long long)version);
	return json_get(json_get(list, "_versions"), key);
}

/* A copy to write of one that is the user's. */
static int
edit(struct call *c, json_t **ret)
{
	const char *id = in_str(c, "PrefixListId");
	size_t i;

	if (is_aws(c, id, &i))
		return err_set(&c->err, &not_permitted,
		    "You are not authorized to perform this operation.");
	return resource_edit(c, &ec2_prefix_list, id, ret);
}

/* Entries */

/* The CIDR of an entry as the list has it: 0 or -1. */
static int
read_cidr(struct call *c, const json_t *list, const json_t *entry, char out[NET6_TEXT])
{
	const char *text = json_str_or(entry, "Cidr", "");
	struct net6 net6;
	struct net4 net;

	if (strcmp(json_str_or(list, "AddressFamily", ""), "IPv6") == 0) {
		if (ec2_cidr6(c, "cidr", text, &net6) < 0)
			return -1;
		net6_format(&net6, out);
		return 0;
	}
	if (ec2_cidr(c, "cidr", text, &net) < 0)
		return -1;
	net4_format(&net, out);
	return 0;
}

static int
find_entry(const json_t *entries, const char *cidr, size_t *ret)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry) {
		if (strcmp(json_str_or(entry, "Cidr", ""), cidr) == 0) {
			*ret = i;
			return 1;
		}
	}
	return 0;
}

/* An entry that is there gets the new description. */
static int
add_entries(struct call *c, const json_t *list, json_t *entries, const json_t *add)
{
	const json_t *given;
	char cidr[NET6_TEXT];
	json_t *entry;
	size_t i, at;

	json_array_foreach(add, i, given) {
		const char *about = json_str(given, "Description");

		if (read_cidr(c, list, given, cidr) < 0)
			return -1;
		if (about != NULL && strlen(about) > 255)
			return err_set(&c->err, &ec2_bad_value,
			    "The description of an entry has at most 255 characters.");
		if (find_entry(entries, cidr, &at)) {
			entry = json_array_get(entries, at);
			json_del(entry, "Description");
		} else {
			entry = json_add_object(entries);
			json_set_str(entry, "Cidr", cidr);
		}
		json_set_str(entry, "Description", about);
	}
	return 0;
}

static int
remove_entries(struct call *c, const json_t *list, json_t *entries, const json_t *rows)
{
	const json_t *given;
	char cidr[NET6_TEXT];
	size_t i, at;

	json_array_foreach(rows, i, given) {
		if (read_cidr(c, list, given, cidr) < 0)
			return -1;
		if (!find_entry(entries, cidr, &at))
			return err_set(&c->err, &ec2_bad_value,
			    "The prefix list has no entry '%s'.", cidr);
		json_array_remove(entries, at);
	}
	return 0;
}

static int
check_size(struct call *c, const json_t *list, const json_t *entries)
{
	int64_t most = json_int(list, "MaxEntries", 0);

	if (most < 1 || most > MAX_ENTRIES)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter maxEntries is invalid. It must be from 1 to %d.",
		    (long long)most, MAX_ENTRIES);
	if ((int64_t)json_array_size(entries) > most)
		return err_set(&c->err, &too_many,
		    "You've reached the maximum number of entries for the prefix list.");
	return 0;
}

static int
check_name(struct call *c, const char *name)
{
	if (name == NULL)
		return 0;
	if (name[0] == '\0' || strlen(name) > 255 ||
	    strncmp(name, "com.amazonaws", 13) == 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.64s) for parameter prefixListName is invalid.", name);
	return 0;
}

/* An empty version takes the room of an entry. */
static void
forget_versions(json_t *doc)
{
	json_t *versions = json_get(doc, "_versions"), *entries;
	size_t n = 0;
	char key[24];

	for (int64_t v = json_int(doc, "Version", 1); v > 0; v--) {
		snprintf(key, sizeof(key), "%lld", (long long)v);
		entries = json_get(versions, key);
		if (entries == NULL)
			break;
		n += json_array_size(entries) + 1;
		if (n > MAX_KEPT)
			json_del(versions, key);
	}
}

static void
set_entries(json_t *doc, json_t *entries)
{
	char key[24];

	snprintf(key, sizeof(key), "%lld", (long long)json_int(doc, "Version", 1));
	json_set(json_need_object(doc, "_versions"), key, json_incref(entries));
	forget_versions(doc);
}

/* The answer shows the first state of what the document is done with. */
static void
answer(struct call *c, const json_t *doc, const char *state)
{
	json_t *said = json_copy_deep(doc);

	json_set_str(said, "State", state);
	out_set(c, "PrefixList", said);
}

/* CreateManagedPrefixList */

static int
create(struct call *c)
{
	const char *name = in_str(c, "PrefixListName"),
		   *family = in_str(c, "AddressFamily"), *id;
	json_t *doc, *entries = json_own(c->arena, json_new_array());

	if (check_name(c, name) < 0)
		return -1;
	if (strcmp(family, "IPv4") != 0 && strcmp(family, "IPv6") != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.64s) for parameter addressFamily is invalid. It must be IPv4 or "
		    "IPv6.",
		    family);
	if (json_array_size(in_list(c, "Entries")) > MAX_CHANGES)
		return err_set(&c->err, &ec2_bad_value,
		    "At most %d entries can be given at once.", MAX_CHANGES);
	doc = resource_new(c, &ec2_prefix_list, &id);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "PrefixListName", name);
	json_set_str(doc, "AddressFamily", family);
	json_set_str(doc, "PrefixListArn", resource_arn(c, &ec2_prefix_list, id));
	json_set_str(doc, "State", "create-complete");
	json_set_int(doc, "MaxEntries", in_int(c, "MaxEntries", 0));
	json_set_int(doc, "Version", 1);
	json_set_str(doc, "OwnerId", c->account);
	if (add_entries(c, doc, entries, in_list(c, "Entries")) < 0 ||
	    check_size(c, doc, entries) < 0)
		return -1;
	set_entries(doc, entries);
	resource_put(c, &ec2_prefix_list, doc);
	answer(c, doc, "create-in-progress");
	return 0;
}

/* ModifyManagedPrefixList */

static int
modify(struct call *c)
{
	static const char *const refused[] = { "IpamPrefixListResolverSyncEnabled",
		NULL };
	const json_t *add = in_list(c, "AddEntries"),
		     *remove = in_list(c, "RemoveEntries");
	int changes = json_array_size(add) + json_array_size(remove) > 0;
	json_t *doc, *entries;

	if (ec2_refuse(c, refused) < 0 || edit(c, &doc) < 0 ||
	    check_name(c, in_str(c, "PrefixListName")) < 0)
		return -1;
	if (changes && in_has(c, "MaxEntries"))
		return err_set(&c->err, &ec2_bad_combination,
		    "You cannot modify the entries and the size of a prefix list in the same "
		    "request.");
	if (json_array_size(add) > MAX_CHANGES || json_array_size(remove) > MAX_CHANGES)
		return err_set(&c->err, &ec2_bad_value,
		    "At most %d entries can be given at once.", MAX_CHANGES);
	if (in_int(c, "CurrentVersion", json_int(doc, "Version", 1)) !=
	    json_int(doc, "Version", 1))
		return err_set(&c->err, &bad_version,
		    "The prefix list has the incorrect version number");
	if (changes && !in_has(c, "CurrentVersion"))
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter currentVersion");
	json_set_str(doc, "PrefixListName", in_str(c, "PrefixListName"));
	if (in_has(c, "MaxEntries"))
		json_set_int(doc, "MaxEntries", in_int(c, "MaxEntries", 0));
	entries = json_own(c->arena, json_copy_deep(prefix_list_entries(doc, 0)));
	if (remove_entries(c, doc, entries, remove) < 0 ||
	    add_entries(c, doc, entries, add) < 0 || check_size(c, doc, entries) < 0)
		return -1;
	if (changes) {
		json_set_int(doc, "Version", json_int(doc, "Version", 1) + 1);
		set_entries(doc, entries);
	}
	json_set_str(doc, "State", "modify-complete");
	resource_put(c, &ec2_prefix_list, doc);
	answer(c, doc, "modify-in-progress");
	return 0;
}

/* RestoreManagedPrefixListVersion */

static int
restore(struct call *c)
{
	json_t *doc, *entries = NULL;

	if (edit(c, &doc) < 0)
		return -1;
	if (in_int(c, "CurrentVersion", 0) != json_int(doc, "Version", 1))
		return err_set(&c->err, &bad_version,
		    "The prefix list has the incorrect version number");
	if (in_int(c, "PreviousVersion", 0) > 0)
		entries = prefix_list_entries(doc, in_int(c, "PreviousVersion", 0));
	if (entries == NULL)
		return err_set(&c->err, &ec2_bad_value,
		    "The prefix list has no version %lld.",
		    (long long)in_int(c, "PreviousVersion", 0));
	if (check_size(c, doc, entries) < 0)
		return -1;
	json_set_int(doc, "Version", json_int(doc, "Version", 1) + 1);
	set_entries(doc, entries);
	json_set_str(doc, "State", "restore-complete");
	resource_put(c, &ec2_prefix_list, doc);
	answer(c, doc, "restore-in-progress");
	return 0;
}

/* DeleteManagedPrefixList */

static int delete (struct call *c)
{
	const char *id = in_str(c, "PrefixListId");
	json_t *doc, *users;

	if (edit(c, &doc) < 0 || prefix_list_users(c, id, &users) < 0)
		return -1;
	if (json_array_size(users) > 0)
		return err_set(&c->err, &ec2_dependency,
		    "The prefix list '%s' is in use by %s and cannot be deleted.", id,
		    json_str_or(json_array_get(users, 0), "ResourceId", ""));
	resource_delete_doc(c, &ec2_prefix_list, id);
	answer(c, doc, "delete-in-progress");
	return 0;
}

static const struct op ops[] = {
	OP_RES("CreateManagedPrefixList", create, OP_TOKEN, &ec2_prefix_list, NULL,
	    "Create a prefix list."),
	OP_RES("DeleteManagedPrefixList", delete, 0, &ec2_prefix_list, "PrefixListId",
	    "Delete a prefix list that nothing uses."),
	OP_RES("ModifyManagedPrefixList", modify, 0, &ec2_prefix_list, "PrefixListId",
	    "Change a prefix list: a new version of it."),
	OP_RES("RestoreManagedPrefixListVersion", restore, 0, &ec2_prefix_list,
	    "PrefixListId", "Make an older version the newest one."),
};
static const struct resource *const resources[] = { &ec2_prefix_list, NULL };
const struct family ec2_prefix_lists = FAMILY(ops, resources);
