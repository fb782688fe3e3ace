/*
 * EC2: one instance type: a size of a family of the catalogue.
 *
 * A container's share of the host is its type's vCPUs and memory.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_INSTANCE_TYPE_H
#define CONTROL_SERVICES_EC2_COMPUTE_INSTANCE_TYPE_H

#include "base/arena.h"
#include "control/api/service.h"
#include "control/services/ec2/compute/instance_family.h"

struct instance_type {
	const char *name; /* "m5.large" */
	unsigned vcpus, memory_mib;
	const char *architecture; /* "x86_64", "arm64", "x86_64_mac", "arm64_mac" */
	const struct instance_family *family;
	unsigned size; /* which of the family's, from 0 */
	int is_metal;
	unsigned interfaces, addresses; /* at most; IPv4 addresses of each */
};

/* The type, which is the arena's, or NULL. */
const struct instance_type *instance_type_find(struct arena *a, const char *name);

/* All of them, by name; the arena's. */
const struct instance_type *instance_type_all(struct arena *a, size_t *ret_n);

/* The type's word of a column of its family, the arena's; "" when it has none. */
const char *instance_type_word(struct arena *a, const struct instance_type *t,
    const char *column);

unsigned instance_type_cores(const struct instance_type *t);

/* Accelerators: how many whole ones, and MiB of memory in all. */
unsigned instance_type_devices(struct arena *a, const struct instance_type *t);
unsigned instance_type_device_mib(struct arena *a, const struct instance_type *t);

/* GB of instance storage, and gigabits a second of network at most (0: a word says it). */
unsigned instance_type_storage(struct arena *a, const struct instance_type *t);
double instance_type_gigabits(struct arena *a, const struct instance_type *t);

/* Mbps to volumes that it always has. */
unsigned instance_type_ebs(struct arena *a, const struct instance_type *t);

int instance_type_hibernates(const struct instance_type *t);

/* As DescribeInstanceTypes shows it; the arena's. */
json_t *instance_type_json(struct arena *a, const struct instance_type *t);

/* Of what an instance costs on demand, what it costs as a spot one. */
enum { SPOT_PERCENT = 35 };

/* Dollars that an hour of Linux on demand costs, by the rule of spot_price.c. */
double instance_type_hour(struct arena *a, const struct instance_type *t);

/* The error of types that are not there: always -1. */
int instance_type_unknown(struct call *c, const char *names);

extern const struct family ec2_instance_types, ec2_instance_requirements, ec2_spot_prices;

#endif
