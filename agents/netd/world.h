/*
 * What netd knows: the configuration in force, which containers run and as
 * what process, and how far each VPC and ENI is.
 *
 * Level-triggered: an event, a configuration or the timer only marks as dirty
 * what has to be looked at; world_settle() looks at it, makes it what it
 * should be, and leaves what is right untouched.  What fails stays dirty, and is
 * tried again.
 */
#ifndef AGENTS_NETD_WORLD_H
#define AGENTS_NETD_WORLD_H

#include <stdint.h>

#include "agents/netd/config.h"
#include "netdns/flows.h"
#include "netdns/guard.h"
#include "netdns/ns.h"

enum { CONTAINER_ID = 65 };

/* A container that the configuration speaks of. */
struct box {
	struct box *next;
	char *name;	       /* as the configuration has it: a name or an id */
	char id[CONTAINER_ID]; /* "" while it does not run */
	int pid;	       /* 0 while it does not run */
	int is_guest;	       /* a user's own: without our label */
	int is_wanted, is_asking, ask_again;
	int is_lost;	    /* its process ended before Docker said so */
	int has_mounts;	    /* it may have volumes: it is no router and no guest */
	int is_dirty;	    /* its volumes have to be looked at */
	int64_t started_ns; /* Docker's time of the event that it started with; 0: none */
	/* Its table (netdns/guard.h): no interface is plugged in before it is in force. */
	const struct fabric_eni **enis;
	size_t n_enis;
	uint64_t rules; /* guard_stamp() of what is wanted */
	uint64_t ns;	/* the namespace that the memory is of */
	struct guard_memory guard;
	struct flows_memory flows; /* what flow logs count there */
	int is_guard_dirty, is_guarded;
	int has_sources;      /* rules of more than one interface (netdns/source.h) */
	struct err guard_err; /* why it is not */
};

enum outcome_state { OUTCOME_NONE, OUTCOME_GOOD, OUTCOME_FAILED };

/* How it went with a VPC or an ENI; what the status says. */
struct outcome {
	enum outcome_state state;
	char container[CONTAINER_ID];
	int pid;
	char error[256];
};

void outcome_good(struct outcome *o, const struct box *box);

/* Said once for each message: it is tried again until it is over. */
void outcome_failed(struct outcome *o, const struct box *box, const char *what,
    const char *id, const struct err *err);

struct vpc_state {
	struct box *box;
	struct outcome outcome;
	int is_dirty;
	uint64_t ns; /* the namespace that memory and facts are of */
	struct router_memory memory;
	struct router_facts facts;
	struct flows_memory refused; /* what its ACLs refused, of that namespace, too */
	struct box **guests;
};

struct eni_state {
	struct box *box;
	struct outcome outcome;
	int is_dirty;
	struct vpc_state *vpc;
};

struct mount_state {
	struct box *box;
	struct outcome outcome;
};

struct world {
	struct ns_worker *worker;
	struct netd_config *config; /* NULL before the first */
	struct vpc_state *vpcs;	    /* as config->vpcs */
	struct eni_state *enis;	    /* as config->enis */
	struct mount_state *mounts; /* as config->mounts */
	struct box *boxes;
	void (*ask)(void *arg,
	    struct box *box); /* what is with it?  Answered by world_saw(). */
	void (
	    *watch)(void *arg, struct box *box); /* it may have wishes (mounts.h): look */
	void (*changed)(void *arg);		 /* the status is another */
	void *arg;
};

void world_init(struct world *w, struct ns_worker *worker);
void world_done(struct world *w);

/* Swap the configuration; world_settle() follows.  Fails with the old one in force. */
int world_apply(struct world *w, const json_t *config, struct err *err);

/* NULL when the configuration does not speak of it; name may be NULL. */
struct box *world_box(struct world *w, const char *id, const char *name);

/* A container runs, as this process; pid 0: it does not. */
void world_saw(struct world *w, struct box *box, const char *id, int pid);

/* Look at all that has to do with the box. */
void world_touch(struct world *w, struct box *box);
void world_touch_all(struct world *w);

/* How many VPCs, ENIs and containers are not as they should be, or not done yet: try again soon. */
size_t world_settle(struct world *w);

/* Ask what is with those whose process was not there. */
void world_ask_lost(struct world *w);

void world_status(const struct world *w, json_t *report);

#endif
