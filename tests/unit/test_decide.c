/* What becomes of packets in a network that has one of everything; and who decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/cc.h"
#include "netdns/decide.h"

/*
 * vpc-a: subnets a1 (public), a2 (by NAT), a3 (isolated), a4 (its own strict ACL)
 * vpc-b: b1, peered with a, public.  vpc-c: c1, peered with b, joined to a by the transit gateway
 */
static const char *const network[] = {
	"{'vpcs': [{'id': 'vpc-a', 'cidrs': ['10.0.0.0/16', '2001:db8:a::/56'], 'subnets': [",
	"  {'id': 'a1', 'zone': 'z1', 'cidr': '10.0.1.0/24', 'gateway': '10.0.1.1', 'acl': 'open', 'table': 't-public',",
	"   'cidr6': '2001:db8:a:1::/64'},",
	"  {'id': 'a2', 'zone': 'z1', 'cidr': '10.0.2.0/24', 'gateway': '10.0.2.1', 'acl': 'open', 'table': 't-private',",
	"   'cidr6': '2001:db8:a:2::/64'},",
	"  {'id': 'a3', 'zone': 'z2', 'cidr': '10.0.3.0/24', 'gateway': '10.0.3.1', 'acl': 'open', 'table': 't-none'},",
	"  {'id': 'a4', 'zone': 'z1', 'cidr': '10.0.4.0/24', 'gateway': '10.0.4.1', 'acl': 'strict', 'table': 't-none'},",
	"  {'id': 'a5', 'zone': 'z1', 'cidr': '10.0.5.0/24', 'gateway': '10.0.5.1', 'acl': 'open', 'table': 't-pnat'}],",
	"  'resolver': '10.0.0.2', 'control': {'address': '10.0.0.3', 'to': '198.19.1.1', 'port': 4599, 'ports': [80],",
	"  'tls_port': 4600, 'tls_ports': [443]}, 'underlay': '198.19.0.0/28',",
	"  'internet': {'cidr': '198.18.0.0/16', 'id': 'igw-a'}, 'egress_only': 'eigw-a',",
	"  'guests': [{'container': 'guest', 'address': '198.19.0.4', 'groups': ['all']}]},",
	" {'id': 'vpc-b', 'cidrs': ['10.1.0.0/16'], 'subnets': [",
	"  {'id': 'b1', 'zone': 'z1', 'cidr': '10.1.1.0/24', 'gateway': '10.1.1.1', 'acl': 'open', 'table': 't-b'}],",
	"  'internet': {'cidr': '198.18.0.0/16', 'id': 'igw-b', 'table': 't-edge'}},",
	" {'id': 'vpc-d', 'cidrs': ['10.3.0.0/16'], 'subnets': [",
	"  {'id': 'd1', 'zone': 'z1', 'cidr': '10.3.1.0/24', 'gateway': '10.3.1.1', 'acl': 'open', 'table': 't-d'}]},",
	" {'id': 'vpc-c', 'cidrs': ['10.2.0.0/16'], 'subnets': [",
	"  {'id': 'c1', 'zone': 'z1', 'cidr': '10.2.1.0/24', 'gateway': '10.2.1.1', 'acl': 'open', 'table': 't-c'}]}],",
	"'enis': [",
	" {'id': 'web', 'vpc': 'vpc-a', 'subnet': 'a1', 'kind': 'container', 'container': 'c', 'device': 'eth0', 'mac': 'm',",
	"  'addresses': ['10.0.1.10/24', '2001:db8:a:1::10/64'], 'public': {'10.0.1.10': '198.18.16.10'}, 'groups': ['web']},",
	" {'id': 'near', 'vpc': 'vpc-a', 'subnet': 'a1', 'kind': 'container', 'container': 'c', 'device': 'eth0', 'mac': 'm',",
	"  'addresses': ['10.0.1.11/24'], 'groups': ['all']},",
	" {'id': 'app', 'vpc': 'vpc-a', 'subnet': 'a2', 'kind': 'container', 'container': 'c', 'device': 'eth0', 'mac': 'm',",
	"  'addresses': ['10.0.2.10/24', '2001:db8:a:2::10/64'], 'groups': ['app']},",
	" {'id': 'lone', 'vpc': 'vpc-a', 'subnet': 'a3', 'kind': 'container', 'container': 'c', 'device': 'eth0', 'mac': 'm',",
	"  'addresses': ['10.0.3.10/24'], 'groups': ['all']},",
	" {'id': 'strict', 'vpc': 'vpc-a', 'subnet': 'a4', 'kind': 'container', 'container': 'c', 'device': 'eth0', 'mac': 'm',",
	"  'addresses': ['10.0.4.10/24'], 'groups': ['all']},",
	" {'id': 'mute', 'vpc': 'vpc-a', 'subnet': 'a1', 'kind': 'container', 'container': 'c', 'device': 'eth0', 'mac': 'm',",
	"  'addresses': ['10.0.1.12/24'], 'groups': ['mute']},",
	" {'id': 'nat', 'owner': 'nat-1', 'vpc': 'vpc-a', 'subnet': 'a1', 'kind': 'nat', 'container': 'n', 'device': 'eth0',",
	"  'mac': 'm', 'addresses': ['10.0.1.20/24'], 'public': {'10.0.1.20': '198.18.16.20'}},",
	" {'id': 'box', 'vpc': 'vpc-a', 'subnet': 'a1', 'kind': 'container', 'container': 'c', 'device': 'eth0', 'mac': 'm',",
	"  'addresses': ['10.0.1.30/24'], 'groups': ['all'], 'source_dest_check': false},",
	" {'id': 'vpce', 'vpc': 'vpc-a', 'subnet': 'a2', 'kind': 'router', 'addresses': ['10.0.2.40/24'], 'groups': ['web']},",
	" {'id': 'idle', 'vpc': 'vpc-a', 'subnet': 'a2', 'kind': 'none', 'addresses': ['10.0.2.50/24'], 'groups': ['all']},",
	" {'id': 'pnat', 'owner': 'nat-2', 'vpc': 'vpc-a', 'subnet': 'a1', 'kind': 'nat', 'container': 'n', 'device': 'eth0',",
	"  'mac': 'm', 'addresses': ['10.0.1.21/24']},",
	" {'id': 'hid', 'vpc': 'vpc-a', 'subnet': 'a5', 'kind': 'container', 'container': 'c', 'device': 'eth0', 'mac': 'm',",
	"  'addresses': ['10.0.5.10/24'], 'groups': ['all']},",
	" {'id': 'd', 'vpc': 'vpc-d', 'subnet': 'd1', 'kind': 'container', 'container': 'c', 'device': 'eth0', 'mac': 'm',",
	"  'addresses': ['10.3.1.10/24'], 'groups': ['all']},",
	" {'id': 'b2', 'vpc': 'vpc-b', 'subnet': 'b1', 'kind': 'container', 'container': 'c', 'device': 'eth0', 'mac': 'm',",
	"  'addresses': ['10.1.1.11/24'], 'public': {'10.1.1.11': '198.18.16.31'}, 'groups': ['all']},",
	" {'id': 'b', 'vpc': 'vpc-b', 'subnet': 'b1', 'kind': 'container', 'container': 'c', 'device': 'eth0', 'mac': 'm',",
	"  'addresses': ['10.1.1.10/24'], 'public': {'10.1.1.10': '198.18.16.30'}, 'groups': ['bgroup']},",
	" {'id': 'c', 'vpc': 'vpc-c', 'subnet': 'c1', 'kind': 'container', 'container': 'c', 'device': 'eth0', 'mac': 'm',",
	"  'addresses': ['10.2.1.10/24'], 'groups': ['all']}],",
	"'groups': [",
	" {'id': 'web', 'ingress': [{'id': 'r-443', 'protocol': 6, 'from': 443, 'to': 443, 'cidr': '0.0.0.0/0'},",
	"   {'id': 'r-443-6', 'protocol': 6, 'from': 443, 'to': 443, 'cidr': '::/0'},",
	"   {'id': 'r-ping6', 'protocol': 58, 'from': 128, 'to': -1, 'cidr': '::/0'},",
	"   {'id': 'r-ping', 'protocol': 1, 'from': 8, 'to': -1, 'cidr': '10.0.0.0/8'}],",
	"  'egress': [{'id': 'r-out', 'protocol': -1, 'cidr': '0.0.0.0/0'}]},",
	" {'id': 'app', 'ingress': [{'id': 'r-web', 'protocol': 6, 'from': 8000, 'to': 8010, 'group': 'web'},",
	"   {'id': 'r-list', 'protocol': 17, 'from': 53, 'to': 53, 'list': 'pl'}],",
	"  'egress': [{'id': 'r-out', 'protocol': -1, 'cidr': '0.0.0.0/0'}, {'id': 'r-out6', 'protocol': -1, 'cidr': '::/0'}]},",
	" {'id': 'all', 'ingress': [{'id': 'r-in', 'protocol': -1, 'cidr': '0.0.0.0/0'}],",
	"  'egress': [{'id': 'r-out', 'protocol': -1, 'cidr': '0.0.0.0/0'}]},",
	" {'id': 'mute', 'ingress': [{'id': 'r-in', 'protocol': -1, 'cidr': '0.0.0.0/0'}]},",
	" {'id': 'bgroup', 'ingress': [{'id': 'r-peer', 'protocol': 6, 'from': 80, 'to': 80, 'group': 'all'},",
	"   {'id': 'r-22', 'protocol': 6, 'from': 22, 'to': 22, 'cidr': '198.18.0.0/16'}],",
	"  'egress': [{'id': 'r-out', 'protocol': -1, 'cidr': '0.0.0.0/0'}]}],",
	"'lists': [{'id': 'pl', 'cidrs': ['10.0.3.0/24']}],",
	"'acls': [{'id': 'open', 'ingress': [{'number': 100, 'allow': true, 'protocol': -1, 'cidr': '0.0.0.0/0'},",
	"    {'number': 101, 'allow': true, 'protocol': -1, 'cidr': '::/0'}],",
	"  'egress': [{'number': 100, 'allow': true, 'protocol': -1, 'cidr': '0.0.0.0/0'},",
	"    {'number': 101, 'allow': true, 'protocol': -1, 'cidr': '::/0'}]},",
	" {'id': 'strict', 'ingress': [{'number': 90, 'allow': false, 'protocol': 6, 'from': 80, 'to': 80, 'cidr': '10.0.3.0/24'},",
	"    {'number': 100, 'allow': true, 'protocol': 6, 'from': 80, 'to': 82, 'cidr': '10.0.0.0/16'}],",
	"  'egress': [{'number': 100, 'allow': true, 'protocol': 6, 'from': 1024, 'to': 65535, 'cidr': '10.0.0.0/16'}]}],",
	"'tables': [",
	" {'id': 't-public', 'routes': [{'to': '10.0.0.0/16', 'kind': 'local'}, {'to': '0.0.0.0/0', 'kind': 'internet', 'id': 'igw-a'},",
	"   {'to': '10.1.0.0/16', 'kind': 'peering', 'id': 'pcx-1'}, {'to': '10.2.0.0/16', 'kind': 'transit', 'id': 'tgw-1'},",
	"   {'to': '10.3.0.0/16', 'kind': 'transit', 'id': 'tgw-1'},",
	"   {'to': '2001:db8:a::/56', 'kind': 'local'}, {'to': '::/0', 'kind': 'internet', 'id': 'igw-a'}]},",
	" {'id': 't-private', 'routes': [{'to': '10.0.0.0/16', 'kind': 'local'}, {'to': '0.0.0.0/0', 'kind': 'interface', 'id': 'nat-1',",
	"   'eni': 'nat'}, {'to': '192.0.2.0/24', 'kind': 'nowhere', 'id': 'vgw-1'}, {'to': '3.5.0.0/16', 'kind': 'control', 'id': 'vpce-g'},",
	"   {'to': '172.31.0.0/16', 'kind': 'interface', 'id': 'eni-box', 'eni': 'box'},",
	"   {'to': '172.30.0.0/16', 'kind': 'interface', 'id': 'eni-near', 'eni': 'near'},",
	"   {'to': '2001:db8:a::/56', 'kind': 'local'}, {'to': '::/0', 'kind': 'egress', 'id': 'eigw-a'}]},",
	" {'id': 't-none', 'routes': [{'to': '10.0.0.0/16', 'kind': 'local'}, {'to': '10.2.0.0/16', 'kind': 'transit', 'id': 'tgw-1'}]},",
	" {'id': 't-pnat', 'routes': [{'to': '10.0.0.0/16', 'kind': 'local'}, {'to': '10.2.0.0/16', 'kind': 'interface', 'id': 'nat-2',",
	"   'eni': 'pnat'}]},",
	" {'id': 't-edge', 'routes': [{'to': '10.1.0.0/16', 'kind': 'local'}, {'to': '10.1.1.11/32', 'kind': 'nowhere', 'id': 'gone'}]},",
	" {'id': 't-d', 'routes': [{'to': '10.3.0.0/16', 'kind': 'local'}, {'to': '10.0.0.0/16', 'kind': 'transit', 'id': 'tgw-2'}]},",
	" {'id': 't-b', 'routes': [{'to': '10.1.0.0/16', 'kind': 'local'}, {'to': '10.0.0.0/16', 'kind': 'peering', 'id': 'pcx-1'},",
	"   {'to': '10.2.0.0/16', 'kind': 'peering', 'id': 'pcx-1'}, {'to': '0.0.0.0/0', 'kind': 'internet', 'id': 'igw-b'}]},",
	" {'id': 't-c', 'routes': [{'to': '10.2.0.0/16', 'kind': 'local'}, {'to': '10.0.0.0/16', 'kind': 'transit', 'id': 'tgw-1'}]}],",
	"'peerings': [{'id': 'pcx-1', 'vpcs': ['vpc-a', 'vpc-b']}],",
	"'transits': [{'id': 'tgw-1', 'attachments': [",
	"   {'id': 'at-a', 'vpc': 'vpc-a', 'subnets': ['a1'], 'table': 'tt'}, {'id': 'at-c', 'vpc': 'vpc-c', 'subnets': ['c1'], 'table': 'tt'},",
	"   {'id': 'at-p', 'peer': 'tgw-2', 'peer_attachment': 'at-q', 'table': 'tt'}],",
	"  'tables': [{'id': 'tt', 'routes': [{'to': '10.0.0.0/16', 'attachment': 'at-a', 'propagated': true},",
	"    {'to': '10.2.0.0/16', 'attachment': 'at-c', 'propagated': true}, {'to': '10.2.9.0/24'},",
	"    {'to': '10.3.0.0/16', 'attachment': 'at-p'}]}]},",
	" {'id': 'tgw-2', 'attachments': [{'id': 'at-q', 'peer': 'tgw-1', 'peer_attachment': 'at-p', 'table': 'tu'},",
	"   {'id': 'at-d', 'vpc': 'vpc-d', 'subnets': ['d1'], 'table': 'tu'}],",
	"  'tables': [{'id': 'tu', 'routes': [{'to': '10.0.0.0/16', 'attachment': 'at-q'}, {'to': '10.3.1.0/24', 'attachment': 'at-d'}]}]}]}",
};

