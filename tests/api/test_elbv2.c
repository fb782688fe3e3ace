/*
 * Elastic Load Balancing: load balancers, target groups, listeners and rules: their lives, and what is refused.
 */
#include <string.h>

#include "base/enc.h"
#include "control/iam/ca.h"
#include "control/services/acm/acm.h"
#include "tests/api/elbv2_calls.h"

#define FORWARD "[{'Type':'forward','TargetGroupArn':'$tg'}]"

static size_t
count(const json_t *v, const char *list)
{
	return json_array_size(json_get(v, list));
}

static void
a_load_balancer_lives_and_goes(void **state)
{
	struct fixture *f = *state;
	struct elbv2_world w = elbv2_world(f);
	const json_t *v = elbv2_ok(&w, "CreateLoadBalancer",
	    "{'Name':'web','Subnets':['$a','$b'],'Tags':[{'Key':'k','Value':'v'}]}");

	w.lb = fixture_text(v, "LoadBalancers.0.LoadBalancerArn");
	assert_non_null(strstr(w.lb,
	    "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/web/"));
	fixture_is(v, "LoadBalancers.0.State.Code", "provisioning");
	fixture_is(v, "LoadBalancers.0.Scheme", "internet-facing");
	fixture_is(v, "LoadBalancers.0.CanonicalHostedZoneId", "Z35SXDOTRQ7X7K");
	fixture_is(v, "LoadBalancers.0.SecurityGroups.0", w.sg);
	fixture_is(v, "LoadBalancers.0.AvailabilityZones.1.SubnetId", w.b);
	assert_non_null(strstr(fixture_text(v, "LoadBalancers.0.DNSName"),
	    ".us-east-1.elb.amazonaws.com"));
	elbv2_settle(f);
	v = elbv2_ok(&w, "DescribeLoadBalancers", "{'Names':['web']}");
	fixture_is(v, "LoadBalancers.0.State.Code", "active");
	/* The same again is the same one; with other settings it is another. */
	v = elbv2_ok(&w, "CreateLoadBalancer", "{'Name':'web','Subnets':['$a','$b']}");
	fixture_is(v, "LoadBalancers.0.LoadBalancerArn", w.lb);
	elbv2_no(&w, "DuplicateLoadBalancerName", "CreateLoadBalancer",
	    "{'Name':'web','Subnets':['$a','$b'],'Scheme':'internal'}");
	/* An interface in each subnet, with a public address. */
	v = fixture_ok(f, "ec2", "DescribeNetworkInterfaces",
	    "{\"Filters\":[{\"Name\":\"requester-id\",\"Values\":[\"amazon-elb\"]}]}");
	assert_int_equal(count(v, "NetworkInterfaces"), 2);
	assert_non_null(fixture_text(v, "NetworkInterfaces.0.Association.PublicIp"));
	assert_non_null(
	    strstr(fixture_text(v, "NetworkInterfaces.0.Description"), "ELB app/web/"));
	elbv2_ok(&w, "ModifyLoadBalancerAttributes",
	    "{'LoadBalancerArn':'$lb','Attributes':[{'Key':'deletion_protection.enabled',"
	    "'Value':'true'}]}");
	elbv2_no(&w, "OperationNotPermitted", "DeleteLoadBalancer",
	    "{'LoadBalancerArn':'$lb'}");
	/* What Terraform says of what is not here. */
	elbv2_ok(&w, "ModifyLoadBalancerAttributes",
	    "{'LoadBalancerArn':'$lb','Attributes':[{'Key':'deletion_protection.enabled',"
	    "'Value':'false'},{'Key':'access_logs.s3.enabled','Value':'false'},{'Key':"
	    "'connection_logs.s3.enabled','Value':'false'},{'Key':"
	    "'health_check_logs.s3.enabled','Value':'false'},{'Key':"
	    "'zonal_shift.config.enabled','Value':'false'}]}");
	elbv2_ok(&w, "DeleteLoadBalancer", "{'LoadBalancerArn':'$lb'}");
	elbv2_no(&w, "LoadBalancerNotFound", "DescribeLoadBalancers",
	    "{'LoadBalancerArns':['$lb']}");
	elbv2_ok(&w, "DeleteLoadBalancer", "{'LoadBalancerArn':'$lb'}");
	elbv2_settle(f);
	v = fixture_ok(f, "ec2", "DescribeNetworkInterfaces",
	    "{\"Filters\":[{\"Name\":\"requester-id\",\"Values\":[\"amazon-elb\"]}]}");
	assert_int_equal(count(v, "NetworkInterfaces"), 0);
	elbv2_ok(&w, "CreateLoadBalancer", "{'Name':'web','Subnets':['$a','$b']}");
}

