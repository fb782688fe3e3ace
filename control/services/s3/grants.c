#include "control/services/s3/grants.h"

#include <string.h>

#include "base/enc.h"
#include "control/services/s3/s3.h"

const struct err_kind s3_no_acl = { "AccessControlListNotSupported", 400 };
static const struct err_kind malformed = { "MalformedACLError", 400 };
static const struct err_kind no_method = { "MethodNotAllowed", 405 };
static const struct err_kind no_content = { "UnexpectedContent", 400 };

#define GROUPS	 "http://acs.amazonaws.com/groups/"
#define ALL	 GROUPS "global/AllUsers"
#define KNOWN	 GROUPS "global/AuthenticatedUsers"
#define DELIVERY GROUPS "s3/LogDelivery"

#define LOGGING "logging.s3.amazonaws.com"
/* "Canned ACL" of the user's guide: Amazon EC2's, for bundles of images. */
#define EXEC_READ "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c"

enum { MAX_GRANTS = 100, ID_LEN = 64 };

int
s3_acl_counts(const json_t *bucket)
{
	return strcmp(json_str_or(bucket, "ObjectOwnership", "ObjectWriter"),
		   "BucketOwnerEnforced") != 0;
}

const char *
s3_owner_of(const json_t *bucket, const json_t *doc)
{
	const char *owner = json_str_or(bucket, "_owner", "");

	return s3_acl_counts(bucket) ? json_str_or(doc, "_owner", owner) : owner;
}

/* Grants made */

static void
add_user(json_t *list, struct arena *a, const char *account, const char *permission)
{
	json_t *grantee = s3_owner(a, account);

	json_set_str(grantee, "Type", "CanonicalUser");
	json_add(list,
	    json_make("{s:o, s:s}", "Grantee", grantee, "Permission", permission));
}

static void
add_group(json_t *list, const char *uri, const char *permission)
{
	json_add(list,
	    json_make("{s:{s:s, s:s}, s:s}", "Grantee", "Type", "Group", "URI", uri,
		"Permission", permission));
}

json_t *
s3_grants(struct arena *a, const char *owner, const json_t *acl)
{
	json_t *list;

	if (acl != NULL)
		return json_copy_deep(acl);
	list = json_new_array();
	add_user(list, a, owner, "FULL_CONTROL");
	return list;
}

/* A canned ACL: 1, or 0 when there is none of the name. */
static int
add_canned(struct call *c, const char *name, const char *owner, const char *keeper,
    json_t *list)
{
	static const struct {
		const char *name, *uri, *first, *second;
	} rows[] = {
		{ "private", NULL, NULL, NULL },
		{ "public-read", ALL, "READ", NULL },
		{ "public-read-write", ALL, "READ", "WRITE" },
		{ "authenticated-read", KNOWN, "READ", NULL },
		{ "log-delivery-write", DELIVERY, "WRITE", "READ_ACP" },
		{ "bucket-owner-read", NULL, "READ", NULL },
		{ "bucket-owner-full-control", NULL, "FULL_CONTROL", NULL },
		{ "aws-exec-read", NULL, NULL, NULL },
	};
	int is_bucket = json_str(c->in, "Key") == NULL;
	size_t i = 0;

	while (i < COUNT(rows) && strcmp(rows[i].name, name) != 0)
		i++;
	if (i == COUNT(rows) || (is_bucket ? i == 5 || i == 6 : i == 4))
		return 0;
	add_user(list, c->arena, owner, "FULL_CONTROL");
	if (strcmp(name, "aws-exec-read") == 0)
		json_add(list,
		    json_make("{s:{s:s, s:s}, s:s}", "Grantee", "Type", "CanonicalUser",
			"ID", EXEC_READ, "Permission", "READ"));
	else if (rows[i].uri != NULL)
		add_group(list, rows[i].uri, rows[i].first);
	else if (rows[i].first != NULL && strcmp(owner, keeper) != 0)
		add_user(list, c->arena, keeper, rows[i].first);
	if (rows[i].second != NULL)
		add_group(list, rows[i].uri, rows[i].second);
	return 1;
}

/* Grants said */

