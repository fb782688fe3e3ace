/*
 * EC2: targets and sessions of traffic mirroring.
 */
#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/traffic_mirror.h"
#include "control/services/ec2/network/vpc_endpoint.h"

static const struct err_kind no_target = { "InvalidTrafficMirrorTargetId.NotFound", 400 };
static const struct err_kind bad_target = { "InvalidTrafficMirrorTargetId.Malformed",
	400 };
static const struct err_kind no_session = { "InvalidTrafficMirrorSessionId.NotFound",
	400 };
static const struct err_kind bad_session = { "InvalidTrafficMirrorSessionId.Malformed",
	400 };
static const struct err_kind in_use = { "TrafficMirrorTargetInUse", 400 };
static const struct err_kind same_number = { "TrafficMirrorSessionNumberInUse", 400 };

enum { MAX_SESSION = 32766, MAX_PACKET = 8500, MAX_NETWORK = 0xffffff };

static const struct filter target_filters[] = {
	{ "description", "Description" },
	{ "network-interface-id", "NetworkInterfaceId" },
	{ "network-load-balancer-arn", "NetworkLoadBalancerArn" },
	{ "owner-id", "OwnerId" },
	{ "traffic-mirror-target-id", "TrafficMirrorTargetId" },
	{ NULL, NULL },
};
static const struct resource target = {
	.service = "ec2",
	.kind = "ec2:traffic-mirror-target",
	.type = "traffic-mirror-target",
	.prefix = "tmt-",
	.id_member = "TrafficMirrorTargetId",
	.list_member = "TrafficMirrorTargets",
	.ids_member = "TrafficMirrorTargetIds",
	.noun = "trafficMirrorTarget ID",
	.not_found = &no_target,
	.malformed = &bad_target,
	.filters = target_filters,
};

static const struct filter session_filters[] = {
	{ "description", "Description" },
	{ "network-interface-id", "NetworkInterfaceId" },
	{ "owner-id", "OwnerId" },
	{ "packet-length", "PacketLength" },
	{ "session-number", "SessionNumber" },
	{ "traffic-mirror-filter-id", "TrafficMirrorFilterId" },
	{ "traffic-mirror-session-id", "TrafficMirrorSessionId" },
	{ "traffic-mirror-target-id", "TrafficMirrorTargetId" },
	{ "virtual-network-id", "VirtualNetworkId" },
	{ NULL, NULL },
};
static const struct resource session = {
	.service = "ec2",
	.kind = "ec2:traffic-mirror-session",
	.type = "traffic-mirror-session",
	.prefix = "tms-",
	.id_member = "TrafficMirrorSessionId",
	.list_member = "TrafficMirrorSessions",
	.ids_member = "TrafficMirrorSessionIds",
	.noun = "trafficMirrorSession ID",
	.not_found = &no_session,
	.malformed = &bad_session,
	.filters = session_filters,
};

/* Targets: an interface, a network load balancer, or a gateway load balancer's endpoint */

static const struct {
	const char *member, *type;
} kinds[] = {
	{ "NetworkInterfaceId", "network-interface" },
	{ "NetworkLoadBalancerArn", "network-load-balancer" },
	{ "GatewayLoadBalancerEndpointId", "gateway-load-balancer-endpoint" },
};

static int
check_target(struct call *c)
{
	const char *interface = in_str(c, "NetworkInterfaceId"),
		   *balancer = in_str(c, "NetworkLoadBalancerArn"),
		   *endpoint = in_str(c, "GatewayLoadBalancerEndpointId");
	json_t *doc;

	if ((interface != NULL) + (balancer != NULL) + (endpoint != NULL) != 1)
		return err_set(&c->err, &ec2_bad_combination,
		    "Exactly one of networkInterfaceId, networkLoadBalancerArn and "
		    "gatewayLoadBalancerEndpointId must be specified.");
	if (balancer != NULL &&
	    (strncmp(balancer, "arn:aws:elasticloadbalancing:", 29) != 0 ||
		strstr(balancer, ":loadbalancer/net/") == NULL))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.200s) for parameter networkLoadBalancerArn is invalid.",
		    balancer);
	if (interface != NULL)
		return call_allow(c, &ec2_network_interface, interface) < 0 ?
		    -1 :
		    resource_get(c, &ec2_network_interface, interface, &doc);
	return endpoint != NULL ? resource_get(c, &ec2_vpc_endpoint, endpoint, &doc) : 0;
}

static int
create_target(struct call *c)
{
	json_t *doc;

	if (check_target(c) < 0 ||
	    record_check_text(c, "description", in_str(c, "Description")) < 0)
		return -1;
	doc = record_new(c, &target, NULL, NULL);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "Description", in_str(c, "Description"));
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (!in_has(c, kinds[i].member))
			continue;
		json_set_str(doc, kinds[i].member, in_str(c, kinds[i].member));
		json_set_str(doc, "Type", kinds[i].type);
	}
	resource_put(c, &target, doc);
	out_ref(c, "TrafficMirrorTarget", doc);
	out_str(c, "ClientToken", in_str(c, "ClientToken"));
	return 0;
}

static int
delete_target(struct call *c)
{
	const char *id = in_str(c, "TrafficMirrorTargetId");
	json_t *doc, *used;
	int rc;

	if (resource_get(c, &target, id, &doc) < 0)
		return -1;
	rc = resource_find_by(c, &session, "TrafficMirrorTargetId", id, &used);
	if (rc != 0)
		return rc < 0 ? -1 :
				err_set(&c->err, &in_use,
				    "The traffic mirror target %s is in use by %s.", id,
				    resource_id(&session, used));
	resource_delete_doc(c, &target, id);
	out_str(c, "TrafficMirrorTargetId", id);
	return 0;
}

