/*
 * PID 1 of a machine, from boot to shutdown: the loop.
 *
 * Exit status of the machine, which is the container's: 0 it was stopped from
 * outside, 3 it turned itself off, 4 it asked to be booted again.
 */
#ifndef AGENTS_INIT_MACHINE_H
#define AGENTS_INIT_MACHINE_H

#include "agents/init/config.h"

/* As systemd, Docker and every shell count; the C library that we are linked with may differ. */
enum { MACHINE_SIGRTMIN = 34 };

enum { MACHINE_STOPPED = 0, MACHINE_POWEROFF = 3, MACHINE_REBOOT = 4 };

/* signal_fd: of the signals that PID 1 takes (main.c).  Returns the exit status. */
int machine_run(const struct config *c, int signal_fd);

#endif