static void
network_load_balancers_have_addresses_of_the_users(void **state)
{
	struct fixture *f = *state;
	struct elbv2_world w = elbv2_world(f);
	const json_t *v = fixture_ok(f, "ec2", "AllocateAddress", "{}"), *interfaces;
	const char *id = fixture_text(v, "AllocationId");
	char text[256];

	snprintf(text, sizeof(text),
	    "{'Name':'n','Type':'network','SubnetMappings':[{'SubnetId':'$a',"
	    "'AllocationId':'%s'}]}",
	    id);
	v = elbv2_ok(&w, "CreateLoadBalancer", text);
	w.lb = fixture_text(v, "LoadBalancers.0.LoadBalancerArn");
	assert_non_null(strstr(w.lb, ":loadbalancer/net/n/"));
	assert_null(json_path(v, "LoadBalancers.0.SecurityGroups"));
	fixture_is(v,
	    "LoadBalancers.0.AvailabilityZones.0.LoadBalancerAddresses.0.AllocationId",
	    id);
	assert_non_null(strstr(fixture_text(v, "LoadBalancers.0.DNSName"),
	    ".elb.us-east-1.amazonaws.com"));
	snprintf(text, sizeof(text),
	    "{'Name':'m','Type':'network','SubnetMappings':[{'SubnetId':'$b',"
	    "'AllocationId':'%s'}]}",
	    id);
	elbv2_no(&w, "ResourceInUse", "CreateLoadBalancer", text);
	elbv2_no(&w, "InvalidConfigurationRequest", "SetSecurityGroups",
	    "{'LoadBalancerArn':'$lb','SecurityGroups':['$sg']}");
	v = elbv2_ok(&w, "SetSubnets", "{'LoadBalancerArn':'$lb','Subnets':['$a','$b']}");
	assert_int_equal(count(v, "AvailabilityZones"), 2);
	interfaces = fixture_ok(f, "ec2", "DescribeNetworkInterfaces",
	    "{\"Filters\":[{\"Name\":\"interface-type\",\"Values\":[\"network_load_balancer\"]}]}");
	assert_int_equal(count(interfaces, "NetworkInterfaces"), 2);
	elbv2_ok(&w, "DeleteLoadBalancer", "{'LoadBalancerArn':'$lb'}");
	elbv2_settle(f);
	v = fixture_ok(f, "ec2", "DescribeAddresses", "{}");
	assert_null(fixture_text(v, "Addresses.0.AssociationId"));
}

static void
places_can_be_changed(void **state)
{
	struct fixture *f = *state;
	struct elbv2_world w = elbv2_web(f);
	const json_t *v = fixture_ok(f, "ec2", "CreateSecurityGroup",
	    "{\"GroupName\":\"x\",\"Description\":\"x\",\"VpcId\":\"%s\"}", w.vpc);

	w.sg = fixture_text(v, "GroupId");
	v = elbv2_ok(&w, "SetSecurityGroups",
	    "{'LoadBalancerArn':'$lb','SecurityGroups':['$sg']}");
	fixture_is(v, "SecurityGroupIds.0", w.sg);
	v = fixture_ok(f, "ec2", "DescribeNetworkInterfaces",
	    "{\"Filters\":[{\"Name\":\"group-id\",\"Values\":[\"%s\"]}]}", w.sg);
	assert_int_equal(count(v, "NetworkInterfaces"), 2);
	v = elbv2_ok(&w, "SetIpAddressType",
	    "{'LoadBalancerArn':'$lb','IpAddressType':'ipv4'}");
	fixture_is(v, "IpAddressType", "ipv4");
	elbv2_no(&w, "InvalidConfigurationRequest", "SetIpAddressType",
	    "{'LoadBalancerArn':'$lb','IpAddressType':'dualstack'}");
	elbv2_no(&w, "InvalidConfigurationRequest", "SetSubnets",
	    "{'LoadBalancerArn':'$lb','Subnets':['$a','$a']}");
	v = elbv2_ok(&w, "SetSubnets", "{'LoadBalancerArn':'$lb','Subnets':['$b','$a']}");
	fixture_is(v, "AvailabilityZones.0.SubnetId", w.b);
	v = fixture_ok(f, "ec2", "DescribeNetworkInterfaces",
	    "{\"Filters\":[{\"Name\":\"group-id\",\"Values\":[\"%s\"]}]}", w.sg);
	assert_int_equal(count(v, "NetworkInterfaces"), 2);
}

