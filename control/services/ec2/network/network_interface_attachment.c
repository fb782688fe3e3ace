/*
 * EC2: interfaces and their instances: attached, shown, detached.
 *
 * netd plugs an attached interface into a running container, as eth and its device index.
 */
#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/compute/attachment.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/compute/instance_type.h"
#include "control/services/ec2/network/network_interface.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind no_attachment = { "InvalidAttachmentID.NotFound", 400 };
static const struct err_kind limit = { "AttachmentLimitExceeded", 400 };
static const struct err_kind bad_state = { "IncorrectInstanceState", 400 };
static const struct err_kind not_permitted = { "OperationNotPermitted", 400 };
static const struct err_kind no_permission = { "AuthFailure", 403 };

/* The interface as its instance shows it. */
static json_t *
row_of(const json_t *interface)
{
	static const char *const same[] = { "NetworkInterfaceId", "SubnetId", "VpcId",
		"Description", "OwnerId", "MacAddress", "PrivateIpAddress",
		"PrivateDnsName", "SourceDestCheck", "Groups", "PrivateIpAddresses",
		"InterfaceType", "Ipv6Addresses", "Association", "Ipv4Prefixes",
		"Ipv6Prefixes", "ConnectionTrackingConfiguration", "Operator", "Status" },
				 *const of_attachment[] = { "AttachmentId", "AttachTime",
					 "DeviceIndex", "DeleteOnTermination", "Status",
					 "NetworkCardIndex", "EnaSrdSpecification",
					 "EnaQueueCount" };
	const json_t *attachment = json_get(interface, "Attachment");
	json_t *row = json_new_object(), *own = json_need_object(row, "Attachment");

	for (size_t i = 0; i < COUNT(same); i++) {
		if (json_get(interface, same[i]) != NULL)
			json_set(row, same[i],
			    json_copy_deep(json_get(interface, same[i])));
	}
	for (size_t i = 0; i < COUNT(of_attachment); i++) {
		if (json_get(attachment, of_attachment[i]) != NULL)
			json_set(own, of_attachment[i],
			    json_copy_deep(json_get(attachment, of_attachment[i])));
	}
	return row;
}

static void
set_text(json_t *doc, const char *name, const char *text)
{
	json_del(doc, name);
	json_set_str(doc, name, text);
}

/* What an instance says of itself is what its first interface says. */
static void
show_first(json_t *instance, const json_t *row)
{
	const json_t *association = json_get(row, "Association"),
		     *first6 = json_array_get(json_get(row, "Ipv6Addresses"), 0);
	static const char *const same[] = { "SubnetId", "VpcId", "PrivateIpAddress",
		"PrivateDnsName" };

	for (size_t i = 0; i < COUNT(same); i++)
		set_text(instance, same[i], json_str(row, same[i]));
	set_text(instance, "PublicIpAddress", json_str(association, "PublicIp"));
	set_text(instance, "Ipv6Address", json_str(first6, "Ipv6Address"));
	json_set_str(instance, "PublicDnsName",
	    json_str_or(association, "PublicDnsName", ""));
	json_set(instance, "SecurityGroups", json_copy_deep(json_get(row, "Groups")));
	json_set_bool(instance, "SourceDestCheck", json_bool(row, "SourceDestCheck", 1));
}

/* Leave the instance's rows without the interface's. */
static void
forget_row(json_t *instance, const char *id)
{
	json_t *rows = json_need_array(instance, "NetworkInterfaces");

	for (size_t i = 0; i < json_array_size(rows); i++) {
		if (strcmp(json_str_or(json_array_get(rows, i), "NetworkInterfaceId", ""),
			id) == 0) {
			json_array_remove(rows, i);
			return;
		}
	}
}

static int64_t
index_of(const json_t *row)
{
	return json_int(json_get(row, "Attachment"), "DeviceIndex", 0);
}

/* In order of the device index. */
static void
show_row(json_t *instance, const json_t *interface)
{
	json_t *row = row_of(interface), *rows = json_new_array(), *old;
	int is_in = 0;
	size_t i;

	forget_row(instance, resource_id(&ec2_network_interface, interface));
	if (index_of(row) == 0)
		show_first(instance, row);
	json_array_foreach(json_get(instance, "NetworkInterfaces"), i, old) {
		if (!is_in && index_of(old) > index_of(row)) {
			json_add(rows, json_incref(row));
			is_in = 1;
		}
		json_add(rows, json_incref(old));
	}
	if (!is_in)
		json_add(rows, json_incref(row));
	json_decref(row);
	json_set(instance, "NetworkInterfaces", rows);
}

