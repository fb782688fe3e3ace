"""The calls of Terraform's AWS provider: create, read, change, delete, and the waiting in between.

A kind of resource is a class with create(arguments) -> id, read(id) -> attributes or None,
update(id, old, new) where something can be changed in place, and delete(id).
"""
import base64
import hashlib
import time
import uuid

import botocore.exceptions

PROJECT = {"Project": "shapes"}


def until(what, fn, seconds=60.0, every=0.05):
    end = time.monotonic() + seconds
    while True:
        value = fn()
        if value:
            return value
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        time.sleep(every)


def code_of(error):
    return error.response["Error"]["Code"]


def find(fn, *missing):
    """What fn gives, or None when AWS says by one of the codes that it is not there."""
    try:
        return fn()
    except botocore.exceptions.ClientError as e:
        if code_of(e) in missing:
            return None
        raise


def tags_in(kind, tags):
    rows = [{"Key": k, "Value": v} for k, v in sorted({**PROJECT, **tags}.items())]
    return [{"ResourceType": kind, "Tags": rows}]


def tags_out(rows):
    """Without those of AWS's own."""
    return {t["Key"]: t["Value"] for t in rows or [] if not t["Key"].startswith("aws:")}


class Kind:
    def __init__(self, ec2, asg):
        self.ec2, self.asg = ec2, asg

    def retag(self, id_, old, new):
        gone = [{"Key": k} for k in old if k not in new]
        if gone:
            self.ec2.delete_tags(Resources=[id_], Tags=gone)
        if new != old:
            self.ec2.create_tags(Resources=[id_],
                                 Tags=[{"Key": k, "Value": v} for k, v in new.items()])

    def update(self, id_, old, new):
        raise NotImplementedError


class Vpc(Kind):
    def create(self, a):
        id_ = self.ec2.create_vpc(CidrBlock=a["cidr_block"], InstanceTenancy="default",
                                  AmazonProvidedIpv6CidrBlock=False,
                                  TagSpecifications=tags_in("vpc", a["tags"]))["Vpc"]["VpcId"]
        until("the VPC is available", lambda: self.find(id_)["State"] == "available")
        if a.get("enable_dns_hostnames"):
            self.ec2.modify_vpc_attribute(VpcId=id_, EnableDnsHostnames={"Value": True})
            until("names are on", lambda: self.attribute(id_, "enableDnsHostnames"))
        return id_

    def find(self, id_):
        return find(lambda: self.ec2.describe_vpcs(VpcIds=[id_])["Vpcs"][0],
                    "InvalidVpcID.NotFound")

    def attribute(self, id_, name):
        v = self.ec2.describe_vpc_attribute(VpcId=id_, Attribute=name)
        return v[name[0].upper() + name[1:]]["Value"]

    def part(self, operation, members, id_, *filters):
        found = getattr(self.ec2, operation)(Filters=[
            {"Name": n, "Values": [v]} for n, v in (*filters, ("vpc-id", id_))])
        rows = found[members[0]]
        assert len(rows) == 1, rows
        return rows[0][members[1]]

    def read(self, id_):
        v = self.find(id_)
        if v is None:
            return None
        return {
            "cidr_block": v["CidrBlock"], "instance_tenancy": v["InstanceTenancy"],
            "owner_id": v["OwnerId"], "dhcp_options_id": v["DhcpOptionsId"],
            "ipv6": [x for x in v.get("Ipv6CidrBlockAssociationSet", [])],
            "cidr_associations": [(x["CidrBlock"], x["CidrBlockState"]["State"])
                                  for x in v["CidrBlockAssociationSet"]],
            "enable_dns_support": self.attribute(id_, "enableDnsSupport"),
            "enable_dns_hostnames": self.attribute(id_, "enableDnsHostnames"),
            "enable_network_address_usage_metrics":
                self.attribute(id_, "enableNetworkAddressUsageMetrics"),
            "default_network_acl_id": self.part("describe_network_acls",
                ("NetworkAcls", "NetworkAclId"), id_, ("default", "true")),
            "main_route_table_id": self.part("describe_route_tables",
                ("RouteTables", "RouteTableId"), id_, ("association.main", "true")),
            "default_security_group_id": self.part("describe_security_groups",
                ("SecurityGroups", "GroupId"), id_, ("group-name", "default")),
            "tags": tags_out(v["Tags"]),
        }

    def update(self, id_, old, new):
        self.retag(id_, {**PROJECT, **old["tags"]}, {**PROJECT, **new["tags"]})

    def delete(self, id_):
        self.ec2.delete_vpc(VpcId=id_)
        until("the VPC is gone", lambda: self.find(id_) is None)


