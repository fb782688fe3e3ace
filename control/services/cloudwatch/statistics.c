/*
 * CloudWatch: GetMetricStatistics and GetMetricData.
 *
 * Of metric math there is arithmetic (+ - * / and parentheses, numbers and ids of other queries); functions and
 * SEARCH are refused.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "control/services/cloudwatch/cloudwatch.h"

/* The end of the year 9999. */
static const double max_time_s = 253402300799.0;

enum { MAX_POINTS = 1440, MAX_QUERIES = 500, MAX_DATA_POINTS = 100800, DEPTH = 50 };

static int
check_period(struct call *c, int64_t period)
{
	if (period == 1 || period == 5 || period == 10 || period == 20 || period == 30 ||
	    (period > 0 && period % 60 == 0))
		return 0;
	return err_set(&c->err, &watch_bad_value,
	    "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.");
}

/* StartTime and EndTime: 0, or -1 when no calendar has them. */
static int
read_times(struct call *c, int64_t *ret_from, int64_t *ret_until)
{
	static const char *const members[] = { "StartTime", "EndTime" };

	for (size_t i = 0; i < COUNT(members); i++) {
		double at = json_num(c->in, members[i], 0);

		if (!(at >= 0 && at <= max_time_s))
			return err_set(&c->err, &watch_bad_value,
			    "The value for parameter %s is invalid.", members[i]);
		*(i == 0 ? ret_from : ret_until) = (int64_t)at;
	}
	return 0;
}

static int
check_times(struct call *c, const struct watch_query *q, int64_t max)
{
	if (q->from_s >= q->until_s)
		return err_set(&c->err, &watch_bad_combination,
		    "The parameter StartTime must be less than the parameter EndTime.");
	if ((q->until_s - q->from_s) / q->period_s > max)
		return err_set(&c->err, &watch_bad_combination,
		    "You have requested up to %lld datapoints, which exceeds the limit of %lld.",
		    (long long)((q->until_s - q->from_s) / q->period_s), (long long)max);
	return 0;
}

static int
check_names(struct call *c, const json_t *names, int is_extended)
{
	const json_t *v;
	size_t i;

	json_array_foreach(names, i, v) {
		const char *name = json_string_value(v);

		if (!watch_statistic_is(name) || (name[0] == 'p') != is_extended)
			return err_set(&c->err, &watch_bad_value,
			    "The value %s for parameter %s is not supported.", name,
			    is_extended ? "ExtendedStatistics" : "Statistics");
	}
	return 0;
}

static int
get_statistics(struct call *c)
{
	const json_t *plain = in_list(c, "Statistics"),
		     *extended = in_list(c, "ExtendedStatistics"), *v;
	struct watch_query q = { .period_s = in_int(c, "Period", 60),
		.unit = in_str(c, "Unit") };
	json_t *rows = json_own(c->arena, json_new_array());
	struct watch_bucket *found;
	size_t n, i;

	if (watch_ask(c, NULL) < 0 || read_times(c, &q.from_s, &q.until_s) < 0 ||
	    check_period(c, q.period_s) < 0 || check_times(c, &q, MAX_POINTS) < 0 ||
	    check_names(c, plain, 0) < 0 || check_names(c, extended, 1) < 0)
		return -1;
	/* CloudWatch API: the time is rounded down to a minute. */
	if (q.period_s % 60 == 0)
		q.from_s -= q.from_s % 60;
	if (json_array_size(plain) + json_array_size(extended) == 0)
		return err_set(&c->err, &watch_missing,
		    "Must specify either Statistics or ExtendedStatistics");
	q.metric = watch_metric_id(c->arena, in_str(c, "Namespace"),
	    in_str(c, "MetricName"), in_list(c, "Dimensions"));
	if (watch_read(c->txn, c->arena, c->scope, &q, &found, &n, &c->err) < 0)
		return -1;
	for (size_t k = 0; k < n; k++) {
		json_t *row = json_add_object(rows);
		double value;

		json_set_int(row, "Timestamp", found[k].at_s);
		json_set_str(row, "Unit", found[k].unit);
		json_array_foreach(plain, i, v) {
			if (watch_statistic(&found[k], json_string_value(v), &value))
				json_set_num(row, json_string_value(v), value);
		}
		json_array_foreach(extended, i, v) {
			if (watch_statistic(&found[k], json_string_value(v), &value))
				json_set_num(json_need_object(row, "ExtendedStatistics"),
				    json_string_value(v), value);
		}
	}
	out_str(c, "Label", in_str(c, "MetricName"));
	out_ref(c, "Datapoints", rows);
	return 0;
}

/* GetMetricData: series are {"TIME": value} */

struct data {
	struct call *c;
	const json_t *queries;
	json_t *series; /* {id: series} */
	int64_t from_s, until_s;
};

static int series_of(struct data *d, const char *id, int depth, json_t **ret);

