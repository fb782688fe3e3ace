/*
 * STS: who one is, and temporary credentials.
 *
 * Other than in AWS, an account's root may assume the roles that trust the
 * account: here it is what most people begin with.
 *
 * Not emulated: ProvidedContexts of IAM Identity Center.
 */
#include "control/services/sts/sts.h"

#include <string.h>

#include "control/iam/account.h"
#include "control/iam/denial.h"
#include "control/iam/identity.h"
#include "control/iam/keyid.h"
#include "control/iam/mfa.h"
#include "control/iam/session.h"
#include "control/iam/trust.h"

const struct err_kind sts_invalid = { "ValidationError", 400 };
const struct err_kind sts_denied = { "AccessDenied", 403 };

static const struct err_kind bad_message = { "InvalidAuthorizationMessageException",
	400 };
static const struct err_kind too_packed = { "PackedPolicyTooLarge", 400 };
static const struct err_kind unsupported = { "NotImplemented", 501 };

enum {
	HOUR_S = 3600,
	SESSION_TOKEN_S = 12 * HOUR_S,
	PACKED_MAX =
	    8000, /* characters of session policies and tags; tokens travel in headers */
};

/* GetCallerIdentity: no policy can forbid it */

static int
get_caller_identity(struct call *c)
{
	out_str(c, "UserId", c->who.user_id);
	out_str(c, "Account", c->who.account);
	out_str(c, "Arn", c->who.arn);
	return 0;
}

/* GetAccessKeyInfo */

static int
get_access_key_info(struct call *c)
{
	const char *id = in_str(c, "AccessKeyId");
	char account[13];
	json_t *doc;
	int rc;

	if (strcmp(id, c->env->auth.root_access_key) == 0) {
		out_str(c, "Account", c->env->auth.default_account);
		return 0;
	}
	rc = store_get(c->txn, STORE_SYSTEM, "iam:access-key-index", id, &doc, &c->err);
	if (rc < 0)
		return -1;
	if (rc > 0) {
		out_str(c, "Account", json_str(doc, "account"));
		return 0;
	}
	if (!keyid_account(id, account))
		return err_set(&c->err, &sts_invalid, "The access key ID is not valid.");
	out_str(c, "Account", account);
	return 0;
}

/* DecodeAuthorizationMessage */

static int
decode_authorization_message(struct call *c)
{
	const char *text;
	int rc =
	    denial_open(c->txn, c->arena, in_str(c, "EncodedMessage"), &text, &c->err);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &bad_message,
		    "Invalid token (Encoded Authorization Message)");
	out_str(c, "DecodedMessage", text);
	return 0;
}

/* What all temporary credentials have in common */

static int
refuse(struct call *c, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (in_has(c, *names))
			return err_set(&c->err, &unsupported,
			    "The parameter %s of %s is not implemented.", *names,
			    c->op->name);
	}
	return 0;
}

/*
 * SerialNumber and TokenCode: 0 and *ret_ms is when they were checked, 0 when there are none; -1 when they
 * are wrong.
 */
static int
check_mfa(struct call *c, int64_t *ret_ms)
{
	const char *serial = in_str(c, "SerialNumber"), *code = in_str(c, "TokenCode");
	int rc = 0;

	*ret_ms = 0;
	if (serial == NULL && code == NULL)
		return 0;
	if (serial != NULL && code != NULL && c->who.kind == PRINCIPAL_USER)
		rc = mfa_verify(c->txn, c->arena, c->account, c->who.name, serial, code,
		    c->now_ms, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &sts_denied,
		    "MultiFactorAuthentication failed with invalid MFA one time pass code. ");
	*ret_ms = c->now_ms;
	return 0;
}

static void
add_statements(json_t *to, const json_t *doc)
{
	json_t *s = json_get(doc, "Statement");
	json_t *one;
	size_t i;

	if (json_is_object(s))
		json_add(to, json_incref(s));
	json_array_foreach(s, i, one)
		json_add(to, json_incref(one));
}

static int
add_managed(struct call *c, const char *account, json_t *statements)
{
	const json_t *row, *doc;
	const char *arn;
	size_t i;

	json_array_foreach(in_list(c, "PolicyArns"), i, row) {
		int rc;

		arn = json_str_or(row, "arn", "");
		rc = identity_policy(c->txn, c->arena, account, arn, &doc, &c->err);
		if (rc < 0)
			return -1;
		if (rc == 0)
			return err_set(&c->err, &sts_invalid,
			    "The policy %.300s does not exist.", arn);
		add_statements(statements, doc);
	}
	return 0;
}