class InternetGateway(Kind):
    def create(self, a):
        id_ = self.ec2.create_internet_gateway(
            TagSpecifications=tags_in("internet-gateway", a["tags"])
        )["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=id_, VpcId=a["vpc_id"])
        until("the gateway is attached",
              lambda: self.find(id_)["Attachments"][0]["State"] == "available")
        return id_

    def find(self, id_):
        return find(lambda: self.ec2.describe_internet_gateways(
            InternetGatewayIds=[id_])["InternetGateways"][0], "InvalidInternetGatewayID.NotFound")

    def read(self, id_):
        v = self.find(id_)
        return v and {"vpc_id": v["Attachments"][0]["VpcId"] if v["Attachments"] else "",
                      "owner_id": v["OwnerId"], "tags": tags_out(v["Tags"])}

    def delete(self, id_):
        vpc = self.read(id_)["vpc_id"]
        self.ec2.detach_internet_gateway(InternetGatewayId=id_, VpcId=vpc)
        until("the gateway is detached", lambda: not self.find(id_)["Attachments"])
        self.ec2.delete_internet_gateway(InternetGatewayId=id_)


class Subnet(Kind):
    def create(self, a):
        id_ = self.ec2.create_subnet(
            VpcId=a["vpc_id"], CidrBlock=a["cidr_block"], AvailabilityZone=a["availability_zone"],
            TagSpecifications=tags_in("subnet", a["tags"]))["Subnet"]["SubnetId"]
        until("the subnet is available", lambda: self.find(id_)["State"] == "available")
        if a.get("map_public_ip_on_launch"):
            self.ec2.modify_subnet_attribute(SubnetId=id_, MapPublicIpOnLaunch={"Value": True})
            until("it maps", lambda: self.find(id_)["MapPublicIpOnLaunch"])
        return id_

    def find(self, id_):
        return find(lambda: self.ec2.describe_subnets(SubnetIds=[id_])["Subnets"][0],
                    "InvalidSubnetID.NotFound")

    def read(self, id_):
        v = self.find(id_)
        if v is None:
            return None
        on_launch = v["PrivateDnsNameOptionsOnLaunch"]
        return {
            "arn": v["SubnetArn"], "vpc_id": v["VpcId"], "cidr_block": v["CidrBlock"],
            "availability_zone": v["AvailabilityZone"],
            "availability_zone_id": v["AvailabilityZoneId"], "owner_id": v["OwnerId"],
            "assign_ipv6_address_on_creation": v["AssignIpv6AddressOnCreation"],
            "customer_owned_ipv4_pool": v.get("CustomerOwnedIpv4Pool", ""),
            "enable_dns64": v["EnableDns64"],
            "enable_lni_at_device_index": v.get("EnableLniAtDeviceIndex", 0),
            "ipv6": v.get("Ipv6CidrBlockAssociationSet", []), "ipv6_native": v["Ipv6Native"],
            "map_customer_owned_ip_on_launch": v["MapCustomerOwnedIpOnLaunch"],
            "map_public_ip_on_launch": v["MapPublicIpOnLaunch"],
            "outpost_arn": v.get("OutpostArn", ""),
            "private_dns_hostname_type_on_launch": on_launch["HostnameType"],
            "resource_name_a": on_launch["EnableResourceNameDnsARecord"],
            "resource_name_aaaa": on_launch["EnableResourceNameDnsAAAARecord"],
            "tags": tags_out(v["Tags"]),
        }

    def update(self, id_, old, new):
        self.retag(id_, {**PROJECT, **old["tags"]}, {**PROJECT, **new["tags"]})
        if old.get("map_public_ip_on_launch") != new.get("map_public_ip_on_launch"):
            self.ec2.modify_subnet_attribute(
                SubnetId=id_,
                MapPublicIpOnLaunch={"Value": bool(new.get("map_public_ip_on_launch"))})

    def delete(self, id_):
        def gone():
            try:
                self.ec2.delete_subnet(SubnetId=id_)
            except botocore.exceptions.ClientError as e:
                if code_of(e) == "DependencyViolation":
                    return False
                raise
            return True
        until("the subnet is free", gone)


class Eip(Kind):
    def create(self, a):
        v = self.ec2.allocate_address(Domain="vpc",
                                      TagSpecifications=tags_in("elastic-ip", a["tags"]))
        until("the address is there", lambda: self.find(v["AllocationId"]))
        return v["AllocationId"]

    def find(self, id_):
        return find(lambda: self.ec2.describe_addresses(AllocationIds=[id_])["Addresses"][0],
                    "InvalidAllocationID.NotFound")

    def read(self, id_):
        v = self.find(id_)
        if v is None:
            return None
        ptr = self.ec2.describe_addresses_attribute(AllocationIds=[id_], Attribute="domain-name")
        return {"domain": v["Domain"], "network_border_group": v["NetworkBorderGroup"],
                "public_ipv4_pool": v["PublicIpv4Pool"], "public_ip": v["PublicIp"],
                "carrier_ip": v.get("CarrierIp", ""), "instance": v.get("InstanceId", ""),
                "ptr_record": ptr["Addresses"][0].get("PtrRecord", "") if ptr["Addresses"] else "",
                "tags": tags_out(v["Tags"])}

    def delete(self, id_):
        self.ec2.release_address(AllocationId=id_)
        until("the address is gone", lambda: self.find(id_) is None)


class NatGateway(Kind):
    def create(self, a):
        id_ = self.ec2.create_nat_gateway(
            AllocationId=a["allocation_id"], SubnetId=a["subnet_id"], ConnectivityType="public",
            ClientToken=str(uuid.uuid4()), TagSpecifications=tags_in("natgateway", a["tags"])
        )["NatGateway"]["NatGatewayId"]
        until("the NAT gateway is available", lambda: self.find(id_)["State"] == "available")
        return id_

    def find(self, id_):
        v = find(lambda: self.ec2.describe_nat_gateways(NatGatewayIds=[id_])["NatGateways"][0],
                 "NatGatewayNotFound")
        return None if v is None or v["State"] == "deleted" else v

    def read(self, id_):
        v = self.find(id_)
        if v is None:
            return None
        first = v["NatGatewayAddresses"][0]
        return {"allocation_id": first["AllocationId"], "subnet_id": v["SubnetId"],
                "connectivity_type": v["ConnectivityType"], "addresses":
                len(v["NatGatewayAddresses"]), "is_primary": first["IsPrimary"],
                "association_id": first["AssociationId"], "private_ip": first["PrivateIp"],
                "public_ip": first["PublicIp"],
                "network_interface_id": first["NetworkInterfaceId"], "tags": tags_out(v["Tags"])}

    def delete(self, id_):
        self.ec2.delete_nat_gateway(NatGatewayId=id_)
        until("the NAT gateway is gone", lambda: self.find(id_) is None)


class RouteTable(Kind):
    def create(self, a):
        return self.ec2.create_route_table(
            VpcId=a["vpc_id"], ClientToken=str(uuid.uuid4()),
            TagSpecifications=tags_in("route-table", a["tags"]))["RouteTable"]["RouteTableId"]

    def find(self, id_):
        return find(lambda: self.ec2.describe_route_tables(RouteTableIds=[id_])["RouteTables"][0],
                    "InvalidRouteTableID.NotFound")

    def read(self, id_):
        v = self.find(id_)
        return v and {"vpc_id": v["VpcId"], "owner_id": v["OwnerId"],
                      "propagating_vgws": v["PropagatingVgws"],
                      "local": [r["DestinationCidrBlock"] for r in v["Routes"]
                                if r["Origin"] == "CreateRouteTable"],
                      "tags": tags_out(v["Tags"])}

    def delete(self, id_):
        self.ec2.delete_route_table(RouteTableId=id_)
        until("the table is gone", lambda: self.find(id_) is None)


class Route(Kind):
    TARGETS = {"gateway_id": "GatewayId", "nat_gateway_id": "NatGatewayId"}

    def create(self, a):
        table, to = a["route_table_id"], a["destination_cidr_block"]
        assert self.find(table, to) is None
        self.ec2.create_route(RouteTableId=table, DestinationCidrBlock=to,
                              **{wire: a[k] for k, wire in self.TARGETS.items() if k in a})
        until("the route is there", lambda: self.find(table, to))
        return f"{table} {to}"

    def find(self, table, to):
        v = find(lambda: self.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0],
                 "InvalidRouteTableID.NotFound")
        return next((r for r in v["Routes"] if r.get("DestinationCidrBlock") == to), None) \
            if v else None

    def read(self, id_):
        table, to = id_.split()
        v = self.find(table, to)
        return v and {"route_table_id": table, "destination_cidr_block": to,
                      **{k: v.get(wire, "") for k, wire in self.TARGETS.items()},
                      "origin": v["Origin"], "state": v["State"],
                      "others": sorted(set(v) - {"DestinationCidrBlock", "Origin", "State",
                                                 *self.TARGETS.values()})}

    def delete(self, id_):
        table, to = id_.split()
        self.ec2.delete_route(RouteTableId=table, DestinationCidrBlock=to)
        until("the route is gone", lambda: self.find(table, to) is None)