static void
a_target_group_lives_and_goes(void **state)
{
	struct fixture *f = *state;
	struct elbv2_world w = elbv2_web(f);
	const json_t *v;

	v = elbv2_ok(&w, "DescribeTargetGroups", "{'LoadBalancerArn':'$lb'}");
	assert_int_equal(count(v, "TargetGroups"), 1);
	fixture_is(v, "TargetGroups.0.TargetGroupArn", w.tg);
	fixture_is(v, "TargetGroups.0.LoadBalancerArns.0", w.lb);
	fixture_is(v, "TargetGroups.0.HealthCheckPath", "/");
	fixture_is(v, "TargetGroups.0.Matcher.HttpCode", "200");
	fixture_is(v, "TargetGroups.0.ProtocolVersion", "HTTP1");
	v = elbv2_ok(&w, "CreateTargetGroup",
	    "{'Name':'shop','Protocol':'HTTP','Port':80,'VpcId':'$vpc'}");
	fixture_is(v, "TargetGroups.0.TargetGroupArn", w.tg);
	elbv2_no(&w, "DuplicateTargetGroupName", "CreateTargetGroup",
	    "{'Name':'shop','Protocol':'HTTP','Port':81,'VpcId':'$vpc'}");
	v = elbv2_ok(&w, "ModifyTargetGroup",
	    "{'TargetGroupArn':'$tg','HealthCheckPath':'/up','HealthCheckPort':'81',"
	    "'Matcher':{'HttpCode':'200-299,302'},'HealthCheckIntervalSeconds':10}");
	fixture_is(v, "TargetGroups.0.HealthCheckPath", "/up");
	fixture_is(v, "TargetGroups.0.Matcher.HttpCode", "200-299,302");
	elbv2_no(&w, "ResourceInUse", "DeleteTargetGroup", "{'TargetGroupArn':'$tg'}");
	v = elbv2_ok(&w, "ModifyTargetGroupAttributes",
	    "{'TargetGroupArn':'$tg','Attributes':[{'Key':'stickiness.enabled','Value':"
	    "'true'},{'Key':'deregistration_delay.timeout_seconds','Value':'5'}]}");
	assert_int_equal(count(v, "Attributes"), 14);
	elbv2_ok(&w, "DeleteListener", "{'ListenerArn':'$lis'}");
	elbv2_ok(&w, "DeleteTargetGroup", "{'TargetGroupArn':'$tg'}");
	elbv2_ok(&w, "DeleteTargetGroup", "{'TargetGroupArn':'$tg'}");
	elbv2_no(&w, "TargetGroupNotFound", "DescribeTargetGroups",
	    "{'TargetGroupArns':['$tg']}");
	v = elbv2_ok(&w, "CreateTargetGroup",
	    "{'Name':'tcp','Protocol':'TCP','Port':80,'VpcId':'$vpc','TargetType':'ip'}");
	fixture_is(v, "TargetGroups.0.HealthCheckProtocol", "TCP");
	assert_null(fixture_text(v, "TargetGroups.0.HealthCheckPath"));
}

static const char *
health(const struct elbv2_world *w, const char *what)
{
	return fixture_text(elbv2_ok(w, "DescribeTargetHealth",
				"{'TargetGroupArn':'$tg'}"),
	    what);
}

