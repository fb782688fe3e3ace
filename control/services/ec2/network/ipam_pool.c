/*
 * EC2: pools of IPAM, and the ranges that are in them.
 *
 * A pool at the top has ranges of its own; one below another has allocations of that one's.
 *
 * Not emulated: automatic import; pools for the subnets of a VPC; public ranges, which one would have to
 * own.
 */
#include <string.h>

#include "control/services/ec2/network/ipam.h"
#include "control/services/ec2/network/ipam_prefix.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind not_found = { "InvalidIpamPoolId.NotFound", 400 };
static const struct err_kind malformed = { "InvalidIpamPoolId.Malformed", 400 };
static const struct err_kind no_cidr = { "InvalidIpamPoolCidr.NotFound", 400 };
static const struct err_kind in_use = { "IncorrectState", 400 };
static const struct err_kind too_deep = { "IpamPoolDepthLimitExceeded", 400 };

enum { MAX_DEPTH = 10, MAX_TAGS = 50 };

static const struct filter filters[] = {
	{ "address-family", "AddressFamily" },
	{ "description", "Description" },
	{ "ipam-arn", "IpamArn" },
	{ "ipam-pool-arn", "IpamPoolArn" },
	{ "ipam-pool-id", "IpamPoolId" },
	{ "ipam-region", "IpamRegion" },
	{ "ipam-scope-arn", "IpamScopeArn" },
	{ "ipam-scope-type", "IpamScopeType" },
	{ "locale", "Locale" },
	{ "owner-id", "OwnerId" },
	{ "pool-depth", "PoolDepth" },
	{ "source-ipam-pool-id", "SourceIpamPoolId" },
	{ "state", "State" },
	{ NULL, NULL },
};
const struct resource ec2_ipam_pool = {
	.service = "ec2",
	.kind = "ec2:ipam-pool",
	.type = "ipam-pool",
	.prefix = "ipam-pool-",
	.id_member = "IpamPoolId",
	.list_member = "IpamPools",
	.ids_member = "IpamPoolIds",
	.noun = "ipamPool ID",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
};

static const char *const lengths[] = { "AllocationMinNetmaskLength",
	"AllocationDefaultNetmaskLength", "AllocationMaxNetmaskLength" };

int
ipam_count_pools(struct call *c, const char *scope_arn, size_t *ret)
{
	struct store_docs docs;

	if (record_list(c, &ec2_ipam_pool, &docs) < 0)
		return -1;
	*ret = 0;
	for (size_t i = 0; i < docs.n; i++)
		*ret +=
		    strcmp(json_str_or(docs.doc[i], "IpamScopeArn", ""), scope_arn) == 0;
	return 0;
}

/* Lengths in order, and none that the family has not. */
static int
check_lengths(struct call *c, const json_t *doc)
{
	int64_t last = 0,
		bits =
		    strcmp(json_str_or(doc, "AddressFamily", ""), "ipv4") == 0 ? 32 : 128;

	for (size_t i = 0; i < COUNT(lengths); i++) {
		int64_t n = json_int(doc, lengths[i], last);

		if (n < last || n > bits)
			return err_set(&c->err, &ec2_bad_value,
			    "Value (%lld) for parameter %s is invalid.", (long long)n,
			    lengths[i]);
		last = n;
	}
	return 0;
}

static int
check_tags(struct call *c, const json_t *doc)
{
	if (json_array_size(json_get(doc, "AllocationResourceTags")) > MAX_TAGS)
		return err_set(&c->err, &ec2_bad_value,
		    "A pool asks for at most %d tags.", MAX_TAGS);
	return 0;
}

/* CreateIpamPool */

