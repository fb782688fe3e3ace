#include "agents/vpc/dns_record.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/enc.h"

enum { TEXT_MAX = 4000, CHUNK_MAX = 255, DATA_MAX = 8192 };

static const char generic[] = "\\# ";

static int
put_name(const char *text, struct buf *b)
{
	struct dns_name name;

	if (dns_name_parse(text, &name) < 0)
		return -1;
	buf_add(b, name.wire, name.len);
	return 0;
}

static int
put_ipv4(const char *text, struct buf *b)
{
	struct in_addr in;

	if (inet_pton(AF_INET, text, &in) != 1)
		return -1;
	buf_add(b, &in, sizeof(in));
	return 0;
}

static int
put_ipv6(const char *text, struct buf *b)
{
	struct in6_addr in;

	if (inet_pton(AF_INET6, text, &in) != 1)
		return -1;
	buf_add(b, &in, sizeof(in));
	return 0;
}

/* The text as it stands, in strings of 255 bytes (RFC 1035 3.3.14). */
static int
put_text(const char *text, struct buf *b)
{
	size_t n = strlen(text);

	if (n > TEXT_MAX)
		return -1;
	do {
		size_t k = n < CHUNK_MAX ? n : CHUNK_MAX;

		buf_chr(b, (char)k);
		buf_add(b, text, k);
		text += k;
		n -= k;
	} while (n > 0);
	return 0;
}

/* `count` numbers of 16 bits with a space after each; returns what follows, or NULL. */
static const char *
put_numbers(const char *text, int count, struct buf *b)
{
	for (; count > 0; count--) {
		unsigned n = 0;
		size_t digits = strspn(text, "0123456789");

		if (digits == 0 || digits > 5 || text[digits] != ' ')
			return NULL;
		for (size_t i = 0; i < digits; i++)
			n = n * 10 + (unsigned)(text[i] - '0');
		if (n > UINT16_MAX)
			return NULL;
		buf_add(b, (uint8_t[]){ (uint8_t)(n >> 8), (uint8_t)n }, 2);
		text += digits + 1;
	}
	return text;
}

static int
put_mx(const char *text, struct buf *b)
{
	text = put_numbers(text, 1, b);
	return text == NULL ? -1 : put_name(text, b);
}

static int
put_srv(const char *text, struct buf *b)
{
	text = put_numbers(text, 3, b);
	return text == NULL ? -1 : put_name(text, b);
}

static const struct {
	const char *word;
	uint16_t type;
	int (*put)(const char *text, struct buf *b);
} types[] = {
	{ "A", DNS_A, put_ipv4 },
	{ "AAAA", DNS_AAAA, put_ipv6 },
	{ "CNAME", DNS_CNAME, put_name },
	{ "MX", DNS_MX, put_mx },
	{ "PTR", DNS_PTR, put_name },
	{ "SRV", DNS_SRV, put_srv },
	{ "TXT", DNS_TXT, put_text },
};

/* 0 to 65535, digits alone; what follows, or NULL. */
static const char *
read_number(const char *text, unsigned *ret)
{
	size_t digits = strspn(text, "0123456789");

	*ret = 0;
	if (digits == 0 || digits > 5)
		return NULL;
	for (size_t i = 0; i < digits; i++)
		*ret = *ret * 10 + (unsigned)(text[i] - '0');
	return *ret <= UINT16_MAX ? text + digits : NULL;
}

/* "\# 4 0a000001", of any type (RFC 3597 5). */
static int
put_bytes(const char *text, struct buf *b)
{
	unsigned char bytes[DATA_MAX / 2];
	unsigned n;

	text = read_number(text + strlen(generic), &n);
	if (text == NULL || n > sizeof(bytes) || *text != ' ' ||
	    strlen(text + 1) != 2 * (size_t)n || !hex_decode(text + 1, bytes, n))
		return -1;
	buf_add(b, bytes, n);
	return 0;
}

/* Types that only questions and connections have are not a zone's (RFC 6895 3.1). */
static int
number_of_type(const char *word, uint16_t *ret)
{
	const char *end;
	unsigned n;

	if (strncmp(word, "TYPE", 4) != 0)
		return 0;
	end = read_number(word + 4, &n);
	if (end == NULL || *end != '\0' || n == 0 || n == DNS_OPT ||
	    (n >= 128 && n <= DNS_ANY))
		return 0;
	*ret = (uint16_t)n;
	return 1;
}

int
dns_record_type(const char *word, uint16_t *ret)
{
	for (size_t i = 0; word != NULL && i < COUNT(types); i++) {
		if (strcmp(types[i].word, word) == 0) {
			*ret = types[i].type;
			return 1;
		}
	}
	return word != NULL && number_of_type(word, ret);
}

/* Of names that the agent reads itself: the data are one name, whole. */
static int
is_name(const struct buf *b)
{
	struct dns_reader r = { (const uint8_t *)buf_text(b), b->len, 0 };
	struct dns_name name;

	return dns_read_name(&r, &name) == 0 && r.at == b->len;
}

static struct dns_data
take(struct arena *a, struct buf *b)
{
	struct dns_data d = { .len = (uint16_t)b->len };

	assert(!buf_is_full(b));
	d.bytes = (const uint8_t *)arena_strndup(a, buf_text(b), b->len);
	return d;
}

int
dns_record_parse(struct arena *a, uint16_t type, const char *text, struct dns_data *ret)
{
	struct buf b;
	int rc = -1;

	buf_init(&b, DATA_MAX);
	if (strncmp(text, generic, strlen(generic)) == 0)
		rc = put_bytes(text, &b);
	for (size_t i = 0; rc < 0 && i < COUNT(types); i++) {
		if (types[i].type == type)
			rc = types[i].put(text, &b);
	}
	if (rc == 0 && type == DNS_CNAME && !is_name(&b))
		rc = -1;
	if (rc == 0)
		*ret = take(a, &b);
	buf_done(&b);
	return rc;
}

static void
put_u32(struct buf *b, uint32_t v)
{
	v = htonl(v);
	buf_add(b, &v, sizeof(v));
}

struct dns_data
dns_record_soa(struct arena *a, const struct dns_name *zone, uint32_t negative_ttl)
{
	static const char mailbox[] = "hostmaster";
	struct dns_data d;
	struct buf b;

	buf_init(&b, DATA_MAX);
	buf_add(&b, zone->wire, zone->len);
	if (zone->len + sizeof(mailbox) <= DNS_NAME_MAX) {
		buf_chr(&b, (char)strlen(mailbox));
		buf_str(&b, mailbox);
	}
	buf_add(&b, zone->wire, zone->len);
	put_u32(&b, 1);	      /* serial */
	put_u32(&b, 7200);    /* refresh */
	put_u32(&b, 900);     /* retry */
	put_u32(&b, 1209600); /* expire */
	put_u32(&b, negative_ttl);
	d = take(a, &b);
	buf_done(&b);
	return d;
}
