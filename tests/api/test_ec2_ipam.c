/* EC2: IPAM: managers, scopes, pools, allocations, discoveries. */
#include "tests/api/ec2_calls.h"

#include <string.h>

struct world {
	const char *ipam, *scope;
};

static void
make(struct fixture *f, struct world *w)
{
	json_t *v = ec2_ok(f, "CreateIpam",
	    "{\"OperatingRegions\": [{\"RegionName\": \"us-east-1\"},"
	    " {\"RegionName\": \"eu-west-1\"}]}");

	w->ipam = ec2_text(v, "Ipam.IpamId");
	w->scope = ec2_text(v, "Ipam.PrivateDefaultScopeId");
}

static const char *
pool(struct fixture *f, const char *scope, const char *more)
{
	return ec2_text(ec2_ok(f, "CreateIpamPool",
			    "{\"IpamScopeId\": \"%s\", \"AddressFamily\": \"ipv4\"%s}",
			    scope, more),
	    "IpamPool.IpamPoolId");
}

static void
provision(struct fixture *f, const char *pool, const char *what)
{
	ec2_ok(f, "ProvisionIpamPoolCidr", "{\"IpamPoolId\": \"%s\", %s}", pool, what);
}

static json_t *
allocate(struct fixture *f, const char *pool, const char *what)
{
	return ec2_ok(f, "AllocateIpamPoolCidr", "{\"IpamPoolId\": \"%s\", %s}", pool,
	    what);
}

static void
managers_have_scopes_and_a_discovery(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *scope;
	json_t *v;

	make(f, &w);
	v = ec2_ok(f, "DescribeIpams", "{\"IpamIds\": [\"%s\"]}", w.ipam);
	ec2_is(v, "Ipams.0.State", "create-complete");
	ec2_is(v, "Ipams.0.ScopeCount", "2");
	ec2_is(v, "Ipams.0.Tier", "advanced");
	ec2_is(v, "Ipams.0.EnablePrivateGua", "false");
	ec2_is(v, "Ipams.0.ResourceDiscoveryAssociationCount", "1");
	assert_non_null(strstr(ec2_text(v, "Ipams.0.IpamArn"),
	    "arn:aws:ec2::" FIXTURE_ACCOUNT ":ipam/ipam-"));
	ec2_is(ec2_ok(f, "DescribeIpamResourceDiscoveries", "{}"),
	    "IpamResourceDiscoveries.0.IsDefault", "true");
	v = ec2_ok(f, "CreateIpamScope",
	    "{\"IpamId\": \"%s\", \"Description\": \"d\", \"TagSpecifications\":"
	    " [{\"ResourceType\": \"ipam-scope\", \"Tags\": [{\"Key\": \"k\", \"Value\":"
	    " \"v\"}]}]}",
	    w.ipam);
	scope = ec2_text(v, "IpamScope.IpamScopeId");
	ec2_is(v, "IpamScope.State", "create-in-progress");
	ec2_is(v, "IpamScope.IpamScopeType", "private");
	ec2_ok(f, "ModifyIpamScope", "{\"IpamScopeId\": \"%s\", \"Description\": \"e\"}",
	    scope);
	pool(f, scope, "");
	v = ec2_ok(f, "DescribeIpamScopes", "{\"IpamScopeIds\": [\"%s\"]}", scope);
	ec2_is(v, "IpamScopes.0.Description", "e");
	ec2_is(v, "IpamScopes.0.PoolCount", "1");
	ec2_is(v, "IpamScopes.0.Tags.0.Value", "v");
	ec2_no(f, "DependencyViolation", "DeleteIpamScope", "{\"IpamScopeId\": \"%s\"}",
	    scope);
	ec2_no(f, "OperationNotPermitted", "DeleteIpamScope", "{\"IpamScopeId\": \"%s\"}",
	    w.scope);
	ec2_no(f, "DependencyViolation", "DeleteIpam", "{\"IpamId\": \"%s\"}", w.ipam);
	ec2_ok(f, "ModifyIpam",
	    "{\"IpamId\": \"%s\", \"Tier\": \"free\", \"RemoveOperatingRegions\":"
	    " [{\"RegionName\": \"eu-west-1\"}]}",
	    w.ipam);
	v = ec2_ok(f, "DescribeIpams", "{}");
	ec2_is(v, "Ipams.0.Tier", "free");
	assert_null(fixture_text(v, "Ipams.0.OperatingRegions.1.RegionName"));
	ec2_no(f, "InvalidParameterValue", "ModifyIpam",
	    "{\"IpamId\": \"%s\", \"RemoveOperatingRegions\": [{\"RegionName\":"
	    " \"us-east-1\"}]}",
	    w.ipam);
	v = ec2_ok(f, "DeleteIpam", "{\"IpamId\": \"%s\", \"Cascade\": true}", w.ipam);
	ec2_is(v, "Ipam.State", "delete-in-progress");
	ec2_is(ec2_ok(f, "DescribeIpams", "{}"), "Ipams.0.State", "delete-complete");
	ec2_is(ec2_ok(f, "DescribeIpamPools", "{}"), "IpamPools.0.State",
	    "delete-complete");
	ec2_no(f, "InvalidIpamId.NotFound", "DeleteIpam", "{\"IpamId\": \"%s\"}", w.ipam);
	f->now_ms += 3600 * 1000;
	ec2_counts(ec2_ok(f, "DescribeIpams", "{}"), "Ipams", 0);
	ec2_counts(ec2_ok(f, "DescribeIpamScopes", "{}"), "IpamScopes", 0);
}