static int
check_locale(struct call *c, const json_t *ipam, const json_t *source)
{
	const char *locale = in_str(c, "Locale"), *above = json_str(source, "Locale");
	const json_t *v;
	size_t i;

	if (above != NULL && strcmp(above, "None") != 0 &&
	    (locale == NULL || strcmp(locale, above) != 0))
		return err_set(&c->err, &ec2_bad_value,
		    "The locale must be that of the source pool: %s.", above);
	if (locale == NULL || strcmp(locale, "None") == 0)
		return 0;
	json_array_foreach(json_get(ipam, "OperatingRegions"), i, v) {
		if (strcmp(json_str_or(v, "RegionName", ""), locale) == 0)
			return 0;
	}
	return err_set(&c->err, &ec2_bad_value,
	    "Value (%.64s) for parameter locale is invalid. It is no operating region of the "
	    "IPAM.",
	    locale);
}

static int
read_source(struct call *c, const json_t *scope, json_t **ret)
{
	const char *id = in_str(c, "SourceIpamPoolId");

	*ret = NULL;
	if (id == NULL)
		return 0;
	if (call_allow(c, &ec2_ipam_pool, id) < 0 ||
	    record_get(c, &ec2_ipam_pool, id, ret) < 0)
		return -1;
	if (strcmp(json_str_or(*ret, "IpamScopeArn", ""),
		json_str_or(scope, "IpamScopeArn", "")) != 0 ||
	    strcmp(json_str_or(*ret, "AddressFamily", ""), in_str(c, "AddressFamily")) !=
		0)
		return err_set(&c->err, &ec2_bad_value,
		    "The source pool %s is of another scope or address family.", id);
	if (json_int(*ret, "PoolDepth", 1) >= MAX_DEPTH)
		return err_set(&c->err, &too_deep, "Pools are at most %d deep.",
		    MAX_DEPTH);
	return 0;
}

static int
create(struct call *c)
{
	static const char *const refused[] = { "AutoImport", "SourceResource", NULL };
	static const struct record_member members[] = {
		{ "Description", NULL, NULL },
		{ "SourceIpamPoolId", NULL, NULL },
		{ "AddressFamily", NULL, NULL },
		{ "Locale", NULL, "\"None\"" },
		{ "AutoImport", NULL, "false" },
		{ "PubliclyAdvertisable", NULL, NULL },
		{ "AllocationMinNetmaskLength", NULL, NULL },
		{ "AllocationMaxNetmaskLength", NULL, NULL },
		{ "AllocationDefaultNetmaskLength", NULL, NULL },
		{ "AllocationResourceTags", NULL, "[]" },
		{ "AwsService", NULL, NULL },
		{ "PublicIpSource", NULL, NULL },
		{ NULL, NULL, NULL },
	};
	const char *scope_id = in_str(c, "IpamScopeId"), *id;
	json_t *scope, *ipam, *source, *doc;

	if (ec2_refuse(c, refused) < 0 || call_allow(c, &ec2_ipam_scope, scope_id) < 0 ||
	    record_get(c, &ec2_ipam_scope, scope_id, &scope) < 0 ||
	    record_get(c, &ec2_ipam, json_str_or(scope, "_ipam", ""), &ipam) < 0 ||
	    read_source(c, scope, &source) < 0 || check_locale(c, ipam, source) < 0 ||
	    record_check_text(c, "description", in_str(c, "Description")) < 0)
		return -1;
	doc = record_new(c, &ec2_ipam_pool, NULL, &id);
	if (doc == NULL)
		return -1;
	record_fill(c, doc, c->in, members);
	if (check_lengths(c, doc) < 0 || check_tags(c, doc) < 0)
		return -1;
	json_set_str(doc, "IpamPoolArn", ipam_arn(c, &ec2_ipam_pool, id));
	json_set_str(doc, "IpamScopeArn", json_str(scope, "IpamScopeArn"));
	json_set_str(doc, "IpamScopeType", json_str(scope, "IpamScopeType"));
	json_set_str(doc, "IpamArn", json_str(scope, "IpamArn"));
	json_set_str(doc, "IpamRegion", c->region);
	json_set_int(doc, "PoolDepth", json_int(source, "PoolDepth", 0) + 1);
	json_set_str(doc, "State", "create-complete");
	resource_put(c, &ec2_ipam_pool, doc);
	ipam_answer(c, "IpamPool", doc, "create-in-progress");
	return 0;
}

