/*
 * EC2: attributes of network interfaces.
 *
 * Not emulated: more subnets of an interface (AssociatedSubnetIds), which are refused.
 */
#include <string.h>

#include "control/services/ec2/network/network_interface.h"

static const struct err_kind no_permission = { "AuthFailure", 403 };
static const struct err_kind no_attachment = { "InvalidAttachmentID.NotFound", 400 };

/* DescribeNetworkInterfaceAttribute */

static void
say_text(struct call *c, const json_t *doc)
{
	out_set(c, "Description",
	    json_make("{s:s}", "Value", json_str_or(doc, "Description", "")));
}

static void
say_groups(struct call *c, const json_t *doc)
{
	out_ref(c, "Groups", json_get(doc, "Groups"));
}

static void
say_check(struct call *c, const json_t *doc)
{
	out_set(c, "SourceDestCheck",
	    json_make("{s:b}", "Value", json_bool(doc, "SourceDestCheck", 1)));
}

static void
say_attachment(struct call *c, const json_t *doc)
{
	if (json_get(doc, "Attachment") != NULL)
		out_ref(c, "Attachment", json_get(doc, "Attachment"));
}

static void
say_public(struct call *c, const json_t *doc)
{
	const json_t *association = json_get(doc, "Association");

	out_bool(c, "AssociatePublicIpAddress",
	    json_bool(doc, "_associate_public",
		association != NULL && json_get(association, "AllocationId") == NULL));
}

static int
describe(struct call *c)
{
	static const struct {
		const char *name;
		void (*say)(struct call *c, const json_t *doc);
	} rows[] = { { "associatePublicIpAddress", say_public },
		{ "attachment", say_attachment }, { "description", say_text },
		{ "groupSet", say_groups }, { "sourceDestCheck", say_check } };
	const char *id = in_str(c, "NetworkInterfaceId"), *name = in_str(c, "Attribute");
	json_t *doc;

	if (resource_get(c, &ec2_network_interface, id, &doc) < 0)
		return -1;
	out_str(c, "NetworkInterfaceId", id);
	for (size_t i = 0; name != NULL && i < COUNT(rows); i++) {
		if (strcmp(rows[i].name, name) == 0) {
			rows[i].say(c, doc);
			return 0;
		}
	}
	return err_set(&c->err, name == NULL ? &ec2_missing : &ec2_bad_value,
	    "The request must contain an attribute that network interfaces have.");
}

/* ModifyNetworkInterfaceAttribute: each returns 1 when it was asked for, 0, or -1. */

static int
modify_description(struct call *c, json_t *doc)
{
	const json_t *v = in_object(c, "Description");

	if (v == NULL)
		return 0;
	if (strlen(json_str_or(v, "Value", "")) > 255)
		return err_set(&c->err, &ec2_bad_value,
		    "Value for parameter description is invalid. It must have at most 255 "
		    "characters.");
	json_set_str(doc, "Description", json_str_or(v, "Value", ""));
	return 1;
}

static int
modify_check(struct call *c, json_t *doc)
{
	int on;

	if (!in_attribute_bool(c, "SourceDestCheck", &on))
		return 0;
	json_set_bool(doc, "SourceDestCheck", on);
	return 1;
}

static int
modify_groups(struct call *c, json_t *doc)
{
	const json_t *ids = in_list(c, "Groups");
	json_t *subnet, *groups;

	if (ids == NULL)
		return 0;
	if (resource_get(c, &ec2_subnet, json_str_or(doc, "SubnetId", ""), &subnet) < 0 ||
	    ec2_security_groups_for(c, subnet, ids, NULL, &groups) < 0)
		return -1;
	json_set(doc, "Groups", json_copy_deep(groups));
	return 1;
}

