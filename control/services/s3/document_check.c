/* What S3 refuses in configurations of buckets. */
#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "control/services/s3/document.h"

enum {
	MAX_CORS = 100,
	MAX_ROUTING = 50,
	MAX_LIFECYCLE = 1000,
	ID_LEN = 48,
	MAX_ID = 255,
	DAY_S = 86400,
	MIN_IA_DAYS = 30,
	MIN_TIER_DAYS = 90,
	MIN_DEEP_DAYS = 180,
};

static int
malformed(struct call *c)
{
	return err_set(&c->err, &s3_malformed,
	    "The XML you provided was not well-formed or did not validate against our "
	    "published schema");
}

static size_t
stars(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += *s == '*';
	return n;
}

/* CORS */

static int
check_wildcards(struct call *c, const json_t *list, const char *what, size_t max)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		const char *s = json_string_value(v);

		if (stars(s) <= max)
			continue;
		if (max == 0)
			return err_set(&c->err, &s3_bad_request,
			    "%s \"%.200s\" contains wildcard. We currently do not support wildcard "
			    "for %s.",
			    what, s, what);
		return err_set(&c->err, &s3_bad_request,
		    "%s \"%.200s\" can not have more than one wildcard.", what, s);
	}
	return 0;
}

static int
check_cors_rule(struct call *c, const json_t *rule)
{
	static const char *const methods[] = { "GET", "PUT", "POST", "DELETE", "HEAD" };
	const json_t *v, *said = json_get(rule, "AllowedMethods");
	size_t i, k;

	if (json_array_size(said) == 0 ||
	    json_array_size(json_get(rule, "AllowedOrigins")) == 0)
		return malformed(c);
	json_array_foreach(said, i, v) {
		for (k = 0; k < COUNT(methods); k++) {
			if (strcmp(methods[k], json_string_value(v)) == 0)
				break;
		}
		if (k == COUNT(methods))
			return err_set(&c->err, &s3_bad_request,
			    "Found unsupported HTTP method in CORS config. Unsupported method is "
			    "%.40s",
			    json_string_value(v));
	}
	return check_wildcards(c, json_get(rule, "AllowedOrigins"), "AllowedOrigin", 1) <
		    0 ||
		check_wildcards(c, json_get(rule, "AllowedHeaders"), "AllowedHeader", 1) <
		    0 ||
		check_wildcards(c, json_get(rule, "ExposeHeaders"), "ExposeHeader", 0) <
		    0 ?
	    -1 :
	    0;
}

int
s3_check_cors(struct call *c, json_t *doc)
{
	const json_t *rules = json_get(doc, "CORSRules"), *rule;
	size_t i;

	if (json_array_size(rules) == 0 || json_array_size(rules) > MAX_CORS)
		return malformed(c);
	json_array_foreach(rules, i, rule) {
		if (check_cors_rule(c, rule) < 0)
			return -1;
	}
	return 0;
}

/* Encryption */

int
s3_check_encryption(struct call *c, json_t *doc)
{
	json_t *rules = json_get(doc, "Rules"), *rule = json_array_get(rules, 0);
	const json_t *by = json_get(rule, "ApplyServerSideEncryptionByDefault");
	const char *algorithm = json_str_or(by, "SSEAlgorithm", "");

	if (json_array_size(rules) != 1 || by == NULL)
		return malformed(c);
	if (json_get(by, "KMSMasterKeyID") != NULL &&
	    strncmp(algorithm, "aws:kms", 7) != 0)
		return err_set(&c->err, &s3_bad_argument,
		    "a KMSMasterKeyID is not applicable if the default sse algorithm is not "
		    "aws:kms or aws:kms:dsse");
	if (strcmp(algorithm, "AES256") != 0 && strncmp(algorithm, "aws:kms", 7) != 0)
		return malformed(c);
	if (json_get(rule, "BucketKeyEnabled") == NULL)
		json_set_bool(rule, "BucketKeyEnabled", 0);
	return 0;
}

/* Lifecycle */

static int
positive(struct call *c, const json_t *action, const char *member, const char *name)
{
	if (json_get(action, member) == NULL || json_int(action, member, 0) > 0)
		return 0;
	return err_set(&c->err, &s3_bad_argument,
	    "'%s' for %s action must be a positive integer", member, name);
}

static int
midnight(struct call *c, const json_t *action)
{
	if (json_get(action, "Date") == NULL ||
	    (int64_t)json_num(action, "Date", 0) % DAY_S == 0)
		return 0;
	return err_set(&c->err, &s3_bad_argument, "'Date' must be at midnight GMT");
}

static int
check_expiration(struct call *c, const json_t *e)
{
	int n = (json_get(e, "Days") != NULL) + (json_get(e, "Date") != NULL) +
	    (json_get(e, "ExpiredObjectDeleteMarker") != NULL);

	if (e == NULL)
		return 0;
	if (n != 1)
		return malformed(c);
	return positive(c, e, "Days", "Expiration") < 0 || midnight(c, e) < 0 ? -1 : 0;
}

