/* CloudWatch: what alarms did, and their tags. */
#include <string.h>

#include "base/enc.h"
#include "control/api/tags.h"
#include "control/services/cloudwatch/cloudwatch.h"

static const struct err_kind no_resource = { "ResourceNotFoundException", 404 };

#define HISTORY "cloudwatch:history/"

enum { ALL = 10000, PAGE = 100, FORGET = 10, DAYS_MS_1000 = 30 * 86400 };

/* 30 days are kept: each new entry takes some with it that are older. */
static void
forget_old(struct call *c)
{
	struct store_span span = { .limit = FORGET };
	const char *end = arena_printf(c->arena, "%014lld",
	    (long long)(c->now_ms - (int64_t)DAYS_MS_1000 * 1000));
	struct store_docs docs;
	struct err ignored;

	if (store_range(c->txn, c->scope, HISTORY, &span, &docs, &ignored) < 0)
		return;
	for (size_t i = 0; i < docs.n; i++) {
		const char *id = json_str_or(docs.doc[i], "_id", "");

		if (strcmp(id, end) < 0)
			store_delete(c->txn, c->scope, HISTORY, id);
	}
}

void
watch_note(struct call *c, const char *alarm, const char *type, const char *summary,
    const json_t *data)
{
	char salt[9];
	const char *id;

	forget_old(c);
	random_hex(salt, 8);
	id = arena_printf(c->arena, "%014lld-%s", (long long)c->now_ms, salt);
	store_put(c->txn, c->scope, HISTORY, id,
	    json_own(c->arena,
		json_make("{s:s, s:s, s:s, s:s, s:s, s:s, s:f}", "_id", id, "AlarmName",
		    alarm, "AlarmType", "MetricAlarm", "HistoryItemType", type,
		    "HistorySummary", summary, "HistoryData", json_text(c->arena, data),
		    "Timestamp", (double)c->now_ms / 1000)));
}

static int
is_asked(struct call *c, const json_t *e)
{
	const char *name = in_str(c, "AlarmName"), *type = in_str(c, "HistoryItemType");
	const json_t *types = in_list(c, "AlarmTypes");
	double at = json_num(e, "Timestamp", 0);

	return (name == NULL || strcmp(name, json_str_or(e, "AlarmName", "")) == 0) &&
	    (type == NULL || strcmp(type, json_str_or(e, "HistoryItemType", "")) == 0) &&
	    (json_array_size(types) == 0 || json_has_str(types, "MetricAlarm")) &&
	    !in_has(c, "AlarmContributorId") && at >= json_num(c->in, "StartDate", 0) &&
	    at <= json_num(c->in, "EndDate", at);
}

static int
describe(struct call *c)
{
	int oldest = strcmp(json_str_or(c->in, "ScanBy", "TimestampDescending"),
			 "TimestampAscending") == 0;
	int64_t max = in_int(c, "MaxRecords", PAGE);
	const char *token = in_str(c, "NextToken"), *last = NULL;
	json_t *rows = json_own(c->arena, json_new_array());
	struct store_span span = { .limit = ALL };
	struct store_docs all;

	if (watch_ask(c, watch_alarm_arn(c, "*")) < 0 ||
	    store_range(c->txn, c->scope, HISTORY, &span, &all, &c->err) < 0)
		return -1;
	for (size_t k = 0; k < all.n; k++) {
		json_t *e = all.doc[oldest ? k : all.n - 1 - k];
		const char *id = json_str_or(e, "_id", "");
		int order = token != NULL ? strcmp(id, token) : 0;

		if ((token != NULL && (oldest ? order <= 0 : order >= 0)) ||
		    !is_asked(c, e))
			continue;
		if ((int64_t)json_array_size(rows) == max) {
			out_str(c, "NextToken", last);
			break;
		}
		last = id;
		json_add(rows, json_incref(e));
	}
	out_ref(c, "AlarmHistoryItems", rows);
	return 0;
}

static const struct op ops[] = {
	WATCH("DescribeAlarmHistory", describe, OP_READ, "Show what alarms did."),
};
const struct family cloudwatch_histories = FAMILY(ops, NULL);

/* Tags */

static int
edit(struct call *c, json_t **ret, json_t **ret_tags)
{
	const char *arn = in_str(c, "ResourceARN"), *prefix = watch_alarm_arn(c, "");
	size_t n = strlen(prefix);
	int rc = 0;

	if (watch_ask(c, arn) < 0)
		return -1;
	if (strncmp(arn, prefix, n) == 0)
		rc = store_edit(c->txn, c->scope, cloudwatch_alarm.kind, arn + n, ret,
		    &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &no_resource, "Unknown resource %.200s", arn);
	*ret_tags = json_need_array(*ret, "_tags");
	return 0;
}

static int
tag(struct call *c)
{
	json_t *doc, *tags;

	if (edit(c, &doc, &tags) < 0)
		return -1;
	if (tags_merge(c, tags, in_list(c, "Tags")) < 0) {
		c->err.kind = &watch_bad_value;
		return -1;
	}
	resource_put(c, &cloudwatch_alarm, doc);
	return 0;
}

static int
untag(struct call *c)
{
	json_t *doc, *tags;

	if (edit(c, &doc, &tags) < 0)
		return -1;
	for (size_t i = json_array_size(tags); i-- > 0;) {
		if (json_has_str(in_list(c, "TagKeys"),
			json_str_or(json_array_get(tags, i), "Key", "")))
			json_array_remove(tags, i);
	}
	resource_put(c, &cloudwatch_alarm, doc);
	return 0;
}

static int
list_tags(struct call *c)
{
	json_t *doc, *tags;

	if (edit(c, &doc, &tags) < 0)
		return -1;
	out_ref(c, "Tags", tags);
	return 0;
}

static const struct op tag_ops[] = {
	WATCH("ListTagsForResource", list_tags, OP_READ, "Show an alarm's tags."),
	WATCH("TagResource", tag, 0, "Set tags of an alarm."),
	WATCH("UntagResource", untag, 0, "Remove tags of an alarm."),
};
const struct family cloudwatch_tags = FAMILY(tag_ops, NULL);