static void
pools_give_ranges_that_do_not_overlap(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *id, *first;
	json_t *v;

	make(f, &w);
	id = pool(f, w.scope,
	    ", \"Locale\": \"us-east-1\", \"AllocationMinNetmaskLength\": 20,"
	    " \"AllocationMaxNetmaskLength\": 28, \"AllocationDefaultNetmaskLength\": 24");
	v = ec2_ok(f, "DescribeIpamPools", "{\"IpamPoolIds\": [\"%s\"]}", id);
	ec2_is(v, "IpamPools.0.State", "create-complete");
	ec2_is(v, "IpamPools.0.PoolDepth", "1");
	ec2_is(v, "IpamPools.0.AutoImport", "false");
	ec2_no(f, "InvalidParameterValue", "AllocateIpamPoolCidr",
	    "{\"IpamPoolId\": \"%s\"}", id);
	v = ec2_ok(f, "ProvisionIpamPoolCidr",
	    "{\"IpamPoolId\": \"%s\", \"Cidr\": \"10.0.0.0/20\"}", id);
	ec2_is(v, "IpamPoolCidr.State", "pending-provision");
	v = ec2_ok(f, "GetIpamPoolCidrs", "{\"IpamPoolId\": \"%s\"}", id);
	ec2_is(v, "IpamPoolCidrs.0.State", "provisioned");
	ec2_is(v, "IpamPoolCidrs.0.NetmaskLength", "20");
	v = allocate(f, id, "\"Description\": \"d\"");
	ec2_is(v, "IpamPoolAllocation.Cidr", "10.0.0.0/24");
	ec2_is(v, "IpamPoolAllocation.ResourceType", "custom");
	first = ec2_text(v, "IpamPoolAllocation.IpamPoolAllocationId");
	ec2_is(allocate(f, id, "\"NetmaskLength\": 28"), "IpamPoolAllocation.Cidr",
	    "10.0.1.0/28");
	ec2_is(allocate(f, id, "\"NetmaskLength\": 23"), "IpamPoolAllocation.Cidr",
	    "10.0.2.0/23");
	ec2_is(allocate(f, id, "\"NetmaskLength\": 28, \"PreviewNextCidr\": true"),
	    "IpamPoolAllocation.Cidr", "10.0.1.16/28");
	ec2_is(allocate(f, id,
		   "\"NetmaskLength\": 28, \"DisallowedCidrs\": [\"10.0.1.0/24\"]"),
	    "IpamPoolAllocation.Cidr", "10.0.4.0/28");
	ec2_is(allocate(f, id,
		   "\"NetmaskLength\": 28, \"AllowedCidrs\": [\"10.0.8.0/24\"]"),
	    "IpamPoolAllocation.Cidr", "10.0.8.0/28");
	ec2_is(allocate(f, id, "\"Cidr\": \"10.0.9.0/24\""), "IpamPoolAllocation.Cidr",
	    "10.0.9.0/24");
	ec2_no(f, "InvalidParameterValue", "AllocateIpamPoolCidr",
	    "{\"IpamPoolId\": \"%s\", \"Cidr\": \"10.0.9.0/25\"}", id);
	ec2_no(f, "InvalidParameterValue", "AllocateIpamPoolCidr",
	    "{\"IpamPoolId\": \"%s\", \"Cidr\": \"10.1.0.0/24\"}", id);
	ec2_no(f, "InvalidParameterValue", "AllocateIpamPoolCidr",
	    "{\"IpamPoolId\": \"%s\", \"NetmaskLength\": 29}", id);
	ec2_no(f, "InvalidParameterValue", "AllocateIpamPoolCidr",
	    "{\"IpamPoolId\": \"%s\", \"NetmaskLength\": 20}", id);
	v = ec2_ok(f, "GetIpamPoolAllocations", "{\"IpamPoolId\": \"%s\"}", id);
	ec2_counts(v, "IpamPoolAllocations", 6);
	ec2_no(f, "IncorrectState", "DeprovisionIpamPoolCidr",
	    "{\"IpamPoolId\": \"%s\", \"Cidr\": \"10.0.0.0/20\"}", id);

	ec2_ok(f, "ModifyIpamPoolAllocation",
	    "{\"IpamPoolAllocationId\": \"%s\", \"Description\": \"e\"}", first);
	v = ec2_ok(f, "GetIpamPoolAllocations",
	    "{\"IpamPoolId\": \"%s\", \"IpamPoolAllocationId\": \"%s\"}", id, first);
	ec2_is(v, "IpamPoolAllocations.0.Description", "e");
	ec2_no(f, "InvalidIpamPoolAllocationId.NotFound", "ReleaseIpamPoolAllocation",
	    "{\"IpamPoolId\": \"%s\", \"Cidr\": \"10.9.0.0/24\","
	    " \"IpamPoolAllocationId\": \"%s\"}",
	    id, first);
	v = ec2_ok(f, "ReleaseIpamPoolAllocation",
	    "{\"IpamPoolId\": \"%s\", \"Cidr\": \"10.0.0.0/24\","
	    " \"IpamPoolAllocationId\": \"%s\"}",
	    id, first);
	ec2_is(v, "Success", "true");
	ec2_is(allocate(f, id, "\"NetmaskLength\": 24"), "IpamPoolAllocation.Cidr",
	    "10.0.0.0/24");
	ec2_counts(ec2_ok(f, "DescribeIpamPoolAllocations", "{\"MaxResults\": 1000}"),
	    "IpamPoolAllocations", 6);
	ec2_no(f, "IncorrectState", "DeleteIpamPool", "{\"IpamPoolId\": \"%s\"}", id);
}

