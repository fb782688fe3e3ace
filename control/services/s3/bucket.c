/* Buckets: found by name, made, listed, removed. */
#include <string.h>

#include "control/api/dispatch.h"
#include "control/services/s3/access_point.h"
#include "control/services/s3/condition_keys.h"
#include "control/services/s3/event.h"
#include "control/services/s3/grants.h"
#include "control/services/s3/s3.h"

static const struct err_kind illegal_location_constraint = {
	"IllegalLocationConstraintException", 400
};
static const struct err_kind invalid_bucket_acl_with_object_ownership = {
	"InvalidBucketAclWithObjectOwnership", 400
};

#define NAMES "s3:bucket-name"

static const struct err_kind bad_name = { "InvalidBucketName", 400 };
static const struct err_kind owned = { "BucketAlreadyOwnedByYou", 409 };
static const struct err_kind public_acl = { "InvalidBucketAclWithBlockPublicAccessError",
	400 };
static const struct err_kind taken = { "BucketAlreadyExists", 409 };
static const struct err_kind not_empty = { "BucketNotEmpty", 409 };
static const struct err_kind bad_location = { "InvalidLocationConstraint", 400 };
static const struct err_kind unsupported = { "NotImplemented", 501 };
static const struct err_kind too_many = { "TooManyBuckets", 400 };

enum { MAX_BUCKETS = 10000, PAGE = 10000 };

/* Found */

/* The account that has the bucket: 1, 0, -1. */
static int
find_owner(struct call *c, const char *name, const char **ret)
{
	json_t *entry;
	int rc = store_get(c->txn, STORE_SYSTEM, NAMES, name, &entry, &c->err);

	if (rc > 0)
		*ret = json_str_or(entry, "account", "");
	return rc;
}

static int
find(struct call *c, const char *name, int to_write, json_t **ret)
{
	const char *account, *scope;
	int rc = find_owner(c, name, &account);

	if (rc <= 0)
		return rc;
	scope = arena_printf(c->arena, "%s:-", account);
	return to_write ? store_edit(c->txn, scope, S3_BUCKET, name, ret, &c->err) :
			  store_get(c->txn, scope, S3_BUCKET, name, ret, &c->err);
}

static int
no_bucket(struct call *c, const char *name)
{
	c->detail = json_own(c->arena, json_make("{s:s}", "BucketName", name));
	return err_set(&c->err, &s3_no_bucket, "The specified bucket does not exist");
}

static int
check_expected_owner(struct call *c, const json_t *bucket, const char *member)
{
	const char *said = json_str(c->in, member);

	if (said == NULL || strcmp(said, json_str_or(bucket, "_owner", "")) == 0)
		return 0;
	return err_set(&c->err, &s3_denied, "Access Denied");
}

static int
need(struct call *c, const char *name, const char *key, const char *action, int to_write,
    json_t **ret)
{
	int rc = find(c, name, to_write, ret);
	json_t *point;

	/* What access points do not change. */
	if (rc == 0 && !to_write && (rc = s3_access_point_find(c, name, &point)) > 0)
		rc = find(c, json_str_or(point, "Bucket", ""), 0, ret);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return no_bucket(c, name);
	if (check_expected_owner(c, *ret, "ExpectedBucketOwner") < 0)
		return -1;
	return action != NULL ? s3_permit(c, *ret, key, action) : 0;
}

int
s3_bucket_get(struct call *c, const char *name, const char *key, const char *action,
    json_t **ret)
{
	return need(c, name, key, action, 0, ret);
}

int
s3_bucket_source(struct call *c, const char *name, json_t **ret)
{
	int rc = find(c, name, 0, ret);

	if (rc <= 0)
		return rc < 0 ? -1 : no_bucket(c, name);
	return check_expected_owner(c, *ret, "ExpectedSourceBucketOwner");
}

int
s3_bucket_edit(struct call *c, const char *name, const char *action, json_t **ret)
{
	return need(c, name, NULL, action, 1, ret);
}

void
s3_bucket_put(struct call *c, json_t *bucket)
{
	store_put(c->txn, s3_scope(c, bucket), S3_BUCKET, json_str_or(bucket, "Name", ""),
	    bucket);
}

enum s3_versioning
s3_versioning(const json_t *bucket)
{
	const char *status =
	    json_str_or(json_get(bucket, "VersioningConfiguration"), "Status", "");

	return strcmp(status, "Enabled") == 0 ? S3_ENABLED :
	    strcmp(status, "Suspended") == 0  ? S3_SUSPENDED :
						S3_UNVERSIONED;
}

