/*
 * REST-XML: methods and paths name the operation; the body is XML, or one member
 * alone (s3, route53, cloudfront).
 *
 * Elements that the input does not have are ignored.
 */
#include <string.h>
#include <strings.h>

#include "control/wire/codec.h"
#include "control/wire/query.h"
#include "control/wire/rest.h"
#include "control/wire/xml.h"
#include "control/wire/xml_read.h"

/* What a service says of a body that is no XML, and of one that the model refuses. */
struct words {
	const char *model; /* NULL: all others */
	struct err_kind malformed, invalid;
	const char *message; /* NULL: what was found */
};

static const struct words words[] = {
	{ "s3", { "MalformedXML", 400 }, { "InvalidArgument", 400 },
	    "The XML you provided was not well-formed or did not validate against our "
	    "published schema" },
	{ "cloudfront", { "MalformedXML", 400 }, { "InvalidArgument", 400 }, NULL },
	{ NULL, { "MalformedInput", 400 }, { "InvalidInput", 400 }, NULL },
};

static const struct words *
words_of(const struct model *m)
{
	const struct words *w = words;

	while (w->model != NULL && strcmp(w->model, model_name(m)) != 0)
		w++;
	return w;
}

static int
is_s3(const struct model *m)
{
	return m != NULL && strcmp(model_name(m), "s3") == 0;
}

static int
claims(const struct wire_request *req)
{
	return wire_header(req, "X-Amz-Target") == NULL;
}

static int
route(struct arena *a, const struct wire_request *req, const char *signing_name,
    const struct model **ret_model, const struct model_op **ret_op, struct err *err)
{
	return rest_route(a, req, signing_name, PROTOCOL_REST_XML, ret_model, ret_op,
	    err);
}

static int
malformed(const struct model *m, const char *why, struct err *err)
{
	const struct words *w = words_of(m);

	return err_set(err, &w->malformed, "%s", w->message != NULL ? w->message : why);
}

/* The body's elements as members of the structure. */
static int
read_body(struct arena *a, const struct model *m, uint16_t structure, const char *text,
    size_t len, json_t *into, struct err *err)
{
	const struct words *w = words_of(m);
	struct xml_node *root;
	const char *why;

	if (xml_parse(a, text, len, &root, &why) < 0)
		return malformed(m, why, err);
	if (xml_read_members(a, m, structure, root, &w->malformed, into, err) < 0) {
		if (w->message != NULL)
			malformed(m, "", err);
		return -1;
	}
	return 0;
}

static int
read_payload(struct arena *a, const struct model *m, const struct member_row *payload,
    const char *text, size_t len, json_t *doc, struct err *err)
{
	json_t *v;

	if (len == 0)
		return 0;
	if (payload->type == TYPE_STRUCTURE) {
		v = json_own(a, json_new_object());
		if (read_body(a, m, payload->shape, text, len, v, err) < 0)
			return -1;
		json_set(doc, member_name(m, payload), json_incref(v));
		return 0;
	}
	v = rest_read_payload(a, payload, text, len);
	if (v == NULL)
		return malformed(m, "the body is not UTF-8", err);
	json_set(doc, member_name(m, payload), v);
	return 0;
}

/* Of S3's objects the encoding is the client's business. */
static int
take_body(struct arena *a, const struct model *m, const struct wire_request *req,
    const char **ret, size_t *ret_len, struct err *err)
{
	if (!is_s3(m))
		return wire_body(a, req, ret, ret_len, err);
	*ret = req->body;
	*ret_len = req->body_len;
	return 0;
}

static int
decode(struct arena *a, const struct model *m, const struct model_op *op,
    const struct wire_request *req, json_t **ret, struct err *err)
{
	json_t *doc = json_own(a, json_new_object());
	const struct member_row *payload = rest_payload(m, op->input);
	const char *text;
	size_t len;

	if (rest_read(a, m, op, req, &words_of(m)->invalid, doc, err) < 0 ||
	    take_body(a, m, req, &text, &len, err) < 0)
		return -1;
	if (payload != NULL) {
		if (read_payload(a, m, payload, text, len, doc, err) < 0)
			return -1;
	} else if (len > 0 && rest_has_body(m, op->input, 0)) {
		if (read_body(a, m, op->input, text, len, doc, err) < 0)
			return -1;
	}
	*ret = doc;
	return 0;
}

static int
complain(struct arena *a, const struct model *m, const struct violation *found, size_t n,
    struct err *err)
{
	const struct words *w = words_of(m);
	const struct where *top = found[0].where;

