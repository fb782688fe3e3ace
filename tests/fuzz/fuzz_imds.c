/*
 * The bytes of a connection to the metadata service: read, answered, written.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agents/vpc/imds_answer.h"
#include "base/cc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char config[] =
    "{\"instances\":{\"10.0.1.15\":{\"instance_id\":\"i-1\",\"user_data\":\"eA==\","
    "\"tree\":{\"meta-data\":{\"ami-id\":\"ami-1\",\"b\":{\"b64\":\"AA==\"},"
    "\"public-keys\":{\"0=k\":{\"openssh-key\":\"s\"}}}}}}}";

static void
must(int holds)
{
	if (!holds)
		abort();
}

static void
drop(void *arg UNUSED, const char *instance_id UNUSED, json_t *doc)
{
	json_decref(doc);
}

static const struct imds_instance *
instance(void)
{
	static struct imds_instances *all;
	struct err err;
	json_t *doc;

	if (all == NULL) {
		must(json_read(config, strlen(config), &doc, &err) == 0);
		must(imds_instances_new(doc, &all, &err) == 0);
		json_decref(doc);
	}
	return imds_instances_by_id(all, "i-1");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct imds_service service = { .key = "k", .boot = drop };
	const char *p = (const char *)data;
	struct imds_request req;
	struct imds_reply reply;
	struct buf body, out;

	buf_init(&body, 0);
	buf_init(&out, 0);
	while (size > 0) {
		int rc = imds_http_read(p, size, &req);

		if (rc != 1) {
			must(rc == 0 || rc >= 400);
			break;
		}
		must(req.head_len <= size && req.body_len <= IMDS_BODY_MAX);
		if (size - req.head_len < req.body_len)
			break;
		req.body = p + req.head_len;
		buf_reset(&body);
		buf_reset(&out);
		reply.body = &body;
		imds_answer(&service, instance(), &req, 1800000000, &reply);
		imds_http_write(&reply, req.method != IMDS_HEAD, req.keep_alive,
		    1800000000, &out);
		must(reply.status >= 200 && reply.status < 600 && out.len > 0);
		p += req.head_len + req.body_len;
		size -= req.head_len + req.body_len;
	}
	buf_done(&body);
	buf_done(&out);
	return 0;
}
