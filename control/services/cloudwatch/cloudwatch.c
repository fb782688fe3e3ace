/*
 * CloudWatch: metrics that are put, and what is in them.
 *
 * Not emulated: composite alarms, anomaly detection, dashboards, insight rules, metric streams (501); points are kept
 * as they came, however old.
 */
#include "control/services/cloudwatch/cloudwatch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"

const struct err_kind watch_bad_value = { "InvalidParameterValue", 400 };
const struct err_kind watch_bad_combination = { "InvalidParameterCombination", 400 };
const struct err_kind watch_missing = { "MissingParameter", 400 };
const struct err_kind watch_invalid = { "ValidationError", 400 };
const struct err_kind watch_not_found = { "ResourceNotFound", 404 };

#define METRIC "cloudwatch:metric"

enum {
	HOUR_S = 3600,
	MAX_DATA = 1000,
	MAX_VALUES = 150,
	MAX_DIMENSIONS = 30,
	DAY_S = 86400,
	PAGE = 500,
	SPAN = 200,
	ACTIVE_MS = 3 * 3600 * 1000
};

/* It signs as "monitoring", and is called cloudwatch everywhere else. */
static int
watch_ask_with(struct call *c, const char *arn, const json_t *context)
{
	const struct auth_question q = {
		.action = arena_printf(c->arena, "cloudwatch:%s", c->op->name),
		.resource = arn != NULL ? arn : "*",
		.context = context,
	};

	return call_ask(c, &q);
}

int
watch_ask(struct call *c, const char *arn)
{
	return watch_ask_with(c, arn, NULL);
}

/* Metrics */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *
watch_metric_id(struct arena *a, const char *namespace, const char *name,
    const json_t *dimensions)
{
	size_t n = json_array_size(dimensions);
	const char **rows = arena_calloc(a, n + 1, sizeof(*rows));
	struct buf *b = buf_new(a, 0);
	char hex[65];

	for (size_t i = 0; i < n; i++) {
		const json_t *d = json_array_get(dimensions, i);

		rows[i] = arena_printf(a, "%s\1%s", json_str_or(d, "Name", ""),
		    json_str_or(d, "Value", ""));
	}
	qsort(rows, n, sizeof(*rows), by_text);
	buf_printf(b, "%s\2%s", namespace, name);
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "\2%s", rows[i]);
	sha256_hex(buf_text(b), b->len, hex);
	return arena_strndup(a, hex, 32);
}

static const char *
chunk_id(struct arena *a, const char *metric, int64_t at_s)
{
	return arena_printf(a, "%s.%010lld", metric, (long long)(at_s / HOUR_S));
}

/* PutMetricData */

static int
check_number(struct call *c, double v)
{
	if (isfinite(v) && fabs(v) <= 1.17e77)
		return 0;
	return err_set(&c->err, &watch_bad_value,
	    "The value %g for parameter MetricData.member.Value is invalid.", v);
}

static void
add_value(json_t *point, double v, double count)
{
	json_t *values = json_need_object(point, "v");
	char text[32];

	snprintf(text, sizeof(text), "%.17g", v);
	json_set_num(values, text, json_num(values, text, 0) + count);
}

static void
widen(json_t *point, double n, double sum, double min, double max)
{
	int is_new = json_get(point, "n") == NULL;

	json_set_num(point, "n", json_num(point, "n", 0) + n);
	json_set_num(point, "s", json_num(point, "s", 0) + sum);
	json_set_num(point, "a", is_new ? min : fmin(min, json_num(point, "a", 0)));
	json_set_num(point, "z", is_new ? max : fmax(max, json_num(point, "z", 0)));
}

