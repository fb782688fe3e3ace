/*
 * simfra-init: PID 1 of a workload, and the commands that speak to it.
 *
 * As PID 1 (it is /.simfra/init then) it reads /.simfra/init.json and waits until the network is true.  In mode
 * "exec" it becomes the image's own program; in mode "machine" it stays.  By another
 * name it is that program: systemctl, journalctl, poweroff …
 * docs/AGENTS.md has the contract with control.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agents/init/config.h"
#include "agents/init/fronts.h"
#include "agents/init/link.h"
#include "agents/init/machine.h"
#include "agents/init/spawn.h"
#include "agents/init/trust.h"
#include "agents/init/volume.h"
#include "base/cc.h"

#define CONFIG_PATH "/.simfra/init.json"

enum { EXIT_CONFIG = 125, EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127 };

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} fronts[] = {
	{ "systemctl", systemctl_main },
	{ "journalctl", journalctl_main },
	{ "cloud-init", cloud_init_main },
	{ "poweroff", poweroff_main },
	{ "halt", poweroff_main },
	{ "reboot", poweroff_main },
	{ "shutdown", shutdown_main },
	{ "telinit", telinit_main },
	{ "runlevel", runlevel_main },
	{ "copy", copy_main },
	{ "mount", mount_main },
	{ "umount", umount_main },
	{ "mkfs", mkfs_main },
	{ "mkfs.ext3", mkfs_main },
	{ "mkfs.ext4", mkfs_main },
	{ "mkfs.xfs", mkfs_main },
	{ "blkid", blkid_main },
};

/* PID 1 has no default actions, so what is not taken here would be lost. */
static int
take_signals(void)
{
	const int taken[] = { SIGCHLD, SIGTERM, SIGINT, SIGPWR, SIGUSR1, SIGUSR2, SIGHUP,
		MACHINE_SIGRTMIN + 3, MACHINE_SIGRTMIN + 4, MACHINE_SIGRTMIN + 5,
		MACHINE_SIGRTMIN + 15 };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < COUNT(taken); i++)
		sigaddset(&set, taken[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The network is true, or its time is over: become the program. */
static int
become(const struct config *c, int signal_fd)
{
	const char *missing = NULL;
	struct signalfd_siginfo s;

	switch (devices_wait(c->devices, c->wait_ms, signal_fd, &missing)) {
	case LINK_READY:
		break;
	case LINK_TIMEOUT:
		fprintf(stderr,
		    "simfra-init: no network on %s after %lld ms, going on without\n",
		    missing, (long long)c->wait_ms);
		break;
	case LINK_SIGNAL:
		return read(signal_fd, &s, sizeof(s)) > 0 ? 128 + (int)s.ssi_signo :
							    128 + SIGTERM;
	}
	spawn_reset_signals();
	spawn_exec(c->argv[0], c->argv, environ);
	fprintf(stderr, "simfra-init: %s: %s\n", c->argv[0], strerror(errno));
	return errno == ENOENT || errno == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

int
main(int argc, char **argv)
{
	const char *name = argc > 0 && strrchr(argv[0], '/') != NULL ?
	    strrchr(argv[0], '/') + 1 :
	    argv[0];
	const char *why = "";
	struct config c;
	int signal_fd;

	for (size_t i = 0; name != NULL && i < COUNT(fronts); i++) {
		if (strcmp(fronts[i].name, name) == 0)
			return fronts[i].run(argc, argv);
	}
	/* "init 0", "init 6", as was said before systemctl. */
	if (getpid() != 1 && argc == 2)
		return telinit_main(argc, argv);
	if (getpid() != 1) {
		fprintf(stderr,
		    "simfra-init: this is PID 1 of a container, or one of its commands\n");
		return EXIT_CONFIG;
	}
	signal_fd = take_signals();
	if (config_read(arena_new(), CONFIG_PATH, &c, &why) < 0) {
		fprintf(stderr, "simfra-init: %s: %s\n", CONFIG_PATH, why);
		return EXIT_CONFIG;
	}
	if (c.mode == CONFIG_EXEC) {
		if (c.n_unknown > 0)
			fprintf(stderr,
			    "simfra-init: %u unknown members in the configuration\n",
			    c.n_unknown);
		/* An image's own user cannot, and has TRUST_BUNDLE as control made it. */
		if (getuid() == 0 && trust_install("", c.ca_hash) < 0)
			fprintf(stderr,
			    "simfra-init: the local CA is not in the trust store: %s\n",
			    strerror(errno));
		return become(&c, signal_fd);
	}
	if (getuid() != 0) {
		fprintf(stderr, "simfra-init: mode machine needs user 0\n");
		return EXIT_CONFIG;
	}
	return machine_run(&c, signal_fd);
}