int
sts_session_policy(struct call *c, const char *account, const json_t **ret)
{
	const char *text = in_str(c, "Policy");
	json_t *merged, *statements, *doc;

	*ret = NULL;
	if (text == NULL && json_array_size(in_list(c, "PolicyArns")) == 0)
		return 0;
	merged = json_own(c->arena, json_make("{s:s}", "Version", "2012-10-17"));
	statements = json_need_array(merged, "Statement");
	if (text != NULL) {
		if (policy_parse(c->arena, text, POLICY_IDENTITY, &doc, &c->err) < 0)
			return -1;
		add_statements(statements, doc);
	}
	if (add_managed(c, account, statements) < 0)
		return -1;
	*ret = merged;
	return 0;
}

/* Session policy and tags share what room a token has. */
static int
check_packed(struct call *c, const struct session *s)
{
	size_t n = 0;

	if (s->policy != NULL)
		n += strlen(json_text(c->arena, s->policy));
	if (json_object_size(s->tags) > 0)
		n += strlen(json_text(c->arena, s->tags));
	if (n > PACKED_MAX)
		return err_set(&c->err, &too_packed,
		    "Packed policy consumes %zu%% of allotted space, please use smaller policy.",
		    n * 100 / PACKED_MAX);
	if (n > 0 &&
	    model_member(c->model, model_op_output(c->shape), "PackedPolicySize") !=
		MODEL_NONE)
		out_int(c, "PackedPolicySize", (int64_t)(n * 100 / PACKED_MAX));
	return 0;
}

int
sts_out_credentials(struct call *c, struct session *s, int64_t duration_s)
{
	size_t least = (size_t)json_int(c->in, "MinimumSessionTokenSize", 0), n;
	struct auth_credentials k;

	s->issued_ms = c->now_ms / 1000 * 1000;
	s->expires_ms = s->issued_ms + duration_s * 1000;
	if (check_packed(c, s) < 0 || session_seal(c->txn, c->arena, s, &k, &c->err) < 0)
		return -1;
	n = strlen(k.token);
	if (n < least) {
		/* Base 64 makes four characters of three. */
		s->pad = (least - n) * 3 / 4 + 3;
		if (session_seal(c->txn, c->arena, s, &k, &c->err) < 0)
			return -1;
		n = strlen(k.token);
	}
	out_int(c, "SessionTokenSize", (int64_t)n);
	out_int(c, "SessionTokenUtilization", (int64_t)(n * 100 / SESSION_TOKEN_MAX));
	out_set(c, "Credentials",
	    json_make("{s:s, s:s, s:s, s:I}", "AccessKeyId", k.access_key,
		"SecretAccessKey", k.secret_key, "SessionToken", k.token, "Expiration",
		(json_int_t)(k.expires_ms / 1000)));
	return 0;
}

/* AssumeRole */

/* "arn:aws:iam::000000000000:role/path/name": its account and name. */
static int
parse_role_arn(struct call *c, const char *arn, const char **ret_account,
    const char **ret_name)
{
	static const char prefix[] = "arn:aws:iam::";
	const char *account = arn + sizeof(prefix) - 1, *slash = strrchr(arn, '/');

	if (strncmp(arn, prefix, sizeof(prefix) - 1) != 0 ||
	    strspn(account, "0123456789") != 12 ||
	    strncmp(account + 12, ":role/", 6) != 0 || slash[1] == '\0')
		return err_set(&c->err, &sts_invalid, "%.300s is invalid", arn);
	*ret_account = arena_strndup(c->arena, account, 12);
	*ret_name = slash + 1;
	return 0;
}

int
sts_find_role(struct call *c, const char *arn, const char **ret_account, json_t **ret)
{
	const char *name;
	int rc;

	if (parse_role_arn(c, arn, ret_account, &name) < 0)
		return -1;
	rc =
	    identity_find(c->txn, c->arena, *ret_account, "iam:role", name, ret, &c->err);
	if (rc <= 0)
		return rc;
	if (strcmp(json_str_or(*ret, "Arn", ""), arn) != 0)
		return 0;
	rc = account_is_closed(c->txn, *ret_account, &c->err);
	return rc < 0 ? -1 : !rc;
}

