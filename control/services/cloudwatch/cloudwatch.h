/*
 * CloudWatch: metrics and alarms: what its families share.
 *
 *	cloudwatch:metric	by the hash of its namespace, name and dimensions: Namespace, MetricName, Dimensions, _id,
 *				_last (ms, when it was last put)
 *	cloudwatch:points/	"METRIC.HOUR" (hours since 1970, 10 digits): _p {"SECOND UNIT": {n, s, a, z, v}}: how many values,
 *				their sum, least and greatest, and how often each was there
 *	cloudwatch:alarm	by its AlarmName, as DescribeAlarms shows it; _due: actions that its last change of state
 *				asks for
 *	cloudwatch:history/	"TIME-…": AlarmHistoryItems
 */
#ifndef CONTROL_SERVICES_CLOUDWATCH_CLOUDWATCH_H
#define CONTROL_SERVICES_CLOUDWATCH_CLOUDWATCH_H

#include "control/api/call.h"
#include "control/api/converge.h"
#include "control/api/resource.h"
#include "control/api/service.h"

extern const struct service cloudwatch_service;
extern const struct family cloudwatch_statistics, cloudwatch_alarms, cloudwatch_histories,
    cloudwatch_tags;

extern const struct resource cloudwatch_alarm;

#define WATCH(name_, run_, flags_, doc_) OP(name_, run_, (flags_) | OP_ASKS, doc_)

extern const struct err_kind watch_bad_value;	    /* InvalidParameterValue 400 */
extern const struct err_kind watch_bad_combination; /* InvalidParameterCombination 400 */
extern const struct err_kind watch_missing;	    /* MissingParameter 400 */
extern const struct err_kind watch_invalid;	    /* ValidationError 400 */
extern const struct err_kind watch_not_found;	    /* ResourceNotFound 404 */

#define WATCH_POINTS "cloudwatch:points/"

/* May the caller, on the ARN (NULL: "*")?  0 or -1. */
int watch_ask(struct call *c, const char *arn);

/* "arn:aws:cloudwatch:us-east-1:000000000000:alarm:NAME" */
char *watch_alarm_arn(const struct call *c, const char *name);

/* The id of a metric, whatever the order of its dimensions ([{Name, Value}] or NULL); the arena's. */
const char *watch_metric_id(struct arena *a, const char *namespace, const char *name,
    const json_t *dimensions);

/* Points of a metric: what is asked, and each bucket that has any; buckets begin at from_s. */
struct watch_query {
	const char *metric; /* its id */
	int64_t from_s, until_s, period_s;
	const char *unit; /* NULL: any */
};
struct watch_bucket {
	int64_t at_s;
	const char *unit;
	double n, sum, min, max;
	json_t *values; /* {"1.5": how often} */
};

/* The buckets with data, the oldest first, of one unit after the other; the arena's.  0 or -1. */
int watch_read(struct store_txn *t, struct arena *a, const char *scope,
    const struct watch_query *q, struct watch_bucket **ret, size_t *ret_n,
    struct err *err);

/* "Sum", "p99.9": 1 and the bucket's value, 0 there is no such statistic. */
int watch_statistic(const struct watch_bucket *b, const char *name, double *ret);
int watch_statistic_is(const char *name);

/* An entry of the alarm's history: "StateUpdate", in words and as JSON. */
void watch_note(struct call *c, const char *alarm, const char *type, const char *summary,
    const json_t *data);

int watch_alarm_converge(struct converge *cv, struct err *err);

/* The alarm's state is this now, with what follows from that: its document, not put. */
void watch_set_state(struct call *c, json_t *doc, const char *state, const char *reason,
    const char *data);

#endif
