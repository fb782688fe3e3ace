/*
 * Elastic Load Balancing: listeners.
 *
 * Not emulated: mutual TLS, ALPN policies of network load balancers, UDP, QUIC; they are refused.
 */
#include <string.h>

#include "control/services/elbv2/elbv2.h"

static const struct err_kind not_found = { "ListenerNotFound", 400 };
static const struct err_kind duplicate = { "DuplicateListener", 400 };
static const struct err_kind too_many = { "TooManyListeners", 400 };
static const struct err_kind too_many_certificates = { "TooManyCertificates", 400 };
static const struct err_kind no_policy = { "SSLPolicyNotFound", 400 };

enum { MOST = 50 };

const struct resource elbv2_listener = {
	.service = "elbv2",
	.kind = "elbv2:listener",
	.type = "listener",
	.prefix = "lis-",
	.id_member = "_id",
	.noun = "listener",
	.not_found = &not_found,
};

/* All of the load balancer's, in a new array. */
static json_t *
of_load_balancer(struct call *c, const char *lb_id)
{
	json_t *all = elbv2_all(c, &elbv2_listener);

	for (size_t i = all != NULL ? json_array_size(all) : 0; i-- > 0;) {
		if (!elbv2_is(json_array_get(all, i), "_lb", lb_id))
			json_array_remove(all, i);
	}
	return all;
}

static int
check_protocol(struct call *c, const json_t *lb, const char *protocol)
{
	static const char *const words[][3] = { { "TCP", "TLS", NULL },
		{ "HTTP", "HTTPS", NULL } };

	if (protocol == NULL)
		return err_set(&c->err, &elbv2_invalid, "A protocol must be specified");
	if (elbv2_is_one(protocol, words[elbv2_is_application(lb)]))
		return 0;
	if (!elbv2_is_application(lb) && strstr(protocol, "HTTP") == NULL)
		return err_set(&c->err, &elbv2_unsupported,
		    "Listeners of protocol '%s' are not supported here", protocol);
	return err_set(&c->err, &elbv2_invalid,
	    "Listener protocol '%s' must be one of '%s'", protocol,
	    elbv2_is_application(lb) ? "HTTPS, HTTP" : "UDP, TCP, TCP_UDP, TLS");
}

static int
check_port(struct call *c, const json_t *lb, const char *id, int64_t port)
{
	json_t *all = of_load_balancer(c, resource_id(&elbv2_load_balancer, lb)), *row;
	size_t i;

	if (all == NULL)
		return -1;
	json_array_foreach(all, i, row) {
		if (json_int(row, "Port", 0) == port && !elbv2_is(row, "_id", id))
			return err_set(&c->err, &duplicate,
			    "A listener already exists on this port for this load balancer "
			    "'%s'",
			    json_str_or(lb, "LoadBalancerArn", ""));
	}
	if (json_array_size(all) >= MOST)
		return err_set(&c->err, &too_many,
		    "The maximum number of listeners (%d) has been reached", MOST);
	return 0;
}

