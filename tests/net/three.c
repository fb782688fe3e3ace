#include "tests/net/three.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cc.h"

#define CONTROL                                                                 \
	"'control': {'address': '10.0.0.3', 'to': '198.18.0.1', 'port': 4599, " \
	"'ports': [4599, 80], 'tls_port': 4600, 'tls_ports': [443]}"

static const char network[] =
    "{'vpcs': [{'id': 'vpc-a', 'cidrs': ['10.0.0.0/16'], 'resolver': '10.0.0.2', " CONTROL
    ", 'internet': {'cidr': '198.18.0.0/16', 'id': 'igw-a'}, 'subnets': ["
    "{'id': 'pub', 'zone': 'x', 'cidr': '10.0.1.0/24', 'gateway': '10.0.1.1', 'acl': 'acl-pub', 'table': 'rtb-pub'},"
    "{'id': 'priv', 'zone': 'x', 'cidr': '10.0.2.0/24', 'gateway': '10.0.2.1', 'acl': 'acl-priv', 'table': 'rtb-priv'},"
    "{'id': 'iso', 'zone': 'y', 'cidr': '10.0.3.0/24', 'gateway': '10.0.3.1', 'acl': 'acl-all', 'table': 'rtb-iso'},"
    "{'id': 'app', 'zone': 'x', 'cidr': '10.0.4.0/24', 'gateway': '10.0.4.1', 'acl': 'acl-all', 'table': 'rtb-app'}]},"
    "{'id': 'vpc-b', 'cidrs': ['10.1.0.0/16'], 'subnets': ["
    "{'id': 'b', 'zone': 'x', 'cidr': '10.1.1.0/24', 'gateway': '10.1.1.1', 'acl': 'acl-all', 'table': 'rtb-b'}]},"
    "{'id': 'vpc-c', 'cidrs': ['10.2.0.0/16'], 'internet': {'cidr': '198.18.0.0/16', 'id': 'igw-c'}, 'subnets': ["
    "{'id': 'c', 'zone': 'x', 'cidr': '10.2.1.0/24', 'gateway': '10.2.1.1', 'acl': 'acl-all', 'table': 'rtb-c'}]}],"
    "'enis': ["
    "{'id': 'pub', 'vpc': 'vpc-a', 'addresses': ['10.0.1.15/24'], 'public': {'10.0.1.15': '198.18.16.15'}},"
    "{'id': 'two', 'vpc': 'vpc-a', 'addresses': ['10.0.1.16/24']},"
    "{'id': 'nat', 'kind': 'nat', 'vpc': 'vpc-a', 'addresses': ['10.0.1.20/24'], 'public': {'10.0.1.20': '198.18.16.20'}},"
    "{'id': 'priv', 'vpc': 'vpc-a', 'addresses': ['10.0.2.15/24']},"
    "{'id': 'iso', 'vpc': 'vpc-a', 'addresses': ['10.0.3.15/24'], 'public': {'10.0.3.15': '198.18.16.33'}},"
    "{'id': 'app', 'vpc': 'vpc-a', 'addresses': ['10.0.4.10/24'], 'source_dest_check': false},"
    "{'id': 'b', 'vpc': 'vpc-b', 'addresses': ['10.1.1.15/24']},"
    "{'id': 'c', 'vpc': 'vpc-c', 'addresses': ['10.2.1.15/24'], 'public': {'10.2.1.15': '198.18.16.44'}},"
    "{'id': 'ep', 'kind': 'router', 'vpc': 'vpc-a', 'addresses': ['10.0.2.50/24'], 'groups': ['sg-ep']}],"
    "'groups': [{'id': 'sg-ep', 'vpc': 'vpc-a', 'ingress': ["
    "{'id': 'r', 'protocol': 6, 'from': 443, 'to': 443, 'cidr': '10.0.1.0/24'},"
    "{'id': 'q', 'protocol': 6, 'from': 443, 'to': 443, 'cidr': '10.1.0.0/16'}], 'egress': []},"
    "{'id': 'sg-guest', 'vpc': 'vpc-a', 'ingress': [{'id': 's', 'protocol': 6, 'from': 8080, 'to': 8080, 'cidr': '10.0.1.0/24'}],"
    "'egress': [{'id': 't', 'protocol': 6, 'from': 8080, 'to': 8080, 'cidr': '10.0.2.0/24'}]}],"
    "'acls': [{'id': 'acl-all', 'ingress': [" ALL "], 'egress': [" ALL "]},"
    "{'id': 'acl-pub', 'ingress': [" ALL "], 'egress': [" ALL "]},"
    "{'id': 'acl-priv', 'ingress': [" ALL "], 'egress': [" ALL "]}],"
    "'tables': ["
    "{'id': 'rtb-pub', 'routes': [" LOCAL ", " IGW
    ", {'to': '10.1.0.0/16', 'kind': 'peering', 'id': 'pcx'}, {'to': '10.2.0.0/16', 'kind': 'transit', 'id': 'tgw'}]},"
    "{'id': 'rtb-priv', 'routes': [" LOCAL
    ", {'to': '0.0.0.0/0', 'kind': 'interface', 'id': 'nat-1', 'eni': 'nat'}]},"
    "{'id': 'rtb-iso', 'routes': [" LOCAL "]},"
    "{'id': 'rtb-app', 'routes': [" LOCAL ", " IGW "]},"
    "{'id': 'rtb-b', 'routes': [{'to': '10.1.0.0/16', 'kind': 'local'}, {'to': '10.0.0.0/16', 'kind': 'peering', 'id': 'pcx'}]},"
    "{'id': 'rtb-c', 'routes': [{'to': '10.2.0.0/16', 'kind': 'local'}, {'to': '10.0.0.0/16', 'kind': 'transit', 'id': 'tgw'},"
    "{'to': '0.0.0.0/0', 'kind': 'internet', 'id': 'igw-c'}]}]}";

