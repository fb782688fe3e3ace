/*
 * EC2: what the files about instances share.
 *
 * An instance's document is as DescribeInstances shows it, and privately:
 *	_reservation	"r-…"
 *	_want		"running", "stopped", "terminated": what converge() works towards
 *	_force		stop without grace
 *	_reboots, _rebooted	reboots asked for, and done
 *	_made		its container was there once
 *	_started	its container was started since the instance was wanted to run
 *	_image		what its container is made from
 *	_user_data	base64
 *	_profile	name of the instance profile
 *	_termination_protected, _stop_protected, _shutdown_behavior
 *	_terminated_ms	since when it is terminated
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_INSTANCE_H
#define CONTROL_SERVICES_EC2_COMPUTE_INSTANCE_H

#include "base/err.h"
#include "control/api/call.h"

struct converge;

/* EC2 API: InstanceState */
enum instance_state {
	STATE_PENDING = 0,
	STATE_RUNNING = 16,
	STATE_SHUTTING_DOWN = 32,
	STATE_TERMINATED = 48,
	STATE_STOPPING = 64,
	STATE_STOPPED = 80,
};

enum instance_state instance_state(const json_t *doc);
void instance_set_state(json_t *doc, enum instance_state state);

/* Both texts, as Describe shows them; code NULL takes them away. */
void instance_set_reason(json_t *doc, const char *code, const char *message,
    const char *transition);

/* Take a public address if its subnet says so.  0 or -1. */
int instance_assign_public(struct call *c, json_t *doc);

/* The limit of HttpPutResponseHopLimit: 0 or -1. */
int ec2_check_hops(struct call *c, int64_t hops);

struct instance_type {
	const char *name;
	unsigned vcpus, memory_mib;
	const char *architecture; /* "x86_64", "arm64" */
};
const struct instance_type *instance_type_find(const char *name);
extern const struct instance_type instance_types[];
extern const size_t n_instance_types;

int instance_converge(struct converge *cv, struct err *err);

#endif
