/*
 * EC2: services of users, behind their load balancers, that VPC endpoints may be for.
 *
 * Not emulated: verification of private DNS names, which stay "pendingVerification"; other regions.
 */
#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/network/endpoint_list.h"
#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/vpc_endpoint.h"

static const struct err_kind not_found = { "InvalidVpcEndpointServiceId.NotFound", 400 };
static const struct err_kind malformed = { "InvalidVpcEndpointServiceId.Malformed", 400 };
static const struct err_kind bad_parameter = { "InvalidParameter", 400 };
static const struct err_kind in_use = { "ExistingVpcEndpointConnections", 400 };
static const struct err_kind bad_principal = { "InvalidPrincipal", 400 };

static const struct filter filters[] = {
	{ "service-id", "ServiceId" },
	{ "service-name", "ServiceName" },
	{ "service-state", "ServiceState" },
	{ "supported-ip-address-types", "SupportedIpAddressTypes" },
	{ NULL, NULL },
};
const struct resource ec2_vpc_endpoint_service = {
	.service = "ec2",
	.kind = "ec2:vpc-endpoint-service",
	.type = "vpc-endpoint-service",
	.prefix = "vpce-svc-",
	.id_member = "ServiceId",
	.list_member = "ServiceConfigurations",
	.ids_member = "ServiceIds",
	.noun = "VpcEndpointService Id",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
	.page_min = 1,
};

/* Who may use it */

static int
is_allowed(const struct call *c, const json_t *doc)
{
	const char *root = arena_printf(c->arena, "arn:aws:iam::%s:root", c->account);
	const json_t *row;
	size_t i;

	if (strcmp(json_str_or(doc, "OwnerId", ""), c->account) == 0)
		return 1;
	json_array_foreach(json_get(doc, "_permissions"), i, row) {
		const char *who = json_str_or(row, "Principal", "");

		if (strcmp(who, "*") == 0 || strcmp(who, root) == 0 ||
		    (c->who.arn != NULL && strcmp(who, c->who.arn) == 0))
			return 1;
	}
	return 0;
}

json_t *
vpc_endpoint_service_all(struct call *c)
{
	const char *tail = arena_printf(c->arena, ":%s", c->region);
	json_t *all = json_own(c->arena, json_new_array()), *scopes;
	const json_t *scope;
	struct store_docs docs;
	size_t i;

	if (store_scopes(c->txn, ec2_vpc_endpoint_service.kind, &scopes, &c->err) < 0)
		return NULL;
	json_array_foreach(scopes, i, scope) {
		const char *name = json_string_value(scope), *colon = strrchr(name, ':');

		if (colon == NULL || strcmp(colon, tail) != 0)
			continue;
		if (store_list(c->txn, name, ec2_vpc_endpoint_service.kind, &docs,
			&c->err) < 0)
			return NULL;
		for (size_t k = 0; k < docs.n; k++) {
			if (is_allowed(c, docs.doc[k]))
				json_add(all, json_incref(docs.doc[k]));
		}
	}
	return all;
}

int
vpc_endpoint_service_find(struct call *c, const char *name, json_t **ret)
{
	json_t *all = vpc_endpoint_service_all(c), *doc;
	size_t i;

	if (all == NULL)
		return -1;
	json_array_foreach(all, i, doc) {
		if (strcmp(json_str_or(doc, "ServiceName", ""), name) == 0) {
			*ret = doc;
			return 1;
		}
	}
	return 0;
}

json_t *
vpc_endpoint_users(struct call *c, const char *service_id)
{
	json_t *users = json_own(c->arena, json_new_array()), *scopes;
	const json_t *scope;
	struct store_docs docs;
	size_t i;

	if (store_scopes(c->txn, ec2_vpc_endpoint.kind, &scopes, &c->err) < 0)
		return NULL;
	json_array_foreach(scopes, i, scope) {
		if (store_list(c->txn, json_string_value(scope), ec2_vpc_endpoint.kind,
			&docs, &c->err) < 0)
			return NULL;
		for (size_t k = 0; k < docs.n; k++) {
			const char *of = json_str(docs.doc[k], "_service");

			if (of != NULL &&
			    (service_id == NULL || strcmp(of, service_id) == 0))
				json_add(users,
				    json_make("{s:O, s:O}", "scope", scope, "doc",
					docs.doc[k]));
		}
	}
	return users;
}

