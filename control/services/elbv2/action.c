/*
 * Elastic Load Balancing: what a listener or a rule does with a request: forward, redirect, answer.
 *
 * Not emulated: authentication (OIDC, Cognito, JWT), which is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/elbv2/elbv2.h"

static const struct err_kind bad_action = { "InvalidLoadBalancerAction", 400 };
static const struct err_kind too_many = { "TooManyActions", 400 };
static const struct err_kind incompatible = { "IncompatibleProtocols", 400 };
static const struct err_kind one_user = { "TargetGroupAssociationLimit", 400 };
static const struct err_kind no_group = { "TargetGroupNotFound", 400 };

enum { GROUPS_MOST = 5, WEIGHT_MOST = 999, STICKY_MOST = 604800 };

struct reading {
	struct call *c;
	const json_t *lb;
	const char *protocol; /* of the listener */
};

/* Forward */

static int
is_compatible(const struct reading *r, const char *group)
{
	if (elbv2_is_application(r->lb))
		return elbv2_is_http(group);
	if (strcmp(r->protocol, "TLS") == 0)
		return strcmp(group, "TLS") == 0 || strcmp(group, "TCP") == 0;
	return strcmp(r->protocol, group) == 0;
}

static int
check_group(const struct reading *r, const char *arn)
{
	struct call *c = r->c;
	const json_t *v;
	json_t *group, *users;
	size_t i;
	int rc = elbv2_find(c, &elbv2_target_group, arn, &group);

	if (rc <= 0)
		return rc < 0 ?
		    -1 :
		    err_set(&c->err, &no_group, "Target groups '%.200s' not found", arn);
	if (!elbv2_is(group, "VpcId", json_str_or(r->lb, "VpcId", "")))
		return err_set(&c->err, &elbv2_bad_config,
		    "The target group '%s' and the load balancer are not in the same VPC",
		    arn);
	if (!is_compatible(r, json_str_or(group, "Protocol", "")))
		return err_set(&c->err, &incompatible,
		    "Target group '%s' of protocol '%s' and a listener of protocol '%s' do "
		    "not go together",
		    arn, json_str_or(group, "Protocol", ""), r->protocol);
	users = elbv2_users(c->txn, c->arena, c->scope, arn, &c->err);
	if (users == NULL)
		return -1;
	json_array_foreach(users, i, v) {
		if (strcmp(json_string_value(v),
			resource_id(&elbv2_load_balancer, r->lb)) != 0)
			return err_set(&c->err, &one_user,
			    "The following target groups cannot be associated with more than "
			    "one load balancer: %s",
			    arn);
	}
	return 0;
}

static int
check_weights(const struct reading *r, const json_t *rows)
{
	struct call *c = r->c;
	const json_t *row;
	size_t i;

	if (json_array_size(rows) == 0 || json_array_size(rows) > GROUPS_MOST)
		return err_set(&c->err, &bad_action,
		    "An action of type 'forward' must specify 1 to %d target groups",
		    GROUPS_MOST);
	if (!elbv2_is_application(r->lb) && json_array_size(rows) > 1)
		return err_set(&c->err, &bad_action,
		    "Weighted target groups are not supported for listeners of protocol '%s' "
		    "here",
		    r->protocol);
	json_array_foreach(rows, i, row) {
		int64_t weight = json_int(row, "Weight", 1);

		if (weight < 0 || weight > WEIGHT_MOST)
			return err_set(&c->err, &bad_action,
			    "Weight '%lld' must be between 0 and %d", (long long)weight,
			    WEIGHT_MOST);
		if (check_group(r, json_str_or(row, "TargetGroupArn", "")) < 0)
			return -1;
	}
	return 0;
}

