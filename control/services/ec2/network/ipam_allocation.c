/*
 * EC2: allocations from IPAM pools: ranges that somebody has, and nobody else gets.
 */
#include <string.h>

#include "control/services/ec2/network/ipam.h"
#include "control/services/ec2/network/ipam_prefix.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind not_found = { "InvalidIpamPoolAllocationId.NotFound", 400 };
static const struct err_kind malformed = { "InvalidIpamPoolAllocationId.Malformed", 400 };
static const struct err_kind not_permitted = { "OperationNotPermitted", 400 };

enum { MAX_CIDRS = 100 };

static const struct filter filters[] = {
	{ "cidr", "Cidr" },
	{ "description", "Description" },
	{ "ipam-pool-allocation-id", "IpamPoolAllocationId" },
	{ "resource-id", "ResourceId" },
	{ "resource-owner", "ResourceOwner" },
	{ "resource-region", "ResourceRegion" },
	{ "resource-type", "ResourceType" },
	{ NULL, NULL },
};
static const struct resource allocation = {
	.service = "ec2",
	.kind = "ec2:ipam-pool-allocation",
	.type = "ipam-pool-allocation",
	.prefix = "ipam-pool-alloc-",
	.id_member = "IpamPoolAllocationId",
	.list_member = "IpamPoolAllocations",
	.ids_member = "IpamPoolAllocationIds",
	.noun = "ipamPoolAllocation ID",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
	.page_min = 1000,
	.page_max = 100000,
};

static int
is_of(const json_t *doc, const char *pool)
{
	return strcmp(json_str_or(doc, "_pool", ""), pool) == 0;
}

int
ipam_count_allocations(struct call *c, const char *pool, const char *cidr, size_t *ret)
{
	struct store_docs docs;
	size_t n = 0;

	if (resource_list(c, &allocation, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++)
		n += is_of(docs.doc[i], pool) &&
		    (cidr == NULL ||
			record_overlaps(json_str_or(docs.doc[i], "Cidr", ""), cidr));
	*ret = n;
	return 0;
}

int
ipam_release(struct call *c, const char *pool, const char *id, const char *cidr)
{
	struct store_docs docs;

	if (resource_list(c, &allocation, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (is_of(docs.doc[i], pool) &&
		    (id == NULL ||
			strcmp(json_str_or(docs.doc[i], "ResourceId", ""), id) == 0) &&
		    (cidr == NULL ||
			strcmp(json_str_or(docs.doc[i], "Cidr", ""), cidr) == 0))
			resource_delete_doc(c, &allocation,
			    resource_id(&allocation, docs.doc[i]));
	}
	return 0;
}

/* The search: where one may look, and what is taken */

struct search {
	struct prefix *in, *used;
	size_t n_in, n_used;
};

static void
add(struct prefix *list, size_t *n, const char *text)
{
	if (prefix_parse(text, &list[*n]))
		(*n)++;
}

static int
begin_search(struct call *c, const json_t *pool, const struct ipam_wish *w,
    struct search *s)
{
	const json_t *cidrs = json_get(pool, "_cidrs"), *row;
	const char *id = resource_id(&ec2_ipam_pool, pool);
	struct store_docs docs;
	size_t i;

	if (resource_list(c, &allocation, &docs) < 0)
		return -1;
	s->n_in = s->n_used = 0;
	s->in = arena_calloc(c->arena, json_array_size(cidrs) + 1, sizeof(*s->in));
	s->used = arena_calloc(c->arena, docs.n + json_array_size(w->disallowed) + 1,
	    sizeof(*s->used));
	json_array_foreach(cidrs, i, row)
		add(s->in, &s->n_in, json_str_or(row, "Cidr", ""));
	for (i = 0; i < docs.n; i++) {
		if (is_of(docs.doc[i], id))
			add(s->used, &s->n_used, json_str_or(docs.doc[i], "Cidr", ""));
	}
	json_array_foreach(w->disallowed, i, row)
		add(s->used, &s->n_used, json_string_value(row));
	return 0;
}

static int
is_provisioned(const struct search *s, const struct prefix *p)
{
	for (size_t i = 0; i < s->n_in; i++) {
		if (prefix_contains(&s->in[i], p))
			return 1;
	}
	return 0;
}

static int
find_named(struct call *c, const struct search *s, const char *cidr, struct prefix *ret)
{
	if (!prefix_parse(cidr, ret))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.64s) for parameter cidr is invalid. This is not a valid CIDR "
		    "block.",
		    cidr);
	if (!is_provisioned(s, ret))
		return err_set(&c->err, &ec2_bad_value,
		    "The CIDR %s is not in the provisioned CIDRs of the pool.", cidr);
	for (size_t i = 0; i < s->n_used; i++) {
		if (prefix_overlaps(&s->used[i], ret))
			return err_set(&c->err, &ec2_bad_value,
			    "The CIDR %s overlaps with an existing allocation of the pool.",
			    cidr);
	}
	return 0;
}

