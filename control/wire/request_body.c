#include "control/wire/request_body.h"

#include <string.h>
#include <strings.h>

#include "base/enc.h"
#include "control/wire/checksum.h"
#include "models/tables.h"

static const struct err_kind bad_digest = { "BadDigest", 400 };
static const struct err_kind invalid_digest = { "InvalidDigest", 400 };
static const struct err_kind invalid = { "InvalidRequest", 400 };
static const struct err_kind too_large = { "EntityTooLarge", 400 };
static const struct err_kind incomplete = { "IncompleteBody", 400 };
static const struct err_kind bad_hash = { "XAmzContentSHA256Mismatch", 400 };

enum { PART_SIZE = 64 << 10 };

/* One sum that the client said, or will say in a trailer. */
struct sum {
	const char *header; /* NULL: none */
	enum checksum_kind kind;
	unsigned char said[CHECKSUM_MAX];
	int is_known; /* said is there */
	struct checksum *own;
	unsigned char seen[CHECKSUM_MAX];
};

struct body_sums {
	struct arena *arena;
	struct sum md5, sum; /* of Content-MD5, of x-amz-checksum-* */
};

/* The value is base64 of a sum's bytes: 1. */
static int
read_sum(struct arena *a, struct sum *s, const char *text)
{
	unsigned char *bytes;
	size_t n;

	if (!base64_decode(a, text, strlen(text), &bytes, &n) ||
	    n != checksum_size(s->kind))
		return 0;
	memcpy(s->said, bytes, n);
	s->is_known = 1;
	return 1;
}

static int
bad_value(const char *header, struct err *err)
{
	return err_set(err, &invalid, "Value for %s header is invalid.", header);
}

static int
take_md5(struct body_sums *s, const struct wire_request *req, struct err *err)
{
	const char *text = wire_header(req, "Content-MD5");

	if (text == NULL)
		return 0;
	s->md5.header = "Content-MD5";
	s->md5.kind = CHECKSUM_MD5;
	if (!read_sum(s->arena, &s->md5, text))
		return err_set(err, &invalid_digest,
		    "The Content-MD5 you specified was invalid.");
	s->md5.own = checksum_new(s->arena, CHECKSUM_MD5);
	return 0;
}

/* The one x-amz-checksum-* that is said, if any. */
static int
take_header(struct body_sums *s, const struct wire_request *req, struct err *err)
{
	for (int i = 0; i < CHECKSUM_KINDS; i++) {
		const char *header = checksum_header((enum checksum_kind)i);
		const char *text = wire_header(req, header);

		if (text == NULL)
			continue;
		if (s->sum.header != NULL)
			return err_set(err, &invalid,
			    "Expecting a single x-amz-checksum- header. Multiple checksum "
			    "Types are not allowed.");
		s->sum.header = header;
		s->sum.kind = (enum checksum_kind)i;
		if (!read_sum(s->arena, &s->sum, text))
			return bad_value(header, err);
	}
	return 0;
}

static int
take_trailer(struct body_sums *s, const struct wire_request *req, struct err *err)
{
	const char *announced =
	    aws_chunked_is(req) ? wire_header(req, "X-Amz-Trailer") : NULL;
	enum checksum_kind kind =
	    announced != NULL ? checksum_find_header(announced) : CHECKSUM_KINDS;

	if (kind == CHECKSUM_KINDS)
		return 0;
	if (s->sum.header != NULL)
		return err_set(err, &invalid,
		    "Expecting a single x-amz-checksum- header");
	s->sum.header = checksum_header(kind);
	s->sum.kind = kind;
	return 0;
}

/* What the SDK says that it has sent must be there. */
static int
check_algorithm(const struct body_sums *s, const struct wire_request *req,
    struct err *err)
{
	static const char header[] = "x-amz-sdk-checksum-algorithm";
	const char *name = wire_header(req, header);

	if (name == NULL)
		return 0;
	if (checksum_find(name) == CHECKSUM_KINDS)
		return bad_value(header, err);
	if (s->sum.header == NULL && s->md5.header == NULL)
		return err_set(err, &invalid,
		    "x-amz-sdk-checksum-algorithm specified, but no corresponding "
		    "x-amz-checksum-* or x-amz-trailer headers were found.");
	if (s->sum.header != NULL && checksum_find(name) != s->sum.kind)
		return bad_value(header, err);
	return 0;
}

struct body_sums *
body_sums_new(struct arena *a, const struct model_op *op, const struct wire_request *req,
    struct err *err)
{
	struct body_sums *s = arena_alloc(a, sizeof(*s));