/* CreateBucket */

static int
is_address(const char *s)
{
	int dots = 0;

	for (; *s != '\0'; s++) {
		dots += *s == '.';
		if (*s != '.' && (*s < '0' || *s > '9'))
			return 0;
	}
	return dots == 3;
}

/* "Bucket naming rules" of the user's guide. */
static int
is_name(const char *s)
{
	static const char *const prefixes[] = { "xn--", "sthree-", "amzn-s3-demo-" };
	static const char *const suffixes[] = { "-s3alias", "--ol-s3", ".mrap", "--x-s3",
		"--table-s3" };
	size_t n = strlen(s);

	if (n < 3 || n > 63 || strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-") != n ||
	    strchr(".-", s[0]) != NULL || strchr(".-", s[n - 1]) != NULL ||
	    strstr(s, "..") != NULL || is_address(s))
		return 0;
	for (size_t i = 0; i < COUNT(prefixes); i++) {
		if (i != 2 && strncmp(s, prefixes[i], strlen(prefixes[i])) == 0)
			return 0;
	}
	for (size_t i = 0; i < COUNT(suffixes); i++) {
		size_t k = strlen(suffixes[i]);

		if (n >= k && strcmp(s + n - k, suffixes[i]) == 0)
			return 0;
	}
	return 1;
}

static int
choose_region(struct call *c, const char **ret)
{
	const json_t *said = in_object(c, "CreateBucketConfiguration");
	const char *place = json_str(said, "LocationConstraint");

	*ret = c->region;
	if (place == NULL || *place == '\0') {
		/* The endpoint of another region wants to hear it. */
		if (strcmp(c->region, "us-east-1") == 0)
			return 0;
		return err_set(&c->err, &illegal_location_constraint,
		    "The unspecified location constraint is incompatible for the region "
		    "specific endpoint this request was sent to.");
	}
	if (strcmp(place, "EU") == 0)
		place = "eu-west-1";
	if (!region_is_valid(place) || strcmp(place, "us-east-1") == 0)
		return err_set(&c->err, &bad_location,
		    "The specified location-constraint is not valid");
	*ret = place;
	return 0;
}

/* It is there already: in us-east-1 its owner may make it again, which changes nothing. */
static int
is_there(struct call *c, const char *name, const json_t *bucket)
{
	if (strcmp(json_str_or(bucket, "_owner", ""), c->account) != 0)
		return err_set(&c->err, &taken,
		    "The requested bucket name is not available. The bucket namespace is shared "
		    "by all users of the system. Please select a different name and try again.");
	if (strcmp(c->region, "us-east-1") == 0 &&
	    strcmp(json_str_or(bucket, "Region", ""), "us-east-1") == 0) {
		out_str(c, "Location", arena_printf(c->arena, "/%s", name));
		return 0;
	}
	return err_set(&c->err, &owned,
	    "Your previous request to create the named bucket succeeded and you already own it.");
}

static json_t *
bucket_new(struct call *c, const char *name, const char *region)
{
	json_t *doc = json_own(c->arena,
	    json_make("{s:s, s:I, s:s, s:s}", "Name", name, "CreationDate",
		(json_int_t)(c->now_ms / 1000), "Region", region, "_owner", c->account));
	const json_t *tags = json_get(in_object(c, "CreateBucketConfiguration"), "Tags");

	json_set_str(doc, "ObjectOwnership",
	    json_str_or(c->in, "ObjectOwnership", "BucketOwnerEnforced"));
	json_set(doc, "PublicAccessBlockConfiguration", s3_block_all());
	if (in_bool(c, "ObjectLockEnabledForBucket", 0)) {
		json_set(doc, "ObjectLockConfiguration",
		    json_make("{s:s}", "ObjectLockEnabled", "Enabled"));
		json_set(doc, "VersioningConfiguration",
		    json_make("{s:s}", "Status", "Enabled"));
	}
	if (tags != NULL)
		json_set(doc, "Tagging",
		    json_make("{s:o}", "TagSet", json_copy_deep(tags)));
	return doc;
}

/* Buckets that are directories, or of a namespace. */
static int
refuse(struct call *c)
{
	const json_t *said = in_object(c, "CreateBucketConfiguration");
	const char *bad = in_has(c, "BucketNamespace") ? "BucketNamespace" : NULL;

	if (json_get(said, "Location") != NULL || json_get(said, "Bucket") != NULL)
		bad = "CreateBucketConfiguration";
	if (bad == NULL)
		return 0;
	return err_set(&c->err, &unsupported, "This %s is not implemented.", bad);
}

