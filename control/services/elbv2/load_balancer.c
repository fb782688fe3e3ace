/*
 * Elastic Load Balancing: load balancers: made, listed, deleted.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "control/services/ec2/ec2.h"
#include "control/services/elbv2/converge.h"
#include "control/services/elbv2/elbv2.h"

static const struct err_kind not_found = { "LoadBalancerNotFound", 400 };
static const struct err_kind duplicate = { "DuplicateLoadBalancerName", 400 };
static const struct err_kind too_many = { "TooManyLoadBalancers", 400 };

enum { MOST = 50 };

static const struct watch watches[] = {
	{ ELBV2_HEALTH_KIND, elbv2_health_changed },
	{ 0 },
};

const struct resource elbv2_load_balancer = {
	.service = "elbv2",
	.kind = "elbv2:load-balancer",
	.type = "loadbalancer",
	.prefix = "elb-",
	.id_member = "_id",
	.noun = "load balancer",
	.not_found = &not_found,
	.converge = elbv2_converge,
	.watches = watches,
};

/* Whose zones alias records of Route 53 name: "Elastic Load Balancing endpoints and quotas". */
static const struct {
	const char *region, *application, *network;
} zones[] = {
	{ "ap-northeast-1", "Z14GRHDCWA56QT", "Z31USIVHYNEOWT" },
	{ "ap-northeast-2", "ZWKZPGTI48KDX", "ZIBE1TIR4HY56" },
	{ "ap-south-1", "ZP97RAFLXTNZK", "ZVDDRBQ08TROA" },
	{ "ap-southeast-1", "Z1LMS91P8CMLE5", "ZKVM4W9LS7TM" },
	{ "ap-southeast-2", "Z1GM3OXH4ZPM65", "ZCT6FZBF4DROD" },
	{ "ca-central-1", "ZQSVJUPU6J1EY", "Z2EPGBW3API2WT" },
	{ "eu-central-1", "Z215JYRZR1TBD5", "Z3F0SRJ5LGBH90" },
	{ "eu-north-1", "Z23TAZ6LKFMNIO", "Z1UDT6IFJ4EJM" },
	{ "eu-west-1", "Z32O12XQLNTSW2", "Z2IFOLAFXWLO4F" },
	{ "eu-west-2", "ZHURV8PSTC4K8", "ZD4D7Y8KGAS4G" },
	{ "eu-west-3", "Z3Q77PNBQS71R4", "Z1CMS0P5QUZ6D5" },
	{ "sa-east-1", "Z2P70J7HTTTPLU", "ZTK26PT1VY4CU" },
	{ "us-east-1", "Z35SXDOTRQ7X7K", "Z26RNL4JYFTOTI" },
	{ "us-east-2", "Z3AADJGX6KTTL2", "ZLMOA37VPKANP" },
	{ "us-west-1", "Z368ELLRRE2KJ0", "Z24FKFUX50B4VW" },
	{ "us-west-2", "Z1H1FL5HABSF5", "Z18D5FSROUN65G" },
};

static const char *
zone_of(const struct call *c, int is_application)
{
	for (size_t i = 0; i < COUNT(zones); i++) {
		if (strcmp(zones[i].region, c->region) == 0)
			return is_application ? zones[i].application : zones[i].network;
	}
	return zones[12].application;
}

/* CreateLoadBalancer */

static int
check_input(struct call *c, const char *type)
{
	static const char *const refused[] = { "CustomerOwnedIpv4Pool", "IpamPools",
		"EnablePrefixForIpv6SourceNat", NULL };
	const char *name = in_str(c, "Name"), *ip = in_str(c, "IpAddressType");

	if (elbv2_refuse(c, refused) < 0 ||
	    elbv2_check_name(c, "Load balancer", name) < 0)
		return -1;
	if (strncasecmp(name, "internal-", 9) == 0)
		return err_set(&c->err, &elbv2_invalid,
		    "Load balancer name '%s' cannot begin with 'internal-'", name);
	if (strcmp(type, "gateway") == 0)
		return err_set(&c->err, &elbv2_bad_config,
		    "Load balancers of type 'gateway' are not supported here");
	if (ip != NULL && strcmp(ip, "ipv4") != 0)
		return err_set(&c->err, &elbv2_bad_config,
		    "Load balancers of IP address type '%s' are not supported here", ip);
	return 0;
}

