/*
 * EC2: what RunInstances was asked for, checked, and the instance that comes of it.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_LAUNCH_H
#define CONTROL_SERVICES_EC2_COMPUTE_LAUNCH_H

#include "control/api/call.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/network/network_interface.h"

enum { LAUNCH_MAX = 100, USER_DATA_MAX = 16384 };

struct launch_interface {
	const json_t *asked; /* as interface_make() wants it */
	const char *id;	     /* of one that exists, or NULL */
	const json_t *subnet, *groups;
	struct interface_place place;
};

struct launch {
	int64_t count;
	const json_t *image, *subnet, *profile; /* documents; profile may be NULL */
	const struct instance_type *type;
	json_t *placement_group;	     /* NULL: none */
	struct launch_interface *interfaces; /* by device index, the first is 0 */
	size_t n_interfaces;
	const char *key_name;	/* or NULL */
	const char *user_data;	/* base64, or NULL */
	const char *credits;	/* of a burstable type; or NULL */
	const json_t *metadata; /* MetadataOptions, with all defaults */
	const json_t *groups;	/* of the first interface: [{GroupId, GroupName}] */
	const json_t *mappings; /* of ec2_mappings_plan() */
	const json_t *tags, *interface_tags, *volume_tags, *spot_tags; /* or NULL */
	int public_address;
};

/* User data as it is kept (base64), NULL when it is empty: 0 or -1. */
int launch_user_data(struct call *c, const char *text, const char **ret);

/* The subnet (id NULL: a default one) in the zone that was asked for: 0 or -1. */
int launch_subnet(struct call *c, const char *id, const json_t **ret);

/* Its parts: placement and interfaces; interfaces; options.  0 or -1. */
int launch_read_network(struct call *c, struct launch *l);
int launch_read_interfaces(struct call *c, struct launch *l);
int launch_read_options(struct call *c, struct launch *l);

/* What is kept of its options, written into the instance. */
void launch_set_options(struct call *c, json_t *doc, const struct launch *l);

/*
 * An id (NULL: none) of the input, of a resource whose ids begin with the prefix, exists: 0
 * or -1, also when there are no such resources here.
 */
int launch_check_known(struct call *c, const char *parameter, const char *id,
    const char *prefix);

/* Tenancy, HostId and Affinity of a Placement or the like: 0 or -1. */
int launch_check_host(struct call *c, const json_t *placement);

/* An IamInstanceProfile of the input, which the caller may hand on: 0, NULL for none, or -1. */
int launch_profile(struct call *c, const json_t *given, const json_t **ret);

/* Everything is checked before anything is made.  0 or -1. */
int launch_read(struct call *c, struct launch *ret);

/*
 * What RunInstances does with `in`, its input, in any operation of EC2's: *ret is the reservation,
 * the arena's.  ret NULL: it is checked and nothing is made.  0 or -1.
 */
int launch_run(struct call *c, json_t *in, struct launch *launch, json_t **ret);

/*
 * A service of ours will ask RunInstances for `in` later: may the caller have it launched?  For what
 * it names, and for all of a kind where it names none; the profile's role; tags.  0 or -1.
 */
int launch_may(struct call *c, json_t *in);

/* The i-th instance, put with its interface; the arena's.  NULL and c->err. */
json_t *launch_make(struct call *c, const struct launch *l, const char *reservation,
    int64_t i);

#endif
