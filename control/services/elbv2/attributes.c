/*
 * Elastic Load Balancing: attributes of load balancers, target groups and listeners.
 *
 * One table: who has which, with which values.  What would ask for something that is not here has one value alone.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/elbv2/elbv2.h"

enum {
	ALB = 1,
	NLB = 2,
	HTTP_GROUP = 4,
	TCP_GROUP = 8,
	HTTP_LISTENER = 16,
	TCP_LISTENER = 32
};

enum kind { BOOL, WORD, NUMBER, TEXT, ONLY };

struct attribute {
	const char *key;
	unsigned of;
	const char *def;
	enum kind kind;
	int64_t min, max;
	const char *const *words;
};

static const char *const desync[] = { "monitor", "defensive", "strictest", NULL };
static const char *const xff[] = { "append", "preserve", "remove", NULL };
static const char *const policies[] = { "any_availability_zone",
	"partial_availability_zone_affinity", "availability_zone_affinity", NULL };
static const char *const algorithms[] = { "round_robin", "least_outstanding_requests",
	"weighted_random", NULL };
static const char *const cookies[] = { "lb_cookie", "app_cookie", NULL };
static const char *const cross[] = { "true", "false", "use_load_balancer_configuration",
	NULL };

#define LBS    (ALB | NLB)
#define GROUPS (HTTP_GROUP | TCP_GROUP)

/* "Load balancer attributes" and so on of the user guides; ONLY: the one value that holds here. */
static const struct attribute table[] = {
	{ "access_logs.s3.bucket", LBS, "", TEXT, 0, 0, NULL },
	{ "access_logs.s3.enabled", LBS, "false", ONLY, 0, 0, NULL },
	{ "access_logs.s3.prefix", LBS, "", TEXT, 0, 0, NULL },
	{ "client_keep_alive.seconds", ALB, "3600", NUMBER, 60, 604800, NULL },
	{ "connection_logs.s3.bucket", ALB, "", TEXT, 0, 0, NULL },
	{ "connection_logs.s3.enabled", ALB, "false", ONLY, 0, 0, NULL },
	{ "connection_logs.s3.prefix", ALB, "", TEXT, 0, 0, NULL },
	{ "deletion_protection.enabled", LBS, "false", BOOL, 0, 0, NULL },
	{ "dns_record.client_routing_policy", NLB, "any_availability_zone", WORD, 0, 0,
	    policies },
	{ "health_check_logs.s3.bucket", ALB, "", TEXT, 0, 0, NULL },
	{ "health_check_logs.s3.enabled", ALB, "false", ONLY, 0, 0, NULL },
	{ "health_check_logs.s3.prefix", ALB, "", TEXT, 0, 0, NULL },
	{ "idle_timeout.timeout_seconds", ALB, "60", NUMBER, 1, 4000, NULL },
	{ "ipv6.deny_all_igw_traffic", LBS, "false", ONLY, 0, 0, NULL },
	{ "load_balancing.cross_zone.enabled", ALB, "true", ONLY, 0, 0, NULL },
	{ "load_balancing.cross_zone.enabled", NLB, "false", BOOL, 0, 0, NULL },
	{ "routing.http.desync_mitigation_mode", ALB, "defensive", WORD, 0, 0, desync },
	{ "routing.http.drop_invalid_header_fields.enabled", ALB, "false", BOOL, 0, 0,
	    NULL },
	{ "routing.http.preserve_host_header.enabled", ALB, "false", BOOL, 0, 0, NULL },
	{ "routing.http.x_amzn_tls_version_and_cipher_suite.enabled", ALB, "false", BOOL,
	    0, 0, NULL },
	{ "routing.http.xff_client_port.enabled", ALB, "false", BOOL, 0, 0, NULL },
	{ "routing.http.xff_header_processing.mode", ALB, "append", WORD, 0, 0, xff },
	{ "routing.http2.enabled", ALB, "true", BOOL, 0, 0, NULL },
	{ "secondary_ips.auto_assigned.per_subnet", NLB, "0", ONLY, 0, 0, NULL },
	{ "waf.fail_open.enabled", ALB, "false", BOOL, 0, 0, NULL },
	{ "zonal_shift.config.enabled", LBS, "false", ONLY, 0, 0, NULL },

	{ "deregistration_delay.connection_termination.enabled", TCP_GROUP, "false", ONLY,
	    0, 0, NULL },
	{ "deregistration_delay.timeout_seconds", GROUPS, "300", NUMBER, 0, 3600, NULL },
	{ "load_balancing.algorithm.anomaly_mitigation", HTTP_GROUP, "off", ONLY, 0, 0,
	    NULL },
	{ "load_balancing.algorithm.type", HTTP_GROUP, "round_robin", WORD, 0, 0,
	    algorithms },
	{ "load_balancing.cross_zone.enabled", GROUPS, "use_load_balancer_configuration",
	    WORD, 0, 0, cross },
	{ "preserve_client_ip.enabled", TCP_GROUP, "false", ONLY, 0, 0, NULL },
	{ "proxy_protocol_v2.enabled", TCP_GROUP, "false", BOOL, 0, 0, NULL },
	{ "slow_start.duration_seconds", HTTP_GROUP, "0", NUMBER, 0, 900, NULL },
	{ "stickiness.app_cookie.cookie_name", HTTP_GROUP, "", TEXT, 0, 0, NULL },
	{ "stickiness.app_cookie.duration_seconds", HTTP_GROUP, "86400", NUMBER, 1,
	    604800, NULL },
	{ "stickiness.enabled", GROUPS, "false", BOOL, 0, 0, NULL },
	{ "stickiness.lb_cookie.duration_seconds", HTTP_GROUP, "86400", NUMBER, 1, 604800,
	    NULL },
	{ "stickiness.type", HTTP_GROUP, "lb_cookie", WORD, 0, 0, cookies },
	{ "stickiness.type", TCP_GROUP, "source_ip", ONLY, 0, 0, NULL },
	{ "target_group_health.dns_failover.minimum_healthy_targets.count", GROUPS, "1",
	    ONLY, 0, 0, NULL },
	{ "target_group_health.dns_failover.minimum_healthy_targets.percentage", GROUPS,
	    "off", ONLY, 0, 0, NULL },
	{ "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
	    GROUPS, "1", ONLY, 0, 0, NULL },
	{ "target_group_health.unhealthy_state_routing.minimum_healthy_targets."
	  "percentage",
	    GROUPS, "off", ONLY, 0, 0, NULL },
	{ "target_health_state.unhealthy.connection_termination.enabled", TCP_GROUP,
	    "true", BOOL, 0, 0, NULL },
	{ "target_health_state.unhealthy.draining_interval_seconds", TCP_GROUP, "0", ONLY,
	    0, 0, NULL },

	{ "routing.http.response.server.enabled", HTTP_LISTENER, "true", BOOL, 0, 0,
	    NULL },
	{ "tcp.idle_timeout.seconds", TCP_LISTENER, "350", NUMBER, 60, 6000, NULL },
};

