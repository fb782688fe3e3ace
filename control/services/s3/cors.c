#include "control/services/s3/cors.h"

#include <string.h>
#include <strings.h>

#include "control/services/s3/s3.h"

static const struct err_kind forbidden = { "AccessForbidden", 403 };
static const struct err_kind bad_request = { "BadRequest", 400 };

static const char *const methods[] = { "GET", "PUT", "POST", "DELETE", "HEAD" };

/* Rules */

/* A pattern has one '*' at most. */
static int
fits(const char *pattern, const char *s, size_t n,
    int (*compare)(const char *, const char *, size_t))
{
	size_t head = strcspn(pattern, "*"), len = strlen(pattern), tail;

	if (head == len)
		return n == len && compare(pattern, s, n) == 0;
	tail = len - head - 1;
	return n >= head + tail && compare(pattern, s, head) == 0 &&
	    compare(pattern + head + 1, s + n - tail, tail) == 0;
}

static const char *
find(const json_t *patterns, const char *s, size_t n,
    int (*compare)(const char *, const char *, size_t))
{
	const json_t *p;
	size_t i;

	json_array_foreach(patterns, i, p) {
		if (fits(json_string_value(p), s, n, compare))
			return json_string_value(p);
	}
	return NULL;
}

/* The next of "X-A, x-b": its start and length, or 0 at the end. */
static size_t
next_name(const char **p, const char **ret)
{
	size_t n;

	*p += strspn(*p, ", \t");
	*ret = *p;
	n = strcspn(*p, ",");
	*p += n;
	while (n > 0 && strchr(" \t", (*ret)[n - 1]) != NULL)
		n--;
	return n;
}

static int
are_allowed(const json_t *patterns, const char *headers)
{
	const char *p = headers, *name;
	size_t n;

	while ((n = next_name(&p, &name)) > 0) {
		if (find(patterns, name, n, strncasecmp) == NULL)
			return 0;
	}
	return 1;
}

/*
 * The rule for an origin, a method, and headers ("X-A, x-b", or NULL); NULL when none fits.
 * *ret_origin: what of the rule fitted the origin.
 */
static const json_t *
rule_for(const json_t *configuration, const char *origin, const char *method,
    const char *headers, const char **ret_origin)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(json_get(configuration, "CORSRules"), i, rule) {
		const char *found = find(json_get(rule, "AllowedOrigins"), origin,
		    strlen(origin), strncmp);

		if (found == NULL ||
		    find(json_get(rule, "AllowedMethods"), method, strlen(method),
			strncmp) == NULL ||
		    (headers != NULL &&
			!are_allowed(json_get(rule, "AllowedHeaders"), headers)))
			continue;
		*ret_origin = found;
		return rule;
	}
	return NULL;
}

/* Replies */

static const char *
joined(struct arena *a, const json_t *list)
{
	struct buf *b = buf_new(a, 0);
	const json_t *s;
	size_t i;

	json_array_foreach(list, i, s)
		buf_printf(b, "%s%s", i > 0 ? ", " : "", json_string_value(s));
	return buf_text(b);
}

static void
add_rule(const struct s3_visit *v, const json_t *rule, const char *origin,
    const char *pattern)
{
	struct wire_reply *r = v->reply;
	int is_any = strcmp(pattern, "*") == 0;

	wire_add_header(r, "Access-Control-Allow-Origin", is_any ? "*" : origin);
	wire_add_header(r, "Access-Control-Allow-Methods",
	    joined(v->arena, json_get(rule, "AllowedMethods")));
	if (json_array_size(json_get(rule, "ExposeHeaders")) > 0)
		wire_add_header(r, "Access-Control-Expose-Headers",
		    joined(v->arena, json_get(rule, "ExposeHeaders")));
	if (json_get(rule, "MaxAgeSeconds") != NULL)
		wire_add_header(r, "Access-Control-Max-Age",
		    arena_printf(v->arena, "%lld",
			(long long)json_int(rule, "MaxAgeSeconds", 0)));
	if (!is_any)
		wire_add_header(r, "Access-Control-Allow-Credentials", "true");
	wire_add_header(r, "Vary",
	    "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
}

/* The names in small letters, as S3 says them again. */
static const char *
lowered(struct arena *a, const char *headers)
{
	struct buf *b = buf_new(a, 0);
	const char *p = headers, *name;
	size_t n;

	while ((n = next_name(&p, &name)) > 0) {
		if (b->len > 0)
			buf_str(b, ", ");
		for (size_t i = 0; i < n; i++)
			buf_chr(b,
			    name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) :
							       name[i]);
	}
	return buf_text(b);
}