class Association(Kind):
    def create(self, a):
        id_ = self.ec2.associate_route_table(RouteTableId=a["route_table_id"],
                                             SubnetId=a["subnet_id"])["AssociationId"]
        until("it is associated",
              lambda: self.find(id_)["AssociationState"]["State"] == "associated")
        return id_

    def find(self, id_):
        tables = self.ec2.describe_route_tables(Filters=[
            {"Name": "association.route-table-association-id", "Values": [id_]}])["RouteTables"]
        return next((x for t in tables for x in t["Associations"]
                     if x["RouteTableAssociationId"] == id_), None)

    def read(self, id_):
        v = self.find(id_)
        return v and {"route_table_id": v["RouteTableId"], "subnet_id": v["SubnetId"],
                      "main": v["Main"], "gateway_id": v.get("GatewayId", "")}

    def delete(self, id_):
        self.ec2.disassociate_route_table(AssociationId=id_)
        until("it is disassociated", lambda: self.find(id_) is None)


class SecurityGroup(Kind):
    ALL = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}

    def create(self, a):
        id_ = self.ec2.create_security_group(
            GroupName=a["name"], Description=a.get("description", "Managed by Terraform"),
            VpcId=a["vpc_id"], TagSpecifications=tags_in("security-group", a["tags"]))["GroupId"]
        until("the group is there", lambda: self.find(id_))
        # AWS gives every group a way out; Terraform takes it away again.
        self.ec2.revoke_security_group_egress(GroupId=id_, IpPermissions=[self.ALL])
        for side in ("ingress", "egress"):
            if a.get(side):
                getattr(self.ec2, f"authorize_security_group_{side}")(GroupId=id_,
                                                                      IpPermissions=a[side])
        return id_

    def find(self, id_):
        return find(lambda: self.ec2.describe_security_groups(GroupIds=[id_])["SecurityGroups"][0],
                    "InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound")

    @staticmethod
    def plain(permissions):
        """Without empty lists, as configuration has them."""
        return [{k: v for k, v in p.items() if v != []} for p in permissions]

    def read(self, id_):
        v = self.find(id_)
        return v and {"name": v["GroupName"], "description": v["Description"],
                      "vpc_id": v["VpcId"], "owner_id": v["OwnerId"],
                      "arn": v["SecurityGroupArn"], "ingress": self.plain(v["IpPermissions"]),
                      "egress": self.plain(v["IpPermissionsEgress"]), "tags": tags_out(v["Tags"])}

    def delete(self, id_):
        def gone():
            try:
                self.ec2.delete_security_group(GroupId=id_)
            except botocore.exceptions.ClientError as e:
                if code_of(e) == "DependencyViolation":
                    return False
                raise
            return True
        until("the group is free", gone)
        until("the group is gone", lambda: self.find(id_) is None)


