/*
 * Organizations: what its families share: who may call, the tree, pages, tags, words.
 *
 * All of an organization is in the global scope of its management account:
 *	organizations:organization	"self": as DescribeOrganization shows it, and
 *		_root, _access {service principal: since}, _features [name], _changed {type: when}
 *	organizations:node		the root, OUs and accounts, by id: Id, Arn, Name, Type, Tags;
 *		_path ("o-…/r-…/ou-…/", with its own id), _parent (an id; the root has none), _policies [id], and of accounts _services
 *		[{ServicePrincipal, DelegationEnabledDate}], _closed_ms
 *	organizations:policy		those that somebody wrote; _doc is the content, parsed
 *	organizations:create-status	CreateAccountStatus
 *	organizations:resource-policy	"self"
 * organizations:handshake is in STORE_SYSTEM, since two accounts see each.  What accounts have from
 * it for those who evaluate: control/iam/membership.h.
 */
#ifndef CONTROL_SERVICES_ORGANIZATIONS_ORGANIZATIONS_H
#define CONTROL_SERVICES_ORGANIZATIONS_ORGANIZATIONS_H

#include "control/api/call.h"
#include "control/api/service.h"

extern const struct service organizations_service;

extern const struct family org_organizations, org_units, org_tree, org_accounts,
    org_departures, org_handshakes, org_policies, org_attachments, org_policy_types,
    org_effective, org_delegates, org_resource_policies, org_tags;

#define ORG_NODE	    "organizations:node"
#define ORG_ORGANIZATION    "organizations:organization"
#define ORG_POLICY	    "organizations:policy"
#define ORG_CREATE_STATUS   "organizations:create-status"
#define ORG_HANDSHAKE	    "organizations:handshake"
#define ORG_RESOURCE_POLICY "organizations:resource-policy"

#define ORG(name_, run_, flags_, doc_) OP(name_, run_, (flags_) | OP_ASKS, doc_)

struct org {
	const char *id;		/* "o-…" */
	const char *management; /* its account */
	const char *scope;
	const char *root;  /* "r-…" */
	const json_t *doc; /* shared */
	const char *self;  /* the caller's account */
	int has_all;	   /* the feature set */
};

/* Who may call, beside those whom the organization's resource policy lets. */
enum org_who {
	ORG_MANAGEMENT,
	ORG_READER, /* and delegated administrators */
	ORG_MEMBER, /* and every account of it */
};

/*
 * The caller's organization, and his permission for the operation on what the ids are of (a node's,
 * a policy's; NULL: on "*").  0, or -1 AWSOrganizationsNotInUseException, AccessDeniedException.
 */
int org_open(struct call *c, enum org_who who, const char *id, struct org *ret);
int org_ask(struct call *c, const struct org *o, const char *id);

/* Of any account, without asking: 1, 0 it is in none, -1. */
int org_find(struct call *c, const char *account, struct org *ret);

/* A copy of the organization's document to write, and to put. */
int org_edit(struct call *c, const struct org *o, json_t **ret);
void org_put(struct call *c, const struct org *o, json_t *doc);

char *org_arn(struct call *c, const struct org *o, const char *type, const char *id);

/* The tree: roots, OUs, accounts.  1, 0, -1. */
int org_node_find(struct call *c, const struct org *o, const char *id, json_t **ret);
int org_node_edit(struct call *c, const struct org *o, const char *id, json_t **ret);
void org_node_put(struct call *c, const struct org *o, json_t *doc);
int org_nodes(struct call *c, const struct org *o, struct store_docs *ret);
int org_is_account(const json_t *node);

/* An account that is in the organization: 0 and a copy, or -1 AccountNotFoundException. */
int org_account_edit(struct call *c, const struct org *o, const char *id, json_t **ret);

/*
 * A new node under the parent ("": the root itself) with ids, tags and the policies that every new one
 * has; not put yet.  NULL and c->err for bad tags.
 */
struct org_node {
	const char *id, *type, *name;
	const json_t *parent;
	const json_t *tags;
};
json_t *org_node_new(struct call *c, const struct org *o, const struct org_node *node);

/*
 * An account joins, is moved, or leaves: its node and what membership.h says of it.
 * `method` is INVITED or CREATED; tags may be NULL.
 */
struct org_join {
	const char *account, *name, *email, *method;
	const json_t *tags;
};
int org_join(struct call *c, const struct org *o, const struct org_join *join);
int org_move(struct call *c, const struct org *o, json_t *node, const char *parent);
int org_leave(struct call *c, const struct org *o, const char *account);

