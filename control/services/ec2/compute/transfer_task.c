/*
 * EC2: import and export of machines and disks.
 *
 * Not emulated: nothing is imported or exported, which each such operation says; so the lists of
 * such tasks are empty.
 */
#include "control/services/ec2/compute/placement.h"
#include "control/services/ec2/ec2.h"

static const struct err_kind no_image_import = { "InvalidConversionTaskId", 400 };
static const struct err_kind no_snapshot_import = { "InvalidConversionTaskId", 400 };
static const struct err_kind no_instance_export = { "InvalidExportTaskID.NotFound", 400 };
static const struct err_kind no_image_export = { "InvalidExportTaskID.NotFound", 400 };
static const struct err_kind no_conversion = { "InvalidConversionTaskId", 400 };
static const struct err_kind no_bundle = { "InvalidBundleID.NotFound", 400 };

static const struct filter image_import_filters[] = {
	{ "task-state", "Status" },
	{ NULL, NULL },
};
static const struct filter snapshot_import_filters[] = {
	{ "task-state", "SnapshotTaskDetail.Status" },
	{ NULL, NULL },
};
static const struct filter instance_export_filters[] = {
	{ "export-task-id", "ExportTaskId" },
	{ "task-state", "State" },
	{ NULL, NULL },
};
static const struct filter image_export_filters[] = {
	{ "task-state", "Status" },
	{ NULL, NULL },
};
static const struct filter bundle_filters[] = {
	{ "bundle-id", "BundleId" },
	{ "error-code", "BundleTaskError.Code" },
	{ "error-message", "BundleTaskError.Message" },
	{ "instance-id", "InstanceId" },
	{ "progress", "Progress" },
	{ "s3-bucket", "Storage.S3.Bucket" },
	{ "s3-prefix", "Storage.S3.Prefix" },
	{ "start-time", "StartTime" },
	{ "state", "State" },
	{ "update-time", "UpdateTime" },
	{ NULL, NULL },
};

/* There are none, ever. */
static const struct resource image_import = {
	.service = "ec2",
	.kind = "ec2:import-image-task",
	.type = "import-image-task",
	.id_member = "ImportTaskId",
	.list_member = "ImportImageTasks",
	.ids_member = "ImportTaskIds",
	.noun = "import image task",
	.not_found = &no_image_import,
	.filters = image_import_filters,
	.no_tags = 1,
	.page_min = 1,
	.page_max = 500,
};
static const struct resource snapshot_import = {
	.service = "ec2",
	.kind = "ec2:import-snapshot-task",
	.type = "import-snapshot-task",
	.id_member = "ImportTaskId",
	.list_member = "ImportSnapshotTasks",
	.ids_member = "ImportTaskIds",
	.noun = "import snapshot task",
	.not_found = &no_snapshot_import,
	.filters = snapshot_import_filters,
	.no_tags = 1,
	.page_min = 1,
	.page_max = 500,
};
static const struct resource instance_export = {
	.service = "ec2",
	.kind = "ec2:export-instance-task",
	.type = "export-instance-task",
	.id_member = "ExportTaskId",
	.list_member = "ExportTasks",
	.ids_member = "ExportTaskIds",
	.noun = "export task ID",
	.not_found = &no_instance_export,
	.filters = instance_export_filters,
	.no_tags = 1,
};
static const struct resource image_export = {
	.service = "ec2",
	.kind = "ec2:export-image-task",
	.type = "export-image-task",
	.id_member = "ExportImageTaskId",
	.list_member = "ExportImageTasks",
	.ids_member = "ExportImageTaskIds",
	.noun = "export image task",
	.not_found = &no_image_export,
	.filters = image_export_filters,
	.no_tags = 1,
	.page_min = 1,
	.page_max = 500,
};
static const struct resource conversion = {
	.service = "ec2",
	.kind = "ec2:conversion-task",
	.type = "conversion-task",
	.id_member = "ConversionTaskId",
	.list_member = "ConversionTasks",
	.ids_member = "ConversionTaskIds",
	.noun = "conversion task",
	.not_found = &no_conversion,
	.no_tags = 1,
};
static const struct resource bundle = {
	.service = "ec2",
	.kind = "ec2:bundle-task",
	.type = "bundle-task",
	.id_member = "BundleId",
	.list_member = "BundleTasks",
	.ids_member = "BundleIds",
	.noun = "bundle ID",
	.not_found = &no_bundle,
	.filters = bundle_filters,
	.no_tags = 1,
};

static int
refuse(struct call *c)
{
	return err_set(&c->err, &ec2_unsupported,
	    "The operation %s is not supported here: nothing is imported or exported.",
	    c->op->name);
}

/* CancelConversionTask, CancelExportTask, CancelImportTask, CancelBundleTask */

static int
cancel(struct call *c)
{
	json_t *doc;

	return resource_get(c, c->op->resource, in_str(c, c->op->id_member), &doc);
}

static int
cancel_import(struct call *c)
{
	const char *id = in_str(c, "ImportTaskId");
	json_t *doc;

	if (id == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter importTaskId");
	return resource_get(c, &image_import, id, &doc);
}

#define REFUSED(name_, flags_) \
	OP(name_, refuse, flags_, "Say that nothing is imported or exported.")
#define LISTED(name_, resource_)                                    \
	OP_RES(name_, resource_describe, OP_READ, &resource_, NULL, \
	    "List none: there are none.")
#define CANCELLED(name_, resource_, id_) \
	OP_RES(name_, cancel, 0, &resource_, id_, "Find no such task.")

static const struct op ops[] = {
	REFUSED("BundleInstance", 0),
	CANCELLED("CancelBundleTask", bundle, "BundleId"),
	CANCELLED("CancelConversionTask", conversion, "ConversionTaskId"),
	CANCELLED("CancelExportTask", instance_export, "ExportTaskId"),
	OP("CancelImportTask", cancel_import, 0, "Find no such task."),
	REFUSED("CreateInstanceExportTask", 0),
	LISTED("DescribeBundleTasks", bundle),
	LISTED("DescribeConversionTasks", conversion),
	LISTED("DescribeExportImageTasks", image_export),
	LISTED("DescribeExportTasks", instance_export),
	LISTED("DescribeImportImageTasks", image_import),
	LISTED("DescribeImportSnapshotTasks", snapshot_import),
	REFUSED("ExportImage", OP_TOKEN),
	REFUSED("ImportImage", OP_TOKEN),
	REFUSED("ImportInstance", 0),
	REFUSED("ImportSnapshot", OP_TOKEN),
	REFUSED("ImportVolume", 0),
};
const struct family ec2_transfer_tasks = FAMILY(ops, NULL);
