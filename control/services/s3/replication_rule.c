/* S3: which replication rule counts for a version. */
#include <string.h>

#include "control/services/s3/replication.h"

static int
has_tag(const json_t *doc, const json_t *tag)
{
	const json_t *t;
	size_t i;

	json_array_foreach(json_get(doc, "_tags"), i, t) {
		if (strcmp(json_str_or(t, "Key", ""), json_str_or(tag, "Key", "")) == 0 &&
		    strcmp(json_str_or(t, "Value", ""), json_str_or(tag, "Value", "")) ==
			0)
			return 1;
	}
	return 0;
}

static int
begins(const json_t *doc, const json_t *where)
{
	const char *prefix = json_str_or(where, "Prefix", "");

	return strncmp(json_str_or(doc, "Key", ""), prefix, strlen(prefix)) == 0;
}

/* Markers: always by a rule without a filter, else as it says. */
static int
takes_marker(const json_t *rule)
{
	const char *status =
	    json_str_or(json_get(rule, "DeleteMarkerReplication"), "Status", "Disabled");

	return json_get(rule, "Filter") == NULL || strcmp(status, "Enabled") == 0;
}

static int
is_on(const json_t *rule, const char *criterion)
{
	const json_t *v = json_get(json_get(rule, "SourceSelectionCriteria"), criterion);

	return strcmp(json_str_or(v, "Status", ""), "Enabled") == 0;
}

static int
matches(const json_t *rule, const json_t *doc)
{
	const json_t *filter = json_get(rule, "Filter"), *and = json_get(filter, "And"),
		     *tag;
	const char *by = json_str_or(doc, "ServerSideEncryption", "");
	size_t i;

	if (strcmp(json_str_or(rule, "Status", ""), "Enabled") != 0 ||
	    !begins(doc, rule) || !begins(doc, filter) || !begins(doc, and))
		return 0;
	if (json_bool(doc, "DeleteMarker", 0))
		return takes_marker(rule);
	if (strncmp(by, "aws:kms", 7) == 0 && !is_on(rule, "SseKmsEncryptedObjects"))
		return 0;
	tag = json_get(filter, "Tag");
	if (tag != NULL && !has_tag(doc, tag))
		return 0;
	json_array_foreach(json_get(and, "Tags"), i, tag) {
		if (!has_tag(doc, tag))
			return 0;
	}
	return 1;
}

static const char *
destination(const json_t *rule)
{
	return json_str_or(json_get(rule, "Destination"), "Bucket", "");
}

const json_t *
s3_replication_rule(const json_t *bucket, const json_t *doc, size_t at)
{
	const json_t *rules = json_path(bucket, "ReplicationConfiguration.Rules"),
		     *own = json_array_get(rules, at), *rule;
	size_t i;

	if (!matches(own, doc))
		return NULL;
	json_array_foreach(rules, i, rule) {
		int64_t mine = json_int(own, "Priority", 0),
			its = json_int(rule, "Priority", 0);

		if (i != at && strcmp(destination(rule), destination(own)) == 0 &&
		    (its > mine || (its == mine && i < at)) && matches(rule, doc))
			return NULL;
	}
	return own;
}
