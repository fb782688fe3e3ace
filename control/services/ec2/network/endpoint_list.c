#include "control/services/ec2/network/endpoint_list.h"

#include <string.h>

#include "control/services/ec2/ec2.h"

const struct endpoint_service endpoint_services[] = {
	{ "access-analyzer", NULL, ENDPOINT_INTERFACE },
	{ "acm", NULL, ENDPOINT_INTERFACE },
	{ "acm-pca", NULL, ENDPOINT_INTERFACE },
	{ "airflow.api", "api.airflow", ENDPOINT_INTERFACE },
	{ "airflow.env", "env.airflow", ENDPOINT_INTERFACE },
	{ "amplify", NULL, ENDPOINT_INTERFACE },
	{ "apigateway", NULL, ENDPOINT_INTERFACE },
	{ "appconfig", NULL, ENDPOINT_INTERFACE },
	{ "appconfigdata", NULL, ENDPOINT_INTERFACE },
	{ "application-autoscaling", NULL, ENDPOINT_INTERFACE },
	{ "appmesh-envoy-management", NULL, ENDPOINT_INTERFACE },
	{ "apprunner", NULL, ENDPOINT_INTERFACE },
	{ "appstream.api", "appstream2", ENDPOINT_INTERFACE },
	{ "appsync-api", "*.appsync-api", ENDPOINT_INTERFACE },
	{ "athena", NULL, ENDPOINT_INTERFACE },
	{ "auditmanager", NULL, ENDPOINT_INTERFACE },
	{ "autoscaling", NULL, ENDPOINT_INTERFACE },
	{ "autoscaling-plans", NULL, ENDPOINT_INTERFACE },
	{ "backup", NULL, ENDPOINT_INTERFACE },
	{ "batch", NULL, ENDPOINT_INTERFACE },
	{ "bedrock", NULL, ENDPOINT_INTERFACE },
	{ "bedrock-agent", NULL, ENDPOINT_INTERFACE },
	{ "bedrock-agent-runtime", NULL, ENDPOINT_INTERFACE },
	{ "bedrock-runtime", NULL, ENDPOINT_INTERFACE },
	{ "cassandra", NULL, ENDPOINT_INTERFACE },
	{ "cloudcontrolapi", NULL, ENDPOINT_INTERFACE },
	{ "clouddirectory", NULL, ENDPOINT_INTERFACE },
	{ "cloudformation", NULL, ENDPOINT_INTERFACE },
	{ "cloudhsmv2", NULL, ENDPOINT_INTERFACE },
	{ "cloudtrail", NULL, ENDPOINT_INTERFACE },
	{ "codeartifact.api", "codeartifact", ENDPOINT_INTERFACE },
	{ "codeartifact.repositories", "*.d.codeartifact", ENDPOINT_INTERFACE },
	{ "codebuild", NULL, ENDPOINT_INTERFACE },
	{ "codecommit", NULL, ENDPOINT_INTERFACE },
	{ "codedeploy", NULL, ENDPOINT_INTERFACE },
	{ "codedeploy-commands-secure", NULL, ENDPOINT_INTERFACE },
	{ "codepipeline", NULL, ENDPOINT_INTERFACE },
	{ "cognito-idp", NULL, ENDPOINT_INTERFACE },
	{ "comprehend", NULL, ENDPOINT_INTERFACE },
	{ "config", NULL, ENDPOINT_INTERFACE },
	{ "connect-campaigns", NULL, ENDPOINT_INTERFACE },
	{ "databrew", NULL, ENDPOINT_INTERFACE },
	{ "dataexchange", NULL, ENDPOINT_INTERFACE },
	{ "datasync", NULL, ENDPOINT_INTERFACE },
	{ "deviceadvisor.iot", "api.iotdeviceadvisor", ENDPOINT_INTERFACE },
	{ "dms", NULL, ENDPOINT_INTERFACE },
	{ "ds", NULL, ENDPOINT_INTERFACE },
	{ "dynamodb", NULL, ENDPOINT_INTERFACE | ENDPOINT_GATEWAY },
	{ "ebs", NULL, ENDPOINT_INTERFACE },
	{ "ec2", NULL, ENDPOINT_INTERFACE },
	{ "ec2messages", NULL, ENDPOINT_INTERFACE },
	{ "ecr.api", "api.ecr", ENDPOINT_INTERFACE },
	{ "ecr.dkr", "*.dkr.ecr", ENDPOINT_INTERFACE },
	{ "ecs", NULL, ENDPOINT_INTERFACE },
	{ "ecs-agent", "ecs-a", ENDPOINT_INTERFACE },
	{ "ecs-telemetry", "ecs-t", ENDPOINT_INTERFACE },
	{ "eks", NULL, ENDPOINT_INTERFACE },
	{ "eks-auth", NULL, ENDPOINT_INTERFACE },
	{ "elasticache", NULL, ENDPOINT_INTERFACE },
	{ "elasticbeanstalk", NULL, ENDPOINT_INTERFACE },
	{ "elasticbeanstalk-health", NULL, ENDPOINT_INTERFACE },
	{ "elasticfilesystem", NULL, ENDPOINT_INTERFACE },
	{ "elasticloadbalancing", NULL, ENDPOINT_INTERFACE },
	{ "elasticmapreduce", NULL, ENDPOINT_INTERFACE },
	{ "email-smtp", NULL, ENDPOINT_INTERFACE },
	{ "emr-containers", NULL, ENDPOINT_INTERFACE },
	{ "emr-serverless", NULL, ENDPOINT_INTERFACE },
	{ "events", NULL, ENDPOINT_INTERFACE },
	{ "evidently", NULL, ENDPOINT_INTERFACE },
	{ "execute-api", "*.execute-api", ENDPOINT_INTERFACE },
	{ "fis", NULL, ENDPOINT_INTERFACE },
	{ "forecast", NULL, ENDPOINT_INTERFACE },
	{ "fsx", NULL, ENDPOINT_INTERFACE },
	{ "git-codecommit", NULL, ENDPOINT_INTERFACE },
	{ "glue", NULL, ENDPOINT_INTERFACE },
	{ "grafana", NULL, ENDPOINT_INTERFACE },
	{ "greengrass", NULL, ENDPOINT_INTERFACE },
	{ "groundstation", NULL, ENDPOINT_INTERFACE },
	{ "guardduty-data", NULL, ENDPOINT_INTERFACE },
	{ "healthlake", NULL, ENDPOINT_INTERFACE },
	{ "imagebuilder", NULL, ENDPOINT_INTERFACE },
	{ "inspector2", NULL, ENDPOINT_INTERFACE },
	{ "iot.data", "data.iot", ENDPOINT_INTERFACE },
	{ "kafka", NULL, ENDPOINT_INTERFACE },
	{ "kendra", NULL, ENDPOINT_INTERFACE },
	{ "kinesis-firehose", "firehose", ENDPOINT_INTERFACE },
	{ "kinesis-streams", "kinesis", ENDPOINT_INTERFACE },
	{ "kms", NULL, ENDPOINT_INTERFACE },
	{ "lakeformation", NULL, ENDPOINT_INTERFACE },
	{ "lambda", NULL, ENDPOINT_INTERFACE },
	{ "license-manager", NULL, ENDPOINT_INTERFACE },
	{ "logs", NULL, ENDPOINT_INTERFACE },
	{ "lookoutmetrics", NULL, ENDPOINT_INTERFACE },
	{ "macie2", NULL, ENDPOINT_INTERFACE },
	{ "memory-db", NULL, ENDPOINT_INTERFACE },
	{ "mgn", NULL, ENDPOINT_INTERFACE },
	{ "monitoring", NULL, ENDPOINT_INTERFACE },
	{ "networkmonitor", NULL, ENDPOINT_INTERFACE },
	{ "notebook", "*.notebook", ENDPOINT_INTERFACE },
	{ "organizations", NULL, ENDPOINT_INTERFACE },
	{ "panorama", NULL, ENDPOINT_INTERFACE },
	{ "pinpoint", NULL, ENDPOINT_INTERFACE },
	{ "pipes", NULL, ENDPOINT_INTERFACE },
	{ "polly", NULL, ENDPOINT_INTERFACE },
	{ "proton", NULL, ENDPOINT_INTERFACE },
	{ "qldb.session", "session.qldb", ENDPOINT_INTERFACE },
	{ "rds", NULL, ENDPOINT_INTERFACE },
	{ "rds-data", NULL, ENDPOINT_INTERFACE },
	{ "redshift", NULL, ENDPOINT_INTERFACE },
	{ "redshift-data", NULL, ENDPOINT_INTERFACE },
	{ "refactor-spaces", NULL, ENDPOINT_INTERFACE },
	{ "rekognition", NULL, ENDPOINT_INTERFACE },
	{ "rolesanywhere", NULL, ENDPOINT_INTERFACE },
	{ "rum", NULL, ENDPOINT_INTERFACE },
	{ "s3", NULL, ENDPOINT_INTERFACE | ENDPOINT_GATEWAY },
	{ "sagemaker.api", "api.sagemaker", ENDPOINT_INTERFACE },
	{ "sagemaker.featurestore-runtime", "featurestore-runtime.sagemaker",
	    ENDPOINT_INTERFACE },
	{ "sagemaker.runtime", "runtime.sagemaker", ENDPOINT_INTERFACE },
	{ "scheduler", NULL, ENDPOINT_INTERFACE },
	{ "secretsmanager", NULL, ENDPOINT_INTERFACE },
	{ "securityhub", NULL, ENDPOINT_INTERFACE },
	{ "servicecatalog", NULL, ENDPOINT_INTERFACE },
	{ "servicediscovery", NULL, ENDPOINT_INTERFACE },
	{ "sms", NULL, ENDPOINT_INTERFACE },
	{ "snow-device-management", NULL, ENDPOINT_INTERFACE },
	{ "sns", NULL, ENDPOINT_INTERFACE },
	{ "sqs", NULL, ENDPOINT_INTERFACE },
	{ "ssm", NULL, ENDPOINT_INTERFACE },
	{ "ssm-contacts", NULL, ENDPOINT_INTERFACE },
	{ "ssm-incidents", NULL, ENDPOINT_INTERFACE },
	{ "ssmmessages", NULL, ENDPOINT_INTERFACE },
	{ "states", NULL, ENDPOINT_INTERFACE },
	{ "storagegateway", NULL, ENDPOINT_INTERFACE },
	{ "streaming-rekognition", NULL, ENDPOINT_INTERFACE },
	{ "sts", NULL, ENDPOINT_INTERFACE },
	{ "sync-states", NULL, ENDPOINT_INTERFACE },
	{ "synthetics", NULL, ENDPOINT_INTERFACE },
	{ "textract", NULL, ENDPOINT_INTERFACE },
	{ "timestream.query-cell1", "query-cell1.timestream", ENDPOINT_INTERFACE },
	{ "transcribe", NULL, ENDPOINT_INTERFACE },
	{ "transcribestreaming", NULL, ENDPOINT_INTERFACE },
	{ "transfer", NULL, ENDPOINT_INTERFACE },
	{ "transfer.server", "*.server.transfer", ENDPOINT_INTERFACE },
	{ "translate", NULL, ENDPOINT_INTERFACE },
	{ "verifiedpermissions", NULL, ENDPOINT_INTERFACE },
	{ "wafv2", NULL, ENDPOINT_INTERFACE },
	{ "workspaces", NULL, ENDPOINT_INTERFACE },
	{ "xray", NULL, ENDPOINT_INTERFACE },
};
const size_t n_endpoint_services = COUNT(endpoint_services);

