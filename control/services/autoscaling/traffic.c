/*
 * Auto Scaling: sources of traffic are attached and detached here.
 *
 * They are records: whoever balances reads them, as target groups do (elbv2/scaling.h).  An attached one is shown as
 * InService.
 */
#include "control/services/autoscaling/traffic.h"

#include <string.h>

#include "control/services/elbv2/elbv2.h"

enum { MAX = 50, PER_CALL = 10 };

static const char *
type_of(const char *id)
{
	if (strncmp(id, "arn:aws:vpc-lattice:", 20) == 0)
		return "vpc-lattice";
	return strstr(id, ":targetgroup/") != NULL ? "elbv2" : "elb";
}

static json_t *
source_find(const json_t *list, const char *id, size_t *ret)
{
	json_t *row;
	size_t i;

	json_array_foreach(list, i, row) {
		if (strcmp(json_str_or(row, "Identifier", ""), id) == 0) {
			*ret = i;
			return row;
		}
	}
	return NULL;
}

/* type NULL: by the identifier. */
static int
add(struct call *c, json_t *group, const char *id, const char *type)
{
	json_t *list = json_need_array(group, "TrafficSources"), *row;
	size_t at;

	if (type == NULL)
		type = type_of(id);
	if (strcmp(type, "elb") != 0 && strcmp(type, "elbv2") != 0 &&
	    strcmp(type, "vpc-lattice") != 0)
		return err_set(&c->err, &asg_invalid,
		    "The traffic source type %.100s is not valid.", type);
	if (source_find(list, id, &at) != NULL)
		return 0;
	if (json_array_size(list) >= MAX)
		return err_set(&c->err, &asg_limit,
		    "A maximum of %d traffic sources can be attached to a group.", MAX);
	row = json_add_object(list);
	json_set_str(row, "Identifier", id);
	json_set_str(row, "Type", type);
	return 0;
}

static int
add_names(struct call *c, json_t *group, const json_t *names, const char *type)
{
	const json_t *v;
	size_t i;

	json_array_foreach(names, i, v) {
		const char *id = json_string_value(v);

		if (strcmp(type, "elbv2") == 0 && strstr(id, ":targetgroup/") == NULL)
			return err_set(&c->err, &asg_invalid,
			    "Trying to add Target Groups to AutoScaling Group '%s' failed: "
			    "'%.200s' is not a valid target group ARN",
			    asg_name(group), id);
		if (add(c, group, id, type) < 0)
			return -1;
	}
	return 0;
}

static int
add_sources(struct call *c, json_t *group, const json_t *sources)
{
	const json_t *row;
	size_t i;

	json_array_foreach(sources, i, row) {
		if (add(c, group, json_str_or(row, "Identifier", ""),
			json_str(row, "Type")) < 0)
			return -1;
	}
	return 0;
}

int
asg_traffic_read(struct call *c, json_t *group)
{
	return add_names(c, group, in_list(c, "LoadBalancerNames"), "elb") < 0 ||
		add_names(c, group, in_list(c, "TargetGroupARNs"), "elbv2") < 0 ||
		add_sources(c, group, in_list(c, "TrafficSources")) < 0 ?
	    -1 :
	    0;
}

void
asg_traffic_show(const json_t *group, json_t *to)
{
	json_t *names = json_new_array(), *arns = json_new_array();
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(group, "TrafficSources"), i, row) {
		const char *type = json_str_or(row, "Type", "");
		const char *id = json_str_or(row, "Identifier", "");

		if (strcmp(type, "elb") == 0)
			json_add_str(names, id);
		else if (strcmp(type, "elbv2") == 0)
			json_add_str(arns, id);
	}
	json_set(to, "LoadBalancerNames", names);
	json_set(to, "TargetGroupARNs", arns);
}

/* Health */

static int
asks(const json_t *group)
{
	return strstr(json_str_or(group, "HealthCheckType", ""), "ELB") != NULL &&
	    json_array_size(json_get(group, "TrafficSources")) > 0;
}

int
asg_traffic_is_unhealthy(struct call *c, const json_t *group, const char *instance)
{
	const struct elbv2_view v = { c->env, c->txn, c->arena, c->scope };
	const json_t *row;
	size_t i;

	if (!asks(group))
		return 0;
	json_array_foreach(json_get(group, "TrafficSources"), i, row) {
		int rc = elbv2_is_unhealthy(&v, json_str_or(row, "Identifier", ""),
		    instance, &c->err);

		if (rc != 0)
			return rc;
	}
	return 0;
}

