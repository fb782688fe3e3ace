/*
 * Elastic Load Balancing: target groups.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "control/services/ec2/ec2.h"
#include "control/services/elbv2/converge.h"
#include "control/services/elbv2/elbv2.h"
#include "control/services/elbv2/scaling.h"

static const struct err_kind not_found = { "TargetGroupNotFound", 400 };
static const struct err_kind duplicate = { "DuplicateTargetGroupName", 400 };
static const struct err_kind too_many = { "TooManyTargetGroups", 400 };

enum { MOST = 3000 };

static const struct watch watches[] = {
	{ "autoscaling:group", elbv2_scaling_changed },
	{ 0 },
};

const struct resource elbv2_target_group = {
	.service = "elbv2",
	.kind = "elbv2:target-group",
	.type = "targetgroup",
	.prefix = "tg-",
	.id_member = "_id",
	.noun = "target group",
	.not_found = &not_found,
	.converge = elbv2_group_converge,
	.watches = watches,
};

/* CreateTargetGroup */

static const char *const protocols[] = { "HTTP", "HTTPS", "TCP", "TLS", NULL };

static int
check_kind(struct call *c, const char *type, const char *protocol)
{
	const char *ip = in_str(c, "IpAddressType");

	if (strcmp(type, "lambda") == 0)
		return err_set(&c->err, &elbv2_bad_config,
		    "Target groups of type 'lambda' are not supported here");
	if (protocol == NULL || !in_has(c, "Port") || !in_has(c, "VpcId"))
		return err_set(&c->err, &elbv2_invalid, "A %s must be specified",
		    protocol == NULL	   ? "protocol" :
			!in_has(c, "Port") ? "port" :
					     "VPC ID");
	if (!elbv2_is_one(protocol, protocols))
		return err_set(&c->err, &elbv2_bad_config,
		    "Target groups of protocol '%s' are not supported here", protocol);
	if (strcmp(type, "alb") == 0 && strcmp(protocol, "TCP") != 0)
		return err_set(&c->err, &elbv2_bad_config,
		    "Protocol '%s' is not supported for target type 'alb'", protocol);
	if (ip != NULL && strcmp(ip, "ipv4") != 0)
		return err_set(&c->err, &elbv2_bad_config,
		    "Target groups of IP address type '%s' are not supported here", ip);
	return 0;
}

static int
set_version(struct call *c, json_t *doc)
{
	static const char *const versions[] = { "HTTP1", "HTTP2", "GRPC", NULL };
	const char *version = in_str(c, "ProtocolVersion");

	if (!elbv2_is_http(json_str_or(doc, "Protocol", "")))
		return version == NULL ?
		    0 :
		    err_set(&c->err, &elbv2_bad_config,
			"Protocol version cannot be specified for protocol '%s'",
			json_str_or(doc, "Protocol", ""));
	if (version == NULL)
		version = "HTTP1";
	if (!elbv2_is_one(version, versions))
		return err_set(&c->err, &elbv2_invalid,
		    "Protocol version '%.50s' must be one of 'HTTP1, HTTP2, GRPC'",
		    version);
	json_set_str(doc, "ProtocolVersion", version);
	return 0;
}

/* "200", "200-299", "200,302": of codes from min to max. */
static int
is_matcher(const char *text, long min, long max)
{
	const char *p = text;
	char *end;

	for (;;) {
		long a = strtol(p, &end, 10), b = a;

		if (end == p || !isdigit((unsigned char)*p))
			return 0;
		if (*end == '-') {
			p = end + 1;
			b = strtol(p, &end, 10);
			if (end == p || !isdigit((unsigned char)*p))
				return 0;
		}
		if (a < min || b > max || a > b)
			return 0;
		if (*end == '\0')
			return 1;
		if (*end != ',')
			return 0;
		p = end + 1;
	}
}

