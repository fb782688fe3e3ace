/*
 * Elastic Load Balancing: what an account may have, and the policies of TLS.
 */
#include <string.h>

#include "control/services/elbv2/elbv2.h"

static const struct err_kind no_policy = { "SSLPolicyNotFound", 400 };

/* "Quotas for your Application Load Balancers", "… Network Load Balancers". */
static const struct {
	const char *name, *max;
} limits[] = {
	{ "target-groups", "3000" },
	{ "targets-per-application-load-balancer", "1000" },
	{ "listeners-per-application-load-balancer", "50" },
	{ "rules-per-application-load-balancer", "100" },
	{ "network-load-balancers", "50" },
	{ "targets-per-network-load-balancer", "3000" },
	{ "targets-per-availability-zone-per-network-load-balancer", "500" },
	{ "listeners-per-network-load-balancer", "50" },
	{ "condition-values-per-alb-rule", "5" },
	{ "condition-wildcards-per-alb-rule", "6" },
	{ "target-groups-per-action-on-application-load-balancer", "5" },
	{ "target-groups-per-action-on-network-load-balancer", "1" },
	{ "certificates-per-application-load-balancer", "25" },
	{ "certificates-per-network-load-balancer", "25" },
	{ "targets-per-target-group", "1000" },
	{ "target-id-registrations-per-application-load-balancer", "1000" },
	{ "application-load-balancers", "50" },
};

/* Bits of struct policy: which versions. */
enum { V10 = 1, V11 = 2, V12 = 4, V13 = 8 };

struct policy {
	const char *name;
	unsigned versions;
	const char *ciphers; /* separated by ' ', of TLS 1.2 and before */
};

#define CIPHERS_13 \
	"TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256"
#define GCM                                                          \
	"ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 " \
	"ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384"
#define CBC                                                  \
	"ECDHE-ECDSA-AES128-SHA256 ECDHE-RSA-AES128-SHA256 " \
	"ECDHE-ECDSA-AES256-SHA384 ECDHE-RSA-AES256-SHA384"
#define SHA1                                                                \
	"ECDHE-ECDSA-AES128-SHA ECDHE-RSA-AES128-SHA ECDHE-RSA-AES256-SHA " \
	"ECDHE-ECDSA-AES256-SHA"
#define NO_FS "AES128-GCM-SHA256 AES128-SHA256 AES256-GCM-SHA384 AES256-SHA256"
#define OLD   "AES128-SHA AES256-SHA"

/* "Security policies for your Application Load Balancer" of the user guide. */
static const struct policy policies[] = {
	{ "ELBSecurityPolicy-2016-08", V10 | V11 | V12,
	    GCM " " CBC " " SHA1 " " NO_FS " " OLD },
	{ "ELBSecurityPolicy-FS-1-1-2019-08", V11 | V12, GCM " " CBC " " SHA1 },
	{ "ELBSecurityPolicy-FS-1-2-2019-08", V12, GCM " " CBC " " SHA1 },
	{ "ELBSecurityPolicy-FS-1-2-Res-2019-08", V12, GCM " " CBC },
	{ "ELBSecurityPolicy-FS-1-2-Res-2020-10", V12, GCM },
	{ "ELBSecurityPolicy-FS-2018-06", V10 | V11 | V12, GCM " " CBC " " SHA1 },
	{ "ELBSecurityPolicy-TLS-1-1-2017-01", V11 | V12,
	    GCM " " CBC " " SHA1 " " NO_FS " " OLD },
	{ "ELBSecurityPolicy-TLS-1-2-2017-01", V12, GCM " " CBC " " NO_FS },
	{ "ELBSecurityPolicy-TLS-1-2-Ext-2018-06", V12,
	    GCM " " CBC " " SHA1 " " NO_FS " " OLD },
	{ "ELBSecurityPolicy-TLS13-1-0-2021-06", V10 | V11 | V12 | V13,
	    GCM " " CBC " " SHA1 " " NO_FS " " OLD },
	{ "ELBSecurityPolicy-TLS13-1-1-2021-06", V11 | V12 | V13,
	    GCM " " CBC " " SHA1 " " NO_FS " " OLD },
	{ "ELBSecurityPolicy-TLS13-1-2-2021-06", V12 | V13, GCM " " CBC },
	{ "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06", V12 | V13, GCM " " CBC " " NO_FS },
	{ "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06", V12 | V13,
	    GCM " " CBC " " SHA1 " " NO_FS " " OLD },
	{ "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", V12 | V13, GCM },
	{ "ELBSecurityPolicy-TLS13-1-3-2021-06", V13, "" },
};

