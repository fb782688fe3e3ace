/*
 * EC2: the attributes of an account.
 */
#include "control/services/ec2/account.h"

#include <string.h>

/* As AWS's accounts have them from the start; none is enforced here. */
static const struct {
	const char *name, *value;
} attributes[] = {
	{ "supported-platforms", "VPC" },
	{ "vpc-max-security-groups-per-interface", "5" }, { "max-elastic-ips", "5" },
	{ "max-instances", "20" }, { "vpc-max-elastic-ips", "5" },
	{ "default-vpc", NULL }, /* its id, or none */
};

static int
describe(struct call *c)
{
	const json_t *names = in_list(c, "AttributeNames");
	json_t *list = json_own(c->arena, json_new_array()), *vpc = NULL;
	int rc = resource_find_by(c, &ec2_vpc, "IsDefault", "true", &vpc);

	if (rc < 0)
		return -1;
	for (size_t i = 0; i < COUNT(attributes); i++) {
		const char *value = attributes[i].value;

		if (json_array_size(names) > 0 &&
		    !json_has_str(names, attributes[i].name))
			continue;
		if (value == NULL)
			value = rc > 0 ? resource_id(&ec2_vpc, vpc) : "none";
		json_add(list,
		    json_make("{s:s, s:[{s:s}]}", "AttributeName", attributes[i].name,
			"AttributeValues", "AttributeValue", value));
	}
	out_ref(c, "AccountAttributes", list);
	return 0;
}

static const struct op ops[] = {
	OP("DescribeAccountAttributes", describe, OP_READ,
	    "Say what an account has from the start."),
};
const struct family ec2_account_attributes = FAMILY(ops, NULL);
