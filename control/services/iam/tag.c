/*
 * IAM: tags of everything that has them.
 */
#include <string.h>
#include <strings.h>

#include "control/services/iam/iam.h"

/* TagUser, TagRole … */

static int
tag(struct call *c)
{
	const struct iam_entity *e = iam_entity_of(c);
	json_t *doc;

	if (iam_edit(c, e, in_str(c, e->name_member), &doc) < 0 ||
	    iam_merge_tags(c, doc) < 0)
		return -1;
	iam_put(c, e, doc);
	return 0;
}

/* UntagUser, UntagRole …: keys that are not there do not matter */

static int
untag(struct call *c)
{
	const struct iam_entity *e = iam_entity_of(c);
	json_t *doc, *tags;
	const json_t *key;
	size_t i;

	if (iam_edit(c, e, in_str(c, e->name_member), &doc) < 0)
		return -1;
	tags = json_need_array(doc, "Tags");
	json_array_foreach(in_list(c, "TagKeys"), i, key) {
		for (size_t k = json_array_size(tags); k-- > 0;) {
			if (strcasecmp(json_str_or(json_array_get(tags, k), "Key", ""),
				json_string_value(key)) == 0)
				json_array_remove(tags, k);
		}
	}
	iam_put(c, e, doc);
	return 0;
}

/* ListUserTags, ListRoleTags … */

static int
list_tags(struct call *c)
{
	const struct iam_entity *e = iam_entity_of(c);
	json_t *doc, *rows;

	if (iam_get(c, e, in_str(c, e->name_member), &doc) < 0)
		return -1;
	rows = json_get(doc, "Tags");
	if (rows == NULL)
		rows = json_own(c->arena, json_new_array());
	return iam_page(c, rows, "Tags", "Key");
}

static const struct op ops[] = {
	IAM("ListInstanceProfileTags", list_tags, OP_READ,
	    "List an instance profile's tags."),
	IAM("ListMFADeviceTags", list_tags, OP_READ, "List an MFA device's tags."),
	IAM("ListOpenIDConnectProviderTags", list_tags, OP_READ,
	    "List an OIDC provider's tags."),
	IAM("ListPolicyTags", list_tags, OP_READ, "List a managed policy's tags."),
	IAM("ListRoleTags", list_tags, OP_READ, "List a role's tags."),
	IAM("ListSAMLProviderTags", list_tags, OP_READ, "List a SAML provider's tags."),
	IAM("ListServerCertificateTags", list_tags, OP_READ,
	    "List a server certificate's tags."),
	IAM("ListUserTags", list_tags, OP_READ, "List a user's tags."),
	IAM("TagInstanceProfile", tag, 0, "Tag an instance profile."),
	IAM("TagMFADevice", tag, 0, "Tag an MFA device."),
	IAM("TagOpenIDConnectProvider", tag, 0, "Tag an OIDC provider."),
	IAM("TagPolicy", tag, 0, "Tag a managed policy."),
	IAM("TagRole", tag, 0, "Tag a role."),
	IAM("TagSAMLProvider", tag, 0, "Tag a SAML provider."),
	IAM("TagServerCertificate", tag, 0, "Tag a server certificate."),
	IAM("TagUser", tag, 0, "Tag a user."),
	IAM("UntagInstanceProfile", untag, 0, "Take tags off an instance profile."),
	IAM("UntagMFADevice", untag, 0, "Take tags off an MFA device."),
	IAM("UntagOpenIDConnectProvider", untag, 0, "Take tags off an OIDC provider."),
	IAM("UntagPolicy", untag, 0, "Take tags off a managed policy."),
	IAM("UntagRole", untag, 0, "Take tags off a role."),
	IAM("UntagSAMLProvider", untag, 0, "Take tags off a SAML provider."),
	IAM("UntagServerCertificate", untag, 0, "Take tags off a server certificate."),
	IAM("UntagUser", untag, 0, "Take tags off a user."),
};
const struct family iam_tags = FAMILY(ops, NULL);
