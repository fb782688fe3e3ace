/*
 * EC2: On-Demand Capacity Reservations, as records.
 *
 * Who uses them is in capacity.h.  A reservation whose end has come is shown as expired.
 * Not emulated: future-dated reservations, Outposts, splitting and moving, capacity blocks.
 */
#include <string.h>

#include "control/services/ec2/compute/capacity.h"
#include "control/services/ec2/compute/instance_type.h"
#include "control/services/ec2/compute/placement.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind not_found = { "InvalidCapacityReservationId.NotFound", 400 };
static const struct err_kind malformed = { "InvalidCapacityReservationId.Malformed",
	400 };
static const struct err_kind bad_state = { "InvalidCapacityReservationState", 400 };
static const struct err_kind limit = { "ReservationCapacityExceeded", 400 };

enum { INSTANCES_MAX = 1000 };

static const struct filter filters[] = {
	{ "availability-zone", "AvailabilityZone" },
	{ "availability-zone-id", "AvailabilityZoneId" },
	{ "end-date", "EndDate" },
	{ "end-date-type", "EndDateType" },
	{ "instance-match-criteria", "InstanceMatchCriteria" },
	{ "instance-platform", "InstancePlatform" },
	{ "instance-type", "InstanceType" },
	{ "outpost-arn", "OutpostArn" },
	{ "owner-id", "OwnerId" },
	{ "placement-group-arn", "PlacementGroupArn" },
	{ "start-date", "StartDate" },
	{ "state", "State" },
	{ "tenancy", "Tenancy" },
	{ NULL, NULL },
};
const struct resource ec2_capacity_reservation = {
	.service = "ec2",
	.kind = "ec2:capacity-reservation",
	.type = "capacity-reservation",
	.prefix = "cr-",
	.id_member = "CapacityReservationId",
	.list_member = "CapacityReservations",
	.ids_member = "CapacityReservationIds",
	.noun = "capacity reservation ID",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
	.page_min = 1,
	.page_max = 1000,
};

int
capacity_is_over(const struct call *c, const json_t *doc)
{
	return record_is_retired(doc) ||
	    (strcmp(json_str_or(doc, "EndDateType", ""), "limited") == 0 &&
		json_num(doc, "EndDate", 0) * 1000 <= (double)c->now_ms);
}

/* As it is now: State and AvailableInstanceCount. */
static json_t *
show(struct call *c, json_t *stored)
{
	json_t *doc = json_own(c->arena, json_copy_shallow(stored));
	int64_t used, total = json_int(doc, "TotalInstanceCount", 0);
	int is_active = !capacity_is_over(c, doc);

	if (!is_active && !record_is_retired(doc))
		json_set_str(doc, "State", "expired");
	if (!is_active ||
	    capacity_used(c, resource_id(&ec2_capacity_reservation, doc), &used) < 0)
		used = total;
	json_set_int(doc, "AvailableInstanceCount", used < total ? total - used : 0);
	return doc;
}

/* CreateCapacityReservation */

static int
check_count(struct call *c, int64_t n)
{
	if (n < 1)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter instanceCount is invalid. Value must be greater than 0.",
		    (long long)n);
	if (n > INSTANCES_MAX)
		return err_set(&c->err, &limit,
		    "The request exceeds the limit of %d instances.", INSTANCES_MAX);
	return 0;
}

