/*
 * EC2: flow logs.
 *
 * Their records are of flow_delivery.h.  Not emulated: tag fields, integration templates.
 */
#include "control/services/ec2/network/flow_log.h"

#include <string.h>

#include "control/services/ec2/network/flow_delivery.h"
#include "control/services/ec2/network/flow_publish.h"
#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/transit_gateway.h"

static const struct err_kind not_found = { "InvalidFlowLogId.NotFound", 400 };
static const struct err_kind malformed = { "InvalidFlowLogId.Malformed", 400 };
static const struct err_kind bad_parameter = { "InvalidParameter", 400 };
static const struct err_kind exists = { "FlowLogAlreadyExists", 400 };
static const struct err_kind bad_destination = { "400", 400 }; /* so it is said there */

static const struct filter filters[] = {
	{ "deliver-log-status", "DeliverLogsStatus" },
	{ "flow-log-id", "FlowLogId" },
	{ "log-destination-type", "LogDestinationType" },
	{ "log-group-name", "LogGroupName" },
	{ "resource-id", "ResourceId" },
	{ "traffic-type", "TrafficType" },
	{ NULL, NULL },
};
static const struct resource flow_log = {
	.service = "ec2",
	.kind = FLOW_LOG_KIND,
	.type = "vpc-flow-log",
	.prefix = "fl-",
	.id_member = "FlowLogId",
	.list_member = "FlowLogs",
	.ids_member = "FlowLogIds",
	.noun = "flow log ID",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
	.page_min = 1,
};

/* What may have one: by the name of the API; interval and format differ for transit gateways. */
static const struct target {
	const char *type;
	const struct resource *resource;
	int is_transit;
} targets[] = {
	{ "NetworkInterface", &ec2_network_interface, 0 },
	{ "Subnet", &ec2_subnet, 0 },
	{ "TransitGateway", &ec2_transit_gateway, 1 },
	{ "TransitGatewayAttachment", &ec2_transit_gateway_attachment, 1 },
	{ "VPC", &ec2_vpc, 0 },
};

/* Formats */

#define DEFAULT_FORMAT                                                               \
	"${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} " \
	"${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}"
#define TRANSIT_FORMAT                                                                 \
	"${version} ${resource-type} ${account-id} ${tgw-id} ${tgw-attachment-id} "    \
	"${tgw-src-vpc-account-id} ${tgw-dst-vpc-account-id} ${tgw-src-vpc-id} "       \
	"${tgw-dst-vpc-id} ${tgw-src-subnet-id} ${tgw-dst-subnet-id} ${tgw-src-eni} "  \
	"${tgw-dst-eni} ${tgw-src-az-id} ${tgw-dst-az-id} ${tgw-pair-attachment-id} "  \
	"${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} " \
	"${start} ${end} ${log-status} ${type} ${packets-lost-no-route} "              \
	"${packets-lost-blackhole} ${packets-lost-mtu-exceeded} "                      \
	"${packets-lost-ttl-expired} ${tcp-flags} ${region} ${flow-direction} "        \
	"${pkt-src-aws-service} ${pkt-dst-aws-service}"

/* Of interfaces; those of transit gateways are the ones of their default format. */
static const char *const fields[] = { "version", "account-id", "interface-id", "srcaddr",
	"dstaddr", "srcport", "dstport", "protocol", "packets", "bytes", "start", "end",
	"action", "log-status", "vpc-id", "subnet-id", "instance-id", "tcp-flags", "type",
	"pkt-srcaddr", "pkt-dstaddr", "region", "az-id", "sublocation-type",
	"sublocation-id", "pkt-src-aws-service", "pkt-dst-aws-service", "flow-direction",
	"traffic-path", "ecs-cluster-arn", "ecs-cluster-name",
	"ecs-container-instance-arn", "ecs-container-instance-id", "ecs-container-id",
	"ecs-second-container-id", "ecs-service-name", "ecs-task-definition-arn",
	"ecs-task-arn", "ecs-task-id", "reject-reason", "resource-id",
	"encryption-status" };

