/*
 * AWS's managed policies: those that are asked for most, and the tables of the others.
 *
 * Shortened: ReadOnlyAccess, SecurityAudit and ViewOnlyAccess name only services
 * that are emulated, by wildcards; the others have the actions of AWS's own.
 * Not emulated: AWS's descriptions of those in tables, names of statements, versions before the default one.
 */
#include "control/iam/managed_policies.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cc.h"
#include "control/iam/managed_table.h"

static const char arns[] = "arn:aws:iam::aws:policy";

static const struct managed_policy policies[] = {
	{
	    .name = "AWSLambdaBasicExecutionRole",
	    .path = "/service-role/",
	    .arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
	    .created = "2015-04-09T15:03:43Z",
	    .description = "Provides write permissions to CloudWatch Logs.",
	    .text = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		    "\"Action\":[\"logs:CreateLogGroup\",\"logs:CreateLogStream\","
		    "\"logs:PutLogEvents\"],\"Resource\":\"*\"}]}",
	},
	{
	    .name = "AdministratorAccess",
	    .path = "/",
	    .arn = "arn:aws:iam::aws:policy/AdministratorAccess",
	    .created = "2015-02-06T18:39:46Z",
	    .description = "Provides full access to AWS services and resources.",
	    .text = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		    "\"Action\":\"*\",\"Resource\":\"*\"}]}",
	},
	{
	    .name = "AmazonEC2FullAccess",
	    .path = "/",
	    .arn = "arn:aws:iam::aws:policy/AmazonEC2FullAccess",
	    .created = "2015-02-06T18:40:15Z",
	    .description =
		"Provides full access to Amazon EC2 via the AWS Management Console.",
	    .text =
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		"\"Action\":\"ec2:*\",\"Resource\":\"*\"},{\"Effect\":\"Allow\","
		"\"Action\":\"elasticloadbalancing:*\",\"Resource\":\"*\"},"
		"{\"Effect\":\"Allow\",\"Action\":\"cloudwatch:*\","
		"\"Resource\":\"*\"},{\"Effect\":\"Allow\","
		"\"Action\":\"autoscaling:*\",\"Resource\":\"*\"},"
		"{\"Effect\":\"Allow\",\"Action\":\"iam:CreateServiceLinkedRole\","
		"\"Resource\":\"*\","
		"\"Condition\":{\"StringEquals\":{\"iam:AWSServiceName\":[\"autoscaling.amazonaws.com\","
		"\"ec2scheduled.amazonaws.com\","
		"\"elasticloadbalancing.amazonaws.com\",\"spot.amazonaws.com\","
		"\"spotfleet.amazonaws.com\",\"transitgateway.amazonaws.com\"]}}}]}",
	},
	{
	    .name = "AmazonEC2ReadOnlyAccess",
	    .path = "/",
	    .arn = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess",
	    .created = "2015-02-06T18:40:17Z",
	    .description =
		"Provides read only access to Amazon EC2 via the AWS Management Console.",
	    .text = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		    "\"Action\":[\"ec2:Describe*\",\"ec2:GetSecurityGroupsForVpc\"],"
		    "\"Resource\":\"*\"},{\"Effect\":\"Allow\","
		    "\"Action\":\"elasticloadbalancing:Describe*\",\"Resource\":\"*\"},"
		    "{\"Effect\":\"Allow\",\"Action\":[\"cloudwatch:ListMetrics\","
		    "\"cloudwatch:GetMetricStatistics\",\"cloudwatch:Describe*\"],"
		    "\"Resource\":\"*\"},{\"Effect\":\"Allow\","
		    "\"Action\":\"autoscaling:Describe*\",\"Resource\":\"*\"}]}",
	},
	{
	    .name = "AmazonS3FullAccess",
	    .path = "/",
	    .arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess",
	    .created = "2015-02-06T18:40:58Z",
	    .description =
		"Provides full access to all buckets via the AWS Management Console.",
	    .text = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		    "\"Action\":[\"s3:*\",\"s3-object-lambda:*\"],\"Resource\":\"*\"}]}",
	},
	{
	    .name = "AmazonS3ReadOnlyAccess",
	    .path = "/",
	    .arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
	    .created = "2015-02-06T18:40:59Z",
	    .description =
		"Provides read only access to all buckets via the AWS Management Console.",
	    .text = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		    "\"Action\":[\"s3:Get*\",\"s3:List*\",\"s3:Describe*\","
		    "\"s3-object-lambda:Get*\",\"s3-object-lambda:List*\"],"
		    "\"Resource\":\"*\"}]}",
	},
	{
	    .name = "AmazonSSMManagedInstanceCore",
	    .path = "/",
	    .arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
	    .created = "2019-03-15T17:22:12Z",
	    .description =
		"The policy for Amazon EC2 Role to enable AWS Systems Manager service core functionality.",
	    .text = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		    "\"Action\":[\"ssm:DescribeAssociation\","
		    "\"ssm:GetDeployablePatchSnapshotForInstance\",\"ssm:GetDocument\","
		    "\"ssm:DescribeDocument\",\"ssm:GetManifest\",\"ssm:GetParameter\","
		    "\"ssm:GetParameters\",\"ssm:ListAssociations\","
		    "\"ssm:ListInstanceAssociations\",\"ssm:PutInventory\","
		    "\"ssm:PutComplianceItems\",\"ssm:PutConfigurePackageResult\","
		    "\"ssm:UpdateAssociationStatus\","
		    "\"ssm:UpdateInstanceAssociationStatus\","
		    "\"ssm:UpdateInstanceInformation\"],\"Resource\":\"*\"},"
		    "{\"Effect\":\"Allow\","
		    "\"Action\":[\"ssmmessages:CreateControlChannel\","
		    "\"ssmmessages:CreateDataChannel\","
		    "\"ssmmessages:OpenControlChannel\","
		    "\"ssmmessages:OpenDataChannel\"],\"Resource\":\"*\"},"
		    "{\"Effect\":\"Allow\","
		    "\"Action\":[\"ec2messages:AcknowledgeMessage\","
		    "\"ec2messages:DeleteMessage\",\"ec2messages:FailMessage\","
		    "\"ec2messages:GetEndpoint\",\"ec2messages:GetMessages\","
		    "\"ec2messages:SendReply\"],\"Resource\":\"*\"}]}",
	},
	{
	    .name = "AmazonVPCFullAccess",
	    .path = "/",
	    .arn = "arn:aws:iam::aws:policy/AmazonVPCFullAccess",
	    .created = "2015-02-06T18:41:16Z",
	    .description =
		"Provides full access to Amazon VPC via the AWS Management Console.",
	    .text = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		    "\"Action\":[\"ec2:AcceptVpcPeeringConnection\","
		    "\"ec2:AcceptVpcEndpointConnections\",\"ec2:AllocateAddress\","
		    "\"ec2:AssignIpv6Addresses\",\"ec2:AssignPrivateIpAddresses\","
		    "\"ec2:AssociateAddress\",\"ec2:AssociateDhcpOptions\","
		    "\"ec2:AssociateRouteTable\",\"ec2:AssociateSecurityGroupVpc\","
		    "\"ec2:AssociateSubnetCidrBlock\",\"ec2:AssociateVpcCidrBlock\","
		    "\"ec2:AttachClassicLinkVpc\",\"ec2:AttachInternetGateway\","
		    "\"ec2:AttachNetworkInterface\",\"ec2:AttachVpnGateway\","
		    "\"ec2:AuthorizeSecurityGroupEgress\","
		    "\"ec2:AuthorizeSecurityGroupIngress\","
		    "\"ec2:CreateCarrierGateway\",\"ec2:CreateCustomerGateway\","
		    "\"ec2:CreateDefaultSubnet\",\"ec2:CreateDefaultVpc\","
		    "\"ec2:CreateDhcpOptions\",\"ec2:CreateEgressOnlyInternetGateway\","
		    "\"ec2:CreateFlowLogs\",\"ec2:CreateInternetGateway\","
		    "\"ec2:CreateLocalGatewayRouteTableVpcAssociation\","
		    "\"ec2:CreateNatGateway\",\"ec2:CreateNetworkAcl\","
		    "\"ec2:CreateNetworkAclEntry\",\"ec2:CreateNetworkInterface\","
		    "\"ec2:CreateNetworkInterfacePermission\",\"ec2:CreateRoute\","
		    "\"ec2:CreateRouteTable\",\"ec2:CreateSecurityGroup\","
		    "\"ec2:CreateSubnet\",\"ec2:CreateTags\",\"ec2:CreateVpc\","
		    "\"ec2:CreateVpcEndpoint\","
		    "\"ec2:CreateVpcEndpointConnectionNotification\","
		    "\"ec2:CreateVpcEndpointServiceConfiguration\","
		    "\"ec2:CreateVpcPeeringConnection\",\"ec2:CreateVpnConnection\","
		    "\"ec2:CreateVpnConnectionRoute\",\"ec2:CreateVpnGateway\","
		    "\"ec2:DeleteCarrierGateway\",\"ec2:DeleteCustomerGateway\","
		    "\"ec2:DeleteDhcpOptions\",\"ec2:DeleteEgressOnlyInternetGateway\","
		    "\"ec2:DeleteFlowLogs\",\"ec2:DeleteInternetGateway\","
		    "\"ec2:DeleteLocalGatewayRouteTableVpcAssociation\","
		    "\"ec2:DeleteNatGateway\",\"ec2:DeleteNetworkAcl\","
		    "\"ec2:DeleteNetworkAclEntry\",\"ec2:DeleteNetworkInterface\","
		    "\"ec2:DeleteNetworkInterfacePermission\",\"ec2:DeleteRoute\","
		    "\"ec2:DeleteRouteTable\",\"ec2:DeleteSecurityGroup\","
		    "\"ec2:DeleteSubnet\",\"ec2:DeleteTags\",\"ec2:DeleteVpc\","
		    "\"ec2:DeleteVpcEndpointConnectionNotifications\","
		    "\"ec2:DeleteVpcEndpointServiceConfigurations\","
		    "\"ec2:DeleteVpcEndpoints\",\"ec2:DeleteVpcPeeringConnection\","
		    "\"ec2:DeleteVpnConnection\",\"ec2:DeleteVpnConnectionRoute\","
		    "\"ec2:DeleteVpnGateway\",\"ec2:DescribeAccountAttributes\","
		    "\"ec2:DescribeAddresses\",\"ec2:DescribeAvailabilityZones\","
		    "\"ec2:DescribeCarrierGateways\","
		    "\"ec2:DescribeClassicLinkInstances\","
		    "\"ec2:DescribeCustomerGateways\",\"ec2:DescribeDhcpOptions\","
		    "\"ec2:DescribeEgressOnlyInternetGateways\","
		    "\"ec2:DescribeFlowLogs\",\"ec2:DescribeInstances\","
		    "\"ec2:DescribeInternetGateways\",\"ec2:DescribeIpv6Pools\","
		    "\"ec2:DescribeKeyPairs\",\"ec2:DescribeLocalGateways\","
		    "\"ec2:DescribeNatGateways\",\"ec2:DescribeNetworkAcls\","
		    "\"ec2:DescribeNetworkInterface*\",\"ec2:DescribePrefixLists\","
		    "\"ec2:DescribeRouteTables\",\"ec2:DescribeSecurityGroup*\","
		    "\"ec2:DescribeStaleSecurityGroups\",\"ec2:DescribeSubnets\","
		    "\"ec2:DescribeTags\",\"ec2:DescribeVpc*\",\"ec2:DescribeVpn*\","
		    "\"ec2:DetachClassicLinkVpc\",\"ec2:DetachInternetGateway\","
		    "\"ec2:DetachNetworkInterface\",\"ec2:DetachVpnGateway\","
		    "\"ec2:DisableVgwRoutePropagation\",\"ec2:DisassociateAddress\","
		    "\"ec2:DisassociateRouteTable\","
		    "\"ec2:DisassociateSecurityGroupVpc\","
		    "\"ec2:DisassociateSubnetCidrBlock\","
		    "\"ec2:DisassociateVpcCidrBlock\","
		    "\"ec2:EnableVgwRoutePropagation\",\"ec2:GetSecurityGroupsForVpc\","
		    "\"ec2:ModifyNetworkInterfaceAttribute\","
		    "\"ec2:ModifySecurityGroupRules\",\"ec2:ModifySubnetAttribute\","
		    "\"ec2:ModifyVpcAttribute\",\"ec2:ModifyVpcEndpoint*\","
		    "\"ec2:ModifyVpcPeeringConnectionOptions\","
		    "\"ec2:ModifyVpcTenancy\",\"ec2:MoveAddressToVpc\","
		    "\"ec2:RejectVpcEndpointConnections\","
		    "\"ec2:RejectVpcPeeringConnection\",\"ec2:ReleaseAddress\","
		    "\"ec2:ReplaceNetworkAclAssociation\","
		    "\"ec2:ReplaceNetworkAclEntry\",\"ec2:ReplaceRoute\","
		    "\"ec2:ReplaceRouteTableAssociation\","
		    "\"ec2:ResetNetworkInterfaceAttribute\","
		    "\"ec2:RestoreAddressToClassic\",\"ec2:RevokeSecurityGroupEgress\","
		    "\"ec2:RevokeSecurityGroupIngress\",\"ec2:UnassignIpv6Addresses\","
		    "\"ec2:UnassignPrivateIpAddresses\","
		    "\"ec2:UpdateSecurityGroupRuleDescriptionsEgress\","
		    "\"ec2:UpdateSecurityGroupRuleDescriptionsIngress\"],"
		    "\"Resource\":\"*\"}]}",
	},
	{
	    .name = "CloudWatchAgentServerPolicy",
	    .path = "/",
	    .arn = "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy",
	    .created = "2018-03-07T01:06:44Z",
	    .description = "Permissions required to use AmazonCloudWatchAgent on servers",
	    .text = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		    "\"Action\":[\"cloudwatch:PutMetricData\",\"ec2:DescribeVolumes\","
		    "\"ec2:DescribeTags\",\"logs:PutLogEvents\","
		    "\"logs:PutRetentionPolicy\",\"logs:DescribeLogStreams\","
		    "\"logs:DescribeLogGroups\",\"logs:CreateLogStream\","
		    "\"logs:CreateLogGroup\",\"xray:PutTraceSegments\","
		    "\"xray:PutTelemetryRecords\",\"xray:GetSamplingRules\","
		    "\"xray:GetSamplingTargets\","
		    "\"xray:GetSamplingStatisticSummaries\"],\"Resource\":\"*\"},"
		    "{\"Effect\":\"Allow\",\"Action\":[\"ssm:GetParameter\"],"
		    "\"Resource\":\"arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*\"}]}",
	},
	{
	    .name = "IAMFullAccess",
	    .path = "/",
	    .arn = "arn:aws:iam::aws:policy/IAMFullAccess",
	    .created = "2015-02-06T18:40:38Z",
	    .description = "Provides full access to IAM via the AWS Management Console.",
	    .text = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		    "\"Action\":[\"iam:*\",\"organizations:DescribeAccount\","
		    "\"organizations:DescribeOrganization\","
		    "\"organizations:DescribeOrganizationalUnit\","
		    "\"organizations:DescribePolicy\",\"organizations:ListChildren\","
		    "\"organizations:ListParents\","
		    "\"organizations:ListPoliciesForTarget\","
		    "\"organizations:ListRoots\",\"organizations:ListPolicies\","
		    "\"organizations:ListTargetsForPolicy\"],\"Resource\":\"*\"}]}",
	},
	{
	    .name = "IAMReadOnlyAccess",
	    .path = "/",
	    .arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess",
	    .created = "2015-02-06T18:40:39Z",
	    .description =
		"Provides read only access to IAM via the AWS Management Console.",
	    .text = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		    "\"Action\":[\"iam:GenerateCredentialReport\","
		    "\"iam:GenerateServiceLastAccessedDetails\",\"iam:Get*\","
		    "\"iam:List*\",\"iam:SimulateCustomPolicy\","
		    "\"iam:SimulatePrincipalPolicy\"],\"Resource\":\"*\"}]}",
	},
	{
	    .name = "PowerUserAccess",
	    .path = "/",
	    .arn = "arn:aws:iam::aws:policy/PowerUserAccess",
	    .created = "2015-02-06T18:39:47Z",
	    .description =
		"Provides full access to AWS services and resources, but does not allow management of Users and groups.",
	    .text = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		    "\"NotAction\":[\"iam:*\",\"organizations:*\",\"account:*\"],"
		    "\"Resource\":\"*\"},{\"Effect\":\"Allow\","
		    "\"Action\":[\"account:GetAccountInformation\","
		    "\"account:GetPrimaryEmail\",\"account:ListRegions\","
		    "\"iam:CreateServiceLinkedRole\",\"iam:DeleteServiceLinkedRole\","
		    "\"iam:ListRoles\",\"organizations:DescribeEffectivePolicy\","
		    "\"organizations:DescribeOrganization\"],\"Resource\":\"*\"}]}",
	},
	{
	    .name = "ReadOnlyAccess",
	    .path = "/",
	    .arn = "arn:aws:iam::aws:policy/ReadOnlyAccess",
	    .created = "2015-02-06T18:39:48Z",
	    .description = "Provides read-only access to AWS services and resources.",
	    .text = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		    "\"Action\":[\"acm:Describe*\",\"acm:Get*\",\"acm:List*\","
		    "\"apigateway:GET\",\"application-autoscaling:Describe*\","
		    "\"application-autoscaling:Get*\","
		    "\"application-autoscaling:List*\",\"appsync:Describe*\","
		    "\"appsync:Get*\",\"appsync:List*\",\"athena:Describe*\","
		    "\"athena:Get*\",\"athena:List*\",\"autoscaling:Describe*\","
		    "\"autoscaling:Get*\",\"autoscaling:List*\",\"backup:Describe*\","
		    "\"backup:Get*\",\"backup:List*\",\"batch:Describe*\","
		    "\"batch:Get*\",\"batch:List*\",\"cloudformation:Describe*\","
		    "\"cloudformation:Get*\",\"cloudformation:List*\","
		    "\"cloudfront:Describe*\",\"cloudfront:Get*\",\"cloudfront:List*\","
		    "\"cloudtrail:Describe*\",\"cloudtrail:Get*\",\"cloudtrail:List*\","
		    "\"cloudwatch:Describe*\",\"cloudwatch:GenerateQuery\","
		    "\"cloudwatch:Get*\",\"cloudwatch:List*\",\"codebuild:BatchGet*\","
		    "\"codebuild:DescribeTestCases\",\"codebuild:List*\","
		    "\"codecommit:BatchGet*\",\"codecommit:Describe*\","
		    "\"codecommit:Get*\",\"codecommit:GitPull\",\"codecommit:List*\","
		    "\"codedeploy:Describe*\",\"codedeploy:Get*\",\"codedeploy:List*\","
		    "\"codepipeline:Describe*\",\"codepipeline:Get*\","
		    "\"codepipeline:List*\",\"cognito-identity:Describe*\","
		    "\"cognito-identity:Get*\",\"cognito-identity:List*\","
		    "\"cognito-idp:AdminGet*\",\"cognito-idp:AdminList*\","
		    "\"cognito-idp:Describe*\",\"cognito-idp:Get*\","
		    "\"cognito-idp:List*\",\"config:Describe*\",\"config:Get*\","
		    "\"config:List*\",\"ds:Describe*\",\"ds:Get*\",\"ds:List*\","
		    "\"dynamodb:BatchGet*\",\"dynamodb:Describe*\",\"dynamodb:Get*\","
		    "\"dynamodb:List*\",\"dynamodb:PartiQLSelect\",\"dynamodb:Query\","
		    "\"dynamodb:Scan\",\"ec2:Describe*\",\"ec2:Get*\",\"ec2:List*\","
		    "\"ec2:SearchLocalGatewayRoutes\","
		    "\"ec2:SearchTransitGatewayRoutes\",\"ecr:BatchCheck*\","
		    "\"ecr:BatchGet*\",\"ecr:Describe*\",\"ecr:Get*\",\"ecr:List*\","
		    "\"ecs:Describe*\",\"ecs:Get*\",\"ecs:List*\",\"eks:Describe*\","
		    "\"eks:Get*\",\"eks:List*\",\"elasticache:Describe*\","
		    "\"elasticache:Get*\",\"elasticache:List*\","
		    "\"elasticbeanstalk:Describe*\",\"elasticbeanstalk:Get*\","
		    "\"elasticbeanstalk:List*\",\"elasticfilesystem:Describe*\","
		    "\"elasticfilesystem:Get*\",\"elasticfilesystem:List*\","
		    "\"elasticloadbalancing:Describe*\",\"elasticloadbalancing:Get*\","
		    "\"elasticloadbalancing:List*\",\"elasticmapreduce:Describe*\","
		    "\"elasticmapreduce:Get*\",\"elasticmapreduce:List*\","
		    "\"es:Describe*\",\"es:Get*\",\"es:List*\",\"events:Describe*\","
		    "\"events:Get*\",\"events:List*\",\"firehose:Describe*\","
		    "\"firehose:Get*\",\"firehose:List*\",\"glue:BatchGet*\","
		    "\"glue:Get*\",\"glue:List*\",\"glue:SearchTables\","
		    "\"guardduty:Describe*\",\"guardduty:Get*\",\"guardduty:List*\","
		    "\"iam:Generate*\",\"iam:Get*\",\"iam:List*\",\"iam:Simulate*\","
		    "\"kafka:Describe*\",\"kafka:Get*\",\"kafka:List*\","
		    "\"kinesis:Describe*\",\"kinesis:Get*\",\"kinesis:List*\","
		    "\"kms:Describe*\",\"kms:Get*\",\"kms:List*\",\"lambda:Get*\","
		    "\"lambda:List*\",\"logs:Describe*\",\"logs:FilterLogEvents\","
		    "\"logs:Get*\",\"logs:List*\",\"logs:StartQuery\","
		    "\"logs:StopQuery\",\"logs:TestMetricFilter\",\"mq:Describe*\","
		    "\"mq:Get*\",\"mq:List*\",\"organizations:Describe*\","
		    "\"organizations:Get*\",\"organizations:List*\",\"rds:Describe*\","
		    "\"rds:Download*\",\"rds:List*\",\"redshift:Describe*\","
		    "\"redshift:Get*\",\"redshift:List*\",\"route53:Get*\","
		    "\"route53:List*\",\"route53:Test*\",\"s3:Describe*\",\"s3:Get*\","
		    "\"s3:List*\",\"scheduler:Describe*\",\"scheduler:Get*\","
		    "\"scheduler:List*\",\"secretsmanager:Describe*\","
		    "\"secretsmanager:GetResourcePolicy\",\"secretsmanager:List*\","
		    "\"servicediscovery:Describe*\",\"servicediscovery:Get*\","
		    "\"servicediscovery:List*\",\"ses:Describe*\",\"ses:Get*\","
		    "\"ses:List*\",\"sns:Get*\",\"sns:List*\",\"sqs:Get*\","
		    "\"sqs:List*\",\"sqs:Receive*\",\"ssm:Describe*\",\"ssm:Get*\","
		    "\"ssm:List*\",\"states:Describe*\",\"states:Get*\","
		    "\"states:List*\",\"sts:GetAccessKeyInfo\","
		    "\"sts:GetCallerIdentity\",\"sts:GetSessionToken\","
		    "\"tag:Describe*\",\"tag:Get*\",\"tag:List*\","
		    "\"transfer:Describe*\",\"transfer:Get*\",\"transfer:List*\","
		    "\"wafv2:Describe*\",\"wafv2:Get*\",\"wafv2:List*\","
		    "\"xray:BatchGet*\",\"xray:Get*\"],\"Resource\":\"*\"}]}",
	},
	{
	    .name = "SecurityAudit",
	    .path = "/",
	    .arn = "arn:aws:iam::aws:policy/SecurityAudit",
	    .created = "2015-02-06T18:41:01Z",
	    .description =
		"The security audit template grants access to read security configuration metadata.",
	    .text = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		    "\"Action\":[\"acm:Describe*\",\"acm:List*\",\"apigateway:GET\","
		    "\"application-autoscaling:Describe*\","
		    "\"application-autoscaling:List*\",\"appsync:Describe*\","
		    "\"appsync:List*\",\"athena:Describe*\",\"athena:List*\","
		    "\"autoscaling:Describe*\",\"autoscaling:List*\","
		    "\"backup:Describe*\",\"backup:List*\",\"batch:Describe*\","
		    "\"batch:List*\",\"cloudformation:Describe*\","
		    "\"cloudformation:List*\",\"cloudfront:Describe*\","
		    "\"cloudfront:List*\",\"cloudtrail:DescribeTrails\","
		    "\"cloudtrail:GetEventSelectors\","
		    "\"cloudtrail:GetInsightSelectors\",\"cloudtrail:GetTrail\","
		    "\"cloudtrail:GetTrailStatus\",\"cloudtrail:ListTags\","
		    "\"cloudtrail:ListTrails\",\"cloudtrail:LookupEvents\","
		    "\"cloudwatch:Describe*\",\"cloudwatch:List*\",\"codebuild:List*\","
		    "\"codecommit:List*\",\"codedeploy:Describe*\","
		    "\"codedeploy:List*\",\"codepipeline:Describe*\","
		    "\"codepipeline:List*\",\"cognito-identity:List*\","
		    "\"cognito-idp:List*\",\"config:BatchGetAggregateResourceConfig\","
		    "\"config:BatchGetResourceConfig\",\"config:Deliver*\","
		    "\"config:Describe*\",\"config:Get*\",\"config:List*\","
		    "\"ds:Describe*\",\"ds:List*\","
		    "\"dynamodb:DescribeContinuousBackups\",\"dynamodb:DescribeTable\","
		    "\"dynamodb:DescribeTimeToLive\",\"dynamodb:ListBackups\","
		    "\"dynamodb:ListTables\",\"dynamodb:ListTagsOfResource\","
		    "\"ec2:Describe*\",\"ec2:GetEbsEncryptionByDefault\","
		    "\"ec2:GetManagedPrefixListAssociations\","
		    "\"ec2:GetManagedPrefixListEntries\",\"ecr:DescribeRepositories\","
		    "\"ecr:GetRepositoryPolicy\",\"ecr:ListImages\","
		    "\"ecr:ListTagsForResource\",\"ecs:Describe*\",\"ecs:List*\","
		    "\"eks:Describe*\",\"eks:List*\",\"elasticache:Describe*\","
		    "\"elasticache:List*\",\"elasticbeanstalk:Describe*\","
		    "\"elasticbeanstalk:List*\",\"elasticfilesystem:Describe*\","
		    "\"elasticloadbalancing:Describe*\",\"elasticloadbalancing:List*\","
		    "\"elasticmapreduce:Describe*\",\"elasticmapreduce:List*\","
		    "\"es:Describe*\",\"es:List*\",\"events:Describe*\","
		    "\"events:List*\",\"firehose:Describe*\",\"firehose:List*\","
		    "\"glue:ListCrawlers\",\"glue:ListJobs\",\"guardduty:Describe*\","
		    "\"guardduty:List*\",\"iam:GenerateCredentialReport\","
		    "\"iam:GenerateServiceLastAccessedDetails\",\"iam:Get*\","
		    "\"iam:List*\",\"iam:SimulateCustomPolicy\","
		    "\"iam:SimulatePrincipalPolicy\",\"kafka:Describe*\","
		    "\"kafka:List*\",\"kinesis:List*\",\"kms:Describe*\","
		    "\"kms:GetKeyPolicy\",\"kms:GetKeyRotationStatus\",\"kms:List*\","
		    "\"lambda:GetAccountSettings\",\"lambda:GetFunctionConfiguration\","
		    "\"lambda:GetLayerVersionPolicy\",\"lambda:GetPolicy\","
		    "\"lambda:List*\",\"logs:Describe*\",\"logs:ListTagsLogGroup\","
		    "\"mq:Describe*\",\"mq:List*\",\"organizations:List*\","
		    "\"rds:Describe*\",\"rds:List*\",\"redshift:Describe*\","
		    "\"redshift:List*\",\"route53:Get*\",\"route53:List*\","
		    "\"s3:GetAccelerateConfiguration\","
		    "\"s3:GetAccountPublicAccessBlock\","
		    "\"s3:GetAnalyticsConfiguration\",\"s3:GetBucket*\","
		    "\"s3:GetEncryptionConfiguration\","
		    "\"s3:GetInventoryConfiguration\",\"s3:GetLifecycleConfiguration\","
		    "\"s3:GetMetricsConfiguration\",\"s3:GetObjectAcl\","
		    "\"s3:GetObjectVersionAcl\",\"s3:GetReplicationConfiguration\","
		    "\"s3:ListAllMyBuckets\",\"s3:ListBucket\",\"scheduler:Describe*\","
		    "\"scheduler:List*\",\"secretsmanager:DescribeSecret\","
		    "\"secretsmanager:GetResourcePolicy\","
		    "\"secretsmanager:ListSecrets\","
		    "\"secretsmanager:ListSecretVersionIds\","
		    "\"servicediscovery:Describe*\",\"servicediscovery:List*\","
		    "\"ses:Describe*\",\"ses:List*\",\"sns:GetTopicAttributes\","
		    "\"sns:List*\",\"sqs:GetQueueAttributes\","
		    "\"sqs:ListDeadLetterSourceQueues\",\"sqs:ListQueueTags\","
		    "\"sqs:ListQueues\",\"ssm:DescribeInstanceInformation\","
		    "\"ssm:DescribeParameters\",\"ssm:List*\",\"states:Describe*\","
		    "\"states:List*\",\"tag:GetResources\",\"tag:GetTagKeys\","
		    "\"transfer:Describe*\",\"transfer:List*\",\"wafv2:Describe*\","
		    "\"wafv2:List*\"],\"Resource\":\"*\"}]}",
	},
	{
	    .name = "ViewOnlyAccess",
	    .path = "/job-function/",
	    .arn = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
	    .created = "2016-11-10T17:20:15Z",
	    .description =
		"This policy grants permissions to view resources and basic metadata across all AWS services.",
	    .text = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		    "\"Action\":[\"acm:Describe*\",\"acm:List*\","
		    "\"application-autoscaling:Describe*\","
		    "\"application-autoscaling:List*\",\"appsync:Describe*\","
		    "\"appsync:List*\",\"athena:Describe*\",\"athena:List*\","
		    "\"autoscaling:Describe*\",\"autoscaling:List*\","
		    "\"backup:Describe*\",\"backup:List*\",\"batch:Describe*\","
		    "\"batch:List*\",\"cloudformation:Describe*\","
		    "\"cloudformation:List*\",\"cloudfront:Describe*\","
		    "\"cloudfront:List*\",\"cloudtrail:Describe*\","
		    "\"cloudtrail:List*\",\"cloudwatch:Describe*\","
		    "\"cloudwatch:List*\",\"codebuild:List*\",\"codecommit:List*\","
		    "\"codedeploy:Describe*\",\"codedeploy:List*\","
		    "\"codepipeline:Describe*\",\"codepipeline:List*\","
		    "\"cognito-identity:List*\",\"cognito-idp:List*\","
		    "\"config:Describe*\",\"config:List*\",\"ds:Describe*\","
		    "\"ds:List*\",\"dynamodb:DescribeTable\",\"dynamodb:List*\","
		    "\"ec2:Describe*\",\"ec2:List*\",\"ecr:Describe*\",\"ecr:List*\","
		    "\"ecs:Describe*\",\"ecs:List*\",\"eks:Describe*\",\"eks:List*\","
		    "\"elasticache:Describe*\",\"elasticache:List*\","
		    "\"elasticbeanstalk:Describe*\",\"elasticbeanstalk:List*\","
		    "\"elasticfilesystem:Describe*\","
		    "\"elasticloadbalancing:Describe*\",\"elasticloadbalancing:List*\","
		    "\"elasticmapreduce:Describe*\",\"elasticmapreduce:List*\","
		    "\"es:Describe*\",\"es:List*\",\"events:Describe*\","
		    "\"events:List*\",\"firehose:Describe*\",\"firehose:List*\","
		    "\"glue:ListCrawlers\",\"glue:ListJobs\",\"guardduty:Describe*\","
		    "\"guardduty:List*\",\"iam:List*\",\"iam:GetAccountSummary\","
		    "\"iam:GetLoginProfile\",\"kafka:Describe*\",\"kafka:List*\","
		    "\"kinesis:List*\",\"kms:ListAliases\",\"kms:ListKeys\","
		    "\"lambda:List*\",\"logs:Describe*\",\"mq:Describe*\",\"mq:List*\","
		    "\"organizations:List*\",\"rds:Describe*\",\"rds:List*\","
		    "\"redshift:Describe*\",\"redshift:List*\",\"route53:Get*\","
		    "\"route53:List*\",\"s3:ListAllMyBuckets\",\"s3:ListBucket\","
		    "\"scheduler:Describe*\",\"scheduler:List*\","
		    "\"secretsmanager:List*\",\"servicediscovery:Describe*\","
		    "\"servicediscovery:List*\",\"ses:Describe*\",\"ses:List*\","
		    "\"sns:List*\",\"sqs:ListQueues\","
		    "\"ssm:DescribeInstanceInformation\",\"ssm:DescribeParameters\","
		    "\"ssm:List*\",\"states:Describe*\",\"states:List*\","
		    "\"transfer:Describe*\",\"transfer:List*\",\"wafv2:Describe*\","
		    "\"wafv2:List*\"],\"Resource\":\"*\"}]}",
	},
};

