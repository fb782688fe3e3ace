/*
 * The little of HTTP/1.1 that the metadata service needs, as bytes.
 *
 * A strict reader of a request's head and a writer of a reply's.  Our own, since
 * the one small parser that Debian 12 has is not maintained any more, and a
 * service whose replies are secrets gains from refusing all that it does not
 * need: chunks, folded lines, bare line feeds.  Knows nothing of metadata.
 */
#ifndef AGENTS_VPC_IMDS_HTTP_H
#define AGENTS_VPC_IMDS_HTTP_H

#include <stddef.h>

#include "base/buf.h"

enum {
	IMDS_HEAD_MAX = 8192,
	IMDS_PATH_MAX = 1024,
	IMDS_VALUE_MAX = 256,
	IMDS_BODY_MAX = 4096,
	IMDS_HEADERS_MAX = 64,
};

enum imds_method { IMDS_GET, IMDS_HEAD, IMDS_PUT, IMDS_OTHER };

struct imds_request {
	enum imds_method method;
	char path[IMDS_PATH_MAX + 1]; /* decoded, without the query */
	int keep_alive;
	int is_forwarded;		/* X-Forwarded-For is there */
	int has_token;			/* X-aws-ec2-metadata-token is there */
	char token[IMDS_VALUE_MAX + 1]; /* "" when it is longer than any of ours */
	int has_ttl;
	char ttl[IMDS_VALUE_MAX + 1]; /* X-aws-ec2-metadata-token-ttl-seconds */
	size_t head_len, body_len;
	const char *body; /* set by who has read it */
};

/*
 * 1 and *ret when the head is there whole; 0 when more must come; else the status of
 * the refusal, after which the connection is of no more use.
 */
int imds_http_read(const char *p, size_t len, struct imds_request *ret);

struct imds_reply {
	int status;
	const char *type;  /* NULL: no body but what the status brings */
	const char *allow; /* for 405 */
	int token_ttl;	   /* X-aws-ec2-metadata-token-ttl-seconds; -1: none */
	int hop_limit;	   /* of the packets that carry it; 0: as usual */
	struct buf *body;
};

/* All of the reply; a status from 400 on gets the page that AWS shows. */
void imds_http_write(const struct imds_reply *reply, int with_body, int keep_alive,
    long long now_s, struct buf *out);

#endif