/* An end date goes with "limited", and has not come. */
static int
check_end(struct call *c, const char *type, const json_t *date)
{
	int is_limited = strcmp(type, "limited") == 0;

	if (is_limited && date == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The parameter endDate is required when endDateType is limited.");
	if (!is_limited && date != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter endDate may only be specified when endDateType is limited.");
	if (date != NULL && json_number_value(date) * 1000 <= (double)c->now_ms)
		return err_set(&c->err, &ec2_bad_value,
		    "The parameter endDate is invalid. The end date must be in the future.");
	return 0;
}

static int
check_group(struct call *c)
{
	const char *arn = in_str(c, "PlacementGroupArn"), *name;
	json_t *group;
	int rc;

	if (arn == NULL)
		return 0;
	name = strrchr(arn, '/');
	rc = ec2_placement_group_find(c, name != NULL ? name + 1 : arn, &group);
	if (rc == 0 ||
	    (rc > 0 && strcmp(json_str_or(group, "Strategy", ""), "cluster") != 0))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter placementGroupArn is invalid. It must be of a cluster "
		    "placement group.",
		    arn);
	return rc < 0 ? -1 : 0;
}

static int
create(struct call *c)
{
	static const char *const refused[] = { "OutpostArn", "StartDate",
		"CommitmentDuration", "DeliveryPreference", NULL };
	static const struct record_member members[] = {
		{ "InstanceType", NULL, NULL },
		{ "InstancePlatform", NULL, NULL },
		{ "Tenancy", NULL, "\"default\"" },
		{ "EbsOptimized", NULL, "false" },
		{ "EphemeralStorage", NULL, "false" },
		{ "EndDate", NULL, NULL },
		{ "EndDateType", NULL, "\"unlimited\"" },
		{ "InstanceMatchCriteria", NULL, "\"open\"" },
		{ "PlacementGroupArn", NULL, NULL },
		{ NULL, NULL, NULL },
	};
	const char *type = in_str(c, "InstanceType"), *id;
	int64_t n = in_int(c, "InstanceCount", 0);
	unsigned zone;
	json_t *doc;

	if (ec2_refuse(c, refused) < 0 || check_count(c, n) < 0 ||
	    placement_zone(c, &zone) < 0 || check_group(c) < 0 ||
	    check_end(c, json_str_or(c->in, "EndDateType", "unlimited"),
		json_get(c->in, "EndDate")) < 0)
		return -1;
	if (instance_type_find(c->arena, type) == NULL)
		return instance_type_unknown(c, type);
	if (!in_has(c, "InstancePlatform"))
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter instancePlatform");
	doc = record_new(c, &ec2_capacity_reservation, "CreateDate", &id);
	if (doc == NULL)
		return -1;
	json_set(doc, "StartDate", call_now(c));
	json_set_str(doc, "CapacityReservationArn",
	    resource_arn(c, &ec2_capacity_reservation, id));
	json_set_str(doc, "AvailabilityZone", ec2_zone_name(c, zone));
	json_set_str(doc, "AvailabilityZoneId", ec2_zone_id(c, zone));
	json_set_str(doc, "State", "active");
	json_set_str(doc, "ReservationType", "default");
	json_set_int(doc, "TotalInstanceCount", n);
	record_fill(c, doc, c->in, members);
	resource_put(c, &ec2_capacity_reservation, doc);
	out_ref(c, "CapacityReservation", show(c, doc));
	return 0;
}

static int
describe(struct call *c)
{
	return record_describe_as(c, show);
}

/* The active reservation, to write. */
static int
edit_active(struct call *c, json_t **ret)
{
	const char *id = in_str(c, "CapacityReservationId");
	json_t *doc;

	if (resource_edit(c, &ec2_capacity_reservation, id, &doc) < 0)
		return -1;
	if (capacity_is_over(c, doc))
		return err_set(&c->err, &bad_state,
		    "The capacity reservation '%s' is in the %s state, in which this is not possible.",
		    id, json_str_or(show(c, doc), "State", ""));
	*ret = doc;
	return 0;
}

/* ModifyCapacityReservation */

static int
modify(struct call *c)
{
	static const char *const refused[] = { "AdditionalInfo", "StartDate", "QuoteId",
		"AcceptModificationTerms", NULL };
	static const struct record_member members[] = {
		{ "InstanceCount", "TotalInstanceCount", NULL },
		{ "EndDate", NULL, NULL },
		{ "EndDateType", NULL, NULL },
		{ "InstanceMatchCriteria", NULL, NULL },
		{ NULL, NULL, NULL },
	};
	json_t *doc, *date;
	const char *type;
	int64_t used;

	if (ec2_refuse(c, refused) < 0 || edit_active(c, &doc) < 0)
		return -1;
	if (in_has(c, "InstanceCount") &&
	    check_count(c, in_int(c, "InstanceCount", 0)) < 0)
		return -1;
	type = json_str_or(c->in, "EndDateType", json_str_or(doc, "EndDateType", ""));
	date = json_get(c->in, "EndDate");
	if (date == NULL && strcmp(type, "limited") == 0)
		date = json_get(doc, "EndDate");
	if (check_end(c, type, date) < 0 ||
	    capacity_used(c, in_str(c, "CapacityReservationId"), &used) < 0)
		return -1;
	if (in_has(c, "InstanceCount") && in_int(c, "InstanceCount", 0) < used)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter instanceCount is invalid. The capacity reservation "
		    "has %lld running instances.",
		    (long long)in_int(c, "InstanceCount", 0), (long long)used);
	record_change(doc, c->in, members);
	if (strcmp(type, "limited") != 0)
		json_del(doc, "EndDate");
	resource_put(c, &ec2_capacity_reservation, doc);
	out_bool(c, "Return", 1);
	return 0;
}

