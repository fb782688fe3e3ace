/* S3: a bucket's replication configuration: what S3 takes. */
#include "control/services/s3/replication.h"

#include <string.h>

#include "base/clock.h"
#include "control/services/s3/event.h"

enum { MAX_RULES = 1000, MAX_ID = 255, ID_LEN = 48 };

#define SCHEMA                                                                              \
	" for this version of Cross Region Replication configuration schema. Please refer " \
	"to S3 Developer Guide for more information."

static int
malformed(struct call *c)
{
	return err_set(&c->err, &s3_malformed,
	    "The XML you provided was not well-formed or did not validate against our "
	    "published schema");
}

/* Rules */

static int
check_names(struct call *c, const json_t *rules, json_t *rule, size_t at, int is_v2)
{
	char own[ID_LEN + 1];

	if (*json_str_or(rule, "ID", "") == '\0') {
		random_text(own, ID_LEN,
		    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
		json_set_str(rule, "ID", own);
	}
	if (strlen(json_str(rule, "ID")) > MAX_ID)
		return err_set(&c->err, &s3_bad_argument,
		    "Rule Id must be at most %d characters long", MAX_ID);
	for (size_t i = 0; i < at; i++) {
		const json_t *other = json_array_get(rules, i);

		if (strcmp(json_str_or(other, "ID", ""), json_str(rule, "ID")) == 0)
			return err_set(&c->err, &s3_bad_argument,
			    "Rule Id must be unique. Found same Id in more than one rule");
		if (is_v2 &&
		    json_int(other, "Priority", 0) == json_int(rule, "Priority", 0))
			return err_set(&c->err, &s3_bad_request,
			    "Found duplicate priority in rules. Priority must be unique for "
			    "each rule");
	}
	return 0;
}

/* With a filter a rule is of the second schema, which wants more said. */
static int
check_schema(struct call *c, const json_t *rule, int is_v2)
{
	const json_t *filter = json_get(rule, "Filter"), *and = json_get(filter, "And"),
		     *marker = json_get(rule, "DeleteMarkerReplication");
	int n = (json_get(filter, "Prefix") != NULL) + (json_get(filter, "Tag") != NULL) +
	    (and != NULL);
	int has_tags = json_get(filter, "Tag") != NULL || json_get(and, "Tags") != NULL;

	if ((filter != NULL) != is_v2 ||
	    (filter != NULL && json_get(rule, "Prefix") != NULL) ||
	    (!is_v2 && json_get(rule, "Prefix") == NULL) || n > 1)
		return malformed(c);
	if (is_v2 && json_get(rule, "Priority") == NULL)
		return err_set(&c->err, &s3_bad_request,
		    "Priority must be specified" SCHEMA);
	if (is_v2 && marker == NULL)
		return err_set(&c->err, &s3_bad_request,
		    "DeleteMarkerReplication must be specified" SCHEMA);
	if (!is_v2 && marker != NULL)
		return err_set(&c->err, &s3_bad_request,
		    "DeleteMarkerReplication cannot be used" SCHEMA);
	if (has_tags && strcmp(json_str_or(marker, "Status", ""), "Enabled") == 0)
		return err_set(&c->err, &s3_bad_request,
		    "Delete marker replication is not supported if any Tag filter is "
		    "specified. Please refer to S3 Developer Guide for more information.");
	return s3_check_tags(c, json_get(and, "Tags"), S3_OBJECT_TAGS, "Object");
}

static int
check_options(struct call *c, const json_t *rule)
{
	const json_t *d = json_get(rule, "Destination"),
		     *kms = json_path(rule,
			 "SourceSelectionCriteria.SseKmsEncryptedObjects");
	int is_kms = strcmp(json_str_or(kms, "Status", ""), "Enabled") == 0;

	if (is_kms && json_get(d, "EncryptionConfiguration") == NULL)
		return err_set(&c->err, &s3_bad_request,
		    "ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is "
		    "enabled.");
	if (!is_kms && json_get(d, "EncryptionConfiguration") != NULL)
		return err_set(&c->err, &s3_bad_request,
		    "SseKmsEncryptedObjects must be specified if EncryptionConfiguration is "
		    "present.");
	if (json_get(d, "AccessControlTranslation") != NULL &&
	    json_get(d, "Account") == NULL)
		return err_set(&c->err, &s3_bad_request,
		    "Account must be specified when AccessControlTranslation is specified.");
	if (strcmp(json_str_or(json_get(d, "ReplicationTime"), "Status", ""),
		"Enabled") == 0 &&
	    (json_int(json_path(d, "ReplicationTime.Time"), "Minutes", 0) != 15 ||
		strcmp(json_str_or(json_get(d, "Metrics"), "Status", ""), "Enabled") !=
		    0))
		return err_set(&c->err, &s3_bad_request,
		    "ReplicationTime needs 15 minutes, and Metrics that are enabled");
	return 0;
}

static int
check_destination(struct call *c, const json_t *bucket, const json_t *rule)
{
	static const char head[] = "arn:aws:s3:::";
	const char *arn = json_str_or(json_get(rule, "Destination"), "Bucket", "");
	json_t *to;

	if (strncmp(arn, head, sizeof(head) - 1) != 0)
		return err_set(&c->err, &s3_bad_argument, "Invalid bucket ARN.");
	arn += sizeof(head) - 1;
	if (strcmp(arn, json_str_or(bucket, "Name", "")) == 0)
		return err_set(&c->err, &s3_bad_request,
		    "Destination bucket cannot be the same as the source bucket.");
	if (s3_bucket_source(c, arn, &to) < 0) {
		if (c->err.kind != &s3_no_bucket)
			return -1;
		c->detail = NULL;
		return err_set(&c->err, &s3_bad_request,
		    "Destination bucket must exist.");
	}
	if (s3_versioning(to) != S3_ENABLED)
		return err_set(&c->err, &s3_bad_request,
		    "Destination bucket must have versioning enabled.");
	if (json_get(bucket, "ObjectLockConfiguration") != NULL &&
	    json_get(to, "ObjectLockConfiguration") == NULL)
		return err_set(&c->err, &s3_bad_request,
		    "Object Lock must be enabled on the destination bucket, too.");
	return 0;
}

static int
check(struct call *c, const json_t *bucket, json_t *doc)
{
	json_t *rules = json_get(doc, "Rules"), *rule;
	int is_v2 = json_get(json_array_get(rules, 0), "Filter") != NULL;
	size_t i;

	if (s3_versioning(bucket) != S3_ENABLED)
		return err_set(&c->err, &s3_bad_request,
		    "Versioning must be 'Enabled' on the bucket to apply a replication "
		    "configuration");
	if (json_array_size(rules) == 0 || json_array_size(rules) > MAX_RULES)
		return malformed(c);
	json_array_foreach(rules, i, rule) {
		if (check_schema(c, rule, is_v2) < 0 ||
		    check_names(c, rules, rule, i, is_v2) < 0 ||
		    check_options(c, rule) < 0 || check_destination(c, bucket, rule) < 0)
			return -1;
	}
	return 0;
}

static int
put_replication(struct call *c)
{
	json_t *bucket, *doc;
	const char *role;

	if (s3_bucket_edit(c, in_str(c, "Bucket"), "s3:PutReplicationConfiguration",
		&bucket) < 0)
		return -1;
	doc =
	    json_own(c->arena, json_copy_deep(in_object(c, "ReplicationConfiguration")));
	role = json_str_or(doc, "Role", "");
	if (strncmp(role, "arn:aws:iam::", 13) != 0 || strstr(role, ":role/") == NULL)
		return err_set(&c->err, &s3_bad_argument, "Invalid role ARN.");
	if (auth_pass_role(&c->env->auth, c->txn, c->arena, &c->who, c->model, role,
		"s3.amazonaws.com",
		auth_request_context(c->arena, c->source_ip, c->is_tls, c->region,
		    c->now_ms),
		&c->err) < 0 ||
	    check(c, bucket, doc) < 0)
		return -1;
	json_set(bucket, "ReplicationConfiguration", json_incref(doc));
	s3_bucket_put(c, bucket);
	return s3_outbox_open(c, bucket);
}

static const struct op ops[] = {
	S3("PutBucketReplication", put_replication, 0,
	    "Replicate a bucket's new versions into others."),
};

const struct family s3_replications = FAMILY(ops, NULL);
