/*
 * CloudWatch: alarms are evaluated, and act.
 *
 * An alarm is looked at every ten seconds, or every minute: the last EvaluationPeriods whole periods decide, and the one that
 * is going on when it breaches already.  Its change of state and what has to be done about it are one write; what was
 * done is another, so that an action may be run twice by a crash in between, and is never forgotten.
 */
#include <math.h>
#include <string.h>

#include "control/api/ask.h"
#include "control/services/cloudwatch/cloudwatch.h"

enum { FAST_MS = 10 * 1000, SLOW_MS = 60 * 1000, MAX_PERIODS = 8640, SAID = 64 };

struct evaluation {
	const char *state, *reason;
};

static int
breaches(const json_t *alarm, double value)
{
	const char *op = json_str_or(alarm, "ComparisonOperator", "");
	double threshold = json_num(alarm, "Threshold", 0);

	return strcmp(op, "GreaterThanThreshold") == 0	     ? value > threshold :
	    strcmp(op, "GreaterThanOrEqualToThreshold") == 0 ? value >= threshold :
	    strcmp(op, "LessThanThreshold") == 0	     ? value < threshold :
							       value <= threshold;
}

/* Of the periods, the newest first: how many have data, and how many breach. */
struct count {
	int64_t n, there, bad;
	char words[SAID];
};

static int
count_periods(struct converge *cv, struct count *ret, struct err *err)
{
	const json_t *doc = cv->doc;
	int64_t period = json_int(doc, "Period", 60),
		n = json_int(doc, "EvaluationPeriods", 1), now = cv->now_ms / 1000;
	const char *statistic =
	    json_str_or(doc, "Statistic", json_str_or(doc, "ExtendedStatistic", ""));
	struct watch_query q = { .until_s = now - now % period + period,
		.period_s = period,
		.unit = json_str(doc, "Unit") };
	struct watch_bucket *found;
	size_t n_found;
	double value;

	q.from_s = q.until_s - (n + 1) * period;
	q.metric = watch_metric_id(cv->arena, json_str_or(doc, "Namespace", ""),
	    json_str_or(doc, "MetricName", ""), json_get(doc, "Dimensions"));
	*ret = (struct count){ .n = n };
	if (watch_read(store_begin(cv->env->store, cv->arena), cv->arena, cv->scope, &q,
		&found, &n_found, err) < 0)
		return -1;
	for (size_t i = n_found; i-- > 0;) {
		int is_now = found[i].at_s == q.until_s - period;

		if (!watch_statistic(&found[i], statistic, &value))
			continue;
		/* The period that goes on counts in place of the oldest. */
		if (found[i].at_s == q.from_s && ret->there >= n)
			continue;
		if (is_now && n > 1 && !breaches(doc, value))
			continue;
		ret->there++;
		ret->bad += breaches(doc, value);
		if (ret->words[0] == '\0')
			snprintf(ret->words, sizeof(ret->words), "%g", value);
	}
	return 0;
}

static void
judge(struct converge *cv, const struct count *k, struct evaluation *ret)
{
	const json_t *doc = cv->doc;
	const char *missing = json_str_or(doc, "TreatMissingData", "missing");
	int64_t m = json_int(doc, "DatapointsToAlarm", k->n), absent = k->n - k->there,
		bad = k->bad;
	double threshold = json_num(doc, "Threshold", 0);

	if (absent < 0)
		absent = 0;
	if (strcmp(missing, "breaching") == 0)
		bad += absent;
	if (k->there == 0 && strcmp(missing, "ignore") == 0) {
		*ret = (struct evaluation){ NULL, NULL };
	} else if (k->there == 0 && strcmp(missing, "missing") == 0) {
		*ret = (struct evaluation){ "INSUFFICIENT_DATA",
			arena_printf(cv->arena,
			    "Insufficient Data: %lld datapoint%s unknown.",
			    (long long)k->n, k->n == 1 ? " was" : "s were") };
	} else if (bad >= m) {
		*ret = (struct evaluation){ "ALARM",
			arena_printf(cv->arena,
			    "Threshold Crossed: %lld out of the last %lld datapoints [%s] breached "
			    "the threshold (%g) (minimum %lld datapoints for OK -> ALARM "
			    "transition).",
			    (long long)bad, (long long)k->n, k->words, threshold,
			    (long long)m) };
	} else {
		*ret = (struct evaluation){ "OK",
			arena_printf(cv->arena,
			    "Threshold Crossed: %lld out of the last %lld datapoints [%s] did not "
			    "breach the threshold (%g).",
			    (long long)(k->there - k->bad), (long long)k->n, k->words,
			    threshold) };
	}
}

struct change {
	const char *name, *seen;
	const struct evaluation *e;
};

static int
write_state(struct call *c, void *arg)
{
	const struct change *change = arg;
	json_t *doc;
	int rc = store_edit(c->txn, c->scope, cloudwatch_alarm.kind, change->name, &doc,
	    &c->err);

	/* Set by hand, or changed, since it was read: the next look decides. */
	if (rc <= 0 || strcmp(json_str_or(doc, "StateValue", ""), change->seen) != 0)
		return rc < 0 ? -1 : 0;
	watch_set_state(c, doc, change->e->state, change->e->reason, NULL);
	resource_put(c, &cloudwatch_alarm, doc);
	return 0;
}

/* Actions */

