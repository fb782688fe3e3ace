/*
 * JSON to a model's tables.  The form is botocore's service-2.json, of which
 * models/<service>.json are the facts; what we have no use for is not looked at.
 *
 * The tables are made in one pass, in arrays that a first pass has counted.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "models/model.h"
#include "models/tables.h"

enum { MAX_ROWS = 60000 };

static const struct err_kind bad_model = { "InvalidModel", 500 };

struct loader {
	struct arena *arena;
	struct model *m;
	struct buf *text;
	json_t *offsets; /* text to its offset */
	json_t *index;	 /* name to its shape */
	struct shape_row *shapes;
	struct member_row *members;
	uint16_t *sorted;
	struct limit_row *limits;
	struct fault_row *faults;
	struct extra_row *extras;
	struct model_op *ops;
	uint32_t *enums;
	uint16_t *errors;
	struct err *err;
};

struct word {
	const char *name;
	int value;
};

static const struct word types[] = {
	{ "structure", TYPE_STRUCTURE },
	{ "list", TYPE_LIST },
	{ "map", TYPE_MAP },
	{ "string", TYPE_STRING },
	{ "character", TYPE_STRING },
	{ "integer", TYPE_INTEGER },
	{ "short", TYPE_INTEGER },
	{ "byte", TYPE_INTEGER },
	{ "long", TYPE_LONG },
	{ "float", TYPE_FLOAT },
	{ "double", TYPE_DOUBLE },
	{ "boolean", TYPE_BOOLEAN },
	{ "blob", TYPE_BLOB },
	{ "timestamp", TYPE_TIMESTAMP },
};

static const struct word protocols[] = {
	{ "ec2", PROTOCOL_EC2 },
	{ "query", PROTOCOL_QUERY },
	{ "json", PROTOCOL_JSON },
	{ "rest-json", PROTOCOL_REST_JSON },
	{ "rest-xml", PROTOCOL_REST_XML },
	{ "smithy-rpc-v2-cbor", PROTOCOL_RPC_CBOR },
};

static const struct word locations[] = {
	{ "header", IN_HEADER },
	{ "headers", IN_HEADERS },
	{ "querystring", IN_QUERY },
	{ "uri", IN_URI },
	{ "statusCode", IN_STATUS },
};

static const struct word timestamps[] = {
	{ "iso8601", TIMESTAMP_ISO8601 },
	{ "unixTimestamp", TIMESTAMP_UNIX },
	{ "rfc822", TIMESTAMP_RFC822 },
};

static const struct word methods[] = {
	{ "GET", METHOD_GET },
	{ "POST", METHOD_POST },
	{ "PUT", METHOD_PUT },
	{ "DELETE", METHOD_DELETE },
	{ "HEAD", METHOD_HEAD },
	{ "PATCH", METHOD_PATCH },
};

static const struct word shape_flags[] = {
	{ "document", SHAPE_DOCUMENT },
	{ "exception", SHAPE_EXCEPTION },
	{ "fault", SHAPE_FAULT },
	{ "flattened", SHAPE_FLATTENED },
	{ "streaming", SHAPE_STREAMING },
	{ "eventstream", SHAPE_EVENTSTREAM },
	{ "event", SHAPE_EVENT },
	{ "sparse", SHAPE_SPARSE },
	{ "union", SHAPE_UNION },
	{ "wrapper", SHAPE_WRAPPER },
	{ "sensitive", SHAPE_SENSITIVE },
	{ "requiresLength", SHAPE_REQUIRES_LENGTH },
};

static const struct word member_flags[] = {
	{ "flattened", MEMBER_FLATTENED },
	{ "idempotencyToken", MEMBER_IDEMPOTENCY_TOKEN },
	{ "xmlAttribute", MEMBER_XML_ATTRIBUTE },
	{ "jsonvalue", MEMBER_JSON_VALUE },
	{ "hostLabel", MEMBER_HOST_LABEL },
	{ "streaming", MEMBER_STREAMING },
	{ "eventpayload", MEMBER_EVENT_PAYLOAD },
};