static int
set_matcher(struct call *c, json_t *doc)
{
	const json_t *matcher = in_object(c, "Matcher");
	const char *http = json_str(matcher, "HttpCode"),
		   *grpc = json_str(matcher, "GrpcCode");
	int is_grpc = elbv2_is(doc, "ProtocolVersion", "GRPC"),
	    is_network = !elbv2_is_http(json_str_or(doc, "Protocol", ""));

	if (matcher == NULL)
		return 0;
	if (!elbv2_is_http(json_str_or(doc, "HealthCheckProtocol", "")))
		return err_set(&c->err, &elbv2_bad_config,
		    "A matcher cannot be specified for health checks of protocol '%s'",
		    json_str_or(doc, "HealthCheckProtocol", ""));
	if (is_grpc ? grpc == NULL || http != NULL : http == NULL || grpc != NULL)
		return err_set(&c->err, &elbv2_invalid,
		    "A matcher of %s codes must be specified", is_grpc ? "GRPC" : "HTTP");
	if (is_grpc ? !is_matcher(grpc, 0, 99) :
		      !is_matcher(http, 200, is_network ? 599 : 499))
		return err_set(&c->err, &elbv2_invalid,
		    "Health check matcher '%.100s' is not valid", is_grpc ? grpc : http);
	json_set(doc, "Matcher", json_copy_deep(matcher));
	return 0;
}

/* "traffic-port" or a number. */
static int
is_port(const char *text)
{
	return strcmp(text, "traffic-port") == 0 ||
	    (strspn(text, "0123456789") == strlen(text) && strlen(text) <= 5 &&
		strtol(text, NULL, 10) >= 1 && strtol(text, NULL, 10) <= 65535);
}

static int
set_numbers(struct call *c, json_t *doc)
{
	static const char *const members[] = { "HealthCheckIntervalSeconds",
		"HealthCheckTimeoutSeconds", "HealthyThresholdCount",
		"UnhealthyThresholdCount" };

	for (size_t i = 0; i < COUNT(members); i++) {
		if (in_has(c, members[i]))
			json_set_int(doc, members[i], in_int(c, members[i], 0));
	}
	if (json_int(doc, "HealthCheckTimeoutSeconds", 0) >
	    json_int(doc, "HealthCheckIntervalSeconds", 0))
		return err_set(&c->err, &elbv2_invalid,
		    "Health check timeout '%lld' must be smaller than or equal to the interval "
		    "'%lld'",
		    (long long)json_int(doc, "HealthCheckTimeoutSeconds", 0),
		    (long long)json_int(doc, "HealthCheckIntervalSeconds", 0));
	return 0;
}

static int
set_check_protocol(struct call *c, json_t *doc)
{
	static const char *const words[] = { "HTTP", "HTTPS", "TCP", NULL };
	const char *protocol = in_str(c, "HealthCheckProtocol");

	if (protocol == NULL)
		return 0;
	if (!elbv2_is_one(protocol, words) ||
	    (elbv2_is_http(json_str_or(doc, "Protocol", "")) &&
		strcmp(protocol, "TCP") == 0))
		return err_set(&c->err, &elbv2_bad_config,
		    "Health check protocol '%s' is not supported for target groups with "
		    "protocol '%s'",
		    protocol, json_str_or(doc, "Protocol", ""));
	if (elbv2_is(doc, "TargetType", "alb") && strcmp(protocol, "TCP") == 0)
		return err_set(&c->err, &elbv2_bad_config,
		    "Health check protocol 'TCP' is not supported for target type 'alb'");
	json_set_str(doc, "HealthCheckProtocol", protocol);
	return 0;
}

