/* EC2: traffic mirroring: filters, rules, targets, sessions. */
#include "tests/api/ec2_calls.h"

#include <string.h>

static const char *
filter(struct fixture *f)
{
	return ec2_text(ec2_ok(f, "CreateTrafficMirrorFilter",
			    "{\"Description\": \"d\"}"),
	    "TrafficMirrorFilter.TrafficMirrorFilterId");
}

static const char *
new_rule(struct fixture *f, const char *of, const char *number, const char *more)
{
	return ec2_text(
	    ec2_ok(f, "CreateTrafficMirrorFilterRule",
		"{\"TrafficMirrorFilterId\": \"%s\", \"TrafficDirection\": \"ingress\","
		" \"RuleNumber\": %s, \"RuleAction\": \"accept\", \"SourceCidrBlock\":"
		" \"10.0.0.0/8\", \"DestinationCidrBlock\": \"0.0.0.0/0\"%s}",
		of, number, more),
	    "TrafficMirrorFilterRule.TrafficMirrorFilterRuleId");
}

static void
filters_show_their_rules(void **state)
{
	struct fixture *f = *state;
	const char *id = filter(f), *rule;
	json_t *v;

	rule = new_rule(f, id, "1",
	    ", \"Protocol\": 6, \"DestinationPortRange\": {\"FromPort\": 80, \"ToPort\": 90}");
	v = ec2_ok(f, "DescribeTrafficMirrorFilters",
	    "{\"TrafficMirrorFilterIds\": [\"%s\"]}", id);
	ec2_is(v,
	    "TrafficMirrorFilters.0.IngressFilterRules.0.DestinationPortRange.ToPort",
	    "90");
	ec2_is(v, "TrafficMirrorFilters.0.Description", "d");
	ec2_no(f, "TrafficMirrorFilterRuleAlreadyExists", "CreateTrafficMirrorFilterRule",
	    "{\"TrafficMirrorFilterId\": \"%s\", \"TrafficDirection\": \"ingress\","
	    " \"RuleNumber\": 1, \"RuleAction\": \"accept\", \"SourceCidrBlock\":"
	    " \"10.0.0.0/8\", \"DestinationCidrBlock\": \"0.0.0.0/0\"}",
	    id);
	ec2_no(f, "InvalidParameterCombination", "ModifyTrafficMirrorFilterRule",
	    "{\"TrafficMirrorFilterRuleId\": \"%s\", \"Protocol\": 1}", rule);
	ec2_ok(f, "ModifyTrafficMirrorFilterRule",
	    "{\"TrafficMirrorFilterRuleId\": \"%s\", \"RuleAction\": \"reject\","
	    " \"RemoveFields\": [\"destination-port-range\", \"protocol\"]}",
	    rule);
	v = ec2_ok(f, "DescribeTrafficMirrorFilterRules",
	    "{\"TrafficMirrorFilterId\": \"%s\"}", id);
	ec2_is(v, "TrafficMirrorFilterRules.0.RuleAction", "reject");
	assert_null(fixture_text(v, "TrafficMirrorFilterRules.0.Protocol"));
	v = ec2_ok(f, "ModifyTrafficMirrorFilterNetworkServices",
	    "{\"TrafficMirrorFilterId\": \"%s\", \"AddNetworkServices\":"
	    " [\"amazon-dns\"]}",
	    id);
	ec2_is(v, "TrafficMirrorFilter.NetworkServices.0", "amazon-dns");
	ec2_ok(f, "DeleteTrafficMirrorFilterRule",
	    "{\"TrafficMirrorFilterRuleId\": \"%s\"}", rule);
	ec2_no(f, "InvalidTrafficMirrorFilterRuleId.NotFound",
	    "DeleteTrafficMirrorFilterRule", "{\"TrafficMirrorFilterRuleId\": \"%s\"}",
	    rule);
	new_rule(f, id, "2", "");
	ec2_ok(f, "DeleteTrafficMirrorFilter", "{\"TrafficMirrorFilterId\": \"%s\"}", id);
	ec2_counts(ec2_ok(f, "DescribeTrafficMirrorFilterRules", "{}"),
	    "TrafficMirrorFilterRules", 0);
}

