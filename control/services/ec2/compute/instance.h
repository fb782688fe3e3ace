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
 *	_profile_association	{AssociationId, Timestamp} of it
 *	_credits	"standard", "unlimited": of a burstable type
 *	_termination_protected, _stop_protected, _shutdown_behavior
 *	_terminated_ms	since when it is terminated
 *	_events		what is scheduled for it (instance_event.h)
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_INSTANCE_H
#define CONTROL_SERVICES_EC2_COMPUTE_INSTANCE_H

#include "base/err.h"
#include "control/api/call.h"
#include "control/api/resource.h"
#include "control/api/service.h"
#include "control/services/ec2/compute/instance_type.h"

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
json_t *instance_state_json(enum instance_state state); /* {Code, Name}; the caller's */

/* Both texts, as Describe shows them; code NULL takes them away. */
void instance_set_reason(json_t *doc, const char *code, const char *message,
    const char *transition);

/*
 * Take a public address if its subnet says so; give up the one that is not Elastic, if it has
 * one.  Both rewrite the stored document.  0 or -1.
 */
int instance_assign_public(struct call *c, json_t *doc);
int instance_release_public(struct call *c, json_t *doc);

/* The profile is the instance's from now on, by an association of its own. */
void instance_set_profile(struct call *c, json_t *doc, const json_t *profile);

/* The limit of HttpPutResponseHopLimit: 0 or -1. */
int ec2_check_hops(struct call *c, int64_t hops);

/* The interface, a copy to write, gets the names that the instance's PrivateDnsNameOptions say. */
void instance_set_names(struct call *c, const json_t *instance, json_t *interface);

/* CpuOptions are ones that the type can have; the bandwidth weighting is: 0 or -1. */
int instance_check_cpu(struct call *c, const struct instance_type *type, int64_t cores,
    int64_t threads);
int instance_check_bandwidth(struct call *c, const char *type, const char *weighting);

/* CpuOptions as shown, what was not given (NULL: all of it) as the type has it. */
json_t *instance_cpu_options(const struct instance_type *type, const json_t *given);

/* A CapacityReservationSpecification (NULL: none): 0 or -1; and as shown. */
int instance_check_capacity(struct call *c, const json_t *given);
json_t *instance_capacity(const json_t *given);

/* Of DescribeInstances. */
extern const struct filter instance_filters[];

/* The families of what can be done with an instance; of its profile, its options … */
extern const struct family ec2_instance_profiles, ec2_instance_options,
    ec2_instance_statuses, ec2_instance_consoles, ec2_instance_credits,
    ec2_instance_event_windows;

int instance_converge(struct converge *cv, struct err *err);

#endif
