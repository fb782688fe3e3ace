/*
 * S3: object lock: versions that cannot go before a day, or while they are held.
 *
 * A version has ObjectLockMode and ObjectLockRetainUntilDate (seconds since the epoch), and ObjectLockLegalHoldStatus.  Not emulated: holds by
 * events.
 */
#include <string.h>

#include "control/services/s3/event.h"
#include "control/services/s3/s3.h"

static const struct err_kind no_lock = { "NoSuchObjectLockConfiguration", 404 };
static const struct err_kind bad_state = { "InvalidBucketState", 409 };
static const struct err_kind bad_period = { "InvalidRetentionPeriod", 400 };
static const struct err_kind unsupported = { "NotImplemented", 501 };

#define CONFIGURATION "ObjectLockConfiguration"
#define UNTIL	      "ObjectLockRetainUntilDate"
#define MODE	      "ObjectLockMode"
#define HOLD	      "ObjectLockLegalHoldStatus"

enum { DAY_S = 86400, MAX_DAYS = 36500 };

static int
malformed(struct call *c)
{
	return err_set(&c->err, &s3_malformed,
	    "The XML you provided was not well-formed or did not validate against our "
	    "published schema");
}

static int
need_lock(struct call *c, const json_t *bucket)
{
	return json_get(bucket, CONFIGURATION) != NULL ?
	    0 :
	    err_set(&c->err, &s3_bad_request,
		"Bucket is missing Object Lock Configuration");
}

static double
now_s(const struct call *c)
{
	return (double)c->now_ms / 1000.0;
}

/* What is said of a new object */

static void
take_default(const struct call *c, const json_t *bucket, json_t *doc)
{
	const json_t *by = json_path(bucket, CONFIGURATION ".Rule.DefaultRetention");
	int64_t days = json_int(by, "Days", 0) + 365 * json_int(by, "Years", 0);

	if (by == NULL)
		return;
	json_set_str(doc, MODE, json_str(by, "Mode"));
	json_set_int(doc, UNTIL, c->now_ms / 1000 + days * DAY_S);
}

static int
check_until(struct call *c, double until)
{
	return until > now_s(c) ? 0 :
				  err_set(&c->err, &s3_bad_argument,
				      "The retain until date must be in the future!");
}

int
s3_take_lock(struct call *c, const json_t *bucket, const char *key, json_t *doc)
{
	const char *mode = json_str(c->in, MODE), *hold = json_str(c->in, HOLD);
	const json_t *until = json_get(c->in, UNTIL);

	if (mode == NULL && hold == NULL && until == NULL) {
		take_default(c, bucket, doc);
		return 0;
	}
	if (need_lock(c, bucket) < 0)
		return -1;
	if ((mode == NULL) != (until == NULL))
		return err_set(&c->err, &s3_bad_argument,
		    "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both "
		    "be supplied");
	if ((mode != NULL &&
		(s3_permit(c, bucket, key, "s3:PutObjectRetention") < 0 ||
		    check_until(c, json_num(c->in, UNTIL, 0)) < 0)) ||
	    (hold != NULL && s3_permit(c, bucket, key, "s3:PutObjectLegalHold") < 0))
		return -1;
	if (mode == NULL)
		take_default(c, bucket, doc);
	else
		json_set(doc, UNTIL, json_copy_deep(until));
	json_set_str(doc, MODE, mode);
	json_set_str(doc, HOLD, hold);
	return 0;
}

/* May what is retained be let go?  1, 0, -1. */
static int
may_bypass(struct call *c, const json_t *bucket, const json_t *doc)
{
	if (json_num(doc, UNTIL, 0) <= now_s(c))
		return 1;
	if (strcmp(json_str_or(doc, MODE, ""), "GOVERNANCE") != 0 ||
	    !json_bool(c->in, "BypassGovernanceRetention", 0))
		return 0;
	return s3_permit(c, bucket, json_str_or(doc, "Key", ""),
		   "s3:BypassGovernanceRetention") < 0 ?
	    -1 :
	    1;
}

int
s3_check_lock(struct call *c, const json_t *bucket, const json_t *doc)
{
	int rc = strcmp(json_str_or(doc, HOLD, ""), "ON") == 0 ?
	    0 :
	    may_bypass(c, bucket, doc);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	return err_set(&c->err, &s3_denied,
	    "Access Denied because object protected by object lock.");
}

/* The bucket's configuration */

static int
put_configuration(struct call *c)
{
	const json_t *said = in_object(c, CONFIGURATION),
		     *by = json_path(said, "Rule.DefaultRetention");
	int64_t days = json_int(by, "Days", 0), years = json_int(by, "Years", 0);
	json_t *bucket;

	if (s3_bucket_edit(c, in_str(c, "Bucket"), "s3:PutBucketObjectLockConfiguration",
		&bucket) < 0)
		return -1;
	if (strcmp(json_str_or(said, "ObjectLockEnabled", ""), "Enabled") != 0 ||
	    (json_get(said, "Rule") != NULL &&
		(json_get(by, "Mode") == NULL ||
		    (json_get(by, "Days") != NULL) == (json_get(by, "Years") != NULL))))
		return malformed(c);
	if (json_get(by, "DefaultEventHold") != NULL)
		return err_set(&c->err, &unsupported, "Event holds are not implemented.");
	if (by != NULL &&
	    (days < 0 || years < 0 || days + years == 0 || days > MAX_DAYS ||
		years > MAX_DAYS / 365))
		return err_set(&c->err, &bad_period,
		    "Default retention period must be a positive integer value and at most "
		    "%d days.",
		    MAX_DAYS);
	if (s3_versioning(bucket) != S3_ENABLED)
		return err_set(&c->err, &bad_state,
		    "Versioning must be 'Enabled' on the bucket to apply a Object Lock "
		    "configuration");
	json_set(bucket, CONFIGURATION, json_copy_deep(said));
	s3_bucket_put(c, bucket);
	return 0;
}