	while (top->up != NULL && top->up->row != NULL)
		top = top->up;
	if (w->message != NULL && top->row != NULL && top->row->location == IN_BODY)
		return malformed(m, "", err);
	return err_set(err, &w->invalid, "%s", violations_text(a, m, found, n));
}

/* The namespace that the service's requests are in, which is that of its answers. */
static const char *
namespace_of(const struct model *m)
{
	const struct extra_row *extra;

	if (m == NULL)
		return "";
	if (is_s3(m))
		return "http://s3.amazonaws.com/doc/2006-03-01/";
	if (m->ns_uri != 0)
		return model_text(m, m->ns_uri);
	for (size_t i = 0; i < model_op_count(m); i++) {
		extra = model_extra(m, model_op_at(m, i)->input_extra);
		if (extra != NULL && extra->ns_uri != 0)
			return model_text(m, extra->ns_uri);
	}
	return "";
}

static void
open_root(struct buf *b, const struct model *m, const char *name)
{
	const char *ns = namespace_of(m);

	buf_printf(b, "<%s", name);
	if (*ns != '\0') {
		buf_str(b, " xmlns=\"");
		xml_text(b, ns, strlen(ns));
		buf_chr(b, '"');
	}
}

static void
write_body(const struct model *m, const char *name, uint16_t structure, const json_t *doc,
    struct wire_reply *reply)
{
	struct buf *b = reply->body;

	wire_add_header(reply, "Content-Type", "application/xml");
	buf_str(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	open_root(b, m, name);
	xml_attributes(b, m, structure, doc);
	buf_chr(b, '>');
	xml_members(b, m, structure, doc, is_s3(m), reply->fragments);
	xml_close(b, name);
}

/* S3's own names of roots, where the shape has another. */
static const char *
root_name(const struct model *m, uint16_t structure)
{
	static const struct {
		const char *shape, *root;
	} s3[] = {
		{ "ListBucketsOutput", "ListAllMyBucketsResult" },
		{ "ListDirectoryBucketsOutput", "ListAllMyDirectoryBucketsResult" },
		{ "ListObjectsOutput", "ListBucketResult" },
		{ "ListObjectsV2Output", "ListBucketResult" },
		{ "ListObjectVersionsOutput", "ListVersionsResult" },
		{ "ListMultipartUploadsOutput", "ListMultipartUploadsResult" },
		{ "ListPartsOutput", "ListPartsResult" },
		{ "CreateMultipartUploadOutput", "InitiateMultipartUploadResult" },
		{ "CompleteMultipartUploadOutput", "CompleteMultipartUploadResult" },
		{ "DeleteObjectsOutput", "DeleteResult" },
		{ "GetBucketAclOutput", "AccessControlPolicy" },
		{ "GetBucketCorsOutput", "CORSConfiguration" },
		{ "GetBucketLifecycleConfigurationOutput", "LifecycleConfiguration" },
		{ "GetBucketLoggingOutput", "BucketLoggingStatus" },
		{ "GetBucketRequestPaymentOutput", "RequestPaymentConfiguration" },
		{ "GetBucketTaggingOutput", "Tagging" },
		{ "GetBucketVersioningOutput", "VersioningConfiguration" },
		{ "GetBucketWebsiteOutput", "WebsiteConfiguration" },
		{ "GetBucketAccelerateConfigurationOutput", "AccelerateConfiguration" },
		{ "GetObjectAclOutput", "AccessControlPolicy" },
		{ "GetObjectAttributesOutput", "GetObjectAttributesResponse" },
		{ "GetObjectTaggingOutput", "Tagging" },
	};
	const struct shape_row *s = &m->shapes[structure];
	const struct extra_row *extra = model_extra(m, s->extra);
	const char *name = model_text(m, s->name);

	for (size_t i = 0; is_s3(m) && i < COUNT(s3); i++) {
		if (strcmp(s3[i].shape, name) == 0)
			return s3[i].root;
	}
	return extra != NULL && extra->wire != 0 ? model_text(m, extra->wire) : name;
}

/* The model says what the element is called, and it is not what the member is. */
static int
has_own_name(const struct model *m, const struct member_row *row)
{
	return row->wire != 0 &&
	    strcmp(model_text(m, row->wire), member_name(m, row)) != 0;
}

/* <LocationConstraint>us-west-2</…>: the one answer whose root is the member itself. */
static int
write_location(const struct model *m, const struct model_op *op, const json_t *out,
    struct wire_reply *reply)
{
	const char *v = json_str_or(out, "LocationConstraint", "");

