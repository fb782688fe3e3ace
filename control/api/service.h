/*
 * A service: its operations, its resources, and how its part of a new region looks.
 */
#ifndef CONTROL_API_SERVICE_H
#define CONTROL_API_SERVICE_H

#include "control/api/agent.h"
#include "control/api/call.h"
#include "control/api/condition_keys.h"
#include "control/api/resource.h"

struct outbox_message;

enum call_flag {
	OP_READ = 1 << 0,     /* writes nothing */
	OP_NO_AUTH = 1 << 1,  /* no permission is needed (GetCallerIdentity) */
	OP_TOKEN = 1 << 2,    /* ClientToken makes it idempotent */
	OP_UNSIGNED = 1 << 3, /* may be called without a signature */
	OP_ASKS = 1 << 4,     /* the handler asks for permission, by call_allow() alone */
	OP_BODY = 1 << 5, /* its body is streamed to a blob: c->body, and not in c->in */
};

typedef int op_fn(struct call *c);

struct op {
	const char *name;
	op_fn *run;
	unsigned flags;
	const struct resource
	    *resource; /* what generic handlers handle, and permission is asked for */
	const char
	    *id_member; /* input member with its id or ids; NULL: none, or it is new */
	const char *doc;
	const char
	    *token_in; /* the structure of the input that has the ClientToken of OP_TOKEN;
			       * NULL: the input itself */
	/* Of OP_BODY: asked before the body is read, which the client may not have sent; or NULL. */
	op_fn *admit;
};

#define OP(name_, run_, flags_, doc_)                                    \
	{                                                                \
		.name = name_, .run = run_, .flags = flags_, .doc = doc_ \
	}
#define OP_RES(name_, run_, flags_, resource_, id_member_, doc_)                    \
	{                                                                           \
		.name = name_, .run = run_, .flags = flags_, .resource = resource_, \
		.id_member = id_member_, .doc = doc_                                \
	}

/* A family of resources, a file of the service: its only symbol. */
struct family {
	const struct op *ops; /* sorted by name */
	size_t n_ops;
	const struct resource *const *resources; /* ends with NULL; or NULL */
};

#define FAMILY(ops_, resources_)                                           \
	{                                                                  \
		.ops = ops_, .n_ops = COUNT(ops_), .resources = resources_ \
	}

/* Calls fn for each blob that a document refers to; stops and returns what fn does when that is not 0. */
typedef int blob_ref_fn(void *arg, const char *id);

struct service {
	const char *name;		      /* the model's */
	const struct family *const *families; /* ends with NULL */
	/* Make what a new region (or account, for a global service) has from the start. */
	int (*bootstrap)(struct call *c);
	const struct service
	    *stands_on; /* whose that is, when it has none itself: EC2's default VPC */
	int (*check)(struct call *c); /* what any of its operations refuses; or NULL */
	const struct agent_kind *const *agents;	    /* ends with NULL; or NULL */
	const struct condition_key *condition_keys; /* ends with a NULL key; or NULL */
	/* Hears of each request once its answer is made; what it writes is a transaction of its own.  NULL: it does not. */
	void (*ended)(struct call *c, const struct wire_reply *reply, int64_t ms);
	/* Takes messages of others for what it has (outbox.h); NULL: it does not. */
	int (*accept)(struct env *env, struct arena *a, const struct outbox_message *m,
	    struct err *err);
	/* Of all accounts: 0, -1, or what fn returned.  NULL: it has no blobs. */
	int (*each_blob)(struct env *env, blob_ref_fn *fn, void *arg, struct err *err);
};

const struct op *service_find_op(const struct service *s, const char *name);
size_t service_count_ops(const struct service *s);
const struct service *service_find(const struct env *env, const char *name);

/* The resource of a store kind ("ec2:vpc") or with an id's prefix; NULL when there is none. */
const struct resource *service_find_kind(const struct env *env, const char *kind);

/* Call fn for each watch of a store kind; stops and returns what fn does when that is not 0. */
typedef int watch_fn(void *arg, const struct watch *watch);
int service_each_watch(const struct env *env, const char *kind, watch_fn *fn, void *arg);
const struct agent_kind *service_find_agent(const struct env *env, const char *name);
const struct resource *service_find_prefix(const struct service *s, const char *id);

#endif
