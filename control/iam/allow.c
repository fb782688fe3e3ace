/*
 * May he?  Identity policies, permissions boundary, session policy, policies of the resource and
 * of the organization.
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "control/iam/auth.h"
#include "control/iam/denial.h"
#include "control/iam/fault.h"
#include "control/iam/identity.h"
#include "control/iam/membership.h"
#include "control/iam/scp.h"

/* Which kind of policy decided, in the words of a denial. */
struct verdict {
	int allowed, explicit;
	int is_final;	    /* no resource policy makes up for it */
	const char *policy; /* "identity-based policy" */
	const char *article;
};

static const struct verdict allowed = { .allowed = 1 };

static int
ask_boundary(struct store_txn *t, struct arena *a, const struct principal *who,
    const json_t *identity, const struct policy_request *r, enum policy_effect *ret,
    struct err *err)
{
	const char *arn = json_string_value(
	    json_path(identity, "PermissionsBoundary.PermissionsBoundaryArn"));
	const json_t *doc;
	int rc;

	*ret = POLICY_ALLOW;
	if (arn == NULL)
		return 0;
	rc = identity_policy(t, a, who->account, arn, &doc, err);
	if (rc < 0)
		return -1;
	/* A boundary that is gone bounds everything. */
	*ret = rc > 0 ? policy_evaluate(a, doc, r) : POLICY_SILENT;
	return 0;
}

static struct verdict
denied(enum policy_effect e, const char *article, const char *policy)
{
	struct verdict v = {
		.explicit = e == POLICY_DENY,
		.policy = policy,
		.article = article,
	};

	return v;
}

/*
 * A deny in any of them counts first; then each must allow, in the order of AWS's
 * manual.
 */
static int
decide(struct store_txn *t, struct arena *a, const struct principal *who,
    const json_t *identity, const struct policy_request *r, struct verdict *ret,
    struct err *err)
{
	enum policy_effect own = POLICY_ALLOW, boundary = POLICY_ALLOW,
			   session = POLICY_ALLOW;

	if (identity != NULL &&
	    (identity_evaluate(t, a, who->account, identity, r, &own, err) < 0 ||
		ask_boundary(t, a, who, identity, r, &boundary, err) < 0))
		return -1;
	if (who->session_policy != NULL)
		session = policy_evaluate(a, who->session_policy, r);
	/* A federated user has no more than his session policy says. */
	else if (who->kind == PRINCIPAL_FEDERATED)
		session = POLICY_SILENT;

	if (own == POLICY_DENY ||
	    (own != POLICY_ALLOW && boundary != POLICY_DENY && session != POLICY_DENY))
		*ret = denied(own, "an", "identity-based policy");
	else if (boundary == POLICY_DENY ||
	    (boundary != POLICY_ALLOW && session != POLICY_DENY))
		*ret = denied(boundary, "a", "permissions boundary");
	else if (session != POLICY_ALLOW)
		*ret = denied(session, "a", "session policy");
	else
		*ret = allowed;
	return 0;
}

/* EC2 says more of resources, sealed; as long as there is room for all of it. */
static const char *
sealed(const struct auth_env *env, struct arena *a, const struct principal *who,
    const struct policy_request *r, const struct verdict *v, size_t room)
{
	static const char begins[] = ". Encoded authorization failure message: ";
	const char *text = strcmp(r->resource, "*") == 0 ?
	    NULL :
	    denial_seal(env, a, who, r->action, r->resource, v->explicit);

	return text == NULL || sizeof(begins) + strlen(text) > room ?
	    "" :
	    arena_printf(a, "%s%s", begins, text);
}

/* -1 and the denial; 0 when such calls are only noted. */
static int
complain(const struct auth_env *env, struct arena *a, const struct principal *who,
    const struct model *m, const struct policy_request *r, const struct verdict *v,
    struct err *err)
{
	int is_ec2 = m != NULL && model_protocol(m) == PROTOCOL_EC2;
	const char *start =
	    is_ec2 ? "You are not authorized to perform this operation. " : "";
	const char *on = is_ec2 && strcmp(r->resource, "*") == 0 ?
	    "" :
	    arena_printf(a, " on resource: %s", r->resource);
	const char *why = v->explicit ?
	    arena_printf(a, "with an explicit deny in %s %s", v->article, v->policy) :
	    arena_printf(a, "because no %s allows the %s action", v->policy, r->action);
	const char *text =
	    arena_printf(a, "%sUser: %s is not authorized to perform: %s%s %s", start,
		who->arn != NULL ? who->arn : "anonymous", r->action, on, why);
	size_t len = strlen(text),
	       room = len < sizeof(err->msg) ? sizeof(err->msg) - len : 0;

	if (env->audit) {
		log_warn("iam", "audit: %s", text + strlen(start));
		return 0;
	}
	return fault_set(err, m, FAULT_DENIED, "%s%s", text,
	    is_ec2 ? sealed(env, a, who, r, v, room) : "");
}

/* A deny of the organization's, or that it allows nothing of the kind, but after any other deny. */
static void
bound_by_scp(enum policy_effect scp, struct verdict *v)
{
	if (scp == POLICY_ALLOW || (v->explicit && scp != POLICY_DENY))
		return;
	*v = denied(scp, "a", "service control policy");
	v->is_final = 1;
}

