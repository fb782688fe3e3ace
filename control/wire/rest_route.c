/*
 * REST: which operation a method and a path mean.
 */
#include <string.h>
#include <strings.h>

#include "base/enc.h"
#include "control/wire/codec.h"
#include "control/wire/rest.h"

static const struct err_kind unknown_operation = { "UnknownOperationException", 404 };
static const struct err_kind not_allowed = { "MethodNotAllowed", 405 };
static const struct err_kind bad_uri = { "InvalidURI", 400 };

static const char *const methods[] = { "GET", "POST", "PUT", "DELETE", "HEAD", "PATCH" };

/*
 * Operations that others have replaced under the same method and path; only their
 * names would tell.
 */
static const struct {
	const char *model, *op;
} replaced[] = {
	{ "s3", "GetBucketLifecycle" },
	{ "s3", "GetBucketNotification" },
	{ "s3", "ListDirectoryBuckets" },
	{ "s3", "PutBucketLifecycle" },
	{ "s3", "PutBucketNotification" },
};

/* Templates */

static int match(const char *t, const char *p, struct rest_labels *ret);

static int
match_label(const char *t, const char *p, struct rest_labels *ret)
{
	const char *end = strchr(t, '}'), *after = end + 1;
	size_t name_len = (size_t)(end - t) - 1, longest = strcspn(p, "/");
	int is_greedy = end[-1] == '+';
	struct rest_label *label = &ret->label[ret->n];

	if (ret->n == REST_MAX_LABELS)
		return 0;
	if (is_greedy)
		longest = strlen(p);
	for (size_t n = longest; n > 0; n--) {
		*label = (struct rest_label){ t + 1, p, name_len - (size_t)is_greedy, n };
		ret->n++;
		if (match(after, p + n, ret))
			return 1;
		ret->n = (size_t)(label - ret->label);
		/* Only what follows in its own segment can be cut off from a label. */
		if (!is_greedy && (*after == '/' || *after == '\0' || *after == '?'))
			return 0;
	}
	return 0;
}

static int
match(const char *t, const char *p, struct rest_labels *ret)
{
	while (*t != '\0' && *t != '?' && *t != '{') {
		if (*t != *p)
			return *t == '/' && *p == '\0' && (t[1] == '\0' || t[1] == '?');
		t++;
		p++;
	}
	if (*t == '{')
		return match_label(t, p, ret);
	return *p == '\0' || strcmp(p, "/") == 0;
}

int
rest_match(const char *template, const char *path, struct rest_labels *ret)
{
	ret->n = 0;
	return match(template, path, ret);
}

/* Hosts */

/* The bucket in "bucket.s3.localhost" or "bucket.s3-us-west-2.amazonaws.com": its length, or 0. */
static size_t
bucket_length(const char *host)
{
	size_t n = 0;

	for (const char *p = strstr(host, ".s3"); p != NULL; p = strstr(p + 1, ".s3")) {
		if ((p[3] == '.' || p[3] == '-') && strncmp(p + 3, "-control", 8) != 0)
			n = (size_t)(p - host);
	}
	return n;
}

const char *
rest_path(struct arena *a, const struct model *m, const struct wire_request *req)
{
	const char *host = wire_header(req, "Host");
	size_t n =
	    host != NULL && strcmp(model_name(m), "s3") == 0 ? bucket_length(host) : 0;

	return n == 0 ? req->path : arena_printf(a, "/%.*s%s", (int)n, host, req->path);
}

/* The host's name begins with the service's: "lambda.us-east-1.localhost". */
static int
is_host_of(const struct model *m, const struct wire_request *req)
{
	const char *host = wire_header(req, "Host"), *prefix = model_endpoint_prefix(m);
	size_t n = strlen(prefix);

	if (host == NULL)
		return 0;
	return strncasecmp(host, prefix, n) == 0 && host[n] == '.';
}

/*
 * Who asks without a signature and says no service's name: browsers and curl,
 * of public objects, which are all there is for them.
 */
