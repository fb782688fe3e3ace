/*
 * EC2: VPN gateways, on AWS's side, and customer gateways, on the other.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/route_table.h"
#include "control/services/ec2/network/vpn.h"

static const struct err_kind no_customer = { "InvalidCustomerGatewayID.NotFound", 400 };
static const struct err_kind bad_customer = { "InvalidCustomerGatewayId.Malformed", 400 };
static const struct err_kind no_gateway = { "InvalidVpnGatewayID.NotFound", 400 };
static const struct err_kind bad_gateway = { "InvalidVpnGatewayID.Malformed", 400 };
static const struct err_kind not_attached = { "InvalidVpnGatewayAttachment.NotFound",
	400 };
static const struct err_kind limit = { "VpnGatewayAttachmentLimitExceeded", 400 };
static const struct err_kind in_use = { "IncorrectState", 400 };

static const struct filter customer_filters[] = {
	{ "bgp-asn", "BgpAsn" },
	{ "customer-gateway-id", "CustomerGatewayId" },
	{ "ip-address", "IpAddress" },
	{ "state", "State" },
	{ "type", "Type" },
	{ NULL, NULL },
};
const struct resource ec2_customer_gateway = {
	.service = "ec2",
	.kind = "ec2:customer-gateway",
	.type = "customer-gateway",
	.prefix = "cgw-",
	.id_member = "CustomerGatewayId",
	.list_member = "CustomerGateways",
	.ids_member = "CustomerGatewayIds",
	.noun = "customerGateway ID",
	.not_found = &no_customer,
	.malformed = &bad_customer,
	.filters = customer_filters,
};

static const struct filter gateway_filters[] = {
	{ "amazon-side-asn", "AmazonSideAsn" },
	{ "attachment.state", "VpcAttachments.State" },
	{ "attachment.vpc-id", "VpcAttachments.VpcId" },
	{ "availability-zone", "AvailabilityZone" },
	{ "state", "State" },
	{ "type", "Type" },
	{ "vpn-gateway-id", "VpnGatewayId" },
	{ NULL, NULL },
};
const struct resource ec2_vpn_gateway = {
	.service = "ec2",
	.kind = "ec2:vpn-gateway",
	.type = "vpn-gateway",
	.prefix = "vgw-",
	.id_member = "VpnGatewayId",
	.list_member = "VpnGateways",
	.ids_member = "VpnGatewayIds",
	.noun = "vpnGateway ID",
	.not_found = &no_gateway,
	.malformed = &bad_gateway,
	.filters = gateway_filters,
};

/* CreateCustomerGateway: the same one twice is one. */

struct customer {
	const char *address, *asn, *extended, *device, *certificate;
};

static int
read_customer(struct call *c, struct customer *ret)
{
	int64_t asn = in_int(c, "BgpAsn", 65000), big = in_int(c, "BgpAsnExtended", 0);
	uint32_t address;
	uint8_t address6[16];

	ret->address =
	    in_has(c, "IpAddress") ? in_str(c, "IpAddress") : in_str(c, "PublicIp");
	ret->device = in_str(c, "DeviceName");
	ret->certificate = in_str(c, "CertificateArn");
	if (in_has(c, "IpAddress") && in_has(c, "PublicIp"))
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter ipAddress cannot be used with the parameter publicIp");
	if (in_has(c, "BgpAsn") && big != 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter bgpAsn cannot be used with the parameter bgpAsnExtended");
	if (ret->address == NULL && ret->certificate == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter ipAddress");
	if (ret->address != NULL && !ip4_parse(ret->address, &address) &&
	    !ip6_parse(ret->address, address6))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter ipAddress is invalid. Invalid IP address.",
		    ret->address);
	if (asn < 1 || (big != 0 && (big <= 2147483647 || big > 4294967295)))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter bgpAsn is invalid.",
		    (long long)(big != 0 ? big : asn));
	if (big == 0)
		ret->asn = arena_printf(c->arena, "%lld", (long long)asn);
	else
		ret->extended = arena_printf(c->arena, "%lld", (long long)big);
	return record_check_text(c, "deviceName", ret->device);
}

