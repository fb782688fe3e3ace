#include "agents/vpc/imds_answer.h"

#include <string.h>

static const char *const versions[] = {
	"1.0",
	"2007-01-19",
	"2007-03-01",
	"2007-08-29",
	"2007-10-10",
	"2007-12-15",
	"2008-02-01",
	"2008-09-01",
	"2009-04-04",
	"2011-01-01",
	"2011-05-01",
	"2012-01-12",
	"2014-02-25",
	"2014-11-05",
	"2015-10-20",
	"2016-04-19",
	"2016-06-30",
	"2016-09-02",
	"2018-03-28",
	"2018-08-17",
	"2018-09-24",
	"2019-10-01",
	"2020-10-27",
	"2021-01-03",
	"2021-03-23",
	"2021-07-15",
	"2022-07-09",
	"2022-09-24",
	"2024-04-11",
	"latest",
};

static void
fail(struct imds_reply *reply, int status)
{
	reply->status = status;
}

static void
refuse_method(struct imds_reply *reply, const char *allow)
{
	reply->status = 405;
	reply->allow = allow;
}

/* What follows the version, or NULL when there is no such version. */
static const char *
after_version(const char *path)
{
	size_t len = strcspn(path, "/");

	for (size_t i = 0; i < COUNT(versions); i++) {
		if (strlen(versions[i]) == len && memcmp(versions[i], path, len) == 0)
			return path + len + strspn(path + len, "/");
	}
	return NULL;
}

static int
path_is(const char *path, const char *wanted)
{
	size_t n = strlen(wanted);

	return strncmp(path, wanted, n) == 0 && path[n + strspn(path + n, "/")] == '\0';
}

/* PUT /latest/api/token. */
static void
give_token(const struct imds_service *s, const struct imds_instance *from,
    const struct imds_request *req, int64_t now_s, struct imds_reply *reply)
{
	char token[IMDS_TOKEN_LEN + 1];
	int ttl = req->has_ttl ? imds_ttl_parse(req->ttl) : -1;

	/* A proxy that an attacker talks through would add this (EC2 User Guide). */
	if (req->is_forwarded) {
		fail(reply, 403);
		return;
	}
	if (ttl < 0) {
		fail(reply, 400);
		return;
	}
	imds_token_make(s->key, from->id, now_s, ttl, token);
	buf_str(reply->body, token);
	reply->token_ttl = ttl;
	reply->hop_limit = from->hop_limit;
}

static void
list_versions(struct buf *out)
{
	for (size_t i = 0; i < COUNT(versions); i++)
		buf_printf(out, "%s%s", i > 0 ? "\n" : "", versions[i]);
}

/* Here AWS puts no slash behind a directory. */
static void
list_top(const struct imds_instance *from, struct buf *out)
{
	const char *name;
	json_t *v;

	json_object_foreach(from->tree, name, v)
		buf_printf(out, "%s%s", out->len > 0 ? "\n" : "", name);
	if (from->has_user_data)
		buf_printf(out, "%suser-data", out->len > 0 ? "\n" : "");
}

static void
give(const struct imds_instance *from, const char *path, struct imds_reply *reply)
{
	if (*path == '\0') {
		list_top(from, reply->body);
	} else if (path_is(path, "user-data")) {
		reply->type = "application/octet-stream";
		if (from->has_user_data)
			buf_add(reply->body, from->user_data, from->user_data_len);
		else
			fail(reply, 404);
	} else if (!imds_tree_get(from->tree, path, reply->body)) {
		fail(reply, 404);
	}
}

/* 1 when the request may go on. */
static int
may_read(const struct imds_service *s, const struct imds_instance *from,
    const struct imds_request *req, int64_t now_s, struct imds_reply *reply)
{
	if (!req->has_token)
		return !from->needs_token;
	reply->token_ttl = imds_token_check(s->key, from->id, now_s, req->token);
	return reply->token_ttl >= 0;
}

/* PUT /_simfra/boot. */
static void
take_boot(const struct imds_service *s, const struct imds_instance *from,
    const struct imds_request *req, struct imds_reply *reply)
{
	struct err err;
	json_t *doc;

	if (req->method != IMDS_PUT) {
		refuse_method(reply, "PUT");
	} else if (req->is_forwarded) {
		fail(reply, 403);
	} else if (json_read(req->body, req->body_len, &doc, &err) < 0) {
		fail(reply, 400);
	} else if (!json_is_object(doc)) {
		json_decref(doc);
		fail(reply, 400);
	} else {
		s->boot(s->arg, from->id, doc);
		reply->status = 204;
	}
}

/* GET /_simfra/resolv: what DHCP would tell of names. */
static void
give_resolv(const struct imds_instance *from, const struct imds_request *req,
    struct imds_reply *reply)
{
	if (req->method != IMDS_GET)
		refuse_method(reply, "GET");
	else if (req->is_forwarded)
		fail(reply, 403);
	else if (from->resolv == NULL)
		fail(reply, 404);
	else
		buf_str(reply->body, from->resolv);
}

void
imds_answer(const struct imds_service *s, const struct imds_instance *from,
    const struct imds_request *req, int64_t now_s, struct imds_reply *reply)
{
	const char *path = req->path + strspn(req->path, "/");
	const char *rest = after_version(path);

	reply->status = 200;
	reply->type = "text/plain";
	reply->allow = NULL;
	reply->token_ttl = -1;
	reply->hop_limit = 0;
	if (from == NULL)
		fail(reply, 404);
	else if (path_is(path, "_simfra/boot"))
		take_boot(s, from, req, reply);
	else if (path_is(path, "_simfra/resolv"))
		give_resolv(from, req, reply);
	else if (!from->is_enabled)
		fail(reply, 403);
	else if (rest != NULL && path_is(rest, "api/token"))
		req->method == IMDS_PUT ? give_token(s, from, req, now_s, reply) :
					  refuse_method(reply, "OPTIONS, PUT");
	else if (req->method != IMDS_GET && req->method != IMDS_HEAD)
		refuse_method(reply, "GET, HEAD");
	else if (!may_read(s, from, req, now_s, reply))
		fail(reply, 401);
	else if (*path == '\0')
		list_versions(reply->body);
	else if (rest == NULL)
		fail(reply, 404);
	else
		give(from, rest, reply);
}
