/*
 * netd's configuration (docs/AGENTS.md, "netd"), read and checked.
 *
 * All of it or nothing: one wrong address refuses the whole, and says where.
 * Texts, arrays and the documents that they came from belong to the config's
 * arena.  What is unknown is left alone: a newer control may say more.  VPCs
 * without a container and ENIs that are in none are the fabric's alone.
 */
#ifndef AGENTS_NETD_CONFIG_H
#define AGENTS_NETD_CONFIG_H

#include "base/arena.h"
#include "base/json.h"
#include "netdns/eni.h"
#include "netdns/fabric.h"
#include "netdns/router.h"

struct netd_eni {
	const json_t *doc;
	const struct fabric_eni *eni;
	const char *vpc, *container;
	struct eni_want want; /* mtu is the underlay's, and set later */
};

/* A volume in a container. */
struct netd_mount {
	const json_t *doc;
	const char *id, *container;
	const char *volume; /* the last folder but one of source: Docker's name of it */
	const char *source; /* the volume's folder on the host */
	const char *target; /* where it is in the container: one folder in /mnt */
};

struct netd_vpc {
	const json_t *doc;
	const struct fabric_vpc *vpc;
	const char *id, *container; /* the router's */
	struct router_want want;
	unsigned char stamp[32]; /* router_stamp() of it */
	struct net4 underlay;
	const char **guests; /* containers, by id or name */
	size_t n_guests;
	struct net4 *guest_nets; /* where guests get a route to */
	size_t n_guest_nets;
};

struct netd_config {
	struct arena *arena;
	struct fabric *fabric; /* all of the network; below is what netd acts on */
	struct joints joints;
	const char *label;
	struct netd_vpc **vpc_of; /* by the fabric's numbers; NULL: none */
	struct netd_eni **eni_of;
	struct netd_vpc *vpcs;
	struct netd_eni *enis;
	struct netd_mount *mounts;
	const char
	    *volume_prefix; /* of the names of all our volumes; NULL: none is ours */
	size_t n_vpcs, n_enis, n_mounts;
};

/* The caller frees *ret. */
int netd_config_read(const json_t *doc, struct netd_config **ret, struct err *err);
void netd_config_free(struct netd_config *c);

/* NULL when there is none. */
struct netd_vpc *netd_config_vpc(const struct netd_config *c, const char *id);
struct netd_eni *netd_config_eni(const struct netd_config *c, const char *id);
struct netd_mount *netd_config_mount(const struct netd_config *c, const char *id);

#endif
