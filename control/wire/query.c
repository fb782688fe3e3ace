/*
 * AWS Query: a form in, XML in an <XResult> out (iam, sts, and many more).
 *
 * Parameters that the operation does not have are ignored, as these services do.
 */
#include <string.h>

#include "control/wire/codec.h"
#include "control/wire/form.h"
#include "control/wire/query.h"
#include "control/wire/xml.h"

static const struct err_kind invalid_action = { "InvalidAction", 400 };
static const struct err_kind missing_action = { "MissingAction", 400 };
static const struct err_kind no_such_version = { "NoSuchVersion", 400 };
static const struct err_kind malformed_input = { "MalformedInput", 400 };
static const struct err_kind validation_error = { "ValidationError", 400 };

static int
is_form_model(const struct model *m)
{
	return (m->protocols & (1U << PROTOCOL_QUERY | 1U << PROTOCOL_EC2)) != 0;
}

int
query_claims(const struct wire_request *req)
{
	return wire_media_is(req, "application/x-www-form-urlencoded") ||
	    strcmp(req->method, "GET") == 0;
}

/*
 * The model by the credential's service, its API version and what the operation is
 * called; what is unknown is no reason to refuse one, but the version decides
 * between services that sign alike.
 */
static const struct model *
choose(const char *signing_name, const char *version, const char *action)
{
	const struct model *best = NULL;
	int best_score = 0;

	for (size_t i = 0; i < model_count(); i++) {
		const struct model *m = model_at(i);
		int score = 0;

		if (!is_form_model(m) ||
		    (signing_name != NULL &&
			strcmp(signing_name, model_signing_name(m)) != 0))
			continue;
		score += signing_name != NULL;
		if (version != NULL && strcmp(version, model_api_version(m)) == 0)
			score += 2;
		if (score > 0 && action != NULL && model_op_find(m, action) != NULL)
			score += 4;
		if (score > best_score) {
			best = m;
			best_score = score;
		}
	}
	return best;
}

static int
no_action(const struct model *m, struct err *err)
{
	if (m != NULL && model_protocol(m) == PROTOCOL_EC2)
		return err_set(err, &missing_action,
		    "The request must contain the parameter Action");
	return err_set(err, &missing_action,
	    "The request is missing an action or a required parameter");
}

int
query_route(struct arena *a, const struct wire_request *req, const char *signing_name,
    const struct model **ret_model, const struct model_op **ret_op, struct err *err)
{
	const char *action = form_find(a, req, "Action");
	const char *version = form_find(a, req, "Version");
	const struct model *m = choose(signing_name, version, action);
	const struct model_op *op;

	if (m != NULL)
		*ret_model = m;
	if (action == NULL)
		return m != NULL || query_claims(req) ? no_action(m, err) : 0;
	if (m == NULL)
		return err_set(err, &invalid_action,
		    "Could not find operation %s for version %s", action,
		    version != NULL ? version : "NO_VERSION_SPECIFIED");
	if (model_protocol(m) == PROTOCOL_EC2 &&
	    (version == NULL || strcmp(version, model_api_version(m)) != 0))
		return err_set(err, &no_such_version,
		    "The requested version (%s) of service AmazonEC2 does not exist",
		    version != NULL ? version : "");
	op = model_op_find(m, action);
	if (op == NULL && model_protocol(m) == PROTOCOL_EC2)
		return err_set(err, &invalid_action,
		    "The action %s is not valid for this web service.", action);
	if (op == NULL || version == NULL || strcmp(version, model_api_version(m)) != 0)
		return err_set(err, &invalid_action,
		    "Could not find operation %s for version %s", action,
		    version != NULL ? version : "NO_VERSION_SPECIFIED");
	*ret_op = op;
	return 1;
}

static int
is_named(const struct model *m, const struct member_row *row, const char *name,
    size_t len)
{
	const char *wire = member_element_name(m, row);

	return strncmp(wire, name, len) == 0 && wire[len] == '\0';
}

static int
ignore(const char *path UNUSED, struct err *err UNUSED)
{
	return 0;
}

static void
mistyped(const struct model *m, uint16_t shape, const char *path, const char *value,
    struct err *err)
{
	err_set_fn(err, &malformed_input,
	    "The value '%.100s' of %.200s is not a valid %s", value, path,
	    wire_type_name(m, shape));
}

static int
decode(struct arena *a, const struct model *m, const struct model_op *op,
    const struct wire_request *req, json_t **ret, struct err *err)
{
	static const struct form_dialect dialect = {
		.is = is_named,
		.unknown = ignore,
		.mistyped = mistyped,
	};

	return form_decode(a, m, op, &dialect, req, ret, err);
}

static int
complain(struct arena *a, const struct model *m, const struct violation *found, size_t n,
    struct err *err)
{
	return err_set(err, &validation_error, "%s", violations_text(a, m, found, n));
}

static void
open_root(struct buf *b, const struct model *m, const char *name, const char *suffix)
{
	const char *ns = m != NULL ? model_text(m, m->ns_uri) : "";

	buf_chr(b, '<');
	buf_str(b, name);
	buf_str(b, suffix);
	if (*ns != '\0') {
		buf_str(b, " xmlns=\"");
		xml_text(b, ns, strlen(ns));
		buf_chr(b, '"');
	}
	buf_str(b, ">\n");
}

static void
encode(struct arena *a, const struct model *m, const struct model_op *op,
    const json_t *out, const char *request_id, struct wire_reply *reply)
{
	const char *name = model_op_name(m, op);
	const char *wrapper = op->result_wrapper != 0 ?
	    model_text(m, op->result_wrapper) :
	    arena_printf(a, "%sResult", name);
	struct buf *b = reply->body;

	wire_add_header(reply, "Content-Type", "text/xml");
	wire_add_header(reply, "x-amzn-RequestId", request_id);
	open_root(b, m, name, "Response");
	if (op->output != MODEL_NONE) {
		xml_open(b, wrapper);
		xml_members(b, m, op->output, out, 0, reply->fragments);
		xml_close(b, wrapper);
	}
	buf_str(b, "<ResponseMetadata>");
	xml_element(b, "RequestId", request_id);
	buf_printf(b, "</ResponseMetadata></%sResponse>\n", name);
}

void
query_error_members(const struct model *m, const struct wire_failure *f, struct buf *b)
{
	xml_element(b, "Code", f->code);
	if (*f->message != '\0')
		xml_element(b, "Message", f->message);
	if (f->exception != MODEL_NONE && f->detail != NULL)
		xml_members(b, m, f->exception, f->detail, 0, NULL);
}

static void
encode_error(struct arena *a UNUSED, const struct model *m, const struct wire_failure *f,
    struct wire_reply *reply)
{
	struct buf *b = reply->body;

	wire_add_header(reply, "Content-Type", "text/xml");
	wire_add_header(reply, "x-amzn-RequestId", f->request_id);
	open_root(b, m, "ErrorResponse", "");
	buf_str(b, "<Error>");
	xml_element(b, "Type", f->sender ? "Sender" : "Receiver");
	query_error_members(m, f, b);
	buf_str(b, "</Error>");
	xml_element(b, "RequestId", f->request_id);
	buf_str(b, "</ErrorResponse>\n");
}

const struct codec codec_query = {
	.protocol = PROTOCOL_QUERY,
	.claims = query_claims,
	.route = query_route,
	.decode = decode,
	.complain = complain,
	.encode = encode,
	.encode_error = encode_error,
};
