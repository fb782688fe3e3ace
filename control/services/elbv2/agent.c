#include "control/services/elbv2/agent.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "control/api/call.h"
#include "control/services/acm/acm.h"
#include "control/services/elbv2/elbv2.h"

enum { MAX_TRIES = 20, MAX_TARGETS = 5000 };

struct making {
	struct elbv2_view view;
	const char *id;
	json_t *lb, *out;
	struct store_docs listeners, rules;
	struct err *err;
};

static int64_t
number(const json_t *doc, const char *key)
{
	return strtoll(json_str_or(json_get(doc, "_attributes"), key, "0"), NULL, 10);
}

static const char *
word(const json_t *doc, const char *key)
{
	return json_str_or(json_get(doc, "_attributes"), key, "");
}

/* Target groups */

/* Letters, digits, '-' and '.': what stands behind the last '/' of an ARN. */
static const char *
short_name(const char *id)
{
	const char *slash = strrchr(id, '/');

	return slash != NULL ? slash + 1 : id;
}

static int
add_target(struct making *m, const json_t *group, const json_t *target, json_t *list)
{
	const char *id = json_str_or(target, "Id", ""), *why;
	int64_t port = json_int(target, "Port", 0);
	json_t *addresses, *row;
	const json_t *address;
	size_t i;
	int rc;

	if (json_get(target, "_until") != NULL)
		return 0;
	rc = elbv2_locate(&m->view, group, target, m->lb, &addresses, &why, m->err);
	if (rc <= 0)
		return rc;
	json_array_foreach(addresses, i, address) {
		row = json_add_object(list);
		json_set_fmt(row, "name", "%s_%lld_%zu", short_name(id), (long long)port,
		    i);
		json_set_str(row, "key",
		    elbv2_target_key(m->view.arena,
			resource_id(&elbv2_target_group, group), id, port));
		json_set_str(row, "address", json_string_value(address));
		json_set_int(row, "port", port);
		json_set_int(row, "since", json_int(target, "_since", 0));
	}
	return 0;
}

static void
add_check(const json_t *group, json_t *out)
{
	const char *port = json_str_or(group, "HealthCheckPort", "");
	const json_t *matcher = json_get(group, "Matcher");
	json_t *check = json_need_object(out, "check");

	json_set_str(check, "protocol", json_str(group, "HealthCheckProtocol"));
	json_set_str(check, "path", json_str(group, "HealthCheckPath"));
	json_set_int(check, "port",
	    strcmp(port, "traffic-port") == 0 ? 0 : strtoll(port, NULL, 10));
	json_set_str(check, "codes", json_str(matcher, "HttpCode"));
	json_set_str(check, "grpc_codes", json_str(matcher, "GrpcCode"));
	json_set_int(check, "interval",
	    json_int(group, "HealthCheckIntervalSeconds", 30));
	json_set_int(check, "timeout", json_int(group, "HealthCheckTimeoutSeconds", 5));
	json_set_int(check, "rise", json_int(group, "HealthyThresholdCount", 5));
	json_set_int(check, "fall", json_int(group, "UnhealthyThresholdCount", 2));
}

static void
add_stickiness(const json_t *group, json_t *out)
{
	const char *type = word(group, "stickiness.type");
	json_t *v;

	if (strcmp(word(group, "stickiness.enabled"), "true") != 0)
		return;
	v = json_need_object(out, "stickiness");
	json_set_str(v, "type", type);
	json_set_str(v, "cookie", word(group, "stickiness.app_cookie.cookie_name"));
	json_set_int(v, "seconds",
	    number(group,
		strcmp(type, "app_cookie") == 0 ?
		    "stickiness.app_cookie.duration_seconds" :
		    "stickiness.lb_cookie.duration_seconds"));
}

