/* S3 Control: tags of access points. */
#include <string.h>

#include "control/api/tags.h"
#include "control/services/s3/access_point.h"
#include "control/services/s3/s3.h"
#include "control/services/s3control/s3control.h"

/* The access point of the ARN: 0 or -1. */
static int
need(struct call *c, const char *action, int is_edit, json_t **ret)
{
	const char *arn = in_str(c, "ResourceArn"), *name = strrchr(arn, '/');
	int rc;

	if (s3control_ask(c, action, arn) < 0)
		return -1;
	name = name != NULL ? name + 1 : "";
	rc = strcmp(arn, s3control_arn(c, name)) != 0 ? 0 :
	    is_edit ? store_edit(c->txn, c->scope, S3_ACCESS_POINT, name, ret, &c->err) :
		      store_get(c->txn, c->scope, S3_ACCESS_POINT, name, ret, &c->err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	return err_set(&c->err, &s3control_no_point,
	    "The specified accesspoint does not exist");
}

static int
tag(struct call *c)
{
	const json_t *add = in_list(c, "Tags"), *row;
	json_t *doc, *tags;
	size_t i;

	if (need(c, "s3:TagResource", 1, &doc) < 0)
		return -1;
	tags = json_need_array(doc, "Tags");
	json_array_foreach(add, i, row) {
		json_t *old = tags_find(tags, json_str_or(row, "Key", ""));

		if (old != NULL)
			json_set_str(old, "Value", json_str_or(row, "Value", ""));
		else
			json_add(tags, json_copy_deep(row));
	}
	if (s3_check_tags(c, add, S3_BUCKET_TAGS, "Access point") < 0 ||
	    s3_check_tags(c, tags, S3_BUCKET_TAGS, "Access point") < 0)
		return -1;
	s3control_put(c, doc);
	return 0;
}

static int
untag(struct call *c)
{
	json_t *doc, *tags;

	if (need(c, "s3:UntagResource", 1, &doc) < 0)
		return -1;
	tags = json_need_array(doc, "Tags");
	for (size_t i = json_array_size(tags); i-- > 0;) {
		if (json_has_str(in_list(c, "TagKeys"),
			json_str_or(json_array_get(tags, i), "Key", "")))
			json_array_remove(tags, i);
	}
	s3control_put(c, doc);
	return 0;
}

static int
list_tags(struct call *c)
{
	json_t *doc, *tags;

	if (need(c, "s3:ListTagsForResource", 0, &doc) < 0)
		return -1;
	tags = json_get(doc, "Tags");
	out_set(c, "Tags", tags != NULL ? json_incref(tags) : json_new_array());
	return 0;
}

static const struct op ops[] = {
	CONTROL("ListTagsForResource", list_tags, OP_READ,
	    "Show an access point's tags."),
	CONTROL("TagResource", tag, 0, "Set tags of an access point."),
	CONTROL("UntagResource", untag, 0, "Remove tags of an access point."),
};

const struct family s3control_tags = FAMILY(ops, NULL);
