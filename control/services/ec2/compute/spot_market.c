/*
 * EC2: RunInstances with InstanceMarketOptions, and what every spot request has.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "control/services/ec2/compute/launch.h"
#include "control/services/ec2/compute/spot.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind bad_state = { "IncorrectSpotRequestState", 400 };
static const struct err_kind bad_market = { "InvalidParameterCombination", 400 };

/* EC2 user guide: Spot request status codes */
static const struct {
	const char *code, *message;
} statuses[] = {
	{ "pending-evaluation",
	    "Your Spot request has been submitted for review, and is pending evaluation." },
	{ "not-scheduled-yet",
	    "Your Spot request will not be evaluated until its scheduled start time." },
	{ "capacity-not-available",
	    "There is no Spot capacity available that matches "
	    "your request." },
	{ "fulfilled", "Your Spot request is fulfilled." },
	{ "bad-parameters", "Your Spot request failed due to bad parameters." },
	{ "schedule-expired",
	    "Your Spot request expired because it was not fulfilled before its end time." },
	{ "canceled-before-fulfillment",
	    "Your Spot request is canceled before it was fulfilled." },
	{ "request-canceled-and-instance-running",
	    "Your Spot request is canceled, but your instance(s) are still running." },
	{ "instance-terminated-by-user",
	    "Spot Instance terminated due to user-initiated termination." },
	{ "instance-stopped-by-user",
	    "Spot Instance stopped due to user-initiated stop." },
};

void
spot_set_status(struct call *c, json_t *request, const char *state, const char *code)
{
	const char *message = "";
	json_t *status = json_need_object(request, "Status");

	for (size_t i = 0; i < COUNT(statuses); i++) {
		if (strcmp(statuses[i].code, code) == 0)
			message = statuses[i].message;
	}
	json_set_str(request, "State", state);
	if (strcmp(json_str_or(status, "Code", ""), code) == 0)
		return;
	json_set_str(status, "Code", code);
	json_set_str(status, "Message", message);
	json_set(status, "UpdateTime", call_now(c));
}

int
spot_check_price(struct call *c, const char *parameter, const char *price)
{
	char *end;
	double v;

	if (price == NULL)
		return 0;
	v = strtod(price, &end);
	if (strspn(price, "0123456789.") == strlen(price) && *end == '\0' &&
	    end != price && v > 0 && isfinite(v))
		return 0;
	return err_set(&c->err, &ec2_bad_value,
	    "Value (%.100s) for parameter %s is invalid. \"%.100s\" is an invalid spot instance "
	    "price",
	    price, parameter, price);
}

/* InstanceMarketOptions */

static int
check_terms(struct call *c, const json_t *spot)
{
	int persists =
	    strcmp(json_str_or(spot, "SpotInstanceType", "one-time"), "persistent") == 0;
	int ends = strcmp(json_str_or(spot, "InstanceInterruptionBehavior", "terminate"),
		       "terminate") == 0;

	if (persists == ends)
		return err_set(&c->err, &bad_market,
		    persists ?
			"A persistent Spot request of RunInstances needs an instance interruption "
			"behavior of stop or hibernate." :
			"The instance interruption behavior '%s' is only supported for persistent "
			"Spot requests.",
		    json_str_or(spot, "InstanceInterruptionBehavior", ""));
	if (json_get(spot, "ValidUntil") == NULL)
		return 0;
	if (!persists)
		return err_set(&c->err, &bad_market,
		    "ValidUntil is only supported for persistent Spot requests.");
	if (json_num(spot, "ValidUntil", 0) * 1000 <= (double)c->now_ms)
		return err_set(&c->err, &ec2_bad_value,
		    "The parameter validUntil is invalid. It must be in the future.");
	return 0;
}

int
spot_check_market(struct call *c, const struct instance_type *type)
{
	static const char *const known[] = { "MaxPrice", "SpotInstanceType", "ValidUntil",
		"InstanceInterruptionBehavior", NULL };
	const json_t *market = in_object(c, "InstanceMarketOptions");
	json_t *spot = json_get(market, "SpotOptions");
	const char *name = json_str_or(market, "MarketType", "");

	if (market == NULL || (name[0] == '\0' && spot == NULL))
		return 0;
	if (strcmp(name, "spot") != 0)
		return err_set(&c->err, name[0] == '\0' ? &ec2_missing : &ec2_unsupported,
		    name[0] == '\0' ?
			"The request must contain the parameter marketType" :
			"The market type %s is not supported here.",
		    name);
	if (!(type->family->features & IT_SPOT))
		return err_set(&c->err, &ec2_unsupported,
		    "The instance type '%s' is not available as a Spot Instance.",
		    type->name);
	return ec2_refuse_members(c, "SpotOptions", spot, known) < 0 ||
		spot_check_price(c, "maxPrice", json_str(spot, "MaxPrice")) < 0 ?
	    -1 :
	    check_terms(c, spot);
}

/* A request that is made for its instance */

/* What RunInstances would be asked again, for one more. */
static json_t *
kept_request(struct call *c)
{
	static const char *const dropped[] = { "MinCount", "MaxCount", "ClientToken",
		"InstanceMarketOptions", "DryRun", "LaunchTemplate" };
	json_t *v = json_copy_shallow(c->in), *tags = json_new_array(), *row;
	size_t i;

	for (i = 0; i < COUNT(dropped); i++)
		json_del(v, dropped[i]);
	json_array_foreach(json_get(v, "TagSpecifications"), i, row) {
		if (strcmp(json_str_or(row, "ResourceType", ""),
			"spot-instances-request") != 0)
			json_add(tags, json_incref(row));
	}
	json_set(v, "TagSpecifications", tags);
	return v;
}