	if (!is_s3(m) || strcmp(model_op_name(m, op), "GetBucketLocation") != 0)
		return 0;
	wire_add_header(reply, "Content-Type", "application/xml");
	buf_str(reply->body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	open_root(reply->body, m, "LocationConstraint");
	buf_chr(reply->body, '>');
	xml_text(reply->body, v, strlen(v));
	xml_close(reply->body, "LocationConstraint");
	return 1;
}

static void
add_request_id(const struct model *m, const char *request_id, struct wire_reply *reply)
{
	wire_add_header(reply, is_s3(m) ? "x-amz-request-id" : "x-amzn-RequestId",
	    request_id);
	if (is_s3(m))
		wire_add_header(reply, "x-amz-id-2", request_id);
}

static void
encode(struct arena *a, const struct model *m, const struct model_op *op,
    const json_t *out, const char *request_id, struct wire_reply *reply)
{
	const struct member_row *payload = rest_payload(m, op->output);
	json_t *v;

	add_request_id(m, request_id, reply);
	if (op->output == MODEL_NONE)
		return;
	rest_write(a, m, op->output, out, reply);
	if (write_location(m, op, out, reply))
		return;
	if (payload == NULL) {
		if (!rest_has_body(m, op->output, 1)) {
			if (wire_reply_header(reply, "Content-Type") == NULL)
				wire_add_header(reply, "Content-Type", "application/xml");
		} else
			write_body(m, root_name(m, op->output), op->output,
			    rest_body_members(a, m, op->output, out), reply);
		return;
	}
	v = json_get(out, member_name(m, payload));
	if (v == NULL)
		return;
	if (payload->type == TYPE_STRUCTURE) {
		write_body(m,
		    has_own_name(m, payload) ? model_text(m, payload->wire) :
					       root_name(m, payload->shape),
		    payload->shape, v, reply);
		return;
	}
	if (wire_reply_header(reply, "Content-Type") == NULL)
		wire_add_header(reply, "Content-Type",
		    payload->type == TYPE_BLOB ? "application/octet-stream" :
						 "text/plain");
	rest_write_payload(a, m, payload, v, reply);
}

/* S3 says of what its errors are in elements that no model has: BucketName, Key, ArgumentName. */
static void
write_s3_error(const struct wire_failure *f, const json_t *detail, struct buf *b)
{
	const char *name;
	json_t *v;

	buf_str(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
	xml_element(b, "Code", f->code);
	if (*f->message != '\0')
		xml_element(b, "Message", f->message);
	json_object_foreach((json_t *)(uintptr_t)detail, name, v) {
		if (json_is_string(v))
			xml_element(b, name, json_string_value(v));
		else if (json_is_integer(v))
			buf_printf(b, "<%s>%lld</%s>", name,
			    (long long)json_integer_value(v), name);
	}
	xml_element(b, "RequestId", f->request_id);
	xml_element(b, "HostId", f->request_id);
	buf_str(b, "</Error>");
}

static void
encode_error(struct arena *a, const struct model *m, const struct wire_failure *failure,
    struct wire_reply *reply)
{
	struct wire_failure in_body = *failure, *f = &in_body;
	struct buf *b = reply->body;

	wire_add_header(reply, "Content-Type", "application/xml");
	add_request_id(m, f->request_id, reply);
	if (f->exception != MODEL_NONE && f->detail != NULL && !is_s3(m)) {
		rest_write(a, m, f->exception, f->detail, reply);
		f->detail = rest_body_members(a, m, f->exception, f->detail);
	}
	if (is_s3(m)) {
		write_s3_error(f, f->detail, b);
		return;
	}
	buf_str(b, "<?xml version=\"1.0\"?>\n");
	open_root(b, m, "ErrorResponse");
	buf_str(b, "><Error>");
	xml_element(b, "Type", f->sender ? "Sender" : "Receiver");
	query_error_members(m, f, b);
	buf_str(b, "</Error>");
	xml_element(b, "RequestId", f->request_id);
	buf_str(b, "</ErrorResponse>");
}

const struct codec codec_rest_xml = {
	.protocol = PROTOCOL_REST_XML,
	.claims = claims,
	.route = route,
	.decode = decode,
	.complain = complain,
	.encode = encode,
	.encode_error = encode_error,
};