/* Values with their counts: 0 or -1. */
static int
add_values(struct call *c, json_t *point, const json_t *values, const json_t *counts)
{
	const json_t *v;
	size_t i;

	if (json_array_size(values) > MAX_VALUES ||
	    (counts != NULL && json_array_size(counts) != json_array_size(values)))
		return err_set(&c->err, &watch_bad_value,
		    "The parameters MetricData.member.Values and MetricData.member.Counts must be of "
		    "the same size, %d at most.",
		    MAX_VALUES);
	json_array_foreach(values, i, v) {
		double x = json_number_value(v),
		       n = counts != NULL ? json_number_value(json_array_get(counts, i)) :
					    1;

		if (check_number(c, x) < 0)
			return -1;
		if (n <= 0)
			return err_set(&c->err, &watch_bad_value,
			    "The value %g for parameter MetricData.member.Counts is invalid.",
			    n);
		widen(point, n, n * x, x, x);
		add_value(point, x, n);
	}
	return 0;
}

static int
add_datum(struct call *c, const json_t *datum, json_t *point)
{
	const json_t *set = json_get(datum, "StatisticValues"),
		     *values = json_get(datum, "Values"),
		     *value = json_get(datum, "Value");
	double n = json_num(set, "SampleCount", 0), min = json_num(set, "Minimum", 0),
	       max = json_num(set, "Maximum", 0);

	if ((set != NULL) + (values != NULL) + (value != NULL) != 1)
		return err_set(&c->err,
		    set == NULL && values == NULL && value == NULL ?
			&watch_missing :
			&watch_bad_combination,
		    "The parameters MetricData.member.Value, MetricData.member.Values and "
		    "MetricData.member.StatisticValues are mutually exclusive and one of them must "
		    "be specified.");
	if (values != NULL)
		return add_values(c, point, values, json_get(datum, "Counts"));
	if (value != NULL) {
		double v = json_number_value(value);

		if (check_number(c, v) < 0)
			return -1;
		widen(point, 1, v, v, v);
		add_value(point, v, 1);
		return 0;
	}
	if (n <= 0 || min > max)
		return err_set(&c->err, &watch_bad_value,
		    "The parameter MetricData.member.StatisticValues is invalid.");
	widen(point, n, json_num(set, "Sum", 0), min, max);
	return 0;
}

/* When it was, in seconds, by its resolution: 0 or -1. */
static int
time_of(struct call *c, const json_t *datum, int64_t *ret)
{
	int64_t now = c->now_ms / 1000,
		resolution = json_int(datum, "StorageResolution", 60),
		at = (int64_t)json_num(datum, "Timestamp", (double)now);

	if (at > now + 2 * HOUR_S || at < now - (int64_t)14 * DAY_S)
		return err_set(&c->err, &watch_bad_value,
		    "The value for parameter MetricData.member.Timestamp is invalid: it must be within "
		    "two weeks before and two hours after the current time.");
	if (resolution != 1 && resolution != 60)
		return err_set(&c->err, &watch_bad_value,
		    "The value %lld for parameter MetricData.member.StorageResolution is invalid.",
		    (long long)resolution);
	*ret = at - at % resolution;
	return 0;
}

static int
note_metric(struct call *c, const char *id, const char *namespace, const json_t *datum)
{
	const json_t *dimensions = json_get(datum, "Dimensions");
	json_t *doc;
	int rc = store_edit(c->txn, c->scope, METRIC, id, &doc, &c->err);

	if (rc < 0)
		return -1;
	/* Once in a while is enough to know that it lives. */
	if (rc > 0 && c->now_ms - json_int(doc, "_last", 0) < 60000)
		return 0;
	if (rc == 0) {
		doc = json_own(c->arena,
		    json_make("{s:s, s:s, s:s}", "_id", id, "Namespace", namespace,
			"MetricName", json_str_or(datum, "MetricName", "")));
		json_set(doc, "Dimensions",
		    dimensions != NULL ? json_copy_deep(dimensions) : json_new_array());
	}
	json_set_int(doc, "_last", c->now_ms);
	store_put(c->txn, c->scope, METRIC, id, doc);
	return 0;
}

