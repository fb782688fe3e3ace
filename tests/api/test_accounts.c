/*
 * Accounts: the admin's door to them, and that none sees anything of another.
 */
#include <string.h>

#include "control/api/service.h"
#include "control/iam/membership.h"
#include "control/plane/accounts.h"
#include "control/plane/plane.h"
#include "tests/api/org_calls.h"

#define ME FIXTURE_ACCOUNT
#define A  "111122223333"
#define B  "444455556666"

/* The door */

static json_t *
door(struct fixture *f, const char *method, const char *rest, const char *body,
    int status)
{
	struct plane plane = { .env = f->env };
	struct exchange x = { .plane = &plane, .arena = f->arena, .remote = "127.0.0.1" };
	struct err err;
	const char *text;
	json_t *v = NULL;

	x.reply.body = buf_new(f->arena, 0);
	x.request.method = method;
	x.request.path = arena_printf(f->arena, "/_simfra/accounts%s", rest);
	x.request.query = "";
	x.request.body = body;
	x.request.body_len = strlen(body);
	accounts_answer(&x);
	if (x.reply.status != status)
		fail_msg("%s %s: %d: %s", method, rest, x.reply.status,
		    buf_text(x.reply.body));
	text = buf_text(x.reply.body);
	if (*text != '\0')
		assert_int_equal(json_read_in(f->arena, text, strlen(text), &v, &err), 0);
	return v;
}

static int
is_listed(struct fixture *f, const char *account)
{
	return strstr(org_texts(f, door(f, "GET", "", "", 200), "accounts", "accountId"),
		   account) != NULL;
}

static void
an_account_is_made_shown_and_removed(void **state)
{
	struct fixture *f = *state;
	json_t *made, *shown;

	made = door(f, "POST", "", "{\"accountId\":\"" A "\",\"region\":\"eu-west-1\"}",
	    201);
	assert_string_equal(json_str(made, "region"), "eu-west-1");
	door(f, "POST", "", "{\"accountId\":\"" A "\"}", 409);
	door(f, "POST", "", "{\"accountId\":\"" ME "\"}", 409);
	door(f, "POST", "", "{\"accountId\":\"12\"}", 400);
	door(f, "POST", "", "{\"region\":\"mars-1\"}", 400);
	door(f, "POST", "", "[]", 400);
	door(f, "POST", "", "{\"vpc_cidr\":1}", 400);
	door(f, "POST", "", "{\"bootstrap\":\"yes\"}", 400);
	/* Not half of it. */
	door(f, "POST", "", "{\"accountId\":\"" B "\",\"vpc_cidr\":\"10.0.0.0/33\"}",
	    400);
	assert_false(is_listed(f, B));
	shown = door(f, "GET", "/" A, "", 200);
	assert_string_equal(json_str(shown, "accessKeyId"),
	    json_str(made, "accessKeyId"));
	assert_string_equal(json_str(shown, "secretAccessKey"),
	    json_str(made, "secretAccessKey"));
	assert_string_equal(json_str(shown, "status"), "ACTIVE");
	assert_true(is_listed(f, A));
	assert_true(is_listed(f, ME));
	door(f, "PUT", "/" A, "", 405);
	door(f, "GET", "/" A "/nothing", "", 404);
	door(f, "GET", "/" B, "", 404);
	door(f, "POST", "/" B "/reset", "", 404);
	door(f, "DELETE", "/" ME, "", 400);
	door(f, "DELETE", "/" A, "", 204);
	assert_false(is_listed(f, A));
	door(f, "DELETE", "/" A, "", 404);
	/* Twelve digits of its own, when none are asked for. */
	made = door(f, "POST", "", "", 201);
	assert_int_equal(strlen(json_str(made, "accountId")), 12);
}

static struct call *
as(struct fixture *f, const char *account, const char *service, const char *op,
    const char *params)
{
	struct principal p = org_root_of(f, account);

	return fixture_call_as(f, &p, service, op, "%s", params);
}

static void
ok(struct fixture *f, const char *account, const char *service, const char *op,
    const char *params)
{
	const struct call *c = as(f, account, service, op, params);

	if (c->err.kind != NULL)
		fail_msg("%s: %s: %s", op, c->err.kind->code, c->err.msg);
}

