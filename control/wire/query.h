/*
 * What EC2's protocol has in common with Query.
 */
#ifndef CONTROL_WIRE_QUERY_H
#define CONTROL_WIRE_QUERY_H

#include "control/wire/codec.h"

int query_claims(const struct wire_request *req);

/* By Action and Version, for both protocols: see struct codec. */
int query_route(struct arena *a, const struct wire_request *req, const char *signing_name,
    const struct model **ret_model, const struct model_op **ret_op, struct err *err);

/* <Code>, <Message> and the members of the exception. */
void query_error_members(const struct model *m, const struct wire_failure *f,
    struct buf *b);

#endif
