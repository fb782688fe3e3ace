#include "control/iam/membership.h"

int
membership_find(struct store_txn *t, const char *kind, const char *account, json_t **ret,
    struct err *err)
{
	struct store_docs docs;

	if (store_list(t, STORE_SYSTEM, kind, &docs, err) < 0)
		return -1;
	if (docs.n == 0)
		return 0;
	return store_get(t, STORE_SYSTEM, kind, account, ret, err);
}
