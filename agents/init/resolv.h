/*
 * A machine's resolv.conf, as DHCP would set it at each boot.
 *
 * GET http://169.254.169.254/_simfra/resolv, by a child: PID 1 never waits for a network.
 * Nothing is written unless the whole text came, and it is another than what is there.
 */
#ifndef AGENTS_INIT_RESOLV_H
#define AGENTS_INIT_RESOLV_H

#include <stddef.h>
#include <sys/types.h>

/* The child's PID, or -1. */
pid_t resolv_boot(void);

/*
 * The body of an HTTP reply that is whole: lines of "nameserver …" and "search …" alone.  1 and
 * *ret (in `reply`, which is ended there), *ret_len; or 0.
 */
int resolv_body(char *reply, size_t len, const char **ret, size_t *ret_len);

#endif
