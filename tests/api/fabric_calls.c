#include "tests/api/fabric_calls.h"

#include <string.h>

#include "control/services/ec2/network/fabric_document.h"
#include "netdns/fabric.h"

json_t *
fabric_told(struct fixture *f)
{
	struct err err = { .kind = NULL };
	struct fabric *fabric = NULL;
	json_t *v;

	if (fabric_document(&f->env, f->arena, FABRIC_ALL, &v, &err) < 0 ||
	    fabric_read(v, &fabric, &err) < 0)
		fail_msg("%s", err.msg);
	fabric_free(fabric);
	return v;
}

/* The row of a list with the id; NULL when there is none. */
json_t *
fabric_row_find(const json_t *v, const char *list, const char *id)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_get(v, list), i, row) {
		if (strcmp(json_str_or(row, "id", ""), id) == 0)
			return row;
	}
	return NULL;
}

json_t *
fabric_row(const json_t *v, const char *list, const char *id)
{
	json_t *row = fabric_row_find(v, list, id);

	if (row == NULL)
		fail_msg("%s has no %s", list, id);
	return row;
}

/* What is told now of one. */
json_t *
fabric_row_now(struct fixture *f, const char *list, const char *id)
{
	return fabric_row(fabric_told(f), list, id);
}

json_t *
fabric_route_to(const json_t *table, const char *to)
{
	json_t *route;
	size_t i;

	json_array_foreach(json_get(table, "routes"), i, route) {
		if (strcmp(json_str_or(route, "to", ""), to) == 0)
			return route;
	}
	fail_msg("no route to %s in %s", to, json_str_or(table, "id", ""));
	return NULL;
}

void
fabric_equals(struct fixture *f, const json_t *have, const char *want)
{
	struct err err = { .kind = NULL };
	json_t *v;

	if (json_read_in(f->arena, want, strlen(want), &v, &err) < 0)
		fail_msg("%s", err.msg);
	if (!json_equal(have, v))
		fail_msg("%s\nis not\n%s", json_text(f->arena, have),
		    json_text(f->arena, v));
}

const char *
fabric_vpc_of(struct fixture *f, const char *cidr)
{
	return ec2_text(ec2_ok(f, "CreateVpc", "{\"CidrBlock\": \"%s\"}", cidr),
	    "Vpc.VpcId");
}

const char *
fabric_subnet_of(struct fixture *f, const char *vpc, const char *cidr)
{
	return ec2_text(ec2_ok(f, "CreateSubnet",
			    "{\"VpcId\": \"%s\", \"CidrBlock\": \"%s\","
			    " \"AvailabilityZone\": \"%sb\"}",
			    vpc, cidr, f->region),
	    "Subnet.SubnetId");
}

const char *
fabric_table_of(struct fixture *f, const char *vpc)
{
	return ec2_text(ec2_ok(f, "CreateRouteTable", "{\"VpcId\": \"%s\"}", vpc),
	    "RouteTable.RouteTableId");
}

void
fabric_route(struct fixture *f, const char *table, const char *to, const char *member,
    const char *target)
{
	const char *name = strncmp(to, "pl-", 3) == 0 ? "DestinationPrefixListId" :
	    strchr(to, ':') != NULL		      ? "DestinationIpv6CidrBlock" :
							"DestinationCidrBlock";

	ec2_ok(f, "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"%s\": \"%s\", \"%s\": \"%s\"}", table, name, to,
	    member, target);
}

const char *
fabric_group_of(struct fixture *f, const char *vpc, const char *name)
{
	return ec2_text(ec2_ok(f, "CreateSecurityGroup",
			    "{\"GroupName\": \"%s\", \"Description\": \"d\", \"VpcId\":"
			    " \"%s\"}",
			    name, vpc),
	    "GroupId");
}

const char *
fabric_list_of(struct fixture *f, const char *cidr)
{
	return ec2_text(ec2_ok(f, "CreateManagedPrefixList",
			    "{\"PrefixListName\": \"l\", \"AddressFamily\": \"IPv4\","
			    " \"MaxEntries\": 5, \"Entries\": [{\"Cidr\": \"%s\"}]}",
			    cidr),
	    "PrefixList.PrefixListId");
}

void
fabric_allow(struct fixture *f, const char *group, const char *permission)
{
	ec2_ok(f, "AuthorizeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"IpPermissions\": [%s]}", group, permission);
}
