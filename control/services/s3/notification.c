/*
 * S3: whom a bucket tells of what happens in it.
 *
 * Targets of a service that is here are validated as S3 does it; those of one that is not (queues, topics, functions, as
 * yet) are kept, and have what is recorded for them as soon as they are.
 */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "control/services/s3/event.h"
#include "control/services/s3/s3.h"

enum { MAX_CONFIGURATIONS = 100, MAX_ID = 255, ID_LEN = 48, MAX_VALUE = 1024 };

static const struct err_kind too_many = { "TooManyConfigurations", 400 };

/* Where rules are in the configuration, and what their targets are. */
static const struct list {
	const char *name, *arn, *service;
	int is_tested; /* a function hears of no test */
} lists[] = {
	{ "TopicConfigurations", "TopicArn", "sns", 1 },
	{ "QueueConfigurations", "QueueArn", "sqs", 1 },
	{ "LambdaFunctionConfigurations", "LambdaFunctionArn", "lambda", 0 },
};

/* A rule, for comparison with the others. */
struct rule {
	const json_t *doc;
	const char *prefix, *suffix; /* NULL: it does not say */
};

struct rules {
	struct rule rule[MAX_CONFIGURATIONS];
	size_t n;
};

/* Filters */

/* "prefix" in any case becomes what S3 shows. */
static int
check_filter_rule(struct call *c, json_t *row, struct rule *r)
{
	const char *name = json_str_or(row, "Name", ""),
		   *value = json_str_or(row, "Value", "");
	int is_prefix = strcasecmp(name, "prefix") == 0;
	const char **place = is_prefix ? &r->prefix : &r->suffix;

	if (!is_prefix && strcasecmp(name, "suffix") != 0)
		return err_set(&c->err, &s3_bad_argument,
		    "filter rule name must be either prefix or suffix");
	if (*place != NULL)
		return err_set(&c->err, &s3_bad_argument,
		    "Cannot specify more than one %s rule in a filter.",
		    is_prefix ? "prefix" : "suffix");
	if (strlen(value) > MAX_VALUE)
		return err_set(&c->err, &s3_bad_argument,
		    "Size of filter rule value cannot exceed 1024 bytes in UTF-8 "
		    "representation");
	*place = value;
	json_set_str(row, "Name", is_prefix ? "Prefix" : "Suffix");
	if (json_get(row, "Value") == NULL)
		json_set_str(row, "Value", value);
	return 0;
}

/* Overlaps */

static int
events_meet(const char *a, const char *b)
{
	size_t n = strlen(a), k = strlen(b);

	return strcmp(a, b) == 0 ||
	    (n > 0 && a[n - 1] == '*' && s3_event_means(a, b + 3)) ||
	    (k > 0 && b[k - 1] == '*' && s3_event_means(b, a + 3));
}

static int
share_event(const json_t *a, const json_t *b)
{
	const json_t *x, *y;
	size_t i, k;

	json_array_foreach(json_get(a, "Events"), i, x) {
		json_array_foreach(json_get(b, "Events"), k, y) {
			if (events_meet(json_string_value(x), json_string_value(y)))
				return 1;
		}
	}
	return 0;
}

/* One is the beginning (or the end) of the other; nothing is that of all. */
static int
texts_meet(const char *a, const char *b, int at_end)
{
	size_t n = a != NULL ? strlen(a) : 0, k = b != NULL ? strlen(b) : 0,
	       min = n < k ? n : k;

	if (min == 0)
		return 1;
	return at_end ? strcmp(a + n - min, b + k - min) == 0 : strncmp(a, b, min) == 0;
}

static int
check_overlaps(struct call *c, const struct rules *all, const struct rule *r)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct rule *other = &all->rule[i];

		if (strcmp(json_str_or(other->doc, "Id", ""),
			json_str_or(r->doc, "Id", "")) == 0)
			return err_set(&c->err, &s3_bad_argument,
			    "Same ID used for multiple configurations. IDs must be "
			    "unique");
		if (!share_event(other->doc, r->doc) ||
		    !texts_meet(other->prefix, r->prefix, 0) ||
		    !texts_meet(other->suffix, r->suffix, 1))
			continue;
		if (r->prefix == NULL && r->suffix == NULL && other->prefix == NULL &&
		    other->suffix == NULL)
			return err_set(&c->err, &s3_bad_argument,
			    "Configurations overlap. Configurations on the same bucket cannot "
			    "share a common event type.");
		return err_set(&c->err, &s3_bad_argument,
		    "Configuration is ambiguously defined. Cannot have overlapping suffixes in "
		    "two rules if the prefixes are overlapping for the same event type.");
	}
	return 0;
}

/* Targets */

/* The text between the colons, the arena's. */
static const char *
part_of(struct call *c, const char *arn, int at)
{
	for (; at > 0; at--) {
		arn += strcspn(arn, ":");
		arn += *arn == ':';
	}
	return arena_strndup(c->arena, arn, strcspn(arn, ":"));
}

