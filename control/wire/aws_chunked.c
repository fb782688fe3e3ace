#include "control/wire/aws_chunked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/enc.h"
#include "control/wire/checksum.h"

static const struct err_kind mismatch = { "SignatureDoesNotMatch", 403 };
static const struct err_kind small_chunk = { "InvalidChunkSizeError", 400 };
static const struct err_kind incomplete = { "IncompleteBody", 400 };
static const struct err_kind bad_trailer = { "MalformedTrailerError", 400 };
static const struct err_kind bad_argument = { "InvalidArgument", 400 };
static const struct err_kind no_length = { "MissingContentLength", 411 };
static const struct err_kind invalid = { "InvalidRequest", 400 };

enum state { IN_SIZE, IN_DATA, AFTER_DATA, IN_TRAILERS, AT_END };

struct form {
	const char *name; /* of x-amz-content-sha256 */
	int is_signed, has_trailer;
};

struct aws_chunked {
	struct arena *arena;
	const struct form *form;
	const struct aws_chunk_key *key; /* NULL: signatures are not verified */
	const char *announced;		 /* x-amz-trailer; NULL: none */
	int64_t want, got;		 /* bytes of payload */
	enum state state;
	char line[AWS_CHUNK_LINE_MAX];
	size_t line_len;
	uint64_t size, left; /* of this chunk */
	int is_small;	     /* a chunk after which only the last may come */
	char said[65];	     /* the chunk's signature, as sent */
	char last[65];	     /* the one before it */
	struct checksum *hash;
	struct wire_header trailers[AWS_CHUNK_TRAILERS_MAX];
	size_t n_trailers;
	const char *trailer_signature;
};

static const struct form forms[] = {
	{ "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", 1, 0 },
	{ "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", 1, 1 },
	{ "STREAMING-UNSIGNED-PAYLOAD-TRAILER", 0, 1 },
};

int
aws_chunked_is(const struct wire_request *req)
{
	const char *said = wire_header(req, "X-Amz-Content-Sha256");

	return said != NULL && strncmp(said, "STREAMING-", 10) == 0;
}

static const struct form *
find_form(const struct wire_request *req)
{
	const char *said = wire_header(req, "X-Amz-Content-Sha256");

	for (size_t i = 0; said != NULL && i < COUNT(forms); i++) {
		if (strcmp(forms[i].name, said) == 0)
			return &forms[i];
	}
	return NULL;
}

/* A decimal number of at most 18 digits, or -1. */
static int64_t
decoded_length(const struct wire_request *req)
{
	const char *text = wire_header(req, "X-Amz-Decoded-Content-Length");
	size_t n = text != NULL ? strlen(text) : 0;

	if (n == 0 || n > 18 || strspn(text, "0123456789") != n)
		return -1;
	return strtoll(text, NULL, 10);
}

