#include "control/services/route53/value.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/cc.h"
#include "base/enc.h"
#include "control/services/route53/name.h"

enum { STRING_MAX = 255, DATA_MAX = 4096 };

/*
 * The fields of each type: 4, 6 addresses; n name; b, w, d numbers of 8, 16, 32 bits; s string with its length;
 * t the same without quotation marks; q quoted to the end; x hexadecimal to the end; S one string or more;
 * p parameters of a service, or none.
 */
static const struct type {
	const char *name;
	uint16_t number;
	const char *fields;
} types[] = {
	{ "A", 1, "4" },
	{ "AAAA", 28, "6" },
	{ "CAA", 257, "btq" },
	{ "CNAME", 5, "n" },
	{ "DS", 43, "wbbx" },
	{ "HTTPS", 65, "wnp" },
	{ "MX", 15, "wn" },
	{ "NAPTR", 35, "wwsssn" },
	{ "NS", 2, "n" },
	{ "PTR", 12, "n" },
	{ "SOA", 6, "nnddddd" },
	{ "SPF", 99, "S" },
	{ "SRV", 33, "wwwn" },
	{ "SSHFP", 44, "bbx" },
	{ "SVCB", 64, "wnp" },
	{ "TLSA", 52, "bbbx" },
	{ "TXT", 16, "S" },
};

static const char *const counts[] = { "Zero", "One", "Two", "Three", "Four", "Five",
	"Six", "Seven" };

static const char not_integer[] = "InvalidInteger (Value is not a valid integer)";
static const char not_quoted[] =
    "InvalidCharacterString (Value should be enclosed in quotation marks)";
static const char too_long[] = "CharacterStringTooLong (Value is too long)";
static const char not_hex[] = "InvalidHexadecimal (Value is not hexadecimal)";
static const char bad_param[] = "InvalidSvcParam (Service parameter is not valid)";

struct reader {
	struct arena *a;
	const char *at;
	struct buf *out;
};

static const struct type *
type_of(const char *name)
{
	for (size_t i = 0; i < COUNT(types); i++) {
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	}
	return NULL;
}

uint16_t
r53_type_number(const char *type)
{
	const struct type *t = type_of(type);

	return t != NULL ? t->number : 0;
}

static void
skip_space(struct reader *r)
{
	r->at += strspn(r->at, " \t");
}

/* The next field, up to white space. */
static char *
take_word(struct reader *r)
{
	size_t n = strcspn(r->at, " \t");
	char *word = arena_strndup(r->a, r->at, n);

	r->at += n;
	return word;
}

static void
put_number(struct buf *b, uint64_t n, int bytes)
{
	while (bytes-- > 0)
		buf_chr(b, (char)(n >> (8 * bytes)));
}

static const char *
number(struct reader *r, const char *word, int bytes)
{
	uint64_t n = 0;

	if (*word == '\0' || strlen(word) > 10)
		return not_integer;
	for (; *word != '\0'; word++) {
		if (!isdigit((unsigned char)*word))
			return not_integer;
		n = n * 10 + (uint64_t)(*word - '0');
	}
	if (n >> (8 * bytes) != 0)
		return not_integer;
	put_number(r->out, n, bytes);
	return NULL;
}

static const char *
name(struct reader *r, const char *word)
{
	const char *parsed, *plain;
	enum r53_name_fault fault;

	if (strcmp(word, ".") == 0) {
		buf_chr(r->out, '\0');
		return NULL;
	}
	fault = r53_name_parse(r->a, word, &parsed);
	if (fault != R53_NAME_FINE)
		return r53_name_fault(fault);
	for (; *parsed != '\0'; parsed = strchr(parsed, '.') + 1) {
		size_t n = strcspn(parsed, ".");

		/* Dots in a label are escaped, so that this one ends it. */
		plain = r53_name_plain(r->a, arena_strndup(r->a, parsed, n + 1));
		buf_chr(r->out, (char)strlen(plain));
		buf_str(r->out, plain);
	}
	buf_chr(r->out, '\0');
	return NULL;
}

static const char *
address(struct reader *r, const char *word, int family)
{
	unsigned char bytes[16];

	if (inet_pton(family, word, bytes) != 1)
		return family == AF_INET ?
		    "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)" :
		    "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)";
	buf_add(r->out, bytes, family == AF_INET ? 4 : 16);
	return NULL;
}

