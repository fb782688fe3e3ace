/* The metadata service without its sockets: heads, tokens, the tree, who may read what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/vpc/imds_answer.h"
#include "base/cc.h"

enum { NOW = 1800000000 };

#define TREE                                                                                \
	"\"tree\":{\"dynamic\":{\"instance-identity\":{\"document\":\"{}\"}},"              \
	"\"meta-data\":{\"ami-id\":\"ami-1\",\"bytes\":{\"b64\":\"AAH/\"},"                 \
	"\"iam\":{\"security-credentials\":{\"role\":\"{\\\"Code\\\":\\\"Success\\\"}\"}}," \
	"\"placement\":{\"availability-zone\":\"us-east-1a\"},"                             \
	"\"public-keys\":{\"0=my-key\":{\"openssh-key\":\"ssh-rsa A\"},"                    \
	"\"10=other\":{\"openssh-key\":\"ssh-rsa B\"}},"                                    \
	"\"tags\":{\"instance\":{\"My Key\":\"v\",\"a=b\":\"w\"}}}}"

static const char config[] =
    "{\"instances\":{"
    "\"10.0.1.15\":{\"instance_id\":\"i-1\",\"options\":{\"HttpEndpoint\":\"enabled\","
    "\"HttpTokens\":\"optional\",\"HttpPutResponseHopLimit\":2}," TREE
    ",\"user_data\":\"IyEvYmluL3NoCgAK\"},"
    "\"10.0.1.16\":{\"instance_id\":\"i-2\",\"options\":{\"HttpTokens\":\"required\"}," TREE
    "},"
    "\"10.0.1.17\":{\"instance_id\":\"i-3\",\"options\":{\"HttpEndpoint\":\"disabled\"}," TREE
    "}}}";

struct fixture {
	struct imds_service service;
	struct imds_instances *all;
	char told[64]; /* of whom init told, and what */
	struct imds_reply reply;
	struct buf body;
};