/* ModifyIpamPool */

static void
remove_tag(json_t *list, const json_t *tag)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (json_equal(json_array_get(list, i), tag)) {
			json_array_remove(list, i);
			return;
		}
	}
}

static int
modify(struct call *c)
{
	static const char *const refused[] = { "AutoImport", NULL };
	static const struct record_member members[] = { { "Description", NULL, NULL },
		{ "AllocationMinNetmaskLength", NULL, NULL },
		{ "AllocationMaxNetmaskLength", NULL, NULL },
		{ "AllocationDefaultNetmaskLength", NULL, NULL }, { NULL, NULL, NULL } };
	json_t *doc, *list;
	const json_t *v;
	size_t i;

	if (ec2_refuse(c, refused) < 0 ||
	    record_check_text(c, "description", in_str(c, "Description")) < 0 ||
	    record_edit(c, &ec2_ipam_pool, in_str(c, "IpamPoolId"), &doc) < 0)
		return -1;
	record_change(doc, c->in, members);
	if (in_bool(c, "ClearAllocationDefaultNetmaskLength", 0))
		json_del(doc, "AllocationDefaultNetmaskLength");
	list = json_need_array(doc, "AllocationResourceTags");
	json_array_foreach(in_list(c, "RemoveAllocationResourceTags"), i, v)
		remove_tag(list, v);
	json_array_foreach(in_list(c, "AddAllocationResourceTags"), i, v) {
		remove_tag(list, v);
		json_add(list, json_copy_deep(v));
	}
	if (check_lengths(c, doc) < 0 || check_tags(c, doc) < 0)
		return -1;
	resource_put(c, &ec2_ipam_pool, doc);
	ipam_answer(c, "IpamPool", doc, "modify-in-progress");
	return 0;
}

/* DeleteIpamPool */

static int
give_back(struct call *c, const json_t *doc)
{
	const char *source = json_str(doc, "SourceIpamPoolId");

	return source == NULL ?
	    0 :
	    ipam_release(c, source, resource_id(&ec2_ipam_pool, doc), NULL);
}

static int
end_pool(struct call *c, const char *id)
{
	json_t *doc;

	if (record_edit(c, &ec2_ipam_pool, id, &doc) < 0 || give_back(c, doc) < 0 ||
	    ipam_release(c, id, NULL, NULL) < 0)
		return -1;
	json_del(doc, "_cidrs");
	return ipam_end(c, &ec2_ipam_pool, doc);
}

/* Pools are at most ten deep: the lowest go first. */
int
ipam_pool_drop(struct call *c, const char *id)
{
	json_t *wave = json_own(c->arena, json_make("[s]", id));
	struct store_docs docs;
	size_t i;

	/* The list grows with the pools below those that are in it. */
	for (i = 0; i < json_array_size(wave); i++) {
		const char *above = json_string_value(json_array_get(wave, i));

		if (record_list(c, &ec2_ipam_pool, &docs) < 0)
			return -1;
		for (size_t k = 0; k < docs.n; k++) {
			if (strcmp(json_str_or(docs.doc[k], "SourceIpamPoolId", ""),
				above) == 0)
				json_add_str(wave,
				    resource_id(&ec2_ipam_pool, docs.doc[k]));
		}
	}
	while (i-- > 0) {
		if (end_pool(c, json_string_value(json_array_get(wave, i))) < 0)
			return -1;
	}
	return 0;
}

static int delete (struct call *c)
{
	const char *id = in_str(c, "IpamPoolId");
	json_t *doc, *below;
	int rc;

	if (record_get(c, &ec2_ipam_pool, id, &doc) < 0)
		return -1;
	rc = record_find_by(c, &ec2_ipam_pool, "SourceIpamPoolId", id, &below);
	if (rc < 0)
		return -1;
	if (!in_bool(c, "Cascade", 0) &&
	    (rc > 0 || json_array_size(json_get(doc, "_cidrs")) > 0))
		return err_set(&c->err, &in_use,
		    "The pool %s has %s, and cannot be deleted.", id,
		    rc > 0 ? "pools below it" : "provisioned CIDRs");
	ipam_answer(c, "IpamPool", doc, "delete-in-progress");
	return ipam_pool_drop(c, id);
}

