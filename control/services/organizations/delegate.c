/*
 * Organizations: services that may look at all accounts, and the accounts that look after a
 * service for the management account.
 */
#include <string.h>

#include "control/services/organizations/organizations.h"

static const struct err_kind registered = { "AccountAlreadyRegisteredException", 400 };
static const struct err_kind not_registered = { "AccountNotRegisteredException", 400 };

/* The services that work with organizations; of most, one account may be the administrator. */
static const struct {
	const char *principal;
	size_t max; /* administrators; 0: it has none */
} known[] = {
	{ "access-analyzer.amazonaws.com", 1 },
	{ "account.amazonaws.com", 1 },
	{ "auditmanager.amazonaws.com", 1 },
	{ "aws-artifact-account-sync.amazonaws.com", 0 },
	{ "backup.amazonaws.com", 5 },
	{ "cloudtrail.amazonaws.com", 3 },
	{ "compute-optimizer.amazonaws.com", 1 },
	{ "config-multiaccountsetup.amazonaws.com", 3 },
	{ "config.amazonaws.com", 3 },
	{ "controltower.amazonaws.com", 0 },
	{ "cost-optimization-hub.bcm.amazonaws.com", 1 },
	{ "detective.amazonaws.com", 1 },
	{ "devops-guru.amazonaws.com", 5 },
	{ "ds.amazonaws.com", 0 },
	{ "fms.amazonaws.com", 10 },
	{ "guardduty.amazonaws.com", 1 },
	{ "health.amazonaws.com", 5 },
	{ "iam.amazonaws.com", 1 },
	{ "inspector2.amazonaws.com", 1 },
	{ "ipam.amazonaws.com", 1 },
	{ "license-management.marketplace.amazonaws.com", 1 },
	{ "license-manager-linux-subscriptions.amazonaws.com", 1 },
	{ "license-manager.amazonaws.com", 1 },
	{ "license-manager.member-account.amazonaws.com", 0 },
	{ "macie.amazonaws.com", 1 },
	{ "malware-protection.guardduty.amazonaws.com", 1 },
	{ "member.org.stacksets.cloudformation.amazonaws.com", 5 },
	{ "mgn.amazonaws.com", 5 },
	{ "networkmanager.amazonaws.com", 10 },
	{ "observabilityadmin.amazonaws.com", 1 },
	{ "ram.amazonaws.com", 0 },
	{ "reachabilityanalyzer.networkinsights.amazonaws.com", 1 },
	{ "reporting.trustedadvisor.amazonaws.com", 5 },
	{ "resource-explorer-2.amazonaws.com", 1 },
	{ "securityhub.amazonaws.com", 1 },
	{ "securitylake.amazonaws.com", 1 },
	{ "servicecatalog.amazonaws.com", 50 },
	{ "servicequotas.amazonaws.com", 0 },
	{ "ssm-quicksetup.amazonaws.com", 1 },
	{ "ssm.amazonaws.com", 1 },
	{ "sso.amazonaws.com", 1 },
	{ "stacksets.cloudformation.amazonaws.com", 5 },
	{ "storage-lens.s3.amazonaws.com", 5 },
	{ "tagpolicies.tag.amazonaws.com", 1 },
	{ "wellarchitected.amazonaws.com", 5 },
};

/* How many administrators the service may have, or -1: no such service. */
static int
max_of(const char *principal)
{
	for (size_t i = 0; i < COUNT(known); i++) {
		if (strcmp(known[i].principal, principal) == 0)
			return (int)known[i].max;
	}
	return -1;
}

static json_t *
service_of(const json_t *node, const char *principal, size_t *ret_at)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_get(node, "_services"), i, row) {
		if (strcmp(json_str(row, "ServicePrincipal"), principal) != 0)
			continue;
		if (ret_at != NULL)
			*ret_at = i;
		return row;
	}
	return NULL;
}