/* text begins with "${name}", of n characters. */
static int
is_field(const char *text, size_t n, int is_transit)
{
	const char *at = TRANSIT_FORMAT;

	if (is_transit) {
		for (; *at != '\0';
		     at += strcspn(at, " ") + (at[strcspn(at, " ")] == ' ')) {
			if (strcspn(at, " ") == n && strncmp(at, text, n) == 0)
				return 1;
		}
		return 0;
	}
	if (n < 4 || strncmp(text, "${", 2) != 0 || text[n - 1] != '}')
		return 0;
	for (size_t i = 0; i < COUNT(fields); i++) {
		if (strlen(fields[i]) == n - 3 &&
		    strncmp(text + 2, fields[i], n - 3) == 0)
			return 1;
	}
	return 0;
}

static int
check_format(struct call *c, const struct target *t)
{
	const char *at = in_str(c, "LogFormat");

	while (at != NULL && *at != '\0') {
		size_t n = strcspn(at, " ");

		if (n > 0 && !is_field(at, n, t->is_transit))
			return err_set(&c->err, &bad_parameter,
			    "Unknown fields provided: %.*s", (int)(n < 64 ? n : 64), at);
		at += n + (at[n] == ' ');
	}
	return 0;
}

/* Destinations */

static const char *
destination_type(const struct call *c)
{
	return in_has(c, "LogDestinationType") ? in_str(c, "LogDestinationType") :
						 "cloud-watch-logs";
}

/* A log group by name, or by ARN. */
static int
check_logs(struct call *c)
{
	const char *group = in_str(c, "LogGroupName"), *arn = in_str(c, "LogDestination");
	const char *head = arena_printf(c->arena, "arn:aws:logs:%s:", c->region);

	if ((group == NULL) == (arn == NULL))
		return err_set(&c->err, &bad_parameter,
		    group == NULL ? "LogGroupName or LogDestination can't be empty." :
				    "Please only provide LogGroupName or only provide "
				    "LogDestination.");
	if (arn != NULL &&
	    (strncmp(arn, head, strlen(head)) != 0 || strstr(arn, ":log-group:") == NULL))
		return err_set(&c->err, &bad_parameter,
		    "LogDestination: %.200s is not a log group of this region.", arn);
	if (!in_has(c, "DeliverLogsPermissionArn"))
		return err_set(&c->err, &bad_parameter,
		    "DeliverLogsPermissionArn can't be empty if LogDestinationType is "
		    "cloud-watch-logs.");
	return 0;
}

static int
check_arn(struct call *c, const char *head, const char *what)
{
	const char *arn = in_str(c, "LogDestination");

	if (arn == NULL)
		return err_set(&c->err, &bad_parameter, "LogDestination can't be empty.");
	if (in_has(c, "LogGroupName"))
		return err_set(&c->err, &bad_parameter,
		    "LogGroupName is only for cloud-watch-logs.");
	if (strncmp(arn, head, strlen(head)) != 0 || arn[strlen(head)] == '\0')
		return err_set(&c->err, &bad_parameter,
		    "LogDestination: %.200s is no ARN of %s.", arn, what);
	return 0;
}

static int
check_destination(struct call *c)
{
	const char *type = destination_type(c);
	int is_s3 = strcmp(type, "s3") == 0;

	if (in_has(c, "DestinationOptions") && !is_s3)
		return err_set(&c->err, &bad_parameter,
		    "DestinationOptions are only for s3.");
	if (strcmp(json_str_or(in_object(c, "DestinationOptions"), "FileFormat",
		       "plain-text"),
		"plain-text") != 0)
		return err_set(&c->err, &bad_parameter,
		    "FileFormat: parquet is not supported here.");
	if (is_s3)
		return check_arn(c, "arn:aws:s3:::", "a bucket");
	if (strcmp(type, "kinesis-data-firehose") == 0)
		return check_arn(c, "arn:aws:firehose:", "a delivery stream");
	return check_logs(c);
}

