/*
 * What policies may ask of a call: of the resource that it names or makes, and of the tags it
 * brings.  Each row is a policy, a call, and whether it is let.
 */
#include "tests/api/ec2_calls.h"

#include <string.h>

static const struct row {
	const char *actions, *condition; /* of the one statement that allows */
	const char *op, *params;	 /* $vpc, $subnet, $image, $red, $blue: ids */
	int is_let;
} rows[] = {
	/* Of what there is: red and blue are volumes with a tag "team". */
	{ "ec2:DeleteVolume", "'StringEquals':{'aws:ResourceTag/team':'red'}",
	    "DeleteVolume", "'VolumeId':'$red'", 1 },
	{ "ec2:DeleteVolume", "'StringEquals':{'aws:ResourceTag/team':'red'}",
	    "DeleteVolume", "'VolumeId':'$blue'", 0 },
	{ "ec2:DeleteVolume", "'StringEquals':{'ec2:ResourceTag/team':'red'}",
	    "DeleteVolume", "'VolumeId':'$red'", 1 },
	{ "ec2:DeleteVolume", "'StringEquals':{'ec2:ResourceTag/team':'red'}",
	    "DeleteVolume", "'VolumeId':'$blue'", 0 },
	{ "ec2:DeleteVolume", "'StringEquals':{'ec2:VolumeType':'gp3'}", "DeleteVolume",
	    "'VolumeId':'$red'", 1 },
	{ "ec2:DeleteVolume", "'NumericLessThan':{'ec2:VolumeSize':'10'}", "DeleteVolume",
	    "'VolumeId':'$red'", 1 },
	{ "ec2:DeleteVolume", "'NumericLessThan':{'ec2:VolumeSize':'10'}", "DeleteVolume",
	    "'VolumeId':'$blue'", 0 },
	{ "ec2:DeleteVolume", "'StringEquals':{'ec2:AvailabilityZone':'us-east-1a'}",
	    "DeleteVolume", "'VolumeId':'$red'", 1 },
	{ "ec2:DeleteVolume", "'StringEquals':{'ec2:AvailabilityZone':'us-east-1b'}",
	    "DeleteVolume", "'VolumeId':'$red'", 0 },
	{ "ec2:DeleteSubnet", "'ArnLike':{'ec2:Vpc':'arn:aws:ec2:*:*:vpc/$vpc'}",
	    "DeleteSubnet", "'SubnetId':'$subnet'", 1 },
	{ "ec2:DeleteSubnet", "'ArnLike':{'ec2:Vpc':'arn:aws:ec2:*:*:vpc/vpc-0'}",
	    "DeleteSubnet", "'SubnetId':'$subnet'", 0 },
	{ "ec2:DeleteVpc", "'StringEquals':{'ec2:VpcID':'$vpc'}", "DeleteVpc",
	    "'VpcId':'$vpc'", 1 },
	{ "ec2:DeleteVpc", "'StringEquals':{'ec2:Tenancy':'dedicated'}", "DeleteVpc",
	    "'VpcId':'$vpc'", 0 },
	/* Of what is made. */
	{ "ec2:CreateVolume", "'StringEquals':{'ec2:VolumeType':'gp2'}", "CreateVolume",
	    "'AvailabilityZone':'us-east-1a','Size':1", 1 },
	{ "ec2:CreateVolume", "'StringEquals':{'ec2:VolumeType':'gp2'}", "CreateVolume",
	    "'AvailabilityZone':'us-east-1a','Size':1,'VolumeType':'gp3'", 0 },
	{ "ec2:CreateVolume", "'Bool':{'ec2:Encrypted':'true'}", "CreateVolume",
	    "'AvailabilityZone':'us-east-1a','Size':1,'Encrypted':true", 1 },
	{ "ec2:CreateVolume", "'Bool':{'ec2:Encrypted':'true'}", "CreateVolume",
	    "'AvailabilityZone':'us-east-1a','Size':1", 0 },
	{ "ec2:CreateVolume", "'NumericLessThanEquals':{'ec2:VolumeSize':'4'}",
	    "CreateVolume", "'AvailabilityZone':'us-east-1a','Size':4", 1 },
	{ "ec2:CreateVolume", "'NumericLessThanEquals':{'ec2:VolumeSize':'4'}",
	    "CreateVolume", "'AvailabilityZone':'us-east-1a','Size':5", 0 },
	{ "ec2:*", "'StringEqualsIfExists':{'ec2:InstanceType':'t3.micro'}",
	    "RunInstances",
	    "'ImageId':'$image','SubnetId':'$subnet','InstanceType':'t3.micro','MinCount':1,"
	    "'MaxCount':1",
	    1 },
	{ "ec2:*", "'StringEqualsIfExists':{'ec2:InstanceType':'t3.micro'}",
	    "RunInstances",
	    "'ImageId':'$image','SubnetId':'$subnet','InstanceType':'t3.large','MinCount':1,"
	    "'MaxCount':1",
	    0 },
	{ "ec2:*", "'StringEqualsIfExists':{'ec2:MetadataHttpTokens':'required'}",
	    "RunInstances",
	    "'ImageId':'$image','SubnetId':'$subnet','InstanceType':'t3.micro','MinCount':1,"
	    "'MaxCount':1,'MetadataOptions':{'HttpTokens':'optional'}",
	    0 },
	{ "ec2:*", "'StringEqualsIfExists':{'ec2:Tenancy':'default'}", "RunInstances",
	    "'ImageId':'$image','SubnetId':'$subnet','InstanceType':'t3.micro','MinCount':1,"
	    "'MaxCount':1",
	    1 },
	{ "ec2:*", "'StringEqualsIfExists':{'ec2:Owner':'099720109477'}", "RunInstances",
	    "'ImageId':'$image','SubnetId':'$subnet','InstanceType':'t3.micro','MinCount':1,"
	    "'MaxCount':1",
	    1 },
	{ "ec2:*", "'StringEqualsIfExists':{'ec2:Owner':'amazon'}", "RunInstances",
	    "'ImageId':'$image','SubnetId':'$subnet','InstanceType':'t3.micro','MinCount':1,"
	    "'MaxCount':1",
	    0 },
	/* Tags that come with the call. */
	{ "ec2:*", "'StringEquals':{'aws:RequestTag/team':'red'}", "CreateTags",
	    "'Resources':['$red'],'Tags':[{'Key':'team','Value':'red'}]", 1 },
	{ "ec2:*", "'StringEquals':{'aws:RequestTag/team':'red'}", "CreateTags",
	    "'Resources':['$red'],'Tags':[{'Key':'team','Value':'blue'}]", 0 },
	{ "ec2:*", "'ForAllValues:StringEquals':{'aws:TagKeys':['team']}", "CreateTags",
	    "'Resources':['$red'],'Tags':[{'Key':'team','Value':'red'}]", 1 },
	{ "ec2:*", "'ForAllValues:StringEquals':{'aws:TagKeys':['team']}", "CreateTags",
	    "'Resources':['$red'],'Tags':[{'Key':'team','Value':'red'},{'Key':'x','Value':''}]",
	    0 },
	{ "ec2:*", "'StringEquals':{'aws:RequestTag/team':'red'}", "CreateVolume",
	    "'AvailabilityZone':'us-east-1a','Size':1,'TagSpecifications':[{'ResourceType':"
	    "'volume','Tags':[{'Key':'team','Value':'red'}]}]",
	    1 },
	{ "ec2:*", "'StringEquals':{'aws:RequestTag/team':'red'}", "CreateVolume",
	    "'AvailabilityZone':'us-east-1a','Size':1", 0 },
	/* To make what has tags is to set them. */
	{ "ec2:CreateVolume", "'Null':{'aws:MissingKey':'true'}", "CreateVolume",
	    "'AvailabilityZone':'us-east-1a','Size':1,'TagSpecifications':[{'ResourceType':"
	    "'volume','Tags':[{'Key':'team','Value':'red'}]}]",
	    0 },
	{ "ec2:Create*", "'StringEqualsIfExists':{'ec2:CreateAction':'CreateVolume'}",
	    "CreateVolume",
	    "'AvailabilityZone':'us-east-1a','Size':1,'TagSpecifications':[{'ResourceType':"
	    "'volume','Tags':[{'Key':'team','Value':'red'}]}]",
	    1 },
	{ "ec2:Create*", "'StringEqualsIfExists':{'ec2:CreateAction':'RunInstances'}",
	    "CreateVolume",
	    "'AvailabilityZone':'us-east-1a','Size':1,'TagSpecifications':[{'ResourceType':"
	    "'volume','Tags':[{'Key':'team','Value':'red'}]}]",
	    0 },
	{ "ec2:RunInstances", "'Null':{'aws:MissingKey':'true'}", "RunInstances",
	    "'ImageId':'$image','SubnetId':'$subnet','InstanceType':'t3.micro','MinCount':1,"
	    "'MaxCount':1,'TagSpecifications':[{'ResourceType':'instance','Tags':[{'Key':'a',"
	    "'Value':'b'}]}]",
	    0 },
	/* Of any call. */
	{ "ec2:*", "'StringEquals':{'ec2:Region':'us-east-1'}", "DescribeVpcs", "", 1 },
	{ "ec2:*", "'StringEquals':{'ec2:Region':'eu-west-1'}", "DescribeVpcs", "", 0 },
	{ "ec2:*", "'StringEquals':{'aws:RequestedRegion':'us-east-1'}", "DescribeVpcs",
	    "", 1 },
	{ "ec2:*", "'Bool':{'aws:ViaAWSService':'false'}", "DescribeVpcs", "", 1 },
	{ "ec2:*", "'Bool':{'aws:ViaAWSService':'true'}", "DescribeVpcs", "", 0 },
	{ "ec2:*", "'StringEquals':{'aws:ResourceAccount':'" FIXTURE_ACCOUNT "'}",
	    "DeleteVpc", "'VpcId':'$vpc'", 1 },
	{ "ec2:*", "'StringEquals':{'aws:ResourceAccount':'111111111111'}", "DeleteVpc",
	    "'VpcId':'$vpc'", 0 },
};