/*
 * Root may do anything, unless he bound himself; nobody nothing; the others as their
 * policies say; and all of them what their organization lets them.
 */
static int
ask(struct store_txn *t, struct arena *a, const struct principal *who, const char *owner,
    struct policy_request *r, struct verdict *ret, struct err *err)
{
	int is_free = who->kind == PRINCIPAL_ROOT && who->session_policy == NULL, rc;
	json_t *identity = NULL, *context;
	enum policy_effect scp;

	*ret = allowed;
	rc = identity_of(t, a, who, &identity, err);
	if (rc < 0)
		return -1;
	context = identity_context(a, who, identity, r->context);
	r->context = context;
	if (scp_context(t, who, context, err) < 0 ||
	    scp_owner_context(t, owner, context, err) < 0 ||
	    scp_evaluate(t, a, who, identity, r, &scp, err) < 0)
		return -1;
	if (who->kind == PRINCIPAL_NOBODY || (rc == 0 && who->name != NULL))
		*ret = denied(POLICY_SILENT, "an", "identity-based policy");
	else if (!is_free && decide(t, a, who, identity, r, ret, err) < 0)
		return -1;
	bound_by_scp(scp, ret);
	return 0;
}

int
identity_verdict(struct store_txn *t, struct arena *a, const struct principal *who,
    const char *action, const char *resource, const json_t *context,
    enum policy_effect *ret, struct err *err)
{
	struct policy_request r = {
		.action = action,
		.resource = resource,
		.context = context,
	};
	struct verdict v;

	if (ask(t, a, who, who->account, &r, &v, err) < 0)
		return -1;
	*ret = v.allowed ? POLICY_ALLOW : v.explicit ? POLICY_DENY : POLICY_SILENT;
	return 0;
}

int
auth_allow(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const struct principal *who, const struct model *m, const char *action,
    const char *resource, const json_t *context, struct err *err)
{
	struct policy_request r = {
		.action = action,
		.resource = resource,
		.context = context,
	};
	struct verdict v;

	if (ask(t, a, who, who->account, &r, &v, err) < 0)
		return -1;
	return v.allowed ? 0 : complain(env, a, who, m, &r, &v, err);
}

/* A deny counts first, then an allow. */
static void
add_effect(enum policy_effect *sum, enum policy_effect e)
{
	if (e > *sum)
		*sum = e;
}

/* What the resource's own policy says to the caller, as far as it is he who is meant. */
struct said {
	enum policy_effect any;	   /* his account's name meant him, too */
	enum policy_effect direct; /* he, his role, or everybody */
	enum policy_effect exact;  /* this very session or user */
};

static int
ask_resource(struct store_txn *t, struct arena *a, const struct principal *who,
    const struct auth_question *q, const struct policy_request *asked, struct said *ret,
    struct err *err)
{
	const char *names[4];
	struct policy_principal principal = { "AWS", names, 0, 0 };
	struct policy_request r = *asked;
	json_t *identity = NULL;

	*ret = (struct said){ q->is_granted ? POLICY_ALLOW : POLICY_SILENT,
		q->is_granted ? POLICY_ALLOW : POLICY_SILENT, POLICY_SILENT };
	if (q->resource_policy == NULL)
		return 0;
	r.principal = &principal;
	if (who->kind != PRINCIPAL_NOBODY) {
		if (identity_of(t, a, who, &identity, err) < 0)
			return -1;
		names[principal.n_names++] = who->arn;
		ret->exact = policy_evaluate(a, q->resource_policy, &r);
		if (identity != NULL && json_str(identity, "Arn") != NULL)
			names[principal.n_names++] = json_str(identity, "Arn");
	}
	principal.is_anybody = 1;
	add_effect(&ret->direct, policy_evaluate(a, q->resource_policy, &r));
	if (who->kind != PRINCIPAL_NOBODY) {
		names[principal.n_names++] = who->account;
		names[principal.n_names++] =
		    arena_printf(a, "arn:aws:iam::%s:root", who->account);
	}
	add_effect(&ret->any, policy_evaluate(a, q->resource_policy, &r));
	return 0;
}

/*
 * Does the resource's policy alone let him, in its own account?  Whom it names exactly it lets; whose role, or
 * everybody, only as far as boundary and session policy do, which are what the role or
 * session may at most.
 */
static int
is_let(struct store_txn *t, struct arena *a, const struct principal *who,
    const struct policy_request *r, const struct said *said, struct err *err)
{
	enum policy_effect boundary = POLICY_ALLOW, session = POLICY_ALLOW;
	json_t *identity = NULL;
	int is_session = who->kind == PRINCIPAL_SESSION ||
	    who->kind == PRINCIPAL_FEDERATED || who->session_policy != NULL;

	if (said->direct != POLICY_ALLOW)
		return 0;
	if (!is_session || (said->exact == POLICY_ALLOW && who->kind != PRINCIPAL_ROOT))
		return 1;
	if (identity_of(t, a, who, &identity, err) < 0 ||
	    (identity != NULL &&
		ask_boundary(t, a, who, identity, r, &boundary, err) < 0))
		return -1;
	if (who->session_policy != NULL)
		session = policy_evaluate(a, who->session_policy, r);
	else if (who->kind == PRINCIPAL_FEDERATED)
		session = POLICY_SILENT;
	return boundary == POLICY_ALLOW && session == POLICY_ALLOW;
}

