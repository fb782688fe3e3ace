#include "base/cron.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/cc.h"

enum { YEARS = 5, HOUR_S = 3600 };

static const char *const months[] = { "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL",
	"AUG", "SEP", "OCT", "NOV", "DEC" };
static const char *const days[] = { "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT" };

static const struct {
	int min, max;
	const char *const *names; /* of min, min + 1 ... */
	int n_names;
} fields[5] = { { 0, 59, NULL, 0 }, { 0, 23, NULL, 0 }, { 1, 31, NULL, 0 },
	{ 1, 12, months, COUNT(months) }, { 0, 7, days, COUNT(days) } };

/* A number or a name at *p, which moves on: 1, or 0. */
static int
read_value(const char **p, size_t f, int *ret)
{
	char *end;
	long v;

	for (int i = 0; i < fields[f].n_names; i++) {
		if (strncasecmp(*p, fields[f].names[i], 3) == 0) {
			*p += 3;
			*ret = fields[f].min + i;
			return 1;
		}
	}
	if (**p < '0' || **p > '9')
		return 0;
	v = strtol(*p, &end, 10);
	*p = end;
	*ret = (int)v;
	return v >= fields[f].min && v <= fields[f].max;
}

/* "*", "5", "1-5", each with "/2", between commas. */
static int
read_part(const char **p, size_t f, uint64_t *bits)
{
	int low = fields[f].min, high = fields[f].max;
	long step = 1;
	char *end;

	if (**p == '*') {
		(*p)++;
	} else {
		if (!read_value(p, f, &low))
			return 0;
		high = low;
		if (**p == '-') {
			(*p)++;
			if (!read_value(p, f, &high))
				return 0;
		} else if (**p == '/') {
			high = fields[f].max;
		}
	}
	if (**p == '/') {
		if (p[0][1] < '1' || p[0][1] > '9')
			return 0;
		step = strtol(*p + 1, &end, 10);
		*p = end;
	}
	if (low > high || step > 60)
		return 0;
	for (int v = low; v <= high; v += (int)step)
		*bits |= UINT64_C(1) << v;
	return 1;
}

int
cron_parse(const char *text, struct cron *ret)
{
	struct cron c = { .any_day = 0 };
	const char *p = text;

	for (size_t f = 0; f < COUNT(fields); f++) {
		p += strspn(p, " \t");
		if (f == 2)
			c.any_day = *p == '*';
		if (f == 4)
			c.any_weekday = *p == '*';
		if (!read_part(&p, f, &c.field[f]))
			return 0;
		while (*p == ',') {
			p++;
			if (!read_part(&p, f, &c.field[f]))
				return 0;
		}
		if (*p != '\0' && *p != ' ' && *p != '\t')
			return 0;
	}
	p += strspn(p, " \t");
	if (*p != '\0')
		return 0;
	/* Sunday is 0 and 7. */
	c.field[4] |= c.field[4] >> 7 & 1;
	*ret = c;
	return 1;
}

static int
has(const struct cron *c, size_t f, int v)
{
	return (int)(c->field[f] >> v & 1);
}

/* Either day is enough when both are said. */
static int
day_fits(const struct cron *c, const struct tm *tm)
{
	int day = has(c, 2, tm->tm_mday), weekday = has(c, 4, tm->tm_wday);

	if (!has(c, 3, tm->tm_mon + 1))
		return 0;
	return c->any_day || c->any_weekday ? day && weekday : day || weekday;
}

int64_t
cron_next(const struct cron *c, const struct zone *z, int64_t after)
{
	int64_t at = after - after % 60 + 60;
	int64_t end = after + (int64_t)YEARS * 366 * 24 * HOUR_S;

	while (at < end) {
		time_t local = (time_t)(at + zone_offset(z, at));
		struct tm tm;

		gmtime_r(&local, &tm);
		if (!day_fits(c, &tm) || !has(c, 1, tm.tm_hour))
			at += HOUR_S - tm.tm_min * 60;
		else if (!has(c, 0, tm.tm_min))
			at += 60;
		else
			return at;
	}
	return 0;
}