static int
is_same(const json_t *doc, const struct customer *a)
{
	const struct {
		const char *member, *value;
	} rows[] = { { "IpAddress", a->address }, { "BgpAsn", a->asn },
		{ "BgpAsnExtended", a->extended }, { "DeviceName", a->device },
		{ "CertificateArn", a->certificate } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (strcmp(json_str_or(doc, rows[i].member, ""),
			rows[i].value != NULL ? rows[i].value : "") != 0)
			return 0;
	}
	return 1;
}

static int
create_customer(struct call *c)
{
	struct customer in = { NULL, NULL, NULL, NULL, NULL };
	struct store_docs docs;
	json_t *doc;

	if (read_customer(c, &in) < 0 || record_list(c, &ec2_customer_gateway, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (is_same(docs.doc[i], &in)) {
			out_ref(c, "CustomerGateway", docs.doc[i]);
			return 0;
		}
	}
	doc = resource_new(c, &ec2_customer_gateway, NULL);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "State", "available");
	json_set_str(doc, "Type", in_str(c, "Type"));
	json_set_str(doc, "IpAddress", in.address);
	json_set_str(doc, "BgpAsn", in.asn);
	json_set_str(doc, "BgpAsnExtended", in.extended);
	json_set_str(doc, "DeviceName", in.device);
	json_set_str(doc, "CertificateArn", in.certificate);
	resource_put(c, &ec2_customer_gateway, doc);
	out_ref(c, "CustomerGateway", doc);
	return 0;
}

/* No connection uses it: 0 or -1. */
static int
check_unused(struct call *c, const struct resource *r, const char *id)
{
	json_t *used;
	int rc = record_find_by(c, &ec2_vpn_connection, r->id_member, id, &used);

	if (rc > 0)
		return err_set(&c->err, &in_use, "The %s '%s' is in use by %s", r->type,
		    id, resource_id(&ec2_vpn_connection, used));
	return rc < 0 ? -1 : 0;
}

static int
delete_customer(struct call *c)
{
	const char *id = in_str(c, "CustomerGatewayId");
	json_t *doc;

	if (record_edit(c, &ec2_customer_gateway, id, &doc) < 0 ||
	    check_unused(c, &ec2_customer_gateway, id) < 0)
		return -1;
	json_set_str(doc, "State", "deleted");
	return record_retire(c, &ec2_customer_gateway, doc);
}

/* CreateVpnGateway, DeleteVpnGateway */

static int
create_gateway(struct call *c)
{
	int64_t asn = in_int(c, "AmazonSideAsn", 64512);
	const char *zone = in_str(c, "AvailabilityZone");
	json_t *doc;
	unsigned i = 0;

	if (!(asn >= 64512 && asn <= 65534) && !(asn >= 4200000000 && asn <= 4294967294))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter amazonSideAsn is invalid. The ASN must be in "
		    "the range 64512-65534 or 4200000000-4294967294.",
		    (long long)asn);
	while (zone != NULL && i < EC2_ZONES && strcmp(ec2_zone_name(c, i), zone) != 0)
		i++;
	if (i == EC2_ZONES)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter availabilityZone is invalid.", zone);
	doc = resource_new(c, &ec2_vpn_gateway, NULL);
	if (doc == NULL)
		return -1;
	json_set_int(doc, "AmazonSideAsn", asn);
	json_set_str(doc, "State", "available");
	json_set_str(doc, "Type", in_str(c, "Type"));
	json_set_str(doc, "AvailabilityZone", zone);
	json_set(doc, "VpcAttachments", json_new_array());
	resource_put(c, &ec2_vpn_gateway, doc);
	out_ref(c, "VpnGateway", doc);
	return 0;
}

static int
delete_gateway(struct call *c)
{
	const char *id = in_str(c, "VpnGatewayId");
	json_t *doc;

	if (record_edit(c, &ec2_vpn_gateway, id, &doc) < 0 ||
	    check_unused(c, &ec2_vpn_gateway, id) < 0)
		return -1;
	if (json_array_size(json_get(doc, "VpcAttachments")) > 0)
		return err_set(&c->err, &in_use, "The vpnGateway '%s' is in use by %s",
		    id,
		    json_str_or(json_array_get(json_get(doc, "VpcAttachments"), 0),
			"VpcId", ""));
	json_set_str(doc, "State", "deleted");
	return record_retire(c, &ec2_vpn_gateway, doc);
}

/* AttachVpnGateway, DetachVpnGateway: one gateway a VPC, one VPC a gateway */

