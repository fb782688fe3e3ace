/*
 * How long it takes to decode a RunInstances request and to encode a DescribeInstances
 * reply of 100 instances, in microseconds: the best of several rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/wire/wire.h"
#include "models/tables.h"

enum { INSTANCES = 100, ROUNDS = 15, TIMES = 20 };

/* As DescribeInstances shows an instance of a default VPC; %d is its number. */
static const char instance[] =
    "{'AmiLaunchIndex':0,'ImageId':'ami-0123456789abcdef0','InstanceId':'i-0123456789abc%04d',"
    "'InstanceType':'t3.micro','KeyName':'key','LaunchTime':1767225600,"
    "'Monitoring':{'State':'disabled'},'Placement':{'AvailabilityZone':'us-east-1a',"
    "'AvailabilityZoneId':'use1-az1','GroupName':'','Tenancy':'default'},"
    "'PrivateDnsName':'ip-10-0-1-15.ec2.internal','PrivateIpAddress':'10.0.1.15','ProductCodes':[],"
    "'PublicDnsName':'ec2-198-18-0-5.compute-1.amazonaws.com','PublicIpAddress':'198.18.0.5',"
    "'State':{'Code':16,'Name':'running'},'StateTransitionReason':'','SubnetId':'subnet-0123456789abcdef0',"
    "'VpcId':'vpc-0123456789abcdef0','Architecture':'x86_64','BlockDeviceMappings':[{'DeviceName':'/dev/xvda',"
    "'Ebs':{'AttachTime':1767225600,'DeleteOnTermination':true,'Status':'attached',"
    "'VolumeId':'vol-0123456789abcdef0'}}],'ClientToken':'8b2f7a9e-3c1d-4a5e-9f60-718293a4b5c6',"
    "'EbsOptimized':false,'EnaSupport':true,'Hypervisor':'xen',"
    "'IamInstanceProfile':{'Arn':'arn:aws:iam::000000000000:instance-profile/web','Id':'AIPA0123456789ABCDEF'},"
    "'NetworkInterfaces':[{'Association':{'IpOwnerId':'amazon','PublicDnsName':"
    "'ec2-198-18-0-5.compute-1.amazonaws.com','PublicIp':'198.18.0.5'},"
    "'Attachment':{'AttachTime':1767225600,'AttachmentId':'eni-attach-0123456789abcdef0',"
    "'DeleteOnTermination':true,'DeviceIndex':0,'Status':'attached','NetworkCardIndex':0},"
    "'Description':'','Groups':[{'GroupId':'sg-0123456789abcdef0','GroupName':'default'}],'Ipv6Addresses':[],"
    "'MacAddress':'0a:58:0a:00:01:0f','NetworkInterfaceId':'eni-0123456789abcdef0','OwnerId':'000000000000',"
    "'PrivateDnsName':'ip-10-0-1-15.ec2.internal','PrivateIpAddress':'10.0.1.15',"
    "'PrivateIpAddresses':[{'Primary':true,'PrivateDnsName':'ip-10-0-1-15.ec2.internal',"
    "'PrivateIpAddress':'10.0.1.15'}],'SourceDestCheck':true,'Status':'in-use',"
    "'SubnetId':'subnet-0123456789abcdef0','VpcId':'vpc-0123456789abcdef0','InterfaceType':'interface'}],"
    "'RootDeviceName':'/dev/xvda','RootDeviceType':'ebs','SecurityGroups':[{'GroupName':'default',"
    "'GroupId':'sg-0123456789abcdef0'}],'SourceDestCheck':true,'Tags':[{'Key':'Name','Value':'web <1>'},"
    "{'Key':'env','Value':'test'}],'VirtualizationType':'hvm','CpuOptions':{'CoreCount':1,'ThreadsPerCore':2},"
    "'CapacityReservationSpecification':{'CapacityReservationPreference':'open'},"
    "'HibernationOptions':{'Configured':false},'MetadataOptions':{'State':'applied','HttpTokens':'optional',"
    "'HttpPutResponseHopLimit':1,'HttpEndpoint':'enabled','HttpProtocolIpv6':'disabled',"
    "'InstanceMetadataTags':'disabled'},'EnclaveOptions':{'Enabled':false},"
    "'PlatformDetails':'Linux/UNIX','UsageOperation':'RunInstances',"
    "'UsageOperationUpdateTime':1767225600,'PrivateDnsNameOptions':{'HostnameType':'ip-name',"
    "'EnableResourceNameDnsARecord':false,'EnableResourceNameDnsAAAARecord':false},"
    "'MaintenanceOptions':{'AutoRecovery':'default'},'CurrentInstanceBootMode':'legacy-bios'}";

