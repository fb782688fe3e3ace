#include "tests/codec/fuzzing.h"

#include <stdlib.h>
#include <string.h>

#include "control/wire/codec.h"
#include "control/wire/json_body.h"
#include "control/wire/rest.h"
#include "control/wire/xml.h"
#include "tests/codec/tree.h"

static int
is_json(const struct model *m)
{
	return model_protocol(m) == PROTOCOL_JSON;
}

static void
check_body(struct arena *a, const struct model *m, const struct wire_reply *reply)
{
	const char *text = buf_text(reply->body);
	struct err err = { 0 };
	json_t *v;

	if (is_json(m)) {
		if (reply->body->len > 0 &&
		    json_read_in(a, text, reply->body->len, &v, &err) < 0)
			abort();
	} else if (xml_tree(a, text) == NULL) {
		abort();
	}
}

/* The document that came in, as if it were an answer; JSON must come back the same. */
static void
again(struct arena *a, const struct model *m, const struct model_op *op,
    const json_t *doc)
{
	struct wire_reply reply = { .body = buf_new(a, 0) };
	struct err err = { 0 };
	json_t *read, *back = json_own(a, json_new_object());

	if (!is_json(m)) {
		xml_open(reply.body, "x");
		xml_members(reply.body, m, op->input, doc, 1, NULL);
		xml_close(reply.body, "x");
		check_body(a, m, &reply);
		return;
	}
	json_body_write(reply.body, m, op->input, doc, TIMESTAMP_UNIX);
	if (json_read_in(a, buf_text(reply.body), reply.body->len, &read, &err) < 0 ||
	    json_body_read(a, m, op->input, read, back, &err) < 0 ||
	    json_difference(a, back, doc) != NULL)
		abort();
}

static void
route(struct arena *a, const struct wire_request *req)
{
	const struct model *m = NULL;
	const struct model_op *op = NULL;
	struct wire_reply reply = { 0 };
	struct err err = { 0 };

	if (wire_route(a, req, NULL, &m, &op, &err) < 0)
		wire_encode_error(a, m, op, req, &err, NULL, "id", &reply);
	else if (m == NULL || op == NULL)
		abort();
}

void
fuzz_codec(const char *model, const char *const *ops, size_t n_ops, const uint8_t *data,
    size_t size)
{
	const struct model *m = model_find(model);
	struct wire_request req = { .method = "POST", .path = "/", .query = "" };
	struct wire_reply reply = { 0 };
	struct arena *a = arena_new();
	const struct model_op *op;
	struct err err = { 0 };
	json_t *doc;

	if (m == NULL)
		abort();
	op = model_op_find(m, ops[size > 0 ? data[0] % n_ops : 0]);
	/* A copy of its own size, so that reading past its end is seen; bodies end with NUL. */
	req.body_len = size > 0 ? size - 1 : 0;
	req.body = arena_strndup(a, size > 0 ? (const char *)data + 1 : "", req.body_len);
	if (wire_decode(a, m, op, &req, &doc, &err) == 0) {
		again(a, m, op, doc);
	} else {
		wire_encode_error(a, m, op, &req, &err, NULL, "id", &reply);
		check_body(a, m, &reply);
	}
	if (is_json(m)) {
		req.headers[req.n_headers++] =
		    (struct wire_header){ "X-Amz-Target", req.body };
		route(a, &req);
	} else {
		route(a, &req);
	}
	arena_free(a);
}

/* The line at *p, which ends there; *p is behind it. */
static char *
take_line(char **p)
{
	char *line = *p, *end = strchr(line, '\n');

	if (end == NULL) {
		*p = line + strlen(line);
		return line;
	}
	*end = '\0';
	*p = end + 1;
	return line;
}

static void
parse_request(char *text, size_t size, struct wire_request *req)
{
	char *p = text, *line = take_line(&p), *space, *colon;

	*req = (struct wire_request){ .method = line, .path = "/", .query = "" };
	space = strchr(line, ' ');
	if (space != NULL) {
		*space = '\0';
		req->path = space + 1;
		space = strchr(space + 1, '?');
	}
	if (space != NULL) {
		*space = '\0';
		req->query = space + 1;
	}
	while (*p != '\0' && *(line = take_line(&p)) != '\0') {
		colon = strchr(line, ':');
		if (colon == NULL || req->n_headers == WIRE_MAX_HEADERS)
			continue;
		*colon = '\0';
		req->headers[req->n_headers++] =
		    (struct wire_header){ line, colon + 1 + strspn(colon + 1, " ") };
	}
	req->body = p;
	req->body_len = size - (size_t)(p - text);
}

/* What came in, as the body of an answer. */
static void
answer_rest(struct arena *a, const struct model *m, const struct model_op *op,
    const json_t *doc)
{
	struct buf *b = buf_new(a, 0);
	struct err err = { 0 };
	json_t *v;

	if (op->input == MODEL_NONE)
		return;
	doc = rest_body_members(a, m, op->input, doc);
	if (model_protocol(m) == PROTOCOL_REST_JSON) {
		json_body_write(b, m, op->input, doc, TIMESTAMP_UNIX);
		if (json_read_in(a, buf_text(b), b->len, &v, &err) < 0)
			abort();
		return;
	}
	xml_open(b, "x");
	xml_members(b, m, op->input, doc, 1, NULL);
	xml_close(b, "x");
	if (xml_tree(a, buf_text(b)) == NULL)
		abort();
}

void
fuzz_rest(const char *const *signing_names, size_t n, const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	const struct model *m = NULL;
	const struct model_op *op = NULL;
	struct wire_reply reply = { 0 };
	struct wire_request req;
	struct err err = { 0 };
	json_t *doc;

	if (size == 0) {
		arena_free(a);
		return;
	}
	parse_request(arena_strndup(a, (const char *)data + 1, size - 1), size - 1, &req);
	if (wire_route(a, &req, signing_names[data[0] % n], &m, &op, &err) == 0 &&
	    wire_decode(a, m, op, &req, &doc, &err) == 0) {
		answer_rest(a, m, op, doc);
	} else {
		if (err.kind == NULL || err.kind->status >= 500)
			abort();
		wire_encode_error(a, m, op, &req, &err, NULL, "id", &reply);
		if (reply.body->len > 0 && buf_text(reply.body)[0] == '<' &&
		    xml_tree(a, buf_text(reply.body)) == NULL)
			abort();
	}
	arena_free(a);
}