/* Of the allowed ranges, if some are named, else of all that the pool has. */
static int
find_free(struct call *c, const struct search *s, const struct ipam_wish *w,
    struct prefix *ret)
{
	const json_t *v;
	struct prefix p;
	size_t i;

	json_array_foreach(w->allowed, i, v) {
		if (prefix_parse(json_string_value(v), &p) && is_provisioned(s, &p) &&
		    prefix_next_free(&p, w->len, s->used, s->n_used, ret))
			return 0;
	}
	for (i = 0; json_array_size(w->allowed) == 0 && i < s->n_in; i++) {
		if (prefix_next_free(&s->in[i], w->len, s->used, s->n_used, ret))
			return 0;
	}
	return err_set(&c->err, &ec2_bad_value,
	    "The allocation size is too big for the pool: it has no free /%u.", w->len);
}

int
ipam_allocate(struct call *c, const json_t *pool, const struct ipam_wish *w, json_t **ret)
{
	const char *id = record_id(c, allocation.prefix);
	struct prefix p = { .len = 0 };
	char text[NET6_TEXT];
	struct search s;
	json_t *doc;

	if (begin_search(c, pool, w, &s) < 0 ||
	    (w->cidr != NULL ? find_named(c, &s, w->cidr, &p) : find_free(c, &s, w, &p)) <
		0)
		return -1;
	prefix_format(&p, text);
	doc = json_own(c->arena, json_new_object());
	json_set_str(doc, "Cidr", text);
	if (!w->only_look)
		json_set_str(doc, "IpamPoolAllocationId", id);
	json_set_str(doc, "Description", w->description);
	json_set_str(doc, "ResourceType", w->type);
	json_set_str(doc, "ResourceId", w->id);
	json_set_str(doc, "ResourceRegion", c->region);
	json_set_str(doc, "ResourceOwner", c->account);
	json_set(doc, "Tags", json_new_array());
	json_set_str(doc, "_pool", resource_id(&ec2_ipam_pool, pool));
	if (!w->only_look)
		resource_put(c, &allocation, doc);
	*ret = doc;
	return 0;
}

/* AllocateIpamPoolCidr */

static int
check_list(struct call *c, const char *name)
{
	const json_t *v;
	struct prefix p;
	size_t i;

	if (json_array_size(in_list(c, name)) > MAX_CIDRS)
		return err_set(&c->err, &ec2_bad_value,
		    "The parameter %s has at most %d CIDRs.", name, MAX_CIDRS);
	json_array_foreach(in_list(c, name), i, v) {
		if (!prefix_parse(json_string_value(v), &p))
			return err_set(&c->err, &ec2_bad_value,
			    "Value (%.64s) for parameter %s is invalid. This is not a valid "
			    "CIDR block.",
			    json_string_value(v), name);
	}
	return 0;
}

/* The length, which the pool may bound. */
static int
read_length(struct call *c, const json_t *pool, struct ipam_wish *w)
{
	int64_t min = json_int(pool, "AllocationMinNetmaskLength", 0),
		max = json_int(pool, "AllocationMaxNetmaskLength", 128),
		len = in_int(c, "NetmaskLength",
		    json_int(pool, "AllocationDefaultNetmaskLength", 0));
	struct prefix p;

	w->cidr = in_str(c, "Cidr");
	if (w->cidr != NULL && in_has(c, "NetmaskLength"))
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter cidr cannot be used with the parameter netmaskLength");
	if (w->cidr != NULL && prefix_parse(w->cidr, &p))
		len = p.len;
	if (w->cidr == NULL && len == 0)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter cidr or netmaskLength");
	if (len < min || len > max)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter netmaskLength is invalid. The pool allows %lld "
		    "to %lld.",
		    (long long)len, (long long)min, (long long)max);
	w->len = (unsigned)len;
	return 0;
}