/* The service's load balancers: of one type, by their ARNs. */

static const struct {
	const char *member, *kind, *type;
} balancers[] = {
	{ "NetworkLoadBalancerArns", ":loadbalancer/net/", "Interface" },
	{ "GatewayLoadBalancerArns", ":loadbalancer/gwy/", "GatewayLoadBalancer" },
};

static int
check_balancers(struct call *c, const json_t *doc)
{
	const char *head =
	    arena_printf(c->arena, "arn:aws:elasticloadbalancing:%s:", c->region);
	const json_t *v;
	size_t n = 0, i;

	for (size_t k = 0; k < COUNT(balancers); k++) {
		json_array_foreach(json_get(doc, balancers[k].member), i, v) {
			const char *arn = json_string_value(v);

			if (strncmp(arn, head, strlen(head)) != 0 ||
			    strstr(arn, balancers[k].kind) == NULL)
				return err_set(&c->err, &bad_parameter,
				    "The load balancer ARN '%.200s' is not valid for %s.",
				    arn, balancers[k].member);
		}
		n += json_array_size(json_get(doc, balancers[k].member)) > 0;
	}
	if (n != 1)
		return err_set(&c->err, &bad_parameter,
		    n == 0 ?
			"A service has at least one load balancer." :
			"A service has network or gateway load balancers, not both.");
	return 0;
}

static void
set_type(json_t *doc)
{
	for (size_t k = 0; k < COUNT(balancers); k++) {
		if (json_array_size(json_get(doc, balancers[k].member)) > 0)
			json_set(doc, "ServiceType",
			    json_make("[{s:s}]", "ServiceType", balancers[k].type));
	}
}

/* A name is the owner's when a TXT record says so; nobody looks. */
static void
set_private_name(struct call *c, json_t *doc, const char *name)
{
	char label[21], value[21];

	if (name == NULL)
		return;
	random_text(label, 20, "abcdefghijklmnopqrstuvwxyz0123456789");
	random_text(value, 20, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	json_set_str(doc, "PrivateDnsName", name);
	json_set(doc, "PrivateDnsNameConfiguration",
	    json_make("{s:s, s:s, s:s, s:s}", "State", "pendingVerification", "Type",
		"TXT", "Name", arena_printf(c->arena, "_%s", label), "Value",
		arena_printf(c->arena, "vpce:%s", value)));
}

static int
check_address_types(struct call *c, const json_t *list)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		if (strcmp(json_string_value(v), "ipv4") != 0)
			return err_set(&c->err, &ec2_unsupported,
			    "The IP address type %s is not supported here.",
			    json_string_value(v));
	}
	return 0;
}

static int
create(struct call *c)
{
	static const char *const refused[] = { "SupportedRegions", NULL };
	static const struct record_member members[] = {
		{ "AcceptanceRequired", NULL, "true" },
		{ "NetworkLoadBalancerArns", NULL, "[]" },
		{ "GatewayLoadBalancerArns", NULL, "[]" },
		{ "SupportedIpAddressTypes", NULL, "[\"ipv4\"]" },
		{ NULL, NULL, NULL },
	};
	const char *id;
	json_t *doc;

	if (ec2_refuse(c, refused) < 0 ||
	    check_address_types(c, in_list(c, "SupportedIpAddressTypes")) < 0 ||
	    record_check_text(c, "privateDnsName", in_str(c, "PrivateDnsName")) < 0)
		return -1;
	doc = record_new(c, &ec2_vpc_endpoint_service, NULL, &id);
	if (doc == NULL)
		return -1;
	record_fill(c, doc, c->in, members);
	if (check_balancers(c, doc) < 0)
		return -1;
	set_type(doc);
	json_set_fmt(doc, "ServiceName", "com.amazonaws.vpce.%s.%s", c->region, id);
	json_set_str(doc, "ServiceState", "Available");
	json_set_bool(doc, "ManagesVpcEndpoints", 0);
	json_set(doc, "BaseEndpointDnsNames",
	    json_make("[o]", json_new_fmt("%s.%s.vpce.amazonaws.com", id, c->region)));
	set_private_name(c, doc, in_str(c, "PrivateDnsName"));
	endpoint_add_zones(c, doc);
	resource_put(c, &ec2_vpc_endpoint_service, doc);
	out_ref(c, "ServiceConfiguration", doc);
	out_str(c, "ClientToken", in_str(c, "ClientToken"));
	return 0;
}

