/*
 * CloudWatch: metric alarms: kept, shown, set.
 *
 * Not emulated: alarms on metric math (Metrics), composite and log alarms, anomaly detection: refused.
 */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "control/api/tags.h"
#include "control/services/cloudwatch/cloudwatch.h"

enum { PAGE = 100, MAX_RANGE_S = 86400, MAX_ACTIONS = 5 };

const struct resource cloudwatch_alarm = {
	.service = "cloudwatch",
	.kind = "cloudwatch:alarm",
	.type = "alarm",
	.id_member = "AlarmName",
	.noun = "Alarm",
	.not_found = &watch_not_found,
	.tags_member = "_tags",
	.converge = watch_alarm_converge,
};

char *
watch_alarm_arn(const struct call *c, const char *name)
{
	return arena_printf(c->arena, "arn:aws:cloudwatch:%s:%s:alarm:%s", c->region,
	    c->account, name);
}

/* PutMetricAlarm */

static int
refuse(struct call *c)
{
	static const char *const none[] = { "Metrics", "ThresholdMetricId",
		"EvaluationWindow", "WarmUpConfiguration", "EvaluationCriteria",
		"EvaluationInterval", "ActionConfiguration" };

	for (size_t i = 0; i < COUNT(none); i++) {
		if (in_has(c, none[i]))
			return err_set(&c->err, &watch_invalid,
			    "%s is not supported here.", none[i]);
	}
	return 0;
}

static int
check_word(struct call *c, const char *member, const char *words)
{
	const char *said = json_str(c->in, member);

	if (said == NULL ||
	    (strchr(said, ' ') == NULL &&
		strstr(words, arena_printf(c->arena, " %s ", said)) != NULL))
		return 0;
	return err_set(&c->err, &watch_invalid,
	    "The value %s for parameter %s is not supported.", said, member);
}

static int
check_actions(struct call *c, const char *member)
{
	const json_t *list = in_list(c, member), *v;
	size_t i;

	if (json_array_size(list) > MAX_ACTIONS)
		return err_set(&c->err, &watch_invalid,
		    "The collection %s must not have a size greater than %d.", member,
		    MAX_ACTIONS);
	json_array_foreach(list, i, v) {
		if (strncmp(json_string_value(v), "arn:", 4) != 0)
			return err_set(&c->err, &watch_invalid,
			    "Invalid value for parameter %s: %.200s is no ARN.", member,
			    json_string_value(v));
	}
	return 0;
}

static int
check_alarm(struct call *c)
{
	static const char *const needed[] = { "MetricName", "Namespace", "Period",
		"EvaluationPeriods", "Threshold", "ComparisonOperator" };
	const char *statistic = in_str(c, "Statistic"),
		   *extended = in_str(c, "ExtendedStatistic");
	int64_t period = in_int(c, "Period", 60), n = in_int(c, "EvaluationPeriods", 1),
		m = in_int(c, "DatapointsToAlarm", n);

	for (size_t i = 0; i < COUNT(needed); i++) {
		if (!in_has(c, needed[i]))
			return err_set(&c->err, &watch_invalid,
			    "The parameter %s is required.", needed[i]);
	}
	if ((statistic != NULL) == (extended != NULL) ||
	    !watch_statistic_is(statistic != NULL ? statistic : extended))
		return err_set(&c->err, &watch_invalid,
		    "Exactly one of Statistic and ExtendedStatistic must be specified.");
	if (period != 10 && period != 20 && period != 30 &&
	    (period < 60 || period % 60 != 0))
		return err_set(&c->err, &watch_invalid,
		    "Period must be 10, 20, 30 or a multiple of 60");
	if (n < 1 || m < 1 || m > n || period * n > MAX_RANGE_S)
		return err_set(&c->err, &watch_invalid,
		    "EvaluationPeriods times Period must be at most a day, and DatapointsToAlarm "
		    "between 1 and EvaluationPeriods.");
	if (check_word(c, "ComparisonOperator",
		" GreaterThanOrEqualToThreshold GreaterThanThreshold LessThanThreshold "
		"LessThanOrEqualToThreshold ") < 0 ||
	    check_word(c, "TreatMissingData", " breaching notBreaching ignore missing ") <
		0 ||
	    check_word(c, "EvaluateLowSampleCountPercentile", " evaluate ignore ") < 0)
		return -1;
	return check_actions(c, "OKActions") < 0 || check_actions(c, "AlarmActions") < 0 ?
	    -1 :
	    check_actions(c, "InsufficientDataActions");
}

