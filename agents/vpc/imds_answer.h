/*
 * From a request and the instance that it came from to a reply.
 *
 * Not emulated: Last-Modified; the differences between the dated versions.
 */
#ifndef AGENTS_VPC_IMDS_ANSWER_H
#define AGENTS_VPC_IMDS_ANSWER_H

#include <stdint.h>

#include "agents/vpc/imds_http.h"
#include "agents/vpc/imds_token.h"
#include "agents/vpc/imds_tree.h"

/* What init said: `doc` is an object, the caller's. */
typedef void imds_boot_fn(void *arg, const char *instance_id, json_t *doc);

struct imds_service {
	unsigned char key[IMDS_KEY_LEN]; /* seals the tokens */
	imds_boot_fn *boot;
	void *arg;
};

/* `from` NULL: the address is nobody's.  reply->body is given, and empty. */
void imds_answer(const struct imds_service *s, const struct imds_instance *from,
    const struct imds_request *req, int64_t now_s, struct imds_reply *reply);

#endif