static int
bad_grantee(struct call *c, const char *name, const char *value, const char *words)
{
	c->detail = json_own(c->arena,
	    json_make("{s:s, s:s}", "ArgumentName", name, "ArgumentValue", value));
	return err_set(&c->err, &s3_bad_argument, "%s", words);
}

static int
no_mail(struct call *c)
{
	return err_set(&c->err, &no_method,
	    "Grantees by e-mail address are not supported any more; use a canonical user ID.");
}

/* A group by its URI, or an account by its id: 0 and the grant is in the list, or -1. */
static int
add_grantee(struct call *c, json_t *list, int is_group, const char *text,
    const char *permission)
{
	if (is_group) {
		if (strcmp(text, ALL) != 0 && strcmp(text, KNOWN) != 0 &&
		    strcmp(text, DELIVERY) != 0)
			return bad_grantee(c, "Group/URI", text, "Invalid group uri");
		add_group(list, text, permission);
		return 0;
	}
	if (strlen(text) != ID_LEN || strspn(text, "0123456789abcdef") != ID_LEN)
		return bad_grantee(c, "CanonicalUser/ID", text, "Invalid id");
	json_add(list,
	    json_make("{s:{s:s, s:s}, s:s}", "Grantee", "Type", "CanonicalUser", "ID",
		text, "Permission", permission));
	return 0;
}

/* "id=\"…\", uri=\"…\"" of x-amz-grant-…. */
static int
read_header(struct call *c, const char *text, const char *permission, json_t *list)
{
	for (const char *p = text; *p != '\0';) {
		size_t n, k;
		const char *type, *value;

		p += strspn(p, " ,");
		if (*p == '\0')
			return 0;
		n = strcspn(p, "=");
		type = arena_strndup(c->arena, p, n);
		if (p[n] == '\0')
			return bad_grantee(c, "x-amz-grant", text,
			    "Argument format not recognized");
		p += n + 1;
		k = *p == '"';
		n = strcspn(p + k, k ? "\"" : ", ");
		value = arena_strndup(c->arena, p + k, n);
		if (k && p[n + 1] != '"')
			return bad_grantee(c, "x-amz-grant", text,
			    "Argument format not recognized");
		p += n + 2 * k;
		if (strcmp(type, "emailAddress") == 0)
			return no_mail(c);
		if (strcmp(type, "uri") != 0 && strcmp(type, "id") != 0)
			return bad_grantee(c, "x-amz-grant", text,
			    "Argument format not recognized");
		if (add_grantee(c, list, strcmp(type, "uri") == 0, value, permission) < 0)
			return -1;
	}
	return 0;
}

static int
read_body(struct call *c, const char *owner, const json_t *body, json_t *list)
{
	const json_t *rows = json_get(body, "Grants"), *row;
	const char *said = json_str(json_get(body, "Owner"), "ID"),
		   *id = json_str(json_own(c->arena, s3_owner(c->arena, owner)), "ID");
	size_t i;

	if (said == NULL || json_array_size(rows) > MAX_GRANTS)
		return err_set(&c->err, &malformed,
		    "The XML you provided was not well-formed or did not validate against our "
		    "published schema");
	if (strcmp(said, id) != 0)
		return err_set(&c->err, &s3_denied, "Access Denied");
	json_array_foreach(rows, i, row) {
		const json_t *grantee = json_get(row, "Grantee");
		const char *type = json_str_or(grantee, "Type", ""),
			   *permission = json_str(row, "Permission"), *text;
		int is_group = strcmp(type, "Group") == 0;

		text = json_str(grantee, is_group ? "URI" : "ID");
		if (strcmp(type, "AmazonCustomerByEmail") == 0)
			return no_mail(c);
		if (permission == NULL ||
		    (!is_group && strcmp(type, "CanonicalUser") != 0) || text == NULL)
			return err_set(&c->err, &malformed,
			    "The XML you provided was not well-formed or did not validate "
			    "against our published schema");
		if (add_grantee(c, list, is_group, text, permission) < 0)
			return -1;
	}
	return 0;
}

