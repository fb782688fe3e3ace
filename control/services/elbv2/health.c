/*
 * Elastic Load Balancing: where targets are, and how they are.
 *
 * What a load balancer's agent has seen of them is in elbv2:health; without Docker all that is led to is healthy.
 */
#include <string.h>

#include "control/services/ec2/ec2.h"
#include "control/services/elbv2/elbv2.h"

char *
elbv2_target_key(struct arena *a, const char *group_id, const char *target, int64_t port)
{
	return arena_printf(a, "%s %s %lld", group_id, target, (long long)port);
}

static int
find_zone(const json_t *lb, const char *zone)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(lb, "AvailabilityZones"), i, row) {
		if (elbv2_is(row, "ZoneName", zone))
			return 1;
	}
	return 0;
}

static int
locate_instance(const struct elbv2_view *v, const char *id, const json_t *lb,
    json_t *addresses, const char **ret_why, struct err *err)
{
	const char *state, *zone;
	json_t *doc;
	int rc = store_get(v->txn, v->scope, ec2_instance.kind, id, &doc, err);

	if (rc < 0)
		return -1;
	state = rc > 0 ? json_str_or(json_get(doc, "State"), "Name", "") : "terminated";
	if (strcmp(state, "running") != 0) {
		*ret_why = arena_printf(v->arena, "Target is in the %s state",
		    strcmp(state, "shutting-down") == 0 ? "terminated" : state);
		return 0;
	}
	zone = json_str_or(json_get(doc, "Placement"), "AvailabilityZone", "");
	if (lb != NULL && !find_zone(lb, zone)) {
		*ret_why = NULL;
		return 0;
	}
	json_add_str(addresses, json_str_or(doc, "PrivateIpAddress", ""));
	return 1;
}

static int
locate_load_balancer(const struct elbv2_view *v, const char *arn, json_t *addresses,
    const char **ret_why, struct err *err)
{
	const char *slash = strrchr(arn, '/');
	const json_t *row;
	json_t *doc;
	size_t i;
	int rc = store_get(v->txn, v->scope, elbv2_load_balancer.kind,
	    arena_printf(v->arena, "%s%s", elbv2_load_balancer.prefix,
		slash != NULL ? slash + 1 : ""),
	    &doc, err);

	if (rc < 0)
		return -1;
	if (rc == 0 || !elbv2_is(doc, "LoadBalancerArn", arn)) {
		*ret_why = "Target is in the terminated state";
		return 0;
	}
	json_array_foreach(json_get(doc, "_interfaces"), i, row)
		json_add_str(addresses, json_str_or(row, "address", ""));
	return 1;
}

int
elbv2_locate(const struct elbv2_view *v, const json_t *group, const json_t *target,
    const json_t *lb, json_t **ret, const char **ret_why, struct err *err)
{
	const char *id = json_str_or(target, "Id", "");
	json_t *addresses = json_own(v->arena, json_new_array());
	int rc = 1;

	*ret_why = NULL;
	if (elbv2_is(group, "TargetType", "instance"))
		rc = locate_instance(v, id, lb, addresses, ret_why, err);
	else if (elbv2_is(group, "TargetType", "alb"))
		rc = locate_load_balancer(v, id, addresses, ret_why, err);
	else
		json_add_str(addresses, id);
	*ret = addresses;
	return rc;
}

static json_t *
say(const struct elbv2_view *v, const char *state, const char *reason, const char *why)
{
	json_t *out = json_own(v->arena, json_new_object());

	json_set_str(out, "State", state);
	json_set_str(out, "Reason", reason);
	json_set_str(out, "Description", why);
	return out;
}

/* What the agent of the load balancer has seen. */
static json_t *
seen(const struct elbv2_view *v, const char *lb_id, const json_t *group,
    const json_t *target, struct err *err)
{
	const char *key =
	    elbv2_target_key(v->arena, resource_id(&elbv2_target_group, group),
		json_str_or(target, "Id", ""), json_int(target, "Port", 0));
	json_t *doc;
	const json_t *row;
	int rc = store_get(v->txn, v->scope, ELBV2_HEALTH_KIND, lb_id, &doc, err);

	if (rc < 0)
		return NULL;
	if (rc == 0 && v->env->engine == NULL)
		return say(v, "healthy", NULL, NULL);
	row = rc > 0 ? json_get(json_get(doc, "targets"), key) : NULL;
	/* What was seen of it before it was registered again is not of now. */
	if (row == NULL || json_int(row, "since", 0) != json_int(target, "_since", 0))
		return say(v, "initial", "Elb.RegistrationInProgress",
		    "Target registration is in progress");
	return say(v, json_str_or(row, "State", "initial"), json_str(row, "Reason"),
	    json_str(row, "Description"));
}

json_t *
elbv2_health(const struct elbv2_view *v, const json_t *group, const json_t *target,
    struct err *err)
{
	json_t *users = elbv2_users(v->txn, v->arena, v->scope,
		   json_str_or(group, "TargetGroupArn", ""), err),
	       *addresses, *lb;
	const char *id, *why;
	int rc;

	if (users == NULL)
		return NULL;
	if (json_get(target, "_until") != NULL)
		return say(v, "draining", "Target.DeregistrationInProgress",
		    "Target deregistration is in progress");
	if (json_array_size(users) == 0)
		return say(v, "unused", "Target.NotInUse",
		    "Target group is not configured to receive traffic from the load "
		    "balancer");
	id = json_string_value(json_array_get(users, 0));
	rc = store_get(v->txn, v->scope, elbv2_load_balancer.kind, id, &lb, err);
	if (rc < 0)
		return NULL;
	rc = elbv2_locate(v, group, target, rc > 0 ? lb : NULL, &addresses, &why, err);
	if (rc < 0)
		return NULL;
	if (rc == 0)
		return why != NULL ?
		    say(v, "unused", "Target.InvalidState", why) :
		    say(v, "unused", "Target.NotInUse",
			"Target is in an Availability Zone that is not enabled for the load "
			"balancer");
	return seen(v, id, group, target, err);
}

int
elbv2_is_unhealthy(const struct elbv2_view *v, const char *group_arn,
    const char *instance, struct err *err)
{
	const char *slash = strrchr(group_arn, '/');
	json_t *group, *health;
	const json_t *target;
	size_t i;
	int rc = store_get(v->txn, v->scope, elbv2_target_group.kind,
	    arena_printf(v->arena, "%s%s", elbv2_target_group.prefix,
		slash != NULL ? slash + 1 : ""),
	    &group, err);

	if (rc <= 0)
		return rc;
	json_array_foreach(json_get(group, "_targets"), i, target) {
		if (!elbv2_is(target, "Id", instance))
			continue;
		health = elbv2_health(v, group, target, err);
		if (health == NULL)
			return -1;
		if (elbv2_is(health, "State", "unhealthy"))
			return 1;
	}
	return 0;
}
