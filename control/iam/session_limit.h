/*
 * What temporary credentials cannot call, whatever policies say.
 */
#ifndef CONTROL_IAM_SESSION_LIMIT_H
#define CONTROL_IAM_SESSION_LIMIT_H

#include "control/iam/auth.h"

/*
 * Those of GetFederationToken call nothing of IAM, and of STS who they are; those of GetSessionToken call IAM when a code
 * of an MFA device was checked for them, and of STS AssumeRole, too.  0, or -1 as AWS refuses.
 */
int session_limit(const struct principal *who, const struct model *m,
    const char *operation, struct err *err);

#endif
