/*
 * EC2: connections of endpoints to users' services, and who hears of them.
 *
 * Not emulated: the messages themselves; a notification is a record.
 */
#include <string.h>

#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/vpc_endpoint.h"

static const struct err_kind no_endpoint = { "InvalidVpcEndpointId.NotFound", 400 };
static const struct err_kind bad_state = { "InvalidState", 400 };
static const struct err_kind no_notification = { "InvalidConnectionNotification", 400 };
static const struct err_kind bad_parameter = { "InvalidParameter", 400 };

static const struct filter filters[] = {
	{ "ip-address-type", "IpAddressType" },
	{ "service-id", "ServiceId" },
	{ "vpc-endpoint-id", "VpcEndpointId" },
	{ "vpc-endpoint-owner", "VpcEndpointOwner" },
	{ "vpc-endpoint-region", "VpcEndpointRegion" },
	{ "vpc-endpoint-state", "VpcEndpointState" },
	{ NULL, NULL },
};
static const struct resource rows = {
	.service = "ec2",
	.kind = "ec2:vpc-endpoint-connection",
	.id_member = "VpcEndpointConnectionId",
	.list_member = "VpcEndpointConnections",
	.noun = "connection",
	.not_found = &no_endpoint,
	.filters = filters,
	.page_min = 1,
};

static void
add_row(json_t *list, const json_t *service, const json_t *user)
{
	static const struct record_member of_endpoint[] = {
		{ "VpcEndpointId", NULL, NULL }, { "OwnerId", "VpcEndpointOwner", NULL },
		{ "State", "VpcEndpointState", NULL },
		{ "CreationTimestamp", NULL, NULL }, { "DnsEntries", NULL, NULL },
		{ "IpAddressType", NULL, NULL },
		{ "ServiceRegion", "VpcEndpointRegion", NULL },
		{ "_connection", "VpcEndpointConnectionId", NULL }, { NULL, NULL, NULL }
	};
	static const struct record_member of_service[] = { { "ServiceId", NULL, NULL },
		{ "NetworkLoadBalancerArns", NULL, NULL },
		{ "GatewayLoadBalancerArns", NULL, NULL }, { NULL, NULL, NULL } };
	json_t *row = json_add_object(list);

	record_change(row, service, of_service);
	record_change(row, json_get(user, "doc"), of_endpoint);
	json_set(row, "Tags", json_new_array());
}

static int
describe(struct call *c)
{
	json_t *list = json_own(c->arena, json_new_array()), *users, *service;
	const json_t *user;
	size_t k;

	users = vpc_endpoint_users(c, NULL);
	if (users == NULL)
		return -1;
	json_array_foreach(users, k, user) {
		const char *id = json_str_or(json_get(user, "doc"), "_service", "");
		int rc = resource_find(c, &ec2_vpc_endpoint_service, id, &service);

		if (rc < 0)
			return -1;
		if (rc > 0)
			add_row(list, service, user);
	}
	return record_rows(c, &rows, list);
}

/* Accept, Reject */

static int
is_from(const char *const *states, const char *state)
{
	for (; *states != NULL; states++) {
		if (strcmp(*states, state) == 0)
			return 1;
	}
	return 0;
}

static int
decide_one(struct call *c, const json_t *users, const char *id, const char *const *from,
    const char *to)
{
	const json_t *user;
	json_t *doc;
	size_t i;
	int rc;

	json_array_foreach(users, i, user) {
		const char *scope = json_str_or(user, "scope", "");
		const char *state = json_str_or(json_get(user, "doc"), "State", "");

		if (strcmp(resource_id(&ec2_vpc_endpoint, json_get(user, "doc")), id) !=
		    0)
			continue;
		if (!is_from(from, state))
			return err_set(&c->err, &bad_state,
			    "The VPC endpoint %s is in the state %s.", id, state);
		rc = store_edit(c->txn, scope, ec2_vpc_endpoint.kind, id, &doc, &c->err);
		if (rc < 0)
			return -1;
		if (rc == 0)
			break;
		json_set_str(doc, "State", to);
		store_put(c->txn, scope, ec2_vpc_endpoint.kind, id, doc);
		return 0;
	}
	return err_set(&c->err, &no_endpoint, "The Vpc Endpoint Id '%s' does not exist",
	    id);
}

