/*
 * Cross-origin sharing: the first rule of the bucket's configuration that fits says what a page of another origin
 * may do.  It grants nothing else: who may what is asked as ever.
 */
#ifndef CONTROL_SERVICES_S3_CORS_H
#define CONTROL_SERVICES_S3_CORS_H

#include "control/services/s3/front.h"

/* OPTIONS of a bucket or an object: 1 answered, 0 it is something else. */
int s3_cors_preflight(const struct s3_visit *v);

/* The reply to a request with an origin says what the rule says. */
void s3_cors_finish(const struct s3_visit *v);

#endif
