/*
 * One call of one operation: what a handler sees.
 *
 * A handler is `int handler(struct call *c)`: it reads c->in, reads and
 * writes documents in c->txn, fills c->out, and returns 0; or returns
 * err_set(&c->err, …).  It may be run again from the start when what it read
 * was changed meanwhile, so it has no other effect (DESIGN D2).  All memory is c->arena's.
 */
#ifndef CONTROL_API_CALL_H
#define CONTROL_API_CALL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "control/api/env.h"
#include "control/iam/auth.h"
#include "control/store/blob.h"
#include "control/store/store.h"
#include "control/wire/checksum.h"
#include "models/model.h"

struct op;
struct resource;
struct call_blobs;

/* A body that came as a stream: it was written to a blob before the handler ran (OP_BODY). */
struct call_body {
	const char *blob; /* its id */
	int64_t size;
	const char *md5; /* hexadecimal */
	/* One more sum of it, base64: of the kind that the client said, or CRC64NVME. */
	enum checksum_kind kind;
	const char *checksum;
	int is_said; /* the client said it, so it was compared */
};

struct call {
	struct env *env;
	struct arena *arena;
	struct store_txn *txn;
	const struct service *service;
	const struct op *op;
	const struct model *model;
	const struct model_op *shape;
	struct principal who;
	const char *account; /* the caller's, 12 digits */
	const char *region;  /* of the endpoint: "us-east-1" */
	const char
	    *scope; /* "{account}:{region}", or "{account}:-" for a global service */
	const char *request_id;
	const char *source_ip;
	const char *user_agent, *referer; /* as the request's headers say; or NULL */
	int is_tls;			  /* the request came encrypted */
	const char *
	    auth_type; /* how it is signed: "REST-HEADER", "REST-QUERY-STRING", "POST"; NULL */
	int is_form;	    /* it was made of a browser's form (dispatch_form()) */
	const json_t *keys; /* condition keys of a call from within; NULL */
	int is_service; /* a service of ours calls: tags that are reserved are its own */
	int64_t now_ms;
	json_t *in;		      /* validated by the model; not to be written */
	const struct call_body *body; /* of an operation that streams one; or NULL */
	struct call_blobs *blobs;     /* what call_blob_…() note */
	int is_stale;		      /* call_again() */
	int status;		/* of the reply, when it is not the model's; else 0 */
	json_t *out;		/* an object, empty at the start */
	json_t *detail;		/* further members of an error, or NULL */
	wire_stream_fn *stream; /* call_stream(); NULL: the reply is c->out alone */
	void *stream_arg;
	int64_t stream_length;
	struct err err;
};

/*
 * Members of the input; the model must have the member with that type, or it is a
 * bug (assert).  Absent: NULL, or the default.
 */
const char *in_str(const struct call *c, const char *name); /* also blobs (base64) */
int64_t in_int(const struct call *c, const char *name, int64_t def);
int in_bool(const struct call *c, const char *name, int def);
json_t *in_list(const struct call *c, const char *name);
json_t *in_object(const struct call *c, const char *name); /* structure or map */
int in_has(const struct call *c, const char *name);

/* { "Value": true } structures, as EC2's attribute operations have them: 1 set, 0 absent. */
int in_attribute_bool(const struct call *c, const char *name, int *ret);

/* Members of the output; the model must have them.  out_set owns v; out_ref does not. */
void out_set(struct call *c, const char *name, json_t *v);
void out_ref(struct call *c, const char *name, json_t *v);
void out_str(struct call *c, const char *name, const char *s);
void out_int(struct call *c, const char *name, int64_t n);
void out_bool(struct call *c, const char *name, int on);

/* "arn:aws:ec2:us-east-1:000000000000:vpc/vpc-1" for resource "vpc/vpc-1". */
char *call_arn(const struct call *c, const char *resource);

/* The caller asks only whether it would succeed (DryRun). */
int call_is_dry(const struct call *c);

/*
 * May the caller do this to the resource?  id NULL: to any of its type; r NULL: to anything.
 * The dispatcher has asked for what the operation's row names.  0, or -1 with the denial.
 */
int call_allow(struct call *c, const struct resource *r, const char *id);

/*
 * Where it makes resources with tags, ec2:CreateTags is needed for each type of TagSpecifications, too.  The
 * dispatcher asks that of what the input has.
 */
int call_allow_tags(struct call *c);

/*
 * As call_allow, for a resource with a policy of its own, or of another account, or with condition
 * keys of its own: q->context is added to those that every request has; q->action may
 * be NULL for the operation's own.
 */
int call_ask(struct call *c, const struct auth_question *q);

/*
 * Blobs (store/blob.h) of the call.  A document that it puts refers to the blob: it stays when this is committed, else
 * c->body's and linked ones go.  keep: so it is with one that the handler made.  link: another one with the same bytes, 0 or -1.  drop: no document refers to it
 * any more; it goes when this is committed.
 */
void call_blob_use(struct call *c, const char *id);
int call_blob_link(struct call *c, const char *id, const char **ret_id);
void call_blob_keep(struct call *c, const char *id);
void call_blob_drop(struct call *c, const char *id);

/*
 * What was read has changed meanwhile, as seen outside the store (a blob is gone): returns -1, for the handler to
 * return, and it is run again.
 */
int call_again(struct call *c);

/*
 * The reply goes on after c->out: `run` writes the rest while it is sent (wire/wire.h), after the commit and outside the
 * transaction; for events see wire/eventstream.h.  length: how many bytes, -1 when that is not known.
 */
void call_stream(struct call *c, wire_stream_fn *run, void *arg, int64_t length);

/* Now, as documents have timestamps: seconds with a fraction. */
json_t *call_now(const struct call *c);

#endif
