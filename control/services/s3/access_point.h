/*
 * S3: access points: other names for a bucket, with a policy of their own, which has to let in what the bucket's does.
 *
 * s3control makes them: kind s3:access-point in "{account}:{region}", by name: Name, Bucket, Alias, AccessPointArn,
 * BucketAccountId, CreationDate, PublicAccessBlockConfiguration, Policy, _policy, Tags; s3:access-point-alias in
 * STORE_SYSTEM leads from an alias to {account, region, name}.
 */
#ifndef CONTROL_SERVICES_S3_ACCESS_POINT_H
#define CONTROL_SERVICES_S3_ACCESS_POINT_H

#include "control/api/call.h"

#define S3_ACCESS_POINT	      "s3:access-point"
#define S3_ACCESS_POINT_ALIAS "s3:access-point-alias"

/*
 * The access point that is meant by what stands for a bucket: its alias, "NAME-ACCOUNT" of its host's name, or its ARN.
 * 1, 0, -1.
 */
int s3_access_point_find(struct call *c, const char *said, json_t **ret);

/* May the caller, by the access point?  What the bucket says is asked apart.  0 or -1. */
int s3_access_point_permit(struct call *c, const json_t *point, const char *key,
    const char *action, const json_t *context);

/* The condition keys of a request by it. */
void s3_access_point_keys(const json_t *point, json_t *keys);

#endif