static int
add_group(struct making *m, const char *arn)
{
	json_t *groups = json_need_object(m->out, "groups"), *group, *out, *list;
	const char *slash = strrchr(arn, '/'), *id;
	const json_t *target;
	size_t i;
	int rc;

	id = arena_printf(m->view.arena, "%s%s", elbv2_target_group.prefix,
	    slash != NULL ? slash + 1 : "");
	if (json_get(groups, id) != NULL)
		return 0;
	rc = store_get(m->view.txn, m->view.scope, elbv2_target_group.kind, id, &group,
	    m->err);
	if (rc <= 0)
		return rc;
	out = json_need_object(groups, id);
	json_set_str(out, "protocol", json_str(group, "Protocol"));
	json_set_str(out, "version", json_str(group, "ProtocolVersion"));
	json_set_str(out, "algorithm", word(group, "load_balancing.algorithm.type"));
	json_set_int(out, "slow_start", number(group, "slow_start.duration_seconds"));
	json_set_bool(out, "proxy_protocol",
	    strcmp(word(group, "proxy_protocol_v2.enabled"), "true") == 0);
	json_set_bool(out, "ends_unhealthy",
	    strcmp(word(group,
		       "target_health_state.unhealthy.connection_termination.enabled"),
		"true") == 0);
	add_check(group, out);
	add_stickiness(group, out);
	list = json_need_array(out, "targets");
	json_array_foreach(json_get(group, "_targets"), i, target) {
		if (add_target(m, group, target, list) < 0)
			return -1;
	}
	return 0;
}

/* Rules */

static int
add_forward(struct making *m, const json_t *action, json_t *out)
{
	const json_t *config = json_get(action, "ForwardConfig"),
		     *sticky = json_get(config, "TargetGroupStickinessConfig"), *row;
	size_t i;

	json_array_foreach(json_get(config, "TargetGroups"), i, row) {
		const char *arn = json_str_or(row, "TargetGroupArn", "");

		if (add_group(m, arn) < 0)
			return -1;
		json_add(json_need_array(out, "groups"),
		    json_make("{s:o, s:I}", "id",
			json_new_fmt("%s%s", elbv2_target_group.prefix, short_name(arn)),
			"weight", (json_int_t)json_int(row, "Weight", 1)));
	}
	if (json_bool(sticky, "Enabled", 0))
		json_set_int(out, "sticky", json_int(sticky, "DurationSeconds", 0));
	return 0;
}

static int
add_rule(struct making *m, const json_t *rule, json_t *list)
{
	const json_t *action = json_array_get(json_get(rule, "Actions"), 0), *config;
	json_t *row = json_add_object(list);

	json_set_int(row, "order", json_int(rule, "_order", 0));
	json_set(row, "conditions", json_copy_deep(json_get(rule, "Conditions")));
	config = json_get(action, "RedirectConfig");
	if (config != NULL)
		json_set(row, "redirect", json_copy_deep(config));
	config = json_get(action, "FixedResponseConfig");
	if (config != NULL)
		json_set(row, "fixed", json_copy_deep(config));
	return add_forward(m, action, row);
}

/* Listeners */

/* Certificate, chain and key in one, as HAProxy takes them. */
static int
add_certificate(struct making *m, const char *arn, json_t *list)
{
	json_t *doc;
	int rc = store_get(m->view.txn, m->view.scope, acm_certificate.kind,
	    short_name(arn), &doc, m->err);

	if (rc <= 0)
		return rc;
	if (json_str(doc, "_pem") != NULL && json_str(doc, "_key") != NULL)
		json_add(list,
		    json_new_fmt("%s\n%s\n%s\n", json_str(doc, "_pem"),
			json_str_or(doc, "_chain", ""), json_str(doc, "_key")));
	return 0;
}

static int
add_tls(struct making *m, const json_t *listener, json_t *out)
{
	const char *min, *max, *ciphers;
	const json_t *v;
	size_t i;

	if (!elbv2_is_secure(json_str_or(listener, "Protocol", "")))
		return 0;
	elbv2_policy_terms(m->view.arena, json_str_or(listener, "SslPolicy", ""), &min,
	    &max, &ciphers);
	json_set(out, "tls",
	    json_make("{s:s, s:s, s:s}", "min", min, "max", max, "ciphers", ciphers));
	json_array_foreach(json_get(listener, "_certificates"), i, v) {
		if (add_certificate(m, json_string_value(v),
			json_need_array(out, "certificates")) < 0)
			return -1;
	}
	return 0;
}

