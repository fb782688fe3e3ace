/*
 * EC2: DescribeVpcEndpointServices: AWS's services, and those of users that the caller may use.
 *
 * Not emulated: services of other regions.
 */
#include <string.h>

#include "control/services/ec2/network/endpoint_list.h"
#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/vpc_endpoint.h"

static const struct err_kind no_service = { "InvalidServiceName", 400 };

static const struct filter service_filters[] = {
	{ "owner", "Owner" },
	{ "service-name", "ServiceName" },
	{ "service-region", "ServiceRegion" },
	{ "service-type", "ServiceType.ServiceType" },
	{ "supported-ip-address-types", "SupportedIpAddressTypes" },
	{ NULL, NULL },
};
static const struct resource service_rows = {
	.service = "ec2",
	.kind = "ec2:vpc-endpoint-service-detail",
	.id_member = "_id",
	.list_member = "ServiceDetails",
	.noun = "service",
	.not_found = &no_service,
	.filters = service_filters,
	.page_min = 1,
};

static void
add_own_by_aws(struct call *c, json_t *list, const struct endpoint_service *s,
    int is_gateway)
{
	const char *name = endpoint_service_name(c, s),
		   *host = endpoint_service_host(c, s);
	json_t *row = json_add_object(list);
	char mac[MAC_TEXT];

	/* An id that stays the same: a hash of the name. */
	plan_mac(name, mac);
	json_set_str(row, "ServiceName", name);
	json_set_fmt(row, "ServiceId", "vpce-svc-%.2s%.2s%.2s%.2s", mac + 6, mac + 9,
	    mac + 12, mac + 15);
	json_set(row, "ServiceType",
	    json_make("[{s:s}]", "ServiceType", is_gateway ? "Gateway" : "Interface"));
	json_set_str(row, "ServiceRegion", c->region);
	endpoint_add_zones(c, row);
	json_set_str(row, "Owner", "amazon");
	json_set_bool(row, "VpcEndpointPolicySupported", 1);
	json_set_bool(row, "AcceptanceRequired", 0);
	json_set_bool(row, "ManagesVpcEndpoints", 0);
	json_set(row, "SupportedIpAddressTypes", json_make("[s]", "ipv4"));
	json_set(row, "Tags", json_new_array());
	json_set(row, "BaseEndpointDnsNames",
	    is_gateway ?
		json_make("[s]", host) :
		json_make("[o]",
		    json_new_fmt("%s.%s.vpce.amazonaws.com", s->name, c->region)));
	if (!is_gateway) {
		json_set_str(row, "PrivateDnsName", host);
		json_set(row, "PrivateDnsNames",
		    json_make("[{s:s}]", "PrivateDnsName", host));
		json_set_str(row, "PrivateDnsNameVerificationState", "verified");
	}
	json_set_fmt(row, "_id", "%s %d", name, is_gateway);
}

static void
add_own(struct call *c, json_t *list, const json_t *doc)
{
	static const struct record_member members[] = { { "ServiceName", NULL, NULL },
		{ "ServiceId", NULL, NULL }, { "ServiceType", NULL, NULL },
		{ "AvailabilityZones", NULL, NULL },
		{ "AvailabilityZoneIds", NULL, NULL },
		{ "BaseEndpointDnsNames", NULL, NULL }, { "PrivateDnsName", NULL, NULL },
		{ "AcceptanceRequired", NULL, NULL },
		{ "ManagesVpcEndpoints", NULL, NULL },
		{ "PayerResponsibility", NULL, NULL },
		{ "SupportedIpAddressTypes", NULL, NULL }, { "Tags", NULL, NULL },
		{ "OwnerId", "Owner", NULL }, { NULL, NULL, NULL } };
	json_t *row = json_add_object(list);
	const char *name = json_str(doc, "PrivateDnsName");

	record_change(row, doc, members);
	json_set_str(row, "ServiceRegion", c->region);
	json_set_bool(row, "VpcEndpointPolicySupported", 0);
	if (name != NULL) {
		json_set(row, "PrivateDnsNames",
		    json_make("[{s:s}]", "PrivateDnsName", name));
		json_set_str(row, "PrivateDnsNameVerificationState",
		    "pendingVerification");
	}
	json_set_str(row, "_id", json_str(doc, "ServiceName"));
}

/* Only the services that were asked for by name; all when none was. */
static int
narrow(struct call *c, json_t *list)
{
	const json_t *names = in_list(c, "ServiceNames"), *v;
	json_t *seen = json_own(c->arena, json_new_array());
	size_t i = 0;

	while (json_array_size(names) > 0 && i < json_array_size(list)) {
		const char *name =
		    json_str_or(json_array_get(list, i), "ServiceName", "");

		if (json_has_str(names, name)) {
			json_add_str(seen, name);
			i++;
		} else {
			json_array_remove(list, i);
		}
	}
	json_array_foreach(names, i, v) {
		if (!json_has_str(seen, json_string_value(v)))
			return err_set(&c->err, &no_service,
			    "The Vpc Endpoint Service '%s' does not exist",
			    json_string_value(v));
	}
	return 0;
}

static int
check_regions(struct call *c)
{
	const json_t *v;
	size_t i;

	json_array_foreach(in_list(c, "ServiceRegions"), i, v) {
		if (strcmp(json_string_value(v), c->region) != 0)
			return err_set(&c->err, &ec2_unsupported,
			    "Services of other regions are not supported here.");
	}
	return 0;
}

static int
describe_services(struct call *c)
{
	json_t *list = json_own(c->arena, json_new_array()), *own, *doc;
	json_t *names = json_own(c->arena, json_new_array()), *one;
	size_t i;

	for (i = 0; i < n_endpoint_services; i++) {
		const struct endpoint_service *s = &endpoint_services[i];

		if (s->types & ENDPOINT_INTERFACE)
			add_own_by_aws(c, list, s, 0);
		if (s->types & ENDPOINT_GATEWAY)
			add_own_by_aws(c, list, s, 1);
	}
	own = vpc_endpoint_service_all(c);
	if (own == NULL)
		return -1;
	json_array_foreach(own, i, doc)
		add_own(c, list, doc);
	if (check_regions(c) < 0 || narrow(c, list) < 0 ||
	    record_rows(c, &service_rows, list) < 0)
		return -1;
	json_array_foreach(json_get(c->out, "ServiceDetails"), i, doc) {
		one = json_own(c->arena, json_make("[O]", json_get(doc, "ServiceName")));
		record_merge(names, one);
	}
	out_ref(c, "ServiceNames", names);
	return 0;
}

static const struct op ops[] = {
	OP("DescribeVpcEndpointServices", describe_services, OP_READ,
	    "List the services that endpoints may be for."),
};
const struct family ec2_vpc_endpoint_lists = FAMILY(ops, NULL);
