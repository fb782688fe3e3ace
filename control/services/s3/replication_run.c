/*
 * S3: replication as it runs.
 *
 * A replica has its source's version id, time and bytes (which are not copied), metadata and tags; of its lock what the destination
 * can keep.  The configuration's role must be let do it, on both sides.  What a lifecycle rule does, and what is archived, is not
 * replicated; nor are replicas.  Not emulated: replication of what was there before the rule, metrics, and RTC's
 * promises: all of it is at once.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "control/iam/identity.h"
#include "control/services/s3/copy.h"
#include "control/services/s3/event.h"
#include "control/services/s3/replication.h"

enum { SPAN = 100, RANDOM = 8 };

static const struct err_kind unfit = { "Unfit", 400 };

/* Tasks */

static int
is_archived(const json_t *doc)
{
	const char *class = json_str_or(doc, "StorageClass", "");

	return strcmp(class, "GLACIER") == 0 || strcmp(class, "DEEP_ARCHIVE") == 0;
}

void
s3_replicate(struct call *c, const json_t *bucket, json_t *doc)
{
	const json_t *rules = json_path(bucket, "ReplicationConfiguration.Rules");
	const char *name = json_str_or(bucket, "Name", "");
	char random[RANDOM + 1];
	size_t i = 0;

	if (c->op == NULL || is_archived(doc) ||
	    strcmp(json_str_or(doc, "ReplicationStatus", ""), "REPLICA") == 0)
		return;
	while (i < json_array_size(rules) && s3_replication_rule(bucket, doc, i) == NULL)
		i++;
	if (i == json_array_size(rules))
		return;
	json_set_str(doc, "ReplicationStatus", "PENDING");
	random_hex(random, RANDOM);
	s3_put_at(c, bucket, S3_REPLICA,
	    arena_printf(c->arena, "%s/%016" PRIx64 "%s", name, (uint64_t)c->now_ms,
		random),
	    json_own(c->arena,
		json_make("{s:O, s:O}", "key", json_get(doc, "Key"), "version",
		    json_get(doc, "VersionId"))));
}

/* The role */

/* Whom S3 is when it replicates: 0, or -1. */
static int
become(struct call *c, const json_t *bucket, struct principal *ret)
{
	const char *arn =
	    json_str_or(json_get(bucket, "ReplicationConfiguration"), "Role", "");
	const char *account = json_str_or(bucket, "_owner", ""),
		   *name = strrchr(arn, '/');
	json_t *role;
	int rc;

	if (name == NULL)
		return err_set(&c->err, &unfit, "no role");
	name++;
	rc = identity_find(c->txn, c->arena, account, "iam:role", name, &role, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0 || strcmp(json_str_or(role, "Arn", ""), arn) != 0 ||
	    !auth_service_may_assume(role, "s3.amazonaws.com"))
		return err_set(&c->err, &unfit, "no role that S3 may assume");
	*ret = (struct principal){ .kind = PRINCIPAL_SESSION,
		.arn = arena_printf(c->arena,
		    "arn:aws:sts::%s:assumed-role/%s/s3-replication", account, name),
		.user_id = arena_printf(c->arena, "%s:s3-replication",
		    json_str_or(role, "RoleId", "")),
		.name = name,
		.session = "s3-replication" };
	memcpy(ret->account, account, strnlen(account, sizeof(ret->account) - 1));
	return 0;
}

static int
may(struct call *c, const struct principal *who, const json_t *bucket, const char *key,
    const char *action)
{
	const struct auth_question q = {
		.action = action,
		.resource = arena_printf(c->arena, "arn:aws:s3:::%s/%s",
		    json_str_or(bucket, "Name", ""), key),
		.context = auth_request_context(c->arena, "127.0.0.1", 1,
		    json_str_or(bucket, "Region", ""), c->now_ms),
		.resource_policy = json_get(bucket, "_policy"),
		.owner = json_str(bucket, "_owner"),
	};

	return auth_ask(&c->env->auth, c->txn, c->arena, who, c->model, &q, &c->err);
}

static int
check_rights(struct call *c, const struct principal *who, const json_t *from,
    const json_t *to, const json_t *rule, const json_t *doc)
{
	const char *key = json_str_or(doc, "Key", "");
	int is_marker = json_bool(doc, "DeleteMarker", 0);

	if (!is_marker && may(c, who, from, key, "s3:GetObjectVersionForReplication") < 0)
		return -1;
	if (may(c, who, to, key,
		is_marker ? "s3:ReplicateDelete" : "s3:ReplicateObject") < 0)
		return -1;
	if (json_get(doc, "_tags") != NULL &&
	    (may(c, who, from, key, "s3:GetObjectVersionTagging") < 0 ||
		may(c, who, to, key, "s3:ReplicateTags") < 0))
		return -1;
	if (json_get(json_get(rule, "Destination"), "AccessControlTranslation") != NULL)
		return may(c, who, to, key, "s3:ObjectOwnerOverrideToBucketOwner");
	return 0;
}

/* A replica */

static int
find_destination(struct call *c, const json_t *rule, json_t **ret)
{
	const json_t *d = json_get(rule, "Destination");
	const char *arn = json_str_or(d, "Bucket", ""), *account = json_str(d, "Account");

	if (s3_bucket_source(c, arn + strcspn(arn, ":") + strlen(":aws:s3:::"), ret) < 0)
		return -1;
	if (s3_versioning(*ret) != S3_ENABLED ||
	    (account != NULL && strcmp(account, json_str_or(*ret, "_owner", "")) != 0))
		return err_set(&c->err, &unfit, "the destination keeps no versions");
	return 0;
}