static size_t
count(struct fixture *f, const char *account, const char *service, const char *op,
    const char *list)
{
	const struct call *c = as(f, account, service, op, "{}");

	assert_null(c->err.kind);
	return json_array_size(json_get(c->out, list));
}

static void
an_account_may_be_furnished(void **state)
{
	struct fixture *f = *state;

	door(f, "POST", "",
	    "{\"accountId\":\"" A "\",\"bootstrap\":true,\"vpc_cidr\":\"10.44.0.0/16\"}",
	    201);
	door(f, "POST", "", "{\"accountId\":\"" B "\"}", 201);
	assert_int_equal(count(f, A, "ec2", "DescribeVpcs", "Vpcs"), 2);
	assert_int_equal(count(f, A, "iam", "ListRoles", "Roles"), 2);
	assert_int_equal(count(f, B, "ec2", "DescribeVpcs", "Vpcs"), 0);
}

static void
a_reset_leaves_others_and_the_name_behind(void **state)
{
	struct fixture *f = *state;
	const struct call *c;

	door(f, "POST", "", "{\"accountId\":\"" A "\"}", 201);
	door(f, "POST", "", "{\"accountId\":\"" B "\"}", 201);
	ok(f, A, "iam", "CreateUser", "{\"UserName\":\"bob\"}");
	ok(f, A, "iam", "CreateAccountAlias", "{\"AccountAlias\":\"mine\"}");
	ok(f, B, "iam", "CreateUser", "{\"UserName\":\"bob\"}");
	c = as(f, B, "iam", "CreateAccountAlias", "{\"AccountAlias\":\"mine\"}");
	assert_string_equal(c->err.kind->code, "EntityAlreadyExists");
	door(f, "POST", "/" A "/reset", "", 200);
	c = as(f, A, "iam", "GetUser", "{\"UserName\":\"bob\"}");
	assert_string_equal(c->err.kind->code, "NoSuchEntity");
	ok(f, B, "iam", "GetUser", "{\"UserName\":\"bob\"}");
	ok(f, B, "iam", "CreateAccountAlias", "{\"AccountAlias\":\"mine\"}");
	/* Its root has the key that it had. */
	assert_non_null(json_str(door(f, "GET", "/" A, "", 200), "accessKeyId"));
}

static void
organizations_and_the_door_agree(void **state)
{
	struct fixture *f = *state;
	const char *root, *id;
	struct store_txn *t;
	struct err err;
	json_t *doc;

	org_begin(f, &root);
	id = org_account(f, "a@example.com");
	assert_true(is_listed(f, id));
	doc = door(f, "GET", arena_printf(f->arena, "/%s", id), "", 200);
	assert_string_equal(json_str(doc, "email"), "a@example.com");
	assert_non_null(json_str(doc, "accessKeyId"));

	/* A reset member is a member still, bound as before, and can be entered. */
	ok(f, id, "iam", "CreateUser", "{\"UserName\":\"bob\"}");
	door(f, "POST", arena_printf(f->arena, "/%s/reset", id), "", 200);
	ok(f, id, "iam", "GetRole", "{\"RoleName\":\"OrganizationAccountAccessRole\"}");
	t = store_begin(f->env.store, f->arena);
	assert_int_equal(membership_find(t, MEMBERSHIP_SCP, id, &doc, &err), 1);

	org_as(f, ME, "CloseAccount", "{\"AccountId\":\"%s\"}", id);
	assert_string_equal(json_str(door(f, "GET", arena_printf(f->arena, "/%s", id), "",
					 200),
				"status"),
	    "SUSPENDED");

	/* A removed one is nobody's; a reset management account has no organization. */
	door(f, "DELETE", arena_printf(f->arena, "/%s", id), "", 204);
	org_no(f, ME, "AccountNotFoundException", NULL, "DescribeAccount",
	    "{\"AccountId\":\"%s\"}", id);
	id = org_account(f, "b@example.com");
	door(f, "POST", "/" ME "/reset", "", 200);
	org_no(f, id, "AWSOrganizationsNotInUseException", NULL, "DescribeOrganization",
	    "{}");
	org_as(f, ME, "CreateOrganization", "{}");
}