/* Headers that listeners set, or take the names of: "HTTP header modification". */
static const char *const listener_texts[] = {
	"routing.http.request.x_amzn_mtls_clientcert.header_name",
	"routing.http.request.x_amzn_mtls_clientcert_issuer.header_name",
	"routing.http.request.x_amzn_mtls_clientcert_leaf.header_name",
	"routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name",
	"routing.http.request.x_amzn_mtls_clientcert_subject.header_name",
	"routing.http.request.x_amzn_mtls_clientcert_validity.header_name",
	"routing.http.request.x_amzn_tls_cipher_suite.header_name",
	"routing.http.request.x_amzn_tls_version.header_name",
	"routing.http.response.access_control_allow_credentials.header_value",
	"routing.http.response.access_control_allow_headers.header_value",
	"routing.http.response.access_control_allow_methods.header_value",
	"routing.http.response.access_control_allow_origin.header_value",
	"routing.http.response.access_control_expose_headers.header_value",
	"routing.http.response.access_control_max_age.header_value",
	"routing.http.response.content_security_policy.header_value",
	"routing.http.response.strict_transport_security.header_value",
	"routing.http.response.x_content_type_options.header_value",
	"routing.http.response.x_frame_options.header_value",
};

static json_t *
defaults(struct call *c, unsigned of)
{
	json_t *all = json_own(c->arena, json_new_object());

	for (size_t i = 0; i < COUNT(table); i++) {
		if ((table[i].of & of) != 0)
			json_set_str(all, table[i].key, table[i].def);
	}
	return all;
}

