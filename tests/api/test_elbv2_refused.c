/*
 * Elastic Load Balancing: what is refused, and to whom.
 */
#include <string.h>

#include "tests/api/elbv2_calls.h"

#define FORWARD "[{'Type':'forward','TargetGroupArn':'$tg'}]"

static const struct {
	const char *code, *op, *params;
} wrong[] = {
	{ "ValidationError", "CreateLoadBalancer", "{'Name':'x'}" },
	{ "ValidationError", "CreateLoadBalancer", "{'Name':'x','Subnets':['$a']}" },
	{ "ValidationError", "CreateLoadBalancer",
	    "{'Name':'-x','Subnets':['$a','$b']}" },
	{ "ValidationError", "CreateLoadBalancer",
	    "{'Name':'x_','Subnets':['$a','$b']}" },
	{ "ValidationError", "CreateLoadBalancer",
	    "{'Name':'internal-x','Subnets':['$a','$b']}" },
	{ "ValidationError", "CreateLoadBalancer",
	    "{'Name':'abcdefghijklmnopqrstuvwxyz0123456','Subnets':['$a','$b']}" },
	{ "SubnetNotFound", "CreateLoadBalancer",
	    "{'Name':'x','Subnets':['$a','subnet-0']}" },
	{ "InvalidConfigurationRequest", "CreateLoadBalancer",
	    "{'Name':'x','Subnets':['$a','$a']}" },
	{ "InvalidSecurityGroup", "CreateLoadBalancer",
	    "{'Name':'x','Subnets':['$a','$b'],'SecurityGroups':['sg-0']}" },
	{ "InvalidConfigurationRequest", "CreateLoadBalancer",
	    "{'Name':'x','Subnets':['$a'],'Type':'gateway'}" },
	{ "InvalidConfigurationRequest", "CreateLoadBalancer",
	    "{'Name':'x','Subnets':['$a','$b'],'IpAddressType':'dualstack'}" },
	{ "AllocationIdNotFound", "CreateLoadBalancer",
	    "{'Name':'x','Type':'network','SubnetMappings':[{'SubnetId':'$a',"
	    "'AllocationId':'eipalloc-0'}]}" },
	{ "ValidationError", "DescribeLoadBalancerAttributes",
	    "{'LoadBalancerArn':'x'}" },
	{ "ValidationError", "DescribeLoadBalancerAttributes",
	    "{'LoadBalancerArn':'$tg'}" },
	{ "InvalidConfigurationRequest", "ModifyLoadBalancerAttributes",
	    "{'LoadBalancerArn':'$lb','Attributes':[{'Key':'x','Value':'y'}]}" },
	{ "InvalidConfigurationRequest", "ModifyLoadBalancerAttributes",
	    "{'LoadBalancerArn':'$lb','Attributes':[{'Key':'idle_timeout.timeout_seconds',"
	    "'Value':'4001'}]}" },
	{ "InvalidConfigurationRequest", "ModifyLoadBalancerAttributes",
	    "{'LoadBalancerArn':'$lb','Attributes':[{'Key':'zonal_shift.config.enabled',"
	    "'Value':'true'}]}" },
	{ "InvalidConfigurationRequest", "ModifyTargetGroupAttributes",
	    "{'TargetGroupArn':'$tg','Attributes':[{'Key':'stickiness.type','Value':"
	    "'source_ip'}]}" },
	{ "InvalidConfigurationRequest", "ModifyTargetGroupAttributes",
	    "{'TargetGroupArn':'$tg','Attributes':[{'Key':'slow_start.duration_seconds',"
	    "'Value':'10'}]}" },
	{ "ValidationError", "CreateTargetGroup", "{'Name':'t','Protocol':'HTTP'}" },
	{ "InvalidConfigurationRequest", "CreateTargetGroup",
	    "{'Name':'t','TargetType':'lambda'}" },
	{ "InvalidConfigurationRequest", "CreateTargetGroup",
	    "{'Name':'t','Protocol':'UDP','Port':53,'VpcId':'$vpc'}" },
	{ "ValidationError", "CreateTargetGroup",
	    "{'Name':'t','Protocol':'HTTP','Port':80,'VpcId':'vpc-0'}" },
	{ "ValidationError", "CreateTargetGroup",
	    "{'Name':'t','Protocol':'HTTP','Port':80,'VpcId':'$vpc','Matcher':{'HttpCode':"
	    "'abc'}}" },
	{ "ValidationError", "CreateTargetGroup",
	    "{'Name':'t','Protocol':'HTTP','Port':80,'VpcId':'$vpc','HealthCheckPort':"
	    "'70000'}" },
	{ "ValidationError", "CreateTargetGroup",
	    "{'Name':'t','Protocol':'HTTP','Port':80,'VpcId':'$vpc',"
	    "'HealthCheckIntervalSeconds':5,'HealthCheckTimeoutSeconds':6}" },
	{ "InvalidTarget", "RegisterTargets",
	    "{'TargetGroupArn':'$tg','Targets':[{'Id':'i-0'}]}" },
	{ "DuplicateListener", "CreateListener",
	    "{'LoadBalancerArn':'$lb','Protocol':'HTTP','Port':80,'DefaultActions':" FORWARD
	    "}" },
	{ "ValidationError", "CreateListener",
	    "{'LoadBalancerArn':'$lb','Protocol':'TCP','Port':81,'DefaultActions':" FORWARD
	    "}" },
	{ "TargetGroupNotFound", "CreateListener",
	    "{'LoadBalancerArn':'$lb','Protocol':'HTTP','Port':81,'DefaultActions':[{"
	    "'Type':'forward','TargetGroupArn':'arn:aws:elasticloadbalancing:us-east-1:"
	    "000000000000:targetgroup/x/0'}]}" },
	{ "InvalidLoadBalancerAction", "CreateListener",
	    "{'LoadBalancerArn':'$lb','Protocol':'HTTP','Port':81,'DefaultActions':[{"
	    "'Type':'redirect','RedirectConfig':{'StatusCode':'HTTP_301'}}]}" },
	{ "InvalidLoadBalancerAction", "CreateListener",
	    "{'LoadBalancerArn':'$lb','Protocol':'HTTP','Port':81,'DefaultActions':[{"
	    "'Type':'authenticate-oidc'}]}" },
	{ "TooManyActions", "CreateListener",
	    "{'LoadBalancerArn':'$lb','Protocol':'HTTP','Port':81,'DefaultActions':[{"
	    "'Type':'forward','TargetGroupArn':'$tg'},{'Type':'forward',"
	    "'TargetGroupArn':'$tg'}]}" },
	{ "InvalidConfigurationRequest", "CreateListener",
	    "{'LoadBalancerArn':'$lb','Protocol':'HTTP','Port':81,'MutualAuthentication':"
	    "{'Mode':'verify'},'DefaultActions':" FORWARD "}" },
	{ "ValidationError", "CreateRule",
	    "{'ListenerArn':'$lis','Priority':1,'Conditions':[],'Actions':" FORWARD "}" },
	{ "ValidationError", "CreateRule",
	    "{'ListenerArn':'$lis','Priority':1,'Conditions':[{'Field':'x','Values':"
	    "['y']}],'Actions':" FORWARD "}" },
	{ "ValidationError", "CreateRule",
	    "{'ListenerArn':'$lis','Priority':1,'Conditions':[{'Field':'path-pattern',"
	    "'Values':['1','2','3','4','5','6']}],'Actions':" FORWARD "}" },
	{ "ValidationError", "CreateRule",
	    "{'ListenerArn':'$lis','Priority':1,'Conditions':[{'Field':'source-ip',"
	    "'SourceIpConfig':{'Values':['10.0.0.1']}}],'Actions':" FORWARD "}" },
	{ "ValidationError", "CreateRule",
	    "{'ListenerArn':'$lis','Priority':1,'Conditions':[{'Field':'http-header',"
	    "'HttpHeaderConfig':{'HttpHeaderName':'Host','Values':['x']}}],'Actions':" FORWARD
	    "}" },
	{ "ValidationError", "CreateRule",
	    "{'ListenerArn':'$lis','Priority':1,'Conditions':[{'Field':'path-pattern',"
	    "'RegexValues':['(']}],'Actions':" FORWARD "}" },
	{ "ValidationError", "CreateRule",
	    "{'ListenerArn':'$lis','Priority':1,'Conditions':[{'Field':"
	    "'http-request-method','RegexValues':['G']}],'Actions':" FORWARD "}" },
	{ "ValidationError", "DescribeListeners", "{}" },
	{ "ListenerNotFound", "DescribeRules",
	    "{'ListenerArn':'arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/"
	    "app/x/0/0'}" },
	{ "ValidationError", "AddTags", "{'ResourceArns':['x'],'Tags':[{'Key':'a'}]}" },
};