static struct fabric *fabric;

static struct fabric *
read_network(const char *isolation)
{
	struct fabric *f = NULL;
	char text[16384];
	struct err err;
	json_t *doc;
	size_t n = 0;

	text[n++] = '{';
	n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", isolation);
	for (size_t i = 0; i < COUNT(network); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s",
		    network[i] + (i == 0));
	assert_true(n < sizeof(text));
	for (char *p = text; *p != '\0'; p++) {
		if (*p == '\'')
			*p = '"';
	}
	/* MACs are netd's business. */
	if (json_read(text, strlen(text), &doc, &err) < 0 ||
	    fabric_read(doc, &f, &err) < 0)
		fail_msg("%s", err.msg);
	json_decref(doc);
	return f;
}

static int
set_up(void **state UNUSED)
{
	fabric = read_network("");
	return 0;
}

static int
tear_down(void **state UNUSED)
{
	fabric_free(fabric);
	return 0;
}

enum { T = PROTO_TCP, U = PROTO_UDP, I = PROTO_ICMP, I6 = PROTO_ICMP6 };

/* From an interface (or "internet", "guest") to an address; who refuses, by id and rule. */
static const struct {
	const char *from, *to;
	int protocol, port;
	const char *refuses, *rule; /* NULL: it passes */
	int on_the_way_back;
} rows[] = {
	/* Within a subnet: groups alone, both of them. */
	{ "near", "10.0.1.10", T, 443, NULL, NULL, 0 },
	{ "near", "10.0.1.10", T, 80, "web", "", 0 },
	{ "near", "10.0.1.10", U, 443, "web", "", 0 },
	{ "near", "10.0.1.10", I, 8, NULL, NULL, 0 },
	{ "near", "10.0.1.10", I, 13, "web", "", 0 },
	{ "mute", "10.0.1.10", T, 443, "mute", "", 0 },
	{ "near", "10.0.1.12", T, 443, NULL, NULL, 0 },
	{ "near", "10.0.1.99", T, 443, "", "", 0 },
	{ "near", "10.0.1.20", T, 443, "nat-1", "", 0 },
	/* By group, by list; across subnets. */
	{ "web", "10.0.2.10", T, 8000, NULL, NULL, 0 },
	{ "web", "10.0.2.10", T, 8010, NULL, NULL, 0 },
	{ "web", "10.0.2.10", T, 8011, "app", "", 0 },
	{ "near", "10.0.2.10", T, 8000, "app", "", 0 },
	{ "lone", "10.0.2.10", U, 53, NULL, NULL, 0 },
	{ "near", "10.0.2.10", U, 53, "app", "", 0 },
	/* ACLs: by number, without state. */
	{ "near", "10.0.4.10", T, 80, NULL, NULL, 0 },
	{ "near", "10.0.4.10", T, 83, "strict", "*", 0 },
	{ "near", "10.0.4.10", U, 80, "strict", "*", 0 },
	{ "lone", "10.0.4.10", T, 80, "strict", "90", 0 },
	{ "lone", "10.0.4.10", T, 81, NULL, NULL, 0 },
	{ "strict", "10.0.1.10", T, 443, "strict", "*", 0 },
	{ "strict", "10.0.1.11", T, 1024, "strict", "*", 1 },
	{ "b", "10.0.1.11", T, 80, NULL, NULL, 0 },
	/* The internet. */
	{ "internet", "198.18.16.10", T, 443, NULL, NULL, 0 },
	{ "internet", "198.18.16.10", T, 80, "web", "", 0 },
	{ "internet", "198.18.16.20", T, 80, "nat-1", "", 0 },
	{ "web", "8.8.8.8", U, 53, NULL, NULL, 0 },
	{ "near", "8.8.8.8", U, 53, "igw-a", "", 0 },
	{ "web", "172.20.0.1", T, 80, "igw-a", "", 0 },
	{ "app", "8.8.8.8", U, 53, NULL, NULL, 0 },
	{ "app", "8.8.8.8", T, 443, NULL, NULL, 0 },
	{ "lone", "8.8.8.8", U, 53, "t-none", "", 0 },
	{ "c", "8.8.8.8", U, 53, "t-c", "", 0 },
	/* Another VPC by its public address: as from outside. */
	{ "web", "198.18.16.30", T, 22, NULL, NULL, 0 },
	{ "web", "198.18.16.30", T, 80, "bgroup", "", 0 },
	{ "app", "198.18.16.30", T, 22, NULL, NULL, 0 },
	{ "b", "198.18.16.10", T, 443, NULL, NULL, 0 },
	{ "web", "198.18.16.10", T, 443, NULL, NULL, 0 },
	/* Black holes, endpoints. */
	{ "app", "192.0.2.1", T, 80, "t-private", "192.0.2.0/24", 0 },
	{ "app", "3.5.1.1", T, 443, NULL, NULL, 0 },
	{ "web", "10.0.2.40", T, 443, NULL, NULL, 0 },
	{ "web", "10.0.2.40", T, 80, "web", "", 0 },
	{ "near", "10.0.2.50", T, 80, "", "", 0 },
	/* Appliances: the check decides. */
	{ "app", "172.30.0.1", T, 80, "", "", 0 },
	{ "app", "172.31.0.1", T, 80, "igw-a", "", 0 },
	/* Peering: there, and not through. */
	{ "near", "10.1.1.10", T, 80, NULL, NULL, 0 },
	{ "web", "10.1.1.10", T, 80, "bgroup", "", 0 },
	{ "lone", "10.1.1.10", T, 80, "t-none", "", 0 },
	{ "b", "10.2.1.10", T, 80, "pcx-1", "", 0 },
	{ "b", "10.0.1.10", T, 443, NULL, NULL, 0 },
	{ "b", "10.0.3.10", T, 443, "t-none", "", 1 },
	/* Transit: by its tables; zones that it is in. */
	{ "near", "10.2.1.10", T, 80, NULL, NULL, 0 },
	{ "near", "10.2.9.1", T, 80, "tgw-1", "", 0 },
	{ "lone", "10.2.1.10", T, 80, "tgw-1", "", 0 },
	{ "c", "10.0.1.11", T, 80, NULL, NULL, 0 },
	{ "c", "10.0.3.10", T, 80, "tgw-1", "", 1 },
	{ "strict", "10.2.1.10", T, 2000, "strict", "*", 0 },
	{ "near", "10.3.1.10", T, 80, NULL, NULL, 0 },
	{ "near", "10.3.2.10", T, 80, "tgw-1", "", 0 },
	{ "d", "10.0.1.11", T, 80, NULL, NULL, 0 },
	{ "d", "10.2.1.10", T, 80, "t-d", "", 0 },
	/* By the NAT gateway, and on from its subnet. */
	{ "app", "10.3.1.10", T, 80, NULL, NULL, 0 },
	/* A private NAT gateway. */
	{ "hid", "10.2.1.10", T, 80, NULL, NULL, 0 },
	{ "hid", "8.8.8.8", T, 80, "t-pnat", "", 0 },
	{ "c", "10.0.1.21", T, 80, "nat-2", "", 0 },
	/* The internet gateway's own table. */
	{ "internet", "198.18.16.30", T, 22, NULL, NULL, 0 },
	{ "internet", "198.18.16.31", T, 22, "t-edge", "10.1.1.11/32", 0 },
	{ "web", "198.18.16.31", T, 22, "t-edge", "10.1.1.11/32", 0 },
	{ "b", "10.1.1.11", T, 22, NULL, NULL, 0 },
	/* The platform. */
	{ "mute", "10.0.0.2", U, 53, NULL, NULL, 0 },
	{ "mute", "169.254.169.254", T, 80, NULL, NULL, 0 },
	{ "mute", "10.0.0.3", T, 4599, NULL, NULL, 0 },
	/* Guests. */
	{ "guest", "10.0.1.10", T, 443, NULL, NULL, 0 },
	{ "guest", "10.0.1.10", T, 80, "web", "", 0 },
	{ "near", "198.19.0.4", T, 80, NULL, NULL, 0 },
	/* IPv6. */
	{ "app", "2001:db8:a:1::10", T, 443, NULL, NULL, 0 },
	{ "app", "2001:db8:a:1::10", T, 80, "web", "", 0 },
	{ "internet", "2001:db8:a:1::10", T, 443, NULL, NULL, 0 },
	{ "app", "2001:db8:a:1::10", I6, 128, NULL, NULL, 0 },
	{ "app", "2001:db8:a:1::10", I6, 1, "web", "", 0 },
	{ "app", "2600::1", T, 443, NULL, NULL, 0 },
	{ "internet", "2001:db8:a:2::10", T, 443, "app", "", 0 },
};

