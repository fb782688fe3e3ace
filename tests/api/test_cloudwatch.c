/*
 * CloudWatch: metrics that are put and read, alarms that are evaluated and act.
 */
#include <stdlib.h>
#include <string.h>

#include "control/plane/reconcile.h"
#include "tests/api/fixture.h"

static json_t *
ok(struct fixture *f, const char *op, const char *params)
{
	return fixture_ok(f, "cloudwatch", op, "%s", params);
}

static void
put(struct fixture *f, const char *data)
{
	fixture_ok(f, "cloudwatch", "PutMetricData",
	    "{\"Namespace\":\"App\",\"MetricData\":[%s]}", data);
}

/* At "Datapoints.0.Sum". */
static void
number_is(const json_t *v, const char *path, double want)
{
	char *copy = strdup(path), *at = copy, *part;

	assert_non_null(copy);
	while (v != NULL && (part = strsep(&at, ".")) != NULL)
		v = json_is_array(v) ?
		    json_array_get(v, (size_t)strtoul(part, NULL, 10)) :
		    json_get(v, part);
	free(copy);
	if (!json_is_number(v))
		fail_msg("%s is no number", path);
	if (json_number_value(v) - want > 1e-9 || want - json_number_value(v) > 1e-9)
		fail_msg("%s is %g, not %g", path, json_number_value(v), want);
}

static void
what_is_put_is_read(void **state)
{
	struct fixture *f = *state;
	json_t *v;

	put(f,
	    "{\"MetricName\":\"m\",\"Value\":1,\"Unit\":\"Count\"},"
	    "{\"MetricName\":\"m\",\"Value\":3,\"Unit\":\"Count\"},"
	    "{\"MetricName\":\"m\",\"Values\":[5,7],\"Counts\":[1,2],\"Unit\":\"Count\","
	    "\"Timestamp\":1767225480},"
	    "{\"MetricName\":\"m\",\"StatisticValues\":{\"SampleCount\":2,\"Sum\":10,"
	    "\"Minimum\":4,\"Maximum\":6},\"Dimensions\":[{\"Name\":\"b\",\"Value\":\"2\"},"
	    "{\"Name\":\"a\",\"Value\":\"1\"}]}");
	v = ok(f, "GetMetricStatistics",
	    "{\"Namespace\":\"App\",\"MetricName\":\"m\",\"StartTime\":1767225300,\"EndTime\":"
	    "1767225900,\"Period\":60,\"Statistics\":[\"Sum\",\"Average\",\"Minimum\",\"Maximum\","
	    "\"SampleCount\"],\"ExtendedStatistics\":[\"p50\"]}");
	assert_int_equal(json_array_size(json_get(v, "Datapoints")), 2);
	number_is(v, "Datapoints.0.Sum", 19);
	number_is(v, "Datapoints.0.SampleCount", 3);
	number_is(v, "Datapoints.0.Maximum", 7);
	number_is(v, "Datapoints.0.ExtendedStatistics.p50", 7);
	number_is(v, "Datapoints.1.Average", 2);
	number_is(v, "Datapoints.1.ExtendedStatistics.p50", 2);
	fixture_is(v, "Datapoints.1.Unit", "Count");
	/* A wider period takes both; another unit has none. */
	v = ok(f, "GetMetricStatistics",
	    "{\"Namespace\":\"App\",\"MetricName\":\"m\",\"StartTime\":1767222000,\"EndTime\":"
	    "1767229200,\"Period\":7200,\"Statistics\":[\"Sum\"]}");
	number_is(v, "Datapoints.0.Sum", 23);
	v = ok(f, "GetMetricStatistics",
	    "{\"Namespace\":\"App\",\"MetricName\":\"m\",\"StartTime\":1767225300,\"EndTime\":"
	    "1767225900,\"Period\":60,\"Statistics\":[\"Sum\"],\"Unit\":\"Bytes\"}");
	assert_int_equal(json_array_size(json_get(v, "Datapoints")), 0);
	/* Whatever the order of the dimensions, it is that metric. */
	v = ok(f, "GetMetricStatistics",
	    "{\"Namespace\":\"App\",\"MetricName\":\"m\",\"StartTime\":1767225300,\"EndTime\":"
	    "1767225900,\"Period\":60,\"Statistics\":[\"Average\"],\"Dimensions\":[{\"Name\":\"a\","
	    "\"Value\":\"1\"},{\"Name\":\"b\",\"Value\":\"2\"}]}");
	number_is(v, "Datapoints.0.Average", 5);
	v = ok(f, "ListMetrics", "{\"Namespace\":\"App\"}");
	assert_int_equal(json_array_size(json_get(v, "Metrics")), 2);
	v = ok(f, "ListMetrics", "{\"Dimensions\":[{\"Name\":\"a\"}]}");
	assert_int_equal(json_array_size(json_get(v, "Metrics")), 1);
	f->now_ms += 4 * 3600 * 1000;
	v = ok(f, "ListMetrics", "{\"RecentlyActive\":\"PT3H\"}");
	assert_int_equal(json_array_size(json_get(v, "Metrics")), 0);
}