/* By its name, or as everybody. */
static int
ask_for_service(const struct auth_env *env, struct arena *a, const struct principal *who,
    const struct model *m, const struct auth_question *q,
    const struct policy_request *asked, struct err *err)
{
	const char *names[] = { who->name };
	const struct policy_principal principal = { "Service", names, 1, 1 };
	struct policy_request r = *asked;
	json_t *context = json_own(a,
	    asked->context != NULL ? json_copy_deep(asked->context) : json_new_object());
	enum policy_effect effect = POLICY_SILENT;
	struct verdict v;

	json_set_str(context, "aws:PrincipalIsAWSService", "true");
	json_set_str(context, "aws:PrincipalServiceName", who->name);
	r.context = context;
	r.principal = &principal;
	if (q->resource_policy != NULL)
		effect = policy_evaluate(a, q->resource_policy, &r);
	v = denied(effect, "a", "resource-based policy");
	return effect == POLICY_ALLOW ? 0 : complain(env, a, who, m, &r, &v, err);
}

int
auth_ask(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const struct principal *who, const struct model *m, const struct auth_question *q,
    struct err *err)
{
	struct policy_request r = {
		.action = q->action,
		.resource = q->resource,
		.context = q->context,
	};
	const char *owner = q->owner != NULL ? q->owner : who->account;
	int is_own = strcmp(owner, who->account) == 0 || who->kind == PRINCIPAL_NOBODY;
	int bound, let;
	struct verdict v;
	struct said said;

	if (who->kind == PRINCIPAL_SERVICE)
		return ask_for_service(env, a, who, m, q, &r, err);
	if (ask(t, a, who, owner, &r, &v, err) < 0)
		return -1;
	bound = rcp_denies(t, a, who, owner, &r, err);
	if (bound < 0 || ask_resource(t, a, who, q, &r, &said, err) < 0)
		return -1;
	let = is_let(t, a, who, &r, &said, err);
	if (let < 0)
		return -1;
	if (bound)
		v = denied(POLICY_DENY, "a", "resource control policy");
	else if (said.any == POLICY_DENY)
		v = denied(POLICY_DENY, "a", "resource-based policy");
	else if (let && is_own && !v.explicit && !v.is_final)
		v = allowed;
	else if (!is_own && v.allowed && said.any != POLICY_ALLOW)
		v = denied(POLICY_SILENT, "a", "resource-based policy");
	return v.allowed ? 0 : complain(env, a, who, m, &r, &v, err);
}

json_t *
auth_request_context(struct arena *a, const char *source_ip, int is_tls,
    const char *region, int64_t now_ms)
{
	json_t *context = json_own(a, json_new_object());
	char now[32];

	clock_iso8601(now_ms, 0, now);
	json_set_str(context, "aws:SourceIp", source_ip);
	json_set_str(context, "aws:RequestedRegion", region);
	json_set_str(context, "aws:CurrentTime", now);
	json_set_fmt(context, "aws:EpochTime", "%lld", (long long)(now_ms / 1000));
	json_set_str(context, "aws:SecureTransport", is_tls ? "true" : "false");
	return context;
}

int
auth_pass_role(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const struct principal *who, const struct model *m, const char *role_arn,
    const char *service, const json_t *context, struct err *err)
{
	json_t *c =
	    json_own(a, context != NULL ? json_copy_deep(context) : json_new_object());

	json_set_str(c, "iam:PassedToService", service);
	/* Across accounts nobody may, root neither. */
	if (strlen(role_arn) < 26 || strncmp(role_arn, "arn:aws:iam::", 13) != 0 ||
	    strncmp(role_arn + 13, who->account, 12) != 0)
		return fault_set(err, m, FAULT_DENIED,
		    "Cross-account pass role is not allowed.");
	return auth_allow(env, t, a, who, m, "iam:PassRole", role_arn, c, err);
}

int
auth_profile_find(struct store_txn *t, struct arena *a, const char *account,
    const char *name, json_t **ret_profile, json_t **ret_role, struct err *err)
{
	const char *slash = strncmp(name, "arn:", 4) == 0 ? strrchr(name, '/') : NULL;
	json_t *profile, *role = NULL;
	const char *role_name;
	int rc;

	rc = identity_find(t, a, account, "iam:instance-profile",
	    slash != NULL ? slash + 1 : name, &profile, err);
	if (rc <= 0)
		return rc;
	if (slash != NULL && strcmp(name, json_str_or(profile, "Arn", "")) != 0)
		return 0;
	role_name = json_str(profile, "_role");
	if (role_name != NULL &&
	    identity_find(t, a, account, "iam:role", role_name, &role, err) < 0)
		return -1;
	*ret_profile = profile;
	*ret_role = role;
	return 1;
}
