/*
 * EC2: what is set for the EBS of a whole region: encryption by default, its key, and
 * what may be public.
 */
#ifndef CONTROL_SERVICES_EC2_STORAGE_EBS_H
#define CONTROL_SERVICES_EC2_STORAGE_EBS_H

#include "control/api/call.h"

enum ebs_public { EBS_SNAPSHOTS, EBS_IMAGES };

/*
 * What a new volume, or copy, is: *encrypted (asked for, or its source's) and *key, the ARN of
 * the key that was named, or of the region's default one; NULL when it is not encrypted.  0 or -1.
 */
int ebs_key(struct call *c, const char *named, int *encrypted, const char **key);

/* 1 when snapshots (images) must not be made public now, 0, -1. */
int ebs_blocks_public(struct call *c, enum ebs_public what);

/* 1 when snapshots of the account (in the caller's region) are not public even if they say so, 0, -1. */
int ebs_hides_public(struct call *c, const char *account);

#endif
