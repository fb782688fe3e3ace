/*
 * AWS's managed policies: for those who use services, up to AmazonEKS.  managed_table.h has the notation.
 */
#include "control/iam/managed_table.h"

#include "base/cc.h"

const struct managed_row managed_services_a[] = {
	{ "AWSAccountManagementFullAccess", "/", "2021-09-30T23:20:37Z", "v1",
	    "account:*" },
	{ "AWSAccountManagementReadOnlyAccess", "/", "2021-09-30T23:29:53Z", "v1",
	    "account:Get* List*" },
	{ "AWSAppSyncAdministrator", "/", "2018-03-20T21:20:28Z", "v2",
	    "appsync:*; iam:PassRole ?StringEquals "
	    "iam:PassedToService=appsync.amazonaws.com; "
	    "iam:CreateServiceLinkedRole ?StringEquals "
	    "iam:AWSServiceName=appsync.amazonaws.com; "
	    "iam:DeleteServiceLinkedRole GetServiceLinkedRoleDeletionStatus "
	    "@arn:aws:iam::*:role/aws-service-role/appsync.amazonaws.com/AWSServi"
	    "ceRoleForAppSync*" },
	{ "AWSAppSyncInvokeFullAccess", "/", "2018-03-20T21:21:20Z", "v1",
	    "appsync:GraphQL GetGraphqlApi ListGraphqlApis ListApiKeys" },
	{ "AWSCertificateManagerFullAccess", "/", "2016-01-21T17:02:36Z", "v2",
	    "acm:*; iam:CreateServiceLinkedRole "
	    "@arn:aws:iam::*:role/aws-service-role/acm.amazonaws.com/AWSServiceRo"
	    "leForCertificateManager* ?StringEquals "
	    "iam:AWSServiceName=acm.amazonaws.com; iam:DeleteServiceLinkedRole "
	    "GetServiceLinkedRoleDeletionStatus GetRole "
	    "@arn:aws:iam::*:role/aws-service-role/acm.amazonaws.com/AWSServiceRo"
	    "leForCertificateManager*" },
	{ "AWSCertificateManagerReadOnly", "/", "2016-01-21T17:07:33Z", "v7",
	    "acm:DescribeCertificate ListCertificates SearchCertificates "
	    "GetCertificate ListTagsForCertificate GetAccountConfiguration "
	    "DescribeAcmeAccount DescribeAcmeDomainValidation "
	    "DescribeAcmeEndpoint DescribeAcmeExternalAccountBinding "
	    "ListAcmeAccounts ListAcmeDomainValidations ListAcmeEndpoints "
	    "ListAcmeExternalAccountBindings ListTagsForResource "
	    "ListCertificateDomainValidations" },
	{ "AWSCloudFormationFullAccess", "/", "2019-07-26T21:50:35Z", "v1",
	    "cloudformation:*" },
	{ "AWSCloudFormationReadOnlyAccess", "/", "2015-02-06T18:39:49Z", "v7",
	    "cloudformation:Describe* BatchDescribe* EstimateTemplateCost Get* "
	    "List* ValidateTemplate Detect*" },
	{ "AWSCloudMapDiscoverInstanceAccess", "/", "2018-11-29T00:02:42Z", "v2",
	    "servicediscovery:DiscoverInstances DiscoverInstancesRevision" },
	{ "AWSCloudMapFullAccess", "/", "2018-11-28T23:57:31Z", "v2",
	    "route53:GetHostedZone ListHostedZonesByName CreateHostedZone "
	    "DeleteHostedZone ChangeResourceRecordSets CreateHealthCheck "
	    "GetHealthCheck DeleteHealthCheck UpdateHealthCheck ec2:DescribeVpcs "
	    "DescribeRegions DescribeInstances servicediscovery:*" },
	{ "AWSCloudMapReadOnlyAccess", "/", "2018-11-28T23:45:26Z", "v2",
	    "servicediscovery:Get* List* DiscoverInstances "
	    "DiscoverInstancesRevision" },
	{ "AWSCloudMapRegisterInstanceAccess", "/", "2018-11-29T00:04:57Z", "v3",
	    "route53:GetHostedZone ListHostedZonesByName "
	    "ChangeResourceRecordSets CreateHealthCheck GetHealthCheck "
	    "DeleteHealthCheck UpdateHealthCheck servicediscovery:Get* List* "
	    "RegisterInstance DeregisterInstance DiscoverInstances "
	    "DiscoverInstancesRevision ec2:DescribeInstances" },
	{ "AWSCloudTrail_FullAccess", "/", "2020-10-08T23:41:15Z", "v3",
	    "sns:AddPermission CreateTopic SetTopicAttributes GetTopicAttributes "
	    "@arn:aws:sns:*:*:aws-cloudtrail-logs*; sns:ListTopics; "
	    "s3:CreateBucket PutBucketPolicy PutBucketPublicAccessBlock "
	    "@arn:aws:s3:::aws-cloudtrail-logs*; s3:ListAllMyBuckets "
	    "GetBucketLocation GetBucketPolicy; cloudtrail:*; "
	    "logs:CreateLogGroup "
	    "@arn:aws:logs:*:*:log-group:aws-cloudtrail-logs*; iam:ListRoles "
	    "GetRolePolicy GetUser; iam:PassRole ?StringEquals "
	    "iam:PassedToService=cloudtrail.amazonaws.com; kms:CreateKey "
	    "CreateAlias ListKeys ListAliases; lambda:ListFunctions; "
	    "dynamodb:ListGlobalTables ListTables" },
	{ "AWSCloudTrail_ReadOnlyAccess", "/", "2022-06-14T17:19:05Z", "v1",
	    "cloudtrail:Get* Describe* List* LookupEvents" },
	{ "AWSCodeBuildDeveloperAccess", "/", "2016-12-01T19:02:32Z", "v21",
	    "codebuild:StartBuild StopBuild StartBuildBatch StopBuildBatch "
	    "RetryBuild RetryBuildBatch BatchGet* GetResourcePolicy "
	    "DescribeTestCases DescribeCodeCoverages List* codecommit:GetBranch "
	    "GetCommit GetRepository ListBranches cloudwatch:GetMetricStatistics "
	    "events:DescribeRule ListTargetsByRule ListRuleNamesByTarget "
	    "logs:GetLogEvents s3:GetBucketLocation ListAllMyBuckets; "
	    "ssm:PutParameter @arn:aws:ssm:*:*:parameter/CodeBuild/*; "
	    "ssm:StartSession @arn:aws:ecs:*:*:task/*/*; "
	    "ssmmessages:OpenDataChannel @arn:aws:ssm:*:*:session/*; "
	    "codestar-connections:ListConnections GetConnection "
	    "@arn:aws:codestar-connections:*:*:connection/* "
	    "@arn:aws:codeconnections:*:*:connection/*; "
	    "codestar-notifications:CreateNotificationRule "
	    "DescribeNotificationRule UpdateNotificationRule Subscribe "
	    "Unsubscribe ?ArnLike "
	    "codestar-notifications:NotificationsForResource=arn:aws:codebuild:*:"
	    "*:project/*; codestar-notifications:ListNotificationRules "
	    "ListEventTypes ListTargets ListTagsforResource; sns:ListTopics "
	    "GetTopicAttributes; chatbot:DescribeSlackChannelConfigurations "
	    "ListMicrosoftTeamsChannelConfigurations" },
	{ "AWSCodeBuildReadOnlyAccess", "/", "2016-12-01T19:03:41Z", "v15",
	    "codebuild:BatchGet* GetResourcePolicy List* DescribeTestCases "
	    "DescribeCodeCoverages codecommit:GetBranch GetCommit GetRepository "
	    "cloudwatch:GetMetricStatistics events:DescribeRule "
	    "ListTargetsByRule ListRuleNamesByTarget logs:GetLogEvents; "
	    "codestar-connections:ListConnections GetConnection "
	    "@arn:aws:codestar-connections:*:*:connection/* "
	    "@arn:aws:codeconnections:*:*:connection/*; "
	    "codestar-notifications:DescribeNotificationRule ?ArnLike "
	    "codestar-notifications:NotificationsForResource=arn:aws:codebuild:*:"
	    "*:project/*; codestar-notifications:ListNotificationRules "
	    "ListEventTypes ListTargets" },
	{ "AWSCodeCommitReadOnly", "/", "2015-07-09T17:05:06Z", "v14",
	    "codecommit:BatchGet* BatchDescribe* Describe* "
	    "EvaluatePullRequestApprovalRules Get* List* GitPull; "
	    "events:DescribeRule ListTargetsByRule "
	    "@arn:aws:events:*:*:rule/codecommit*; sns:ListTopics "
	    "ListSubscriptionsByTopic GetTopicAttributes; lambda:ListFunctions; "
	    "iam:ListUsers; iam:ListSSHPublicKeys ListServiceSpecificCredentials "
	    "ListAccessKeys GetSSHPublicKey "
	    "@arn:aws:iam::*:user/${aws:username}; "
	    "codestar-connections:ListConnections GetConnection "
	    "@arn:aws:codestar-connections:*:*:connection/*; "
	    "codestar-notifications:DescribeNotificationRule ?ArnLike "
	    "codestar-notifications:NotificationsForResource=arn:aws:codecommit:*"
	    ":*:*; codestar-notifications:ListNotificationRules ListEventTypes "
	    "ListTargets; codeguru-reviewer:DescribeRepositoryAssociation "
	    "ListRepositoryAssociations DescribeCodeReview ListCodeReviews" },
	{ "AWSDenyAll", "/", "2019-05-01T22:36:14Z", "v2", "!*" },
	{ "AWSDirectoryServiceFullAccess", "/", "2015-02-06T18:41:11Z", "v6",
	    "ds:* ec2:AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress "
	    "CreateNetworkInterface CreateSecurityGroup DeleteNetworkInterface "
	    "DeleteSecurityGroup DescribeNetworkInterfaces DescribeSubnets "
	    "DescribeVpcs RevokeSecurityGroupEgress RevokeSecurityGroupIngress "
	    "DescribeSecurityGroups sns:GetTopicAttributes ListSubscriptions "
	    "ListSubscriptionsByTopic ListTopics iam:ListRoles "
	    "organizations:ListAccountsForParent ListRoots ListAccounts "
	    "DescribeOrganization DescribeAccount "
	    "ListOrganizationalUnitsForParent "
	    "ListAWSServiceAccessForOrganization; sns:CreateTopic DeleteTopic "
	    "SetTopicAttributes Subscribe Unsubscribe "
	    "@arn:aws:sns:*:*:DirectoryMonitoring*; "
	    "organizations:EnableAWSServiceAccess DisableAWSServiceAccess "
	    "?StringEquals organizations:ServicePrincipal=ds.amazonaws.com; "
	    "ec2:CreateTags DeleteTags @arn:aws:ec2:*:*:network-interface/* "
	    "@arn:aws:ec2:*:*:security-group/*" },
	{ "AWSDirectoryServiceReadOnlyAccess", "/", "2015-02-06T18:41:12Z", "v4",
	    "ds:Check* Describe* Get* List* Verify* "
	    "ec2:DescribeNetworkInterfaces DescribeSubnets DescribeVpcs "
	    "sns:ListTopics GetTopicAttributes ListSubscriptions "
	    "ListSubscriptionsByTopic organizations:DescribeAccount "
	    "DescribeOrganization ListAWSServiceAccessForOrganization" },
	{ "AWSKeyManagementServicePowerUser", "/", "2015-02-06T18:40:40Z", "v2",
	    "kms:CreateAlias CreateKey DeleteAlias Describe* GenerateRandom Get* "
	    "List* TagResource UntagResource iam:ListGroups ListRoles ListUsers" },
	{ "AWSLambdaExecute", "/", "2015-02-06T18:40:46Z", "v1",
	    "logs:* @arn:aws:logs:*:*:*; s3:GetObject PutObject @arn:aws:s3:::*" },
	{ "AWSLambdaInvocation-DynamoDB", "/", "2015-02-06T18:40:47Z", "v1",
	    "lambda:InvokeFunction; dynamodb:DescribeStream GetRecords "
	    "GetShardIterator ListStreams" },
	{ "AWSLambda_FullAccess", "/", "2020-11-17T21:14:08Z", "v7",
	    "cloudformation:DescribeStacks ListStackResources "
	    "cloudwatch:ListMetrics GetMetricData ec2:DescribeSecurityGroups "
	    "DescribeSubnets DescribeVpcs kms:DescribeKey ListAliases "
	    "iam:GetPolicy GetPolicyVersion GetRole GetRolePolicy "
	    "ListAttachedRolePolicies ListRolePolicies ListRoles lambda:* "
	    "logs:DescribeLogGroups states:DescribeStateMachine "
	    "ListStateMachines tag:GetResources xray:GetTraceSummaries "
	    "BatchGetTraces; iam:PassRole ?StringEquals "
	    "iam:PassedToService=lambda.amazonaws.com; logs:DescribeLogStreams "
	    "GetLogEvents FilterLogEvents StartLiveTail StopLiveTail "
	    "@arn:aws:logs:*:*:log-group:/aws/lambda/*; "
	    "iam:CreateServiceLinkedRole "
	    "@arn:aws:iam::*:role/aws-service-role/lambda.amazonaws.com/AWSServic"
	    "eRoleForLambda ?StringEquals "
	    "iam:AWSServiceName=lambda.amazonaws.com" },
	{ "AWSLambda_ReadOnlyAccess", "/", "2020-11-17T21:10:32Z", "v5",
	    "cloudformation:DescribeStacks ListStacks ListStackResources "
	    "cloudwatch:GetMetricData ListMetrics ec2:DescribeSecurityGroups "
	    "DescribeSubnets DescribeVpcs kms:ListAliases iam:GetPolicy "
	    "GetPolicyVersion GetRole GetRolePolicy ListAttachedRolePolicies "
	    "ListRolePolicies ListRoles logs:DescribeLogGroups lambda:Get* List* "
	    "states:DescribeStateMachine ListStateMachines tag:GetResources "
	    "xray:GetTraceSummaries BatchGetTraces; logs:DescribeLogStreams "
	    "GetLogEvents FilterLogEvents StartQuery StopQuery DescribeQueries "
	    "GetLogGroupFields GetLogRecord GetQueryResults StartLiveTail "
	    "StopLiveTail @arn:aws:logs:*:*:log-group:/aws/lambda/*" },
	{ "AWSOrganizationsFullAccess", "/", "2018-11-06T20:31:57Z", "v9",
	    "organizations:*; account:PutAlternateContact DeleteAlternateContact "
	    "GetAlternateContact GetContactInformation PutContactInformation "
	    "ListRegions EnableRegion DisableRegion PutAccountName "
	    "GetAccountInformation; iam:CreateServiceLinkedRole ?StringEquals "
	    "iam:AWSServiceName=organizations.amazonaws.com" },
	{ "AWSOrganizationsReadOnlyAccess", "/", "2018-11-06T20:32:38Z", "v6",
	    "organizations:Describe* List*; account:GetAlternateContact "
	    "GetContactInformation ListRegions GetRegionOptStatus "
	    "GetPrimaryEmail" },
	{ "AWSResourceGroupsReadOnlyAccess", "/", "2018-03-07T10:27:04Z", "v2",
	    "resource-groups:Get* List* Search* tag:Get* "
	    "cloudformation:DescribeStacks ListStackResources "
	    "ec2:DescribeInstances DescribeSecurityGroups DescribeSnapshots "
	    "DescribeVolumes DescribeVpcs elasticache:DescribeCacheClusters "
	    "DescribeSnapshots ListTagsForResource "
	    "elasticbeanstalk:DescribeEnvironments "
	    "elasticmapreduce:DescribeCluster ListClusters glacier:ListVaults "
	    "DescribeVault ListTagsForVault kinesis:ListStreams DescribeStream "
	    "ListTagsForStream opsworks:DescribeStacks ListTags "
	    "rds:DescribeDBInstances DescribeDBSnapshots ListTagsForResource "
	    "redshift:DescribeClusters DescribeTags route53domains:ListDomains "
	    "route53:ListHealthChecks GetHealthCheck ListHostedZones "
	    "GetHostedZone ListTagsForResource storagegateway:ListGateways "
	    "DescribeGatewayInformation ListTagsForResource s3:ListAllMyBuckets "
	    "GetBucketTagging elasticloadbalancing:DescribeLoadBalancers "
	    "DescribeTags ssm:ListDocuments" },
	{ "AWSStepFunctionsConsoleFullAccess", "/", "2017-01-11T21:54:31Z", "v2",
	    "states:*; iam:ListRoles; iam:PassRole "
	    "@arn:aws:iam::*:role/service-role/StatesExecutionRole*; "
	    "lambda:ListFunctions" },
	{ "AWSStepFunctionsFullAccess", "/", "2017-01-11T21:51:32Z", "v1", "states:*" },
	{ "AWSStepFunctionsReadOnlyAccess", "/", "2017-01-11T21:46:19Z", "v4",
	    "states:ListStateMachines ListActivities DescribeStateMachine "
	    "DescribeStateMachineForExecution ListExecutions DescribeExecution "
	    "GetExecutionHistory DescribeActivity ListTagsForResource "
	    "DescribeMapRun ListMapRuns DescribeStateMachineAlias "
	    "ListStateMachineAliases ListStateMachineVersions "
	    "ValidateStateMachineDefinition" },
	{ "AWSSupportAccess", "/", "2015-02-06T18:41:11Z", "v4",
	    "support:* support-console:*" },
	{ "AWSXRayDaemonWriteAccess", "/", "2018-08-28T23:00:33Z", "v2",
	    "xray:PutTraceSegments PutTelemetryRecords GetSamplingRules "
	    "GetSamplingTargets GetSamplingStatisticSummaries" },
	{ "AWSXrayFullAccess", "/", "2016-12-01T18:30:55Z", "v2", "xray:*" },
	{ "AWSXrayReadOnlyAccess", "/", "2016-12-01T18:27:02Z", "v8",
	    "xray:GetSamplingRules GetSamplingTargets "
	    "GetSamplingStatisticSummaries BatchGetTraces "
	    "BatchGetTraceSummaryById GetDistinctTraceGraphs GetServiceGraph "
	    "GetTraceGraph GetTraceSummaries GetGroups GetGroup "
	    "ListTagsForResource ListResourcePolicies "
	    "GetTimeSeriesServiceStatistics GetInsightSummaries GetInsight "
	    "GetInsightEvents GetInsightImpactGraph" },
	{ "AWSXrayWriteOnlyAccess", "/", "2016-12-01T18:19:53Z", "v2",
	    "xray:PutTraceSegments PutTelemetryRecords GetSamplingRules "
	    "GetSamplingTargets GetSamplingStatisticSummaries" },
	{ "AmazonAPIGatewayAdministrator", "/", "2015-07-09T17:34:45Z", "v1",
	    "apigateway:* @arn:aws:apigateway:*::/*" },
	{ "AmazonAPIGatewayInvokeFullAccess", "/", "2015-07-09T17:36:12Z", "v2",
	    "execute-api:Invoke ManageConnections @arn:aws:execute-api:*:*:*" },
	{ "AmazonAthenaFullAccess", "/", "2016-11-30T16:46:01Z", "v15",
	    "athena:*; glue:CreateDatabase DeleteDatabase GetCatalog GetCatalogs "
	    "GetDatabase GetDatabases UpdateDatabase CreateTable DeleteTable "
	    "BatchDeleteTable UpdateTable GetTable GetTables "
	    "BatchCreatePartition CreatePartition DeletePartition "
	    "BatchDeletePartition UpdatePartition GetPartition GetPartitions "
	    "BatchGetPartition StartColumnStatisticsTaskRun "
	    "GetColumnStatisticsTaskRun GetColumnStatisticsTaskRuns "
	    "GetCatalogImportStatus; s3:GetBucketLocation GetObject ListBucket "
	    "ListBucketMultipartUploads ListMultipartUploadParts "
	    "AbortMultipartUpload CreateBucket PutObject "
	    "PutBucketPublicAccessBlock "
	    "@arn:aws:s3:::aws-athena-query-results-*; s3:GetObject ListBucket "
	    "@arn:aws:s3:::athena-examples*; s3:ListBucket GetBucketLocation "
	    "ListAllMyBuckets; sns:ListTopics GetTopicAttributes; "
	    "cloudwatch:PutMetricAlarm DescribeAlarms DeleteAlarms "
	    "GetMetricData; lakeformation:GetDataAccess; datazone:ListDomains "
	    "ListProjects ListAccountEnvironments; pricing:GetProducts" },
	{ "AmazonBedrockReadOnly", "/", "2023-12-06T15:48:19Z", "v7",
	    "bedrock:Get* List*; sagemaker:DescribeEndpoint "
	    "DescribeEndpointConfig DescribeModel DescribeInferenceComponent "
	    "ListEndpoints ListTags @arn:aws:sagemaker:*:*:endpoint/* "
	    "@arn:aws:sagemaker:*:*:endpoint-config/* "
	    "@arn:aws:sagemaker:*:*:model/* ?StringEquals "
	    "aws:CalledViaLast=bedrock.amazonaws.com; "
	    "sagemaker:DescribeHubContent "
	    "@arn:aws:sagemaker:*:aws:hub-content/SageMakerPublicHub/Model/* "
	    "@arn:aws:sagemaker:*:aws:hub/SageMakerPublicHub; "
	    "sagemaker:ListHubContents "
	    "@arn:aws:sagemaker:*:aws:hub/SageMakerPublicHub" },
	{ "AmazonCognitoPowerUser", "/", "2015-03-24T17:14:56Z", "v9",
	    "cognito-identity:* cognito-idp:* cognito-sync:* iam:ListRoles "
	    "ListOpenIdConnectProviders GetRole ListSAMLProviders "
	    "GetSAMLProvider kinesis:ListStreams lambda:GetPolicy ListFunctions "
	    "sns:GetSMSSandboxAccountStatus ListPlatformApplications "
	    "ses:ListIdentities GetIdentityVerificationAttributes "
	    "mobiletargeting:GetApps acm:ListCertificates "
	    "sms-voice:DescribeAccountAttributes; iam:CreateServiceLinkedRole "
	    "?StringEquals "
	    "iam:AWSServiceName=cognito-idp.amazonaws.com,email.cognito-idp.amazo"
	    "naws.com; iam:DeleteServiceLinkedRole "
	    "GetServiceLinkedRoleDeletionStatus "
	    "@arn:aws:iam::*:role/aws-service-role/cognito-idp.amazonaws.com/AWSS"
	    "erviceRoleForAmazonCognitoIdp* "
	    "@arn:aws:iam::*:role/aws-service-role/email.cognito-idp.amazonaws.co"
	    "m/AWSServiceRoleForAmazonCognitoIdpEmail*" },
	{ "AmazonCognitoReadOnly", "/", "2015-03-24T17:06:46Z", "v4",
	    "cognito-identity:Describe* Get* List* cognito-idp:Describe* "
	    "AdminGet* AdminList* List* Get* cognito-sync:Describe* Get* List* "
	    "iam:ListOpenIdConnectProviders ListRoles "
	    "sns:ListPlatformApplications" },
	{ "AmazonDynamoDBFullAccess", "/", "2015-02-06T18:40:11Z", "v15",
	    "dynamodb:* dax:* application-autoscaling:DeleteScalingPolicy "
	    "DeregisterScalableTarget DescribeScalableTargets "
	    "DescribeScalingActivities DescribeScalingPolicies PutScalingPolicy "
	    "RegisterScalableTarget cloudwatch:DeleteAlarms DescribeAlarmHistory "
	    "DescribeAlarms DescribeAlarmsForMetric GetMetricStatistics "
	    "ListMetrics PutMetricAlarm GetMetricData "
	    "datapipeline:ActivatePipeline CreatePipeline DeletePipeline "
	    "DescribeObjects DescribePipelines GetPipelineDefinition "
	    "ListPipelines PutPipelineDefinition QueryObjects ec2:DescribeVpcs "
	    "DescribeSubnets DescribeSecurityGroups iam:GetRole ListRoles "
	    "kms:DescribeKey ListAliases sns:CreateTopic DeleteTopic "
	    "ListSubscriptions ListSubscriptionsByTopic ListTopics Subscribe "
	    "Unsubscribe SetTopicAttributes lambda:CreateFunction ListFunctions "
	    "ListEventSourceMappings CreateEventSourceMapping "
	    "DeleteEventSourceMapping GetFunctionConfiguration DeleteFunction "
	    "resource-groups:ListGroups ListGroupResources GetGroup "
	    "GetGroupQuery DeleteGroup CreateGroup tag:GetResources "
	    "kinesis:ListStreams DescribeStream DescribeStreamSummary; "
	    "cloudwatch:GetInsightRuleReport "
	    "@arn:aws:cloudwatch:*:*:insight-rule/DynamoDBContributorInsights*; "
	    "iam:PassRole ?StringLike "
	    "iam:PassedToService=application-autoscaling.amazonaws.com,applicatio"
	    "n-autoscaling.amazonaws.com.cn,dax.amazonaws.com; "
	    "iam:CreateServiceLinkedRole ?StringEquals "
	    "iam:AWSServiceName=replication.dynamodb.amazonaws.com,dax.amazonaws."
	    "com,dynamodb.application-autoscaling.amazonaws.com,contributorinsigh"
	    "ts.dynamodb.amazonaws.com,kinesisreplication.dynamodb.amazonaws.com" },
	{ "AmazonDynamoDBFullAccess_v2", "/", "2025-05-22T14:52:06Z", "v3",
	    "dynamodb:* dax:*; kms:DescribeKey ListAliases; "
	    "lambda:ListEventSourceMappings ListFunctions; sns:ListTopics; "
	    "application-autoscaling:DeleteScalingPolicy "
	    "DeregisterScalableTarget PutScalingPolicy RegisterScalableTarget "
	    "?StringEquals application-autoscaling:service-namespace=dynamodb; "
	    "application-autoscaling:DescribeScalableTargets "
	    "DescribeScalingActivities DescribeScalingPolicies; "
	    "tag:GetResources; cloudwatch:DescribeAlarms GetMetricStatistics "
	    "GetMetricData; kinesis:ListStreams DescribeStream "
	    "DescribeStreamSummary; ec2:DescribeVpcs DescribeSubnets "
	    "DescribeSecurityGroups; cloudwatch:GetInsightRuleReport "
	    "@arn:aws:cloudwatch:*:*:insight-rule/DynamoDBContributorInsights*; "
	    "iam:CreateServiceLinkedRole ?StringEquals "
	    "iam:AWSServiceName=replication.dynamodb.amazonaws.com,dax.amazonaws."
	    "com,dynamodb.application-autoscaling.amazonaws.com,contributorinsigh"
	    "ts.dynamodb.amazonaws.com,kinesisreplication.dynamodb.amazonaws.com;"
	    " iam:ListRoles" },
	{ "AmazonDynamoDBReadOnlyAccess", "/", "2015-02-06T18:40:12Z", "v15",
	    "application-autoscaling:DescribeScalableTargets "
	    "DescribeScalingActivities DescribeScalingPolicies "
	    "cloudwatch:DescribeAlarmHistory DescribeAlarms "
	    "DescribeAlarmsForMetric GetMetricStatistics ListMetrics "
	    "GetMetricData datapipeline:DescribeObjects DescribePipelines "
	    "GetPipelineDefinition ListPipelines QueryObjects "
	    "dynamodb:BatchGetItem Describe* List* GetAbacStatus GetItem "
	    "GetResourcePolicy Query Scan PartiQLSelect dax:Describe* List* "
	    "GetItem BatchGetItem Query Scan ec2:DescribeVpcs DescribeSubnets "
	    "DescribeSecurityGroups iam:GetRole ListRoles kms:DescribeKey "
	    "ListAliases sns:ListSubscriptionsByTopic ListTopics "
	    "lambda:ListFunctions ListEventSourceMappings "
	    "GetFunctionConfiguration resource-groups:ListGroups "
	    "ListGroupResources GetGroup GetGroupQuery tag:GetResources "
	    "kinesis:ListStreams DescribeStream DescribeStreamSummary; "
	    "cloudwatch:GetInsightRuleReport "
	    "@arn:aws:cloudwatch:*:*:insight-rule/DynamoDBContributorInsights*" },
	{ "AmazonEC2ContainerRegistryFullAccess", "/", "2015-12-21T17:06:48Z", "v3",
	    "ecr:* cloudtrail:LookupEvents; iam:CreateServiceLinkedRole "
	    "?StringEquals iam:AWSServiceName=replication.ecr.amazonaws.com" },
	{ "AmazonEC2ContainerRegistryPowerUser", "/", "2015-12-21T17:05:33Z", "v3",
	    "ecr:GetAuthorizationToken BatchCheckLayerAvailability "
	    "GetDownloadUrlForLayer GetRepositoryPolicy DescribeRepositories "
	    "ListImages DescribeImages BatchGetImage GetLifecyclePolicy "
	    "GetLifecyclePolicyPreview ListTagsForResource "
	    "DescribeImageScanFindings InitiateLayerUpload UploadLayerPart "
	    "CompleteLayerUpload PutImage" },
	{ "AmazonEC2ContainerRegistryPullOnly", "/", "2024-10-04T16:58:49Z", "v1",
	    "ecr:GetAuthorizationToken BatchGetImage GetDownloadUrlForLayer "
	    "BatchImportUpstreamImage" },
	{ "AmazonEC2ContainerRegistryReadOnly", "/", "2015-12-21T17:04:15Z", "v3",
	    "ecr:GetAuthorizationToken BatchCheckLayerAvailability "
	    "GetDownloadUrlForLayer GetRepositoryPolicy DescribeRepositories "
	    "ListImages DescribeImages BatchGetImage GetLifecyclePolicy "
	    "GetLifecyclePolicyPreview ListTagsForResource "
	    "DescribeImageScanFindings" },
	{ "AmazonECS_FullAccess", "/", "2017-11-07T21:36:54Z", "v22",
	    "application-autoscaling:DeleteScalingPolicy "
	    "DeregisterScalableTarget DescribeScalableTargets "
	    "DescribeScalingActivities DescribeScalingPolicies PutScalingPolicy "
	    "RegisterScalableTarget appmesh:DescribeVirtualGateway "
	    "DescribeVirtualNode ListMeshes ListVirtualGateways ListVirtualNodes "
	    "autoscaling:CreateAutoScalingGroup CreateLaunchConfiguration "
	    "DeleteAutoScalingGroup DeleteLaunchConfiguration Describe* "
	    "UpdateAutoScalingGroup cloudformation:CreateStack DeleteStack "
	    "DescribeStack* UpdateStack cloudwatch:DeleteAlarms DescribeAlarms "
	    "GetMetricStatistics PutMetricAlarm "
	    "codedeploy:BatchGetApplicationRevisions BatchGetApplications "
	    "BatchGetDeploymentGroups BatchGetDeployments ContinueDeployment "
	    "CreateApplication CreateDeployment CreateDeploymentGroup "
	    "GetApplication GetApplicationRevision GetDeployment "
	    "GetDeploymentConfig GetDeploymentGroup GetDeploymentTarget "
	    "ListApplicationRevisions ListApplications ListDeploymentConfigs "
	    "ListDeploymentGroups ListDeployments ListDeploymentTargets "
	    "RegisterApplicationRevision StopDeployment ec2:AssociateRouteTable "
	    "AttachInternetGateway AuthorizeSecurityGroupIngress "
	    "CancelSpotFleetRequests CreateInternetGateway CreateLaunchTemplate "
	    "CreateRoute CreateRouteTable CreateSecurityGroup CreateSubnet "
	    "CreateVpc DeleteLaunchTemplate DeleteSubnet DeleteVpc Describe* "
	    "DetachInternetGateway DisassociateRouteTable ModifySubnetAttribute "
	    "ModifyVpcAttribute RequestSpotFleet RunInstances ecs:* "
	    "elasticfilesystem:DescribeAccessPoints DescribeFileSystems "
	    "elasticloadbalancing:CreateListener CreateLoadBalancer CreateRule "
	    "CreateTargetGroup DeleteListener DeleteLoadBalancer DeleteRule "
	    "DeleteTargetGroup DescribeListeners DescribeLoadBalancers "
	    "DescribeRules DescribeTargetGroups events:DeleteRule DescribeRule "
	    "ListRuleNamesByTarget ListTargetsByRule PutRule PutTargets "
	    "RemoveTargets fsx:DescribeFileSystems iam:ListAttachedRolePolicies "
	    "ListInstanceProfiles ListRoles lambda:ListFunctions "
	    "logs:CreateLogGroup DescribeLogGroups FilterLogEvents "
	    "route53:CreateHostedZone DeleteHostedZone GetHealthCheck "
	    "GetHostedZone ListHostedZonesByName "
	    "servicediscovery:CreatePrivateDnsNamespace CreateService "
	    "DeleteService GetNamespace GetOperation GetService ListNamespaces "
	    "ListServices UpdateService sns:ListTopics; ssm:GetParameter "
	    "GetParameters GetParametersByPath "
	    "@arn:aws:ssm:*:*:parameter/aws/service/ecs*; "
	    "ec2:DeleteInternetGateway DeleteRoute DeleteRouteTable "
	    "DeleteSecurityGroup ?StringLike "
	    "ec2:ResourceTag/aws:cloudformation:stack-name=EC2ContainerService-*;"
	    " iam:PassRole ?StringLike "
	    "iam:PassedToService=ecs-tasks.amazonaws.com; iam:PassRole "
	    "@arn:aws:iam::*:role/ecsInfrastructureRole ?StringEquals "
	    "iam:PassedToService=ecs.amazonaws.com; iam:PassRole "
	    "@arn:aws:iam::*:role/ecsInstanceRole* ?StringLike "
	    "iam:PassedToService=ec2.amazonaws.com,ec2.amazonaws.com.cn; "
	    "iam:PassRole @arn:aws:iam::*:role/ecsAutoscaleRole* ?StringLike "
	    "iam:PassedToService=application-autoscaling.amazonaws.com,applicatio"
	    "n-autoscaling.amazonaws.com.cn; iam:CreateServiceLinkedRole "
	    "?StringLike "
	    "iam:AWSServiceName=ecs.amazonaws.com,autoscaling.amazonaws.com,ecs.a"
	    "pplication-autoscaling.amazonaws.com,spot.amazonaws.com,spotfleet.am"
	    "azonaws.com; elasticloadbalancing:AddTags ?StringEquals "
	    "elasticloadbalancing:CreateAction=CreateTargetGroup,CreateRule,Creat"
	    "eListener,CreateLoadBalancer; cloudformation:TagResource "
	    "UntagResource ?StringEquals "
	    "cloudformation:CreateAction=CreateStack,UpdateStack" },
	{ "AmazonEKSBlockStoragePolicy", "/", "2024-10-30T20:18:13Z", "v1",
	    "ec2:AttachVolume DetachVolume ModifyVolume "
	    "EnableFastSnapshotRestores ?StringEquals "
	    "aws:ResourceTag/eks:eks-cluster-name=${aws:PrincipalTag/eks:eks-clus"
	    "ter-name}; ec2:CreateTags ?StringEquals "
	    "ec2:CreateAction=CreateVolume,CreateSnapshot; ec2:CreateVolume "
	    "@arn:aws:ec2:*:*:volume/* ?ForAllValues:StringLike "
	    "aws:TagKeys=eks:eks-cluster-name,CSIVolumeName,ebs.csi.eks.amazonaws"
	    ".com/cluster,kubernetes.io/cluster/*,kubernetes.io/created-for/*,Nam"
	    "e,KubernetesCluster ?StringEquals "
	    "aws:RequestTag/eks:eks-cluster-name=${aws:PrincipalTag/eks:eks-clust"
	    "er-name}; ec2:CreateVolume @arn:aws:ec2:*:*:snapshot/*; "
	    "ec2:CreateSnapshot @arn:aws:ec2:*:*:volume/*; ec2:CreateSnapshot "
	    "@arn:aws:ec2:*:*:snapshot/* ?ForAllValues:StringLike "
	    "aws:TagKeys=eks:eks-cluster-name,CSIVolumeSnapshotName,ebs.csi.eks.a"
	    "mazonaws.com/cluster,kubernetes.io/cluster/*,Name ?StringEquals "
	    "aws:RequestTag/eks:eks-cluster-name=${aws:PrincipalTag/eks:eks-clust"
	    "er-name}" },
	{ "AmazonEKSClusterPolicy", "/", "2018-05-27T21:06:14Z", "v10",
	    "autoscaling:DescribeAutoScalingGroups UpdateAutoScalingGroup "
	    "ec2:AttachVolume AuthorizeSecurityGroupIngress CreateRoute "
	    "CreateSecurityGroup CreateTags CreateVolume DeleteRoute "
	    "DeleteSecurityGroup DeleteVolume DescribeInstances "
	    "DescribeRouteTables DescribeSecurityGroups DescribeSubnets "
	    "DescribeVolumes DescribeVolumesModifications DescribeVpcs "
	    "DescribeDhcpOptions DescribeNetworkInterfaces "
	    "DescribeAvailabilityZones DetachVolume ModifyInstanceAttribute "
	    "ModifyVolume RevokeSecurityGroupIngress DescribeAccountAttributes "
	    "DescribeAddresses DescribeInternetGateways DescribeInstanceTopology "
	    "elasticloadbalancing:AddTags ApplySecurityGroupsToLoadBalancer "
	    "AttachLoadBalancerToSubnets ConfigureHealthCheck CreateListener "
	    "CreateLoadBalancer CreateLoadBalancerListeners "
	    "CreateLoadBalancerPolicy CreateTargetGroup DeleteListener "
	    "DeleteLoadBalancer DeleteLoadBalancerListeners DeleteTargetGroup "
	    "DeregisterInstancesFromLoadBalancer DeregisterTargets "
	    "DescribeListeners DescribeLoadBalancerAttributes "
	    "DescribeLoadBalancerPolicies DescribeLoadBalancers "
	    "DescribeTargetGroupAttributes DescribeTargetGroups "
	    "DescribeTargetHealth DetachLoadBalancerFromSubnets ModifyListener "
	    "ModifyLoadBalancerAttributes ModifyTargetGroup "
	    "ModifyTargetGroupAttributes RegisterInstancesWithLoadBalancer "
	    "RegisterTargets SetLoadBalancerPoliciesForBackendServer "
	    "SetLoadBalancerPoliciesOfListener kms:DescribeKey; "
	    "iam:CreateServiceLinkedRole ?StringEquals "
	    "iam:AWSServiceName=elasticloadbalancing.amazonaws.com; "
	    "ec2:DeleteNetworkInterface ?StringEquals "
	    "ec2:ResourceTag/eks:eni:owner=amazon-vpc-cni" },
	{ "AmazonEKSComputePolicy", "/", "2024-11-01T21:46:52Z", "v7",
	    "ec2:CreateFleet RunInstances @arn:aws:ec2:*:*:placement-group/* "
	    "@arn:aws:ec2:*:*:capacity-reservation/* @arn:aws:ec2:*::image/* "
	    "@arn:aws:ec2:*:*:security-group/* @arn:aws:ec2:*:*:subnet/*; "
	    "ec2:CreateFleet RunInstances @arn:aws:ec2:*:*:launch-template/* "
	    "?StringEquals "
	    "aws:ResourceTag/eks:eks-cluster-name=${aws:PrincipalTag/eks:eks-clus"
	    "ter-name}; ec2:CreateFleet RunInstances CreateLaunchTemplate "
	    "?ForAllValues:StringLike "
	    "aws:TagKeys=eks:eks-cluster-name,eks:kubernetes-node-class-name,eks:"
	    "kubernetes-node-pool-name,kubernetes.io/cluster/* ?StringEquals "
	    "aws:RequestTag/eks:eks-cluster-name=${aws:PrincipalTag/eks:eks-clust"
	    "er-name} ?StringLike "
	    "aws:RequestTag/eks:kubernetes-node-class-name=* "
	    "aws:RequestTag/eks:kubernetes-node-pool-name=*; ec2:CreateTags "
	    "?StringEquals "
	    "ec2:CreateAction=CreateFleet,RunInstances,CreateLaunchTemplate; "
	    "iam:AddRoleToInstanceProfile @arn:aws:iam::*:instance-profile/eks*; "
	    "iam:PassRole ?StringEquals "
	    "iam:PassedToService=ec2.amazonaws.com,ec2.amazonaws.com.cn; "
	    "iam:CreateServiceLinkedRole "
	    "@arn:aws:iam::*:role/aws-service-role/spot.amazonaws.com/AWSServiceR"
	    "oleForEC2Spot ?StringEquals iam:AWSServiceName=spot.amazonaws.com; "
	    "ec2:DescribeCapacityReservations" },
	{ "AmazonEKSFargatePodExecutionRolePolicy", "/", "2019-11-22T04:34:29Z", "v1",
	    "ecr:GetAuthorizationToken BatchCheckLayerAvailability "
	    "GetDownloadUrlForLayer BatchGetImage" },
	{ "AmazonEKSNetworkingPolicy", "/", "2024-10-28T22:34:33Z", "v3",
	    "ec2:CreateNetworkInterface ?ForAllValues:StringEquals "
	    "aws:TagKeys=eks:eks-cluster-name,eks:kubernetes-cni-node-name,sgp.ek"
	    "s.amazonaws.com/instance-id,sgp.eks.amazonaws.com/trunk-eni-id,sgp.e"
	    "ks.amazonaws.com/vlan-id,sgp.eks.amazonaws.com/managed,sgp.eks.amazo"
	    "naws.com/policy-ref ?StringEquals "
	    "aws:RequestTag/eks:eks-cluster-name=${aws:PrincipalTag/eks:eks-clust"
	    "er-name} ?StringLike aws:RequestTag/eks:kubernetes-cni-node-name=*; "
	    "ec2:CreateNetworkInterface @arn:aws:ec2:*:*:security-group/* "
	    "@arn:aws:ec2:*:*:subnet/*; ec2:CreateTags ?StringEquals "
	    "ec2:CreateAction=CreateNetworkInterface; ec2:AttachNetworkInterface "
	    "DetachNetworkInterface UnassignPrivateIpAddresses "
	    "UnassignIpv6Addresses AssignPrivateIpAddresses AssignIpv6Addresses "
	    "?StringEquals "
	    "aws:ResourceTag/eks:eks-cluster-name=${aws:PrincipalTag/eks:eks-clus"
	    "ter-name}; ec2:ModifyNetworkInterfaceAttribute "
	    "@arn:aws:ec2:*:*:network-interface/* @arn:aws:ec2:*:*:instance/* "
	    "?StringEquals "
	    "aws:ResourceTag/eks:eks-cluster-name=${aws:PrincipalTag/eks:eks-clus"
	    "ter-name}; ec2:AssociateTrunkInterface DisassociateTrunkInterface" },
	{ "AmazonEKSServicePolicy", "/", "2018-05-27T21:08:21Z", "v7",
	    "ec2:CreateNetworkInterface CreateNetworkInterfacePermission "
	    "DeleteNetworkInterface DescribeInstances DescribeNetworkInterfaces "
	    "DetachNetworkInterface DescribeSecurityGroups DescribeSubnets "
	    "DescribeVpcs ModifyNetworkInterfaceAttribute "
	    "iam:ListAttachedRolePolicies eks:UpdateClusterVersion "
	    "ec2:GetSecurityGroupsForVpc; ec2:CreateTags DeleteTags "
	    "@arn:aws:ec2:*:*:vpc/* @arn:aws:ec2:*:*:subnet/*; ec2:CreateTags "
	    "@arn:aws:ec2:*:*:network-interface/* ?StringLike "
	    "aws:RequestTag/Name=eks-cluster-*; "
	    "route53:AssociateVPCWithHostedZone; logs:CreateLogGroup; "
	    "logs:CreateLogStream DescribeLogStreams "
	    "@arn:aws:logs:*:*:log-group:/aws/eks/*:*; logs:PutLogEvents "
	    "@arn:aws:logs:*:*:log-group:/aws/eks/*:*:*; "
	    "iam:CreateServiceLinkedRole "
	    "@arn:aws:iam::*:role/aws-service-role/eks.amazonaws.com/AWSServiceRo"
	    "leForAmazonEKS ?StringLike iam:AWSServiceName=eks.amazonaws.com" },
	{ "AmazonEKSVPCResourceController", "/", "2020-08-12T00:55:34Z", "v1",
	    "ec2:CreateNetworkInterfacePermission ?ForAnyValue:StringEquals "
	    "ec2:ResourceTag/eks:eni:owner=eks-vpc-resource-controller; "
	    "ec2:CreateNetworkInterface DetachNetworkInterface "
	    "ModifyNetworkInterfaceAttribute DeleteNetworkInterface "
	    "AttachNetworkInterface UnassignPrivateIpAddresses "
	    "AssignPrivateIpAddresses" },
	{ "AmazonEKSWorkerNodeMinimalPolicy", "/", "2024-10-02T20:03:51Z", "v1",
	    "eks-auth:AssumeRoleForPodIdentity" },
	{ "AmazonEKSWorkerNodePolicy", "/", "2018-05-27T21:09:01Z", "v3",
	    "ec2:DescribeInstances DescribeInstanceTypes DescribeRouteTables "
	    "DescribeSecurityGroups DescribeSubnets DescribeVolumes "
	    "DescribeVolumesModifications DescribeVpcs eks:DescribeCluster "
	    "eks-auth:AssumeRoleForPodIdentity" },
	{ "AmazonEKS_CNI_Policy", "/", "2018-05-27T21:07:42Z", "v6",
	    "ec2:AssignPrivateIpAddresses AttachNetworkInterface "
	    "CreateNetworkInterface DeleteNetworkInterface DescribeInstances "
	    "DescribeTags DescribeNetworkInterfaces DescribeInstanceTypes "
	    "DescribeSubnets DescribeSecurityGroups DetachNetworkInterface "
	    "ModifyNetworkInterfaceAttribute UnassignPrivateIpAddresses; "
	    "ec2:CreateTags @arn:aws:ec2:*:*:network-interface/*" },
};
const size_t n_managed_services_a = COUNT(managed_services_a);