void
sts_name_session(struct call *c, const char *account, const json_t *role,
    const char *name, struct session *s)
{
	s->account = account;
	s->name = json_str(role, "RoleName");
	s->id = json_str(role, "RoleId");
	s->session = name;
	out_set(c, "AssumedRoleUser",
	    json_make("{s:o, s:o}", "AssumedRoleId",
		json_new_fmt("%s:%s", s->id, s->session), "Arn",
		json_new_fmt("arn:aws:sts::%s:assumed-role/%s/%s", account, s->name,
		    s->session)));
}

int
sts_duration(struct call *c, const json_t *role, int64_t *ret)
{
	int64_t seconds = in_int(c, "DurationSeconds", HOUR_S);

	if (c->who.kind == PRINCIPAL_SESSION && seconds > HOUR_S)
		return err_set(&c->err, &sts_invalid,
		    "The requested DurationSeconds exceeds the 1 hour session limit for roles "
		    "assumed by role chaining");
	if (seconds > json_int(role, "MaxSessionDuration", HOUR_S))
		return err_set(&c->err, &sts_invalid,
		    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
	*ret = seconds;
	return 0;
}

static json_t *
assume_context(struct call *c, int64_t mfa_ms)
{
	json_t *context =
	    auth_request_context(c->arena, c->source_ip, c->is_tls, c->region, c->now_ms);

	json_set_str(context, "sts:ExternalId", json_str(c->in, "ExternalId"));
	json_set_str(context, "sts:RoleSessionName", json_str(c->in, "RoleSessionName"));
	sts_tag_context(c, in_list(c, "Tags"), json_get(c->in, "TransitiveTagKeys"),
	    json_str(c->in, "SourceIdentity"), context);
	if (mfa_ms != 0) {
		json_set_str(context, "aws:MultiFactorAuthPresent", "true");
		json_set_str(context, "aws:MultiFactorAuthAge", "0");
	}
	return context;
}

static int
may_not(struct call *c, const char *action, const char *arn)
{
	return err_set(&c->err, &sts_denied,
	    "User: %s is not authorized to perform: %s on resource: %.200s", c->who.arn,
	    action, arn);
}

/*
 * The trust policy, and the caller's own.  Within an account a trust policy that
 * names the caller himself is enough; else both must allow.
 */
static int
check_trust(struct call *c, const json_t *role, const char *account, const char *action,
    const json_t *request)
{
	const char *arn = json_str(role, "Arn");
	json_t *context, *identity = NULL;
	enum policy_effect own;
	enum trust trust;

	if (identity_of(c->txn, c->arena, &c->who, &identity, &c->err) < 0)
		return -1;
	context = identity_context(c->arena, &c->who, identity, request);
	trust = trust_evaluate(c->arena, role, &c->who, action, context);
	if (trust == TRUST_NONE || trust == TRUST_DENIED)
		return may_not(c, action, arn);
	if (identity_verdict(c->txn, c->arena, &c->who, action, arn, context, &own,
		&c->err) < 0)
		return -1;
	if (trust == TRUST_DIRECT && own == POLICY_SILENT &&
	    strcmp(account, c->who.account) == 0)
		return 0;
	return auth_allow(&c->env->auth, c->txn, c->arena, &c->who, c->model, action, arn,
	    context, &c->err);
}

static int
check_all_trust(struct call *c, const json_t *role, const char *account, int64_t mfa_ms)
{
	const char *actions[STS_MAX_ACTIONS];
	const json_t *tags = in_list(c, "Tags");
	const char *source = in_str(c, "SourceIdentity");
	json_t *context = assume_context(c, mfa_ms);

	if (check_trust(c, role, account, "sts:AssumeRole", context) < 0)
		return -1;
	/* What the caller's own session hands on is passed, too. */
	if (json_array_size(tags) == 0)
		tags = c->who.transitive;
	if (source == NULL)
		source = c->who.source_identity;
	sts_tag_actions(tags, source, actions);
	for (size_t i = 0; actions[i] != NULL; i++) {
		if (check_trust(c, role, account, actions[i], context) < 0)
			return -1;
	}
	return 0;
}

static int
assume_role(struct call *c)
{
	static const char *const refused[] = { "ProvidedContexts", NULL };
	const char *arn = in_str(c, "RoleArn"), *account;
	struct session s = { .kind = PRINCIPAL_SESSION };
	int64_t seconds = 0, mfa_ms = 0;
	json_t *role;
	int rc;

	if (refuse(c, refused) < 0)
		return -1;
	rc = sts_find_role(c, arn, &account, &role);
	/* That there is no such role is nobody's business. */
	if (rc <= 0)
		return rc < 0 ? -1 : may_not(c, "sts:AssumeRole", arn);
	if (check_mfa(c, &mfa_ms) < 0 || check_all_trust(c, role, account, mfa_ms) < 0 ||
	    sts_duration(c, role, &seconds) < 0 ||
	    sts_session_policy(c, account, &s.policy) < 0 ||
	    sts_take_tags(c, in_list(c, "Tags"), in_list(c, "TransitiveTagKeys"),
		in_str(c, "SourceIdentity"), &s) < 0)
		return -1;
	sts_name_session(c, account, role, in_str(c, "RoleSessionName"), &s);
	if (s.source_identity != NULL)
		out_str(c, "SourceIdentity", s.source_identity);
	return sts_out_credentials(c, &s, seconds);
}

/* GetSessionToken and GetFederationToken: for those with a key of their own */

static int
check_long_term(struct call *c)
{
	if (c->who.issued_ms == 0 && c->who.kind != PRINCIPAL_SESSION &&
	    c->who.kind != PRINCIPAL_FEDERATED)
		return 0;
	return err_set(&c->err, &sts_denied, "Cannot call %s with session credentials",
	    c->op->name);
}

static void
fill_caller(const struct call *c, struct session *s)
{
	s->account = c->who.account;
	s->name = c->who.name != NULL ? c->who.name : "";
	s->id = c->who.user_id;
	s->session = "";
}

/* Root's last an hour at most. */
static int64_t
caller_duration(struct call *c)
{
	int64_t seconds = in_int(c, "DurationSeconds", SESSION_TOKEN_S);

	return c->who.kind == PRINCIPAL_ROOT && seconds > HOUR_S ? HOUR_S : seconds;
}

static int
get_session_token(struct call *c)
{
	struct session s = { .kind = c->who.kind };

	if (check_long_term(c) < 0 || check_mfa(c, &s.mfa_ms) < 0)
		return -1;
	fill_caller(c, &s);
	return sts_out_credentials(c, &s, caller_duration(c));
}

/* Permission for the token, and for its tags. */
static int
may_federate(struct call *c, const char *arn)
{
	const char *actions[STS_MAX_ACTIONS] = { NULL };
	json_t *context = assume_context(c, 0);

	if (auth_allow(&c->env->auth, c->txn, c->arena, &c->who, c->model,
		"sts:GetFederationToken", arn, context, &c->err) < 0)
		return -1;
	sts_tag_actions(in_list(c, "Tags"), NULL, actions);
	return actions[0] == NULL ? 0 :
				    auth_allow(&c->env->auth, c->txn, c->arena, &c->who,
					c->model, actions[0], arn, context, &c->err);
}

static int
get_federation_token(struct call *c)
{
	struct session s = { .kind = PRINCIPAL_FEDERATED };
	const char *name = in_str(c, "Name"), *arn;

	arn =
	    arena_printf(c->arena, "arn:aws:sts::%s:federated-user/%s", c->account, name);
	if (check_long_term(c) < 0 || may_federate(c, arn) < 0 ||
	    sts_session_policy(c, c->account, &s.policy) < 0 ||
	    sts_take_tags(c, in_list(c, "Tags"), NULL, NULL, &s) < 0)
		return -1;
	fill_caller(c, &s);
	s.session = name;
	out_set(c, "FederatedUser",
	    json_make("{s:o, s:s}", "FederatedUserId",
		json_new_str(arena_printf(c->arena, "%s:%s", c->account, name)), "Arn",
		arn));
	return sts_out_credentials(c, &s, caller_duration(c));
}

static const struct op ops[] = {
	OP("AssumeRole", assume_role, OP_NO_AUTH,
	    "Give credentials of a role's session."),
	OP("DecodeAuthorizationMessage", decode_authorization_message, OP_READ,
	    "Say what an encoded denial of EC2's means."),
	OP("GetAccessKeyInfo", get_access_key_info, OP_READ,
	    "Show whose an access key is."),
	OP("GetCallerIdentity", get_caller_identity, OP_READ | OP_NO_AUTH,
	    "Show who calls."),
	OP("GetFederationToken", get_federation_token, OP_NO_AUTH,
	    "Give credentials to somebody whom the caller vouches for."),
	OP("GetSessionToken", get_session_token, OP_NO_AUTH,
	    "Give the caller temporary credentials."),
};
static const struct family sts_all = FAMILY(ops, NULL);
static const struct family *const families[] = { &sts_all, &sts_roots,
	&sts_web_identities, &sts_saml, &sts_outbound, NULL };

const struct service sts_service = {
	.name = "sts",
	.families = families,
};
