#include "control/services/route53/name.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"

enum { LABEL_MAX = 63, WIRE_MAX = 255 };

static const char *const faults[] = {
	[R53_NAME_FINE] = "",
	[R53_LABEL_EMPTY] = "DomainLabelEmpty (Domain label is empty)",
	[R53_LABEL_LONG] = "DomainLabelTooLong (Domain label is too long)",
	[R53_NAME_LONG] = "DomainNameTooLong (Domain name is too long)",
	[R53_NAME_CHARACTER] =
	    "UnsupportedCharacter (Value contains unsupported characters)",
};

const char *
r53_name_fault(enum r53_name_fault fault)
{
	return faults[fault];
}

static int
is_octal(const char *s)
{
	return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' &&
	    s[2] <= '7';
}

/* The next character of a label, escaped or not; how many bytes it took, 0 it is none. */
static size_t
take(const char *s, unsigned char *ret)
{
	if (s[0] == '\\') {
		if (!is_octal(s + 1))
			return 0;
		*ret =
		    (unsigned char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
		return 4;
	}
	*ret = (unsigned char)s[0];
	return *ret > ' ' && *ret < 0x7f;
}

static void
put(struct buf *b, unsigned char ch)
{
	ch = (unsigned char)tolower(ch);
	if (isalnum(ch) || ch == '-' || ch == '_')
		buf_chr(b, (char)ch);
	else
		buf_printf(b, "\\%03o", (unsigned)ch);
}

enum r53_name_fault
r53_name_parse(struct arena *a, const char *text, const char **ret)
{
	struct buf *b = buf_new(a, 0);
	size_t wire = 1;

	if (strcmp(text, ".") == 0)
		return R53_LABEL_EMPTY;
	do {
		size_t label = 0, n;
		unsigned char ch;

		for (; *text != '\0' && *text != '.'; text += n) {
			n = take(text, &ch);
			if (n == 0)
				return R53_NAME_CHARACTER;
			put(b, ch);
			label++;
		}
		if (label == 0)
			return R53_LABEL_EMPTY;
		if (label > LABEL_MAX)
			return R53_LABEL_LONG;
		buf_chr(b, '.');
		wire += label + 1;
		if (wire > WIRE_MAX)
			return R53_NAME_LONG;
		text += *text == '.';
	} while (*text != '\0');
	*ret = buf_text(b);
	return R53_NAME_FINE;
}

char *
r53_name_key(struct arena *a, const char *name)
{
	size_t n = strlen(name);
	char *key = arena_alloc(a, n + 1);
	size_t end = n - 1, at = 0;

	/* Label by label from the end; the last dot goes. */
	for (size_t i = end;; i--) {
		if (i == 0 || name[i - 1] == '.') {
			memcpy(key + at, name + i, end - i);
			at += end - i;
			if (i == 0)
				break;
			key[at++] = ' ';
			end = i - 1;
		}
	}
	return key;
}

int
r53_name_is_in(const char *name, const char *zone)
{
	size_t n = strlen(name), m = strlen(zone);

	return n >= m && strcmp(name + n - m, zone) == 0 &&
	    (n == m || name[n - m - 1] == '.');
}

char *
r53_name_plain(struct arena *a, const char *name)
{
	struct buf *b = buf_new(a, 0);

	while (*name != '\0') {
		unsigned char ch;
		size_t n = take(name, &ch);

		buf_chr(b, n > 0 ? (char)ch : *name);
		name += n > 0 ? n : 1;
	}
	return arena_strndup(a, buf_text(b), b->len > 0 ? b->len - 1 : 0);
}
