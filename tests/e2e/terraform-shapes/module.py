"""The resources of main.tf: their arguments, and all that must be read back.

An argument that is a Ref is another resource's id.  SET is any value but an empty one: AWS
chooses it.  ANY is what Terraform does not look at, since the module leaves it to others.
"""
import hashlib

from provider import PROJECT

ACCOUNT = "000000000000"
ZONES = ["us-east-1a", "us-east-1b", "us-east-1c"]
USER_DATA = "#!/bin/sh\ntrue\n"
EVERYWHERE = [{"CidrIp": "0.0.0.0/0"}]
OUT = {"IpProtocol": "-1", "IpRanges": EVERYWHERE}
HTTP = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80,
        "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "HTTP"}]}


class Ref(str):
    """The address of a resource, in place of its id."""


class _Set:
    def __eq__(self, other):
        return other not in ("", None)

    def __repr__(self):
        return "SET"


class _Any:
    def __eq__(self, other):
        return True

    def __repr__(self):
        return "ANY"


SET = _Set()
ANY = _Any()


def tags(**more):
    return {**PROJECT, **more}


def subnet(kind, i, third, public):
    arguments = {"vpc_id": Ref("aws_vpc.this"), "cidr_block": f"10.42.{third}.0/24",
                 "availability_zone": ZONES[i], "tags": {"Name": f"{kind}-{i}"}}
    if public:
        arguments["map_public_ip_on_launch"] = True
    return f"aws_subnet.{kind}{i}", arguments, {
        "arn": SET, "vpc_id": Ref("aws_vpc.this"), "cidr_block": f"10.42.{third}.0/24",
        "availability_zone": ZONES[i], "availability_zone_id": SET, "owner_id": ACCOUNT,
        "assign_ipv6_address_on_creation": False, "customer_owned_ipv4_pool": "",
        "enable_dns64": False, "enable_lni_at_device_index": 0, "ipv6": [], "ipv6_native": False,
        "map_customer_owned_ip_on_launch": False, "map_public_ip_on_launch": public,
        "outpost_arn": "", "private_dns_hostname_type_on_launch": "ip-name",
        "resource_name_a": False, "resource_name_aaaa": False, "tags": tags(Name=f"{kind}-{i}"),
    }


def table(name):
    return f"aws_route_table.{name}", {"vpc_id": Ref("aws_vpc.this"), "tags": {"Name": name}}, {
        "vpc_id": Ref("aws_vpc.this"), "owner_id": ACCOUNT, "propagating_vgws": [],
        "local": ["10.42.0.0/16"], "tags": tags(Name=name)}


def route(name, target, id_):
    arguments = {"route_table_id": Ref(f"aws_route_table.{name}"),
                 "destination_cidr_block": "0.0.0.0/0", target: id_}
    return f"aws_route.{name}", arguments, {
        "gateway_id": "", "nat_gateway_id": "", **arguments, "origin": "CreateRoute",
        "state": "active", "others": []}


def association(kind, i):
    arguments = {"subnet_id": Ref(f"aws_subnet.{kind}{i}"),
                 "route_table_id": Ref(f"aws_route_table.{kind}")}
    return f"aws_route_table_association.{kind}{i}", arguments, {
        **arguments, "main": False, "gateway_id": ""}


def group(name, more_tags, **arguments):
    # A group without rules of its own may have them as resources.
    sides = {side: arguments.get(side, ANY) for side in ("ingress", "egress")}
    return f"aws_security_group.{name}", {
        "name": name, "vpc_id": Ref("aws_vpc.this"), "tags": more_tags, **arguments}, {
        "name": name, "description": arguments.get("description", "Managed by Terraform"),
        "vpc_id": Ref("aws_vpc.this"), "owner_id": ACCOUNT, "arn": SET, **sides,
        "tags": tags(**more_tags)}


def rule(to_port=8081):
    arguments = {
        "security_group_id": Ref("aws_security_group.app"),
        "referenced_security_group_id": Ref("aws_security_group.web"),
        "description": "From the web servers", "from_port": 8080, "to_port": to_port,
        "ip_protocol": "tcp", "tags": {"Name": "app"}}
    return "aws_vpc_security_group_ingress_rule.app", arguments, {
        **arguments, "is_egress": False, "cidr_ipv4": "", "cidr_ipv6": "", "prefix_list_id": "",
        "tags": tags(Name="app")}


def instance(image, groups=("web",), **more_tags):
    ids = [Ref(f"aws_security_group.{g}") for g in groups]
    arguments = {
        "ami": image, "instance_type": "t3.micro", "subnet_id": Ref("aws_subnet.public1"),
        "vpc_security_group_ids": ids, "user_data": USER_DATA, "http_tokens": "required",
        "http_put_response_hop_limit": 2, "tags": {"Name": "web", **more_tags}}
    return "aws_instance.web", arguments, {
        **arguments, "burstable": True, "availability_zone": "us-east-1b", "tenancy": "default",
        "placement_group": "", "source_dest_check": True, "associate_public_ip_address": True,
        "private_dns": SET, "ebs_optimized": False, "monitoring": "disabled", "key_name": "",
        "iam_instance_profile": "", "hibernation": False, "enclave": False,
        "auto_recovery": "default", "hostname_type": "ip-name", "cpu_core_count": 1,
        "cpu_threads_per_core": 2, "capacity_reservation": "open", "http_endpoint": "enabled",
        "http_protocol_ipv6": "disabled", "instance_metadata_tags": "disabled",
        "disable_api_termination": False, "disable_api_stop": False, "shutdown_behavior": "stop",
        "user_data": hashlib.sha1(USER_DATA.encode()).hexdigest(), "cpu_credits": "unlimited",
        "root_delete_on_termination": True, "root_volume": (True, "in-use", False),
        "volume_tags": PROJECT, "tags": tags(Name="web", **more_tags)}