/* Ranges */

static const struct filter cidr_filters[] = {
	{ "cidr", "Cidr" },
	{ "ipam-pool-cidr-id", "IpamPoolCidrId" },
	{ "netmask-length", "NetmaskLength" },
	{ "state", "State" },
	{ NULL, NULL },
};
static const struct resource cidr_rows = {
	.service = "ec2",
	.kind = "ec2:ipam-pool-cidr",
	.id_member = "IpamPoolCidrId",
	.list_member = "IpamPoolCidrs",
	.noun = "CIDR",
	.not_found = &no_cidr,
	.filters = cidr_filters,
};

/* No other pool at the top of the scope has it: 0 or -1. */
static int
check_own(struct call *c, const json_t *pool, const struct prefix *p, const char *cidr)
{
	struct store_docs docs;
	struct prefix other;
	const json_t *row;
	size_t k;

	if (record_list(c, &ec2_ipam_pool, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], "IpamScopeArn", ""),
			json_str_or(pool, "IpamScopeArn", "")) != 0)
			continue;
		json_array_foreach(json_get(docs.doc[i], "_cidrs"), k, row) {
			if (prefix_parse(json_str_or(row, "Cidr", ""), &other) &&
			    prefix_overlaps(&other, p))
				return err_set(&c->err, &ec2_bad_value,
				    "The CIDR %s overlaps with %s of the pool %s.", cidr,
				    json_str_or(row, "Cidr", ""),
				    resource_id(&ec2_ipam_pool, docs.doc[i]));
		}
	}
	return 0;
}

/* A pool at the top gets what it asks for. */
static int
take_own(struct call *c, const json_t *pool, const char **ret)
{
	const char *cidr = in_str(c, "Cidr");
	unsigned bits =
	    strcmp(json_str_or(pool, "AddressFamily", ""), "ipv4") == 0 ? 32 : 128;
	struct prefix p;

	if (strcmp(json_str_or(pool, "IpamScopeType", ""), "public") == 0)
		return err_set(&c->err, &ec2_unsupported,
		    "Public ranges are not supported here.");
	if (cidr == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter cidr");
	if (!prefix_parse(cidr, &p) || p.bits != bits)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.64s) for parameter cidr is invalid. This is not a valid CIDR "
		    "block.",
		    cidr);
	*ret = cidr;
	return check_own(c, pool, &p, cidr);
}

/* One below another gets it of that one. */
static int
take_of(struct call *c, const json_t *pool, const char *source_id, const char **ret)
{
	const struct ipam_wish w = { .cidr = in_str(c, "Cidr"),
		.len = (unsigned)in_int(c, "NetmaskLength", 0),
		.type = "ipam-pool",
		.id = resource_id(&ec2_ipam_pool, pool) };
	json_t *source, *allocation;

	if ((w.cidr == NULL) == (w.len == 0))
		return err_set(&c->err, &ec2_bad_combination,
		    "Exactly one of cidr and netmaskLength must be specified.");
	if (record_get(c, &ec2_ipam_pool, source_id, &source) < 0 ||
	    ipam_allocate(c, source, &w, &allocation) < 0)
		return -1;
	*ret = json_str(allocation, "Cidr");
	return 0;
}