static int
check_transition(struct call *c, const json_t *t, const char *days, const char *name)
{
	const char *class = json_str_or(t, "StorageClass", "");
	int is_ia = strcmp(class, "STANDARD_IA") == 0 || strcmp(class, "ONEZONE_IA") == 0;

	if (*class == '\0' ||
	    (json_get(t, days) != NULL) == (json_get(t, "Date") != NULL))
		return malformed(c);
	if (json_get(t, days) != NULL && json_int(t, days, 0) < 0)
		return err_set(&c->err, &s3_bad_argument,
		    "'%s' in %s action must be nonnegative", days, name);
	if (is_ia && json_get(t, days) != NULL && json_int(t, days, 0) < MIN_IA_DAYS)
		return err_set(&c->err, &s3_bad_argument,
		    "'%s' in %s action must be greater than or equal to %d for storageClass "
		    "'%s'",
		    days, name, MIN_IA_DAYS, class);
	return midnight(c, t);
}

static int
check_filter(struct call *c, const json_t *rule)
{
	static const char *const one[] = { "Prefix", "Tag", "ObjectSizeGreaterThan",
		"ObjectSizeLessThan", "And" };
	const json_t *filter = json_get(rule, "Filter"), *and = json_get(filter, "And");
	size_t n = 0, n_and;

	if ((filter != NULL) == (json_get(rule, "Prefix") != NULL))
		return malformed(c);
	for (size_t i = 0; i < COUNT(one); i++)
		n += json_get(filter, one[i]) != NULL;
	n_and = json_array_size(json_get(and, "Tags"));
	for (size_t i = 0; i < COUNT(one); i++)
		n_and += json_get(and, one[i]) != NULL;
	if (n > 1 || (and != NULL && n_and < 2))
		return malformed(c);
	return s3_check_tags(c, json_get(and, "Tags"), S3_OBJECT_TAGS, "Object");
}

/* Uploads that are not complete have no tags, and no size. */
static int
check_abort(struct call *c, const json_t *rule)
{
	const json_t *filter = json_get(rule, "Filter"), *and = json_get(filter, "And");

	if (json_get(rule, "AbortIncompleteMultipartUpload") == NULL)
		return 0;
	if (json_get(filter, "Tag") != NULL || json_get(and, "Tags") != NULL)
		return err_set(&c->err, &s3_bad_request,
		    "AbortIncompleteMultipartUpload cannot be specified with Tags.");
	for (const json_t *f = filter;; f = and) {
		if (json_get(f, "ObjectSizeGreaterThan") != NULL ||
		    json_get(f, "ObjectSizeLessThan") != NULL)
			return err_set(&c->err, &s3_bad_request,
			    "AbortIncompleteMultipartUpload cannot be specified with Object "
			    "Size.");
		if (f == and)
			return 0;
	}
}

static int
check_actions(struct call *c, const json_t *rule)
{
	const json_t *e = json_get(rule, "Expiration"), *t,
		     *ne = json_get(rule, "NoncurrentVersionExpiration"),
		     *abort = json_get(rule, "AbortIncompleteMultipartUpload");
	size_t i;

	if (e == NULL && ne == NULL && abort == NULL &&
	    json_array_size(json_get(rule, "Transitions")) == 0 &&
	    json_array_size(json_get(rule, "NoncurrentVersionTransitions")) == 0)
		return err_set(&c->err, &s3_bad_request,
		    "At least one action needs to be specified in a rule");
	if (check_abort(c, rule) < 0 || check_expiration(c, e) < 0 ||
	    positive(c, ne, "NoncurrentDays", "NoncurrentVersionExpiration") < 0 ||
	    positive(c, abort, "DaysAfterInitiation", "AbortIncompleteMultipartUpload") <
		0)
		return -1;
	if (ne != NULL && json_get(ne, "NoncurrentDays") == NULL)
		return malformed(c);
	json_array_foreach(json_get(rule, "Transitions"), i, t) {
		if (check_transition(c, t, "Days", "Transition") < 0)
			return -1;
	}
	json_array_foreach(json_get(rule, "NoncurrentVersionTransitions"), i, t) {
		if (check_transition(c, t, "NoncurrentDays",
			"NoncurrentVersionTransition") < 0)
			return -1;
	}
	return 0;
}