int
interface_put(struct call *c, json_t *interface)
{
	const char *id = json_str(json_get(interface, "Attachment"), "InstanceId");
	json_t *instance;

	resource_put(c, &ec2_network_interface, interface);
	if (id == NULL)
		return 0;
	if (resource_edit(c, &ec2_instance, id, &instance) < 0)
		return -1;
	show_row(instance, interface);
	resource_put(c, &ec2_instance, instance);
	return 0;
}

void
interface_attach(struct call *c, json_t *interface, json_t *instance,
    const struct interface_place *place)
{
	char iso[CLOCK_TEXT];
	json_t *attachment = json_make("{s:s, s:I, s:I, s:s, s:s, s:b, s:s, s:o}",
	    "AttachmentId", record_id(c, "eni-attach-"), "DeviceIndex",
	    (json_int_t)place->device, "NetworkCardIndex", (json_int_t)place->card,
	    "InstanceId", resource_id(&ec2_instance, instance), "InstanceOwnerId",
	    c->account, "DeleteOnTermination", place->delete_on_termination, "Status",
	    place->waits ? "attaching" : "attached", "AttachTime", call_now(c));

	clock_iso8601(c->now_ms, 1, iso);
	json_set_str(interface, "_attach_time", iso);
	json_set(interface, "Attachment", attachment);
	json_set_str(interface, "Status", "in-use");
	resource_put(c, &ec2_network_interface, interface);
	show_row(instance, interface);
}

int
interface_check_count(struct call *c, const char *instance_type, int64_t n)
{
	const struct instance_type *type = instance_type_find(c->arena, instance_type);

	if (type != NULL && n > type->interfaces)
		return err_set(&c->err, &limit,
		    "Interface count %lld exceeds the limit for %s", (long long)n,
		    instance_type);
	return 0;
}

/* netd is to plug it in, or out, before the attachment is what it becomes. */
static int
is_in_container(const struct call *c, const json_t *instance)
{
	return c->env->engine != NULL && instance_state(instance) == STATE_RUNNING;
}

/* AttachNetworkInterface */

static int
check_place(struct call *c, const json_t *instance, const json_t *interface,
    const struct interface_place *place)
{
	const json_t *rows = json_get(instance, "NetworkInterfaces"), *row;
	const char *id = resource_id(&ec2_instance, instance);
	enum instance_state state = instance_state(instance);
	size_t i;

	if (state != STATE_RUNNING && state != STATE_STOPPED)
		return err_set(&c->err, &bad_state,
		    "The instance '%s' is not in a state from which an interface can be attached.",
		    id);
	if (strcmp(json_str_or(json_get(instance, "Placement"), "AvailabilityZone", ""),
		json_str_or(interface, "AvailabilityZone", "")) != 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "You may not attach a network interface to an instance if they are not in the "
		    "same availability zone");
	if (place->device < 0 || place->device > 63 || place->card != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter %s is invalid.",
		    (long long)(place->card != 0 ? place->card : place->device),
		    place->card != 0 ? "networkCardIndex" : "deviceIndex");
	json_array_foreach(rows, i, row) {
		if (index_of(row) == place->device)
			return err_set(&c->err, &ec2_bad_value,
			    "Instance '%s' already has an interface attached at device index '%lld'.",
			    id, (long long)place->device);
	}
	return interface_check_count(c, json_str_or(instance, "InstanceType", ""),
	    (int64_t)json_array_size(rows) + 1);
}

static int
attach(struct call *c)
{
	const char *instance_id = in_str(c, "InstanceId");
	struct interface_place place = {
		.device = in_int(c, "DeviceIndex", 0),
		.card = in_int(c, "NetworkCardIndex", 0),
	};
	json_t *interface, *instance, *attachment;

	if (call_allow(c, &ec2_instance, instance_id) < 0 ||
	    interface_take(c, in_str(c, "NetworkInterfaceId"), &interface) < 0 ||
	    resource_edit(c, &ec2_instance, instance_id, &instance) < 0 ||
	    check_place(c, instance, interface, &place) < 0)
		return -1;
	place.waits = is_in_container(c, instance);
	interface_attach(c, interface, instance, &place);
	attachment = json_get(interface, "Attachment");
	if (in_has(c, "EnaSrdSpecification"))
		json_set(attachment, "EnaSrdSpecification",
		    json_copy_deep(in_object(c, "EnaSrdSpecification")));
	if (in_has(c, "EnaQueueCount"))
		json_set_int(attachment, "EnaQueueCount", in_int(c, "EnaQueueCount", 0));
	show_row(instance, interface);
	resource_put(c, &ec2_instance, instance);
	out_str(c, "AttachmentId", json_str(attachment, "AttachmentId"));
	out_int(c, "NetworkCardIndex", place.card);
	return address_follow_interface(c, interface);
}