/* What the input says of health checks, over what the document has. */
static int
set_checks(struct call *c, json_t *doc)
{
	const char *path = in_str(c, "HealthCheckPath"),
		   *port = in_str(c, "HealthCheckPort");

	if (set_check_protocol(c, doc) < 0)
		return -1;
	if (!in_bool(c, "HealthCheckEnabled", 1))
		return err_set(&c->err, &elbv2_bad_config,
		    "Health check enabled must be true for target groups with target type "
		    "'%s'",
		    json_str_or(doc, "TargetType", ""));
	json_set_bool(doc, "HealthCheckEnabled", 1);
	if (port != NULL && !is_port(port))
		return err_set(&c->err, &elbv2_invalid,
		    "Health check port '%.50s' must be between '1' and '65535', or "
		    "'traffic-port'",
		    port);
	json_set_str(doc, "HealthCheckPort", port);
	if (!elbv2_is_http(json_str_or(doc, "HealthCheckProtocol", ""))) {
		if (path != NULL)
			return err_set(&c->err, &elbv2_bad_config,
			    "A health check path cannot be specified for health checks of "
			    "protocol '%s'",
			    json_str_or(doc, "HealthCheckProtocol", ""));
		json_del(doc, "HealthCheckPath");
		json_del(doc, "Matcher");
	} else {
		if (path != NULL &&
		    (path[0] != '/' || strpbrk(path, " \t\r\n\"'\\") != NULL))
			return err_set(&c->err, &elbv2_invalid,
			    "Health check path '%.100s' must begin with a '/' character",
			    path);
		if (json_str(doc, "HealthCheckPath") == NULL)
			json_set_str(doc, "HealthCheckPath",
			    elbv2_is(doc, "ProtocolVersion", "GRPC") ?
				"/AWS.ALB/healthcheck" :
				"/");
		json_set_str(doc, "HealthCheckPath", path);
		if (json_get(doc, "Matcher") == NULL)
			json_set(doc, "Matcher",
			    elbv2_is(doc, "ProtocolVersion", "GRPC") ?
				json_make("{s:s}", "GrpcCode", "12") :
				json_make("{s:s}", "HttpCode",
				    elbv2_is_http(json_str_or(doc, "Protocol", "")) ?
					"200" :
					"200-399"));
	}
	return set_matcher(c, doc) < 0 ? -1 : set_numbers(c, doc);
}

static void
set_defaults(json_t *doc)
{
	int is_http = elbv2_is_http(json_str_or(doc, "Protocol", "")),
	    is_alb = elbv2_is(doc, "TargetType", "alb");

	json_set_str(doc, "HealthCheckProtocol", is_http || is_alb ? "HTTP" : "TCP");
	json_set_str(doc, "HealthCheckPort", "traffic-port");
	json_set_int(doc, "HealthCheckIntervalSeconds", 30);
	json_set_int(doc, "HealthCheckTimeoutSeconds", is_http ? 5 : is_alb ? 6 : 10);
	json_set_int(doc, "HealthyThresholdCount", 5);
	json_set_int(doc, "UnhealthyThresholdCount", 2);
	json_set_str(doc, "IpAddressType", "ipv4");
}

/* What a second call with the same name would have to agree with. */
static int
is_same(const struct call *c, const json_t *doc, const json_t *old)
{
	static const char *const members[] = { "Protocol", "Port", "VpcId", "TargetType",
		"ProtocolVersion", "HealthCheckProtocol", "HealthCheckPort",
		"HealthCheckPath", "HealthCheckIntervalSeconds",
		"HealthCheckTimeoutSeconds", "HealthyThresholdCount",
		"UnhealthyThresholdCount", "Matcher" };

	for (size_t i = 0; i < COUNT(members); i++) {
		const json_t *a = json_get(doc, members[i]),
			     *b = json_get(old, members[i]);

		if ((a == NULL) != (b == NULL) || (a != NULL && !json_equal(a, b)))
			return 0;
	}
	return !in_has(c, "Tags");
}

static int
show(struct call *c, json_t *doc)
{
	struct err *err = &c->err;
	json_t *out = json_own(c->arena, json_copy_shallow(doc)), *users, *arns, *lb;
	const json_t *v;
	size_t i;

	users = elbv2_users(c->txn, c->arena, c->scope,
	    json_str_or(doc, "TargetGroupArn", ""), err);
	if (users == NULL)
		return -1;
	arns = json_new_array();
	json_set(out, "LoadBalancerArns", arns);
	json_array_foreach(users, i, v) {
		int rc =
		    resource_find(c, &elbv2_load_balancer, json_string_value(v), &lb);

		if (rc < 0)
			return -1;
		if (rc > 0)
			json_add_str(arns, json_str_or(lb, "LoadBalancerArn", ""));
	}
	json_add(json_need_array(c->out, "TargetGroups"), json_incref(out));
	return 0;
}

