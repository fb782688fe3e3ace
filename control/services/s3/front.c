#include "control/services/s3/front.h"

#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/services/s3/cors.h"
#include "control/services/s3/form.h"
#include "control/services/s3/website.h"
#include "control/wire/rest.h"

static char *
request_id_new(struct arena *a)
{
	unsigned char b[8];
	char hex[17];

	random_bytes(b, sizeof(b));
	hex_encode(b, sizeof(b), hex);
	return arena_strdup(a, hex);
}

struct call *
s3_visit_call(const struct s3_visit *v)
{
	struct call *c = arena_alloc(v->arena, sizeof(*c));

	memset(c, 0, sizeof(*c));
	c->env = v->env;
	c->arena = v->arena;
	c->txn = store_begin(v->env->store, v->arena);
	c->model = model_find("s3");
	c->who.kind = PRINCIPAL_NOBODY;
	memcpy(c->who.account, v->env->settings->default_account, sizeof(c->who.account));
	c->region = "us-east-1";
	c->source_ip = v->source_ip;
	c->is_tls = v->req->is_tls;
	c->user_agent = wire_header(v->req, "User-Agent");
	c->referer = wire_header(v->req, "Referer");
	c->request_id = request_id_new(v->arena);
	c->in = json_own(v->arena, json_new_object());
	return c;
}

const char *
s3_visit_bucket(const struct s3_visit *v, const char **ret_key)
{
	const char *path = rest_path(v->arena, model_find("s3"), v->req) + 1;
	size_t n = strcspn(path, "/");

	if (ret_key != NULL)
		*ret_key = path[n] == '/' ? path + n + 1 : "";
	return arena_strndup(v->arena, path, n);
}

void
s3_visit_fail(const struct s3_visit *v, const struct call *c)
{
	v->reply->request = v->req;
	wire_encode_error(v->arena, c->model, c->shape, v->req, &c->err, c->detail,
	    c->request_id, v->reply);
}

int
s3_front_answer(const struct s3_visit *v)
{
	if (v->req->path[0] != '/')
		return 0;
	return s3_cors_preflight(v) || s3_website_answer(v) || s3_form_answer(v);
}

void
s3_front_finish(const struct s3_visit *v)
{
	if (v->req->path[0] == '/')
		s3_cors_finish(v);
}