class IngressRule(Kind):
    def create(self, a):
        v = self.ec2.authorize_security_group_ingress(
            GroupId=a["security_group_id"], TagSpecifications=tags_in("security-group-rule",
                                                                      a["tags"]),
            IpPermissions=[{"IpProtocol": a["ip_protocol"], "FromPort": a["from_port"],
                            "ToPort": a["to_port"], "UserIdGroupPairs": [
                                {"GroupId": a["referenced_security_group_id"],
                                 "Description": a["description"]}]}])
        return v["SecurityGroupRules"][0]["SecurityGroupRuleId"]

    def read(self, id_):
        v = find(lambda: self.ec2.describe_security_group_rules(
            SecurityGroupRuleIds=[id_])["SecurityGroupRules"][0],
            "InvalidSecurityGroupRuleId.NotFound")
        return v and {
            "security_group_id": v["GroupId"], "is_egress": v["IsEgress"],
            "referenced_security_group_id": v["ReferencedGroupInfo"]["GroupId"],
            "description": v["Description"], "ip_protocol": v["IpProtocol"],
            "from_port": v["FromPort"], "to_port": v["ToPort"], "cidr_ipv4": v.get("CidrIpv4", ""),
            "cidr_ipv6": v.get("CidrIpv6", ""), "prefix_list_id": v.get("PrefixListId", ""),
            "tags": tags_out(v["Tags"])}

    def update(self, id_, old, new):
        self.ec2.modify_security_group_rules(
            GroupId=new["security_group_id"], SecurityGroupRules=[{
                "SecurityGroupRuleId": id_, "SecurityGroupRule": {
                    "IpProtocol": new["ip_protocol"], "FromPort": new["from_port"],
                    "ToPort": new["to_port"], "Description": new["description"],
                    "ReferencedGroupId": new["referenced_security_group_id"]}}])

    def delete(self, id_):
        group = self.read(id_)["security_group_id"]
        self.ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[id_])


