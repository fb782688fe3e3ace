#include "control/services/ec2/compute/launch.h"

#include <string.h>

#include "base/enc.h"
#include "control/api/service.h"
#include "control/api/tags.h"
#include "control/services/ec2/compute/launch_template.h"
#include "control/services/ec2/compute/spot.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/volume.h"

static const struct err_kind bad_key = { "InvalidKeyPair.NotFound", 400 };
static const struct err_kind bad_user_data = { "InvalidParameterValue", 400 };

int
launch_user_data(struct call *c, const char *text, const char **ret)
{
	unsigned char *data;
	size_t n;

	*ret = NULL;
	if (text == NULL || text[0] == '\0')
		return 0;
	if (!base64_decode(c->arena, text, strlen(text), &data, &n))
		return err_set(&c->err, &bad_user_data,
		    "Invalid BASE64 encoding of user data.");
	if (n > USER_DATA_MAX)
		return err_set(&c->err, &bad_user_data,
		    "User data is limited to 16384 bytes");
	*ret = base64_encode(c->arena, data, n);
	return 0;
}

static int
read_key(struct call *c, struct launch *l)
{
	json_t *doc;
	int rc;

	l->key_name = in_str(c, "KeyName");
	if (l->key_name == NULL)
		return 0;
	if (call_allow(c, &ec2_key_pair, l->key_name) < 0)
		return -1;
	rc = ec2_key_pair_find(c->txn, c->scope, l->key_name, &doc, &c->err);
	if (rc == 0)
		return err_set(&c->err, &bad_key, "The key pair '%s' does not exist",
		    l->key_name);
	return rc < 0 ? -1 : 0;
}

/* The name of the profile that was given by name or by ARN. */
static int
profile_name(struct call *c, const json_t *given, const char **ret)
{
	const char *name = json_str(given, "Name"), *arn = json_str(given, "Arn");
	const char *part = arn != NULL ? strstr(arn, ":instance-profile/") : NULL;

	if (name != NULL && arn != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter 'iamInstanceProfile.name' may not be used in combination with "
		    "'iamInstanceProfile.arn'");
	if (arn != NULL && part == NULL)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter iamInstanceProfile.arn is invalid. Invalid IAM "
		    "Instance Profile ARN",
		    arn);
	*ret = part != NULL ? strrchr(part, '/') + 1 : name;
	return 0;
}

int
launch_profile(struct call *c, const json_t *given, const json_t **ret)
{
	json_t *profile, *role = NULL;
	const char *name = NULL;
	int rc;

	*ret = NULL;
	if (given == NULL || profile_name(c, given, &name) < 0)
		return given == NULL ? 0 : -1;
	if (name == NULL)
		return 0;
	rc = auth_profile_find(c->txn, c->arena, c->account, name, &profile, &role,
	    &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter iamInstanceProfile.name is invalid. Invalid IAM "
		    "Instance Profile name",
		    name);
	*ret = profile;
	if (role == NULL)
		return 0;
	return auth_pass_role(&c->env->auth, c->txn, c->arena, &c->who, c->model,
	    json_str_or(role, "Arn", ""), "ec2.amazonaws.com", NULL, &c->err);
}

static int
read_tags(struct call *c, struct launch *l)
{
	static const char *const types[] = { "instance", "network-interface", "volume",
		"spot-instances-request", "elastic-gpu", NULL };
	json_t *tags[COUNT(types) - 1] = { NULL };

	for (size_t i = 0; i < COUNT(tags); i++) {
		if (tags_from_specifications(c, types, types[i], &tags[i]) < 0)
			return -1;
	}
	if (tags[4] != NULL)
		return err_set(&c->err, &ec2_unsupported,
		    "Tags for the resource type elastic-gpu are not supported here.");
	if (tags[3] != NULL && !in_has(c, "InstanceMarketOptions"))
		return err_set(&c->err, &ec2_bad_combination,
		    "The resource type spot-instances-request can be tagged only when "
		    "InstanceMarketOptions is specified.");
	l->tags = tags[0];
	l->interface_tags = tags[1];
	l->volume_tags = tags[2];
	l->spot_tags = tags[3];
	return 0;
}

static int
read_count(struct call *c, struct launch *l)
{
	int64_t min = in_int(c, "MinCount", 1), max = in_int(c, "MaxCount", 1);

	if (min < 1 || max < 1)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter %s is invalid. Value must be greater than 0.",
		    (long long)(min < 1 ? min : max), min < 1 ? "minCount" : "maxCount");
	if (min > max)
		return err_set(&c->err, &ec2_bad_combination,
		    "Value (%lld) for parameter minCount is invalid. Value must not be greater "
		    "than maxCount.",
		    (long long)min);
	l->count = max < LAUNCH_MAX ? max : LAUNCH_MAX;
	if (l->count < min) {
		static const struct err_kind limit = { "InstanceLimitExceeded", 400 };

		return err_set(&c->err, &limit,
		    "You have requested more instances (%lld) than your current instance limit of "
		    "%d allows.",
		    (long long)min, LAUNCH_MAX);
	}
	return 0;
}

static int
check_type(struct call *c, const struct launch *l, const char *asked)
{
	const char *architecture = json_str_or(l->image, "Architecture", "x86_64");

	if (l->type == NULL)
		return err_set(&c->err, &ec2_unsupported,
		    "The instance type '%s' is not offered here.", asked);
	if (strcmp(l->type->architecture, architecture) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "The architecture '%s' of the specified instance type does not match the "
		    "architecture '%s' of the specified AMI. Specify an instance type and an AMI "
		    "that have matching architectures, and try again. You can use "
		    "'describe-instance-types' or 'describe-images' to discover the architecture of "
		    "the instance type or AMI.",
		    l->type->architecture, architecture);
	return 0;
}

