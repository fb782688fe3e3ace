/* EC2: managed prefix lists: versions, entries, uses, AWS's own. */
#include "tests/api/ec2_calls.h"

#define S3 "pl-63a5400a"

static const char *
make(struct fixture *f, const char *name, int max, const char *entries)
{
	return ec2_text(ec2_ok(f, "CreateManagedPrefixList",
			    "{\"PrefixListName\": \"%s\", \"AddressFamily\": \"IPv4\","
			    " \"MaxEntries\": %d, \"Entries\": [%s]}",
			    name, max, entries),
	    "PrefixList.PrefixListId");
}

static json_t *
entries(struct fixture *f, const char *id, int version)
{
	return ec2_ok(f, "GetManagedPrefixListEntries", "{\"PrefixListId\": \"%s\"%s}",
	    id,
	    version == 0 ? "" :
			   arena_printf(f->arena, ", \"TargetVersion\": %d", version));
}

static void
lists_have_versions(void **state)
{
	struct fixture *f = *state;
	const char *id;
	json_t *v = ec2_ok(f, "CreateManagedPrefixList",
	    "{\"PrefixListName\": \"offices\", \"AddressFamily\": \"IPv4\", \"MaxEntries\": 3,"
	    " \"Entries\": [{\"Cidr\": \"10.2.0.0/16\", \"Description\": \"b\"},"
	    " {\"Cidr\": \"10.1.0.0/16\"}], \"TagSpecifications\": [{\"ResourceType\":"
	    " \"prefix-list\", \"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}]}");

	id = ec2_text(v, "PrefixList.PrefixListId");
	ec2_is(v, "PrefixList.State", "create-in-progress");
	v = ec2_ok(f, "DescribeManagedPrefixLists", "{\"PrefixListIds\": [\"%s\"]}", id);
	ec2_is(v, "PrefixLists.0.State", "create-complete");
	ec2_is(v, "PrefixLists.0.Version", "1");
	ec2_is(v, "PrefixLists.0.MaxEntries", "3");
	ec2_is(v, "PrefixLists.0.Tags.0.Value", "b");
	v = ec2_ok(f, "ModifyManagedPrefixList",
	    "{\"PrefixListId\": \"%s\", \"CurrentVersion\": 1, \"AddEntries\":"
	    " [{\"Cidr\": \"10.3.0.0/16\"}], \"RemoveEntries\": [{\"Cidr\":"
	    " \"10.1.0.0/16\"}]}",
	    id);
	ec2_is(v, "PrefixList.State", "modify-in-progress");
	ec2_is(v, "PrefixList.Version", "2");
	v = entries(f, id, 0);
	ec2_counts(v, "Entries", 2);
	ec2_is(v, "Entries.0.Cidr", "10.2.0.0/16");
	ec2_is(v, "Entries.0.Description", "b");
	ec2_is(entries(f, id, 1), "Entries.0.Cidr", "10.1.0.0/16");
	ec2_no(f, "PrefixListVersionMismatch", "ModifyManagedPrefixList",
	    "{\"PrefixListId\": \"%s\", \"CurrentVersion\": 1, \"AddEntries\":"
	    " [{\"Cidr\": \"10.4.0.0/16\"}]}",
	    id);
	v = ec2_ok(f, "RestoreManagedPrefixListVersion",
	    "{\"PrefixListId\": \"%s\", \"CurrentVersion\": 2, \"PreviousVersion\": 1}",
	    id);
	ec2_is(v, "PrefixList.Version", "3");
	ec2_is(entries(f, id, 3), "Entries.0.Cidr", "10.1.0.0/16");
	/* A new name or size is no new version. */
	ec2_ok(f, "ModifyManagedPrefixList",
	    "{\"PrefixListId\": \"%s\", \"PrefixListName\": \"x\", \"MaxEntries\": 2}",
	    id);
	ec2_no(f, "PrefixListMaxEntriesExceeded", "ModifyManagedPrefixList",
	    "{\"PrefixListId\": \"%s\", \"MaxEntries\": 1}", id);
	v = ec2_ok(f, "DescribeManagedPrefixLists",
	    "{\"Filters\": [{\"Name\": \"prefix-list-name\", \"Values\": [\"x\"]}]}");
	ec2_is(v, "PrefixLists.0.Version", "3");
	ec2_is(v, "PrefixLists.0.MaxEntries", "2");
	ec2_is(ec2_ok(f, "DeleteManagedPrefixList", "{\"PrefixListId\": \"%s\"}", id),
	    "PrefixList.State", "delete-in-progress");
	ec2_no(f, "InvalidPrefixListID.NotFound", "DeleteManagedPrefixList",
	    "{\"PrefixListId\": \"%s\"}", id);
}