/* All of them in order of names; made once, by whoever comes first, written by nobody later. */
static struct managed_policy *all;
static json_t **documents;
static size_t n_all;
static struct arena *memory; /* never freed */
static pthread_once_t made = PTHREAD_ONCE_INIT;

static int
by_name(const void *a, const void *b)
{
	const struct managed_policy *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
take_rows(const struct managed_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++, n_all++) {
		const struct managed_row *r = &rows[i];
		json_t *doc = managed_document(r->text);

		all[n_all] = (struct managed_policy){
			.name = r->name,
			.path = r->path,
			.arn = arena_printf(memory, "%s%s%s", arns, r->path, r->name),
			.created = r->created,
			.version = r->version,
			.description = arena_printf(memory,
			    "The policy %s as AWS manages it.", r->name),
			.text = json_text(memory, doc),
		};
		json_decref(doc);
	}
}

static void
make_all(void)
{
	struct err err;

	memory = arena_new();
	all = arena_calloc(memory,
	    COUNT(policies) + n_managed_services_a + n_managed_services_b +
		n_managed_roles + n_managed_linked,
	    sizeof(*all));
	for (; n_all < COUNT(policies); n_all++) {
		all[n_all] = policies[n_all];
		all[n_all].version = "v1";
	}
	take_rows(managed_services_a, n_managed_services_a);
	take_rows(managed_services_b, n_managed_services_b);
	take_rows(managed_roles, n_managed_roles);
	take_rows(managed_linked, n_managed_linked);
	qsort(all, n_all, sizeof(*all), by_name);
	documents = arena_calloc(memory, n_all, sizeof(*documents));
	for (size_t i = 0; i < n_all; i++) {
		int rc = json_read(all[i].text, strlen(all[i].text), &documents[i], &err);

		assert(rc == 0);
	}
}

static void
need_all(void)
{
	int rc = pthread_once(&made, make_all);

	assert(rc == 0);
}

const struct managed_policy *
managed_policy_find(const char *arn)
{
	struct managed_policy at = { .name = strrchr(arn, '/') };
	const struct managed_policy *m;

	if (at.name == NULL || strncmp(arn, arns, sizeof(arns) - 1) != 0)
		return NULL;
	need_all();
	at.name++;
	m = bsearch(&at, all, n_all, sizeof(*all), by_name);
	return m != NULL && strcmp(m->arn, arn) == 0 ? m : NULL;
}

size_t
managed_policy_count(void)
{
	need_all();
	return n_all;
}

const struct managed_policy *
managed_policy_at(size_t i)
{
	need_all();
	assert(i < n_all);
	return &all[i];
}

const json_t *
managed_policy_document(const struct managed_policy *m)
{
	need_all();
	return documents[m - all];
}
