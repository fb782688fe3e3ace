#include "control/services/s3/form.h"

#include <string.h>
#include <strings.h>

#include "base/enc.h"
#include "control/api/dispatch.h"
#include "control/services/s3/s3.h"
#include "control/wire/xml.h"

static const struct err_kind too_large = { "EntityTooLarge", 400 };
static const struct err_kind too_small = { "EntityTooSmall", 400 };
static const struct err_kind malformed = { "MalformedPOSTRequest", 400 };

#define FILENAME "${filename}"

struct post {
	const struct s3_visit *v;
	struct call *c;
	const char *bucket, *key;
	struct s3_form form;
};

/* A body that is there already, as a source. */
struct held {
	struct wire_source source;
	const char *bytes;
	size_t left;
};

static int64_t
read_held(struct wire_source *source, void *p, size_t n)
{
	struct held *h = (struct held *)(void *)source;
	size_t k = n < h->left ? n : h->left;

	memcpy(p, h->bytes, k);
	h->bytes += k;
	h->left -= k;
	return (int64_t)k;
}

static struct wire_source *
source_of(const struct s3_visit *v)
{
	struct held *h = arena_alloc(v->arena, sizeof(*h));

	if (v->req->source != NULL)
		return v->req->source;
	*h = (struct held){ { read_held, (int64_t)v->req->body_len }, v->req->body,
		v->req->body_len };
	return &h->source;
}

static const char *
field(const struct post *p, const char *name)
{
	return json_str(p->form.fields, name);
}

/* What the form must have: 0 or -1. */
static int
need_field(struct post *p, const char *name, const char *shown)
{
	if (field(p, name) != NULL)
		return 0;
	return err_set(&p->c->err, &s3_bad_argument,
	    "Bucket POST must contain a field named '%s'.  If it is specified, please check the "
	    "order of the fields.",
	    shown);
}

/* The key, with the file's name where the form wants it: 0 or -1. */
static int
choose_key(struct post *p)
{
	const char *key = field(p, "key"), *at, *file = p->form.filename;

	if (need_field(p, "key", "key") < 0)
		return -1;
	for (const char *s = file; *s != '\0'; s++) {
		if (*s == '/' || *s == '\\')
			file = s + 1;
	}
	at = strstr(key, FILENAME);
	if (at != NULL)
		key = arena_printf(p->v->arena, "%.*s%s%s", (int)(at - key), key, file,
		    at + strlen(FILENAME));
	if (*key == '\0' || !utf8_is_valid(key, strlen(key)))
		return err_set(&p->c->err, &s3_bad_argument,
		    "User key must have a length greater than 0.");
	p->key = arena_strdup(p->v->arena, key); /* the field is replaced */
	json_set_str(p->form.fields, "key", p->key);
	return 0;
}

/* Who signed the policy; nobody, when there is none.  0 or -1. */
static int
know_signer(struct post *p)
{
	static const struct {
		const char *name, *shown;
	} needed[] = { { "policy", "Policy" }, { "x-amz-credential", "X-Amz-Credential" },
		{ "x-amz-date", "X-Amz-Date" },
		{ "x-amz-signature", "X-Amz-Signature" } };
	const char *algorithm = field(p, "x-amz-algorithm");
	struct auth_text text;

	if (field(p, "policy") == NULL && field(p, "x-amz-signature") == NULL)
		return 0;
	if (algorithm == NULL || strcmp(algorithm, "AWS4-HMAC-SHA256") != 0)
		return err_set(&p->c->err, &s3_bad_request,
		    "The authorization mechanism you have provided is not supported. Please use "
		    "AWS4-HMAC-SHA256.");
	for (size_t i = 0; i < COUNT(needed); i++) {
		if (need_field(p, needed[i].name, needed[i].shown) < 0)
			return -1;
	}
	text = (struct auth_text){ .credential = field(p, "x-amz-credential"),
		.stamp = field(p, "x-amz-date"),
		.token = field(p, "x-amz-security-token"),
		.signature = field(p, "x-amz-signature"),
		.text = field(p, "policy") };
	if (auth_verify_text(&p->v->env->auth, p->c->txn, p->v->arena, &text, p->c->model,
		&p->c->who, &p->c->err) < 0)
		return -1;
	return s3_form_check(p->v->arena, text.text, p->bucket,
	    p->v->env->clock->now_ms(p->v->env->clock), &p->form, &p->c->err);
}

