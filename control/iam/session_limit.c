#include "control/iam/session_limit.h"

#include <string.h>

static const struct err_kind bad_token = { "InvalidClientTokenId", 403 };
static const struct err_kind denied = { "AccessDenied", 403 };

int
session_limit(const struct principal *who, const struct model *m, const char *operation,
    struct err *err)
{
	int is_federated = who->kind == PRINCIPAL_FEDERATED,
	    is_own = (who->kind == PRINCIPAL_USER || who->kind == PRINCIPAL_ROOT) &&
	    who->issued_ms != 0 && who->session_policy == NULL;

	if (!is_federated && !is_own)
		return 0;
	if (strcmp(model_name(m), "iam") == 0 && (is_federated || who->mfa_ms == 0))
		return err_set(err, &bad_token,
		    "The security token included in the request is invalid");
	if (strcmp(model_name(m), "sts") == 0 &&
	    strcmp(operation, "GetCallerIdentity") != 0 &&
	    (is_federated || strcmp(operation, "AssumeRole") != 0))
		return err_set(err, &denied, "Cannot call %s with session credentials",
		    operation);
	return 0;
}