/* Sessions */

static const struct record_member members[] = {
	{ "TrafficMirrorTargetId", NULL, NULL },
	{ "TrafficMirrorFilterId", NULL, NULL },
	{ "PacketLength", NULL, NULL },
	{ "SessionNumber", NULL, NULL },
	{ "VirtualNetworkId", NULL, NULL },
	{ "Description", NULL, NULL },
	{ NULL, NULL, NULL },
};

static int
check_range(struct call *c, const json_t *doc, const char *name, int64_t min, int64_t max)
{
	int64_t n = json_int(doc, name, min);

	if (n < min || n > max)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter %s is invalid. It must be between %lld and "
		    "%lld.",
		    (long long)n, name, (long long)min, (long long)max);
	return 0;
}

static int
check_number(struct call *c, const json_t *doc)
{
	struct store_docs docs;

	if (resource_list(c, &session, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(resource_id(&session, docs.doc[i]),
			resource_id(&session, doc)) != 0 &&
		    strcmp(json_str_or(docs.doc[i], "NetworkInterfaceId", ""),
			json_str_or(doc, "NetworkInterfaceId", "")) == 0 &&
		    json_int(docs.doc[i], "SessionNumber", 0) ==
			json_int(doc, "SessionNumber", 0))
			return err_set(&c->err, &same_number,
			    "The interface has a session of the number %lld.",
			    (long long)json_int(doc, "SessionNumber", 0));
	}
	return 0;
}

static int
check_session(struct call *c, const json_t *doc)
{
	json_t *other;

	return resource_get(c, &target, json_str_or(doc, "TrafficMirrorTargetId", ""),
		   &other) < 0 ||
		resource_get(c, &ec2_traffic_mirror_filter,
		    json_str_or(doc, "TrafficMirrorFilterId", ""), &other) < 0 ||
		check_range(c, doc, "SessionNumber", 1, MAX_SESSION) < 0 ||
		check_range(c, doc, "PacketLength", 1, MAX_PACKET) < 0 ||
		check_range(c, doc, "VirtualNetworkId", 0, MAX_NETWORK) < 0 ||
		record_check_text(c, "description", json_str(doc, "Description")) < 0 ||
		check_number(c, doc) < 0 ?
	    -1 :
	    0;
}

/* A VXLAN id when none is asked for. */
static void
choose_network(json_t *doc)
{
	uint32_t r;

	if (json_get(doc, "VirtualNetworkId") != NULL)
		return;
	random_bytes(&r, sizeof(r));
	json_set_int(doc, "VirtualNetworkId", 1 + r % MAX_NETWORK);
}

static int
create_session(struct call *c)
{
	const char *interface = in_str(c, "NetworkInterfaceId");
	json_t *other, *doc;

	if (call_allow(c, &ec2_network_interface, interface) < 0 ||
	    resource_get(c, &ec2_network_interface, interface, &other) < 0)
		return -1;
	doc = record_new(c, &session, NULL, NULL);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "NetworkInterfaceId", interface);
	record_fill(c, doc, c->in, members);
	choose_network(doc);
	if (check_session(c, doc) < 0)
		return -1;
	resource_put(c, &session, doc);
	out_ref(c, "TrafficMirrorSession", doc);
	out_str(c, "ClientToken", in_str(c, "ClientToken"));
	return 0;
}

static int
modify_session(struct call *c)
{
	static const struct {
		const char *field, *member;
	} fields[] = { { "packet-length", "PacketLength" },
		{ "description", "Description" },
		{ "virtual-network-id", "VirtualNetworkId" } };
	json_t *doc;

	if (resource_edit(c, &session, in_str(c, "TrafficMirrorSessionId"), &doc) < 0)
		return -1;
	record_change(doc, c->in, members);
	for (size_t i = 0; i < COUNT(fields); i++) {
		if (json_has_str(in_list(c, "RemoveFields"), fields[i].field))
			json_del(doc, fields[i].member);
	}
	choose_network(doc);
	if (check_session(c, doc) < 0)
		return -1;
	resource_put(c, &session, doc);
	out_ref(c, "TrafficMirrorSession", doc);
	return 0;
}

static int
delete_session(struct call *c)
{
	const char *id = in_str(c, "TrafficMirrorSessionId");

	if (resource_delete(c) < 0)
		return -1;
	out_str(c, "TrafficMirrorSessionId", id);
	return 0;
}

static const struct op ops[] = {
	OP_RES("CreateTrafficMirrorSession", create_session, OP_TOKEN, &session, NULL,
	    "Mirror an interface's traffic to a target."),
	OP_RES("CreateTrafficMirrorTarget", create_target, OP_TOKEN, &target, NULL,
	    "Name where mirrored traffic goes."),
	OP_RES("DeleteTrafficMirrorSession", delete_session, 0, &session,
	    "TrafficMirrorSessionId", "Mirror an interface no more."),
	OP_RES("DeleteTrafficMirrorTarget", delete_target, 0, &target,
	    "TrafficMirrorTargetId", "Delete a target that no session uses."),
	OP_RES("DescribeTrafficMirrorSessions", resource_describe, OP_READ, &session,
	    NULL, "List sessions of traffic mirroring."),
	OP_RES("DescribeTrafficMirrorTargets", resource_describe, OP_READ, &target, NULL,
	    "List targets of traffic mirroring."),
	OP_RES("ModifyTrafficMirrorSession", modify_session, 0, &session,
	    "TrafficMirrorSessionId", "Change a session."),
};
static const struct resource *const resources[] = { &target, &session, NULL };
const struct family ec2_traffic_mirror_sessions = FAMILY(ops, resources);