static int
put_alarm(struct call *c)
{
	static const char *const said[] = { "AlarmDescription", "MetricName", "Namespace",
		"Statistic", "ExtendedStatistic", "Period", "Unit", "EvaluationPeriods",
		"DatapointsToAlarm", "Threshold", "ComparisonOperator",
		"TreatMissingData", "EvaluateLowSampleCountPercentile" };
	static const char *const lists[] = { "OKActions", "AlarmActions",
		"InsufficientDataActions", "Dimensions" };
	static const char *const kept[] = { "StateValue", "StateReason",
		"StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp",
		"_tags", "_due" };
	const char *name = in_str(c, "AlarmName");
	json_t *doc = json_own(c->arena, json_new_object()), *old, *tags;
	int rc;

	if (watch_ask(c, watch_alarm_arn(c, name)) < 0 || refuse(c) < 0 ||
	    check_alarm(c) < 0)
		return -1;
	rc = store_edit(c->txn, c->scope, cloudwatch_alarm.kind, name, &old, &c->err);
	if (rc < 0)
		return -1;
	json_set_str(doc, "AlarmName", name);
	json_set_str(doc, "AlarmArn", watch_alarm_arn(c, name));
	for (size_t i = 0; i < COUNT(said); i++) {
		if (in_has(c, said[i]))
			json_set(doc, said[i], json_copy_deep(json_get(c->in, said[i])));
	}
	for (size_t i = 0; i < COUNT(lists); i++)
		json_set(doc, lists[i],
		    in_has(c, lists[i]) ? json_copy_deep(in_list(c, lists[i])) :
					  json_new_array());
	json_set_bool(doc, "ActionsEnabled", in_bool(c, "ActionsEnabled", 1));
	json_set_num(doc, "AlarmConfigurationUpdatedTimestamp", (double)c->now_ms / 1000);
	for (size_t i = 0; i < COUNT(kept) && rc > 0; i++) {
		if (json_get(old, kept[i]) != NULL)
			json_set(doc, kept[i], json_copy_deep(json_get(old, kept[i])));
	}
	if (rc == 0) {
		tags = json_own(c->arena, json_new_array());
		if (tags_merge(c, tags, in_list(c, "Tags")) < 0) {
			c->err.kind = &watch_invalid;
			return -1;
		}
		json_set(doc, "_tags", json_incref(tags));
		json_set_str(doc, "StateValue", "INSUFFICIENT_DATA");
		json_set_str(doc, "StateReason", "Unchecked: Initial alarm creation");
		json_set_num(doc, "StateUpdatedTimestamp", (double)c->now_ms / 1000);
		json_set_num(doc, "StateTransitionedTimestamp", (double)c->now_ms / 1000);
	}
	watch_note(c, name, "ConfigurationUpdate",
	    arena_printf(c->arena, "Alarm \"%s\" %s", name,
		rc > 0 ? "updated" : "created"),
	    json_own(c->arena,
		json_make("{s:s, s:s}", "version", "1.0", "type",
		    rc > 0 ? "Update" : "Create")));
	resource_put(c, &cloudwatch_alarm, doc);
	return 0;
}

/* DescribeAlarms */

static int
has_action(const json_t *doc, const char *prefix)
{
	static const char *const lists[] = { "OKActions", "AlarmActions",
		"InsufficientDataActions" };
	const json_t *v;
	size_t k;

	for (size_t i = 0; i < COUNT(lists); i++) {
		json_array_foreach(json_get(doc, lists[i]), k, v) {
			if (strncmp(json_string_value(v), prefix, strlen(prefix)) == 0)
				return 1;
		}
	}
	return 0;
}