static unsigned
kind_of_load_balancer(const json_t *doc)
{
	return elbv2_is_application(doc) ? ALB : NLB;
}

static unsigned
kind_of_target_group(const json_t *doc)
{
	return elbv2_is_http(json_str_or(doc, "Protocol", "")) ? HTTP_GROUP : TCP_GROUP;
}

static unsigned
kind_of_listener(const json_t *doc)
{
	return elbv2_is_http(json_str_or(doc, "Protocol", "")) ? HTTP_LISTENER :
								 TCP_LISTENER;
}

json_t *
elbv2_attributes_of_load_balancer(struct call *c, const json_t *doc)
{
	return defaults(c, kind_of_load_balancer(doc));
}

json_t *
elbv2_attributes_of_target_group(struct call *c, const json_t *doc)
{
	return defaults(c, kind_of_target_group(doc));
}

json_t *
elbv2_attributes_of_listener(struct call *c, const json_t *doc)
{
	json_t *all = defaults(c, kind_of_listener(doc));

	for (size_t i = 0;
	     kind_of_listener(doc) == HTTP_LISTENER && i < COUNT(listener_texts); i++)
		json_set_str(all, listener_texts[i], "");
	return all;
}

/* Describe… */

static void
show(struct call *c, const json_t *doc)
{
	json_t *rows = json_own(c->arena, json_new_array());
	const char *key;
	json_t *value;

	json_object_foreach(json_get(doc, "_attributes"), key, value)
		json_add(rows,
		    json_make("{s:s, s:s}", "Key", key, "Value",
			json_string_value(value)));
	out_ref(c, "Attributes", rows);
}

static int
describe(struct call *c, const struct resource *r)
{
	json_t *doc;

	if (elbv2_get(c, r, in_str(c, elbv2_arn_member(r)), &doc) < 0)
		return -1;
	show(c, doc);
	return 0;
}

static int
describe_load_balancer_attributes(struct call *c)
{
	return describe(c, &elbv2_load_balancer);
}

static int
describe_target_group_attributes(struct call *c)
{
	return describe(c, &elbv2_target_group);
}

static int
describe_listener_attributes(struct call *c)
{
	return describe(c, &elbv2_listener);
}

/* Modify… */

static const struct attribute *
find(unsigned of, const char *key)
{
	for (size_t i = 0; i < COUNT(table); i++) {
		if ((table[i].of & of) != 0 && strcmp(table[i].key, key) == 0)
			return &table[i];
	}
	return NULL;
}

static int
is_listener_text(unsigned of, const char *key)
{
	for (size_t i = 0; of == HTTP_LISTENER && i < COUNT(listener_texts); i++) {
		if (strcmp(listener_texts[i], key) == 0)
			return 1;
	}
	return 0;
}

static int
is_good(const struct attribute *a, const char *value)
{
	char *end;
	long long n;

	switch (a->kind) {
	case BOOL:
		return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
	case WORD:
		return elbv2_is_one(value, a->words);
	case NUMBER:
		n = strtoll(value, &end, 10);
		return end != value && *end == '\0' && n >= a->min && n <= a->max;
	case TEXT:
		return strlen(value) <= 1024 && strpbrk(value, "\r\n\"") == NULL;
	case ONLY:
		return strcmp(value, a->def) == 0;
	}
	return 0;
}

static int
set(struct call *c, json_t *all, unsigned of, const char *key, const char *value)
{
	const struct attribute *a = find(of, key);

	if (is_listener_text(of, key)) {
		/* It becomes a line of a header. */
		if (strlen(value) > 4096 || strpbrk(value, "\r\n\"\\") != NULL)
			return err_set(&c->err, &elbv2_bad_config,
			    "The value of '%s' is not valid", key);
		if (strstr(key, "mtls") != NULL && value[0] != '\0')
			return err_set(&c->err, &elbv2_bad_config,
			    "Mutual TLS is not supported here: '%s'", key);
		json_set_str(all, key, value);
		return 0;
	}
	if (a == NULL)
		return err_set(&c->err, &elbv2_bad_config,
		    "Attribute key '%s' is not recognized", key);
	if (is_good(a, value)) {
		json_set_str(all, key, value);
		return 0;
	}
	if (a->kind == ONLY)
		return err_set(&c->err, &elbv2_bad_config,
		    "The value '%.100s' of the attribute '%s' is not supported here: it is "
		    "always '%s'",
		    value, key, a->def);
	return err_set(&c->err, &elbv2_bad_config,
	    "The value '%.100s' of the attribute '%s' is not valid", value, key);
}

