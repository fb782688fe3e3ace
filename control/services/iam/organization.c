/*
 * IAM: what a management account has taken over from the roots of its organization's accounts.
 */
#include <string.h>

#include "control/services/iam/iam.h"
#include "control/services/organizations/organizations.h"

static const struct err_kind no_organization = { "OrganizationNotFoundException", 400 };
static const struct err_kind no_access = { "ServiceAccessNotEnabledException", 400 };
static const struct err_kind not_all = { "OrganizationNotInAllFeaturesModeException",
	400 };
static const struct err_kind not_ours = {
	"AccountNotManagementOrDelegatedAdministratorException", 400
};
static const struct err_kind not_management = { "CallerIsNotManagementAccountException",
	400 };

/* The caller's organization, of which he must be the management account. */
static int
open_organization(struct call *c, struct org *o, const struct err_kind *other)
{
	int rc;

	if (iam_permit(c, "*") < 0)
		return -1;
	rc = org_find(c, c->account, o);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &no_organization,
		    "The request was rejected because no organization is associated with your "
		    "account.");
	if (strcmp(o->management, c->account) != 0)
		return err_set(&c->err, other,
		    "The request was rejected because the account making the request is not the "
		    "management account for the organization.");
	if (!o->has_all)
		return err_set(&c->err, &not_all,
		    "The request was rejected because your organization does not have All features "
		    "enabled.");
	if (json_get(json_get(o->doc, "_access"), "iam.amazonaws.com") == NULL)
		return err_set(&c->err, &no_access,
		    "The request was rejected because trusted access is not enabled for IAM in AWS "
		    "Organizations.");
	return 0;
}

static int
answer(struct call *c, const struct org *o, json_t *features)
{
	out_str(c, "OrganizationId", o->id);
	out_ref(c, "EnabledFeatures", features);
	return 0;
}

static int
set_feature(struct call *c, const char *name, int on)
{
	json_t *doc, *features;
	struct org o;

	if (open_organization(c, &o, on ? &not_management : &not_ours) < 0 ||
	    org_edit(c, &o, &doc) < 0)
		return -1;
	features = json_need_array(doc, "_features");
	for (size_t i = json_array_size(features); i-- > 0;) {
		if (strcmp(json_string_value(json_array_get(features, i)), name) == 0)
			json_array_remove(features, i);
	}
	if (on)
		json_add_str(features, name);
	org_put(c, &o, doc);
	return answer(c, &o, features);
}

static int
enable_credentials(struct call *c)
{
	return set_feature(c, "RootCredentialsManagement", 1);
}

static int
disable_credentials(struct call *c)
{
	return set_feature(c, "RootCredentialsManagement", 0);
}

static int
enable_sessions(struct call *c)
{
	return set_feature(c, "RootSessions", 1);
}

static int
disable_sessions(struct call *c)
{
	return set_feature(c, "RootSessions", 0);
}

static int
list_features(struct call *c)
{
	json_t *none = json_own(c->arena, json_new_array()), *features;
	struct org o;

	if (open_organization(c, &o, &not_ours) < 0)
		return -1;
	features = json_get(o.doc, "_features");
	return answer(c, &o, features != NULL ? features : none);
}

static const struct op ops[] = {
	IAM("DisableOrganizationsRootCredentialsManagement", disable_credentials, 0,
	    "Leave the credentials of members' roots to them."),
	IAM("DisableOrganizationsRootSessions", disable_sessions, 0,
	    "Make no more sessions of members' roots."),
	IAM("EnableOrganizationsRootCredentialsManagement", enable_credentials, 0,
	    "Manage the credentials of members' roots."),
	IAM("EnableOrganizationsRootSessions", enable_sessions, 0,
	    "Let the management account have sessions of members' roots (sts:AssumeRoot)."),
	IAM("ListOrganizationsFeatures", list_features, OP_READ,
	    "List what of members' roots is managed."),
};
const struct family iam_organizations = FAMILY(ops, NULL);