static int
find_same(struct call *c, const json_t *doc)
{
	const char *name = json_str_or(doc, "TargetGroupName", "");
	json_t *all = elbv2_all(c, &elbv2_target_group), *old;
	size_t i;

	if (all == NULL)
		return -1;
	json_array_foreach(all, i, old) {
		if (!elbv2_is(old, "TargetGroupName", name))
			continue;
		if (is_same(c, doc, old))
			return show(c, old) < 0 ? -1 : 1;
		return err_set(&c->err, &duplicate,
		    "A target group with the same name '%s' exists, but with different "
		    "settings",
		    name);
	}
	if (json_array_size(all) >= MOST)
		return err_set(&c->err, &too_many,
		    "The maximum number of target groups (%d) has been reached", MOST);
	return 0;
}

static int
check_vpc(struct call *c, const char *id)
{
	json_t *vpc;
	int rc = resource_find(c, &ec2_vpc, id, &vpc);

	return rc > 0 ?
	    0 :
	    rc < 0 ?
	    -1 :
	    err_set(&c->err, &elbv2_invalid, "The VPC ID '%.100s' is not found", id);
}

static int
create_target_group(struct call *c)
{
	const char *name = in_str(c, "Name"), *type = in_str(c, "TargetType"),
		   *protocol = in_str(c, "Protocol"), *hex = elbv2_hex(c);
	static const char *const refused[] = { "TargetControlPort", NULL };
	json_t *doc = json_own(c->arena, json_new_object());
	int rc;

	type = type != NULL ? type : "instance";
	if (elbv2_ask(c, call_arn(c, arena_printf(c->arena, "targetgroup/%s/*", name)),
		NULL) < 0 ||
	    elbv2_check_name(c, "Target group", name) < 0 ||
	    elbv2_refuse(c, refused) < 0 || check_kind(c, type, protocol) < 0 ||
	    check_vpc(c, in_str(c, "VpcId")) < 0)
		return -1;
	json_set_fmt(doc, "_id", "%s%s", elbv2_target_group.prefix, hex);
	json_set_str(doc, "TargetGroupArn",
	    call_arn(c, arena_printf(c->arena, "targetgroup/%s/%s", name, hex)));
	json_set_str(doc, "TargetGroupName", name);
	json_set_str(doc, "Protocol", protocol);
	json_set_int(doc, "Port", in_int(c, "Port", 0));
	json_set_str(doc, "VpcId", in_str(c, "VpcId"));
	json_set_str(doc, "TargetType", type);
	set_defaults(doc);
	if (set_version(c, doc) < 0 || set_checks(c, doc) < 0)
		return -1;
	rc = find_same(c, doc);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	json_need_array(doc, "_targets");
	json_set(doc, "_attributes",
	    json_incref(elbv2_attributes_of_target_group(c, doc)));
	if (elbv2_tag(c, doc) < 0)
		return -1;
	resource_put(c, &elbv2_target_group, doc);
	return show(c, doc);
}

/* ModifyTargetGroup */

static int
modify_target_group(struct call *c)
{
	json_t *doc;

	if (elbv2_edit(c, &elbv2_target_group, in_str(c, "TargetGroupArn"), &doc) < 0 ||
	    set_checks(c, doc) < 0)
		return -1;
	resource_put(c, &elbv2_target_group, doc);
	return show(c, doc);
}

/* DeleteTargetGroup: one that is not there is as good as deleted */

