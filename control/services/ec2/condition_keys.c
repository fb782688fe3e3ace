/*
 * EC2: what policies may ask of its resources (Service Authorization Reference, "Actions, resources, and
 * condition keys for Amazon EC2").
 *
 * Not emulated: ec2:Attribute, ec2:LaunchTemplate and ec2:IsLaunchTemplateResource.
 */
#include "control/services/ec2/condition_keys.h"

/* A member of the document, and of the input that makes one. */
#define OF(kind_, key_, path_, input_, def_)                             \
	{                                                                \
		.kind = "ec2:" kind_, .key = "ec2:" key_, .path = path_, \
		.input = input_, .def = def_                             \
	}
/* The same of an id, whose ARN is meant. */
#define ID(kind_, key_, path_, input_, type_)                            \
	{                                                                \
		.kind = "ec2:" kind_, .key = "ec2:" key_, .path = path_, \
		.input = input_, .type = type_                           \
	}
#define PLACED(kind_) \
	OF(kind_, "AvailabilityZone", "AvailabilityZone", "AvailabilityZone", NULL)
#define IN_VPC(kind_) ID(kind_, "Vpc", "VpcId", "VpcId", "vpc")

const struct condition_key ec2_condition_keys[] = {
	OF("address", "AllocationId", "AllocationId", NULL, NULL),
	OF("address", "Domain", "Domain", "Domain", "vpc"),
	OF("address", "PublicIpAddress", "PublicIp", "Address", NULL),
	PLACED("capacity-reservation"),
	OF("capacity-reservation", "InstanceType", "InstanceType", "InstanceType", NULL),
	OF("dhcp-options", "DhcpOptionsID", "DhcpOptionsId", NULL, NULL),
	OF("image", "ImageID", "ImageId", NULL, NULL),
	OF("image", "ImageType", "ImageType", NULL, "machine"),
	OF("image", "Owner", "ImageOwnerAlias", NULL, NULL),
	OF("image", "Owner", "OwnerId", NULL, NULL),
	OF("image", "Public", "Public", NULL, "false"),
	OF("image", "RootDeviceType", "RootDeviceType", NULL, "ebs"),
	OF("instance", "AvailabilityZone", "Placement.AvailabilityZone",
	    "Placement.AvailabilityZone", NULL),
	OF("instance", "EbsOptimized", "EbsOptimized", "EbsOptimized", "false"),
	OF("instance", "InstanceAutoRecovery", "MaintenanceOptions.AutoRecovery",
	    "MaintenanceOptions.AutoRecovery", "default"),
	OF("instance", "InstanceID", "InstanceId", NULL, NULL),
	OF("instance", "InstanceMarketType", "InstanceLifecycle",
	    "InstanceMarketOptions.MarketType", "on-demand"),
	ID("instance", "InstanceProfile", "IamInstanceProfile.Arn",
	    "IamInstanceProfile.Arn", NULL),
	OF("instance", "InstanceType", "InstanceType", "InstanceType", "m1.small"),
	OF("instance", "MetadataHttpEndpoint", "MetadataOptions.HttpEndpoint",
	    "MetadataOptions.HttpEndpoint", "enabled"),
	OF("instance", "MetadataHttpPutResponseHopLimit",
	    "MetadataOptions.HttpPutResponseHopLimit",
	    "MetadataOptions.HttpPutResponseHopLimit", NULL),
	OF("instance", "MetadataHttpTokens", "MetadataOptions.HttpTokens",
	    "MetadataOptions.HttpTokens", NULL),
	ID("instance", "PlacementGroup", "Placement.GroupName", "Placement.GroupName",
	    "placement-group"),
	OF("instance", "RootDeviceType", "RootDeviceType", NULL, "ebs"),
	OF("instance", "Tenancy", "Placement.Tenancy", "Placement.Tenancy", "default"),
	OF("internet-gateway", "InternetGatewayID", "InternetGatewayId", NULL, NULL),
	OF("key-pair", "KeyPairName", "KeyName", "KeyName", NULL),
	OF("key-pair", "KeyPairType", "KeyType", "KeyType", "rsa"),
	OF("network-acl", "NetworkAclID", "NetworkAclId", NULL, NULL),
	IN_VPC("network-acl"),
	PLACED("network-interface"),
	OF("network-interface", "AssociatePublicIpAddress", NULL,
	    "NetworkInterfaces.AssociatePublicIpAddress", NULL),
	OF("network-interface", "NetworkInterfaceID", "NetworkInterfaceId", NULL, NULL),
	ID("network-interface", "Subnet", "SubnetId", "SubnetId", "subnet"),
	ID("network-interface", "Subnet", NULL, "NetworkInterfaces.SubnetId", "subnet"),
	IN_VPC("network-interface"),
	OF("placement-group", "PlacementGroupName", "GroupName", "GroupName", NULL),
	OF("placement-group", "PlacementGroupStrategy", "Strategy", "Strategy",
	    "cluster"),
	OF("route-table", "RouteTableID", "RouteTableId", NULL, NULL),
	IN_VPC("route-table"),
	OF("security-group", "SecurityGroupID", "GroupId", NULL, NULL),
	IN_VPC("security-group"),
	OF("snapshot", "Encrypted", "Encrypted", NULL, NULL),
	OF("snapshot", "Owner", "OwnerId", NULL, NULL),
	ID("snapshot", "ParentVolume", "VolumeId", "VolumeId", "volume"),
	OF("snapshot", "SnapshotID", "SnapshotId", NULL, NULL),
	OF("snapshot", "SnapshotTime", "StartTime", NULL, NULL),
	OF("snapshot", "VolumeSize", "VolumeSize", NULL, NULL),
	PLACED("subnet"),
	OF("subnet", "SubnetID", "SubnetId", NULL, NULL),
	IN_VPC("subnet"),
	PLACED("volume"),
	OF("volume", "Encrypted", "Encrypted", "Encrypted", NULL),
	OF("volume", "Encrypted", NULL, "BlockDeviceMappings.Ebs.Encrypted", "false"),
	ID("volume", "ParentSnapshot", "SnapshotId", "SnapshotId", "snapshot"),
	ID("volume", "ParentSnapshot", NULL, "BlockDeviceMappings.Ebs.SnapshotId",
	    "snapshot"),
	OF("volume", "VolumeID", "VolumeId", NULL, NULL),
	OF("volume", "VolumeIops", "Iops", "Iops", NULL),
	OF("volume", "VolumeIops", NULL, "BlockDeviceMappings.Ebs.Iops", NULL),
	OF("volume", "VolumeSize", "Size", "Size", NULL),
	OF("volume", "VolumeSize", NULL, "BlockDeviceMappings.Ebs.VolumeSize", NULL),
	OF("volume", "VolumeThroughput", "Throughput", "Throughput", NULL),
	OF("volume", "VolumeThroughput", NULL, "BlockDeviceMappings.Ebs.Throughput",
	    NULL),
	OF("volume", "VolumeType", "VolumeType", "VolumeType", NULL),
	OF("volume", "VolumeType", NULL, "BlockDeviceMappings.Ebs.VolumeType", "gp2"),
	OF("vpc", "Tenancy", "InstanceTenancy", "InstanceTenancy", "default"),
	OF("vpc", "VpcID", "VpcId", NULL, NULL),
	OF("vpc-endpoint", "VpceServiceName", "ServiceName", "ServiceName", NULL),
	ID("vpc-peering-connection", "AccepterVpc", "AccepterVpcInfo.VpcId", "PeerVpcId",
	    "vpc"),
	ID("vpc-peering-connection", "RequesterVpc", "RequesterVpcInfo.VpcId", "VpcId",
	    "vpc"),
	OF("vpc-peering-connection", "VpcPeeringConnectionID", "VpcPeeringConnectionId",
	    NULL, NULL),
	{ .key = NULL },
};