static int
is_asked(struct call *c, const json_t *doc)
{
	const char *name = json_str_or(doc, "AlarmName", ""),
		   *prefix = in_str(c, "AlarmNamePrefix"),
		   *state = in_str(c, "StateValue"), *action = in_str(c, "ActionPrefix");
	const json_t *names = in_list(c, "AlarmNames"), *types = in_list(c, "AlarmTypes");

	return (json_array_size(names) == 0 || json_has_str(names, name)) &&
	    (prefix == NULL || strncmp(name, prefix, strlen(prefix)) == 0) &&
	    (state == NULL || strcmp(state, json_str_or(doc, "StateValue", "")) == 0) &&
	    (action == NULL || has_action(doc, action)) &&
	    (json_array_size(types) == 0 || json_has_str(types, "MetricAlarm"));
}

static int
describe_alarms(struct call *c)
{
	int64_t max = in_int(c, "MaxRecords", PAGE);
	const char *token = in_str(c, "NextToken"), *last = NULL;
	json_t *rows = json_own(c->arena, json_new_array());
	struct store_docs all;

	if (watch_ask(c, watch_alarm_arn(c, "*")) < 0 ||
	    store_list(c->txn, c->scope, cloudwatch_alarm.kind, &all, &c->err) < 0)
		return -1;
	if (in_has(c, "AlarmNamePrefix") && in_has(c, "AlarmNames"))
		return err_set(&c->err, &watch_invalid,
		    "AlarmNamePrefix and AlarmNames cannot be used together.");
	if (in_has(c, "ChildrenOfAlarmName") || in_has(c, "ParentsOfAlarmName"))
		all.n = 0; /* there are no composite alarms */
	for (size_t i = 0; i < all.n; i++) {
		const char *name = json_str_or(all.doc[i], "AlarmName", "");

		if ((token != NULL && strcmp(name, token) <= 0) ||
		    !is_asked(c, all.doc[i]))
			continue;
		if ((int64_t)json_array_size(rows) == max) {
			out_str(c, "NextToken", last);
			break;
		}
		last = name;
		json_add(rows, json_incref(all.doc[i]));
	}
	out_ref(c, "MetricAlarms", rows);
	out_set(c, "CompositeAlarms", json_new_array());
	return 0;
}

static int
is_of_metric(struct call *c, const json_t *doc)
{
	static const char *const members[] = { "Statistic", "ExtendedStatistic", "Unit" };
	const char *id = watch_metric_id(c->arena, in_str(c, "Namespace"),
	    in_str(c, "MetricName"), in_list(c, "Dimensions"));

	for (size_t i = 0; i < COUNT(members); i++) {
		if (in_has(c, members[i]) &&
		    strcmp(in_str(c, members[i]), json_str_or(doc, members[i], "")) != 0)
			return 0;
	}
	return in_int(c, "Period", json_int(doc, "Period", 0)) ==
	    json_int(doc, "Period", 0) &&
	    strcmp(id,
		watch_metric_id(c->arena, json_str_or(doc, "Namespace", ""),
		    json_str_or(doc, "MetricName", ""), json_get(doc, "Dimensions"))) ==
	    0;
}