static const char *
dimension(const json_t *doc, const char *name)
{
	const json_t *d;
	size_t i;

	json_array_foreach(json_get(doc, "Dimensions"), i, d) {
		if (strcmp(json_str_or(d, "Name", ""), name) == 0)
			return json_str(d, "Value");
	}
	return NULL;
}

/* arn:aws:automate:REGION:ec2:stop */
static int
act_on_instance(struct converge *cv, const char *verb, const char **ret_why)
{
	static const struct {
		const char *verb, *op;
	} rows[] = { { "stop", "StopInstances" }, { "terminate", "TerminateInstances" },
		{ "reboot", "RebootInstances" } };
	const char *id = dimension(cv->doc, "InstanceId");
	struct err err;
	json_t *out;

	for (size_t i = 0; id != NULL && i < COUNT(rows); i++) {
		if (strcmp(rows[i].verb, verb) != 0)
			continue;
		if (ask_service(cv->env, cv->arena, cv->account, cv->region, "ec2",
			rows[i].op,
			json_own(cv->arena, json_make("{s:[s]}", "InstanceIds", id)),
			&out, &err) == 0)
			return 1;
		*ret_why = arena_strdup(cv->arena, err.msg);
		return 0;
	}
	*ret_why = "The action is not supported for the alarm's dimensions.";
	return 0;
}

/* arn:aws:autoscaling:…:scalingPolicy:UUID:autoScalingGroupName/G:policyName/P */
static int
act_on_group(struct converge *cv, const char *arn, const char **ret_why)
{
	const char *group = strstr(arn, "autoScalingGroupName/"),
		   *policy = strstr(arn, ":policyName/");
	struct err err;
	json_t *out, *in;

	if (group == NULL || policy == NULL || policy < group) {
		*ret_why = "The ARN is not valid.";
		return 0;
	}
	group += strlen("autoScalingGroupName/");
	in = json_own(cv->arena,
	    json_make("{s:s, s:s, s:b, s:f, s:f}", "AutoScalingGroupName",
		arena_strndup(cv->arena, group, (size_t)(policy - group)), "PolicyName",
		policy + strlen(":policyName/"), "HonorCooldown", 0, "MetricValue",
		json_num(cv->doc, "Threshold", 0), "BreachThreshold",
		json_num(cv->doc, "Threshold", 0)));
	if (ask_service(cv->env, cv->arena, cv->account, cv->region, "autoscaling",
		"ExecutePolicy", in, &out, &err) == 0)
		return 1;
	*ret_why = arena_strdup(cv->arena, err.msg);
	return 0;
}

static int
act(struct converge *cv, const char *arn, const char **ret_why)
{
	const char *verb = strrchr(arn, ':');

	if (strncmp(arn, "arn:aws:automate:", 17) == 0 && strstr(arn, ":ec2:") != NULL)
		return act_on_instance(cv, verb + 1, ret_why);
	if (strncmp(arn, "arn:aws:autoscaling:", 20) == 0)
		return act_on_group(cv, arn, ret_why);
	*ret_why = "There is no such service here yet.";
	return 0;
}

struct acted {
	const char *name;
	const json_t *due, *notes; /* [[summary, data]] */
};

static int
write_acted(struct call *c, void *arg)
{
	const struct acted *acted = arg;
	const json_t *note;
	json_t *doc;
	size_t i;
	int rc = store_edit(c->txn, c->scope, cloudwatch_alarm.kind, acted->name, &doc,
	    &c->err);

	if (rc <= 0)
		return rc;
	if (json_equal(json_get(doc, "_due"), acted->due))
		json_del(doc, "_due");
	json_array_foreach(acted->notes, i, note)
		watch_note(c, acted->name, "Action",
		    json_string_value(json_array_get(note, 0)), json_array_get(note, 1));
	resource_put(c, &cloudwatch_alarm, doc);
	return 0;
}

static int
run_actions(struct converge *cv, struct err *err)
{
	const json_t *due = json_get(cv->doc, "_due"), *v;
	json_t *notes = json_own(cv->arena, json_new_array());
	struct acted acted = { arena_strdup(cv->arena, cv->id),
		json_own(cv->arena, json_copy_deep(due)), notes };
	size_t i;

	json_array_foreach(due, i, v) {
		const char *arn = json_string_value(v), *why = NULL;
		int done = act(cv, arn, &why);

		json_add(notes,
		    json_make("[s, {s:s, s:s, s:s*}]",
			arena_printf(cv->arena, "%s action %s",
			    done ? "Successfully executed" : "Failed to execute", arn),
			"actionState", done ? "Succeeded" : "Failed",
			"notificationResource", arn, "error", why));
	}
	return converge_transaction(cv, write_acted, &acted, err);
}

int
watch_alarm_converge(struct converge *cv, struct err *err)
{
	struct evaluation e;
	struct change change = { .e = &e };
	struct count k;

	if (cv->doc == NULL)
		return 0;
	if (json_array_size(json_get(cv->doc, "_due")) > 0)
		return run_actions(cv, err);
	cv->again_ms = json_int(cv->doc, "Period", 60) < 60 ? FAST_MS : SLOW_MS;
	if (count_periods(cv, &k, err) < 0)
		return -1;
	judge(cv, &k, &e);
	change.name = arena_strdup(cv->arena, cv->id);
	change.seen = arena_strdup(cv->arena, json_str_or(cv->doc, "StateValue", ""));
	if (e.state == NULL || strcmp(e.state, change.seen) == 0)
		return 0;
	return converge_transaction(cv, write_state, &change, err);
}
