#include "control/iam/condition.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "control/iam/pattern.h"

/* Does the request's value match the policy's?  Text that is not of the type: no. */
typedef int compare_fn(const char *have, const char *want, int arg);

enum order { EQ, LT, LE, GT, GE };

struct comparison {
	const char *name;
	compare_fn *compare;
	int arg;
	int negated;
	int wildcards;
};

static int
in_order(double have, double want, int order)
{
	switch (order) {
	case LT:
		return have < want;
	case LE:
		return have <= want;
	case GT:
		return have > want;
	case GE:
		return have >= want;
	default:
		return have >= want && have <= want;
	}
}

static int
exact(const char *have, const char *want, int arg UNUSED)
{
	return strcmp(have, want) == 0;
}

static int
exact_nocase(const char *have, const char *want, int arg UNUSED)
{
	return strcasecmp(have, want) == 0;
}

static int
like(const char *have, const char *want, int arg UNUSED)
{
	return pattern_match(want, have);
}

static int
arn_like(const char *have, const char *want, int arg UNUSED)
{
	return pattern_match_arn(want, have);
}

static int
number(const char *s, double *ret)
{
	char *end;

	if (!isdigit((unsigned char)s[0]) && s[0] != '-' && s[0] != '+' && s[0] != '.')
		return 0;
	errno = 0;
	*ret = strtod(s, &end);
	return end != s && *end == '\0' && errno == 0 && isfinite(*ret);
}

static int
numeric(const char *have, const char *want, int order)
{
	double h, w;

	return number(have, &h) && number(want, &w) && in_order(h, w, order);
}

/* Seconds since the epoch, or ISO 8601 from the day on. */
static int
date(const char *s, double *ret)
{
	char full[40];
	int64_t ms;
	size_t n = strlen(s);

	if (n == 10 && s[4] == '-')
		snprintf(full, sizeof(full), "%sT00:00:00Z", s);
	else
		snprintf(full, sizeof(full), "%s", s);
	if (n < sizeof(full) && clock_parse_iso8601(full, &ms)) {
		*ret = (double)ms / 1000.0;
		return 1;
	}
	return number(s, ret);
}

static int
in_time(const char *have, const char *want, int order)
{
	double h, w;

	return date(have, &h) && date(want, &w) && in_order(h, w, order);
}

/* "10.0.0.0/8", "2001:db8::/32" or one address: its family, bytes and prefix. */
static int
network(const char *s, unsigned char out[16], int *family, unsigned *prefix)
{
	char text[64], *slash;
	unsigned long bits;

	if (strlen(s) >= sizeof(text))
		return 0;
	memcpy(text, s, strlen(s) + 1);
	slash = strchr(text, '/');
	if (slash != NULL)
		*slash = '\0';
	*family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	if (inet_pton(*family, text, out) != 1)
		return 0;
	*prefix = *family == AF_INET ? 32 : 128;
	if (slash == NULL)
		return 1;
	if (!isdigit((unsigned char)slash[1]) || strlen(slash + 1) > 3)
		return 0;
	bits = strtoul(slash + 1, &slash, 10);
	if (*slash != '\0' || bits > *prefix)
		return 0;
	*prefix = (unsigned)bits;
	return 1;
}

static int
in_network(const char *have, const char *want, int arg UNUSED)
{
	unsigned char h[16] = { 0 }, w[16] = { 0 };
	unsigned prefix, ignored, rest;
	int family, other;

	if (!network(have, h, &family, &ignored) || !network(want, w, &other, &prefix) ||
	    family != other || memcmp(h, w, prefix / 8) != 0)
		return 0;
	rest = prefix % 8;
	return rest == 0 || (h[prefix / 8] ^ w[prefix / 8]) >> (8 - rest) == 0;
}

static const struct comparison comparisons[] = {
	{ "StringEquals", exact, 0, 0, 0 },
	{ "StringNotEquals", exact, 0, 1, 0 },
	{ "StringEqualsIgnoreCase", exact_nocase, 0, 0, 0 },
	{ "StringNotEqualsIgnoreCase", exact_nocase, 0, 1, 0 },
	{ "StringLike", like, 0, 0, 1 },
	{ "StringNotLike", like, 0, 1, 1 },
	{ "NumericEquals", numeric, EQ, 0, 0 },
	{ "NumericNotEquals", numeric, EQ, 1, 0 },
	{ "NumericLessThan", numeric, LT, 0, 0 },
	{ "NumericLessThanEquals", numeric, LE, 0, 0 },
	{ "NumericGreaterThan", numeric, GT, 0, 0 },
	{ "NumericGreaterThanEquals", numeric, GE, 0, 0 },
	{ "DateEquals", in_time, EQ, 0, 0 },
	{ "DateNotEquals", in_time, EQ, 1, 0 },
	{ "DateLessThan", in_time, LT, 0, 0 },
	{ "DateLessThanEquals", in_time, LE, 0, 0 },
	{ "DateGreaterThan", in_time, GT, 0, 0 },
	{ "DateGreaterThanEquals", in_time, GE, 0, 0 },
	{ "Bool", exact_nocase, 0, 0, 0 },
	{ "BinaryEquals", exact, 0, 0, 0 },
	{ "IpAddress", in_network, 0, 0, 0 },
	{ "NotIpAddress", in_network, 0, 1, 0 },
	{ "ArnEquals", arn_like, 0, 0, 1 },
	{ "ArnLike", arn_like, 0, 0, 1 },
	{ "ArnNotEquals", arn_like, 0, 1, 1 },
	{ "ArnNotLike", arn_like, 0, 1, 1 },
};