static void
change_list(const struct call *c, json_t *doc, const char *member)
{
	json_t *list = json_need_array(doc, member);

	record_take_away(list, in_list(c, arena_printf(c->arena, "Remove%s", member)));
	record_merge(list, in_list(c, arena_printf(c->arena, "Add%s", member)));
}

static int
modify(struct call *c)
{
	static const char *const refused[] = { "AddSupportedRegions",
		"RemoveSupportedRegions", NULL };
	json_t *doc;

	if (ec2_refuse(c, refused) < 0 ||
	    check_address_types(c, in_list(c, "AddSupportedIpAddressTypes")) < 0 ||
	    record_check_text(c, "privateDnsName", in_str(c, "PrivateDnsName")) < 0 ||
	    resource_edit(c, &ec2_vpc_endpoint_service, in_str(c, "ServiceId"), &doc) < 0)
		return -1;
	change_list(c, doc, "NetworkLoadBalancerArns");
	change_list(c, doc, "GatewayLoadBalancerArns");
	change_list(c, doc, "SupportedIpAddressTypes");
	if (check_balancers(c, doc) < 0)
		return -1;
	set_type(doc);
	if (in_has(c, "AcceptanceRequired"))
		json_set_bool(doc, "AcceptanceRequired",
		    in_bool(c, "AcceptanceRequired", 0));
	if (in_bool(c, "RemovePrivateDnsName", 0)) {
		json_del(doc, "PrivateDnsName");
		json_del(doc, "PrivateDnsNameConfiguration");
	}
	set_private_name(c, doc, in_str(c, "PrivateDnsName"));
	resource_put(c, &ec2_vpc_endpoint_service, doc);
	out_bool(c, "Return", 1);
	return 0;
}

static int
modify_payer(struct call *c)
{
	json_t *doc;

	if (resource_edit(c, &ec2_vpc_endpoint_service, in_str(c, "ServiceId"), &doc) < 0)
		return -1;
	json_set_str(doc, "PayerResponsibility", in_str(c, "PayerResponsibility"));
	resource_put(c, &ec2_vpc_endpoint_service, doc);
	out_bool(c, "ReturnValue", 1);
	return 0;
}

static int
delete_one(struct call *c, const char *id)
{
	json_t *doc, *users;
	const json_t *user;
	size_t i;

	if (resource_get(c, &ec2_vpc_endpoint_service, id, &doc) < 0)
		return -1;
	users = vpc_endpoint_users(c, id);
	if (users == NULL)
		return -1;
	json_array_foreach(users, i, user) {
		if (strcmp(json_str_or(json_get(user, "doc"), "State", ""), "rejected") !=
		    0)
			return err_set(&c->err, &in_use,
			    "The service %s has existing active VPC Endpoint connections.",
			    id);
	}
	resource_delete_doc(c, &ec2_vpc_endpoint_service, id);
	return 0;
}

static int delete (struct call *c)
{
	json_t *failed = json_own(c->arena, json_new_array());
	const json_t *v;
	size_t i;

	json_array_foreach(in_list(c, "ServiceIds"), i, v) {
		if (delete_one(c, json_string_value(v)) == 0)
			continue;
		if (c->err.kind->status >= 500)
			return -1;
		record_unsuccessful(c, failed, json_string_value(v));
	}
	out_ref(c, "Unsuccessful", failed);
	return 0;
}

/* Permissions */

static const struct filter permission_filters[] = {
	{ "principal", "Principal" },
	{ "principal-type", "PrincipalType" },
	{ NULL, NULL },
};
static const struct resource permission_rows = {
	.service = "ec2",
	.kind = "ec2:vpc-endpoint-service-permission",
	.id_member = "ServicePermissionId",
	.list_member = "AllowedPrincipals",
	.noun = "permission",
	.not_found = &not_found,
	.filters = permission_filters,
	.page_min = 1,
};