/* Of HTTPS and TLS: one certificate and a policy; of others: none. */
static int
set_tls(struct call *c, json_t *doc)
{
	const json_t *certificates = in_list(c, "Certificates");
	const char *policy = in_str(c, "SslPolicy"),
		   *protocol = json_str_or(doc, "Protocol", ""), *arn;
	json_t *list;

	if (!elbv2_is_secure(protocol)) {
		if (json_array_size(certificates) > 0 || policy != NULL)
			return err_set(&c->err, &elbv2_invalid,
			    "%s cannot be specified for %s listeners",
			    policy != NULL ? "An SSL policy" : "A certificate", protocol);
		json_del(doc, "Certificates");
		json_del(doc, "SslPolicy");
		json_set(doc, "_certificates", json_new_array());
		return 0;
	}
	if (policy != NULL && !elbv2_has_policy(policy))
		return err_set(&c->err, &no_policy, "SSL policy '%.100s' not found",
		    policy);
	if (json_str(doc, "SslPolicy") == NULL)
		json_set_str(doc, "SslPolicy", elbv2_default_policy);
	json_set_str(doc, "SslPolicy", policy);
	if (json_array_size(certificates) > 1)
		return err_set(&c->err, &too_many_certificates,
		    "Up to one certificate can be specified, but multiple were specified");
	arn = json_str(json_array_get(certificates, 0), "CertificateArn");
	if (arn == NULL) {
		if (json_array_size(json_get(doc, "_certificates")) > 0)
			return 0;
		return err_set(&c->err, &elbv2_invalid,
		    "A certificate must be specified for %s listeners", protocol);
	}
	if (elbv2_certificate_check(c, arn) < 0)
		return -1;
	json_set(doc, "Certificates", json_make("[{s:s}]", "CertificateArn", arn));
	/* The new default one takes the place of the old one, and is there once. */
	list = json_own(c->arena, json_make("[s]", arn));
	for (size_t i = 1; i < json_array_size(json_get(doc, "_certificates")); i++) {
		const char *old =
		    json_string_value(json_array_get(json_get(doc, "_certificates"), i));

		if (strcmp(old, arn) != 0)
			json_add_str(list, old);
	}
	json_set(doc, "_certificates", json_incref(list));
	return 0;
}

static int
refuse(struct call *c)
{
	const json_t *mutual = in_object(c, "MutualAuthentication"),
		     *alpn = in_list(c, "AlpnPolicy");
	const char *first = json_string_value(json_array_get(alpn, 0));

	if (mutual != NULL && strcmp(json_str_or(mutual, "Mode", "off"), "off") != 0)
		return err_set(&c->err, &elbv2_bad_config,
		    "Mutual TLS is not supported here");
	if (first != NULL && strcmp(first, "None") != 0)
		return err_set(&c->err, &elbv2_bad_config,
		    "The ALPN policy '%.50s' is not supported here", first);
	return 0;
}

static void
answer(struct call *c, json_t *doc)
{
	out_ref(c, "Listeners", json_own(c->arena, json_make("[O]", doc)));
}

/* CreateListener */

static int
create_listener(struct call *c)
{
	const char *arn = in_str(c, "LoadBalancerArn"), *hex = elbv2_hex(c),
		   *protocol = in_str(c, "Protocol");
	json_t *doc = json_own(c->arena, json_new_object()), *lb, *actions;

	if (elbv2_get(c, &elbv2_load_balancer, arn, &lb) < 0 || refuse(c) < 0 ||
	    check_protocol(c, lb, protocol) < 0)
		return -1;
	if (!in_has(c, "Port"))
		return err_set(&c->err, &elbv2_invalid, "A port must be specified");
	if (check_port(c, lb, "", in_int(c, "Port", 0)) < 0)
		return -1;
	json_set_fmt(doc, "_id", "%s%s", elbv2_listener.prefix, hex);
	json_set_str(doc, "_lb", resource_id(&elbv2_load_balancer, lb));
	json_set_str(doc, "ListenerArn",
	    call_arn(c,
		arena_printf(c->arena, "listener/%s/%s",
		    strstr(arn, "loadbalancer/") + strlen("loadbalancer/"), hex)));
	json_set_str(doc, "LoadBalancerArn", arn);
	json_set_int(doc, "Port", in_int(c, "Port", 0));
	json_set_str(doc, "Protocol", protocol);
	if (set_tls(c, doc) < 0)
		return -1;
	actions = elbv2_actions(c, lb, protocol, in_list(c, "DefaultActions"));
	if (actions == NULL)
		return -1;
	json_set(doc, "DefaultActions", json_incref(actions));
	json_set(doc, "_attributes", json_incref(elbv2_attributes_of_listener(c, doc)));
	if (elbv2_tag(c, doc) < 0 || elbv2_rule_default(c, doc) < 0)
		return -1;
	resource_put(c, &elbv2_listener, doc);
	answer(c, doc);
	return elbv2_certificates_note(c, NULL, json_get(doc, "_certificates"));
}

/* ModifyListener */

