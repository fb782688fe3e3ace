/*
 * S3: what policies may ask of its requests (Service Authorization Reference, "Actions, resources, and condition keys
 * for Amazon S3").
 */
#ifndef CONTROL_SERVICES_S3_CONDITION_KEYS_H
#define CONTROL_SERVICES_S3_CONDITION_KEYS_H

#include "control/api/call.h"

/*
 * The keys of the action on the bucket (NULL: one that is made) or its object's version (NULL: the current
 * one): 0 and *ret (the arena's), or -1.
 */
int s3_condition_keys(struct call *c, const json_t *bucket, const char *key,
    const char *version, const char *action, json_t **ret);

#endif
