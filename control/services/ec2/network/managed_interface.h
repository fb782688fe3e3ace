/*
 * Network interfaces that a service keeps in a user's subnet: requester-managed, in use,
 * and of no instance.  ec2_interface_drop() ends one.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_MANAGED_INTERFACE_H
#define CONTROL_SERVICES_EC2_NETWORK_MANAGED_INTERFACE_H

#include "control/services/ec2/ec2.h"

struct managed_interface {
	const char *type; /* InterfaceType: "transit_gateway" */
	const char *description;
	const char *requester; /* RequesterId: "amazon-rds"; NULL: the account */
	const char *address;   /* NULL: the next free one */
	const json_t *groups;  /* [{GroupId, GroupName}]; NULL: none */
	/*
	 * It is of the container of a document of another service (compute/workload.h), which
	 * is woken when it is plugged in: the id, which names the container, and the store kind.
	 */
	const char *workload, *workload_kind;
	int64_t device; /* of it: eth0, eth1 … */
	/* It reaches those of the same cohort in its VPC on the TCP port, whatever its groups say; NULL: none. */
	const char *cohort;
	int64_t cohort_port;
	const char *name; /* of its private address, for all VPCs of the scope; or NULL */
};

/* 0 and the id, the arena's; or -1. */
int managed_interface_make(struct call *c, const json_t *subnet,
    const struct managed_interface *m, const char **ret_id);

/* Its groups are these now.  0 or -1. */
int managed_interface_regroup(struct call *c, const char *id, const json_t *groups);

/* Names of its private address that others may have, too: [text].  0 or -1. */
int managed_interface_rename(struct call *c, const char *id, const json_t *names);

#endif