class Instance(Kind):
    def create(self, a):
        v = self.ec2.run_instances(
            ImageId=a["ami"], InstanceType=a["instance_type"], SubnetId=a["subnet_id"],
            SecurityGroupIds=a["vpc_security_group_ids"], MinCount=1, MaxCount=1,
            UserData=a["user_data"], EbsOptimized=False, Monitoring={"Enabled": False},
            DisableApiStop=False, DisableApiTermination=False, ClientToken=str(uuid.uuid4()),
            MetadataOptions={"HttpEndpoint": "enabled", "HttpTokens": a["http_tokens"],
                             "HttpPutResponseHopLimit": a["http_put_response_hop_limit"]},
            TagSpecifications=tags_in("instance", a["tags"]) + tags_in("volume", {}))
        id_ = v["Instances"][0]["InstanceId"]
        until("the instance runs", lambda: self.find(id_)["State"]["Name"] == "running")
        return id_

    def find(self, id_):
        v = find(lambda: self.ec2.describe_instances(InstanceIds=[id_])["Reservations"],
                 "InvalidInstanceID.NotFound")
        return v[0]["Instances"][0] if v else None

    def attribute(self, id_, name, member):
        return self.ec2.describe_instance_attribute(InstanceId=id_, Attribute=name)[member].get(
            "Value")

    def read(self, id_):
        v = self.find(id_)
        if v is None or v["State"]["Name"] == "terminated":
            return None
        kind = self.ec2.describe_instance_types(InstanceTypes=[v["InstanceType"]])
        data = self.attribute(id_, "userData", "UserData") or ""
        options = v["MetadataOptions"]
        credits_ = self.ec2.describe_instance_credit_specifications(InstanceIds=[id_])
        volume = self.ec2.describe_volumes(Filters=[
            {"Name": "attachment.instance-id", "Values": [id_]}])["Volumes"]
        device = next(d for d in v["BlockDeviceMappings"] if d["DeviceName"] ==
                      v["RootDeviceName"])
        return {
            "ami": v["ImageId"], "instance_type": v["InstanceType"],
            "burstable": kind["InstanceTypes"][0]["BurstablePerformanceSupported"],
            "availability_zone": v["Placement"]["AvailabilityZone"],
            "tenancy": v["Placement"]["Tenancy"],
            "placement_group": v["Placement"].get("GroupName", ""),
            "subnet_id": v["SubnetId"], "source_dest_check": v["SourceDestCheck"],
            "vpc_security_group_ids": [g["GroupId"] for g in v["SecurityGroups"]],
            "associate_public_ip_address": "PublicIpAddress" in v,
            "private_dns": v["PrivateDnsName"], "ebs_optimized": v["EbsOptimized"],
            "monitoring": v["Monitoring"]["State"], "key_name": v.get("KeyName", ""),
            "iam_instance_profile": v.get("IamInstanceProfile", {}).get("Arn", ""),
            "hibernation": v["HibernationOptions"]["Configured"],
            "enclave": v["EnclaveOptions"]["Enabled"],
            "auto_recovery": v["MaintenanceOptions"]["AutoRecovery"],
            "hostname_type": v["PrivateDnsNameOptions"]["HostnameType"],
            "cpu_core_count": v["CpuOptions"]["CoreCount"],
            "cpu_threads_per_core": v["CpuOptions"]["ThreadsPerCore"],
            "capacity_reservation": v["CapacityReservationSpecification"][
                "CapacityReservationPreference"],
            "http_endpoint": options["HttpEndpoint"], "http_tokens": options["HttpTokens"],
            "http_put_response_hop_limit": options["HttpPutResponseHopLimit"],
            "http_protocol_ipv6": options["HttpProtocolIpv6"],
            "instance_metadata_tags": options["InstanceMetadataTags"],
            "disable_api_termination": self.attribute(id_, "disableApiTermination",
                                                      "DisableApiTermination"),
            "disable_api_stop": self.attribute(id_, "disableApiStop", "DisableApiStop"),
            "shutdown_behavior": self.attribute(id_, "instanceInitiatedShutdownBehavior",
                                                "InstanceInitiatedShutdownBehavior"),
            "user_data": hashlib.sha1(base64.b64decode(data)).hexdigest(),
            "cpu_credits": credits_["InstanceCreditSpecifications"][0]["CpuCredits"],
            "root_delete_on_termination": device["Ebs"]["DeleteOnTermination"],
            "root_volume": (volume[0]["VolumeId"] == device["Ebs"]["VolumeId"],
                            volume[0]["State"], volume[0]["Encrypted"]),
            "volume_tags": tags_out(volume[0].get("Tags")), "tags": tags_out(v["Tags"]),
        }

    def update(self, id_, old, new):
        if old["vpc_security_group_ids"] != new["vpc_security_group_ids"]:
            self.ec2.modify_instance_attribute(InstanceId=id_,
                                               Groups=new["vpc_security_group_ids"])
        if old["http_tokens"] != new["http_tokens"]:
            self.ec2.modify_instance_metadata_options(
                InstanceId=id_, HttpEndpoint="enabled", HttpTokens=new["http_tokens"],
                HttpPutResponseHopLimit=new["http_put_response_hop_limit"])
        self.retag(id_, {**PROJECT, **old["tags"]}, {**PROJECT, **new["tags"]})

    def delete(self, id_):
        self.ec2.modify_instance_attribute(InstanceId=id_, DisableApiTermination={"Value": False})
        self.ec2.terminate_instances(InstanceIds=[id_])
        until("the instance is terminated",
              lambda: self.find(id_)["State"]["Name"] == "terminated")


