// A client a protocol, against the endpoint of the environment; prints what each was told, as JSON.
import { AutoScalingClient, CreateAutoScalingGroupCommand, DescribeAutoScalingGroupsCommand }
	from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient, GetMetricStatisticsCommand, ListDashboardsCommand, ListMetricsCommand,
	PutMetricDataCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { CreateTagsCommand, CreateVpcCommand, DeleteVpcCommand, DescribeVpcsCommand, EC2Client,
	paginateDescribeVpcs, waitUntilVpcAvailable } from "@aws-sdk/client-ec2";
import { ListFunctionsCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

const config = { maxAttempts: 1 };
const told = {};

async function ask(name, client, command) {
	try {
		const answer = await client.send(command);
		delete answer.$metadata;
		told[name] = answer;
		return answer;
	} catch (e) {
		told[name] = {
			error: e.name, message: e.message, fault: e.$fault,
			status: e.$metadata?.httpStatusCode, hasId: Boolean(e.$metadata?.requestId),
		};
		return null;
	}
}

const ec2 = new EC2Client(config);
const made = await ask("ec2", ec2, new CreateVpcCommand({
	CidrBlock: "10.7.0.0/16",
	TagSpecifications: [{ ResourceType: "vpc", Tags: [{ Key: "a&b", Value: "<ü>" }] }],
}));
const id = made.Vpc.VpcId;
await waitUntilVpcAvailable({ client: ec2, maxWaitTime: 20, minDelay: 1 }, { VpcIds: [id] });
await ask("ec2 tags", ec2, new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "c", Value: "" }] }));
told["ec2 pages"] = [];
for await (const page of paginateDescribeVpcs({ client: ec2, pageSize: 5 },
	{ Filters: [{ Name: "vpc-id", Values: [id] }] }))
	told["ec2 pages"].push(...page.Vpcs.map((v) => v.Tags));
await ask("ec2 refused", ec2, new DescribeVpcsCommand({ VpcIds: ["vpc-0123456789abcdef0"] }));
await ask("ec2 delete", ec2, new DeleteVpcCommand({ VpcId: id }));

const asg = new AutoScalingClient(config);
await ask("query", asg, new DescribeAutoScalingGroupsCommand({}));
await ask("query refused", asg, new CreateAutoScalingGroupCommand({
	AutoScalingGroupName: "x", MinSize: 2, MaxSize: 1, AvailabilityZones: ["us-east-1a"],
	LaunchConfigurationName: "none",
}));

await ask("json", new SSMClient(config), new GetParameterCommand({ Name: "/a" }));
await ask("json, query-compatible", new SQSClient(config), new ListQueuesCommand({}));
await ask("rest-json", new LambdaClient(config), new ListFunctionsCommand({ MaxItems: 5 }));

const watch = new CloudWatchClient(config);
await ask("cbor", watch, new ListDashboardsCommand({}));
await ask("cbor put", watch, new PutMetricDataCommand({
	Namespace: "js", MetricData: [{ MetricName: "m", Value: 1.5, Timestamp: new Date() }],
}));
await ask("cbor metrics", watch, new ListMetricsCommand({ Namespace: "js" }));
await ask("cbor statistics", watch, new GetMetricStatisticsCommand({
	Namespace: "js", MetricName: "m", StartTime: new Date(Date.now() - 3600000),
	EndTime: new Date(Date.now() + 3600000), Period: 60, Statistics: ["Sum"],
}));
await ask("cbor refused", watch, new SetAlarmStateCommand({ AlarmName: "none", StateValue: "OK", StateReason: "r" }));

const s3 = new S3Client({ ...config, forcePathStyle: true });
await ask("rest-xml", s3, new GetObjectCommand({ Bucket: "bucket", Key: "a b/ü+" }));
await ask("rest-xml, chunked", s3, new PutObjectCommand({
	Bucket: "bucket", Key: "k", Body: Buffer.alloc(70000, "x"), ChecksumAlgorithm: "CRC32",
}));

console.log(JSON.stringify(told));
