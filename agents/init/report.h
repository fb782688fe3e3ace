/*
 * Telling control what became of a boot, by the metadata address of the VPC.
 *
 * PUT http://169.254.169.254/_simfra/boot with {"boot_id", "user_data",
 * "exit_code"}, from a child, a few times: PID 1 never waits for a network.
 */
#ifndef AGENTS_INIT_REPORT_H
#define AGENTS_INIT_REPORT_H

#include <sys/types.h>

enum { REPORT_TRIES = 6, REPORT_TIMEOUT_MS = 1000 };

/*
 * A connection to the metadata service, which a machine without IPv4 has by IPv6 alone; it may
 * take REPORT_TIMEOUT_MS.  The fd, or -1.
 */
int report_dial(void);

/* The child's PID, or -1. */
pid_t report_boot(const char *boot_id, const char *user_data, int exit_code);

#endif