/* The roles that an account has from its organization; one of that name stays as it is. */
int org_make_roles(struct call *c, const struct org *o, const char *account,
    const char *access_role);

/*
 * Policies changed for what is at or under the node (NULL: anywhere): write anew what the accounts
 * there have of them.
 */
int org_refresh(struct call *c, const struct org *o, const char *node);

/* Kinds of policies */
struct org_policy_type {
	const char *name;    /* "SERVICE_CONTROL_POLICY" */
	const char *label;   /* in ARNs: "service_control_policy" */
	const char *top;     /* the one member of its content; NULL: any */
	const char *managed; /* what every node has from the start, or NULL */
	size_t max_content, max_attached;
};
extern const struct org_policy_type org_policy_kinds[];
extern const size_t org_n_policy_kinds;
const struct org_policy_type *org_policy_kind(const char *name);
int org_type_is_enabled(const json_t *root, const char *type);

/* One of AWS's or of the organization's, shared: 1, 0, -1. */
int org_policy_find(struct call *c, const struct org *o, const char *id, json_t **ret);

/* Those of the type that the node has (the arena's array), in the order that they were attached: 0 or -1. */
int org_node_policies(struct call *c, const struct org *o, const json_t *node,
    const char *type, json_t **ret);

/* Each node from the root down to this one: 0, or -1 when fn says so. */
typedef int org_node_fn(struct call *c, void *arg, const json_t *node);
int org_each_above(struct call *c, const struct org *o, const json_t *node,
    org_node_fn *fn, void *arg);

/* As answers have it. */
json_t *org_policy_summary(const json_t *policy);

/* What an effective policy is after one more policy of the path (inheritance operators). */
void org_merge(json_t *effective, const json_t *policy);
/* … and without the marks of the merge, as AWS shows it: a new tree. */
json_t *org_merge_result(const json_t *effective);

/* Tags of the input merged into doc's: 0 or -1 InvalidInput, ConstraintViolation. */
int org_merge_tags(struct call *c, json_t *doc, const json_t *add);

/*
 * Answer a page of rows (the arena's array, ordered by their text at `key`) as `member`:
 * 0, or -1 for a token that is none.
 */
int org_page(struct call *c, json_t *rows, const char *member, const char *key);

/* Now, for what is shown as a timestamp, in `doc`. */
void org_stamp(const struct call *c, json_t *doc, const char *member);

/* Text of random small letters and digits behind a prefix; the arena's. */
char *org_random_id(struct call *c, const char *prefix, size_t n);

/*
 * The account is reset or removed by the admin's door: before that (a management account's organization ends,
 * a removed member leaves), and after it (a member has its roles again).  0 or -1.
 */
int organizations_forget(struct env *env, struct arena *a, const char *account,
    int is_gone, struct err *err);
int organizations_restore(struct env *env, struct arena *a, const char *account,
    struct err *err);

/* Errors, in AWS's words.  Each is -1. */
enum org_missing {
	ORG_NO_ACCOUNT,
	ORG_NO_CHILD,
	ORG_NO_DESTINATION,
	ORG_NO_HANDSHAKE,
	ORG_NO_PARENT,
	ORG_NO_POLICY,
	ORG_NO_ROOT,
	ORG_NO_SOURCE,
	ORG_NO_STATUS,
	ORG_NO_TARGET,
	ORG_NO_UNIT,
};
#define org_missing(c, what)	  (org_missing_fn((c), (what)), -1)
#define org_constraint(c, reason) (org_constraint_fn((c), (reason)), -1)
#define org_invalid(c, reason)	  (org_invalid_fn((c), (reason)), -1)
/* With the exception's Reason, as the model has it for the kind. */
#define org_reason(c, kind, reason, text) \
	(org_reason_fn((c), (kind), (reason), (text)), -1)

void org_missing_fn(struct call *c, enum org_missing what);
void org_constraint_fn(struct call *c, const char *reason);
void org_invalid_fn(struct call *c, const char *reason);
void org_reason_fn(struct call *c, const struct err_kind *kind, const char *reason,
    const char *text);

extern const struct err_kind org_already_in;	   /* AlreadyInOrganizationException */
extern const struct err_kind org_in_no;		   /* AWSOrganizationsNotInUseException */
extern const struct err_kind org_malformed;	   /* MalformedPolicyDocumentException */
extern const struct err_kind org_denied;	   /* AccessDeniedException */
extern const struct err_kind org_type_unavailable; /* PolicyTypeNotAvailable… */
extern const struct err_kind org_type_not_enabled; /* PolicyTypeNotEnabledException */

#endif