#define STAT(name_)                                                                 \
	"\"MetricStat\":{\"Metric\":{\"Namespace\":\"App\",\"MetricName\":\"" name_ \
	"\"},\"Period\":60,\"Stat\":\"Sum\"}"
#define DATA(queries_)                                                 \
	"{\"StartTime\":1767225000,\"EndTime\":1767225900,\"ScanBy\":" \
	"\"TimestampAscending\",\"MetricDataQueries\":[" queries_ "]}"

static void
queries_compute(void **state)
{
	static const char *const wrong[] = { "a +", "a + z", "(a", "SUM(a)", "2 + 3",
		"a b", "e" };
	struct fixture *f = *state;
	json_t *v;

	put(f,
	    "{\"MetricName\":\"a\",\"Value\":6},{\"MetricName\":\"b\",\"Value\":4},"
	    "{\"MetricName\":\"a\",\"Value\":10,\"Timestamp\":1767225480}");
	v = ok(f, "GetMetricData",
	    DATA("{\"Id\":\"a\"," STAT("a") "},{\"Id\":\"b\",\"ReturnData\":false," STAT(
		"b") "},{\"Id\":\"e\",\"Expression\":\"100 * b / (a + b)\",\"Label\":\"share\"}"));
	assert_int_equal(json_array_size(json_get(v, "MetricDataResults")), 2);
	number_is(v, "MetricDataResults.0.Values.0", 10);
	number_is(v, "MetricDataResults.0.Values.1", 6);
	fixture_is(v, "MetricDataResults.1.Label", "share");
	assert_int_equal(json_array_size(
			     json_get(json_array_get(json_get(v, "MetricDataResults"), 1),
				 "Values")),
	    1);
	number_is(v, "MetricDataResults.1.Values.0", 40);
	for (size_t i = 0; i < COUNT(wrong); i++)
		fixture_fails(f, "ValidationError", "cloudwatch", "GetMetricData",
		    DATA("{\"Id\":\"a\"," STAT(
			"a") "},{\"Id\":\"e\",\"Expression\":\"%s\"}"),
		    wrong[i]);
}

#define ALARM                                                                                 \
	"\"AlarmName\":\"high\",\"Namespace\":\"App\",\"MetricName\":\"load\",\"Statistic\":" \
	"\"Average\",\"Period\":60,\"ComparisonOperator\":\"GreaterThanThreshold\","          \
	"\"Threshold\":50"

static const json_t *
alarm(struct fixture *f)
{
	return json_array_get(json_get(ok(f, "DescribeAlarms",
					   "{\"AlarmNames\":[\"high\"]}"),
				  "MetricAlarms"),
	    0);
}

static const json_t *
look(struct fixture *f)
{
	struct engine *engine = f->env.engine;

	f->env.engine = NULL;
	for (int i = 0; i < 3; i++)
		(void)reconcile_pass(&f->env);
	f->env.engine = engine;
	return alarm(f);
}

