/*
 * What Organizations refuses, in its words: one row a reason.
 */
#include <string.h>

#include "base/log.h"
#include "control/services/organizations/organizations.h"

const struct err_kind org_already_in = { "AlreadyInOrganizationException", 400 };
const struct err_kind org_in_no = { "AWSOrganizationsNotInUseException", 400 };
const struct err_kind org_malformed = { "MalformedPolicyDocumentException", 400 };
const struct err_kind org_denied = { "AccessDeniedException", 400 };
const struct err_kind org_type_unavailable = {
	"PolicyTypeNotAvailableForOrganizationException", 400
};
const struct err_kind org_type_not_enabled = { "PolicyTypeNotEnabledException", 400 };

static const struct err_kind constraint = { "ConstraintViolationException", 400 };
static const struct err_kind invalid = { "InvalidInputException", 400 };

static const struct {
	struct err_kind kind;
	const char *text;
} missing[] = {
	[ORG_NO_ACCOUNT] = { { "AccountNotFoundException", 400 },
	    "You specified an account that doesn't exist." },
	[ORG_NO_CHILD] = { { "ChildNotFoundException", 400 },
	    "You specified a child that doesn't exist." },
	[ORG_NO_DESTINATION] = { { "DestinationParentNotFoundException", 400 },
	    "You specified a destination parent that doesn't exist." },
	[ORG_NO_HANDSHAKE] = { { "HandshakeNotFoundException", 400 },
	    "You specified a handshake that doesn't exist." },
	[ORG_NO_PARENT] = { { "ParentNotFoundException", 400 },
	    "You specified parent that doesn't exist." },
	[ORG_NO_POLICY] = { { "PolicyNotFoundException", 400 },
	    "We can't find a policy with the PolicyId that you specified." },
	[ORG_NO_ROOT] = { { "RootNotFoundException", 400 },
	    "You specified a root that doesn't exist." },
	[ORG_NO_SOURCE] = { { "SourceParentNotFoundException", 400 },
	    "You specified a source parent that doesn't exist." },
	[ORG_NO_STATUS] = { { "CreateAccountStatusNotFoundException", 400 },
	    "You specified an account creation request that doesn't exist." },
	[ORG_NO_TARGET] = { { "TargetNotFoundException", 400 },
	    "You specified a target that doesn't exist." },
	[ORG_NO_UNIT] = { { "OrganizationalUnitNotFoundException", 400 },
	    "You specified an organizational unit that doesn't exist." },
};

struct words {
	const char *reason, *text;
};

static const struct words constraints[] = {
	{ "ACCOUNT_CANNOT_LEAVE_ORGANIZATION",
	    "You cannot remove an account that is suspended from the organization." },
	{ "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
	    "You have exceeded the allowed number of AWS accounts." },
	{ "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
	    "You cannot close the management account of an organization." },
	{ "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
	    "You cannot register master account/yourself as delegated administrator for your "
	    "organization." },
	{ "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
	    "You cannot register a suspended account as a delegated administrator." },
	{ "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
	    "This account is a delegated administrator for your organization. Deregister the "
	    "account before you remove it from the organization." },
	{ "CLOSE_ACCOUNT_QUOTA_EXCEEDED",
	    "You have exceeded the close account quota for the past 30 days." },
	{ "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE",
	    "You must deregister all delegated administrators for this service before you disable "
	    "its access." },
	{ "MASTER_ACCOUNT_NOT_GOVCLOUD_ENABLED",
	    "To complete this operation, the organization's management account must be associated "
	    "with an account in the AWS GovCloud (US) Regions." },
	{ "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED",
	    "You have reached the maximum number of delegated administrators for this service." },
	{ "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
	    "You have attached the maximum number of policies to the specified target." },
	{ "MAX_TAG_LIMIT_EXCEEDED", "You have exceeded the number of tags allowed." },
	{ "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
	    "You cannot remove the last policy attached to the specified target. You must have at "
	    "least one attached at all times." },
	{ "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
	    "This operation requires that the organization has all features enabled." },
	{ "OU_DEPTH_LIMIT_EXCEEDED",
	    "You cannot add an organizational unit to the specified parent because it would exceed "
	    "the max depth allowed." },
	{ "OU_NUMBER_LIMIT_EXCEEDED",
	    "You have exceeded the number of organizational units allowed." },
	{ "POLICY_CONTENT_LIMIT_EXCEEDED",
	    "You have exceeded the maximum size of the policy document." },
	{ "POLICY_NUMBER_LIMIT_EXCEEDED",
	    "You have exceeded the number of policies allowed." },
	{ "SERVICE_ACCESS_NOT_ENABLED",
	    "You must enable service access before you delegate an administrator for this "
	    "service." },
};

static const struct words inputs[] = {
	{ "DUPLICATE_TAG_KEY", "You provided the same tag key more than once." },
	{ "IMMUTABLE_POLICY",
	    "You specified a policy that is managed by AWS and cannot be "
	    "modified." },
	{ "INVALID_EMAIL_ADDRESS_TARGET",
	    "You specified an email address that no account of yours or others has." },
	{ "INVALID_ENUM", "You specified an invalid value." },
	{ "INVALID_ENUM_POLICY_TYPE", "You specified an invalid policy type." },
	{ "INVALID_NEXT_TOKEN", "You specified an invalid next token." },
	{ "INVALID_PARTY_TYPE_TARGET", "You specified an invalid party type." },
	{ "INVALID_PATTERN",
	    "You provided a value that does not match the required pattern." },
	{ "INVALID_PATTERN_TARGET_ID",
	    "You provided a target ID that does not match the required pattern." },
	{ "INVALID_PRINCIPAL",
	    "You specified an invalid principal element in the policy." },
	{ "INVALID_RESOURCE_POLICY_JSON",
	    "You provided an invalid resource policy document." },
	{ "INVALID_SYSTEM_TAGS_PARAMETER",
	    "You cannot add, edit, or delete system tag keys." },
	{ "NON_DETACHABLE_POLICY", "You specified a policy that cannot be detached." },
	{ "TARGET_NOT_SUPPORTED",
	    "You cannot perform this operation on the specified target." },
	{ "UNRECOGNIZED_SERVICE_PRINCIPAL",
	    "You specified an unrecognized service principal." },
	{ "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY",
	    "You specified an action that a resource policy cannot delegate." },
};

void
org_reason_fn(struct call *c, const struct err_kind *kind, const char *reason,
    const char *text)
{
	c->detail = json_own(c->arena, json_make("{s:s}", "Reason", reason));
	err_set_fn(&c->err, kind, "%s", text);
}

static const char *
text_of(const struct words *words, size_t n, const char *reason)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i].reason, reason) == 0)
			return words[i].text;
	}
	fatal("no words for %s", reason);
}

void
org_missing_fn(struct call *c, enum org_missing what)
{
	err_set_fn(&c->err, &missing[what].kind, "%s", missing[what].text);
}

void
org_constraint_fn(struct call *c, const char *reason)
{
	org_reason_fn(c, &constraint, reason,
	    text_of(constraints, COUNT(constraints), reason));
}

void
org_invalid_fn(struct call *c, const char *reason)
{
	org_reason_fn(c, &invalid, reason, text_of(inputs, COUNT(inputs), reason));
}