json_t *
spot_specification(struct call *c, const json_t *in, const struct launch *l)
{
	static const char *const same[] = { "ImageId", "KeyName", "UserData",
		"IamInstanceProfile", "BlockDeviceMappings", "NetworkInterfaces" };
	json_t *v = json_own(c->arena, json_new_object()), *placement;

	for (size_t i = 0; i < COUNT(same); i++) {
		if (json_get(in, same[i]) != NULL)
			json_set(v, same[i], json_incref(json_get(in, same[i])));
	}
	json_set_str(v, "InstanceType", l->type->name);
	json_set_bool(v, "EbsOptimized", json_bool(in, "EbsOptimized", 0));
	json_set(v, "Monitoring",
	    json_make("{s:b}", "Enabled",
		json_bool(json_get(in, "Monitoring"), "Enabled", 0)));
	placement = json_need_object(v, "Placement");
	json_set_str(placement, "AvailabilityZone",
	    json_str(l->subnet, "AvailabilityZone"));
	json_set_str(placement, "GroupName",
	    json_str(json_get(in, "Placement"), "GroupName"));
	json_set_str(placement, "Tenancy",
	    json_str(json_get(in, "Placement"), "Tenancy"));
	if (json_get(in, "NetworkInterfaces") == NULL) {
		json_set_str(v, "SubnetId", json_str(l->subnet, "SubnetId"));
		json_set(v, "SecurityGroups", json_copy_deep(l->groups));
	}
	return v;
}

json_t *
spot_request_new(struct call *c, const struct launch *l, const char *price)
{
	json_t *doc = json_own(c->arena, json_new_object());

	json_set_str(doc, "SpotInstanceRequestId", record_id(c, "sir-"));
	json_set(doc, "CreateTime", call_now(c));
	json_set_str(doc, "ProductDescription", "Linux/UNIX");
	if (price != NULL)
		json_set_str(doc, "SpotPrice", price);
	else
		json_set_fmt(doc, "SpotPrice", "%.6f",
		    instance_type_hour(c->arena, l->type));
	return doc;
}

static json_t *
made_for(struct call *c, const struct launch *l)
{
	const json_t *spot =
	    json_get(in_object(c, "InstanceMarketOptions"), "SpotOptions");
	json_t *doc = spot_request_new(c, l, json_str(spot, "MaxPrice"));

	json_set_str(doc, "Type", json_str_or(spot, "SpotInstanceType", "one-time"));
	json_set_str(doc, "InstanceInterruptionBehavior",
	    json_str_or(spot, "InstanceInterruptionBehavior", "terminate"));
	if (json_get(spot, "ValidUntil") != NULL)
		json_set(doc, "ValidUntil", json_incref(json_get(spot, "ValidUntil")));
	json_set(doc, "LaunchSpecification",
	    json_incref(spot_specification(c, c->in, l)));
	json_set(doc, "_request", kept_request(c));
	json_set(doc, "Tags",
	    l->spot_tags != NULL ? json_copy_deep(l->spot_tags) : json_new_array());
	return doc;
}

/* The request that the reconciler launches for: open as before, or its time is over. */
static int
launched_for(struct call *c, const char *id, json_t **ret)
{
	if (record_edit(c, &ec2_spot_request, id, ret) < 0)
		return -1;
	if (strcmp(json_str_or(*ret, "State", ""), "open") != 0)
		return err_set(&c->err, &bad_state,
		    "The Spot Instance request '%s' is not open.", id);
	json_del(*ret, "Fault");
	json_del(*ret, "_retry_ms");
	return 0;
}

int
spot_mark(struct call *c, json_t *instance, const struct launch *l)
{
	const json_t *market = in_object(c, "InstanceMarketOptions");
	const json_t *placement = json_get(instance, "Placement");
	/* No member of EC2's: only a service of ours says it. */
	const char *id = c->is_service ? json_str(c->in, "_spot_request") : NULL;
	json_t *doc;

	if (strcmp(json_str_or(market, "MarketType", ""), "spot") != 0)
		return 0;
	if (id == NULL)
		doc = made_for(c, l);
	else if (launched_for(c, id, &doc) < 0)
		return -1;
	spot_set_status(c, doc, "active", "fulfilled");
	json_set_str(doc, "InstanceId", json_str(instance, "InstanceId"));
	json_set_str(doc, "LaunchedAvailabilityZone",
	    json_str(placement, "AvailabilityZone"));
	json_set_str(doc, "LaunchedAvailabilityZoneId",
	    json_str(placement, "AvailabilityZoneId"));
	json_set_int(doc, "_launches", json_int(doc, "_launches", 0) + 1);
	resource_put(c, &ec2_spot_request, doc);
	json_set_str(instance, "InstanceLifecycle", "spot");
	json_set_str(instance, "SpotInstanceRequestId",
	    json_str(doc, "SpotInstanceRequestId"));
	json_set_str(instance, "_spot_type", json_str(doc, "Type"));
	return 0;
}

json_t *
spot_launch_input(struct call *c, const json_t *request)
{
	json_t *in = json_own(c->arena, json_copy_shallow(json_get(request, "_request")));
	const char *id = json_str_or(request, "SpotInstanceRequestId", "");

	json_set_int(in, "MinCount", 1);
	json_set_int(in, "MaxCount", 1);
	json_set_str(in, "ClientToken",
	    arena_printf(c->arena, "%s-%lld", id,
		(long long)json_int(request, "_launches", 0)));
	json_set(in, "InstanceMarketOptions", json_make("{s:s}", "MarketType", "spot"));
	json_set_str(in, "_spot_request", id);
	return in;
}
