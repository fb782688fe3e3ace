#include "control/iam/sigv4.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/enc.h"

const struct err_kind sigv4_incomplete = { "IncompleteSignature", 400 };
const struct err_kind sigv4_mismatch = { "SignatureDoesNotMatch", 403 };

static const char algorithm[] = "AWS4-HMAC-SHA256";

enum { AUTHORIZATION_MAX = 8192 };

/* "20150830T123600Z": 1 and the time. */
static int
parse_stamp(const char *s, int64_t *ret)
{
	char full[24];

	if (strlen(s) != 16)
		return 0;
	snprintf(full, sizeof(full), "%.4s-%.2s-%.2sT%.2s:%.2s:%.3s", s, s + 4, s + 6,
	    s + 9, s + 11, s + 13);
	return s[8] == 'T' && clock_parse_iso8601(full, ret);
}

/* A Date header: the same form, or "Mon, 09 Sep 2011 23:36:00 GMT" (RFC 7231 7.1.1.1). */
static const char *
stamp_of_date(struct arena *a, const char *date)
{
	struct tm tm = { 0 };
	const char *end;
	int64_t ignored;

	if (parse_stamp(date, &ignored))
		return date;
	end = strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	if (end == NULL || *end != '\0')
		return NULL;
	return arena_printf(a, "%04d%02d%02dT%02d%02d%02dZ", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/*
 * "AKID/20150830/us-east-1/iam/aws4_request", taken apart from the right: an id may
 * contain '/'.
 */
static int
parse_credential(struct arena *a, const char *credential, struct sigv4 *s)
{
	const char **const parts[] = { &s->terminator, &s->service, &s->region,
		&s->date };
	char *text = arena_strdup(a, credential), *slash;

	for (size_t i = 0; i < COUNT(parts); i++) {
		slash = strrchr(text, '/');
		if (slash == NULL || slash[1] == '\0')
			return 0;
		*parts[i] = slash + 1;
		*slash = '\0';
	}
	s->access_key = text;
	return *text != '\0' && strchr(text, '/') == NULL;
}

static int
bad_credential(const char *credential, struct err *err)
{
	return err_set(err, &sigv4_incomplete,
	    "Credential must have exactly 5 slash-delimited elements, e.g. "
	    "keyid/date/region/service/term, got '%.200s'",
	    credential);
}

/* The parameters of an Authorization header. */
struct header_parts {
	const char *credential, *signed_headers, *signature;
};

static int
take_part(struct header_parts *p, char *part, struct err *err)
{
	const struct {
		const char *name;
		const char **value;
	} known[] = {
		{ "Credential", &p->credential },
		{ "SignedHeaders", &p->signed_headers },
		{ "Signature", &p->signature },
	};
	char *equals = strchr(part, '=');

	if (equals == NULL)
		return err_set(err, &sigv4_incomplete,
		    "'%.100s' not a valid key=value pair (missing equal-sign) in "
		    "Authorization header.",
		    part);
	*equals = '\0';
	for (size_t i = 0; i < COUNT(known); i++) {
		if (strcmp(part, known[i].name) == 0)
			*known[i].value = equals[1] != '\0' ? equals + 1 : NULL;
	}
	return 0;
}

static int
split_header(char *text, struct header_parts *p, struct err *err)
{
	char *save = NULL;

	for (char *part = strtok_r(text, ",", &save); part != NULL;
	     part = strtok_r(NULL, ",", &save)) {
		size_t n;

		part += strspn(part, " \t");
		n = strlen(part);
		while (n > 0 && (part[n - 1] == ' ' || part[n - 1] == '\t'))
			part[--n] = '\0';
		if (n > 0 && take_part(p, part, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * All that is missing is named at once; the header is shown by its hash, as it may
 * hold a secret.
 */
static int
header_lacks(struct arena *a, const struct header_parts *p, const char *stamp,
    const char *header, struct err *err)
{
	unsigned char d[32];

	sha256(header, strlen(header), d);
	return err_set(err, &sigv4_incomplete,
	    "%s%s%s%s(Hashed with SHA-256 and encoded with Base64) Authorization=%s",
	    p->credential == NULL ?
		"Authorization header requires 'Credential' parameter. " :
		"",
	    p->signature == NULL ?
		"Authorization header requires 'Signature' parameter. " :
		"",
	    p->signed_headers == NULL ?
		"Authorization header requires 'SignedHeaders' parameter. " :
		"",
	    stamp == NULL ?
		"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
		"header. " :
		"",
	    base64_encode(a, d, sizeof(d)));
}

static int
bad_date(const char *stamp, struct err *err)
{
	return err_set(err, &sigv4_incomplete,
	    "Date must be in ISO-8601 'basic format'. Got '%.64s'. See "
	    "http://en.wikipedia.org/wiki/ISO_8601",
	    stamp);
}

static int
parse_header(struct arena *a, const struct wire_request *req, const char *header,
    struct sigv4 *s, struct err *err)
{
	const char *date = wire_header(req, "X-Amz-Date"),
		   *plain = wire_header(req, "Date");
	struct header_parts p = { 0 };
	size_t n = sizeof(algorithm) - 1;

	if (strlen(header) > AUTHORIZATION_MAX)
		return err_set(err, &sigv4_incomplete,
		    "Authorization header is too long.");
	if (strncmp(header, algorithm, n) != 0 || (header[n] != ' ' && header[n] != '\0'))
		return err_set(err, &sigv4_incomplete,
		    "Unsupported AWS 'algorithm': '%.*s'.",
		    (int)strcspn(header, " ") < 64 ? (int)strcspn(header, " ") : 64,
		    header);
	if (split_header(arena_strdup(a, header + n), &p, err) < 0)
		return -1;
	if (date == NULL && plain != NULL)
		date = stamp_of_date(a, plain);
	if (p.credential == NULL || p.signed_headers == NULL || p.signature == NULL ||
	    date == NULL)
		return header_lacks(a, &p, date, header, err);
	if (!parse_credential(a, p.credential, s))
		return bad_credential(p.credential, err);
	if (!parse_stamp(date, &s->time_ms))
		return bad_date(date, err);
	s->stamp = date;
	s->signed_headers = p.signed_headers;
	s->signature = p.signature;
	s->token = wire_header(req, "X-Amz-Security-Token");
	s->expires_s = SIGV4_SKEW_S;
	return 1;
}

/* One parameter of the query, decoded; NULL when absent or badly escaped. */
static const char *
query_get(struct arena *a, const char *query, const char *name)
{
	size_t n = strlen(name), len;
	char *value;

	for (const char *p = query; *p != '\0'; p += strcspn(p, "&"), p += *p == '&') {
		if (strncmp(p, name, n) != 0 || p[n] != '=')
			continue;
		len = strcspn(p + n + 1, "&");
		value = arena_strndup(a, p + n + 1, len);
		return percent_decode(value, &len, 0) && len > 0 ? value : NULL;
	}
	return NULL;
}

static int
query_lacks(const char *credential, const struct sigv4 *s, struct err *err)
{
	return err_set(err, &sigv4_incomplete,
	    "%s%s%s%sRe-examine the query-string parameters.",
	    credential == NULL ?
		"AWS query-string parameters must include 'X-Amz-Credential'. " :
		"",
	    s->signature == NULL ?
		"AWS query-string parameters must include 'X-Amz-Signature'. " :
		"",
	    s->signed_headers == NULL ?
		"AWS query-string parameters must include 'X-Amz-SignedHeaders'. " :
		"",
	    s->stamp == NULL ? "AWS query-string parameters must include 'X-Amz-Date'. " :
			       "");
}

static int
parse_expires(const char *text, int64_t *ret, struct err *err)
{
	size_t n = text != NULL ? strlen(text) : 0;

	*ret = SIGV4_SKEW_S;
	if (text == NULL)
		return 0;
	if (n > 9 || strspn(text, "0123456789") != n)
		return err_set(err, &sigv4_incomplete,
		    "X-Amz-Expires should be a number");
	*ret = strtoll(text, NULL, 10);
	if (*ret > SIGV4_EXPIRES_MAX_S)
		return err_set(err, &sigv4_incomplete,
		    "X-Amz-Expires must be less than a week (in seconds); that is, the given "
		    "X-Amz-Expires must be less than 604800 seconds");
	return 0;
}

static int
parse_query(struct arena *a, const struct wire_request *req, const char *name,
    struct sigv4 *s, struct err *err)
{
	const char *credential = query_get(a, req->query, "X-Amz-Credential");

	if (strcmp(name, algorithm) != 0)
		return err_set(err, &sigv4_incomplete,
		    "Unsupported AWS 'algorithm': '%.64s'.", name);
	s->presigned = 1;
	s->stamp = query_get(a, req->query, "X-Amz-Date");
	s->signed_headers = query_get(a, req->query, "X-Amz-SignedHeaders");
	s->signature = query_get(a, req->query, "X-Amz-Signature");
	s->token = query_get(a, req->query, "X-Amz-Security-Token");
	if (credential == NULL || s->stamp == NULL || s->signed_headers == NULL ||
	    s->signature == NULL)
		return query_lacks(credential, s, err);
	if (!parse_credential(a, credential, s))
		return bad_credential(credential, err);
	if (!parse_stamp(s->stamp, &s->time_ms))
		return bad_date(s->stamp, err);
	if (parse_expires(query_get(a, req->query, "X-Amz-Expires"), &s->expires_s, err) <
	    0)
		return -1;
	return 1;
}

int
sigv4_parse(struct arena *a, const struct wire_request *req, struct sigv4 *ret,
    struct err *err)
{
	const char *header = wire_header(req, "Authorization");
	const char *name = query_get(a, req->query, "X-Amz-Algorithm");
	struct sigv4 s = { 0 };
	int rc;

	if (header == NULL && name == NULL)
		return 0;
	rc = header != NULL ? parse_header(a, req, header, &s, err) :
			      parse_query(a, req, name, &s, err);
	if (rc > 0)
		*ret = s;
	return rc;
}

static int
is_s3(const struct sigv4 *s)
{
	return strcmp(s->service, "s3") == 0 || strcmp(s->service, "s3express") == 0 ||
	    strcmp(s->service, "s3-outposts") == 0 ||
	    strcmp(s->service, "s3-object-lambda") == 0;
}

/*
 * All services but S3: empty segments and "." go, ".." takes one with it, and what
 * was sent encoded is encoded once more.
 */
static void
add_normal_path(struct arena *a, struct buf *b, const char *path)
{
	size_t n = 0, len, max = strlen(path) + 1;
	struct segment {
		const char *at;
		size_t len;
	} *segments = arena_calloc(a, max, sizeof(*segments));

	for (const char *p = path; *p != '\0'; p += len) {
		len = strcspn(p, "/");
		if (len == 0) {
			len = 1;
		} else if (len == 2 && memcmp(p, "..", 2) == 0) {
			n -= n > 0;
		} else if (len != 1 || *p != '.') {
			segments[n].at = p;
			segments[n++].len = len;
		}
	}
	for (size_t i = 0; i < n; i++) {
		buf_chr(b, '/');
		percent_encode(b, segments[i].at, segments[i].len, 0);
	}
	len = strlen(path);
	if (n == 0 || (len > 0 && path[len - 1] == '/'))
		buf_chr(b, '/');
}

/* S3 takes a path as it is, encoded once. */
static void
add_s3_path(struct arena *a, struct buf *b, const char *path)
{
	size_t len = strlen(path);
	char *plain = arena_strndup(a, path, len);

	if (!percent_decode(plain, &len, 0)) {
		plain = arena_strdup(a, path);
		len = strlen(path);
	}
	percent_encode(b, len > 0 ? plain : "/", len > 0 ? len : 1, 1);
}

struct param {
	const char *name, *value;
};

static int
by_name_and_value(const void *a, const void *b)
{
	const struct param *x = a, *y = b;
	int rc = strcmp(x->name, y->name);

	return rc != 0 ? rc : strcmp(x->value, y->value);
}

/* Decoded and encoded again, so that everybody's habits come out the same. */
static const char *
recode(struct arena *a, const char *s, size_t n)
{
	char *plain = arena_strndup(a, s, n);
	struct buf *b = buf_new(a, 0);
	size_t len = n;

	if (percent_decode(plain, &len, 0))
		percent_encode(b, plain, len, 0);
	else
		percent_encode(b, s, n, 0);
	return buf_text(b);
}

static void
add_query(struct arena *a, struct buf *b, const char *query, int presigned)
{
	size_t n = 0, len, name_len, max = 1;
	struct param *params;

	for (const char *p = query; *p != '\0'; p++)
		max += *p == '&';
	params = arena_calloc(a, max, sizeof(*params));
	for (const char *p = query; *p != '\0'; p += len, p += *p == '&') {
		len = strcspn(p, "&");
		name_len = strcspn(p, "=&");
		if (len == 0 ||
		    (presigned && name_len == 15 &&
			memcmp(p, "X-Amz-Signature", 15) == 0))
			continue;
		params[n].name = recode(a, p, name_len);
		params[n++].value =
		    name_len < len ? recode(a, p + name_len + 1, len - name_len - 1) : "";
	}
	qsort(params, n, sizeof(*params), by_name_and_value);
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s%s=%s", i > 0 ? "&" : "", params[i].name,
		    params[i].value);
}

/* Trimmed, with runs of white space as one space. */
static void
add_value(struct buf *b, const char *value)
{
	int gap = 0, begun = 0;

	for (; *value != '\0'; value++) {
		if (isspace((unsigned char)*value)) {
			gap = begun;
			continue;
		}
		if (gap)
			buf_chr(b, ' ');
		buf_chr(b, *value);
		gap = 0;
		begun = 1;
	}
}

/* All values of a header, in order, by commas: how many there are. */
static size_t
add_header(struct buf *b, const struct wire_request *req, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < req->n_headers; i++) {
		if (strcasecmp(req->headers[i].name, name) != 0)
			continue;
		if (n++ == 0)
			buf_printf(b, "%s:", name);
		else
			buf_chr(b, ',');
		add_value(b, req->headers[i].value);
	}
	if (n > 0)
		buf_chr(b, '\n');
	return n;
}

static int
add_headers(struct arena *a, struct buf *b, const struct wire_request *req,
    const struct sigv4 *s, struct err *err)
{
	char *list = arena_strdup(a, s->signed_headers), *save = NULL;
	int n = 0, has_host = 0;

	for (char *name = strtok_r(list, ";", &save); name != NULL;
	     name = strtok_r(NULL, ";", &save)) {
		if (++n > SIGV4_SIGNED_MAX || add_header(b, req, name) == 0)
			return err_set(err, &sigv4_mismatch,
			    "The signed header '%.100s' is not in the request.", name);
		has_host |= strcmp(name, "host") == 0;
	}
	if (!has_host)
		return err_set(err, &sigv4_mismatch,
		    "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
	return 0;
}

/*
 * What stands for the body is not always its hash: S3 lets a client leave the body unsigned, and a
 * stream's chunks have signatures of their own (wire/aws_chunked.h).
 */
static int
is_word(const struct sigv4 *s, const char *said)
{
	return is_s3(s) &&
	    (strcmp(said, "UNSIGNED-PAYLOAD") == 0 ||
		strncmp(said, "STREAMING-", 10) == 0);
}

/* A client may say the hash in a header, then it must be true. */
static int
add_payload(struct buf *b, const struct wire_request *req, const struct sigv4 *s,
    struct err *err)
{
	const char *said = wire_header(req, "X-Amz-Content-Sha256");
	char hash[65];

	if (said == NULL && is_s3(s) && s->presigned)
		said = "UNSIGNED-PAYLOAD";
	if (said != NULL && is_word(s, said)) {
		buf_str(b, said);
		return 0;
	}
	/* It is compared when the body is read (request_body.h). */
	if (said != NULL && req->source != NULL) {
		buf_str(b, said);
		return 0;
	}
	sha256_hex(req->body_len > 0 ? req->body : "", req->body_len, hash);
	if (said != NULL && strcasecmp(said, hash) != 0)
		return err_set(err, &sigv4_mismatch,
		    "The provided 'x-amz-content-sha256' header does not match what was computed.");
	buf_str(b, said != NULL ? said : hash);
	return 0;
}

int
sigv4_canonical(struct arena *a, const struct wire_request *req, const struct sigv4 *s,
    char **ret, struct err *err)
{
	struct buf *b = buf_new(a, 0);

	buf_printf(b, "%s\n", req->method);
	if (is_s3(s))
		add_s3_path(a, b, req->path);
	else
		add_normal_path(a, b, req->path);
	buf_chr(b, '\n');
	add_query(a, b, req->query, s->presigned);
	buf_chr(b, '\n');
	if (add_headers(a, b, req, s, err) < 0)
		return -1;
	buf_printf(b, "\n%s\n", s->signed_headers);
	if (add_payload(b, req, s, err) < 0)
		return -1;
	*ret = b->data;
	return 0;
}

void
sigv4_key(const struct sigv4 *s, const char *secret, unsigned char key[32])
{
	struct buf first;

	buf_init(&first, 0);
	buf_printf(&first, "AWS4%s", secret);
	hmac_sha256(first.data, first.len, s->date, strlen(s->date), key);
	hmac_sha256(key, 32, s->region, strlen(s->region), key);
	hmac_sha256(key, 32, s->service, strlen(s->service), key);
	hmac_sha256(key, 32, s->terminator, strlen(s->terminator), key);
	buf_done(&first);
}

static void
sign(struct arena *a, const struct sigv4 *s, const unsigned char key[32],
    const char *canonical, char *out)
{
	unsigned char d[32];
	char hash[65], *text;

	sha256_hex(canonical, strlen(canonical), hash);
	text = arena_printf(a, "%s\n%s\n%s/%s/%s/%s\n%s", algorithm, s->stamp, s->date,
	    s->region, s->service, s->terminator, hash);
	hmac_sha256(key, 32, text, strlen(text), d);
	hex_encode(d, sizeof(d), out);
}

void
sigv4_sign(struct arena *a, const struct sigv4 *s, const char *secret,
    const char *canonical, char *out)
{
	unsigned char key[32];

	sigv4_key(s, secret, key);
	sign(a, s, key, canonical, out);
}

int
sigv4_check_key(struct arena *a, const struct wire_request *req, const struct sigv4 *s,
    const unsigned char key[32], struct err *err)
{
	char *canonical, want[65];

	if (sigv4_canonical(a, req, s, &canonical, err) < 0)
		return -1;
	sign(a, s, key, canonical, want);
	return strlen(s->signature) == 64 && equal_secret(want, s->signature, 64);
}

int
sigv4_check(struct arena *a, const struct wire_request *req, const struct sigv4 *s,
    const char *secret, struct err *err)
{
	unsigned char key[32];

	sigv4_key(s, secret, key);
	return sigv4_check_key(a, req, s, key, err);
}
