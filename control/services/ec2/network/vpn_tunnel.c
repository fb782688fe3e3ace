/*
 * EC2: the tunnels of VPN connections: what may be said of one, and what it is by itself.
 */
#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/vpn.h"

/* EC2 API: VpnTunnelOptionsSpecification */

static const struct {
	const char *name;
	int64_t min, max;
} numbers[] = {
	{ "Phase1LifetimeSeconds", 900, 28800 },
	{ "Phase2LifetimeSeconds", 900, 3600 },
	{ "RekeyMarginTimeSeconds", 60, 1800 },
	{ "RekeyFuzzPercentage", 0, 100 },
	{ "ReplayWindowSize", 64, 2048 },
	{ "DPDTimeoutSeconds", 30, 86400 },
};

#define ENCRYPTION "AES128|AES256|AES128-GCM-16|AES256-GCM-16"
#define INTEGRITY  "SHA1|SHA2-256|SHA2-384|SHA2-512"
#define GROUPS	   "14|15|16|17|18|19|20|21|22|23|24"

static const struct {
	const char *name, *values;
} words[] = {
	{ "DPDTimeoutAction", "clear|none|restart" },
	{ "IKEVersions", "ikev1|ikev2" },
	{ "Phase1DHGroupNumbers", "2|" GROUPS },
	{ "Phase1EncryptionAlgorithms", ENCRYPTION },
	{ "Phase1IntegrityAlgorithms", INTEGRITY },
	{ "Phase2DHGroupNumbers", "2|5|" GROUPS },
	{ "Phase2EncryptionAlgorithms", ENCRYPTION },
	{ "Phase2IntegrityAlgorithms", INTEGRITY },
	{ "StartupAction", "add|start" },
};

static const struct record_member shown[] = {
	{ "TunnelInsideCidr", NULL, NULL },
	{ "TunnelInsideIpv6Cidr", NULL, NULL },
	{ "PreSharedKey", NULL, NULL },
	{ "Phase1LifetimeSeconds", NULL, NULL },
	{ "Phase2LifetimeSeconds", NULL, NULL },
	{ "RekeyMarginTimeSeconds", NULL, NULL },
	{ "RekeyFuzzPercentage", NULL, NULL },
	{ "ReplayWindowSize", NULL, NULL },
	{ "DPDTimeoutSeconds", "DpdTimeoutSeconds", NULL },
	{ "DPDTimeoutAction", "DpdTimeoutAction", NULL },
	{ "Phase1EncryptionAlgorithms", NULL, NULL },
	{ "Phase2EncryptionAlgorithms", NULL, NULL },
	{ "Phase1IntegrityAlgorithms", NULL, NULL },
	{ "Phase2IntegrityAlgorithms", NULL, NULL },
	{ "Phase1DHGroupNumbers", NULL, NULL },
	{ "Phase2DHGroupNumbers", NULL, NULL },
	{ "IKEVersions", "IkeVersions", NULL },
	{ "StartupAction", NULL, NULL },
	{ "LogOptions", NULL, NULL },
	{ "EnableTunnelLifecycleControl", NULL, NULL },
	{ NULL, NULL, NULL },
};

/* One of the words between the bars. */
static int
is_word(const char *of, const char *text)
{
	size_t n = strlen(text);

	while (n > 0) {
		size_t len = strcspn(of, "|");

		if (len == n && strncmp(of, text, n) == 0)
			return 1;
		if (of[len] == '\0')
			return 0;
		of += len + 1;
	}
	return 0;
}

struct word_check {
	struct call *c;
	const char *name, *values;
};

static int
check_word(void *arg, const char *text)
{
	const struct word_check *w = arg;

	if (is_word(w->values, text))
		return 0;
	(void)err_set(&w->c->err, &ec2_bad_value,
	    "Value (%s) for parameter %s is invalid.", text, w->name);
	return 1;
}

static int
check_words(struct call *c, const json_t *in)
{
	for (size_t i = 0; i < COUNT(words); i++) {
		struct word_check w = { c, words[i].name, words[i].values };
		const json_t *v = json_get(in, words[i].name);

		if (v != NULL &&
		    path_each(v, json_is_array(v) ? "Value" : "", check_word, &w))
			return -1;
	}
	return 0;
}

static int
check_numbers(struct call *c, const json_t *in)
{
	for (size_t i = 0; i < COUNT(numbers); i++) {
		int64_t n = json_int(in, numbers[i].name, numbers[i].min);

		if (n < numbers[i].min || n > numbers[i].max)
			return err_set(&c->err, &ec2_bad_value,
			    "Value (%lld) for parameter %s is invalid. It must be between %lld "
			    "and %lld.",
			    (long long)n, numbers[i].name, (long long)numbers[i].min,
			    (long long)numbers[i].max);
	}
	return 0;
}