static int
decide(struct call *c, const char *const *from, const char *to)
{
	static const char *const refused[] = { "TransitGatewayAttachmentIds", NULL };
	json_t *failed = json_own(c->arena, json_new_array()), *service, *users;
	const json_t *v;
	size_t i;

	if (ec2_refuse(c, refused) < 0 ||
	    resource_get(c, &ec2_vpc_endpoint_service, in_str(c, "ServiceId"), &service) <
		0)
		return -1;
	users = vpc_endpoint_users(c, in_str(c, "ServiceId"));
	if (users == NULL)
		return -1;
	json_array_foreach(in_list(c, "VpcEndpointIds"), i, v) {
		if (decide_one(c, users, json_string_value(v), from, to) == 0)
			continue;
		if (c->err.kind->status >= 500)
			return -1;
		record_unsuccessful(c, failed, json_string_value(v));
	}
	out_ref(c, "Unsuccessful", failed);
	return 0;
}

static int
accept(struct call *c)
{
	static const char *const from[] = { "pendingAcceptance", "rejected", NULL };

	return decide(c, from, "available");
}

static int
reject(struct call *c)
{
	static const char *const from[] = { "pendingAcceptance", "available", NULL };

	return decide(c, from, "rejected");
}

/* Notifications */

static const struct filter notification_filters[] = {
	{ "connection-notification-arn", "ConnectionNotificationArn" },
	{ "connection-notification-id", "ConnectionNotificationId" },
	{ "connection-notification-state", "ConnectionNotificationState" },
	{ "connection-notification-type", "ConnectionNotificationType" },
	{ "service-id", "ServiceId" },
	{ "vpc-endpoint-id", "VpcEndpointId" },
	{ NULL, NULL },
};
static const struct resource notification = {
	.service = "ec2",
	.kind = "ec2:vpc-endpoint-connection-notification",
	.type = "vpc-endpoint-connection-notification",
	.prefix = "vpce-nfn-",
	.id_member = "ConnectionNotificationId",
	.list_member = "ConnectionNotificationSet",
	.noun = "connection notification",
	.not_found = &no_notification,
	.filters = notification_filters,
	.no_tags = 1,
	.page_min = 1,
};

static int
check_events(struct call *c, const json_t *events)
{
	static const char *const known[] = { "Accept", "Connect", "Delete", "Reject",
		NULL };
	const json_t *v;
	size_t i;

	json_array_foreach(events, i, v) {
		if (!is_from(known, json_string_value(v)))
			return err_set(&c->err, &bad_parameter,
			    "Invalid connection event: '%s'", json_string_value(v));
	}
	return 0;
}

static int
check_topic(struct call *c, const char *arn)
{
	if (arn != NULL && strncmp(arn, "arn:aws:sns:", 12) != 0)
		return err_set(&c->err, &bad_parameter,
		    "The connection notification ARN '%.200s' is not that of a topic.",
		    arn);
	return 0;
}

static int
create_notification(struct call *c)
{
	const char *service = in_str(c, "ServiceId"),
		   *endpoint = in_str(c, "VpcEndpointId");
	json_t *of, *doc;

	if ((service == NULL) == (endpoint == NULL))
		return err_set(&c->err, &ec2_bad_combination,
		    "Exactly one of serviceId and vpcEndpointId must be specified.");
	if ((service != NULL &&
		resource_get(c, &ec2_vpc_endpoint_service, service, &of) < 0) ||
	    (endpoint != NULL && resource_get(c, &ec2_vpc_endpoint, endpoint, &of) < 0) ||
	    check_topic(c, in_str(c, "ConnectionNotificationArn")) < 0 ||
	    check_events(c, in_list(c, "ConnectionEvents")) < 0)
		return -1;
	if (json_array_size(in_list(c, "ConnectionEvents")) == 0)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter connectionEvents");
	doc = resource_new(c, &notification, NULL);
	json_set_str(doc, "ServiceId", service);
	json_set_str(doc, "VpcEndpointId", endpoint);
	json_set_str(doc, "ConnectionNotificationType", "Topic");
	json_set_str(doc, "ConnectionNotificationArn",
	    in_str(c, "ConnectionNotificationArn"));
	json_set(doc, "ConnectionEvents", json_copy_deep(in_list(c, "ConnectionEvents")));
	json_set_str(doc, "ConnectionNotificationState", "Enabled");
	json_set_str(doc, "ServiceRegion", c->region);
	resource_put(c, &notification, doc);
	out_ref(c, "ConnectionNotification", doc);
	out_str(c, "ClientToken", in_str(c, "ClientToken"));
	return 0;
}

