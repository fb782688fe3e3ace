#include "control/wire/scalar.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/enc.h"

char *
buf_room_slow(struct buf *b, size_t n)
{
	static const char zeros[256];
	size_t len = b->len;

	for (size_t i = 0; i < n; i += sizeof(zeros))
		buf_add(b, zeros, n - i < sizeof(zeros) ? n - i : sizeof(zeros));
	if (b->full)
		return NULL;
	b->len = len;
	return b->data + len;
}

static json_t *
read_integer(const char *text, json_int_t min, json_int_t max)
{
	char *end;
	long long n;

	/* strtoll would skip white space and take "+1". */
	if (text[text[0] == '-'] < '0' || text[text[0] == '-'] > '9')
		return NULL;
	errno = 0;
	n = strtoll(text, &end, 10);
	return *end == '\0' && errno == 0 && n >= min && n <= max ? json_new_int(n) :
								    NULL;
}

static json_t *
read_real(const char *text)
{
	static const char *const words[] = { "NaN", "Infinity", "-Infinity" };
	char *end;
	double d;

	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcmp(text, words[i]) == 0)
			return json_new_str(text);
	}
	/* Nothing but a decimal number: strtod knows hex, "inf" and white space. */
	if (text[0] == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0')
		return NULL;
	d = strtod(text, &end);
	return *end == '\0' && isfinite(d) ? json_new_num(d) : NULL;
}

static json_t *
read_boolean(const char *text)
{
	if (strcasecmp(text, "true") == 0)
		return json_true();
	return strcasecmp(text, "false") == 0 ? json_false() : NULL;
}

static json_t *
read_blob(struct arena *a, const char *text, size_t len)
{
	unsigned char *bytes;
	size_t n;

	if (!base64_decode(a, text, len, &bytes, &n))
		return NULL;
	return json_new_str(base64_encode(a, bytes, n));
}

/* "Tue, 29 Apr 2014 18:30:38 GMT", with a fraction of the second if there is one. */
static int
parse_rfc822(const char *text, int64_t *ret_ms)
{
	struct tm tm = { 0 };
	const char *p = strptime(text, "%a, %d %b %Y %H:%M:%S", &tm);
	int64_t ms = 0;

	if (p != NULL && *p == '.') {
		int scale = 100;

		for (p++; *p >= '0' && *p <= '9'; p++, scale /= 10)
			ms += (*p - '0') * scale;
	}
	if (p == NULL || strcmp(p, " GMT") != 0)
		return 0;
	*ret_ms = (int64_t)timegm(&tm) * 1000 + ms;
	return 1;
}

json_t *
timestamp_read(const char *text)
{
	json_t *v = read_integer(text, -100000000000000, 100000000000000);
	int64_t ms;

	if (v == NULL && text[0] != 'N' && text[0] != 'I')
		v = strchr(text, 'I') == NULL ? read_real(text) : NULL;
	if (v != NULL)
		return v;
	if (!clock_parse_iso8601(text, &ms) && !parse_rfc822(text, &ms))
		return NULL;
	return ms % 1000 == 0 ? json_new_int(ms / 1000) : json_new_num((double)ms / 1000);
}

json_t *
scalar_read(struct arena *a, const struct model *m, uint16_t shape, const char *text,
    size_t len)
{
	switch (model_shape_type(m, shape)) {
	case TYPE_STRING:
		return json_new_strn(text, len);
	case TYPE_INTEGER:
		return read_integer(text, INT_MIN, INT_MAX);
	case TYPE_LONG:
		return read_integer(text, LLONG_MIN, LLONG_MAX);
	case TYPE_FLOAT:
	case TYPE_DOUBLE:
		return read_real(text);
	case TYPE_BOOLEAN:
		return read_boolean(text);
	case TYPE_BLOB:
		return read_blob(a, text, len);
	case TYPE_TIMESTAMP:
		return timestamp_read(text);
	case TYPE_STRUCTURE:
	case TYPE_LIST:
	case TYPE_MAP:
		break;
	}
	return NULL;
}

enum timestamp_form
timestamp_form(const struct model *m, uint16_t shape, enum timestamp_form by_protocol)
{
	uint8_t form = m->shapes[shape].timestamp;

	return form != TIMESTAMP_BY_PROTOCOL ? (enum timestamp_form)form : by_protocol;
}

void
integer_write(json_int_t n, struct buf *b)
{
	unsigned long long u =
	    n < 0 ? 0ULL - (unsigned long long)n : (unsigned long long)n;
	char text[24], *p = text + sizeof(text);

	do {
		*--p = (char)('0' + u % 10);
		u /= 10;
	} while (u != 0);
	if (n < 0)
		*--p = '-';
	buf_add(b, p, (size_t)(text + sizeof(text) - p));
}

void
real_write(double d, struct buf *b)
{
	char text[40];

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, d);
		if (strtod(text, NULL) == d)
			break;
	}
	buf_str(b, text);
}

static void
digits(char *p, int64_t n, int width)
{
	while (width-- > 0) {
		p[width] = (char)('0' + n % 10);
		n /= 10;
	}
}

/* Days since 1970-01-01 to a date of the Gregorian calendar, in eras of 400 years from March. */
static void
civil(int64_t days, int64_t *y, int64_t *m, int64_t *d)
{
	int64_t era, doe, yoe, doy, mp;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = doy - (153 * mp + 2) / 5 + 1;
	*m = mp < 10 ? mp + 3 : mp - 9;
	*y = yoe + era * 400 + (*m <= 2);
}

static void
write_iso8601(int64_t ms, int with_ms, struct buf *b)
{
	char text[] = "0000-00-00T00:00:00.000Z";
	int64_t y, m, d, day = ms / 86400000, rest = ms % 86400000;

	if (rest < 0) {
		rest += 86400000;
		day--;
	}
	civil(day, &y, &m, &d);
	digits(text, y, 4);
	digits(text + 5, m, 2);
	digits(text + 8, d, 2);
	digits(text + 11, rest / 3600000, 2);
	digits(text + 14, rest / 60000 % 60, 2);
	digits(text + 17, rest / 1000 % 60, 2);
	digits(text + 20, rest % 1000, 3);
	if (with_ms || rest % 1000 != 0) {
		buf_add(b, text, 24);
	} else {
		buf_add(b, text, 19);
		buf_chr(b, 'Z');
	}
}

static void
write_rfc822(int64_t ms, struct buf *b)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&t, &tm);
	buf_printf(b, "%.3s, %02d %.3s %04d %02d:%02d:%02d", days + 3 * tm.tm_wday,
	    tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
	    tm.tm_sec);
	if (ms % 1000 > 0)
		buf_printf(b, ".%03d", (int)(ms % 1000));
	buf_str(b, " GMT");
}

/* Years 0 to 9999, which is what the texts have room for. */
static int64_t
in_range(double s)
{
	const double first = -62167219200.0, last = 253402300799.0;

	if (!(s >= first))
		s = first;
	s = (s > last ? last : s) * 1000;
	return (int64_t)(s < 0 ? s - 0.5 : s + 0.5);
}

void
timestamp_write(const json_t *v, enum timestamp_form form, int with_ms, struct buf *b)
{
	double s = json_number_value(v);

	if (form == TIMESTAMP_RFC822)
		write_rfc822(in_range(s), b);
	else if (form == TIMESTAMP_ISO8601)
		write_iso8601(in_range(s), with_ms, b);
	else if (json_is_integer(v))
		integer_write(json_integer_value(v), b);
	else
		real_write(s, b);
}
