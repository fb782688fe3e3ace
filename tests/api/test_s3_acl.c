/* ACLs: what they say, and whom they let in. */
#include "tests/api/fixture.h"

#include <stdio.h>
#include <string.h>

#define GROUPS "http://acs.amazonaws.com/groups/"
#define OTHER  "111111111111"

static const struct principal nobody = { .kind = PRINCIPAL_NOBODY,
	.account = FIXTURE_ACCOUNT };

static struct principal
other(struct fixture *f)
{
	struct principal who = f->root;

	snprintf(who.account, sizeof(who.account), OTHER);
	who.arn = "arn:aws:iam::" OTHER ":root";
	return who;
}

/* The canonical id of whoever asks, by what he has. */
static const char *
id_of(struct fixture *f, const struct principal *who)
{
	return fixture_text(fixture_call_as(f, who, "s3", "ListBuckets", "{}")->out,
	    "Owner.ID");
}

static void
bucket(struct fixture *f, const char *ownership)
{
	fixture_ok(f, "s3", "CreateBucket",
	    "{\"Bucket\":\"here\",\"ObjectOwnership\":\"%s\"}", ownership);
}

static void
open_up(struct fixture *f)
{
	fixture_ok(f, "s3", "DeletePublicAccessBlock", "{\"Bucket\":\"here\"}");
}

/* "" when it is done, or the error's code. */
static const char *
as(struct fixture *f, const struct principal *who, const char *op, const char *key,
    const char *more)
{
	struct call *c;

	if (strcmp(op, "PutObject") == 0)
		fixture_body(f, "x", 1);
	c = fixture_call_as(f, who, "s3", op, "{\"Bucket\":\"here\"%s%s%s%s}",
	    key != NULL ? ",\"Key\":\"" : "", key != NULL ? key : "",
	    key != NULL ? "\"" : "", more);
	return c->err.kind != NULL ? c->err.kind->code : "";
}

static void
may(struct fixture *f, const struct principal *who, const char *op, const char *key,
    int yes)
{
	const char *code = as(f, who, op, key, "");

	if (strcmp(code, yes ? "" : "AccessDenied") != 0)
		fail_msg("%s of %s: %s", op, key != NULL ? key : "here",
		    *code != '\0' ? code : "done");
}

/* "PERMISSION who," of each grant; accounts are me and other. */
static char *
grants(struct fixture *f, const json_t *v)
{
	struct principal who = other(f);
	const char *me = id_of(f, &f->root), *him = id_of(f, &who);
	char *text = arena_strdup(f->arena, "");
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(v, "Grants"), i, row) {
		const json_t *g = json_get(row, "Grantee");
		const char *uri = json_str(g, "URI"), *id = json_str_or(g, "ID", "?");

		text = arena_printf(f->arena, "%s%s %s,", text,
		    json_str_or(row, "Permission", "?"),
		    uri != NULL		     ? strrchr(uri, '/') + 1 :
			strcmp(id, me) == 0  ? "me" :
			strcmp(id, him) == 0 ? "other" :
					       id);
	}
	return text;
}

static void
bucket_has(struct fixture *f, const char *text)
{
	assert_string_equal(grants(f,
				fixture_ok(f, "s3", "GetBucketAcl",
				    "{\"Bucket\":\"here\"}")),
	    text);
}

static void
object_has(struct fixture *f, const char *key, const char *text)
{
	assert_string_equal(grants(f,
				fixture_ok(f, "s3", "GetObjectAcl",
				    "{\"Bucket\":\"here\",\"Key\":\"%s\"}", key)),
	    text);
}