/* Isolation: what A has, and how its id is found in the answer that made it. */

static const struct {
	const char *service, *op, *params, *id;
} made[] = {
	{ "ec2", "CreateVpc", "{\"CidrBlock\":\"10.9.0.0/16\"}", "Vpc.VpcId" },
	{ "ec2", "CreateDhcpOptions",
	    "{\"DhcpConfigurations\":[{\"Key\":\"domain-name\",\"Values\":[\"a.internal\"]}]}",
	    "DhcpOptions.DhcpOptionsId" },
	{ "ec2", "CreateInternetGateway", "{}", "InternetGateway.InternetGatewayId" },
	{ "ec2", "CreateKeyPair", "{\"KeyName\":\"key-of-a\"}", "KeyPairId" },
	{ "ec2", "AllocateAddress", "{}", "AllocationId" },
	{ "ec2", "CreateVolume", "{\"AvailabilityZone\":\"us-east-1a\",\"Size\":1}",
	    "VolumeId" },
	{ "ec2", "CreateSecurityGroup",
	    "{\"GroupName\":\"group-of-a\",\"Description\":\"d\"}", "GroupId" },
	{ "ec2", "CreateLaunchTemplate",
	    "{\"LaunchTemplateName\":\"template-of-a\",\"LaunchTemplateData\":{\"InstanceType\":"
	    "\"t3.micro\"}}",
	    "LaunchTemplate.LaunchTemplateId" },
	{ "ec2", "CreatePlacementGroup",
	    "{\"GroupName\":\"place-of-a\",\"Strategy\":\"cluster\"}",
	    "PlacementGroup.GroupId" },
	{ "iam", "CreateUser", "{\"UserName\":\"user-of-a\"}", "User.UserId" },
	{ "iam", "CreateGroup", "{\"GroupName\":\"people-of-a\"}", "Group.GroupId" },
	{ "iam", "CreateInstanceProfile", "{\"InstanceProfileName\":\"profile-of-a\"}",
	    "InstanceProfile.InstanceProfileId" },
	{ "autoscaling", "CreateLaunchConfiguration",
	    "{\"LaunchConfigurationName\":\"launch-of-a\",\"ImageId\":\"ami-x\","
	    "\"InstanceType\":\"t3.micro\"}",
	    NULL },
	{ "organizations", "CreateOrganization", "{}", "Organization.Id" },
};

/* A's things; *ids are how they are called. */
static void
make_all(struct fixture *f, const char *ids[])
{
	for (size_t i = 0; i < COUNT(made); i++) {
		const struct call *c =
		    as(f, A, made[i].service, made[i].op, made[i].params);

		if (c->err.kind != NULL)
			fail_msg("%s: %s: %s", made[i].op, c->err.kind->code, c->err.msg);
		ids[i] =
		    made[i].id != NULL ? fixture_text(c->out, made[i].id) : "launch-of-a";
		assert_non_null(ids[i]);
	}
}

/* Call it as B, if it needs no input: 1 when it answered, and of A's there was nothing. */
static size_t
shows_nothing(struct fixture *f, const char *service, const struct op *op,
    const char *const ids[])
{
	const struct call *c;
	const char *text;

	if (!(op->flags & OP_READ) || (op->flags & OP_UNSIGNED))
		return 0;
	c = as(f, B, service, op->name, "{}");
	if (c->err.kind != NULL)
		return 0;
	text = json_text(f->arena, c->out);
	if (strstr(text, A) != NULL || strstr(text, "-of-a") != NULL)
		fail_msg("%s shows of " A ": %s", op->name, text);
	for (size_t i = 0; i < COUNT(made); i++) {
		if (strstr(text, ids[i]) != NULL)
			fail_msg("%s shows %s", op->name, ids[i]);
	}
	return 1;
}