static void
pools_take_of_the_pools_above(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *top, *a, *b;
	json_t *v;

	make(f, &w);
	top = pool(f, w.scope, "");
	provision(f, top, "\"Cidr\": \"10.0.0.0/8\"");
	a = pool(f, w.scope,
	    arena_printf(f->arena, ", \"SourceIpamPoolId\": \"%s\"", top));
	b = pool(f, w.scope,
	    arena_printf(f->arena,
		", \"SourceIpamPoolId\": \"%s\", \"Locale\": \"eu-west-1\"", top));
	provision(f, a, "\"NetmaskLength\": 16");
	provision(f, b, "\"NetmaskLength\": 12");
	ec2_is(ec2_ok(f, "GetIpamPoolCidrs", "{\"IpamPoolId\": \"%s\"}", b),
	    "IpamPoolCidrs.0.Cidr", "10.16.0.0/12");
	v = ec2_ok(f, "GetIpamPoolAllocations", "{\"IpamPoolId\": \"%s\"}", top);
	ec2_counts(v, "IpamPoolAllocations", 2);
	ec2_is(v, "IpamPoolAllocations.0.ResourceType", "ipam-pool");
	ec2_no(f, "InvalidParameterValue", "ProvisionIpamPoolCidr",
	    "{\"IpamPoolId\": \"%s\", \"Cidr\": \"10.0.0.0/24\"}", b);
	ec2_no(f, "InvalidParameterValue", "ProvisionIpamPoolCidr",
	    "{\"IpamPoolId\": \"%s\", \"Cidr\": \"10.0.0.0/9\"}", pool(f, w.scope, ""));
	ec2_no(f, "IncorrectState", "DeleteIpamPool", "{\"IpamPoolId\": \"%s\"}", top);
	ec2_ok(f, "DeprovisionIpamPoolCidr",
	    "{\"IpamPoolId\": \"%s\", \"Cidr\": \"10.0.0.0/16\"}", a);
	ec2_no(f, "InvalidIpamPoolCidr.NotFound", "DeprovisionIpamPoolCidr",
	    "{\"IpamPoolId\": \"%s\", \"Cidr\": \"10.0.0.0/16\"}", a);
	ec2_counts(ec2_ok(f, "GetIpamPoolAllocations", "{\"IpamPoolId\": \"%s\"}", top),
	    "IpamPoolAllocations", 1);
	ec2_ok(f, "DeleteIpamPool", "{\"IpamPoolId\": \"%s\"}", a);
	ec2_ok(f, "DeleteIpamPool", "{\"IpamPoolId\": \"%s\", \"Cascade\": true}", top);
	ec2_no(f, "InvalidIpamPoolId.NotFound", "GetIpamPoolCidrs",
	    "{\"IpamPoolId\": \"%s\"}", b);
	ec2_is(ec2_ok(f, "DescribeIpamPools", "{\"IpamPoolIds\": [\"%s\"]}", b),
	    "IpamPools.0.State", "delete-complete");
}

