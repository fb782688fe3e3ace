/*
 * EC2: IP address managers and their scopes.
 *
 * Not emulated: what IPAM finds by itself (resource CIDRs, history, public addresses), bringing one's
 * own addresses and AS numbers, prefix list resolvers, policies, organizations.
 */
#include "control/services/ec2/network/ipam.h"

#include <string.h>

#include "control/api/dispatch.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind no_ipam = { "InvalidIpamId.NotFound", 400 };
static const struct err_kind bad_ipam = { "InvalidIpamId.Malformed", 400 };
static const struct err_kind no_scope = { "InvalidIpamScopeId.NotFound", 400 };
static const struct err_kind bad_scope = { "InvalidIpamScopeId.Malformed", 400 };
static const struct err_kind not_permitted = { "OperationNotPermitted", 400 };

static const struct filter ipam_filters[] = {
	{ "description", "Description" },
	{ "ipam-arn", "IpamArn" },
	{ "ipam-id", "IpamId" },
	{ "ipam-region", "IpamRegion" },
	{ "owner-id", "OwnerId" },
	{ "state", "State" },
	{ "tier", "Tier" },
	{ NULL, NULL },
};
const struct resource ec2_ipam = {
	.service = "ec2",
	.kind = "ec2:ipam",
	.type = "ipam",
	.prefix = "ipam-",
	.id_member = "IpamId",
	.list_member = "Ipams",
	.ids_member = "IpamIds",
	.noun = "ipam ID",
	.not_found = &no_ipam,
	.malformed = &bad_ipam,
	.filters = ipam_filters,
};

static const struct filter scope_filters[] = {
	{ "description", "Description" },
	{ "ipam-arn", "IpamArn" },
	{ "ipam-scope-arn", "IpamScopeArn" },
	{ "ipam-scope-id", "IpamScopeId" },
	{ "ipam-scope-type", "IpamScopeType" },
	{ "is-default", "IsDefault" },
	{ "owner-id", "OwnerId" },
	{ "state", "State" },
	{ NULL, NULL },
};
const struct resource ec2_ipam_scope = {
	.service = "ec2",
	.kind = "ec2:ipam-scope",
	.type = "ipam-scope",
	.prefix = "ipam-scope-",
	.id_member = "IpamScopeId",
	.list_member = "IpamScopes",
	.ids_member = "IpamScopeIds",
	.noun = "ipamScope ID",
	.not_found = &no_scope,
	.malformed = &bad_scope,
	.filters = scope_filters,
};

char *
ipam_arn(const struct call *c, const struct resource *r, const char *id)
{
	return arena_printf(c->arena, "arn:aws:ec2::%s:%s/%s", c->account, r->type, id);
}

void
ipam_answer(struct call *c, const char *member, json_t *doc, const char *state)
{
	json_t *copy = json_copy_shallow(doc);

	json_set_str(copy, "State", state);
	out_set(c, member, copy);
}

int
ipam_end(struct call *c, const struct resource *r, json_t *doc)
{
	json_set_str(doc, "State", "delete-complete");
	return record_retire(c, r, doc);
}

/* Operating regions: always with the one where it is. */

int
ipam_check_regions(struct call *c, const json_t *list)
{
	const json_t *v;
	size_t i;
	int has_home = json_array_size(list) == 0;

	json_array_foreach(list, i, v) {
		const char *name = json_str_or(v, "RegionName", "");

		if (!region_is_valid(name))
			return err_set(&c->err, &ec2_bad_value,
			    "Value (%.64s) for parameter operatingRegions is invalid.",
			    name);
		has_home |= strcmp(name, c->region) == 0;
	}
	if (!has_home)
		return err_set(&c->err, &ec2_bad_value,
		    "The operating regions must include the region %s.", c->region);
	return 0;
}

static void
remove_region(json_t *list, const char *name)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (strcmp(json_str_or(json_array_get(list, i), "RegionName", ""),
			name) == 0) {
			json_array_remove(list, i);
			return;
		}
	}
}

