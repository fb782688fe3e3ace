/*
 * Waiting until the network is there.
 *
 * netd gives an interface its addresses and routes first and brings it up
 * last, so "up, with a carrier and an address that is not IPv6's link-local one" means that the security
 * groups are in force as well.  The kernel tells of changes (rtnetlink); no
 * capability is needed and nothing is polled.
 */
#ifndef AGENTS_INIT_LINK_H
#define AGENTS_INIT_LINK_H

#include <stdint.h>

enum link_result { LINK_READY, LINK_TIMEOUT, LINK_SIGNAL };

/* signal_fd: readable ends the wait; it is not read.  *ret_missing: the first that is not. */
enum link_result devices_wait(char *const *devices, int64_t wait_ms, int signal_fd,
    const char **ret_missing);

#endif
