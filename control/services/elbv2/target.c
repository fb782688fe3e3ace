/*
 * Elastic Load Balancing: targets of target groups: registered, deregistered, and how they are.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/cidr.h"
#include "control/services/elbv2/elbv2.h"

static const struct err_kind bad_target = { "InvalidTarget", 400 };
static const struct err_kind too_many = { "TooManyTargets", 400 };

enum { MOST = 1000 };

static int64_t
port_of(const json_t *group, const json_t *target)
{
	return json_int(target, "Port", json_int(group, "Port", 0));
}

/* The row of the group with the id and port (0: any of the id); NULL. */
static json_t *
find(const json_t *group, const char *id, int64_t port)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_get(group, "_targets"), i, row) {
		if (elbv2_is(row, "Id", id) &&
		    (port == 0 || json_int(row, "Port", 0) == port))
			return row;
	}
	return NULL;
}

/* RegisterTargets */

static int
check_instance(struct call *c, const json_t *group, const char *id)
{
	json_t *doc;
	int rc = resource_find(c, &ec2_instance, id, &doc);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &bad_target,
		    "The following targets are not valid instances: '%.100s'", id);
	if (!elbv2_is(json_get(doc, "State"), "Name", "running"))
		return err_set(&c->err, &bad_target,
		    "The following targets are not in a running state and cannot be "
		    "registered: '%s'",
		    id);
	if (!elbv2_is(doc, "VpcId", json_str_or(group, "VpcId", "")))
		return err_set(&c->err, &bad_target,
		    "The following targets are not in the target group VPC '%s': '%s'",
		    json_str_or(group, "VpcId", ""), id);
	return 0;
}

static int
is_in_vpc(void *arg, const char *cidr)
{
	struct net4 net;

	return net4_parse(cidr, &net) && net4_has(&net, *(uint32_t *)arg);
}

/* RFC 1918 and RFC 6598, and the VPC's own: "Target type" of the user guide. */
static int
check_ip(struct call *c, const json_t *group, const json_t *target)
{
	static const char *const private[] = { "10.0.0.0/8", "100.64.0.0/10",
		"172.16.0.0/12", "192.168.0.0/16" };
	const char *id = json_str_or(target, "Id", ""),
		   *zone = json_str(target, "AvailabilityZone");
	uint32_t address;
	json_t *vpc;
	int is_own, is_private = 0;

	if (!ip4_parse(id, &address))
		return err_set(&c->err, &elbv2_invalid,
		    "The IP address '%.100s' is not a valid IPv4 address", id);
	if (resource_get(c, &ec2_vpc, json_str_or(group, "VpcId", ""), &vpc) < 0)
		return -1;
	is_own = ec2_vpc_each_cidr(vpc, is_in_vpc, &address);
	for (size_t i = 0; i < COUNT(private); i++)
		is_private |= is_in_vpc(&address, private[i]);
	if (!is_own && !is_private)
		return err_set(&c->err, &elbv2_invalid,
		    "The IP address '%s' is not within a range of the VPC, RFC 1918 or RFC "
		    "6598",
		    id);
	if (!is_own && (zone == NULL || strcmp(zone, "all") != 0))
		return err_set(&c->err, &elbv2_invalid,
		    "You must specify an Availability Zone of 'all' for the IP address '%s', "
		    "which is not in the VPC",
		    id);
	return 0;
}

static int
check_load_balancer(struct call *c, const json_t *group, const char *arn)
{
	json_t *doc;
	int rc = elbv2_find(c, &elbv2_load_balancer, arn, &doc);

	if (rc < 0)
		return -1;
	if (rc == 0 || !elbv2_is_application(doc) ||
	    !elbv2_is(doc, "VpcId", json_str_or(group, "VpcId", "")))
		return err_set(&c->err, &bad_target,
		    "The following target is not a valid application load balancer of the "
		    "VPC: '%.200s'",
		    arn);
	return 0;
}

static int
check_target(struct call *c, const json_t *group, const json_t *target)
{
	const char *id = json_str_or(target, "Id", "");

	if (json_get(target, "QuicServerId") != NULL)
		return err_set(&c->err, &elbv2_bad_config, "QUIC is not supported here");
	if (elbv2_is(group, "TargetType", "ip"))
		return check_ip(c, group, target);
	if (json_get(target, "AvailabilityZone") != NULL)
		return err_set(&c->err, &elbv2_invalid,
		    "You cannot specify an Availability Zone for targets of type '%s'",
		    json_str_or(group, "TargetType", ""));
	if (elbv2_is(group, "TargetType", "alb"))
		return check_load_balancer(c, group, id);
	return check_instance(c, group, id);
}