static int
modify_listener(struct call *c)
{
	const char *protocol = in_str(c, "Protocol"), *old;
	const json_t *actions = in_list(c, "DefaultActions");
	json_t *doc, *lb, *new, *before;

	if (elbv2_edit(c, &elbv2_listener, in_str(c, "ListenerArn"), &doc) < 0 ||
	    resource_get(c, &elbv2_load_balancer, json_str_or(doc, "_lb", ""), &lb) < 0 ||
	    refuse(c) < 0)
		return -1;
	old = json_str_or(doc, "Protocol", "");
	protocol = protocol != NULL ? protocol : arena_strdup(c->arena, old);
	if (check_protocol(c, lb, protocol) < 0)
		return -1;
	if (in_has(c, "Port")) {
		if (check_port(c, lb, resource_id(&elbv2_listener, doc),
			in_int(c, "Port", 0)) < 0)
			return -1;
		json_set_int(doc, "Port", in_int(c, "Port", 0));
	}
	json_set_str(doc, "Protocol", protocol);
	before = json_own(c->arena, json_copy_deep(json_get(doc, "_certificates")));
	if (set_tls(c, doc) < 0)
		return -1;
	/* What it did before has to go with a new protocol, too. */
	new = elbv2_actions(c, lb, protocol,
	    actions != NULL ? actions : json_get(doc, "DefaultActions"));
	if (new == NULL)
		return -1;
	json_set(doc, "DefaultActions", json_incref(new));
	if (elbv2_rule_default(c, doc) < 0)
		return -1;
	resource_put(c, &elbv2_listener, doc);
	answer(c, doc);
	return elbv2_certificates_note(c, before, json_get(doc, "_certificates"));
}

/* DeleteListener */

static int
drop(struct call *c, const json_t *doc)
{
	const char *id = resource_id(&elbv2_listener, doc);

	if (elbv2_rules_drop(c, id) < 0)
		return -1;
	resource_delete_doc(c, &elbv2_listener, id);
	return elbv2_certificates_note(c, json_get(doc, "_certificates"), NULL);
}

static int
delete_listener(struct call *c)
{
	json_t *doc;

	return elbv2_get(c, &elbv2_listener, in_str(c, "ListenerArn"), &doc) < 0 ?
	    -1 :
	    drop(c, doc);
}

int
elbv2_listeners_drop(struct call *c, const char *lb_id)
{
	json_t *all = of_load_balancer(c, lb_id), *doc;
	size_t i;

	if (all == NULL)
		return -1;
	json_array_foreach(all, i, doc) {
		if (drop(c, doc) < 0)
			return -1;
	}
	return 0;
}

/* DescribeListeners */

static int
describe_listeners(struct call *c)
{
	const char *lb = in_str(c, "LoadBalancerArn");
	const json_t *arns = in_list(c, "ListenerArns");
	json_t *rows, *doc;

	if (elbv2_ask(c, "*", NULL) < 0)
		return -1;
	if ((lb != NULL) == (json_array_size(arns) > 0))
		return err_set(&c->err, &elbv2_invalid,
		    lb != NULL ?
			"Listener ARNs and a load balancer ARN cannot be specified at the "
			"same time" :
			"You must specify either listener ARNs or a load balancer ARN");
	if (lb != NULL) {
		rows = json_own(c->arena, json_make("[s]", lb));
		rows = elbv2_named(c, &elbv2_load_balancer, rows);
		if (rows == NULL)
			return -1;
		doc = json_array_get(rows, 0);
		rows = of_load_balancer(c, resource_id(&elbv2_load_balancer, doc));
	} else {
		rows = elbv2_named(c, &elbv2_listener, arns);
	}
	return rows == NULL ?
	    -1 :
	    elbv2_page(c, "Listeners", resource_sorted(c, rows, "ListenerArn"), 400);
}

static const struct op ops[] = {
	ELB("CreateListener", create_listener, 0,
	    "Let a load balancer listen on a port."),
	ELB("DeleteListener", delete_listener, 0, "Remove a listener and its rules."),
	ELB("DescribeListeners", describe_listeners, OP_READ, "List listeners."),
	ELB("ModifyListener", modify_listener, 0, "Change a listener."),
};

static const struct resource *const resources[] = { &elbv2_listener, NULL };

const struct family elbv2_listeners = FAMILY(ops, resources);