static int
is_method(const char *s)
{
	for (size_t i = 0; s != NULL && i < COUNT(methods); i++) {
		if (strcmp(methods[i], s) == 0)
			return 1;
	}
	return 0;
}

static int
refuse(struct call *c, const char *method, const char *key, const char *why)
{
	c->detail = json_own(c->arena,
	    json_make("{s:s, s:s}", "Method", method, "ResourceType",
		*key != '\0' ? "OBJECT" : "BUCKET"));
	return err_set(&c->err, &forbidden, "CORSResponse: %s", why);
}

static int
preflight(const struct s3_visit *v, struct call *c, const char *name, const char *key)
{
	const char *origin = wire_header(v->req, "Origin"), *pattern;
	const char *method = wire_header(v->req, "Access-Control-Request-Method");
	const char *headers = wire_header(v->req, "Access-Control-Request-Headers");
	const json_t *configuration, *rule;
	json_t *bucket;

	if (origin == NULL)
		return err_set(&c->err, &bad_request,
		    "Insufficient information. Origin request header needed.");
	if (!is_method(method))
		return err_set(&c->err, &bad_request,
		    "Invalid Access-Control-Request-Method: %.40s",
		    method != NULL ? method : "null");
	if (s3_bucket_source(c, name, &bucket) < 0)
		return c->err.kind == &s3_no_bucket ?
		    refuse(c, method, key, "Bucket not found") :
		    -1;
	configuration = json_get(bucket, "CORSConfiguration");
	if (configuration == NULL)
		return refuse(c, method, key, "CORS is not enabled for this bucket.");
	rule = rule_for(configuration, origin, method, headers, &pattern);
	if (rule == NULL)
		return refuse(c, method, key,
		    "This CORS request is not allowed. This is usually because the evalution "
		    "of Origin, request method / Access-Control-Request-Method or "
		    "Access-Control-Request-Headers are not whitelisted by the resource's "
		    "CORS spec.");
	v->reply->status = 200;
	wire_add_header(v->reply, "x-amz-request-id", c->request_id);
	wire_add_header(v->reply, "x-amz-id-2", c->request_id);
	add_rule(v, rule, origin, pattern);
	if (headers != NULL)
		wire_add_header(v->reply, "Access-Control-Allow-Headers",
		    lowered(v->arena, headers));
	return 0;
}

int
s3_cors_preflight(const struct s3_visit *v)
{
	const char *key, *name;
	struct call *c;

	if (strcmp(v->req->method, "OPTIONS") != 0)
		return 0;
	name = s3_visit_bucket(v, &key);
	if (*name == '\0')
		return 0;
	c = s3_visit_call(v);
	if (preflight(v, c, name, key) < 0)
		s3_visit_fail(v, c);
	return 1;
}

/* Whether the reply is of S3. */
static int
is_ours(const struct s3_visit *v)
{
	struct auth_scope scope = { NULL, NULL, NULL };
	const struct model *m = NULL;
	const struct model_op *op = NULL;
	struct err err;

	if (auth_scope(v->arena, v->req, &scope, &err) < 0)
		return 0;
	if (scope.service != NULL)
		return strcmp(scope.service, "s3") == 0;
	return wire_route(v->arena, v->req, NULL, &m, &op, &err) == 0 &&
	    strcmp(model_name(m), "s3") == 0;
}

void
s3_cors_finish(const struct s3_visit *v)
{
	const char *origin = wire_header(v->req, "Origin"), *name, *pattern;
	const json_t *rule;
	struct call *c;
	json_t *bucket;

	if (origin == NULL || !is_ours(v))
		return;
	name = s3_visit_bucket(v, NULL);
	c = s3_visit_call(v);
	if (*name == '\0' || s3_bucket_source(c, name, &bucket) < 0)
		return;
	rule = rule_for(json_get(bucket, "CORSConfiguration"), origin, v->req->method,
	    NULL, &pattern);
	if (rule != NULL)
		add_rule(v, rule, origin, pattern);
}