static void
an_alarm_follows_its_metric(void **state)
{
	struct fixture *f = *state;
	const json_t *v;

	ok(f, "PutMetricAlarm",
	    "{" ALARM
	    ",\"EvaluationPeriods\":2,\"AlarmActions\":[\"arn:aws:sns:us-east-1:"
	    "000000000000:t\"],\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}");
	fixture_is(look(f), "StateValue", "INSUFFICIENT_DATA");
	put(f, "{\"MetricName\":\"load\",\"Value\":90}");
	f->now_ms += 60000;
	fixture_is(look(f), "StateValue", "OK");
	put(f, "{\"MetricName\":\"load\",\"Value\":70}");
	f->now_ms += 60000;
	v = look(f);
	fixture_is(v, "StateValue", "ALARM");
	assert_non_null(
	    strstr(fixture_text(v, "StateReason"), "Threshold Crossed: 2 out of"));
	v = ok(f, "DescribeAlarmHistory",
	    "{\"AlarmName\":\"high\",\"HistoryItemType\":\"Action\"}");
	assert_int_equal(json_array_size(json_get(v, "AlarmHistoryItems")), 1);
	assert_non_null(strstr(fixture_text(v, "AlarmHistoryItems.0.HistorySummary"),
	    "Failed to execute action arn:aws:sns"));
	v = ok(f, "DescribeAlarmHistory",
	    "{\"AlarmName\":\"high\",\"HistoryItemType\":\"StateUpdate\"}");
	assert_int_equal(json_array_size(json_get(v, "AlarmHistoryItems")), 2);
	/* Old data do not hold it. */
	f->now_ms += 600000;
	fixture_is(look(f), "StateValue", "INSUFFICIENT_DATA");
	/* Set by hand, it is what it was set to until the next look. */
	ok(f, "SetAlarmState",
	    "{\"AlarmName\":\"high\",\"StateValue\":\"OK\",\"StateReason\":"
	    "\"me\"}");
	fixture_is(alarm(f), "StateReason", "me");
	v = ok(f, "DescribeAlarmsForMetric",
	    "{\"Namespace\":\"App\",\"MetricName\":\"load\"}");
	assert_int_equal(json_array_size(json_get(v, "MetricAlarms")), 1);
	v = fixture_ok(f, "cloudwatch", "ListTagsForResource",
	    "{\"ResourceARN\":\"arn:aws:cloudwatch:us-east-1:000000000000:alarm:high\"}");
	fixture_is(v, "Tags.0.Value", "b");
	ok(f, "DeleteAlarms", "{\"AlarmNames\":[\"high\"]}");
	fixture_fails(f, "ResourceNotFound", "cloudwatch", "DeleteAlarms",
	    "{\"AlarmNames\":[\"high\"]}");
	assert_null(alarm(f));
}

static void
missing_data_are_what_is_said(void **state)
{
	static const struct {
		const char *treat, *state;
	} rows[] = { { "missing", "INSUFFICIENT_DATA" }, { "notBreaching", "OK" },
		{ "breaching", "ALARM" }, { "ignore", "INSUFFICIENT_DATA" } };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		fixture_ok(f, "cloudwatch", "PutMetricAlarm",
		    "{" ALARM ",\"EvaluationPeriods\":3,\"DatapointsToAlarm\":2,"
		    "\"TreatMissingData\":\"%s\"}",
		    rows[i].treat);
		fixture_is(look(f), "StateValue", rows[i].state);
		ok(f, "DeleteAlarms", "{\"AlarmNames\":[\"high\"]}");
	}
}

static void
an_alarm_acts(void **state)
{
	struct fixture *f = *state;
	const json_t *v;

	fixture_ok(f, "autoscaling", "CreateLaunchConfiguration",
	    "{\"LaunchConfigurationName\":\"lc\",\"ImageId\":\"%s\",\"InstanceType\":\"t3.micro\"}",
	    fixture_text(fixture_ok(f, "ec2", "DescribeImages", "{}"),
		"Images.0.ImageId"));
	fixture_ok(f, "autoscaling", "CreateAutoScalingGroup",
	    "{\"AutoScalingGroupName\":\"g\",\"LaunchConfigurationName\":\"lc\",\"MinSize\":0,"
	    "\"MaxSize\":5,\"DesiredCapacity\":0,\"AvailabilityZones\":[\"us-east-1a\"]}");
	v = fixture_ok(f, "autoscaling", "PutScalingPolicy",
	    "{\"AutoScalingGroupName\":\"g\",\"PolicyName\":\"up\",\"AdjustmentType\":"
	    "\"ChangeInCapacity\",\"ScalingAdjustment\":2}");
	fixture_ok(f, "cloudwatch", "PutMetricAlarm",
	    "{" ALARM ",\"EvaluationPeriods\":1,\"AlarmActions\":[\"%s\"]}",
	    fixture_text(v, "PolicyARN"));
	put(f, "{\"MetricName\":\"load\",\"Value\":90}");
	fixture_is(look(f), "StateValue", "ALARM");
	v = fixture_ok(f, "autoscaling", "DescribeAutoScalingGroups", "{}");
	fixture_is(v, "AutoScalingGroups.0.DesiredCapacity", "2");
	v = ok(f, "DescribeAlarmHistory",
	    "{\"AlarmName\":\"high\",\"HistoryItemType\":\"Action\"}");
	assert_non_null(strstr(fixture_text(v, "AlarmHistoryItems.0.HistorySummary"),
	    "Successfully executed action"));
	/* Without its actions it only says so. */
	ok(f, "DisableAlarmActions", "{\"AlarmNames\":[\"high\"]}");
	f->now_ms += 600000;
	(void)look(f);
	put(f, "{\"MetricName\":\"load\",\"Value\":90}");
	fixture_is(look(f), "StateValue", "ALARM");
	v = fixture_ok(f, "autoscaling", "DescribeAutoScalingGroups", "{}");
	fixture_is(v, "AutoScalingGroups.0.DesiredCapacity", "2");
}