static const char joins[] =
    "{"
    "'peerings': [{'id': 'pcx', 'vpcs': ['vpc-a', 'vpc-b']}],"
    "'transits': [{'id': 'tgw', 'attachments': ["
    "{'id': 'at-a', 'vpc': 'vpc-a', 'subnets': ['pub'], 'table': 'tgw-rtb'},"
    "{'id': 'at-c', 'vpc': 'vpc-c', 'subnets': ['c'], 'table': 'tgw-rtb'}],"
    "'tables': [{'id': 'tgw-rtb', 'routes': [{'to': '10.0.0.0/16', 'attachment': 'at-a', 'propagated': true},"
    "{'to': '10.2.0.0/16', 'attachment': 'at-c', 'propagated': true}]}]}]}";

static const char forward[] = "echo 1 >/proc/sys/net/ipv4/ip_forward && "
			      "echo 0 >/proc/sys/net/ipv4/conf/all/send_redirects && "
			      "echo 0 >/proc/sys/net/ipv4/conf/eth0/send_redirects";

struct lab lab;

int
three_open(void **state UNUSED)
{
	lab_open(&lab, network, joins);
	lab_shell(&lab, "nat", forward);
	lab_shell(&lab, "app", forward);
	/* What netd puts into the container of a NAT gateway, for what is not its own. */
	lab_shell(&lab, "nat",
	    "nft 'table ip nat { chain post { type nat hook postrouting priority srcnat ; "
	    "ip saddr != 10.0.1.20 snat to 10.0.1.20 ; } ; "
	    "chain pass { type filter hook forward priority filter ; ct state invalid drop ; } ; }'");
	return 0;
}

int
three_close(void **state UNUSED)
{
	lab_close(&lab);
	return 0;
}

void
with(const char *list, const char *id, const char *member, const char *text)
{
	lab_set(&lab, list, id, member, text);
	lab_apply(&lab);
}
