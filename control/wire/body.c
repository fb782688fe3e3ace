/*
 * The body of a request, decompressed.
 */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <strings.h>

#include "control/wire/codec.h"

const struct err_kind wire_bad_body = { "SerializationException", 400 };

enum { PART = 65536 };

static int
bad(struct err *err)
{
	return err_set(err, &wire_bad_body, "The body cannot be decompressed");
}

/* The one entry that a gzip file has, into b. */
static int
inflate(struct archive *z, const struct wire_request *req, struct buf *b)
{
	struct archive_entry *entry;
	char part[PART];
	la_ssize_t n;

	if (archive_read_support_filter_gzip(z) != ARCHIVE_OK ||
	    archive_read_support_format_raw(z) != ARCHIVE_OK ||
	    archive_read_open_memory(z, req->body, req->body_len) != ARCHIVE_OK ||
	    archive_read_next_header(z, &entry) != ARCHIVE_OK ||
	    archive_filter_code(z, 0) != ARCHIVE_FILTER_GZIP)
		return -1;
	while ((n = archive_read_data(z, part, sizeof(part))) > 0 && !buf_is_full(b))
		buf_add(b, part, (size_t)n);
	return n == 0 && !buf_is_full(b) ? 0 : -1;
}

int
wire_is_gzipped(struct arena *a, const char *encoding, const char **ret_rest)
{
	size_t n = encoding != NULL ? strlen(encoding) : 0;

	if (n < 4 || strcasecmp(encoding + n - 4, "gzip") != 0)
		return 0;
	for (n -= 4; n > 0 && strchr(", \t", encoding[n - 1]) != NULL; n--)
		;
	*ret_rest = n > 0 ? arena_strndup(a, encoding, n) : NULL;
	return 1;
}

int
wire_body(struct arena *a, const struct wire_request *req, const char **ret,
    size_t *ret_len, struct err *err)
{
	const char *encoding = wire_header(req, "Content-Encoding"), *rest;
	struct archive *z;
	struct buf *b;
	int rc;

	if (!wire_is_gzipped(a, encoding, &rest) || req->body_len == 0) {
		*ret = req->body;
		*ret_len = req->body_len;
		return 0;
	}
	z = archive_read_new();
	if (z == NULL)
		return bad(err);
	b = buf_new(a, WIRE_MAX_INFLATED);
	rc = inflate(z, req, b);
	archive_read_free(z);
	if (rc < 0)
		return bad(err);
	*ret = buf_text(b);
	*ret_len = b->len;
	return 0;
}