static int
modify_notification(struct call *c)
{
	const json_t *events = in_list(c, "ConnectionEvents");
	json_t *doc;

	if (resource_edit(c, &notification, in_str(c, "ConnectionNotificationId"), &doc) <
		0 ||
	    check_topic(c, in_str(c, "ConnectionNotificationArn")) < 0 ||
	    check_events(c, events) < 0)
		return -1;
	json_set_str(doc, "ConnectionNotificationArn",
	    in_str(c, "ConnectionNotificationArn"));
	if (json_array_size(events) > 0)
		json_set(doc, "ConnectionEvents", json_copy_deep(events));
	resource_put(c, &notification, doc);
	out_bool(c, "ReturnValue", 1);
	return 0;
}

static int
delete_notifications(struct call *c)
{
	json_t *failed = json_own(c->arena, json_new_array()), *doc;
	const json_t *v;
	size_t i;

	json_array_foreach(in_list(c, "ConnectionNotificationIds"), i, v) {
		const char *id = json_string_value(v);

		if (resource_get(c, &notification, id, &doc) == 0)
			resource_delete_doc(c, &notification, id);
		else if (c->err.kind->status >= 500)
			return -1;
		else
			record_unsuccessful(c, failed, id);
	}
	out_ref(c, "Unsuccessful", failed);
	return 0;
}

static json_t *
the_one(struct call *c, json_t *doc)
{
	const char *id = in_str(c, "ConnectionNotificationId");

	return id == NULL || strcmp(resource_id(&notification, doc), id) == 0 ? doc :
										NULL;
}

static int
describe_notifications(struct call *c)
{
	const char *id = in_str(c, "ConnectionNotificationId");
	json_t *doc;

	if (id != NULL && resource_get(c, &notification, id, &doc) < 0)
		return -1;
	return record_describe_as(c, the_one);
}

#define OF_SERVICE(name_, run_, doc_) \
	OP_RES(name_, run_, 0, &ec2_vpc_endpoint_service, "ServiceId", doc_)

static const struct op ops[] = {
	OF_SERVICE("AcceptVpcEndpointConnections", accept,
	    "Let endpoints use a service."),
	OP("DescribeVpcEndpointConnections", describe, OP_READ,
	    "List the endpoints of one's own services."),
	OF_SERVICE("RejectVpcEndpointConnections", reject,
	    "Keep endpoints from a service."),
};
const struct family ec2_vpc_endpoint_connections = FAMILY(ops, NULL);

static const struct op notification_ops[] = {
	OP_RES("CreateVpcEndpointConnectionNotification", create_notification, OP_TOKEN,
	    &notification, NULL,
	    "Tell a topic of an endpoint's or service's connections."),
	OP_RES("DeleteVpcEndpointConnectionNotifications", delete_notifications, 0,
	    &notification, "ConnectionNotificationIds", "Tell a topic no more."),
	OP_RES("DescribeVpcEndpointConnectionNotifications", describe_notifications,
	    OP_READ, &notification, NULL, "List who hears of connections."),
	OP_RES("ModifyVpcEndpointConnectionNotification", modify_notification, 0,
	    &notification, "ConnectionNotificationId", "Change who hears of what."),
};
static const struct resource *const notification_resources[] = { &notification, NULL };
const struct family ec2_vpc_endpoint_notifications =
    FAMILY(notification_ops, notification_resources);