static void
targets_come_and_go(void **state)
{
	struct fixture *f = *state;
	struct elbv2_world w = elbv2_web(f);
	struct engine *engine = f->env.engine;
	const json_t *v;

	elbv2_instances(&w);
	f->env.engine = NULL;
	elbv2_ok(&w, "RegisterTargets",
	    "{'TargetGroupArn':'$tg','Targets':[{'Id':'$i'},{'Id':'$i','Port':81}]}");
	v = elbv2_ok(&w, "DescribeTargetHealth", "{'TargetGroupArn':'$tg'}");
	assert_int_equal(count(v, "TargetHealthDescriptions"), 2);
	fixture_is(v, "TargetHealthDescriptions.0.TargetHealth.State", "healthy");
	fixture_is(v, "TargetHealthDescriptions.1.HealthCheckPort", "81");
	v = elbv2_ok(&w, "DescribeTargetHealth",
	    "{'TargetGroupArn':'$tg','Targets':[{'Id':'i-0'}]}");
	fixture_is(v, "TargetHealthDescriptions.0.TargetHealth.Reason",
	    "Target.NotRegistered");
	elbv2_no(&w, "InvalidTarget", "DeregisterTargets",
	    "{'TargetGroupArn':'$tg','Targets':[{'Id':'i-0'}]}");
	elbv2_ok(&w, "DeregisterTargets",
	    "{'TargetGroupArn':'$tg','Targets':[{'Id':'$i','Port':81}]}");
	assert_string_equal(health(&w, "TargetHealthDescriptions.1.TargetHealth.State"),
	    "draining");
	elbv2_settle(f);
	assert_non_null(health(&w, "TargetHealthDescriptions.1.Target.Id"));
	f->now_ms += 301000;
	elbv2_settle(f);
	assert_null(health(&w, "TargetHealthDescriptions.1.Target.Id"));
	fixture_ok(f, "ec2", "StopInstances", "{\"InstanceIds\":[\"%s\"]}", w.i);
	elbv2_settle(f);
	assert_string_equal(health(&w, "TargetHealthDescriptions.0.TargetHealth.Reason"),
	    "Target.InvalidState");
	elbv2_ok(&w, "DeleteListener", "{'ListenerArn':'$lis'}");
	assert_string_equal(health(&w, "TargetHealthDescriptions.0.TargetHealth.Reason"),
	    "Target.NotInUse");
	/* Nothing is under way to it, so that it is gone at once. */
	elbv2_ok(&w, "DeregisterTargets",
	    "{'TargetGroupArn':'$tg','Targets':[{'Id':'$i'}]}");
	assert_null(health(&w, "TargetHealthDescriptions.0.Target.Id"));
	f->env.engine = engine;
}

static void
rules_have_an_order(void **state)
{
	struct fixture *f = *state;
	struct elbv2_world w = elbv2_web(f);
	const json_t *v = elbv2_ok(&w, "CreateRule",
	    "{'ListenerArn':'$lis','Priority':10,'Conditions':[{'Field':'path-pattern',"
	    "'Values':['/a/*']}],'Actions':" FORWARD
	    ",'Tags':[{'Key':'k','Value':'v'}]}");
	const char *first = fixture_text(v, "Rules.0.RuleArn");
	char text[1024];

	fixture_is(v, "Rules.0.Priority", "10");
	fixture_is(v, "Rules.0.Conditions.0.PathPatternConfig.Values.0", "/a/*");
	fixture_is(v, "Rules.0.Actions.0.ForwardConfig.TargetGroups.0.TargetGroupArn",
	    w.tg);
	elbv2_no(&w, "PriorityInUse", "CreateRule",
	    "{'ListenerArn':'$lis','Priority':10,'Conditions':[{'Field':'host-header',"
	    "'Values':['a.test']}],'Actions':" FORWARD "}");
	w.rule = fixture_text(elbv2_ok(&w, "CreateRule",
				  "{'ListenerArn':'$lis','Priority':5,'Conditions':[{"
				  "'Field':'host-header','Values':['a.test']}],'Actions':"
				  "[{'Type':'fixed-response','FixedResponseConfig':"
				  "{'StatusCode':'404'}}]}"),
	    "Rules.0.RuleArn");
	v = elbv2_ok(&w, "DescribeRules", "{'ListenerArn':'$lis'}");
	fixture_is(v, "Rules.0.RuleArn", w.rule);
	fixture_is(v, "Rules.1.RuleArn", first);
	fixture_is(v, "Rules.2.Priority", "default");
	elbv2_no(&w, "OperationNotPermitted", "DeleteRule",
	    arena_printf(f->arena, "{'RuleArn':'%s'}",
		fixture_text(v, "Rules.2.RuleArn")));
	elbv2_no(&w, "OperationNotPermitted", "ModifyRule",
	    arena_printf(f->arena, "{'RuleArn':'%s'}",
		fixture_text(v, "Rules.2.RuleArn")));
	/* They change places. */
	snprintf(text, sizeof(text),
	    "{'RulePriorities':[{'RuleArn':'%s','Priority':5},{'RuleArn':'$rule',"
	    "'Priority':10}]}",
	    first);
	elbv2_ok(&w, "SetRulePriorities", text);
	v = elbv2_ok(&w, "DescribeRules", "{'ListenerArn':'$lis'}");
	fixture_is(v, "Rules.0.RuleArn", first);
	elbv2_no(&w, "PriorityInUse", "SetRulePriorities",
	    "{'RulePriorities':[{'RuleArn':'$rule','Priority':5}]}");
	v = elbv2_ok(&w, "ModifyRule",
	    "{'RuleArn':'$rule','Actions':[{'Type':'redirect','RedirectConfig':"
	    "{'StatusCode':'HTTP_301','Port':'8080'}}]}");
	fixture_is(v, "Rules.0.Actions.0.RedirectConfig.Path", "/#{path}");
	fixture_is(v, "Rules.0.Conditions.0.Field", "host-header");
	elbv2_ok(&w, "DeleteRule", "{'RuleArn':'$rule'}");
	elbv2_no(&w, "RuleNotFound", "DeleteRule", "{'RuleArn':'$rule'}");
	/* The default action is the last rule's. */
	elbv2_ok(&w, "ModifyListener",
	    "{'ListenerArn':'$lis','Port':81,'DefaultActions':[{'Type':'fixed-response',"
	    "'FixedResponseConfig':{'StatusCode':'503','MessageBody':'no',"
	    "'ContentType':'text/plain'}}]}");
	v = elbv2_ok(&w, "DescribeRules", "{'ListenerArn':'$lis'}");
	fixture_is(v, "Rules.1.Actions.0.FixedResponseConfig.MessageBody", "no");
	v = elbv2_ok(&w, "DescribeListeners", "{'LoadBalancerArn':'$lb'}");
	assert_int_equal(json_int(json_array_get(json_get(v, "Listeners"), 0), "Port", 0),
	    81);
}

