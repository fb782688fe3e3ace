/*
 * The source of a copy: x-amz-copy-source.
 */
#ifndef CONTROL_SERVICES_S3_COPY_H
#define CONTROL_SERVICES_S3_COPY_H

#include "control/services/s3/s3.h"

struct s3_source {
	const char *bucket_name, *key, *version; /* version NULL: the current one */
	const json_t *bucket, *doc;
};

/* The input's CopySource, which the caller may read and whose conditions hold: 0 or -1. */
int s3_source_find(struct call *c, struct s3_source *s);

/*
 * n of its bytes from `first` on, as [{id, size}] of blobs that are this call's: whole ones are links, others copies.
 * 0 or -1.
 */
int s3_source_bytes(struct call *c, const struct s3_source *s, int64_t first, int64_t n,
    json_t **ret);

#endif
