/*
 * The dispatcher: permission, rehearsals, tokens, conflicts, what is not implemented; with
 * EC2, and with a service of its own whose handlers do as the test wants.
 */
#include "tests/api/ec2_calls.h"

#include <pthread.h>
#include <string.h>

#include "control/api/count.h"
#include "control/api/dispatch.h"

/* A user of the account with this policy statement. */
static struct principal
user_who_may(struct fixture *f, const char *actions, const char *resource)
{
	struct principal who = {
		.kind = PRINCIPAL_USER,
		.account = FIXTURE_ACCOUNT,
		.arn = "arn:aws:iam::" FIXTURE_ACCOUNT ":user/ann",
		.name = "ann",
		.access_key = "AKIAANN",
	};
	json_t *v;

	/* Perhaps he is there already. */
	fixture_call(f, "iam", "CreateUser", "{\"UserName\": \"ann\"}");
	v = json_get(fixture_ok(f, "iam", "GetUser", "{\"UserName\": \"ann\"}"), "User");
	who.user_id = json_str(v, "UserId");
	fixture_ok(f, "iam", "PutUserPolicy",
	    "{\"UserName\": \"ann\", \"PolicyName\": \"p\", \"PolicyDocument\":"
	    " \"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":"
	    "\\\"Allow\\\",\\\"Action\\\":%s,\\\"Resource\\\":\\\"%s\\\"}]}\"}",
	    actions, resource);
	return who;
}

static int
may(struct fixture *f, const struct principal *who, const char *op, const char *params)
{
	struct call *c = fixture_call_as(f, who, "ec2", op, "%s", params);

	if (c->err.kind == NULL ||
	    strcmp(c->err.kind->code, "UnauthorizedOperation") != 0)
		return 1;
	assert_int_equal(c->err.kind->status, 403);
	assert_non_null(
	    strstr(c->err.msg, "You are not authorized to perform this operation."));
	return 0;
}

static void
permission_is_asked_for_each_resource(void **state)
{
	struct fixture *f = *state;
	struct arena *a = f->arena;
	struct principal ann;
	struct ec2_world w, other;
	const char *tag = "\"Tags\": [{\"Key\": \"k\", \"Value\": \"v\"}]";

	ec2_world(f, &w);
	ec2_world(f, &other);
	ann = user_who_may(f, "\\\"ec2:*\\\"",
	    arena_printf(a, "arn:aws:ec2:us-east-1:" FIXTURE_ACCOUNT ":vpc/%s", w.vpc));
	assert_true(
	    may(f, &ann, "DeleteVpc", arena_printf(a, "{\"VpcId\": \"%s\"}", w.vpc)));
	assert_false(
	    may(f, &ann, "DeleteVpc", arena_printf(a, "{\"VpcId\": \"%s\"}", other.vpc)));
	assert_true(may(f, &ann, "CreateTags",
	    arena_printf(a, "{\"Resources\": [\"%s\"], %s}", w.vpc, tag)));
	assert_false(may(f, &ann, "CreateTags",
	    arena_printf(a, "{\"Resources\": [\"%s\", \"%s\"], %s}", w.vpc, w.subnet,
		tag)));
	/* Lists are of everything, new things of any. */
	assert_false(may(f, &ann, "DescribeVpcs", "{}"));
	assert_false(may(f, &ann, "CreateVpc", "{\"CidrBlock\": \"10.0.0.0/16\"}"));
	/* A subnet needs leave for itself and for its VPC. */
	assert_false(may(f, &ann, "CreateSubnet",
	    arena_printf(a, "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.9.0/24\"}",
		w.vpc)));
	ann = user_who_may(f, "\\\"ec2:*\\\"",
	    "arn:aws:ec2:us-east-1:" FIXTURE_ACCOUNT ":*/*");
	assert_true(may(f, &ann, "CreateSubnet",
	    arena_printf(a, "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.9.0/24\"}",
		w.vpc)));
	/* A launch needs leave for the image too, whose ARN has no account. */
	assert_false(may(f, &ann, "RunInstances",
	    arena_printf(a,
		"{\"ImageId\": \"%s\", \"SubnetId\": \"%s\", \"InstanceType\": \"t3.micro\","
		" \"MinCount\": 1, \"MaxCount\": 1}",
		w.image, w.subnet)));
	ann = user_who_may(f, "[\\\"ec2:RunInstances\\\", \\\"ec2:Describe*\\\"]", "*");
	assert_true(may(f, &ann, "RunInstances",
	    arena_printf(a,
		"{\"ImageId\": \"%s\", \"SubnetId\": \"%s\", \"InstanceType\": \"t3.micro\","
		" \"MinCount\": 1, \"MaxCount\": 1}",
		w.image, w.subnet)));
	assert_true(may(f, &ann, "DescribeVpcs", "{}"));
	assert_false(may(f, &ann, "DeleteVpc", "{\"VpcId\": \"vpc-0\"}"));
}