static const char run_instances[] =
    "Action=RunInstances&Version=2016-11-15&ImageId=ami-0123456789abcdef0&InstanceType=t3.micro&KeyName=key"
    "&MinCount=1&MaxCount=1&SubnetId=subnet-0123456789abcdef0&SecurityGroupId.1=sg-0123456789abcdef0"
    "&UserData=IyEvYmluL3NoCg%3D%3D&IamInstanceProfile.Name=web&ClientToken=8b2f7a9e-3c1d-4a5e-9f60-718293a4b5c6"
    "&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=Name&TagSpecification.1.Tag.1.Value=web";

static json_t *
reservations(struct arena *a)
{
	json_t *list = json_new_array(), *doc = json_own(a, json_new_object());
	char text[sizeof(instance) + 16];

	for (int i = 0; i < INSTANCES; i++) {
		struct err err = { 0 };
		json_t *v, *r;

		snprintf(text, sizeof(text), instance, i);
		for (char *p = text; *p != '\0'; p++)
			*p = *p == '\'' ? '"' : *p;
		if (json_read(text, strlen(text), &v, &err) < 0) {
			fprintf(stderr, "%s\n", err.msg);
			exit(1);
		}
		r = json_add_object(list);
		json_set_str(r, "ReservationId", "r-0123456789abcdef0");
		json_set_str(r, "OwnerId", "000000000000");
		json_add(json_need_array(r, "Instances"), v);
	}
	json_set(doc, "Reservations", list);
	return doc;
}

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static size_t
encode(const struct model *m, const struct model_op *op, const json_t *out)
{
	struct arena *a = arena_new();
	static struct wire_reply reply;
	size_t len;

	reply.n_headers = 0;
	wire_encode(a, m, op, out, "8b2f7a9e-3c1d-4a5e-9f60-718293a4b5c6", &reply);
	len = reply.body->len;
	arena_free(a);
	return len;
}

static void
decode(const struct model *m, const struct model_op *op)
{
	static struct wire_request req = { .method = "POST",
		.path = "/",
		.query = "",
		.body = run_instances,
		.body_len = sizeof(run_instances) - 1 };
	struct arena *a = arena_new();
	struct err err = { 0 };
	json_t *doc;

	if (wire_decode(a, m, op, &req, &doc, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	arena_free(a);
}

int
main(void)
{
	const struct model *m = model_find("ec2");
	const struct model_op *describe = model_op_find(m, "DescribeInstances");
	const struct model_op *run = model_op_find(m, "RunInstances");
	struct arena *a = arena_new();
	json_t *out = reservations(a);
	double best_encode = 1e9, best_decode = 1e9, best_member = 1e9;
	uint16_t shape = model_shape_find(m, "Instance");
	volatile uint16_t sink;
	size_t len = 0;

	for (int i = 0; i < ROUNDS; i++) {
		double t = now_us();

		for (int j = 0; j < TIMES; j++)
			len = encode(m, describe, out);
		t = (now_us() - t) / TIMES;
		best_encode = t < best_encode ? t : best_encode;
		t = now_us();
		for (int j = 0; j < TIMES; j++)
			decode(m, run);
		t = (now_us() - t) / TIMES;
		best_decode = t < best_decode ? t : best_decode;
		t = now_us();
		for (int j = 0; j < 1000; j++)
			sink = model_member(m, shape, "PrivateIpAddress");
		t = now_us() - t;
		best_member = t < best_member ? t : best_member;
	}
	(void)sink;
	printf("DescribeInstances, %d instances, %zu bytes: encoded in %.0f us\n",
	    INSTANCES, len, best_encode);
	printf("RunInstances: decoded and validated in %.1f us\n", best_decode);
	printf("model_member: %.0f ns\n", best_member);
	arena_free(a);
	return 0;
}