/* Who sets ownership or an ACL needs leave for that, too. */
static int
ask(struct call *c, const char *arn)
{
	static const char *const grants[] = { "ACL", "GrantFullControl", "GrantRead",
		"GrantReadACP", "GrantWrite", "GrantWriteACP" };
	int has_acl = 0;
	struct auth_question q = { .action = "s3:CreateBucket", .resource = arn };
	json_t *keys;

	for (size_t i = 0; i < COUNT(grants); i++)
		has_acl |= in_has(c, grants[i]);
	if (s3_condition_keys(c, NULL, NULL, NULL, q.action, &keys) < 0)
		return -1;
	q.context = keys;
	if (call_ask(c, &q) < 0)
		return -1;
	q.action = "s3:PutBucketOwnershipControls";
	if (in_has(c, "ObjectOwnership") && call_ask(c, &q) < 0)
		return -1;
	q.action = "s3:PutBucketAcl";
	return has_acl ? call_ask(c, &q) : 0;
}

/* Its ACL, into the new bucket: 0 or -1. */
static int
take_acl(struct call *c, json_t *bucket)
{
	const char *acl = in_str(c, "ACL");
	json_t *grants;
	int rc = s3_grants_read(c, c->account, c->account, &grants);

	if (rc <= 0)
		return rc;
	if (!s3_acl_counts(bucket) && (acl == NULL || strcmp(acl, "private") != 0))
		return err_set(&c->err, &invalid_bucket_acl_with_object_ownership,
		    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced "
		    "setting");
	if (s3_grants_are_public(grants))
		return err_set(&c->err, &public_acl,
		    "Bucket cannot have public ACLs set with BlockPublicAccess enabled");
	if (s3_acl_counts(bucket))
		json_set(bucket, "_acl", json_incref(grants));
	return 0;
}

static int
create_bucket(struct call *c)
{
	const char *name = in_str(c, "Bucket"), *region;
	const char *arn = arena_printf(c->arena, "arn:aws:s3:::%s", name);
	struct store_docs mine;
	json_t *bucket, *entry, *tags;
	int rc;

	tags = json_get(in_object(c, "CreateBucketConfiguration"), "Tags");
	if (ask(c, arn) < 0 || choose_region(c, &region) < 0)
		return -1;
	if (!is_name(name))
		return err_set(&c->err, &bad_name, "The specified bucket is not valid.");
	rc = find(c, name, 0, &bucket);
	if (rc < 0)
		return -1;
	if (rc > 0)
		return is_there(c, name, bucket);
	if (refuse(c) < 0 || s3_check_tags(c, tags, S3_BUCKET_TAGS, "Bucket") < 0)
		return -1;
	bucket = bucket_new(c, name, region);
	if (take_acl(c, bucket) < 0)
		return -1;
	if (store_list(c->txn, arena_printf(c->arena, "%s:-", c->account), S3_BUCKET,
		&mine, &c->err) < 0 ||
	    store_edit(c->txn, STORE_SYSTEM, NAMES, name, &entry, &c->err) < 0)
		return -1;
	if (mine.n >= MAX_BUCKETS)
		return err_set(&c->err, &too_many,
		    "You have attempted to create more buckets than allowed");
	entry = json_own(c->arena,
	    json_make("{s:s, s:s}", "account", c->account, "name", name));
	store_put(c->txn, STORE_SYSTEM, NAMES, name, entry);
	s3_bucket_put(c, bucket);
	out_str(c, "Location", arena_printf(c->arena, "/%s", name));
	out_str(c, "BucketArn", arn);
	return 0;
}

/* The others */

static int
any_in(struct call *c, const json_t *bucket, const char *kind)
{
	const char *name = json_str_or(bucket, "Name", "");
	struct store_span span = { arena_printf(c->arena, "%s/", name), NULL, 0, 1 };
	struct store_docs docs;

	if (store_range(c->txn, s3_scope(c, bucket), kind, &span, &docs, &c->err) < 0)
		return -1;
	return docs.n > 0;
}

/* Uploads that were never completed go with it, as those of S3 do. */
static int
drop_uploads(struct call *c, const json_t *bucket)
{
	const char *scope = s3_scope(c, bucket);
	struct store_span span = {
		arena_printf(c->arena, "%s/", json_str_or(bucket, "Name", "")), NULL, 0, 1
	};
	struct store_docs docs;

	if (store_range(c->txn, scope, S3_UPLOAD, &span, &docs, &c->err) < 0)
		return -1;
	if (docs.n > 0)
		return err_set(&c->err, &not_empty,
		    "The bucket you tried to delete has uploads that are not completed");
	return 0;
}