/* Of headers: how many there are, or -1. */
static int
read_headers(struct call *c, json_t *list)
{
	static const struct {
		const char *member, *permission;
	} rows[] = { { "GrantFullControl", "FULL_CONTROL" }, { "GrantRead", "READ" },
		{ "GrantReadACP", "READ_ACP" }, { "GrantWrite", "WRITE" },
		{ "GrantWriteACP", "WRITE_ACP" } };
	int n = 0;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *text = json_str(c->in, rows[i].member);

		if (text == NULL)
			continue;
		n++;
		if (read_header(c, text, rows[i].permission, list) < 0)
			return -1;
	}
	return n;
}

int
s3_grants_read(struct call *c, const char *owner, const char *keeper, json_t **ret)
{
	const char *canned = json_str(c->in, "ACL");
	const json_t *body = json_get(c->in, "AccessControlPolicy");
	int headers;

	*ret = json_own(c->arena, json_new_array());
	headers = read_headers(c, *ret);
	if (headers < 0)
		return -1;
	if (canned != NULL && headers > 0)
		return err_set(&c->err, &s3_bad_request,
		    "Specifying both Canned ACLs and Header Grants is not allowed");
	if (json_object_size(body) > 0) {
		if (canned != NULL || headers > 0)
			return err_set(&c->err, &no_content,
			    "This request does not support content");
		return read_body(c, owner, body, *ret) < 0 ? -1 : 1;
	}
	if (canned == NULL)
		return headers > 0;
	return add_canned(c, canned, owner, keeper, *ret) ?
	    1 :
	    bad_grantee(c, "x-amz-acl", canned, "Invalid Argument");
}

int
s3_grants_are_public(const json_t *grants)
{
	const json_t *row;
	size_t i;

	json_array_foreach(grants, i, row) {
		const char *uri = json_str_or(json_get(row, "Grantee"), "URI", "");

		if (strcmp(uri, ALL) == 0 || strcmp(uri, KNOWN) == 0)
			return 1;
	}
	return 0;
}

int
s3_grants_check(struct call *c, const json_t *bucket, const char *key,
    const json_t *grants)
{
	if (!s3_grants_are_public(grants) || !s3_blocks(c, bucket, "BlockPublicAcls"))
		return 0;
	return err_set(&c->err, &s3_denied,
	    "User: %s is not authorized to perform: s3:%s on resource: \"arn:aws:s3:::%s%s%s\" "
	    "because public access control lists (ACLs) are blocked by the BlockPublicAcls block "
	    "public access setting.",
	    c->who.arn, key != NULL ? "PutObjectAcl" : "PutBucketAcl",
	    json_str_or(bucket, "Name", ""), key != NULL ? "/" : "",
	    key != NULL ? key : "");
}

int
s3_grants_take(struct call *c, const json_t *bucket, const char *key, json_t *doc)
{
	const char *keeper = json_str_or(bucket, "_owner", ""),
		   *acl = json_str(c->in, "ACL"), *owner = keeper;
	int is_full = acl != NULL && strcmp(acl, "bucket-owner-full-control") == 0;
	json_t *grants;
	int rc;

	if (c->who.kind == PRINCIPAL_NOBODY)
		owner = S3_ANONYMOUS;
	else if (c->who.kind != PRINCIPAL_SERVICE)
		owner = c->account;
	if (is_full &&
	    strcmp(json_str_or(bucket, "ObjectOwnership", ""), "BucketOwnerPreferred") ==
		0)
		owner = keeper;
	rc = s3_grants_read(c, owner, keeper, &grants);
	if (rc < 0)
		return -1;
	if (!s3_acl_counts(bucket))
		return rc == 0 || is_full ?
		    0 :
		    err_set(&c->err, &s3_no_acl, "The bucket does not allow ACLs");
	json_set_str(doc, "_owner", owner);
	if (rc == 0)
		return 0;
	if (s3_permit_own(c, bucket, key, "s3:PutObjectAcl") < 0 ||
	    s3_grants_check(c, bucket, key, grants) < 0)
		return -1;
	json_set(doc, "_acl", json_incref(grants));
	return 0;
}

/* Grants asked */

