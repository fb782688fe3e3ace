/*
 * Uploads in parts, as their families share them.
 */
#ifndef CONTROL_SERVICES_S3_UPLOAD_H
#define CONTROL_SERVICES_S3_UPLOAD_H

#include "control/services/s3/s3.h"

enum { S3_MAX_PARTS = 10000 };

/* The upload of the input's Bucket, Key, UploadId, once the caller may: 0, or -1 NoSuchUpload, AccessDenied. */
int s3_upload_need(struct call *c, const char *action, json_t **ret_bucket, json_t **ret);

/* All parts that there are, by their numbers: 0 or -1. */
int s3_upload_parts(struct call *c, const json_t *bucket, const char *upload,
    struct store_docs *ret);

#endif
