#include "control/api/dispatch.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/log.h"
#include "control/api/call_blobs.h"
#include "control/api/count.h"
#include "control/api/token.h"
#include "control/iam/session_limit.h"
#include "control/wire/request_body.h"

static const struct err_kind not_implemented = { "NotImplemented", 501 };
static const struct err_kind bad_region = { "SignatureDoesNotMatch", 403 };
static const struct err_kind busy = { "ServiceUnavailable", 503 };
static const struct err_kind too_large = { "RequestEntityTooLarge", 413 };
static const struct err_kind too_slow = { "RequestTimeout", 408 };
static const struct err_kind incomplete = { "IncompleteBody", 400 };
static const struct err_kind dry_run = { "DryRunOperation", 412 };

enum {
	MAX_TRIES = 40,
	MAX_BODY = 64 << 20, /* of what is kept in memory */
};

static const int64_t max_stream = INT64_C(5) << 30; /* S3: one PutObject or UploadPart */

static const char *const regions[] = { "ap-northeast-1", "ap-northeast-2", "ap-south-1",
	"ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1",
	"eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2",
	"us-west-1", "us-west-2", NULL };

int
region_is_valid(const char *name)
{
	for (const char *const *r = regions; *r != NULL; r++) {
		if (strcmp(*r, name) == 0)
			return 1;
	}
	return 0;
}

