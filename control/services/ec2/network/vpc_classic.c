/*
 * EC2: ClassicLink, which nothing has any more: every VPC is without it.
 *
 * Not emulated: enabling it, which AWS refuses too since there is no EC2-Classic.
 */
#include <string.h>

#include "control/services/ec2/network/cidr.h"

static const struct filter link_filters[] = {
	{ "is-classic-link-enabled", "ClassicLinkEnabled" },
	{ "vpc-id", "VpcId" },
	{ NULL, NULL },
};

static const struct filter instance_filters[] = {
	{ "group-id", "Groups.GroupId" },
	{ "instance-id", "InstanceId" },
	{ "vpc-id", "VpcId" },
	{ NULL, NULL },
};

/* The VPCs that the input chooses, as `r` shows them. */
static struct resource
view(const struct filter *filters)
{
	struct resource r = ec2_vpc;

	r.filters = filters;
	return r;
}

/* A row a VPC with `member` false, in docs.  0 or -1. */
static int
rows(struct call *c, const char *member, int has_tags, struct store_docs *docs)
{
	json_t **made;

	if (resource_list(c, &ec2_vpc, docs) < 0)
		return -1;
	made = arena_calloc(c->arena, docs->n + 1, sizeof(json_t *));
	for (size_t i = 0; i < docs->n; i++) {
		made[i] = json_own(c->arena,
		    json_make("{s:s, s:b}", "VpcId", resource_id(&ec2_vpc, docs->doc[i]),
			member, 0));
		if (has_tags)
			json_set(made[i], "Tags",
			    json_incref(json_get(docs->doc[i], "Tags")));
	}
	docs->doc = made;
	return 0;
}

static int
describe_links(struct call *c)
{
	const struct resource r = view(link_filters);
	struct store_docs docs;

	return rows(c, "ClassicLinkEnabled", 1, &docs) < 0 ?
	    -1 :
	    resource_answer(c, &r, &docs);
}

static int
describe_dns(struct call *c)
{
	const struct resource r = view(NULL);
	struct store_docs docs;

	return rows(c, "ClassicLinkDnsSupported", 0, &docs) < 0 ?
	    -1 :
	    resource_answer(c, &r, &docs);
}

/* No instance is linked, so that an id is of none that is. */
static int
describe_instances(struct call *c)
{
	static const struct err_kind not_found = { "InvalidInstanceID.NotFound", 400 };
	static const struct resource linked = {
		.service = "ec2",
		.kind = "ec2:instance",
		.type = "instance",
		.id_member = "InstanceId",
		.list_member = "Instances",
		.ids_member = "InstanceIds",
		.noun = "instance ID",
		.not_found = &not_found,
		.filters = instance_filters,
	};
	const struct store_docs none = { 0, NULL };

	return resource_answer(c, &linked, &none);
}

static const struct op ops[] = {
	OP("DescribeClassicLinkInstances", describe_instances, OP_READ,
	    "List linked instances: there are none."),
	OP("DescribeVpcClassicLink", describe_links, OP_READ,
	    "Say that no VPC has ClassicLink."),
	OP("DescribeVpcClassicLinkDnsSupport", describe_dns, OP_READ,
	    "Say that no VPC has ClassicLink's DNS."),
};
const struct family ec2_vpc_classic = FAMILY(ops, NULL);
