#include "control/services/s3/s3.h"
#include "control/services/s3/logging.h"

#include <stdlib.h>
#include <string.h>

const struct err_kind s3_no_bucket = { "NoSuchBucket", 404 };
const struct err_kind s3_no_key = { "NoSuchKey", 404 };
const struct err_kind s3_no_version = { "NoSuchVersion", 404 };
const struct err_kind s3_no_upload = { "NoSuchUpload", 404 };
const struct err_kind s3_denied = { "AccessDenied", 403 };
const struct err_kind s3_bad_argument = { "InvalidArgument", 400 };
const struct err_kind s3_bad_request = { "InvalidRequest", 400 };
const struct err_kind s3_precondition = { "PreconditionFailed", 412 };
const struct err_kind s3_malformed = { "MalformedXML", 400 };

static const struct err_kind unsupported = { "NotImplemented", 501 };

static const struct family *const families[] = { &s3_buckets, &s3_objects, &s3_gets,
	&s3_deletes, &s3_copies, &s3_uploads, &s3_upload_lists, &s3_lists,
	&s3_configurations, &s3_taggings, &s3_acls, &s3_public_access, &s3_documents,
	&s3_notifications, &s3_loggings, &s3_replications, &s3_event_delivery,
	&s3_lifecycles, &s3_locks, &s3_restores, NULL };

/*
 * What would not be done.  Ignored as by S3, in a bucket that has nothing of the kind: MFA.
 */
static int
check(struct call *c)
{
	static const char *const refused[] = { "ChecksumXXHASH64", "ChecksumXXHASH3",
		"ChecksumXXHASH128", "IfMatchInitiatedTime", "IfMatchLastModifiedTime",
		"IfMatchSize", "ObjectLockEventHoldDurationDays",
		"ObjectLockEventHoldDurationYears" };

	for (size_t i = 0; i < COUNT(refused); i++) {
		if (json_get(c->in, refused[i]) != NULL)
			return err_set(&c->err, &unsupported,
			    "The parameter %s is not implemented.", refused[i]);
	}
	return 0;
}

const struct service s3_service = {
	.name = "s3",
	.check = check,
	.families = families,
	.each_blob = s3_each_blob,
	.ended = s3_log,
};

enum { SPAN = 500 };

/* Blobs of one document: its own, or a part's. */
static int
each_of(const json_t *doc, blob_ref_fn *fn, void *arg)
{
	const json_t *blob;
	size_t i;
	int rc = 0;

	json_array_foreach(json_get(doc, "_blobs"), i, blob) {
		rc = fn(arg, json_str_or(blob, "id", ""));
		if (rc != 0)
			break;
	}
	return rc;
}

static int
each_in(struct env *env, const char *scope, const char *kind, blob_ref_fn *fn, void *arg,
    struct err *err)
{
	char *from = NULL;
	size_t n = SPAN;
	int rc = 0;

	while (rc == 0 && n == SPAN) {
		CLEANUP(arena_freep) struct arena *a = arena_new();
		struct store_txn *t = store_begin(env->store, a);
		struct store_span span = { NULL, from, 1, SPAN };
		struct store_docs docs;

		if (store_range(t, scope, kind, &span, &docs, err) < 0)
			rc = -1;
		n = rc == 0 ? docs.n : 0;
		for (size_t i = 0; rc == 0 && i < n; i++)
			rc = each_of(docs.doc[i], fn, arg);
		free(from);
		from = n > 0 ? strdup(json_str_or(docs.doc[n - 1], "_id", "")) : NULL;
	}
	free(from);
	return rc;
}

int
s3_each_blob(struct env *env, blob_ref_fn *fn, void *arg, struct err *err)
{
	/* Parts and older versions become current ones, maybe behind the back of the walk. */
	static const char *const kinds[] = { S3_OBJECT, S3_VERSION, S3_PART, S3_OBJECT };
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const json_t *scopes, *scope;
	int rc = 0;

	for (size_t i = 0; i < COUNT(kinds) && rc == 0; i++) {
		struct store_txn *t = store_begin(env->store, a);
		json_t *all;
		size_t k;

		if (store_scopes(t, kinds[i], &all, err) < 0)
			return -1;
		scopes = all;
		json_array_foreach(scopes, k, scope) {
			if (rc == 0)
				rc = each_in(env, json_string_value(scope), kinds[i], fn,
				    arg, err);
		}
	}
	return rc;
}