static const char *
principal_type(const char *who)
{
	static const struct {
		const char *part, *type;
	} types[] = { { ":root", "Account" }, { ":user/", "User" },
		{ ":role/", "Role" } };

	if (strcmp(who, "*") == 0)
		return "All";
	for (size_t i = 0; strncmp(who, "arn:aws:iam::", 13) == 0 && i < COUNT(types);
	     i++) {
		if (strstr(who, types[i].part) != NULL)
			return types[i].type;
	}
	return NULL;
}

static void
remove_principal(json_t *list, const char *who)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (strcmp(json_str_or(json_array_get(list, i), "Principal", ""), who) ==
		    0) {
			json_array_remove(list, i);
			return;
		}
	}
}

static int
add_principal(struct call *c, json_t *list, const char *who, json_t *added)
{
	const char *type = principal_type(who);
	json_t *row;

	if (type == NULL)
		return err_set(&c->err, &bad_principal, "Invalid Principal: '%.200s'",
		    who);
	remove_principal(list, who);
	row = json_add_object(list);
	json_set_str(row, "PrincipalType", type);
	json_set_str(row, "Principal", who);
	json_set_str(row, "ServicePermissionId", record_id(c, "vpce-svc-perm-"));
	json_set_str(row, "ServiceId", in_str(c, "ServiceId"));
	json_add(added, json_copy_deep(row));
	return 0;
}

static int
modify_permissions(struct call *c)
{
	json_t *added = json_own(c->arena, json_new_array()), *doc, *list;
	const char *type = in_str(c, "PermissionType");
	const json_t *v;
	size_t i;

	if (type != NULL && strcmp(type, "vpc-endpoint") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "The permission type %s is not supported here.", type);
	if (resource_edit(c, &ec2_vpc_endpoint_service, in_str(c, "ServiceId"), &doc) < 0)
		return -1;
	list = json_need_array(doc, "_permissions");
	json_array_foreach(in_list(c, "RemoveAllowedPrincipals"), i, v)
		remove_principal(list, json_string_value(v));
	json_array_foreach(in_list(c, "AddAllowedPrincipals"), i, v) {
		if (add_principal(c, list, json_string_value(v), added) < 0)
			return -1;
	}
	resource_put(c, &ec2_vpc_endpoint_service, doc);
	out_ref(c, "AddedPrincipals", added);
	out_bool(c, "ReturnValue", 1);
	return 0;
}

static int
describe_permissions(struct call *c)
{
	json_t *none = json_own(c->arena, json_new_array()), *doc, *list;

	if (resource_get(c, &ec2_vpc_endpoint_service, in_str(c, "ServiceId"), &doc) < 0)
		return -1;
	list = json_get(doc, "_permissions");
	return record_rows(c, &permission_rows, list != NULL ? list : none);
}

#define OF_SERVICE(name_, run_, flags_, doc_) \
	OP_RES(name_, run_, flags_, &ec2_vpc_endpoint_service, "ServiceId", doc_)

static const struct op ops[] = {
	OP_RES("CreateVpcEndpointServiceConfiguration", create, OP_TOKEN,
	    &ec2_vpc_endpoint_service, NULL, "Offer load balancers as a service."),
	OP_RES("DeleteVpcEndpointServiceConfigurations", delete, 0,
	    &ec2_vpc_endpoint_service, "ServiceIds",
	    "Delete services that no endpoint uses."),
	OP_RES("DescribeVpcEndpointServiceConfigurations", resource_describe, OP_READ,
	    &ec2_vpc_endpoint_service, NULL, "List one's own services."),
	OF_SERVICE("DescribeVpcEndpointServicePermissions", describe_permissions, OP_READ,
	    "List who may use a service."),
	OF_SERVICE("ModifyVpcEndpointServiceConfiguration", modify, 0,
	    "Change a service's load balancers, acceptance or name."),
	OF_SERVICE("ModifyVpcEndpointServicePayerResponsibility", modify_payer, 0,
	    "Say who pays for a service's endpoints."),
	OF_SERVICE("ModifyVpcEndpointServicePermissions", modify_permissions, 0,
	    "Say who may use a service."),
};
static const struct resource *const resources[] = { &ec2_vpc_endpoint_service, NULL };
const struct family ec2_vpc_endpoint_services = FAMILY(ops, resources);
