/*
 * One line on stderr an event: `2026-01-02T03:04:05.678Z level module message key=value`.
 *
 * Library code does not log; the dispatcher, the reconciler and the main
 * loops do.  Each line of a request carries its request id.  Credentials and
 * bodies never appear.  errno is kept.  Safe from any thread.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/cc.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERR };

/* Lines below the level are not written.  The default is LOG_INFO. */
void log_set_level(enum log_level level);

/* "debug", "info", "warn" or "error" to its level: 1, or 0 for another word. */
int log_level_parse(const char *word, enum log_level *ret);

void log_debug(const char *module, const char *fmt, ...) PRINTF(2, 3);
void log_info(const char *module, const char *fmt, ...) PRINTF(2, 3);
void log_warn(const char *module, const char *fmt, ...) PRINTF(2, 3);
void log_err(const char *module, const char *fmt, ...) PRINTF(2, 3);

/* No way on (no memory): one line, then abort(). */
NORETURN void fatal(const char *fmt, ...) PRINTF(1, 2);

#endif