static void
without_acls_there_is_only_the_owner(void **state)
{
	struct fixture *f = *state;

	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\":\"here\",\"ACL\":\"private\"}");
	assert_string_equal(as(f, &f->root, "PutObject", "k",
				",\"ACL\":\"bucket-owner-full-control\""),
	    "");
	bucket_has(f, "FULL_CONTROL me,");
	object_has(f, "k", "FULL_CONTROL me,");
	for (size_t i = 0; i < 3; i++) {
		static const char *const said[] = { "\"ACL\":\"private\"",
			"\"ACL\":\"public-read\"",
			"\"GrantRead\":\"uri=\\\"" GROUPS "global/AllUsers\\\"\"" };

		fixture_fails(f, "AccessControlListNotSupported", "s3", "PutBucketAcl",
		    "{\"Bucket\":\"here\",%s}", said[i]);
		fixture_fails(f, "AccessControlListNotSupported", "s3", "PutObjectAcl",
		    "{\"Bucket\":\"here\",\"Key\":\"k\",%s}", said[i]);
		fixture_body(f, "x", 1);
		fixture_fails(f, "AccessControlListNotSupported", "s3", "PutObject",
		    "{\"Bucket\":\"here\",\"Key\":\"k\",%s}", said[i]);
	}
	/* What says the same as no ACL may be said. */
	fixture_ok(f, "s3", "PutBucketAcl",
	    "{\"Bucket\":\"here\",\"AccessControlPolicy\":{\"Owner\":{\"ID\":\"%s\"},\"Grants\":"
	    "[{\"Grantee\":{\"Type\":\"CanonicalUser\",\"ID\":\"%s\"},\"Permission\":"
	    "\"FULL_CONTROL\"}]}}",
	    id_of(f, &f->root), id_of(f, &f->root));
	fixture_ok(f, "s3", "PutObjectAcl",
	    "{\"Bucket\":\"here\",\"Key\":\"k\",\"ACL\":\"bucket-owner-full-control\"}");
}

static void
canned_acls(void **state)
{
	static const struct {
		const char *acl, *bucket, *object;
	} rows[] = {
		{ "private", "", "" },
		{ "public-read", "READ AllUsers,", "READ AllUsers," },
		{ "public-read-write", "READ AllUsers,WRITE AllUsers,",
		    "READ AllUsers,WRITE AllUsers," },
		{ "authenticated-read", "READ AuthenticatedUsers,",
		    "READ AuthenticatedUsers," },
		{ "log-delivery-write", "WRITE LogDelivery,READ_ACP LogDelivery,", NULL },
		{ "bucket-owner-full-control", NULL, "" },
		{ "bucket-owner-read", NULL, "" },
		{ "aws-exec-read",
		    "READ 6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c,",
		    "READ 6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c," },
		{ "nonsense", NULL, NULL },
	};
	struct fixture *f = *state;

	bucket(f, "ObjectWriter");
	open_up(f);
	may(f, &f->root, "PutObject", "k", 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *said = arena_printf(f->arena, ",\"ACL\":\"%s\"", rows[i].acl);

		assert_string_equal(as(f, &f->root, "PutBucketAcl", NULL, said),
		    rows[i].bucket != NULL ? "" : "InvalidArgument");
		if (rows[i].bucket != NULL)
			bucket_has(f,
			    arena_printf(f->arena, "FULL_CONTROL me,%s", rows[i].bucket));
		assert_string_equal(as(f, &f->root, "PutObjectAcl", "k", said),
		    rows[i].object != NULL ? "" : "InvalidArgument");
		if (rows[i].object == NULL)
			continue;
		object_has(f, "k",
		    arena_printf(f->arena, "FULL_CONTROL me,%s", rows[i].object));
		assert_string_equal(as(f, &f->root, "PutObject", "made", said), "");
		object_has(f, "made",
		    arena_printf(f->arena, "FULL_CONTROL me,%s", rows[i].object));
	}
}

