/*
 * RFC 8536, version 2 or later: a header and a block with 32-bit times, which is skipped, a
 * header and a block with 64-bit times, and a line that says how it goes on after them.
 */
#include "base/zone.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cc.h"

#define FOLDER "/usr/share/zoneinfo/"

enum {
	FILE_MAX = 64 * 1024,
	HEADER = 44,
	NAME_MAX_LEN = 64,
	DAY_S = 86400,
	HOURS_MAX = 167 /* RFC 8536 3.3.1 */
};

/* Mm.w.d/time: the w-th (5: last) weekday d of month m. */
struct rule {
	int month, week, weekday;
	int64_t time;
};

struct zone {
	size_t n;
	const unsigned char *times, *types, *infos; /* of the file */
	int64_t std, dst;			    /* behind the last time */
	int has_rules;
	struct rule begin, end; /* of dst */
};

static int64_t
big_endian(const unsigned char *p, size_t n)
{
	uint64_t v = p[0] & 0x80 ? UINT64_MAX : 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return (int64_t)v;
}

/* Days since the epoch of a date of the Gregorian calendar. */
static int64_t
days_of(int64_t y, int m, int d)
{
	int64_t era, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	y -= era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + y * 365 + y / 4 - y / 100 + doy - 719468;
}

static int64_t
year_of(int64_t at)
{
	int64_t days = (at >= 0 ? at : at - DAY_S + 1) / DAY_S;
	int64_t y = 1970 + days / 366;

	while (days_of(y + 1, 1, 1) <= days)
		y++;
	while (days_of(y, 1, 1) > days)
		y--;
	return y;
}

/* When the rule comes in the year, by the clock that it is read on. */
static int64_t
moment(const struct rule *r, int64_t year)
{
	int64_t first = days_of(year, r->month, 1);
	int64_t next =
	    r->month == 12 ? days_of(year + 1, 1, 1) : days_of(year, r->month + 1, 1);
	/* The epoch was a Thursday. */
	int64_t day =
	    first + ((r->weekday - (first + 4) % 7) + 7) % 7 + 7 * (r->week - 1);

	while (day >= next)
		day -= 7;
	return day * DAY_S + r->time;
}

static int64_t
by_rules(const struct zone *z, int64_t at)
{
	int64_t year = year_of(at + z->std), begin, end;

	if (!z->has_rules)
		return z->std;
	begin = moment(&z->begin, year) - z->std;
	end = moment(&z->end, year) - z->dst;
	if (begin < end)
		return at >= begin && at < end ? z->dst : z->std;
	return at >= begin || at < end ? z->dst : z->std;
}

int64_t
zone_offset(const struct zone *z, int64_t at)
{
	size_t low = 0, high = z->n;

	if (z->n == 0 || at >= big_endian(z->times + 8 * (z->n - 1), 8))
		return by_rules(z, at);
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (big_endian(z->times + 8 * mid, 8) <= at)
			low = mid + 1;
		else
			high = mid;
	}
	/* Before the first time it is the first type. */
	return big_endian(z->infos + 6 * (low > 0 ? z->types[low - 1] : 0), 4);
}

/* The line at the end: "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX.1, TZ) */

static const char *
skip_name(const char *p)
{
	if (*p == '<') {
		p += strcspn(p, ">");
		return *p == '>' ? p + 1 : p;
	}
	return p + strcspn(p, "0123456789+-,");
}

/* hh[:mm[:ss]] with a sign. */
static const char *
read_time(const char *p, int64_t *ret)
{
	int64_t v = 0, unit = 3600, sign = 1;
	char *end;

	if (*p == '+' || *p == '-')
		sign = *p++ == '-' ? -1 : 1;
	for (; unit > 0 && *p >= '0' && *p <= '9'; unit /= 60) {
		int64_t n = strtol(p, &end, 10);

		v += (n < HOURS_MAX ? n : HOURS_MAX) * unit;
		p = end;
		if (*p != ':')
			break;
		p++;
	}
	*ret = sign * v;
	return p;
}