/* Of objects: the version that is asked for, and where it is. */
static int
need_version(struct call *c, const char *action, json_t **ret_bucket, json_t **ret,
    const char **ret_id)
{
	const char *key = in_str(c, "Key"), *version = in_str(c, "VersionId");

	if (s3_bucket_get(c, in_str(c, "Bucket"), key, action, ret_bucket) < 0 ||
	    s3_find(c, *ret_bucket, key, version, ret, NULL) < 0 ||
	    s3_find(c, *ret_bucket, key, version, ret, ret_id) < 0 ||
	    need_lock(c, *ret_bucket) < 0)
		return -1;
	return 0;
}

/* Longer is always allowed, in the same mode. */
static int
check_change(struct call *c, const json_t *bucket, const json_t *doc, const char *mode,
    double until)
{
	int is_longer = mode != NULL && until >= json_num(doc, UNTIL, 0) &&
	    strcmp(mode, json_str_or(doc, MODE, mode)) == 0;
	int rc = is_longer ? 1 : may_bypass(c, bucket, doc);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	return err_set(&c->err, &s3_denied,
	    "Access Denied because object protected by object lock.");
}

static int
put_retention(struct call *c)
{
	const json_t *said = in_object(c, "Retention");
	const char *mode = json_str(said, "Mode"), *id;
	json_t *bucket, *doc, *copy;

	if (need_version(c, "s3:PutObjectRetention", &bucket, &doc, &id) < 0)
		return -1;
	if (json_get(said, "EventHold") != NULL ||
	    json_get(said, "EventHoldDuration") != NULL)
		return err_set(&c->err, &unsupported, "Event holds are not implemented.");
	if ((mode == NULL) != (json_get(said, "RetainUntilDate") == NULL))
		return malformed(c);
	if ((mode != NULL && check_until(c, json_num(said, "RetainUntilDate", 0)) < 0) ||
	    check_change(c, bucket, doc, mode, json_num(said, "RetainUntilDate", 0)) < 0)
		return -1;
	copy = json_own(c->arena, json_copy_deep(doc));
	json_del(copy, MODE);
	json_del(copy, UNTIL);
	json_set_str(copy, MODE, mode);
	if (mode != NULL)
		json_set(copy, UNTIL, json_copy_deep(json_get(said, "RetainUntilDate")));
	s3_put_found(c, bucket, id, copy);
	s3_event(c, bucket, copy, "ObjectRetention:Put");
	return 0;
}

static int
absent(struct call *c)
{
	return err_set(&c->err, &no_lock,
	    "The specified object does not have a ObjectLock configuration");
}

static int
get_retention(struct call *c)
{
	json_t *bucket, *doc, *out;
	const char *id;

	if (need_version(c, "s3:GetObjectRetention", &bucket, &doc, &id) < 0)
		return -1;
	if (json_get(doc, MODE) == NULL)
		return absent(c);
	out = json_make("{s:s}", "Mode", json_str(doc, MODE));
	json_set(out, "RetainUntilDate", json_incref(json_get(doc, UNTIL)));
	out_set(c, "Retention", out);
	return 0;
}

static int
put_hold(struct call *c)
{
	const char *status = json_str(in_object(c, "LegalHold"), "Status"), *id;
	json_t *bucket, *doc, *copy;

	if (need_version(c, "s3:PutObjectLegalHold", &bucket, &doc, &id) < 0)
		return -1;
	if (status == NULL)
		return malformed(c);
	copy = json_own(c->arena, json_copy_deep(doc));
	json_set_str(copy, HOLD, status);
	s3_put_found(c, bucket, id, copy);
	return 0;
}

static int
get_hold(struct call *c)
{
	json_t *bucket, *doc;
	const char *id;

	if (need_version(c, "s3:GetObjectLegalHold", &bucket, &doc, &id) < 0)
		return -1;
	if (json_get(doc, HOLD) == NULL)
		return absent(c);
	out_set(c, "LegalHold", json_make("{s:s}", "Status", json_str(doc, HOLD)));
	return 0;
}

static const struct op ops[] = {
	S3("GetObjectLegalHold", get_hold, OP_READ, "Show whether a version is held."),
	S3("GetObjectRetention", get_retention, OP_READ,
	    "Show until when a version is kept."),
	S3("PutObjectLegalHold", put_hold, 0, "Hold a version, or let it go."),
	S3("PutObjectLockConfiguration", put_configuration, 0,
	    "Let a bucket's versions be locked, all by default or each."),
	S3("PutObjectRetention", put_retention, 0, "Keep a version until a day."),
};

const struct family s3_locks = FAMILY(ops, NULL);