static int
check_key(struct call *c, const char *key)
{
	static const char abc[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789._";

	if (key == NULL ||
	    (strlen(key) >= 8 && strlen(key) <= 64 && key[0] != '0' &&
		strspn(key, abc) == strlen(key)))
		return 0;
	return err_set(&c->err, &ec2_bad_value,
	    "Invalid pre-shared key. It must be 8 to 64 letters, digits, periods and "
	    "underscores, and cannot begin with zero.");
}

/* A /30 of 169.254.0.0/16 that AWS does not use itself. */
static int
is_inside(const struct net4 *net)
{
	const struct net4 local = { 0xa9fe0000, 16 };

	return net->len == 30 && net4_is_canonical(net) && net4_contains(&local, net) &&
	    ((net->addr & 0xff) != 0 || (net->addr & 0xffff) >= 0x0600) &&
	    net->addr != 0xa9fea9fc;
}

static int
check_inside(struct call *c, const json_t *in)
{
	const char *text = json_str(in, "TunnelInsideCidr"),
		   *text6 = json_str(in, "TunnelInsideIpv6Cidr");
	struct net4 net;
	struct net6 net6;

	if (text != NULL && (!net4_parse(text, &net) || !is_inside(&net)))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter tunnelInsideCidr is invalid. It must be a /30 "
		    "from 169.254.0.0/16 that is not reserved.",
		    text);
	if (text6 != NULL &&
	    (!net6_parse(text6, &net6) || net6.len != 126 || net6.addr[0] != 0xfd))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter tunnelInsideIpv6Cidr is invalid. It must be a /126 "
		    "from fd00::/8.",
		    text6);
	return 0;
}

int
vpn_tunnel_check(struct call *c, const json_t *in)
{
	static const char *const known[] = { "TunnelInsideCidr", "TunnelInsideIpv6Cidr",
		"PreSharedKey", "Phase1LifetimeSeconds", "Phase2LifetimeSeconds",
		"RekeyMarginTimeSeconds", "RekeyFuzzPercentage", "ReplayWindowSize",
		"DPDTimeoutSeconds", "DPDTimeoutAction", "Phase1EncryptionAlgorithms",
		"Phase2EncryptionAlgorithms", "Phase1IntegrityAlgorithms",
		"Phase2IntegrityAlgorithms", "Phase1DHGroupNumbers",
		"Phase2DHGroupNumbers", "IKEVersions", "StartupAction", "LogOptions",
		"EnableTunnelLifecycleControl", NULL };

	/* Borrowed; only its members are looked at. */
	return ec2_refuse_members(c, "TunnelOptions",
		   json_own(c->arena, json_copy_deep(in)), known) < 0 ||
		check_inside(c, in) < 0 ||
		check_key(c, json_str(in, "PreSharedKey")) < 0 ||
		check_numbers(c, in) < 0 || check_words(c, in) < 0 ?
	    -1 :
	    0;
}

void
vpn_tunnel_set(json_t *tunnel, const json_t *in)
{
	record_change(tunnel, in, shown);
}

static int
has_inside(const json_t *tunnels, const char *cidr)
{
	const json_t *row;
	size_t i;

	json_array_foreach(tunnels, i, row) {
		if (strcmp(json_str_or(row, "TunnelInsideCidr", ""), cidr) == 0)
			return 1;
	}
	return 0;
}

static void
choose_inside(json_t *tunnel, const json_t *tunnels)
{
	struct net4 net = { 0, 30 };
	char text[NET4_TEXT];
	uint16_t r;

	do {
		random_bytes(&r, sizeof(r));
		net.addr = 0xa9fe0000 | (r & 0xfffcU);
		net4_format(&net, text);
	} while (!is_inside(&net) || has_inside(tunnels, text));
	json_set_str(tunnel, "TunnelInsideCidr", text);
}

void
vpn_tunnel_make(struct call *c, json_t *tunnels, const json_t *in, const char *outside)
{
	static const char abc[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "123456789._";
	json_t *tunnel = json_own(c->arena, json_new_object());
	char key[33];

	json_set_str(tunnel, "OutsideIpAddress", outside);
	random_text(key, 32, abc);
	json_set_str(tunnel, "PreSharedKey", key);
	json_set(tunnel, "LogOptions",
	    json_make("{s:{s:b, s:b}}", "CloudWatchLogOptions", "LogEnabled", 0,
		"BgpLogEnabled", 0));
	vpn_tunnel_set(tunnel, in);
	if (json_get(tunnel, "TunnelInsideCidr") == NULL)
		choose_inside(tunnel, tunnels);
	json_add(tunnels, json_incref(tunnel));
}