static void
what_uses_a_list_keeps_it(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id = make(f, "l", 5, "{\"Cidr\": \"192.0.2.0/24\"}");
	json_t *v;

	ec2_world(f, &w);
	ec2_ok(f, "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationPrefixListId\": \"%s\","
	    " \"GatewayId\": \"%s\"}",
	    w.table, id, w.gateway);
	v = ec2_ok(f, "GetManagedPrefixListAssociations", "{\"PrefixListId\": \"%s\"}",
	    id);
	ec2_counts(v, "PrefixListAssociations", 1);
	ec2_is(v, "PrefixListAssociations.0.ResourceId", w.table);
	ec2_no(f, "DependencyViolation", "DeleteManagedPrefixList",
	    "{\"PrefixListId\": \"%s\"}", id);
	ec2_ok(f, "DeleteRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationPrefixListId\": \"%s\"}", w.table,
	    id);
	ec2_ok(f, "DeleteManagedPrefixList", "{\"PrefixListId\": \"%s\"}", id);
}

/* Versions are remembered as long as there is room: 10,000 entries, and one a version. */
static void
old_versions_are_forgotten(void **state)
{
	enum { ENTRIES = 100, FIRST_BATCHES = 10, KEPT = 9 };
	struct fixture *f = *state;
	const char *id = make(f, "l", 1000, ""), *batch;
	int version = 1;

	for (int i = 0; i < FIRST_BATCHES; i++) {
		batch = "";
		for (int k = 0; k < ENTRIES; k++)
			batch =
			    arena_printf(f->arena, "%s%s{\"Cidr\": \"10.%d.%d.0/24\"}",
				batch, k > 0 ? ", " : "", i, k);
		ec2_ok(f, "ModifyManagedPrefixList",
		    "{\"PrefixListId\": \"%s\", \"CurrentVersion\": %d, \"AddEntries\": [%s]}",
		    id, version++, batch);
	}
	for (int i = 0; i < KEPT; i++)
		ec2_ok(f, "ModifyManagedPrefixList",
		    "{\"PrefixListId\": \"%s\", \"CurrentVersion\": %d, \"AddEntries\":"
		    " [{\"Cidr\": \"10.0.0.0/24\", \"Description\": \"%d\"}]}",
		    id, version++, i);
	ec2_counts(entries(f, id, 0), "Entries", 1000);
	ec2_counts(entries(f, id, version - KEPT + 1), "Entries", 1000);
	ec2_no(f, "InvalidParameterValue", "GetManagedPrefixListEntries",
	    "{\"PrefixListId\": \"%s\", \"TargetVersion\": %d}", id, version - KEPT);
}

static void
aws_has_its_own(void **state)
{
	struct fixture *f = *state;
	json_t *v = ec2_ok(f, "DescribePrefixLists",
	    "{\"Filters\": [{\"Name\": \"prefix-list-name\", \"Values\": [\"*.s3\"]}]}");

	ec2_counts(v, "PrefixLists", 1);
	ec2_is(v, "PrefixLists.0.PrefixListId", S3);
	ec2_is(v, "PrefixLists.0.PrefixListName", "com.amazonaws.us-east-1.s3");
	ec2_text(v, "PrefixLists.0.Cidrs.0");
	v = ec2_ok(f, "DescribeManagedPrefixLists",
	    "{\"Filters\": [{\"Name\": \"owner-id\", \"Values\": [\"AWS\"]}]}");
	ec2_counts(v, "PrefixLists", 2);
	v = ec2_ok(f, "DescribeManagedPrefixLists", "{\"PrefixListIds\": [\"" S3 "\"]}");
	ec2_is(v, "PrefixLists.0.PrefixListName", "com.amazonaws.us-east-1.s3");
	ec2_no(f, "UnauthorizedOperation", "DeleteManagedPrefixList",
	    "{\"PrefixListId\": \"" S3 "\"}");
	v = ec2_ok(f, "GetManagedPrefixListEntries",
	    "{\"PrefixListId\": \"" S3 "\", \"MaxResults\": 2}");
	ec2_counts(v, "Entries", 2);
	v = ec2_ok(f, "GetManagedPrefixListEntries",
	    "{\"PrefixListId\": \"" S3 "\", \"NextToken\": \"%s\"}",
	    ec2_text(v, "NextToken"));
	ec2_counts(v, "Entries", 3);
}