/* 1, or 0 for a form that is not ",Mm.w.d[/time]". */
static int
read_rule(const char **p, struct rule *ret)
{
	int *const parts[] = { &ret->month, &ret->week, &ret->weekday };
	char *end;

	if (strncmp(*p, ",M", 2) != 0)
		return 0;
	*p += 2;
	for (size_t i = 0; i < COUNT(parts); i++) {
		*parts[i] = (int)strtol(*p, &end, 10);
		*p = *end == '.' ? end + 1 : end;
	}
	ret->time = 2 * 3600;
	if (**p == '/')
		*p = read_time(*p + 1, &ret->time);
	return ret->month >= 1 && ret->month <= 12 && ret->week >= 1 && ret->week <= 5 &&
	    ret->weekday >= 0 && ret->weekday <= 6;
}

static void
read_line(struct zone *z, const char *p)
{
	p = read_time(skip_name(p), &z->std);
	z->std = -z->std;
	if (*p == '\0')
		return;
	p = skip_name(p);
	z->dst = z->std + 3600;
	if (*p != ',' && *p != '\0') {
		p = read_time(p, &z->dst);
		z->dst = -z->dst;
	}
	z->has_rules = read_rule(&p, &z->begin) && read_rule(&p, &z->end);
}

/* The file */

struct counts {
	size_t isut, isstd, leap, time, type, chars;
};

static int
read_header(const unsigned char *p, size_t len, struct counts *ret)
{
	size_t *const fields[] = { &ret->isut, &ret->isstd, &ret->leap, &ret->time,
		&ret->type, &ret->chars };

	if (len < HEADER || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
		return 0;
	for (size_t i = 0; i < COUNT(fields); i++) {
		int64_t n = big_endian(p + 20 + 4 * i, 4);

		if (n < 0 || n > FILE_MAX)
			return 0;
		*fields[i] = (size_t)n;
	}
	return ret->type > 0;
}

static size_t
block_size(const struct counts *k, size_t time_size)
{
	return k->time * (time_size + 1) + k->type * 6 + k->chars +
	    k->leap * (time_size + 4) + k->isstd + k->isut;
}

/* A NUL follows the len bytes. */
static int
parse(struct zone *z, const unsigned char *p, size_t len)
{
	struct counts k;
	size_t skip;
	char *line;

	if (!read_header(p, len, &k))
		return 0;
	skip = HEADER + block_size(&k, 4);
	if (skip > len || !read_header(p + skip, len - skip, &k))
		return 0;
	skip += HEADER;
	if (block_size(&k, 8) > len - skip)
		return 0;
	z->n = k.time;
	z->times = p + skip;
	z->types = z->times + 8 * k.time;
	z->infos = z->types + k.time;
	for (size_t i = 0; i < k.time; i++) {
		if (z->types[i] >= k.type)
			return 0;
	}
	if (k.time > 0)
		z->std = big_endian(z->infos + 6 * z->types[k.time - 1], 4);
	line = strndup((const char *)p + skip + block_size(&k, 8), len);
	if (line != NULL && line[0] == '\n' && line[1] != '\n') {
		line[strlen(line) - 1] = '\0';
		read_line(z, line + 1);
	}
	free(line);
	return 1;
}

static int
name_is_safe(const char *name)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				  "0123456789+-_/";

	return name[0] != '\0' && name[0] != '/' && strlen(name) <= NAME_MAX_LEN &&
	    name[strspn(name, abc)] == '\0';
}

const struct zone *
zone_find(struct arena *a, const char *name)
{
	struct zone *z = arena_alloc(a, sizeof(*z));
	unsigned char *bytes;
	ssize_t n;
	int fd;

	if (strcmp(name, "UTC") == 0 || strcmp(name, "Etc/UTC") == 0)
		return z;
	if (!name_is_safe(name))
		return NULL;
	fd = open(arena_printf(a, FOLDER "%s", name), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	bytes = arena_alloc(a, FILE_MAX + 1);
	n = read(fd, bytes, FILE_MAX);
	close(fd);
	return n > 0 && parse(z, bytes, (size_t)n) ? z : NULL;
}