static int
delete_target_group(struct call *c)
{
	const char *arn = in_str(c, "TargetGroupArn");
	json_t *doc, *users;

	if (elbv2_get(c, &elbv2_target_group, arn, &doc) < 0) {
		if (c->err.kind != &not_found)
			return -1;
		c->err.kind = NULL;
		return 0;
	}
	users = elbv2_users(c->txn, c->arena, c->scope, arn, &c->err);
	if (users == NULL)
		return -1;
	if (json_array_size(users) > 0)
		return err_set(&c->err, &elbv2_in_use,
		    "Target group '%s' is currently in use by a listener or a rule", arn);
	resource_delete_doc(c, &elbv2_target_group,
	    resource_id(&elbv2_target_group, doc));
	return 0;
}

/* DescribeTargetGroups */

static json_t *
by_names(struct call *c, const json_t *names)
{
	json_t *rows = json_own(c->arena, json_new_array()), *doc;
	const json_t *v;
	size_t i;

	json_array_foreach(names, i, v) {
		int rc = resource_find_by(c, &elbv2_target_group, "TargetGroupName",
		    json_string_value(v), &doc);

		if (rc == 0)
			err_set_fn(&c->err, &not_found,
			    "One or more target groups not found");
		if (rc <= 0)
			return NULL;
		json_add(rows, json_incref(doc));
	}
	return rows;
}

/* Those to which the load balancer leads. */
static json_t *
by_user(struct call *c, const char *arn)
{
	json_t *all = elbv2_all(c, &elbv2_target_group), *lb, *users;
	const char *id;
	int rc = all != NULL ? elbv2_find(c, &elbv2_load_balancer, arn, &lb) : -1;

	if (rc == 0)
		err_set_fn(&c->err, elbv2_load_balancer.not_found,
		    "One or more load balancers not found");
	if (rc <= 0)
		return NULL;
	id = resource_id(&elbv2_load_balancer, lb);
	for (size_t i = json_array_size(all); i-- > 0;) {
		users = elbv2_users(c->txn, c->arena, c->scope,
		    json_str_or(json_array_get(all, i), "TargetGroupArn", ""), &c->err);
		if (users == NULL)
			return NULL;
		if (!json_has_str(users, id))
			json_array_remove(all, i);
	}
	return all;
}

static int
describe_target_groups(struct call *c)
{
	const json_t *arns = in_list(c, "TargetGroupArns"), *names = in_list(c, "Names");
	const char *lb = in_str(c, "LoadBalancerArn");
	json_t *rows, *doc;
	size_t i;

	if (elbv2_ask(c, "*", NULL) < 0)
		return -1;
	if ((json_array_size(arns) > 0) + (json_array_size(names) > 0) + (lb != NULL) > 1)
		return err_set(&c->err, &elbv2_invalid,
		    "You cannot specify more than one of target group ARNs, names and a load "
		    "balancer ARN");
	rows = json_array_size(arns) > 0 ? elbv2_named(c, &elbv2_target_group, arns) :
	    json_array_size(names) > 0	 ? by_names(c, names) :
	    lb != NULL			 ? by_user(c, lb) :
					   elbv2_all(c, &elbv2_target_group);
	if (rows == NULL)
		return -1;
	rows = resource_sorted(c, rows, "TargetGroupArn");
	if (elbv2_page(c, "TargetGroups", rows, 400) < 0)
		return -1;
	rows = json_own(c->arena, json_incref(json_get(c->out, "TargetGroups")));
	json_del(c->out, "TargetGroups");
	json_need_array(c->out, "TargetGroups");
	json_array_foreach(rows, i, doc) {
		if (show(c, doc) < 0)
			return -1;
	}
	return 0;
}

static const struct op ops[] = {
	ELB("CreateTargetGroup", create_target_group, 0, "Make a target group."),
	ELB("DeleteTargetGroup", delete_target_group, 0,
	    "Remove a target group that nobody uses."),
	ELB("DescribeTargetGroups", describe_target_groups, OP_READ,
	    "List target groups."),
	ELB("ModifyTargetGroup", modify_target_group, 0,
	    "Change a target group's health checks."),
};

static const struct resource *const resources[] = { &elbv2_target_group, NULL };

const struct family elbv2_target_groups = FAMILY(ops, resources);