/* What the destination, and the rule, say otherwise. */
static void
adapt(const json_t *to, const json_t *rule, json_t *doc)
{
	static const char *const lock[] = { "ObjectLockMode", "ObjectLockRetainUntilDate",
		"ObjectLockLegalHoldStatus" };
	const json_t *d = json_get(rule, "Destination");
	const char *key =
	    json_str(json_get(d, "EncryptionConfiguration"), "ReplicaKmsKeyID");

	json_set_str(doc, "ReplicationStatus", "REPLICA");
	json_set_str(doc, "StorageClass", json_str(d, "StorageClass"));
	if (key != NULL && json_get(doc, "SSEKMSKeyId") != NULL)
		json_set_str(doc, "SSEKMSKeyId", key);
	for (size_t i = 0;
	     json_get(to, "ObjectLockConfiguration") == NULL && i < COUNT(lock); i++)
		json_del(doc, lock[i]);
}

/* It is there already, and its tags change: 1, 0, -1. */
static int
retag(struct call *c, const json_t *to, const json_t *doc)
{
	json_t *old, *copy;
	const char *id;

	if (s3_find(c, to, json_str_or(doc, "Key", ""), json_str_or(doc, "VersionId", ""),
		&old, &id) < 0) {
		if (c->err.kind != &s3_no_version)
			return -1;
		c->err = (struct err){ .kind = NULL };
		return 0;
	}
	copy = json_own(c->arena, json_copy_deep(old));
	json_del(copy, "_tags");
	if (json_get(doc, "_tags") != NULL)
		json_set(copy, "_tags", json_copy_deep(json_get(doc, "_tags")));
	s3_put_found(c, to, id, copy);
	return 1;
}

static int
make_replica(struct call *c, const json_t *to, const json_t *rule, const json_t *doc)
{
	json_t *copy = json_own(c->arena, json_copy_deep(doc)), *blobs;
	const struct s3_source s = { .doc = doc };

	adapt(to, rule, copy);
	if (!json_bool(doc, "DeleteMarker", 0)) {
		if (s3_source_bytes(c, &s, 0, json_int(doc, "Size", 0), &blobs) < 0)
			return -1;
		json_set(copy, "_blobs", json_incref(blobs));
	}
	return s3_put_version(c, to, copy);
}

static int
replicate_to(struct call *c, const json_t *from, const json_t *rule, const json_t *doc)
{
	struct principal who = { .kind = PRINCIPAL_NOBODY };
	json_t *to;
	int rc;

	if (become(c, from, &who) < 0 || find_destination(c, rule, &to) < 0 ||
	    check_rights(c, &who, from, to, rule, doc) < 0)
		return -1;
	rc = retag(c, to, doc);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	return make_replica(c, to, rule, doc);
}

/* A task */

struct task {
	const char *bucket, *id, *key, *version;
};

/* All destinations: 1 it went to all, 0 to one it may not, -1 try again. */
static int
replicate_doc(struct call *c, const json_t *bucket, const json_t *doc)
{
	const json_t *rules = json_path(bucket, "ReplicationConfiguration.Rules"), *rule;
	int good = 1;

	for (size_t i = 0; i < json_array_size(rules); i++) {
		rule = s3_replication_rule(bucket, doc, i);
		if (rule == NULL || replicate_to(c, bucket, rule, doc) == 0)
			continue;
		if (c->is_stale)
			return err_set(&c->err, &err_unavailable,
			    "an object changed meanwhile");
		if (c->err.kind->status >= 500)
			return -1;
		c->err = (struct err){ .kind = NULL };
		good = 0;
	}
	return good;
}

/* What is gone meanwhile, or no longer to be replicated, is left alone. */
static int
run_task(struct call *c, void *arg)
{
	const struct task *t = arg;
	json_t *bucket, *doc, *copy;
	const char *id;
	int rc = store_get(c->txn, c->scope, S3_BUCKET, t->bucket, &bucket, &c->err);

	store_delete(c->txn, c->scope, S3_REPLICA, t->id);
	if (rc <= 0)
		return rc;
	if (json_get(bucket, "ReplicationConfiguration") == NULL)
		return 0;
	if (s3_find(c, bucket, t->key, t->version, &doc, &id) < 0) {
		if (c->err.kind != &s3_no_version)
			return -1;
		c->err = (struct err){ .kind = NULL };
		return 0;
	}
	rc = replicate_doc(c, bucket, doc);
	if (rc < 0)
		return -1;
	copy = json_own(c->arena, json_copy_deep(doc));
	json_set_str(copy, "ReplicationStatus", rc > 0 ? "COMPLETED" : "FAILED");
	s3_put_found(c, bucket, id, copy);
	return 0;
}

int
s3_replicate_all(struct converge *cv, struct err *err)
{
	struct store_span span = { .limit = SPAN, .is_after = 1 };
	struct store_docs docs;

	span.prefix = arena_printf(cv->arena, "%s/", cv->id);
	do {
		struct store_txn *txn = store_begin(cv->env->store, cv->arena);

		if (store_range(txn, cv->scope, S3_REPLICA, &span, &docs, err) < 0)
			return -1;
		for (size_t i = 0; i < docs.n; i++) {
			struct task t = { cv->id, json_str_or(docs.doc[i], "_id", ""),
				json_str_or(docs.doc[i], "key", ""),
				json_str_or(docs.doc[i], "version", "") };

			if (converge_transaction(cv, run_task, &t, err) < 0)
				return -1;
			span.from = t.id;
		}
	} while (docs.n == SPAN);
	return 0;
}