static void
a_rehearsal_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct principal ann = user_who_may(f, "\\\"ec2:DescribeVpcs\\\"", "*");
	struct call *c = fixture_call(f, "ec2", "CreateVpc",
	    "{\"CidrBlock\": \"10.0.0.0/16\", \"DryRun\": true}");

	assert_string_equal(c->err.kind->code, "DryRunOperation");
	assert_int_equal(c->err.kind->status, 412);
	assert_string_equal(c->err.msg,
	    "Request would have succeeded, but DryRun flag is set.");
	ec2_counts(ec2_ok(f, "DescribeVpcs", "{}"), "Vpcs", 0);
	/* What would fail says so instead, and who may not hears that. */
	ec2_no(f, "InvalidVpc.Range", "CreateVpc",
	    "{\"CidrBlock\": \"10.0.0.0/8\", \"DryRun\": true}");
	assert_false(may(f, &ann, "CreateVpc",
	    "{\"CidrBlock\": \"10.0.0.0/16\", \"DryRun\": true}"));
}

static void
tokens_are_of_operation_and_region(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w, other;
	const char *one;

	ec2_world(f, &w);
	one = ec2_text(ec2_ok(f, "CreateRouteTable",
			   "{\"VpcId\": \"%s\", \"ClientToken\": \"t\"}", w.vpc),
	    "RouteTable.RouteTableId");
	ec2_is(ec2_ok(f, "CreateRouteTable",
		   "{\"ClientToken\": \"t\", \"VpcId\": \"%s\"}", w.vpc),
	    "RouteTable.RouteTableId", one);
	ec2_counts(ec2_ok(f, "DescribeRouteTables", "{}"), "RouteTables", 2);
	f->region = "eu-west-1";
	ec2_world(f, &other);
	assert_string_not_equal(
	    ec2_text(ec2_ok(f, "CreateRouteTable",
			 "{\"VpcId\": \"%s\", \"ClientToken\": \"t\"}", other.vpc),
		"RouteTable.RouteTableId"),
	    one);
}

static void
what_is_not_implemented_says_so(void **state)
{
	struct fixture *f = *state;
	struct call *c = fixture_call(f, "ec2", "CreateFpgaImage",
	    "{\"InputStorageLocation\": {\"Bucket\": \"b\"}}");

	assert_non_null(c->err.kind);
	assert_string_equal(c->err.kind->code, "NotImplemented");
	assert_int_equal(c->err.kind->status, 501);
	assert_string_equal(c->err.msg,
	    "The operation CreateFpgaImage of ec2 is not implemented.");
}

/* A service of the test's own */

static int n_runs, n_conflicts;

/* Somebody else writes what this has read, as often as n_conflicts says. */
static int
conflicting(struct call *c)
{
	struct store_txn *t = store_begin(c->env->store, c->arena);
	struct err err;
	json_t *doc;
	int rc = store_edit(c->txn, c->scope, "ec2:test", "x", &doc, &c->err);

	if (rc < 0)
		return -1;
	if (rc == 0)
		doc = json_own(c->arena, json_make("{s:i}", "n", 0));
	if (n_runs++ < n_conflicts) {
		json_t *theirs;

		if (store_edit(t, c->scope, "ec2:test", "x", &theirs, &err) == 0)
			theirs = json_own(c->arena, json_make("{s:i}", "n", 0));
		json_set_int(theirs, "n", json_int(theirs, "n", 0) + 10);
		store_put(t, c->scope, "ec2:test", "x", theirs);
		assert_int_equal(store_commit(t, &err), 1);
	}
	json_set_int(doc, "n", json_int(doc, "n", 0) + 1);
	store_put(c->txn, c->scope, "ec2:test", "x", doc);
	out_set(c, "Vpc", json_make("{s:I}", "n", json_int(doc, "n", 0)));
	return 0;
}

