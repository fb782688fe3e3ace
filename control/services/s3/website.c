#include "control/services/s3/website.h"

#include <string.h>

#include "base/enc.h"
#include "control/api/dispatch.h"
#include "control/services/s3/s3.h"

static const struct err_kind no_method = { "MethodNotAllowed", 405 };
static const struct err_kind no_website = { "NoSuchWebsiteConfiguration", 404 };
static const struct err_kind elsewhere = { "IncorrectEndpoint", 400 };
static const struct err_kind bad_uri = { "InvalidURI", 400 };

#define MARK ".s3-website"

struct page {
	const struct s3_visit *v;
	const char *name;   /* the bucket's */
	const char *region; /* that the host says; NULL: none */
	const json_t *site; /* its configuration */
	char *key;	    /* that is asked for, decoded, without the first '/' */
	struct call *c;	    /* of what is tried */
};

/* The bucket, and the region where the host's name has one: 1, or 0 it is no website's. */
static int
read_host(struct page *p)
{
	const char *host = wire_header(p->v->req, "Host"), *at = NULL;
	size_t n;

	for (const char *s = host; s != NULL && (s = strstr(s, MARK)) != NULL; s++) {
		if (s[strlen(MARK)] == '.' || s[strlen(MARK)] == '-')
			at = s;
	}
	if (at == NULL || at == host)
		return 0;
	p->name = arena_strndup(p->v->arena, host, (size_t)(at - host));
	at += strlen(MARK) + 1;
	n = strcspn(at, ".:");
	p->region = arena_strndup(p->v->arena, at, n);
	if (!region_is_valid(p->region))
		p->region = NULL;
	return 1;
}

/* Replies */

static void
add_ids(struct page *p)
{
	wire_add_header(p->v->reply, "x-amz-request-id", p->c->request_id);
	wire_add_header(p->v->reply, "x-amz-id-2", p->c->request_id);
}

static const char *
title(int status)
{
	static const struct {
		int status;
		const char *text;
	} rows[] = { { 400, "Bad Request" }, { 403, "Forbidden" }, { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 412, "Precondition Failed" },
		{ 416, "Requested Range Not Satisfiable" },
		{ 503, "Service Unavailable" } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].status == status)
			return rows[i].text;
	}
	return "Error";
}

static void
escape(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '<')
			buf_str(b, "&lt;");
		else if (*s == '>')
			buf_str(b, "&gt;");
		else if (*s == '&')
			buf_str(b, "&amp;");
		else
			buf_chr(b, *s);
	}
}

static void
add_item(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "<li>%s: ", name);
	escape(b, value);
	buf_str(b, "</li>\n");
}

/* What is said when there is no document to say it; `second`: why not (may be NULL). */
static void
say_error(struct page *p, const struct err *e, const char *key, const struct err *second)
{
	struct wire_reply *r = p->v->reply;
	struct buf *b = buf_new(p->v->arena, 0);
	int status = e->kind->status;

	r->status = status;
	buf_printf(b,
	    "<html>\n<head><title>%d %s</title></head>\n<body>\n<h1>%d %s</h1>\n<ul>\n",
	    status, title(status), status, title(status));
	add_item(b, "Code", e->kind->code);
	add_item(b, "Message", e->msg);
	if (key != NULL)
		add_item(b, "Key", key);
	add_item(b, "RequestId", p->c->request_id);
	add_item(b, "HostId", p->c->request_id);
	buf_str(b, "</ul>\n");
	if (second != NULL) {
		buf_str(b,
		    "<h3>An Error Occurred While Attempting to Retrieve a Custom Error "
		    "Document</h3>\n<ul>\n");
		add_item(b, "Code", second->kind->code);
		add_item(b, "Message", second->msg);
		buf_str(b, "</ul>\n");
	}
	buf_str(b, "<hr/>\n</body>\n</html>\n");
	r->body = b;
	wire_add_header(r, "x-amz-error-code", e->kind->code);
	wire_add_header(r, "x-amz-error-message", e->msg);
	add_ids(p);
	wire_add_header(r, "Content-Type", "text/html; charset=utf-8");
}