/* A rule without an id has one of S3's. */
static int
name_rule(struct call *c, json_t *rules, json_t *rule, size_t at)
{
	const char *id = json_str(rule, "ID");
	char own[ID_LEN + 1];

	if (id == NULL || *id == '\0') {
		random_text(own, ID_LEN,
		    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
		json_set_str(rule, "ID", own);
		return 0;
	}
	if (strlen(id) > MAX_ID)
		return err_set(&c->err, &s3_bad_argument,
		    "ID length should not exceed allowed limit of %d", MAX_ID);
	for (size_t i = 0; i < at; i++) {
		if (strcmp(json_str_or(json_array_get(rules, i), "ID", ""), id) == 0)
			return err_set(&c->err, &s3_bad_argument,
			    "Rule ID must be unique. Found same ID for more than one rule");
	}
	return 0;
}

int
s3_check_lifecycle(struct call *c, json_t *doc)
{
	json_t *rules = json_get(doc, "Rules"), *rule;
	size_t i;

	if (json_array_size(rules) == 0 || json_array_size(rules) > MAX_LIFECYCLE)
		return malformed(c);
	json_array_foreach(rules, i, rule) {
		if (name_rule(c, rules, rule, i) < 0 || check_filter(c, rule) < 0 ||
		    check_actions(c, rule) < 0)
			return -1;
	}
	return 0;
}

/* Intelligent tiering */

int
s3_check_tiering(struct call *c, json_t *doc)
{
	const json_t *t;
	size_t i;

	if (json_array_size(json_get(doc, "Tierings")) == 0)
		return malformed(c);
	json_array_foreach(json_get(doc, "Tierings"), i, t) {
		int is_deep =
		    strcmp(json_str_or(t, "AccessTier", ""), "DEEP_ARCHIVE_ACCESS") == 0;
		int64_t days = json_int(t, "Days", 0),
			min = is_deep ? MIN_DEEP_DAYS : MIN_TIER_DAYS;

		if (days < min || days > 730)
			return err_set(&c->err, &s3_bad_argument,
			    "Days must be between %d and 730 for %s", (int)min,
			    json_str_or(t, "AccessTier", ""));
	}
	return 0;
}

/* Websites */

static int
bad_value(struct call *c, const char *name, const char *value, const char *words)
{
	c->detail = json_own(c->arena,
	    json_make("{s:s, s:s}", "ArgumentName", name, "ArgumentValue", value));
	return err_set(&c->err, &s3_bad_argument, "%s", words);
}

static int
bad_rule(struct call *c, const char *words)
{
	return err_set(&c->err, &s3_bad_request, "%s", words);
}

/* "4XX or 5XX", "3XX except 300". */
static int
is_code(const char *text, const char *first)
{
	return strlen(text) == 3 && strspn(text, "0123456789") == 3 &&
	    strchr(first, text[0]) != NULL;
}

static int
check_routing(struct call *c, const json_t *rule)
{
	const json_t *when = json_get(rule, "Condition"),
		     *to = json_get(rule, "Redirect");
	const char *error = json_str(when, "HttpErrorCodeReturnedEquals"),
		   *code = json_str(to, "HttpRedirectCode");

	if (when != NULL && json_object_size(when) == 0)
		return bad_rule(c,
		    "Condition cannot be empty. To redirect all requests without a condition, the "
		    "condition element shouldn't be present.");
	if (json_object_size(to) == 0)
		return malformed(c);
	if (json_get(to, "ReplaceKeyWith") != NULL &&
	    json_get(to, "ReplaceKeyPrefixWith") != NULL)
		return bad_rule(c,
		    "You can only define ReplaceKeyPrefix or ReplaceKey but not both.");
	if (error != NULL && !is_code(error, "45"))
		return bad_value(c, "HttpErrorCodeReturnedEquals", error,
		    "The provided HTTP error code is not valid. Valid codes are 4XX or 5XX.");
	if (code != NULL && (!is_code(code, "3") || strcmp(code, "300") == 0))
		return bad_value(c, "HttpRedirectCode", code,
		    "The provided HTTP redirect code is not valid. Valid codes are 3XX except "
		    "300.");
	return 0;
}

int
s3_check_website(struct call *c, json_t *doc)
{
	const json_t *rules = json_get(doc, "RoutingRules"), *rule;
	const char *index = json_str(json_get(doc, "IndexDocument"), "Suffix"),
		   *error = json_str(json_get(doc, "ErrorDocument"), "Key");
	size_t i;

	if (json_get(doc, "RedirectAllRequestsTo") != NULL)
		return json_object_size(doc) == 1 ?
		    0 :
		    bad_value(c, "RedirectAllRequestsTo", "null",
			"RedirectAllRequestsTo cannot be provided in conjunction with other "
			"Routing Rules.");
	if (index == NULL)
		return bad_value(c, "IndexDocument", "null",
		    "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is "
		    "empty");
	if (*index == '\0' || strchr(index, '/') != NULL)
		return bad_value(c, "IndexDocument", index,
		    "The IndexDocument Suffix is not well formed");
	if (error != NULL && *error == '\0')
		return bad_value(c, "ErrorDocument", error,
		    "The ErrorDocument Key is not well formed");
	if (json_array_size(rules) > MAX_ROUTING)
		return bad_value(c, "RoutingRules",
		    arena_printf(c->arena, "%zu", json_array_size(rules)),
		    "The number of routing rules must not exceed the allowed limit of 50");
	json_array_foreach(rules, i, rule) {
		if (check_routing(c, rule) < 0)
			return -1;
	}
	return 0;
}