static void
anybody_may_what_groups_may(void **state)
{
	struct fixture *f = *state;
	struct principal who = other(f);

	bucket(f, "ObjectWriter");
	assert_string_equal(as(f, &f->root, "PutBucketAcl", NULL,
				",\"ACL\":\"public-read\""),
	    "AccessDenied");
	open_up(f);
	assert_string_equal(as(f, &f->root, "PutObject", "k", ",\"ACL\":\"public-read\""),
	    "");
	assert_string_equal(as(f, &f->root, "PutObject", "own", ""), "");
	may(f, &nobody, "GetObject", "k", 1);
	may(f, &nobody, "HeadObject", "k", 1);
	may(f, &nobody, "GetObjectAcl", "k", 0);
	may(f, &nobody, "GetObject", "own", 0);
	may(f, &nobody, "DeleteObject", "k", 0);
	may(f, &nobody, "ListObjectsV2", NULL, 0);
	may(f, &nobody, "PutObject", "theirs", 0);
	assert_string_equal(as(f, &f->root, "PutBucketAcl", NULL,
				",\"ACL\":\"public-read-write\""),
	    "");
	may(f, &nobody, "ListObjectsV2", NULL, 1);
	may(f, &nobody, "PutObject", "theirs", 1);
	may(f, &nobody, "GetObject", "theirs", 1);
	/* It is not the bucket owner's, who may yet remove it. */
	may(f, &f->root, "GetObject", "theirs", 0);
	may(f, &f->root, "DeleteObject", "theirs", 1);
	assert_string_equal(as(f, &f->root, "PutObjectAcl", "own",
				",\"ACL\":\"authenticated-read\""),
	    "");
	may(f, &nobody, "GetObject", "own", 0);
	may(f, &who, "GetObject", "own", 1);
	/* Ignored, they are still there. */
	fixture_ok(f, "s3", "PutPublicAccessBlock",
	    "{\"Bucket\":\"here\",\"PublicAccessBlockConfiguration\":{"
	    "\"IgnorePublicAcls\":true}}");
	may(f, &nobody, "GetObject", "k", 0);
	may(f, &who, "GetObject", "own", 0);
	object_has(f, "k", "FULL_CONTROL me,READ AllUsers,");
	/* A policy's denial counts. */
	open_up(f);
	fixture_ok(f, "s3", "PutBucketPolicy",
	    "{\"Bucket\":\"here\",\"Policy\":\"{\\\"Version\\\":\\\"2012-10-17\\\","
	    "\\\"Statement\\\":[{\\\"Effect\\\":\\\"Deny\\\",\\\"Principal\\\":\\\"*\\\","
	    "\\\"Action\\\":\\\"s3:GetObject\\\",\\\"Resource\\\":\\\"arn:aws:s3:::here/k\\\"}"
	    "]}\"}");
	may(f, &nobody, "GetObject", "k", 0);
}

static void
an_account_may_what_it_is_granted(void **state)
{
	struct fixture *f = *state;
	struct principal who = other(f);
	const char *him = id_of(f, &who);

	bucket(f, "ObjectWriter");
	may(f, &who, "PutObject", "k", 0);
	fixture_ok(f, "s3", "PutBucketAcl",
	    "{\"Bucket\":\"here\",\"GrantWrite\":\"id=%s\",\"GrantReadACP\":\"id=\\\"%s\\\", "
	    "uri=\\\"" GROUPS "s3/LogDelivery\\\"\"}",
	    him, him);
	bucket_has(f, "READ_ACP other,READ_ACP LogDelivery,WRITE other,");
	may(f, &who, "ListObjects", NULL, 0);
	may(f, &who, "GetBucketAcl", NULL, 1);
	may(f, &who, "PutObject", "k", 1);
	may(f, &who, "GetObject", "k", 1);
	may(f, &f->root, "GetObject", "k", 0);
	assert_string_equal(as(f, &who, "PutObjectAcl", "k",
				",\"ACL\":\"bucket-owner-read\""),
	    "");
	may(f, &f->root, "GetObject", "k", 1);
	may(f, &f->root, "GetObjectAcl", "k", 0);
	assert_string_equal(as(f, &who, "PutObject", "full",
				",\"ACL\":\"bucket-owner-full-control\""),
	    "");
	object_has(f, "full", "FULL_CONTROL other,FULL_CONTROL me,");
	/* Preferred, what is given to the bucket's owner in full is his. */
	fixture_ok(f, "s3", "PutBucketOwnershipControls",
	    "{\"Bucket\":\"here\",\"OwnershipControls\":{\"Rules\":[{\"ObjectOwnership\":"
	    "\"BucketOwnerPreferred\"}]}}");
	assert_string_equal(as(f, &who, "PutObject", "mine",
				",\"ACL\":\"bucket-owner-full-control\""),
	    "");
	object_has(f, "mine", "FULL_CONTROL me,");
	may(f, &who, "GetObject", "mine", 0);
	/* Enforced, all is; but not while the bucket has an ACL. */
#define ENFORCE                                                                        \
	"{\"Bucket\":\"here\",\"OwnershipControls\":{\"Rules\":[{\"ObjectOwnership\":" \
	"\"BucketOwnerEnforced\"}]}}"
	fixture_fails(f, "InvalidBucketAclWithObjectOwnership", "s3",
	    "PutBucketOwnershipControls", ENFORCE);
	assert_string_equal(as(f, &f->root, "PutBucketAcl", NULL, ",\"ACL\":\"private\""),
	    "");
	fixture_ok(f, "s3", "PutBucketOwnershipControls", ENFORCE);
	may(f, &who, "GetObject", "k", 0);
	may(f, &f->root, "GetObject", "k", 1);
	object_has(f, "k", "FULL_CONTROL me,");
	/* Without controls it is as before. */
	fixture_ok(f, "s3", "DeleteBucketOwnershipControls", "{\"Bucket\":\"here\"}");
	fixture_fails(f, "OwnershipControlsNotFoundError", "s3",
	    "GetBucketOwnershipControls", "{\"Bucket\":\"here\"}");
	may(f, &who, "GetObject", "k", 1);
}

