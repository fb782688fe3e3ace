/*
 * EC2: what all VPCs of a Docker host share: the network that plays the
 * internet, the network by which containers reach control, and netd.
 *
 * Control has a network of its own (the last /28 of the underlay pool) so that the way
 * to it never changes when a router gets or loses its leg on the internet.
 *
 * It is a document of STORE_SYSTEM (kind "ec2:host", id "netd") whose converge()
 * keeps both there; netd's last status is in it.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_HOST_H
#define CONTROL_SERVICES_EC2_NETWORK_HOST_H

#include "base/json.h"
#include "control/api/env.h"
#include "control/api/service.h"

struct converge;

#define HOST_KIND "ec2:host"
#define HOST_ID	  "netd"

extern const struct family ec2_hosts;
extern const struct agent_kind ec2_netd_agent;

/* Make the document if there is none.  0 or -1. */
int host_announce(struct env *env, struct err *err);

/*
 * The port of control on our bridges: that of the control plane that announced the host, so that
 * it stays what agents and workloads were told when another replica takes over.
 */
int host_port(struct env *env);

/* The same of its TLS port; 0: none. */
int host_tls_port(struct env *env);

/*
 * May a container that ended be started again?  1; 0 and cv->again_ms: not yet; -1.
 *
 * A Docker daemon that shuts down ends all containers, goes on to answer, and starts what it
 * is told to; what was started then it can never start again.  netd is the one that it refuses
 * to start meanwhile, since that has the daemon's socket: so what ended just now waits a moment,
 * and then for netd.
 */
int host_may_restart(struct converge *cv, const json_t *container, struct err *err);

/* The same of the container with the name, which may run, or not be there: then 1. */
int host_may_run(struct converge *cv, const char *name, struct err *err);

/* The gateway of simfra-control, which is the host: "198.19.255.241"; NULL for a bad setting. */
const char *host_gateway(const struct settings *s, struct arena *a);

/* The IPv6 network of simfra-internet, borrowed of t: 1; 0 it has none; -1. */
int host_internet6(struct store_txn *t, const char **ret, struct err *err);

/*
 * netd cannot enforce groups, ACLs and routes on this host: 1, and why, borrowed of t; 0 it can, or
 * has not said yet; -1.
 */
int host_trouble(struct store_txn *t, const char **ret, struct err *err);

/* At which address of its network agents find control; NULL for a bad setting. */
const char *host_control_address(struct env *env, struct arena *a);

/* "{instance}-control" and "{instance}-internet" */
char *host_control_name(struct env *env, struct arena *a);
char *host_internet_name(const struct settings *s, struct arena *a);

#endif