struct aws_chunked *
aws_chunked_new(struct arena *a, const struct wire_request *req,
    const struct aws_chunk_key *key, struct err *err)
{
	struct aws_chunked *c = arena_alloc(a, sizeof(*c));

	c->arena = a;
	c->form = find_form(req);
	if (c->form == NULL) {
		err_set_fn(err, &bad_argument,
		    "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, "
		    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, or a valid sha256 value.");
		return NULL;
	}
	c->want = decoded_length(req);
	if (c->want < 0) {
		err_set_fn(err, &no_length,
		    "You must provide the Content-Length HTTP header.");
		return NULL;
	}
	if (c->form->has_trailer)
		c->announced = wire_header(req, "X-Amz-Trailer");
	if (c->announced != NULL &&
	    checksum_find_header(c->announced) == CHECKSUM_KINDS) {
		err_set_fn(err, &invalid,
		    "The value specified in the x-amz-trailer header is not supported");
		return NULL;
	}
	if (c->form->is_signed && key != NULL) {
		c->key = key;
		c->hash = checksum_new(a, CHECKSUM_SHA256);
		memcpy(c->last, key->seed, strnlen(key->seed, 64));
	}
	return c;
}

static int
is_incomplete(struct err *err)
{
	return err_set(err, &incomplete, "The request body terminated unexpectedly");
}

static int
is_malformed_trailer(struct err *err)
{
	return err_set(err, &bad_trailer,
	    "The request contained trailing data that was not well-formed or did not conform "
	    "to our published schema.");
}

/* The signature of `text`, after "algorithm\nstamp\nscope\nlast\n", is the one that was sent. */
static int
check_signature(struct aws_chunked *c, const char *algorithm, const char *text,
    const char *said, struct err *err)
{
	unsigned char d[32];
	char want[65];
	struct buf b;

	buf_init(&b, 0);
	buf_printf(&b, "AWS4-HMAC-SHA256-%s\n%s\n%s\n%s\n%s", algorithm, c->key->stamp,
	    c->key->scope, c->last, text);
	hmac_sha256(c->key->key, sizeof(c->key->key), b.data, b.len, d);
	buf_done(&b);
	hex_encode(d, sizeof(d), want);
	memcpy(c->last, want, sizeof(want));
	if (said != NULL && strlen(said) == 64 && equal_secret(want, said, 64))
		return 0;
	return err_set(err, &mismatch,
	    "The request signature we calculated does not match the signature you provided. "
	    "Check your key and signing method.");
}

static int
check_chunk(struct aws_chunked *c, struct err *err)
{
	unsigned char d[CHECKSUM_MAX];
	char hash[65], empty[65], text[160];

	if (c->key == NULL)
		return 0;
	hex_encode(d, checksum_end(c->hash, d), hash);
	sha256_hex("", 0, empty);
	snprintf(text, sizeof(text), "%s\n%s", empty, hash);
	return check_signature(c, "PAYLOAD", text, c->said, err);
}

/* "1a2b;chunk-signature=…": the size, or -1. */
static int
take_size(struct aws_chunked *c, struct err *err)
{
	static const char name[] = ";chunk-signature=";
	size_t n = strspn(c->line, "0123456789abcdefABCDEF");
	const char *rest = c->line + n;
	int named = strncmp(rest, name, sizeof(name) - 1) == 0;

	if (n == 0 || n > 15 || named != c->form->is_signed ||
	    (!named && *rest != '\0' && *rest != ';'))
		return is_incomplete(err);
	c->said[0] = '\0';
	if (named && strlen(rest + sizeof(name) - 1) == 64)
		memcpy(c->said, rest + sizeof(name) - 1, 65);
	c->size = c->left = strtoull(c->line, NULL, 16);
	if (c->size > (uint64_t)(c->want - c->got))
		return is_incomplete(err);
	if (c->size > 0 && c->is_small)
		return err_set(err, &small_chunk,
		    "Only the last chunk is allowed to have a size less than 8192 bytes");
	c->is_small = c->size < AWS_CHUNK_MIN;
	c->state = c->size > 0 ? IN_DATA : IN_TRAILERS;
	return c->size > 0 ? 0 : check_chunk(c, err);
}

/* All trailers at once, each with a line's end. */
static int
check_trailers(struct aws_chunked *c, struct err *err)
{
	struct buf b;
	char hash[65];

	if (c->key == NULL || !c->form->has_trailer)
		return 0;
	buf_init(&b, 0);
	for (size_t i = 0; i < c->n_trailers; i++)
		buf_printf(&b, "%s:%s\n", c->trailers[i].name, c->trailers[i].value);
	sha256_hex(buf_text(&b), b.len, hash);
	buf_done(&b);
	return check_signature(c, "TRAILER", hash, c->trailer_signature, err);
}

/* "name:value", or the empty line at the end. */
static int
take_trailer(struct aws_chunked *c, struct err *err)
{
	char *line = c->line, *colon = strchr(line, ':');
	char *name, *value;

	if (*line == '\0') {
		c->state = AT_END;
		if ((c->announced != NULL) != (c->n_trailers > 0))
			return is_malformed_trailer(err);
		return check_trailers(c, err);
	}
	if (colon == NULL || !c->form->has_trailer ||
	    c->n_trailers == AWS_CHUNK_TRAILERS_MAX)
		return is_malformed_trailer(err);
	name = arena_strndup(c->arena, line, (size_t)(colon - line));
	for (char *p = name; *p != '\0'; p++)
		*p |= *p >= 'A' && *p <= 'Z' ? 0x20 : 0;
	value = colon + 1 + strspn(colon + 1, " \t");
	value = arena_strndup(c->arena, value, strcspn(value, " \t"));
	if (strcmp(name, "x-amz-trailer-signature") == 0) {
		if (!c->form->is_signed || c->trailer_signature != NULL)
			return is_malformed_trailer(err);
		c->trailer_signature = value;
		return 0;
	}
	if (c->announced == NULL || strcasecmp(name, c->announced) != 0 ||
	    c->n_trailers > 0)
		return is_malformed_trailer(err);
	c->trailers[c->n_trailers++] =
	    (struct wire_header){ .name = name, .value = value };
	return 0;
}

static int
take_line(struct aws_chunked *c, struct err *err)
{
	if (c->state == IN_SIZE)
		return take_size(c, err);
	if (c->state == IN_TRAILERS)
		return take_trailer(c, err);
	/* What is behind a chunk's bytes. */
	if (c->line_len > 0)
		return is_incomplete(err);
	c->state = IN_SIZE;
	return check_chunk(c, err);
}

/* Up to and with the line's end, if it is there: how many bytes; 0 and *err. */
static size_t
add_to_line(struct aws_chunked *c, const char *p, size_t n, struct err *err)
{
	const char *end = memchr(p, '\n', n);
	size_t used = end != NULL ? (size_t)(end - p) : n;

	if (used >= sizeof(c->line) - c->line_len || memchr(p, '\0', used) != NULL) {
		c->state == IN_TRAILERS ? is_malformed_trailer(err) : is_incomplete(err);
		return 0;
	}
	memcpy(c->line + c->line_len, p, used);
	c->line_len += used;
	if (end == NULL)
		return used;
	if (c->line_len > 0 && c->line[c->line_len - 1] == '\r')
		c->line_len--;
	c->line[c->line_len] = '\0';
	if (take_line(c, err) < 0)
		return 0;
	c->line_len = 0;
	return used + 1;
}

static size_t
add_data(struct aws_chunked *c, const char *p, size_t n, aws_chunked_out *out, void *arg,
    struct err *err)
{
	if (n > c->left)
		n = (size_t)c->left;
	if (c->key != NULL)
		checksum_add(c->hash, p, n);
	if (out(arg, p, n, err) < 0)
		return 0;
	c->got += (int64_t)n;
	c->left -= n;
	if (c->left == 0)
		c->state = AFTER_DATA;
	return n;
}

int
aws_chunked_add(struct aws_chunked *c, const void *p, size_t n, aws_chunked_out *out,
    void *arg, struct err *err)
{
	const char *at = p;

	while (n > 0) {
		size_t used;

		if (c->state == AT_END)
			return is_malformed_trailer(err);
		used = c->state == IN_DATA ? add_data(c, at, n, out, arg, err) :
					     add_to_line(c, at, n, err);
		if (used == 0)
			return -1;
		at += used;
		n -= used;
	}
	return 0;
}

int
aws_chunked_end(struct aws_chunked *c, struct err *err)
{
	return c->state == AT_END && c->got == c->want ? 0 : is_incomplete(err);
}

int
aws_chunked_trailer(const struct aws_chunked *c, size_t i, struct wire_header *ret)
{
	if (i >= c->n_trailers)
		return 0;
	*ret = c->trailers[i];
	return 1;
}