/* DetachNetworkInterface */

/* The interface is nobody's again. */
static int
set_free(struct call *c, const char *id)
{
	json_t *doc;

	if (resource_edit(c, &ec2_network_interface, id, &doc) < 0)
		return -1;
	json_del(doc, "Attachment");
	json_del(doc, "_attach_time");
	json_set_str(doc, "Status", "available");
	resource_put(c, &ec2_network_interface, doc);
	store_delete(c->txn, c->scope, ATTACHMENT_KIND, id);
	return address_follow_interface(c, doc);
}

int
interface_leave(struct call *c, const char *id)
{
	json_t *doc;
	int rc = resource_find(c, &ec2_network_interface, id, &doc);

	if (rc <= 0)
		return rc;
	if (!json_bool(json_get(doc, "Attachment"), "DeleteOnTermination", 0))
		return set_free(c, id);
	return ec2_interface_drop(c, id);
}

int
interface_detach(struct call *c, const char *id)
{
	json_t *interface, *instance;
	const char *owner;
	int rc;

	if (resource_get(c, &ec2_network_interface, id, &interface) < 0)
		return -1;
	owner = json_str_or(json_get(interface, "Attachment"), "InstanceId", "");
	rc = store_edit(c->txn, c->scope, ec2_instance.kind, owner, &instance, &c->err);
	if (rc < 0)
		return -1;
	if (rc > 0) {
		forget_row(instance, id);
		resource_put(c, &ec2_instance, instance);
	}
	return set_free(c, id);
}

/* The attachment that the input names, of an instance, to be taken off: 0 or -1. */
static int
read_detached(struct call *c, json_t **ret)
{
	const char *attachment_id = in_str(c, "AttachmentId");
	const json_t *attachment;
	json_t *doc;
	int rc = resource_find_by(c, &ec2_network_interface, "Attachment.AttachmentId",
	    attachment_id, &doc);

	if (rc == 0)
		return err_set(&c->err, &no_attachment,
		    "The attachment ID '%s' does not exist", attachment_id);
	if (rc < 0)
		return -1;
	attachment = json_get(doc, "Attachment");
	if (call_allow(c, &ec2_network_interface,
		resource_id(&ec2_network_interface, doc)) < 0)
		return -1;
	if (json_str(attachment, "InstanceId") == NULL)
		return err_set(&c->err, &no_permission,
		    "You do not have permission to access the specified resource.");
	if (json_int(attachment, "DeviceIndex", 0) == 0)
		return err_set(&c->err, &not_permitted,
		    "The network interface at device index 0 cannot be detached.");
	*ret = doc;
	return 0;
}

/* What netd has plugged in, it has to plug out: until then, "detaching". */
static int
detach(struct call *c)
{
	json_t *doc, *instance, *said;
	const char *id;
	int rc;

	if (read_detached(c, &doc) < 0)
		return -1;
	id = resource_id(&ec2_network_interface, doc);
	rc = store_get(c->txn, c->scope, ATTACHMENT_KIND, id, &said, &c->err);
	if (rc < 0 ||
	    resource_get(c, &ec2_instance,
		json_str_or(json_get(doc, "Attachment"), "InstanceId", ""),
		&instance) < 0)
		return -1;
	if (rc == 0 || in_bool(c, "Force", 0) || !is_in_container(c, instance))
		return interface_detach(c, id);
	if (resource_edit(c, &ec2_network_interface, id, &doc) < 0)
		return -1;
	json_set_str(json_get(doc, "Attachment"), "Status", "detaching");
	return interface_put(c, doc);
}

static const struct op ops[] = {
	OP_RES("AttachNetworkInterface", attach, 0, &ec2_network_interface,
	    "NetworkInterfaceId", "Give an instance one more interface."),
	OP("DetachNetworkInterface", detach, OP_ASKS,
	    "Take an interface off its instance."),
};
const struct family ec2_network_interface_attachments = FAMILY(ops, NULL);