static void
start(const char *name, struct decide_from *from, struct packet *p)
{
	struct ip to = p->dst;

	*from = (struct decide_from){ 0 };
	ip_parse(to.version == 6 ? "2620::9" : "198.18.0.1", &p->src);
	if (strcmp(name, "guest") == 0) {
		from->vpc = fabric_vpc(fabric, "vpc-a");
		from->guest = &from->vpc->guests[0];
		p->src = from->guest->ip;
	} else if (strcmp(name, "internet") != 0) {
		from->eni = fabric_eni(fabric, name);
		assert_non_null(from->eni);
		for (size_t i = from->eni->n_addresses; i-- > 0;) {
			if (from->eni->addresses[i].ip.version == to.version)
				p->src = from->eni->addresses[i].ip;
		}
	}
}

static void
each_packet_is_judged_and_the_judge_named(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		CLEANUP(arena_freep) struct arena *a = arena_new();
		struct packet p = { .protocol = rows[i].protocol,
			.sport = 40000,
			.dport = rows[i].port };
		struct decide_from from;
		const struct hop *h;
		struct decision d;

		if (p.protocol == I || p.protocol == I6) {
			p.sport = rows[i].port;
			p.dport = 0;
		}
		assert_true(ip_parse(rows[i].to, &p.dst));
		start(rows[i].from, &from, &p);
		decide(fabric, &from, &p, a, &d);
		h = decide_refusal(&d);
		if (d.passes != (rows[i].refuses == NULL))
			fail_msg("row %zu, %s to %s %d: %s (%s)", i, rows[i].from,
			    rows[i].to, rows[i].port, d.passes ? "passes" : "refused",
			    h != NULL ? h->text : "?");
		if (rows[i].refuses == NULL)
			continue;
		if (h == NULL || strcmp(h->id, rows[i].refuses) != 0 ||
		    strcmp(h->rule, rows[i].rule) != 0)
			fail_msg("row %zu, %s to %s %d: refused by '%s' '%s': %s", i,
			    rows[i].from, rows[i].to, rows[i].port, h ? h->id : "?",
			    h ? h->rule : "?", h ? h->text : "?");
		assert_int_equal(d.has_answer, rows[i].on_the_way_back);
	}
}

