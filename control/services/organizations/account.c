/*
 * Organizations: accounts: made, shown, moved, closed.
 *
 * An account is made at once; as in AWS, the answer says IN_PROGRESS, and DescribeCreateAccountStatus
 * what came of it.  AWS begins with 10 accounts and raises that on request; here it
 * is raised already.  Not emulated: accounts of GovCloud; that a closed account leaves after 90 days.
 */
#include <string.h>

#include "control/iam/account.h"
#include "control/services/organizations/organizations.h"

static const struct err_kind already_closed = { "AccountAlreadyClosedException", 400 };
static const struct err_kind duplicate = { "DuplicateAccountException", 400 };

enum { ACCOUNTS_MAX = 10000, CLOSE_MIN = 10, CLOSE_MAX = 1000 };

#define MONTH_MS ((int64_t)30 * 24 * 3600 * 1000)

static size_t
count_accounts(const struct store_docs *nodes)
{
	size_t n = 0;

	for (size_t i = 0; i < nodes->n; i++)
		n += org_is_account(nodes->doc[i]) != 0;
	return n;
}

/* CreateAccount */

static json_t *
new_status(struct call *c)
{
	json_t *status = json_own(c->arena, json_new_object());

	json_set_str(status, "Id", org_random_id(c, "car-", 32));
	json_set_str(status, "AccountName", in_str(c, "AccountName"));
	json_set_str(status, "State", "IN_PROGRESS");
	org_stamp(c, status, "RequestedTimestamp");
	return status;
}