static void
set_name(struct call *c, json_t *doc, const char *name, const char *hex)
{
	int is_application = elbv2_is_application(doc),
	    is_internal = elbv2_is(doc, "Scheme", "internal");

	json_set_fmt(doc, "_id", "%s%s", elbv2_load_balancer.prefix, hex);
	json_set_str(doc, "LoadBalancerArn",
	    call_arn(c,
		arena_printf(c->arena, "loadbalancer/%s/%s/%s",
		    is_application ? "app" : "net", name, hex)));
	json_set_str(doc, "LoadBalancerName", name);
	/* As AWS: digits for the one kind, the id for the other. */
	if (is_application)
		json_set_fmt(doc, "DNSName", "%s%s-%llu.%s.elb.amazonaws.com",
		    is_internal ? "internal-" : "", name,
		    strtoull(hex, NULL, 16) % 9000000000ULL + 1000000000ULL, c->region);
	else
		json_set_fmt(doc, "DNSName", "%s-%s.elb.%s.amazonaws.com", name, hex,
		    c->region);
	json_set_str(doc, "CanonicalHostedZoneId", zone_of(c, is_application));
}

/* What a second call with the same name would have to agree with. */
static int
is_same(const struct call *c, const json_t *doc, const char *type, const char *scheme)
{
	const json_t *subnets = in_list(c, "Subnets"),
		     *groups = in_list(c, "SecurityGroups"), *row;
	size_t i;

	if (!elbv2_is(doc, "Type", type) || !elbv2_is(doc, "Scheme", scheme) ||
	    in_has(c, "SubnetMappings") ||
	    json_array_size(subnets) !=
		json_array_size(json_get(doc, "AvailabilityZones")) ||
	    (groups != NULL &&
		json_array_size(groups) !=
		    json_array_size(json_get(doc, "SecurityGroups"))))
		return 0;
	json_array_foreach(json_get(doc, "AvailabilityZones"), i, row) {
		if (!json_has_str(subnets, json_str_or(row, "SubnetId", "")))
			return 0;
	}
	json_array_foreach(groups, i, row) {
		if (!json_has_str(json_get(doc, "SecurityGroups"),
			json_string_value(row)))
			return 0;
	}
	return 1;
}

static void
answer(struct call *c, json_t *doc)
{
	out_ref(c, "LoadBalancers", json_own(c->arena, json_make("[O]", doc)));
}

/* 1 there is one of the name that is as wanted: it is the answer.  0, -1. */
static int
find_same(struct call *c, const char *name, const char *type, const char *scheme)
{
	json_t *all = elbv2_all(c, &elbv2_load_balancer), *doc;
	size_t i, n = 0;

	if (all == NULL)
		return -1;
	json_array_foreach(all, i, doc) {
		if (!elbv2_is(doc, "_want", "active"))
			continue;
		n++;
		if (!elbv2_is(doc, "LoadBalancerName", name))
			continue;
		if (!is_same(c, doc, type, scheme))
			return err_set(&c->err, &duplicate,
			    "A load balancer with the same name '%s' exists, but with "
			    "different settings",
			    name);
		answer(c, doc);
		return 1;
	}
	if (n >= MOST)
		return err_set(&c->err, &too_many,
		    "The maximum number of load balancers (%d) has been reached", MOST);
	return 0;
}

static int
create_load_balancer(struct call *c)
{
	const char *name = in_str(c, "Name"), *type = in_str(c, "Type"),
		   *scheme = in_str(c, "Scheme"), *hex = elbv2_hex(c);
	json_t *doc = json_own(c->arena, json_new_object());
	int rc;

	type = type != NULL ? type : "application";
	scheme = scheme != NULL ? scheme : "internet-facing";
	if (elbv2_ask(c,
		call_arn(c,
		    arena_printf(c->arena, "loadbalancer/%s/%s/*",
			strcmp(type, "network") == 0 ? "net" : "app", name)),
		NULL) < 0 ||
	    check_input(c, type) < 0)
		return -1;
	rc = find_same(c, name, type, scheme);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	json_set_str(doc, "Type", type);
	json_set_str(doc, "Scheme", scheme);
	json_set_str(doc, "IpAddressType", "ipv4");
	set_name(c, doc, name, hex);
	json_set(doc, "CreatedTime", call_now(c));
	json_set(doc, "State", json_make("{s:s}", "Code", "provisioning"));
	json_set_str(doc, "_want", "active");
	json_set_int(doc, "_layout", 0);
	json_set(doc, "_attributes",
	    json_incref(elbv2_attributes_of_load_balancer(c, doc)));
	if (elbv2_tag(c, doc) < 0 || elbv2_place(c, doc) < 0)
		return -1;
	resource_put(c, &elbv2_load_balancer, doc);
	answer(c, doc);
	return 0;
}

