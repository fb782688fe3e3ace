/*
 * S3: configurations of buckets that are one document each: what may be in them.
 */
#ifndef CONTROL_SERVICES_S3_DOCUMENT_H
#define CONTROL_SERVICES_S3_DOCUMENT_H

#include "control/services/s3/s3.h"

/* Is it as S3 takes it?  0, or -1 with S3's words; what S3 adds (ids of rules) is added. */
typedef int s3_document_check(struct call *c, json_t *doc);

s3_document_check s3_check_cors, s3_check_encryption, s3_check_lifecycle,
    s3_check_tiering, s3_check_website;

#endif