static int
failing(struct call *c)
{
	return err_set(&c->err, &err_internal, "the secret of /etc/shadow");
}

static const struct op own_ops[] = {
	OP("CreateVpc", conflicting, 0, "Conflict with somebody."),
	OP("DeleteVpc", failing, 0, "Fail."),
};
static const struct family own_family = FAMILY(own_ops, NULL);
static const struct family *const own_families[] = { &own_family, NULL };
static const struct service own_service = { .name = "ec2", .families = own_families };
static const struct service *const own_services[] = { &own_service };

static void
use_own_service(struct fixture *f, int conflicts)
{
	f->env.services = own_services;
	f->env.n_services = 1;
	n_runs = 0;
	n_conflicts = conflicts;
}

static void
a_conflict_runs_the_handler_again(void **state)
{
	struct fixture *f = *state;
	json_t *v;

	use_own_service(f, 2);
	v = ec2_ok(f, "CreateVpc", "{}");
	assert_int_equal(n_runs, 3);
	/* Both writes of the other are there, and one of ours. */
	assert_int_equal(json_int(json_get(v, "Vpc"), "n", 0), 21);
}

static void
endless_conflicts_end(void **state)
{
	struct fixture *f = *state;
	struct call *c;

	use_own_service(f, 1000);
	c = fixture_call(f, "ec2", "CreateVpc", "{}");
	assert_string_equal(c->err.kind->code, "ServiceUnavailable");
	assert_int_equal(c->err.kind->status, 503);
	assert_in_range(n_runs, 10, 100);
}

#define N_THREADS 4
#define N_TAGS	  10

struct tagger {
	struct fixture *f;
	const char *vpc;
	int number, failed;
};

static void *
tag_many(void *arg)
{
	struct tagger *t = arg;

	for (int i = 0; i < N_TAGS; i++) {
		struct arena *a = arena_new();
		struct call c = { .env = &t->f->env,
			.arena = a,
			.who = t->f->root,
			.region = "us-east-1",
			.source_ip = "127.0.0.1" };

		c.in = json_own(a,
		    json_make("{s:[s], s:[{s:o, s:s}]}", "Resources", t->vpc, "Tags",
			"Key", json_sprintf("k%d-%d", t->number, i), "Value", "v"));
		t->failed += dispatch_run(&c, "ec2", "CreateTags") < 0;
		arena_free(a);
	}
	return NULL;
}

static void
no_write_is_lost_between_threads(void **state)
{
	struct fixture *f = *state;
	struct tagger taggers[N_THREADS];
	pthread_t threads[N_THREADS];
	const char *vpc =
	    ec2_text(ec2_ok(f, "CreateVpc", "{\"CidrBlock\": \"10.0.0.0/16\"}"),
		"Vpc.VpcId");

	for (int i = 0; i < N_THREADS; i++) {
		taggers[i] = (struct tagger){ .f = f, .vpc = vpc, .number = i };
		pthread_create(&threads[i], NULL, tag_many, &taggers[i]);
	}
	for (int i = 0; i < N_THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(taggers[i].failed, 0);
	}
	ec2_counts(ec2_ok(f, "DescribeTags", "{}"), "Tags", (size_t)N_THREADS * N_TAGS);
}

/* As HTTP */

#define ZEROS	  "0000000000000000"
#define UNCHECKED ZEROS ZEROS ZEROS ZEROS
#define CREDENTIAL(region)                                          \
	"AWS4-HMAC-SHA256 Credential=123456789012/20260101/" region \
	"/ec2/aws4_request, SignedHeaders=host;x-amz-date, Signature=" UNCHECKED

static const char *
send(struct fixture *f, const char *authorization, const char *body,
    struct wire_reply *reply)
{
	static struct wire_request req;

