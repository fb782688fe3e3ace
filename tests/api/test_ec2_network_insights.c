/* EC2: paths, their analyses, and GET /_simfra/explain's evaluator on the same documents. */
#include <string.h>

#include "control/plane/explain.h"
#include "control/plane/plane.h"
#include "control/services/ec2/network/explain.h"
#include "tests/api/ec2_calls.h"

struct ends {
	struct ec2_world w;
	const char *web, *client, *from, *to; /* two groups, an interface in each */
};

static void
make_ends(struct fixture *f, struct ends *e)
{
	const char *name[2] = { "web", "client" }, *group[2], *eni[2];

	ec2_world(f, &e->w);
	for (size_t i = 0; i < COUNT(name); i++) {
		group[i] = ec2_text(ec2_ok(f, "CreateSecurityGroup",
					"{\"GroupName\": \"%s\", \"Description\": \"%s\","
					" \"VpcId\": \"%s\"}",
					name[i], name[i], e->w.vpc),
		    "GroupId");
		eni[i] = ec2_text(ec2_ok(f, "CreateNetworkInterface",
				      "{\"SubnetId\": \"%s\", \"Groups\": [\"%s\"]}",
				      e->w.subnet, group[i]),
		    "NetworkInterface.NetworkInterfaceId");
	}
	e->web = group[0];
	e->client = group[1];
	e->to = eni[0];
	e->from = eni[1];
}

static const char *
new_path(struct fixture *f, const struct ends *e)
{
	return ec2_text(
	    ec2_ok(f, "CreateNetworkInsightsPath",
		"{\"Source\": \"%s\", \"Destination\": \"%s\", \"Protocol\": \"tcp\","
		" \"DestinationPort\": 80, \"ClientToken\": \"x\"}",
		e->from, e->to),
	    "NetworkInsightsPath.NetworkInsightsPathId");
}

static json_t *
analyse(struct fixture *f, const char *path)
{
	static int n;
	json_t *v = ec2_ok(f, "StartNetworkInsightsAnalysis",
	    "{\"NetworkInsightsPathId\": \"%s\", \"ClientToken\": \"%d\"}", path, n++);
	const char *id = ec2_text(v, "NetworkInsightsAnalysis.NetworkInsightsAnalysisId");

	ec2_is(v, "NetworkInsightsAnalysis.Status", "running");
	return json_array_get(json_get(ec2_ok(f, "DescribeNetworkInsightsAnalyses",
					   "{\"NetworkInsightsAnalysisIds\": [\"%s\"]}",
					   id),
				  "NetworkInsightsAnalyses"),
	    0);
}

static void
an_instance_is_reached_once_its_group_says_so(void **state)
{
	struct fixture *f = *state;
	struct explain_query q = { .port = "80" };
	struct explained x;
	struct ends e;
	struct err err;
	const char *path;
	json_t *v;

	make_ends(f, &e);
	for (size_t i = 0; i < 2; i++) {
		v = ec2_ok(f, "RunInstances",
		    "{\"ImageId\": \"%s\", \"InstanceType\": \"t3.micro\", \"MinCount\": 1,"
		    " \"MaxCount\": 1, \"SubnetId\": \"%s\", \"SecurityGroupIds\": [\"%s\"]}",
		    e.w.image, e.w.subnet, i == 0 ? e.client : e.web);
		if (i == 0)
			q.from = ec2_text(v, "Instances.0.InstanceId");
		else
			q.to = ec2_text(v, "Instances.0.InstanceId");
	}
	e.from = q.from;
	e.to = q.to;
	path = new_path(f, &e);
	v = analyse(f, path);
	ec2_is(v, "Status", "succeeded");
	ec2_is(v, "NetworkPathFound", "false");
	ec2_is(v, "Explanations.0.ExplanationCode", "ENI_SG_RULES_MISMATCH");
	ec2_is(v, "Explanations.0.Direction", "ingress");
	ec2_is(v, "Explanations.0.SecurityGroups.0.Id", e.web);
	assert_null(json_get(v, "ForwardPathComponents"));
	ec2_ok(f, "AuthorizeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"IpPermissions\": [{\"IpProtocol\": \"tcp\", \"FromPort\":"
	    " 80, \"ToPort\": 80, \"UserIdGroupPairs\": [{\"GroupId\": \"%s\"}]}]}",
	    e.web, e.client);
	v = analyse(f, path);
	ec2_is(v, "NetworkPathFound", "true");
	ec2_is(v, "ForwardPathComponents.0.SecurityGroupRule.Direction", "egress");
	ec2_is(v, "ForwardPathComponents.1.SecurityGroupRule.SecurityGroupId", e.web);
	assert_true(json_array_size(json_get(v, "ReturnPathComponents")) > 0);
	assert_int_equal(explain(&f->env, f->arena, &q, &x, &err), 0);
	assert_true(x.decision.passes);
	fabric_free(x.fabric);
	q.protocol = "udp";
	assert_int_equal(explain(&f->env, f->arena, &q, &x, &err), 0);
	assert_false(x.decision.passes);
	v = explain_document(f->arena, &x);
	ec2_is(v, "refusal.id", e.web);
	ec2_is(v, "reachable", "false");
	assert_non_null(strstr(json_str_or(v, "advice", ""), "--protocol udp --port 80"));
	fabric_free(x.fabric);
}

