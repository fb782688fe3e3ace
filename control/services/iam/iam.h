/*
 * IAM: what its families share: rows of entities, permission, look-ups, pages.
 *
 * An ARN of IAM's has a path that only the document knows, so that permission
 * is asked for here and not by the dispatcher: every handler gets its entity by
 * one of the functions below, and each of them asks.
 */
#ifndef CONTROL_SERVICES_IAM_IAM_H
#define CONTROL_SERVICES_IAM_IAM_H

#include "control/api/call.h"
#include "control/api/service.h"
#include "control/iam/policy.h"

extern const struct service iam_service;

extern const struct family iam_users, iam_access_keys, iam_groups, iam_roles,
    iam_instance_profiles, iam_managed, iam_policy_versions, iam_inline, iam_attachments,
    iam_tags, iam_account, iam_organizations, iam_outbound, iam_login_profiles,
    iam_password_policies, iam_user_credentials, iam_server_certificates, iam_mfa_devices,
    iam_oidc_providers, iam_saml_providers, iam_reports, iam_access, iam_simulations;

/* Users, groups, roles, instance profiles, policies. */
struct iam_entity {
	const char *kind;	 /* store kind: "iam:user" */
	const char *noun;	 /* "user": in messages and for "user policy" */
	const char *Noun;	 /* "User": the output's member, and in messages */
	const char *list_member; /* "Users" */
	const char *name_member; /* "UserName" */
	const char *id_member;	 /* "UserId" */
	const char *prefix;	 /* "AIDA" */
	const char *arn_type;	 /* "user" */
	const char *quota;	 /* "UsersPerAccount" */
	size_t limit;
	size_t inline_limit;	  /* characters in all inline policies; 0: has none */
	const char *attach_quota; /* "PoliciesPerUser" */
};

extern const struct iam_entity iam_user, iam_group, iam_role, iam_instance_profile,
    iam_policy, iam_server_certificate, iam_oidc_provider, iam_saml_provider,
    iam_virtual_mfa;

/* Those that have policies; ends with NULL. */
extern const struct iam_entity *const iam_holders[];

/* The entity that the operation is about: the one whose name its input has. */
const struct iam_entity *iam_entity_of(const struct call *c);

#define IAM(name_, run_, flags_, doc_) OP(name_, run_, (flags_) | OP_NO_AUTH, doc_)

/* Words of IAM's. */
extern const struct err_kind iam_no_such;      /* NoSuchEntity 404 */
extern const struct err_kind iam_exists;       /* EntityAlreadyExists 409 */
extern const struct err_kind iam_conflict;     /* DeleteConflict 409 */
extern const struct err_kind iam_limit;	       /* LimitExceeded 409 */
extern const struct err_kind iam_invalid;      /* ValidationError 400 */
extern const struct err_kind iam_bad_input;    /* InvalidInput 400 */
extern const struct err_kind iam_unmodifiable; /* UnmodifiableEntity 400 */

/*
 * Permission for the operation on an ARN, one of this account ("user/a/b"), or "*": 0
 * or -1.
 */
int iam_permit(struct call *c, const char *resource);

/* The same with the condition keys of one of the entities (doc NULL: it is not there, or not yet). */
int iam_permit_for(struct call *c, const struct iam_entity *e, const char *resource,
    const json_t *doc);

/*
 * Permission, then the shared document, or a copy to write; 0, or -1 with its
 * NoSuchEntity.
 */
int iam_get(struct call *c, const struct iam_entity *e, const char *name, json_t **ret);
int iam_edit(struct call *c, const struct iam_entity *e, const char *name, json_t **ret);
/* Without asking, when another permission covers it. */
int iam_find(struct call *c, const struct iam_entity *e, const char *name, json_t **ret);

void iam_put(struct call *c, const struct iam_entity *e, json_t *doc);

/*
 * A new document with name, id, ARN, path, date and tags, once permission, uniqueness and
 * quota allow it; not put yet.  NULL and c->err.
 */
json_t *iam_new(struct call *c, const struct iam_entity *e, const char *name,
    const char *path);

/* The document alone, of which nobody asked whether it may be. */
json_t *iam_make(struct call *c, const struct iam_entity *e, const char *name,
    const char *path);

/*
 * UpdateUser and the like: NewPath and the new name into the document and its ARN; what goes by its name follows by
 * `follow`.  0 or -1.
 */
typedef int iam_follow_fn(struct call *c, const char *from, const char *to);
int iam_update_names(struct call *c, const struct iam_entity *e, const char *new_member,
    iam_follow_fn *follow);

int iam_list(struct call *c, const struct iam_entity *e, struct store_docs *ret);

/* A copy as answers have it: policy documents encoded; `whole` with tags and boundary. */
json_t *iam_show(struct call *c, const struct iam_entity *e, const json_t *doc,
    int whole);
json_t *iam_show_profile(struct call *c, const json_t *doc, int whole);

/* Text as RFC 3986 has it, as IAM answers policies. */
char *iam_encode(struct call *c, const char *text);

/* Does the document's path begin with the input's PathPrefix? */
int iam_has_prefix(const struct call *c, const json_t *doc);

/*
 * Answer a page of rows (the arena's array) as `member`, with IsTruncated and Marker.  `key` is the member
 * that orders them; NULL: they are strings.
 */
int iam_page(struct call *c, json_t *rows, const char *member, const char *key);

/* List all of the entity's kind under PathPrefix. */
int iam_list_all(struct call *c, const struct iam_entity *e);

/* Set the boundary that the input names, if it does: 0 or -1. */
int iam_set_boundary(struct call *c, json_t *doc);

/* The input's UserName, or the caller's own: 0, or -1 for a caller who is no user. */
int iam_user_name(struct call *c, const char **ret);

/* Merge the input's Tags into doc: 0 or -1. */
int iam_merge_tags(struct call *c, json_t *doc);

/*
 * A managed policy, AWS's or our own, as GetPolicy shows it (a copy, the arena's): 1,
 * 0, -1.
 */
int iam_find_policy(struct call *c, const char *arn, json_t **ret);

/* The same with how often it is attached, as GetPolicy answers (the arena's): 0 or -1. */
int iam_policy_row(struct call *c, const json_t *doc, json_t **ret);

/* When a role was used last, into its row: 0 or -1. */
int iam_add_last_used(struct call *c, const char *role, json_t *row);

/* The account's share of a new account (facts.md). */
int iam_bootstrap(struct call *c);

#endif
