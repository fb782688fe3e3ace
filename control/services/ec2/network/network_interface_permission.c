/*
 * EC2: who else may use a network interface: records, which nobody asks yet, since no other
 * account has instances in a VPC of this one.
 */
#include <string.h>

#include "control/services/ec2/network/network_interface.h"

static const struct err_kind not_found = { "InvalidPermissionID.NotFound", 400 };
static const struct err_kind duplicate = { "InvalidPermission.Duplicate", 400 };
static const struct err_kind in_use = { "OperationNotPermitted", 400 };

static const struct filter filters[] = {
	{ "network-interface-permission.network-interface-permission-id",
	    "NetworkInterfacePermissionId" },
	{ "network-interface-permission.network-interface-id", "NetworkInterfaceId" },
	{ "network-interface-permission.aws-account-id", "AwsAccountId" },
	{ "network-interface-permission.aws-service", "AwsService" },
	{ "network-interface-permission.permission", "Permission" },
	{ NULL, NULL },
};

static const struct resource permission = {
	.service = "ec2",
	.kind = "ec2:network-interface-permission",
	.type = "network-interface-permission",
	.prefix = "eni-perm-",
	.id_member = "NetworkInterfacePermissionId",
	.list_member = "NetworkInterfacePermissions",
	.ids_member = "NetworkInterfacePermissionIds",
	.noun = "network interface permission ID",
	.not_found = &not_found,
	.filters = filters,
	.no_tags = 1,
	.page_max = 255,
};

static int
is_same(const json_t *a, const json_t *b)
{
	static const char *const members[] = { "NetworkInterfaceId", "AwsAccountId",
		"AwsService", "Permission" };

	for (size_t i = 0; i < COUNT(members); i++) {
		if (strcmp(json_str_or(a, members[i], ""),
			json_str_or(b, members[i], "")) != 0)
			return 0;
	}
	return 1;
}

static int
create(struct call *c)
{
	const char *account = in_str(c, "AwsAccountId"),
		   *service = in_str(c, "AwsService");
	const char *id = in_str(c, "NetworkInterfaceId");
	struct store_docs all;
	json_t *doc;

	if (resource_get(c, &ec2_network_interface, id, &doc) < 0 ||
	    resource_list(c, &permission, &all) < 0)
		return -1;
	if ((account == NULL) == (service == NULL))
		return err_set(&c->err,
		    account == NULL ? &ec2_missing : &ec2_bad_combination,
		    "The request must contain either awsAccountId or awsService");
	if (account != NULL &&
	    (strlen(account) != 12 || strspn(account, "0123456789") != 12))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.64s) for parameter awsAccountId is invalid.", account);
	doc = resource_new(c, &permission, NULL);
	json_set_str(doc, "NetworkInterfaceId", id);
	json_set_str(doc, "AwsAccountId", account);
	json_set_str(doc, "AwsService", service);
	json_set_str(doc, "Permission", in_str(c, "Permission"));
	json_set(doc, "PermissionState", json_make("{s:s}", "State", "granted"));
	for (size_t i = 0; i < all.n; i++) {
		if (is_same(all.doc[i], doc))
			return err_set(&c->err, &duplicate,
			    "The permission already exists for network interface '%s'",
			    id);
	}
	resource_put(c, &permission, doc);
	out_ref(c, "InterfacePermission", doc);
	return 0;
}

static int delete (struct call *c)
{
	const char *id = in_str(c, "NetworkInterfacePermissionId");
	json_t *doc, *interface = NULL;

	if (resource_get(c, &permission, id, &doc) < 0 ||
	    resource_find(c, &ec2_network_interface,
		json_str_or(doc, "NetworkInterfaceId", ""), &interface) < 0)
		return -1;
	if (!in_bool(c, "Force", 0) &&
	    strcmp(json_str_or(doc, "AwsAccountId", ""),
		json_str_or(json_get(interface, "Attachment"), "InstanceOwnerId", "-")) ==
		0)
		return err_set(&c->err, &in_use,
		    "The network interface '%s' is attached by that account.",
		    json_str_or(doc, "NetworkInterfaceId", ""));
	resource_delete_doc(c, &permission, id);
	out_bool(c, "Return", 1);
	return 0;
}

int
interface_drop_permissions(struct call *c, const char *id)
{
	struct store_docs all;

	if (resource_list(c, &permission, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "NetworkInterfaceId", ""), id) == 0)
			resource_delete_doc(c, &permission,
			    resource_id(&permission, all.doc[i]));
	}
	return 0;
}

static const struct op ops[] = {
	OP_RES("CreateNetworkInterfacePermission", create, 0, &ec2_network_interface,
	    "NetworkInterfaceId", "Let another account use a network interface."),
	OP("DeleteNetworkInterfacePermission", delete, 0,
	    "No longer let another account use a network interface."),
	OP_RES("DescribeNetworkInterfacePermissions", resource_describe, OP_READ,
	    &permission, NULL, "List who else may use network interfaces."),
};
static const struct resource *const resources[] = { &permission, NULL };
const struct family ec2_network_interface_permissions = FAMILY(ops, resources);