static const char *
certificate(struct fixture *f, const char *name)
{
	const char *pem, *key;

	assert_int_equal(acm_make_pair(f->arena, f->env.ca, name,
			     arena_printf(f->arena, "DNS:%s", name), f->now_ms, &pem,
			     &key, &(struct err){ 0 }),
	    0);
	return fixture_text(fixture_ok(f, "acm", "ImportCertificate",
				"{\"Certificate\":\"%s\",\"PrivateKey\":\"%s\"}",
				base64_encode(f->arena, pem, strlen(pem)),
				base64_encode(f->arena, key, strlen(key))),
	    "CertificateArn");
}

static void
secure_listeners_have_certificates(void **state)
{
	struct fixture *f = *state;
	struct elbv2_world w = elbv2_web(f);
	const char *one, *two, *text;
	struct err err;
	const json_t *v;

	f->env.ca = ca_open(f->env.store, f->now_ms, &err);
	one = certificate(f, "a.test");
	two = certificate(f, "b.test");
	elbv2_no(&w, "ValidationError", "CreateListener",
	    "{'LoadBalancerArn':'$lb','Protocol':'HTTPS','Port':443,'DefaultActions':" FORWARD
	    "}");
	elbv2_no(&w, "CertificateNotFound", "CreateListener",
	    "{'LoadBalancerArn':'$lb','Protocol':'HTTPS','Port':443,'Certificates':[{"
	    "'CertificateArn':'arn:aws:acm:us-east-1:000000000000:certificate/x'}],"
	    "'DefaultActions':" FORWARD "}");
	text = arena_printf(f->arena,
	    "{'LoadBalancerArn':'$lb','Protocol':'HTTPS','Port':443,'Certificates':[{"
	    "'CertificateArn':'%s'}],'DefaultActions':" FORWARD "}",
	    one);
	v = elbv2_ok(&w, "CreateListener", text);
	w.lis = fixture_text(v, "Listeners.0.ListenerArn");
	fixture_is(v, "Listeners.0.SslPolicy", "ELBSecurityPolicy-2016-08");
	fixture_is(v, "Listeners.0.Certificates.0.CertificateArn", one);
	text = arena_printf(f->arena,
	    "{'ListenerArn':'$lis','Certificates':[{'CertificateArn':'%s'}]}", two);
	elbv2_ok(&w, "AddListenerCertificates", text);
	elbv2_ok(&w, "AddListenerCertificates", text);
	v = elbv2_ok(&w, "DescribeListenerCertificates", "{'ListenerArn':'$lis'}");
	assert_int_equal(count(v, "Certificates"), 2);
	fixture_is(v, "Certificates.1.CertificateArn", two);
	elbv2_no(&w, "OperationNotPermitted", "RemoveListenerCertificates",
	    arena_printf(f->arena,
		"{'ListenerArn':'$lis','Certificates':[{'CertificateArn':'%s'}]}", one));
	/* The further one becomes the default one, and is there once. */
	elbv2_ok(&w, "ModifyListener", text);
	v = elbv2_ok(&w, "DescribeListenerCertificates", "{'ListenerArn':'$lis'}");
	assert_int_equal(count(v, "Certificates"), 1);
	fixture_is(v, "Certificates.0.CertificateArn", two);
	fixture_ok(f, "acm", "DeleteCertificate", "{\"CertificateArn\":\"%s\"}", one);
	fixture_fails(f, "ResourceInUseException", "acm", "DeleteCertificate",
	    "{\"CertificateArn\":\"%s\"}", two);
	fixture_is(fixture_ok(f, "acm", "DescribeCertificate",
		       "{\"CertificateArn\":\"%s\"}", two),
	    "Certificate.InUseBy.0", w.lb);
	elbv2_ok(&w, "ModifyListener",
	    "{'ListenerArn':'$lis','SslPolicy':"
	    "'ELBSecurityPolicy-TLS13-1-2-2021-06'}");
	elbv2_no(&w, "SSLPolicyNotFound", "ModifyListener",
	    "{'ListenerArn':'$lis','SslPolicy':'x'}");
	elbv2_no(&w, "InvalidLoadBalancerAction", "ModifyListener",
	    "{'ListenerArn':'$lis','DefaultActions':[{'Type':'redirect','RedirectConfig':"
	    "{'StatusCode':'HTTP_301','Protocol':'HTTP'}}]}");
	elbv2_ok(&w, "DeleteListener", "{'ListenerArn':'$lis'}");
	fixture_ok(f, "acm", "DeleteCertificate", "{\"CertificateArn\":\"%s\"}", two);
	ca_free(f->env.ca);
	f->env.ca = NULL;
}

