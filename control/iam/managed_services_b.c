/*
 * AWS's managed policies: for those who use services, from AmazonElastiCache on.  managed_table.h has the notation.
 */
#include "control/iam/managed_table.h"

#include "base/cc.h"

const struct managed_row managed_services_b[] = {
	{ "AmazonElastiCacheReadOnlyAccess", "/", "2015-02-06T18:40:21Z", "v1",
	    "elasticache:Describe*" },
	{ "AmazonElasticContainerRegistryPublicReadOnly", "/", "2020-12-01T17:27:04Z",
	    "v1",
	    "ecr-public:GetAuthorizationToken sts:GetServiceBearerToken "
	    "ecr-public:BatchCheckLayerAvailability GetRepositoryPolicy "
	    "DescribeRepositories DescribeRegistries DescribeImages "
	    "DescribeImageTags GetRepositoryCatalogData GetRegistryCatalogData" },
	{ "AmazonElasticFileSystemClientFullAccess", "/", "2020-01-13T16:27:00Z", "v1",
	    "elasticfilesystem:ClientMount ClientRootAccess ClientWrite "
	    "DescribeMountTargets" },
	{ "AmazonElasticFileSystemClientReadOnlyAccess", "/", "2020-01-13T16:24:36Z",
	    "v1", "elasticfilesystem:ClientMount DescribeMountTargets" },
	{ "AmazonElasticFileSystemClientReadWriteAccess", "/", "2020-01-13T16:21:55Z",
	    "v1", "elasticfilesystem:ClientMount ClientWrite DescribeMountTargets" },
	{ "AmazonElasticFileSystemReadOnlyAccess", "/", "2015-05-27T16:25:25Z", "v9",
	    "cloudwatch:DescribeAlarmsForMetric GetMetricData "
	    "ec2:DescribeAvailabilityZones DescribeNetworkInterfaceAttribute "
	    "DescribeNetworkInterfaces DescribeSecurityGroups DescribeSubnets "
	    "DescribeVpcAttribute DescribeVpcs "
	    "elasticfilesystem:DescribeAccountPreferences DescribeBackupPolicy "
	    "DescribeFileSystems DescribeFileSystemPolicy "
	    "DescribeLifecycleConfiguration DescribeMountTargets "
	    "DescribeMountTargetSecurityGroups DescribeTags DescribeAccessPoints "
	    "DescribeReplicationConfigurations ListTagsForResource "
	    "ReplicationRead kms:ListAliases" },
	{ "AmazonEventBridgeFullAccess", "/", "2019-07-11T14:08:55Z", "v7",
	    "events:* schemas:* scheduler:* pipes:*; iam:CreateServiceLinkedRole "
	    "@arn:aws:iam::*:role/aws-service-role/apidestinations.events.amazona"
	    "ws.com/AWSServiceRoleForAmazonEventBridgeApiDestinations "
	    "?StringEquals "
	    "iam:AWSServiceName=apidestinations.events.amazonaws.com; "
	    "iam:CreateServiceLinkedRole "
	    "@arn:aws:iam::*:role/aws-service-role/schemas.amazonaws.com/AWSServi"
	    "ceRoleForSchemas ?StringEquals "
	    "iam:AWSServiceName=schemas.amazonaws.com; "
	    "secretsmanager:CreateSecret UpdateSecret DeleteSecret "
	    "GetSecretValue PutSecretValue "
	    "@arn:aws:secretsmanager:*:*:secret:events!*; iam:PassRole "
	    "@arn:aws:iam::*:role/* ?StringLike "
	    "iam:PassedToService=events.amazonaws.com; iam:PassRole "
	    "@arn:aws:iam::*:role/* ?StringLike "
	    "iam:PassedToService=scheduler.amazonaws.com; iam:PassRole "
	    "@arn:aws:iam::*:role/* ?StringLike "
	    "iam:PassedToService=pipes.amazonaws.com" },
	{ "AmazonEventBridgeReadOnlyAccess", "/", "2019-07-11T13:59:07Z", "v7",
	    "events:DescribeRule DescribeEventBus DescribeEventSource "
	    "ListEventBuses ListEventSources ListRuleNamesByTarget ListRules "
	    "ListTargetsByRule TestEventPattern DescribeArchive ListArchives "
	    "DescribeReplay ListReplays DescribeConnection ListConnections "
	    "DescribeApiDestination ListApiDestinations DescribeEndpoint "
	    "ListEndpoints DescribeSubscriber ListSubscribers GetResourcePolicy "
	    "ListResourcePolicies ListTagsForResource "
	    "schemas:DescribeCodeBinding DescribeDiscoverer DescribeRegistry "
	    "DescribeSchema ExportSchema GetCodeBindingSource "
	    "GetDiscoveredSchema GetResourcePolicy ListDiscoverers "
	    "ListRegistries ListSchemas ListSchemaVersions ListTagsForResource "
	    "SearchSchemas scheduler:GetSchedule GetScheduleGroup ListSchedules "
	    "ListScheduleGroups ListTagsForResource pipes:DescribePipe ListPipes "
	    "ListTagsForResource" },
	{ "AmazonEventBridgeSchedulerFullAccess", "/", "2022-11-10T18:37:25Z", "v4",
	    "scheduler:*; iam:PassRole @arn:aws:iam::*:role/* ?StringLike "
	    "iam:PassedToService=scheduler.amazonaws.com" },
	{ "AmazonEventBridgeSchedulerReadOnlyAccess", "/", "2022-11-10T18:50:12Z", "v5",
	    "scheduler:List* Get*" },
	{ "AmazonKinesisFirehoseFullAccess", "/", "2015-10-07T18:45:26Z", "v1",
	    "firehose:*" },
	{ "AmazonKinesisFirehoseReadOnlyAccess", "/", "2015-10-07T18:43:39Z", "v1",
	    "firehose:Describe* List*" },
	{ "AmazonKinesisFullAccess", "/", "2015-02-06T18:40:29Z", "v1", "kinesis:*" },
	{ "AmazonKinesisReadOnlyAccess", "/", "2015-02-06T18:40:30Z", "v1",
	    "kinesis:Get* List* Describe*" },
	{ "AmazonMQApiFullAccess", "/", "2018-12-18T20:31:31Z", "v2",
	    "mq:* ec2:CreateNetworkInterface CreateNetworkInterfacePermission "
	    "DeleteNetworkInterface DeleteNetworkInterfacePermission "
	    "DetachNetworkInterface DescribeInternetGateways "
	    "DescribeNetworkInterfaces DescribeNetworkInterfacePermissions "
	    "DescribeRouteTables DescribeSecurityGroups DescribeSubnets "
	    "DescribeVpcs; logs:CreateLogGroup "
	    "@arn:aws:logs:*:*:log-group:/aws/amazonmq/*; "
	    "iam:CreateServiceLinkedRole ?StringLike "
	    "iam:AWSServiceName=mq.amazonaws.com" },
	{ "AmazonMQApiReadOnlyAccess", "/", "2018-12-18T20:31:13Z", "v1",
	    "mq:Describe* List* ec2:DescribeNetworkInterfaces "
	    "DescribeSecurityGroups DescribeSubnets DescribeVpcs" },
	{ "AmazonMQFullAccess", "/", "2017-11-28T15:28:29Z", "v6",
	    "mq:* cloudformation:CreateStack ec2:CreateNetworkInterface "
	    "CreateNetworkInterfacePermission DeleteNetworkInterface "
	    "DeleteNetworkInterfacePermission DetachNetworkInterface "
	    "DescribeInternetGateways DescribeNetworkInterfaces "
	    "DescribeNetworkInterfacePermissions DescribeRouteTables "
	    "DescribeSecurityGroups DescribeSubnets DescribeVpcs "
	    "CreateSecurityGroup AuthorizeSecurityGroupIngress; "
	    "logs:CreateLogGroup @arn:aws:logs:*:*:log-group:/aws/amazonmq/*; "
	    "iam:CreateServiceLinkedRole "
	    "@arn:aws:iam::*:role/aws-service-role/mq.amazonaws.com/AWSServiceRol"
	    "eForAmazonMQ ?StringLike iam:AWSServiceName=mq.amazonaws.com; "
	    "cloudformation:TagResource UntagResource ?StringEquals "
	    "cloudformation:CreateAction=CreateStack" },
	{ "AmazonMQReadOnlyAccess", "/", "2017-11-28T15:30:32Z", "v2",
	    "mq:Describe* List* ec2:DescribeNetworkInterfaces "
	    "DescribeSecurityGroups DescribeSubnets DescribeVpcs" },
	{ "AmazonMSKFullAccess", "/", "2019-01-14T22:07:52Z", "v7",
	    "kafka:* ec2:DescribeSubnets DescribeVpcs DescribeSecurityGroups "
	    "DescribeRouteTables DescribeVpcEndpoints DescribeVpcAttribute "
	    "kms:DescribeKey CreateGrant logs:CreateLogDelivery GetLogDelivery "
	    "UpdateLogDelivery DeleteLogDelivery ListLogDeliveries "
	    "PutResourcePolicy DescribeResourcePolicies DescribeLogGroups "
	    "S3:GetBucketPolicy firehose:TagDeliveryStream; "
	    "ec2:CreateVpcEndpoint @arn:*:ec2:*:*:vpc/* @arn:*:ec2:*:*:subnet/* "
	    "@arn:*:ec2:*:*:security-group/*; ec2:CreateVpcEndpoint "
	    "@arn:*:ec2:*:*:vpc-endpoint/* ?StringEquals "
	    "aws:RequestTag/AWSMSKManaged=true ?StringLike "
	    "aws:RequestTag/ClusterArn=*; ec2:CreateTags "
	    "@arn:*:ec2:*:*:vpc-endpoint/* ?StringEquals "
	    "ec2:CreateAction=CreateVpcEndpoint; ec2:DeleteVpcEndpoints "
	    "@arn:*:ec2:*:*:vpc-endpoint/* ?StringEquals "
	    "ec2:ResourceTag/AWSMSKManaged=true ?StringLike "
	    "ec2:ResourceTag/ClusterArn=*; iam:PassRole ?StringEquals "
	    "iam:PassedToService=kafka.amazonaws.com; "
	    "iam:CreateServiceLinkedRole "
	    "@arn:aws:iam::*:role/aws-service-role/kafka.amazonaws.com/AWSService"
	    "RoleForKafka* ?StringEquals iam:AWSServiceName=kafka.amazonaws.com; "
	    "iam:CreateServiceLinkedRole "
	    "@arn:aws:iam::*:role/aws-service-role/delivery.logs.amazonaws.com/AW"
	    "SServiceRoleForLogDelivery* ?StringEquals "
	    "iam:AWSServiceName=delivery.logs.amazonaws.com" },
	{ "AmazonMSKReadOnlyAccess", "/", "2019-01-14T22:28:45Z", "v1",
	    "kafka:Describe* List* Get* ec2:DescribeNetworkInterfaces "
	    "DescribeSecurityGroups DescribeSubnets DescribeVpcs kms:DescribeKey" },
	{ "AmazonOpenSearchServiceFullAccess", "/", "2021-09-08T05:33:47Z", "v1",
	    "es:*" },
	{ "AmazonOpenSearchServiceReadOnlyAccess", "/", "2021-09-08T05:38:13Z", "v1",
	    "es:Describe* List* Get*" },
	{ "AmazonRDSDataFullAccess", "/", "2018-11-20T21:29:36Z", "v3",
	    "secretsmanager:GetSecretValue PutResourcePolicy PutSecretValue "
	    "DeleteSecret DescribeSecret TagResource "
	    "@arn:aws:secretsmanager:*:*:secret:rds-db-credentials/*; "
	    "dbqms:CreateFavoriteQuery DescribeFavoriteQueries "
	    "UpdateFavoriteQuery DeleteFavoriteQueries GetQueryString "
	    "CreateQueryHistory DescribeQueryHistory UpdateQueryHistory "
	    "DeleteQueryHistory rds-data:ExecuteSql ExecuteStatement "
	    "BatchExecuteStatement BeginTransaction CommitTransaction "
	    "RollbackTransaction secretsmanager:CreateSecret ListSecrets "
	    "GetRandomPassword tag:GetResources" },
	{ "AmazonRDSFullAccess", "/", "2015-02-06T18:40:52Z", "v14",
	    "rds:* application-autoscaling:DeleteScalingPolicy "
	    "DeregisterScalableTarget DescribeScalableTargets "
	    "DescribeScalingActivities DescribeScalingPolicies PutScalingPolicy "
	    "RegisterScalableTarget cloudwatch:DescribeAlarms "
	    "GetMetricStatistics PutMetricAlarm DeleteAlarms ListMetrics "
	    "GetMetricData ec2:DescribeAccountAttributes "
	    "DescribeAvailabilityZones DescribeCoipPools "
	    "DescribeInternetGateways DescribeLocalGatewayRouteTablePermissions "
	    "DescribeLocalGatewayRouteTables "
	    "DescribeLocalGatewayRouteTableVpcAssociations DescribeLocalGateways "
	    "DescribeSecurityGroups DescribeSubnets DescribeVpcAttribute "
	    "DescribeVpcs GetCoipPoolUsage sns:ListSubscriptions ListTopics "
	    "Publish logs:DescribeLogStreams GetLogEvents "
	    "outposts:GetOutpostInstanceTypes devops-guru:GetResourceCollection; "
	    "pi:* @arn:aws:pi:*:*:metrics/rds/* "
	    "@arn:aws:pi:*:*:perf-reports/rds/*; iam:CreateServiceLinkedRole "
	    "?StringLike "
	    "iam:AWSServiceName=rds.amazonaws.com,rds.application-autoscaling.ama"
	    "zonaws.com; devops-guru:SearchInsights ListAnomaliesForInsight "
	    "?ForAllValues:StringEquals devops-guru:ServiceNames=RDS ?Null "
	    "devops-guru:ServiceNames=false" },
	{ "AmazonRDSReadOnlyAccess", "/", "2015-02-06T18:40:53Z", "v7",
	    "rds:Describe* ListTagsForResource ec2:DescribeAccountAttributes "
	    "DescribeAvailabilityZones DescribeInternetGateways "
	    "DescribeSecurityGroups DescribeSubnets DescribeVpcAttribute "
	    "DescribeVpcs; cloudwatch:GetMetricStatistics ListMetrics "
	    "GetMetricData logs:DescribeLogStreams GetLogEvents "
	    "devops-guru:GetResourceCollection; devops-guru:SearchInsights "
	    "ListAnomaliesForInsight ?ForAllValues:StringEquals "
	    "devops-guru:ServiceNames=RDS ?Null devops-guru:ServiceNames=false" },
	{ "AmazonRedshiftDataFullAccess", "/", "2020-09-09T19:23:55Z", "v5",
	    "redshift-data:BatchExecuteStatement ExecuteStatement "
	    "CancelStatement ListStatements GetStatementResult DescribeStatement "
	    "ListDatabases ListSchemas ListTables DescribeTable; "
	    "secretsmanager:GetSecretValue @arn:aws:secretsmanager:*:*:secret:* "
	    "?StringLike secretsmanager:ResourceTag/RedshiftDataFullAccess=*; "
	    "redshift:GetClusterCredentials @arn:aws:redshift:*:*:dbname:*/* "
	    "@arn:aws:redshift:*:*:dbuser:*/redshift_data_api_user; "
	    "redshift:GetClusterCredentialsWithIAM "
	    "@arn:aws:redshift:*:*:dbname:*/*; "
	    "redshift-serverless:GetCredentials "
	    "@arn:aws:redshift-serverless:*:*:workgroup/* ?StringLike "
	    "aws:ResourceTag/RedshiftDataFullAccess=*; "
	    "!redshift:CreateClusterUser "
	    "@arn:aws:redshift:*:*:dbuser:*/redshift_data_api_user; "
	    "iam:CreateServiceLinkedRole "
	    "@arn:aws:iam::*:role/aws-service-role/redshift-data.amazonaws.com/AW"
	    "SServiceRoleForRedshift ?StringLike "
	    "iam:AWSServiceName=redshift-data.amazonaws.com" },
	{ "AmazonRedshiftFullAccess", "/", "2015-02-06T18:40:50Z", "v5",
	    "redshift:* redshift-serverless:* ec2:DescribeAccountAttributes "
	    "DescribeAddresses DescribeAvailabilityZones DescribeSecurityGroups "
	    "DescribeSubnets DescribeVpcs DescribeInternetGateways "
	    "sns:CreateTopic Get* List* cloudwatch:Describe* Get* List* "
	    "PutMetricAlarm EnableAlarmActions DisableAlarmActions "
	    "tag:GetResources UntagResources GetTagValues GetTagKeys "
	    "TagResources; iam:CreateServiceLinkedRole "
	    "@arn:aws:iam::*:role/aws-service-role/redshift.amazonaws.com/AWSServ"
	    "iceRoleForRedshift ?StringLike "
	    "iam:AWSServiceName=redshift.amazonaws.com; "
	    "redshift-data:ExecuteStatement CancelStatement ListStatements "
	    "GetStatementResult DescribeStatement ListDatabases ListSchemas "
	    "ListTables DescribeTable; secretsmanager:ListSecrets; "
	    "secretsmanager:CreateSecret GetSecretValue TagResource ?StringLike "
	    "secretsmanager:ResourceTag/RedshiftDataFullAccess=*" },
	{ "AmazonRedshiftReadOnlyAccess", "/", "2015-02-06T18:40:51Z", "v2",
	    "redshift:Describe* ListRecommendations ViewQueriesInConsole "
	    "ec2:DescribeAccountAttributes DescribeAddresses "
	    "DescribeAvailabilityZones DescribeSecurityGroups DescribeSubnets "
	    "DescribeVpcs DescribeInternetGateways sns:Get* List* "
	    "cloudwatch:Describe* List* Get*" },
	{ "AmazonRoute53AutoNamingFullAccess", "/", "2018-01-18T18:40:41Z", "v1",
	    "route53:GetHostedZone ListHostedZonesByName CreateHostedZone "
	    "DeleteHostedZone ChangeResourceRecordSets CreateHealthCheck "
	    "GetHealthCheck DeleteHealthCheck UpdateHealthCheck ec2:DescribeVpcs "
	    "DescribeRegions servicediscovery:*" },
	{ "AmazonRoute53FullAccess", "/", "2015-02-06T18:40:54Z", "v7",
	    "route53:* route53domains:* cloudfront:ListDistributions "
	    "GetDistributionTenantByDomain GetConnectionGroup "
	    "cloudwatch:DescribeAlarms GetMetricStatistics GetMetricData "
	    "ec2:DescribeVpcs DescribeVpcEndpoints DescribeRegions "
	    "elasticloadbalancing:DescribeLoadBalancers "
	    "elasticbeanstalk:DescribeEnvironments es:ListDomainNames "
	    "DescribeDomains lightsail:GetContainerServices s3:ListBucket "
	    "GetBucketLocation GetBucketWebsite sns:ListTopics "
	    "ListSubscriptionsByTopic tag:GetResources; apigateway:GET "
	    "@arn:aws:apigateway:*::/domainnames" },
	{ "AmazonRoute53ReadOnlyAccess", "/", "2015-02-06T18:40:55Z", "v2",
	    "route53:Get* List* TestDNSAnswer" },
	{ "AmazonRoute53ResolverFullAccess", "/", "2019-05-30T18:10:50Z", "v3",
	    "route53resolver:* ec2:DescribeSubnets CreateNetworkInterface "
	    "DeleteNetworkInterface ModifyNetworkInterfaceAttribute "
	    "DescribeNetworkInterfaces CreateNetworkInterfacePermission "
	    "DescribeSecurityGroups DescribeVpcs DescribeAvailabilityZones" },
	{ "AmazonRoute53ResolverReadOnlyAccess", "/", "2019-05-30T18:11:31Z", "v3",
	    "route53resolver:Get* List* ec2:DescribeNetworkInterfaces "
	    "DescribeSecurityGroups DescribeVpcs DescribeSubnets" },
	{ "AmazonSESFullAccess", "/", "2015-02-06T18:41:02Z", "v1", "ses:*" },
	{ "AmazonSESReadOnlyAccess", "/", "2015-02-06T18:41:03Z", "v2",
	    "ses:Get* List* BatchGetMetricData" },
	{ "AmazonSNSFullAccess", "/", "2015-02-06T18:41:05Z", "v2",
	    "sns:*; sms-voice:DescribeVerifiedDestinationNumbers "
	    "CreateVerifiedDestinationNumber "
	    "SendDestinationNumberVerificationCode SendTextMessage "
	    "DeleteVerifiedDestinationNumber VerifyDestinationNumber "
	    "DescribeAccountAttributes DescribeSpendLimits DescribePhoneNumbers "
	    "SetTextMessageSpendLimitOverride DescribeOptedOutNumbers "
	    "DeleteOptedOutNumber ?StringEquals "
	    "aws:CalledViaLast=sns.amazonaws.com" },
	{ "AmazonSNSReadOnlyAccess", "/", "2015-02-06T18:41:06Z", "v2",
	    "sns:GetTopicAttributes List* CheckIfPhoneNumberIsOptedOut "
	    "GetEndpointAttributes GetDataProtectionPolicy "
	    "GetPlatformApplicationAttributes GetSMSAttributes "
	    "GetSMSSandboxAccountStatus GetSubscriptionAttributes; "
	    "sms-voice:DescribeVerifiedDestinationNumbers "
	    "DescribeAccountAttributes DescribeSpendLimits DescribePhoneNumbers "
	    "DescribeOptedOutNumbers ?StringEquals "
	    "aws:CalledViaLast=sns.amazonaws.com" },
	{ "AmazonSQSFullAccess", "/", "2015-02-06T18:41:07Z", "v1", "sqs:*" },
	{ "AmazonSQSReadOnlyAccess", "/", "2015-02-06T18:41:08Z", "v4",
	    "sqs:GetQueueAttributes GetQueueUrl ListDeadLetterSourceQueues "
	    "ListQueues ListMessageMoveTasks ListQueueTags" },
	{ "AmazonSSMFullAccess", "/", "2015-05-29T17:39:47Z", "v4",
	    "cloudwatch:PutMetricData ds:CreateComputer DescribeDirectories "
	    "ec2:DescribeInstanceStatus logs:* ssm:* ec2messages:*; "
	    "iam:CreateServiceLinkedRole "
	    "@arn:aws:iam::*:role/aws-service-role/ssm.amazonaws.com/AWSServiceRo"
	    "leForAmazonSSM* ?StringLike iam:AWSServiceName=ssm.amazonaws.com; "
	    "iam:DeleteServiceLinkedRole GetServiceLinkedRoleDeletionStatus "
	    "@arn:aws:iam::*:role/aws-service-role/ssm.amazonaws.com/AWSServiceRo"
	    "leForAmazonSSM*; ssmmessages:CreateControlChannel CreateDataChannel "
	    "OpenControlChannel OpenDataChannel" },
	{ "AmazonSSMPatchAssociation", "/", "2020-05-13T16:00:42Z", "v1",
	    "ssm:DescribeEffectivePatchesForPatchBaseline "
	    "@arn:aws:ssm:*:*:patchbaseline/*; ssm:GetPatchBaseline "
	    "@arn:aws:ssm:*:*:patchbaseline/*; tag:GetResources; "
	    "ssm:DescribePatchBaselines" },
	{ "AmazonSSMReadOnlyAccess", "/", "2015-05-29T17:44:19Z", "v1",
	    "ssm:Describe* Get* List*" },
	{ "AmazonVPCCrossAccountNetworkInterfaceOperations", "/", "2017-07-18T20:47:16Z",
	    "v5",
	    "ec2:DescribeRouteTables CreateRoute DeleteRoute ReplaceRoute; "
	    "ec2:DescribeNetworkInterfaces CreateNetworkInterface "
	    "DeleteNetworkInterface CreateNetworkInterfacePermission "
	    "DeleteNetworkInterfacePermission "
	    "DescribeNetworkInterfacePermissions ModifyNetworkInterfaceAttribute "
	    "DescribeNetworkInterfaceAttribute DescribeAvailabilityZones "
	    "DescribeRegions DescribeVpcs DescribeSubnets; "
	    "ec2:AssignPrivateIpAddresses UnassignPrivateIpAddresses; "
	    "ec2:AssignIpv6Addresses UnassignIpv6Addresses" },
	{ "AmazonVPCReadOnlyAccess", "/", "2015-02-06T18:41:17Z", "v12",
	    "ec2:DescribeAccountAttributes DescribeAddresses "
	    "DescribeCarrierGateways DescribeClassicLinkInstances "
	    "DescribeCustomerGateways DescribeDhcpOptions "
	    "DescribeEgressOnlyInternetGateways DescribeFlowLogs "
	    "DescribeInternetGateways DescribeLocalGatewayRouteTables "
	    "DescribeLocalGatewayRouteTableVpcAssociations "
	    "DescribeMovingAddresses DescribeNatGateways DescribeNetworkAcls "
	    "DescribeNetworkInterfaceAttribute "
	    "DescribeNetworkInterfacePermissions DescribeNetworkInterfaces "
	    "DescribePrefixLists DescribeRouteTables "
	    "DescribeSecurityGroupReferences DescribeSecurityGroupRules "
	    "DescribeSecurityGroups DescribeSecurityGroupVpcAssociations "
	    "DescribeStaleSecurityGroups DescribeSubnets DescribeTags "
	    "DescribeVpcAttribute DescribeVpcClassicLink "
	    "DescribeVpcClassicLinkDnsSupport DescribeVpcEndpoints "
	    "DescribeVpcEndpointConnectionNotifications "
	    "DescribeVpcEndpointConnections "
	    "DescribeVpcEndpointServiceConfigurations "
	    "DescribeVpcEndpointServicePermissions DescribeVpcEndpointServices "
	    "DescribeVpcPeeringConnections DescribeVpcs DescribeVpnConnections "
	    "DescribeVpnGateways GetSecurityGroupsForVpc" },
	{ "AutoScalingFullAccess", "/", "2017-01-12T19:31:58Z", "v2",
	    "autoscaling:*; cloudwatch:PutMetricAlarm; "
	    "ec2:DescribeAccountAttributes DescribeAvailabilityZones "
	    "DescribeImages DescribeInstanceAttribute DescribeInstances "
	    "DescribeKeyPairs DescribeLaunchTemplateVersions "
	    "DescribePlacementGroups DescribeSecurityGroups "
	    "DescribeSpotInstanceRequests DescribeSubnets "
	    "DescribeVpcClassicLink; elasticloadbalancing:DescribeLoadBalancers "
	    "DescribeTargetGroups; iam:CreateServiceLinkedRole ?StringEquals "
	    "iam:AWSServiceName=autoscaling.amazonaws.com" },
	{ "AutoScalingReadOnlyAccess", "/", "2017-01-12T19:39:35Z", "v1",
	    "autoscaling:Describe*" },
	{ "CloudFrontFullAccess", "/", "2015-02-06T18:39:50Z", "v15",
	    "s3:ListAllMyBuckets @arn:aws:s3:::*; acm:DescribeCertificate "
	    "ListCertificates cloudfront:* cloudfront-keyvaluestore:* "
	    "iam:ListServerCertificates waf:ListWebACLs GetWebACL "
	    "wafv2:ListWebACLs GetWebACL CreateWebACL kinesis:ListStreams "
	    "ec2:DescribeInstances elasticloadbalancing:DescribeLoadBalancers "
	    "ec2:DescribeInternetGateways DescribeIpamPools GetIpamPoolCidrs "
	    "pricingplanmanager:ListSubscriptions CreateSubscription "
	    "cloudwatch:GetMetricData freetier:GetAccountPlanState "
	    "shield:ListProtections; acm:RequestCertificate ?StringEquals "
	    "aws:CalledViaLast=cloudfront.amazonaws.com; kinesis:DescribeStream "
	    "@arn:aws:kinesis:*:*:*; iam:ListRoles @arn:aws:iam::*:*; "
	    "pricingplanmanager:ApprovePaidSubscription "
	    "AssociateResourcesToSubscription CancelSubscription "
	    "CancelSubscriptionChange DisassociateResourcesFromSubscription "
	    "GetSubscription UpdateSubscription "
	    "@arn:aws:pricingplanmanager::*:subscription:*" },
	{ "CloudFrontReadOnlyAccess", "/", "2015-02-06T18:39:55Z", "v12",
	    "acm:DescribeCertificate ListCertificates cloudfront:Describe* Get* "
	    "List* cloudfront-keyvaluestore:Describe* Get* List* "
	    "iam:ListServerCertificates route53:List* waf:ListWebACLs GetWebACL "
	    "wafv2:ListWebACLs GetWebACL ec2:DescribeIpamPools GetIpamPoolCidrs "
	    "pricingplanmanager:ListSubscriptions GetSubscription" },
	{ "CloudWatchAgentAdminPolicy", "/", "2018-03-07T00:52:31Z", "v2",
	    "cloudwatch:PutMetricData ec2:DescribeTags logs:PutLogEvents "
	    "PutRetentionPolicy DescribeLogStreams DescribeLogGroups "
	    "CreateLogStream CreateLogGroup xray:PutTraceSegments "
	    "PutTelemetryRecords GetSamplingRules GetSamplingTargets "
	    "GetSamplingStatisticSummaries; ssm:GetParameter PutParameter "
	    "@arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*" },
	{ "CloudWatchEventsFullAccess", "/", "2016-01-14T18:37:08Z", "v5",
	    "events:* schemas:* scheduler:* pipes:*; iam:CreateServiceLinkedRole "
	    "@arn:aws:iam::*:role/aws-service-role/apidestinations.events.amazona"
	    "ws.com/AWSServiceRoleForAmazonEventBridgeApiDestinations "
	    "?StringEquals "
	    "iam:AWSServiceName=apidestinations.events.amazonaws.com; "
	    "iam:CreateServiceLinkedRole "
	    "@arn:aws:iam::*:role/aws-service-role/schemas.amazonaws.com/AWSServi"
	    "ceRoleForSchemas ?StringEquals "
	    "iam:AWSServiceName=schemas.amazonaws.com; "
	    "secretsmanager:CreateSecret UpdateSecret DeleteSecret "
	    "GetSecretValue PutSecretValue "
	    "@arn:aws:secretsmanager:*:*:secret:events!*; iam:PassRole "
	    "@arn:aws:iam::*:role/AWS_Events_Invoke_Targets; iam:PassRole "
	    "@arn:aws:iam::*:role/* ?StringEquals "
	    "iam:PassedToService=scheduler.amazonaws.com; iam:PassRole "
	    "@arn:aws:iam::*:role/* ?StringEquals "
	    "iam:PassedToService=pipes.amazonaws.com" },
	{ "CloudWatchEventsReadOnlyAccess", "/", "2016-01-14T18:27:18Z", "v3",
	    "events:DescribeRule DescribeEventBus DescribeEventSource "
	    "ListEventBuses ListEventSources ListRuleNamesByTarget ListRules "
	    "ListTargetsByRule TestEventPattern DescribeArchive ListArchives "
	    "DescribeReplay ListReplays DescribeConnection ListConnections "
	    "DescribeApiDestination ListApiDestinations DescribeEndpoint "
	    "ListEndpoints schemas:DescribeCodeBinding DescribeDiscoverer "
	    "DescribeRegistry DescribeSchema ExportSchema GetCodeBindingSource "
	    "GetDiscoveredSchema GetResourcePolicy ListDiscoverers "
	    "ListRegistries ListSchemas ListSchemaVersions ListTagsForResource "
	    "SearchSchemas scheduler:GetSchedule GetScheduleGroup ListSchedules "
	    "ListScheduleGroups ListTagsForResource pipes:DescribePipe ListPipes "
	    "ListTagsForResource" },
	{ "CloudWatchFullAccess", "/", "2015-02-06T18:40:00Z", "v4",
	    "autoscaling:Describe* cloudwatch:* logs:* sns:* iam:GetPolicy "
	    "GetPolicyVersion GetRole oam:ListSinks; iam:CreateServiceLinkedRole "
	    "@arn:aws:iam::*:role/aws-service-role/events.amazonaws.com/AWSServic"
	    "eRoleForCloudWatchEvents* ?StringLike "
	    "iam:AWSServiceName=events.amazonaws.com; oam:ListAttachedLinks "
	    "@arn:aws:oam:*:*:sink/*" },
	{ "CloudWatchLogsFullAccess", "/", "2015-02-06T18:40:02Z", "v8",
	    "logs:* cloudwatch:GenerateQuery GenerateQueryResultsSummary "
	    "observabilityadmin:GetS3TableIntegration ListS3TableIntegrations "
	    "ListTelemetryPipelines" },
	{ "CloudWatchLogsReadOnlyAccess", "/", "2015-02-06T18:40:03Z", "v12",
	    "logs:Describe* Get* List* StartQuery StopQuery TestMetricFilter "
	    "FilterLogEvents StartLiveTail StopLiveTail cloudwatch:GenerateQuery "
	    "GenerateQueryResultsSummary "
	    "observabilityadmin:ListS3TableIntegrations GetS3TableIntegration "
	    "ListTelemetryPipelines" },
	{ "CloudWatchReadOnlyAccess", "/", "2015-02-06T18:40:01Z", "v25",
	    "application-autoscaling:DescribeScalingPolicies "
	    "application-signals:BatchGet* Get* List* autoscaling:Describe* "
	    "cloudtrail:ListChannels cloudwatch:BatchGet* Describe* "
	    "GenerateQuery Get* List* CreateOneTimeDeepLinkCode logs:Get* List* "
	    "StartQuery StopQuery Describe* TestMetricFilter FilterLogEvents "
	    "StartLiveTail StopLiveTail oam:ListSinks "
	    "observabilityadmin:GetCentralizationRuleForOrganization "
	    "ListCentralizationRulesForOrganization GetTelemetryEvaluationStatus "
	    "GetTelemetryEvaluationStatusForOrganization GetTelemetryRule "
	    "GetTelemetryRuleForOrganization ListResourceTelemetry "
	    "ListResourceTelemetryForOrganization ListTelemetryRules "
	    "ListTelemetryRulesForOrganization GetTelemetryEnrichmentStatus "
	    "ListTagsForResource GetTelemetryPipeline ListTelemetryPipelines "
	    "TestTelemetryPipeline ValidateTelemetryPipelineConfiguration "
	    "GetS3TableIntegration ListS3TableIntegrations GetDatasetIntegration "
	    "ListDatasetIntegrations sns:Get* List* rum:BatchGet* Get* List* "
	    "synthetics:Describe* Get* List* xray:BatchGet* Get* List* "
	    "StartTraceRetrieval CancelTraceRetrieval; oam:ListAttachedLinks "
	    "@arn:aws:oam:*:*:sink/*; iam:GetRole "
	    "@arn:aws:iam::*:role/aws-service-role/application-signals.cloudwatch"
	    ".amazonaws.com/AWSServiceRoleForCloudWatchApplicationSignals; "
	    "cloudtrail:GetChannel "
	    "@arn:aws:cloudtrail:*:*:channel/aws-service-channel/application-sign"
	    "als/*; servicequotas:GetServiceQuota "
	    "@arn:aws:servicequotas:*:*:s3/* "
	    "@arn:aws:servicequotas:*:*:dynamodb/* "
	    "@arn:aws:servicequotas:*:*:kinesis/* "
	    "@arn:aws:servicequotas:*:*:sns/* "
	    "@arn:aws:servicequotas:*:*:bedrock/* "
	    "@arn:aws:servicequotas:*:*:lambda/* "
	    "@arn:aws:servicequotas:*:*:fargate/* "
	    "@arn:aws:servicequotas:*:*:elasticloadbalancing/* "
	    "@arn:aws:servicequotas:*:*:ec2/*; resource-explorer-2:ListIndexes "
	    "Search "
	    "@arn:aws:resource-explorer-2:*::view/AWSServiceViewForApplicationSig"
	    "nals/service-view "
	    "@arn:aws:resource-explorer-2:*::view/AWSServiceViewForApplicationSig"
	    "nalsOrgScopeProd/service-view" },
	{ "EC2InstanceConnect", "/", "2019-06-27T18:53:34Z", "v1",
	    "ec2:DescribeInstances ec2-instance-connect:SendSSHPublicKey" },
	{ "ElasticLoadBalancingFullAccess", "/", "2018-09-20T20:42:07Z", "v9",
	    "elasticloadbalancing:*; ec2:DescribeAccountAttributes "
	    "DescribeAddresses DescribeInternetGateways DescribeSecurityGroups "
	    "DescribeSubnets DescribeVpcs DescribeVpcClassicLink "
	    "DescribeInstances DescribeNetworkInterfaces "
	    "DescribeClassicLinkInstances DescribeRouteTables DescribeCoipPools "
	    "GetCoipPoolUsage GetSecurityGroupsForVpc "
	    "DescribeVpcPeeringConnections DescribeAvailabilityZones "
	    "cognito-idp:DescribeUserPoolClient; iam:CreateServiceLinkedRole "
	    "?StringEquals "
	    "iam:AWSServiceName=elasticloadbalancing.amazonaws.com; "
	    "arc-zonal-shift:* @arn:aws:elasticloadbalancing:*:*:loadbalancer/*; "
	    "arc-zonal-shift:ListManagedResources ListZonalShifts" },
	{ "ElasticLoadBalancingReadOnly", "/", "2018-09-20T20:17:09Z", "v3",
	    "elasticloadbalancing:Describe* Get*; ec2:DescribeInstances "
	    "DescribeClassicLinkInstances DescribeSecurityGroups; "
	    "arc-zonal-shift:GetManagedResource "
	    "@arn:aws:elasticloadbalancing:*:*:loadbalancer/*; "
	    "arc-zonal-shift:ListManagedResources ListZonalShifts" },
	{ "IAMAccessAnalyzerFullAccess", "/", "2019-12-02T17:12:40Z", "v1",
	    "access-analyzer:*; iam:CreateServiceLinkedRole ?StringEquals "
	    "iam:AWSServiceName=access-analyzer.amazonaws.com; "
	    "organizations:DescribeAccount DescribeOrganization "
	    "DescribeOrganizationalUnit ListAccounts ListAccountsForParent "
	    "ListAWSServiceAccessForOrganization ListChildren "
	    "ListDelegatedAdministrators ListOrganizationalUnitsForParent "
	    "ListParents ListRoots" },
	{ "IAMAccessAnalyzerReadOnlyAccess", "/", "2019-12-02T17:12:53Z", "v4",
	    "access-analyzer:CheckAccessNotGranted CheckNoNewAccess "
	    "CheckNoPublicAccess Get* List* ValidatePolicy" },
	{ "IAMUserChangePassword", "/", "2016-11-15T00:25:16Z", "v5",
	    "iam:ChangePassword @arn:aws:iam::*:user/${aws:username} "
	    "@arn:aws:iam::*:user/*/${aws:username}; "
	    "iam:GetAccountPasswordPolicy" },
	{ "IAMUserSSHKeys", "/", "2015-07-09T17:08:54Z", "v1",
	    "iam:DeleteSSHPublicKey GetSSHPublicKey ListSSHPublicKeys "
	    "UpdateSSHPublicKey UploadSSHPublicKey "
	    "@arn:aws:iam::*:user/${aws:username}" },
	{ "ResourceGroupsandTagEditorFullAccess", "/", "2015-02-06T18:39:53Z", "v6",
	    "tag:getResources getTagKeys getTagValues TagResources "
	    "UntagResources resource-groups:* cloudformation:DescribeStacks "
	    "ListStackResources ListStacks" },
	{ "ResourceGroupsandTagEditorReadOnlyAccess", "/", "2015-02-06T18:39:54Z", "v3",
	    "tag:getResources getTagKeys getTagValues resource-groups:Get* List* "
	    "Search* cloudformation:DescribeStacks ListStackResources ListStacks" },
	{ "SecretsManagerReadWrite", "/", "2018-04-04T18:05:29Z", "v6",
	    "secretsmanager:* cloudformation:CreateChangeSet DescribeChangeSet "
	    "DescribeStackResource DescribeStacks ExecuteChangeSet "
	    "docdb-elastic:GetCluster ListClusters ec2:DescribeSecurityGroups "
	    "DescribeSubnets DescribeVpcs kms:DescribeKey ListAliases ListKeys "
	    "lambda:ListFunctions rds:DescribeDBClusters DescribeDBInstances "
	    "redshift:DescribeClusters redshift-serverless:ListWorkgroups "
	    "GetNamespace tag:GetResources; lambda:AddPermission CreateFunction "
	    "GetFunction InvokeFunction UpdateFunctionConfiguration "
	    "@arn:aws:lambda:*:*:function:SecretsManager*; "
	    "serverlessrepo:CreateCloudFormationChangeSet GetApplication "
	    "@arn:aws:serverlessrepo:*:*:applications/SecretsManager*; "
	    "s3:GetObject @arn:aws:s3:::awsserverlessrepo-changesets* "
	    "@arn:aws:s3:::secrets-manager-rotation-apps-*/*; "
	    "cloudformation:TagResource UntagResource ?StringEquals "
	    "cloudformation:CreateAction=CreateChangeSet,ExecuteChangeSet" },
	{ "ServiceQuotasFullAccess", "/", "2019-06-24T15:44:35Z", "v4",
	    "autoscaling:DescribeAccountLimits "
	    "cloudformation:DescribeAccountLimits "
	    "cloudwatch:DescribeAlarmsForMetric DescribeAlarms GetMetricData "
	    "GetMetricStatistics PutMetricAlarm dynamodb:DescribeLimits "
	    "elasticloadbalancing:DescribeAccountLimits iam:GetAccountSummary "
	    "kinesis:DescribeLimits organizations:DescribeAccount "
	    "DescribeOrganization ListAWSServiceAccessForOrganization "
	    "rds:DescribeAccountAttributes route53:GetAccountLimit "
	    "tag:GetTagKeys GetTagValues servicequotas:*; "
	    "cloudwatch:DeleteAlarms ?Null "
	    "aws:ResourceTag/ServiceQuotaMonitor=false; "
	    "organizations:EnableAWSServiceAccess ?StringLike "
	    "organizations:ServicePrincipal=servicequotas.amazonaws.com; "
	    "iam:CreateServiceLinkedRole ?StringEquals "
	    "iam:AWSServiceName=servicequotas.amazonaws.com" },
	{ "ServiceQuotasReadOnlyAccess", "/", "2019-06-24T15:31:06Z", "v5",
	    "autoscaling:DescribeAccountLimits "
	    "cloudformation:DescribeAccountLimits "
	    "cloudwatch:DescribeAlarmsForMetric DescribeAlarms GetMetricData "
	    "GetMetricStatistics dynamodb:DescribeLimits "
	    "elasticloadbalancing:DescribeAccountLimits iam:GetAccountSummary "
	    "kinesis:DescribeLimits organizations:DescribeAccount "
	    "DescribeOrganization ListAWSServiceAccessForOrganization "
	    "rds:DescribeAccountAttributes route53:GetAccountLimit "
	    "tag:GetTagKeys GetTagValues "
	    "servicequotas:GetAssociationForServiceQuotaTemplate "
	    "GetAWSDefaultServiceQuota GetRequestedServiceQuotaChange "
	    "GetServiceQuota GetServiceQuotaIncreaseRequestFromTemplate "
	    "ListAWSDefaultServiceQuotas ListRequestedServiceQuotaChangeHistory "
	    "ListRequestedServiceQuotaChangeHistoryByQuota ListServices "
	    "ListServiceQuotas ListServiceQuotaIncreaseRequestsInTemplate "
	    "ListTagsForResource GetAutoManagementConfiguration "
	    "notifications:ListChannels ListEventRules "
	    "ListNotificationConfigurations GetNotificationConfiguration "
	    "GetEventRule ListNotificationHubs "
	    "notifications-contacts:ListEmailContacts GetEmailContact "
	    "chatbot:ListMicrosoftTeamsChannelConfigurations "
	    "DescribeChimeWebhookConfigurations "
	    "DescribeSlackChannelConfigurations consoleapp:ListDeviceIdentities "
	    "GetDeviceIdentity" },
};
const size_t n_managed_services_b = COUNT(managed_services_b);