static void
wrong_input_is_refused(void **state)
{
	static const struct ec2_refusal refusals[] = {
		{ "CreateManagedPrefixList", "{}", "MissingParameter", NULL },
		{ "CreateManagedPrefixList",
		    "{\"PrefixListName\": \"x\", \"AddressFamily\": \"IPv5\", \"MaxEntries\": 1}",
		    "InvalidParameterValue", NULL },
		{ "CreateManagedPrefixList",
		    "{\"PrefixListName\": \"com.amazonaws.x\", \"AddressFamily\": \"IPv4\","
		    " \"MaxEntries\": 1}",
		    "InvalidParameterValue", NULL },
		{ "CreateManagedPrefixList",
		    "{\"PrefixListName\": \"x\", \"AddressFamily\": \"IPv4\", \"MaxEntries\": 0}",
		    "InvalidParameterValue", NULL },
		{ "CreateManagedPrefixList",
		    "{\"PrefixListName\": \"x\", \"AddressFamily\": \"IPv4\", \"MaxEntries\": 1,"
		    " \"Entries\": [{\"Cidr\": \"10.0.0.0/8\"}, {\"Cidr\": \"11.0.0.0/8\"}]}",
		    "PrefixListMaxEntriesExceeded", NULL },
		{ "CreateManagedPrefixList",
		    "{\"PrefixListName\": \"x\", \"AddressFamily\": \"IPv4\", \"MaxEntries\": 1,"
		    " \"Entries\": [{\"Cidr\": \"2001:db8::/32\"}]}",
		    "InvalidParameterValue", NULL },
		{ "ModifyManagedPrefixList", "{\"PrefixListId\": \"pl-0\"}",
		    "InvalidPrefixListID.NotFound", NULL },
		{ "ModifyManagedPrefixList", "{\"PrefixListId\": \"x\"}",
		    "InvalidPrefixListId.Malformed", NULL },
		{ "GetManagedPrefixListEntries",
		    "{\"PrefixListId\": \"" S3 "\", \"TargetVersion\": 9}",
		    "InvalidParameterValue", NULL },
	};
	struct fixture *f = *state;
	const char *id = make(f, "l", 5, "{\"Cidr\": \"192.0.2.0/24\"}");

	ec2_refused(f, refusals, COUNT(refusals));
	ec2_no(f, "MissingParameter", "ModifyManagedPrefixList",
	    "{\"PrefixListId\": \"%s\", \"AddEntries\": [{\"Cidr\": \"10.0.0.0/8\"}]}",
	    id);
	ec2_no(f, "InvalidParameterCombination", "ModifyManagedPrefixList",
	    "{\"PrefixListId\": \"%s\", \"CurrentVersion\": 1, \"MaxEntries\": 9,"
	    " \"AddEntries\": [{\"Cidr\": \"10.0.0.0/8\"}]}",
	    id);
	ec2_no(f, "InvalidParameterValue", "ModifyManagedPrefixList",
	    "{\"PrefixListId\": \"%s\", \"CurrentVersion\": 1, \"RemoveEntries\":"
	    " [{\"Cidr\": \"10.0.0.0/8\"}]}",
	    id);
	ec2_no(f, "InvalidParameterValue", "RestoreManagedPrefixListVersion",
	    "{\"PrefixListId\": \"%s\", \"CurrentVersion\": 1, \"PreviousVersion\": 0}",
	    id);
	ec2_no(f, "InvalidParameterValue", "RestoreManagedPrefixListVersion",
	    "{\"PrefixListId\": \"%s\", \"CurrentVersion\": 1, \"PreviousVersion\": 7}",
	    id);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(lists_have_versions),
		T(what_uses_a_list_keeps_it),
		T(old_versions_are_forgotten),
		T(aws_has_its_own),
		T(wrong_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
