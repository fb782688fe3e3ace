/*
 * Docker networks of resources: what converge() says there should be.
 *
 * A network may have members that are not ours: control itself, when it is a container, and
 * containers that a user put there.  They keep their lives, and lose the
 * network when it goes.
 */
#ifndef CONTROL_API_NETWORK_H
#define CONTROL_API_NETWORK_H

#include "base/err.h"
#include "control/api/converge.h"

struct network_spec {
	const char *name;
	const char *subnet;			 /* "198.19.0.0/28" */
	const char *range;			 /* what Docker may give away of it */
	const char *gateway;			 /* the host */
	const char *subnet6, *range6, *gateway6; /* the same of IPv6; NULL: none */
	int is_inner; /* leads nowhere but to the host: nothing is masqueraded */
};

/*
 * It is there, with that subnet: one with another is replaced.  IPv6 is a wish: the network is
 * without it where the engine refuses it, and one that is without it is replaced only while
 * nobody is on it.  1 with subnet6, 0 without, -1.
 */
int network_need(struct converge *cv, const struct network_spec *spec, struct err *err);

/* The container (NULL: nobody) is on it, at the address.  0 or -1. */
int network_join(struct converge *cv, const char *network, const char *container,
    const char *address, struct err *err);

/* Nobody is on it any more, and it is gone.  0, also when it was; or -1. */
int network_remove(struct engine *e, const char *name, struct err *err);

#endif
