/*
 * The services of AWS's own that a VPC may have an endpoint for: names, types, DNS names, and
 * the prefix lists of those with gateway endpoints.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_ENDPOINT_LIST_H
#define CONTROL_SERVICES_EC2_NETWORK_ENDPOINT_LIST_H

#include "control/api/call.h"

enum endpoint_type { ENDPOINT_INTERFACE = 1, ENDPOINT_GATEWAY = 2 };

struct endpoint_service {
	const char *name; /* "s3": com.amazonaws.{region}.s3 */
	const char *host; /* "s3" of s3.{region}.amazonaws.com; NULL: as name */
	unsigned types;
};

extern const struct endpoint_service endpoint_services[];
extern const size_t n_endpoint_services;

/* "com.amazonaws.us-east-1.s3" in the call's region: the row, or NULL. */
const struct endpoint_service *endpoint_service_find(const struct call *c,
    const char *service_name);

/* "com.amazonaws.us-east-1.s3"; the arena's. */
char *endpoint_service_name(const struct call *c, const struct endpoint_service *s);

/* "s3.us-east-1.amazonaws.com"; the arena's. */
char *endpoint_service_host(const struct call *c, const struct endpoint_service *s);

/* The id of the prefix list ("pl-63a5400a") of a service with gateway endpoints; the arena's. */
char *endpoint_prefix_list(const struct call *c, const struct endpoint_service *s);

/* A service is in all zones of the region: AvailabilityZones and AvailabilityZoneIds. */
void endpoint_add_zones(struct call *c, json_t *doc);

#endif