static void
sessions_keep_filter_and_target(void **state)
{
	struct fixture *f = *state;
	const char *with = filter(f), *interface, *target, *id;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	ec2_launch(f, &w, "");
	interface = ec2_text(ec2_ok(f, "DescribeNetworkInterfaces", "{}"),
	    "NetworkInterfaces.0.NetworkInterfaceId");
	v = ec2_ok(f, "CreateTrafficMirrorTarget", "{\"NetworkInterfaceId\": \"%s\"}",
	    interface);
	ec2_is(v, "TrafficMirrorTarget.Type", "network-interface");
	ec2_is(v, "TrafficMirrorTarget.OwnerId", FIXTURE_ACCOUNT);
	target = ec2_text(v, "TrafficMirrorTarget.TrafficMirrorTargetId");
	v = ec2_ok(f, "CreateTrafficMirrorSession",
	    "{\"NetworkInterfaceId\": \"%s\", \"TrafficMirrorTargetId\": \"%s\","
	    " \"TrafficMirrorFilterId\": \"%s\", \"SessionNumber\": 1,"
	    " \"PacketLength\": 100}",
	    interface, target, with);
	id = ec2_text(v, "TrafficMirrorSession.TrafficMirrorSessionId");
	ec2_text(v, "TrafficMirrorSession.VirtualNetworkId");
	ec2_no(f, "TrafficMirrorSessionNumberInUse", "CreateTrafficMirrorSession",
	    "{\"NetworkInterfaceId\": \"%s\", \"TrafficMirrorTargetId\": \"%s\","
	    " \"TrafficMirrorFilterId\": \"%s\", \"SessionNumber\": 1}",
	    interface, target, with);
	ec2_no(f, "TrafficMirrorTargetInUse", "DeleteTrafficMirrorTarget",
	    "{\"TrafficMirrorTargetId\": \"%s\"}", target);
	ec2_no(f, "TrafficMirrorFilterInUse", "DeleteTrafficMirrorFilter",
	    "{\"TrafficMirrorFilterId\": \"%s\"}", with);
	ec2_no(f, "InvalidParameterValue", "ModifyTrafficMirrorSession",
	    "{\"TrafficMirrorSessionId\": \"%s\", \"PacketLength\": 8501}", id);
	ec2_ok(f, "ModifyTrafficMirrorSession",
	    "{\"TrafficMirrorSessionId\": \"%s\", \"SessionNumber\": 2,"
	    " \"VirtualNetworkId\": 7, \"RemoveFields\": [\"packet-length\"]}",
	    id);
	v = ec2_ok(f, "DescribeTrafficMirrorSessions",
	    "{\"Filters\": [{\"Name\": \"session-number\", \"Values\": [\"2\"]}]}");
	ec2_is(v, "TrafficMirrorSessions.0.VirtualNetworkId", "7");
	assert_null(fixture_text(v, "TrafficMirrorSessions.0.PacketLength"));
	ec2_ok(f, "DeleteTrafficMirrorSession", "{\"TrafficMirrorSessionId\": \"%s\"}",
	    id);
	ec2_ok(f, "DeleteTrafficMirrorTarget", "{\"TrafficMirrorTargetId\": \"%s\"}",
	    target);
	ec2_counts(ec2_ok(f, "DescribeTrafficMirrorTargets", "{}"),
	    "TrafficMirrorTargets", 0);
}

static void
wrong_input_is_refused(void **state)
{
	static const struct ec2_refusal refusals[] = {
		{ "CreateTrafficMirrorTarget", "{}", "InvalidParameterCombination",
		    NULL },
		{ "CreateTrafficMirrorTarget", "{\"NetworkLoadBalancerArn\": \"x\"}",
		    "InvalidParameterValue", NULL },
		{ "CreateTrafficMirrorTarget", "{\"NetworkInterfaceId\": \"eni-0\"}",
		    "InvalidNetworkInterfaceID.NotFound", NULL },
		{ "DeleteTrafficMirrorSession", "{\"TrafficMirrorSessionId\": \"tms-0\"}",
		    "InvalidTrafficMirrorSessionId.NotFound", NULL },
		{ "DeleteTrafficMirrorFilter", "{\"TrafficMirrorFilterId\": \"x\"}",
		    "InvalidTrafficMirrorFilterId.Malformed", NULL },
		{ "DescribeTrafficMirrorFilterRules",
		    "{\"TrafficMirrorFilterId\": \"tmf-0\"}",
		    "InvalidTrafficMirrorFilterId.NotFound", NULL },
	};

	ec2_refused(*state, refusals, COUNT(refusals));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
		T(filters_show_their_rules),
		T(sessions_keep_filter_and_target),
		T(wrong_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