/* Of a listener that is made by the API without one. */
const char *const elbv2_default_policy = "ELBSecurityPolicy-2016-08";

static const struct policy *
find(const char *name)
{
	for (size_t i = 0; i < COUNT(policies); i++) {
		if (strcmp(policies[i].name, name) == 0)
			return &policies[i];
	}
	return NULL;
}

int
elbv2_has_policy(const char *name)
{
	return find(name) != NULL;
}

void
elbv2_policy_terms(struct arena *a, const char *name, const char **ret_min,
    const char **ret_max, const char **ret_ciphers)
{
	const struct policy *found = find(name),
			    *p = found != NULL ? found : &policies[0];
	char *ciphers = arena_strdup(a, p->ciphers);

	for (char *s = ciphers; *s != '\0'; s++)
		*s = *s == ' ' ? ':' : *s;
	*ret_min = p->versions & V10 ? "TLSv1.0" :
	    p->versions & V11	     ? "TLSv1.1" :
	    p->versions & V12	     ? "TLSv1.2" :
				       "TLSv1.3";
	*ret_max = p->versions & V13 ? "TLSv1.3" : "TLSv1.2";
	*ret_ciphers = ciphers;
}

static void
add_ciphers(struct call *c, json_t *list, const char *names)
{
	char *save, *name, *text = arena_strdup(c->arena, names);

	for (name = strtok_r(text, " ", &save); name != NULL;
	     name = strtok_r(NULL, " ", &save))
		json_add(list,
		    json_make("{s:s, s:I}", "Name", name, "Priority",
			(json_int_t)json_array_size(list) + 1));
}

static json_t *
show(struct call *c, const struct policy *p)
{
	static const char *const versions[] = { "TLSv1", "TLSv1.1", "TLSv1.2",
		"TLSv1.3" };
	json_t *row = json_own(c->arena, json_new_object());

	json_set_str(row, "Name", p->name);
	for (size_t i = COUNT(versions); i-- > 0;) {
		if ((p->versions & 1U << i) != 0)
			json_add_str(json_need_array(row, "SslProtocols"), versions[i]);
	}
	if ((p->versions & V13) != 0)
		add_ciphers(c, json_need_array(row, "Ciphers"), CIPHERS_13);
	add_ciphers(c, json_need_array(row, "Ciphers"), p->ciphers);
	json_set(row, "SupportedLoadBalancerTypes",
	    json_make("[s, s]", "application", "network"));
	return row;
}

static int
describe_ssl_policies(struct call *c)
{
	const char *type = in_str(c, "LoadBalancerType");
	json_t *rows = json_own(c->arena, json_new_array());
	const json_t *v;
	size_t i;

	if (elbv2_ask(c, "*", NULL) < 0)
		return -1;
	json_array_foreach(in_list(c, "Names"), i, v) {
		const struct policy *p = find(json_string_value(v));

		if (p == NULL)
			return err_set(&c->err, &no_policy,
			    "SSL policy '%.100s' not found", json_string_value(v));
		json_add(rows, json_incref(show(c, p)));
	}
	for (i = 0; !in_has(c, "Names") && i < COUNT(policies); i++)
		json_add(rows, json_incref(show(c, &policies[i])));
	/* Those of gateways have none. */
	if (type != NULL && strcmp(type, "gateway") == 0)
		rows = json_own(c->arena, json_new_array());
	return elbv2_page(c, "SslPolicies", rows, 400);
}

static int
describe_account_limits(struct call *c)
{
	json_t *rows = json_own(c->arena, json_new_array());

	if (elbv2_ask(c, "*", NULL) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(limits); i++)
		json_add(rows,
		    json_make("{s:s, s:s}", "Name", limits[i].name, "Max",
			limits[i].max));
	return elbv2_page(c, "Limits", rows, 400);
}

static const struct op ops[] = {
	ELB("DescribeAccountLimits", describe_account_limits, OP_READ,
	    "List what an account may have."),
	ELB("DescribeSSLPolicies", describe_ssl_policies, OP_READ,
	    "List the policies of TLS."),
};

const struct family elbv2_limits = FAMILY(ops, NULL);