static int
read_metric(struct data *d, const json_t *stat, json_t **ret)
{
	struct call *c = d->c;
	const json_t *metric = json_get(stat, "Metric");
	const char *name = json_str_or(stat, "Stat", "");
	struct watch_query q = { .from_s = d->from_s,
		.until_s = d->until_s,
		.period_s = json_int(stat, "Period", 60),
		.unit = json_str(stat, "Unit") };
	struct watch_bucket *found;
	size_t n;

	if (!watch_statistic_is(name))
		return err_set(&c->err, &watch_invalid,
		    "The value %s for parameter MetricDataQueries.member.MetricStat.Stat is not "
		    "supported.",
		    name);
	if (check_period(c, q.period_s) < 0 || check_times(c, &q, MAX_DATA_POINTS) < 0)
		return -1;
	q.from_s -= q.from_s % q.period_s;
	q.metric = watch_metric_id(c->arena, json_str_or(metric, "Namespace", ""),
	    json_str_or(metric, "MetricName", ""), json_get(metric, "Dimensions"));
	if (watch_read(c->txn, c->arena, c->scope, &q, &found, &n, &c->err) < 0)
		return -1;
	*ret = json_own(c->arena, json_new_object());
	for (size_t i = 0; i < n; i++) {
		double value;

		if (watch_statistic(&found[i], name, &value))
			json_set_num(*ret,
			    arena_printf(c->arena, "%012lld", (long long)found[i].at_s),
			    value);
	}
	return 0;
}

/* Arithmetic */

struct term {
	json_t *series; /* NULL: a number */
	double number;
};

struct parser {
	struct data *d;
	const char *p;
	int depth;
};

static int parse_sum(struct parser *in, struct term *ret);

static void
skip(struct parser *in)
{
	in->p += strspn(in->p, " \t");
}

static int
bad_expression(struct parser *in)
{
	return err_set(&in->d->c->err, &watch_invalid,
	    "Error in expression near '%.40s': only + - * / of numbers and ids are supported here.",
	    in->p);
}

