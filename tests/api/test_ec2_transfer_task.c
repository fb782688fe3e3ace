/* EC2: what there is none of: reserved and scheduled instances, imports and exports. */
#include "tests/api/ec2_calls.h"

static void
lists_are_empty(void **state)
{
	static const struct {
		const char *op, *list, *ids, *code;
	} rows[] = {
		{ "DescribeBundleTasks", "BundleTasks", "BundleIds",
		    "InvalidBundleID.NotFound" },
		{ "DescribeConversionTasks", "ConversionTasks", "ConversionTaskIds",
		    "InvalidConversionTaskId" },
		{ "DescribeExportImageTasks", "ExportImageTasks", "ExportImageTaskIds",
		    "InvalidExportTaskID.NotFound" },
		{ "DescribeExportTasks", "ExportTasks", "ExportTaskIds",
		    "InvalidExportTaskID.NotFound" },
		{ "DescribeImportImageTasks", "ImportImageTasks", "ImportTaskIds",
		    "InvalidConversionTaskId" },
		{ "DescribeImportSnapshotTasks", "ImportSnapshotTasks", "ImportTaskIds",
		    "InvalidConversionTaskId" },
		{ "DescribeReservedInstances", "ReservedInstances",
		    "ReservedInstancesIds", "InvalidReservedInstancesId" },
		{ "DescribeReservedInstancesModifications",
		    "ReservedInstancesModifications", "ReservedInstancesModificationIds",
		    "InvalidReservedInstancesModificationId" },
		{ "DescribeReservedInstancesOfferings", "ReservedInstancesOfferings",
		    "ReservedInstancesOfferingIds",
		    "InvalidReservedInstancesOfferingId" },
		{ "DescribeScheduledInstances", "ScheduledInstanceSet",
		    "ScheduledInstanceIds", "InvalidScheduledInstance" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ec2_counts(ec2_ok(f, rows[i].op, "{}"), rows[i].list, 0);
		ec2_no(f, rows[i].code, rows[i].op, "{\"%s\": [\"x-1\"]}", rows[i].ids);
	}
	ec2_counts(ec2_ok(f, "DescribeReservedInstancesListings", "{}"),
	    "ReservedInstancesListings", 0);
}

static void
what_would_make_some_is_refused(void **state)
{
	static const struct ec2_refusal refusals[] = {
		{ "ImportImage", "{}", "UnsupportedOperation",
		    "The operation ImportImage is not supported here: nothing is imported or "
		    "exported." },
		{ "ImportSnapshot", "{}", "UnsupportedOperation", NULL },
		{ "ImportInstance", "{\"Platform\": \"Windows\"}", "UnsupportedOperation",
		    NULL },
		{ "ExportImage",
		    "{\"DiskImageFormat\": \"RAW\", \"ImageId\": \"ami-1\","
		    " \"S3ExportLocation\": {\"S3Bucket\": \"b\"}}",
		    "UnsupportedOperation", NULL },
		{ "PurchaseReservedInstancesOffering",
		    "{\"InstanceCount\": 1, \"ReservedInstancesOfferingId\": \"x\"}",
		    "UnsupportedOperation",
		    "The operation PurchaseReservedInstancesOffering is not supported here: there "
		    "are no Reserved or Scheduled Instances to buy." },
		{ "CancelExportTask", "{\"ExportTaskId\": \"export-i-1\"}",
		    "InvalidExportTaskID.NotFound", NULL },
		{ "CancelImportTask", "{\"ImportTaskId\": \"import-ami-1\"}",
		    "InvalidConversionTaskId", NULL },
		{ "CancelImportTask", "{}", "MissingParameter", NULL },
		{ "DescribeReservedInstancesListings",
		    "{\"ReservedInstancesListingId\": \"x\"}",
		    "InvalidReservedInstancesListingId", NULL },
		{ "DescribeReservedInstances",
		    "{\"Filters\": [{\"Name\": \"x\", \"Values\": [\"y\"]}]}",
		    "InvalidParameterValue", NULL },
		{ "DescribeImportImageTasks", "{\"MaxResults\": 501}",
		    "InvalidParameterValue", NULL },
		{ "DescribeExportImageTasks", "{\"NextToken\": \"?\"}",
		    "InvalidPaginationToken", NULL },
	};

	ec2_refused(*state, refusals, COUNT(refusals));
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(lists_are_empty),
		T(what_would_make_some_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