/* "Mapping of ACL permissions and access policy permissions" of the user's guide. */
static const struct {
	const char *action, *permission;
	int of_object;
} needed[] = {
	{ "s3:GetBucketAcl", "READ_ACP", 0 },
	{ "s3:GetObject", "READ", 1 },
	{ "s3:GetObjectAcl", "READ_ACP", 1 },
	{ "s3:GetObjectVersion", "READ", 1 },
	{ "s3:GetObjectVersionAcl", "READ_ACP", 1 },
	{ "s3:ListBucket", "READ", 0 },
	{ "s3:ListBucketMultipartUploads", "READ", 0 },
	{ "s3:ListBucketVersions", "READ", 0 },
	{ "s3:PutBucketAcl", "WRITE_ACP", 0 },
	{ "s3:PutObject", "WRITE", 0 },
	{ "s3:PutObjectAcl", "WRITE_ACP", 1 },
	{ "s3:PutObjectVersionAcl", "WRITE_ACP", 1 },
};

/* Does the grant mean the caller, beyond what his own account's policies say? */
static int
means(const struct call *c, const json_t *grantee, const char *owner, const char *id,
    int no_public)
{
	const char *uri = json_str(grantee, "URI");

	if (uri == NULL)
		return (c->who.kind == PRINCIPAL_NOBODY ||
			   strcmp(c->account, owner) != 0) &&
		    strcmp(json_str_or(grantee, "ID", ""), id) == 0;
	if (strcmp(uri, DELIVERY) == 0)
		return c->who.kind == PRINCIPAL_SERVICE &&
		    strcmp(c->who.arn, LOGGING) == 0;
	return !no_public && (strcmp(uri, ALL) == 0 || c->who.kind != PRINCIPAL_NOBODY);
}

static int
lets(struct call *c, const json_t *bucket, const json_t *doc, const char *owner,
    const char *permission)
{
	const char *me = c->who.kind == PRINCIPAL_NOBODY ? S3_ANONYMOUS : c->account,
		   *id =
		       json_str_or(json_own(c->arena, s3_owner(c->arena, me)), "ID", "");
	const json_t *grants = json_own(c->arena,
			 s3_grants(c->arena, owner, json_get(doc, "_acl"))),
		     *row;
	int no_public =
	    s3_grants_are_public(grants) && s3_blocks(c, bucket, "IgnorePublicAcls");
	size_t i;

	json_array_foreach(grants, i, row) {
		const char *what = json_str_or(row, "Permission", "");

		if ((strcmp(what, permission) == 0 ||
			strcmp(what, "FULL_CONTROL") == 0) &&
		    means(c, json_get(row, "Grantee"), owner, id, no_public))
			return 1;
	}
	return 0;
}

/* User's guide: a bucket's policy lets nobody read an object that is not the bucket owner's; it may deny that. */
static json_t *
denials(struct arena *a, const json_t *policy)
{
	json_t *copy = json_own(a, json_new_object()), *list, *row;
	const json_t *all = json_get(policy, "Statement");
	size_t i;

	json_set(copy, "Version", json_incref(json_get(policy, "Version")));
	list = json_new_array();
	if (json_is_object(all) && strcmp(json_str_or(all, "Effect", ""), "Deny") == 0)
		json_add(list, json_incref((json_t *)(uintptr_t)all));
	json_array_foreach(all, i, row) {
		if (strcmp(json_str_or(row, "Effect", ""), "Deny") == 0)
			json_add(list, json_incref(row));
	}
	json_set(copy, "Statement", list);
	return copy;
}

int
s3_grants_ask(struct call *c, const json_t *bucket, const char *key, const char *version,
    struct auth_question *q)
{
	json_t *object = NULL;
	const json_t *doc = bucket;
	size_t i = 0;
	int rc;

	while (i < COUNT(needed) && strcmp(needed[i].action, q->action) != 0)
		i++;
	if (i == COUNT(needed) || !s3_acl_counts(bucket))
		return 0;
	if (needed[i].of_object) {
		rc = s3_look(c, bucket, key, version, &object);
		if (rc <= 0)
			return rc;
		doc = object;
		q->owner = json_str_or(doc, "_owner", q->owner);
		if (q->resource_policy != NULL &&
		    strcmp(q->owner, json_str_or(bucket, "_owner", "")) != 0)
			q->resource_policy = denials(c->arena, q->resource_policy);
	}
	q->is_granted = lets(c, bucket, doc, q->owner, needed[i].permission);
	return 0;
}