/* One interface: its subnet and its groups, and that it may be made. */
static int
ask_interface(struct call *c, const struct launch_interface *one)
{
	const json_t *group;
	size_t i;

	json_array_foreach(one->groups, i, group) {
		if (call_allow(c, &ec2_security_group,
			json_str_or(group, "GroupId", "")) < 0)
			return -1;
	}
	return call_allow(c, &ec2_subnet, resource_id(&ec2_subnet, one->subnet)) < 0 ?
	    -1 :
	    call_allow(c, &ec2_network_interface, one->id);
}

/* IAM: RunInstances needs leave for all that a launch makes and uses, whoever asks for it. */
static int
ask(struct call *c, const struct launch *l)
{
	const struct op *op = c->op;
	int rc;

	c->op = service_find_op(c->service, "RunInstances");
	rc = c->op != op ? call_allow(c, &ec2_instance, NULL) : 0;
	for (size_t i = 0; rc == 0 && i < l->n_interfaces; i++)
		rc = ask_interface(c, &l->interfaces[i]);
	if (rc == 0)
		rc = call_allow(c, &ec2_image, json_str_or(l->image, "ImageId", ""));
	if (rc == 0)
		rc = call_allow(c, &ec2_volume, NULL);
	c->op = op;
	return rc;
}

/* Ids of a member, one or a list. */
static int
ask_member(struct call *c, const json_t *in, const char *member, const struct resource *r)
{
	const json_t *ids = json_get(in, member), *id;
	size_t i;

	if (!json_is_array(ids))
		return call_allow(c, r, json_string_value(ids));
	json_array_foreach(ids, i, id) {
		if (call_allow(c, r, json_string_value(id)) < 0)
			return -1;
	}
	return 0;
}

static int
ask_members(struct call *c, const json_t *in)
{
	const json_t *rows = json_get(in, "NetworkInterfaces"), *row;
	size_t i;

	if (call_allow(c, &ec2_instance, NULL) < 0 ||
	    call_allow(c, &ec2_volume, NULL) < 0 ||
	    ask_member(c, in, "ImageId", &ec2_image) < 0 ||
	    (json_get(in, "KeyName") != NULL &&
		ask_member(c, in, "KeyName", &ec2_key_pair) < 0))
		return -1;
	if (json_array_size(rows) == 0)
		return ask_member(c, in, "SubnetId", &ec2_subnet) < 0 ||
			ask_member(c, in, "SecurityGroupIds", &ec2_security_group) < 0 ?
		    -1 :
		    call_allow(c, &ec2_network_interface, NULL);
	json_array_foreach(rows, i, row) {
		if (ask_member(c, row, "SubnetId", &ec2_subnet) < 0 ||
		    ask_member(c, row, "Groups", &ec2_security_group) < 0 ||
		    ask_member(c, row, "NetworkInterfaceId", &ec2_network_interface) < 0)
			return -1;
	}
	return 0;
}

int
launch_may(struct call *c, json_t *in)
{
	const struct op *op = c->op;
	const json_t *profile, *row;
	json_t *asked;
	size_t i;
	int rc;

	if (launch_template_apply(c, in, &asked) < 0)
		return -1;
	json_array_foreach(json_get(asked, "TagSpecifications"), i, row) {
		if (tags_merge(c, json_own(c->arena, json_new_array()),
			json_get(row, "Tags")) < 0)
			return -1;
	}
	c->op = service_find_op(c->service, "RunInstances");
	rc = ask_members(c, asked);
	c->op = op;
	return rc < 0 ?
	    -1 :
	    launch_profile(c, json_get(asked, "IamInstanceProfile"), &profile);
}

int
launch_read(struct call *c, struct launch *ret)
{
	static const char *const refused[] = { "KernelId", "RamdiskId",
		"ElasticGpuSpecification", "ElasticInferenceAccelerators",
		"LicenseSpecifications", "Operator", "AdditionalInfo",
		"SecondaryInterfaces", NULL };
	const char *image = in_str(c, "ImageId"), *type = in_str(c, "InstanceType");
	struct launch l = { .count = 0 };
	json_t *doc;

	if (ec2_refuse(c, refused) < 0 || read_count(c, &l) < 0)
		return -1;
	if (image == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter ImageId");
	if (ec2_image_get(c, image, &doc) < 0)
		return -1;
	l.image = doc;
	l.type = instance_type_find(c->arena, type != NULL ? type : "m1.small");
	if (check_type(c, &l, type) < 0 || launch_read_network(c, &l) < 0 ||
	    launch_user_data(c, in_str(c, "UserData"), &l.user_data) < 0 ||
	    ec2_mappings_plan(c, doc, in_list(c, "BlockDeviceMappings"), &l.mappings) <
		0 ||
	    launch_read_options(c, &l) < 0 || spot_check_market(c, l.type) < 0 ||
	    read_key(c, &l) < 0 ||
	    launch_profile(c, in_object(c, "IamInstanceProfile"), &l.profile) < 0 ||
	    read_tags(c, &l) < 0 || ask(c, &l) < 0)
		return -1;
	*ret = l;
	return 0;
}