static void
versions_and_copies_have_acls_of_their_own(void **state)
{
	struct fixture *f = *state;
	const char *old;

	bucket(f, "BucketOwnerPreferred");
	open_up(f);
	fixture_ok(f, "s3", "PutBucketVersioning",
	    "{\"Bucket\":\"here\",\"VersioningConfiguration\":{\"Status\":\"Enabled\"}}");
	fixture_body(f, "x", 1);
	old = fixture_text(
	    fixture_ok(f, "s3", "PutObject",
		"{\"Bucket\":\"here\",\"Key\":\"k\",\"ACL\":\"public-read\"}"),
	    "VersionId");
	may(f, &f->root, "PutObject", "k", 1);
	may(f, &nobody, "GetObject", "k", 0);
	old = arena_printf(f->arena, ",\"VersionId\":\"%s\"", old);
	assert_string_equal(as(f, &nobody, "GetObject", "k", old), "");
	assert_string_equal(as(f, &f->root, "PutObjectAcl", "k",
				arena_printf(f->arena, "%s,\"ACL\":\"private\"", old)),
	    "");
	assert_string_equal(as(f, &nobody, "GetObject", "k", old), "AccessDenied");
	assert_string_equal(as(f, &f->root, "PutObjectAcl", "k",
				",\"ACL\":\"public-read\""),
	    "");
	may(f, &nobody, "GetObject", "k", 1);
	/* A copy is its maker's alone unless it is said. */
	assert_string_equal(as(f, &f->root, "CopyObject", "copy",
				",\"CopySource\":\"here/k\""),
	    "");
	object_has(f, "copy", "FULL_CONTROL me,");
	assert_string_equal(as(f, &f->root, "DeleteObject", "k", ""), "");
	assert_string_equal(as(f, &f->root, "PutObjectAcl", "k", ",\"ACL\":\"private\""),
	    "NoSuchKey");
}

static void
an_upload_in_parts_has_the_acl_it_began_with(void **state)
{
	struct fixture *f = *state;
	const char *id, *etag;

	bucket(f, "ObjectWriter");
	open_up(f);
	id = fixture_text(
	    fixture_ok(f, "s3", "CreateMultipartUpload",
		"{\"Bucket\":\"here\",\"Key\":\"k\",\"ACL\":\"public-read\"}"),
	    "UploadId");
	fixture_body(f, "x", 1);
	etag = fixture_text(fixture_ok(f, "s3", "UploadPart",
				"{\"Bucket\":\"here\",\"Key\":\"k\",\"UploadId\":\"%s\","
				"\"PartNumber\":1}",
				id),
	    "ETag");
	etag = arena_strndup(f->arena, etag + 1, strlen(etag) - 2);
	fixture_ok(f, "s3", "CompleteMultipartUpload",
	    "{\"Bucket\":\"here\",\"Key\":\"k\",\"UploadId\":\"%s\",\"MultipartUpload\":{"
	    "\"Parts\":[{\"PartNumber\":1,\"ETag\":\"\\\"%s\\\"\"}]}}",
	    id, etag);
	object_has(f, "k", "FULL_CONTROL me,READ AllUsers,");
	may(f, &nobody, "GetObject", "k", 1);
}

