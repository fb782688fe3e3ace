/*
 * A QR code as a PNG file, for authenticators to read.
 */
#ifndef CONTROL_SERVICES_IAM_QR_H
#define CONTROL_SERVICES_IAM_QR_H

#include "base/buf.h"

/* 0 and the file at the end of `out`, or -1: the text is too long. */
int qr_png(const char *text, struct buf *out);

#endif
