/*
 * STS: who one is, and temporary credentials.
 */
#ifndef CONTROL_SERVICES_STS_STS_H
#define CONTROL_SERVICES_STS_STS_H

#include "control/api/service.h"
#include "control/iam/session.h"

extern const struct service sts_service;

extern const struct family sts_roots, sts_web_identities, sts_saml, sts_outbound;

extern const struct err_kind sts_invalid; /* ValidationError 400 */
extern const struct err_kind sts_denied;  /* AccessDenied 403 */

/* Seal the session, from now on for so many seconds, and answer its Credentials: 0 or -1. */
int sts_out_credentials(struct call *c, struct session *s, int64_t duration_s);

/*
 * The role of an ARN, with the account that has it: 1; 0 there is none, or its account is closed; -1, also when it is no
 * role's ARN.
 */
int sts_find_role(struct call *c, const char *arn, const char **ret_account,
    json_t **ret);

/* The session of a role, by its name: into s, and AssumedRoleUser into the answer. */
void sts_name_session(struct call *c, const char *account, const json_t *role,
    const char *name, struct session *s);

/*
 * The session policy that Policy and PolicyArns make together: *ret, the arena's, or NULL when neither is there; 0
 * or -1.
 */
int sts_session_policy(struct call *c, const char *account, const json_t **ret);

/* DurationSeconds, which may be at most the role's: 0 or -1. */
int sts_duration(struct call *c, const json_t *role, int64_t *ret);

/* Session tags (session_tags.c) */

/*
 * What a session is to have: tags [{Key, Value}] (NULL: none), keys of those that the next session has, too, and who it is
 * at the source.  What the caller's own session hands on is added.  0 or -1.
 */
int sts_take_tags(struct call *c, const json_t *tags, const json_t *transitive,
    const char *source_identity, struct session *s);

/* Condition keys of what was asked for: aws:RequestTag/…, aws:TagKeys, sts:TransitiveTagKeys, sts:SourceIdentity. */
void sts_tag_context(struct call *c, const json_t *tags, const json_t *transitive,
    const char *source_identity, json_t *context);

/* Further actions that it takes, up to NULL: "sts:TagSession", "sts:SetSourceIdentity"; at most 2. */
enum { STS_MAX_ACTIONS = 3 };
void sts_tag_actions(const json_t *tags, const char *source_identity,
    const char *ret[STS_MAX_ACTIONS]);

#endif
