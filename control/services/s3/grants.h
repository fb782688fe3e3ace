/*
 * S3: ACLs, where they count: in buckets whose ObjectOwnership is not BucketOwnerEnforced.
 *
 * A bucket's or version's grants are its _acl, [{Grantee {Type, ID or URI}, Permission}] as S3 shows them; without,
 * its owner has FULL_CONTROL, and nobody else anything.  The owner of a version (_owner, an account, or
 * S3_ANONYMOUS) is who wrote it, or the bucket's.
 *
 * A grant to an account lets its users in as their own policies do; in the owner's own account those alone decide.
 */
#ifndef CONTROL_SERVICES_S3_GRANTS_H
#define CONTROL_SERVICES_S3_GRANTS_H

#include "control/api/call.h"
#include "control/iam/auth.h"

#define S3_ANONYMOUS "anonymous" /* who writes without a signature */

extern const struct err_kind s3_no_acl; /* AccessControlListNotSupported 400 */

int s3_acl_counts(const json_t *bucket);

/* Whose the version is, as things stand now. */
const char *s3_owner_of(const json_t *bucket, const json_t *doc);

/* The grants, those of the owner alone where none are kept; the caller's (new). */
json_t *s3_grants(struct arena *a, const char *owner, const json_t *acl);

/* What to ask for an action besides policies, into the question.  0 or -1. */
int s3_grants_ask(struct call *c, const json_t *bucket, const char *key,
    const char *version, struct auth_question *q);

/*
 * The grants that the input wants, by a canned ACL, headers, or a body: 1 and *ret (the arena's), 0 it says nothing,
 * -1 InvalidArgument, InvalidRequest, MalformedACLError, MethodNotAllowed.  keeper: whose the bucket is.
 */
int s3_grants_read(struct call *c, const char *owner, const char *keeper, json_t **ret);

/* Does somebody whom nobody knows get anything? */
int s3_grants_are_public(const json_t *grants);

/* May they be set?  0, or -1 AccessDenied where public ones are blocked. */
int s3_grants_check(struct call *c, const json_t *bucket, const char *key,
    const json_t *grants);

/* Whose a new version is, and its grants, into doc: 0 or -1. */
int s3_grants_take(struct call *c, const json_t *bucket, const char *key, json_t *doc);

#endif