/* The ids by which rows name what there is. */
struct world {
	struct ec2_world w;
	const char *red, *blue;
};

static const char *
replaced(struct arena *a, const char *text, const char *word, const char *by)
{
	const char *at;

	while ((at = strstr(text, word)) != NULL)
		text = arena_printf(a, "%.*s%s%s", (int)(at - text), text, by,
		    at + strlen(word));
	return text;
}

static const char *
filled(struct fixture *f, const struct world *world, const char *text, const char *quote)
{
	text = replaced(f->arena, text, "$vpc", world->w.vpc);
	text = replaced(f->arena, text, "$subnet", world->w.subnet);
	text = replaced(f->arena, text, "$image", world->w.image);
	text = replaced(f->arena, text, "$red", world->red);
	text = replaced(f->arena, text, "$blue", world->blue);
	return replaced(f->arena, text, "'", quote);
}

static const char *
volume(struct fixture *f, const char *team, int size)
{
	return ec2_text(ec2_ok(f, "CreateVolume",
			    "{\"AvailabilityZone\": \"us-east-1a\", \"Size\": %d,"
			    " \"VolumeType\": \"gp3\", \"TagSpecifications\":"
			    " [{\"ResourceType\": \"volume\", \"Tags\":"
			    " [{\"Key\": \"team\", \"Value\": \"%s\"}]}]}",
			    size, team),
	    "VolumeId");
}