int
ipam_change_regions(struct call *c, json_t *doc)
{
	json_t *list = json_need_array(doc, "OperatingRegions");
	const json_t *v;
	size_t i;

	json_array_foreach(in_list(c, "RemoveOperatingRegions"), i, v)
		remove_region(list, json_str_or(v, "RegionName", ""));
	json_array_foreach(in_list(c, "AddOperatingRegions"), i, v) {
		remove_region(list, json_str_or(v, "RegionName", ""));
		json_add(list, json_copy_deep(v));
	}
	if (json_array_size(list) == 0)
		return err_set(&c->err, &ec2_bad_value,
		    "The operating regions must include the region %s.", c->region);
	return ipam_check_regions(c, list);
}

/* Scopes */

/* A new scope's document (NULL: of the IPAM's own, without tags), put. */
static json_t *
make_scope(struct call *c, json_t *doc, const json_t *ipam, const char *type,
    int is_default)
{
	const char *id;

	if (doc == NULL) {
		doc = json_own(c->arena, json_new_object());
		json_set_str(doc, "IpamScopeId", record_id(c, "ipam-scope-"));
		json_set_str(doc, "OwnerId", c->account);
		json_set(doc, "Tags", json_new_array());
	}
	id = resource_id(&ec2_ipam_scope, doc);
	json_set_str(doc, "IpamScopeArn", ipam_arn(c, &ec2_ipam_scope, id));
	json_set_str(doc, "IpamArn", json_str(ipam, "IpamArn"));
	json_set_str(doc, "IpamRegion", c->region);
	json_set_str(doc, "IpamScopeType", type);
	json_set_bool(doc, "IsDefault", is_default);
	json_set_str(doc, "State", "create-complete");
	json_set_str(doc, "_ipam", resource_id(&ec2_ipam, ipam));
	resource_put(c, &ec2_ipam_scope, doc);
	return doc;
}

