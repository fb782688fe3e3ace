/*
 * EC2: Reserved and Scheduled Instances.
 *
 * Not emulated: nothing is sold here, so nobody has any; what would buy, change or sell them says
 * so.
 */
#include "control/services/ec2/compute/placement.h"
#include "control/services/ec2/ec2.h"

static const struct err_kind no_reserved = { "InvalidReservedInstancesId", 400 };
static const struct err_kind no_offering = { "InvalidReservedInstancesOfferingId", 400 };
static const struct err_kind no_modification = { "InvalidReservedInstancesModificationId",
	400 };
static const struct err_kind no_listing = { "InvalidReservedInstancesListingId", 400 };
static const struct err_kind no_scheduled = { "InvalidScheduledInstance", 400 };
static const struct err_kind no_availability = { "InvalidScheduledInstance", 400 };

static const struct filter reserved_filters[] = {
	{ "availability-zone", "AvailabilityZone" },
	{ "availability-zone-id", "AvailabilityZoneId" },
	{ "duration", "Duration" },
	{ "end", "End" },
	{ "fixed-price", "FixedPrice" },
	{ "instance-count", "InstanceCount" },
	{ "instance-type", "InstanceType" },
	{ "product-description", "ProductDescription" },
	{ "reserved-instances-id", "ReservedInstancesId" },
	{ "scope", "Scope" },
	{ "start", "Start" },
	{ "state", "State" },
	{ "usage-price", "UsagePrice" },
	{ NULL, NULL },
};
static const struct filter offering_filters[] = {
	{ "availability-zone", "AvailabilityZone" },
	{ "availability-zone-id", "AvailabilityZoneId" },
	{ "duration", "Duration" },
	{ "fixed-price", "FixedPrice" },
	{ "instance-type", "InstanceType" },
	{ "marketplace", "Marketplace" },
	{ "product-description", "ProductDescription" },
	{ "reserved-instances-offering-id", "ReservedInstancesOfferingId" },
	{ "scope", "Scope" },
	{ "usage-price", "UsagePrice" },
	{ NULL, NULL },
};
static const struct filter modification_filters[] = {
	{ "client-token", "ClientToken" },
	{ "create-date", "CreateDate" },
	{ "effective-date", "EffectiveDate" },
	{ "modification-result.reserved-instances-id",
	    "ModificationResults.ReservedInstancesId" },
	{ "modification-result.target-configuration.availability-zone",
	    "ModificationResults.TargetConfiguration.AvailabilityZone" },
	{ "modification-result.target-configuration.instance-count",
	    "ModificationResults.TargetConfiguration.InstanceCount" },
	{ "modification-result.target-configuration.instance-type",
	    "ModificationResults.TargetConfiguration.InstanceType" },
	{ "reserved-instances-modification-id", "ReservedInstancesModificationId" },
	{ "status", "Status" },
	{ "status-message", "StatusMessage" },
	{ "update-date", "UpdateDate" },
	{ NULL, NULL },
};
static const struct filter listing_filters[] = {
	{ "reserved-instances-id", "ReservedInstancesId" },
	{ "reserved-instances-listing-id", "ReservedInstancesListingId" },
	{ "status", "Status" },
	{ "status-message", "StatusMessage" },
	{ NULL, NULL },
};
static const struct filter scheduled_filters[] = {
	{ "availability-zone", "AvailabilityZone" },
	{ "instance-type", "InstanceType" },
	{ "platform", "Platform" },
	{ NULL, NULL },
};
static const struct filter availability_filters[] = {
	{ "availability-zone", "AvailabilityZone" },
	{ "instance-type", "InstanceType" },
	{ "platform", "Platform" },
	{ NULL, NULL },
};

