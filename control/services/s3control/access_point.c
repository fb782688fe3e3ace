/*
 * S3 Control: access points.
 *
 * Not emulated, and refused: those of a VPC alone, and of other data than buckets'.
 */
#include "control/services/s3/access_point.h"

#include <string.h>

#include "control/services/s3/s3.h"
#include "control/services/s3control/s3control.h"

static const struct err_kind bad_name = { "InvalidAccessPoint", 400 };
static const struct err_kind owned = { "AccessPointAlreadyOwnedByYou", 409 };
static const struct err_kind too_many = { "TooManyAccessPoints", 400 };
static const struct err_kind unsupported = { "NotImplemented", 501 };

enum {
	NAME_MIN = 3,
	NAME_MAX = 50,
	ALIAS_PART = 34,
	ALIAS_NAME = 20,
	MAX_POINTS = 10000,
	PAGE = 1000
};

#define BLOCK "PublicAccessBlockConfiguration"

/* "Access points naming rules" of the user's guide. */
static int
is_name(const char *s)
{
	size_t n = strlen(s);

	return n >= NAME_MIN && n <= NAME_MAX &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n && s[0] != '-' &&
	    s[n - 1] != '-' && strncmp(s, "xn--", 4) != 0 &&
	    (n < 8 || strcmp(s + n - 8, "-s3alias") != 0);
}

static int
refuse(struct call *c)
{
	static const char *const members[] = { "VpcConfiguration", "Scope" };

	for (size_t i = 0; i < COUNT(members); i++) {
		if (in_has(c, members[i]))
			return err_set(&c->err, &unsupported,
			    "The parameter %s is not implemented.", members[i]);
	}
	return 0;
}

static json_t *
point_new(struct call *c, const json_t *bucket)
{
	const char *name = in_str(c, "Name");
	const json_t *block = in_object(c, BLOCK);
	json_t *doc = json_own(c->arena,
	    json_make("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "Name", name, "Bucket",
		json_str_or(bucket, "Name", ""), "NetworkOrigin", "Internet",
		"AccessPointArn", s3control_arn(c, name), "BucketAccountId",
		json_str_or(bucket, "_owner", ""), "_account", c->account, "CreationDate",
		(json_int_t)(c->now_ms / 1000)));

	json_set_fmt(doc, "Alias", "%.*s-%s-s3alias", ALIAS_NAME, name,
	    s3_random(c->arena, ALIAS_PART));
	json_set(doc, BLOCK, block != NULL ? s3_block_of(block) : s3_block_all());
	if (json_array_size(in_list(c, "Tags")) > 0)
		json_set(doc, "Tags", json_copy_deep(in_list(c, "Tags")));
	return doc;
}

/* The bucket it is for: 0, or -1 NoSuchBucket, InvalidRequest. */
static int
need_bucket(struct call *c, json_t **ret)
{
	const char *account = in_str(c, "BucketAccountId");

	if (s3_bucket_source(c, in_str(c, "Bucket"), ret) < 0)
		return -1;
	if (strcmp(account != NULL ? account : c->account,
		json_str_or(*ret, "_owner", "")) != 0)
		return err_set(&c->err, &s3_denied, "Access Denied");
	if (strcmp(json_str_or(*ret, "Region", ""), c->region) != 0)
		return err_set(&c->err, &s3_bad_request,
		    "The bucket is in another region than the access point.");
	return 0;
}

