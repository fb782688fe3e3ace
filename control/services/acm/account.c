/*
 * ACM: what an account says of all its certificates.
 */
#include "control/services/acm/acm.h"

#define KIND "acm:account"

enum { DAYS = 45 };

static int
get(struct call *c)
{
	json_t *doc;
	int rc;

	if (acm_ask(c, NULL) < 0)
		return -1;
	rc = store_get(c->txn, c->scope, KIND, "config", &doc, &c->err);
	if (rc < 0)
		return -1;
	if (rc > 0)
		out_ref(c, "ExpiryEvents", json_get(doc, "ExpiryEvents"));
	else
		out_set(c, "ExpiryEvents", json_make("{s:i}", "DaysBeforeExpiry", DAYS));
	return 0;
}

static int
put(struct call *c)
{
	const json_t *events = in_object(c, "ExpiryEvents");
	json_t *doc;
	int rc;

	if (acm_ask(c, NULL) < 0)
		return -1;
	rc = store_edit(c->txn, c->scope, KIND, "config", &doc, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		doc = json_own(c->arena, json_new_object());
	json_set(doc, "ExpiryEvents",
	    json_make("{s:I}", "DaysBeforeExpiry",
		(json_int_t)json_int(events, "DaysBeforeExpiry", DAYS)));
	store_put(c->txn, c->scope, KIND, "config", doc);
	return 0;
}

static const struct op ops[] = {
	ACM("GetAccountConfiguration", get, OP_READ, "Show the account's configuration."),
	ACM("PutAccountConfiguration", put, 0, "Set the account's configuration."),
};
const struct family acm_accounts = FAMILY(ops, NULL);