static void
wrong_input_is_refused(void **state)
{
	static const struct {
		const char *code, *op, *params;
	} rows[] = {
		{ "InvalidParameterValue", "PutMetricData",
		    "{\"Namespace\":\"AWS/EC2\",\"MetricData\":[{\"MetricName\":\"m\",\"Value\":1}]}" },
		{ "MissingParameter", "PutMetricData", "{\"Namespace\":\"App\"}" },
		{ "MissingParameter", "PutMetricData",
		    "{\"Namespace\":\"App\",\"MetricData\":[{\"MetricName\":\"m\"}]}" },
		{ "InvalidParameterCombination", "PutMetricData",
		    "{\"Namespace\":\"App\",\"MetricData\":[{\"MetricName\":\"m\",\"Value\":1,"
		    "\"Values\":[1]}]}" },
		{ "InvalidParameterValue", "PutMetricData",
		    "{\"Namespace\":\"App\",\"MetricData\":[{\"MetricName\":\"m\",\"Values\":[1],"
		    "\"Counts\":[1,2]}]}" },
		{ "InvalidParameterValue", "PutMetricData",
		    "{\"Namespace\":\"App\",\"MetricData\":[{\"MetricName\":\"m\",\"Value\":1,"
		    "\"Timestamp\":1700000000}]}" },
		{ "InvalidParameterValue", "PutMetricData",
		    "{\"Namespace\":\"App\",\"MetricData\":[{\"MetricName\":\"m\",\"Value\":1,"
		    "\"StorageResolution\":7}]}" },
		{ "InvalidParameterValue", "GetMetricStatistics",
		    "{\"Namespace\":\"App\",\"MetricName\":\"m\",\"StartTime\":1,\"EndTime\":2,"
		    "\"Period\":61,\"Statistics\":[\"Sum\"]}" },
		{ "InvalidParameterCombination", "GetMetricStatistics",
		    "{\"Namespace\":\"App\",\"MetricName\":\"m\",\"StartTime\":2,\"EndTime\":1,"
		    "\"Period\":60,\"Statistics\":[\"Sum\"]}" },
		{ "InvalidParameterCombination", "GetMetricStatistics",
		    "{\"Namespace\":\"App\",\"MetricName\":\"m\",\"StartTime\":0,\"EndTime\":"
		    "1000000,\"Period\":60,\"Statistics\":[\"Sum\"]}" },
		{ "MissingParameter", "GetMetricStatistics",
		    "{\"Namespace\":\"App\",\"MetricName\":\"m\",\"StartTime\":1,\"EndTime\":2,"
		    "\"Period\":60}" },
		{ "ValidationError", "PutMetricAlarm", "{\"AlarmName\":\"a\"}" },
		{ "ValidationError", "PutMetricAlarm",
		    "{" ALARM ",\"EvaluationPeriods\":1,\"ExtendedStatistic\":\"p9\"}" },
		{ "ValidationError", "PutMetricAlarm",
		    "{" ALARM ",\"EvaluationPeriods\":1,\"DatapointsToAlarm\":2}" },
		{ "ValidationError", "PutMetricAlarm",
		    "{" ALARM ",\"EvaluationPeriods\":1,\"TreatMissingData\":\"no\"}" },
		{ "ValidationError", "PutMetricAlarm",
		    "{" ALARM
		    ",\"EvaluationPeriods\":1,\"AlarmActions\":[\"mail me\"]}" },
		{ "ValidationError", "PutMetricAlarm",
		    "{" ALARM ",\"EvaluationPeriods\":1441}" },
		{ "ResourceNotFound", "SetAlarmState",
		    "{\"AlarmName\":\"none\",\"StateValue\":\"OK\",\"StateReason\":\"r\"}" },
		{ "ResourceNotFoundException", "ListTagsForResource",
		    "{\"ResourceARN\":\"arn:aws:cloudwatch:us-east-1:000000000000:alarm:none\"}" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		fixture_fails(f, rows[i].code, "cloudwatch", rows[i].op, "%s",
		    rows[i].params);
	assert_int_equal(json_array_size(json_get(ok(f, "ListMetrics", "{}"), "Metrics")),
	    0);
}

int
main(void)
{
#define T(test_) cmocka_unit_test_setup_teardown(test_, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(what_is_put_is_read),
		T(queries_compute),
		T(an_alarm_follows_its_metric),
		T(missing_data_are_what_is_said),
		cmocka_unit_test_setup_teardown(an_alarm_acts, fixture_setup_standard,
		    fixture_teardown),
		T(wrong_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
