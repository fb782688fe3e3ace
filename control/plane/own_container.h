/*
 * Is control itself a container of the engine that it uses, and which?
 *
 * The kernel tells: Docker mounts a container's /etc/hostname, hosts and resolv.conf from a
 * directory that has the id as its name, and (cgroup v1) names its cgroup by it.  The host's
 * name is the last resort, since users change it.  What is found counts only when the engine
 * knows a container of that id: control may be in a container of another engine.
 */
#ifndef CONTROL_PLANE_OWN_CONTAINER_H
#define CONTROL_PLANE_OWN_CONTAINER_H

#include "control/api/env.h"

enum { CONTAINER_ID = 65 };

/* The id in the texts of /proc/self/mountinfo and /proc/self/cgroup: 1, or 0 there is none. */
int own_container_id(const char *mountinfo, const char *cgroup, char ret[CONTAINER_ID]);

/*
 * The id of the container whose networks are control's (env->own_container), the arena's;
 * NULL when control is a process of the host, or shares the host's network.
 */
const char *own_container_find(struct engine *e, struct arena *a);

/*
 * 1 when a client at the address is this host, though control is a container: it comes from
 * the gateway of one of its networks, and its ports are published on 127.0.0.1 alone.
 * Docker lends the gateway's address to whoever comes by a published port of another address of
 * the host, other containers (so instances) among them; then nobody is known as the host.
 */
int own_container_is_host(struct env *env, struct arena *a, const char *address);

#endif
