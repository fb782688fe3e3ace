#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct err_kind err_internal = { "InternalFailure", 500 };
const struct err_kind err_unavailable = { "ServiceUnavailable", 503 };

void
err_set_fn(struct err *err, const struct err_kind *kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	err->kind = kind;
}

void
err_wrap_fn(struct err *err, const char *fmt, ...)
{
	char old[sizeof(err->msg)];
	size_t used, room, n;
	va_list ap;
	int k;

	memcpy(old, err->msg, sizeof(old));
	va_start(ap, fmt);
	k = vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	used = k < 0 ? 0 : (size_t)k;
	if (used + 3 > sizeof(err->msg))
		return;
	memcpy(err->msg + used, ": ", 2);
	used += 2;
	room = sizeof(err->msg) - used - 1;
	n = strnlen(old, room);
	memcpy(err->msg + used, old, n);
	err->msg[used + n] = '\0';
}

void
err_errno_fn(struct err *err, const char *fmt, ...)
{
	int saved = errno;
	size_t used;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	used = n < 0 ? 0 : (size_t)n;
	if (used < sizeof(err->msg))
		snprintf(err->msg + used, sizeof(err->msg) - used, ": %s",
		    strerror(saved));
	err->kind = &err_internal;
}