static void
what_is_wrong_is_refused(void **state)
{
	struct elbv2_world w = elbv2_web(*state);

	for (size_t i = 0; i < COUNT(wrong); i++)
		elbv2_no(&w, wrong[i].code, wrong[i].op, wrong[i].params);
}

static void
a_group_has_one_user_of_its_protocol(void **state)
{
	struct fixture *f = *state;
	struct elbv2_world w = elbv2_web(f);
	const json_t *v = elbv2_ok(&w, "CreateLoadBalancer",
	    "{'Name':'n','Type':'network','Subnets':['$a']}");

	w.lb = fixture_text(v, "LoadBalancers.0.LoadBalancerArn");
	elbv2_no(&w, "IncompatibleProtocols", "CreateListener",
	    "{'LoadBalancerArn':'$lb','Protocol':'TCP','Port':80,'DefaultActions':" FORWARD
	    "}");
	elbv2_no(&w, "UnsupportedProtocol", "CreateListener",
	    "{'LoadBalancerArn':'$lb','Protocol':'UDP','Port':80,'DefaultActions':" FORWARD
	    "}");
	v = elbv2_ok(&w, "CreateLoadBalancer", "{'Name':'o','Subnets':['$a','$b']}");
	w.lb = fixture_text(v, "LoadBalancers.0.LoadBalancerArn");
	elbv2_no(&w, "TargetGroupAssociationLimit", "CreateListener",
	    "{'LoadBalancerArn':'$lb','Protocol':'HTTP','Port':80,'DefaultActions':" FORWARD
	    "}");
}

