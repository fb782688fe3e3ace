/*
 * Time and randomness, as values that tests can replace.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Milliseconds since the epoch; tests set their own now_ms. */
struct clock {
	int64_t (*now_ms)(const struct clock *self);
};

extern const struct clock clock_system;

/* Milliseconds that only grow; for time-outs. */
int64_t clock_monotonic_ms(void);

/*
 * "2026-01-02T03:04:05Z" or, with ms, "…05.678Z"; out has 32 bytes.  What is
 * outside the years 1 to 9999 is the first or the last moment in them.
 */
enum { CLOCK_TEXT = 32 };
void clock_iso8601(int64_t ms, int with_ms, char *out);

/*
 * RFC 3339 / ISO 8601 with zone ("2026-01-02T03:04:05.678Z", "…+01:00"), to
 * milliseconds: 1, or 0 for anything else.
 */
int clock_parse_iso8601(const char *s, int64_t *ret_ms);

/* From the kernel's generator; ends the process if there is none. */
void random_bytes(void *p, size_t n);

/* n lower-case hex digits and a NUL. */
void random_hex(char *out, size_t n);

/* n characters of `abc` and a NUL, each equally likely. */
void random_text(char *out, size_t n, const char *abc);

#endif