static int
set_stickiness(const struct reading *r, const json_t *said, json_t *config)
{
	int is_on = json_bool(said, "Enabled", 0);
	int64_t seconds = json_int(said, "DurationSeconds", 0);
	json_t *out = json_need_object(config, "TargetGroupStickinessConfig");

	json_set_bool(out, "Enabled", is_on);
	if (is_on || seconds != 0) {
		if (seconds < 1 || seconds > STICKY_MOST)
			return err_set(&r->c->err, &bad_action,
			    "Stickiness duration must be between 1 and %d seconds",
			    STICKY_MOST);
		json_set_int(out, "DurationSeconds", seconds);
	}
	return 0;
}

static int
read_forward(const struct reading *r, const json_t *action, json_t *out)
{
	const char *arn = json_str(action, "TargetGroupArn");
	const json_t *config = json_get(action, "ForwardConfig"), *row;
	json_t *to = json_own(r->c->arena, json_new_object()), *rows;
	size_t i;

	rows = json_need_array(to, "TargetGroups");
	json_array_foreach(json_get(config, "TargetGroups"), i, row)
		json_add(rows,
		    json_make("{s:s, s:I}", "TargetGroupArn",
			json_str_or(row, "TargetGroupArn", ""), "Weight",
			(json_int_t)json_int(row, "Weight", 1)));
	if (arn != NULL && json_array_size(rows) == 0)
		json_add(rows,
		    json_make("{s:s, s:i}", "TargetGroupArn", arn, "Weight", 1));
	if (arn != NULL &&
	    (json_array_size(rows) != 1 ||
		!elbv2_is(json_array_get(rows, 0), "TargetGroupArn", arn)))
		return err_set(&r->c->err, &bad_action,
		    "You cannot specify both a target group ARN and other target groups in "
		    "a forward configuration");
	if (check_weights(r, rows) < 0 ||
	    set_stickiness(r, json_get(config, "TargetGroupStickinessConfig"), to) < 0)
		return -1;
	if (json_array_size(rows) == 1)
		json_set_str(out, "TargetGroupArn",
		    json_str(json_array_get(rows, 0), "TargetGroupArn"));
	json_set(out, "ForwardConfig", json_incref(to));
	return 0;
}

/* Redirect */

static int
is_redirect_port(const char *text)
{
	return strcmp(text, "#{port}") == 0 ||
	    (text[0] != '\0' && strspn(text, "0123456789") == strlen(text) &&
		strlen(text) <= 5 && strtol(text, NULL, 10) >= 1 &&
		strtol(text, NULL, 10) <= 65535);
}

static int
read_redirect(const struct reading *r, const json_t *action, json_t *out)
{
	static const char *const members[][2] = { { "Protocol", "#{protocol}" },
		{ "Port", "#{port}" }, { "Host", "#{host}" }, { "Path", "/#{path}" },
		{ "Query", "#{query}" } };
	const json_t *said = json_get(action, "RedirectConfig");
	json_t *to = json_need_object(out, "RedirectConfig");
	int is_loop = 1;

	if (said == NULL)
		return err_set(&r->c->err, &bad_action,
		    "An action of type 'redirect' must specify a redirect configuration");
	for (size_t i = 0; i < COUNT(members); i++) {
		const char *value = json_str_or(said, members[i][0], members[i][1]);

		if (strpbrk(value, " \t\r\n\"'\\<>") != NULL)
			return err_set(&r->c->err, &bad_action,
			    "The redirect %s '%.130s' is not valid", members[i][0],
			    value);
		is_loop &= strcmp(value, members[i][1]) == 0;
		json_set_str(to, members[i][0], value);
	}
	json_set_str(to, "StatusCode", json_str(said, "StatusCode"));
	if (json_str_or(to, "Path", "")[0] != '/')
		return err_set(&r->c->err, &bad_action,
		    "The redirect path must begin with a '/'");
	if (!is_redirect_port(json_str_or(to, "Port", "")))
		return err_set(&r->c->err, &bad_action,
		    "The redirect port must be a number from 1 to 65535 or #{port}");
	if (elbv2_is(to, "Protocol", "HTTP") && strcmp(r->protocol, "HTTPS") == 0)
		return err_set(&r->c->err, &bad_action,
		    "HTTPS cannot be redirected to HTTP");
	if (is_loop)
		return err_set(&r->c->err, &bad_action,
		    "The redirect configuration is not valid because it creates a loop.");
	return 0;
}