/* One quoted string, its escapes undone, into `b`. */
static const char *
quoted(struct reader *r, struct buf *b)
{
	if (*r->at != '"')
		return not_quoted;
	for (r->at++; *r->at != '"'; r->at++) {
		if (*r->at == '\0')
			return not_quoted;
		if (*r->at != '\\') {
			buf_chr(b, *r->at);
		} else if (r->at[1] >= '0' && r->at[1] <= '3' &&
		    isdigit((unsigned char)r->at[2]) &&
		    isdigit((unsigned char)r->at[3])) {
			buf_chr(b,
			    (char)((r->at[1] - '0') << 6 | (r->at[2] - '0') << 3 |
				(r->at[3] - '0')));
			r->at += 3;
		} else if (r->at[1] != '\0') {
			buf_chr(b, *++r->at);
		}
	}
	r->at++;
	return NULL;
}

static const char *
string(struct reader *r)
{
	struct buf *b = buf_new(r->a, 0);
	const char *fault = quoted(r, b);

	if (fault != NULL)
		return fault;
	if (b->len > STRING_MAX)
		return too_long;
	buf_chr(r->out, (char)b->len);
	buf_add(r->out, b->data, b->len);
	return NULL;
}

static const char *
strings(struct reader *r)
{
	do {
		const char *fault = string(r);

		if (fault != NULL)
			return fault;
		skip_space(r);
	} while (*r->at != '\0');
	return NULL;
}

static const char *
hexadecimal(struct reader *r)
{
	struct buf *digits = buf_new(r->a, 0);
	unsigned char *bytes;

	for (; *r->at != '\0'; r->at++) {
		if (*r->at != ' ' && *r->at != '\t')
			buf_chr(digits, (char)tolower((unsigned char)*r->at));
	}
	bytes = arena_alloc(r->a, digits->len / 2 + 1);
	if (digits->len == 0 || digits->len % 2 != 0 ||
	    !hex_decode(buf_text(digits), bytes, digits->len / 2))
		return not_hex;
	buf_add(r->out, bytes, digits->len / 2);
	return NULL;
}

/* Parameters of SVCB and HTTPS: RFC 9460 2.1 */

enum { KEY_MANDATORY, KEY_ALPN, KEY_NO_ALPN, KEY_PORT, KEY_IPV4, KEY_ECH, KEY_IPV6 };

static const char *const keys[] = { "mandatory", "alpn", "no-default-alpn", "port",
	"ipv4hint", "ech", "ipv6hint" };

static int
key_of(const char *word, size_t n)
{
	uint64_t k = 0;

	for (size_t i = 0; i < COUNT(keys); i++) {
		if (strlen(keys[i]) == n && strncmp(keys[i], word, n) == 0)
			return (int)i;
	}
	if (n < 4 || n > 8 || strncmp(word, "key", 3) != 0)
		return -1;
	for (size_t i = 3; i < n; i++) {
		if (!isdigit((unsigned char)word[i]))
			return -1;
		k = k * 10 + (uint64_t)(word[i] - '0');
	}
	return k < UINT16_MAX ? (int)k : -1;
}

/* One element of a parameter's list. */
static const char *
element(struct reader *r, int key, const char *text)
{
	int other;

	switch (key) {
	case KEY_MANDATORY:
		other = key_of(text, strlen(text));
		if (other < 0)
			return bad_param;
		put_number(r->out, (uint64_t)other, 2);
		return NULL;
	case KEY_ALPN:
		if (*text == '\0' || strlen(text) > STRING_MAX)
			return bad_param;
		buf_chr(r->out, (char)strlen(text));
		buf_str(r->out, text);
		return NULL;
	case KEY_PORT:
		return number(r, text, 2);
	case KEY_IPV4:
		return address(r, text, AF_INET);
	case KEY_IPV6:
		return address(r, text, AF_INET6);
	default:
		return bad_param;
	}
}