/* There are none, ever. */
static const struct resource reserved = {
	.service = "ec2",
	.kind = "ec2:reserved-instances",
	.type = "reserved-instances",
	.id_member = "ReservedInstancesId",
	.list_member = "ReservedInstances",
	.ids_member = "ReservedInstancesIds",
	.noun = "reserved instances ID",
	.not_found = &no_reserved,
	.filters = reserved_filters,
	.no_tags = 1,
};
static const struct resource offering = {
	.service = "ec2",
	.kind = "ec2:reserved-instances-offering",
	.type = "reserved-instances-offering",
	.id_member = "ReservedInstancesOfferingId",
	.list_member = "ReservedInstancesOfferings",
	.ids_member = "ReservedInstancesOfferingIds",
	.noun = "reserved instances offering ID",
	.not_found = &no_offering,
	.filters = offering_filters,
	.no_tags = 1,
	.page_min = 1,
	.page_max = 100,
};
static const struct resource modification = {
	.service = "ec2",
	.kind = "ec2:reserved-instances-modification",
	.type = "reserved-instances-modification",
	.id_member = "ReservedInstancesModificationId",
	.list_member = "ReservedInstancesModifications",
	.ids_member = "ReservedInstancesModificationIds",
	.noun = "reserved instances modification ID",
	.not_found = &no_modification,
	.filters = modification_filters,
	.no_tags = 1,
};
static const struct resource listing = {
	.service = "ec2",
	.kind = "ec2:reserved-instances-listing",
	.type = "reserved-instances-listing",
	.id_member = "ReservedInstancesListingId",
	.list_member = "ReservedInstancesListings",
	.noun = "reserved instances listing ID",
	.not_found = &no_listing,
	.filters = listing_filters,
	.no_tags = 1,
};
static const struct resource scheduled = {
	.service = "ec2",
	.kind = "ec2:scheduled-instance",
	.type = "scheduled-instance",
	.id_member = "ScheduledInstanceId",
	.list_member = "ScheduledInstanceSet",
	.ids_member = "ScheduledInstanceIds",
	.noun = "scheduled instance ID",
	.not_found = &no_scheduled,
	.filters = scheduled_filters,
	.no_tags = 1,
	.page_min = 5,
	.page_max = 300,
};
static const struct resource availability = {
	.service = "ec2",
	.kind = "ec2:scheduled-instance-availability",
	.type = "scheduled-instance-availability",
	.id_member = "PurchaseToken",
	.list_member = "ScheduledInstanceAvailabilitySet",
	.noun = "scheduled instance",
	.not_found = &no_availability,
	.filters = availability_filters,
	.no_tags = 1,
	.page_min = 5,
	.page_max = 300,
};

static int
refuse(struct call *c)
{
	return err_set(&c->err, &ec2_unsupported,
	    "The operation %s is not supported here: there are no Reserved or Scheduled "
	    "Instances to buy.",
	    c->op->name);
}

/* By one id of each kind. */
static int
describe_listings(struct call *c)
{
	const char *id = in_str(c, "ReservedInstancesListingId"),
		   *of = in_str(c, "ReservedInstancesId");
	json_t *doc;

	if ((id != NULL && resource_get(c, &listing, id, &doc) < 0) ||
	    (of != NULL && resource_get(c, &reserved, of, &doc) < 0))
		return -1;
	return resource_describe(c);
}

#define REFUSED(name_, flags_) OP(name_, refuse, flags_, "Say that nothing is sold here.")
#define LISTED(name_, resource_)                                    \
	OP_RES(name_, resource_describe, OP_READ, &resource_, NULL, \
	    "List none: there are none.")

static const struct op ops[] = {
	REFUSED("CreateReservedInstancesListing", OP_TOKEN),
	LISTED("DescribeReservedInstances", reserved),
	OP_RES("DescribeReservedInstancesListings", describe_listings, OP_READ, &listing,
	    NULL, "List none: there are none."),
	LISTED("DescribeReservedInstancesModifications", modification),
	LISTED("DescribeReservedInstancesOfferings", offering),
	LISTED("DescribeScheduledInstanceAvailability", availability),
	LISTED("DescribeScheduledInstances", scheduled),
	REFUSED("ModifyReservedInstances", OP_TOKEN),
	REFUSED("PurchaseReservedInstancesOffering", 0),
	REFUSED("PurchaseScheduledInstances", OP_TOKEN),
	REFUSED("RunScheduledInstances", OP_TOKEN),
};
const struct family ec2_reserved_instances = FAMILY(ops, NULL);
