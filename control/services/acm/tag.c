/*
 * ACM: tags of certificates, by both their names; the account's configuration.
 */
#include <string.h>

#include "control/services/acm/acm.h"

static int
add(struct call *c, const char *member)
{
	json_t *doc;

	if (acm_get(c, member, 1, &doc) < 0 ||
	    acm_merge_tags(c, doc, in_list(c, "Tags")) < 0)
		return -1;
	acm_put(c, doc);
	return 0;
}

static int
list(struct call *c, const char *member)
{
	json_t *doc;

	if (acm_get(c, member, 0, &doc) < 0)
		return -1;
	if (json_get(doc, "Tags") != NULL)
		out_ref(c, "Tags", json_get(doc, "Tags"));
	else
		out_set(c, "Tags", json_new_array());
	return 0;
}

/* value NULL: whatever it is. */
static void
remove_tag(json_t *tags, const char *key, const char *value)
{
	for (size_t i = json_array_size(tags); i-- > 0;) {
		const json_t *tag = json_array_get(tags, i);

		if (acm_is(tag, "Key", key) &&
		    (value == NULL || acm_is(tag, "Value", value)))
			json_array_remove(tags, i);
	}
}

static int
add_to_certificate(struct call *c)
{
	return add(c, "CertificateArn");
}

static int
list_of_certificate(struct call *c)
{
	return list(c, "CertificateArn");
}

static int
remove_from_certificate(struct call *c)
{
	json_t *doc, *tag;
	size_t i;

	if (acm_get(c, "CertificateArn", 1, &doc) < 0)
		return -1;
	json_array_foreach(in_list(c, "Tags"), i, tag)
		remove_tag(json_need_array(doc, "Tags"), json_str_or(tag, "Key", ""),
		    json_str(tag, "Value"));
	acm_put(c, doc);
	return 0;
}

static int
tag_resource(struct call *c)
{
	return add(c, "ResourceArn");
}

static int
list_of_resource(struct call *c)
{
	return list(c, "ResourceArn");
}

static int
untag_resource(struct call *c)
{
	json_t *doc, *key;
	size_t i;

	if (acm_get(c, "ResourceArn", 1, &doc) < 0)
		return -1;
	json_array_foreach(in_list(c, "TagKeys"), i, key)
		remove_tag(json_need_array(doc, "Tags"), json_string_value(key), NULL);
	acm_put(c, doc);
	return 0;
}

static const struct op ops[] = {
	ACM("AddTagsToCertificate", add_to_certificate, 0, "Give a certificate tags."),
	ACM("ListTagsForCertificate", list_of_certificate, OP_READ,
	    "List the tags of a certificate."),
	ACM("ListTagsForResource", list_of_resource, OP_READ,
	    "List the tags of a certificate."),
	ACM("RemoveTagsFromCertificate", remove_from_certificate, 0,
	    "Take tags from a certificate."),
	ACM("TagResource", tag_resource, 0, "Give a certificate tags."),
	ACM("UntagResource", untag_resource, 0, "Take tags from a certificate."),
};
const struct family acm_tags = FAMILY(ops, NULL);