static void
redirect(struct page *p, int status, const char *location)
{
	p->v->reply->status = status;
	p->v->reply->body = buf_new(p->v->arena, 0);
	wire_add_header(p->v->reply, "Location", location);
	add_ids(p);
}

static const char *
encoded(struct arena *a, const char *key)
{
	struct buf *b = buf_new(a, 0);

	percent_encode(b, key, strlen(key), 1);
	return buf_text(b);
}

/* Where a rule leads: its protocol, host and key, or those of the request. */
static const char *
location_of(struct page *p, const json_t *to, const char *key)
{
	struct arena *a = p->v->arena;
	const char *protocol =
	    json_str_or(to, "Protocol", p->v->req->is_tls ? "https" : "http");
	const char *host = json_str_or(to, "HostName", wire_header(p->v->req, "Host"));

	return arena_printf(a, "%s://%s/%s", protocol, host, encoded(a, key));
}

/* Three digits, as document_check.c wants them. */
static int
code_of(const char *s)
{
	return (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
}

/* The first rule that is for the key, and for the error (0: for none): 1 redirected, 0. */
static int
follow_rules(struct page *p, int status)
{
	const json_t *rules = json_get(p->site, "RoutingRules"), *rule;
	size_t i;

	json_array_foreach(rules, i, rule) {
		const json_t *when = json_get(rule, "Condition"),
			     *to = json_get(rule, "Redirect");
		const char *prefix = json_str_or(when, "KeyPrefixEquals", "");
		const char *code = json_str(when, "HttpErrorCodeReturnedEquals");
		const char *with = json_str(to, "ReplaceKeyPrefixWith"), *key = p->key;

		if (strncmp(p->key, prefix, strlen(prefix)) != 0 ||
		    (code != NULL ? code_of(code) : 0) != status)
			continue;
		if (with != NULL)
			key = arena_printf(p->v->arena, "%s%s", with,
			    p->key + strlen(prefix));
		key = json_str_or(to, "ReplaceKeyWith", key);
		redirect(p, code_of(json_str_or(to, "HttpRedirectCode", "301")),
		    location_of(p, to, key));
		return 1;
	}
	return 0;
}

/* Objects, as nobody */

/* Try the object: 0 p->c has its answer, or -1 its error.  as_asked: with the request's conditions and range. */
static int
fetch(struct page *p, const char *op, const char *key, int as_asked)
{
	static const char *const kept[] = { "Range", "If-Match", "If-None-Match",
		"If-Modified-Since", "If-Unmodified-Since" };
	struct arena *a = p->v->arena;
	struct wire_request req = { .method = p->v->req->method,
		.query = "",
		.body = "" };
	const struct model *m = model_find("s3");

	req.path = arena_printf(a, "/%s/%s", p->name, encoded(a, key));
	for (size_t i = 0; i < COUNT(kept) && as_asked; i++) {
		const char *value = wire_header(p->v->req, kept[i]);

		if (value != NULL)
			req.headers[req.n_headers++] =
			    (struct wire_header){ kept[i], value };
	}
	p->c = s3_visit_call(p->v);
	if (wire_decode(a, m, model_op_find(m, op), &req, &p->c->in, &p->c->err) < 0)
		return -1;
	return dispatch_run(p->c, "s3", op);
}

static void
send_object(struct page *p, int status)
{
	struct wire_reply *r = p->v->reply;
	struct call *c = p->c;

	r->stream = c->stream;
	r->stream_arg = c->stream_arg;
	r->stream_length = c->stream_length;
	wire_encode(p->v->arena, c->model, c->shape, c->out, c->request_id, r);
	if (c->status != 0)
		r->status = c->status;
	if (status != 0)
		r->status = status;
}

static const char *
operation(const struct page *p)
{
	return strcmp(p->v->req->method, "HEAD") == 0 ? "HeadObject" : "GetObject";
}

/* The object is not to be had: a rule, the error document, or our own words. */
static void
answer_error(struct page *p, const char *key)
{
	struct err e = p->c->err;
	const char *document = json_str(json_get(p->site, "ErrorDocument"), "Key");

	if (follow_rules(p, e.kind->status))
		return;
	if (document == NULL || e.kind->status >= 500)
		say_error(p, &e, key, NULL);
	else if (fetch(p, operation(p), document, 0) == 0)
		send_object(p, e.kind->status);
	else
		say_error(p, &e, key, &p->c->err);
}

/* A folder without its '/': its index document tells. */
static int
is_folder(struct page *p, const char *index)
{
	size_t n = strlen(p->key);
	struct call *was = p->c;
	int rc;

	if (n == 0 || p->key[n - 1] == '/')
		return 0;
	rc = fetch(p, "HeadObject", arena_printf(p->v->arena, "%s/%s", p->key, index), 0);
	p->c = was;
	return rc == 0;
}

static void
answer_page(struct page *p)
{
	const char *index = json_str_or(json_get(p->site, "IndexDocument"), "Suffix", "");
	const char *key = p->key, *to;
	size_t n = strlen(key);

	if (n == 0 || key[n - 1] == '/')
		key = arena_printf(p->v->arena, "%s%s", key, index);
	if (fetch(p, operation(p), key, 1) < 0) {
		if (p->c->err.kind->status < 500 && p->c->err.kind->status != 412 &&
		    p->c->err.kind->status != 416 && is_folder(p, index))
			redirect(p, 302,
			    arena_printf(p->v->arena, "/%s/",
				encoded(p->v->arena, p->key)));
		else
			answer_error(p, key);
		return;
	}
	to = json_str(p->c->out, "WebsiteRedirectLocation");
	if (to != NULL)
		redirect(p, 301, to);
	else
		send_object(p, 0);
}

/* The site's configuration: 0 or -1. */
static int
find_site(struct page *p)
{
	const char *method = p->v->req->method;
	json_t *bucket;

	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return err_set(&p->c->err, &no_method,
		    "The specified method is not allowed against this resource.");
	if (s3_bucket_source(p->c, p->name, &bucket) < 0)
		return -1;
	if (p->region != NULL &&
	    strcmp(p->region, json_str_or(bucket, "Region", "")) != 0)
		return err_set(&p->c->err, &elsewhere,
		    "The specified bucket exists in another region. Please direct requests to "
		    "the specified endpoint.");
	p->site = json_get(bucket, "WebsiteConfiguration");
	if (p->site == NULL)
		return err_set(&p->c->err, &no_website,
		    "The specified bucket does not have a website configuration");
	return 0;
}

int
s3_website_answer(const struct s3_visit *v)
{
	struct page p = { .v = v };
	const json_t *all;
	size_t n;

	if (!read_host(&p))
		return 0;
	p.c = s3_visit_call(v);
	p.key = arena_strdup(v->arena, v->req->path + 1);
	n = strlen(p.key);
	if (!percent_decode(p.key, &n, 0) || strlen(p.key) != n ||
	    !utf8_is_valid(p.key, n))
		err_set_fn(&p.c->err, &bad_uri, "Couldn't parse the specified URI.");
	else if (find_site(&p) == 0)
		p.c->err.kind = NULL;
	if (p.site == NULL) {
		say_error(&p, &p.c->err, NULL, NULL);
		return 1;
	}
	all = json_get(p.site, "RedirectAllRequestsTo");
	if (all != NULL)
		redirect(&p, 301, location_of(&p, all, p.key));
	else if (!follow_rules(&p, 0))
		answer_page(&p);
	return 1;
}