static const struct word op_flags[] = {
	{ "idempotent", MODEL_OP_IDEMPOTENT },
	{ "readonly", MODEL_OP_READONLY },
	{ "httpChecksumRequired", MODEL_OP_CHECKSUM_REQUIRED },
	{ "unsignedPayload", MODEL_OP_UNSIGNED_PAYLOAD },
};

/* The value of the word, or -1. */
static int
lookup(const struct word *words, size_t n, const char *name)
{
	for (size_t i = 0; name != NULL && i < n; i++) {
		if (strcmp(words[i].name, name) == 0)
			return words[i].value;
	}
	return -1;
}

static unsigned
flags_of(const struct word *words, size_t n, const json_t *d)
{
	unsigned flags = 0;

	for (size_t i = 0; i < n; i++) {
		if (json_bool(d, words[i].name, 0))
			flags |= (unsigned)words[i].value;
	}
	return flags;
}

/* The offset of the text, which is kept once. */
static uint32_t
text(struct loader *l, const char *s)
{
	uint32_t at;

	if (s == NULL || *s == '\0')
		return 0;
	at = (uint32_t)json_int(l->offsets, s, 0);
	if (at == 0) {
		at = (uint32_t)l->text->len;
		buf_add(l->text, s, strlen(s) + 1);
		json_set_int(l->offsets, s, at);
	}
	return at;
}

/* A row for what is seldom there; MODEL_NONE when nothing is. */
static uint16_t
extra(struct loader *l, const json_t *d, int with_wire)
{
	const json_t *ns = json_get(d, "xmlNamespace");
	struct extra_row e = {
		.query_name = text(l, json_str(d, "queryName")),
		.wire = with_wire ? text(l, json_str(d, "locationName")) : 0,
		.ns_uri = text(l,
		    json_is_string(ns) ? json_str(d, "xmlNamespace") :
					 json_str(ns, "uri")),
		.ns_prefix = text(l, json_str(ns, "prefix")),
	};

	if ((e.query_name | e.wire | e.ns_uri | e.ns_prefix) == 0)
		return MODEL_NONE;
	assert(l->m->n_extras < MAX_ROWS);
	l->extras[l->m->n_extras] = e;
	return l->m->n_extras++;
}

/* The shape that `ref` names; -1 when there is none of that name. */
static int
shape_ref(struct loader *l, const json_t *ref, uint16_t *ret)
{
	const char *name = json_str(ref, "shape");
	int64_t i = json_int(l->index, name != NULL ? name : "", -1);

	if (i < 0)
		return err_set(l->err, &bad_model, "no shape \"%s\"",
		    name != NULL ? name : "");
	*ret = (uint16_t)i;
	return 0;
}

