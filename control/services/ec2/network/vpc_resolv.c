/*
 * EC2: what DHCP options make of an instance's resolv.conf.
 *
 * Of the options domain-name and domain-name-servers count; time servers, NetBIOS and the
 * lease time of IPv6 are what they are in AWS's answers, and nobody asks for them here.
 */
#include <string.h>

#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/vpc_names.h"

#define DHCP_KIND "ec2:dhcp-options"

enum { SERVERS_MAX = 4, SEARCH_MAX = 6 };

static const json_t *
values_of(const json_t *options, const char *key)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(options, "DhcpConfigurations"), i, row) {
		if (strcmp(json_str_or(row, "Key", ""), key) == 0)
			return json_get(row, "Values");
	}
	return NULL;
}

static void
add_server(struct resolv *r, const json_t *vpc, const char *server)
{
	struct net4 net = { 0, 0 };
	char own[IP4_TEXT];

	if (strcmp(server, "AmazonProvidedDNS") == 0) {
		net4_parse(json_str_or(vpc, "CidrBlock", ""), &net);
		ip4_format(vpc_resolver(&net), own);
		server = own;
		r->is_own = json_bool(vpc, "_dns_support", 0);
	}
	if (json_array_size(r->servers) < SERVERS_MAX)
		json_add_str(r->servers, server);
}

/* Several domains may be one value, divided by blanks. */
static void
add_domains(struct arena *a, struct resolv *r, const char *text)
{
	while (*(text += strspn(text, " ")) != '\0') {
		size_t n = strcspn(text, " ");

		if (json_array_size(r->search) < SEARCH_MAX)
			json_add_str(r->search, arena_strndup(a, text, n));
		text += n;
	}
}

int
vpc_resolv(struct store_txn *t, struct arena *a, const char *scope, const json_t *vpc,
    struct resolv *ret, struct err *err)
{
	struct resolv r = { json_own(a, json_new_array()), json_own(a, json_new_array()),
		0 };
	const json_t *row;
	json_t *options = NULL;
	size_t i;

	/* "default": no options at all. */
	if (store_get(t, scope, DHCP_KIND, json_str_or(vpc, "DhcpOptionsId", ""),
		&options, err) < 0)
		return -1;
	json_array_foreach(values_of(options, "domain-name-servers"), i, row)
		add_server(&r, vpc, json_str_or(row, "Value", ""));
	json_array_foreach(values_of(options, "domain-name"), i, row)
		add_domains(a, &r, json_str_or(row, "Value", ""));
	/* A resolver without a server asks its own machine (resolv.conf(5)). */
	if (json_array_size(r.servers) == 0)
		json_add_str(r.servers, "127.0.0.1");
	*ret = r;
	return 0;
}