/* 1 with the account's id, 0 its address is somebody's, -1. */
static int
make(struct call *c, const struct org *o, const char **ret)
{
	const char *role = in_str(c, "RoleName"), *other;
	struct account_new account = {
		.email = in_str(c, "Email"),
		.name = in_str(c, "AccountName"),
	};
	struct org_join join = {
		.name = account.name,
		.email = account.email,
		.method = "CREATED",
		.tags = in_list(c, "Tags"),
	};
	char *id = arena_alloc(c->arena, 13);
	struct auth_key key;
	int rc;

	rc = account_find_email(&c->env->auth, c->txn, c->arena, account.email, &other,
	    &c->err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	account.id = join.account = id;
	do {
		account_random_id(id);
		rc = account_make(&c->env->auth, c->txn, c->arena, &account, &key,
		    &c->err);
	} while (rc == 0);
	if (rc < 0 || org_join(c, o, &join) < 0 ||
	    org_make_roles(c, o, id,
		role != NULL ? role : "OrganizationAccountAccessRole") < 0)
		return -1;
	*ret = id;
	return 1;
}

/* What a reset of the account needs to know again. */
static int
note_role(struct call *c, const struct org *o, const char *account)
{
	const char *billing = in_str(c, "IamUserAccessToBilling");
	const char *role = in_str(c, "RoleName");
	json_t *node;

	if (org_account_edit(c, o, account, &node) < 0)
		return -1;
	json_set_str(node, "_access_role",
	    role != NULL ? role : "OrganizationAccountAccessRole");
	json_set_str(node, "_billing", billing != NULL ? billing : "ALLOW");
	org_node_put(c, o, node);
	return 0;
}

static int
create_account(struct call *c)
{
	const char *account = NULL;
	struct store_docs nodes;
	json_t *status;
	struct org o;
	int rc;

	if (org_open(c, ORG_MANAGEMENT, NULL, &o) < 0 || org_nodes(c, &o, &nodes) < 0)
		return -1;
	if (count_accounts(&nodes) >= ACCOUNTS_MAX)
		return org_constraint(c, "ACCOUNT_NUMBER_LIMIT_EXCEEDED");
	status = new_status(c);
	out_set(c, "CreateAccountStatus", json_copy_deep(status));
	rc = make(c, &o, &account);
	if (rc < 0 || (rc > 0 && note_role(c, &o, account) < 0))
		return -1;
	json_set_str(status, "State", rc > 0 ? "SUCCEEDED" : "FAILED");
	if (rc == 0)
		json_set_str(status, "FailureReason", "EMAIL_ALREADY_EXISTS");
	json_set_str(status, "AccountId", account);
	org_stamp(c, status, "CompletedTimestamp");
	store_put(c->txn, o.scope, ORG_CREATE_STATUS, json_str(status, "Id"), status);
	return 0;
}

static int
create_gov_cloud_account(struct call *c)
{
	struct org o;

	if (org_open(c, ORG_MANAGEMENT, NULL, &o) < 0)
		return -1;
	return org_constraint(c, "MASTER_ACCOUNT_NOT_GOVCLOUD_ENABLED");
}

static int
describe_status(struct call *c)
{
	const char *id = in_str(c, "CreateAccountRequestId");
	json_t *status;
	struct org o;
	int rc;

	if (org_open(c, ORG_READER, NULL, &o) < 0)
		return -1;
	rc = store_get(c->txn, o.scope, ORG_CREATE_STATUS, id, &status, &c->err);
	if (rc <= 0)
		return rc < 0 ? -1 : org_missing(c, ORG_NO_STATUS);
	out_ref(c, "CreateAccountStatus", status);
	return 0;
}

static int
list_statuses(struct call *c)
{
	json_t *rows = json_own(c->arena, json_new_array()), *states;
	struct store_docs docs;
	struct org o;

	if (org_open(c, ORG_READER, NULL, &o) < 0 ||
	    store_list(c->txn, o.scope, ORG_CREATE_STATUS, &docs, &c->err) < 0)
		return -1;
	states = in_list(c, "States");
	for (size_t i = 0; i < docs.n; i++) {
		if (json_array_size(states) == 0 ||
		    json_has_str(states, json_str(docs.doc[i], "State")))
			json_add(rows, json_incref(docs.doc[i]));
	}
	return org_page(c, rows, "CreateAccountStatuses", "Id");
}

/* DescribeAccount, ListAccounts */

static int
describe_account(struct call *c)
{
	const char *id = in_str(c, "AccountId");
	struct org o;
	json_t *node;

	if (org_open(c, ORG_READER, id, &o) < 0 || org_account_edit(c, &o, id, &node) < 0)
		return -1;
	out_ref(c, "Account", node);
	return 0;
}

static int
list_accounts(struct call *c)
{
	json_t *rows = json_own(c->arena, json_new_array());
	struct store_docs nodes;
	struct org o;

	if (org_open(c, ORG_READER, NULL, &o) < 0 || org_nodes(c, &o, &nodes) < 0)
		return -1;
	for (size_t i = 0; i < nodes.n; i++) {
		if (org_is_account(nodes.doc[i]))
			json_add(rows, json_incref(nodes.doc[i]));
	}
	return org_page(c, rows, "Accounts", "Id");
}

/* MoveAccount */

static int
check_parents(struct call *c, const struct org *o, const json_t *account,
    const char *from, const char *to)
{
	json_t *node;
	int rc = org_node_find(c, o, from, &node);

	if (rc <= 0)
		return rc < 0 ? -1 : org_missing(c, ORG_NO_SOURCE);
	rc = org_node_find(c, o, to, &node);
	if (rc <= 0)
		return rc < 0 ? -1 : org_missing(c, ORG_NO_DESTINATION);
	if (strcmp(json_str_or(account, "_parent", ""), to) == 0)
		return err_set(&c->err, &duplicate,
		    "That account is already present in the specified destination.");
	if (strcmp(json_str_or(account, "_parent", ""), from) != 0)
		return org_missing(c, ORG_NO_ACCOUNT);
	return 0;
}

static int
move_account(struct call *c)
{
	const char *id = in_str(c, "AccountId"), *from = in_str(c, "SourceParentId"),
		   *to = in_str(c, "DestinationParentId");
	struct org o;
	json_t *node;

	if (org_open(c, ORG_MANAGEMENT, id, &o) < 0 || org_ask(c, &o, from) < 0 ||
	    org_ask(c, &o, to) < 0 || org_account_edit(c, &o, id, &node) < 0 ||
	    check_parents(c, &o, node, from, to) < 0)
		return -1;
	return org_move(c, &o, node, to);
}

/* CloseAccount: a tenth of the accounts in 30 days */

static int
check_closed(struct call *c, const struct store_docs *nodes)
{
	size_t n = 0, max = count_accounts(nodes) / 10;

	max = max < CLOSE_MIN ? CLOSE_MIN : max > CLOSE_MAX ? CLOSE_MAX : max;
	for (size_t i = 0; i < nodes->n; i++)
		n += json_int(nodes->doc[i], "_closed_ms", 0) > c->now_ms - MONTH_MS;
	return n >= max ? org_constraint(c, "CLOSE_ACCOUNT_QUOTA_EXCEEDED") : 0;
}

static int
close_account(struct call *c)
{
	const char *id = in_str(c, "AccountId");
	struct store_docs nodes;
	struct org o;
	json_t *node;
	int rc;

	if (org_open(c, ORG_MANAGEMENT, id, &o) < 0 || org_nodes(c, &o, &nodes) < 0 ||
	    org_account_edit(c, &o, id, &node) < 0)
		return -1;
	if (strcmp(id, o.management) == 0)
		return org_constraint(c, "CANNOT_CLOSE_MANAGEMENT_ACCOUNT");
	rc = account_is_closed(c->txn, id, &c->err);
	if (rc != 0)
		return rc < 0 ?
		    -1 :
		    err_set(&c->err, &already_closed,
			"You attempted to close an account that is already closed.");
	if (check_closed(c, &nodes) < 0)
		return -1;
	json_set_str(node, "Status", "SUSPENDED");
	json_set_str(node, "State", "SUSPENDED");
	json_set_int(node, "_closed_ms", c->now_ms);
	org_node_put(c, &o, node);
	account_close(&c->env->auth, c->txn, c->arena, id);
	return 0;
}

static const struct op ops[] = {
	ORG("CloseAccount", close_account, 0,
	    "Close a member account: nobody can sign for it any more."),
	ORG("CreateAccount", create_account, 0,
	    "Make an account with a role that the management account may assume."),
	ORG("CreateGovCloudAccount", create_gov_cloud_account, 0,
	    "Refused, as to whoever has no account in GovCloud."),
	ORG("DescribeAccount", describe_account, OP_READ, "Show an account."),
	ORG("DescribeCreateAccountStatus", describe_status, OP_READ,
	    "Show what came of CreateAccount."),
	ORG("ListAccounts", list_accounts, OP_READ, "List the accounts."),
	ORG("ListCreateAccountStatus", list_statuses, OP_READ,
	    "List what came of each CreateAccount."),
	ORG("MoveAccount", move_account, 0,
	    "Move an account to another unit or the root."),
};
const struct family org_accounts = FAMILY(ops, NULL);