/* The request that it stands for */

/* The header that a field is, or NULL: it says something else. */
static const char *
header_of(const char *name)
{
	static const char *const same[] = { "cache-control", "content-disposition",
		"content-encoding", "content-language", "content-type", "expires" };
	static const char *const signing[] = { "x-amz-algorithm", "x-amz-credential",
		"x-amz-date", "x-amz-signature", "x-amz-security-token" };

	if (strcmp(name, "acl") == 0)
		return "x-amz-acl";
	for (size_t i = 0; i < COUNT(same); i++) {
		if (strcmp(same[i], name) == 0)
			return name;
	}
	for (size_t i = 0; i < COUNT(signing); i++) {
		if (strcmp(signing[i], name) == 0)
			return NULL;
	}
	return strncmp(name, "x-amz-", 6) == 0 ? name : NULL;
}

static int
add_header(struct post *p, struct wire_request *req, const char *name, const char *value)
{
	if (req->n_headers == WIRE_MAX_HEADERS)
		return err_set(&p->c->err, &malformed,
		    "The body of your POST request has too many fields.");
	/* A value of several lines is no header's. */
	if (strpbrk(value, "\r\n") != NULL)
		return err_set(&p->c->err, &s3_bad_argument,
		    "The value of the field %.200s is not valid.", name);
	req->headers[req->n_headers++] = (struct wire_header){ name, value };
	return 0;
}

static const char *
encoded(struct arena *a, const char *s, int keep_slash)
{
	struct buf *b = buf_new(a, 0);

	percent_encode(b, s, strlen(s), keep_slash);
	return buf_text(b);
}

/* The document of PutObjectTagging, as PutObject's header. */
static int
add_tags(struct post *p, struct wire_request *put)
{
	struct arena *a = p->v->arena;
	const char *xml = field(p, "tagging");
	struct wire_request req = { .method = "PUT",
		.query = "tagging",
		.path = put->path };
	struct buf *b = buf_new(a, 0);
	const json_t *row;
	json_t *in;
	size_t i;

	if (xml == NULL)
		return 0;
	req.body = xml;
	req.body_len = strlen(xml);
	if (wire_decode(a, p->c->model, model_op_find(p->c->model, "PutObjectTagging"),
		&req, &in, &p->c->err) < 0)
		return -1;
	json_array_foreach(json_path(in, "Tagging.TagSet"), i, row)
		buf_printf(b, "%s%s=%s", i > 0 ? "&" : "",
		    encoded(a, json_str_or(row, "Key", ""), 0),
		    encoded(a, json_str_or(row, "Value", ""), 0));
	return add_header(p, put, "x-amz-tagging", buf_text(b));
}

static int
make_request(struct post *p, struct wire_request *ret)
{
	const char *name;
	const json_t *v;

	*ret = (struct wire_request){ .method = "PUT",
		.query = "",
		.body = "",
		.source = &p->form.file,
		.is_tls = p->v->req->is_tls };
	ret->path = arena_printf(p->v->arena, "/%s/%s", p->bucket,
	    encoded(p->v->arena, p->key, 1));
	json_object_foreach(p->form.fields, name, v) {
		const char *header = header_of(name);

		if (header != NULL &&
		    add_header(p, ret, header, json_string_value(v)) < 0)
			return -1;
	}
	return add_tags(p, ret);
}

/* Its answer */

static const char *
url_of(const struct post *p)
{
	const char *host = wire_header(p->v->req, "Host");
	const char *key = encoded(p->v->arena, p->key, 1);
	int is_virtual = strcmp(p->v->req->path, "/") == 0;

	return arena_printf(p->v->arena, "%s://%s/%s%s%s",
	    p->v->req->is_tls ? "https" : "http", host != NULL ? host : "localhost",
	    is_virtual ? "" : p->bucket, is_virtual ? "" : "/", key);
}