	s->arena = a;
	if (take_md5(s, req, err) < 0 || take_header(s, req, err) < 0 ||
	    take_trailer(s, req, err) < 0 || check_algorithm(s, req, err) < 0)
		return NULL;
	if (s->sum.header != NULL)
		s->sum.own = checksum_new(a, s->sum.kind);
	if ((op->flags & MODEL_OP_CHECKSUM_REQUIRED) != 0 && s->sum.header == NULL &&
	    s->md5.header == NULL) {
		err_set_fn(err, &invalid,
		    "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
		return NULL;
	}
	return s;
}

void
body_sums_add(struct body_sums *s, const void *p, size_t n)
{
	if (s->md5.own != NULL)
		checksum_add(s->md5.own, p, n);
	if (s->sum.own != NULL)
		checksum_add(s->sum.own, p, n);
}

static int
is_right(struct sum *s)
{
	size_t n = checksum_end(s->own, s->seen);

	return memcmp(s->seen, s->said, n) == 0;
}

int
body_sums_end(struct body_sums *s, const struct wire_request *said, struct err *err)
{
	if (s->md5.own != NULL && !is_right(&s->md5))
		return err_set(err, &bad_digest,
		    "The Content-MD5 you specified did not match what we received.");
	if (s->sum.own == NULL)
		return 0;
	if (!s->sum.is_known) {
		const char *text = wire_header(said, s->sum.header);

		if (text == NULL || !read_sum(s->arena, &s->sum, text))
			return err_set(err, &invalid,
			    "Value for %s trailing header is invalid.", s->sum.header);
	}
	if (!is_right(&s->sum))
		return err_set(err, &bad_digest,
		    "The %s you specified did not match the calculated checksum.",
		    checksum_name(s->sum.kind));
	return 0;
}

/* "gzip, aws-chunked" to "gzip"; NULL when nothing is left. */
static const char *
without_chunks(struct arena *a, const char *encodings)
{
	struct buf *b = buf_new(a, 0);

	for (const char *p = encodings; *p != '\0'; p += *p == ',') {
		size_t n;

		p += strspn(p, " \t");
		n = strcspn(p, ",");
		if (n > 0 &&
		    (strncasecmp(p, "aws-chunked", 11) != 0 || n < 11 ||
			strspn(p + 11, " \t") != n - 11))
			buf_printf(b, "%s%.*s", b->len > 0 ? "," : "", (int)n, p);
		p += n;
	}
	return b->len > 0 ? buf_text(b) : NULL;
}

static void
copy_headers(struct arena *a, const struct wire_request *req, struct wire_request *to)
{
	to->n_headers = 0;
	for (size_t i = 0; i < req->n_headers; i++) {
		struct wire_header h = req->headers[i];

		if (strcasecmp(h.name, "Content-Encoding") == 0)
			h.value = without_chunks(a, h.value);
		if (h.value != NULL)
			to->headers[to->n_headers++] = h;
	}
}

static int
keep(void *arg, const void *p, size_t n, struct err *err UNUSED)
{
	struct buf *b = arg;

	buf_add(b, p, n);
	return 0;
}

/* The request without frames, and with the trailers as headers. */
static struct wire_request *
without_frames(struct arena *a, const struct wire_request *req, struct aws_chunked *c)
{
	struct wire_request *copy = arena_alloc(a, sizeof(*copy));
	struct wire_header trailer;

	*copy = *req;
	copy_headers(a, req, copy);
	for (size_t i = 0; aws_chunked_trailer(c, i, &trailer); i++) {
		if (copy->n_headers < WIRE_MAX_HEADERS)
			copy->headers[copy->n_headers++] = trailer;
	}
	return copy;
}

static int
unchunk(struct arena *a, const struct aws_chunk_key *key, const struct wire_request *req,
    const struct wire_request **ret, struct err *err)
{
	struct aws_chunked *c = aws_chunked_new(a, req, key, err);
	struct buf *b = buf_new(a, 0);
	struct wire_request *copy;

	if (c == NULL || aws_chunked_add(c, req->body, req->body_len, keep, b, err) < 0 ||
	    aws_chunked_end(c, err) < 0)
		return -1;
	copy = without_frames(a, req, c);
	copy->body = buf_text(b);
	copy->body_len = b->len;
	*ret = copy;
	return 0;
}

int
request_body_take(struct arena *a, const struct model_op *op,
    const struct aws_chunk_key *key, const struct wire_request *req,
    const struct wire_request **ret, struct err *err)
{
	const struct wire_request *plain = req;
	struct body_sums *sums = NULL;

	if ((op->flags & (MODEL_OP_CHECKSUM | MODEL_OP_CHECKSUM_REQUIRED)) != 0) {
		sums = body_sums_new(a, op, req, err);
		if (sums == NULL)
			return -1;
	}
	if (aws_chunked_is(req) && unchunk(a, key, req, &plain, err) < 0)
		return -1;
	if (sums != NULL) {
		body_sums_add(sums, plain->body, plain->body_len);
		if (body_sums_end(sums, plain, err) < 0)
			return -1;
	}
	*ret = plain;
	return 0;
}

/* A body on its way. */
struct intake {
	struct body_sums *sums;
	struct checksum *md5, *hash, *crc; /* NULL: not needed */
	int64_t size, max;
	aws_chunked_out *out;
	void *arg;
};

static int
refuse_size(struct err *err)
{
	return err_set(err, &too_large,
	    "Your proposed upload exceeds the maximum allowed size");
}

static int
take(void *arg, const void *p, size_t n, struct err *err)
{
	struct intake *in = arg;

	in->size += (int64_t)n;
	if (in->size > in->max)
		return refuse_size(err);
	body_sums_add(in->sums, p, n);
	if (in->md5 != NULL)
		checksum_add(in->md5, p, n);
	if (in->crc != NULL)
		checksum_add(in->crc, p, n);
	if (in->hash != NULL)
		checksum_add(in->hash, p, n);
	return in->out(in->arg, p, n, err);
}

static int
read_all(struct arena *a, struct intake *in, struct aws_chunked *c,
    const struct wire_request *req, struct err *err)
{
	int64_t total = 0, n = 0;
	char *part;

	if (req->source == NULL)
		return c != NULL ?
		    aws_chunked_add(c, req->body, req->body_len, take, in, err) :
		    take(in, req->body, req->body_len, err);
	/* The threads of connections have small stacks. */
	part = arena_alloc(a, PART_SIZE);
	while ((n = req->source->read(req->source, part, PART_SIZE)) > 0) {
		total += n;
		if ((c != NULL ? aws_chunked_add(c, part, (size_t)n, take, in, err) :
				 take(in, part, (size_t)n, err)) < 0)
			return -1;
	}
	if (n < 0 || (req->source->length >= 0 && total < req->source->length))
		return err_set(err, &incomplete,
		    "You did not provide the number of bytes specified by the Content-Length "
		    "HTTP header");
	return 0;
}

/* The hash that the signature is of, when it is one. */
static int
check_hash(struct intake *in, const struct wire_request *req, struct err *err)
{
	const char *said = wire_header(req, "X-Amz-Content-Sha256");
	unsigned char digest[CHECKSUM_MAX];
	char hex[2 * CHECKSUM_MAX + 1];

	if (in->hash == NULL)
		return 0;
	hex_encode(digest, checksum_end(in->hash, digest), hex);
	if (strcasecmp(said, hex) == 0)
		return 0;
	return err_set(err, &bad_hash,
	    "The provided 'x-amz-content-sha256' header does not match what was computed.");
}

static void
note_facts(struct arena *a, struct intake *in, struct body_facts *facts)
{
	const struct sum *said = &in->sums->sum;
	struct sum *md5 = &in->sums->md5;
	char hex[2 * CHECKSUM_MAX + 1];

	facts->size = in->size;
	if (in->md5 != NULL)
		checksum_end(in->md5, md5->seen);
	hex_encode(md5->seen, checksum_size(CHECKSUM_MD5), hex);
	facts->md5 = arena_strdup(a, hex);
	facts->is_said = said->own != NULL;
	facts->kind = facts->is_said ? said->kind : CHECKSUM_CRC64NVME;
	facts->checksum = facts->is_said ?
	    base64_encode(a, said->seen, checksum_size(said->kind)) :
	    checksum_end_text(a, in->crc);
}

static void
intake_sums(struct arena *a, struct intake *in, const struct wire_request *req)
{
	const char *said = wire_header(req, "X-Amz-Content-Sha256");

	if (in->sums->md5.own == NULL)
		in->md5 = checksum_new(a, CHECKSUM_MD5);
	if (in->sums->sum.own == NULL)
		in->crc = checksum_new(a, CHECKSUM_CRC64NVME);
	if (said != NULL && strlen(said) == 64 && !aws_chunked_is(req))
		in->hash = checksum_new(a, CHECKSUM_SHA256);
}

int
request_body_stream(struct arena *a, const struct model_op *op,
    const struct aws_chunk_key *key, const struct wire_request *req, int64_t max,
    aws_chunked_out *out, void *arg, const struct wire_request **ret,
    struct body_facts *facts, struct err *err)
{
	struct intake in = { .max = max, .out = out, .arg = arg };
	struct aws_chunked *c = NULL;
	struct wire_request *plain;

	if (!aws_chunked_is(req) && req->source != NULL && req->source->length > max)
		return refuse_size(err);
	in.sums = body_sums_new(a, op, req, err);
	if (in.sums == NULL)
		return -1;
	intake_sums(a, &in, req);
	if (aws_chunked_is(req) && (c = aws_chunked_new(a, req, key, err)) == NULL)
		return -1;
	if (read_all(a, &in, c, req, err) < 0 ||
	    (c != NULL && aws_chunked_end(c, err) < 0) || check_hash(&in, req, err) < 0)
		return -1;
	if (c != NULL) {
		plain = without_frames(a, req, c);
	} else {
		plain = arena_alloc(a, sizeof(*plain));
		*plain = *req;
	}
	if (body_sums_end(in.sums, plain, err) < 0)
		return -1;
	plain->source = NULL;
	plain->body = "";
	plain->body_len = 0;
	note_facts(a, &in, facts);
	*ret = plain;
	return 0;
}