/* GET /_simfra/explain with the query: its JSON, or NULL and the status. */
static json_t *
ask(struct fixture *f, const char *query, int *ret_status)
{
	struct plane plane = { .env = f->env };
	struct exchange x = { .plane = &plane, .arena = f->arena, .remote = "127.0.0.1" };
	struct err err;
	json_t *v = NULL;

	x.reply.body = buf_new(f->arena, 0);
	x.request = (struct wire_request){ .method = "GET",
		.path = "/_simfra/explain",
		.query = query };
	explain_answer(&x);
	*ret_status = x.reply.status;
	if (json_read_in(f->arena, buf_text(x.reply.body), x.reply.body->len, &v, &err) <
	    0)
		fail_msg("%s: %s", query, buf_text(x.reply.body));
	return v;
}

static void
the_door_explains(void **state)
{
	/* Behind "from=i-…". */
	static const char *const wrong[] = { "", "&to=i-0", "&to=internet&port=99999",
		"&to=internet&protocol=no", "&to=10.0.0.999" };
	struct fixture *f = *state;
	struct ends e;
	int status;
	json_t *v;

	make_ends(f, &e);
	v = ec2_ok(f, "RunInstances",
	    "{\"ImageId\": \"%s\", \"InstanceType\": \"t3.micro\", \"MinCount\": 1,"
	    " \"MaxCount\": 1, \"SubnetId\": \"%s\", \"SecurityGroupIds\": [\"%s\"]}",
	    e.w.image, e.w.subnet, e.web);
	v = ask(f,
	    arena_printf(f->arena, "from=%s&to=%s&port=80&protocol=tcp", e.from,
		ec2_text(v, "Instances.0.InstanceId")),
	    &status);
	assert_int_equal(status, 200);
	ec2_is(v, "reachable", "false");
	ec2_is(v, "refusal.kind", "security-groups");
	ec2_is(v, "refusal.id", e.web);
	ec2_is(v, "packet.destinationPort", "80");
	assert_true(json_array_size(json_get(v, "there")) > 0);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *query = arena_printf(f->arena, "from=%s%s", e.from, wrong[i]);

		v = ask(f, query, &status);
		if (status != 400)
			fail_msg("%s: %d", query, status);
		assert_non_null(json_str(v, "message"));
	}
}

static void
paths_and_analyses_are_kept_filtered_and_deleted(void **state)
{
	struct fixture *f = *state;
	struct ends e;
	const char *path, *id;
	json_t *v;

	make_ends(f, &e);
	path = new_path(f, &e);
	assert_string_equal(path, new_path(f, &e)); /* by the token */
	v = ec2_ok(f, "DescribeNetworkInsightsPaths",
	    "{\"Filters\": [{\"Name\": \"source\", \"Values\": [\"%s\"]}]}", e.from);
	ec2_is(v, "NetworkInsightsPaths.0.DestinationPort", "80");
	ec2_is(v, "NetworkInsightsPaths.0.Destination", e.to);
	ec2_is(v, "NetworkInsightsPaths.0.Protocol", "tcp");
	v = analyse(f, path);
	/* The interfaces are on nothing: records, at which nothing arrives. */
	ec2_is(v, "Explanations.0.ExplanationCode", "UNASSOCIATED_COMPONENT");
	id = ec2_text(v, "NetworkInsightsAnalysisId");
	v = ec2_ok(f, "DescribeNetworkInsightsAnalyses",
	    "{\"NetworkInsightsPathId\": \"%s\", \"Filters\": [{\"Name\": \"path-found\","
	    " \"Values\": [\"false\"]}]}",
	    path);
	ec2_is(v, "NetworkInsightsAnalyses.0.NetworkInsightsAnalysisId", id);
	ec2_no(f, "DependencyViolation", "DeleteNetworkInsightsPath",
	    "{\"NetworkInsightsPathId\": \"%s\"}", path);
	ec2_ok(f, "DeleteNetworkInsightsAnalysis",
	    "{\"NetworkInsightsAnalysisId\": \"%s\"}", id);
	ec2_no(f, "InvalidNetworkInsightsAnalysisId.NotFound",
	    "DeleteNetworkInsightsAnalysis", "{\"NetworkInsightsAnalysisId\": \"%s\"}",
	    id);
	ec2_ok(f, "DeleteNetworkInsightsPath", "{\"NetworkInsightsPathId\": \"%s\"}",
	    path);
	ec2_no(f, "InvalidNetworkInsightsPathId.NotFound", "StartNetworkInsightsAnalysis",
	    "{\"NetworkInsightsPathId\": \"%s\", \"ClientToken\": \"q\"}", path);
	ec2_no(f, "InvalidParameterValue", "CreateNetworkInsightsPath",
	    "{\"Source\": \"eni-0123456789abcdef0\", \"Destination\": \"%s\", \"Protocol\":"
	    " \"tcp\", \"ClientToken\": \"y\"}",
	    e.to);
	ec2_no(f, "InvalidParameterCombination", "CreateNetworkInsightsPath",
	    "{\"Source\": \"%s\", \"Destination\": \"%s\", \"Protocol\": \"tcp\", \"ClientToken\":"
	    " \"z\", \"DestinationPort\": 80, \"FilterAtSource\": {\"SourceAddress\":"
	    " \"10.0.1.4\"}}",
	    e.from, e.to);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(an_instance_is_reached_once_its_group_says_so),
		T(the_door_explains),
		T(paths_and_analyses_are_kept_filtered_and_deleted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