static int
put_datum(struct call *c, const char *namespace, const json_t *datum)
{
	const json_t *dimensions = json_get(datum, "Dimensions");
	const char *id, *chunk, *key;
	json_t *doc;
	int64_t at;
	int rc;

	if (json_array_size(dimensions) > MAX_DIMENSIONS)
		return err_set(&c->err, &watch_bad_value,
		    "The collection MetricData.member.Dimensions must not have a size greater than "
		    "30.");
	id = watch_metric_id(c->arena, namespace, json_str_or(datum, "MetricName", ""),
	    dimensions);
	if (time_of(c, datum, &at) < 0 || note_metric(c, id, namespace, datum) < 0)
		return -1;
	chunk = chunk_id(c->arena, id, at);
	rc = store_edit(c->txn, c->scope, WATCH_POINTS, chunk, &doc, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		doc = json_own(c->arena, json_make("{s:s, s:{}}", "_id", chunk, "_p"));
	key = arena_printf(c->arena, "%lld %s", (long long)at,
	    json_str_or(datum, "Unit", "None"));
	if (add_datum(c, datum, json_need_object(json_get(doc, "_p"), key)) < 0)
		return -1;
	store_put(c->txn, c->scope, WATCH_POINTS, chunk, doc);
	return 0;
}

static int
put_metric_data(struct call *c)
{
	const char *namespace = in_str(c, "Namespace");
	const json_t *data = in_list(c, "MetricData"), *datum;
	struct auth_question q = { .resource = "*" };
	json_t *context =
	    json_own(c->arena, json_make("{s:s}", "cloudwatch:namespace", namespace));
	size_t i;

	q.context = context;
	if (call_ask(c, &q) < 0)
		return -1;
	if (in_has(c, "EntityMetricData") || in_bool(c, "StrictEntityValidation", 0))
		return err_set(&c->err, &watch_bad_combination,
		    "EntityMetricData is not supported here.");
	if (strncmp(namespace, "AWS/", 4) == 0 && !c->is_service)
		return err_set(&c->err, &watch_bad_value,
		    "The value AWS/ for parameter Namespace is invalid.");
	if (json_array_size(data) == 0)
		return err_set(&c->err, &watch_missing,
		    "The parameter MetricData is required.");
	if (json_array_size(data) > MAX_DATA)
		return err_set(&c->err, &watch_bad_value,
		    "The collection MetricData must not have a size greater than %d.",
		    MAX_DATA);
	json_array_foreach(data, i, datum) {
		if (put_datum(c, namespace, datum) < 0)
			return -1;
	}
	return 0;
}

/* ListMetrics */

static int
has_dimensions(const json_t *doc, const json_t *filters)
{
	const json_t *f, *d;
	size_t i, k;

	json_array_foreach(filters, i, f) {
		const char *value = json_str(f, "Value");
		int found = 0;

		json_array_foreach(json_get(doc, "Dimensions"), k, d)
			found |= strcmp(json_str_or(d, "Name", ""),
				     json_str_or(f, "Name", "")) == 0 &&
			    (value == NULL ||
				strcmp(value, json_str_or(d, "Value", "")) == 0);
		if (!found)
			return 0;
	}
	return 1;
}

static int
is_listed(struct call *c, const json_t *doc)
{
	const char *namespace = in_str(c, "Namespace"), *name = in_str(c, "MetricName");

	return (namespace == NULL ||
		   strcmp(namespace, json_str_or(doc, "Namespace", "")) == 0) &&
	    (name == NULL || strcmp(name, json_str_or(doc, "MetricName", "")) == 0) &&
	    (!in_has(c, "RecentlyActive") ||
		c->now_ms - json_int(doc, "_last", 0) <= ACTIVE_MS) &&
	    has_dimensions(doc, in_list(c, "Dimensions"));
}

static int
list_metrics(struct call *c)
{
	const char *token = in_str(c, "NextToken"), *owner = in_str(c, "OwningAccount");
	json_t *rows = json_own(c->arena, json_new_array());
	const char *last = NULL;
	struct store_docs all;

	if (watch_ask(c, NULL) < 0 ||
	    store_list(c->txn, c->scope, METRIC, &all, &c->err) < 0)
		return -1;
	if (in_bool(c, "IncludeLinkedAccounts", 0))
		return err_set(&c->err, &watch_bad_value,
		    "IncludeLinkedAccounts is not supported here.");
	for (size_t i = 0; i < all.n && (owner == NULL || strcmp(owner, c->account) == 0);
	     i++) {
		const char *id = json_str_or(all.doc[i], "_id", "");

		if ((token != NULL && strcmp(id, token) <= 0) ||
		    !is_listed(c, all.doc[i]))
			continue;
		if (json_array_size(rows) == PAGE) {
			out_str(c, "NextToken", last);
			break;
		}
		last = id;
		json_add(rows, json_incref(all.doc[i]));
	}
	out_ref(c, "Metrics", rows);
	return 0;
}

static const struct op ops[] = {
	WATCH("ListMetrics", list_metrics, OP_READ, "List metrics."),
	WATCH("PutMetricData", put_metric_data, 0, "Keep values of metrics."),
};
static const struct family metrics = FAMILY(ops, NULL);

static const struct family *const families[] = { &metrics, &cloudwatch_statistics,
	&cloudwatch_alarms, &cloudwatch_histories, &cloudwatch_tags, NULL };

const struct service cloudwatch_service = {
	.name = "cloudwatch",
	.families = families,
};

/* Read */

struct reading {
	struct arena *arena;
	const struct watch_query *q;
	json_t *found; /* {"UNIT TIME": an index} */
	struct watch_bucket *rows;
	size_t n, max;
};

static struct watch_bucket *
bucket_of(struct reading *r, int64_t at_s, const char *unit)
{
	const char *key = arena_printf(r->arena, "%lld %s", (long long)at_s, unit);
	int64_t i = json_int(r->found, key, -1);

	if (i >= 0)
		return &r->rows[i];
	if (r->n == r->max) {
		struct watch_bucket *more =
		    arena_calloc(r->arena, 2 * r->max + 16, sizeof(*more));

		if (r->n > 0)
			memcpy(more, r->rows, r->n * sizeof(*more));
		r->rows = more;
		r->max = 2 * r->max + 16;
	}
	json_set_int(r->found, key, (int64_t)r->n);
	r->rows[r->n] = (struct watch_bucket){ .at_s = at_s,
		.unit = arena_strdup(r->arena, unit),
		.values = json_own(r->arena, json_new_object()) };
	return &r->rows[r->n++];
}

static void
take_point(struct reading *r, const char *key, const json_t *point)
{
	char *unit;
	int64_t at = strtoll(key, &unit, 10);
	struct watch_bucket *b;
	const char *text;
	const json_t *count;
	double min = json_num(point, "a", 0), max = json_num(point, "z", 0);

	unit += *unit == ' ';
	if (at < r->q->from_s || at >= r->q->until_s ||
	    (r->q->unit != NULL && strcmp(r->q->unit, unit) != 0))
		return;
	b = bucket_of(r, at - (at - r->q->from_s) % r->q->period_s, unit);
	b->min = b->n == 0 ? min : fmin(b->min, min);
	b->max = b->n == 0 ? max : fmax(b->max, max);
	b->n += json_num(point, "n", 0);
	b->sum += json_num(point, "s", 0);
	json_object_foreach(json_get(point, "v"), text, count)
		json_set_num(b->values, text,
		    json_num(b->values, text, 0) + json_number_value(count));
}

static int
by_time(const void *a, const void *b)
{
	const struct watch_bucket *x = a, *y = b;
	int rc = strcmp(x->unit, y->unit);

	return rc != 0 ? rc : (x->at_s > y->at_s) - (x->at_s < y->at_s);
}

int
watch_read(struct store_txn *t, struct arena *a, const char *scope,
    const struct watch_query *q, struct watch_bucket **ret, size_t *ret_n,
    struct err *err)
{
	struct reading r = { .arena = a,
		.q = q,
		.found = json_own(a, json_new_object()) };
	const char *last = chunk_id(a, q->metric, q->until_s);
	struct store_span span = { arena_printf(a, "%s.", q->metric),
		chunk_id(a, q->metric, q->from_s), 0, SPAN };
	struct store_docs docs;

	do {
		if (store_range(t, scope, WATCH_POINTS, &span, &docs, err) < 0)
			return -1;
		for (size_t i = 0; i < docs.n; i++) {
			const char *id = json_str_or(docs.doc[i], "_id", ""), *key;
			const json_t *point;

			if (strcmp(id, last) > 0)
				break;
			json_object_foreach(json_get(docs.doc[i], "_p"), key, point)
				take_point(&r, key, point);
		}
		if (docs.n > 0) {
			span.from = json_str_or(docs.doc[docs.n - 1], "_id", "");
			span.is_after = 1;
		}
	} while (docs.n == SPAN && strcmp(span.from, last) <= 0);
	if (r.n > 0)
		qsort(r.rows, r.n, sizeof(*r.rows), by_time);
	*ret = r.rows;
	*ret_n = r.n;
	return 0;
}

/* Statistics */

/* "p95", "p99.9": 1 and 95. */
static int
percentile_of(const char *name, double *ret)
{
	char *end;

	if (*name != 'p' || name[1] < '0' || name[1] > '9')
		return 0;
	*ret = strtod(name + 1, &end);
	return *end == '\0' && *ret >= 0 && *ret <= 100;
}

int
watch_statistic_is(const char *name)
{
	static const char *const names[] = { "Average", "Maximum", "Minimum",
		"SampleCount", "Sum" };
	double ignored;

	for (size_t i = 0; i < COUNT(names); i++) {
		if (strcmp(names[i], name) == 0)
			return 1;
	}
	return percentile_of(name, &ignored);
}

struct counted {
	double value, n;
};

static int
by_value(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

/* Between the values on both sides of it. */
static double
percentile(const struct watch_bucket *b, double p)
{
	size_t n = json_object_size(b->values), i = 0;
	struct counted *rows = calloc(n + 1, sizeof(*rows));
	const char *text;
	const json_t *v;
	double total = 0, rank, seen = 0, found = b->max;

	if (rows == NULL || n == 0) {
		free(rows);
		return b->max;
	}
	json_object_foreach(b->values, text, v) {
		rows[i].value = strtod(text, NULL);
		rows[i].n = json_number_value(v);
		total += rows[i++].n;
	}
	qsort(rows, n, sizeof(*rows), by_value);
	rank = p / 100 * (total - 1);
	for (i = 0; i < n; i++) {
		double next = seen + rows[i].n;

		if (rank <= next - 1) {
			found = rows[i].value;
			break;
		}
		if (rank < next && i + 1 < n) {
			found = rows[i].value +
			    (rank - (next - 1)) * (rows[i + 1].value - rows[i].value);
			break;
		}
		seen = next;
	}
	free(rows);
	return found;
}

int
watch_statistic(const struct watch_bucket *b, const char *name, double *ret)
{
	double p;

	if (strcmp(name, "Average") == 0)
		*ret = b->n > 0 ? b->sum / b->n : 0;
	else if (strcmp(name, "Sum") == 0)
		*ret = b->sum;
	else if (strcmp(name, "Minimum") == 0)
		*ret = b->min;
	else if (strcmp(name, "Maximum") == 0)
		*ret = b->max;
	else if (strcmp(name, "SampleCount") == 0)
		*ret = b->n;
	else if (percentile_of(name, &p))
		*ret = percentile(b, p);
	else
		return 0;
	return 1;
}