class LaunchTemplate(Kind):
    def create(self, a):
        return self.ec2.create_launch_template(
            LaunchTemplateName=a["name"], ClientToken=str(uuid.uuid4()), LaunchTemplateData=
            a["data"], TagSpecifications=tags_in("launch-template", {})
        )["LaunchTemplate"]["LaunchTemplateId"]

    def read(self, id_):
        v = find(lambda: self.ec2.describe_launch_templates(
            LaunchTemplateIds=[id_])["LaunchTemplates"][0], "InvalidLaunchTemplateId.NotFound")
        if v is None:
            return None
        latest = self.ec2.describe_launch_template_versions(
            LaunchTemplateId=id_, Versions=[str(v["LatestVersionNumber"])])
        row = latest["LaunchTemplateVersions"][0]
        return {"name": v["LaunchTemplateName"], "default_version": v["DefaultVersionNumber"],
                "latest_version": v["LatestVersionNumber"],
                "description": row.get("VersionDescription", ""),
                "data": row["LaunchTemplateData"], "tags": tags_out(v["Tags"])}

    def update(self, id_, old, new):
        v = self.ec2.create_launch_template_version(
            LaunchTemplateId=id_, LaunchTemplateData=new["data"], ClientToken=str(uuid.uuid4()))
        self.ec2.modify_launch_template(
            LaunchTemplateId=id_,
            DefaultVersion=str(v["LaunchTemplateVersion"]["VersionNumber"]))

    def delete(self, id_):
        self.ec2.delete_launch_template(LaunchTemplateId=id_)


