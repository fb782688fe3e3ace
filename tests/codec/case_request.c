#include "tests/codec/case_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>
#include <string.h>

#include "base/enc.h"
#include "control/wire/xml.h"

static void
gzip(struct arena *a, const char *text, struct wire_request *req)
{
	size_t cap = strlen(text) + 4096, used = 0;
	char *out = arena_alloc(a, cap);
	struct archive *z = archive_write_new();
	struct archive_entry *e = archive_entry_new();

	archive_write_add_filter_gzip(z);
	archive_write_set_format_raw(z);
	archive_write_set_bytes_in_last_block(z, 1);
	assert_int_equal(archive_write_open_memory(z, out, cap, &used), ARCHIVE_OK);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_pathname(e, "body");
	assert_int_equal(archive_write_header(z, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(z, text, strlen(text)),
	    (la_ssize_t)strlen(text));
	archive_entry_free(e);
	archive_write_close(z);
	archive_write_free(z);
	req->body = out;
	req->body_len = used;
}

/* The compression cases have no body, since gzip has many forms: one as a client would send. */
static void
compressed_body(struct arena *a, const struct model *m, const json_t *item,
    struct wire_request *req)
{
	json_t *params = json_get(item, "params"), *v;
	struct buf *b = buf_new(a, 0);
	const char *name;

	if (model_protocol(m) == PROTOCOL_JSON ||
	    model_protocol(m) == PROTOCOL_REST_JSON) {
		json_write(params, b);
	} else if (model_protocol(m) == PROTOCOL_REST_XML) {
		xml_open(b, "PutWithContentEncodingRequest");
		xml_element(b, "data", json_str(params, "data"));
		xml_close(b, "PutWithContentEncodingRequest");
	} else {
		buf_printf(b, "Action=%s&Version=%s",
		    json_str(json_get(item, "given"), "name"), model_api_version(m));
		json_object_foreach(params, name, v) {
			buf_chr(b, '&');
			buf_chr(b,
			    model_protocol(m) == PROTOCOL_EC2 ? (char)(name[0] & ~0x20) :
								name[0]);
			buf_printf(b, "%s=", name + 1);
			percent_encode(b, json_string_value(v), json_string_length(v), 0);
		}
	}
	gzip(a, buf_text(b), req);
}

const char *
case_bytes(struct arena *a, const char *text, size_t *ret_len)
{
	unsigned char *bytes;

	assert_true(base64_decode(a, text, strlen(text), &bytes, ret_len));
	return arena_strndup(a, (const char *)bytes, *ret_len);
}

void
case_request(struct arena *a, const struct model *m, const json_t *item,
    struct wire_request *req)
{
	const json_t *from = json_get(item, "serialized");
	char *path = arena_strdup(a, json_str_or(from, "uri", "/"));
	char *question = strchr(path, '?');
	const char *name;
	json_t *v;

	*req = (struct wire_request){ .method = json_str(from, "method"),
		.path = path,
		.query = "" };
	if (question != NULL) {
		*question = '\0';
		req->query = question + 1;
	}
	json_object_foreach(json_get(from, "headers"), name, v)
		req->headers[req->n_headers++] =
		    (struct wire_header){ .name = name, .value = json_string_value(v) };
	req->body = json_str_or(from, "body", "");
	req->body_len = strlen(req->body);
	if (model_protocol(m) == PROTOCOL_RPC_CBOR)
		req->body = case_bytes(a, req->body, &req->body_len);
	if (json_get(from, "body") == NULL &&
	    wire_header(req, "Content-Encoding") != NULL)
		compressed_body(a, m, item, req);
}