	memset(&req, 0, sizeof(req));
	memset(reply, 0, sizeof(*reply));
	req.method = "POST";
	req.path = "/";
	req.query = "";
	req.body = body;
	req.body_len = strlen(body);
	req.headers[req.n_headers++] =
	    (struct wire_header){ "Host", "ec2.us-east-1.localhost" };
	req.headers[req.n_headers++] =
	    (struct wire_header){ "X-Amz-Date", "20260101T000000Z" };
	req.headers[req.n_headers++] =
	    (struct wire_header){ "Content-Type", "application/x-www-form-urlencoded" };
	if (authorization != NULL)
		req.headers[req.n_headers++] =
		    (struct wire_header){ "Authorization", authorization };
	reply->request = &req;
	reply->body = buf_new(f->arena, 0);
	dispatch_http(&f->env, f->arena, &req, "127.0.0.1", reply);
	return buf_text(reply->body);
}

static void
unsigned_and_odd_requests_are_refused(void **state)
{
	struct fixture *f = *state;
	struct wire_reply reply;
	const char *text;

	text = send(f, NULL, "Action=DescribeVpcs&Version=2016-11-15", &reply);
	assert_true(reply.status == 400 || reply.status == 401 || reply.status == 403);
	assert_non_null(strstr(text, "<RequestID>"));
	assert_null(strstr(text, "vpcSet"));
	text = send(f, "AWS4-HMAC-SHA256 nonsense",
	    "Action=DescribeVpcs&Version=2016-11-15", &reply);
	assert_true(reply.status >= 400 && reply.status < 500);
	assert_null(strstr(text, "vpcSet"));
	text = send(f, NULL, "Action=MakeVpc&Version=2016-11-15", &reply);
	assert_true(reply.status >= 400 && reply.status < 500);
	assert_non_null(strstr(text, "MakeVpc"));
}

static void
relaxed_keys_name_accounts(void **state)
{
	struct fixture *f = *state;
	struct wire_reply reply;
	const char *text;

	f->env.auth.strict = 0;
	text = send(f, CREDENTIAL("eu-west-1"),
	    "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16", &reply);
	if (reply.status != 200)
		fail_msg("%s", text);
	assert_non_null(strstr(text, "<ownerId>123456789012</ownerId>"));
	text = send(f, CREDENTIAL("mars-1"), "Action=DescribeVpcs&Version=2016-11-15",
	    &reply);
	assert_int_equal(reply.status, 403);
	assert_non_null(strstr(text, "Credential should be scoped to a valid region."));
}

static void
internal_failures_keep_their_secrets(void **state)
{
	struct fixture *f = *state;
	struct wire_reply reply;
	const char *text;

	f->env.auth.strict = 0;
	use_own_service(f, 0);
	text = send(f, CREDENTIAL("eu-west-1"),
	    "Action=DeleteVpc&Version=2016-11-15&VpcId=vpc-1", &reply);
	assert_int_equal(reply.status, 500);
	assert_null(strstr(text, "shadow"));
	assert_non_null(strstr(text, "request id "));
}

static void
calls_are_counted(void **state)
{
	struct fixture *f = *state;
	struct wire_reply reply;
	json_t *v;
	int64_t before;

	f->env.auth.strict = 0;
	v = json_path(count_coverage(f->arena, &f->env), "services.ec2");
	assert_true(json_int(v, "implemented", 0) >= 60);
	assert_true(json_int(v, "operations", 0) > 600);
	before = json_int(json_path(v, "called.DescribeRegions"), "ok", 0);
	send(f, CREDENTIAL("eu-west-1"), "Action=DescribeRegions&Version=2016-11-15",
	    &reply);
	assert_int_equal(reply.status, 200);
	v = json_path(count_coverage(f->arena, &f->env),
	    "services.ec2.called.DescribeRegions");
	assert_int_equal(json_int(v, "ok", 0), before + 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(permission_is_asked_for_each_resource),
		TEST(a_rehearsal_changes_nothing),
		TEST(tokens_are_of_operation_and_region),
		TEST(what_is_not_implemented_says_so),
		TEST(a_conflict_runs_the_handler_again),
		TEST(endless_conflicts_end),
		TEST(no_write_is_lost_between_threads),
		TEST(unsigned_and_odd_requests_are_refused),
		TEST(relaxed_keys_name_accounts),
		TEST(internal_failures_keep_their_secrets),
		TEST(calls_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