static int
modify_attachment(struct call *c, json_t *doc)
{
	const json_t *v = in_object(c, "Attachment");
	const char *id = json_str(v, "AttachmentId");
	json_t *attachment = json_get(doc, "Attachment");

	if (v == NULL)
		return 0;
	if (id == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter attachmentId");
	if (strcmp(json_str_or(attachment, "AttachmentId", ""), id) != 0)
		return err_set(&c->err, &no_attachment,
		    "The attachment ID '%s' does not exist", id);
	if (json_get(v, "DeleteOnTermination") != NULL)
		json_set_bool(attachment, "DeleteOnTermination",
		    json_bool(v, "DeleteOnTermination", 0));
	if (json_bool(v, "DefaultEnaQueueCount", 0))
		json_del(attachment, "EnaQueueCount");
	else if (json_get(v, "EnaQueueCount") != NULL)
		json_set_int(attachment, "EnaQueueCount",
		    json_int(v, "EnaQueueCount", 0));
	return 1;
}

static int
modify_srd(struct call *c, json_t *doc)
{
	json_t *attachment = json_get(doc, "Attachment");

	if (!in_has(c, "EnaSrdSpecification"))
		return 0;
	if (attachment == NULL)
		return err_set(&c->err, &ec2_bad_value,
		    "The interface '%s' is not attached.",
		    resource_id(&ec2_network_interface, doc));
	json_set(attachment, "EnaSrdSpecification",
	    json_copy_deep(in_object(c, "EnaSrdSpecification")));
	return 1;
}

static int
modify_primary6(struct call *c, json_t *doc)
{
	json_t *first = json_array_get(json_get(doc, "Ipv6Addresses"), 0);

	if (!in_has(c, "EnablePrimaryIpv6"))
		return 0;
	if (!in_bool(c, "EnablePrimaryIpv6", 0) || first == NULL)
		return err_set(&c->err, &ec2_bad_value,
		    first == NULL ? "The interface has no IPv6 address." :
				    "A primary IPv6 address cannot be taken back.");
	json_set_bool(first, "IsPrimaryIpv6", 1);
	return 1;
}

static int
modify_tracking(struct call *c, json_t *doc)
{
	if (!in_has(c, "ConnectionTrackingSpecification"))
		return 0;
	return interface_set_tracking(c, doc,
		   in_object(c, "ConnectionTrackingSpecification")) < 0 ?
	    -1 :
	    1;
}

/* A public address that is not Elastic is taken or given back after the rest is put. */
static int
modify_public(struct call *c, json_t *doc)
{
	if (!in_has(c, "AssociatePublicIpAddress"))
		return 0;
	json_set_bool(doc, "_associate_public",
	    in_bool(c, "AssociatePublicIpAddress", 0));
	return 1;
}

static int
apply_public(struct call *c, const char *id)
{
	struct ec2_association association = { .address = NULL };
	const json_t *old;
	json_t *doc;
	int on = in_bool(c, "AssociatePublicIpAddress", 0);

	if (resource_get(c, &ec2_network_interface, id, &doc) < 0)
		return -1;
	old = json_get(doc, "Association");
	if (on == (old != NULL) || json_get(old, "AllocationId") != NULL)
		return 0;
	if (!on)
		ec2_public_give_back(c, json_str_or(old, "PublicIp", ""));
	else if (ec2_public_take(c, id, &association.address) < 0)
		return -1;
	return ec2_associate(c, id, &association);
}

/* A copy to write of one that is the user's own: what a service keeps is its to change. */
static int
edit(struct call *c, json_t **ret)
{
	if (resource_edit(c, &ec2_network_interface, in_str(c, "NetworkInterfaceId"),
		ret) < 0)
		return -1;
	if (json_bool(*ret, "RequesterManaged", 0))
		return err_set(&c->err, &no_permission,
		    "You do not have permission to access the specified resource.");
	return 0;
}

static int
modify(struct call *c)
{
	static int (*const parts[])(struct call * c, json_t * doc) = { modify_description,
		modify_check, modify_groups, modify_attachment, modify_srd,
		modify_primary6, modify_tracking, modify_public };
	static const char *const refused[] = { "AssociatedSubnetIds", NULL };
	const char *id = in_str(c, "NetworkInterfaceId");
	json_t *doc;
	int n = 0;

	if (ec2_refuse(c, refused) < 0 || edit(c, &doc) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(parts); i++) {
		int rc = parts[i](c, doc);

		if (rc < 0)
			return -1;
		n += rc;
	}
	if (n == 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "No attributes specified to modify.");
	if (interface_put(c, doc) < 0)
		return -1;
	return in_has(c, "AssociatePublicIpAddress") ? apply_public(c, id) : 0;
}

static int
reset(struct call *c)
{
	json_t *doc;

	if (edit(c, &doc) < 0)
		return -1;
	if (!in_has(c, "SourceDestCheck"))
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter sourceDestCheck");
	json_set_bool(doc, "SourceDestCheck", 1);
	return interface_put(c, doc);
}

static const struct op ops[] = {
	OP_RES("DescribeNetworkInterfaceAttribute", describe, OP_READ,
	    &ec2_network_interface, "NetworkInterfaceId",
	    "Say an attribute of a network interface."),
	OP_RES("ModifyNetworkInterfaceAttribute", modify, 0, &ec2_network_interface,
	    "NetworkInterfaceId", "Change attributes of a network interface."),
	OP_RES("ResetNetworkInterfaceAttribute", reset, 0, &ec2_network_interface,
	    "NetworkInterfaceId", "Check sources and destinations again."),
};
const struct family ec2_network_interface_attributes = FAMILY(ops, NULL);
