#include "agents/init/commands.h"

#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cc.h"

/* Old systems have /bin and /sbin beside /usr; where they are links nothing is done twice. */
static const char *const bin_dirs[] = { "/usr/bin", "/bin" };
static const char *const sbin_dirs[] = { "/usr/sbin", "/sbin" };

static const struct {
	const char *name;
	const char *const *dirs;
	int only_if_absent;
} commands[] = {
	{ "systemctl", bin_dirs, 0 },
	{ "journalctl", bin_dirs, 0 },
	{ "cloud-init", bin_dirs, 1 },
	{ "poweroff", sbin_dirs, 0 },
	{ "reboot", sbin_dirs, 0 },
	{ "halt", sbin_dirs, 0 },
	{ "shutdown", sbin_dirs, 0 },
	{ "telinit", sbin_dirs, 0 },
	{ "runlevel", sbin_dirs, 0 },
	{ "mount", bin_dirs, 0 },
	{ "umount", bin_dirs, 0 },
	{ "mkfs", sbin_dirs, 0 },
	{ "mkfs.ext3", sbin_dirs, 0 },
	{ "mkfs.ext4", sbin_dirs, 0 },
	{ "mkfs.xfs", sbin_dirs, 0 },
	{ "blkid", sbin_dirs, 0 },
	/* Scripts look whether there is one (invoke-rc.d starts nothing without). */
	{ "init", sbin_dirs, 1 },
};

static int
is_ours(const char *path)
{
	char to[PATH_MAX];
	ssize_t n = readlink(path, to, sizeof(to) - 1);

	if (n < 0)
		return 0;
	to[n] = '\0';
	return strcmp(to, COMMANDS_SELF) == 0;
}

static void
install(const char *dir, const char *name, int only_if_absent)
{
	char path[128], new[140], old[140];
	struct stat st;
	int there;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(new, sizeof(new), "%s.simfra", path);
	snprintf(old, sizeof(old), "%s.distrib", path);
	there = lstat(path, &st) == 0;
	if (lstat(dir, &st) < 0 || !S_ISDIR(st.st_mode) || is_ours(path) ||
	    (there && only_if_absent))
		return;
	if (there)
		rename(path, old);
	unlink(new);
	if (symlink(COMMANDS_SELF, new) == 0)
		rename(new, path);
}

/*
 * ping carries CAP_NET_RAW as a file capability, and a program whose file claims what the machine
 * may not have cannot be executed at all.  Without the claim it pings by ICMP sockets, which
 * net.ipv4.ping_group_range lets everybody have.
 */
static void
unclaim(const char *only)
{
	static const char *const names[] = { "ping", "ping4", "ping6" };
	char path[128];

	if (prctl(PR_CAPBSET_READ, CAP_NET_RAW, 0, 0, 0) != 0)
		return;
	for (size_t i = 0; i < COUNT(names); i++) {
		for (size_t k = 0; k < 2; k++) {
			if (only != NULL && strcmp(only, names[i]) != 0)
				continue;
			snprintf(path, sizeof(path), "%s/%s", bin_dirs[k], names[i]);
			removexattr(path, "security.capability");
		}
	}
}

static void
install_all(const char *only)
{
	unclaim(only);
	for (size_t i = 0; i < COUNT(commands); i++) {
		for (size_t k = 0; k < 2; k++) {
			if (only == NULL || strcmp(only, commands[i].name) == 0)
				install(commands[i].dirs[k], commands[i].name,
				    commands[i].only_if_absent);
		}
	}
}

int
commands_install(void)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	install_all(NULL);
	for (size_t k = 0; fd >= 0 && k < 2; k++) {
		inotify_add_watch(fd, bin_dirs[k],
		    IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_ATTRIB | IN_ONLYDIR);
		inotify_add_watch(fd, sbin_dirs[k],
		    IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR);
	}
	return fd;
}

void
commands_changed(int fd)
{
	_Alignas(struct inotify_event) char text[8192];
	ssize_t n = read(fd, text, sizeof(text));

	for (ssize_t at = 0; n - at >= (ssize_t)sizeof(struct inotify_event);) {
		const struct inotify_event *e =
		    (const struct inotify_event *)(const void *)(text + at);

		if (e->len > 0)
			install_all(e->name);
		else if ((e->mask & IN_Q_OVERFLOW) != 0)
			install_all(NULL);
		at += (ssize_t)(sizeof(*e) + e->len);
	}
}
