#include "control/wire/checksum.h"

#include <assert.h>
#include <limits.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "base/enc.h"
#include "base/log.h"

struct checksum {
	enum checksum_kind kind;
	uint64_t crc;
	EVP_MD_CTX *digest; /* of those that are no CRC */
};

static const struct row {
	const char *name, *header, *member;
	uint8_t size;
	const EVP_MD *(*digest)(void);
} rows[] = {
	[CHECKSUM_CRC32] = { "CRC32", "x-amz-checksum-crc32", "ChecksumCRC32", 4, NULL },
	[CHECKSUM_CRC32C] = { "CRC32C", "x-amz-checksum-crc32c", "ChecksumCRC32C", 4,
	    NULL },
	[CHECKSUM_CRC64NVME] = { "CRC64NVME", "x-amz-checksum-crc64nvme",
	    "ChecksumCRC64NVME", 8, NULL },
	[CHECKSUM_SHA1] = { "SHA1", "x-amz-checksum-sha1", "ChecksumSHA1", 20, EVP_sha1 },
	[CHECKSUM_SHA256] = { "SHA256", "x-amz-checksum-sha256", "ChecksumSHA256", 32,
	    EVP_sha256 },
	[CHECKSUM_SHA512] = { "SHA512", "x-amz-checksum-sha512", "ChecksumSHA512", 64,
	    EVP_sha512 },
	[CHECKSUM_MD5] = { "MD5", "x-amz-checksum-md5", "ChecksumMD5", 16, EVP_md5 },
};

/*
 * The reflected CRCs that zlib does not have, eight bytes at a time: table[k][b] is what the
 * byte b becomes when k bytes of zeros follow it.
 */
static struct {
	uint64_t crc32c[8][256], crc64nvme[8][256];
} tables;
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void
fill(uint64_t table[8][256], uint64_t polynomial)
{
	for (unsigned i = 0; i < 256; i++) {
		uint64_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? polynomial : 0);
		table[0][i] = c;
	}
	for (unsigned i = 0; i < 256; i++) {
		for (int k = 1; k < 8; k++)
			table[k][i] =
			    table[k - 1][i] >> 8 ^ table[0][table[k - 1][i] & 0xff];
	}
}

static void
fill_tables(void)
{
	fill(tables.crc32c, 0x82f63b78u);
	fill(tables.crc64nvme, 0x9a6c9329ac4bc9b5u);
}