static int
register_targets(struct call *c)
{
	json_t *group, *row, *list;
	const json_t *target;
	size_t i;

	if (elbv2_edit(c, &elbv2_target_group, in_str(c, "TargetGroupArn"), &group) < 0)
		return -1;
	if (json_array_size(in_list(c, "Targets")) == 0)
		return err_set(&c->err, &elbv2_invalid,
		    "At least one target must be specified");
	list = json_need_array(group, "_targets");
	json_array_foreach(in_list(c, "Targets"), i, target) {
		const char *id = json_str_or(target, "Id", "");
		int64_t port = port_of(group, target);

		if (check_target(c, group, target) < 0)
			return -1;
		row = find(group, id, port);
		if (row == NULL) {
			row = json_add_object(list);
			json_set_str(row, "Id", id);
			json_set_int(row, "Port", port);
		}
		json_set_str(row, "AvailabilityZone",
		    json_str(target, "AvailabilityZone"));
		/* One that was on its way out is back. */
		if (json_get(row, "_until") != NULL || json_get(row, "_since") == NULL)
			json_set_int(row, "_since", c->now_ms);
		json_del(row, "_until");
	}
	if (json_array_size(list) > MOST ||
	    (elbv2_is(group, "TargetType", "alb") && json_array_size(list) > 1))
		return err_set(&c->err, &too_many,
		    "The maximum number of targets of the target group has been reached");
	resource_put(c, &elbv2_target_group, group);
	return 0;
}

/* DeregisterTargets: they go when what is under way has had its time, at once where nothing was led to them */

static int64_t
delay_of(const json_t *group)
{
	return strtoll(json_str_or(json_get(group, "_attributes"),
			   "deregistration_delay.timeout_seconds", "0"),
		   NULL, 10) *
	    1000;
}

size_t
elbv2_target_leave(json_t *group, const char *id, int64_t port, int is_used,
    int64_t now_ms)
{
	json_t *list = json_get(group, "_targets");
	size_t n = 0;

	for (size_t i = json_array_size(list); i-- > 0;) {
		json_t *row = json_array_get(list, i);

		if (!elbv2_is(row, "Id", id) ||
		    (port != 0 && json_int(row, "Port", 0) != port))
			continue;
		n++;
		if (!is_used || delay_of(group) == 0)
			json_array_remove(list, i);
		else if (json_get(row, "_until") == NULL)
			json_set_int(row, "_until", now_ms + delay_of(group));
	}
	return n;
}

static int
deregister_targets(struct call *c)
{
	json_t *group, *users;
	const json_t *target;
	size_t i;

	if (elbv2_edit(c, &elbv2_target_group, in_str(c, "TargetGroupArn"), &group) < 0)
		return -1;
	users =
	    elbv2_users(c->txn, c->arena, c->scope, in_str(c, "TargetGroupArn"), &c->err);
	if (users == NULL)
		return -1;
	json_array_foreach(in_list(c, "Targets"), i, target) {
		const char *id = json_str_or(target, "Id", "");

		if (elbv2_target_leave(group, id, json_int(target, "Port", 0),
			json_array_size(users) > 0, c->now_ms) == 0)
			return err_set(&c->err, &bad_target,
			    "The following targets are not registered: '%.200s'", id);
	}
	resource_put(c, &elbv2_target_group, group);
	return 0;
}

/* DescribeTargetHealth */

static int
show(struct call *c, const json_t *group, const json_t *target, json_t *out)
{
	const struct elbv2_view v = { c->env, c->txn, c->arena, c->scope };
	const char *check = json_str_or(group, "HealthCheckPort", "");
	json_t *row = json_add_object(out), *who = json_need_object(row, "Target"),
	       *health;

	json_set_str(who, "Id", json_str(target, "Id"));
	json_set_int(who, "Port", json_int(target, "Port", 0));
	json_set_str(who, "AvailabilityZone", json_str(target, "AvailabilityZone"));
	if (strcmp(check, "traffic-port") == 0)
		json_set_fmt(row, "HealthCheckPort", "%lld",
		    (long long)json_int(target, "Port", 0));
	else
		json_set_str(row, "HealthCheckPort", check);
	health = elbv2_health(&v, group, target, &c->err);
	if (health == NULL)
		return -1;
	json_set(row, "TargetHealth", json_incref(health));
	return 0;
}

/* One that nobody has registered. */
static void
show_stranger(const json_t *group, const json_t *target, json_t *out)
{
	json_add(out,
	    json_make("{s:{s:s, s:I}, s:{s:s, s:s, s:s}}", "Target", "Id",
		json_str_or(target, "Id", ""), "Port", (json_int_t)port_of(group, target),
		"TargetHealth", "State", "unused", "Reason", "Target.NotRegistered",
		"Description", "Target is not registered to the target group"));
}

static int
describe_target_health(struct call *c)
{
	json_t *group, *out = json_own(c->arena, json_new_array());
	const json_t *target, *row, *asked = in_list(c, "Targets");
	size_t i;

	if (elbv2_get(c, &elbv2_target_group, in_str(c, "TargetGroupArn"), &group) < 0)
		return -1;
	json_array_foreach(asked, i, target) {
		row = find(group, json_str_or(target, "Id", ""),
		    json_int(target, "Port", 0));
		if (row == NULL)
			show_stranger(group, target, out);
		else if (show(c, group, row, out) < 0)
			return -1;
	}
	if (json_array_size(asked) == 0) {
		json_array_foreach(json_get(group, "_targets"), i, row) {
			if (show(c, group, row, out) < 0)
				return -1;
		}
	}
	out_ref(c, "TargetHealthDescriptions", out);
	return 0;
}

static const struct op ops[] = {
	ELB("DeregisterTargets", deregister_targets, 0,
	    "Take targets away from a target group."),
	ELB("DescribeTargetHealth", describe_target_health, OP_READ,
	    "Say how targets are."),
	ELB("RegisterTargets", register_targets, 0, "Give a target group targets."),
};

const struct family elbv2_targets = FAMILY(ops, NULL);
