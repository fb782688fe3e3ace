/*
 * aws-chunked request bodies: bytes in as they come, the payload's bytes out, in constant memory.
 *
 *	size;chunk-signature=…\r\n  bytes \r\n …  0;chunk-signature=…\r\n  trailer:value\r\n …  \r\n
 *
 * By x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD, the same with -TRAILER, and
 * STREAMING-UNSIGNED-PAYLOAD-TRAILER.  Signatures are a chain from the request's own; a chunk's is known to be right only
 * when all of it was read, so what came out counts when aws_chunked_end() has said 0.
 *
 * Not emulated: the ECDSA forms of Signature Version 4A (refused).
 */
#ifndef CONTROL_WIRE_AWS_CHUNKED_H
#define CONTROL_WIRE_AWS_CHUNKED_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "control/wire/wire.h"

enum {
	AWS_CHUNK_MIN = 8192, /* of all chunks but the last */
	AWS_CHUNK_LINE_MAX = 4096,
	AWS_CHUNK_TRAILERS_MAX = 8,
};

/* What chunks are signed with. */
struct aws_chunk_key {
	unsigned char key[32];
	const char *stamp; /* "20150830T123600Z" */
	const char *scope; /* "20150830/us-east-1/s3/aws4_request" */
	const char *seed;  /* the request's signature */
};

struct aws_chunked;

/* 1 when the request's body is in this form, or says it is. */
int aws_chunked_is(const struct wire_request *req);

/*
 * A reader for the request's body; `key` NULL: signatures are not verified.  NULL and *err when the headers cannot be
 * right (InvalidArgument, MissingContentLength, InvalidRequest for a trailer that is not known).
 */
struct aws_chunked *aws_chunked_new(struct arena *a, const struct wire_request *req,
    const struct aws_chunk_key *key, struct err *err);

/* Takes payload; 0, or -1 and *err. */
typedef int aws_chunked_out(void *arg, const void *p, size_t n, struct err *err);

/*
 * The next bytes of the body, which go to `out` without their frames.  0, or -1 and *err: SignatureDoesNotMatch,
 * InvalidChunkSizeError, IncompleteBody, MalformedTrailerError.
 */
int aws_chunked_add(struct aws_chunked *c, const void *p, size_t n, aws_chunked_out *out,
    void *arg, struct err *err);

/* The body is over: 0, or -1 when something is missing. */
int aws_chunked_end(struct aws_chunked *c, struct err *err);

/* The i-th trailer, without the signature's: 1, or 0 when there are no more. */
int aws_chunked_trailer(const struct aws_chunked *c, size_t i, struct wire_header *ret);

#endif