/* Nothing is done, since the calls are rehearsals. */
static int
is_let(struct fixture *f, const struct world *world, const struct row *row)
{
	struct principal ann = {
		.kind = PRINCIPAL_USER,
		.account = FIXTURE_ACCOUNT,
		.arn = "arn:aws:iam::" FIXTURE_ACCOUNT ":user/ann",
		.name = "ann",
		.user_id = "AIDAANN",
	};
	const char *params = filled(f, world, row->params, "\"");
	struct call *c;

	fixture_ok(f, "iam", "PutUserPolicy",
	    "{\"UserName\": \"ann\", \"PolicyName\": \"p\", \"PolicyDocument\":"
	    " \"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":"
	    "\\\"Allow\\\",\\\"Action\\\":\\\"%s\\\",\\\"Resource\\\":\\\"*\\\","
	    "\\\"Condition\\\":{%s}}]}\"}",
	    row->actions, filled(f, world, row->condition, "\\\""));
	c = fixture_call_as(f, &ann, "ec2", row->op, "{\"DryRun\": true%s%s}",
	    *params != '\0' ? "," : "", params);
	assert_non_null(c->err.kind);
	if (strcmp(c->err.kind->code, "DryRunOperation") == 0 ||
	    strcmp(c->err.kind->code, "DependencyViolation") == 0)
		return 1;
	if (strcmp(c->err.kind->code, "UnauthorizedOperation") != 0)
		fail_msg("%s %s: %s: %s", row->op, row->params, c->err.kind->code,
		    c->err.msg);
	return 0;
}

