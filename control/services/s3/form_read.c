/* The bodies of forms: RFC 7578, RFC 2046 5.1.1. */
#include <string.h>
#include <strings.h>

#include "base/enc.h"
#include "control/services/s3/form.h"
#include "control/services/s3/s3.h"

static const struct err_kind malformed = { "MalformedPOSTRequest", 400 };
static const struct err_kind too_long = { "MaxPostPreDataLengthExceeded", 400 };

enum { BUFFER = 64 << 10, MAX_FIELDS = 20 << 10, MAX_BOUNDARY = 70 };

static const int64_t max_file = INT64_C(5) << 30;

static int
bad_body(struct err *err)
{
	return err_set(err, &malformed,
	    "The body of your POST request is not well-formed multipart/form-data.");
}

/* More of what comes: 1, 0 there is no more, or no room for it, -1 it is broken off. */
static int
fill(struct s3_form *f)
{
	int64_t n;

	if (f->is_over)
		return 0;
	memmove(f->bytes, f->bytes + f->from, f->to - f->from);
	f->to -= f->from;
	f->from = 0;
	if (f->to == BUFFER)
		return 0;
	n = f->in->read(f->in, f->bytes + f->to, BUFFER - f->to);
	if (n <= 0) {
		f->is_over = 1;
		return n < 0 ? -1 : 0;
	}
	f->to += (size_t)n;
	return 1;
}

/* The text up to `end`, which is used up: 1 (the arena's), 0 it does not come. */
static int
take_until(struct arena *a, struct s3_form *f, const char *end, size_t max,
    const char **ret, size_t *ret_len)
{
	size_t n = strlen(end);
	const char *at;

	for (;;) {
		at = memmem(f->bytes + f->from, f->to - f->from, end, n);
		if (at != NULL || f->to - f->from > max + n)
			break;
		if (fill(f) <= 0)
			return 0;
	}
	if (at == NULL)
		return 0;
	*ret_len = (size_t)(at - f->bytes) - f->from;
	*ret = arena_strndup(a, f->bytes + f->from, *ret_len);
	f->from += *ret_len + n;
	return 1;
}

/* Behind a delimiter: 1 a part follows, 0 it was the last, -1. */
static int
take_next(struct s3_form *f)
{
	const char *p;

	while (f->to - f->from < 2) {
		if (fill(f) <= 0)
			return -1;
	}
	p = f->bytes + f->from;
	f->from += 2;
	return memcmp(p, "\r\n", 2) == 0 ? 1 : memcmp(p, "--", 2) == 0 ? 0 : -1;
}

/* name="value" of a header's parameters, or NULL. */
static const char *
parameter(struct arena *a, const char *header, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = strchr(header, ';'); p != NULL; p = strchr(p, ';')) {
		p += 1 + strspn(p + 1, " \t");
		if (strncasecmp(p, name, n) != 0 || p[n] != '=')
			continue;
		p += n + 1;
		return *p == '"' ? arena_strndup(a, p + 1, strcspn(p + 1, "\"")) :
				   arena_strndup(a, p, strcspn(p, "; \t"));
	}
	return NULL;
}

struct part {
	const char *name, *filename, *type;
};

static void
read_headers(struct arena *a, const char *text, struct part *ret)
{
	char *at = arena_strdup(a, text), *line;

	*ret = (struct part){ NULL, "", "" };
	while ((line = strsep(&at, "\n")) != NULL) {
		size_t n = strlen(line);

		if (n > 0 && line[n - 1] == '\r')
			line[n - 1] = '\0';
		if (strncasecmp(line, "Content-Disposition:", 20) == 0) {
			const char *file = parameter(a, line, "filename");

			ret->name = parameter(a, line, "name");
			ret->filename = file != NULL ? file : "";
		} else if (strncasecmp(line, "Content-Type:", 13) == 0) {
			ret->type = arena_strdup(a, line + 13 + strspn(line + 13, " \t"));
		}
	}
}

static const char *
lowered(struct arena *a, const char *s)
{
	char *text = arena_strdup(a, s);

	for (char *p = text; *p != '\0'; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
	}
	return text;
}

static int64_t
read_file(struct wire_source *source, void *p, size_t n)
{
	struct s3_form *f = (struct s3_form *)(void *)source;
	size_t len = strlen(f->delimiter), k;
	const char *at = NULL;

	if (f->has_ended)
		return 0;
	for (;;) {
		at = memmem(f->bytes + f->from, f->to - f->from, f->delimiter, len);
		if (at != NULL || f->to - f->from > len)
			break;
		if (fill(f) <= 0)
			return -1;
	}
	k = at != NULL ? (size_t)(at - f->bytes) - f->from : f->to - f->from - len;
	f->has_ended = at != NULL && k <= n;
	k = k < n ? k : n;
	memcpy(p, f->bytes + f->from, k);
	f->from += k;
	f->size += (int64_t)k;
	if (f->size > f->max || (f->has_ended && f->size < f->min))
		return -1;
	return (int64_t)k;
}

/* One part of text, or the file's beginning: 1 a field, 2 the file, -1. */
static int
take_part(struct arena *a, struct s3_form *f, size_t *used, struct err *err)
{
	struct part part;
	const char *text;
	size_t n;

	if (!take_until(a, f, "\r\n\r\n", MAX_FIELDS, &text, &n))
		return bad_body(err);
	*used += n;
	read_headers(a, text, &part);
	if (part.name == NULL)
		return bad_body(err);
	if (strcasecmp(part.name, "file") == 0) {
		f->filename = part.filename;
		f->type = part.type;
		return 2;
	}
	if (*used <= MAX_FIELDS &&
	    !take_until(a, f, f->delimiter, MAX_FIELDS, &text, &n)) {
		if (f->is_over)
			return bad_body(err);
		*used = MAX_FIELDS;
	}
	*used += n;
	if (*used > MAX_FIELDS)
		return err_set(err, &too_long,
		    "Your POST request fields preceding the upload file were too large.");
	if (strlen(text) != n || !utf8_is_valid(text, n) ||
	    !utf8_is_valid(part.name, strlen(part.name)))
		return bad_body(err);
	json_set_str(f->fields, lowered(a, part.name), text);
	return 1;
}

int
s3_form_read(struct arena *a, struct wire_source *in, const char *boundary,
    struct s3_form *form, struct err *err)
{
	size_t used = 0, n;
	const char *text;
	int rc;

	*form = (struct s3_form){ .file = { read_file, -1 },
		.in = in,
		.bytes = arena_alloc(a, BUFFER),
		.max = max_file,
		.fields = json_own(a, json_new_object()) };
	if (*boundary == '\0' || strlen(boundary) > MAX_BOUNDARY)
		return bad_body(err);
	form->delimiter = arena_printf(a, "\r\n--%s", boundary);
	/* The first one is at the very beginning, or ends a preamble. */
	memcpy(form->bytes, "\r\n", 2);
	form->to = 2;
	if (!take_until(a, form, form->delimiter, MAX_FIELDS, &text, &n))
		return bad_body(err);
	for (;;) {
		rc = take_next(form);
		if (rc == 0)
			return err_set(err, &s3_bad_argument,
			    "POST requires exactly one file upload per request.");
		if (rc < 0)
			return bad_body(err);
		rc = take_part(a, form, &used, err);
		if (rc != 1)
			break;
	}
	return rc < 0 ? -1 : 0;
}