static int
parse_atom(struct parser *in, struct term *ret)
{
	char *end;
	size_t n;
	int rc;

	skip(in);
	*ret = (struct term){ NULL, 0 };
	if (++in->depth > DEPTH)
		return bad_expression(in);
	if (*in->p == '(') {
		in->p++;
		rc = parse_sum(in, ret);
		skip(in);
		if (rc == 0 && *in->p != ')')
			return bad_expression(in);
		in->p += rc == 0;
		return rc;
	}
	if (*in->p == '-') {
		in->p++;
		rc = parse_atom(in, ret);
		if (rc == 0 && ret->series != NULL)
			return bad_expression(in);
		ret->number = -ret->number;
		return rc;
	}
	if (*in->p >= '0' && *in->p <= '9') {
		ret->number = strtod(in->p, &end);
		in->p = end;
		return 0;
	}
	n = strspn(in->p,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	if (n == 0 || in->p[n] == '(')
		return bad_expression(in);
	rc = series_of(in->d, arena_strndup(in->d->c->arena, in->p, n), in->depth,
	    &ret->series);
	in->p += n;
	return rc;
}

static double
apply(char op, double a, double b)
{
	return op == '+' ? a + b : op == '-' ? a - b : op == '*' ? a * b : a / b;
}

/* Where both have a value; what cannot be divided has none. */
static void
combine(struct parser *in, char op, struct term *a, const struct term *b)
{
	json_t *out;
	const char *at;
	const json_t *v;

	if (a->series == NULL && b->series == NULL) {
		a->number = apply(op, a->number, b->number);
		return;
	}
	out = json_own(in->d->c->arena, json_new_object());
	json_object_foreach(a->series != NULL ? a->series : b->series, at, v) {
		double x = a->series != NULL ? json_number_value(v) : a->number, y, value;

		if (b->series != NULL && json_get(b->series, at) == NULL)
			continue;
		y = b->series != NULL ? json_num(b->series, at, 0) : b->number;
		value = apply(op, x, y);
		if (isfinite(value))
			json_set_num(out, at, value);
	}
	a->series = out;
}

static int
parse_product(struct parser *in, struct term *ret)
{
	struct term b;

	if (parse_atom(in, ret) < 0)
		return -1;
	for (skip(in); *in->p == '*' || *in->p == '/'; skip(in)) {
		char op = *in->p++;

		if (parse_atom(in, &b) < 0)
			return -1;
		combine(in, op, ret, &b);
	}
	return 0;
}

static int
parse_sum(struct parser *in, struct term *ret)
{
	struct term b;

	if (parse_product(in, ret) < 0)
		return -1;
	for (skip(in); *in->p == '+' || *in->p == '-'; skip(in)) {
		char op = *in->p++;

		if (parse_product(in, &b) < 0)
			return -1;
		combine(in, op, ret, &b);
	}
	return 0;
}

static int
evaluate(struct data *d, const char *expression, int depth, json_t **ret)
{
	struct parser in = { d, expression, depth };
	struct term t;

	if (parse_sum(&in, &t) < 0)
		return -1;
	if (*in.p != '\0')
		return bad_expression(&in);
	if (t.series == NULL)
		return err_set(&d->c->err, &watch_invalid,
		    "The expression %.100s is no time series.", expression);
	*ret = t.series;
	return 0;
}

static const json_t *
query_of(const struct data *d, const char *id)
{
	const json_t *q;
	size_t i;

	json_array_foreach(d->queries, i, q) {
		if (strcmp(json_str_or(q, "Id", ""), id) == 0)
			return q;
	}
	return NULL;
}

static int
series_of(struct data *d, const char *id, int depth, json_t **ret)
{
	const json_t *q = query_of(d, id), *stat = json_get(q, "MetricStat");
	const char *expression = json_str(q, "Expression");
	int rc;

	*ret = json_get(d->series, id);
	if (*ret != NULL)
		return 0;
	if (q == NULL || depth > DEPTH)
		return err_set(&d->c->err, &watch_invalid,
		    "Error in expression: Undefined variable %.100s.", id);
	if ((stat != NULL) == (expression != NULL))
		return err_set(&d->c->err, &watch_invalid,
		    "Exactly one of MetricStat and Expression must be specified for %s.",
		    id);
	rc = stat != NULL ? read_metric(d, stat, ret) :
			    evaluate(d, expression, depth + 1, ret);
	if (rc == 0)
		json_set(d->series, id, json_incref(*ret));
	return rc;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
add_result(struct data *d, json_t *rows, const json_t *q, const json_t *series,
    int oldest)
{
	struct call *c = d->c;
	size_t n = json_object_size(series), i = 0;
	const char **times = arena_calloc(c->arena, n + 1, sizeof(*times)), *at;
	const char *label = json_str(q, "Label");
	json_t *row = json_add_object(rows);
	const json_t *v;

	if (label == NULL)
		label = json_str_or(json_get(json_get(q, "MetricStat"), "Metric"),
		    "MetricName", json_str_or(q, "Id", ""));
	json_set_str(row, "Id", json_str(q, "Id"));
	json_set_str(row, "Label", label);
	json_set_str(row, "StatusCode", "Complete");
	json_need_array(row, "Timestamps");
	json_need_array(row, "Values");
	json_object_foreach((json_t *)(uintptr_t)series, at, v)
		times[i++] = at;
	qsort(times, n, sizeof(*times), by_text);
	for (i = 0; i < n; i++) {
		const char *t = times[oldest ? i : n - 1 - i];

		json_add(json_get(row, "Timestamps"), json_new_int(strtoll(t, NULL, 10)));
		json_add(json_get(row, "Values"), json_new_num(json_num(series, t, 0)));
	}
}

static int
get_data(struct call *c)
{
	struct data d = { .c = c,
		.queries = in_list(c, "MetricDataQueries"),
		.series = json_own(c->arena, json_new_object()) };
	json_t *rows = json_own(c->arena, json_new_array());
	int oldest = strcmp(json_str_or(c->in, "ScanBy", "TimestampDescending"),
			 "TimestampAscending") == 0;
	const json_t *q;
	size_t i;

	if (watch_ask(c, NULL) < 0 || read_times(c, &d.from_s, &d.until_s) < 0)
		return -1;
	if (json_array_size(d.queries) > MAX_QUERIES)
		return err_set(&c->err, &watch_invalid,
		    "The collection MetricDataQueries must not have a size greater than %d.",
		    MAX_QUERIES);
	if (in_has(c, "NextToken") || in_int(c, "MaxDatapoints", MAX_DATA_POINTS) < 1)
		return err_set(&c->err, &watch_bad_value,
		    "The paging parameters are invalid.");
	if (in_has(c, "LabelOptions"))
		return err_set(&c->err, &watch_invalid,
		    "LabelOptions is not supported here.");
	json_array_foreach(d.queries, i, q) {
		json_t *series;

		if (json_get(q, "AccountId") != NULL &&
		    strcmp(json_str_or(q, "AccountId", ""), c->account) != 0)
			return err_set(&c->err, &watch_invalid,
			    "Metrics of other accounts are not supported here.");
		if (series_of(&d, json_str_or(q, "Id", ""), 0, &series) < 0)
			return -1;
		if (json_bool(q, "ReturnData", 1))
			add_result(&d, rows, q, series, oldest);
	}
	out_ref(c, "MetricDataResults", rows);
	out_set(c, "Messages", json_new_array());
	return 0;
}

static const struct op ops[] = {
	WATCH("GetMetricData", get_data, OP_READ,
	    "Show metrics, and what is computed of them."),
	WATCH("GetMetricStatistics", get_statistics, OP_READ,
	    "Show a metric's statistics."),
};
const struct family cloudwatch_statistics = FAMILY(ops, NULL);
