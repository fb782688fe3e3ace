/*
 * Organizations: accounts that leave, or are made to.
 *
 * Every account of ours can stand alone, so that one that was made here may leave
 * at once; AWS wants to be paid first.
 */
#include <string.h>

#include "control/services/organizations/organizations.h"

static const struct err_kind master = { "MasterCannotLeaveOrganizationException", 400 };

static int
leave(struct call *c, const struct org *o, const char *account)
{
	json_t *node;

	if (org_account_edit(c, o, account, &node) < 0)
		return -1;
	if (strcmp(account, o->management) == 0)
		return err_set(&c->err, &master,
		    "You cannot remove the management account from an organization. To remove it, "
		    "delete the organization.");
	if (json_array_size(json_get(node, "_services")) > 0)
		return org_constraint(c,
		    "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG");
	if (strcmp(json_str_or(node, "Status", ""), "ACTIVE") != 0)
		return org_constraint(c, "ACCOUNT_CANNOT_LEAVE_ORGANIZATION");
	return org_leave(c, o, account);
}

static int
leave_organization(struct call *c)
{
	struct org o;

	return org_open(c, ORG_MEMBER, NULL, &o) < 0 ? -1 : leave(c, &o, c->account);
}

static int
remove_account(struct call *c)
{
	const char *account = in_str(c, "AccountId");
	struct org o;

	return org_open(c, ORG_MANAGEMENT, account, &o) < 0 ? -1 : leave(c, &o, account);
}

static const struct op ops[] = {
	ORG("LeaveOrganization", leave_organization, 0,
	    "Take the caller's account out of its organization."),
	ORG("RemoveAccountFromOrganization", remove_account, 0,
	    "Take a member account out of the organization."),
};
const struct family org_departures = FAMILY(ops, NULL);