/* CancelCapacityReservation */

static int
cancel(struct call *c)
{
	static const char *const refused[] = { "ApplyCancellationCharges", "QuoteId",
		NULL };
	json_t *doc;

	if (ec2_refuse(c, refused) < 0 || edit_active(c, &doc) < 0)
		return -1;
	json_set_str(doc, "State", "cancelled");
	if (record_retire(c, &ec2_capacity_reservation, doc) < 0)
		return -1;
	out_bool(c, "Return", 1);
	return 0;
}

/* GetCapacityReservationUsage */

static int
get_usage(struct call *c)
{
	const char *id = in_str(c, "CapacityReservationId");
	json_t *doc, *list = json_own(c->arena, json_new_array());
	static const char *const shown[] = { "CapacityReservationId", "InstanceType",
		"TotalInstanceCount", "AvailableInstanceCount", "State" };
	int64_t used;

	if (resource_get(c, &ec2_capacity_reservation, id, &doc) < 0 ||
	    resource_page(c, &ec2_capacity_reservation, list) < 0)
		return -1;
	doc = show(c, doc);
	for (size_t i = 0; i < COUNT(shown); i++)
		out_ref(c, shown[i], json_get(doc, shown[i]));
	used = json_int(doc, "TotalInstanceCount", 0) -
	    json_int(doc, "AvailableInstanceCount", 0);
	if (used > 0 && strcmp(json_str_or(doc, "State", ""), "active") == 0)
		json_add(list,
		    json_make("{s:s, s:I}", "AccountId", c->account, "UsedInstanceCount",
			(json_int_t)used));
	out_ref(c, "InstanceUsages", list);
	return 0;
}

/* GetGroupsForCapacityReservation: there are no resource groups of them */

static int
get_groups(struct call *c)
{
	json_t *doc, *list = json_own(c->arena, json_new_array());

	if (resource_get(c, &ec2_capacity_reservation, in_str(c, "CapacityReservationId"),
		&doc) < 0 ||
	    resource_page(c, &ec2_capacity_reservation, list) < 0)
		return -1;
	out_ref(c, "CapacityReservationGroups", list);
	return 0;
}

static const struct op ops[] = {
	OP_RES("CancelCapacityReservation", cancel, 0, &ec2_capacity_reservation,
	    "CapacityReservationId", "Cancel a Capacity Reservation."),
	OP_RES("CreateCapacityReservation", create, OP_TOKEN, &ec2_capacity_reservation,
	    NULL, "Create a Capacity Reservation: a record."),
	OP_RES("DescribeCapacityReservations", describe, OP_READ,
	    &ec2_capacity_reservation, NULL, "List Capacity Reservations."),
	OP_RES("GetCapacityReservationUsage", get_usage, OP_READ,
	    &ec2_capacity_reservation, "CapacityReservationId",
	    "Say how much of a Capacity Reservation is used."),
	OP_RES("GetGroupsForCapacityReservation", get_groups, OP_READ,
	    &ec2_capacity_reservation, "CapacityReservationId",
	    "List the resource groups of a Capacity Reservation."),
	OP_RES("ModifyCapacityReservation", modify, 0, &ec2_capacity_reservation,
	    "CapacityReservationId", "Change a Capacity Reservation."),
};
static const struct resource *const resources[] = { &ec2_capacity_reservation, NULL };
const struct family ec2_capacity_reservations = FAMILY(ops, resources);