static int
count_scopes(struct call *c, const char *ipam, size_t *ret)
{
	struct store_docs docs;

	*ret = 0;
	if (record_list(c, &ec2_ipam_scope, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++)
		*ret += strcmp(json_str_or(docs.doc[i], "_ipam", ""), ipam) == 0;
	return 0;
}

static int
set_text(struct call *c, json_t *doc)
{
	const char *text = in_str(c, "Description");

	json_set_str(doc, "Description", text);
	return record_check_text(c, "description", text);
}

static int
create_scope(struct call *c)
{
	static const char *const refused[] = { "ExternalAuthorityConfiguration", NULL };
	json_t *ipam, *doc;

	if (ec2_refuse(c, refused) < 0 ||
	    call_allow(c, &ec2_ipam, in_str(c, "IpamId")) < 0 ||
	    record_get(c, &ec2_ipam, in_str(c, "IpamId"), &ipam) < 0)
		return -1;
	doc = record_new(c, &ec2_ipam_scope, NULL, NULL);
	if (doc == NULL || set_text(c, doc) < 0)
		return -1;
	json_set_int(doc, "PoolCount", 0);
	make_scope(c, doc, ipam, "private", 0);
	ipam_answer(c, "IpamScope", doc, "create-in-progress");
	return 0;
}

static int
modify_scope(struct call *c)
{
	static const char *const refused[] = { "ExternalAuthorityConfiguration",
		"RemoveExternalAuthorityConfiguration", NULL };
	json_t *doc;

	if (ec2_refuse(c, refused) < 0 ||
	    record_edit(c, &ec2_ipam_scope, in_str(c, "IpamScopeId"), &doc) < 0 ||
	    set_text(c, doc) < 0)
		return -1;
	resource_put(c, &ec2_ipam_scope, doc);
	ipam_answer(c, "IpamScope", doc, "modify-in-progress");
	return 0;
}

static int
delete_scope(struct call *c)
{
	const char *id = in_str(c, "IpamScopeId");
	json_t *doc;
	size_t n;

	if (record_edit(c, &ec2_ipam_scope, id, &doc) < 0 ||
	    ipam_count_pools(c, json_str_or(doc, "IpamScopeArn", ""), &n) < 0)
		return -1;
	if (json_bool(doc, "IsDefault", 0))
		return err_set(&c->err, &not_permitted,
		    "The default scope %s cannot be deleted.", id);
	if (n > 0)
		return err_set(&c->err, &ec2_dependency, "The scope %s has pools.", id);
	ipam_answer(c, "IpamScope", doc, "delete-in-progress");
	return ipam_end(c, &ec2_ipam_scope, doc);
}

static json_t *
scope_shown(struct call *c, json_t *doc)
{
	json_t *copy = json_own(c->arena, json_copy_shallow(doc));
	size_t n;

	if (ipam_count_pools(c, json_str_or(doc, "IpamScopeArn", ""), &n) == 0)
		json_set_int(copy, "PoolCount", (int64_t)n);
	return copy;
}

static int
describe_scopes(struct call *c)
{
	return record_describe_as(c, scope_shown);
}

/* IPAMs */

static int
create(struct call *c)
{
	static const struct record_member members[] = {
		{ "Description", NULL, NULL },
		{ "Tier", NULL, "\"advanced\"" },
		{ "EnablePrivateGua", NULL, "false" },
		{ "MeteredAccount", NULL, "\"ipam-owner\"" },
		{ NULL, NULL, NULL },
	};
	const char *id;
	json_t *doc;

	if (ipam_check_regions(c, in_list(c, "OperatingRegions")) < 0 ||
	    record_check_text(c, "description", in_str(c, "Description")) < 0)
		return -1;
	doc = record_new(c, &ec2_ipam, NULL, &id);
	if (doc == NULL)
		return -1;
	record_fill(c, doc, c->in, members);
	json_set(doc, "OperatingRegions",
	    json_array_size(in_list(c, "OperatingRegions")) > 0 ?
		json_copy_deep(in_list(c, "OperatingRegions")) :
		json_make("[{s:s}]", "RegionName", c->region));
	json_set_str(doc, "IpamArn", ipam_arn(c, &ec2_ipam, id));
	json_set_str(doc, "IpamRegion", c->region);
	json_set_str(doc, "State", "create-complete");
	json_set_str(doc, "PublicDefaultScopeId",
	    resource_id(&ec2_ipam_scope, make_scope(c, NULL, doc, "public", 1)));
	json_set_str(doc, "PrivateDefaultScopeId",
	    resource_id(&ec2_ipam_scope, make_scope(c, NULL, doc, "private", 1)));
	if (ipam_discovery_default(c, doc) < 0)
		return -1;
	resource_put(c, &ec2_ipam, doc);
	doc = json_own(c->arena, json_copy_shallow(doc));
	json_set_int(doc, "ScopeCount", 2);
	json_set_int(doc, "ResourceDiscoveryAssociationCount", 1);
	ipam_answer(c, "Ipam", doc, "create-in-progress");
	return 0;
}

static int
modify(struct call *c)
{
	static const struct record_member members[] = { { "Description", NULL, NULL },
		{ "Tier", NULL, NULL }, { "EnablePrivateGua", NULL, NULL },
		{ "MeteredAccount", NULL, NULL }, { NULL, NULL, NULL } };
	json_t *doc;

	if (record_check_text(c, "description", in_str(c, "Description")) < 0 ||
	    record_edit(c, &ec2_ipam, in_str(c, "IpamId"), &doc) < 0 ||
	    ipam_change_regions(c, doc) < 0)
		return -1;
	record_change(doc, c->in, members);
	resource_put(c, &ec2_ipam, doc);
	ipam_answer(c, "Ipam", doc, "modify-in-progress");
	return 0;
}

/* All pools of a scope, from the top. */
static int
drop_pools(struct call *c, const char *scope_arn)
{
	struct store_docs docs;

	if (record_list(c, &ec2_ipam_pool, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], "IpamScopeArn", ""), scope_arn) ==
			0 &&
		    json_get(docs.doc[i], "SourceIpamPoolId") == NULL &&
		    ipam_pool_drop(c, resource_id(&ec2_ipam_pool, docs.doc[i])) < 0)
			return -1;
	}
	return 0;
}

