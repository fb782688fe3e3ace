/*
 * EC2: where Elastic IP addresses lead.
 */
#include <string.h>

#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/network/address.h"
#include "control/services/ec2/network/network_interface.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind no_association = { "InvalidAssociationID.NotFound", 400 };
static const struct err_kind no_address = { "InvalidAddress.NotFound", 400 };
static const struct err_kind already = { "Resource.AlreadyAssociated", 400 };
static const struct err_kind no_instance = { "InvalidInstanceID", 400 };
static const struct err_kind not_permitted = { "OperationNotPermitted", 400 };

/* AssociateAddress */

static void
clear(json_t *doc)
{
	static const char *const members[] = { "AssociationId", "InstanceId",
		"NetworkInterfaceId", "NetworkInterfaceOwnerId", "PrivateIpAddress" };

	for (size_t i = 0; i < COUNT(members); i++)
		json_del(doc, members[i]);
}

/* The interface of the input: its own, or the first of the instance. */
static int
target(struct call *c, json_t **ret)
{
	const char *interface = in_str(c, "NetworkInterfaceId"),
		   *id = in_str(c, "InstanceId");
	json_t *instance;

	if (interface == NULL && id == NULL)
		return err_set(&c->err, &ec2_missing,
		    "Either 'InstanceId' or 'NetworkInterfaceId' must be specified");
	if (interface != NULL ? call_allow(c, &ec2_network_interface, interface) < 0 :
				call_allow(c, &ec2_instance, id) < 0)
		return -1;
	if (interface == NULL) {
		if (resource_get(c, &ec2_instance, id, &instance) < 0)
			return -1;
		interface =
		    json_str(json_array_get(json_get(instance, "NetworkInterfaces"), 0),
			"NetworkInterfaceId");
		if (interface == NULL || instance_state(instance) == STATE_SHUTTING_DOWN)
			return err_set(&c->err, &no_instance,
			    "The instance '%s' is not in a state from which an address can be "
			    "associated.",
			    id);
	}
	return resource_get(c, &ec2_network_interface, interface, ret);
}

static int
check_gateway(struct call *c, const json_t *interface)
{
	static const struct err_kind no_gateway = { "Gateway.NotAttached", 400 };
	const char *vpc_id = json_str_or(interface, "VpcId", "");
	json_t *vpc;

	if (resource_get(c, &ec2_vpc, vpc_id, &vpc) < 0)
		return -1;
	if (!json_bool(vpc, "_internet", 0))
		return err_set(&c->err, &no_gateway,
		    "Network %s is not attached to any internet gateway", vpc_id);
	return 0;
}

/*
 * What the private address has now makes room: an address of its own goes back, an Elastic
 * one stays free.
 */
static int
make_room(struct call *c, const json_t *interface, const json_t *row,
    const char *allocation)
{
	const json_t *old = json_get(row, "Association");
	const char *id = json_str(old, "AllocationId");
	json_t *doc;

	if (old == NULL)
		return 0;
	if (id == NULL) {
		ec2_public_give_back(c, json_str_or(old, "PublicIp", ""));
		return 0;
	}
	if (strcmp(id, allocation) == 0)
		return 0;
	if (!in_bool(c, "AllowReassociation", 1))
		return err_set(&c->err, &already,
		    "resource %s is already associated with an address",
		    resource_id(&ec2_network_interface, interface));
	if (resource_edit(c, &ec2_address, id, &doc) < 0)
		return -1;
	clear(doc);
	resource_put(c, &ec2_address, doc);
	return 0;
}

/* The interface that the address leads to no longer says so. */
static int
leave(struct call *c, const json_t *doc)
{
	const struct ec2_association none = {
		.private = json_str(doc, "PrivateIpAddress"),
	};
	const char *interface = json_str(doc, "NetworkInterfaceId");

	return interface == NULL ? 0 : ec2_associate(c, interface, &none);
}

/* A service's own interface is not the user's to lead addresses to, or away from. */
static int
check_managed(struct call *c, const char *interface_id)
{
	json_t *doc;
	int rc = interface_id == NULL ?
	    0 :
	    resource_find(c, &ec2_network_interface, interface_id, &doc);

	if (rc > 0 && json_bool(doc, "RequesterManaged", 0))
		return err_set(&c->err, &not_permitted,
		    "You are not allowed to manage 'ela-attach' attachments.");
	return rc < 0 ? -1 : 0;
}

int
address_associate(struct call *c, const char *allocation, const char *interface,
    const char *private, const char **ret_id)
{
	struct ec2_association association = { .allocation_id = allocation };
	json_t *doc, *to;

	if (resource_edit(c, &ec2_address, allocation, &doc) < 0 ||
	    resource_get(c, &ec2_network_interface, interface, &to) < 0 ||
	    leave(c, doc) < 0)
		return -1;
	clear(doc);
	json_set_str(doc, "AssociationId", record_id(c, "eipassoc-"));
	json_set_str(doc, "NetworkInterfaceId", interface);
	json_set_str(doc, "NetworkInterfaceOwnerId", c->account);
	json_set_str(doc, "PrivateIpAddress",
	    json_str(interface_address(to, private), "PrivateIpAddress"));
	json_set_str(doc, "InstanceId",
	    json_str(json_get(to, "Attachment"), "InstanceId"));
	resource_put(c, &ec2_address, doc);
	association.address = json_str(doc, "PublicIp");
	association.association_id = json_str(doc, "AssociationId");
	association.private = private;
	*ret_id = association.association_id;
	return ec2_associate(c, interface, &association);
}