static int
provision(struct call *c)
{
	static const char *const refused[] = { "CidrAuthorizationContext",
		"VerificationMethod", "IpamExternalResourceVerificationTokenId", NULL };
	const char *source, *cidr;
	struct prefix p = { .len = 0 };
	json_t *doc, *row;

	if (ec2_refuse(c, refused) < 0 ||
	    record_edit(c, &ec2_ipam_pool, in_str(c, "IpamPoolId"), &doc) < 0)
		return -1;
	source = json_str(doc, "SourceIpamPoolId");
	if ((source != NULL ? take_of(c, doc, source, &cidr) : take_own(c, doc, &cidr)) <
	    0)
		return -1;
	prefix_parse(cidr, &p);
	row = json_add_object(json_need_array(doc, "_cidrs"));
	json_set_str(row, "Cidr", cidr);
	json_set_str(row, "State", "provisioned");
	json_set_str(row, "IpamPoolCidrId", record_id(c, "ipam-pool-cidr-"));
	json_set_int(row, "NetmaskLength", p.len);
	resource_put(c, &ec2_ipam_pool, doc);
	row = json_own(c->arena, json_copy_deep(row));
	ipam_answer(c, "IpamPoolCidr", row, "pending-provision");
	return 0;
}

static int
find_cidr(const json_t *rows, const char *cidr, size_t *ret)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (cidr != NULL && strcmp(json_str_or(row, "Cidr", ""), cidr) == 0) {
			*ret = i;
			return 1;
		}
	}
	return 0;
}

static int
deprovision(struct call *c)
{
	const char *id = in_str(c, "IpamPoolId"), *cidr = in_str(c, "Cidr"), *source;
	json_t *doc, *rows;
	size_t i, n;

	if (record_edit(c, &ec2_ipam_pool, id, &doc) < 0)
		return -1;
	rows = json_get(doc, "_cidrs");
	if (!find_cidr(rows, cidr, &i))
		return err_set(&c->err, &no_cidr, "The CIDR %.64s is not in the pool %s.",
		    cidr != NULL ? cidr : "", id);
	if (ipam_count_allocations(c, id, cidr, &n) < 0)
		return -1;
	if (n > 0)
		return err_set(&c->err, &in_use, "The CIDR %s has %zu allocations.", cidr,
		    n);
	source = json_str(doc, "SourceIpamPoolId");
	if (source != NULL && ipam_release(c, source, id, cidr) < 0)
		return -1;
	ipam_answer(c, "IpamPoolCidr", json_array_get(rows, i), "pending-deprovision");
	json_array_remove(rows, i);
	resource_put(c, &ec2_ipam_pool, doc);
	return 0;
}

static int
get_cidrs(struct call *c)
{
	json_t *none = json_own(c->arena, json_new_array()), *doc, *rows;

	if (record_get(c, &ec2_ipam_pool, in_str(c, "IpamPoolId"), &doc) < 0)
		return -1;
	rows = json_get(doc, "_cidrs");
	return record_rows(c, &cidr_rows, rows != NULL ? rows : none);
}

static const struct op ops[] = {
	OP_RES("CreateIpamPool", create, OP_TOKEN, &ec2_ipam_pool, NULL,
	    "Create a pool in a scope, or below another."),
	OP_RES("DeleteIpamPool", delete, 0, &ec2_ipam_pool, "IpamPoolId",
	    "Delete a pool, and what is in it if one likes."),
	OP_RES("DescribeIpamPools", record_describe, OP_READ, &ec2_ipam_pool, NULL,
	    "List pools of IPAM."),
	OP_RES("ModifyIpamPool", modify, 0, &ec2_ipam_pool, "IpamPoolId",
	    "Change what a pool gives."),
};
static const struct resource *const resources[] = { &ec2_ipam_pool, NULL };
const struct family ec2_ipam_pools = FAMILY(ops, resources);

static const struct op cidr_ops[] = {
	OP_RES("DeprovisionIpamPoolCidr", deprovision, 0, &ec2_ipam_pool, "IpamPoolId",
	    "Take an unused range out of a pool."),
	OP_RES("GetIpamPoolCidrs", get_cidrs, OP_READ, &ec2_ipam_pool, "IpamPoolId",
	    "List the ranges of a pool."),
	OP_RES("ProvisionIpamPoolCidr", provision, OP_TOKEN, &ec2_ipam_pool, "IpamPoolId",
	    "Put a range into a pool."),
};
const struct family ec2_ipam_pool_cidrs = FAMILY(cidr_ops, NULL);
