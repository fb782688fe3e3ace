/*
 * Checksums of bodies as HTTP requests and replies say them (x-amz-checksum-*, Content-MD5), bytes in as they
 * come, in constant memory.
 *
 * Not emulated: the XXHASH family.
 */
#ifndef CONTROL_WIRE_CHECKSUM_H
#define CONTROL_WIRE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"

enum checksum_kind {
	CHECKSUM_CRC32,
	CHECKSUM_CRC32C,
	CHECKSUM_CRC64NVME,
	CHECKSUM_SHA1,
	CHECKSUM_SHA256,
	CHECKSUM_SHA512,
	CHECKSUM_MD5,
	CHECKSUM_KINDS,
};

enum { CHECKSUM_MAX = 64 };

struct checksum;

/* Goes with the arena. */
struct checksum *checksum_new(struct arena *a, enum checksum_kind kind);
void checksum_add(struct checksum *c, const void *p, size_t n);

/* The bytes of the sum, CRCs as big-endian numbers: how many.  It begins again after that. */
size_t checksum_end(struct checksum *c, unsigned char out[CHECKSUM_MAX]);

/* The same in base64: the arena's. */
char *checksum_end_text(struct arena *a, struct checksum *c);

/* The CRC of a followed by b, whose length is n, from theirs.  Of CRCs alone. */
uint64_t checksum_combine(enum checksum_kind kind, uint64_t a, uint64_t b, int64_t n);

size_t checksum_size(enum checksum_kind kind);
const char *checksum_name(enum checksum_kind kind);   /* "CRC32": in ChecksumAlgorithm */
const char *checksum_header(enum checksum_kind kind); /* "x-amz-checksum-crc32" */

/* By name, in any case, or by header: CHECKSUM_KINDS when there is none. */
enum checksum_kind checksum_find(const char *name);
enum checksum_kind checksum_find_header(const char *name);

/*
 * For operations that show sums only when asked (ChecksumMode ENABLED in the input): sets the member in the
 * output then.
 */
void checksum_show(const json_t *in, json_t *out, enum checksum_kind kind,
    const char *base64);

#endif
