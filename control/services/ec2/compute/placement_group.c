/*
 * EC2: placement groups.
 *
 * Containers are all on one host, so a group places nothing; its rules are kept: which types
 * a cluster takes, how many instances a spread group, which partitions there are.  Not
 * emulated: groups on Outposts (spread level "host"), linked and precision-time groups.
 */
#include "control/services/ec2/compute/placement.h"

#include <string.h>

#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind unknown = { "InvalidPlacementGroup.Unknown", 400 };
static const struct err_kind unknown_id = { "InvalidPlacementGroupId.Unknown", 400 };
static const struct err_kind malformed = { "InvalidPlacementGroupId.Malformed", 400 };
static const struct err_kind duplicate = { "InvalidPlacementGroup.Duplicate", 400 };
static const struct err_kind in_use = { "InvalidPlacementGroup.InUse", 400 };
static const struct err_kind no_room = { "InsufficientInstanceCapacity", 500 };

enum { PARTITIONS = 2, PARTITIONS_MAX = 7, SPREAD_MAX = 7, NAME_MAX_ = 255 };

static const struct filter filters[] = {
	{ "group-arn", "GroupArn" },
	{ "group-id", "GroupId" },
	{ "group-name", "GroupName" },
	{ "spread-level", "SpreadLevel" },
	{ "state", "State" },
	{ "strategy", "Strategy" },
	{ NULL, NULL },
};
static const struct resource placement_group = {
	.service = "ec2",
	.kind = "ec2:placement-group",
	.type = "placement-group",
	.prefix = "pg-",
	.id_member = "GroupId",
	.list_member = "PlacementGroups",
	.ids_member = "GroupIds",
	.noun = "placement group ID",
	.not_found = &unknown_id,
	.malformed = &malformed,
	.filters = filters,
};

int
ec2_placement_group_find(struct call *c, const char *name, json_t **ret)
{
	return resource_find_by(c, &placement_group, "GroupName", name, ret);
}

int
placement_each_instance(struct call *c, placement_fn *fn, void *arg)
{
	struct store_docs all;

	if (resource_list(c, &ec2_instance, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (instance_state(all.doc[i]) != STATE_TERMINATED)
			fn(arg, all.doc[i]);
	}
	return 0;
}

struct members {
	const char *group, *zone;
	int64_t n;
};

static void
count_member(void *arg, const json_t *instance)
{
	const json_t *placement = json_get(instance, "Placement");
	struct members *m = arg;

	m->n += strcmp(json_str_or(placement, "GroupName", ""), m->group) == 0 &&
	    (m->zone == NULL ||
		strcmp(json_str_or(placement, "AvailabilityZone", ""), m->zone) == 0);
}

/* The group of the Placement: 1, 0 none is asked for, -1. */
static int
named_group(struct call *c, const json_t *placement, json_t **ret)
{
	const char *name = json_str_or(placement, "GroupName", ""),
		   *id = json_str_or(placement, "GroupId", "");
	int rc;

	if (name[0] != '\0' && id[0] != '\0')
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter groupName cannot be used with the parameter groupId");
	if (name[0] == '\0' && id[0] == '\0')
		return 0;
	if (id[0] != '\0')
		return resource_get(c, &placement_group, id, ret) < 0 ? -1 : 1;
	rc = ec2_placement_group_find(c, name, ret);
	if (rc == 0)
		return err_set(&c->err, &unknown, "The Placement Group '%s' is unknown.",
		    name);
	return rc;
}

static int
check_partition(struct call *c, const json_t *placement, const json_t *group)
{
	const json_t *number = json_get(placement, "PartitionNumber");
	int64_t n = json_int(placement, "PartitionNumber", 0);

	if (number == NULL)
		return 0;
	if (group == NULL || strcmp(json_str_or(group, "Strategy", ""), "partition") != 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter partitionNumber needs a placement group whose strategy is "
		    "partition.");
	if (n < 1 || n > json_int(group, "PartitionCount", 0))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter partitionNumber is invalid. The placement group "
		    "has %lld partitions.",
		    (long long)n, (long long)json_int(group, "PartitionCount", 0));
	return 0;
}

/* At most seven instances a zone. */
static int
check_spread(struct call *c, const json_t *placement, const json_t *group, int64_t count)
{
	struct members m = { .group = json_str_or(group, "GroupName", ""),
		.zone = json_str(placement, "AvailabilityZone") };

	if (placement_each_instance(c, count_member, &m) < 0)
		return -1;
	if (m.n + count > SPREAD_MAX * (m.zone != NULL ? 1 : EC2_ZONES))
		return err_set(&c->err, &no_room,
		    "We currently do not have sufficient capacity to launch all of the additional "
		    "requested instances into Placement Group '%s'.",
		    m.group);
	return 0;
}

int
ec2_placement_group_check(struct call *c, const json_t *placement,
    const struct instance_type *type, int64_t count, json_t **ret)
{
	json_t *group = NULL;
	const char *strategy;

	if (named_group(c, placement, &group) < 0 ||
	    check_partition(c, placement, group) < 0)
		return -1;
	*ret = group;
	if (group == NULL)
		return 0;
	if (call_allow(c, &placement_group, resource_id(&placement_group, group)) < 0)
		return -1;
	strategy = json_str_or(group, "Strategy", "");
	if (strcmp(strategy, "cluster") == 0 && !(type->family->features & IT_CLUSTER))
		return err_set(&c->err, &ec2_bad_combination,
		    "Cluster placement groups are not supported by the '%s' instance type. Specify a "
		    "supported instance type or change the placement group strategy, and try again.",
		    type->name);
	if (strcmp(strategy, "spread") != 0)
		return 0;
	if (strcmp(json_str_or(placement, "Tenancy", "default"), "host") == 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "Spread placement groups are not supported for Dedicated Hosts.");
	return check_spread(c, placement, group, count);
}