static void
answer_document(const struct post *p, const char *etag)
{
	struct buf *b = buf_new(p->v->arena, 0);

	buf_str(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse>");
	xml_element(b, "Location", url_of(p));
	xml_element(b, "Bucket", p->bucket);
	xml_element(b, "Key", p->key);
	xml_element(b, "ETag", etag);
	buf_str(b, "</PostResponse>");
	p->v->reply->status = 201;
	p->v->reply->body = b;
	wire_add_header(p->v->reply, "Content-Type", "application/xml");
}

static void
answer(const struct post *p)
{
	struct wire_reply *r = p->v->reply;
	struct arena *a = p->v->arena;
	const char *etag = wire_reply_header(r, "ETag");
	const char *to = field(p, "success_action_redirect");
	const char *status = field(p, "success_action_status");

	if (etag == NULL)
		etag = "";
	if (to == NULL)
		to = field(p, "redirect");
	r->body = buf_new(a, 0);
	if (to != NULL &&
	    (strncmp(to, "http://", 7) == 0 || strncmp(to, "https://", 8) == 0)) {
		r->status = 303;
		wire_add_header(r, "Location",
		    arena_printf(a, "%s%sbucket=%s&key=%s&etag=%s", to,
			strchr(to, '?') != NULL ? "&" : "?", p->bucket,
			encoded(a, p->key, 0), encoded(a, etag, 0)));
		return;
	}
	wire_add_header(r, "Location", url_of(p));
	if (status != NULL && strcmp(status, "201") == 0)
		answer_document(p, etag);
	else
		r->status = status != NULL && strcmp(status, "200") == 0 ? 200 : 204;
}

/* The file was broken off since it is larger or smaller than the policy wants: 1 and the error, 0. */
static int
breaks_limits(struct post *p)
{
	const struct s3_form *f = &p->form;

	if (f->size <= f->max && (!f->has_ended || f->size >= f->min))
		return 0;
	p->c->detail = json_own(p->v->arena,
	    json_make("{s:I, s:I}", "ProposedSize", (json_int_t)f->size,
		f->size > f->max ? "MaxSizeAllowed" : "MinSizeAllowed",
		(json_int_t)(f->size > f->max ? f->max : f->min)));
	if (f->size > f->max)
		err_set_fn(&p->c->err, &too_large,
		    "Your proposed upload exceeds the maximum allowed size");
	else
		err_set_fn(&p->c->err, &too_small,
		    "Your proposed upload is smaller than the minimum allowed size");
	return 1;
}

static int
upload(struct post *p, const char *boundary)
{
	struct wire_request *put = arena_alloc(p->v->arena, sizeof(*put));

	if (s3_form_read(p->v->arena, source_of(p->v), boundary, &p->form, &p->c->err) <
		0 ||
	    choose_key(p) < 0 || know_signer(p) < 0 || make_request(p, put) < 0)
		return -1;
	dispatch_form(p->v->env, p->v->arena, put, p->v->source_ip, &p->c->who,
	    p->v->reply);
	if (p->v->reply->status < 300) {
		answer(p);
		return 0;
	}
	if (!breaks_limits(p))
		return 0;
	p->v->reply->n_headers = 0;
	return -1;
}

int
s3_form_answer(const struct s3_visit *v)
{
	const char *type = wire_header(v->req, "Content-Type"), *key, *boundary;
	struct post p = { .v = v };

	if (strcmp(v->req->method, "POST") != 0 || *v->req->query != '\0' ||
	    type == NULL || strncasecmp(type, "multipart/form-data", 19) != 0)
		return 0;
	p.bucket = s3_visit_bucket(v, &key);
	if (*p.bucket == '\0' || *key != '\0')
		return 0;
	p.c = s3_visit_call(v);
	boundary = strcasestr(type, "boundary=");
	boundary = boundary != NULL ? boundary + 9 : "";
	boundary = *boundary == '"' ?
	    arena_strndup(v->arena, boundary + 1, strcspn(boundary + 1, "\"")) :
	    arena_strndup(v->arena, boundary, strcspn(boundary, "; \t"));
	if (upload(&p, boundary) < 0)
		s3_visit_fail(v, p.c);
	return 1;
}