static uint64_t
crc_add(uint64_t table[8][256], uint64_t crc, const unsigned char *p, size_t n)
{
	for (; n >= 8; n -= 8, p += 8) {
		/* Little-endian, on any machine. */
		uint64_t w = (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
		    (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 |
		    (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;

		w ^= crc;
		crc = table[7][w & 0xff] ^ table[6][w >> 8 & 0xff] ^
		    table[5][w >> 16 & 0xff] ^ table[4][w >> 24 & 0xff] ^
		    table[3][w >> 32 & 0xff] ^ table[2][w >> 40 & 0xff] ^
		    table[1][w >> 48 & 0xff] ^ table[0][w >> 56];
	}
	for (; n > 0; n--, p++)
		crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
	return crc;
}

static void
free_digest(void *p)
{
	EVP_MD_CTX_free(p);
}

static void
begin(struct checksum *c)
{
	const EVP_MD *(*digest)(void) = rows[c->kind].digest;

	c->crc = c->kind == CHECKSUM_CRC32C ? UINT32_MAX :
	    c->kind == CHECKSUM_CRC64NVME   ? UINT64_MAX :
					      0;
	if (digest != NULL && EVP_DigestInit_ex(c->digest, digest(), NULL) != 1)
		fatal("no digest %s", rows[c->kind].name);
}

struct checksum *
checksum_new(struct arena *a, enum checksum_kind kind)
{
	struct checksum *c = arena_alloc(a, sizeof(*c));

	assert(kind < CHECKSUM_KINDS);
	pthread_once(&tables_once, fill_tables);
	c->kind = kind;
	if (rows[kind].digest != NULL) {
		c->digest = EVP_MD_CTX_new();
		if (c->digest == NULL)
			fatal("out of memory");
		arena_defer(a, free_digest, c->digest);
	}
	begin(c);
	return c;
}

void
checksum_add(struct checksum *c, const void *p, size_t n)
{
	const unsigned char *bytes = p;

	if (c->digest != NULL) {
		EVP_DigestUpdate(c->digest, p, n);
	} else if (c->kind == CHECKSUM_CRC32) {
		for (; n > INT_MAX; n -= INT_MAX, bytes += INT_MAX)
			c->crc = crc32((uLong)c->crc, bytes, INT_MAX);
		c->crc = crc32((uLong)c->crc, bytes, (uInt)n);
	} else {
		c->crc =
		    crc_add(c->kind == CHECKSUM_CRC32C ? tables.crc32c : tables.crc64nvme,
			c->crc, bytes, n);
	}
}

size_t
checksum_end(struct checksum *c, unsigned char out[CHECKSUM_MAX])
{
	size_t size = rows[c->kind].size;
	uint64_t crc = c->kind == CHECKSUM_CRC32 ? c->crc : ~c->crc;

	if (c->digest != NULL)
		EVP_DigestFinal_ex(c->digest, out, NULL);
	for (size_t i = size; c->digest == NULL && i > 0; i--, crc >>= 8)
		out[i - 1] = (unsigned char)crc;
	begin(c);
	return size;
}

char *
checksum_end_text(struct arena *a, struct checksum *c)
{
	unsigned char sum[CHECKSUM_MAX];
	size_t n = checksum_end(c, sum);

	return base64_encode(a, sum, n);
}

size_t
checksum_size(enum checksum_kind kind)
{
	return rows[kind].size;
}

const char *
checksum_name(enum checksum_kind kind)
{
	return rows[kind].name;
}

const char *
checksum_header(enum checksum_kind kind)
{
	return rows[kind].header;
}

enum checksum_kind
checksum_find(const char *name)
{
	size_t i = 0;

	while (i < COUNT(rows) && strcasecmp(rows[i].name, name) != 0)
		i++;
	return (enum checksum_kind)i;
}

enum checksum_kind
checksum_find_header(const char *name)
{
	size_t i = 0;

	while (i < COUNT(rows) && strcasecmp(rows[i].header, name) != 0)
		i++;
	return (enum checksum_kind)i;
}

void
checksum_show(const json_t *in, json_t *out, enum checksum_kind kind, const char *base64)
{
	if (strcmp(json_str_or(in, "ChecksumMode", ""), "ENABLED") == 0)
		json_set_str(out, rows[kind].member, base64);
}

/*
 * CRCs of this kind are linear: n zero bytes behind a turn its register by the n-th power of one matrix over
 * GF(2), and what b adds is its own CRC.  A matrix is an array of columns.
 */
struct matrix {
	uint64_t column[64];
};

static uint64_t
turn(const struct matrix *m, uint64_t v)
{
	uint64_t sum = 0;

	for (int i = 0; v != 0; i++, v >>= 1) {
		if ((v & 1) != 0)
			sum ^= m->column[i];
	}
	return sum;
}

static void
square(struct matrix *m, int bits)
{
	const struct matrix old = *m;

	for (int i = 0; i < bits; i++)
		m->column[i] = turn(&old, old.column[i]);
}

uint64_t
checksum_combine(enum checksum_kind kind, uint64_t a, uint64_t b, int64_t n)
{
	static const uint64_t polynomial[] = {
		[CHECKSUM_CRC32] = 0xedb88320,
		[CHECKSUM_CRC32C] = 0x82f63b78,
		[CHECKSUM_CRC64NVME] = 0x9a6c9329ac4bc9b5,
	};
	int bits = kind == CHECKSUM_CRC64NVME ? 64 : 32;
	struct matrix m = { { polynomial[kind] } };

	/* One zero bit, then two, four, and eight: a byte. */
	for (int i = 1; i < bits; i++)
		m.column[i] = UINT64_C(1) << (i - 1);
	for (int i = 0; i < 3; i++)
		square(&m, bits);
	for (; n > 0; n >>= 1) {
		if ((n & 1) != 0)
			a = turn(&m, a);
		square(&m, bits);
	}
	return a ^ b;
}
