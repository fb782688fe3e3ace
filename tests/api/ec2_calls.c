#include "tests/api/ec2_calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PRINTF(2, 0)
static char *
text_of(struct fixture *f, const char *params, va_list ap)
{
	char *text, *copy;

	assert_true(vasprintf(&text, params, ap) >= 0);
	copy = arena_strdup(f->arena, text);
	free(text);
	return copy;
}

json_t *
ec2_ok(struct fixture *f, const char *op, const char *params, ...)
{
	va_list ap;
	char *text;

	va_start(ap, params);
	text = text_of(f, params, ap);
	va_end(ap);
	return fixture_ok(f, "ec2", op, "%s", text);
}

const char *
ec2_no(struct fixture *f, const char *code, const char *op, const char *params, ...)
{
	va_list ap;
	char *text;

	va_start(ap, params);
	text = text_of(f, params, ap);
	va_end(ap);
	return fixture_fails(f, code, "ec2", op, "%s", text);
}

void
ec2_refused(struct fixture *f, const struct ec2_refusal *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *said = ec2_no(f, r[i].code, r[i].op, "%s", r[i].params);

		if (r[i].message != NULL)
			assert_string_equal(said, r[i].message);
	}
}

const char *
ec2_text(const json_t *v, const char *path)
{
	const char *text = fixture_text(v, path);

	if (text == NULL)
		fail_msg("there is no %s", path);
	return text;
}

void
ec2_is(const json_t *v, const char *path, const char *text)
{
	const char *have = ec2_text(v, path);

	if (strcmp(have, text) != 0)
		fail_msg("%s is %s, not %s", path, have, text);
}

void
ec2_counts(const json_t *v, const char *list, size_t n)
{
	size_t have = json_array_size(json_get(v, list));

	if (have != n)
		fail_msg("%s has %zu elements, not %zu", list, have, n);
}

const char *
ec2_image_named(struct fixture *f, const char *name)
{
	return ec2_text(ec2_ok(f, "DescribeImages",
			    "{\"Filters\": [{\"Name\": \"name\", \"Values\": [\"%s\"]}]}",
			    name),
	    "Images.0.ImageId");
}

void
ec2_world(struct fixture *f, struct ec2_world *ret)
{
	ret->vpc = ec2_text(ec2_ok(f, "CreateVpc", "{\"CidrBlock\": \"10.0.0.0/16\"}"),
	    "Vpc.VpcId");
	ret->subnet =
	    ec2_text(ec2_ok(f, "CreateSubnet",
			 "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.1.0/24\"}", ret->vpc),
		"Subnet.SubnetId");
	ec2_ok(f, "ModifySubnetAttribute",
	    "{\"SubnetId\": \"%s\", \"MapPublicIpOnLaunch\": {\"Value\": true}}",
	    ret->subnet);
	ret->gateway = ec2_text(ec2_ok(f, "CreateInternetGateway", "{}"),
	    "InternetGateway.InternetGatewayId");
	ec2_ok(f, "AttachInternetGateway",
	    "{\"InternetGatewayId\": \"%s\", \"VpcId\": \"%s\"}", ret->gateway, ret->vpc);
	ret->table =
	    ec2_text(ec2_ok(f, "DescribeRouteTables",
			 "{\"Filters\": [{\"Name\": \"vpc-id\", \"Values\": [\"%s\"]}]}",
			 ret->vpc),
		"RouteTables.0.RouteTableId");
	ec2_ok(f, "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"0.0.0.0/0\","
	    " \"GatewayId\": \"%s\"}",
	    ret->table, ret->gateway);
	ret->image = ec2_image_named(f, UBUNTU);
}

json_t *
ec2_launch(struct fixture *f, const struct ec2_world *w, const char *more)
{
	return ec2_ok(f, "RunInstances",
	    "{\"ImageId\": \"%s\", \"SubnetId\": \"%s\", \"InstanceType\": \"t3.micro\","
	    " \"MinCount\": 1, \"MaxCount\": 1%s%s}",
	    w->image, w->subnet, more[0] != '\0' ? ", " : "", more);
}

json_t *
ec2_instance_now(struct fixture *f, const char *id)
{
	json_t *v = ec2_ok(f, "DescribeInstances", "{\"InstanceIds\": [\"%s\"]}", id);

	v = json_array_get(json_get(v, "Reservations"), 0);
	v = json_array_get(json_get(v, "Instances"), 0);
	assert_non_null(v);
	return v;
}