static int
create(struct call *c)
{
	const char *name = in_str(c, "Name"), *arn = s3control_arn(c, name);
	struct store_docs all;
	json_t *bucket, *doc, *entry;
	int rc;

	if (s3control_ask(c, "s3:CreateAccessPoint", arn) < 0 || refuse(c) < 0)
		return -1;
	if (!is_name(name))
		return err_set(&c->err, &bad_name,
		    "The specified access point name or account is not valid.");
	if (s3_check_tags(c, in_list(c, "Tags"), S3_BUCKET_TAGS, "Access point") < 0 ||
	    need_bucket(c, &bucket) < 0)
		return -1;
	rc = store_edit(c->txn, c->scope, S3_ACCESS_POINT, name, &doc, &c->err);
	if (rc < 0 || store_list(c->txn, c->scope, S3_ACCESS_POINT, &all, &c->err) < 0)
		return -1;
	if (rc > 0)
		return err_set(&c->err, &owned,
		    "Your previous request to create the named accesspoint succeeded and you "
		    "already own it.");
	if (all.n >= MAX_POINTS)
		return err_set(&c->err, &too_many,
		    "You have attempted to create more access points than are allowed for an "
		    "account.");
	doc = point_new(c, bucket);
	s3control_put(c, doc);
	entry = json_own(c->arena,
	    json_make("{s:s, s:s, s:s}", "account", c->account, "region", c->region,
		"name", name));
	store_put(c->txn, STORE_SYSTEM, S3_ACCESS_POINT_ALIAS,
	    json_str_or(doc, "Alias", ""), entry);
	out_str(c, "AccessPointArn", arn);
	out_str(c, "Alias", json_str(doc, "Alias"));
	return 0;
}

static int
get(struct call *c)
{
	static const char *const shown[] = { "Name", "Bucket", "NetworkOrigin",
		"CreationDate", "Alias", "AccessPointArn", "BucketAccountId", BLOCK };
	json_t *doc;

	if (s3control_get(c, "s3:GetAccessPoint", 0, &doc) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(shown); i++)
		out_ref(c, shown[i], json_get(doc, shown[i]));
	out_set(c, "Endpoints",
	    json_make("{s:s}", "ipv4",
		arena_printf(c->arena, "s3-accesspoint.%s.amazonaws.com", c->region)));
	return 0;
}

static int
list(struct call *c)
{
	static const char *const shown[] = { "Name", "Bucket", "NetworkOrigin", "Alias",
		"AccessPointArn", "BucketAccountId" };
	const char *bucket = in_str(c, "Bucket"), *token = in_str(c, "NextToken");
	int64_t max = in_int(c, "MaxResults", PAGE);
	json_t *rows = json_own(c->arena, json_new_array());
	struct store_docs all;

	if (s3control_ask(c, "s3:ListAccessPoints", "*") < 0 ||
	    store_list(c->txn, c->scope, S3_ACCESS_POINT, &all, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const char *name = json_str_or(all.doc[i], "Name", "");
		json_t *row;

		if ((token != NULL && strcmp(name, token) <= 0) ||
		    (bucket != NULL &&
			strcmp(bucket, json_str_or(all.doc[i], "Bucket", "")) != 0) ||
		    in_has(c, "DataSourceId") || in_has(c, "DataSourceType"))
			continue;
		if ((int64_t)json_array_size(rows) == max) {
			out_str(c, "NextToken",
			    json_str(json_array_get(rows, json_array_size(rows) - 1),
				"Name"));
			break;
		}
		row = json_add_object(rows);
		for (size_t k = 0; k < COUNT(shown); k++)
			json_set(row, shown[k],
			    json_incref(json_get(all.doc[i], shown[k])));
	}
	out_ref(c, "AccessPointList", rows);
	return 0;
}

static int
drop(struct call *c)
{
	json_t *doc, *entry;
	const char *alias;
	int rc;

	if (s3control_get(c, "s3:DeleteAccessPoint", 1, &doc) < 0)
		return -1;
	alias = json_str_or(doc, "Alias", "");
	rc = store_edit(c->txn, STORE_SYSTEM, S3_ACCESS_POINT_ALIAS, alias, &entry,
	    &c->err);
	if (rc > 0)
		store_delete(c->txn, STORE_SYSTEM, S3_ACCESS_POINT_ALIAS, alias);
	store_delete(c->txn, c->scope, S3_ACCESS_POINT, in_str(c, "Name"));
	return rc < 0 ? -1 : 0;
}

static const struct op ops[] = {
	CONTROL("CreateAccessPoint", create, 0,
	    "Give a bucket another name, with a policy of its own."),
	CONTROL("DeleteAccessPoint", drop, 0, "Remove an access point."),
	CONTROL("GetAccessPoint", get, OP_READ, "Show an access point."),
	CONTROL("ListAccessPoints", list, OP_READ, "List an account's access points."),
};

const struct family s3control_access_points = FAMILY(ops, NULL);