/* What is in a scope keeps it, and so its IPAM, unless all is to go. */
static int
drop_scope(struct call *c, const json_t *scope, int cascade)
{
	const char *id = resource_id(&ec2_ipam_scope, scope),
		   *arn = json_str_or(scope, "IpamScopeArn", "");
	json_t *doc;
	size_t n;

	if (ipam_count_pools(c, arn, &n) < 0)
		return -1;
	if (!cascade && (n > 0 || !json_bool(scope, "IsDefault", 0)))
		return err_set(&c->err, &ec2_dependency,
		    "The IPAM has the scope %s, with %zu pools, and cannot be deleted.",
		    id, n);
	return drop_pools(c, arn) < 0 || record_edit(c, &ec2_ipam_scope, id, &doc) < 0 ?
	    -1 :
	    ipam_end(c, &ec2_ipam_scope, doc);
}

static int delete (struct call *c)
{
	const char *id = in_str(c, "IpamId");
	struct store_docs scopes;
	json_t *doc;

	if (record_edit(c, &ec2_ipam, id, &doc) < 0 ||
	    record_list(c, &ec2_ipam_scope, &scopes) < 0)
		return -1;
	for (size_t i = 0; i < scopes.n; i++) {
		if (strcmp(json_str_or(scopes.doc[i], "_ipam", ""), id) == 0 &&
		    drop_scope(c, scopes.doc[i], in_bool(c, "Cascade", 0)) < 0)
			return -1;
	}
	if (ipam_discovery_drop(c, id) < 0)
		return -1;
	ipam_answer(c, "Ipam", doc, "delete-in-progress");
	return ipam_end(c, &ec2_ipam, doc);
}

static json_t *
shown(struct call *c, json_t *doc)
{
	json_t *copy = json_own(c->arena, json_copy_shallow(doc));
	struct store_docs docs;
	int64_t n = 0;
	size_t scopes;

	if (count_scopes(c, resource_id(&ec2_ipam, doc), &scopes) == 0)
		json_set_int(copy, "ScopeCount", (int64_t)scopes);
	if (record_list(c, &ec2_ipam_association, &docs) == 0) {
		for (size_t i = 0; i < docs.n; i++)
			n += strcmp(json_str_or(docs.doc[i], "IpamId", ""),
				 resource_id(&ec2_ipam, doc)) == 0;
		json_set_int(copy, "ResourceDiscoveryAssociationCount", n);
	}
	return copy;
}

static int
describe(struct call *c)
{
	return record_describe_as(c, shown);
}

static const struct op ops[] = {
	OP_RES("CreateIpam", create, OP_TOKEN, &ec2_ipam, NULL,
	    "Create an IP address manager with its default scopes."),
	OP_RES("DeleteIpam", delete, 0, &ec2_ipam, "IpamId",
	    "Delete an IPAM, and what is in it if one likes."),
	OP_RES("DescribeIpams", describe, OP_READ, &ec2_ipam, NULL, "List IPAMs."),
	OP_RES("ModifyIpam", modify, 0, &ec2_ipam, "IpamId",
	    "Change an IPAM's regions, tier or description."),
};
static const struct resource *const resources[] = { &ec2_ipam, NULL };
const struct family ec2_ipams = FAMILY(ops, resources);

static const struct op scope_ops[] = {
	OP_RES("CreateIpamScope", create_scope, OP_TOKEN, &ec2_ipam_scope, NULL,
	    "Create a private scope of an IPAM."),
	OP_RES("DeleteIpamScope", delete_scope, 0, &ec2_ipam_scope, "IpamScopeId",
	    "Delete a scope that has no pools."),
	OP_RES("DescribeIpamScopes", describe_scopes, OP_READ, &ec2_ipam_scope, NULL,
	    "List scopes of IPAMs."),
	OP_RES("ModifyIpamScope", modify_scope, 0, &ec2_ipam_scope, "IpamScopeId",
	    "Change a scope's description."),
};
static const struct resource *const scope_resources[] = { &ec2_ipam_scope, NULL };
const struct family ec2_ipam_scopes = FAMILY(scope_ops, scope_resources);