static int
describe_for_metric(struct call *c)
{
	json_t *rows = json_own(c->arena, json_new_array());
	struct store_docs all;

	if (watch_ask(c, NULL) < 0 ||
	    store_list(c->txn, c->scope, cloudwatch_alarm.kind, &all, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (is_of_metric(c, all.doc[i]))
			json_add(rows, json_incref(all.doc[i]));
	}
	out_ref(c, "MetricAlarms", rows);
	return 0;
}

/* The others */

static int
edit(struct call *c, const char *name, json_t **ret)
{
	int rc;

	if (watch_ask(c, watch_alarm_arn(c, name)) < 0)
		return -1;
	rc = store_edit(c->txn, c->scope, cloudwatch_alarm.kind, name, ret, &c->err);
	return rc > 0 ? 1 : rc;
}

static int
delete_alarms(struct call *c)
{
	const json_t *v;
	json_t *doc;
	size_t i;

	json_array_foreach(in_list(c, "AlarmNames"), i, v) {
		const char *name = json_string_value(v);
		int rc = edit(c, name, &doc);

		if (rc < 0)
			return -1;
		if (rc == 0)
			return err_set(&c->err, &watch_not_found,
			    "Some alarms do not exist: %s", name);
		watch_note(c, name, "ConfigurationUpdate",
		    arena_printf(c->arena, "Alarm \"%s\" deleted", name),
		    json_own(c->arena,
			json_make("{s:s, s:s}", "version", "1.0", "type", "Delete")));
		resource_delete_doc(c, &cloudwatch_alarm, name);
	}
	return 0;
}

static int
set_enabled(struct call *c, int on)
{
	const json_t *v;
	json_t *doc;
	size_t i;

	json_array_foreach(in_list(c, "AlarmNames"), i, v) {
		int rc = edit(c, json_string_value(v), &doc);

		if (rc < 0)
			return -1;
		if (rc == 0)
			continue; /* as AWS */
		json_set_bool(doc, "ActionsEnabled", on);
		resource_put(c, &cloudwatch_alarm, doc);
	}
	return 0;
}

static int
enable_actions(struct call *c)
{
	return set_enabled(c, 1);
}

static int
disable_actions(struct call *c)
{
	return set_enabled(c, 0);
}

void
watch_set_state(struct call *c, json_t *doc, const char *state, const char *reason,
    const char *data)
{
	const char *name = json_str_or(doc, "AlarmName", ""),
		   *was = arena_strdup(c->arena, json_str_or(doc, "StateValue", ""));
	const char *list = strcmp(state, "ALARM") == 0 ? "AlarmActions" :
	    strcmp(state, "OK") == 0		       ? "OKActions" :
							 "InsufficientDataActions";

	json_set_str(doc, "StateReason", reason);
	json_del(doc, "StateReasonData");
	json_set_str(doc, "StateReasonData", data);
	json_set_num(doc, "StateUpdatedTimestamp", (double)c->now_ms / 1000);
	if (strcmp(was, state) == 0)
		return;
	json_set_str(doc, "StateValue", state);
	json_set_num(doc, "StateTransitionedTimestamp", (double)c->now_ms / 1000);
	if (json_bool(doc, "ActionsEnabled", 0) &&
	    json_array_size(json_get(doc, list)) > 0)
		json_set(doc, "_due", json_copy_deep(json_get(doc, list)));
	watch_note(c, name, "StateUpdate",
	    arena_printf(c->arena, "Alarm updated from %s to %s", was, state),
	    json_own(c->arena,
		json_make("{s:s, s:{s:s}, s:{s:s, s:s}}", "version", "1.0", "oldState",
		    "stateValue", was, "newState", "stateValue", state, "stateReason",
		    reason)));
}

static int
set_state(struct call *c)
{
	const char *name = in_str(c, "AlarmName"), *data = in_str(c, "StateReasonData");
	static const struct err_kind bad_format = { "InvalidFormat", 400 };
	struct err ignored;
	json_t *doc, *parsed;
	int rc = edit(c, name, &doc);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &watch_not_found, "Alarm %s does not exist",
		    name);
	if (data != NULL &&
	    json_read_in(c->arena, data, strlen(data), &parsed, &ignored) < 0)
		return err_set(&c->err, &bad_format,
		    "StateReasonData is not valid JSON.");
	watch_set_state(c, doc, in_str(c, "StateValue"), in_str(c, "StateReason"), data);
	resource_put(c, &cloudwatch_alarm, doc);
	return 0;
}

static const struct op ops[] = {
	WATCH("DeleteAlarms", delete_alarms, 0, "Remove alarms."),
	WATCH("DescribeAlarms", describe_alarms, OP_READ, "List alarms."),
	WATCH("DescribeAlarmsForMetric", describe_for_metric, OP_READ,
	    "List a metric's alarms."),
	WATCH("DisableAlarmActions", disable_actions, 0, "Let alarms do nothing."),
	WATCH("EnableAlarmActions", enable_actions, 0, "Let alarms act."),
	WATCH("PutMetricAlarm", put_alarm, 0, "Watch a metric."),
	WATCH("SetAlarmState", set_state, 0,
	    "Set an alarm's state until it is evaluated."),
};
static const struct resource *const resources[] = { &cloudwatch_alarm, NULL };
const struct family cloudwatch_alarms = FAMILY(ops, resources);
