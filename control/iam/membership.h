/*
 * What an account's organization says to those who evaluate: which one it is, and the policies
 * that the account has from it.
 *
 * The service organizations keeps the documents, in STORE_SYSTEM, by account: they stay when the account is
 * reset.  They are found by listing their kind, which the cache answers for accounts without any, too.
 *	organizations:membership	{OrganizationId, Path ("o-…/r-…/ou-…/"), Arn, ManagementAccountId}
 *	organizations:effective-scp	{levels: [[parsed policy …] (root), [OU …] …, [account …]]}
 *	organizations:effective-rcp	as that
 * There is no effective-… of a management account, and none while the type is disabled.
 */
#ifndef CONTROL_IAM_MEMBERSHIP_H
#define CONTROL_IAM_MEMBERSHIP_H

#include "base/err.h"
#include "base/json.h"
#include "control/store/store.h"

#define MEMBERSHIP_KIND "organizations:membership"
#define MEMBERSHIP_SCP	"organizations:effective-scp"
#define MEMBERSHIP_RCP	"organizations:effective-rcp"

/* 1 and the shared document of the kind, 0 the account has none, -1. */
int membership_find(struct store_txn *t, const char *kind, const char *account,
    json_t **ret, struct err *err);

#endif