/* How many accounts are the service's administrators. */
static int
count_admins(struct call *c, const struct org *o, const char *principal, size_t *ret)
{
	struct store_docs nodes;
	size_t n = 0;

	if (org_nodes(c, o, &nodes) < 0)
		return -1;
	for (size_t i = 0; i < nodes.n; i++)
		n += service_of(nodes.doc[i], principal, NULL) != NULL;
	*ret = n;
	return 0;
}

/* Delegated administration is of organizations that have all features. */
static int
open_all(struct call *c, enum org_who who, struct org *o)
{
	if (org_open(c, who, NULL, o) < 0)
		return -1;
	return o->has_all ? 0 :
			    org_constraint(c, "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE");
}

/* EnableAWSServiceAccess, DisableAWSServiceAccess, ListAWSServiceAccessForOrganization */

static int
enable_access(struct call *c)
{
	const char *principal = in_str(c, "ServicePrincipal");
	struct org o;
	json_t *doc;

	if (open_all(c, ORG_MANAGEMENT, &o) < 0)
		return -1;
	if (max_of(principal) < 0)
		return org_invalid(c, "UNRECOGNIZED_SERVICE_PRINCIPAL");
	if (json_get(json_get(o.doc, "_access"), principal) != NULL)
		return 0;
	if (org_edit(c, &o, &doc) < 0)
		return -1;
	org_stamp(c, json_need_object(doc, "_access"), principal);
	org_put(c, &o, doc);
	return 0;
}

static int
disable_access(struct call *c)
{
	const char *principal = in_str(c, "ServicePrincipal");
	struct org o;
	json_t *doc;
	size_t n;

	if (open_all(c, ORG_MANAGEMENT, &o) < 0)
		return -1;
	if (max_of(principal) < 0)
		return org_invalid(c, "UNRECOGNIZED_SERVICE_PRINCIPAL");
	if (count_admins(c, &o, principal, &n) < 0)
		return -1;
	if (n > 0)
		return org_constraint(c,
		    "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE");
	if (org_edit(c, &o, &doc) < 0)
		return -1;
	json_del(json_need_object(doc, "_access"), principal);
	org_put(c, &o, doc);
	return 0;
}

static int
list_access(struct call *c)
{
	json_t *rows = json_own(c->arena, json_new_array()), *since;
	const char *principal;
	struct org o;

	if (open_all(c, ORG_READER, &o) < 0)
		return -1;
	json_object_foreach(json_get(o.doc, "_access"), principal, since) {
		json_t *row = json_add_object(rows);

		json_set_str(row, "ServicePrincipal", principal);
		json_set(row, "DateEnabled", json_incref(since));
	}
	return org_page(c, resource_sorted(c, rows, "ServicePrincipal"),
	    "EnabledServicePrincipals", "ServicePrincipal");
}

/* RegisterDelegatedAdministrator, DeregisterDelegatedAdministrator */

static int
check_candidate(struct call *c, const struct org *o, const json_t *node,
    const char *principal)
{
	int max = max_of(principal);
	size_t n;

	if (max <= 0)
		return org_invalid(c, "UNRECOGNIZED_SERVICE_PRINCIPAL");
	if (json_get(json_get(o->doc, "_access"), principal) == NULL)
		return org_constraint(c, "SERVICE_ACCESS_NOT_ENABLED");
	if (strcmp(json_str(node, "Status"), "ACTIVE") != 0)
		return org_constraint(c,
		    "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR");
	if (service_of(node, principal, NULL) != NULL)
		return err_set(&c->err, &registered,
		    "The provided account is already a delegated administrator for your "
		    "organization.");
	if (count_admins(c, o, principal, &n) < 0)
		return -1;
	return n >= (size_t)max ?
	    org_constraint(c, "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED") :
	    0;
}

static int
open_account(struct call *c, struct org *o, json_t **ret)
{
	const char *account = in_str(c, "AccountId");

	if (open_all(c, ORG_MANAGEMENT, o) < 0)
		return -1;
	if (strcmp(account, o->management) == 0)
		return org_constraint(c,
		    "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR");
	return org_account_edit(c, o, account, ret);
}

