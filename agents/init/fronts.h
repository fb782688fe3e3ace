/*
 * The programs that this binary is when it is called by another name.
 *
 * systemctl, journalctl, cloud-init (status), poweroff, reboot, halt,
 * shutdown, telinit and runlevel; those for volumes are in volume.h.  PID 1 links them into
 * images (commands.h).
 */
#ifndef AGENTS_INIT_FRONTS_H
#define AGENTS_INIT_FRONTS_H

#include <stddef.h>

int systemctl_main(int argc, char **argv);
int journalctl_main(int argc, char **argv);
int cloud_init_main(int argc, char **argv);
int shutdown_main(int argc, char **argv);
int telinit_main(int argc, char **argv);
int runlevel_main(int argc, char **argv);

/* In a container of its own, not in a machine. */
int copy_main(int argc, char **argv);
int poweroff_main(int argc, char **argv); /* poweroff, halt, reboot: by argv[0] */

/* Ask PID 1; its texts go to stdout and stderr, or stdout's to take(): its exit status. */
int front_ask(const char *verb, const char *flags, char *const *args,
    void (*take)(void *arg, const char *text), void *arg);

/* The last lines of a unit's log, to stdout. */
void front_log_tail(const char *unit, size_t lines);

#endif
