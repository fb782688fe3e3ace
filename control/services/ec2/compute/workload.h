/*
 * Containers that other services run in a user's VPC: database engines, caches, load balancers.
 *
 * One has the id of a document of its service (`managed_interface.workload`), and interfaces
 * that managed_interface_make() made for it, whose security groups netd enforces as those of
 * an instance.  agents/init is its PID 1 until they are in force, and then becomes
 * what the image runs, so that no instruction of it runs before.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_WORKLOAD_H
#define CONTROL_SERVICES_EC2_COMPUTE_WORKLOAD_H

#include "base/err.h"
#include "base/json.h"
#include "control/api/converge.h"

struct workload_file {
	const char *name; /* under /.simfra */
	const char *text;
	unsigned mode; /* root's */
};

struct workload {
	const char *image;	       /* a reference */
	const char *const *interfaces; /* ids, eth0 first; ends with NULL */
	const json_t *env;	       /* ["NAME=value"]; or NULL */
	const json_t *mounts;	       /* as Docker's HostConfig.Mounts; or NULL */
	/*
	 * A shell script that runs first, as the image's user, with what the image would run as its
	 * arguments: it ends with `exec "$@"`.  NULL: none.
	 */
	const char *start;
	const struct workload_file *files;
	size_t n_files;
	int64_t memory; /* bytes; 0: no limit */
	int vcpus;	/* 0: no limit */
	int stop_s;	/* how long it may take to end, before it is killed */
};

/*
 * It runs as that says, and its interfaces are in force: 1 and its inspection; 0 not
 * yet, and cv->again_ms; -1.  One of another spec is replaced; one that fails as soon as it
 * is started is an error with its last words, and started again some seconds later.
 */
int workload_run(struct converge *cv, const struct workload *w, json_t **ret,
    struct err *err);

/* It does not run; its file system stays.  0 or -1. */
int workload_stop(struct converge *cv, int timeout_s, struct err *err);

/* It is gone.  0 or -1. */
int workload_remove(struct converge *cv, struct err *err);

#endif