/* Everything of the call but the resources: 0 and the row of their type, or -1. */
static int
check(struct call *c, const struct target **ret)
{
	static const char *const refused[] = { "TagFieldSpecifications", NULL };
	const char *type = in_str(c, "ResourceType");
	int64_t interval = in_int(c, "MaxAggregationInterval", 600);
	size_t i = 0;

	while (i < COUNT(targets) && strcmp(targets[i].type, type) != 0)
		i++;
	if (i == COUNT(targets))
		return err_set(&c->err, &ec2_unsupported,
		    "The resource type %s is not supported here.", type);
	if (ec2_refuse(c, refused) < 0 || check_destination(c) < 0 ||
	    check_format(c, &targets[i]) < 0)
		return -1;
	if (targets[i].is_transit ? in_has(c, "TrafficType") : !in_has(c, "TrafficType"))
		return err_set(&c->err, &bad_parameter,
		    targets[i].is_transit ?
			"TrafficType is not supported for transit gateways." :
			"TrafficType can't be empty.");
	if (interval != 60 &&
	    (interval != 600 ||
		(targets[i].is_transit && in_has(c, "MaxAggregationInterval"))))
		return err_set(&c->err, &bad_parameter,
		    "Invalid Flow Log Max Aggregation Interval");
	if (json_array_size(in_list(c, "ResourceIds")) == 0)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter resourceIds");
	*ret = &targets[i];
	return 0;
}

/* CreateFlowLogs: one for each resource, each for itself */

/* The bucket is there, and lets log delivery in. */
static int
admit(struct call *c)
{
	struct s3_delivery to;
	const char *root;
	int rc;

	if (strcmp(destination_type(c), "s3") != 0)
		return 0;
	flow_publish_to(c->arena, c->account, c->region, c->in, &to, &root);
	rc = s3_delivery_admit(c, &to, root);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (c->err.kind != NULL && strcmp(c->err.kind->code, "NoSuchBucket") == 0)
		return err_set(&c->err, &bad_destination,
		    "LogDestination: %.100s does not exist.", to.bucket);
	return err_set(&c->err, &bad_destination,
	    "Access Denied for LogDestination: %.100s. Please check LogDestination permission",
	    to.bucket);
}

