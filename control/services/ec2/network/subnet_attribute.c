/*
 * EC2: the attributes of subnets: what interfaces and instances in them get.
 *
 * Not emulated: Outposts, so addresses of the customer's are refused; DNS64 and the names
 * that instances get by their resource are recorded, of no effect.
 */
#include <string.h>

#include "control/services/ec2/network/subnet.h"

enum { NEEDS_IPV6 = 1 };

/* {Value: true} members of the input, and where they are kept. */
static const struct {
	const char *input, *member;
	int flags;
} switches[] = {
	{ "AssignIpv6AddressOnCreation", "AssignIpv6AddressOnCreation", NEEDS_IPV6 },
	{ "EnableDns64", "EnableDns64", NEEDS_IPV6 },
	{ "MapPublicIpOnLaunch", "MapPublicIpOnLaunch", 0 },
	{ "EnableResourceNameDnsAAAARecordOnLaunch", "EnableResourceNameDnsAAAARecord",
	    NEEDS_IPV6 },
	{ "EnableResourceNameDnsARecordOnLaunch", "EnableResourceNameDnsARecord", 0 },
};

/* EC2 API: "You can only modify one attribute at a time." */
static int
check_one(struct call *c)
{
	static const char *const others[] = { "DisableLniAtDeviceIndex",
		"EnableLniAtDeviceIndex", "PrivateDnsHostnameTypeOnLaunch" };
	size_t n = 0;

	for (size_t i = 0; i < COUNT(switches); i++)
		n += in_has(c, switches[i].input);
	for (size_t i = 0; i < COUNT(others); i++)
		n += in_has(c, others[i]);
	if (n > 1)
		return err_set(&c->err, &ec2_bad_combination,
		    "Fields for multiple attribute types specified");
	return 0;
}

static int
set_switch(struct call *c, json_t *doc, size_t i)
{
	json_t *options = json_need_object(doc, "PrivateDnsNameOptionsOnLaunch");
	int on;

	if (!in_attribute_bool(c, switches[i].input, &on))
		return 0;
	if (on && switches[i].flags & NEEDS_IPV6 && !subnet_has_ipv6(doc))
		return err_set(&c->err, &ec2_bad_value,
		    "Invalid value 'true' for %s. Subnet %s does not have an IPv6 CIDR "
		    "block.",
		    switches[i].input, resource_id(&ec2_subnet, doc));
	if (json_get(options, switches[i].member) != NULL)
		json_set_bool(options, switches[i].member, on);
	else
		json_set_bool(doc, switches[i].member, on);
	return 0;
}

/* The place of the local network interface among an instance's devices. */
static int
set_lni(struct call *c, json_t *doc)
{
	int64_t index = in_int(c, "EnableLniAtDeviceIndex", 1);
	int off;

	if (in_attribute_bool(c, "DisableLniAtDeviceIndex", &off) && off)
		json_del(doc, "EnableLniAtDeviceIndex");
	if (!in_has(c, "EnableLniAtDeviceIndex"))
		return 0;
	/* EC2 API: "A local network interface cannot be the primary network interface." */
	if (index < 1 || index > 15)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter enableLniAtDeviceIndex is invalid.",
		    (long long)index);
	json_set_int(doc, "EnableLniAtDeviceIndex", index);
	return 0;
}

static int
set_hostname(struct call *c, json_t *doc)
{
	const char *type = in_str(c, "PrivateDnsHostnameTypeOnLaunch");

	if (type == NULL)
		return 0;
	if (json_bool(doc, "Ipv6Native", 0) && strcmp(type, "ip-name") == 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (ip-name) for parameter privateDnsHostnameTypeOnLaunch is invalid. "
		    "The instances of an IPv6-only subnet have resource names.");
	json_set_str(json_need_object(doc, "PrivateDnsNameOptionsOnLaunch"),
	    "HostnameType", type);
	return 0;
}

static int
modify(struct call *c)
{
	static const char *const refused[] = { "CustomerOwnedIpv4Pool",
		"MapCustomerOwnedIpOnLaunch", NULL };
	json_t *doc;

	if (ec2_refuse(c, refused) < 0 ||
	    resource_edit(c, &ec2_subnet, in_str(c, "SubnetId"), &doc) < 0 ||
	    check_one(c) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(switches); i++) {
		if (set_switch(c, doc, i) < 0)
			return -1;
	}
	if (set_hostname(c, doc) < 0 || set_lni(c, doc) < 0)
		return -1;
	resource_put(c, &ec2_subnet, doc);
	return 0;
}

static const struct op ops[] = {
	OP_RES("ModifySubnetAttribute", modify, 0, &ec2_subnet, "SubnetId",
	    "Set what interfaces and instances of a subnet get."),
};
const struct family ec2_subnet_attributes = FAMILY(ops, NULL);