static int
allocate(struct call *c)
{
	struct ipam_wish w = { .type = "custom",
		.description = in_str(c, "Description"),
		.allowed = in_list(c, "AllowedCidrs"),
		.disallowed = in_list(c, "DisallowedCidrs"),
		.only_look = in_bool(c, "PreviewNextCidr", 0) };
	json_t *pool, *doc, *named;

	if (record_get(c, &ec2_ipam_pool, in_str(c, "IpamPoolId"), &pool) < 0 ||
	    record_check_text(c, "description", w.description) < 0 ||
	    check_list(c, "AllowedCidrs") < 0 || check_list(c, "DisallowedCidrs") < 0 ||
	    read_length(c, pool, &w) < 0 || ipam_allocate(c, pool, &w, &doc) < 0)
		return -1;
	/* The tags of the request, which resource_new() reads. */
	named = resource_new(c, &allocation, NULL);
	if (named == NULL)
		return -1;
	json_set(doc, "Tags", json_incref(json_get(named, "Tags")));
	if (!w.only_look)
		resource_put(c, &allocation, doc);
	out_ref(c, "IpamPoolAllocation", doc);
	return 0;
}

static int
modify(struct call *c)
{
	const char *text = in_str(c, "Description");
	json_t *doc;

	if (record_check_text(c, "description", text) < 0 ||
	    resource_edit(c, &allocation, in_str(c, "IpamPoolAllocationId"), &doc) < 0)
		return -1;
	json_set_str(doc, "Description", text);
	resource_put(c, &allocation, doc);
	out_ref(c, "IpamPoolAllocation", doc);
	return 0;
}

static int
release(struct call *c)
{
	const char *id = in_str(c, "IpamPoolAllocationId"),
		   *pool = in_str(c, "IpamPoolId");
	json_t *doc;

	if (record_get(c, &ec2_ipam_pool, pool, &doc) < 0 ||
	    resource_get(c, &allocation, id, &doc) < 0)
		return -1;
	if (!is_of(doc, pool) ||
	    strcmp(json_str_or(doc, "Cidr", ""), in_str(c, "Cidr")) != 0)
		return err_set(&c->err, &not_found,
		    "The allocation %s of %.64s is not in the pool %s.", id,
		    in_str(c, "Cidr"), pool);
	if (strcmp(json_str_or(doc, "ResourceType", ""), "custom") != 0)
		return err_set(&c->err, &not_permitted,
		    "Only allocations of the type custom can be released.");
	resource_delete_doc(c, &allocation, id);
	out_bool(c, "Success", 1);
	return 0;
}

static int
get(struct call *c)
{
	const char *pool = in_str(c, "IpamPoolId"),
		   *id = in_str(c, "IpamPoolAllocationId");
	json_t *list = json_own(c->arena, json_new_array()), *doc;
	struct store_docs docs;

	if (record_get(c, &ec2_ipam_pool, pool, &doc) < 0 ||
	    (id != NULL && resource_get(c, &allocation, id, &doc) < 0) ||
	    resource_list(c, &allocation, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (is_of(docs.doc[i], pool) &&
		    (id == NULL ||
			strcmp(resource_id(&allocation, docs.doc[i]), id) == 0))
			json_add(list, json_incref(docs.doc[i]));
	}
	return record_rows(c, &allocation, list);
}

static const struct op ops[] = {
	OP_RES("AllocateIpamPoolCidr", allocate, OP_TOKEN, &ec2_ipam_pool, "IpamPoolId",
	    "Take a range of a pool."),
	OP_RES("DescribeIpamPoolAllocations", resource_describe, OP_READ, &allocation,
	    NULL, "List allocations of all pools."),
	OP_RES("GetIpamPoolAllocations", get, OP_READ, &ec2_ipam_pool, "IpamPoolId",
	    "List a pool's allocations."),
	OP_RES("ModifyIpamPoolAllocation", modify, 0, &allocation, "IpamPoolAllocationId",
	    "Describe an allocation anew."),
	OP_RES("ReleaseIpamPoolAllocation", release, 0, &ec2_ipam_pool, "IpamPoolId",
	    "Give a range back."),
};
static const struct resource *const resources[] = { &allocation, NULL };
const struct family ec2_ipam_allocations = FAMILY(ops, resources);