static const char *
elements(struct reader *r, int key, const char *text)
{
	if (key == KEY_NO_ALPN)
		return *text == '\0' ? NULL : bad_param;
	if (key > KEY_IPV6) {
		buf_str(r->out, text);
		return NULL;
	}
	if (key == KEY_ECH) {
		unsigned char *bytes;
		size_t n;

		if (!base64_decode(r->a, text, strlen(text), &bytes, &n))
			return bad_param;
		buf_add(r->out, bytes, n);
		return NULL;
	}
	for (;;) {
		size_t n = strcspn(text, ",");
		const char *fault = element(r, key, arena_strndup(r->a, text, n));

		if (fault != NULL || text[n] == '\0')
			return fault;
		text += n + 1;
	}
}

static const char *
parameter(struct reader *r, int *last)
{
	size_t n = strcspn(r->at, "= \t");
	int key = key_of(r->at, n);
	struct buf *text = buf_new(r->a, 0), *data = buf_new(r->a, 0), *out = r->out;
	const char *fault = NULL;

	/* RFC 9460 2.2: in order, each once. */
	if (key <= *last)
		return bad_param;
	*last = key;
	r->at += n;
	if (*r->at == '=') {
		r->at++;
		if (*r->at == '"')
			fault = quoted(r, text);
		else
			buf_str(text, take_word(r));
	}
	if (fault != NULL)
		return fault;
	r->out = data;
	fault = elements(r, key, buf_text(text));
	r->out = out;
	put_number(out, (uint64_t)key, 2);
	put_number(out, data->len, 2);
	buf_add(out, data->data, data->len);
	return fault;
}

static const char *
parameters(struct reader *r)
{
	int last = -1;

	while (*r->at != '\0') {
		const char *fault = parameter(r, &last);

		if (fault != NULL)
			return fault;
		skip_space(r);
	}
	return NULL;
}

static const char *
tag(struct reader *r)
{
	const char *word = take_word(r);

	for (const char *p = word; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p))
			return "CAARRDATAInvalidTag (CAA tag is not valid)";
	}
	buf_chr(r->out, (char)strlen(word));
	buf_str(r->out, word);
	return NULL;
}

static const char *
field(struct reader *r, char kind)
{
	switch (kind) {
	case '4':
		return address(r, take_word(r), AF_INET);
	case '6':
		return address(r, take_word(r), AF_INET6);
	case 'n':
		return name(r, take_word(r));
	case 'b':
		return number(r, take_word(r), 1);
	case 'w':
		return number(r, take_word(r), 2);
	case 'd':
		return number(r, take_word(r), 4);
	case 's':
		return string(r);
	case 't':
		return tag(r);
	case 'q':
		return quoted(r, r->out);
	case 'x':
		return hexadecimal(r);
	case 'p':
		return parameters(r);
	default:
		return strings(r);
	}
}

static const char *
not_fields(struct arena *a, const struct type *t, size_t n)
{
	return arena_printf(a, "%sRRDATANot%sFields (%s record doesn't have %zu fields)",
	    t->name, counts[n], t->name, n);
}

/* How many there are; one in quotation marks counts as one. */
static size_t
count_fields(const char *text)
{
	size_t n = 0;
	int is_quoted = 0, is_in = 0;

	for (; *text != '\0'; text++) {
		int is_space = !is_quoted && (*text == ' ' || *text == '\t');

		if (*text == '"')
			is_quoted = !is_quoted;
		n += !is_space && !is_in;
		is_in = !is_space;
		text += *text == '\\' && text[1] != '\0';
	}
	return n;
}

const char *
r53_value_parse(struct arena *a, const char *type, const char *text, struct buf *ret)
{
	const struct type *t = type_of(type);
	struct reader r = { .a = a, .at = text, .out = ret };
	size_t n, needed;

	/* The model has no others. */
	assert(t != NULL);
	n = strlen(t->fields);
	needed = n - (strchr(t->fields, 'p') != NULL);
	if (n > 1 && count_fields(text) < needed)
		return not_fields(a, t, needed);
	for (size_t i = 0; i < n; i++) {
		const char *fault;

		skip_space(&r);
		fault = field(&r, t->fields[i]);
		if (fault != NULL)
			return fault;
	}
	skip_space(&r);
	if (*r.at == '\0')
		return ret->len <= DATA_MAX ? NULL : too_long;
	if (n > 1)
		return not_fields(a, t, needed);
	return t->fields[0] == 'S' ?
	    not_quoted :
	    "UnsupportedCharacter (Value contains unsupported characters)";
}