static void
ipv6_is_counted_as_well(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *id;
	json_t *v;

	make(f, &w);
	v = ec2_ok(f, "CreateIpamPool",
	    "{\"IpamScopeId\": \"%s\", \"AddressFamily\": \"ipv6\"}", w.scope);
	id = ec2_text(v, "IpamPool.IpamPoolId");
	provision(f, id, "\"Cidr\": \"fd00::/48\"");
	ec2_is(allocate(f, id, "\"NetmaskLength\": 56"), "IpamPoolAllocation.Cidr",
	    "fd00::/56");
	ec2_is(allocate(f, id, "\"NetmaskLength\": 56"), "IpamPoolAllocation.Cidr",
	    "fd00:0:0:100::/56");
	ec2_no(f, "InvalidParameterValue", "ProvisionIpamPoolCidr",
	    "{\"IpamPoolId\": \"%s\", \"Cidr\": \"10.0.0.0/8\"}", id);
}

static void
discoveries_are_associated(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *id, *association;
	json_t *v;

	make(f, &w);
	id =
	    ec2_text(ec2_ok(f, "CreateIpamResourceDiscovery", "{\"Description\": \"d\"}"),
		"IpamResourceDiscovery.IpamResourceDiscoveryId");
	v = ec2_ok(f, "AssociateIpamResourceDiscovery",
	    "{\"IpamId\": \"%s\", \"IpamResourceDiscoveryId\": \"%s\"}", w.ipam, id);
	association = ec2_text(v,
	    "IpamResourceDiscoveryAssociation.IpamResourceDiscoveryAssociationId");
	ec2_is(v, "IpamResourceDiscoveryAssociation.State", "associate-in-progress");
	ec2_no(f, "Resource.AlreadyAssociated", "AssociateIpamResourceDiscovery",
	    "{\"IpamId\": \"%s\", \"IpamResourceDiscoveryId\": \"%s\"}", w.ipam, id);
	ec2_is(ec2_ok(f, "DescribeIpams", "{}"),
	    "Ipams.0.ResourceDiscoveryAssociationCount", "2");
	ec2_no(f, "DependencyViolation", "DeleteIpamResourceDiscovery",
	    "{\"IpamResourceDiscoveryId\": \"%s\"}", id);
	ec2_ok(f, "ModifyIpamResourceDiscovery",
	    "{\"IpamResourceDiscoveryId\": \"%s\", \"Description\": \"e\"}", id);
	ec2_ok(f, "DisassociateIpamResourceDiscovery",
	    "{\"IpamResourceDiscoveryAssociationId\": \"%s\"}", association);
	v = ec2_ok(f, "DescribeIpamResourceDiscoveryAssociations",
	    "{\"Filters\": [{\"Name\": \"is-default\", \"Values\": [\"false\"]}]}");
	ec2_is(v, "IpamResourceDiscoveryAssociations.0.State", "disassociate-complete");
	ec2_ok(f, "DeleteIpamResourceDiscovery", "{\"IpamResourceDiscoveryId\": \"%s\"}",
	    id);
	v = ec2_ok(f, "DescribeIpamResourceDiscoveries",
	    "{\"IpamResourceDiscoveryIds\": [\"%s\"]}", id);
	ec2_is(v, "IpamResourceDiscoveries.0.State", "delete-complete");
	ec2_is(v, "IpamResourceDiscoveries.0.Description", "e");
	ec2_no(f, "OperationNotPermitted", "DeleteIpamResourceDiscovery",
	    "{\"IpamResourceDiscoveryId\": \"%s\"}",
	    ec2_text(ec2_ok(f, "DescribeIpams", "{}"),
		"Ipams.0.DefaultResourceDiscoveryId"));
}