def template(image, version=1, monitored=True):
    data = {"ImageId": image, "InstanceType": "t3.micro",
            "SecurityGroupIds": [Ref("aws_security_group.app")],
            "Monitoring": {"Enabled": monitored},
            "TagSpecifications": [{"ResourceType": "instance",
                                   "Tags": [{"Key": "Role", "Value": "app"}]}]}
    return "aws_launch_template.app", {"name": "app", "data": data}, {
        "name": "app", "default_version": version, "latest_version": version, "description": "",
        "data": data, "tags": tags()}


def scaling(desired=2):
    zones = [Ref(f"aws_subnet.private{i}") for i in range(3)]
    source = {"LaunchTemplateId": Ref("aws_launch_template.app"), "Version": "$Latest"}
    rows = [{"Key": "Project", "Value": "shapes", "PropagateAtLaunch": True},
            {"Key": "Team", "Value": "blue", "PropagateAtLaunch": True}]
    return "aws_autoscaling_group.app", {
        "name": "app", "min_size": 1, "max_size": 3, "desired_capacity": desired,
        "vpc_zone_identifier": zones, "health_check_grace_period": 30, "launch_template": source,
        "tags": rows}, {
        "min_size": 1, "max_size": 3, "desired_capacity": desired, "default_cooldown": 300,
        "availability_zones": ZONES, "vpc_zone_identifier": zones, "health_check_type": "EC2",
        "health_check_grace_period": 30,
        "launch_template": {**source, "LaunchTemplateName": "app"}, "load_balancers": [],
        "target_groups": [], "traffic_sources": [], "protect_from_scale_in": False,
        "service_linked_role_arn": SET, "suspended": [], "metrics": [],
        "termination_policies": ["Default"], "capacity_rebalance": False,
        "max_instance_lifetime": 0, "placement_group": "", "default_instance_warmup": 0,
        "tags": [{**r, "ResourceId": "app", "ResourceType": "auto-scaling-group"} for r in rows]}


def resources(image):
    """In an order that Terraform could choose: (address, arguments, attributes)."""
    vpc = Ref("aws_vpc.this")
    return [
        ("aws_vpc.this", {"cidr_block": "10.42.0.0/16", "enable_dns_hostnames": True,
                          "tags": {"Name": "shapes"}}, {
            "cidr_block": "10.42.0.0/16", "instance_tenancy": "default", "owner_id": ACCOUNT,
            "dhcp_options_id": SET, "ipv6": [], "cidr_associations": [("10.42.0.0/16",
                                                                       "associated")],
            "enable_dns_support": True, "enable_dns_hostnames": True,
            "enable_network_address_usage_metrics": False, "default_network_acl_id": SET,
            "main_route_table_id": SET, "default_security_group_id": SET,
            "tags": tags(Name="shapes")}),
        ("aws_internet_gateway.this", {"vpc_id": vpc, "tags": {"Name": "shapes"}},
         {"vpc_id": vpc, "owner_id": ACCOUNT, "tags": tags(Name="shapes")}),
        *[subnet("public", i, i, True) for i in range(3)],
        *[subnet("private", i, 10 + i, False) for i in range(3)],
        ("aws_eip.nat", {"tags": {"Name": "nat"}},
         {"domain": "vpc", "network_border_group": "us-east-1", "public_ipv4_pool": "amazon",
          "public_ip": SET, "carrier_ip": "", "instance": "", "ptr_record": "",
          "tags": tags(Name="nat")}),
        ("aws_nat_gateway.this", {"allocation_id": Ref("aws_eip.nat"),
                                  "subnet_id": Ref("aws_subnet.public0"),
                                  "tags": {"Name": "nat"}},
         {"allocation_id": Ref("aws_eip.nat"), "subnet_id": Ref("aws_subnet.public0"),
          "connectivity_type": "public", "addresses": 1, "is_primary": True,
          "association_id": SET, "private_ip": SET, "public_ip": SET,
          "network_interface_id": SET, "tags": tags(Name="nat")}),
        table("public"),
        route("public", "gateway_id", Ref("aws_internet_gateway.this")),
        table("private"),
        route("private", "nat_gateway_id", Ref("aws_nat_gateway.this")),
        *[association(k, i) for k in ("public", "private") for i in range(3)],
        group("web", {"Name": "web"}, description="Web servers", ingress=[HTTP], egress=[OUT]),
        group("app", {}),
        rule(),
        instance(image),
        template(image),
        scaling(),
    ]
