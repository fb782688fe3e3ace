/*
 * Signatures: the bytes are a request, a line each: method, path, query, headers; then the body
 * behind an empty line.  Whatever parses can be brought into canonical form.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/iam/sigv4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *
line(char **at)
{
	return *at != NULL ? strsep(at, "\n") : NULL;
}

static void
add_header(struct wire_request *r, char *text)
{
	char *colon = strchr(text, ':');

	if (colon == NULL || r->n_headers == WIRE_MAX_HEADERS)
		return;
	*colon = '\0';
	r->headers[r->n_headers].name = text;
	r->headers[r->n_headers++].value = colon + 1 + strspn(colon + 1, " ");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_request r = { .query = "", .path = "/", .method = "GET", .body = "" };
	struct arena *a = arena_new();
	char *at = arena_strndup(a, (const char *)data, size), *text;
	struct err err = { .kind = NULL };
	struct sigv4 s;
	int rc;

	if ((text = line(&at)) != NULL)
		r.method = text;
	if ((text = line(&at)) != NULL)
		r.path = text;
	if ((text = line(&at)) != NULL)
		r.query = text;
	while ((text = line(&at)) != NULL && text[0] != '\0')
		add_header(&r, text);
	if (at != NULL) {
		r.body = at;
		r.body_len = strlen(at);
	}
	rc = sigv4_parse(a, &r, &s, &err);
	if (rc < 0 && err.kind == NULL)
		abort();
	if (rc > 0) {
		rc = sigv4_check(a, &r, &s, "secret", &err);
		/* Nobody guesses a signature. */
		if (rc > 0 || (rc < 0 && err.kind == NULL))
			abort();
	}
	arena_free(a);
	return 0;
}
