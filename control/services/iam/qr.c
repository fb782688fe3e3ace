#include "control/services/iam/qr.h"

#include <qrencode.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/log.h"

enum { SCALE = 4, MARGIN = 4 }; /* pixels a module; modules of white around */

static void
put_u32(struct buf *b, uint32_t n)
{
	const unsigned char bytes[] = { (unsigned char)(n >> 24),
		(unsigned char)(n >> 16), (unsigned char)(n >> 8), (unsigned char)n };

	buf_add(b, bytes, sizeof(bytes));
}

/* PNG 5.3: length, type, data, CRC of type and data. */
static void
put_chunk(struct buf *b, const char type[4], const void *p, size_t n)
{
	size_t at = b->len + 4;

	put_u32(b, (uint32_t)n);
	buf_add(b, type, 4);
	buf_add(b, p, n);
	put_u32(b,
	    (uint32_t)crc32(0, (const unsigned char *)b->data + at, (unsigned)(n + 4)));
}

/* One bit a pixel, 1 is white; each row begins with its filter, none. */
static unsigned char *
pixels(const QRcode *qr, size_t side, size_t stride)
{
	unsigned char *rows = calloc(side, stride);
	size_t width = (size_t)qr->width;

	if (rows == NULL)
		fatal("out of memory");
	for (size_t y = 0; y < side; y++) {
		for (size_t x = 0; x < side; x++) {
			size_t my = y / SCALE - MARGIN, mx = x / SCALE - MARGIN;
			int black =
			    my < width && mx < width && (qr->data[my * width + mx] & 1);

			if (!black)
				rows[y * stride + 1 + x / 8] |=
				    (unsigned char)(0x80 >> x % 8);
		}
	}
	return rows;
}

static void
put_png(struct buf *out, const QRcode *qr)
{
	static const unsigned char magic[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a,
		'\n' };
	size_t side = ((size_t)qr->width + 2 * MARGIN) * SCALE,
	       stride = 1 + (side + 7) / 8;
	unsigned char *rows = pixels(qr, side, stride), *packed;
	uLongf n = compressBound(side * stride);
	struct buf head;

	packed = malloc(n);
	if (packed == NULL || compress2(packed, &n, rows, side * stride, 9) != Z_OK)
		fatal("out of memory");
	buf_init(&head, 0);
	put_u32(&head, (uint32_t)side);
	put_u32(&head, (uint32_t)side);
	buf_add(&head, "\1\0\0\0\0", 5); /* one bit, grey */
	buf_add(out, magic, sizeof(magic));
	put_chunk(out, "IHDR", head.data, head.len);
	put_chunk(out, "IDAT", packed, n);
	put_chunk(out, "IEND", "", 0);
	buf_done(&head);
	free(packed);
	free(rows);
}

int
qr_png(const char *text, struct buf *out)
{
	QRcode *qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);

	if (qr == NULL)
		return -1;
	put_png(out, qr);
	QRcode_free(qr);
	return 0;
}