/* An appliance may send what is of others; a peering does not carry it. */
static void
a_peering_carries_no_foreign_source(void **state UNUSED)
{
	static const struct {
		const char *src;
		int passes;
	} sources[] = { { "10.0.1.30", 1 }, { "10.2.1.10", 0 }, { "192.0.2.9", 0 } };

	for (size_t i = 0; i < COUNT(sources); i++) {
		CLEANUP(arena_freep) struct arena *a = arena_new();
		struct packet p = { .protocol = T, .sport = 40000, .dport = 80 };
		struct decide_from from;
		const struct hop *h;
		struct decision d;

		assert_true(ip_parse("10.1.1.10", &p.dst));
		start("box", &from, &p);
		assert_true(ip_parse(sources[i].src, &p.src));
		decide(fabric, &from, &p, a, &d);
		h = decide_refusal(&d);
		assert_int_equal(d.there.end != END_REFUSED, sources[i].passes);
		if (sources[i].passes)
			continue;
		assert_int_equal(h->kind, HOP_PEERING);
		assert_non_null(strstr(h->text, "from addresses of vpc-a only"));
	}
}

/* Of ICMP only echo requests are answered. */
static void
icmp_is_answered_by_type(void **state UNUSED)
{
	static const struct {
		const char *from, *to;
		int protocol, type, has_answer;
	} types[] = {
		{ "near", "10.0.1.10", I, 8, 1 },
		{ "web", "8.8.8.8", I, 8, 1 },
		{ "web", "8.8.8.8", I, 0, 0 },
		{ "web", "8.8.8.8", I, 3, 0 },
		{ "app", "8.8.8.8", I, 11, 0 },
		{ "app", "2001:db8:a:1::10", I6, 128, 1 },
		{ "app", "2600::1", I6, 1, 0 },
	};

	for (size_t i = 0; i < COUNT(types); i++) {
		CLEANUP(arena_freep) struct arena *a = arena_new();
		struct packet p = { .protocol = types[i].protocol,
			.sport = types[i].type };
		struct decide_from from;
		struct decision d;

		assert_true(ip_parse(types[i].to, &p.dst));
		start(types[i].from, &from, &p);
		decide(fabric, &from, &p, a, &d);
		if (!d.passes || d.has_answer != types[i].has_answer)
			fail_msg("row %zu: passes %d, has_answer %d", i, d.passes,
			    d.has_answer);
	}
}