int
placement_zone(struct call *c, unsigned *ret)
{
	const char *name = in_str(c, "AvailabilityZone"),
		   *id = in_str(c, "AvailabilityZoneId");

	if (name != NULL && id != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter availabilityZone cannot be used with the parameter "
		    "availabilityZoneId");
	if (name == NULL && id == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter availabilityZone");
	for (unsigned i = 0; i < EC2_ZONES; i++) {
		if ((name == NULL || strcmp(name, ec2_zone_name(c, i)) == 0) &&
		    (id == NULL || strcmp(id, ec2_zone_id(c, i)) == 0)) {
			*ret = i;
			return 0;
		}
	}
	return err_set(&c->err, &ec2_bad_value, "Invalid availability zone: [%s]",
	    name != NULL ? name : id);
}

/* CreatePlacementGroup */

static int
check_name(struct call *c, const char *name)
{
	json_t *other;
	int rc;

	if (name == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter groupName");
	if (name[0] == '\0' || strlen(name) > NAME_MAX_)
		return err_set(&c->err, &ec2_bad_value,
		    "Value for parameter groupName is invalid. It must have from 1 to %d characters.",
		    NAME_MAX_);
	rc = ec2_placement_group_find(c, name, &other);
	if (rc > 0)
		return err_set(&c->err, &duplicate,
		    "The placement group '%s' already exists.", name);
	return rc;
}

/* What each strategy may be given. */
static int
check_strategy(struct call *c, const char *strategy)
{
	int64_t partitions = in_int(c, "PartitionCount", PARTITIONS);
	const char *level = json_str_or(c->in, "SpreadLevel", "rack");

	if (strategy == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter strategy");
	if (strcmp(strategy, "precision-time") == 0)
		return err_set(&c->err, &ec2_unsupported,
		    "The strategy precision-time is not supported here.");
	if (in_has(c, "PartitionCount") && strcmp(strategy, "partition") != 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter partitionCount may only be specified with the strategy "
		    "'partition'.");
	if (partitions < 1 || partitions > PARTITIONS_MAX)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter partitionCount is invalid. Valid values are from 1 "
		    "to %d.",
		    (long long)partitions, PARTITIONS_MAX);
	if (in_has(c, "SpreadLevel") && strcmp(strategy, "spread") != 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter spreadLevel may only be specified with the strategy 'spread'.");
	if (strcmp(level, "rack") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "The spread level '%s' is for Outposts, which are not supported here.",
		    level);
	return 0;
}

static int
create(struct call *c)
{
	static const char *const refused[] = { "LinkedGroupId", "Operator",
		"ParentGroupId", NULL };
	const char *name = in_str(c, "GroupName"), *strategy = in_str(c, "Strategy");
	json_t *doc, *said;

	if (ec2_refuse(c, refused) < 0 || check_name(c, name) < 0 ||
	    check_strategy(c, strategy) < 0)
		return -1;
	doc = resource_new(c, &placement_group, NULL);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "GroupName", name);
	json_set_str(doc, "GroupArn",
	    call_arn(c, arena_printf(c->arena, "placement-group/%s", name)));
	json_set_str(doc, "State", "available");
	json_set_str(doc, "Strategy", strategy);
	if (strcmp(strategy, "partition") == 0)
		json_set_int(doc, "PartitionCount",
		    in_int(c, "PartitionCount", PARTITIONS));
	if (strcmp(strategy, "spread") == 0)
		json_set_str(doc, "SpreadLevel", "rack");
	resource_put(c, &placement_group, doc);
	said = json_copy_deep(doc);
	json_set_str(said, "State", "pending");
	out_set(c, "PlacementGroup", said);
	return 0;
}

/* DescribePlacementGroups: by names too */

static int
describe(struct call *c)
{
	struct store_docs all;
	const char *missing;

	if (resource_list(c, &placement_group, &all) < 0)
		return -1;
	missing = ec2_narrow(c, &all, "GroupName", in_list(c, "GroupNames"));
	if (missing != NULL)
		return err_set(&c->err, &unknown, "The Placement Group '%s' is unknown.",
		    missing);
	return resource_answer(c, &placement_group, &all);
}

/* DeletePlacementGroup */

static int delete (struct call *c)
{
	struct members m = { .group = in_str(c, "GroupName") };
	json_t *doc;
	int rc = ec2_placement_group_find(c, m.group, &doc);

	if (rc == 0)
		return err_set(&c->err, &unknown, "The Placement Group '%s' is unknown.",
		    m.group);
	if (rc < 0 || placement_each_instance(c, count_member, &m) < 0)
		return -1;
	if (m.n > 0)
		return err_set(&c->err, &in_use,
		    "The placement group '%s' is in use and may not be deleted.",
		    m.group);
	resource_delete_doc(c, &placement_group, resource_id(&placement_group, doc));
	return 0;
}

static const struct op ops[] = {
	OP_RES("CreatePlacementGroup", create, 0, &placement_group, NULL,
	    "Create a placement group."),
	OP_RES("DeletePlacementGroup", delete, 0, &placement_group, "GroupName",
	    "Delete a placement group that has no instances."),
	OP_RES("DescribePlacementGroups", describe, OP_READ, &placement_group, NULL,
	    "List placement groups."),
};
static const struct resource *const resources[] = { &placement_group, NULL };
const struct family ec2_placement_groups = FAMILY(ops, resources);
