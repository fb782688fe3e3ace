/*
 * Policies that AWS keeps for everybody: arn:aws:iam::aws:policy/….
 */
#ifndef CONTROL_IAM_MANAGED_POLICIES_H
#define CONTROL_IAM_MANAGED_POLICIES_H

#include "base/json.h"

struct managed_policy {
	const char *name; /* "AmazonS3ReadOnlyAccess" */
	const char *path; /* "/", "/service-role/" */
	const char *arn;
	const char *created; /* ISO 8601 */
	const char *version; /* the default one, and the only one: "v1" */
	const char *description;
	const char *text; /* the document */
};

/* NULL when there is none. */
const struct managed_policy *managed_policy_find(const char *arn);

size_t managed_policy_count(void);
const struct managed_policy *managed_policy_at(size_t i); /* in order of names */

/* The document parsed: for all threads, never to be written. */
const json_t *managed_policy_document(const struct managed_policy *m);

#endif
