/*
 * From a request to a reply: the one way in.
 *
 * Route, authenticate, decode and validate, ask for permission, run the
 * handler in a transaction (again, when what it read has changed), commit, encode.
 */
#ifndef CONTROL_API_DISPATCH_H
#define CONTROL_API_DISPATCH_H

#include "control/api/call.h"
#include "control/api/service.h"
#include "control/wire/wire.h"

/* Never fails: failures are replies.  The reply's parts are the arena's. */
void dispatch_http(struct env *env, struct arena *a, const struct wire_request *req,
    const char *source_ip, struct wire_reply *reply);

/* The same of a request that was made of a browser's form, by whom its policy is signed. */
void dispatch_form(struct env *env, struct arena *a, const struct wire_request *req,
    const char *source_ip, const struct principal *who, struct wire_reply *reply);

/*
 * Run an operation with a document, as whoever: validation by the model is the caller's.
 * 0 with c->out, -1 with c->err, as a handler.  c needs env, arena, who, region, in,
 * and may have a body, which is the call's from now on; the rest is filled here.
 */
int dispatch_run(struct call *c, const char *service, const char *operation);

/* One of the regions there are (facts.md)? */
int region_is_valid(const char *name);

#endif