class AutoScalingGroup(Kind):
    def tags(self, a):
        rows = [dict(t, ResourceId=a["name"], ResourceType="auto-scaling-group")
                for t in a["tags"]]
        return sorted(rows, key=lambda t: t["Key"])

    def create(self, a):
        self.asg.create_auto_scaling_group(
            AutoScalingGroupName=a["name"], MinSize=a["min_size"], MaxSize=a["max_size"],
            DesiredCapacity=a["desired_capacity"], NewInstancesProtectedFromScaleIn=False,
            VPCZoneIdentifier=",".join(a["vpc_zone_identifier"]),
            HealthCheckGracePeriod=a["health_check_grace_period"],
            LaunchTemplate=a["launch_template"], Tags=self.tags(a))
        self.wait(a["name"], a["desired_capacity"])
        return a["name"]

    def find(self, id_):
        found = self.asg.describe_auto_scaling_groups(AutoScalingGroupNames=[id_])
        return next(iter(found["AutoScalingGroups"]), None)

    def wait(self, id_, n):
        def healthy():
            good = [i for i in self.find(id_)["Instances"]
                    if (i["HealthStatus"], i["LifecycleState"]) == ("Healthy", "InService")]
            self.asg.describe_scaling_activities(AutoScalingGroupName=id_)
            return len(good) == n
        until(f"the group has {n} healthy instances", healthy)

    def read(self, id_):
        v = self.find(id_)
        if v is None:
            return None
        return {
            "min_size": v["MinSize"], "max_size": v["MaxSize"],
            "desired_capacity": v["DesiredCapacity"], "default_cooldown": v["DefaultCooldown"],
            "availability_zones": sorted(v["AvailabilityZones"]),
            "vpc_zone_identifier": sorted(v["VPCZoneIdentifier"].split(",")),
            "health_check_type": v["HealthCheckType"],
            "health_check_grace_period": v["HealthCheckGracePeriod"],
            "launch_template": v["LaunchTemplate"], "load_balancers": v["LoadBalancerNames"],
            "target_groups": v["TargetGroupARNs"], "traffic_sources": v.get("TrafficSources", []),
            "protect_from_scale_in": v["NewInstancesProtectedFromScaleIn"],
            "service_linked_role_arn": v["ServiceLinkedRoleARN"],
            "suspended": v["SuspendedProcesses"], "metrics": v["EnabledMetrics"],
            "termination_policies": v["TerminationPolicies"],
            "capacity_rebalance": v.get("CapacityRebalance", False),
            "max_instance_lifetime": v.get("MaxInstanceLifetime", 0),
            "placement_group": v.get("PlacementGroup", ""),
            "default_instance_warmup": v.get("DefaultInstanceWarmup", 0),
            "tags": sorted(v["Tags"], key=lambda t: t["Key"]),
        }

    def update(self, id_, old, new):
        self.asg.update_auto_scaling_group(
            AutoScalingGroupName=id_, MinSize=new["min_size"], MaxSize=new["max_size"],
            DesiredCapacity=new["desired_capacity"], LaunchTemplate=new["launch_template"])
        self.wait(id_, new["desired_capacity"])

    def delete(self, id_):
        self.asg.update_auto_scaling_group(AutoScalingGroupName=id_, MinSize=0, MaxSize=0,
                                           DesiredCapacity=0)
        until("the group is empty", lambda: not self.find(id_)["Instances"])
        self.asg.delete_auto_scaling_group(AutoScalingGroupName=id_, ForceDelete=True)
        until("the group is gone", lambda: self.find(id_) is None)


KINDS = {
    "aws_vpc": Vpc, "aws_internet_gateway": InternetGateway, "aws_subnet": Subnet,
    "aws_eip": Eip, "aws_nat_gateway": NatGateway, "aws_route_table": RouteTable,
    "aws_route": Route, "aws_route_table_association": Association,
    "aws_security_group": SecurityGroup, "aws_vpc_security_group_ingress_rule": IngressRule,
    "aws_instance": Instance, "aws_launch_template": LaunchTemplate,
    "aws_autoscaling_group": AutoScalingGroup,
}
