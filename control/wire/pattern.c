/*
 * Java has three things that PCRE2 has not: \uXXXX (of surrogate pairs too, in ranges),
 * POSIX classes as properties (\p{Alnum}), and `&&` in classes, which no pattern of
 * AWS's has and which is refused here.  Matching is bounded in steps, since patterns
 * such as (a+)+ would otherwise let a client keep a thread busy.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "control/wire/pattern.h"

#include <pcre2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cc.h"

enum { MAX_PATTERN = 16384, MAX_STEPS = 200000, MAX_DEPTH = 2000 };

static const struct {
	const char *java, *posix;
} classes[] = {
	{ "Alnum", "[:alnum:]" },
	{ "Alpha", "[:alpha:]" },
	{ "ASCII", "\\x{0}-\\x{7f}" },
	{ "Blank", " \\t" },
	{ "Cntrl", "\\x{0}-\\x{1f}\\x{7f}" },
	{ "Digit", "0-9" },
	{ "Graph", "\\x{21}-\\x{7e}" },
	{ "Lower", "a-z" },
	{ "Print", "\\x{20}-\\x{7e}" },
	{ "Punct", "[:punct:]" },
	{ "Space", "\\s" },
	{ "Upper", "A-Z" },
	{ "XDigit", "0-9A-Fa-f" },
	{ "all", "\\x{0}-\\x{10ffff}" },
	{ "LD", "\\p{L}\\p{Nd}" },
	{ "IsAlphabetic", "\\p{L}\\p{Nl}" },
	{ "IsWhitespace", "\\s" },
	{ "IsLatin", "\\p{Latin}" },
	{ "IsDigit", "\\p{Nd}" },
	{ "IsLetter", "\\p{L}" },
};

/* The four hex digits after "\u" at p, or -1. */
static long
hex4(const char *p)
{
	long v = 0;

	if (p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		const char *hex = "0123456789abcdef", *at;

		at = p[i] != '\0' ? strchr(hex, p[i] | 0x20) : NULL;
		if (at == NULL)
			return -1;
		v = v * 16 + (at - hex);
	}
	return v;
}

/* \uXXXX, or a pair of surrogates: how many bytes were read; 0 for something else. */
static size_t
translate_unicode(const char *p, struct buf *out)
{
	long hi = hex4(p), lo;

	if (hi < 0)
		return 0;
	if (hi < 0xd800 || hi > 0xdfff) {
		buf_printf(out, "\\x{%lx}", (unsigned long)hi);
		return 6;
	}
	lo = hex4(p + 6);
	if (hi > 0xdbff || lo < 0xdc00 || lo > 0xdfff)
		return 6; /* half a pair: no text has it */
	buf_printf(out, "\\x{%lx}",
	    (unsigned long)(0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00)));
	return 12;
}

/* \p{Alnum} and the like. */
static size_t
translate_class(const char *p, int in_class, int negated, struct buf *out)
{
	const char *name = p + 3, *end;

	if (p[2] != '{' || (end = strchr(name, '}')) == NULL)
		return 0;
	for (size_t i = 0; i < COUNT(classes); i++) {
		if (strlen(classes[i].java) != (size_t)(end - name) ||
		    strncmp(classes[i].java, name, (size_t)(end - name)) != 0)
			continue;
		if (in_class && negated)
			return 0;
		buf_printf(out,
		    in_class	? "%s" :
			negated ? "[^%s]" :
				  "[%s]",
		    classes[i].posix);
		return (size_t)(end - p) + 1;
	}
	return 0;
}

static size_t
translate_escape(const char *p, int in_class, struct buf *out)
{
	size_t n = translate_unicode(p, out);

	if (n == 0 && (p[1] == 'p' || p[1] == 'P'))
		n = translate_class(p, in_class, p[1] == 'P', out);
	if (n == 0) {
		const char *end = p[1] != '\0' && p[2] == '{' ? strchr(p, '}') : NULL;

		n = end != NULL ? (size_t)(end - p) + 1 : p[1] != '\0' ? 2 : 1;
		buf_add(out, p, n);
	}
	return n;
}

/* What stands at p in a class; *range says whether a "-" after it may make a range. */
static size_t
translate_in_class(const char *p, int *range, struct buf *out)
{
	if (*p == '\\') {
		*range = p[1] != '\0' && strchr("wWdDsSpP", p[1]) == NULL;
		return translate_escape(p, 1, out);
	}
	/* PCRE2 wants the hyphen of [\w-.] escaped, and a "[" in a class is itself. */
	if ((*p == '-' && !*range) || (*p == '[' && p[1] != ':'))
		buf_chr(out, '\\');
	*range = 1;
	buf_chr(out, *p);
	return 1;
}

/* From "[" to its "]": how many bytes, or 0 when it has what we do not read. */
static size_t
translate_brackets(const char *p, struct buf *out)
{
	size_t n = p[1] == '^' ? 2 : 1, first = n;
	int range = 1;

	buf_add(out, p, n);
	while (p[n] != '\0' && (p[n] != ']' || n == first)) {
		if (p[n] == '&' && p[n + 1] == '&')
			return 0;
		n += translate_in_class(p + n, &range, out);
	}
	buf_str(out, "]");
	return p[n] == ']' ? n + 1 : 0;
}

/*
 * PCRE2 counts to 65535; a larger bound is none.  (The models say such lengths as
 * limits too.)
 */
static size_t
translate_repeat(const char *p, struct buf *out)
{
	unsigned long min, max;
	int n = 0;

	if (sscanf(p, "{%5lu,%9lu}%n", &min, &max, &n) == 2 && n > 0 && max > 65535 &&
	    min < 65536) {
		buf_printf(out, "{%lu,}", min);
		return (size_t)n;
	}
	buf_chr(out, *p);
	return 1;
}

/* 1, or 0 when the pattern has what we do not read. */
static int
translate(const char *p, struct buf *out)
{
	while (*p != '\0') {
		size_t n = 1;

		if (*p == '\\')
			n = translate_escape(p, 0, out);
		else if (*p == '[')
			n = translate_brackets(p, out);
		else if (*p == '{')
			n = translate_repeat(p, out);
		else
			buf_chr(out, *p);
		if (n == 0)
			return 0;
		p += n;
	}
	return !buf_is_full(out);
}

static pcre2_code *
compile(const char *pattern)
{
	PCRE2_SIZE at;
	pcre2_code *code;
	struct buf b;
	int e;

	buf_init(&b, MAX_PATTERN);
	if (!translate(pattern, &b)) {
		buf_done(&b);
		return NULL;
	}
	code = pcre2_compile((PCRE2_SPTR)buf_text(&b), b.len,
	    PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NEVER_BACKSLASH_C, &e,
	    &at, NULL);
	buf_done(&b);
	return code;
}

int
pattern_matches(const char *pattern, const char *text, size_t len)
{
	pcre2_code *code = compile(pattern);
	pcre2_match_context *ctx;
	pcre2_match_data *data;
	int rc;

	if (code == NULL)
		return -1;
	ctx = pcre2_match_context_create(NULL);
	data = pcre2_match_data_create(1, NULL);
	if (ctx == NULL || data == NULL)
		abort();
	pcre2_set_match_limit(ctx, MAX_STEPS);
	pcre2_set_depth_limit(ctx, MAX_DEPTH);
	rc = pcre2_match(code, (PCRE2_SPTR)text, len, 0, 0, data, ctx);
	pcre2_match_data_free(data);
	pcre2_match_context_free(ctx);
	pcre2_code_free(code);
	return rc >= 0;
}
