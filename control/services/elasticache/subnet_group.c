/*
 * ElastiCache: subnet groups: in which subnets of a VPC nodes may be.
 */
#include <ctype.h>
#include <string.h>

#include "control/api/named.h"
#include "control/services/ec2/ec2.h"
#include "control/services/elasticache/elasticache.h"

static const struct err_kind not_found = { "CacheSubnetGroupNotFoundFault", 400 };
static const struct err_kind exists = { "CacheSubnetGroupAlreadyExists", 400 };
static const struct err_kind in_use = { "CacheSubnetGroupInUse", 400 };
static const struct err_kind bad_subnet = { "InvalidSubnet", 400 };
static const struct err_kind subnet_in_use = { "SubnetInUse", 400 };

enum { MAX_NAME = 255 };

const struct resource elasticache_subnet_group = {
	.service = "elasticache",
	.kind = "elasticache:subnet-group",
	.type = "subnetgroup",
	.id_member = "CacheSubnetGroupName",
	.noun = "Cache subnet group",
	.not_found = &not_found,
	.tags_member = "_tags",
};

static char *
lower(struct call *c, const char *text)
{
	char *out = arena_strdup(c->arena, text);

	for (char *p = out; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return out;
}

static void
add_subnet(json_t *doc, const json_t *subnet)
{
	json_add(json_need_array(doc, "Subnets"),
	    json_make("{s:s, s:{s:s}, s:[s]}", "SubnetIdentifier",
		json_str_or(subnet, "SubnetId", ""), "SubnetAvailabilityZone", "Name",
		json_str_or(subnet, "AvailabilityZone", ""), "SupportedNetworkTypes",
		"ipv4"));
}

static int
take_subnets(struct call *c, json_t *doc)
{
	const char *vpc = NULL;
	const json_t *v;
	size_t i;

	json_set(doc, "Subnets", json_new_array());
	json_array_foreach(in_list(c, "SubnetIds"), i, v) {
		const char *id = json_string_value(v);
		json_t *subnet;
		int rc = resource_find(c, &ec2_subnet, id, &subnet);

		if (rc < 0)
			return -1;
		if (rc == 0)
			return err_set(&c->err, &bad_subnet,
			    "The subnet ID '%s' does not exist", id);
		if (vpc != NULL && strcmp(vpc, json_str_or(subnet, "VpcId", "")) != 0)
			return err_set(&c->err, &bad_subnet,
			    "The subnets are not all in the same VPC");
		vpc = json_str_or(subnet, "VpcId", "");
		add_subnet(doc, subnet);
	}
	if (vpc == NULL)
		return err_set(&c->err, &bad_subnet, "A subnet group needs a subnet");
	json_set_str(doc, "VpcId", vpc);
	return 0;
}

static json_t *
new_group(struct call *c, const char *name, const char *about)
{
	json_t *doc = json_own(c->arena, json_new_object());

	json_set_str(doc, "CacheSubnetGroupName", name);
	json_set_str(doc, "CacheSubnetGroupDescription", about);
	json_set_str(doc, "ARN", cache_arn(c, "subnetgroup", name));
	json_set(doc, "SupportedNetworkTypes", json_make("[s]", "ipv4"));
	json_need_array(doc, "_tags");
	return doc;
}

static int
show(struct call *c, const json_t *doc)
{
	out_ref(c, "CacheSubnetGroup", json_own(c->arena, json_copy_deep(doc)));
	return 0;
}

static int
no_group(struct call *c, const char *name)
{
	return err_set(&c->err, &not_found, "Cache Subnet Group %s does not exist.",
	    name);
}

static int
create(struct call *c)
{
	const char *name = lower(c, in_str(c, "CacheSubnetGroupName"));
	json_t *doc, *old, *tags;
	int rc;

	if (cache_allow(c, "subnetgroup", name) < 0)
		return -1;
	if (strcmp(name, "default") == 0 || strlen(name) > MAX_NAME || *name == '\0' ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(name))
		return err_set(&c->err, &cache_bad_value,
		    "The parameter CacheSubnetGroupName must be provided and must not be blank.");
	rc = resource_find(c, &elasticache_subnet_group, name, &old);
	if (rc != 0)
		return rc < 0 ? -1 :
				err_set(&c->err, &exists,
				    "Cache subnet group %s already exists.", name);
	tags = cache_input_tags(c);
	if (tags == NULL)
		return -1;
	doc = new_group(c, name, in_str(c, "CacheSubnetGroupDescription"));
	json_set(doc, "_tags", json_incref(tags));
	if (take_subnets(c, doc) < 0)
		return -1;
	resource_put(c, &elasticache_subnet_group, doc);
	return show(c, doc);
}

/* A node's subnet stays in its group. */
static int
check_used(struct call *c, const json_t *doc)
{
	json_t *nodes = named_all(c, elasticache_node.kind);
	const json_t *node, *row;
	size_t i, k;

	if (nodes == NULL)
		return -1;
	json_array_foreach(nodes, i, node) {
		int found = 0;

		if (strcmp(json_str_or(node, "_subnet_group", ""),
			json_str_or(doc, "CacheSubnetGroupName", "")) != 0)
			continue;
		json_array_foreach(json_get(doc, "Subnets"), k, row)
			found |= strcmp(json_str_or(row, "SubnetIdentifier", ""),
				     json_str_or(node, "_subnet", "")) == 0;
		if (!found)
			return err_set(&c->err, &subnet_in_use,
			    "The subnet ID %s is in use.",
			    json_str_or(node, "_subnet", ""));
	}
	return 0;
}

static int
modify(struct call *c)
{
	const char *name = lower(c, in_str(c, "CacheSubnetGroupName"));
	json_t *doc;
	int rc;

	if (cache_allow(c, "subnetgroup", name) < 0)
		return -1;
	rc = store_edit(c->txn, c->scope, elasticache_subnet_group.kind, name, &doc,
	    &c->err);
	if (rc <= 0)
		return rc < 0 ? -1 : no_group(c, name);
	json_set_str(doc, "CacheSubnetGroupDescription",
	    in_str(c, "CacheSubnetGroupDescription"));
	if (in_has(c, "SubnetIds") &&
	    (take_subnets(c, doc) < 0 || check_used(c, doc) < 0))
		return -1;
	resource_put(c, &elasticache_subnet_group, doc);
	return show(c, doc);
}

static int
drop(struct call *c)
{
	const char *name = lower(c, in_str(c, "CacheSubnetGroupName"));
	json_t *doc;
	int rc;

	if (cache_allow(c, "subnetgroup", name) < 0)
		return -1;
	rc = resource_find(c, &elasticache_subnet_group, name, &doc);
	if (rc <= 0)
		return rc < 0 ? -1 : no_group(c, name);
	rc =
	    resource_find_by(c, &elasticache_cluster, "CacheSubnetGroupName", name, &doc);
	if (rc != 0)
		return rc < 0 ?
		    -1 :
		    err_set(&c->err, &in_use,
			"Cache subnet group %s is currently in use by a cache "
			"cluster.",
			name);
	resource_delete_doc(c, &elasticache_subnet_group, name);
	return 0;
}

static int
describe(struct call *c)
{
	const char *name = in_str(c, "CacheSubnetGroupName");
	json_t *rows, *doc;
	int rc;

	if (cache_allow(c, "subnetgroup", name) < 0)
		return -1;
	if (name == NULL) {
		rows = named_all(c, elasticache_subnet_group.kind);
	} else {
		rc = resource_find(c, &elasticache_subnet_group, lower(c, name), &doc);
		if (rc <= 0)
			return rc < 0 ? -1 : no_group(c, name);
		rows = json_own(c->arena, json_make("[O]", doc));
	}
	return rows == NULL ?
	    -1 :
	    cache_page(c, "CacheSubnetGroups", "CacheSubnetGroupName", rows);
}

/* All subnets of the default VPC, made when it is needed first. */
static int
make_default(struct call *c, json_t **ret)
{
	json_t *doc = new_group(c, "default", "Default CacheSubnetGroup");
	const char *vpc = NULL;
	struct store_docs all;

	if (resource_list(c, &ec2_vpc, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (json_bool(all.doc[i], "IsDefault", 0))
			vpc = json_str(all.doc[i], "VpcId");
	}
	if (vpc == NULL)
		return err_set(&c->err, &not_found,
		    "No default VPC detected. Please specify a Cache Subnet Group.");
	json_set_str(doc, "VpcId", vpc);
	if (resource_list(c, &ec2_subnet, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "VpcId", ""), vpc) == 0)
			add_subnet(doc, all.doc[i]);
	}
	resource_put(c, &elasticache_subnet_group, doc);
	*ret = doc;
	return 0;
}

int
cache_subnet_group_need(struct call *c, const char *name, json_t **ret)
{
	int rc;

	name = name != NULL ? lower(c, name) : "default";
	rc = resource_find(c, &elasticache_subnet_group, name, ret);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	return strcmp(name, "default") == 0 ? make_default(c, ret) : no_group(c, name);
}

static const struct op ops[] = {
	CACHE("CreateCacheSubnetGroup", create, 0, "Say in which subnets caches may be."),
	CACHE("DeleteCacheSubnetGroup", drop, 0, "Remove a subnet group."),
	CACHE("DescribeCacheSubnetGroups", describe, OP_READ, "List subnet groups."),
	CACHE("ModifyCacheSubnetGroup", modify, 0, "Give a subnet group other subnets."),
};

static const struct resource *const resources[] = { &elasticache_subnet_group, NULL };

const struct family elasticache_subnet_groups = FAMILY(ops, resources);
