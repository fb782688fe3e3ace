/*
 * Times that come again: the five fields of cron, minute, hour, day of the month, month and day
 * of the week, with lists, ranges, steps and the names of months and days.
 */
#ifndef BASE_CRON_H
#define BASE_CRON_H

#include <stdint.h>

#include "base/zone.h"

struct cron {
	uint64_t field[5];	  /* a bit for each value */
	int any_day, any_weekday; /* the field begins with '*': the other alone decides */
};

/* 1, or 0 for what is not such an expression. */
int cron_parse(const char *text, struct cron *ret);

/* The first moment after that one (seconds since the epoch), by the zone's clocks; 0: none in five years. */
int64_t cron_next(const struct cron *c, const struct zone *z, int64_t after);

#endif