/* Who may only what a policy says, of what has a tag, and of internal ones. */
static void
policies_ask_of_tags_and_schemes(void **state)
{
	struct fixture *f = *state;
	struct elbv2_world w = elbv2_web(f);
	struct principal ann = {
		.kind = PRINCIPAL_USER,
		.account = FIXTURE_ACCOUNT,
		.arn = "arn:aws:iam::" FIXTURE_ACCOUNT ":user/ann",
		.name = "ann",
		.user_id = "AIDAANN",
	};
	static const struct {
		const char *op, *params;
		int is_let;
	} rows[] = {
		{ "CreateLoadBalancer",
		    "{'Name':'x','Scheme':'internal','Subnets':['$a','$b']}", 1 },
		{ "CreateLoadBalancer", "{'Name':'y','Subnets':['$a','$b']}", 0 },
		{ "DescribeListenerAttributes", "{'ListenerArn':'$lis'}", 0 },
		{ "ModifyLoadBalancerAttributes",
		    "{'LoadBalancerArn':'$lb','Attributes':[]}", 1 },
		{ "ModifyTargetGroupAttributes",
		    "{'TargetGroupArn':'$tg','Attributes':[]}", 0 },
		{ "DescribeLoadBalancers", "{}", 0 },
	};

	elbv2_ok(&w, "AddTags",
	    "{'ResourceArns':['$lb'],'Tags':[{'Key':'team','Value':'red'}]}");
	fixture_ok(f, "iam", "CreateUser", "{\"UserName\": \"ann\"}");
	fixture_ok(f, "iam", "PutUserPolicy",
	    "{\"UserName\": \"ann\", \"PolicyName\": \"p\", \"PolicyDocument\":"
	    " \"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":["
	    "{\\\"Effect\\\":\\\"Allow\\\",\\\"Action\\\":"
	    "\\\"elasticloadbalancing:Create*\\\",\\\"Resource\\\":\\\"*\\\","
	    "\\\"Condition\\\":{\\\"StringEquals\\\":{"
	    "\\\"elasticloadbalancing:Scheme\\\":\\\"internal\\\"}}},"
	    "{\\\"Effect\\\":\\\"Allow\\\",\\\"Action\\\":"
	    "\\\"elasticloadbalancing:Modify*\\\",\\\"Resource\\\":\\\"*\\\","
	    "\\\"Condition\\\":{\\\"StringEquals\\\":{"
	    "\\\"elasticloadbalancing:ResourceTag/team\\\":\\\"red\\\"}}}]}\"}");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct call *c = fixture_call_as(f, &ann, "elbv2", rows[i].op, "%s",
		    elbv2_text(&w, rows[i].params));

		if ((c->err.kind == NULL) != rows[i].is_let)
			fail_msg("%s: %s", rows[i].op, c->err.msg);
		if (!rows[i].is_let)
			assert_string_equal(c->err.kind->code, "AccessDenied");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_wrong_is_refused,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(a_group_has_one_user_of_its_protocol,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(policies_ask_of_tags_and_schemes,
		    fixture_setup_standard, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