static int
add_member(struct loader *l, const char *name, const json_t *d)
{
	const char *location = json_str(d, "location");
	const char *wire = json_str_or(d, "locationName", "");
	size_t wire_len = strlen(*wire != '\0' ? wire : name);
	struct member_row *row = &l->members[l->m->n_members++];
	int at = lookup(locations, COUNT(locations), location);

	if (location != NULL && at < 0)
		return err_set(l->err, &bad_model, "%s: location \"%s\"", name, location);
	if (wire_len > UINT8_MAX)
		return err_set(l->err, &bad_model, "%s: too long", name);
	row->wire_len = (uint8_t)wire_len;
	row->name = text(l, name);
	row->wire = text(l, json_str(d, "locationName"));
	row->location = (uint8_t)(json_bool(d, "eventheader", 0) ? IN_EVENT_HEADER :
		at < 0						 ? IN_BODY :
								   at);
	row->flags = (uint8_t)flags_of(member_flags, COUNT(member_flags), d);
	row->extra = extra(l, d, 0);
	return shape_ref(l, d, &row->shape);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The object's names, sorted. */
static const char **
names_of(struct loader *l, json_t *obj)
{
	const char **names =
	    arena_calloc(l->arena, json_object_size(obj) + 1, sizeof(*names));
	const char *name;
	json_t *v;
	size_t n = 0;

	json_object_foreach(obj, name, v)
		names[n++] = name;
	if (n > 1)
		qsort(names, n, sizeof(*names), by_text);
	return names;
}

/* Member names of one structure are few: the position of each is found by walking. */
static void
sort_members(struct loader *l, const struct shape_row *s, json_t *members)
{
	const char **names = names_of(l, members);

	for (uint16_t i = 0; i < s->n_members; i++) {
		uint16_t at = 0;

		while (
		    strcmp(l->text->data + l->members[s->first + at].name, names[i]) != 0)
			at++;
		l->sorted[s->first + i] = at;
	}
}

static int
find_member(struct loader *l, const struct shape_row *s, const char *name, uint16_t *ret)
{
	for (uint16_t i = 0; i < s->n_members; i++) {
		if (strcmp(l->text->data + l->members[s->first + i].name, name) == 0) {
			*ret = i;
			return 0;
		}
	}
	return err_set(l->err, &bad_model, "no member \"%s\"", name);
}

static int
fill_structure(struct loader *l, struct shape_row *s, const json_t *d)
{
	json_t *members = json_get(d, "members"), *required = json_get(d, "required"), *v;
	const char *name;
	uint16_t at;
	size_t i;

	json_object_foreach(members, name, v) {
		if (add_member(l, name, v) < 0)
			return -1;
		if ((l->members[s->first + s->n_members].flags & MEMBER_XML_ATTRIBUTE) !=
		    0)
			s->flags |= SHAPE_XML_ATTRIBUTES;
		s->n_members++;
	}
	sort_members(l, s, members);
	json_array_foreach(required, i, v) {
		if (!json_is_string(v) ||
		    find_member(l, s, json_string_value(v), &at) < 0)
			return err_set(l->err, &bad_model, "required: not a member");
		l->members[s->first + at].flags |= MEMBER_REQUIRED;
	}
	name = json_str(d, "payload");
	return name != NULL ? find_member(l, s, name, &s->payload) : 0;
}

static int
fill_container(struct loader *l, struct shape_row *s, const json_t *d)
{
	static const char *const list[] = { "member", NULL },
				 *const map[] = { "key", "value", NULL };
	const char *const *name = s->type == TYPE_LIST ? list : map;

	for (; *name != NULL; name++) {
		l->sorted[s->first + s->n_members] = s->n_members;
		s->n_members++;
		if (add_member(l, *name, json_get(d, *name)) < 0)
			return -1;
	}
	return 0;
}

static void
add_limits(struct loader *l, struct shape_row *s, const json_t *d)
{
	const json_t *min = json_get(d, "min"), *max = json_get(d, "max");
	json_t *texts = json_get(d, "enum"), *set;
	struct limit_row row = {
		.min = json_num(d, "min", 0),
		.max = json_num(d, "max", 0),
		.pattern = text(l, json_str(d, "pattern")),
		.first_enum = l->m->n_enums,
		.flags = (uint16_t)((min != NULL ? LIMIT_MIN : 0) |
		    (max != NULL ? LIMIT_MAX : 0)),
	};
	const char **names;
	json_t *v;
	size_t i;

	set = json_own(l->arena, json_new_object());
	json_array_foreach(texts, i, v) {
		if (json_is_string(v))
			json_set_bool(set, json_string_value(v), 1);
	}
	names = names_of(l, set);
	for (row.n_enums = 0; names[row.n_enums] != NULL; row.n_enums++)
		l->enums[l->m->n_enums++] = text(l, names[row.n_enums]);
	if (row.flags == 0 && row.pattern == 0 && row.n_enums == 0)
		return;
	l->limits[l->m->n_limits] = row;
	s->limits = l->m->n_limits++;
}

static void
add_fault(struct loader *l, struct shape_row *s, const json_t *d)
{
	const json_t *e = json_get(d, "error");

	if (e == NULL)
		return;
	s->flags |= SHAPE_EXCEPTION;
	l->faults[l->m->n_faults] = (struct fault_row){
		.code = text(l, json_str(e, "code")),
		.status = (uint16_t)json_int(e, "httpStatusCode", 0),
		.sender = (uint8_t)json_bool(e, "senderFault", 0),
	};
	s->fault = l->m->n_faults++;
}

static int
fill_shape(struct loader *l, struct shape_row *s, const char *name, const json_t *d)
{
	int type = lookup(types, COUNT(types), json_str(d, "type"));
	int form = lookup(timestamps, COUNT(timestamps), json_str(d, "timestampFormat"));

	if (type < 0)
		return err_set(l->err, &bad_model, "%s: unknown type", name);
	*s = (struct shape_row){
		.name = text(l, name),
		.first = l->m->n_members,
		.flags = (uint16_t)flags_of(shape_flags, COUNT(shape_flags), d),
		.limits = MODEL_NONE,
		.fault = MODEL_NONE,
		.payload = MODEL_NONE,
		.extra = extra(l, d, 1),
		.type = (uint8_t)type,
		.timestamp = (uint8_t)(form < 0 ? TIMESTAMP_BY_PROTOCOL : form),
	};
	add_limits(l, s, d);
	add_fault(l, s, d);
	if (type == TYPE_STRUCTURE)
		return fill_structure(l, s, d);
	return type == TYPE_LIST || type == TYPE_MAP ? fill_container(l, s, d) : 0;
}

static int
fill_shapes(struct loader *l, json_t *shapes)
{
	const char **names = names_of(l, shapes);
	size_t n = json_object_size(shapes);

	for (size_t i = 0; i < n; i++)
		json_set_int(l->index, names[i], (int64_t)i);
	for (size_t i = 0; i < n; i++) {
		if (fill_shape(l, &l->shapes[i], names[i], json_get(shapes, names[i])) <
		    0)
			return err_wrap(l->err, "%s", names[i]);
		l->m->n_shapes++;
	}
	for (size_t i = 0; i < l->m->n_members; i++)
		l->members[i].type = l->shapes[l->members[i].shape].type;
	return 0;
}

static int
fill_op(struct loader *l, struct model_op *op, const char *name, const json_t *d)
{
	const json_t *http = json_get(d, "http"), *in = json_get(d, "input");
	const json_t *out = json_get(d, "output"), *sum = json_get(d, "httpChecksum"), *v;
	int method = lookup(methods, COUNT(methods), json_str(http, "method"));
	const char *auth = json_str(d, "authtype");
	size_t i;

	*op = (struct model_op){
		.name = text(l, name),
		.uri = text(l, json_str(http, "requestUri")),
		.result_wrapper = text(l, json_str(out, "resultWrapper")),
		.host_prefix = text(l, json_str(json_get(d, "endpoint"), "hostPrefix")),
		.first_error = l->m->n_errors,
		.input = MODEL_NONE,
		.output = MODEL_NONE,
		.input_extra = in != NULL ? extra(l, in, 1) : MODEL_NONE,
		.status = (uint16_t)json_int(http, "responseCode", 0),
		.method = (uint8_t)(method < 0 ? METHOD_POST : method),
		.flags = (uint8_t)flags_of(op_flags, COUNT(op_flags), d),
	};
	if (auth != NULL && strcmp(auth, "none") == 0)
		op->flags |= MODEL_OP_UNSIGNED;
	if (json_get(sum, "requestAlgorithmMember") != NULL)
		op->flags |= MODEL_OP_CHECKSUM;
	if (json_bool(sum, "requestChecksumRequired", 0))
		op->flags |= MODEL_OP_CHECKSUM_REQUIRED;
	if ((in != NULL && shape_ref(l, in, &op->input) < 0) ||
	    (out != NULL && shape_ref(l, out, &op->output) < 0))
		return -1;
	json_array_foreach(json_get(d, "errors"), i, v) {
		if (shape_ref(l, v, &l->errors[l->m->n_errors]) < 0)
			return -1;
		l->m->n_errors++;
		op->n_errors++;
	}
	return 0;
}

static int
fill_ops(struct loader *l, json_t *ops)
{
	const char **names = names_of(l, ops);
	size_t n = json_object_size(ops);

	for (size_t i = 0; i < n; i++) {
		if (fill_op(l, &l->ops[i], names[i], json_get(ops, names[i])) < 0)
			return err_wrap(l->err, "%s", names[i]);
		l->m->n_ops++;
	}
	return 0;
}

static int
fill_metadata(struct loader *l, const json_t *doc)
{
	const json_t *d = json_get(doc, "metadata"), *v, *auth = json_get(d, "auth");
	int protocol = lookup(protocols, COUNT(protocols), json_str(d, "protocol"));
	const char *prefix = json_str_or(d, "endpointPrefix", "");
	struct model *m = l->m;
	size_t i;

	if (protocol < 0)
		return err_set(l->err, &bad_model, "unknown protocol");
	m->protocol = (uint8_t)protocol;
	m->protocols = (uint8_t)(1U << protocol);
	json_array_foreach(json_get(d, "protocols"), i, v) {
		int p = lookup(protocols, COUNT(protocols), json_string_value(v));

		if (p >= 0)
			m->protocols |= (uint8_t)(1U << p);
	}
	m->name = text(l, json_str_or(doc, "name", prefix));
	m->api_version = text(l, json_str(d, "apiVersion"));
	m->endpoint_prefix = text(l, prefix);
	m->signing_name = text(l, json_str_or(d, "signingName", prefix));
	m->service_id = text(l, json_str(d, "serviceId"));
	m->json_version = text(l, json_str(d, "jsonVersion"));
	m->target_prefix = text(l, json_str(d, "targetPrefix"));
	m->global_endpoint = text(l, json_str(d, "globalEndpoint"));
	m->ns_uri = text(l, json_str(d, "xmlNamespace"));
	m->query_compatible = json_get(d, "awsQueryCompatible") != NULL;
	m->unsigned_service =
	    json_array_size(auth) == 1 && json_has_str(auth, "smithy.api#noAuth");
	return 0;
}

/* Room for every row that the document can need. */
static int
make_room(struct loader *l, json_t *shapes, json_t *ops)
{
	size_t n_members = 0, n_enums = 0, n_errors = 0;
	size_t n_shapes = json_object_size(shapes), n_ops = json_object_size(ops);
	struct arena *a = l->arena;
	const char *name;
	json_t *v;

	json_object_foreach(shapes, name, v) {
		n_members += json_object_size(json_get(v, "members")) + 2;
		n_enums += json_array_size(json_get(v, "enum"));
	}
	json_object_foreach(ops, name, v)
		n_errors += json_array_size(json_get(v, "errors"));
	if (n_shapes + n_members + n_ops > MAX_ROWS || n_enums + n_errors > 16 * MAX_ROWS)
		return err_set(l->err, &bad_model, "too large");
	l->shapes = arena_calloc(a, n_shapes + 1, sizeof(*l->shapes));
	l->members = arena_calloc(a, n_members + 1, sizeof(*l->members));
	l->sorted = arena_calloc(a, n_members + 1, sizeof(*l->sorted));
	l->limits = arena_calloc(a, n_shapes + 1, sizeof(*l->limits));
	l->faults = arena_calloc(a, n_shapes + 1, sizeof(*l->faults));
	l->extras = arena_calloc(a, n_shapes + n_members + n_ops + 1, sizeof(*l->extras));
	l->ops = arena_calloc(a, n_ops + 1, sizeof(*l->ops));
	l->enums = arena_calloc(a, n_enums + 1, sizeof(*l->enums));
	l->errors = arena_calloc(a, n_errors + 1, sizeof(*l->errors));
	return 0;
}

static void
hand_over(struct loader *l)
{
	struct model *m = l->m;

	m->text = buf_text(l->text);
	m->text_len = (uint32_t)l->text->len;
	m->shapes = l->shapes;
	m->members = l->members;
	m->sorted = l->sorted;
	m->limits = l->limits;
	m->faults = l->faults;
	m->extras = l->extras;
	m->ops = l->ops;
	m->enums = l->enums;
	m->errors = l->errors;
}

int
model_load(struct arena *a, const json_t *doc, struct model **ret, struct err *err)
{
	json_t *shapes = json_get(doc, "shapes"), *ops = json_get(doc, "operations");
	struct loader l = { .arena = a, .err = err };

	l.m = arena_alloc(a, sizeof(*l.m));
	l.text = buf_new(a, 0);
	l.offsets = json_own(a, json_new_object());
	l.index = json_own(a, json_new_object());
	buf_chr(l.text, '\0');
	if (make_room(&l, shapes, ops) < 0 || fill_metadata(&l, doc) < 0 ||
	    fill_shapes(&l, shapes) < 0 || fill_ops(&l, ops) < 0)
		return err_wrap(err, "model");
	hand_over(&l);
	*ret = l.m;
	return 0;
}