static void
answer(struct call *c, const char *vpc_id, const char *state)
{
	out_set(c, "VpcAttachment",
	    json_make("{s:s, s:s}", "VpcId", vpc_id, "State", state));
}

static int
attach(struct call *c)
{
	const char *id = in_str(c, "VpnGatewayId"), *vpc_id = in_str(c, "VpcId"), *now;
	json_t *doc, *vpc, *other;
	int rc;

	if (call_allow(c, &ec2_vpc, vpc_id) < 0 ||
	    record_edit(c, &ec2_vpn_gateway, id, &doc) < 0 ||
	    resource_get(c, &ec2_vpc, vpc_id, &vpc) < 0)
		return -1;
	now = json_str(json_array_get(json_get(doc, "VpcAttachments"), 0), "VpcId");
	if (now != NULL && strcmp(now, vpc_id) == 0) {
		answer(c, vpc_id, "attached");
		return 0;
	}
	rc = record_find_by(c, &ec2_vpn_gateway, "VpcAttachments.VpcId", vpc_id, &other);
	if (rc < 0)
		return -1;
	if (now != NULL || rc > 0)
		return err_set(&c->err, &limit,
		    "The maximum number of virtual private gateway attachments has been "
		    "reached.");
	json_add(json_need_array(doc, "VpcAttachments"),
	    json_make("{s:s, s:s}", "VpcId", vpc_id, "State", "attached"));
	resource_put(c, &ec2_vpn_gateway, doc);
	answer(c, vpc_id, "attaching");
	return 0;
}

static int
detach(struct call *c)
{
	const char *id = in_str(c, "VpnGatewayId"), *vpc_id = in_str(c, "VpcId");
	json_t *doc, *vpc;

	if (call_allow(c, &ec2_vpc, vpc_id) < 0 ||
	    record_edit(c, &ec2_vpn_gateway, id, &doc) < 0 ||
	    resource_get(c, &ec2_vpc, vpc_id, &vpc) < 0)
		return -1;
	if (strcmp(json_str_or(json_array_get(json_get(doc, "VpcAttachments"), 0),
		       "VpcId", ""),
		vpc_id) != 0)
		return err_set(&c->err, &not_attached,
		    "The attachment with vpn gateway ID '%s' and vpc ID '%s' does not exist",
		    id, vpc_id);
	json_set(doc, "VpcAttachments", json_new_array());
	resource_put(c, &ec2_vpn_gateway, doc);
	return ec2_route_table_forget_gateway(c, id);
}

static const struct op customer_ops[] = {
	OP_RES("CreateCustomerGateway", create_customer, 0, &ec2_customer_gateway, NULL,
	    "Name the customer's end of a VPN."),
	OP_RES("DeleteCustomerGateway", delete_customer, 0, &ec2_customer_gateway,
	    "CustomerGatewayId", "Delete a customer gateway without connections."),
	OP_RES("DescribeCustomerGateways", record_describe, OP_READ,
	    &ec2_customer_gateway, NULL, "List customer gateways."),
};
static const struct resource *const customer_resources[] = { &ec2_customer_gateway,
	NULL };
const struct family ec2_customer_gateways = FAMILY(customer_ops, customer_resources);

static const struct op gateway_ops[] = {
	OP_RES("AttachVpnGateway", attach, 0, &ec2_vpn_gateway, "VpnGatewayId",
	    "Attach a VPN gateway to a VPC."),
	OP_RES("CreateVpnGateway", create_gateway, 0, &ec2_vpn_gateway, NULL,
	    "Create a VPN gateway."),
	OP_RES("DeleteVpnGateway", delete_gateway, 0, &ec2_vpn_gateway, "VpnGatewayId",
	    "Delete a VPN gateway that nothing uses."),
	OP_RES("DescribeVpnGateways", record_describe, OP_READ, &ec2_vpn_gateway, NULL,
	    "List VPN gateways."),
	OP_RES("DetachVpnGateway", detach, 0, &ec2_vpn_gateway, "VpnGatewayId",
	    "Detach a VPN gateway from its VPC."),
};
static const struct resource *const gateway_resources[] = { &ec2_vpn_gateway, NULL };
const struct family ec2_vpn_gateways = FAMILY(gateway_ops, gateway_resources);