static int
check_target(struct call *c, const json_t *bucket, const struct list *l, const char *arn)
{
	size_t n = strlen(arn);

	if (strcmp(part_of(c, arn, 0), "arn") != 0 ||
	    strcmp(part_of(c, arn, 1), "aws") != 0 ||
	    strcmp(part_of(c, arn, 2), l->service) != 0 ||
	    strspn(part_of(c, arn, 4), "0123456789") != 12 || *part_of(c, arn, 5) == '\0')
		return err_set(&c->err, &s3_bad_argument, "The ARN is not well formed");
	if (strcmp(part_of(c, arn, 3), json_str_or(bucket, "Region", "")) != 0)
		return err_set(&c->err, &s3_bad_argument,
		    "The notification destination service region is not valid for the bucket "
		    "location constraint");
	if (strcmp(l->service, "sqs") == 0 && n > 5 && strcmp(arn + n - 5, ".fifo") == 0)
		return err_set(&c->err, &s3_bad_argument,
		    "FIFO SQS queues are not supported.");
	return 0;
}

/* Rules */

static int
check_events(struct call *c, const json_t *events)
{
	const json_t *a, *b;
	size_t i, k;

	if (json_array_size(events) == 0)
		return err_set(&c->err, &s3_malformed,
		    "The XML you provided was not well-formed or did not validate against our "
		    "published schema");
	json_array_foreach(events, i, a) {
		json_array_foreach(events, k, b) {
			if (k < i &&
			    events_meet(json_string_value(a), json_string_value(b)))
				return err_set(&c->err, &s3_bad_argument,
				    "Configurations overlap. Configurations on the same bucket "
				    "cannot share a common event type.");
		}
	}
	return 0;
}

static int
check_rule(struct call *c, const json_t *bucket, const struct list *l, json_t *doc,
    struct rules *all)
{
	struct rule r = { .doc = doc };
	char own[ID_LEN + 1];
	json_t *row;
	size_t i;

	if (all->n == MAX_CONFIGURATIONS)
		return err_set(&c->err, &too_many,
		    "You are attempting to create a new configuration but have already reached "
		    "the 100-configuration limit.");
	if (*json_str_or(doc, "Id", "") == '\0') {
		random_text(own, ID_LEN,
		    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
		json_set_str(doc, "Id", own);
	}
	if (strlen(json_str(doc, "Id")) > MAX_ID)
		return err_set(&c->err, &s3_bad_argument,
		    "ID length should not exceed allowed limit of %d", MAX_ID);
	json_array_foreach(json_path(doc, "Filter.Key.FilterRules"), i, row) {
		if (check_filter_rule(c, row, &r) < 0)
			return -1;
	}
	if (check_target(c, bucket, l, json_str_or(doc, l->arn, "")) < 0 ||
	    check_events(c, json_get(doc, "Events")) < 0 ||
	    check_overlaps(c, all, &r) < 0)
		return -1;
	all->rule[all->n++] = r;
	return 0;
}

static int
check(struct call *c, const json_t *bucket, json_t *doc)
{
	struct rules *all = arena_calloc(c->arena, 1, sizeof(*all));
	json_t *row;
	size_t k;

	for (size_t i = 0; i < COUNT(lists); i++) {
		json_array_foreach(json_get(doc, lists[i].name), k, row) {
			if (check_rule(c, bucket, &lists[i], row, all) < 0)
				return -1;
		}
	}
	return 0;
}

/* A target that had no rule before hears that it has one. */
static int
was_target(const json_t *old, const struct list *l, const char *arn)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(old, l->name), i, row) {
		if (strcmp(json_str_or(row, l->arn, ""), arn) == 0)
			return 1;
	}
	return 0;
}

static void
test_targets(struct call *c, const json_t *bucket, const json_t *old, const json_t *doc)
{
	const json_t *row;
	size_t k;

	for (size_t i = 0; i < COUNT(lists); i++) {
		json_array_foreach(json_get(doc, lists[i].name), k, row) {
			const char *arn = json_str_or(row, lists[i].arn, "");

			if (lists[i].is_tested && !was_target(old, &lists[i], arn))
				s3_event_test(c, bucket, arn, json_str_or(row, "Id", ""));
		}
	}
}

static int
put_notification(struct call *c)
{
	json_t *bucket, *doc, *old;

	if (s3_bucket_edit(c, in_str(c, "Bucket"), "s3:PutBucketNotification", &bucket) <
	    0)
		return -1;
	doc =
	    json_own(c->arena, json_copy_deep(in_object(c, "NotificationConfiguration")));
	if (check(c, bucket, doc) < 0)
		return -1;
	old = json_get(bucket, "NotificationConfiguration");
	if (!in_bool(c, "SkipDestinationValidation", 0))
		test_targets(c, bucket, old, doc);
	json_set(bucket, "NotificationConfiguration", json_incref(doc));
	if (json_object_size(doc) == 0)
		json_del(bucket, "NotificationConfiguration");
	s3_bucket_put(c, bucket);
	return s3_outbox_open(c, bucket);
}

static const struct op ops[] = {
	S3("PutBucketNotificationConfiguration", put_notification, 0,
	    "Say who is told of what happens in a bucket."),
};

const struct family s3_notifications = FAMILY(ops, NULL);
