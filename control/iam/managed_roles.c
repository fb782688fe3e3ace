/*
 * AWS's managed policies: for roles that services get.  managed_table.h has the notation.
 */
#include "control/iam/managed_table.h"

#include "base/cc.h"

const struct managed_row managed_roles[] = {
	{ "AWSAppSyncPushToCloudWatchLogs", "/service-role/", "2018-04-09T19:38:55Z",
	    "v1", "logs:CreateLogGroup CreateLogStream PutLogEvents" },
	{ "AWSCodeDeployRole", "/service-role/", "2015-05-04T18:05:37Z", "v12",
	    "autoscaling:CompleteLifecycleAction DeleteLifecycleHook "
	    "DescribeAutoScalingGroups DescribeAutoScalingInstances "
	    "DescribeLifecycleHooks PutLifecycleHook "
	    "RecordLifecycleActionHeartbeat CreateAutoScalingGroup "
	    "CreateOrUpdateTags UpdateAutoScalingGroup EnableMetricsCollection "
	    "DescribePolicies DescribeScheduledActions "
	    "DescribeNotificationConfigurations SuspendProcesses ResumeProcesses "
	    "AttachLoadBalancers AttachLoadBalancerTargetGroups PutScalingPolicy "
	    "PutScheduledUpdateGroupAction PutNotificationConfiguration "
	    "PutWarmPool DescribeScalingActivities DeleteAutoScalingGroup "
	    "ec2:DescribeInstances DescribeInstanceStatus TerminateInstances "
	    "tag:GetResources sns:Publish cloudwatch:DescribeAlarms "
	    "PutMetricAlarm elasticloadbalancing:DescribeLoadBalancerAttributes "
	    "DescribeTargetGroupAttributes DescribeLoadBalancers "
	    "DescribeInstanceHealth RegisterInstancesWithLoadBalancer "
	    "DeregisterInstancesFromLoadBalancer DescribeTargetGroups "
	    "DescribeTargetHealth RegisterTargets DeregisterTargets" },
	{ "AWSCodeDeployRoleForECS", "/", "2018-11-27T20:40:57Z", "v3",
	    "ecs:DescribeServices CreateTaskSet UpdateServicePrimaryTaskSet "
	    "DeleteTaskSet elasticloadbalancing:DescribeTargetGroups "
	    "DescribeListeners ModifyListener DescribeRules ModifyRule "
	    "lambda:InvokeFunction cloudwatch:DescribeAlarms sns:Publish "
	    "s3:GetObject GetObjectVersion; iam:PassRole ?StringLike "
	    "iam:PassedToService=ecs-tasks.amazonaws.com" },
	{ "AWSCodeDeployRoleForLambda", "/service-role/", "2017-11-28T14:05:44Z", "v3",
	    "cloudwatch:DescribeAlarms lambda:UpdateAlias GetAlias "
	    "GetProvisionedConcurrencyConfig sns:Publish; s3:GetObject "
	    "GetObjectVersion @arn:aws:s3:::*/CodeDeploy/*; s3:GetObject "
	    "GetObjectVersion ?StringEquals "
	    "s3:ExistingObjectTag/UseWithCodeDeploy=true; lambda:InvokeFunction "
	    "@arn:aws:lambda:*:*:function:CodeDeployHook_*" },
	{ "AWSGlueServiceRole", "/service-role/", "2017-08-14T13:37:21Z", "v5",
	    "glue:* s3:GetBucketLocation ListBucket ListAllMyBuckets "
	    "GetBucketAcl ec2:DescribeVpcEndpoints DescribeRouteTables "
	    "CreateNetworkInterface DeleteNetworkInterface "
	    "DescribeNetworkInterfaces DescribeSecurityGroups DescribeSubnets "
	    "DescribeVpcAttribute iam:ListRolePolicies GetRole GetRolePolicy "
	    "cloudwatch:PutMetricData; s3:CreateBucket @arn:aws:s3:::aws-glue-*; "
	    "s3:GetObject PutObject DeleteObject @arn:aws:s3:::aws-glue-*/* "
	    "@arn:aws:s3:::*/*aws-glue-*/*; s3:GetObject "
	    "@arn:aws:s3:::crawler-public* @arn:aws:s3:::aws-glue-*; "
	    "logs:CreateLogGroup CreateLogStream PutLogEvents "
	    "@arn:aws:logs:*:*:*:/aws-glue/*; ec2:CreateTags DeleteTags "
	    "@arn:aws:ec2:*:*:network-interface/* "
	    "@arn:aws:ec2:*:*:security-group/* @arn:aws:ec2:*:*:instance/* "
	    "?ForAllValues:StringEquals aws:TagKeys=aws-glue-service-resource" },
	{ "AWSLambdaDynamoDBExecutionRole", "/service-role/", "2015-04-09T15:09:29Z",
	    "v1",
	    "dynamodb:DescribeStream GetRecords GetShardIterator ListStreams "
	    "logs:CreateLogGroup CreateLogStream PutLogEvents" },
	{ "AWSLambdaENIManagementAccess", "/service-role/", "2016-12-06T00:37:27Z", "v2",
	    "ec2:CreateNetworkInterface DescribeNetworkInterfaces "
	    "DeleteNetworkInterface AssignPrivateIpAddresses "
	    "UnassignPrivateIpAddresses" },
	{ "AWSLambdaKinesisExecutionRole", "/service-role/", "2015-04-09T15:14:16Z", "v2",
	    "kinesis:DescribeStream DescribeStreamSummary GetRecords "
	    "GetShardIterator ListShards ListStreams SubscribeToShard "
	    "logs:CreateLogGroup CreateLogStream PutLogEvents" },
	{ "AWSLambdaMSKExecutionRole", "/service-role/", "2020-08-11T17:35:05Z", "v2",
	    "kafka:DescribeCluster DescribeClusterV2 GetBootstrapBrokers "
	    "ec2:CreateNetworkInterface DescribeNetworkInterfaces DescribeVpcs "
	    "DeleteNetworkInterface DescribeSubnets DescribeSecurityGroups "
	    "logs:CreateLogGroup CreateLogStream PutLogEvents" },
	{ "AWSLambdaRole", "/service-role/", "2015-02-06T18:41:28Z", "v1",
	    "lambda:InvokeFunction" },
	{ "AWSLambdaSQSQueueExecutionRole", "/service-role/", "2018-06-14T21:50:45Z",
	    "v1",
	    "sqs:ReceiveMessage DeleteMessage GetQueueAttributes "
	    "logs:CreateLogGroup CreateLogStream PutLogEvents" },
	{ "AWSLambdaVPCAccessExecutionRole", "/service-role/", "2016-02-11T23:15:26Z",
	    "v3",
	    "logs:CreateLogGroup CreateLogStream PutLogEvents "
	    "ec2:CreateNetworkInterface DescribeNetworkInterfaces "
	    "DescribeSubnets DeleteNetworkInterface AssignPrivateIpAddresses "
	    "UnassignPrivateIpAddresses" },
	{ "AmazonAPIGatewayPushToCloudWatchLogs", "/service-role/",
	    "2015-11-11T23:41:46Z", "v1",
	    "logs:CreateLogGroup CreateLogStream DescribeLogGroups "
	    "DescribeLogStreams PutLogEvents GetLogEvents FilterLogEvents" },
	{ "AmazonEBSCSIDriverPolicy", "/service-role/", "2022-04-04T17:24:29Z", "v15",
	    "ec2:DescribeAvailabilityZones DescribeInstances "
	    "DescribeInstanceTypes DescribeSnapshots DescribeTags "
	    "DescribeVolumes DescribeVolumesModifications DescribeVolumeStatus; "
	    "ec2:CreateSnapshot ModifyVolume @arn:aws:ec2:*:*:volume/*; "
	    "ec2:CopyVolumes @arn:aws:ec2:*:*:volume/vol-*; ec2:AttachVolume "
	    "DetachVolume @arn:aws:ec2:*:*:volume/* @arn:aws:ec2:*:*:instance/*; "
	    "ec2:CreateVolume EnableFastSnapshotRestores "
	    "@arn:aws:ec2:*:*:snapshot/*; ec2:CreateTags "
	    "@arn:aws:ec2:*:*:volume/* @arn:aws:ec2:*:*:snapshot/* ?StringEquals "
	    "ec2:CreateAction=CreateVolume,CreateSnapshot,CopyVolumes; "
	    "ec2:DeleteTags @arn:aws:ec2:*:*:volume/* "
	    "@arn:aws:ec2:*:*:snapshot/*; ec2:CreateVolume CopyVolumes "
	    "@arn:aws:ec2:*:*:volume/* ?StringLike "
	    "aws:RequestTag/ebs.csi.aws.com/cluster=true; ec2:CreateVolume "
	    "CopyVolumes @arn:aws:ec2:*:*:volume/* ?StringLike "
	    "aws:RequestTag/CSIVolumeName=*; ec2:DeleteVolume "
	    "@arn:aws:ec2:*:*:volume/* ?StringLike "
	    "ec2:ResourceTag/ebs.csi.aws.com/cluster=true; ec2:DeleteVolume "
	    "@arn:aws:ec2:*:*:volume/* ?StringLike "
	    "ec2:ResourceTag/CSIVolumeName=*; ec2:DeleteVolume "
	    "@arn:aws:ec2:*:*:volume/* ?StringLike "
	    "ec2:ResourceTag/kubernetes.io/created-for/pvc/name=*; "
	    "ec2:CreateSnapshot @arn:aws:ec2:*:*:snapshot/* ?StringLike "
	    "aws:RequestTag/CSIVolumeSnapshotName=*; ec2:CreateSnapshot "
	    "@arn:aws:ec2:*:*:snapshot/* ?StringLike "
	    "aws:RequestTag/ebs.csi.aws.com/cluster=true; ec2:DeleteSnapshot "
	    "LockSnapshot @arn:aws:ec2:*:*:snapshot/* ?StringLike "
	    "ec2:ResourceTag/CSIVolumeSnapshotName=*; ec2:DeleteSnapshot "
	    "LockSnapshot @arn:aws:ec2:*:*:snapshot/* ?StringLike "
	    "ec2:ResourceTag/ebs.csi.aws.com/cluster=true" },
	{ "AmazonEC2ContainerServiceAutoscaleRole", "/service-role/",
	    "2016-05-12T23:25:44Z", "v2",
	    "ecs:DescribeServices UpdateService; cloudwatch:DescribeAlarms "
	    "PutMetricAlarm" },
	{ "AmazonEC2ContainerServiceEventsRole", "/service-role/", "2017-05-30T16:51:35Z",
	    "v3",
	    "ecs:RunTask; iam:PassRole ?StringLike "
	    "iam:PassedToService=ecs-tasks.amazonaws.com; ecs:TagResource "
	    "?StringEquals ecs:CreateAction=RunTask" },
	{ "AmazonEC2ContainerServiceRole", "/service-role/", "2015-04-09T16:14:19Z", "v2",
	    "ec2:AuthorizeSecurityGroupIngress Describe* "
	    "elasticloadbalancing:DeregisterInstancesFromLoadBalancer "
	    "DeregisterTargets Describe* RegisterInstancesWithLoadBalancer "
	    "RegisterTargets" },
	{ "AmazonEC2ContainerServiceforEC2Role", "/service-role/", "2015-03-19T18:45:18Z",
	    "v10",
	    "ec2:DescribeTags ecs:CreateCluster DeregisterContainerInstance "
	    "DiscoverPollEndpoint Poll RegisterContainerInstance "
	    "StartTelemetrySession UpdateContainerInstancesState Submit* "
	    "ecr:GetAuthorizationToken BatchCheckLayerAvailability "
	    "GetDownloadUrlForLayer BatchGetImage logs:CreateLogStream "
	    "PutLogEvents; ecs:TagResource ?StringEquals "
	    "ecs:CreateAction=CreateCluster,RegisterContainerInstance; "
	    "ecs:ListTagsForResource @arn:aws:ecs:*:*:task/*/* "
	    "@arn:aws:ecs:*:*:container-instance/*/*" },
	{ "AmazonEC2RoleforAWSCodeDeploy", "/service-role/", "2015-05-19T18:10:14Z", "v2",
	    "s3:GetObject GetObjectVersion ListBucket" },
	{ "AmazonEC2SpotFleetTaggingRole", "/service-role/", "2017-06-29T18:19:29Z", "v5",
	    "ec2:DescribeImages DescribeSubnets RequestSpotInstances "
	    "TerminateInstances DescribeInstanceStatus CreateTags RunInstances; "
	    "iam:PassRole ?StringEquals "
	    "iam:PassedToService=ec2.amazonaws.com,ec2.amazonaws.com.cn; "
	    "elasticloadbalancing:RegisterInstancesWithLoadBalancer "
	    "@arn:aws:elasticloadbalancing:*:*:loadbalancer/*; "
	    "elasticloadbalancing:RegisterTargets "
	    "@arn:aws:elasticloadbalancing:*:*:*/*" },
	{ "AmazonECSInfrastructureRolePolicyForVolumes", "/service-role/",
	    "2024-01-10T22:56:41Z", "v5",
	    "ec2:CreateVolume @arn:aws:ec2:*:*:volume/* ?ArnLike "
	    "aws:RequestTag/AmazonECSCreated=arn:aws:ecs:*:*:task/* "
	    "?StringEquals aws:RequestTag/AmazonECSManaged=true; "
	    "ec2:CreateVolume @arn:aws:ec2:*:*:snapshot/*; ec2:CreateTags "
	    "@arn:aws:ec2:*:*:volume/* ?ArnLike "
	    "aws:RequestTag/AmazonECSCreated=arn:aws:ecs:*:*:task/* "
	    "?StringEquals aws:RequestTag/AmazonECSManaged=true "
	    "ec2:CreateAction=CreateVolume; ec2:DescribeVolumes "
	    "DescribeAvailabilityZones; ec2:DescribeInstances; ec2:AttachVolume "
	    "DetachVolume @arn:aws:ec2:*:*:volume/* ?StringEquals "
	    "aws:ResourceTag/AmazonECSManaged=true; ec2:AttachVolume "
	    "DetachVolume @arn:aws:ec2:*:*:instance/*; ec2:DeleteVolume "
	    "@arn:aws:ec2:*:*:volume/* ?ArnLike "
	    "aws:ResourceTag/AmazonECSCreated=arn:aws:ecs:*:*:task/* "
	    "?StringEquals aws:ResourceTag/AmazonECSManaged=true" },
	{ "AmazonECSTaskExecutionRolePolicy", "/service-role/", "2017-11-16T18:48:22Z",
	    "v1",
	    "ecr:GetAuthorizationToken BatchCheckLayerAvailability "
	    "GetDownloadUrlForLayer BatchGetImage logs:CreateLogStream "
	    "PutLogEvents" },
	{ "AmazonEFSCSIDriverPolicy", "/service-role/", "2023-07-25T20:10:04Z", "v1",
	    "elasticfilesystem:DescribeAccessPoints DescribeFileSystems "
	    "DescribeMountTargets ec2:DescribeAvailabilityZones; "
	    "elasticfilesystem:CreateAccessPoint ?ForAllValues:StringEquals "
	    "aws:TagKeys=efs.csi.aws.com/cluster ?Null "
	    "aws:RequestTag/efs.csi.aws.com/cluster=false; "
	    "elasticfilesystem:TagResource ?ForAllValues:StringEquals "
	    "aws:TagKeys=efs.csi.aws.com/cluster ?Null "
	    "aws:RequestTag/efs.csi.aws.com/cluster=false ?StringEquals "
	    "elasticfilesystem:CreateAction=CreateAccessPoint; "
	    "elasticfilesystem:DeleteAccessPoint ?Null "
	    "aws:ResourceTag/efs.csi.aws.com/cluster=false" },
	{ "AmazonRDSDirectoryServiceAccess", "/service-role/", "2016-02-26T02:02:05Z",
	    "v2",
	    "ds:DescribeDirectories AuthorizeApplication UnauthorizeApplication "
	    "GetAuthorizedApplicationDetails" },
	{ "AmazonRDSEnhancedMonitoringRole", "/service-role/", "2015-11-11T19:58:29Z",
	    "v1",
	    "logs:CreateLogGroup PutRetentionPolicy "
	    "@arn:aws:logs:*:*:log-group:RDS*; logs:CreateLogStream PutLogEvents "
	    "DescribeLogStreams GetLogEvents "
	    "@arn:aws:logs:*:*:log-group:RDS*:log-stream:*" },
	{ "AmazonS3ObjectLambdaExecutionRolePolicy", "/service-role/",
	    "2021-08-18T10:07:41Z", "v1",
	    "logs:CreateLogGroup CreateLogStream PutLogEvents "
	    "s3-object-lambda:WriteGetObjectResponse" },
	{ "AmazonSNSRole", "/service-role/", "2015-02-06T18:41:30Z", "v1",
	    "logs:CreateLogGroup CreateLogStream PutLogEvents PutMetricFilter "
	    "PutRetentionPolicy" },
	{ "AmazonSSMAutomationRole", "/service-role/", "2016-12-05T22:09:55Z", "v9",
	    "lambda:InvokeFunction @arn:aws:lambda:*:*:function:Automation*; "
	    "ec2:CreateImage CopyImage DeregisterImage DescribeImages "
	    "DeleteSnapshot StartInstances RunInstances StopInstances "
	    "TerminateInstances DescribeInstanceStatus CreateTags DeleteTags "
	    "DescribeTags cloudformation:CreateStack DescribeStackEvents "
	    "DescribeStacks UpdateStack DeleteStack TagResource UntagResource; "
	    "ssm:*; sns:Publish @arn:aws:sns:*:*:Automation*; "
	    "ssmmessages:OpenDataChannel @arn:*:ssm:*:*:session/*" },
	{ "AmazonSSMDirectoryServiceAccess", "/", "2019-03-15T17:44:38Z", "v1",
	    "ds:CreateComputer DescribeDirectories" },
	{ "AmazonSSMMaintenanceWindowRole", "/service-role/", "2016-12-01T15:57:54Z",
	    "v3",
	    "ssm:GetAutomationExecution GetParameters ListCommands SendCommand "
	    "StartAutomationExecution; lambda:InvokeFunction "
	    "@arn:aws:lambda:*:*:function:SSM* "
	    "@arn:aws:lambda:*:*:function:*:SSM*; states:DescribeExecution "
	    "StartExecution @arn:aws:states:*:*:stateMachine:SSM* "
	    "@arn:aws:states:*:*:execution:SSM*; resource-groups:ListGroups "
	    "ListGroupResources; tag:GetResources" },
	{ "AmazonSSMManagedEC2InstanceDefaultPolicy", "/", "2022-08-30T20:54:27Z", "v2",
	    "ssm:DescribeAssociation GetDeployablePatchSnapshotForInstance "
	    "GetDocument DescribeDocument GetManifest ListAssociations "
	    "ListInstanceAssociations PutInventory PutComplianceItems "
	    "PutConfigurePackageResult UpdateAssociationStatus "
	    "UpdateInstanceAssociationStatus UpdateInstanceInformation; "
	    "ssmmessages:CreateControlChannel CreateDataChannel "
	    "OpenControlChannel OpenDataChannel; ec2messages:AcknowledgeMessage "
	    "DeleteMessage FailMessage GetEndpoint GetMessages SendReply" },
	{ "AutoScalingNotificationAccessRole", "/service-role/", "2015-02-06T18:41:22Z",
	    "v1", "sqs:SendMessage GetQueueUrl sns:Publish" },
};
const size_t n_managed_roles = COUNT(managed_roles);