enum quantifier { ONE_VALUE, FOR_ALL, FOR_ANY };

struct operator
{
	const struct comparison *comparison; /* NULL: "Null" */
	enum quantifier quantifier;
	int if_exists;
};

static int
find_operator(const char *name, struct operator* ret)
{
	static const char all[] = "ForAllValues:", any[] = "ForAnyValue:",
			  opt[] = "IfExists";
	struct operator op = { NULL, ONE_VALUE, 0 };
	size_t n;

	if (strncasecmp(name, all, sizeof(all) - 1) == 0) {
		op.quantifier = FOR_ALL;
		name += sizeof(all) - 1;
	} else if (strncasecmp(name, any, sizeof(any) - 1) == 0) {
		op.quantifier = FOR_ANY;
		name += sizeof(any) - 1;
	}
	n = strlen(name);
	if (n > sizeof(opt) - 1 && strcasecmp(name + n - (sizeof(opt) - 1), opt) == 0) {
		op.if_exists = 1;
		n -= sizeof(opt) - 1;
	}
	*ret = op;
	if (n == 4 && strncasecmp(name, "Null", 4) == 0)
		return !op.if_exists && op.quantifier == ONE_VALUE;
	for (size_t i = 0; i < COUNT(comparisons); i++) {
		if (strlen(comparisons[i].name) == n &&
		    strncasecmp(comparisons[i].name, name, n) == 0) {
			ret->comparison = &comparisons[i];
			return 1;
		}
	}
	return 0;
}

int
condition_operator_is_known(const char *name)
{
	struct operator op;

	return find_operator(name, &op);
}

/* What one condition is asked with. */
struct question {
	struct arena *arena;
	const json_t *context;
	int variables;
	const struct comparison *comparison;
};

static int
matches(const struct question *q, const json_t *have, const json_t *want)
{
	const char *h = scalar_text(q->arena, have), *w = scalar_text(q->arena, want);

	if (h == NULL || w == NULL)
		return 0;
	if (q->variables &&
	    !pattern_expand(q->arena, w, q->context, q->comparison->wildcards, &w))
		return 0;
	return q->comparison->compare(h, w, q->comparison->arg);
}

/* Does the value match any that the policy lists?  Turned round for negated operators. */
static int
value_holds(const struct question *q, const json_t *have, const json_t *wanted)
{
	const json_t *want;
	size_t i;

	if (!json_is_array(wanted))
		return matches(q, have, wanted) != q->comparison->negated;
	json_array_foreach(wanted, i, want) {
		if (matches(q, have, want))
			return !q->comparison->negated;
	}
	return q->comparison->negated;
}

/*
 * Several values and no quantifier: one that matches is enough, and with a negated
 * operator one that matches is too much.
 */
static int
values_hold(const struct question *q, enum quantifier quantifier, const json_t *have,
    const json_t *wanted)
{
	int all =
	    quantifier == FOR_ALL || (quantifier == ONE_VALUE && q->comparison->negated);
	const json_t *v;
	size_t i;

	if (!json_is_array(have))
		return value_holds(q, have, wanted);
	json_array_foreach(have, i, v) {
		if (value_holds(q, v, wanted) != all)
			return !all;
	}
	return all;
}

static int
null_holds(struct arena *a, const json_t *have, const json_t *wanted)
{
	const json_t *want = json_is_array(wanted) ? json_array_get(wanted, 0) : wanted;
	const char *text = scalar_text(a, want);

	return text != NULL && strcasecmp(text, have == NULL ? "true" : "false") == 0;
}

static int
key_holds(const struct operator* op, const struct question *q, const char *key,
    const json_t *wanted)
{
	const json_t *have = context_get(q->context, key);

	if (json_is_array(have) && json_array_size(have) == 0)
		have = NULL;
	if (op->comparison == NULL)
		return null_holds(q->arena, have, wanted);
	if (have != NULL)
		return values_hold(q, op->quantifier, have, wanted);
	if (op->quantifier == FOR_ALL || op->if_exists)
		return 1;
	return op->quantifier == ONE_VALUE && op->comparison->negated;
}

int
condition_holds(struct arena *a, const json_t *block, const json_t *context,
    int variables)
{
	struct question q = { a, context, variables, NULL };
	const char *name, *key;
	json_t *keys, *wanted;
	struct operator op;

	json_object_foreach((json_t *)(uintptr_t)block, name, keys) {
		if (!find_operator(name, &op))
			return 0;
		q.comparison = op.comparison;
		json_object_foreach(keys, key, wanted) {
			if (!key_holds(&op, &q, key, wanted))
				return 0;
		}
	}
	return 1;
}
