#include "control/iam/trust.h"

#include <string.h>

#include "control/iam/policy.h"

static enum policy_effect
ask(struct arena *a, const json_t *role, const char *type, const char *const *names,
    size_t n, const char *action, const json_t *context)
{
	const struct policy_principal principal = { type, names, n, 0 };
	const struct policy_request r = {
		.action = action,
		.resource = json_str_or(role, "Arn", "*"),
		.context = context,
		.principal = &principal,
	};

	return policy_evaluate(a, json_get(role, "_trust"), &r);
}

enum trust
trust_evaluate(struct arena *a, const json_t *role, const struct principal *who,
    const char *action, const json_t *context)
{
	const char *role_arn = who->kind == PRINCIPAL_SESSION ?
	    json_str_or(context, "aws:PrincipalArn", who->arn) :
	    who->arn;
	const char *root = arena_printf(a, "arn:aws:iam::%s:root", who->account);
	const char *direct[] = { "*", who->arn, role_arn };
	const char *account[] = { who->account, root };
	int is_root = who->kind == PRINCIPAL_ROOT;
	enum policy_effect by_name, by_account;

	by_account = ask(a, role, "AWS", account, COUNT(account), action, context);
	/* Root's own ARN is that of the account. */
	by_name =
	    ask(a, role, "AWS", direct, is_root ? 1 : COUNT(direct), action, context);
	if (by_name == POLICY_DENY || by_account == POLICY_DENY)
		return TRUST_DENIED;
	if (by_name == POLICY_ALLOW)
		return TRUST_DIRECT;
	return by_account == POLICY_ALLOW ? TRUST_ACCOUNT : TRUST_NONE;
}

int
trust_federated(struct arena *a, const json_t *role, const char *provider,
    const char *action, const json_t *context)
{
	const char *const names[] = { provider };

	return ask(a, role, "Federated", names, COUNT(names), action, context) ==
	    POLICY_ALLOW;
}

int
auth_service_may_assume(const json_t *role, const char *service)
{
	const char *const names[] = { service };
	struct arena *a = arena_new();
	enum policy_effect e =
	    ask(a, role, "Service", names, COUNT(names), "sts:AssumeRole", NULL);

	arena_free(a);
	return e == POLICY_ALLOW;
}