/* What arrives is what the other end sees. */
static void
translations_are_followed(void **state UNUSED)
{
	static const struct {
		const char *from, *to, *src, *dst;
	} seen[] = {
		{ "web", "8.8.8.8", "198.18.16.10", "8.8.8.8" },
		{ "app", "8.8.8.8", "198.18.16.20", "8.8.8.8" },
		{ "internet", "198.18.16.10", "198.18.0.1", "10.0.1.10" },
		{ "web", "198.18.16.30", "198.18.16.10", "10.1.1.10" },
		{ "near", "10.1.1.10", "10.0.1.11", "10.1.1.10" },
		{ "web", "198.18.16.10", "198.18.16.10", "10.0.1.10" },
		{ "hid", "10.2.1.10", "10.0.1.21", "10.2.1.10" },
	};

	for (size_t i = 0; i < COUNT(seen); i++) {
		CLEANUP(arena_freep) struct arena *a = arena_new();
		struct packet p = { .protocol = T, .sport = 40000, .dport = 443 };
		struct decide_from from;
		struct decision d;
		char text[IP_TEXT];

		ip_parse(seen[i].to, &p.dst);
		if (strcmp(seen[i].to, "198.18.16.30") == 0)
			p.dport = 22;
		if (strcmp(seen[i].to, "10.1.1.10") == 0)
			p.dport = 80;
		start(seen[i].from, &from, &p);
		decide(fabric, &from, &p, a, &d);
		ip_format(&d.there.packet.src, text);
		assert_string_equal(text, seen[i].src);
		ip_format(&d.there.packet.dst, text);
		assert_string_equal(text, seen[i].dst);
		assert_true(d.passes);
	}
}

