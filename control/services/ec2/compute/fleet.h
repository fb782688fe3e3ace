/*
 * EC2: fleets: EC2 Fleets and Spot Fleet requests, which differ in words alone.
 *
 * A fleet's document is as Describe shows it, but for its state.  Privately it has:
 *	_type		"instant", "request", "maintain"
 *	_state		"submitted", "active", "modifying"; and when it is deleted or expired
 *			"running" or "terminating", as its instances go on or end; "over"
 *	_goal		{on_demand, spot}: capacity to launch
 *	_rule		{on_demand, spot: allocation strategies as EC2 Fleet says them, pools,
 *			trims, replaces, ends, single, from_ms, until_ms, behavior}
 *	_pools		what can be launched (fleet_pool.c)
 *	_tags		TagSpecifications of what is launched
 *	_members	[{InstanceId, InstanceType, SpotInstanceRequestId, InstanceHealth, weight,
 *			spot, pool, ending}]
 *	_launches	[{token, input, weight, spot, pool}]: written down before they are made
 *	_launched	{on_demand, spot}: capacity that was ever launched
 *	_history	[{_id, Timestamp, type, sub, InstanceId, text}], the newest last
 *	_events		how many there were ever
 *	_failures, _retry_ms	launches that failed in a row, and when the next is
 *	_retired_ms	since when it is over (record.h)
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_FLEET_H
#define CONTROL_SERVICES_EC2_COMPUTE_FLEET_H

#include "control/api/call.h"
#include "control/api/resource.h"
#include "control/api/service.h"

struct converge;

enum { FLEET_CAPACITY_MAX = 1000 };

extern const struct resource ec2_fleet, ec2_spot_fleet;
extern const struct family ec2_fleets, ec2_spot_fleets, ec2_fleet_histories;

/* The tag of a fleet's instances: its key, and the id of a fleet's document. */
const char *fleet_tag(const json_t *fleet);
const char *fleet_id(const json_t *fleet);

/* How a state ("over") is called: "deleted", or "cancelled". */
const char *fleet_state_name(const json_t *fleet, const char *state);

/* "fleet-" or "sfr-", and a UUID; the arena's. */
char *fleet_id_new(struct call *c, const char *prefix);

/*
 * Pools of LaunchTemplateConfigs, of whose overrides `price` is the member with the price; and of
 * LaunchSpecifications: added to the list.  unit: what capacity counts ("units", "vcpu",
 * "memory-mib").  0 or -1.
 */
int fleet_pools_of_templates(struct call *c, const json_t *configs, const char *price,
    const char *unit, json_t *pools);
int fleet_pools_of_specifications(struct call *c, const json_t *specs, const char *unit,
    json_t *pools);

/*
 * Which pool is next in the market, `skip` of them (in order of preference) left out: its index,
 * or -1 when none is left.
 */
int fleet_choose(struct call *c, const json_t *fleet, int spot, size_t skip);

/* What RunInstances is asked for one instance of the pool: 0 and *ret, the arena's; -1. */
int fleet_launch_input(struct call *c, const json_t *fleet, size_t pool, int spot,
    json_t **ret);

/* May the caller have all of its pools launched?  0 or -1. */
int fleet_may_launch(struct call *c, const json_t *fleet);

/* Capacity of the market: of members that stay, and of launches. */
double fleet_capacity(const json_t *fleet, int spot);
double fleet_pending(const json_t *fleet, int spot);

/* The new instance is a member. */
void fleet_join(struct call *c, json_t *fleet, const json_t *instance, size_t pool,
    int spot);

/* Something happened: type is "instance", "fleet", "error". */
void fleet_note(struct call *c, json_t *fleet, const char *type, const char *sub,
    const char *instance, const char *text);

/* An instant fleet launches now: Instances and Errors of the fleet.  0 or -1. */
int fleet_instant(struct call *c, json_t *fleet);

/* FulfilledCapacity and ActivityStatus as they are. */
void fleet_count(json_t *fleet);

/*
 * It is deleted: "running" or "terminating"; the state is written, and what it was is *ret_before.
 * The document is not put.  0, or -1 when it is already.
 */
int fleet_end(struct call *c, json_t *fleet, int terminates, const char **ret_before);

/* Look whether an instance's fleet must be looked at. */
extern const struct watch fleet_watches[];

int fleet_converge(struct converge *cv, struct err *err);

#endif
