/*
 * EC2: the default network ACL of each VPC, and the region's default DHCP options.
 *
 * Not emulated yet: any other, and their enforcement.
 */
#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/ec2.h"

static const struct err_kind no_acl = { "InvalidNetworkAclID.NotFound", 400 };
static const struct err_kind no_options = { "InvalidDhcpOptionID.NotFound", 400 };

static const struct filter acl_filters[] = {
	{ "association.association-id", "Associations.NetworkAclAssociationId" },
	{ "association.network-acl-id", "Associations.NetworkAclId" },
	{ "association.subnet-id", "Associations.SubnetId" },
	{ "default", "IsDefault" },
	{ "entry.cidr", "Entries.CidrBlock" },
	{ "entry.rule-action", "Entries.RuleAction" },
	{ "entry.rule-number", "Entries.RuleNumber" },
	{ "network-acl-id", "NetworkAclId" },
	{ "owner-id", "OwnerId" },
	{ "vpc-id", "VpcId" },
	{ NULL, NULL },
};

static const struct resource ec2_network_acl = {
	.service = "ec2",
	.kind = "ec2:network-acl",
	.type = "network-acl",
	.prefix = "acl-",
	.id_member = "NetworkAclId",
	.list_member = "NetworkAcls",
	.ids_member = "NetworkAclIds",
	.noun = "networkAcl ID",
	.not_found = &no_acl,
	.filters = acl_filters,
};

static const struct filter options_filters[] = {
	{ "dhcp-options-id", "DhcpOptionsId" },
	{ "key", "DhcpConfigurations.Key" },
	{ "owner-id", "OwnerId" },
	{ "value", "DhcpConfigurations.Values.Value" },
	{ NULL, NULL },
};

static const struct resource ec2_dhcp_options = {
	.service = "ec2",
	.kind = "ec2:dhcp-options",
	.type = "dhcp-options",
	.prefix = "dopt-",
	.id_member = "DhcpOptionsId",
	.list_member = "DhcpOptions",
	.ids_member = "DhcpOptionsIds",
	.noun = "dhcpOption ID",
	.not_found = &no_options,
	.filters = options_filters,
};

/* Everything passes by rule 100; what is left is refused by the last. */
static void
add_entry(json_t *doc, int number, int is_egress, const char *action)
{
	json_add(json_need_array(doc, "Entries"),
	    json_make("{s:s, s:b, s:s, s:s, s:i}", "CidrBlock", "0.0.0.0/0", "Egress",
		is_egress, "Protocol", "-1", "RuleAction", action, "RuleNumber", number));
}

int
ec2_network_acl_default(struct call *c, const char *vpc_id)
{
	struct call own = *c;
	json_t *doc;

	/* Tags of the request are for the VPC. */
	own.in = json_own(c->arena, json_new_object());
	doc = resource_new(&own, &ec2_network_acl, NULL);
	json_set_str(doc, "VpcId", vpc_id);
	json_set_str(doc, "OwnerId", c->account);
	json_set_bool(doc, "IsDefault", 1);
	for (int egress = 1; egress >= 0; egress--) {
		add_entry(doc, 100, egress, "allow");
		add_entry(doc, 32767, egress, "deny");
	}
	json_set(doc, "Associations", json_new_array());
	resource_put(c, &ec2_network_acl, doc);
	return 0;
}

int
ec2_network_acl_drop(struct call *c, const char *vpc_id)
{
	json_t *doc;
	int rc = resource_find_by(c, &ec2_network_acl, "VpcId", vpc_id, &doc);

	if (rc > 0)
		resource_delete_doc(c, &ec2_network_acl,
		    resource_id(&ec2_network_acl, doc));
	return rc < 0 ? -1 : 0;
}

/* Every subnet of a VPC is associated with its one ACL: shown, not kept. */
static json_t *
shown(struct call *c, json_t *doc, const struct store_docs *subnets)
{
	json_t *copy = json_own(c->arena, json_copy_shallow(doc)),
	       *list = json_new_array();
	const char *vpc = json_str_or(doc, "VpcId", "");

	for (size_t i = 0; i < subnets->n; i++) {
		const char *id = resource_id(&ec2_subnet, subnets->doc[i]);

		if (strcmp(json_str_or(subnets->doc[i], "VpcId", ""), vpc) == 0)
			json_add(list,
			    json_make("{s:o, s:s, s:s}", "NetworkAclAssociationId",
				json_new_fmt("aclassoc-%s",
				    id + strlen(ec2_subnet.prefix)),
				"NetworkAclId", resource_id(&ec2_network_acl, doc),
				"SubnetId", id));
	}
	json_set(copy, "Associations", list);
	return copy;
}

static int
describe_acls(struct call *c)
{
	struct store_docs all, subnets, candidates;
	json_t **copies, *docs;

	if (resource_list(c, &ec2_network_acl, &all) < 0 ||
	    resource_list(c, &ec2_subnet, &subnets) < 0)
		return -1;
	copies = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < all.n; i++)
		copies[i] = shown(c, all.doc[i], &subnets);
	candidates.n = all.n;
	candidates.doc = copies;
	if (resource_select(c, &ec2_network_acl, &candidates, &docs) < 0 ||
	    resource_page(c, &ec2_network_acl, docs) < 0)
		return -1;
	out_ref(c, "NetworkAcls", docs);
	return 0;
}

int
ec2_dhcp_options_default(struct call *c, const char **ret_id)
{
	char zone[NAME_TEXT], hex[18];
	struct store_docs all;
	json_t *doc;

	if (resource_list(c, &ec2_dhcp_options, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (json_bool(all.doc[i], "_default", 0)) {
			*ret_id = resource_id(&ec2_dhcp_options, all.doc[i]);
			return 0;
		}
	}
	random_hex(hex, 17);
	plan_private_zone(c->region, zone);
	doc = json_own(c->arena,
	    json_make("{s:s, s:b, s:[], s:[{s:s, s:[{s:s}]}, {s:s, s:[{s:s}]}]}",
		"OwnerId", c->account, "_default", 1, "Tags", "DhcpConfigurations", "Key",
		"domain-name", "Values", "Value", zone, "Key", "domain-name-servers",
		"Values", "Value", "AmazonProvidedDNS"));
	json_set_fmt(doc, "DhcpOptionsId", "dopt-%s", hex);
	resource_put(c, &ec2_dhcp_options, doc);
	*ret_id = resource_id(&ec2_dhcp_options, doc);
	return 0;
}

static const struct op ops[] = {
	OP_RES("DescribeDhcpOptions", resource_describe, OP_READ, &ec2_dhcp_options, NULL,
	    "List DHCP options."),
	OP_RES("DescribeNetworkAcls", describe_acls, OP_READ, &ec2_network_acl, NULL,
	    "List network ACLs."),
};
static const struct resource *const resources[] = { &ec2_network_acl, &ec2_dhcp_options,
	NULL };
const struct family ec2_network_acls = FAMILY(ops, resources);