/* Fixed response */

static int
read_fixed(const struct reading *r, const json_t *action, json_t *out)
{
	static const char *const types[] = { "text/plain", "text/css", "text/html",
		"application/javascript", "application/json", NULL };
	const json_t *said = json_get(action, "FixedResponseConfig");
	const char *type = json_str(said, "ContentType");

	if (said == NULL)
		return err_set(&r->c->err, &bad_action,
		    "An action of type 'fixed-response' must specify a fixed response "
		    "configuration");
	if (type != NULL && type[0] != '\0' && !elbv2_is_one(type, types))
		return err_set(&r->c->err, &bad_action,
		    "The content type '%s' is not valid", type);
	json_set(out, "FixedResponseConfig", json_copy_deep(said));
	return 0;
}

/* All */

typedef int read_fn(const struct reading *r, const json_t *action, json_t *out);

static const struct {
	const char *type;
	read_fn *read;
} types[] = {
	{ "fixed-response", read_fixed },
	{ "forward", read_forward },
	{ "redirect", read_redirect },
};

static int
read_action(const struct reading *r, const json_t *action, json_t *out)
{
	const char *type = json_str_or(action, "Type", "");

	json_set_str(out, "Type", type);
	if (json_get(action, "Order") != NULL)
		json_set_int(out, "Order", json_int(action, "Order", 1));
	if (!elbv2_is_application(r->lb) && strcmp(type, "forward") != 0)
		return err_set(&r->c->err, &bad_action,
		    "Action type '%s' is not supported for listeners of protocol '%s'",
		    type, r->protocol);
	for (size_t i = 0; i < COUNT(types); i++) {
		if (strcmp(types[i].type, type) == 0)
			return types[i].read(r, action, out);
	}
	return err_set(&r->c->err, &bad_action,
	    "Actions of type '%s' are not supported here", type);
}

json_t *
elbv2_actions(struct call *c, const json_t *lb, const char *protocol,
    const json_t *actions)
{
	const struct reading r = { c, lb, protocol };
	json_t *rows = json_own(c->arena, json_new_array());

	if (json_array_size(actions) == 0) {
		err_set_fn(&c->err, &elbv2_invalid,
		    "At least one action must be specified");
		return NULL;
	}
	/* Only authentication comes before another action. */
	if (json_array_size(actions) > 1 &&
	    strncmp(json_str_or(json_array_get(actions, 0), "Type", ""), "a", 1) != 0) {
		err_set_fn(&c->err, &too_many,
		    "Only one action of type forward, redirect or fixed-response can be "
		    "specified");
		return NULL;
	}
	if (read_action(&r, json_array_get(actions, 0), json_add_object(rows)) < 0)
		return NULL;
	return rows;
}

static int
leads_to(const json_t *actions, const char *arn)
{
	const json_t *action, *row;
	size_t i, k;

	json_array_foreach(actions, i, action) {
		json_array_foreach(json_path(action, "ForwardConfig.TargetGroups"), k,
		    row) {
			if (elbv2_is(row, "TargetGroupArn", arn))
				return 1;
		}
	}
	return 0;
}

json_t *
elbv2_users(struct store_txn *t, struct arena *a, const char *scope,
    const char *group_arn, struct err *err)
{
	json_t *users = json_own(a, json_new_array());
	struct store_docs rules;

	if (store_list(t, scope, elbv2_rule.kind, &rules, err) < 0)
		return NULL;
	for (size_t i = 0; i < rules.n; i++) {
		const json_t *rule = rules.doc[i];
		const char *lb = json_str_or(rule, "_lb", "");

		if (leads_to(json_get(rule, "Actions"), group_arn) &&
		    !json_has_str(users, lb))
			json_add_str(users, lb);
	}
	return users;
}