int
asg_traffic_health_changed(struct converge *cv, struct err *err)
{
	struct store_docs all;

	if (store_list(store_begin(cv->env->store, cv->arena), cv->scope, asg_group.kind,
		&all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (asks(all.doc[i]))
			cv->wake(cv, cv->scope, asg_group.kind, asg_name(all.doc[i]));
	}
	return 0;
}

/* Attach… */

static int
check_length(struct call *c, const char *member)
{
	size_t n = json_array_size(in_list(c, member));

	return n <= PER_CALL ?
	    0 :
	    err_set(&c->err, &asg_invalid,
		"A maximum of %d of %s can be specified in a call.", PER_CALL, member);
}

static int
attach_load_balancers(struct call *c)
{
	json_t *group;

	if (check_length(c, "LoadBalancerNames") < 0 ||
	    asg_input_group_edit(c, &group) < 0 ||
	    add_names(c, group, in_list(c, "LoadBalancerNames"), "elb") < 0)
		return -1;
	resource_put(c, &asg_group, group);
	return 0;
}

static int
attach_target_groups(struct call *c)
{
	json_t *group;

	if (check_length(c, "TargetGroupARNs") < 0 ||
	    asg_input_group_edit(c, &group) < 0 ||
	    add_names(c, group, in_list(c, "TargetGroupARNs"), "elbv2") < 0)
		return -1;
	resource_put(c, &asg_group, group);
	return 0;
}

static int
attach_traffic_sources(struct call *c)
{
	json_t *group;

	if (check_length(c, "TrafficSources") < 0 ||
	    asg_input_group_edit(c, &group) < 0 ||
	    add_sources(c, group, in_list(c, "TrafficSources")) < 0)
		return -1;
	resource_put(c, &asg_group, group);
	return 0;
}

/* Detach… */

static int
drop(struct call *c, json_t *group, const char *id)
{
	json_t *list = json_get(group, "TrafficSources");
	size_t at;

	if (source_find(list, id, &at) == NULL)
		return err_set(&c->err, &asg_invalid,
		    "Trying to remove traffic sources that are not part of the group: "
		    "'%.200s'",
		    id);
	json_array_remove(list, at);
	return 0;
}

/* The elements are texts, or structures with an Identifier. */
static int
detach(struct call *c, const char *member)
{
	json_t *group;
	const json_t *v;
	size_t i;

	if (check_length(c, member) < 0 || asg_input_group_edit(c, &group) < 0)
		return -1;
	json_array_foreach(in_list(c, member), i, v) {
		const char *id = json_is_string(v) ? json_string_value(v) :
						     json_str_or(v, "Identifier", "");

		if (drop(c, group, id) < 0)
			return -1;
	}
	resource_put(c, &asg_group, group);
	return 0;
}

static int
detach_load_balancers(struct call *c)
{
	return detach(c, "LoadBalancerNames");
}

static int
detach_target_groups(struct call *c)
{
	return detach(c, "TargetGroupARNs");
}

static int
detach_traffic_sources(struct call *c)
{
	return detach(c, "TrafficSources");
}

/* Describe… */

/* Those of the type (NULL: all): {name_member: its identifier, State}. */
static int
describe(struct call *c, const char *list, const char *type, const char *name_member)
{
	json_t *group, *out = json_own(c->arena, json_new_array());
	const json_t *row;
	size_t i;

	if (asg_input_group(c, &group) < 0)
		return -1;
	json_array_foreach(json_get(group, "TrafficSources"), i, row) {
		const char *of = json_str_or(row, "Type", "");
		const char *id = json_str_or(row, "Identifier", "");
		json_t *v;

		if (type != NULL && strcmp(type, of) != 0)
			continue;
		v = json_add_object(out);
		json_set_str(v, name_member, id);
		json_set_str(v, "State", "InService");
		if (strcmp(name_member, "Identifier") == 0) {
			json_set_str(v, "TrafficSource", id);
			json_set_str(v, "Type", of);
		}
	}
	if (asg_page(c, out, 100, 100) < 0)
		return -1;
	out_ref(c, list, out);
	return 0;
}

static int
describe_load_balancers(struct call *c)
{
	return describe(c, "LoadBalancers", "elb", "LoadBalancerName");
}

static int
describe_target_groups(struct call *c)
{
	return describe(c, "LoadBalancerTargetGroups", "elbv2",
	    "LoadBalancerTargetGroupARN");
}

static int
describe_traffic_sources(struct call *c)
{
	return describe(c, "TrafficSources", in_str(c, "TrafficSourceType"),
	    "Identifier");
}

#define NAME "AutoScalingGroupName"

static const struct op ops[] = {
	OP_RES("AttachLoadBalancerTargetGroups", attach_target_groups, 0, &asg_group,
	    NAME, "Note that target groups balance a group's instances."),
	OP_RES("AttachLoadBalancers", attach_load_balancers, 0, &asg_group, NAME,
	    "Note that classic load balancers balance a group's instances."),
	OP_RES("AttachTrafficSources", attach_traffic_sources, 0, &asg_group, NAME,
	    "Note whence a group's instances have their traffic."),
	OP_RES("DescribeLoadBalancerTargetGroups", describe_target_groups, OP_READ,
	    &asg_group, NULL, "List a group's target groups."),
	OP_RES("DescribeLoadBalancers", describe_load_balancers, OP_READ, &asg_group,
	    NULL, "List a group's classic load balancers."),
	OP_RES("DescribeTrafficSources", describe_traffic_sources, OP_READ, &asg_group,
	    NULL, "List a group's sources of traffic."),
	OP_RES("DetachLoadBalancerTargetGroups", detach_target_groups, 0, &asg_group,
	    NAME, "Take target groups away from a group."),
	OP_RES("DetachLoadBalancers", detach_load_balancers, 0, &asg_group, NAME,
	    "Take classic load balancers away from a group."),
	OP_RES("DetachTrafficSources", detach_traffic_sources, 0, &asg_group, NAME,
	    "Take sources of traffic away from a group."),
};
const struct family asg_traffic = FAMILY(ops, NULL);
