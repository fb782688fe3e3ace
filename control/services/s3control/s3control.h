/*
 * S3 Control: what of S3 belongs to accounts rather than to buckets.
 */
#ifndef CONTROL_SERVICES_S3CONTROL_S3CONTROL_H
#define CONTROL_SERVICES_S3CONTROL_S3CONTROL_H

#include "control/api/call.h"
#include "control/api/service.h"

extern const struct service s3control_service;
extern const struct family s3control_blocks, s3control_access_points,
    s3control_access_point_policies, s3control_tags;

#define CONTROL(name_, run_, flags_, doc_) OP(name_, run_, (flags_) | OP_ASKS, doc_)

extern const struct err_kind s3control_no_point; /* NoSuchAccessPoint 404 */

/* Is the account that is named the caller's, and may he?  0, or -1 AccessDenied. */
int s3control_ask(struct call *c, const char *action, const char *arn);

/* The ARN of an access point. */
char *s3control_arn(struct call *c, const char *name);

/* The access point of the input, once the caller may: 0 and its document (to write, if is_edit), or -1. */
int s3control_get(struct call *c, const char *action, int is_edit, json_t **ret);
void s3control_put(struct call *c, json_t *point);

#endif
