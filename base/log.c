#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = {
	[LOG_DEBUG] = "debug",
	[LOG_INFO] = "info",
	[LOG_WARN] = "warn",
	[LOG_ERR] = "error",
};

static atomic_int threshold = LOG_INFO;

void
log_set_level(enum log_level level)
{
	atomic_store(&threshold, (int)level);
}

int
log_level_parse(const char *word, enum log_level *ret)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		if (strcmp(word, names[i]) == 0) {
			*ret = (enum log_level)i;
			return 1;
		}
	}
	return 0;
}

/* One write(2) a line, so that lines of several threads do not mix. */
PRINTF(3, 0)
static void
line(enum log_level level, const char *module, const char *fmt, va_list ap)
{
	int saved = errno;
	char buf[2048];
	struct timespec ts;
	struct tm tm;
	ssize_t sent;
	size_t n;
	int k;

	if ((int)level < atomic_load(&threshold))
		return;
	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	n = strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(buf + n, sizeof(buf) - n, ".%03dZ %s %s ",
	    (int)(ts.tv_nsec / 1000000), names[level], module);
	k = vsnprintf(buf + n, sizeof(buf) - n, fmt, ap);
	n += k < 0 ? 0 : (size_t)k;
	if (n > sizeof(buf) - 2)
		n = sizeof(buf) - 2;
	for (char *c = buf; c < buf + n; c++) {
		if ((unsigned char)*c < ' ')
			*c = ' ';
	}
	buf[n++] = '\n';
	/* When nobody listens, there is nobody to tell. */
	sent = write(STDERR_FILENO, buf, n);
	(void)sent;
	errno = saved;
}

#define LOG_FN(fn, level)                                 \
	void fn(const char *module, const char *fmt, ...) \
	{                                                 \
		va_list ap;                               \
                                                          \
		va_start(ap, fmt);                        \
		line(level, module, fmt, ap);             \
		va_end(ap);                               \
	}

LOG_FN(log_debug, LOG_DEBUG)
LOG_FN(log_info, LOG_INFO)
LOG_FN(log_warn, LOG_WARN)
LOG_FN(log_err, LOG_ERR)

void
fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(LOG_ERR, "fatal", fmt, ap);
	va_end(ap);
	abort();
}
