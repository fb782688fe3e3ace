/*
 * Routing policies: which of a name's record sets a place hears.
 *
 * What stays the same from query to query is decided here: latency, geolocation, geoproximity and failover, by the region
 * of the VPC that asks, as Route 53 does for private zones.  What does not is left as alternatives with
 * weights, of which each query gets one.  Latency is the distance between regions.
 */
#ifndef CONTROL_SERVICES_ROUTE53_CHOOSE_H
#define CONTROL_SERVICES_ROUTE53_CHOOSE_H

#include "base/arena.h"
#include "base/json.h"

/*
 * Of sets (of one name) those of the type that who asks from the region may get: an array (the arena's) of
 * {"set": ResourceRecordSet, "weight": n}.  One of them is an answer, or none is.  All of a
 * multivalue answer come as one set.
 */
json_t *r53_choose(struct arena *a, const json_t *sets, const char *type,
    const char *region);

#endif