static void
conditions_ask_of_resources_and_tags(void **state)
{
	struct fixture *f = *state;
	struct world world;

	ec2_world(f, &world.w);
	world.red = volume(f, "red", 8);
	world.blue = volume(f, "blue", 16);
	fixture_ok(f, "iam", "CreateUser", "{\"UserName\": \"ann\"}");
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (is_let(f, &world, &rows[i]) != rows[i].is_let)
			fail_msg("row %zu: %s with %s: %s", i, rows[i].op, rows[i].params,
			    rows[i].condition);
	}
}

/* Who may make roles only within a boundary. */
static void
iam_says_boundaries_and_tags(void **state)
{
	static const char boundary[] = "arn:aws:iam::aws:policy/ReadOnlyAccess";
	struct fixture *f = *state;
	struct principal ann = {
		.kind = PRINCIPAL_USER,
		.account = FIXTURE_ACCOUNT,
		.arn = "arn:aws:iam::" FIXTURE_ACCOUNT ":user/ann",
		.name = "ann",
		.user_id = "AIDAANN",
	};
	struct call *c;

	fixture_ok(f, "iam", "CreateUser", "{\"UserName\": \"ann\"}");
	fixture_ok(f, "iam", "PutUserPolicy",
	    "{\"UserName\": \"ann\", \"PolicyName\": \"p\", \"PolicyDocument\":"
	    " \"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":"
	    "\\\"Allow\\\",\\\"Action\\\":[\\\"iam:CreateUser\\\",\\\"iam:AttachUserPolicy"
	    "\\\"],\\\"Resource\\\":\\\"*\\\",\\\"Condition\\\":{\\\"StringEquals\\\":{"
	    "\\\"iam:PermissionsBoundary\\\":\\\"%s\\\"}}},{\\\"Effect\\\":\\\"Allow\\\","
	    "\\\"Action\\\":\\\"iam:DeleteUser\\\",\\\"Resource\\\":\\\"*\\\","
	    "\\\"Condition\\\":{\\\"StringEquals\\\":{\\\"iam:ResourceTag/team\\\":"
	    "\\\"red\\\"}}}]}\"}",
	    boundary);
	c = fixture_call_as(f, &ann, "iam", "CreateUser", "{\"UserName\": \"free\"}");
	assert_string_equal(c->err.kind->code, "AccessDenied");
	c = fixture_call_as(f, &ann, "iam", "CreateUser",
	    "{\"UserName\": \"bound\", \"PermissionsBoundary\": \"%s\"}", boundary);
	assert_null(c->err.kind);
	fixture_ok(f, "iam", "CreateUser",
	    "{\"UserName\": \"free\", \"Tags\": [{\"Key\": \"team\", \"Value\": \"red\"}]}");
	c = fixture_call_as(f, &ann, "iam", "AttachUserPolicy",
	    "{\"UserName\": \"bound\", \"PolicyArn\": \"%s\"}", boundary);
	assert_null(c->err.kind);
	c = fixture_call_as(f, &ann, "iam", "AttachUserPolicy",
	    "{\"UserName\": \"free\", \"PolicyArn\": \"%s\"}", boundary);
	assert_string_equal(c->err.kind->code, "AccessDenied");
	c = fixture_call_as(f, &ann, "iam", "DeleteUser", "{\"UserName\": \"bound\"}");
	assert_string_equal(c->err.kind->code, "AccessDenied");
	c = fixture_call_as(f, &ann, "iam", "DeleteUser", "{\"UserName\": \"free\"}");
	assert_null(c->err.kind);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(conditions_ask_of_resources_and_tags,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(iam_says_boundaries_and_tags,
		    fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
