/*
 * EC2: what RunInstances was asked for, checked, and the instance that comes of it.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_LAUNCH_H
#define CONTROL_SERVICES_EC2_COMPUTE_LAUNCH_H

#include "control/api/call.h"
#include "control/services/ec2/compute/instance.h"

enum { LAUNCH_MAX = 100, USER_DATA_MAX = 16384 };

struct launch {
	int64_t count;
	const json_t *image, *subnet, *profile; /* documents; profile may be NULL */
	const struct instance_type *type;
	const char *address;	/* private; NULL: the next free one */
	const char *key_name;	/* or NULL */
	const char *user_data;	/* base64, or NULL */
	const json_t *groups;	/* [{GroupId, GroupName}] */
	const json_t *mappings; /* of ec2_mappings_plan() */
	const json_t *tags, *interface_tags, *volume_tags; /* arrays, or NULL */
	const char *interface_description;
	int public_address;
};

/* User data as it is kept (base64), NULL when it is empty: 0 or -1. */
int launch_user_data(struct call *c, const char *text, const char **ret);

/* Its part in launch_network.c: subnet, groups, addresses and placement.  0 or -1. */
int launch_read_network(struct call *c, struct launch *l);

/* Everything is checked before anything is made.  0 or -1. */
int launch_read(struct call *c, struct launch *ret);

/* The i-th instance, put with its interface; the arena's.  NULL and c->err. */
json_t *launch_make(struct call *c, const struct launch *l, const char *reservation,
    int64_t i);

#endif
