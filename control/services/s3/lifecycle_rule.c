#include "control/services/s3/lifecycle_rule.h"

#include <stddef.h>
#include <string.h>

enum { DAY_S = 86400 };

/* From warm to cold. */
static const char *const classes[] = { "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA",
	"INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE" };

static size_t
coldness(const char *class)
{
	size_t i = 0;

	while (i < sizeof(classes) / sizeof(classes[0]) && strcmp(classes[i], class) != 0)
		i++;
	return i;
}

static int64_t
after_days(int64_t since_s, int64_t days)
{
	int64_t at = since_s + days * DAY_S;

	return (at + DAY_S - 1) / DAY_S * DAY_S;
}

/* Filters */

static int
has_tag(const json_t *tags, const json_t *want)
{
	const json_t *tag;
	size_t i;

	json_array_foreach(tags, i, tag) {
		if (strcmp(json_str_or(tag, "Key", ""), json_str_or(want, "Key", "")) ==
			0 &&
		    strcmp(json_str_or(tag, "Value", ""),
			json_str_or(want, "Value", "")) == 0)
			return 1;
	}
	return 0;
}

static int
has_prefix(const json_t *filter, const char *key)
{
	const char *prefix = json_str_or(filter, "Prefix", "");

	return strncmp(key, prefix, strlen(prefix)) == 0;
}

static int
passes(const json_t *filter, const struct lifecycle_object *o)
{
	const json_t *tag;
	size_t i;

	if (!has_prefix(filter, o->key) ||
	    (json_get(filter, "ObjectSizeGreaterThan") != NULL &&
		o->size <= json_int(filter, "ObjectSizeGreaterThan", 0)) ||
	    (json_get(filter, "ObjectSizeLessThan") != NULL &&
		o->size >= json_int(filter, "ObjectSizeLessThan", 0)) ||
	    (json_get(filter, "Tag") != NULL &&
		!has_tag(o->tags, json_get(filter, "Tag"))))
		return 0;
	json_array_foreach(json_get(filter, "Tags"), i, tag) {
		if (!has_tag(o->tags, tag))
			return 0;
	}
	return 1;
}

static int
is_for(const json_t *rule, const struct lifecycle_object *o)
{
	const json_t *filter = json_get(rule, "Filter"), *and = json_get(filter, "And");

	return strcmp(json_str_or(rule, "Status", ""), "Enabled") == 0 &&
	    passes(filter != NULL ? filter : rule, o) && (and == NULL || passes(and, o));
}

static int
has_size(const json_t *rule)
{
	const json_t *filter = json_get(rule, "Filter"), *and = json_get(filter, "And");

	return json_get(filter, "ObjectSizeGreaterThan") != NULL ||
	    json_get(filter, "ObjectSizeLessThan") != NULL ||
	    json_get(and, "ObjectSizeGreaterThan") != NULL ||
	    json_get(and, "ObjectSizeLessThan") != NULL;
}

/* When an action with Days or Date is due: 1, 0 never. */
static int
moment(const json_t *action, const char *days, int64_t since_s, int64_t *ret)
{
	if (json_get(action, days) != NULL)
		*ret = after_days(since_s, json_int(action, days, 0));
	else if (json_get(action, "Date") != NULL)
		*ret = (int64_t)json_num(action, "Date", 0);
	else
		return 0;
	return 1;
}

/* Of a current object or marker. */
static int
expires(const json_t *rule, const struct lifecycle_object *o, int64_t *ret_s)
{
	const json_t *e = json_get(rule, "Expiration");

	if (!o->is_marker)
		return moment(e, "Days", o->since_s, ret_s);
	/* A marker behind which nothing is left goes by itself, or with its age. */
	if (!o->is_alone)
		return 0;
	*ret_s = 0;
	return json_bool(e, "ExpiredObjectDeleteMarker", 0) ||
	    moment(e, "Days", o->since_s, ret_s);
}

static int
noncurrent_expires(const json_t *rule, const struct lifecycle_object *o, int64_t *ret_s)
{
	const json_t *e = json_get(rule, "NoncurrentVersionExpiration");

	return e != NULL &&
	    (int64_t)o->n_newer >= json_int(e, "NewerNoncurrentVersions", 0) &&
	    moment(e, "NoncurrentDays", o->since_s, ret_s);
}

static void
find_move(const json_t *rule, const struct lifecycle_object *o, int64_t now_s,
    struct lifecycle_due *due)
{
	const char *list = o->is_current ? "Transitions" : "NoncurrentVersionTransitions",
		   *days = o->is_current ? "Days" : "NoncurrentDays";
	const json_t *t;
	int64_t at;
	size_t i;

	if (o->is_marker || (o->size < o->min_transition && !has_size(rule)))
		return;
	json_array_foreach(json_get(rule, list), i, t) {
		const char *class = json_str_or(t, "StorageClass", "");
		const char *now = due->action == LIFECYCLE_MOVE ? due->class : o->class;

		if (!moment(t, days, o->since_s, &at) || at > now_s ||
		    coldness(class) <= coldness(now) ||
		    (int64_t)o->n_newer < json_int(t, "NewerNoncurrentVersions", 0))
			continue;
		*due = (struct lifecycle_due){ LIFECYCLE_MOVE,
			json_str_or(rule, "ID", ""), class };
	}
}

struct lifecycle_due
lifecycle_due(const json_t *rules, const struct lifecycle_object *o, int64_t now_s)
{
	struct lifecycle_due due = { LIFECYCLE_NONE, NULL, NULL };
	const json_t *rule;
	int64_t at;
	size_t i;

	json_array_foreach(rules, i, rule) {
		if (!is_for(rule, o))
			continue;
		if ((o->is_current ? expires(rule, o, &at) :
				     noncurrent_expires(rule, o, &at)) &&
		    at <= now_s)
			return (struct lifecycle_due){ LIFECYCLE_EXPIRE,
				json_str_or(rule, "ID", ""), NULL };
		find_move(rule, o, now_s, &due);
	}
	return due;
}

int
lifecycle_expiry(const json_t *rules, const struct lifecycle_object *o,
    const char **ret_rule, int64_t *ret_s)
{
	const json_t *rule;
	int found = 0;
	int64_t at;
	size_t i;

	json_array_foreach(rules, i, rule) {
		if (!is_for(rule, o) || !expires(rule, o, &at) || (found && at >= *ret_s))
			continue;
		found = 1;
		*ret_s = at;
		*ret_rule = json_str_or(rule, "ID", "");
	}
	return found;
}

int
lifecycle_aborts(const json_t *rules, const char *key, int64_t since_s, int64_t now_s)
{
	const struct lifecycle_object o = { .key = key };
	const json_t *rule;
	int64_t at;
	size_t i;

	json_array_foreach(rules, i, rule) {
		if (is_for(rule, &o) &&
		    moment(json_get(rule, "AbortIncompleteMultipartUpload"),
			"DaysAfterInitiation", since_s, &at) &&
		    at <= now_s)
			return 1;
	}
	return 0;
}