static int
delete_bucket(struct call *c)
{
	const char *name = in_str(c, "Bucket");
	json_t *bucket;
	int objects, versions;

	if (s3_bucket_get(c, name, NULL, "s3:DeleteBucket", &bucket) < 0)
		return -1;
	objects = any_in(c, bucket, S3_OBJECT);
	versions = any_in(c, bucket, S3_VERSION);
	if (objects < 0 || versions < 0)
		return -1;
	if (objects > 0 || versions > 0) {
		c->detail = json_own(c->arena, json_make("{s:s}", "BucketName", name));
		return err_set(&c->err, &not_empty,
		    s3_versioning(bucket) == S3_UNVERSIONED ?
			"The bucket you tried to delete is not empty" :
			"The bucket you tried to delete is not empty. You must delete all "
			"versions in the bucket.");
	}
	if (drop_uploads(c, bucket) < 0 || s3_events_drop(c, bucket) < 0)
		return -1;
	store_delete(c->txn, s3_scope(c, bucket), S3_BUCKET, name);
	store_delete(c->txn, STORE_SYSTEM, NAMES, name);
	return 0;
}

static int
head_bucket(struct call *c)
{
	json_t *bucket;

	if (s3_bucket_get(c, in_str(c, "Bucket"), NULL, "s3:ListBucket", &bucket) < 0)
		return -1;
	out_str(c, "BucketRegion", json_str(bucket, "Region"));
	out_bool(c, "AccessPointAlias",
	    strcmp(in_str(c, "Bucket"), json_str_or(bucket, "Name", "")) != 0);
	return 0;
}

static int
get_location(struct call *c)
{
	const char *region;
	json_t *bucket;

	if (s3_bucket_get(c, in_str(c, "Bucket"), NULL, "s3:GetBucketLocation", &bucket) <
	    0)
		return -1;
	region = json_str_or(bucket, "Region", "");
	if (strcmp(region, "us-east-1") != 0)
		out_str(c, "LocationConstraint", region);
	return 0;
}

static int
list_buckets(struct call *c)
{
	const char *prefix = in_str(c, "Prefix"), *region = in_str(c, "BucketRegion");
	const char *token = in_str(c, "ContinuationToken"), *last = NULL;
	int64_t max = in_int(c, "MaxBuckets", PAGE);
	json_t *rows = json_own(c->arena, json_new_array());
	struct auth_question q = { .action = "s3:ListAllMyBuckets", .resource = "*" };
	struct store_docs docs;

	if (call_ask(c, &q) < 0 ||
	    store_list(c->txn, arena_printf(c->arena, "%s:-", c->account), S3_BUCKET,
		&docs, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		const char *name = json_str_or(docs.doc[i], "Name", "");

		if ((token != NULL && strcmp(name, token) <= 0) ||
		    (prefix != NULL && strncmp(name, prefix, strlen(prefix)) != 0) ||
		    (region != NULL &&
			strcmp(json_str_or(docs.doc[i], "Region", ""), region) != 0))
			continue;
		if ((int64_t)json_array_size(rows) == max) {
			out_str(c, "ContinuationToken", last);
			break;
		}
		last = name;
		json_add(rows,
		    json_make("{s:s, s:O, s:s, s:s}", "Name", name, "CreationDate",
			json_get(docs.doc[i], "CreationDate"), "BucketRegion",
			json_str_or(docs.doc[i], "Region", ""), "BucketArn",
			arena_printf(c->arena, "arn:aws:s3:::%s", name)));
	}
	out_ref(c, "Buckets", rows);
	out_set(c, "Owner", s3_owner(c->arena, c->account));
	out_str(c, "Prefix", prefix);
	return 0;
}

static const struct op ops[] = {
	S3("CreateBucket", create_bucket, 0, "Make a bucket."),
	S3("DeleteBucket", delete_bucket, 0, "Remove an empty bucket."),
	S3("GetBucketLocation", get_location, OP_READ, "Say a bucket's region."),
	S3("HeadBucket", head_bucket, OP_READ,
	    "Say whether the bucket is there and the caller may see it."),
	S3("ListBuckets", list_buckets, OP_READ, "List the account's buckets."),
};

const struct family s3_buckets = FAMILY(ops, NULL);
