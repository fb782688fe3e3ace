#include "tests/codec/frames.h"

#include <stdint.h>
#include <string.h>

#include "base/enc.h"

/* A bit at a time, as ISO 3309 has it. */
static uint32_t
crc(const unsigned char *p, size_t n)
{
	uint32_t c = UINT32_MAX;

	for (; n > 0; n--) {
		c ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? 0xedb88320u : 0);
	}
	return ~c;
}

static uint64_t
number(const unsigned char *p, size_t width)
{
	uint64_t n = 0;

	while (width-- > 0)
		n = n << 8 | *p++;
	return n;
}

static int64_t
signed_number(const unsigned char *p, size_t width)
{
	uint64_t n = number(p, width), sign = 1;

	if (width == 0 || width >= 8)
		return (int64_t)n;
	sign <<= 8 * width - 1;
	return (int64_t)(n ^ sign) - (int64_t)sign;
}

/* The value at p, and its length with what stands before it; 0 when it is none. */
static size_t
read_value(struct arena *a, const unsigned char *p, size_t left, unsigned type,
    json_t **ret)
{
	static const size_t widths[] = { 0, 0, 1, 2, 4, 8, 2, 2, 8, 16 };
	size_t n = type < COUNT(widths) ? widths[type] : SIZE_MAX;

	if (n > left)
		return 0;
	if (type < 2) {
		*ret = type == 0 ? json_true() : json_false();
	} else if (type == 6 || type == 7) {
		n += (size_t)number(p, 2);
		if (n > left)
			return 0;
		*ret = type == 7 ? json_new_strn((const char *)p + 2, n - 2) :
				   json_new_str(base64_encode(a, p + 2, n - 2));
	} else if (type == 9) {
		*ret = json_new_str(base64_encode(a, p, 16));
	} else {
		*ret = json_new_int(signed_number(p, n));
	}
	return n + 1;
}

static int
read_headers(struct arena *a, const unsigned char *p, size_t n, json_t *into)
{
	while (n > 0) {
		size_t name_len = *p, used;
		const char *name;
		json_t *v;

		if (name_len == 0 || name_len + 2 > n)
			return 0;
		name = arena_strndup(a, (const char *)p + 1, name_len);
		p += 1 + name_len;
		n -= 1 + name_len;
		used = read_value(a, p + 1, n - 1, *p, &v);
		if (used == 0 || json_get(into, name) != NULL)
			return 0;
		json_set(into, name, v);
		p += used;
		n -= used;
	}
	return 1;
}

json_t *
frames_read(struct arena *a, const char *text, size_t left)
{
	const unsigned char *p = (const unsigned char *)text;
	json_t *frames = json_own(a, json_new_array());

	while (left > 0) {
		size_t total, headers;
		json_t *frame = json_add_object(frames);

		if (left < 16)
			return NULL;
		total = (size_t)number(p, 4);
		headers = (size_t)number(p + 4, 4);
		if (total > left || total < 16 || headers > total - 16 ||
		    number(p + 8, 4) != crc(p, 8) ||
		    number(p + total - 4, 4) != crc(p, total - 4) ||
		    !read_headers(a, p + 12, headers, json_need_object(frame, "headers")))
			return NULL;
		json_set_str(frame, "payload",
		    base64_encode(a, p + 12 + headers, total - headers - 16));
		p += total;
		left -= total;
	}
	return frames;
}
