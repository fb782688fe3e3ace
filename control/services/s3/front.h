/*
 * S3 as browsers meet it: preflights, websites and uploads by forms, which are no operations of the API, and what replies to those that
 * are say to pages of other origins.
 */
#ifndef CONTROL_SERVICES_S3_FRONT_H
#define CONTROL_SERVICES_S3_FRONT_H

#include "control/api/call.h"
#include "control/wire/wire.h"

struct s3_visit {
	struct env *env;
	struct arena *arena;
	const struct wire_request *req;
	const char *source_ip;
	struct wire_reply *reply;
};

/* 1 the reply is there, 0 the request is one of the API's. */
int s3_front_answer(const struct s3_visit *v);

/* Behind the API's reply, whichever service's it is. */
void s3_front_finish(const struct s3_visit *v);

/* For the files of the front: */

/* A call of nobody's, without an operation and with an empty input, to read with. */
struct call *s3_visit_call(const struct s3_visit *v);

/* The name of the path's bucket, "" for none; *ret_key (may be NULL): what is behind its '/', as sent. */
const char *s3_visit_bucket(const struct s3_visit *v, const char **ret_key);

/* The reply is c->err, with c->detail. */
void s3_visit_fail(const struct s3_visit *v, const struct call *c);

#endif