static int
is_for_anybody(struct arena *a, const struct model *m, const struct wire_request *req)
{
	if (strcmp(model_name(m), "s3") != 0)
		return 0;
	return bucket_length(wire_header(req, "Host") != NULL ? wire_header(req, "Host") :
								"") > 0 ||
	    (strcmp(rest_path(a, m, req), "/") != 0 &&
		!wire_media_is(req, "application/x-www-form-urlencoded"));
}

/* Operations */

/* 1 when the parameter (of n bytes, "acl" or "list-type=2") is in the query. */
static int
query_has(const char *query, const char *name, size_t n)
{
	size_t bare = strcspn(name, "=&");

	for (const char *p = query; *p != '\0'; p += strcspn(p, "&"), p += *p == '&') {
		if (bare < n ? strncmp(p, name, n) == 0 && (p[n] == '&' || p[n] == '\0') :
			       strncmp(p, name, n) == 0 &&
			    (p[n] == '&' || p[n] == '=' || p[n] == '\0'))
			return 1;
	}
	return 0;
}

/* How many of the template's own parameters the query has; -1: not all. */
static int
match_query(const char *template, const char *query)
{
	const char *p = strchr(template, '?');
	int found = 0;

	while (p != NULL && *p != '\0') {
		size_t n = strcspn(++p, "&");

		if (n > 0 && !query_has(query, p, n))
			return -1;
		found += n > 0;
		p += n;
	}
	return found;
}

/* Required members in query and headers: what is there speaks for it, what is absent against. */
static int
match_required(const struct model *m, const struct model_op *op,
    const struct wire_request *req)
{
	const struct shape_row *s;
	int score = 0;

	if (op->input == MODEL_NONE)
		return 0;
	s = &m->shapes[op->input];
	for (uint16_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = &m->members[s->first + i];
		const char *name = member_wire_name(m, row);
		int is_there;

		if ((row->flags & MEMBER_REQUIRED) == 0)
			continue;
		if (row->location == IN_QUERY)
			is_there = query_has(req->query, name, strlen(name));
		else if (row->location == IN_HEADER)
			is_there = wire_header(req, name) != NULL;
		else
			continue;
		score += is_there ? 1 : -20;
	}
	return score;
}

static size_t
literal_length(const char *template)
{
	size_t n = 0;
	int in_label = 0;

	for (; *template != '\0' && *template != '?'; template ++) {
		in_label = *template == '{' || (in_label && *template != '}');
		n += !in_label && *template != '}';
	}
	return n;
}

int
rest_is_replaced(const struct model *m, const struct model_op *op)
{
	for (size_t i = 0; i < COUNT(replaced); i++) {
		if (strcmp(replaced[i].op, model_op_name(m, op)) == 0 &&
		    strcmp(replaced[i].model, model_name(m)) == 0)
			return 1;
	}
	return 0;
}

/* SDKs of JavaScript say the operation's name too. */
static int
is_named(const struct model *m, const struct model_op *op, const char *query)
{
	const char *p = strstr(query, "x-id="), *name = model_op_name(m, op);
	size_t n = strlen(name);

	return p != NULL && (p == query || p[-1] == '&') &&
	    strncmp(p + 5, name, n) == 0 && (p[5 + n] == '\0' || p[5 + n] == '&');
}

/* How well the operation fits a path that is its own; INT64_MIN: not. */
static int64_t
score_of(const struct model *m, const struct model_op *op, const char *path,
    const struct wire_request *req)
{
	const char *template = model_text(m, op->uri);
	struct rest_labels labels;
	int n;

	if (!rest_match(template, path, &labels) ||
	    (n = match_query(template, req->query)) < 0)
		return INT64_MIN;
	return (int64_t)literal_length(template) * 1000000 + (int64_t)n * 10000 +
	    is_named(m, op, req->query) * 1000 + match_required(m, op, req) -
	    rest_is_replaced(m, op);
}