static int
modify(struct call *c, const struct resource *r, unsigned (*kind)(const json_t *doc),
    json_t **ret)
{
	json_t *seen = json_own(c->arena, json_new_object()), *doc;
	const json_t *row;
	size_t i;

	if (elbv2_edit(c, r, in_str(c, elbv2_arn_member(r)), &doc) < 0)
		return -1;
	json_array_foreach(in_list(c, "Attributes"), i, row) {
		const char *key = json_str_or(row, "Key", "");

		if (json_get(seen, key) != NULL)
			return err_set(&c->err, &elbv2_bad_config,
			    "Attribute key '%s' was specified more than once", key);
		json_set_bool(seen, key, 1);
		if (set(c, json_get(doc, "_attributes"), kind(doc), key,
			json_str_or(row, "Value", "")) < 0)
			return -1;
	}
	*ret = doc;
	return 0;
}

/* What does not go together. */
static int
check_group(struct call *c, const json_t *doc)
{
	const json_t *all = json_get(doc, "_attributes");
	const char *name = json_str_or(all, "stickiness.app_cookie.cookie_name", "");
	static const char *const reserved[] = { "AWSALB", "AWSALBAPP", "AWSALBTG", NULL };

	if (elbv2_is(all, "stickiness.type", "app_cookie") &&
	    elbv2_is(all, "stickiness.enabled", "true") && name[0] == '\0')
		return err_set(&c->err, &elbv2_bad_config,
		    "A cookie name must be specified for app_cookie stickiness");
	if (elbv2_is_one(name, reserved) ||
	    strspn(name,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") !=
		strlen(name))
		return err_set(&c->err, &elbv2_bad_config,
		    "The cookie name '%.100s' is not valid", name);
	if (json_str(all, "slow_start.duration_seconds") != NULL &&
	    !elbv2_is(all, "slow_start.duration_seconds", "0") &&
	    (strtol(json_str_or(all, "slow_start.duration_seconds", "0"), NULL, 10) <
		    30 ||
		!elbv2_is(all, "load_balancing.algorithm.type", "round_robin")))
		return err_set(&c->err, &elbv2_bad_config,
		    "Slow start takes 30 to 900 seconds, and round_robin as the algorithm");
	return 0;
}

static int
modify_load_balancer_attributes(struct call *c)
{
	json_t *doc;

	if (modify(c, &elbv2_load_balancer, kind_of_load_balancer, &doc) < 0)
		return -1;
	resource_put(c, &elbv2_load_balancer, doc);
	show(c, doc);
	return 0;
}

static int
modify_target_group_attributes(struct call *c)
{
	json_t *doc;

	if (modify(c, &elbv2_target_group, kind_of_target_group, &doc) < 0 ||
	    check_group(c, doc) < 0)
		return -1;
	resource_put(c, &elbv2_target_group, doc);
	show(c, doc);
	return 0;
}

static int
modify_listener_attributes(struct call *c)
{
	json_t *doc;

	if (modify(c, &elbv2_listener, kind_of_listener, &doc) < 0)
		return -1;
	resource_put(c, &elbv2_listener, doc);
	show(c, doc);
	return 0;
}

static const struct op ops[] = {
	ELB("DescribeListenerAttributes", describe_listener_attributes, OP_READ,
	    "Show how a listener is set."),
	ELB("DescribeLoadBalancerAttributes", describe_load_balancer_attributes, OP_READ,
	    "Show how a load balancer is set."),
	ELB("DescribeTargetGroupAttributes", describe_target_group_attributes, OP_READ,
	    "Show how a target group is set."),
	ELB("ModifyListenerAttributes", modify_listener_attributes, 0,
	    "Set a listener otherwise."),
	ELB("ModifyLoadBalancerAttributes", modify_load_balancer_attributes, 0,
	    "Set a load balancer otherwise."),
	ELB("ModifyTargetGroupAttributes", modify_target_group_attributes, 0,
	    "Set a target group otherwise."),
};

const struct family elbv2_attributes = FAMILY(ops, NULL);