/* DeleteLoadBalancer: one that is not there is as good as deleted */

static int
delete_load_balancer(struct call *c)
{
	const char *arn = in_str(c, "LoadBalancerArn");
	json_t *doc;

	if (elbv2_edit(c, &elbv2_load_balancer, arn, &doc) < 0) {
		if (c->err.kind != &not_found)
			return -1;
		c->err.kind = NULL;
		return 0;
	}
	if (strcmp(json_str_or(json_get(doc, "_attributes"),
		       "deletion_protection.enabled", ""),
		"true") == 0)
		return err_set(&c->err, &elbv2_not_permitted,
		    "Load balancer '%s' cannot be deleted because deletion protection is "
		    "enabled",
		    arn);
	json_set_str(doc, "_want", "deleted");
	/* Who looks for it finds it no more; its container goes when the reconciler comes. */
	json_set_str(doc, "LoadBalancerArn", "");
	if (elbv2_listeners_drop(c, resource_id(&elbv2_load_balancer, doc)) < 0)
		return -1;
	resource_put(c, &elbv2_load_balancer, doc);
	return 0;
}

/* DescribeLoadBalancers */

static json_t *
by_names(struct call *c, const json_t *names, json_t *all)
{
	json_t *rows = json_own(c->arena, json_new_array()), *doc;
	const json_t *v;
	size_t i, k;

	json_array_foreach(names, i, v) {
		size_t before = json_array_size(rows);

		json_array_foreach(all, k, doc) {
			if (elbv2_is(doc, "LoadBalancerName", json_string_value(v)))
				json_add(rows, json_incref(doc));
		}
		if (json_array_size(rows) == before) {
			err_set_fn(&c->err, &not_found,
			    "Load balancers '[%.100s]' not found", json_string_value(v));
			return NULL;
		}
	}
	return rows;
}

static int
describe_load_balancers(struct call *c)
{
	const json_t *arns = in_list(c, "LoadBalancerArns"), *names = in_list(c, "Names");
	json_t *all, *rows;

	if (elbv2_ask(c, "*", NULL) < 0)
		return -1;
	if (json_array_size(arns) > 0 && json_array_size(names) > 0)
		return err_set(&c->err, &elbv2_invalid,
		    "Load balancer names and load balancer ARNs cannot be specified at the "
		    "same time");
	all = elbv2_all(c, &elbv2_load_balancer);
	if (all == NULL)
		return -1;
	for (size_t i = json_array_size(all); i-- > 0;) {
		if (!elbv2_is(json_array_get(all, i), "_want", "active"))
			json_array_remove(all, i);
	}
	rows = json_array_size(arns) > 0 ? elbv2_named(c, &elbv2_load_balancer, arns) :
	    json_array_size(names) > 0	 ? by_names(c, names, all) :
					   resource_sorted(c, all, "LoadBalancerArn");
	return rows == NULL ? -1 : elbv2_page(c, "LoadBalancers", rows, 400);
}

static const struct op ops[] = {
	ELB("CreateLoadBalancer", create_load_balancer, 0, "Make a load balancer."),
	ELB("DeleteLoadBalancer", delete_load_balancer, 0,
	    "Remove a load balancer and its listeners."),
	ELB("DescribeLoadBalancers", describe_load_balancers, OP_READ,
	    "List load balancers."),
};

static const struct resource *const resources[] = { &elbv2_load_balancer, NULL };

const struct family elbv2_load_balancers = FAMILY(ops, resources);