static void
wrong_input_is_refused(void **state)
{
	static const struct ec2_refusal refusals[] = {
		{ "CreateIpam",
		    "{\"OperatingRegions\": [{\"RegionName\": \"eu-west-1\"}]}",
		    "InvalidParameterValue", NULL },
		{ "CreateIpam", "{\"OperatingRegions\": [{\"RegionName\": \"mars\"}]}",
		    "InvalidParameterValue", NULL },
		{ "CreateIpamScope", "{\"IpamId\": \"ipam-0\"}", "InvalidIpamId.NotFound",
		    NULL },
		{ "CreateIpamPool",
		    "{\"IpamScopeId\": \"ipam-scope-0\", \"AddressFamily\": \"ipv4\"}",
		    "InvalidIpamScopeId.NotFound", NULL },
		{ "GetIpamPoolCidrs", "{\"IpamPoolId\": \"x\"}",
		    "InvalidIpamPoolId.Malformed", NULL },
		{ "DescribeIpamPoolAllocations", "{\"MaxResults\": 5}",
		    "InvalidParameterValue", NULL },
	};
	struct fixture *f = *state;
	const char *id, *cidrs = "";
	struct world w;

	ec2_refused(f, refusals, COUNT(refusals));
	make(f, &w);
	ec2_no(f, "InvalidParameterValue", "CreateIpamPool",
	    "{\"IpamScopeId\": \"%s\", \"AddressFamily\": \"ipv4\","
	    " \"Locale\": \"us-west-2\"}",
	    w.scope);
	ec2_no(f, "InvalidParameterValue", "CreateIpamPool",
	    "{\"IpamScopeId\": \"%s\", \"AddressFamily\": \"ipv4\","
	    " \"AllocationMinNetmaskLength\": 24, \"AllocationMaxNetmaskLength\": 20}",
	    w.scope);
	id = pool(f, w.scope, "");
	for (int i = 0; i < 100; i++)
		cidrs = arena_printf(f->arena, "%s\"10.0.0.0/8\", ", cidrs);
	ec2_no(f, "InvalidParameterValue", "AllocateIpamPoolCidr",
	    "{\"IpamPoolId\": \"%s\", \"NetmaskLength\": 24, \"AllowedCidrs\":"
	    " [%s\"10.0.0.0/8\"]}",
	    id, cidrs);
	for (int depth = 2; depth <= 10; depth++)
		id = pool(f, w.scope,
		    arena_printf(f->arena, ", \"SourceIpamPoolId\": \"%s\"", id));
	ec2_no(f, "IpamPoolDepthLimitExceeded", "CreateIpamPool",
	    "{\"IpamScopeId\": \"%s\", \"AddressFamily\": \"ipv4\","
	    " \"SourceIpamPoolId\": \"%s\"}",
	    w.scope, id);
	ec2_no(f, "UnsupportedOperation", "CreateIpamPool",
	    "{\"IpamScopeId\": \"%s\", \"AddressFamily\": \"ipv4\", \"AutoImport\": true}",
	    w.scope);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
		T(managers_have_scopes_and_a_discovery),
		T(pools_give_ranges_that_do_not_overlap),
		T(pools_take_of_the_pools_above),
		T(ipv6_is_counted_as_well),
		T(discoveries_are_associated),
		T(wrong_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