/* RFC 4122 4.4 */
static char *
request_id_new(struct arena *a)
{
	unsigned char b[16];
	char hex[33];

	random_bytes(b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	hex_encode(b, sizeof(b), hex);
	return arena_printf(a, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
	    hex + 16, hex + 20);
}

/* Permission */

/*
 * Ask for each resource that the call names; for any of the type when it makes one, and for "*" when it
 * is about none in particular.  What else it touches the handler asks for (call_allow).
 */
static int
allow(struct call *c)
{
	const struct resource *r = c->op->resource;
	const json_t *ids, *id;
	size_t i;

	if (c->op->flags & (OP_NO_AUTH | OP_ASKS))
		return 0;
	if (c->op->id_member == NULL)
		return call_allow(c, c->op->flags & OP_READ ? NULL : r, NULL);
	ids = json_get(c->in, c->op->id_member);
	if (json_is_string(ids))
		return call_allow(c, r, json_string_value(ids));
	if (json_array_size(ids) == 0)
		return call_allow(c, NULL, NULL);
	json_array_foreach(ids, i, id) {
		if (call_allow(c, r, json_string_value(id)) < 0)
			return -1;
	}
	return 0;
}

static int
run_once(struct call *c)
{
	struct token token;
	int has_token = token_of(c, &token), rc;

	if (allow(c) < 0 || (!(c->op->flags & OP_ASKS) && call_allow_tags(c) < 0))
		return -1;
	if (has_token) {
		rc = token_replay(c, &token);
		if (rc != 0)
			return rc < 0 ? -1 : 0;
	}
	if (c->op->run(c) < 0)
		return -1;
	if (call_is_dry(c))
		return err_set(&c->err, &dry_run,
		    "Request would have succeeded, but DryRun flag is set.");
	if (has_token)
		token_keep(c, &token);
	return 0;
}

static void
pause_a_little(int try)
{
	unsigned char r;
	struct timespec ts = { 0, 0 };

	random_bytes(&r, 1);
	ts.tv_nsec = (long)(r + 1) * 2000 * (try < 10 ? try : 10);
	nanosleep(&ts, NULL);
}

/* Run fn in transactions until one is committed. */
static int
in_transaction(struct call *c, int (*fn)(struct call *))
{
	for (int try = 1; try <= MAX_TRIES; try++) {
		int rc;

		c->txn = store_begin(c->env->store, c->arena);
		c->out = json_own(c->arena, json_new_object());
		c->detail = NULL;
		c->stream = NULL;
		c->is_stale = 0;
		c->status = 0;
		call_blobs_begin(c);
		rc = fn(c);
		if (rc == 0)
			rc = store_commit(c->txn, &c->err);
		else if (c->is_stale)
			rc = 0;
		if (rc == 1) {
			call_blobs_commit(c);
			return 0;
		}
		call_blobs_undo(c);
		if (rc < 0)
			return -1;
		pause_a_little(try);
	}
	return err_set(&c->err, &busy, "Too many concurrent changes. Please try again.");
}

/* Bootstrap: what a region has from the start is made at its first touch (facts.md). */

static int
bootstrap_once(struct call *c)
{
	const char *name = c->service->name;
	json_t *doc;
	int rc = store_get(c->txn, c->scope, "api:bootstrap", name, &doc, &c->err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (c->service->bootstrap(c) < 0)
		return -1;
	doc = json_own(c->arena, json_new_object());
	json_set(doc, "at", call_now(c));
	store_put(c->txn, c->scope, "api:bootstrap", name, doc);
	return 0;
}

static int
bootstrap(const struct call *c, struct err *err)
{
	const struct service *s = c->service;
	struct call b = *c;
	int rc;

	b.service = s->stands_on != NULL ? s->stands_on : s;
	if (b.service->bootstrap == NULL || c->env->settings->bootstrap == NULL)
		return 0;
	b.in = json_own(c->arena, json_new_object());
	rc = in_transaction(&b, bootstrap_once);
	if (rc < 0)
		*err = b.err;
	return rc;
}

/* What the row and the model say of the operation; c->model and c->shape are there. */
static int
complete(struct call *c)
{
	c->service = service_find(c->env, model_name(c->model));
	c->op = c->service != NULL ?
	    service_find_op(c->service, model_op_name(c->model, c->shape)) :
	    NULL;
	if (c->op == NULL)
		return err_set(&c->err, &not_implemented,
		    "The operation %s of %s is not implemented.",
		    model_op_name(c->model, c->shape), model_name(c->model));
	c->account = c->who.account;
	if (c->request_id == NULL)
		c->request_id = request_id_new(c->arena);
	c->now_ms = c->env->clock->now_ms(c->env->clock);
	c->scope = arena_printf(c->arena, "%s:%s", c->account,
	    model_is_global(c->model) ? "-" : c->region);
	return session_limit(&c->who, c->model, c->op->name, &c->err);
}

static int
run(struct call *c)
{
	if ((c->service->check != NULL && c->service->check(c) < 0) ||
	    bootstrap(c, &c->err) < 0)
		return -1;
	return in_transaction(c, run_once);
}

int
dispatch_run(struct call *c, const char *service, const char *operation)
{
	int rc;

	c->model = model_find(service);
	assert(c->model != NULL);
	c->shape = model_op_find(c->model, operation);
	assert(c->shape != NULL);
	rc = complete(c) < 0 ? -1 : run(c);
	call_blobs_end(c);
	return rc;
}

/* The region of the credential scope, or of the host's name, or the first of all. */
static int
choose_region(struct call *c, const struct wire_request *req, const char *signed_for)
{
	const char *host = wire_header(req, "Host");

	c->region = "us-east-1";
	if (signed_for != NULL && strcmp(signed_for, "aws-global") != 0) {
		if (!region_is_valid(signed_for))
			return err_set(&c->err, &bad_region,
			    "Credential should be scoped to a valid region. ");
		c->region = arena_strdup(c->arena, signed_for);
		return 0;
	}
	for (const char *const *r = regions; host != NULL && *r != NULL; r++) {
		if (strstr(host, *r) != NULL)
			c->region = *r;
	}
	return 0;
}

/* The service that was signed for is one of AWS's that we do not have at all: 0 or -1. */
static int
check_service(struct call *c, const char *signing_name)
{
	if (signing_name == NULL)
		return 0;
	for (size_t i = 0; i < model_count(); i++) {
		if (strcmp(model_signing_name(model_at(i)), signing_name) == 0)
			return 0;
	}
	return err_set(&c->err, &not_implemented, "The service %.64s is not implemented.",
	    signing_name);
}

/* The body, if it has not been read. */
static int
load_body(struct call *c, const struct wire_request **req)
{
	struct wire_request *copy;
	int status;

	if ((*req)->source == NULL)
		return 0;
	copy = arena_alloc(c->arena, sizeof(*copy));
	*copy = **req;
	status = wire_load(c->arena, copy, MAX_BODY);
	if (status == 413)
		return err_set(&c->err, &too_large, "The request is larger than %d bytes",
		    MAX_BODY);
	if (status == 408)
		return err_set(&c->err, &too_slow,
		    "The request was not read within the timeout period.");
	if (status != 0)
		return err_set(&c->err, &incomplete,
		    "You did not provide the number of bytes specified by the Content-Length "
		    "HTTP header");
	*req = copy;
	return 0;
}

static int
write_part(void *arg, const void *p, size_t n, struct err *err)
{
	return blob_write(arg, p, n, err);
}

/* Who may not, or names what is not there, sends nothing. */
static int
admit(struct call *c, const struct wire_request *req)
{
	struct wire_request head = *req;

	if (c->op->admit == NULL)
		return 0;
	head.source = NULL;
	head.body = "";
	head.body_len = 0;
	if (wire_decode(c->arena, c->model, c->shape, &head, &c->in, &c->err) < 0 ||
	    bootstrap(c, &c->err) < 0)
		return -1;
	return in_transaction(c, c->op->admit);
}

/* To a blob, which is the call's. */
static int
stream_body(struct call *c, const struct aws_chunk_key *key,
    const struct wire_request **req)
{
	struct call_body *body = arena_alloc(c->arena, sizeof(*body));
	struct blob_writer *w = blob_create(c->env->blobs, &c->err);
	struct body_facts facts;

	if (w == NULL)
		return -1;
	if (request_body_stream(c->arena, c->shape, key, *req, max_stream, write_part, w,
		req, &facts, &c->err) < 0) {
		blob_abandon(w);
		return -1;
	}
	if (blob_finish(w, c->arena, &body->blob, &c->err) < 0)
		return -1;
	body->size = facts.size;
	body->md5 = facts.md5;
	body->kind = facts.kind;
	body->checksum = facts.checksum;
	body->is_said = facts.is_said;
	c->body = body;
	return 0;
}

/* The request as the operation sees it: the body without its transport's frames. */
static int
take_body(struct call *c, struct store_txn *t, const struct wire_request **req)
{
	struct aws_chunk_key key;
	int rc = auth_chunk_key(&c->env->auth, t, c->arena, *req, &key, &c->err);

	if (rc < 0)
		return -1;
	if (c->op->flags & OP_BODY)
		return admit(c, *req) < 0 ? -1 :
					    stream_body(c, rc > 0 ? &key : NULL, req);
	if (load_body(c, req) < 0)
		return -1;
	return request_body_take(c->arena, c->shape, rc > 0 ? &key : NULL, *req, req,
	    &c->err);
}

/* Whether a body may be needed before the operation is known, or to verify who calls. */
static int
is_late(const struct auth_scope *scope, const struct wire_request *req)
{
	return scope->service != NULL ? strcmp(scope->service, "s3") == 0 :
					strcmp(req->method, "PUT") == 0;
}

/* Who calls: as the request says, or nobody where that is enough.  0 or -1. */
static int
know_caller(struct call *c, struct store_txn *t, const struct wire_request *req,
    const char *access_key)
{
	/* Whoever does not say who he is may what S3's buckets let anybody do. */
	if (access_key != NULL)
		c->auth_type = wire_header(req, "Authorization") != NULL ?
		    "REST-HEADER" :
		    "REST-QUERY-STRING";
	if (access_key != NULL ||
	    (!model_op_is_unsigned(c->shape) && strcmp(model_name(c->model), "s3") != 0))
		return auth_verify(&c->env->auth, t, c->arena, req, c->model, &c->who,
		    &c->err);
	memcpy(c->who.account, c->env->settings->default_account, sizeof(c->who.account));
	return 0;
}

static int
answer(struct call *c, const struct wire_request *req)
{
	struct auth_scope scope = { NULL, NULL, NULL };
	struct store_txn *t = store_begin(c->env->store, c->arena);
	int rc;

	if (auth_scope(c->arena, req, &scope, &c->err) < 0) {
		struct err ignored = { .kind = NULL };

		/* The error is said in the protocol of whatever service was meant. */
		wire_route(c->arena, req, NULL, &c->model, &c->shape, &ignored);
		return -1;
	}
	if (!is_late(&scope, req) && load_body(c, &req) < 0)
		return -1;
	if (check_service(c, scope.service) < 0 ||
	    wire_route(c->arena, req, scope.service, &c->model, &c->shape, &c->err) < 0 ||
	    choose_region(c, req, scope.region) < 0)
		return -1;
	if (!c->is_form && know_caller(c, t, req, scope.access_key) < 0)
		return -1;
	if (complete(c) < 0 || take_body(c, t, &req) < 0)
		return -1;
	rc = wire_decode(c->arena, c->model, c->shape, req, &c->in, &c->err);
	if (rc == 0)
		rc = run(c);
	call_blobs_end(c);
	return rc;
}

/* A 5xx tells the client its request id and the log the rest. */
static void
hide_internals(struct call *c)
{
	if (c->err.kind->status < 500 || c->err.kind->status == 501)
		return;
	log_err("api", "%s request=%s %s: %s",
	    c->shape != NULL ? model_op_name(c->model, c->shape) : "-", c->request_id,
	    c->err.kind->code, c->err.msg);
	if (c->err.kind == &err_internal)
		snprintf(c->err.msg, sizeof(c->err.msg),
		    "An internal error has occurred (request id %s)", c->request_id);
}

static void
serve(struct env *env, struct arena *a, const struct wire_request *req,
    const char *source_ip, const struct principal *who, struct wire_reply *reply)
{
	struct call c = {
		.env = env,
		.arena = a,
		.who.kind = PRINCIPAL_NOBODY,
		.source_ip = source_ip,
		.is_tls = req->is_tls,
		.user_agent = wire_header(req, "User-Agent"),
		.referer = wire_header(req, "Referer"),
		.request_id = request_id_new(a),
	};
	int64_t start = clock_monotonic_ms();

	if (who != NULL) {
		c.who = *who;
		c.is_form = 1;
		c.auth_type = who->kind != PRINCIPAL_NOBODY ? "POST" : NULL;
	}
	reply->request = req;
	reply->fragments = env->fragments;
	if (answer(&c, req) < 0) {
		hide_internals(&c);
		wire_encode_error(a, c.model, c.shape, req, &c.err, c.detail,
		    c.request_id, reply);
		if (reply->status == 503)
			wire_add_header(reply, "Retry-After", "1");
	} else {
		reply->stream = c.stream;
		reply->stream_arg = c.stream_arg;
		reply->stream_length = c.stream_length;
		wire_encode(a, c.model, c.shape, c.out, c.request_id, reply);
		if (c.status != 0)
			reply->status = c.status;
	}
	if (c.service != NULL && c.service->ended != NULL)
		c.service->ended(&c, reply, clock_monotonic_ms() - start);
	if (c.model != NULL && c.shape != NULL)
		count_call(c.model, c.shape, reply->status);
	log_debug("api", "request=%s service=%s operation=%s status=%d error=%s ms=%lld",
	    c.request_id, c.model != NULL ? model_name(c.model) : "-",
	    c.shape != NULL ? model_op_name(c.model, c.shape) : "-", reply->status,
	    c.err.kind != NULL ? c.err.kind->code : "-",
	    (long long)(clock_monotonic_ms() - start));
}

void
dispatch_http(struct env *env, struct arena *a, const struct wire_request *req,
    const char *source_ip, struct wire_reply *reply)
{
	serve(env, a, req, source_ip, NULL, reply);
}

void
dispatch_form(struct env *env, struct arena *a, const struct wire_request *req,
    const char *source_ip, const struct principal *who, struct wire_reply *reply)
{
	serve(env, a, req, source_ip, who, reply);
}