#define OWN "\"Owner\":{\"ID\":\"%s\"},\"Grants\":"

static void
wrong_acls_are_refused(void **state)
{
	static const struct {
		const char *said, *code;
	} rows[] = {
		{ "", "MissingSecurityHeader" },
		{ ",\"ACL\":\"private\",\"GrantRead\":\"id=a\"", "InvalidArgument" },
		{ ",\"ACL\":\"private\",\"GrantRead\":\"uri=" GROUPS "global/AllUsers\"",
		    "InvalidRequest" },
		{ ",\"GrantRead\":\"emailAddress=\\\"a@example.com\\\"\"",
		    "MethodNotAllowed" },
		{ ",\"GrantRead\":\"id\"", "InvalidArgument" },
		{ ",\"GrantRead\":\"id=\\\"abc\"", "InvalidArgument" },
		{ ",\"GrantRead\":\"name=abc\"", "InvalidArgument" },
		{ ",\"GrantRead\":\"uri=\\\"http://example.com\\\"\"",
		    "InvalidArgument" },
		{ ",\"AccessControlPolicy\":{\"Grants\":[]}", "MalformedACLError" },
		{ ",\"AccessControlPolicy\":{\"Owner\":{\"ID\":\"me\"}}",
		    "AccessDenied" },
		{ ",\"AccessControlPolicy\":{" OWN "[{\"Permission\":\"READ\"}]}",
		    "MalformedACLError" },
		{ ",\"AccessControlPolicy\":{" OWN
		  "[{\"Grantee\":{\"Type\":\"CanonicalUser\"},\"Permission\":\"READ\"}]}",
		    "MalformedACLError" },
		{ ",\"AccessControlPolicy\":{" OWN
		  "[{\"Grantee\":{\"Type\":\"CanonicalUser\",\"ID\":\"a\"},\"Permission\":"
		  "\"READ\"}]}",
		    "InvalidArgument" },
		{ ",\"AccessControlPolicy\":{" OWN
		  "[{\"Grantee\":{\"Type\":\"AmazonCustomerByEmail\",\"EmailAddress\":\"a@b\"},"
		  "\"Permission\":\"READ\"}]}",
		    "MethodNotAllowed" },
		{ ",\"ACL\":\"private\",\"AccessControlPolicy\":{" OWN "[]}",
		    "UnexpectedContent" },
	};
	struct fixture *f = *state;
	const char *me = id_of(f, &f->root);

	bucket(f, "ObjectWriter");
	may(f, &f->root, "PutObject", "k", 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *at = strstr(rows[i].said, "%s");
		const char *said = at == NULL ?
		    rows[i].said :
		    arena_printf(f->arena, "%.*s%s%s", (int)(at - rows[i].said),
			rows[i].said, me, at + 2);

		assert_string_equal(as(f, &f->root, "PutBucketAcl", NULL, said),
		    rows[i].code);
		assert_string_equal(as(f, &f->root, "PutObjectAcl", "k", said),
		    rows[i].code);
	}
	bucket_has(f, "FULL_CONTROL me,");
	object_has(f, "k", "FULL_CONTROL me,");
	fixture_fails(f, "InvalidBucketAclWithBlockPublicAccessError", "s3",
	    "CreateBucket",
	    "{\"Bucket\":\"new\",\"ObjectOwnership\":\"ObjectWriter\",\"ACL\":"
	    "\"public-read\"}");
	fixture_fails(f, "InvalidBucketAclWithObjectOwnership", "s3", "CreateBucket",
	    "{\"Bucket\":\"new\",\"ACL\":\"public-read\"}");
	fixture_fails(f, "NoSuchBucket", "s3", "HeadBucket", "{\"Bucket\":\"new\"}");
}

int
main(void)
{
#define T(test_) cmocka_unit_test_setup_teardown(test_, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(without_acls_there_is_only_the_owner),
		T(canned_acls),
		T(anybody_may_what_groups_may),
		T(an_account_may_what_it_is_granted),
		T(versions_and_copies_have_acls_of_their_own),
		T(an_upload_in_parts_has_the_acl_it_began_with),
		T(wrong_acls_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