int
address_disassociate(struct call *c, const char *allocation)
{
	json_t *doc;

	if (resource_edit(c, &ec2_address, allocation, &doc) < 0 || leave(c, doc) < 0)
		return -1;
	clear(doc);
	resource_put(c, &ec2_address, doc);
	return 0;
}

static int
associate(struct call *c)
{
	const char *id, *private = in_str(c, "PrivateIpAddress"), *association;
	json_t *doc, *interface, *row;

	if (address_named(c, &doc) < 0 || target(c, &interface) < 0 ||
	    check_managed(c, resource_id(&ec2_network_interface, interface)) < 0 ||
	    check_managed(c, json_str(doc, "NetworkInterfaceId")) < 0 ||
	    check_gateway(c, interface) < 0)
		return -1;
	id = resource_id(&ec2_address, doc);
	row = interface_address(interface, private);
	if (row == NULL)
		return err_set(&c->err, &ec2_bad_value,
		    "The private IP address '%s' is not assigned to the interface.",
		    private != NULL ? private : "");
	if (json_get(doc, "AssociationId") != NULL &&
	    !in_bool(c, "AllowReassociation", 1))
		return err_set(&c->err, &already,
		    "resource %s is already associated with associate-id %s", id,
		    json_str_or(doc, "AssociationId", ""));
	if (make_room(c, interface, row, id) < 0 ||
	    address_associate(c, id, resource_id(&ec2_network_interface, interface),
		private, &association) < 0)
		return -1;
	out_str(c, "AssociationId", association);
	return 0;
}

/* DisassociateAddress */

static int
disassociate(struct call *c)
{
	const char *id = in_str(c, "AssociationId"), *address = in_str(c, "PublicIp");
	json_t *doc;
	int rc;

	if (id == NULL && address == NULL)
		return err_set(&c->err, &ec2_missing,
		    "Either 'AssociationId' or 'PublicIp' must be specified");
	rc = id != NULL ? resource_find_by(c, &ec2_address, "AssociationId", id, &doc) :
			  resource_find_by(c, &ec2_address, "PublicIp", address, &doc);
	if (rc == 0 && id != NULL)
		return err_set(&c->err, &no_association,
		    "The association ID '%s' does not exist", id);
	if (rc == 0)
		return err_set(&c->err, &no_address, "Address '%s' not found.", address);
	if (rc < 0 || call_allow(c, &ec2_address, resource_id(&ec2_address, doc)) < 0 ||
	    check_managed(c, json_str(doc, "NetworkInterfaceId")) < 0)
		return -1;
	return address_disassociate(c, resource_id(&ec2_address, doc));
}

/* What changes in an address when its interface does. */
static void
follow(json_t *doc, const json_t *interface)
{
	const char *instance = json_str(json_get(interface, "Attachment"), "InstanceId");

	json_del(doc, "InstanceId");
	json_set_str(doc, "InstanceId", instance);
	json_set_str(doc, "NetworkInterfaceId",
	    resource_id(&ec2_network_interface, interface));
}

/* The row of the interface that has the association, or NULL. */
static const json_t *
row_with(const json_t *interface, const char *association)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(interface, "PrivateIpAddresses"), i, row) {
		if (strcmp(json_str_or(json_get(row, "Association"), "AssociationId",
			       "-"),
			association) == 0)
			return row;
	}
	return NULL;
}

int
address_follow_interface(struct call *c, const json_t *interface)
{
	const char *id = resource_id(&ec2_network_interface, interface);
	struct store_docs all;
	json_t *doc;

	if (resource_list(c, &ec2_address, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const char *association = json_str_or(all.doc[i], "AssociationId", "");
		int is_its = row_with(interface, association) != NULL;

		if (!is_its &&
		    strcmp(json_str_or(all.doc[i], "NetworkInterfaceId", ""), id) != 0)
			continue;
		if (resource_edit(c, &ec2_address, resource_id(&ec2_address, all.doc[i]),
			&doc) < 0)
			return -1;
		if (is_its)
			follow(doc, interface);
		else
			clear(doc);
		resource_put(c, &ec2_address, doc);
	}
	return 0;
}

int
address_forget_interface(struct call *c, const char *interface_id)
{
	json_t *none =
	    json_own(c->arena, json_make("{s:s}", "NetworkInterfaceId", interface_id));

	return address_follow_interface(c, none);
}

static const struct op ops[] = {
	OP_RES("AssociateAddress", associate, 0, &ec2_address, "AllocationId",
	    "Lead an Elastic IP address to an instance."),
	OP("DisassociateAddress", disassociate, OP_ASKS,
	    "Take an Elastic IP address off."),
};
const struct family ec2_address_associations = FAMILY(ops, NULL);