static void
tags_limits_and_pages(void **state)
{
	struct fixture *f = *state;
	struct elbv2_world w = elbv2_web(f);
	const json_t *v;

	elbv2_ok(&w, "AddTags",
	    "{'ResourceArns':['$lb','$tg','$lis'],'Tags':[{'Key':'a','Value':'1'},"
	    "{'Key':'b','Value':'2'}]}");
	elbv2_ok(&w, "RemoveTags", "{'ResourceArns':['$tg'],'TagKeys':['a']}");
	v = elbv2_ok(&w, "DescribeTags", "{'ResourceArns':['$lb','$tg','$lis']}");
	assert_int_equal(count(v, "TagDescriptions"), 3);
	fixture_is(v, "TagDescriptions.0.Tags.0.Key", "a");
	fixture_is(v, "TagDescriptions.1.Tags.0.Key", "b");
	elbv2_no(&w, "DuplicateTagKeys", "AddTags",
	    "{'ResourceArns':['$lb'],'Tags':[{'Key':'a','Value':'1'},{'Key':'a'}]}");
	assert_int_equal(json_object_size(elbv2_ok(&w, "DescribeCapacityReservation",
			     "{'LoadBalancerArn':'$lb'}")),
	    0);
	elbv2_ok(&w, "ModifyCapacityReservation",
	    "{'LoadBalancerArn':'$lb','ResetCapacityReservation':true}");
	elbv2_no(&w, "InvalidConfigurationRequest", "ModifyCapacityReservation",
	    "{'LoadBalancerArn':'$lb','MinimumLoadBalancerCapacity':{'CapacityUnits':100}}");
	v = elbv2_ok(&w, "DescribeAccountLimits", "{'PageSize':5}");
	assert_int_equal(count(v, "Limits"), 5);
	fixture_is(v, "NextMarker", "5");
	v = elbv2_ok(&w, "DescribeAccountLimits", "{'Marker':'15'}");
	assert_int_equal(count(v, "Limits"), 2);
	assert_null(fixture_text(v, "NextMarker"));
	elbv2_no(&w, "ValidationError", "DescribeAccountLimits", "{'Marker':'x'}");
	v = elbv2_ok(&w, "DescribeSSLPolicies",
	    "{'Names':['ELBSecurityPolicy-TLS13-1-3-2021-06']}");
	fixture_is(v, "SslPolicies.0.SslProtocols.0", "TLSv1.3");
	assert_int_equal(count(json_array_get(json_get(v, "SslPolicies"), 0), "Ciphers"),
	    3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_load_balancer_lives_and_goes,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(
		    network_load_balancers_have_addresses_of_the_users,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(places_can_be_changed,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(a_target_group_lives_and_goes,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(targets_come_and_go,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(rules_have_an_order,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(secure_listeners_have_certificates,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(tags_limits_and_pages,
		    fixture_setup_standard, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