const struct endpoint_service *
endpoint_service_find(const struct call *c, const char *name)
{
	const char *head = arena_printf(c->arena, "com.amazonaws.%s.", c->region);
	size_t n = strlen(head);

	for (size_t i = 0; strncmp(name, head, n) == 0 && i < n_endpoint_services; i++) {
		if (strcmp(endpoint_services[i].name, name + n) == 0)
			return &endpoint_services[i];
	}
	return NULL;
}

char *
endpoint_service_name(const struct call *c, const struct endpoint_service *s)
{
	return arena_printf(c->arena, "com.amazonaws.%s.%s", c->region, s->name);
}

char *
endpoint_service_host(const struct call *c, const struct endpoint_service *s)
{
	return arena_printf(c->arena, "%s.%s.amazonaws.com",
	    s->host != NULL ? s->host : s->name, c->region);
}

/* Those of the regions that are used most, as AWS has them; elsewhere ids that stay the same. */
static const struct {
	const char *region, *s3, *dynamodb;
} lists[] = {
	{ "ap-northeast-1", "pl-61a54008", "pl-78a54011" },
	{ "ap-southeast-1", "pl-6fa54006", "pl-67a5400e" },
	{ "ap-southeast-2", "pl-6ca54005", "pl-62a5400b" },
	{ "eu-central-1", "pl-6ea54007", "pl-66a5400f" },
	{ "eu-west-1", "pl-6da54004", "pl-6fa54006" },
	{ "us-east-1", "pl-63a5400a", "pl-02cd2c6b" },
	{ "us-east-2", "pl-7ba54012", "pl-4ca54025" },
	{ "us-west-1", "pl-6ba54002", "pl-6ea54007" },
	{ "us-west-2", "pl-68a54001", "pl-00a54069" },
};

char *
endpoint_prefix_list(const struct call *c, const struct endpoint_service *s)
{
	int is_s3 = strcmp(s->name, "s3") == 0;
	char mac[MAC_TEXT];

	for (size_t i = 0; i < COUNT(lists); i++) {
		if (strcmp(lists[i].region, c->region) == 0)
			return arena_strdup(c->arena,
			    is_s3 ? lists[i].s3 : lists[i].dynamodb);
	}
	/* A hash of the name: "0a:58:" and eight digits. */
	plan_mac(endpoint_service_name(c, s), mac);
	return arena_printf(c->arena, "pl-%.2s%.2s%.2s%.2s", mac + 6, mac + 9, mac + 12,
	    mac + 15);
}

void
endpoint_add_zones(struct call *c, json_t *doc)
{
	for (unsigned i = 0; i < EC2_ZONES; i++) {
		json_add_str(json_need_array(doc, "AvailabilityZones"),
		    ec2_zone_name(c, i));
		json_add_str(json_need_array(doc, "AvailabilityZoneIds"),
		    ec2_zone_id(c, i));
	}
}
