#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/cc.h"
#include "base/log.h"

static int64_t
clock_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
system_now(const struct clock *self UNUSED)
{
	return clock_ms(CLOCK_REALTIME);
}

/* Years 1 to 9999. */
#define FIRST_MS INT64_C(-62135596800000)
#define LAST_MS	 INT64_C(253402300799999)

const struct clock clock_system = { system_now };

int64_t
clock_monotonic_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

void
clock_iso8601(int64_t ms, int with_ms, char *out)
{
	time_t sec;
	struct tm tm;
	int rest, n;

	if (ms < FIRST_MS)
		ms = FIRST_MS;
	if (ms > LAST_MS)
		ms = LAST_MS;
	rest = (int)((ms % 1000 + 1000) % 1000);
	sec = (time_t)((ms - rest) / 1000);
	gmtime_r(&sec, &tm);
	n = snprintf(out, CLOCK_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (with_ms)
		n += snprintf(out + n, (size_t)(CLOCK_TEXT - n), ".%03d", rest);
	snprintf(out + n, (size_t)(CLOCK_TEXT - n), "Z");
}

/* Exactly n digits at *s, which moves on: 1, or 0. */
static int
digits(const char **s, int n, int *ret)
{
	int v = 0;

	for (int i = 0; i < n; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return 0;
		v = 10 * v + (**s - '0');
	}
	*ret = v;
	return 1;
}

static int
literal(const char **s, char c)
{
	if (**s != c)
		return 0;
	(*s)++;
	return 1;
}

/* "Z" or "+01:00" at *s, in seconds to take away. */
static int
zone(const char **s, int *ret)
{
	int h, m, sign = **s == '-' ? -1 : 1;

	if (literal(s, 'Z')) {
		*ret = 0;
		return 1;
	}
	if (!literal(s, '+') && !literal(s, '-'))
		return 0;
	if (!digits(s, 2, &h) || !literal(s, ':') || !digits(s, 2, &m) || h > 23 ||
	    m > 59)
		return 0;
	*ret = sign * (h * 3600 + m * 60);
	return 1;
}

int
clock_parse_iso8601(const char *s, int64_t *ret_ms)
{
	struct tm tm = { 0 };
	int off, day, leap, ms = 0, scale = 100;
	int64_t sec;

	if (!digits(&s, 4, &tm.tm_year) || !literal(&s, '-') ||
	    !digits(&s, 2, &tm.tm_mon) || !literal(&s, '-') ||
	    !digits(&s, 2, &tm.tm_mday) || !literal(&s, 'T') ||
	    !digits(&s, 2, &tm.tm_hour) || !literal(&s, ':') ||
	    !digits(&s, 2, &tm.tm_min) || !literal(&s, ':') || !digits(&s, 2, &tm.tm_sec))
		return 0;
	if (literal(&s, '.')) {
		if (*s < '0' || *s > '9')
			return 0;
		for (; *s >= '0' && *s <= '9'; s++, scale /= 10)
			ms += (*s - '0') * scale;
	}
	if (!zone(&s, &off) || *s != '\0')
		return 0;
	if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
	    tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return 0;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	day = tm.tm_mday;
	leap = tm.tm_sec == 60;
	sec = timegm(&tm);
	/* timegm() makes 2 March of 30 February. */
	if (!leap && tm.tm_mday != day)
		return 0;
	*ret_ms = (sec - off) * 1000 + ms;
	return 1;
}

void
random_bytes(void *p, size_t n)
{
	unsigned char *b = p;

	while (n > 0) {
		ssize_t k = getrandom(b, n, 0);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			fatal("no random bytes");
		b += k;
		n -= (size_t)k;
	}
}

void
random_hex(char *out, size_t n)
{
	random_text(out, n, "0123456789abcdef");
}

void
random_text(char *out, size_t n, const char *abc)
{
	size_t len = strlen(abc), i = 0;
	unsigned fair;
	unsigned char b;

	assert(len > 0 && len <= 256);
	fair = (unsigned)(256 / len * len);
	while (i < n) {
		random_bytes(&b, 1);
		if (b < fair)
			out[i++] = abc[b % len];
	}
	out[n] = '\0';
}
