/*
 * EC2: the length of ids.
 *
 * All ids are long, and nobody can have short ones any more; what AWS keeps is who said so for
 * themselves (DescribePrincipalIdFormat), and so do we.
 */
#include <string.h>

#include "control/services/ec2/account.h"

static const char *const types[] = { "bundle", "conversion-task", "customer-gateway",
	"dhcp-options", "elastic-ip-allocation", "elastic-ip-association", "export-task",
	"flow-log", "image", "import-task", "instance", "internet-gateway", "network-acl",
	"network-acl-association", "network-interface", "network-interface-attachment",
	"prefix-list", "reservation", "route-table", "route-table-association",
	"security-group", "snapshot", "subnet", "subnet-cidr-block-association", "volume",
	"vpc", "vpc-cidr-block-association", "vpc-endpoint", "vpc-peering-connection",
	"vpn-connection", "vpn-gateway" };

static const struct resource preference = {
	.service = "ec2",
	.kind = "ec2:id-format",
	.type = "id-format",
	.id_member = "Arn",
	.noun = "principal",
	.not_found = &ec2_bad_value,
	.no_tags = 1,
	.page_min = 1,
};

static int
is_type(const char *name)
{
	for (size_t i = 0; i < COUNT(types); i++) {
		if (strcmp(types[i], name) == 0)
			return 1;
	}
	return 0;
}

static int
unknown(struct call *c, const char *name)
{
	return err_set(&c->err, &ec2_bad_value,
	    "Value (%.64s) for parameter resource is invalid.", name);
}

/* The rows of all types, or of the one; chosen is NULL or an object of types.  Owned by the caller. */
static json_t *
statuses(const char *type, const json_t *chosen)
{
	json_t *list = json_new_array();

	for (size_t i = 0; i < COUNT(types); i++) {
		if ((type == NULL || strcmp(type, types[i]) == 0) &&
		    (chosen == NULL || json_get(chosen, types[i]) != NULL))
			json_add(list,
			    json_make("{s:s, s:b}", "Resource", types[i], "UseLongIds",
				1));
	}
	return list;
}

/* DescribeIdFormat, DescribeIdentityIdFormat, DescribeAggregateIdFormat */

static int
describe(struct call *c)
{
	const char *type = in_str(c, "Resource");

	if (type != NULL && !is_type(type))
		return unknown(c, type);
	out_set(c, "Statuses", statuses(type, NULL));
	return 0;
}

/* Somebody of the account: "arn:aws:iam::000000000000:user/a", ":role/a", ":root". */
static int
check_principal(struct call *c, const char *arn)
{
	const char *start = arena_printf(c->arena, "arn:aws:iam::%s:", c->account);
	size_t n = strlen(start);

	if (strncmp(arn, start, n) != 0 ||
	    (strcmp(arn + n, "root") != 0 && strncmp(arn + n, "user/", 5) != 0 &&
		strncmp(arn + n, "role/", 5) != 0))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.128s) for parameter principalArn is invalid.", arn);
	return 0;
}

static int
describe_identity(struct call *c)
{
	const char *arn = in_str(c, "PrincipalArn");

	if (strcmp(arn, "all") != 0 && check_principal(c, arn) < 0)
		return -1;
	return describe(c);
}

static int
describe_aggregate(struct call *c)
{
	out_bool(c, "UseLongIdsAggregated", 1);
	out_set(c, "Statuses", statuses(NULL, NULL));
	return 0;
}

/* DescribePrincipalIdFormat: those who said so, of the types that are asked for */

static int
describe_principals(struct call *c)
{
	const json_t *asked = in_list(c, "Resources"), *v;
	json_t *list = json_own(c->arena, json_new_array()), *chosen, *rows;
	struct store_docs all;
	size_t i;

	json_array_foreach(asked, i, v) {
		if (!is_type(json_string_value(v)))
			return unknown(c, json_string_value(v));
	}
	if (resource_list(c, &preference, &all) < 0)
		return -1;
	for (i = 0; i < all.n; i++) {
		const char *name;
		json_t *on;

		chosen = json_own(c->arena, json_new_object());
		json_object_foreach(json_get(all.doc[i], "types"), name, on) {
			if (asked == NULL || json_has_str(asked, name))
				json_set(chosen, name, json_incref(on));
		}
		rows = statuses(NULL, chosen);
		json_add(list,
		    json_make("{s:s, s:o}", "Arn", resource_id(&preference, all.doc[i]),
			"Statuses", rows));
	}
	if (resource_page(c, &preference, list) < 0)
		return -1;
	out_ref(c, "Principals", list);
	return 0;
}

/* ModifyIdFormat, ModifyIdentityIdFormat */

static int
modify_for(struct call *c, const char *arn)
{
	const char *type = in_str(c, "Resource");
	json_t *doc, *chosen;
	int rc;

	if (strcmp(type, "all-current") != 0 && !is_type(type))
		return unknown(c, type);
	if (!in_bool(c, "UseLongIds", 1))
		return err_set(&c->err, &ec2_unsupported,
		    "The ids of all resources are long; there are no others any more.");
	rc = store_edit(c->txn, c->scope, preference.kind, arn, &doc, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		doc = json_own(c->arena, json_make("{s:s, s:{}}", "Arn", arn, "types"));
	chosen = json_get(doc, "types");
	for (size_t i = 0; i < COUNT(types); i++) {
		if (strcmp(type, "all-current") == 0 || strcmp(type, types[i]) == 0)
			json_set_bool(chosen, types[i], 1);
	}
	resource_put(c, &preference, doc);
	return 0;
}

static int
modify(struct call *c)
{
	return modify_for(c, c->who.arn);
}

/* "all" is everybody of the account, which is what root says. */
static int
modify_identity(struct call *c)
{
	const char *arn = in_str(c, "PrincipalArn");

	if (strcmp(arn, "all") == 0)
		arn = arena_printf(c->arena, "arn:aws:iam::%s:root", c->account);
	else if (check_principal(c, arn) < 0)
		return -1;
	return modify_for(c, arn);
}

static const struct op ops[] = {
	OP("DescribeAggregateIdFormat", describe_aggregate, OP_READ,
	    "Say that all ids are long, in all regions."),
	OP("DescribeIdFormat", describe, OP_READ, "Say that ids are long."),
	OP("DescribeIdentityIdFormat", describe_identity, OP_READ,
	    "Say that somebody's ids are long."),
	OP("DescribePrincipalIdFormat", describe_principals, OP_READ,
	    "List who asked for long ids."),
	OP("ModifyIdFormat", modify, 0, "Ask for long ids."),
	OP("ModifyIdentityIdFormat", modify_identity, 0,
	    "Ask for long ids for somebody."),
};
static const struct resource *const resources[] = { &preference, NULL };
const struct family ec2_id_formats = FAMILY(ops, resources);