/* Every Describe, Get and List that needs no input, as B: nothing of A's is in any answer. */
static void
no_list_shows_another_account(void **state)
{
	struct fixture *f = *state;
	const char *ids[COUNT(made)];
	size_t n_asked = 0;

	door(f, "POST", "", "{\"accountId\":\"" A "\"}", 201);
	door(f, "POST", "", "{\"accountId\":\"" B "\"}", 201);
	make_all(f, ids);
	for (size_t s = 0; s < f->env.n_services; s++) {
		const struct service *service = f->env.services[s];

		for (size_t j = 0; service->families[j] != NULL; j++) {
			const struct family *family = service->families[j];

			for (size_t k = 0; k < family->n_ops; k++)
				n_asked +=
				    shows_nothing(f, service->name, &family->ops[k], ids);
		}
	}
	assert_true(n_asked > 100);
}

/* What takes an id of A's, as B: as if it were not there. */
static void
no_call_reaches_another_account(void **state)
{
	static const struct {
		const char *service, *op, *params;
		int made; /* whose id takes the place of %s */
		const char *code;
	} reach[] = {
		{ "ec2", "DescribeVpcs", "{\"VpcIds\":[\"%s\"]}", 0,
		    "InvalidVpcID.NotFound" },
		{ "ec2", "DeleteVpc", "{\"VpcId\":\"%s\"}", 0, "InvalidVpcID.NotFound" },
		{ "ec2", "CreateSubnet",
		    "{\"VpcId\":\"%s\",\"CidrBlock\":\"10.9.1.0/24\"}", 0,
		    "InvalidVpcID.NotFound" },
		{ "ec2", "CreateTags",
		    "{\"Resources\":[\"%s\"],\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}",
		    0, "InvalidVpcID.NotFound" },
		{ "ec2", "DeleteDhcpOptions", "{\"DhcpOptionsId\":\"%s\"}", 1,
		    "InvalidDhcpOptionID.NotFound" },
		{ "ec2", "DeleteInternetGateway", "{\"InternetGatewayId\":\"%s\"}", 2,
		    "InvalidInternetGatewayID.NotFound" },
		{ "ec2", "DescribeKeyPairs", "{\"KeyPairIds\":[\"%s\"]}", 3,
		    "InvalidKeyPair.NotFound" },
		{ "ec2", "ReleaseAddress", "{\"AllocationId\":\"%s\"}", 4,
		    "InvalidAllocationID.NotFound" },
		{ "ec2", "DeleteVolume", "{\"VolumeId\":\"%s\"}", 5,
		    "InvalidVolume.NotFound" },
		{ "ec2", "DeleteSecurityGroup", "{\"GroupId\":\"%s\"}", 6,
		    "InvalidGroup.NotFound" },
		{ "ec2", "DeleteLaunchTemplate", "{\"LaunchTemplateId\":\"%s\"}", 7,
		    "InvalidLaunchTemplateId.NotFound" },
		{ "iam", "GetUser", "{\"UserName\":\"user-of-a\"}", 9, "NoSuchEntity" },
		{ "iam", "DeleteGroup", "{\"GroupName\":\"people-of-a\"}", 10,
		    "NoSuchEntity" },
		{ "iam", "DeleteInstanceProfile",
		    "{\"InstanceProfileName\":\"profile-of-a\"}", 11, "NoSuchEntity" },
		{ "organizations", "DescribeOrganization", "{}", 13,
		    "AWSOrganizationsNotInUseException" },
	};
	struct fixture *f = *state;
	const char *ids[COUNT(made)];

	make_all(f, ids);
	for (size_t i = 0; i < COUNT(reach); i++) {
		const char *at = strstr(reach[i].params, "%s");
		const char *params = at == NULL ?
		    reach[i].params :
		    arena_printf(f->arena, "%.*s%s%s", (int)(at - reach[i].params),
			reach[i].params, ids[reach[i].made], at + 2);
		const struct call *c = as(f, B, reach[i].service, reach[i].op, params);

		if (c->err.kind == NULL)
			fail_msg("%s(%s) succeeded", reach[i].op, params);
		if (strcmp(c->err.kind->code, reach[i].code) != 0)
			fail_msg("%s: %s: %s", reach[i].op, c->err.kind->code,
			    c->err.msg);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define S(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup_standard, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_account_is_made_shown_and_removed),
		T(an_account_may_be_furnished),
		T(a_reset_leaves_others_and_the_name_behind),
		T(organizations_and_the_door_agree),
		S(no_list_shows_another_account),
		S(no_call_reaches_another_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