static void
on_boot(void *arg, const char *instance_id, json_t *doc)
{
	struct fixture *f = arg;

	snprintf(f->told, sizeof(f->told), "%s %s", instance_id,
	    json_str(doc, "user_data"));
	json_decref(doc);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err;
	json_t *doc;

	memset(f->service.key, 7, sizeof(f->service.key));
	f->service.boot = on_boot;
	f->service.arg = f;
	assert_int_equal(json_read(config, strlen(config), &doc, &err), 0);
	assert_int_equal(imds_instances_new(doc, &f->all, &err), 0);
	json_decref(doc); /* what is needed of it is kept */
	buf_init(&f->body, 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	imds_instances_free(f->all);
	buf_done(&f->body);
	free(f);
	return 0;
}

/* The status of the request `text`, all of it, from the address. */
static const struct imds_instance *
instance_at(struct fixture *f, const char *from)
{
	union net_any at;

	assert_int_equal(net_parse_any(from, 0, &at), 0);
	return imds_instances_at(f->all, &at);
}

static int
ask_at(struct fixture *f, int64_t now, const char *from, const char *text)
{
	struct imds_request req;
	int rc = imds_http_read(text, strlen(text), &req);

	if (rc != 1)
		return rc;
	assert_int_equal(req.head_len + req.body_len, strlen(text));
	req.body = text + req.head_len;
	buf_reset(&f->body);
	f->reply.body = &f->body;
	imds_answer(&f->service, instance_at(f, from), &req, now, &f->reply);
	return f->reply.status;
}

#define H " HTTP/1.1\r\nHost: x\r\n"

static int
get(struct fixture *f, const char *from, const char *path, const char *token)
{
	char text[1024];

	snprintf(text, sizeof(text), "GET %s" H "%s%s%s\r\n", path,
	    token != NULL ? "x-aws-ec2-metadata-token: " : "", token != NULL ? token : "",
	    token != NULL ? "\r\n" : "");
	return ask_at(f, NOW, from, text);
}

static void
paths_lead_where_they_do_in_aws(void **state)
{
	static const struct {
		const char *path;
		int status;
		const char *body;
	} cases[] = {
		{ "/latest", 200, "dynamic\nmeta-data\nuser-data" },
		{ "/latest/", 200, "dynamic\nmeta-data\nuser-data" },
		{ "/2021-07-15/", 200, "dynamic\nmeta-data\nuser-data" },
		{ "/1.0/meta-data/ami-id", 200, "ami-1" },
		{ "/1999-01-01/meta-data/ami-id", 404, NULL },
		{ "/meta-data/ami-id", 404, NULL },
		{ "/latestx", 404, NULL },
		{ "/latest/meta-data", 200,
		    "ami-id\nbytes\niam/\nplacement/\npublic-keys/\ntags/" },
		{ "/latest/meta-data/", 200,
		    "ami-id\nbytes\niam/\nplacement/\npublic-keys/\ntags/" },
		{ "//latest//meta-data//ami-id", 200, "ami-1" },
		{ "/latest/meta-data/ami-id?x=y", 200, "ami-1" },
		{ "http://169.254.169.254/latest/meta-data/ami-id", 200, "ami-1" },
		{ "/latest/meta-data/ami", 404, NULL },
		{ "/latest/meta-data/ami-idx", 404, NULL },
		{ "/latest/meta-data/ami-id/x", 404, NULL },
		{ "/latest/meta-data/../dynamic", 404, NULL },
		{ "/latest/meta-data/iam/security-credentials/", 200, "role" },
		{ "/latest/meta-data/iam/security-credentials/role", 200,
		    "{\"Code\":\"Success\"}" },
		{ "/latest/meta-data/public-keys/", 200, "0=my-key\n10=other" },
		{ "/latest/meta-data/public-keys/0", 200, "openssh-key" },
		{ "/latest/meta-data/public-keys/0/openssh-key", 200, "ssh-rsa A" },
		{ "/latest/meta-data/public-keys/10/openssh-key", 200, "ssh-rsa B" },
		{ "/latest/meta-data/public-keys/1/openssh-key", 404, NULL },
		{ "/latest/meta-data/tags/instance", 200, "My Key\na=b" },
		{ "/latest/meta-data/tags/instance/My%20Key", 200, "v" },
		{ "/latest/meta-data/tags/instance/a=b", 200, "w" },
		{ "/latest/meta-data/tags/instance/a", 404, NULL },
		{ "/latest/dynamic/instance-identity/document", 200, "{}" },
		{ "/latest/api/token", 405, NULL },
		{ "/latest/meta-data/%zz", 400, NULL },
		{ "/latest/meta-data/%00", 400, NULL },
		{ "latest", 400, NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(get(f, "10.0.1.15", cases[i].path, NULL),
		    cases[i].status);
		if (cases[i].body != NULL)
			assert_string_equal(buf_text(&f->body), cases[i].body);
	}
	assert_int_equal(get(f, "10.0.1.15", "/", NULL), 200);
	assert_non_null(strstr(buf_text(&f->body), "1.0\n2007-01-19\n"));
	assert_non_null(strstr(buf_text(&f->body), "\nlatest"));
}

static void
bytes_are_given_as_they_are(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(get(f, "10.0.1.15", "/latest/meta-data/bytes", NULL), 200);
	assert_int_equal(f->body.len, 3);
	assert_memory_equal(f->body.data, "\0\1\xff", 3);
	assert_int_equal(get(f, "10.0.1.15", "/latest/user-data", NULL), 200);
	assert_int_equal(f->body.len, 12);
	assert_memory_equal(f->body.data, "#!/bin/sh\n\0\n", 12);
	assert_int_equal(get(f, "10.0.1.16", "/latest/user-data", NULL), 401);
}

static void
an_address_is_who_one_is(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(get(f, "10.0.1.18", "/latest/meta-data/ami-id", NULL), 404);
	assert_int_equal(get(f, "10.0.1.18", "/", NULL), 404);
	assert_int_equal(ask_at(f, NOW, "10.0.1.18",
			     "PUT /latest/api/token" H
			     "X-aws-ec2-metadata-token-ttl-seconds: 60\r\n\r\n"),
	    404);
	assert_int_equal(ask_at(f, NOW, "10.0.1.18",
			     "PUT /_simfra/boot" H "Content-Length: 2\r\n\r\n{}"),
	    404);
}

static int
put_token(struct fixture *f, const char *from, const char *ttl, char token[64])
{
	char text[256];
	int status;

	snprintf(text, sizeof(text),
	    "PUT /latest/api/token" H "X-aws-ec2-metadata-token-ttl-seconds: %s\r\n\r\n",
	    ttl);
	status = ask_at(f, NOW, from, text);
	snprintf(token, 64, "%s", buf_text(&f->body));
	return status;
}

static void
tokens_open_what_they_should(void **state)
{
	static const char path[] = "/latest/meta-data/ami-id";
	struct fixture *f = *state;
	char token[64], other[64], text[256];

	assert_int_equal(put_token(f, "10.0.1.16", "60", token), 200);
	assert_int_equal(strlen(token), IMDS_TOKEN_LEN);
	assert_int_equal(f->reply.token_ttl, 60);
	assert_int_equal(f->reply.hop_limit, 1);
	assert_int_equal(put_token(f, "10.0.1.15", "21600", other), 200);
	assert_int_equal(f->reply.hop_limit, 2);

	assert_int_equal(get(f, "10.0.1.16", path, NULL), 401);
	assert_int_equal(get(f, "10.0.1.16", path, token), 200);
	assert_int_equal(f->reply.token_ttl, 60);
	assert_int_equal(f->reply.hop_limit, 0);
	assert_int_equal(get(f, "10.0.1.16", path, other), 401); /* another instance's */
	assert_int_equal(get(f, "10.0.1.15", path, token),
	    401); /* even where none is needed */
	assert_int_equal(get(f, "10.0.1.15", path, ""), 401);
	assert_int_equal(get(f, "10.0.1.15", path, "x"), 401);
	for (size_t i = 0; i < IMDS_TOKEN_LEN; i++) {
		char c = token[i];

		token[i] = c == 'A' ? 'B' : 'A';
		assert_int_equal(get(f, "10.0.1.16", path, token), 401);
		token[i] = c;
	}
	snprintf(text, sizeof(text), "GET %s" H "X-aws-ec2-metadata-token: %s\r\n\r\n",
	    path, token);
	assert_int_equal(ask_at(f, NOW + 59, "10.0.1.16", text), 200);
	assert_int_equal(f->reply.token_ttl, 1);
	assert_int_equal(ask_at(f, NOW + 60, "10.0.1.16", text), 401);
	f->service.key[0] ^= 1;
	assert_int_equal(ask_at(f, NOW, "10.0.1.16", text), 401);
}

static void
requests_for_tokens_are_checked(void **state)
{
	static const char *const bad[] = { "0", "21601", "-1", "", "1x", "1 1",
		"99999999999", "0x10", "+5" };
	struct fixture *f = *state;
	char token[64];

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(put_token(f, "10.0.1.15", bad[i], token), 400);
	/* White space around is not part of a value. */
	assert_int_equal(put_token(f, "10.0.1.15", " 60\t", token), 200);
	assert_int_equal(put_token(f, "10.0.1.15", "1", token), 200);
	assert_int_equal(ask_at(f, NOW, "10.0.1.15", "PUT /latest/api/token" H "\r\n"),
	    400);
	assert_int_equal(ask_at(f, NOW, "10.0.1.15",
			     "PUT /latest/api/token" H "X-Forwarded-For: 1.2.3.4\r\n"
			     "X-aws-ec2-metadata-token-ttl-seconds: 60\r\n\r\n"),
	    403);
	assert_int_equal(ask_at(f, NOW, "10.0.1.15",
			     "PUT /2021-07-15/api/token" H
			     "X-aws-ec2-metadata-token-ttl-seconds: 60\r\n\r\n"),
	    200);
	assert_int_equal(ask_at(f, NOW, "10.0.1.15", "POST /latest/meta-data" H "\r\n"),
	    405);
	assert_int_equal(ask_at(f, NOW, "10.0.1.15", "PUT /latest/meta-data" H "\r\n"),
	    405);
}

static void
a_disabled_endpoint_hears_only_init(void **state)
{
	struct fixture *f = *state;
	char token[64];

	assert_int_equal(get(f, "10.0.1.17", "/latest/meta-data/ami-id", NULL), 403);
	assert_int_equal(put_token(f, "10.0.1.17", "60", token), 403);
	assert_int_equal(ask_at(f, NOW, "10.0.1.17",
			     "PUT /_simfra/boot" H
			     "Content-Length: 20\r\n\r\n{\"user_data\":\"done\"}"),
	    204);
	assert_string_equal(f->told, "i-3 done");
}

static void
what_init_says_is_checked(void **state)
{
	static const struct {
		const char *text;
		int status;
	} cases[] = {
		{ "PUT /_simfra/boot" H "Content-Length: 2\r\n\r\n[]", 400 },
		{ "PUT /_simfra/boot" H "Content-Length: 3\r\n\r\n{}x", 400 },
		{ "PUT /_simfra/boot" H "\r\n", 400 },
		{ "GET /_simfra/boot" H "\r\n", 405 },
		{ "GET /_simfra/resolv" H "\r\n", 404 },
		{ "PUT /_simfra/resolv" H "Content-Length: 2\r\n\r\n{}", 405 },
		{ "PUT /_simfra/boot" H
		  "X-Forwarded-For: a\r\nContent-Length: 2\r\n\r\n{}",
		    403 },
		{ "PUT /_simfra/boot" H "Content-Length: 4097\r\n\r\n", 413 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(ask_at(f, NOW, "10.0.1.15", cases[i].text),
		    cases[i].status);
	assert_string_equal(f->told, "");
}

static void
heads_are_read_strictly(void **state UNUSED)
{
	static const struct {
		const char *text;
		int rc;
	} cases[] = {
		{ "", 0 },
		{ "GET / HTTP/1.1\r\nHost: x\r\n", 0 },
		{ "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 1 },
		{ "GET / HTTP/1.1\r\nHost:x\r\nA: \r\n\r\n", 1 },
		{ "GET / HTTP/1.0\r\n\r\n", 1 },
		{ "GET / HTTP/1.1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400 },
		{ "GET / HTTP/2.0\r\n\r\n", 505 },
		{ "GET / HTTP/1.2\r\n\r\n", 505 },
		{ "GET / HTTP/1.1x\r\nHost: x\r\n\r\n", 400 },
		{ "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
		{ " GET / HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
		{ "GET /\r\n\r\n", 400 },
		{ "\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\nHost: x\n\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nA: b\nC: d\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\n A: b\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nA\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nA: b\x01\r\n\r\n", 400 },
		{ "GET /\x7f HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
		{ "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
		{ "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
		    501 },
		{ "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
		    400 },
		{ "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n", 400 },
		{ "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: \r\n\r\n", 400 },
		{ "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
		    400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nX-aws-ec2-metadata-token: a\r\n"
		  "X-aws-ec2-metadata-token: b\r\n\r\n",
		    400 },
	};
	struct imds_request req;

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(imds_http_read(cases[i].text, strlen(cases[i].text),
				     &req),
		    cases[i].rc);
}

static void
heads_have_limits(void **state UNUSED)
{
	static char text[IMDS_HEAD_MAX + 64];
	struct imds_request req;
	struct buf b;

	memset(text, 'a', sizeof(text));
	assert_int_equal(imds_http_read(text, IMDS_HEAD_MAX - 1, &req), 0);
	assert_int_equal(imds_http_read(text, IMDS_HEAD_MAX, &req), 431);
	buf_init(&b, 0);
	buf_str(&b, "GET /");
	for (int i = 0; i < IMDS_PATH_MAX - 1; i++)
		buf_chr(&b, 'p');
	buf_str(&b, " HTTP/1.0\r\n\r\n");
	assert_int_equal(imds_http_read(buf_text(&b), b.len, &req), 1);
	buf_reset(&b);
	buf_str(&b, "GET /");
	for (int i = 0; i < IMDS_PATH_MAX; i++)
		buf_chr(&b, 'p');
	buf_str(&b, " HTTP/1.0\r\n\r\n");
	assert_int_equal(imds_http_read(buf_text(&b), b.len, &req), 414);
	buf_reset(&b);
	buf_str(&b, "GET / HTTP/1.0\r\n");
	for (int i = 0; i <= IMDS_HEADERS_MAX; i++)
		buf_str(&b, "a: b\r\n");
	buf_str(&b, "\r\n");
	assert_int_equal(imds_http_read(buf_text(&b), b.len, &req), 431);
	buf_done(&b);
}

static void
connections_are_kept_as_was_said(void **state UNUSED)
{
	static const struct {
		const char *text;
		int keep;
	} cases[] = {
		{ "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 1 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 0 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, Close\r\n\r\n", 0 },
		{ "GET / HTTP/1.0\r\n\r\n", 0 },
		{ "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", 1 },
	};
	struct imds_request req;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(imds_http_read(cases[i].text, strlen(cases[i].text),
				     &req),
		    1);
		assert_int_equal(req.keep_alive, cases[i].keep);
	}
}

static void
wrong_configurations_are_refused(void **state UNUSED)
{
	static const char *const cases[] = {
		"{\"10.0.1\":{\"instance_id\":\"i\",\"tree\":{}}}",
		"{\"10.0.1.1:80\":{\"instance_id\":\"i\",\"tree\":{}}}",
		"{\"10.0.1.1\":{\"tree\":{}}}",
		"{\"10.0.1.1\":{\"instance_id\":\"\",\"tree\":{}}}",
		"{\"10.0.1.1\":{\"instance_id\":\"i\"}}",
		"{\"10.0.1.1\":{\"instance_id\":\"i\",\"tree\":{\"a\":1}}}",
		"{\"10.0.1.1\":{\"instance_id\":\"i\",\"tree\":{\"a/b\":\"\"}}}",
		"{\"10.0.1.1\":{\"instance_id\":\"i\",\"tree\":{\"\":\"\"}}}",
		"{\"10.0.1.1\":{\"instance_id\":\"i\",\"tree\":{\"a\":{\"b64\":\"?\"}}}}",
		"{\"10.0.1.1\":{\"instance_id\":\"i\",\"tree\":{},\"user_data\":\"?\"}}",
		"{\"10.0.1.1\":{\"instance_id\":\"i\",\"tree\":{},\"user_data\":1}}",
		("{\"10.0.1.1\":{\"instance_id\":\"i\",\"tree\":{},"
		 "\"options\":{\"HttpPutResponseHopLimit\":65}}}"),
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct imds_instances *all = NULL;
		struct err err = { 0 };
		json_t *doc, *imds = json_new_object();

		assert_int_equal(json_read(cases[i], strlen(cases[i]), &doc, &err), 0);
		json_set(imds, "instances", doc);
		assert_int_equal(imds_instances_new(imds, &all, &err), -1);
		assert_null(all);
		assert_int_not_equal(err.msg[0], '\0');
		json_decref(imds);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(paths_lead_where_they_do_in_aws),
		TEST(bytes_are_given_as_they_are),
		TEST(an_address_is_who_one_is),
		TEST(tokens_open_what_they_should),
		TEST(requests_for_tokens_are_checked),
		TEST(a_disabled_endpoint_hears_only_init),
		TEST(what_init_says_is_checked),
		cmocka_unit_test(heads_are_read_strictly),
		cmocka_unit_test(heads_have_limits),
		cmocka_unit_test(connections_are_kept_as_was_said),
		cmocka_unit_test(wrong_configurations_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
