/*
 * AWS's managed policies as tables of short texts, for managed_policies.c.
 *
 * A text has statements, parted by "; ", and a statement words, parted by spaces:
 *	ec2:CreateTags DeleteTags	actions; the service of the one before is understood
 *	!s3:*				a statement that denies: before its first action
 *	@arn:aws:s3:::a/b		resources; without any it is "*"
 *	?StringEquals aws:TagKeys=a,b	an operator, then keys with their values
 */
#ifndef CONTROL_IAM_MANAGED_TABLE_H
#define CONTROL_IAM_MANAGED_TABLE_H

#include <stddef.h>

#include "base/json.h"

struct managed_row {
	const char *name, *path, *created, *version, *text;
};

extern const struct managed_row managed_services_a[], managed_services_b[],
    managed_roles[], managed_linked[];
extern const size_t n_managed_services_a, n_managed_services_b, n_managed_roles,
    n_managed_linked;

/* The document that a text means, the caller's. */
json_t *managed_document(const char *text);

#endif
