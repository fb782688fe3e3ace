/*
 * EC2: spot instances and the requests they come of.
 *
 * A request's document is as DescribeSpotInstanceRequests shows it, and privately:
 *	_request	what RunInstances is asked for its instance
 *	_launches	how many instances it had: part of the launch's token
 *	_retry_ms	when a launch for which there was no room is tried again
 *	_retired_ms	since when it is over (record.h)
 * Not emulated: interruptions and prices: every bid is enough, and lasts.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_SPOT_H
#define CONTROL_SERVICES_EC2_COMPUTE_SPOT_H

#include "control/api/call.h"
#include "control/api/resource.h"
#include "control/api/service.h"

struct converge;
struct instance_type;
struct launch;

extern const struct resource ec2_spot_request;
extern const struct family ec2_spot_requests, ec2_spot_datafeeds;

/* InstanceMarketOptions of RunInstances (or none) are what the type can be launched with: 0 or -1. */
int spot_check_market(struct call *c, const struct instance_type *type);

/*
 * The new instance, not put yet, becomes a spot one if that is asked: it fulfils the request that
 * it is launched for, or one that is made for it.  0 or -1.
 */
int spot_mark(struct call *c, json_t *instance, const struct launch *l);

/* A price (NULL: none) is a number of dollars above zero: 0 or -1. */
int spot_check_price(struct call *c, const char *parameter, const char *price);

/* How it stands: State, and Status by its code. */
void spot_set_status(struct call *c, json_t *request, const char *state,
    const char *code);

/* A new request, not put, of the price (NULL: what the type costs on demand); the arena's. */
json_t *spot_request_new(struct call *c, const struct launch *l, const char *price);

/* The LaunchSpecification that is shown for what RunInstances is asked; the arena's. */
json_t *spot_specification(struct call *c, const json_t *in, const struct launch *l);

/* What is asked of RunInstances for the request's next instance; the arena's. */
json_t *spot_launch_input(struct call *c, const json_t *request);

int spot_converge(struct converge *cv, struct err *err);

#endif
