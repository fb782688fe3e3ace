/*
 * The body of a request as an operation is to see it: out of its chunks (aws_chunked.h), and true to the
 * checksums that the client said.
 *
 * Sums are looked at for the operations that the model says to have them (httpChecksum): Content-MD5,
 * x-amz-checksum-* in headers or trailers, x-amz-sdk-checksum-algorithm.  A trailer then is a header
 * of the request like any other.
 *
 * body_sums_* is the part that needs no whole body: for uploads that are not kept in memory.
 */
#ifndef CONTROL_WIRE_REQUEST_BODY_H
#define CONTROL_WIRE_REQUEST_BODY_H

#include "base/arena.h"
#include "base/err.h"
#include "control/wire/aws_chunked.h"
#include "control/wire/checksum.h"
#include "control/wire/wire.h"

/*
 * *ret is the request, or a copy of the arena's that has the payload, the trailers, and Content-Encoding without
 * "aws-chunked".  0, or -1 as aws_chunked.h and with InvalidDigest, BadDigest, InvalidRequest.
 */
int request_body_take(struct arena *a, const struct model_op *op,
    const struct aws_chunk_key *key, const struct wire_request *req,
    const struct wire_request **ret, struct err *err);

/* What was seen of a body while it was read; the texts are the arena's. */
struct body_facts {
	int64_t size;
	const char *md5;	 /* hexadecimal */
	enum checksum_kind kind; /* that the client said, or CRC64NVME */
	const char *checksum;	 /* base64 */
	int is_said;
};

/*
 * The same for a body that has not been read: its payload goes to `out`, in constant memory.  Its hash is
 * compared, if the signature is of one (XAmzContentSHA256Mismatch).  max: of payload (EntityTooLarge).
 */
int request_body_stream(struct arena *a, const struct model_op *op,
    const struct aws_chunk_key *key, const struct wire_request *req, int64_t max,
    aws_chunked_out *out, void *arg, const struct wire_request **ret,
    struct body_facts *facts, struct err *err);

struct body_sums;

/* NULL and *err when what the headers say cannot be right, or a sum that is required is missing. */
struct body_sums *body_sums_new(struct arena *a, const struct model_op *op,
    const struct wire_request *req, struct err *err);
void body_sums_add(struct body_sums *s, const void *p, size_t n);

/* `said` has the trailers, as headers (may be the request itself).  0, or -1 BadDigest, InvalidRequest. */
int body_sums_end(struct body_sums *s, const struct wire_request *said, struct err *err);

#endif