static int
check_new(struct call *c, const char *resource)
{
	static const char *const same[] = { "TrafficType", "LogGroupName",
		"LogDestination" };
	struct store_docs docs;

	if (resource_list(c, &flow_log, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		size_t n = 0;

		for (size_t k = 0; k < COUNT(same); k++)
			n += strcmp(json_str_or(docs.doc[i], same[k], ""),
				 json_str_or(c->in, same[k], "")) == 0;
		if (n == COUNT(same) &&
		    strcmp(json_str_or(docs.doc[i], "ResourceId", ""), resource) == 0)
			return err_set(&c->err, &exists,
			    "Error. There is an existing Flow Log with the same configuration "
			    "and log destination.");
	}
	return 0;
}

static void
fill(struct call *c, json_t *doc, const struct target *t)
{
	static const struct record_member members[] = {
		{ "DeliverLogsPermissionArn", NULL, NULL },
		{ "DeliverCrossAccountRole", NULL, NULL },
		{ "LogGroupName", NULL, NULL },
		{ "TrafficType", NULL, NULL },
		{ "LogDestinationType", NULL, "\"cloud-watch-logs\"" },
		{ "LogDestination", NULL, NULL },
		{ NULL, NULL, NULL },
	};
	static const struct record_member options[] = {
		{ "FileFormat", NULL, "\"plain-text\"" },
		{ "HiveCompatiblePartitions", NULL, "false" },
		{ "PerHourPartition", NULL, "false" },
		{ NULL, NULL, NULL },
	};
	const char *format = in_str(c, "LogFormat");

	record_fill(c, doc, c->in, members);
	if (strcmp(destination_type(c), "s3") == 0)
		record_fill(c, json_need_object(doc, "DestinationOptions"),
		    in_object(c, "DestinationOptions"), options);
	json_set_str(doc, "LogFormat",
	    format != NULL && format[0] != '\0' ? format :
		t->is_transit			? TRANSIT_FORMAT :
						  DEFAULT_FORMAT);
	json_set_int(doc, "MaxAggregationInterval",
	    in_int(c, "MaxAggregationInterval", t->is_transit ? 60 : 600));
	/* Nobody counts at a transit gateway (flow_delivery.h). */
	json_set_str(doc, "DeliverLogsStatus", t->is_transit ? "FAILED" : "SUCCESS");
	if (t->is_transit)
		json_set_str(doc, "DeliverLogsErrorMessage", "Unknown error");
	json_set_str(doc, "FlowLogStatus", "ACTIVE");
}

static int
create_one(struct call *c, const struct target *t, const char *id, json_t *ids)
{
	json_t *resource, *doc;

	if (call_allow(c, t->resource, id) < 0 ||
	    record_get(c, t->resource, id, &resource) < 0 || check_new(c, id) < 0 ||
	    admit(c) < 0)
		return -1;
	doc = record_new(c, &flow_log, "CreationTime", NULL);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "ResourceId", id);
	fill(c, doc, t);
	resource_put(c, &flow_log, doc);
	json_add_str(ids, resource_id(&flow_log, doc));
	return 0;
}

static int
create(struct call *c)
{
	json_t *ids = json_own(c->arena, json_new_array()),
	       *failed = json_own(c->arena, json_new_array());
	const struct target *t;
	const json_t *v;
	size_t i;

	if (check(c, &t) < 0)
		return -1;
	json_array_foreach(in_list(c, "ResourceIds"), i, v) {
		if (create_one(c, t, json_string_value(v), ids) == 0)
			continue;
		if (c->err.kind->status != 400)
			return -1;
		record_unsuccessful(c, failed, json_string_value(v));
	}
	out_ref(c, "FlowLogIds", ids);
	out_ref(c, "Unsuccessful", failed);
	out_str(c, "ClientToken", in_str(c, "ClientToken"));
	return 0;
}

static void
delete_objects(struct call *c, const json_t *log)
{
	const json_t *o;
	size_t i;

	json_array_foreach(json_get(log, "_objects"), i, o)
		store_delete(c->txn, c->scope, FLOW_OBJECT_KIND,
		    json_str_or(o, "id", ""));
}

static int delete (struct call *c)
{
	json_t *failed = json_own(c->arena, json_new_array()), *doc;
	const json_t *v;
	size_t i;

	json_array_foreach(in_list(c, "FlowLogIds"), i, v) {
		const char *id = json_string_value(v);

		if (resource_get(c, &flow_log, id, &doc) == 0) {
			delete_objects(c, doc);
			resource_delete_doc(c, &flow_log, id);
		} else if (c->err.kind->status != 400)
			return -1;
		else
			record_unsuccessful(c, failed, id);
	}
	out_ref(c, "Unsuccessful", failed);
	return 0;
}

static const struct op ops[] = {
	OP_RES("CreateFlowLogs", create, OP_TOKEN, &flow_log, NULL,
	    "Say where the traffic of resources is to be logged."),
	OP_RES("DeleteFlowLogs", delete, 0, &flow_log, "FlowLogIds", "Delete flow logs."),
	OP_RES("DescribeFlowLogs", resource_describe, OP_READ, &flow_log, NULL,
	    "List flow logs."),
};
static const struct resource *const resources[] = { &flow_log, NULL };
const struct family ec2_flow_logs = FAMILY(ops, resources);