static const struct model_op *
find_op(struct arena *a, const struct model *m, const struct wire_request *req,
    int64_t *ret_score)
{
	const char *path = rest_path(a, m, req);
	const struct model_op *best = NULL;

	*ret_score = INT64_MIN;
	for (size_t i = 0; i < model_op_count(m); i++) {
		const struct model_op *op = model_op_at(m, i);
		int64_t score;

		if (strcmp(methods[op->method], req->method) != 0)
			continue;
		score = score_of(m, op, path, req);
		if (score > *ret_score) {
			*ret_score = score;
			best = op;
		}
	}
	return best;
}

/* Nothing fits. */
static int
refuse(struct arena *a, const struct wire_request *req, const struct model *m,
    struct err *err)
{
	struct rest_labels labels;

	for (size_t i = 0; i < model_op_count(m); i++) {
		if (strcmp(model_name(m), "s3") == 0 &&
		    rest_match(model_text(m, model_op_at(m, i)->uri),
			rest_path(a, m, req), &labels))
			return err_set(err, &not_allowed,
			    "The specified method is not allowed against this resource.");
	}
	return err_set(err, &unknown_operation, "No operation is at %.16s %.200s.",
	    req->method, req->path);
}

/* Labels that are no text end here, whatever operation it would be. */
static int
check_path(struct arena *a, const struct wire_request *req, struct err *err)
{
	char *copy = arena_strdup(a, req->path);
	size_t len = strlen(copy);

	if (!percent_decode(copy, &len, 0) || !utf8_is_valid(copy, len))
		return err_set(err, &bad_uri, "Couldn't parse the specified URI.");
	return 0;
}

/* Another service that signs alike may be asked by a form, which has no path (ses and sesv2). */
static int
is_shared(const char *signing_name, enum model_protocol protocol)
{
	for (size_t i = 0; signing_name != NULL && i < model_count(); i++) {
		const struct model *m = model_at(i);

		if (strcmp(model_signing_name(m), signing_name) == 0 &&
		    (m->protocols & 1U << protocol) == 0)
			return 1;
	}
	return 0;
}

int
rest_is_static(const struct model *m, const struct model_op *op, const char *name)
{
	const char *p = strchr(model_text(m, op->uri), '?');
	size_t n = strlen(name);

	while (p != NULL && *p != '\0') {
		p++;
		if (strncmp(p, name, n) == 0 && strchr("=&", p[n]) != NULL)
			return 1;
		p += strcspn(p, "&");
	}
	return 0;
}

/* S3's two halves sign alike, and nobody has a bucket of this name. */
static int
is_s3_control(const struct wire_request *req)
{
	return strncmp(req->path, "/v20180820/", 11) == 0;
}

int
rest_route(struct arena *a, const struct wire_request *req, const char *signing_name,
    enum model_protocol protocol, const struct model **ret_model,
    const struct model_op **ret_op, struct err *err)
{
	const struct model *candidate = NULL, *found = NULL;
	int64_t best = INT64_MIN, score;

	for (size_t i = 0; i < model_count(); i++) {
		const struct model *m = model_at(i);
		const struct model_op *op;

		if ((m->protocols & 1U << protocol) == 0 ||
		    (strcmp(model_name(m), "s3") == 0 && is_s3_control(req)))
			continue;
		if (signing_name != NULL ?
			strcmp(signing_name, model_signing_name(m)) != 0 :
			!is_host_of(m, req) && !is_for_anybody(a, m, req))
			continue;
		if (candidate == NULL) /* s3, and not s3control, says what is nobody's */
			candidate = m;
		op = find_op(a, m, req, &score);
		if (op != NULL && score > best) {
			best = score;
			found = m;
			*ret_op = op;
		}
	}
	if (candidate == NULL ||
	    (found == NULL && strcmp(req->path, "/") == 0 &&
		is_shared(signing_name, protocol)))
		return 0;
	*ret_model = found != NULL ? found : candidate;
	if (check_path(a, req, err) < 0)
		return -1;
	return found != NULL ? 1 : refuse(a, req, candidate, err);
}