static void
a_strange_source_is_refused_where_it_is_checked(void **state UNUSED)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct packet p = { .protocol = T, .sport = 1, .dport = 443 };
	struct decide_from from = { .eni = fabric_eni(fabric, "near") };
	struct decision d;

	ip_parse("10.0.1.10", &p.dst);
	ip_parse("192.0.2.9", &p.src);
	decide(fabric, &from, &p, a, &d);
	assert_false(d.passes);
	assert_int_equal(decide_refusal(&d)->kind, HOP_CHECK);
	from.eni = fabric_eni(fabric, "box");
	decide(fabric, &from, &p, a, &d);
	assert_int_equal(d.there.end, END_INTERFACE);
}

/* Without isolation neither groups nor ACLs nor checks refuse; routes still lead or do not. */
static void
without_isolation_rules_refuse_nothing(void **state UNUSED)
{
	static const struct {
		const char *from, *to;
		int passes;
	} open[] = {
		{ "mute", "10.0.1.10", 1 },
		{ "strict", "10.0.1.10", 1 },
		{ "lone", "10.0.4.10", 1 },
		{ "internet", "198.18.16.10", 1 },
		{ "lone", "8.8.8.8", 0 },
	};
	struct fabric *isolated = fabric;

	fabric = read_network("'isolation': false, ");
	for (size_t i = 0; i < COUNT(open); i++) {
		CLEANUP(arena_freep) struct arena *a = arena_new();
		struct packet p = { .protocol = T, .sport = 40000, .dport = 81 };
		struct decide_from from;
		struct decision d;

		assert_true(ip_parse(open[i].to, &p.dst));
		start(open[i].from, &from, &p);
		decide(fabric, &from, &p, a, &d);
		assert_int_equal(d.passes, open[i].passes);
	}
	fabric_free(fabric);
	fabric = isolated;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_packet_is_judged_and_the_judge_named),
		cmocka_unit_test(a_peering_carries_no_foreign_source),
		cmocka_unit_test(icmp_is_answered_by_type),
		cmocka_unit_test(translations_are_followed),
		cmocka_unit_test(a_strange_source_is_refused_where_it_is_checked),
		cmocka_unit_test(without_isolation_rules_refuse_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
