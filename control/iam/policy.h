/*
 * Policy documents: are they well-formed, and what do they say of a request?
 *
 * A document is the JSON tree of the policy's text.  policy_parse() checks all that IAM
 * refuses when a policy is written; policy_evaluate() may then be asked of
 * the tree as often as one likes, and writes nothing.
 *
 * NotPrincipal excepts from a deny whoever has all of his names on its list (his account's, his
 * role's, his session's); with an allow it is refused, as AWS does.
 */
#ifndef CONTROL_IAM_POLICY_H
#define CONTROL_IAM_POLICY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

extern const struct err_kind policy_malformed; /* MalformedPolicyDocument 400 */

enum policy_use {
	POLICY_IDENTITY, /* of users, groups, roles, sessions; boundaries */
	POLICY_TRUST,	 /* who may assume a role */
	POLICY_SCP,	 /* of an organization: what its accounts may at most */
	POLICY_RESOURCE, /* of a resource: principals and resources */
};

/* Text that somebody wrote, checked: 0 and the arena's tree, or -1 policy_malformed. */
int policy_parse(struct arena *a, const char *text, enum policy_use use, json_t **ret,
    struct err *err);

/* Characters that count against a quota: white space does not. */
size_t policy_size(const char *text);

enum policy_effect { POLICY_SILENT, POLICY_ALLOW, POLICY_DENY };

/* Names by which a principal element may mean the caller: ARNs, account ids, a service. */
struct policy_principal {
	const char *type; /* "AWS", "Service", "Federated" */
	const char *const *names;
	size_t n_names;
	int is_anybody; /* "*" means the caller, too */
};

struct policy_request {
	const char *action;    /* "ec2:RunInstances" */
	const char *resource;  /* an ARN, or "*" */
	const json_t *context; /* condition keys to values; may be NULL */
	/*
	 * For trust policies.  NULL: an identity policy is asked, in which a statement with a
	 * principal says nothing.
	 */
	const struct policy_principal *principal;
};

/* What the document says: an explicit deny counts before any allow. */
enum policy_effect policy_evaluate(struct arena *a, const json_t *doc,
    const struct policy_request *request);

#endif