static int
register_admin(struct call *c)
{
	const char *principal = in_str(c, "ServicePrincipal");
	json_t *node, *row;
	struct org o;

	if (open_account(c, &o, &node) < 0 || check_candidate(c, &o, node, principal) < 0)
		return -1;
	row = json_add_object(json_need_array(node, "_services"));
	json_set_str(row, "ServicePrincipal", principal);
	org_stamp(c, row, "DelegationEnabledDate");
	org_node_put(c, &o, node);
	return 0;
}

static int
deregister_admin(struct call *c)
{
	const char *principal = in_str(c, "ServicePrincipal");
	struct org o;
	json_t *node;
	size_t at;

	if (open_account(c, &o, &node) < 0)
		return -1;
	if (max_of(principal) <= 0)
		return org_invalid(c, "UNRECOGNIZED_SERVICE_PRINCIPAL");
	if (service_of(node, principal, &at) == NULL)
		return err_set(&c->err, &not_registered,
		    "The provided account is not a registered delegated administrator for your "
		    "organization.");
	json_array_remove(json_need_array(node, "_services"), at);
	org_node_put(c, &o, node);
	return 0;
}

/* ListDelegatedAdministrators, ListDelegatedServicesForAccount */

static int
list_admins(struct call *c)
{
	const char *principal = in_str(c, "ServicePrincipal");
	json_t *rows = json_own(c->arena, json_new_array()), *row;
	struct store_docs nodes;
	struct org o;

	if (open_all(c, ORG_READER, &o) < 0 || org_nodes(c, &o, &nodes) < 0)
		return -1;
	if (principal != NULL && max_of(principal) < 0)
		return org_invalid(c, "UNRECOGNIZED_SERVICE_PRINCIPAL");
	for (size_t i = 0; i < nodes.n; i++) {
		const json_t *services = json_get(nodes.doc[i], "_services");
		const json_t *first = principal != NULL ?
		    service_of(nodes.doc[i], principal, NULL) :
		    json_array_get(services, 0);

		if (first == NULL)
			continue;
		row = json_copy_shallow(nodes.doc[i]);
		json_set(row, "DelegationEnabledDate",
		    json_incref(json_get(first, "DelegationEnabledDate")));
		json_add(rows, row);
	}
	return org_page(c, rows, "DelegatedAdministrators", "Id");
}

static int
list_services(struct call *c)
{
	struct org o;
	json_t *node;

	if (open_all(c, ORG_READER, &o) < 0 ||
	    org_account_edit(c, &o, in_str(c, "AccountId"), &node) < 0)
		return -1;
	if (json_array_size(json_get(node, "_services")) == 0)
		return err_set(&c->err, &not_registered,
		    "The provided account is not a registered delegated administrator for your "
		    "organization.");
	return org_page(c,
	    resource_sorted(c, json_get(node, "_services"), "ServicePrincipal"),
	    "DelegatedServices", "ServicePrincipal");
}

static const struct op ops[] = {
	ORG("DeregisterDelegatedAdministrator", deregister_admin, 0,
	    "Take the administration of a service away from an account."),
	ORG("DisableAWSServiceAccess", disable_access, 0,
	    "Let a service no longer work with the organization."),
	ORG("EnableAWSServiceAccess", enable_access, 0,
	    "Let a service work with the organization."),
	ORG("ListAWSServiceAccessForOrganization", list_access, OP_READ,
	    "List the services that work with the organization."),
	ORG("ListDelegatedAdministrators", list_admins, OP_READ,
	    "List the accounts that administer a service."),
	ORG("ListDelegatedServicesForAccount", list_services, OP_READ,
	    "List the services that an account administers."),
	ORG("RegisterDelegatedAdministrator", register_admin, 0,
	    "Let an account administer a service."),
};
const struct family org_delegates = FAMILY(ops, NULL);