static int
add_listener(struct making *m, const json_t *listener)
{
	json_t *out = json_add_object(json_need_array(m->out, "listeners")), *rules;

	json_set_str(out, "id", resource_id(&elbv2_listener, listener));
	json_set_int(out, "port", json_int(listener, "Port", 0));
	json_set_str(out, "protocol", json_str(listener, "Protocol"));
	json_set(out, "attributes", json_copy_deep(json_get(listener, "_attributes")));
	rules = json_need_array(out, "rules");
	for (size_t i = 0; i < m->rules.n; i++) {
		if (elbv2_is(m->rules.doc[i], "_listener",
			resource_id(&elbv2_listener, listener)) &&
		    add_rule(m, m->rules.doc[i], rules) < 0)
			return -1;
	}
	return add_tls(m, listener, out);
}

static int
config(const struct agent_ref *agent, json_t **ret, struct err *err)
{
	struct making m = {
		.view = { agent->env, store_begin(agent->env->store, agent->arena),
		    agent->arena, agent->scope },
		.id = agent->id,
		.out = json_own(agent->arena, json_new_object()),
		.err = err,
	};
	struct store_txn *t = m.view.txn;
	int rc =
	    store_get(t, agent->scope, elbv2_load_balancer.kind, agent->id, &m.lb, err);

	if (rc <= 0)
		return rc;
	if (store_list(t, agent->scope, elbv2_listener.kind, &m.listeners, err) < 0 ||
	    store_list(t, agent->scope, elbv2_rule.kind, &m.rules, err) < 0)
		return -1;
	json_set_str(m.out, "type", json_str(m.lb, "Type"));
	json_set(m.out, "attributes", json_copy_deep(json_get(m.lb, "_attributes")));
	json_need_array(m.out, "listeners");
	json_need_object(m.out, "groups");
	for (size_t i = 0; i < m.listeners.n; i++) {
		if (elbv2_is(m.listeners.doc[i], "_lb", agent->id) &&
		    add_listener(&m, m.listeners.doc[i]) < 0)
			return -1;
	}
	*ret = m.out;
	return 1;
}

/* What the agent says */

/* 1 there is something new, 0, -1. */
static int
note(struct store_txn *t, const struct agent_ref *agent, const json_t *status,
    struct err *err)
{
	const json_t *targets = json_get(status, "targets");
	json_t *lb, *doc, *old;
	int rc =
	    store_get(t, agent->scope, elbv2_load_balancer.kind, agent->id, &lb, err);

	if (rc <= 0)
		return rc;
	rc = store_edit(t, agent->scope, ELBV2_HEALTH_KIND, agent->id, &doc, err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		doc = json_own(agent->arena, json_new_object());
	old = json_own(agent->arena, json_copy_deep(doc));
	json_set_bool(doc, "ready", json_bool(status, "ready", 0));
	json_del(doc, "problem");
	json_set_str(doc, "problem", json_str(status, "problem"));
	json_set(doc, "targets",
	    json_is_object(targets) && json_object_size(targets) <= MAX_TARGETS ?
		json_copy_deep(targets) :
		json_new_object());
	if (json_equal(old, doc))
		return 0;
	store_put(t, agent->scope, ELBV2_HEALTH_KIND, agent->id, doc);
	return 1;
}

static int
status(const struct agent_ref *agent, const json_t *said, struct err *err)
{
	for (int i = 0; i < MAX_TRIES; i++) {
		struct store_txn *t = store_begin(agent->env->store, agent->arena);
		int rc = note(t, agent, said, err);

		if (rc > 0)
			rc = store_commit(t, err);
		else if (rc == 0)
			return 0;
		if (rc != 0)
			return rc < 0 ? -1 : 0;
	}
	return err_set(err, &err_unavailable, "the health of %s changes all the time",
	    agent->id);
}

const struct agent_kind elbv2_agent = {
	.name = "elbv2",
	.config = config,
	.status = status,
};
